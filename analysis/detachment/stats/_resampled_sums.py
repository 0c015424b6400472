"""Sums of units in, a bootstrap of a statistic of their total out."""

from collections.abc import Callable

import numpy as np

from detachment.stats._arrays import FloatArray
from detachment.stats.bootstrap import Bootstrap, _by_cluster, _counts

_KEYED = 32  # replicates to a key, as in the bootstrap of covariances
_NUMBERS = 2**21  # held at a time, about


def cluster_sums(sums: FloatArray, clusters: np.ndarray) -> FloatArray:
    """Sums of the units ``(n, s)`` of each cluster, in an order that does not know their names."""
    if clusters.shape != (len(sums),):
        raise ValueError(f"clusters must have shape ({len(sums)},), got {clusters.shape}")
    return _by_cluster(sums, clusters) if len(sums) else sums


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def bootstrap_sums(
    sums: FloatArray,
    statistic: Callable[[FloatArray], FloatArray],
    *,
    n_boot: int,
    rng: int | np.random.Generator,
) -> Bootstrap:
    """Resample units whose sums ``(g, s)`` are all that a statistic needs.

    The statistic takes totals ``(b, s)`` and gives ``(b, ...)``. Random numbers are those of
    :func:`detachment.stats.bootstrap.resample`: the same seed draws the same units.
    """
    seed = int(rng.integers(2**63)) if isinstance(rng, np.random.Generator) else int(rng)
    g, width = sums.shape
    total = sums.sum(axis=0)
    estimate = np.asarray(statistic(total[None]), dtype=np.float64)[0]
    replicates = np.full((n_boot, *estimate.shape), np.nan)
    jackknife = np.full((g, *estimate.shape), np.nan)
    block = _KEYED * max(1, _NUMBERS // (_KEYED * (g + 4 * width + 1)))
    if g > 0:
        for start, counts in _counts(g, n_boot, seed, block):
            found = statistic(counts.astype(np.float64) @ sums)
            replicates[start : start + len(counts)] = found
        for start in range(0, g, block):
            left = total - sums[start : start + block]
            jackknife[start : start + len(left)] = statistic(left)
    return Bootstrap(
        estimate=estimate[()], replicates=replicates, jackknife=jackknife, clusters=g, seed=seed
    )
