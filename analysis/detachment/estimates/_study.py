"""The variables of one question, side by side: scores, items and metadata of the same rows.

What regression, mediation, dyads, change and group comparisons have in common before their first
number: the selectors of each option become numbers, a category becomes indicators, a plain table
names its own columns for dyads, roles, groups and weights, and doubts about the data are collected.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, SurveyError, UsageError, nearest
from detachment.estimates._groups import MOST_GROUPS, SHOWN_ROLES
from detachment.estimates._scales import (
    NEEDS_ROWS,
    CountedSample,
    Floats,
    MissingRule,
    PreparedScale,
    Sample,
    data_warnings,
    prepare_scales,
    take_counted,
    take_rows,
    take_sample,
)
from detachment.estimates._words import as_words, cluster_numbers, declared_order
from detachment.instruments import Column, Instrument
from detachment.scoring import Variable, present_items, score_scale, select_variables
from detachment.text import count, counted, listing
from detachment.validation import LazySurvey, Survey

Selector = str | Sequence[str]
# Options that name a column of a plain table, and the role that a survey's column has for them.
ROLE_OF = {
    "dyad": "dyad_id",
    "role": "partner_role",
    "wave": "wave",
    "respondent": "respondent_id",
}
_WEIGHT = "weight"
PARTNER = "partner:"
_NUMBERS = ("integer", "number", "boolean")
# What a reflective scale is once so few items are left of it.
_MODEL_OF: dict[int, Literal["single_item", "reflective_2item"]] = {
    1: "single_item",
    2: "reflective_2item",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """Numbers of one variable in the rows used.

    Attributes
    ----------
    id, label
        What stands for it in a table, and what people read.
    x
        Its values, NaN where missing, (n,).
    variable
        Scale score or item; None for a metadata column.
    column
        Metadata column that it comes from; empty for a scale or an item.
    reference
        For an indicator of a category: the category that it is compared with.
    of_partner
        Whether it is the value of the other member of the dyad.
    """

    id: str
    label: str
    x: Floats
    variable: Variable | None = None
    column: str = ""
    reference: str = ""
    of_partner: bool = False

    @property
    def items(self) -> tuple[str, ...]:
        """Ids of the person's own items that it rests on; a partner's answers share none."""
        return self.variable.items if self.variable and not self.of_partner else ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """Everything that a question needs of the data.

    Attributes
    ----------
    sample
        The rows used.
    measures
        Option -> its variables, in the order named.
    columns
        Option -> metadata column in the rows used, as read; an option that was not given is absent.
    prepared
        Scales among the variables with what is wrong with them.
    warnings
        Doubts about keys and cells: to be emitted, and kept by the result.
    notes
        Which wave; what an indicator is compared with.
    """

    sample: Sample
    measures: Mapping[str, tuple[Measure, ...]]
    columns: Mapping[str, "pd.Series[Any]"] = field(default_factory=dict)
    prepared: Mapping[str, PreparedScale] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def every(self) -> dict[str, Measure]:
        """All variables by id, each once."""
        return {m.id: m for given in self.measures.values() for m in given}

    @property
    def labels(self) -> dict[str, str]:
        """Id -> what people read."""
        return {name: measure.label for name, measure in self.every.items()}

    def one(self, option: str) -> Measure:
        """The variable of an option that names exactly one."""
        found = self.measures[option]
        if len(found) != 1:
            raise UsageError(
                f"{option} names one variable, not {len(found)}: {listing(m.id for m in found)}."
            )
        return found[0]

    def matrix(self, *options: str) -> Floats:
        """Variables of the options side by side, (n, variables)."""
        columns = [measure.x for option in options for measure in self.measures[option]]
        n = int(self.sample.rows.sum())
        return np.column_stack(columns) if columns else np.empty((n, 0))

    def words(self, option: str) -> NDArray[np.object_] | None:
        """A metadata column as text, empty where missing, (n,); None when there is none."""
        column = self.columns.get(option)
        return None if column is None else as_words(column)

    @property
    def dyads(self) -> NDArray[np.int64] | None:
        """Dyad of each row; a row without one is a cluster of its own. None without any pair."""
        words = self.words("dyad")
        if words is None:
            return None
        code, names = cluster_numbers(words)
        return None if names == int((words != "").sum()) else code


def take_study(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    measures: Mapping[str, Selector | None],
    columns: Mapping[str, str | None] | None = None,
    wave: int | str | None = None,
    every_wave: bool = False,
    require: bool = True,
    numbers: Collection[str] = (),
    without: str | Sequence[str] = (),
    missing: MissingRule = "pairwise",
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
    counted: bool = False,
) -> Study:
    """Numbers of the variables that the options name, and the metadata columns beside them.

    Parameters
    ----------
    data
        A survey, or a plain table.
    measures
        Option -> selector: scales, roles, items, or ids of metadata columns (of a plain table:
        names of columns). None or empty: the option names nothing. A column of words becomes
        indicators of its categories but for the first, ``column[category]``. Each of these with
        ``partner:`` before it is the value of the other member of the dyad in the same wave, NaN
        for who has none there.
    columns
        Option -> column whose values are no measurement: ``by``, ``dyad``, ``role``, ``wave``,
        ``respondent``, ``weight``, ``cluster``, ``strata``. For a survey, None takes the column
        with that role for ``dyad``, ``role``, ``wave`` and ``respondent``.
    wave, every_wave
        Which wave; all rows where ``every_wave``, else the first wave by default.
    require
        Whether a variable that nobody has a value of is refused; else it is all missing.
    numbers
        Options whose columns of a plain table must be numbers: words are wrong there, and no
        categories.
    without
        Items that no score counts, such as one whose meaning is in doubt.
    missing
        Rule under which the scales are looked at for doubts about their key.
    reverse, values
        For a plain table.
    counted
        Whether a lazy survey of many rows is not read: its variables then have no values.

    Raises
    ------
    UsageError
        When a word names nothing, or a column that says who people are.
    SurveyError
        When nobody has an answer to a variable that is named; when a partner's value is asked for
        and there are no pairs, or dyads of more than two.
    """
    asked = dict(columns or {})
    apart: dict[str, pd.Series[Any]] = {}
    if isinstance(data, pd.DataFrame):
        data, apart, reverse = _split(
            data, measures, asked, [str(name) for name in reverse], numbers
        )
    take = take_counted if counted else take_rows if every_wave else take_sample
    found = take(data, wave=wave, reverse=reverse, values=values)
    sample = found.without_rows if isinstance(found, CountedSample) else found
    notes = list(sample.notes) if not every_wave else []
    dropped = tuple(dict.fromkeys([without] if isinstance(without, str) else without))
    if dropped:
        sample = _without(sample, dropped)
    chosen: dict[str, tuple[Measure, ...]] = {}
    known: dict[str, Measure] = {}
    scored: dict[str, Floats] = {}
    partner: NDArray[np.intp] | None = None
    for option, selector in measures.items():
        here: dict[str, Measure] = {}
        for word in _selected(selector):
            name = str(word).removeprefix(PARTNER)
            if dropped and name not in sample.instrument.scales and _is_scale(data, name):
                raise UsageError(f"{option}: without leaves no item of {name}.")
            if sample is not found:
                _refuse_words(sample, option, name)
            these = _measures(sample, option, name, apart, scored, require=require)
            if name != str(word):
                if sample is not found:
                    raise Refusal(f"{word}: who is whose partner is not counted. {NEEDS_ROWS}")
                if partner is None:
                    partner = _partner_rows(sample, asked, apart)
                    notes.append(_partner_note(partner))
                these = [_of_partner(measure, partner) for measure in these]
            for measure in these:
                here.setdefault(measure.id, known.setdefault(measure.id, measure))
        chosen[option] = tuple(here.values())
    if dropped:
        notes.append(_say_without(data, dropped, known.values()))
    if require:
        _require_values(known.values())
    for column in dict.fromkeys(m.column for m in known.values() if m.reference):
        reference = next(m.reference for m in known.values() if m.column == column and m.reference)
        notes.append(f"{column}: indicators compare each category with {reference}.")
    scales = {
        m.variable.scale.id: m.variable.scale
        for m in known.values()
        if m.variable and m.variable.scale and not sample.is_frame
    }
    looked_up, sample = sample, found if isinstance(found, CountedSample) else sample
    prepared = {
        part.scale.id: part for part in prepare_scales(sample, tuple(scales.values()), missing)
    }
    said = [alarm.message + "." for part in prepared.values() for alarm in part.alarms]
    said += [message for part in prepared.values() for message in part.warnings]
    said += data_warnings(
        sample, (i for m in known.values() if m.variable for i in m.variable.items)
    )
    return Study(
        sample=sample,
        measures=chosen,
        columns={
            option: cells
            for option, name in asked.items()
            if (cells := _metadata(looked_up, option, name, apart)) is not None
        },
        prepared=prepared,
        warnings=tuple(dict.fromkeys(said)),
        notes=tuple(notes),
    )


def without_items(instrument: Instrument, items: Sequence[str]) -> Instrument:
    """An instrument whose scales do not count some items; a scale of these alone is gone.

    A score then needs the same share of the items that are left.
    """
    scales = {}
    for name, scale in instrument.scales.items():
        left = tuple(use for use in scale.items if use.id not in items)
        if not left:
            continue
        model = scale.model
        if len(left) < len(scale.items) and model in ("reflective", "reflective_2item"):
            model = _MODEL_OF.get(len(left), model)
        label = scale.label
        if gone := [use.id for use in scale.items if use.id in items]:
            label = f"{label or name} (without {listing(gone)})"
        scales[name] = replace(scale, items=left, model=model, label=label)
    return replace(instrument, scales=scales)


def score_values(sample: Sample, variable: Variable, keyed: dict[str, Floats]) -> Floats:
    """Numbers of a scale score or of an item as its scale keys it, (n,).

    ``keyed`` keeps the answers of a scale, so that its items are read once.
    """
    scale = variable.scale
    if scale is None:
        return sample.raw(variable.id)
    if scale.id not in keyed:
        keyed[scale.id] = sample.keyed(scale.id)
    if variable.item is None:
        return np.asarray(score_scale(sample.instrument, scale, keyed[scale.id]).score)
    place = [use.id for use in scale.items].index(variable.item)
    return np.ascontiguousarray(keyed[scale.id][:, place])  # it is read again and again


def _selected(selector: Selector | None) -> list[str]:
    return [selector] if isinstance(selector, str) else list(selector or ())


def _without(sample: Sample, items: Sequence[str]) -> Sample:
    if sample.is_frame:
        raise UsageError(
            "without names items of an instrument's scales; the columns of a plain table are taken "
            "as they are. Score the table without the items first."
        )
    instrument = sample.instrument
    known = {use.id for scale in instrument.scales.values() for use in scale.items}
    for item in items:
        if item not in known:
            raise UsageError(
                f"without: no scale of {instrument.id} has an item {item!r}."
                f"{nearest(item, sorted(known))}"
            )
    survey = replace(sample.survey, instrument=without_items(instrument, items))
    return replace(sample, survey=survey)


def _is_scale(data: Survey | LazySurvey | pd.DataFrame, word: str) -> bool:
    return isinstance(data, Survey) and word in data.instrument.scales


def _say_without(
    data: Survey | LazySurvey | pd.DataFrame, items: Sequence[str], measures: Iterable[Measure]
) -> str:
    assert isinstance(data, Survey)  # a plain table was refused
    declared = data.instrument.scales
    scored = [m.variable.scale.id for m in measures if m.variable and m.variable.scale]
    touched = [s for s in scored if any(use.id in items for use in declared[s].items)]
    if not touched:
        raise UsageError(f"without: no scale that is asked for has {listing(items, 'or')}.")
    left_out = [
        item for item in items if any(u.id == item for s in touched for u in declared[s].items)
    ]
    return (
        f"Left out of the scores of {listing(dict.fromkeys(touched))}: {listing(left_out)}. A "
        "score needs the same share of the other items."
    )


def _split(
    frame: pd.DataFrame,
    measures: Mapping[str, Selector | None],
    columns: Mapping[str, str | None],
    reverse: list[str],
    numbers: Collection[str],
) -> tuple[pd.DataFrame, dict[str, "pd.Series[Any]"], list[str]]:
    """Columns of numbers that are named, and apart from them those of words and metadata."""
    names = [str(name) for name in frame.columns]
    if reverse and (unknown := [name for name in reverse if name not in names]):
        raise UsageError(
            f"reverse names {unknown[0]!r}, which is no column.{nearest(unknown[0], names)}"
        )
    wanted: dict[str, str] = {}
    for option, selector in [*measures.items(), *columns.items()]:
        for word in _selected(selector):
            name = str(word).removeprefix(PARTNER) if option in measures else str(word)
            if name not in names:
                raise UsageError(
                    f"{option}: there is no column {name!r}; there are: "
                    f"{listing(names, shown=30)}.{nearest(name, names)}"
                )
            if names.count(name) > 1:
                many = {2: "two"}.get(names.count(name), str(names.count(name)))
                raise SurveyError(f"{option}: {many} columns are called {name!r}; rename them.")
            wanted.setdefault(name, option)
    numeric, apart = [], {}
    metadata = {str(name) for name in columns.values() if name is not None}
    for name in wanted:
        column = frame.iloc[:, names.index(name)]
        if name in metadata or (wanted[name] not in numbers and not holds_numbers(column)):
            apart[name] = column
        else:
            numeric.append(names.index(name))
    if not numeric:
        raise SurveyError(
            "No variable that is named holds numbers: "
            f"{listing(wanted, shown=10)}. Name columns of answers or scores."
        )
    kept = {names[at] for at in numeric}
    return frame.iloc[:, sorted(numeric)], apart, [name for name in reverse if name in kept]


def holds_numbers(column: "pd.Series[Any]") -> bool:
    """Whether a column's cells are numbers, also where they are written as text."""
    if pd.api.types.is_bool_dtype(column.dtype) or isinstance(column.dtype, pd.CategoricalDtype):
        return False
    if pd.api.types.is_numeric_dtype(column.dtype):
        return True
    given = column.dropna()
    given = given[given.map(lambda cell: not isinstance(cell, str) or bool(cell.strip()))]
    return bool(pd.to_numeric(given, errors="coerce").notna().mean() > 0.5) if len(given) else True


