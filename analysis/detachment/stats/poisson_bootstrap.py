"""The bootstrap of data that are never in one place: each row draws its own weights, by its number.

How often a row of many is drawn is nearly a Poisson number with mean 1, and those of different rows
are nearly independent. Drawn so, from a seed and the row's number alone, they are the same whoever
reads the row, in whatever part, after whatever retry; sums over parts add up to those of the whole.
"""

from dataclasses import dataclass
from math import exp, factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detachment.stats._arrays import FloatArray, IntArray, as_columns, is_whole
from detachment.stats.moments import CrossSums

_ROWS = 1024  # at a time: sums of weighted products stay exact in float32
_EXACT = 2**24
_MOST = 12  # a weight of more has a probability below 1e-10
_BITS = 16  # of a random number that a weight takes: four weights from one number
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _weights_by_bits() -> NDArray[np.uint8]:
    """The weight of each number of 16 bits, so many of each as its probability says."""
    below = np.cumsum([exp(-1) / factorial(k) for k in range(_MOST)])
    middle = (np.arange(2**_BITS) + 0.5) / 2**_BITS
    weights: NDArray[np.uint8] = np.searchsorted(below, middle).astype(np.uint8)
    return weights


_WEIGHTS = _weights_by_bits()


def poisson_weights(rows: ArrayLike, n_boot: int, seed: int) -> NDArray[np.uint8]:
    """How often each row is drawn in each resample.

    Parameters
    ----------
    rows
        Numbers of the rows in the whole data set, ``(m,)``.
    n_boot
        Resamples.
    seed
        What gives the same weights again.

    Returns
    -------
    ndarray of uint8
        ``(n_boot, m)``: Poisson numbers with mean 1, each probability to within 2^-16. A row has
        the same ones whatever rows stand beside it.

    Notes
    -----
    Hanley and MacGibbon (2006), Computer Methods and Programs in Biomedicine 83, 57-62; Chamandy,
    Muralidharan, Najmi and Naidu (2012), "Estimating uncertainty for massive data streams". The
    random numbers are those of SplitMix64 (Steele, Lea and Flood, 2014, OOPSLA) at a place of the
    row, in a stream of four resamples.

    Examples
    --------
    >>> both = poisson_weights([0, 1, 2, 3], 8, seed=1)
    >>> bool((both[:, 2:] == poisson_weights([2, 3], 8, seed=1)).all())
    True
    """
    number = np.asarray(rows, dtype=np.uint64)
    streams = -(-n_boot // 4)
    made = np.empty((streams, len(number), 4), dtype=np.uint8)
    with np.errstate(over="ignore"):
        for stream in range(streams):
            start = _mixed(np.uint64(seed % 2**64) + _mixed(np.array([stream], dtype=np.uint64)))
            bits = _mixed(start + (number + np.uint64(1)) * _GOLDEN)
            made[stream] = _WEIGHTS[bits.astype("<u8").view("<u2").reshape(-1, 4)]
    return made.transpose(0, 2, 1).reshape(-1, len(number))[:n_boot]


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@dataclass(frozen=True, slots=True, eq=False)
class ResampledSums:
    """Sums of each resample over the rows where both items of a pair are answered.

    Attributes
    ----------
    n, x, xy
        ``(n_boot, p, p)``: rows, sums of the first item, sums of products.
    """

    n: IntArray
    x: IntArray
    xy: IntArray

    def __add__(self, other: "ResampledSums") -> "ResampledSums":
        """Sums over the rows of both."""
        return ResampledSums(self.n + other.n, self.x + other.x, self.xy + other.xy)

    @property
    def cov(self) -> FloatArray:
        """Covariances of each resample, ``(n_boot, p, p)``: divisor n - 1."""
        n, x, xy = (part.astype(np.float64) for part in (self.n, self.x, self.xy))
        nothing = np.full_like(n, np.nan)
        return CrossSums(n, x, x.swapaxes(-1, -2), nothing, nothing, xy).cov()


def resampled_sums(x: ArrayLike, rows: ArrayLike, n_boot: int, seed: int) -> ResampledSums:
    """Add up a block of rows, weighted as each resample draws them.

    Parameters
    ----------
    x
        Answers, ``(m, p)``: whole numbers; NaN is missing.
    rows
        Numbers of the rows in the whole data set, ``(m,)``.
    n_boot, seed
        As for :func:`poisson_weights`.

    Returns
    -------
    ResampledSums
        Exact; those of parts add up to those of the whole.

    Raises
    ------
    ValueError
        When an answer is not whole, or the numbers of rows do not fit.

    References
    ----------
    Chamandy, N., Muralidharan, O., Najmi, A., & Naidu, S. (2012). Estimating uncertainty for
    massive data streams.

    Examples
    --------
    >>> x = [[1, 2], [2, 4], [3, np.nan], [4, 3]]
    >>> whole = resampled_sums(x, [0, 1, 2, 3], 5, seed=1)
    >>> parts = resampled_sums(x[:1], [0], 5, seed=1) + resampled_sums(x[1:], [1, 2, 3], 5, seed=1)
    >>> bool((whole.xy == parts.xy).all())
    True
    """
    x, number = as_columns(x), np.asarray(rows)
    if len(number) != len(x):
        raise ValueError(f"{len(number)} numbers of rows do not fit {len(x)} rows")
    largest = np.max(np.abs(x), where=~np.isnan(x), initial=0.0)
    if not is_whole(x):
        raise ValueError("only whole numbers can be resampled in parts")
    exact32 = _MOST * _ROWS * max(largest, 1.0) ** 2 < _EXACT
    dtype = np.float32 if exact32 else np.float64
    p = x.shape[1]
    i, j = np.triu_indices(p)
    half, all_pairs = len(i), p * p
    sums = np.zeros((n_boot, 2 * half + all_pairs))
    for start in range(0, len(x), _ROWS):
        block = x[start : start + _ROWS].astype(dtype)
        there = (~np.isnan(block)).astype(dtype)
        value = np.where(there > 0, block, dtype(0))
        features = np.concatenate(
            [
                there[:, i] * there[:, j],
                (value[:, :, None] * there[:, None, :]).reshape(len(block), all_pairs),
                value[:, i] * value[:, j],
            ],
            axis=1,
        )
        weights = poisson_weights(number[start : start + _ROWS], n_boot, seed)
        sums += weights.astype(dtype) @ features
    whole = np.rint(sums).astype(np.int64)
    n, xy = (np.empty((n_boot, p, p), dtype=np.int64) for _ in range(2))
    n[:, i, j] = n[:, j, i] = whole[:, :half]
    xy[:, i, j] = xy[:, j, i] = whole[:, half + all_pairs :]
    return ResampledSums(n, whole[:, half : half + all_pairs].reshape(-1, p, p), xy)
