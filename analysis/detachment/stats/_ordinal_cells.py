"""The cells of tables of two ordinal items: their probabilities, and where r makes them likeliest.

The engine behind the polychoric correlations. Arrays of cells have the pairs of items along the
last axis, ``(k, l, m)``: NumPy works along that one fastest, and there are more pairs than
categories.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_float
from detachment.stats.bivariate_normal import bivariate_normal_cdf, bivariate_normal_step

FAR = 38.0  # a standard normal is never beyond it in double precision
_CAP = 0.5  # longest step of Fisher's z
# Nodes that carry the distribution function over so long a step of z, within 1e-15.
_STRIDES = ((1e-3, 2), (0.01, 3), (0.05, 4), (0.2, 6))
_MODEST = 0.5  # correlations for which 8 nodes do from 0
_DONE = 1e-8  # steps shrink quadratically: the estimate is closer than the last step
_FLAT = 1e-16  # of the log likelihood of one answer: there is nothing left to gain
_STEPS = 100
_END = 12.0  # Fisher's z of 1 - 7.5e-11
LEAST = 1e-15  # of a cell's probability, which is known to about 1e-16


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
    return ndtri(shares(as_float(margins)))


def shares(margins: FloatArray) -> FloatArray:
    """Cumulated shares of all categories but the last, ``(..., k - 1)``."""
    below = np.cumsum(margins, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share: FloatArray = below[..., :-1] / below[..., -1:]
    return share


def normal_density(x: FloatArray) -> FloatArray:
    density: FloatArray = np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)
    return density


def check_weights(weights: str) -> None:
    if weights not in ("expected", "empirical"):
        raise ValueError(f"weights are expected or empirical, not {weights!r}")


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
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
    cells: "Cells"
    z: FloatArray
    sign: FloatArray
    found: BoolArray


def solve(counts: FloatArray, down: FloatArray, across: FloatArray) -> Solved:
    """Estimates of some tables ``(m, k, l)``; arrays of cells are ``(k, l, m)`` from here on.

    NumPy works along the last axis fastest, and there are more pairs than categories.
    """
    table = np.ascontiguousarray(np.moveaxis(counts, 0, -1))
    varies = np.all([chosen(table, axis) > 1 for axis in (0, 1)], axis=0)
    at = np.flatnonzero(varies)
    if at.size < len(counts):
        table, down, across = np.ascontiguousarray(table[..., at]), down[at], across[at]
    a, b = (np.clip(np.ascontiguousarray(thresholds(x).T), -FAR, FAR) for x in (down, across))
    cells = Cells(table, a, b)
    if not at.size:
        nothing = np.zeros(0)
        return Solved(at, cells, nothing, nothing, nothing > 0)
    z, found = _maximize(cells)
    sign = _boundary(cells, z)
    return Solved(at, cells, z, sign, found | (sign != 0))


def chosen(table: FloatArray, axis: int) -> IntArray:
    """Categories with counts of one side of some tables ``(k, l, m)``; ``axis`` is the other."""
    return np.asarray(np.count_nonzero(table.sum(axis=axis), axis=0))


class Cells:
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

    def only(self, keep: BoolArray) -> "Cells":
        """The same for some of the tables."""
        part = object.__new__(Cells)
        for name in ("counts", "a", "b", "h", "k", "squares", "product", "below", "p"):
            setattr(part, name, np.ascontiguousarray(getattr(self, name)[..., keep]))
        return part

    def start(self, r: FloatArray) -> None:
        """Set the distribution function at r."""
        inner = self.below[1:-1, 1:-1]
        inner[:] = self.below[1:-1, -1:] * self.below[-1:, 1:-1]
        size = np.abs(r)
        if size.max() < _MODEST:
            inner += bivariate_normal_step(self.h, self.k, np.zeros(r.size), r, 8)
        else:
            for nodes, least, most in ((12, 0.0, 0.75), (20, 0.75, 0.925), (0, 0.925, 2.0)):
                at = np.flatnonzero((size >= least) & (size < most))
                h, k = self.h[..., at], self.k[..., at]
                if nodes:
                    inner[..., at] += bivariate_normal_step(h, k, np.zeros(at.size), r[at], nodes)
                else:
                    inner[..., at] = bivariate_normal_cdf(h, k, r[at])
        self.p = _differences(self.below)

    def move(self, z: FloatArray, to: FloatArray) -> None:
        """Carry the distribution function from one Fisher's z to another."""
        r, end = np.tanh(z), np.tanh(to)
        size = np.abs(to - z)
        far = size > _STRIDES[-1][0]
        inner = self.below[1:-1, 1:-1]
        if far.any():
            inner[..., far] = bivariate_normal_cdf(self.h[..., far], self.k[..., far], end[far])
            r, size = np.where(far, end, r), np.where(far, 0.0, size)
        nodes = next(nodes for longest, nodes in _STRIDES if size.max() <= longest)
        inner += bivariate_normal_step(self.h, self.k, r, end, nodes)
        self.p = _differences(self.below)

    def density(self, z: FloatArray) -> FloatArray:
        """Bivariate normal density at the crossings of thresholds."""
        r, q = np.tanh(z), 1 / np.cosh(z) ** 2
        with np.errstate(under="ignore"):
            density: FloatArray = np.exp((r * self.product - 0.5 * self.squares) / q)
        return density / (2 * np.pi * np.sqrt(q))


