"""Every row variable with every column variable: r, n, interval and p of each pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from detachment.errors import Refusal
from detachment.estimates._scales import Floats, Sample
from detachment.scoring import Variable
from detachment.stats.correlation import (
    bonett_wright_interval,
    delta_interval,
    delta_p,
    fieller_interval,
    fisher_interval,
    kendall_test,
    pearson,
    spearman,
    t_test_p,
)
from detachment.stats.missing import em_delta_method
from detachment.stats.moments import correlation_from
from detachment.stats.robust_correlation import robust_fisher_interval

Method = Literal["pearson", "spearman", "kendall", "polychoric"]
IntervalName = Literal["fisher", "robust"]
_BLOCK = 2_000_000  # answers to pairs at a time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossed:
    """Every row variable with every column variable, each (rows, columns)."""

    r: Floats
    n: Floats
    low: Floats
    high: Floats
    p: Floats


def cross(
    numbers: Mapping[str, Floats],
    down: Sequence[Variable],
    across: Sequence[Variable],
    method: Method,
    between: IntervalName,
    clusters: "np.ndarray[Any, np.dtype[np.int64]] | None",
    confidence: float,
) -> Crossed:
    x = np.column_stack([numbers[variable.id] for variable in down])
    y = np.column_stack([numbers[variable.id] for variable in across])
    if method == "kendall":
        test = kendall_test(x, y)
        r, n, p = test.tau, test.n, test.p
        low, high = fieller_interval(r, n, confidence)
    else:
        r, n = (pearson if method == "pearson" else spearman)(x, y)
        p = t_test_p(r, n)
        if between == "robust":
            low, high = _robust(x, y, clusters, confidence)
        elif method == "pearson":
            low, high = fisher_interval(r, n, confidence)
        else:
            low, high = bonett_wright_interval(r, n, confidence)
    return Crossed(r=r, n=n.astype(np.float64), low=low, high=high, p=p)


def cross_by_likelihood(
    numbers: Mapping[str, Floats],
    down: Sequence[Variable],
    across: Sequence[Variable],
    clusters: "np.ndarray[Any, np.dtype[np.int64]] | None",
    confidence: float,
) -> Crossed:
    """Correlations by maximum likelihood from every answer to any of the variables."""
    shape = (len(down), len(across))
    r, se = np.full(shape, np.nan), np.full(shape, np.nan)
    vary = {name for name, x in numbers.items() if len(np.unique(x[~np.isnan(x)])) > 1}
    cells = [
        (i, j)
        for i, row in enumerate(down)
        for j, column in enumerate(across)
        if row.id != column.id and {row.id, column.id} <= vary
    ]
    alone = share_items((*down, *across))
    for group in [[cell] for cell in cells] if alone else filter(None, [cells]):
        names = sorted({v.id for i, j in group for v in (down[i], across[j])})
        first = [names.index(down[i].id) for i, _ in group]
        second = [names.index(across[j].id) for _, j in group]
        found = em_delta_method(
            np.column_stack([numbers[name] for name in names]),
            partial(_correlations_at, first, second),
            clusters=clusters,
        )
        at = tuple(np.array(group).T)
        r[at], se[at] = found.estimate, found.standard_error
    if cells and np.isnan(se).all():
        raise Refusal(
            "Covariances by maximum likelihood (--missing em, missing= in Python) were not found: "
            "one of the variables follows from others, or two were answered together by too few. "
            "Name fewer --rows or --columns, or take pairwise."
        )
    low, high = delta_interval(r, se, confidence)
    given = [
        np.array([~np.isnan(numbers[variable.id]) for variable in side], dtype=np.float64)
        for side in (down, across)
    ]
    return Crossed(r=r, n=given[0] @ given[1].T, low=low, high=high, p=delta_p(r, se))


def _correlations_at(first: Sequence[int], second: Sequence[int], cov: Floats) -> Floats:
    return correlation_from(cov)[:, first, second]


def share_items(variables: Sequence[Variable]) -> bool:
    """Whether an item stands in two of the variables, one of which then follows from others."""
    different = {variable.id: variable for variable in variables}
    items = [item for variable in different.values() for item in variable.items]
    return len(items) > len(set(items))


def _robust(
    x: Floats,
    y: Floats,
    clusters: "np.ndarray[Any, np.dtype[np.int64]] | None",
    confidence: float,
) -> tuple[Floats, Floats]:
    """Intervals of all pairs, some row variables at a time."""
    rows = max(1, _BLOCK // max(1, y.size))
    ends = [
        robust_fisher_interval(x.T[at : at + rows, None], y.T[None], confidence, clusters=clusters)
        for at in range(0, x.shape[1], rows)
    ]
    low, high = (np.concatenate(side) for side in zip(*ends, strict=True))
    return low, high


def dyads(sample: Sample) -> "np.ndarray[Any, np.dtype[np.int64]] | None":
    """Dyad of each row; a row without one is a cluster of its own. None without any pair."""
    dyads = sample.column("dyad_id")
    if dyads is None or not dyads.dropna().duplicated().any():
        return None
    return sample.dyads(np.ones(len(dyads), dtype=np.bool_))
