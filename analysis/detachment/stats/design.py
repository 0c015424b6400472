"""Answers and how people came into the sample in, design-based estimates out.

A sample drawn in strata, by clusters (schools, sites, dyads) and with unequal chances says less, or
more, than as many people drawn one by one. Every estimate here is a weighted one; its standard
error is that of a sum: the influence of each person on the estimate, added up within the clusters
and compared between the clusters of a stratum (Taylor linearization; Binder, 1983, International
Statistical Review 51, 279-292). The first stage alone counts ("ultimate clusters"). An answer that
is missing takes its row out of that estimate, but not its cluster out of the design. Student's t
with the design's degrees of freedom, clusters less strata, takes the place of the normal
distribution.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, stdtr, stdtrit

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    canonical_order,
    nearest_to_mean,
)
from detachment.stats.intervals import gradient

LonelyRule = Literal["adjust", "remove", "average"]
LONELY_RULES: tuple[LonelyRule, ...] = ("adjust", "remove", "average")

_NOTHING = 1e-12  # of a sum of squares: what rounding leaves of a variance that is none


@dataclass(frozen=True, slots=True, eq=False)
class SurveyDesign:
    """How people came into the sample; made by :func:`survey_design`.

    Attributes
    ----------
    weights
        Of each row, ``(n,)``: how many people it stands for, or relative to that; 0 for rows that
        do not count.
    cluster
        Number of each row's cluster, ``(n,)``, from 0; clusters of two strata are two.
    stratum
        Number of each cluster's stratum, ``(clusters,)``.
    left_out
        Share of the stratum's clusters that were not drawn, ``(strata,)``; 1 without a finite
        population.
    lonely
        What is done in a stratum with one cluster, from which no variance can be told.
    single
        Whether each row is a cluster of its own.
    """

    weights: FloatArray
    cluster: IntArray
    stratum: IntArray
    left_out: FloatArray
    lonely: LonelyRule
    single: bool

    @property
    def df(self) -> int:
        """Degrees of freedom: clusters less strata, of rows with a weight."""
        return int(self.df_of(np.ones((len(self.weights), 1), dtype=bool))[0])

    @property
    def clusters(self) -> int:
        """Clusters drawn."""
        return len(self.stratum)

    @property
    def strata(self) -> int:
        """Strata, 1 where there are none."""
        return len(self.left_out)

    @property
    def lonely_strata(self) -> int:
        """Strata with one cluster only, unless it is all there is: name the rule where any is."""
        alone = np.bincount(self.stratum, minlength=self.strata) == 1
        return int(np.sum(alone & (self.left_out > 0)))

    def df_of(self, there: BoolArray) -> FloatArray:
        """Clusters less strata of the rows marked in each column of ``(n, s)``: ``(s,)``."""
        there = there & (self.weights > 0)[:, None]
        if self.single and self.strata == 1:
            return as_float(np.maximum(there.sum(axis=0) - 1, 0))
        columns = []
        for column in there.T:
            clusters = np.bincount(self.cluster[column], minlength=self.clusters) > 0
            strata = np.bincount(self.stratum[clusters], minlength=self.strata) > 0
            columns.append(clusters.sum() - strata.sum())
        return np.array(columns, dtype=np.float64)

    def covariance(self, influence: FloatArray) -> FloatArray:
        """Covariances ``(s, s)`` of estimates from the influence of each row on them, ``(n, s)``.

        Rows outside the domain, and with a missing answer, have none: 0.
        """
        spread, average = self._spread(influence)
        covariance: FloatArray = spread.T @ spread * average
        return covariance

    def variance(self, influence: FloatArray) -> FloatArray:
        """Variances ``(s,)`` of estimates from the influence of each row on them, ``(n, s)``."""
        spread, average = self._spread(influence)
        variance: FloatArray = np.sum(spread**2, axis=0) * average
        return variance

    def _spread(self, influence: FloatArray) -> tuple[FloatArray, float]:
        """Scaled distances of the clusters from their strata, ``(clusters, s)``."""
        if self.clusters == 0:
            return np.full((1, influence.shape[1]), np.nan), 1.0
        total = influence if self.single else _added(influence, self.cluster, self.clusters)
        number = np.bincount(self.stratum, minlength=self.strata).astype(np.float64)
        centre = _added(total, self.stratum, self.strata) / number[:, None]
        alone = number == 1
        average = 1.0
        if self.lonely == "adjust":  # from the middle of all, where influences are 0
            centre[alone] = 0.0
        elif self.lonely == "average":
            told = self.strata - np.sum(alone & (self.left_out > 0))
            average = self.strata / told if told else np.nan
        scale = self.left_out * np.where(alone, 1.0, number / np.maximum(number - 1, 1))
        if np.all(alone & (self.left_out > 0)):  # nothing can be told
            average = np.nan
        return (total - centre[self.stratum]) * np.sqrt(scale)[self.stratum, None], average

    def taken(self, order: IntArray) -> "SurveyDesign":
        """The same rows in another order."""
        cluster = self.cluster[order]
        if not self.single:
            return replace(self, weights=self.weights[order], cluster=cluster)
        stratum = self.stratum[cluster]
        row = np.arange(len(order))
        return replace(self, weights=self.weights[order], cluster=row, stratum=stratum)


def survey_design(
    weights: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    population: ArrayLike | None = None,
    lonely: LonelyRule = "adjust",
) -> SurveyDesign:
    """Say how people came into the sample.

    Parameters
    ----------
    weights
        Of each row, ``(n,)``: 1 over the chance to be drawn, or relative to that; ``np.ones(n)``
        where all chances were the same. Rows without a positive weight do not count.
    strata
        Which stratum each row was drawn from, ``(n,)``; by default one.
    clusters
        Which cluster each row was drawn with, ``(n,)``; by default each row is its own. Clusters of
        one name in two strata are two.
    population
        For each row the number of clusters (rows, without clusters) that its stratum has in the
        population, ``(n,)``; or what share of them was drawn, where it is 1 or less. By default the
        population is taken to be large.
    lonely
        What a stratum with one cluster adds to a variance: ``adjust``: its distance from the middle
        of the sample, which is rather too much; ``remove``: nothing, which is too little;
        ``average``: what the other strata do.

    Returns
    -------
    SurveyDesign
        To be given to the functions of this module.

    Raises
    ------
    ValueError
        When the parts have not the same rows, for another rule, and where the rows of a stratum do
        not agree about its population or are more than that.

    Notes
    -----
    R's ``survey::svydesign(ids, strata, weights, fpc, nest = TRUE)`` with
    ``options(survey.lonely.psu =)``: Lumley (2004), Journal of Statistical Software 9(8), 1-19.

    Examples
    --------
    >>> design = survey_design([2, 2, 1, 1, 1], clusters=["a", "a", "b", "c", "c"])
    >>> design.df, design.clusters, design.lonely_strata
    (2, 3, 0)
    """
    if lonely not in LONELY_RULES:
        raise ValueError(f"lonely must be one of {', '.join(LONELY_RULES)}, not {lonely!r}")
    w = as_float(weights)
    n = len(w) if w.ndim == 1 else -1
    given = {"strata": strata, "clusters": clusters, "population": population}
    for name, part in given.items():
        if n < 0 or (part is not None and np.shape(part) != (n,)):
            raise ValueError(f"weights and {name} must have one shape (n,)")
    of_row = np.zeros(n, dtype=np.int64)
    if strata is not None:
        of_row = np.unique(np.asarray(strata), return_inverse=True)[1]
    h = int(of_row.max(initial=-1)) + 1
    if clusters is None:
        cluster: IntArray = np.arange(n)
        stratum = of_row
    else:
        code = np.unique(np.asarray(clusters), return_inverse=True)[1]
        key = of_row * (int(code.max(initial=0)) + 1) + code
        _, first, cluster = np.unique(key, return_index=True, return_inverse=True)
        stratum = of_row[first]
    drawn = np.bincount(stratum, minlength=h)
    left_out = np.ones(h)
    if population is not None:
        size = as_float(population)
        first_row = np.unique(of_row, return_index=True)[1]
        said = size[first_row]
        if not np.array_equal(size, said[of_row]):
            raise ValueError("the rows of a stratum must have one size of its population")
        with np.errstate(divide="ignore", invalid="ignore"):
            left_out = np.where(said <= 1, 1 - said, 1 - drawn / said)
        if not np.all(left_out >= 0) or not np.all(said > 0):
            raise ValueError("a stratum has more clusters in the sample than in the population")
    return SurveyDesign(
        weights=np.where(np.isfinite(w) & (w > 0), w, 0.0),
        cluster=cluster,
        stratum=stratum,
        left_out=left_out,
        lonely=lonely,
        single=clusters is None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class DesignMeans:
    """Means of p variables (shares, where these are 0 and 1), each ``(p,)``.

    Attributes
    ----------
    mean, se
        Estimate and standard error.
    low, high
        Interval by Student's t; for shares see :func:`design_share_interval`.
    df
        Degrees of freedom: clusters with an answer less strata with one.
    n, effective_n
        Answers, and what they are worth by Kish's formula, which knows of weights only.
    deff, deff_replace
        Design effect: the variance over that of as many people drawn one by one, without
        replacement from a population whose size is the sum of the weights (NaN where that is less
        than n: relative weights), and with replacement.
    cov
        Covariances of the means, ``(p, p)``.
    """

    mean: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    df: FloatArray
    n: IntArray
    effective_n: FloatArray
    deff: FloatArray
    deff_replace: FloatArray
    cov: FloatArray


def design_means(
    x: ArrayLike,
    design: SurveyDesign,
    *,
    domain: ArrayLike | None = None,
    confidence: float = 0.95,
) -> DesignMeans:
    """Weighted means with standard errors that know the design.

    Parameters
    ----------
    x
        Answers, ``(n, p)``, or marks 0 and 1 of a category for its share; NaN is missing, column by
        column.
    design
        Of the same rows.
    domain
        Which rows the means are of (a group), ``(n,)``; by default all. Give the whole sample and
        say here which part is meant: clusters without a member count too.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    DesignMeans
        The same for every order of the rows; NaN without answers, and standard errors without
        degrees of freedom.

    Raises
    ------
    ValueError
        When x, design and domain have not the same rows.

    Notes
    -----
    R's ``survey::svymean(na.rm = TRUE)``, ``deff = TRUE`` and ``"replace"``; Kish (1965), Survey
    Sampling.

    Examples
    --------
    >>> design = survey_design(np.ones(6), clusters=[1, 1, 2, 2, 3, 3])
    >>> found = design_means([1, 2, 4, 4, 6, 9], design)
    >>> [float(part[0].round(2)) for part in (found.mean, found.se, found.deff_replace)]
    [4.33, 1.74, 2.2]
    """
    x, design = _ordered(x, design, domain)
    there = np.isfinite(x) & (design.weights > 0)[:, None]
    w = design.weights[:, None] * there
    with np.errstate(divide="ignore", invalid="ignore"):
        sum_w, n = w.sum(axis=0), there.sum(axis=0)
        middle = nearest_to_mean(x, there)
        value = np.where(there, x - middle, 0.0)
        off_mean = np.sum(w * value, axis=0) / sum_w
        off = np.where(there, value - off_mean, 0.0)
        influence = w * off / sum_w
        cov = design.covariance(influence)
        df = design.df_of(there)
        ok = (n > 0) & (df > 0)
        cov = np.where(ok[:, None] & ok, cov, np.nan)
        se = np.sqrt(np.diagonal(cov))
        variance = np.sum(w * off**2, axis=0) / sum_w * n / (n - 1)
        alone = np.where(variance > 0, variance, np.nan) / n
        left = np.where(sum_w >= n, (sum_w - n) / sum_w, np.nan)
        half = stdtrit(np.where(ok, df, np.nan), (1 + confidence) / 2) * se
        mean = middle + off_mean
        effective = sum_w**2 / np.sum(w**2, axis=0)
        deff, deff_replace = se**2 / (alone * np.where(left > 0, left, np.nan)), se**2 / alone
    return DesignMeans(
        mean=mean,
        se=se,
        low=mean - half,
        high=mean + half,
        df=df,
        n=n,
        effective_n=np.where(n > 0, effective, 0.0),
        deff=deff,
        deff_replace=deff_replace,
        cov=cov,
    )


def design_share_interval(
    share: ArrayLike,
    se: ArrayLike,
    df: ArrayLike,
    n: ArrayLike | None = None,
    *,
    method: Literal["logit", "beta"] = "logit",
    confidence: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Interval of a share that stays between 0 and 1.

    Parameters
    ----------
    share, se, df
        As :func:`design_means` gives them for marks 0 and 1.
    n
        Answers; ``beta`` needs them.
    method
        ``logit``: Student's t on the scale of the logit; ``beta``: Clopper and Pearson's with the
        effective size of the sample, after Korn and Graubard, which also takes shares of 0 and 1
        where the standard error is not 0.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high; NaN for a share of 0 or 1 by ``logit``.

    Raises
    ------
    ValueError
        For another method, and for ``beta`` without n.

    Notes
    -----
    R's ``survey::svyciprop``; Korn and Graubard (1998), Survey Methodology 24, 193-201.

    Examples
    --------
    >>> low, high = design_share_interval(0.1, 0.03, 36)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0535, 0.1793)
    """
    share, se, df = np.broadcast_arrays(as_float(share), as_float(se), as_float(df))
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "logit":
            centre = np.log(share) - np.log1p(-share)
            half = stdtrit(np.where(df > 0, df, np.nan), (1 + confidence) / 2)
            half = half * se / (share * (1 - share))
            low, high = (1 / (1 + np.exp(-(centre + side * half))) for side in (-1, 1))
            ok = (share > 0) & (share < 1) & np.isfinite(half)
            return np.where(ok, low, np.nan)[()], np.where(ok, high, np.nan)[()]
        if method != "beta" or n is None:
            raise ValueError(f"method must be logit, or beta with n, not {method!r}")
        tail = (1 - confidence) / 2
        n = as_float(n)
        worth = share * (1 - share) / se**2 * (stdtrit(n - 1, tail) / stdtrit(df, tail)) ** 2
        low = betaincinv(worth * share, worth * (1 - share) + 1, tail)
        high = betaincinv(worth * share + 1, worth * (1 - share), 1 - tail)
    return low[()], high[()]


