"""Questions that take several choices and write them into one cell.

Nothing in a cell tells the separator from the same signs within the words of a choice ("Money,
savings and debt, Time"). How the pieces of all cells stand to each other does: see ``_glued``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

ENOUGH = 5000  # different cells; more say nothing new
_SUPPORT = 2  # different cells in which two pieces stand together before they are one choice
_CERTAIN = 5  # ... and before that is said without a doubt
_STRAY = 0.05  # share of cells in which somebody's own words may look like a part of a choice
_KNOWN = 0.7
_NEARLY_ALL = 0.95
_FEW = 20
_MOST = 200  # choices of one question
_LONG = 100  # choices in one cell

_Choice = tuple[str, ...]  # its pieces
_Cell = list[_Choice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What stands in the cells of one question.

    Attributes
    ----------
    separator
        What stands between the choices of a cell.
    options
        Choices that more than one record has, in order of first appearance.
    doubtful
        Those of them that hold the separator themselves, on few cells' word.
    own
        Number of different texts that only one record has: own words, as a rule.
    """

    separator: str
    options: tuple[str, ...]
    doubtful: tuple[str, ...]
    own: int


def split_choices(cell: str, separator: str, options: Sequence[str] = ()) -> list[str]:
    """Take the choices of one cell apart; an ``option`` may itself hold the separator.

    A separator without a blank parts only where no blank follows it, for that is how platforms
    write it: in ``"Rent; food;Time"`` the first semicolon belongs to a choice.

    Examples
    --------
    >>> split_choices("Money, savings and debt, Time", ", ", ["Money, savings and debt", "Time"])
    ['Money, savings and debt', 'Time']
    >>> split_choices("Money;Chores;", ";")
    ['Money', 'Chores']
    """
    pieces = _pieces(cell, separator)
    known = _known(tuple(options), separator)
    longest = max(map(len, known), default=1)
    found: list[str] = []
    at = 0
    while at < len(pieces):
        sizes = range(min(longest, len(pieces) - at), 0, -1)
        size = next((n for n in sizes if tuple(pieces[at : at + n]) in known), 1)
        here = tuple(pieces[at : at + size])
        found.append(known.get(here, here[0]))
        at += size
    return found


def find_options(cells: Iterable[str], separator: str) -> tuple[str, ...]:
    """Find the choices of a question from its different cells, in order of first appearance.

    Examples
    --------
    >>> cells = ["Money, savings and debt, Time", "Money, savings and debt", "Time, Chores"]
    >>> find_options([*cells, "Time"], ", ")
    ('Money, savings and debt', 'Time', 'Chores')
    """
    parted, _ = _parted(cells, separator)
    return tuple(dict.fromkeys(separator.join(choice) for cell in parted for choice in cell))


def find_choices(
    counts: Mapping[str, int], separators: Sequence[str], *, certain: bool = False
) -> Choices | None:
    """Say whether a question takes several choices, and which; None: nothing speaks for it.

    Parameters
    ----------
    counts
        Different cells -> number of records.
    separators
        What may stand between choices; the first that fits is taken.
    certain
        The platform itself marks the cells: no evidence is asked for.

    Notes
    -----
    Evidence that the cells are combinations of the same few choices, rather than text with
    commas: nearly all that stands together stands in other cells too; choices stand now first,
    now after another (a surname never does); none stands twice in a cell; and they keep one
    order, that of the form, unless they are very few.

    Examples
    --------
    >>> cells = ["A, B", "B", "A, C", "B, C", "C", "A, B, C"]
    >>> find_choices(dict.fromkeys(cells, 2), [", "]).options
    ('A', 'B', 'C')
    >>> find_choices({"I like it, mostly": 1, "Not much, to be honest": 1}, [", "]) is None
    True
    """
    cells = [cell for cell in counts if cell.strip()][:ENOUGH]
    for separator in separators:
        if not any(len(_pieces(cell, separator)) > 1 for cell in cells) and not certain:
            continue
        if not certain and not _repeats(cells, separator):
            continue
        parted, doubtful = _parted(cells, separator)
        if not certain and not _combined(parted):
            continue
        records: Counter[_Choice] = Counter()
        for text, cell in zip(cells, parted, strict=True):
            records.update(dict.fromkeys(cell, counts[text]))
        return Choices(
            separator=separator,
            options=tuple(separator.join(c) for c, n in records.items() if n > 1),
            doubtful=tuple(separator.join(c) for c in records if c in doubtful),
            own=sum(n == 1 for n in records.values()),
        )
    return None


def is_ranking(cells: Iterable[str], separator: str) -> bool:
    """Whether every cell holds the same choices, in an order of its own."""
    lists = [tuple(split_choices(cell, separator)) for cell in cells if cell.strip()]
    return len(set(lists)) > 1 and len({frozenset(x) for x in lists}) == 1


@lru_cache(maxsize=64)
def _known(options: tuple[str, ...], separator: str) -> dict[_Choice, str]:
    return {tuple(_pieces(option, separator)): option.strip() for option in options}


