"""Answers in, a table of counts of each pair of items out: all that classical statistics need.

How often two items were answered with each pair of values is a table of whole numbers. It is exact,
it does not know the order of the rows, tables of parts of the data add up to those of the whole,
and what follows from it (numbers of answers, means, covariances, every correlation) takes no longer
for a million rows than for a hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_numbers, ends
from detachment.stats.moments import CrossSums, Moments

_BLOCK = 4096  # rows at a time: their one-hot rows stay in the cache
_FEW = 64  # whole numbers in a range this small are looked for one by one
_MOST = 2**27  # cells of all tables together; whoever asks for more has no categories


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Counts of pairs of values for each pair of p items with at most k values each.

    Attributes
    ----------
    counts
        ``(p, p, k, k)``: ``counts[i, j, a, b]`` rows have ``categories[i, a]`` in item i and
        ``categories[j, b]`` in item j. Rows where one of both is missing are left out. The table of
        an item with itself is diagonal and holds the item's own counts.
    categories
        Values of each item in ascending order, ``(p, k)``; NaN after the last of an item that has
        fewer than k.
    """

    counts: IntArray
    categories: FloatArray

    @property
    def n(self) -> IntArray:
        """Rows where both items are answered, ``(p, p)``."""
        rows: IntArray = self.counts.sum(axis=(-2, -1))
        return rows

    @property
    def margins(self) -> IntArray:
        """Counts of each item's values over all its answers, ``(p, k)``."""
        own = np.arange(len(self.counts))
        return np.diagonal(self.counts[own, own], axis1=-2, axis2=-1).copy()

    def __add__(self, other: "Tables") -> "Tables":
        """Tables of both sets of rows together; values that only one of them has are kept."""
        if not isinstance(other, Tables):
            return NotImplemented
        if len(self.categories) != len(other.categories):
            raise ValueError(
                f"tables of {len(self.categories)} items cannot be added to tables of "
                f"{len(other.categories)}"
            )
        pairs = zip(self.categories, other.categories, strict=True)
        categories = _padded([_distinct(np.concatenate(pair)) for pair in pairs])
        p, k = categories.shape
        counts = np.zeros((p, p, k, k), dtype=np.int64)
        for part in (self, other):
            place = _places(part.categories, categories)
            i, j = np.arange(p)[:, None, None, None], np.arange(p)[:, None, None]
            counts[i, j, place[:, None, :, None], place[None, :, None, :]] += part.counts
        return Tables(counts, categories)


def _places(part: FloatArray, whole: FloatArray) -> IntArray:
    """Where each value of a part stands among all values, ``(p, k)``.

    The padding of a part holds no counts: it may stand anywhere that no value of it does, or the
    assignment of its zeros would undo another's counts.
    """
    place = np.zeros(part.shape, dtype=np.int64)
    for i, (some, all_of_them) in enumerate(zip(part, whole, strict=True)):
        there = ~np.isnan(some)
        found = np.searchsorted(all_of_them[~np.isnan(all_of_them)], some[there])
        place[i, there] = found
        free = np.setdiff1d(np.arange(whole.shape[1]), found)
        place[i, ~there] = free[: (~there).sum()]
    return place


