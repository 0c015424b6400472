"""What does each item tell, and where? Item response models of scales, and scores of people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._result import Result, make_table
from detachment.estimates._scales import (
    Missing,
    PreparedScale,
    Sample,
    by_likelihood,
    check_confidence,
    choose_scales,
    data_warnings,
    dyad_notes,
    emit,
    masked_notes,
    plain,
    prepare_scale,
    provenance,
    take_sample,
)
from detachment.estimates._sentences import CONSISTENCY, aside, likely, not_given, people
from detachment.stats.adjust import adjust_p
from detachment.stats.irt.graded import GradedResponse, graded_response
from detachment.stats.irt.information import item_information, marginal_reliability
from detachment.stats.irt.item_fit import item_fit, q3
from detachment.stats.irt.scores import person_scores
from detachment.text import bounded, count, counted, interval, level, listing, number, p_value
from detachment.validation import Survey

COLUMNS = {
    "scale": "str",
    "item": "str",
    "keyed": "Int64",
    "n": "Int64",
    "categories": "Int64",
    "model": "str",
    "slope": "float64",
    "slope_se": "float64",
    "slope_low": "float64",
    "slope_high": "float64",
    "location": "float64",
    "location_se": "float64",
    "reason": "str",
}
THRESHOLDS = {
    "scale": "str",
    "item": "str",
    "boundary": "Int64",
    "from_category": "float64",
    "threshold": "float64",
    "threshold_se": "float64",
    "threshold_low": "float64",
    "threshold_high": "float64",
    "intercept": "float64",
    "intercept_se": "float64",
    "reason": "str",
}
FIT = {
    "scale": "str",
    "model": "str",
    "n_items": "Int64",
    "n": "Int64",
    "n_parameters": "Int64",
    "loglik": "float64",
    "aic": "float64",
    "bic": "float64",
    "marginal_reliability": "float64",
    "empirical_reliability": "float64",
    "nodes": "Int64",
    "converged": "bool",
    "reason": "str",
}
ITEM_FIT = {
    "scale": "str",
    "item": "str",
    "n": "Int64",
    "s_x2": "float64",
    "df": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "rmsea": "float64",
    "reason": "str",
}
DEPENDENCE = {
    "scale": "str",
    "item": "str",
    "other": "str",
    "q3": "float64",
    "above_mean": "float64",
}
INFORMATION = {
    "scale": "str",
    "theta": "float64",
    "information": "float64",
    "se": "float64",
    "reliability": "float64",
}
ITEM_INFORMATION = {
    "scale": "str",
    "item": "str",
    "theta": "float64",
    "information": "float64",
}
_PARTS = {
    "thresholds": THRESHOLDS,
    "fit": FIT,
    "item_fit": ITEM_FIT,
    "local_dependence": DEPENDENCE,
    "information": INFORMATION,
    "item_information": ITEM_INFORMATION,
}
Model = Literal["graded", "2pl"]
ScoreMethod = Literal["eap", "map", "ml"]
MissingRule = Literal["fiml", "listwise"]
MODELS = ("graded", "2pl")
METHODS = ("eap", "map", "ml")
MISSING_RULES = ("fiml", "listwise")
NAMES = {"graded": "graded response model", "2pl": "two-parameter logistic model"}
# The model of a scale -> why its items have no common trait to model, and what to ask instead.
NOT_APPLICABLE = {
    "formative": (
        "its model is formative: the items make up the index and do not reflect one trait, which "
        "is what an item response model assumes. Ask for its items (items, scores)"
    ),
    "single_item": (
        "its model is single_item: one item has no item response model. Ask for its item "
        "statistics (items)"
    ),
}
_TOO_MANY = "the two-parameter model is for items with two categories"
_FEWEST = 3  # two items do not identify two slopes
_FEW = 200  # people; below, slopes are rough
_RARE = 5  # answers in a category
_MOST_CATEGORIES = 20
_STEEP = 5.0  # a slope that hardly any questionnaire has unless items are copies of one another
_ENDLESS = 20.0  # where a slope that has no maximum is when the search gives up
_DEPENDENT = 0.2  # above the mean Q3: Christensen et al. (2017)
_THETA = np.linspace(-4.0, 4.0, 33)
_SHOWN = 5
_SHOWN_CURVES = 3  # scales whose information is among what people read


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ItemResponse(Result):
    """Item response models of scales, one row an item.

    Attributes
    ----------
    models
        Scale's id -> the fitted model: parameters of items, and nothing of any person.
    items
        Scale's id -> ids of the items of its model, in order.
    """

    models: Mapping[str, GradedResponse] = field(default_factory=dict)
    items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def _plain(self) -> Iterable[str]:
        for row in self.parts["fit"].to_dict(orient="records"):
            what = self.named(row["scale"])
            if row["scale"] not in self.models:
                yield not_given(what, row["reason"])
                continue
            yield (
                f"{what} ({counted(row['n_items'], 'question')}, {people(row['n'])}): consistency "
                f"{number(row['marginal_reliability'])}."
            )
            own = self.table[self.table["scale"] == row["scale"]]
            given = own[own["slope"].notna()].sort_values("slope", ascending=False, kind="stable")
            for item in given.to_dict(orient="records"):
                ends = likely(item["slope_low"], item["slope_high"])
                yield (
                    f"{self.named(item['item'])}: tells people apart with a sharpness of "
                    f"{number(item['slope'])}{aside(ends, people(item['n']))}."
                )
            for item in own[own["slope"].isna()].to_dict(orient="records"):
                yield not_given(self.named(item["item"]), item["reason"])

    def _meaning(self) -> Iterable[str]:
        yield CONSISTENCY
        yield (
            "Sharpness is how fast answers to a question change from one person to another who has "
            "more of what the scale is about; at 0 they do not change at all."
        )
        yield "All this holds if the questions of a scale ask about one thing only."

    def _apa(self) -> Iterable[str]:
        lines = []
        for row in self.parts["fit"].to_dict(orient="records"):
            lines.append(self._of_scale(row))
            own = self.table[self.table["scale"] == row["scale"]]
            if row["scale"] in self.models:
                lines += [self._of_item(item) for item in own.to_dict(orient="records")]
        return lines

    def _of_scale(self, row: Mapping[Any, Any]) -> str:
        head = f"{self.label(row['scale'])} ({counted(row['n_items'], 'item')}"
        head += f", n = {count(row['n'])})"
        if row["scale"] not in self.models:
            return f"{head}: no item response model is given; {row['reason']}."
        return (
            f"{head}: {NAMES[row['model']]}, log-likelihood = {number(row['loglik'])}, AIC = "
            f"{number(row['aic'])}, BIC = {number(row['bic'])}, marginal reliability = "
            f"{bounded(row['marginal_reliability'])}."
        )

    def _of_item(self, row: Mapping[Any, Any]) -> str:
        name = f"{self.named(row['item'])}{', reversed' if row['keyed'] < 0 else ''}"
        if np.isnan(row["slope"]):
            return f"{name}: no parameters; {row['reason']}."
        ends = interval(row["slope_low"], row["slope_high"], can_exceed_one=True)
        return (
            f"{name}: a = {number(row['slope'])} (SE = {number(row['slope_se'])}), "
            f"{level(self.call['confidence'])} CI {ends}; b = {self._thresholds(row)}."
        )

    def _thresholds(self, row: Mapping[Any, Any]) -> str:
        table = self.parts["thresholds"]
        own = table[(table["scale"] == row["scale"]) & (table["item"] == row["item"])]
        return ", ".join(number(b) for b in own["threshold"])

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        ends = zip(table["slope_low"], table["slope_high"], strict=True)
        shown = pd.DataFrame(
            {
                "Scale": table["scale"].map(self.label),
                "Item": table["item"],
                "Key": ["reversed" if key < 0 else "" for key in table["keyed"]],
                "n": table["n"].map(count),
                "a": table["slope"].map(number),
                "SE": table["slope_se"].map(number),
                f"{level(self.call['confidence'])} CI": [
                    interval(*pair, can_exceed_one=True) for pair in ends
                ],
                "b": [self._thresholds(row) for row in table.to_dict(orient="records")],
            }
        )
        if table["reason"].ne("").any():
            shown["Remark"] = table["reason"]
        return shown

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Fit of scales and items, and information where it is read; the thresholds stand above."""
        parts = self.parts
        fit, item = parts["fit"], parts["item_fit"]
        fit = fit[fit["loglik"].notna()]
        shown = {
            "Fit": pd.DataFrame(
                {
                    "Scale": fit["scale"].map(self.label),
                    "Model": fit["model"],
                    "n": fit["n"].map(count),
                    "Parameters": fit["n_parameters"].astype("float64").map(count),
                    "Log-likelihood": fit["loglik"].map(number),
                    "AIC": fit["aic"].map(number),
                    "BIC": fit["bic"].map(number),
                    "Marginal reliability": fit["marginal_reliability"].map(bounded),
                }
            ),
            "Item fit": pd.DataFrame(
                {
                    "Scale": item["scale"].map(self.label),
                    "Item": item["item"],
                    "S-X²": item["s_x2"].map(number),
                    "df": item["df"].map(count),
                    "p": item["p"].map(p_value),
                    "p adjusted": item["p_adjusted"].map(p_value),
                    "RMSEA": item["rmsea"].map(lambda value: bounded(value, 3)),
                }
            ),
        }
        if len(parts["local_dependence"]):
            pairs = parts["local_dependence"]
            shown["Local dependence"] = pd.DataFrame(
                {
                    "Scale": pairs["scale"].map(self.label),
                    "Item": pairs["item"],
                    "Other": pairs["other"],
                    "Q3": pairs["q3"].map(bounded),
                    "Above the mean": pairs["above_mean"].map(bounded),
                }
            )
        whole = parts["information"]
        whole = whole[whole["theta"] == whole["theta"].round()]
        if 0 < whole["scale"].nunique() <= _SHOWN_CURVES:
            shown["Information"] = pd.DataFrame(
                {
                    "Scale": whole["scale"].map(self.label),
                    "θ": whole["theta"].map(lambda value: number(value, 0)),
                    "Information": whole["information"].map(number),
                    "SE": whole["se"].map(number),
                    "Reliability": whole["reliability"].map(bounded),
                }
            )
        return shown