@dataclass(frozen=True, slots=True, eq=False)
class DesignCovariance:
    """Covariances and correlations of p variables, each ``(p, p)``.

    Attributes
    ----------
    cov, se_cov
        Of the rows of each pair, with factor n / (n - 1), and the standard error.
    cor, se_cor
        The same of correlations.
    n, df
        Rows of each pair, and the degrees of freedom of their clusters.
    """

    cov: FloatArray
    se_cov: FloatArray
    cor: FloatArray
    se_cor: FloatArray
    n: IntArray
    df: FloatArray


def design_covariance(x: ArrayLike, design: SurveyDesign) -> DesignCovariance:
    """Weighted covariances and correlations with standard errors that know the design.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing, and left out pair by pair: set whole rows to NaN for
        listwise deletion.
    design
        Of the same rows.

    Returns
    -------
    DesignCovariance
        The same for every order of the rows.

    Raises
    ------
    ValueError
        When x and design have not the same rows.

    Notes
    -----
    R's ``survey::svyvar``, and ``svycontrast`` of it for correlations.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> site = np.repeat(np.arange(20), 5)
    >>> x = rng.normal(size=(20, 1))[site] + rng.normal(size=(100, 2))
    >>> found = design_covariance(x, survey_design(np.ones(100), clusters=site))
    >>> float(found.cor[0, 1].round(3)), float(found.df[0, 1])
    (0.165, 19.0)
    """
    x, design = _ordered(x, design, None)
    pairs = _Pairs(x, x, design, covariances=True)
    return DesignCovariance(
        cov=pairs.cov, se_cov=pairs.se_cov, cor=pairs.r, se_cor=pairs.se_r, n=pairs.n, df=pairs.df
    )


