"""Who lies beyond an established cut-off, and how well does another score tell? With ROC curves."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, SurveyError, UsageError, check_word
from detachment.estimates._cells import (
    Cells,
    Design,
    Options,
    columns_of,
    interval_note,
    other_columns,
    take_cells,
    take_design,
    take_shares,
)
from detachment.estimates._result import Result, make_table, rounded
from detachment.estimates._scales import (
    Floats,
    check_confidence,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import (
    aside,
    in_words,
    likely,
    not_given,
    people,
    whole_percent,
)
from detachment.estimates._study import Measure, Selector, Study, take_study
from detachment.instruments import Cutoff, Scale
from detachment.scoring import item_ends, present_items, select_scales
from detachment.stats.roc import Auc, Roc, auc, auc_difference, roc_curve
from detachment.text import bounded, count, counted, interval, level, listing, number, percent
from detachment.validation import Survey

Direction = Literal["higher", "lower"]
SCREENING = "Screening, not diagnosis."
OPTIMISTIC = (
    "A threshold that is chosen because it does best in these data does worse in others: its "
    "sensitivity and specificity are too optimistic. Check it in other people before it is used."
)
COLUMNS = {
    "scale": "str",
    "cutoff": "str",
    "direction": "str",
    "value": "float64",
    "by": "str",
    "group": "str",
    "wave": "str",
    "n": "Int64",
    "present": "Int64",
    "share": "float64",
    "low": "float64",
    "high": "float64",
    "n_effective": "float64",
    "deff": "float64",
    "missing": "Int64",
    "source": "str",
    "verified": "boolean",
    "reason": "str",
}
_AUC = {
    "predictor": "str",
    "criterion": "str",
    "condition": "str",
    "direction": "str",
    "n": "Int64",
    "n_condition": "Int64",
    "n_other": "Int64",
    "auc": "float64",
    "low": "float64",
    "high": "float64",
    "se": "float64",
    "method": "str",
    "reason": "str",
}
_POINTS = {
    "predictor": "str",
    "threshold": "float64",
    "rule": "str",
    "sensitivity": "float64",
    "specificity": "float64",
}
_THRESHOLDS = {
    "predictor": "str",
    "threshold": "float64",
    "rule": "str",
    "chosen": "str",
    "sensitivity": "float64",
    "sensitivity_low": "float64",
    "sensitivity_high": "float64",
    "specificity": "float64",
    "specificity_low": "float64",
    "specificity_high": "float64",
    "true_positive": "Int64",
    "false_negative": "Int64",
    "true_negative": "Int64",
    "false_positive": "Int64",
    "youden": "float64",
}
_COMPARISONS = {
    "first": "str",
    "second": "str",
    "n": "Int64",
    "difference": "float64",
    "low": "float64",
    "high": "float64",
    "se": "float64",
    "z": "float64",
    "p": "float64",
    "method": "str",
    "reason": "str",
}
_SIGNS = {"<": "below", "<=": "at_or_below", ">": "above", ">=": "at_or_above"}
_WRITTEN = {"below": "<", "at_or_below": "≤", "above": ">", "at_or_above": "≥"}
_RULE = re.compile(r"\s*(<=|>=|<|>|≤|≥)\s*([-+]?\d+(?:[.,]\d+)?)\s*")
_FEW = 10  # with or without a condition: a curve of fewer says next to nothing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Cutoffs(Result):
    """Shares of people beyond cut-offs, one row a scale, cut-off and group."""

    def _plain(self) -> Iterable[str]:
        for row in self.table.to_dict(orient="records"):
            where = f" ({row['group']})" if row["group"] else ""
            side = row["direction"].replace("_", " ").replace("at or", "at or")
            what = f"{self.named(row['scale'])}{where}, {side} {row['value']:g}"
            if np.isnan(row["share"]):
                yield not_given(what, row["reason"])
                continue
            ends = likely(row["low"], row["high"], whole_percent)
            yield f"{what}: {in_words(row['share'])} of the people{aside(ends, people(row['n']))}."
        for row in self.parts["auc"].to_dict(orient="records") if "auc" in self.parts else ():
            what = f"{self.named(row['predictor'])} and {row['condition']}"
            if np.isnan(row["auc"]):
                yield not_given(what, row["reason"])
                continue
            n = f"n = {count(row['n_condition'])} with and {count(row['n_other'])} without"
            yield (
                f"{what}: of one person with it and one without, the score points to the right one "
                f"{round(100 * row['auc'])} times in 100"
                f"{aside(likely(100 * row['low'], 100 * row['high'], _whole), n)}; guessing would "
                "do so 50 times."
            )

    def _meaning(self) -> Iterable[str]:
        yield (
            "A cut-off sorts people for a closer look. It is no diagnosis: some people beyond it "
            "are well, and some who are not well are not beyond it."
        )

    def _apa(self) -> Iterable[str]:
        sure = level(self.call["confidence"])
        lines = []
        for row in self.table.to_dict(orient="records"):
            where = f" ({row['group']})" if row["group"] else ""
            what = f"{self.named(row['scale'])}{where}, {row['cutoff']} ({_side(row)})"
            if np.isnan(row["share"]):
                lines.append(f"{what}: no share; {row['reason']}.")
                continue
            doubt = "" if row["verified"] else ", not verified"
            source = f"; {row['source']}{doubt}" if row["source"] else ""
            lines.append(
                f"{what}: {percent(row['share'], 1)} of n = "
                f"{counted(row['n'], 'person', 'people')}, {sure} CI "
                f"{_percents(row['low'], row['high'])}{source}."
            )
        for row in self.parts["auc"].to_dict(orient="records") if "auc" in self.parts else ():
            head = f"{self.named(row['predictor'])} and {row['condition']}"
            if np.isnan(row["auc"]):
                lines.append(f"{head}: no curve; {row['reason']}.")
                continue
            ends = interval(row["low"], row["high"])
            lines.append(
                f"{head} (n = {count(row['n_condition'])} with and {count(row['n_other'])} "
                f"without): AUC = {bounded(row['auc'])}"
                + (f", {sure} CI {ends}" if ends != "–" else f" ({row['reason']})")
                + f"; {row['direction']} scores speak for it."
            )
        return [*lines, SCREENING]

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        shown: dict[str, Any] = {"Scale": table["scale"].map(self.label)}
        shown["Cut-off"] = table["cutoff"].where(table["source"] != "", "given")
        shown["Score"] = [_side(row) for row in table.to_dict(orient="records")]
        if (table["group"] != "").any():
            shown["Group"] = table["group"]
        shown |= {
            "n": table["n"].map(count),
            "Beyond": table["present"].map(count),
            "Share": table["share"].map(lambda x: percent(x, 1)),
            f"{level(self.call['confidence'])} CI": [
                _percents(*pair) for pair in zip(table["low"], table["high"], strict=True)
            ],
            "Missing": table["missing"].map(count),
            "Source": [
                f"{source}{'' if verified else ' (not verified)'}" if source else "–"
                for source, verified in zip(table["source"], table["verified"], strict=True)
            ],
        }
        return pd.DataFrame(shown)

    def display_all(self) -> list[tuple[str, pd.DataFrame]]:
        """Titles and tables in the order of reading; of a curve alone no empty table."""
        shown = Result.display_all(self)
        return shown[1:] if self.table.empty and len(shown) > 1 else shown

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts; every point of the curves stays in ``parts``."""
        shown: dict[str, pd.DataFrame] = {}
        if "auc" not in self.parts:
            return shown
        sure = level(self.call["confidence"])
        area = self.parts["auc"]
        shown["Area under the ROC curve"] = pd.DataFrame(
            {
                "Predictor": area["predictor"].map(self.label),
                "Condition": area["condition"],
                "Speaks for it": area["direction"] + " scores",
                "With": area["n_condition"].map(count),
                "Without": area["n_other"].map(count),
                "AUC": area["auc"].map(bounded),
                f"{sure} CI": [interval(*p) for p in zip(area["low"], area["high"], strict=True)],
                "Interval": area["method"],
            }
        )
        points = self.parts["thresholds"]
        if len(points):
            shown["Thresholds"] = pd.DataFrame(
                {
                    "Predictor": points["predictor"].map(self.label),
                    "Positive": points["rule"],
                    "Chosen": points["chosen"],
                    "Sensitivity": points["sensitivity"].map(lambda x: percent(x, 1)),
                    f"{sure} CI": _of_points(points, "sensitivity"),
                    "Specificity": points["specificity"].map(lambda x: percent(x, 1)),
                    f"{sure} CI ": _of_points(points, "specificity"),
                }
            )
        pairs = self.parts.get("comparisons")
        if pairs is not None:
            frame = rounded(pairs.drop(columns=["low", "high", "se", "reason"]))
            ends = [interval(*p, 3) for p in zip(pairs["low"], pairs["high"], strict=True)]
            frame["Difference"] = pairs["difference"].map(lambda x: bounded(x, 3))
            frame.insert(4, f"{sure} CI", ends)
            for name in ("First", "Second"):
                frame[name] = frame[name].map(self.label)
            shown["Differences of areas, in the same people"] = frame
        return shown

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part in ("roc", "thresholds") and column == "threshold":
            return "stricter than any score: nobody is positive"
        return Result.why_missing(self, part, column)


