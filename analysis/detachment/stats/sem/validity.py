"""Loadings in, construct reliability and validity out; correlations in, HTMT out.

What a sum of a factor's items says of the factor (composite reliability), how much of an item the
factor explains on average (AVE), and whether two constructs are two (HTMT). Leading axes are free.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from detachment.stats._arrays import FloatArray, as_float, as_square, diagonal
from detachment.stats.bootstrap import Bootstrap, resample
from detachment.stats.moments import correlation_from
from detachment.stats.omega import green_yang
from detachment.stats.reliability import alpha
from detachment.stats.sem.model import Matrices


@dataclass(frozen=True, slots=True, eq=False)
class Constructs:
    """Reliability and validity of the k factors of a group that items measure.

    Attributes
    ----------
    columns
        Which columns of the loadings these are, (k,).
    blocks
        Positions of the items of each.
    alpha
        Of the items of each, (k,); of latent responses where these are ordered.
    omega, omega_model
        Of the sum of the items, over its observed and its implied variance, (k,). Of ordered items
        that of the sum of the answers (Green and Yang).
    omega_latent
        Of the sum of the latent responses of ordered items, over its observed variance, (k,); else
        NaN.
    composite_reliability
        From standardized loadings, (k,).
    ave, ave_std
        With items weighing by their variances, and alike, (k,).
    factor_cor
        Correlations of the factors, (k, k).
    htmt, htmt2
        Heterotrait-monotrait ratios, (k, k).
    """

    columns: tuple[int, ...]
    blocks: tuple[tuple[int, ...], ...]
    alpha: FloatArray
    omega: FloatArray
    omega_model: FloatArray
    omega_latent: FloatArray
    composite_reliability: FloatArray
    ave: FloatArray
    ave_std: FloatArray
    factor_cor: FloatArray
    htmt: FloatArray
    htmt2: FloatArray


def constructs(of: Matrices, cov: ArrayLike, *, thresholds: ArrayLike | None = None) -> Constructs:
    """Reliability and validity of every factor that items measure.

    Parameters
    ----------
    of
        Matrices of a fitted model, for p items in one group.
    cov
        Covariances of the items as observed, ``(p, p)``: those that the model was fitted to.
        Polychoric correlations where the items are ordered.
    thresholds
        Of ordered items, ``(p, k - 1)``; NaN after the last of an item with fewer categories.

    Returns
    -------
    Constructs
        NaN where a number is not defined. An improper solution gives what its formulas give.

    Notes
    -----
    See the functions of this module for sources and for what R calls each.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model, implied, matrices
    >>> model = cfa_model("f =~ a + b + c", std_lv=True)
    >>> theta = [0.8, 0.7, 0.6, 0.36, 0.51, 0.64]
    >>> found = constructs(matrices(model, theta)[0], implied(model, theta)[0][1])
    >>> float(found.omega[0].round(4)), float(found.composite_reliability[0].round(4))
    (0.7449, 0.7449)
    """
    cov = as_square(cov)
    m = len(of.means)
    total = np.linalg.solve(np.eye(m) - of.regressions, np.eye(m))
    spread = total @ of.factors @ total.T
    columns = tuple(int(j) for j in np.flatnonzero(np.any(of.loadings != 0, axis=0)))
    blocks = tuple(tuple(np.flatnonzero(of.loadings[:, j]).tolist()) for j in columns)
    implied = of.loadings @ spread @ of.loadings.T + of.residuals
    implied = implied * of.scales[:, None] * of.scales
    found = {
        name: np.full(len(columns), np.nan)
        for name in (
            "alpha", "omega", "omega_model", "omega_latent", "composite_reliability", "ave",
            "ave_std",
        )
    }  # fmt: skip
    for k, (j, block) in enumerate(zip(columns, blocks, strict=True)):
        own = np.ix_(block, block)
        loadings = of.loadings[list(block), j] * of.scales[list(block)]
        variance = spread[j, j]
        with np.errstate(divide="ignore", invalid="ignore"):
            std = loadings * np.sqrt(variance) / np.sqrt(diagonal(implied[own]))
        found["alpha"][k] = alpha(cov[own]) if len(block) > 1 else np.nan
        observed = composite_omega(loadings, variance, cov[own])
        if thresholds is None:
            found["omega"][k] = observed
            found["omega_model"][k] = composite_omega(loadings, variance, implied[own])
        else:
            cuts = as_float(thresholds)[list(block)]
            found["omega"][k] = green_yang(std, cuts, cov[own])
            found["omega_model"][k] = green_yang(std, cuts, implied[own])
            found["omega_latent"][k] = observed
        found["composite_reliability"][k] = composite_reliability(std)
        found["ave"][k] = average_variance_extracted(loadings, variance, diagonal(cov[own]))
        found["ave_std"][k] = average_variance_extracted(std)
    cor = correlation_from(cov)
    return Constructs(
        columns=columns,
        blocks=blocks,
        factor_cor=correlation_from(spread[np.ix_(columns, columns)]),
        htmt=htmt(cor, blocks),
        htmt2=htmt2(cor, blocks),
        **found,
    )


def composite_omega(loadings: ArrayLike, variance: ArrayLike, total: ArrayLike) -> FloatArray:
    """Share of the variance of the sum of a factor's items that is the factor's.

    Parameters
    ----------
    loadings
        Of the items on the factor, in the items' units, ``(..., k)``.
    variance
        Of the factor, ``(...)``.
    total
        Covariances of the items, ``(..., k, k)``: as observed, or as the model implies them (then
        the coefficient is that of the model).

    Returns
    -------
    FloatArray
        ``(...)``; NaN where the sum has no variance.

    Notes
    -----
    Raykov (2001), British Journal of Mathematical and Statistical Psychology 54, 315-323; Bentler
    (2009), Psychometrika 74, 137-143. ``semTools::compRelSEM`` takes the observed covariances by
    default (``omega3`` of ``semTools::reliability``), with ``obs.var = FALSE`` the implied ones
    (``omega2``).

    Examples
    --------
    >>> float(composite_omega([1.0, 1.0], 0.5, [[1.0, 0.5], [0.5, 1.0]]).round(4))
    0.6667
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        common = as_float(loadings).sum(axis=-1) ** 2 * as_float(variance)
        omega: FloatArray = common / _positive(as_square(total).sum(axis=(-2, -1)))
    return omega[()]


