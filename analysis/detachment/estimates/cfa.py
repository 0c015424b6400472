"""Does a model of factors describe the answers? Confirmatory factor analysis."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._constructs import (
    PAIR_COLUMNS,
    RELIABILITY_COLUMNS,
    Resampling,
    construct_tables,
)
from detachment.estimates._latent import (
    MOST_CATEGORIES,
    LatentData,
    check_rows,
    key_doubts,
    named_columns,
    take_latent,
)
from detachment.estimates._latent_answers import CountedAnswers, LatentAnswers
from detachment.estimates._result import Result, heading, make_table, rounded
from detachment.estimates._scales import (
    CountedSample,
    Floats,
    Missing,
    Sample,
    by_likelihood,
    check_boot,
    check_confidence,
    data_warnings,
    dyad_notes,
    emit,
    masked_notes,
    memory_of,
    partner_notes,
    plain,
    provenance,
    take_counted,
)
from detachment.estimates._sentences import aside, how_often, not_given, people
from detachment.stats.sem.categorical import (
    OrdinalFit,
    OrdinalTest,
    fit_ordinal,
    ordinal_fit_indices,
    release_tests,
)
from detachment.stats.sem.estimate import Criterion, Fit, fit_model, improper
from detachment.stats.sem.fit import fit_indices
from detachment.stats.sem.inference import Correction, Errors, infer
from detachment.stats.sem.model import Model, cfa_model, with_rows
from detachment.stats.sem.modification import missing_rows, score_tests
from detachment.stats.sem.proper import improper_solution
from detachment.stats.sem.standardized import (
    r_squared,
    standard_factors,
    standardized,
    standardized_errors,
    table_values,
)
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
)
from detachment.validation import LazySurvey, Survey

Estimator = Literal["ML", "MLR", "MLM", "ULS", "GLS", "DWLS", "WLSMV", "ULSMV"]
# Estimator -> criterion, standard errors and correction of the test for continuous answers.
CONTINUOUS: Mapping[str, tuple[Criterion, Errors, Correction]] = {
    "ML": ("ML", "expected", "none"),
    "MLR": ("ML", "huber_white", "yuan_bentler"),
    "MLM": ("ML", "adf", "satorra_bentler"),
    "ULS": ("ULS", "expected", "none"),
    "GLS": ("GLS", "expected", "none"),
}
# Estimator -> weights and test for ordered answers.
ORDINAL: Mapping[str, tuple[Literal["DWLS", "ULS"], OrdinalTest]] = {
    "DWLS": ("DWLS", "standard"),
    "WLSMV": ("DWLS", "scaled_shifted"),
    "ULSMV": ("ULS", "scaled_shifted"),
}
ESTIMATORS = (*CONTINUOUS, *ORDINAL)
MISSING = ("listwise", "pairwise", "fiml")
COLUMNS = {
    "lhs": "str",
    "op": "str",
    "rhs": "str",
    "estimate": "float64",
    "se": "float64",
    "z": "float64",
    "p": "float64",
    "low": "float64",
    "high": "float64",
    "std_lv": "float64",
    "std_all": "float64",
    "std_all_se": "float64",
    "reason": "str",
}
FIT_COLUMNS = {
    "kind": "str",
    "chisq": "float64",
    "df": "float64",
    "p": "float64",
    "scaling_factor": "float64",
    "cfi": "float64",
    "tli": "float64",
    "rmsea": "float64",
    "rmsea_low": "float64",
    "rmsea_high": "float64",
    "rmsea_close_p": "float64",
    "srmr": "float64",
    "rmr": "float64",
    "gfi": "float64",
    "agfi": "float64",
    "nfi": "float64",
    "ifi": "float64",
    "baseline_chisq": "float64",
    "baseline_df": "float64",
    "log_likelihood": "float64",
    "aic": "float64",
    "bic": "float64",
    "sabic": "float64",
    "parameters": "Int64",
    "n": "Int64",
    "reason": "str",
}
R2_COLUMNS = {"variable": "str", "r2": "float64", "reason": "str"}
MI_COLUMNS = {
    "lhs": "str",
    "op": "str",
    "rhs": "str",
    "index": "float64",
    "epc": "float64",
    "std_epc": "float64",
}
_RARE = ("rmr", "gfi", "agfi", "nfi", "ifi")  # in the table, not in what people read
_TITLES = {
    "chisq": "χ²", "cfi": "CFI", "tli": "TLI", "rmsea": "RMSEA", "rmsea_low": "RMSEA, 90% low",
    "rmsea_high": "RMSEA, 90% high", "rmsea_close_p": "p of close fit", "srmr": "SRMR",
    "baseline_chisq": "baseline χ²", "aic": "AIC", "bic": "BIC", "sabic": "SABIC",
}  # fmt: skip
_TOP = 10  # modification indices shown
FIXED = "fixed by the model"
_DYADS = "standard errors are then too small and fit is judged too strictly"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Cfa(Result):
    """A fitted factor model, one row a parameter.

    Attributes
    ----------
    wrong
        What is improper about the solution; empty when nothing is.
    """

    wrong: tuple[str, ...] = field(default=())

    def _plain(self) -> Iterable[str]:
        fits = {row["kind"]: row for row in self.parts["fit"].to_dict(orient="records")}
        test = fits.get("scaled", fits["naive"])
        what = "The model of which questions belong together"
        if self.table["estimate"].isna().all():
            yield not_given(what, fits["naive"]["reason"])
            return
        yield (
            f"{what} gives links between questions that are off by "
            f"{number(fits['naive']['srmr'], 3)} on average from those in the answers"
            f"{aside(people(self._n()))}."
        )
        if not np.isnan(test["p"]):
            yield f"Were it exactly right, samples would be off as much {how_often(test['p'])}."
        for factor, own in self.table[self.table["op"] == "=~"].groupby("lhs", sort=False):
            std = own["std_all"].to_numpy()
            if np.isfinite(std).all():
                yield (
                    f"{self.named(str(factor))}: its {counted(len(own), 'question')} go with what "
                    f"they share at {number(std.min())} to {number(std.max())}, where 1 is exactly."
                )
        if self.wrong:
            yield "The solution is impossible as it stands, and its numbers should not be used."

    def _meaning(self) -> Iterable[str]:
        yield (
            "Nobody asks whether the model is exactly right, for no model is; the question is how "
            "far it is off, and whether another one is less so."
        )
        yield "A model that describes the answers does not show that the scales are named rightly."

    def _apa(self) -> Iterable[str]:
        tests: dict[str, Mapping[Any, Any]] = {
            row["kind"]: row for row in self.parts["fit"].to_dict(orient="records")
        }
        lines = []
        estimator, missing = self.call["estimator"], self.call["missing"]
        head = f"Confirmatory factor analysis ({estimator}, {missing}; n = {count(self._n())})"
        naive = tests["naive"]
        if self.table["estimate"].isna().all():
            return [f"{head}: no solution is given; {naive['reason']}."]
        row, fit = tests.get("scaled", naive), tests.get("scaled", naive)
        if "scaled" in tests and np.isfinite(tests["robust"]["cfi"]):
            fit = tests["robust"]
        parts = [f"χ²({row['df']:g}) = {number(row['chisq'])}"]
        if not np.isnan(row["p"]):
            parts[0] += f", {p_statement(row['p'])}"
        parts += [f"CFI = {bounded(fit['cfi'], 3)}", f"TLI = {bounded(fit['tli'], 3)}"]
        ends = interval(fit["rmsea_low"], fit["rmsea_high"], 3)
        parts.append(f"RMSEA = {bounded(fit['rmsea'], 3)}, 90% CI {ends}")
        parts.append(f"SRMR = {bounded(naive['srmr'], 3)}")
        kind = "" if row is naive else f" (test scaled, indices {fit['kind']})"
        lines.append(f"{head}: {', '.join(parts)}{kind}.")
        loadings = self.table[self.table["op"] == "=~"]
        for factor, own in loadings.groupby("lhs", sort=False):
            std = own["std_all"].to_numpy()
            if np.isfinite(std).all():
                ends = f"{bounded(std.min())} to {bounded(std.max())}"
                lines.append(
                    f"{self.named(str(factor))}: standardized loadings from {ends} "
                    f"({len(own)} indicators)."
                )
        if self.wrong:
            lines.append(f"The solution is improper: {'; '.join(self.wrong)}.")
        return lines

    def _n(self) -> int:
        return int(self.n["analysed"])

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts; of the fit one column a kind."""
        shown = {}
        for name, part in self.parts.items():
            part = part.drop(columns="reason", errors="ignore")
            if len(part):
                shown[heading(name)] = rounded(part.dropna(axis="columns", how="all"))
        shown.pop("Fit", None)
        if self.parts["fit"]["chisq"].notna().any():
            shown["Fit"] = _fit_by_kind(self.parts["fit"])
        if "Modification indices" in shown:
            table = shown["Modification indices"]
            names = table[["Lhs", "Op", "Rhs"]].agg(" ".join, axis=1)
            table = table.drop(columns=["Lhs", "Op", "Rhs"])
            table.insert(0, "Parameter", names)
            shown["Modification indices"] = table
        return shown

    def display_all(self) -> list[tuple[str, pd.DataFrame]]:
        """Fit first, then the parameters, then the other parts."""
        parts = self.display_parts()
        first = [("Fit", parts.pop("Fit"))] if "Fit" in parts else []
        return [*first, ("", self.display()), *parts.items()]

    def display(self) -> pd.DataFrame:
        """Loadings, regressions and covariances as people read them, rounded numbers as text."""
        table = self.table[~in_passing(self.table)]
        ci = f"{level(self.call['confidence'])} CI"
        ends = zip(table["low"], table["high"], strict=True)
        return pd.DataFrame(
            {
                "Parameter": [
                    f"{row.lhs} {row.op} {row.rhs}".strip()
                    for row in table[["lhs", "op", "rhs"]].itertuples()
                ],
                "Estimate": table["estimate"].map(lambda x: number(x, 3)),
                "SE": table["se"].where(table["z"].notna()).map(lambda x: number(x, 3)),
                "z": table["z"].map(number),
                "p": table["p"].map(p_value),
                ci: [
                    interval(*pair, 3, can_exceed_one=True) if tested else DASH
                    for pair, tested in zip(ends, table["z"].notna(), strict=True)
                ],
                "Standardized": table["std_all"].map(lambda x: number(x, 3)),
            }
        )


