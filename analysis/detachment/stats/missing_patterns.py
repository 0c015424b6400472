"""Which items rows have an answer to, counted: patterns of missing data that add up over blocks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detachment.stats._arrays import BoolArray, IntArray

_WORD = 8  # bytes of a number that NumPy sorts at once


@dataclass(frozen=True, slots=True, eq=False)
class MissingPatterns:
    """How many rows have an answer to just these items, for each pattern there is.

    Attributes
    ----------
    bits
        Bytes of each pattern, ``(g, ceil(p / 8))``: a bit for each item, the first in the highest;
        in their order. Rows without any answer are left out.
    rows
        How many rows have it, ``(g,)``.
    p
        Items.
    """

    bits: NDArray[np.uint8]
    rows: IntArray
    p: int

    def __add__(self, other: "MissingPatterns") -> "MissingPatterns":
        """Patterns of the rows of both."""
        bits = np.concatenate([self.bits, other.bits])
        return _of_bits(bits, np.concatenate([self.rows, other.rows]), self.p)

    @property
    def seen(self) -> BoolArray:
        """Which items each pattern has, ``(g, p)``."""
        return np.unpackbits(self.bits, axis=1, count=self.p).astype(np.bool_)

    @property
    def total(self) -> int:
        """Rows with an answer to an item."""
        return int(self.rows.sum())

    @property
    def complete(self) -> int:
        """Rows with an answer to every item."""
        everything = np.packbits(np.ones(self.p, dtype=np.bool_))
        return int(self.rows[(self.bits == everything).all(axis=1)].sum())

    def select(self, kept: list[int]) -> "MissingPatterns":
        """Patterns of some of the items, by position."""
        bits = np.packbits(self.seen[:, kept], axis=1)
        return _of_bits(bits, self.rows, len(kept))


def missing_patterns_of(seen: BoolArray) -> MissingPatterns:
    """Count the patterns of a block of rows.

    Parameters
    ----------
    seen
        Which answers there are, item by item, ``(p, n)``.

    Returns
    -------
    MissingPatterns
        ``missing_patterns_of(a) + missing_patterns_of(b)`` are the patterns of the rows of both.

    References
    ----------
    R: ``mice::md.pattern`` counts them too.

    Examples
    --------
    >>> found = missing_patterns_of(np.array([[1, 1, 0], [1, 0, 0]], dtype=bool))
    >>> found.seen.tolist(), found.rows.tolist()
    ([[True, False], [True, True]], [1, 1])
    """
    p, n = seen.shape
    ones = seen.view(np.uint8)
    # Eight items at a time, as a row of bytes each: faster by far than packing across rows.
    words = _empty_words(n, p)
    for first in range(0, p, 8):
        byte = np.zeros(n, dtype=np.uint8)
        for item in ones[first : first + 8]:
            byte += byte
            byte |= item
        byte <<= max(first + 8 - p, 0)
        words[:, first // 8] = byte
    return _counted(words, None, p)


def _empty_words(n: int, p: int) -> NDArray[np.uint8]:
    return np.zeros((n, max(-(-p // (8 * _WORD)), 1) * _WORD), dtype=np.uint8)


def _of_bits(bits: NDArray[np.uint8], rows: IntArray, p: int) -> MissingPatterns:
    words = _empty_words(len(bits), p)
    words[:, : bits.shape[1]] = bits
    return _counted(words, rows, p)


def _counted(words: NDArray[np.uint8], rows: IntArray | None, p: int) -> MissingPatterns:
    """Each pattern once, with the sum of its rows (None: each stands for one)."""
    n = len(words)
    keys = words.view(">u8").astype(np.uint64)  # so that numbers sort as their bytes do
    if keys.shape[1] != 1:
        order = np.lexsort(keys.T[::-1])
    elif rows is not None:
        order = np.argsort(keys[:, 0], kind="stable")  # fast for two runs that are in order
    else:
        found, times = np.unique(keys[:, 0], return_counts=True)
        return _without_empty(found[:, None], times, p)
    keys = keys[order]
    new = np.ones(n, dtype=np.bool_)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    each = np.ones(n, dtype=np.int64) if rows is None else rows[order]
    times = np.add.reduceat(each, starts) if n else each
    return _without_empty(keys[starts], times, p)


def _without_empty(keys: NDArray[np.uint64], rows: IntArray, p: int) -> MissingPatterns:
    some = keys.any(axis=1)
    bits = keys[some].astype(">u8").view(np.uint8)
    return MissingPatterns(np.ascontiguousarray(bits[:, : -(-p // 8)]), rows[some], p)
