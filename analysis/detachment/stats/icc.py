"""Ratings of targets by judges in, intraclass correlations with intervals out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, fdtrc, stdtrit

from detachment.stats._arrays import FloatArray, IntArray, as_columns, canonical_order
from detachment.stats._clusters import cluster_sums
from detachment.stats._resampled_sums import bootstrap_sums
from detachment.stats.bootstrap import Bootstrap

ICC_FORMS = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")
_NOTHING = 1e-26  # of the squared range: a mean square that rounding leaves where there is none


@dataclass(frozen=True, slots=True, eq=False)
class Icc:
    """Six intraclass correlations of the same ratings, in the order of ``ICC_FORMS``.

    Attributes
    ----------
    icc
        ``(..., 6)``: single rating (one-way random, two-way random with absolute agreement,
        two-way mixed with consistency), then the same for the mean of k ratings.
    low, high
        Ends of the intervals, ``(..., 6)``.
    f, df1, df2, p
        Test of no differences between targets, ``(..., 6)``; NaN where raters agree to the dot,
        so that F has no bound.
    ms_between, ms_judges, ms_error, ms_within
        Mean squares of targets, of judges, of what is left, and within targets, ``(...)``.
    n
        Targets rated by every judge, ``(...)``.
    k
        Judges.
    """

    icc: FloatArray
    low: FloatArray
    high: FloatArray
    f: FloatArray
    df1: FloatArray
    df2: FloatArray
    p: FloatArray
    ms_between: FloatArray
    ms_judges: FloatArray
    ms_error: FloatArray
    ms_within: FloatArray
    n: IntArray
    k: int


def icc_anova(x: ArrayLike, confidence: float = 0.95) -> Icc:
    """Intraclass correlations by analysis of variance.

    Parameters
    ----------
    x
        Ratings, ``(..., n, k)``: targets in rows, judges in columns; NaN is missing, and only
        targets that every judge rated count.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    Icc
        NaN with fewer than two targets or judges, or without any variance.

    Notes
    -----
    Shrout and Fleiss (1979), Psychological Bulletin 86, 420-428; intervals of McGraw and Wong
    (1996), Psychological Methods 1, 30-46, with the degrees of freedom of Satterthwaite for
    ICC2 and ICC2k. ``psych::ICC(lmer = FALSE)`` in R; its default, REML, differs only where a
    component of variance is negative here and 0 there. ICC3k is coefficient alpha.

    Examples
    --------
    >>> x = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> icc_anova(x).icc.round(2).tolist()
    [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    """
    x = as_columns(x)
    squares = _mean_squares(x)
    return _icc(*squares, x.shape[-1], confidence)


def _mean_squares(x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Targets rated by all, and the mean squares of targets, of judges and of what is left."""
    n, k = x.shape[-2:]
    complete = np.all(np.isfinite(x), axis=-1, keepdims=True)
    x = np.where(complete, x, np.nan)
    x = np.take_along_axis(x, canonical_order(x)[..., None], axis=-2)
    there = np.isfinite(x)
    count = np.sum(complete[..., 0] & (k > 0), axis=-1).astype(np.float64)
    if n == 0 or k == 0:
        nothing = np.full(count.shape, np.nan)
        return count, nothing, nothing, nothing
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.min(x, axis=(-2, -1), where=there, initial=np.inf)
        high = np.max(x, axis=(-2, -1), where=there, initial=-np.inf)
        shift = np.where(count > 0, low, 0.0)[..., None, None]
        x = np.where(there, x - shift, 0.0)
        m = np.where(count > 0, count, np.nan)
        grand = x.sum(axis=(-2, -1)) / (m * k)
        target = x.mean(axis=-1)
        judge = x.sum(axis=-2) / m[..., None]
        seen = there[..., 0]
        between = k * np.sum((target - grand[..., None]) ** 2, axis=-1, where=seen)
        judges = m * np.sum((judge - grand[..., None]) ** 2, axis=-1)
        rest = x - target[..., None] - judge[..., None, :] + grand[..., None, None]
        error = np.sum(rest * rest, axis=(-2, -1), where=there)
        nothing = _NOTHING * (high - low) ** 2 * m
        df = m - 1, np.float64(k - 1), (m - 1) * (k - 1)
        squares = [
            np.where(square > nothing, square, 0.0) / degrees
            for square, degrees in zip((between, judges, error), df, strict=True)
        ]
        squares = [np.where((m > 1) & (k > 1), square, np.nan) for square in squares]
    return count, squares[0], squares[1], squares[2]


def _forms(
    n: FloatArray, k: int, msb: FloatArray, msj: FloatArray, mse: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Six coefficients ``(..., 6)``, and the mean square within targets."""
    msw = (msj + (n - 1) * mse) / n
    between_judges = (msj - mse) / n
    pooled = msb + between_judges  # not positive where targets differ less than by chance
    values = [
        (msb - msw) / (msb + (k - 1) * msw),
        (msb - mse) / (msb + (k - 1) * mse + k * between_judges),
        (msb - mse) / (msb + (k - 1) * mse),
        (msb - msw) / msb,
        (msb - mse) / np.where(pooled > 1e-12 * (msb + msj / n), pooled, np.nan),
        (msb - mse) / msb,
    ]
    return np.where(np.isfinite(forms := np.stack(values, axis=-1)), forms, np.nan), msw


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _icc(
    n: FloatArray, msb: FloatArray, msj: FloatArray, mse: FloatArray, k: int, confidence: float
) -> Icc:
    forms, msw = _forms(n, k, msb, msj, mse)
    tail = (1 + confidence) / 2
    df1, df_within, df_error = n - 1, n * (k - 1), (n - 1) * (k - 1)
    f = np.stack([msb / msw, msb / mse], axis=-1)
    df2 = np.stack([df_within, df_error], axis=-1)
    q_low = _f_quantile(tail, df1[..., None], df2)
    q_high = _f_quantile(tail, df2, df1[..., None])
    f_low, f_high = f / q_low, f * q_high
    one = np.stack([_single(f_low, k), _single(f_high, k)])  # (2, ..., 2): ends, models
    mean = 1 - 1 / np.stack([f_low, f_high])

    agreement = forms[..., 1]
    a = k * agreement * msj
    b = (n * (1 + (k - 1) * agreement) - k * agreement) * mse
    v = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a**2 + b**2)
    v = np.where((msj == 0) & (mse == 0), df_error, v)
    q_low, q_high = _f_quantile(tail, df1, v), _f_quantile(tail, v, df1)
    others = k * msj + (k * n - k - n) * mse
    two = np.stack(
        [
            n * (msb - q_low * mse) / (q_low * others + n * msb),
            n * (q_high * msb - mse) / (others + n * q_high * msb),
        ]
    )
    growth = 1 + two * (k - 1)
    two_mean = two * k / np.where(growth > 0, growth, np.nan)  # else it has no bound
    ends = np.stack([one[..., 0], two, one[..., 1], mean[..., 0], two_mean, mean[..., 1]], axis=-1)
    ends = np.where(np.isfinite(ends) & np.isfinite(forms), ends, np.nan)
    place = [0, 1, 1, 0, 1, 1]
    f, df2 = f[..., place], df2[..., place]
    df1 = np.broadcast_to(df1[..., None], df2.shape)
    known = np.isfinite(f)
    return Icc(
        icc=forms,
        low=ends[0],
        high=ends[1],
        f=np.where(known, f, np.nan),
        df1=np.where(np.isfinite(forms), df1, np.nan),
        df2=np.where(np.isfinite(forms), df2, np.nan),
        p=np.where(known, fdtrc(df1, df2, np.where(known, f, 1.0)), np.nan),
        ms_between=msb,
        ms_judges=msj,
        ms_error=mse,
        ms_within=msw,
        n=n.astype(np.int64),
        k=k,
    )


def _single(f: FloatArray, k: int) -> FloatArray:
    """ICC of one rating for a ratio of mean squares; 1 where it has no bound."""
    value = (f - 1) / (f + k - 1)
    return np.where(np.isposinf(f), 1.0, value)


def _f_quantile(p: float, df1: ArrayLike, df2: ArrayLike) -> FloatArray:
    """Quantile of the F distribution, also for degrees of freedom that are not whole."""
    df1, df2 = np.asarray(df1, dtype=np.float64), np.asarray(df2, dtype=np.float64)
    ok = (df1 > 0) & (df2 > 0)
    a, b = np.where(ok, df1, 1.0) / 2, np.where(ok, df2, 1.0) / 2
    other = betaincinv(b, a, 1 - p)  # of the complement, which is small where F is large
    return np.where(ok, (1 - other) / other * b / a, np.nan)


def icc_bootstrap(
    x: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    n_boot: int = 1000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """Resample targets (or clusters of them); the six intraclass correlations of each resample.

    Parameters
    ----------
    x
        Ratings, ``(n, k)``; rows with a missing rating are left out.
    clusters
        Which cluster each target belongs to, ``(n,)``; whole clusters are drawn.
    n_boot
        Number of resamples.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    Bootstrap
        Of six numbers in the order of ``ICC_FORMS``; its ``bca()`` needs no normal ratings.

    Raises
    ------
    ValueError
        When x is not one data set, or the clusters do not fit it.

    Notes
    -----
    Ukoumunne, Davison, Gulliford and Chinn (2003), Statistics in Medicine 22, 3805-3821.

    Examples
    --------
    >>> target = np.random.default_rng(1).normal(size=(80, 1))
    >>> x = target + np.random.default_rng(2).normal(size=(80, 3))
    >>> low, high = icc_bootstrap(x, n_boot=200).bca()
    >>> bool(low[2] < icc_anova(x).icc[2] < high[2])
    True
    """
    x = as_columns(x)
    if x.ndim != 2:
        raise ValueError(f"the bootstrap takes one data set of shape (n, k), got {x.shape}")
    k = x.shape[1]
    sums = _sums(x, clusters)
    sums = sums[sums[:, 0] > 0]
    return bootstrap_sums(sums, lambda total: _forms_of(total, k), n_boot=n_boot, rng=rng)


def icc_robust_interval(
    x: ArrayLike, *, clusters: ArrayLike | None = None, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Intervals of the six intraclass correlations that need no normal ratings.

    Parameters
    ----------
    x
        Ratings, ``(..., n, k)``; rows with a missing rating are left out.
    clusters
        Which cluster each target belongs to, ``(n,)``, for one data set.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high, ``(..., 6)`` in the order of ``ICC_FORMS``. They speak of these judges: those
        of ICC2 do not allow for other judges, as the F interval does. NaN with fewer than three
        targets, or where raters agree to the dot.

    Raises
    ------
    ValueError
        When the clusters do not fit, or come with a stack of data sets.

    Notes
    -----
    Jackknife variance (by cluster) of Fisher's z of an intraclass correlation, log((1 + (k - 1)
    rho) / (1 - rho)) / 2, and t quantiles: Fisher (1925), Statistical Methods for Research Workers,
    section 40; Arvesen (1969), Annals of Mathematical Statistics 40, 2076-2100. F intervals are
    too narrow for skewed ratings, whatever n: of a skewed item with five answers those of 95 % held
    the true value in 86 to 89 % of simulated data sets, these in 92 % at n = 50 and 94 to 96 % at
    200 and 1000 (``benchmarks/agreement.py --coverage``).

    Examples
    --------
    >>> target = np.random.default_rng(1).normal(size=(80, 1))
    >>> x = target + np.random.default_rng(2).normal(size=(80, 3))
    >>> low, high = icc_robust_interval(x)
    >>> bool(low[2] < icc_anova(x).icc[2] < high[2])
    True
    """
    x = as_columns(x)
    k = x.shape[-1]
    if clusters is not None and x.ndim != 2:
        raise ValueError(f"clusters go with one data set of shape (n, k), got {x.shape}")
    sums = _sums(x, clusters)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        used = sums[..., 0] > 0
        g = used.sum(axis=-1)[..., None]
        total = sums.sum(axis=-2)
        single = [0, 1, 2]
        z = _fisher_z(_forms_of(total, k)[..., single], k)
        left = _fisher_z(_forms_of(total[..., None, :] - sums, k)[..., single], k)
        left = np.where(used[..., None], left, 0.0)
        mean = left.sum(axis=-2) / g
        spread = np.where(used[..., None], left - mean[..., None, :], 0.0)
        se = np.sqrt((g - 1) / g * np.sum(spread**2, axis=-2))
        half = stdtrit(np.maximum(g - 1, 1), (1 + confidence) / 2) * np.where(g > 2, se, np.nan)
        growth = np.exp(2 * np.stack([z - half, z + half]))
        ends = (growth - 1) / (growth + k - 1)
        ends = np.concatenate([ends, k * ends / (1 + (k - 1) * ends)], axis=-1)
    ends = np.where(np.isfinite(ends), ends, np.nan)
    return ends[0], ends[1]


def _fisher_z(rho: FloatArray, k: int) -> FloatArray:
    return np.log((1 + (k - 1) * rho) / (1 - rho)) / 2


def _sums(x: FloatArray, clusters: ArrayLike | None) -> FloatArray:
    """Number, sums and products ``(..., g, s)`` of each target or cluster; 0 for the incomplete."""
    k = x.shape[-1]
    complete = np.all(np.isfinite(x), axis=-1, keepdims=True)
    x = np.where(complete, x, np.nan)
    order = canonical_order(x)
    x = np.take_along_axis(x, order[..., None], axis=-2)
    there = np.isfinite(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.sum(x, axis=(-2, -1), where=there) / there.sum(axis=(-2, -1))
    middle = np.where(np.isfinite(middle), np.rint(middle), 0.0)[..., None, None]
    x = np.where(there, x - middle, 0.0)
    i, j = np.triu_indices(k)
    used = np.take_along_axis(complete & (k > 0), order[..., None], axis=-2)
    sums = np.concatenate([used, x, x[..., i] * x[..., j]], axis=-1)
    if clusters is None:
        return sums
    names = np.asarray(clusters)
    if names.shape != order.shape:
        raise ValueError(f"clusters must have shape {order.shape}, got {names.shape}")
    return cluster_sums(sums, names[order])


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _forms_of(total: FloatArray, k: int) -> FloatArray:
    """Six coefficients ``(..., 6)`` from sums over targets."""
    if k < 2:
        return np.full((*total.shape[:-1], len(ICC_FORMS)), np.nan)
    i, j = np.triu_indices(k)
    n, first, product = total[..., 0], total[..., 1 : k + 1], total[..., k + 1 :]
    mean = first / n[..., None]
    cov = (product / n[..., None] - mean[..., i] * mean[..., j]) * (n / (n - 1))[..., None]
    trace = cov[..., i == j].sum(axis=-1)
    msb = (2 * cov.sum(axis=-1) - trace) / k
    mse = np.maximum((trace - msb) / (k - 1), 0.0)
    msj = n * np.sum((mean - mean.mean(axis=-1, keepdims=True)) ** 2, axis=-1) / (k - 1)
    return _forms(n, k, msb, msj, mse)[0]


@dataclass(frozen=True, slots=True, eq=False)
class OneWayIcc:
    """Intraclass correlation of groups of any size, each field ``(p,)``.

    Attributes
    ----------
    icc1
        Share of the variance that lies between groups: the correlation of two members of one group.
    icc2
        Reliability of the groups' means.
    low, high
        Interval of icc1; exact for normal answers in groups of one size, else an approximation.
    f, df1, df2, p
        Test of no differences between groups.
    k0
        The size of group that stands for them all.
    ms_between, ms_within
        Mean squares.
    n, groups
        Answers and groups with any.
    """

    icc1: FloatArray
    icc2: FloatArray
    low: FloatArray
    high: FloatArray
    f: FloatArray
    df1: FloatArray
    df2: FloatArray
    p: FloatArray
    k0: FloatArray
    ms_between: FloatArray
    ms_within: FloatArray
    n: IntArray
    groups: IntArray


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def icc_one_way(y: ArrayLike, groups: ArrayLike, confidence: float = 0.95) -> OneWayIcc:
    """Intraclass correlation of the members of groups, which may differ in size.

    Parameters
    ----------
    y
        Answers, ``(n,)`` or ``(n, p)``; NaN is missing and is left out variable by variable.
    groups
        Which group each row belongs to, ``(n,)``.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    OneWayIcc
        NaN with fewer than two groups, without a group of two, or without variance.

    Raises
    ------
    ValueError
        When the groups do not fit the rows.

    Notes
    -----
    Mean squares of the one-way analysis of variance with k0 = (N - sum n_g^2 / N) / (G - 1):
    Searle, Casella and McCulloch (1992), Variance Components, chapter 3; Donner (1986),
    International Statistical Review 54, 67-82. ``psych::statsBy`` takes the plain mean of the
    sizes instead. A mixed model fitted by REML gives the same for groups of one size and differs
    in the third or fourth digit otherwise; it never falls below 0, this may.

    Examples
    --------
    >>> icc_one_way([1.0, 2, 4, 5, 8, 9, 9], ["a", "a", "b", "b", "c", "c", "c"]).icc1.round(3)
    array([0.971])
    """
    y = as_columns(y)
    labels = np.asarray(groups)
    if y.ndim != 2 or labels.shape != (len(y),):
        raise ValueError(f"expected answers (n, p) and groups (n,), got {y.shape}, {labels.shape}")
    code = np.unique(labels, return_inverse=True)[1]
    columns = [_one_way(column, code) for column in y.T]
    n, g, k0, msb, msw = np.array(columns).reshape(-1, 5).T
    icc1 = (msb - msw) / (msb + (k0 - 1) * msw)
    f, df1, df2 = msb / msw, g - 1, n - g
    tail = (1 + confidence) / 2
    low = (f / _f_quantile(tail, df1, df2) - 1) / (f / _f_quantile(tail, df1, df2) + k0 - 1)
    high = f * _f_quantile(tail, df2, df1)
    high = (high - 1) / (high + k0 - 1)
    ok = np.isfinite(icc1)
    bounded = ok & np.isfinite(f)
    return OneWayIcc(
        icc1=np.where(ok, icc1, np.nan),
        icc2=np.where(ok & (msb > 0), (msb - msw) / msb, np.nan),
        low=np.where(bounded, low, np.where(ok, 1.0, np.nan)),
        high=np.where(bounded, high, np.where(ok, 1.0, np.nan)),
        f=np.where(bounded, f, np.nan),
        df1=np.where(ok, df1, np.nan),
        df2=np.where(ok, df2, np.nan),
        p=np.where(bounded, fdtrc(df1, df2, np.where(bounded, f, 1.0)), np.nan),
        k0=k0,
        ms_between=msb,
        ms_within=msw,
        n=n.astype(np.int64),
        groups=g.astype(np.int64),
    )


def _one_way(y: FloatArray, code: IntArray) -> tuple[float, float, float, float, float]:
    """Answers, groups, k0, mean squares between and within, of one variable."""
    there = np.isfinite(y)
    y, code = y[there], code[there]
    order = np.lexsort((y, code))  # so that the order of the rows leaves no trace
    y, code = y[order], np.unique(code[order], return_inverse=True)[1]
    n, g = len(y), int(code.max()) + 1 if len(code) else 0
    if g < 2 or n <= g:
        return n, g, np.nan, np.nan, np.nan
    width = (y.max() - y.min()) ** 2
    y = y - y.min()
    size = np.bincount(code).astype(np.float64)
    mean = np.bincount(code, weights=y) / size
    by_size = np.argsort(mean, kind="stable")  # nor the names of the groups
    between = np.sum((size * (mean - y.sum() / n) ** 2)[by_size])
    within = np.sum(np.sort((y - mean[code]) ** 2))
    k0 = (n - np.sum(size**2) / n) / (g - 1)
    msb, msw = (s if s > _NOTHING * width * n else 0.0 for s in (float(between), float(within)))
    return n, g, float(k0), msb / (g - 1), msw / (n - g)
