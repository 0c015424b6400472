"""Tables as people read them: fitted to a terminal, or aligned text in a pipe."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import rich.table

    from detachment.tables import Table

ROWS_ON_A_TERMINAL = 60
WIDE = 100_000  # a pipe has no edge
WRAPS_FROM = 44  # a longer text may be wrapped on a terminal
GAP = 2
_NUMERIC = re.compile(r"[−–]|[−<>\[ ]*[0-9.∞][0-9.,%∞−–\[\] ]*")


def render(tables: Sequence["Table"], *, keys: int | Sequence[int] = 1, heading: str = "") -> str:
    """Tables with their titles and notes, as text that fits where stdout goes.

    Parameters
    ----------
    tables
        In the order of reading; one without rows says so.
    keys
        How many of the first columns name a row, of all tables or of each; they are repeated
        where a table is cut.
    heading
        A line above everything.

    Returns
    -------
    str
        Without a newline at the end.
    """
    from rich.console import Console
    from rich.text import Text

    terminal = sys.stdout.isatty()
    console = Console(width=None if terminal else WIDE, highlight=False, emoji=False, markup=False)
    with console.capture() as captured:
        if heading:
            console.print(Text(heading, style="bold"), end="\n\n")
        for table, named in zip(tables, _each(keys, len(tables)), strict=True):
            if table.title:
                console.print(Text(table.title, style="bold"))
            rows = table.rows[:ROWS_ON_A_TERMINAL] if terminal else table.rows
            for block in _blocks(table, rows, keys=named, width=console.width):
                console.print(block)
                console.print()
            if not rows:
                console.print("none\n")
            if len(rows) < len(table.rows):
                more = len(table.rows) - len(rows)
                where = "--json has all" if table.title else "--json or --out FILE.csv has all"
                console.print(f"... {more} more rows; {where}\n")
            for note in table.notes:
                console.print(Text(f"Note. {note}"))
            if table.notes:
                console.print()
    return "\n".join(line.rstrip() for line in captured.get().splitlines()).rstrip()


def _each(keys: int | Sequence[int], tables: int) -> Sequence[int]:
    return [keys] * tables if isinstance(keys, int) else keys


def listing(
    records: Sequence[Mapping[Any, object]],
    *,
    title: str = "",
    left: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> "Table":
    """Plain records as a table to read.

    Parameters
    ----------
    records
        All with the same keys.
    title, notes
        What stands above and below the table.
    left
        Columns that are set flush left whatever they hold; others are where a cell is no number.

    Returns
    -------
    Table
    """
    import pandas as pd

    from detachment.tables import Column, Table

    names = [str(name) for name in records[0]] if records else []
    return Table(
        name="listing",
        title=title,
        columns=tuple(
            Column(
                label=name.replace("_", " "),
                numeric=name not in left and _numeric([record[name] for record in records]),
            )
            for name in names
        ),
        rows=tuple(tuple(words(record[name]) for name in names) for record in records),
        notes=tuple(notes),
        data=pd.DataFrame(records),
    )


def _numeric(cells: Sequence[object]) -> bool:
    """Whether all cells are numbers, intervals or counts, or dashes for those that are missing."""
    said = [words(cell) for cell in cells if cell not in ("", None)]
    return bool(said) and all(map(_NUMERIC.fullmatch, said))


def words(value: object) -> str:
    """A plain value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _blocks(
    table: "Table", rows: Sequence[tuple[str, ...]], *, keys: int, width: int
) -> Iterator["rich.table.Table"]:
    """The table, cut by columns where it is wider than the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table as Drawn
    from rich.text import Text

    if not rows:
        return
    heads = [" ".join(filter(None, (c.group, c.label))) for c in table.columns]
    widths = [
        max(cell_len(line) for cell in column for line in cell.split("\n"))
        for column in zip(heads, *rows, strict=True)
    ]
    wants = [min(width, WRAPS_FROM) + GAP for width in widths]
    while keys > 1 and sum(wants[:keys]) > width / 2:
        keys -= 1
    boxed = width < WIDE  # a box draws one of the gap's columns itself
    for kept in _cuts(wants, keys, width):
        drawn = Drawn(
            box=SIMPLE_HEAD if boxed else None,
            padding=(0, GAP - boxed, 0, 0),
            show_edge=False,
            pad_edge=False,
        )
        for i in kept:
            drawn.add_column(
                Text(heads[i]),
                justify="right" if table.columns[i].numeric else "left",
                no_wrap=not boxed or widths[i] < WRAPS_FROM,
            )
        for row in rows:
            drawn.add_row(*(Text(row[i]) for i in kept))
        yield drawn


def _cuts(wants: Sequence[int], keys: int, width: int) -> Iterator[list[int]]:
    """Columns of each block: those that name a row, and as many others as fit."""
    kept = list(range(keys))
    for i in range(keys, len(wants)):
        if len(kept) > keys and sum(wants[k] for k in [*kept, i]) > width:
            yield kept
            kept = list(range(keys))
        kept.append(i)
    yield kept
