"""Parquet files: a part is a run of row groups of one file, read in blocks.

Apache Parquet, "File format": row groups are independent of one another, and the footer says where
each of them lies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from detachment.sources._types import (
    PART,
    Fingerprint,
    PartError,
    file_fingerprint,
    first_line,
    rows_of_block,
    unreadable,
)

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_DAMAGED = "starts like a Parquet file but is damaged or cut off{}. Write it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetPart:
    """Some row groups of a file."""

    path: str
    name: str
    rows: int
    groups: tuple[int, ...]
    span: tuple[int, int]  # first byte of the row groups, and the one after their last
    footer: tuple[int, int]  # of what says which column lies where
    first_row: int = 1
    decimal: str = "."

    def fingerprint(self) -> Fingerprint:
        """Size of the file, and hash of the bytes of the row groups and of the footer."""
        return file_fingerprint(self.path, self.name, (self.span, self.footer))

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``."""
        if not self.groups:
            return
        file = _opened(Path(self.path), self.name)
        try:
            for batch in file.iter_batches(
                batch_size=rows_of_block(len(columns)), row_groups=list(self.groups),
                columns=list(columns), use_threads=False,
            ):  # fmt: skip
                yield pa.Table.from_batches([batch])
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise PartError(self.name, _DAMAGED.format(first_line(error))) from error
        finally:
            file.close()


def parquet_parts(path: Path, name: str) -> tuple[list[ParquetPart], tuple[str, ...]]:
    """Cut a file into runs of row groups of about ``PART`` rows, and say what its columns are.

    Raises
    ------
    PartError
        When it is no Parquet file, or a damaged one.
    """
    file = _opened(path, name)
    try:
        about = file.metadata
        columns = tuple(map(str, file.schema_arrow.names))
        end = path.stat().st_size
        footer = (max(end - 8 - about.serialized_size, 0), end)  # its length and a mark follow it
        sizes = [about.row_group(group).num_rows for group in range(about.num_row_groups)]
        runs: list[list[int]] = []
        rows = 0
        for group, here in enumerate(sizes):
            if not runs or rows + here > PART:
                runs.append([])
                rows = 0
            runs[-1].append(group)
            rows += here
        parts = [
            _part(about, path, name, tuple(run), len(runs), 1 + sum(sizes[: run[0]]), footer)
            for run in runs
        ]
    finally:
        file.close()
    return parts or [
        ParquetPart(path=str(path), name=name, rows=0, groups=(), span=(0, 0), footer=footer)
    ], columns


def _part(
    about: "pq.FileMetaData",
    path: Path,
    name: str,
    groups: tuple[int, ...],
    runs: int,
    first_row: int,
    footer: tuple[int, int],
) -> ParquetPart:
    spans = [_span(about.row_group(group)) for group in groups]
    which = f"{groups[0]}" if len(groups) == 1 else f"{groups[0]}-{groups[-1]}"
    return ParquetPart(
        path=str(path),
        name=name if runs == 1 else f"{name}, row group {which}",
        rows=sum(about.row_group(group).num_rows for group in groups),
        groups=groups,
        span=(min(start for start, _ in spans), max(end for _, end in spans)),
        footer=footer,
        first_row=first_row,
    )


def _span(group: "pq.RowGroupMetaData") -> tuple[int, int]:
    starts, ends = [], []
    for j in range(group.num_columns):
        column = group.column(j)
        start = column.data_page_offset
        if column.has_dictionary_page and column.dictionary_page_offset:
            start = min(start, column.dictionary_page_offset)
        starts.append(start)
        ends.append(start + column.total_compressed_size)
    return min(starts, default=0), max(ends, default=0)


def _opened(path: Path, name: str) -> "pq.ParquetFile":
    import pyarrow.parquet as pq

    try:
        # not mapped into memory: a process that looks at what was cut off meanwhile is killed
        return pq.ParquetFile(path, memory_map=False, page_checksum_verification=True)
    except OSError as error:
        if error.errno is not None and not isinstance(error, pa.ArrowException):
            raise PartError(name, unreadable(error)) from error
        raise PartError(name, _DAMAGED.format(first_line(error))) from error
    except (pa.ArrowException, ValueError) as error:
        raise PartError(name, _DAMAGED.format(first_line(error))) from error
