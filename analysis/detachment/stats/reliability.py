"""Covariances of items in, reliability of their sum out.

Every function takes a stack ``(..., p, p)`` and gives ``(...)`` (or ``(..., p)`` for a number per
item). What cannot be computed is NaN, without a warning: fewer than two items, a total without
variance, missing entries. Items must already be scored in one direction.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from detachment.stats._arrays import (
    FloatArray,
    as_columns,
    as_float,
    as_square,
    diagonal,
)
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


def median_interitem_r(cor: ArrayLike) -> FloatArray:
    """Median of the correlations between different items.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``; NaN for one item. med.r of R's ``psych::alpha``.

    Examples
    --------
    >>> float(median_interitem_r([[1.0, 0.2, 0.3], [0.2, 1.0, 0.6], [0.3, 0.6, 1.0]]))
    0.3
    """
    below = _between(cor)
    if not below.shape[-1]:
        return np.full(below.shape[:-1], np.nan)[()]
    median: FloatArray = np.median(below, axis=-1)
    return median[()]


def variance_interitem_r(cor: ArrayLike) -> FloatArray:
    """Variance of the correlations between different items: how alike the items are related.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``, divisor one less than the number of pairs; NaN for fewer than three items. var.r
        of R's ``psych::alpha``.

    Examples
    --------
    >>> cor = [[1.0, 0.2, 0.4], [0.2, 1.0, 0.6], [0.4, 0.6, 1.0]]
    >>> round(float(variance_interitem_r(cor)), 6)
    0.04
    """
    below = _between(cor)
    if below.shape[-1] < 2:
        return np.full(below.shape[:-1], np.nan)[()]
    variance: FloatArray = np.var(below, axis=-1, ddof=1)
    return variance[()]


def _between(cor: ArrayLike) -> FloatArray:
    cor = as_square(cor)
    return cor[(..., *np.tril_indices(cor.shape[-1], -1))]


def signal_to_noise(cor: ArrayLike) -> FloatArray:
    """How much more of the sum of standardized items is common than is not.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``: p r / (1 - r) of the mean correlation r, which is standardized alpha over one
        less alpha. Cronbach and Gleser (1964), Educational and Psychological Measurement 24,
        467-480; S/N of R's ``psych::alpha``.

    Examples
    --------
    >>> round(float(signal_to_noise([[1.0, 0.5], [0.5, 1.0]])), 6)
    2.0
    """
    cor = as_square(cor)
    r = mean_interitem_r(cor)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: FloatArray = np.asarray(cor.shape[-1] * r / (1 - r))
    return ratio[()]


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


def guttman_lambda1(cov: ArrayLike) -> FloatArray:
    """Guttman's lambda 1: the share of the total variance that is no item's own.

    Parameters
    ----------
    cov
        Covariances (or correlations), ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``; (p - 1) / p of alpha. Guttman (1945), Psychometrika 10, 255-282.

    Examples
    --------
    >>> round(float(guttman_lambda1([[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]])), 6)
    0.5
    """
    cov = as_square(cov)
    total = cov.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 1 - diagonal(cov).sum(axis=-1) / total
    return np.where((total > 0) & (cov.shape[-1] > 1), value, np.nan)[()]


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


def guttman_lambda5(cov: ArrayLike, *, plus: bool = False) -> FloatArray:
    """Guttman's lambda 5, for scales in which one item goes with all others.

    Parameters
    ----------
    cov
        Covariances (or correlations, as ``psych::guttman``), ``(..., p, p)``.
    plus
        Multiply the correction by p / (p - 1), which is lambda 5+ of ``psych::guttman``.

    Returns
    -------
    FloatArray
        ``(...)``.

    Notes
    -----
    lambda 1 + 2 sqrt(largest sum of squared covariances of an item with the others) / V: Guttman
    (1945), Psychometrika 10, 255-282.

    Examples
    --------
    >>> round(float(guttman_lambda5([[1.0, 0.5, 0.2], [0.5, 1.0, 0.2], [0.2, 0.2, 1.0]])), 6)
    0.599382
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    total = cov.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.sum(cov**2, axis=-1) - diagonal(cov) ** 2
        largest = np.max(np.maximum(squares, 0.0), axis=-1, initial=0.0)
        more = np.float64(p) / np.float64(p - 1) if plus else 1.0
        value = guttman_lambda1(cov) + more * 2 * np.sqrt(largest) / total
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


def ten_berge_mu(cov: ArrayLike, order: int = 1) -> FloatArray:
    """Lower bounds of ten Berge and Zegers: mu 0 is alpha, mu 1 lambda 2, and they rise from there.

    Parameters
    ----------
    cov
        Covariances (or correlations, as ``psych::tenberge``), ``(..., p, p)``.
    order
        Which of the series, 0 or more.

    Returns
    -------
    FloatArray
        ``(...)``; never below that of a lower order.

    Raises
    ------
    ValueError
        For a negative order.

    Notes
    -----
    (p0 + sqrt(p1 + sqrt(p2 + ... sqrt(pr)))) / V with p_h the sum of the off-diagonal covariances
    to the power 2^h, and the last times p / (p - 1): ten Berge and Zegers (1978), Psychometrika
    43, 575-579.

    Examples
    --------
    >>> cov = [[1.0, 0.5, 0.2], [0.5, 1.0, 0.2], [0.2, 0.2, 1.0]]
    >>> [round(float(ten_berge_mu(cov, order)), 6) for order in range(4)]
    [0.5625, 0.582289, 0.593895, 0.598375]
    """
    if order < 0:
        raise ValueError(f"order is 0, 1, 2, ..., not {order}")
    cov = as_square(cov)
    p = cov.shape[-1]
    total = cov.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        off = cov / total[..., None, None]  # the bounds have no units: no power over- or underflows
        off = np.where(np.eye(p, dtype=bool), 0.0, off)
        inner = np.float64(p) / np.float64(p - 1) * np.sum(off ** (2**order), axis=(-2, -1))
        for h in range(order - 1, -1, -1):
            inner = np.sum(off ** (2**h), axis=(-2, -1)) + np.sqrt(inner)
    return np.where((total > 0) & (p > 1), inner, np.nan)[()]


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


def minimal_detectable_change(sem: ArrayLike, confidence: float = 0.95) -> FloatArray:
    """Smallest difference of two scores of one person that is beyond their errors of measurement.

    Parameters
    ----------
    sem
        Standard errors of measurement, of any shape.
    confidence
        Of the statement, between 0 and 1.

    Returns
    -------
    FloatArray
        z * sqrt(2) * sem, in its units. Beckerman et al. (2001), Quality of Life Research 10,
        571-578; Weir (2005), Journal of Strength and Conditioning Research 19, 231-240.

    Examples
    --------
    >>> round(float(minimal_detectable_change(2.0)), 4)
    5.5436
    """
    change: FloatArray = ndtri((1 + confidence) / 2) * np.sqrt(2) * as_float(sem)
    return change[()]


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
