"""Sums of floating-point numbers as whole numbers: exact, and so the same in any order and parts.

A sum of float64 depends on the order of its terms. Here each number is cut into digits of 32 bits
at places that are the same for all; the sums of the digits of each place are tables of counts like
any others, those of parts add up to those of the whole, and the sum is rounded once, at the end.
"""

from dataclasses import dataclass
from math import frexp

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray, as_columns

_BITS = 32  # of a digit
_LOWEST = -1088  # the power of two of the lowest place: below the last bit of any number
_PLACES = (1024 - _LOWEST) // _BITS
_ROWS = 1 << 14  # at a time: they fit the fast memory, and sums of so many digits are exact
_LARGE, _SMALL, _AWAY = 2.0**400, 2.0**-400, 640  # beyond these digits could be lost by scaling


@dataclass(frozen=True, slots=True, eq=False)
class ExactSums:
    """Sums of s columns.

    Attributes
    ----------
    digits
        Sums of the digits of each place, the lowest first, ``(s, places)``.
    strange
        Numbers that are not finite, ``(s,)``.
    """

    digits: IntArray
    strange: IntArray

    def __add__(self, other: "ExactSums") -> "ExactSums":
        """Sums over the rows of both."""
        digits = self.digits + other.digits
        # What is more than a digit goes to the next place, so that no number of rows is too many.
        more = digits[:, :-1] >> _BITS
        digits[:, :-1] -= more << _BITS
        digits[:, 1:] += more
        return ExactSums(digits, self.strange + other.strange)

    @property
    def total(self) -> FloatArray:
        """The sums, each rounded once, ``(s,)``; NaN where a number was not finite."""
        return np.array(
            [
                np.nan if strange else _rounded(digits)
                for digits, strange in zip(self.digits, self.strange, strict=True)
            ],
            dtype=np.float64,
        )


def exact_sums(x: ArrayLike) -> ExactSums:
    """Add up each column, without any rounding.

    Parameters
    ----------
    x
        Numbers, ``(n, s)`` or ``(n,)``.

    Returns
    -------
    ExactSums
        ``exact_sums(a) + exact_sums(b)`` are the sums of the rows of both, whatever their order.

    Notes
    -----
    Places as in the superaccumulators of Neal (2015), "Fast exact summation using small and large
    superaccumulators", and digits by rounding as in Demmel and Nguyen (2015), "Parallel
    reproducible summation", IEEE Transactions on Computers 64, 2060-2070, but all of them. The
    total is what Python's ``math.fsum`` gives.

    Examples
    --------
    >>> part = exact_sums([1e16, 1.0]) + exact_sums([-1e16])
    >>> part.total.tolist()
    [1.0]
    """
    x = as_columns(x)
    if x.ndim != 2:
        raise ValueError(f"sums are of one data set of shape (n, s), not {x.shape}")
    digits = np.zeros((x.shape[1], _PLACES), dtype=np.int64)
    strange = np.zeros(x.shape[1], dtype=np.int64)
    for s in range(x.shape[1]):
        for start in range(0, len(x), _ROWS):
            block = x[start : start + _ROWS, s].copy()
            size = np.abs(block)
            if not np.isfinite(size.max()):
                known = np.isfinite(block)
                strange[s] += np.count_nonzero(~known)
                block, size = block[known], size[known]
            if size.max(initial=0.0) < _LARGE and size.min(initial=1.0) >= _SMALL:
                _add_digits(digits[s], block, 0)
                continue
            large, small = size >= _LARGE, size < _SMALL
            _add_digits(digits[s], block[~large & ~small], 0)
            _add_digits(digits[s], block[large] * 2.0**-_AWAY, _AWAY)
            _add_digits(digits[s], block[small] * 2.0**_AWAY, -_AWAY)
    return ExactSums(digits, strange)


def _add_digits(digits: IntArray, x: FloatArray, power: int) -> None:
    """Add the digits of ``x`` times two to this power; ``x`` is used up."""
    bits = frexp(float(np.abs(x).max(initial=0.0)))[1]
    top = -(-bits // _BITS) * _BITS
    place = (top + power - _LOWEST) // _BITS
    x *= 2.0**-top
    while x.any():
        place -= 1
        x *= 2.0**_BITS
        digit = np.rint(x)
        digits[place] += int(digit.sum())
        x -= digit


def _rounded(digits: IntArray) -> float:
    used = np.flatnonzero(digits)
    if not used.size:
        return 0.0
    first = int(used[0])
    whole = sum(int(digits[place]) << (_BITS * (int(place) - first)) for place in used)
    shift = _BITS * first + _LOWEST
    try:
        return float(whole << shift) if shift >= 0 else whole / (1 << -shift)
    except OverflowError:
        return float("inf") if whole > 0 else float("-inf")
