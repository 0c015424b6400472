"""How often each pair of values of two variables occurs: counts that add up, and what they tell.

A scale score is the mean of a few answers, and has few different values. How often each pair of
values of two such variables occurs is a table of whole numbers: it does not know the order of the
rows, tables of parts of the data add up to those of the whole, and every correlation follows from
it, to the last bit the same as from the rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    whole_units,
)
from detachment.stats.descriptives import shape_of_values
from detachment.stats.moments import CrossSums, sums_are_exact

MOST_VALUES = 1 << 12
"""Different values up to which a variable is counted."""
MOST_CELLS = 1 << 24
"""Pairs of values up to which pairs of variables are counted: 128 MB."""
_ROWS_OF_A_VALUE = 4  # on average, or values are not counted
_MOST_PACKED = 1 << 12  # cells of a table of several variables
_FEW = 64  # whole numbers in a range this small are looked for one by one


class TooManyValues(ValueError):
    """Variables with so many different values that their pairs cannot be counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A variable as places among its different values.

    Attributes
    ----------
    values
        In ascending order.
    place
        Of each row; the number of values where it is missing, (n,).
    """

    values: FloatArray
    place: IntArray


def coded(column: FloatArray) -> Coded | None:
    """Places of answers ``(n,)`` among their different values; None if these are too many."""
    there = ~np.isnan(column)
    given = column[there] + 0.0  # no negative zero
    if len(given) > 2 * MOST_VALUES and len(np.unique(given[: 2 * MOST_VALUES])) > MOST_VALUES:
        return None
    values, own = _distinct(given)
    if len(values) > MOST_VALUES:
        return None
    place = np.full(len(column), len(values), dtype=np.int64)
    place[there] = own
    return Coded(values, place)


def _distinct(given: FloatArray) -> tuple[FloatArray, IntArray]:
    if given.size:
        low, high = given.min(), given.max()
        if high - low < _FEW and (given == np.rint(given)).all():
            code = (given - low).astype(np.int64)
            seen = np.bincount(code) > 0
            return low + np.flatnonzero(seen), (np.cumsum(seen) - 1)[code]
    values, place = np.unique(given, return_inverse=True)
    return values, place


@dataclass(frozen=True, eq=False)
class Cells:
    """Pairs of values that occur, in ascending order, and how often, each ``(cells,)``.

    Sums over them know nothing of rows, and so are the same wherever these stand.
    """

    x: FloatArray
    y: FloatArray
    times: IntArray

    @cached_property
    def n(self) -> int:
        """Rows with both."""
        return int(self.times.sum())

    @property
    def varies(self) -> bool:
        """Whether both have different values."""
        return self.n > 1 and bool(np.ptp(self.x) > 0 and np.ptp(self.y) > 0)

    @cached_property
    def centred(self) -> tuple[FloatArray, FloatArray]:
        """Distances of both from their means."""
        dx, dy = (part - self.sum(part) / self.n for part in (self.x, self.y))
        return dx, dy

    def sum(self, part: FloatArray) -> float:
        """Sum over the rows of what stands in each cell."""
        return float(np.sum(part * self.weights))

    @cached_property
    def weights(self) -> FloatArray:
        """How often each cell occurs, as floating-point numbers."""
        return self.times.astype(np.float64)

    def pearson(self) -> float:
        """Pearson's r; NaN where one of both is constant."""
        if not self.varies:
            return np.nan
        dx, dy = self.centred
        r = self.sum(dx * dy) / np.sqrt(self.sum(dx * dx) * self.sum(dy * dy))
        return float(np.clip(r, -1.0, 1.0))


def cells_of(one: Coded, other: Coded) -> Cells:
    """Pairs of values of two variables in the rows that have both."""
    k, m = len(one.values), len(other.values)
    key = one.place * (m + 1) + other.place
    if (k + 1) * (m + 1) <= 4 * len(key):
        table = np.bincount(key, minlength=(k + 1) * (m + 1)).reshape(k + 1, m + 1)[:-1, :-1]
        a, b = np.nonzero(table)
        return Cells(one.values[a], other.values[b], table[a, b])
    there = (one.place < k) & (other.place < m)
    found, times = np.unique(key[there], return_counts=True)
    a, b = np.divmod(found, m + 1)
    return Cells(one.values[a], other.values[b], times.astype(np.int64))


def cells_of_rows(x: FloatArray, y: FloatArray) -> Cells:
    """Pairs of values of two variables ``(n,)`` with any number of values."""
    there = ~(np.isnan(x) | np.isnan(y))
    sides = [np.unique(side[there] + 0.0, return_inverse=True) for side in (x, y)]
    return cells_of(*(Coded(values, place) for values, place in sides))


