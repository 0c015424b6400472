"""What predicts an outcome? Slopes, their errors as the design has them, shares of variance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from detachment.errors import UsageError
from detachment.estimates._linear import (
    Covariance,
    Design,
    LinearFit,
    RowRule,
    check_row_rule,
    complete_rows,
    design_doubts,
    design_notes,
    fit_linear,
    quantile,
    refuse_perfect,
    require_clusters,
    require_regression,
    rows_note,
    take_design,
    wave_doubts,
    wave_options,
    without_small_categories,
)
from detachment.estimates._overlap import overlap_notes, refuse_shared
from detachment.estimates._result import Result, interval_texts, make_table, rounded
from detachment.estimates._scales import (
    Floats,
    check_boot,
    check_confidence,
    check_rng,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import (
    NO_CAUSE,
    aside,
    by_chance,
    in_words,
    likely,
    likely_more,
    more,
    not_given,
    people,
    whole_percent,
)
from detachment.estimates._study import Measure, Selector, take_study
from detachment.stats._arrays import in_canonical_order
from detachment.stats.bootstrap import resample
from detachment.stats.dominance import dominance_analysis
from detachment.stats.moments import em_moments
from detachment.text import bounded, count, interval, level, listing, number, p_statement
from detachment.validation import Survey

INTERCEPT = "(Intercept)"
MOST_DOMINANCE = 12
COLUMNS = {
    "outcome": "str",
    "term": "str",
    "entered": "str",
    "n": "Int64",
    "b": "float64",
    "se": "float64",
    "b_low": "float64",
    "b_high": "float64",
    "beta": "float64",
    "beta_se": "float64",
    "beta_low": "float64",
    "beta_high": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
    "vif": "float64",
    "semipartial_r2": "float64",
    "reason": "str",
}
_MODEL = {
    "step": "Int64",
    "entered": "str",
    "n": "Int64",
    "r2": "float64",
    "r2_low": "float64",
    "r2_high": "float64",
    "r2_adjusted": "float64",
    "r2_adjusted_low": "float64",
    "r2_adjusted_high": "float64",
    "residual_sd": "float64",
    "f": "float64",
    "df1": "float64",
    "df2": "float64",
    "p": "float64",
    "r2_change": "float64",
    "change_f": "float64",
    "change_df1": "float64",
    "change_df2": "float64",
    "p_change": "float64",
}
_CHANGE = [name for name in _MODEL if "change" in name]
_DOMINANCE = {
    "predictor": "str",
    "general": "float64",
    "low": "float64",
    "high": "float64",
    "share": "float64",
    "rank": "Int64",
}
_CONDITIONAL = {"predictor": "str", "others": "Int64", "contribution": "float64"}
_PAIRS = {"first": "str", "second": "str", "complete": "float64", "dominates": "str"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LinearModel(Result):
    """A regression, one row a coefficient."""

    def _plain(self) -> Iterable[str]:
        model = self.parts["model"].iloc[-1]
        outcome = self.named(self.table["outcome"].iloc[0])
        ends = likely(model["r2_low"], model["r2_high"], whole_percent)
        yield (
            f"Knowing all of these together explains {in_words(model['r2'])} of the differences in "
            f"{outcome}{aside(ends, people(model['n']))}."
        )
        for row in self.table.to_dict(orient="records"):
            if row["term"] == INTERCEPT:
                continue
            if np.isnan(row["se"]):
                yield not_given(self.named(row["term"]), row["reason"])
                continue
            yield (
                f"{self.named(row['term'])}: of two people who differ by one point in it and are "
                f"alike in the others, the higher one is {more(row['b'])} in {outcome} on average"
                + aside(
                    likely_more(row["b_low"], row["b_high"]), by_chance(row["p"]), people(row["n"])
                )
                + "."
            )

    def _meaning(self) -> Iterable[str]:
        yield (
            "“Explains” is meant as arithmetic: how much smaller the differences between people "
            "get when they are compared with others who are alike in these things."
        )
        yield NO_CAUSE

    def _apa(self) -> Iterable[str]:
        model = self.parts["model"].iloc[-1]
        sure = level(self.call["confidence"])
        outcome = self.named(self.table["outcome"].iloc[0])
        lines = [
            f"{outcome} (n = {count(int(model['n']))}): R² = {bounded(model['r2'])}, {sure} CI "
            f"{interval(model['r2_low'], model['r2_high'])}, adjusted R² = "
            f"{bounded(model['r2_adjusted'])}, "
            f"{f_statistic(model['f'], model['df1'], model['df2'])}, {p_statement(model['p'])}."
        ]
        if model["step"] > 1:
            lines.append(
                f"Beyond the controls R² grows by {bounded(model['r2_change'])}, "
                f"{f_statistic(model['change_f'], model['change_df1'], model['change_df2'])}, "
                f"{p_statement(model['p_change'])}."
            )
        for row in self.table.to_dict(orient="records"):
            if row["term"] == INTERCEPT:
                continue
            if np.isnan(row["se"]):
                lines.append(f"{self.named(row['term'])}: nothing is given; {row['reason']}.")
                continue
            lines.append(
                f"{self.named(row['term'])}: b = {number(row['b'])}, {sure} CI "
                f"{interval(row['b_low'], row['b_high'], can_exceed_one=True)}, β = "
                f"{number(row['beta'])} "
                f"{interval(row['beta_low'], row['beta_high'], can_exceed_one=True)}, "
                f"{statistic(row['t'], row['df'])}, {p_statement(row['p'])}, n = "
                f"{count(row['n'])}."
            )
        return lines

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part == "model" and column in ("f", "p", "change_f", "p_change"):
            return "there are more slopes than independent clusters, or no degrees of freedom"
        if part == "dominance" and column in ("low", "high"):
            return "no bootstrap was asked for (n_boot)"
        if part == "earlier_steps":
            return "not defined for an intercept"
        return "not defined for these answers"

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        sure = level(self.call["confidence"])
        shown = pd.DataFrame(
            {
                "Term": [self.label(term) for term in table["term"]],
                "b": table["b"].map(lambda x: number(x, 3)),
                "SE": table["se"].map(lambda x: number(x, 3)),
                f"{sure} CI": interval_texts(table, "b", can_exceed_one=True),
                "β": table["beta"].map(number),
                f"{sure} CI of β": interval_texts(table, "beta", can_exceed_one=True),
                **rounded(table[["t", "df", "p"]], 2),
                "VIF": table["vif"].map(number),
                "sr²": table["semipartial_r2"].map(lambda x: bounded(x, 3)),
            }
        )
        if (table["entered"] == "controls").any():
            shown.insert(1, "Entered", table["entered"])
        return shown

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """The model, and dominance with its shares; the rest is in ``parts``."""
        model = self.parts["model"].drop(columns=["r2_adjusted_low", "r2_adjusted_high"])
        if len(model) == 1:
            model = model.drop(columns=["step", "entered", *_CHANGE])
        sure = self.call["confidence"]
        shown = {"Model": rounded(model, confidence=sure)}
        found = self.parts.get("dominance")
        if found is not None and not found.empty:
            part = found.assign(predictor=[self.label(name) for name in found["predictor"]])
            if part["low"].isna().all():
                part = part.drop(columns=["low", "high"])
            shown["Dominance (general)"] = rounded(part, confidence=sure)
        return shown


def regress(
    data: Survey | pd.DataFrame,
    *,
    outcome: str,
    predictors: Selector,
    controls: Selector | None = None,
    dominance: bool | None = None,
    covariance: Covariance | None = None,
    missing: Literal["listwise", "em", "fiml"] = "listwise",
    n_boot: int = 0,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 1,
    wave: int | str | None = None,
    dyad: str | None = None,
    weight: str | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> LinearModel:
    """Regression of an outcome on predictors, after controls, with dominance analysis.

    Parameters
    ----------
    data
        A survey, or a plain table (then ``dyad``, ``wave``, ``weight``, ``cluster`` and ``strata``
        name its columns).
    outcome, predictors, controls
        Selectors: scales, roles in the plural, ``"items:SCALE"``, items, metadata columns (a
        category becomes indicators), and each of these with ``partner:`` before it for the other
        member of the dyad. Controls are entered first.
    dominance
        Divide R² (beyond the controls) among the predictors. By default where there are 2 to 12;
        the indicators of a category stay together.
    covariance
        Of the coefficients. ``classical``: R's ``lm``. ``hc3``: residuals of different variance.
        ``cluster``: of dyads, or of ``cluster``; CR1, with the factor G/(G-1) * (n-1)/(n-k) and t
        on G - 1 degrees of freedom (statsmodels). By default ``cluster`` where there are clusters,
        else ``classical``; design-based with ``weight`` or ``strata`` (R's ``svyglm``).
    missing
        ``listwise``: rows with every variable. ``em`` or ``fiml``: every answer, by maximum
        likelihood, with robust errors.
    n_boot
        Bootstrap replicates for the intervals of dominance (BCa; whole dyads are drawn); 0 for
        none.
    confidence
        Level of the intervals.
    rng
        Seed or generator of the bootstrap.
    wave
        Which wave: the first by default. Of a plain table, its column of waves (all rows count).
    dyad, weight, cluster, strata
        Columns of metadata (of a plain table: its columns). Of a survey the dyads are known.
    reverse, values
        For a plain table.

    Returns
    -------
    LinearModel
        One row a coefficient of the last step: ``outcome, term, entered, n, b, se, b_low, b_high,
        beta, beta_se, beta_low, beta_high, t, df, p, vif, semipartial_r2, reason``. The standard
        error of ``beta`` counts the standard deviations as estimates (Yuan & Chan). Parts:
        ``model`` (one row a step: R² with interval, adjusted R², F or Wald test, change),
        ``earlier_steps`` (coefficients of the controls alone), ``dominance``,
        ``conditional_dominance``, ``dominance_pairs``.

    Raises
    ------
    UsageError
        When a word names nothing, or options do not go together.
    SurveyError
        When a variable is constant or rows are too few.
    Refusal
        When predictors are collinear, or an outcome is to be explained by its own items.

    Warns
    -----
    DataWarning
        Answers off their scale, doubts about keys, few clusters.

    References
    ----------
    Yuan, K.-H., & Chan, W. (2011). *Psychometrika, 76*, 670-690. Liang, K.-Y., & Zeger, S. L.
    (1986). *Biometrika, 73*, 13-22. Budescu, D. V. (1993). *Psychological Bulletin, 114*, 542-551.
    Steiger, J. H. (2004). *Psychological Methods, 9*, 164-182. R: ``lm``,
    ``sandwich::vcovCL(type = "HC1")``, ``survey::svyglm``, ``relaimpo::calc.relimp``.

    Examples
    --------
    >>> table = pd.DataFrame({"y": [1, 3, 2, 5, 4, 6], "a": [1, 2, 3, 4, 5, 6]})
    >>> table["b"] = [2, 1, 2, 1, 2, 2]
    >>> result = regress(table, outcome="y", predictors=["a", "b"])
    >>> result.table[["term", "b", "beta"]].round(3).to_dict("records")[1]
    {'term': 'a', 'b': 0.97, 'beta': 0.97}
    """
    check_confidence(confidence)
    check_boot(n_boot)
    rng = check_rng(rng)
    rule = check_row_rule(missing)
    one_wave, waves = wave_options(data, wave)
    study = take_study(
        data,
        measures={"outcome": outcome, "controls": controls, "predictors": predictors},
        columns={
            "wave": waves,
            "dyad": dyad,
            "weight": weight,
            "cluster": cluster,
            "strata": strata,
        },
        wave=one_wave,
        reverse=reverse,
        values=values,
    )  # fmt: skip
    options = ("outcome", "controls", "predictors")
    used = complete_rows(study, options, rule)
    study, used, small = without_small_categories(study, options, used)
    target = study.one("outcome")
    first, then = study.measures["controls"], study.measures["predictors"]
    if not then:
        raise UsageError("predictors names nothing.")
    refuse_twice(first, then, "controls", "predictors")
    refuse_shared(target, (*first, *then))
    every = (*first, *then)
    require_regression(target, every, used, rule)
    design = take_design(study, used, covariance)
    require_clusters(design, len(every) + 1)

    rows = np.column_stack([m.x[used] for m in (*every, target)])
    filled = bool(np.isnan(rows).any())
    steps = []
    for entered in [first, every] if first else [every]:
        names = [m.id for m in entered]
        places = range(len(entered))
        steps.append(
            fit_linear(rows, len(every), places, names, design, rule=rule, confidence=confidence)
        )
    refuse_perfect(target, steps[-1])
    said = (
        *study.warnings,
        *design_doubts(design, every, used),
        *wave_doubts(study, used, design),
    )
    emit(said)
    parts = {"model": _model(steps, first)}
    if first:
        parts["earlier_steps"] = make_table(
            coefficient_rows(target, steps[0], {m.id: "controls" for m in first}, confidence),
            COLUMNS,
        )
    blocks = _blocks(then)
    notes: list[str] = []
    if dominance or (dominance is None and 2 <= len(blocks) <= MOST_DOMINANCE):
        if len(blocks) > MOST_DOMINANCE:
            raise UsageError(
                f"dominance of {len(blocks)} predictors needs {2 ** len(blocks):,} regressions; "
                f"name at most {MOST_DOMINANCE}, or leave it out."
            )
        if design.weights is not None:
            notes.append("Dominance is not weighted.")
        found, doubt = _dominance(rows, blocks, len(first), design, rule, n_boot, rng, confidence)
        parts |= found
        notes.append(
            "Dominance divides R²"
            + (" beyond the controls" if first else "")
            + " among the predictors: the mean gain over all sets of the others (general "
            "dominance, LMG)."
        )
        notes += [doubt] if doubt else []
    entered_as = {m.id: "controls" for m in first} | {m.id: "predictors" for m in then}
    if len(np.unique(rows[:, -1])) == 2 and not filled:
        notes.append(
            f"{target.id} has two values: slopes are differences of shares (linear probability "
            "model)."
        )
    return LinearModel(
        table=make_table(coefficient_rows(target, steps[-1], entered_as, confidence), COLUMNS),
        notes=(
            *study.notes,
            rows_note(study, options, used, rule),
            *small,
            *design_notes(design, int(used.sum()), rule, filled=filled),
            "Intervals and errors of β count standard deviations as estimates (delta method); t "
            "and p are those of b.",
            *notes,
            *overlap_notes((target, measure) for measure in every),
            *masked_notes(study.sample, scales_of(every, target)),
        ),
        call={
            "outcome": outcome,
            "predictors": plain(predictors),
            "controls": plain(controls),
            "dominance": dominance,
            "covariance": "design" if design.is_survey else design.covariance,
            "missing": missing,
            "n_boot": n_boot,
            "confidence": confidence,
            "rng": rng if isinstance(rng, int) else "generator",
            "wave": wave,
            "dyad": dyad,
            "weight": weight,
            "cluster": cluster,
            "strata": strata,
        },
        warnings=said,
        labels=study.labels | {INTERCEPT: "Intercept"},
        parts=parts,
        **provenance(study.sample, int(used.sum())),
    )


def refuse_twice(
    one: Sequence[Measure], other: Sequence[Measure], name: str, name_other: str
) -> None:
    """Refuse a variable under two options."""
    twice = [m.id for m in one if m.id in {o.id for o in other}]
    if twice:
        raise UsageError(f"{listing(twice)}: named in {name} and in {name_other}; choose one.")


def scales_of(*given: Any) -> list[Any]:  # noqa: ANN401 - measures, alone or several
    """Scales of measures, each once."""
    measures = [m for one in given for m in ([one] if isinstance(one, Measure) else one)]
    found = {
        m.variable.scale.id: m.variable.scale for m in measures if m.variable and m.variable.scale
    }
    return list(found.values())


def statistic(t: float, df: float) -> str:
    """T with its degrees of freedom, or z."""
    if np.isinf(df):
        return f"z = {number(t)}"
    return f"t({count(df)}) = {number(t)}"


def f_statistic(f: float, df1: float, df2: float) -> str:
    """F with its degrees of freedom, or chi-square."""
    if np.isinf(df2):
        return f"χ²({count(df1)}) = {number(f * df1)}"
    return f"F({count(df1)}, {count(df2)}) = {number(f)}"


def coefficient_rows(
    outcome: Measure, fit: LinearFit, entered: Mapping[str, str], confidence: float
) -> list[dict[str, Any]]:
    """One row a coefficient, with what is missing and why."""
    half = quantile(fit.df, confidence)
    se, p = fit.se, fit.p
    rows = []
    for j, name in enumerate(fit.names):
        row: dict[str, Any] = {
            "outcome": outcome.id,
            "term": name,
            "entered": entered.get(name, ""),
            "n": fit.n,
            "b": fit.b[j],
            "reason": "",
        }
        reasons = []
        if se[j] > 0:
            row |= {
                "se": se[j],
                "b_low": fit.b[j] - half * se[j],
                "b_high": fit.b[j] + half * se[j],
                "t": fit.b[j] / se[j],
                "df": fit.df,
                "p": p[j],
            }
            if np.isnan(half):
                reasons.append("no degrees of freedom are left: too few clusters or rows")
        else:
            reasons.append("se, t, p: the errors of this coefficient cannot be estimated")
        if j:
            beta, error = fit.beta[j - 1], fit.beta_se[j - 1]
            row |= {
                "beta": beta,
                "beta_se": error,
                "beta_low": beta - half * error,
                "beta_high": beta + half * error,
                "vif": fit.vif[j - 1],
                "semipartial_r2": fit.semipartial[j - 1],
            }
        else:
            reasons.append("beta, vif, semipartial_r2: not defined for an intercept")
        rows.append(row | {"reason": "; ".join(reasons)})
    return rows


def _model(steps: Sequence[LinearFit], first: Sequence[Measure]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    before: LinearFit | None = None
    for step, fit in enumerate(steps, 1):
        k = len(fit.names) - 1
        new = fit.names[1:] if before is None else fit.names[len(before.names) :]
        row: dict[str, Any] = {
            "step": step,
            "entered": "controls" if first and step == 1 else "predictors",
            "n": fit.n,
            "r2": fit.r2,
            "r2_low": fit.r2_low,
            "r2_high": fit.r2_high,
            "r2_adjusted": fit.r2_adjusted,
            "residual_sd": fit.sigma,
        }
        shrink = (fit.n - 1) / (fit.n - k - 1)
        for end in ("low", "high"):
            row[f"r2_adjusted_{end}"] = 1 - (1 - row[f"r2_{end}"]) * shrink
        row |= dict(zip(("f", "df1", "df2", "p"), fit.wald(fit.names[1:]), strict=True))
        tested = fit.wald(new)  # which is the F of the change in R², where errors are classical
        row["r2_change"] = fit.r2 - (before.r2 if before else 0.0)
        row |= dict(zip(("change_f", "change_df1", "change_df2", "p_change"), tested, strict=True))
        before = fit
        rows.append(row)
    return make_table(rows, _MODEL)


def _blocks(predictors: Sequence[Measure]) -> dict[str, list[int]]:
    """Predictors by what is named: the indicators of a category are one."""
    blocks: dict[str, list[int]] = {}
    for j, measure in enumerate(predictors):
        name = measure.column if measure.reference else measure.id
        if measure.reference and measure.of_partner:
            name = measure.id.split("[")[0]
        blocks.setdefault(name, []).append(j)
    return blocks


def _dominance(
    rows: Floats,
    blocks: Mapping[str, Sequence[int]],
    controls: int,
    design: Design,
    rule: RowRule,
    n_boot: int,
    rng: int | np.random.Generator,
    confidence: float,
) -> tuple[dict[str, pd.DataFrame], str]:
    names = list(blocks)
    places = [[controls + j for j in block] for block in blocks.values()]
    outcome = rows.shape[1] - 1
    before = range(controls)

    def general(cov: Floats) -> Floats:
        return dominance_analysis(cov, outcome, places, before).general

    incomplete = bool(np.isnan(rows).any())
    with np.errstate(invalid="ignore"):
        S = em_moments(rows).cov if incomplete else np.cov(in_canonical_order(rows).T)
    found = dominance_analysis(S, outcome, places, before)
    low = high = np.full(len(names), np.nan)
    doubt = ""
    if n_boot and incomplete:
        doubt = "No bootstrap of dominance with incomplete rows: ask for listwise deletion."
    elif n_boot:
        boot = resample(rows, general, clusters=design.clusters, n_boot=n_boot, rng=rng)
        low, high = boot.bca(confidence)
        doubt = (
            f"Intervals of dominance: BCa bootstrap, {count(n_boot)} resamples of "
            f"{count(boot.clusters)} {design.noun + 's' if design.clusters is not None else 'rows'}"
            f", seed {boot.seed}."
        )
    rank = np.argsort(np.argsort(-found.general, kind="stable"), kind="stable") + 1
    main = [
        {
            "predictor": name,
            "general": found.general[j],
            "low": low[j],
            "high": high[j],
            "share": found.general[j] / found.r2 if found.r2 > 0 else np.nan,
            "rank": int(rank[j]),
        }
        for j, name in enumerate(names)
    ]
    conditional = [
        {"predictor": name, "others": size, "contribution": found.conditional[j, size]}
        for j, name in enumerate(names)
        for size in range(len(names))
    ]
    pairs = [
        {
            "first": one,
            "second": names[j],
            "complete": found.complete[i, j],
            "dominates": _dominates(found.complete[i, j], found.conditional[[i, j]], i, j, names),
        }
        for i, one in enumerate(names)
        for j in range(i + 1, len(names))
    ]
    return {
        "dominance": make_table(main, _DOMINANCE),
        "conditional_dominance": make_table(conditional, _CONDITIONAL),
        "dominance_pairs": make_table(pairs, _PAIRS),
    }, doubt


def _dominates(complete: float, conditional: Floats, i: int, j: int, names: Sequence[str]) -> str:
    """Which of two predictors dominates the other, and how strictly."""
    gap = conditional[0] - conditional[1]
    if complete in (0.0, 1.0):
        return f"{names[i] if complete == 1.0 else names[j]} (complete)"
    if (gap > 0).all() or (gap < 0).all():
        return f"{names[i] if gap[0] > 0 else names[j]} (conditional)"
    if gap.mean() == 0:
        return "neither"
    return f"{names[i] if gap.mean() > 0 else names[j]} (general)"
