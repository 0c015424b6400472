"""The numbers behind printed cells, at full precision where the table's data hold them."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detachment.tables._model import Column, Table

LOWER, UPPER = "LL", "UL"
_NUMBER = r"(?:[<>] )?[−-]?(?:\d[\d,]*)?(?:\.\d+)?%?"
_SINGLE = re.compile(rf"(?=.*\d){_NUMBER}")
_INTERVAL = re.compile(rf"\[({_NUMBER}), ({_NUMBER})\]")
_NAMES = {
    "m": "mean", "mdn": "median", "lowest": "min", "highest": "max", "α": "alpha",
    "ω": "omega_total", "adjusted_p": "p_adjusted", "items": "n_items", "observed": "r",
    "s_b": "split_half",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column in which a cell is one number or one text, never two numbers.

    Attributes
    ----------
    label, group
        Its head, and that above it.
    symbol
        Whether the head has statistical symbols.
    numeric
        Whether it holds numbers.
    printed
        What is printed, a row each.
    values
        The number behind it, a row each; None where the cell is not a number.
    place
        Column of the table that it is of.
    """

    label: str
    group: str
    symbol: bool
    numeric: bool
    printed: tuple[str, ...]
    values: tuple[float | None, ...]
    place: int


def fields(table: Table) -> list[Field]:
    """Take the columns of a table apart until every cell is one number.

    Parameters
    ----------
    table
        A display table. The ends of an interval become two columns, and so does what stands on the
        second line of a cell.

    Returns
    -------
    list of Field
        A value is that of the table's data, where one column of it, and one only, rounds to what is
        printed in all rows; else it is the number as printed.
    """
    made = []
    before = ""
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in table.rows]
        if not column.numeric:
            text = tuple(cell.replace("\n", " ") for cell in cells)
            made.append(_field(column, place, text, (None,) * len(text)))
            continue
        parts = _parts(cells)
        for label, printed in parts:
            one = column
            if len(parts) > 1:
                one = _part(column, label)
            name = _name(column, label, before)
            made.append(_field(one, place, printed, _values(table, column.data, name, printed)))
        before = _name(column)
    return made


def number_of(printed: str) -> float | None:
    """The number that is printed in a cell; None for a text, and for "< .001".

    Examples
    --------
    >>> number_of("−.34"), number_of("1,400"), number_of("6.0%"), number_of("–")
    (-0.34, 1400.0, 0.06, None)
    """
    if not _SINGLE.fullmatch(printed) or printed[0] in "<>":
        return None
    plain = float(printed.replace("−", "-").replace(",", "").removesuffix("%"))
    return round(plain / 100, 12) if printed.endswith("%") else plain


def _part(column: Column, label: str) -> Column:
    """Head of a part of a column: under the column's own, or beside it where that has a head."""
    if column.group:
        return Column(
            label=f"{column.label} {label}".strip(), group=column.group, symbol=column.symbol
        )
    return Column(label=label or "Value", group=column.label)


def _field(
    column: Column, place: int, printed: tuple[str, ...], values: tuple[float | None, ...]
) -> Field:
    return Field(
        label=column.label,
        group=column.group,
        symbol=column.symbol,
        numeric=column.numeric,
        printed=printed,
        values=values,
        place=place,
    )


def _parts(cells: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Single numbers of a column of cells, each with what it is within the cell."""
    depth = max((cell.count("\n") for cell in cells), default=0) + 1
    parts: list[tuple[str, tuple[str, ...]]] = []
    for level in range(depth):
        lines = [(cell.split("\n") + [""] * depth)[level] for cell in cells]
        found = [_INTERVAL.fullmatch(line) for line in lines]
        if not any(found):
            parts.append(("", tuple(lines)))
            continue
        both = zip(found, lines, strict=True)
        parts.append((LOWER, tuple(two[1] if two else line for two, line in both)))
        parts.append((UPPER, tuple(two[2] if two else "" for two in found)))
    return parts


def _values(
    table: Table, declared: str, likely: str, printed: tuple[str, ...]
) -> tuple[float | None, ...]:
    as_printed = tuple(map(number_of, printed))
    shown = [place for place, cell in enumerate(printed) if _SINGLE.fullmatch(cell)]
    if not shown:
        return as_printed
    found: dict[tuple[float, ...], set[str]] = {}
    for name, numbers in _candidates(table):
        chosen = tuple(numbers[place] for place in shown)
        if all(map(_rounds_to, (printed[place] for place in shown), chosen)):
            found.setdefault(chosen, set()).add(name)
    for known in (declared, likely):
        if len(found) > 1 and any(known in names for names in found.values()):
            found = {values: names for values, names in found.items() if known in names}
    if len(found) != 1:
        return as_printed
    (chosen,) = found
    exact = dict(zip(shown, chosen, strict=True))
    return tuple(exact.get(place) for place in range(len(printed)))


def _name(column: Column, label: str = "", before: str = "") -> str:
    """What a column of the data is called that likely has the numbers of a printed one."""
    if label:
        return f"{before}_{'low' if label == LOWER else 'high'}"
    name = re.sub(r"[^\w%]+", "_", column.label.lower()).strip("_")
    return _NAMES.get(name, name)


def _candidates(table: Table) -> Iterable[tuple[str, tuple[float, ...]]]:
    """Columns of the data, and every way in which their rows can be those of the table."""
    data = table.data
    rows = len(table.rows)
    if not rows or not len(data):
        return
    times, rest = divmod(len(data), rows)
    orders: list[Sequence[int]]
    if table.lines:
        orders = [table.lines]
    elif rest:
        return
    elif times == 1:
        orders = [range(rows)]
    else:  # cells beside one another are rows of the data
        orders = [range(start, len(data), times) for start in range(times)]
        orders += [range(start * rows, (start + 1) * rows) for start in range(times)]
    for name in data.columns:
        numbers = [_number(value) for value in data[name]]
        if all(math.isnan(one) for one in numbers):
            continue
        for order in orders:
            yield str(name), tuple(numbers[line] for line in order)


def _number(value: object) -> float:
    """A value of the data as a number; NaN where it is none."""
    plain = value.item() if hasattr(value, "item") else value
    return (
        float(plain) if isinstance(plain, int | float) and not isinstance(plain, bool) else math.nan
    )


def _rounds_to(printed: str, value: float) -> bool:
    """Whether a number is printed so."""
    if math.isnan(value) or math.isinf(value):
        return False
    percent = printed.endswith("%")
    value = value * 100 if percent else value
    bare = printed.removesuffix("%")
    if bare[0] in "<>":
        limit = float(bare[2:])
        return value < limit if bare[0] == "<" else value > limit
    digits = len(bare.partition(".")[2])
    known = float(bare.replace("−", "-").replace(",", ""))
    return abs(value - known) <= 0.5 * 10.0**-digits * (1 + 1e-6)
