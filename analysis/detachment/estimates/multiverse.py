"""Does the headline hang on a choice? One correlation over every defensible way to analyse it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, SurveyError, UsageError, check_word
from detachment.estimates._result import Result, make_table, records
from detachment.estimates._scales import (
    Floats,
    Sample,
    check_confidence,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import (
    LINK,
    NO_CAUSE,
    aside,
    in_words,
    likely,
    not_given,
    people,
)
from detachment.estimates._specifications import Estimates, Measured, latent_r, observed_r
from detachment.estimates._study import Selector, Study, take_study
from detachment.instruments import Scale, ScaleItem
from detachment.scoring import keyed_answers, score_scale, select_scales
from detachment.stats.latent_correlation import LatentCorrelation, latent_correlation
from detachment.stats.moments import pairwise_moments
from detachment.stats.reliability import item_rest_r
from detachment.text import bounded, count, counted, interval, level, listing, number, percent
from detachment.validation import Survey, remaining

Rule = Literal["min_valid", "any", "complete", "mean"]
Coefficient = Literal["pearson", "spearman", "kendall"]
Scored = Literal["observed", "latent"]
Clustering = Literal["dyad", "none"]
CHOICES = ("exclude", "missing", "without", "controls", "score", "method", "cluster")
COLUMNS = {
    "specification": "Int64",
    "exclude": "str",
    "missing": "str",
    "without": "str",
    "controls": "str",
    "score": "str",
    "method": "str",
    "cluster": "str",
    "n": "Int64",
    "n_clusters": "Int64",
    "r": "float64",
    "r_low": "float64",
    "r_high": "float64",
    "p": "float64",
    "conclusion": "str",
    "agrees": "boolean",
    "headline": "bool",
    "reason": "str",
}
CHOICE_COLUMNS = {
    "choice": "str",
    "option": "str",
    "specifications": "Int64",
    "computed": "Int64",
    "r_lowest": "float64",
    "r_median": "float64",
    "r_highest": "float64",
    "change": "float64",
    "agree": "Int64",
    "share_agree": "float64",
}
WORDS = {
    "exclude": {
        "nobody": "nobody left out", "grade2": "without strong flags", "any": "without any flag",
    },
    "missing": {
        "min_valid": "enough items", "any": "any answer", "complete": "every item",
        "mean": "item means for gaps",
    },
    "score": {"observed": "observed scores", "latent": "latent variables"},
    "method": {"pearson": "Pearson", "spearman": "Spearman", "kendall": "Kendall's tau-b"},
    "cluster": {"dyad": "dyads as clusters", "none": "everyone independent"},
}  # fmt: skip
HEADS = {
    "exclude": "Excluded", "missing": "Score needs", "without": "Items left out",
    "controls": "Controls", "score": "Variables", "method": "Coefficient", "cluster": "Errors",
}  # fmt: skip
_NEEDS: dict[str, Literal["min_valid", "none", "mean"]] = {
    "min_valid": "min_valid", "any": "none", "complete": "min_valid", "mean": "mean",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Multiverse(Result):
    """One correlation over every combination of choices, one row a specification."""

    def _plain(self) -> Iterable[str]:
        table = self.table
        given = table[table["r"].notna()]
        row, column = (self.named(self.call[side]) for side in ("row", "column"))
        first = table[table["headline"]].iloc[0]
        if np.isnan(first["r"]):
            yield not_given(f"{row} and {column}", first["reason"])
        else:
            agree = int(given["agrees"].sum())
            yield (
                f"The link of {row} with {column} was computed in {count(len(given))} ways, each "
                "of which a careful researcher could have chosen. In the first it is "
                f"{number(first['r'])}"
                f"{aside(likely(first['r_low'], first['r_high']), people(first['n']))}."
            )
            yield (
                f"{count(agree)} of the {count(len(given))} ways ({in_words(agree / len(given))}) "
                f"come to the same conclusion; the link goes from {number(given['r'].min())} to "
                f"{number(given['r'].max())}, and half the ways are above "
                f"{number(given['r'].median())}."
            )
        if len(given) < len(table):
            yield f"{count(len(table) - len(given))} ways could not be computed; each says why."

    def _meaning(self) -> Iterable[str]:
        yield LINK
        yield (
            "A conclusion that holds in every way does not hang on a choice of the researcher. "
            "All ways use the same people, so they can all be wrong together."
        )
        yield NO_CAUSE

    def _gaps(self) -> None:
        return None  # the rule is one of the choices

    def _apa(self) -> Iterable[str]:
        table = self.table
        given = table[table["r"].notna()]
        row, column = (self.named(self.call[side]) for side in ("row", "column"))
        first = table[table["headline"]].iloc[0]
        lines = []
        if np.isnan(first["r"]):
            lines.append(f"The headline is not given: {first['reason']}.")
        else:
            agree = int(given["agrees"].sum())
            lines.append(
                f"{count(agree)} of {counted(len(given), 'specification')} "
                f"({percent(agree / len(given))}) of the correlation of {row} with {column} agree "
                f"with the headline: {_CONCLUSIONS[first['conclusion']]}."
            )
            lines.append(
                f"The headline is {bounded(first['r'])}, {level(self.call['confidence'])} CI "
                f"{interval(first['r_low'], first['r_high'])}, n = {count(first['n'])}; all "
                f"specifications range from {bounded(given['r'].min())} to "
                f"{bounded(given['r'].max())}, median {bounded(given['r'].median())}."
            )
        lines += self._moves()
        if len(given) < len(table):
            lines.append(
                f"{counted(len(table) - len(given), 'specification')} could not be computed; each "
                "says why."
            )
        return lines

    def _moves(self) -> list[str]:
        """The option that moves r most; tau-b is on a scale of its own."""
        found = self.parts["choices"].dropna(subset=["change"])
        found = found[(found["option"] != "kendall") & (found["change"] != 0)]
        if found.empty:
            return []
        most = found.iloc[int(np.argmax(found["change"].abs()))]
        first = next(
            option
            for choice, option in zip(
                self.parts["choices"]["choice"], self.parts["choices"]["option"], strict=True
            )
            if choice == most["choice"]
        )
        size = number(most["change"], 3) if abs(most["change"]) < 0.01 else bounded(most["change"])
        return [
            f"The option that moves it most is {option_words(most['choice'], most['option'])} in "
            f"place of {option_words(most['choice'], first)}: on average by {size}, all else equal."
        ]

    def display(self) -> pd.DataFrame:
        """What each option of each choice gives: labels, rounded numbers as text."""
        rows = records(self.parts["choices"])
        return pd.DataFrame(
            {
                "Choice": [HEADS[row["choice"]] for row in rows],
                "Option": [option_words(row["choice"], row["option"]) for row in rows],
                "Specifications": [count(row["specifications"]) for row in rows],
                "Lowest": [bounded(row["r_lowest"]) for row in rows],
                "Median": [bounded(row["r_median"]) for row in rows],
                "Highest": [bounded(row["r_highest"]) for row in rows],
                "Change": [bounded(row["change"]) for row in rows],
                "Agree": [
                    f"{count(row['agree'])} ({percent(row['share_agree'])})"
                    if row["share_agree"] is not None
                    else ""
                    for row in rows
                ],
            }
        )

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Nothing more: every specification stands in the table, and in the figure."""
        return {}

    def display_all(self) -> list[tuple[str, pd.DataFrame]]:
        """The choices; the table of every specification is for ``to_frame`` and the figure."""
        return [("Specifications by choice", self.display())]

    def why_missing(self, part: str, column: str) -> str:
        """Why a choice has no correlations."""
        if part == "choices":
            return "no specification with this option could be computed"
        return super(Multiverse, self).why_missing(part, column)


