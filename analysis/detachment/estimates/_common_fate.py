"""Common fate: what partners share in one variable beside what they share in another."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from detachment.estimates._actor_partner import BOTH, Layout, Method
from detachment.estimates._dyadic_parts import (
    COUPLE,
    Answered,
    Found,
    fit_dyads,
    fit_table,
    parameter_table,
)
from detachment.estimates._result import make_table
from detachment.stats.correlation import delta_interval
from detachment.stats.dyadic_models import common_fate_model
from detachment.stats.sem import defined
from detachment.text import number

_COUPLE = {"variable": "str", "variance": "float64", "se": "float64", "low": "float64",
           "high": "float64", "p": "float64", "share_first": "float64", "share_second": "float64",
           "r2": "float64", "reason": "str"}  # fmt: skip
_WITHIN = {"role": "str", "r": "float64", "low": "float64", "high": "float64", "covariance":
           "float64", "se": "float64", "p": "float64", "reason": "str"}  # fmt: skip
_SURE = 1.96


def common_fate(
    layout: Layout,
    *,
    roles: Sequence[str],
    exchangeable: bool,
    method: Method,
    confidence: float,
) -> Answered:
    """The common-fate model of outcome and predictor, the first two pairs of a layout."""
    model = common_fate_model(exchangeable=exchangeable)
    found = fit_dyads(layout, model, method, confidence)
    outcome, predictor = (m.id for m in layout.measures[:2])
    named = {"outcome": outcome, "predictor": predictor}
    warnings = [f"Common fate: {text}." for text in _wrong(found, named)]
    base = {"outcome": outcome, "role": COUPLE, "effect": "common_fate", "predictor": predictor,
            "interval": "normal", "n": found.fit.n}  # fmt: skip
    if not found.usable:
        why = found.wrong[0] if found.wrong else "the standard errors cannot be computed"
        return Answered(
            rows=[base | {"reason": why, "interval": ""}],
            parts={},
            notes=_notes(outcome, predictor, exchangeable),
            warnings=tuple(warnings or [f"Common fate has no solution: {why}."]),
        )
    theta = found.fit.theta
    shared = found.row("predictor", "~~", "predictor")
    rest = found.row("outcome", "~~", "outcome")
    b, positive = found.at("outcome", "~", "predictor"), shared["estimate"] > 0
    at = found.at("predictor", "~~", "predictor"), found.at("outcome", "~~", "outcome")

    def explained(t: np.ndarray) -> np.ndarray:
        due = t[..., b] ** 2 * t[..., at[0]]
        return np.asarray(due / (due + t[..., at[1]]))[..., None]

    row: dict[str, Any] = dict(base)
    if positive:
        row |= found.row("outcome", "~", "predictor")
        r2 = float(explained(theta)[0])
        proper = rest["estimate"] >= 0
        row |= {
            "std": float(np.sign(theta[b]) * np.sqrt(r2)) if proper else np.nan,
            "reason": "" if proper else "not standardized: more than all of what partners share "
            "in the outcome is explained (negative variance)",
        }  # fmt: skip
        if shared["estimate"] < _SURE * shared["se"]:
            warnings.append(
                f"What partners share in {predictor} has a variance near 0 "
                f"({number(shared['estimate'], 3)}, SE {number(shared['se'], 3)}): common fate "
                "divides by it, so that its effect is hardly identified."
            )
    else:
        row |= {
            "interval": "",
            "reason": f"partners share nothing in {predictor}: the variance of the couple is "
            "negative, and common fate does not describe these dyads",
        }
    variances = found.fit.moments[0][1].diagonal()
    couple = []
    for k, (name, variable) in enumerate((("outcome", outcome), ("predictor", predictor))):
        whole = rest["estimate"] + theta[b] ** 2 * shared["estimate"] if k == 0 else None
        estimate = shared["estimate"] if whole is None else whole
        test = shared if whole is None else _total(found, b, at)
        r2 = float(explained(theta)[0])
        known = name == "outcome" and estimate > 0 and positive and rest["estimate"] >= 0
        couple.append(
            {
                "variable": variable,
                "variance": estimate,
                "se": test["se"],
                "low": test["low"],
                "high": test["high"],
                "p": test["p"],
                "share_first": float(estimate / variances[2 * k]),
                "share_second": float(estimate / variances[2 * k + 1]),
                "r2": r2 if known else np.nan,
                "reason": "" if estimate > 0 else "negative: partners are less alike than people "
                "who are no couple",
            }
        )  # fmt: skip
    return Answered(
        rows=[row],
        parts={
            COUPLE: make_table(couple, _COUPLE),
            "within_person": make_table(_within(found, roles, exchangeable), _WITHIN),
            "fit": fit_table(
                found, exchangeable=exchangeable,
                idle="for exchangeable partners the model has nothing else to test",
                tests="one's outcome goes with the other's predictor as the other way round",
            ),
            "parameters": parameter_table(
                found, layout, roles,
                {"outcome": f"{COUPLE}_{outcome}", "predictor": f"{COUPLE}_{predictor}"},
            ),
        },
        notes=_notes(outcome, predictor, exchangeable),
        warnings=tuple(dict.fromkeys(warnings)),
    )  # fmt: skip


def _total(found: Found, b: int, at: tuple[int, int]) -> dict[str, float]:
    """Variance of what partners share in the outcome."""

    def of(t: np.ndarray) -> np.ndarray:
        return np.asarray(t[..., b] ** 2 * t[..., at[0]] + t[..., at[1]])[..., None]

    value, cov = defined(of, found.fit.theta, found.inference.cov)
    return found.test(float(value[0]), float(np.sqrt(max(cov[0, 0], 0.0))))


def _within(found: Found, roles: Sequence[str], exchangeable: bool) -> list[dict[str, Any]]:
    """Correlation of what is left of both variables of one person."""
    rows = []
    for k, role in enumerate([BOTH] if exchangeable else roles, start=1):
        cells = [found.at(f"v{i}_{k}", "~~", f"v{j}_{k}") for i, j in ((0, 1), (0, 0), (1, 1))]

        def of(t: np.ndarray, cells: Sequence[int] = cells) -> np.ndarray:
            cross, one, two = (t[..., i] for i in cells)
            return np.asarray(cross / np.sqrt(one * two))[..., None]

        covariance = found.row(f"v0_{k}", "~~", f"v1_{k}")
        row = {"role": role, "covariance": covariance["estimate"], "se": covariance["se"],
               "p": covariance["p"], "reason": ""}  # fmt: skip
        if min(found.fit.theta[i] for i in cells[1:]) > 0:
            value, cov = defined(of, found.fit.theta, found.inference.cov)
            low, high = delta_interval(value, np.sqrt(np.diagonal(cov)), found.confidence)
            row |= {"r": float(value[0]), "low": float(low[0]), "high": float(high[0])}
        else:
            row["reason"] = "no r: a residual variance is not positive"
        rows.append(row)
    return rows


def _wrong(found: Found, named: dict[str, str]) -> list[str]:
    said = []
    for text in found.wrong:
        for latent, variable in named.items():
            text = text.replace(
                f"{latent} has a negative factor variance",
                f"what partners share in {variable} has a negative variance",
            )
        said.append(text)
    return said


def _notes(outcome: str, predictor: str, exchangeable: bool) -> tuple[str, ...]:
    same = (
        "; residual variances, their covariances and means are the same for both partners"
        if exchangeable
        else ""
    )
    return (
        f"Common fate (Ledermann & Kenny, 2012): what partners share in {outcome} and in "
        f"{predictor} are two variables of the couple, which load 1 on both partners; what is left "
        f"of one person's two variables covaries{same}. The effect is of the couple's {predictor} "
        "on the couple's outcome.",
        "It is identified by partners' being alike in both variables: with little in common its "
        "effect is a ratio of two numbers near 0. It describes an association of what couples "
        "share, and does not show what brings it about.",
    )
