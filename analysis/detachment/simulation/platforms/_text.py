"""Rows of text as the bytes of a file."""

import csv
import io
from collections.abc import Iterable, Sequence


def delimited(
    rows: Iterable[Sequence[str]],
    *,
    delimiter: str = ",",
    newline: str = "\n",
    encoding: str = "utf-8",
    quote_all: bool = False,
) -> bytes:
    """Delimited text; ``encoding`` may be one that writes a byte order mark (``utf-8-sig``)."""
    text = io.StringIO()
    csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=newline,
        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
    ).writerows(rows)
    return text.getvalue().encode(encoding)
