"""A path in, an export out."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from detachment.errors import DetachmentError, ExportError, UsageError, check_word
from detachment.exports import parquet
from detachment.exports._cells import stored_once
from detachment.exports._container import (
    SPREADSHEETS,
    STATISTICS,
    TEXTS,
    container_of,
    read_bytes,
)
from detachment.exports._delimited import decimal_mark
from detachment.exports._folders import Archive, Directory
from detachment.exports._privacy import personal_by_name, personal_by_value
from detachment.exports._registry import PLATFORMS
from detachment.exports._source import File, Folder, Layout, Source
from detachment.exports._types import Export, Variable
from detachment.text import encodable

_NOT_TEXT = {".xlsx", ".xls", ".xlsb", ".ods", ".sav", ".zsav", ".por", ".dta", ".parquet"}


def read_export(
    path: str | os.PathLike[str],
    *,
    platform: str | None = None,
    sheet: str | None = None,
    member: str | None = None,
    encoding: str | None = None,
    codebook: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = (),
    missing_codes: Mapping[str, str] | None = None,
) -> Export:
    r"""Read a survey platform's export as it is: everything as text, nothing dropped.

    What the file is comes from its bytes, never from its ending: container, then encoding, then
    delimiter, then the platform's marks. Code books that a platform puts beside its data under
    names of their own are used, and said.

    Parameters
    ----------
    path
        CSV, TSV or other delimited text; JSON; Excel (.xlsx, .xls, .xlsb, .ods); SPSS (.sav, .zsav,
        .por); Stata (.dta); Parquet; or a zip archive with one of these.
    platform
        Whose layout it is, where detection should not decide; one of the platforms that
        ``detachment inspect`` names.
    sheet
        Name of the sheet, for a workbook; by default the one that looks most like data.
    member
        Name of the file within a zip archive; by default the only one that holds responses.
    encoding
        Of a text file, or of an SPSS or Stata file that does not say it or says it wrongly
        (``"utf-8"``, ``"cp1252"``, ``"mac_roman"``); found out when None.
    codebook
        Files that say what was asked: a REDCap data dictionary, a LimeSurvey structure (.lss), a
        formr item table, SoSci Survey's lists of variables and values, a PsyToolkit survey.
    missing_codes
        Code -> what it means, for codes that the whole file uses for a missing answer and whose
        meaning it does not say itself (REDCap's missing data codes).

    Returns
    -------
    Export
        Table of strings, code book, and facts about the file.

    Raises
    ------
    UsageError
        When there is no such file, platform, sheet, member or encoding.
    ExportError
        When the file is not a table of records; the message says what it is and what to do.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "quiz.csv"
    ...     _ = file.write_text("id;Q1\nA;3,5\nB;4,0\n", encoding="utf-8")
    ...     export = read_export(file)
    >>> export.delimiter, export.decimal, export.frame["Q1"].tolist(), export.rows.tolist()
    (';', ',', ['3,5', '4,0'], [2, 3])
    """
    if platform is not None:
        check_word("platform", platform, tuple(PLATFORMS))
    path = Path(path)
    data = read_bytes(path)
    container = container_of(data, path.name)
    given = [codebook] if isinstance(codebook, (str, os.PathLike)) else list(codebook)
    books = tuple(File(Path(book).name, read_bytes(Path(book))) for book in given)
    source = Source(
        name=path.name,
        data=data,
        container=container,
        books=books,
        folder=Directory(path),
        encoding=encoding,
        sheet=sheet,
    )
    if container == "zip":
        found = _in_archive(source, Archive(data, path.name), platform, member)
    elif member is not None:
        raise UsageError(f"member={member!r} was given, but {path.name} is not a zip archive.")
    else:
        found = _found(source, platform)
    reading = {
        "platform": platform,
        "sheet": sheet,
        "member": member,
        "encoding": encoding,
        "codebook": [book.name for book in books],
        "missing_codes": dict(missing_codes or {}),
    }
    return replace(_export(found, path, data, books, missing_codes or {}), reading=reading)


def export_of_table(
    table: pa.Table,
    *,
    name: str,
    first_row: int = 1,
    missing_codes: Mapping[str, str] | None = None,
    decimal: str = ".",
) -> Export:
    """Take an Arrow table, a block of a larger source, as an export.

    Parameters
    ----------
    table
        One row a record.
    name
        What messages call it.
    first_row
        Number of its first row in the source.
    missing_codes
        As for :func:`read_export`.
    decimal
        How numbers are written, where they are text.

    Returns
    -------
    Export
        With no hash: the source has its own.
    """
    layout = parquet.layout_of(table, name, first_row)
    frame = stored_once(layout.frame)
    identifying, doubts = _identifying(frame, layout)
    tests = layout.test_rows
    return Export(
        cells=frame,
        rows=layout.rows,
        variables={n: _with_codes(v, missing_codes or {}) for n, v in layout.variables.items()},
        test_rows=np.zeros(len(frame), dtype=bool) if tests is None else tests,
        file=encodable(name),
        sha256="",
        container="arrow",
        encoding=None,
        bom=False,
        delimiter=None,
        decimal=decimal,
        platform="parquet",
        rule="columns with types",
        header_rows=0,
        identifying_columns=identifying,
        unfinished=_unfinished(frame, layout),
        repeated=layout.repeated,
        warnings=layout.warnings + doubts,
    )


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A source, whose layout it is and why, and what it is in that layout."""

    source: Source
    platform: str
    rule: str
    layout: Layout
    member: str | None = None


def _found(source: Source, platform: str | None) -> _Found:
    if source.sheet is not None and source.container not in SPREADSHEETS:
        raise UsageError(f"sheet={source.sheet!r} was given, but {source.name} is not a workbook.")
    if source.encoding is not None and source.container not in (*TEXTS, *STATISTICS):
        raise UsageError(f"encoding={source.encoding!r} was given, but {source.name} is not text.")
    if platform is not None:
        rule = "named by the user"
    else:
        platform, rule = _detected(source)
    layout = PLATFORMS[platform].read(source)
    return _Found(source=source, platform=platform, rule=rule, layout=layout)


def _detected(source: Source) -> tuple[str, str]:
    for name, module in PLATFORMS.items():
        rule = module.detect(source)
        if rule is not None:
            return name, rule
    what = {"json": "JSON", "xml": "XML"}.get(source.container, f"a .{source.container} file")
    raise ExportError(
        f"{source.name} is {what} of no survey platform that is known here, not a table. Export "
        "the data from the survey platform as CSV."
    )


def _in_archive(
    source: Source, archive: Archive, platform: str | None, member: str | None
) -> _Found:
    """Find the one member that holds responses, or ask."""
    name = source.name
    if member is not None:
        return _member(source, archive, platform, member)
    choice: list[_Found] = []
    refusals: list[DetachmentError] = []
    left = _MOST_TRIED
    for level in archive.levels():
        answers = []
        for candidate in level[:left]:
            try:
                found = _member(source, archive, platform, candidate)
            except (ExportError, UsageError) as error:  # a sheet was named, and this has none
                refusals.append(error)
            else:
                if found.layout.kind == "responses" and not found.layout.frame.empty:
                    answers.append(found)
        left -= len(level[:left])
        # A file that only might be a table (a read-me) gives way to one that a platform marked,
        # also where that lies deeper.
        known = [found for found in answers if found.platform not in _UNMARKED]
        choice = known or choice or answers
        if known:
            break
    if len(choice) == 1:
        return choice[0]
    if choice:
        names = ", ".join(str(found.member) for found in choice[:10])
        raise ExportError(
            f"{name} holds {len(choice)} exports ({names}). Say which one with --member (member= "
            "in Python), or unpack it."
        )
    if refusals and isinstance(refusals[0], UsageError):
        raise refusals[0]
    why = f" The first was refused: {refusals[0]}" if refusals else ""
    raise ExportError(f"{name} is a zip archive without a survey export in it.{why}")


_MOST_TRIED = 50
_UNMARKED = ("excel", "generic")  # platforms that take any workbook, any table
_NOT_FINISHED = ("0", "false", "no", "falsch", "nein", "falso", "faux", "non")


def _member(source: Source, archive: Archive, platform: str | None, member: str) -> _Found:
    data = archive.read(member)
    if not data:
        raise ExportError(f"{member} in {source.name} is empty (0 bytes).")
    container = container_of(data, member)
    if container == "zip":
        raise ExportError(f"{member} in {source.name} is a zip archive again. Unpack it.")
    name = PurePosixPath(member).name  # as if it lay in a folder of its own
    beside: Folder = archive.beside(member)
    inner = replace(source, name=name, data=data, container=container, folder=beside)
    return replace(_found(inner, platform), member=member)


def _export(
    found: _Found,
    path: Path,
    data: bytes,
    books: tuple[File, ...],
    missing_codes: Mapping[str, str],
) -> Export:
    source, layout = found.source, found.layout
    grid = source.grid if layout.container is None else None
    frame = stored_once(layout.frame)
    warnings: tuple[str, ...] = ()
    if source.container == "text" and path.suffix.lower() in _NOT_TEXT:
        warnings = (f"the file is called {path.suffix} but holds plain text, and is read as text",)
    if layout.kind == "responses" and frame.empty:
        raise ExportError(
            f"{path.name} has no records: {frame.shape[1]} column(s), and nothing below the "
            "headings. Export the data again, with the responses."
            + "".join(f" ({warning}.)" for warning in warnings)
        )
    unused = [book.name for book in books if book not in layout.books]
    if unused:
        raise UsageError(
            f"{', '.join(unused)} is no code book that the platform {found.platform!r} of "
            f"{path.name} has. Leave it out, or name the platform."
        )
    identifying, doubts = _identifying(frame, layout)
    if grid is not None:
        warnings += grid.warnings
    elif source.text is not None:
        warnings += source.text.warnings
    return Export(
        cells=frame,
        rows=layout.rows,
        variables={n: _with_codes(v, missing_codes) for n, v in layout.variables.items()},
        test_rows=(
            np.zeros(len(frame), dtype=bool) if layout.test_rows is None else layout.test_rows
        ),
        file=encodable(path.name),
        sha256=hashlib.sha256(data).hexdigest(),
        container=layout.container or source.container,
        encoding=layout.encoding if source.text is None else source.text.encoding,
        bom=source.text is not None and source.text.bom,
        delimiter=None if grid is None else grid.delimiter,
        decimal=layout.decimal or ("." if grid is None else decimal_mark(frame, grid.delimiter)),
        platform=found.platform,
        rule=found.rule,
        header_rows=layout.header_rows,
        identifying_columns=identifying,
        unfinished=_unfinished(frame, layout),
        kind=layout.kind,
        member=found.member,
        books={book.name: hashlib.sha256(book.data).hexdigest() for book in layout.books},
        repeated=layout.repeated,
        durations=layout.durations,
        warnings=warnings + layout.warnings + doubts,
    )


def _unfinished(frame: pd.DataFrame, layout: Layout) -> NDArray[np.bool_] | None:
    if layout.unfinished is not None:
        return layout.unfinished
    column = next((name for name, v in layout.variables.items() if v.role == "finished"), None)
    if column is None:
        return None
    words = frame[column].str.strip().str.casefold()
    return words.isin(_NOT_FINISHED).to_numpy(dtype=bool)


def _identifying(frame: pd.DataFrame, layout: Layout) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that hold personal values, in their order, and what is said of doubtful ones."""
    if layout.kind == "codebook":
        return (), ()
    timing = {name for name, variable in layout.variables.items() if variable.role == "timing"}
    by_name = layout.identifying | {
        name for name in map(str, frame) if personal_by_name(name) and name not in timing
    }
    by_value, doubts = personal_by_value(frame, by_name)
    return tuple(n for n in map(str, frame) if n in by_name or n in by_value), doubts


def _with_codes(variable: Variable, codes: Mapping[str, str]) -> Variable:
    if not codes or variable.role:
        return variable
    return replace(variable, missing={**codes, **variable.missing})
