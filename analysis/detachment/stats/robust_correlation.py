"""Pairs of answers in, intervals of Pearson's correlation that need no normal answers out."""

from collections.abc import Callable, Sequence
from math import comb

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from detachment.stats._arrays import (
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    canonical_order,
    ends,
    whole_units,
)
from detachment.stats._clusters import cluster_codes
from detachment.stats.pair_counts import Cells, PairCounts, cells_of_columns, check_few

_EXACT64 = 2**53
_ROWS = 1024  # whose powers are taken at a time
_MANY = 2**18  # answers of all pairs, above which they are taken one by one


def robust_fisher_interval(
    x: ArrayLike,
    y: ArrayLike,
    confidence: float = 0.95,
    *,
    clusters: ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Interval of Pearson's correlation on Fisher's scale, whatever the distribution.

    Parameters
    ----------
    x, y
        Answers, ``(..., n)``, of shapes that fit each other; NaN is missing, and left out pair by
        pair. All correlations of p and q items are ``x.T[:, None]`` and ``y.T[None]``.
    confidence
        Coverage, between 0 and 1.
    clusters
        Which cluster (dyad, class) each row belongs to, ``(n,)``; rows of one cluster may depend on
        one another, and are left out together. By default each row is its own.

    Returns
    -------
    tuple of FloatArray
        Low and high, ``(...)``; NaN with fewer than four pairs (or clusters), without variance, and
        for a correlation of 1 or -1.

    Raises
    ------
    ValueError
        With clusters that do not fit the rows.

    Notes
    -----
    tanh(atanh(r) +- t se), where se is the jackknife's standard error of Fisher's z with n - 1
    degrees of freedom: Arvesen (1969), Annals of Mathematical Statistics 40, 2076-2100; Miller
    (1974), Biometrika 61, 1-15. In large samples it is the distribution-free one of Steiger and
    Hakstian (1982), British Journal of Mathematical and Statistical Psychology 35, 208-215.
    Fisher's own, 1 / sqrt(n - 3), is too small for skewed answers whatever n.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=400)
    >>> low, high = robust_fisher_interval(x, x + rng.normal(size=400))
    >>> round(float(low), 2), round(float(high), 2)
    (0.63, 0.73)
    """
    x, y = np.broadcast_arrays(as_float(x), as_float(y))
    names = None if clusters is None else np.asarray(clusters)
    if names is not None and names.shape != x.shape[-1:]:
        raise ValueError(f"clusters must have shape ({x.shape[-1]},), got {names.shape}")
    if x.ndim == 1 or x.size <= _MANY:
        low, high = _jackknifed(x, y, confidence, names)
        return low[()], high[()]
    low, high = np.empty(x.shape[:-1]), np.empty(x.shape[:-1])
    for pair in np.ndindex(low.shape):  # what is computed of one pair stays in the cache
        low[pair], high[pair] = _jackknifed(x[pair], y[pair], confidence, names)
    return low, high


def _jackknifed(
    x: FloatArray, y: FloatArray, confidence: float, clusters: np.ndarray | None
) -> tuple[FloatArray, FloatArray]:
    there = np.isfinite(x) & np.isfinite(y)
    n = there.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        zx, zy = _standardized(x, there), _standardized(y, there)
        product = zx * zy
        r, count = _mean(product, n), n[..., None]
        # without a unit: sums of standardized answers are 0, and of their squares n
        if clusters is None:
            units, share = n, count / (count - 1)
            xx, yy = count - share * zx**2, count - share * zy**2
            xy = count * r[..., None] - share * product
        else:
            parts = np.stack([there, zx, zy, zx**2, zy**2, product], axis=-1)
            size, sx, sy, sxx, syy, sxy = np.moveaxis(_together(parts, clusters), -1, 0)
            there = size > 0
            units = there.sum(axis=-1)
            rest = count - size
            xx, yy = count - sxx - sx**2 / rest, count - syy - sy**2 / rest
            xy = (count * r[..., None] - sxy) - sx * sy / rest
        z = np.where(there, np.arctanh(xy / np.sqrt(xx * yy)), 0.0)
        spread = np.where(there, z - _mean(z, units)[..., None], 0.0)
        se = np.sqrt((units - 1) * _mean(spread**2, units))
        half = stdtrit(np.maximum(units - 1, 1), (1 + confidence) / 2) * se
        low, high = np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)
    ok = (units > 3) & (np.abs(r) < 1 - 1e-12) & np.isfinite(half)
    return np.where(ok, low, np.nan), np.where(ok, high, np.nan)


def robust_fisher_interval_of_cells(cells: Cells, confidence: float = 0.95) -> tuple[float, float]:
    """As :func:`robust_fisher_interval` of one pair of independent people, from pairs of values.

    Parameters
    ----------
    cells
        Pairs of values that occur, and how often.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of float
        Low and high.

    References
    ----------
    Arvesen, J. N. (1969). *Annals of Mathematical Statistics, 40*, 2076-2100.

    Examples
    --------
    >>> from detachment.stats.pair_counts import cells_of_columns
    >>> x = np.random.default_rng(1).integers(1, 6, size=(400, 2)).astype(float)
    >>> ends = robust_fisher_interval_of_cells(cells_of_columns(x[:, :1], x[:, 1:])[0][0])
    >>> bool(np.allclose(ends, robust_fisher_interval(x[:, 0], x[:, 1]), rtol=0, atol=1e-12))
    True
    """
    n = cells.n
    if n < 4 or not cells.varies:
        return np.nan, np.nan
    r = cells.pearson()
    if not abs(r) < 1 - 1e-12:
        return np.nan, np.nan
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        z = np.arctanh(pearson_without_each(cells))
        spread = z - cells.sum(z) / n
        half = stdtrit(n - 1, (1 + confidence) / 2) * np.sqrt((n - 1) * cells.sum(spread**2) / n)
        low, high = np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)
    return (float(low), float(high)) if np.isfinite(half) else (np.nan, np.nan)


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def pearson_without_each(cells: Cells) -> FloatArray:
    """Pearson's r without one respondent of each cell.

    Parameters
    ----------
    cells
        Pairs of values that occur, and how often.

    Returns
    -------
    FloatArray
        ``(cells,)``.

    References
    ----------
    Arvesen, J. N. (1969). *Annals of Mathematical Statistics, 40*, 2076-2100.

    Examples
    --------
    >>> cells = Cells(np.array([1.0, 2, 3]), np.array([2.0, 1, 3]), np.array([1, 2, 1]))
    >>> pearson_without_each(cells).round(4).tolist()
    [1.0, 0.5, -1.0]
    """
    n = cells.n
    dx, dy = cells.centred
    zx, zy = (d / np.sqrt(cells.sum(d * d) / n) for d in (dx, dy))
    # without a respondent: sums of standardized answers are 0, and of their squares n
    share = n / (n - 1)
    xx, yy = n - share * zx**2, n - share * zy**2
    without: FloatArray = (cells.sum(zx * zy) - share * (zx * zy)) / np.sqrt(xx * yy)
    return without


def fisher_z_spread(x: ArrayLike, y: ArrayLike) -> FloatArray:
    """Standard error of Fisher's z of all pairs of columns, over the one that normal answers have.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; NaN is missing, and left out pair by pair.

    Returns
    -------
    FloatArray
        ``(p, q)``: about 1 for normal answers, and for variables that are independent; how many
        times wider than Fisher's interval one is that needs no normal answers. NaN without
        variance and for a correlation of 1 or -1.

    Notes
    -----
    Steiger and Hakstian (1982), British Journal of Mathematical and Statistical Psychology 35,
    208-215, from sums of powers, so that the cost is that of some correlations. In large samples
    :func:`robust_fisher_interval` says the same.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(4000, 1))
    >>> y = x + rng.normal(size=(4000, 2))
    >>> fisher_z_spread(x, y).round(1).tolist(), fisher_z_spread(x**4, y**4).round(1).tolist()
    ([[1.0, 1.0]], [[3.7, 3.8]])
    """
    x, y = as_columns(x), as_columns(y)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ValueError(f"expected answers (n, p) and (n, q), got {x.shape} and {y.shape}")
    sums = _whole_sums(x, y)
    if sums is None:
        cells = cells_of_columns(x, y)
        if cells is not None:
            found = [[spread_of_cells(one) for one in row] for row in cells]
            return np.array(found, dtype=np.float64).reshape(x.shape[1], y.shape[1])
        order = canonical_order(np.concatenate([x, y], axis=1))
        sums = _sums(_scaled(x[order]), _scaled(y[order]))
    return _spread_of_sums(sums)


def _spread_of_sums(sums: FloatArray) -> FloatArray:
    """What :func:`fisher_z_spread` gives, from sums of products of powers ``(5, 5, p, q)``."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        n = sums[0, 0]
        about = sums / n
        mean_x, mean_y = about[1, 0], about[0, 1]

        def moment(a: int, b: int) -> FloatArray:
            """Central moment, from those about the mean of all answers to each."""
            total: FloatArray = np.zeros_like(n)
            for i in range(a + 1):
                for j in range(b + 1):
                    shift = (-mean_x) ** (a - i) * (-mean_y) ** (b - j)
                    total += comb(a, i) * comb(b, j) * about[i, j] * shift
            return total

        return _spread(moment, n)


