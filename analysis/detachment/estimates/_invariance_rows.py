"""Rows of the tables that compare the steps of measurement invariance."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from detachment.errors import UsageError
from detachment.estimates._group_moments import Case
from detachment.stats.sem.comparison import (
    ORDINAL,
    Estimator,
    StepFit,
    fit_step,
    release,
    step_difference,
)
from detachment.stats.sem.invariance import invariance_steps, mean_differences
from detachment.stats.sem.model import ALPHA, BETA, DELTA, LAMBDA, NU, TAU, THETA
from detachment.text import listing

EQUAL = {
    "configural": "the pattern",
    "thresholds": "thresholds",
    "metric": "loadings",
    "scalar": "loadings, intercepts",
    "strict": "loadings, intercepts, residual variances",
    "means": "loadings, intercepts, residual variances, factor means",
}
FIRST = "chisq_diff and deltas: the first step is compared with none"
RANKS = "p: with these weights the score ranks, it does not test"
# What each step adds, by the matrices that its rows stand in.
ADDED = {
    "thresholds": (TAU,),
    "metric": (LAMBDA, BETA),
    "scalar": (NU,),
    "strict": (THETA, DELTA),
    "means": (ALPHA,),
}
WITHIN, BEYOND = "within", "beyond"
CHEN_SMALL = 300  # respondents in all: Chen's smaller cut-offs
_SHOWN = 5
_CRITICAL = 3.841  # 5 % of a chi-square with one degree of freedom


def fit_all(case: Case, estimator: Estimator, free: Sequence[str]) -> list[StepFit]:
    steps = invariance_steps(case.thresholds)
    fits = []
    for step in steps:
        try:
            model = case.model(step, free)
        except ValueError as wrong:
            raise UsageError(f"The model cannot be used: {wrong}") from None
        fits.append(fit_step(model, step, case.samples, estimator))
    return fits


def _shown(estimator: str) -> tuple[str, str]:
    """Ending of the indices that the table shows, and its name."""
    if estimator == "ML":
        return "", "standard"
    return ("_scaled", "scaled") if estimator in ORDINAL else ("_robust", "robust")


def step_rows(fits: Sequence[StepFit], case: Case) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    before: StepFit | None = None
    total = sum(case.sizes)
    for fit in fits:
        ending, kind = _shown(fit.estimator)
        row: dict[str, object] = {
            "step": fit.step,
            "equal": _equal(fit.step, case),
            "npar": fit.model.n_free,
            "indices": kind,
            "chen_2007": "",
            "cheung_rensvold_2002": "",
        }
        reasons = []
        if not fit.usable:
            reasons.append(fit.wrong[0] if fit.wrong else "standard errors cannot be computed")
        else:
            row |= {
                "chisq": fit.corrected.statistic,
                "df": fit.corrected.df,
                "p": fit.corrected.p,
                "cfi": _index(fit, "cfi", ending),
                "tli": _index(fit, "tli", ending),
                "rmsea": _index(fit, "rmsea", ending),
                "srmr": fit.indices["srmr"],
            }
            if fit.wrong:
                reasons.append("improper solution: " + listing(fit.wrong, shown=2))
            if before is not None and before.usable:
                change = _against(fit, before, ending, total)
                row |= change
                if change["chisq_diff"] != change["chisq_diff"]:  # NaN
                    reasons.append("chisq_diff: the correction of the difference is not positive")
            elif before is not None:
                reasons.append("chisq_diff and deltas: the step before has no solution")
            else:
                reasons.append(FIRST)
        row["reason"] = "; ".join(reasons)
        found.append(row)
        before = fit
    return found


def _equal(step: str, case: Case) -> str:
    if case.thresholds is None or step == "configural":
        return EQUAL[step]
    if step == "thresholds":
        return "thresholds"
    return "thresholds, " + EQUAL[step]


def _index(fit: StepFit, name: str, ending: str) -> float:
    return float(fit.indices.get(f"{name}{ending}", np.nan))


def _against(fit: StepFit, before: StepFit, ending: str, total: int) -> dict[str, object]:
    test = step_difference(fit, before)
    change = {
        f"delta_{name}": _index(fit, name, ending) - _index(before, name, ending)
        for name in ("cfi", "tli", "rmsea")
    }
    change["delta_srmr"] = fit.indices["srmr"] - before.indices["srmr"]
    return {
        "chisq_diff": test.statistic,
        "df_diff": test.df,
        "p_diff": test.p,
        **change,
        "chen_2007": _chen(fit.step, change, total),
        "cheung_rensvold_2002": _cheung_rensvold(change),
    }


def _chen(step: str, change: Mapping[str, float], total: int) -> str:
    """Chen (2007): CFI, supplemented by RMSEA or SRMR; smaller cut-offs up to 300 respondents."""
    first = step in ("thresholds", "metric")
    if total > CHEN_SMALL:
        cfi, rmsea, srmr = -0.010, 0.015, 0.030 if first else 0.010
    else:
        cfi, rmsea, srmr = -0.005, 0.010, 0.025 if first else 0.005
    if any(np.isnan(change[f"delta_{name}"]) for name in ("cfi", "rmsea", "srmr")):
        return ""
    worse = change["delta_cfi"] <= cfi
    also = change["delta_rmsea"] >= rmsea or change["delta_srmr"] >= srmr
    return BEYOND if worse and also else WITHIN


def _cheung_rensvold(change: Mapping[str, float]) -> str:
    if np.isnan(change["delta_cfi"]):
        return ""
    return BEYOND if change["delta_cfi"] < -0.01 else WITHIN


def fit_part(fits: Sequence[StepFit]) -> pd.DataFrame:
    names = list(dict.fromkeys(name for fit in fits for name in fit.indices))
    return pd.DataFrame(
        [
            {"step": fit.step}
            | {name: fit.indices.get(name, np.nan) if fit.usable else np.nan for name in names}
            for fit in fits
        ]
    )


def group_rows_of(case: Case) -> list[dict[str, object]]:
    return [
        {"group": name, "n": n, "complete": complete, "reference": g == 0}
        for g, (name, n, complete) in enumerate(
            zip(case.groups.names, case.sizes, case.complete, strict=True)
        )
    ]


def _text(fit: StepFit, row: int) -> str:
    model = fit.model
    lhs, op, rhs = model.lhs[row], model.op[row], model.rhs[row]
    return f"{lhs} ~ 1" if op == "~1" else f"{lhs} {op} {rhs}"


def _candidates(fit: StepFit) -> list[tuple[int, float, float]]:
    """Rows that the step holds equal and score tests of freeing each, the largest first."""
    if not fit.usable or not len(fit.constrained):
        return []
    added = ADDED.get(fit.step, ())
    if fit.step == "scalar" and not (fit.model.matrix[fit.constrained] == NU).any():
        added = (TAU, LAMBDA)
    score, change = release(fit)
    rows = [
        (int(k), float(s), float(c))
        for k, s, c in zip(fit.constrained, score, change, strict=True)
        if fit.model.matrix[k] in added and np.isfinite(s)
    ]
    return sorted(rows, key=lambda one: (-one[1], one[0]))


def release_rows(fits: Sequence[StepFit], case: Case) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for fit in fits:
        for row, score, change in _candidates(fit)[:_SHOWN]:
            ordered = fit.estimator in ORDINAL
            found.append(
                {
                    "step": fit.step,
                    "parameter": _text(fit, row),
                    "group": case.groups.names[int(fit.model.group[row])],
                    "score": score,
                    "p": np.nan if ordered else _chi2_tail(score),
                    "expected_change": change,
                    "reason": RANKS if ordered else "",
                }
            )
    return found


def _chi2_tail(score: float) -> float:
    return float(2 * ndtr(-np.sqrt(max(score, 0.0))))


def latent_means(
    case: Case,
    estimator: Estimator,
    free: Sequence[str],
    fits: Sequence[StepFit],
    confidence: float,
) -> tuple[list[dict[str, object]], str]:
    """Differences of factor means: all equal, with ``free``, and with one more parameter freed."""
    scalar = next(fit for fit in fits if fit.step == "scalar")
    rows: list[dict[str, object]] = []
    if free:
        whole = fit_step(case.model("scalar", ()), "scalar", case.samples, estimator)
        rows += _mean_rows(whole, "nothing", case, confidence)
    rows += _mean_rows(scalar, listing(free) if free else "nothing", case, confidence)
    best = _candidates(scalar)
    more = ""
    if best and best[0][1] > _CRITICAL:
        more = _text(scalar, best[0][0])
        freer = fit_step(case.model("scalar", (*free, more)), "scalar", case.samples, estimator)
        rows += _mean_rows(freer, listing([*free, more]), case, confidence)
    return rows, more


def _mean_rows(fit: StepFit, freed: str, case: Case, confidence: float) -> list[dict[str, object]]:
    if not fit.usable:
        return [{"freed": freed, "factor": "", "group": "", "reason": "no solution was found"}]
    z = float(ndtri((1 + confidence) / 2))
    names, groups, difference, se, standardized = mean_differences(
        fit.model, fit.fit.theta, fit.cov
    )
    return [
        {
            "freed": freed,
            "factor": name,
            "group": case.groups.names[int(group)],
            "difference": d,
            "se": e,
            "low": d - z * e,
            "high": d + z * e,
            "p": float(2 * ndtr(-abs(d) / e)) if e > 0 else np.nan,
            "standardized": s,
            "reason": "" if e > 0 else "p: no standard error",
        }
        for name, group, d, e, s in zip(
            names, groups.tolist(), difference.tolist(), se.tolist(), standardized.tolist(),
            strict=True,
        )
    ]  # fmt: skip
