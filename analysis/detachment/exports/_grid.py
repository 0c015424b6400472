"""Cells of a table before anyone says which rows are headings, and the headings made unique."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.exports._cells import without_unused

HEAD = 5


class Merged(NamedTuple):
    """A merged cell: its first and last row and column, all included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Cells of a text table or a sheet before anyone says which rows are headings.

    Attributes
    ----------
    cells
        Text as categories (each different text of a column stored once), shape (rows that hold
        anything, columns); names are 0, 1, 2, ...
    rows
        Row of each as a spreadsheet counts it.
    merged
        Merged cells of a workbook, as positions in ``cells``; only the first of the cells that
        one covers holds its text.
    """

    cells: pd.DataFrame
    rows: NDArray[np.int64]
    merged: tuple[Merged, ...] = ()
    encoding: str | None = None
    bom: bool = False
    delimiter: str | None = None
    warnings: tuple[str, ...] = ()

    @cached_property
    def head(self) -> list[list[str]]:
        """The first few rows, as lists."""
        rows: list[list[str]] = self.cells.iloc[:HEAD].to_numpy(dtype=object).tolist()
        return rows


def unique_headings(headings: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Make headings unique: an empty one becomes ``unnamed_3``, a repeated one ``Q1.2``.

    Returns the names in order, and what was changed, in words.

    Examples
    --------
    >>> unique_headings(["Q1", "", "Q1"])[0]
    ['Q1', 'unnamed_2', 'Q1.2']
    """
    taken = set(headings)
    seen: dict[str, int] = {}
    names: list[str] = []
    empty, repeated = 0, []
    for position, heading in enumerate(headings, start=1):
        if not heading.strip():
            empty += 1
            stem, number, separator = "unnamed", position, "_"
        elif heading in seen:
            if heading not in repeated:
                repeated.append(heading)
            stem, number, separator = heading, seen[heading] + 1, "."
        else:
            seen[heading] = 1
            names.append(heading)
            continue
        while (name := f"{stem}{separator}{number}") in taken:
            number += 1
        taken.add(name)
        seen[heading] = number
        names.append(name)
    warnings = []
    if empty:
        warnings.append(f"{empty} column(s) without a heading: called unnamed_ and their position")
    if repeated:
        shown = ", ".join(repr(short(h)) for h in repeated[:5])
        more = f" and {len(repeated) - 5} more" if len(repeated) > 5 else ""
        warnings.append(
            f"{len(repeated)} heading(s) stand more than once and were numbered: {shown}{more}"
        )
    return names, tuple(warnings)


def renamed(names: list[str], headings: list[str]) -> dict[str, str]:
    """Columns whose heading stood before -> that heading."""
    pairs = zip(names, headings, strict=True)
    return {name: heading for name, heading in pairs if name != heading and heading.strip()}


def short(text: str, width: int = 60) -> str:
    """One line of at most ``width`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 3] + "..."


def table(
    grid: Grid, headings: list[str], header_rows: int
) -> tuple[pd.DataFrame, NDArray[np.int64], list[str], tuple[str, ...]]:
    """Split a grid under its headings: frame, rows, its names, warnings about the headings."""
    names, warnings = unique_headings(headings)
    frame = grid.cells.iloc[header_rows:].reset_index(drop=True)
    frame.columns = pd.Index(names, dtype="str")
    return without_unused(frame), grid.rows[header_rows:], names, warnings


def filled_rows(cells: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which rows hold anything, shape (rows,).

    In a table of one column an empty row can be an answer that was not given: there only the
    empty rows at the end do not count.
    """
    empty = np.arange(len(cells))
    for column in cells:
        empty = empty[(cells[column].iloc[empty] == "").to_numpy()]
        if not len(empty):
            break
    filled = np.ones(len(cells), dtype=bool)
    filled[empty] = False
    if cells.shape[1] == 1:
        filled[: np.flatnonzero(filled).max(initial=0)] = True
    return filled


def numbered(rows: Sequence[int] | NDArray[np.intp]) -> str:
    """Build "3 row(s) (2, 5, 9)", with at most ten of them named."""
    shown = ", ".join(str(row) for row in rows[:10])
    return f"{len(rows)} row(s) ({shown}{', ...' if len(rows) > 10 else ''})"
