"""Two measurements of the same people in: mean change, raw and standardised, with intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from detachment.stats._arrays import FloatArray, IntArray, as_float
from detachment.stats._clusters import cluster_codes, cluster_sums, clustered_error, count_clusters
from detachment.stats._resampled_sums import bootstrap_sums
from detachment.stats.bootstrap import Bootstrap


@dataclass(frozen=True, slots=True, eq=False)
class PairedChange:
    """Mean of second - first; each field ``(...)``, NaN where there are too few pairs.

    Attributes
    ----------
    n, clusters
        People with both measurements, and the clusters that they belong to.
    mean_first, mean_second, sd_first, sd_second
        Of these people.
    difference, low, high, se
        Mean difference with its interval and standard error.
    sd_difference
        Standard deviation of the differences.
    t, df, p
        Test of no mean difference; ``df`` is clusters - 1.
    dz, dz_low, dz_high
        Difference over the standard deviation of the differences.
    d_pre, d_pre_low, d_pre_high
        Difference over the standard deviation of the first measurement.
    d_av, d_av_low, d_av_high
        Difference over the root of the mean variance of both measurements.
    """

    n: IntArray
    clusters: IntArray
    mean_first: FloatArray
    mean_second: FloatArray
    sd_first: FloatArray
    sd_second: FloatArray
    difference: FloatArray
    low: FloatArray
    high: FloatArray
    se: FloatArray
    sd_difference: FloatArray
    t: FloatArray
    df: FloatArray
    p: FloatArray
    dz: FloatArray
    dz_low: FloatArray
    dz_high: FloatArray
    d_pre: FloatArray
    d_pre_low: FloatArray
    d_pre_high: FloatArray
    d_av: FloatArray
    d_av_low: FloatArray
    d_av_high: FloatArray


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def paired_change(
    first: ArrayLike,
    second: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> PairedChange:
    """Mean change of the same people between two measurements.

    Parameters
    ----------
    first, second
        Scores, ``(..., n)``; NaN is missing, and only people with both count.
    clusters
        Which cluster (dyad, class) each person belongs to, ``(n,)``; members of one may depend on
        one another. By default each person is their own, and t, df and p are those of the paired t
        test.
    confidence
        Of the intervals.

    Returns
    -------
    PairedChange

    Raises
    ------
    ValueError
        For single numbers, and for clusters that do not fit the people.

    Notes
    -----
    The standard error of the mean is the cluster-robust one of Liang and Zeger (1986), Biometrika
    73, 13-22, times sqrt(g / (g - 1)): ``sandwich::vcovCL(lm(second - first ~ 1))`` in R. dz is
    Cohen's (1988), d_pre the one of Becker (1988), British Journal of Mathematical and Statistical
    Psychology 41, 257-278, without correction for small samples; d_av as in Cumming (2012),
    *Understanding the New Statistics*. Their intervals (estimate +- t se) take the standard
    deviation for what it is, an estimate: the delta method on each person's influence, summed
    within clusters, which needs neither normal scores nor independent partners.

    Examples
    --------
    >>> d = paired_change([10, 12, 14, 15, 18, 20], [11, 12, 15, 17, 17, 22])
    >>> round(float(d.difference), 4), round(float(d.t), 4), round(float(d.dz), 4)
    (0.8333, 1.7461, 0.7128)
    """
    first, second, code = _arrays(first, second, clusters)
    there = np.isfinite(first) & np.isfinite(second)
    n = there.sum(axis=-1).astype(np.int64)
    g = count_clusters(there, code)
    m = np.where(n > 1, n, np.nan).astype(np.float64)
    groups = np.where(g > 1, g, np.nan).astype(np.float64)
    mean1, dev1 = _deviations(first, there, n)
    mean2, dev2 = _deviations(second, there, n)
    change, e = _deviations(second - first, there, n)
    (var1, var2, var), bends = zip(*(_variance(x, there, m) for x in (dev1, dev2, e)), strict=True)
    df = groups - 1
    spread = stdtrit(df, (1 + confidence) / 2)
    se = clustered_error(e, code, m, groups)
    t = np.where(se > 0, change / se, np.nan)

    def standardized(square: FloatArray, bend: FloatArray) -> tuple[FloatArray, ...]:
        """Change over the root of a variance whose influence is ``bend``, with its interval."""
        square = np.where(square > 0, square, np.nan)
        d = change / np.sqrt(square)
        influence = (e - bend * (change / (2 * square))[..., None]) / np.sqrt(square)[..., None]
        half = spread * clustered_error(np.where(there, influence, 0.0), code, m, groups)
        return d, d - half, d + half

    dz, dz_low, dz_high = standardized(var, bends[2])
    d_pre, d_pre_low, d_pre_high = standardized(var1, bends[0])
    d_av, d_av_low, d_av_high = standardized((var1 + var2) / 2, (bends[0] + bends[1]) / 2)
    return PairedChange(
        n=n,
        clusters=g,
        mean_first=mean1,
        mean_second=mean2,
        sd_first=np.sqrt(var1),
        sd_second=np.sqrt(var2),
        difference=change,
        low=change - spread * se,
        high=change + spread * se,
        se=se,
        sd_difference=np.sqrt(var),
        t=t,
        df=df,
        p=2 * stdtr(df, -np.abs(t)),
        dz=dz,
        dz_low=dz_low,
        dz_high=dz_high,
        d_pre=d_pre,
        d_pre_low=d_pre_low,
        d_pre_high=d_pre_high,
        d_av=d_av,
        d_av_low=d_av_low,
        d_av_high=d_av_high,
    )


def paired_bootstrap(
    first: ArrayLike,
    second: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    n_boot: int = 10_000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """Resample people or clusters; difference, dz and d_pre of each resample.

    Parameters
    ----------
    first, second
        Scores, ``(n,)``; NaN is missing, and only people with both count.
    clusters
        Which cluster each person belongs to, ``(n,)``: whole clusters are drawn.
    n_boot, rng
        Number of resamples; seed or generator.

    Returns
    -------
    Bootstrap
        Of three numbers: the difference, dz and d_pre as in :func:`paired_change`.

    Raises
    ------
    ValueError
        For anything but one measurement of n people twice, and clusters that do not fit them.

    Notes
    -----
    Efron and Tibshirani (1993), *An Introduction to the Bootstrap*. All that the three numbers
    need of a resample are sums, so that many resamples are one product of matrices.

    Examples
    --------
    >>> boot = paired_bootstrap([1, 2, 3, 4, 5], [2, 2, 4, 6, 5], n_boot=200, rng=1)
    >>> boot.estimate.round(3).tolist()
    [0.8, 0.956, 0.506]
    """
    first, second, code = _arrays(first, second, clusters)
    if first.ndim != 1:
        raise ValueError(f"the bootstrap takes scores of shape (n,), got {first.shape}")
    there = np.isfinite(first) & np.isfinite(second)
    n = there.sum(axis=-1)
    change, e = _deviations(second - first, there, n)
    _, start = _deviations(first, there, n)
    parts = np.stack([np.ones_like(e), e, e * e, start, start * start], axis=-1)[there]

    def statistic(totals: FloatArray) -> FloatArray:
        m, of_e, squares, of_start, start_squares = totals.T
        mean = of_e / m
        var = (squares - m * mean**2) / (m - 1)
        var_first = (start_squares - of_start**2 / m) / (m - 1)
        whole = change + mean
        usable = [np.where(v > 0, v, np.nan) for v in (var, var_first)]
        return np.stack([whole, whole / np.sqrt(usable[0]), whole / np.sqrt(usable[1])], axis=-1)

    return bootstrap_sums(cluster_sums(parts, code[there]), statistic, n_boot=n_boot, rng=rng)


def _arrays(
    first: ArrayLike, second: ArrayLike, clusters: ArrayLike | None
) -> tuple[FloatArray, FloatArray, IntArray]:
    first, second = np.broadcast_arrays(as_float(first), as_float(second))
    if first.ndim == 0:
        raise ValueError("expected scores of shape (..., n), got a single number")
    # how numbers lie in memory decides in which order NumPy adds them up
    first, second = (np.ascontiguousarray(x) for x in (first, second))
    return first, second, cluster_codes(clusters, first.shape[-1])


def _deviations(x: FloatArray, there: np.ndarray, n: IntArray) -> tuple[FloatArray, FloatArray]:
    """Means ``(...)``, and deviations with 0 for who is missing; sorted sums know no row order."""
    x = np.where(there, x, np.nan)
    low, high = (np.where(there, x, end) for end in (np.inf, -np.inf))
    constant = low.min(axis=-1, initial=np.inf) >= high.max(axis=-1, initial=-np.inf)
    mean = np.sort(np.where(there, x, 0.0), axis=-1).sum(axis=-1) / np.where(n > 0, n, np.nan)
    deviation = np.where(there & ~constant[..., None], x - mean[..., None], 0.0)
    return mean, deviation


def _variance(
    deviation: FloatArray, there: np.ndarray, n: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Variance ``(...)``, and the influence of each person on it ``(..., n)``."""
    square = deviation**2
    total = np.sort(square, axis=-1).sum(axis=-1)
    centred = np.where(there, square - (total / n)[..., None], 0.0)
    return total / (n - 1), centred * (n / (n - 1))[..., None]
