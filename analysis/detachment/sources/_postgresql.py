"""Tables and queries of PostgreSQL, read as Arrow batches in transactions that can only read.

A part is a range of an integer key; a table without one, a view and a query are one part. Each
part is read from one snapshot of the database (PostgreSQL, "Transaction Isolation": repeatable
read).
"""

import hashlib
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa

from detachment.errors import UsageError
from detachment.sources._sql import one_of, quoted
from detachment.sources._types import PART, Fingerprint, PartError, Source, in_blocks

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

_SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL DateStyle = 'ISO'",  # so that a row as text does not depend on who asks
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL synchronize_seqscans = off",  # the rows of a table in the same order each time
    "SET LOCAL max_parallel_workers_per_gather = 0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgreSQLPart:
    """Rows in a range of a key, or all of them."""

    uri: str = field(repr=False)  # may hold a password
    name: str
    relation: str
    as_text: frozenset[str]
    where: str = ""
    order: str = ""
    rows: int | None = None
    first_row: int = 1
    decimal: str = "."

    def fingerprint(self) -> Fingerprint:
        """Number of rows, and hash of the sum of the hashes of the rows."""
        with _reading(self.uri, self.name) as cursor:
            n, total = _row(
                cursor,
                "SELECT count(*), coalesce(sum(hashtextextended(source::text, 0)::numeric), 0)"
                f"::text FROM {self.relation} AS source {self.where}",
            )
        return Fingerprint(int(str(n)), hashlib.sha256(f"{n} {total}".encode()).hexdigest())

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``."""
        selected = ", ".join(
            f"{quoted(name)}::text AS {quoted(name)}" if name in self.as_text else quoted(name)
            for name in columns
        )
        with _reading(self.uri, self.name) as cursor:
            cursor.execute(
                f"SELECT {selected} FROM {self.relation} AS source {self.where} {self.order}"
            )
            yield from in_blocks(cursor.fetch_record_batch())


def postgresql_source(
    uri: str, *, table: str | None = None, query: str | None = None, key: str | None = None
) -> Source:
    """Take a table or a query of a PostgreSQL database as a source.

    Only read: every transaction is declared so to the server. A table whose primary key is one
    integer column, or a table or query whose ``key`` is named, is read in parts of about 260,000
    rows; anything else is one part.

    Parameters
    ----------
    uri
        Where the database is: ``postgresql://user@host/database``. A password is better left out
        of it: PostgreSQL's own password file (``~/.pgpass``), service file and environment
        variables are used. One that is in it is shown nowhere.
    table
        Name of a table or view, with its schema where that is not on the search path.
    query
        A SELECT that gives the same rows each time it is asked: it is asked whenever the answers
        are counted.
    key
        Integer column by whose values the rows are cut into parts.

    Returns
    -------
    Source
        For :func:`detachment.open_survey`.

    Raises
    ------
    UsageError
        When there is no such table or key, the query is not understood, or
        ``adbc-driver-postgresql`` is not installed.
    PartError
        When the server cannot be reached, or does not let you in.

    Examples
    --------
    >>> from detachment.sources import postgresql_source
    >>> source = postgresql_source(
    ...     "postgresql://reader@db.example.org/panel", table="answers"
    ... )  # doctest: +SKIP
    """
    _installed()
    asked = one_of(table, query)
    database = _database(uri)
    name = f"{database}, {'query' if table is None else table}" if database else str(table)
    with _reading(uri, name) as cursor:
        relation, own = (asked, None) if asked else _table(cursor, str(table), name)
        schema = _schema(cursor, relation, name)
        by = key or own
        bounds = [] if by is None else _bounds(cursor, relation, by, name, schema)
    columns = tuple(map(str, schema.names))
    as_text = frozenset(str(one.name) for one in schema if not _plain(one.type))

    def part(what: str, where: str) -> PostgreSQLPart:
        return PostgreSQLPart(
            uri=uri,
            name=name + what,
            relation=relation,
            as_text=as_text,
            where=where,
            order=f"ORDER BY {quoted(by)}" if by else "",
        )

    parts = [part("", "")]
    if by is not None and len(bounds) > 1:
        # The first and the last are open, so that every row is in one part, now and later.
        column = quoted(by)
        parts = [
            part(f", {by} below {bounds[1]}", f"WHERE {column} < {bounds[1]} OR {column} IS NULL")
        ]
        parts += [
            part(f", {by} {start}-{end - 1}", f"WHERE {column} >= {start} AND {column} < {end}")
            for start, end in itertools.pairwise(bounds[1:])
        ]
        parts.append(part(f", {by} from {bounds[-1]}", f"WHERE {column} >= {bounds[-1]}"))
    return Source(name=name, kind="postgresql", parts=tuple(parts), columns=columns)


def _installed() -> None:
    try:
        import adbc_driver_postgresql.dbapi  # noqa: F401
    except ImportError:
        raise UsageError(
            "to read a PostgreSQL database, install what belongs to it: "
            "pip install 'detachment[databases]'."
        ) from None


@contextmanager
def _reading(uri: str, name: str) -> "Iterator[Cursor]":
    """Begin a transaction that reads from one snapshot."""
    from adbc_driver_manager import Error
    from adbc_driver_postgresql.dbapi import connect

    # "from None" throughout: the driver's own errors can quote the address, password and all.
    try:
        connection = connect(uri)
    except Error as error:
        raise PartError(name, f"the database cannot be reached ({_said(error, uri)}).") from None
    try:
        with connection.cursor() as cursor:
            for setting in _SETTINGS:
                cursor.execute(setting)
            yield cursor
    except (Error, pa.ArrowException, OSError) as error:
        # What PostgreSQL says of values may quote them.
        if "read-only transaction" in str(error):
            raise PartError(name, "the query would write to the database; only read.") from None
        state = getattr(error, "sqlstate", None)
        code = f" (PostgreSQL's code {state})" if state and state.strip("\0") else ""
        raise PartError(name, f"cannot be read to its end{code}.") from None
    finally:
        connection.close()


def _said(error: Exception, uri: str) -> str:
    """First line of what the driver says, unless it holds what must not be shown."""
    line = " ".join(str(error).split("\n", 1)[0].split())[:300].rstrip(".")
    if uri in line:
        return "the address is not understood; write postgresql://user@host/database"
    if any(secret in line for secret in _secrets(uri)):
        return "the reason is not shown, because it quotes the password"
    return line


def _secrets(uri: str) -> list[str]:
    """Passwords in an address, as written and as meant."""
    found = re.findall(r"(?:password|sslpassword)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&]+)", uri)
    try:
        parts = urlsplit(uri)
        found += [parts.password or ""]
        found += [
            one for key, many in parse_qs(parts.query).items() if "password" in key for one in many
        ]
    except ValueError:
        found.append(uri)
    return [secret for one in found if one for secret in (one, one.strip("'"), unquote(one))]


def _database(uri: str) -> str:
    """Name of the database in an address; empty where it does not say, or is no address."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    named = parts.path.strip("/") if parts.scheme in ("postgresql", "postgres") else ""
    return unquote(named) if not any(secret in named for secret in _secrets(uri)) else ""