_CONCLUSIONS = {
    "positive": "positive, with an interval that excludes 0",
    "negative": "negative, with an interval that excludes 0",
    "unclear": "not clearly different from 0",
}


class Specification(NamedTuple):
    """One option of every choice, as the words of the table."""

    exclude: str
    missing: str
    without: str
    controls: str
    score: str
    method: str
    cluster: str


def multiverse(
    data: Survey | pd.DataFrame,
    *,
    rows: Selector | None = None,
    columns: Selector | None = None,
    exclusions: str | Sequence[str] | None = None,
    missing: Rule | Sequence[Rule] = ("min_valid", "any", "complete"),
    without: str | Sequence[str] | None = None,
    controls: Selector | None = None,
    score: Scored | Sequence[Scored] = ("observed", "latent"),
    method: Coefficient | Sequence[Coefficient] = ("pearson", "spearman", "kendall"),
    cluster: Clustering | Sequence[Clustering] = ("dyad", "none"),
    confidence: float = 0.95,
    wave: int | str | None = None,
    dyad: str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Multiverse:
    """One correlation, computed again under every combination of defensible choices.

    The first option of each choice makes the headline. A specification agrees with it when it
    comes to the same conclusion: positive or negative with an interval that excludes 0, or
    unclear. Combinations that have no meaning are left out: controls go with Pearson's r of
    observed scores, latent variables with Pearson's r and without means in place of answers.

    Parameters
    ----------
    data
        A survey, or a plain table.
    rows, columns
        The two variables: a scale's id or an item's. By default the first that the instrument
        crosses. For a plain table: the columns of the items whose mean is each variable.
    exclusions
        Whom to leave out: ``nobody``, or a rule as ``exclude`` takes it; by default ``nobody``,
        ``grade2`` (strong flags) and ``any`` flag.
    missing
        When a score is given: ``min_valid``, the share of items that the scale asks for; ``any``
        answer; ``complete``, all items; ``mean``, an item's mean in place of a missing answer.
    without
        Items to leave out of the scores, each alone, beside the scores with all items. By default
        the item of the row's scale that goes least with the rest (item-rest correlation), which
        the notes name. ``()`` for none.
    controls
        Scales, items or metadata whose linear part is removed from both (partial correlation),
        beside the correlation without.
    score
        ``observed`` scores, or ``latent`` variables: the correlation of the common factors, which
        divides the covariance of the sums by the true spread of both (omega total; alpha of two
        items).
    method
        Coefficients.
    cluster
        ``dyad``: intervals and p from whole dyads; ``none``: everyone as independent.
    confidence
        Level of the intervals.
    wave
        Which wave; the first by default.
    dyad
        For a plain table: the column that says who belongs together.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Multiverse
        One row a specification: ``specification, exclude, missing, without, controls, score,
        method, cluster, n, n_clusters, r, r_low, r_high, p, conclusion, agrees, headline, reason``.
        The part ``choices`` sums up what each option gives; its ``change`` is
        the mean difference from the first option of the choice, all else equal.

    Raises
    ------
    UsageError
        When a word is unknown, or a selector names more than one variable.
    Refusal
        When both variables share an item.
    SurveyError
        When nobody has a value of one of them.

    Warns
    -----
    DataWarning
        Doubtful keys, answers off their scale.

    References
    ----------
    Steegen, S., Tuerlinckx, F., Gelman, A., & Vanpaemel, W. (2016). Increasing transparency through
    a multiverse analysis. *Perspectives on Psychological Science, 11*, 702-712. Simonsohn, U.,
    Simmons, J. P., & Nelson, L. D. (2020). Specification curve analysis. *Nature Human Behaviour,
    4*, 1208-1214.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> result = dt.multiverse(survey, rows="signs_total", columns="eff_satisfaction")
    >>> bool(result.to_frame()["agrees"].all())
    True
    """
    check_confidence(confidence)
    options = {
        "missing": _options("missing", missing, get_args(Rule)),
        "score": _options("score", score, get_args(Scored)),
        "method": _options("method", method, get_args(Coefficient)),
        "cluster": _options("cluster", cluster, get_args(Clustering)),
    }
    rows, columns = _defaults(data, rows, columns)
    study = take_study(
        data,
        measures={"rows": rows, "columns": columns, "controls": controls},
        columns={"dyad": dyad},
        wave=wave,
        reverse=reverse,
        values=values,
    )
    sample = study.sample
    one, other = (_scale(study, side) for side in ("rows", "columns"))
    if shared := [use.id for use in one.items if use.id in {item.id for item in other.items}]:
        raise Refusal(
            f"{one.id} and {other.id} share {listing(shared, shown=3)}, which correlates with "
            "itself: every specification would be part-whole. Name variables without common items."
        )
    emit(study.warnings)
    dyads = study.dyads
    if dyads is None:
        options["cluster"] = ["none"]
    kept = _kept(sample, exclusions)
    left_out, notes = _left_out(sample, one, other, without)
    options |= {
        "exclude": list(kept),
        "without": ["", *left_out],
        "controls": ["", _named(study)] if study.measures["controls"] else [""],
    }
    single = [scale.id for scale in (one, other) if len(scale.items) == 1]
    if single and options["score"] == ["latent"]:
        raise Refusal(f"{single[0]} is one item, which has no latent variable: ask for observed.")
    if single and "latent" in options["score"]:
        options["score"] = ["observed"]
        notes.append(f"No latent variables: {single[0]} is one item, whose errors are unknown.")
    grid = _grid(options)
    found = _estimates(study, one, other, grid, kept, dyads, confidence)
    table = _table(grid, found)
    return Multiverse(
        table=table,
        parts={"choices": _by_choice(table)},
        notes=(
            *study.notes,
            *masked_notes(sample, [one, other] if not sample.is_frame else []),
            *notes,
            *_notes(options, dyads, confidence),
        ),
        call={
            "verb": "multiverse",
            "rows": plain(rows),
            "columns": plain(columns),
            "row": one.id,
            "column": other.id,
            "exclusions": options["exclude"],
            "missing": options["missing"],
            "without": list(left_out),
            "controls": plain(controls),
            "score": options["score"],
            "method": options["method"],
            "cluster": options["cluster"],
            "confidence": confidence,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*sample.reader_warnings, *study.warnings])),
        labels={**study.labels, one.id: one.label, other.id: other.label},
        **provenance(sample, int(table["n"].max()) if table["n"].notna().any() else 0),
    )