def in_passing(table: pd.DataFrame) -> pd.Series:
    """Parameters that every model has and few people read: thresholds, intercepts, variances.

    A variance below 0 is one to read.
    """
    own = (table["op"] == "~~") & (table["lhs"] == table["rhs"]) & ~(table["estimate"] < 0)
    return own | table["op"].isin(["|", "~1", "~*~"])


def _fit_by_kind(fit: pd.DataFrame) -> pd.DataFrame:
    """Indices that there are as rows, and naive, scaled and robust ones as columns."""
    write: dict[str, Callable[[float | None], str]] = {
        "p": p_value, "rmsea_close_p": p_value, "df": _degrees, "baseline_df": _degrees,
        "parameters": count, "n": count,
    }  # fmt: skip
    indices = [
        name
        for name in FIT_COLUMNS
        if name not in ("kind", "reason", *_RARE) and fit[name].notna().any()
    ]
    return pd.DataFrame(
        {"Index": [_TITLES.get(name, name.replace("_", " ")) for name in indices]}
        | {
            str(row["kind"]).capitalize(): [
                write.get(name, _index)(None if pd.isna(row[name]) else row[name])
                for name in indices
            ]
            for row in fit.to_dict(orient="records")
        }
    )


def _degrees(value: float | None) -> str:
    """Degrees of freedom: whole, unless a correction of the test made them so."""
    return number(value, 0 if value is None or float(value).is_integer() else 2)


