"""Sums of floating-point numbers as whole numbers: exact, and so the same in any order and parts.

A sum of float64 depends on the order of its terms. Here the 53 bits of each number are added up as
two whole numbers for each power of two there is; these are tables of counts like any others, those
of parts add up to those of the whole, and the sum is rounded once, at the end.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray, as_columns

_LOW = 27  # bits of the lower of the two whole numbers
_BITS = 53
_LOWEST = -1074  # the smallest power of two that frexp gives
_POWERS = 1024 - _LOWEST + 1
_BLOCK = 1 << 17  # rows at a time: sums of 27 bits stay exact in float64


@dataclass(frozen=True, slots=True, eq=False)
class ExactSums:
    """Sums of s columns.

    Attributes
    ----------
    digits
        ``(s, 2, powers)``: for each power of two the sums of the upper and of the lower bits.
    strange
        Numbers that are not finite, ``(s,)``.
    """

    digits: IntArray
    strange: IntArray

    def __add__(self, other: "ExactSums") -> "ExactSums":
        """Sums over the rows of both."""
        return ExactSums(self.digits + other.digits, self.strange + other.strange)

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
    One bin for each exponent, as the small superaccumulator of Neal (2015), "Fast exact summation
    using small and large superaccumulators". The total is what Python's ``math.fsum`` gives.

    Examples
    --------
    >>> part = exact_sums([1e16, 1.0]) + exact_sums([-1e16])
    >>> part.total.tolist()
    [1.0]
    """
    x = as_columns(x)
    if x.ndim != 2:
        raise ValueError(f"sums are of one data set of shape (n, s), not {x.shape}")
    digits = np.zeros((x.shape[1], 2, _POWERS), dtype=np.int64)
    strange = np.zeros(x.shape[1], dtype=np.int64)
    for s in range(x.shape[1]):
        for start in range(0, len(x), _BLOCK):
            block = x[start : start + _BLOCK, s]
            finite = np.isfinite(block)
            if not finite.all():
                strange[s] += np.count_nonzero(~finite)
                block = block[finite]
            share, power = np.frexp(block)
            whole = np.ldexp(share, _BITS)
            upper = np.floor(np.ldexp(whole, -_LOW))
            lower = whole - np.ldexp(upper, _LOW)
            place = power - _LOWEST
            for k, part in enumerate((upper, lower)):
                digits[s, k] += np.bincount(place, part, _POWERS).astype(np.int64)
    return ExactSums(digits, strange)


def _rounded(digits: IntArray) -> float:
    used = np.flatnonzero(digits.any(axis=0))
    if not used.size:
        return 0.0
    first = int(used[0])
    whole = sum(
        ((int(digits[0, power]) << _LOW) + int(digits[1, power])) << (int(power) - first)
        for power in used
    )
    shift = first + _LOWEST - _BITS
    try:
        return float(whole << shift) if shift >= 0 else whole / (1 << -shift)
    except OverflowError:
        return float("inf") if whole > 0 else float("-inf")
