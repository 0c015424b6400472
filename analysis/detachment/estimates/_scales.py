"""What every verb does before its first number: take the data, prepare scales, name what is wrong.

The verbs of this room differ in what they compute. Which rows they use, which items of a scale
can be used, which doubts are named and how a result says where it comes from is decided here, once.
"""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import (
    DataWarning,
    Refusal,
    SurveyError,
    UsageError,
    check_word,
    warn,
)
from detachment.estimates._counted import FEW, Column, CountedScale, ScaleCounts, count_scales
from detachment.instruments import Instrument, Scale
from detachment.quality import Alarm, keying_alarm
from detachment.scoring import (
    as_survey,
    in_wave,
    kept,
    keyed_matrix,
    masked_rows,
    ordered_waves,
    present_items,
    raw_answers,
    select_scales,
    waves,
)
from detachment.stats.correlation import pearson
from detachment.stats.item_counts import NotCountable
from detachment.stats.missing import effective_n_of_alpha, effective_n_of_patterns
from detachment.stats.moments import (
    EmMoments,
    Moments,
    correlation_from,
    effective_n,
    em_moments,
    listwise_moments,
    pairwise_moments,
)
from detachment.stats.polychoric_items import (
    PolychoricMatrix,
    polychoric_from_tables,
    polychoric_matrix,
)
from detachment.stats.reliability import alpha, item_rest_r
from detachment.text import counted, listing, number, span
from detachment.validation import LazySurvey, Survey

Floats = NDArray[np.float64]
MissingRule = Literal["pairwise", "listwise", "em"]
Missing = Literal["pairwise", "listwise", "em", "fiml"]  # the last two are one rule
MISSING_RULES: tuple[MissingRule, ...] = ("pairwise", "listwise", "em")