def _index(value: float | None) -> str:
    return number(value, 3)


def cfa(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    model: str | None = None,
    scales: str | Sequence[str] | None = None,
    estimator: Estimator | None = None,
    missing: Missing | None = None,
    std_lv: bool = False,
    orthogonal: bool = False,
    n_boot: int = 0,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 1,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Cfa:
    """Confirmatory factor analysis of a model text, or of scales as factors.

    Parameters
    ----------
    data
        A survey, or a plain table of answers. A lazy survey (``open_survey``) is counted where it
        is and gives the same numbers: ML (with ``fiml`` as long as the patterns of missing answers
        fit its ``memory_limit``), ULS, GLS and every estimator for ordered answers; not MLR, MLM
        and the bootstrap, which need rows.
    model
        Text in lavaan's language: ``"f =~ x1 + x2 + x3"``, ``x1 ~~ x2``, ``0.8*x1``, ``NA*x1``,
        ``a*x1`` (equal names, equal parameters). What it leaves out is completed as
        ``lavaan::cfa`` does.
    scales
        Instead of a model: a scale's id, a role in the plural, or a list of these; each becomes a
        factor of its items. A plain table without a model is one factor.
    estimator
        ``ML`` (normal theory), ``MLR`` (with standard errors and a test that allow answers that
        are not normal, also with missing answers), ``MLM`` (Satorra and Bentler), ``ULS``, ``GLS``;
        for ordered answers ``WLSMV``, ``ULSMV`` (scaled and shifted test) and ``DWLS`` (the same
        estimates; as in lavaan neither test nor standard errors are corrected). None: WLSMV where
        every item has at most five categories, else MLR (of a lazy survey ML).
    missing
        ``fiml``: every answer there is (ML, MLR). ``pairwise``: every pair of answers (ordered
        answers). ``listwise``: complete rows. None: the first of these that the estimator has.
    std_lv
        Whether factors have variance 1; else the first loading of each is 1.
    orthogonal
        Whether factors are uncorrelated, as for a bifactor model.
    n_boot
        Bootstrap replicates for the intervals of HTMT (percentile; dyads are resampled whole where
        there are dyads). 0 gives none, but for ordered answers, whose are asymptotic.
    confidence
        Level of the intervals of parameters; RMSEA's is 90 % by convention.
    rng
        Seed or generator of the bootstrap; nothing else is random.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Cfa
        One row a parameter: ``lhs, op, rhs, estimate, se, z, p, low, high, std_lv, std_all,
        std_all_se, reason``. Parts: ``fit`` (rows ``naive``, ``scaled`` and ``robust``), ``r2``,
        ``modification_indices`` (the largest ten), ``factor_reliability`` (composite
        reliability and average variance extracted; of ordered answers ``omega`` is that of the sum
        of the answers, ``omega_latent`` and ``alpha`` are those of the latent responses),
        ``factor_pairs`` (correlations, HTMT and HTMT2), and ``second_order`` where factors measure
        a factor.

    Raises
    ------
    UsageError
        When the model cannot be read or an option does not fit.
    Refusal
        When there are fewer rows than items or parameters, when a scale is no factor, an item is
        a copy of another, or a lazy survey would have to be read into memory.
    SurveyError
        When an item of the model has no variance.

    Warns
    -----
    DataWarning
        Improper solutions (negative variances, correlations beyond 1, no convergence, parameters
        that are not identified), items that load against their factor, answers off their scale.

    References
    ----------
    Jöreskog, K. G. (1969). *Psychometrika, 34*, 183-202. Rhemtulla, M., Brosseau-Liard, P. É., &
    Savalei, V. (2012). *Psychological Methods, 17*, 354-373 (ordered or continuous). R:
    ``lavaan::cfa``.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> f = rng.normal(size=(200, 1))
    >>> answers = pd.DataFrame(f + rng.normal(size=(200, 4)), columns=list("abcd"))
    >>> result = cfa(answers, model="f =~ a + b + c + d", estimator="ML")
    >>> result.to_frame()["rhs"].tolist()[:4], result.parts["fit"]["df"].tolist()
    (['a', 'b', 'c', 'd'], [2.0])
    """
    if estimator is not None:
        check_word("estimator", estimator, ESTIMATORS)
    missing = by_likelihood(missing)
    if missing is not None:
        check_word("missing", missing, MISSING)
    check_confidence(confidence)
    check_boot(n_boot)
    data, reverse = named_columns(data, model, reverse)
    sample = take_counted(data, wave=wave, reverse=reverse, values=values)
    latent = take_latent(sample, model, scales)
    chosen = _estimator(sample, latent, estimator, n_boot)
    rule = _missing_rule(chosen, missing)
    used = latent.given.under(rule)
    found = data_warnings(sample, latent.items)
    if copies := used.identical(latent.items):
        raise Refusal(
            f"{listing(copies, shown=5)} have the same answer in every row: is one a copy of the "
            "other? Leave one of them out of the model."
        )
    own = _own_model(latent, chosen, rule, used, std_lv, orthogonal)
    n = used.n
    check_rows(n, len(latent.items), own.n_free, complete=rule == "listwise")
    solved = (_continuous if chosen in CONTINUOUS else _ordinal)(own, used, chosen)
    doubts = [f"Improper solution: {text}." for text in solved.wrong]
    found = (*found, *key_doubts(latent, used))
    emit([*found, *doubts])
    kept = None if isinstance(used, CountedAnswers) else used
    masked = used.masked if isinstance(used, CountedAnswers) else None
    return Cfa(
        table=_parameters(solved, confidence),
        parts=_parts(
            solved,
            Resampling(
                answers=None if kept is None else kept.rows,
                clusters=None if kept is None else sample.dyads(kept.used),
                n_boot=n_boot,
                rng=rng,
                confidence=confidence,
            ),
        ),
        wrong=solved.wrong,
        notes=(
            *sample.notes,
            *masked_notes(sample, latent.scales, counted_rows=masked),
            *_notes(latent, chosen, rule, estimator is None, n, gaps=used.gaps),
            *(
                partner_notes(sample, [], _DYADS)
                if kept is None
                else dyad_notes(sample, kept.used, _DYADS)
            ),
        ),
        call={
            "verb": "cfa",
            "model": latent.text,
            "scales": plain(scales),
            "estimator": chosen,
            "missing": rule,
            "std_lv": std_lv,
            "orthogonal": orthogonal,
            "n_boot": n_boot,
            "rng": rng if isinstance(rng, int) else "Generator",
            "confidence": confidence,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*sample.reader_warnings, *found, *doubts])),
        labels=latent.labels,
        **provenance(sample, n),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    """A fit with what the tables need: estimates, covariances, indices, what is wrong."""

    model: Model
    theta: Floats
    cov: Floats
    indices: Mapping[str, float]
    wrong: tuple[str, ...]
    known: bool  # whether estimates can be given
    fit: Fit | OrdinalFit


