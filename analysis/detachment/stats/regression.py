"""Least squares: from rows with weights, and from covariance matrices, many at a time.

Slopes, standardized slopes and R² are smooth functions of the covariance matrix S. Each comes here
with its gradient D (symmetric: df = tr(D dS)), from which :mod:`detachment.stats.influence` makes
standard errors under normality, without it, by dyad, or with missing answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc

from detachment.stats._arrays import (
    FloatArray,
    as_columns,
    as_float,
    as_square,
    canonical_order,
    diagonal,
)
from detachment.stats.noncentral import noncentral_f_interval

_COLLINEAR = 1e-10  # share of a predictor's variance that the others leave


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A linear regression with an intercept, of k predictors in n rows.

    Attributes
    ----------
    coefficients
        Intercept and slopes, (k + 1,).
    unscaled
        Inverse of X'WX, (k + 1, k + 1): times the residual variance it is the classical covariance.
    design
        Rows of the predictors with a leading 1, (n, k + 1).
    residuals, leverage
        (n,).
    weights
        (n,); 1 where none were given.
    df
        n - k - 1.
    variance
        Of the residuals: the (weighted) sum of squares over ``df``.
    r2, r2_adjusted
        Share of the (weighted) variance accounted for; and adjusted for the number of predictors.
    vif
        Variance inflation factors, (k,).
    """

    coefficients: FloatArray
    unscaled: FloatArray
    design: FloatArray
    residuals: FloatArray
    leverage: FloatArray
    weights: FloatArray
    df: int
    variance: float
    r2: float
    r2_adjusted: float
    vif: FloatArray

    @property
    def classical(self) -> FloatArray:
        """Covariance of the coefficients when residuals are independent with one variance."""
        return self.variance * self.unscaled

    @property
    def scores(self) -> FloatArray:
        """What each row adds to the coefficients' estimating equations, (n, k + 1)."""
        scores: FloatArray = self.design * (self.weights * self.residuals)[:, None]
        return scores


def least_squares(x: ArrayLike, y: ArrayLike, *, weights: ArrayLike | None = None) -> Regression:
    """Least squares of complete rows.

    Parameters
    ----------
    x
        Predictors, (n, k) without the intercept; k may be 0.
    y
        Outcome, (n,).
    weights
        Positive, (n,).

    Returns
    -------
    Regression
        NaN throughout where predictors are collinear or constant, or where n <= k.

    Raises
    ------
    ValueError
        When shapes do not fit.

    References
    ----------
    R: ``lm``, ``summary.lm``, and ``car::vif``.

    Examples
    --------
    >>> fit = least_squares([[1.0], [2], [3], [4]], [1.0, 2, 2, 4])
    >>> fit.coefficients.round(3).tolist(), round(fit.r2, 3), fit.df
    ([0.0, 0.9], 0.853, 2)
    """
    x, y = as_columns(x), as_float(y)
    n, k = x.shape
    if y.shape != (n,):
        raise ValueError(f"the outcome must have shape ({n},), got {y.shape}")
    w = np.ones(n) if weights is None else as_float(weights)
    if w.shape != (n,):
        raise ValueError(f"weights must have shape ({n},), got {w.shape}")
    order = canonical_order(np.column_stack([x, y, w]))
    design = np.column_stack([np.ones(n), x])
    df = n - k - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = np.column_stack([x, y])[order]
        share = w[order] / w.sum()
        mean = share @ rows
        off = rows - mean
        off[:, (rows == rows[:1]).all(axis=0)] = 0.0  # a mean is rounded, a constant is not
        S = (off * share[:, None]).T @ off
        vif = variance_inflation(S[:k, :k])
        slopes = regression_slopes(S, k, range(k))
        coefficients = np.concatenate([[mean[k] - slopes @ mean[:k]], slopes])
        # about the means, so that a mean far from zero costs no digits
        inner = _inverse(S[:k, :k])
        corner = 1.0 + mean[:k] @ inner @ mean[:k]
        side = -inner @ mean[:k]
        unscaled = np.block([[corner, side], [side[:, None], inner]]) / w.sum()
        residuals = (y - mean[k]) - (x - mean[:k]) @ slopes
        squares = float(np.sum(share * residuals[order] ** 2)) if n else np.nan
        if df < 1:
            variance = adjusted = np.nan
        else:
            variance = squares * float(w.sum()) / df
        r2 = 1.0 - squares / S[k, k] if S[k, k] > 0 else np.nan
        adjusted = 1.0 - (1.0 - r2) * (n - 1) / df if df > 0 else np.nan
        about = np.column_stack([np.ones(n), x - mean[:k]])
        middle = np.zeros((k + 1, k + 1))
        middle[0, 0], middle[1:, 1:] = 1.0, inner
        leverage = w * np.einsum("ni,ij,nj->n", about, middle / w.sum(), about)
    if df < 0:
        coefficients, unscaled = np.full(k + 1, np.nan), np.full((k + 1, k + 1), np.nan)
    return Regression(
        coefficients=coefficients,
        unscaled=unscaled,
        design=design,
        residuals=residuals,
        leverage=leverage,
        weights=w,
        df=df,
        variance=float(variance),
        r2=float(r2),
        r2_adjusted=float(adjusted),
        vif=vif,
    )


