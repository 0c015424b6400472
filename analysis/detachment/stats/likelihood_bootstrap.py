"""Incomplete answers in, a statistic of the maximum likelihood moments of many resamples out.

As :mod:`detachment.stats.bootstrap` does for complete answers: a resample is a count for each
cluster, and the sums of each pattern of missing answers follow by one matrix product. EM then runs
for a block of resamples at a time, from the moments of the sample.
"""

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray, as_columns, canonical_order
from detachment.stats._clusters import cluster_codes
from detachment.stats._draws import KEYED, draw_counts, seed_of
from detachment.stats.bootstrap import Bootstrap, Statistic, resample
from detachment.stats.moments import em_moments, missing_patterns

_NUMBERS = 2**21  # held at a time, about
_RIDGE = 1e-12  # of a standardized variance, so that an impossible resample stops nobody else


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def resample_likelihood(
    x: ArrayLike,
    statistic: Statistic,
    *,
    clusters: ArrayLike | None = None,
    n_boot: int = 1000,
    rng: int | np.random.Generator = 1,
    iterations: int = 500,
    tolerance: float = 1e-6,
) -> Bootstrap:
    """Resample rows or clusters; a statistic of the covariances by maximum likelihood of each.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing at random. Rows without any answer are left out.
    statistic
        Takes covariances ``(b, p, p)``, gives ``(b,)`` or ``(b, s)``.
    clusters
        Which cluster each row belongs to, ``(n,)``: whole clusters are drawn.
    n_boot, rng
        As for :func:`detachment.stats.bootstrap.resample`, which is what complete answers get.
    iterations, tolerance
        EM stops when a step moves nothing by more than ``tolerance`` standard deviations; a
        resample that has not stopped after so many steps has no number.

    Returns
    -------
    Bootstrap
        Without a jackknife, so that it has percentile intervals only.

    Raises
    ------
    ValueError
        Without any row, or with clusters that do not fit the rows.

    References
    ----------
    Efron, B. (1994). *Journal of the American Statistical Association, 89*, 463-475. R:
    ``lavaan::sem(missing = "fiml", se = "bootstrap")``, without its loop.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(80, 1)) + np.random.default_rng(2).normal(
    ...     size=(80, 2))
    >>> x[:20, 1] = np.nan
    >>> low, high = resample_likelihood(x, lambda c: c[:, 0, 1] / c[:, 0, 0]).percentile()
    >>> bool(low < 0.5 < high)
    True
    """
    x = as_columns(x)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"the bootstrap takes one data set of shape (n, p), n > 0, got {x.shape}")
    names = cluster_codes(clusters, len(x))
    there = ~np.isnan(x).all(axis=1)
    x, names = x[there], names[there]
    if not np.isnan(x).any():
        whole_clusters = None if clusters is None else names
        return resample(
            x, statistic, clusters=whole_clusters, n_boot=n_boot, rng=rng, jackknife=False
        )
    seed = seed_of(rng)
    whole = em_moments(x)
    estimate = np.asarray(statistic(whole.cov[None].repeat(2, axis=0)), dtype=np.float64)[0]
    replicates = np.full((n_boot, *estimate.shape), np.nan)
    order = canonical_order(x)
    code = _cluster_numbers(x[order], names[order])
    g = int(code.max()) + 1
    if whole.converged:
        sd = np.sqrt(np.diagonal(whole.cov))
        patterns = _Patterns((x[order] - whole.mean) / sd, code)
        start = whole.cov / (sd[:, None] * sd)
        p = len(sd)
        each = len(patterns.seen) * 6 * p * p + g
        block = KEYED * max(1, _NUMBERS // (KEYED * each))
        for at, counts in draw_counts(g, n_boot, seed, block):
            cov = _maximum(*patterns.sums(counts), patterns.seen, start, iterations, tolerance)
            cov *= sd[:, None] * sd
            replicates[at : at + len(counts)] = statistic(cov)
    return Bootstrap(
        estimate=estimate[()],
        replicates=replicates,
        jackknife=np.full((0, *estimate.shape), np.nan),
        clusters=g,
        seed=seed,
    )


def _cluster_numbers(x: FloatArray, names: np.ndarray) -> IntArray:
    """Clusters of rows in canonical order, numbered by what stands in them, not by their names."""
    _, code = np.unique(names, return_inverse=True)
    value = np.nan_to_num(x, nan=np.pi)
    sums = np.zeros((int(code.max()) + 1, x.shape[1] + 1))
    np.add.at(sums, code, np.column_stack([np.ones(len(x)), value]))
    place = np.empty(len(sums), dtype=np.int64)
    place[canonical_order(sums)] = np.arange(len(sums))
    return place[code]


class _Patterns:
    """Rows by what is missing: ``seen`` (g, p), and what their sums in a resample are."""

    def __init__(self, x: FloatArray, code: IntArray) -> None:
        groups = list(missing_patterns(x))
        self.seen = np.array([there for _, there in groups], dtype=np.float64)
        self._clusters = [code[rows] for rows, _ in groups]
        self._products = []
        for rows, _ in groups:
            own = np.nan_to_num(x[rows])
            product = own[:, :, None] * own[:, None, :]
            columns = [np.ones((len(own), 1)), own, product.reshape(len(own), -1)]
            self._products.append(np.concatenate(columns, axis=1))

    def sums(self, counts: np.ndarray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Rows (b, g), totals (b, g, p) and products (b, g, p, p) of resamples (b, clusters)."""
        b, (g, p) = len(counts), self.seen.shape
        found = np.empty((b, g, 1 + p + p * p))
        for k, (clusters, products) in enumerate(zip(self._clusters, self._products, strict=True)):
            found[:, k] = counts[:, clusters].astype(np.float64) @ products
        return found[..., 0], found[..., 1 : p + 1], found[..., p + 1 :].reshape(b, g, p, p)


def _maximum(
    n: FloatArray,
    total: FloatArray,
    square: FloatArray,
    seen: FloatArray,
    start: FloatArray,
    iterations: int,
    tolerance: float,
) -> FloatArray:
    """Covariances (b, p, p) by EM, NaN where it has not stopped; see ``moments._Patterns.step``."""
    b, p = len(n), seen.shape[1]
    both = seen[:, :, None] * seen[:, None, :]
    k = np.arange(p)
    found = np.full((b, p, p), np.nan)
    active = np.arange(b)
    mean, cov = np.zeros((b, p)), start[None].repeat(b, axis=0)
    for _ in range(iterations):
        rows = n[active].sum(axis=1)[:, None]
        filled = cov[:, None] * both
        filled[..., k, k] += 1 - seen + _RIDGE
        inverse = np.linalg.inv(filled) * both
        centre = seen * mean[:, None]
        size = n[active][..., None]
        off = total[active] - size * centre
        first = np.matmul(inverse, off[..., None])[..., 0].sum(axis=1)
        across = total[active][..., :, None] * centre[..., None, :]
        about = square[active] - across - across.mT
        about += (size * centre)[..., :, None] * centre[..., None, :]
        second = np.sum(inverse @ about @ inverse - size[..., None] * inverse, axis=1)
        move = np.matmul(cov, first[..., None])[..., 0] / rows
        change = cov @ (second / rows[..., None]) @ cov - move[:, :, None] * move[:, None, :]
        mean, cov = mean + move, cov + (change + change.mT) / 2
        moved = np.maximum(np.abs(move).max(axis=1), np.abs(change).max(axis=(1, 2)))
        done = moved < tolerance
        found[active[done]] = cov[done]
        going = ~done & np.isfinite(moved)
        active, mean, cov = active[going], mean[going], cov[going]
        if not active.size:
            break
    return found
