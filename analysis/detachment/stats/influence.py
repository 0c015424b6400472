"""Standard errors of any smooth function of the covariances: with or without normality, by dyad.

A function of the covariance matrix S is told by its gradient D (symmetric: df = tr(D dS)). What one
respondent adds to the estimate is then z'Dz - tr(DS), z being the answers about their means. Its
sums over a dyad are independent of those of other dyads, whatever the answers' distribution.
"""

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_columns, as_float, canonical_order
from detachment.stats._clusters import cluster_codes, cluster_sums


def normal_covariance(cov: ArrayLike, gradients: ArrayLike, n: float) -> FloatArray:
    """Covariance of q functions of the covariances of n normal respondents: 2 tr(D S E S) / n.

    Parameters
    ----------
    cov
        Covariances S, (p, p).
    gradients
        (q, p, p).
    n
        Respondents; where degrees of freedom are wanted in their place, these.

    Returns
    -------
    FloatArray
        (q, q).

    References
    ----------
    Browne, M. W. (1974). *South African Statistical Journal, 8*, 1-24.

    Examples
    --------
    >>> normal_covariance([[2.0]], [[[1.0]]], 8).tolist()
    [[1.0]]
    """
    S, D = as_float(cov), as_float(gradients)
    turned = D @ S
    found: FloatArray = 2.0 * np.einsum("aij,bji->ab", turned, turned) / n
    return found


def covariance_influence(x: ArrayLike, gradients: ArrayLike) -> FloatArray:
    """What each of n complete rows adds to q functions of the covariances.

    Parameters
    ----------
    x
        Rows, (n, p).
    gradients
        At the covariances of these rows, (q, p, p).

    Returns
    -------
    FloatArray
        (n, q), with means of zero.

    References
    ----------
    Hampel, F. R. (1974). *Journal of the American Statistical Association, 69*, 383-393.

    Examples
    --------
    >>> covariance_influence([[1.0], [2.0], [6.0]], [[[1.0]]]).round(3).ravel().tolist()
    [-0.667, -3.667, 4.333]
    """
    x, D = as_columns(x), as_float(gradients)
    order = canonical_order(x)
    off = x - x[order].mean(axis=0)
    parts = np.stack([np.sum((off @ d) * off, axis=1) for d in D], axis=1)
    found: FloatArray = parts - parts[order].mean(axis=0)
    return found


def likelihood_influence(x: ArrayLike, gradients: ArrayLike, means: ArrayLike) -> FloatArray:
    """As :func:`covariance_influence`, of incomplete rows and moments by maximum likelihood.

    Parameters
    ----------
    x
        Rows, (n, p), NaN where missing; every row has an answer.
    gradients
        In the covariances, (q, p, p), at those of maximum likelihood (divisor n).
    means
        Gradients in the means, (q, p).

    Returns
    -------
    FloatArray
        (n, q); NaN where the moments cannot be estimated.

    References
    ----------
    Yuan, K.-H., & Bentler, P. M. (2000). *Sociological Methodology, 30*, 165-200. R: ``lavaan``
    with ``estimator = "MLR"`` and ``missing = "fiml"``.

    Examples
    --------
    >>> rows = np.array([[1.0, 2.0], [2.0, 1.0], [4.0, 4.0], [3.0, np.nan]])
    >>> likelihood_influence(rows, np.diag([1.0, 0])[None], np.zeros((1, 2))).round(2).ravel()
    array([ 1., -1.,  1., -1.])
    """
    from detachment.stats.sem.model import vech_index
    from detachment.stats.sem.sample import (
        casewise_slopes,
        likelihood_information,
        sample_moments,
    )

    x = as_columns(x)
    D, M = as_float(gradients), as_float(means)
    order = canonical_order(x)  # the order in which the sample keeps its rows
    sample = sample_moments(x[order], "fiml")
    if sample.n != len(x):
        raise ValueError("a row without any answer has no likelihood")
    slopes = casewise_slopes(sample, sample.mean, sample.cov)
    information = likelihood_information(sample, sample.mean, sample.cov, observed=True)
    low, left = vech_index(x.shape[1])
    times = np.where(low == left, 1.0, 2.0)
    gradient = np.concatenate([M, times * D[:, low, left]], axis=1)
    found = np.full((len(x), len(D)), np.nan)
    if np.isfinite(information).all():
        solved = np.linalg.lstsq(information, gradient.T, rcond=None)[0]
        found[order] = len(x) * slopes @ solved
    return found


def influence_covariance(influences: ArrayLike, *, clusters: ArrayLike | None = None) -> FloatArray:
    """Covariance of estimates from what each row adds to them.

    Parameters
    ----------
    influences
        Of n rows on q estimates, (n, q), with means of zero; an estimate is their mean.
    clusters
        Cluster of each row, (n,): only clusters are independent. By default each row is its own.

    Returns
    -------
    FloatArray
        (q, q), with the factor g / (g - 1) for g clusters; NaN for one cluster.

    References
    ----------
    Liang, K.-Y., & Zeger, S. L. (1986). *Biometrika, 73*, 13-22. R: ``sandwich::vcovCL``.

    Examples
    --------
    >>> influence_covariance([[1.0], [-1.0], [2.0], [-2.0]]).round(4).tolist()
    [[0.8333]]
    >>> influence_covariance([[1.0], [-1.0], [2.0], [-2.0]], clusters=[1, 1, 2, 2]).tolist()
    [[0.0]]
    """
    parts = as_columns(influences)
    n = len(parts)
    order = canonical_order(parts)
    sums = parts[order]
    if clusters is not None:
        sums = cluster_sums(sums, cluster_codes(clusters, n)[order])
    g = len(sums)
    if g < 2:
        return np.full((parts.shape[1],) * 2, np.nan)
    found: FloatArray = g / (g - 1.0) * sums.T @ sums / n**2
    return found
