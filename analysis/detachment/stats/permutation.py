"""Two sets of variables in, p values of all their correlations at once out, by permutation.

Tests of many correlations are not independent: variables of a set go together. Permuting whole rows
of one set against the other breaks what is between the sets and keeps what is within them, so that
the largest of all permuted statistics tells how large one gets by chance, with no more correction
than this family of tests needs (Westfall and Young, 1993).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import (
    FloatArray,
    IntArray,
    as_columns,
    canonical_order,
    is_whole,
    whole_units,
)
from detachment.stats._draws import seed_of
from detachment.stats.correlation import pearson, spearman

_KEYED = 32  # permutations drawn from one key; part of the definition of the random numbers
_NUMBERS = 2**22  # held at a time, about
_EXACT32 = 2**24
_ROWS = 1024  # multiplied at a time
_TIES = 1e-9  # statistics this near are equal: what sums of floating-point numbers leave of a tie


@dataclass(frozen=True, slots=True, eq=False)
class MaxT:
    """Tests of the correlations between two sets of variables, each ``(p, q)``.

    Attributes
    ----------
    r
        Correlations; NaN where a variable is constant in the pair's rows.
    n
        Rows of each pair.
    p
        Of each test alone: how often its permuted statistic was as large.
    p_adjusted
        Step-down max-T: holds the family-wise error rate over all tests. NaN for what is no test.
    n_perm
        Permutations drawn; the sample itself counts as one more.
    seed
        What gives the same permutations again.
    """

    r: FloatArray
    n: IntArray
    p: FloatArray
    p_adjusted: FloatArray
    n_perm: int
    seed: int


@np.errstate(divide="ignore", invalid="ignore")
def max_t(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: Literal["pearson", "spearman"] = "pearson",
    clusters: ArrayLike | None = None,
    among: ArrayLike | None = None,
    n_perm: int = 10_000,
    rng: int | np.random.Generator = 1,
) -> MaxT:
    """Step-down max-T tests of the correlations of x with y, by permutation of the rows of y.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``; NaN is missing. Rows of y move as they are, with their
        missing answers: a pair's statistic is then computed over the rows where both are there
        under that permutation, so that nothing is filled in and no row is lost. That is exact when
        the answers and gaps of y are independent of those of x, which is the hypothesis tested.
    method
        ``pearson``, or ``spearman``: Pearson's r of the mid-ranks. With missing answers ranks are
        those among everyone who answered the variable, not those within each pair's rows; ``r`` is
        :func:`detachment.stats.correlation.spearman` in any case.
    clusters
        Which cluster each row belongs to, ``(n,)``, such as the dyad of partners. Clusters of the
        same size are exchanged whole, rows of theirs in the order in which they stand, so that what
        goes together within a cluster stays together. By default each row is its own.
    among
        Which pairs are tests, ``(p, q)``; by default all that have a correlation.
    n_perm
        Number of permutations.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    MaxT
        The same for every amount of memory, and, without clusters, for every order of the rows
        of the data.

    Raises
    ------
    ValueError
        When x and y, or the clusters, have not the same rows; for another method; when ``among``
        has another shape.

    Notes
    -----
    Westfall and Young (1993), Resampling-Based Multiple Testing, algorithm 2.8; Ge, Dudoit and
    Speed (2003), Test 12, 1-77, box 2. The statistic is abs(atanh(r)) sqrt(n - 3), which is the
    order of abs(r) for complete answers and takes account of n otherwise. p values are
    (1 + number as large) / (1 + permutations), which is valid for any number of permutations
    (Phipson and Smyth, 2010, Statistical Applications in Genetics and Molecular Biology 9, 39).

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> x = rng.integers(1, 6, size=(80, 2)).astype(float)
    >>> y = x[:, :1] + rng.integers(0, 4, size=(80, 1))
    >>> test = max_t(x, y, n_perm=500)
    >>> test.p_adjusted.round(3).tolist()
    [[0.002], [0.521]]
    """
    x, y = as_columns(x), as_columns(y)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ValueError(f"x and y must have the same rows, got {x.shape} and {y.shape}")
    if method not in ("pearson", "spearman"):
        raise ValueError(f"method must be 'pearson' or 'spearman', not {method!r}")
    seed = seed_of(rng)
    r, n = (pearson if method == "pearson" else spearman)(x, y)
    if clusters is None:
        order = canonical_order(np.concatenate([x, y], axis=1))
        x, y = x[order], y[order]
        groups = [np.arange(len(x))[:, None]]
    else:
        groups = _groups(np.asarray(clusters), len(x))
    if method == "spearman":
        x, y = _ranks(x), _ranks(y)
    sums = _Sums.of(x, y)
    observed = sums.statistic(np.arange(len(x))[None])[0].ravel()
    family = np.ones(r.shape, dtype=bool) if among is None else np.asarray(among, dtype=bool)
    if family.shape != r.shape:
        raise ValueError(f"among must have shape {r.shape}, got {family.shape}")
    tested = np.flatnonzero(~np.isnan(observed) & ~np.isnan(r.ravel()) & family.ravel())
    tested = tested[np.argsort(-observed[tested], kind="stable")]  # from the largest on
    target = observed[tested] * (1 - _TIES)
    alone = np.ones(len(tested))
    stepped = np.ones(len(tested))
    block = _KEYED * max(1, _NUMBERS // (_KEYED * max(1, len(x) * sums.width)))
    for start in range(0, n_perm, block):
        drawn = _permutations(groups, len(x), start, min(block, n_perm - start), seed)
        chance = np.nan_to_num(sums.statistic(drawn).reshape(len(drawn), -1)[:, tested])
        alone += np.sum(chance >= target, axis=0)
        # the largest of those that are not larger in the sample
        largest = np.maximum.accumulate(chance[:, ::-1], axis=1)[:, ::-1]
        stepped += np.sum(largest >= target, axis=0)
    p, adjusted = np.full(r.size, np.nan), np.full(r.size, np.nan)
    p[tested] = alone / (n_perm + 1)
    adjusted[tested] = np.maximum.accumulate(stepped) / (n_perm + 1)
    return MaxT(
        r=r,
        n=n,
        p=p.reshape(r.shape),
        p_adjusted=adjusted.reshape(r.shape),
        n_perm=n_perm,
        seed=seed,
    )


def _groups(names: np.ndarray, n: int) -> list[IntArray]:
    """Rows of clusters of each size, ``(clusters, size)``: what may be exchanged."""
    if names.shape != (n,):
        raise ValueError(f"clusters must have shape ({n},), got {names.shape}")
    _, code = np.unique(names, return_inverse=True)
    rows = np.argsort(code, kind="stable")
    size = np.bincount(code)
    first = np.cumsum(size) - size
    return [
        rows[first[size == many][:, None] + np.arange(many)] for many in np.unique(size[size > 0])
    ]


def _permutations(groups: list[IntArray], n: int, start: int, many: int, seed: int) -> IntArray:
    """Which row of y comes to stand at each row of x, ``(many, n)``."""
    drawn = np.empty((-(-many // _KEYED) * _KEYED, n), dtype=np.int64)
    for row in range(0, many, _KEYED):
        generator = np.random.Generator(np.random.Philox(key=[seed, (start + row) // _KEYED]))
        for rows in groups:
            # Random numbers in order, each with its place in its last bits: one sort, and of the
            # fast kind. Some 50 random bits remain, so that no two are ever equal.
            places = np.arange(len(rows), dtype=np.uint64)
            last = np.uint64(2 ** max(len(rows) - 1, 1).bit_length() - 1)
            for one in drawn[row : row + _KEYED]:  # while its numbers are in the cache
                keys = generator.bit_generator.random_raw(len(rows))
                keys &= ~last
                keys |= places
                keys.sort()
                keys &= last
                turn = keys.view(np.int64)
                if len(rows) == n:
                    one[:] = turn
                else:
                    one[rows.ravel()] = rows[turn].ravel()
    return drawn[:many]


def _ranks(x: FloatArray) -> FloatArray:
    """Doubled mid-ranks of each column among its answers: whole numbers."""
    ranks = np.full(x.shape, np.nan)
    for j, column in enumerate(x.T):
        there = ~np.isnan(column)
        if there.any():
            _, place, count = np.unique(column[there], return_inverse=True, return_counts=True)
            ranks[there, j] = (2 * np.cumsum(count) - count + 1)[place]
    return ranks


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Columns of x and y whose products hold all sums: values, and where not complete, gaps.

    ``x`` ``(columns, n)`` stays; the rows of y ``(n, q)`` are permuted: as words of eight bytes
    where they are small whole numbers, several of which are then moved at a time. A missing answer
    is then the lowest number that there is, else NaN.
    """

    x: np.ndarray
    y: np.ndarray
    kind: type[np.signedinteger] | None
    complete: bool
    sizes: tuple[int, int]

    @property
    def width(self) -> int:
        """Numbers of a row that a permutation holds, with its share of the index."""
        return (1 if self.complete else 2) * self.sizes[1] + 10

    @classmethod
    def of(cls, x: FloatArray, y: FloatArray) -> "_Sums":
        sizes = x.shape[1], y.shape[1]
        complete = not (np.isnan(x).any() or np.isnan(y).any())
        x, y = _standard(x), _standard(y)
        largest = max(float(np.max(np.abs(a), where=~np.isnan(a), initial=0.0)) for a in (x, y))
        whole = is_whole(x) and is_whole(y)
        if not complete:
            here, x = ~np.isnan(x), np.nan_to_num(x)
            x = np.concatenate([here, x, x * x], axis=1)
        dtype = np.float32 if whole and _ROWS * largest**2 < _EXACT32 else np.float64
        kind: type[np.signedinteger] | None = np.int8 if largest < 2**7 else np.int16
        if not whole or largest >= 2**15:
            kind = None
        return cls(
            x=np.ascontiguousarray(x.T, dtype),
            y=_words(y, kind) if kind else y.astype(dtype),
            kind=kind,
            complete=complete,
            sizes=sizes,
        )

    def statistic(self, rows: IntArray) -> FloatArray:
        """Absolute standardized correlations under permutations ``(b, n)``: ``(b, p, q)``."""
        p = self.sizes[0]
        n = np.array(float(len(self.y)))
        if self.complete:
            x, y = self.x.astype(np.float64), self._own_values()
            sx, sy = x.sum(axis=1)[:, None], y.sum(axis=0)
            xx, yy = np.sum(x**2, axis=1)[:, None], np.sum(y**2, axis=0)
            (xy,) = self._products(rows)
        else:
            with_gaps, with_values, with_squares = self._products(rows)
            n, sx, xx = (with_gaps[:, k * p : (k + 1) * p] for k in range(3))
            sy, xy, yy = with_values[:, :p], with_values[:, p:], with_squares
        xx, yy, xy = n * xx - sx**2, n * yy - sy**2, n * xy - sx * sy
        r = np.clip(xy / np.sqrt(xx * yy), -1 + 1e-15, 1 - 1e-15)
        known = (xx > 0) & (yy > 0) & (n > 3)
        size = np.abs(np.arctanh(r)) * np.sqrt(np.maximum(n - 3, 0))
        statistic: FloatArray = np.where(known, size, np.nan)
        return statistic

    def _products(self, rows: IntArray) -> list[FloatArray]:
        """Sums of products of the columns of x with values of y, or with gaps, values and squares.

        All permutations of some rows are one product: it stays in the cache, in room that is used
        again, and whole numbers that small are exact in float32.
        """
        (b, n), (p, q) = rows.shape, self.sizes
        columns = (p,) if self.complete else (3 * p, 2 * p, p)  # of x, from the first on
        totals = [np.zeros((many, q * b)) for many in columns]
        products = [np.empty(total.shape, self.x.dtype) for total in totals]
        rooms = np.empty((len(columns), min(n, _ROWS), q, b), self.x.dtype)
        words = np.empty((min(n, _ROWS), b, self.y.shape[1]), self.y.dtype)
        for start in range(0, n, _ROWS):
            some = slice(start, start + _ROWS)
            here = self.x[:, some]
            parts = rooms[:, : here.shape[1]]
            values = parts[0 if self.complete else 1]
            self._take(rows[:, some].T, words[: here.shape[1]], values)
            if not self.complete:
                there, _, squares = parts
                self._set_apart(values, there)
                np.square(values, out=squares)
            for total, product, many, part in zip(totals, products, columns, parts, strict=True):
                total += np.matmul(here[:many], part.reshape(-1, q * b), out=product)
        return [np.moveaxis(total.reshape(-1, q, b), 2, 0) for total in totals]

    def _take(self, rows: IntArray, words: np.ndarray, values: np.ndarray) -> None:
        """Numbers of y at rows ``(n, b)`` into values ``(n, q, b)``."""
        np.take(self.y, rows, axis=0, out=words, mode="clip")
        taken = words if self.kind is None else words.view(self.kind)
        for j in range(self.sizes[1]):
            values[:, j] = taken[..., j]

    def _set_apart(self, values: np.ndarray, there: np.ndarray) -> None:
        """1 where there is a value, else 0, and 0 for what is missing among the values."""
        if self.kind is None:
            np.equal(values, values, out=there)
            np.copyto(values, 0.0, where=there == 0)
        else:
            np.not_equal(values, values.dtype.type(np.iinfo(self.kind).min), out=there)
            np.multiply(values, there, out=values)

    def _own_values(self) -> FloatArray:
        """Values of y in the order of its rows, ``(n, q)``."""
        y = self.y if self.kind is None else self.y.view(self.kind)
        return y[:, : self.sizes[1]].astype(np.float64)


def _words(values: np.ndarray, kind: type[np.signedinteger]) -> np.ndarray:
    """Rows ``(n, q)`` of small whole numbers as words of eight bytes."""
    per_word = 8 // kind().itemsize
    padded = np.zeros((len(values), -(-values.shape[1] // per_word) * per_word), dtype=kind)
    padded[:, : values.shape[1]] = np.where(np.isnan(values), np.iinfo(kind).min, values)
    return padded.view(np.uint64)


def _standard(x: FloatArray) -> FloatArray:
    """Columns about their middle; in units of their spread where they are not whole numbers.

    Means of a few whole numbers are whole numbers of another unit.
    """
    return np.stack([_standard_column(column) for column in x.T], axis=1) if x.size else x


def _standard_column(x: FloatArray) -> FloatArray:
    there = ~np.isnan(x)
    if not there.any():
        return x
    middle = x[there].mean()
    units = whole_units(x[:, None])
    if units is not None:
        whole: FloatArray = units[:, 0] - np.rint(units[there, 0].mean())
        return whole
    off = x - middle
    spread = np.sqrt(np.mean(off[there] ** 2))
    near = np.max(np.abs(x[there])) * 1e-14
    standard: FloatArray = off / (spread if spread > near else np.inf)
    return standard
