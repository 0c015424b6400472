"""What a reader must know of a table of correlations, and what must be looked at."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from detachment.estimates._correlate_pairs import Pair
from detachment.estimates._coverage import FEW, SKEWED, too_narrow
from detachment.estimates._crossed import RESISTANT, Crossed, How, share_items
from detachment.estimates._scales import Floats, MissingRule
from detachment.quality import Alarm, sign_alarm
from detachment.scoring import Variable
from detachment.stats.correlation import fisher_interval
from detachment.stats.pair_counts import Cells, PairCounts, cells_of_rows, skewness_of_counts
from detachment.stats.robust_correlation import (
    fisher_z_spread,
    robust_fisher_interval_of_cells,
    spread_from_counts,
)
from detachment.text import (
    COEFFICIENTS,
    SYMBOLS,
    bounded,
    count,
    counted,
    interval,
    listing,
    number,
)

FEW_CLUSTERS = 20
ADJUSTMENT_NOTES = {
    "holm": "Holm's method",
    "bh": "the method of Benjamini and Hochberg",
    "by": "the method of Benjamini and Yekutieli",
    "hochberg": "Hochberg's method",
    "bonferroni": "Bonferroni's method",
    "max_t": "the step-down max-T method of Westfall and Young",
}
DISATTENUATED = (
    "disattenuated divides r by the root of the product of both reliabilities (alpha; "
    "Spearman-Brown for two items); it is uncertain, and more so the lower they are: the interval "
    "in the part of that name takes r and reliabilities as they vary together (delta method, no "
    "normal answers), and may reach beyond 1."
)
_FISHER = {
    "pearson": "intervals by Fisher's z, which takes answers to be normal, p by the t test",
    "spearman": "intervals of Bonett and Wright (2000), p by the t approximation",
    "kendall": "intervals of Fieller, Hartley, and Pearson (1957), p by the normal approximation "
    "corrected for ties",
    "biweight": "intervals by Fisher's z, p by the t test",
    "percentage_bend": "intervals by Fisher's z, p by the t test, which supposes independence",
}
_NAMES = {
    "pearson": "Pearson's r",
    "spearman": "Spearman's rank correlation",
    "kendall": "Kendall's tau-b",
}


def estimation_note(how: How, rule: MissingRule, *, whole: bool) -> str:
    """The coefficient, its intervals and its p."""
    if rule == "em":
        return (
            "Pearson's r; intervals and p by standard errors of maximum likelihood on the scale of "
            "Fisher's z, which need no normal answers, and take dyads whole."
        )
    name = _NAMES.get(how.method, COEFFICIENTS[how.method])
    if how.interval == "fisher":
        return f"{name}; {_FISHER[how.method]}."
    if how.interval == "robust":
        by = (
            "the jackknife of Fisher's z"
            if how.method == "pearson" and not how.k
            else "the influence of each "
            + ("cluster" if whole else "respondent")
            + " on Fisher's z"
        )
        if how.exact:
            return (
                f"{name}; intervals by {by}, which needs no normal answers, p by the t test of the "
                "partial correlation."
            )
        return f"{name}; intervals and p by {by}, which needs no normal answers."
    p = _FISHER[how.method].rpartition(", p by ")[2]
    if how.clusters is not None:
        p = (
            "the standard error of the replicates of Fisher's z"
            if how.method in RESISTANT
            else "the influence of each cluster on Fisher's z"
        )
    what = "clusters" if whole else "respondents"
    return f"{name}; intervals by {count(how.n_boot)} bootstrap samples of {what} (BCa), p by {p}."


def fallback_note(crossed: Crossed, shown: NDArray[np.bool_]) -> list[str]:
    """Say where percentile intervals stand in for BCa ones, and means for medians."""
    said = []
    if crossed.fallback is not None and (fallback := int((crossed.fallback & shown).sum())):
        said.append(
            f"Percentile intervals in {count(fallback)} of {counted(int(shown.sum()), 'pair')}, "
            "where a BCa one cannot be computed."
        )
    if crossed.by_mean is not None and (means := int((crossed.by_mean & shown).sum())):
        said.append(
            f"In {count(means)} of {counted(int(shown.sum()), 'pair')} more than half of the "
            "answers to one variable are the same, so that it has no median deviation: there it "
            "enters as in Pearson's r."
        )
    return said


def missing_notes(pairs: Sequence[Pair], rule: MissingRule, how: How) -> list[str]:
    """What the rule for missing answers does."""
    if rule == "listwise":
        return ["Listwise deletion: only who has all variables of the table counts."]
    if rule == "em":
        alone = share_items([variable for pair in pairs for variable in (pair.row, pair.column)])
        where = "a pair" if alone else "the table"
        return [
            f"Maximum likelihood: every answer to any variable of {where} "
            "counts, as if answers were normal and missing at random; n counts who has both."
        ]
    if how.k:
        return [
            "Pairwise deletion: each correlation that enters uses everyone who has both of its "
            "variables; n counts who has both and all controls."
        ]
    return ["Pairwise deletion: n counts who has both variables of a pair."]


def family_note(adjust: str, tests: int) -> str:
    """Which tests share an adjustment."""
    if adjust == "none":
        return f"The p values of {counted(tests, 'test')} are not adjusted for their number."
    return (
        f"p_adjusted by {ADJUSTMENT_NOTES[adjust]} for the family of {counted(tests, 'test')} in "
        "this table."
    )


def content_notes(pairs: Sequence[Pair], crossed: Crossed) -> list[str]:
    """What was reversed, what goes against expectation, what shares content."""
    notes = []
    variables = {v.id: v for pair in pairs for v in (pair.row, pair.column)}
    flipped = [v.id for v in variables.values() if v.item and _key(v) < 0]
    if flipped:
        notes.append(
            f"Reversed before correlating (lowest + highest - answer): {listing(flipped)}."
        )
    weak = [p for p in pairs if not p.shared and p.expected * crossed.r[p.i, p.j] < 0]
    weak = [p for p in weak if crossed.low[p.i, p.j] <= 0 <= crossed.high[p.i, p.j]]
    if weak:
        names = listing((f"{p.row.id} with {p.column.id}" for p in weak), shown=5)
        notes.append(f"Against the expected sign, but with an interval that holds 0: {names}.")
    return [*notes, *(note for pair in pairs for note in _overlap(pair))]


def _key(variable: Variable) -> int:
    if variable.scale is None:
        return 1
    return next(use.keyed for use in variable.scale.items if use.id == variable.item)


def _overlap(pair: Pair) -> list[str]:
    """Say that two variables share content, where the instrument says so."""
    for one, other in ((pair.row, pair.column), (pair.column, pair.row)):
        named = one.scale.overlaps if one.scale and one.item is None else ()
        if not pair.shared and (other.id in named or set(other.items) & set(named)):
            return [
                f"{one.id} and {other.id} share content, as the instrument says: a part of their "
                "correlation is the same question asked twice."
            ]
    return []


def permutation_note(n_perm: int, unit: str, *, is_dyad: bool) -> str:
    """What max-T permutes; ``unit`` is empty where everyone is independent."""
    who = "all columns of a respondent together"
    if unit:
        who = f"those of a {unit} together"
        who += ", partners of the same role in each other's place" if is_dyad else ""
    return (
        f"p_adjusted rests on {count(n_perm)} permutations of the column variables against the row "
        f"variables, {who}, with their missing answers; the smallest it can be is "
        f"1 / {count(n_perm + 1)}. p is that of one test alone, without permutation."
    )


# ------------------------------------------------------------------------------------------ doubts


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """How the variables are distributed: what doubts about intervals rest on.

    Attributes
    ----------
    skewness
        Of row variables and of column variables.
    spread
        Gives the standard error of each Fisher's z over that of normal answers, (rows, columns).
    cells
        Gives the pairs of values of a row variable and a column variable, by their places.
    """

    skewness: tuple[Floats, Floats]
    spread: Callable[[], Floats]
    cells: Callable[[int, int], Cells]

    @classmethod
    def of_rows(cls, x: Floats, y: Floats) -> "Looks":
        """Of the rows themselves, (n, rows) and (n, columns)."""
        one, other = (
            [np.unique(column[~np.isnan(column)], return_counts=True) for column in side.T]
            for side in (x, y)
        )
        return cls(
            skewness=(_skewness(one), _skewness(other)),
            spread=partial(fisher_z_spread, x, y),
            cells=lambda i, j: cells_of_rows(x[:, i], y[:, j]),
        )

    @classmethod
    def of_counts(
        cls, counts: PairCounts, rows: Sequence[int], columns: Sequence[int], n: int
    ) -> "Looks":
        """Of counts, by the places of row variables and column variables, of n rows."""
        one, other = (
            [(counts.values[k], counts.times[k]) for k in side] for side in (rows, columns)
        )
        return cls(
            skewness=(_skewness(one), _skewness(other)),
            spread=partial(spread_from_counts, counts, rows, columns, n),
            cells=lambda i, j: counts.cells(rows[i], columns[j]),
        )


def _skewness(given: Sequence[tuple[Floats, NDArray[np.int64]]]) -> Floats:
    return np.array([skewness_of_counts(*one) for one in given], dtype=np.float64)


def interval_doubts(
    shown: NDArray[np.bool_],
    crossed: Crossed,
    looks: Looks,
    down: Sequence[Variable],
    across: Sequence[Variable],
    how: How,
) -> list[str]:
    """Say in how many pairs an interval is too narrow, and where the most."""
    of_rows, of_columns = (np.abs(np.nan_to_num(side)) for side in looks.skewness)
    skew = (of_rows[:, None] + of_columns) / 2
    shown = shown & ~np.isnan(crossed.low)
    # skewed answers spread Fisher's z more where they go together, not where they do not
    sure = 1 - 0.05 / max(1, int(shown.sum()))
    low, high = fisher_interval(crossed.r, crossed.n, sure)
    skewed = (skew >= SKEWED) & ((low > 0) | (high < 0))
    few = shown & skewed & (crossed.n < FEW)
    said = []
    if how.interval == "fisher" and not how.k:
        spread = looks.spread()
        narrow = shown & too_narrow(spread, crossed.n, skewed, int(shown.sum()))
        if narrow.any():
            worst = int(np.argmax(np.where(narrow, spread, -np.inf)))
            i, j = divmod(worst, len(across))
            robust = robust_fisher_interval_of_cells(looks.cells(i, j), how.confidence)
            own, other = (
                interval(float(ends[0]), float(ends[1]))
                for ends in ((crossed.low[i, j], crossed.high[i, j]), robust)
            )
            said.append(
                "Fisher's intervals take answers to be normal, and are too narrow in "
                f"{count(narrow.sum())} of {counted(int(shown.sum()), 'pair')}; most so "
                f"{down[i].id} with {across[j].id}: {own}, without that assumption {other} "
                f"({number(float(spread[i, j]), 1)} times as wide). Ask correlate for --interval "
                "robust (interval= in Python)."
            )
    if few.any():
        fisher = how.interval == "fisher"
        covers = "92 to 94 cover" + (", of Fisher's 87 to 90" if fisher else "")
        said.append(
            f"Skewed answers of fewer than {FEW} respondents in {count(few.sum())} of "
            f"{counted(int(shown.sum()), 'pair')}: intervals are then too narrow (of 100 robust "
            f"ones of 95% {covers}). Say so, or collect more."
        )
    return said


def cluster_doubts(units: int, unit: str, plural: str = "") -> list[str]:
    """Say that clusters are too few for standard errors that rest on them."""
    if units >= FEW_CLUSTERS:
        return []
    return [
        f"Intervals and p values rest on {counted(units, unit, plural)}; with fewer than "
        f"{FEW_CLUSTERS} they are uncertain themselves, and mostly too narrow. Say so."
    ]


def sign_alarms(pairs: Sequence[Pair], crossed: Crossed) -> list[str]:
    """Clear correlations against the sign that the instrument expects."""
    alarms: list[Alarm] = []
    for pair in pairs:
        if pair.expected and not pair.shared:
            alarm = sign_alarm(
                row=pair.row.id,
                column=pair.column.id,
                r=float(crossed.r[pair.i, pair.j]),
                low=float(crossed.low[pair.i, pair.j]),
                high=float(crossed.high[pair.i, pair.j]),
                expected=pair.expected,
            )
            alarms += [alarm] if alarm else []
    return [alarm.message + "." for alarm in alarms]


def say_copies(copies: Sequence[Pair]) -> list[str]:
    """Variables of different names that hold the same numbers."""
    if not copies:
        return []
    names = listing((f"{pair.row.id} and {pair.column.id}" for pair in copies), shown=5)
    return [
        f"The same numbers in every row that has both: {names}. Is one a copy of the other? Their "
        "correlation of 1 is not shown."
    ]


def say_perfect(
    pairs: Sequence[Pair], crossed: Crossed, copies: Collection[Pair], method: str
) -> list[str]:
    """Say of correlations of 1 or -1 that they look like a calculation, or like too few rows."""
    perfect = [
        f"{pair.row.id} and {pair.column.id} ({SYMBOLS[method]} = "
        f"{bounded(crossed.r[pair.i, pair.j])}, n = {count(crossed.n[pair.i, pair.j])})"
        for pair in pairs
        if abs(crossed.r[pair.i, pair.j]) > 1 - 1e-12
        and crossed.n[pair.i, pair.j] > 2
        and not pair.shared
        and pair not in copies
    ]
    if not perfect:
        return []
    return [
        f"Perfect correlations: {listing(perfect, shown=5)}. Is one computed from the other "
        "(reversed, rescaled)? If not, there are too few respondents. Intervals and p mean nothing "
        "here."
    ]


def without_variance(alike: Mapping[str, tuple[int, float]], told: Collection[str]) -> list[str]:
    """Variables that cannot correlate with anything, but for scales of which this is told.

    ``alike`` says of each how many values there are, and which if it is always the same.
    """
    said = []
    for name, (n, value) in alike.items():
        if name in told:
            continue
        if n == 0:
            said.append(f"{name} has no values, and so no correlations.")
        elif n > 1 and not np.isnan(value):
            said.append(
                f"{name} is constant (every value is {value:g}), and so has no correlations."
            )
    return said
