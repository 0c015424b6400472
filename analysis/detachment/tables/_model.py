"""A display table as a value: what is printed, and the full-precision numbers behind it."""

from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

People = Literal["", "count", "total", "share", "n", "one"]
HEAD = -1  # the row of the heads, where a remark is about a column


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as it is printed.

    Attributes
    ----------
    label
        Its head.
    numeric
        Whether its cells are numbers: set flush right with equal decimals, so that points align.
    symbol
        Whether the head is or has statistical symbols, set in italics (Greek ones are not); see
        :func:`detachment.tables.symbols`.
    group
        Head above several columns that stand side by side.
    wide
        Whether its cells are sentences that need room.
    data
        Column of the table's data that it prints; needed where ``people`` is set.
    people
        What its cells tell of people, for tables that are shown to others: ``"count"``, how many
        are in one category (those of a row are apart from one another); ``"total"``, the sum of a
        row's counts; ``"share"``, the share of that total, or of a single count; ``"n"``, on how
        many the numbers of the row rest; ``"one"``, the value of a single person.
    """

    label: str
    numeric: bool = True
    symbol: bool = False
    group: str = ""
    wide: bool = False
    data: str = ""
    people: People = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A specific note: about some cells only, which carry its letter.

    Attributes
    ----------
    text
        A sentence.
    cells
        Row and column of each cell that it is about, counted from 0; the row is ``HEAD`` for the
        head of a column.
    """

    text: str
    cells: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A table in APA 7 layout, apart from how it is written.

    Attributes
    ----------
    name
        Short name, fit for a file: ``"reliability"``.
    title
        What it shows.
    columns
        From left to right; the first one names the rows.
    rows
        Printed cells, one tuple a row; a line feed in a cell begins a second, smaller line.
    groups
        Heads of groups of rows, each with the number of rows under it; empty for one group.
    notes
        Sentences under the table that are about all of it: the general note.
    data
        The tidy table behind it at full precision, as a file for further work has it.
    lines
        Which row of the data each printed row is of; empty where they are the same.
    people
        How many people there are, whom the counts of a row and those in none of them add up to;
        None where nobody knows.
    remarks
        Specific notes. Their letters follow the cells from left to right and from top to bottom,
        whatever their order here.
    probability
        Sentences about tests: which are a family, and how their p was adjusted.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    data: "pd.DataFrame"
    lines: tuple[int, ...] = ()
    people: int | None = None
    remarks: tuple[Remark, ...] = ()
    probability: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.name}: {len(row)} cells in {len(self.columns)} columns")
        if self.groups and sum(size for _, size in self.groups) != len(self.rows):
            raise ValueError(f"{self.name}: groups that do not add up to {len(self.rows)} rows")
        for remark in self.remarks:
            for line, column in remark.cells:
                if line not in range(HEAD, len(self.rows)) or column not in range(
                    len(self.columns)
                ):
                    raise ValueError(f"{self.name}: a remark on no cell, {line}, {column}")

    def _repr_html_(self) -> str:
        from detachment.tables._html import STYLE, html_table

        return f"<style>{STYLE}</style>{html_table(self)}"

    def __repr__(self) -> str:
        return f"Table({self.name!r}: {self.title}, {len(self.rows)} rows)"


def lettered(table: Table) -> tuple[tuple[Remark, ...], dict[tuple[int, int], str]]:
    """Give the specific notes of a table their letters: a, b, ..., z, aa, ab, ...

    Parameters
    ----------
    table
        A display table.

    Returns
    -------
    remarks : tuple of Remark
        In the order of their letters.
    letters : dict
        Row and column of a cell that carries letters, to them: ``"a"``, or ``"a,b"``.

    References
    ----------
    American Psychological Association. (2020). *Publication manual* (7th ed.), 7.14.
    """
    used = [remark for remark in table.remarks if remark.cells]
    used.sort(key=lambda remark: min(remark.cells))
    letters: dict[tuple[int, int], str] = {}
    for place, remark in enumerate(used):
        for cell in sorted(set(remark.cells)):
            so_far = letters.get(cell)
            letters[cell] = f"{so_far},{letter(place)}" if so_far else letter(place)
    return tuple(used), letters


def letter(place: int) -> str:
    """Letter of a specific note, counted from 0.

    Examples
    --------
    >>> letter(0), letter(25), letter(26)
    ('a', 'z', 'aa')
    """
    before, last = divmod(place, 26)
    return (letter(before - 1) if before else "") + ascii_lowercase[last]
