"""The same yes-or-no question asked twice of the same people: what changed, and how surely."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, chdtrc, ndtri

from detachment.stats._arrays import FloatArray, IntArray, as_float
from detachment.stats.proportion import newcombe_interval

McNemar = Literal["exact", "mid_p", "asymptotic", "corrected"]
PairedInterval = Literal["newcombe", "tango"]
_HALVINGS = 60  # of an interval of width 2: to the last bit


@dataclass(frozen=True, slots=True, eq=False)
class PairedProportions:
    """Two shares of the same people, and what changed; each field ``(...)``.

    Attributes
    ----------
    n
        People asked twice.
    first, second
        Shares of yes.
    difference, low, high
        ``second - first`` with its interval; NaN without people.
    lost, gained
        How many said yes only first, and only second.
    p
        McNemar's test, two-sided.
    """

    n: IntArray
    first: FloatArray
    second: FloatArray
    difference: FloatArray
    low: FloatArray
    high: FloatArray
    lost: IntArray
    gained: IntArray
    p: FloatArray


@np.errstate(divide="ignore", invalid="ignore")
def paired_proportions(
    first: ArrayLike,
    second: ArrayLike,
    *,
    test: McNemar = "exact",
    interval: PairedInterval = "newcombe",
    confidence: float = 0.95,
) -> PairedProportions:
    """Compare the shares of yes in two answers of the same people.

    Parameters
    ----------
    first, second
        Answers 1 and 0, ``(..., n)``; NaN is missing, and only people with both count.
    test
        As for :func:`mcnemar_p`.
    interval
        As for :func:`paired_difference_interval`.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    PairedProportions

    References
    ----------
    Fagerland, M. W., Lydersen, S., & Laake, P. (2014). *Statistics in Medicine, 33*, 2850-2875.

    Examples
    --------
    >>> both = paired_proportions([1, 1, 1, 0, 0, 0], [1, 0, 1, 1, 1, 1])
    >>> int(both.gained), int(both.lost), float(both.p)
    (3, 1, 0.625)
    """
    x, y = np.broadcast_arrays(as_float(first), as_float(second))
    there = ~np.isnan(x) & ~np.isnan(y)
    yes, also = there & (x == 1), there & (y == 1)
    a, b = np.sum(yes & also, axis=-1), np.sum(yes & ~also, axis=-1)
    c, d = np.sum(also & ~yes, axis=-1), np.sum(there & ~yes & ~also, axis=-1)
    n = a + b + c + d
    low, high = paired_difference_interval(a, b, c, d, method=interval, confidence=confidence)
    return PairedProportions(
        n=n.astype(np.int64),
        first=(a + b) / n,
        second=(a + c) / n,
        difference=(c - b) / n,
        low=low,
        high=high,
        lost=b.astype(np.int64),
        gained=c.astype(np.int64),
        p=mcnemar_p(b, c, method=test),
    )


@np.errstate(divide="ignore", invalid="ignore")
def mcnemar_p(lost: ArrayLike, gained: ArrayLike, *, method: McNemar = "exact") -> FloatArray:
    """McNemar's test that as many changed in one direction as in the other.

    Parameters
    ----------
    lost, gained
        People who changed from yes to no and from no to yes, ``(...)``.
    method
        ``exact``: binomial, as R's ``binom.test``; never too often significant, and often too
        rarely. ``mid_p``: half the probability of what was observed. ``asymptotic`` and
        ``corrected`` (for continuity): chi-square, as R's ``mcnemar.test``.

    Returns
    -------
    FloatArray
        Two-sided p. Where nobody changed it is 1 for ``exact`` and ``mid_p``, and else NaN.

    References
    ----------
    McNemar, Q. (1947). *Psychometrika, 12*, 153-157. Fagerland, M. W., Lydersen, S., & Laake, P.
    (2013). *BMC Medical Research Methodology, 13*, 91.

    Examples
    --------
    >>> [round(float(mcnemar_p(1, 7, method=m)), 4) for m in ("exact", "mid_p", "asymptotic")]
    [0.0703, 0.0391, 0.0339]
    """
    b, c = np.broadcast_arrays(as_float(lost), as_float(gained))
    changed, fewer = b + c, np.minimum(b, c)
    if method in ("exact", "mid_p"):
        upto = bdtr(fewer, np.maximum(changed, 0).astype(np.int64), 0.5)
        below = np.where(fewer > 0, bdtr(fewer - 1, changed.astype(np.int64), 0.5), 0.0)
        if method == "exact":
            p = np.minimum(2 * upto, 1.0)
        else:
            p = np.where(b == c, 1 - (upto - below) / 2, upto + below)
        return np.where(changed > 0, p, 1.0)[()]
    apart = np.abs(b - c)
    if method == "corrected":
        apart = np.where(apart > 0, np.maximum(apart - 1, 0.0), 0.0)
    return np.where(changed > 0, chdtrc(1.0, apart**2 / changed), np.nan)[()]


@np.errstate(divide="ignore", invalid="ignore")
def paired_difference_interval(
    both: ArrayLike,
    lost: ArrayLike,
    gained: ArrayLike,
    neither: ArrayLike,
    *,
    method: PairedInterval = "newcombe",
    confidence: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Interval of the difference of two shares of the same people, second - first.

    Parameters
    ----------
    both, lost, gained, neither
        People who said yes twice, only first, only second, never; ``(...)``.
    method
        ``newcombe``: from Wilson's intervals of both shares and their correlation (method 10 of
        Newcombe). ``tango``: the differences that a score test does not reject.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high, within -1 and 1; NaN without people.

    References
    ----------
    Newcombe, R. G. (1998). *Statistics in Medicine, 17*, 2635-2650. Tango, T. (1998). *Statistics
    in Medicine, 17*, 891-908.

    Examples
    --------
    >>> [round(float(end), 3) for end in paired_difference_interval(1, 7, 1, 12, method="tango")]
    [-0.517, -0.026]
    """
    a, b, c, d = np.broadcast_arrays(*(as_float(x) for x in (both, lost, gained, neither)))
    if method == "newcombe":
        return _newcombe(a, b, c, d, confidence)
    return _tango(b, c, a + b + c + d, float(ndtri((1 + confidence) / 2)))


