"""Scales of a lazy survey, prepared from counts: no row of it is ever in memory with all others."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detachment.instruments import Instrument
from detachment.scoring import keyed_values, masked_rows, rows_of_wave
from detachment.stats.counts import Tables
from detachment.stats.exact import ExactSums
from detachment.stats.intervals import SquaredInfluences
from detachment.stats.item_counts import ItemCounts, item_counts, item_counts_of_codes, values_of
from detachment.stats.poisson_bootstrap import ResampledSums, resampled_sums
from detachment.validation import Block, Coding, LazySurvey, Reading, meaning_of

T = TypeVar("T")
Floats = NDArray[np.float64]
Column = tuple[str | None, str]
"""Which scale keys an item (None: none does), and the item."""
_CODES = 255
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
            of_answers,
            columns=self.columns,
            wave=self.wave,
            required=self._required,
            of=influences,
        )
        return self.lazy.total(task, [item for _, item in self.columns])

    def resampled(self, n_boot: int, seed: int) -> Floats:
        """Covariances of resamples of all rows, (n_boot, p, p): the same in any partition."""
        task = partial(
            resample_block,
            columns=self.columns,
            wave=self.wave,
            required=self._required,
            n_boot=n_boot,
            seed=seed,
        )
        return self.lazy.total(task, [item for _, item in self.columns]).cov

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
    block: Block,
    *,
    groups: Mapping[str, Sequence[Column]],
    required: Mapping[str, Sequence[int]],
    wave: str | None,
    tables: bool,
) -> ScaleCounts:
    """Count the keyed answers of a block of rows.

    Parameters
    ----------
    block
        The rows.
    groups
        Name (a scale's id) -> items that are counted together.
    required
        Name -> places among these: only who answered all of them.
    wave
        Only the rows of this wave.
    tables
        Whether pairs of answers are counted too.
    """
    there = rows_of_wave(block.people, wave)
    counts, masked = {}, {}
    raw: dict[str, tuple[Mapping[float, int], ...]] = {}
    anything = np.zeros(int(there.sum()), dtype=np.bool_)
    scales = block.instrument.scales
    for name, columns in groups.items():
        codes = None if tables else _coded(block, columns, there, required.get(name, ()))
        if codes is not None:
            counts[name] = item_counts_of_codes(*codes)
            answered = codes[0]
        else:
            answers = keyed_block(block, columns, there, required.get(name, ()))
            counts[name] = item_counts(answers, tables=tables)
            answered = (~np.isnan(answers).T).view(np.uint8)
        raw[name], masked[name] = (), 0
        if name in scales:
            masked[name] = int((masked_rows(block.people, scales[name]) & there).sum())
            if scales[name].model == "dichotomous_test":
                raw[name] = tuple(
                    values_of(block.answers(item)[there][given != 0])
                    for (_, item), given in zip(columns, answered, strict=True)
                )
        anything |= np.bitwise_or.reduce(answered, axis=0, initial=0) != 0
    return ScaleCounts(counts, raw, masked, int(anything.sum()))


def resample_block(
    block: Block,
    *,
    columns: Sequence[Column],
    wave: str | None,
    required: Sequence[int],
    n_boot: int,
    seed: int,
) -> ResampledSums:
    """What a block of rows adds to resamples of all rows."""
    there = rows_of_wave(block.people, wave)
    answers = keyed_block(block, columns, there, required)
    return resampled_sums(answers, block.numbers[there], n_boot, seed)


def of_answers(
    block: Block,
    *,
    columns: Sequence[Column],
    wave: str | None,
    required: Sequence[int],
    of: Callable[[NDArray[np.floating[Any]]], T],
) -> T:
    """What a function says of the keyed answers of a block of rows."""
    return of(keyed_block(block, columns, rows_of_wave(block.people, wave), required))


def _coded(
    block: Block, columns: Sequence[Column], there: NDArray[np.bool_], required: Sequence[int]
) -> tuple[NDArray[np.uint8], int] | None:
    """As ``keyed_block``, item by item: the answer less a whole number, which is given too.

    0 is missing. None where the source does not hold small whole numbers.
    """
    kinds = tuple(block.kind(item) for _, item in columns)
    found = None if None in kinds or not columns else _codings(block.reading, tuple(columns), kinds)
    if found is None:
        return None
    codings, shift = found
    codes = np.empty((len(columns), len(there)), dtype=np.uint8)
    for row, (_, item), coding in zip(codes, columns, codings, strict=True):
        row[:] = block.codes(item, coding)
    for scale in {name for name, _ in columns if name is not None}:
        masked = masked_rows(block.people, block.instrument.scales[scale])
        if masked.any():
            of_scale = np.array([name == scale for name, _ in columns])
            codes[np.ix_(of_scale, masked)] = 0
    if not there.all():
        codes = codes[:, there]
    if len(required):
        codes *= (codes[list(required)] != 0).all(axis=0)
    return codes, shift


@lru_cache(maxsize=64)
def _codings(
    reading: Reading, columns: tuple[Column, ...], kinds: tuple[pa.DataType, ...]
) -> tuple[tuple[Coding, ...], int] | None:
    """A code for each answer to each item, keyed, less a whole number; None if they do not fit."""
    keyed = []
    for (name, item), kind in zip(columns, kinds, strict=True):
        keyed.append(_as_keyed(reading.instrument, name, item, meaning_of(reading, item, kind)))
    known = np.concatenate([table[~np.isnan(table)] for table in keyed])
    low, high = known.min(initial=np.inf), known.max(initial=-np.inf)
    if not len(known):  # no byte is an answer to any of them
        low = high = 1.0
    if high - low >= _CODES or not (known == np.rint(known)).all():
        return None
    shift = int(low) - 1
    return tuple(
        Coding(np.where(np.isnan(table), 0, table - shift).astype(np.uint8)) for table in keyed
    ), shift


def _as_keyed(
    instrument: Instrument, name: str | None, item: str, answers: NDArray[np.floating[Any]]
) -> NDArray[np.floating[Any]]:
    """Answers to an item as a scale keys it; as given for None."""
    if name is None:
        return answers
    scale = instrument.scales[name]
    use = next(use for use in scale.items if use.id == item)
    return np.asarray(keyed_values(instrument, scale, use, answers))


def keyed_block(
    block: Block, columns: Sequence[Column], there: NDArray[np.bool_], required: Sequence[int]
) -> NDArray[np.floating[Any]]:
    """Keyed answers to items of the rows that are there, but for who left out a required one."""
    coded = _coded(block, columns, there, required)
    if coded is not None:
        codes, shift = coded
        known = codes + np.float32(shift)
        np.copyto(known, np.nan, where=codes == 0)
        return known.T
    made = []
    masks: dict[str, NDArray[np.bool_]] = {}
    for name, item in columns:
        column = _as_keyed(block.instrument, name, item, block.answers(item))
        if name is not None:
            if name not in masks:
                masks[name] = masked_rows(block.people, block.instrument.scales[name])
            if masks[name].any():
                column = np.where(masks[name], np.nan, column)
        made.append(column)
    # each item in one piece of memory
    answers = np.array(made).T if made else np.empty((len(there), 0))
    if not there.all():
        answers = answers[there]
    if len(required):
        complete = ~np.isnan(answers[:, list(required)]).any(axis=1, keepdims=True)
        answers = np.where(complete, answers, np.nan)
    return answers
