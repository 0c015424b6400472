"""Tables of counts in, polychoric correlations and thresholds by full maximum likelihood out.

Two-step estimates take the thresholds from the margins; here thresholds and correlation of a pair
are those that make its table likeliest together. The two differ by about 0.001.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_float
from detachment.stats._ordinal_cells import (
    FAR,
    LEAST,
    conditional_shares,
    normal_density,
    thresholds,
)
from detachment.stats.bivariate_normal import bivariate_normal_cdf, bivariate_normal_pdf
from detachment.stats.polychoric_tables import polychoric

_TABLES = 256  # at a time: their derivatives stay in the cache
_STEPS = 200
_DONE = 1e-10
_HALVES = 30  # of a step that would make the table less likely


@dataclass(frozen=True, slots=True, eq=False)
class PolychoricML:
    """Full maximum likelihood of tables of counts ``(..., k, l)``.

    Attributes
    ----------
    r, se
        Polychoric correlations and their standard errors, ``(...)``.
    n
        Counts in the table, ``(...)``.
    rows, columns
        Thresholds, ``(..., k - 1)`` and ``(..., l - 1)``; equal or infinite ones around categories
        without counts, as in :func:`detachment.stats.thresholds`.
    rows_se, columns_se
        Their standard errors; NaN where a threshold is infinite.
    chi2, df
        Likelihood-ratio test of bivariate normality, ``(...)``.
    perfect, converged
        As in :class:`detachment.stats.Polychoric`, ``(...)``.
    """

    r: FloatArray
    se: FloatArray
    n: FloatArray
    rows: FloatArray
    columns: FloatArray
    rows_se: FloatArray
    columns_se: FloatArray
    chi2: FloatArray
    df: IntArray
    perfect: BoolArray
    converged: BoolArray


def polychoric_ml(tables: ArrayLike) -> PolychoricML:
    """Polychoric correlations and thresholds of a stack of tables, by full maximum likelihood.

    Parameters
    ----------
    tables
        Counts, ``(..., k, l)``; categories ascend.

    Returns
    -------
    PolychoricML
        For two by two tables the same as :func:`detachment.stats.polychoric`.

    Raises
    ------
    ValueError
        For arrays that are no tables.

    Notes
    -----
    Olsson (1979), Psychometrika 44, 443-460, by Fisher's method of scoring; standard errors from
    the expected information. R: ``polycor::polychor(ML = TRUE, std.err = TRUE)``.

    Examples
    --------
    >>> fit = polychoric_ml([[20, 7, 0], [8, 25, 6], [1, 9, 24]])
    >>> round(float(fit.r), 5), round(float(fit.se), 4), fit.rows.round(4).tolist()
    (0.83354, 0.0486, [-0.6124, 0.4074])
    """
    counts = as_float(tables)
    first = polychoric(counts)  # says what is wrong with the tables, and where to start
    batch, k, m = counts.shape[:-2], *counts.shape[-2:]
    flat = counts.reshape(-1, k, m)
    start, perfect = np.reshape(first.r, -1), np.reshape(first.perfect, -1)
    parts = [
        _block(flat[at : at + _TABLES], start[at : at + _TABLES], perfect[at : at + _TABLES])
        for at in range(0, max(len(flat), 1), _TABLES)
    ]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    shaped = {name: value.reshape((*batch, *value.shape[1:]))[()] for name, value in whole.items()}
    return PolychoricML(n=first.n, df=first.df, perfect=first.perfect, **shaped)


def _block(counts: FloatArray, start: FloatArray, perfect: BoolArray) -> dict[str, Any]:
    size, k, m = counts.shape
    down, across = counts.sum(axis=2), counts.sum(axis=1)
    # categories without counts last: their thresholds are out of the way, and need no estimate
    order = [np.argsort(margin == 0, axis=1, kind="stable") for margin in (down, across)]
    rows, columns = order[0][:, :, None], order[1][:, None, :]
    table = counts[np.arange(size)[:, None, None], rows, columns]
    a, b = (
        np.clip(thresholds(np.take_along_axis(margin, places, axis=1)), -FAR, FAR)
        for margin, places in zip((down, across), order, strict=True)
    )
    inside = np.isfinite(start) & ~perfect
    at = np.flatnonzero(inside)
    r, se, chi2 = start.copy(), np.full(size, np.nan), np.full(size, np.nan)
    chi2[perfect] = 0.0  # the table is what r = 1 or -1 gives
    errors = np.full((size, k + m - 2), np.nan)
    converged = np.isfinite(start)
    if at.size:
        z = np.arctanh(r[at])
        estimates, found = _score(table[at], np.concatenate([a[at], b[at], z[:, None]], axis=1))
        a[at], b[at], z = estimates[:, : k - 1], estimates[:, k - 1 : -1], estimates[:, -1]
        p, slopes = _model(a[at], b[at], z)
        covariance = np.linalg.inv(_information(table[at], p, slopes))
        deviation = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
        r[at] = np.where(found, np.tanh(z), np.nan)
        se[at] = np.where(found, deviation[:, -1] / np.cosh(z) ** 2, np.nan)
        errors[at] = np.where(found[:, None], deviation[:, :-1], np.nan)
        n = table[at].sum(axis=(1, 2), keepdims=True)
        terms = table[at] * np.log(np.where(table[at] > 0, table[at] / (n * p), 1.0))
        chi2[at] = np.where(found, np.maximum(2 * terms.sum(axis=(1, 2)), 0.0), np.nan)
        converged[at] = found
    rows_back, columns_back = (_place(margin) for margin in (down, across))
    return {
        "r": r,
        "se": se,
        "rows": _spread(a, rows_back),
        "columns": _spread(b, columns_back),
        "rows_se": _spread(errors[:, : k - 1], rows_back, missing=np.nan),
        "columns_se": _spread(errors[:, k - 1 :], columns_back, missing=np.nan),
        "chi2": chi2,
        "converged": converged,
    }


def _place(margins: FloatArray) -> IntArray:
    """For each threshold its place among those between categories with counts; -1 and k are ends.

    ``(m, k - 1)``: a threshold after an empty category is that before it.
    """
    chosen = margins > 0
    place = np.cumsum(chosen, axis=1)[:, :-1] - 1
    last = chosen.sum(axis=1, keepdims=True) - 1
    return np.where(place >= last, margins.shape[1], place)


def _spread(values: FloatArray, place: IntArray, missing: float = np.inf) -> FloatArray:
    """Values of the thresholds that were estimated, where all thresholds stand."""
    ends = np.full((len(values), 1), missing)
    padded = np.concatenate([-ends, values, np.repeat(ends, 2, axis=1)], axis=1)
    return np.take_along_axis(padded, place + 1, axis=1)


def _score(table: FloatArray, estimates: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Thresholds of both items and Fisher's z that make tables likeliest, and whether found."""
    k = table.shape[1]
    found = np.zeros(len(table), dtype=bool)
    at = np.arange(len(table))
    for _ in range(_STEPS):
        now, counts = estimates[at], table[at]
        p, slopes = _model(now[:, : k - 1], now[:, k - 1 : -1], now[:, -1])
        gradient = np.einsum("nab,nabi->ni", counts / p, slopes)
        step = np.linalg.solve(_information(counts, p, slopes), gradient[..., None])[..., 0]
        step *= np.minimum(1.0, 0.5 / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        best = _log_likelihood(counts, p)
        share, wrong = np.ones(len(at)), np.arange(len(at))
        for _ in range(_HALVES):
            to = now[wrong] + share[wrong, None] * step[wrong]
            a, b = to[:, : k - 1], to[:, k - 1 : -1]
            new, _ = _model(a, b, to[:, -1])
            slack = 1e-12 * np.abs(best[wrong])
            bad = _log_likelihood(counts[wrong], new) < best[wrong] - slack
            bad |= (np.diff(a, axis=1) < 0).any(axis=1) | (np.diff(b, axis=1) < 0).any(axis=1)
            wrong = wrong[bad]
            if not wrong.size:
                break
            share[wrong] /= 2
        step *= share[:, None]
        estimates[at] = now + step
        done = np.abs(step).max(axis=1) < _DONE
        found[at[done]] = True
        at = at[~done]
        if not at.size:
            break
    return estimates, found


def _model(a: FloatArray, b: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Probabilities of the cells ``(m, k, l)``, and their derivatives ``(m, k, l, parameters)``."""
    size, k, m = len(a), a.shape[1] + 1, b.shape[1] + 1
    r = np.tanh(z)
    below, density = np.zeros((size, k + 1, m + 1)), np.zeros((size, k + 1, m + 1))
    below[:, 1:-1, -1], below[:, -1, 1:-1], below[:, -1, -1] = ndtr(a), ndtr(b), 1.0
    h, j = a[:, :, None], b[:, None, :]
    below[:, 1:-1, 1:-1] = bivariate_normal_cdf(h, j, r[:, None, None])
    density[:, 1:-1, 1:-1] = bivariate_normal_pdf(h, j, r[:, None, None])
    slopes = np.zeros((size, k, m, k + m - 1))
    c = np.arange(k - 1)
    at = conditional_shares(a.T, b.T, z).transpose(2, 0, 1) * normal_density(a)[:, :, None]
    slopes[:, c, :, c], slopes[:, c + 1, :, c] = at.swapaxes(0, 1), -at.swapaxes(0, 1)
    c = np.arange(m - 1)
    at = conditional_shares(b.T, a.T, z).transpose(2, 0, 1) * normal_density(b)[:, :, None]
    slopes[:, :, c, k - 1 + c], slopes[:, :, c + 1, k - 1 + c] = (
        at.swapaxes(1, 2),
        -at.swapaxes(1, 2),
    )
    slopes[..., -1] = _differences(density) / np.cosh(z)[:, None, None] ** 2
    return np.maximum(_differences(below), LEAST), slopes


def _differences(corners: FloatArray) -> FloatArray:
    return np.diff(np.diff(corners, axis=1), axis=2)


def _information(table: FloatArray, p: FloatArray, slopes: FloatArray) -> FloatArray:
    """Expected information ``(m, parameters, parameters)``; 1 for thresholds out of the way."""
    n = table.sum(axis=(1, 2))
    free = np.where(p > LEAST, 1 / p, 0.0)
    cells = slopes.reshape(len(p), -1, slopes.shape[-1])
    information = cells.swapaxes(1, 2) @ (cells * free.reshape(len(p), -1, 1)) * n[:, None, None]
    idle = np.diagonal(information, axis1=-2, axis2=-1) < 1e-200
    return np.asarray(information + idle[:, None, :] * np.eye(slopes.shape[-1]))


def _log_likelihood(counts: FloatArray, p: FloatArray) -> FloatArray:
    return np.asarray(np.sum(counts * np.log(p), axis=(1, 2)))
