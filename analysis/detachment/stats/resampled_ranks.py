"""Pairs of variables in, thousands of resampled rank correlations and their intervals out."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray
from detachment.stats._ranks import places_of
from detachment.stats.bootstrap import Bootstrap
from detachment.stats.resistant_correlation import PairsOfValues, bootstrap_pairs, times_of

MOST_PAIRS = 3000  # different pairs of values whose order with one another is held at a time


def rank_bootstrap(
    x: ArrayLike,
    y: ArrayLike,
    method: Literal["spearman", "kendall"],
    *,
    clusters: ArrayLike | None = None,
    n_boot: int = 10_000,
    rng: int | np.random.Generator = 1,
    jackknife: bool = False,
) -> Bootstrap:
    """Resample respondents or clusters; compute all rank correlations of each resample.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; NaN is missing, and left out pair by pair.
    method
        ``spearman`` or ``kendall`` (tau-b). Of each resample, ranks are its own.
    clusters
        Which cluster each row belongs to, ``(n,)``: whole clusters are drawn. By default each row
        is its own.
    n_boot
        Number of resamples.
    rng
        A seed, or a generator from which one is drawn.
    jackknife
        Whether each cluster is left out in turn too, for BCa intervals. The influences of
        :func:`detachment.stats.correlation_influence` serve as well, for less.

    Returns
    -------
    Bootstrap
        Of estimates ``(p, q)``; the same for every order of the rows and every amount of memory.

    Raises
    ------
    ValueError
        Without any row, when x, y and clusters have not the same rows, for another method; for
        Kendall's tau of a pair with more than 3000 different pairs of values.

    References
    ----------
    Efron, B., & Tibshirani, R. J. (1993). *An Introduction to the Bootstrap*. Davison, A. C., &
    Hinkley, D. V. (1997). *Bootstrap Methods and their Application*, section 3.8 (clusters).

    Examples
    --------
    >>> x = np.random.default_rng(1).integers(1, 6, size=(50, 1))
    >>> y = x + np.random.default_rng(2).integers(-1, 3, size=(50, 2))
    >>> result = rank_bootstrap(x, y, "kendall", n_boot=200)
    >>> low, high = result.percentile()
    >>> bool((low < result.estimate).all() and (result.estimate < high).all())
    True
    """
    if method not in ("spearman", "kendall"):
        raise ValueError(f"method must be spearman or kendall, not {method!r}")
    return bootstrap_pairs(
        x,
        y,
        _Orders if method == "kendall" else _ranked,
        clusters=clusters,
        n_boot=n_boot,
        rng=rng,
        jackknife=jackknife,
    )


def _ranked(x: FloatArray, y: FloatArray) -> PairsOfValues:
    return PairsOfValues(x, y, _mid_ranks)


def _mid_ranks(_values: FloatArray, times: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Doubled mid-ranks about their mean, of values that occur so often ``(b, k)``: exact."""
    ranks = 2 * np.cumsum(times, axis=1) - times - times.sum(axis=1, keepdims=True)
    return ranks, np.zeros(len(times), dtype=bool)


class _Orders:
    """All pairs of variables, with how their pairs of values stand to one another."""

    def __init__(self, x: FloatArray, y: FloatArray) -> None:
        self._pairs: dict[tuple[int, int], tuple[IntArray, IntArray, IntArray]] = {}
        self._shape = x.shape[1], y.shape[1]
        codes = [[places_of(column) for column in side.T] for side in (x, y)]
        for i, one in enumerate(codes[0]):
            for j, other in enumerate(codes[1]):
                both = (one >= 0) & (other >= 0)
                m = int(other.max(initial=-1)) + 1
                code = np.full(len(x), -1, dtype=np.int64)
                cells, code[both] = np.unique((one * m + other)[both], return_inverse=True)
                if len(cells) > MOST_PAIRS:
                    raise ValueError(
                        f"the bootstrap of Kendall's tau takes at most {MOST_PAIRS} different "
                        f"pairs of values, got {len(cells)}"
                    )
                self._pairs[i, j] = code, cells // max(m, 1), cells % max(m, 1)

    def of(self, counts: np.ndarray | None) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Tau-b and n ``(b, p, q)`` of the rows counted so often, ``(b, n)``; or once."""
        b = 1 if counts is None else len(counts)
        r, n = np.full((b, *self._shape), np.nan), np.zeros((b, *self._shape))
        for (i, j), (code, u, v) in self._pairs.items():
            times = times_of(code, len(u), counts)
            n[:, i, j] = times.sum(axis=1)
            if not len(u):
                continue
            up, across = (np.sign(side[:, None] - side).astype(np.float64) for side in (u, v))
            score, free_x, free_y = (
                np.einsum("bu,bu->b", times @ matrix, times)
                for matrix in (up * across, np.abs(up), np.abs(across))
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                tau = score / np.sqrt(free_x * free_y)
            r[:, i, j] = np.where(np.isfinite(tau), np.clip(tau, -1.0, 1.0), np.nan)
        return r, n, np.zeros((b, *self._shape), dtype=bool)
