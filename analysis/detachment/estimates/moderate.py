"""Whether the slope of a predictor depends on a moderator, and where it differs from 0."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from detachment.errors import SurveyError
from detachment.estimates._linear import (
    Covariance,
    LinearFit,
    complete_rows,
    design_doubts,
    design_notes,
    fit_linear,
    in_order,
    quantile,
    refuse_perfect,
    require_clusters,
    require_regression,
    rows_note,
    take_design,
    two_sided,
    wave_doubts,
    wave_options,
    without_small_categories,
)
from detachment.estimates._overlap import overlap_notes, refuse_shared
from detachment.estimates._result import Result, interval_texts, make_table, rounded
from detachment.estimates._scales import (
    Floats,
    check_confidence,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import NO_CAUSE, aside, by_chance, likely_more, more, people
from detachment.estimates._study import Measure, Selector, take_study
from detachment.estimates.regress import (
    COLUMNS,
    INTERCEPT,
    coefficient_rows,
    f_statistic,
    refuse_twice,
    scales_of,
    statistic,
)
from detachment.stats.moderation import false_discovery_critical, johnson_neyman, slopes_at
from detachment.text import MINUS, bounded, count, interval, level, number, p_statement, percent
from detachment.validation import Survey

_SPOKEN = {"-1 SD": f"{MINUS}1 SD", "mean": "the mean"}
_PLAIN = {"-1 SD": "low", "mean": "average", "+1 SD": "high"}
_GRID = 61  # values of the moderator in the curve, of the predictor in the lines
_DENSE = 1001  # values among which false discoveries are counted
_SLOPES = {
    "moderator": "str",
    "at": "str",
    "value": "float64",
    "n": "Int64",
    "slope": "float64",
    "se": "float64",
    "low": "float64",
    "high": "float64",
    "std_slope": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
}
_REGION = {
    "correction": "str",
    "region": "str",
    "bound_low": "float64",
    "bound_high": "float64",
    "bound_low_observed": "boolean",
    "bound_high_observed": "boolean",
    "observed_low": "float64",
    "observed_high": "float64",
    "share": "float64",
    "n": "Int64",
    "critical_t": "float64",
    "where": "str",
}
_MODEL = {
    "n": "Int64",
    "r2": "float64",
    "r2_low": "float64",
    "r2_high": "float64",
    "r2_adjusted": "float64",
    "r2_change": "float64",
    "change_f": "float64",
    "change_df1": "float64",
    "change_df2": "float64",
    "p_change": "float64",
}
_CURVE = {"value": "float64", "slope": "float64", "low": "float64", "high": "float64"}
_LINES = {
    "at": "str",
    "value": "float64",
    "predictor": "float64",
    "predicted": "float64",
    "low": "float64",
    "high": "float64",
}
_NO_CORRECTION, _FALSE_DISCOVERY = "none", "false discovery rate"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Moderation(Result):
    """A regression with an interaction, one row a coefficient."""

    def _plain(self) -> Iterable[str]:
        outcome, predictor, moderator = (
            self.named(self.call[name]) for name in ("outcome", "predictor", "moderator")
        )
        model = self.parts["model"].iloc[0]
        clear = model["p_change"] < 1 - self.call["confidence"]
        yield (
            f"Whether {predictor} goes with {outcome} differently for people with more or less of "
            f"{moderator}: {'yes, it does' if clear else 'that is not clear'}"
            f"{aside(by_chance(model['p_change']), people(model['n']))}."
        )
        for row in self.parts["simple_slopes"].to_dict(orient="records"):
            where = _PLAIN.get(row["at"], f"“{row['at']}”")
            at = "" if np.isnan(row["value"]) else f" ({number(row['value'])})"
            tail = aside(likely_more(row["low"], row["high"]), by_chance(row["p"]))
            yield (
                f"Where {moderator} is {where}{at}: for each point more in {predictor}, {outcome} "
                f"is {more(row['slope'])} on average{tail}."
            )

    def _meaning(self) -> Iterable[str]:
        yield (
            "Low and high are one typical distance below and above the average (one standard "
            "deviation): people of this sample, not fixed limits."
        )
        yield NO_CAUSE

    def _gaps(self) -> str:
        return "listwise"

    def _apa(self) -> Iterable[str]:
        sure = level(self.call["confidence"])
        model = self.parts["model"].iloc[0]
        outcome, predictor, moderator = (
            self.named(self.call[name]) for name in ("outcome", "predictor", "moderator")
        )
        lines = [
            f"The interaction adds {bounded(model['r2_change'], 3)} to R² = "
            f"{bounded(model['r2'])}, "
            f"{f_statistic(model['change_f'], model['change_df1'], model['change_df2'])}, "
            f"{p_statement(model['p_change'])}, n = {count(model['n'])}."
        ]
        for row in self.table[self.table["entered"] == "interaction"].to_dict(orient="records"):
            lines.append(
                f"{self.named(row['term'])}: b = {number(row['b'])}, {sure} CI "
                f"{interval(row['b_low'], row['b_high'], can_exceed_one=True)}, β = "
                f"{number(row['beta'])} "
                f"{interval(row['beta_low'], row['beta_high'], can_exceed_one=True)}, "
                f"{statistic(row['t'], row['df'])}, {p_statement(row['p'])}."
            )
        for row in self.parts["simple_slopes"].to_dict(orient="records"):
            where = _SPOKEN.get(row["at"], row["at"])
            if not np.isnan(row["value"]):
                where += f" ({number(row['value'])})"
            lines.append(
                f"{predictor} predicts {outcome} where {moderator} is at {where}: slope = "
                f"{number(row['slope'])}, {sure} CI "
                f"{interval(row['low'], row['high'], can_exceed_one=True)}, "
                f"{statistic(row['t'], row['df'])}, {p_statement(row['p'])}."
            )
        for row in self.parts["johnson_neyman"].to_dict(orient="records"):
            if row["correction"] == _NO_CORRECTION:
                lines.append(
                    f"Johnson-Neyman: the slope differs from 0 {row['where']} of {moderator} "
                    f"({percent(row['share'])} of n = {count(row['n'])})."
                )
        return lines

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        sure = level(self.call["confidence"])
        return pd.DataFrame(
            {
                "Term": [self.label(term) for term in table["term"]],
                "b": table["b"].map(lambda x: number(x, 3)),
                "SE": table["se"].map(lambda x: number(x, 3)),
                f"{sure} CI": interval_texts(table, "b", can_exceed_one=True),
                "β": table["beta"].map(lambda x: number(x, 3)),
                f"{sure} CI of β": interval_texts(table, "beta", can_exceed_one=True),
                **rounded(table[["t", "df", "p"]], 2),
                "VIF": table["vif"].map(number),
            }
        )

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Model, simple slopes and region; curve and lines are there to be drawn."""
        slopes = self.parts["simple_slopes"]
        slopes = slopes.assign(moderator=[self.label(name) for name in slopes["moderator"]])
        slopes["at"] = slopes["at"].replace("-1 SD", _SPOKEN["-1 SD"])
        if slopes["value"].isna().all():
            slopes = slopes.drop(columns="value")
        sure = self.call["confidence"]
        shown = {
            "Model": rounded(self.parts["model"], confidence=sure),
            "Simple slopes": rounded(slopes, confidence=sure),
        }
        region = self.parts["johnson_neyman"]
        if not region.empty:
            names = ["correction", "where", "share", "observed_low", "observed_high", "critical_t"]
            table = region[names].assign(share=[percent(x) for x in region["share"]])
            shown["Johnson-Neyman region"] = rounded(table).rename(
                columns={"Where": "Slope differs from 0", "Share": "Share of people"}
            )
        return shown

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if column == "value":
            return "the moderator is a category: at says which"
        return Result.why_missing(self, part, column)


