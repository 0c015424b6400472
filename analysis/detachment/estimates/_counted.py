"""Scales of a lazy survey, prepared from counts: no row of it is ever in memory with all others."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detachment.scoring import keyed_answers, masked_rows, raw_answers, rows_of_wave
from detachment.stats.counts import Tables
from detachment.stats.exact import ExactSums
from detachment.stats.intervals import SquaredInfluences
from detachment.stats.item_counts import ItemCounts, item_counts, values_of
from detachment.validation import LazySurvey, Survey

T = TypeVar("T")
Floats = NDArray[np.float64]
Column = tuple[str | None, str]
"""Which scale keys an item (None: none does), and the item."""
FEW = 10_000
"""Rows up to which a lazy survey is read into memory, where every statistic can be had."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CountedScale:
    """The answers to a scale as counts, and where to count again.

    Attributes
    ----------
    lazy
        Whose they are.
    columns
        Items that can be used.
    wave, listwise
        Whose answers count.
    counts
        Of these items.
    every, given
        Item that is in the data -> how often each of its answers was given by those whose answers
        count; and how many answers it has from anybody.
    raw
        For a test, item -> how often each answer was chosen; else empty.
    rows
        Rows of the wave.
    masked
        Rows whose answers the instrument forbids to interpret.
    everybody
        Rows with an answer to any of the scales that were counted together.
    """

    lazy: LazySurvey
    columns: tuple[Column, ...]
    wave: str | None
    listwise: bool
    counts: ItemCounts
    every: Mapping[str, Mapping[float, int]]
    given: Mapping[str, int]
    raw: Mapping[str, Mapping[float, int]]
    rows: int
    masked: int
    everybody: int

    @property
    def _required(self) -> tuple[int, ...]:
        return tuple(range(len(self.columns))) if self.listwise else ()

    def squares(self, slopes: Floats) -> ExactSums:
        """Sums of squared influences of all rows on statistics with these slopes ``(s, p, p)``."""
        sums, shift = self.counts.sums
        influences = SquaredInfluences(sums.n, sums.x, sums.cov(), shift, slopes)
        task = partial(
            square_influences,
            columns=self.columns,
            wave=self.wave,
            required=self._required,
            influences=influences,
        )
        return self.lazy.total(task, [item for _, item in self.columns])

    @cached_property
    def tables(self) -> Tables:
        """Counts of pairs of answers to each pair of items."""
        task = partial(
            count_scales,
            groups={"": self.columns},
            required={"": self._required},
            wave=self.wave,
            tables=True,
        )
        found = self.lazy.total(task, [item for _, item in self.columns]).items[""].tables
        assert found is not None  # they were asked for
        return found


@dataclass(frozen=True, slots=True, eq=False)
class ScaleCounts:
    """Counts of groups of items by name, and for tests of the answers chosen.

    ``everybody`` is who has an answer in any of them.
    """

    items: Mapping[str, ItemCounts]
    raw: Mapping[str, tuple[Mapping[float, int], ...]]
    masked: Mapping[str, int]
    everybody: int

    def __add__(self, other: "ScaleCounts") -> "ScaleCounts":
        return ScaleCounts(
            items={scale: self.items[scale] + other.items[scale] for scale in self.items},
            raw={
                scale: tuple(
                    dict(Counter(one) + Counter(two))
                    for one, two in zip(self.raw[scale], other.raw[scale], strict=True)
                )
                for scale in self.raw
            },
            masked={scale: self.masked[scale] + other.masked[scale] for scale in self.masked},
            everybody=self.everybody + other.everybody,
        )


def count_scales(
    survey: Survey,
    *,
    groups: Mapping[str, Sequence[Column]],
    required: Mapping[str, Sequence[int]],
    wave: str | None,
    tables: bool,
) -> ScaleCounts:
    """Count the keyed answers of a block of rows.

    Parameters
    ----------
    survey
        The block.
    groups
        Name (a scale's id) -> items that are counted together.
    required
        Name -> places among these: only who answered all of them.
    wave
        Only the rows of this wave.
    tables
        Whether pairs of answers are counted too.
    """
    there = rows_of_wave(survey, wave)
    counts, raw, masked = {}, {}, {}
    anything = np.zeros(int(there.sum()), dtype=np.bool_)
    scales = survey.instrument.scales
    for name, columns in groups.items():
        answers = _keyed(survey, columns, there, required.get(name, ()))
        counts[name] = item_counts(answers, tables=tables)
        raw[name], masked[name] = (), 0
        if name in scales:
            masked[name] = int((masked_rows(survey, scales[name]) & there).sum())
            if scales[name].model == "dichotomous_test":
                raw[name] = tuple(
                    values_of(np.where(np.isnan(column), np.nan, raw_answers(survey, item)[there]))
                    for (_, item), column in zip(columns, answers.T, strict=True)
                )
        anything |= ~np.isnan(answers).all(axis=1)
    return ScaleCounts(counts, raw, masked, int(anything.sum()))


def square_influences(
    survey: Survey,
    *,
    columns: Sequence[Column],
    wave: str | None,
    required: Sequence[int],
    influences: SquaredInfluences,
) -> ExactSums:
    """What a block of rows adds to the variance of statistics of a scale."""
    there = rows_of_wave(survey, wave)
    return influences(_keyed(survey, columns, there, required))


def of_answers(
    survey: Survey,
    *,
    columns: Sequence[Column],
    wave: str | None,
    required: Sequence[int],
    of: Callable[[Floats], T],
) -> T:
    """What a function says of the keyed answers of a block of rows."""
    return of(_keyed(survey, columns, rows_of_wave(survey, wave), required))


def _keyed(
    survey: Survey, columns: Sequence[Column], there: NDArray[np.bool_], required: Sequence[int]
) -> Floats:
    """Keyed answers to items of the rows that are there, but for who left out a required one."""
    by_scale = {
        scale: keyed_answers(survey, scale)
        for scale in {s for s, _ in columns}
        if scale is not None
    }
    answers = np.empty((int(there.sum()), len(columns)))
    for j, (scale, item) in enumerate(columns):
        column = raw_answers(survey, item) if scale is None else by_scale[scale][item].to_numpy()
        answers[:, j] = column[there]
    if len(required):
        answers[np.isnan(answers[:, list(required)]).any(axis=1)] = np.nan
    return answers
