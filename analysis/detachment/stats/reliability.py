"""Covariances of items in, reliability of their sum out.

Every function takes a stack ``(..., p, p)`` and gives ``(...)`` (or ``(..., p)`` for a number per
item). What cannot be computed is NaN, without a warning: fewer than two items, a total without
variance, missing entries. Items must already be scored in one direction.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    as_columns,
    as_float,
    as_square,
    diagonal,
)
from detachment.stats.factor import minres_one_factor
from detachment.stats.moments import pairwise_moments


def alpha(cov: ArrayLike) -> FloatArray:
    """Coefficient alpha of the sum of the items (Guttman's lambda 3).

    Parameters
    ----------
    cov
        Covariances of the items, ``(..., p, p)``; pairwise ones give what ``psych::alpha`` gives.

    Returns
    -------
    FloatArray
        ``(...)``; may be negative. NaN for one item or a total without variance.

    Notes
    -----
    p / (p - 1) * (1 - trace / sum). Cronbach (1951), Psychometrika 16, 297-334; raw_alpha of R's
    ``psych::alpha``.

    Examples
    --------
    >>> round(float(alpha([[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]])), 6)
    0.75
    """
    cov = as_square(cov)
    return _alpha(cov.shape[-1], diagonal(cov).sum(axis=-1), cov.sum(axis=(-2, -1)))


def _alpha(p: int, trace: FloatArray, total: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.float64(p) / np.float64(p - 1) * (1 - trace / total)
    return np.where((total > 0) & (p > 1), value, np.nan)[()]


def alpha_standardized(cor: ArrayLike) -> FloatArray:
    """Alpha of standardized items: the Spearman-Brown formula on the mean correlation.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``. std.alpha of ``psych::alpha`` comes from
        ``correlation_from(pairwise covariances)``.

    Returns
    -------
    FloatArray
        ``(...)``.

    Examples
    --------
    >>> round(float(alpha_standardized([[1.0, 0.4], [0.4, 1.0]])), 6)
    0.571429
    """
    return alpha(cor)


def mean_interitem_r(cor: ArrayLike) -> FloatArray:
    """Mean of the correlations between different items.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``; NaN for one item. average_r of R's ``psych::alpha``; Clark and Watson (1995),
        Psychological Assessment 7, 309-319.

    Examples
    --------
    >>> round(float(mean_interitem_r([[1.0, 0.2, 0.4], [0.2, 1.0, 0.6], [0.4, 0.6, 1.0]])), 6)
    0.4
    """
    cor = as_square(cor)
    p = cor.shape[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        total = cor.sum(axis=(-2, -1)) - diagonal(cor).sum(axis=-1)
        mean: FloatArray = total / np.float64(p * (p - 1))
    return mean[()]


def alpha_if_dropped(cov: ArrayLike) -> FloatArray:
    """Alpha of the other items, for each item.

    Parameters
    ----------
    cov
        Covariances (or correlations, for the standardized alpha), ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(..., p)``; NaN when only one item would be left. alpha.drop of R's ``psych::alpha``.

    Examples
    --------
    >>> alpha_if_dropped([[1.0, 0.5, 0.2], [0.5, 1.0, 0.2], [0.2, 0.2, 1.0]]).round(4).tolist()
    [0.3333, 0.3333, 0.6667]
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    variance = diagonal(cov)
    trace = variance.sum(axis=-1, keepdims=True) - variance
    return _alpha(p - 1, trace, _rest_variance(cov))


def _rest_variance(cov: FloatArray) -> FloatArray:
    """Variance of the sum of the other items, for each item, ``(..., p)``."""
    total = cov.sum(axis=(-2, -1))[..., None]
    rest: FloatArray = total - 2 * cov.sum(axis=-1) + diagonal(cov)
    return rest


def item_rest_r(cov: ArrayLike) -> FloatArray:
    """Correlation of each item with the sum of the others.

    Parameters
    ----------
    cov
        Covariances, ``(..., p, p)``; under pairwise deletion this is r.drop of ``psych::alpha``.

    Returns
    -------
    FloatArray
        ``(..., p)``; NaN for a constant item or a constant rest.

    Examples
    --------
    >>> item_rest_r([[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]]).round(4).tolist()
    [0.5774, 0.5774, 0.5774]
    """
    cov = as_square(cov)
    variance = diagonal(cov)
    rest = _rest_variance(cov)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (cov.sum(axis=-1) - variance) / np.sqrt(variance * rest)
    return np.where((variance > 0) & (rest > 0), r, np.nan)


def feldt_interval(
    alpha: ArrayLike, n: ArrayLike, k: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of alpha by Feldt's F distribution.

    Parameters
    ----------
    alpha
        Estimates.
    n
        Respondents (need not be whole: see :func:`detachment.stats.moments.effective_n`).
    k
        Items.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high; NaN with fewer than two respondents or items.

    Notes
    -----
    1 - (1 - alpha) F with F at (1 + confidence) / 2 and (1 - confidence) / 2 of the F distribution
    with n - 1 and (n - 1)(k - 1) degrees of freedom: Feldt (1965), Psychometrika 30, 357-370;
    Feldt, Woodruff and Salih (1987), Applied Psychological Measurement 11, 93-103; R's
    ``psych::alpha.ci``. Exact for essentially parallel normal items.

    Examples
    --------
    >>> low, high = feldt_interval(0.8, n=100, k=5)
    >>> round(float(low), 4), round(float(high), 4)
    (0.7306, 0.8559)
    """
    alpha, n, k = np.broadcast_arrays(as_float(alpha), as_float(n), as_float(k))
    ok = (n > 1) & (k > 1) & np.isfinite(alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = np.where(ok, n - 1, np.nan)
        d2 = d1 * (k - 1)
        tail = (1 - confidence) / 2
        low = 1 - (1 - alpha) * _f_quantile(1 - tail, d1, d2)
        high = 1 - (1 - alpha) * _f_quantile(tail, d1, d2)
    return low[()], high[()]


def _f_quantile(q: float, d1: FloatArray, d2: FloatArray) -> FloatArray:
    share = betaincinv(d1 / 2, d2 / 2, q)
    return share * d2 / (d1 * (1 - share))


def guttman_lambda2(cov: ArrayLike) -> FloatArray:
    """Guttman's lambda 2: alpha's better lower bound, never below it.

    Parameters
    ----------
    cov
        Covariances (or correlations, as ``psych::guttman``), ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``.

    Notes
    -----
    (C + sqrt(p / (p - 1) C2)) / V with C the sum and C2 the sum of squares of the covariances off
    the diagonal, V the total variance: Guttman (1945), Psychometrika 10, 255-282.

    Examples
    --------
    >>> round(float(guttman_lambda2([[1.0, 0.5, 0.2], [0.5, 1.0, 0.2], [0.2, 0.2, 1.0]])), 6)
    0.582289
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    variance = diagonal(cov)
    total = cov.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.sum(cov**2, axis=(-2, -1)) - np.sum(variance**2, axis=-1)
        root = np.sqrt(np.float64(p) / np.float64(p - 1) * np.maximum(squares, 0.0))
        value = (total - variance.sum(axis=-1) + root) / total
    return np.where((total > 0) & (p > 1), value, np.nan)[()]


def guttman_lambda6(cov: ArrayLike) -> FloatArray:
    """Guttman's lambda 6: what each item shares with all others (squared multiple correlations).

    Parameters
    ----------
    cov
        Covariances (or correlations, for ``G6(smc)`` of ``psych::alpha``), ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``; NaN when the matrix is not positive definite.

    Notes
    -----
    1 - sum of the errors of predicting each item from the others, 1 / (inverse)_ii, over the total
    variance: Guttman (1945), Psychometrika 10, 255-282.

    Examples
    --------
    >>> round(float(guttman_lambda6([[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]])), 6)
    0.666667
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    variance = diagonal(cov)
    ok = np.isfinite(cov).all(axis=(-2, -1)) & (variance > 0).all(axis=-1) & (p > 1)
    safe = np.where(ok[..., None, None], cov, np.eye(p))
    sd = np.sqrt(diagonal(safe))
    values, vectors = np.linalg.eigh(safe / (sd[..., :, None] * sd[..., None, :]))
    ok &= values[..., 0] > p * 1e-14 * values[..., -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        error = sd**2 / np.sum(vectors**2 / values[..., None, :], axis=-1)
        value = 1 - error.sum(axis=-1) / cov.sum(axis=(-2, -1))
    return np.where(ok, value, np.nan)[()]


def odd_even(cov: ArrayLike) -> FloatArray:
    """Reliability from the halves of odd and even items, stepped up by Spearman-Brown.

    Parameters
    ----------
    cov
        Covariances of the items in their order, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``: 2 r / (1 + r) with r between the sums of the first, third, ... and the second,
        fourth, ... items. For two items this is their Spearman-Brown coefficient, which Eisinga,
        te Grotenhuis and Pelzer (2013), International Journal of Public Health 58, 637-642,
        recommend there. NaN for one item or a constant half.

    Examples
    --------
    >>> round(float(odd_even([[1.0, 0.6], [0.6, 1.0]])), 6)
    0.75
    """
    cov = as_square(cov)
    first = cov[..., ::2, ::2].sum(axis=(-2, -1))
    second = cov[..., 1::2, 1::2].sum(axis=(-2, -1))
    between = cov[..., ::2, 1::2].sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        r = between / np.sqrt(first * second)
        r = np.where((first > 0) & (second > 0), r, np.nan)
    return spearman_brown(r)


def spearman_brown(r: ArrayLike, factor: float = 2.0) -> FloatArray:
    """Reliability of a test ``factor`` times as long as one with reliability ``r``.

    Parameters
    ----------
    r
        Reliabilities, of any shape.
    factor
        How many times as long.

    Returns
    -------
    FloatArray
        Same shape. Spearman (1910) and Brown (1910), British Journal of Psychology 3, 271-295 and
        296-322.

    Examples
    --------
    >>> round(float(spearman_brown(0.6)), 6)
    0.75
    """
    r = as_float(r)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = factor * r / (1 + (factor - 1) * r)
    return np.where(np.isfinite(value), value, np.nan)[()]


def standard_error_of_measurement(sd: ArrayLike, reliability: ArrayLike) -> FloatArray:
    """Standard error of measurement, sd * sqrt(1 - reliability).

    Parameters
    ----------
    sd, reliability
        Of the score, of shapes that fit each other.

    Returns
    -------
    FloatArray
        In the units of ``sd``; NaN for a reliability above 1. Lord and Novick (1968), Statistical
        Theories of Mental Test Scores, p. 67.

    Examples
    --------
    >>> round(float(standard_error_of_measurement(10, 0.84)), 6)
    4.0
    """
    with np.errstate(invalid="ignore"):
        return np.multiply(as_float(sd), np.sqrt(1 - as_float(reliability)))[()]


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
    start: ArrayLike | None = None,
) -> Omega:
    """Omega total of one common factor by minimum residuals.

    Parameters
    ----------
    cov
        Covariances, ``(..., p, p)``, or correlations as ``psych::omega`` takes by default.
    denominator
        ``model``: (sum l)^2 / ((sum l)^2 + sum u), McDonald (1999), Test Theory, equation 6.20.
        ``observed``: 1 - sum u / (variance of the observed total), which ``psych::omega`` gives.
    start
        Loadings to begin with (see :func:`detachment.stats.factor.minres_one_factor`).

    Returns
    -------
    Omega
        Never a number from a factor that did not converge or that is improper.

    Raises
    ------
    ValueError
        For another denominator.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6])
    >>> fit = omega_total(np.outer(loadings, loadings) + np.diag(1 - loadings**2))
    >>> round(float(fit.omega), 6)
    0.744932
    """
    cov = as_square(cov)
    fit = minres_one_factor(cov, start=start)
    unique = fit.uniquenesses.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if denominator == "model":
            common = fit.loadings.sum(axis=-1) ** 2
            value = common / (common + unique)
        elif denominator == "observed":
            value = 1 - unique / cov.sum(axis=(-2, -1))
        else:
            raise ValueError(f"denominator must be 'model' or 'observed', not {denominator!r}")
    proper = fit.converged & ~fit.heywood
    return Omega(
        omega=np.where(proper, value, np.nan)[()],
        loadings=fit.loadings,
        uniquenesses=fit.uniquenesses,
        converged=fit.converged,
        heywood=fit.heywood,
    )


def kr20(x: ArrayLike) -> FloatArray:
    """Kuder-Richardson formula 20: alpha of items scored 0 and 1.

    Parameters
    ----------
    x
        Scored answers, ``(..., n, p)``: 0, 1 or NaN (missing; pairwise deletion).

    Returns
    -------
    FloatArray
        ``(...)``.

    Raises
    ------
    ValueError
        When an answer is neither 0 nor 1.

    Notes
    -----
    Kuder and Richardson (1937), Psychometrika 2, 151-160. Item and total variances have the same
    divisor, so that KR-20 is alpha to the last digit.

    Examples
    --------
    >>> round(float(kr20([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]])), 6)
    0.75
    """
    x = _scored(x)
    return alpha(pairwise_moments(x).cov)


def kr21(x: ArrayLike) -> FloatArray:
    """Kuder-Richardson formula 21: KR-20 as it would be if all items were equally difficult.

    Parameters
    ----------
    x
        Scored answers, ``(..., n, p)``: 0, 1 or NaN (missing; pairwise deletion).

    Returns
    -------
    FloatArray
        ``(...)``; never above KR-20. The item variance M (k - M) / k is taken with the divisor
        n - 1, like that of the total.

    Raises
    ------
    ValueError
        When an answer is neither 0 nor 1.

    Notes
    -----
    k / (k - 1) * (1 - M (k - M) / (k V)): Kuder and Richardson (1937), Psychometrika 2, 151-160.

    Examples
    --------
    >>> round(float(kr21([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]])), 6)
    0.6
    """
    m = pairwise_moments(_scored(x))
    k = m.mean.shape[-1]
    n = diagonal(m.n.astype(np.float64)).mean(axis=-1)
    score = m.mean.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        same = score * (k - score) / k * n / (n - 1)
    return _alpha(k, same, m.cov.sum(axis=(-2, -1)))


def _scored(x: ArrayLike) -> FloatArray:
    x = as_columns(x)
    if not np.all((x == 0) | (x == 1) | np.isnan(x)):
        raise ValueError("Kuder-Richardson formulas take answers scored 0 and 1 (NaN for missing)")
    return x