def are_few(sizes: Iterable[int], n: int) -> bool:
    """Whether columns of n rows with so many different values are better counted than added up."""
    return max(sizes, default=0) <= min(MOST_VALUES, n // _ROWS_OF_A_VALUE)


def cells_of_columns(x: FloatArray, y: FloatArray | None) -> "list[list[Cells]] | None":
    """Cells of each column of x ``(n, p)`` with each of y ``(n, q)``; None for too many values.

    Without y those of each column of x with the columns before it, and with itself.
    """
    sides = []
    for side in (x,) if y is None else (x, y):
        columns: list[Coded] = []
        for column in side.T:
            own = coded(column)
            if own is None or not are_few([len(own.values)], len(x)):
                return None
            columns.append(own)
        sides.append(columns)
    if y is None:
        return [[cells_of(a, b) for b in sides[0][: i + 1]] for i, a in enumerate(sides[0])]
    return [[cells_of(a, b) for b in sides[1]] for a in sides[0]]


def cells_among(x: FloatArray, y: FloatArray, among: BoolArray) -> dict[tuple[int, int], Cells]:
    """Cells of columns of x ``(n, p)`` with columns of y ``(n, q)`` where ``among (p, q)`` asks.

    Raises
    ------
    TooManyValues
        When a column has many different values for n rows.
    """
    sides = []
    for side in (x, y):
        columns = [coded(column) for column in side.T]
        sides.append(columns)
        if not all(own is not None and are_few([len(own.values)], len(x)) for own in columns):
            raise TooManyValues(f"too many different values of a variable for {len(x)} rows")
    return {
        (i, j): cells_of(one, other)
        for i, one in enumerate(sides[0])
        for j, other in enumerate(sides[1])
        if among[i, j] and one is not None and other is not None
    }


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """Counts over the rows of a data set of v variables, all of them whole numbers.

    Attributes
    ----------
    rows
        Rows looked at, with or without values.
    values, times
        Of each variable: its different values in ascending order, and how often each occurs.
    tables
        Two variables by place -> how often each value of the first occurs with each of the second.
    together
        How many rows have both of two variables and all that are held constant, ``(v, v)``; None
        where none are.
    """

    rows: int
    values: tuple[FloatArray, ...]
    times: tuple[IntArray, ...]
    tables: Mapping[tuple[int, int], IntArray]
    together: IntArray | None = None

    def __add__(self, other: "PairCounts") -> "PairCounts":
        """Counts over the rows of both."""
        values = tuple(np.union1d(a, b) for a, b in zip(self.values, other.values, strict=True))
        check_cells([len(one) for one in values], self.tables)
        times = tuple(np.zeros(len(one), dtype=np.int64) for one in values)
        tables = {
            (i, j): np.zeros((len(values[i]), len(values[j])), dtype=np.int64)
            for i, j in self.tables
        }
        for part in (self, other):
            place = [np.searchsorted(*both) for both in zip(values, part.values, strict=True)]
            for own, at, some in zip(times, place, part.times, strict=True):
                own[at] += some
            for (i, j), table in part.tables.items():
                tables[i, j][np.ix_(place[i], place[j])] += table
        together = None
        if self.together is not None and other.together is not None:
            together = self.together + other.together
        return PairCounts(self.rows + other.rows, values, times, tables, together)

    def has(self, i: int, j: int) -> bool:
        """Whether pairs of values of variables i and j were counted."""
        return (i, j) in self.tables or (j, i) in self.tables

    def table(self, i: int, j: int) -> IntArray:
        """How often each value of variable i occurs with each of j."""
        return self.tables[i, j] if (i, j) in self.tables else self.tables[j, i].T

    def cells(self, i: int, j: int) -> Cells:
        """Pairs of values of variables i and j that occur."""
        table = self.table(i, j)
        a, b = np.nonzero(table)
        return Cells(self.values[i][a], self.values[j][b], table[a, b])

    def cells_among(
        self, rows: Sequence[int], columns: Sequence[int], among: BoolArray, n: int
    ) -> dict[tuple[int, int], Cells]:
        """As :func:`cells_among`, of variables by place, among n rows."""
        check_few(self, (*rows, *columns), n)
        asked = zip(*(at.tolist() for at in np.nonzero(among)), strict=True)
        return {(i, j): self.cells(rows[i], columns[j]) for i, j in asked}


def check_cells(sizes: Sequence[int], pairs: Iterable[tuple[int, int]]) -> None:
    """Raise where variables with so many values, or their pairs, cannot be counted.

    Raises
    ------
    TooManyValues
        Which says how many there are.
    """
    most, cells = max(sizes, default=0), sum(sizes[i] * sizes[j] for i, j in pairs)
    if most > MOST_VALUES:
        raise TooManyValues(f"more than {MOST_VALUES} different values of a variable")
    if cells > MOST_CELLS:
        raise TooManyValues(f"more than {MOST_CELLS} pairs of values")


def check_few(counts: PairCounts, variables: Iterable[int], n: int) -> None:
    """Raise where the same rows in memory would not be counted, and have other last digits.

    Raises
    ------
    TooManyValues
        When variables have many different values for n rows.
    """
    if not are_few((len(counts.values[k]) for k in variables), n):
        raise TooManyValues(f"too many different values of a variable for {n} rows")


def pair_counts(
    x: ArrayLike, pairs: Iterable[tuple[int, int]], *, held: Sequence[int] = ()
) -> PairCounts:
    """Count the values of a block of rows.

    Parameters
    ----------
    x
        Values, ``(n, v)``; NaN is missing.
    pairs
        Columns of which the pairs of values are counted.
    held
        Columns that are held constant: rows with all of them are counted too.

    Returns
    -------
    PairCounts
        ``pair_counts(a, pairs) + pair_counts(b, pairs)`` are the counts of the rows of both.

    Raises
    ------
    TooManyValues
        When a variable has more than ``MOST_VALUES`` different values, or all pairs together more
        than ``MOST_CELLS``.

    References
    ----------
    R: ``table(x[, i], x[, j])``.

    Examples
    --------
    >>> pairs = [(0, 1)]
    >>> part = pair_counts([[1, 2], [1.5, 2], [1.5, np.nan]], pairs)
    >>> total = part + pair_counts([[1, 3]], pairs)
    >>> total.values[0].tolist(), total.times[0].tolist(), total.table(0, 1).tolist()
    ([1.0, 1.5], [2, 2], [[1, 1], [1, 0]])
    """
    x = as_columns(x)
    if x.ndim != 2:
        raise ValueError(f"values are counted in one data set of shape (n, v), not {x.shape}")
    pairs = list(pairs)
    columns = []
    for column in x.T:
        own = coded(column)
        if own is None:
            raise TooManyValues(f"more than {MOST_VALUES} different values of a variable")
        columns.append(own)
    sizes = [len(own.values) for own in columns]
    check_cells(sizes, pairs)
    wide: list[NDArray[np.integer[Any]]] = [own.place for own in columns]
    small: list[NDArray[np.integer[Any]]] = [own.astype(np.uint16) for own in wide]
    tables = {}
    for i, several in _packed(sizes, pairs):
        shape = [sizes[k] + 1 for k in (i, *several)]
        cells = prod(shape)
        places = small if cells <= _MOST_PACKED else wide
        key = places[i]
        for j in several:
            key = key * (sizes[j] + 1) + places[j]
        whole = np.bincount(key, minlength=cells).reshape(shape)
        for axis, j in enumerate(several, 1):
            others = tuple(k for k in range(1, len(shape)) if k != axis)
            table = whole.sum(axis=others)[:-1, :-1]
            tables[i, j] = np.ascontiguousarray(table, dtype=np.int64)
    together = None
    if len(held):
        there = ~np.isnan(x)
        given = there.astype(np.float64)
        rows = (there & there[:, list(held)].all(axis=1, keepdims=True)).astype(np.float64)
        together = (given.T @ rows).astype(np.int64)
    return PairCounts(
        rows=len(x),
        values=tuple(own.values for own in columns),
        times=tuple(
            np.bincount(own.place, minlength=k + 1)[:-1].astype(np.int64)
            for own, k in zip(columns, sizes, strict=True)
        ),
        tables=tables,
        together=together,
    )


def _packed(
    sizes: Sequence[int], pairs: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, list[int]]]:
    """First variable of some pairs, and the others, so many as are counted in one table."""
    with_first: dict[int, list[int]] = {}
    for i, j in pairs:
        with_first.setdefault(i, []).append(j)
    for i, others in with_first.items():
        several: list[int] = []
        cells = sizes[i] + 1
        for j in others:
            if several and cells * (sizes[j] + 1) > _MOST_PACKED:
                yield i, several
                several, cells = [], sizes[i] + 1
            several.append(j)
            cells *= sizes[j] + 1
        yield i, several


