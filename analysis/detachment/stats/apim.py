"""Outcome and predictor of both partners in, actor and partner effects out.

The actor-partner interdependence model regresses each partner's outcome on both partners'
predictors. With roles it has nothing to test, and its estimates are those of two regressions;
without, exchanging the partners changes nothing, and its estimates are those of one regression in
which every dyad stands once each way round. Errors, tests and missing answers come from
:mod:`detachment.stats.sem`.
"""

from collections.abc import Collection
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_columns, as_square
from detachment.stats.bootstrap import Bootstrap
from detachment.stats.dyads import double_entered, moment_label, partner_of, variable_names
from detachment.stats.likelihood_bootstrap import resample_likelihood
from detachment.stats.sem.model import Model, cfa_model

# What may be the same for both partners; all of it makes them exchangeable.
APIM_EQUAL = ("actor", "partner", "controls", "intercepts", "residuals", "predictors")


@np.errstate(divide="ignore", invalid="ignore")
def actor_partner_effects(cov: ArrayLike) -> FloatArray:
    """Actor and partner effects from covariances.

    Parameters
    ----------
    cov
        ``(..., p, p)``, of the outcomes of both partners, their predictors, and any further
        variables that are held constant: y_1, y_2, x_1, x_2, ...

    Returns
    -------
    FloatArray
        ``(..., 2, 2)``: rows are the partners whose outcome it is, columns the actor effect (of the
        own predictor) and the partner effect (of the other's). NaN where predictors are collinear.

    Notes
    -----
    Kenny, D. A., Kashy, D. A., & Cook, W. L. (2006). *Dyadic Data Analysis*, chapter 7. R:
    ``lavaan::sem("y_1 ~ x_1 + x_2; y_2 ~ x_2 + x_1; y_1 ~~ y_2")``.

    Examples
    --------
    >>> cov = np.array([[2.0, 0.9, 1.0, 0.5], [0.9, 2.0, 0.4, 0.8],
    ...                 [1.0, 0.4, 1.0, 0.3], [0.5, 0.8, 0.3, 1.0]])
    >>> actor_partner_effects(cov).round(3).tolist()
    [[0.934, 0.22], [0.747, 0.176]]
    """
    cov = as_square(cov)
    variance = np.diagonal(cov, axis1=-2, axis2=-1)[..., 2:]
    sd = np.sqrt(np.where(variance > 0, variance, 1.0))
    cor = cov[..., 2:, 2:] / (sd[..., :, None] * sd[..., None, :])
    known = np.asarray(np.isfinite(cov).all(axis=(-2, -1)) & (variance > 0).all(axis=-1))
    cor = np.where(known[..., None, None], cor, np.eye(cor.shape[-1]))
    known = np.asarray(known & (np.linalg.eigvalsh(cor)[..., 0] > 1e-10))
    cor = np.where(known[..., None, None], cor, np.eye(cor.shape[-1]))
    cross = cov[..., 2:, :2] / sd[..., :, None]
    slopes = np.linalg.solve(cor, np.where(known[..., None, None], cross, np.nan)) / sd[..., None]
    one = slopes[..., 0:2, 0]
    two = slopes[..., 1::-1, 1]
    return np.stack([one, two], axis=-2)


def apim_model(controls: int = 0, shared: int = 0, equal: Collection[str] = ()) -> Model:
    """The actor-partner model for :func:`detachment.stats.sem.fit_model`.

    Parameters
    ----------
    controls
        Further variables of both partners; both of each are held constant in both outcomes.
    shared
        Further variables of the dyad.
    equal
        What is the same for both partners, of ``APIM_EQUAL``; nothing makes it saturated, all of
        it is the model of exchangeable partners.

    Returns
    -------
    Model
        Its observed variables are v0_1, v0_2 (outcome), v1_1, v1_2 (predictor), v2_1, ...
        (controls), s0, ...; the effects are labelled a_1, p_1, a_2, p_2: p_1 is the effect on the
        first partner's outcome of the second's predictor.

    References
    ----------
    Olsen, J. A., & Kenny, D. A. (2006). *Psychological Methods, 11*, 127-141.

    Examples
    --------
    >>> apim_model().n_free, apim_model(equal=APIM_EQUAL).n_free
    (14, 8)
    """
    return _model(controls, shared, frozenset(equal))


@lru_cache(maxsize=32)
def _model(controls: int, shared: int, equal: frozenset[str]) -> Model:
    names = variable_names(2 + controls, shared)
    own, predictors = names[:2], names[2:]
    lines = [
        f"{name} ~ {_shared(moment_label(name), equal, _part(name in own, 'intercepts'))}1"
        for name in names
    ]
    for k, outcome in enumerate(own, start=1):
        for name in predictors:
            if name.startswith("v1_"):
                kind = "actor" if name.endswith(f"_{k}") else "partner"
                label = f"{kind[0]}*" if kind in equal else f"{kind[0]}_{k}*"
            else:
                seen = name if k == 1 else partner_of(name)  # as the first partner sees it
                label = _shared(f"b_{seen}", equal, "controls")
            lines.append(f"{outcome} ~ {label}{name}")
    for k, one in enumerate(names):
        for two in names[k:]:
            if (one in own) == (two in own):
                part = _part(one in own, "residuals")
                lines.append(f"{one} ~~ {_shared(moment_label(one, two), equal, part)}{two}")
    return cfa_model("\n".join(lines), meanstructure=True)


def apim_bootstrap(
    x: ArrayLike,
    pairs: int = 2,
    *,
    exchangeable: bool = False,
    n_boot: int = 5000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """Resample dyads; actor and partner effects and their ratio k in each resample.

    Parameters
    ----------
    x
        One row a dyad, ``(D, p)``: y_1, y_2, x_1, x_2, further variables of both partners, then
        those of the dyad. NaN is missing at random: resamples are fitted by maximum likelihood.
    pairs
        How many variables both partners have, outcome and predictor among them.
    exchangeable
        Whether partners are exchangeable.
    n_boot
        Number of resamples.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    Bootstrap
        Of six numbers: a_1, p_1, a_2, p_2, k_1 = p_1 / a_1, k_2.

    Raises
    ------
    ValueError
        Without any dyad.

    Notes
    -----
    Kenny, D. A., & Ledermann, T. (2010). *Journal of Family Psychology, 24*, 359-366. R:
    ``lavaan::sem(se = "bootstrap")`` without its loop.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(100, 2))
    >>> y = 0.5 * x + 0.25 * x[:, ::-1] + 0.3 * rng.normal(size=(100, 2))
    >>> boot = apim_bootstrap(np.hstack([y, x]), n_boot=200)
    >>> boot.estimate.round(1).tolist(), boot.clusters
    ([0.5, 0.2, 0.5, 0.3, 0.5, 0.5], 100)
    """
    x = as_columns(x)
    rows, dyads = double_entered(x, pairs) if exchangeable else (x, None)
    return resample_likelihood(rows, _effects_and_ratios, clusters=dyads, n_boot=n_boot, rng=rng)


@np.errstate(divide="ignore", invalid="ignore")
def _effects_and_ratios(cov: FloatArray) -> FloatArray:
    effects = actor_partner_effects(cov)
    k = effects[..., 1] / effects[..., 0]
    k = np.where(np.isfinite(k), k, np.nan)
    return np.concatenate([effects.reshape(*effects.shape[:-2], 4), k], axis=-1)


def _part(is_outcome: bool, part: str) -> str:
    return part if is_outcome else "predictors"


def _shared(label: str, equal: Collection[str], part: str) -> str:
    return f"{label}*" if part in equal else ""