def option_words(choice: str, option: str) -> str:
    """An option as people read it.

    Examples
    --------
    >>> option_words("method", "pearson"), option_words("without", ""), option_words("without", "a")
    ('Pearson', 'none', 'a')
    """
    if not option:
        return "none"
    return WORDS.get(choice, {}).get(option, f"without {option}" if choice == "exclude" else option)


def _options(name: str, given: str | Sequence[str], allowed: Sequence[str]) -> list[str]:
    words = [given] if isinstance(given, str) else list(dict.fromkeys(given))
    if not words:
        raise UsageError(f"{name}: no option is named; name at least one of {listing(allowed)}.")
    for word in words:
        check_word(name, word, allowed)
    return words


def _defaults(
    data: Survey | pd.DataFrame, rows: Selector | None, columns: Selector | None
) -> tuple[Selector, Selector]:
    """The first two variables that the instrument crosses, where none are named."""
    if isinstance(data, Survey) and (rows is None or columns is None):
        declared = data.instrument.correlate
        rows = rows or next(iter(declared.rows), None)
        if columns is None and declared.columns:
            columns = next(iter(select_scales(data.instrument, declared.columns[0]))).id
    if not rows or not columns:
        raise UsageError(
            "Name the two variables with --rows and --columns (rows=, columns= in Python), such as "
            "--rows signs_total --columns eff_satisfaction."
        )
    return rows, columns


