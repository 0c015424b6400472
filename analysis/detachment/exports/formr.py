"""formr: results as JSON, CSV, TSV or Excel, with the item table as their code book.

Columns and marks as in the source of formr.org (``SurveyStudy``, ``RunSession``) and of its R
package (``formr_post_process_results``).
"""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.exports._container import SPREADSHEETS
from detachment.exports._formr_items import (
    Item,
    is_item_sheet,
    item_table,
    json_items,
    json_table,
    variable,
)
from detachment.exports._grid import renamed, table, unique_headings
from detachment.exports._json_table import first_record, parse_json, records_table
from detachment.exports._moments import seconds_taken
from detachment.exports._source import File, Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "formr"

_ROLES = {
    "session": "respondent_id",
    "session_id": "metadata",
    "study_id": "metadata",
    "iteration": "metadata",
    "created": "started_at",
    "modified": "metadata",
    "ended": "submitted_at",
    "expired": "metadata",
}
_MARKS = frozenset({"session", "created", "modified", "ended"})
_ITEM_TABLE = "formr's item table"
_ITEM_FILES = (".json", ".xlsx", ".xls")
# formr ends the name that it (an animal's) or the researcher gave a session with XXX.
_NAMED_SESSION = r"^.{1,40}XXX"


def detect(source: Source) -> str | None:
    """The columns session, created, modified and ended; or an item table."""
    if source.container == "json" and source.text is not None:
        if first_record(source.text.text).keys() >= _MARKS:
            return "formr's columns session, created, modified, ended"
        single = re.match(r"\s*\{", source.text.text)
        return _ITEM_TABLE if single and item_table(File(source.name, source.data)) else None
    if source.grid is None:
        return None
    if set(source.grid.head[0]) >= _MARKS:
        return "formr's columns session, created, modified, ended"
    if source.container in SPREADSHEETS and is_item_sheet(source.grid):
        return _ITEM_TABLE if item_table(File(source.name, source.data)) else None
    return None


def read(source: Source) -> Layout:
    """Read results, with question texts and labels from the item table; or the table itself."""
    headings: list[str] | None = None
    warnings: tuple[str, ...] = ()
    if source.container == "json" and source.text is not None:
        value = parse_json(source.text.text, source.name)
        if json_items(value):
            return _codebook(json_table(value), 0)
        frame = records_table(value, source.name)
        rows = np.arange(1, len(frame) + 1, dtype=np.int64)
        names, warnings = unique_headings([str(name) for name in frame])
        frame.columns = pd.Index(names, dtype="str")
    else:
        grid = need_grid(source, NAME)
        headings = grid.head[0]
        frame, rows, names, warnings = table(grid, headings, 1)
        if is_item_sheet(grid):
            return _codebook(frame, 1)
    book, items, said = _items(source, names)
    variables = {name: _variable(name, items) for name in names}
    tests, doubt = _tests(frame)
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables,
        header_rows=0 if headings is None else 1,
        test_rows=tests,
        unfinished=(frame["ended"] == "").to_numpy(dtype=bool) if "ended" in frame else None,
        durations=seconds_taken(frame, variables),
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        repeated={} if headings is None else renamed(names, headings),
        books=() if book is None else (book,),
        warnings=warnings + said + doubt,
    )


def _codebook(frame: pd.DataFrame, header_rows: int) -> Layout:
    return Layout(
        frame=frame,
        rows=np.arange(1, len(frame) + 1, dtype=np.int64) + header_rows,
        variables={str(name): Variable() for name in frame},
        header_rows=header_rows,
        kind="codebook",
    )


def _items(
    source: Source, names: list[str]
) -> tuple[File | None, Mapping[str, Item], tuple[str, ...]]:
    """Find the item table among the books, or beside the export; the file, its items, a warning."""
    for book in source.books:
        items = item_table(book)
        if items:
            return book, items, _strange(book, items, names)
    stem = source.name.rpartition(".")[0]
    stems = {f"{stem}_items", f"{stem.removesuffix('_results')}_items"}
    beside = source.companion(
        lambda name: name.rpartition(".")[0] in stems and name.endswith(_ITEM_FILES)
    )
    items = None if beside is None else item_table(beside)
    if beside is None or not items:
        return None, {}, ()
    said = f"{beside.name} was found beside the export and used as its item table"
    return beside, items, (said, *_strange(beside, items, names))


def _strange(book: File, items: Mapping[str, Item], names: list[str]) -> tuple[str, ...]:
    if not items.keys().isdisjoint(names):
        return ()
    return (f"no column has the name of an item of {book.name}: it may be that of another survey",)


def _variable(name: str, items: Mapping[str, Item]) -> Variable:
    if name in _ROLES:
        return Variable(role=_ROLES[name])
    return variable(items[name]) if name in items else Variable()


def _tests(frame: pd.DataFrame) -> tuple[NDArray[np.bool_] | None, tuple[str, ...]]:
    """Mark the sessions that formr's own R package takes for tests, and say so."""
    if "session" not in frame or (frame["session"] == "").all():
        return None, ()  # an unlinked survey has no sessions
    session = frame["session"]
    tests = ((session == "") | session.str.contains(_NAMED_SESSION)).to_numpy(dtype=bool)
    if not tests.any():
        return tests, ()
    return tests, (
        f"{int(tests.sum())} record(s) have a session with XXX in its name, or none: formr marks "
        "tests like this, and they count as tests. Sessions of participants that you named "
        "yourself have the mark too: take the XXX out of these names to keep them",
    )
