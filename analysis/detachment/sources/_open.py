"""Which source a path, a table or a query is."""

from pathlib import Path

from detachment.errors import ExportError, UsageError
from detachment.sources._memory import memory_source
from detachment.sources._parquet import parquet_parts
from detachment.sources._types import Part, Source
from detachment.text import listing


def open_source(source: object) -> Source:
    """Find the parts of a source, and read none of them.

    Parameters
    ----------
    source
        A file or folder of Parquet, a ``pyarrow.Table`` or a pandas ``DataFrame``.

    Returns
    -------
    Source

    Raises
    ------
    UsageError
        When there is no such file, or it is no source.
    ExportError
        When the files of a folder differ in their columns, or there is none.
    PartError
        When a file cannot be read.

    Examples
    --------
    >>> import pyarrow as pa
    >>> open_source(pa.table({"a": [1, 2], "b": [2, 1]}))
    Source('memory': memory, 1 parts)
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, str | Path):
        return _files(Path(source).absolute())  # a worker may stand in another folder
    return memory_source(source)


def _files(path: Path) -> Source:
    if not path.exists():
        raise UsageError(f"there is no file or folder {path.name!r}.")
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*.parquet") if p.is_file())
    if not files:
        raise ExportError(f"{path.name} holds no .parquet file.")
    parts: list[Part] = []
    columns: dict[str, tuple[str, ...]] = {}
    for file in files:
        name = file.name if path.is_file() else file.relative_to(path).as_posix()
        found, schema = parquet_parts(file, name)
        parts += found
        columns[name] = tuple(schema.names)
    require_same_columns(path.name, columns)
    return Source(
        name=path.name, kind="parquet", parts=tuple(parts), columns=next(iter(columns.values()))
    )


def require_same_columns(name: str, columns: dict[str, tuple[str, ...]]) -> None:
    """Refuse files of one source that do not have the same columns.

    Raises
    ------
    ExportError
        With the first file that differs, and in what.
    """
    first, *others = columns.items()
    for other, names in others:
        if set(names) != set(first[1]):
            missing = [c for c in first[1] if c not in names]
            more = [c for c in names if c not in first[1]]
            what = [f"does not have {listing(missing, shown=5)}"] if missing else []
            what += [f"has {listing(more, shown=5)} besides"] if more else []
            raise ExportError(
                f"{name}: {other} {' and '.join(what)}, compared with {first[0]}. Parts of one "
                "source need the same columns."
            )