def _measures(
    sample: Sample,
    option: str,
    word: str,
    apart: Mapping[str, "pd.Series[Any]"],
    keyed: dict[str, Floats],
    *,
    require: bool,
) -> list[Measure]:
    if sample.is_frame:
        if str(word) in apart:
            return _of_words(str(word), str(word), apart[str(word)], ())
        return [_of_variable(sample, v, keyed) for v in select_variables(sample.instrument, word)]
    instrument = sample.instrument
    if word not in instrument.columns:
        try:
            variables = select_variables(instrument, word)
        except UsageError as unknown:
            shown = [c.id for c in _shown_columns(sample)]
            also = f" {option} also takes metadata: {listing(shown, 'or')}." if shown else ""
            raise UsageError(f"{option}: {unknown}{also}") from None
        asked = [
            v
            for v in variables
            if not require
            or (
                present_items(sample.survey, v.scale)
                if v.scale and v.item is None
                else v.id in sample.survey.responses
            )
        ]
        if not asked:
            raise SurveyError(f"{option}: none of the items of {word} is in these data.")
        return [_of_variable(sample, v, keyed) for v in asked]
    column = instrument.columns[word]
    _check_shown(sample, option, column)
    if column.type in _NUMBERS:
        return [Measure(id=word, label=word, x=metadata_values(sample, word), column=word)]
    values = sample.survey.responses.loc[sample.rows, word]
    return _of_words(word, word, values, column.allowed)


