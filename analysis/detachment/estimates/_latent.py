"""What verbs on latent variables share: a model text, the answers it speaks of, what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, SurveyError, UsageError
from detachment.estimates._scales import Floats, Sample, key_alarms
from detachment.instruments import Scale
from detachment.scoring import keyed_answers, present_items, select_scales
from detachment.stats.moments import pairwise_moments
from detachment.stats.sem.model import Model, cfa_model
from detachment.text import counted, listing
from detachment.validation import Survey

FEW_CATEGORIES = 5  # up to so many an answer is taken as ordered by default
MOST_CATEGORIES = 10  # more are no longer ordered answers
_SHOWN = 5
_NO_FACTOR = {
    "formative": "the items make up the index and need not have anything in common",
    "single_item": "one item gives no factor",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatentData:
    """A model text and the answers that it speaks of.

    Attributes
    ----------
    text
        The model.
    plain
        What it says, completed for one group of continuous answers.
    items
        Observed variables in the model's order.
    answers
        Answers as keyed, in the rows of the sample, (n, p); NaN where missing.
    categories
        Different answers given to each item, (p,).
    whole
        Whether every answer is a whole number.
    reversed
        Items that were reversed.
    scales
        Those that became factors.
    labels
        Factor or item -> what people read.
    """

    text: str
    plain: Model
    items: tuple[str, ...]
    answers: Floats
    categories: tuple[int, ...]
    whole: bool
    reversed: tuple[str, ...]
    scales: tuple[Scale, ...]
    labels: Mapping[str, str]

    @property
    def ordered(self) -> bool:
        """Whether answers look like few ordered categories."""
        return self.whole and max(self.categories) <= FEW_CATEGORIES


def named_columns(
    data: Survey | pd.DataFrame, model: str | None, reverse: Sequence[str]
) -> tuple[Survey | pd.DataFrame, Sequence[str]]:
    """Of a plain table only the columns that a model names: others need not be answers.

    Raises
    ------
    UsageError
        When the model cannot be read, or names what the table does not have.
    """
    if model is None or not isinstance(data, pd.DataFrame):
        return data, reverse
    try:
        named = cfa_model(model, [str(name) for name in data.columns]).observed
    except ValueError as wrong:
        raise UsageError(f"The model cannot be used: {wrong}") from None
    kept = data.loc[:, [str(name) in named for name in data.columns]]
    return kept, [name for name in reverse if name in named or name not in data.columns]


def take_latent(
    sample: Sample, model: str | None, scales: str | Sequence[str] | None
) -> LatentData:
    """The model asked for, and the keyed answers of its items.

    Raises
    ------
    UsageError
        When the model cannot be read, or neither a model nor fitting scales are named.
    Refusal
        When a scale is no reflection of a factor.
    SurveyError
        When an item has no answers, or one answer only.
    """
    if model is not None and scales is not None:
        raise UsageError(
            "Say either a model (--model, model= in Python) or scales (--scale, scales=), not both."
        )
    chosen: tuple[Scale, ...] = ()
    if model is None:
        chosen = _factors(sample, scales)
        text = "\n".join(
            f"{_quoted(scale.id)} =~ " + " + ".join(_quoted(use.id) for use in scale.items)
            for scale in chosen
        )
    else:
        text = model
    known = [item for item in sample.instrument.items if item in sample.survey.responses]
    try:
        plain = cfa_model(text, known)
    except ValueError as wrong:
        raise UsageError(f"The model cannot be used: {wrong}") from None
    answers, reverse = _answers(sample, plain.observed, chosen)
    _check_items(plain.observed, answers)
    distinct = tuple(len(np.unique(column[~np.isnan(column)])) for column in answers.T)
    given = answers[~np.isnan(answers)]
    texts = {item: sample.instrument.items[item].text or item for item in plain.observed}
    return LatentData(
        text=text,
        plain=plain,
        items=plain.observed,
        answers=answers,
        categories=distinct,
        whole=bool((given == np.rint(given)).all()),
        reversed=reverse,
        scales=chosen,
        labels={scale.id: scale.label for scale in chosen} | texts,
    )


def _quoted(name: str) -> str:
    plain = name.replace(".", "_").isidentifier() and name != "NA"
    return name if plain else f"`{name}`"


def _factors(sample: Sample, selector: str | Sequence[str] | None) -> tuple[Scale, ...]:
    """Scales that become factors: reflective ones that share no item."""
    instrument = sample.instrument
    chosen = select_scales(instrument, selector)
    if selector is None:
        chosen = tuple(
            scale
            for scale in chosen
            if scale.model not in _NO_FACTOR and present_items(sample.survey, scale)
        )
    for scale in chosen:
        if scale.model in _NO_FACTOR:
            raise Refusal(
                f"{scale.id} cannot be a factor: its model is {scale.model}, "
                f"{_NO_FACTOR[scale.model]}."
            )
        absent = [use.id for use in scale.items if use.id not in sample.survey.responses]
        if absent:
            raise SurveyError(
                f"{scale.id}: {listing(absent, shown=_SHOWN)} "
                f"{'is' if len(absent) == 1 else 'are'} not in these data. Name the items that "
                "are in a model of your own: --model (model= in Python)."
            )
    users: dict[str, str] = {}
    for scale in chosen:
        for use in scale.items:
            if use.id in users:
                what = (
                    "These scales share items"
                    if selector is None
                    else f"{use.id} is an item of {users[use.id]} and of {scale.id}"
                )
                raise UsageError(
                    f"{what}, and an item has one factor here. Name scales that share none "
                    "(--scale, scales= in Python), or write the model (--model, model=), where an "
                    "item may have several. The scales are: "
                    f"{listing((s.id for s in select_scales(instrument)), shown=20)}."
                )
            users[use.id] = scale.id
    if not chosen:
        raise UsageError("There is no scale whose items reflect a factor; write a model (model=).")
    return chosen


def _answers(
    sample: Sample, items: Sequence[str], chosen: Sequence[Scale]
) -> tuple[Floats, tuple[str, ...]]:
    """Answers as the chosen scale, else the first scale that has the item, keys them."""
    found = np.full((int(sample.rows.sum()), len(items)), np.nan)
    reverse = []
    tables: dict[str, Floats] = {}
    for j, item in enumerate(items):
        for scale in [*chosen, *sample.instrument.scales.values()]:
            uses = {use.id: k for k, use in enumerate(scale.items)}
            if item in uses:
                if scale.id not in tables:
                    tables[scale.id] = keyed_answers(sample.survey, scale.id).to_numpy()[
                        sample.rows
                    ]
                found[:, j] = tables[scale.id][:, uses[item]]
                if scale.items[uses[item]].keyed < 0:
                    reverse.append(item)
                break
        else:
            found[:, j] = sample.raw(item)
    return found, tuple(reverse)


def _check_items(items: Sequence[str], answers: Floats) -> None:
    wrong = []
    for item, column in zip(items, answers.T, strict=True):
        given = column[~np.isnan(column)]
        if given.size == 0:
            wrong.append(f"{item} has no answers")
        elif (given == given[0]).all():
            wrong.append(f"{item} is constant (every answer is {given[0]:g})")
    if wrong:
        raise SurveyError(
            f"{listing(wrong, shown=_SHOWN)}: such an item has nothing in common with others. "
            "Check the column in the export, or leave the item out of the model."
        )


def key_doubts(latent: LatentData, used: NDArray[np.bool_]) -> tuple[str, ...]:
    """Doubts about the keys of the items that a factor has for itself, in the rows used."""
    indicators = latent.plain.indicators
    every = [item for items in indicators.values() for item in items]
    said = []
    for factor, given in indicators.items():
        items = [item for item in given if every.count(item) == 1 and item in latent.items]
        if len(items) < 3:
            continue
        columns = [latent.items.index(item) for item in items]
        keyed = [-1 if item in latent.reversed else 1 for item in items]
        moments = pairwise_moments(latent.answers[used][:, columns])
        said += [alarm.message + "." for alarm in key_alarms(factor, items, keyed, moments)]
    return tuple(said)


def check_rows(n: int, p: int, parameters: int, *, complete: bool) -> None:
    """Refuse where the rows cannot carry the model."""
    if n <= p:
        whose = "that answered every item" if complete else "with an answer"
        raise Refusal(
            f"{counted(n, 'row')} {whose} cannot carry a model of {counted(p, 'item')}: the "
            "covariance matrix is singular. Collect more answers, or model fewer items."
            + (" missing='fiml' uses incomplete rows too." if complete else "")
        )
    if n <= parameters:
        raise Refusal(
            f"The model has {counted(parameters, 'parameter')}, and there are "
            f"{counted(n, 'row')}: fewer rows than parameters say nothing. Collect more answers, "
            "or model fewer items."
        )


def identical_items(items: Sequence[str], answers: Floats) -> list[str]:
    """Pairs of items with the same answer from everyone who answered both."""
    found = []
    for i in range(len(items)):
        for j in range(i):
            both = ~np.isnan(answers[:, i]) & ~np.isnan(answers[:, j])
            if both.sum() > 2 and (answers[both, i] == answers[both, j]).all():
                found.append(f"{items[j]} and {items[i]}")
    return found
