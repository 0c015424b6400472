"""How people came into a sample: what they weigh, and which of them were drawn together."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_float

LonelyRule = Literal["adjust", "remove", "average"]
LONELY_RULES: tuple[LonelyRule, ...] = ("adjust", "remove", "average")


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
        To be given to the functions of :mod:`detachment.stats.design`.

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


def _added(values: FloatArray, code: IntArray, number: int) -> FloatArray:
    """Sums of the rows of each code, ``(number, s)``."""
    if number == 1:
        return as_float(values.sum(axis=0, keepdims=True))
    columns = [np.bincount(code, weights=column, minlength=number) for column in values.T]
    return np.array(columns, dtype=np.float64).reshape(-1, number).T