def metadata_values(sample: Sample, column: str) -> Floats:
    """Numbers of a metadata column, (n,)."""
    values = sample.survey.responses.loc[sample.rows, column]
    x = values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(x, dtype=np.float64)


def _refuse_words(sample: Sample, option: str, word: str) -> None:
    """Refuse a column of categories, whose indicators depend on all rows that there are."""
    column = sample.instrument.columns.get(word)
    if column is not None and column.role in SHOWN_ROLES and column.type not in _NUMBERS:
        raise Refusal(
            f"{option}: {word} holds words, and indicators of categories are not counted; by= "
            f"(--by) makes groups of them. {NEEDS_ROWS}"
        )


def _partner_rows(
    sample: Sample, asked: Mapping[str, str | None], apart: Mapping[str, "pd.Series[Any]"]
) -> NDArray[np.intp]:
    """Row of each person's partner in the same wave; -1 for who has none there, (n,)."""
    dyad, wave = (
        _metadata(sample, option, asked.get(option), apart) for option in ("dyad", "wave")
    )
    if dyad is None:
        raise SurveyError(
            "partner: needs to know who belongs together; "
            + (
                "name the column of the dyads (dyad=)."
                if sample.is_frame
                else "the instrument declares no column with the role dyad_id that is in these "
                "data."
            )
        )
    words = pd.DataFrame({"dyad": as_words(dyad)})
    words["wave"] = "" if wave is None else as_words(wave)
    code = words.groupby(["dyad", "wave"], sort=False).ngroup().to_numpy()
    code = np.where(words["dyad"] == "", -1, code)
    rows = np.argsort(code, kind="stable")
    rows = rows[code[rows] >= 0]
    _, first, size = np.unique(code[rows], return_index=True, return_counts=True)
    if (size > 2).any():
        raise SurveyError(
            f"{counted(int((size > 2).sum()), 'dyad')} of more than two people in one wave, so "
            "that nobody is the partner. Correct the ids of the dyads"
            + (", or name the column of the waves (wave=)." if wave is None else ".")
        )
    if not (size == 2).any():
        raise SurveyError(
            "partner: no dyad has both members among the rows used, so nobody has a partner's "
            "value."
        )
    one = first[size == 2]
    partner = np.full(len(words), -1, dtype=np.intp)
    partner[rows[one]], partner[rows[one + 1]] = rows[one + 1], rows[one]
    return partner


