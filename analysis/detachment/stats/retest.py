"""Two measurements of the same people in: how alike, how far apart, what is a real change."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from detachment.stats._arrays import FloatArray, IntArray, as_float, canonical_order
from detachment.stats.correlation import fisher_interval


@dataclass(frozen=True, slots=True, eq=False)
class Retest:
    """Two measurements compared; each field ``(...)``, NaN where there are too few pairs.

    Attributes
    ----------
    n
        People with both.
    mean_first, mean_second, sd_first, sd_second
        Of these people.
    r, r_low, r_high
        Pearson's correlation and its interval by Fisher's z.
    change, change_low, change_high
        Mean of second - first, with its interval.
    sd_change
        Standard deviation of the differences.
    t, df, p
        Paired t test of no mean change.
    sem
        Standard error of measurement, from the pooled standard deviation and r.
    sem_consistency
        The same from the differences, sd_change / sqrt(2): what McGraw and Wong's ICC(C,1) leaves.
    sem_agreement
        From the mean squares within people: a shift of the mean counts as error.
    mdc
        Smallest change of one person that is more than error, from ``sem``.
    """

    n: IntArray
    mean_first: FloatArray
    mean_second: FloatArray
    sd_first: FloatArray
    sd_second: FloatArray
    r: FloatArray
    r_low: FloatArray
    r_high: FloatArray
    change: FloatArray
    change_low: FloatArray
    change_high: FloatArray
    sd_change: FloatArray
    t: FloatArray
    df: FloatArray
    p: FloatArray
    sem: FloatArray
    sem_consistency: FloatArray
    sem_agreement: FloatArray
    mdc: FloatArray


@np.errstate(divide="ignore", invalid="ignore")
def retest_reliability(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Retest:
    """Compare two measurements of the same people.

    Parameters
    ----------
    first, second
        Scores, ``(..., n)``; NaN is missing, and only people with both count.
    confidence
        Of the intervals, and of the smallest detectable change.

    Returns
    -------
    Retest

    Notes
    -----
    ``t.test(paired = TRUE)`` and ``cor.test`` in R. Weir (2005), Journal of Strength and
    Conditioning Research 19, 231-240; de Vet, Terwee, Knol and Bouter (2006), Journal of Clinical
    Epidemiology 59, 1033-1039, for the standard errors of measurement.

    Examples
    --------
    >>> r = retest_reliability([10, 12, 14, 15, 18, 20], [11, 12, 15, 17, 17, 22])
    >>> round(float(r.r), 4), round(float(r.change), 4), round(float(r.sem), 4)
    (0.9563, 0.8333, 0.8048)
    """
    first, second, n = _pairs(first, second)
    m = np.where(n > 1, n, np.nan).astype(np.float64)
    (mean1, dev1), (mean2, dev2) = _centred(first, n), _centred(second, n)
    ss1, ss2, cross = (np.sum(p, axis=-1) for p in (dev1 * dev1, dev2 * dev2, dev1 * dev2))
    r = np.clip(cross / np.sqrt(ss1 * ss2), -1, 1)
    r = np.where(np.isfinite(r), r, np.nan)
    var1, var2 = ss1 / (m - 1), ss2 / (m - 1)
    difference = np.where(np.isnan(second), np.nan, second - first)
    change, deviation = _centred(difference, n)
    sd_change = np.sqrt(np.sum(deviation**2, axis=-1) / (m - 1))
    error = sd_change / np.sqrt(m)
    df = m - 1
    half = stdtrit(df, (1 + confidence) / 2) * error
    t = change / error
    t = np.where(np.isfinite(t), t, np.nan)
    pooled = np.sqrt((var1 + var2) / 2)
    sem = pooled * np.sqrt(1 - r)
    low, high = fisher_interval(r, np.where(n > 1, n, 0), confidence)
    both = difference**2
    within = np.sum(np.where(np.isnan(both), 0.0, both), axis=-1) / (2 * m)
    return Retest(
        n=n,
        mean_first=mean1,
        mean_second=mean2,
        sd_first=np.sqrt(var1),
        sd_second=np.sqrt(var2),
        r=r,
        r_low=low,
        r_high=high,
        change=change,
        change_low=change - half,
        change_high=change + half,
        sd_change=sd_change,
        t=t,
        df=df,
        p=2 * stdtr(df, -np.abs(t)),
        sem=sem,
        sem_consistency=sd_change / np.sqrt(2),
        sem_agreement=np.sqrt(within),
        mdc=ndtri((1 + confidence) / 2) * np.sqrt(2) * sem,
    )


@dataclass(frozen=True, slots=True, eq=False)
class BlandAltman:
    """Limits of agreement of two measurements; each field ``(...)``.

    Attributes
    ----------
    n
        People with both.
    bias, bias_low, bias_high
        Mean difference second - first, with its interval.
    sd
        Standard deviation of the differences.
    lower, upper
        Limits between which the differences of about 95 % of people lie.
    lower_low, lower_high, upper_low, upper_high
        Ends of the intervals of the limits.
    r_size
        Correlation of difference and mean: whether the difference grows with what is measured.
    """

    n: IntArray
    bias: FloatArray
    bias_low: FloatArray
    bias_high: FloatArray
    sd: FloatArray
    lower: FloatArray
    upper: FloatArray
    lower_low: FloatArray
    lower_high: FloatArray
    upper_low: FloatArray
    upper_high: FloatArray
    r_size: FloatArray


@np.errstate(divide="ignore", invalid="ignore")
def bland_altman(
    first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95, limits: float = 0.95
) -> BlandAltman:
    """Limits of agreement between two measurements, with intervals.

    Parameters
    ----------
    first, second
        Scores, ``(..., n)``; NaN is missing, and only people with both count.
    confidence
        Of the intervals.
    limits
        Share of the differences that lie between the limits (1.96 standard deviations for 0.95).

    Returns
    -------
    BlandAltman

    Notes
    -----
    Bland and Altman (1986), Lancet 327, 307-310, and (1999), Statistical Methods in Medical
    Research 8, 135-160: a limit has the variance sd^2 (1 / n + z^2 / (2 (n - 1))), and intervals
    use t with n - 1 degrees of freedom.

    Examples
    --------
    >>> b = bland_altman([10, 12, 14, 15, 18, 20], [11, 12, 15, 17, 17, 22])
    >>> round(float(b.bias), 4), round(float(b.lower), 4), round(float(b.upper), 4)
    (0.8333, -1.458, 3.1246)
    """
    first, second, n = _pairs(first, second)
    m = np.where(n > 1, n, np.nan).astype(np.float64)
    difference = second - first
    bias, deviation = _centred(difference, n)
    square = np.sum(deviation**2, axis=-1)
    sd = np.sqrt(square / (m - 1))
    size = _centred((first + second) / 2, n)[1]
    slope = np.sum(size * deviation, axis=-1) / np.sqrt(square * np.sum(size * size, axis=-1))
    z = ndtri((1 + limits) / 2)
    t = stdtrit(m - 1, (1 + confidence) / 2)
    half = t * sd / np.sqrt(m)
    limit = t * sd * np.sqrt(1 / m + z**2 / (2 * (m - 1)))
    lower, upper = bias - z * sd, bias + z * sd
    return BlandAltman(
        n=n,
        bias=bias,
        bias_low=bias - half,
        bias_high=bias + half,
        sd=sd,
        lower=lower,
        upper=upper,
        lower_low=lower - limit,
        lower_high=lower + limit,
        upper_low=upper - limit,
        upper_high=upper + limit,
        r_size=np.where(np.isfinite(slope), np.clip(slope, -1, 1), np.nan),
    )


@dataclass(frozen=True, slots=True, eq=False)
class ReliableChange:
    """Change of each person against what error alone may do.

    Attributes
    ----------
    rci
        Change over its standard error, ``(..., n)``; NaN where a measurement is missing.
    p
        Two-sided, for a person who did not change.
    standard_error
        Of a difference between two measurements, ``(...)``.
    threshold
        Change beyond which it is reliable, in the units of the score, ``(...)``.
    increased, decreased, unchanged
        How many people, ``(...)``.
    """

    rci: FloatArray
    p: FloatArray
    standard_error: FloatArray
    threshold: FloatArray
    increased: IntArray
    decreased: IntArray
    unchanged: IntArray


@np.errstate(divide="ignore", invalid="ignore")
def reliable_change(
    first: ArrayLike,
    second: ArrayLike,
    *,
    reliability: ArrayLike,
    sd: ArrayLike | None = None,
    confidence: float = 0.95,
) -> ReliableChange:
    """Reliable change index of each person.

    Parameters
    ----------
    first, second
        Scores, ``(..., n)``; NaN is missing.
    reliability
        Of the scores, ``(...)``: a retest correlation, or an internal consistency.
    sd
        Standard deviation of the scores, ``(...)``; that of the first measurement (of everyone who
        has it) by default.
    confidence
        Change is reliable beyond the normal quantile of this.

    Returns
    -------
    ReliableChange

    Notes
    -----
    (second - first) / (sd sqrt(2) sqrt(1 - reliability)): Jacobson and Truax (1991), Journal of
    Consulting and Clinical Psychology 59, 12-19.

    Examples
    --------
    >>> change = reliable_change([30, 32, 28], [20, 31, 27], reliability=0.8, sd=7.5)
    >>> change.rci.round(2).tolist(), round(float(change.threshold), 2)
    ([-2.11, -0.21, -0.21], 9.3)
    """
    first, second = np.broadcast_arrays(as_float(first), as_float(second))
    if first.ndim == 0:
        raise ValueError("expected scores of shape (..., n), got a single number")
    if sd is None:
        here = np.sort(np.where(np.isfinite(first), first, np.nan), axis=-1)
        n = np.sum(~np.isnan(here), axis=-1)
        deviation = _centred(here, n)[1]
        sd = np.sqrt(np.sum(deviation**2, axis=-1) / np.where(n > 1, n - 1, np.nan))
    error = as_float(sd) * np.sqrt(2) * np.sqrt(1 - as_float(reliability))
    error = np.where(error > 0, error, np.nan)
    rci = (second - first) / error[..., None]
    rci = np.where(np.isfinite(rci), rci, np.nan)
    z = ndtri((1 + confidence) / 2)
    up, down = np.sum(rci > z, axis=-1), np.sum(rci < -z, axis=-1)
    return ReliableChange(
        rci=rci,
        p=2 * ndtr(-np.abs(rci)),
        standard_error=error,
        threshold=z * error,
        increased=up.astype(np.int64),
        decreased=down.astype(np.int64),
        unchanged=(np.sum(~np.isnan(rci), axis=-1) - up - down).astype(np.int64),
    )


def _pairs(first: ArrayLike, second: ArrayLike) -> tuple[FloatArray, FloatArray, IntArray]:
    """Both measurements of those who have them, in an order that the rows do not set."""
    first, second = np.broadcast_arrays(as_float(first), as_float(second))
    if first.ndim == 0:
        raise ValueError("expected scores of shape (..., n), got a single number")
    both = np.isfinite(first) & np.isfinite(second)
    pairs = np.stack([np.where(both, first, np.nan), np.where(both, second, np.nan)], axis=-1)
    pairs = np.take_along_axis(pairs, canonical_order(pairs)[..., None], axis=-2)
    return pairs[..., 0], pairs[..., 1], both.sum(axis=-1).astype(np.int64)


def _centred(x: FloatArray, n: IntArray) -> tuple[FloatArray, FloatArray]:
    """Means ``(...)``, and deviations with 0 for who is missing, ``(..., n)``."""
    there = ~np.isnan(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.sum(x, axis=-1, where=there) / np.where(n > 0, n, np.nan)
        deviation = np.where(there, x - mean[..., None], 0.0)
    low = np.min(x, axis=-1, where=there, initial=np.inf)
    high = np.max(x, axis=-1, where=there, initial=-np.inf)
    constant = (high <= low)[..., None]  # what rounding leaves of it is no variance
    return mean, np.where(constant, 0.0, deviation)
