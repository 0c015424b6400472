"""What every kernel needs to know about its arrays: types, exactness, an order of its own."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_BESIDE = 64  # rows side by side
_ROWS = 4096  # looked at together: they stay in the cache
_UNITS = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 20, 30, 60])
_WHOLE = 1e-14  # a number this near a whole one, relatively, is one
_LARGE = 2.0**20  # beyond, a number near a whole one may be no mean of a few
_LOOKED_AT = 256  # first, to tell the unit
_MIX = np.uint64(0x9E3779B97F4A7C15)


def as_float(x: ArrayLike) -> FloatArray:
    """Array of float64; integers, booleans and nested lists are taken, NaN means missing."""
    return np.asarray(x, dtype=np.float64)


def as_numbers(x: ArrayLike) -> np.ndarray:
    """Answers as ``(..., n, p)`` in the type they have, where it is one of numbers; else float64.

    Who has a million rows of int8 or float32 is not asked for eight bytes an answer.
    """
    x = np.asarray(x)
    if x.dtype.kind not in "iuf":
        x = x.astype(np.float64)
    if x.ndim == 0:
        raise ValueError("expected answers of shape (n, p), got a single number")
    return x[:, None] if x.ndim == 1 else x


def ends(x: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest answer of each column of ``(n, p)``.

    The lowest is above the highest where there is no answer.
    """
    if x.dtype.kind != "f":
        none = np.iinfo(x.dtype)
        low, high = x.min(axis=0, initial=none.max), x.max(axis=0, initial=none.min)
        return low.astype(np.float64), high.astype(np.float64)
    low, high = np.full(x.shape[1], np.inf), np.full(x.shape[1], -np.inf)
    for start in range(0, len(x), _ROWS):
        block = x[start : start + _ROWS]
        low = np.fmin(low, _extreme(np.fmin, block))
        high = np.fmax(high, _extreme(np.fmax, block))
    return low, high


def _extreme(which: np.ufunc, block: np.ndarray) -> np.ndarray:
    """Lowest or highest of each column, by many rows at once: NumPy is slow over few columns."""
    rows, p = block.shape
    if rows % _BESIDE == 0 and 0 < p < _BESIDE and block.flags.c_contiguous:
        wide = which.reduce(block.reshape(-1, _BESIDE * p), axis=0)
        block = wide.reshape(_BESIDE, p)
    found: np.ndarray = which.reduce(block, axis=0)
    return found


def as_columns(x: ArrayLike) -> FloatArray:
    """Answers as ``(..., n, p)``; a single variable of shape ``(n,)`` becomes one column."""
    x = as_float(x)
    if x.ndim == 0:
        raise ValueError("expected answers of shape (n, p), got a single number")
    return x[:, None] if x.ndim == 1 else x


def as_square(matrix: ArrayLike) -> FloatArray:
    """Stack of square matrices ``(..., p, p)``."""
    matrix = as_float(matrix)
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2]:
        raise ValueError(f"expected square matrices of shape (..., p, p), got {matrix.shape}")
    return matrix


def diagonal(matrix: FloatArray) -> FloatArray:
    """Diagonals ``(..., p)`` of a stack of square matrices."""
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def is_whole(x: FloatArray) -> bool:
    """True when all answers that are there are whole numbers: their sums of products are exact."""
    with np.errstate(invalid="ignore"):
        return bool(np.all((x == np.rint(x)) | np.isnan(x)))


