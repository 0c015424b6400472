"""Answers in, numbers of answers, means and covariances out: what classical statistics are made of.

Sums and sums of products of whole numbers are whole numbers, and float64 holds them exactly up to
2**53: for answer codes every moment is a ratio of two exact integers, rounded once. It therefore
does not depend on the order of the rows, on blocks or on threads. Answers that are not whole (scale
means) are put into an order of their own first, which frees them from the order of the rows too.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    as_numbers,
    as_square,
    diagonal,
    ends,
    in_canonical_order,
    is_whole,
)

# rows at a time: blocks stay in the cache, and float32 sums of small codes stay exact
_BLOCK = 1024
_EXACT32, _EXACT64 = 2**24, 2**53
_BEYOND32 = np.uint64(2**29 - 1)  # the bits of float64 that float32 drops
_MANY = 2**22  # answers from which on several cores share the work
_WORKERS = 4
_PATTERNS = 512  # of missing answers at a time


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Numbers of answers, means and covariances of p items.

    Attributes
    ----------
    n
        Rows where both items are answered, ``(..., p, p)``; the diagonal counts single items.
    mean
        Mean of each item over the rows where it is answered, ``(..., p)``.
    cov
        Covariances with divisor n - 1, ``(..., p, p)``; NaN where fewer than two rows are left.
    """

    n: IntArray
    mean: FloatArray
    cov: FloatArray


def pairwise_moments(x: ArrayLike) -> Moments:
    """Moments of each pair of items over the rows where both are answered.

    Parameters
    ----------
    x
        Answers, ``(..., n, p)``; NaN is missing.

    Returns
    -------
    Moments
        As R's ``cov(x, use = "pairwise.complete.obs")``: the means inside a covariance are those
        of the pair's own rows. Exact for whole numbers (see the module's first lines).

    Examples
    --------
    >>> m = pairwise_moments([[1, 2], [2, 4], [3, np.nan], [4, 3]])
    >>> m.n.tolist()
    [[4, 3], [3, 3]]
    >>> m.mean.tolist()
    [2.5, 3.0]
    >>> m.cov.round(4).tolist()
    [[1.6667, 0.5], [0.5, 1.0]]
    """
    sums, shift = pair_sums(x, squares=False)
    return Moments(sums.n.astype(np.int64), sums.mean(shift), sums.cov())


def listwise_moments(x: ArrayLike) -> Moments:
    """Moments over the rows without any missing answer.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.

    Returns
    -------
    Moments
        As R's ``cov(na.omit(x))``.

    Raises
    ------
    ValueError
        For a stack of data sets, whose numbers of complete rows would differ.

    Examples
    --------
    >>> m = listwise_moments([[1, 2], [2, 4], [3, np.nan], [4, 3]])
    >>> m.n.tolist(), m.mean.round(4).tolist()
    ([[3, 3], [3, 3]], [2.3333, 3.0])
    """
    x = as_numbers(x)
    if x.ndim != 2:
        raise ValueError(f"listwise deletion takes one data set of shape (n, p), got {x.shape}")
    return pairwise_moments(x[~np.isnan(x).any(axis=1)])


@dataclass(frozen=True, slots=True, eq=False)
class EmMoments(Moments):
    """Moments by maximum likelihood, and how they were found.

    Attributes
    ----------
    converged
        Whether another step would change nothing that matters.
    iterations
        Steps of EM taken.
    """

    converged: bool
    iterations: int


