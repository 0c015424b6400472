"""Tables of counts in, polychoric correlations out: for all pairs of items at once.

Behind each ordinal answer stands a normal variable that is cut at thresholds; the polychoric
correlation is that of the normal variables of a pair. Two-step maximum likelihood: thresholds from
the margins, then r from the table. Everything but the covariance of the correlations with one
another needs the tables only, so that its time does not grow with the number of respondents.

An answer that nobody gave is no trouble: an empty cell is a count of 0, and an empty category has
two equal thresholds, or an infinite one at an end. Where the likelihood grows up to r = 1 or -1,
that is the estimate, it is marked as ``perfect``, and it has no standard error. Where an item of a
pair has a single category there is no correlation: NaN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    canonical_order,
)
from detachment.stats.bivariate_normal import bivariate_normal_cdf, bivariate_normal_step

_MOST = 64  # values; beyond, they are no categories
_ROWS = 1024  # at a time: their influences stay in the cache
_PAIRS = 1024  # at a time: their cells stay in the cache
_FAR = 38.0  # a standard normal is never beyond it in double precision
_CAP = 0.5  # longest step of Fisher's z
_SHORT = 0.2  # up to here six nodes carry the distribution function from one z to the next
_DONE = 1e-8  # steps shrink quadratically: the estimate is closer than the last step
_STEPS = 100
_END = 12.0  # Fisher's z of 1 - 7.5e-11
_LEAST = 1e-15  # of a cell's probability, which is known to about 1e-16


@dataclass(frozen=True, slots=True, eq=False)
class Polychoric:
    """Polychoric correlations of tables of counts ``(..., k, l)``.

    Attributes
    ----------
    r
        ``(...)``; 1 or -1 where ``perfect``.
    se
        Standard error, with the uncertainty of the thresholds in it.
    se_given_thresholds
        The smaller one that takes the thresholds as known, as ``polycor::polychor`` gives.
    n
        Counts in the table.
    rows, columns
        Thresholds, ``(..., k - 1)`` and ``(..., l - 1)``.
    chi2, df
        Likelihood-ratio test of bivariate normality; df is 0 for two by two tables, and counts
        categories that somebody chose.
    perfect
        Whether no interior maximum exists: the table holds what r = 1 or -1 would give.
    empty
        Cells with no counts in rows and columns that have some.
    converged
        Whether the maximum was found; False also where there is no correlation.
    """

    r: FloatArray
    se: FloatArray
    se_given_thresholds: FloatArray
    n: FloatArray
    rows: FloatArray
    columns: FloatArray
    chi2: FloatArray
    df: IntArray
    perfect: BoolArray
    empty: IntArray
    converged: BoolArray


def thresholds(margins: ArrayLike) -> FloatArray:
    """Points at which a standard normal variable is cut into categories of given sizes.

    Parameters
    ----------
    margins
        Counts of the categories in ascending order, ``(..., k)``.

    Returns
    -------
    FloatArray
        ``(..., k - 1)``; equal ones on both sides of an empty category, infinite ones beyond the
        outermost that was chosen, NaN without counts.

    Notes
    -----
    Olsson (1979), Psychometrika 44, 443-460, equation 15. R: the ``tau`` of ``psych::polychoric``.

    Examples
    --------
    >>> thresholds([10, 20, 20]).round(4).tolist()
    [-0.8416, 0.2533]
    """
    return ndtri(_shares(as_float(margins)))


def _shares(margins: FloatArray) -> FloatArray:
    """Cumulated shares of all categories but the last, ``(..., k - 1)``."""
    below = np.cumsum(margins, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return below[..., :-1] / below[..., -1:]


def polychoric(
    tables: ArrayLike,
    *,
    rows: ArrayLike | None = None,
    columns: ArrayLike | None = None,
    correct: float = 0.0,
    weights: str = "expected",
) -> Polychoric:
    """Polychoric correlations of a stack of tables, by two-step maximum likelihood.

    Parameters
    ----------
    tables
        Counts, ``(..., k, l)``; categories ascend.
    rows, columns
        Counts of all answers to the row item and the column item, ``(..., k)`` and ``(..., l)``,
        where answers are missing: thresholds then come from everyone who answered the item. By
        default the margins of the tables.
    correct
        Added to each empty cell, in rows and columns that have counts, before anything else; 0.5 is
        the convention for two by two tables. Thresholds follow the corrected tables unless
        ``rows`` and ``columns`` are given. The default corrects nothing.
    weights
        ``expected``: the information by the fitted probabilities. ``empirical``: by the observed
        shares, as lavaan does. They differ in the standard error only.

    Returns
    -------
    Polychoric

    Raises
    ------
    ValueError
        For arrays that are no tables, and an unknown word.

    Notes
    -----
    Olsson (1979), Psychometrika 44, 443-460; Newton's method on Fisher's z. Standard errors by the
    influence of each answer on thresholds and correlation: Muthen (1984), Psychometrika 49,
    115-132; Joreskog (1994), Psychometrika 59, 381-389. R: ``psych::polychoric(correct = 0)``,
    ``lavaan::lavCor(ordered =)``, ``polycor::polychor(ML = FALSE)``.

    Examples
    --------
    >>> fit = polychoric([[20, 7, 0], [8, 25, 6], [1, 9, 24]])
    >>> round(float(fit.r), 5), round(float(fit.se), 4), int(fit.empty)
    (0.83276, 0.0432, 1)
    """
    counts = as_float(tables)
    if counts.ndim < 2 or 0 in counts.shape[-2:]:
        raise ValueError(f"expected tables of shape (..., k, l), got {counts.shape}")
    _check_weights(weights)
    batch, k, m = counts.shape[:-2], *counts.shape[-2:]
    counts = _corrected(counts.reshape(-1, k, m), correct)
    down = counts.sum(axis=2) if rows is None else _margins(rows, batch, k)
    across = counts.sum(axis=1) if columns is None else _margins(columns, batch, m)
    parts = [
        _block(counts[at : at + _PAIRS], down[at : at + _PAIRS], across[at : at + _PAIRS], weights)
        for at in range(0, max(len(counts), 1), _PAIRS)
    ]
    whole = {
        name: np.concatenate([part[name] for part in parts]) if len(parts) > 1 else parts[0][name]
        for name in parts[0]
    }
    return Polychoric(
        rows=thresholds(down).reshape(*batch, k - 1),
        columns=thresholds(across).reshape(*batch, m - 1),
        **{name: value.reshape(batch)[()] for name, value in whole.items()},
    )


def _check_weights(weights: str) -> None:
    if weights not in ("expected", "empirical"):
        raise ValueError(f"weights are expected or empirical, not {weights!r}")


def _margins(counts: ArrayLike, batch: tuple[int, ...], k: int) -> FloatArray:
    return np.broadcast_to(as_float(counts), (*batch, k)).reshape(-1, k)


def _corrected(counts: FloatArray, correct: float) -> FloatArray:
    if not correct:
        return counts
    chosen = (counts.sum(axis=2, keepdims=True) > 0) & (counts.sum(axis=1, keepdims=True) > 0)
    return np.where(chosen & (counts == 0), correct, counts)


# ------------------------------------------------------------------------------ all pairs of items


@dataclass(frozen=True, slots=True, eq=False)
class PolychoricMatrix:
    """Polychoric correlations of p items with at most k categories, with leading batch axes.

    Attributes
    ----------
    r
        ``(..., p, p)``, ones along the diagonal; NaN in rows and columns of items that do not vary.
    se
        ``(..., p, p)``, zeros along the diagonal; NaN where ``perfect``.
    n
        Rows with both items, ``(..., p, p)``.
    thresholds, thresholds_se
        ``(..., p, k - 1)``; see :func:`thresholds`. NaN beyond the last category of an item.
    categories
        Values of each item, ``(p, k)``, ascending; NaN after the last of an item with fewer.
    perfect, converged, empty, chi2, df
        ``(..., p, p)``, as in :class:`Polychoric`; the diagonal is False, True, 0, 0 and 0.
    smallest_eigenvalue
        Of ``r`` before any smoothing, ``(...)``; below 0 the matrix belongs to no data.
    smoothed
        Whether ``r`` was changed for that, ``(...)``.
    """

    r: FloatArray
    se: FloatArray
    n: IntArray
    thresholds: FloatArray
    thresholds_se: FloatArray
    categories: FloatArray
    perfect: BoolArray
    converged: BoolArray
    empty: IntArray
    chi2: FloatArray
    df: IntArray
    smallest_eigenvalue: FloatArray
    smoothed: BoolArray


def polychoric_matrix(
    x: ArrayLike,
    *,
    margins: str = "items",
    correct: float = 0.0,
    weights: str = "expected",
    smooth: bool = False,
) -> PolychoricMatrix:
    """Polychoric correlations of all pairs of items, missing answers left out pair by pair.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing. Any numbers whose order is that of the categories.
    margins
        ``items``: thresholds of an item from all its answers, as psych and lavaan do. ``pairs``:
        from the rows that have both items of a pair, as polycor does.
    correct, weights
        As for :func:`polychoric`.
    smooth
        Whether to mend a matrix that is not positive definite (:func:`smooth_correlation`).

    Returns
    -------
    PolychoricMatrix

    Raises
    ------
    ValueError
        When there are so many values that they are no categories, and for unknown words.

    Notes
    -----
    R: ``psych::polychoric(x, correct = 0, smooth = FALSE)``; ``lavaan::lavCor(x, ordered =
    names(x), missing = "pairwise")``.

    Examples
    --------
    >>> x = np.array([[1, 1, 2], [2, 1, 3], [2, 2, 1], [3, 3, 2], [3, 2, 3], [1, 2, 1], [2, 3, 3]])
    >>> fit = polychoric_matrix(x)
    >>> fit.r[0].round(4).tolist(), fit.thresholds[0].round(4).tolist()
    ([1.0, 0.5987, 0.4494], [-0.5659, 0.5659])
    """
    codes, categories = _coded(x)
    return polychoric_from_tables(
        _tables(codes, categories.shape[1]),
        categories=categories,
        margins=margins,
        correct=correct,
        weights=weights,
        smooth=smooth,
    )


def polychoric_from_tables(
    tables: ArrayLike,
    *,
    categories: ArrayLike | None = None,
    margins: str = "items",
    correct: float = 0.0,
    weights: str = "expected",
    smooth: bool = False,
) -> PolychoricMatrix:
    """Polychoric correlations of all pairs of items, from their tables of counts.

    Parameters
    ----------
    tables
        Counts of the categories of items i and j at ``[..., i, j, :, :]``, ``(..., p, p, k, k)``;
        the table of an item with itself holds all its answers on its diagonal.
    categories
        Values of each item, ``(p, k)``, NaN after the last; only shown. By default 0 to k - 1.
    margins, correct, weights, smooth
        As for :func:`polychoric_matrix`.

    Returns
    -------
    PolychoricMatrix

    Raises
    ------
    ValueError
        For arrays that are no such tables, and for unknown words.

    Examples
    --------
    >>> one, other = [[6, 0], [0, 4]], [[5, 0], [0, 5]]
    >>> both = np.array([[4, 2], [1, 3]])
    >>> polychoric_from_tables([[one, both], [both.T, other]]).r.round(4).tolist()
    [[1.0, 0.6087], [0.6087, 1.0]]
    """
    counts = as_float(tables)
    if (
        counts.ndim < 4
        or counts.shape[-1] != counts.shape[-2]
        or counts.shape[-3] != counts.shape[-4]
    ):
        raise ValueError(f"expected tables of shape (..., p, p, k, k), got {counts.shape}")
    if margins not in ("items", "pairs"):
        raise ValueError(f"margins are of items or pairs, not {margins!r}")
    p, k = counts.shape[-3], counts.shape[-1]
    own = np.arange(p)
    answers = np.diagonal(counts[..., own, own, :, :], axis1=-2, axis2=-1)
    values = np.tile(np.arange(k, dtype=np.float64), (p, 1))
    values = values if categories is None else as_float(categories)
    j, i = np.triu_indices(p, 1)
    fit = polychoric(
        counts[..., i, j, :, :],
        rows=answers[..., i, :] if margins == "items" else None,
        columns=answers[..., j, :] if margins == "items" else None,
        correct=correct,
        weights=weights,
    )
    varies = np.count_nonzero(answers, axis=-1) > 1

    def square(pairs: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
        whole = np.empty((*counts.shape[:-4], p, p), dtype=np.asarray(pairs).dtype)
        whole[..., i, j] = whole[..., j, i] = pairs
        whole[..., own, own] = diagonal
        return whole

    r = square(fit.r, np.where(varies, 1.0, np.nan))
    smooth_r, smallest = _smoothed(r)
    change = smooth & (smallest < np.finfo(float).eps)
    n = answers.sum(axis=-1)
    below = _shares(answers)
    tau = np.where(np.isnan(values[:, 1:]), np.nan, ndtri(below))
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        tau_se = np.sqrt(below * (1 - below) / n[..., None]) / _density(tau)
    return PolychoricMatrix(
        r=np.where(change[..., None, None], smooth_r, r),
        se=square(fit.se, np.where(varies, 0.0, np.nan)),
        n=counts.sum(axis=(-2, -1)).astype(np.int64),
        thresholds=tau,
        thresholds_se=np.where(np.isfinite(tau), tau_se, np.nan),
        categories=values,
        perfect=square(fit.perfect, np.zeros(p, dtype=bool)),
        converged=square(fit.converged, varies),
        empty=square(fit.empty, np.zeros(p, dtype=np.int64)),
        chi2=square(fit.chi2, np.zeros(p)),
        df=square(fit.df, np.zeros(p, dtype=np.int64)),
        smallest_eigenvalue=smallest,
        smoothed=change,
    )


def _density(x: FloatArray) -> FloatArray:
    return np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


def smooth_correlation(r: ArrayLike) -> FloatArray:
    """Nearest-looking positive definite correlation matrix: negative eigenvalues are lifted.

    Parameters
    ----------
    r
        Correlation matrices, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(..., p, p)``; a matrix that is positive definite, or holds NaN, as it is.

    Notes
    -----
    Eigenvalues below 1e-12 become 1e-10 before the diagonal is brought back to ones: R's
    ``psych::cor.smooth``.

    Examples
    --------
    >>> smooth_correlation([[1, 0.9, 0], [0.9, 1, 0.9], [0, 0.9, 1]]).round(3).tolist()
    [[1.0, 0.76, 0.156], [0.76, 1.0, 0.76], [0.156, 0.76, 1.0]]
    """
    r = as_float(r)
    smooth, smallest = _smoothed(r)
    return np.where((smallest < np.finfo(float).eps)[..., None, None], smooth, r)


def _smoothed(r: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Matrices with lifted eigenvalues, and the smallest eigenvalue of each; NaN where r has NaN."""
    whole = ~np.isnan(r).any(axis=(-2, -1))
    values, vectors = np.linalg.eigh(np.where(whole[..., None, None], r, np.eye(r.shape[-1])))
    lifted = np.where(values < 1e-12, 1e-10, values)
    lifted = lifted * r.shape[-1] / lifted.sum(axis=-1, keepdims=True)
    smooth = (vectors * lifted[..., None, :]) @ vectors.swapaxes(-1, -2)
    scale = np.sqrt(np.diagonal(smooth, axis1=-2, axis2=-1))
    smooth = smooth / (scale[..., :, None] * scale[..., None, :])
    smallest = np.where(whole, values[..., 0] if r.shape[-1] else np.nan, np.nan)
    return smooth, smallest


