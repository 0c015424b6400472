"""Answers to items, block by block, as whole numbers that add up: sums of products, values, gaps.

What covariances, and the number of complete respondents that would say as much, are made of. Sums
over blocks of rows are exact, so that a data set of any size, in any order and in any pieces, has
the very moments that :func:`detachment.stats.moments.pairwise_moments` gives for all of it at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_numbers
from detachment.stats.counts import Tables, pairwise_tables
from detachment.stats.descriptives import shape_of_values
from detachment.stats.missing_patterns import MissingPatterns, missing_patterns_of
from detachment.stats.moments import CrossSums, Moments, pair_sums

K = TypeVar("K")
_F = TypeVar("_F", bound=np.floating[Any])
_MOST_AT_ONCE = 1024  # rows of a product; BLAS is slower for more
_SQUARE = 32  # items for which BLAS is fastest
_WORTH_IT = 64  # rows at a time below which float64 is faster than float32
_IN_CACHE = 1 << 17  # numbers that the fastest memory holds
_COMPARED = 16  # codes up to which comparing with each is faster than counting
_FEW = 256  # whole numbers in a range this small are counted without sorting
_MOST_VALUES = 1 << 10  # different answers to an item that are listed


class NotCountable(ValueError):
    """Answers that are no categories: fractions, or too many different ones."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemCounts:
    """Counts over the rows of a data set of p items, all of them whole numbers.

    Attributes
    ----------
    rows
        Rows looked at, with or without an answer.
    n, x, xx, xy
        Of each pair of items, over the rows where both are answered, ``(p, p)``: rows, sums of the
        first, of its squares, and of the products.
    values
        For each item its different answers and how often each was given.
    patterns
        Which items rows have.
    tables
        How often each pair of answers was given to each pair of items; None where that was not
        asked.
    """

    rows: int
    n: IntArray
    x: IntArray
    xx: IntArray
    xy: IntArray
    values: tuple[Mapping[float, int], ...]
    patterns: MissingPatterns
    tables: Tables | None = None

    def __add__(self, other: "ItemCounts") -> "ItemCounts":
        """Counts over the rows of both."""
        tables = None
        if self.tables is not None and other.tables is not None:
            tables = self.tables + other.tables
        return ItemCounts(
            rows=self.rows + other.rows,
            n=self.n + other.n,
            x=self.x + other.x,
            xx=self.xx + other.xx,
            xy=self.xy + other.xy,
            values=tuple(map(_added, self.values, other.values)),
            patterns=self.patterns + other.patterns,
            tables=tables,
        )

    def select(self, kept: list[int]) -> "ItemCounts":
        """Counts of some of the items, by position."""
        both = np.ix_(kept, kept)
        tables = self.tables
        return replace(
            self,
            n=self.n[both],
            x=self.x[both],
            xx=self.xx[both],
            xy=self.xy[both],
            values=tuple(self.values[j] for j in kept),
            patterns=self.patterns.select(kept),
            tables=None if tables is None else Tables(tables.counts[both], tables.categories[kept]),
        )

    @property
    def respondents(self) -> int:
        """Rows with an answer to an item."""
        return self.patterns.total

    @property
    def complete(self) -> bool:
        """Whether everyone who answered an item answered all."""
        return bool((self.n == self.respondents).all())

    @property
    def sums(self) -> tuple[CrossSums, FloatArray]:
        """What :func:`detachment.stats.moments.pair_sums` gives, to the last bit."""
        given = [value for counts in self.values for value in counts]
        shift = int(min(given, default=1)) - 1
        n, x = self.n, self.x - shift * self.n
        xx = self.xx - 2 * shift * self.x + shift**2 * n
        xy = self.xy - shift * (self.x + self.x.T) + shift**2 * n
        each = [part.astype(np.float64) for part in (n, x, x.T, xx, xx.T, xy)]
        return CrossSums(*each), np.full(len(n), float(shift))

    @property
    def moments(self) -> Moments:
        """What :func:`detachment.stats.moments.pairwise_moments` gives, to the last bit."""
        sums, shift = self.sums
        return Moments(sums.n.astype(np.int64), sums.mean(shift), sums.cov())

    @property
    def pearson(self) -> tuple[FloatArray, IntArray]:
        """What :func:`detachment.stats.correlation.pearson` gives, to the last bit."""
        sums, _ = self.sums
        r = sums.cor()
        k = np.arange(len(r))
        r[k, k] = np.where(np.isnan(r[k, k]), np.nan, 1.0)
        return r, self.n

    @property
    def skewness(self) -> FloatArray:
        """Skewness g1 of each item, ``(p,)``; NaN for a constant one."""
        return shape_of_values(self.values, type=1).skew

    @property
    def identical(self) -> BoolArray:
        """Whether two items have the same answer wherever both are answered, ``(p, p)``."""
        return np.asarray(self.xx + self.xx.T == 2 * self.xy)


