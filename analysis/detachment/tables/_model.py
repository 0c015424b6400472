"""A display table as a value: what is printed, and the full-precision numbers behind it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

People = Literal["", "count", "total", "share", "n", "one"]


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
        Whether the head is or has a statistical symbol, set in italics (Greek ones are not).
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
        Sentences under the table.
    data
        The tidy table behind it at full precision, as a file for further work has it.
    lines
        Which row of the data each printed row is of; empty where they are the same.
    people
        How many people there are, whom the counts of a row and those in none of them add up to;
        None where nobody knows.
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

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.name}: {len(row)} cells in {len(self.columns)} columns")
        if self.groups and sum(size for _, size in self.groups) != len(self.rows):
            raise ValueError(f"{self.name}: groups that do not add up to {len(self.rows)} rows")

    def _repr_html_(self) -> str:
        from detachment.tables._html import STYLE, html_table

        return f"<style>{STYLE}</style>{html_table(self)}"

    def __repr__(self) -> str:
        return f"Table({self.name!r}: {self.title}, {len(self.rows)} rows)"
