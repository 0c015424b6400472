"""How wide the columns of a table on paper are to be."""

from collections.abc import Sequence
from itertools import groupby
from math import ceil

from detachment.tables._characters import width
from detachment.tables._model import Column, Table

PAD = 1.1  # between two columns, in units of the letters' size
KEPT_WHOLE = 32  # lines of a table that is not broken between two pages
SMALLER = 0.86  # of the second line of a cell
ROOM_FOR_WORDS = 9.0  # that a column of words takes before it breaks them
ROOM_FOR_SENTENCES = 15.0


def widths(table: Table, room: float) -> tuple[float, ...]:
    """Widths of columns: numbers on one line, words in what is left.

    Parameters
    ----------
    table
        A display table.
    room
        Width of the page's text, in units of the letters' size.

    Returns
    -------
    tuple of float
        In the same units. Their sum exceeds the room only where numbers alone do.
    """
    least = [_least(table, place) for place in range(len(table.columns))]
    most = [max(least[place], _most(table, place)) for place in range(len(table.columns))]
    over = sum(most) - room
    if over <= 0:
        return tuple(most)
    gives = [more - less for more, less in zip(most, least, strict=True)]
    share = min(1.0, over / sum(gives)) if sum(gives) else 0.0
    return tuple(more - share * give for more, give in zip(most, gives, strict=True))


def height(table: Table, wide: Sequence[float]) -> int:
    """Lines that the rows of a table take, with columns of given widths.

    Parameters
    ----------
    table
        A display table.
    wide
        What :func:`widths` gave.
    """

    def lines(cell: str, room: float) -> int:
        inside = max(1.0, room - PAD)
        return sum(max(1, ceil(width(line) / inside)) for line in cell.split("\n"))

    rows = sum(max(map(lines, row, wide)) for row in table.rows)
    return rows + sum(bool(head) for head, _ in table.groups)


def fits(table: Table, room: float) -> bool:
    """Whether a table's columns have their room on a page."""
    return sum(_least(table, place) for place in range(len(table.columns))) <= room


def spanned(columns: Sequence[Column]) -> list[tuple[str, int]]:
    """Heads above several columns with the number of columns under each; empty where none has."""
    if not any(column.group for column in columns):
        return []
    runs = groupby(columns, key=lambda column: column.group)
    return [(group, len(list(members))) for group, members in runs]


def _least(table: Table, place: int) -> float:
    """Width below which a number would break, or words would."""
    column = table.columns[place]
    words = max(map(width, column.label.split()), default=0.0)
    if column.numeric:
        return max(words, _lines(table, place)) + PAD
    longest = max((width(word) for row in table.rows for word in row[place].split()), default=0.0)
    enough = ROOM_FOR_SENTENCES if column.wide else ROOM_FOR_WORDS
    return max(words, longest, min(enough, _lines(table, place))) + PAD


def _most(table: Table, place: int) -> float:
    """Width in which nothing breaks but a head far wider than what is under it."""
    column = table.columns[place]
    head = _head(column) if column.numeric else width(column.label)
    return max(head, _lines(table, place)) + PAD


def _head(column: Column) -> float:
    words = column.label.split()
    both = width(column.label)
    return both if both <= 5 else max(map(width, words), default=0.0)


def _lines(table: Table, place: int) -> float:
    """Width of the longest line of a column's cells."""
    return max(
        (
            width(line) * (SMALLER if lower else 1.0)
            for row in table.rows
            for lower, line in enumerate(row[place].split("\n"))
        ),
        default=0.0,
    )
