"""REDCap's columns: which it adds itself, and which field of the data dictionary the others are.

The record's id stands first; columns that REDCap adds follow it; a survey's time stamp stands
before the fields of its form, and the form's status after them.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from detachment.exports._grid import Grid, short
from detachment.exports._redcap_dictionary import Asked, Dictionary, Field, plain

# Columns that REDCap adds behind the record's id: name in raw data -> heading in labels.
OWN: Final = {
    "redcap_event_name": "Event Name",
    "redcap_repeat_instrument": "Repeat Instrument",
    "redcap_repeat_instance": "Repeat Instance",
    "redcap_data_access_group": "Data Access Group",
    "redcap_survey_identifier": "Survey Identifier",
}
PERSON: Final = "redcap_survey_identifier"
# What a column is, where it is none of these.
RECORD, STATUS, TIMESTAMP, FIELD = "record", "status", "timestamp", "field"

STATES: Final = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
BOXES: Final = {"0": "Unchecked", "1": "Checked"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_OF_FORM = re.compile(r"(?P<form>.+)_(?P<what>complete|timestamp)")
_CHOICE = re.compile(r"(?P<label>.*) \(choice=(?P<choice>.*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the file.

    Attributes
    ----------
    name, heading
        Its name in the table, and what stands over it in the file.
    kind
        ``record``, ``status``, ``timestamp``, ``field`` or one of ``OWN``.
    form
        Of a status or time stamp, where it is known.
    candidates
        Fields of the dictionary that it may be. Where not ``sure`` which of them, nothing is said
        of it but that it may be personal.
    """

    name: str
    heading: str
    kind: str
    form: str = ""
    candidates: tuple[Asked, ...] = ()
    sure: bool = True

    @property
    def asked(self) -> Asked | None:
        """The field that it is."""
        return self.candidates[0] if self.candidates and self.sure else None

    @property
    def personal(self) -> bool:
        """Whether REDCap marks it as identifying a person."""
        return self.kind == PERSON or any(asked.of.personal for asked in self.candidates)

    @property
    def has_name(self) -> bool:
        """Whether the heading is the name of a variable, not a label."""
        return _NAME.fullmatch(self.heading) is not None

    @property
    def is_box(self) -> bool:
        """Whether it is one choice of a field that takes several."""
        named = self.has_name and "___" in self.heading  # a label may have a blank to fill in
        return self.kind == FIELD and (named or _CHOICE.fullmatch(self.heading) is not None)


def find_mark(grid: Grid) -> str | None:
    """Which mark of REDCap's a table of records has, in words."""
    headings = [heading.strip() for heading in grid.head[0]]
    own = next((name for name in OWN if name in headings), None)
    if own is not None:
        return f"the column {own}"

    def cells(i: int) -> set[str]:
        return set(map(str, grid.cells[i].iloc[1:].unique())) - {""}

    def has_states(i: int) -> bool:
        return bool(cells(i)) and is_status(cells(i))

    if has_names(headings, least=1):
        forms = [form for i, form in _with_status(headings).items() if has_states(i)]
        # Other programs have a column of such a name too, but not last, nor with these beside it.
        last = headings[-1].removesuffix("_complete") in forms
        stamped = any(f"{form}_timestamp" in headings for form in forms)
        if forms and (last or stamped or any("___" in heading for heading in headings)):
            return f"variable names, and the status of the form {forms[0]} (0, 1, 2)"
        return None
    for i, heading in enumerate(headings):
        if heading == "Complete?" and has_states(i):
            return "labels as headings: Complete? once a form"
        if _CHOICE.fullmatch(heading) and cells(i) <= set(BOXES.values()):
            return "labels as headings: (choice=...) with Checked and Unchecked"
    return None


def has_names(headings: Sequence[str], least: float = 0.5) -> bool:
    """Whether (that share of) the headings are names of variables, not labels."""
    names = [_NAME.fullmatch(heading.strip()) is not None for heading in headings]
    return sum(names) >= least * len(names)


def is_status(cells: Collection[str]) -> bool:
    """Whether different cells of a column are states of a form; it may have none."""
    found = set(cells) - {""}
    return found <= set(STATES) or found <= set(STATES.values())