def cutoffs(
    data: Survey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    cutoff: str | None = None,
    predictor: Selector | None = None,
    criterion: str | None = None,
    direction: Direction | None = None,
    thresholds: Sequence[float] = (),
    by: str | None = None,
    reference: str | None = None,
    confidence: float = 0.95,
    wave: int | str | None = None,
    dyad: str | None = None,
    cluster: str | None = None,
    weight: str | None = None,
    strata: str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Cutoffs:
    """Share of people beyond the cut-offs of established measures; ROC curves of other scores.

    An established measure joins a survey as a slot: copy ``response_scales``, ``items`` and
    ``scales`` of its file (such as ``schemas/instruments/ras.yaml``) into a copy of your own
    instrument file under the same three headings, give each item the ``column:`` that your export
    has for it, and read the export with that file (``--instrument FILE``; ``instrument=`` of
    ``read_survey``).

    Parameters
    ----------
    data
        A survey, or a plain table with one column a score.
    scales
        A selector of scales; by default every scale in the data that declares a cut-off. Of a
        plain table its columns of scores.
    cutoff
        The cut-off: the name of a declared one, or a rule such as ``"< 13.5"`` or ``">= 3"``, which
        a plain table needs. With a criterion it is the criterion's; by default the first declared.
    predictor
        A selector of the scores (one or several) whose ROC curves are asked for.
    criterion
        What they are to tell: a scale with a cut-off, or a column of 0 and 1.
    direction
        Whether ``higher`` or ``lower`` scores of the predictors speak for the condition. By default
        as the instrument's expected signs and the side of the cut-off say, and higher where they do
        not say; never as the data say, which would flatter the curve.
    thresholds
        Of the predictors, to be shown beside the one with the largest Youden index.
    by, reference
        Metadata column whose groups have rows of their own in the table, and the first of them.
    confidence
        Of the intervals, between 0 and 1.
    wave
        Which wave of a survey; the first by default.
    dyad, cluster, weight, strata
        As for :func:`~detachment.prevalence`. Curves are not weighted.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Cutoffs
        One row a scale, cut-off and group: ``scale, cutoff, direction, value, by, group, wave, n,
        present, share, low, high, n_effective, deff, missing, source, verified, reason``.
        ``present`` counts who lies on the side that the cut-off is about. With a criterion
        ``parts["auc"]`` has the areas under the curves with DeLong's interval (Obuchowski's where
        partners are in the data), ``parts["thresholds"]`` sensitivity and specificity with Wilson's
        intervals, ``parts["roc"]`` every point of the curves, and ``parts["comparisons"]`` of
        several predictors the differences of their areas in the same people.

    Raises
    ------
    Refusal
        For a predictor that is the criterion itself.
    UsageError
        When a word is unknown, a rule cannot be read, or one of predictor and criterion is missing.
    SurveyError
        When no scale in the data declares a cut-off, or nobody has a score.

    Warns
    -----
    DataWarning
        Answers off their scale, columns in doubt, doubtful keys; a threshold found in these data;
        a predictor that shares content with the criterion.

    References
    ----------
    DeLong, E. R., DeLong, D. M., & Clarke-Pearson, D. L. (1988). *Biometrics, 44*, 837-845.
    Obuchowski, N. A. (1997). *Biometrics, 53*, 567-578. Wilson, E. B. (1927). *Journal of the
    American Statistical Association, 22*, 209-212. R: ``pROC``, ``prop.test``.

    Examples
    --------
    >>> table = pd.DataFrame({"csi": [5, 12, 13, 14, 18, 20], "signs": [4, 3, 2, 3, 1, 2]})
    >>> cutoffs(table, scales=["csi"], cutoff="< 13.5").table["share"].tolist()
    [0.5]
    """
    check_confidence(confidence)
    if direction is not None:
        check_word("direction", direction, ("higher", "lower"))
    if (predictor is None) != (criterion is None):
        raise UsageError(
            "A ROC curve needs both: predictor names the score that is to tell, criterion what it "
            "is to tell (a scale with a cut-off, or a column of 0 and 1)."
        )
    if isinstance(data, pd.DataFrame) and wave is not None:
        raise UsageError("wave: of a plain table, take the rows of one wave before.")
    options: Options = {"by": by, "dyad": dyad, "cluster": cluster, "weight": weight,
                        "strata": strata, "wave": None}  # fmt: skip
    asked = _scales(data, scales, cutoff, criterion, options)
    study = take_study(
        data,
        measures={"scales": asked, "predictor": predictor, "criterion": criterion},
        columns=columns_of(data, options, ("dyad", "wave")),
        wave=wave,
        reverse=reverse,
        values=values,
    )
    cells = take_cells(study, by=by, reference=reference)
    design = take_design(study, cluster=cluster)
    rules = {m.id: _rules(study, m, cutoff) for m in study.measures["scales"]}
    curves = None
    if criterion is not None:
        curves = _Curves.of(study, design, cutoff, direction, [float(t) for t in thresholds])
    doubts = [] if curves is None else curves.doubts()
    emit([*study.warnings, *doubts])
    parts = {} if curves is None else curves.parts(confidence)
    scored = [m.variable.scale for m in study.every.values() if m.variable and m.variable.scale]
    used = np.isfinite(study.matrix("scales", "criterion")).any(axis=1) & (cells.code >= 0)
    table = _table(study, rules, cells, design, confidence)
    return Cutoffs(
        table=table,
        parts=parts,
        notes=(
            SCREENING,
            *study.notes,
            *masked_notes(study.sample, {s.id: s for s in scored}.values()),
            *cells.notes,
            *_notes(table, design, curves),
        ),
        call={
            "verb": "cutoffs",
            "scales": plain(scales),
            "cutoff": cutoff,
            "predictor": plain(predictor),
            "criterion": criterion,
            "direction": direction,
            "thresholds": [float(t) for t in thresholds],
            "reference": reference,
            "confidence": confidence,
            **options,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*study.sample.reader_warnings, *study.warnings, *doubts])),
        labels=study.labels,
        **provenance(study.sample, int(used.sum())),
    )


