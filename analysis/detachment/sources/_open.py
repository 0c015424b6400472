"""Which source a path or a table is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from detachment.errors import ExportError, UsageError
from detachment.sources._arrow import MAGIC, STREAM, arrow_parts, stream_parts
from detachment.sources._broken import BrokenPart
from detachment.sources._csv import csv_parts
from detachment.sources._keyed import KeyedPart, folder_keys
from detachment.sources._memory import memory_source
from detachment.sources._parquet import parquet_parts
from detachment.sources._types import Part, PartError, Source, unreadable
from detachment.text import counted, listing

_KINDS = {
    ".parquet": "parquet", ".pq": "parquet",
    ".arrow": "arrow", ".arrows": "arrow", ".feather": "arrow", ".ipc": "arrow",
    ".csv": "csv", ".tsv": "csv", ".txt": "csv",
}  # fmt: skip
# Data that a folder may hold, and that would silently not be counted.
_OTHERS = (
    ".dta", ".duckdb", ".gz", ".json", ".jsonl", ".ods", ".por", ".rdata", ".rds", ".sav",
    ".sqlite", ".xls", ".xlsb", ".xlsx", ".zip", ".zsav",
)  # fmt: skip
_HIDDEN = (".", "_")  # what engines write beside their data: _SUCCESS, _metadata, .part-0.crc


@dataclass(frozen=True, slots=True)
class _File:
    """What was found in a file."""

    kind: str
    parts: tuple[Part, ...]
    columns: tuple[str, ...]


def open_source(source: object) -> Source:
    """Find the parts of a source, and read none of them.

    Parameters
    ----------
    source
        A file or folder of Parquet, Arrow or CSV files, a ``pyarrow.Table``, a pandas
        ``DataFrame``, or what :func:`duckdb_source` and :func:`postgresql_source` return. Folders
        within a folder may be called ``column=value``, which gives their rows that column.

    Returns
    -------
    Source
        A file that cannot be read, or has other columns than most, is a part that says so when it
        is read.

    Raises
    ------
    UsageError
        When there is no such file, or it is no source.
    ExportError
        When a folder holds files of several kinds, or none that can be read.
    PartError
        When a file alone cannot be read.

    Examples
    --------
    >>> import pyarrow as pa
    >>> open_source(pa.table({"a": [1, 2], "b": [2, 1]}))
    Source('memory': memory, 1 parts)
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, str | Path):
        if "://" in str(source):  # an address may hold a password, and is not repeated
            raise UsageError(
                "a database is opened with detachment.sources.postgresql_source or duckdb_source, "
                "which say what is read of it; an address on the net is not opened at all."
            )
        path = Path(source).absolute()  # a worker may stand in another folder
        if not path.exists():
            raise UsageError(f"there is no file or folder {path.name!r}.")
        return _folder(path) if path.is_dir() else _alone(path)
    return memory_source(source)


def _alone(path: Path) -> Source:
    file = _file(path, path.name, _kind_of(path, path.name))
    return Source(name=path.name, kind=file.kind, parts=file.parts, columns=file.columns)


def _folder(path: Path) -> Source:
    files = _listed(path)
    kind = _one_kind(path, files)
    found: dict[str, _File] = {}
    broken: dict[str, BrokenPart] = {}
    for file in files:
        relative = file.relative_to(path)
        name = relative.as_posix()
        try:
            found[name] = _keyed(_file(file, name, kind), folder_keys(relative))
        except PartError as error:
            broken[name] = BrokenPart(name=name, why=error.why)
    if not found:
        why = next(iter(broken.values()))
        raise ExportError(
            f"{path.name}: none of its {counted(len(files), 'file')} can be read. The first, "
            f"{why.name}: {why.why}"
        )
    columns = _usual(found)
    layouts = Counter(file.kind for file in found.values())
    if len(layouts) > 1:
        kinds = " and ".join(f"{n} of {kind}" for kind, n in sorted(layouts.items()))
        raise ExportError(
            f"{path.name} holds files in several layouts ({kinds}). Give files of one layout, "
            "such as a folder for each."
        )
    example = next(name for name, file in found.items() if set(file.columns) == set(columns))
    parts: list[Part] = []
    for name in sorted([*found, *broken]):
        if name in broken:
            parts.append(broken[name])
        elif why_not := _differs(found[name].columns, columns, example):
            parts.append(BrokenPart(name=name, why=why_not))
        else:
            parts += found[name].parts
    return Source(name=path.name, kind=next(iter(layouts)), parts=tuple(parts), columns=columns)


