"""Answers to items, block by block, as whole numbers that add up: sums of products, values, gaps.

What covariances, and the number of complete respondents that would say as much, are made of. Sums
over blocks of rows are exact, so that a data set of any size, in any order and in any pieces, has
the very moments that :func:`detachment.stats.moments.pairwise_moments` gives for all of it at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_numbers
from detachment.stats.counts import Tables, pairwise_tables
from detachment.stats.descriptives import shape_of_values
from detachment.stats.moments import CrossSums, Moments, pair_sums

K = TypeVar("K")
_AT_ONCE = 1024  # rows whose products are taken at once
_EXACT32 = 2**24
_FEW = 256  # whole numbers in a range this small are counted without sorting
_MOST_VALUES = 1 << 10  # different answers to an item that are listed


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
        Which items a row has (a byte for eight of them, the first in its highest bit) -> rows;
        those without any answer are left out.
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
    patterns: Mapping[bytes, int]
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
            patterns=_added(self.patterns, other.patterns),
            tables=tables,
        )

    def select(self, kept: list[int]) -> "ItemCounts":
        """Counts of some of the items, by position."""
        both = np.ix_(kept, kept)
        patterns: dict[bytes, int] = {}
        for seen, rows in zip(self.seen[:, kept], self.patterns.values(), strict=True):
            if seen.any():
                pattern = np.packbits(seen).tobytes()
                patterns[pattern] = patterns.get(pattern, 0) + rows
        tables = self.tables
        return replace(
            self,
            n=self.n[both],
            x=self.x[both],
            xx=self.xx[both],
            xy=self.xy[both],
            values=tuple(self.values[j] for j in kept),
            patterns=patterns,
            tables=None if tables is None else Tables(tables.counts[both], tables.categories[kept]),
        )

    @property
    def seen(self) -> BoolArray:
        """Which items each of the patterns has, ``(patterns, p)``."""
        return seen_in(self.patterns, len(self.values))

    @property
    def respondents(self) -> int:
        """Rows with an answer to an item."""
        return sum(self.patterns.values())

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


def seen_in(patterns: Iterable[bytes], p: int) -> BoolArray:
    """Which of p items each pattern has, ``(patterns, p)``: the bits of its bytes."""
    codes = np.frombuffer(b"".join(patterns), dtype=np.uint8).reshape(-1, -(-p // 8))
    return np.unpackbits(codes, axis=1, count=p).astype(np.bool_)


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
    ValueError
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
        raise ValueError("only whole numbers can be counted exactly")
    sums, shift = pair_sums(x)
    return _shifted(
        (sums.n, sums.x, sums.xx, sums.xy),
        np.rint(shift).astype(np.int64)[:, None],
        rows=len(x),
        values=values,
        patterns=_patterns((x == x).T),
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
    values = []
    for column in codes:
        times = np.bincount(column, minlength=1)
        given = np.flatnonzero(times[1:])
        values.append(
            dict(zip((given + 1.0 + shift).tolist(), times[given + 1].tolist(), strict=True))
        )
    largest = int(codes.max(initial=1))
    size = min(_AT_ONCE, _EXACT32 // largest**2)
    # An answer that is there counts 1 / base: numbers and sums come from one product, if both fit.
    base = 2.0 * _AT_ONCE
    fits = base * (largest * size + 1) < _EXACT32
    n, x, xx, xy = (np.zeros((p, p)) for _ in range(4))
    rooms = [np.empty((p, size), dtype=np.float32) for _ in range(3)]
    for start in range(0, rows, size):
        block = codes[:, start : start + size]
        value, there, other = (room[:, : block.shape[1]] for room in rooms)
        np.copyto(value, block)
        np.minimum(value, np.float32(1), out=there)
        np.copyto(other, value)  # BLAS is slower for a matrix with itself
        xy += value @ other.T
        if fits:
            np.multiply(there, np.float32(1 / base), out=other)
            other += value
            both = other @ there.T
            sums = np.floor(both)
            x += sums
            n += (both - sums) * base
        else:
            x += value @ there.T
            np.copyto(other, there)
            n += there @ other.T
        np.square(value, out=value)
        xx += value @ there.T
    return _shifted(
        (n, x, xx, xy),
        np.full((p, 1), shift, dtype=np.int64),
        rows=rows,
        values=tuple(values),
        patterns=_patterns(codes != 0),
    )


def _shifted(
    sums: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    shift: IntArray,
    *,
    rows: int,
    values: tuple[Mapping[float, int], ...],
    patterns: Mapping[bytes, int],
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
    ValueError
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
        raise ValueError(f"{len(values)} different answers to an item are too many to be counted")
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _patterns(seen: BoolArray) -> dict[bytes, int]:
    """How many rows have each pattern ``(p, n)`` of answers, but for those without any answer."""
    bits = np.packbits(seen, axis=0)
    width, rows = bits.shape
    padded = np.zeros((rows, -(-width // 8) * 8), dtype=np.uint8)
    padded[:, :width] = bits.T
    keys = padded.view(np.uint64)
    if keys.shape[1] == 1:  # a number a row, which NumPy sorts much faster
        found, counts = np.unique(keys[:, 0], return_counts=True)
    else:
        found, counts = np.unique(keys, axis=0, return_counts=True)
    found = np.ascontiguousarray(found).reshape(len(found), padded.shape[1] // 8)
    codes = np.ascontiguousarray(found.view(np.uint8)[:, :width])
    some = codes.any(axis=1)
    whole = codes[some].tobytes()
    names = [whole[at : at + width] for at in range(0, len(whole), width)] if width else []
    return dict(zip(names, counts[some].tolist(), strict=True))
