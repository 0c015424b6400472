"""Sums of units in, a bootstrap of a statistic of their total out."""

from collections.abc import Callable

import numpy as np

from detachment.stats._arrays import FloatArray
from detachment.stats._draws import KEYED, draw_counts, seed_of
from detachment.stats.bootstrap import Bootstrap

_NUMBERS = 2**21  # held at a time, about


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
    seed = seed_of(rng)
    g, width = sums.shape
    total = sums.sum(axis=0)
    estimate = np.asarray(statistic(total[None]), dtype=np.float64)[0]
    replicates = np.full((n_boot, *estimate.shape), np.nan)
    jackknife = np.full((g, *estimate.shape), np.nan)
    block = KEYED * max(1, _NUMBERS // (KEYED * (g + 4 * width + 1)))
    if g > 0:
        for start, counts in draw_counts(g, n_boot, seed, block):
            found = statistic(counts.astype(np.float64) @ sums)
            replicates[start : start + len(counts)] = found
        for start in range(0, g, block):
            left = total - sums[start : start + block]
            jackknife[start : start + len(left)] = statistic(left)
    return Bootstrap(
        estimate=estimate[()], replicates=replicates, jackknife=jackknife, clusters=g, seed=seed
    )
