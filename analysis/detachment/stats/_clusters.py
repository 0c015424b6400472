"""Which cluster a row belongs to; sums of clusters, and the standard errors that they make."""

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray, canonical_order


def cluster_codes(clusters: ArrayLike | None, n: int) -> IntArray:
    """Clusters of n rows as whole numbers from 0; each row its own without any."""
    if clusters is None:
        return np.arange(n, dtype=np.int64)
    names = np.asarray(clusters)
    if names.shape != (n,):
        raise ValueError(f"clusters must have shape ({n},), got {names.shape}")
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def cluster_sums(rows: FloatArray, clusters: ArrayLike) -> FloatArray:
    """Sums ``(g, s)`` of the rows ``(n, s)`` of each cluster.

    Clusters stand in an order of their sums, that does not know their names. Rows are added up as
    they stand: give them in an order of their own.
    """
    code = cluster_codes(clusters, len(rows))
    if not len(rows):
        return rows
    by_code = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[by_code], prepend=-1))
    sums: FloatArray = np.add.reduceat(rows[by_code], starts, axis=0)
    return sums[canonical_order(sums)]


def numbered_clusters(names: np.ndarray) -> IntArray:
    """Clusters by number, in the order of their first rows: it does not know their names."""
    _, first, code = np.unique(names, return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    return place[code]


def count_clusters(there: np.ndarray, code: IntArray) -> IntArray:
    """How many clusters have a row that is there, ``(...)`` of ``(..., n)``."""
    if not there.shape[-1]:
        return np.zeros(there.shape[:-1], dtype=np.int64)
    found = _sorted_sums(there.astype(np.float64), code) > 0
    return np.asarray(found.sum(axis=-1), dtype=np.int64)


def clustered_error(
    influence: FloatArray, code: IntArray, n: FloatArray, g: FloatArray
) -> FloatArray:
    """Standard error of an estimate, whatever the order of rows and the names of clusters.

    Parameters
    ----------
    influence
        What each row adds to n times (estimate - truth), ``(..., n)``; 0 for a row that is not
        there.
    code
        Cluster of each row, ``(n,)`` or ``(..., n)``, every cluster with the same number of rows in
        each of the leading places.
    n, g
        Rows and clusters that are there, ``(...)``.

    Returns
    -------
    FloatArray
        sqrt(g / (g - 1) times the sum of squared sums of clusters) / n, ``(...)``.
    """
    if not influence.shape[-1]:
        return np.full(influence.shape[:-1], np.nan)
    squares = np.sort(_sorted_sums(influence, code) ** 2, axis=-1).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(np.where(g > 1, g / (g - 1), np.nan) * squares) / n)


def _sorted_sums(x: FloatArray, code: IntArray) -> FloatArray:
    """Sums over the rows of each cluster, ``(..., clusters)``, in an order of their values."""
    codes = np.broadcast_to(code, x.shape)
    order = np.argsort(x, axis=-1, kind="stable")
    by_code = np.argsort(np.take_along_axis(codes, order, axis=-1), axis=-1, kind="stable")
    order = np.take_along_axis(order, by_code, axis=-1)
    row = np.sort(codes.reshape(-1, x.shape[-1])[0])
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    sums: FloatArray = np.add.reduceat(np.take_along_axis(x, order, axis=-1), starts, axis=-1)
    return sums