def spread_of_cells(cells: Cells) -> float:
    """What :func:`fisher_z_spread` gives of one pair, from its pairs of values."""
    if not cells.varies:
        return np.nan
    powers = []
    for d in cells.centred:
        square = d * d
        powers.append([np.ones(len(d)), d, square, square * d, square * square])

    def moment(a: int, b: int) -> FloatArray:
        return np.asarray(cells.sum(powers[0][a] * powers[1][b]) / cells.n)

    return float(_spread(moment, np.asarray(float(cells.n))))


def spread_from_counts(
    counts: PairCounts, rows: Sequence[int], columns: Sequence[int], n: int
) -> FloatArray:
    """What :func:`fisher_z_spread` gives, from counts, to the last bit.

    Parameters
    ----------
    counts
        Of all variables.
    rows, columns
        Places of the variables that are crossed.
    n
        Rows of the data set that these are the counts of, with or without values.

    Returns
    -------
    FloatArray
        ``(rows, columns)``; NaN where the pair was not counted.

    Raises
    ------
    TooManyValues
        When variables have many different values for n rows.

    References
    ----------
    Steiger, J. H., & Hakstian, A. R. (1982). *British Journal of Mathematical and Statistical
    Psychology, 35*, 208-215.

    Examples
    --------
    >>> x = np.random.default_rng(1).integers(1, 6, size=(400, 2)).astype(float)
    >>> from detachment.stats.pair_counts import pair_counts
    >>> counts = pair_counts(x, [(0, 1)])
    >>> spread_from_counts(counts, [0], [1], 400) == fisher_z_spread(x[:, :1], x[:, 1:])
    array([[ True]])
    """
    shape = len(rows), len(columns)
    there = [
        (i, j, a, b) for i, a in enumerate(rows) for j, b in enumerate(columns) if counts.has(a, b)
    ]
    sides = [_whole_values([counts.values[k] for k in side], n) for side in (rows, columns)]
    down, across = sides
    if down is None or across is None:
        check_few(counts, (*rows, *columns), n)
        found = np.full(shape, np.nan)
        for i, j, a, b in there:
            found[i, j] = spread_of_cells(counts.cells(a, b))
        return found
    sums = np.zeros((5, 5, *shape))
    for i, j, a, b in there:
        powers = [own ** np.arange(5, dtype=np.int64)[:, None] for own in (down[i], across[j])]
        sums[:, :, i, j] = powers[0] @ counts.table(a, b) @ powers[1].T
    return _spread_of_sums(sums)