def whole_units(x: FloatArray) -> FloatArray | None:
    """Answers ``(n, p)`` in units in which those of each column are whole; None if there are none.

    Means of a few items, some of them missing, are whole numbers of another unit. Sums of products
    are then exact, and correlations the same.
    """
    fits = np.empty((x.shape[1], len(_UNITS)), dtype=np.bool_)
    for j, column in enumerate(x.T):
        fits[j] = _nearly_whole(column[:_LOOKED_AT, None] * _UNITS).all(axis=0)
        if not fits[j].any():
            return None
    scaled = x * _UNITS[fits.argmax(axis=1)]
    # the first rows need not have every unit: whatever their order, the smallest that fits all
    for j in np.flatnonzero(~_whole_columns(scaled)).tolist():
        for unit in _UNITS[fits[j]][1:]:
            scaled[:, j] = x[:, j] * unit
            if _whole_columns(scaled[:, j : j + 1]).all():
                break
        else:
            return None
    whole: FloatArray = np.rint(scaled, out=scaled)
    return whole


def _whole_columns(x: FloatArray) -> BoolArray:
    """Whether all numbers of each column are whole ones, or missing."""
    whole = np.ones(x.shape[1], dtype=np.bool_)
    for start in range(0, len(x), _ROWS):
        whole &= _nearly_whole(x[start : start + _ROWS]).all(axis=0)
    return whole


def _nearly_whole(x: FloatArray) -> BoolArray:
    """Whether each number is a whole one, or missing."""
    with np.errstate(invalid="ignore"):
        off, size = np.abs(x - np.rint(x)), np.abs(x)
        near: BoolArray = (off <= _WHOLE * (1 + size)) & ((size < _LARGE) | (off == 0))
        return near | np.isnan(x)


def nearest_to_mean(x: FloatArray, there: np.ndarray) -> FloatArray:
    """An answer of each column near its mean: less it, a constant column is 0 exactly."""
    if not len(x):
        return np.zeros(x.shape[1])
    mean = np.sum(x, axis=0, where=there) / np.maximum(there.sum(axis=0), 1)
    place = np.argmin(np.where(there, np.abs(x - mean), np.inf), axis=0)
    value = x[place, np.arange(x.shape[1])]
    return np.where(np.isfinite(value), value, 0.0)


def row_keys(rows: FloatArray) -> NDArray[np.uint64]:
    """A hash of what stands in each row of ``(..., n, p)``, wherever the row stands."""
    clean = np.where(np.isnan(rows), np.inf, rows) + 0.0  # one NaN, no negative zero
    bits = np.ascontiguousarray(clean).view(np.uint64)
    key = np.zeros(rows.shape[:-1], dtype=np.uint64)
    for j in range(rows.shape[-1]):
        key = (key ^ bits[..., j]) * _MIX
        key ^= key >> np.uint64(29)
    return key


def canonical_order(rows: FloatArray) -> IntArray:
    """Order of rows ``(..., n, p)`` that depends on what stands in them, not on where they stand.

    Sums of floating-point numbers depend on the order of the terms. Taking rows by a hash of their
    own bits gives every permutation of a data set the same order (equal rows are exchangeable),
    for one sort of integers.
    """
    return np.argsort(row_keys(rows), axis=-1, kind="stable")


def canonical_units(rows: FloatArray, names: np.ndarray | None) -> tuple[IntArray, IntArray]:
    """Order of rows ``(n, p)``, and the number of the cluster of each row in that order.

    Neither knows where rows stand nor what clusters are called: clusters are numbered by a hash of
    all their rows, and equal rows stand in the order of their clusters. Without names each row is
    its own.
    """
    if names is None:
        return canonical_order(rows), np.arange(len(rows))
    key = row_keys(rows)
    _, code = np.unique(names, return_inverse=True)
    total = np.zeros(int(code.max(initial=-1)) + 1, dtype=np.uint64)
    np.add.at(total, code, key * _MIX)
    number = np.empty(len(total), dtype=np.int64)
    number[np.argsort(total, kind="stable")] = np.arange(len(total))
    order = np.lexsort((number[code], key))
    return order, number[code][order]


def in_canonical_order(rows: FloatArray) -> FloatArray:
    """Rows ``(..., n, p)`` taken in :func:`canonical_order`."""
    return np.take_along_axis(rows, canonical_order(rows)[..., None], axis=-2)
