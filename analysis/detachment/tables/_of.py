"""Every table of a result, in the order of reading."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from detachment.tables._abbreviations import definitions
from detachment.tables._generic import generic_table
from detachment.tables._layouts import (
    cfa_fit,
    cfa_loadings,
    efa_loadings,
)
from detachment.tables._model import Table
from detachment.tables._quality import screening_table, sensitivity_table
from detachment.tables._results import (
    correlations_table,
    disattenuated_table,
    items_table,
    reliability_table,
)

if TYPE_CHECKING:
    from detachment.estimates import Result
    from detachment.validation import Survey

# Class of a result and heading of a display -> the layout that takes its place; None for none.
_LAYOUTS: Mapping[tuple[str, str], Callable[[Any], Table] | None] = {
    ("Cfa", "Fit"): cfa_fit,
    ("Cfa", ""): cfa_loadings,
    ("ExploratoryFactors", ""): efa_loadings,
    ("ItemAnalysis", ""): items_table,
    ("Reliability", ""): reliability_table,
    ("Screening", ""): screening_table,
    ("Sensitivity", ""): sensitivity_table,
    ("Correlations", ""): None,
    ("Correlations", "Corrected for unreliability"): None,
}
# Layouts whose own notes say how; of the result's they lack who was analysed.
_WITH_METHOD = (items_table, reliability_table)
_WHO = re.compile(r"The data have|Reversed before|Some respondents|Feldt's interval")
# Sentences for those who sit before the program, not for those who read the table.
_FOR_USERS = re.compile(r"(?<!\w)--\w|\w=|in Python|to_frame|\.parts|`")
# Said by the definitions already, or of no use to one who reads a table.
_ASIDE = re.compile(r"dz is the mean difference|Maximum likelihood from incomplete|In a randomised")
_ADJUSTED = re.compile(
    r"\b[Pp](?:_adjusted)?\b.*\b(?:by|for|over|is|are) .*\b(?:adjust|family)"
    r"|\b[Aa]djusted\b.*\b(?:Holm|Hochberg|Benjamini|Bonferroni)"
)
_WORDS = {"p_adjusted": "p adjusted", "d_pre": "d (pre)", "split_half": "split-half"}
# Class of a result -> (which notes, beginning of the heading of the table that they are about).
# What is about one table stands under that one; the first has what is about all.
_ABOUT: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "ActorPartner": (
        (re.compile(r"The test of distinguishability"), "Tests of distinguishability"),
        (re.compile(r"Intervals of k"), "k"),
    ),
    "Change": (
        (re.compile(r"Intervals of r and"), "Retest"),
        (re.compile(r"ANCOVA compares|Between arms|Maximum likelihood from"), "Comparison"),
        (re.compile(r"The baseline"), "Baseline"),
        (re.compile(r"Drop-outs"), "Lost"),
        (re.compile(r"Reliable change|Improved means|Error alone"), "Reliable change"),
        (re.compile(r"Nobody in the arm|Everything that compares"), "Flow"),
    ),
}
_PLACES = re.compile(r" \(rows? \d[^()]*\)")


def tables_of(result: "Result", *, survey: "Survey | None" = None) -> tuple[Table, ...]:
    """Make every table of a result, in APA 7 layout.

    Parameters
    ----------
    result
        What a verb returned.
    survey
        The answers that it was asked of; a matrix of correlations then has the means and standard
        deviations of its variables.

    Returns
    -------
    tuple of Table
        In the order of reading. The first has the notes of the result: who was analysed, how, and
        what was missing; tests that were adjusted together are named in a note of their own.

    Examples
    --------
    >>> import pandas as pd
    >>> import detachment as dt
    >>> answers = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [2, 1, 4, 3, 6, 5]})
    >>> (table,) = tables_of(dt.correlate(answers, rows="x", columns="y"))
    >>> table.title, [column.label for column in table.columns]
    ('Correlations of x', ['With', 'n', 'r', '95% CI', 'p', 'Adjusted p'])
    """
    kind = type(result).__name__
    headings: list[str] = []
    made = list(_correlations(result, survey)) if kind == "Correlations" else []
    for heading, shown in result.display_all():
        layout = _LAYOUTS.get((kind, heading), _GENERIC)
        if layout is not None:
            made.append(
                generic_table(result, heading, shown) if layout is _GENERIC else layout(result)
            )
            headings.append(heading)
    # Correlations have tables of their own before these, and nothing to be placed.
    kept = [bool(table.columns and table.rows) for table in made]
    headings = [one for one, keep in zip(headings, kept, strict=False) if keep]
    made = [table for table, keep in zip(made, kept, strict=True) if keep]
    general, adjusted = _said(result)
    if _LAYOUTS.get((kind, ""), None) in _WITH_METHOD:
        general = tuple(note for note in general if _WHO.match(note) or "left out" in note)
    defined = [_defined(table, kind) for table in made]
    general = _placed(kind, headings, defined, general)
    if defined:
        new = [note for note in general if note not in defined[0].notes]
        defined[0] = replace(defined[0], notes=(*defined[0].notes, *new))
    tested = next((one for one in ("Adjusted p", "p") if any(_has(t, one) for t in defined)), "")
    return tuple(
        replace(table, probability=adjusted)
        if tested and _has(table, tested) and not table.probability
        else table
        for table in defined
    )


def _placed(
    kind: str, headings: list[str], tables: list[Table], notes: tuple[str, ...]
) -> tuple[str, ...]:
    """Put notes under the tables that they are about; those that are about all are returned."""
    rest = []
    for note in notes:
        about = next((head for which, head in _ABOUT.get(kind, ()) if which.match(note)), "")
        place = next((k for k, one in enumerate(headings) if about and one.startswith(about)), 0)
        if place:
            tables[place] = replace(tables[place], notes=(*tables[place].notes, note))
        else:
            rest.append(note)
    return tuple(rest)


def _has(table: Table, head: str) -> bool:
    return any(column.label == head for column in table.columns)


def _GENERIC(result: Any) -> Table:  # noqa: ANN401, N802 - a mark, never called
    raise NotImplementedError


def _correlations(result: Any, survey: "Survey | None") -> list[Table]:  # noqa: ANN401
    from detachment.tables._layouts import is_triangle, moments

    made = []
    if is_triangle(result):
        made.append(correlations_table(result, layout="apa", moments=moments(result, survey)))
    made.append(correlations_table(result, layout="long"))
    if made[1:]:
        made[1] = replace(made[1], name="correlations-tests", title="Tests of the Correlations")
    return [*made, disattenuated_table(result)]


def _defined(table: Table, kind: str) -> Table:
    """With the definitions that its notes lack."""
    said = " ".join(table.notes)
    heads = [head for column in table.columns for head in (column.group, column.label)]
    lacking = [
        one
        for one in definitions(heads, kind).rstrip(".").split("; ")
        if one and not re.search(rf"(?<!\w){re.escape(one.partition(' = ')[0])} = ", said, re.I)
    ]
    if not lacking or (table.notes and table.notes[0] == definitions(heads, kind)):
        return table
    return replace(table, notes=(f"{'; '.join(lacking)}.", *table.notes))


def _said(result: "Result") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Notes of a result as a table has them: general ones, and those on adjusted tests."""
    general: list[str] = []
    adjusted: list[str] = []
    for note in dict.fromkeys((*result.notes, *result.warnings)):
        kept: list[str] = []
        for one in re.split(r"(?<=\.) (?=[A-Z])|(?<=[.;]) (?=p )", _PLACES.sub("", note)):
            one = "; ".join(part for part in one.split("; ") if not _FOR_USERS.search(part))
            if not one or _ASIDE.match(one):
                continue
            one = re.sub(r"\b[a-z][a-z0-9]*_\w+\b", lambda name: _label(result, name[0]), one)
            (adjusted if _ADJUSTED.search(one) else kept).append(_ended(one))
        if kept:
            general.append(" ".join(kept))
    return tuple(general), tuple(adjusted)


def _ended(text: str) -> str:
    text = text.rstrip(" ;,")
    return text if text[-1:] in (".", "!", "?", ")") else f"{text}."


def _label(result: "Result", name: str) -> str:
    """What people read for an id; an item, whose label is a sentence, keeps its id."""
    if name in _WORDS:
        return _WORDS[name]
    label = result.label(name)
    return name if label[-1:] in (".", "?", "!") else label