def pairwise_tables(
    x: ArrayLike, values: Sequence[float] | Sequence[Sequence[float]] | None = None
) -> Tables:
    """Count how often each pair of items was answered with each pair of values.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing, and left out pair by pair. Whole numbers need not be
        float64: int8 or float32 are read as they are.
    values
        Values that are counted, also where nobody gave them: one ascending list for all items, or a
        list of lists, one an item. By default the values that each item has in these rows.

    Returns
    -------
    Tables
        Exact; the same for every order of the rows. ``pairwise_tables(a) + pairwise_tables(b)``
        are the tables of the rows of both.

    Raises
    ------
    ValueError
        For an answer that is none of ``values``, for values that do not ascend, and where there are
        so many values that they are no categories.

    Notes
    -----
    Products of one-hot rows, block by block; float32 holds the counts of a block exactly. R:
    ``table(x[, i], x[, j])`` for every i and j.

    Examples
    --------
    >>> tables = pairwise_tables([[1, 2], [2, 2], [2, np.nan], [1, 5]])
    >>> tables.counts[0, 1].tolist(), tables.categories.tolist()
    ([[1, 1], [1, 0]], [[1.0, 2.0], [2.0, 5.0]])
    >>> tables.n.tolist()
    [[4, 3], [3, 3]]
    """
    x = data_set(x)
    p = x.shape[1]
    categories = categories_of(x) if values is None else _given(values, p)
    if p * p * categories.shape[1] ** 2 > _MOST:
        raise ValueError(
            f"{categories.shape[1]} different values of {p} items are no categories to be counted"
        )
    counts = cross_tables(x, None, categories, categories)
    own = np.arange(p)
    if values is None:
        seen = np.diagonal(counts[own, own], axis1=-2, axis2=-1) > 0
        return _only(counts, categories, seen)
    answered = np.count_nonzero(x == x, axis=0)
    if (counts[own, own].sum(axis=(-2, -1)) != answered).any():
        raise ValueError("an answer is none of the values that are to be counted")
    return Tables(counts, categories)


def data_set(x: ArrayLike) -> np.ndarray:
    """Answers of one data set, ``(n, p)``, in the type they have."""
    x = as_numbers(x)
    if x.ndim != 2:
        raise ValueError(f"tables of counts come from data sets of shape (n, p), not {x.shape}")
    return x


def categories_of(x: np.ndarray) -> FloatArray:
    """Values among which those of each item are, ``(p, k)``, ascending and padded with NaN.

    For whole numbers in a small range all whole numbers of it, which takes one look at the data.
    """
    low, high = ends(x)
    if (high - low < _FEW).all() and _whole(x):
        return _padded(
            [np.arange(a, b + 1) if a <= b else [] for a, b in zip(low, high, strict=True)]
        )
    return _padded([_distinct(column) for column in x.T])


def _whole(x: np.ndarray) -> bool:
    if x.dtype.kind != "f":
        return True
    blocks = (x[start : start + _BLOCK] for start in range(0, len(x), _BLOCK))
    return all(((block == np.rint(block)) | (block != block)).all() for block in blocks)


def _distinct(column: np.ndarray) -> FloatArray:
    column = column.astype(np.float64)
    return np.unique(column[~np.isnan(column)])


def _padded(rows: Sequence[ArrayLike]) -> FloatArray:
    each = [np.asarray(row, dtype=np.float64) for row in rows]
    padded = np.full((len(each), max((len(row) for row in each), default=0)), np.nan)
    for i, row in enumerate(each):
        padded[i, : len(row)] = row
    return padded


def _given(values: Sequence[float] | Sequence[Sequence[float]], p: int) -> FloatArray:
    each = [np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in values]
    if all(len(part) == 1 for part in each) and (p != len(each) or np.ndim(values[0]) == 0):
        each = [np.concatenate(each)] * p
    if len(each) != p:
        raise ValueError(f"values of {len(each)} items do not fit {p} items")
    if any(np.isnan(part).any() or (np.diff(part) <= 0).any() for part in each):
        raise ValueError("the values of an item must be different, and ascend")
    return _padded(each)


def _only(counts: IntArray, categories: FloatArray, seen: BoolArray) -> Tables:
    """Tables without values that an item never has."""
    kept = _padded([row[there] for row, there in zip(categories, seen, strict=True)])
    if kept.shape == categories.shape and seen[~np.isnan(categories)].all():
        return Tables(counts, categories)
    # values seen come first, in their order
    order = np.argsort(~seen, axis=1, kind="stable")[:, : kept.shape[1]]
    p = np.arange(len(order))
    counts = counts[
        p[:, None, None, None],
        p[:, None, None],
        order[:, None, :, None],
        order[None, :, None, :],
    ]
    return Tables(counts, kept)


