"""What verbs on latent variables share: a model text, the answers it speaks of, what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from detachment.errors import Refusal, SurveyError, UsageError
from detachment.estimates._counted import Column
from detachment.estimates._latent_answers import CountedAnswers, KeptAnswers, LatentAnswers
from detachment.estimates._scales import NEEDS_ROWS, CountedSample, Floats, Sample, key_alarms
from detachment.instruments import Scale
from detachment.scoring import keyed_answers, present_items, select_scales
from detachment.stats.sem.model import Model, cfa_model
from detachment.text import counted, listing
from detachment.validation import LazySurvey, Survey

Data = TypeVar("Data", bound=Survey | LazySurvey | pd.DataFrame)
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
    given
        Answers as keyed, in memory or counted.
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
    given: LatentAnswers
    categories: tuple[int, ...]
    whole: bool
    reversed: tuple[str, ...]
    scales: tuple[Scale, ...]
    labels: Mapping[str, str]

    @property
    def answers(self) -> Floats:
        """Answers as keyed, in the rows of the sample, (n, p); NaN where missing."""
        if isinstance(self.given, CountedAnswers):
            raise Refusal(NEEDS_ROWS)
        return self.given.answers

    @property
    def ordered(self) -> bool:
        """Whether answers look like few ordered categories."""
        return self.whole and max(self.categories) <= FEW_CATEGORIES


def named_columns(
    data: Data, model: str | None, reverse: Sequence[str]
) -> tuple[Data, Sequence[str]]:
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
    columns, reverse = _columns(sample, plain.observed, chosen)
    given: LatentAnswers
    if isinstance(sample, CountedSample):
        given = CountedAnswers.of(sample, columns, chosen)
    else:
        given = KeptAnswers.of(_answers(sample, columns))
    values = given.values
    _check_items(plain.observed, values)
    texts = {item: sample.instrument.items[item].text or item for item in plain.observed}
    return LatentData(
        text=text,
        plain=plain,
        items=plain.observed,
        given=given,
        categories=tuple(map(len, values)),
        whole=all((own == np.rint(own)).all() for own in values),
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


def _columns(
    sample: Sample, items: Sequence[str], chosen: Sequence[Scale]
) -> tuple[list[Column], tuple[str, ...]]:
    """What keys each item: the chosen scale, else the first that has it; and which are reversed."""
    columns: list[Column] = []
    reverse = []
    for item in items:
        for scale in [*chosen, *sample.instrument.scales.values()]:
            keyed = {use.id: use.keyed for use in scale.items}
            if item in keyed:
                columns.append((scale.id, item))
                if keyed[item] < 0:
                    reverse.append(item)
                break
        else:
            columns.append((None, item))
    return columns, tuple(reverse)


def _answers(sample: Sample, columns: Sequence[Column]) -> Floats:
    """Answers as keyed, (n, p)."""
    found = np.full((int(sample.rows.sum()), len(columns)), np.nan)
    tables: dict[str, pd.DataFrame] = {}
    for j, (scale, item) in enumerate(columns):
        if scale is None:
            found[:, j] = sample.raw(item)
            continue
        if scale not in tables:
            tables[scale] = keyed_answers(sample.survey, scale)
        found[:, j] = tables[scale][item].to_numpy()[sample.rows]
    return found


def _check_items(items: Sequence[str], values: Sequence[Floats]) -> None:
    wrong = []
    for item, given in zip(items, values, strict=True):
        if given.size == 0:
            wrong.append(f"{item} has no answers")
        elif given.size == 1:
            wrong.append(f"{item} is constant (every answer is {given[0]:g})")
    if wrong:
        raise SurveyError(
            f"{listing(wrong, shown=_SHOWN)}: such an item has nothing in common with others. "
            "Check the column in the export, or leave the item out of the model."
        )


def key_doubts(latent: LatentData, used: LatentAnswers) -> tuple[str, ...]:
    """Doubts about the keys of the items that a factor has for itself, in the rows used."""
    indicators = latent.plain.indicators
    every = [item for items in indicators.values() for item in items]
    said = []
    for factor, given in indicators.items():
        items = [item for item in given if every.count(item) == 1 and item in latent.items]
        if len(items) < 3:
            continue
        keyed = [-1 if item in latent.reversed else 1 for item in items]
        moments = used.moments([latent.items.index(item) for item in items])
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
