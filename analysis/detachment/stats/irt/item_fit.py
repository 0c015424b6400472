"""A fitted model and answers in, how well each item and each pair of items agree with it out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_columns
from detachment.stats.correlation import pearson
from detachment.stats.irt._likelihood import Grid, log_probability
from detachment.stats.irt.graded import GradedResponse, as_categories
from detachment.stats.irt.information import category_probability
from detachment.stats.irt.scores import person_scores


@dataclass(frozen=True, slots=True, eq=False)
class ItemFit:
    """S-X2 of p items, ``(p,)`` each; NaN for items without parameters or degrees of freedom.

    Attributes
    ----------
    statistic, df, p
        Chi-square statistic, degrees of freedom and probability.
    rmsea
        Misfit a degree of freedom: sqrt((statistic - df) / (df (n - 1))), not below 0.
    n
        People who answered every item used; the others have no sum score to be grouped by.
    """

    statistic: FloatArray
    df: FloatArray
    p: FloatArray
    rmsea: FloatArray
    n: int


def item_fit(fit: GradedResponse, x: ArrayLike, *, least: float = 1.0) -> ItemFit:
    """Compare observed and expected answers at each sum score: S-X2 and its generalization.

    Parameters
    ----------
    fit
        From :func:`detachment.stats.irt.graded.graded_response`.
    x
        The answers that were fitted, ``(n, p)``; NaN is missing.
    least
        Smallest expected number of answers in a cell. Of an item with two categories, neighbouring
        sum scores are put together until each cell has it; of others, neighbouring categories at
        the same sum score.

    Returns
    -------
    ItemFit

    Raises
    ------
    ValueError
        For answers to another number of items.

    Notes
    -----
    Orlando and Thissen (2000), Applied Psychological Measurement 24, 50-64; for more than two
    categories Kang and Chen (2008), Journal of Educational Measurement 45, 391-406. Expected
    shares come from the distribution of the sum of the other items at each theta (Lord and
    Wingersky, 1984, Applied Psychological Measurement 8, 453-461); the degrees of freedom are
    cells less sum scores less parameters of the item. Programs put cells together in different
    ways, so that values differ a little; R: ``mirt::itemfit(fit_stats = "S_X2")``.

    Examples
    --------
    >>> from detachment.stats.irt.graded import graded_response
    >>> rng = np.random.default_rng(3)
    >>> theta = rng.normal(size=(1000, 1))
    >>> x = rng.random((1000, 8)) < 1 / (1 + np.exp(-1.5 * theta))
    >>> found = item_fit(graded_response(x), x)
    >>> found.df.tolist()
    [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]
    >>> bool(found.p.min() > 0.01)
    True
    """
    codes = _codes(fit, x)
    p = len(fit.slopes)
    statistic, df = np.full(p, np.nan), np.full(p, np.nan)
    complete = codes[(codes >= 0).all(axis=1)]
    if codes.size and len(complete) and np.isfinite(fit.parameters[:, 0]).all():
        number = np.isfinite(fit.parameters).sum(axis=1)
        grid = Grid.of(max(fit.nodes, 61))
        chance = np.exp(log_probability(fit.parameters, grid.theta))
        weight = np.exp(grid.log_weight)
        total = complete.sum(axis=1)
        for place, item in enumerate(fit.used):
            others = [chance[j, : number[j]] for j in range(len(number)) if j != place]
            rest = sum_score_distribution(others)
            own = chance[place, : number[place]]
            expected = _expected(own, rest, weight)
            observed = np.zeros_like(expected)
            np.add.at(observed, (total, complete[:, place]), 1.0)
            expected *= observed.sum(axis=1, keepdims=True)
            # all at one end: nothing is left to be told apart
            observed, expected = observed[1:-1], expected[1:-1]
            statistic[item], cells = _chi_square(observed, expected, least)
            df[item] = cells - number[place]
    tested = df >= 1
    statistic, df = np.where(tested, statistic, np.nan), np.where(tested, df, np.nan)
    n = len(complete)
    with np.errstate(divide="ignore", invalid="ignore"):
        rmsea = np.sqrt(np.maximum((statistic - df) / (df * (n - 1)), 0.0))
    return ItemFit(statistic=statistic, df=df, p=chdtrc(df, statistic), rmsea=rmsea, n=n)


def sum_score_distribution(chance: list[FloatArray]) -> FloatArray:
    """Distribution of the sum of categories of independent items at each node.

    Parameters
    ----------
    chance
        For each item, the probability of its categories 0, 1, ... at the nodes, ``(k, q)``.

    Returns
    -------
    FloatArray
        ``(sums, q)``, by the recursion of Lord and Wingersky (1984), Applied Psychological
        Measurement 8, 453-461.

    Examples
    --------
    >>> half = np.array([[0.5], [0.5]])
    >>> sum_score_distribution([half, half])[:, 0].tolist()
    [0.25, 0.5, 0.25]
    """
    result = np.ones((1, chance[0].shape[1]))
    for item in chance:
        longer = np.zeros((len(result) + len(item) - 1, result.shape[1]))
        for category, share in enumerate(item):
            longer[category : category + len(result)] += result * share
        result = longer
    return result


def _expected(own: FloatArray, rest: FloatArray, weight: FloatArray) -> FloatArray:
    """Share of each category among people with each sum score, ``(sums, k)``."""
    joint = np.zeros((len(rest) + len(own) - 1, len(own)))
    for category, share in enumerate(own):
        joint[category : category + len(rest), category] = (rest * share) @ weight
    shares: FloatArray = joint / joint.sum(axis=1, keepdims=True)
    return shares


def _chi_square(observed: FloatArray, expected: FloatArray, least: float) -> tuple[float, int]:
    """Sum over cells, and the number of cells that are free in their rows."""
    if expected.shape[1] == 2:  # put sum scores together: columns are never merged
        where = _together(expected, least)
        observed, expected = (_merged(table, where) for table in (observed, expected))
        rows = [(o, e) for o, e in zip(observed, expected, strict=True) if e.min() >= least]
    else:
        rows = []
        for o, e in zip(observed, expected, strict=True):
            where = _together(e[:, None], least)
            rows.append((_merged(o[:, None], where)[:, 0], _merged(e[:, None], where)[:, 0]))
    statistic, cells = 0.0, 0
    for o, e in rows:
        if len(e) > 1:
            statistic += float(np.sum((o - e) ** 2 / e))
            cells += len(e) - 1
    return statistic, cells


def _together(table: FloatArray, least: float) -> IntArray:
    """Group of each row so that every column of every group has enough; the rest join the last."""
    group, sums = 0, np.zeros(table.shape[1])
    place = np.zeros(len(table), dtype=np.int64)
    for row, values in enumerate(table):
        place[row] = group
        sums = sums + values
        if sums.min() >= least:
            group, sums = group + 1, np.zeros(table.shape[1])
    return np.minimum(place, max(group - 1, 0))


def _merged(table: FloatArray, place: IntArray) -> FloatArray:
    result = np.zeros((int(place.max(initial=-1)) + 1, table.shape[1]))
    np.add.at(result, place, table)
    return result


def q3(fit: GradedResponse, x: ArrayLike) -> FloatArray:
    """Correlations of what the model leaves of each pair of items: Yen's Q3.

    Parameters
    ----------
    fit
        From :func:`detachment.stats.irt.graded.graded_response`.
    x
        The answers that were fitted, ``(n, p)``; NaN is missing, and left out pair by pair.

    Returns
    -------
    FloatArray
        ``(p, p)``: correlations of category less its expectation at the person's theta (eap); NaN
        for items without parameters. Without local dependence they are about -1 / (p - 1); pairs
        that exceed their mean by .2 are looked at. Yen (1984), Applied Psychological Measurement 8,
        125-145; Christensen, Makransky and Horton (2017), the same journal 41, 178-194. R:
        ``mirt::residuals(type = "Q3")``.

    Raises
    ------
    ValueError
        For answers to another number of items.

    Examples
    --------
    >>> from detachment.stats.irt.graded import graded_response
    >>> rng = np.random.default_rng(3)
    >>> x = rng.random((1000, 5)) < 1 / (1 + np.exp(-1.5 * rng.normal(size=(1000, 1))))
    >>> found = q3(graded_response(x), x)
    >>> round(float(found[np.triu_indices(5, 1)].mean()), 1)
    -0.2
    """
    codes = _codes(fit, x)
    p = len(fit.slopes)
    result = np.full((p, p), np.nan)
    if codes.size and np.isfinite(fit.slopes).any():
        theta = person_scores(fit, x).theta
        intercepts = fit.intercepts[fit.used]
        chance = category_probability(fit.slopes[fit.used], intercepts, np.nan_to_num(theta))
        expected = np.nansum(chance * np.arange(chance.shape[2]), axis=2)
        there: BoolArray = codes >= 0
        residuals = np.where(there, codes - expected, np.nan)
        result[np.ix_(fit.used, fit.used)] = pearson(residuals)[0]
    return result


def _codes(fit: GradedResponse, x: ArrayLike) -> IntArray:
    x = as_columns(x)
    if x.ndim != 2 or x.shape[1] != len(fit.slopes):
        raise ValueError(f"expected answers of shape (n, {len(fit.slopes)}), got {x.shape}")
    return as_categories(x[:, fit.used], fit.categories[fit.used])[0]