def skewness_of_counts(values: ArrayLike, times: ArrayLike) -> float:
    """How lopsided values are that occur so often: g1 (moments with divisor n).

    Parameters
    ----------
    values, times
        Different values and how often each occurs, ``(k,)``.

    Returns
    -------
    float
        NaN for a constant.

    References
    ----------
    Joanes, D. N., & Gill, C. A. (1998). *The Statistician, 47*, 183-189. R:
    ``psych::describe(type = 1)``.

    Examples
    --------
    >>> round(skewness_of_counts([1, 2, 5], [1, 2, 1]), 4)
    0.8889
    """
    given = dict(zip(as_float(values).tolist(), np.asarray(times).tolist(), strict=True))
    return float(shape_of_values([given], type=1).skew[0])


def pearson_from_counts(
    counts: PairCounts, rows: Sequence[int], columns: Sequence[int], n: int
) -> tuple[FloatArray, FloatArray]:
    """Pearson correlations of the variables whose pairs were counted.

    Parameters
    ----------
    counts
        Of all variables.
    rows, columns
        Places of the variables that are crossed.
    n
        Rows of the data set that these are the counts of, with or without values.

    Returns
    -------
    r, n : FloatArray
        ``(rows, columns)``: what :func:`detachment.stats.correlation.pearson` gives, to the last
        bit; NaN and 0 where the pair was not counted.

    Raises
    ------
    TooManyValues
        When variables that are no whole numbers have many different values for n rows.

    References
    ----------
    R: ``cor(use = "pairwise.complete.obs")``.

    Examples
    --------
    >>> counts = pair_counts([[1, 2], [2, 4], [3, np.nan], [4, 3]], [(0, 1)])
    >>> pearson_from_counts(counts, [0], [1], 4)[0].round(4).tolist()
    [[0.3273]]
    """
    sizes = np.zeros((len(rows), len(columns)))
    there = [
        (i, j, a, b) for i, a in enumerate(rows) for j, b in enumerate(columns) if counts.has(a, b)
    ]
    for i, j, a, b in there:
        sizes[i, j] = counts.table(a, b).sum()
    down, across = (_from_one([counts.values[k] for k in side]) for side in (rows, columns))
    largest = max((int(u.max()) for u in (*(down or ()), *(across or ())) if u.size), default=1)
    if down is None or across is None or not sums_are_exact(n, largest):
        check_few(counts, (*rows, *columns), n)
        r = np.full(sizes.shape, np.nan)
        for i, j, a, b in there:
            r[i, j] = counts.cells(a, b).pearson()
        return r, sizes
    parts = np.zeros((5, *sizes.shape))
    for i, j, a, b in there:
        u, v, table = down[i], across[j], counts.table(a, b)
        of_u, of_v = table.sum(axis=1), table.sum(axis=0)
        sums = of_u @ u, of_v @ v, of_u @ (u * u), of_v @ (v * v), u @ (table @ v)
        parts[:, i, j] = sums
    return CrossSums(sizes, *parts).cor(), sizes