def _estimator(
    sample: Sample, latent: LatentData, estimator: Estimator | None, n_boot: int
) -> Estimator:
    """The estimator asked for, else the one that fits the answers and how they are had.

    Raises
    ------
    Refusal
        When rows that are counted cannot give what is asked.
    """
    if estimator is None and latent.ordered:
        estimator = "WLSMV"
    elif estimator is None:
        estimator = "ML" if isinstance(sample, CountedSample) else "MLR"
    if not isinstance(sample, CountedSample):
        return estimator
    read = f"read the rows into memory with collect() (about {memory_of(sample.lazy)})"
    if estimator in ("MLR", "MLM"):
        what = (
            "the slopes of the likelihood of every single row"
            if estimator == "MLR"
            else "fourth moments of all items together"
        )
        raise Refusal(
            f"{estimator} is not given from counts: its standard errors and its test are made of "
            f"{what}. Ask for estimator='ML', which trusts that answers are normal, or {read}."
        )
    if n_boot and estimator in CONTINUOUS:
        raise Refusal(
            "Intervals of HTMT by the bootstrap (--boot, n_boot= in Python) draw rows anew, and "
            f"those of this lazy survey are counted where they are. Ask for none, or {read}."
        )
    return estimator


def _missing_rule(estimator: str, missing: str | None) -> str:
    allowed = ["listwise"]
    if estimator in ("ML", "MLR"):
        allowed = ["fiml", "listwise"]
    elif estimator in ORDINAL:
        allowed = ["pairwise", "listwise"]
    if missing is None:
        return allowed[0]
    if missing not in allowed:
        raise UsageError(
            f"{estimator} cannot take missing={missing!r}; it takes {listing(allowed, 'or')}. "
            "Incomplete rows: ML or MLR with fiml, WLSMV or ULSMV with pairwise."
        )
    return missing