def _whole_values(values: Sequence[FloatArray], n: int) -> list[IntArray] | None:
    """As :func:`_whole`, of the different values of each variable."""
    rows = max((len(own) for own in values), default=0)
    side = np.full((rows, len(values)), np.nan)
    for j, own in enumerate(values):
        side[: len(own), j] = own
    whole = _whole(side, n)
    if whole is None:
        return None
    return [whole[: len(own), j].astype(np.int64) for j, own in enumerate(values)]


def _spread(moment: Callable[[int, int], FloatArray], n: FloatArray) -> FloatArray:
    """The ratio of the standard errors, from central moments."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        xx, yy = moment(2, 0), moment(0, 2)
        r = moment(1, 1) / np.sqrt(xx * yy)
        square = moment(2, 2) / (xx * yy)
        cubic = moment(3, 1) / (xx * np.sqrt(xx * yy)) + moment(1, 3) / (yy * np.sqrt(xx * yy))
        fourth = moment(4, 0) / xx**2 + 2 * square + moment(0, 4) / yy**2
        variance = (square - r * cubic + r**2 / 4 * fourth) / (1 - r**2) ** 2
        spread = np.sqrt(np.maximum(variance, 0.0))
    ok = (n > 3) & (np.abs(r) < 1 - 1e-12) & np.isfinite(spread)
    return np.where(ok, spread, np.nan)


def _sums(x: FloatArray, y: FloatArray) -> FloatArray:
    """Sums of x^a y^b over the rows of each pair, ``(5, 5, p, q)`` for all powers up to 4."""
    total = _powers(x) @ _powers(y).T
    return np.swapaxes(total.reshape(5, x.shape[1], 5, y.shape[1]), 1, 2)


def _whole_sums(x: FloatArray, y: FloatArray) -> FloatArray | None:
    """Sums of whole numbers, exact in any order of the rows; None for others.

    Rows are taken some at a time, so that their powers stay in the cache.
    """
    one, other = _whole(x, len(x)), _whole(y, len(y))
    if one is None or other is None:
        return None
    total = np.zeros((5, 5, x.shape[1], y.shape[1]))
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        total += _sums(one[rows], other[rows])
    return total


def _whole(x: FloatArray, n: int) -> FloatArray | None:
    """Answers as whole numbers of some unit about the middle of their range.

    None for others, and where sums of fourth powers of n of them would not be exact.
    """
    whole = whole_units(x)
    if whole is None:
        return None
    low, high = (np.where(np.isfinite(end), end, 0.0) for end in ends(whole))
    middle = np.rint((low + high) / 2)
    if not n * float(np.max(high - middle, initial=0.0) + 1) ** 4 < _EXACT64:
        return None
    whole -= middle
    return whole


def _scaled(x: FloatArray) -> FloatArray:
    """Answers less their mean, over their standard deviation; NaN where missing or constant."""
    there = np.isfinite(x)
    n = there.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(there, x, 0.0)
        largest = np.max(np.abs(z), axis=0, initial=0.0)
        z = np.where(there, z - z.sum(axis=0) / n, 0.0)
        sd = np.sqrt(np.einsum("np,np->p", z, z) / n)
        z /= np.where(sd > 1e-12 * largest, sd, np.nan)
    return np.where(there, z, np.nan)


def _powers(x: FloatArray) -> FloatArray:
    """Powers 0 to 4 one below the other, ``(5 p, n)``; 0 where there is none."""
    n, p = x.shape
    missing = np.isnan(x.T)
    powers = np.empty((5, p, n))
    there, own, square, cube, fourth = powers
    np.logical_not(missing, out=there)
    np.copyto(own, x.T)
    own[missing] = 0.0
    np.multiply(own, own, out=square)
    np.multiply(square, own, out=cube)
    np.multiply(square, square, out=fourth)
    return powers.reshape(5 * p, n)


def _together(parts: FloatArray, clusters: ArrayLike) -> FloatArray:
    """Sums of the rows of each cluster, ``(..., clusters, s)``, whatever the order of the rows."""
    n = parts.shape[-2]
    code = cluster_codes(clusters, n)
    if n == 0:
        return parts
    order = canonical_order(np.moveaxis(parts, -2, 0).reshape(n, -1))
    code = code[order]
    by_name = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[by_name], prepend=-1))
    sums: FloatArray = np.add.reduceat(parts[..., order[by_name], :], starts, axis=-2)
    return sums


def _mean(x: FloatArray, n: FloatArray) -> FloatArray:
    """Mean over the pairs that are there; sorted, so that the order of the rows leaves no trace."""
    mean: FloatArray = np.sort(x, axis=-1).sum(axis=-1) / n
    return mean


def _standardized(x: FloatArray, there: np.ndarray) -> FloatArray:
    """Answers less their mean, over their standard deviation; 0 where a pair is not there."""
    n = there.sum(axis=-1)
    centred = np.where(there, x - _mean(np.where(there, x, 0.0), n)[..., None], 0.0)
    variance = _mean(centred**2, n)
    low = np.min(x, axis=-1, where=there, initial=np.inf)
    high = np.max(x, axis=-1, where=there, initial=-np.inf)
    return centred / np.sqrt(np.where(high > low, variance, np.nan))[..., None]
