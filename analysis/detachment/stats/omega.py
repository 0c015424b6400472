"""Factors in, reliability of the sum out: omega total, and its kin for ordered answers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from detachment.stats._arrays import BoolArray, FloatArray, as_float, as_square
from detachment.stats.bivariate_normal import bivariate_normal_cdf
from detachment.stats.factor import minres_one_factor, ml_one_factor


@dataclass(frozen=True, slots=True, eq=False)
class Omega:
    """Omega total of one common factor, and the factor it comes from.

    Attributes
    ----------
    omega
        ``(...)``; NaN where the factor did not converge or is improper (Heywood).
    loadings, uniquenesses
        ``(..., p)``, in the units of the items.
    converged, heywood
        ``(...)``.
    """

    omega: FloatArray
    loadings: FloatArray
    uniquenesses: FloatArray
    converged: BoolArray
    heywood: BoolArray


def omega_total(
    cov: ArrayLike,
    *,
    denominator: Literal["model", "observed"] = "model",
    method: Literal["minres", "ml"] = "minres",
    start: ArrayLike | None = None,
) -> Omega:
    """Omega total of one common factor.

    Parameters
    ----------
    cov
        Covariances, ``(..., p, p)``, or correlations as ``psych::omega`` takes by default.
    denominator
        ``model``: (sum l)^2 / ((sum l)^2 + sum u), McDonald (1999), Test Theory, equation 6.20.
        ``observed``: 1 - sum u / (variance of the observed total), which ``psych::omega`` gives.
    method
        ``minres``, minimum residuals, or ``ml``, maximum likelihood.
    start
        What the factor begins with: loadings for ``minres`` (see
        :func:`detachment.stats.factor.minres_one_factor`), uniquenesses for ``ml``
        (:func:`detachment.stats.factor.ml_one_factor`).

    Returns
    -------
    Omega
        Never a number from a factor that did not converge or that is improper.

    Raises
    ------
    ValueError
        For another denominator or method.

    Notes
    -----
    ``observed`` counts what items share beyond the factor as reliable, in the numerator as in the
    denominator. ``semTools::compRelSEM(obs.var = TRUE)`` divides (sum l)^2 by that variance
    instead; with ``obs.var = FALSE`` it is ``model`` by ``ml``.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6])
    >>> fit = omega_total(np.outer(loadings, loadings) + np.diag(1 - loadings**2))
    >>> round(float(fit.omega), 6)
    0.744932
    """
    cov = as_square(cov)
    if denominator not in ("model", "observed"):
        raise ValueError(f"denominator must be 'model' or 'observed', not {denominator!r}")
    if method not in ("minres", "ml"):
        raise ValueError(f"method must be 'minres' or 'ml', not {method!r}")
    fit = (minres_one_factor if method == "minres" else ml_one_factor)(cov, start=start)
    unique = fit.uniquenesses.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if denominator == "model":
            common = fit.loadings.sum(axis=-1) ** 2
            value = common / (common + unique)
        else:
            value = 1 - unique / cov.sum(axis=(-2, -1))
    proper = fit.converged & ~fit.heywood
    return Omega(
        omega=np.where(proper, value, np.nan)[()],
        loadings=fit.loadings,
        uniquenesses=fit.uniquenesses,
        converged=fit.converged,
        heywood=fit.heywood,
    )


def ordinal_covariance(rho: ArrayLike, of_x: ArrayLike, of_y: ArrayLike) -> FloatArray:
    """Covariance of two ordered answers that cut up two latent normal variables.

    Parameters
    ----------
    rho
        Correlations of the latent variables, ``(...)``, up to 1.
    of_x, of_y
        Thresholds, ``(..., k - 1)`` and ``(..., m - 1)``; NaN or infinite after the last.

    Returns
    -------
    FloatArray
        ``(...)``, of answers scored 0, 1, ..., one apart. The sum over all pairs of thresholds of
        Phi2(s, t; rho) - Phi(s) Phi(t).

    Notes
    -----
    Green and Yang (2009), Psychometrika 74, 155-167, equation 21.

    Examples
    --------
    >>> round(float(ordinal_covariance(0.5, [0.0], [0.0])), 6)  # asin(.5) / (2 pi)
    0.083333
    """
    rho, of_x, of_y = as_float(rho), as_float(of_x), as_float(of_y)
    s, t, r = of_x[..., :, None], of_y[..., None, :], rho[..., None, None]
    there = np.isfinite(s) & np.isfinite(t)
    s, t = np.where(there, s, 0.0), np.where(there, t, 0.0)
    beyond = bivariate_normal_cdf(s, t, r) - ndtr(s) * ndtr(t)
    covariance: FloatArray = np.where(there, beyond, 0.0).sum(axis=(-2, -1))
    return covariance[()]


def green_yang(
    loadings: ArrayLike,
    thresholds: ArrayLike,
    cor: ArrayLike | None = None,
) -> FloatArray:
    """Reliability of the sum of ordered answers from a factor model of their latent responses.

    Not the omega of the latent responses themselves, which nobody observes: that is
    :func:`omega_total` of the polychoric correlations, and it is higher.

    Parameters
    ----------
    loadings
        Of the standardized latent responses on one factor, ``(..., p)``.
    thresholds
        Of each item, ``(..., p, k - 1)``; NaN after the last of an item with fewer categories.
    cor
        Polychoric correlations, ``(..., p, p)``: the variance of the sum is then the observed one.
        By default it is the model's.

    Returns
    -------
    FloatArray
        ``(...)``; NaN where a loading exceeds 1 or something is missing.

    Raises
    ------
    ValueError
        For thresholds of another number of items.

    Notes
    -----
    Green and Yang (2009), Psychometrika 74, 155-167: covariances of the sum with that of a parallel
    test, over its variance. R's ``semTools::compRelSEM(ord.scale = TRUE)`` with ``obs.var = TRUE``
    (given ``cor``) and ``FALSE``.

    Examples
    --------
    >>> thresholds = np.tile([-1.0, 0.0, 1.0], (4, 1))
    >>> round(float(green_yang([0.8, 0.7, 0.6, 0.7], thresholds)), 4)
    0.7568
    """
    loadings = as_float(loadings)
    thresholds = as_float(thresholds)
    p = loadings.shape[-1]
    if thresholds.ndim < 2 or thresholds.shape[-2] != p:
        raise ValueError(f"expected thresholds of {p} items, (..., p, k - 1): {thresholds.shape}")
    implied = loadings[..., :, None] * loadings[..., None, :]
    own = np.arange(p)
    of_all = implied.copy() if cor is None else as_square(cor).copy()
    of_all[..., own, own] = 1.0
    i, j = np.triu_indices(p)
    times = np.where(i == j, 1.0, 2.0)
    of_x, of_y = thresholds[..., i, :], thresholds[..., j, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        common = np.sum(times * ordinal_covariance(implied[..., i, j], of_x, of_y), axis=-1)
        total = np.sum(times * ordinal_covariance(of_all[..., i, j], of_x, of_y), axis=-1)
        value = common / total
    return np.where(total > 0, value, np.nan)[()]