def composite_reliability(std_loadings: ArrayLike) -> FloatArray:
    """Composite reliability from standardized loadings.

    Parameters
    ----------
    std_loadings
        Of the items of one factor, ``(..., k)``.

    Returns
    -------
    FloatArray
        ``(...)``: of the sum of standardized items.

    Notes
    -----
    Fornell and Larcker (1981), Journal of Marketing Research 18, 39-50: the coefficient of
    textbooks. It weighs the items alike, where :func:`composite_omega` weighs them by their
    variances, as their sum does.

    Examples
    --------
    >>> float(composite_reliability([0.7, 0.7, 0.7]).round(4))
    0.7424
    """
    loadings = as_float(std_loadings)
    with np.errstate(divide="ignore", invalid="ignore"):
        common = loadings.sum(axis=-1) ** 2
        ratio: FloatArray = common / (common + (1 - loadings**2).sum(axis=-1))
    return ratio[()]


def average_variance_extracted(
    loadings: ArrayLike, variance: ArrayLike = 1.0, total: ArrayLike | None = None
) -> FloatArray:
    """Average variance extracted: how much of its items a factor explains.

    Parameters
    ----------
    loadings
        Of the items of one factor, ``(..., k)``; standardized ones where ``total`` is left away.
    variance
        Of the factor, ``(...)``; 1 with standardized loadings.
    total
        Variances of the items, ``(..., k)``. Items then weigh by their variances, as in
        ``semTools::AVE``; without it they weigh alike, as in textbooks: the mean of the squared
        standardized loadings.

    Returns
    -------
    FloatArray
        ``(...)``.

    Notes
    -----
    Fornell and Larcker (1981), Journal of Marketing Research 18, 39-50.

    Examples
    --------
    >>> float(average_variance_extracted([0.8, 0.6]).round(4))
    0.5
    """
    squared = as_float(loadings) ** 2
    whole = np.ones_like(squared) if total is None else as_float(total)
    with np.errstate(divide="ignore", invalid="ignore"):
        share: FloatArray = (
            squared.sum(axis=-1) * as_float(variance) / _positive(whole.sum(axis=-1))
        )
    return share[()]