def _scales(
    data: Survey | pd.DataFrame,
    scales: str | Sequence[str] | None,
    cutoff: str | None,
    criterion: str | None,
    options: Options,
) -> list[str]:
    """Scales of the table of cut-offs; none where only a curve is asked for and none declares."""
    rule = None if cutoff is None else _read_rule(cutoff)
    if isinstance(data, pd.DataFrame):
        if scales is not None:
            named = [scales] if isinstance(scales, str) else [str(name) for name in scales]
        else:
            named = other_columns(data, options) if criterion is None else []
            named = [criterion] if criterion is not None and rule is not None else named
        if named and rule is None:
            raise UsageError(
                "cutoff: a plain table declares no cut-offs; give the rule, such as '< 13.5'."
            )
        return named
    there = [s for s in data.instrument.scales.values() if present_items(data, s)]
    declared = [s.id for s in there if s.cutoffs]
    if scales is None:
        if not declared and criterion is None:
            raise SurveyError(
                f"No scale of {data.instrument.id} that is in these data declares a cut-off: there "
                "are no published thresholds to compare with. Established measures that have one "
                "join as slots (`detachment cutoffs --help` says how, `detachment instrument list` "
                "which there are)."
            )
        if rule is not None and criterion in {s.id for s in there}:
            return [str(criterion)]
        return declared
    chosen = select_scales(data.instrument, scales)
    without = [s.id for s in chosen if not s.cutoffs]
    if without and rule is None:
        others = f" ({listing(declared)} does)" if declared else ""
        raise UsageError(
            f"{listing(without, shown=5)} declares no cut-off{others}. Give a rule with its "
            "source in your report, such as --cutoff '< 13.5' (cutoff= in Python)."
        )
    return [s.id for s in chosen]


