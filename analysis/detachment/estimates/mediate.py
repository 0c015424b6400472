"""Does a cause go with an outcome by way of a mediator? Direct and indirect effects."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import gammaincc

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._linear import (
    Covariance,
    Design,
    LinearFit,
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
from detachment.estimates._mediation_words import NOT_CAUSAL
from detachment.estimates._overlap import Overlap, overlaps_between, without_items
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
    take_seed,
)
from detachment.estimates._sentences import aside, likely, not_given, people, stated
from detachment.estimates._study import Measure, Selector, Study, take_study
from detachment.estimates.regress import INTERCEPT, refuse_twice, scales_of, statistic
from detachment.stats._arrays import in_canonical_order
from detachment.stats.bootstrap import bca_interval, percentile_interval, resample
from detachment.stats.influence import (
    covariance_influence,
    influence_covariance,
    likelihood_influence,
    normal_covariance,
)
from detachment.stats.mediation import (
    MOST_ROUTES,
    PathModel,
    effect_covariance,
    mediation_effects,
    monte_carlo_effects,
    path_coefficients,
    path_gradients,
    product_tests,
)
from detachment.stats.reliability import alpha
from detachment.stats.sem.sample import sample_moments
from detachment.text import bounded, count, counted, interval, level, listing, number, p_statement
from detachment.validation import Survey

Interval = Literal["bca", "percentile", "bc", "monte_carlo", "delta"]
INTERVALS: tuple[Interval, ...] = ("bca", "percentile", "bc", "monte_carlo", "delta")
MOST_MEDIATORS = 6
OVERLAPS = ("refuse", "drop", "allow")
_DESIGN = "cross-sectional, not causal"
_FEW_PEOPLE = "fewer than 500 respondents"
INTERVAL_NAMES = {
    "bca": "BCa bootstrap",
    "percentile": "percentile bootstrap",
    "bc": "bias-corrected bootstrap",
    "monte_carlo": "Monte Carlo",
    "delta": "delta method",
}
_SAID = {
    "total": "total effect",
    "direct": "direct effect",
    "total_indirect": "total indirect effect",
    "indirect": "indirect effect",
    "contrast": "difference of indirect effects",
    "proportion": "proportion mediated",
}
_PLAIN = {
    "total": "{pair}, in all",
    "direct": "{pair}, apart from what goes through something else",
    "total_indirect": "{pair}, through everything in between",
    "indirect": "{pair}, through {via}",
    "contrast": "{pair}, one way through less the other ({via})",
    "proportion": "{pair}, the part of the whole that goes through {via}",
}
COLUMNS = {
    "cause": "str",
    "effect": "str",
    "via": "str",
    "outcome": "str",
    "n": "Int64",
    "estimate": "float64",
    "se": "float64",
    "low": "float64",
    "high": "float64",
    "std": "float64",
    "std_low": "float64",
    "std_high": "float64",
    "partly_std": "float64",
    "partly_std_low": "float64",
    "partly_std_high": "float64",
    "interval": "str",
    "design": "str",
    "reason": "str",
}
_PATHS = {
    "path": "str",
    "outcome": "str",
    "term": "str",
    "n": "Int64",
    "b": "float64",
    "se": "float64",
    "b_low": "float64",
    "b_high": "float64",
    "beta": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
    "r2": "float64",
}
_PRODUCTS = {
    "cause": "str",
    "via": "str",
    "estimate": "float64",
    "sobel_se": "float64",
    "sobel_z": "float64",
    "p_sobel": "float64",
    "aroian_se": "float64",
    "aroian_z": "float64",
    "p_aroian": "float64",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Mediation(Result):
    """Effects of causes by way of mediators, one row an effect."""

    def _plain(self) -> Iterable[str]:
        for row in self._effects().to_dict(orient="records"):
            pair = f"{self.named(row['cause'])} and {self.named(row['outcome'])}"
            via = self._via(row, self.named) or "what lies between"
            what = _PLAIN[row["effect"]].format(pair=pair, via=via)
            if np.isnan(row["estimate"]):
                yield not_given(what, row["reason"])
                continue
            ends = (row["low"], row["high"])
            if row["effect"] == "proportion":
                said = f"{round(100 * row['estimate'])}%"
                tail = aside(likely(*ends, _percent), people(row["n"]))
            else:
                said = f"{number(row['estimate'])} points"
                tail = aside(likely(*ends), people(row["n"]))
            yield f"{what}: {said}{tail}."
        yield NOT_CAUSAL

    def _meaning(self) -> Iterable[str]:
        yield (
            "The points are how much higher or lower the second is, on average, for each point "
            "more in the first."
        )
        yield (
            "The way through what lies between is a way to divide one link into two parts. It is "
            "not a discovery of what comes first."
        )

    def _apa(self) -> Iterable[str]:
        sure = level(self.call["confidence"])
        lines = []
        for row in self._effects().to_dict(orient="records"):
            where = f" by way of {self._via(row, self.named)}" if row["via"] else ""
            head = (
                f"{self.named(row['cause'])} and {self.named(row['outcome'])}: "
                f"{_SAID[row['effect']]}{where}"
            )
            if np.isnan(row["estimate"]):
                lines.append(f"{head} is not given; {row['reason']}.")
                continue
            ends = (row["low"], row["high"])
            confidence = self.call["confidence"]
            text = stated(head, row["estimate"], *ends, confidence=confidence, can_exceed_one=True)
            if not np.isnan(row["std"]):
                text += f"; standardized {number(row['std'])}"
                if not np.isnan(row["std_low"]):
                    text += f" {interval(row['std_low'], row['std_high'], can_exceed_one=True)}"
            if row["reason"].startswith("unstable"):
                text += f" ({row['reason'].split(';')[0]})"
            lines.append(f"{text}; n = {count(row['n'])}.")
        for row in self.parts["paths"].to_dict(orient="records"):
            if row["path"] != "control":
                lines.append(
                    f"Path {row['path']}, {self.named(row['term'])} to "
                    f"{self.named(row['outcome'])}: b = {number(row['b'])}, {sure} CI "
                    f"{interval(row['b_low'], row['b_high'], can_exceed_one=True)}, "
                    f"{statistic(row['t'], row['df'])}, {p_statement(row['p'])}."
                )
        return [*lines, NOT_CAUSAL]

    def _effects(self) -> pd.DataFrame:
        """Rows without repetition: one route alone is the total indirect effect too."""
        table = self.table
        alone = (table["effect"] == "indirect").sum() == table["cause"].nunique()
        return table[table["effect"] != "total_indirect"] if alone else table

    def _via(self, row: Mapping[Any, Any], write: Callable[[str], str]) -> str:
        between = " minus " if row["effect"] == "contrast" else ""
        parts = row["via"].split(" - ") if between else [row["via"]]
        return between.join(" > ".join(write(name) for name in part.split(" > ")) for part in parts)

    def display(self) -> pd.DataFrame:
        """The table as people read it."""
        table = self._effects()
        sure = level(self.call["confidence"])

        shown = {
            "Cause": [self.label(name) for name in table["cause"]],
            "Effect": [name.replace("_", " ") for name in table["effect"]],
            "Via": [self._via(row, self.label) for row in table.to_dict(orient="records")],
            "Estimate": table["estimate"].map(lambda x: number(x, 3)),
            "SE": table["se"].map(lambda x: number(x, 3)),
            f"{sure} CI": interval_texts(table, can_exceed_one=True),
            "Standardized": table["std"].map(lambda x: number(x, 3)),
            f"{sure} CI of std.": interval_texts(table, "std", can_exceed_one=True),
            "n": table["n"].map(count),
        }
        return pd.DataFrame(shown)

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Paths, and the normal tests of the products."""
        paths = self.parts["paths"]
        paths = paths[paths["path"] != "control"]
        paths = paths.assign(
            outcome=[self.label(name) for name in paths["outcome"]],
            term=[self.label(name) for name in paths["term"]],
        ).drop(columns=["n", "r2"])
        return {"Paths": rounded(paths, confidence=self.call["confidence"])}

    def __repr__(self) -> str:
        return "\n\n".join([Result.__repr__(self), *self.warnings, NOT_CAUSAL])


