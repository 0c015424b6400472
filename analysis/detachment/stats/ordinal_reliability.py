"""Ordered answers in, reliability of their latent responses and of their sum out.

Statistics here see polychoric correlations and thresholds; standard errors come from how those vary
together, by the delta method.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray
from detachment.stats.intervals import DeltaMethod, gradient
from detachment.stats.omega import green_yang, omega_total
from detachment.stats.polychoric_items import asymptotic_covariance

OrdinalStatistic = Callable[[FloatArray, FloatArray], ArrayLike]

_STEP = 1e-4


def omega_green_yang(cor: ArrayLike, thresholds: ArrayLike) -> FloatArray:
    """Reliability of the sum of ordered answers with one latent factor by minimum residuals.

    Parameters
    ----------
    cor
        Polychoric correlations, ``(..., p, p)``.
    thresholds
        Of each item, ``(..., p, k - 1)``.

    Returns
    -------
    FloatArray
        ``(...)``: :func:`detachment.stats.omega.green_yang` of the factor's loadings, with the
        variance that the correlations give the sum. NaN where the factor is improper.

    Notes
    -----
    Green and Yang (2009), Psychometrika 74, 155-167. R: ``semTools::compRelSEM(ord.scale = TRUE)``,
    whose loadings are those of weighted least squares.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6, 0.7])
    >>> cor = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    >>> round(float(omega_green_yang(cor, np.tile([-1.0, 0.0, 1.0], (4, 1)))), 4)
    0.7568
    """
    fit = omega_total(cor)
    loadings = np.where(np.isnan(fit.omega)[..., None], np.nan, fit.loadings)
    return green_yang(loadings, thresholds, cor)


def ordinal_delta_method(x: ArrayLike, statistic: OrdinalStatistic) -> DeltaMethod:
    """Standard error of a statistic of polychoric correlations and thresholds.

    Parameters
    ----------
    x
        Ordered answers, ``(n, p)``; NaN is missing and is left out pair by pair.
    statistic
        Smooth; takes correlations ``(b, p, p)`` and thresholds ``(b, p, k - 1)``, gives ``(b,)`` or
        ``(b, s)``.

    Returns
    -------
    DeltaMethod
        NaN for a standard error where a correlation is perfect or does not exist.

    Notes
    -----
    Asymptotic covariances of Muthén (1984), Psychometrika 49, 115-132, and slopes by central
    differences.

    Examples
    --------
    >>> from detachment.stats.reliability import alpha
    >>> rng = np.random.default_rng(7)
    >>> x = np.digitize(rng.normal(size=(400, 1)) + rng.normal(size=(400, 4)), [-1, 0, 1])
    >>> result = ordinal_delta_method(x, lambda cor, thresholds: alpha(cor))
    >>> bool(0.01 < result.standard_error < 0.03)
    True
    """
    fit = asymptotic_covariance(x)
    r, tau = fit.fit.r, fit.fit.thresholds
    estimate = np.asarray(statistic(r[None], tau[None]), dtype=np.float64)[0]

    def of_r(stack: FloatArray) -> ArrayLike:
        return statistic(stack, np.broadcast_to(tau, (len(stack), *tau.shape)))

    slopes = np.atleast_3d(gradient(of_r, r).T).T  # (s, p, p)
    # the two entries of a pair move together; the diagonal does not move
    by_r = 2 * slopes[:, fit.rows, fit.columns]
    t = len(fit.items)
    moved = np.repeat(tau[None], 2 * t, axis=0).reshape(2, t, *tau.shape)
    k = np.arange(t)
    moved[0, k, fit.items, fit.cuts] -= _STEP
    moved[1, k, fit.items, fit.cuts] += _STEP
    stack = moved.reshape(-1, *tau.shape)
    value = np.asarray(statistic(np.broadcast_to(r, (len(stack), *r.shape)), stack), dtype=float)
    value = value.reshape(2, t, -1)
    by_tau = (value[1] - value[0]).T / (2 * _STEP)
    slope = np.concatenate([by_tau, by_r], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.einsum("sq,qr,sr->s", slope, fit.gamma, slope) / fit.n
        se = np.where(variance > 0, np.sqrt(variance), np.nan).reshape(estimate.shape)
    return DeltaMethod(estimate=estimate[()], standard_error=se[()], units=fit.n)
