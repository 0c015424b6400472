"""A source of rows that need not fit the memory: parts that are read one by one, in blocks."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detachment.errors import DetachmentError

BLOCK = 1 << 16
"""Rows of a block at most: 60 columns of them, as numbers and as text, stay below 250 MB."""
COLUMNS = 60
"""Columns up to which blocks have no fewer rows; of fewer columns there may be more."""
PART = 1 << 18
"""Rows of a part at most, where a source can be cut: a million rows keep four cores busy."""
_PIECE = 1 << 20
_ROWS = b"detachment.rows"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what a part is known again: how large it is, and a hash of what was read of it.

    Attributes
    ----------
    size
        Bytes of a file; rows, where a part is no file.
    sha256
        Of the bytes of a file, whole or the run of it that is the part. A database has no bytes to
        show: there it is made of the number of rows and the sum of a 64-bit hash of each row, all
        columns of it, which the database computes and which does not depend on the order of rows.
    """

    size: int
    sha256: str


class PartError(DetachmentError):
    """A part of a source cannot be read, or is not what it was.

    Parameters
    ----------
    part
        Its name.
    why
        What is wrong, in words that follow the name and a colon.
    """

    def __init__(self, part: str, why: str) -> None:
        self.part, self.why = part, why
        super().__init__(f"{part}: {why}")

    def __reduce__(self) -> tuple[type["PartError"], tuple[str, str]]:
        """So that a worker in another process can hand it on."""
        return type(self), (self.part, self.why)


@runtime_checkable
class Part(Protocol):
    """A piece of a source that is read whole or not at all; small, and it can be pickled.

    Attributes
    ----------
    name
        What people call it: the file's path below the source's folder, and its row groups.
    rows
        How many rows it says it has; None where only reading tells.
    first_row
        Number of its first row, as messages about cells say it.
    decimal
        ``"."`` or ``","``: how numbers are written, where they are text.
    """

    @property
    def name(self) -> str: ...

    @property
    def rows(self) -> int | None: ...

    @property
    def first_row(self) -> int: ...

    @property
    def decimal(self) -> str: ...

    def fingerprint(self) -> Fingerprint:
        """Size and hash of what is there now.

        Raises
        ------
        PartError
            When it is gone or cannot be read.
        """
        ...

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """Rows in their order, at most ``BLOCK`` at a time, some columns of them.

        Raises
        ------
        PartError
            When it cannot be read to its end.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """Parts with the same columns.

    Attributes
    ----------
    name
        What a result says of where its numbers come from: the last part of a path, or a table.
    kind
        ``parquet``, ``arrow``, ``csv``, ``exports of`` and a platform, ``duckdb``, ``postgresql``
        or ``memory``.
    parts
        In the order of their names.
    columns
        Names of the columns.
    """

    name: str
    kind: str
    parts: tuple[Part, ...]
    columns: tuple[str, ...]

    @property
    def rows(self) -> int | None:
        """Rows of all parts; None where one does not know."""
        known = [part.rows for part in self.parts]
        return None if any(rows is None for rows in known) else sum(r for r in known if r)

    def __repr__(self) -> str:
        return f"Source({self.name!r}: {self.kind}, {len(self.parts)} parts)"


def rows_of_block(columns: int) -> int:
    """How many rows a block of so many columns may have: the larger, the fewer steps there are.

    Examples
    --------
    >>> [rows_of_block(columns) for columns in (1, 25, 60, 200)]
    [262144, 157286, 65536, 65536]
    """
    return min(PART, max(BLOCK, BLOCK * COLUMNS // max(columns, 1)))


def hash_of(pieces: Iterable[bytes]) -> tuple[int, str]:
    """Size and hash of bytes that come in pieces."""
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()


def pieces(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    """Bytes of an open file from ``start`` up to ``end``, some at a time."""
    file.seek(start)
    left = end - start
    while left > 0 and (piece := file.read(min(_PIECE, left))):
        left -= len(piece)
        yield piece


def file_fingerprint(
    path: str, name: str, spans: Sequence[tuple[int, int]] | None = None
) -> Fingerprint:
    """Size of a file, and hash of its bytes, or of runs of them.

    Raises
    ------
    PartError
        When it is gone or cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, 2)
            runs = [(0, size)] if spans is None else spans
            found = itertools.chain.from_iterable(pieces(file, *run) for run in runs)
            return Fingerprint(size, hash_of(found)[1])
    except OSError as error:
        raise PartError(name, unreadable(error)) from error


def unreadable(error: OSError) -> str:
    """Why a file cannot be read."""
    if isinstance(error, FileNotFoundError):
        return "is no longer there."
    return f"cannot be read ({(error.strerror or 'the system does not say why').lower()})."


def first_line(error: Exception) -> str:
    """What a library says of a damaged file, in brackets, where it is short and plain."""
    lines = str(error).splitlines()
    plain = bool(lines) and lines[0].isascii() and lines[0].isprintable()
    return f" ({lines[0][:100]})" if plain else ""


def in_blocks(
    batches: Iterable[pa.RecordBatch | pa.Table], most: int = BLOCK
) -> Iterator[pa.Table]:
    """Join small batches and cut large ones, in their order, to tables of at most ``most`` rows."""
    waiting: list[pa.Table] = []
    rows = 0
    for batch in batches:
        table = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
        while rows + table.num_rows >= most:
            head = table.slice(0, most - rows)
            table = table.slice(most - rows)
            yield pa.concat_tables([*waiting, head])
            waiting, rows = [], 0
        if table.num_rows:
            waiting.append(table)
            rows += table.num_rows
    if waiting:
        yield pa.concat_tables(waiting)


def numbered(block: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Let a block say which rows it holds, where some of them were left out."""
    return block.replace_schema_metadata({_ROWS: rows.astype("<i8").tobytes()})


def row_numbers(block: pa.Table, first: int) -> NDArray[np.int64]:
    """Which rows a block holds: those that it says, else as many as there are from ``first``."""
    said = (block.schema.metadata or {}).get(_ROWS)
    if said is None:
        return np.arange(first, first + block.num_rows, dtype=np.int64)
    return np.frombuffer(said, dtype="<i8").astype(np.int64)