def _percent(share: float) -> str:
    return f"{number(100 * share, 0)}%"


def mediate(
    data: Survey | pd.DataFrame,
    *,
    causes: Selector,
    mediators: Selector,
    outcome: str,
    controls: Selector | None = None,
    serial: bool = False,
    interval: Interval | None = None,
    n_boot: int = 5000,
    overlap: Literal["refuse", "drop", "allow"] = "refuse",
    covariance: Covariance | None = None,
    missing: Literal["listwise", "em", "fiml"] = "listwise",
    confidence: float = 0.95,
    rng: int | np.random.Generator = 1,
    wave: int | str | None = None,
    dyad: str | None = None,
    cluster: str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Mediation:
    """Mediation: how much of what causes and an outcome share goes by way of mediators.

    Cross-sectional mediation is not causal, and every output says so: with all variables measured
    at one time the estimates of a longitudinal mediation can be far off, in either direction
    (Maxwell & Cole, 2007).

    Parameters
    ----------
    data
        A survey, or a plain table.
    causes
        One or many (a selector); each is held constant for the others.
    mediators
        One or many, side by side; with ``serial`` a chain in the order named.
    outcome
        What is to be explained.
    controls
        In every equation. ``partner:SCALE`` is the score of the other member of the dyad.
    serial
        Whether each mediator leads to those after it too; every route is an indirect effect.
    interval
        ``bca`` (the default), ``percentile`` or ``bc`` (bias-corrected, not accelerated): bootstrap
        of whole dyads where there are any. ``monte_carlo`` draws coefficients from their normal
        distribution (the default with missing answers under ``fiml``). ``delta`` is that of
        lavaan (maximum likelihood under normality), or clustered by dyad.
    n_boot
        Resamples, or draws.
    overlap
        What is done where cause, mediator and outcome share content, so that a part of every
        effect is the same question asked twice. ``refuse``: items that stand in two of them, two
        scales that the instrument declares to overlap, and declared items that make up half of a
        scale or more are refused; a declared overlap with fewer items of a scale is a warning that
        offers to leave them out. ``drop``: scores are made without the items concerned. ``allow``:
        everything is computed, with a warning.
    covariance
        Of the paths: see :func:`detachment.regress`.
    missing
        ``listwise``, or ``em``/``fiml``: every answer, by maximum likelihood.
    confidence
        Level of the intervals.
    rng
        Seed or generator.
    wave
        Which wave: the first by default. Of a plain table, its column of waves (all rows count).
    dyad, cluster
        Columns of a plain table (of a survey: its metadata). Of a survey the dyads are known.
    reverse, values
        For a plain table.

    Returns
    -------
    Mediation
        One row an effect: ``cause, effect, via, outcome, n, estimate, se, low, high, std, std_low,
        std_high, partly_std, partly_std_low, partly_std_high, interval, design, reason``.
        ``effect`` is ``total``, ``direct``, ``total_indirect``, ``indirect`` (one route),
        ``contrast`` (of two routes) or ``proportion``. ``std`` is in standard deviations of cause
        and outcome, ``partly_std`` of the outcome alone. Parts: ``paths`` (a, b, c, c' and, in a
        chain, d) and ``normal_tests`` (Sobel, Aroian).

    Raises
    ------
    Refusal
        When content overlaps, or predictors are collinear.
    UsageError, SurveyError
        As for :func:`detachment.regress`.

    Warns
    -----
    DataWarning
        Overlapping content, proportions that mean nothing, doubts about the data.

    Notes
    -----
    Errors of measurement in a mediator bias b, as a rule towards 0, and the direct effect away from
    it: a direct effect then remains where there is none.

    References
    ----------
    Maxwell, S. E., & Cole, D. A. (2007). *Psychological Methods, 12*, 23-44. Hayes, A. F. (2018).
    *Introduction to Mediation, Moderation, and Conditional Process Analysis*. Preacher, K. J., &
    Hayes, A. F. (2008). *Behavior Research Methods, 40*, 879-891. Preacher, K. J., & Selig, J. P.
    (2012). *Communication Methods and Measures, 6*, 77-98. R: ``lavaan``, ``psych::mediate``.

    Examples
    --------
    >>> draws = np.random.default_rng(3).normal(size=(80, 3))
    >>> paths = [[1, 0.6, 0.3], [0, 0.8, 0.5], [0, 0, 0.8]]
    >>> table = pd.DataFrame(draws @ paths, columns=list("xmy"))
    >>> result = mediate(table, causes="x", mediators="m", outcome="y", interval="delta")
    >>> result.table.loc[result.table["effect"] == "indirect", "via"].tolist()
    ['m']
    """
    check_confidence(confidence)
    check_boot(n_boot)
    check_word("overlap", overlap, OVERLAPS)
    rng = check_rng(rng)
    rule = check_row_rule(missing)
    if interval is not None:
        check_word("interval", interval, INTERVALS)
    one_wave, waves = wave_options(data, wave)
    study = take_study(
        data,
        measures={
            "causes": causes, "controls": controls, "mediators": mediators, "outcome": outcome,
        },
        columns={"wave": waves, "dyad": dyad, "cluster": cluster},
        wave=one_wave,
        reverse=reverse,
        values=values,
    )  # fmt: skip
    options = ("causes", "controls", "mediators", "outcome")
    _refuse_roles(study)
    study, doubts = _without_overlap(study, overlap)
    used = complete_rows(study, options, rule)
    study, used, small = without_small_categories(study, options, used)
    of = {option: study.measures[option] for option in options}
    target = study.one("outcome")
    every = [m for option in options for m in of[option]]
    require_regression(target, every[:-1], used, rule)
    design = take_design(study, used, covariance)
    require_clusters(design, len(every))
    rows = np.column_stack([m.x[used] for m in every])
    filled = bool(np.isnan(rows).any())
    if interval is None:
        interval = "monte_carlo" if filled else "bca"
    if filled and interval in ("bca", "percentile", "bc"):
        raise UsageError(
            f"--interval {interval} resamples complete rows, and under fiml they are not; "
            "ask for monte_carlo or delta, or for listwise."
        )
    if n_boot < 2 and interval != "delta":
        raise UsageError(f"--interval {interval} needs --boot (n_boot= in Python); or ask delta.")
    seed = take_seed(rng)
    at = _places(of)
    model = PathModel(
        causes=at["causes"], mediators=at["mediators"], outcome=at["outcome"][0],
        controls=at["controls"], serial=serial and len(at["mediators"]) > 1,
    )  # fmt: skip
    found = _estimate(rows, model, design, interval, n_boot, seed, confidence, filled)
    table = _table(model, every, found, interval, int(used.sum()), confidence)
    fits = _fits(rows, model, every, design, rule, confidence)
    refuse_perfect(target, dict(fits[:-1])[model.outcome])
    said = (
        *study.warnings,
        *design_doubts(design, every[:-1], used),
        *wave_doubts(study, used, design),
        *doubts,
        *_unstable(table),
    )
    emit(said)
    return Mediation(
        table=table,
        notes=(
            NOT_CAUSAL + " (Maxwell & Cole, 2007)",
            _measurement_note(study, of["mediators"]),
            "Assumed besides: straight lines, no interaction of cause and mediator, and nothing "
            "left out that mediator and outcome have in common.",
            *study.notes,
            rows_note(study, options, used, rule),
            *small,
            *design_notes(design, int(used.sum()), rule, filled=filled),
            _interval_note(interval, n_boot, design, seed, found, filled),
            *_shape_notes(model, every, rows),
            *masked_notes(study.sample, scales_of(every)),
        ),
        call={
            "causes": plain(causes),
            "mediators": plain(mediators),
            "outcome": outcome,
            "controls": plain(controls),
            "serial": serial,
            "interval": interval,
            "n_boot": n_boot,
            "overlap": overlap,
            "covariance": design.covariance,
            "missing": missing,
            "confidence": confidence,
            "rng": rng if isinstance(rng, int) else "generator",
            "wave": wave,
            "dyad": dyad,
            "cluster": cluster,
        },
        warnings=said,
        labels=study.labels,
        parts={
            "paths": _paths(fits, model, every, confidence),
            "normal_tests": _normal_tests(fits, model, every),
        },
        **provenance(study.sample, int(used.sum())),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """Effects in the order of the model, each (e,), and how many clusters were drawn."""

    estimate: Floats
    se: Floats
    low: Floats
    high: Floats
    failed: float = 0.0


def _refuse_roles(study: Study) -> None:
    of = study.measures
    for option in ("causes", "mediators"):
        if not of[option]:
            raise UsageError(f"{option} names nothing.")
    for one, other in combinations(("causes", "mediators", "outcome", "controls"), 2):
        refuse_twice(of[one], of[other], one, other)
    study.one("outcome")
    if len(of["mediators"]) > MOST_MEDIATORS:
        raise UsageError(
            f"{len(of['mediators'])} mediators are too many to be told apart: name at most "
            f"{MOST_MEDIATORS}, or the score of the scale that they are items of."
        )
    words = [m.column or m.id for m in of["mediators"] if m.reference]
    if words:
        raise UsageError(
            f"{words[0]} is a category: as a mediator it has no slope on the causes. Take a score."
        )


def _without_overlap(study: Study, overlap: str) -> tuple[Study, list[str]]:
    """The study without what overlaps, or a refusal; and what must be said."""
    found = overlaps_between(_crossed(study))
    if overlap == "allow":
        return study, [
            f"Overlapping content: {one}. A part of every effect between them is the same question "
            "asked twice; do not read it as mediation."
            for one in found
        ]
    said = []
    if overlap == "drop" and (gone := _droppable(study, found)):
        study = replace(study, measures=_dropped(study, gone))
        found = overlaps_between(_crossed(study))
        left = listing(sorted({item for items in gone.values() for item in items}))
        said = [f"Scores of {listing(gone)} are made without {left}, as their content overlaps."]
    worst = [one for one in found if one.kind != "single"]
    if worst:
        offer = overlap == "refuse" and _droppable(study, worst)
        raise Refusal(
            f"Mediation with overlapping content: {listing(map(str, worst), shown=5)}. A part of "
            "every effect would be the same question asked twice, and the mediation a tautology. "
            "Take another variable"
            + (", or leave out the shared items (--overlap drop; overlap= in Python)" * bool(offer))
            + "; --overlap allow computes it all the same, with a warning."
        )
    return study, [
        *said,
        *(
            f"Overlapping content: {one}. A part of the effect is the same question asked twice: "
            "compare with --overlap drop (overlap= in Python), which makes the score without it."
            for one in found
        ),
    ]


def _crossed(study: Study) -> list[tuple[Measure, Measure]]:
    """Pairs of variables that must not share content: causes may, among themselves."""
    explained = (*study.measures["mediators"], *study.measures["outcome"])
    across = [(cause, other) for cause in study.measures["causes"] for other in explained]
    return [*across, *combinations(explained, 2)]


def _droppable(study: Study, found: Sequence[Overlap]) -> dict[str, set[str]]:
    """Items to leave out of each score: the declared ones; shared ones from the longer scale."""
    length = {name: len(measure.items) for name, measure in study.every.items()}
    items: dict[str, set[str]] = {}
    for overlap in found:
        longer = overlap.other
        if overlap.kind == "items":
            longer = max((overlap.other, overlap.one), key=lambda name: length[name])
        if overlap.kind != "matter" and len(overlap.items) < length[longer]:
            items.setdefault(longer, set()).update(overlap.items)
    return items


def _dropped(study: Study, items: Mapping[str, set[str]]) -> dict[str, tuple[Measure, ...]]:
    def smaller(measure: Measure) -> Measure:
        gone = items.get(measure.id)
        if gone and not set(measure.items) - gone:
            raise Refusal(
                f"{measure.id}: all of its items overlap with other variables, so nothing is left "
                "of it. Take another variable."
            )
        return without_items(study.sample, measure, gone) if gone else measure

    return {
        option: tuple(smaller(m) if option != "controls" else m for m in measures)
        for option, measures in study.measures.items()
    }


def _places(of: Mapping[str, Sequence[Measure]]) -> dict[str, tuple[int, ...]]:
    at, start = {}, 0
    for option, measures in of.items():
        at[option] = tuple(range(start, start + len(measures)))
        start += len(measures)
    return at


def _estimate(
    rows: Floats,
    model: PathModel,
    design: Design,
    interval: Interval,
    n_boot: int,
    seed: int,
    confidence: float,
    filled: bool,
) -> _Found:
    """Effects with their intervals."""

    def effects(cov: Floats) -> Floats:
        return np.asarray(mediation_effects(path_coefficients(cov, model), model))

    if interval in ("bca", "percentile", "bc"):
        boot = resample(
            rows, effects, clusters=design.clusters, n_boot=n_boot, rng=seed,
            jackknife=interval == "bca",
        )  # fmt: skip
        if interval == "bca":
            low, high = boot.bca(confidence)
        elif interval == "bc":
            even = np.array([-1.0, 0.0, 1.0])[:, None] * np.ones(len(boot.estimate))
            low, high = bca_interval(boot.estimate, boot.replicates, even, confidence)
        else:
            low, high = percentile_interval(boot.replicates, confidence)
        with np.errstate(invalid="ignore"):
            se = np.nanstd(boot.replicates, axis=0, ddof=1)
        return _Found(
            estimate=boot.estimate, se=se, low=low, high=high, failed=float(boot.failed.max())
        )
    if filled:
        moments = sample_moments(rows, "fiml")
        if not moments.saturated:
            raise Refusal(
                "Covariances by maximum likelihood (EM) were not found: too few answers for so "
                "many variables. Ask for listwise deletion."
            )
        theta, gradients = path_gradients(moments.cov, model)
        influences = likelihood_influence(
            rows, gradients, np.zeros((len(gradients), rows.shape[1]))
        )
        cov = influence_covariance(influences, clusters=design.clusters)
    else:
        n = len(rows)
        S = np.cov(in_canonical_order(rows).T)
        theta, gradients = path_gradients(S, model)
        if design.covariance == "classical":
            cov = normal_covariance(S, gradients, n)
        else:
            influences = covariance_influence(rows, gradients)
            cov = influence_covariance(influences, clusters=design.clusters)
    estimate = np.asarray(mediation_effects(theta, model), dtype=np.float64)
    if interval == "monte_carlo":
        draws = monte_carlo_effects(theta, cov, model, n_draws=n_boot, seed=seed)
        low, high = percentile_interval(draws, confidence)
        return _Found(estimate=estimate, se=draws.std(axis=0, ddof=1), low=low, high=high)
    with np.errstate(invalid="ignore"):
        se = np.sqrt(np.diagonal(effect_covariance(theta, cov, model)))
    half = quantile(np.inf, confidence) * se
    return _Found(estimate=estimate, se=se, low=estimate - half, high=estimate + half)


def _table(
    model: PathModel,
    every: Sequence[Measure],
    found: _Found,
    interval: Interval,
    n: int,
    confidence: float,
) -> pd.DataFrame:
    prefix = {"raw": "", "outcome": "partly_std_", "all": "std_"}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for j, effect in enumerate(model.effects):
        key = (effect.cause, effect.kind, effect.routes)
        row = rows.setdefault(
            key,
            {
                "cause": every[model.causes[effect.cause]].id,
                "effect": effect.kind,
                "via": _via(model, every, effect.routes),
                "outcome": every[model.outcome].id,
                "n": n,
                "interval": interval,
                "design": _DESIGN,
                "reason": "",
            },
        )
        name = prefix[effect.metric]
        row[name.rstrip("_") or "estimate"] = found.estimate[j]
        row[f"{name}low"], row[f"{name}high"] = found.low[j], found.high[j]
        if effect.metric == "raw":
            row["se"] = found.se[j]
    for (cause, kind, _), row in rows.items():
        reasons = []
        if np.isnan(row["low"]) or np.isnan(row["high"]):
            reasons.append("low, high: the resamples give no interval")
        if kind == "proportion":
            total, direct, inner = (
                rows[cause, name, ()] for name in ("total", "direct", "total_indirect")
            )
            why = _why_unstable(total, direct, inner["estimate"], n)
            if np.isnan(row["estimate"]):
                row |= dict.fromkeys(("se", "low", "high"), np.nan)
                reasons = ["the total effect is 0, of which there are no parts"]
            else:
                reasons += [f"unstable: {why}"] if why else []
            reasons.append("std, partly_std: a proportion has no units")
        row["reason"] = "; ".join(reasons)
    return make_table(list(rows.values()), COLUMNS)


def _via(model: PathModel, every: Sequence[Measure], routes: Sequence[int]) -> str:
    ways = [
        " > ".join(every[model.mediators[step]].id for step in model.routes[route])
        for route in routes
    ]
    return " - ".join(ways)


def _why_unstable(total: Mapping[str, Any], direct: Mapping[str, Any], inner: float, n: int) -> str:
    if direct["estimate"] * inner < 0 and (direct["low"] > 0 or direct["high"] < 0):
        return "direct and indirect effect have opposite signs"
    if not (total["low"] > 0 or total["high"] < 0):
        return "the interval of the total effect holds 0"
    return _FEW_PEOPLE if n < 500 else ""


def _unstable(table: pd.DataFrame) -> list[str]:
    rows = table[(table["effect"] == "proportion") & table["reason"].str.startswith("unstable")]
    rows = rows[~rows["reason"].str.contains(_FEW_PEOPLE, regex=False)]  # the table says it
    if rows.empty:
        return []
    why = listing(
        (
            f"{cause} ({reason.split(';')[0].removeprefix('unstable: ')})"
            for cause, reason in zip(rows["cause"], rows["reason"], strict=True)
        ),
        shown=5,
    )
    return [f"The proportion mediated is unstable, and better not reported: {why}."]


def _fits(
    rows: Floats,
    model: PathModel,
    every: Sequence[Measure],
    design: Design,
    rule: Any,  # noqa: ANN401 - as fit_linear takes it
    confidence: float,
) -> list[tuple[int, LinearFit]]:
    """The regression of each mediator, of the outcome, and of the outcome without mediators."""
    equations = [
        *model.equations,
        (model.outcome, (*model.causes, *model.controls)),
    ]
    return [
        (
            outcome,
            fit_linear(
                rows, outcome, predictors, [every[j].id for j in predictors], design, rule=rule,
                confidence=confidence,
            ),
        )
        for outcome, predictors in equations
    ]  # fmt: skip


def _paths(
    fits: Sequence[tuple[int, LinearFit]],
    model: PathModel,
    every: Sequence[Measure],
    confidence: float,
) -> pd.DataFrame:
    causes = {every[j].id for j in model.causes}
    mediators = {every[j].id for j in model.mediators}
    rows = []
    for at, (outcome, fit) in enumerate(fits):
        half = quantile(fit.df, confidence)
        last = at == len(fits) - 1
        for j, name in enumerate(fit.names):
            if name == INTERCEPT:
                continue
            if name in causes:
                path = "c" if last else ("c'" if outcome == model.outcome else "a")
            elif name in mediators:
                path = "b" if outcome == model.outcome else "d"
            else:
                path = "control"
            se = fit.se[j]
            rows.append(
                {
                    "path": path,
                    "outcome": every[outcome].id,
                    "term": name,
                    "n": fit.n,
                    "b": fit.b[j],
                    "se": se,
                    "b_low": fit.b[j] - half * se,
                    "b_high": fit.b[j] + half * se,
                    "beta": fit.beta[j - 1],
                    "t": fit.b[j] / se if se > 0 else np.nan,
                    "df": fit.df,
                    "p": fit.p[j],
                    "r2": fit.r2,
                }
            )
    return make_table(rows, _PATHS)


def _normal_tests(
    fits: Sequence[tuple[int, LinearFit]], model: PathModel, every: Sequence[Measure]
) -> pd.DataFrame:
    """Sobel's and Aroian's tests of the routes over one mediator."""
    by = dict(fits[:-1])
    outcome = by[model.outcome]
    rows = []
    for cause in model.causes:
        for mediator in model.mediators:
            fit = by[mediator]
            a, b = fit.names.index(every[cause].id), outcome.names.index(every[mediator].id)
            tests = product_tests(fit.b[a], fit.se[a], outcome.b[b], outcome.se[b])
            row: dict[str, Any] = {
                "cause": every[cause].id,
                "via": every[mediator].id,
                "estimate": float(tests.estimate),
            }
            for name, error in (("sobel", tests.sobel), ("aroian", tests.aroian)):
                se = float(error)
                z = float(tests.estimate) / se if se > 0 else np.nan
                row |= {
                    f"{name}_se": se,
                    f"{name}_z": z,
                    f"p_{name}": float(gammaincc(0.5, z**2 / 2)),
                }
            rows.append(row)
    return make_table(rows, _PRODUCTS)


def _measurement_note(study: Study, mediators: Sequence[Measure]) -> str:
    known = []
    for measure in mediators:
        part = study.prepared.get(measure.id.split("[")[0])
        scored = measure.variable is not None and measure.variable.item is None
        if part and scored and not part.obstacle and part.scale.model.startswith("reflective"):
            known.append(f"{measure.id} {bounded(float(alpha(part.moments.cov)))}")
    reliable = f" (alpha: {listing(known)})" if known else ""
    return (
        f"Errors of measurement in a mediator{reliable} bias b, as a rule towards 0, and leave a "
        "direct effect where there is none."
    )


def _interval_note(
    interval: Interval, n_boot: int, design: Design, seed: int, found: _Found, filled: bool
) -> str:
    name = INTERVAL_NAMES[interval]
    units = "rows" if design.clusters is None else f"{count(design.groups)} whole {design.noun}s"
    if interval == "delta":
        how = (
            "maximum likelihood under normality, as lavaan's"
            if design.covariance == "classical" and not filled
            else "from robust errors"
        )
        return f"Intervals of effects: {name} ({how}), symmetrical, which products are not."
    if interval == "monte_carlo":
        return f"Intervals of effects: {name}, {count(n_boot)} draws, seed {seed}."
    note = f"Intervals of effects: {name}, {count(n_boot)} resamples of {units}, seed {seed}."
    if found.failed:
        note += f" {found.failed:.1%} of the resamples gave no number."
    return note


def _shape_notes(model: PathModel, every: Sequence[Measure], rows: Floats) -> list[str]:
    notes = []
    if len(model.causes) > 1:
        notes.append(
            f"{counted(len(model.causes), 'cause')} at once: the effects of each are those with "
            "the others held constant."
        )
    if model.serial:
        chain = " > ".join(every[j].id for j in model.mediators)
        notes.append(f"Chain: {chain}; every way along it is an indirect effect of its own.")
    if len(model.routes) > MOST_ROUTES:
        notes.append(f"{len(model.routes)} routes: their contrasts are not given.")
    for j in (*model.mediators, model.outcome):
        known = rows[~np.isnan(rows[:, j]), j]
        if len(np.unique(known)) == 2:
            notes.append(
                f"{every[j].id} has two values: its paths are differences of shares (linear "
                "probability model)."
            )
    return notes
