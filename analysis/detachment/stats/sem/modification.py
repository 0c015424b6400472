"""What a fit would gain if a row of its table were freed: modification indices and their kin."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from detachment.stats._arrays import FloatArray, IntArray
from detachment.stats.sem.estimate import Fit, Problem, least_squares_weight
from detachment.stats.sem.model import Model, pull_back, with_rows
from detachment.stats.sem.robust import inverse
from detachment.stats.sem.standardized import standard_factors, table_values

_LEAST = 1e-7  # of its own information that a row must keep beside the free parameters


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTests:
    """Score tests with one degree of freedom, one for each of k rows.

    Attributes
    ----------
    lhs, op, rhs
        What each row is, (k,).
    group
        Its group, from 0, (k,).
    index
        How much the test statistic of the model would fall, at least, (k,); NaN where the row
        would not be identified.
    change
        How much the parameter is expected to change, (k,).
    standardized_change
        The same with all variables standardized, (k,).
    """

    lhs: tuple[str, ...]
    op: tuple[str, ...]
    rhs: tuple[str, ...]
    group: IntArray
    index: FloatArray
    change: FloatArray
    standardized_change: FloatArray


def missing_rows(model: Model) -> list[tuple[str, str, str, int]]:
    """Loadings and residual covariances that a model does not have.

    Parameters
    ----------
    model
        A model.

    Returns
    -------
    list of (lhs, op, rhs, group)

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> missing_rows(cfa_model("f =~ a + b; a ~~ b"))
    []
    """
    found = []
    plain = [name for name in model.observed if name not in model.structural]
    first = set(model.latent) - {
        factor
        for factor, items in model.indicators.items()
        if any(item in model.latent for item in items)
    }
    for g in range(model.groups):
        rows = [(factor, "=~", item, g) for factor in model.latent for item in plain
                if factor in first]  # fmt: skip
        rows += [(one, "~~", other, g) for one, other in combinations(plain, 2)]
        found += [row for row in rows if model.find(*row) < 0]
    return found


def score_tests(
    fit: Fit,
    rows: Sequence[tuple[str, str, str, int]] | None = None,
    *,
    observed: bool = False,
) -> ScoreTests:
    """Modification indices: score tests of rows that are fixed, absent, or equal to others.

    Parameters
    ----------
    fit
        A fitted model.
    rows
        ``(lhs, op, rhs, group)`` of each. None: every loading and residual covariance that the
        model does not have, and every row that the text fixes.
    observed
        Whether the observed information weighs, instead of the expected.

    Returns
    -------
    ScoreTests

    References
    ----------
    Sörbom, D. (1989). *Psychometrika, 54*, 371-384. Saris, W. E., Satorra, A., & Sörbom, D. (1987).
    *Sociological Methodology, 17*, 105-129. R: ``lavaan::modindices``, ``lavaan::lavTestScore``.

    Examples
    --------
    >>> from detachment.stats.sem.estimate import fit_model
    >>> from detachment.stats.sem.model import cfa_model
    >>> from detachment.stats.sem.sample import sample_moments
    >>> x = np.random.default_rng(1).normal(size=(100, 1)) + np.random.default_rng(2).normal(
    ...     size=(100, 4))
    >>> tests = score_tests(fit_model(cfa_model("f =~ a + b + c + d"), [sample_moments(x)]))
    >>> len(tests.index)
    6
    """
    model = fit.model
    if rows is None:
        rows = missing_rows(model)
        said = np.flatnonzero(model.user & (model.free == 0) & (model.value == 0.0))
        rows += [(model.lhs[i], model.op[i], model.rhs[i], int(model.group[i])) for i in said]
    wide = with_rows(model, rows)
    at = np.array([wide.find(*row) for row in rows], dtype=np.int64)
    # Every row its own parameter: what is free and what is asked are sums and parts of these.
    k = len(wide.lhs)
    own = replace(wide, free=np.arange(1, k + 1))
    theta = table_values(wide, fit.theta)
    weights = tuple(
        least_squares_weight(fit.criterion, sample)
        for sample in (fit.samples if fit.criterion != "ML" else ())
    )
    problem = Problem(own, fit.samples, fit.criterion, weights)
    slope = pull_back(own, theta, problem.moment_slopes(theta))
    information = problem.information(theta, observed=observed)
    if fit.criterion != "ML":  # as lavaan: slopes of n - 1 rows, information of n
        information = information * fit.n / (fit.n - len(fit.samples))
    gather = np.zeros((k, model.n_free))
    free = np.flatnonzero(wide.free)
    gather[free, wide.free[free] - 1] = 1.0
    bread = inverse(gather.T @ information @ gather)
    cross = information[at] @ gather
    alone = np.diagonal(information)[at]
    with np.errstate(invalid="ignore", divide="ignore"):
        left = alone - np.einsum("ki,ij,kj->k", cross, bread, cross)
        left = np.where(left > _LEAST * alone, left, np.nan)
        index, change = slope[at] ** 2 / left, slope[at] / left
        unit = standard_factors(own, theta)[at]
    return ScoreTests(
        lhs=tuple(row[0] for row in rows),
        op=tuple(row[1] for row in rows),
        rhs=tuple(row[2] for row in rows),
        group=np.array([row[3] for row in rows], dtype=np.int64),
        index=index,
        change=change,
        standardized_change=change * unit,
    )
