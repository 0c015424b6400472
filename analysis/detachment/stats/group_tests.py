"""Scores of several groups in; tests of their equality with the share of variance between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc, ndtr

from detachment.stats._arrays import FloatArray, as_columns
from detachment.stats._ranks import doubled_ranks
from detachment.stats.group_difference import GroupMeans, group_means
from detachment.stats.noncentral import noncentral_f_interval


@dataclass(frozen=True, slots=True, eq=False)
class GroupTest:
    """A test that groups are equal, each field ``(p,)``.

    Attributes
    ----------
    statistic
        F, or H of Kruskal and Wallis.
    df1, df2
        Its degrees of freedom; df2 is NaN for H.
    p
        Of no difference between the groups.
    share
        Share of the (ranks') sum of squares that lies between groups: eta squared of F, epsilon
        squared of H. NaN where a test has none of its own.
    unbiased
        The same with little bias in small samples: omega squared. NaN for H.
    low, high
        Interval of the population's share, which both of these estimate; NaN for tests without.
    """

    statistic: FloatArray
    df1: FloatArray
    df2: FloatArray
    p: FloatArray
    share: FloatArray
    unbiased: FloatArray
    low: FloatArray
    high: FloatArray


@np.errstate(divide="ignore", invalid="ignore")
def anova(means: GroupMeans, confidence: float = 0.95) -> GroupTest:
    """One-way analysis of variance, which takes the groups to have one variance.

    Parameters
    ----------
    means
        Of independent people, by :func:`detachment.stats.group_means`.
    confidence
        Of the interval of the population's share of variance, between 0 and 1.

    Returns
    -------
    GroupTest
        NaN with fewer than two groups that have answers, or without any spread.

    Notes
    -----
    R's ``aov``. Omega squared: Hays (1963), Statistics for Psychologists. The interval is Steiger's
    (2004), Psychological Methods 9, 164-182: noncentrality / (noncentrality + N).

    Examples
    --------
    >>> m = group_means([1.0, 2, 3, 3, 5, 7, 6, 7, 8], [0, 0, 0, 1, 1, 1, 2, 2, 2], 3)
    >>> test = anova(m)
    >>> test.statistic.round(3).tolist(), test.p.round(4).tolist(), test.share.round(3).tolist()
    ([9.5], [0.0138], [0.76])
    """
    n, mean, variance, groups, total = _summaries(means)
    grand = np.sum(n * mean, axis=1) / total
    between = np.sum(n * (mean - grand[:, None]) ** 2, axis=1)
    within = np.sum((n - 1) * variance, axis=1)
    df1, df2 = groups - 1, total - groups
    error = within / df2
    f = np.where(within > 0, between / df1 / error, np.nan)
    ok = (df1 > 0) & (df2 > 0) & np.isfinite(f)
    f = np.where(ok, f, np.nan)
    low, high = noncentral_f_interval(f, df1, df2, confidence)
    return GroupTest(
        statistic=f, df1=np.where(ok, df1, np.nan), df2=np.where(ok, df2, np.nan),
        p=np.where(ok, fdtrc(np.where(ok, df1, 1), np.where(ok, df2, 1), np.where(ok, f, 0)),
                   np.nan),
        share=np.where(ok, between / (between + within), np.nan),
        unbiased=np.where(ok, (between - df1 * error) / (between + within + error), np.nan),
        low=low / (low + total), high=high / (high + total),
    )  # fmt: skip


@np.errstate(divide="ignore", invalid="ignore")
def welch_anova(means: GroupMeans) -> GroupTest:
    """Analysis of variance that takes no group's variance to be that of another.

    Parameters
    ----------
    means
        Of independent people, by :func:`detachment.stats.group_means`.

    Returns
    -------
    GroupTest
        Without a share. NaN where a group has fewer than two answers or no spread.

    Notes
    -----
    Welch (1951), Biometrika 38, 330-336; R's ``oneway.test(var.equal = FALSE)``.

    Examples
    --------
    >>> m = group_means([1.0, 2, 3, 3, 5, 7, 6, 7, 8], [0, 0, 0, 1, 1, 1, 2, 2, 2], 3)
    >>> test = welch_anova(m)
    >>> test.statistic.round(3).tolist(), test.df2.round(3).tolist(), test.p.round(4).tolist()
    ([16.016], [3.789], [0.0142])
    """
    n, mean, variance, groups, _ = _summaries(means)
    there = n > 0
    weight = np.where(there, n / np.where(variance > 0, variance, np.nan), 0.0)
    total = weight.sum(axis=1)
    grand = np.sum(weight * mean, axis=1) / total
    lost = np.sum(np.where(there, (1 - weight / total[:, None]) ** 2 / (n - 1), 0.0), axis=1)
    df1 = groups - 1
    lost = lost / (groups**2 - 1)
    f = np.sum(weight * (mean - grand[:, None]) ** 2, axis=1) / df1 / (1 + 2 * (groups - 2) * lost)
    df2 = 1 / (3 * lost)
    ok = (df1 > 0) & np.isfinite(f) & np.isfinite(df2)
    empty = np.full(f.shape, np.nan)
    return GroupTest(
        statistic=np.where(ok, f, np.nan), df1=np.where(ok, df1, np.nan),
        df2=np.where(ok, df2, np.nan),
        p=np.where(ok, fdtrc(np.where(ok, df1, 1), np.where(ok, df2, 1), np.where(ok, f, 0)),
                   np.nan),
        share=empty, unbiased=empty, low=empty, high=empty,
    )  # fmt: skip


@np.errstate(divide="ignore", invalid="ignore")
def kruskal_wallis(
    x: ArrayLike, code: ArrayLike, groups: int, confidence: float = 0.95
) -> GroupTest:
    """Test that no group tends to larger values, with the share of the ranks' variance.

    Parameters
    ----------
    x
        Scores of independent people, ``(n,)`` or ``(n, p)``; NaN is missing.
    code, groups
        Group of each row from 0, negative for none, ``(n,)``; how many groups there are.
    confidence
        Of the interval of epsilon squared: that of an analysis of variance of the ranks.

    Returns
    -------
    GroupTest
        Corrected for ties.

    Notes
    -----
    Kruskal and Wallis (1952), Journal of the American Statistical Association 47, 583-621; R's
    ``kruskal.test``. Epsilon squared H / (N - 1): King and Minium (2008); it is eta squared of the
    mid-ranks.

    Examples
    --------
    >>> test = kruskal_wallis([1, 2, 3, 3, 5, 7, 6, 7, 8], [0, 0, 0, 1, 1, 1, 2, 2, 2], 3)
    >>> test.statistic.round(4).tolist(), test.p.round(4).tolist(), test.share.round(4).tolist()
    ([5.8531], [0.0536], [0.7316])
    """
    means = group_means(group_ranks(x, code), code, groups)
    test = anova(means, confidence)
    n, mean, variance, known, total = _summaries(means)
    # of ranks that a group shares with no other nothing lies within: the share is still defined
    grand = np.sum(n * mean, axis=1) / total
    between = np.sum(n * (mean - grand[:, None]) ** 2, axis=1)
    within = np.sum((n - 1) * variance, axis=1)
    share = np.where(between + within > 0, between / (between + within), np.nan)
    h = np.where(known > 1, (total - 1) * share, np.nan)
    df = np.where(np.isfinite(h), known - 1, np.nan)
    empty = np.full(h.shape, np.nan)
    return GroupTest(
        statistic=h, df1=df, df2=empty,
        p=np.where(np.isfinite(h), chdtrc(np.where(df > 0, df, 1), np.nan_to_num(h)), np.nan),
        share=np.where(np.isfinite(h), share, np.nan), unbiased=empty,
        low=test.low, high=test.high,
    )  # fmt: skip


@np.errstate(divide="ignore", invalid="ignore")
def equal_means(means: GroupMeans, plain: GroupTest, confidence: float = 0.95) -> GroupTest:
    """Wald test that groups are equal, by the covariance of their means.

    Parameters
    ----------
    means
        With clusters or a design, by :func:`detachment.stats.group_means`, of scores or of ranks.
    plain
        The test of the same scores as of independent people (:func:`anova`), whose share it takes.
    confidence
        Of the interval of the share, between 0 and 1: of the noncentrality of the Wald F, times the
        design effect plain F / Wald F.

    Returns
    -------
    GroupTest
        F with groups - 1 degrees of freedom and, of clusters, those of the approximate Hotelling
        test; of a design clusters - strata - groups + 1. NaN where the covariance is singular.

    Notes
    -----
    Pustejovsky and Tipton (2018), Journal of Business & Economic Statistics 36, 672-683 (R's
    ``clubSandwich::Wald_test(test = "HTZ")`` for ``lm(y ~ group)``): small groups cost degrees of
    freedom. Of a design Korn and Graubard (1990), The American Statistician 44, 270-276; R's
    ``survey::regTermTest``.

    Examples
    --------
    >>> x, code = [1.0, 2, 3, 3, 5, 7, 6, 7, 8], [0, 0, 0, 1, 1, 1, 2, 2, 2]
    >>> means = group_means(x, code, 3, clusters=[0, 0, 1, 2, 2, 3, 4, 5, 6])
    >>> test = equal_means(means, anova(group_means(x, code, 3)))
    >>> test.statistic.round(3).tolist(), test.df1.tolist(), test.df2.round(3).tolist()
    ([9.444], [2.0], [1.7])
    """
    p = len(means.n)
    f, df1, df2 = np.full(p, np.nan), np.full(p, np.nan), np.full(p, np.nan)
    for j in range(p):
        there = np.flatnonzero(means.n[j] > 0)
        k = len(there)
        if k < 2:
            continue
        contrast = np.eye(k)[1:] - np.eye(k)[:1]
        away = contrast @ means.mean[j, there]
        cov = contrast @ means.cov[j][np.ix_(there, there)] @ contrast.T
        if not np.isfinite(cov).all() or np.linalg.matrix_rank(cov, hermitian=True) < k - 1:
            continue
        q = float(away @ np.linalg.solve(cov, away))
        if means.kind == "design":
            free, share = int(means.df[j]) + 1.0 - k, 1.0
        else:
            eta = _hotelling(means.trace[j, there], means.square[j][np.ix_(there, there)], contrast)
            free = eta - k + 2
            share = free / eta
        if free > 0:
            f[j], df1[j], df2[j] = share * q / (k - 1), k - 1, free
    total = means.n.sum(axis=1)
    low, high = noncentral_f_interval(f, df1, df2, confidence)
    effect = np.where(f > 0, plain.statistic / f, np.nan)
    low, high = low * effect, high * effect
    ok = np.isfinite(f)
    return GroupTest(
        statistic=f, df1=df1, df2=df2,
        p=np.where(ok, fdtrc(np.where(ok, df1, 1), np.where(ok, df2, 1), np.nan_to_num(f)), np.nan),
        share=plain.share, unbiased=plain.unbiased,
        low=low / (low + total), high=high / (high + total),
    )  # fmt: skip


def _hotelling(trace: FloatArray, square: FloatArray, contrast: FloatArray) -> float:
    """Degrees of freedom of the Wishart distribution nearest to that of the covariance.

    Under independence sums of clusters' residuals of different groups are independent: the
    covariance of two groups' means has the variance tr(A B), that of one 2 tr(A A).
    """
    value, vector = np.linalg.eigh(contrast @ np.diag(trace) @ contrast.T)
    if value[0] <= 0:
        return np.nan
    b = (vector / np.sqrt(value)) @ vector.T @ contrast  # (q, groups)
    crossed = np.einsum("sg,th->stgh", b, b)
    both = (crossed + np.swapaxes(crossed, 2, 3)) ** 2 / 2  # of g and g: 2 (b b)^2
    square = (square + square.T) / 2
    spread = float(np.sum(both * square))
    q = len(contrast)
    return q * (q + 1) / spread if spread > 0 else np.nan


def group_ranks(x: ArrayLike, code: ArrayLike) -> FloatArray:
    """Mid-ranks of the rows that are in a group, variable by variable.

    Parameters
    ----------
    x
        Scores, ``(n,)`` or ``(n, p)``; NaN is missing.
    code
        Group of each row, negative for none, ``(n,)``.

    Returns
    -------
    FloatArray
        ``(n, p)``, NaN where there is no score or no group. R's ``rank``.

    References
    ----------
    Kruskal, W. H., & Wallis, W. A. (1952). Use of ranks in one-criterion variance analysis.
    *Journal of the American Statistical Association, 47*, 583-621.

    Examples
    --------
    >>> group_ranks([3.0, 1.0, 3.0, 9.0], [0, 0, 1, -1]).ravel().tolist()
    [2.5, 1.0, 2.5, nan]
    """
    x = as_columns(x)
    grouped = (np.asarray(code) >= 0)[:, None]
    return doubled_ranks(np.where(grouped, x, np.nan)) / 2


@dataclass(frozen=True, slots=True, eq=False)
class MannWhitney:
    """The rank sum test of two groups, each field ``(p,)``.

    Attributes
    ----------
    u
        Pairs in which the first group is higher, ties for a half.
    z, p
        Normal approximation, corrected for ties and not for continuity; two-sided.
    """

    u: FloatArray
    z: FloatArray
    p: FloatArray


@np.errstate(divide="ignore", invalid="ignore")
def mann_whitney(x: ArrayLike, code: ArrayLike) -> MannWhitney:
    """Test that the higher of two people, one of each group, is as often from either.

    Parameters
    ----------
    x
        Scores of independent people, ``(n,)`` or ``(n, p)``; NaN is missing.
    code
        1 for the first group, 0 for the second, negative for neither, ``(n,)``.

    Returns
    -------
    MannWhitney
        NaN where a group is empty or all scores are equal.

    Notes
    -----
    Mann and Whitney (1947), Annals of Mathematical Statistics 18, 50-60; R's ``wilcox.test(exact =
    FALSE, correct = FALSE)``. It takes the groups' distributions to be equal but for a shift;
    :func:`detachment.stats.auc` gives the probability itself with an interval that does not.

    Examples
    --------
    >>> test = mann_whitney([5, 7, 9, 1, 2, 7], [1, 1, 1, 0, 0, 0])
    >>> test.u.tolist(), test.p.round(4).tolist()
    ([7.5], [0.184])
    """
    code = np.asarray(code)
    ranks = group_ranks(x, code)
    seen = np.isfinite(ranks)
    first = seen & (code == 1)[:, None]
    n1 = first.sum(axis=0).astype(np.float64)
    n2 = seen.sum(axis=0) - n1
    total = n1 + n2
    u = np.sum(ranks, axis=0, where=first) - n1 * (n1 + 1) / 2
    spread = np.sum((ranks - (total + 1) / 2) ** 2, axis=0, where=seen) / total
    variance = n1 * n2 / (total - 1) * spread
    ok = (n1 > 0) & (n2 > 0) & (variance > 0)
    z = np.where(ok, (u - n1 * n2 / 2) / np.sqrt(np.where(ok, variance, 1.0)), np.nan)
    return MannWhitney(u=np.where((n1 > 0) & (n2 > 0), u, np.nan), z=z, p=2 * ndtr(-np.abs(z)))


def _summaries(
    means: GroupMeans,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """n, means and variances of groups with answers, how many these are, and their answers."""
    n = means.n.astype(np.float64)
    mean = np.where(n > 0, means.mean, 0.0)
    variance = np.where(n > 1, means.sd**2, 0.0)
    return n, mean, variance, (n > 0).sum(axis=1).astype(np.float64), n.sum(axis=1)
