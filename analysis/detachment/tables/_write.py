"""Tables as whole files: one writer a form, under one name."""

from collections.abc import Callable, Mapping, Sequence

from detachment.errors import UsageError
from detachment.tables._docx import docx_file
from detachment.tables._html import html_file
from detachment.tables._latex import latex_file
from detachment.tables._markdown import markdown_file
from detachment.tables._model import Table
from detachment.tables._typst import typst_file
from detachment.tables._xlsx import xlsx_file
from detachment.text import listing

# Tables and the number of each, None where it has none; the bytes of a file that stands alone.
FileWriter = Callable[[Sequence[tuple[Table, str | None]]], bytes]

# Ending of a file -> what writes it. A writer loads the libraries that it needs when it is called.
FORMS: Mapping[str, FileWriter] = {
    "html": html_file,
    "docx": docx_file,
    "tex": latex_file,
    "typ": typst_file,
    "xlsx": xlsx_file,
    "md": markdown_file,
}


def write(tables: Table | Sequence[Table], form: str, *, number: int | str | None = 1) -> bytes:
    """Write tables as a file that stands alone.

    Parameters
    ----------
    tables
        One table, or several in the order of reading.
    form
        Ending of the file, such as ``"html"``.
    number
        Number of the first table, from which the others are counted on; one that is no whole
        number ("S1") is for a single table. None numbers none.

    Returns
    -------
    bytes
        Equal for equal tables and equal versions.

    Raises
    ------
    UsageError
        When no writer has that form.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment.tables import Column
    >>> table = Table(
    ...     name="t",
    ...     title="Answers",
    ...     columns=(Column(label="Item", numeric=False), Column(label="n", symbol=True)),
    ...     rows=(("sign_01", "40"),),
    ...     data=pd.DataFrame({"item": ["sign_01"], "n": [40]}),
    ... )
    >>> page = write(table, "html").decode()
    >>> "<caption><b>Table 1</b><i><bdi>Answers</bdi></i></caption>" in page
    True
    """
    form = form.lower().removeprefix(".")
    if form not in FORMS:
        raise UsageError(f"Tables are written as {listing(FORMS, 'or')}, not as {form!r}.")
    several = (tables,) if isinstance(tables, Table) else tuple(tables)
    return FORMS[form](tuple(zip(several, numbers(len(several), number), strict=True)))


def numbers(tables: int, first: int | str | None) -> list[str | None]:
    """Numbers of tables in a row, from the first one's."""
    if first is None:
        return [None] * tables
    if isinstance(first, int):
        return [str(first + place) for place in range(tables)]
    return [first, *(f"{first}.{place}" for place in range(2, tables + 1))]
