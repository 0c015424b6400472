"""REDCap: raw data, labels, and the data dictionary that says what was asked.

Columns and their headings as in REDCap's "Data Exports, Reports, and Stats": the record's id stands
first; columns that REDCap adds follow it; a survey's time stamp stands before the fields of its
form and the form's status after them. One row is a record, or in a longitudinal project a record
and event, or a repeat of a form.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports._grid import Grid, renamed, short, table
from detachment.exports._redcap_dictionary import (
    Asked,
    Dictionary,
    Field,
    find_dictionary,
    is_dictionary,
    plain,
)
from detachment.exports._source import Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "redcap"

# Columns that REDCap adds behind the record's id: name in raw data -> heading in labels.
_OWN: Final = {
    "redcap_event_name": "Event Name",
    "redcap_repeat_instrument": "Repeat Instrument",
    "redcap_repeat_instance": "Repeat Instance",
    "redcap_data_access_group": "Data Access Group",
    "redcap_survey_identifier": "Survey Identifier",
}
_EVENT, _FORM, _INSTANCE, _GROUP, _PERSON = _OWN
_RECORD, _STATUS, _TIMESTAMP, _FIELD = "record", "status", "timestamp", "field"
_COMPLETE: Final = "complete"

_STATES: Final = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
_BOXES: Final = {"0": "Unchecked", "1": "Checked"}
_NOT_COMPLETED: Final = "[not completed]"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CHOICE = re.compile(r"(?P<label>.*) \(choice=(?P<choice>.*)\)", re.DOTALL)
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
    return _mark(source.grid)


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
    if book is None and _mark(grid) is None and not _raw(grid.head[0], least=1):
        raise ExportError(
            f"{source.name} is no REDCap export: it has neither columns that REDCap adds (such as "
            "redcap_event_name, or ..._complete with 0, 1, 2) nor variable names as headings. "
            "Leave the platform out."
        )
    frame, rows, names, warnings = table(grid, grid.head[0], 1)
    headings = [heading.strip() for heading in grid.head[0]]
    columns, doubts = _columns(frame, names, headings, book)
    words = _in_words(frame, columns, headings)
    if book is not None:
        doubts += _unknown(columns, book)
    return Layout(
        frame=frame,
        rows=rows,
        variables=_variables(columns, words),
        header_rows=1,
        identifying=frozenset(c.name for c in columns if c.personal),
        repeated=renamed(names, grid.head[0]),
        books=() if book is None else (book.file,),
        warnings=warnings + said + doubts + _events(frame, columns),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of the file: what it is, and which fields of the dictionary it may be.

    Where it may be one of several, nothing is said of it but that it may be personal.
    """

    name: str
    heading: str
    kind: str
    group: str = ""
    candidates: tuple[Asked, ...] = ()
    sure: bool = True

    @property
    def asked(self) -> Asked | None:
        return self.candidates[0] if self.candidates and self.sure else None

    @property
    def personal(self) -> bool:
        return self.kind == _PERSON or any(asked.of.personal for asked in self.candidates)

    @property
    def is_box(self) -> bool:
        """Whether it is one choice of a field that takes several."""
        named = "___" in self.heading or _CHOICE.fullmatch(self.heading) is not None
        return self.kind == _FIELD and named


def _dictionary_alone(grid: Grid) -> Layout:
    frame, rows, names, warnings = table(grid, grid.head[0], 1)
    return Layout(
        frame=frame,
        rows=rows,
        variables={n: Variable(text=h) for n, h in zip(names, grid.head[0], strict=True)},
        header_rows=1,
        kind="codebook",
        repeated=renamed(names, grid.head[0]),
        warnings=warnings,
    )


