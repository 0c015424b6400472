"""Where the cells of a column of numbers need room, so that their decimal points align."""

import re
from typing import NamedTuple

from detachment.tables._model import Table

_NUMBER = r"(?P<{0}whole>[<> ]*[−-]?[\d,]*)(?P<{0}rest>(?:\.\d+)?)"
_SINGLE = re.compile(_NUMBER.format("") + r"%?")
_INTERVAL = re.compile(rf"\[{_NUMBER.format('low_')}%?, {_NUMBER.format('')}%?\]")
_SEEN = ("−", "0", ",")  # what the room before a point is made of


class Piece(NamedTuple):
    """A piece of a cell: text, or room as wide as a text that is not seen."""

    text: str
    hidden: bool = False


def decimals(table: Table, column: int) -> tuple[tuple[Piece, ...], ...]:
    """Room in the cells of a column that is set flush right, so that decimal points align.

    Parameters
    ----------
    table
        A display table.
    column
        Which of its columns, counted from 0.

    Returns
    -------
    tuple of tuple of Piece
        One a row, of the first line of its cell. A hidden piece is to take the room of its text
        (digits, a sign, a point) and to show nothing: a phantom, or blanks as wide as a digit.
        Cells of equal decimals, and those of a column of words, are one piece. Of intervals, the
        two numbers in the brackets align each.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment.tables import Column
    >>> table = Table(
    ...     name="t",
    ...     title="T",
    ...     columns=(Column(label="x"),),
    ...     rows=(("12",), ("1.50",), ("–",)),
    ...     data=pd.DataFrame(),
    ... )
    >>> [[piece.text for piece in pieces if piece.hidden] for pieces in decimals(table, 0)]
    [['.00'], [], []]
    """
    cells = [row[column].partition("\n")[0] for row in table.rows]
    if not table.columns[column].numeric:
        return tuple((Piece(cell),) for cell in cells)
    single = [_SINGLE.fullmatch(cell) if cell else None for cell in cells]
    within = [_INTERVAL.fullmatch(cell) for cell in cells]
    most = max((len(one["rest"]) for one in single if one), default=0)
    full = "." + "0" * (most - 1) if most else ""
    room = [_room(two["whole"]) for two in within if two]
    widest = tuple(map(max, zip(*room, strict=True)))

    def pieces(cell: str, one: re.Match[str] | None, two: re.Match[str] | None) -> list[Piece]:
        if one is not None:
            return [Piece(cell), Piece(full[len(one["rest"]) :], True)]
        if two is None:
            return [Piece(cell)]
        lacks = (wide - has for wide, has in zip(widest, _room(two["whole"]), strict=True))
        lead = "".join(sign * times for sign, times in zip(_SEEN, lacks, strict=True))
        return [
            Piece(cell[: two.start("whole")]),
            Piece(lead, True),
            Piece(cell[two.start("whole") :]),
        ]

    return tuple(
        tuple(piece for piece in pieces(*each) if piece.text) or (Piece(""),)
        for each in zip(cells, single, within, strict=True)
    )


def _room(whole: str) -> tuple[int, ...]:
    """How many signs, digits and commas stand before a point."""
    digits = sum(sign.isdigit() for sign in whole)
    return sum(sign in "−-" for sign in whole), digits, whole.count(",")
