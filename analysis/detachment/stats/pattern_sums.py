"""Rows by which answers they have: whole-number sums of each pattern, which add up over blocks.

What maximum likelihood needs of rows with missing answers. Sums over blocks of rows are exact, and
so the same for a data set in any order and in any pieces.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_columns, is_whole
from detachment.stats.moments import missing_patterns

_EXACT = 2.0**53  # up to here float64 holds every whole number


@dataclass(frozen=True, slots=True, eq=False)
class PatternSums:
    """Sums of the rows of each pattern of missing answers, of p variables.

    Attributes
    ----------
    sums
        Which variables a row has (a byte for eight of them, the first in its highest bit) ->
        ``(1 + p, 1 + p)``: the products of the answers, 0 where missing, with a one before them;
        so the first number is that of the rows, and those beside it are the sums. Rows without any
        answer are left out.
    p
        Variables.
    """

    sums: Mapping[bytes, IntArray]
    p: int

    def __add__(self, other: "PatternSums") -> "PatternSums":
        """Sums over the rows of both."""
        total = dict(self.sums)
        for pattern, products in other.sums.items():
            total[pattern] = total[pattern] + products if pattern in total else products
        return PatternSums(total, self.p)

    @property
    def seen(self) -> BoolArray:
        """Which variables each pattern has, in the order of the patterns, ``(patterns, p)``."""
        width = -(-self.p // 8)
        codes = np.frombuffer(b"".join(sorted(self.sums)), dtype=np.uint8).reshape(-1, width)
        return np.unpackbits(codes, axis=1, count=self.p).astype(np.bool_)

    @property
    def products(self) -> list[IntArray]:
        """Sums of each pattern, in the order of ``seen``."""
        return [self.sums[pattern] for pattern in sorted(self.sums)]


def pattern_sums(x: ArrayLike) -> PatternSums:
    """Sums of the rows of each pattern of missing answers.

    Parameters
    ----------
    x
        Answers, ``(n, p)``: whole numbers; NaN is missing.

    Returns
    -------
    PatternSums
        ``pattern_sums(a) + pattern_sums(b)`` are the sums over the rows of both.

    Raises
    ------
    ValueError
        When answers are not whole, or so large that their sums are not exact.

    References
    ----------
    Enders, C. K. (2010). *Applied Missing Data Analysis*, chapter 4. R: the ``YP`` of
    ``lavaan::lavInspect`` with ``missing = "fiml"`` holds the same by pattern.

    Examples
    --------
    >>> found = pattern_sums([[1, 2], [3, np.nan]]) + pattern_sums([[2, 5]])
    >>> found.seen.astype(int).tolist(), [part.tolist() for part in found.products]
    ([[1, 0], [1, 1]], [[[1, 3, 0], [3, 9, 0], [0, 0, 0]], [[2, 3, 7], [3, 5, 12], [7, 12, 29]]])
    """
    x = as_columns(x)
    if not exact(x):
        raise ValueError("only whole numbers, and no huge ones, can be added up exactly")
    return PatternSums(
        {
            np.packbits(seen).tobytes(): np.rint(products_of(x[rows], seen)).astype(np.int64)
            for rows, seen in (missing_patterns(x) if len(x) else ())
            if seen.any()
        },
        x.shape[1],
    )


def exact(x: FloatArray) -> bool:
    """Whether sums of products of answers ``(n, p)`` are whole numbers that float64 holds."""
    if not is_whole(x):
        return False
    largest = np.fmax.reduce(np.abs(x), axis=None, initial=1.0)
    return bool(len(x) * largest**2 < _EXACT)


def products_of(rows: FloatArray, seen: BoolArray) -> FloatArray:
    """Products of the rows of one pattern, with a one before them, ``(1 + p, 1 + p)``."""
    own = np.ones((len(rows), 1 + rows.shape[1]))
    own[:, 1:] = np.where(seen, rows, 0.0)
    return np.asarray(own.T @ own)


def moments_of_products(products: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Means and covariances with divisor n of one pattern, from sums of whole numbers.

    Parameters
    ----------
    products
        ``(1 + p, 1 + p)``, as :class:`PatternSums` has them.

    Returns
    -------
    tuple of FloatArray
        ``(p,)`` and ``(p, p)``, rounded once or twice: whole numbers near the means are taken off
        before, which loses nothing.

    Examples
    --------
    >>> mean, cov = moments_of_products([[2, 3, 7], [3, 5, 12], [7, 12, 29]])
    >>> mean.tolist(), cov.tolist()
    ([1.5, 3.5], [[0.25, 0.75], [0.75, 2.25]])
    """
    whole = np.asarray(products, dtype=np.float64)
    n, x, xy = whole[0, 0], whole[0, 1:], whole[1:, 1:]
    near = np.rint(x / n)
    left = x - near * n
    about = xy - near[:, None] * x - x[:, None] * near + n * near[:, None] * near
    return x / n, (about - left[:, None] * left / n) / n