def _pieces(cell: str, separator: str) -> list[str]:
    edge = re.escape(separator) + ("" if separator[-1].isspace() else r"(?!\s)")
    return [piece.strip() for piece in re.split(edge, cell) if piece.strip()]


def _repeats(cells: Iterable[str], separator: str) -> bool:
    """Whether most pieces stand in more than one cell: a quick look that ends most free texts."""
    together = [_pieces(cell, separator) for cell in cells]
    seen = Counter(piece for pieces in together for piece in set(pieces))
    pieces = [piece for cell in together if len(cell) > 1 for piece in cell]
    return 2 * sum(seen[piece] > 1 for piece in pieces) > len(pieces)


def _parted(cells: Iterable[str], separator: str) -> tuple[list[_Cell], set[_Choice]]:
    split = [_pieces(cell, separator) for cell in cells]
    capitals = not any(pieces[0][0].islower() for pieces in split if pieces)
    return _glued([_bracketed(pieces) for pieces in split], capitals)


def _bracketed(pieces: list[str]) -> _Cell:
    """Pieces as choices; what stands between brackets is one piece with what is around it."""
    found: list[list[str]] = []
    open_ = 0
    last = max((i for i, piece in enumerate(pieces) if ")" in piece), default=-1)
    for i, piece in enumerate(pieces):
        if open_:
            found[-1].append(piece)
        else:
            found.append([piece])
        open_ = max(0, open_ + piece.count("(") - piece.count(")")) if i <= last else 0
    return [tuple(choice) for choice in found]


def _glued(cells: list[_Cell], capitals: bool) -> tuple[list[_Cell], set[_Choice]]:
    """Join pieces that are one choice, until none are left; also those on few cells' word.

    Two neighbours are one choice where they are so in at least two different cells, and

    - the first never stands without one of its followers, which stand nowhere else; or
    - the second follows only pieces that never stand without it (somebody's own words, in one
      cell of twenty, do not count); or
    - the second follows this piece only and starts in lower case, where no cell does.
    """
    doubtful: set[_Choice] = set()
    while True:
        after: defaultdict[_Choice, Counter[_Choice]] = defaultdict(Counter)
        before: defaultdict[_Choice, Counter[_Choice]] = defaultdict(Counter)
        for cell in cells:
            for first, second in pairwise([(), *cell, ()]):  # (): an edge of the cell
                after[first][second] += 1
                before[second][first] += 1
        parts = [
            (first, second)
            for first in after
            for second, n in after[first].items()
            if first
            and second
            and n >= _SUPPORT
            and _is_one(first, second, after, before, capitals)
        ]
        if not parts:
            return cells, doubtful
        for first, second in parts:
            if not (capitals and second[0][0].islower()) and after[first][second] < _CERTAIN:
                doubtful.add(first + second)
        cells = [_joined(cell, set(parts)) for cell in cells]


def _is_one(
    first: _Choice,
    second: _Choice,
    after: Mapping[_Choice, Counter[_Choice]],
    before: Mapping[_Choice, Counter[_Choice]],
    capitals: bool,
) -> bool:
    if all(following and set(before[following]) == {first} for following in after[first]):
        return True
    if set(after[first]) == {second}:
        heads = [n for head, n in before[second].items() if head and set(after[head]) == {second}]
        if before[second].total() - sum(heads) <= _STRAY * before[second].total():
            return True
    return capitals and second[0][0].islower() and set(before[second]) == {first}


def _joined(cell: _Cell, parts: set[tuple[_Choice, _Choice]]) -> _Cell:
    found: _Cell = []
    last: _Choice = ()
    for choice in cell:
        if (last, choice) in parts:
            found[-1] = last + choice
            last = ()  # what it has become is looked at in the next round
        else:
            found.append(choice)
            last = choice
    return found


def _combined(cells: list[_Cell]) -> bool:
    """Whether cells are combinations of the same choices; see ``find_choices``."""
    several = [cell for cell in cells if len(cell) > 1]
    if len(several) < _SUPPORT:
        return False
    seen = Counter(choice for cell in cells for choice in set(cell))
    known = {choice for choice, n in seen.items() if n > 1}
    given = [choice for cell in several for choice in cell]
    share = sum(choice in known for choice in given) / len(given)
    twice = sum(len(set(cell)) < len(cell) for cell in several)
    if len(known) > _MOST or share < _KNOWN or twice > _STRAY * len(several):
        return False
    first = {cell[0] for cell in cells if cell}
    moving = {
        choice for cell in cells for choice in cell[1:] if choice in known and choice in first
    }
    if len(moving) < min(2, len(known) - 1 if share == 1 else 2):
        return False
    return _in_order(several, known) or (share >= _NEARLY_ALL and len(known) <= _FEW)


def _in_order(cells: list[_Cell], known: set[_Choice]) -> bool:
    pairs = Counter(
        pair for cell in cells for pair in combinations([c for c in cell if c in known][:_LONG], 2)
    )
    against = sum(min(n, pairs[second, first]) for (first, second), n in pairs.items()) / 2
    return against <= (1 - _NEARLY_ALL) * pairs.total()