def _read_rule(text: str) -> Cutoff | None:
    """A rule such as ``< 13.5`` as a cut-off; None where the text is a name."""
    found = _RULE.fullmatch(text)
    if found is None:
        return None
    sign = found[1].replace("≤", "<=").replace("≥", ">=")
    side: Any = _SIGNS[sign]
    value = float(found[2].replace(",", "."))
    return Cutoff(name=f"{sign} {value:g}", value=value, direction=side, source="", verified=False)


def _rules(study: Study, measure: Measure, cutoff: str | None) -> tuple[Cutoff, ...]:
    """Cut-offs of one scale: the rule given, the declared one of that name, or all declared."""
    scale = _scale_of(measure)
    declared = () if scale is None or study.sample.is_frame else scale.cutoffs
    rule = None if cutoff is None else _read_rule(cutoff)
    if rule is not None:
        _check_within(study, scale, rule)
        return (rule,)
    if cutoff is None:
        return declared
    named = tuple(c for c in declared if c.name == cutoff)
    if declared and not named and len(study.measures["scales"]) == 1:
        check_word("cutoff", cutoff, [c.name for c in declared])
    return named or declared


def _scale_of(measure: Measure) -> Scale | None:
    """The scale whose score a measure is."""
    return None if measure.variable is None or measure.variable.item else measure.variable.scale


