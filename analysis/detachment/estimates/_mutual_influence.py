"""Mutual influence: the outcomes of both partners on one another."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from detachment.estimates._actor_partner import BOTH, Layout, Method
from detachment.estimates._dyadic_parts import (
    Answered,
    fit_dyads,
    fit_table,
    parameter_table,
    pooled_sd,
)
from detachment.estimates._result import make_table
from detachment.stats.apim import APIM_EQUAL, apim_model
from detachment.stats.dyadic_models import mutual_influence_model
from detachment.stats.sem import defined
from detachment.text import listing, number

_INSTRUMENTS = {"role": "str", "actor_effect": "float64", "se": "float64", "low": "float64",
                "high": "float64", "f": "float64", "p": "float64", "reason": "str"}  # fmt: skip
_LOOP = {"product": "float64", "se": "float64", "low": "float64", "high": "float64",
         "p": "float64", "multiplier": "float64", "reason": "str"}  # fmt: skip
_WEAK = 10.0  # F of the first stage below which an instrument is weak


def mutual_influence(
    layout: Layout,
    *,
    roles: Sequence[str],
    exchangeable: bool,
    method: Method,
    confidence: float,
) -> Answered:
    """The model of mutual influence of outcome and predictor, the first two pairs of a layout."""
    found = fit_dyads(layout, mutual_influence_model(exchangeable=exchangeable), method, confidence)
    outcome, predictor = (m.id for m in layout.measures[:2])
    first = fit_dyads(
        layout, apim_model(0, 0, APIM_EQUAL if exchangeable else ()), method, confidence
    )
    who = [BOTH] if exchangeable else list(roles)
    instruments, weak = [], []
    for k, role in enumerate(who, start=1):
        stage = first.row(f"v0_{k}", "~", f"v1_{k}")
        f = stage["z"] ** 2
        if not f >= _WEAK:
            weak.append(f"{role}: F = {number(f, 1)}")
        instruments.append(
            {"role": role, "actor_effect": stage["estimate"], "se": stage["se"],
             "low": stage["low"], "high": stage["high"], "f": f, "p": stage["p"],
             "reason": "" if f >= _WEAK else f"weak: F is below {_WEAK:g}"}
        )  # fmt: skip
    warnings = [f"Mutual influence: {text}." for text in found.wrong]
    if weak:
        warnings.append(
            f"Mutual influence is hardly identified: the own {predictor} says little of the own "
            f"{outcome} once the partner's is held constant ({listing(weak)}; below {_WEAK:g} an "
            "instrument is weak). Estimates are then biased and their intervals too narrow."
        )
    rows: list[dict[str, Any]] = []
    parts = {"instruments": make_table(instruments, _INSTRUMENTS)}
    ok = found.usable and not any("identif" in text for text in found.wrong)
    sd = pooled_sd(layout, found) if ok else np.full(2, np.nan)
    for k, role in enumerate(who, start=1):
        for effect, rhs, variable, times in (
            ("own_predictor", f"v1_{k}", predictor, sd[1] / sd[0]),
            ("partner_outcome", f"v0_{3 - k}", outcome, 1.0),
        ):
            row: dict[str, Any] = {"outcome": outcome, "role": role, "effect": effect,
                                   "predictor": variable, "n": found.fit.n, "reason": "",
                                   "interval": "normal" if ok else ""}  # fmt: skip
            if ok:
                row |= found.row(f"v0_{k}", "~", rhs)
                row["std"] = row["estimate"] * times
            else:
                row["reason"] = found.wrong[0] if found.wrong else "the model was not solved"
            rows.append(row)
    if ok:
        at = [found.at(f"v0_{k}", "~", f"v0_{3 - k}") for k in (1, 2)]

        def loop(t: np.ndarray) -> np.ndarray:
            return np.asarray(t[..., at[0]] * t[..., at[1]])[..., None]

        value, cov = defined(loop, found.fit.theta, found.inference.cov)
        product = found.test(float(value[0]), float(np.sqrt(max(cov[0, 0], 0.0))))
        settles = abs(product["estimate"]) < 1
        if not settles:
            warnings.append(
                "The influence of partners on one another does not settle: the product of both "
                f"paths is {number(product['estimate'])}, and a loop needs one below 1 in size."
            )
        parts["loop"] = make_table(
            [
                {"product": product["estimate"], "se": product["se"], "low": product["low"],
                 "high": product["high"], "p": product["p"],
                 "multiplier": 1 / (1 - product["estimate"]) if settles else np.nan,
                 "reason": "" if settles else "no multiplier: the loop does not settle"}
            ],
            _LOOP,
        )  # fmt: skip
        parts["fit"] = fit_table(
            found, exchangeable=exchangeable, idle="the model is just identified"
        )
        parts["parameters"] = parameter_table(found, layout, roles, {})
    return Answered(
        rows=rows,
        parts=parts,
        notes=(
            f"Mutual influence (Kenny, 1996): a person's {outcome} depends on the own {predictor} "
            f"and on the partner's {outcome}, which depends on it in turn. It is identified only "
            f"because the partner's {predictor} is taken to reach a person in no other way than "
            f"through the partner's {outcome}: no partner effect. That cannot be tested here (the "
            "model is just identified), and where it is wrong the paths are.",
            "The numbers suppose that the loop has come to rest. They describe answers given at "
            "one time, and do not show who moves whom.",
        ),
        warnings=tuple(dict.fromkeys(warnings)),
    )