def em_moments(x: ArrayLike, *, iterations: int = 1000, tolerance: float = 1e-10) -> EmMoments:
    """Moments of items with missing answers by maximum likelihood under normality (EM).

    Every row counts with what it has, and the covariances never contradict one another, which
    pairwise ones can.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.
    iterations, tolerance
        Stop when a step of EM moves no mean or covariance by more than ``tolerance`` of its item's
        standard deviations, and at the latest after so many steps.

    Returns
    -------
    EmMoments
        Complete answers give :func:`listwise_moments`: the divisor is n - 1, n the rows with any
        answer (the maximum itself, as lavaan and ``psych::corFiml`` give it, has the divisor n).
        NaN where an item has fewer than two answers or does not vary, or where the others determine
        it; ``converged`` is then False, as it is, beside the last step, where the maximum was not
        reached.

    Raises
    ------
    ValueError
        For a stack of data sets.

    Notes
    -----
    Rows with the same answers missing share their regressions, which are solved for all patterns
    at once from the patterns' sums; the steps of EM are extrapolated by SQUAREM (Varadhan and
    Roland, 2008, Scandinavian Journal of Statistics 35, 335-353, scheme S3).

    References
    ----------
    Little, R. J. A., & Rubin, D. B. (2019). *Statistical Analysis with Missing Data* (3rd ed.),
    section 11.2. R: ``psych::corFiml``, ``norm::em.norm`` and saturated models of lavaan with
    ``missing = "ml"`` have the same maximum.

    Examples
    --------
    >>> m = em_moments([[1, 2], [2, 4], [3, np.nan], [4, 3], [5, 6]])
    >>> m.mean.round(2).tolist(), m.converged
    ([3.0, 3.75], True)
    """
    x = as_columns(x)
    if x.ndim != 2:
        raise ValueError(f"EM takes one data set of shape (n, p), got {x.shape}")
    start = pairwise_moments(x)
    x = x[~np.isnan(x).all(axis=1)]
    n = len(x)
    variance = diagonal(start.cov)
    if not np.isnan(x).any():
        return EmMoments(start.n, start.mean, start.cov, True, 0)
    if not (variance > 0).all():
        nothing = np.full_like(start.cov, np.nan)
        return EmMoments(start.n, start.mean, nothing, False, 0)
    sd = np.sqrt(variance)
    patterns = _Patterns.of((x - start.mean) / sd)
    state = np.concatenate([np.zeros((1, len(sd))), np.eye(len(sd))])
    try:
        state, converged, steps = _squarem(patterns, state, iterations, tolerance)
    except np.linalg.LinAlgError:  # on the way to an item that the others determine
        nothing = np.full_like(start.cov, np.nan)
        return EmMoments(start.n, start.mean, nothing, False, iterations)
    cov = state[1:] * sd[:, None] * sd * n / (n - 1)
    return EmMoments(start.n, start.mean + state[0] * sd, (cov + cov.T) / 2, converged, steps)


@dataclass(frozen=True, slots=True, eq=False)
class _Patterns:
    """Sums of the rows of each of g patterns of missing answers.

    ``seen`` ``(g, p)`` is 1 for an item that is answered; ``n`` ``(g,)`` and ``total`` ``(g, p)``
    are sums over the rows, with 0 for missing answers, and so is ``square`` ``(s, p, p)`` of the
    first s patterns, those of several rows: a single row is its own total.
    """

    seen: FloatArray
    n: FloatArray
    total: FloatArray
    square: FloatArray

    @classmethod
    def of(cls, x: FloatArray) -> "_Patterns":
        x = in_canonical_order(x)
        patterns = sorted(missing_patterns(x), key=lambda pattern: len(pattern[0]) == 1)
        parts = [np.where(there, x[rows], 0.0) for rows, there in patterns]
        square = [part.T @ part for part in parts if len(part) > 1]
        return cls(
            seen=np.array([there for _, there in patterns], dtype=np.float64),
            n=np.array([len(part) for part in parts], dtype=np.float64),
            total=np.array([part.sum(axis=0) for part in parts]),
            square=np.array(square).reshape(len(square), x.shape[1], x.shape[1]),
        )

    def step(self, state: FloatArray) -> FloatArray:
        """Means and covariances ``(1 + p, p)`` after one step of EM, from those before.

        Written as the slope of the likelihood: with A the inverse of the covariances of the items
        seen and y = A (x - mean) of a row, the mean moves by cov times the mean of y, and cov by
        cov times the mean of (y y' - A) times cov.
        """
        mean, cov = state[0], state[1:]
        p = len(mean)
        n = self.n.sum()
        first, second = np.zeros(p), np.zeros((p, p))
        for at in range(0, len(self.n), _PATTERNS):
            part = slice(at, at + _PATTERNS)
            seen, size = self.seen[part], self.n[part]
            inverse = inverses_of_seen(cov, seen)
            centre = seen * mean
            y = (inverse @ (self.total[part] - size[:, None] * centre)[:, :, None])[:, :, 0]
            first += y.sum(axis=0)
            second -= np.tensordot(size, inverse, axes=1)
            second += y[size == 1].T @ y[size == 1]
            several = size > 1
            inverse, centre, size = inverse[several], centre[several], size[several]
            across = self.total[part][several][:, :, None] * centre[:, None, :]
            square = self.square[part] - across - across.swapaxes(1, 2)
            square += size[:, None, None] * centre[:, :, None] * centre[:, None, :]
            second += np.sum(inverse @ square @ inverse, axis=0)
        move = cov @ first / n
        new = cov + cov @ (second / n) @ cov - np.outer(move, move)
        return np.concatenate([(mean + move)[None], (new + new.T) / 2])