def _partner_note(partner: NDArray[np.intp]) -> str:
    return (
        f"partner: is the value of the other member of the dyad in the same wave; "
        f"{count(int((partner >= 0).sum()))} of {counted(len(partner), 'respondent')} have a "
        "partner among the rows used."
    )


def _of_partner(measure: Measure, partner: NDArray[np.intp]) -> Measure:
    """The same variable of each person's partner."""
    return replace(
        measure,
        id=f"{PARTNER}{measure.id}",
        label=f"{measure.label} (partner)",
        x=np.where(partner < 0, np.nan, measure.x[partner]),
        of_partner=True,
    )


def _of_variable(sample: Sample, variable: Variable, keyed: dict[str, Floats]) -> Measure:
    x = score_values(sample, variable, keyed)
    return Measure(id=variable.id, label=variable.label, x=x, variable=variable)


def _of_words(
    name: str, label: str, column: "pd.Series[Any]", declared: Sequence[str]
) -> list[Measure]:
    """Indicators of the categories of a column but for the first."""
    if pd.api.types.is_bool_dtype(column.dtype):
        truth = column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        return [Measure(id=name, label=label, x=np.asarray(truth, np.float64), column=name)]
    words = as_words(column)
    there = sorted(set(words) - {""})
    there = declared_order(there, column, declared) or there
    if len(there) > MOST_GROUPS:
        raise UsageError(
            f"{name} has {len(there)} different values, too many for categories (at most "
            f"{MOST_GROUPS})."
        )
    if len(there) < 2:
        raise SurveyError(
            f"{name} holds words, and has {counted(len(there), 'category', 'categories')} in these "
            "rows: nothing can be compared. Give numbers if these are answers; else leave it out."
        )
    return [
        Measure(
            id=f"{name}[{word}]",
            label=f"{label}: {word}",
            x=np.asarray(np.where(words == "", np.nan, words == word), dtype=np.float64),
            column=name,
            reference=there[0],
        )
        for word in there[1:]
    ]


