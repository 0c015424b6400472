"""Pairs of variables in, what each cluster of respondents does to their correlations out.

A respondent's influence on a coefficient is how far the coefficient moves if there is a little more
of that respondent. Partners of a dyad, or pupils of a class, move it together: their influences are
added before they are squared, and standard errors then hold whatever the rows of a cluster have in
common. Influences of two coefficients on the same clusters give their covariance too, which is what
a test of their difference needs.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from detachment.stats._arrays import FloatArray, IntArray, as_columns, as_float, canonical_units
from detachment.stats._clusters import cluster_codes
from detachment.stats.pair_counts import Cells
from detachment.stats.robust_correlation import pearson_without_each

InfluenceMethod = Literal["pearson", "spearman", "kendall"]

_NUMBERS = 2**21  # rows times pairs at a time, about
_CELLS = 2**20  # largest table of the values of a pair; beyond, answers are sorted
_PERFECT = 1 - 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Correlations of p and q variables, and what clusters do to them.

    Attributes
    ----------
    r
        Coefficients, ``(p, q)``; NaN without variance.
    n
        Rows of each pair, ``(p, q)``.
    units
        Clusters of each pair, ``(p, q)``.
    se
        Standard errors of Fisher's z of the coefficients, ``(p, q)``; NaN with fewer than four
        clusters, and for a coefficient of 1 or -1.
    values
        Influence of each of g clusters, in ascending order of their names, on Fisher's z,
        ``(g, p, q)``, scaled so that the sum of their squares is ``se`` squared; 0 for a cluster
        without the pair. ``(0, p, q)`` where they were not asked for.
    """

    r: FloatArray
    n: IntArray
    units: IntArray
    se: FloatArray
    values: FloatArray


def correlation_influence(
    x: ArrayLike,
    y: ArrayLike,
    method: InfluenceMethod = "pearson",
    *,
    clusters: ArrayLike | None = None,
    keep: bool = False,
) -> Influence:
    """Correlations with standard errors that need no normal answers and take clusters whole.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; NaN is missing, and left out pair by pair.
    method
        ``pearson``, ``spearman`` or ``kendall`` (tau-b).
    clusters
        Which cluster (dyad, class) each row belongs to, ``(n,)``; by default each is its own.
    keep
        Whether influences are given too.

    Returns
    -------
    Influence
        The same for every order of the rows and every name of the clusters.

    Raises
    ------
    ValueError
        When x, y and clusters have not the same rows; for another method.

    Notes
    -----
    Pearson: the jackknife of Fisher's z that leaves out each cluster in turn (Arvesen 1969, Annals
    of Mathematical Statistics 40, 2076-2100; Miller 1974, Biometrika 61, 1-15). Spearman and
    Kendall: influence functions of the coefficients with mid-ranks and with ties (Croux and Dehon
    2010, Statistical Methods and Applications 19, 497-515, have them without ties; with ties the
    spread of the mid-ranks and the number of untied pairs move too), summed over clusters as in
    Liang and Zeger (1986), Biometrika 73, 13-22, with the factor g / (g - 1).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = np.repeat(rng.normal(size=200), 2)  # partners who answer alike
    >>> y = x + np.repeat(rng.normal(size=200), 2)
    >>> alone, whole = (
    ...     correlation_influence(x, y, "spearman", clusters=c) for c in (None, np.arange(400) // 2)
    ... )
    >>> bool((alone.r == whole.r).all()), (whole.se / alone.se).round(2).tolist()
    (True, [[1.42]])
    """
    x, y = as_columns(x), as_columns(y)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ValueError(f"expected answers (n, p) and (n, q), got {x.shape} and {y.shape}")
    if method not in ("pearson", "spearman", "kendall"):
        raise ValueError(f"method must be pearson, spearman or kendall, not {method!r}")
    names = cluster_codes(clusters, len(x))
    whole = None if clusters is None else names
    order, unit = canonical_units(np.concatenate([x, y], axis=1), whole)
    order = order[np.argsort(unit, kind="stable")]
    code = names[order]
    starts = np.flatnonzero(np.diff(code, prepend=-1))
    x, y = x[order], y[order]
    p, q = x.shape[1], y.shape[1]
    r, se = np.full((p, q), np.nan), np.full((p, q), np.nan)
    n, units = np.zeros((p, q), dtype=np.int64), np.zeros((p, q), dtype=np.int64)
    values = np.zeros((len(starts) if keep else 0, p, q))
    block = max(1, _NUMBERS // max(1, y.size)) if method == "pearson" else 1
    # rows along the last axis: what is summed up then does not depend on how many pairs there are
    down, across = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)
    for at in range(0, p if len(x) else 0, block):
        rows = slice(at, at + block)
        if method == "pearson":
            found = _jackknife(down[rows], across, starts)
        else:
            found = _ranked(down[at], across, starts, method)
        r[rows], n[rows], units[rows], pull = found
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            spread = np.sqrt(np.sum(pull * pull, axis=-1))
        known = (units[rows] > 3) & (np.abs(r[rows]) < _PERFECT) & np.isfinite(spread)
        se[rows] = np.where(known, spread, np.nan)
        if keep:
            told = np.where(known[..., None], pull, np.nan)
            values[code[starts], rows] = np.moveaxis(told, -1, 0)
    return Influence(r=r, n=n, units=units, se=se, values=values)