def describe_columns(
    frame: pd.DataFrame, headings: Sequence[str], book: Dictionary | None
) -> tuple[list[Column], tuple[str, ...]]:
    """Say of every column what it is; and what is in doubt."""
    if has_names(headings):
        return _by_names(frame, headings, book), ()
    kinds = _kinds_of_labels(frame, headings)
    found, unsure = _by_headings(headings, kinds, book) if book else ({}, set())
    forms = iter(book.forms if book and kinds.count(STATUS) == len(book.forms) else ())
    columns = [
        Column(
            name=str(name),
            heading=headings[i],
            kind=kinds[i],
            form=next(forms, "") if kinds[i] == STATUS else "",
            candidates=found.get(i, ()),
            sure=i not in unsure,
        )
        for i, name in enumerate(frame)
    ]
    if book is None or not unsure:
        return columns, ()
    again = list(dict.fromkeys(headings[i] for i in sorted(unsure)))
    return columns, (
        f"{len(again)} heading(s) stand over another number of columns than {book.file.name} has "
        f"fields of that label, so nothing is said of these columns: {listed(again)}",
    )


def listed(headings: Sequence[str]) -> str:
    """Name at most five headings."""
    more = f" and {len(headings) - 5} more" if len(headings) > 5 else ""
    return ", ".join(repr(short(heading)) for heading in headings[:5]) + more


def _with_status(headings: Sequence[str]) -> dict[int, str]:
    """Position of a column that may be a form's status -> name of the form."""
    matches = {i: _OF_FORM.fullmatch(heading) for i, heading in enumerate(headings)}
    return {i: m["form"] for i, m in matches.items() if m and m["what"] == "complete"}


def _by_names(
    frame: pd.DataFrame, headings: Sequence[str], book: Dictionary | None
) -> list[Column]:
    asked = book.columns if book else {}
    record = book.fields[0].name if book and book.fields else headings[0]
    forms = set(book.forms if book else ()) | {
        form for i, form in _with_status(headings).items() if is_status(frame.iloc[:, i].unique())
    }
    columns = []
    for name, heading in zip(map(str, frame), headings, strict=True):
        of_form = _OF_FORM.fullmatch(heading)
        if heading in OWN:
            columns.append(Column(name=name, heading=heading, kind=heading))
        elif of_form and of_form["form"] in forms and heading not in asked:
            kind = STATUS if of_form["what"] == "complete" else TIMESTAMP
            columns.append(Column(name=name, heading=heading, kind=kind, form=of_form["form"]))
        else:
            kind = RECORD if heading == record else FIELD
            fields = _field(heading, book) if book else ()
            columns.append(Column(name=name, heading=heading, kind=kind, candidates=fields))
    return columns


def _field(heading: str, book: Dictionary) -> tuple[Asked, ...]:
    if heading in book.columns:
        return (book.columns[heading],)
    stem, _, code = heading.partition("___")
    return _beyond(book.boxes[stem], code) if code and stem in book.boxes else ()


def _beyond(box: Field, choice: str) -> tuple[Asked, ...]:
    """Column of a checkbox for what is none of its choices."""
    heading = f"{box.label} (choice={choice})"
    return (Asked(name="", heading=heading, of=box, choice=choice, unknown=True),)


def _kinds_of_labels(frame: pd.DataFrame, headings: Sequence[str]) -> list[str]:
    own = {heading: name for name, heading in OWN.items()}
    kinds = [RECORD, *[FIELD] * (len(headings) - 1)]
    # A question may have one of these headings too; REDCap's own stand together.
    for i, heading in enumerate(headings[1:], start=1):
        if heading not in own:
            break
        kinds[i] = own[heading]
    for i, heading in enumerate(headings):
        if heading == "Survey Timestamp":
            kinds[i] = TIMESTAMP
        elif heading == "Complete?" and is_status(frame.iloc[:, i].unique()):
            kinds[i] = STATUS
    return kinds


def _by_headings(
    headings: Sequence[str], kinds: Sequence[str], book: Dictionary
) -> tuple[dict[int, tuple[Asked, ...]], set[int]]:
    """Fields by their label, where several have one label by their order; and where not sure."""
    known: dict[str, list[Asked]] = {}
    for asked in book.columns.values():
        known.setdefault(_key(asked.heading), []).append(asked)
    boxes = {_key(box.label): box for box in book.boxes.values()}
    places: dict[str, list[int]] = {}
    for i, heading in enumerate(headings):
        if kinds[i] in (RECORD, FIELD) and _key(heading):
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
            found |= dict.fromkeys(here, _beyond(box, choice["choice"]))
    return found, unsure


def _key(heading: str) -> str:
    """Heading as it is compared: REDCap strips markup and changes quotation marks."""
    return re.sub(r"\W+", " ", plain(heading)).strip().casefold()