def _mark(grid: Grid) -> str | None:
    """Which mark of REDCap's a table of records has, in words."""
    headings = [heading.strip() for heading in grid.head[0]]
    own = next((name for name in _OWN if name in headings), None)
    if own is not None:
        return f"the column {own}"
    cells = {i: set(map(str, grid.cells[i].iloc[1:].unique())) for i in _telling(headings)}
    if _raw(headings, least=1):
        forms = [_form(headings[i]) for i in cells if _is_status(cells[i])]
        # Other programs have a column of such a name too, but not last, nor with these beside it.
        last = any(f"{form}_complete" == headings[-1] for form in forms)
        stamped = any(f"{form}_timestamp" in headings for form in forms)
        boxes = any("___" in heading for heading in headings)
        if forms and (last or stamped or boxes):
            return f"variable names, and the status of the form {forms[0]} (0, 1, 2)"
        return None
    for i, different in cells.items():
        if headings[i] == "Complete?" and _is_status(different):
            return "labels as headings: Complete? once a form"
        if _CHOICE.fullmatch(headings[i]) and different <= {"", *_BOXES.values()}:
            return "labels as headings: (choice=...) with Checked and Unchecked"
    return None


def _telling(headings: Sequence[str]) -> list[int]:
    """Positions of columns whose cells tell whether they are REDCap's."""
    return [
        i
        for i, heading in enumerate(headings)
        if heading == "Complete?" or heading.endswith("_complete") or _CHOICE.fullmatch(heading)
    ]


def _is_status(cells: Iterable[str]) -> bool:
    found = set(cells) - {""}
    return bool(found) and (found <= set(_STATES) or found <= set(_STATES.values()))


def _raw(headings: Sequence[str], least: float = 0.5) -> bool:
    """Whether headings are names of variables, not labels."""
    names = [_NAME.fullmatch(heading.strip()) is not None for heading in headings]
    return sum(names) >= least * len(names)


def _columns(
    frame: pd.DataFrame, names: list[str], headings: list[str], book: Dictionary | None
) -> tuple[list[_Column], tuple[str, ...]]:
    """Say of every column what it is; and what is in doubt."""
    if _raw(headings):
        kinds = _kinds_raw(frame, headings, book)
        columns = [
            _Column(
                name=name,
                heading=heading,
                kind=kind,
                group=_form(heading) if kind in (_STATUS, _TIMESTAMP) else "",
                candidates=_by_name(heading, book) if book and kind in (_RECORD, _FIELD) else (),
            )
            for name, heading, kind in zip(names, headings, kinds, strict=True)
        ]
        return columns, ()
    kinds = _kinds_labels(frame, headings)
    found, unsure = _by_heading(headings, kinds, book) if book else ({}, set())
    forms = iter(book.forms if book and kinds.count(_STATUS) == len(book.forms) else ())
    columns = [
        _Column(
            name=name,
            heading=headings[i],
            kind=kinds[i],
            group=next(forms, "") if kinds[i] == _STATUS else "",
            candidates=found.get(i, ()),
            sure=i not in unsure,
        )
        for i, name in enumerate(names)
    ]
    if book is None or not unsure:
        return columns, ()
    again = list(dict.fromkeys(headings[i] for i in sorted(unsure)))
    return columns, (
        f"{len(again)} heading(s) stand over another number of columns than {book.file.name} has "
        f"fields of that label, so nothing is said of these columns: {_listed(again)}",
    )


def _form(heading: str) -> str:
    return heading.removesuffix("_complete").removesuffix("_timestamp")


def _kinds_raw(frame: pd.DataFrame, headings: list[str], book: Dictionary | None) -> list[str]:
    asked = book.columns if book else {}
    forms = {
        _form(heading)
        for i, heading in enumerate(headings)
        if heading.endswith("_complete") and _is_status(frame.iloc[:, i].cat.categories)
    } | set(book.forms if book else ())
    kinds = []
    for heading in headings:
        form, _, suffix = heading.rpartition("_")
        if heading in _OWN:
            kinds.append(heading)
        elif form in forms and heading not in asked and suffix in (_COMPLETE, _TIMESTAMP):
            kinds.append(_STATUS if suffix == _COMPLETE else _TIMESTAMP)
        else:
            kinds.append(_FIELD)
    record = book.fields[0].name if book and book.fields else headings[0]
    if record in headings and kinds[headings.index(record)] == _FIELD:
        kinds[headings.index(record)] = _RECORD
    return kinds


