"""Characters in, a grid of cells out: delimiter by a quote-aware probe, then a fast reader."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports._cells import different_texts, from_arrow, stored_once
from detachment.exports._grid import Grid, filled_rows, numbered
from detachment.exports._text import Text

DELIMITERS = (",", ";", "\t", "|")
PROBE_CHARACTERS = 1 << 18
MOST_PROBED = 1 << 22  # characters: longer are no headings
PROBE_RECORDS = 200
MOST_COLUMNS = 1 << 14  # as Excel
MOST_CELLS = 10**8
_BLOCK = 1 << 22  # bytes that one thread parses at a time
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def read_delimited(decoded: Text, name: str) -> Grid:
    """Read delimited text into a grid of strings.

    A row that is too short is filled with empty cells, with a warning. Rows without anything in
    them are left out, with a warning, but counted: the others keep their number.

    Parameters
    ----------
    decoded
        The text.
    name
        Name of the file, for the messages.

    Raises
    ------
    ExportError
        When a quotation mark is not closed, a row has more cells than there are headings, or the
        file is larger in one way or another than any survey's.
    """
    text, hint = _excel_hint(decoded.text)
    if not text.strip("".join(DELIMITERS) + ' \r\n"'):
        raise ExportError(f"{name} holds nothing but blanks. Export the data again.")
    try:
        delimiter, width = probe(text, (hint,) if hint else DELIMITERS)
    except _NoHeadings as error:
        raise ExportError(f"{name}: {error}. Export it again.") from None
    if width > MOST_COLUMNS:
        raise ExportError(
            f"{name} has more than {MOST_COLUMNS} columns, which no survey export has. Export it "
            "in parts."
        )
    data = text.encode("utf-8")
    mark = delimiter or _no_delimiter(text, name)
    regular = _regular(data, mark, width)
    cells = stored_once(_irregular(data, text, mark, width, name)) if regular is None else regular
    filled = filled_rows(cells)
    if not filled.any():
        raise ExportError(f"{name} holds nothing but blanks. Export the data again.")
    rows = np.flatnonzero(filled).astype(np.int64) + 1
    warnings = list(decoded.warnings)
    if not filled.all():
        warnings.append(f"{numbered(np.flatnonzero(~filled) + 1)} with nothing in them, left out")
    if (
        regular is None
        and delimiter
        and (short := _short_rows(data, text, delimiter, width, len(cells)))
    ):
        warnings.append(
            f"{numbered(short)} shorter than the headings: the cells missing at their end were "
            "taken as empty; the file may be cut off"
        )
    return Grid(
        cells=cells if filled.all() else cells[filled].reset_index(drop=True),
        rows=rows,
        encoding=decoded.encoding,
        bom=decoded.bom,
        delimiter=delimiter,
        warnings=tuple(warnings),
    )


def probe(text: str, delimiters: Sequence[str] = DELIMITERS) -> tuple[str | None, int]:
    r"""Find the delimiter, and how many cells the first row has.

    Each candidate cuts the first rows, minding quotation marks. The best has rows as long as its
    headings, and the most cells in rows of equal length; none (one column) when no candidate cuts
    most rows into two or more.

    Examples
    --------
    >>> probe('name;"a, b; c";age\nA;1,5;20\n')
    (';', 3)
    """
    best: tuple[bool, float] = (False, 0.0)
    found: tuple[str | None, int] = (None, 1)
    refused: list[_NoHeadings] = []
    for delimiter in delimiters:
        try:
            records = _first_records(text, delimiter)
        except _NoHeadings as error:
            refused.append(error)
            continue
        if not records:
            continue
        first = len(records[0])
        widths = Counter(len(record) for record in records)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        # One column of numbers like 3,5 or of sentences is not two columns under one heading.
        if width < (2 if first > 1 else 3):
            continue
        score = (first == width and 2 * count > len(records), width * count / len(records))
        if score > best:
            best, found = score, (delimiter, first)
    if len(refused) == len(delimiters):
        raise refused[0]
    return found


class _NoHeadings(Exception):
    """Why the first row is none of headings."""


def _first_records(text: str, delimiter: str) -> list[list[str]]:
    """First rows that hold anything; the last of a sample is left out, as it may be cut."""
    size = PROBE_CHARACTERS
    while True:
        records: list[list[str]] = []
        try:
            for record in islice(_records(text[:size], delimiter), PROBE_RECORDS):
                records.append(record)
        except csv.Error:  # a cell longer than the csv module takes: what came before will do
            if not any(map(any, records)):
                raise _NoHeadings(
                    f"a cell of its first row has more than {csv.field_size_limit()} characters, "
                    "which is no heading (is a quotation mark never closed?)"
                ) from None
            break
        if size >= len(text) or len(records) == PROBE_RECORDS:
            break
        if len(records) > 4 or (size >= MOST_PROBED and len(records) > 1):
            records.pop()
            break
        if size >= MOST_PROBED:
            raise _NoHeadings(
                f"its first row has more than {MOST_PROBED} characters, which are no headings"
            )
        size *= 16
    return [record for record in records if any(record)]


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(_lines(text, delimiter), delimiter=delimiter)


def _lines(text: str, delimiter: str) -> Iterator[str]:
    """Lines with their ends; one with more cells than any table is cut off behind them."""
    for found in _LINE.finditer(text):
        line = found[0]
        if len(line) > MOST_COLUMNS and line.count(delimiter) > MOST_COLUMNS:
            line = delimiter.join(line.split(delimiter, MOST_COLUMNS + 2)[:-1])
        if line:
            yield line


def _excel_hint(text: str) -> tuple[str, str | None]:
    """Take off a first line ``sep=;``, which Excel obeys and does not show."""
    end = text.find("\n", 0, 10)
    first = text[:end].rstrip("\r").strip('"')
    if end > 0 and len(first) == 5 and first.lower().startswith("sep=") and first.isascii():
        return text[end + 1 :], first[4]
    return text, None


def _no_delimiter(text: str, name: str) -> str:
    """A sign that does not stand in the text, so that every line is one cell."""
    mark = next((chr(sign) for sign in range(31, 13, -1) if chr(sign) not in text), None)
    if mark is None:
        raise ExportError(f"{name} is no text of people: it is full of control characters.")
    return mark


def _regular(data: bytes, delimiter: str, width: int) -> pd.DataFrame | None:
    """Read with Arrow; None where a row is too long or short, or a quotation mark is stray."""
    quotes = b'"' in data
    if quotes and _stray_quote(data, delimiter):
        return None
    names = [str(position) for position in range(width)]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(data),
            read_options=pa.csv.ReadOptions(column_names=names, block_size=_BLOCK),
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=quotes, ignore_empty_lines=False
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return from_arrow(table.columns)


def _stray_quote(data: bytes, delimiter: str) -> bool:
    """Whether a quotation mark stands anywhere but around a cell, or doubled within one.

    The first, third, ... mark opens and must follow an edge, the second, fourth, ... closes and
    must stand before one. Of two that are doubled, the first closes and the second opens again.
    """
    signs = np.frombuffer(data, dtype=np.uint8)
    edge = np.zeros(256, dtype=bool)
    edge[[_QUOTE, _NEWLINE, _RETURN, *delimiter.encode()]] = True
    before = 0  # marks
    for start in range(0, len(signs), _BLOCK):
        marks = start + np.flatnonzero(signs[start : start + _BLOCK] == _QUOTE)
        opening, closing = marks[before % 2 :: 2], marks[1 - before % 2 :: 2]
        before += len(marks)
        opening, closing = opening[opening > 0], closing[closing < len(signs) - 1]
        if not (edge[signs[opening - 1]].all() and edge[signs[closing + 1]].all()):
            return True
    return before % 2 == 1


def _irregular(data: bytes, text: str, delimiter: str, width: int, name: str) -> pd.DataFrame:
    # A row that is empty takes memory for every heading all the same.
    taken = width * (data.count(b"\n") + data.count(b"\r"))
    if taken > max(MOST_CELLS, 2 * len(data)):
        raise _not_regular(name)
    # One column more than there are headings: a delimiter at the end of each row is harmless.
    cells = _pandas(data, delimiter, width + 1, name)
    if cells is None:
        beyond = _beyond(text, delimiter, width, name)
    else:
        beyond = (cells[width] != "").to_numpy(dtype=bool)
    if beyond.any():
        where = np.flatnonzero(beyond)
        if len(where) > len(beyond) / 2:
            advice = (
                "The first row may be a title above the headings (delete it), or the row names "
                "have no heading (in R: write.csv(data, row.names = FALSE))."
            )
        else:
            advice = (
                "A cell holds the delimiter without quotation marks around it: correct it, or "
                "export again."
            )
        raise ExportError(
            f"{name}: {numbered(where + 1)} with more cells than the {width} headings. {advice}"
        )
    if cells is None:
        cells = _pandas(data, delimiter, width, name, cut=True)
    if cells is None:
        raise _not_regular(name)
    return cells.iloc[:, :width]


def _pandas(
    data: bytes, delimiter: str, width: int, name: str, *, cut: bool = False
) -> pd.DataFrame | None:
    """Read rows up to ``width``; longer ones are ``cut`` off, or None where there are any."""
    try:
        return pd.read_csv(
            io.BytesIO(data),
            sep=delimiter,
            header=None,
            names=range(width),
            usecols=range(width) if cut else None,
            index_col=False,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
        )
    except pd.errors.ParserError as error:
        message = str(error)
        if "inside string" not in message:
            return None
        row = int(message.rsplit(maxsplit=1)[-1]) + 1
        raise ExportError(
            f"{name}, row {row}: a quotation mark is opened and never closed. The file is cut "
            "off, or a cell of that row holds a single quotation mark; export it again."
        ) from None


def _beyond(text: str, delimiter: str, width: int, name: str) -> NDArray[np.bool_]:
    """Whether each row holds anything behind the last heading."""
    try:
        rows = [any(record[width:]) for record in _records(text, delimiter)]
    except csv.Error as error:  # a cell longer than the csv module takes
        raise _not_regular(name) from error
    return np.array(rows, dtype=bool)


def _not_regular(name: str) -> ExportError:
    return ExportError(
        f"{name} is not a regular table: its rows differ in length, more than those of any survey "
        "export. Export it again."
    )


def _short_rows(data: bytes, text: str, delimiter: str, width: int, n: int) -> list[int]:
    """Rows with too few cells; only looked for when delimiters are missing."""
    if _bare(data, delimiter) == n * (width - 1):
        return []
    try:
        records = enumerate(_records(text, delimiter), start=1)
        return [row for row, record in records if len(record) < width and any(record)]
    except csv.Error:  # a cell longer than the csv module takes
        return []


def _bare(data: bytes, delimiter: str) -> int:
    """How many delimiters stand outside quotation marks."""
    signs = np.frombuffer(data, dtype=np.uint8)
    found = quotes = 0
    for start in range(0, len(signs), _BLOCK):
        block = signs[start : start + _BLOCK]
        opened = quotes + np.cumsum(block == _QUOTE, dtype=np.int64)
        found += int(np.count_nonzero((block == ord(delimiter)) & (opened % 2 == 0)))
        quotes = int(opened[-1])
    return found


def decimal_mark(frame: pd.DataFrame, delimiter: str | None) -> str:
    """Say how numbers are written: ``","`` when more cells look like 18,5 than like 18.5.

    A file whose cells are parted by commas is not asked: there "1,2" is a list of choices. Nor
    does 17,583 count, which can be a thousand.
    """
    if delimiter == ",":
        return "."
    commas = points = 0
    for column in frame:
        values = different_texts(frame[column])
        commas += int(values.str.fullmatch(r"\s*[+-]?\d+,(?!\d{3}\s*$)\d+\s*").sum())
        points += int(values.str.fullmatch(r"\s*[+-]?\d*\.\d+\s*").sum())
    return "," if commas > points else "."