def _listed(path: Path) -> list[Path]:
    """Files below a folder that may hold data, in the order of their names."""
    return sorted(
        (
            file
            for file in path.rglob("*")
            if file.suffix.lower() in (*_KINDS, *_OTHERS)
            and not any(part.startswith(_HIDDEN) for part in file.relative_to(path).parts)
            and not file.is_dir()
        ),
        key=lambda file: file.relative_to(path).as_posix(),
    )


def _one_kind(path: Path, files: list[Path]) -> str:
    """Kind of the files of a folder, by their endings; refused where there are several."""
    endings = Counter(file.suffix.lower() for file in files)
    kinds = {_KINDS.get(ending, ending) for ending in endings}
    if len(kinds) == 1 and (kind := next(iter(kinds))) in _KINDS.values():
        return kind
    what = listing([f"{n} {ending}" for ending, n in sorted(endings.items())])
    if kinds.isdisjoint(_KINDS.values()):
        raise ExportError(
            f"{path.name} holds no .parquet, .arrow or .csv file"
            + (f" ({what} besides). Save the data as one of these" if files else "")
            + "."
        )
    raise ExportError(
        f"{path.name} holds files of several kinds ({what}), and which of them are the data is "
        "not known. Give a folder with files of one kind."
    )


def _kind_of(path: Path, name: str) -> str:
    """Kind of a file, by its first bytes."""
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError as error:
        raise PartError(name, unreadable(error)) from error
    if not start:
        raise PartError(name, "is empty (0 bytes). Write it again.")
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((MAGIC, STREAM)):
        return "arrow"
    if start.startswith(b"FEA1"):
        raise PartError(name, "is a Feather file of version 1. Write it again as version 2.")
    if start[8:] == b"DUCK":
        raise PartError(
            name,
            "is a DuckDB database: say which table or query of it is read with "
            "detachment.sources.duckdb_source.",
        )
    if start.startswith((b"PK", b"$FL", b"\xd0\xcf\x11\xe0")):
        raise PartError(
            name,
            "is an Excel workbook, an SPSS file or an archive, which is read as a whole: use "
            "read_survey, or save it as Parquet or CSV.",
        )
    return "csv"


def _file(path: Path, name: str, kind: str) -> _File:
    """Parts of a file that must be of a kind."""
    found = _kind_of(path, name)
    if found != kind:
        called = {"parquet": "a Parquet", "arrow": "an Arrow", "csv": "a text"}
        raise PartError(
            name, f"is not {called[kind]} file, whatever its name says. Write it again."
        )
    if kind == "parquet":
        parts, columns = parquet_parts(path, name)
        return _File(kind, tuple(parts), columns)
    if kind == "arrow":
        with path.open("rb") as file:
            is_stream = file.read(4) == STREAM
        batches, columns = (stream_parts if is_stream else arrow_parts)(path, name)
        return _File(kind, tuple(batches), columns)
    texts, columns, layout = csv_parts(path, name)
    return _File(f"exports of {layout[0]}" if layout else kind, tuple(texts), columns)


def _keyed(file: _File, said: tuple[tuple[str, str | None], ...]) -> _File:
    """Give the parts the columns that their folders say, where the file does not have them."""
    keys = tuple((name, value) for name, value in said if name not in file.columns)
    if not keys or file.kind.startswith("exports"):
        return file
    parts = tuple(KeyedPart(part=part, keys=keys) for part in file.parts)
    return _File(file.kind, parts, (*file.columns, *(name for name, _ in keys)))


def _usual(files: Mapping[str, _File]) -> tuple[str, ...]:
    """Columns that most files have; of equally many, those of the first."""
    counts = Counter(frozenset(file.columns) for file in files.values())
    most = max(counts.values())
    return next(f.columns for f in files.values() if counts[frozenset(f.columns)] == most)


def _differs(columns: tuple[str, ...], usual: tuple[str, ...], example: str) -> str:
    """In what the columns of a file are not the usual ones; empty where they are."""
    missing = [name for name in usual if name not in columns]
    more = [name for name in columns if name not in usual]
    what = [f"does not have {listing(missing, shown=5)}"] if missing else []
    what += [f"has {listing(more, shown=5)} besides"] if more else []
    if not what:
        return ""
    return (
        f"{' and '.join(what)}, compared with {example}. Parts of one source need the same columns."
    )