def influence_of_cells(cells: Cells, method: InfluenceMethod = "pearson") -> Influence:
    """As :func:`correlation_influence` of one pair of independent people, from pairs of values.

    Parameters
    ----------
    cells
        Pairs of values that occur, and how often.
    method
        ``pearson``, ``spearman`` or ``kendall`` (tau-b).

    Returns
    -------
    Influence
        Of shape (1, 1), with the influence of one respondent of each cell, ``(cells, 1, 1)``.

    References
    ----------
    Arvesen, J. N. (1969). *Annals of Mathematical Statistics, 40*, 2076-2100. Croux, C., & Dehon,
    C. (2010). *Statistical Methods and Applications, 19*, 497-515.

    Examples
    --------
    >>> from detachment.stats.pair_counts import cells_of_columns
    >>> x = np.random.default_rng(1).integers(1, 6, size=(400, 2)).astype(float)
    >>> cells = cells_of_columns(x[:, :1], x[:, 1:])[0][0]
    >>> rows = correlation_influence(x[:, :1], x[:, 1:], "spearman")
    >>> bool(np.allclose(influence_of_cells(cells, "spearman").se, rows.se, rtol=1e-12))
    True
    """
    n, r = cells.n, np.nan
    pull = np.full(len(cells.times), np.nan)
    if cells.varies:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if method == "pearson":
                r = cells.pearson()
                z = np.arctanh(pearson_without_each(cells))
                pull = (z - cells.sum(z) / n) * -np.sqrt((n - 1) / n)
            else:
                sides = _Codes.of(cells.x, cells.weights), _Codes.of(cells.y, cells.weights)
                r, pull = (_spearman if method == "spearman" else _kendall)(*sides)
                pull = pull / ((1 - r**2) * n) * np.sqrt(n / (n - 1))
    with np.errstate(invalid="ignore", over="ignore"):
        se = np.sqrt(cells.sum(pull * pull))
    known = n > 3 and abs(r) < _PERFECT and np.isfinite(se)
    size = np.array([[n]], dtype=np.int64)
    return Influence(
        r=np.array([[r]]),
        n=size,
        units=size,
        se=np.array([[se if known else np.nan]]),
        values=np.where(known, pull, np.nan)[:, None, None],
    )


