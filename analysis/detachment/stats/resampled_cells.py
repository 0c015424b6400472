"""How often pairs of values occur in, thousands of resampled correlations out: no row is needed.

A bootstrap sample draws n of n respondents with replacement. How often it draws those with a pair
of values is all that a correlation of two variables asks of it, and these numbers are multinomial,
with the shares that the pairs have in the data. They are drawn here at once, for all respondents of
a pair of values, from the table of counts: the very distribution of the bootstrap of rows, at a
cost that does not grow with them, and the same wherever the rows are and in whatever order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray
from detachment.stats._draws import KEYED, seed_of
from detachment.stats.clustered_correlation import InfluenceMethod, influence_of_cells
from detachment.stats.pair_counts import Cells
from detachment.stats.polychoric_items import polychoric_from_tables
from detachment.stats.robust_correlation import pearson_without_each

_NUMBERS = 2**20  # held at a time, about
_CONSTANT = 1e-12  # of a sum of squares: only rounding is left of it


@dataclass(frozen=True, slots=True, eq=False)
class CellBootstrap:
    """Resampled correlations of two variables.

    Attributes
    ----------
    replicates
        ``(n_boot,)``; NaN where a variable is constant.
    jackknife
        What leaving out one respondent of each pair of values gives (of ranks: what its influence
        says of that), ``(cells,)``.
    times
        How many respondents these are, ``(cells,)``.
    """

    replicates: FloatArray
    jackknife: FloatArray
    times: IntArray


def bootstrap_of_cells(
    cells: Cells,
    rows: int,
    method: InfluenceMethod = "pearson",
    *,
    n_boot: int = 10_000,
    rng: int | np.random.Generator = 1,
) -> CellBootstrap:
    """Resample respondents; compute the correlation of two variables in each resample.

    Parameters
    ----------
    cells
        Pairs of values that occur, in ascending order of the first, and how often.
    rows
        Respondents that are drawn, with or without both values.
    method
        ``pearson``, ``spearman`` or ``kendall`` (tau-b). Of each resample, ranks are its own.
    n_boot
        Number of resamples.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    CellBootstrap
        The same for every amount of memory.

    Raises
    ------
    ValueError
        When more respondents have both values than there are.

    Notes
    -----
    Efron and Tibshirani (1993), An Introduction to the Bootstrap: the numbers of times that
    respondents are drawn are multinomial, and so are sums of them.

    Examples
    --------
    >>> values = np.array([1.0, 2.0])
    >>> cells = Cells(values.repeat(2), np.tile(values, 2), np.array([40, 10, 15, 35]))
    >>> found = bootstrap_of_cells(cells, 100, n_boot=500)
    >>> bool(found.replicates.min() < cells.pearson() < found.replicates.max())
    True
    """
    if cells.n > rows:
        raise ValueError(f"{cells.n} respondents have both values, of {rows} in all")
    replicates = np.full(n_boot, np.nan)
    if not cells.varies:
        return CellBootstrap(replicates, np.full(len(cells.times), np.nan), cells.times)
    statistic = _STATISTICS[method](cells)
    for start, times in _draws(cells.times, rows, n_boot, seed_of(rng)):
        replicates[start : start + len(times)] = statistic(times)
    if method == "pearson":
        left_out = pearson_without_each(cells)
    else:
        left_out = -influence_of_cells(cells, method).values[:, 0, 0]
    return CellBootstrap(replicates, left_out, cells.times)


def polychoric_bootstrap_of_table(
    table: ArrayLike,
    margins: Sequence[ArrayLike],
    rows: int,
    *,
    n_boot: int = 1000,
    rng: int | np.random.Generator = 1,
) -> FloatArray:
    """Resample respondents; compute the polychoric correlation of two items in each resample.

    Parameters
    ----------
    table
        How often each pair of answers was given, ``(k, k)``.
    margins
        Of each of both items how often each answer was given, also by who left out the other.
    rows, n_boot, rng
        As for :func:`bootstrap_of_cells`.

    Returns
    -------
    FloatArray
        Replicates, ``(n_boot,)``.

    Raises
    ------
    ValueError
        When more respondents gave an answer than there are.

    References
    ----------
    Efron, B., & Tibshirani, R. J. (1993). *An Introduction to the Bootstrap*.

    Examples
    --------
    >>> table = [[40, 10], [15, 35]]
    >>> found = polychoric_bootstrap_of_table(table, [[50, 50], [60, 45]], 105, n_boot=100)
    >>> bool(0.4 < found.mean() < 0.9)
    True
    """
    both = np.asarray(table, dtype=np.int64)
    one, other = (np.asarray(margin, dtype=np.int64) for margin in margins)
    alone = one - both.sum(axis=1), other - both.sum(axis=0)
    k = len(both)
    places = [np.flatnonzero(part) for part in (both, *alone)]
    times = np.concatenate(
        [part.ravel()[at] for part, at in zip((both, *alone), places, strict=True)]
    )
    if times.sum() > rows:
        raise ValueError(f"{times.sum()} respondents gave an answer, of {rows} in all")
    ends = np.cumsum([len(at) for at in places])[:-1]
    replicates = np.empty(n_boot)
    own = np.arange(k)
    for start, drawn in _draws(times, rows, n_boot, seed_of(rng)):
        b = len(drawn)
        made = [np.zeros((b, size)) for size in (k * k, k, k)]
        for whole, at, part in zip(made, places, np.split(drawn, ends, axis=1), strict=True):
            whole[:, at] = part
        joint = made[0].reshape(b, k, k)
        counts = np.zeros((b, 2, 2, k, k))
        counts[:, 0, 1], counts[:, 1, 0] = joint, joint.swapaxes(1, 2)
        counts[:, 0, 0, own, own] = joint.sum(axis=2) + made[1]
        counts[:, 1, 1, own, own] = joint.sum(axis=1) + made[2]
        replicates[start : start + b] = polychoric_from_tables(counts, errors=False).r[:, 0, 1]
    return replicates


def _draws(times: IntArray, rows: int, n_boot: int, seed: int) -> Iterator[tuple[int, IntArray]]:
    """How often each cell is drawn, ``(b, cells)``, some replicates at a time."""
    share = np.append(times, rows - times.sum()) / rows
    block = min(KEYED, max(1, _NUMBERS // len(share)))
    for first in range(0, n_boot, KEYED):
        generator = np.random.Generator(np.random.Philox(key=[seed, first // KEYED]))
        last = min(first + KEYED, n_boot)
        for start in range(first, last, block):
            drawn = generator.multinomial(rows, share, size=min(block, last - start))
            yield start, drawn[:, :-1]


def _correlations(xy: FloatArray, xx: FloatArray, yy: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        r = xy / np.sqrt(xx * yy)
    return np.where(np.isfinite(r), np.clip(r, -1.0, 1.0), np.nan)


class _Pearson:
    """Pearson's r of cells that are drawn so often."""

    def __init__(self, cells: Cells) -> None:
        dx, dy = cells.centred
        self._parts = np.stack([np.ones(len(dx)), dx, dy, dx * dx, dy * dy, dx * dy])

    def __call__(self, times: IntArray) -> FloatArray:
        # not by BLAS, whose sums depend on the machine's cores
        sums = np.einsum("bc,sc->sb", times.astype(np.float64), self._parts)
        n, x, y, xx, yy, xy = sums
        with np.errstate(divide="ignore", invalid="ignore"):
            of_x, of_y = xx - x * x / n, yy - y * y / n
            of_x, of_y = (
                np.where(of > _CONSTANT * square, of, np.nan)
                for of, square in ((of_x, xx), (of_y, yy))
            )
            return _correlations(xy - x * y / n, of_x, of_y)