class _Analysis(NamedTuple):
    """One scale: what was asked, and what came of it."""

    part: PreparedScale
    model: Model
    fit: GradedResponse | None
    obstacle: str
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def scale(self) -> str:
        return self.part.scale.id


def irt(
    data: Survey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    model: Model | None = None,
    missing: Missing = "fiml",
    confidence: float = 0.95,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> ItemResponse:
    """Item response models of scales: slopes, thresholds, information, fit.

    Parameters
    ----------
    data
        A survey, or a plain table in which every column is an item of one scale.
    scales
        A selector: a scale's id, a role in the plural (``"effects"``), or a list of these. By
        default every scale of which the data hold an item.
    model
        ``graded``: the graded response model, for ordered categories. ``2pl``: the two-parameter
        logistic model, for items with two. By default ``2pl`` for a test of right and wrong
        answers, ``graded`` for every other scale.
    missing
        ``fiml``: full-information maximum likelihood; everyone with any answer counts, with the
        answers that there are. ``listwise``: only who answered every item of the scale.
    confidence
        Level of the intervals.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    ItemResponse
        One row an item: ``scale, item, keyed, n, categories, model, slope, slope_se, slope_low,
        slope_high, location, location_se, reason``. ``slope`` is a of P(x >= k) = 1 / (1 +
        exp(-a (theta - b_k))), theta standard normal; ``location`` is the mean of the item's b.
        Parts: ``thresholds`` (b and its interval, and the intercepts -a b), ``fit``, ``item_fit``
        (S-X2, p adjusted by Holm within the scale), ``local_dependence`` (pairs whose Q3 is more
        than .2 above the mean), ``information`` and ``item_information`` over theta. No person has
        a row: scores of people are what :func:`irt_scores` is for.

    Raises
    ------
    UsageError
        When a word is unknown, or ``2pl`` is asked of items with more than two categories.
    Refusal
        When the only scale named has no item response model (an index, fewer than three items). In
        a list or a role it becomes rows with the reason.
    SurveyError
        When there are no rows, or no item of the only scale named.

    Warns
    -----
    DataWarning
        Doubtful keys, items left out, answers off their scale, few people, a model that did not
        converge, a slope below 0 or beyond 5.

    References
    ----------
    Samejima, F. (1969). *Psychometrika Monograph, 17*. Bock, R. D., & Aitkin, M. (1981).
    *Psychometrika, 46*, 443-459. Kang, T., & Chen, T. T. (2008). *Journal of Educational
    Measurement, 45*, 391-406. Reise, S. P., & Yu, J. (1990). *Journal of Educational Measurement,
    27*, 133-144. R: ``mirt::mirt``, ``ltm::grm``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> latent = 1.5 * rng.normal(size=(600, 1)) + rng.logistic(size=(600, 4))
    >>> answers = pd.DataFrame(np.digitize(latent, [-2, 0, 2]) + 1, columns=list("abcd"))
    >>> result = irt(answers, values=(1, 4))
    >>> result.to_frame()["slope"].round(1).tolist()
    [1.4, 1.5, 1.7, 1.4]
    """
    if model is not None:
        check_word("model", model, MODELS)
    rule = _check_missing(missing)
    check_confidence(confidence)
    sample = take_sample(data, wave=wave, reverse=reverse, values=values)
    found, absent, said = _analyses(sample, scales, model, rule)
    emit(said)
    used = np.any([one.part.respondents for one in found], axis=0)
    parts: dict[str, list[dict[str, Any]]] = {name: [] for name in _PARTS}
    rows: list[dict[str, Any]] = []
    for one in found:
        rows += _item_rows(one, confidence)
        _fill(parts, one, confidence)
    items = {
        use.id: sample.instrument.items[use.id].text or use.id
        for one in found
        for use in one.part.scale.items
    }
    return ItemResponse(
        table=make_table(rows, COLUMNS),
        parts={name: make_table(parts[name], columns) for name, columns in _PARTS.items()},
        notes=(
            *sample.notes,
            *absent,
            *masked_notes(sample, [one.part.scale for one in found]),
            *_notes(found, rule),
            *dyad_notes(sample, used, "standard errors are then too small"),
        ),
        call={
            "verb": "irt",
            "scales": plain(scales),
            "model": model,
            "missing": rule,
            "confidence": confidence,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*sample.reader_warnings, *said])),
        labels={one.scale: one.part.scale.label for one in found} | items,
        models={one.scale: one.fit for one in found if one.fit is not None},
        items={one.scale: one.part.items for one in found if one.fit is not None},
        **provenance(sample, int(used.sum())),
    )


