"""p values that a reported statistic allows, which was rounded before it was written."""

from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as distributions

Test = Literal["t", "F", "chi2", "r", "z", "Q"]
DFS = {"t": 1, "F": 2, "chi2": 1, "r": 1, "z": 0, "Q": 1}
"""How many degrees of freedom each statistic has."""
SIGNED = ("t", "r", "z")
"""Statistics with two tails."""


def p_of_statistic(test: Test, statistic: ArrayLike, *df: ArrayLike) -> NDArray[np.float64]:
    """P of a test statistic: of both tails where it has two, else of the upper one.

    Parameters
    ----------
    test
        ``"t"``, ``"F"``, ``"chi2"`` (and ``"Q"``, the heterogeneity of effects, which has its
        distribution), ``"r"`` (Pearson's correlation, by its t), or ``"z"``.
    statistic
        Any shape.
    df
        Degrees of freedom: one for t, chi2, Q and r (n - 2), two for F, none for z.

    Returns
    -------
    ndarray
        NaN for a correlation beyond 1, and for a negative F, chi2 or Q.

    References
    ----------
    R: ``2 * pt(-abs(x), df)``, ``pf(x, df1, df2, lower.tail = FALSE)``,
    ``pchisq(x, df, lower.tail = FALSE)``, ``2 * pnorm(-abs(x))``.

    Examples
    --------
    >>> [round(float(p_of_statistic(*it)), 4) for it in [("t", 2.10, 38), ("r", 0.31, 98)]]
    [0.0424, 0.0017]
    """
    x = np.asarray(statistic, dtype=np.float64)
    freedom = [np.asarray(one, dtype=np.float64) for one in df]
    if len(freedom) != DFS[test]:
        raise ValueError(f"{test} has {DFS[test]} degrees of freedom, not {len(freedom)}")
    if test == "z":
        return np.asarray(2 * distributions.norm.sf(np.abs(x)))
    if test == "t":
        return np.asarray(2 * distributions.t.sf(np.abs(x), freedom[0]))
    if test == "r":
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.abs(x) * np.sqrt(freedom[0] / (1 - x**2))
        return np.asarray(2 * distributions.t.sf(t, freedom[0]))
    upper = distributions.f.sf(x, *freedom) if test == "F" else distributions.chi2.sf(x, freedom[0])
    return np.asarray(np.where(x >= 0, upper, np.nan))


def p_range(
    test: Test,
    statistic: float,
    *df: float,
    half_unit: float,
    half_units_df: tuple[float, ...] = (),
    one_sided: bool = False,
) -> tuple[float, float, float]:
    """Smallest p, p as computed, and largest p that a rounded statistic allows.

    The true statistic lies within half a unit of the last digit that was written, and so do
    degrees of freedom that are no whole numbers.

    Parameters
    ----------
    test, statistic, df
        As for :func:`p_of_statistic`, as they were written.
    half_unit
        Half a unit of the last digit of the statistic (0.005 for 2.10).
    half_units_df
        The same for the degrees of freedom; zeros where they are exact.
    one_sided
        Half of p, for a statistic in the expected direction.

    Returns
    -------
    tuple
        Lowest, computed, highest; NaN where the statistic cannot be.

    References
    ----------
    Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S., & Wicherts, J. M.
    (2016). The prevalence of statistical reporting errors in psychology (1985-2013). *Behavior
    Research Methods, 48*, 1205-1226.

    Examples
    --------
    >>> [round(p, 4) for p in p_range("t", 2.10, 38, half_unit=0.005)]
    [0.042, 0.0424, 0.0429]
    """
    most = 1.0 if test == "r" else np.inf
    size = abs(statistic) if test in SIGNED else statistic
    ends = {max(0.0, size - half_unit), min(most, size + half_unit)}
    margins = half_units_df or (0.0,) * len(df)
    freedom = [
        {max(np.finfo(float).tiny, one - half), one + half}
        for one, half in zip(df, margins, strict=True)
    ]
    share = 0.5 if one_sided and test in SIGNED else 1.0
    computed = float(p_of_statistic(test, statistic, *df)) * share
    corners = [float(p_of_statistic(test, *corner)) * share for corner in product(ends, *freedom)]
    if np.isnan(computed):
        return np.nan, np.nan, np.nan
    return min(corners), computed, max(corners)
