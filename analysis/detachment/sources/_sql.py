"""What is read of a database, as SQL that reads and does nothing else."""

from detachment.errors import UsageError


def quoted(name: str) -> str:
    """Quote a name of a table or column, so that it is one whatever stands in it.

    Examples
    --------
    >>> quoted('my "own" column')
    '"my ""own"" column"'
    """
    return '"' + name.replace('"', '""') + '"'


def one_of(table: str | None, query: str | None) -> str | None:
    """Take the query, in brackets, as a table of its own; None where a table is named.

    Raises
    ------
    UsageError
        When neither or both are given, or the query is empty.
    """
    if (table is None) == (query is None):
        raise UsageError("name what is read of the database: either table= or query=, not both.")
    if query is None:
        return None
    bare = query.strip().rstrip(";").rstrip()
    if not bare:
        raise UsageError("the query is empty; write a SELECT.")
    return f"({bare}\n)"  # the line feed ends a comment, so that it does not hide the bracket


def listed(columns: tuple[str, ...]) -> str:
    """Names of columns as a SELECT lists them."""
    return ", ".join(map(quoted, columns))