def regression_slopes(cov: ArrayLike, outcome: int, predictors: Sequence[int]) -> FloatArray:
    """Slopes of the regression of one variable on others, from covariances.

    Parameters
    ----------
    cov
        Covariances, (..., p, p).
    outcome, predictors
        Places of the variables in them.

    Returns
    -------
    FloatArray
        (..., k); NaN where the predictors are collinear or one is constant.

    References
    ----------
    R: ``psych::setCor``.

    Examples
    --------
    >>> regression_slopes([[1.0, 0.5, 0.4], [0.5, 1, 0.6], [0.4, 0.6, 1]], 2, [0, 1]).round(3)
    array([0.133, 0.533])
    """
    cov = as_square(cov)
    chosen = np.asarray(predictors, dtype=np.intp)
    inner = cov[..., chosen[:, None], chosen]
    target = cov[..., chosen, outcome]
    slopes: FloatArray = np.einsum("...ij,...j->...i", _inverse(inner), target)
    return slopes


def r_squared_from(cov: ArrayLike, outcome: int, predictors: Sequence[int]) -> FloatArray:
    """Share of a variable's variance that others account for, from covariances ``(..., p, p)``.

    Examples
    --------
    >>> float(r_squared_from([[1.0, 0.5], [0.5, 1.0]], 1, [0]))
    0.25
    """
    cov = as_square(cov)
    slopes = regression_slopes(cov, outcome, predictors)
    chosen = np.asarray(predictors, dtype=np.intp)
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.sum(slopes * cov[..., chosen, outcome], axis=-1)
        share: FloatArray = explained / cov[..., outcome, outcome]
    return share


def slope_gradients(
    cov: ArrayLike, outcome: int, predictors: Sequence[int]
) -> tuple[FloatArray, FloatArray]:
    """Slopes and their gradients in the covariance matrix.

    Parameters
    ----------
    cov
        Covariances, (p, p).
    outcome, predictors
        Places of the variables in them.

    Returns
    -------
    tuple of FloatArray
        Slopes (k,) and gradients (k, p, p).

    References
    ----------
    Yuan, K.-H., & Chan, W. (2011). *Psychometrika, 76*, 670-690.

    Examples
    --------
    >>> slopes, gradients = slope_gradients([[2.0, 1.0], [1.0, 2.0]], 1, [0])
    >>> slopes.tolist(), gradients[0].tolist()
    ([0.5], [[-0.25, 0.25], [0.25, 0.0]])
    """
    cov = as_square(cov)
    chosen = np.asarray(predictors, dtype=np.intp)
    p, k = len(cov), len(chosen)
    slopes = regression_slopes(cov, outcome, predictors)
    u = np.zeros((k, p))
    u[:, chosen] = _inverse(cov[chosen[:, None], chosen])
    v = np.zeros(p)
    v[outcome] = 1.0
    v[chosen] = -slopes
    half = u[:, :, None] * v / 2.0
    return slopes, half + half.swapaxes(1, 2)


