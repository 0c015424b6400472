"""Tables as people read them: fitted to a terminal, or aligned text in a pipe."""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

ROWS_ON_A_TERMINAL = 60
WIDE = 100_000  # a pipe has no edge
WRAPS_FROM = 44  # a longer text may be wrapped on a terminal
GAP = 2
_NUMBER = re.compile(r"[<>≈]? ?[+\-−]?\d*[.,]?\d+ ?%?|\[.*\]|[–—-]?")


def render(
    tables: Sequence[tuple[str, "pd.DataFrame"]], *, notes: Sequence[str] = (), heading: str = ""
) -> str:
    """Tables with their titles and notes, as text that fits where stdout goes.

    Parameters
    ----------
    tables
        Title and table; a cell is shown as ``str`` gives it, a missing one is empty.
    notes
        Sentences below the tables.
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
        for title, frame in tables:
            if title:
                console.print(Text(title, style="bold"))
            shown = frame.head(ROWS_ON_A_TERMINAL) if terminal else frame
            for block in _blocks(shown, console.width):
                console.print(block)
            if len(shown) < len(frame):
                more = len(frame) - len(shown)
                console.print(f"... {more} more rows; all of them with --json or --out FILE.csv")
            console.print()
        for note in notes:
            console.print(Text(f"Note. {note}"))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()).rstrip()


def _blocks(frame: "pd.DataFrame", width: int) -> Iterator["Table"]:
    """The table, cut by columns where it is wider than the terminal; the first one is repeated."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    names = [str(name) for name in frame.columns]
    columns = [[_cell(value) for value in frame.iloc[:, i]] for i in range(len(names))]
    wants = [
        min(max(map(cell_len, [name, *cells])), WRAPS_FROM) + GAP
        for name, cells in zip(names, columns, strict=True)
    ]
    start = 0
    while start < len(names) or start == 0:
        kept = [0] if start == 0 else [0, start]
        used = sum(wants[i] for i in kept)
        for i in range(kept[-1] + 1, len(names)):
            used += wants[i]
            if used > width:
                break
            kept.append(i)
        table = Table(box=SIMPLE_HEAD if width < WIDE else None, padding=(0, GAP, 0, 0),
                      show_edge=False, pad_edge=False)  # fmt: skip
        for i in kept:
            numbers = all(_NUMBER.fullmatch(cell) for cell in columns[i])
            table.add_column(
                Text(names[i]),
                justify="right" if numbers else "left",
                no_wrap=width >= WIDE or wants[i] - GAP < WRAPS_FROM,
            )
        for row in zip(*(columns[i] for i in kept), strict=True):
            table.add_row(*map(Text, row))
        yield table
        start = kept[-1] + 1
        if not names:
            return


def _cell(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None or value != value or str(value) == "<NA>" else str(value)
