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
    tanh(atanh(r) +- t se), where se is the jackknife's standard error of Fisher's z with n - 1
    degrees of freedom: Arvesen (1969), Annals of Mathematical Statistics 40, 2076-2100; Miller
    (1974), Biometrika 61, 1-15. In large samples it is the distribution-free one of Steiger and
    Hakstian (1982), British Journal of Mathematical and Statistical Psychology 35, 208-215.
    Fisher's own, 1 / sqrt(n - 3), is too small for skewed answers whatever n.

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
        # without one pair: sums of standardized answers are 0, and of their squares n
        rest, count = n[..., None] - 1, n[..., None]
        xx, yy = count - zx**2 - zx**2 / rest, count - zy**2 - zy**2 / rest
        xy = (count * r[..., None] - zx * zy) - zx * zy / rest
        z = np.where(there, np.arctanh(xy / np.sqrt(xx * yy)), 0.0)
        spread = np.where(there, z - _mean(z, n)[..., None], 0.0)
        se = np.sqrt((n - 1) * _mean(spread**2, n))
        half = stdtrit(np.maximum(n - 1, 1), (1 + confidence) / 2) * se
        low, high = np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)
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
