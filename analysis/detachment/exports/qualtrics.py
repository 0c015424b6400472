"""Qualtrics: three header rows with ImportIds, the legacy two, and files stripped of either.

Layout and codes as in Qualtrics, "Understanding Your Data Set".
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports._grid import renamed, table
from detachment.exports._qualtrics_columns import (
    IMPORT_IDS,
    METADATA,
    UNANSWERED,
    groups,
    is_prose,
    several_codes,
    takes_several,
)
from detachment.exports._qualtrics_columns import roles as roles_of
from detachment.exports._several import several_choices
from detachment.exports._source import Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "qualtrics"

_DATES = ("StartDate", "EndDate", "RecordedDate")
_IDS = ("ResponseId", "ResponseID")
_ENOUGH = 3  # metadata columns, the response id among them, that no other file has by chance

_IMPORT_ID = re.compile(r"""^\s*\{\s*["']ImportId["']\s*:""")
_STATUS = {
    "0": "IP Address",
    "1": "Survey Preview",
    "2": "Survey Test",
    "4": "Imported",
    "8": "Spam",
    "9": "Survey Preview Spam",
    "12": "Imported Spam",
    "16": "Offline",
    "17": "Offline Survey Preview",
    "32": "EX",
    "40": "EX Spam",
    "48": "EX Offline",
    "256": "Synthetic",
}
_SPELLED = ("Preview Spam", "Offline Preview")  # in other versions of the documentation
_TESTS = re.compile(r"\b(Preview|Test)\b")
_TEST_CHANNELS = ("preview", "test")
_BETWEEN = ","  # the choices of one cell, without a blank


def detect(source: Source) -> str | None:
    """ImportIds, legacy headings, or the metadata columns under their own names."""
    if source.grid is None:
        return None
    found = _header(source.grid.head)
    return None if found is None else found[0]


def read(source: Source) -> Layout:
    """Read one, two or three header rows; question text and roles go to the variables."""
    grid = need_grid(source, NAME)
    found = _header(grid.head)
    if found is None:
        raise ExportError(
            f"{source.name} is no Qualtrics export: it has neither ImportIds in its third row "
            "nor the columns ResponseId, StartDate, EndDate, Status. Leave the platform out."
        )
    _, header_rows, text_row, import_row = found
    head = grid.head
    headings = list(head[0])
    texts = head[text_row] if text_row else [""] * len(headings)
    marks = [_mark(cell) for cell in head[import_row]] if import_row else [{}] * len(headings)
    # Legacy exports call their metadata V1, V2, ...: the word is in the row below.
    headings = [
        text if re.fullmatch(r"V\d+", heading) and text in METADATA else heading
        for heading, text in zip(headings, texts, strict=True)
    ]
    frame, rows, names, warnings = table(grid, headings, header_rows)
    known = [
        IMPORT_IDS.get(mark.get("ImportId", ""), heading)
        for heading, mark in zip(headings, marks, strict=True)
    ]
    import_ids = [mark.get("ImportId", "") for mark in marks]
    roles = column_roles(known, import_ids)
    for i, name in enumerate(names):
        if roles[i] == "" and is_prose(import_ids[i], frame[name]):
            roles[i] = "free_text"
        elif not headings[i].strip() and frame[name].eq("").all():
            roles[i] = "metadata"  # legacy exports end every row with a comma
    of_questions = [role == "" for role in roles]
    variables = {
        name: Variable(
            text=text,
            role=role,
            group=group,
            time_zone=mark.get("timeZone", ""),
            reasons={UNANSWERED: "shown_not_answered"} if role in ("", "free_text") else {},
        )
        for name, text, role, group, mark in zip(
            names, texts, roles, groups(headings, texts, marks, of_questions), marks, strict=True
        )
    }
    candidates = {
        name: variables[name]
        for name, mark, asked in zip(names, marks, of_questions, strict=True)
        if asked and takes_several(mark)
    }
    several, said = _several(frame, candidates)
    variables |= several
    tests, unknown = test_rows(frame, variables)
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables,
        header_rows=header_rows,
        test_rows=tests,
        repeated=renamed(names, headings),
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        warnings=warnings + said + unknown,
    )


def recognised(names: Iterable[str]) -> bool:
    """Whether column names are those of a Qualtrics export (of any container)."""
    names = set(names)
    return not names.isdisjoint(_IDS) and len(names & METADATA.keys()) >= _ENOUGH


def column_roles(names: Iterable[str], import_ids: Sequence[str] = ()) -> list[str]:
    """Roles of columns by their names, and by their ImportIds where the file has them."""
    return roles_of(list(names), import_ids)


def test_rows(
    frame: pd.DataFrame, variables: Mapping[str, Variable]
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Find previews and tests by the status column: booleans a row, and warnings.

    The codes are those of an export of numeric values; an export of choice text has the words, in
    the language of the account. The channel of a preview has the same name in all of them.
    """
    column = next((name for name, v in variables.items() if v.role == "status"), None)
    if column is None:
        return np.zeros(len(frame), dtype=bool), ()
    values = frame[column].unique().tolist()
    labels = {v: _STATUS.get(v.strip(), v.strip()) for v in values}
    tests = frame[column].isin([v for v, label in labels.items() if _TESTS.search(label)])
    spam = int(frame[column].isin([v for v, label in labels.items() if "Spam" in label]).sum())
    warnings: tuple[str, ...] = ()
    if spam:
        warnings = (f"{spam} record(s) that Qualtrics marked as spam were kept",)
    unknown = [v for v, label in labels.items() if label not in (*_STATUS.values(), *_SPELLED, "")]
    if unknown:
        doubtful = frame[column].isin(unknown)
        previews = doubtful & _channel(frame).isin(_TEST_CHANNELS)
        tests |= previews
        how = (
            f"{int(previews.sum())} record(s) among them were taken as tests by their channel"
            if previews.any()
            else "tests and previews among them are not recognised"
        )
        warnings += (
            f"column {column} has {len(unknown)} kind(s) of response that are not known here: "
            f"{how}",
        )
    return tests.to_numpy(dtype=bool), warnings


def _channel(frame: pd.DataFrame) -> "pd.Series[str]":
    if "DistributionChannel" in frame:
        return frame["DistributionChannel"].astype("str").str.strip().str.casefold()
    return pd.Series("", index=frame.index, dtype="str")


def _several(
    frame: pd.DataFrame, variables: Mapping[str, Variable]
) -> tuple[dict[str, Variable], tuple[str, ...]]:
    """Questions that write several choices into one cell, as codes or as words."""
    coded = {name: several_codes(frame[name]) for name in variables}
    found = {
        name: replace(variables[name], options=codes, separator=_BETWEEN)
        for name, codes in coded.items()
        if codes
    }
    rest = {name: variable for name, variable in variables.items() if name not in found}
    worded, warnings = several_choices(frame, rest, [_BETWEEN])
    for name, variable in worded.items():
        options = tuple(option for option in variable.options if option != UNANSWERED)
        found[name] = replace(variable, options=options)
    return found, warnings


def _header(head: list[list[str]]) -> tuple[str, int, int, int] | None:
    """Rule in words, number of header rows, row of the texts, row of the ImportIds (0: none)."""
    for row in (2, 1):
        if len(head) > row and any(_IMPORT_ID.match(cell) for cell in head[row]):
            return f"ImportIds in row {row + 1}", row + 1, row - 1, row
    if len(head) > 1 and head[0][0] == "V1" and recognised(head[1]):
        return "legacy headings: V1, V2, ... above ResponseID", 2, 1, 0
    if not recognised(head[0]):
        return None
    dates = [i for i, heading in enumerate(head[0]) if heading in _DATES]
    below = [head[1][i] for i in dates] if len(head) > 1 else []
    if any(below) and not any(re.search(r"\d", cell) for cell in below):
        return "Qualtrics' metadata columns, question text in row 2", 2, 1, 0
    return "Qualtrics' metadata columns, one header row", 1, 0, 0


def _mark(cell: str) -> dict[str, str]:
    """What an ImportId cell says; older exports wrote it with single quotation marks."""
    try:
        said = json.loads(cell if '"' in cell else cell.replace("'", '"'))
    except (json.JSONDecodeError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in said.items()} if isinstance(said, dict) else {}