def moderate(
    data: Survey | pd.DataFrame,
    *,
    predictor: str,
    moderator: str,
    outcome: str,
    controls: Selector | None = None,
    centre: bool = True,
    covariance: Covariance | None = None,
    confidence: float = 0.95,
    wave: int | str | None = None,
    dyad: str | None = None,
    weight: str | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Moderation:
    """Moderation: whether the slope of a predictor depends on a moderator, and where it is not 0.

    Parameters
    ----------
    data
        A survey, or a plain table.
    predictor, moderator, outcome
        Selectors that name one variable each; the moderator may be a category, and each of its
        categories is then compared with the first.
    controls
        In the model too, with straight lines. ``partner:SCALE`` is the score of the other member
        of the dyad.
    centre
        Centre predictor and moderator at their means (variables of two values stay as they are),
        so that each slope is that at the mean of the other.
    covariance, confidence, wave, dyad, weight, cluster, strata, reverse, values
        As for :func:`detachment.regress`: errors are clustered by dyad where there are any.

    Returns
    -------
    Moderation
        One row a coefficient, with the columns of :func:`detachment.regress`; ``beta`` of the
        interaction is in standard deviations of both factors (Friedrich). Parts: ``model`` (R²,
        change in R² with its test), ``simple_slopes`` (at -1 SD, the mean and +1 SD, or in each
        category), ``johnson_neyman`` (region, its bounds and whether they are observed, the share
        of people in it; with and without correction for the false discovery rate), ``curve``
        (slope along the moderator) and ``lines`` (predicted outcome).

    Raises
    ------
    UsageError, SurveyError, Refusal
        As for :func:`detachment.regress`.

    Warns
    -----
    DataWarning
        Doubts about the data, few clusters.

    Notes
    -----
    Only rows with every variable count: a product of incomplete variables has no normal likelihood.

    References
    ----------
    Aiken, L. S., & West, S. G. (1991). *Multiple Regression: Testing and Interpreting
    Interactions*. Bauer, D. J., & Curran, P. J. (2005). *Multivariate Behavioral Research, 40*,
    373-400. Esarey, J., & Sumner, J. L. (2018). *Comparative Political Studies, 51*, 1144-1176.
    Friedrich, R. J. (1982). *American Journal of Political Science, 26*, 797-833. R:
    ``interactions::sim_slopes``, ``interactions::johnson_neyman``.

    Examples
    --------
    >>> draws = np.random.default_rng(2).normal(size=(200, 3))
    >>> table = pd.DataFrame(draws, columns=["x", "m", "y"])
    >>> table["y"] += 0.5 * table["x"] * table["m"]
    >>> result = moderate(table, predictor="x", moderator="m", outcome="y")
    >>> result.parts["simple_slopes"]["slope"].round(1).tolist()
    [-0.5, -0.0, 0.4]
    """
    check_confidence(confidence)
    one_wave, waves = wave_options(data, wave)
    study = take_study(
        data,
        measures={
            "outcome": outcome, "controls": controls, "predictor": predictor,
            "moderator": moderator,
        },
        columns={
            "wave": waves, "dyad": dyad, "weight": weight, "cluster": cluster, "strata": strata,
        },
        wave=one_wave,
        reverse=reverse,
        values=values,
    )  # fmt: skip
    options = ("outcome", "controls", "predictor", "moderator")
    used = complete_rows(study, options, "listwise")
    study, used, small = without_small_categories(study, options, used)
    target, x = study.one("outcome"), study.one("predictor")
    controlled, moderators = study.measures["controls"], study.measures["moderator"]
    if len({m.column for m in moderators if m.reference}) != 1 and len(moderators) != 1:
        study.one("moderator")
    for one, other in combinations(("predictor", "moderator", "controls"), 2):
        refuse_twice(study.measures[one], study.measures[other], one, other)
    plainly = (*controlled, x, *moderators)
    refuse_shared(target, plainly)
    require_regression(target, plainly, used, "listwise")
    design = take_design(study, used, covariance)
    require_clusters(design, len(plainly) + len(moderators) + 1)

    placed, drawn = in_order(np.column_stack([m.x[used] for m in (*plainly, target)]), design)
    base, y = placed[:, :-1], placed[:, -1]
    weights = drawn.weights if drawn.weights is not None else np.ones(len(base))
    means = np.average(base, axis=0, weights=weights)
    at = len(controlled)
    others = list(range(at + 1, len(plainly)))
    shift = np.zeros(base.shape[1])
    for j in [at, *others] if centre else []:
        if len(np.unique(base[:, j])) > 2:
            shift[j] = means[j]
    base = base - shift
    products = base[:, [at]] * base[:, others]
    terms = [f"{x.id} x {m.id}" for m in moderators]
    names = [*(m.id for m in plainly), *terms]
    rows = np.column_stack([base, products, y])
    _require_products(x, moderators, rows, names)
    k = len(names)
    units = [*((j,) for j in range(at + 1 + len(others))), *((at, j) for j in others)]
    fit = fit_linear(rows, k, range(k), names, drawn, units=units, confidence=confidence)
    without = fit_linear(
        rows, k, range(len(plainly)), names[: len(plainly)], drawn, confidence=confidence
    )
    refuse_perfect(target, fit)
    said = (
        *study.warnings,
        *design_doubts(design, plainly, used),
        *wave_doubts(study, used, design),
    )
    emit(said)
    entered = {m.id: "controls" for m in controlled} | {x.id: "predictor"}
    entered |= {m.id: "moderator" for m in moderators} | dict.fromkeys(terms, "interaction")
    setting = _Setting(
        fit=fit, base=base, shift=shift, at=at, others=others, measures=plainly,
        confidence=confidence, spread=float(np.std(y, ddof=1)), weights=weights,
    )  # fmt: skip
    parts = {
        "model": _model(fit, without, terms),
        "simple_slopes": _simple_slopes(setting),
        "johnson_neyman": make_table(_regions(setting), _REGION),
        "curve": make_table(_curve(setting), _CURVE),
        "lines": make_table(_lines(setting), _LINES),
    }
    labels = study.labels | {INTERCEPT: "Intercept"}
    labels |= {term: f"{x.label} × {m.label}" for term, m in zip(terms, moderators, strict=True)}
    labels |= {str(moderator): labels.get(str(moderator), str(moderator))}
    return Moderation(
        table=make_table(coefficient_rows(target, fit, entered, confidence), COLUMNS),
        notes=(
            *study.notes,
            rows_note(study, options, used, "listwise"),
            *small,
            *design_notes(design, int(used.sum()), "listwise", filled=False),
            *_centre_notes(setting),
            *_slope_notes(setting),
            "β of the interaction is in standard deviations of both factors and of the outcome; "
            "its interval counts these as estimates.",
            *overlap_notes((target, measure) for measure in plainly),
            *masked_notes(study.sample, scales_of(plainly, target)),
        ),
        call={
            "predictor": predictor,
            "moderator": moderator,
            "outcome": outcome,
            "controls": plain(controls),
            "centre": centre,
            "covariance": "design" if design.is_survey else design.covariance,
            "confidence": confidence,
            "wave": wave,
            "dyad": dyad,
            "weight": weight,
            "cluster": cluster,
            "strata": strata,
        },
        warnings=said,
        labels=labels,
        parts=parts,
        **provenance(study.sample, int(used.sum())),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Setting:
    """What slopes are computed from; ``base`` has controls, predictor and moderators, (n, ...)."""

    fit: LinearFit
    base: Floats
    shift: Floats
    at: int
    others: list[int]
    measures: tuple[Measure, ...]
    confidence: float
    spread: float
    weights: Floats

    @property
    def half(self) -> float:
        return quantile(self.fit.df, self.confidence)

    @property
    def is_line(self) -> bool:
        """Whether the moderator is a number of more than two values."""
        return len(self.others) == 1 and len(np.unique(self.moderator)) > 2

    @property
    def moderator(self) -> Floats:
        """The only moderator as it was, (n,)."""
        j = self.others[0]
        return np.asarray(self.base[:, j] + self.shift[j], dtype=np.float64)

    def places(self, other: int) -> list[int]:
        """Coefficients of the predictor and of its product with a moderator, by number."""
        k = len(self.measures)
        return [1 + self.at, 1 + k + self.others.index(other)]

    def slope(self, other: int, value: Floats) -> tuple[Floats, Floats]:
        """Slope and its error where a moderator has these values (as centred)."""
        where = self.places(other)
        b, V = self.fit.b[where], self.fit.cov[np.ix_(where, where)]
        return slopes_at(float(b[0]), float(b[1]), V, value)

    def people(self, other: int, centred: float) -> int:
        """How many rows a simple slope speaks of: all, or those of a category."""
        if self.is_line:
            return len(self.base)
        here = self.base[:, other] == centred
        if self.measures[other].reference and centred == 0.0:
            here = (self.base[:, self.others] == 0.0).all(axis=1)
        return int(here.sum())

    def levels(self) -> list[tuple[str, str, float, int, float]]:
        """Moderator, where, value as it was, which one, value as centred."""
        if self.is_line:
            mean = float(np.average(self.moderator, weights=self.weights))
            sd = float(
                np.sqrt(
                    np.average((self.moderator - mean) ** 2, weights=self.weights)
                    * len(self.base)
                    / (len(self.base) - 1)
                )
            )
            j = self.others[0]
            return [
                (self.measures[j].id, name, value, j, value - float(self.shift[j]))
                for name, value in (("-1 SD", mean - sd), ("mean", mean), ("+1 SD", mean + sd))
            ]
        first = self.measures[self.others[0]]
        if not first.reference:
            j = self.others[0]
            return [
                (first.id, f"{value:g}", float(value), j, float(value) - float(self.shift[j]))
                for value in np.unique(self.moderator)
            ]
        name = first.id.split("[")[0]
        found = [(name, first.reference, np.nan, self.others[0], 0.0)]
        for j in self.others:
            category = self.measures[j].id.split("[", 1)[1].removesuffix("]")
            found.append((name, category, np.nan, j, 1.0))
        return found


def _require_products(
    x: Measure, moderators: Sequence[Measure], rows: Floats, names: Sequence[str]
) -> None:
    """Refuse a product that follows from its factors, as in cells that nobody is in."""
    from detachment.stats.regression import variance_inflation

    k = len(names)
    if len(rows) < k + 2:
        raise SurveyError(
            f"{count(len(rows))} rows have every variable, and the model has {k + 1} coefficients: "
            f"at least {k + 2} are needed."
        )
    inflation = variance_inflation(np.cov(rows[:, :k].T))
    if not np.isfinite(inflation).all():
        raise SurveyError(
            f"The product of {x.id} and {' or '.join(m.id for m in moderators)} follows from the "
            "other terms (some combinations of the two never occur), so that there is no "
            "interaction to estimate."
        )


def _model(fit: LinearFit, without: LinearFit, terms: Sequence[str]) -> pd.DataFrame:
    f, df1, df2, p = fit.wald(terms)
    row = {
        "n": fit.n, "r2": fit.r2, "r2_low": fit.r2_low, "r2_high": fit.r2_high,
        "r2_adjusted": fit.r2_adjusted, "r2_change": fit.r2 - without.r2, "change_f": f,
        "change_df1": df1, "change_df2": df2, "p_change": p,
    }  # fmt: skip
    return make_table([row], _MODEL)


def _simple_slopes(of: _Setting) -> pd.DataFrame:
    sd = float(np.std(of.base[:, of.at], ddof=1))
    rows = []
    for moderator, where, value, other, centred in of.levels():
        slope, se = (float(part[0]) for part in of.slope(other, np.array([centred])))
        t = slope / se if se > 0 else np.nan
        rows.append(
            {
                "moderator": moderator,
                "at": where,
                "value": value,
                "n": of.people(other, centred),
                "slope": slope,
                "se": se,
                "low": slope - of.half * se,
                "high": slope + of.half * se,
                "std_slope": slope * sd / of.spread,
                "t": t,
                "df": of.fit.df,
                "p": float(two_sided(np.array([t]), of.fit.df)[0]),
            }
        )
    return make_table(rows, _SLOPES)


def _regions(of: _Setting) -> list[dict[str, Any]]:
    """Johnson-Neyman regions with and without correction; none for categories."""
    if not of.is_line:
        return []
    j, values = of.others[0], of.moderator
    low, high = float(values.min()), float(values.max())
    where = of.places(j)
    b, V = of.fit.b[where], of.fit.cov[np.ix_(where, where)]
    dense = np.linspace(low, high, _DENSE)
    slope, se = of.slope(j, dense - of.shift[j])
    with np.errstate(divide="ignore", invalid="ignore"):
        corrected = false_discovery_critical(slope / se, of.fit.df, 1 - of.confidence)
    rows = []
    for name, critical in ((_NO_CORRECTION, of.half), (_FALSE_DISCOVERY, corrected)):
        row: dict[str, Any] = {
            "correction": name, "observed_low": low, "observed_high": high, "n": of.fit.n,
            "critical_t": critical if np.isfinite(critical) else np.nan,
        }  # fmt: skip
        if np.isinf(critical):
            rows.append(row | {"region": "nowhere", "share": 0.0, "where": "nowhere in the range"})
            continue
        found = johnson_neyman(float(b[0]), float(b[1]), V, critical=critical)
        first, last = found.low + of.shift[j], found.high + of.shift[j]
        own, error = of.slope(j, values - of.shift[j])
        inside = np.abs(own) > critical * error
        share = float(np.average(inside, weights=of.weights)) if found.region else np.nan
        rows.append(
            row
            | {
                "region": found.region,
                "bound_low": first,
                "bound_high": last,
                "bound_low_observed": None if np.isnan(first) else bool(low <= first <= high),
                "bound_high_observed": None if np.isnan(last) else bool(low <= last <= high),
                "share": share,
                "where": _where(found.region, first, last, low, high),
            }
        )
    return rows


def _where(region: str, first: float, last: float, low: float, high: float) -> str:
    """The region within the values observed, in words."""
    if not region:
        return ""
    if region in ("everywhere", "nowhere"):
        return f"{region} in the range"
    seen_first, seen_last = low < first < high, low < last < high
    a, b = number(first), number(last)
    if region == "outside":
        if seen_first and seen_last:
            return f"below {a} and above {b}"
        if seen_first:
            return f"below {a}"
        if seen_last:
            return f"above {b}"
        return (
            "nowhere in the range" if first <= low and last >= high else "everywhere in the range"
        )
    if seen_first and seen_last:
        return f"between {a} and {b}"
    if seen_first:
        return f"above {a}"
    if seen_last:
        return f"below {b}"
    return "everywhere in the range" if first <= low and last >= high else "nowhere in the range"


def _curve(of: _Setting) -> list[dict[str, Any]]:
    if not of.is_line:
        return []
    j, values = of.others[0], of.moderator
    grid = np.linspace(values.min(), values.max(), _GRID)
    slope, se = of.slope(j, grid - of.shift[j])
    return [
        {"value": m, "slope": s, "low": s - of.half * e, "high": s + of.half * e}
        for m, s, e in zip(grid, slope, se, strict=True)
    ]


def _lines(of: _Setting) -> list[dict[str, Any]]:
    """Predicted outcome along the predictor at each level of the moderator; controls at means."""
    x = of.base[:, of.at]
    grid = np.linspace(x.min(), x.max(), _GRID)
    k = len(of.measures)
    rows = []
    for _, where, value, other, centred in of.levels():
        design = np.zeros((len(grid), len(of.fit.names)))
        design[:, 0] = 1.0
        design[:, 1 : 1 + of.at] = np.average(of.base[:, : of.at], axis=0, weights=of.weights)
        design[:, 1 + of.at] = grid
        design[:, 1 + other] = centred
        design[:, 1 + k + of.others.index(other)] = grid * centred
        predicted = design @ of.fit.b
        with np.errstate(invalid="ignore"):
            se = np.sqrt(np.einsum("ij,jk,ik->i", design, of.fit.cov, design))
        rows += [
            {
                "at": where,
                "value": value,
                "predictor": g + of.shift[of.at],
                "predicted": y,
                "low": y - of.half * e,
                "high": y + of.half * e,
            }
            for g, y, e in zip(grid, predicted, se, strict=True)
        ]
    return rows


def _centre_notes(of: _Setting) -> list[str]:
    moved = [
        f"{of.measures[j].id} at {number(float(of.shift[j]))}"
        for j in (of.at, *of.others)
        if of.shift[j]
    ]
    if not moved:
        return ["Nothing is centred: each slope is that where the other variable is 0."]
    return [f"Centred at the mean: {' and '.join(moved)}; each slope is that at the other's mean."]


def _slope_notes(of: _Setting) -> list[str]:
    if not of.is_line:
        return []
    values = of.moderator
    outside = [
        name for _, name, value, _, _ in of.levels() if not values.min() <= value <= values.max()
    ]
    notes = []
    if outside:
        notes.append(f"{' and '.join(outside)} of the moderator lies beyond what was observed.")
    notes.append(
        "Johnson-Neyman bounds hold one value of the moderator at a time; the corrected ones keep "
        "the share of false findings over its whole range (Esarey & Sumner, 2018)."
    )
    return notes
