"""Scores and a yes or no in; the ROC curve, its area with an interval, and thresholds out.

The area under the curve is the probability that somebody with the condition scores higher than
somebody without. Its variance comes from placements (how many of the other group each person
exceeds), which one sort tells, however many people there are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    canonical_order,
)
from detachment.stats._clusters import cluster_codes


@dataclass(frozen=True, slots=True, eq=False)
class Auc:
    """Areas under the ROC curves of p predictors of one condition.

    Attributes
    ----------
    auc
        ``(p,)``; NaN where nobody or everybody has the condition.
    cov
        Covariance of the p areas, ``(p, p)``.
    df
        Satterthwaite's degrees of freedom of each area's variance, ``(p,)``: those of Brunner and
        Munzel; with clusters of both parts' clusters, and fewer than there are clusters.
    n_positive, n_negative
        People with and without the condition.
    clusters
        Clusters; people where there are none.
    """

    auc: FloatArray
    cov: FloatArray
    df: FloatArray
    n_positive: int
    n_negative: int
    clusters: int

    @property
    def se(self) -> FloatArray:
        """Standard error of each area, ``(p,)``; NaN where it is 0: the groups do not overlap."""
        variance = np.diagonal(self.cov)
        return np.sqrt(np.where(variance > 1e-20, variance, np.nan))

    def interval(self, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Low and high by the normal distribution within 0 and 1, as ``pROC::ci.auc``, ``(p,)``."""
        return self._within(ndtri((1 + confidence) / 2))

    def t_interval(self, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Low and high by Brunner and Munzel's t within 0 and 1, ``(p,)``."""
        return self._within(as_float(stdtrit(self.df, (1 + confidence) / 2)))

    def _within(self, quantile: FloatArray | float) -> tuple[FloatArray, FloatArray]:
        half = quantile * self.se
        return np.maximum(self.auc - half, 0.0), np.minimum(self.auc + half, 1.0)

    def t_test(self) -> tuple[FloatArray, FloatArray]:
        """Brunner and Munzel's t and p of an area of one half, ``(p,)``."""
        t = (self.auc - 0.5) / self.se
        return t, 2 * stdtr(self.df, -np.abs(t))


@np.errstate(divide="ignore", invalid="ignore")
def auc(scores: ArrayLike, positive: ArrayLike, *, clusters: ArrayLike | None = None) -> Auc:
    """Areas under ROC curves, with DeLong's covariance.

    Parameters
    ----------
    scores
        Predictors, ``(n,)`` or ``(n, p)``: higher speaks for the condition. Rows with a missing
        predictor are left out of all.
    positive
        1 with the condition, 0 without; NaN or negative leaves the row out, ``(n,)``.
    clusters
        Which cluster (dyad) each row belongs to, ``(n,)``; a cluster may hold people with and
        without the condition. By default each row is its own.

    Returns
    -------
    Auc
        The same for every order of the rows.

    Raises
    ------
    ValueError
        When the arrays do not fit one another.

    Notes
    -----
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845; in O(n log n) as Sun and Xu
    (2014), IEEE Signal Processing Letters 21, 1389-1393; with clusters Obuchowski (1997),
    Biometrics 53, 567-578. R's ``pROC::roc``, ``var`` and ``ci.auc``. The area is also the
    probability of superiority, and the variance that of Brunner and Munzel (2000), Biometrical
    Journal 42, 17-25.

    Examples
    --------
    >>> a = auc([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 1, 1])
    >>> a.auc.round(4).tolist(), a.se.round(4).tolist()
    ([0.8889], [0.1571])
    """
    x, positive = as_columns(scores), as_float(positive)
    if x.ndim != 2 or positive.shape != (len(x),):
        raise ValueError(f"expected scores (n, p) and (n,), got {x.shape} and {positive.shape}")
    used = np.isfinite(x).all(axis=1) & ((positive == 0) | (positive == 1))
    unit = cluster_codes(cluster_codes(clusters, len(x))[used], int(used.sum()))
    x, yes = x[used], positive[used] == 1
    order = canonical_order(np.column_stack([x, yes]))
    x, yes, unit = x[order], yes[order], unit[order]
    m, n, p = int(yes.sum()), int((~yes).sum()), x.shape[1]
    units = int(unit.max(initial=-1)) + 1
    if m == 0 or n == 0:
        nothing = np.full(p, np.nan)
        return Auc(nothing, np.full((p, p), np.nan), nothing, m, n, units)
    placed = np.empty(x.shape)  # share of the other group below a person (above, of the others)
    for j in range(p):
        placed[:, j] = _placements(x[:, j], yes, m, n)
    area = placed.sum(axis=0, where=yes[:, None]) / m
    away = placed - area
    if clusters is None:
        one = away[yes].T @ away[yes] / (m - 1.0) / m if m > 1 else np.full((p, p), np.nan)
        two = away[~yes].T @ away[~yes] / (n - 1.0) / n if n > 1 else np.full((p, p), np.nan)
        cov = one + two
        a, b = np.diagonal(one), np.diagonal(two)
        df = (a + b) ** 2 / (a**2 / (m - 1) + b**2 / (n - 1))
    else:
        ten, one_zero = _by_unit(away, yes, unit, units)
        zero, none_zero = _by_unit(away, ~yes, unit, units)
        turn = canonical_order(np.concatenate([ten, zero], axis=1))  # whatever clusters are called
        ten, zero = ten[turn], zero[turn]
        cross = ten.T @ zero * units / (units - 1.0) / (m * n)
        cov = (
            ten.T @ ten * one_zero / (one_zero - 1.0) / m**2
            + zero.T @ zero * none_zero / (none_zero - 1.0) / n**2
            + cross + cross.T
        )  # fmt: skip
        a = np.diagonal(ten.T @ ten) * one_zero / (one_zero - 1.0) / m**2
        b = np.diagonal(zero.T @ zero) * none_zero / (none_zero - 1.0) / n**2
        df = (a + b) ** 2 / (a**2 / (one_zero - 1) + b**2 / (none_zero - 1))
        df = np.minimum(df, units - 1.0)
    df = np.where(np.isfinite(np.diagonal(cov)) & (df > 0), df, np.nan)
    return Auc(area, cov, df, m, n, units)


def _placements(x: FloatArray, yes: BoolArray, m: int, n: int) -> FloatArray:
    """How many of the other group each person exceeds (is exceeded by), as shares, ties half."""
    order = np.argsort(x)
    ordered = x[order]
    new = np.concatenate([[False], ordered[1:] != ordered[:-1]])
    value = np.empty(len(x), dtype=np.int64)
    value[order] = np.cumsum(new)
    with_it = np.bincount(value, weights=yes)
    without = np.bincount(value, weights=~yes)
    below = (np.cumsum(without) - without / 2) / n
    above = (m - np.cumsum(with_it) + with_it / 2) / m
    return np.where(yes, below[value], above[value])


def _by_unit(
    away: FloatArray, here: np.ndarray, unit: IntArray, units: int
) -> tuple[FloatArray, np.float64]:
    """Sums a cluster ``(units, p)``, and how many clusters have anyone."""
    sums = np.zeros((units, away.shape[1]))
    np.add.at(sums, unit[here], away[here])
    return sums, np.float64(len(np.unique(unit[here])))


@dataclass(frozen=True, slots=True, eq=False)
class AucDifference:
    """Differences of areas under curves of the same people, each field ``(k,)``.

    Attributes
    ----------
    difference, se
        First minus second, and its standard error.
    z, p
        DeLong's test of no difference, two-sided.
    low, high
        Interval.
    """

    difference: FloatArray
    se: FloatArray
    z: FloatArray
    p: FloatArray
    low: FloatArray
    high: FloatArray


@np.errstate(divide="ignore", invalid="ignore")
def auc_difference(
    areas: Auc, first: ArrayLike, second: ArrayLike, confidence: float = 0.95
) -> AucDifference:
    """Compare areas under the curves of several predictors in the same people.

    Parameters
    ----------
    areas
        Of all predictors, by :func:`auc`.
    first, second
        Pairs of predictors by their numbers, ``(k,)``.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    AucDifference
        NaN where two predictors order people alike.

    Notes
    -----
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845; R's ``pROC::roc.test(paired =
    TRUE)``.

    Examples
    --------
    >>> a = auc([[1, 2], [2, 1], [3, 5], [4, 3], [5, 4], [6, 6]], [0, 0, 1, 0, 1, 1])
    >>> auc_difference(a, [0], [1]).difference.round(4).tolist()
    [-0.1111]
    """
    first, second = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    difference = areas.auc[first] - areas.auc[second]
    cov = areas.cov
    variance = cov[first, first] + cov[second, second] - 2 * cov[first, second]
    se = np.sqrt(np.where(variance > 1e-20, variance, np.nan))
    z = difference / se
    half = ndtri((1 + confidence) / 2) * se
    return AucDifference(
        difference=difference, se=se, z=z, p=2 * ndtr(-np.abs(z)),
        low=difference - half, high=difference + half,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """Every point of a ROC curve, from the strictest threshold to the mildest.

    Attributes
    ----------
    threshold
        Scores at or above it count as positive, ``(k + 1,)``; the first is infinite: nobody does.
    true_positive, false_positive
        People at or above it with and without the condition, ``(k + 1,)``.
    n_positive, n_negative
        People with and without the condition.
    """

    threshold: FloatArray
    true_positive: IntArray
    false_positive: IntArray
    n_positive: int
    n_negative: int

    @property
    def sensitivity(self) -> FloatArray:
        """Share of people with the condition at or above each threshold, ``(k + 1,)``."""
        return self.true_positive / np.float64(self.n_positive or np.nan)

    @property
    def specificity(self) -> FloatArray:
        """Share of people without the condition below each threshold, ``(k + 1,)``."""
        return 1 - self.false_positive / np.float64(self.n_negative or np.nan)

    @property
    def youden(self) -> int:
        """Place of the largest sensitivity + specificity; of equal ones the most balanced."""
        sum_ = self.sensitivity + self.specificity
        if not np.isfinite(sum_).any():
            return 0
        best = np.flatnonzero(sum_ >= np.max(sum_) - 1e-12)
        return int(best[np.argmin(np.abs(self.sensitivity - self.specificity)[best])])


def roc_curve(score: ArrayLike, positive: ArrayLike) -> Roc:
    """Sensitivity and specificity at every score that somebody has.

    Parameters
    ----------
    score
        Predictor, ``(n,)``: higher speaks for the condition; NaN leaves the row out.
    positive
        1 with the condition, 0 without; anything else leaves the row out, ``(n,)``.

    Returns
    -------
    Roc

    Raises
    ------
    ValueError
        When the arrays do not fit one another.

    Notes
    -----
    Fawcett (2006), Pattern Recognition Letters 27, 861-874; R's ``pROC::roc``, which puts its
    thresholds half way between two scores. Youden (1950), Cancer 3, 32-35.

    Examples
    --------
    >>> curve = roc_curve([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 1, 1])
    >>> curve.threshold[curve.youden], curve.sensitivity[:3].round(2).tolist()
    (np.float64(3.0), [0.0, 0.33, 0.67])
    """
    score, positive = as_float(score), as_float(positive)
    if score.ndim != 1 or positive.shape != score.shape:
        raise ValueError(f"expected (n,) and (n,), got {score.shape} and {positive.shape}")
    used = np.isfinite(score) & ((positive == 0) | (positive == 1))
    values, place = np.unique(score[used], return_inverse=True)
    yes = positive[used] == 1
    with_it = np.bincount(place[yes], minlength=len(values))[::-1]
    without = np.bincount(place[~yes], minlength=len(values))[::-1]
    return Roc(
        threshold=np.concatenate([[np.inf], values[::-1]]),
        true_positive=np.concatenate([[0], np.cumsum(with_it)]).astype(np.int64),
        false_positive=np.concatenate([[0], np.cumsum(without)]).astype(np.int64),
        n_positive=int(yes.sum()),
        n_negative=int((~yes).sum()),
    )
