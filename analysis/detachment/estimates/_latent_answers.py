"""Answers that a model is fitted to: rows in memory, or the counts of a lazy survey.

Both say the same of them, to the last bit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from detachment.errors import Refusal
from detachment.estimates._counted import Column, of_answers
from detachment.estimates._scales import CountedSample, Floats
from detachment.instruments import Scale
from detachment.stats.counts import Tables, pairwise_tables
from detachment.stats.exact_products import ExactProducts
from detachment.stats.item_counts import ItemCounts
from detachment.stats.moments import Moments, pairwise_moments
from detachment.stats.pattern_sums import PatternSums, pattern_sums
from detachment.stats.polychoric_items import ordinal_influences
from detachment.stats.sem.categorical import OrdinalSample, ordinal_sample, sample_of
from detachment.stats.sem.sample import SampleMoments, moments_of_sums, sample_moments
from detachment.text import count, counted, number

T = TypeVar("T", PatternSums, Tables, ExactProducts)
_COPIES = 8  # of sums, that adding them up and estimating take at once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptAnswers:
    """Keyed answers in memory.

    Attributes
    ----------
    answers
        In the rows of the sample, (n, p); NaN where missing.
    used
        Which of these enter the model, (n,).
    """

    answers: Floats
    used: NDArray[np.bool_]

    @classmethod
    def of(cls, answers: Floats) -> "KeptAnswers":
        """All rows."""
        return cls(answers=answers, used=np.ones(len(answers), dtype=np.bool_))

    def under(self, rule: str) -> "KeptAnswers":
        """Only those that a rule for missing answers uses."""
        gaps = np.isnan(self.answers)
        used = ~gaps.any(axis=1) if rule == "listwise" else ~gaps.all(axis=1)
        return replace(self, used=np.asarray(used))

    @property
    def rows(self) -> Floats:
        """Rows used."""
        return self.answers[self.used]

    @property
    def n(self) -> int:
        """How many they are."""
        return int(self.used.sum())

    @property
    def gaps(self) -> bool:
        """Whether an answer is missing in them."""
        return bool(np.isnan(self.rows).any())

    @property
    def values(self) -> list[Floats]:
        """Different answers to each item in them, ascending."""
        return [np.unique(column[~np.isnan(column)]) for column in self.rows.T]

    def identical(self, items: Sequence[str]) -> list[str]:
        """Pairs of items with the same answer from everyone who answered both."""
        return identical_items(items, self.rows)

    def moments(self, columns: Sequence[int]) -> Moments:
        """Of some of the items, pair by pair."""
        return pairwise_moments(self.rows[:, list(columns)])

    def by_pattern(self) -> SampleMoments:
        """What likelihood and least squares need of them."""
        return sample_moments(self.rows, "fiml")

    def ordinal(self) -> OrdinalSample:
        """What models of ordered answers need of them."""
        return ordinal_sample(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountedAnswers:
    """Keyed answers of a lazy survey, which are counted where they are.

    Attributes
    ----------
    sample
        Whose they are.
    columns
        Items, and what keys them.
    listwise
        Whether only complete rows count.
    counts
        Of those that count.
    masked
        Scale -> rows whose answers the instrument forbids to interpret.
    """

    sample: CountedSample
    columns: tuple[Column, ...]
    listwise: bool
    counts: ItemCounts
    masked: Mapping[str, int]

    @classmethod
    def of(
        cls, sample: CountedSample, columns: Sequence[Column], scales: Iterable[Scale]
    ) -> "CountedAnswers":
        """Count everybody's."""
        masking = {scale.id: columns[:1] for scale in scales if scale.mask_when}
        found = sample.count({"": columns} | masking, {})
        return cls(
            sample=sample,
            columns=tuple(columns),
            listwise=False,
            counts=found.items[""],
            masked={scale: found.masked[scale] for scale in masking},
        )

    def under(self, rule: str) -> "CountedAnswers":
        """Only those that a rule for missing answers uses."""
        if rule != "listwise":
            return self
        counts = self.counts
        if self.gaps:
            all_of_them = range(len(self.columns))
            counts = self.sample.count({"": self.columns}, {"": all_of_them}).items[""]
        return replace(self, listwise=True, counts=counts)

    @property
    def n(self) -> int:
        """Rows that count."""
        return self.counts.respondents

    @property
    def gaps(self) -> bool:
        """Whether an answer is missing in them."""
        return not self.counts.complete

    @property
    def values(self) -> list[Floats]:
        """Different answers to each item in them, ascending."""
        return [np.array(sorted(values)) for values in self.counts.values]

    def identical(self, items: Sequence[str]) -> list[str]:
        """Pairs of items with the same answer from everyone who answered both."""
        same = np.tril(self.counts.identical & (self.counts.n > 2), -1)
        return [f"{items[j]} and {items[i]}" for i, j in zip(*np.nonzero(same), strict=True)]

    def moments(self, columns: Sequence[int]) -> Moments:
        """Of some of the items, pair by pair."""
        return self.counts.select(list(columns)).moments

    def sums(self) -> PatternSums:
        """Sums of each pattern of missing answers."""
        one = self.counts
        if not self.gaps:
            p = len(self.columns)
            products = np.empty((1 + p, 1 + p), dtype=np.int64)
            products[0, 0], products[1:, 1:] = self.n, one.xy
            products[0, 1:] = products[1:, 0] = np.diagonal(one.x)
            everything = np.packbits(np.ones(p, dtype=np.bool_)).tobytes()
            return PatternSums({everything: products} if self.n else {}, p)
        patterns = len(one.patterns.rows)
        self._check_size(
            patterns * (1 + len(self.columns)) ** 2,
            f"Full information from {counted(patterns, 'pattern')} of missing answers to "
            f"{counted(len(self.columns), 'item')}",
            f"Ask for missing='listwise' ({count(self._complete)} rows answered every item), for "
            "fewer items",
        )
        return self._total(pattern_sums)

    def by_pattern(self) -> SampleMoments:
        """What likelihood and least squares need of them."""
        return moments_of_sums(self.sums())

    def ordinal(self) -> OrdinalSample:
        """What models of ordered answers need of them."""
        p = len(self.columns)
        moments = sum(len(values) - 1 for values in self.counts.values) + p * (p - 1) // 2
        self._check_size(
            4 * moments**2,
            f"How {count(moments)} thresholds and correlations of {counted(p, 'item')} vary "
            "together",
            "Ask for fewer items",
        )
        tables = self._total(pairwise_tables)
        influences = ordinal_influences(tables, self.n, weights="empirical")
        return sample_of(influences.covariance(self._total(influences)))

    def _check_size(self, numbers: int, what: str, instead: str) -> None:
        """Refuse what would take more memory than there may be."""
        size, most = numbers * 8 * _COPIES, self.sample.lazy.memory_limit
        if size > most:
            raise Refusal(
                f"{what} would take about {number(size / 1e9)} GB of memory; the limit is "
                f"{number(most / 1e9)} GB. {instead}, or raise the limit with memory_limit= "
                "(bytes) where the survey is opened."
            )

    @property
    def _complete(self) -> int:
        """Rows with an answer to every item."""
        return self.counts.patterns.complete

    def _total(self, of: Callable[[NDArray[np.floating[Any]]], T]) -> T:
        task = partial(
            of_answers,
            columns=self.columns,
            wave=self.sample.wave,
            required=tuple(range(len(self.columns))) if self.listwise else (),
            of=of,
        )
        return self.sample.lazy.total(task, [item for _, item in self.columns])


LatentAnswers = KeptAnswers | CountedAnswers


def identical_items(items: Sequence[str], answers: Floats) -> list[str]:
    """Pairs of items with the same answer from everyone who answered both."""
    found = []
    for i in range(len(items)):
        for j in range(i):
            both = ~np.isnan(answers[:, i]) & ~np.isnan(answers[:, j])
            if both.sum() > 2 and (answers[both, i] == answers[both, j]).all():
                found.append(f"{items[j]} and {items[i]}")
    return found