# Problems of whole columns that this module finds itself in the rows that are used.
_FOUND_HERE = frozenset({"empty_column", "constant_item", "duplicate_item", "few_rows"})
_OF_A_PROBLEM = ("row", "column", "rule", "message", "value")
_SHOWN = 5
NEEDS_ROWS = (
    "It needs the rows themselves, and those of this lazy survey are counted where they are. Read "
    "them into memory with collect() where they fit, or open a part of them."
)
_MOMENTS = {"pairwise": pairwise_moments, "listwise": listwise_moments, "em": em_moments}
# What a result may quote of a wrong cell: a number as short as a code, and never words.
_A_CODE = re.compile(r"[-+]?(\d{1,4}([.,]\d{1,3})?|inf)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """The rows of a survey that a result is about.

    Attributes
    ----------
    survey
        Validated answers, all rows.
    rows
        Which of them are used, (rows,).
    is_frame
        Whether a plain table was given.
    notes
        What a reader must know about the choice.
    """

    survey: Survey
    rows: NDArray[np.bool_]
    is_frame: bool
    notes: tuple[str, ...]

    @property
    def instrument(self) -> Instrument:
        """What was asked."""
        return self.survey.instrument

    @property
    def reader_warnings(self) -> tuple[str, ...]:
        """What the reader of the file had to guess or leave out; empty for a plain table."""
        said = self.survey.provenance.get("warnings")
        return tuple(map(str, said)) if isinstance(said, list | tuple) else ()

    def keyed(self, scale: str) -> Floats:
        """Keyed answers of a scale in the rows used, (n, items)."""
        answers = keyed_matrix(self.survey, scale)
        return answers.copy(order="C") if self.rows.all() else answers[self.rows]

    def raw(self, item: str) -> Floats:
        """Answers to an item as given, in the rows used, (n,)."""
        if item not in self.survey.responses:
            return np.full(int(self.rows.sum()), np.nan)
        answers = raw_answers(self.survey, item)
        return answers if self.rows.all() else answers[self.rows]

    def people(self) -> dict[str, Any]:
        """Columns that say who a row is: for tables of scores, which are to be joined to others."""
        return {
            column.id: self.survey.responses.loc[self.rows, column.id]
            for role in ("respondent_id", "wave", "dyad_id", "partner_role", "group")
            for column in self.instrument.columns_with_role(role)
            if column.id in self.survey.responses
        }

    def dyads(self, used: NDArray[np.bool_]) -> NDArray[np.int64] | None:
        """Dyad of each of the rows used; who has none is a cluster alone. None without dyads."""
        dyads = self.column("dyad_id")
        if dyads is None or not dyads[used].notna().any():
            return None
        codes, _ = pd.factorize(dyads[used])
        return np.where(codes < 0, len(codes) + np.arange(len(codes)), codes).astype(np.int64)

    def column(self, role: str) -> "pd.Series[Any] | None":
        """Metadata column of a role in the rows used; None when there is none."""
        for column in self.instrument.columns_with_role(role):
            if column.id in self.survey.responses:
                return kept(
                    self.survey,
                    ("column", column.id, self.rows.tobytes()),
                    partial(_in_rows, self.survey.responses, self.rows, column.id),
                )
        return None


def _in_rows(responses: pd.DataFrame, rows: NDArray[np.bool_], name: str) -> "pd.Series[Any]":
    return responses.loc[rows, name]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountedSample(Sample):
    """The rows of a lazy survey that a result is about: they are counted, never held.

    Attributes
    ----------
    lazy
        Where they are; ``survey`` has its columns and no row.
    wave
        Which of them; all for None.
    """

    lazy: LazySurvey
    wave: str | None

    @property
    def without_rows(self) -> Sample:
        """The same without any row, to look up what its columns are."""
        return Sample(survey=self.survey, rows=self.rows, is_frame=False, notes=self.notes)

    def keyed(self, scale: str) -> Floats:
        """Refuse: verbs that can count do not ask for rows."""
        raise Refusal(NEEDS_ROWS)

    def raw(self, item: str) -> Floats:
        """Refuse as ``keyed`` does."""
        raise Refusal(NEEDS_ROWS)

    def people(self) -> dict[str, Any]:
        """Refuse as ``keyed`` does."""
        raise Refusal(NEEDS_ROWS)

    def column(self, role: str) -> "pd.Series[Any] | None":
        """Refuse as ``keyed`` does."""
        raise Refusal(NEEDS_ROWS)

    def dyads(self, used: NDArray[np.bool_]) -> NDArray[np.int64] | None:
        """None: partners are not looked for among rows that are counted."""
        return None

    def invalid(self, item: str) -> list[str]:
        """Say how many answers to an item are not on its response scale, in all rows."""
        n = self.lazy.items[item].reasons.get("invalid", 0)
        if not n:
            return []
        column = self.instrument.items[item].column
        name = item if item == column else f"{item} (column {column})"
        return [
            f"{name}: {counted(n, 'answer')} {'in all waves ' if self.wave else ''}"
            "not on its response scale "
            f"{'counts' if n == 1 else 'count'} as missing. Correct them in the source, or declare "
            "their code in missing_codes."
        ]

    def count(
        self, groups: Mapping[str, Sequence[Column]], required: Mapping[str, Sequence[int]]
    ) -> ScaleCounts:
        """Count the answers to groups of items: see ``count_scales``."""
        task = partial(
            count_scales,
            groups={name: tuple(columns) for name, columns in groups.items()},
            required={name: tuple(places) for name, places in required.items()},
            wave=self.wave,
            tables=False,
        )
        items = {item for columns in groups.values() for _, item in columns}
        try:
            return self.lazy.total(task, items)
        except NotCountable as wrong:
            raise Refusal(
                f"The answers of this lazy survey cannot be counted: {wrong}. Read them into "
                f"memory with collect() (about {memory_of(self.lazy)})."
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedScale:
    """A scale's keyed answers, with everything that is wrong with them.

    Attributes
    ----------
    scale
        As declared.
    items, keyed
        Ids and keys of the p items that can be used.
    left_out
        Items that cannot, and why.
    given
        Keyed answers to the items used, (n, p); None where they were counted and not kept.
    missing
        Rule for missing answers.
    moments
        Of these under the missing rule.
    n
        Respondents whose answers enter the moments.
    obstacle
        Why there is no reliability; empty when there may be one.
    alarms
        Doubts about the key.
    warnings
        Everything else that must be looked at.
    counted
        What takes the place of the answers where they were counted.
    """

    scale: Scale
    items: tuple[str, ...]
    keyed: tuple[int, ...]
    left_out: Mapping[str, str]
    given: Floats | None
    missing: MissingRule
    moments: Moments
    n: int
    obstacle: str
    alarms: tuple[Alarm, ...]
    warnings: tuple[str, ...]
    counted: CountedScale | None = None

    @property
    def answers(self) -> Floats:
        """Keyed answers to the items used, (n, p)."""
        if self.given is None:
            raise Refusal(NEEDS_ROWS)
        return self.given

    @property
    def n_different(self) -> list[int]:
        """How many different answers each item has."""
        if self.counted is not None:
            return [len(values) for values in self.counted.counts.values]
        return [len(np.unique(column[~np.isnan(column)])) for column in self.answers.T]

    @property
    def pearson(self) -> tuple[Floats, NDArray[np.int64]]:
        """Correlations of the items, each of everyone who answered both, and of how many."""
        if self.counted is not None:
            return self.counted.counts.pearson
        return pearson(self.answers)

    @property
    def polychoric(self) -> PolychoricMatrix:
        """Polychoric correlations of the items."""
        if self.counted is not None:
            return polychoric_from_tables(self.counted.tables)
        return polychoric_matrix(self.answers[self.respondents])

    @property
    def complete(self) -> bool:
        """Whether everyone who answered an item answered all of them."""
        if self.counted is not None:
            return self.counted.counts.complete
        return not np.isnan(self.answers[self.respondents]).any()

    @property
    def full(self) -> bool:
        """Whether every row used has an answer to every item."""
        if self.counted is not None:
            rows = self.counted.rows if self.missing != "listwise" else self.n
            return self.complete and self.n == rows
        return not np.isnan(self.answers).any()

    @property
    def n_effective(self) -> float:
        """The n of alpha's interval: how many complete respondents would make it as certain."""
        if len(self.items) < 2 or self.complete:
            return float(self.n)
        cov, missing = self.moments.cov, self.missing
        if self.counted is not None:
            patterns = self.counted.counts.patterns
            n = effective_n_of_patterns(patterns.seen, patterns.rows, cov, missing=missing)
        else:
            n = effective_n_of_alpha(self.answers, cov, missing=missing)
        return float(effective_n(self.moments.n)) if np.isnan(n) else n

    @property
    def respondents(self) -> NDArray[np.bool_]:
        """Who has an answer to an item used, (n,)."""
        return np.asarray(np.any(~np.isnan(self.answers), axis=1), dtype=np.bool_)

    @property
    def reversed(self) -> tuple[str, ...]:
        """Ids of the items that were reversed."""
        return tuple(item for item, key in zip(self.items, self.keyed, strict=True) if key < 0)


def take_sample(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    wave: int | str | None,
    reverse: Sequence[str],
    values: Sequence[float] | None,
) -> Sample:
    """Rows of one wave: the one asked for, else the first."""
    survey = _quietly(data, reverse, values)
    known = waves(survey)
    notes: tuple[str, ...] = ()
    if wave is None and len(known) > 1:
        wave, notes = known[0], (_which_wave(known),)
    return _sample(data, survey, wave, notes)


def take_counted(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    wave: int | str | None,
    reverse: Sequence[str],
    values: Sequence[float] | None,
) -> Sample:
    """As :func:`take_sample`; a lazy survey of more than a few rows is counted, not read."""
    if not is_counted(data):
        return take_sample(data, wave=wave, reverse=reverse, values=values)
    empty = _quietly(data.empty, reverse, values)
    column = next(
        (c.id for c in data.instrument.columns_with_role("wave") if c.id in data.levels), None
    )
    known = ordered_waves(data.levels[column]) if column is not None else ()
    if wave is not None:
        if not known:
            raise UsageError(f"There is no wave {wave!r}: these data have no waves.")
        check_word("wave", str(wave), [str(one) for one in known])
    notes: tuple[str, ...] = ()
    if wave is None and len(known) > 1:
        wave, notes = known[0], (_which_wave(known),)
    return CountedSample(
        survey=empty,
        rows=np.zeros(0, dtype=np.bool_),
        is_frame=False,
        notes=notes,
        lazy=data,
        wave=None if wave is None else str(wave),
    )


def is_counted(data: object) -> TypeGuard[LazySurvey]:
    """Whether the rows are counted where they are: those of a lazy survey, if they are not few."""
    return isinstance(data, LazySurvey) and data.rows > FEW


def is_large(sample: Sample) -> bool:
    """Whether the rows are so many that a lazy survey of them would be counted."""
    return isinstance(sample, CountedSample) or len(sample.survey.responses) > FEW


def memory_of(data: LazySurvey) -> str:
    """What the rows of a lazy survey would take, were they read."""
    size = data.memory
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _which_wave(known: Sequence[int | str]) -> str:
    return (
        f"The data have {len(known)} waves ({listing(str(w) for w in known)}); this is wave "
        f"{known[0]}. Choose another with --wave (wave= in Python)."
    )


def take_rows(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    wave: int | str | None,
    reverse: Sequence[str],
    values: Sequence[float] | None,
) -> Sample:
    """Rows of one wave when one is asked for, else all rows."""
    survey = _quietly(data, reverse, values)
    notes: tuple[str, ...] = ()
    if wave is None and len(known := waves(survey)) > 1:
        notes = (
            f"The data have {len(known)} waves ({listing(str(w) for w in known)}), and every row "
            "of all is used. Choose one with --wave (wave= in Python).",
        )
    return _sample(data, survey, wave, notes)


def _quietly(
    data: Survey | LazySurvey | pd.DataFrame, reverse: Sequence[str], values: Sequence[float] | None
) -> Survey:
    with warnings.catch_warnings():
        # Not lost: data_warnings says them, once, at the line that called the verb.
        warnings.simplefilter("ignore", DataWarning)
        return as_survey(data, reverse=reverse, values=values)


def _sample(
    data: Survey | LazySurvey | pd.DataFrame,
    survey: Survey,
    wave: int | str | None,
    notes: tuple[str, ...],
) -> Sample:
    rows = in_wave(survey, wave)
    if not rows.any():
        raise SurveyError("There are no rows to analyse.")
    return Sample(survey=survey, rows=rows, is_frame=isinstance(data, pd.DataFrame), notes=notes)


def check_missing(missing: str) -> MissingRule:
    """Return the missing rule when it is one; full-information likelihood is that of EM here."""
    if missing == "fiml":
        return "em"
    check_word("missing", missing, MISSING_RULES)
    return next(rule for rule in MISSING_RULES if rule == missing)


def check_boot(n_boot: int) -> None:
    """Refuse a number of resamples that gives no interval."""
    if n_boot < 0 or n_boot == 1:
        raise UsageError(
            "--boot (n_boot= in Python) is a number of resamples, 0 for none; an interval needs at "
            f"least 2 (1,000 or more are usual); it cannot be {n_boot!r}."
        )


def check_rng(rng: int | np.random.Generator) -> int | np.random.Generator:
    """Return the seed or generator when it is one."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise UsageError(f"rng is a whole number (a seed) or a NumPy Generator, not {rng!r}.")
    return int(rng)


def take_seed(rng: int | np.random.Generator) -> int:
    """One seed for all that is drawn for a result, so that scales and groups draw alike."""
    rng = check_rng(rng)
    return rng if isinstance(rng, int) else int(rng.integers(2**63))


def by_likelihood(missing: Missing | None) -> Missing | None:
    """``fiml`` for ``em`` too: to a model it is full-information maximum likelihood."""
    return "fiml" if missing == "em" else missing


def check_confidence(confidence: float) -> float:
    """Return the confidence level when it is a share."""
    if not 0 < confidence < 1:
        raise UsageError(
            f"confidence is a share between 0 and 1, such as 0.95; it cannot be {confidence!r}."
        )
    return confidence


def choose_scales(
    sample: Sample, selector: str | Sequence[str] | None
) -> tuple[tuple[Scale, ...], tuple[str, ...]]:
    """Scales to report, and a note on those that were not asked in these data."""
    chosen = select_scales(sample.instrument, selector)
    absent = [scale.id for scale in chosen if not present_items(sample.survey, scale)]
    if len(absent) == len(chosen):
        raise SurveyError(
            f"None of the items of {listing(absent, shown=5)} is in these data, so there is "
            "nothing to estimate. `detachment inspect` shows what the columns are called."
        )
    if selector is None and absent:
        chosen = tuple(scale for scale in chosen if scale.id not in absent)
        return chosen, (f"Not in these data, and left out: {listing(absent)}.",)
    return chosen, ()


def plain(selector: str | Sequence[str] | None) -> str | list[str] | None:
    """Return a selector as a plain value, for the record of the call."""
    return selector if selector is None or isinstance(selector, str) else list(selector)


def prepare_scale(sample: Sample, scale: Scale, missing: MissingRule) -> PreparedScale:
    """Keyed answers of the items that can be used, their moments, and every doubt about them."""
    key = ("prepared", id(scale), missing, sample.rows.tobytes())
    return kept(
        sample.survey,
        key,
        lambda: prepare_answers(sample, scale, sample.keyed(scale.id), missing),
    )


def prepare_scales(
    sample: Sample, scales: Sequence[Scale], missing: MissingRule
) -> list[PreparedScale]:
    """As :func:`prepare_scale`, of several: a lazy survey is read once for all of them."""
    if not isinstance(sample, CountedSample) or not scales:
        return [prepare_scale(sample, scale, missing) for scale in scales]
    keyed = {scale.id: {use.id: scale.id for use in scale.items} for scale in scales}
    return prepare_counted(sample, scales, keyed, missing)


def prepare_counted(
    sample: CountedSample,
    scales: Sequence[Scale],
    keyed: Mapping[str, Mapping[str, str | None]],
    missing: MissingRule,
) -> list[PreparedScale]:
    """As :func:`prepare_scales`, of scales whose items (``keyed``) other scales key."""
    if missing == "em":
        raise Refusal(f"Maximum likelihood from answers with gaps is not counted. {NEEDS_ROWS}")
    listwise = missing == "listwise"
    columns: dict[str, list[Column]] = {
        scale.id: [
            (keyed[scale.id][use.id], use.id)
            for use in scale.items
            if use.id in sample.survey.responses
        ]
        for scale in scales
    }
    found = everything = sample.count(columns, {})
    left_out = {
        s.id: _unusable_by_counts(s, columns[s.id], found.items[s.id].values) for s in scales
    }

    def usable() -> dict[str, list[int]]:
        return {
            name: [j for j, (_, item) in enumerate(of_scale) if item not in left_out[name]]
            for name, of_scale in columns.items()
        }

    if listwise:
        found = sample.count(columns, usable())
        for s in scales:
            left_out[s.id] |= _unusable_by_counts(s, columns[s.id], found.items[s.id].values)
    places, everybody = usable(), found.everybody
    chosen = {name: [columns[name][j] for j in places[name]] for name in columns}
    if any(left_out.values()):
        all_of = {name: range(len(chosen[name])) for name in chosen} if listwise else {}
        everybody = sample.count(chosen, all_of).everybody
    prepared = []
    for scale in scales:
        counts, all_of_it = found.items[scale.id], everything.items[scale.id]
        counts_used = counts.select(places[scale.id])
        items = [item for _, item in columns[scale.id]]
        counted_scale = CountedScale(
            lazy=sample.lazy,
            columns=tuple(chosen[scale.id]),
            wave=sample.wave,
            listwise=listwise,
            counts=counts_used,
            every=dict(zip(items, counts.values, strict=True)),
            given=dict(zip(items, np.diagonal(all_of_it.n).tolist(), strict=True)),
            raw=dict(zip(items, found.raw[scale.id], strict=False)),
            rows=all_of_it.rows,
            masked=found.masked[scale.id],
            everybody=everybody,
        )
        prepared.append(
            _prepared(
                sample,
                scale,
                left_out[scale.id],
                missing,
                counts_used.moments,
                counts_used.respondents,
                given=None,
                counted_scale=counted_scale,
            )
        )
    return prepared


def item_values(
    sample: Sample, part: PreparedScale
) -> tuple[list[Mapping[float, int]], list[int], int]:
    """Of each item of a scale: how often each keyed answer was given, and by how many of whom.

    Under listwise deletion the first counts complete respondents, the second anybody; the last is
    how many rows could have an answer.
    """
    if part.counted is not None:
        one, items = part.counted, [use.id for use in part.scale.items]
        every = [one.every.get(item, {}) for item in items]
        return every, [one.given.get(item, 0) for item in items], one.rows - one.masked
    answers = sample.keyed(part.scale.id)
    asked = int((~masked_rows(sample.survey, part.scale)[sample.rows]).sum())
    there = [int(n) for n in np.count_nonzero(~np.isnan(answers), axis=0)]
    if part.missing == "listwise":
        answers = np.where(part.respondents[:, None], answers, np.nan)
    found: list[Mapping[float, int]] = []
    for column in answers.T:
        value, times = np.unique(column[~np.isnan(column)], return_counts=True)
        found.append(dict(zip(value.tolist(), times.tolist(), strict=True)))
    return found, there, asked


def _unusable_by_counts(
    scale: Scale, columns: Sequence[Column], values: Sequence[Mapping[float, int]]
) -> dict[str, str]:
    """Items without any variance in the rows that were counted, and why."""
    of_item = dict(zip((item for _, item in columns), values, strict=True))
    why = {}
    for use in scale.items:
        given = of_item.get(use.id)
        if given is None:
            why[use.id] = "is not in the data"
        elif not given:
            why[use.id] = "has no answers"
        elif len(given) == 1 and sum(given.values()) > 1:
            why[use.id] = f"is constant (every answer is {next(iter(given)):g})"
    return why


def prepare_answers(
    sample: Sample, scale: Scale, answers: Floats, missing: MissingRule
) -> PreparedScale:
    """As :func:`prepare_scale`, of keyed answers ``(n, items)`` that are there already."""
    ids = tuple(use.id for use in scale.items)
    left_out = _unusable(sample, scale, answers)
    if missing == "listwise":
        used = [j for j, item in enumerate(ids) if item not in left_out]
        complete = np.all(~np.isnan(answers[:, used]), axis=1)
        answers = np.where(complete[:, None], answers, np.nan)
        left_out |= _unusable(sample, scale, answers)
    used = [j for j, item in enumerate(ids) if item not in left_out]
    answers = answers[:, used]
    n = int(np.any(~np.isnan(answers), axis=1).sum())
    return _prepared(sample, scale, left_out, missing, _MOMENTS[missing](answers), n, given=answers)


def _prepared(
    sample: Sample,
    scale: Scale,
    left_out: Mapping[str, str],
    missing: MissingRule,
    moments: Moments,
    n: int,
    *,
    given: Floats | None,
    counted_scale: CountedScale | None = None,
) -> PreparedScale:
    """A scale from the moments of its usable items, with every doubt about them."""
    used = [use for use in scale.items if use.id not in left_out]
    items, keyed = tuple(use.id for use in used), tuple(use.keyed for use in used)
    obstacle = _obstacle(sample, scale, items, left_out, moments, n, missing)
    doubts: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    if not obstacle and scale.model != "formative":
        if counted_scale is not None:
            same = counted_scale.counts.identical & (moments.n > 2)
        else:
            assert given is not None
            same = _same_answers(given, moments)
        doubts = (*_identical(items, same), *_few_rows(scale, items, n))
        alarms = key_alarms(scale.id, items, keyed, moments)
    return PreparedScale(
        scale=scale,
        items=items,
        keyed=keyed,
        left_out=left_out,
        given=given,
        missing=missing,
        moments=moments,
        n=n,
        obstacle=obstacle,
        alarms=alarms,
        warnings=(*_say_left_out(scale, left_out, obstacle), *doubts),
        counted=counted_scale,
    )


def _unusable(sample: Sample, scale: Scale, answers: Floats) -> dict[str, str]:
    """Items without any variance in these rows, and why."""
    why = {}
    for use, column in zip(scale.items, answers.T, strict=True):
        given = column[~np.isnan(column)]
        if use.id not in sample.survey.responses:
            why[use.id] = "is not in the data"
        elif given.size == 0:
            why[use.id] = "has no answers"
        elif given.size > 1 and (given == given[0]).all():
            why[use.id] = f"is constant (every answer is {given[0]:g})"
    return why


def _obstacle(
    sample: Sample,
    scale: Scale,
    items: tuple[str, ...],
    left_out: Mapping[str, str],
    moments: Moments,
    n: int,
    missing: MissingRule,
) -> str:
    if all(use.id not in sample.survey.responses for use in scale.items):
        return "none of its items is in the data"
    varies = bool(items) or not any(why.startswith("is constant") for why in left_out.values())
    if n < 2 and varies:
        what = "every item is" if missing == "listwise" else "any of its items is"
        return f"{what} answered by {counted(n, 'respondent')}, and at least two are needed"
    if len(items) < 2 or len(items) < scale.min_valid * len(scale.items) - 1e-9:
        if not left_out:
            return ""
        return (
            f"only {len(items)} of its {len(scale.items)} items can be used ("
            + listing((f"{item} {why}" for item, why in left_out.items()), shown=_SHOWN)
            + ")"
        )
    together = moments.n[np.tril_indices(len(items), -1)]
    if (together < 2).any():
        i, j = (int(k[0]) for k in np.nonzero(np.tril(moments.n < 2, -1)))
        return (
            f"{items[j]} and {items[i]} were answered together by "
            f"{counted(int(moments.n[i, j]), 'respondent')}: their covariance is unknown"
        )
    if isinstance(moments, EmMoments) and not moments.converged:
        return (
            "its covariances by maximum likelihood (EM) were not found: too few answers for so "
            "many items, or items that follow from one another. Ask for pairwise or listwise "
            "deletion, or for fewer items"
        )
    if _beyond_one(moments.cov):
        return (
            "its pairwise covariances contradict one another (a correlation or alpha beyond 1 "
            "would follow), because the pairs of items were answered by different respondents. Ask "
            "for listwise deletion, or leave out the item that few answered"
        )
    return ""


def missing_note(given: Sequence[PreparedScale]) -> str:
    """What the rule for missing answers does, and what intervals of alpha rest on."""
    rule = given[0].missing
    if rule == "listwise":
        return "Listwise deletion: only who answered every item of a scale counts in it."
    if all(p.complete for p in given):
        return "Nobody who answered an item of a scale left another one of it unanswered."
    sizes = [p.n_effective for p in given]
    each = span(*(number(n, 1) for n in (min(sizes), max(sizes))))
    if len(given) <= _SHOWN:
        each = listing(f"{p.scale.id} {number(n, 1)}" for p, n in zip(given, sizes, strict=True))
    how = (
        "Pairwise deletion: a covariance uses everyone who answered both items"
        if rule == "pairwise"
        else "Maximum likelihood (EM): covariances use every answer there is, as if answers were "
        "normal and missing at random"
    )
    return (
        f"{how}; n counts who answered any item of the scale, and intervals of alpha rest on the "
        f"number of complete respondents that would make it as certain ({each})."
    )


def _beyond_one(cov: Floats) -> bool:
    """Whether pairwise covariances give what no complete data can give."""
    correlations = [correlation_from(cov).ravel(), item_rest_r(cov)]
    most = np.nanmax(np.abs(np.concatenate(correlations)))
    return bool(max(most, alpha(cov)) > 1 + 1e-9)


def _say_left_out(scale: Scale, left_out: Mapping[str, str], obstacle: str) -> tuple[str, ...]:
    if not left_out or obstacle:
        return (f"{scale.id}: {obstacle}.",) if left_out else ()
    what = listing((f"{item} {why}" for item, why in left_out.items()), shown=_SHOWN)
    return (
        f"{scale.id}: {what}, so the statistics of this scale are those of the other "
        f"{counted(len(scale.items) - len(left_out), 'item')}. Check the column in the export; if "
        "it is right, say so when you report the scale.",
    )


def _same_answers(answers: Floats, moments: Moments) -> NDArray[np.bool_]:
    """Whether two items have the same answer from everyone who gave both, (p, p)."""
    same = np.zeros((answers.shape[1],) * 2, dtype=np.bool_)
    near = np.tril(pearson(answers)[0] > 1 - 1e-9, -1) & (moments.n > 2)
    for j, i in zip(*np.nonzero(near), strict=True):
        there = ~np.isnan(answers[:, i]) & ~np.isnan(answers[:, j])
        same[j, i] = (answers[there, i] == answers[there, j]).all()
    return same


def _identical(items: tuple[str, ...], alike: NDArray[np.bool_]) -> tuple[str, ...]:
    """Items with the same answer from everyone: an item twice in the file, or straight-liners."""
    same = [
        f"{items[i]} and {items[j]}" for j, i in zip(*np.nonzero(np.tril(alike, -1)), strict=True)
    ]
    pairs = len(items) * (len(items) - 1) // 2
    if len(same) == pairs > 1:
        return (
            f"{listing(items, shown=_SHOWN)}: everyone gives one answer to all of them "
            "(straight-lining, or one column several times in the file), so their reliability "
            "means nothing.",
        )
    return tuple(
        f"{pair} have the same answer in every row: is one a copy of the other? A duplicated item "
        "makes reliability too high."
        for pair in same
    )


def _few_rows(scale: Scale, items: tuple[str, ...], n: int) -> tuple[str, ...]:
    if n >= len(items):
        return ()
    return (
        f"{scale.id}: fewer respondents ({n}) than items ({len(items)}); its statistics are noise.",
    )


def key_alarms(
    scale: str, items: Sequence[str], keyed: Sequence[int], moments: Moments
) -> tuple[Alarm, ...]:
    """Doubts about the keys of items that are to go together."""
    if len(items) < 2:
        return ()
    flip = 1 - 2 * np.eye(len(items))
    return keying_alarm(
        scale=scale,
        items=items,
        keyed=keyed,
        cor=correlation_from(moments.cov),
        item_rest_r=item_rest_r(moments.cov),
        alpha=float(alpha(moments.cov)),
        alpha_if_reversed=alpha(moments.cov * flip[:, :, None] * flip[:, None, :]),
    )


def data_warnings(sample: Sample, items: Iterable[str]) -> tuple[str, ...]:
    """Problems that touch these items: cells that became missing, columns in doubt."""
    survey = sample.survey
    said = []
    known = kept(survey, ("problems",), lambda: _problems_by_column(survey))
    for item in dict.fromkeys(items):
        if item not in survey.responses:
            continue
        column = sample.instrument.items[item].column
        here = sorted(problem for name in {item, column} for problem in known.get(name, ()))
        for _, row, about, rule, message, _ in here:
            if pd.isna(row) and rule not in _FOUND_HERE:
                said.append(f"column {about}: {message}.")
        if isinstance(sample, CountedSample):
            said += sample.invalid(item)
            continue
        wrong = kept(survey, ("invalid", item), partial(_is_invalid, survey, item))
        invalid = survey.missing.index[sample.rows & wrong] if wrong.any() else ()
        if len(invalid):
            values = {row: value for _, row, *_, value in here}
            shown = [_shown(values.get(row)) for row in invalid]
            cells = (f"row {row}{value}" for row, value in zip(invalid, shown, strict=True))
            name = item if item == column else f"{item} (column {column})"
            said.append(
                f"{name}: {counted(len(invalid), 'answer')} not on its response scale "
                f"{'counts' if len(invalid) == 1 else 'count'} as missing: "
                f"{listing(cells, shown=_SHOWN)}. "
                + (
                    "Correct them or make them missing."
                    if sample.is_frame
                    else "Correct them in the export, or declare their code in missing_codes."
                    if all(shown)
                    else "Correct them in the export; the instrument file can declare another "
                    "spelling of an answer under aliases."
                )
            )
        no_range = np.isinf(sample.instrument.response_scale(item).maximum)
        if (
            sample.is_frame
            and no_range
            and "missing_code" not in {rule for _, _, _, rule, *_ in here}
        ):
            said += _far_values(item, sample.raw(item))
    return tuple(said)


def _problems_by_column(survey: Survey) -> dict[str, list[tuple[int, Any, str, str, str, Any]]]:
    """Place, row, column, rule, message and value of the problems of each column, in order."""
    found: dict[str, list[tuple[int, Any, str, str, str, Any]]] = {}
    columns = (survey.problems[name].to_list() for name in _OF_A_PROBLEM)
    for place, problem in enumerate(zip(*columns, strict=True)):
        found.setdefault(problem[1], []).append((place, *problem))
    return found


def _is_invalid(survey: Survey, item: str) -> NDArray[np.bool_]:
    """Whether each answer is missing because it was not on its scale, (n,)."""
    reasons = survey.missing[item]
    kind = reasons.dtype
    if isinstance(kind, pd.CategoricalDtype) and "invalid" not in kind.categories:
        return np.zeros(len(reasons), dtype=np.bool_)
    return (reasons == "invalid").to_numpy(dtype=np.bool_, na_value=False)


def _far_values(item: str, answers: Floats) -> list[str]:
    """Say of an end that lies far from all other answers, where no range was declared."""
    distinct = np.unique(answers[~np.isnan(answers)])
    if len(distinct) < 4:
        return []
    said = []
    for value, rest in ((distinct[0], distinct[1:]), (distinct[-1], distinct[:-1])):
        if np.abs(rest - value).min() > 2 * (rest[-1] - rest[0]):
            said.append(
                f"{item} holds {value:g} in {counted(int((answers == value).sum()), 'row')} and "
                f"otherwise {span(f'{rest[0]:g}', f'{rest[-1]:g}')}: a typing error, or a code for "
                "a missing answer? It counts as an answer; say values=(lowest, highest)."
            )
    return said


def _shown(value: object) -> str:
    """A wrong cell as a result may quote it; nothing where it holds words."""
    number = isinstance(value, str) and _A_CODE.fullmatch(value.strip())
    return f" ({str(value).strip()})" if number else ""


def masked_notes(
    sample: Sample,
    scales: Iterable[Scale],
    prepared: Sequence[PreparedScale] = (),
    counted_rows: Mapping[str, int] | None = None,
) -> tuple[str, ...]:
    """Say how many answers the instrument forbids to interpret; of a lazy survey as counted."""
    notes = []
    known = {part.scale.id: part.counted.masked for part in prepared if part.counted is not None}
    known |= counted_rows or {}
    for scale in scales:
        masked = known.get(scale.id)
        if masked is None:
            masked = int((masked_rows(sample.survey, scale) & sample.rows).sum())
        if masked:
            why = listing(
                f"{column} is {listing(values, 'or')}" for column, values in scale.mask_when.items()
            )
            notes.append(
                f"{scale.id}: the answers of {counted(masked, 'respondent')} are left out, as the "
                f"instrument says where {why}."
            )
    return tuple(notes)


def dyad_notes(sample: Sample, used: NDArray[np.bool_], hence: str) -> tuple[str, ...]:
    """Say that partners are treated as independent, when both of a dyad are among the rows used.

    ``hence`` says what follows for the numbers of the verb, where partners are alike.
    """
    dyads = sample.column("dyad_id")
    if dyads is None or not dyads[used].dropna().duplicated().any():
        return ()
    return (
        "Some respondents are partners of one another. They are treated as independent here, "
        f"although partners tend to be alike: {hence}.",
    )


def partner_notes(sample: Sample, prepared: Sequence[PreparedScale], hence: str) -> tuple[str, ...]:
    """As :func:`dyad_notes`, of scales; of rows that are counted nobody knows who is whose."""
    if not isinstance(sample, CountedSample):
        return dyad_notes(sample, respondents(prepared), hence)
    if any(c.id in sample.survey.responses for c in sample.instrument.columns_with_role("dyad_id")):
        return (
            "Partners of one another are treated as independent here, for rows that are counted "
            f"are not compared; as partners tend to be alike, {hence}.",
        )
    return ()


def n_analysed(sample: Sample, prepared: Sequence[PreparedScale]) -> int:
    """How many respondents have an answer to a usable item of any of the scales."""
    if not isinstance(sample, CountedSample):
        return int(respondents(prepared).sum())
    return next((part.counted.everybody for part in prepared if part.counted is not None), 0)


def respondents(prepared: Sequence[PreparedScale]) -> NDArray[np.bool_]:
    """Who has an answer in any of the scales, (n,)."""
    return np.asarray(np.any([part.respondents for part in prepared], axis=0), dtype=np.bool_)


def emit(messages: Iterable[str]) -> None:
    """Give each message as a warning at the line that called the verb."""
    for message in messages:
        warn(message, stacklevel=3)


def provenance(sample: Sample, analysed: int) -> dict[str, Any]:
    """What a result says about where it comes from: its fields n, instrument and source."""
    survey, instrument = sample.survey, sample.instrument
    received = survey.ledger["before"].iloc[0] if len(survey.ledger) else len(survey.responses)
    return {
        "n": {"rows": int(received), "analysed": analysed},
        "instrument": {
            "id": instrument.id,
            "version": instrument.version,
            "sha256": instrument.sha256,
        },
        "source": {
            key: str(survey.provenance[key])
            for key in ("file", "sha256", "platform")
            if survey.provenance.get(key)
        },
    }