def _own_model(
    latent: LatentData,
    estimator: str,
    rule: str,
    used: LatentAnswers,
    std_lv: bool,
    orthogonal: bool,
) -> Model:
    """The model as the estimator needs it: means for FIML, thresholds for ordered items."""
    options: dict[str, Any] = {"std_lv": std_lv, "orthogonal": orthogonal}
    if estimator in ORDINAL:
        counts = {
            item: len(values) - 1 for item, values in zip(latent.items, used.values, strict=True)
        }
        wide = [item for item, number in counts.items() if number >= MOST_CATEGORIES]
        if wide or not latent.whole:
            what = (
                f"{listing(wide, shown=5)} {'has' if len(wide) == 1 else 'have'} more than "
                f"{MOST_CATEGORIES} different answers"
                if wide
                else "some answers are no whole numbers"
            )
            other = "ML" if isinstance(used, CountedAnswers) else "MLR"
            raise UsageError(
                f"{estimator} is for few ordered answers, and {what}: ask for {other}."
            )
        if flat := [item for item, number in counts.items() if number < 1]:
            raise Refusal(f"{listing(flat, shown=5)}: the rows used give one answer only.")
        options |= {"ordered": latent.items, "thresholds": counts}
    elif rule == "fiml" and used.gaps:
        options["meanstructure"] = True
    try:
        return cfa_model(latent.text, latent.items, **options)
    except ValueError as wrong:
        raise UsageError(f"The model cannot be used: {wrong}") from None


