"""Parquet files: a part is a run of row groups of one file, read in blocks.

Apache Parquet, "File format": row groups are independent of one another, and the footer says where
each of them lies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from detachment.sources._types import BLOCK, Fingerprint, PartError, hash_of

_PART = 1 << 20  # rows of a part at most, where row groups allow it
_PIECE = 1 << 20
_DAMAGED = "starts like a Parquet file but is damaged or cut off{}. Write it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetPart:
    """Some row groups of a file."""

    path: str
    name: str
    rows: int
    groups: tuple[int, ...]
    span: tuple[int, int]  # first byte of the row groups, and the one after their last

    def fingerprint(self) -> Fingerprint:
        """Size of the file, and hash of the bytes of the row groups."""
        try:
            with Path(self.path).open("rb") as file:
                size = file.seek(0, 2)
                return Fingerprint(size, hash_of(_pieces(file, *self.span))[1])
        except OSError as error:
            raise PartError(self.name, f"cannot be read ({error.strerror}).") from error

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``."""
        file = _opened(Path(self.path), self.name)
        try:
            for batch in file.iter_batches(
                batch_size=BLOCK, row_groups=list(self.groups), columns=list(columns),
                use_threads=False,
            ):  # fmt: skip
                yield pa.Table.from_batches([batch])
        except (pa.ArrowException, OSError, ValueError) as error:
            raise PartError(self.name, _DAMAGED.format(_first_line(error))) from error
        finally:
            file.close()


def parquet_parts(path: Path, name: str) -> tuple[tuple[ParquetPart, ...], pa.Schema]:
    """Cut a file into parts of about a million rows, and say what its columns are.

    Raises
    ------
    PartError
        When it is no Parquet file, or a damaged one.
    """
    file = _opened(path, name)
    try:
        about, schema = file.metadata, file.schema_arrow
        runs: list[list[int]] = []
        rows = _PART
        for group in range(about.num_row_groups):
            here = about.row_group(group).num_rows
            if rows + here > _PART:
                runs.append([])
                rows = 0
            runs[-1].append(group)
            rows += here
        parts = tuple(_part(about, path, name, tuple(run), len(runs)) for run in runs)
    finally:
        file.close()
    return parts, schema


def _part(about: Any, path: Path, name: str, groups: tuple[int, ...], runs: int) -> ParquetPart:
    spans = [_span(about.row_group(group)) for group in groups]
    which = f"{groups[0]}" if len(groups) == 1 else f"{groups[0]}-{groups[-1]}"
    return ParquetPart(
        path=str(path),
        name=name if runs == 1 else f"{name}, row group {which}",
        rows=sum(about.row_group(group).num_rows for group in groups),
        groups=groups,
        span=(min(start for start, _ in spans), max(end for _, end in spans)),
    )


def _span(group: Any) -> tuple[int, int]:
    starts, ends = [], []
    for j in range(group.num_columns):
        column = group.column(j)
        start = column.data_page_offset
        if column.has_dictionary_page and column.dictionary_page_offset:
            start = min(start, column.dictionary_page_offset)
        starts.append(start)
        ends.append(start + column.total_compressed_size)
    return min(starts, default=0), max(ends, default=0)


def _opened(path: Path, name: str) -> Any:
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, memory_map=True)
    except OSError as error:
        if error.errno is not None and not isinstance(error, pa.ArrowException):
            raise PartError(name, f"cannot be read ({error.strerror}).") from error
        raise PartError(name, _DAMAGED.format(_first_line(error))) from error
    except (pa.ArrowException, ValueError) as error:
        raise PartError(name, _DAMAGED.format(_first_line(error))) from error


def _pieces(file: Any, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    left = end - start
    while left > 0 and (piece := file.read(min(_PIECE, left))):
        left -= len(piece)
        yield piece


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return f" ({lines[0][:100]})" if lines and lines[0].isascii() else ""
