"""What nobody can see: detachment, causes, style and effects of both partners at both waves."""

import numpy as np
from numpy.typing import NDArray

from detachment.simulation import _population as pop
from detachment.simulation._streams import (
    Floats,
    correlation_matrix,
    paired,
    paired_set,
    stream,
)

Latents = dict[str, Floats]
"""Name -> array of shape (waves, couples, partners) = (2, n, 2)."""


def draw_latents(seed: int, mixed: NDArray[np.bool_], program: NDArray[np.bool_]) -> Latents:
    """Draw every latent variable of n couples.

    Parameters
    ----------
    seed
        Seed of the whole sample.
    mixed
        Couples whose roles differ in satisfaction, shape (n,).
    program
        Couples in the program arm, shape (n,).

    Returns
    -------
    Latents
        Variance 1 and mean 0 at wave 1.
    """
    n = len(mixed)
    arm = program[:, None].astype(np.float64)
    causes = paired_set(
        stream(seed, "causes"),
        correlation_matrix(len(pop.CAUSES), pop.CAUSE_CORRELATIONS),
        pop.CAUSE_SHARED,
        n,
    )
    strategies = _lasting(seed, "strategies", pop.STRATEGIES_STABILITY, n)
    strategies[1] += pop.PROGRAM_ON_STRATEGIES * arm
    detachment = _detachment(seed, causes, strategies[1], arm)

    healthy = pop.R_HEALTHY_DETACHMENT * detachment[0] + _rest(pop.R_HEALTHY_DETACHMENT) * paired(
        stream(seed, "healthy"), pop.PARTNER_R_HEALTHY, n
    )
    effects = _effects(seed, detachment, causes, healthy, mixed, arm)

    latents: Latents = {"detachment": detachment, "strategies": strategies}
    latents |= dict(zip(pop.EFFECTS, effects, strict=True))
    latents |= {
        f"cause_{name}": np.stack([value, value])
        for name, value in zip(pop.CAUSES, causes, strict=True)
    }
    latents["healthy"] = np.stack([healthy, healthy])
    latents["unhealthy"] = pop.UNHEALTHY_ON_DETACHMENT * detachment + _rest(
        pop.UNHEALTHY_ON_DETACHMENT
    ) * _lasting(seed, "unhealthy", pop.RESIDUAL_STABILITY, n)
    latents["coping"] = pop.COPING_ON_STRATEGIES * strategies + _rest(
        pop.COPING_ON_STRATEGIES
    ) * _lasting(seed, "coping", pop.RESIDUAL_STABILITY, n)
    for facet in pop.FACETS:
        latents[facet] = _lasting(seed, facet, pop.FACET_STABILITY, n)
        latents[f"perceived_{facet}"] = _perceived(
            latents[facet], 0.0, _lasting(seed, f"perceived_{facet}", pop.FACET_STABILITY, n)
        )
    latents["perceived"] = _perceived(
        detachment,
        pop.PARTNER_R_DETACHMENT,
        _lasting(seed, "perceived", pop.RESIDUAL_STABILITY, n),
    )
    return latents


def _detachment(seed: int, causes: Floats, strategies: Floats, arm: Floats) -> Floats:
    """Causes and a rest at wave 1; what lasts, strategies and the program at wave 2."""
    n = causes.shape[1]
    weights = np.array(pop.CAUSES_ON_DETACHMENT)
    given = correlation_matrix(len(weights), pop.CAUSE_CORRELATIONS)
    s = np.array(pop.CAUSE_SHARED)
    between = weights @ (np.sqrt(np.outer(s, s)) * given) @ weights
    own = weights @ (np.sqrt(np.outer(1 - s, 1 - s)) * given) @ weights
    rest = 1 - between - own
    r_rest = (pop.PARTNER_R_DETACHMENT - between) / rest
    first = sum(
        (w * c for w, c in zip(weights, causes, strict=True)),
        np.sqrt(rest) * paired(stream(seed, "detachment", "1"), r_rest, n),
    )
    # What is new at wave 2 is each partner's own: only so do the known values of the retest and of
    # change in satisfaction come out. Partners are then less alike than at wave 1.
    rest = 1 - pop.STABILITY**2 - pop.STRATEGIES_ON_DETACHMENT**2
    second = (
        pop.STABILITY * first
        + pop.STRATEGIES_ON_DETACHMENT * strategies
        + pop.PROGRAM_ON_DETACHMENT * arm
        + np.sqrt(rest) * stream(seed, "detachment", "2").standard_normal((n, 2))
    )
    return np.stack([first, second])