def _coded(x: ArrayLike) -> tuple[IntArray, FloatArray]:
    """Answers as places in the ascending categories of all items, -1 missing; and the categories."""
    x = as_columns(x)
    if x.ndim != 2:
        raise ValueError(f"expected answers of shape (n, p), got {x.shape}")
    values, place = np.unique(x, return_inverse=True)
    values = values[~np.isnan(values)]
    if len(values) > _MOST:
        raise ValueError(f"{len(values)} different values are no categories of ordinal items")
    codes = np.where(np.isnan(x), -1, place.reshape(x.shape)).astype(np.int64)
    return codes, np.tile(values if len(values) else [np.nan], (x.shape[1], 1))


def _tables(codes: IntArray, k: int) -> FloatArray:
    """Tables of counts of each pair of items, ``(p, p, k, k)``."""
    p = codes.shape[1]
    total = np.zeros((p * k, p * k))
    for start in range(0, len(codes), 8192):
        hot = codes[start : start + 8192, :, None] == np.arange(k)
        hot = hot.reshape(len(hot), -1).astype(np.float32)
        total += hot.T @ hot
    return total.reshape(p, k, p, k).swapaxes(1, 2)


# ------------------------------------------------- how all thresholds and correlations vary together


@dataclass(frozen=True, slots=True, eq=False)
class AsymptoticCovariance:
    """Estimates of all thresholds and polychoric correlations, and how they vary together.

    The order is lavaan's for ordinal items: first the thresholds, item by item and ascending, then
    the correlations below the diagonal, column by column: r21, r31, ..., r32, ...

    Attributes
    ----------
    gamma
        Covariance of the q estimates times ``n``, ``(q, q)``; ``sqrt(diag(gamma) / n)`` are
        standard errors, ``1 / diag(gamma)`` the weights of diagonally weighted least squares.
    estimates
        ``(q,)``.
    n
        Rows with at least one answer.
    items, cuts
        For each threshold its item, and its place among the thresholds of :class:`PolychoricMatrix`,
        ``(t,)``. Thresholds exist between categories that somebody chose.
    rows, columns
        For each correlation its two items, ``(q - t,)``; rows are the higher ones.
    fit
        The correlations themselves.
    """

    gamma: FloatArray
    estimates: FloatArray
    n: int
    items: IntArray
    cuts: IntArray
    rows: IntArray
    columns: IntArray
    fit: PolychoricMatrix


