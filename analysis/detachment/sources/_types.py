"""A source of rows that need not fit the memory: parts that are read one by one, in blocks."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pyarrow as pa

from detachment.errors import DetachmentError

BLOCK = 1 << 17
"""Rows of a block at most: 60 columns of them, as numbers and as text, stay below 100 MB."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what a part is known again: how large it is, and a hash of what was read of it.

    Attributes
    ----------
    size
        Bytes (rows, where a part is no file).
    sha256
        Of the bytes; empty for a source that has none of its own, such as a query.
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
    """

    @property
    def name(self) -> str: ...

    @property
    def rows(self) -> int | None: ...

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
        ``parquet``, ``ipc``, ``csv``, ``duckdb``, ``postgresql`` or ``memory``.
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


def hash_of(pieces: Iterator[bytes]) -> tuple[int, str]:
    """Size and hash of bytes that come in pieces."""
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()
