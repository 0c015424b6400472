"""Answers and weights in, weighted means, covariances and correlations out.

The estimates alone: how sure they are depends on how people came into the sample, which is what
:mod:`detachment.stats.design` takes.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import (
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    canonical_order,
    nearest_to_mean,
)
from detachment.stats._ranks import doubled_ranks
from detachment.stats.moments import correlation_from

_NOTHING = 1e-12  # of a sum of squares: what rounding leaves of a variance that is none


@dataclass(frozen=True, slots=True, eq=False)
class WeightedMoments:
    """Weighted means and covariances of p variables.

    Attributes
    ----------
    mean
        ``(p,)``, of all answers to each variable.
    cov
        ``(p, p)``, of the rows of each pair.
    n
        Rows of each pair, ``(p, p)``.
    sum_of_weights, effective_n
        Of the rows of each pair, ``(p, p)``; the latter by :func:`kish_effective_n`.
    """

    mean: FloatArray
    cov: FloatArray
    n: IntArray
    sum_of_weights: FloatArray
    effective_n: FloatArray

    @property
    def cor(self) -> FloatArray:
        """Correlations ``(p, p)`` from the covariances."""
        return correlation_from(self.cov)


def weighted_moments(
    x: ArrayLike, weights: ArrayLike, *, divisor: Literal["unbiased", "ml", "rows"] = "unbiased"
) -> WeightedMoments:
    """Weighted means and covariances, pair by pair; drop incomplete rows before for listwise ones.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.
    weights
        ``(n,)``; rows without a positive weight are left out.
    divisor
        What the weighted mean of the products is multiplied by: ``unbiased``
        1 / (1 - sum of squared shares), ``ml`` 1, ``rows`` n / (n - 1).

    Returns
    -------
    WeightedMoments
        Correlations are the same for all three divisors where no answer is missing. NaN with fewer
        than two rows.

    Raises
    ------
    ValueError
        For weights that do not fit the rows, and another divisor.

    Notes
    -----
    R's ``stats::cov.wt``, ``unbiased`` and ``ml``; ``psych::cor.wt`` for complete rows; ``rows``
    is that of ``survey::svyvar``.

    Examples
    --------
    >>> found = weighted_moments([[1, 2], [2, 5], [4, 4]], [1, 2, 1])
    >>> found.mean.tolist(), found.cov.round(3).tolist()
    ([2.25, 4.0], [[1.9, 0.8], [0.8, 2.4]])
    """
    if divisor not in ("unbiased", "ml", "rows"):
        raise ValueError(f"divisor must be unbiased, ml or rows, not {divisor!r}")
    x = as_columns(x)
    sums = _Sums.of(x, x, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = sums.square / sums.weight**2
        factors = {
            "unbiased": 1 / (1 - share),
            "ml": np.ones(share.shape),
            "rows": sums.n / (sums.n - 1),
        }
        cov = sums.covariance() * factors[divisor]
        mean = sums.shift + np.diagonal(sums.x) / np.diagonal(sums.weight)
        effective = 1 / share
    return WeightedMoments(
        mean=mean,
        cov=np.where((sums.n > 1) & np.isfinite(cov), cov, np.nan),
        n=sums.n.astype(np.int64),
        sum_of_weights=sums.weight,
        effective_n=np.where(sums.n > 0, effective, 0.0),
    )


def weighted_pearson(
    x: ArrayLike, y: ArrayLike, weights: ArrayLike
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Weighted Pearson correlations with pairwise deletion.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; NaN is missing.
    weights
        ``(n,)``; rows without a positive weight are left out.

    Returns
    -------
    r : FloatArray
        ``(p, q)``; R's ``cov.wt(cor = TRUE)`` on the rows of each pair.
    n : IntArray
        Rows of each pair.
    effective_n : FloatArray
        What n is worth, by :func:`kish_effective_n`.

    Examples
    --------
    >>> r, n, effective = weighted_pearson([1, 2, 4, 5], [2, 1, 4, np.nan], [1, 2, 1, 1])
    >>> r.round(4).tolist(), n.tolist(), effective.round(4).tolist()
    ([[0.7493]], [[3]], [[2.6667]])
    """
    sums = _Sums.of(as_columns(x), as_columns(y), weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums.cor(), sums.n.astype(np.int64), _effective(sums)


def weighted_spearman(
    x: ArrayLike, y: ArrayLike, weights: ArrayLike
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Weighted Pearson correlations of ordinary mid-ranks within each pair's own rows.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; NaN is missing.
    weights
        ``(n,)``; rows without a positive weight are left out.

    Returns
    -------
    r : FloatArray
        ``(p, q)``.
    n : IntArray
        Rows of each pair.
    effective_n : FloatArray
        What n is worth.

    Notes
    -----
    One of several definitions: ranks do not take the weights, as in ``wCorr::weightedCorr``; other
    packages weight the ranks too.

    Examples
    --------
    >>> r, n, effective = weighted_spearman([1, 2, 4, 5], [2, 1, 4, 9], [1, 2, 1, 1])
    >>> r.round(4).tolist()
    [[0.7736]]
    """
    x, y, weights = as_columns(x), as_columns(y), as_float(weights)
    _check(x, y, weights)
    shape = x.shape[1], y.shape[1]
    r, n, effective = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64), np.zeros(shape)
    for i in range(shape[0]):
        for j in range(shape[1]):
            there = np.isfinite(x[:, i]) & np.isfinite(y[:, j]) & (weights > 0)
            ranks = doubled_ranks(np.column_stack([x[there, i], y[there, j]]))
            found = weighted_pearson(ranks[:, 0], ranks[:, 1], weights[there])
            (r[i, j],), (n[i, j],), (effective[i, j],) = (part[0] for part in found)
    return r, n, effective


def kish_effective_n(weights: ArrayLike) -> FloatArray:
    """How many people with equal weights would give a mean as sure as these do.

    Parameters
    ----------
    weights
        ``(..., n)``; NaN and what is not positive is left out.

    Returns
    -------
    FloatArray
        ``(...)``: the squared sum over the sum of squares, if weights have nothing to do with the
        answers. n over it is Kish's design effect of weighting.

    References
    ----------
    Kish, L. (1965). *Survey Sampling*, 11.2C.

    Examples
    --------
    >>> float(kish_effective_n([1, 1, 1, 3]))
    3.0
    """
    weights = as_float(weights)
    w = np.sort(np.where(weights > 0, weights, 0.0), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = w.sum(axis=-1) ** 2 / np.sum(w**2, axis=-1)
    return np.where(np.isfinite(n), n, 0.0)[()]


def _effective(sums: "_Sums") -> FloatArray:
    return np.where(sums.n > 0, sums.weight**2 / sums.square, 0.0)


def _check(x: FloatArray, y: FloatArray, weights: FloatArray) -> None:
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ValueError(f"expected answers (n, p) and (n, q), got {x.shape} and {y.shape}")
    if weights.shape != (len(x),):
        raise ValueError(f"weights must have shape ({len(x)},), got {weights.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Weighted sums over the rows of each pair, each ``(p, q)``, of answers less a constant."""

    n: FloatArray
    weight: FloatArray
    square: FloatArray
    x: FloatArray
    y: FloatArray
    xx: FloatArray
    yy: FloatArray
    xy: FloatArray
    shift: FloatArray

    @classmethod
    def of(cls, x: FloatArray, y: FloatArray, weights: ArrayLike) -> "_Sums":
        weights = as_float(weights)
        _check(x, y, weights)
        both = np.concatenate([x, y, weights[:, None]], axis=1)
        both = both[canonical_order(both)]
        weights = both[:, -1]
        both, weights = both[weights > 0, :-1], weights[weights > 0, None]
        there = np.isfinite(both)
        shift = nearest_to_mean(both, there)
        value = np.where(there, both - shift, 0.0)
        p = x.shape[1]
        m, k = there[:, :p].astype(np.float64), there[:, p:].astype(np.float64)
        u, v = value[:, :p], value[:, p:]
        wm, wu, wk, wv = weights * m, weights * u, weights * k, weights * v
        return cls(
            n=m.T @ k,
            weight=wm.T @ k,
            square=wm.T @ wk,
            x=wu.T @ k,
            y=wm.T @ v,
            xx=(wu * u).T @ k,
            yy=m.T @ (wv * v),
            xy=wu.T @ v,
            shift=shift[:p],
        )

    def covariance(self) -> FloatArray:
        """Weighted mean of the products of distances from the pair's own means."""
        cov: FloatArray = (self.xy - self.x * self.y / self.weight) / self.weight
        return cov

    def cor(self) -> FloatArray:
        xx, yy = self.xx - self.x**2 / self.weight, self.yy - self.y**2 / self.weight
        xx, yy = np.where(xx > _NOTHING * self.xx, xx, 0), np.where(yy > _NOTHING * self.yy, yy, 0)
        r = self.weight * self.covariance() / np.sqrt(xx * yy)
        return np.where((self.n > 1) & np.isfinite(r), np.clip(r, -1.0, 1.0), np.nan)
