"""Columns and scales that no statistic can use, named before a number is printed."""

import pandas as pd

from detachment.errors import Problem
from detachment.instruments import Instrument, Scale
from detachment.text import counted, listing

_FEW = 3  # with fewer people every column is nearly constant, which says nothing of the column


def find_doubts(
    responses: pd.DataFrame, reasons: pd.DataFrame, instrument: Instrument, names: dict[str, str]
) -> list[Problem]:
    """Too few people, items that nobody answered, items that all answered alike.

    Parameters
    ----------
    responses, reasons
        Answers by file row, and why there is none.
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
        (scale, items)
        for scale in instrument.scales.values()
        if (items := [use.id for use in scale.items if use.id in responses])
    ]
    problems = _few_rows(len(responses), scales)
    items = list(dict.fromkeys(item for _, items in scales for item in items))
    if responses[items].isna().to_numpy().all():
        nothing = "no item has an answer; was the export made with the answers in it?"
        return [*problems, Problem(rule="no_answers", message=nothing)]
    if len(responses) < _FEW:
        return problems
    said: set[str] = set()
    for scale, used in scales:
        for item in used:
            if item not in said:
                said.add(item)
                problems += _item(responses[item], reasons[item], scale, names[item])
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


def _item(
    answers: "pd.Series[int]", reasons: "pd.Series[str]", scale: Scale, column: str
) -> list[Problem]:
    if answers.isna().all():
        why = str(reasons.value_counts().idxmax()).replace("_", " ")
        return [
            Problem(
                column=column,
                rule="empty_column",
                message=f"nobody answered item {answers.name} of scale {scale.id} (mostly: {why}); "
                "check that the column was exported with its answers",
            )
        ]
    low, high = answers.min(), answers.max()
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
            message=f"every answer to item {answers.name} of scale {scale.id} is "
            f"{low:g}; without differences there is no reliability and no correlation: "
            "check the column",
        )
    ]
