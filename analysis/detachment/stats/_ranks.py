"""Answers in, their places in order and their mid-ranks out."""

import numpy as np

from detachment.stats._arrays import FloatArray, IntArray


def places_of(x: FloatArray) -> IntArray:
    """Places of answers ``(...)`` in an ascending list of all their values; -1 is missing."""
    there = np.isfinite(x)
    places = np.full(x.shape, -1, dtype=np.int64)
    places[there] = np.unique(x[there], return_inverse=True)[1]
    return places


def ranks_of_counts(margin: FloatArray) -> FloatArray:
    """Twice the mid-rank of each value, from how often each occurs, ``(..., k)``."""
    return 2 * np.cumsum(margin, axis=-1) - margin + 1


def doubled_ranks(x: FloatArray) -> FloatArray:
    """Twice the mid-ranks of each column ``(n, p)`` among its answers: whole numbers."""
    ranks = np.full(x.shape, np.nan)
    for j, column in enumerate(x.T):
        there = np.isfinite(column)
        _, place, count = np.unique(column[there], return_inverse=True, return_counts=True)
        ranks[there, j] = ranks_of_counts(count.astype(np.float64))[place]
    return ranks
