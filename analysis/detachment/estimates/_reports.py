"""What people say of themselves and what their partners say of them, side by side.

The score of a scale and each of its items exist twice: as asked about oneself, and as asked about
the partner. Which two go together is found here: for a survey from its instrument
(``<id>__partner``), for a plain table from the order in which columns are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from detachment.errors import SurveyError, UsageError, nearest
from detachment.estimates._couples import Couples, take_couples
from detachment.estimates._scales import Floats
from detachment.instruments import Instrument, Scale, ScaleItem
from detachment.scoring import as_survey, score_scale, select_scales
from detachment.stats.moments import pairwise_moments
from detachment.stats.reliability import alpha
from detachment.text import counted, listing
from detachment.validation import Survey

PARTNER = "__partner"
_ENOUGH = 0.8  # share of the columns of a plain table that a score needs
Columns = str | Sequence[str] | Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """One score or item, as people answer it of themselves and as partners answer it of them.

    Attributes
    ----------
    scale, item, label
        Ids, the item empty for a score; what people read.
    own, told
        What each of the D dyads' two members says of itself, and what the partner says of it,
        (D, 2); NaN where it is not known.
    values
        The possible answers of an item; None where there are none or many.
    """

    scale: str
    item: str
    label: str
    own: Floats
    told: Floats
    values: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reports:
    """Both reports of one scale.

    Attributes
    ----------
    couples
        Who is whose partner.
    score, items
        The score, and the k items that it is made of; none where a plain table has only a score.
    reliability
        Alpha of the self-reports, of everyone in the rows used; NaN without items.
    notes
        How a score was made where no scale says so.
    self_report, partner_report
        Names for the record of the call.
    """

    couples: Couples
    score: Report
    items: tuple[Report, ...]
    reliability: float
    notes: tuple[str, ...] = ()
    self_report: str | list[str] = ""
    partner_report: str | list[str] = ""

    def profiles(self) -> tuple[Floats, Floats]:
        """Answers over the items, own and told, each (D, 2, k)."""
        own = np.stack([item.own for item in self.items], axis=2)
        told = np.stack([item.told for item in self.items], axis=2)
        return own, told


def take_reports(
    data: Survey | pd.DataFrame,
    *,
    self_report: Columns | None,
    partner_report: Columns | None,
    columns: dict[str, str | None],
    wave: int | str | None,
    reverse: Sequence[str],
    values: Sequence[float] | None,
) -> Reports:
    """Both reports of a scale, dyad by dyad.

    Raises
    ------
    UsageError
        When the two reports do not have the same items.
    SurveyError
        When nobody rates a partner, or there is no dyad with two partners.
    """
    if isinstance(data, pd.DataFrame):
        return _of_table(data, self_report, partner_report, columns, wave, reverse, values)
    return _of_survey(data, self_report, partner_report, columns, wave, reverse, values)


def _of_survey(
    data: Survey,
    self_report: Columns | None,
    partner_report: Columns | None,
    columns: dict[str, str | None],
    wave: int | str | None,
    reverse: Sequence[str],
    values: Sequence[float] | None,
) -> Reports:
    survey = as_survey(data, reverse=reverse, values=values)
    instrument = survey.instrument
    own = _one_scale(instrument, "self_report", self_report)
    told = _one_scale(instrument, "partner_report", partner_report)
    own, told = _matched(instrument, own, told)
    there = [
        (mine, theirs)
        for mine, theirs in zip(own.items, told.items, strict=True)
        if _answered(survey, mine.id) and _answered(survey, theirs.id)
    ]
    if not there:
        raise SurveyError(
            f"Nobody rates a partner in these data: the items of {own.id} and those about the "
            "partner are not both there. `detachment inspect` shows what the columns are called."
        )
    words = [item.id for pair in there for item in pair]
    couples = take_couples(
        data, measures={"self_report": words}, columns=columns, wave=wave, reverse=reverse,
        values=values,
    )  # fmt: skip
    mine, theirs = (_keyed(couples, scale) for scale in (own, told))
    scores = [
        np.asarray(score_scale(instrument, scale, keyed).score)
        for scale, keyed in ((own, mine), (told, theirs))
    ]
    for option, scale, score in zip(
        ("self_report", "partner_report"), (own, told), scores, strict=True
    ):
        if np.isnan(score).all():
            raise SurveyError(
                f"{option}: nobody has a score of {scale.id} in these rows; too few of its items "
                "are answered."
            )
    notes = []
    if len(there) < len(own.items):
        lost = [item.id for item in own.items if item.id not in {pair[0].id for pair in there}]
        notes.append(f"Not answered in both forms, and left out of the items: {listing(lost)}.")
    if told.id not in instrument.scales:
        notes.append(
            f"The partner's report of {own.id} is scored from its {len(told.items)} items about "
            "the partner by the rule of the self-report."
        )
    known = {pair[0].id for pair in there}
    items = []
    for j, use in enumerate(own.items):
        if use.id not in known:
            continue
        answers = instrument.response_scale(use.id)
        possible = np.array(answers.values, dtype=np.float64)
        if use.keyed < 0:
            possible = np.sort(answers.minimum + answers.maximum - possible)
        item = instrument.items[use.id]
        items.append(
            _report(couples, own.id, use.id, item.text or use.id, mine[:, j], theirs[:, j],
                    possible if answers.type == "ordinal" and len(possible) else None)
        )  # fmt: skip
    moments = pairwise_moments(mine[:, [use.id in known for use in own.items]])
    return Reports(
        couples=couples,
        score=_report(couples, own.id, "", own.label, scores[0], scores[1]),
        items=tuple(items),
        reliability=float(alpha(moments.cov)) if len(items) > 1 else np.nan,
        notes=tuple(notes),
        self_report=own.id,
        partner_report=told.id,
    )


def _answered(survey: Survey, item: str) -> bool:
    return item in survey.responses and bool(survey.responses[item].notna().any())


def _keyed(couples: Couples, scale: Scale) -> Floats:
    """Answers to the items of a scale as it keys them, in the rows used, (n, items)."""
    sample = couples.study.sample
    declared = sample.instrument.scales.get(scale.id)
    if declared is not None and declared.items == scale.items:
        return sample.keyed(scale.id)
    columns = []
    for use in scale.items:
        x = sample.raw(use.id)
        ends = sample.instrument.response_scale(use.id)
        columns.append(ends.minimum + ends.maximum - x if use.keyed < 0 else x)
    return np.column_stack(columns)


def _one_scale(instrument: Instrument, option: str, given: Columns | None) -> Scale | None:
    if given is None:
        return None
    chosen = select_scales(instrument, given if isinstance(given, str) else [*map(str, given)])
    if len(chosen) != 1:
        raise UsageError(
            f"{option} names one scale, not {len(chosen)}: {listing(s.id for s in chosen)}."
        )
    return chosen[0]


def _matched(instrument: Instrument, own: Scale | None, told: Scale | None) -> tuple[Scale, Scale]:
    """The scale of the self-report and that of the partner's, items in the same order."""
    asked = {item for item in instrument.items if f"{item}{PARTNER}" in instrument.items}
    if own is None:
        wanted = None if told is None else {use.id.removesuffix(PARTNER) for use in told.items}
        fitting = [
            scale
            for scale in instrument.scales.values()
            if scale.model != "formative"
            and {use.id for use in scale.items} <= asked
            and (wanted is None or {use.id for use in scale.items} == wanted)
        ]
        if not fitting:
            raise UsageError(
                f"{instrument.id} has no scale whose items are also asked about the partner "
                f"(<item>{PARTNER}). Name the two scales with --self and --partner (self_report= "
                "and partner_report= in Python)."
            )
        own = max(fitting, key=lambda scale: len(scale.items))
    if told is not None:
        by_id = {use.id: use for use in told.items}
        in_order = [by_id.get(f"{use.id}{PARTNER}") for use in own.items]
        found = tuple(use for use in in_order if use is not None)
        if len(found) == len(by_id) == len(own.items):
            return own, replace(told, items=found)
        if len(told.items) == len(own.items):
            return own, told
        raise UsageError(
            f"{own.id} has {counted(len(own.items), 'item')} and {told.id} "
            f"{len(told.items)}: the two reports are of the same questions in the same order."
        )
    names = [f"{use.id}{PARTNER}" for use in own.items]
    if lost := [use.id for use in own.items if use.id not in asked]:
        scales = [
            scale.id
            for scale in instrument.scales.values()
            if {use.id for use in scale.items} <= asked
        ]
        raise UsageError(
            f"{own.id}: {listing(lost, shown=5)} {'is' if len(lost) == 1 else 'are'} not asked "
            f"about the partner; such scales are: {listing(scales) or 'none'}."
            f"{nearest(own.id, scales)}"
        )
    for scale in instrument.scales.values():
        if [use.id for use in scale.items] == names:
            return own, scale
    uses = tuple(
        ScaleItem(id=name, keyed=use.keyed) for name, use in zip(names, own.items, strict=True)
    )
    return own, replace(own, id=f"{own.id}{PARTNER}", items=uses, signs_present_from=None)