def _check_within(study: Study, scale: Scale | None, rule: Cutoff) -> None:
    """Refuse a rule on another metric than the score's."""
    if scale is None or study.sample.is_frame:
        return
    lowest, highest = (ends.mean() for ends in item_ends(study.sample.instrument, scale))
    times = 1 if scale.score == "mean" else len(scale.items)
    low, high = times * lowest, times * highest
    if not low <= rule.value <= high:
        raise UsageError(
            f"cutoff {rule.name}: scores of {scale.id} lie between {low:g} and {high:g} (it is a "
            f"{'mean' if scale.score == 'mean' else 'sum'})."
        )


def _beyond(x: Floats, rule: Cutoff) -> Floats:
    """1 on the side that a cut-off is about, 0 on the other, NaN without a score."""
    # means of answers are not exact: what is a hair off the threshold is on it
    at = np.isclose(x, rule.value, rtol=0, atol=1e-9)
    side = x < rule.value if "below" in rule.direction else x > rule.value
    side = (side & ~at) | (at & rule.direction.startswith("at_or"))
    return np.where(np.isnan(x), np.nan, side).astype(np.float64)


def _table(
    study: Study,
    rules: Mapping[str, tuple[Cutoff, ...]],
    cells: Cells,
    design: Design,
    confidence: float,
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    waves = study.words("wave")
    wave = "" if waves is None or not len(waves) else str(waves[0])
    for measure in study.measures["scales"]:
        for rule in rules[measure.id]:
            marks = _beyond(measure.x, rule)
            shares = take_shares(marks[:, None], cells.code, cells.count, design, confidence)
            for cell in range(cells.count):
                row: dict[str, Any] = {
                    "scale": measure.id,
                    "cutoff": rule.name,
                    "direction": rule.direction,
                    "value": rule.value,
                    **cells.label(cell),
                    **shares.row(0, cell),
                    "missing": int(((cells.code == cell) & np.isnan(marks)).sum()),
                    "source": rule.source,
                    "verified": rule.verified if rule.source else None,
                }
                row["wave"] = wave
                row["reason"] = "" if row["n"] else "nobody here has a score"
                if row["n"] and np.isnan(row["low"]):
                    row["reason"] = "no interval: too few clusters"
                rows.append(row)
    return make_table(rows, COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Curves:
    """What the ROC curves of several predictors of one condition need.

    Attributes
    ----------
    predictors, sides
        And whether higher (1) or lower (-1) scores speak for the condition.
    x
        Scores times their sides of who has all of them and the criterion, NaN else, (rows, p).
    positive
        Whether each row has the condition, NaN where that is not known, (rows,).
    criterion, condition
        What is to be told, in words.
    rule
        The cut-off that makes it; None of a column of 0 and 1.
    """

    predictors: Sequence[Measure]
    sides: NDArray[np.int64]
    x: Floats
    positive: Floats
    criterion: Measure
    condition: str
    rule: Cutoff | None
    others: tuple[Cutoff, ...]
    thresholds: Sequence[float]
    clusters: NDArray[np.int64] | None
    weighted: bool
    declared: bool

    @classmethod
    def of(
        cls,
        study: Study,
        design: Design,
        cutoff: str | None,
        direction: Direction | None,
        thresholds: Sequence[float],
    ) -> "_Curves":
        """Gather it, and refuse a condition that nobody can have."""
        criterion, predictors = study.one("criterion"), study.measures["predictor"]
        if criterion.id in {m.id for m in predictors}:
            raise Refusal(
                f"{criterion.id} cannot be the predictor of its own cut-off: the curve would say "
                "that a score agrees with itself. Name another predictor."
            )
        positive, condition, rule, others = _condition(study, criterion, cutoff)
        expected = np.array([_expected(study, m, criterion, rule) for m in predictors])
        sides = np.where(expected == 0, 1, expected)
        if direction is not None:
            sides = np.full(len(predictors), 1 if direction == "higher" else -1)
        x = np.column_stack([m.x for m in predictors]) * sides
        used = np.isfinite(x).all(axis=1) & np.isfinite(positive)
        return cls(
            predictors=predictors,
            sides=sides,
            x=np.where(used[:, None], x, np.nan),
            positive=np.where(used, positive, np.nan),
            criterion=criterion,
            condition=condition,
            rule=rule,
            others=others,
            thresholds=thresholds,
            clusters=design.clusters,
            weighted=design.weights is not None,
            declared=direction is None and bool((expected != 0).all()),
        )

    def doubts(self) -> list[str]:
        """What makes the curves look better than they are."""
        said = []
        mine = set(self.criterion.items)
        for predictor in self.predictors:
            shared = mine & set(predictor.items)
            scales = [m.variable.scale for m in (predictor, self.criterion) if m.variable]
            overlaps = {name for s in scales if s is not None for name in s.overlaps}
            named = {predictor.id, self.criterion.id, *predictor.items, *self.criterion.items}
            if shared:
                said.append(
                    f"{predictor.id} and {self.criterion.id} share "
                    f"{counted(len(shared), 'item')}: a part of the area under the curve is built "
                    "in."
                )
            elif overlaps & named:
                said.append(
                    f"{predictor.id} and {self.criterion.id} share content, as the instrument "
                    f"says ({listing(sorted(overlaps & named), shown=3)}): a part of the area "
                    "under the curve is built in."
                )
        few = min(int((self.positive == 1).sum()), int((self.positive == 0).sum()))
        if 0 < few < _FEW:
            said.append(
                f"Only {counted(few, 'person is', 'people are')} on one side of "
                f"{self.condition}: a ROC curve of fewer than {_FEW} says next to nothing."
            )
        if few:
            said.append(OPTIMISTIC)
        return said

    def parts(self, confidence: float) -> dict[str, pd.DataFrame]:
        """Areas, points, thresholds, and comparisons of several predictors."""
        areas = auc(self.x, self.positive, clusters=self.clusters)
        curves = [roc_curve(self.x[:, j], self.positive) for j in range(len(self.predictors))]
        parts = {
            "auc": self._areas(areas, confidence),
            "thresholds": self._chosen(curves, confidence),
            "roc": self._every_point(curves),
        }
        if len(self.predictors) > 1:
            parts["comparisons"] = self._comparisons(areas, confidence)
        return parts

    @property
    def method(self) -> str:
        """Whose variance it is."""
        return "DeLong" if self.clusters is None else "Obuchowski (clusters)"

    def _areas(self, areas: Auc, confidence: float) -> pd.DataFrame:
        low, high = areas.interval(confidence)
        rows = []
        for j, predictor in enumerate(self.predictors):
            reason = ""
            if np.isnan(areas.auc[j]):
                reason = f"nobody is on one side of {self.condition}"
            elif np.isnan(low[j]):
                reason = "no interval: the predictor does not vary"
                if min(areas.n_positive, areas.n_negative) < 2:
                    reason = "no interval: one person on one side"
                elif areas.auc[j] in (0, 1):
                    reason = "no interval: the scores of both groups do not overlap"
            rows.append(
                {
                    "predictor": predictor.id,
                    "criterion": self.criterion.id,
                    "condition": self.condition,
                    "direction": "higher" if self.sides[j] > 0 else "lower",
                    "n": areas.n_positive + areas.n_negative,
                    "n_condition": areas.n_positive,
                    "n_other": areas.n_negative,
                    "auc": areas.auc[j],
                    "low": low[j],
                    "high": high[j],
                    "se": areas.se[j],
                    "method": self.method,
                    "reason": reason,
                }
            )
        return make_table(rows, _AUC)

    def _every_point(self, curves: Sequence[Roc]) -> pd.DataFrame:
        frames = [
            pd.DataFrame(
                {
                    "predictor": self.predictors[j].id,
                    "threshold": self._threshold(j, curve),
                    "rule": [self._rule(j, t) for t in self._threshold(j, curve)],
                    "sensitivity": curve.sensitivity,
                    "specificity": curve.specificity,
                }
            )
            for j, curve in enumerate(curves)
        ]
        return pd.concat(frames, ignore_index=True).astype(_POINTS)

    def _threshold(self, j: int, curve: Roc) -> Floats:
        """Thresholds on the predictor's own side; NaN where nobody is positive."""
        end = np.where(np.isfinite(curve.threshold), curve.threshold, np.nan)
        return np.asarray(self.sides[j] * end, dtype=np.float64)

    def _rule(self, j: int, threshold: float) -> str:
        if np.isnan(threshold):
            return "nobody"
        return f"{'≥' if self.sides[j] > 0 else '≤'} {threshold:.4g}"

    def _chosen(self, curves: Sequence[Roc], confidence: float) -> pd.DataFrame:
        rows: list[dict[str, Any]] = []
        design = Design(clusters=self.clusters, weights=None, strata=None, noun="", notes=())
        code = np.where(np.isnan(self.positive), -1, self.positive).astype(np.int64)
        for j, curve in enumerate(curves):
            if curve.n_positive == 0 or curve.n_negative == 0:
                continue
            wanted = {curve.youden: "largest Youden index"}
            for given in self.thresholds:  # the mildest score that still counts as positive
                place = int(np.sum(curve.threshold >= self.sides[j] * given - 1e-9)) - 1
                wanted[place] = f"{wanted[place]}, given" if place in wanted else "given"
            for place in sorted(wanted):
                above = (self.x[:, j] >= curve.threshold[place]).astype(np.float64)
                right = np.where(code == 1, above, 1 - above)  # of those without: below it
                shares = take_shares(right[:, None], code, 2, design, confidence)
                hit, quiet = int(shares.present[0, 1]), int(shares.present[0, 0])
                rows.append(
                    {
                        "predictor": self.predictors[j].id,
                        "threshold": self._threshold(j, curve)[place],
                        "rule": self._rule(j, self._threshold(j, curve)[place]),
                        "chosen": wanted[place],
                        "sensitivity": shares.share[0, 1],
                        "sensitivity_low": shares.low[0, 1],
                        "sensitivity_high": shares.high[0, 1],
                        "specificity": shares.share[0, 0],
                        "specificity_low": shares.low[0, 0],
                        "specificity_high": shares.high[0, 0],
                        "true_positive": hit,
                        "false_negative": curve.n_positive - hit,
                        "true_negative": quiet,
                        "false_positive": curve.n_negative - quiet,
                        "youden": shares.share[0, 1] + shares.share[0, 0] - 1,
                    }
                )
        return make_table(rows, _THRESHOLDS)

    def _comparisons(self, areas: Auc, confidence: float) -> pd.DataFrame:
        k = len(self.predictors)
        pairs = [(i, j) for i in range(k) for j in range(i + 1, k)]
        d = auc_difference(areas, [i for i, _ in pairs], [j for _, j in pairs], confidence)
        rows = [
            {
                "first": self.predictors[i].id,
                "second": self.predictors[j].id,
                "n": areas.n_positive + areas.n_negative,
                "difference": d.difference[row],
                "low": d.low[row],
                "high": d.high[row],
                "se": d.se[row],
                "z": d.z[row],
                "p": d.p[row],
                "method": self.method,
                "reason": "" if np.isfinite(d.p[row]) else "no test: both order people alike",
            }
            for row, (i, j) in enumerate(pairs)
        ]
        return make_table(rows, _COMPARISONS)


def _condition(
    study: Study, criterion: Measure, cutoff: str | None
) -> tuple[Floats, str, Cutoff | None, tuple[Cutoff, ...]]:
    """Who has the condition, in words which, its cut-off, and the other cut-offs declared."""
    scale = _scale_of(criterion)
    declared = () if scale is None or study.sample.is_frame else scale.cutoffs
    rule = None if cutoff is None else _read_rule(cutoff)
    if rule is None and declared:
        if cutoff is not None:
            check_word("cutoff", cutoff, [c.name for c in declared])
        rule = next(c for c in declared if cutoff in (None, c.name))
    known = criterion.x[np.isfinite(criterion.x)]
    if rule is None:
        if not np.isin(known, (0, 1)).all():
            raise UsageError(
                f"criterion: {criterion.id} declares no cut-off and is no column of 0 and 1. Give "
                "a rule: --cutoff '< 13.5' (cutoff= in Python)."
            )
        return criterion.x, f"{criterion.id} is 1", None, ()
    _check_within(study, scale, rule)
    label = f"{rule.name}, " if rule.source else ""
    condition = f"{criterion.id} {_WRITTEN[rule.direction]} {rule.value:g}"
    others = tuple(c for c in declared if c is not rule)
    return _beyond(criterion.x, rule), f"{label}{condition}", rule, others


def _expected(study: Study, predictor: Measure, criterion: Measure, rule: Cutoff | None) -> int:
    """Sign that the predictor should have with the condition, as the instrument says; 0: unsaid."""
    if study.sample.is_frame or rule is None:
        return 0
    scales = [m.variable.scale if m.variable else None for m in (predictor, criterion)]
    signs = [
        0 if s is None else 1 if s.role == "sign" and not s.expected_sign else s.expected_sign
        for s in scales
    ]
    return signs[0] * signs[1] * (-1 if "below" in rule.direction else 1)


def _notes(table: pd.DataFrame, design: Design, curves: _Curves | None) -> list[str]:
    notes: list[str] = []
    unsure = table[(table["source"] != "") & ~table["verified"].fillna(value=True).astype(bool)]
    if len(unsure):
        which = dict.fromkeys(
            f"{row['scale']} {row['cutoff']} ({row['source']})"
            for row in unsure.to_dict(orient="records")
        )
        notes.append(
            f"Not verified: {listing(which, shown=5)}. Such a cut-off stands in the instrument "
            "file from memory of the literature; look it up before you report it."
        )
    if (table["source"] == "").any():
        notes.append("A rule given by hand has no source here: name one in your report.")
    notes += design.notes
    if len(table):
        notes.append(interval_note(design))
    if curves is None:
        return notes
    if curves.others:
        notes.append(
            f"{curves.criterion.id} declares further cut-offs "
            f"({listing(c.name for c in curves.others)}); the curve is of "
            f"{curves.condition}. Choose with --cutoff (cutoff= in Python)."
        )
    notes.append(
        f"Curves are of {counted(int(np.isfinite(curves.positive).sum()), 'person', 'people')} "
        "with every predictor and the criterion. "
        + (
            "Which side of a predictor speaks for the condition follows from the instrument's "
            "expected signs."
            if curves.declared
            else "Which side of a predictor speaks for the condition was not looked up in the data."
        )
        + f" Intervals of areas: {curves.method}"
        + (
            ", who allows for members of one cluster; those of sensitivity and specificity are "
            "Wilson's on the effective n."
            if curves.clusters is not None
            else "; of sensitivity and specificity: Wilson's."
        )
    )
    if curves.weighted:
        notes.append("Curves are not weighted.")
    return notes


def _side(row: Mapping[Any, Any]) -> str:
    return f"{_WRITTEN[row['direction']]} {row['value']:g}"


def _whole(value: float) -> str:
    return number(value, 0)


def _percents(low: float, high: float) -> str:
    return "–" if np.isnan(low) else f"[{percent(low, 1)}, {percent(high, 1)}]"


def _of_points(points: pd.DataFrame, name: str) -> list[str]:
    pairs = zip(points[f"{name}_low"], points[f"{name}_high"], strict=True)
    return [_percents(*pair) for pair in pairs]