def pearson_matrix_from_counts(counts: PairCounts, variables: Sequence[int], n: int) -> FloatArray:
    """Pearson correlations of variables with one another, so far as their pairs were counted.

    Parameters
    ----------
    counts
        Of all variables.
    variables
        Places of those that are asked for.
    n
        Rows of the data set that these are the counts of, with or without values.

    Returns
    -------
    FloatArray
        ``(variables, variables)``: what :func:`detachment.stats.correlation.pearson` gives of one
        data set, to the last bit; NaN where the pair was not counted, 1 on the diagonal.

    Raises
    ------
    TooManyValues
        When variables that are no whole numbers have many different values for n rows.

    References
    ----------
    R: ``cor(use = "pairwise.complete.obs")``.

    Examples
    --------
    >>> counts = pair_counts([[1, 2], [2, 4], [3, np.nan], [4, 3]], [(0, 1)])
    >>> pearson_matrix_from_counts(counts, [1, 0], 4).round(4).tolist()
    [[1.0, 0.3273], [0.3273, 1.0]]
    """
    r = pearson_from_counts(counts, variables, variables, n)[0]
    r = np.where(np.tri(len(r), dtype=np.bool_), r, r.T)
    k = np.arange(len(r))
    r[k, k] = [1.0 if len(counts.values[at]) > 1 else np.nan for at in variables]
    return r


def _from_one(values: Sequence[FloatArray]) -> list[IntArray] | None:
    """Values of each variable as whole numbers of its unit, counted from 1 at the lowest of all.

    None where a variable has no such unit.
    """
    found = []
    for own in values:
        whole = whole_units(own[:, None])
        if whole is None:
            return None
        found.append(whole[:, 0])
    low = min((own[0] for own in found if own.size), default=1.0)
    return [(own - (low - 1)).astype(np.int64) for own in found]
