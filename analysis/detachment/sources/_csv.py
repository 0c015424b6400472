"""Delimited text: a part is a file, parsed by Arrow in blocks; every column stays text.

How a file is laid out is told from its first 4 MB as ``read_export`` tells it. A file in a survey
platform's own layout, with several rows of headings or code books beside it, is read by the reader
of that platform, one file at a time and as a whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports import Export, Head, head_of, read_export
from detachment.sources._types import (
    BLOCK,
    Fingerprint,
    PartError,
    file_fingerprint,
    in_blocks,
    numbered,
    unreadable,
)

_PIECE = 1 << 22  # bytes that are parsed at a time
LARGEST_EXPORT = 1 << 28
"""Bytes of a file in a platform's own layout, which is read as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CSVPart:
    """A table with one row of headings."""

    path: str
    name: str
    head: Head
    rows: int | None = None
    first_row: int = 2  # below the headings

    @property
    def decimal(self) -> str:
        """See ``Part``."""
        return self.head.decimal

    def fingerprint(self) -> Fingerprint:
        """Size and hash of the file."""
        return file_fingerprint(self.path, self.name)

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``. Rows without anything in them are left out, but counted."""
        head, wrong = self.head, _WrongRow()
        encoding = head.encoding
        if head.bom and encoding.startswith("utf-16"):
            encoding = "utf-16"
        names = list(head.names)
        try:
            reader = pa.csv.open_csv(
                self.path,
                read_options=pa.csv.ReadOptions(
                    column_names=names, skip_rows=head.skipped, skip_rows_after_names=1,
                    block_size=_PIECE, use_threads=False,
                    encoding="utf-8" if encoding == "ascii" else encoding,
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter=head.delimiter or "\x1f", newlines_in_values=True,
                    ignore_empty_lines=False, invalid_row_handler=wrong,
                ),
                convert_options=pa.csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                ),
            )  # fmt: skip
            first = self.first_row
            for block in in_blocks(reader, BLOCK):
                yield _filled(block, first).select(list(columns))
                first += block.num_rows
        except pa.ArrowInvalid as error:
            # What Arrow says of a row quotes it.
            if wrong.cells:
                why = (
                    f"a row has {wrong.cells} cells under {len(names)} headings. A cell may hold "
                    "the delimiter without quotation marks around it, or the file is cut off: "
                    "correct it, or export again."
                )
            elif "invalid UTF8" in str(error):
                why = (
                    f"starts as {encoding} text, and is something else further down. Save it as "
                    "UTF-8."
                )
            elif "Empty CSV file" in str(error):
                return
            else:
                why = (
                    "is not a regular table all through: perhaps a quotation mark is opened and "
                    "never closed, or a cell has more than 4 million characters. Export it again."
                )
            raise PartError(self.name, why) from None
        except UnicodeError:
            raise PartError(
                self.name, f"is not {encoding} text all through. Save it as UTF-8."
            ) from None
        except OSError as error:
            raise PartError(self.name, unreadable(error)) from error


class _WrongRow:
    """How many cells the row has that Arrow stopped at."""

    def __init__(self) -> None:
        self.cells = 0

    def __call__(self, row: pa.csv.InvalidRow) -> str:
        self.cells = row.actual_columns
        return "error"


def _filled(block: pa.Table, first: int) -> pa.Table:
    """Leave out rows in which every cell is empty; the others keep their number.

    In a table of one column an empty row can be an answer that was not given.
    """
    empty: NDArray[np.bool_] = np.ones(block.num_rows, dtype=np.bool_)
    if block.num_columns < 2:
        return block
    for column in block.columns:
        empty &= pc.equal(column, "").to_numpy(zero_copy_only=False)
        if not empty.any():
            return block
    rows = first + np.flatnonzero(~empty)
    return numbered(block.filter(pa.array(~empty)), rows.astype(np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPart:
    """A file in the layout of a survey platform, read as a whole."""

    path: str
    name: str
    platform: str
    columns: tuple[str, ...]
    rows: int | None = None
    first_row: int = 1
    decimal: str = "."

    def fingerprint(self) -> Fingerprint:
        """Size and hash of the file."""
        return file_fingerprint(self.path, self.name)

    def export(self, missing_codes: Mapping[str, str]) -> Export | None:
        """Read it by the platform's reader; None where there are headings and nothing below.

        Raises
        ------
        PartError
            When that refuses it, or it is too large to be read as a whole.
        """
        try:
            if (size := Path(self.path).stat().st_size) > LARGEST_EXPORT:
                raise PartError(
                    self.name,
                    f"is a file of {self.platform} of {size >> 20} MB, and such files are read as "
                    f"a whole, up to {LARGEST_EXPORT >> 20} MB. Export it in parts, or save it "
                    "with one row of column names.",
                )
            export = read_export(self.path, platform=self.platform, missing_codes=missing_codes)
            if export.kind != "responses":
                raise PartError(self.name, "holds no answers: it is a code book or times.")
            return export
        except OSError as error:
            raise PartError(self.name, unreadable(error)) from error
        except ExportError as error:
            if " has no records: " in str(error):
                return None
            raise PartError(self.name, str(error)) from error

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``: the cells without what the platform says of them."""
        if (export := self.export({})) is not None:
            cells = export.cells[list(columns)].astype("str")
            yield from in_blocks([pa.Table.from_pandas(cells, preserve_index=False)])


def csv_parts(
    path: Path, name: str
) -> tuple[list[CSVPart | ExportPart], tuple[str, ...], tuple[str, ...]]:
    """Take a file as one part; say what its columns are, and whose layout it has.

    Raises
    ------
    PartError
        When it is no table of text.
    """
    try:
        head = head_of(path)
    except OSError as error:
        raise PartError(name, unreadable(error)) from error
    except ExportError as error:
        raise PartError(name, str(error).removeprefix(f"{path.name} ")) from error
    if head.repeated:
        raise PartError(name, "has headings that stand over several columns. Rename them.")
    if head.rule:
        part: CSVPart | ExportPart = ExportPart(
            path=str(path), name=name, platform=head.platform, columns=head.names
        )
    else:
        part = CSVPart(path=str(path), name=name, head=head)
    return [part], head.names, (head.platform,) if head.rule else ()
