"""Sums of products of the columns of rows, the same in any order and in any pieces of the rows.

Each number is rounded once, to a grid that is as fine for a column as 40 bits of its largest number
are; what is left are whole numbers, whose products are added up without any rounding. Parts add up
to the whole, and the sum becomes a floating-point number at the end.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray, as_columns, as_float

_HALF = 20  # bits of each of the two parts of a number
_MASK = (1 << _HALF) - 1
_ROWS = 1024  # at a time: float64 holds sums of so many products of parts exactly


@dataclass(frozen=True, slots=True, eq=False)
class ExactProducts:
    """Sums of products of m columns.

    Attributes
    ----------
    digits
        To the base 2**20, the lowest first, ``(4, m, m)``.
    units
        What one of a column is in steps of its grid, ``(m,)``: powers of two.
    """

    digits: IntArray
    units: FloatArray

    def __add__(self, other: "ExactProducts") -> "ExactProducts":
        """Sums over the rows of both, which must be on one grid."""
        return ExactProducts(self.digits + other.digits, self.units)

    @property
    def total(self) -> FloatArray:
        """The sums, ``(m, m)``."""
        total = np.zeros(self.digits.shape[1:])
        for digit in _carried(self.digits)[::-1]:
            total = total * (1 << _HALF) + digit
        return total / self.units[:, None] / self.units


def grid(largest: ArrayLike) -> FloatArray:
    """How many steps of its grid one of a column is, from the largest number it may hold.

    Parameters
    ----------
    largest
        Without its sign, ``(m,)``.

    Returns
    -------
    FloatArray
        Powers of two, ``(m,)``.

    Examples
    --------
    >>> np.log2(grid([1.0, 0.7, 0.0])).tolist()
    [39.0, 40.0, 40.0]
    """
    _, power = np.frexp(as_float(largest))
    return np.asarray(np.ldexp(1.0, 2 * _HALF - power), dtype=np.float64)


def exact_products(x: ArrayLike, units: FloatArray) -> ExactProducts:
    """Add up the products of each pair of columns.

    Parameters
    ----------
    x
        Numbers, ``(n, m)``.
    units
        The grid of each column, as :func:`grid` gives it.

    Returns
    -------
    ExactProducts
        ``exact_products(a, units) + exact_products(b, units)`` are the sums of the rows of both.

    References
    ----------
    Ozaki, K., Ogita, T., Oishi, S., & Rump, S. M. (2012). *Numerical Algorithms, 59*, 95-118
    (matrix products without rounding, by splitting numbers). R: ``crossprod``.

    Examples
    --------
    >>> units = grid([3.0, 1.0])
    >>> part = exact_products([[1.0, 0.5]], units) + exact_products([[3.0, 0.25]], units)
    >>> part.total.tolist()
    [[10.0, 1.25], [1.25, 0.3125]]
    """
    x = as_columns(x)
    m = x.shape[1]
    digits = np.zeros((4, m, m), dtype=np.int64)
    for start in range(0, len(x), _ROWS):
        whole = np.rint(x[start : start + _ROWS] * units)
        upper = np.rint(np.ldexp(whole, -_HALF))
        lower = whole - np.ldexp(upper, _HALF)
        low, high = lower.T @ lower, upper.T @ upper
        upper += lower  # a product with itself costs half of one of two
        digits[0] += low.astype(np.int64)
        digits[1] += (upper.T @ upper - low - high).astype(np.int64)
        digits[2] += high.astype(np.int64)
        digits = _carried(digits)
    return ExactProducts(digits, units)


def _carried(digits: IntArray) -> IntArray:
    """The same number with every digit but the highest from 0 to the base."""
    digits = digits.copy()
    for k in range(3):
        digits[k + 1] += digits[k] >> _HALF
        digits[k] &= _MASK
    return digits