def standardized_slope_gradients(
    cov: ArrayLike,
    outcome: int,
    predictors: Sequence[int],
    units: Sequence[Sequence[int]] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """As :func:`slope_gradients`, of slopes between variables in standard deviations.

    The standard deviations are estimates too, which the usual standard error of a standardized
    slope (the raw one, rescaled) forgets.

    Parameters
    ----------
    cov, outcome, predictors
        As for :func:`slope_gradients`.
    units
        For each predictor the places of the variables in whose standard deviations it is
        measured: of a product, those of its factors. By default its own place.

    Returns
    -------
    tuple of FloatArray
        Slopes (k,) and gradients (k, p, p).

    References
    ----------
    Yuan, K.-H., & Chan, W. (2011). Biases and standard errors of standardized regression
    coefficients. *Psychometrika, 76*, 670-690. Of products: Friedrich, R. J. (1982). *American
    Journal of Political Science, 26*, 797-833.

    Examples
    --------
    >>> standardized_slope_gradients([[4.0, 1.0], [1.0, 1.0]], 1, [0])[0].tolist()
    [0.5]
    """
    cov = as_square(cov)
    slopes, gradients = slope_gradients(cov, outcome, predictors)
    of = [(place,) for place in predictors] if units is None else units
    beta, turned = slopes.copy(), gradients.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        variances = np.diagonal(cov)
        for j, places in enumerate(of):
            ratio = np.sqrt(np.prod(variances[list(places)]) / variances[outcome])
            beta[j] *= ratio
            turned[j] *= ratio
            for place in places:
                turned[j, place, place] += beta[j] / (2.0 * variances[place])
            turned[j, outcome, outcome] -= beta[j] / (2.0 * variances[outcome])
    return beta, turned


def r_squared_gradient(
    cov: ArrayLike, outcome: int, predictors: Sequence[int]
) -> tuple[float, FloatArray]:
    """R² and its gradient (p, p) in the covariance matrix.

    Examples
    --------
    >>> r_squared_gradient([[1.0, 0.5], [0.5, 1.0]], 1, [0])[0]
    0.25
    """
    cov = as_square(cov)
    chosen = np.asarray(predictors, dtype=np.intp)
    v = np.zeros(len(cov))
    v[outcome] = 1.0
    v[chosen] = -regression_slopes(cov, outcome, predictors)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = cov[outcome, outcome]
        left = float(v @ cov @ v) / total
        gradient = -np.outer(v, v) / total
        gradient[outcome, outcome] += left / total
    return float(1.0 - left), gradient


def variance_inflation(cov: ArrayLike) -> FloatArray:
    """Variance inflation factor of each of k variables, from covariances ``(..., k, k)``.

    NaN for a constant variable; infinite where the others account for all of it.

    References
    ----------
    Marquardt, D. W. (1970). *Technometrics, 12*, 591-612.

    Examples
    --------
    >>> variance_inflation([[1.0, 0.6], [0.6, 1.0]]).round(4).tolist()
    [1.5625, 1.5625]
    """
    cov = as_square(cov)
    k = cov.shape[-1]
    found = np.ones(cov.shape[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        for j in range(k):
            others = [i for i in range(k) if i != j]
            left = _left_over(cov, j, others)
            found[..., j] = np.where(left > _COLLINEAR, 1.0 / left, np.inf)
        return np.where(diagonal(cov) > 0, found, np.nan)


def wald_test(coefficients: ArrayLike, cov: ArrayLike, df: float) -> tuple[FloatArray, FloatArray]:
    """F and p of the hypothesis that all of q coefficients are zero.

    Parameters
    ----------
    coefficients, cov
        (..., q) and (..., q, q).
    df
        Of the denominator; infinite for a chi-square.

    Returns
    -------
    tuple of FloatArray
        F with q and ``df`` degrees of freedom, and p; NaN for a singular covariance.

    References
    ----------
    R: ``aod::wald.test``, ``survey::regTermTest``.

    Examples
    --------
    >>> f, p = wald_test([2.0], [[1.0]], 10)
    >>> float(f), round(float(p), 4)
    (4.0, 0.0734)
    """
    from scipy.special import gammaincc

    b, V = as_float(coefficients), as_square(cov)
    q = b.shape[-1]
    f = np.einsum("...i,...ij,...j->...", b, _inverse(V), b) / q
    with np.errstate(invalid="ignore"):
        p = gammaincc(q / 2.0, q * f / 2.0) if np.isinf(df) else fdtrc(q, df, f)
    return f, np.where(np.isnan(f), np.nan, p)


def r_squared_interval(
    f: float, df1: float, df2: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the R² of predictors that are taken as fixed, by the noncentral F.

    Parameters
    ----------
    f, df1, df2
        Test of all predictors, with its degrees of freedom.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of float
        Low and high; NaN where the test is.

    References
    ----------
    Steiger, J. H. (2004). *Psychological Methods, 9*, 164-182. R: ``MBESS::ci.R2`` with
    ``Random.Predictors = FALSE``.

    Examples
    --------
    >>> low, high = r_squared_interval(11.0, 3, 100)
    >>> round(low, 3), round(high, 3)
    (0.099, 0.363)
    """
    f = max(f, 0.0)  # no relation at all may come out below 0 by rounding
    ends = noncentral_f_interval(f, df1, df2, confidence)
    low, high = (float(end / (end + df1 + df2 + 1.0)) for end in ends)
    return low, high


def _left_over(cov: FloatArray, variable: int, others: Sequence[int]) -> FloatArray:
    """Share of a variable's variance that others leave, ``(...)``."""
    chosen = np.asarray(others, dtype=np.intp)
    if not len(chosen):
        return np.ones(cov.shape[:-2])
    inner, target = cov[..., chosen[:, None], chosen], cov[..., chosen, variable]
    slopes = np.einsum("...ij,...j->...i", np.linalg.pinv(inner, hermitian=True), target)
    left: FloatArray = 1.0 - np.sum(slopes * target, axis=-1) / cov[..., variable, variable]
    return left


def _inverse(cov: FloatArray) -> FloatArray:
    """Inverses of positive definite matrices ``(..., k, k)``; NaN where one is not.

    Each variable in its own standard deviation, so that units play no part in what is singular.
    """
    k = cov.shape[-1]
    if k == 0:
        return np.zeros(cov.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1.0 / np.sqrt(diagonal(cov))
        unit = cov * scale[..., :, None] * scale[..., None, :]
        bad = np.asarray(~np.isfinite(unit).all(axis=(-2, -1)))
        unit = np.where(bad[..., None, None], np.eye(k), unit)
        try:
            inverse = np.linalg.inv(unit)
        except np.linalg.LinAlgError:  # one of many is exactly singular
            bad = bad | (np.linalg.matrix_rank(unit, hermitian=True) < k)
            inverse = np.linalg.inv(np.where(bad[..., None, None], np.eye(k), unit))
        # the diagonal of the inverse is the variance inflation
        inflation = diagonal(np.asarray(inverse, dtype=np.float64))
        bad = bad | ~((inflation > 0) & (inflation < 1.0 / _COLLINEAR)).all(axis=-1)
        inverse = inverse * scale[..., :, None] * scale[..., None, :]
    return np.where(bad[..., None, None], np.nan, inverse)
