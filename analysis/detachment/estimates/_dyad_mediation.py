"""Mediation in dyads: through which mediators, own and partner's, predictors go with outcomes."""

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
from detachment.estimates._mediation_words import NOT_CAUSAL
from detachment.estimates._result import make_table
from detachment.stats.dyadic_models import (
    MEDIATED,
    dyadic_mediation_model,
    effects_of_paths,
    mediation_bootstrap,
)
from detachment.stats.sem import defined
from detachment.text import count

_PATHS = {"path": "str", "outcome": "str", "role": "str", "effect": "str", "predictor": "str",
          "estimate": "float64", "se": "float64", "low": "float64", "high": "float64",
          "z": "float64", "p": "float64", "std": "float64"}  # fmt: skip
_SHOWN_FAILED = 0.01


def dyad_mediation(
    layout: Layout,
    *,
    roles: Sequence[str],
    exchangeable: bool,
    method: Method,
    confidence: float,
    n_boot: int,
    rng: int | np.random.Generator,
) -> Answered:
    """The actor-partner model with a mediator; pairs are outcome, predictor, mediator, controls."""
    pairs = layout.n_pairs
    single = len(layout.measures) - pairs
    found = fit_dyads(
        layout, dyadic_mediation_model(pairs - 3, single, exchangeable=exchangeable), method,
        confidence,
    )  # fmt: skip
    outcome, predictor, mediator = (m.id for m in layout.measures[:3])
    who = [BOTH] if exchangeable else list(roles)
    warnings = [f"Mediation in dyads: {text}." for text in found.wrong]
    base = [
        {"outcome": outcome, "role": role, "effect": effect, "predictor": predictor,
         "n": found.fit.n}
        for role in who
        for effect in MEDIATED
    ]  # fmt: skip
    if not found.usable:
        why = found.wrong[0] if found.wrong else "the standard errors cannot be computed"
        return Answered(
            rows=[row | {"reason": why, "interval": ""} for row in base],
            parts={},
            notes=(NOT_CAUSAL,),
            warnings=tuple(warnings or [f"Mediation in dyads has no solution: {why}."]),
        )
    first = np.array([[found.at(f"v2_{k}", "~", f"v1_{j}") for j in (1, 2)] for k in (1, 2)])
    second = np.array(
        [
            [found.at(f"v0_{k}", "~", f"{name}_{j}") for name in ("v1", "v2") for j in (1, 2)]
            for k in (1, 2)
        ]
    )

    def effects(t: np.ndarray) -> np.ndarray:
        rows = effects_of_paths(t[..., first], t[..., second])[..., : len(who), :]
        return np.asarray(rows.reshape(*rows.shape[:-2], -1))

    value, cov = defined(effects, found.fit.theta, found.inference.cov)
    se = np.sqrt(np.maximum(np.diagonal(cov), 0.0))
    sd = pooled_sd(layout, found)
    ends = None
    failed = 0.0
    if n_boot:
        boot = mediation_bootstrap(
            layout.x, pairs, exchangeable=exchangeable, n_boot=n_boot, rng=rng
        )
        low, high = boot.percentile(confidence)
        ends = [part[: len(who)].ravel() for part in (low, high)]
        failed = float(np.max(boot.failed))
        if failed > _SHOWN_FAILED:
            warnings.append(
                f"{failed:.0%} of the resamples gave no numbers and are left out of the "
                "intervals, which are then too narrow."
            )
    rows: list[dict[str, Any]] = []
    for j, row in enumerate(base):
        own = found.test(float(value[j]), float(se[j]))
        if ends is not None:
            own |= {"low": float(ends[0][j]), "high": float(ends[1][j])}
        rows.append(
            row | own | {"std": float(value[j] * sd[1] / sd[0]), "reason": "",
                         "interval": "normal" if ends is None else "bootstrap"}
        )  # fmt: skip
    paths = []
    for letter, target, whole, sources in (
        ("a", "v2", mediator, (("v1", predictor),)),
        ("b", "v0", outcome, (("v2", mediator),)),
        ("c'", "v0", outcome, (("v1", predictor),)),
    ):
        for k, role in enumerate(who, start=1):
            for name, variable in sources:
                for effect, j in (("actor", k), ("partner", 3 - k)):
                    own = found.row(f"{target}_{k}", "~", f"{name}_{j}")
                    times = sd[int(name[1])] / sd[int(target[1])]
                    paths.append(
                        {"path": letter, "outcome": whole, "role": role, "effect": effect,
                         "predictor": variable, **own, "std": own["estimate"] * times}
                    )  # fmt: skip
    return Answered(
        rows=rows,
        parts={
            "paths": make_table(paths, _PATHS),
            "fit": fit_table(found, exchangeable=exchangeable,
                             idle="the model is saturated"),
            "parameters": parameter_table(found, layout, roles, {}),
        },
        notes=(
            NOT_CAUSAL,
            f"Mediation in dyads (Ledermann, Macho & Kenny, 2011): the effect of {predictor} on "
            f"{outcome}, own (actor) and partner's (partner), and what of it goes through "
            f"{mediator} of both. actor_partner first takes an actor path (to the mediator of the "
            "one whose predictor it is), then a partner path; partner_actor a partner path, then "
            "an actor path.",
            (
                f"Intervals are percentiles of {count(n_boot)} resamples of dyads"
                + (", each by maximum likelihood with its missing answers" if layout.incomplete
                   else "")
                + "; standard errors, z and p are by the delta method, which takes products for "
                "normal: trust the interval where they differ."
                if n_boot
                else "Intervals, standard errors, z and p are by the delta method, which takes "
                "products of paths for normal; --boot (n_boot= in Python) gives better intervals."
            ),
        ),
        warnings=tuple(dict.fromkeys(warnings)),
    )  # fmt: skip