def cross_tables(
    x: np.ndarray, y: np.ndarray | None, of_x: FloatArray, of_y: FloatArray
) -> IntArray:
    """Tables ``(p, q, k, m)`` of columns of x ``(n, p)`` and of y ``(n, q)``; without y, of x.

    ``of_x`` ``(p, k)`` and ``of_y`` ``(q, m)`` hold the values of each column; answers that are
    none of them are left out.
    """
    u = np.empty((*of_x.T.shape, _BLOCK), dtype=np.float32)
    v = u if y is None else np.empty((*of_y.T.shape, _BLOCK), dtype=np.float32)
    (k, p), (m, q) = u.shape[:2], v.shape[:2]
    total = np.zeros((k * p, m * q), dtype=np.float64)
    for start in range(0, len(x), _BLOCK):
        a = _one_hot(x[start : start + _BLOCK], of_x, u)
        b = a if y is None else _one_hot(y[start : start + _BLOCK], of_y, v)
        total += a @ b.T
    return np.ascontiguousarray(total.astype(np.int64).reshape(k, p, m, q).transpose(1, 3, 0, 2))


def _one_hot(block: np.ndarray, categories: FloatArray, out: np.ndarray) -> np.ndarray:
    """Where each value of each item stands, ``(k p, rows)``, value by value."""
    columns = np.ascontiguousarray(block.T)
    rows = columns.shape[1]
    for c, values in enumerate(categories.T):
        out[c, :, :rows] = columns == values[:, None]
    return out.reshape(out.shape[0] * out.shape[1], out.shape[2])[:, :rows]


def moments_from_tables(tables: Tables) -> Moments:
    """Numbers of answers, means and covariances of the values, from tables of counts.

    Parameters
    ----------
    tables
        Of p items.

    Returns
    -------
    Moments
        What :func:`detachment.stats.moments.pairwise_moments` gives for the answers themselves; to
        the last bit for whole numbers.

    References
    ----------
    R: ``cov(use = "pairwise.complete.obs")`` has the same values.

    Examples
    --------
    >>> moments_from_tables(pairwise_tables([[1, 2], [2, 4], [3, np.nan], [4, 3]])).cov.tolist()
    [[1.6666666666666667, 0.5], [0.5, 1.0]]
    """
    sums, shift = _cross_sums(tables)
    return Moments(sums.n.astype(np.int64), sums.mean(shift), sums.cov())


def pearson_from_tables(tables: Tables) -> tuple[FloatArray, IntArray]:
    """Pearson correlations of the values, each over its pair's own rows, from tables of counts.

    Parameters
    ----------
    tables
        Of p items.

    Returns
    -------
    r : FloatArray
        ``(p, p)``, as :func:`detachment.stats.correlation.pearson` gives for the answers.
    n : IntArray
        Rows of each pair.

    References
    ----------
    R: ``cor(use = "pairwise.complete.obs")`` has the same values.

    Examples
    --------
    >>> r, n = pearson_from_tables(pairwise_tables([[1, 2], [2, 4], [3, np.nan], [4, 3]]))
    >>> r.round(4).tolist(), n.tolist()
    ([[1.0, 0.3273], [0.3273, 1.0]], [[4, 3], [3, 3]])
    """
    sums, _ = _cross_sums(tables)
    r = sums.cor()
    k = np.arange(len(r))
    r[k, k] = np.where(np.isnan(r[k, k]), np.nan, 1.0)
    return r, sums.n.astype(np.int64)


def _cross_sums(tables: Tables) -> tuple[CrossSums, FloatArray]:
    """Sums over the pairs' rows of values counted from 1 at the lowest that anybody gave."""
    counts, margins = tables.counts.astype(np.float64), tables.margins
    low = np.min(tables.categories, where=margins > 0, initial=np.inf)
    shift = np.full(len(counts), low - 1 if np.isfinite(low) else 0.0)
    values = np.where(np.isnan(tables.categories), 0.0, tables.categories - shift[:, None])
    of_x, of_y = counts.sum(axis=3), counts.sum(axis=2)
    sums = CrossSums(
        n=of_x.sum(axis=2),
        x=np.einsum("ijk,ik->ij", of_x, values),
        y=np.einsum("ijk,jk->ij", of_y, values),
        xx=np.einsum("ijk,ik->ij", of_x, values * values),
        yy=np.einsum("ijk,jk->ij", of_y, values * values),
        xy=np.einsum("ijk,ik->ij", np.einsum("ijkm,jm->ijk", counts, values), values),
    )
    return sums, shift
