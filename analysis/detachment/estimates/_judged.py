"""What is judged by whom: dyads by partners, respondents in waves, rows by the columns of a table.

Agreement asks the same of all three: a matrix with one row a unit and one column a rater, for each
score or item. Which units there are, and which cannot be used and why, is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import SurveyError, UsageError, check_word
from detachment.estimates._couples import EXCHANGEABLE, find_pairs
from detachment.estimates._scales import Sample, choose_scales, take_rows, take_sample
from detachment.estimates._words import as_words
from detachment.scoring import (
    Variable,
    in_wave,
    item_ends,
    present_items,
    score_scale,
    select_variables,
    waves,
)
from detachment.stats.agreement import Level
from detachment.stats.correlation import pearson
from detachment.text import bounded, counted, listing
from detachment.validation import Survey

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
BETWEEN = ("columns", "partners", "waves")
_SHOWN = 5
_MOST_CATEGORIES = 20
_AGAINST = -0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Topic:
    """One score or item on which raters may agree.

    Attributes
    ----------
    scale, item, label
        Ids; the item is empty for a score. What people read.
    items
        Ids of the items that it rests on.
    answers
        One number a row of the sample, or for the columns of a table one a row and rater.
    categories
        The values that are possible, where they are few; else None and why.
    ordered
        Whether the categories have an order.
    level
        Of measurement.
    """

    scale: str
    item: str
    label: str
    items: tuple[str, ...]
    answers: Floats
    categories: Floats | None
    no_categories: str = ""
    ordered: bool = True
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """Units and raters.

    Attributes
    ----------
    sample
        The rows in question.
    between, noun
        How raters were found, and what a unit is called.
    raters
        Their names, m of them.
    places
        Row of the sample that holds a unit's answers by a rater, (units, m); -1 for none.
    clusters
        What units belong together, (units,), where they do.
    ordered
        Whether it is known which rater is which; where not, why.
    incomplete
        Who was dropped, as rows of a table.
    words
        Categories of a table of words; None for numbers.
    """

    sample: Sample
    between: str
    noun: str
    raters: tuple[str, ...]
    places: Places
    clusters: NDArray[Any] | None = None
    ordered: bool = True
    unordered: str = ""
    incomplete: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    words: bool = False

    def judgements(self, topic: Topic) -> Floats:
        """Answers ``(units, m)``, NaN where there is none."""
        if topic.answers.ndim == 2:
            return topic.answers
        found = topic.answers[np.maximum(self.places, 0)]
        return np.where(self.places >= 0, found, np.nan)


def rater_doubts(units: Judged, topic: Topic) -> tuple[str, ...]:
    """What is odd about the raters of a plain table: no answers, no variance, copies, turned round.

    A score of people is not asked: partners and waves are the same questions by design.
    """
    if units.between != "columns":
        return ()
    x = topic.answers
    said = []
    there = ~np.isnan(x)
    odd = set()
    for j, name in enumerate(units.raters):
        given = x[there[:, j], j]
        if not given.size:
            said.append(f"{name} has no answers, so that no row has an answer of every rater.")
        elif given.size > 1 and (given == given[0]).all():
            said.append(f"{name} gives the same answer everywhere ({given[0]:g}).")
        else:
            continue
        odd.add(j)
    if units.words:
        return tuple(said)
    r, n = pearson(x)
    pairs = r[np.tril_indices(len(r), -1)]
    pairs = pairs[~np.isnan(pairs)]
    before = len(said)
    for j, name in enumerate(units.raters):
        others = [i for i in range(len(units.raters)) if i != j and i not in odd]
        if j in odd or not others:
            continue
        copies = [
            i
            for i in others
            if i < j and n[i, j] > 2 and (x[:, i] == x[:, j])[there[:, i] & there[:, j]].all()
        ]
        if copies:
            said.append(
                f"{units.raters[copies[0]]} and {name} have the same answer in every row: is one a "
                "copy of the other? Copies make agreement too high."
            )
        if len(others) > 1 and (r[j, others] < 0).all() and r[j, others].mean() < _AGAINST:
            said.append(
                f"{name} goes against the other raters (mean r = "
                f"{bounded(float(r[j, others].mean()))}): are its codes turned round? Nothing was "
                "changed."
            )
    if len(said) == before and pairs.size and pairs.mean() < _AGAINST / 2:
        said.append(
            f"The raters go against one another (mean r = {bounded(float(pairs.mean()))}): are the "
            "codes of some turned round? Nothing was changed."
        )
    return tuple(said)


def find_units(
    data: Survey | pd.DataFrame,
    *,
    between: str | None,
    wave: int | str | Sequence[int | str] | None,
    values: Sequence[float] | None,
) -> Judged:
    """Units and raters of the data.

    Raises
    ------
    UsageError
        When ``between`` or ``wave`` does not fit the data.
    SurveyError
        When there are no dyads, no second wave, or no rows.
    """
    if between is not None:
        check_word("between", between, BETWEEN)
    if isinstance(data, pd.DataFrame):
        if between not in (None, "columns"):
            raise UsageError(
                f"between={between!r} needs a survey, whose instrument says which column holds "
                "dyads or waves; the raters of a plain table are its columns."
            )
        if wave is not None:
            raise UsageError("wave= is for a survey; a plain table has no waves.")
        return _columns(data, values)
    if between == "columns":
        raise UsageError(
            "between='columns' is for a plain table with one column a rater; for a survey it is "
            "partners or waves."
        )
    if between is None and isinstance(data, Survey):
        if _role(data, "dyad_id") is not None:
            between = "partners"
        elif len(waves(data)) > 1:
            between = "waves"
        else:
            raise UsageError(
                "This survey has neither dyads nor a second wave, so nobody answered twice. The "
                "instrument says with role: dyad_id or role: wave which column holds them."
            )
    if between == "waves":
        return _waves(data, wave, values)
    if isinstance(wave, list | tuple):
        if len(wave) > 1:
            raise UsageError("Partners are compared within one wave; name one wave.")
        wave = wave[0] if wave else None
    assert wave is None or isinstance(wave, int | str)
    return _partners(data, wave, values)


def _role(survey: Survey, role: str) -> "pd.Series[Any] | None":
    for column in survey.instrument.columns_with_role(role):
        if column.id in survey.responses and survey.responses[column.id].notna().any():
            return survey.responses[column.id]
    return None


def _columns(frame: pd.DataFrame, values: Sequence[float] | None) -> Judged:
    frame, words = _coded(frame)
    if words and values is not None:
        raise UsageError("values= is for numbers; these columns hold words.")
    if frame.shape[1] < 2:
        raise UsageError(
            "Agreement needs at least two raters, one a column; this table has "
            f"{counted(frame.shape[1], 'column')}."
        )
    sample = take_sample(frame, wave=None, reverse=(), values=values)
    raters = tuple(str(column) for column in frame.columns)
    return Judged(
        sample=sample,
        between="columns",
        noun="row",
        raters=raters,
        places=np.arange(len(frame), dtype=np.intp)[:, None],
        notes=sample.notes,
        words=words,
    )


def _coded(frame: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """A table of words as numbers of their categories; any other as it is, also an empty one."""
    if frame.empty or not all(
        isinstance(cell, str) or pd.isna(cell)
        for j in range(frame.shape[1])
        for cell in pd.unique(frame.iloc[:, j].astype(object))
    ):
        return frame, False
    cells = frame.to_numpy(dtype=object).ravel()
    there = sorted({str(cell) for cell in cells if pd.notna(cell) and str(cell).strip()})
    if not there:
        return pd.DataFrame(np.nan, index=frame.index, columns=frame.columns), False
    if pd.to_numeric(pd.Series(there, dtype="object"), errors="coerce").notna().any():
        return frame, False
    if len(there) > _MOST_CATEGORIES:
        raise SurveyError(
            f"The columns hold {len(there)} different words or texts, which are no categories "
            f"(at most {_MOST_CATEGORIES}). Leave out columns that hold names or free text."
        )
    place = {word: float(code) for code, word in enumerate(there)}
    coded = [frame.iloc[:, j].astype(object).map(place) for j in range(frame.shape[1])]
    table = pd.concat(coded, axis=1).astype("float64")
    table.columns = frame.columns
    return table, True


def _partners(
    data: Survey | pd.DataFrame, wave: int | str | None, values: Sequence[float] | None
) -> Judged:
    sample = take_sample(data, wave=wave, reverse=(), values=values)
    dyads = sample.column("dyad_id")
    if dyads is None or not dyads.notna().any():
        raise SurveyError(
            "There are no dyads in these rows: the instrument names no column with the role "
            "dyad_id, or it is empty. Partners cannot be compared."
        )
    row_numbers = sample.survey.responses.index.to_numpy()[sample.rows]
    alone = dyads.isna().to_numpy()
    given = sample.column("partner_role")
    ordered = given is not None and bool(given.notna().any())
    roles = _roles(given) if given is not None and ordered else EXCHANGEABLE
    people = sample.column("respondent_id")
    pairs = find_pairs(
        as_words(dyads),
        as_words(given) if given is not None and ordered else None,
        respondent=None if people is None else as_words(people),
    )
    code, places = pairs.code, pairs.places
    single = pairs.finding == "one_partner"
    whole = np.isin(pairs.finding, ["distinguishable", "no_roles"])
    reasons = [
        ("took part without a partner (no dyad)", "respondent", alone),
        ("only one partner is there", "dyad", (code >= 0) & single[code]),
        (
            "both partners have one role, or a role is missing",
            "dyad",
            (code >= 0) & ~single[code] & ~whole[code],
        ),
    ]
    incomplete = []
    for why, what, rows in reasons:
        if rows.any():
            units = int(rows.sum()) if what == "respondent" else len(set(code[rows].tolist()))
            incomplete.append(_dropped(f"{what}: {why}", units, row_numbers[rows]))
    # A dyad with one partner stays as a unit, so that it is counted among the dropped.
    places[~whole & ~single] = -1
    return Judged(
        sample=sample,
        between="partners",
        noun="dyad",
        raters=roles,
        places=places,
        ordered=ordered,
        unordered="" if ordered else "no column with the role partner_role says who is who",
        incomplete=tuple(incomplete),
        notes=(*sample.notes, *_say(incomplete)),
    )


def _roles(given: "pd.Series[Any]") -> tuple[str, ...]:
    """Names of both roles."""
    names = sorted(set(as_words(given)) - {""})
    if len(names) != 2:
        raise SurveyError(
            f"Partners have two roles, and these rows have {len(names)} "
            f"({listing(names, shown=_SHOWN)}): agreement of partners needs both."
        )
    return tuple(names)


def _waves(
    data: Survey | pd.DataFrame,
    wave: int | str | Sequence[int | str] | None,
    values: Sequence[float] | None,
) -> Judged:
    sample = take_rows(data, wave=None, reverse=(), values=values)
    survey = sample.survey
    known = waves(survey)
    if len(known) < 2:
        raise SurveyError(
            "A retest needs two waves, and these data have "
            + ("no column with the role wave." if not known else f"one ({known[0]}).")
        )
    notes: tuple[str, ...] = ()
    if wave is None:
        chosen: list[int | str] = list(known[:2])
        if len(known) > 2:
            notes = (
                f"The data have {len(known)} waves ({listing(map(str, known))}); these are the "
                "first two. Choose others with --wave twice or more (wave=[...] in Python).",
            )
    else:
        chosen = [wave] if isinstance(wave, int | str) else list(wave)
        if len(set(map(str, chosen))) < 2:
            raise UsageError("A retest compares two waves or more: name them, or none.")
    people = _role(survey, "respondent_id")
    if people is None:
        raise SurveyError(
            "No column with the role respondent_id says who answered twice, so waves cannot be "
            "compared person by person."
        )
    here = [in_wave(survey, one) for one in chosen]
    rows = np.any(here, axis=0) & people.notna().to_numpy()
    code, names = pd.factorize(people.where(rows), sort=True)
    places = np.full((len(names), len(chosen)), -1, dtype=np.intp)
    for j, inside in enumerate(here):
        at = np.flatnonzero(inside & rows)
        places[code[at], j] = at
    numbers = survey.responses.index.to_numpy()
    incomplete = []
    for j, one in enumerate(chosen):
        lost = places[:, j] < 0
        if lost.any():
            there = places[lost].max(axis=1)
            why = f"respondent: not there in wave {one}"
            incomplete.append(_dropped(why, int(lost.sum()), np.sort(numbers[there])))
    return Judged(
        sample=sample,
        between="waves",
        noun="respondent",
        raters=tuple(f"wave {one}" for one in chosen),
        places=places,
        clusters=_dyads_of(survey, places),
        incomplete=tuple(incomplete),
        notes=(*notes, *_say(incomplete)),
    )


def _dyads_of(survey: Survey, places: Places) -> NDArray[Any] | None:
    """Dyad of each respondent; a respondent without one is a cluster of its own."""
    dyads = _role(survey, "dyad_id")
    if dyads is None:
        return None
    code = pd.factorize(dyads, sort=True)[0][places.max(axis=1)]
    alone = code < 0
    own: NDArray[Any] = np.where(alone, code.max(initial=0) + 1 + np.arange(len(code)), code)
    return own


def _dropped(why: str, units: int, rows: NDArray[Any]) -> dict[str, Any]:
    shown = listing((str(row) for row in rows), shown=_SHOWN)
    return {"why": why, "units": units, "rows": shown}


def _say(incomplete: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    said = []
    for one in incomplete:
        what, why = one["why"].split(": ", 1)
        plain = {"dyad": "dyad", "respondent": "respondent"}[what]
        said.append(f"{counted(one['units'], plain)} left out: {why} (rows {one['rows']}).")
    return tuple(said)


def find_topics(
    units: Judged, scales: str | Sequence[str] | None
) -> tuple[tuple[Topic, ...], tuple[str, ...]]:
    """Scores and items on which raters may agree, and a note on those that are not in the data."""
    sample = units.sample
    if units.between == "columns":
        if scales is not None:
            raise UsageError("scales= is for a survey; the columns of a plain table are raters.")
        return (_table(units),), ()
    absent: tuple[str, ...] = ()
    if scales is None:
        chosen, absent = choose_scales(sample, None)
        variables = select_variables(sample.instrument, [scale.id for scale in chosen])
    else:
        variables = select_variables(sample.instrument, scales)
        there = [v for v in variables if any(i in sample.survey.responses for i in v.items)]
        if not there:
            raise SurveyError(
                f"None of {listing((v.id for v in variables), shown=_SHOWN)} is in these data. "
                "`detachment inspect` shows what the columns are called."
            )
        if len(there) < len(variables):
            lost = [v.id for v in variables if v not in there]
            absent = (f"Not in these data, and left out: {listing(lost)}.",)
        variables = tuple(there)
    return tuple(_topic(sample, variable) for variable in variables), absent


def _topic(sample: Sample, variable: Variable) -> Topic:
    scale = variable.scale
    if variable.item is None:
        assert scale is not None
        answers = score_scale(sample.instrument, scale, sample.keyed(scale.id)).score
        if len(present_items(sample.survey, scale)) == 0:
            answers = np.full(len(answers), np.nan)
        return Topic(
            scale=scale.id,
            item="",
            label=variable.label,
            items=variable.items,
            answers=answers,
            categories=None,
            no_categories="a score has no categories",
            level="interval",
        )
    item = variable.item
    ends = sample.instrument.response_scale(item)
    categories: Floats | None = np.array(ends.values, dtype=np.float64)
    ordered = ends.type == "ordinal"
    if scale is None:
        answers = sample.raw(item)
    else:
        j = [use.id for use in scale.items].index(item)
        answers = sample.keyed(scale.id)[:, j]
        if scale.model == "dichotomous_test" and sample.instrument.items[item].answer is not None:
            categories, ordered = np.array([0.0, 1.0]), False
        elif scale.items[j].keyed < 0:
            low, high = item_ends(sample.instrument, scale)
            categories = np.sort(low[j] + high[j] - np.array(ends.values, dtype=np.float64))
    numeric = ends.type == "numeric" or not len(ends.values)
    level: Literal["interval", "ordinal", "nominal"] = (
        "interval" if numeric else "ordinal" if ordered else "nominal"
    )
    return Topic(
        scale=scale.id if scale is not None else "",
        item=item,
        label=variable.label,
        items=(item,),
        answers=answers,
        categories=None if numeric else categories,
        no_categories="its answers are numbers, not categories",
        ordered=ordered,
        level=level,
    )


def _table(units: Judged) -> Topic:
    """The judgements of a plain table: categories where they are few whole numbers."""
    sample = units.sample
    (scale,) = sample.instrument.scales.values()
    answers = sample.keyed(scale.id)
    low, high = item_ends(sample.instrument, scale)
    seen = np.unique(answers[~np.isnan(answers)])
    whole = bool((seen == np.rint(seen)).all())
    if whole and np.isfinite(low[0]) and high[0] - low[0] < _MOST_CATEGORIES:
        seen = np.arange(low[0], high[0] + 1)
    few = whole and len(seen) <= _MOST_CATEGORIES
    return Topic(
        scale=scale.id,
        item="",
        label=scale.label,
        items=tuple(use.id for use in scale.items),
        answers=answers,
        categories=seen if few else None,
        no_categories=(
            f"{len(seen)} different answers are too many for categories"
            if whole
            else "answers that are no whole numbers are no categories"
        ),
        ordered=not units.words and len(seen) > 2,
        level="nominal" if units.words else "ordinal" if few else "interval",
    )