def asymptotic_covariance(x: ArrayLike, *, weights: str = "expected") -> AsymptoticCovariance:
    """Asymptotic covariance of the thresholds and polychoric correlations of ordinal items.

    Parameters
    ----------
    x
        Answers, ``(n, p)``, all ordinal; NaN is missing, and left out pair by pair. The missing are
        taken to be missing completely at random.
    weights
        ``expected`` (closer to the truth where counts are small), or ``empirical``: lavaan's.

    Returns
    -------
    AsymptoticCovariance
        Rows and columns of a correlation that is perfect or does not exist are NaN.

    Raises
    ------
    ValueError
        When there are so many values that they are no categories, and for unknown words.

    Notes
    -----
    Muthen (1984), Psychometrika 49, 115-132; Joreskog (1994), Psychometrika 59, 381-389. R: the
    ``gamma`` of ``lavaan::lavInspect`` after ``estimator = "WLSMV"``.

    Examples
    --------
    >>> x = np.array([[1, 1], [2, 1], [2, 2], [1, 1], [2, 2], [1, 2], [2, 1], [1, 1]])
    >>> fit = asymptotic_covariance(x)
    >>> fit.estimates.round(4).tolist(), np.sqrt(np.diag(fit.gamma) / fit.n).round(4).tolist()
    ([0.0, 0.3186, 0.3976], [0.4431, 0.4504, 0.5161])
    """
    _check_weights(weights)
    codes, categories = _coded(x)
    codes = codes[(codes >= 0).any(axis=1)]
    codes = codes[canonical_order(codes.astype(np.float64))]  # the order of sums
    n, k = len(codes), categories.shape[1]
    tables = _tables(codes, k)
    fit = polychoric_from_tables(tables, categories=categories, weights=weights)
    own = np.arange(codes.shape[1])
    answers = np.diagonal(tables[own, own], axis1=-2, axis2=-1)
    columns, rows = np.triu_indices(len(own), 1)

    later = np.cumsum(answers[:, ::-1], axis=1)[:, ::-1]
    items, cuts = np.nonzero((answers[:, :-1] > 0) & (later[:, 1:] > 0))
    tau, below = fit.thresholds[items, cuts], _shares(answers)[items, cuts]
    scale = n / (answers.sum(axis=1)[items] * _density(tau))

    lookup = _lookup(tables[rows, columns], answers[rows], answers[columns], n, weights)
    pairs = np.arange(len(rows)) * (k + 1) ** 2
    codes = np.where(codes < 0, k, codes)
    size = len(items) + len(rows)
    gamma = np.zeros((size, size))
    for start in range(0, n, _ROWS):
        block = codes[start : start + _ROWS]
        answer = block[:, items]
        cut = np.where(answer < k, (answer <= cuts) - below, 0.0) * scale
        r = lookup[pairs + block[:, rows] * (k + 1) + block[:, columns]]
        influence = np.concatenate([cut, r], axis=1)
        gamma += influence.T @ influence
    return AsymptoticCovariance(
        gamma=gamma / n if n else np.full((size, size), np.nan),
        estimates=np.concatenate([tau, fit.r[rows, columns]]),
        n=n,
        items=items,
        cuts=cuts,
        rows=rows,
        columns=columns,
        fit=fit,
    )