@dataclass(frozen=True, slots=True, eq=False)
class DesignCorrelations:
    """Correlations of p with q variables, each ``(p, q)``.

    Attributes
    ----------
    r, se
        Estimate and standard error.
    low, high
        Interval on the scale of Fisher's z, by Student's t.
    t, df, p
        Test of a correlation of zero on the same scale, two-sided.
    n
        Rows of each pair.
    """

    r: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    t: FloatArray
    df: FloatArray
    p: FloatArray
    n: IntArray


def design_correlations(
    x: ArrayLike, y: ArrayLike, design: SurveyDesign, *, confidence: float = 0.95
) -> DesignCorrelations:
    """Weighted correlations of two sets of variables, their intervals and tests from the design.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; NaN is missing, and left out pair by pair.
    design
        Of the same rows. With weights of 1 and dyads as clusters these are intervals of plain
        correlations that take partners together.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    DesignCorrelations
        The same for every order of the rows; NaN without variance, for a correlation of 1 or -1 and
        without degrees of freedom.

    Raises
    ------
    ValueError
        When x, y and design have not the same rows.

    Notes
    -----
    Linearized as in ``survey::svyvar`` and ``svycontrast``, whatever the distribution; on Fisher's
    scale as in :func:`detachment.stats.correlation.delta_interval`. With one row a cluster and
    equal weights this is, but for n / (n - 1), the distribution-free variance of Steiger and
    Hakstian (1982), British Journal of Mathematical and Statistical Psychology 35, 208-215.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=200)
    >>> found = design_correlations(x, x + rng.normal(size=200), survey_design(np.ones(200)))
    >>> found.r.round(2).tolist(), found.low.round(2).tolist(), found.df.tolist()
    ([[0.73]], [[0.66]], [[199.0]])
    """
    x, y = as_columns(x), as_columns(y)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ValueError(f"expected answers (n, p) and (n, q), got {x.shape} and {y.shape}")
    p = x.shape[1]
    both, design = _ordered(np.concatenate([x, y], axis=1), design, None)
    pairs = _Pairs(both[:, :p], both[:, p:], design)
    with np.errstate(divide="ignore", invalid="ignore"):
        ok = (np.abs(pairs.r) < 1) & (pairs.se_r > 0)
        z = np.arctanh(np.where(ok, pairs.r, np.nan))
        se = pairs.se_r / (1 - pairs.r**2)
        df = np.where(ok, pairs.df, np.nan)
        half = stdtrit(df, (1 + confidence) / 2) * se
        t = z / se
    return DesignCorrelations(
        r=pairs.r,
        se=pairs.se_r,
        low=np.tanh(z - half),
        high=np.tanh(z + half),
        t=t,
        df=pairs.df,
        p=2 * stdtr(df, -np.abs(t)),
        n=pairs.n,
    )