def _of_table(
    data: pd.DataFrame,
    self_report: Columns | None,
    partner_report: Columns | None,
    columns: dict[str, str | None],
    wave: int | str | None,
    reverse: Sequence[str],
    values: Sequence[float] | None,
) -> Reports:
    if self_report is None or partner_report is None:
        raise UsageError(
            "In a plain table self_report= and partner_report= name the columns: one score each, "
            "or the items in the same order."
        )
    if wave is not None:
        raise UsageError("wave= is for a survey; choose the rows of a plain table before.")
    couples = take_couples(
        data,
        measures={"self_report": self_report, "partner_report": partner_report},
        columns=columns,
        reverse=reverse,
        values=values,
    )
    mine, theirs = (couples.study.measures[key] for key in ("self_report", "partner_report"))
    if len(mine) != len(theirs):
        raise UsageError(
            f"self_report= names {counted(len(mine), 'column')} and partner_report= "
            f"{len(theirs)}: name the same items in the same order."
        )
    if both := {m.id for m in mine} & {m.id for m in theirs}:
        raise UsageError(f"{listing(sorted(both))}: a column cannot be both reports.")
    own, told = (np.column_stack([m.x for m in side]) for side in (mine, theirs))
    single = len(mine) == 1
    label = mine[0].label if single else "score"
    scores = [side[:, 0] if single else _mean(side) for side in (own, told)]
    ends = couples.study.sample.instrument
    items = () if single else tuple(
        _report(couples, label, m.id, m.label, own[:, j], told[:, j], _few(ends, m.id, own[:, j],
                                                                           told[:, j]))
        for j, m in enumerate(mine)
    )  # fmt: skip
    notes = () if single else (
        f"Scores are means over the columns, where {_ENOUGH:.0%} of them are answered.",
    )  # fmt: skip
    return Reports(
        couples=couples,
        score=_report(couples, label, "", label, scores[0], scores[1]),
        items=items,
        reliability=np.nan if single else float(alpha(pairwise_moments(own).cov)),
        notes=notes,
        self_report=[m.id for m in mine],
        partner_report=[m.id for m in theirs],
    )


def _mean(x: Floats) -> Floats:
    there = ~np.isnan(x)
    n = there.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, x, 0.0).sum(axis=1) / n
    return np.where(n >= _ENOUGH * x.shape[1] - 1e-9, mean, np.nan)


def _few(instrument: Instrument, item: str, own: Floats, told: Floats) -> Floats | None:
    """Possible answers of a column: whole numbers, few of them."""
    seen = np.unique(np.concatenate([own, told]))
    seen = seen[~np.isnan(seen)]
    if not len(seen) or not (seen == np.rint(seen)).all() or seen[-1] - seen[0] > 20:
        return None
    ends = instrument.response_scale(item)
    low = ends.minimum if np.isfinite(ends.minimum) else seen[0]
    high = ends.maximum if np.isfinite(ends.maximum) else seen[-1]
    return np.arange(low, high + 1)


def _report(
    couples: Couples,
    scale: str,
    item: str,
    label: str,
    own: Floats,
    told: Floats,
    values: Floats | None = None,
) -> Report:
    # What a member's partner says is said of the member.
    return Report(
        scale=scale,
        item=item,
        label=label,
        own=couples.values(own),
        told=couples.values(told)[:, ::-1],
        values=values,
    )
