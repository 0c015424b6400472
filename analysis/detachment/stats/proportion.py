"""Shares in, intervals out: of one share and of the difference of two, by the score test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtrit

from detachment.stats._arrays import FloatArray, as_float


def wilson_interval(
    share: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of a share: every value that a score test does not reject.

    Parameters
    ----------
    share
        Shares between 0 and 1, ``(...)``.
    n
        How many they are of, ``(...)``; need not be whole (see :func:`effective_n_of_share`).
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high, within 0 and 1; NaN where n is 0.

    Notes
    -----
    Wilson (1927), Journal of the American Statistical Association 22, 209-212; recommended by
    Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133. R's
    ``prop.test(correct = FALSE)``.

    Examples
    --------
    >>> low, high = wilson_interval(0.1, 50)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0435, 0.2136)
    """
    share, n = np.broadcast_arrays(as_float(share), as_float(n))
    n = np.where(n > 0, n, np.nan)
    z2 = ndtri((1 + confidence) / 2) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    low = np.where(share == 0, 0.0, middle - half)
    high = np.where(share == 1, 1.0, middle + half)
    known = np.isfinite(half)
    return np.where(known, low, np.nan)[()], np.where(known, high, np.nan)[()]


def effective_n_of_share(
    share: ArrayLike,
    variance: ArrayLike,
    n: ArrayLike,
    df: ArrayLike,
    confidence: float = 0.95,
    *,
    floor: ArrayLike = 1.0,
) -> FloatArray:
    """How many independent people would tell a share as precisely as a clustered sample does.

    Parameters
    ----------
    share, n
        A share and how many people it is of, ``(...)``.
    variance
        Of the share, with the clusters and weights of the design, ``(...)``.
    df
        Degrees of freedom of that variance: clusters minus strata, ``(...)``.
    confidence
        Of the interval that it is for.
    floor
        What is given where the variance says nothing because everyone or nobody has the sign:
        the number of clusters, for each counts once at least.

    Returns
    -------
    FloatArray
        share (1 - share) / variance, times a ratio of squared t quantiles for the variance's
        degrees of freedom; never above n. NaN where n is 0, or the variance is not known.

    Notes
    -----
    Korn and Graubard (1998), Survey Methodology 24, 193-201; Kish (1965), Survey Sampling. R's
    ``survey::svyciprop(method = "beta")`` takes the same n, without the bound.

    Examples
    --------
    >>> float(effective_n_of_share(0.5, 0.005, n=100, df=1e9).round(3))
    51.245
    """
    share, variance, n, df, floor = np.broadcast_arrays(
        *(as_float(part) for part in (share, variance, n, df, floor))
    )
    tail = (1 + confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (variance > 0) & (df > 0) & (n > 1)
        ratio = stdtrit(np.where(known, n - 1, np.nan), tail) / stdtrit(
            np.where(known, df, np.nan), tail
        )
        size = share * (1 - share) / variance * ratio**2
    agreed = (share == 0) | (share == 1)
    size = np.where(known, np.minimum(size, n), np.where(agreed, np.minimum(floor, n), np.nan))
    return np.where((n > 0) & np.isfinite(share), size, np.nan)[()]


@dataclass(frozen=True, slots=True, eq=False)
class ShareDifference:
    """Differences of two shares, each field ``(...)``.

    Attributes
    ----------
    difference
        First minus second.
    low, high
        Newcombe's hybrid score interval.
    z, p
        Score test of no difference, two-sided; NaN where nobody or everybody has the sign in both.
    """

    difference: FloatArray
    low: FloatArray
    high: FloatArray
    z: FloatArray
    p: FloatArray


@np.errstate(divide="ignore", invalid="ignore")
def newcombe_interval(
    first: ArrayLike,
    n_first: ArrayLike,
    second: ArrayLike,
    n_second: ArrayLike,
    confidence: float = 0.95,
    *,
    correlation: ArrayLike = 0.0,
) -> ShareDifference:
    """Difference of two shares with the interval that follows from Wilson's of each.

    Parameters
    ----------
    first, second
        Shares, ``(...)``.
    n_first, n_second
        How many they are of; effective numbers where people come in clusters.
    confidence
        Coverage, between 0 and 1.
    correlation
        Of the two estimates, where the same clusters are in both groups; 0 for independent groups.

    Returns
    -------
    ShareDifference
        Within -1 and 1; NaN where one group is empty.

    Notes
    -----
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; with correlated estimates the
    method of variance estimates recovery of Zou and Donner (2008), Statistics in Medicine 27,
    1693-1702. The test is the chi-squared test without continuity correction, on effective numbers
    as in Rao and Scott (1992), Biometrics 48, 577-585.

    Examples
    --------
    >>> d = newcombe_interval(56 / 70, 70, 48 / 80, 80)
    >>> round(float(d.low), 4), round(float(d.high), 4), round(float(d.p), 4)
    (0.0524, 0.3339, 0.008)
    """
    p1, n1, p2, n2, r = np.broadcast_arrays(
        *(as_float(part) for part in (first, n_first, second, n_second, correlation))
    )
    low1, high1 = (as_float(end) for end in wilson_interval(p1, n1, confidence))
    low2, high2 = (as_float(end) for end in wilson_interval(p2, n2, confidence))
    difference = p1 - p2

    def reach(a: FloatArray, b: FloatArray) -> FloatArray:
        return np.sqrt(np.maximum(a * a + b * b - 2 * r * a * b, 0.0))

    low = difference - reach(p1 - low1, high2 - p2)
    high = difference + reach(high1 - p1, p2 - low2)
    n1, n2 = np.where(n1 > 0, n1, np.nan), np.where(n2 > 0, n2, np.nan)
    pooled = (n1 * p1 + n2 * p2) / (n1 + n2)
    spread = np.maximum(1 / n1 + 1 / n2 - 2 * r / np.sqrt(n1 * n2), 0.0)
    variance = pooled * (1 - pooled) * spread
    z = difference / np.sqrt(np.where(variance > 0, variance, np.nan))
    return ShareDifference(
        difference=difference[()], low=np.maximum(low, -1.0)[()], high=np.minimum(high, 1.0)[()],
        z=z[()], p=(2 * ndtr(-np.abs(z)))[()],
    )  # fmt: skip