def _kinds_labels(frame: pd.DataFrame, headings: list[str]) -> list[str]:
    own = {heading: name for name, heading in _OWN.items()}
    kinds = [_FIELD] * len(headings)
    kinds[0] = _RECORD
    position = 1
    # A question may have one of these headings too; REDCap's own stand together.
    while position < len(headings) and headings[position] in own:
        kinds[position] = own[headings[position]]
        position += 1
    for i, heading in enumerate(headings):
        if heading == "Survey Timestamp":
            kinds[i] = _TIMESTAMP
        elif heading == "Complete?" and _is_status(frame.iloc[:, i].cat.categories):
            kinds[i] = _STATUS
    return kinds


def _by_name(heading: str, book: Dictionary) -> tuple[Asked, ...]:
    if heading in book.columns:
        return (book.columns[heading],)
    stem, _, code = heading.partition("___")
    if code and stem in book.boxes:
        return _beyond(heading, book.boxes[stem], code)
    return ()


def _beyond(name: str, box: Field, choice: str) -> tuple[Asked, ...]:
    """Column of a checkbox for what is none of its choices."""
    heading = f"{box.label} (choice={choice})"
    return (Asked(name=name, heading=heading, of=box, choice=choice, unknown=True),)


def _by_heading(
    headings: list[str], kinds: list[str], book: Dictionary
) -> tuple[dict[int, tuple[Asked, ...]], set[int]]:
    """Fields by their label, where several have one label by their order; and where not sure."""
    known: dict[str, list[Asked]] = {}
    for asked in book.columns.values():
        known.setdefault(_key(asked.heading), []).append(asked)
    boxes = {_key(box.label): box for box in book.boxes.values()}
    places: dict[str, list[int]] = {}
    for i, heading in enumerate(headings):
        if kinds[i] in (_RECORD, _FIELD) and _key(heading):
            places.setdefault(_key(heading), []).append(i)
    found: dict[int, tuple[Asked, ...]] = {}
    unsure: set[int] = set()
    for key, here in places.items():
        candidates = known.get(key, [])
        choice = _CHOICE.fullmatch(headings[here[0]])
        box = boxes.get(_key(choice["label"])) if choice else None
        if len(candidates) == len(here):
            found |= {i: (asked,) for i, asked in zip(here, candidates, strict=True)}
        elif candidates:
            found |= dict.fromkeys(here, tuple(candidates))
            unsure |= set(here)
        elif choice and box:
            found |= dict.fromkeys(here, _beyond("", box, choice["choice"]))
    return found, unsure


def _key(heading: str) -> str:
    """Heading as it is compared: REDCap strips markup and changes quotation marks."""
    return re.sub(r"\W+", " ", plain(heading)).strip().casefold()


def _unknown(columns: list[_Column], book: Dictionary) -> tuple[str, ...]:
    """Columns that the dictionary does not have; refused when it has none of them."""
    questions = [column for column in columns if column.kind in (_RECORD, _FIELD)]
    unknown = [column.heading for column in questions if not column.candidates]
    if not unknown:
        return ()
    if len(unknown) == len(questions) and book.named:
        raise ExportError(
            f"{book.file.name} describes no column of this export: it is the data dictionary of "
            "another project. Leave it out, or download that of the project."
        )
    return (f"{len(unknown)} column(s) are not in {book.file.name}: {_listed(unknown)}",)


def _listed(headings: list[str]) -> str:
    more = f" and {len(headings) - 5} more" if len(headings) > 5 else ""
    return ", ".join(repr(short(heading)) for heading in headings[:5]) + more


def _in_words(frame: pd.DataFrame, columns: list[_Column], headings: list[str]) -> bool:
    """Whether cells hold labels, not codes: the API gives either under either kind of heading."""
    for states, telling in (
        (_STATES, [column for column in columns if column.kind == _STATUS]),
        (_BOXES, [column for column in columns if column.is_box]),
    ):
        for column in telling:
            cells = set(map(str, frame[column.name].cat.categories)) - {""}
            if cells and cells <= set(states.values()) | set(states):
                return cells <= set(states.values())
    return not _raw(headings)


