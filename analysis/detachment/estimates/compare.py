"""Do groups differ, and by how much? Means, standardized differences, ranks, with intervals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._cells import (
    Cells,
    Design,
    Integers,
    Options,
    columns_of,
    other_columns,
    take_cells,
    take_design,
    words_left_out,
)
from detachment.estimates._result import Result, interval_texts, make_table, rounded
from detachment.estimates._scales import (
    Floats,
    check_confidence,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import aside, by_chance, likely, not_given, people, stated
from detachment.estimates._study import Measure, Study, take_study
from detachment.scoring import present_items
from detachment.stats.adjust import Adjustment, adjust_p
from detachment.stats.group_difference import (
    GroupMeans,
    MeanDifference,
    StandardizedDifference,
    Standardizer,
    group_means,
    mean_difference,
    standardized_difference,
)
from detachment.stats.group_tests import (
    GroupTest,
    anova,
    equal_means,
    group_ranks,
    kruskal_wallis,
    mann_whitney,
    welch_anova,
)
from detachment.stats.roc import auc
from detachment.text import (
    bounded,
    count,
    counted,
    interval,
    level,
    listing,
    number,
    p_statement,
    p_value,
)
from detachment.validation import Survey

Method = Literal["welch", "clustered", "paired", "design"]
METHODS = ("welch", "clustered", "paired")
STANDARDIZERS = ("pooled", "average", "reference")
ADJUSTED = {
    "none": "not adjusted",
    "holm": "adjusted by Holm's method",
    "bh": "adjusted by Benjamini and Hochberg's method",
    "by": "adjusted by Benjamini and Yekutieli's method",
    "bonferroni": "adjusted by Bonferroni's method",
    "hochberg": "adjusted by Hochberg's method",
}
COLUMNS = {
    "scale": "str",
    "by": "str",
    "first": "str",
    "second": "str",
    "n_first": "Int64",
    "n_second": "Int64",
    "mean_first": "float64",
    "mean_second": "float64",
    "difference": "float64",
    "low": "float64",
    "high": "float64",
    "se": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "adjust": "str",
    "family": "Int64",
    "method": "str",
    "d": "float64",
    "g": "float64",
    "g_low": "float64",
    "g_high": "float64",
    "standardizer": "str",
    "g_ci": "str",
    "superiority": "float64",
    "superiority_low": "float64",
    "superiority_high": "float64",
    "reason": "str",
}
_GROUPS = {
    "scale": "str",
    "group": "str",
    "n": "Int64",
    "missing": "Int64",
    "mean": "float64",
    "low": "float64",
    "high": "float64",
    "sd": "float64",
    "median": "float64",
    "reason": "str",
}
_RANKS = {
    "scale": "str",
    "first": "str",
    "second": "str",
    "n_first": "Int64",
    "n_second": "Int64",
    "superiority": "float64",
    "superiority_low": "float64",
    "superiority_high": "float64",
    "rank_biserial": "float64",
    "rank_biserial_low": "float64",
    "rank_biserial_high": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
    "mann_whitney_u": "float64",
    "mann_whitney_z": "float64",
    "mann_whitney_p": "float64",
    "reason": "str",
}
_TESTS = {
    "scale": "str",
    "test": "str",
    "n": "Int64",
    "statistic": "float64",
    "df1": "float64",
    "df2": "float64",
    "p": "float64",
    "eta2": "float64",
    "omega2": "float64",
    "epsilon2": "float64",
    "low": "float64",
    "high": "float64",
    "reason": "str",
}
_SYMBOLS = {"Eta2": "η²", "Omega2": "ω²", "Epsilon2": "ε²"}
_FEW = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Comparison(Result):
    """Differences between groups, one row a scale and pair of groups."""

    def _apa(self) -> Iterable[str]:
        return map(self._sentence, self.table.to_dict(orient="records"))

    def _plain(self) -> Iterable[str]:
        for row in self.table.to_dict(orient="records"):
            what = f"{self.named(row['scale'])}, {row['first']} and {row['second']}"
            if np.isnan(row["difference"]) or np.isnan(row["low"]):
                yield not_given(what, row["reason"])
                continue
            both = f" and {count(row['n_second'])}" if row["method"] != "paired" else " pairs"
            text = (
                f"{what}: {number(row['mean_first'])} and {number(row['mean_second'])} on average, "
                f"a difference of {number(row['difference'])}"
                + aside(
                    likely(row["low"], row["high"]),
                    by_chance(row["p_adjusted"]),
                    f"{people(row['n_first'])}{both}",
                )
            )
            if not np.isnan(row["superiority"]):
                text += (
                    "; of two people, one picked from each group, the one from the first has the "
                    f"higher score {round(100 * row['superiority'])} times in 100"
                )
            few = min(row["n_first"], row["n_second"]) < _FEW
            yield f"{text}.{' These are very few people.' if few else ''}"

    def _meaning(self) -> Iterable[str]:
        yield "A difference is the average of the first group less that of the second."
        yield (
            "It is about groups, not about any one person, and does not say why the groups differ: "
            "people in them may differ in much else."
        )

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        head = f"{self.named(row['scale'])}, {row['first']} minus {row['second']}"
        if np.isnan(row["difference"]) or np.isnan(row["low"]):
            return f"{head}: no difference is given; {row['reason']}."
        groups = self.parts["groups"]
        of = groups[groups["scale"] == row["scale"]].set_index("group")
        if row["method"] == "paired":
            who = f" (n = {counted(int(row['n_first']), 'pair')})"
        else:
            who = f" (n = {count(row['n_first'])} and {count(row['n_second'])})"
        means = (
            f"M = {number(row['mean_first'])} (SD = {number(of.loc[row['first'], 'sd'])}) and "
            f"{number(row['mean_second'])} (SD = {number(of.loc[row['second'], 'sd'])})"
        )
        sure = level(self.call["confidence"])
        ends = interval(row["low"], row["high"], can_exceed_one=True)
        text = f"{head}{who}: {means}, difference = {number(row['difference'])}, {sure} CI {ends}"
        text += f", t({number(row['df'], 1)}) = {number(row['t'])}, {p_statement(row['p'])}"
        if row["adjust"] != "none" and row["family"] > 1:
            text += f" ({p_statement(row['p_adjusted'])} after adjustment for {row['family']} tests"
            text += ")"
        if not np.isnan(row["g"]):
            name = "Glass's Δ" if row["standardizer"] == "reference" else "Hedges' g"
            text += f", {stated(name, row['g'], row['g_low'], row['g_high'], can_exceed_one=True)}"
        if not np.isnan(row["superiority"]):
            found = (row["superiority"], row["superiority_low"], row["superiority_high"])
            text += f", {stated('probability of superiority', *found)}"
        return f"{text}."

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table, sure = self.table, level(self.call["confidence"])
        glass = self.call["standardizer"] == "reference"
        frame = pd.DataFrame(
            {
                "Scale": table["scale"].map(self.label),
                "Groups": table["first"] + " − " + table["second"],
                "n": [
                    count(a) if m == "paired" else f"{count(a)}, {count(b)}"
                    for a, b, m in zip(
                        table["n_first"], table["n_second"], table["method"], strict=True
                    )
                ],
                "Difference": table["difference"].map(number),
                f"{sure} CI": interval_texts(table, can_exceed_one=True),
                "t": table["t"].map(number),
                "df": table["df"].map(lambda x: number(x, 1)),
                "p": table["p"].map(p_value),
                "Adjusted p": table["p_adjusted"].map(p_value),
                "Glass's Δ" if glass else "Hedges' g": table["g"].map(number),
                f"{sure} CI of {'Δ' if glass else 'g'}": interval_texts(
                    table, "g", can_exceed_one=True
                ),
                "P(higher)": table["superiority"].map(bounded),
                f"{sure} CI of P": interval_texts(table, "superiority"),
            }
        )
        if (table["adjust"] == "none").all():
            frame = frame.drop(columns="p adjusted")
        if table["superiority"].isna().all():
            frame = frame.drop(columns=["P(higher)", f"{sure} CI of P"])
        if (table["method"] == "paired").all():
            frame = frame.rename(columns={"n": "Pairs"})
        return frame

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts; what repeats the first table stays in ``parts``."""
        groups = self.parts["groups"].drop(columns="reason")
        shown = rounded(groups.drop(columns=["low", "high"]), 2)
        shown["Scale"] = shown["Scale"].map(self.label)
        sure = level(self.call["confidence"])
        shown.insert(5, f"{sure} CI of the mean", interval_texts(groups, can_exceed_one=True))
        titles = {"Groups": shown}
        tests = self.parts.get("tests")
        if tests is not None and not tests.empty:
            empty = [c for c in ("eta2", "omega2", "epsilon2") if tests[c].isna().all()]
            drop = [*empty, "low", "high", "reason"]
            table = rounded(tests.drop(columns=drop)).rename(columns=_SYMBOLS)
            table["Scale"] = table["Scale"].map(self.label)
            table[f"{sure} CI of the share"] = interval_texts(tests)
            titles["All groups at once"] = table
        return titles

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part == "tests" and column == "df2":
            return "H has one number of degrees of freedom"
        if part == "tests" and column in ("eta2", "omega2", "epsilon2", "low", "high"):
            return "not of this test"
        return Result.why_missing(self, part, column)