def second_order_omega(
    loadings: ArrayLike,
    slopes: ArrayLike,
    variance: ArrayLike,
    factor_cov: ArrayLike,
    residual_cov: ArrayLike,
    total: ArrayLike,
) -> FloatArray:
    """Reliabilities that a second-order factor gives to the sum of all items and of the factors.

    Parameters
    ----------
    loadings
        Of the items on the first-order factors, ``(..., p, k)``.
    slopes
        Loadings of these on the second-order factor, ``(..., k)``.
    variance
        Of the second-order factor, ``(...)``.
    factor_cov
        Covariances of the first-order factors that the model implies, ``(..., k, k)``.
    residual_cov
        Of the items, ``(..., p, p)``.
    total
        Covariances of the items, observed or implied, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(..., 3)``: the second-order factor's share of the variance of the sum of the items; its
        share of that of the sum of the first-order factors, which depends on the units these were
        given; its share of the sum of the items once what is only the first-order factors' is
        taken out.

    Notes
    -----
    ``omegaL1``, ``omegaL2`` and ``partialOmegaL1`` of ``semTools::reliabilityL2``;
    ``semTools::compRelSEM(higher =)`` is the first with observed covariances. Cheung and Rensvold
    (2008).

    Examples
    --------
    >>> loadings = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    >>> factors = np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> total = loadings @ factors @ loadings.T + np.eye(4)
    >>> second_order_omega(loadings, [1.0, 1.0], 0.5, factors, np.eye(4), total).round(4).tolist()
    [0.5, 0.6667, 0.6667]
    """
    loadings, slopes, variance = as_float(loadings), as_float(slopes), as_float(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.einsum("...pk,...k->...", loadings, slopes) ** 2 * variance
        first = reach / _positive(as_square(total).sum(axis=(-2, -1)))
        factors = _positive(as_square(factor_cov).sum(axis=(-2, -1)))
        second = slopes.sum(axis=-1) ** 2 * variance / factors
        partial = reach / _positive(reach + as_square(residual_cov).sum(axis=(-2, -1)))
    return np.stack(np.broadcast_arrays(first, second, partial), axis=-1)


def htmt(cor: ArrayLike, blocks: Sequence[Sequence[int]]) -> FloatArray:
    """Heterotrait-monotrait ratios of correlations.

    Parameters
    ----------
    cor
        Correlations of the items, ``(..., p, p)``.
    blocks
        Positions of the items of each of k constructs.

    Returns
    -------
    FloatArray
        ``(..., k, k)``: mean absolute correlation between the items of two constructs, over the
        geometric mean of those within them; 1 on the diagonal, NaN for a construct of one item.

    Notes
    -----
    Henseler, Ringle and Sarstedt (2015), Journal of the Academy of Marketing Science 43, 115-135.
    Duplicates ``semTools::htmt`` with ``absolute = TRUE, htmt2 = FALSE``.

    Examples
    --------
    >>> cor = np.full((4, 4), 0.3) + 0.7 * np.eye(4)
    >>> cor[0, 1] = cor[1, 0] = cor[2, 3] = cor[3, 2] = 0.6
    >>> htmt(cor, [[0, 1], [2, 3]]).round(4).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    return _ratios(np.abs(as_square(cor)), blocks, np.asarray)


def htmt2(cor: ArrayLike, blocks: Sequence[Sequence[int]]) -> FloatArray:
    """Heterotrait-monotrait ratios for items that load unequally: geometric means throughout.

    Parameters
    ----------
    cor
        Correlations of the items, ``(..., p, p)``.
    blocks
        Positions of the items of each of k constructs.

    Returns
    -------
    FloatArray
        ``(..., k, k)``; as :func:`htmt`, with geometric means of absolute correlations.

    Notes
    -----
    Roemer, Schuberth and Henseler (2021), Industrial Management & Data Systems 121, 2637-2650.
    Duplicates ``semTools::htmt`` with ``absolute = TRUE, htmt2 = TRUE``.

    Examples
    --------
    >>> cor = np.full((4, 4), 0.3) + 0.7 * np.eye(4)
    >>> cor[0, 1] = cor[1, 0] = cor[2, 3] = cor[3, 2] = 0.6
    >>> htmt2(cor, [[0, 1], [2, 3]]).round(4).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    with np.errstate(divide="ignore"):
        return _ratios(np.log(np.abs(as_square(cor))), blocks, np.exp)


def _ratios(
    values: FloatArray, blocks: Sequence[Sequence[int]], back: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    places = [np.asarray(block, dtype=np.intp) for block in blocks]
    k = len(places)
    result = np.full((*values.shape[:-2], k, k), np.nan)
    result[..., np.arange(k), np.arange(k)] = 1.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        within = []
        for place in places:
            i, j = np.triu_indices(len(place), 1)
            inside = values[..., place[i], place[j]]
            within.append(
                back(inside.mean(axis=-1)) if len(i) else np.full(values.shape[:-2], np.nan)
            )
        for a in range(k):
            for b in range(a):
                between = back(values[..., places[a][:, None], places[b]].mean(axis=(-2, -1)))
                ratio = between / np.sqrt(within[a] * within[b])
                ratio = np.where(np.isfinite(ratio), ratio, np.nan)
                result[..., a, b] = result[..., b, a] = ratio
    return result


def htmt_bootstrap(
    x: ArrayLike,
    blocks: Sequence[Sequence[int]],
    *,
    clusters: ArrayLike | None = None,
    n_boot: int = 2000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """HTMT and HTMT2 of every pair of constructs in resamples.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing and is left out pair by pair.
    blocks
        Positions of the items of each of k constructs.
    clusters, n_boot, rng
        As in :func:`detachment.stats.bootstrap.resample`.

    Returns
    -------
    Bootstrap
        Of 2 k (k - 1) / 2 numbers: HTMT, then HTMT2, of the pairs (1, 0), (2, 0), (2, 1), ...

    Notes
    -----
    Henseler, Ringle and Sarstedt (2015) judge by whether the interval's upper end stays below 1.

    Examples
    --------
    >>> factor = np.random.default_rng(3).normal(size=(80, 2, 1))
    >>> x = (factor + np.random.default_rng(4).normal(size=(80, 2, 2))).reshape(80, 4)
    >>> boot = htmt_bootstrap(x, [[0, 1], [2, 3]], n_boot=100)
    >>> boot.replicates.shape
    (100, 2)
    """
    pairs = np.tril_indices(len(blocks), -1)

    def statistic(cov: FloatArray) -> FloatArray:
        cor = correlation_from(cov)
        both = [ratio(cor, blocks)[..., pairs[0], pairs[1]] for ratio in (htmt, htmt2)]
        return np.concatenate(both, axis=-1)

    return resample(x, statistic, clusters=clusters, n_boot=n_boot, rng=rng)


def htmt_asymptotic(
    cor: ArrayLike, covariance: ArrayLike, blocks: Sequence[Sequence[int]], confidence: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Intervals of HTMT and HTMT2 from the covariances of the correlations they are made of.

    Parameters
    ----------
    cor
        Correlations of the items, ``(p, p)``, such as polychoric ones.
    covariance
        Covariances of those below the diagonal, column by column, ``(m, m)``.
    blocks
        Positions of the items of each of k constructs.
    confidence
        Level, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high of HTMT, low and high of HTMT2, each ``(k, k)``; NaN where a ratio is not
        defined or is 0.

    Notes
    -----
    Delta method for the logarithm of the ratio; the derivatives are central differences, all of
    them one stack of matrices.

    Examples
    --------
    >>> cor = np.full((4, 4), 0.3) + 0.7 * np.eye(4)
    >>> cor[0, 1] = cor[1, 0] = cor[2, 3] = cor[3, 2] = 0.6
    >>> low, high, *_ = htmt_asymptotic(cor, 0.002 * np.eye(6), [[0, 1], [2, 3]])
    >>> float(low[1, 0].round(3)), float(high[1, 0].round(3))
    (0.418, 0.598)
    """
    cor, covariance = as_square(cor), as_square(covariance)
    column, row = np.triu_indices(cor.shape[-1], 1)
    m, step = len(row), 1e-5
    around = np.broadcast_to(cor, (2, m, *cor.shape)).copy()
    which = np.arange(m)
    for side, move in enumerate((step, -step)):
        around[side, which, row, column] += move
        around[side, which, column, row] += move
    z = ndtri((1 + confidence) / 2)
    ends = []
    for ratio in (htmt, htmt2):
        with np.errstate(divide="ignore", invalid="ignore"):
            value = ratio(cor, blocks)
            logs = np.log(ratio(around, blocks))
            slope = (logs[0] - logs[1]) / (2 * step)
            spread = z * np.sqrt(np.einsum("iab,ij,jab->ab", slope, covariance, slope))
            ends += [value * np.exp(-spread), value * np.exp(spread)]
    return ends[0], ends[1], ends[2], ends[3]


def _positive(x: FloatArray) -> FloatArray:
    return np.where(x > 0, x, np.nan)
