"""Two judgements of the same people in, their difference and limits out, people in clusters.

Of a couple both members are judged, so that two differences of one couple may depend on one
another: every standard error here allows for that.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtr, stdtrit

from detachment.stats._arrays import FloatArray, IntArray, as_float, canonical_order
from detachment.stats._clusters import cluster_sums, numbered_clusters
from detachment.stats.agreement import KappaWeights, kappa
from detachment.stats.intervals import jackknife_interval


@dataclass(frozen=True, slots=True, eq=False)
class JudgementDifference:
    """Mean difference second - first and limits of agreement; each field ``()``.

    Attributes
    ----------
    n, clusters
        People with both judgements, and clusters of them.
    mean_first, mean_second, sd_first, sd_second
        Of these people.
    difference, se, low, high
        Mean of second - first; robust standard error and interval (t, one less than clusters).
    t, df, p
        Test of no mean difference.
    sd
        Standard deviation of the differences.
    lower, lower_low, lower_high, upper, upper_low, upper_high
        Limits between which about 95 % of the differences lie, and their intervals.
    """

    n: int
    clusters: int
    mean_first: float
    mean_second: float
    sd_first: float
    sd_second: float
    difference: float
    se: float
    low: float
    high: float
    t: float
    df: float
    p: float
    sd: float
    lower: float
    lower_low: float
    lower_high: float
    upper: float
    upper_low: float
    upper_high: float


@np.errstate(divide="ignore", invalid="ignore")
def judgement_difference(
    first: ArrayLike,
    second: ArrayLike,
    clusters: ArrayLike,
    *,
    confidence: float = 0.95,
    limits: float = 0.95,
) -> JudgementDifference:
    """Mean difference of two judgements of the same people, and limits of agreement.

    Parameters
    ----------
    first, second
        Judgements, ``(n,)``; NaN is missing, and only people with both count.
    clusters
        Which cluster (dyad) each person belongs to, ``(n,)``.
    confidence
        Of the intervals.
    limits
        Share of the differences that lie between the limits (1.96 standard deviations for 0.95).

    Returns
    -------
    JudgementDifference
        NaN with fewer than two clusters.

    Raises
    ------
    ValueError
        When the arrays do not fit each other.

    Notes
    -----
    Liang and Zeger (1986), Biometrika 73, 13-22, with the factor G / (G - 1); R's
    ``sandwich::vcovCL(lm(second - first ~ 1), type = "HC0")``. Limits: Bland and Altman (1986),
    Lancet 327, 307-310; their intervals by the jackknife over clusters, as their formula takes
    people to be independent.

    Examples
    --------
    >>> d = judgement_difference([1, 2, 3, 4, 2, 5], [2, 2, 4, 5, 3, 5], [1, 1, 2, 2, 3, 3])
    >>> round(d.difference, 3), round(d.se, 3), d.df
    (0.667, 0.167, 2.0)
    """
    first, second, code, g = _taken(first, second, clusters)
    n = len(first)
    difference = second - first
    mean = _mean(difference)
    off = difference - mean
    sums = cluster_sums(np.stack([np.ones(n), off, off**2], axis=1), code)
    se = np.sqrt(np.sort(sums[:, 1] ** 2).sum() * g / (g - 1)) / n if g > 1 else np.nan
    df = float(g - 1) if g > 1 else np.nan
    half = stdtrit(df, (1 + confidence) / 2) * se
    t = mean / se if se > 0 else np.nan
    z = ndtri((1 + limits) / 2)
    shift, nan = np.array([mean, mean, 0.0]), np.full(3, np.nan)

    def ends(total: FloatArray) -> FloatArray:
        size, first_power, second_power = np.moveaxis(total, -1, 0)
        middle = first_power / size
        spread = np.sqrt(np.maximum(second_power / size - middle**2, 0) * size / (size - 1))
        found = np.stack([middle - z * spread, middle + z * spread, spread], axis=-1) + shift
        return np.asarray(found, dtype=np.float64)

    (lower, upper, sd), left = _left_out(sums, ends)
    error = np.sqrt((g - 1) / g * np.sum((left - left.mean(axis=0)) ** 2, axis=0)) if g > 2 else nan
    wide = stdtrit(df, (1 + confidence) / 2) * error
    return JudgementDifference(
        n=n,
        clusters=g,
        mean_first=_mean(first),
        mean_second=_mean(second),
        sd_first=_sd(first),
        sd_second=_sd(second),
        difference=float(mean),
        se=float(se),
        low=float(mean - half),
        high=float(mean + half),
        t=float(t),
        df=df,
        p=float(2 * stdtr(df, -np.abs(t))),
        sd=float(sd),
        lower=float(lower),
        lower_low=float(lower - wide[0]),
        lower_high=float(lower + wide[0]),
        upper=float(upper),
        upper_low=float(upper - wide[1]),
        upper_high=float(upper + wide[1]),
    )


@np.errstate(divide="ignore", invalid="ignore")
def clustered_kappa(
    first: ArrayLike,
    second: ArrayLike,
    clusters: ArrayLike,
    values: ArrayLike,
    *,
    weights: KappaWeights = "quadratic",
    confidence: float = 0.95,
) -> tuple[float, float, float]:
    """Cohen's kappa of two judgements of the same people, with an interval for people in clusters.

    Parameters
    ----------
    first, second
        Judgements, ``(n,)``; NaN is missing.
    clusters
        Which cluster (dyad) each person belongs to, ``(n,)``.
    values
        The possible answers in order, ``(k,)``.
    weights
        As for :func:`detachment.stats.agreement.kappa`.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of float
        Kappa, low and high by the jackknife over clusters of log(1 - kappa), never above 1.

    References
    ----------
    Cohen, J. (1968). *Psychological Bulletin, 70*, 213-220. Miller, R. G. (1974). *Biometrika, 61*,
    1-15 (the jackknife).

    Examples
    --------
    >>> one, other = [1, 2, 3, 3, 2, 1, 2, 3], [1, 2, 3, 2, 2, 1, 3, 3]
    >>> found = clustered_kappa(one, other, [1, 1, 2, 2, 3, 3, 4, 4], [1, 2, 3])
    >>> [round(value, 3) for value in found]
    [0.795, -0.585, 0.973]
    """
    first, second, code, g = _taken(first, second, clusters)
    answers = as_float(values)
    k = len(answers)
    row, column = (np.searchsorted(answers, x) for x in (first, second))
    cells = np.zeros((g, k * k))
    np.add.at(cells, (code, np.minimum(row, k - 1) * k + np.minimum(column, k - 1)), 1.0)
    if not g:
        return np.nan, np.nan, np.nan

    def statistic(total: FloatArray) -> FloatArray:
        return kappa(total.reshape(-1, k, k), weights=weights, values=answers).kappa

    estimate, left = _left_out(cells, statistic)
    low, high = jackknife_interval(estimate, left, confidence)
    return float(estimate), float(low), float(high)


def _left_out(
    sums: FloatArray, statistic: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Statistic of the total ``(...)``, and without each cluster in turn ``(g, ...)``, sorted."""
    total = sums.sum(axis=0)
    estimate = np.asarray(statistic(total[None]), dtype=np.float64)[0]
    return estimate, np.sort(np.asarray(statistic(total - sums), dtype=np.float64), axis=0)


def _taken(
    first: ArrayLike, second: ArrayLike, clusters: ArrayLike
) -> tuple[FloatArray, FloatArray, IntArray, int]:
    """People with both judgements in an order that is not that of the rows, and their clusters."""
    first, second, names = as_float(first), as_float(second), np.asarray(clusters)
    if first.ndim != 1 or first.shape != second.shape or names.shape != first.shape:
        raise ValueError(
            f"expected judgements and clusters (n,), got {first.shape}, {second.shape}, "
            f"{names.shape}"
        )
    there = np.isfinite(first) & np.isfinite(second)
    first, second, names = first[there], second[there], names[there]
    order = canonical_order(np.stack([first, second], axis=1)) if len(first) else slice(None)
    first, second, names = first[order], second[order], names[order]
    code = numbered_clusters(names)
    return first, second, code, int(code.max(initial=-1)) + 1


def _mean(x: FloatArray) -> float:
    return float(x.mean()) if len(x) else np.nan


def _sd(x: FloatArray) -> float:
    return float(x.std(ddof=1)) if len(x) > 1 else np.nan
