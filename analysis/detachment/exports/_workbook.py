"""A workbook in, a grid of cells out: the sheet that holds the data, as text."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable

import numpy as np
import pandas as pd
import python_calamine as calamine
from numpy.typing import NDArray

from detachment.errors import DetachmentError, ExportError
from detachment.exports._cells import stored_once
from detachment.exports._container import DAMAGED_ZIP
from detachment.exports._grid import Grid, Merged, filled_rows, numbered
from detachment.exports._sheets import choose_sheet
from detachment.exports._values import duration_text, one_number

MOST_CELLS = 10**8
MOST_TEXT = 2**29
# Tags are looked for by their attribute alone, so that no spelling of XML hides one; a tag that
# closes itself is a format without a value.
_OPEN_TAG = rb"""(?:\s+[\w:]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*>"""
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]+)([0-9]+)["']""" + _OPEN_TAG)
_ROW = re.compile(rb"""\sr\s*=\s*["']([0-9]+)["']""" + _OPEN_TAG)
_ROW_TAG = re.compile(rb"<(?:\w+:)?row\b")
_UNNUMBERED = re.compile(rb"""<(?:\w+:)?c(?=[\s>])(?![^>]*\sr\s*=)[^>]*(?<!/)>""")
_SHEET = re.compile(rb"<(?:\w+:)?worksheet\b")
_START = 1 << 16
_VALUE = re.compile(rb"<(?:\w+:)?v\b")
_TEXT_END = re.compile(rb"</(?:\w+:)?si>")
_REFERENCE = re.compile(rb"""\st\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v(?:\s[^>]*)?>\s*([0-9]+)""")
_NO_SHEETS = ("sharedStrings.xml", "styles.xml")
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*\bt="e"')
_NEVER_COMPUTED = re.compile(
    rb'<(?P<x>(?:\w+:)?)c\b(?![^>]*\bt="str")[^>]*><(?P=x)f(?:[^>]*/>|[^>]*>[^<]*</(?P=x)f>)'
    rb"(?:<(?P=x)v\s*/>|<(?P=x)v></(?P=x)v>)?</(?P=x)c>"
)  # with t="str" an empty value is a computed one


def read_workbook(data: bytes, container: str, name: str, sheet: str | None = None) -> Grid:
    """Read one sheet into a grid of strings.

    Numbers come without a needless ``.0``, moments in ISO 8601, booleans as ``TRUE`` and
    ``FALSE``, formulas as the values that were saved with them, error cells empty.

    Parameters
    ----------
    data
        Whole file.
    container
        ``xlsx``, ``xlsb``, ``xls`` or ``ods``.
    name
        Name of the file, for the messages.
    sheet
        Name of the sheet; by default the one that ``choose_sheet`` finds.

    Raises
    ------
    UsageError
        When there is no sheet of that name.
    ExportError
        When the file is damaged, or the sheet is empty.
    """
    try:
        found = _look_into(data, name) if container == "xlsx" else ()
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        chosen, warnings = choose_sheet(book, data, container, name, sheet)
        worksheet = book.get_sheet_by_name(chosen)
        values = worksheet.to_python(skip_empty_area=False)
        merged = worksheet.merged_cell_ranges or []
        warnings += found
    except DetachmentError:
        raise
    except (calamine.CalamineError, *DAMAGED_ZIP) as error:
        raise ExportError(
            f"{name} starts like an Excel file but cannot be opened ({error}). Save it again in "
            "Excel, or export it as CSV."
        ) from error
    texts = [[_text(value) for value in column] for column in zip(*values, strict=True)]
    kept = np.flatnonzero([any(column) for column in texts])
    if not len(kept):
        raise ExportError(f"{name}: the sheet {chosen!r} is empty. Name another with sheet=.")
    columns = {place: texts[column] for place, column in enumerate(kept)}
    cells = stored_once(pd.DataFrame(columns, dtype="str"))
    filled = filled_rows(cells)
    if not filled.all():
        warnings += (f"{numbered(np.flatnonzero(~filled) + 1)} with nothing in them, left out",)
    return Grid(
        cells=cells if filled.all() else cells[filled].reset_index(drop=True),
        rows=np.flatnonzero(filled).astype(np.int64) + 1,
        merged=_placed(merged, np.flatnonzero(filled), kept),
        warnings=warnings,
    )


