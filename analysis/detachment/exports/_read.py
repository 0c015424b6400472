"""A path in, an export out."""

import hashlib
import os
from pathlib import Path

import numpy as np

from detachment.errors import ExportError, UsageError, check_word
from detachment.exports._container import SPREADSHEETS, STATISTICS, container_of, read_bytes
from detachment.exports._delimited import decimal_mark, read_delimited
from detachment.exports._privacy import personal_by_name, personal_by_value
from detachment.exports._registry import PLATFORMS
from detachment.exports._source import Source
from detachment.exports._text import decode
from detachment.exports._types import Export
from detachment.exports._workbook import read_workbook

_NOT_TEXT = {".xlsx", ".xls", ".xlsb", ".ods", ".sav", ".zsav", ".por"}


def read_export(
    path: str | os.PathLike[str], *, platform: str | None = None, sheet: str | None = None
) -> Export:
    r"""Read a survey platform's export as it is: everything as text, nothing dropped.

    What the file is comes from its bytes, never from its ending: container, then encoding, then
    delimiter, then the platform's marks.

    Parameters
    ----------
    path
        CSV, TSV or other delimited text; Excel (.xlsx, .xls, .xlsb, .ods); SPSS (.sav, .zsav,
        .por).
    platform
        Whose layout it is, where detection should not decide: ``qualtrics``, ``spss``,
        ``generic``.
    sheet
        Name of the sheet, for a workbook; by default the one that holds most.

    Returns
    -------
    Export
        Table of strings, code book, and facts about the file.

    Raises
    ------
    UsageError
        When there is no such file, platform or sheet.
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
    if sheet is not None and container not in SPREADSHEETS:
        raise UsageError(f"sheet={sheet!r} was given, but {path.name} is not a workbook.")
    if container in STATISTICS:
        grid = None
    elif container in SPREADSHEETS:
        grid = read_workbook(data, container, path.name, sheet)
    else:
        grid = read_delimited(decode(data, path.name), path.name)
    source = Source(name=path.name, data=data, container=container, grid=grid)
    if platform is None:
        name, rule = next(
            (name, rule)
            for name, module in PLATFORMS.items()
            if (rule := module.detect(source)) is not None
        )
    else:
        name, rule = platform, "named by the user"
    layout = PLATFORMS[name].read(source)
    frame = layout.frame
    misnamed: tuple[str, ...] = ()
    if container == "text" and path.suffix.lower() in _NOT_TEXT:
        misnamed = (f"the file is called {path.suffix} but holds plain text, and is read as text",)
    if frame.empty:
        raise ExportError(
            f"{path.name} has no records: {frame.shape[1]} column(s), and nothing below the "
            "headings. Export the data again, with the responses."
            + "".join(f" ({warning}.)" for warning in misnamed)
        )
    by_name = layout.identifying | {name for name in map(str, frame) if personal_by_name(name)}
    by_value, found = personal_by_value(frame, by_name)
    return Export(
        frame=frame,
        rows=layout.rows,
        variables=layout.variables,
        test_rows=(
            np.zeros(len(frame), dtype=bool) if layout.test_rows is None else layout.test_rows
        ),
        file=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        container=container,
        encoding=layout.encoding if grid is None else grid.encoding,
        bom=grid is not None and grid.bom,
        delimiter=None if grid is None else grid.delimiter,
        decimal="." if grid is None else decimal_mark(frame, grid.delimiter),
        platform=name,
        rule=rule,
        header_rows=layout.header_rows,
        identifying_columns=tuple(n for n in map(str, frame) if n in by_name or n in by_value),
        repeated=layout.repeated,
        warnings=misnamed + (() if grid is None else grid.warnings) + layout.warnings + found,
    )
