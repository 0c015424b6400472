"""Arrow files: memory-mapped; a part is a run of record batches, or a whole stream.

Apache Arrow, "Arrow Columnar Format", serialization: a file has a footer that says where its
record batches are; a stream has none, and is read from its start. A batch that was compressed is
unpacked as a whole, however many rows it has; every other one is cut where it lies.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from detachment.sources._types import (
    PART,
    Fingerprint,
    PartError,
    file_fingerprint,
    first_line,
    in_blocks,
    unreadable,
)

MAGIC = b"ARROW1"
STREAM = b"\xff\xff\xff\xff"  # every message of a stream starts with it
_DAMAGED = "starts like an Arrow file but is damaged or cut off{}. Write it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrowPart:
    """Record batches of a file."""

    path: str
    name: str
    rows: int
    batches: tuple[int, int]  # the first, and the one after the last
    first_row: int = 1
    decimal: str = "."

    def fingerprint(self) -> Fingerprint:
        """Size of the file, and hash of the batches as Arrow writes them."""
        digest = hashlib.sha256()
        with _readable(self.path, self.name) as file:
            reader = pa.ipc.open_file(file)
            for i in range(*self.batches):
                digest.update(reader.get_batch(i).serialize())
            return Fingerprint(file.size(), digest.hexdigest())

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``."""
        with _readable(self.path, self.name) as file:
            reader = pa.ipc.open_file(file, options=_only(pa.ipc.open_file(file).schema, columns))
            batches = (reader.get_batch(i).select(list(columns)) for i in range(*self.batches))
            yield from in_blocks(batches)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPart:
    """A file that holds a stream."""

    path: str
    name: str
    rows: int | None = None
    first_row: int = 1
    decimal: str = "."

    def fingerprint(self) -> Fingerprint:
        """Size and hash of the file."""
        return file_fingerprint(self.path, self.name)

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``."""
        with _readable(self.path, self.name) as file:
            schema = pa.ipc.open_stream(file).schema
            file.seek(0)
            reader = pa.ipc.open_stream(file, options=_only(schema, columns))
            yield from in_blocks(batch.select(list(columns)) for batch in reader)


def arrow_parts(path: Path, name: str) -> tuple[list[ArrowPart], tuple[str, ...]]:
    """Cut a file into runs of record batches of about ``PART`` rows; say what its columns are.

    Raises
    ------
    PartError
        When it is damaged.
    """
    with _readable(str(path), name) as file:
        reader = pa.ipc.open_file(file)
        columns = tuple(map(str, reader.schema.names))
        if not columns:
            raise PartError(name, "has no columns.")
        # One column is enough to see how many rows a batch has.
        narrow = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=[0]))
        sizes = [narrow.get_batch(i).num_rows for i in range(narrow.num_record_batches)]
    runs: list[list[int]] = []
    rows = 0
    for i, here in enumerate(sizes):
        if not runs or rows + here > PART:
            runs.append([i, i])
            rows = 0
        runs[-1][1] = i + 1
        rows += here
    parts = [
        ArrowPart(
            path=str(path),
            name=name if len(runs) == 1 else f"{name}, batch {_which(start, end)}",
            rows=sum(sizes[start:end]),
            batches=(start, end),
            first_row=1 + sum(sizes[:start]),
        )
        for start, end in runs
    ]
    return parts or [ArrowPart(path=str(path), name=name, rows=0, batches=(0, 0))], columns


def stream_parts(path: Path, name: str) -> tuple[list[StreamPart], tuple[str, ...]]:
    """Take a stream as one part, and say what its columns are.

    Raises
    ------
    PartError
        When it does not begin with a schema.
    """
    with _readable(str(path), name) as file:
        columns = tuple(map(str, pa.ipc.open_stream(file).schema.names))
    return [StreamPart(path=str(path), name=name)], columns


def _which(start: int, end: int) -> str:
    return f"{start}" if end == start + 1 else f"{start}-{end - 1}"


def _only(schema: pa.Schema, columns: tuple[str, ...]) -> pa.ipc.IpcReadOptions:
    """Unpack these columns and no other."""
    places = [schema.get_field_index(name) for name in columns]
    return pa.ipc.IpcReadOptions(included_fields=places, use_threads=False)


@contextmanager
def _readable(path: str, name: str) -> Iterator[pa.NativeFile]:
    """Open a file, and say of its part what Arrow says of it.

    It is not mapped into memory: a process that looks at what was cut off meanwhile is killed.
    """
    try:
        with pa.OSFile(path) as file:
            yield file
    except pa.ArrowException as error:
        raise PartError(name, _DAMAGED.format(first_line(error))) from error
    except OSError as error:
        why = unreadable(error) if error.errno else _DAMAGED.format(first_line(error))
        raise PartError(name, why) from error
    except (ValueError, KeyError) as error:
        raise PartError(name, _DAMAGED.format(first_line(error))) from error
