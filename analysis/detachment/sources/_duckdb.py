"""Tables and queries of a DuckDB database, opened to read and to see nothing but itself.

A part is a run of row numbers of a table; a view or a query is one part. DuckDB's documentation,
"Row id", "Securing DuckDB".
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from detachment.errors import UsageError, nearest
from detachment.sources._sql import listed, one_of, quoted
from detachment.sources._types import BLOCK, PART, Fingerprint, PartError, Source, in_blocks

if TYPE_CHECKING:
    import duckdb

# No other file, no extension, no network.
_ALONE: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": "false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckDBPart:
    """Rows of a table, or all of a query."""

    path: str
    name: str
    relation: str
    columns: tuple[str, ...]
    where: str = ""
    rows: int | None = None
    first_row: int = 1
    decimal: str = "."

    def fingerprint(self) -> Fingerprint:
        """Number of rows, and hash of the sum of the hashes of the rows."""
        with _reading(self.path, self.name) as connection:
            found = connection.sql(
                f"SELECT count(*), sum(hash({listed(self.columns)})) "
                f"FROM {self.relation} AS source {self.where}"
            ).fetchall()
        n, total = found[0]
        return Fingerprint(n, hashlib.sha256(f"{n} {total}".encode()).hexdigest())

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``."""
        with _reading(self.path, self.name) as connection:
            rows = connection.sql(
                f"SELECT {listed(columns)} FROM {self.relation} AS source {self.where}"
            ).to_arrow_reader(BLOCK)
            yield from in_blocks(rows)


def duckdb_source(
    path: str | Path, *, table: str | None = None, query: str | None = None
) -> Source:
    """Take a table or a query of a DuckDB database as a source.

    The database is opened to read only, and a query sees this database and nothing else: no other
    file, no network. A table is read in parts of about 260,000 rows; a view or a query is one part.

    Parameters
    ----------
    path
        The database file.
    table
        Name of a table or view, with its schema where that is not the usual one.
    query
        A SELECT that gives the same rows each time it is asked: it is asked whenever the answers
        are counted.

    Returns
    -------
    Source
        For :func:`detachment.open_survey`.

    Raises
    ------
    UsageError
        When there is no such file or table, the query is not understood, or ``duckdb`` is not
        installed.
    PartError
        When the file is no database, or another program has it open to write.

    Examples
    --------
    >>> import tempfile
    >>> import duckdb
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = f"{folder.name}/class.duckdb"
    >>> with duckdb.connect(file) as database:
    ...     _ = database.execute("CREATE TABLE answers AS SELECT 1 AS q1, 2 AS q2")
    >>> duckdb_source(file, table="answers").columns
    ('q1', 'q2')
    >>> folder.cleanup()
    """
    _installed()
    file = Path(path)
    if not file.is_file():
        raise UsageError(f"there is no file {file.name!r}.")
    asked = one_of(table, query)
    name = f"{file.name}, {'query' if table is None else table}"
    with _reading(str(file), name) as connection:
        relation, stored = (asked, False) if asked else _table(connection, str(table), file.name)
        columns = _columns(connection, relation, name)
        runs = _runs(connection, relation) if stored else []
    parts = []
    first = 1
    for start, end, rows in runs:
        parts.append(
            DuckDBPart(
                path=str(file),
                name=name if len(runs) == 1 else f"{name}, rows {start + 1}-{end}",
                relation=relation,
                columns=columns,
                # The last run is open: rows that are added later change it, and are noticed.
                where=f"WHERE rowid >= {start}"
                + ("" if end == runs[-1][1] else f" AND rowid < {end}"),
                rows=rows,
                first_row=first,
            )
        )
        first += rows
    whole = DuckDBPart(path=str(file), name=name, relation=relation, columns=columns)
    return Source(name=name, kind="duckdb", parts=tuple(parts or [whole]), columns=columns)


def _installed() -> None:
    try:
        import duckdb  # noqa: F401
    except ImportError:
        raise UsageError(
            "to read a DuckDB database, install what belongs to it: "
            "pip install 'detachment[databases]'."
        ) from None


@contextmanager
def _reading(path: str, name: str) -> "Iterator[duckdb.DuckDBPyConnection]":
    import duckdb

    if not Path(path).is_file():
        raise PartError(name, "the database file is no longer there.")
    try:
        connection = duckdb.connect(path, read_only=True, config=_ALONE)
    except duckdb.ConnectionException:
        raise PartError(
            name,
            "the database is open to write in this program. Close that connection, and ask again.",
        ) from None
    except duckdb.Error as error:
        busy = "lock" in str(error)
        why = (
            "another program has the database open to write. Close it there, and ask again."
            if busy
            else "is no DuckDB database, or a damaged one, or one of a newer version of DuckDB."
        )
        raise PartError(name, why) from None
    try:
        yield connection
    except duckdb.Error as error:
        # What DuckDB says of values may quote them.
        kind = str(error).split(":", 1)[0]
        raise PartError(name, f"cannot be read to its end (DuckDB: {kind}).") from None
    finally:
        connection.close()


def _table(connection: "duckdb.DuckDBPyConnection", table: str, file: str) -> tuple[str, bool]:
    """Quoted name of a table, and whether its rows have numbers."""
    known = connection.execute(
        "SELECT table_schema, table_name, table_type = 'BASE TABLE' FROM "
        "information_schema.tables ORDER BY table_schema <> 'main', table_schema, table_name"
    ).fetchall()
    for schema, name, stored in known:
        if table in (name, f"{schema}.{name}"):
            return f"{quoted(schema)}.{quoted(name)}", bool(stored)
    names = [name for _, name, _ in known]
    raise UsageError(f"{file} has no table {table!r}.{nearest(table, names)}")


def _columns(connection: "duckdb.DuckDBPyConnection", relation: str, name: str) -> tuple[str, ...]:
    import duckdb

    try:
        found = connection.sql(f"SELECT * FROM {relation} AS source LIMIT 0").columns
    except duckdb.Error as error:
        said = " ".join(str(error).split("\n", 1)[0].split())
        raise UsageError(f"{name}: DuckDB does not understand the query ({said[:200]}).") from None
    return tuple(map(str, found))


def _runs(connection: "duckdb.DuckDBPyConnection", relation: str) -> list[tuple[int, int, int]]:
    """First row number, the one after the last, and rows, of each part."""
    found = connection.sql(
        f"SELECT rowid // {PART} AS run, count(*) FROM {relation} GROUP BY run ORDER BY run"
    ).fetchall()
    starts = [0, *(run * PART for run, _ in found[1:])]
    ends = [*starts[1:], (found[-1][0] + 1) * PART if found else 0]
    return [(a, b, n) for a, b, (_, n) in zip(starts, ends, found, strict=False)]