def inverses_of_seen(cov: FloatArray, seen: FloatArray) -> FloatArray:
    """Inverse of the covariances of the items seen, 0 elsewhere: ``(g, p, p)`` for ``(g, p)``."""
    both = seen[:, :, None] * seen[:, None, :]
    k = np.arange(cov.shape[-1])
    filled = cov * both
    filled[:, k, k] += 1 - seen
    return np.linalg.inv(filled) * both


def _squarem(
    patterns: _Patterns, state: FloatArray, iterations: int, tolerance: float
) -> tuple[FloatArray, bool, int]:
    """Steps of EM, extrapolated in pairs: where they lead, whether they got there, how many."""
    steps = 0
    with np.errstate(all="ignore"):
        while steps < iterations:
            one = patterns.step(state)
            first = one - state
            steps += 1
            if np.abs(first).max() < tolerance:
                return one, True, steps
            two = patterns.step(one)
            second = two - one - first
            steps += 1
            if np.abs(two - one).max() < tolerance:
                return two, True, steps
            length = -np.sqrt(np.sum(first**2) / np.sum(second**2))
            state = two
            if np.isfinite(length) and length < -1:
                # as far as covariances stay covariances
                for far in (length, (length - 1) / 2, (length - 3) / 4):
                    there = one - first - 2 * far * first + far**2 * second
                    if np.linalg.eigvalsh(there[1:])[0] > 0:
                        state = there
                        break
    return state, False, steps


def missing_patterns(x: FloatArray) -> Iterator[tuple[IntArray, BoolArray]]:
    """Rows ``(n, p)`` grouped by which answers they have: positions of rows, and the items seen."""
    seen = ~np.isnan(x)
    codes = np.ascontiguousarray(np.packbits(seen, axis=1))
    keys = codes.view(np.dtype((np.void, codes.shape[1]))).ravel()
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=len(first)))
    for k, rows in enumerate(np.split(order, ends[:-1])):
        yield rows, seen[first[k]]


