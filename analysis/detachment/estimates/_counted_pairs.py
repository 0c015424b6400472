"""Pairs of variables of a lazy survey, counted block by block: what correlations are made of."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from itertools import combinations
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detachment.errors import Refusal, UsageError
from detachment.estimates._correlate_pairs import Pair
from detachment.estimates._counted import keyed_block
from detachment.estimates._groups import (
    MOST_GROUPS,
    Groups,
    column_of_groups,
    group_words,
    names_of_groups,
)
from detachment.estimates._scales import (
    NEEDS_ROWS,
    CountedSample,
    Floats,
    Sample,
)
from detachment.estimates._study import Measure, metadata_values
from detachment.scoring import Variable, rows_of_wave, score_scale
from detachment.stats.pair_counts import (
    PairCounts,
    TooManyValues,
    pair_counts,
    pearson_matrix_from_counts,
)
from detachment.validation import Block

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class GroupCounts:
    """Counts of every group by its name, empty for rows of no group.

    ``both`` is how many rows have a row variable and a column variable; ``triples`` how many have
    two variables that are compared and one that they are crossed with, ``(k, k, fixed)``.
    """

    groups: Mapping[str, PairCounts]
    both: int
    triples: IntArray

    def __add__(self, other: "GroupCounts") -> "GroupCounts":
        groups = dict(self.groups)
        for name, counts in other.groups.items():
            groups[name] = groups[name] + counts if name in groups else counts
        _check_groups(groups)
        return GroupCounts(groups, self.both + other.both, self.triples + other.triples)


@dataclass(frozen=True, kw_only=True, eq=False)
class Counted:
    """What takes the place of the values of variables where they were counted.

    Attributes
    ----------
    place
        Variable -> its place.
    found
        Counts by group; of one group without a name where there are none.
    groups
        Which they are, without any row; None where nobody asked.
    complete
        Counts of the rows with all variables that are held constant; None where none are.
    compared, fixed
        Variables that are compared, and those that they are crossed with.
    """

    place: Mapping[str, int]
    found: GroupCounts
    groups: Groups | None = None
    complete: PairCounts | None = None
    compared: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()

    @cached_property
    def total(self) -> PairCounts:
        """Counts of all rows."""
        return reduce(add, self.found.groups.values())

    @property
    def each(self) -> list[PairCounts]:
        """Counts of each group."""
        assert self.groups is not None
        return [self.found.groups[name] for name in self.groups.names]

    @property
    def without_group(self) -> int:
        """Rows of no group."""
        found = self.found.groups.get("")
        return found.rows if found is not None else 0

    @property
    def alike(self) -> dict[str, tuple[int, float]]:
        """Variable -> how many values there are, and which if it is always the same, else NaN."""
        return {
            name: (
                int(self.total.times[k].sum()),
                float(self.total.values[k][0]) if len(self.total.values[k]) == 1 else np.nan,
            )
            for name, k in self.place.items()
        }

    def between(self, names: Sequence[str]) -> Floats:
        """Pearson's r of variables that are compared with one another."""
        places = [self.place[name] for name in names]
        with countable():
            return pearson_matrix_from_counts(self.total, places, self.total.rows)

    def n(self, one: str, other: str, fixed: str) -> int:
        """How many rows have two variables that are compared, and one that they go with."""
        i, j = self.compared.index(one), self.compared.index(other)
        return int(self.found.triples[i, j, self.fixed.index(fixed)])

    def copies(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Pairs of different names that hold the same numbers."""
        found = []
        for pair in pairs:
            cells = self.total.cells(*(self.place[name] for name in pair.ids))
            same = cells.n > 2 and bool((cells.x == cells.y).all())
            if same and cells.varies and not pair.shared:
                found.append(pair)
        return found


def count_pairs(
    sample: CountedSample,
    measures: Sequence[Measure],
    pairs: Sequence[Pair],
    *,
    by: str | None,
    listwise: bool,
    held: Sequence[str] = (),
    compared: Sequence[str] = (),
    fixed: Sequence[str] = (),
) -> Counted:
    """Count the pairs of variables that are crossed, in all rows and in every group.

    Parameters
    ----------
    sample
        Where the rows are.
    measures
        All variables of the table.
    pairs
        Which of them are crossed.
    by
        Column that makes groups.
    listwise
        Whether only rows with all variables count; those that nobody has a value of do not.
    held
        Which variables are held constant: they are crossed with all others.
    compared, fixed
        Which variables are compared (they are crossed with one another), and with which they go.

    Raises
    ------
    Refusal
        When variables have so many different values that they cannot be counted.
    """
    names = [measure.id for measure in measures]
    place = {name: k for k, name in enumerate(names)}
    about = None if by is None else column_of_groups(sample, by)
    crossed = [(place[pair.row.id], place[pair.column.id]) for pair in pairs]
    controls = tuple(place[name] for name in held)
    others = sorted({one for pair in crossed for one in pair} - {*controls})
    crossed += [(one, control) for one in others for control in controls]
    crossed += combinations(controls, 2)
    known = {frozenset(pair) for pair in crossed}
    among = combinations([place[name] for name in compared], 2)
    crossed += [pair for pair in among if frozenset(pair) not in known]
    task = partial(
        count_block,
        measures=tuple(replace(measure, x=np.empty(0)) for measure in measures),
        pairs=tuple(crossed),
        held=controls,
        compared=tuple(place[name] for name in compared),
        fixed=tuple(place[name] for name in fixed),
        sides=tuple(
            tuple(sorted({place[one] for one in side}))
            for side in zip(*(pair.ids for pair in pairs), strict=True)
        ),
        wave=sample.wave,
        by=None if about is None else about[0],
        complete=(),
    )
    items = dict.fromkeys(
        item for m in measures if m.variable is not None for item in m.variable.items
    )
    if listwise:
        seen = _total(sample, partial(task, pairs=(), by=None), items).groups[""]
        there = tuple(k for k, times in enumerate(seen.times) if times.sum())
        task = partial(task, complete=there)
    found = _total(sample, task, items)
    complete = None
    if controls:
        asked = partial(task, pairs=tuple(combinations(controls, 2)), by=None)
        both = {*task.keywords["complete"], *controls}
        complete = _total(sample, partial(asked, complete=tuple(sorted(both))), items).groups[""]
    groups = None
    if about is not None:
        column, role, declared, cells = about
        order = names_of_groups(column, set(found.groups) - {""}, cells, declared)
        groups = Groups(by=column, role=role, names=tuple(order), code=np.empty(0, dtype=np.int64))
    return Counted(
        place=place,
        found=found,
        groups=groups,
        complete=complete,
        compared=tuple(compared),
        fixed=tuple(fixed),
    )


def _total(
    sample: CountedSample, task: "partial[GroupCounts]", items: Collection[str]
) -> GroupCounts:
    with countable():
        return sample.lazy.total(task, items)


@contextmanager
def countable() -> Iterator[None]:
    """Refuse variables of which there are too many different values."""
    try:
        yield
    except TooManyValues as error:
        raise Refusal(
            f"These variables have too many different values to be counted in pairs: {error}. Name "
            f"fewer variables, or such with fewer values. {NEEDS_ROWS}"
        ) from error


def count_block(
    block: Block,
    *,
    measures: Sequence[Measure],
    pairs: Sequence[tuple[int, int]],
    held: Sequence[int],
    compared: Sequence[int],
    fixed: Sequence[int],
    sides: Sequence[Sequence[int]],
    wave: str | None,
    by: str | None,
    complete: Sequence[int],
) -> GroupCounts:
    """Count the values of a block of rows.

    Parameters
    ----------
    block
        The rows.
    measures
        Variables, without values.
    pairs
        Which of them are crossed, by place.
    held
        Which of them are held constant.
    compared, fixed
        Which of them are compared, and with which they go: rows with three of them are counted.
    sides
        Row variables and column variables.
    wave
        Only the rows of this wave.
    by
        Column that makes groups.
    complete
        Only rows with all of these variables have any.
    """
    rows = rows_of_wave(block.people, wave)
    people = Sample(survey=block.people, rows=rows, is_frame=False, notes=())
    x = np.empty((len(measures), int(rows.sum()))).T  # each variable in one piece of memory
    for k, measure in enumerate(measures):
        if measure.variable is None:
            x[:, k] = metadata_values(people, measure.column)
        else:
            x[:, k] = _values(block, measure.variable, rows)
    there = ~np.isnan(x)
    if complete:
        x[~there[:, list(complete)].all(axis=1)] = np.nan
        there = ~np.isnan(x)
    one, other = (there[:, list(side)].any(axis=1) for side in sides)
    both = int((one & other).sum())
    triples = _triples(there, compared, fixed)
    if by is None:
        return GroupCounts({"": pair_counts(x, pairs, held=held)}, both, triples)
    words = group_words(block.people.responses[by], rows)
    different = sorted(set(words))
    _check_groups(different)
    groups = {word: pair_counts(x[words == word], pairs, held=held) for word in different}
    return GroupCounts(groups, both, triples)


def _triples(there: NDArray[np.bool_], compared: Sequence[int], fixed: Sequence[int]) -> IntArray:
    """How many rows have two variables that are compared, and one that is fixed."""
    given = there[:, list(fixed)].astype(np.float64)
    triples = np.zeros((len(compared), len(compared), len(fixed)), dtype=np.int64)
    for i, one in enumerate(compared):
        both = there[:, [one]] & there[:, list(compared)]
        triples[i] = both.T.astype(np.float64) @ given
    return triples


def _values(block: Block, variable: Variable, rows: NDArray[np.bool_]) -> NDArray[np.floating[Any]]:
    """Numbers of a scale score or of an item as its scale keys it, to the last bit as in memory."""
    scale = variable.scale
    if scale is None:
        return keyed_block(block, [(None, variable.id)], rows, ())[:, 0]
    if variable.item is not None:
        return keyed_block(block, [(scale.id, variable.item)], rows, ())[:, 0]
    answers = keyed_block(block, [(scale.id, use.id) for use in scale.items], rows, ())
    # sums of fractions depend on how rows lie in memory
    keyed = np.ascontiguousarray(answers, dtype=np.float64)
    return score_scale(block.instrument, scale, keyed).score


def _check_groups(names: Collection[str]) -> None:
    if len(set(names) - {""}) > MOST_GROUPS:
        raise UsageError(
            f"by: the column has more than {MOST_GROUPS} different values, too many for groups. "
            "Name a column with few categories."
        )
