"""Who is in which group and wave, who belongs together, and what each row weighs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, SurveyError, UsageError
from detachment.estimates._couples import ARBITRARY
from detachment.estimates._groups import group_rows
from detachment.estimates._scales import Floats
from detachment.estimates._study import Study, as_words, holds_numbers
from detachment.scoring import waves
from detachment.stats.design import survey_design
from detachment.stats.group_difference import GroupMeans, group_means
from detachment.stats.proportion import effective_n_of_share, wilson_interval
from detachment.text import counted, listing
from detachment.validation import Survey

Integers = NDArray[np.int64]
Options = dict[str, str | None]  # option -> column that it names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Groups within waves.

    Attributes
    ----------
    by
        Column that makes the groups; empty without groups.
    names
        Of the G groups; one empty name without groups.
    waves
        Of the W waves; one empty name where waves do not stand apart.
    code
        Cell of each row, wave number times G plus group number; -1 in none, (rows,).
    notes
        How many rows are in no group.
    """

    by: str
    names: tuple[str, ...]
    waves: tuple[str, ...]
    code: Integers
    notes: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.names) * len(self.waves)

    @property
    def filled(self) -> list[int]:
        """Cells with anybody in them, in order."""
        return [int(cell) for cell in np.unique(self.code[self.code >= 0])]

    def label(self, cell: int) -> dict[str, str]:
        """What names a cell in a table."""
        wave, group = divmod(cell, len(self.names))
        return {"by": self.by, "group": self.names[group], "wave": self.waves[wave]}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Which rows are not independent of one another, and what they weigh.

    Attributes
    ----------
    clusters, weights, strata
        (rows,); None where there are none.
    noun
        What the clusters are: dyads, or the column's name.
    notes
        What that means for the numbers.
    """

    clusters: Integers | None
    weights: Floats | None
    strata: Integers | None
    noun: str
    notes: tuple[str, ...]

    def means(self, x: Floats, code: Integers, groups: int) -> GroupMeans:
        """Means of groups under this design."""
        if self.weights is None and self.strata is None:
            return group_means(x, code, groups, clusters=self.clusters)
        weights = np.ones(len(code)) if self.weights is None else self.weights
        drawn = survey_design(weights, strata=self.strata, clusters=self.clusters)
        return group_means(x, code, groups, design=drawn)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shares:
    """Shares of people in cells with their intervals, each field (p, cells).

    Attributes
    ----------
    n, present
        People with an answer, and how many of them are counted.
    share, low, high
        Weighted where there are weights, with Wilson's interval on the effective n.
    n_effective
        How many independent people would tell as much.
    means
        What that comes from.
    """

    n: Integers
    present: Integers
    share: Floats
    low: Floats
    high: Floats
    n_effective: Floats
    means: GroupMeans

    def row(self, variable: int, cell: int) -> dict[str, float | int]:
        """One share as a row of a table."""
        n, effective = int(self.n[variable, cell]), float(self.n_effective[variable, cell])
        return {
            "n": n,
            "present": int(self.present[variable, cell]),
            "share": float(self.share[variable, cell]),
            "low": float(self.low[variable, cell]),
            "high": float(self.high[variable, cell]),
            "n_effective": effective,
            "deff": n / effective if effective > 0 else np.nan,
        }


def take_cells(
    study: Study,
    *,
    by: str | None,
    reference: str | None = None,
    every_wave: bool = False,
) -> Cells:
    """Groups of the rows of a study, and waves apart where ``every_wave``.

    Raises
    ------
    UsageError
        When ``by`` names no groups, or ``reference`` none of them.
    Refusal
        When groups are roles that are arbitrary in every dyad.
    """
    sample = study.sample
    rows = int(sample.rows.sum())
    names: tuple[str, ...] = ("",)
    code = np.zeros(rows, dtype=np.int64)
    notes: tuple[str, ...] = ()
    if by is not None:
        column = study.columns["by"] if sample.is_frame else None
        groups = group_rows(sample, by, column, reference)
        by, names, code = groups.by, groups.names, groups.code
        unknown = int((code < 0).sum())
        if unknown:
            notes = (f"{by}: {counted(unknown, 'row')} in no group, left out.",)
        if groups.role == "partner_role":
            code, notes = _meant_roles(study, by, code, notes)
    elif reference is not None:
        raise UsageError("reference names a group: say by which column they are made (by).")
    apart: tuple[str, ...] = ("",)
    words = study.words("wave") if every_wave else None
    if words is not None:
        known = sorted(set(words) - {""})
        if not sample.is_frame:
            known = [str(w) for w in waves(sample.survey) if str(w) in known]
        elif all(word.lstrip("-").isdecimal() for word in known):
            known = sorted(known, key=int)
        apart = tuple(known) or apart
        place = {word: k for k, word in enumerate(known)}
        at = np.array([place.get(word, -1) for word in words], dtype=np.int64)
        code = np.where((code < 0) | (at < 0), -1, at * len(names) + code)
    cells = Cells(by=by or "", names=tuple(names), waves=apart, code=code, notes=notes)
    empty = [cells.label(cell) for cell in range(cells.count) if cell not in cells.filled]
    if by is None or not empty:
        return cells
    gone = listing((f"{cell['group']} in wave {cell['wave']}" for cell in empty), "or", shown=5)
    return replace(cells, notes=(*notes, f"{by}: nobody is of {gone}."))


def take_design(study: Study, *, cluster: str | None) -> Design:
    """Clusters, weights and strata of the rows: dyads unless another cluster is named.

    Raises
    ------
    SurveyError
        When a weight is no number, or negative.
    """
    notes: list[str] = []
    noun, clusters = "", None
    words = study.words("cluster")
    if words is not None:
        noun, clusters = f"clusters of {cluster}", _numbered(words)
    elif (dyads := study.dyads) is not None and _shares_a_wave(study, dyads):
        noun, clusters = "dyads", dyads
    if clusters is not None:
        sizes = np.bincount(clusters)
        several = int((sizes > 1).sum())
        who = (
            f"Partners are not independent of one another: standard errors count {several:,} dyads "
            "and everybody without a partner in these rows as one unit each"
            if noun == "dyads"
            else f"Standard errors count {np.unique(clusters).size:,} {noun}"
        )
        notes.append(f"{who}.")
    weights = None
    if "weight" in study.columns:
        given = pd.to_numeric(study.columns["weight"], errors="coerce").astype("Float64")
        weights = np.asarray(given.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
        if not np.nan_to_num(weights).any() or np.nanmin(weights) < 0:
            raise SurveyError("weight: weights are numbers that are not negative, and not all 0.")
        out = int((~np.isfinite(weights) | (weights == 0)).sum())
        notes.append(
            "Weights: estimates and their standard errors are those of the sampling design "
            "(linearization)"
            + (f"; {counted(out, 'row')} without a weight count for nothing." if out else ".")
        )
    strata = study.words("strata")
    return Design(
        clusters=clusters,
        weights=weights,
        strata=None if strata is None else pd.factorize(pd.Series(strata), sort=True)[0],
        noun=noun,
        notes=tuple(notes),
    )


def take_shares(
    marks: Floats, code: Integers, cells: int, design: Design, confidence: float
) -> Shares:
    """Shares of ones among zeros and ones (NaN: no answer), cell by cell."""
    means = design.means(marks, code, cells)
    n = means.n
    there = np.isfinite(marks)
    if design.weights is not None:
        there = there & (np.nan_to_num(design.weights) > 0)[:, None]
    inside = code[:, None] == np.arange(cells)
    present = np.where(there, marks, 0.0).T @ inside
    if means.kind == "independent":
        effective = n.astype(np.float64)
    else:
        effective = effective_n_of_share(
            means.mean,
            np.diagonal(means.cov, axis1=1, axis2=2),
            n,
            means.mean_df,
            confidence,
            floor=means.units,
        )
    low, high = wilson_interval(means.mean, effective, confidence)
    return Shares(
        n=n,
        present=np.rint(present).astype(np.int64),
        share=means.mean,
        low=low,
        high=high,
        n_effective=np.where(n > 0, effective, np.nan),
        means=means,
    )


def interval_note(design: Design) -> str:
    """How the intervals of shares are made."""
    if design.clusters is None and design.weights is None:
        return "Intervals of shares are Wilson's."
    return (
        "Intervals of shares are Wilson's on the effective n (Korn and Graubard), which is n over "
        "the design effect; a design effect below 1 counts as 1."
    )


def columns_of(data: Survey | pd.DataFrame, options: Options, needed: Sequence[str]) -> Options:
    """Options that name columns, for a study: those given, and those a survey has by role."""
    survey_roles = () if isinstance(data, pd.DataFrame) else needed
    return {k: v for k, v in options.items() if v is not None or k in survey_roles}


def other_columns(data: pd.DataFrame, options: Options) -> list[str]:
    """Columns of a plain table that hold numbers and that no option names."""
    named = set(options.values())
    return [
        str(name)
        for name, column in data.items()
        if str(name) not in named and holds_numbers(column)
    ]


def words_left_out(data: pd.DataFrame, options: Options) -> tuple[str, ...]:
    """Say which columns of a plain table hold words, and were not taken for scores or answers."""
    taken = {*options.values(), *other_columns(data, options)}
    left = [str(name) for name in data if str(name) not in taken]
    if not left:
        return ()
    verb = "holds" if len(left) == 1 else "hold"
    return (f"Left out: {listing(left, shown=8)}, which {verb} words, not numbers.",)


def _meant_roles(
    study: Study, by: str, code: Integers, notes: tuple[str, ...]
) -> tuple[Integers, tuple[str, ...]]:
    """Without dyads whose roles are declared arbitrary: who is first in them means nothing."""
    survey, rows = study.sample.survey, study.sample.rows
    if ARBITRARY not in survey.responses:
        return code, notes
    words = as_words(survey.responses.loc[rows, ARBITRARY])
    arbitrary = np.isin(np.char.lower(words.astype(str)), ["true", "1"]) & (code >= 0)
    if not arbitrary.any():
        return code, notes
    if not (code[~arbitrary] >= 0).any():
        raise Refusal(
            f"The roles of every dyad are arbitrary here: who is called what in {by} means "
            "nothing, and neither does a difference between them. Partners who cannot be told "
            "apart are asked how alike they are (`detachment agreement`)."
        )
    said = (
        f"{counted(int(arbitrary.sum()), 'row')} of dyads whose roles are arbitrary, left out: who "
        f"is called what in {by} means nothing there."
    )
    return np.where(arbitrary, -1, code), (*notes, said)


def _numbered(words: NDArray[np.object_]) -> Integers:
    """Clusters by number; a row without a word is one of its own."""
    code, names = pd.factorize(pd.Series(words).replace("", None), sort=True)
    return np.where(code < 0, len(names) + np.arange(len(code)), code).astype(np.int64)


def _shares_a_wave(study: Study, dyads: Integers) -> bool:
    """Whether both members of a dyad are among the rows of one wave."""
    words = study.words("wave")
    at = np.zeros(len(dyads), dtype=np.int64) if words is None else _numbered(words)
    return bool(pd.DataFrame({"dyad": dyads, "wave": at}).duplicated().any())