def _differences(corners: FloatArray) -> FloatArray:
    """What stands in each cell between four corners; at the borders of density nothing stands."""
    rows = corners[1:] - corners[:-1]
    cells: FloatArray = rows[:, 1:] - rows[:, :-1]
    return cells


def _bordered(inner: FloatArray) -> FloatArray:
    whole = np.zeros((inner.shape[0] + 2, inner.shape[1] + 2, inner.shape[2]))
    whole[1:-1, 1:-1] = inner
    return whole


def _total(cells: FloatArray) -> FloatArray:
    total: FloatArray = cells.sum(axis=(0, 1))
    return total


def _maximize(cells: Cells) -> tuple[FloatArray, BoolArray]:
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
        gain = np.abs(gradient * (to - here)) / _total(now.counts)
        done = (np.abs(to - here) < _DONE) | (gain < _FLAT)
        found[at[done]] = True
        if done.all():
            if now is not cells:
                cells.below[..., at], cells.p[..., at] = now.below, now.p
            break
        # those that are done cost less than taking them out, until they are most
        if 2 * np.count_nonzero(done) > done.size:
            cells.below[..., at[done]] = now.below[..., done]
            cells.p[..., at[done]] = now.p[..., done]
            now, at = now.only(~done), at[~done]
    return z, found


def _first_guess(cells: Cells) -> FloatArray:
    """Pearson's correlation of the codes, freed of what cutting takes from it to first order."""
    counts, n = cells.counts, _total(cells.counts)
    i, j = (np.arange(length, dtype=np.float64) for length in counts.shape[:2])
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    both = np.einsum("a,b,abm->m", i, j, counts) / n
    covariance = both - (i @ rows / n) * (j @ columns / n)
    density = [normal_density(x).sum(axis=0) for x in (cells.a, cells.b)]
    with np.errstate(divide="ignore", invalid="ignore"):
        guess = covariance / (density[0] * density[1])
    return np.asarray(np.clip(np.nan_to_num(guess), -0.95, 0.95))


