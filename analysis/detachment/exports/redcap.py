"""REDCap: raw data, labels, and the data dictionary that says what was asked.

One row is a record; in a longitudinal project a record and event; or one repeat of a form. Layout
as in REDCap's "Data Exports, Reports, and Stats" and in its API (``content=record``).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports._grid import Grid, renamed, table
from detachment.exports._redcap_columns import (
    BOXES,
    FIELD,
    PERSON,
    RECORD,
    STATES,
    STATUS,
    TIMESTAMP,
    Column,
    describe_columns,
    find_mark,
    has_names,
    listed,
)
from detachment.exports._redcap_dictionary import (
    Dictionary,
    find_dictionary,
    is_dictionary,
    plain,
)
from detachment.exports._source import Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "redcap"

_NOT_COMPLETED: Final = "[not completed]"
# For a syntax file of a statistics program: data without a row of headings.
_HEADLESS = re.compile(r"_DATA_NOHDRS_\d{4}-\d\d-\d\d")


def detect(source: Source) -> str | None:
    """Headings of a dictionary, columns that only REDCap adds, or the status of a form."""
    if source.grid is None:
        return None
    if is_dictionary(source.grid.head[0]):
        return "headings of a data dictionary"
    if _HEADLESS.search(source.name):
        return "the name of a data file without headings (_DATA_NOHDRS_)"
    return find_mark(source.grid)


def read(source: Source) -> Layout:
    """Read one row of headings, then records; what was asked comes from the data dictionary."""
    grid = need_grid(source, NAME)
    if is_dictionary(grid.head[0]):
        return _dictionary_alone(grid)
    if _HEADLESS.search(source.name):
        raise ExportError(
            f"{source.name} is the data file for a statistics program's syntax and has no row of "
            "headings. Download the data from REDCap as CSV / Microsoft Excel (raw data)."
        )
    book, said = find_dictionary(source)
    if book is None and find_mark(grid) is None and not has_names(grid.head[0], least=1):
        raise ExportError(
            f"{source.name} is no REDCap export: it has neither columns that REDCap adds (such as "
            "redcap_event_name, or ..._complete with 0, 1, 2) nor variable names as headings. "
            "Leave the platform out."
        )
    frame, rows, names, warnings = table(grid, grid.head[0], 1)
    columns, doubts = describe_columns(frame, [h.strip() for h in grid.head[0]], book)
    if book is not None:
        doubts += _not_in_book(columns, book)
    finished = _finished(columns)
    return Layout(
        frame=frame,
        rows=rows,
        variables=_variables(columns, finished, words=_in_words(frame, columns)),
        header_rows=1,
        unfinished=None if finished is None else _unfinished(frame[finished.name]),
        identifying=frozenset(column.name for column in columns if column.personal),
        repeated=renamed(names, grid.head[0]),
        books=() if book is None else (book.file,),
        warnings=warnings + said + doubts + _events(frame, columns),
    )


def _dictionary_alone(grid: Grid) -> Layout:
    headings = grid.head[0]
    frame, rows, names, warnings = table(grid, headings, 1)
    return Layout(
        frame=frame,
        rows=rows,
        variables={n: Variable(text=h) for n, h in zip(names, headings, strict=True)},
        header_rows=1,
        kind="codebook",
        repeated=renamed(names, headings),
        warnings=warnings,
    )


def _not_in_book(columns: Sequence[Column], book: Dictionary) -> tuple[str, ...]:
    """Columns that the dictionary does not have; a named one that has none is refused."""
    questions = [column for column in columns if column.kind in (RECORD, FIELD)]
    unknown = [column.heading for column in questions if not column.candidates]
    if not unknown:
        return ()
    if len(unknown) == len(questions) and book.named:
        raise ExportError(
            f"{book.file.name} describes no column of this export: it is the data dictionary of "
            "another project. Leave it out, or download that of the project."
        )
    return (f"{len(unknown)} column(s) are not in {book.file.name}: {listed(unknown)}",)


def _in_words(frame: pd.DataFrame, columns: Sequence[Column]) -> bool:
    """Whether cells hold labels, not codes: the API gives either under either kind of heading."""
    telling = [(column, STATES) for column in columns if column.kind == STATUS]
    telling += [(column, BOXES) for column in columns if column.is_box]
    for column, states in telling:
        cells = set(frame[column.name].unique()) - {""}
        if cells and cells <= {*states, *states.values()}:
            return cells <= set(states.values())
    return not has_names([column.heading for column in columns])


def _finished(columns: Sequence[Column]) -> Column | None:
    """The status that says whether a person came to the end: that of the only form or survey."""
    statuses = [column for column in columns if column.kind == STATUS]
    stamps = [i for i, column in enumerate(columns) if column.kind == TIMESTAMP]
    if len(statuses) == 1:
        return statuses[0]
    if len(stamps) != 1:
        return None
    form = columns[stamps[0]].form
    after = [column for column in columns[stamps[0] :] if column.kind == STATUS]
    of_form = [column for column in statuses if column.form == form] if form else after[:1]
    return of_form[0] if of_form else None


def _unfinished(cells: "pd.Series[str]") -> NDArray[np.bool_]:
    return cells.isin(["0", STATES["0"]]).to_numpy(dtype=bool)


def _variables(
    columns: Sequence[Column], finished: Column | None, *, words: bool
) -> dict[str, Variable]:
    roles = {RECORD: "respondent_id", PERSON: "identifier", FIELD: ""}
    if sum(column.kind == TIMESTAMP for column in columns) == 1:
        roles[TIMESTAMP] = "submitted_at"
    return {
        column.name: _variable(
            column,
            "finished" if column is finished else roles.get(column.kind, "metadata"),
            words=words,
        )
        for column in columns
    }


def _variable(column: Column, role: str, *, words: bool) -> Variable:
    asked = column.asked
    text = "" if column.has_name else column.heading
    if column.kind == TIMESTAMP:
        reasons = {_NOT_COMPLETED: "not_answered"}
        return Variable(text=text, role=role, group=column.form, reasons=reasons)
    if column.kind == STATUS:
        labels = _labels(STATES, words=words)
        return Variable(text=text, role=role, group=column.form, labels=labels, ordered=True)
    if asked is None:
        if not column.is_box:
            return Variable(text=text, role=role)
        group = column.heading.partition("___")[0] if column.has_name else ""
        return Variable(text=text, role=role, group=group, labels=_labels(BOXES, words=words))
    if asked.choice is None:
        return Variable(
            text=asked.heading,
            role=role,
            labels=_labels(asked.of.choices, words=words),
            ordered=asked.of.kind in ("radio", "dropdown", "select"),
            group=asked.of.matrix or asked.of.form,
        )
    return Variable(
        text=asked.heading,
        # A box for a missing data code is no choice, and answers nothing.
        role="metadata" if asked.unknown else role,
        labels=_labels(BOXES, words=words),
        group=asked.of.matrix or asked.of.name,
    )


def _labels(choices: Mapping[str, str], *, words: bool) -> dict[str, str]:
    """Cell -> label: where cells hold labels, each is its own."""
    return {plain(v): plain(v) for v in choices.values()} if words else dict(choices)


def _events(frame: pd.DataFrame, columns: Sequence[Column]) -> tuple[str, ...]:
    """What to know of a file in which a record has several rows."""
    own = {column.kind: column.name for column in columns}
    event = own.get("redcap_event_name")
    n_events = len(set(frame[event].unique()) - {""}) if event else 0
    warnings = []
    if n_events > 1:
        warnings.append(
            f"longitudinal project: a row is a record in one of {n_events} events (column "
            f"{event!r}, which can be declared as the wave); forms that an event does not have "
            "are empty in its rows"
        )
    repeats = np.zeros(len(frame), dtype=bool)
    for kind in ("redcap_repeat_instrument", "redcap_repeat_instance"):
        if kind in own:
            repeats |= (frame[own[kind]] != "").to_numpy(dtype=bool)
    if repeats.any():
        warnings.append(
            f"{repeats.sum()} of {len(frame)} rows are repeats of a form or event: a record then "
            "has several rows in one event, and the row of a repeated form holds the answers of "
            "no other form. Where another form is of interest, export without these rows (a "
            "report in REDCap)"
        )
    if warnings:
        empty = int((~_answered(frame, columns)).sum())
        if empty:
            warnings.append(f"{empty} of {len(frame)} rows hold no answer to any question")
    return tuple(warnings)


def _answered(frame: pd.DataFrame, columns: Sequence[Column]) -> NDArray[np.bool_]:
    """Rows that hold anything beside what REDCap adds; a box that is not checked is nothing."""
    answered = np.zeros(len(frame), dtype=bool)
    for column in columns:
        if column.kind == FIELD:
            nothing = ["", "0", "Unchecked"] if column.is_box else [""]
            answered |= ~frame[column.name].isin(nothing).to_numpy(dtype=bool)
    return answered
