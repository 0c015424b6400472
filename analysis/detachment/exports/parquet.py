"""Parquet: typed columns as text; categories are the labels, lists are several choices in one cell.

Read with pyarrow. The types are those of the Arrow schema that pandas, polars, R and others store
in the file (Apache Arrow, "Columnar Format").
"""

import datetime as dt
import decimal
import itertools
import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports import qualtrics
from detachment.exports._cells import from_arrow
from detachment.exports._container import LARGEST_UNPACKED
from detachment.exports._grid import renamed, unique_headings
from detachment.exports._source import Layout, Source
from detachment.exports._types import Variable
from detachment.exports._values import duration_text, moment_text, one_number

NAME = "parquet"

_MOST_CELLS = 10**8
_MOST_OPTIONS = 100  # a list of more different texts is no question with several choices
_SEPARATORS = (";", "|", "\t", "\x1f")
_INDEX = re.compile(r"__index_level_\d+__")  # rows' names of a pandas table


def detect(source: Source) -> str | None:
    """By the container alone."""
    return "Parquet file" if source.container == "parquet" else None


def read(source: Source) -> Layout:
    """Read every column as text; ``rows`` are the numbers of the records, from 1."""
    if source.container != "parquet":
        raise ExportError(
            f"{source.name} is no Parquet file: it is {source.container}. Leave the platform out."
        )
    return layout_of(_open(source), source.name)


def layout_of(table: pa.Table, file: str, first_row: int = 1) -> Layout:
    """Every column of a table as text; ``rows`` count from ``first_row``."""
    _check_flat(table.schema, file)
    headings = [str(name) for name in table.column_names]
    names, warnings = unique_headings(headings)
    columns = [_column(table.column(i), name, file) for i, name in enumerate(names)]
    frame = from_arrow(texts for texts, _ in columns)
    if not columns:  # rows without any column are rows all the same
        frame = frame.reindex(range(table.num_rows))
    frame.columns = pd.Index(names, dtype="str")
    from_qualtrics = qualtrics.recognised(names)
    roles = qualtrics.column_roles(names) if from_qualtrics else [""] * len(names)
    variables = {
        name: Variable(
            text=heading, role="metadata" if _INDEX.fullmatch(heading) else role, **known
        )
        for name, heading, role, (_, known) in zip(names, headings, roles, columns, strict=True)
    }
    tests, unknown = qualtrics.test_rows(frame, variables)
    return Layout(
        frame=frame,
        rows=np.arange(first_row, first_row + len(frame), dtype=np.int64),
        variables=variables,
        header_rows=0,
        test_rows=tests,
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        repeated=renamed(names, headings),
        warnings=warnings + unknown,
    )


def _open(source: Source) -> pa.Table:
    """All columns, once the file's own account of its size is believable."""
    import pyarrow.parquet as pq  # here, not above: it costs time that a CSV file need not pay

    try:
        file = pq.ParquetFile(pa.BufferReader(source.data))
        about = file.metadata
        groups = [about.row_group(i) for i in range(about.num_row_groups)]
        unpacked = sum(group.total_byte_size for group in groups)
        if about.num_rows * about.num_columns > _MOST_CELLS or unpacked > LARGEST_UNPACKED:
            raise ExportError(
                f"{source.name} has {about.num_rows} rows and {about.num_columns} columns, which "
                "is more than any survey. Save the survey's own rows and columns."
            )
        _check_flat(file.schema_arrow, source.name)  # before its columns are unpacked
        table = file.read()
        table.validate(full=True)
    # What pyarrow raises of a file that is damaged depends on where.
    except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError, OverflowError) as error:
        if isinstance(error, ExportError):
            raise
        raise ExportError(
            f"{source.name} starts like a Parquet file but is damaged or cut off"
            f"{_first_line(error)}. Save it again, or export the data as CSV."
        ) from error
    return table


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return f" ({lines[0][:100]})" if lines and lines[0].isascii() else ""


def _check_flat(schema: pa.Schema, name: str) -> None:
    """Refuse columns whose cells are tables again, all of them at once."""
    nested = [repr(field.name) for field in schema if not _is_flat(field.type)]
    if nested:
        raise ExportError(
            f"{name}: column(s) {', '.join(nested)} hold several named values in one cell (a "
            "struct or a map). Save each of them as a column of its own."
        )


def _is_flat(kind: pa.DataType) -> bool:
    inner = kind.value_type if _is_list(kind) else kind
    return not pa.types.is_nested(inner)


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )


def _column(
    column: pa.ChunkedArray, name: str, file: str
) -> tuple[pa.ChunkedArray, dict[str, Any]]:
    """Text of each cell, and what the type says of the column."""
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.cast(column.type.storage_type)
    kind = column.type
    if _is_list(kind):
        return _several(column, name, file)
    encoded = _encoded(column)
    different = _texts(encoded.dictionary, name, file)
    texts = pa.array(different, pa.string())
    cells = pa.chunked_array([texts.take(encoded.indices).fill_null("")])
    known: dict[str, Any] = {}
    if pa.types.is_dictionary(kind):
        known = {
            "labels": {text: text for text in different if text},
            "ordered": bool(kind.ordered),
        }
    if pa.types.is_timestamp(kind) and kind.tz:
        known = {"time_zone": kind.tz}
    return cells, known


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """The column as places in its different values."""
    kind = column.type
    if pa.types.is_null(kind):
        column = column.cast(pa.string())
    elif pa.types.is_float16(kind):
        column = column.cast(pa.float32())
    elif pa.types.is_string_view(kind):
        column = column.cast(pa.large_string())
    elif pa.types.is_binary_view(kind):
        column = column.cast(pa.large_binary())
    if not pa.types.is_dictionary(kind):
        column = column.dictionary_encode()
    whole: pa.DictionaryArray = column.unify_dictionaries().combine_chunks()
    return whole


def _several(
    column: pa.ChunkedArray, name: str, file: str
) -> tuple[pa.ChunkedArray, dict[str, Any]]:
    """Lists as one cell each. An empty list is an empty cell: nothing says that it was seen."""
    inner = column.type.value_type
    flat = pa.chunked_array([chunk.flatten() for chunk in column.chunks], type=inner)
    encoded = _encoded(flat)
    different = _texts(encoded.dictionary, name, file)
    options = tuple(dict.fromkeys(text.strip() for text in different if text.strip()))
    separator = next(
        (s for s in _SEPARATORS if not any(s in option for option in options)), _SEPARATORS[-1]
    )
    pieces = iter("" if i is None else different[i].strip() for i in encoded.indices.to_pylist())
    cells = [
        separator.join(filter(None, itertools.islice(pieces, size or 0)))
        for size in pc.list_value_length(column).to_pylist()
    ]
    known: dict[str, Any] = {}
    if len(options) <= _MOST_OPTIONS:
        known = {"options": options, "separator": separator}
    return pa.chunked_array([pa.array(cells, pa.string())]), known


def _texts(values: pa.Array, name: str, file: str) -> list[str]:
    """Each value as the text that a person would have typed; nothing where there is none."""
    kind = values.type
    try:
        return _written(values)
    except (ArithmeticError, LookupError, OSError, ValueError) as error:
        raise ExportError(
            f"{file}: column {name!r} holds values of the type {kind} that are no text, number or "
            "time. Save it as text, or leave the column out."
        ) from error


def _written(values: pa.Array) -> list[str]:
    kind = values.type
    if pa.types.is_timestamp(kind):
        return _moments(values.to_numpy(zero_copy_only=False), kind.tz)
    if pa.types.is_date(kind):
        days = values.to_numpy(zero_copy_only=False).astype("datetime64[D]")
        return list(moment_text(days))
    if pa.types.is_duration(kind):
        seconds = values.to_numpy(zero_copy_only=False) / np.timedelta64(1, "s")
        return ["" if np.isnan(s) else duration_text(s) for s in seconds.tolist()]
    if pa.types.is_float32(kind):  # as short as it can be read back in its own precision
        return [_one(float(str(v))) for v in values.to_numpy(zero_copy_only=False)]
    return [_one(value) for value in values.to_pylist()]


def _one(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return one_number(value)
    if isinstance(value, decimal.Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, dt.time):
        return value.isoformat(timespec="milliseconds").removesuffix(".000")
    if isinstance(value, str | int):
        return str(value)
    raise ValueError(type(value))


def _moments(moments: NDArray[np.datetime64], zone: str | None) -> list[str]:
    """ISO 8601 without needless digits; with the offset from UTC where the zone is known."""
    whole = moments.astype("datetime64[ms]")
    if np.array_equal(whole, moments, equal_nan=True):
        moments = whole
    if zone is None:
        return list(moment_text(moments))
    local = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(zone)
    return ["" if pd.isna(t) else t.isoformat(sep=" ").replace(".000000", "") for t in local]
