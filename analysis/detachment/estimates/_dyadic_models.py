"""Which model of dyads is asked for, and its answer."""

import numpy as np

from detachment.estimates._actor_partner import Layout, Method
from detachment.estimates._common_fate import common_fate
from detachment.estimates._dyad_mediation import dyad_mediation
from detachment.estimates._dyadic_parts import Answered, DyadicKind
from detachment.estimates._mutual_influence import mutual_influence

MEDIATION = "mediation"
NAMES = {
    "common_fate": "Common-fate model",
    "mutual_influence": "Mutual-influence model",
    MEDIATION: "Actor-partner mediation model",
}


def dyadic_answer(
    layout: Layout,
    model: DyadicKind,
    *,
    roles: tuple[str, str],
    exchangeable: bool,
    method: Method,
    confidence: float,
    n_boot: int,
    rng: int | np.random.Generator,
) -> tuple[str, Answered]:
    """Name of the model and what it says; ``actor_partner`` is here the one with a mediator."""
    names = ("1", "2") if exchangeable else roles
    if model == "actor_partner":
        return NAMES[MEDIATION], dyad_mediation(
            layout, roles=names, exchangeable=exchangeable, method=method, confidence=confidence,
            n_boot=n_boot, rng=rng,
        )  # fmt: skip
    solve = common_fate if model == "common_fate" else mutual_influence
    return NAMES[model], solve(
        layout, roles=names, exchangeable=exchangeable, method=method, confidence=confidence
    )
