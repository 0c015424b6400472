"""Scores of people in groups in; means, differences, standardized differences and tests out.

One estimator serves independent people, clusters (dyads, classes) and pairs: the covariance of the
groups' means from sums of residuals a cluster, with the bias-reduced weights of Bell and McCaffrey.
With every row a cluster of its own it gives Welch's standard errors; with complete pairs it gives
the paired t test, degrees of freedom included.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, ndtri, stdtr, stdtrit

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    canonical_order,
)
from detachment.stats._clusters import cluster_codes
from detachment.stats.design import SurveyDesign
from detachment.stats.noncentral import noncentral_t_interval

Standardizer = Literal["pooled", "average", "reference"]
Kind = Literal["independent", "clustered", "design"]

_ROUNDING = 1e-13  # relative to the scores: less than that is no difference between them


@dataclass(frozen=True, slots=True, eq=False)
class GroupMeans:
    """Means and spreads of p variables in G groups.

    Attributes
    ----------
    n
        Answers, ``(p, G)``.
    mean, sd
        ``(p, G)``; standard deviations with divisor n - 1 (with weights: ``svyvar`` of R).
    covariance
        Of the estimated means, and after them of the estimated variances, ``(p, 2 G, 2 G)``.
    trace, square
        What degrees of freedom follow from, ``(p, G)`` and ``(p, G, G)``; NaN for a design.
    units
        Clusters with an answer in each group, ``(p, G)``; rows where there are none.
    clusters
        Clusters with an answer, ``(p,)``.
    df
        Degrees of freedom of the design, ``(p,)``: clusters minus strata.
    kind
        ``independent``, ``clustered``, or ``design`` (with weights or strata).
    """

    n: IntArray
    mean: FloatArray
    sd: FloatArray
    covariance: FloatArray
    trace: FloatArray
    square: FloatArray
    units: IntArray
    clusters: IntArray
    df: IntArray
    kind: Kind

    @property
    def groups(self) -> int:
        """Number of groups, G."""
        return int(self.n.shape[1])

    @property
    def cov(self) -> FloatArray:
        """Covariance of the means alone, ``(p, G, G)``."""
        return self.covariance[:, : self.groups, : self.groups]

    @property
    def mean_df(self) -> FloatArray:
        """Degrees of freedom of each mean's standard error, ``(p, G)``."""
        if self.kind == "design":
            return np.repeat(self.df[:, None].astype(np.float64), self.groups, axis=1)
        if self.kind == "independent":
            return self.n.astype(np.float64) - 1.0
        g = np.arange(self.groups)
        return _satterthwaite(self, g, g, single=True)

    def intervals(self, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Low and high of each mean by t, ``(p, G)``; NaN where there is no spread to tell."""
        variance = np.diagonal(self.cov, axis1=1, axis2=2)
        with np.errstate(invalid="ignore"):
            df = np.where(self.mean_df > 0, self.mean_df, np.nan)
            half = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance)
        return self.mean - half, self.mean + half


@np.errstate(divide="ignore", invalid="ignore")
def group_means(
    x: ArrayLike,
    code: ArrayLike,
    groups: int,
    *,
    clusters: ArrayLike | None = None,
    design: SurveyDesign | None = None,
) -> GroupMeans:
    """Means of groups, and how certain they are together.

    Parameters
    ----------
    x
        Scores, ``(n,)`` or ``(n, p)``; NaN is missing and is left out variable by variable.
    code
        Group of each row from 0 to groups - 1; negative where it is in none, ``(n,)``.
    groups
        How many groups there are; some may be empty.
    clusters
        Which cluster (dyad, class) each row belongs to, ``(n,)``; a cluster may lie in several
        groups. By default each row is its own.
    design
        How people were drawn, of the same rows; its weights, clusters and strata then count, and
        the covariance is that of the design (linearization).

    Returns
    -------
    GroupMeans
        The same for every order of the rows; NaN for an empty group.

    Raises
    ------
    ValueError
        When the arrays do not fit one another.

    Notes
    -----
    Covariance of clusters: CR2 of Bell and McCaffrey (2002), Survey Methodology 28, 169-181, with
    the degrees of freedom of Pustejovsky and Tipton (2018), Journal of Business & Economic
    Statistics 36, 672-683 (R's ``clubSandwich`` for ``lm(y ~ 0 + group)``), which for groups'
    means have a closed form. Of a design: Binder (1983), International Statistical Review 51,
    279-292; R's ``survey::svyby``.

    Examples
    --------
    >>> m = group_means([1.0, 2, 3, 3, 5, 7], [0, 0, 0, 1, 1, 1], 2)
    >>> m.mean.tolist(), m.sd.tolist(), m.cov[0].round(4).tolist()
    ([[2.0, 5.0]], [[1.0, 2.0]], [[0.3333, 0.0], [0.0, 1.3333]])
    """
    x = as_columns(x)
    code = np.asarray(code, dtype=np.int64)
    if x.ndim != 2 or code.shape != (len(x),):
        raise ValueError(f"expected scores (n, p) and groups (n,), got {x.shape} and {code.shape}")
    if code.size and code.max() >= groups:
        raise ValueError(f"groups are numbered from 0 to {groups - 1}, got {code.max()}")
    unit = cluster_codes(clusters, len(x))
    if design is not None and (design.weights.shape != code.shape or clusters is not None):
        raise ValueError("a design has the same rows, and brings its own clusters")
    w = np.ones(len(x)) if design is None else design.weights
    order = canonical_order(np.column_stack([x, code, w]))
    x, code, w = x[order], code[order], w[order]
    kind: Kind = "independent" if clusters is None else "clustered"
    if design is not None:
        design, kind = design.taken(order), "design"
    in_group = (code[:, None] == np.arange(groups)) & (w > 0)[:, None]
    seen = np.isfinite(x)
    value = np.where(seen, x, 0.0)
    weight = w[:, None] * in_group  # (n, G)
    n = seen.T.astype(np.float64) @ in_group  # (p, G)
    total = seen.T.astype(np.float64) @ weight
    some = np.where(total > 0, total, np.nan)
    mean = value.T @ weight / some
    place = np.where(code < 0, 0, code)
    deviation = np.where(seen & (code >= 0)[:, None], x - mean.T[place], 0.0)  # (n, p)
    deviation = np.where(np.isfinite(deviation), deviation, 0.0)
    square = deviation**2
    sd2 = (square.T @ weight) / some * n / np.where(n > 1, n - 1, np.nan)
    # what each row moves the mean and the variance of its group by
    own = (w[:, None] * seen / some.T[place]) * in_group.any(axis=1)[:, None]
    of_mean = np.nan_to_num(own * deviation)
    lost = n / np.where(n > 1, n - 1, np.nan)
    of_variance = np.nan_to_num(own * (square * lost.T[place] - sd2.T[place]))
    rows = _Rows(of_mean, of_variance, in_group, seen)
    if design is not None:
        spread = _of_design(rows, design)
    elif clusters is None:
        spread = _of_people(rows, n)
    else:
        spread = _of_clusters(rows, n, unit[order])
    empty = np.concatenate([n < 2, n < 2], axis=1)
    nothing = empty[:, :, None] | empty[:, None, :]
    rounding = (_ROUNDING * mean) ** 2  # what is left of the variance of equal scores
    sd2 = np.where(sd2 <= rounding, 0.0, sd2)
    return GroupMeans(
        n=n.astype(np.int64), mean=mean, sd=np.sqrt(sd2),
        covariance=np.where(nothing, np.nan, spread.covariance),
        trace=spread.trace, square=spread.square, units=spread.units.astype(np.int64),
        clusters=spread.clusters.astype(np.int64), df=spread.df.astype(np.int64), kind=kind,
    )  # fmt: skip


class _Rows(NamedTuple):
    """What each row moves the mean and the variance of its group by, and which group that is."""

    of_mean: FloatArray  # (n, p)
    of_variance: FloatArray  # (n, p)
    in_group: BoolArray  # (n, G)
    seen: BoolArray  # (n, p)


class _Spread(NamedTuple):
    """Fields of :class:`GroupMeans`, before they are whole numbers."""

    covariance: FloatArray
    trace: FloatArray
    square: FloatArray
    units: FloatArray
    clusters: FloatArray
    df: FloatArray


def _of_people(rows: _Rows, n: FloatArray) -> _Spread:
    """Of independent people: nothing is shared, and every row is a cluster."""
    p, groups = n.shape
    factor = n / np.where(n > 1, n - 1, np.nan)
    covariance = np.zeros((p, 2, groups, 2, groups))
    g = np.arange(groups)
    both = rows.of_mean, rows.of_variance
    for i in range(2):
        for j in range(2):
            covariance[:, i, g, j, g] = ((both[i] * both[j]).T @ rows.in_group) * factor
    square = np.zeros((p, groups, groups))
    square[:, g, g] = 1 / (n**2 * np.where(n > 1, n - 1, np.nan))
    everyone = n.sum(axis=1)
    flat = covariance.reshape(p, 2 * groups, 2 * groups)
    return _Spread(flat, 1 / np.where(n > 0, n, np.nan), square, n, everyone, everyone - 1)


def _of_clusters(rows: _Rows, n: FloatArray, cluster: IntArray) -> _Spread:
    """Of clusters: sums of their rows, weighted so that independent clusters leave no bias."""
    p, groups = n.shape
    in_some = rows.in_group.any(axis=1)
    units = int(cluster.max(initial=-1)) + 1
    cell = (cluster * groups + rows.in_group.argmax(axis=1))[in_some]

    def by_cell(values: FloatArray) -> FloatArray:
        columns = [np.bincount(cell, v, units * groups) for v in values[in_some].T]
        return np.array(columns, dtype=np.float64).reshape(p, units, groups)

    size = by_cell(rows.seen.astype(np.float64))
    of = n[:, None, :]
    left = 1 - size / np.where(of > 0, of, np.nan)  # nothing is left of a group of one cluster
    scale = 1 / np.sqrt(np.where(left > 1e-12, left, np.nan))
    scale = np.where(size > 0, scale, 0.0)
    z = np.concatenate([by_cell(rows.of_mean) * scale, by_cell(rows.of_variance) * scale], axis=2)
    # added up in an order that does not know the clusters' names
    turn = canonical_order(np.concatenate([z, size], axis=2))[:, :, None]
    z, size, scale = (np.take_along_axis(part, turn, axis=1) for part in (z, size, scale))
    # of the matrix diag(d) - u u' / n, whose traces give the degrees of freedom
    u = np.where(size > 0, size * scale / of, 0.0)
    d = np.where(size > 0, size * (scale / of) ** 2, 0.0)
    shared = u * u / np.where(of > 0, of, np.nan)
    uu = _products(u, u)
    square = _products(d, d) - 2 * _products(d, shared)
    square += uu**2 / (n[:, :, None] * n[:, None, :])
    there = (size > 0).any(axis=2).sum(axis=1).astype(np.float64)
    return _Spread(
        covariance=_products(z, z),
        trace=(d - shared).sum(axis=1),
        square=square,
        units=(size > 0).sum(axis=1).astype(np.float64),
        clusters=there,
        df=there - 1,
    )


def _products(a: FloatArray, b: FloatArray) -> FloatArray:
    """Sums over clusters of products of groups, ``(p, G, G)`` from ``(p, U, G)``."""
    products: FloatArray = np.swapaxes(a, 1, 2) @ b
    return products


def _of_design(rows: _Rows, design: SurveyDesign) -> _Spread:
    """Of a sampling design, as it says."""
    p, groups = rows.seen.shape[1], rows.in_group.shape[1]
    covariance, units = np.empty((p, 2 * groups, 2 * groups)), np.zeros((p, groups))
    clusters = np.zeros(p)
    for j in range(p):
        both = rows.of_mean[:, j, None], rows.of_variance[:, j, None]
        covariance[j] = design.covariance(
            np.concatenate([rows.in_group * part for part in both], axis=1)
        )
        here = rows.in_group & rows.seen[:, j, None]
        met = np.zeros((design.clusters, groups), dtype=np.bool_)
        for g in range(groups):
            met[design.cluster[here[:, g]], g] = True
        units[j], clusters[j] = met.sum(axis=0), met.any(axis=1).sum()
    nothing = np.full((p, groups), np.nan)
    square = np.full((p, groups, groups), np.nan)
    return _Spread(covariance, nothing, square, units, clusters, design.df_of(rows.seen))


def _satterthwaite(
    means: GroupMeans, first: IntArray, second: IntArray, *, single: bool = False
) -> FloatArray:
    """Degrees of freedom of differences of means ``(p, k)``, or of single means."""
    sets = [first] if single else [first, second]
    trace = sum((means.trace[:, g] for g in sets), np.zeros(1))
    square = sum((means.square[:, g, h] for g in sets for h in sets), np.zeros(1))
    return np.where(square > 0, trace**2 / square, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class MeanDifference:
    """Differences of means, each field ``(p, k)`` for k pairs of groups.

    Attributes
    ----------
    difference
        First minus second.
    se, df, t, p
        Standard error, degrees of freedom, t test of no difference (two-sided).
    low, high
        Interval by t.
    """

    difference: FloatArray
    se: FloatArray
    df: FloatArray
    t: FloatArray
    p: FloatArray
    low: FloatArray
    high: FloatArray


@np.errstate(divide="ignore", invalid="ignore")
def mean_difference(
    means: GroupMeans, first: ArrayLike, second: ArrayLike, confidence: float = 0.95
) -> MeanDifference:
    """Differences of groups' means, with the standard errors that :func:`group_means` found.

    Parameters
    ----------
    means
        Of the groups.
    first, second
        Pairs of groups by their numbers, ``(k,)``.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    MeanDifference
        Of independent people Welch's (``t.test`` of R), of complete pairs the paired one
        (``t.test(paired = TRUE)``), of other clusters that of ``clubSandwich::coef_test(vcov =
        "CR2")``, of a design that of ``survey::svyttest``. NaN where there is no spread.

    Notes
    -----
    Welch (1947), Biometrika 34, 28-35; and as :func:`group_means`.

    Examples
    --------
    >>> m = group_means([1.0, 2, 3, 3, 5, 7], [0, 0, 0, 1, 1, 1], 2)
    >>> d = mean_difference(m, [1], [0])
    >>> d.difference.tolist(), d.df.round(3).tolist(), d.p.round(4).tolist()
    ([[3.0]], [[2.941]], [[0.1045]])
    """
    first, second = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    difference = means.mean[:, first] - means.mean[:, second]
    cov = means.cov
    one, two = cov[:, first, first], cov[:, second, second]
    variance = one + two - 2 * cov[:, first, second]
    if means.kind == "independent":
        n = means.n.astype(np.float64)
        df = (one + two) ** 2 / (one**2 / (n[:, first] - 1) + two**2 / (n[:, second] - 1))
    elif means.kind == "clustered":
        df = _satterthwaite(means, first, second)
    else:
        df = np.repeat(means.df[:, None] - 1.0, len(first), axis=1)
    seen = np.abs(means.mean[:, first]) + np.abs(means.mean[:, second])
    se = np.sqrt(np.where(variance > (_ROUNDING * seen) ** 2, variance, np.nan))
    df = np.where((df > 0) & np.isfinite(se), df, np.nan)
    t = difference / se
    half = stdtrit(df, (1 + confidence) / 2) * se
    return MeanDifference(
        difference=difference, se=se, df=df, t=t, p=2 * stdtr(df, -np.abs(t)),
        low=difference - half, high=difference + half,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class StandardizedDifference:
    """Differences of means in standard deviations, each field ``(p, k)``.

    Attributes
    ----------
    d
        Difference over the standard deviation.
    g
        The same without its bias in small samples: Hedges' g.
    low, high
        Interval.
    method
        ``noncentral t``, ``Bonett``, or ``delta``: what the interval comes from.
    """

    d: FloatArray
    g: FloatArray
    low: FloatArray
    high: FloatArray
    method: str


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def standardized_difference(
    means: GroupMeans,
    first: ArrayLike,
    second: ArrayLike,
    *,
    standardizer: Standardizer = "pooled",
    confidence: float = 0.95,
) -> StandardizedDifference:
    """Standardized differences of groups' means: Cohen's d, Hedges' g, Glass's delta.

    Parameters
    ----------
    means
        Of the groups.
    first, second
        Pairs of groups by their numbers, ``(k,)``.
    standardizer
        ``pooled``: the standard deviation within both groups, which takes them to be equal;
        ``average``: the root of the mean of both variances, which does not; ``reference``: that of
        the second group (Glass's delta).
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    StandardizedDifference
        The interval is of the population's difference: by the noncentral t distribution where
        people are independent and the standard deviation is pooled (Steiger and Fouladi, 1997;
        R's ``MBESS::ci.smd``), after Bonett where it is not pooled, and by the delta method from
        the covariance of means and variances, around g, where people come in clusters or weights.

    Raises
    ------
    ValueError
        For another standardizer.

    Notes
    -----
    Hedges (1981), Journal of Educational Statistics 6, 107-128, the exact factor; Bonett (2008),
    Psychological Methods 13, 99-109; degrees of freedom of the average of Delacre, Lakens, Ley, Liu
    and Leys (2021). Cohen's d is ``psych::cohen.d`` of R.

    Examples
    --------
    >>> m = group_means([1.0, 2, 3, 3, 5, 7], [0, 0, 0, 1, 1, 1], 2)
    >>> d = standardized_difference(m, [1], [0])
    >>> d.d.round(3).tolist(), d.g.round(3).tolist(), d.low.round(3).tolist()
    ([[1.897]], [[1.514]], [[-0.209]])
    """
    if standardizer not in get_args(Standardizer):
        raise ValueError(f"standardizer must be one of {', '.join(get_args(Standardizer))}")
    first, second = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    n1, n2 = (means.n[:, k].astype(np.float64) for k in (first, second))
    v1, v2 = means.sd[:, first] ** 2, means.sd[:, second] ** 2
    df1, df2 = n1 - 1, n2 - 1
    share1 = {"pooled": df1 / (df1 + df2), "average": np.full_like(n1, 0.5),
              "reference": np.zeros_like(n1)}[standardizer]  # fmt: skip
    share1 = np.where((n1 > 1) & (n2 > 1), share1, np.nan)
    variance = share1 * v1 + (1 - share1) * v2 if standardizer != "reference" else v2 + 0 * share1
    sd = np.sqrt(np.where(variance > 0, variance, np.nan))
    d = (means.mean[:, first] - means.mean[:, second]) / sd
    free = {"pooled": df1 + df2, "reference": df2,
            "average": (v1 + v2) ** 2 / (v1**2 / df1 + v2**2 / df2)}[standardizer]  # fmt: skip
    g = d * _unbiased(free)
    if means.kind == "independent" and standardizer == "pooled":
        unit = np.sqrt(1 / n1 + 1 / n2)
        low, high = noncentral_t_interval(d / unit, free, confidence)
        return StandardizedDifference(d, g, low * unit, high * unit, "noncentral t")
    if means.kind == "independent":
        z = ndtri((1 + confidence) / 2)
        if standardizer == "average":
            own = d**2 * (v1**2 / df1 + v2**2 / df2) / (8 * sd**4)
            half = z * np.sqrt(own + (v1 / df1 + v2 / df2) / sd**2)
        else:
            half = z * np.sqrt(d**2 / (2 * df2) + v1 / (df1 * v2) + 1 / df2)
        return StandardizedDifference(d, g, d - half, d + half, "Bonett")
    # how d moves with both means and both variances
    by_variance = -d / (2 * sd**2)
    slope = np.stack([1 / sd, -1 / sd, by_variance * share1, by_variance * (1 - share1)])
    at = np.stack([first, second, means.groups + first, means.groups + second])
    part = np.moveaxis(means.covariance[:, at[:, None], at[None, :]], 0, 2)  # (4, 4, p, k)
    se = np.sqrt(np.einsum("ipk,ijpk,jpk->pk", slope, part, slope)) * _unbiased(free)
    df = mean_difference(means, first, second).df
    half = stdtrit(df, (1 + confidence) / 2) * np.where(se > 0, se, np.nan)
    return StandardizedDifference(d, g, g - half, g + half, "delta")


def _unbiased(df: FloatArray) -> FloatArray:
    """Factor that takes the bias out of a standardized difference (Hedges, 1981)."""
    df = np.where(df > 1, df, np.nan)
    factor: FloatArray = np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    return factor
