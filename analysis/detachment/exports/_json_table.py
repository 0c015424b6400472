"""JSON text in, its value or a table of flat records out; numbers stay as they were written."""

import json
import re
from collections.abc import Callable, Mapping

import pandas as pd

from detachment.errors import ExportError
from detachment.exports._cells import stored_once
from detachment.exports._delimited import MOST_COLUMNS
from detachment.exports._grid import short
from detachment.exports._workbook import MOST_CELLS


def parse_json(text: str, name: str) -> object:
    """Parse JSON; every number, ``NaN`` and ``Infinity`` is the text that stands there.

    Raises
    ------
    ExportError
        When it is not JSON, is nested without end, or one object has a name twice.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ExportError(
            f"{name} starts like JSON but cannot be read ({error.msg} in line {error.lineno}, "
            f"column {error.colno}): it is damaged or cut off. Export the data again."
        ) from error
    except RecursionError:
        raise ExportError(f"{name} is JSON that is nested too deeply for a survey.") from None
    except _NameTwice as error:
        raise ExportError(
            f"{name}: the name {short(str(error))!r} stands twice in one record, so it is not "
            "known which answer is meant. Export the data again."
        ) from error


def first_record(text: str) -> Mapping[str, object]:
    """First record of a list, without a look at the others; empty where there is none."""
    start = re.match(r"\s*\[\s*", text)
    try:
        found = _DECODER.raw_decode(text, start.end())[0] if start else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def records_table(value: object, name: str) -> pd.DataFrame:
    """Table of a list of flat records: a column a name, ``null`` and what is not there empty.

    Raises
    ------
    ExportError
        When it is something else, or a record holds a list or an object.
    """
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        raise ExportError(
            f"{name} is JSON, but not a list of records, one a person. Export the results as CSV."
        )
    columns: dict[str, None] = {}
    for record in value:
        columns.update(dict.fromkeys(record))
    if len(columns) > MOST_COLUMNS or len(columns) * len(value) > MOST_CELLS:
        raise ExportError(
            f"{name} has {len(value)} records with {len(columns)} different names, which is more "
            "than any survey."
        )
    cells = {
        column: _texts([record.get(column) for record in value], name, column) for column in columns
    }
    table = pd.DataFrame(cells, index=range(len(value)), dtype=object)
    table.columns = pd.Index([_unicode(column) for column in columns], dtype="str")
    return stored_once(table)


def _texts(values: list[object], name: str, column: str) -> list[str]:
    if not set(map(type, values)) <= _SINGLE.keys():
        row = next(i for i, value in enumerate(values, 1) if type(value) not in _SINGLE)
        raise ExportError(
            f"{name}: {short(column)!r} of record {row} holds a list or an object, not one answer. "
            "Export the results as CSV."
        )
    texts = {value: _SINGLE[type(value)](value) for value in set(values)}
    return [texts[value] for value in values]


def _unicode(text: str) -> str:
    r"""Replace half of a sign (``"\ud83d"``, where a text was cut), which no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# Kinds of one answer (numbers are text by now), and what each is as a cell.
_SINGLE: dict[type, Callable[..., str]] = {
    str: _unicode,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "",
}


class _NameTwice(Exception):
    """A name that stands twice in one object."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _NameTwice(next(name for name in names if names.count(name) > 1))
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=str, strict=False
)