@dataclass(frozen=True, slots=True, eq=False)
class DesignEstimate:
    """A statistic of the weighted covariances, ``()`` or ``(s,)`` each.

    Attributes
    ----------
    estimate, se
        The statistic and its standard error.
    low, high
        Interval by Student's t, on the statistic's own scale.
    df
        Degrees of freedom of the design.
    """

    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    df: float


def design_delta_method(
    x: ArrayLike,
    statistic: Callable[[FloatArray], ArrayLike],
    design: SurveyDesign,
    *,
    confidence: float = 0.95,
) -> DesignEstimate:
    """Any smooth statistic of covariances (alpha, omega, a partial correlation) under a design.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing, and left out pair by pair: set whole rows to NaN for
        listwise deletion.
    statistic
        Takes covariances ``(b, p, p)``, gives ``(b,)`` or ``(b, s)``, such as
        :func:`detachment.stats.reliability.alpha`.
    design
        Of the same rows.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    DesignEstimate
        With :func:`detachment.stats.reliability.alpha` the estimate is R's ``survey::svycralpha``,
        which has no standard error.

    Raises
    ------
    ValueError
        When x and design have not the same rows.

    References
    ----------
    Binder, D. A. (1983). *International Statistical Review, 51*, 279-292.

    Examples
    --------
    >>> from detachment.stats.reliability import alpha
    >>> rng = np.random.default_rng(7)
    >>> x = rng.normal(size=(400, 1)) + rng.normal(size=(400, 4))
    >>> found = design_delta_method(x, alpha, survey_design(rng.uniform(1, 3, size=400)))
    >>> round(float(found.estimate), 2), bool(0.01 < found.se < 0.03)
    (0.81, True)
    """
    x, design = _ordered(x, design, None)
    pairs = _Pairs(x, x, design, errors=False)
    estimate = np.asarray(statistic(pairs.cov[None]), dtype=np.float64)[0]
    slopes = gradient(statistic, pairs.cov)
    slopes = slopes if slopes.ndim == 3 else slopes[None]
    influence = np.zeros((len(x), len(slopes)))
    with np.errstate(divide="ignore", invalid="ignore"):
        for i in range(x.shape[1]):
            influence += pairs.on_covariances(i) @ slopes[:, i].T
        df = np.min(pairs.df, initial=np.inf)
        df = df if np.isfinite(df) and df > 0 else np.nan
        variance = design.variance(influence).reshape(estimate.shape)
        se = np.where(np.isfinite(df) & (variance > 0), np.sqrt(variance), np.nan)
        half = stdtrit(df, (1 + confidence) / 2) * se
    return DesignEstimate(
        estimate=estimate[()],
        se=se[()],
        low=(estimate - half)[()],
        high=(estimate + half)[()],
        df=float(df),
    )