def _newton(cells: Cells, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gradient of the log likelihood in Fisher's z, and the step to where it would vanish."""
    r, q = np.tanh(z), 1 / np.cosh(z) ** 2
    density = cells.density(z)
    slope = r / q + (cells.product * (1 + r * r) - r * cells.squares) / (q * q)
    first = _differences(_bordered(density))
    second = _differences(_bordered(density * slope))
    p = np.maximum(cells.p, LEAST)
    score = first / p
    gradient = _total(cells.counts * score)
    curvature = _total(cells.counts * (second / p - score * score))
    information = _total(cells.counts) * _total(np.where(cells.p > LEAST, first * score, 0.0))
    gradient, curvature = gradient * q, curvature * q * q - 2 * r * q * gradient
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        step = gradient / np.where(curvature < 0, -curvature, information * q * q)
    return gradient, np.where(np.isfinite(step), step, _CAP * np.sign(gradient))


# ------------------------------------------------------------------------------ perfect association


def _boundary(cells: Cells, z: FloatArray) -> FloatArray:
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
        there = _log_likelihood(some.counts, diagonal_p(some, np.full(at.size, side)))
        sign[at] = np.where(there >= best, side, sign[at])
        best = np.maximum(best, there)
    return sign


def diagonal_p(cells: Cells, sign: FloatArray) -> FloatArray:
    """Probabilities of the cells where r is 1 or -1."""
    whole = cells.below.copy()
    x, y = whole[1:-1, -1:], whole[-1:, 1:-1]
    whole[1:-1, 1:-1] = np.where(sign > 0, np.minimum(x, y), np.maximum(x + y - 1, 0.0))
    p = _differences(whole)
    return np.where(p < 1e-13, 0.0, p)  # what is left of sums such as .1 + .2 - .3


def _log_likelihood(counts: FloatArray, p: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return _total(counts * np.log(np.where(counts > 0, np.maximum(p, 0.0), 1.0)))


def likelihood_ratio(cells: Cells, p: FloatArray) -> FloatArray:
    """Likelihood-ratio statistic of the table against fitted probabilities."""
    counts, n = cells.counts, _total(cells.counts)
    terms = counts * np.log(np.where(counts > 0, counts / (n * np.maximum(p, LEAST)), 1.0))
    return np.maximum(2 * _total(terms), 0.0)


# -------------------------------------------------------------------------------- standard errors


def conditional_shares(own: FloatArray, other: FloatArray, z: FloatArray) -> FloatArray:
    """Shares of the other item's categories among those who stand at a threshold of one.

    Thresholds are ``(k - 1, m)`` and ``(l - 1, m)``, Fisher's z ``(m)``; the shares
    ``(k - 1, l, m)``.
    """
    cut = ndtr((other[None] - np.tanh(z) * own[:, None]) * np.cosh(z))
    return np.diff(cut, axis=1, prepend=0.0, append=1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
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


def influence(cells: Cells, z: FloatArray, weights: str) -> Influence:
    p = np.maximum(cells.p, LEAST)
    first = _differences(_bordered(cells.density(z)))
    score = np.where(cells.p > LEAST, first / p, 0.0)
    # one where each cell has the weight that the model gives it
    ratio = 1.0 if weights == "expected" else cells.counts / (_total(cells.counts) * p)
    information = _total(ratio * p * score * score)
    weighted = ratio * score

    def through(own: FloatArray, other: FloatArray, weighted: FloatArray) -> FloatArray:
        share = conditional_shares(own, other, z)
        slope = np.sum(share * (weighted[1:] - weighted[:-1]), axis=1)
        # An answer in or below category c lowers its threshold's share by what all expect of it.
        above = np.zeros((len(own) + 1, own.shape[1]))
        above[:-1] = np.cumsum(slope[::-1], axis=0)[::-1]
        moved: FloatArray = (above - np.sum(slope * ndtr(own), axis=0)) / information
        return moved

    with np.errstate(divide="ignore", invalid="ignore"):
        return Influence(
            both=score / information,
            rows=through(cells.a, cells.b, weighted),
            columns=through(cells.b, cells.a, weighted.swapaxes(0, 1)),
            information=information,
        )


def standard_errors(
    cells: Cells, z: FloatArray, down: FloatArray, across: FloatArray, weights: str
) -> tuple[FloatArray, FloatArray]:
    """Standard error of r, and the one that takes thresholds as known; ``down`` is ``(k, m)``."""
    counts = cells.counts
    n, n_rows, n_columns = _total(counts), down.sum(axis=0), across.sum(axis=0)
    by = influence(cells, z, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        u, v = by.rows / n_rows, by.columns / n_columns
        together = by.both / n + u[:, None] + v[None]
        only_rows = np.maximum(down - counts.sum(axis=1), 0.0)
        only_columns = np.maximum(across - counts.sum(axis=0), 0.0)
        variance = _total(counts * together**2)
        variance += (only_rows * u**2).sum(axis=0) + (only_columns * v**2).sum(axis=0)
        return np.sqrt(variance), 1 / np.sqrt(n * by.information)