def _continuous(model: Model, used: LatentAnswers, estimator: str) -> _Solved:
    criterion, errors, correction = CONTINUOUS[estimator]
    sample = used.by_pattern()
    if not sample.complete and estimator == "ML":
        errors = "observed"
    if not sample.saturated:
        raise Refusal(
            "The covariances of these items have no proper maximum likelihood estimate: an item "
            "follows from others, or a pair of items was answered together by too few. Leave out "
            "an item."
        )
    fit = fit_model(model, [sample], criterion)
    wrong = improper(fit)
    inference = infer(fit, errors, correction)
    known = fit.converged and not any("identif" in text for text in wrong)
    known = known and bool(np.isfinite(np.diagonal(inference.cov)).all())
    return _Solved(
        fit.model, fit.theta, inference.cov, fit_indices(fit, inference), wrong, known, fit
    )


def _ordinal(model: Model, used: LatentAnswers, estimator: str) -> _Solved:
    weights, test = ORDINAL[estimator]
    sample = used.ordinal()
    fit = fit_ordinal(model, [sample], estimator=weights)
    cov = fit.plain_cov if test == "standard" else fit.cov
    wrong = list(_improper_ordinal(fit))
    known = fit.converged and bool(np.isfinite(np.diagonal(cov)).all())
    if fit.df < 0:
        known = False
    return _Solved(model, fit.theta, cov, ordinal_fit_indices(fit, test), tuple(wrong), known, fit)


def _improper_ordinal(fit: OrdinalFit) -> tuple[str, ...]:
    return improper_solution(
        fit.model, fit.theta, np.concatenate(fit.deltas), fit.df, converged=fit.converged
    )