def z_interval(
    r: ArrayLike, se: ArrayLike, df: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of a correlation from the standard error of its Fisher's z, by Student's t.

    Parameters
    ----------
    r, se, df
        Correlations, standard errors of ``arctanh(r)`` and their degrees of freedom (clusters less
        one; infinite for the normal distribution), of shapes that fit each other.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high; NaN where there is no standard error.

    Notes
    -----
    tanh(arctanh(r) +- t se): Miller (1974), Biometrika 61, 1-15.

    Examples
    --------
    >>> low, high = z_interval(0.5, 0.1, 30)
    >>> round(float(low), 4), round(float(high), 4)
    (0.332, 0.6373)
    """
    r, se, df = np.broadcast_arrays(as_float(r), as_float(se), as_float(df))
    with np.errstate(divide="ignore", invalid="ignore"):
        half = stdtrit(np.maximum(df, 1), (1 + confidence) / 2) * se
        ends = np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)
    known = (np.abs(r) < _PERFECT) & np.isfinite(half)
    return np.where(known, ends[0], np.nan)[()], np.where(known, ends[1], np.nan)[()]


def z_test_p(r: ArrayLike, se: ArrayLike, df: ArrayLike, null: ArrayLike = 0.0) -> FloatArray:
    """Two-sided p of a correlation from the standard error of its Fisher's z, by Student's t.

    Parameters
    ----------
    r, se, df
        As for :func:`z_interval`.
    null
        Correlation that is tested.

    Returns
    -------
    FloatArray
        Below 1 - confidence exactly where the interval of :func:`z_interval` leaves out ``null``;
        NaN where there is no standard error.

    References
    ----------
    Miller, R. G. (1974). The jackknife: A review. *Biometrika, 61*, 1-15.

    Examples
    --------
    >>> round(float(z_test_p(0.2, 0.1, 30)), 4)
    0.0516
    """
    r, se, df = np.broadcast_arrays(as_float(r), as_float(se), as_float(df))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(np.arctanh(r) - np.arctanh(as_float(null))) / np.where(se > 0, se, np.nan)
        p: FloatArray = 2 * stdtr(np.maximum(df, 1), -t)
    return np.where(np.abs(r) < _PERFECT, p, np.nan)[()]


Found = tuple[FloatArray, IntArray, IntArray, FloatArray]


def _add(x: FloatArray, starts: IntArray) -> FloatArray:
    """Sums over the rows of each cluster, along the last axis."""
    if len(starts) == x.shape[-1]:
        return x
    if 2 * len(starts) == x.shape[-1] and (starts[1:] - starts[:-1] == 2).all():  # couples
        couples: FloatArray = x[..., ::2] + x[..., 1::2]
        return couples
    sums: FloatArray = np.add.reduceat(x, starts, axis=-1)
    return sums


def _total(x: FloatArray) -> FloatArray:
    """Sum along the last axis, which stays with one place."""
    total: FloatArray = x.sum(axis=-1, keepdims=True)
    return total


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _jackknife(x: FloatArray, y: FloatArray, starts: IntArray) -> Found:
    """Fisher's z without each cluster, less their mean: ``(p, q, g)``."""
    here, there = np.isfinite(x), np.isfinite(y)
    x, y = _scaled(x, here)[:, None], _scaled(y, there)[None]
    if here.all() and there.all():  # one mean and one variance of a variable for all its pairs
        both: FloatArray = np.ones((1, 1, x.shape[-1]))
    else:
        both = (here[:, None] & there[None]).astype(np.float64)
    n = _total(both)
    zx, zy = (_standard(part, both, n) for part in (x, y))
    product = zx * zy
    r = _total(product) / n
    count, sx, sy, sxx, syy, sxy = (
        _add(part, starts) for part in (both, zx, zy, zx * zx, zy * zy, product)
    )
    # without a cluster: sums of standardized answers are 0, and of their squares n
    rest = n - count
    xx, yy = rest + (count - sxx) - sx**2 / rest, rest + (count - syy) - sy**2 / rest
    xy = (n * r - sxy) - sx * sy / rest
    z = np.arctanh(xy / np.sqrt(xx * yy))
    inside = np.broadcast_to(count > 0, z.shape)
    units = _total(inside.astype(np.float64))
    z = np.where(inside, z, 0.0)
    pull = np.where(inside, z - _total(z) / units, 0.0) * -np.sqrt((units - 1) / units)
    r = r[..., 0]
    return (
        np.where(np.abs(r) <= 1 + 1e-9, np.clip(r, -1.0, 1.0), np.nan),
        np.broadcast_to(n[..., 0], r.shape).astype(np.int64),
        np.broadcast_to(units[..., 0], r.shape).astype(np.int64),
        pull,
    )


def _scaled(x: FloatArray, there: np.ndarray) -> FloatArray:
    """Answers less their middle, in units of their spread; 0 where missing, NaN if constant."""
    n = there.sum(axis=-1, keepdims=True)
    off = np.where(there, x, 0.0)
    largest = np.max(np.abs(off), axis=-1, initial=0.0, keepdims=True)
    off = np.where(there, off - _total(off) / n, 0.0)
    spread = np.sqrt(_total(off**2) / n)
    scaled: FloatArray = off / np.where(spread > 1e-12 * largest, spread, np.nan)
    return scaled


def _standard(x: FloatArray, both: FloatArray, n: FloatArray) -> FloatArray:
    """Answers standardized among the rows of a pair; 0 in other rows."""
    x = x * both
    x = (x - _total(x) / n) * both
    variance = _total(x * x) / n
    return x / np.sqrt(np.where(variance > 1e-24, variance, np.nan))


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _ranked(x: FloatArray, y: FloatArray, starts: IntArray, method: str) -> Found:
    """Influences of one variable ``(n,)`` with q others ``(q, n)``: ``(1, q, g)``."""
    q, g = len(y), len(starts)
    r, pull = np.full(q, np.nan), np.zeros((1, q, g))
    n, units = np.zeros(q, dtype=np.int64), np.zeros(q, dtype=np.int64)
    cluster = np.repeat(np.arange(g), np.diff(starts, append=len(x)))
    for j in range(q):
        both = np.isfinite(x) & np.isfinite(y[j])
        n[j] = both.sum()
        inside = np.zeros(g, dtype=bool)
        inside[cluster[both]] = True
        units[j] = inside.sum()
        if n[j] < 2:
            continue
        pair = _Codes.of(x[both]), _Codes.of(y[j, both])
        r[j], influence = (_spearman if method == "spearman" else _kendall)(*pair)
        influence = influence / ((1 - r[j] ** 2) * n[j])
        sums = np.bincount(cluster[both], weights=influence, minlength=g)
        pull[0, j] = sums * np.sqrt(units[j] / max(units[j] - 1, 1))
    return r[None], n[None], units[None], pull


@dataclass(frozen=True, slots=True, eq=False)
class _Codes:
    """Places of answers ``(n,)`` among k values, how often each occurs, its centred mid-rank.

    ``times`` is how many respondents each of the n stands for.
    """

    code: IntArray
    share: FloatArray
    rank: FloatArray
    times: FloatArray

    @classmethod
    def of(cls, x: FloatArray, times: FloatArray | None = None) -> "_Codes":
        if times is None:
            times = np.ones(len(x))
        code = np.unique(x, return_inverse=True)[1]
        share = np.bincount(code, weights=times) / times.sum()
        return cls(code, share, np.cumsum(share) - share / 2 - 0.5, times)

    def mean(self, x: FloatArray) -> float:
        """Mean over all respondents."""
        return float(np.sum(x * self.times) / self.times.sum())

    def beyond(self, x: FloatArray) -> FloatArray:
        """Mean of x over the answers above each answer, and half over those equal to it."""
        total = np.bincount(self.code, weights=x * self.times, minlength=len(self.share))
        total = total / self.times.sum()
        above: FloatArray = np.cumsum(total[::-1])[::-1] - total / 2
        return above


def _spearman(x: _Codes, y: _Codes) -> tuple[float, FloatArray]:
    """Covariance of mid-ranks over their spread, each of which a respondent moves."""
    a, b = x.rank[x.code], y.rank[y.code]
    c = x.mean(a * b)
    xx, yy = (float(np.sum(side.share * side.rank**2)) for side in (x, y))
    r = c / np.sqrt(xx * yy)
    if not np.isfinite(r):
        return np.nan, np.full(len(a), np.nan)
    of_c = a * b + x.beyond(b)[x.code] + y.beyond(a)[y.code] - 3 * c
    of_xx, of_yy = (
        (side.rank**2 + 2 * side.beyond(own))[side.code] - 3 * spread
        for side, own, spread in ((x, a, xx), (y, b, yy))
    )
    return float(np.clip(r, -1, 1)), of_c / np.sqrt(xx * yy) - r / 2 * (of_xx / xx + of_yy / yy)


def _kendall(x: _Codes, y: _Codes) -> tuple[float, FloatArray]:
    """Concordant less discordant over untied, each of which a respondent moves."""
    n = x.times.sum()
    own = _concordance(x, y) / n
    k = x.mean(own)
    dx, dy = (1 - float(np.sum(side.share**2)) for side in (x, y))
    r = k / np.sqrt(dx * dy)
    if not np.isfinite(r):
        return np.nan, np.full(len(own), np.nan)
    of_k = 2 * (own - k)
    of_dx, of_dy = (2 * (1 - side.share[side.code] - untied) for side, untied in ((x, dx), (y, dy)))
    return float(np.clip(r, -1, 1)), of_k / np.sqrt(dx * dy) - r / 2 * (of_dx / dx + of_dy / dy)


def _concordance(one: _Codes, other: _Codes) -> FloatArray:
    """How many others are concordant with each answer, less how many discordant, ``(n,)``."""
    x, y, k, m = one.code, other.code, len(one.share), len(other.share)
    alone = len(x) == one.times.sum()  # each stands for one
    if k * m <= _CELLS or not alone:
        times = np.bincount(x * m + y, weights=one.times, minlength=k * m)
        counts = times.astype(np.int64).reshape(k, m)
        below = np.zeros((k + 1, m + 1), dtype=np.int64)  # how many have less of both
        below[1:, 1:] = counts.cumsum(axis=0).cumsum(axis=1)
        low, high = below[:-1], below[1:]  # less of x, and at most as much
        ends = below[-1]
        of_less = low[:, :-1] - (low[:, -1:] - low[:, 1:])
        of_more = (ends[-1] - high[:, -1:] - ends[1:] + high[:, 1:]) - (ends[:-1] - high[:, :-1])
        cells: FloatArray = (of_less + of_more).astype(np.float64)
        return cells[x, y]
    # Who has less of both is counted; all others follow, with those who have as much of one.
    less_x, same_x = _less_and_same(x, np.zeros_like(x))
    less_y, same_y = _less_and_same(y, np.zeros_like(y))
    same_less, same_both = _less_and_same(y, x)
    less_same, _ = _less_and_same(x, y)
    less = _fewer(x, y)
    less_more = less_x - less - less_same
    more_less = less_y - less - same_less
    more_same = same_y - less_same - same_both
    more = len(x) - less_x - same_x - more_less - more_same
    score: FloatArray = (less + more - less_more - more_less).astype(np.float64)
    return score


def _less_and_same(x: IntArray, group: IntArray) -> tuple[IntArray, IntArray]:
    """Of each answer: how many of its group have less, and how many as much, itself too."""
    order = np.lexsort((x, group))
    value, of = x[order], group[order]
    opens = np.flatnonzero(np.diff(of, prepend=-1))
    first = np.flatnonzero((np.diff(of, prepend=-1) != 0) | (np.diff(value, prepend=-1) != 0))
    size = np.diff(first, append=len(x))
    start = opens[np.searchsorted(opens, first, side="right") - 1]
    less, same = np.empty_like(x), np.empty_like(x)
    less[order], same[order] = np.repeat(first - start, size), np.repeat(size, size)
    return less, same


def _fewer(x: IntArray, y: IntArray) -> IntArray:
    """Of each answer: how many others have less of x and less of y, ``(n,)``.

    In the order of x, with equal ones from high y to low, it counts those before with less of y:
    bit by bit from the highest in which two differ. Rows stand in the order of the higher bits, and
    are parted by the next one, without sorting them.
    """
    rows = np.lexsort((-y, x))
    code = y[rows]
    place = np.arange(len(code))
    count = np.zeros(len(code), dtype=np.int64)
    for bit in range(int(code.max()).bit_length() - 1, -1, -1):
        first = np.flatnonzero(np.diff(code >> (bit + 1), prepend=-1))
        size = np.diff(first, append=len(code))
        one = code >> bit & 1
        zeros = place - (np.cumsum(one) - one)  # before each, in all
        zeros -= np.repeat(zeros[first], size)
        count += one * zeros
        # zeros of a group come before its ones, and both stay in order
        ends = np.repeat(first + size - np.add.reduceat(one, first), size)
        turn = np.where(one == 0, np.repeat(first, size), ends - np.repeat(first, size) + place)
        turn += np.where(one == 0, zeros, -zeros)
        for part in (rows, code, count):
            part[turn] = part.copy()
    result = np.empty_like(count)
    result[rows] = count
    return result
