"""Answers in, numbers of answers, means and covariances out: what classical statistics are made of.

Sums and sums of products of whole numbers are whole numbers, and float64 holds them exactly up to
2**53: for answer codes every moment is a ratio of two exact integers, rounded once. It therefore
does not depend on the order of the rows, on blocks or on threads. Answers that are not whole (scale
means) are put into an order of their own first, which frees them from the order of the rows too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    as_square,
    diagonal,
    in_canonical_order,
    is_whole,
)

_BLOCK = (
    8192  # rows at a time: blocks stay in the cache, and float32 sums of small codes stay exact
)
_EXACT32 = 2**24


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Numbers of answers, means and covariances of p items.

    Attributes
    ----------
    n
        Rows where both items are answered, ``(..., p, p)``; the diagonal counts single items.
    mean
        Mean of each item over the rows where it is answered, ``(..., p)``.
    cov
        Covariances with divisor n - 1, ``(..., p, p)``; NaN where fewer than two rows are left.
    """

    n: IntArray
    mean: FloatArray
    cov: FloatArray


def pairwise_moments(x: ArrayLike) -> Moments:
    """Moments of each pair of items over the rows where both are answered.

    Parameters
    ----------
    x
        Answers, ``(..., n, p)``; NaN is missing.

    Returns
    -------
    Moments
        As R's ``cov(x, use = "pairwise.complete.obs")``: the means inside a covariance are those
        of the pair's own rows. Exact for whole numbers (see the module's first lines).

    Examples
    --------
    >>> m = pairwise_moments([[1, 2], [2, 4], [3, np.nan], [4, 3]])
    >>> m.n.tolist()
    [[4, 3], [3, 3]]
    >>> m.mean.tolist()
    [2.5, 3.0]
    >>> m.cov.round(4).tolist()
    [[1.6667, 0.5], [0.5, 1.0]]
    """
    x = as_columns(x)
    shifted, shift = centred(x)
    sums = cross_sums(shifted, shifted)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = shift + diagonal(sums.x) / diagonal(sums.n)
    return Moments(sums.n.astype(np.int64), mean, sums.cov())


def listwise_moments(x: ArrayLike) -> Moments:
    """Moments over the rows without any missing answer.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.

    Returns
    -------
    Moments
        As R's ``cov(na.omit(x))``.

    Raises
    ------
    ValueError
        For a stack of data sets, whose numbers of complete rows would differ.

    Examples
    --------
    >>> m = listwise_moments([[1, 2], [2, 4], [3, np.nan], [4, 3]])
    >>> m.n.tolist(), m.mean.round(4).tolist()
    ([[3, 3], [3, 3]], [2.3333, 3.0])
    """
    x = as_columns(x)
    if x.ndim != 2:
        raise ValueError(f"listwise deletion takes one data set of shape (n, p), got {x.shape}")
    return pairwise_moments(x[~np.isnan(x).any(axis=1)])