def _placed(
    ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
) -> tuple[Merged, ...]:
    """Merged cells by their places among the rows and columns that hold anything."""

    def first(kept: NDArray[np.intp], place: int) -> int:
        return int(np.searchsorted(kept, place))

    placed = [
        Merged(
            top=first(rows, top),
            left=first(columns, left),
            bottom=first(rows, bottom + 1) - 1,
            right=first(columns, right + 1) - 1,
        )
        for (top, left), (bottom, right) in ranges
    ]
    return tuple(m for m in placed if m.bottom >= m.top and m.right >= m.left)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return one_number(float(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="milliseconds").removesuffix(".000")
    if isinstance(value, dt.timedelta):
        return duration_text(value.total_seconds())
    if isinstance(value, dt.time):
        return value.isoformat(timespec="milliseconds").removesuffix(".000")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _look_into(data: bytes, name: str) -> tuple[str, ...]:
    """See that no sheet is too large, and count what is read as empty although Excel shows it.

    The reader takes memory for every cell up to the last one: a single stray cell in a far corner
    would ask for more than there is, and end the whole process. Read as empty are errors, and
    formulas that were never computed.
    """
    errors = formulas = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        lengths = _shared_lengths(archive)
        text = 0
        for member in archive.namelist():
            if member.startswith("xl/") and not member.endswith(_NO_SHEETS):
                xml = archive.read(member)
                if _SHEET.search(xml[:_START]) is None:
                    continue
                _check_spread(xml, name)
                text += _shared_text(xml, lengths)
                errors += len(_ERROR_CELL.findall(xml))
                formulas += sum(1 for _ in _NEVER_COMPUTED.finditer(xml))
    if text > MOST_TEXT:
        raise ExportError(
            f"{name} repeats long texts in so many cells that they would take {text >> 20} MB, "
            "which is more than any survey. Export it as CSV."
        )
    warnings: tuple[str, ...] = ()
    if errors:
        warnings += (
            f"{errors} cell(s) of the workbook with an error such as #N/A were read as empty",
        )
    if formulas:
        warnings += (
            f"{formulas} formula(s) of the workbook were saved without a value and read as empty: "
            "open it in Excel and save it",
        )
    return warnings


def _shared_lengths(archive: zipfile.ZipFile) -> NDArray[np.int64]:
    """Length of each text that cells refer to by its number."""
    lengths = [0]
    for member in archive.namelist():
        if member.endswith("sharedStrings.xml"):
            ends = [end.start() for end in _TEXT_END.finditer(archive.read(member))]
            lengths = np.diff(ends, prepend=0).tolist() or lengths
    return np.array(lengths, dtype=np.int64)


def _shared_text(xml: bytes, lengths: NDArray[np.int64]) -> int:
    """Size of the texts that a sheet refers to; looked for only where it might be large."""
    if int(lengths.max()) * len(_VALUE.findall(xml)) <= MOST_TEXT:
        return 0
    used = np.array([min(_number(n), len(lengths) - 1) for n in _REFERENCE.findall(xml)], np.int64)
    return int(lengths[used].sum())


def _check_spread(xml: bytes, name: str) -> None:
    rows = columns = 0
    column = b""
    for cell in _CELL.finditer(xml):
        rows = max(rows, _number(cell[2]))
        if (len(cell[1]), cell[1].upper()) > (len(column), column):
            column = cell[1].upper()
    for letter in column[:7]:
        columns = 26 * columns + letter - 64
    if _UNNUMBERED.search(xml):  # these stand side by side, in rows that may have a number
        rows = max(rows, len(_ROW_TAG.findall(xml)), *(_number(r[1]) for r in _ROW.finditer(xml)))
        for row in _ROW_TAG.split(xml):
            columns = max(columns, sum(1 for _ in _UNNUMBERED.finditer(row)))
    if rows > MOST_CELLS or rows * columns > MOST_CELLS:
        where = f" and column {column.decode()[:7]}" if column else ""
        raise ExportError(
            f"{name}: a sheet reaches to row {rows}{where}, which is more than any survey. Delete "
            "the stray cell at its far end, or export it as CSV."
        )


def _number(digits: bytes) -> int:
    """A number that is not longer than a row of any table."""
    return int(digits[:12])
