"""Standard errors of what the covariances of items of two scales give, counted block by block."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detachment.estimates._counted import Column, keyed_block
from detachment.estimates._scales import PreparedScale
from detachment.scoring import rows_of_wave
from detachment.stats.exact import ExactSums
from detachment.stats.intervals import (
    DeltaMethod,
    SquaredInfluences,
    Statistic,
    gradient,
    of_squares,
)
from detachment.stats.item_counts import ItemCounts, item_counts
from detachment.validation import Block


def counted_delta_methods(
    pairs: Sequence[Sequence[PreparedScale]], statistics: Sequence[Statistic]
) -> list[DeltaMethod]:
    """Standard errors of statistics of the covariances of the items of pairs of scales.

    Parameters
    ----------
    pairs
        Scales that were counted.
    statistics
        One of each pair.
    """
    scales = {part.scale.id: part.counted for pair in pairs for part in pair if part.counted}
    one = next(iter(scales.values()), None)
    if one is None:
        return []
    kept = [counted.columns for counted in scales.values()]
    starts = np.cumsum([0, *map(len, kept)]).tolist()
    place = {
        name: list(range(start, end))
        for name, start, end in zip(scales, starts, starts[1:], strict=False)
    }
    items = [item for columns in kept for _, item in columns]
    task = partial(count_items, scales=kept, wave=one.wave, listwise=one.listwise)
    everything = one.lazy.total(task, items)
    columns, estimates, influences, units = [], [], [], []
    for pair, statistic in zip(pairs, statistics, strict=True):
        at = [k for part in pair for k in place[part.scale.id]]
        own = everything.select(at)
        sums, shift = own.sums
        cov = sums.cov()
        slopes = gradient(statistic, cov)
        columns.append(at)
        units.append(own.respondents)
        estimates.append(np.asarray(statistic(cov[None]), dtype=np.float64)[0])
        influences.append(SquaredInfluences(sums.n, sums.x, cov, shift, slopes[None]))
    again = partial(
        square_pairs,
        scales=kept,
        wave=one.wave,
        listwise=one.listwise,
        columns=columns,
        influences=influences,
    )
    squares = one.lazy.total(again, items)
    return [
        of_squares(estimate, ExactSums(squares.digits[k, None], squares.strange[k, None]), n)
        for k, (estimate, n) in enumerate(zip(estimates, units, strict=True))
    ]


def count_items(
    block: Block, *, scales: Sequence[Sequence[Column]], wave: str | None, listwise: bool
) -> ItemCounts:
    """Count the keyed answers of a block to the items of several scales, side by side."""
    return item_counts(_side_by_side(block, scales, wave, listwise=listwise))


def square_pairs(
    block: Block,
    *,
    scales: Sequence[Sequence[Column]],
    wave: str | None,
    listwise: bool,
    columns: Sequence[Sequence[int]],
    influences: Sequence[SquaredInfluences],
) -> ExactSums:
    """What a block adds to the variance of a statistic of each pair of scales."""
    answers = _side_by_side(block, scales, wave, listwise=listwise)
    found = [
        influence(answers[:, list(at)]) for at, influence in zip(columns, influences, strict=True)
    ]
    return ExactSums(
        np.concatenate([part.digits for part in found]),
        np.concatenate([part.strange for part in found]),
    )


def _side_by_side(
    block: Block, scales: Sequence[Sequence[Column]], wave: str | None, *, listwise: bool
) -> NDArray[np.floating[Any]]:
    """Keyed answers to the items of scales; of complete rows of each where ``listwise``."""
    there = rows_of_wave(block.people, wave)
    return np.hstack(
        [
            keyed_block(block, columns, there, range(len(columns)) if listwise else ())
            for columns in scales
        ]
    )