def correlation_from(cov: ArrayLike) -> FloatArray:
    """Correlations from covariances.

    Parameters
    ----------
    cov
        Covariances, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(..., p, p)``; NaN in the rows of a constant item. As R's ``cov2cor``. From pairwise
        covariances this is what ``psych::alpha`` standardizes; the correlations of each pair's own
        rows are :func:`detachment.stats.correlation.pearson`.

    Examples
    --------
    >>> correlation_from([[4.0, 1.0], [1.0, 1.0]]).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    cov = as_square(cov)
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(diagonal(cov))
        cor: FloatArray = cov / (sd[..., :, None] * sd[..., None, :])
    k = np.arange(cov.shape[-1])
    cor[..., k, k] = np.where(sd > 0, 1.0, np.nan)
    cor[np.isinf(cor)] = np.nan
    return cor


def effective_n(n: ArrayLike) -> FloatArray:
    """One number of respondents for a matrix of pairwise ones: the harmonic mean off the diagonal.

    Parameters
    ----------
    n
        Pairwise numbers of rows, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(...)``; 0 when some pair was never answered together; n itself for a single item.

    References
    ----------
    Enders, C. K. (2010). *Applied Missing Data Analysis* (pairwise deletion has no single n).

    Examples
    --------
    >>> float(effective_n([[100, 80], [80, 90]]))
    80.0
    """
    n = as_square(n)
    p = n.shape[-1]
    if p == 1:
        return n[..., 0, 0]
    pairs = n[..., *np.tril_indices(p, -1)]
    low = pairs.min(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        harmonic = low * pairs.shape[-1] / np.sum(low[..., None] / pairs, axis=-1)
    return np.where(low > 0, harmonic, 0.0)[()]


def constant_items(cov: ArrayLike) -> BoolArray:
    """Say which items have no variance, or none that can be estimated.

    Parameters
    ----------
    cov
        Covariances, ``(..., p, p)``.

    Returns
    -------
    BoolArray
        ``(..., p)``.

    References
    ----------
    R: ``psych::alpha`` leaves out items without variance too.

    Examples
    --------
    >>> constant_items([[1.0, 0.0], [0.0, 0.0]]).tolist()
    [False, True]
    """
    return ~(diagonal(as_square(cov)) > 0)


@dataclass(frozen=True, slots=True, eq=False)
class CrossSums:
    """Sums over the rows where x_i and y_j are both answered, each ``(..., p, q)``."""

    n: FloatArray
    x: FloatArray
    y: FloatArray
    xx: FloatArray
    yy: FloatArray
    xy: FloatArray

    def __add__(self, other: "CrossSums") -> "CrossSums":
        """Sums over the rows of both."""
        return CrossSums(
            n=self.n + other.n,
            x=self.x + other.x,
            y=self.y + other.y,
            xx=self.xx + other.xx,
            yy=self.yy + other.yy,
            xy=self.xy + other.xy,
        )

    def mean(self, shift: FloatArray) -> FloatArray:
        """Means of the columns of x, from which ``shift`` had been taken off."""
        n, x = diagonal(self.n), diagonal(self.x)
        with np.errstate(divide="ignore", invalid="ignore"):
            # whole numbers are divided once, and so rounded once
            mean: FloatArray = np.where(shift == np.rint(shift), (x + shift * n) / n, shift + x / n)
        return mean

    def cov(self) -> FloatArray:
        """Covariances with divisor n - 1; NaN where fewer than two rows are left."""
        with np.errstate(divide="ignore", invalid="ignore"):
            cov = (self.n * self.xy - self.x * self.y) / (self.n * (self.n - 1))
        return np.where((self.n > 1) & np.isfinite(cov), cov, np.nan)

    def cor(self) -> FloatArray:
        """Pearson correlations; NaN where a variable is constant in the pair's rows."""
        with np.errstate(divide="ignore", invalid="ignore"):
            xx = _spread(self.n * self.xx, self.x)
            yy = _spread(self.n * self.yy, self.y)
            r = (self.n * self.xy - self.x * self.y) / np.sqrt(xx * yy)
        return np.where((self.n > 1) & np.isfinite(r), np.clip(r, -1.0, 1.0), np.nan)


def _spread(square: FloatArray, x: FloatArray) -> FloatArray:
    """A sum of squares about the mean, times n; 0 where only rounding is left of it."""
    spread = square - x**2
    return np.where(spread > 1e-12 * square, spread, 0.0)


