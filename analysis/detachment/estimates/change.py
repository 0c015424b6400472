"""What changed between waves, and more than in a control arm? People, means, reliable change."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, SurveyError, UsageError, check_word
from detachment.estimates._change_rows import (
    EVERYONE,
    Arms,
    Row,
    Sampling,
    baseline_rows,
    change_rows,
    comparison_rows,
    dropout_rows,
    flow_rows,
)
from detachment.estimates._groups import MOST_GROUPS
from detachment.estimates._growth import growth_rows
from detachment.estimates._panel import Bools, Panel, rows_of_wave, take_panel
from detachment.estimates._reliable_changes import (
    Better,
    ReliableChanges,
    check_reliability,
    check_sd,
)
from detachment.estimates._result import Result, make_table, rounded
from detachment.estimates._scales import (
    Floats,
    check_boot,
    check_confidence,
    emit,
    masked_notes,
    plain,
    provenance,
    take_seed,
)
from detachment.estimates._sentences import (
    aside,
    by_chance,
    in_words,
    likely_more,
    more,
    not_given,
    people,
)
from detachment.estimates._study import Measure, Study, take_study
from detachment.estimates._words import as_words, declared_order
from detachment.instruments import Scale
from detachment.scoring import present_items
from detachment.text import (
    DASH,
    bounded,
    count,
    counted,
    interval,
    level,
    listing,
    number,
    p_statement,
    p_value,
    percent,
)
from detachment.validation import Survey

Design = Literal["change", "effect"]
_METHODS = {"ancova": "ANCOVA", "change_score": "change score"}
NO_EFFECT = (
    "Change in one group is no effect of anything: without a control arm, time, regression to the "
    "mean, repeated answering and whatever else happened in between are in it too."
)
NO_CONTROL = f"{NO_EFFECT} These numbers describe how scores changed."
MAR = (
    "Everything that compares waves rests on people with both. That is right where who is lost "
    "depends on nothing, or on what was seen at the first wave and is adjusted for (missing at "
    "random); the data cannot show that it does not depend on the answers that were never given."
)
PARADOX = (
    "ANCOVA compares the arms among people with equal first scores, the change score compares "
    "their mean changes whatever the first scores. In a randomised trial both estimate the same, "
    "ANCOVA more precisely; where the arms differ at the first wave the two can disagree (Lord's "
    "paradox), and which is right rests on assumptions."
)
MIXED = (
    "Growth: levels and slopes differ between people (mixed model, restricted maximum likelihood, "
    "every score used, right where scores are missing at random); intervals are normal."
)
# Arms that say themselves that they are the control arm.
CONTROL_WORDS = (
    "control", "controls", "control group", "ctrl", "waitlist", "wait list", "waiting list",
    "waitlist control", "wait", "placebo", "tau", "usual care", "treatment as usual",
    "care as usual", "no treatment", "untreated",
)  # fmt: skip
FEW_CLUSTERS = 10
COLUMNS = {
    "scale": "str", "arm": "str", "n": "Int64", "clusters": "Int64", "mean_first": "float64",
    "mean_last": "float64", "sd_first": "float64", "sd_last": "float64",
    "sd_difference": "float64", "difference": "float64", "low": "float64", "high": "float64",
    "se": "float64", "t": "float64", "df": "float64", "p": "float64", "dz": "float64",
    "dz_low": "float64", "dz_high": "float64", "d_pre": "float64", "d_pre_low": "float64",
    "d_pre_high": "float64", "ci": "str", "reason": "str",
}  # fmt: skip
PARTS = {
    "flow": {
        "arm": "str", "wave": "str", "people": "Int64", "dyads": "Int64",
        "complete_dyads": "Int64", "followed": "Int64", "both": "Int64", "lost": "Int64",
        "joined": "Int64",
        "retained": "float64",
    },
    "retest": {
        "scale": "str", "arm": "str", "n": "Int64", "r": "float64", "r_low": "float64",
        "r_high": "float64", "icc": "float64", "icc_low": "float64", "icc_high": "float64",
        "reason": "str",
    },
    "comparison": {
        "scale": "str", "arm": "str", "reference": "str", "method": "str", "n": "Int64",
        "n_reference": "Int64", "clusters": "Int64", "difference": "float64", "low": "float64",
        "high": "float64", "se": "float64", "t": "float64", "df": "float64", "p": "float64",
        "d": "float64", "d_low": "float64", "d_high": "float64", "sd_first": "float64",
        "slope_first": "float64", "ci": "str", "reason": "str",
    },
    "baseline": {
        "variable": "str", "arm": "str", "reference": "str", "n": "Int64", "n_reference": "Int64",
        "mean": "float64", "mean_reference": "float64", "d": "float64", "d_low": "float64",
        "d_high": "float64", "reason": "str",
    },
    "reliable_change": {
        "scale": "str", "arm": "str", "n": "Int64", "reliability": "float64",
        "reliability_kind": "str", "sd": "float64", "sd_kind": "str", "standard_error": "float64",
        "critical": "float64", "better": "str", "increased": "Int64", "decreased": "Int64",
        "improved": "Int64", "unchanged": "Int64", "worse": "Int64", "improved_share": "float64",
        "unchanged_share": "float64", "worse_share": "float64", "cutoff": "float64",
        "unwell_first": "Int64", "recovered": "Int64", "reason": "str",
    },
    "dropouts": {
        "variable": "str", "arm": "str", "n_lost": "Int64", "n_stayed": "Int64",
        "mean_lost": "float64", "mean_stayed": "float64", "d": "float64", "d_low": "float64",
        "d_high": "float64", "reason": "str",
    },
    "growth": {
        "scale": "str", "term": "str", "people": "Int64", "observations": "Int64",
        "estimate": "float64", "low": "float64", "high": "float64", "se": "float64",
        "p": "float64", "reason": "str",
    },
    "growth_variances": {"scale": "str", "of": "str", "variance": "float64"},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Change(Result):
    """Change between two waves, one row a scale and arm."""

    def _plain(self) -> Iterable[str]:
        for row in self.table.to_dict(orient="records"):
            arm = "" if row["arm"] == EVERYONE else f", {row['arm']}"
            what = f"{self.named(row['scale'])}{arm}"
            if np.isnan(row["difference"]):
                yield not_given(what, row["reason"])
                continue
            tail = aside(
                likely_more(row["low"], row["high"]), by_chance(row["p"]), people(row["n"])
            )
            yield (
                f"{what}: from {number(row['mean_first'])} to {number(row['mean_last'])} on "
                f"average, {more(row['difference'])}{tail}."
            )
        against = self.parts.get("comparison", self.table.head(0))
        for row in against.to_dict(orient="records"):
            if row["method"] != "ancova" or np.isnan(row["low"]):
                continue
            n = f"n = {count(row['n'])} and {count(row['n_reference'])}"
            tail = aside(likely_more(row["low"], row["high"]), by_chance(row["p"]), n)
            yield (
                f"{self.named(row['scale'])}: among people who started alike, those in "
                f"{row['arm']} end {more(row['difference'])} than those in "
                f"{row['reference']}{tail}."
            )
        for row in self.parts["reliable_change"].to_dict(orient="records"):
            if pd.isna(row["improved"]):
                continue
            arm = "" if row["arm"] == EVERYONE else f", {row['arm']}"
            yield (
                f"{self.named(row['scale'])}{arm}: changed by more than errors of measurement "
                f"explain ({number(row['critical'])} points), for the better: "
                f"{in_words(row['improved_share'])}; for the worse: {in_words(row['worse_share'])} "
                f"({people(row['n'])})."
            )

    def _meaning(self) -> Iterable[str]:
        yield (
            "People change without any program too, and answer differently the second time: only "
            "the comparison with people who went without it, picked by lot, says what the program "
            "adds."
            if "comparison" in self.parts
            else NO_CONTROL
        )
        yield "Only people who answered both times are compared; who left may have fared otherwise."

    def _gaps(self) -> str:
        return "score"

    def _apa(self) -> Iterable[str]:
        said = [self._change(row) for row in self.table.to_dict(orient="records")]
        if "comparison" in self.parts:
            said += [self._against(r) for r in self.parts["comparison"].to_dict(orient="records")]
        said += [self._reliable(r) for r in self.parts["reliable_change"].to_dict(orient="records")]
        return said

    def _change(self, row: Mapping[Any, Any]) -> str:
        arm = "" if row["arm"] == EVERYONE else f", {row['arm']}"
        head = f"{self.named(row['scale'])}{arm} (n = {count(row['n'])})"
        if np.isnan(row["difference"]):
            return f"{head}: no change is given; {row['reason']}."
        sure = level(self.call["confidence"])
        text = (
            f"{head}: M = {number(row['mean_first'])} at wave {self.call['first']} and "
            f"{number(row['mean_last'])} at wave {self.call['last']}, difference = "
            f"{number(row['difference'])}"
        )
        if np.isnan(row["low"]):
            return f"{text}; no interval, as {row['reason']}."
        text += f", {sure} CI {_ends(row, '')}"
        if not np.isnan(row["t"]):
            text += f", t({count(row['df'])}) = {number(row['t'])}, {p_statement(row['p'])}"
        for name in ("dz", "d_pre"):
            if not np.isnan(row[name]):
                text += f", {name} = {number(row[name])} {_ends(row, name + '_')}"
        return f"{text}."

    def _against(self, row: Mapping[Any, Any]) -> str:
        how = _METHODS[row["method"]]
        head = f"{self.named(row['scale'])}, {row['arm']} against {row['reference']} ({how}"
        head += f"; n = {count(row['n'])} and {count(row['n_reference'])})"
        if np.isnan(row["low"]):
            return f"{head}: nothing is given; {row['reason']}."
        sure = level(self.call["confidence"])
        text = f"{head}: difference = {number(row['difference'])}, {sure} CI {_ends(row, '')}"
        text += f", t({count(row['df'])}) = {number(row['t'])}, {p_statement(row['p'])}"
        if not np.isnan(row["d"]):
            text += f", d = {number(row['d'])} {_ends(row, 'd_')} in SDs of the first wave"
        return f"{text}."

    def _reliable(self, row: Mapping[Any, Any]) -> str:
        if pd.isna(row["improved"]):
            return ""
        arm = "" if row["arm"] == EVERYONE else f", {row['arm']}"
        kind = row["reliability_kind"]
        kind = "reliability as given" if kind == "given" else kind
        text = (
            f"{self.named(row['scale'])}{arm}: {percent(row['improved_share'], 1)} improved, "
            f"{percent(row['unchanged_share'], 1)} did not change and "
            f"{percent(row['worse_share'], 1)} got worse by more than {number(row['critical'])} "
            f"(reliable change; {kind} = {bounded(row['reliability'])}, SD = "
            f"{number(row['sd'])}, {row['sd_kind']})"
        )
        if not pd.isna(row["recovered"]):
            text += (
                f"; {count(row['recovered'])} of {count(row['unwell_first'])} recovered (cut-off "
                f"{number(row['cutoff'])})"
            )
        return f"{text}."

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        sure = level(self.call["confidence"])
        rows = table.to_dict(orient="records")
        shown = {
            "Scale": table["scale"].map(self.label),
            "Arm": table["arm"],
            "n": table["n"].map(count),
            "Mean first": table["mean_first"].map(number),
            "Mean last": table["mean_last"].map(number),
            "Difference": table["difference"].map(number),
            f"{sure} CI": [_ends(row, "") for row in rows],
            "p": table["p"].map(p_value),
            "dz": [_with_ends(row, "dz") for row in rows],
            "d_pre": [_with_ends(row, "d_pre") for row in rows],
        }
        frame = pd.DataFrame(shown)
        return frame.drop(columns="Arm") if set(table["arm"]) == {EVERYONE} else frame

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts, without what only a machine needs."""
        shown: dict[str, pd.DataFrame] = {}
        sure = level(self.call["confidence"])
        for name, part in self.parts.items():
            if part.empty:
                continue
            rows = part.to_dict(orient="records")
            if name == "flow":
                brief = rounded(part.drop(columns="retained"))
                brief["Retained"] = part["retained"].map(lambda x: percent(x, 1))
                # these compare a wave with the first
                brief.loc[part["wave"] == self.call["first"], brief.columns[5:]] = "–"
            elif name == "retest":
                brief = rounded(part[["scale", "arm", "n"]])
                brief["r"] = [f"{bounded(x['r'])} {_bounds(x, 'r_')}" for x in rows]
                brief["ICC(2,1)"] = [f"{bounded(x['icc'])} {_bounds(x, 'icc_')}" for x in rows]
            elif name == "comparison":
                brief = rounded(part[["scale", "arm", "reference", "method", "n", "n_reference"]])
                brief["Method"] = part["method"].map(_METHODS)
                brief["Difference"] = part["difference"].map(number)
                brief[f"{sure} CI"] = [_ends(x, "") for x in rows]
                brief["p"] = part["p"].map(p_value)
                brief["d"] = [_with_ends(x, "d") for x in rows]
            elif name == "reliable_change":
                brief = rounded(part[["scale", "arm", "n"]])
                brief["Reliability"] = [
                    f"{bounded(x['reliability'])} ({x['reliability_kind']})" for x in rows
                ]
                brief["SD"] = [f"{number(x['sd'])} ({x['sd_kind']})" for x in rows]
                brief["Critical change"] = part["critical"].map(lambda x: number(x, 3))
                for what in ("improved", "unchanged", "worse"):
                    brief[what.capitalize()] = [
                        _with_share(x[what], x[f"{what}_share"]) for x in rows
                    ]
                if (part["better"] == "").any():
                    brief["Rose"] = rounded(part[["increased"]]).iloc[:, 0]
                    brief["Fell"] = rounded(part[["decreased"]]).iloc[:, 0]
                if part["recovered"].notna().any():
                    brief["Recovered"] = rounded(part[["recovered"]]).iloc[:, 0]
            elif name in ("baseline", "dropouts"):
                part = part[part["arm"] == EVERYONE] if name == "dropouts" else part
                rows = part.to_dict(orient="records")
                brief = rounded(part.drop(columns=["d", "d_low", "d_high", "reason"]), 2)
                brief["d"] = [_with_ends(x, "d") for x in rows]
            else:
                brief = rounded(part.drop(columns="reason", errors="ignore"))
            if "Arm" in brief and set(brief["Arm"]) == {EVERYONE}:
                brief = brief.drop(columns="Arm")
            for column in ("Scale", "Variable"):
                if column in brief:
                    brief[column] = brief[column].map(self.label)
            title = {"dropouts": "Lost against stayed, at the first wave"}.get(name)
            shown[title or name.replace("_", " ").capitalize()] = brief
        return shown

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number, where the part has no reasons of its own."""
        if part == "comparison" and column == "slope_first":
            return "a change score has no slope on the first wave"
        if part == "flow" and column == "retained":
            return "nobody in this row could be followed from an earlier wave"
        return "not defined for these answers"


def _ends(row: Mapping[Any, Any], prefix: str) -> str:
    return interval(row[f"{prefix}low"], row[f"{prefix}high"], can_exceed_one=True)


def _with_ends(row: Mapping[Any, Any], name: str) -> str:
    """A number with its interval, or one dash."""
    known = not np.isnan(row[f"{name}_low"])
    return f"{number(row[name])} {_ends(row, name + '_')}" if known else number(row[name])


def _bounds(row: Mapping[Any, Any], prefix: str) -> str:
    return interval(row[f"{prefix}low"], row[f"{prefix}high"])


def _with_share(value: Any, share: float) -> str:  # noqa: ANN401 - a whole number or missing
    return DASH if pd.isna(value) else f"{count(value)} ({percent(share, 1)})"


def change(
    data: Survey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    first: int | str | None = None,
    last: int | str | None = None,
    by: str | None = None,
    reference: str | None = None,
    design: Design | None = None,
    controls: str | Sequence[str] | None = None,
    without: str | Sequence[str] = (),
    reliability: Literal["alpha", "retest"] | float = "alpha",
    sd: Literal["first"] | float = "first",
    better: Better | Mapping[str, Better] | None = None,
    cutoff: float | Mapping[str, float] | None = None,
    respondent: str | None = None,
    wave: str | None = None,
    dyad: str | None = None,
    n_boot: int = 0,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 1,
) -> Change:
    """Change between two waves: who stayed, mean change, arm against control arm, reliable change.

    Parameters
    ----------
    data
        A survey with two waves or more, or a plain table with a row a person and wave.
    scales
        A selector of scores and items. By default the scales of signs and of effects (every scale
        where there are none); of a plain table, name the columns.
    first, last
        Waves to compare; the first and the last by default.
    by
        Column of the study arm. For a survey the one with the role group, where it tells two arms
        or more apart among people with both waves.
    reference
        The control arm. By default the arm whose name says so (waitlist, control, ...).
    design
        ``effect`` asks for a comparison with a control arm, and is refused where there is none;
        ``change`` describes each group and compares none. By default whichever the data allow.
    controls
        Variables at the first wave that comparisons of arms adjust for, besides the first score.
    without
        Items that no score counts, such as one that ``invariance(by="wave")`` finds to have another
        meaning at the last wave.
    reliability
        Of the reliable change: ``alpha`` (Spearman-Brown for two items) at the first wave,
        ``retest`` (correlation of the waves in the control arm, or of everyone without one), or a
        published number between 0 and 1.
    sd
        Standard deviation of the reliable change: that of the ``first`` wave, or a published
        number.
    better
        Which direction is an improvement: ``lower`` or ``higher``, or scale -> one of them. By
        default as the instrument says.
    cutoff
        Score at which people count as recovered, or scale -> score; by default the first cut-off of
        the instrument.
    respondent, wave, dyad
        Of a plain table: columns that say who, when, and which couple. For a survey the columns
        with these roles are taken.
    n_boot
        Resamples (of dyads, where there are any) for BCa intervals of differences and standardized
        differences; 0 for intervals by t.
    confidence
        Level of the intervals; limits of reliable change are always 1.96 standard errors.
    rng
        Seed or generator of the resamples; nothing else is random.

    Returns
    -------
    Change
        One row a scale and arm: ``scale, arm, n, clusters, mean_first, mean_last, sd_first,
        sd_last, sd_difference, difference, low, high, se, t, df, p, dz, dz_low, dz_high, d_pre,
        d_pre_low, d_pre_high, ci, reason``, of people with both waves. ``parts`` has ``flow``,
        ``retest``, ``comparison`` and ``baseline`` (with a control arm), ``reliable_change``,
        ``dropouts`` and, from three waves, ``growth`` and ``growth_variances``.

    Raises
    ------
    Refusal
        When an effect is asked for without a control arm, or reliable change with the standard
        deviation of the last wave.
    UsageError, SurveyError
        When a word is unknown, or there are no two waves, or a person stands twice in one.

    Warns
    -----
    DataWarning
        Doubts about the data; few dyads; a growth model at its boundary.

    References
    ----------
    Becker, B. J. (1988). *British Journal of Mathematical and Statistical Psychology, 41*, 257-278.
    Morris, S. B. (2008). *Organizational Research Methods, 11*, 364-386. Jacobson, N. S., & Truax,
    P. (1991). *Journal of Consulting and Clinical Psychology, 59*, 12-19. Liang, K.-Y., & Zeger,
    S. L. (1986). *Biometrika, 73*, 13-22. Lord, F. M. (1967). *Psychological Bulletin, 68*,
    304-305.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"who": [1, 2, 3, 4] * 2, "when": [1] * 4 + [2] * 4, "y": [3, 4, 2, 5, 2, 4, 1, 3]}
    ... )
    >>> result = change(table, scales="y", respondent="who", wave="when")
    >>> result.table[["n", "difference", "dz", "d_pre"]].round(3).to_dict("records")
    [{'n': 4, 'difference': -1.0, 'dz': -1.225, 'd_pre': -0.775}]
    """
    check_confidence(confidence)
    check_boot(n_boot)
    seed = take_seed(rng)
    if design is not None:
        check_word("design", design, ("change", "effect"))
    reliability = check_reliability(reliability)
    sd = check_sd(sd)
    study = _take(data, scales, by, controls, without, respondent, wave, dyad)
    panel = take_panel(study, first=first, last=last)
    arms, said = _find_arms(study, panel, by, reference, design)
    clusters = panel.clusters if panel.has_dyads else None
    how = Sampling(confidence=confidence, n_boot=n_boot, rng=seed)
    scored = {m.id: m for m in study.measures["scales"]}
    starts = {name: panel.at(m.x, panel.first) for name, m in scored.items()}
    ends = {name: panel.at(m.x, panel.last) for name, m in scored.items()}
    adjust = [panel.at(m.x, panel.first) for m in study.measures["controls"]]
    others = np.column_stack(adjust) if adjust else np.empty((len(panel.arm), 0))

    rows: list[Row] = []
    parts: dict[str, list[Row]] = {name: [] for name in PARTS}
    parts["flow"] = flow_rows(panel, _all_arms(panel))
    warned = list(study.warnings) + _doubts(panel, arms, clusters)
    judge = ReliableChanges(study, panel, arms, reliability, sd, better, cutoff)
    for name, measure in scored.items():
        changes, retests = change_rows(name, starts[name], ends[name], arms, clusters, how)
        rows += changes
        parts["retest"] += retests
        parts["comparison"] += comparison_rows(
            name, starts[name], ends[name], others, arms, clusters, how
        )
        parts["reliable_change"] += judge.rows(measure, starts[name], ends[name])
        if len(panel.waves) > 2:
            grown, variances, warning = growth_rows(name, measure.x, panel, arms, confidence)
            parts["growth"] += grown
            parts["growth_variances"] += variances
            warned += [f"{name}: growth: {warning}."] if warning else []
    known = starts | {m.id: x for m, x in zip(study.measures["controls"], adjust, strict=True)}
    parts["baseline"] = baseline_rows(starts, arms, clusters, how)
    known |= _demographics(study, panel, arms, set(known))
    parts["dropouts"] = dropout_rows(known, panel, arms, clusters, how)
    emit(dict.fromkeys(warned))
    notes = (
        *study.notes,
        *said,
        *_notes(study, panel, arms, clusters, parts, how),
        *judge.notes(parts["reliable_change"]),
        *masked_notes(
            replace(study.sample, rows=rows_of_wave(study.sample, panel)), _scales(scored.values())
        ),
    )
    both = panel.present[:, panel.first] & panel.present[:, panel.last] & arms.anyone
    return Change(
        table=make_table(rows, COLUMNS),
        parts={
            name: make_table(parts[name], columns)
            for name, columns in PARTS.items()
            if parts[name] or name in ("flow", "retest", "reliable_change", "dropouts")
        },
        notes=tuple(dict.fromkeys(notes)),
        call={
            "verb": "change",
            "scales": plain(scales),
            "first": panel.waves[panel.first],
            "last": panel.waves[panel.last],
            "by": by,
            "reference": arms.reference or None,
            "design": design,
            "controls": plain(controls),
            "without": plain(without) or None,
            "reliability": reliability,
            "sd": sd,
            "better": dict(better) if isinstance(better, Mapping) else better,
            "cutoff": dict(cutoff) if isinstance(cutoff, Mapping) else cutoff,
            "n_boot": n_boot,
            "confidence": confidence,
            "rng": rng if isinstance(rng, int) else "Generator",
        },
        warnings=tuple(dict.fromkeys([*study.sample.reader_warnings, *warned])),
        labels={m.id: m.label for m in scored.values() if m.variable and not m.variable.item},
        **provenance(study.sample, int(both.sum())),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangedPeople:
    """Scores of the people behind a result, which holds none; for figures alone.

    Attributes
    ----------
    arms
        Names of the arms, the control arm first.
    first, last
        Scores of each arm's people with both waves, in ascending order; ``clusters`` their dyads.
    """

    arms: tuple[str, ...]
    first: tuple[Floats, ...]
    last: tuple[Floats, ...]
    clusters: tuple[NDArray[np.int64] | None, ...]


def changed_people(result: Change, survey: Survey, scale: str) -> ChangedPeople:
    """Find the people of a result of :func:`change` in the survey that it was made from.

    Raises
    ------
    UsageError
        When the survey is not the one of the result, or the result has no such scale.
    """
    check_word("scale", scale, list(dict.fromkeys(result.table["scale"])))
    call = result.call
    study = _take(survey, [scale], call["by"], None, call["without"] or (), None, None, None)
    panel = take_panel(study, first=call["first"], last=call["last"])
    arms, _ = _find_arms(study, panel, call["by"], call["reference"], call["design"])
    x = study.one("scales").x
    first, last = panel.at(x, panel.first), panel.at(x, panel.last)
    clusters = panel.clusters if panel.has_dyads else None
    found: list[tuple[Floats, Floats, NDArray[np.int64] | None]] = []
    for name, who in zip(arms.names, arms.member, strict=True):
        used = np.flatnonzero(who & ~np.isnan(first) & ~np.isnan(last))
        used = used[np.lexsort((last[used], first[used]))]
        rows = result.table[(result.table["scale"] == scale) & (result.table["arm"] == name)]
        n, mean = (0, np.nan) if rows.empty else (int(rows["n"].iloc[0]), rows["mean_last"].iloc[0])
        if n != len(used) or (n and abs(float(last[used].mean()) - mean) > 1e-9 * (1 + abs(mean))):
            raise UsageError(
                f"these are not the answers that the result was made from: {name} has "
                f"{counted(len(used), 'person', 'people')} with both waves here, and {count(n)} "
                "there, or other scores. Give the survey that change() was given."
            )
        code = None if clusters is None else clusters[used]
        found.append((first[used], last[used], code))
    return ChangedPeople(
        arms=arms.names,
        first=tuple(one for one, _, _ in found),
        last=tuple(one for _, one, _ in found),
        clusters=tuple(one for _, _, one in found),
    )


def _take(
    data: Survey | pd.DataFrame,
    scales: str | Sequence[str] | None,
    by: str | None,
    controls: str | Sequence[str] | None,
    without: str | Sequence[str],
    respondent: str | None,
    wave: str | None,
    dyad: str | None,
) -> Study:
    if isinstance(data, Survey):
        there = {c.role: c.id for c in data.instrument.columns.values() if c.id in data.responses}
        arm = by or there.get("group")
        scales = _default_scales(data) if scales is None else scales
    else:
        arm = by
        if scales is None and isinstance(data, pd.DataFrame):
            raise UsageError(
                "scales= names the columns of a plain table that hold scores, respondent= and "
                "wave= those that say who and when."
            )
    return take_study(
        data,
        measures={"scales": scales, "controls": controls},
        columns={"by": arm, "respondent": respondent, "wave": wave, "dyad": dyad},
        every_wave=True,
        without=without,
    )


def _default_scales(survey: Survey) -> list[str]:
    every = survey.instrument.scales.values()
    there = [s for s in every if present_items(survey, s)]
    if not there:
        raise SurveyError(
            f"None of the items of {survey.instrument.id} is in these data, so there is nothing to "
            "compare. `detachment inspect` shows what the columns are called."
        )
    return [s.id for s in there if s.role in ("sign", "effect")] or [s.id for s in there]


def _find_arms(
    study: Study, panel: Panel, by: str | None, reference: str | None, design: Design | None
) -> tuple[Arms, list[str]]:
    """Arms to describe and to compare, and what must be said of the choice."""
    pairs = panel.present[:, panel.first] & panel.present[:, panel.last]
    there = list(dict.fromkeys(_in_order(study, panel)))
    if len(there) > MOST_GROUPS:
        raise UsageError(
            f"by: {by or 'the column of arms'} has {len(there)} different values, too many for "
            f"arms (at most {MOST_GROUPS}). Name a column with few categories."
        )
    active = [name for name in there if (pairs & (panel.arm == name)).any()]
    if len(active) < 2:
        if by is not None and design != "change":
            one = f"one arm ({active[0]})" if active else "no arm"
            raise Refusal(
                f"by: {by} makes {one} of the people with both waves. {NO_EFFECT} Leave by away "
                "to describe the change, or add a control arm."
            )
        if design == "effect" or reference is not None:
            raise Refusal(
                f"There is no control arm in these data. {NO_EFFECT} Ask for the design change "
                "(--design change; design= in Python), which describes how scores changed, or add "
                "a control arm."
            )
        everyone = np.ones((1, len(panel.arm)), dtype=np.bool_)
        return Arms(names=(EVERYONE,), member=everyone, reference=""), [NO_CONTROL]
    said = []
    aside = [name for name in there if name not in active]
    if aside:
        said.append(
            f"Nobody in {'the arm' if len(aside) == 1 else 'the arms'} {listing(aside)} has both "
            "waves: these people count in the flow, as not followed, and in the SD and the "
            "reliability of reliable change, and nowhere else."
        )
    if design == "change":
        control = ""
    elif reference is not None:
        control = check_word("reference", str(reference), active)
    else:
        known = [name for name in active if re.sub("[-_]", " ", name.lower()) in CONTROL_WORDS]
        control = known[0] if len(known) == 1 else ""
        if control:
            said.append(
                f"{control} is taken for the control arm by its name; --reference (reference=) "
                "names another."
            )
        elif by is not None or design == "effect":
            raise UsageError(
                f"Which arm is the control arm? Name it with --reference (reference=): "
                f"{listing(active, 'or')}. To describe arms without comparing them, ask for the "
                "design change."
            )
        else:
            said.append(
                "Arms are described and not compared, as no name says which is the control arm "
                f"({listing(active)}); name it with --reference (reference=)."
            )
    if not control:
        said.insert(0, NO_CONTROL)
    names = [*([control] if control else []), *(n for n in active if n != control)]
    member = np.array([panel.arm == name for name in names])
    return Arms(names=tuple(names), member=member, reference=control), said


def _in_order(study: Study, panel: Panel) -> list[str]:
    """Arms as declared, else in ascending order."""
    found = sorted(set(panel.arm) - {""})
    column = study.columns.get("by")
    if column is None:
        return found
    declared: Sequence[str] = ()
    if not study.sample.is_frame:
        declared = study.sample.instrument.columns[str(column.name)].allowed
    return declared_order(found, column, declared) or found


def _all_arms(panel: Panel) -> list[tuple[str, Bools]]:
    names = sorted(set(panel.arm))
    everyone = (EVERYONE, np.ones(len(panel.arm), dtype=np.bool_))
    if len(names) < 2:
        return [everyone]
    return [(name or "(unknown)", np.asarray(panel.arm == name)) for name in names] + [everyone]


def _scales(measures: Iterable[Measure]) -> list[Scale]:
    return [m.variable.scale for m in measures if m.variable and m.variable.scale]


def _doubts(panel: Panel, arms: Arms, clusters: object) -> list[str]:
    said = []
    if panel.left_out:
        said.append(
            f"{counted(panel.left_out, 'row')} without a respondent or a wave "
            f"{'is' if panel.left_out == 1 else 'are'} left out."
        )
    if panel.moved:
        said.append(
            f"{counted(panel.moved, 'person is', 'people are')} in another arm at a later wave, "
            "and counted in the arm of the first."
        )
    if clusters is not None:
        both = panel.present[:, panel.first] & panel.present[:, panel.last]
        for name, who in zip(arms.names, arms.member, strict=True):
            units = len(np.unique(panel.clusters[both & who]))
            if units < FEW_CLUSTERS:
                few = counted(units, "dyad or person alone", "dyads or people alone")
                said.append(
                    f"{name}: only {few} with both waves; cluster-robust intervals are too narrow "
                    "with so few."
                )
        if arms.reference:
            there = both & arms.anyone & (panel.dyad >= 0)
            split = pd.Series(panel.arm[there]).groupby(panel.dyad[there]).nunique()
            if (mixed := int((split > 1).sum())) > 0:
                said.append(
                    f"The partners of {counted(mixed, 'dyad')} are in different arms: these dyads "
                    "were not randomised together, and partners may have influenced one another."
                )
    return said


def _notes(
    study: Study, panel: Panel, arms: Arms, clusters: object, parts: Mapping[str, list[Row]],
    how: Sampling,
) -> list[str]:  # fmt: skip
    first, last = panel.waves[panel.first], panel.waves[panel.last]
    both = panel.present[:, panel.first] & panel.present[:, panel.last] & arms.anyone
    said = [
        f"Differences are wave {last} less wave {first}, of the "
        f"{counted(int(both.sum()), 'person', 'people')} with both. dz is the mean difference over "
        "the SD of the differences, d_pre the same over the SD of these people at the first wave "
        "(Becker, 1988): different units, so say which."
    ]
    if how.n_boot:
        units = "dyads" if clusters is not None else "people"
        said.append(
            f"Intervals of differences, dz, d_pre and d are BCa, from {count(how.n_boot)} "
            f"resamples of {units} (seed {how.rng}); p is by t."
        )
    if clusters is not None:
        dyads, sizes = np.unique(panel.dyad[both & (panel.dyad >= 0)], return_counts=True)
        alone = int((both & (panel.dyad < 0)).sum())
        whole = count(int((sizes > 1).sum()))
        lone = counted(alone, "person without a dyad", "people without a dyad")
        others = f", and {lone}, each counted as one" if alone else ""
        said.append(
            "Partners are not independent: standard errors and intervals are clustered by dyad, "
            f"and df count dyads: {counted(len(dyads), 'dyad')} with both waves of one partner or "
            f"both ({whole} of both){others}."
        )
        said.append("Intervals of r and of ICC(2,1) are by jackknife, leaving out dyad by dyad.")
    else:
        said.append(
            "Respondents are taken as independent of one another. The interval of r is Fisher's, "
            "which takes scores to be normal; that of ICC(2,1) is by jackknife."
        )
    if arms.reference:
        adjusted = [m.id for m in study.measures["controls"]]
        if adjusted:
            said.append(
                f"Comparisons of arms are adjusted for {listing(adjusted)} at the first wave, as "
                "far as these vary among the people compared."
            )
        said += [
            "Between arms, d is in SDs of the first wave, pooled within the arms compared and "
            "corrected for small samples (d_ppc2 of Morris, 2008, for the change score).",
            PARADOX,
            "Maximum likelihood from incomplete people (FIML) would add next to nothing to ANCOVA: "
            "who has a first and no last score says nothing of the last beyond the first.",
            "The baseline shows how far the arms differ at the first wave, in SDs; it has no p, as "
            "after randomisation every difference is chance.",
        ]
    items = [m for m in study.measures["scales"] if m.variable and m.variable.scale]
    if items and not study.sample.is_frame:
        said.append(
            "A change of scores is a change of people only if the items mean the same at both "
            "waves: check with `detachment invariance --by wave` (dt.invariance), and leave out "
            "with --without (without=) what does not."
        )
    said.append(MAR)
    if parts["dropouts"]:
        said.append(
            "Drop-outs: those lost after the first wave less those who stayed, in SDs pooled "
            "within both (arm by arm: dropouts in --json)."
        )
    else:
        said.append("Nobody who could be followed was lost after the first wave.")
    if parts["growth"]:
        said.append(MIXED)
        times = [f"{t:g}" for t in panel.times]
        text = "Levels are those at the first wave, and slopes are by the unit of the waves."
        if times != list(panel.waves):
            text += f" Time is {listing(times)} for the waves {listing(panel.waves)}."
        if clusters is not None:
            text += " Partners share a part of their level."
        said.append(text)
    return said


def _demographics(study: Study, panel: Panel, arms: Arms, known: set[str]) -> dict[str, Floats]:
    """Demographic columns of a survey as numbers of people at the first wave."""
    if study.sample.is_frame:
        return {}
    survey = study.sample.survey
    found: dict[str, Floats] = {}
    for column in survey.instrument.columns_with_role("demographic"):
        if column.id not in survey.responses or column.id in known:
            continue
        values = survey.responses.loc[study.sample.rows, column.id]
        if column.type in ("integer", "number", "boolean"):
            x = values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
            numbers = {column.id: np.asarray(x, dtype=np.float64)}
        else:  # words that nobody declared may say who somebody is
            words = as_words(values)
            names = [word for word in column.allowed if word in set(words)]
            if len(names) < 2:
                continue
            numbers = {
                f"{column.id}[{name}]": np.where(words == "", np.nan, words == name).astype(float)
                for name in (names if len(names) > 2 else names[1:])
            }
        for name, x in numbers.items():
            at_first = panel.at(x, panel.first)
            given = at_first[arms.anyone & ~np.isnan(at_first)]
            if len(given) and np.ptp(given) > 0:
                found[name] = at_first
    return found