def _parameters(solved: _Solved, confidence: float) -> pd.DataFrame:
    model, theta = solved.model, solved.theta
    k = len(model.lhs)
    free = model.free > 0
    names = [(model.lhs[i], model.op[i], model.rhs[i]) for i in range(k)]
    if not solved.known:
        reason = solved.wrong[0] if solved.wrong else "the standard errors cannot be computed"
        rows = [dict(zip(("lhs", "op", "rhs"), name, strict=True)) for name in names]
        return make_table([row | {"reason": reason} for row in rows], COLUMNS)
    estimate = table_values(model, theta)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.sqrt(np.diagonal(solved.cov))
        se = np.where(free, errors[np.maximum(model.free - 1, 0)], 0.0)
        z = np.where(free, estimate / se, np.nan)
        half = ndtri((1 + confidence) / 2) * se
        std_lv, std_all = (standardized(model, theta, kind) for kind in ("lv", "all"))
        std_se = standardized_errors(model, theta, solved.cov)
    derived = np.isnan(model.value) & ~free
    rows = []
    for i, name in enumerate(names):
        why = []
        if not free[i]:
            why.append("z, p: " + ("follows from other parameters" if derived[i] else FIXED))
        if not np.isfinite(std_all[i]):
            why.append("std_lv, std_all, std_all_se: a variance is not positive")
        own_se, ends = se[i], (estimate[i] - half[i], estimate[i] + half[i])
        if derived[i]:
            own_se, ends = np.nan, (np.nan, np.nan)
            why[0] = "se, z, p, low, high: follows from other parameters"
        rows.append(
            {
                **dict(zip(("lhs", "op", "rhs"), name, strict=True)),
                "estimate": estimate[i],
                "se": own_se,
                "z": z[i],
                "p": 2 * ndtr(-abs(z[i])),
                "low": ends[0],
                "high": ends[1],
                "std_lv": std_lv[i],
                "std_all": std_all[i],
                "std_all_se": std_se[i],
                "reason": "; ".join(why),
            }
        )
    return make_table(rows, COLUMNS)


def _parts(solved: _Solved, how: Resampling) -> dict[str, pd.DataFrame]:
    model, theta = solved.model, solved.theta
    if not solved.known:
        reason = solved.wrong[0] if solved.wrong else "the standard errors cannot be computed"
        return {
            "fit": make_table([{"kind": "naive", "reason": reason}], FIT_COLUMNS),
            "r2": make_table([], R2_COLUMNS),
            "modification_indices": make_table([], MI_COLUMNS),
            "factor_reliability": make_table([], RELIABILITY_COLUMNS),
            "factor_pairs": make_table([], PAIR_COLUMNS),
        }
    explained = r_squared(model, theta)[0]
    r2 = [
        {
            "variable": name,
            "r2": value if 0 <= value <= 1 else np.nan,
            "reason": "" if 0 <= value <= 1 else "its residual variance is negative",
        }
        for name, value in zip(explained.names, explained.values, strict=True)
    ]
    return {
        "fit": _fit_table(solved),
        "r2": make_table(r2, R2_COLUMNS),
        "modification_indices": _modification(solved),
        **construct_tables(model, solved.fit, how),
    }


def _fit_table(solved: _Solved) -> pd.DataFrame:
    of = solved.indices
    has_test = solved.fit.df > 0
    rows = []
    for kind, ending in (("naive", ""), ("scaled", "_scaled"), ("robust", "_robust")):
        if f"cfi{ending}" not in of:
            continue
        row: dict[str, Any] = {
            "kind": kind,
            "cfi": of[f"cfi{ending}"],
            "tli": of[f"tli{ending}"],
            "rmsea": of[f"rmsea{ending}"],
            "rmsea_low": of[f"rmsea_ci_lower{ending}"],
            "rmsea_high": of[f"rmsea_ci_upper{ending}"],
            "parameters": int(of["npar"]),
            "n": int(of["ntotal"]),
        }
        if kind != "robust":
            row |= {
                "chisq": of[f"chisq{ending}"],
                "df": of[f"df{ending}"],
                "p": of[f"pvalue{ending}"],
                "baseline_chisq": of[f"baseline_chisq{ending}"],
                "baseline_df": of.get(f"baseline_df{ending}", of["baseline_df"]),
            }
        if kind == "scaled":
            row["scaling_factor"] = of["chisq_scaling_factor"]
        if kind == "naive":
            row |= {name: of[name] for name in ("srmr", *_RARE)}
            row["rmsea_close_p"] = of["rmsea_pvalue"]
            row |= {
                name: of.get(theirs, np.nan)
                for name, theirs in (
                    ("log_likelihood", "logl"), ("aic", "aic"), ("bic", "bic"), ("sabic", "bic2"),
                )
            }  # fmt: skip
        row["reason"] = _fit_reason(row, kind, has_test, "logl" in of)
        rows.append(row)
    return make_table(rows, FIT_COLUMNS)


