"""Two sets of variables in, correlations with their intervals and tests out.

``pearson``, ``spearman`` and ``kendall`` take answers ``(n, p)`` and ``(n, q)`` and give matrices
``(p, q)`` over the rows where both variables of a pair are answered. Everything that follows from
r and n alone (intervals, tests, disattenuation) takes arrays of any shape. A pair with fewer than
two rows or a constant variable has no correlation: NaN, without a warning.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincc, ndtr, ndtri

from detachment.stats._arrays import (
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    as_numbers,
    is_whole,
    whole_units,
)
from detachment.stats._ranks import doubled_ranks, places_of, ranks_of_counts
from detachment.stats.counts import categories_of, cross_tables, data_set
from detachment.stats.moments import CrossSums, pair_sums, whole_pair_sums
from detachment.stats.pair_counts import Cells, cells_of_columns

_ROWS = 256  # looked at first
_CELLS = 1024  # largest table of counts of a pair; beyond, pairs are ranked one by one
_EXACT64 = 2**53
_RANKED = 200_000  # rows whose sums of products of centred double ranks are below that
_TIED = 160_000  # rows whose sums of t (t - 1) (2 t + 5) are


def pearson(x: ArrayLike, y: ArrayLike | None = None) -> tuple[FloatArray, IntArray]:
    """Pearson correlations with pairwise deletion.

    Parameters
    ----------
    x, y
        Answers, ``(..., n, p)`` and ``(..., n, q)``; without y, x with itself.

    Returns
    -------
    r : FloatArray
        ``(..., p, q)``; as R's ``cor(x, y, use = "pairwise.complete.obs")``.
    n : IntArray
        Rows of each pair.

    Examples
    --------
    >>> r, n = pearson([[1, 2], [2, 4], [3, np.nan], [4, 3]])
    >>> r.round(4).tolist(), n.tolist()
    ([[1.0, 0.3273], [0.3273, 1.0]], [[4, 3], [3, 3]])
    """
    sides = [as_numbers(x)] if y is None else [as_numbers(x), as_numbers(y)]
    x, y = sides[0], None if y is None else sides[-1]
    if y is not None and x.shape[:-1] != y.shape[:-1]:
        raise ValueError(f"x and y must have the same rows, got {x.shape} and {y.shape}")
    whole = _whole_sums(x, y) if x.ndim == 2 else None
    cells = None
    if whole is None and x.ndim == 2:
        cells = cells_of_columns(as_float(x), None if y is None else as_float(y))
    if cells is not None:
        return _from_cells(cells, x.shape[1], y)
    sums = pair_sums(x, y)[0] if whole is None else whole
    r = sums.cor()
    if y is None:
        k = np.arange(r.shape[-1])
        r[..., k, k] = np.where(np.isnan(r[..., k, k]), np.nan, 1.0)
    return r, sums.n.astype(np.int64)


def spearman(x: ArrayLike, y: ArrayLike | None = None) -> tuple[FloatArray, IntArray]:
    """Spearman's rank correlations: Pearson's of the mid-ranks within each pair's own rows.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; without y, x with itself.

    Returns
    -------
    r : FloatArray
        ``(p, q)``; as R's ``cor(x, y, method = "spearman", use = "pairwise")``.
    n : IntArray
        Rows of each pair.

    Examples
    --------
    >>> r, n = spearman([1, 2, 3, 4], [1, 4, 9, np.nan])
    >>> r.tolist(), n.tolist()
    ([[1.0]], [[3]])
    """
    tables = _tables(x, y)
    if tables is not None:
        return spearman_from_tables(tables)
    x, y, same = _pair(x, y)
    p, q = x.shape[1], y.shape[1]
    if len(x) <= _RANKED and not (np.isnan(x).any() or np.isnan(y).any()):
        u = _centred_ranks(x)
        v = u if same else _centred_ranks(y)
        return _of_ranks(u.T @ v, (u * u).sum(axis=0)[:, None], (v * v).sum(axis=0)), np.full(
            (p, q), len(x), dtype=np.int64
        )
    r = np.full((p, q), np.nan)
    n = np.zeros((p, q), dtype=np.int64)
    for i in range(p):
        for j in range(i if same else 0, q):
            there = ~(np.isnan(x[:, i]) | np.isnan(y[:, j]))
            u, v = (_centred_ranks(side[there, None])[:, 0] for side in (x[:, i], y[:, j]))
            r[i, j] = _of_ranks(*(_exact_product(*both) for both in ((u, v), (u, u), (v, v))))
            n[i, j] = len(u)
            if same:
                r[j, i], n[j, i] = r[i, j], n[i, j]
    return r, n


def _centred_ranks(x: FloatArray) -> FloatArray:
    """Twice the distance of each answer's mid-rank from the middle: whole numbers, ``(n, p)``."""
    return doubled_ranks(x) - (len(x) + 1)


