"""Covariances of the items of scales in, correlations of the scales without their error out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_square
from detachment.stats.correlation import disattenuate
from detachment.stats.reliability import alpha


def score_correlations(
    cov: ArrayLike, rows: Sequence[Sequence[int]], columns: Sequence[Sequence[int]]
) -> FloatArray:
    """Correlations of sums (or means) of items, from the covariances of the items.

    Parameters
    ----------
    cov
        Covariances of all items, ``(..., v, v)``, items keyed in one direction.
    rows, columns
        For each of p and of q scales the places of its items.

    Returns
    -------
    FloatArray
        ``(..., p, q)``; NaN for a scale without variance.

    Raises
    ------
    ValueError
        For a matrix that is not square.

    References
    ----------
    Lord, F. M., & Novick, M. R. (1968). *Statistical Theories of Mental Test Scores*, 4.2.

    Examples
    --------
    >>> cov = np.full((4, 4), 0.2) + np.diag([0.8, 0.8, 0.8, 0.8])
    >>> score_correlations(cov, [[0, 1]], [[2, 3]]).round(4).tolist()
    [[0.3333]]
    """
    sums = _scores(as_square(cov), [*rows, *columns])
    p = len(rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.diagonal(sums, axis1=-2, axis2=-1)
        sd = np.sqrt(np.where(variance > 0, variance, np.nan))
        r: FloatArray = sums[..., :p, p:] / (sd[..., :p, None] * sd[..., None, p:])
    return r


def disattenuated_correlations(
    cov: ArrayLike, rows: Sequence[Sequence[int]], columns: Sequence[Sequence[int]]
) -> FloatArray:
    """Correlations of scales divided by the root of their alphas, from one covariance matrix.

    Parameters
    ----------
    cov
        Covariances of all items, ``(..., v, v)``, items keyed in one direction.
    rows, columns
        For each of p and of q scales the places of its items, two or more.

    Returns
    -------
    FloatArray
        ``(..., p, q)``; may exceed 1 in absolute value; NaN where an alpha is not positive or a
        scale has one item.

    Raises
    ------
    ValueError
        For a matrix that is not square.

    Notes
    -----
    Spearman (1904), American Journal of Psychology 15, 72-101. Correlation and alphas come from the
    same people, so that they vary together: a standard error takes them as one function of the
    covariances of the items. With ``f = lambda cov: disattenuated_correlations(cov, rows,
    columns).reshape(len(cov), -1)`` it is ``delta_method(x, f, clusters=)`` of
    :mod:`detachment.stats.intervals`, whatever the distribution and with missing answers, its
    bootstrap ``resample(x, f, clusters=)`` of :mod:`detachment.stats.bootstrap` (Padilla and
    Veprinsky, 2012, Educational and Psychological Measurement 72, 846-866), under a survey design
    ``design_delta_method(x, f, design)`` of :mod:`detachment.stats.design`. Dividing the interval
    of r by the root of the alphas takes these as known, which they are not (Charles, 2005,
    Psychological Methods 10, 206-226).

    Examples
    --------
    >>> cov = np.full((4, 4), 0.2) + np.diag([0.8, 0.8, 0.8, 0.8])
    >>> disattenuated_correlations(cov, [[0, 1]], [[2, 3]]).round(6).tolist()
    [[1.0]]
    """
    cov = as_square(cov)
    r = score_correlations(cov, rows, columns)
    one, other = _alphas(cov, rows), _alphas(cov, columns)
    return np.asarray(disattenuate(r, one[..., :, None], other[..., None, :]))


def _scores(cov: FloatArray, scales: Sequence[Sequence[int]]) -> FloatArray:
    """Covariances of sums of items, ``(..., s, s)``."""
    marks = np.zeros((cov.shape[-1], len(scales)))
    for k, items in enumerate(scales):
        marks[list(items), k] = 1.0
    # an item that no scale has may be missing
    used = np.flatnonzero(marks.any(axis=1))
    marks, cov = marks[used], cov[..., used[:, None], used]
    sums = np.empty((*cov.shape[:-2], len(scales), len(scales)))
    for k, mark in enumerate(marks.T.astype(bool)):
        of_items = cov[..., mark, :].sum(axis=-2)
        for m, other in enumerate(marks.T.astype(bool)):
            sums[..., k, m] = of_items[..., other].sum(axis=-1)
    return sums


def _alphas(cov: FloatArray, scales: Sequence[Sequence[int]]) -> FloatArray:
    columns = []
    for items in scales:
        places = np.asarray(items, dtype=np.intp)
        columns.append(np.asarray(alpha(cov[..., places[:, None], places])))
    return np.stack(columns, axis=-1) if columns else np.zeros((*cov.shape[:-2], 0))
