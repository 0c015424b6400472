"""Which answers a factor model of several groups is about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from detachment.errors import Refusal, UsageError
from detachment.estimates._groups import Groups, group_rows, split_frame
from detachment.estimates._latent import LatentData, named_columns, take_latent
from detachment.estimates._latent_answers import identical_items
from detachment.estimates._scales import Sample, take_rows, take_sample
from detachment.text import listing
from detachment.validation import Survey


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chosen:
    """The answers of a model, and who is in which group."""

    sample: Sample
    groups: Groups
    latent: LatentData


def choose_answers(
    data: Survey | pd.DataFrame,
    by: str,
    model: str | None,
    scales: str | Sequence[str] | None,
    *,
    reference: str | None,
    wave: int | str | None,
    reverse: Sequence[str],
    values: Sequence[float] | None,
) -> Chosen:
    """Answers of the items of a model or of scales, and the groups of their rows.

    Raises
    ------
    UsageError
        When the model cannot be read, a column is not there, or makes no groups.
    Refusal
        When an item is a copy of another, or a scale is no factor.
    SurveyError
        When there are no rows, or an item does not vary.
    """
    table, column = split_frame(data, by)
    table, reverse = named_columns(table, model, reverse)
    if isinstance(table, Survey) and model is None and scales is None:
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
    latent = take_latent(sample, model, scales)
    if copies := identical_items(latent.items, latent.answers):
        raise Refusal(
            f"{listing(copies, shown=5)} have the same answer in every row: is one a copy of the "
            "other? Leave one of them out of the model."
        )
    return Chosen(sample=sample, groups=groups, latent=latent)


def _is_wave(survey: Survey, by: str) -> bool:
    column = survey.instrument.columns.get(by)
    return (column is None and by == "wave") or (column is not None and column.role == "wave")