def _scale(study: Study, side: str) -> Scale:
    """The items of a variable and how they are scored."""
    found = study.measures[side]
    sample = study.sample
    if sample.is_frame:
        scale = next(iter(sample.instrument.scales.values()))
        names = [measure.id for measure in found]
        if any(measure.variable is None for measure in found):
            raise UsageError(f"{side}: {listing(names)} must hold numbers.")
        items = tuple(use for use in scale.items if use.id in names)
        return replace(scale, id=", ".join(names), label=", ".join(names), items=items)
    measure = study.one(side)
    variable = measure.variable
    if variable is None:
        raise UsageError(
            f"{side}: {measure.id} is metadata; the multiverse is about scales and items."
        )
    if variable.item is None and variable.scale is not None:
        return variable.scale
    keyed = 1
    if variable.scale is not None:
        keyed = next(use.keyed for use in variable.scale.items if use.id == variable.item)
    base = variable.scale or next(iter(sample.instrument.scales.values()))
    return replace(
        base,
        id=variable.id,
        label=variable.label,
        model="single_item",
        items=(ScaleItem(id=variable.id, keyed=keyed),),
        signs_present_from=None,
        mask_when=base.mask_when if variable.scale else {},
    )


def _kept(sample: Sample, rules: str | Sequence[str] | None) -> dict[str, NDArray[np.bool_]]:
    """Rule -> who stays, in the rows used."""
    survey, n = sample.survey, int(sample.rows.sum())
    if rules is None:
        rules = ["nobody"] if sample.is_frame else ["nobody", "grade2", "any"]
    words = [rules] if isinstance(rules, str) else list(dict.fromkeys(rules))
    if not words:
        raise UsageError("exclusions: no rule is named; name nobody, grade2, any, or a flag.")
    index = survey.responses.index[sample.rows]
    found = {}
    for word in words:
        stays = np.ones(n, dtype=np.bool_)
        if word != "nobody":
            try:
                stays = np.asarray(index.isin(remaining(survey, rules=word)))
            except SurveyError:
                stays = np.zeros(n, dtype=np.bool_)
        found[word] = stays
    return found


