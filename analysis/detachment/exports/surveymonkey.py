"""SurveyMonkey: two header rows (question, sub-heading), or one where the second was taken out.

Row 1 has a question over its first column only. Row 2 says what stands in each of its columns: a
choice, a line of a matrix, ``Other (please specify)``, or a word for the answer itself
(``Response``, ``Open-Ended Response``). It is blank under the platform's own columns and under
custom variables. Layout read off real "All responses data" exports; the older of them write the
headings of the platform's columns without blanks (``RespondentID``).
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np
import pandas as pd

from detachment.errors import ExportError
from detachment.exports._grid import renamed, short, table
from detachment.exports._moments import find_moment, seconds_taken
from detachment.exports._source import Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "surveymonkey"

_METADATA = {  # without blanks and numbers
    "RespondentID": "respondent_id",
    "CollectorID": "metadata",
    "StartDate": "started_at",
    "EndDate": "submitted_at",
    "IPAddress": "identifier",
    "EmailAddress": "identifier",
    "FirstName": "identifier",
    "LastName": "identifier",
    "CustomData": "metadata",
}
_ANSWER = frozenset({"Response", "Open-Ended Response"})
_SUB_HEADINGS = _ANSWER | {"Other (please specify)"}
_ID = re.compile(r"\d{9,12}")
_SHORTENED_ID = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Column:
    """What the header rows say of one column."""

    heading: str
    text: str = ""
    group: str = ""
    role: str = ""


def detect(source: Source) -> str | None:
    """Sub-headings in row 2, or the platform's own columns in one header row."""
    if source.grid is None:
        return None
    found = _header(source.grid.head)
    return None if found is None else found[0]


def read(source: Source) -> Layout:
    """Read one or two header rows; a question is carried forward over all of its columns."""
    grid = need_grid(source, NAME)
    found = _header(grid.head)
    if found is None:
        raise ExportError(
            f"{source.name} is no SurveyMonkey export: it has neither sub-headings (Response, "
            "Open-Ended Response) in its second row nor the columns Respondent ID and Collector "
            "ID. Leave the platform out."
        )
    _, header_rows = found
    columns = _two_rows(*grid.head[:2]) if header_rows == 2 else _one_row(grid.head[0])
    headings = [column.heading for column in columns]
    frame, rows, names, warnings = table(grid, headings, header_rows)
    variables = {
        name: Variable(
            text=column.text,
            labels=_chosen(frame[name], column),
            group=column.group,
            role=column.role,
        )
        for name, column in zip(names, columns, strict=True)
    }
    variables, doubts = _with_moments(frame, variables)
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables,
        header_rows=header_rows,
        durations=seconds_taken(frame, variables),
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        repeated=renamed(names, headings),
        warnings=(
            *warnings,
            *doubts,
            *_shortened_ids(frame, variables),
            *_expanded(frame, variables),
        ),
    )


def _header(head: list[list[str]]) -> tuple[str, int] | None:
    """Rule in words and number of header rows."""
    first = head[0]
    width = _metadata_columns(first)
    own = {_plain(heading) for heading in first[:width]}
    both_ids = {"RespondentID", "CollectorID"} <= own
    if len(head) > 1 and not any(head[1][:width]):
        second = head[1]
        marks = sum(cell.strip() in _SUB_HEADINGS for cell in second)
        under_all = all(b or not a for a, b in zip(first, second, strict=True))
        if (width and marks) or (both_ids and any(second)) or (marks > 1 and under_all):
            return "SurveyMonkey's sub-headings in row 2", 2
    if both_ids:
        return "SurveyMonkey's own columns, one header row", 1
    ids = [row[0] for row in head[1:]]
    if _plain(first[0]) == "RespondentID" and ids and all(map(_ID.fullmatch, ids)):
        return "RespondentID with SurveyMonkey's long numbers, one header row", 1
    return None


def _plain(heading: str) -> str:
    return re.sub(r"[\s\d]", "", heading)


def _metadata_columns(headings: list[str]) -> int:
    """Count the platform's own columns, which come first."""
    return sum(1 for _ in takewhile(lambda heading: _plain(heading) in _METADATA, headings))