def _fit_reason(row: Mapping[str, Any], kind: str, has_test: bool, likelihood: bool) -> str:
    why = []
    if not has_test:
        why.append("p: a model without degrees of freedom fits by its making")
    elif kind == "naive" and np.isnan(row["p"]):
        why.append("p: least squares without a correction have no known distribution")
    if kind == "naive":
        why.append("scaling_factor: not corrected")
        if not likelihood:
            why.append("log_likelihood, aic, bic, sabic: not estimated by likelihood")
    elif kind == "scaled":
        why.append("rmsea_close_p, srmr and other indices without a correction: see naive")
    else:
        why.append("tests and indices without a robust form: see the other rows")
    return "; ".join(why)


def _modification(solved: _Solved) -> pd.DataFrame:
    model = solved.model
    rows = missing_rows(model)
    if not rows:
        return make_table([], MI_COLUMNS)
    if isinstance(solved.fit, OrdinalFit):
        wide = with_rows(model, rows)
        at = [wide.find(*row) for row in rows]
        index, change = release_tests(replace(solved.fit, model=wide), at)
        unit = standard_factors(wide, solved.theta)[at]
        found = zip(rows, index, change, change * unit, strict=True)
    else:
        tests = score_tests(solved.fit, rows)
        found = zip(rows, tests.index, tests.change, tests.standardized_change, strict=True)
    best = sorted(
        ((row, i, e, s) for row, i, e, s in found if np.isfinite(i)), key=lambda one: -one[1]
    )
    return make_table(
        [
            {"lhs": row[0], "op": row[1], "rhs": row[2], "index": i, "epc": e, "std_epc": s}
            for row, i, e, s in best[:_TOP]
        ],
        MI_COLUMNS,
    )


def _notes(
    latent: LatentData, estimator: str, rule: str, by_default: bool, n: int, *, gaps: bool
) -> tuple[str, ...]:
    notes = []
    if latent.reversed:
        notes.append(
            "Reversed before every statistic (lowest + highest - answer): "
            f"{listing(latent.reversed)}."
        )
    if by_default:
        why = {
            "WLSMV": "every item has at most five different answers, which are ordered rather than "
            "measured",
            "MLR": "the answers have more than five values; its standard errors and test allow for "
            "answers that are not normal",
            "ML": "the answers have more than five values",
        }[estimator]
        notes.append(f"Estimated by {estimator}, because {why} (Rhemtulla et al., 2012).")
        if estimator == "ML":
            notes.append(
                "Standard errors and a test that allow for answers that are not normal (MLR) need "
                "the rows, and these are counted where they are."
            )
    how = {
        "listwise": f"Listwise deletion: the {n} rows that answered every item.",
        "pairwise": "Pairwise deletion: every threshold rests on who answered the item, every "
        "correlation on who answered both; unbiased where answers are missing completely at "
        "random.",
        "fiml": "Full information: every answer counts (maximum likelihood by patterns of "
        "missing answers); unbiased where answers are missing at random.",
    }[rule]
    notes.append(how if gaps or rule == "listwise" else "Every row has an answer to every item.")
    notes.append(
        {
            "MLR": "Standard errors from Huber and White's sandwich, test of Yuan and Bentler.",
            "MLM": "Standard errors and test of Satorra and Bentler.",
            "WLSMV": "Diagonally weighted least squares of polychoric correlations; standard "
            "errors and the scaled and shifted test use the full weights.",
            "ULSMV": "Unweighted least squares of polychoric correlations; standard errors and the "
            "scaled and shifted test use the full weights.",
            "DWLS": "Diagonally weighted least squares of polychoric correlations; neither the "
            "standard errors nor the test are corrected, as in lavaan: ask for WLSMV to judge.",
            "ULS": "Unweighted least squares; the standard errors take every moment to have the "
            "same variance, as lavaan's do, and are no base for tests: ask for MLR.",
            "GLS": "Generalized least squares, normal theory.",
            "ML": "Maximum likelihood, normal theory: standard errors and test trust that the "
            "answers are normal.",
        }[estimator]
    )
    notes.append(
        "Shown are loadings, regressions and covariances; thresholds, intercepts and variances are "
        "in the full table (--json, --out, to_frame())."
    )
    return tuple(notes)
