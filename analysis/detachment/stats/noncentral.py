"""Test statistics in, intervals of the noncentrality that made them out: of effect sizes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ncfdtr, nctdtr, ndtri

from detachment.stats._arrays import FloatArray, as_float

_STEPS = 100  # of a bisection


def noncentral_t_interval(
    t: ArrayLike, df: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of the noncentrality of a t statistic.

    Parameters
    ----------
    t, df
        Statistics and their degrees of freedom, ``(...)``.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high; NaN for a statistic that is not finite.

    Notes
    -----
    The values under which the observed t is at either tail's end: Steiger and Fouladi (1997), in
    Harlow, Mulaik and Steiger, What If There Were No Significance Tests. R's
    ``MBESS::conf.limits.nct``.

    Examples
    --------
    >>> low, high = noncentral_t_interval(2.5, 98)
    >>> round(float(low), 6), round(float(high), 6)
    (0.502929, 4.484707)
    """
    t, df = np.broadcast_arrays(as_float(t), as_float(df))
    known = np.isfinite(t) & (df > 0)
    t, df = np.where(known, t, 0.0), np.where(known, df, 1.0)
    # beyond this the normal distribution of t is as good, and the noncentral one overflows
    far = np.abs(t) > 1000
    z = ndtri((1 + confidence) / 2)
    spread = np.sqrt(1 + t**2 / (2 * df))
    found = []
    for tail, side in (((1 + confidence) / 2, -1), ((1 - confidence) / 2, 1)):
        end = _bisect(
            lambda nc: _noncentral_t_cdf(df, nc, np.where(far, 0.0, t)), tail,
            t - 12 * z * spread - 3, t + 12 * z * spread + 3,
        )  # fmt: skip
        end = np.where(far, t + side * z * spread, end)
        found.append(np.where(known, end, np.nan)[()])
    return found[0], found[1]


def _noncentral_t_cdf(df: FloatArray, nc: FloatArray, t: FloatArray) -> FloatArray:
    """Lower tail; SciPy's is NaN for some that are 0 or 1 but for what no number holds."""
    below = as_float(nctdtr(df, nc, t))
    sure: FloatArray = np.where(np.isnan(below), nc < t, below)
    return sure


def noncentral_f_interval(
    f: ArrayLike, df1: ArrayLike, df2: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of the noncentrality of an F statistic.

    Parameters
    ----------
    f, df1, df2
        Statistics and their degrees of freedom, ``(...)``.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high, never below 0; NaN for a statistic that is not finite. With N observations
        noncentrality / (noncentrality + N) is the population's share of variance.

    Notes
    -----
    Steiger (2004), Psychological Methods 9, 164-182; ``MBESS::conf.limits.ncf``.

    Examples
    --------
    >>> low, high = noncentral_f_interval(5.0, 2, 98)
    >>> round(float(low), 5), round(float(high), 4)
    (0.69074, 25.3993)
    """
    f, df1, df2 = np.broadcast_arrays(as_float(f), as_float(df1), as_float(df2))
    known = np.isfinite(f) & (f >= 0) & (df1 > 0) & (df2 > 0)
    f, df1, df2 = (np.where(known, part, 1.0) for part in (f, df1, df2))
    centre = f * df1
    most = centre + 12 * np.sqrt(2 * df1 + 4 * centre + 2 * centre**2 / df2) + 40 * (1 + df1)
    found = []
    for tail in ((1 + confidence) / 2, (1 - confidence) / 2):
        end = _bisect(lambda nc: ncfdtr(df1, df2, nc, f), tail, np.zeros_like(f), most)
        found.append(np.where(known, end, np.nan)[()])
    return found[0], found[1]


def _bisect(
    falling: Callable[[FloatArray], ArrayLike], at: float, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Where a falling function is ``at``; the lower end where it is below that everywhere."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        above = as_float(falling(middle)) > at
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    end: FloatArray = np.where(np.abs(high) < 1e-20, 0.0, (low + high) / 2)
    return end
