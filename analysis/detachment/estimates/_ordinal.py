"""Correlations behind ordinal answers: which coefficient a pair of variables gets, and its numbers.

Items are cut normal variables: two of them have a polychoric correlation (tetrachoric where both
have two values), an item and a score a polyserial one (biserial for two values), and two scores
Pearson's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from detachment.errors import Refusal, UsageError
from detachment.estimates._coverage import FEW
from detachment.estimates._crossed import Clusters, Crossed, How, IntervalName, cross, with_ends
from detachment.estimates._result import make_table
from detachment.estimates._scales import Floats
from detachment.scoring import Variable
from detachment.stats.biserial_family import polyserial
from detachment.stats.bootstrap import resample_tables
from detachment.stats.correlation import delta_interval, delta_p, pearson
from detachment.stats.counts import Tables, pairwise_tables
from detachment.stats.polychoric_clusters import clustered_polychoric_se
from detachment.stats.polychoric_items import polychoric_from_tables
from detachment.stats.polychoric_tables import polychoric
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


def cross_latent(
    down: Sequence[Variable],
    across: Sequence[Variable],
    numbers: Mapping[str, Floats],
    pairs: Sequence[tuple[Variable, Variable]],
    how: How,
) -> Latent:
    """Correlations behind the answers, of the pairs named; standard errors take clusters whole."""
    variables = {variable.id: variable for variable in (*down, *across)}
    items = [name for name in variables if _is_ordinal(variables[name], numbers[name])]
    scores = tuple(name for name in variables if name not in items)
    if not items:
        raise Refusal(
            "Polychoric correlations are about items, whose few answers stand for a normal "
            f"variable behind them, and here are scores only: {listing(scores, shown=5)}. Take "
            "--method pearson (method= in Python), or cross items (items:SCALE)."
        )
    answers = np.column_stack([numbers[name] for name in items])
    tables = pairwise_tables(answers)
    place = {name: k for k, name in enumerate(items)}
    rows: list[dict[str, Any]] = []
    why: dict[tuple[str, str], str] = {}
    perfect = []
    shape = (len(down), len(across))
    r, low, high, p, se = (np.full(shape, np.nan) for _ in range(5))
    df = np.full(shape, np.inf)
    answered = [[~np.isnan(numbers[variable.id]) for variable in side] for side in (down, across)]
    n = np.array(answered[0], dtype=np.float64) @ np.array(answered[1], dtype=np.float64).T
    at = {(a.id, b.id): (i, j) for i, a in enumerate(down) for j, b in enumerate(across)}
    kinds = (
        _polychoric(place, tables, pairs, answers, how.clusters),
        _with_scores(place, tables, numbers, pairs, how.clusters),
    )
    for row in sorted((row for kind in kinds for row in kind), key=lambda row: at[_ids(row)]):
        pair, cell = _ids(row), at[_ids(row)]
        r[cell] = row["r"]
        if row["coefficient"] == "Pearson":
            usual = replace(how, method="pearson", interval=_usual(how))
            found = cross(numbers[row["row"]][:, None], numbers[row["column"]][:, None], usual)
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
        crossed = _resampled(answers, place, at, scores, crossed, how)
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
    answers: Floats,
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

    boot = resample_tables(
        answers, statistic, clusters=how.clusters, n_boot=how.n_boot, rng=how.rng
    )
    k = answers.shape[1]
    replicates = np.full((how.n_boot, *crossed.r.shape), np.nan)
    for (row, column), cell in at.items():
        replicates[(slice(None), *cell)] = boot.replicates[:, place[row] * k + place[column]]
    return with_ends(crossed, replicates, np.empty((0, *crossed.r.shape)), how.confidence)


def _ids(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["row"], row["column"]


def _is_ordinal(variable: Variable, values: Floats) -> bool:
    """Whether answers are categories: those to an item, if they are few different ones."""
    single = variable.scale is not None and variable.scale.model == "single_item"
    is_item = variable.scale is None or variable.item is not None or single
    return is_item and len(np.unique(values[~np.isnan(values)])) <= MOST


def _polychoric(
    place: Mapping[str, int],
    tables: Tables,
    crossed: Sequence[tuple[Variable, Variable]],
    answers: Floats,
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
    numbers: Mapping[str, Floats],
    crossed: Sequence[tuple[Variable, Variable]],
    clusters: Clusters | None,
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
        x, y = numbers[one.id], numbers[other.id]
        both = ~(np.isnan(x) | np.isnan(y))
        if items:
            score, item = (y, x) if items[0] == one.id else (x, y)
            fit = polyserial(score, item, clusters=clusters)
            row |= {
                "coefficient": "biserial" if two[place[items[0]]] else "polyserial",
                "r": float(fit.r),
                "se": float(fit.se),
                "perfect": bool(fit.perfect),
                "lost": not fit.converged
                and all(np.ptp(v[both]) > 0 for v in (x, y) if both.any()),
            }
        else:
            row |= {"coefficient": "Pearson", "r": float(pearson(x, y)[0][0, 0])}
        found.append(row | {"n": int(both.sum())})
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