def _lookup(
    counts: FloatArray, down: FloatArray, across: FloatArray, n: int, weights: str
) -> FloatArray:
    """Influence of each pair of answers on each r, one after the other; k stands for missing."""
    m, k, _ = counts.shape
    whole = np.full((m, k + 1, k + 1), np.nan)
    solved = _solve(counts, down, across)
    if solved.at.size:
        at = solved.at
        by = _influence(solved.cells, solved.z, weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            u = n * by.rows / down[at].sum(axis=1)
            v = n * by.columns / across[at].sum(axis=1)
            both = n * by.both / counts[at].sum(axis=(1, 2)) + u[:, None] + v[None]
        there = np.zeros((k + 1, k + 1, at.size))
        there[:k, :k], there[:k, k], there[k, :k] = both, u, v
        there[..., ~solved.found | (solved.sign != 0)] = np.nan
        whole[at] = np.moveaxis(there, -1, 0)
    return whole.ravel()


# ------------------------------------------------------------------- one block, pairs along the end


@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    """Tables of pairs in which both items vary, at their estimates; pairs along the end.

    Attributes
    ----------
    at
        Which of all tables these are.
    cells, z
        At Fisher's z of each maximum inside.
    sign
        1 or -1 where the estimate is that instead; else 0.
    found
        Whether there is an estimate.
    """

    at: IntArray
    cells: "_Cells"
    z: FloatArray
    sign: FloatArray
    found: BoolArray


def _solve(counts: FloatArray, down: FloatArray, across: FloatArray) -> _Solved:
    """Estimates of some tables ``(m, k, l)``; arrays of cells are ``(k, l, m)`` from here on.

    NumPy works along the last axis fastest, and there are more pairs than categories.
    """
    varies = np.all(
        [np.count_nonzero(counts.sum(axis=axis), axis=1) > 1 for axis in (1, 2)], axis=0
    )
    at = np.flatnonzero(varies)
    table = np.ascontiguousarray(np.moveaxis(counts[at], 0, -1))
    a, b = (np.clip(thresholds(x[at]), -_FAR, _FAR).T for x in (down, across))
    cells = _Cells(table, a, b)
    if not at.size:
        nothing = np.zeros(0)
        return _Solved(at, cells, nothing, nothing, nothing > 0)
    z, found = _maximize(cells)
    sign = _boundary(cells, z)
    return _Solved(at, cells, z, sign, found | (sign != 0))


def _block(
    counts: FloatArray, down: FloatArray, across: FloatArray, weights: str
) -> dict[str, FloatArray | IntArray | BoolArray]:
    """Everything about some tables ``(m, k, l)``."""
    size = len(counts)
    chosen = [np.count_nonzero(counts.sum(axis=axis), axis=1) for axis in (1, 2)]
    r, se, known, chi2 = (np.full(size, np.nan) for _ in range(4))
    perfect, converged = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    solved = _solve(counts, down, across)
    if solved.at.size:
        at, cells, z, sign = solved.at, solved.cells, solved.z, solved.sign
        perfect[at], converged[at] = sign != 0, solved.found
        r[at] = np.where(solved.found, np.where(sign != 0, sign, np.tanh(z)), np.nan)
        errors = _standard_errors(cells, z, down[at].T, across[at].T, weights)
        inside = solved.found & (sign == 0)
        se[at], known[at] = (np.where(inside, error, np.nan) for error in errors)
        p = np.where(sign != 0, _diagonal(cells, sign), cells.p)
        chi2[at] = np.where(solved.found, _chi2(cells, p), np.nan)
    return {
        "r": r,
        "se": se,
        "se_given_thresholds": known,
        "n": counts.sum(axis=(1, 2)),
        "chi2": chi2,
        "df": np.maximum((chosen[0] - 1) * (chosen[1] - 1) - 1, 0),
        "perfect": perfect,
        "empty": chosen[0] * chosen[1] - np.count_nonzero(counts, axis=(1, 2)),
        "converged": converged,
    }


class _Cells:
    """Probabilities of the cells of some tables, as they follow r.

    ``below`` is the distribution function at each crossing of thresholds, with its borders,
    ``(k + 1, l + 1, m)``; ``p`` the probabilities of the cells, ``(k, l, m)``.
    """

    def __init__(self, counts: FloatArray, a: FloatArray, b: FloatArray) -> None:
        self.counts, self.a, self.b = counts, a, b
        self.h, self.k = a[:, None], b[None]
        self.squares, self.product = self.h**2 + self.k**2, self.h * self.k
        rows, columns, pairs = counts.shape
        self.below = np.zeros((rows + 1, columns + 1, pairs))
        self.below[1:-1, -1], self.below[-1, 1:-1] = ndtr(a), ndtr(b)
        self.below[-1, -1] = 1.0
        self.p = np.empty_like(counts)

    def only(self, keep: BoolArray) -> "_Cells":
        """The same for some of the tables."""
        part = object.__new__(_Cells)
        for name in ("counts", "a", "b", "h", "k", "squares", "product", "below", "p"):
            setattr(part, name, np.ascontiguousarray(getattr(self, name)[..., keep]))
        return part

    def start(self, r: FloatArray) -> None:
        """Set the distribution function at r."""
        inner = self.below[1:-1, 1:-1]
        inner[:] = self.below[1:-1, -1:] * self.below[-1:, 1:-1]
        for nodes, least, most in ((12, 0.0, 0.75), (20, 0.75, 0.925), (0, 0.925, 2.0)):
            at = np.flatnonzero((np.abs(r) >= least) & (np.abs(r) < most))
            if not at.size:
                continue
            h, k = self.h[..., at], self.k[..., at]
            if nodes:
                inner[..., at] += bivariate_normal_step(h, k, np.zeros(at.size), r[at], nodes)
            else:
                inner[..., at] = bivariate_normal_cdf(h, k, r[at])
        self.p = _differences(self.below)

    def move(self, z: FloatArray, to: FloatArray) -> None:
        """Carry the distribution function from one Fisher's z to another."""
        r, end = np.tanh(z), np.tanh(to)
        far = np.abs(to - z) > _SHORT
        inner = self.below[1:-1, 1:-1]
        if far.any():
            inner[..., far] = bivariate_normal_cdf(self.h[..., far], self.k[..., far], end[far])
            r = np.where(far, end, r)
        inner += bivariate_normal_step(self.h, self.k, r, end, 6)
        self.p = _differences(self.below)

    def density(self, z: FloatArray) -> FloatArray:
        """Bivariate normal density at the crossings of thresholds."""
        r, q = np.tanh(z), 1 / np.cosh(z) ** 2
        with np.errstate(under="ignore"):
            return np.exp((r * self.product - 0.5 * self.squares) / q) / (2 * np.pi * np.sqrt(q))


def _differences(corners: FloatArray) -> FloatArray:
    """What stands in each cell between four corners; at the borders of density nothing stands."""
    rows = corners[1:] - corners[:-1]
    return rows[:, 1:] - rows[:, :-1]


def _bordered(inner: FloatArray) -> FloatArray:
    whole = np.zeros((inner.shape[0] + 2, inner.shape[1] + 2, inner.shape[2]))
    whole[1:-1, 1:-1] = inner
    return whole


def _total(cells: FloatArray) -> FloatArray:
    return cells.sum(axis=(0, 1))


def _maximize(cells: _Cells) -> tuple[FloatArray, BoolArray]:
    """Fisher's z of the two-step estimate of each table, and whether it was found."""
    z = np.arctanh(_first_guess(cells))
    cells.start(np.tanh(z))
    found = np.zeros(z.size, dtype=bool)
    low, high = np.full(z.size, -_END), np.full(z.size, _END)
    now, at = cells, np.arange(z.size)
    for _ in range(_STEPS):
        here = z[at]
        gradient, step = _newton(now, here)
        low[at] = np.where(gradient > 0, here, low[at])
        high[at] = np.where(gradient < 0, here, high[at])
        to = here + np.clip(step, -_CAP, _CAP)
        # beyond where the gradient has turned before, halve the way between
        to = np.where((to < low[at]) | (to > high[at]), (low[at] + high[at]) / 2, to)
        now.move(here, to)
        z[at] = to
        done = np.abs(to - here) < _DONE
        if done.any():
            found[at[done]] = True
            if now is not cells:
                cells.below[..., at[done]], cells.p[..., at[done]] = (
                    now.below[..., done], now.p[..., done],
                )  # fmt: skip
            if done.all():
                break
            now, at = now.only(~done), at[~done]
    return z, found


def _first_guess(cells: _Cells) -> FloatArray:
    """Pearson's correlation of the codes, freed of what cutting takes from it to first order."""
    counts, n = cells.counts, _total(cells.counts)
    i, j = (np.arange(length, dtype=np.float64) for length in counts.shape[:2])
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    both = np.einsum("a,b,abm->m", i, j, counts) / n
    covariance = both - (i @ rows / n) * (j @ columns / n)
    density = [np.exp(-0.5 * x**2).sum(axis=0) / np.sqrt(2 * np.pi) for x in (cells.a, cells.b)]
    with np.errstate(divide="ignore", invalid="ignore"):
        guess = covariance / (density[0] * density[1])
    return np.clip(np.nan_to_num(guess), -0.95, 0.95)


def _newton(cells: _Cells, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gradient of the log likelihood in Fisher's z, and the step to where it would vanish."""
    r, q = np.tanh(z), 1 / np.cosh(z) ** 2
    density = cells.density(z)
    slope = r / q + (cells.product * (1 + r * r) - r * cells.squares) / (q * q)
    first = _differences(_bordered(density))
    second = _differences(_bordered(density * slope))
    p = np.maximum(cells.p, _LEAST)
    score = first / p
    gradient = _total(cells.counts * score)
    curvature = _total(cells.counts * (second / p - score * score))
    information = _total(cells.counts) * _total(np.where(cells.p > _LEAST, first * score, 0.0))
    gradient, curvature = gradient * q, curvature * q * q - 2 * r * q * gradient
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        step = gradient / np.where(curvature < 0, -curvature, information * q * q)
    return gradient, np.where(np.isfinite(step), step, _CAP * np.sign(gradient))


# ------------------------------------------------------------------------------ perfect association


def _boundary(cells: _Cells, z: FloatArray) -> FloatArray:
    """1 or -1 for tables that are no less likely there than at the maximum inside; else 0."""
    rows, columns = cells.counts.shape[:2]
    sign = np.zeros(z.size)
    filled = np.count_nonzero(cells.counts, axis=(0, 1))
    # at 1 and -1 the cells that are not empty form a staircase
    at = np.flatnonzero(filled < rows + columns)
    if not at.size:
        return sign
    keep = np.zeros(z.size, dtype=bool)
    keep[at] = True
    some = cells.only(keep)
    slack = 1e-9 * _total(some.counts)
    best = _log_likelihood(some.counts, some.p) - slack
    for side in (1.0, -1.0):
        there = _log_likelihood(some.counts, _diagonal(some, np.full(at.size, side)))
        sign[at] = np.where(there >= best, side, sign[at])
        best = np.maximum(best, there)
    return sign


def _diagonal(cells: _Cells, sign: FloatArray) -> FloatArray:
    """Probabilities of the cells where r is 1 or -1."""
    whole = cells.below.copy()
    x, y = whole[1:-1, -1:], whole[-1:, 1:-1]
    whole[1:-1, 1:-1] = np.where(sign > 0, np.minimum(x, y), np.maximum(x + y - 1, 0.0))
    p = _differences(whole)
    return np.where(p < 1e-13, 0.0, p)  # what is left of sums such as .1 + .2 - .3


def _log_likelihood(counts: FloatArray, p: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return _total(counts * np.log(np.where(counts > 0, np.maximum(p, 0.0), 1.0)))


def _chi2(cells: _Cells, p: FloatArray) -> FloatArray:
    """Likelihood-ratio statistic of the table against fitted probabilities."""
    counts, n = cells.counts, _total(cells.counts)
    terms = counts * np.log(np.where(counts > 0, counts / (n * np.maximum(p, _LEAST)), 1.0))
    return np.maximum(2 * _total(terms), 0.0)


# -------------------------------------------------------------------------------- standard errors


@dataclass(frozen=True, slots=True, eq=False)
class _Influence:
    """How one answer moves r, before it is divided by the number of answers; pairs along the end.

    Attributes
    ----------
    both
        Score of each cell over the information, ``(k, l, m)``.
    rows, columns
        Through the thresholds, by the answer to one item, ``(k, m)`` and ``(l, m)``.
    information
        Of one answer about r, with the thresholds known, ``(m)``.
    """

    both: FloatArray
    rows: FloatArray
    columns: FloatArray
    information: FloatArray


def _influence(cells: _Cells, z: FloatArray, weights: str) -> _Influence:
    p = np.maximum(cells.p, _LEAST)
    first = _differences(_bordered(cells.density(z)))
    score = np.where(cells.p > _LEAST, first / p, 0.0)
    # one where each cell has the weight that the model gives it
    ratio = 1.0 if weights == "expected" else cells.counts / (_total(cells.counts) * p)
    information = _total(ratio * p * score * score)
    weighted = ratio * score
    r, root = np.tanh(z), 1 / np.cosh(z)

    def through(own: FloatArray, other: FloatArray, weighted: FloatArray) -> FloatArray:
        # Share of the other item's categories among those who stand at a threshold.
        cut = ndtr((other[None] - r * own[:, None]) / root)
        share = np.diff(cut, axis=1, prepend=0.0, append=1.0)
        slope = np.sum(share * (weighted[1:] - weighted[:-1]), axis=1)
        # An answer in or below category c lowers its threshold's share by what all expect of it.
        above = np.zeros((len(own) + 1, own.shape[1]))
        above[:-1] = np.cumsum(slope[::-1], axis=0)[::-1]
        return (above - np.sum(slope * ndtr(own), axis=0)) / information

    with np.errstate(divide="ignore", invalid="ignore"):
        return _Influence(
            both=score / information,
            rows=through(cells.a, cells.b, weighted),
            columns=through(cells.b, cells.a, weighted.swapaxes(0, 1)),
            information=information,
        )


def _standard_errors(
    cells: _Cells, z: FloatArray, down: FloatArray, across: FloatArray, weights: str
) -> tuple[FloatArray, FloatArray]:
    """Standard error of r, and the one that takes thresholds as known; ``down`` is ``(k, m)``."""
    counts = cells.counts
    n, n_rows, n_columns = _total(counts), down.sum(axis=0), across.sum(axis=0)
    by = _influence(cells, z, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        u, v = by.rows / n_rows, by.columns / n_columns
        together = by.both / n + u[:, None] + v[None]
        only_rows = np.maximum(down - counts.sum(axis=1), 0.0)
        only_columns = np.maximum(across - counts.sum(axis=0), 0.0)
        variance = _total(counts * together**2)
        variance += (only_rows * u**2).sum(axis=0) + (only_columns * v**2).sum(axis=0)
        return np.sqrt(variance), 1 / np.sqrt(n * by.information)