@dataclass(frozen=True, slots=True, eq=False)
class DesignRegression:
    """Weighted least squares; fields ``(k + 1,)``, of the constant and then the predictors.

    Attributes
    ----------
    coef, se, t, p
        Slopes, standard errors, and tests of zero by Student's t.
    low, high
        Intervals of the slopes.
    df
        Degrees of freedom of the design less the number of predictors.
    cov
        Covariances of the slopes, ``(k + 1, k + 1)``.
    r2
        Share of the weighted variance of the outcome that is explained.
    n
        Rows with all answers.
    """

    coef: FloatArray
    se: FloatArray
    t: FloatArray
    p: FloatArray
    low: FloatArray
    high: FloatArray
    df: float
    cov: FloatArray
    r2: float
    n: int


def design_regression(
    y: ArrayLike,
    x: ArrayLike,
    design: SurveyDesign,
    *,
    domain: ArrayLike | None = None,
    confidence: float = 0.95,
) -> DesignRegression:
    """Linear regression with standard errors that know the design.

    Parameters
    ----------
    y
        Outcome, ``(n,)``; NaN is missing.
    x
        Predictors, ``(n, k)``; a constant is put before them.
    design
        Of the same rows.
    domain
        Which rows are meant, ``(n,)``; by default all.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    DesignRegression
        NaN where predictors depend on one another, are constant, or outnumber the rows; standard
        errors of NaN without degrees of freedom.

    Raises
    ------
    ValueError
        When y, x, design and domain have not the same rows.

    Notes
    -----
    R's ``survey::svyglm(family = gaussian())``: Fuller (1975), Sankhya C 37, 117-132. Several
    slopes are tested at once (three groups or more, by marks of all but one) by
    :func:`detachment.stats.regression.wald_test` of theirs in ``coef`` and ``cov`` with ``df``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(200, 2))
    >>> design = survey_design(rng.uniform(1, 3, size=200), clusters=np.arange(200) // 2)
    >>> found = design_regression(1 + x[:, 0] + rng.normal(size=200), x, design)
    >>> found.coef.round(1).tolist(), found.df, bool(found.p[2] > 0.05)
    ([0.8, 1.1, -0.1], 97.0, True)
    """
    y, x = as_columns(y), as_columns(x)
    if y.shape[1:] != (1,) or x.ndim != 2 or len(x) != len(y):
        raise ValueError(
            f"expected an outcome (n,) and predictors (n, k), got {y.shape}, {x.shape}"
        )
    both, design = _ordered(np.concatenate([y, x], axis=1), design, domain)
    there = np.isfinite(both).all(axis=1) & (design.weights > 0)
    k, n = x.shape[1] + 1, int(there.sum())
    middle = nearest_to_mean(both, np.broadcast_to(there[:, None], both.shape))
    value = np.where(there[:, None], both - middle, 0.0)
    w = np.where(there, design.weights, 0.0)
    df = float(design.df_of(there[:, None])[0]) + 1 - k
    coef, cov, r2 = np.full(k, np.nan), np.full((k, k), np.nan), np.nan
    fit = _least_squares(value[:, 0], value[:, 1:], w) if n >= k else None
    if fit is not None:
        slopes, influence, r2 = fit
        # back to the origin of the answers
        origin = np.eye(k)
        origin[0, 1:] = -middle[1:]
        coef = origin @ slopes
        coef[0] += middle[0]
        if df > 0:
            cov = design.covariance(influence @ origin.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(np.diagonal(cov))
        t = coef / se
        half = stdtrit(df if df > 0 else np.nan, (1 + confidence) / 2) * se
        p = 2 * stdtr(df if df > 0 else np.nan, -np.abs(t))
    return DesignRegression(
        coef=coef,
        se=se,
        t=t,
        p=p,
        low=coef - half,
        high=coef + half,
        df=df,
        cov=cov,
        r2=r2,
        n=n,
    )


@dataclass(frozen=True, slots=True, eq=False)
class DesignTTest:
    """Means of two groups and their difference, the second less the first.

    Attributes
    ----------
    mean, se
        Of both groups, ``(2,)``.
    difference, se_difference
        Of the means.
    low, high
        Interval of the difference.
    t, df, p
        Test of no difference, two-sided.
    n
        Answers of both groups, ``(2,)``.
    """

    mean: FloatArray
    se: FloatArray
    difference: float
    se_difference: float
    low: float
    high: float
    t: float
    df: float
    p: float
    n: IntArray


def design_t_test(
    y: ArrayLike, second: ArrayLike, design: SurveyDesign, *, confidence: float = 0.95
) -> DesignTTest:
    """Difference of the means of two groups.

    Parameters
    ----------
    y
        Answers, ``(n,)``; NaN is missing.
    second
        1 (or True) for rows of the second group, 0 for the first, NaN for neither, ``(n,)``.
    design
        Of the same rows. Groups need not be strata or made of whole clusters.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    DesignTTest
        NaN where a group is empty.

    Raises
    ------
    ValueError
        When y, second and design have not the same rows.

    Notes
    -----
    R's ``survey::svyttest``: the slope of a regression on the group, with as many degrees of
    freedom as that.

    Examples
    --------
    >>> design = survey_design(np.ones(8), clusters=[1, 1, 2, 2, 3, 3, 4, 4])
    >>> test = design_t_test([1, 3, 2, 5, 3, 4, 2, 6], [0, 1] * 4, design)
    >>> round(test.difference, 6), round(test.t, 3), test.df
    (2.5, 3.873, 2.0)
    """
    of_group = as_float(second)
    if of_group.ndim != 1:
        raise ValueError(f"expected the group of each row, (n,), got {of_group.shape}")
    fit = design_regression(y, of_group, design, confidence=confidence)
    groups = [design_means(y, design, domain=of_group == k) for k in (0, 1)]
    return DesignTTest(
        mean=np.array([group.mean[0] for group in groups]),
        se=np.array([group.se[0] for group in groups]),
        difference=float(fit.coef[1]),
        se_difference=float(fit.se[1]),
        low=float(fit.low[1]),
        high=float(fit.high[1]),
        t=float(fit.t[1]),
        df=fit.df,
        p=float(fit.p[1]),
        n=np.array([group.n[0] for group in groups]),
    )


class _Pairs:
    """Weighted covariances of two sets of variables and the influence of rows on them."""

    def __init__(
        self,
        x: FloatArray,
        y: FloatArray,
        design: SurveyDesign,
        *,
        errors: bool = True,
        covariances: bool = False,
    ) -> None:
        counted = (design.weights > 0)[:, None]
        here, there = np.isfinite(x) & counted, np.isfinite(y) & counted
        self._here, self._there = here.astype(np.float64), there.astype(np.float64)
        self._x = np.where(here, x - nearest_to_mean(x, here), 0.0)
        self._y = np.where(there, y - nearest_to_mean(y, there), 0.0)
        self._w = design.weights[:, None]
        m, k, u, v = self._w * self._here, self._there, self._x, self._y
        n = self._here.T @ k
        with np.errstate(divide="ignore", invalid="ignore"):
            self._sum = m.T @ k
            self._mean_x, self._mean_y = (self._w * u).T @ k / self._sum, m.T @ v / self._sum
            xx = (self._w * u * u).T @ k / self._sum
            yy = m.T @ (v * v) / self._sum
            self._xx, self._yy = xx - self._mean_x**2, yy - self._mean_y**2
            self._xx = np.where(self._xx > _NOTHING * xx, self._xx, 0.0)
            self._yy = np.where(self._yy > _NOTHING * yy, self._yy, 0.0)
            self._xy = (self._w * u).T @ v / self._sum - self._mean_x * self._mean_y
            self._factor = n / np.where(n > 1, n - 1, np.nan)
            r = self._xy / np.sqrt(self._xx * self._yy)
        self.n = n.astype(np.int64)
        self.cov = self._xy * self._factor
        self.r = np.where((n > 1) & np.isfinite(r), np.clip(r, -1.0, 1.0), np.nan)
        self.df = np.array(
            [design.df_of(there & here[:, i : i + 1]) for i in range(x.shape[1])]
        ).reshape(n.shape)
        self.se_cov, self.se_r = np.full(n.shape, np.nan), np.full(n.shape, np.nan)
        for i in range(x.shape[1] if errors else 0):
            influences = self.on_correlations(i), self.on_covariances(i) if covariances else None
            for se, influence in zip((self.se_r, self.se_cov), influences, strict=True):
                if influence is not None:
                    with np.errstate(invalid="ignore"):
                        root = np.sqrt(design.variance(influence))
                    se[i] = np.where(self.df[i] > 0, root, np.nan)
        self.se_r = np.where(np.isnan(self.r), np.nan, self.se_r)

    def on_covariances(self, i: int) -> FloatArray:
        """Influence of each row on the covariances of variable i of x, ``(n, q)``."""
        share, u, v = self._off(i)
        with np.errstate(invalid="ignore"):
            influence = share * (u * v - self._xy[i])
            influence *= self._factor[i]
        return np.where(share > 0, influence, 0.0)

    def on_correlations(self, i: int) -> FloatArray:
        """Influence of each row on the correlations of variable i of x, ``(n, q)``."""
        share, u, v = self._off(i)
        with np.errstate(divide="ignore", invalid="ignore"):
            u /= np.sqrt(self._xx[i])
            v /= np.sqrt(self._yy[i])
            # u v - r / 2 (u^2 + v^2)
            influence = (1 - self.r[i]) * (u * v) - self.r[i] / 2 * (u - v) ** 2
            influence *= share
        return np.where(share > 0, influence, 0.0)

    def _off(self, i: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Share of each row in the weights of a pair, and its distances from the pair's means."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (self._w * self._here[:, i : i + 1]) * (self._there / self._sum[i])
        return share, self._x[:, i : i + 1] - self._mean_x[i], self._y - self._mean_y[i]


def _least_squares(
    y: FloatArray, x: FloatArray, w: FloatArray
) -> tuple[FloatArray, FloatArray, float] | None:
    """Slopes with a constant, influences of the rows on them ``(n, k + 1)``, and R squared."""
    mean_y, mean_x = w @ y / w.sum(), w @ x / w.sum()
    off, left = x - mean_x, y - mean_y
    scale = np.sqrt(w @ off**2)
    if not np.all(scale > np.sqrt(_NOTHING * (w @ x**2))):
        return None
    root = np.sqrt(w)[:, None]
    orthogonal, triangle = np.linalg.qr(root * off / scale)
    if len(triangle) and np.abs(np.diagonal(triangle)).min() < 1e-7:
        return None
    slopes = np.linalg.solve(triangle, orthogonal.T @ (root[:, 0] * left))
    residual = left - off / scale @ slopes
    inverse = np.linalg.solve(triangle, orthogonal.T) / scale[:, None]
    of_slopes = inverse.T * (np.sqrt(w) * residual)[:, None]
    of_constant = w * residual / w.sum() - of_slopes @ mean_x
    slopes = slopes / scale
    total = w @ left**2
    r2 = float(1 - w @ residual**2 / total) if total > _NOTHING * (w @ y**2) else np.nan
    coef = np.concatenate([[mean_y - mean_x @ slopes], slopes])
    return coef, np.column_stack([of_constant, of_slopes]), r2


def _ordered(
    x: ArrayLike, design: SurveyDesign, domain: ArrayLike | None
) -> tuple[FloatArray, SurveyDesign]:
    """Answers of the domain, others missing, in an order that does not know where rows stood."""
    x = as_columns(x)
    if x.ndim != 2 or len(x) != len(design.weights):
        raise ValueError(f"expected answers of {len(design.weights)} rows, got {x.shape}")
    if domain is not None:
        within = np.asarray(domain)
        if within.shape != (len(x),):
            raise ValueError(f"domain must have shape ({len(x)},), got {within.shape}")
        x = np.where(within.astype(bool)[:, None], x, np.nan)
    order = canonical_order(np.column_stack([x, design.weights]))
    return x[order], design.taken(order)


def _added(values: FloatArray, code: IntArray, number: int) -> FloatArray:
    """Sums of the rows of each code, ``(number, s)``."""
    if number == 1:
        return as_float(values.sum(axis=0, keepdims=True))
    columns = [np.bincount(code, weights=column, minlength=number) for column in values.T]
    return np.array(columns, dtype=np.float64).reshape(-1, number).T
