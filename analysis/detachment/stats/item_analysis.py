"""Items of a scale or of a test in, what each shares with the others out."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from detachment.stats._arrays import (
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    as_square,
    diagonal,
)


def item_total_r(cov: ArrayLike) -> FloatArray:
    """Correlation of each item with the sum of all items, itself among them.

    Parameters
    ----------
    cov
        Covariances ``(..., p, p)``, or correlations (std.r of ``psych::alpha``).

    Returns
    -------
    FloatArray
        ``(..., p)``; NaN for a constant item or a total without variance. For items scored 0 and 1
        this is the point-biserial correlation with the test score. Nunnally and Bernstein (1994),
        Psychometric Theory, chapter 8.

    Examples
    --------
    >>> item_total_r([[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]]).round(4).tolist()
    [0.8165, 0.8165, 0.8165]
    """
    cov = as_square(cov)
    variance, total = diagonal(cov), cov.sum(axis=(-2, -1))[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        r = cov.sum(axis=-1) / np.sqrt(variance * total)
    return np.where((variance > 0) & (total > 0), r, np.nan)


def corrected_item_total_r(cor: ArrayLike) -> FloatArray:
    """Correlation of each item with the total, corrected for overlap and for unreliability.

    The variance of an item within the total is replaced by what it shares with the others.

    Parameters
    ----------
    cor
        Correlations (of covariances they are made), ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(..., p)``; r.cor of R's ``psych::alpha``. It may pass 1 slightly. NaN for one item and
        where an item is a sum of others.

    Notes
    -----
    Cureton (1966), Psychometrika 31, 93-96, and Bashaw and Anderson (1967), Educational and
    Psychological Measurement 27, 49-57, with the squared multiple correlation (between 0 and 1) as
    communality, as psych does.

    Examples
    --------
    >>> cor = [[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]]
    >>> corrected_item_total_r(cor).round(4).tolist()
    [0.6667, 0.6667, 0.6667]
    """
    cor = as_square(cor)
    p = cor.shape[-1]
    variance = diagonal(cor)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(np.where(variance > 0, variance, np.nan))
        unit = as_square(cor / (scale[..., :, None] * scale[..., None, :]))
        usable = np.all(np.isfinite(unit), axis=(-2, -1)) & (p > 1)
        smc = np.clip(squared_multiple_r(unit), 0, 1)
        rows = unit.sum(axis=-1) - diagonal(unit) + smc
        total = rows.sum(axis=-1, keepdims=True)
        r = rows / np.sqrt(total)
    return np.where(usable[..., None] & (total > 0), r, np.nan)


def squared_multiple_r(cor: ArrayLike) -> FloatArray:
    """Squared multiple correlation of each item with all others.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(..., p)``, 1 - 1 / diagonal of the inverse; ``psych::smc``, which cuts it at 0 and 1 (it
        leaves them where pairwise deletion gives an indefinite matrix). NaN for a singular matrix.
        Guttman (1953), Psychometrika 18, 277-296.

    Examples
    --------
    >>> squared_multiple_r([[1.0, 0.6], [0.6, 1.0]]).round(4).tolist()
    [0.36, 0.36]
    """
    cor = as_square(cor)
    p = cor.shape[-1]
    if p == 0:
        return np.zeros(cor.shape[:-1])
    finite = np.all(np.isfinite(cor), axis=(-2, -1), keepdims=True)
    safe = np.where(finite, cor, np.eye(p))
    smallest = np.abs(np.linalg.eigvalsh(safe)).min(axis=-1, keepdims=True)[..., None]
    regular = finite & (smallest > 1e-10)
    inverse = diagonal(np.linalg.inv(np.where(regular, safe, np.eye(p))))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 1 - 1 / inverse
    return np.where(regular[..., 0] & np.isfinite(value), value, np.nan)


def omega_if_dropped(cov: ArrayLike) -> FloatArray:
    """Omega total of the other items, for each item.

    Parameters
    ----------
    cov
        Covariances, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(..., p)``: one factor by minimum residuals and the observed variance of the total, as
        :func:`detachment.stats.omega_total` with ``denominator="observed"``. NaN with fewer than
        three other items, and where their one-factor solution is improper. McDonald (1999), Test
        Theory, chapter 6.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6, 0.5])
    >>> cov = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    >>> omega_if_dropped(cov).round(4).tolist()
    [0.6304, 0.6735, 0.7117, 0.7449]
    """
    from detachment.stats import omega_total

    cov = as_square(cov)
    p = cov.shape[-1]
    if p < 4:
        return np.full(cov.shape[:-1], np.nan)
    others = np.array([[j for j in range(p) if j != i] for i in range(p)])
    rest = cov[..., others[:, :, None], others[:, None, :]]
    omega: FloatArray = omega_total(rest, denominator="observed").omega
    return omega


def biserial_from_point(r: ArrayLike, share: ArrayLike, n: ArrayLike | None = None) -> FloatArray:
    """Biserial correlation from the point-biserial one: the item as a normal ability cut in two.

    Parameters
    ----------
    r
        Point-biserial (Pearson) correlations of the item with a score.
    share
        Share of answers that are 1.
    n
        Answers. When given, the standard deviation of the score has the divisor n - 1 as in R's
        ``psych::biserial``; otherwise n.

    Returns
    -------
    FloatArray
        r * sqrt(share (1 - share)) / normal density at the cut. Not cut at 1, which it passes where
        the score is far from normal; NaN for a share of 0 or 1. Lord and Novick (1968), Statistical
        Theories of Mental Test Scores, section 15.5.

    Examples
    --------
    >>> round(float(biserial_from_point(0.4, 0.5)), 4)
    0.5013
    """
    r, share = np.broadcast_arrays(as_float(r), as_float(share))
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = ndtri(share)
        density = np.exp(-cut * cut / 2) / np.sqrt(2 * np.pi)
        value = r * np.sqrt(share * (1 - share)) / density
        if n is not None:
            count = as_float(n)
            value = value * np.sqrt((count - 1) / count)
    return np.where((share > 0) & (share < 1), value, np.nan)


def discrimination(x: ArrayLike, score: ArrayLike, *, group: float = 0.27) -> FloatArray:
    """Discrimination of each item: success in the highest group minus success in the lowest.

    Parameters
    ----------
    x
        Answers scored 0 and 1, ``(..., n, p)``; NaN is missing.
    score
        Test score of each person, ``(..., n)``; NaN leaves the person out.
    group
        Size of each group as a share of the persons. Whoever ties with the last of a group belongs
        to it.

    Returns
    -------
    FloatArray
        ``(..., p)``, between -1 and 1; NaN where a group is empty, or where the groups overlap (a
        score with too few values). Kelley (1939), Journal of Educational Psychology 30, 17-24.

    Examples
    --------
    >>> discrimination([[0, 1], [0, 0], [1, 0], [1, 1]], [1, 2, 3, 4]).tolist()
    [1.0, 0.0]
    """
    x = as_columns(x)
    low, high = _ends(as_float(score), group)
    there = ~np.isnan(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        top, bottom = (
            np.sum(x, axis=-2, where=there & g[..., None]) / np.sum(there & g[..., None], axis=-2)
            for g in (high, low)
        )
    apart = ~np.any(low & high, axis=-1, keepdims=True)
    difference = top - bottom
    return np.where(apart & np.isfinite(difference), difference, np.nan)


def _ends(score: FloatArray, group: float) -> tuple[np.ndarray, np.ndarray]:
    """Who is in the lowest and in the highest group, ``(..., n)`` each."""
    ordered = np.sort(score, axis=-1)
    n = np.sum(~np.isnan(score), axis=-1, keepdims=True)
    size = np.clip(np.rint(group * n).astype(np.int64), 1, None)
    if score.shape[-1] == 0:
        empty = np.zeros(score.shape, dtype=np.bool_)
        return empty, empty
    first = np.take_along_axis(ordered, np.minimum(size, np.maximum(n, 1)) - 1, axis=-1)
    last = np.take_along_axis(ordered, np.maximum(n - size, 0), axis=-1)
    return score <= first, score >= last


def choices_by_group(
    choices: ArrayLike, score: ArrayLike, values: ArrayLike, *, groups: int = 3
) -> IntArray:
    """How often each answer was chosen by persons of low to high score: what distractors attract.

    Parameters
    ----------
    choices
        Answers as they were given, ``(n, p)``; NaN is missing.
    score
        Test score of each person, ``(n,)``; NaN leaves the person out.
    values
        The k answers that are possible.
    groups
        Into how many groups of about one size the persons are put by their score; equal scores are
        never parted.

    Returns
    -------
    IntArray
        ``(p, groups, k)``, from the lowest group. Haladyna and Rodriguez (2013), Developing and
        Validating Test Items, chapter 18.

    Examples
    --------
    >>> choices_by_group([[1], [2], [2], [2]], [0, 1, 2, 3], [1, 2], groups=2).tolist()
    [[[1, 1], [0, 2]]]
    """
    choices = as_columns(choices)
    values = as_float(values)
    score = as_float(score)
    ordered = np.sort(score[~np.isnan(score)])
    below = np.searchsorted(ordered, score, side="left")
    upto = np.searchsorted(ordered, score, side="right")
    middle = (below + upto) / (2 * max(len(ordered), 1))
    place = np.clip(np.floor(middle * groups), 0, groups - 1)
    chosen = choices[:, :, None] == values
    counts = [chosen[(place == g) & ~np.isnan(score)].sum(axis=0) for g in range(groups)]
    return np.stack(counts, axis=1).astype(np.int64)