def em_moments(x: ArrayLike, *, iterations: int = 200, tolerance: float = 1e-8) -> Moments:
    """Moments of items with missing answers by maximum likelihood under normality (EM).

    Every row counts with what it has, and the covariances never contradict one another, which
    pairwise ones can.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.
    iterations, tolerance
        Stop when no mean or covariance moves by more than ``tolerance`` of its item's standard
        deviations, and at the latest after so many iterations.

    Returns
    -------
    Moments
        Complete answers give :func:`listwise_moments`: the divisor is n - 1, n the rows with any
        answer. NaN where an item has fewer than two answers or does not vary.

    References
    ----------
    Little, R. J. A., & Rubin, D. B. (2019). *Statistical Analysis with Missing Data* (3rd ed.),
    section 11.2. R: ``psych::corFiml`` and ``norm::em.norm`` have the same maximum.

    Examples
    --------
    >>> m = em_moments([[1, 2], [2, 4], [3, np.nan], [4, 3], [5, 6]])
    >>> m.mean.round(2).tolist()
    [3.0, 3.75]
    """
    x = as_columns(x)
    start = pairwise_moments(x)
    x = x[~np.isnan(x).all(axis=1)]
    n, p = x.shape
    variance = diagonal(start.cov)
    if not np.isnan(x).any() or not (variance > 0).all():
        return start
    sd = np.sqrt(variance)
    patterns = list(missing_patterns(x))
    mean, cov = start.mean, np.diag(variance)
    for _ in range(iterations):
        total, square = np.zeros(p), np.zeros((p, p))
        for rows, seen in patterns:
            filled = x[rows] - mean
            if not seen.all():
                slope = np.linalg.solve(cov[np.ix_(seen, seen)], cov[np.ix_(seen, ~seen)])
                filled[:, ~seen] = filled[:, seen] @ slope
                left = cov[np.ix_(~seen, ~seen)] - cov[np.ix_(~seen, seen)] @ slope
                square[np.ix_(~seen, ~seen)] += len(rows) * left
            total += filled.sum(axis=0)
            square += filled.T @ filled
        step = total / n
        new = square / n - np.outer(step, step)
        new = (new + new.T) / 2
        moved = max(np.abs(step / sd).max(), (np.abs(new - cov) / np.outer(sd, sd)).max())
        mean, cov = mean + step, new
        if moved < tolerance:
            break
    return Moments(start.n, mean, cov * n / (n - 1))


def missing_patterns(x: FloatArray) -> Iterator[tuple[IntArray, BoolArray]]:
    """Rows ``(n, p)`` grouped by which answers they have: positions of rows, and the items seen."""
    seen = ~np.isnan(x)
    codes = np.ascontiguousarray(np.packbits(seen, axis=1))
    keys = codes.view(np.dtype((np.void, codes.shape[1]))).ravel()
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=len(first)))
    for k, rows in enumerate(np.split(order, ends[:-1])):
        yield rows, seen[first[k]]


def correlation_from(cov: ArrayLike) -> FloatArray:
    """Correlations from covariances.

    Parameters
    ----------
    cov
        Covariances, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(..., p, p)``; NaN in the rows of a constant item. As R's ``cov2cor``. From pairwise
        covariances this is what ``psych::alpha`` standardizes; the correlations of each pair's own
        rows are :func:`detachment.stats.correlation.pearson`.

    Examples
    --------
    >>> correlation_from([[4.0, 1.0], [1.0, 1.0]]).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    cov = as_square(cov)
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(diagonal(cov))
        cor: FloatArray = cov / (sd[..., :, None] * sd[..., None, :])
    k = np.arange(cov.shape[-1])
    cor[..., k, k] = np.where(sd > 0, 1.0, np.nan)
    cor[np.isinf(cor)] = np.nan
    return cor


def effective_n(n: ArrayLike) -> FloatArray:
    """One number of respondents for a matrix of pairwise ones: the harmonic mean off the diagonal.

    Parameters
    ----------
    n
        Pairwise numbers of rows, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``; 0 when some pair was never answered together; n itself for a single item.

    Examples
    --------
    >>> float(effective_n([[100, 80], [80, 90]]))
    80.0
    """
    n = as_square(n)
    p = n.shape[-1]
    if p == 1:
        return n[..., 0, 0]
    pairs = n[..., *np.tril_indices(p, -1)]
    low = pairs.min(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        harmonic = low * pairs.shape[-1] / np.sum(low[..., None] / pairs, axis=-1)
    return np.where(low > 0, harmonic, 0.0)[()]


def constant_items(cov: ArrayLike) -> BoolArray:
    """Say which items have no variance, or none that can be estimated.

    Parameters
    ----------
    cov
        Covariances, ``(..., p, p)``.

    Returns
    -------
    BoolArray
        ``(..., p)``.

    Examples
    --------
    >>> constant_items([[1.0, 0.0], [0.0, 0.0]]).tolist()
    [False, True]
    """
    return ~(diagonal(as_square(cov)) > 0)


@dataclass(frozen=True, slots=True, eq=False)
class CrossSums:
    """Sums over the rows where x_i and y_j are both answered, each ``(..., p, q)``."""

    n: FloatArray
    x: FloatArray
    y: FloatArray
    xx: FloatArray
    yy: FloatArray
    xy: FloatArray

    def cov(self) -> FloatArray:
        """Covariances with divisor n - 1; NaN where fewer than two rows are left."""
        with np.errstate(divide="ignore", invalid="ignore"):
            cov = (self.n * self.xy - self.x * self.y) / (self.n * (self.n - 1))
        return np.where((self.n > 1) & np.isfinite(cov), cov, np.nan)

    def cor(self) -> FloatArray:
        """Pearson correlations; NaN where a variable is constant in the pair's rows."""
        with np.errstate(divide="ignore", invalid="ignore"):
            xx = _spread(self.n * self.xx, self.x)
            yy = _spread(self.n * self.yy, self.y)
            r = (self.n * self.xy - self.x * self.y) / np.sqrt(xx * yy)
        return np.where((self.n > 1) & np.isfinite(r), np.clip(r, -1.0, 1.0), np.nan)


