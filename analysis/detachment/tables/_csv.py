"""Tables as CSV for further work: full precision, and safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from detachment.tables._model import Table

if TYPE_CHECKING:
    import pandas as pd

# What makes a spreadsheet take a cell for a formula, also in its full-width forms.
_RISKY = re.compile(r"^[=+\-@\t\n＝＋－＠]")
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")


def csv_table(table: "Table | pd.DataFrame") -> str:
    """Write the numbers behind a table as CSV.

    Numbers are written so that reading them gives the same number again; a missing value is an
    empty cell. A text that a spreadsheet would run as a formula gets an apostrophe before it.

    Parameters
    ----------
    table
        A display table, of which ``data`` is written, or any table.

    Returns
    -------
    str
        Comma-separated, lines end with a line feed.

    Examples
    --------
    >>> import pandas as pd
    >>> print(csv_table(pd.DataFrame({"item": ["=1+1", "-9"], "r": [-0.1, None]})), end="")
    item,r
    '=1+1,-0.1
    -9,
    """
    frame = table.data if isinstance(table, Table) else table
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_safe(str(name)) for name in frame.columns])
    for row in zip(*(_values(column) for _, column in frame.items()), strict=True):
        writer.writerow([_written(value) for value in row])
    return buffer.getvalue()


def _values(column: "pd.Series") -> Iterable[object]:
    """Values of a column; text by Arrow, which pandas would ask for one at a time."""
    import pandas as pd
    import pyarrow as pa

    texts = isinstance(column.dtype, pd.StringDtype)
    return pa.array(column.array).to_pylist() if texts else column


def _written(value: object) -> str:
    if isinstance(value, str):
        return _safe(value)
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int):
        return str(plain)
    if isinstance(plain, float):
        return repr(plain) if plain == plain else ""
    if plain is None or str(plain) in {"<NA>", "NaT"}:
        return ""
    return _safe(str(plain))


def _safe(text: str) -> str:
    # A carriage return alone ends a row for some readers and not for others.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    harmless = len(text) == 1 or _NUMBER.match(text)  # a sign alone starts no formula
    return f"'{text}" if _RISKY.match(text) and not harmless else text
