"""What one look at every cell of a part finds; that of two parts can be added."""

import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from detachment.errors import Problem
from detachment.instruments import Instrument
from detachment.sources import Fingerprint, Part, PartError
from detachment.validation._doubts import ItemSummary, item_summary
from detachment.validation._people import People, people_of
from detachment.validation._places import Places
from detachment.validation._reading import Reading
from detachment.validation._reasons import reasons_table

LISTED = 1000
"""Wrong cells of which the place is listed, and kinds of them; all of them are counted."""
_MOST_LEVELS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What wrong cells may have in common; ``structural`` ones make the whole unusable."""

    column: str
    rule: str
    value: str | None
    message: str
    structural: bool = False


Wrong = Mapping[Kind, tuple[int, tuple[tuple[str, int], ...]]]
"""Kind of wrong cells -> how many, and where the first are (part, row)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examined:
    """What one part, or several, are like.

    Attributes
    ----------
    records, kept
        Rows, and those that are left.
    ledger
        Step -> rule, rows left out, and the words that follow their number.
    items
        Item -> what its answers are like.
    wrong
        Wrong cells.
    said
        Problems of whole columns.
    people
        Who stands in the rows that are kept, block by block.
    levels
        Column about people -> value -> rows; None where it has many different values.
    prints
        Part -> its fingerprint, and its rows.
    """

    records: int = 0
    kept: int = 0
    ledger: Mapping[int, tuple[str, int, str]]
    items: Mapping[str, ItemSummary]
    wrong: Wrong
    said: tuple[Problem, ...] = ()
    people: tuple[People, ...] = ()
    levels: Mapping[str, Mapping[str, int] | None]
    prints: Mapping[str, tuple[Fingerprint, int]]

    def __add__(self, other: "Examined") -> "Examined":
        ledger = dict(self.ledger)
        for step, (rule, excluded, words) in other.ledger.items():
            before = ledger.get(step, (rule, 0, words))[1]
            ledger[step] = (rule, before + excluded, words)
        return Examined(
            records=self.records + other.records,
            kept=self.kept + other.kept,
            ledger=ledger,
            items={
                item: self.items[item] + about if item in self.items else about
                for item, about in other.items.items()
            }
            or self.items,
            wrong=_both(self.wrong, other.wrong),
            said=tuple(dict.fromkeys([*self.said, *other.said])),
            people=self.people + other.people,
            levels={
                column: _sum_of_levels(self.levels.get(column, {}), other.levels.get(column, {}))
                for column in {**self.levels, **other.levels}
            },
            prints={**self.prints, **other.prints},
        )


NOTHING = Examined(ledger={}, items={}, wrong={}, levels={}, prints={})


def examine(reading: Reading, part: Part) -> Examined:
    """Look at every cell of a part once.

    Raises
    ------
    PartError
        When it cannot be read, or is not what it was or says it is.
    """
    before = part.fingerprint()
    found = functools.reduce(lambda a, b: a + b, _blocks(reading, part), NOTHING)
    require_unchanged(part, before)
    if part.rows is not None and part.rows != found.records:
        raise PartError(part.name, f"holds {found.records} rows and says that it has {part.rows}.")
    return replace(found, prints={part.name: (before, found.records)})


def _blocks(reading: Reading, part: Part) -> Iterable[Examined]:
    for export in reading.exports(part):
        table, clean = reading.clean(export)
        reasons = reasons_table(
            table.items, rows=clean.responses.index, kept=clean.kept,
            presented=list(table.items), unfinished=export.unfinished,
        )  # fmt: skip
        wrong = _both(_wrong(clean.cells, part.name), _structural(clean.structural, part.name))
        yield Examined(
            records=len(clean.kept),
            kept=int(clean.kept.sum()),
            ledger=_steps(clean.ledger),
            items={
                item: item_summary(clean.responses[item], reasons[item]) for item in table.items
            },
            wrong=wrong,
            said=tuple(table.problems),
            people=(people_of(clean.responses, reading.instrument, part.name),),
            levels=_levels(clean.responses, reading.instrument),
            prints={},
        )


def require_unchanged(part: Part, before: Fingerprint) -> None:
    """Refuse a part that is not what it was.

    Raises
    ------
    PartError
        When its size or its hash is another.
    """
    now = part.fingerprint()
    if now != before:
        sizes = f"its size was {before.size} and is {now.size}"
        raise PartError(
            part.name,
            "changed since it was first read "
            f"({sizes if now.size != before.size else 'its size is the same, its hash is not'}). "
            "Let whoever writes it finish, and open the survey again.",
        )


def _steps(ledger: pd.DataFrame) -> dict[int, tuple[str, int, str]]:
    """Step -> rule, rows left out, and the words that follow their number."""
    steps = {}
    for row in ledger.to_dict("records"):
        words = str(row["message"]).split(" ", 1)[-1]
        steps[int(row["step"])] = (str(row["rule"]), int(row["excluded"]), words)
    return steps


def _wrong(cells: Iterable[Places], part: str) -> Wrong:
    found: dict[Kind, tuple[int, tuple[tuple[str, int], ...]]] = {}
    for one in cells:
        for code, (value, message) in enumerate(zip(one.values, one.messages, strict=True)):
            rows = one.rows[one.codes == code]
            kind = Kind(column=one.column, rule=one.rule, value=value, message=message)
            n, places = found.get(kind, (0, ()))
            listed = tuple((part, int(row)) for row in rows[: max(LISTED - len(places), 0)])
            found[kind] = (n + len(rows), places + listed)
    return _both({}, found)


def _structural(problems: Iterable[Problem], part: str) -> Wrong:
    """Rows that make the whole unusable, by themselves: those without an id."""
    found: dict[Kind, tuple[int, tuple[tuple[str, int], ...]]] = {}
    for one in problems:
        kind = Kind(
            column=one.column or "", rule=one.rule, value=None, message=one.message, structural=True
        )
        n, places = found.get(kind, (0, ()))
        found[kind] = (n + 1, places if one.row is None else (*places, (part, one.row)))
    return found


def _both(one: Wrong, other: Wrong) -> Wrong:
    """Wrong cells of both: all counted, no more places and kinds listed than ``LISTED``."""
    both = dict(one)
    left = LISTED - sum(len(places) for _, places in both.values())
    for kind, (n, places) in other.items():
        if kind not in both and len(both) >= LISTED and not kind.structural:
            kind = replace(kind, value=None, message="further values that are not allowed here")
        before, known = both.get(kind, (0, ()))
        both[kind] = (before + n, known + places[: max(left, 0)])
        left -= len(places)
    return both


def _levels(responses: pd.DataFrame, instrument: Instrument) -> dict[str, Mapping[str, int] | None]:
    """How often each value of the columns that make groups stands there."""
    found: dict[str, Mapping[str, int] | None] = {}
    for column in instrument.columns.values():
        groups = column.role in ("wave", "group") or column.type in ("category", "boolean")
        if column.id in responses and groups:
            counts = responses[column.id].astype("str").value_counts()
            found[column.id] = _few({str(value): int(n) for value, n in counts.items() if n})
    return found


def _few(levels: Mapping[str, int]) -> Mapping[str, int] | None:
    return levels if len(levels) <= _MOST_LEVELS else None


def _sum_of_levels(
    one: Mapping[str, int] | None, other: Mapping[str, int] | None
) -> Mapping[str, int] | None:
    return None if one is None or other is None else _few(dict(Counter(one) + Counter(other)))
