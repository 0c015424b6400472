"""Scales of a lazy survey, prepared from counts: no row of it is ever in memory with all others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from detachment.scoring import keyed_answers, masked_rows, rows_of_wave
from detachment.stats.counts import Tables
from detachment.stats.exact import ExactSums
from detachment.stats.intervals import SquaredInfluences
from detachment.stats.item_counts import ItemCounts, item_counts
from detachment.validation import LazySurvey, Survey

Floats = NDArray[np.float64]
FEW = 10_000
"""Rows up to which a lazy survey is read into memory, where every statistic can be had."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CountedScale:
    """The answers to a scale as counts, and where to count again.

    Attributes
    ----------
    lazy
        Whose they are.
    scale
        Its id.
    kept
        Positions of the items that can be used.
    wave, listwise
        Whose answers count.
    counts
        Of these items.
    masked
        Rows whose answers the instrument forbids to interpret.
    everybody
        Rows with an answer to any of the scales that were counted together.
    """

    lazy: LazySurvey
    scale: str
    kept: tuple[int, ...]
    wave: str | None
    listwise: bool
    counts: ItemCounts
    masked: int
    everybody: int

    @property
    def items(self) -> list[str]:
        """Ids of the items that are used."""
        uses = self.lazy.instrument.scales[self.scale].items
        return [uses[j].id for j in self.kept]

    def squares(self, slopes: Floats) -> ExactSums:
        """Sums of squared influences of all rows on statistics with these slopes ``(s, p, p)``."""
        sums, shift = self.counts.sums
        influences = SquaredInfluences(sums.n, sums.x, sums.cov(), shift, slopes)
        task = partial(
            square_influences,
            scale=self.scale,
            kept=self.kept,
            wave=self.wave,
            listwise=self.listwise,
            influences=influences,
        )
        return self.lazy.total(task, self.items)

    @cached_property
    def tables(self) -> Tables:
        """Counts of pairs of answers to each pair of items."""
        task = partial(
            count_scales,
            scales={self.scale: self.kept},
            wave=self.wave,
            listwise=self.listwise,
            tables=True,
        )
        found = self.lazy.total(task, self.items).items[self.scale].tables
        assert found is not None  # they were asked for
        return found


@dataclass(frozen=True, slots=True, eq=False)
class ScaleCounts:
    """Counts of scales by id; ``everybody`` is who has an answer in any of them."""

    items: Mapping[str, ItemCounts]
    masked: Mapping[str, int]
    everybody: int

    def __add__(self, other: "ScaleCounts") -> "ScaleCounts":
        return ScaleCounts(
            items={scale: self.items[scale] + other.items[scale] for scale in self.items},
            masked={scale: self.masked[scale] + other.masked[scale] for scale in self.masked},
            everybody=self.everybody + other.everybody,
        )


def count_scales(
    survey: Survey,
    *,
    scales: Mapping[str, Sequence[int]],
    wave: str | None,
    listwise: bool,
    tables: bool,
) -> ScaleCounts:
    """Count the keyed answers of a block of rows.

    Parameters
    ----------
    survey
        The block.
    scales
        Id -> positions of the items that are counted.
    wave
        Only the rows of this wave.
    listwise
        Only who answered all these items of the scale.
    tables
        Whether pairs of answers are counted too.
    """
    there = rows_of_wave(survey, wave)
    counts, masked = {}, {}
    anything = np.zeros(int(there.sum()), dtype=np.bool_)
    for name, kept in scales.items():
        answers = _keyed(survey, name, kept, there, listwise=listwise)
        counts[name] = item_counts(answers, tables=tables)
        masked[name] = int((masked_rows(survey, survey.instrument.scales[name]) & there).sum())
        anything |= ~np.isnan(answers).all(axis=1)
    return ScaleCounts(counts, masked, int(anything.sum()))


def square_influences(
    survey: Survey,
    *,
    scale: str,
    kept: Sequence[int],
    wave: str | None,
    listwise: bool,
    influences: SquaredInfluences,
) -> ExactSums:
    """What a block of rows adds to the variance of statistics of a scale."""
    there = rows_of_wave(survey, wave)
    return influences(_keyed(survey, scale, kept, there, listwise=listwise))


def _keyed(
    survey: Survey, scale: str, kept: Sequence[int], there: NDArray[np.bool_], *, listwise: bool
) -> Floats:
    answers = keyed_answers(survey, scale).to_numpy()[there][:, list(kept)]
    if listwise:
        answers[np.isnan(answers).any(axis=1)] = np.nan
    return answers