def _row(cursor: "Cursor", query: str, values: tuple[str, ...] = ()) -> tuple[object, ...]:
    cursor.execute(query, values or None)
    found = cursor.fetchone()
    return tuple(found) if found else ()


def _table(cursor: "Cursor", table: str, name: str) -> tuple[str, str | None]:
    """Quoted name of a table, and its primary key, where that is one integer column."""
    found = _row(
        cursor,
        "SELECT n.nspname::text, c.relname::text, "
        "(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid "
        "AND a.attnum = i.indkey[0] WHERE i.indrelid = c.oid AND i.indisprimary "
        "AND i.indnatts = 1 AND a.atttypid IN (20, 21, 23)) "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (n.nspname || '.' || c.relname = $1 "
        "OR (c.relname = $1 AND pg_table_is_visible(c.oid))) ORDER BY n.nspname LIMIT 1",
        (table,),
    )
    if not found:
        raise UsageError(
            f"{name}: there is no such table that you may see. Write its schema before it where "
            "that is another (schema.table)."
        )
    schema, own, key = found
    return f"{quoted(str(schema))}.{quoted(str(own))}", None if key is None else str(key)


def _schema(cursor: "Cursor", relation: str, name: str) -> pa.Schema:
    from adbc_driver_manager import Error

    try:
        cursor.execute(f"SELECT * FROM {relation} AS source LIMIT 0")
        schema = cursor.fetch_record_batch().schema
    except Error as error:
        said = " ".join(str(error).split("\n", 1)[0].split())
        raise UsageError(
            f"{name}: PostgreSQL does not understand the query ({said[:200]})."
        ) from None
    return schema


def _plain(kind: pa.DataType) -> bool:
    """Whether Arrow has the type itself; what it does not have (numeric, enum) is read as text."""
    return not isinstance(kind, pa.BaseExtensionType) and bool(
        pa.types.is_primitive(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)
    )


def _bounds(cursor: "Cursor", relation: str, key: str, name: str, schema: pa.Schema) -> list[int]:
    """First key of each part: as many parts as the rows fill, of keys equally many."""
    if key not in schema.names or not pa.types.is_integer(schema.field(key).type):
        raise UsageError(f"{name}: the key {key!r} is no column of whole numbers of it.")
    n, low, high = _row(
        cursor,
        f"SELECT count(*), min({quoted(key)})::bigint, max({quoted(key)})::bigint "
        f"FROM {relation} AS source",
    )
    if low is None:
        return []
    first, last = int(str(low)), int(str(high))
    parts = min(-(-int(str(n)) // PART), last - first + 1)
    return [first + (last - first + 1) * part // parts for part in range(parts)]
