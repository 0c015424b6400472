"""Qualtrics: three header rows with ImportIds, the legacy two, and files stripped of either.

Layout and codes as in Qualtrics, "Understanding Your Data Set".
"""

import json
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports._grid import renamed, table
from detachment.exports._source import Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "qualtrics"

_METADATA = {
    "StartDate": "metadata",
    "EndDate": "submitted_at",
    "RecordedDate": "submitted_at",
    "Status": "status",
    "IPAddress": "identifier",
    "Progress": "progress",
    "Duration (in seconds)": "duration_s",
    "Duration__in_seconds_": "duration_s",  # as a name in SPSS
    "Finished": "finished",
    "ResponseId": "respondent_id",
    "ResponseID": "respondent_id",
    "ResponseSet": "metadata",
    "Name": "identifier",
    "EmailAddress": "identifier",
    "RecipientLastName": "identifier",
    "RecipientFirstName": "identifier",
    "RecipientEmail": "identifier",
    "ExternalReference": "identifier",
    "ExternalDataReference": "identifier",
    "LocationLatitude": "identifier",
    "LocationLongitude": "identifier",
    "LocationAccuracy": "metadata",
    "DistributionChannel": "metadata",
    "UserLanguage": "language",
    "Q_Language": "language",
}
# ImportIds of the same columns, where the heading was changed.
_IMPORT_IDS = {
    "startDate": "StartDate",
    "endDate": "EndDate",
    "recordedDate": "RecordedDate",
    "status": "Status",
    "ipAddress": "IPAddress",
    "progress": "Progress",
    "duration": "Duration (in seconds)",
    "finished": "Finished",
    "_recordId": "ResponseId",
    "responseId": "ResponseID",
    "responseSetId": "ResponseSet",
    "recipientLastName": "RecipientLastName",
    "recipientFirstName": "RecipientFirstName",
    "recipientEmail": "RecipientEmail",
    "externalDataReference": "ExternalDataReference",
    "panel-RecipientLastName": "RecipientLastName",
    "panel-RecipientFirstName": "RecipientFirstName",
    "panel-RecipientEmail": "RecipientEmail",
    "panel-ExternalDataReference": "ExternalDataReference",
    "locationLatitude": "LocationLatitude",
    "locationLongitude": "LocationLongitude",
    "Location-LocationLatitude": "LocationLatitude",
    "Location-LocationLongitude": "LocationLongitude",
    "distributionChannel": "DistributionChannel",
    "userLanguage": "UserLanguage",
}
_DATES = ("StartDate", "EndDate", "RecordedDate")
_IDS = ("ResponseId", "ResponseID")
_ENOUGH = 3  # metadata columns, the response id among them, that no other file has by chance

_IMPORT_ID = re.compile(r"""^\s*\{\s*["']ImportId["']\s*:""")
_TIMING = re.compile(r"_(first.click|last.click|page.submit|click.count)$", re.IGNORECASE)
_BROWSER = re.compile(r"^QID\d+_(BROWSER|VERSION|OS|RESOLUTION)$")
_ORDER = re.compile(r"_DO(_.+)?$")

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
_TESTS = re.compile(r"Survey (Preview|Test)")


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
        text if re.fullmatch(r"V\d+", heading) and text in _METADATA else heading
        for heading, text in zip(headings, texts, strict=True)
    ]
    frame, rows, names, warnings = table(grid, headings, header_rows)
    known = [
        _IMPORT_IDS.get(mark.get("ImportId", ""), heading)
        for heading, mark in zip(headings, marks, strict=True)
    ]
    roles = _roles(known, [mark.get("ImportId", "") for mark in marks])
    variables = {
        name: Variable(
            text=text,
            role=role,
            time_zone=mark.get("timeZone", ""),
            # "Recode seen but unanswered questions as -99" in the export dialog.
            reasons={} if role else {"-99": "shown_not_answered"},
        )
        for name, text, role, mark in zip(names, texts, roles, marks, strict=True)
    }
    tests, unknown = test_rows(frame, variables)
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables,
        header_rows=header_rows,
        test_rows=tests,
        repeated=renamed(names, headings),
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        warnings=warnings + unknown,
    )


def recognised(names: Iterable[str]) -> bool:
    """Whether column names are those of a Qualtrics export (of any container)."""
    names = set(names)
    return not names.isdisjoint(_IDS) and len(names & _METADATA.keys()) >= _ENOUGH


def column_roles(names: Iterable[str]) -> list[str]:
    """Roles of columns by their names alone."""
    return _roles(list(names), [])


def test_rows(
    frame: pd.DataFrame, variables: dict[str, Variable]
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Find previews and tests by the status column: booleans a row, and a warning.

    The codes are those of an export of numeric values; an export of choice text has the words.
    """
    column = next((name for name, v in variables.items() if v.role == "status"), None)
    if column is None:
        return np.zeros(len(frame), dtype=bool), ()
    values = frame[column].unique().tolist()
    labels = {v: _STATUS.get(v.strip(), v.strip()) for v in values}
    unknown = sum(label not in (*_STATUS.values(), "") for label in labels.values())
    warning = (
        f"column {column} has {unknown} kind(s) of response that are not known here: tests and "
        "previews among them are not recognised"
    )
    tests = [value for value, label in labels.items() if _TESTS.search(label)]
    return frame[column].isin(tests).to_numpy(dtype=bool), (warning,) if unknown else ()


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


def _roles(names: list[str], import_ids: list[str]) -> list[str]:
    roles = []
    for i, name in enumerate(names):
        import_id = import_ids[i] if import_ids else ""
        if name in _METADATA:
            both = name == "EndDate" and "RecordedDate" in names
            roles.append("metadata" if both else _METADATA[name])
        elif _TIMING.search(import_id or name):
            roles.append("timing")
        elif _ORDER.search(import_id or name):
            roles.append("display_order")
        elif _BROWSER.match(import_id):
            roles.append("metadata")
        else:
            roles.append("")
    return roles
