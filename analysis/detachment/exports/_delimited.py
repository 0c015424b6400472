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

from detachment.errors import ExportError
from detachment.exports._cells import different_texts, from_arrow, stored_once
from detachment.exports._grid import Grid, filled_rows, numbered
from detachment.exports._text import Text

DELIMITERS = (",", ";", "\t", "|")
NO_DELIMITER = "\x1f"  # stands in no survey export: the whole line is one cell
PROBE_CHARACTERS = 1 << 18
PROBE_RECORDS = 200
MOST_COLUMNS = 1 << 15  # more than SPSS or Excel take
_BLOCK = 1 << 22  # bytes that one thread parses at a time


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
        When a quotation mark is not closed, or a row has more cells than there are headings.
    """
    text, hint = _excel_hint(decoded.text)
    delimiter, width = probe(text, (hint,) if hint else DELIMITERS)
    if width > MOST_COLUMNS:
        raise ExportError(f"{name} has {width} columns; no survey export has more than 32768.")
    data = text.encode("utf-8")
    regular = _regular(data, delimiter or NO_DELIMITER, width)
    if regular is None:
        cells = stored_once(_irregular(data, text, delimiter or NO_DELIMITER, width, name))
    else:
        cells = regular
    filled = filled_rows(cells)
    if not filled.any():
        raise ExportError(f"{name} holds nothing but blanks. Export the data again.")
    rows = np.flatnonzero(filled).astype(np.int64) + 1
    warnings = list(decoded.warnings)
    if not filled.all():
        warnings.append(f"{numbered(np.flatnonzero(~filled) + 1)} with nothing in them, left out")
    if regular is None and delimiter and (short := _short_rows(text, delimiter, width, len(cells))):
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
    for delimiter in delimiters:
        records = _first_records(text, delimiter)
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
    return found


def _first_records(text: str, delimiter: str) -> list[list[str]]:
    """First rows that hold anything; the last of a sample is left out, as it may be cut."""
    size = PROBE_CHARACTERS
    while True:
        records: list[list[str]] = []
        try:
            for record in islice(_records(text[:size], delimiter), PROBE_RECORDS):
                records.append(record)
        except csv.Error:  # a cell longer than the csv module takes: what came before will do
            break
        if size >= len(text) or len(records) == PROBE_RECORDS:
            break
        if len(records) > 4:
            records.pop()
            break
        size *= 16
    return [record for record in records if any(record)]


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _excel_hint(text: str) -> tuple[str, str | None]:
    """Take off a first line ``sep=;``, which Excel obeys and does not show."""
    end = text.find("\n", 0, 10)
    first = text[:end].rstrip("\r").strip('"')
    if end > 0 and len(first) == 5 and first.lower().startswith("sep="):
        return text[end + 1 :], first[4]
    return text, None


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
    """Whether a quotation mark stands anywhere but around a cell, or doubled within one."""
    edge = rb"[" + re.escape(delimiter.encode()) + rb"\r\n]"
    quoted = rb"(?:^|(?<=" + edge + rb'))"[^"]*(?:""[^"]*)*"(?=' + edge + rb"|$)"
    return b'"' in re.sub(quoted, b"", data)


def _irregular(data: bytes, text: str, delimiter: str, width: int, name: str) -> pd.DataFrame:
    try:
        # One column more than there are headings: a delimiter at the end of each row is harmless.
        cells = _pandas(data, delimiter, width + 1)
    except pd.errors.ParserError as error:
        message = str(error)
        if "inside string" in message:
            row = int(message.rsplit(maxsplit=1)[-1]) + 1
            raise ExportError(
                f"{name}, row {row}: a quotation mark is opened and never closed. The file is cut "
                "off, or a cell of that row holds a single quotation mark; export it again."
            ) from None
        cells = _pandas(data, delimiter, _widest(text, delimiter, name))
    beyond = (cells.iloc[:, width:] != "").to_numpy().any(axis=1)
    if beyond.any():
        where = np.flatnonzero(beyond)
        if len(where) > len(cells) / 2:
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
    return cells.iloc[:, :width]


def _pandas(data: bytes, delimiter: str, width: int) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(data),
        sep=delimiter,
        header=None,
        names=range(width),
        index_col=False,
        dtype=str,
        keep_default_na=False,
        na_filter=False,
        skip_blank_lines=False,
    )


def _widest(text: str, delimiter: str, name: str) -> int:
    try:
        widest = max(len(record) for record in _records(text, delimiter))
    except csv.Error:
        widest = MOST_COLUMNS + 1
    if widest > MOST_COLUMNS:
        raise ExportError(
            f"{name} is not a regular table: its rows differ in length, and one is longer than any "
            "survey export's. Export it again."
        )
    return widest


def _short_rows(text: str, delimiter: str, width: int, n: int) -> list[int]:
    """Rows with too few cells; only looked for when delimiters are missing."""
    bare = re.sub(r'"[^"]*"', "", text) if '"' in text else text
    if bare.count(delimiter) == n * (width - 1):
        return []
    try:
        records = enumerate(_records(text, delimiter), start=1)
        return [row for row, record in records if len(record) < width and any(record)]
    except csv.Error:  # a cell longer than the csv module takes
        return []


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