def _newcombe(
    a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray]:
    n = a + b + c + d
    product = a * d - b * c
    product = np.where(product > 0, np.maximum(product - n / 2, 0.0), product)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    phi = np.where(margins > 0, product / np.sqrt(margins), 0.0)
    found = newcombe_interval((a + c) / n, n, (a + b) / n, n, confidence, correlation=phi)
    return found.low, found.high


def _tango(b: FloatArray, c: FloatArray, n: FloatArray, z: float) -> tuple[FloatArray, FloatArray]:
    """Solve the score statistic for both ends by halving: it falls with the difference."""

    def statistic(delta: FloatArray) -> FloatArray:
        linear = -b - c + (2 * n - c + b) * delta
        constant = -b * delta * (1 - delta)
        q = (np.sqrt(np.maximum(linear**2 - 8 * n * constant, 0.0)) - linear) / (4 * n)
        variance = n * (2 * q + delta * (1 - delta))
        distance = c - b - n * delta
        size = np.sqrt(np.maximum(variance, 0.0))
        return np.where(size > 0, distance / size, np.sign(distance) * np.inf)

    estimate = (c - b) / n

    def solve(far: float, target: float) -> FloatArray:
        inside, outside = estimate, np.full_like(estimate, far)
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            rejected = np.abs(statistic(middle)) > target
            inside = np.where(rejected, inside, middle)
            outside = np.where(rejected, middle, outside)
        return np.where(n > 0, inside, np.nan)

    return solve(-1.0, z)[()], solve(1.0, z)[()]
