"""Two groups in: their difference, adjusted for covariates, raw and standardised, out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from detachment.stats._arrays import FloatArray, IntArray, as_float, canonical_order
from detachment.stats._clusters import cluster_codes, clustered_error, count_clusters
from detachment.stats.bootstrap import Bootstrap, resample

_SINGULAR = 1e-10  # smallest eigenvalue of the correlations of predictors, over the largest


@dataclass(frozen=True, slots=True, eq=False)
class AdjustedDifference:
    """Difference of group 1 and group 0; each field ``(...)``, NaN where there is no number.

    Attributes
    ----------
    n, n_reference
        People of group 1 and of group 0 with every value.
    clusters
        Clusters of both.
    mean, mean_reference
        Unadjusted means of the outcome.
    difference, low, high, se
        Adjusted difference of the means with its interval and standard error.
    t, df, p
        Test of no difference; ``df`` is clusters less coefficients.
    sd
        Pooled standard deviation within the groups, the unit of ``d``.
    d, d_low, d_high
        Standardised difference with its interval.
    slopes
        Of the covariates, ``(..., q)``.
    """

    n: IntArray
    n_reference: IntArray
    clusters: IntArray
    mean: FloatArray
    mean_reference: FloatArray
    difference: FloatArray
    low: FloatArray
    high: FloatArray
    se: FloatArray
    t: FloatArray
    df: FloatArray
    p: FloatArray
    sd: FloatArray
    d: FloatArray
    d_low: FloatArray
    d_high: FloatArray
    slopes: FloatArray


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def adjusted_difference(
    outcome: ArrayLike,
    group: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    unit: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> AdjustedDifference:
    """Difference between two groups by least squares, with cluster-robust standard errors.

    With the first measurement among the covariates it is an analysis of covariance; with the change
    as outcome and no covariates, a comparison of change scores.

    Parameters
    ----------
    outcome
        ``(..., n)``; NaN is missing, and only people with every value count.
    group
        1 or 0 (the reference) for each person, ``(n,)``; NaN for people of neither.
    covariates
        ``(..., n, q)``; none by default.
    unit
        Variable whose pooled standard deviation within the groups is the unit of ``d``,
        ``(..., n)``: the outcome by default.
    clusters
        Which cluster (dyad, class) each person belongs to, ``(n,)``; each their own by default.
    confidence
        Of the intervals.

    Returns
    -------
    AdjustedDifference

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Notes
    -----
    The covariance of the coefficients is that of Liang and Zeger (1986), Biometrika 73, 13-22,
    times g / (g - 1) (n - 1) / (n - k): ``sandwich::vcovCL(type = "HC1")`` in R. t has clusters
    less coefficients degrees of freedom. d is the difference over ``sd`` times 1 - 3 / (4 df - 1)
    with df = n - 2 people (Hedges 1981, Journal of Educational Statistics 6, 107-128); for a change
    score in units of the first measurement it is d_ppc2 of Morris (2008), Organizational Research
    Methods 11, 364-386. Its interval takes the standard deviation for an estimate (delta method,
    influences summed within clusters).

    Examples
    --------
    >>> first, last = np.array([3.0, 4, 2, 5, 3, 4, 2, 5]), np.array([2.0, 3, 2, 3, 3, 4, 3, 5])
    >>> fit = adjusted_difference(last, [1, 1, 1, 1, 0, 0, 0, 0], covariates=first[:, None])
    >>> round(float(fit.difference), 3), round(float(fit.d), 3), fit.slopes.round(2).tolist()
    (-1.25, -1.375, [0.55])
    """
    y, x, s, there, code, member = _arrays(outcome, group, covariates, unit, clusters)
    q = x.shape[-1]
    k = 2 + q
    n = there.sum(axis=-1).astype(np.int64)
    n1 = (there & (member == 1)).sum(axis=-1).astype(np.int64)
    n0 = n - n1
    g = count_clusters(there, code)
    usable = (n1 > 0) & (n0 > 0) & (n > k) & (g > k)
    m = np.where(usable, n, np.nan).astype(np.float64)
    groups = np.where(usable, g, np.nan).astype(np.float64)
    one, zero = there & (member == 1), there & (member == 0)
    mean1, mean0 = _mean_where(y, one, n1), _mean_where(y, zero, n0)

    # within-group deviations leave the slopes; the group means then give the difference
    ry = _within(y, one, zero, n1, n0)
    columns = np.moveaxis(x, -1, 0)
    rx, gap = np.empty(x.shape), np.empty((*x.shape[:-2], q))
    for j, column in enumerate(columns):
        rx[..., j] = _within(column, one, zero, n1, n0)
        gap[..., j] = _mean_where(column, one, n1) - _mean_where(column, zero, n0)
    cross = np.einsum("...np,...nq->...pq", rx, rx)
    right = np.einsum("...np,...n->...p", rx, ry)
    inverse = _inverse(cross)
    slopes = np.einsum("...pq,...q->...p", inverse, right)
    difference = mean1 - mean0 - np.einsum("...p,...p->...", gap, slopes)
    difference = np.where(usable, difference, np.nan)
    residual = ry - np.einsum("...np,...p->...n", rx, slopes)
    # the row of (X'X)^-1 X' that belongs to the group, times the residual
    tilt = np.einsum("...np,...pq,...q->...n", rx, inverse, gap)
    weight = np.where(one, m[..., None] / n1[..., None], 0.0)
    weight = weight - np.where(zero, m[..., None] / n0[..., None], 0.0) - m[..., None] * tilt
    influence = np.where(there, weight * residual, 0.0)
    size = np.sqrt((m - 1) / (m - k))
    se = clustered_error(influence, code, m, groups) * size
    df = groups - k
    spread = stdtrit(df, (1 + confidence) / 2)
    t = np.where(se > 0, difference / se, np.nan)

    rs = _within(s, one, zero, n1, n0)
    square = np.sort(rs**2, axis=-1).sum(axis=-1) / (m - 2)
    square = np.where(square > 0, square, np.nan)
    bend = np.where(there, rs**2 * (m / (m - 2))[..., None] - square[..., None], 0.0)
    small = 1 - 3 / (4 * (m - 2) - 1)
    sd = np.sqrt(square)
    d = small * difference / sd
    of_d = (influence - bend * (difference / (2 * square))[..., None]) / sd[..., None]
    of_d = np.where(there, of_d, 0.0)
    half = spread * small * clustered_error(of_d, code, m, groups) * size
    return AdjustedDifference(
        n=n1,
        n_reference=n0,
        clusters=g,
        mean=mean1,
        mean_reference=mean0,
        difference=difference,
        low=difference - spread * se,
        high=difference + spread * se,
        se=se,
        t=t,
        df=df,
        p=2 * stdtr(df, -np.abs(t)),
        sd=sd,
        d=d,
        d_low=d - half,
        d_high=d + half,
        slopes=np.where(usable[..., None], slopes, np.nan),
    )


def adjusted_bootstrap(
    outcome: ArrayLike,
    group: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    unit: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    n_boot: int = 10_000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """Resample people or clusters; adjusted and standardised difference of each resample.

    Parameters
    ----------
    outcome, group, covariates, unit, clusters
        As for :func:`adjusted_difference`, of one outcome: ``(n,)``, ``(n, q)``.
    n_boot, rng
        Number of resamples; seed or generator.

    Returns
    -------
    Bootstrap
        Of two numbers: the adjusted difference, and d.

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Notes
    -----
    Efron and Tibshirani (1993), *An Introduction to the Bootstrap*. Both numbers follow from the
    covariances of a resample.

    Examples
    --------
    >>> first, last = np.array([3.0, 4, 2, 5, 3, 4, 2, 5]), np.array([2.0, 3, 2, 3, 3, 4, 3, 5])
    >>> arm = [1, 1, 1, 1, 0, 0, 0, 0]
    >>> adjusted_bootstrap(last, arm, covariates=first[:, None], n_boot=50).estimate.round(3)
    array([-1.25 , -1.375])
    """
    y, x, s, there, code, member = _arrays(outcome, group, covariates, unit, clusters)
    if y.ndim != 1:
        raise ValueError(f"the bootstrap takes an outcome of shape (n,), got {y.shape}")
    columns = np.column_stack([y, member, x, s])[there]
    q = x.shape[-1]
    n = len(columns)

    def statistic(cov: FloatArray) -> FloatArray:
        inner = cov[:, 1 : 2 + q, 1 : 2 + q]
        right = cov[:, 1 : 2 + q, 0]
        difference = np.einsum("bp,bp->b", _inverse(inner)[:, 0], right)
        share = cov[:, 1, -1] ** 2 / cov[:, 1, 1]
        square = (cov[:, -1, -1] - share) * (n - 1) / (n - 2)
        small = 1 - 3 / (4 * (n - 2) - 1)
        d = small * difference / np.sqrt(np.where(square > 0, square, np.nan))
        return np.stack([difference, d], axis=-1)

    if n < 3:
        none = np.full(2, np.nan)
        return Bootstrap(none, np.full((n_boot, 2), np.nan), np.full((0, 2), np.nan), n, 0)
    return resample(columns, statistic, clusters=code[there], n_boot=n_boot, rng=rng)


def _arrays(
    outcome: ArrayLike,
    group: ArrayLike,
    covariates: ArrayLike | None,
    unit: ArrayLike | None,
    clusters: ArrayLike | None,
) -> tuple[FloatArray, FloatArray, FloatArray, np.ndarray, IntArray, FloatArray]:
    """Outcome, covariates, unit, who has all, cluster and group: rows in an order of their own."""
    y, member = as_float(outcome), as_float(group)
    if y.ndim == 0:
        raise ValueError("expected an outcome of shape (..., n), got a single number")
    n = y.shape[-1]
    if member.shape != (n,):
        raise ValueError(f"group must have shape ({n},), got {member.shape}")
    x = np.empty((*y.shape, 0)) if covariates is None else as_float(covariates)
    if x.ndim < 2 or x.shape[-2] != n:
        raise ValueError(f"covariates must have shape (..., {n}, q), got {x.shape}")
    lead = np.broadcast_shapes(y.shape[:-1], x.shape[:-2])
    y = np.broadcast_to(y, (*lead, n))
    x = np.broadcast_to(x, (*lead, n, x.shape[-1]))
    s = y if unit is None else np.broadcast_to(as_float(unit), (*lead, n))
    member = np.broadcast_to(member, (*lead, n))
    code = np.broadcast_to(cluster_codes(clusters, n), (*lead, n))
    rows = np.concatenate([y[..., None], member[..., None], s[..., None], x], axis=-1)
    there = np.isfinite(rows).all(axis=-1) & ((member == 0) | (member == 1))
    rows = np.where(there[..., None], rows, np.nan)
    order = canonical_order(rows)
    rows = np.take_along_axis(rows, order[..., None], axis=-2)
    there = np.take_along_axis(there, order, axis=-1)
    code = np.take_along_axis(code, order, axis=-1)
    # how numbers lie in memory decides in which order NumPy adds them up
    y, member, s = (np.ascontiguousarray(rows[..., j]) for j in range(3))
    return y, np.ascontiguousarray(rows[..., 3:]), s, there, np.ascontiguousarray(code), member


def _mean_where(x: FloatArray, where: np.ndarray, n: IntArray) -> FloatArray:
    return np.asarray(np.where(where, x, 0.0).sum(axis=-1) / np.where(n > 0, n, np.nan))


def _within(
    x: FloatArray, one: np.ndarray, zero: np.ndarray, n1: IntArray, n0: IntArray
) -> FloatArray:
    """Deviations from the mean of one's own group; 0 for who is missing or where all are alike."""
    result = np.zeros_like(x)
    for where, n in ((one, n1), (zero, n0)):
        low = np.min(x, axis=-1, where=where, initial=np.inf)
        high = np.max(x, axis=-1, where=where, initial=-np.inf)
        mean = _mean_where(x, where, n)
        result = np.where(where & (high > low)[..., None], x - mean[..., None], result)
    return result


def _inverse(matrix: FloatArray) -> FloatArray:
    """Inverses ``(..., p, p)`` of covariances; NaN where one is singular."""
    if matrix.shape[-1] == 0:
        return matrix
    scale = np.sqrt(np.diagonal(matrix, axis1=-2, axis2=-1))
    scale = np.where(scale > 0, scale, np.nan)
    outer = scale[..., :, None] * scale[..., None, :]
    unitless = matrix / outer
    known = np.isfinite(unitless).all(axis=(-2, -1))
    safe = np.where(known[..., None, None], unitless, np.eye(matrix.shape[-1]))
    values = np.linalg.eigvalsh(safe)
    known &= values[..., 0] > _SINGULAR * values[..., -1]
    safe = np.where(known[..., None, None], safe, np.eye(matrix.shape[-1]))
    return np.where(known[..., None, None], np.linalg.inv(safe) / outer, np.nan)
