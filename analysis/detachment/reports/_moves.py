"""What differs between a file as it lies there and the same file made again: cell by cell."""

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

NOTHING = "(none)"
_LONGEST = 60  # characters of a line that are quoted
_TEXTS = (".html", ".svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One value that is not what the data give.

    Attributes
    ----------
    file
        Which file of the report.
    row, column
        Where in it: the row by its key columns, or a line; the column by its name.
    was, now
        What the report says, and what the data give.
    by
        ``now`` minus ``was``, where both are numbers; else None.
    """

    file: str
    row: str
    column: str
    was: str
    now: str
    by: float | None = None

    @property
    def in_cell(self) -> bool:
        """Whether a cell of a table or a fact of the manifest moved, not only how a page looks."""
        return bool(self.column)

    def __str__(self) -> str:
        place = f"{self.column} in {self.file}" if self.column else self.file
        place += f" ({self.row})" if self.row else ""
        by = "" if self.by is None else f" (by {self.by:+.3g})"
        return f"{place}: the report says {self.was}, the data give {self.now}{by}"


def number(cell: str) -> float | None:
    """A cell as a number; None where it is none.

    Examples
    --------
    >>> number("0.5"), number("alpha"), number("")
    (0.5, None, None)
    """
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def same(was: str, now: str, tolerance: float) -> bool:
    """Whether two cells agree: letter by letter, or as numbers within a tolerance.

    Examples
    --------
    >>> same("0.5", "0.5000001", 0.0), same("0.5", "0.5000001", 1e-6), same("holm", "bh", 1.0)
    (False, True, False)
    """
    if was == now:
        return True
    one, other = number(was), number(now)
    if one is None or other is None or not tolerance:
        return False
    return abs(one - other) <= tolerance * max(1.0, abs(one), abs(other))


def moves(name: str, was: bytes, now: bytes, *, tolerance: float) -> tuple[list[Move], int]:
    """Compare one file; also how many cells were compared.

    Parameters
    ----------
    name
        Of the file.
    was, now
        As it lies in the report, and as it is made again.
    tolerance
        How far numbers may lie apart, in parts of the number (of 1 for smaller ones).
    """
    if name.endswith(".csv"):
        return _table_moves(name, was, now, tolerance)
    if was == now:
        return [], 0
    if name.endswith(_TEXTS):
        return [_line_move(name, was, now)], 0
    return [
        Move(file=name, row="", column="", was=f"{len(was)} bytes", now=f"{len(now)} other bytes")
    ], 0


def fact_moves(
    name: str, was: Mapping[str, object], now: Mapping[str, object], *, tolerance: float
) -> list[Move]:
    """Compare what a manifest says: each of its facts is a cell."""
    old, new = dict(_facts(was)), dict(_facts(now))
    return [
        _move(name, "", fact, old.get(fact, NOTHING), new.get(fact, NOTHING))
        for fact in dict.fromkeys([*old, *new])
        if not same(old.get(fact, NOTHING), new.get(fact, NOTHING), tolerance)
    ]


def _facts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _facts(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for place, each in enumerate(value, start=1):
            yield from _facts(each, f"{path}.{place}")
    else:
        yield path, "" if value is None else str(value)


def _move(file: str, row: str, column: str, was: str, now: str) -> Move:
    one, other = number(was), number(now)
    by = None if one is None or other is None else other - one
    was, now = _short(was) or NOTHING, _short(now) or NOTHING
    return Move(file=file, row=row, column=column, was=was, now=now, by=by)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _table_moves(name: str, was: bytes, now: bytes, tolerance: float) -> tuple[list[Move], int]:
    old, new = _rows(was), _rows(now)
    if not old or not new or old[0] != new[0]:
        heads = [", ".join(table[0]) if table else "" for table in (old, new)]
        return [_move(name, "heading", "columns", *heads)] if heads[0] != heads[1] else [], 1
    head = old[0]
    keys = _keys(head, old[1:], new[1:])
    first, second = _by_key(keys, old[1:]), _by_key(keys, new[1:])
    found, cells = [], 0
    for key in dict.fromkeys([*first, *second]):
        one, other = first.get(key), second.get(key)
        row = (
            ", ".join(f"{head[at]} = {part}" for at, part in zip(keys, key, strict=True) if part)
            if keys
            else f"row {key[0]}"
        )
        if one is None or other is None:
            said = ("this row", "no such row") if other is None else ("no such row", "this row")
            found.append(Move(file=name, row=row, column="every column", was=said[0], now=said[1]))
            continue
        cells += len(head)
        for column, mine, theirs in zip(head, one, other, strict=False):
            if not same(mine, theirs, tolerance):
                found.append(_move(name, row, column, mine, theirs))
        if len(one) != len(other):
            found.append(_move(name, row, "number of cells", str(len(one)), str(len(other))))
    return found, cells


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8", errors="replace"), newline="")))


def _keys(
    head: Sequence[str], old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]
) -> tuple[int, ...]:
    """Fewest columns of words, from the left, that tell the rows of both tables apart.

    Nothing where no columns do: rows are then told apart by where they stand.
    """
    words = [
        at
        for at in range(len(head))
        if any(number(row[at]) is None and row[at] for row in old if at < len(row))
    ]
    for width in range(1, len(words) + 1):
        keys = tuple(words[:width])
        if all(len(_by_key(keys, rows)) == len(rows) for rows in (old, new)):
            return keys
    return ()


def _by_key(
    keys: Sequence[int], rows: Sequence[Sequence[str]]
) -> dict[tuple[str, ...], Sequence[str]]:
    if not keys:
        return {(str(place),): row for place, row in enumerate(rows, start=1)}
    return {tuple(row[at] if at < len(row) else "" for at in keys): row for row in rows}


def _line_move(name: str, was: bytes, now: bytes) -> Move:
    """The first line of a page or a drawing that differs, as its reader sees it."""
    old = was.decode("utf-8", errors="replace").splitlines()
    new = now.decode("utf-8", errors="replace").splitlines()
    place = next(
        (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
        min(len(old), len(new)),
    )
    lines = [table[place] if place < len(table) else "" for table in (old, new)]
    seen = [_visible(line) for line in lines]
    if seen[0] == seen[1]:
        what = "drawing" if name.endswith(".svg") else "layout"
        seen = [f"one {what}", f"another {what}"]
    return Move(
        file=name, row=f"line {place + 1}", column="",
        was=seen[0] or NOTHING, now=seen[1] or NOTHING,
    )  # fmt: skip


def _visible(line: str) -> str:
    return _short(" ".join(unescape(re.sub(r"<[^>]*>?", " ", line)).split()))