def _variables(columns: list[_Column], words: bool) -> dict[str, Variable]:
    stamps = [column for column in columns if column.kind == _TIMESTAMP]
    statuses = [column for column in columns if column.kind == _STATUS]
    # The status of the one survey says whether that was finished; with several, none does.
    if len(statuses) > 1 and len(stamps) == 1:
        statuses = [column for column in statuses if column.group == stamps[0].group != ""]
    roles = {_RECORD: "respondent_id", _PERSON: "identifier", _FIELD: ""}
    variables = {}
    for column in columns:
        role = roles.get(column.kind, "metadata")
        if column.kind == _TIMESTAMP and len(stamps) == 1:
            role = "submitted_at"
        if column.kind == _STATUS and statuses == [column]:
            role = "finished"
        variables[column.name] = _variable(column, role, words)
    return variables


def _variable(column: _Column, role: str, words: bool) -> Variable:
    asked = column.asked
    raw = _NAME.fullmatch(column.heading) is not None
    text = "" if raw else column.heading
    if column.kind == _TIMESTAMP:
        reasons = {_NOT_COMPLETED: "not_answered"}
        return Variable(text=text, role=role, group=column.group, reasons=reasons)
    if column.kind == _STATUS:
        labels = _labels(_STATES, words)
        return Variable(text=text, role=role, group=column.group, labels=labels, ordered=True)
    if asked is None:
        if not column.is_box:
            return Variable(text=text, role=role)
        group = column.heading.partition("___")[0] if raw else ""
        return Variable(text=text, role=role, group=group, labels=_labels(_BOXES, words))
    if asked.choice is None:
        return Variable(
            text=asked.heading,
            role=role,
            labels=_labels(asked.of.choices, words),
            ordered=asked.of.kind in ("radio", "dropdown", "select"),
            group=asked.of.matrix or asked.of.form,
        )
    return Variable(
        text=asked.heading,
        # A box that stands for a missing data code answers nothing.
        role="metadata" if asked.unknown else role,
        labels=_labels(_BOXES, words),
        group=asked.of.matrix or asked.of.name,
    )


def _labels(choices: Mapping[str, str], words: bool) -> dict[str, str]:
    """Cell -> label: where cells hold labels, each is its own."""
    return {plain(v): plain(v) for v in choices.values()} if words else dict(choices)


def _events(frame: pd.DataFrame, columns: list[_Column]) -> tuple[str, ...]:
    """What to know of a file in which a record has several rows."""
    own = {column.kind: column.name for column in columns}
    warnings = []
    n_events = len(set(frame[own[_EVENT]]) - {""}) if _EVENT in own else 0
    if n_events > 1:
        warnings.append(
            f"longitudinal project: a row is a record and one of {n_events} events (column "
            f"{own[_EVENT]!r}, which can be declared as the wave); in a row, forms that its event "
            "does not have are empty"
        )
    repeats = np.zeros(len(frame), dtype=bool)
    for kind in (_FORM, _INSTANCE):
        if kind in own:
            repeats |= (frame[own[kind]] != "").to_numpy(dtype=bool)
    if repeats.any():
        warnings.append(
            f"{repeats.sum()} of {len(frame)} rows are repeats of a form or event: a record then "
            "has several rows in one event, and a repeat's row holds the answers of no other "
            "form. Filter the rows in REDCap (a report) if the form of interest is not repeated"
        )
    if n_events > 1 or repeats.any():
        empty = int((~_answered(frame, columns)).sum())
        if empty:
            warnings.append(f"{empty} of {len(frame)} rows hold no answer to any question")
    return tuple(warnings)


def _answered(frame: pd.DataFrame, columns: list[_Column]) -> NDArray[np.bool_]:
    """Rows that hold anything beside what REDCap adds; a box that is not checked is nothing."""
    answered = np.zeros(len(frame), dtype=bool)
    for column in columns:
        if column.kind != _FIELD:
            continue
        nothing = ["", "0", "Unchecked"] if column.is_box else [""]
        answered |= ~frame[column.name].isin(nothing).to_numpy(dtype=bool)
    return answered