def pair_sums(
    x: ArrayLike, y: ArrayLike | None = None, *, squares: bool = True
) -> tuple[CrossSums, FloatArray]:
    """Sums of each pair of columns, of answers minus a constant of each column.

    Parameters
    ----------
    x, y
        Answers, ``(..., n, p)`` and ``(..., n, q)``; without y, x with itself.
    squares
        Whether ``xx`` and ``yy`` are needed, as correlations do and covariances do not; else they
        may be NaN.

    Returns
    -------
    sums : CrossSums
        Exact for whole numbers.
    shift : FloatArray
        The constants that were taken off the columns of x, ``(..., p)``.

    Raises
    ------
    ValueError
        When x and y have not the same rows.
    """
    x = as_numbers(x)
    if y is not None:
        y = as_numbers(y)
        if x.shape[:-1] != y.shape[:-1]:
            raise ValueError(f"x and y must have the same rows, got {x.shape} and {y.shape}")
    whole = whole_pair_sums(x, y, squares=squares) if x.ndim == 2 else None
    if whole is not None:
        return whole
    x = as_float(x)
    if y is None:
        x, shift = centred(x)
        return cross_sums(x, x), shift
    # together, so that the rows of both are taken in one order
    both, shift = centred(np.concatenate([x, as_float(y)], axis=-1))
    p = x.shape[-1]
    return cross_sums(both[..., :p], both[..., p:]), shift[..., :p]


def whole_pair_sums(
    x: np.ndarray, y: np.ndarray | None, *, squares: bool = True
) -> tuple[CrossSums, FloatArray] | None:
    """As :func:`pair_sums` of whole numbers ``(n, p)``, which never stand in memory twice.

    None for others, and where the sums would not be exact.
    """
    parts = [x] if y is None else [x, y]
    few = len(x) <= 4 * _BLOCK
    for rows in (len(x),) if few else (_BLOCK, len(x)):  # the first of many mostly tell the range
        ranges = [_Range.of(part[:rows]) for part in parts]
        sums = _sums_from_one(parts, ranges, squares)
        if sums is not None:
            return sums, np.full(x.shape[1], ranges[0].low - 1)
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _Range:
    """Lowest and highest answer of all columns."""

    low: float
    high: float

    @classmethod
    def of(cls, x: np.ndarray) -> "_Range":
        low, high = ends(x)
        if not (low <= high).any():
            return cls(1.0, 1.0)
        return cls(float(low.min()), float(high.max()))

    @property
    def number(self) -> float:
        """How many whole numbers it holds."""
        return self.high - self.low + 1


