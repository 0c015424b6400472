"""A display table as a value: what is printed, and the full-precision numbers behind it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


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
    """

    label: str
    numeric: bool = True
    symbol: bool = False
    group: str = ""
    wide: bool = False


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
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    data: "pd.DataFrame"

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