def _added(one: Mapping[K, int], other: Mapping[K, int]) -> dict[K, int]:
    total = dict(one)
    for key, n in other.items():
        total[key] = total.get(key, 0) + n
    return total


def item_counts(x: ArrayLike, *, tables: bool = False) -> ItemCounts:
    """Count the answers of a block of rows.

    Parameters
    ----------
    x
        Answers, ``(n, p)``: whole numbers; NaN is missing.
    tables
        Whether pairs of answers are counted too.

    Returns
    -------
    ItemCounts
        ``item_counts(a) + item_counts(b)`` are the counts of the rows of both.

    Raises
    ------
    NotCountable
        When an answer is not whole, or an item has so many answers that they are no categories.

    References
    ----------
    R: ``crossprod`` of ``!is.na(x)`` and of ``x`` with 0 for NA has the same sums.

    Examples
    --------
    >>> part = item_counts([[1, 2], [2, 4], [3, np.nan]])
    >>> (part + item_counts([[4, 3]])).moments.cov.tolist()
    [[1.6666666666666667, 0.5], [0.5, 1.0]]
    """
    x = as_numbers(x)
    if x.ndim != 2:
        raise ValueError(f"items are counted in one data set of shape (n, p), not {x.shape}")
    values = tuple(values_of(column) for column in x.T)
    if any(value != np.rint(value) for counts in values for value in counts):
        raise NotCountable("only whole numbers can be counted exactly")
    sums, shift = pair_sums(x)
    return _shifted(
        (sums.n, sums.x, sums.xx, sums.xy),
        np.rint(shift).astype(np.int64)[:, None],
        rows=len(x),
        values=values,
        patterns=missing_patterns_of((x == x).T),
        tables=pairwise_tables(x) if tables else None,
    )


def item_counts_of_codes(codes: NDArray[np.uint8], shift: int) -> ItemCounts:
    """Count the answers of a block of rows that are stored as small whole numbers.

    Parameters
    ----------
    codes
        ``(p, n)``, item by item: the answer less ``shift``, from 1 to 255; 0 is missing.
    shift
        What was taken off.

    Returns
    -------
    ItemCounts
        Those of :func:`item_counts`, without tables, in a fraction of the time.

    References
    ----------
    R: ``crossprod`` of ``!is.na(x)`` and of ``x`` with 0 for NA has the same sums.

    Examples
    --------
    >>> counts = item_counts_of_codes(np.array([[1, 2, 3], [2, 4, 0]], dtype=np.uint8), 0)
    >>> counts.n.tolist(), counts.xy.tolist(), counts.values
    ([[3, 2], [2, 2]], [[14, 10], [10, 20]], ({1.0: 1, 2.0: 1, 3.0: 1}, {2.0: 1, 4.0: 1}))
    """
    p, rows = codes.shape
    largest = int(codes.max(initial=1))
    return _shifted(
        _sums_of_codes(codes, largest),
        np.full((p, 1), shift, dtype=np.int64),
        rows=rows,
        values=tuple(_values_of_codes(column, largest, shift) for column in codes),
        patterns=missing_patterns_of(codes != 0),
    )


def _values_of_codes(column: NDArray[np.uint8], largest: int, shift: int) -> dict[float, int]:
    """Different answers of a column of codes, and how often each was given."""
    if largest <= _COMPARED:
        times = [int(np.count_nonzero(column == code)) for code in range(1, largest + 1)]
    else:
        times = np.bincount(column, minlength=largest + 1)[1:].tolist()
    return {float(shift + code): n for code, n in enumerate(times, 1) if n}


