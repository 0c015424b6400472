"""Pairs of answers in, intervals of Pearson's correlation that need no normal answers out."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from detachment.stats._arrays import FloatArray, as_float


def robust_fisher_interval(
    x: ArrayLike, y: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of Pearson's correlation on Fisher's scale, whatever the distribution.

    Parameters
    ----------
    x, y
        Answers, ``(..., n)``, of shapes that fit each other; NaN is missing, and left out pair by
        pair. All correlations of p and q items are ``x.T[:, None]`` and ``y.T[None]``.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high, ``(...)``; NaN with fewer than four pairs, without variance, and for a
        correlation of 1 or -1.

    Notes
    -----
    tanh(atanh(r) +- t se / (1 - r^2)), where se^2 is the mean square of each pair's influence on r,
    zx zy - r (zx^2 + zy^2) / 2, over n - 1: Steiger and Hakstian (1982), British Journal of
    Mathematical and Statistical Psychology 35, 208-215; Bishara, Li and Nash (2018), the same
    journal 71, 167-185. Fisher's own interval takes 1 / (n - 3) in place of se^2 / (1 - r^2)^2, and
    is too narrow for skewed answers whatever n.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=400)
    >>> low, high = robust_fisher_interval(x, x + rng.normal(size=400))
    >>> round(float(low), 2), round(float(high), 2)
    (0.63, 0.73)
    """
    x, y = np.broadcast_arrays(as_float(x), as_float(y))
    there = np.isfinite(x) & np.isfinite(y)
    n = there.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        zx, zy = _standardized(x, there), _standardized(y, there)
        r = _mean(zx * zy, n)
        influence = zx * zy - r[..., None] * (zx**2 + zy**2) / 2
        se = np.sqrt(_mean(influence**2, n) / (n - 1)) / (1 - r**2)
        half = stdtrit(np.maximum(n - 1, 1), (1 + confidence) / 2) * se
        z = np.arctanh(r)
        low, high = np.tanh(z - half), np.tanh(z + half)
    ok = (n > 3) & (np.abs(r) < 1 - 1e-12) & np.isfinite(half)
    return np.where(ok, low, np.nan)[()], np.where(ok, high, np.nan)[()]


def _mean(x: FloatArray, n: FloatArray) -> FloatArray:
    """Mean over the pairs that are there; sorted, so that the order of the rows leaves no trace."""
    mean: FloatArray = np.sort(x, axis=-1).sum(axis=-1) / n
    return mean


def _standardized(x: FloatArray, there: np.ndarray) -> FloatArray:
    """Answers less their mean, over their standard deviation; 0 where a pair is not there."""
    n = there.sum(axis=-1)
    centred = np.where(there, x - _mean(np.where(there, x, 0.0), n)[..., None], 0.0)
    variance = _mean(centred**2, n)
    low = np.min(x, axis=-1, where=there, initial=np.inf)
    high = np.max(x, axis=-1, where=there, initial=-np.inf)
    return centred / np.sqrt(np.where(high > low, variance, np.nan))[..., None]