def _spread(square: FloatArray, x: FloatArray) -> FloatArray:
    """A sum of squares about the mean, times n; 0 where only rounding is left of it."""
    spread = square - x**2
    return np.where(spread > 1e-12 * square, spread, 0.0)


def centred(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Answers minus a constant near each column's mean, and that constant, ``(..., p)``.

    Whole numbers stay whole; others come in canonical order. Keeping the sums small keeps them
    exact, and keeps differences of large sums from losing digits.
    """
    whole = is_whole(x)
    if not whole:
        x = in_canonical_order(x)
    there = ~np.isnan(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.sum(x, axis=-2, where=there) / np.sum(there, axis=-2)
        shift = np.where(np.isfinite(shift), np.rint(shift), 0.0)
        if not whole:
            # an answer near the mean, so that a constant column becomes exactly zero
            distance = np.where(there, np.abs(x - shift[..., None, :]), np.inf)
            nearest = np.argmin(distance, axis=-2, keepdims=True)
            value = np.take_along_axis(x, nearest, axis=-2)[..., 0, :]
            shift = np.where(np.isfinite(value), value, 0.0)
        return x - shift[..., None, :], shift


def cross_sums(x: FloatArray, y: FloatArray) -> CrossSums:
    """Sums of each pair of a column of x ``(..., n, p)`` and one of y ``(..., n, q)``.

    Give columns that are :func:`centred`; x and y must then have been centred together.
    """
    largest = max(float(np.max(np.abs(a), where=~np.isnan(a), initial=0.0)) for a in (x, y))
    single = is_whole(x) and is_whole(y) and largest**2 * _BLOCK < _EXACT32
    dtype = np.float32 if single else np.float64
    p, q, n = x.shape[-1], y.shape[-1], x.shape[-2]
    total = np.zeros((*x.shape[:-2], 3 * p, 3 * q))
    for start in range(0, n, _BLOCK):
        u = _with_mask_and_square(x[..., start : start + _BLOCK, :], dtype)
        v = u if y is x else _with_mask_and_square(y[..., start : start + _BLOCK, :], dtype)
        with np.errstate(invalid="ignore", over="ignore"):
            total += np.swapaxes(u, -1, -2) @ v
    part = total.reshape(*x.shape[:-2], 3, p, 3, q)
    return CrossSums(
        n=part[..., 0, :, 0, :],
        x=part[..., 1, :, 0, :],
        y=part[..., 0, :, 1, :],
        xx=part[..., 2, :, 0, :],
        yy=part[..., 0, :, 2, :],
        xy=part[..., 1, :, 1, :],
    )


def _with_mask_and_square(block: FloatArray, dtype: type[np.floating]) -> np.ndarray:
    there = ~np.isnan(block)
    value = np.where(there, block, 0.0).astype(dtype)
    return np.concatenate([there.astype(dtype), value, value * value], axis=-1)