def _one_row(headings: list[str]) -> list[_Column]:
    width = _metadata_columns(headings)
    roles = [_METADATA[_plain(heading)] for heading in headings[:width]]
    roles += [""] * (len(headings) - width)
    return [_Column(h, text=h, role=role) for h, role in zip(headings, roles, strict=True)]


def _two_rows(first: list[str], second: list[str]) -> list[_Column]:
    width = _metadata_columns(first)
    questions: list[tuple[str, list[str]]] = []  # question -> sub-headings of its columns
    for heading, below in zip(first[width:], second[width:], strict=True):
        if heading or not questions or not questions[-1][1][0]:
            questions.append((heading, [below]))
        else:
            questions[-1][1].append(below)
    # Sub-headings are in the survey's language: one that stands under several questions of a
    # single column is the word for "response".
    alone = Counter(subs[0] for _, subs in questions if len(subs) == 1)
    answer = _ANSWER | {word for word, n in alone.items() if word and n > 1}
    columns = [_Column(h, text=h, role=_METADATA[_plain(h)]) for h in first[:width]]
    for question, subs in questions:
        if not subs[0]:  # a custom variable
            columns.append(_Column(question, text=question))
            continue
        for below in subs:
            if below.strip() in answer:
                columns.append(_Column(question, text=question, group=question))
            else:
                heading = f"{question} - {below}" if question and below else below
                columns.append(_Column(heading, text=below, group=question))
    return columns


def _with_moments(
    frame: pd.DataFrame, variables: dict[str, Variable]
) -> tuple[dict[str, Variable], tuple[str, ...]]:
    """Say how start and end are written: in an account's format of dates, the month first."""
    found = dict(variables)
    warnings: tuple[str, ...] = ()
    for name, variable in variables.items():
        if variable.role in ("started_at", "submitted_at"):
            form, doubts = _moment([cell for cell in frame[name].tolist() if cell])
            found[name] = replace(variable, moment=form)
            warnings += tuple(f"column {name!r}: {doubt}" for doubt in doubts)
    return found, warnings


def _moment(cells: list[str]) -> tuple[str, tuple[str, ...]]:
    """Find the format in either order, for the newest response can come first or last."""
    orders = [find_moment(order, month_first=True) for order in (cells, cells[::-1])]
    certain = {form for form, doubts in orders if not doubts}
    if len(certain) == 1:
        return certain.pop(), ()
    return find_moment(cells[:1], month_first=True) if certain else orders[0]


def _chosen(cells: "pd.Series[str]", column: _Column) -> dict[str, str]:
    """Label of a column that holds nothing but its own choice."""
    found = set(cells.cat.categories) - {""}
    return {column.text: "chosen"} if column.group and found == {column.text} else {}


def _shortened_ids(frame: pd.DataFrame, variables: dict[str, Variable]) -> tuple[str, ...]:
    return tuple(
        f"column {name} holds shortened numbers such as 1.18E+11, as Excel writes them: different "
        "people have the same one now. Export the data again and do not save it in Excel"
        for name, variable in variables.items()
        if variable.role == "respondent_id"
        and any(_SHORTENED_ID.fullmatch(cell) for cell in frame[name].cat.categories)
    )


def _expanded(frame: pd.DataFrame, variables: dict[str, Variable]) -> tuple[str, ...]:
    """Warn of questions with one answer that are spread over a column a choice."""
    groups: dict[str, list[str]] = {}
    for name, variable in variables.items():
        if variable.group:
            groups.setdefault(variable.group, []).append(name)
    spread = []
    for question, names in groups.items():
        single = all(len(set(frame[name].cat.categories) - {""}) <= 1 for name in names)
        if len(names) < 3 or not single:
            continue
        given = np.sum([(frame[name] != "").to_numpy() for name in names], axis=0)
        if given.max(initial=0) == 1 and (given == 1).sum() > 2:
            spread.append(question)
    if not spread:
        return ()
    return (
        f"{len(spread)} question(s) with one answer seem to have a column for each choice "
        f"({short(spread[0])!r}): export the data with condensed columns to have one column for "
        "each",
    )
