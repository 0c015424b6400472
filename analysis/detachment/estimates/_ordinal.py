"""Correlations behind ordinal answers: which coefficient a pair of variables gets, and its numbers.

Items are cut normal variables: two of them have a polychoric correlation (tetrachoric where both
have two values), an item and a score a polyserial one (biserial for two values), and two scores
Pearson's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from detachment.errors import Refusal, UsageError
from detachment.estimates._coverage import FEW
from detachment.estimates._crossed import (
    Clusters,
    Crossed,
    How,
    IntervalName,
    cross,
    cross_counted,
    with_ends,
)
from detachment.estimates._result import make_table
from detachment.estimates._scales import NEEDS_ROWS, Floats
from detachment.scoring import Variable
from detachment.stats._draws import seed_of
from detachment.stats.biserial_family import Polyserial, polyserial
from detachment.stats.bootstrap import resample_tables
from detachment.stats.correlation import delta_interval, delta_p
from detachment.stats.counts import Tables, pairwise_tables
from detachment.stats.pair_counts import Cells, PairCounts, cells_of_rows
from detachment.stats.polychoric_clusters import clustered_polychoric_se
from detachment.stats.polychoric_items import polychoric_from_tables
from detachment.stats.polychoric_tables import polychoric
from detachment.stats.resampled_cells import polychoric_bootstrap_of_table
from detachment.text import counted, listing

MOST = 12  # values of an item whose answers are categories
PAIRS = {
    "row": "str",
    "column": "str",
    "coefficient": "str",
    "n": "Int64",
    "r": "float64",
    "se": "float64",
    "empty_cells": "Int64",
    "chi2": "float64",
    "df": "Int64",
    "p_fit": "float64",
}
THRESHOLDS = {
    "item": "str",
    "n": "Int64",
    "below": "float64",
    "above": "float64",
    "threshold": "float64",
    "se": "float64",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Latent:
    """What stands behind the pairs of some row and column variables.

    Attributes
    ----------
    crossed
        Of every row variable with every column variable.
    why
        Ids of a pair -> why it has no correlation, or no interval and p.
    pairs
        By pair: coefficient, standard error, and how well a normal variable behind each item fits.
    thresholds
        By item and pair of neighbouring answers.
    scores
        Ids of the variables that count as scores.
    perfect
        Pairs whose estimate is 1 or -1 because nothing in between is likelier.
    """

    crossed: Crossed
    why: Mapping[tuple[str, str], str]
    pairs: pd.DataFrame
    thresholds: pd.DataFrame
    scores: tuple[str, ...]
    perfect: tuple[tuple[str, str], ...]


class Values(Protocol):
    """What is known of the values of variables: the rows themselves, or counts."""

    @property
    def rows(self) -> int:
        """How many rows the data have."""

    def n_different(self, name: str) -> int:
        """How many different values a variable has."""

    def n_both(self, down: Sequence[str], across: Sequence[str]) -> Floats:
        """How many rows have both variables of each pair, (down, across)."""

    def tables(self, items: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Tables:
        """How often each pair of answers was given to each pair of items."""

    def cells(self, one: str, other: str) -> Cells:
        """Pairs of values of two variables."""

    def pearson(self, one: str, other: str, how: How) -> Crossed:
        """Pearson's r of two scores, (1, 1)."""

    def polyserial(self, score: str, item: str, how: How) -> Polyserial:
        """Polyserial correlation of a score with an item."""

    def answers(self, items: Sequence[str]) -> Floats:
        """Answers to items, (n, items)."""


