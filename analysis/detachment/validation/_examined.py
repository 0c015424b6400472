"""What one look at every cell of a part finds; that of two parts can be added."""

import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Problem
from detachment.exports import Export
from detachment.instruments import Instrument
from detachment.sources import Fingerprint, Part, PartError
from detachment.validation._blocks import Block, blocks_of, said_by_bytes
from detachment.validation._decoding import INVALID
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
    row = part.first_row
    for block in blocks_of(reading, part, 0):
        plain = _plain(block)
        rest, export = reading, block.export
        if export is None:
            assert block.rows is not None
            rest = reading.only(item for item in reading.matches.items if item not in plain)
            rows = block.rows.select(list(rest.columns))
            export = rest.export(rows, part.name, row, part.decimal)
            row = int(export.rows[-1]) + 1 if len(export.rows) else row
        yield _block(rest, export, block, plain)


def _block(
    reading: Reading, export: Export, block: Block, plain: Mapping[str, ItemSummary]
) -> Examined:
    """What a block is like: as an export, but for the items of which there is a summary."""
    table, clean = reading.clean(export)
    everybody = bool(clean.kept.all())
    reasons = reasons_table(
        table.items, rows=clean.responses.index, kept=clean.kept,
        presented=list(table.items), unfinished=export.unfinished,
    )  # fmt: skip
    items = {item: item_summary(clean.responses[item], reasons[item]) for item in table.items}
    for item, summary in plain.items():
        items[item] = summary if everybody else _by_bytes(block, item, clean.kept)
    wrong = _both(_wrong(clean.cells, block.part), _structural(clean.structural, block.part))
    return Examined(
        records=len(clean.kept),
        kept=int(clean.kept.sum()),
        ledger=_steps(clean.ledger),
        items={item: items[item] for item in reading.instrument.items if item in items},
        wrong=wrong,
        said=tuple(table.problems),
        people=(people_of(clean.responses, reading.instrument, block.part),),
        levels=_levels(clean.responses, reading.instrument),
        prints={},
    )


def _plain(block: Block) -> dict[str, ItemSummary]:
    """Items that are stored as small whole numbers, each of them an answer or a known code."""
    if block.reading.marks:  # who stopped early did not reach the last items: that takes rows
        return {}
    found = {
        item: _by_bytes(block, item, None)
        for item in block.reading.matches.items
        if block.kind(item) is not None
    }
    return {item: summary for item, summary in found.items() if INVALID not in summary.reasons}


def _by_bytes(block: Block, item: str, kept: NDArray[np.bool_] | None) -> ItemSummary:
    """What the answers to an item are like: what each byte says is looked at once."""
    kind = block.kind(item)
    assert kind is not None
    said = said_by_bytes(block.reading, item, kind)
    times = np.bincount(said.codes, block.byte_counts(item, kept)).astype(int).tolist()
    reasons: Counter[str] = Counter()
    given = []
    for n, value, reason in zip(times, said.values.tolist(), said.reasons, strict=True):
        if n and reason is not None:
            reasons[reason] += n
        elif n:
            given.append((value, n))
    return ItemSummary(
        answered=sum(n for _, n in given),
        low=min((value for value, _ in given), default=np.nan),
        high=max((value for value, _ in given), default=np.nan),
        reasons=dict(reasons),
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