def compare(
    data: Survey | pd.DataFrame,
    *,
    by: str,
    scales: str | Sequence[str] | None = None,
    reference: str | None = None,
    method: Method | None = None,
    standardizer: Standardizer = "pooled",
    adjust: Adjustment = "holm",
    confidence: float = 0.95,
    wave: int | str | None = None,
    dyad: str | None = None,
    cluster: str | None = None,
    weight: str | None = None,
    strata: str | None = None,
    respondent: str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Comparison:
    """Compare the scores of groups: every pair of groups on every scale.

    Parameters
    ----------
    data
        A survey, or a plain table with one column a score.
    by
        Metadata column (or role: group, partner_role) that makes the groups; of a plain table, a
        column.
    scales
        A selector: scales, roles in the plural, items. By default every scale in the data; of a
        plain table, every column of numbers that has no other part.
    reference
        Group with which the others are compared; by default every pair is.
    method
        ``paired``: the two groups are the two members of each dyad (partner roles), and the
        differences within dyads are tested. ``clustered``: members of one dyad or cluster may be in
        the same group or in different ones, and standard errors allow for that. ``welch``: nobody
        has to do with anybody else. By default the first of these that the data ask for; with
        ``weight`` or ``strata`` the design-based comparison.
    standardizer
        Standard deviation of the standardized difference: ``pooled`` (Hedges' g), ``average`` (the
        root of the mean variance: does not take the groups to vary alike) or ``reference`` (that of
        the second group: Glass's delta).
    adjust
        Adjustment of the p values of the whole table: ``none``, ``holm``, ``bh``, ``by``,
        ``bonferroni``, ``hochberg``. Welch's (or paired, or clustered) tests adjusted together hold
        the error over all scales; Games and Howell's only that of the pairs of one scale.
    confidence
        Of the intervals, between 0 and 1.
    wave
        Which wave of a survey; the first by default.
    dyad, cluster, weight, strata, respondent
        Columns of a plain table; for a survey dyads and respondents are known, and the others name
        metadata columns. ``cluster`` takes the place of dyads.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Comparison
        One row a scale and pair: ``scale, by, first, second, n_first, n_second, mean_first,
        mean_second, difference, low, high, se, t, df, p, p_adjusted, adjust, family, method, d, g,
        g_low, g_high, standardizer, g_ci, superiority, superiority_low, superiority_high, reason``.
        ``superiority`` is the probability that somebody of the first group is higher than somebody
        of the second (ties count half). ``parts["groups"]`` has n, mean, SD and median of each
        group, ``parts["ranks"]`` Brunner and Munzel's and Mann and Whitney's tests and the
        rank-biserial correlation, ``parts["tests"]`` (three groups or more) analyses of variance,
        classical and Welch's, and Kruskal and Wallis' test, with eta, omega and epsilon squared.

    Raises
    ------
    Refusal
        For waves of the same people, whose comparison is a change.
    UsageError
        When a word is unknown, or the method does not fit the data.
    SurveyError
        When nobody has a score.

    Warns
    -----
    DataWarning
        Answers off their scale, columns in doubt, doubtful keys; partners taken as independent.

    References
    ----------
    Welch, B. L. (1947). *Biometrika, 34*, 28-35. Hedges, L. V. (1981). *Journal of Educational
    Statistics, 6*, 107-128. Bonett, D. G. (2008). *Psychological Methods, 13*, 99-109. Brunner, E.,
    & Munzel, U. (2000). *Biometrical Journal, 42*, 17-25. Pustejovsky, J. E., & Tipton, E. (2018).
    *Journal of Business & Economic Statistics, 36*, 672-683. R: ``t.test``, ``wilcox.test``,
    ``oneway.test``, ``kruskal.test``, ``clubSandwich``, ``survey::svyttest``.

    Examples
    --------
    >>> table = pd.DataFrame({"joy": [1, 2, 3, 3, 5, 7], "arm": list("aaabbb")})
    >>> result = compare(table, by="arm")
    >>> result.table[["first", "second", "difference", "g"]].round(2).to_dict("records")
    [{'first': 'b', 'second': 'a', 'difference': 3.0, 'g': 1.51}]
    """
    check_confidence(confidence)
    check_word("adjust", adjust, tuple(ADJUSTED))
    check_word("standardizer", standardizer, STANDARDIZERS)
    if method is not None:
        check_word("method", method, METHODS)
        if weight is not None or strata is not None:
            raise UsageError(
                f"method {method} does not go with a weight or strata, whose comparison is that of "
                "the design: leave one of them out."
            )
    options: Options = {"by": by, "dyad": dyad, "cluster": cluster, "weight": weight,
                        "strata": strata, "respondent": respondent}  # fmt: skip
    if isinstance(data, pd.DataFrame) and wave is not None:
        raise UsageError("wave: of a plain table, take the rows of one wave before.")
    named = [scales] if isinstance(scales, str) else list(scales or ())
    if by in named:
        raise UsageError(f"by: {by} makes the groups, and cannot be among the scores compared.")
    by_wave = not isinstance(data, pd.DataFrame) and _is_wave(data, by)
    study = take_study(
        data,
        measures={"scales": _default(data, options) if scales is None else scales},
        columns=columns_of(data, options, ("dyad", "respondent")),
        wave=wave,
        every_wave=by_wave,
        reverse=reverse,
        values=values,
    )
    left_out: tuple[str, ...] = ()
    if isinstance(data, pd.DataFrame) and scales is None:
        left_out = words_left_out(data, options)
    _refuse_repeated(study, by, by_wave)
    cells = take_cells(study, by=by, reference=reference)
    design = take_design(study, cluster=cluster)
    chosen, mates = _method(study, cells, design, method)
    emit(study.warnings)
    doubts = _doubts(study, cells, design, chosen)
    emit(doubts)
    if chosen == "welch":
        design = replace(design, clusters=None, notes=())
    if chosen == "paired":
        design = replace(design, clusters=mates, notes=())

    measures = study.measures["scales"]
    x = np.column_stack([measure.x for measure in measures])
    lonely = 0
    if chosen == "paired":
        assert mates is not None
        x, lonely = _complete_pairs(x, cells.code, mates)
    means = design.means(x, cells.code, len(cells.names))
    first, second = _pairs(len(cells.names), reference)
    differences = mean_difference(means, first, second, confidence)
    standardized = standardized_difference(
        means, first, second, standardizer=standardizer, confidence=confidence
    )
    found = _Found(
        measures=measures, cells=cells, design=design, method=chosen, x=x, means=means,
        first=first, second=second, differences=differences, standardized=standardized,
    )  # fmt: skip
    parts = {
        "groups": _groups(found, confidence),
        "ranks": _ranks(found, confidence),
    }
    if len(cells.names) > 2:
        parts["tests"] = _tests(found, confidence)
    table = _table(found, parts["ranks"], adjust, standardizer)
    scored = [m.variable.scale for m in measures if m.variable and m.variable.scale]
    in_use = np.isfinite(x).any(axis=1) & (cells.code >= 0)
    return Comparison(
        table=table,
        parts=parts,
        notes=(
            *study.notes,
            *left_out,
            *masked_notes(study.sample, {s.id: s for s in scored}.values()),
            *cells.notes,
            *_notes(found, table, lonely, adjust, standardizer),
        ),
        call={
            "verb": "compare",
            "scales": plain(scales),
            "reference": reference,
            "method": chosen,
            "standardizer": standardizer,
            "adjust": adjust,
            "confidence": confidence,
            "wave": wave,
            **options,
        },
        warnings=tuple(dict.fromkeys([*study.sample.reader_warnings, *study.warnings, *doubts])),
        labels=study.labels,
        **provenance(study.sample, int(in_use.sum())),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """Everything that the tables are made of."""

    measures: Sequence[Measure]
    cells: Cells
    design: Design
    method: Method
    x: Floats
    means: GroupMeans
    first: Integers
    second: Integers
    differences: MeanDifference
    standardized: StandardizedDifference


def _default(data: Survey | pd.DataFrame, options: Options) -> list[str]:
    if isinstance(data, pd.DataFrame):
        return other_columns(data, options)
    return [s.id for s in data.instrument.scales.values() if present_items(data, s)]


def _is_wave(data: Survey, by: str) -> bool:
    column = data.instrument.columns.get(by)
    return by == "wave" if column is None else column.role == "wave"


def _refuse_repeated(study: Study, by: str, by_wave: bool) -> None:
    """Refuse to compare the same people with themselves as if they were others."""
    people = study.words("respondent")
    if people is None:
        return
    known = pd.Series(people[people != ""])
    if known.duplicated().any():
        what = f"The groups of {by} are waves" if by_wave else "People have several rows"
        raise Refusal(
            f"{what}, and {counted(int(known[known.duplicated()].nunique()), 'person', 'people')} "
            "would be compared with themselves as if they were somebody else. Ask for their change "
            "(`detachment change`, change() in Python), or take one wave."
        )


def _pairs(groups: int, reference: str | None) -> tuple[Integers, Integers]:
    """Pairs of groups by number: the later minus the earlier; only with the first, if named."""
    pairs = [(j, i) for i in range(1 if reference else groups) for j in range(i + 1, groups)]
    first, second = np.array(pairs, dtype=np.int64).T
    return first, second


def _method(
    study: Study, cells: Cells, design: Design, asked: Method | None
) -> tuple[Method, Integers | None]:
    """How the groups are compared, and who is whose partner where they are paired."""
    if design.weights is not None or design.strata is not None:
        return "design", None
    mates = design.clusters if design.noun == "dyads" else None
    if asked in (None, "paired"):
        obstacle = _not_paired(study, cells, mates)
        if asked == "paired" and obstacle:
            raise UsageError(f"method paired: {obstacle}.")
        if not obstacle:
            return "paired", mates
    if asked == "clustered" and design.clusters is None:
        raise UsageError(
            "method clustered: nobody belongs together in these rows. Name the column of dyads "
            "(dyad) or of clusters (cluster), or ask for welch."
        )
    if asked == "welch" or design.clusters is None:
        return "welch", None
    return "clustered", None


def _not_paired(study: Study, cells: Cells, mates: Integers | None) -> str:
    """Why the groups are not the two members of each dyad; empty where they are."""
    if mates is None:
        return "there are no dyads with both members in these rows"
    if len(cells.names) != 2:
        return f"there are {len(cells.names)} groups, and a pair has two"
    inside = cells.code >= 0
    pairs = pd.DataFrame({"dyad": mates[inside], "code": cells.code[inside]})
    both = pairs.groupby("dyad")["code"].agg(["size", "nunique"])
    several = both[both["size"] > 1]
    if len(several) < 2:
        return "fewer than two dyads have both members in the groups"
    if (several["nunique"] != several["size"]).any():
        return "some dyads have both members in the same group"
    column = study.sample.instrument.columns.get(cells.by)
    if (column is None or column.role != "partner_role") and 2 * len(several) < inside.sum() / 2:
        return "most people in the groups have no partner in the other one"
    return ""


def _complete_pairs(x: Floats, code: Integers, mates: Integers) -> tuple[Floats, int]:
    """Scores of who has a partner with a score of the same scale; how many scores others have."""
    inside = (code >= 0)[:, None] & np.isfinite(x)
    count_ = np.zeros((int(mates.max()) + 1, x.shape[1]), dtype=np.int64)
    np.add.at(count_, mates, inside.astype(np.int64))
    complete = inside & (count_[mates] == 2)
    lonely = inside.any(axis=1) & ~complete.any(axis=1)
    return np.where(complete, x, np.nan), int(lonely.sum())


def _doubts(study: Study, cells: Cells, design: Design, method: Method) -> list[str]:
    said = []
    if method == "welch" and design.clusters is not None:
        said.append(
            f"method welch takes everybody as independent, and there are {design.noun} in these "
            "rows: intervals are too narrow (or too wide, where partners are in different groups). "
            "Leave the method away."
        )
    return said


def _groups(found: _Found, confidence: float) -> pd.DataFrame:
    low, high = found.means.intervals(confidence)
    rows = []
    for j, measure in enumerate(found.measures):
        for g, name in enumerate(found.cells.names):
            here = found.x[found.cells.code == g, j]
            known = here[np.isfinite(here)]
            rows.append(
                {
                    "scale": measure.id,
                    "group": name,
                    "n": int(found.means.n[j, g]),
                    "missing": len(here) - len(known),
                    "mean": found.means.mean[j, g],
                    "low": low[j, g],
                    "high": high[j, g],
                    "sd": found.means.sd[j, g],
                    "median": float(np.median(known)) if len(known) else np.nan,
                    "reason": "" if len(known) > 1 else _too_few(name, len(known)),
                }
            )
    return make_table(rows, _GROUPS)


def _too_few(name: str, n: int) -> str:
    return f"{name} has {counted(n, 'score')}"


def _marks(found: _Found, k: int) -> Integers:
    """1 in the first group of a pair, 0 in the second, -1 in neither."""
    code = found.cells.code
    return np.where(code == found.first[k], 1, np.where(code == found.second[k], 0, -1))


def _ranks(found: _Found, confidence: float) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for j, measure in enumerate(found.measures):
        for k in range(len(found.first)):
            code, x = _marks(found, k), found.x[:, j]
            row: dict[str, Any] = {
                "scale": measure.id,
                "first": found.cells.names[found.first[k]],
                "second": found.cells.names[found.second[k]],
                "n_first": int(found.means.n[j, found.first[k]]),
                "n_second": int(found.means.n[j, found.second[k]]),
            }
            row["reason"] = _obstacle(found, j, k)
            if found.method == "design":
                row["reason"] = row["reason"] or "ranks are not weighted"
            elif min(row["n_first"], row["n_second"]) > 0:
                row |= _superiority(found, x, code, confidence)
                if np.isnan(row["superiority_low"]):
                    row["reason"] = row["reason"] or "no interval: the groups do not overlap"
                elif found.method != "welch":
                    row["reason"] = "no Mann-Whitney test: it takes everybody as independent"
            rows.append(row)
    return make_table(rows, _RANKS)


def _superiority(found: _Found, x: Floats, code: Integers, confidence: float) -> dict[str, Any]:
    area = auc(x, code, clusters=found.design.clusters)
    (low,), (high,) = area.t_interval(confidence)
    t, p = area.t_test()
    row = {
        "superiority": area.auc[0],
        "superiority_low": low,
        "superiority_high": high,
        "rank_biserial": 2 * area.auc[0] - 1,
        "rank_biserial_low": 2 * low - 1,
        "rank_biserial_high": 2 * high - 1,
        "t": t[0],
        "df": area.df[0],
        "p": p[0],
    }
    if found.method == "welch":
        test = mann_whitney(x, code)
        row |= {
            "mann_whitney_u": test.u[0],
            "mann_whitney_z": test.z[0],
            "mann_whitney_p": test.p[0],
        }
    return row


def _obstacle(found: _Found, j: int, k: int) -> str:
    """Why a difference has no interval; empty when it has."""
    short = [
        _too_few(found.cells.names[g], int(found.means.n[j, g]))
        for g in (found.first[k], found.second[k])
        if found.means.n[j, g] < 2
    ]
    if short:
        return f"{listing(short)}, and at least two are needed"
    if np.isnan(found.differences.se[j, k]):
        if not np.nan_to_num(found.means.sd[j, [found.first[k], found.second[k]]]).any():
            return "the scores do not vary within the groups"
        return _SAME if found.method == "paired" else "too few clusters in a group for an interval"
    if np.isnan(found.differences.df[j, k]):
        return "too few clusters for an interval"
    return ""


_SAME = "the differences within pairs do not vary"


def _table(
    found: _Found, ranks: pd.DataFrame, adjust: Adjustment, standardizer: Standardizer
) -> pd.DataFrame:
    d, s, means = found.differences, found.standardized, found.means
    rows: list[dict[str, Any]] = []
    for j, measure in enumerate(found.measures):
        for k, (one, two) in enumerate(zip(found.first, found.second, strict=True)):
            rows.append(
                {
                    "scale": measure.id,
                    "by": found.cells.by,
                    "first": found.cells.names[one],
                    "second": found.cells.names[two],
                    "n_first": int(means.n[j, one]),
                    "n_second": int(means.n[j, two]),
                    "mean_first": means.mean[j, one],
                    "mean_second": means.mean[j, two],
                    "difference": d.difference[j, k],
                    "low": d.low[j, k],
                    "high": d.high[j, k],
                    "se": d.se[j, k],
                    "t": d.t[j, k],
                    "df": d.df[j, k],
                    "p": d.p[j, k],
                    "adjust": adjust,
                    "method": found.method,
                    "d": s.d[j, k],
                    "g": s.g[j, k],
                    "g_low": s.low[j, k],
                    "g_high": s.high[j, k],
                    "standardizer": standardizer,
                    "g_ci": s.method,
                    "reason": _obstacle(found, j, k),
                }
            )
    table = make_table(rows, COLUMNS)
    for name in ("superiority", "superiority_low", "superiority_high"):
        table[name] = ranks[name].to_numpy()
    apart = (table["reason"] == "") & table["superiority_low"].isna()
    table["reason"] = table["reason"].where(~apart, ranks["reason"]).astype("str")
    table["p_adjusted"] = adjust_p(table["p"].to_numpy(), adjust)
    table["family"] = pd.array([int(table["p"].notna().sum())] * len(table), dtype="Int64")
    return table


def _tests(found: _Found, confidence: float) -> pd.DataFrame:
    groups = len(found.cells.names)
    if found.method == "welch":
        tests = {
            "ANOVA": anova(found.means, confidence),
            "Welch's ANOVA": welch_anova(found.means),
            "Kruskal-Wallis": kruskal_wallis(found.x, found.cells.code, groups, confidence),
        }
    else:
        ranks = group_ranks(found.x, found.cells.code)
        tests = {
            f"F ({found.method})": _robust(found, found.x, confidence),
            f"F of ranks ({found.method})": _robust(found, ranks, confidence),
        }
        if found.method == "design":
            del tests[f"F of ranks ({found.method})"]
    rows: list[dict[str, Any]] = []
    for j, measure in enumerate(found.measures):
        for name, test in tests.items():
            row: dict[str, Any] = {
                "scale": measure.id,
                "test": name,
                "n": int(found.means.n[j].sum()),
                "statistic": test.statistic[j],
                "df1": test.df1[j],
                "df2": test.df2[j],
                "p": test.p[j],
                "reason": ""
                if np.isfinite(test.p[j])
                else "a group has too few scores or clusters, or the scores do not vary",
            }
            if found.method != "design":
                row |= {"low": test.low[j], "high": test.high[j]}
                if "ranks" in name or "Kruskal" in name:
                    row["epsilon2"] = test.share[j]
                else:
                    row |= {"eta2": test.share[j], "omega2": test.unbiased[j]}
            rows.append(row)
    return make_table(rows, _TESTS)


def _robust(found: _Found, x: Floats, confidence: float) -> GroupTest:
    code, groups = found.cells.code, len(found.cells.names)
    return equal_means(
        found.design.means(x, code, groups), anova(group_means(x, code, groups)), confidence
    )


_SD = {
    "pooled": "the standard deviation pooled over both groups",
    "average": "the root of the mean of both groups' variances",
    "reference": "the standard deviation of the second group (Glass's delta)",
}
_INTERVALS = {
    "noncentral t": "by the noncentral t distribution, which takes the groups to vary alike",
    "Bonett": "after Bonett (2008), which does not take the groups to vary alike",
    "delta": "by the delta method, from the same standard errors",
}


def _notes(
    found: _Found, table: pd.DataFrame, lonely: int, adjust: str, standardizer: Standardizer
) -> list[str]:
    notes: list[str] = []
    if found.method == "paired":
        notes.append(
            "The two groups are the two members of each dyad: means are of complete dyads, and "
            "the paired t test is of the differences within them"
            + (f" ({counted(lonely, 'person', 'people')} without a partner's score left out)."
               if lonely else ".")
        )  # fmt: skip
    elif found.method == "clustered":
        notes += found.design.notes
        notes.append(
            "Differences have bias-reduced cluster-robust standard errors (CR2) with "
            "Satterthwaite's degrees of freedom."
        )
    elif found.method == "welch":
        notes.append("Differences are tested by Welch's t, which needs no equal variances.")
    else:
        notes += found.design.notes
    notes.append(
        f"Standardized differences divide by {_SD[standardizer]}, times Hedges' factor for small "
        f"samples; their intervals are {_INTERVALS[found.standardized.method]}."
    )
    family = int(table["family"].iloc[0])
    over = f"{counted(family, 'test')}: every scale and pair of groups in the table"
    notes.append(f"p values are {ADJUSTED[adjust]}" + (f" for {over}." if family > 1 else "."))
    if found.method != "design":
        notes.append(
            "P(higher) is the probability that somebody of the first group has a higher score than "
            "somebody of the second, ties counting half; .50 is no difference. Its interval is "
            + ("Brunner and Munzel's." if found.method == "welch" else "Obuchowski's, by clusters.")
        )
    if len(found.cells.names) > 2 and found.method != "design":
        notes.append(
            "η², ω² and ε² are shares of the (ranks') variance between groups; the interval is of "
            "the population's share (noncentral F), which η² overestimates in small samples."
            + (
                " F is the approximate Hotelling test of the same covariance, in which small "
                "groups cost degrees of freedom."
                if found.method == "clustered"
                else ""
            )
        )
    small = [
        found.cells.names[g]
        for g in range(len(found.cells.names))
        if 0 < found.means.n[:, g].max(initial=0) < _FEW
    ]
    if small:
        notes.append(
            f"Fewer than {_FEW} people are in {listing(small)}: read such numbers with great care."
        )
    notes.append(
        "A difference between groups that nobody assigned is not an effect of what names them."
    )
    return notes