class _Spearman:
    """Spearman's correlation, by the mid-ranks that each draw has."""

    def __init__(self, cells: Cells) -> None:
        self._sides = [_Side.of(side) for side in (cells.x, cells.y)]

    def __call__(self, times: IntArray) -> FloatArray:
        n = times.sum(axis=1, keepdims=True)
        ranks, spreads = [], []
        for side in self._sides:
            margin = side.margin(times)
            # doubled, and about their mean: whole numbers
            rank = (2 * np.cumsum(margin, axis=1) - margin - n).astype(np.float64)
            ranks.append(rank[:, side.place])
            spreads.append(np.einsum("bk,bk,bk->b", margin.astype(np.float64), rank, rank))
        both = np.einsum("bc,bc,bc->b", times.astype(np.float64), *ranks)
        return _correlations(both, *spreads)


class _Kendall:
    """Kendall's tau-b."""

    def __init__(self, cells: Cells) -> None:
        self._sides = [_Side.of(side) for side in (cells.x, cells.y)]

    def __call__(self, times: IntArray) -> FloatArray:
        found = np.empty(len(times))
        k, m = (side.size for side in self._sides)
        step = max(1, _NUMBERS // (k * m))
        for start in range(0, len(times), step):
            part = times[start : start + step]
            table = np.zeros((len(part), k, m))
            table[:, self._sides[0].place, self._sides[1].place] = part
            # for each cell: who has more of both, less those with more of one and less of the other
            above = np.cumsum(table[:, ::-1], axis=1)[:, ::-1] - table
            more = np.cumsum(above, axis=2)
            more *= -2
            more += above
            more += above.sum(axis=2, keepdims=True)
            more *= table
            score = more.sum(axis=(1, 2))
            n = part.sum(axis=1).astype(np.float64)
            free = [
                (n * n - np.sum(side.margin(part).astype(np.float64) ** 2, axis=1)) / 2
                for side in self._sides
            ]
            found[start : start + step] = _correlations(score, *free)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Where the value of each cell stands among the k values of a variable."""

    place: IntArray
    order: IntArray
    starts: IntArray

    @classmethod
    def of(cls, values: FloatArray) -> "_Side":
        place = np.unique(values, return_inverse=True)[1]
        order = np.argsort(place, kind="stable")
        return cls(place, order, np.flatnonzero(np.diff(place[order], prepend=-1)))

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.starts)

    def margin(self, times: IntArray) -> IntArray:
        """How often each value is drawn, ``(b, k)``."""
        margin: IntArray = np.add.reduceat(times[:, self.order], self.starts, axis=1)
        return margin


_STATISTICS: Mapping[str, Callable[[Cells], Callable[[IntArray], FloatArray]]] = {
    "pearson": _Pearson,
    "spearman": _Spearman,
    "kendall": _Kendall,
}
