"""Which answers a factor model is about, and how it is written: from scales, or from a text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from detachment.errors import Refusal, SurveyError, UsageError
from detachment.estimates._groups import Groups, group_rows, split_frame
from detachment.estimates._scales import (
    Floats,
    PreparedScale,
    Sample,
    choose_scales,
    masked_notes,
    prepare_scale,
    take_rows,
    take_sample,
)
from detachment.estimates.reliability import NOT_APPLICABLE
from detachment.stats.sem.model import cfa_model
from detachment.validation import Survey


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chosen:
    """The answers that a model is about."""

    sample: Sample
    groups: Groups
    text: str
    items: tuple[str, ...]
    answers: Floats
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    labels: Mapping[str, str]


def choose_answers(
    data: Survey | pd.DataFrame,
    by: str,
    model: str | None,
    scales: str | Sequence[str] | None,
    reference: str | None,
    wave: int | str | None,
    reverse: Sequence[str],
    values: Sequence[float] | None,
) -> Chosen:
    table, column = split_frame(data, by)
    if isinstance(table, pd.DataFrame):
        if scales is not None:
            raise UsageError("scales= is for a survey; of a plain table say model=.")
        if model is not None:
            named = _named(model, [str(name) for name in table.columns])
            table = table[[c for c in table.columns if str(c) in named]]
            reverse = [name for name in reverse if name in named]
    elif model is not None and scales is not None:
        raise UsageError("Say which items by model= or by scales=, not by both.")
    elif model is None and scales is None:
        raise UsageError(
            "Say what is measured: --scale (scales= in Python) makes a factor of each scale, "
            "--model (model=) writes the model out."
        )
    is_wave = isinstance(table, Survey) and _is_wave(table, by)
    if is_wave and wave is not None:
        raise UsageError("The groups are the waves, so wave= cannot choose one of them.")
    take = take_rows if is_wave else take_sample
    sample = take(table, wave=wave, reverse=reverse, values=values)
    if is_wave:
        sample = replace(sample, notes=())
    groups = group_rows(sample, by, column, reference)
    if isinstance(table, pd.DataFrame) or scales is not None:
        selected, absent = choose_scales(sample, scales)
        prepared = [prepare_scale(sample, scale, "pairwise") for scale in selected]
        text = model or _text_of(prepared, is_frame=sample.is_frame)
        items, answers = _of_scales(sample, prepared)
        said = [*(a.message + "." for part in prepared for a in part.alarms)]
        said += [message for part in prepared for message in part.warnings]
        notes = (*absent, *masked_notes(sample, selected))
        labels = {scale.id: scale.label for scale in selected}
    else:
        known = [i for i in sample.instrument.items if i in sample.survey.responses]
        items = tuple(i for i in known if i in _named(model or "", known))
        answers = np.column_stack([_keyed(sample, item) for item in items])
        said, notes, labels, text = [], (), {}, model or ""
    if model is not None:
        items, answers = _in_model(model, items, answers)
    else:
        items, answers = _in_model(text, items, answers)
    return Chosen(
        sample=sample,
        groups=groups,
        text=text,
        items=items,
        answers=answers,
        warnings=tuple(said),
        notes=notes,
        labels=labels,
    )


def _is_wave(survey: Survey, by: str) -> bool:
    column = survey.instrument.columns.get(by)
    return (by == "wave" and column is None) or (column is not None and column.role == "wave")


def _named(model: str, known: Sequence[str]) -> tuple[str, ...]:
    """Observed variables that a model names, all of them known."""
    try:
        return cfa_model(model, known).observed
    except ValueError as wrong:
        raise UsageError(f"The model cannot be used: {wrong}") from None


def _in_model(text: str, items: Sequence[str], answers: Floats) -> tuple[tuple[str, ...], Floats]:
    """Items and answers in the order of the model's variables."""
    order = _named(text, items)
    return order, answers[:, [list(items).index(name) for name in order]]


def _keyed(sample: Sample, item: str) -> Floats:
    """Answers to an item, reversed where the instrument keys it so."""
    values = sample.raw(item)
    if sample.instrument.items[item].keyed < 0:
        ends = sample.instrument.response_scale(item)
        return ends.minimum + ends.maximum - values
    return values


def _text_of(prepared: Sequence[PreparedScale], *, is_frame: bool) -> str:
    """One factor a scale."""
    lines = []
    items = {item for part in prepared for item in part.items}
    for part in prepared:
        if part.obstacle:
            raise Refusal(f"{part.scale.id} cannot be modelled: {part.obstacle}.")
        if part.scale.model in NOT_APPLICABLE:
            raise Refusal(
                f"{part.scale.id} cannot be modelled as a factor: "
                f"{NOT_APPLICABLE[part.scale.model]}."
            )
        name = "factor" if is_frame else part.scale.id
        while name in items:
            name += "_"
        lines.append(f"`{name}` =~ " + " + ".join(f"`{item}`" for item in part.items))
    return "\n".join(lines)


def _of_scales(sample: Sample, prepared: Sequence[PreparedScale]) -> tuple[tuple[str, ...], Floats]:
    columns: dict[str, Floats] = {}
    for part in prepared:
        for j, item in enumerate(part.items):
            columns.setdefault(item, part.answers[:, j])
        if sample.is_frame:  # a model may name an item that does not vary; it is refused by name
            for item in part.left_out:
                columns.setdefault(item, sample.raw(item))
    if not columns:
        raise SurveyError("None of the items has answers that vary, so there is nothing to model.")
    return tuple(columns), np.column_stack(list(columns.values()))
