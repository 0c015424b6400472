"""Models of both partners beyond actor and partner effects: what a couple shares, what goes round.

Common fate: partners are alike because something of the couple acts on both. Mutual influence: the
outcomes of both partners act on one another. Mediation: what one partner is reaches the outcomes of
both through mediators of both. Columns are those of :func:`detachment.stats.dyads.side_by_side`:
outcome of both partners, predictor of both, further variables.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray, as_columns, as_float, as_square
from detachment.stats.bootstrap import Bootstrap
from detachment.stats.dyads import double_entered, moment_label, partner_of, variable_names
from detachment.stats.likelihood_bootstrap import resample_likelihood
from detachment.stats.sem.model import Model, cfa_model

# What :func:`mediated_effects` gives of each outcome, in its order. Of the own predictor, then of
# the partner's: what does not pass a mediator; through the mediators, by whose path comes first
# (from the predictor) and second (to the outcome); their sum; all of it.
MEDIATED = (
    "actor_direct",
    "actor_actor",
    "partner_partner",
    "actor_indirect",
    "actor_total",
    "partner_direct",
    "actor_partner",
    "partner_actor",
    "partner_indirect",
    "partner_total",
)


def common_fate_model(*, exchangeable: bool = False) -> Model:
    """The common-fate model for :func:`detachment.stats.sem.fit_model`.

    Parameters
    ----------
    exchangeable
        Whether residual variances, residual covariances and means are the same for both partners.

    Returns
    -------
    Model
        Of v0_1, v0_2 (outcome) and v1_1, v1_2 (predictor). The couple's ``outcome`` and
        ``predictor`` are latent, with loadings of 1; residuals of one person's two variables
        covary. The effect is labelled b. With roles it has one degree of freedom; without, it has
        those of exchangeable partners and nothing else to test.

    References
    ----------
    Ledermann, T., & Kenny, D. A. (2012). *Journal of Family Psychology, 26*, 140-148. Kenny, D. A.,
    & La Voie, L. (1985). *Journal of Personality and Social Psychology, 48*, 339-348.

    Examples
    --------
    >>> common_fate_model().n_free, common_fate_model(exchangeable=True).n_free
    (13, 8)
    """
    names = variable_names(2, 0)
    lines = [
        *_means(names, exchangeable),
        "outcome =~ 1*v0_1 + 1*v0_2",
        "predictor =~ 1*v1_1 + 1*v1_2",
        "outcome ~ b*predictor",
        *(_moment(name, name, exchangeable) for name in names),
        *(_moment(f"v0_{k}", f"v1_{k}", exchangeable) for k in (1, 2)),
    ]
    return cfa_model("\n".join(lines), meanstructure=True)


def mutual_influence_model(*, exchangeable: bool = False) -> Model:
    """The model of mutual influence for :func:`detachment.stats.sem.fit_model`.

    Each partner's outcome depends on the own predictor and on the other's outcome, and so goes
    round. It is identified because a partner's predictor reaches the other's outcome in no other
    way: it is an instrument.

    Parameters
    ----------
    exchangeable
        Whether paths, residuals, predictors and means are the same for both partners.

    Returns
    -------
    Model
        Of v0_1, v0_2 (outcome) and v1_1, v1_2 (predictor). Effects of the own predictor are
        labelled a_1 and a_2 (both a where exchangeable), those of the other's outcome i_1 and i_2
        (i). It has no degrees of freedom but those of exchangeable partners.

    References
    ----------
    Kenny, D. A. (1996). *Journal of Social and Personal Relationships, 13*, 279-294. Kenny, D. A.,
    Kashy, D. A., & Cook, W. L. (2006). *Dyadic Data Analysis*, chapter 15.

    Examples
    --------
    >>> mutual_influence_model().n_free, mutual_influence_model(exchangeable=True).n_free
    (14, 8)
    """
    names = variable_names(2, 0)
    lines = _means(names, exchangeable)
    for k in (1, 2):
        end = "" if exchangeable else f"_{k}"
        lines.append(f"v0_{k} ~ a{end}*v1_{k} + i{end}*v0_{3 - k}")
    lines += [_moment(one, two, exchangeable) for one, two in _pairs(names[:2])]
    lines += [_moment(one, two, exchangeable) for one, two in _pairs(names[2:])]
    return cfa_model("\n".join(lines), meanstructure=True)


@np.errstate(divide="ignore", invalid="ignore")
def mutual_influence(cov: ArrayLike) -> FloatArray:
    """Paths of mutual influence from covariances, by indirect least squares.

    Parameters
    ----------
    cov
        ``(..., 4, 4)``, of y_1, y_2, x_1, x_2.

    Returns
    -------
    FloatArray
        ``(..., 2, 2)``: rows are the partners whose outcome it is, columns the effect of the own
        predictor and of the other's outcome. NaN where predictors are collinear, or where a
        predictor does not reach its own partner's outcome. As the model is just identified, these
        are the estimates of maximum likelihood.

    References
    ----------
    Duncan, O. D., Haller, A. O., & Portes, A. (1968). *American Journal of Sociology, 74*, 119-137.

    Examples
    --------
    >>> paths = np.array([[0.0, 0.3], [0.2, 0.0]])
    >>> reduced = np.linalg.inv(np.eye(2) - paths) @ np.diag([0.5, 0.4])
    >>> cov = np.block([[reduced @ reduced.T + np.eye(2), reduced], [reduced.T, np.eye(2)]])
    >>> mutual_influence(cov).round(3).tolist()
    [[0.5, 0.3], [0.4, 0.2]]
    """
    reduced = _slopes(as_square(cov), [0, 1], [2, 3])
    own_1, own_2 = reduced[..., 0, 0], reduced[..., 1, 1]
    on_1, on_2 = reduced[..., 0, 1] / own_2, reduced[..., 1, 0] / own_1
    rest = 1 - on_1 * on_2
    paths = np.stack(
        [np.stack([own_1 * rest, on_1], axis=-1), np.stack([own_2 * rest, on_2], axis=-1)], axis=-2
    )
    return np.where(np.isfinite(paths), paths, np.nan)


def dyadic_mediation_model(
    controls: int = 0, shared: int = 0, *, exchangeable: bool = False
) -> Model:
    """The actor-partner model with a mediator for :func:`detachment.stats.sem.fit_model`.

    Parameters
    ----------
    controls
        Further variables of both partners, which reach mediators and outcomes of both.
    shared
        Further variables of the dyad, which do.
    exchangeable
        Whether everything is the same for both partners.

    Returns
    -------
    Model
        Of v0_1, v0_2 (outcome), v1_1, v1_2 (predictor), v2_1, v2_2 (mediator), v3_1, ...
        (controls), s0, ...; it is saturated but for the equalities of exchangeable partners.

    References
    ----------
    Ledermann, T., Macho, S., & Kenny, D. A. (2011). *Structural Equation Modeling, 18*, 595-612.

    Examples
    --------
    >>> dyadic_mediation_model().n_free, dyadic_mediation_model(exchangeable=True).n_free
    (27, 15)
    """
    names = variable_names(3 + controls, shared)
    own, predictors, mediators, others = names[:2], names[2:4], names[4:6], names[6:]
    lines = _means(names, exchangeable)
    for outcomes, causes in (
        (mediators, [*predictors, *others]),
        (own, [*predictors, *mediators, *others]),
    ):
        for k, outcome in enumerate(outcomes, start=1):
            for name in causes:
                seen = name if k == 1 else partner_of(name)  # as the first partner sees it
                label = f"p_{outcomes[0]}_{seen}*" if exchangeable else ""
                lines.append(f"{outcome} ~ {label}{name}")
    for block in (own, mediators, [*predictors, *others]):
        lines += [_moment(one, two, exchangeable) for one, two in _pairs(block)]
    return cfa_model("\n".join(lines), meanstructure=True)


def mediated_effects(cov: ArrayLike) -> FloatArray:
    """Direct, indirect and total effects of both partners' predictors, from covariances.

    Parameters
    ----------
    cov
        ``(..., p, p)``, of y_1, y_2, x_1, x_2, m_1, m_2 and any further variables that are held
        constant.

    Returns
    -------
    FloatArray
        ``(..., 2, 10)``: rows are the partners whose outcome it is, columns :data:`MEDIATED`. NaN
        where predictors are collinear.

    Notes
    -----
    Ledermann, T., Macho, S., & Kenny, D. A. (2011). *Structural Equation Modeling, 18*, 595-612.
    The effect ``actor_partner`` of the partner's predictor goes through the partner's own mediator,
    which is of the partner again: first an actor path, then a partner path.

    Examples
    --------
    >>> cov = np.eye(6)
    >>> cov[2:4, 4:6] = cov[4:6, 2:4] = [[0.5, 0.2], [0.2, 0.5]]
    >>> cov[:2, 4:6] = cov[4:6, :2] = [[0.4, 0.1], [0.1, 0.4]]
    >>> mediated_effects(cov)[0].round(2).tolist()[:3]
    [-0.39, 0.33, 0.07]
    """
    cov = as_square(cov)
    others = list(range(6, cov.shape[-1]))
    return effects_of_paths(*mediation_paths(cov, others))


def mediation_paths(cov: FloatArray, others: Sequence[int] = ()) -> tuple[FloatArray, FloatArray]:
    """Paths to the mediators ``(..., 2, 2)`` and to the outcomes ``(..., 2, 4)``.

    Columns are x_1, x_2, and of the outcomes m_1, m_2 besides; ``others`` are held constant.
    """
    first = _slopes(cov, [4, 5], [2, 3, *others])[..., :2]
    second = _slopes(cov, [0, 1], [2, 3, 4, 5, *others])[..., :4]
    return first, second


def effects_of_paths(first: FloatArray, second: FloatArray) -> FloatArray:
    """The effects :data:`MEDIATED` of paths as :func:`mediation_paths` gives them, (..., 2, 10)."""
    rows = []
    for j in (0, 1):
        i = 1 - j
        x, m = second[..., j, :2], second[..., j, 2:]
        found = []
        for predictor, through in ((j, (j, i)), (i, (i, j))):
            direct = x[..., predictor]
            parts = [first[..., k, predictor] * m[..., k] for k in through]
            indirect = parts[0] + parts[1]
            found += [direct, *parts, indirect, direct + indirect]
        rows.append(np.stack(found, axis=-1))
    return np.stack(rows, axis=-2)


def mediation_bootstrap(
    x: ArrayLike,
    pairs: int = 3,
    *,
    exchangeable: bool = False,
    n_boot: int = 5000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """Resample dyads; the effects :data:`MEDIATED` in each resample.

    Parameters
    ----------
    x
        One row a dyad, ``(D, p)``: y_1, y_2, x_1, x_2, m_1, m_2, further variables of both
        partners, then those of the dyad. NaN is missing at random: resamples are fitted by maximum
        likelihood.
    pairs
        How many variables both partners have.
    exchangeable
        Whether partners are exchangeable: both rows of the effects are then the same.
    n_boot
        Number of resamples.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    Bootstrap
        Of ``(2, 10)`` numbers.

    Raises
    ------
    ValueError
        Without any dyad.

    References
    ----------
    Ledermann, T., Macho, S., & Kenny, D. A. (2011). *Structural Equation Modeling, 18*, 595-612.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(150, 2))
    >>> m = 0.6 * x + 0.5 * rng.normal(size=(150, 2))
    >>> y = 0.5 * m + 0.5 * rng.normal(size=(150, 2))
    >>> boot = mediation_bootstrap(np.hstack([y, x, m]), n_boot=200, exchangeable=True)
    >>> boot.estimate[0, 1].round(1), boot.clusters
    (np.float64(0.3), 150)
    """
    x = as_columns(x)
    rows, dyads = double_entered(x, pairs) if exchangeable else (x, np.arange(len(x)))

    def flat(cov: FloatArray) -> FloatArray:
        return mediated_effects(cov).reshape(*cov.shape[:-2], 2 * len(MEDIATED))

    boot = resample_likelihood(rows, flat, clusters=dyads, n_boot=n_boot, rng=rng)
    shape = (2, len(MEDIATED))
    return Bootstrap(
        estimate=boot.estimate.reshape(shape),
        replicates=boot.replicates.reshape(-1, *shape),
        jackknife=boot.jackknife.reshape(-1, *shape),
        clusters=boot.clusters,
        seed=boot.seed,
    )


@np.errstate(divide="ignore", invalid="ignore")
def _slopes(cov: FloatArray, outcomes: Sequence[int], predictors: Sequence[int]) -> FloatArray:
    """Slopes ``(..., outcomes, predictors)``; NaN where predictors are collinear."""
    inside: IntArray = np.array(predictors)
    variance = np.diagonal(cov, axis1=-2, axis2=-1)[..., inside]
    sd = np.sqrt(np.where(variance > 0, variance, 1.0))
    cor = cov[..., inside[:, None], inside] / (sd[..., :, None] * sd[..., None, :])
    known = np.asarray(np.isfinite(cov).all(axis=(-2, -1)) & (variance > 0).all(axis=-1))
    cor = np.where(known[..., None, None], cor, np.eye(len(inside)))
    known = np.asarray(known & (np.linalg.eigvalsh(cor)[..., 0] > 1e-10))
    cor = np.where(known[..., None, None], cor, np.eye(len(inside)))
    cross = cov[..., inside[:, None], np.array(outcomes)] / sd[..., :, None]
    cross = np.where(known[..., None, None], cross, np.nan)
    slopes = np.linalg.solve(cor, cross) / sd[..., :, None]
    return as_float(np.swapaxes(slopes, -1, -2))


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(one, two) for k, one in enumerate(names) for two in names[k:]]


def _moment(one: str, two: str, exchangeable: bool) -> str:
    label = f"{moment_label(one, two)}*" if exchangeable else ""
    return f"{one} ~~ {label}{two}"


def _means(names: Sequence[str], exchangeable: bool) -> list[str]:
    return [f"{name} ~ {f'{moment_label(name)}*' if exchangeable else ''}1" for name in names]