def _sums_from_one(
    parts: list[np.ndarray], ranges: list[_Range], squares: bool
) -> CrossSums | None:
    """Sums of one data set, or of two, of answers counted from 1 at the lowest.

    None where an answer is not whole or out of range, or where the sums would not be exact.
    """
    rows = len(parts[0])
    largest = max(part.number for part in ranges)
    farthest = max(max(abs(part.low), abs(part.high)) for part in ranges)
    if not sums_are_exact(rows, largest):
        return None
    size = _block_size(largest)
    single = max(size * largest**2, farthest) < _EXACT32
    dtype = np.float32 if single else np.float64
    blocks = -(-rows // size)
    if rows * sum(part.shape[1] for part in parts) < _MANY:
        return _sums_of_blocks(parts, ranges, range(blocks), size, dtype, squares)
    # Whole numbers add up to the same sums whoever adds them: each core takes every so many blocks.
    workers = min(os.cpu_count() or 1, _WORKERS)
    try:
        with ThreadPoolExecutor(workers) as pool:
            tasks = [
                pool.submit(
                    _sums_of_blocks, parts, ranges, range(k, blocks, workers), size, dtype, squares
                )
                for k in range(workers)
            ]
            found = [task.result() for task in tasks]
    except RuntimeError:  # where no thread can be started, as in a browser
        return _sums_of_blocks(parts, ranges, range(blocks), size, dtype, squares)
    total = found[0]
    for part in found[1:]:
        if total is None or part is None:
            return None
        total = total + part
    return total


def sums_are_exact(rows: int, largest: float) -> bool:
    """Whether float64 holds sums of products of so many numbers from 1 to the largest."""
    return bool(rows * largest**2 < _EXACT64)


def _beyond(size: int) -> float:
    """The first power of two that no number of rows of a block reaches."""
    return float(2.0 ** np.ceil(np.log2(size + 1)))


def _block_size(number: float) -> int:
    """Rows at a time: so many that numbers of answers and sums share the digits of float32."""
    sizes = (3 * _BLOCK // 2, _BLOCK, _BLOCK // 2)
    fitting = (size for size in sizes if _beyond(size) * (number * size + 1) < _EXACT32)
    return next(fitting, _BLOCK)


def _sums_of_blocks(
    parts: list[np.ndarray],
    ranges: list[_Range],
    blocks: range,
    size: int,
    dtype: type[np.floating],
    squares: bool,
) -> CrossSums | None:
    shape, same = (parts[0].shape[1], parts[-1].shape[1]), len(parts) == 1
    # An answer that is there counts 1 / base, so that u + there gives numbers of answers and sums
    # of x in one product, where both fit; powers of two take nothing from exactness.
    base = _beyond(size)
    fits = base * (ranges[0].number * size + 1) < (_EXACT32 if dtype is np.float32 else _EXACT64)
    sides = [_Side(*side, size, dtype, 1 / base) for side in zip(parts, ranges, strict=True)]
    one, other = sides[0], sides[-1]
    complete, x = 0, np.zeros(shape)
    n, xx, y, yy, xy = (np.zeros(shape) for _ in range(5))  # all but xy as parts of base
    for block in blocks:
        rows = slice(block * size, (block + 1) * size)
        if not all(side.take(rows) for side in sides):
            return None
        u, v, scratch = one.value, other.value, one.scratch
        # never a matrix with itself: BLAS has a routine for that, slower for so few columns
        product = _copied(u, scratch).T @ v if same else u.T @ v
        xy += product
        if one.complete and other.complete:
            complete += len(u)
            x += (np.ones(len(u), dtype) @ u)[:, None]
            if squares:
                xx += (np.diagonal(product) if same else np.square(u).sum(axis=0))[:, None] / base
            if not same:
                y += np.ones(len(v), dtype) @ v / base
                yy += np.square(v).sum(axis=0) / base if squares else 0
            continue
        here, there = one.mark(), other.mark()
        if fits:
            both = np.add(u, here, out=scratch).T @ there
            both *= dtype(base)
            sums = np.floor(both)
            x += sums
            both -= sums
            n += both
        else:
            n += _copied(here, scratch).T @ there * dtype(base)
            x += u.T @ there * dtype(base)
        if squares:
            xx += np.square(u, out=scratch).T @ there
        if not same:
            y += here.T @ v
            if squares:
                yy += here.T @ np.square(v, out=other.scratch)
    n, xx, y, yy = complete + n * base, xx * base, y * base, yy * base
    if not squares:
        xx[:], yy[:] = np.nan, np.nan
    if same:
        y, yy = x.T, xx.T
    return CrossSums(n=n, x=x, y=y, xx=xx, yy=yy, xy=xy)


def _copied(block: np.ndarray, scratch: np.ndarray) -> np.ndarray:
    np.copyto(scratch, block)
    return scratch


class _Side:
    """Answers block by block, in room that is used again: a pass over fresh memory costs twice.

    Attributes
    ----------
    value
        Whole numbers counted from 1 at the lowest, 0 where missing.
    complete
        Whether no answer was missing so far: where one is, others are likely, and not looked for.
    scratch
        Room for anything.
    """

    def __init__(
        self,
        x: np.ndarray,
        within: _Range,
        size: int,
        dtype: type[np.floating],
        weight: float,
    ) -> None:
        self._x, self._within, self._dtype = x, within, dtype
        self.complete = True
        # In the order that x has in memory. The bounds stand as arrays of their own: NumPy compares
        # with those faster than with a single number.
        fills = (0.0, 0.0, 0.0, within.low - 1, weight)
        self._rooms = [np.full_like(x[:size], fill, dtype=dtype) for fill in fills]
        self._cut(len(x[:size]))

    def _cut(self, rows: int) -> None:
        rooms = [room[:rows] for room in self._rooms]
        self.value, self.scratch, self._there, self._below, self._weight = rooms

    def take(self, rows: slice) -> bool:
        """Read rows; False where an answer is not whole or out of range."""
        block = self._x[rows]
        if len(block) != len(self.value):
            self._cut(len(block))
        value, low = self.value, self._within.low
        with np.errstate(invalid="ignore", over="ignore"):
            np.copyto(value, block, casting="unsafe")
            if not _kept(block, value) or np.fmin.reduce(value, axis=None, initial=np.inf) < low:
                return False
            if self.complete:
                most = value.max(initial=-np.inf)
                self.complete = not np.isnan(most)
            if not self.complete:
                np.fmax(value, self._below, out=value)
                most = value.max(initial=-np.inf)
            if most > self._within.high:
                return False
            if block.dtype.kind == "f" and not (np.rint(value, out=self.scratch) == value).all():
                return False
        if low != 1:
            value -= self._dtype(low - 1)
        return True

    def mark(self) -> np.ndarray:
        """``weight`` where there is an answer, else 0."""
        return np.minimum(self.value, self._weight, out=self._there)


def _kept(block: np.ndarray, value: np.ndarray) -> bool:
    """Whether a narrower copy of floating-point numbers says the same.

    Integers may be rounded where they are out of range, which they then still are.
    """
    if block.dtype.kind != "f" or block.dtype.itemsize <= value.dtype.itemsize:
        return True
    if block.dtype == np.float64:
        # One look at the bits that float32 has no room for; NaN may have some, whole numbers not.
        bits = np.bitwise_or.reduce(block.view(np.uint64), axis=None)
        if not bits & _BEYOND32:
            return True
    return bool(np.count_nonzero(value != block) == np.count_nonzero(value != value))


def centred(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Answers minus a constant near each column's mean, and that constant, ``(..., p)``.

    Whole numbers stay whole; others come in canonical order. Keeping the sums small keeps them
    exact, and keeps differences of large sums from losing digits.
    """
    whole = is_whole(x)
    if not whole:
        x = in_canonical_order(x)
    there = ~np.isnan(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.sum(x, axis=-2, where=there) / np.sum(there, axis=-2)
        shift = np.where(np.isfinite(shift), np.rint(shift), 0.0)
        if not whole:
            # an answer near the mean, so that a constant column becomes exactly zero
            distance = np.where(there, np.abs(x - shift[..., None, :]), np.inf)
            nearest = np.argmin(distance, axis=-2, keepdims=True)
            value = np.take_along_axis(x, nearest, axis=-2)[..., 0, :]
            shift = np.where(np.isfinite(value), value, 0.0)
        return x - shift[..., None, :], shift


def cross_sums(x: FloatArray, y: FloatArray) -> CrossSums:
    """Sums of each pair of a column of x ``(..., n, p)`` and one of y ``(..., n, q)``.

    Give columns that are :func:`centred`; x and y must then have been centred together.
    """
    largest = max(float(np.max(np.abs(a), where=~np.isnan(a), initial=0.0)) for a in (x, y))
    single = is_whole(x) and is_whole(y) and largest**2 * _BLOCK < _EXACT32
    dtype = np.float32 if single else np.float64
    p, q, n = x.shape[-1], y.shape[-1], x.shape[-2]
    total = np.zeros((*x.shape[:-2], 3 * p, 3 * q))
    for start in range(0, n, _BLOCK):
        u = _with_mask_and_square(x[..., start : start + _BLOCK, :], dtype)
        v = u if y is x else _with_mask_and_square(y[..., start : start + _BLOCK, :], dtype)
        with np.errstate(invalid="ignore", over="ignore"):
            total += np.swapaxes(u, -1, -2) @ v
    part = total.reshape(*x.shape[:-2], 3, p, 3, q)
    return CrossSums(
        n=part[..., 0, :, 0, :],
        x=part[..., 1, :, 0, :],
        y=part[..., 0, :, 1, :],
        xx=part[..., 2, :, 0, :],
        yy=part[..., 0, :, 2, :],
        xy=part[..., 1, :, 1, :],
    )


def _with_mask_and_square(block: FloatArray, dtype: type[np.floating]) -> np.ndarray:
    there = ~np.isnan(block)
    value = np.where(there, block, 0.0).astype(dtype)
    return np.concatenate([there.astype(dtype), value, value * value], axis=-1)
