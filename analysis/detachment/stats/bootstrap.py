"""Answers in, thousands of resampled covariance matrices through a statistic, intervals out.

A resample of respondents (or of dyads, classes: clusters) is a count for each of them. Numbers of
answers, sums and sums of products of a resample are those counts times the clusters' own sums: one
matrix product for many resamples, exact for whole answers. Statistics then see stacks of covariance
matrices. Random numbers come from a counter-based generator keyed by the seed and by the place of
the replicate, so that they do not depend on how many replicates are computed at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from detachment.stats._arrays import FloatArray, as_columns, canonical_order, is_whole
from detachment.stats._clusters import cluster_codes, cluster_sums, numbered_clusters
from detachment.stats._draws import KEYED, draw_counts, seed_of
from detachment.stats.counts import pairwise_tables
from detachment.stats.moments import centred

Statistic = Callable[[FloatArray], ArrayLike]

_NUMBERS = 2**22  # held at a time, about: enough to keep matrix products busy
_EXACT32 = 2**24
_ROWS = 1024  # of a table at a time


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """A statistic of the sample, of its resamples, and of the sample without each cluster.

    Attributes
    ----------
    estimate
        ``()`` or ``(s,)``: one or s numbers, as the statistic gives.
    replicates
        ``(n_boot, ...)``; NaN where the statistic could not be computed.
    jackknife
        ``(clusters, ...)``: leaving out one cluster each; ``(0, ...)`` where that was not asked.
    clusters
        Number of respondents or clusters that were resampled.
    seed
        What gives the same replicates again.
    """

    estimate: FloatArray
    replicates: FloatArray
    jackknife: FloatArray
    clusters: int
    seed: int

    @property
    def failed(self) -> FloatArray:
        """Share of replicates without a number: intervals leave them out, which flatters them."""
        share: FloatArray = np.isnan(self.replicates).mean(axis=0)
        return share

    def percentile(self, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Low and high by :func:`percentile_interval`."""
        return percentile_interval(self.replicates, confidence)

    def bca(self, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Low and high by :func:`bca_interval`."""
        return bca_interval(self.estimate, self.replicates, self.jackknife, confidence)


@np.errstate(divide="ignore", invalid="ignore")
def resample(
    x: ArrayLike,
    statistic: Statistic,
    *,
    clusters: ArrayLike | None = None,
    n_boot: int = 10_000,
    rng: int | np.random.Generator = 1,
    jackknife: bool = True,
) -> Bootstrap:
    """Resample respondents or clusters; compute a statistic of the covariances of each resample.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing and is left out pair by pair within each resample. Drop
        incomplete rows before, for listwise deletion.
    statistic
        Takes covariances ``(b, p, p)``, gives ``(b,)`` or ``(b, s)``, such as
        :func:`detachment.stats.reliability.alpha`.
    clusters
        Which cluster each row belongs to, ``(n,)``: whole clusters are drawn. By default each row
        is its own.
    n_boot
        Number of resamples.
    rng
        A seed, or a generator from which one is drawn.
    jackknife
        Whether each cluster is left out in turn too, which BCa intervals need and percentile
        intervals do not.

    Returns
    -------
    Bootstrap
        The same for every order of the rows and every amount of memory.

    Raises
    ------
    ValueError
        Without any row, or with clusters that do not fit the rows.

    Notes
    -----
    Efron and Tibshirani (1993), An Introduction to the Bootstrap; clusters as in Davison and
    Hinkley (1997), Bootstrap Methods and their Application, section 3.8. Duplicates R's
    ``psych::alpha(n.iter =)`` for alpha, without its loop.

    Examples
    --------
    >>> from detachment.stats.reliability import alpha
    >>> x = np.random.default_rng(7).integers(1, 6, size=(60, 1)) + np.array([[0, 0, 1]])
    >>> x = x + np.random.default_rng(8).integers(-1, 2, size=x.shape)
    >>> result = resample(x, alpha, n_boot=200)
    >>> low, high = result.bca()
    >>> bool(low < result.estimate < high)
    True
    """
    x = as_columns(x)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"the bootstrap takes one data set of shape (n, p), n > 0, got {x.shape}")
    seed = seed_of(rng)
    sums = _Sums.of(x, clusters)
    columns, g = sums.products.shape
    total = sums.products.sum(axis=1, dtype=np.float64)
    estimate = sums.apply(statistic, total[:, None])[0]

    replicates = np.full((n_boot, *estimate.shape), np.nan)
    block = KEYED * max(1, _NUMBERS // (KEYED * (g + 6 * columns)))
    for start, counts in draw_counts(g, n_boot, seed, block):
        replicates[start : start + block] = sums.apply(statistic, sums.products @ counts.T)

    left_out = np.full((g if jackknife else 0, *estimate.shape), np.nan)
    for start in range(0, len(left_out), block):
        left = total[:, None] - sums.products[:, start : start + block]
        left_out[start : start + block] = sums.apply(statistic, left)
    return Bootstrap(
        estimate=estimate[()], replicates=replicates, jackknife=left_out, clusters=g, seed=seed
    )


@np.errstate(divide="ignore", invalid="ignore")
def resample_tables(
    x: ArrayLike,
    statistic: Statistic,
    *,
    clusters: ArrayLike | None = None,
    n_boot: int = 1000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """Resample respondents or clusters; compute a statistic of the tables of counts.

    Parameters
    ----------
    x
        Answers, ``(n, p)``, of few different values; NaN is missing.
    statistic
        Takes tables ``(b, p, p, k, k)`` as
        :func:`detachment.stats.polychoric_items.polychoric_from_tables` does, gives ``(b,)`` or
        ``(b, s)``.
    clusters, n_boot, rng
        As for :func:`resample`; the same resamples are drawn.

    Returns
    -------
    Bootstrap
        Without a jackknife (``(0, ...)``), so that it has percentile intervals only.

    Raises
    ------
    ValueError
        Without any row, with clusters that do not fit the rows, and for values that are no
        categories.

    References
    ----------
    Efron, B., & Tibshirani, R. J. (1993). *An Introduction to the Bootstrap*.

    Examples
    --------
    >>> x = np.array([[1, 1], [2, 1], [2, 2], [1, 1], [2, 2], [1, 2]])
    >>> result = resample_tables(x, lambda counts: counts[:, 0, 1, 0, 0], n_boot=3)
    >>> float(result.estimate), result.replicates.tolist()
    (2.0, [2.0, 2.0, 2.0])
    """
    x = as_columns(x)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"the bootstrap takes one data set of shape (n, p), n > 0, got {x.shape}")
    seed = seed_of(rng)
    whole = pairwise_tables(x)
    p, k = whole.categories.shape
    order = canonical_order(x)
    hot = (x[order][:, :, None] == whole.categories).astype(np.float32).reshape(len(x), p * k)
    row = np.arange(len(x))
    if clusters is not None:
        row = numbered_clusters(cluster_codes(clusters, len(x))[order])
    g = int(row.max()) + 1
    estimate = np.asarray(statistic(whole.counts[None].astype(np.float64)), dtype=np.float64)[0]

    replicates = np.full((n_boot, *estimate.shape), np.nan)
    block = KEYED * max(1, _NUMBERS // (KEYED * (len(x) + 2 * (p * k) ** 2)))
    for start, counts in draw_counts(g, n_boot, seed, block):
        tables = np.zeros((len(counts), p * k, p * k))
        for at in range(0, len(x), _ROWS):
            # counts of a block of rows are exact in float32
            part, times = hot[at : at + _ROWS], counts[:, row[at : at + _ROWS]]
            tables += part.T @ (times[:, :, None] * part)
        stack = tables.reshape(-1, p, k, p, k).swapaxes(2, 3)
        replicates[start : start + len(counts)] = statistic(stack)
    return Bootstrap(
        estimate=estimate[()],
        replicates=replicates,
        jackknife=np.full((0, *estimate.shape), np.nan),
        clusters=g,
        seed=seed,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums of each cluster ``(columns, g)``: pairs' numbers, sums and products, packed."""

    products: np.ndarray
    items: int
    complete: bool

    @classmethod
    def of(cls, x: FloatArray, clusters: ArrayLike | None) -> "_Sums":
        n, p = x.shape
        order = canonical_order(x)
        x = centred(x[order])[0]  # which leaves this order as it is
        i, j = np.triu_indices(p)
        there = (~np.isnan(x)).astype(np.float64)
        x = np.where(there > 0, x, 0.0)
        complete = bool(there.all())
        if complete:
            columns = [np.ones((n, 1)), x, x[:, i] * x[:, j]]
        else:
            given = (x[:, :, None] * there[:, None, :]).reshape(n, p * p)
            columns = [there[:, i] * there[:, j], given, x[:, i] * x[:, j]]
        products = np.concatenate(columns, axis=1)
        if clusters is not None:
            products = cluster_sums(products, cluster_codes(clusters, n)[order])
        exact = is_whole(products) and np.abs(products).max() * len(products) < _EXACT32
        dtype = np.float32 if exact else np.float64
        return cls(np.ascontiguousarray(products.T, dtype=dtype), p, complete)

    def apply(self, statistic: Statistic, sums: np.ndarray) -> FloatArray:
        """A statistic of the covariances from sums ``(columns, b)``: ``(b, ...)``."""
        b = sums.shape[1]
        if b == 1:  # NumPy adds up a single matrix in another order than each of several
            sums = sums.repeat(2, axis=1)
        return np.asarray(statistic(self.cov(sums)), dtype=np.float64)[:b]

    def cov(self, sums: np.ndarray) -> FloatArray:
        """Covariances ``(b, p, p)`` from sums ``(columns, b)``.

        In memory they stand side by side, ``(p, p, b)``: what is then computed of each is a few
        long sums, not many short ones.
        """
        p, b = self.items, sums.shape[1]
        i, j = np.triu_indices(p)
        sums = sums.astype(np.float64)
        product = sums[-len(i) :]
        if self.complete:
            n, x = sums[:1], sums[1 : p + 1]
            between = x[i] * x[j]
        else:
            n, x = sums[: len(i)], sums[len(i) : -len(i)].reshape(p, p, b)
            between = x[i, j] * x[j, i]
        packed = (n * product - between) / (n * (n - 1))
        cov = np.empty((p, p, b))
        cov[i, j] = packed
        cov[j, i] = packed
        return np.moveaxis(cov, -1, 0)


def percentile_interval(
    replicates: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Quantiles of the replicates (the first axis) that are numbers.

    Parameters
    ----------
    replicates
        ``(n_boot, ...)``; NaN are left out.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high, ``(...)``; NaN without replicates. Efron (1979), Annals of Statistics 7, 1-26.

    Examples
    --------
    >>> low, high = percentile_interval(np.arange(101.0), 0.9)
    >>> round(float(low), 6), round(float(high), 6)
    (5.0, 95.0)
    """
    replicates = np.asarray(replicates, dtype=np.float64)
    tail = (1 - confidence) / 2
    low = np.full(replicates.shape[1:], tail)
    return _quantile(replicates, low)[()], _quantile(replicates, 1 - low)[()]


def bca_interval(
    estimate: ArrayLike,
    replicates: ArrayLike,
    jackknife: ArrayLike,
    confidence: float = 0.95,
    *,
    times: ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Bias-corrected and accelerated bootstrap interval.

    Parameters
    ----------
    estimate
        ``(...)``.
    replicates
        ``(n_boot, ...)``; NaN are left out.
    jackknife
        ``(clusters, ...)``: the estimate without each cluster.
    confidence
        Coverage, between 0 and 1.
    times
        How many clusters each number of the jackknife stands for; by default one.

    Returns
    -------
    tuple of FloatArray
        Low and high, ``(...)``; NaN where all replicates lie on one side of the estimate, or where
        the jackknife does not vary.

    Notes
    -----
    Efron (1987), Journal of the American Statistical Association 82, 171-185. Replicates equal to
    the estimate count half to each side.

    Examples
    --------
    >>> x = np.arange(101.0)
    >>> low, high = bca_interval(50.0, x, np.array([49.0, 50.0, 51.0]), 0.9)
    >>> round(float(low), 4), round(float(high), 4)
    (5.0, 95.0)
    """
    estimate = np.asarray(estimate, dtype=np.float64)
    replicates = np.asarray(replicates, dtype=np.float64)
    jackknife = np.asarray(jackknife, dtype=np.float64)
    valid = np.sum(~np.isnan(replicates), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.sum(replicates < estimate, axis=0) + np.sum(replicates == estimate, axis=0) / 2
        bias = ndtri(below / valid)
        there = ~np.isnan(jackknife)
        often = np.broadcast_to(1.0 if times is None else np.asarray(times), jackknife.shape)
        mean = np.sum(often * jackknife, axis=0, where=there) / np.sum(often, axis=0, where=there)
        d = np.where(there, mean - jackknife, 0.0)
        acceleration = np.sum(often * d**3, axis=0) / (6 * np.sum(often * d**2, axis=0) ** 1.5)
        z = bias + ndtri((1 - confidence) / 2), bias - ndtri((1 - confidence) / 2)
        low, high = (ndtr(bias + side / (1 - acceleration * side)) for side in z)
    return _quantile(replicates, low)[()], _quantile(replicates, high)[()]


def _quantile(replicates: FloatArray, q: FloatArray) -> FloatArray:
    """Quantiles ``q`` (one for each other place) along the first axis; NaN left out, R's type 7."""
    values = np.sort(replicates, axis=0)  # NaN go to the end
    last = np.sum(~np.isnan(values), axis=0) - 1
    ok = (last >= 0) & np.isfinite(q)
    place = np.where(ok, q, 0.0) * np.maximum(last, 0)
    lower = np.floor(place).astype(np.intp)
    upper = np.minimum(lower + 1, np.maximum(last, 0))
    a, b = (np.take_along_axis(values, k[None], axis=0)[0] for k in (lower, upper))
    return np.where(ok, a + (b - a) * (place - lower), np.nan)