def _sums_of_codes(codes: NDArray[np.uint8], largest: int) -> FloatArray:
    """``n, x, xx, xy`` of codes ``(p, n)`` up to ``largest``, from two products instead of four.

    Over so few rows that no sum reaches the next, one product holds two of them, a power of two
    apart: ``xx + a x`` that of ``x (x + a)`` with who is there, and ``xy + c (x + x') + c c n``
    that of ``x + c`` (where there) with itself.
    """
    p, rows = codes.shape
    dtype: type[np.floating[Any]] = np.float32
    exact = 2**24
    size, a, c = _packing(largest, exact)
    if size < _WORTH_IT:
        dtype, exact = np.float64, 2**53
        size, a, c = _packing(largest, exact)
    full = rows // size
    whole = codes[:, : full * size].reshape(p, full, size).swapaxes(0, 1)
    rest = np.zeros((1, p, size), dtype=np.uint8)
    rest[0, :, : rows - full * size] = codes[:, full * size :]
    total = np.zeros((4, p, p))
    most = max(min(_IN_CACHE // max(p * size, 1), exact // (largest**2 * size)), 1)
    rooms = [np.empty((most, p, size), dtype=dtype) for _ in range(3)]
    for pile in (*(whole[at : at + most] for at in range(0, full, most)), rest):
        value, there, other = (room[: len(pile)] for room in rooms)
        np.copyto(value, pile)
        np.copyto(there, pile != 0)
        np.add(value, dtype(a), out=other)
        other *= value
        xx = _products(other, there)
        there *= dtype(c)
        there += value
        np.copyto(other, there)  # BLAS is slower for a matrix with itself
        xy = _products(other, there)
        x = np.floor(xx * dtype(1 / a))
        xx -= x * dtype(a)
        xy -= (x + x.swapaxes(1, 2)) * dtype(c)
        n = np.floor(xy * dtype(1 / c**2))
        xy -= n * dtype(c**2)
        for sums, part in zip(total, (n, x, xx, xy), strict=True):
            sums += part.sum(axis=0)
    return total


def _products(one: NDArray[_F], other: NDArray[_F]) -> NDArray[_F]:
    """Products of ``(b, p, m)`` with ``(b, p, m)``, ``(b, p, p)``, a square of few at a time."""
    p = one.shape[1]
    step = -(-p // -(-p // _SQUARE)) if p else 1
    found = np.empty((len(one), p, p), dtype=one.dtype)
    for i in range(0, p, step):
        for j in range(0, p, step):
            right = other[:, j : j + step].swapaxes(1, 2)
            np.matmul(one[:, i : i + step], right, out=found[:, i : i + step, j : j + step])
    return found


def _packing(largest: int, exact: int) -> tuple[int, int, int]:
    """The most rows of codes up to ``largest`` whose products stay below ``exact``, and a and c."""
    size, a, c = 1, 1, 1
    while 2 * size <= _MOST_AT_ONCE:
        squares = largest**2 * 2 * size
        wide, root = 2 ** squares.bit_length(), 2 ** -(-squares.bit_length() // 2)
        if max(squares + wide * largest * 2 * size, 2 * size * (largest + root) ** 2) >= exact:
            break
        size, a, c = 2 * size, wide, root
    return size, a, c


def _shifted(
    sums: Iterable[FloatArray],
    shift: IntArray,
    *,
    rows: int,
    values: tuple[Mapping[float, int], ...],
    patterns: MissingPatterns,
    tables: Tables | None = None,
) -> ItemCounts:
    """Counts from ``n, x, xx, xy`` of answers less a whole number for each item, ``(p, 1)``."""
    n, x, xx, xy = (np.rint(part).astype(np.int64) for part in sums)
    return ItemCounts(
        rows=rows,
        n=n,
        x=x + shift * n,
        xx=xx + 2 * shift * x + shift**2 * n,
        xy=xy + shift * x.T + shift.T * x + shift * shift.T * n,
        values=values,
        patterns=patterns,
        tables=tables,
    )


def values_of(column: FloatArray) -> dict[float, int]:
    """Different answers of a column ``(n,)``, and how often each was given.

    Raises
    ------
    NotCountable
        When there are so many that they are no categories.
    """
    given = column[column == column]
    if not given.size:
        return {}
    low = given.min()
    if given.max() - low < _FEW and (given == np.rint(given)).all():
        counts = np.bincount((given - low).astype(np.intp))
        values = low + np.flatnonzero(counts)
        counts = counts[counts > 0]
    else:
        values, counts = np.unique(given, return_counts=True)
    if len(values) > _MOST_VALUES:
        raise NotCountable(f"{len(values)} different answers to an item are too many to be counted")
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
