"""All pairs of ordinal items at once: their polychoric correlations, and how these vary together.

The correlations come from the tables of counts of each pair, so that their time does not grow with
the number of respondents. How the estimates vary together needs the answers themselves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_float,
)
from detachment.stats._ordinal_cells import (
    check_weights,
    influence,
    normal_density,
    shares,
    solve,
)
from detachment.stats.counts import Tables, data_set, pairwise_tables
from detachment.stats.exact_products import ExactProducts, exact_products, grid
from detachment.stats.polychoric_tables import polychoric

_ROWS = 1024  # at a time: their influences stay in the cache


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
    errors: bool = True,
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
    correct, weights, errors
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
    ([1.0, 0.5897, 0.5101], [-0.5659, 0.5659])
    """
    return polychoric_from_tables(
        pairwise_tables(x),
        margins=margins,
        correct=correct,
        weights=weights,
        errors=errors,
        smooth=smooth,
    )


def polychoric_from_tables(
    tables: Tables | ArrayLike,
    *,
    margins: str = "items",
    correct: float = 0.0,
    weights: str = "expected",
    errors: bool = True,
    smooth: bool = False,
) -> PolychoricMatrix:
    """Polychoric correlations of all pairs of items, from their tables of counts.

    Parameters
    ----------
    tables
        Tables, or a stack of counts alone: of the categories of items i and j at
        ``[..., i, j, :, :]``, ``(..., p, p, k, k)``, where the table of an item with itself holds
        all its answers on its diagonal.
    margins, correct, weights, errors, smooth
        As for :func:`polychoric_matrix`.

    Returns
    -------
    PolychoricMatrix

    Raises
    ------
    ValueError
        For arrays that are no such tables, and for unknown words.

    References
    ----------
    Olsson, U. (1979). *Psychometrika, 44*, 443-460. R: ``lavaan::lavCor``,
    ``psych::polychoric(correct = 0)``.

    Examples
    --------
    >>> one, other = [[6, 0], [0, 4]], [[5, 0], [0, 5]]
    >>> both = np.array([[4, 2], [1, 3]])
    >>> polychoric_from_tables([[one, both], [both.T, other]]).r.round(4).tolist()
    [[1.0, 0.6071], [0.6071, 1.0]]
    """
    counts = as_float(tables.counts if isinstance(tables, Tables) else tables)
    p, k = counts.shape[-3:-1] if counts.ndim > 3 else (0, 0)
    if counts.ndim < 4 or counts.shape[-4:] != (p, p, k, k):
        raise ValueError(f"expected tables of shape (..., p, p, k, k), got {counts.shape}")
    if margins not in ("items", "pairs"):
        raise ValueError(f"margins are of items or pairs, not {margins!r}")
    if k == 0:  # nobody answered anything: one category that nobody chose
        counts = np.zeros((*counts.shape[:-2], 1, 1))
    own = np.arange(p)
    answers = np.diagonal(counts[..., own, own, :, :], axis1=-2, axis2=-1)
    values = np.tile(np.arange(k, dtype=np.float64), (p, 1))
    values = tables.categories if isinstance(tables, Tables) else values
    values = values if k else np.full((p, 1), np.nan)
    j, i = np.triu_indices(p, 1)
    fit = polychoric(
        counts[..., i, j, :, :],
        rows=answers[..., i, :] if margins == "items" else None,
        columns=answers[..., j, :] if margins == "items" else None,
        correct=correct,
        weights=weights,
        errors=errors,
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
    below = shares(answers)
    tau = np.where(np.isnan(values[:, 1:]), np.nan, ndtri(below))
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        tau_se = np.sqrt(below * (1 - below) / n[..., None]) / normal_density(tau)
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
    [[1.0, 0.729, 0.064], [0.729, 1.0, 0.729], [0.064, 0.729, 1.0]]
    """
    r = as_float(r)
    smooth, smallest = _smoothed(r)
    return np.where((smallest < np.finfo(float).eps)[..., None, None], smooth, r)


def _smoothed(r: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Matrices with lifted eigenvalues, and the smallest of each before; NaN where r has NaN."""
    whole = np.asarray(~np.isnan(r).any(axis=(-2, -1)))
    values, vectors = np.linalg.eigh(np.where(whole[..., None, None], r, np.eye(r.shape[-1])))
    lifted = np.where(values < 1e-12, 1e-10, values)
    lifted = lifted * r.shape[-1] / lifted.sum(axis=-1, keepdims=True)
    smooth = (vectors * lifted[..., None, :]) @ vectors.swapaxes(-1, -2)
    scale = np.sqrt(np.diagonal(smooth, axis1=-2, axis2=-1))
    smooth = smooth / (scale[..., :, None] * scale[..., None, :])
    smallest = np.where(whole, values[..., 0] if r.shape[-1] else np.nan, np.nan)
    return smooth, smallest


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
        For each threshold its item, and its place among the item's thresholds in ``fit``, ``(t,)``.
        Categories that nobody chose are none.
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
    ([0.0, 0.3186, 0.4027], [0.4431, 0.4514, 0.5003])
    """
    x = data_set(x)
    n = int(np.count_nonzero(~np.isnan(x).all(axis=1)))
    influences = ordinal_influences(pairwise_tables(x), n, weights=weights)
    return influences.covariance(influences(x))


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalInfluences:
    """How far the answers of a row move the q estimates: called with rows, sums of their products.

    Attributes
    ----------
    fit, items, cuts, rows, columns, n
        As in :class:`AsymptoticCovariance`.
    below, scale
        Share of the answers up to each threshold, and how far the answer of one respondent moves
        it, ``(t,)``.
    lookup
        How far each pair of answers moves each correlation, one after the other; the place after
        the last category stands for a missing answer.
    unknown
        Estimates whose variance does not exist, ``(q,)``.
    units
        See :func:`detachment.stats.exact_products.grid`, ``(q,)``.
    """

    fit: PolychoricMatrix
    items: IntArray
    cuts: IntArray
    rows: IntArray
    columns: IntArray
    n: int
    below: FloatArray
    scale: FloatArray
    lookup: FloatArray
    unknown: BoolArray
    units: FloatArray

    def __call__(self, x: ArrayLike) -> ExactProducts:
        """Sums of products of the influences of rows ``(n, p)``; those of blocks add up."""
        codes = _codes(data_set(x), self.fit.categories)
        k = self.fit.categories.shape[1]
        pairs = np.arange(len(self.rows)) * (k + 1) ** 2
        total = exact_products(np.zeros((0, len(self.units))), self.units)
        for start in range(0, len(codes), _ROWS):
            block = codes[start : start + _ROWS]
            answer = block[:, self.items]
            cut = np.where(answer < k, (answer <= self.cuts) - self.below, 0.0) * self.scale
            r = self.lookup[pairs + block[:, self.rows] * (k + 1) + block[:, self.columns]]
            total += exact_products(np.concatenate([cut, r], axis=1), self.units)
        return total

    def covariance(self, sums: ExactProducts) -> AsymptoticCovariance:
        """The result, from the sums over all rows."""
        gamma = sums.total / self.n if self.n else np.full(sums.digits.shape[1:], np.nan)
        gamma[self.unknown], gamma[:, self.unknown] = np.nan, np.nan
        tau = self.fit.thresholds[self.items, self.cuts]
        return AsymptoticCovariance(
            gamma=gamma,
            estimates=np.concatenate([tau, self.fit.r[self.rows, self.columns]]),
            n=self.n,
            items=self.items,
            cuts=self.cuts,
            rows=self.rows,
            columns=self.columns,
            fit=self.fit,
        )


def ordinal_influences(tables: Tables, n: int, *, weights: str = "expected") -> OrdinalInfluences:
    """How far answers move thresholds and polychoric correlations, from tables of counts.

    Parameters
    ----------
    tables
        Of all rows.
    n
        Rows with at least one answer.
    weights
        As for :func:`asymptotic_covariance`.

    Returns
    -------
    OrdinalInfluences
        Called with the same rows once more, block by block in any order, it adds up their
        asymptotic covariance without rounding.

    Raises
    ------
    ValueError
        For unknown words.

    References
    ----------
    As of :func:`asymptotic_covariance`.

    Examples
    --------
    >>> x = np.array([[1.0, 1], [2, 1], [2, 2], [1, 1], [2, 2], [1, 2], [2, 1], [1, 1]])
    >>> influences = ordinal_influences(pairwise_tables(x), 8)
    >>> halves = influences(x[5:]) + influences(x[:5])
    >>> np.array_equal(influences.covariance(halves).gamma, asymptotic_covariance(x).gamma)
    True
    """
    check_weights(weights)
    p = len(tables.categories)
    fit = polychoric_from_tables(tables, weights=weights)
    columns, rows = np.triu_indices(p, 1)
    margins = tables.margins.astype(np.float64)
    items, cuts = np.nonzero(~np.isnan(tables.categories[:, 1:]))
    below = shares(margins)[items, cuts]
    tau = fit.thresholds[items, cuts]
    scale = n / (margins.sum(axis=1)[items] * normal_density(tau))
    counts = tables.counts[rows, columns].astype(np.float64)
    if not n:
        counts, margins = np.zeros((len(rows), 1, 1)), np.zeros((p, 1))
    lookup = _lookup(counts, margins[rows], margins[columns], n, weights)
    happen = _happen(counts, margins[rows], margins[columns], n)
    unknown = np.any(happen & ~np.isfinite(lookup), axis=(1, 2))
    lookup = np.where(happen & ~unknown[:, None, None], lookup, 0.0)
    largest = [np.maximum(below, 1 - below) * scale, np.abs(lookup).max(axis=(1, 2), initial=0.0)]
    return OrdinalInfluences(
        fit=fit,
        items=items,
        cuts=cuts,
        rows=rows,
        columns=columns,
        n=n,
        below=below,
        scale=scale,
        lookup=lookup.ravel(),
        unknown=np.concatenate([np.zeros(len(items), dtype=np.bool_), unknown]),
        units=grid(np.concatenate(largest)),
    )


def _happen(counts: FloatArray, down: FloatArray, across: FloatArray, n: int) -> BoolArray:
    """Whether each pair of answers was given, ``(m, k + 1, k + 1)``; k stands for missing."""
    m, k, _ = counts.shape
    times = np.empty((m, k + 1, k + 1))
    times[:, :k, :k] = counts
    times[:, :k, k] = down - counts.sum(axis=2)
    times[:, k, :k] = across - counts.sum(axis=1)
    times[:, k, k] = n - times[:, :k].sum(axis=(1, 2)) - times[:, k, :k].sum(axis=1)
    return np.asarray(times > 0)


def _codes(x: np.ndarray, categories: FloatArray) -> IntArray:
    """Places of answers ``(n, p)`` among the k categories of their items; k where missing."""
    k = categories.shape[1]
    codes = np.full(x.shape, k, dtype=np.int64)
    for c, values in enumerate(categories.T):
        codes[x == values] = c
    return codes


def _lookup(
    counts: FloatArray, down: FloatArray, across: FloatArray, n: int, weights: str
) -> FloatArray:
    """Influence of each pair of answers on each r, ``(m, k + 1, k + 1)``; k stands for missing."""
    m, k, _ = counts.shape
    whole = np.full((m, k + 1, k + 1), np.nan)
    solved = solve(counts, down, across)
    if solved.at.size:
        at = solved.at
        by = influence(solved.cells, solved.z, weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            u = n * by.rows / down[at].sum(axis=1)
            v = n * by.columns / across[at].sum(axis=1)
            both = n * by.both / counts[at].sum(axis=(1, 2)) + u[:, None] + v[None]
        there = np.zeros((k + 1, k + 1, at.size))
        there[:k, :k], there[:k, k], there[k, :k] = both, u, v
        there[..., ~solved.found | (solved.sign != 0)] = np.nan
        whole[at] = np.moveaxis(there, -1, 0)
    return whole