def irt_scores(
    data: Survey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    method: ScoreMethod = "eap",
    model: Model | ItemResponse | None = None,
    missing: Missing = "fiml",
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Score people by item response models: theta and its standard error, one row a respondent.

    Parameters
    ----------
    data
        A survey, or a plain table in which every column is an item of one scale.
    scales
        A selector, as for :func:`irt`.
    method
        ``eap``: mean of the posterior distribution. ``map``: its mode. ``ml``: the maximum of the
        likelihood, which is missing for people whose answers are all at one end.
    model
        As for :func:`irt`; or a result of it, whose parameters are then used as they are, so that
        waves or samples are scored on one metric.
    missing
        Whose answers the model is fitted to, as for :func:`irt`. Everyone with an answer is scored.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    DataFrame
        Index ``row``. The id columns that there are, then for each scale ``<id>`` and ``<id>_se``,
        in standard deviations of the people whom the model was fitted to. A person without an
        answer has no score.

    Raises
    ------
    UsageError
        When a word is unknown, or a given model has no such scale.
    Refusal, SurveyError
        As :func:`irt`.

    Warns
    -----
    DataWarning
        As :func:`irt`.

    References
    ----------
    Bock, R. D., & Mislevy, R. J. (1982). *Applied Psychological Measurement, 6*, 431-444. R:
    ``mirt::fscores``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> latent = 1.5 * rng.normal(size=(600, 1)) + rng.logistic(size=(600, 4))
    >>> answers = pd.DataFrame(np.digitize(latent, [-2, 0, 2]) + 1, columns=list("abcd"))
    >>> irt_scores(answers, values=(1, 4)).columns.tolist()
    ['scale', 'scale_se']
    """
    check_word("method", method, METHODS)
    rule = _check_missing(missing)
    sample = take_sample(data, wave=wave, reverse=reverse, values=values)
    if isinstance(model, ItemResponse):
        chosen, _ = choose_scales(sample, scales if scales is not None else list(model.models))
        unknown = [scale.id for scale in chosen if scale.id not in model.models]
        if unknown:
            raise UsageError(
                f"The model that is given has no parameters of {listing(unknown)}; it has those of "
                f"{listing(model.models)}."
            )
        fits = {scale.id: (model.models[scale.id], model.items[scale.id]) for scale in chosen}
        said = list(data_warnings(sample, (i for _, items in fits.values() for i in items)))
    else:
        if model is not None:
            check_word("model", model, MODELS)
        found, _, said = _analyses(sample, scales, model, rule)
        for one in found:
            if one.fit is None:
                said.append(f"{one.scale}: there are no scores; {one.obstacle}.")
        fits = {one.scale: (one.fit, one.part.items) for one in found if one.fit is not None}
    emit(dict.fromkeys(said))
    survey = sample.survey
    table = sample.people()
    for scale_id, (fit, items) in fits.items():
        ids = [use.id for use in survey.instrument.scales[scale_id].items]
        answers = sample.keyed(scale_id)[:, [ids.index(item) for item in items]]
        scores = person_scores(fit, answers, method=method)
        table[scale_id] = np.where(np.isfinite(scores.theta), scores.theta, np.nan)
        table[f"{scale_id}_se"] = scores.se
    return pd.DataFrame(table, index=survey.responses.index[sample.rows])


def _check_missing(missing: Missing) -> MissingRule:
    rule = by_likelihood(missing)
    check_word("missing", str(rule), MISSING_RULES)
    return "listwise" if rule == "listwise" else "fiml"


def _analyses(
    sample: Sample, scales: str | Sequence[str] | None, model: Model | None, missing: MissingRule
) -> tuple[list[_Analysis], tuple[str, ...], list[str]]:
    """Every scale's model, a note on scales that are absent, and what must be warned of."""
    chosen, absent = choose_scales(sample, scales)
    found = []
    for scale in chosen:
        part = prepare_scale(sample, scale, "listwise" if missing == "listwise" else "pairwise")
        one = _analysis(sample, part, model)
        if one.obstacle and (sample.is_frame or scales in (scale.id, [scale.id], (scale.id,))):
            _refuse_alone(one)
        found.append(one)
    said = [alarm.message + "." for one in found for alarm in one.part.alarms]
    said += [text for one in found for text in (*one.part.warnings, *one.warnings)]
    items = [item for one in found for item in one.part.items]
    said += data_warnings(sample, items)
    return found, absent, list(dict.fromkeys(said))


def _refuse_alone(one: _Analysis) -> None:
    """Raise where the only scale that was asked for is none that could have such a model."""
    scale = one.part.scale
    name = scale.id if scale.label == scale.id else f"{scale.id} ({scale.label})"
    if scale.model in NOT_APPLICABLE or len(scale.items) < _FEWEST:
        raise Refusal(f"No item response model is given for {name}: {one.obstacle}.")
    if one.model == "2pl" and one.obstacle.startswith(_TOO_MANY):
        raise UsageError(f"{name}: {one.obstacle}.")


def _analysis(sample: Sample, part: PreparedScale, model: Model | None) -> _Analysis:
    scale = part.scale
    kind: Model = model or ("2pl" if scale.model == "dichotomous_test" else "graded")
    obstacle = _obstacle(part, kind)
    if obstacle:
        return _Analysis(part, kind, None, obstacle, (), ())
    fit = graded_response(part.answers)
    said, notes = [], []
    if not fit.converged:
        endless = [i for i, a in zip(part.items, fit.slopes, strict=True) if abs(a) > _ENDLESS]
        obstacle = "the model did not converge: " + (
            f"the slope of {listing(endless, shown=_SHOWN)} grows without end, as that of an item "
            "which copies others does, or of one that too few people answered"
            if endless
            else "there are too few people for so many parameters, or items that say the same"
        )
        said.append(f"{scale.id}: {obstacle}. Leave out such an item, or ask for fewer items.")
        return _Analysis(part, kind, None, obstacle, tuple(said), ())
    if fit.n < _FEW:
        said.append(
            f"{scale.id}: {counted(fit.n, 'respondent')} are few for an item response model with "
            f"{counted(fit.n_parameters, 'parameter')}; fewer than {_FEW} leave slopes to chance, "
            "and 500 are advised (Reise & Yu, 1990)."
        )
    against = [i for i, a in zip(part.items, fit.slopes, strict=True) if a < 0]
    if against and not part.alarms:
        said.append(
            f"{scale.id}: {listing(against, shown=_SHOWN)} "
            f"{'has a negative slope' if len(against) == 1 else 'have negative slopes'}: a higher "
            "answer goes with less of the trait. Check the key."
        )
    steep = [i for i, a in zip(part.items, fit.slopes, strict=True) if abs(a) > _STEEP]
    if steep:
        said.append(
            f"{scale.id}: {listing(steep, shown=_SHOWN)} "
            f"{'has a slope' if len(steep) == 1 else 'have slopes'} beyond {_STEEP:g}, which "
            "mostly means items that repeat one another; such a slope and its standard error are "
            "not to be trusted."
        )
    unused = [
        f"{item} ({listing(f'{value:g}' for value in missing)})"
        for item in part.items
        if (missing := _unused(sample, part, item))
    ]
    if unused:
        notes.append(
            f"{scale.id}: categories that nobody used have no threshold of their own; "
            f"{listing(unused, shown=_SHOWN)}."
        )
    rare = [
        item
        for item, answers in zip(part.items, part.answers.T, strict=True)
        if np.unique(answers[~np.isnan(answers)], return_counts=True)[1].min() < _RARE
    ]
    if rare:
        notes.append(
            f"{scale.id}: fewer than {_RARE} people chose some category of "
            f"{listing(rare, shown=_SHOWN)}; the thresholds there are rough."
        )
    return _Analysis(part, kind, fit, "", tuple(said), tuple(notes))


def _obstacle(part: PreparedScale, kind: Model) -> str:
    """Why there is no model; empty when there may be one."""
    scale = part.scale
    if scale.model in NOT_APPLICABLE:
        return NOT_APPLICABLE[scale.model]
    needed = scale.min_valid * len(scale.items) - 1e-9
    if part.obstacle and (part.n < 2 or len(part.items) < max(needed, 2)):
        return part.obstacle  # what it says of covariances does not concern this model
    if len(part.items) < _FEWEST:
        return (
            f"{counted(len(part.items), 'item')} do not tell a slope for each; at least "
            f"{_FEWEST} are needed"
        )
    number_of = {
        item: len(np.unique(answers[~np.isnan(answers)]))
        for item, answers in zip(part.items, part.answers.T, strict=True)
    }
    several = [item for item, k in number_of.items() if k > 2]
    if kind == "2pl" and several:
        return (
            f"{_TOO_MANY}, and {listing(several, shown=_SHOWN)} "
            f"{'has' if len(several) == 1 else 'have'} more. Ask for the model graded"
        )
    many = [f"{item} ({k})" for item, k in number_of.items() if k > _MOST_CATEGORIES]
    if many:
        return (
            f"{listing(many, shown=_SHOWN)} {'has' if len(many) == 1 else 'have'} more than "
            f"{_MOST_CATEGORIES} different answers, too many for ordered categories"
        )
    return ""


def _unused(sample: Sample, part: PreparedScale, item: str) -> list[float]:
    """Categories of the response scale between and beyond those that somebody used."""
    answers = part.answers[:, part.items.index(item)]
    given = np.unique(answers[~np.isnan(answers)])
    declared = sample.instrument.response_scale(item)
    values: Sequence[float] = declared.values
    if part.scale.model == "dichotomous_test" or not (given == np.rint(given)).all():
        return []
    if not values:
        ends = declared.minimum, declared.maximum
        if not np.isfinite(ends).all() or ends[1] - ends[0] >= _MOST_CATEGORIES:
            ends = given[0], given[-1]
        values = list(np.arange(ends[0], ends[1] + 1))
    elif part.keyed[part.items.index(item)] < 0:
        values = [declared.minimum + declared.maximum - value for value in values]
    return [float(value) for value in sorted(values) if value not in given]


def _item_rows(one: _Analysis, confidence: float) -> list[dict[str, Any]]:
    part, fit = one.part, one.fit
    rows = []
    for use in part.scale.items:
        row: dict[str, Any] = {
            "scale": one.scale,
            "item": use.id,
            "keyed": use.keyed,
            "model": one.model,
            "n": 0,
            "categories": 0,
            "reason": one.obstacle,
        }
        if use.id not in part.items:
            why = part.left_out.get(use.id, "cannot be used")
            row["reason"] = one.obstacle or f"the item {why}"
            rows.append(row)
            continue
        place = part.items.index(use.id)
        answers = part.answers[:, place]
        given = answers[~np.isnan(answers)]
        row |= {"n": given.size, "categories": np.unique(given).size}
        if fit is not None:
            slope, se = float(fit.slopes[place]), float(fit.slopes_se[place])
            low, high = _ends(slope, se, confidence)
            location, location_se = _location(fit, place)
            row |= {"slope": slope, "slope_se": se, "slope_low": low, "slope_high": high}
            row |= {"location": location, "location_se": location_se, "reason": ""}
        rows.append(row)
    return rows


def _ends(estimate: float, se: float, confidence: float) -> tuple[float, float]:
    reach = float(ndtri((1 + confidence) / 2)) * se
    return estimate - reach, estimate + reach


def _location(fit: GradedResponse, place: int) -> tuple[float, float]:
    """Mean of an item's thresholds, and its standard error by the delta method."""
    k = fit.intercepts.shape[1] + 1
    there = np.isfinite(fit.intercepts[place])
    mean = float(fit.thresholds[place, there].mean())
    gradient = np.zeros(k)
    gradient[0] = -mean / fit.slopes[place]
    gradient[1:][there] = -1 / fit.slopes[place] / there.sum()
    own = slice(place * k, (place + 1) * k)
    block = np.nan_to_num(fit.covariance[own, own])
    return mean, float(np.sqrt(gradient @ block @ gradient))


def _fill(parts: dict[str, list[dict[str, Any]]], one: _Analysis, confidence: float) -> None:
    """Rows of one scale in every further table."""
    part, fit, scale = one.part, one.fit, {"scale": one.scale}
    about = scale | {"model": one.model, "n_items": len(part.items), "n": part.n}
    if fit is None:
        parts["fit"].append(about | {"converged": False, "reason": one.obstacle})
        return
    eap = person_scores(fit, part.answers)
    # sorted, so that the order of the rows leaves no trace
    variance, error = np.nanvar(np.sort(eap.theta)), np.nanmean(np.sort(eap.se) ** 2)
    parts["fit"].append(
        about
        | {
            "n_parameters": fit.n_parameters,
            "loglik": fit.loglik,
            "aic": fit.aic,
            "bic": fit.bic,
            "marginal_reliability": marginal_reliability(fit.slopes, fit.intercepts),
            "empirical_reliability": float(variance / (variance + error)),
            "nodes": fit.nodes,
            "converged": True,
            "reason": "",
        }
    )
    s_x2 = item_fit(fit, part.answers)
    adjusted = adjust_p(s_x2.p, "holm")
    for j, item in enumerate(part.items):
        for boundary in range(int(np.isfinite(fit.intercepts[j]).sum())):
            b, se = float(fit.thresholds[j, boundary]), float(fit.thresholds_se[j, boundary])
            low, high = _ends(b, se, confidence)
            parts["thresholds"].append(
                scale
                | {
                    "item": item,
                    "boundary": boundary + 1,
                    "from_category": fit.categories[j, boundary + 1],
                    "threshold": b,
                    "threshold_se": se,
                    "threshold_low": low,
                    "threshold_high": high,
                    "intercept": fit.intercepts[j, boundary],
                    "intercept_se": fit.intercepts_se[j, boundary],
                    "reason": "",
                }
            )
        no_test = np.isnan(s_x2.p[j])
        parts["item_fit"].append(
            scale
            | {
                "item": item,
                "n": s_x2.n,
                "s_x2": s_x2.statistic[j],
                "df": s_x2.df[j],
                "p": s_x2.p[j],
                "p_adjusted": adjusted[j],
                "rmsea": s_x2.rmsea[j],
                "reason": "too few people with every answer for a degree of freedom"
                if no_test
                else "",
            }
        )
    left = q3(fit, part.answers)
    mean = float(np.mean(left[np.triu_indices(len(left), 1)]))
    for j, i in zip(*np.nonzero(np.triu(left - mean > _DEPENDENT, 1)), strict=True):
        names = {"item": part.items[j], "other": part.items[i]}
        parts["local_dependence"].append(
            scale | names | {"q3": left[j, i], "above_mean": left[j, i] - mean}
        )
    each = item_information(fit.slopes, fit.intercepts, _THETA)
    for theta, information in zip(_THETA.tolist(), each.sum(axis=1).tolist(), strict=True):
        parts["information"].append(
            scale
            | {
                "theta": theta,
                "information": information,
                "se": 1 / np.sqrt(information),
                "reliability": information / (information + 1),
            }
        )
    for j, item in enumerate(part.items):
        parts["item_information"] += [
            scale | {"item": item, "theta": theta, "information": information}
            for theta, information in zip(_THETA.tolist(), each[:, j].tolist(), strict=True)
        ]


def _notes(found: Iterable[_Analysis], missing: MissingRule) -> tuple[str, ...]:
    """How the numbers of these scales came about."""
    given = [one for one in found if one.fit is not None]
    if not given:
        return ()
    notes = [note for one in given for note in one.notes]
    reversed_items = [item for one in given for item in one.part.reversed]
    if reversed_items:
        notes.append(
            "Reversed before every statistic (lowest + highest - answer): "
            f"{listing(reversed_items)}."
        )
    kinds = dict.fromkeys(one.model for one in given)
    notes.append(
        f"{listing(NAMES[kind] for kind in kinds).capitalize()}, fitted by marginal maximum "
        "likelihood over a standard normal trait: P(answer at or above a boundary) = 1 / (1 + "
        "exp(-a (θ - b))). Standard errors come from the observed information, intervals are "
        "symmetric (Wald)."
    )
    if missing == "listwise":
        notes.append("Listwise deletion: only who answered every item of a scale counts in it.")
    elif any(np.isnan(one.part.answers).any() for one in given):
        notes.append(
            "Missing answers: everyone with any answer counts, by full-information maximum "
            "likelihood, which is right where answers are missing at random. Item fit (S-X2) uses "
            "only people who answered every item."
        )
    notes.append(
        "The model assumes one trait behind all items of a scale; that is not tested here. Item "
        "fit is S-X2 (Orlando & Thissen, 2000; Kang & Chen, 2008). Its p values are adjusted by "
        "Holm's method for the family of a scale's items. Pairs of items whose Q3 is more "
        "than .2 above the mean of all pairs are listed as locally dependent."
    )
    if len(given) > _SHOWN_CURVES:
        notes.append(
            f"Information is shown for at most {_SHOWN_CURVES} scales at a time (--scale, scales= "
            "in Python); --json has it for all."
        )
    return tuple(notes)
