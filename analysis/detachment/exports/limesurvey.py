"""LimeSurvey: CSV and Excel exports in every style of heading, the R data file, VV exports.

Layout as in LimeSurvey's manual ("Exporting results", "Export responses" as VV file) and in its
exporter. Code books: the survey structure (.lss) and the syntax file of the R export.
"""

import re

import numpy as np
import pandas as pd

from detachment.errors import ExportError
from detachment.exports._cells import different_texts
from detachment.exports._grid import renamed, table
from detachment.exports._limesurvey_books import (
    NOT_AVAILABLE,
    STRUCTURE,
    SYNTAX,
    Entry,
    find_entries,
    is_book,
    read_book,
    with_variable,
)
from detachment.exports._limesurvey_headings import (
    ROLES,
    TWO_ROWS,
    Heading,
    guessed_style,
    read_headings,
    style_of,
)
from detachment.exports._source import File, Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "limesurvey"

NOT_SHOWN = "{question_not_shown}"
_ESCAPES = {"newline": "\n", "cr": "\r", "tab": "\t", "quote": '"', "lbrace": "{"}
_ESCAPE = re.compile("{(" + "|".join(_ESCAPES) + ")}")

# An anonymised survey writes this moment for every response: it was submitted, but not then.
_NO_MOMENT = ("1980-01-01 00:00:00", "1980-01-01 00:00", "1980-01-01")
# Responses without a submit date are those that were not sent off.
_NOT_SUBMITTED = ("", NOT_SHOWN, NOT_AVAILABLE)
_MOMENTS = ("submitdate", "startdate", "datestamp")

_SURVEY_ID = re.compile(r"(?:results-survey|vvexport_|(?:survey|responses)_(?=\d+_R_))(\d+)")


def detect(source: Source) -> str | None:
    """The platform's own columns, its way to write subquestions, or one of its code books."""
    if source.text is not None and (book := _book_kind(source.text.text[:4096])):
        return book
    if source.grid is None:
        return None
    found = style_of(source.grid.head)
    return None if found is None else found[1]


def read(source: Source) -> Layout:
    """Read one or two header rows; question texts, labels and roles go to the variables."""
    if source.text is not None and _book_kind(source.text.text[:4096]):
        return _as_table(source)
    grid = need_grid(source, NAME)
    if len(grid.head[0]) == 1:
        raise ExportError(
            f"{source.name} has one column only; a LimeSurvey export has at least an id and a "
            "question. Leave the platform out, or export the responses again."
        )
    style = guessed_style(grid.head)
    two_rows = style == TWO_ROWS
    headings = read_headings(grid.head, style)
    names_in_file = [heading.name for heading in headings]
    frame, rows, names, warnings = table(grid, names_in_file, 2 if two_rows else 1)
    if two_rows:
        frame = _decoded(frame)
    books, said = _books(source)
    entries: list[Entry | None] = [None] * len(headings)
    for book in books:
        found = find_entries(headings, read_book(book), by_position="_R_data_file" in source.name)
        if not any(found):
            said += (f"the code book {book.name} describes no column of this file",)
        entries = [old or new for old, new in zip(entries, found, strict=True)]
    variables = {
        name: _variable(heading, entry, two_rows=two_rows)
        for name, heading, entry in zip(names, headings, entries, strict=True)
    }
    own = {heading.own: name for name, heading in zip(names, headings, strict=True)}
    submitted = frame[own["submitdate"]] if "submitdate" in own else None
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables,
        header_rows=2 if two_rows else 1,
        repeated=renamed(names, names_in_file),
        unfinished=None if submitted is None else submitted.isin(_NOT_SUBMITTED).to_numpy(bool),
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        books=books,
        warnings=warnings + said + (() if submitted is None else _anonymised(submitted)),
    )


def _variable(heading: Heading, entry: Entry | None, *, two_rows: bool) -> Variable:
    unseen = {NOT_SHOWN: "not_shown"} if two_rows else {}
    if heading.own:
        moments = dict.fromkeys(_NO_MOMENT, "not_answered") if heading.own in _MOMENTS else {}
        return Variable(
            text=heading.text,
            role=ROLES[heading.own],
            reasons={**moments, **dict.fromkeys(unseen, "not_answered")},
        )
    if entry is not None:
        return with_variable(entry, heading, unseen)
    return Variable(
        text=heading.text,
        group=heading.group,
        reasons={NOT_AVAILABLE: "not_shown", **unseen},
    )


def _decoded(frame: pd.DataFrame) -> pd.DataFrame:
    """Take off what a VV export puts in place of signs that its layout needs itself."""
    columns = {
        name: column.astype("str").map(_unescaped)
        for name, column in frame.items()
        if different_texts(column).str.contains("{", regex=False).any()
    }
    return frame.assign(**{str(name): column for name, column in columns.items()})


def _unescaped(cell: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found[1]], cell)


def _books(source: Source) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """Code books that the user named, else those that lie beside the file under their own names."""
    named = tuple(book for book in source.books if is_book(book))
    survey = _SURVEY_ID.search(source.name)
    if named or survey is None:
        return named, ()
    wanted = [f"limesurvey_survey_{survey[1]}.lss"]
    if "_R_data_file" in source.name:
        wanted.insert(0, f"survey_{survey[1]}_R_syntax_file.R")
    beside = (_beside(source, name) for name in wanted)
    found = next((book for book in beside if book is not None and is_book(book)), None)
    if found is None:
        return (), ()
    return (found,), (f"{found.name}, which lies beside it, was read as its code book",)


def _beside(source: Source, name: str) -> File | None:
    return source.companion(lambda other: other.rpartition("/")[2] == name)


def _anonymised(submitted: "pd.Series[str]") -> tuple[str, ...]:
    if not submitted.isin(_NO_MOMENT).any():
        return ()
    return (
        "submit dates of 1980-01-01 say that the survey is anonymised: these responses were "
        "submitted, and the moment is not known",
    )


def _book_kind(head: str) -> str | None:
    if STRUCTURE in head:
        return "LimeSurvey's survey structure (.lss): what was asked, without answers"
    if SYNTAX.search(head):
        return "syntax file of LimeSurvey's R export: what was asked, without answers"
    return None


def _as_table(source: Source) -> Layout:
    """Read a code book by itself, as a table of what was asked."""
    entries = read_book(File(source.name, source.data))
    columns = {
        "code": [entry.code for entry in entries],
        "type": [entry.kind for entry in entries],
        "group": [entry.variable.group for entry in entries],
        "text": [entry.variable.text for entry in entries],
        "answers": [
            "; ".join(f"{code} = {label}" for code, label in entry.variable.labels.items())
            for entry in entries
        ],
    }
    return Layout(
        frame=pd.DataFrame(columns, dtype="str"),
        rows=np.arange(1, len(entries) + 1, dtype=np.int64),
        variables={name: Variable(text=name) for name in columns},
        header_rows=0,
        kind="codebook",
        container="xml" if source.container == "xml" else "txt",
    )