def _exact_product(u: FloatArray, v: FloatArray) -> float:
    """Sum of products of two columns of n ranks, rounded once."""
    rows = max(1, _EXACT64 // max(len(u), 1) ** 2)
    parts = range(0, len(u), rows)
    return float(sum(int(u[k : k + rows] @ v[k : k + rows]) for k in parts))


def _of_ranks(xy: ArrayLike, xx: ArrayLike, yy: ArrayLike) -> FloatArray:
    """Correlation of ranks from sums of their products, of whole numbers."""
    xy, xx, yy = as_float(xy), as_float(xx), as_float(yy)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = xy / np.sqrt(xx * yy)
    return np.where((xx > 0) & (yy > 0), np.clip(r, -1.0, 1.0), np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class KendallTest:
    """Kendall's tau-b and its test against independence, each ``(p, q)``.

    Attributes
    ----------
    tau
        Tau-b; NaN where a variable is constant in the pair's rows.
    n
        Rows of each pair.
    z
        Concordant minus discordant pairs over their standard deviation under independence, with
        the variance corrected for ties.
    p
        Two-sided, from the normal distribution.
    """

    tau: FloatArray
    n: IntArray
    z: FloatArray
    p: FloatArray


def kendall_test(x: ArrayLike, y: ArrayLike | None = None) -> KendallTest:
    """Kendall's tau-b with pairwise deletion, and its tie-corrected normal test.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; without y, x with itself.

    Returns
    -------
    KendallTest
        As R's ``cor.test(x, y, method = "kendall", exact = FALSE)``: Kendall (1970), Rank
        Correlation Methods, chapter 4. Pairs are counted exactly: from the tables of counts of
        variables with few values, by counting inversions (Knight 1966, JASA 61, 436-439) of others.

    Examples
    --------
    >>> test = kendall_test([1, 2, 2, 3, 4, 5], [1, 1, 3, 2, 4, 5])
    >>> test.tau.round(4).tolist(), test.z.round(4).tolist(), test.p.round(4).tolist()
    ([[0.7857]], [[2.1409]], [[0.0323]])
    """
    tables = _tables(x, y)
    if tables is not None:
        return kendall_from_tables(tables)
    x, y, _ = _pair(x, y)
    x, y = places_of(x), places_of(y)
    parts = [[_pair_counts(a, b) for b in y.T] for a in x.T]
    score = np.array([[part[0] for part in row] for row in parts])
    ties_x = np.array([[part[1] for part in row] for row in parts])
    ties_y = np.array([[part[2] for part in row] for row in parts])
    n = np.array([[part[3] for part in row] for row in parts], dtype=np.int64)
    return _kendall(score, ties_x, ties_y, n)


def kendall(x: ArrayLike, y: ArrayLike | None = None) -> tuple[FloatArray, IntArray]:
    """Kendall's tau-b with pairwise deletion; see :func:`kendall_test`.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; without y, x with itself.

    Returns
    -------
    tau : FloatArray
        ``(p, q)``.
    n : IntArray
        Rows of each pair.

    References
    ----------
    Kendall, M. G. (1945). *Biometrika, 33*, 239-251 (tau-b). R: ``cor(method = "kendall")``.

    Examples
    --------
    >>> tau, n = kendall([1, 2, 3, 4], [1, 3, 2, 4])
    >>> tau.round(4).tolist(), n.tolist()
    ([[0.6667]], [[4]])
    """
    test = kendall_test(x, y)
    return test.tau, test.n


def kendall_p(x: ArrayLike, y: ArrayLike | None = None) -> FloatArray:
    """Two-sided p of Kendall's tau-b; see :func:`kendall_test`.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; without y, x with itself.

    Returns
    -------
    FloatArray
        ``(p, q)``.

    References
    ----------
    Kendall, M. G., & Gibbons, J. D. (1990). *Rank Correlation Methods*, chapter 4 (ties). R:
    ``cor.test(method = "kendall", exact = FALSE)``.

    Examples
    --------
    >>> kendall_p([1, 2, 3, 4], [1, 3, 2, 4]).round(4).tolist()
    [[0.1742]]
    """
    return kendall_test(x, y).p


def fisher_interval(
    r: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of a Pearson correlation by Fisher's z.

    Parameters
    ----------
    r, n
        Correlations and their numbers of rows, of shapes that fit each other.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high; NaN with fewer than four rows.

    Notes
    -----
    tanh(atanh(r) +- z / sqrt(n - 3)): Fisher (1921), Metron 1, 3-32; R's ``cor.test``.

    Examples
    --------
    >>> low, high = fisher_interval(0.5, 103)
    >>> round(float(low), 4), round(float(high), 4)
    (0.3393, 0.6323)
    """
    return _z_interval(r, n, confidence, variance=1.0, lost=3)


def bonett_wright_interval(
    r: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of a Spearman correlation.

    Parameters
    ----------
    r, n, confidence
        As for :func:`fisher_interval`.

    Returns
    -------
    tuple of FloatArray
        Low and high, as :func:`fisher_interval`.

    Notes
    -----
    Fisher's z with standard error sqrt((1 + r^2 / 2) / (n - 3)): Bonett and Wright (2000),
    Psychometrika 65, 23-28.

    Examples
    --------
    >>> low, high = bonett_wright_interval(0.5, 103)
    >>> round(float(low), 4), round(float(high), 4)
    (0.3287, 0.6394)
    """
    return _z_interval(r, n, confidence, variance=1 + as_float(r) ** 2 / 2, lost=3)


def fieller_interval(
    r: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of Kendall's tau.

    Parameters
    ----------
    r, n, confidence
        As for :func:`fisher_interval`.

    Returns
    -------
    tuple of FloatArray
        Low and high; NaN with fewer than five rows.

    Notes
    -----
    Fisher's z with standard error sqrt(.437 / (n - 4)): Fieller, Hartley and Pearson (1957),
    Biometrika 44, 470-481.

    Examples
    --------
    >>> low, high = fieller_interval(0.5, 104)
    >>> round(float(low), 4), round(float(high), 4)
    (0.3967, 0.5908)
    """
    return _z_interval(r, n, confidence, variance=0.437, lost=4)


def delta_interval(
    r: ArrayLike, se: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of a correlation of any kind from its standard error, on the scale of Fisher's z.

    Parameters
    ----------
    r, se
        Correlations and their standard errors, of shapes that fit each other.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high; NaN without a standard error, and for r of 1 or -1.

    Notes
    -----
    tanh(atanh(r) +- z se / (1 - r^2)), by the delta method: Bonett and Wright (2000), Psychometrika
    65, 23-28, say why on this scale.

    Examples
    --------
    >>> low, high = delta_interval(0.5, 0.08)
    >>> round(float(low), 4), round(float(high), 4)
    (0.3277, 0.6401)
    """
    r, deviation = as_float(r), _on_z(r, se)
    with np.errstate(divide="ignore", invalid="ignore"):
        z, half = np.arctanh(r), ndtri((1 + confidence) / 2) * deviation
        return np.tanh(z - half)[()], np.tanh(z + half)[()]


def delta_p(r: ArrayLike, se: ArrayLike) -> FloatArray:
    """Two-sided p of a correlation of zero from its standard error, on the scale of Fisher's z.

    Parameters
    ----------
    r, se
        Correlations and their standard errors, of shapes that fit each other.

    Returns
    -------
    FloatArray
        Below 1 - confidence exactly where the interval of :func:`delta_interval` leaves out 0; NaN
        without a standard error, and for r of 1 or -1.

    References
    ----------
    Bonett, D. G., & Wright, T. A. (2000). *Psychometrika, 65*, 23-28 (why on this scale).

    Examples
    --------
    >>> round(float(delta_p(0.2, 0.1)), 4)
    0.0516
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 * ndtr(-np.abs(np.arctanh(as_float(r)) / _on_z(r, se)))[()]


def _on_z(r: ArrayLike, se: ArrayLike) -> FloatArray:
    r, se = np.broadcast_arrays(as_float(r), as_float(se))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((np.abs(r) < 1) & (se > 0), se / (1 - r * r), np.nan)


def _z_interval(
    r: ArrayLike, n: ArrayLike, confidence: float, variance: ArrayLike, lost: int
) -> tuple[FloatArray, FloatArray]:
    r, n = as_float(r), as_float(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = ndtri((1 + confidence) / 2) * np.sqrt(
            variance / np.where(n > lost, n - lost, np.nan)
        )
        z = np.arctanh(r)
        return np.tanh(z - half)[()], np.tanh(z + half)[()]


def t_test_p(r: ArrayLike, n: ArrayLike) -> FloatArray:
    """Two-sided p of a correlation of zero by Student's t with n - 2 degrees of freedom.

    Parameters
    ----------
    r, n
        Pearson's r, or Spearman's (then an approximation), and numbers of rows.

    Returns
    -------
    FloatArray
        NaN with fewer than three rows; 0 for a perfect correlation. R's ``cor.test``.

    Examples
    --------
    >>> round(float(t_test_p(0.3, 50)), 6)
    0.034286
    """
    r, n = np.broadcast_arrays(as_float(r), as_float(n))
    df = np.where(n > 2, n - 2, np.nan)
    square = np.minimum(r * r, 1.0)
    # The two halves of one beta law, each where its argument keeps its digits.
    with np.errstate(invalid="ignore"):
        near_zero = betaincc(0.5, df / 2, square)
        near_one = betainc(df / 2, 0.5, np.maximum((1 - r) * (1 + r), 0.0))
        return np.where(square < 0.5, near_zero, near_one)[()]


def t_statistic(r: ArrayLike, n: ArrayLike) -> FloatArray:
    """Student's t of a correlation, r sqrt((n - 2) / (1 - r^2)).

    Parameters
    ----------
    r, n
        Correlations and their numbers of rows, of shapes that fit each other.

    Returns
    -------
    FloatArray
        Infinite for a perfect correlation, NaN with fewer than three rows. R's ``cor.test``.

    Examples
    --------
    >>> round(float(t_statistic(0.3, 50)), 4)
    2.1788
    """
    r, n = np.broadcast_arrays(as_float(r), as_float(n))
    df = np.where(n > 2, n - 2, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t: FloatArray = r * np.sqrt(df / ((1 - r) * (1 + r)))
    return t[()]


def disattenuate(r: ArrayLike, reliability_x: ArrayLike, reliability_y: ArrayLike) -> FloatArray:
    """Correlation of two scores without their errors of measurement.

    Parameters
    ----------
    r, reliability_x, reliability_y
        Arrays of shapes that fit each other.

    Returns
    -------
    FloatArray
        r / sqrt(reliability_x reliability_y); may exceed 1 in absolute value, which is not hidden;
        NaN where a reliability is not positive.

    Notes
    -----
    Spearman (1904), American Journal of Psychology 15, 72-101; R's ``psych::correct.cor``.

    Examples
    --------
    >>> round(float(disattenuate(0.4, 0.8, 0.5)), 6)
    0.632456
    """
    x, y = as_float(reliability_x), as_float(reliability_y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (as_float(r) / np.sqrt(np.where((x > 0) & (y > 0), x * y, np.nan)))[()]


def _whole_sums(x: np.ndarray, y: np.ndarray | None) -> CrossSums | None:
    """Sums of whole numbers, or of means of a few items in units in which they are; else None."""
    sides = [x] if y is None else [x, y]
    if all(side.dtype != np.float64 or is_whole(side[:_ROWS]) for side in sides):
        found = whole_pair_sums(x, y)
        if found is not None:
            return found[0]
    each = []
    for side in sides:
        units = whole_units(side) if side.dtype == np.float64 else side
        if units is None:
            return None
        each.append(units)
    found = whole_pair_sums(each[0], None if y is None else each[1])
    return None if found is None else found[0]


def _from_cells(
    cells: list[list[Cells]], p: int, y: np.ndarray | None
) -> tuple[FloatArray, IntArray]:
    """Pearson's r from pairs of values; without y of each column with itself and those before."""
    if y is not None:
        shape = (p, y.shape[1])
        r = np.array([[one.pearson() for one in row] for row in cells]).reshape(shape)
        return r, np.array([[one.n for one in row] for row in cells], dtype=np.int64).reshape(shape)
    r, n = np.full((p, p), np.nan), np.zeros((p, p), dtype=np.int64)
    for i, row in enumerate(cells):
        for j, one in enumerate(row):
            n[i, j] = n[j, i] = one.n
            if i == j:
                r[i, i] = 1.0 if one.varies else np.nan
            else:
                r[i, j] = r[j, i] = one.pearson()
    return r, n


# ------------------------------------------------------------------------------- tables of counts


def _tables(x: ArrayLike, y: ArrayLike | None) -> IntArray | None:
    """Tables of counts ``(p, q, k, m)``; None where there are too many values for that."""
    x = data_set(x)
    of_x = categories_of(x)
    if y is None:
        return cross_tables(x, None, of_x, of_x) if of_x.shape[1] ** 2 <= _CELLS else None
    y = data_set(y)
    if len(x) != len(y):
        raise ValueError(f"x and y must have the same rows, got {x.shape} and {y.shape}")
    of_y = categories_of(y)
    few = of_x.shape[1] * of_y.shape[1] <= _CELLS
    return cross_tables(x, y, of_x, of_y) if few else None


def spearman_from_tables(tables: ArrayLike) -> tuple[FloatArray, IntArray]:
    """Spearman's correlations from tables of counts.

    Parameters
    ----------
    tables
        Counts of pairs of values in ascending order, ``(..., k, m)``.

    Returns
    -------
    r : FloatArray
        ``(...)``.
    n : IntArray
        ``(...)``.

    References
    ----------
    Spearman, C. (1904). *American Journal of Psychology, 15*, 72-101. R:
    ``cor(method = "spearman")``.

    Examples
    --------
    >>> r, n = spearman_from_tables([[2, 1], [1, 2]])
    >>> round(float(r), 6), int(n)
    (0.333333, 6)
    """
    counts = np.asarray(tables, dtype=np.float64)
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    n = rows.sum(axis=-1)
    # mid-ranks, doubled and centred: whole numbers, so that all sums are exact
    a = ranks_of_counts(rows) - (n[..., None] + 1)
    b = ranks_of_counts(columns) - (n[..., None] + 1)
    if np.max(n, initial=0) <= _RANKED:
        xy = np.einsum("...k,...km,...m->...", a, counts, b)
        xx, yy = np.sum(rows * a * a, axis=-1), np.sum(columns * b * b, axis=-1)
    else:  # beyond 53 bits: whole numbers without a limit
        inner = (counts.astype(np.int64) * b.astype(np.int64)[..., None, :]).sum(axis=-1)
        xy, xx, yy = (
            (_unlimited(one) * _unlimited(two)).sum(axis=-1)
            for one, two in ((a, inner), (a, rows * a), (b, columns * b))
        )
    return _of_ranks(xy, xx, yy)[()], n.astype(np.int64)[()]


def _unlimited(x: np.ndarray) -> np.ndarray:
    """Whole numbers as those of Python, which have as many digits as they need."""
    return x.astype(np.int64).astype(object)


def kendall_from_tables(tables: ArrayLike) -> KendallTest:
    """Kendall's tau-b and its test from tables of counts.

    Parameters
    ----------
    tables
        Counts of pairs of values in ascending order, ``(..., k, m)``.

    Returns
    -------
    KendallTest
        Each part ``(...)``.

    References
    ----------
    Kendall, M. G. (1945). *Biometrika, 33*, 239-251 (tau-b). R: ``cor(method = "kendall")``.

    Examples
    --------
    >>> round(float(kendall_from_tables([[2, 1], [1, 2]]).tau), 6)
    0.333333
    """
    counts = np.asarray(tables, dtype=np.float64)
    # for each cell: answers above and to the right, minus those above and to the left
    above = np.cumsum(counts[..., ::-1, :], axis=-2)[..., ::-1, :] - counts
    left = np.cumsum(above, axis=-1) - above
    right = above.sum(axis=-1, keepdims=True) - left - above
    score = np.sum(counts * (right - left), axis=(-2, -1))
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    n = rows.sum(axis=-1).astype(np.int64)
    return _kendall(score, _ties(rows), _ties(columns), n)


def _ties(margin: FloatArray) -> FloatArray:
    """t(t-1), t(t-1)(t-2), t(t-1)(2t+5) summed over the groups of equal values: ``(..., 3)``."""
    t = margin if np.max(margin.sum(axis=-1), initial=0) <= _TIED else _unlimited(margin)
    pairs = t * (t - 1)
    sums = [pairs.sum(axis=-1), (pairs * (t - 2)).sum(axis=-1), (pairs * (2 * t + 5)).sum(axis=-1)]
    return np.stack([as_float(one) for one in sums], axis=-1)


def _kendall(score: FloatArray, ties_x: FloatArray, ties_y: FloatArray, n: IntArray) -> KendallTest:
    size = n.astype(np.float64)
    pairs = size * (size - 1)
    free_x, free_y = pairs - ties_x[..., 0], pairs - ties_y[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        tau = 2 * score / np.sqrt(free_x * free_y)
        variance = (
            (pairs * (2 * size + 5) - ties_x[..., 2] - ties_y[..., 2]) / 18
            + ties_x[..., 0] * ties_y[..., 0] / (2 * pairs)
            + np.where(size > 2, ties_x[..., 1] * ties_y[..., 1] / (9 * pairs * (size - 2)), 0.0)
        )
        z = score / np.sqrt(variance)
    ok = (free_x > 0) & (free_y > 0)
    tau = np.where(ok, np.clip(tau, -1.0, 1.0), np.nan)
    z = np.where(ok & (variance > 0), z, np.nan)
    return KendallTest(tau=tau[()], n=n, z=z[()], p=2 * ndtr(-np.abs(z))[()])


@dataclass(frozen=True, slots=True, eq=False)
class GammaTest:
    """Goodman and Kruskal's gamma, its standard errors and its test, each ``(...)``.

    Attributes
    ----------
    gamma
        NaN where no pair of rows is concordant or discordant.
    n
        Rows.
    ase
        Asymptotic standard error, for an interval.
    ase_null
        The same under independence, for the test.
    z, p
        gamma / ase_null, and its two-sided p from the normal distribution.
    """

    gamma: FloatArray
    n: IntArray
    ase: FloatArray
    ase_null: FloatArray
    z: FloatArray
    p: FloatArray


def gamma_from_tables(tables: ArrayLike) -> GammaTest:
    """Goodman and Kruskal's gamma with its standard errors from tables of counts.

    Parameters
    ----------
    tables
        Counts of pairs of values in ascending order, ``(..., k, m)``.

    Returns
    -------
    GammaTest
        Each part ``(...)``.

    Notes
    -----
    Concordant minus discordant over concordant plus discordant pairs: Goodman and Kruskal (1954),
    JASA 49, 732-764; standard errors of their fourth paper (1972), JASA 67, 415-421, and, under
    independence, of Brown and Benedetti (1977), JASA 72, 309-315, as R's ``DescTools`` and SPSS.

    Examples
    --------
    >>> test = gamma_from_tables([[8, 3, 1], [4, 6, 3], [1, 4, 9]])
    >>> round(float(test.gamma), 4), round(float(test.ase), 4)
    (0.7236, 0.1227)
    """
    counts = np.asarray(tables, dtype=np.float64)
    agree, disagree = _concordance(counts)
    p = np.sum(counts * agree, axis=(-2, -1))[..., None, None]  # each pair of rows twice
    q = np.sum(counts * disagree, axis=(-2, -1))[..., None, None]
    n = counts.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = ((p - q) / (p + q))[..., 0, 0]
        spread = np.sum(counts * (q * agree - p * disagree) ** 2, axis=(-2, -1))
        ase = 4 * np.sqrt(spread) / ((p + q) ** 2)[..., 0, 0]
        null = np.sum(counts * (agree - disagree) ** 2, axis=(-2, -1)) - (
            ((p - q) ** 2)[..., 0, 0] / n
        )
        ase_null = 2 * np.sqrt(np.maximum(null, 0.0)) / (p + q)[..., 0, 0]
        z = np.where(ase_null > 0, gamma / ase_null, np.nan)
    return GammaTest(
        gamma=gamma[()],
        n=n.astype(np.int64)[()],
        ase=ase[()],
        ase_null=ase_null[()],
        z=z[()],
        p=2 * ndtr(-np.abs(z))[()],
    )


def _concordance(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows that are concordant, and rows that are discordant, with those of each cell."""
    ahead = [_beyond(counts), _beyond(counts[..., ::-1, ::-1])[..., ::-1, ::-1]]
    across = [
        _beyond(counts[..., ::-1])[..., ::-1],
        _beyond(counts[..., ::-1, :])[..., ::-1, :],
    ]
    return ahead[0] + ahead[1], across[0] + across[1]


def _beyond(counts: FloatArray) -> FloatArray:
    """Rows with a higher value of both variables, for each cell."""
    sums = np.cumsum(np.cumsum(counts[..., ::-1, ::-1], axis=-1), axis=-2)[..., ::-1, ::-1]
    beyond = np.zeros(counts.shape)
    beyond[..., :-1, :-1] = sums[..., 1:, 1:]
    return beyond


# ----------------------------------------------------------------------- variables of many values


def _pair_counts(x: IntArray, y: IntArray) -> tuple[float, FloatArray, FloatArray, int]:
    """Concordant minus discordant pairs, ties of x, ties of y, and rows, of one pair of codes."""
    there = (x >= 0) & (y >= 0)
    x, y = x[there], y[there]
    n = len(x)
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    ties_x, ties_y = (_ties(np.bincount(code).astype(np.float64)) for code in (x, y))
    new = np.ones(n, dtype=bool)
    new[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    both = _ties(np.bincount(np.cumsum(new) - 1 if n else y).astype(np.float64))
    total = n * (n - 1.0) - ties_x[0] - ties_y[0] + both[0]
    return total / 2 - 2.0 * _inversions(y), ties_x, ties_y, n


def _inversions(y: IntArray) -> int:
    """Number of pairs that stand in descending order.

    Bit by bit from the highest: among codes equal in all higher bits (kept together by stable
    partition), every 1 before a 0 is an inversion. O(n log k), without a loop over rows.
    """
    total = 0
    group = np.zeros(len(y), dtype=np.int64)
    for bit in range(int(y.max(initial=0)).bit_length() - 1, -1, -1):
        one = (y >> bit) & 1
        before = np.cumsum(one) - one
        first = np.searchsorted(group, group)
        total += int(np.sum((before - before[first])[one == 0])) if len(y) else 0
        prefix = y >> bit
        order = np.argsort(prefix, kind="stable")
        y, group = y[order], prefix[order]
    return total


def _pair(x: ArrayLike, y: ArrayLike | None) -> tuple[FloatArray, FloatArray, bool]:
    x = as_columns(x)
    if y is None:
        return x, x, True
    y = as_columns(y)
    if x.shape[:-1] != y.shape[:-1]:
        raise ValueError(f"x and y must have the same rows, got {x.shape} and {y.shape}")
    return x, y, False
