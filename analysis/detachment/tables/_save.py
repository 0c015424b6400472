"""The tables of a result as a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from detachment.tables._model import Table
from detachment.tables._of import tables_of
from detachment.tables._write import write

if TYPE_CHECKING:
    from detachment.estimates import Result
    from detachment.validation import Survey


def save_tables(
    what: "Result | Table | Sequence[Table]",
    path: str | Path,
    *,
    number: int | str | None = 1,
    survey: "Survey | None" = None,
) -> Path:
    """Write the tables of a result, or tables, as a file: its ending says how.

    Parameters
    ----------
    what
        What a verb returned, or tables as :func:`detachment.tables.tables_of` makes them.
    path
        Such as ``"table1.docx"``; the endings are those of ``detachment.tables.FORMS``.
    number
        Number of the first table, from which the others are counted on; None numbers none.
    survey
        The answers that a result was asked of, for means beside correlations.

    Returns
    -------
    Path
        Where they are.

    Raises
    ------
    UsageError
        When the ending is none that tables are written in; nothing is written then.

    Examples
    --------
    >>> import pandas as pd
    >>> import detachment as dt
    >>> from tempfile import TemporaryDirectory
    >>> answers = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [2, 1, 4, 3, 6, 5]})
    >>> with TemporaryDirectory() as folder:
    ...     path = save_tables(dt.correlate(answers, rows="x", columns="y"), f"{folder}/t.md")
    ...     print(path.read_text(encoding="utf-8")[:11])
    **Table 1**
    """
    path = Path(path)
    tables = [what] if isinstance(what, Table) else what
    if not isinstance(tables, Sequence):
        tables = tables_of(tables, survey=survey)
    content = write(tables, path.suffix, number=number)
    path.write_bytes(content)
    return path
