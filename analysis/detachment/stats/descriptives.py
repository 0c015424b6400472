"""Answers in, one number per item out: how many, where, how wide, how lopsided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_columns

SkewType = Literal[1, 2, 3]


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """Descriptive statistics of p items, each ``(..., p)``; NaN where there are too few answers.

    Attributes
    ----------
    n
        Answers that are there.
    mean, sd, min, max
        Of these; the standard deviation with divisor n - 1.
    skew, kurtosis
        Of the stated type; a normal variable has 0 of both. NaN for a constant item.
    median, trimmed
        The middle; the mean without a tenth of the answers at each end.
    mad
        Median distance from the median, times 1.4826: the standard deviation where normal.
    iqr
        Distance of the quartiles (interpolated, R's type 7).
    """

    n: IntArray
    mean: FloatArray
    sd: FloatArray
    min: FloatArray
    max: FloatArray
    skew: FloatArray
    kurtosis: FloatArray
    median: FloatArray
    trimmed: FloatArray
    mad: FloatArray
    iqr: FloatArray

    @property
    def range(self) -> FloatArray:
        """Distance of the lowest and the highest answer, ``(..., p)``."""
        return self.max - self.min

    @property
    def se(self) -> FloatArray:
        """Standard error of the mean, ``(..., p)``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            error: FloatArray = self.sd / np.sqrt(self.n)
        return error


def describe(x: ArrayLike, *, type: SkewType = 3) -> Description:  # noqa: A002
    """Where the answers to each item lie, how wide and how lopsided.

    Parameters
    ----------
    x
        Answers, ``(..., n, p)``; NaN is missing.
    type
        Which skewness and kurtosis, in the numbering of R's ``psych::describe`` and
        ``e1071::skewness``: 1 is g1 and g2 (moments with divisor n), 2 is corrected for bias in
        normal samples (SAS, SPSS, Excel), 3 is b1 and b2 (the standard deviation with divisor
        n - 1; psych's default). Joanes and Gill (1998), The Statistician 47, 183-189.

    Returns
    -------
    Description

    Raises
    ------
    ValueError
        For another type.

    Notes
    -----
    Answers are sorted before they are added: the order of the rows leaves no trace.

    Examples
    --------
    >>> d = describe([[1.0], [2.0], [2.0], [5.0], [np.nan]])
    >>> d.n.tolist(), d.mean.tolist(), d.sd.round(4).tolist()
    ([4], [2.5], [1.7321])
    >>> d.skew.round(4).tolist(), d.kurtosis.round(4).tolist()
    ([0.5774], [-1.7708])
    >>> d.median.tolist(), d.range.tolist(), d.iqr.tolist()
    ([2.0], [4.0], [1.0])
    """
    _check_type(type)
    x, there, count = _in_order(x)
    n = np.where(count > 0, count, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, square, m2, g1 = _skewed(x, there, n, type)
        m4 = np.sum(square * square, axis=-1) / n
        low, high = (_end(x, count, first) for first in (True, False))
        spread = np.where(high > low, m2, np.nan)
        g2 = m4 / spread**2 - 3
        if type == 2:
            g2 = ((n + 1) * g2 + 6) * (n - 1) / ((n - 2) * (n - 3))
        elif type == 3:
            g2 = (g2 + 3) * ((n - 1) / n) ** 2 - 3
        sd = np.sqrt(m2 * n / (n - 1))
        cut = np.floor(count / 10)[..., None]
        place = np.arange(x.shape[-1])
        kept = (place >= cut) & (place < count[..., None] - cut)
        trimmed = np.sum(x, axis=-1, where=kept) / np.sum(kept, axis=-1)
    median = _quantile(x, count, 0.5)
    return Description(
        n=count.astype(np.int64),
        mean=mean,
        sd=np.where(count > 1, np.where(high > low, sd, 0.0), np.nan),
        min=low,
        max=high,
        skew=_finite(g1),
        kurtosis=_finite(g2),
        median=median,
        trimmed=_finite(trimmed),
        mad=1.4826 * _quantile(np.sort(np.abs(x - median[..., None]), axis=-1), count, 0.5),
        iqr=_quantile(x, count, 0.75) - _quantile(x, count, 0.25),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Number, mean, spread and shape of the answers to p items, each ``(p,)``.

    As the attributes of :class:`Description` of the same names.
    """

    n: IntArray
    mean: FloatArray
    sd: FloatArray
    skew: FloatArray
    kurtosis: FloatArray


def shape_of_values(
    values: Sequence[Mapping[float, int]],
    *,
    type: SkewType = 3,  # noqa: A002
) -> Shape:
    """Describe answers by how often each value was given.

    Parameters
    ----------
    values
        For each of p items value -> number of answers.
    type
        Which skewness and kurtosis: see :func:`describe`.

    Returns
    -------
    Shape
        Values are taken in ascending order: neither rows nor parts leave a trace.

    Raises
    ------
    ValueError
        For another type.

    References
    ----------
    Joanes, D. N., & Gill, C. A. (1998). *The Statistician, 47*, 183-189.

    Examples
    --------
    >>> shape = shape_of_values([{1.0: 1, 2.0: 2, 5.0: 1}])
    >>> shape.mean.tolist(), shape.sd.round(4).tolist(), shape.kurtosis.round(4).tolist()
    ([2.5], [1.7321], [-1.7708])
    """
    _check_type(type)
    made = np.full((4, len(values)), np.nan)
    n = np.array([sum(counts.values()) for counts in values], dtype=np.int64)
    for j, counts in enumerate(values):
        if counts:
            made[:, j] = _shape(sorted(counts), [counts[value] for value in sorted(counts)], type)
    return Shape(n, *made)


def _shape(
    values: list[float],
    times: list[int],
    type: SkewType,  # noqa: A002
) -> tuple[float, float, float, float]:
    """Mean, standard deviation, skewness and kurtosis of values in ascending order."""
    value, weight = np.array(values), np.array(times, dtype=np.float64)
    n = weight.sum()
    off = value - np.sum(weight * value) / n
    m2, m3, m4 = (np.sum(weight * off**k) / n for k in (2, 3, 4))
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(m2 * n / (n - 1)) if len(value) > 1 else (0.0 if n > 1 else np.nan)
        if len(value) < 2:
            return float(np.sum(weight * value) / n), float(sd), np.nan, np.nan
        g1, g2 = m3 / (m2 * np.sqrt(m2)), m4 / m2**2 - 3
        if type == 2:
            g1 = g1 * np.sqrt(n * (n - 1)) / (n - 2)
            g2 = ((n + 1) * g2 + 6) * (n - 1) / ((n - 2) * (n - 3))
        elif type == 3:
            g1 = g1 * ((n - 1) / n) ** 1.5
            g2 = (g2 + 3) * ((n - 1) / n) ** 2 - 3
    g1, g2 = (float(g) if np.isfinite(g) else np.nan for g in (g1, g2))
    return float(np.sum(weight * value) / n), float(sd), g1, g2


def skewness(x: ArrayLike, *, type: SkewType = 3) -> FloatArray:  # noqa: A002
    """How lopsided the answers to each item are: the ``skew`` of :func:`describe` alone.

    Parameters
    ----------
    x, type
        As for :func:`describe`.

    Returns
    -------
    FloatArray
        ``(..., p)``; NaN for a constant item.

    Raises
    ------
    ValueError
        For another type.

    References
    ----------
    Joanes, D. N., & Gill, C. A. (1998). *The Statistician, 47*, 183-189.

    Examples
    --------
    >>> skewness([[1.0], [2.0], [2.0], [5.0], [np.nan]]).round(4).tolist()
    [0.5774]
    """
    _check_type(type)
    x, there, count = _in_order(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _finite(_skewed(x, there, np.where(count > 0, count, np.nan), type)[-1])


def _check_type(type: int) -> None:  # noqa: A002
    if type not in (1, 2, 3):
        raise ValueError(f"type of skewness and kurtosis must be 1, 2 or 3, not {type!r}")


def _in_order(x: ArrayLike) -> tuple[FloatArray, BoolArray, IntArray]:
    """Sorted answers ``(..., p, n)``, missing ones last; which are there, and how many."""
    x = np.sort(np.swapaxes(as_columns(x), -1, -2).copy(), axis=-1)
    there = ~np.isnan(x)
    return x, there, there.sum(axis=-1)


def _end(x: FloatArray, count: IntArray, first: bool) -> FloatArray:
    """Lowest or highest of sorted answers; NaN where there is none."""
    if not x.shape[-1]:
        return np.full(x.shape[:-1], np.nan)
    place = np.zeros_like(count) if first else np.maximum(count - 1, 0)
    end: FloatArray = np.take_along_axis(x, place[..., None], axis=-1)[..., 0]
    return end


def _skewed(
    x: FloatArray,
    there: BoolArray,
    n: FloatArray,
    type: SkewType,  # noqa: A002
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Mean, squares of the distances from it, their mean, and skewness, of sorted answers."""
    count = np.nan_to_num(n).astype(np.int64)
    mean = np.sum(x, axis=-1, where=there) / n
    deviation = np.where(there, x - mean[..., None], 0.0)
    square = deviation * deviation
    m2 = np.sum(square, axis=-1) / n
    square_mean = np.where(_end(x, count, False) > _end(x, count, True), m2, np.nan)
    g1 = np.sum(square * deviation, axis=-1) / n / (square_mean * np.sqrt(square_mean))
    if type == 2:
        g1 = g1 * np.sqrt(n * (n - 1)) / (n - 2)
    elif type == 3:
        g1 = g1 * ((n - 1) / n) ** 1.5
    return mean, square, m2, g1


def _quantile(x: FloatArray, count: IntArray, share: float) -> FloatArray:
    """Interpolated quantile of sorted rows, missing last; NaN where there is none."""
    if not x.shape[-1]:
        return np.full(x.shape[:-1], np.nan)
    at = share * np.maximum(count - 1, 0)
    below = np.floor(at).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = (np.take_along_axis(x, k[..., None], axis=-1)[..., 0] for k in (below, above))
    return np.where(count > 0, low + (at - below) * (high - low), np.nan)


def _finite(value: FloatArray) -> FloatArray:
    return np.where(np.isfinite(value), value, np.nan)


def difficulty(x: ArrayLike, *, low: float = 0.0, high: float = 1.0) -> FloatArray:
    """Difficulty of each item: its mean as a share of the way from the lowest to the highest score.

    Parameters
    ----------
    x
        Answers, ``(..., n, p)``; NaN is missing. For items scored 0 and 1, the share answered
        rightly.
    low, high
        The scores that are possible.

    Returns
    -------
    FloatArray
        ``(..., p)``, from 0 (hard) to 1 (easy). Lord and Novick (1968), Statistical Theories of
        Mental Test Scores, chapter 15. The point-biserial correlation of such an item with a score
        is simply Pearson's: :func:`detachment.stats.correlation.pearson`.

    Examples
    --------
    >>> difficulty([[1, 0], [1, 1], [0, np.nan], [1, 0]]).round(4).tolist()
    [0.75, 0.3333]
    """
    return (describe(x).mean - low) / (high - low)


def category_shares(x: ArrayLike, values: ArrayLike) -> FloatArray:
    """Share of each value among the answers to each item.

    Parameters
    ----------
    x
        Answers, ``(..., n, p)``; NaN is missing.
    values
        The k values that are possible, in order.

    Returns
    -------
    FloatArray
        ``(..., p, k)``: the first is the floor, the last the ceiling. NaN for an item without
        answers. Answers that are none of the values count in the denominator.

    References
    ----------
    R: ``response.freq`` of ``psych::alpha``.

    Examples
    --------
    >>> category_shares([[1, 2], [1, 3], [2, np.nan], [3, np.nan]], [1, 2, 3]).tolist()
    [[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]]
    """
    x = as_columns(x)
    n = np.sum(~np.isnan(x), axis=-2)
    counts = [np.sum(x == value, axis=-2) for value in np.asarray(values, dtype=np.float64)]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: FloatArray = np.stack(counts, axis=-1) / n[..., None]
    return shares