def _left_out(
    sample: Sample, one: Scale, other: Scale, without: str | Sequence[str] | None
) -> tuple[list[str], list[str]]:
    """Items that are left out in turn, and how they were chosen."""
    items = [use.id for scale in (one, other) for use in scale.items]
    if without is not None:
        words = [without] if isinstance(without, str) else list(dict.fromkeys(without))
        for word in words:
            check_word("without", word, items)
        for scale in (one, other):
            if len(scale.items) == 1 and scale.items[0].id in words:
                raise UsageError(f"without: {scale.items[0].id} is all that {scale.id} has.")
        return words, []
    if len(one.items) < 3:
        return [], []
    answers = _answers(sample, one)
    rest = item_rest_r(pairwise_moments(answers).cov)
    if np.isnan(rest).all():
        return [], []
    weakest = one.items[int(np.nanargmin(rest))].id
    return [weakest], [
        f"Left out in turn: {weakest}, the item of {one.id} that goes least with the rest "
        f"(item-rest r = {bounded(float(np.nanmin(rest)))}); name others with --without (without= "
        "in Python)."
    ]


def _named(study: Study) -> str:
    return ", ".join(measure.id for measure in study.measures["controls"])


def _grid(options: Mapping[str, Sequence[str]]) -> list[Specification]:
    """Every combination that has a meaning; the first options first."""
    every = (Specification(*words) for words in product(*(options[name] for name in CHOICES)))
    return [
        one
        for one in every
        if not (
            one.score == "latent"
            and (one.method != "pearson" or one.controls or one.missing == "mean")
        )
        and not (one.method != "pearson" and one.controls)
    ]


def _answers(sample: Sample, scale: Scale) -> Floats:
    """Keyed answers to the items of a scale in the rows used, (n, items)."""
    if sample.is_frame or scale.id in sample.instrument.scales:
        name = next(iter(sample.instrument.scales)) if sample.is_frame else scale.id
        keyed = keyed_answers(sample.survey, name)
        return keyed[[use.id for use in scale.items]].to_numpy()[sample.rows]
    item = scale.items[0].id
    users = [s.id for s in sample.instrument.scales.values() if item in {u.id for u in s.items}]
    if not users:
        return sample.raw(item)[:, None]
    return keyed_answers(sample.survey, users[0])[[item]].to_numpy()[sample.rows]


def _estimates(
    study: Study,
    one: Scale,
    other: Scale,
    grid: Sequence[Specification],
    kept: Mapping[str, NDArray[np.bool_]],
    dyads: NDArray[np.int64] | None,
    confidence: float,
) -> list[Estimates]:
    """What each specification gives; scores that several share are made once."""
    sample, controls = study.sample, study.matrix("controls")
    answers = {scale.id: _answers(sample, scale) for scale in (one, other)}
    scores: dict[tuple[str, str, str], Floats] = {}
    latent: dict[Specification, LatentCorrelation] = {}

    def scored(scale: Scale, spec: Specification, used: NDArray[np.bool_]) -> Floats:
        key = (scale.id, spec.missing, "" if used.all() else spec.without)
        if key not in scores:
            reduced = replace(
                scale,
                items=tuple(item for item, u in zip(scale.items, used, strict=True) if u),
                min_valid=1.0 if spec.missing == "complete" else scale.min_valid,
            )
            keyed = answers[scale.id][:, used]
            scores[key] = score_scale(sample.instrument, reduced, keyed, _NEEDS[spec.missing]).score
        return scores[key]

    def fitted(
        spec: Specification, there: NDArray[np.bool_], used: Sequence[NDArray[np.bool_]]
    ) -> LatentCorrelation:
        key = spec._replace(cluster="")  # clusters move its standard error only
        if key not in latent:
            latent[key] = latent_correlation(
                *(answers[s.id][there][:, u] for s, u in zip((one, other), used, strict=True))
            )
        return latent[key]

    def estimate(spec: Specification) -> Estimates:
        used = [np.array([item.id != spec.without for item in s.items]) for s in (one, other)]
        x, y = (scored(s, spec, u) for s, u in zip((one, other), used, strict=True))
        there = kept[spec.exclude] & ~np.isnan(x) & ~np.isnan(y)
        if spec.controls:
            there &= ~np.isnan(controls).any(axis=1)
        measured = Measured(
            x=x[there],
            y=y[there],
            items=(int(used[0].sum()), int(used[1].sum())),
            controls=controls[there] if spec.controls else np.empty((int(there.sum()), 0)),
            clusters=dyads[there] if spec.cluster == "dyad" and dyads is not None else None,
        )
        if spec.score == "latent":
            return latent_r(measured, confidence, lambda: fitted(spec, there, used))
        return observed_r(measured, spec.method, confidence)  # type: ignore[arg-type]

    return [estimate(spec) for spec in grid]


