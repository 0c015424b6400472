"""Judgements, the truth and a bias in, how far each pulls on the judgements out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from detachment.stats._arrays import FloatArray, as_float, canonical_order
from detachment.stats._clusters import cluster_sums
from detachment.stats._resampled_sums import bootstrap_sums
from detachment.stats.bootstrap import Bootstrap


@dataclass(frozen=True, slots=True, eq=False)
class TruthBias:
    """A truth and bias model, its three terms for each of s groups of judgements.

    The terms are the directional bias (how far judgements lie above the truth on average), the
    force of the truth and the force of the bias, in this order.

    Attributes
    ----------
    estimate, se, low, high, t, p
        ``(s, 3)``; robust standard errors by cluster.
    std
        Standardized force of truth and bias, ``(s, 2)``.
    difference, difference_se, difference_low, difference_high, difference_t, difference_p
        First group less second, ``(3,)``; NaN unless there are two.
    cov
        Covariances of the estimates, ``(3 s, 3 s)``.
    r2
        Share of the variance of the judgements, ``(s,)``.
    n
        Judgements of each group, ``(s,)``.
    clusters, df
        Clusters, and degrees of freedom of t: one less.
    """

    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    t: FloatArray
    p: FloatArray
    std: FloatArray
    difference: FloatArray
    difference_se: FloatArray
    difference_low: FloatArray
    difference_high: FloatArray
    difference_t: FloatArray
    difference_p: FloatArray
    cov: FloatArray
    r2: FloatArray
    n: FloatArray
    clusters: int
    df: float


@np.errstate(divide="ignore", invalid="ignore")
def truth_bias(
    judgement: ArrayLike,
    truth: ArrayLike,
    bias: ArrayLike,
    clusters: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    confidence: float = 0.95,
) -> TruthBias:
    """Truth and bias model of judgements that come in clusters.

    Judgement and truth are centred on the mean of the truth, the bias on its own mean, so that the
    intercept is the mean difference of judgement and truth.

    Parameters
    ----------
    judgement, truth, bias
        ``(n,)`` each: what somebody says of a target, what the target is, and what may pull the
        judgement, such as what the judge is (assumed similarity). Rows with a gap are left out.
    clusters
        Which cluster (dyad) each judgement belongs to, ``(n,)``.
    groups
        Group of each judgement from 0, ``(n,)``, such as the judge's role: each group then has its
        own model and means. By default one.
    confidence
        Of the intervals.

    Returns
    -------
    TruthBias
        NaN where a group has fewer than four judgements, its truth and bias are collinear or give
        every judgement without error, and
        everywhere with fewer than three clusters.

    Raises
    ------
    ValueError
        When the arrays do not fit each other.

    Notes
    -----
    West and Kenny (2011), Psychological Review 118, 357-378. Least squares with standard errors of
    Liang and Zeger (1986), Biometrika 73, 13-22, times G / (G - 1) (N - 1) / (N - k); R's
    ``sandwich::vcovCL(type = "HC1")``.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> truth, bias = rng.normal(size=(2, 400))
    >>> judgement = 0.1 + 0.6 * truth + 0.25 * bias + 0.3 * rng.normal(size=400)
    >>> fit = truth_bias(judgement, truth, bias, np.arange(400) // 2)
    >>> fit.estimate.round(2).tolist(), fit.df
    ([[0.08, 0.59, 0.26]], 199.0)
    """
    rows = np.column_stack([as_float(part) for part in (judgement, truth, bias)])
    names = np.asarray(clusters)
    group = np.zeros(len(rows), dtype=np.int64) if groups is None else np.asarray(groups)
    if names.shape != (len(rows),) or group.shape != (len(rows),):
        raise ValueError(
            f"expected clusters and groups ({len(rows)},), got {names.shape} and {group.shape}"
        )
    s = int(group.max(initial=0)) + 1
    used = np.isfinite(rows).all(axis=1) & (group >= 0)
    rows, names, group = rows[used], names[used], group[used]
    order = canonical_order(np.column_stack([rows, group])) if len(rows) else slice(None)
    rows, names, group = rows[order], names[order], group[order]
    estimate, std = np.full((s, 3), np.nan), np.full((s, 2), np.nan)
    r2, n = np.full(s, np.nan), np.zeros(s)
    bread = np.full((3 * s, 3 * s), np.nan)
    scores = np.zeros((len(rows), 3 * s))
    for k in range(s):
        own = np.flatnonzero(group == k)
        n[k] = len(own)
        y, x1, x2 = rows[own].T
        if len(own) < 4:
            continue
        y, x1, x2 = y - x1.mean(), x1 - x1.mean(), x2 - x2.mean()
        spread = np.sqrt(np.sum(x1**2) * np.sum(x2**2))
        if not spread > 0 or abs(np.sum(x1 * x2)) > (1 - 1e-10) * spread:
            continue
        X = np.column_stack([np.ones(len(own)), x1, x2])
        inverse = np.linalg.inv(X.T @ X)
        slopes = inverse @ (X.T @ y)
        rest = y - X @ slopes
        total = np.sum((y - y.mean()) ** 2)
        if np.sum(rest**2) <= 1e-20 * total:
            continue
        estimate[k] = slopes
        r2[k] = 1 - np.sum(rest**2) / total if total > 0 else np.nan
        std[k] = estimate[k, 1:] * np.sqrt(np.sum(X[:, 1:] ** 2, axis=0) / total)
        part = slice(3 * k, 3 * k + 3)
        bread[part] = bread[:, part] = 0.0
        bread[part, part] = inverse
        scores[own, part] = X * rest[:, None]
    sums = cluster_sums(scores, names)
    g = len(sums)
    known = int(np.isfinite(estimate).all(axis=1).sum())
    size = float(n.sum())
    factor = g / (g - 1) * (size - 1) / (size - 3 * known) if g > 2 and size > 3 * known else np.nan
    cov = bread @ (sums.T @ sums * factor) @ bread
    se = np.sqrt(np.diagonal(cov)).reshape(s, 3)
    df = float(g - 1) if g > 2 else np.nan
    quantile = stdtrit(df, (1 + confidence) / 2)
    t = np.where(se > 0, estimate / se, np.nan)
    apart, apart_se = np.full(3, np.nan), np.full(3, np.nan)
    if s == 2:
        apart = estimate[0] - estimate[1]
        between = np.diagonal(cov[:3, 3:])
        apart_se = np.sqrt(se[0] ** 2 + se[1] ** 2 - 2 * between)
    apart_t = np.where(apart_se > 0, apart / apart_se, np.nan)
    return TruthBias(
        estimate=estimate,
        se=se,
        low=estimate - quantile * se,
        high=estimate + quantile * se,
        t=t,
        p=_two_sided(t, df),
        std=std,
        difference=apart,
        difference_se=apart_se,
        difference_low=apart - quantile * apart_se,
        difference_high=apart + quantile * apart_se,
        difference_t=apart_t,
        difference_p=_two_sided(apart_t, df),
        cov=cov,
        r2=r2,
        n=n,
        clusters=g,
        df=df,
    )


def _two_sided(t: FloatArray, df: float) -> FloatArray:
    return np.asarray(2 * stdtr(df, -np.abs(t)), dtype=np.float64)


@np.errstate(divide="ignore", invalid="ignore")
def corrected_truth_bias(
    judgement: ArrayLike,
    truth: ArrayLike,
    bias: ArrayLike,
    clusters: ArrayLike,
    *,
    reliability: tuple[float, float],
    n_boot: int = 1000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """Force of truth and bias, corrected for the unreliability of both, with resampled clusters.

    Parameters
    ----------
    judgement, truth, bias, clusters
        As for :func:`truth_bias`.
    reliability
        Of truth and of bias; taken as known.
    n_boot
        Number of resamples of clusters.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    Bootstrap
        Of two numbers; NaN where a reliability is not positive, or so low that the corrected
        covariances of truth and bias contradict each other.

    Raises
    ------
    ValueError
        When the arrays do not fit each other.

    Notes
    -----
    Regression with errors in variables of known reliability: Fuller (1987), Measurement Error
    Models, section 1.1; Fuller and Hidiroglou (1978), Journal of the American Statistical
    Association 73, 99-104.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> truth, bias = rng.normal(size=(2, 4000))
    >>> judgement = 0.6 * truth + 0.25 * bias
    >>> seen = truth + 0.5 * rng.normal(size=4000), bias + 0.5 * rng.normal(size=4000)
    >>> fit = corrected_truth_bias(judgement, *seen, np.arange(4000), reliability=(0.8, 0.8))
    >>> fit.estimate.round(2).tolist()
    [0.6, 0.25]
    """
    rows = np.column_stack([as_float(part) for part in (judgement, truth, bias)])
    names = np.asarray(clusters)
    if names.shape != (len(rows),):
        raise ValueError(f"clusters must have shape ({len(rows)},), got {names.shape}")
    used = np.isfinite(rows).all(axis=1)
    rows, names = rows[used], names[used]
    if len(rows):
        order = canonical_order(rows)
        rows, names = rows[order], names[order]
        rows = rows - rows.mean(axis=0)
    i, j = np.triu_indices(3)
    sums = cluster_sums(np.column_stack([np.ones(len(rows)), rows, rows[:, i] * rows[:, j]]), names)
    first, second = (value if value > 0 else np.nan for value in reliability)

    def forces(total: FloatArray) -> FloatArray:
        n, mean = total[:, :1], total[:, 1:4] / total[:, :1]
        cov = total[:, 4:] / n - mean[:, i] * mean[:, j]
        # in the order judgement, with truth, with bias; truth, with bias; bias
        jt, jb, tt, tb, bb = cov[:, 1], cov[:, 2], cov[:, 3] * first, cov[:, 4], cov[:, 5] * second
        determinant = tt * bb - tb**2
        determinant = np.where(determinant > 1e-10 * tt * bb, determinant, np.nan)
        return np.stack([jt * bb - jb * tb, jb * tt - jt * tb], axis=-1) / determinant[:, None]

    return bootstrap_sums(sums, forces, n_boot=n_boot, rng=rng)
