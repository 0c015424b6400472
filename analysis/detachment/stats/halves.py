"""Covariances of items in, reliability from two halves of them out: one split, or every split.

A split is a sign for each item, +1 in the first half and -1 in the second. With x those signs and
V = sum of the covariances C, Flanagan's and Rulon's coefficient of the split is 1 - x'Cx / V. Every
split of p items is a sign pattern of the first p / 2 items joined to one of the others, so that all
values come from products of matrices with a few hundred rows, whatever the number of splits.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_float,
    as_square,
    diagonal,
)

MOST_SPLITS = 5_200_300  # of 25 or 26 items: more are sampled
_SAMPLED = 10_000


def spearman_brown(r: ArrayLike, factor: float = 2.0) -> FloatArray:
    """Reliability of a test ``factor`` times as long as one with reliability ``r``.

    Parameters
    ----------
    r
        Reliabilities, of any shape.
    factor
        How many times as long.

    Returns
    -------
    FloatArray
        Same shape. Spearman (1910) and Brown (1910), British Journal of Psychology 3, 271-295 and
        296-322.

    Examples
    --------
    >>> round(float(spearman_brown(0.6)), 6)
    0.75
    """
    r = as_float(r)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = factor * r / (1 + (factor - 1) * r)
    return np.where(np.isfinite(value), value, np.nan)[()]


def horst(r: ArrayLike, share: ArrayLike = 0.5) -> FloatArray:
    """Reliability of a test from two parts of unequal length.

    Parameters
    ----------
    r
        Correlations of the two parts, of any shape.
    share
        Share of the items that are in the first part.

    Returns
    -------
    FloatArray
        Same shape; :func:`spearman_brown` of ``r`` for equal parts. NaN where a part is empty.

    Notes
    -----
    r (sqrt(r^2 + 4 a b (1 - r^2)) - r) / (2 a b (1 - r^2)) with the shares a and b = 1 - a: Horst
    (1951), Psychometrika 16, 369-371. Written here so that it holds for r = 1 too.

    Examples
    --------
    >>> round(float(horst(0.6, 0.5)), 6), round(float(horst(0.6, 0.4)), 6)
    (0.75, 0.756088)
    """
    r = as_float(r)
    share = as_float(share)
    product = share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(r**2 + 4 * product * (1 - r**2))
        value = 2 * r / (root + r)
    ok = np.isfinite(value) & (share > 0) & (share < 1) & (np.abs(r) <= 1 + 1e-12)
    return np.where(ok, value, np.nan)[()]


@dataclass(frozen=True, slots=True, eq=False)
class Halves:
    """Reliability from one division of the items, each ``(...)``.

    Attributes
    ----------
    r
        Correlation of the sums of the two halves.
    spearman_brown
        2 r / (1 + r).
    flanagan_rulon
        4 cov / variance of the total, which needs no equal variances of the halves (Guttman's
        lambda 4 of this split).
    horst
        :func:`horst`, for halves of unequal length.
    """

    r: FloatArray
    spearman_brown: FloatArray
    flanagan_rulon: FloatArray
    horst: FloatArray


def split_half(cov: ArrayLike, first: ArrayLike) -> Halves:
    """Reliability from one division of the items into two halves.

    Parameters
    ----------
    cov
        Covariances of the items, ``(..., p, p)``.
    first
        Which items are in the first half, ``(p,)`` booleans.

    Returns
    -------
    Halves
        NaN where a half is empty or has no variance.

    Raises
    ------
    ValueError
        When ``first`` does not fit the items.

    Notes
    -----
    Rulon (1939), Harvard Educational Review 9, 99-103; Guttman (1945), Psychometrika 10, 255-282;
    Warrens (2016), Advances in Data Analysis and Classification 10, 71-84 compares them.

    Examples
    --------
    >>> halves = split_half([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]], [True, False, True])
    >>> round(float(halves.flanagan_rulon), 4), round(float(halves.spearman_brown), 4)
    (0.5926, 0.6469)
    """
    cov = as_square(cov)
    first = np.asarray(first, dtype=bool)
    if first.shape != cov.shape[-1:]:
        raise ValueError(f"first must say of {cov.shape[-1]} items which half, got {first.shape}")
    a = cov[..., first, :][..., first].sum(axis=(-2, -1))
    b = cov[..., ~first, :][..., ~first].sum(axis=(-2, -1))
    between = cov[..., first, :][..., ~first].sum(axis=(-2, -1))
    ok = (a > 0) & (b > 0)
    total = a + b + 2 * between
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.where(ok, between / np.sqrt(a * b), np.nan)
        flanagan_rulon = np.where(ok & (total > 0), 4 * between / total, np.nan)
        share = np.float64(first.sum()) / len(first) if len(first) else np.nan
    return Halves(
        r=r[()],
        spearman_brown=spearman_brown(r),
        flanagan_rulon=flanagan_rulon[()],
        horst=horst(r, share),
    )


def odd_even(cov: ArrayLike) -> FloatArray:
    """Reliability from the halves of odd and even items, stepped up by Spearman-Brown.

    Parameters
    ----------
    cov
        Covariances of the items in their order, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``: 2 r / (1 + r) with r between the sums of the first, third, ... and the second,
        fourth, ... items. For two items this is their Spearman-Brown coefficient, which Eisinga,
        te Grotenhuis and Pelzer (2013), International Journal of Public Health 58, 637-642,
        recommend there. NaN for one item or a constant half.

    Examples
    --------
    >>> round(float(odd_even([[1.0, 0.6], [0.6, 1.0]])), 6)
    0.75
    """
    cov = as_square(cov)
    return split_half(cov, np.arange(cov.shape[-1]) % 2 == 0).spearman_brown


def first_last(cov: ArrayLike) -> FloatArray:
    """Reliability from the first and the last half of the items, by Spearman-Brown.

    Parameters
    ----------
    cov
        Covariances of the items in their order, ``(..., p, p)``; of an odd number of items the
        middle one is in the first half, as in SPSS.

    Returns
    -------
    FloatArray
        ``(...)``; NaN for one item or a constant half. Spearman (1910) and Brown (1910).

    Examples
    --------
    >>> round(float(first_last([[1.0, 0.6], [0.6, 1.0]])), 6)
    0.75
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    return split_half(cov, np.arange(p) < (p + 1) // 2).spearman_brown


@dataclass(frozen=True, slots=True, eq=False)
class SplitHalves:
    """Reliability from every split of p items into halves (of an odd number: nearly halves).

    Attributes
    ----------
    flanagan_rulon, r
        Of each of the s splits, ``(..., s)``, in an order of their own: Flanagan's and Rulon's
        coefficient, and the correlation of the halves. NaN where a half has no variance.
    largest
        Largest Flanagan-Rulon coefficient, ``(...)``: Guttman's lambda 4.
    smallest
        Smallest, ``(...)``: what Revelle calls beta.
    mean
        ``(...)``, over all splits even where they were sampled: it has a closed form, which for an
        even number of items is alpha.
    first
        Items of the first half of the split with the largest coefficient, ``(..., p)``.
    splits
        How many splits there are.
    complete
        Whether all of them were computed; otherwise ``largest`` and ``smallest`` are those of a
        random sample after exchanges of items, and may not be the extremes.
    """

    flanagan_rulon: FloatArray
    r: FloatArray
    largest: FloatArray
    smallest: FloatArray
    mean: FloatArray
    first: BoolArray
    splits: int
    complete: bool

    @property
    def spearman_brown(self) -> FloatArray:
        """Coefficient of Spearman and Brown of each split, ``(..., s)``."""
        return spearman_brown(self.r)

    @property
    def median(self) -> FloatArray:
        """Median of the Flanagan-Rulon coefficients, ``(...)``."""
        return self.quantile(0.5)

    def quantile(self, q: float) -> FloatArray:
        """Quantile of the Flanagan-Rulon coefficients, ``(...)`` (R's type 7)."""
        value: FloatArray = np.quantile(self.flanagan_rulon, q, axis=-1)
        return value[()]


def count_splits(p: int) -> int:
    """Say into how many pairs of halves p items can be divided.

    Parameters
    ----------
    p
        Items; an odd number is divided into halves that differ by one.

    Returns
    -------
    int
        The binomial coefficient of p over floor(p / 2), halved for even p. ``psych::splitHalf``
        2.2.9 takes only half of the splits of an odd number of items.

    Examples
    --------
    >>> [count_splits(p) for p in (2, 5, 15, 16, 20)]
    [1, 10, 6435, 6435, 92378]
    """
    return comb(p, p // 2) // (1 if p % 2 else 2) if p > 1 else 0


def mean_split_half(cov: ArrayLike) -> FloatArray:
    """Mean of Flanagan's and Rulon's coefficient over all splits, without forming them.

    Parameters
    ----------
    cov
        Covariances, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``: alpha for an even number of items (Cronbach, 1951, Psychometrika 16, 297-334), a
        little less for an odd one. NaN where the total has no variance and for one item.

    Notes
    -----
    The signs of two different items have the same mean product in every pair: -1 / (p - 1) for an
    even number of items, -1 / p for an odd one.

    Examples
    --------
    >>> round(float(mean_split_half([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]])), 6)
    0.666667
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    total = cov.sum(axis=(-2, -1))
    own = diagonal(cov).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        alike = -1 / np.float64(p if p % 2 else p - 1)
        mean = 1 - (own + alike * (total - own)) / total
    return np.where((total > 0) & (p > 1), mean, np.nan)[()]


def split_halves(cov: ArrayLike, *, most: int = MOST_SPLITS, seed: int = 1) -> SplitHalves:
    """Reliability from all splits of the items into halves.

    Parameters
    ----------
    cov
        Covariances (or correlations, as ``psych::splitHalf``), ``(..., p, p)``.
    most
        When there are more splits than this, 10,000 random ones are taken instead, the best and
        the worst of which are then improved by exchanging pairs of items.
    seed
        Of that sample.

    Returns
    -------
    SplitHalves
        NaN where an entry is missing or the total has no variance.

    Raises
    ------
    ValueError
        For fewer than two items.

    Notes
    -----
    Guttman (1945), Psychometrika 10, 255-282; Revelle (1979), Multivariate Behavioral Research 14,
    57-74 (the worst split); Thompson, Green and Yang (2010), Educational and Psychological
    Measurement 70, 232-251 (the sample's bias of the best). The splits are formed by
    meeting in the middle: signs of the first half of the items times signs of the others.

    Examples
    --------
    >>> halves = split_halves([[1, 0.5, 0.4, 0.2], [0.5, 1, 0.3, 0.3], [0.4, 0.3, 1, 0.6],
    ...                        [0.2, 0.3, 0.6, 1]])
    >>> halves.splits, round(float(halves.largest), 4), round(float(halves.smallest), 4)
    (3, 0.8372, 0.5581)
    >>> round(float(halves.mean), 4)  # alpha
    0.7132
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    if p < 2:
        raise ValueError("a split needs at least two items")
    splits = count_splits(p)
    complete = splits <= most
    total = cov.sum(axis=(-2, -1))
    usable = np.isfinite(total) & (total > 0)
    sampled = np.empty((0, p), dtype=bool) if complete else _sample(p, seed)
    own, between = _every_split(cov) if complete else _of_splits(cov, sampled)
    rest = total[..., None] - own - 2 * between
    with np.errstate(divide="ignore", invalid="ignore"):
        ok = usable[..., None] & (own > 0) & (rest > 0)
        flanagan_rulon = np.where(ok, 4 * between / total[..., None], np.nan)
        r = np.where(ok, between / np.sqrt(own * rest), np.nan)
    best = np.argmax(np.where(ok, flanagan_rulon, -np.inf), axis=-1)
    worst = np.argmin(np.where(ok, flanagan_rulon, np.inf), axis=-1)
    first = _signs(p, best) if complete else sampled[best]
    largest = _pick(flanagan_rulon, best)
    smallest = _pick(flanagan_rulon, worst)
    if not complete:
        first, largest = _exchange(cov, total, first, 1.0)
        _, smallest = _exchange(cov, total, sampled[worst], -1.0)
    return SplitHalves(
        flanagan_rulon=flanagan_rulon,
        r=r,
        largest=largest[()],
        smallest=smallest[()],
        mean=mean_split_half(cov),
        first=first,
        splits=splits,
        complete=complete,
    )


def _pick(values: FloatArray, place: IntArray) -> FloatArray:
    return np.take_along_axis(values, place[..., None], axis=-1)[..., 0]


@lru_cache(maxsize=4)
def _parts(p: int) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Blocks of splits: 0 and 1 for the first p // 2 items, and for the others.

    Every row of the one joined to every row of the other is a first half; so are all splits once.
    """
    h, front = p // 2, p // 2
    blocks = []
    for k in range(max(0, h - (p - front)), min(front, h) + 1):
        a, b = _subsets(front, k), _subsets(p - front, h - k)
        if p % 2 == 0:
            a = a[a[:, 0] > 0]  # of two equal halves the first is the one with the first item
        if len(a) and len(b):
            blocks.append((a, b))
    return tuple(blocks)


def _subsets(p: int, k: int) -> FloatArray:
    """All ways to take k of p items, one a row of 0 and 1."""
    chosen = np.array(list(combinations(range(p), k)), dtype=np.intp).reshape(comb(p, k), k)
    rows = np.zeros((len(chosen), p))
    np.put_along_axis(rows, chosen, 1.0, axis=1)
    return rows


def _every_split(cov: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Variance of the first half and covariance of the halves, of each split ``(..., s)``."""
    p = cov.shape[-1]
    front = p // 2
    sums = cov.sum(axis=-1)
    own = np.empty((*cov.shape[:-2], count_splits(p)))
    between = np.empty_like(own)
    start = 0
    for a, b in _parts(p):
        left = np.sum((a @ cov[..., :front, :front]) * a, axis=-1)
        right = np.sum((b @ cov[..., front:, front:]) * b, axis=-1)
        block = 2 * (a @ cov[..., :front, front:] @ b.T)
        block += left[..., :, None]
        block += right[..., None, :]
        here = slice(start, start + len(a) * len(b))
        own[..., here] = block.reshape(*own.shape[:-1], -1)
        np.subtract(
            (sums[..., :front] @ a.T)[..., :, None] + (sums[..., front:] @ b.T)[..., None, :],
            block,
            out=block,
        )
        between[..., here] = block.reshape(*own.shape[:-1], -1)
        start = here.stop
    return own, between


def _signs(p: int, place: IntArray) -> BoolArray:
    """Which items are in the first half of the splits at these places, ``(..., p)``."""
    first = np.zeros((*place.shape, p), dtype=bool)
    start = 0
    for a, b in _parts(p):
        here = (place >= start) & (place < start + len(a) * len(b))
        row, column = np.divmod(place[here] - start, len(b))
        first[here] = np.concatenate([a[row], b[column]], axis=-1) > 0
        start += len(a) * len(b)
    return first


def _sample(p: int, seed: int) -> BoolArray:
    """Random splits, ``(s, p)``: the same for the same seed."""
    draws = np.random.Generator(np.random.Philox(key=[seed, p])).random((_SAMPLED, p))
    return np.argsort(np.argsort(draws, axis=1), axis=1) < p // 2


def _of_splits(cov: FloatArray, first: BoolArray) -> tuple[FloatArray, FloatArray]:
    """As :func:`_every_split`, of the splits given ``(s, p)``."""
    rows = first.astype(np.float64)
    product = rows @ cov
    own = np.sum(product * rows, axis=-1)
    between: FloatArray = product.sum(axis=-1) - own
    return own, between


def _exchange(
    cov: FloatArray, total: FloatArray, first: BoolArray, better: float
) -> tuple[BoolArray, FloatArray]:
    """Exchange the best pair of items until no exchange is better: 1 for larger, -1 for smaller."""
    x = np.where(first, 1.0, -1.0)
    variance = diagonal(cov)
    for _ in range(100 * x.shape[-1]):
        pull = 4 * (variance - x * np.einsum("...ij,...j->...i", cov, x))
        # change of x'Cx when i and j change their halves
        change = better * (pull[..., :, None] + pull[..., None, :] - 8 * cov)
        allowed = (x[..., :, None] > 0) & (x[..., None, :] < 0) & np.isfinite(change)
        flat = np.where(allowed, change, np.inf).reshape(*x.shape[:-1], -1)
        place = np.argmin(flat, axis=-1)
        gain = _pick(flat, place) < -1e-12 * np.abs(total)
        if not gain.any():
            break
        for item in np.divmod(place, x.shape[-1]):
            now = np.take_along_axis(x, item[..., None], axis=-1)
            turned = np.where(gain[..., None], -now, now)
            np.put_along_axis(x, item[..., None], turned, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 1 - np.einsum("...i,...ij,...j->...", x, cov, x) / total
    return x > 0, np.where(np.isfinite(value) & (total > 0), value, np.nan)