def _metadata(
    sample: Sample, option: str, name: str | None, apart: Mapping[str, "pd.Series[Any]"]
) -> "pd.Series[Any] | None":
    if sample.is_frame:
        return apart[str(name)] if name is not None else None
    if name is None:
        return sample.column(ROLE_OF[option]) if option in ROLE_OF else None
    there = {c.id: c for c in sample.instrument.columns.values() if c.id in sample.survey.responses}
    role = next((c for c in there.values() if c.role == name), None)
    column = there.get(name) or role
    if column is None:
        shown = [c.id for c in _shown_columns(sample)]
        raise UsageError(
            f"{option}: there is no metadata column {name!r} in these data; there are: "
            f"{listing(shown, shown=30)}.{nearest(name, shown)}"
        )
    is_dyad = option == "cluster" and column.role == ROLE_OF["dyad"]  # its values are not shown
    if is_dyad or (option in ROLE_OF and column.role == ROLE_OF[option]):
        return sample.survey.responses.loc[sample.rows, column.id]
    if not (option == _WEIGHT and column.role == _WEIGHT):
        _check_shown(sample, option, column)
    return sample.survey.responses.loc[sample.rows, column.id]


def _shown_columns(sample: Sample) -> Iterable[Column]:
    """Metadata columns whose values say nothing of who somebody is."""
    return (
        column
        for column in sample.instrument.columns.values()
        if column.role in SHOWN_ROLES and column.id in sample.survey.responses
    )


def _check_shown(sample: Sample, option: str, column: Column) -> None:
    if column.role not in SHOWN_ROLES:
        shown = listing([c.id for c in _shown_columns(sample)], "or")
        raise UsageError(
            f"{option}: {column.id} says who people are or what they wrote (its role is "
            f"{column.role}); take {shown}."
        )
    if column.id not in sample.survey.responses:
        raise SurveyError(f"{option}: there is no column {column.id} in these data.")


def _require_values(measures: Iterable[Measure]) -> None:
    empty = [m.id for m in measures if np.isnan(m.x).all()]
    if empty:
        raise SurveyError(
            f"Nobody has a value of {listing(empty, shown=5)}: the items are not in the data, or "
            "too few of them are answered for a score."
        )