def _table(grid: Sequence[Specification], found: Sequence[Estimates]) -> pd.DataFrame:
    rows = []
    for place, (spec, got) in enumerate(zip(grid, found, strict=True)):
        row: dict[str, Any] = {**spec._asdict(), **got._asdict(), "specification": place + 1}
        row["headline"] = place == 0
        row["conclusion"] = _conclusion(got)
        rows.append(row)
    first = rows[0]["conclusion"]
    for row in rows:
        row["agrees"] = (row["conclusion"] == first) if first and row["conclusion"] else None
    return make_table(rows, COLUMNS)


def _conclusion(got: Estimates) -> str | None:
    if np.isnan(got.r_low) or np.isnan(got.r_high):
        return None
    return "positive" if got.r_low > 0 else "negative" if got.r_high < 0 else "unclear"


def _by_choice(table: pd.DataFrame) -> pd.DataFrame:
    """What the specifications with each option give."""
    words = {name: table[name].to_list() for name in CHOICES}
    r = table["r"].to_numpy(dtype=np.float64)
    agrees = table["agrees"].to_numpy(dtype=np.float64, na_value=np.nan)
    rows = []
    for choice, taken in words.items():
        options = list(dict.fromkeys(taken))
        for option in options if len(options) > 1 else []:
            some = np.array([word == option for word in taken])
            given = r[some & ~np.isnan(r)]
            judged = agrees[some & ~np.isnan(agrees)]
            rows.append(
                {
                    "choice": choice,
                    "option": option,
                    "specifications": int(some.sum()),
                    "computed": len(given),
                    "r_lowest": given.min() if len(given) else np.nan,
                    "r_median": np.median(given) if len(given) else np.nan,
                    "r_highest": given.max() if len(given) else np.nan,
                    "change": _change(words, r, choice, options[0], option),
                    "agree": int(judged.sum()),
                    "share_agree": judged.mean() if len(judged) else np.nan,
                }
            )
    return make_table(rows, CHOICE_COLUMNS)


def _change(
    words: Mapping[str, Sequence[str]], r: Floats, choice: str, first: str, option: str
) -> float:
    """Mean difference from the first option, over specifications that are equal otherwise."""
    others = zip(*(words[name] for name in CHOICES if name != choice), strict=True)
    of = dict(zip(zip(words[choice], others, strict=True), r, strict=True))
    moved = [
        value - of[first, rest]
        for (taken, rest), value in of.items()
        if taken == option and (first, rest) in of
    ]
    moved = [change for change in moved if not np.isnan(change)]
    return float(np.mean(moved)) if moved else np.nan


def _notes(
    options: Mapping[str, Sequence[str]], dyads: NDArray[np.int64] | None, confidence: float
) -> list[str]:
    notes = [
        "The headline takes the first option of each choice; a specification agrees when its "
        f"{level(confidence)} interval lies on the same side of 0 (or, like the headline's, holds "
        "0). Specifications share the same people: their number is not a sample size, and no "
        "test counts them."
    ]
    if "latent" in options["score"]:
        notes.append(
            "Latent variables: covariance of the sums over the root of the product of their true "
            "variances, by omega total of one factor each (alpha of two items); intervals by the "
            "delta method, which needs no normal answers."
        )
    if "kendall" in options["method"]:
        notes.append(
            "Kendall's tau-b is smaller than r for the same association: compare its side of 0, "
            "not its size."
        )
    if "dyad" in options["cluster"] and dyads is not None:
        notes.append(
            f"Dyads as clusters: standard errors leave out whole dyads in turn "
            f"({counted(len(np.unique(dyads)), 'cluster')}, people without a partner on their own)."
        )
    elif dyads is not None:
        notes.append(
            "Some respondents are partners of one another, and are taken as independent here: "
            "intervals are then too narrow. --cluster dyad (cluster= in Python) does better."
        )
    return notes