def _effects(
    seed: int,
    detachment: Floats,
    causes: Floats,
    healthy: Floats,
    mixed: NDArray[np.bool_],
    arm: Floats,
) -> list[Floats]:
    """Actor and partner paths, style, its moderation, causes, and correlated residuals."""
    n, k = len(mixed), len(pop.EFFECTS)
    given = correlation_matrix(k, pop.RESIDUAL_CORRELATIONS)
    first = paired_set(stream(seed, "effects", "1"), given, pop.RESIDUAL_PARTNER_R, n)
    new = paired_set(stream(seed, "effects", "2"), given, pop.RESIDUAL_PARTNER_R, n)
    second = pop.RESIDUAL_STABILITY * first + _rest(pop.RESIDUAL_STABILITY) * new
    buffering = detachment * healthy - pop.R_HEALTHY_DETACHMENT  # its mean at wave 1 taken off
    effects = []
    for e, effect in enumerate(pop.EFFECTS):
        paths = np.tile([[pop.ACTOR[e]], [pop.PARTNER[e]]], (1, 2))  # actor or partner, role
        paths = np.tile(paths[:, None, :], (1, n, 1))
        if effect == "satisfaction":
            paths[:, mixed, :] = np.array(pop.SATISFACTION_MIXED).T[:, None, :]
        actor, partner = paths
        value = (
            actor * detachment
            + partner * detachment[:, :, ::-1]
            + pop.HEALTHY_ON_EFFECTS[e] * healthy
            + pop.MODERATION[e] * buffering
        )
        for target, cause, path in pop.CAUSES_ON_EFFECTS:
            if target == e:
                value = value + path * causes[cause]
        spread = np.sqrt(1 - _explained(e, actor, partner))
        value = value + spread * np.stack([first[e], second[e]])
        if effect == "satisfaction":
            value[1] += pop.PROGRAM_ON_SATISFACTION * arm
        effects.append(value)
    return effects


def _explained(e: int, actor: Floats, partner: Floats) -> Floats:
    """Variance of an effect that its predictors explain at wave 1, from the parameters."""
    r, h = pop.PARTNER_R_DETACHMENT, pop.R_HEALTHY_DETACHMENT
    style, buffer = pop.HEALTHY_ON_EFFECTS[e], pop.MODERATION[e]
    variance = (
        actor**2 + partner**2 + 2 * actor * partner * r
        + style**2 + 2 * style * h * (actor + partner * r)
        + buffer**2 * (1 + h**2)
    )  # fmt: skip
    given = correlation_matrix(len(pop.CAUSES), pop.CAUSE_CORRELATIONS)
    s, weights = np.array(pop.CAUSE_SHARED), np.array(pop.CAUSES_ON_DETACHMENT)
    for target, cause, path in pop.CAUSES_ON_EFFECTS:
        if target == e:
            shared = np.sqrt(s[cause] * s) * given[cause]
            with_partner = shared @ weights
            with_own = with_partner + (np.sqrt((1 - s[cause]) * (1 - s)) * given[cause]) @ weights
            variance = variance + path**2 + 2 * path * (
                actor * with_own + partner * with_partner + style * h * with_own
            )  # fmt: skip
    return variance


def _perceived(target: Floats, partner_r: float, noise: Floats) -> Floats:
    """What one sees in the partner: the partner, oneself, and error; variance 1."""
    a, b = pop.PERCEIVED_ACCURACY, pop.PERCEIVED_BIAS
    rest = 1 - a**2 - b**2 - 2 * a * b * partner_r
    seen: Floats = a * target[:, :, ::-1] + b * target + np.sqrt(rest) * noise
    return seen


def _lasting(seed: int, name: str, stability: float, n: int) -> Floats:
    """Standard normals of two waves that correlate ``stability``: shape (2, n, 2)."""
    z = stream(seed, "lasting", name).standard_normal((2, n, 2))
    z[1] = stability * z[0] + _rest(stability) * z[1]
    return z


def _rest(path: float) -> float:
    """Weight of what a standardised path leaves over."""
    return float(np.sqrt(1 - path**2))
