"""Tables that are in memory already, as a source: for small data, and to compare with."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from detachment.errors import UsageError
from detachment.sources._types import BLOCK, PART, Fingerprint, Source
from detachment.text import listing


@dataclass(frozen=True, slots=True, eq=False)
class MemoryPart:
    """Rows of a table."""

    name: str
    table: pa.Table
    first_row: int = 1
    decimal: str = "."

    @property
    def rows(self) -> int:
        """How many."""
        return int(self.table.num_rows)

    def __reduce__(self) -> tuple[type["MemoryPart"], tuple[str, pa.Table, int, str]]:
        """Hand on these rows, and not the table that they are a slice of."""
        table = pa.ipc.open_stream(self._written()).read_all()
        return type(self), (self.name, table, self.first_row, self.decimal)

    def _written(self) -> pa.Buffer:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.table.schema) as writer:
            writer.write_table(self.table)
        return sink.getvalue()

    def fingerprint(self) -> Fingerprint:
        """Hash of the columns as Arrow writes them."""
        return Fingerprint(self.rows, hashlib.sha256(self._written()).hexdigest())

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``."""
        table = self.table.select(list(columns))
        for start in range(0, table.num_rows, BLOCK):
            yield table.slice(start, BLOCK)


def memory_source(table: object) -> Source:
    """Take a table as a source.

    Raises
    ------
    UsageError
        When it is none.
    """
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    if not isinstance(table, pa.Table):
        raise UsageError(
            "a source is a path, a pyarrow.Table, a pandas DataFrame or what detachment.sources "
            f"makes of a database, not {type(table).__name__}."
        )
    names = table.column_names
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(
            f"the table has more than one column called {listing(map(repr, twice), shown=5)}. Give "
            "each a name of its own."
        )
    pieces = [table.slice(start, PART) for start in range(0, max(table.num_rows, 1), PART)]
    parts, first = [], 1
    for piece in pieces:
        last = first + piece.num_rows - 1
        parts.append(MemoryPart(name=f"rows {first}-{last}", table=piece, first_row=first))
        first = last + 1
    return Source(name="memory", kind="memory", parts=tuple(parts), columns=tuple(names))