@dataclass(frozen=True, slots=True, eq=False)
class RowValues:
    """Values of variables by id, (n,)."""

    numbers: Mapping[str, Floats]

    @property
    def rows(self) -> int:
        """As :class:`Values`."""
        return len(next(iter(self.numbers.values())))

    def n_different(self, name: str) -> int:
        """As :class:`Values`."""
        values = self.numbers[name]
        return len(np.unique(values[~np.isnan(values)]))

    def n_both(self, down: Sequence[str], across: Sequence[str]) -> Floats:
        """As :class:`Values`."""
        one, other = (
            np.array([~np.isnan(self.numbers[name]) for name in side], dtype=np.float64)
            for side in (down, across)
        )
        return one @ other.T

    def tables(self, items: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Tables:
        """As :class:`Values`."""
        return pairwise_tables(self.answers(items))

    def cells(self, one: str, other: str) -> Cells:
        """As :class:`Values`."""
        return cells_of_rows(self.numbers[one], self.numbers[other])

    def pearson(self, one: str, other: str, how: How) -> Crossed:
        """As :class:`Values`."""
        return cross(self.numbers[one][:, None], self.numbers[other][:, None], how)

    def polyserial(self, score: str, item: str, how: How) -> Polyserial:
        """As :class:`Values`."""
        x, y = self.numbers[score], self.numbers[item]
        if how.clusters is not None:
            return polyserial(x, y, clusters=how.clusters)
        alone = [side[np.isnan(other)] for side, other in ((x, y), (y, x))]
        given = [np.unique(side[~np.isnan(side)] + 0.0, return_counts=True) for side in alone]
        return _polyserial(cells_of_rows(x, y), *given)

    def answers(self, items: Sequence[str]) -> Floats:
        """As :class:`Values`."""
        return np.column_stack([self.numbers[name] for name in items])


@dataclass(frozen=True, slots=True, eq=False)
class CountedValues:
    """Counts of the values of variables, and of pairs; ``rows`` is how many rows the data have."""

    counts: PairCounts
    place: Mapping[str, int]
    rows: int

    def n_different(self, name: str) -> int:
        """As :class:`Values`."""
        return len(self.counts.values[self.place[name]])

    def n_both(self, down: Sequence[str], across: Sequence[str]) -> Floats:
        """As :class:`Values`; 0 where the pair was not counted."""
        n = np.zeros((len(down), len(across)))
        for i, j in np.ndindex(n.shape):
            a, b = self.place[down[i]], self.place[across[j]]
            if self.counts.has(a, b):
                n[i, j] = self.counts.table(a, b).sum()
        return n

    def tables(self, items: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Tables:
        """As :class:`Values`; of the pairs named, the others are empty."""
        at = {name: k for k, name in enumerate(items)}
        values = [self.counts.values[self.place[name]] for name in items]
        size = max(map(len, values), default=0)
        found = np.zeros((len(items), len(items), size, size), dtype=np.int64)
        categories = np.full((len(items), size), np.nan)
        for k, (name, own) in enumerate(zip(items, values, strict=True)):
            categories[k, : len(own)] = own
            diagonal = np.arange(len(own))
            found[k, k, diagonal, diagonal] = self.counts.times[self.place[name]]
        for one, other in pairs:
            if one in at and other in at:
                table = self.counts.table(self.place[one], self.place[other])
                k, m = table.shape
                found[at[one], at[other], :k, :m] = table
                found[at[other], at[one], :m, :k] = table.T
        return Tables(found, categories)

    def cells(self, one: str, other: str) -> Cells:
        """As :class:`Values`."""
        return self.counts.cells(self.place[one], self.place[other])

    def pearson(self, one: str, other: str, how: How) -> Crossed:
        """As :class:`Values`."""
        places = [self.place[one]], [self.place[other]]
        return cross_counted(self.counts, *places, self.rows, how)

    def polyserial(self, score: str, item: str, how: How) -> Polyserial:
        """As :class:`Values`."""
        a, b = self.place[score], self.place[item]
        table, alone = self.counts.table(a, b), []
        for k, axis in ((a, 1), (b, 0)):
            left = self.counts.times[k] - table.sum(axis=axis)
            alone.append((self.counts.values[k][left > 0], left[left > 0]))
        return _polyserial(self.counts.cells(a, b), *alone)

    def answers(self, items: Sequence[str]) -> Floats:
        """Refuse: nothing that is counted asks for them."""
        raise Refusal(NEEDS_ROWS)


def _polyserial(
    cells: Cells,
    of_score: tuple[Floats, NDArray[np.int64]],
    of_item: tuple[Floats, NDArray[np.int64]],
) -> Polyserial:
    """Polyserial correlation of a score with an item, from pairs of values.

    ``of_score`` and ``of_item`` are values of rows that do not have the other, and how often.
    """
    (x, x_times), (y, y_times) = of_score, of_item
    return polyserial(
        np.concatenate([cells.x, x, np.full(len(y), np.nan)]),
        np.concatenate([cells.y, np.full(len(x), np.nan), y]),
        times=np.concatenate([cells.times, x_times, y_times]),
    )


def cross_latent(
    down: Sequence[Variable],
    across: Sequence[Variable],
    values: Values,
    pairs: Sequence[tuple[Variable, Variable]],
    how: How,
) -> Latent:
    """Correlations behind the answers, of the pairs named; standard errors take clusters whole."""
    variables = {variable.id: variable for variable in (*down, *across)}
    items = [name for name in variables if _is_ordinal(variables[name], values)]
    scores = tuple(name for name in variables if name not in items)
    if not items:
        raise Refusal(
            "Polychoric correlations are about items, whose few answers stand for a normal "
            f"variable behind them, and here are scores only: {listing(scores, shown=5)}. Take "
            "--method pearson (method= in Python), or cross items (items:SCALE)."
        )
    tables = values.tables(items, [(one.id, other.id) for one, other in pairs])
    place = {name: k for k, name in enumerate(items)}
    rows: list[dict[str, Any]] = []
    why: dict[tuple[str, str], str] = {}
    perfect = []
    shape = (len(down), len(across))
    r, low, high, p, se = (np.full(shape, np.nan) for _ in range(5))
    df = np.full(shape, np.inf)
    n = values.n_both([v.id for v in down], [v.id for v in across])
    at = {(a.id, b.id): (i, j) for i, a in enumerate(down) for j, b in enumerate(across)}
    kinds = (
        _polychoric(place, tables, pairs, values, how.clusters),
        _with_scores(place, tables, values, pairs, how),
    )
    for row in sorted((row for kind in kinds for row in kind), key=lambda row: at[_ids(row)]):
        pair, cell = _ids(row), at[_ids(row)]
        r[cell] = row["r"]
        if row["coefficient"] == "Pearson":
            usual = replace(how, method="pearson", interval=_usual(how))
            found = values.pearson(*pair, usual)
            low[cell], high[cell], p[cell], se[cell], df[cell] = (
                float(part[0, 0]) for part in (found.low, found.high, found.p, found.se, found.df)
            )
        else:
            low[cell], high[cell] = delta_interval(row["r"], row["se"], how.confidence)
            p[cell] = delta_p(row["r"], row["se"])
            if abs(row["r"]) < 1:
                se[cell] = row["se"] / (1 - row["r"] ** 2)
        if row.pop("perfect", False):
            perfect.append(pair)
            why[pair] = (
                "r_low, r_high, p, p_adjusted: no interval and no test at the limit; nothing in "
                "these answers contradicts a perfect association of what is behind them"
            )
        elif row.pop("lost", False):
            why[pair] = "the likelihood has no maximum that could be found"
        row.pop("lost", None)
        rows.append(row)
    crossed = Crossed(r=r, n=n, low=low, high=high, p=p, se=se, df=df)
    if how.interval == "bootstrap":
        crossed = _resampled(values, tables, place, at, scores, crossed, how)
    return Latent(
        crossed=crossed,
        why=why,
        pairs=make_table(rows, PAIRS),
        thresholds=_thresholds(items, tables),
        scores=scores,
        perfect=tuple(perfect),
    )


def _usual(how: How) -> IntervalName:
    return "fisher" if how.clusters is None else "robust"


def _resampled(
    values: Values,
    tables: Tables,
    place: Mapping[str, int],
    at: Mapping[tuple[str, str], tuple[int, int]],
    scores: Sequence[str],
    crossed: Crossed,
    how: How,
) -> Crossed:
    """Percentile intervals of the bootstrap, of items only."""
    if scores:
        raise UsageError(
            "interval bootstrap of polychoric correlations is for items only, and here are scores: "
            f"{listing(scores, shown=5)}. Cross items (items:SCALE), or leave --interval out."
        )

    def statistic(counts: Floats) -> Floats:
        r: Floats = polychoric_from_tables(counts).r
        return r.reshape(len(counts), -1)

    nothing = np.empty((0, *crossed.r.shape))
    replicates = np.full((how.n_boot, *crossed.r.shape), np.nan)
    if how.among is not None and how.clusters is None:  # very many rows
        seed = seed_of(how.rng)
        for (row, column), cell in at.items():
            if how.among[cell]:
                k, m = place[row], place[column]
                replicates[(slice(None), *cell)] = polychoric_bootstrap_of_table(
                    tables.counts[k, m],
                    [np.diagonal(tables.counts[own, own]) for own in (k, m)],
                    values.rows,
                    n_boot=how.n_boot,
                    rng=seed,
                )
        return with_ends(crossed, replicates, nothing, how.confidence)
    answers = values.answers(list(place))
    boot = resample_tables(
        answers, statistic, clusters=how.clusters, n_boot=how.n_boot, rng=how.rng
    )
    k = answers.shape[1]
    for (row, column), cell in at.items():
        replicates[(slice(None), *cell)] = boot.replicates[:, place[row] * k + place[column]]
    return with_ends(crossed, replicates, nothing, how.confidence)


def _ids(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["row"], row["column"]


def _is_ordinal(variable: Variable, values: Values) -> bool:
    """Whether answers are categories: those to an item, if they are few different ones."""
    single = variable.scale is not None and variable.scale.model == "single_item"
    is_item = variable.scale is None or variable.item is not None or single
    return is_item and values.n_different(variable.id) <= MOST


def _polychoric(
    place: Mapping[str, int],
    tables: Tables,
    crossed: Sequence[tuple[Variable, Variable]],
    values: Values,
    clusters: Clusters | None,
) -> list[dict[str, Any]]:
    """Pairs of items."""
    pairs = [(a.id, b.id) for a, b in crossed if a.id in place and b.id in place]
    if not pairs:
        return []
    i, j = (np.array([place[pair[side]] for pair in pairs]) for side in (0, 1))
    margins = tables.margins
    fit = polychoric(tables.counts[i, j], rows=margins[i], columns=margins[j])
    se = fit.se
    if clusters is not None:
        answers = values.answers(list(place))
        se = clustered_polychoric_se(answers, i, j, fit.r, clusters, tables=tables)
        se = np.where(np.isnan(fit.se), np.nan, se)
    two = np.count_nonzero(margins, axis=1) == 2
    test = np.where((fit.df > 0) & ~fit.perfect, chdtrc(np.maximum(fit.df, 1), fit.chi2), np.nan)
    return [
        {
            "row": row,
            "column": column,
            "coefficient": "tetrachoric" if two[i[k]] and two[j[k]] else "polychoric",
            "n": int(fit.n[k]),
            "r": float(fit.r[k]),
            "se": float(se[k]),
            "empty_cells": int(fit.empty[k]),
            "chi2": float(fit.chi2[k]) if fit.df[k] else np.nan,
            "df": int(fit.df[k]),
            "p_fit": float(test[k]),
            "perfect": bool(fit.perfect[k]),
            "lost": not fit.converged[k] and _varies(tables.counts[i[k], j[k]]),
        }
        for k, (row, column) in enumerate(pairs)
    ]


def _varies(table: "np.ndarray[Any, np.dtype[np.int64]]") -> bool:
    return all(np.count_nonzero(table.sum(axis=axis)) > 1 for axis in (0, 1))


def _with_scores(
    place: Mapping[str, int],
    tables: Tables,
    values: Values,
    crossed: Sequence[tuple[Variable, Variable]],
    how: How,
) -> list[dict[str, Any]]:
    """Pairs in which a variable is a score, one after the other."""
    two = np.count_nonzero(tables.margins, axis=1) == 2
    found = []
    for one, other in crossed:
        names = one.id, other.id
        items = [name for name in names if name in place]
        if len(items) == 2:
            continue
        row: dict[str, Any] = {"row": one.id, "column": other.id}
        cells = values.cells(*names)
        if items:
            score = other.id if items[0] == one.id else one.id
            fit = values.polyserial(score, items[0], how)
            row |= {
                "coefficient": "biserial" if two[place[items[0]]] else "polyserial",
                "r": float(fit.r),
                "se": float(fit.se),
                "perfect": bool(fit.perfect),
                "lost": not fit.converged and (cells.varies or not cells.n),
            }
        else:
            plain = replace(how, method="pearson", interval="fisher")
            row |= {"coefficient": "Pearson", "r": float(values.pearson(*names, plain).r[0, 0])}
        found.append(row | {"n": cells.n})
    return found


def _thresholds(items: Sequence[str], tables: Tables) -> pd.DataFrame:
    fit = polychoric_from_tables(tables)
    answers = tables.margins.sum(axis=1)
    rows = []
    for k, item in enumerate(items):
        values = tables.categories[k]
        for cut in np.flatnonzero(~np.isnan(values[1:])):
            rows.append(
                {
                    "item": item,
                    "n": int(answers[k]),
                    "below": values[cut],
                    "above": values[cut + 1],
                    "threshold": fit.thresholds[k, cut],
                    "se": fit.thresholds_se[k, cut],
                }
            )
    return make_table(rows, THRESHOLDS)


def latent_notes(latent: Latent) -> tuple[str, ...]:
    """What a reader must know of how these were estimated."""
    found = latent.pairs
    notes = []
    kinds = [kind for kind in dict.fromkeys(found["coefficient"]) if kind != "Pearson"]
    if kinds:
        notes.append(
            f"{listing(kinds).capitalize()} correlations, by two-step maximum likelihood without a "
            "correction of empty cells: each item is taken for a normal variable that is cut at "
            "thresholds, which come from all answers to it. Standard errors hold the uncertainty "
            "of the thresholds; intervals and p are on the scale of Fisher's z."
        )
    if "Pearson" in set(found["coefficient"]):
        notes.append(
            "Pearson's r where both variables are scores; interval and p as for --method pearson."
        )
    if latent.scores:
        notes.append(
            f"Taken as scores, not as categories: {listing(latent.scores, shown=10)} (scale "
            f"scores, and columns with more than {MOST} different values)."
        )
    tabled = found[found["empty_cells"].notna()]
    empty = int((tabled["empty_cells"] > 0).sum())
    if empty:
        notes.append(
            f"Tables of answers with empty cells: {empty} of {len(tabled)}. They are legal; where "
            "answers are few, estimates are rough."
        )
    return tuple(notes)


def latent_doubts(latent: Latent) -> list[str]:
    """Say where respondents are too few for the intervals."""
    found = latent.pairs
    there = (found["coefficient"] != "Pearson") & found["r"].notna()
    few = there & (found["n"] < FEW)
    if not few.any():
        return []
    return [
        f"Fewer than {FEW} respondents in {few.sum()} of {counted(int(there.sum()), 'pair')} "
        f"(the smallest n is {found.loc[few, 'n'].min()}): intervals of correlations behind the "
        "answers are then somewhat too narrow (of 100 intervals of 95% 92 to 94 cover). Say so, or "
        "collect more."
    ]


def say_perfect(latent: Latent, copies: Collection[tuple[str, str]]) -> list[str]:
    """Say of correlations at their limit that they come from few answers, or from a copy."""
    found = [f"{one} and {other}" for one, other in latent.perfect if (one, other) not in copies]
    if not found:
        return []
    return [
        f"At the limit of 1 or -1: {listing(found, shown=5)}. No answer contradicts a perfect "
        "association of what is behind them: there are too few answers of some kinds, or one item "
        "follows from the other. Merge rare answers, or call the correlation undefined."
    ]
