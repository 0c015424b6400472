"""Columns and scales that no statistic can use, named before a number is printed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detachment.errors import Problem
from detachment.instruments import Instrument, Scale
from detachment.text import counted, listing

_FEW = 3  # with fewer people every column is nearly constant, which says nothing of the column


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSummary:
    """What must be known of an item's answers before any statistic.

    Attributes
    ----------
    answered
        How many there are.
    low, high
        Lowest and highest of them; NaN where there is none.
    reasons
        Why there is none -> how often.
    """

    answered: int
    low: float
    high: float
    reasons: Mapping[str, int]

    def __add__(self, other: "ItemSummary") -> "ItemSummary":
        """Of the rows of both."""
        return ItemSummary(
            answered=self.answered + other.answered,
            low=float(np.fmin(self.low, other.low)),
            high=float(np.fmax(self.high, other.high)),
            reasons=Counter(self.reasons) + Counter(other.reasons),
        )


def item_summary(answers: "pd.Series[int]", reasons: "pd.Series[str]") -> ItemSummary:
    """Summarize the answers to one item."""
    counts = reasons.value_counts()
    return ItemSummary(
        answered=int(answers.notna().sum()),
        low=float(answers.min()) if answers.notna().any() else np.nan,
        high=float(answers.max()) if answers.notna().any() else np.nan,
        reasons={str(why): int(n) for why, n in counts.items() if n},
    )


def find_doubts(
    rows: int, items: Mapping[str, ItemSummary], instrument: Instrument, names: Mapping[str, str]
) -> list[Problem]:
    """Too few people, items that nobody answered, items that all answered alike.

    Parameters
    ----------
    rows
        How many there are.
    items
        Item -> what its answers are like.
    instrument
        What was asked.
    names
        Item -> its column in the file.

    Returns
    -------
    list of Problem
        About columns and scales, not about rows.
    """
    scales = [
        (scale, used)
        for scale in instrument.scales.values()
        if (used := [use.id for use in scale.items if use.id in items])
    ]
    problems = _few_rows(rows, scales)
    of_scales = list(dict.fromkeys(item for _, used in scales for item in used))
    if not any(items[item].answered for item in of_scales):
        nothing = "no item has an answer; was the export made with the answers in it?"
        return [*problems, Problem(rule="no_answers", message=nothing)]
    if rows < _FEW:
        return problems
    said: set[str] = set()
    for scale, used in scales:
        for item in used:
            if item not in said:
                said.add(item)
                problems += _item(item, items[item], scale, names[item])
    return problems


def _few_rows(rows: int, scales: list[tuple[Scale, list[str]]]) -> list[Problem]:
    short = [
        f"{scale.id} ({counted(len(items), 'item')})"
        for scale, items in scales
        if scale.model != "single_item" and rows < max(len(items), _FEW)
    ]
    if not short:
        return []
    return [
        Problem(
            rule="few_rows",
            message=f"only {counted(rows, 'respondent')} left, fewer than the items of a scale; "
            f"statistics would be noise: collect more answers. Scales: {listing(short, shown=5)}",
        )
    ]


def _item(item: str, about: ItemSummary, scale: Scale, column: str) -> list[Problem]:
    if not about.answered:
        # The first of equally frequent reasons in the order of the alphabet.
        why = min(about.reasons, key=lambda reason: (-about.reasons[reason], reason), default="")
        why = why.replace("_", " ")
        return [
            Problem(
                column=column,
                rule="empty_column",
                message=f"nobody answered item {item} of scale {scale.id} (mostly: {why}); "
                "check that the column was exported with its answers",
            )
        ]
    low, high = about.low, about.high
    if low != high:
        return []
    # In a small class everybody may know the answer to one question of a test.
    test = scale.model in ("dichotomous_test", "formative", "single_item")
    return [
        Problem(
            column=column,
            value=f"{low:g}",
            rule="constant_item",
            severity="warning" if test else "error",
            message=f"every answer to item {item} of scale {scale.id} is "
            f"{low:g}; without differences there is no reliability and no correlation: "
            "check the column",
        )
    ]
