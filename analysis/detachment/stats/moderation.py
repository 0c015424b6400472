"""Slopes that depend on a moderator: where they differ from zero, and where not."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from detachment.stats._arrays import FloatArray, as_float

Region = Literal["outside", "inside", "everywhere", "nowhere"]


@dataclass(frozen=True, slots=True)
class JohnsonNeyman:
    """Where on a moderator the slope of a predictor differs from zero.

    Attributes
    ----------
    region
        ``outside`` the two bounds, ``inside`` them, ``everywhere`` or ``nowhere``; empty where it
        cannot be computed.
    low, high
        Bounds on the moderator; NaN where there are none.
    critical
        |t| from which a slope counts as different from zero.
    """

    region: Region | Literal[""]
    low: float
    high: float
    critical: float


def johnson_neyman(
    slope: float, change: float, cov: ArrayLike, *, critical: float
) -> JohnsonNeyman:
    """Solve for the values of a moderator at which a slope just differs from zero.

    Parameters
    ----------
    slope, change
        Slope of the predictor where the moderator is 0, and its change with each unit of it (the
        interaction).
    cov
        Their covariance, (2, 2).
    critical
        |t| from which a slope counts, such as 1.96.

    Returns
    -------
    JohnsonNeyman

    References
    ----------
    Johnson, P. O., & Neyman, J. (1936). *Statistical Research Memoirs, 1*, 57-93. Bauer, D. J., &
    Curran, P. J. (2005). *Multivariate Behavioral Research, 40*, 373-400. R:
    ``interactions::johnson_neyman``.

    Examples
    --------
    >>> johnson_neyman(0.0, 1.0, [[0.25, 0.0], [0.0, 0.0]], critical=2.0)
    JohnsonNeyman(region='outside', low=-1.0, high=1.0, critical=2.0)
    """
    V = as_float(cov)
    squared = critical**2
    A = change**2 - squared * V[1, 1]
    B = slope * change - squared * V[0, 1]
    C = slope**2 - squared * V[0, 0]
    if not np.isfinite([A, B, C]).all():
        return JohnsonNeyman("", np.nan, np.nan, float(critical))
    inner = B**2 - A * C
    if A == 0.0 or inner <= 0.0:
        region: Region = "everywhere" if C > 0 and (A > 0 or A == 0.0) else "nowhere"
        return JohnsonNeyman(region, np.nan, np.nan, float(critical))
    # of the two roots the larger one first: no digits are lost in a difference
    far = -(B + np.copysign(np.sqrt(inner), B)) / A
    near = C / (A * far) if far != 0.0 else 0.0
    low, high = sorted((float(far), float(near)))
    return JohnsonNeyman("outside" if A > 0 else "inside", low, high, float(critical))


def false_discovery_critical(t: ArrayLike, df: float, level: float = 0.05) -> float:
    """|t| that keeps the share of false findings among many slopes of one interaction.

    Parameters
    ----------
    t
        t of the slope at each of m values of the moderator, (m,).
    df
        Degrees of freedom.
    level
        Share of false findings.

    Returns
    -------
    float
        Infinite where no slope passes (Benjamini and Hochberg).

    References
    ----------
    Esarey, J., & Sumner, J. L. (2018). Marginal effects in interaction models. *Comparative
    Political Studies, 51*, 1144-1176. R: ``interactionTest::fdInteraction``.

    Examples
    --------
    >>> round(false_discovery_critical([3.0, 2.5, 0.1, 0.2], 100), 3)
    2.276
    """
    sizes = np.sort(np.abs(as_float(t)))[::-1]
    sizes = sizes[~np.isnan(sizes)]
    bounds = level * np.arange(1, len(sizes) + 1) / max(1, len(sizes))
    passed = np.flatnonzero(2.0 * stdtr(df, -sizes) <= bounds)
    return float(stdtrit(df, 1.0 - bounds[passed[-1]] / 2.0)) if len(passed) else np.inf


def slopes_at(
    slope: float, change: float, cov: ArrayLike, at: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Slope of the predictor at values of the moderator, and its standard error.

    Parameters
    ----------
    slope, change, cov
        As for :func:`johnson_neyman`.
    at
        Values of the moderator, (m,).

    Returns
    -------
    tuple of FloatArray
        (m,) each.

    References
    ----------
    Aiken, L. S., & West, S. G. (1991). *Multiple Regression: Testing and Interpreting
    Interactions*, chapter 2.

    Examples
    --------
    >>> slope, se = slopes_at(1.0, 0.5, [[0.04, 0.0], [0.0, 0.01]], [0.0, 2.0])
    >>> slope.tolist(), se.round(4).tolist()
    ([1.0, 2.0], [0.2, 0.2828])
    """
    V, at = as_float(cov), as_float(at)
    variance = V[0, 0] + 2.0 * at * V[0, 1] + at**2 * V[1, 1]
    return slope + change * at, np.sqrt(np.maximum(variance, 0.0))
