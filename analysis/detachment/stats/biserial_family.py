"""A continuous score and an ordinal item: polyserial, biserial and point-biserial correlations.

The normal variable behind the item is cut at thresholds, as for polychoric correlations; the score
is seen itself. These need the answers, not only a table of counts.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_float,
    canonical_order,
    in_canonical_order,
)
from detachment.stats._ordinal_cells import FAR, normal_density, shares, thresholds

_METHODS = ("two_step", "ml", "ad_hoc")
_CELLS = 2**20  # rows times categories at a time
_STEPS = 100
_CAP = 0.5
_DONE = 1e-9
_END = 8.0  # Fisher's z of 1 - 2e-7: beyond, there is no maximum inside
_FLAT = 1e-16  # of the log likelihood of one row
_CERTAIN = 1e-9  # log likelihood of a row that could not be otherwise
_LEAST = 1e-300
_RARE = 1e-100  # of categories that a score makes impossible


@dataclass(frozen=True, slots=True, eq=False)
class Polyserial:
    """Polyserial correlations, each part ``(...)`` but for the thresholds.

    Attributes
    ----------
    r
        1 or -1 where ``perfect``.
    se
        Standard error, with the uncertainty of thresholds, mean and variance in it; NaN where
        ``perfect``, and for the method ``ad_hoc``.
    n
        Rows with score and item.
    thresholds
        ``(..., k - 1)``, between the k values that any item has in the data.
    perfect
        Whether the estimate runs to 1 or -1, or beyond.
    converged
        Whether there is an estimate.
    """

    r: FloatArray
    se: FloatArray
    n: IntArray
    thresholds: FloatArray
    perfect: BoolArray
    converged: BoolArray


def polyserial(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: str = "two_step",
    clusters: ArrayLike | None = None,
    times: ArrayLike | None = None,
) -> Polyserial:
    """Polyserial correlations of continuous scores with ordinal items.

    Parameters
    ----------
    x
        Scores, ``(..., n)``; NaN is missing.
    y
        Answers to items, ``(..., n)``, of a shape that fits x; NaN is missing.
    method
        ``two_step``: mean and variance of the score and thresholds of the item from all who have
        them, then r by maximum likelihood. ``ml``: everything together, from the rows that have
        both. ``ad_hoc``: Pearson's r, freed of what cutting takes from it if all is normal.
    clusters
        Which cluster (dyad, class) each row belongs to, ``(n,)``: the standard error of
        ``two_step`` then takes clusters whole. By default each row is its own.
    times
        How often each row occurs, of a shape that fits x, where equal rows stand there once; for
        the method ``two_step`` without clusters.

    Returns
    -------
    Polyserial

    Raises
    ------
    ValueError
        For an unknown method, for clusters or times with another method than ``two_step``, for both
        of them, and for clusters that do not fit the rows.

    Notes
    -----
    Olsson, Drasgow and Dorans (1982), Psychometrika 47, 337-347; Cox (1974), Biometrics 30,
    171-178. Variances of the likelihood divide by n. R: ``psych::polyserial`` and
    ``polycor::polyserial`` are ``ad_hoc``; ``polycor::polyserial(ML = TRUE)``, ``lavaan::lavCor``.

    Examples
    --------
    >>> x = [1.2, 0.4, 2.5, 3.1, 1.9, 3.8, 2.2, 0.9]
    >>> y = [1, 1, 2, 3, 1, 2, 3, 2]
    >>> [round(float(polyserial(x, y, method=m).r), 4) for m in ("two_step", "ml", "ad_hoc")]
    [0.5955, 0.5949, 0.6369]
    """
    if method not in _METHODS:
        raise ValueError(f"method is one of {', '.join(_METHODS)}, not {method!r}")
    if times is not None and (method != "two_step" or clusters is not None):
        raise ValueError("times are for the method two_step without clusters")
    x, y = as_float(x), as_float(y)
    values = np.unique(y[~np.isnan(y)])
    k = max(len(values), 1)
    x, y, often = np.broadcast_arrays(x, y, 1.0 if times is None else as_float(times))
    batch, rows = x.shape[:-1], x.shape[-1]
    pairs = np.stack([x, y], axis=-1).reshape(-1, rows, 2)
    order = canonical_order(pairs)
    pairs = np.take_along_axis(pairs, order[..., None], axis=-2)
    x, y = pairs[..., 0], pairs[..., 1]
    often = np.take_along_axis(often.reshape(-1, rows), order, axis=-1)
    codes = np.where(np.isnan(y), -1, np.searchsorted(values, y))
    units = _units(clusters, method, order)
    block = max(1, _CELLS // max(rows * k, 1))
    blocks = [slice(at, at + block) for at in range(0, max(len(x), 1), block)]
    if method == "two_step":
        parts = [_two_step(x[at], codes[at], k, units[at], often[at]) for at in blocks]
    else:
        parts = [(_ml if method == "ml" else _ad_hoc)(x[at], codes[at], k) for at in blocks]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    shaped = {name: value.reshape((*batch, *value.shape[1:]))[()] for name, value in whole.items()}
    return Polyserial(**shaped)


def _units(clusters: ArrayLike | None, method: str, order: IntArray) -> IntArray:
    """Cluster of each row of each pair ``(m, n)``; ``(m, 0)`` where each row is its own."""
    if clusters is None:
        return np.empty((len(order), 0), dtype=np.int64)
    names = np.asarray(clusters)
    if method != "two_step":
        raise ValueError("clusters are for the method two_step")
    if names.shape != order.shape[1:]:
        raise ValueError(f"clusters must have shape {order.shape[1:]}, got {names.shape}")
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)[order]


def biserial(x: ArrayLike, y: ArrayLike) -> FloatArray:
    """Biserial correlations of continuous scores with items of two values, in closed form.

    Parameters
    ----------
    x
        Scores, ``(..., n)``; NaN is missing.
    y
        Answers to items, ``(..., n)``, of a shape that fits x; NaN is missing.

    Returns
    -------
    FloatArray
        ``(...)``: (mean of x in the upper group - in the lower) p (1 - p) / (density at the
        threshold times the standard deviation of x), cut at 1 and -1; NaN where the item has
        another number of values than two in the rows that count.

    Notes
    -----
    Pearson (1909), Biometrika 7, 96-105. R: ``psych::biserial``. Maximum likelihood and standard
    errors: :func:`polyserial`.

    Examples
    --------
    >>> round(float(biserial([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1])), 4), round(
    ...     float(biserial([1.0, 4.0, 3.0, 2.0, 2.5], [0, 0, 1, 1, 1])), 4
    ... )
    (0.9708, 0.0)
    """
    x, y = np.broadcast_arrays(as_float(x), as_float(y))
    pairs = in_canonical_order(np.stack([x, y], axis=-1))
    x, y = pairs[..., 0], pairs[..., 1]
    both = ~(np.isnan(x) | np.isnan(y))
    low = np.min(y, axis=-1, where=both, initial=np.inf)
    high = np.max(y, axis=-1, where=both, initial=-np.inf)
    upper, lower = both & (y == high[..., None]), both & (y == low[..., None])
    n = both.sum(axis=-1)
    two = (low < high) & ((upper | lower).sum(axis=-1) == n)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = upper.sum(axis=-1) / n
        ends = [np.sum(x, axis=-1, where=w) / w.sum(axis=-1) for w in (lower, upper)]
        mean = np.sum(x, axis=-1, where=both) / n
        squares = np.sum((x - mean[..., None]) ** 2, axis=-1, where=both)
        density = normal_density(thresholds(np.stack([1 - share, share], axis=-1))[..., 0])
        r = (ends[1] - ends[0]) * share * (1 - share) / (density * np.sqrt(squares / (n - 1)))
    return np.where(two & (squares > 0), np.clip(r, -1.0, 1.0), np.nan)[()]


def point_biserial(x: ArrayLike, y: ArrayLike) -> FloatArray:
    """Point-biserial correlations: Pearson's of scores with items of two values.

    Parameters
    ----------
    x, y
        As for :func:`biserial`; of any two values of the item the higher counts as 1.

    Returns
    -------
    FloatArray
        ``(...)``; NaN where score or item does not vary, or the item has more than two values.

    Notes
    -----
    R: ``cor(x, y)``.

    Examples
    --------
    >>> round(float(point_biserial([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1])), 4)
    0.8944
    """
    x, y = np.broadcast_arrays(as_float(x), as_float(y))
    pairs = in_canonical_order(np.stack([x, y], axis=-1))
    x, y = pairs[..., 0], pairs[..., 1]
    both = ~(np.isnan(x) | np.isnan(y))
    low = np.min(y, axis=-1, where=both, initial=np.inf, keepdims=True)
    high = np.max(y, axis=-1, where=both, initial=-np.inf, keepdims=True)
    two = (low < high)[..., 0] & (((y == low) | (y == high)) | ~both).all(axis=-1)
    n = both.sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        u, v = (
            np.where(both, part - np.sum(part, axis=-1, where=both, keepdims=True) / n, 0.0)
            for part in (x, np.where(both, y == high, 0.0))
        )
        r = np.sum(u * v, axis=-1) / np.sqrt(np.sum(u * u, axis=-1) * np.sum(v * v, axis=-1))
    return np.where(two, np.clip(r, -1.0, 1.0), np.nan)[()]


# ------------------------------------------------------------- some pairs: scores and codes (m, n)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """What all three methods start from.

    ``z`` are standardized scores ``(m, n)``, 0 where missing; ``both``, ``has_x`` and ``has_y`` say
    who has what; ``margin`` counts each item's answers, ``(m, k)``; ``usable`` pairs vary; rows
    occur ``times``, ``(m, n)``.
    """

    z: FloatArray
    codes: IntArray
    both: BoolArray
    has_x: BoolArray
    has_y: BoolArray
    margin: FloatArray
    usable: BoolArray
    times: FloatArray

    @classmethod
    def of(
        cls,
        x: FloatArray,
        codes: IntArray,
        k: int,
        *,
        complete: bool,
        times: FloatArray | None = None,
    ) -> "_Pairs":
        times = np.ones(x.shape) if times is None else times
        has_x, has_y = ~np.isnan(x), codes >= 0
        both = has_x & has_y
        if complete:
            has_x = has_y = both
        n = np.sum(times, axis=1, where=has_x, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.sum(x * times, axis=1, where=has_x, keepdims=True) / n
            z = np.where(has_x, x - mean, 0.0)
            sd = np.sqrt(np.sum(z * z * times, axis=1, keepdims=True) / n)
            z = np.where(sd > 0, z / sd, 0.0)
        hot = (codes[..., None] == np.arange(k)) & has_y[..., None]
        seen = (hot & both[..., None]).any(axis=1).sum(axis=1)
        low = np.min(x, axis=1, where=both, initial=np.inf)
        high = np.max(x, axis=1, where=both, initial=-np.inf)
        usable = (seen > 1) & (low < high)
        margin = np.sum(hot * times[..., None], axis=1)
        return cls(z, codes, both, has_x, has_y, margin, usable, times)

    def number(self, who: BoolArray) -> FloatArray:
        """How many rows are such, ``(m,)``."""
        n: FloatArray = np.sum(self.times, axis=1, where=who)
        return n

    def result(self, **parts: np.ndarray) -> dict[str, Any]:
        n = self.number(self.both).astype(np.int64)
        return {"n": n, "thresholds": thresholds(self.margin), **parts}


def _ad_hoc(x: FloatArray, codes: IntArray, k: int) -> dict[str, Any]:
    pairs = _Pairs.of(x, codes, k, complete=False)
    r = _first_guess(pairs)
    perfect = np.abs(r) >= 1
    return pairs.result(
        r=np.where(pairs.usable, np.clip(r, -1, 1), np.nan),
        se=np.full(len(x), np.nan),
        perfect=perfect & pairs.usable,
        converged=pairs.usable,
    )


def _first_guess(pairs: _Pairs) -> FloatArray:
    """Pearson's r in the rows with both, freed of what cutting takes from it."""
    n, times = np.maximum(pairs.number(pairs.both), 1)[:, None], pairs.times
    sums = [
        (part, np.sum(part * times, axis=1, where=pairs.both, keepdims=True))
        for part in (pairs.z, pairs.codes.astype(np.float64))
    ]
    u, v = (np.where(pairs.both, part - total / n, 0.0) for part, total in sums)
    places = np.arange(pairs.margin.shape[1])
    answers = np.maximum(pairs.margin.sum(axis=1), 1)
    mean = pairs.margin @ places / answers
    deviation = np.sqrt(pairs.margin @ places**2 / answers - mean**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = [np.sum(part * part * times, axis=1) for part in (u, v)]
        r = np.sum(u * v * times, axis=1) / np.sqrt(squares[0] * squares[1])
        cut = normal_density(np.nan_to_num(thresholds(pairs.margin), nan=FAR)).sum(axis=1)
        return np.where(pairs.usable, r * deviation / cut, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Standardized ends of each row's category, given its score, ``(m, n)``."""

    high: FloatArray
    low: FloatArray
    p: FloatArray

    @classmethod
    def at(cls, high: FloatArray, low: FloatArray) -> "_Ends":
        # in the upper tail as the difference of upper tails, which keeps its digits
        flip = low > 0
        p = ndtr(np.where(flip, -low, high)) - ndtr(np.where(flip, -high, low))
        return cls(high, low, np.maximum(p, _LEAST))


def _padded(tau: FloatArray) -> FloatArray:
    """Thresholds between infinite ones that are finite numbers, ``(m, k + 1)``."""
    ends = np.full((len(tau), 1), FAR)
    return np.concatenate([-ends, np.clip(np.nan_to_num(tau), -FAR, FAR), ends], axis=1)


def _two_step(
    x: FloatArray, codes: IntArray, k: int, units: IntArray, often: FloatArray
) -> dict[str, Any]:
    pairs = _Pairs.of(x, codes, k, complete=False, times=often)
    tau = _padded(thresholds(pairs.margin))
    above, below = (np.take_along_axis(tau, np.maximum(codes, 0) + c, axis=1) for c in (1, 0))
    zeta = np.arctanh(np.clip(_first_guess(pairs), -0.95, 0.95))
    low, high = np.full(len(x), -2 * _END), np.full(len(x), 2 * _END)
    found, perfect = np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=bool)
    at = np.flatnonzero(pairs.usable)
    for _ in range(_STEPS):
        if not at.size:
            break
        here, z, both, times = zeta[at], pairs.z[at], pairs.both[at], often[at]
        sinh, cosh = np.sinh(here)[:, None], np.cosh(here)[:, None]
        ends = _Ends.at(above[at] * cosh - z * sinh, below[at] * cosh - z * sinh)
        first, second = np.zeros(z.shape), np.zeros(z.shape)
        for sign, u, t in ((1, ends.high, above[at]), (-1, ends.low, below[at])):
            v, density = t * sinh - z * cosh, sign * normal_density(u)
            first += density * v
            second += density * u * (1 - v * v)
        score = np.where(both, first / ends.p, 0.0)
        gradient = np.sum(score * times, axis=1)
        curvature = np.sum((second / ends.p - score * score) * times, axis=1, where=both)
        low[at] = np.where(gradient > 0, here, low[at])
        high[at] = np.where(gradient < 0, here, high[at])
        down = np.where(curvature < 0, -curvature, np.sum(score * score * times, axis=1))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = np.nan_to_num(gradient / down, posinf=_CAP, neginf=-_CAP)
        to = here + np.clip(step, -_CAP, _CAP)
        to = np.where((to < low[at]) | (to > high[at]), (low[at] + high[at]) / 2, to)
        zeta[at] = to
        size = np.sum(times, axis=1, where=both)
        # all are where their score would put them without error: nothing is left to gain
        perfect[at] = -np.sum(np.log(ends.p) * times, axis=1, where=both) < _CERTAIN * size
        flat = np.abs(gradient * (to - here)) < _FLAT * size
        done = (np.abs(to - here) < _DONE) | flat | (np.abs(to) > _END) | perfect[at]
        found[at[done]] = True
        at = at[~done]
    perfect |= found & (np.abs(zeta) > _END)
    r = np.where(perfect, np.sign(zeta), np.tanh(zeta))
    inside = found & ~perfect
    error = _two_step_error(pairs, tau, np.where(inside, zeta, 0.0), units)
    se = np.where(inside, error, np.nan)
    return pairs.result(r=np.where(found, r, np.nan), se=se, perfect=perfect, converged=found)


def _two_step_error(
    pairs: _Pairs, tau: FloatArray, zeta: FloatArray, units: IntArray
) -> FloatArray:
    """Standard error of r by the influence of each row on r, thresholds, mean and deviation.

    Those of a cluster are added before they are squared.
    """
    z, r = pairs.z[..., None], np.tanh(zeta)[:, None, None]
    root = 1 / np.cosh(zeta)[:, None, None]
    u = (tau[:, None, :] - r * z) / root
    density = normal_density(u)
    p = _Ends.at(u[..., 1:], u[..., :-1]).p

    def score(slope: FloatArray) -> FloatArray:
        """What each category's log probability gains by a change that moves its ends so."""
        return np.where(p > _RARE, np.diff(density * slope, axis=2) / p, 0.0)

    by_r = score((r * tau[:, None, :] - z) / root**3)
    by_z = score(np.broadcast_to(-r / root, u.shape))
    both, times = pairs.both[..., None], pairs.times[..., None]
    n = np.maximum(pairs.number(pairs.both), 1)

    def expected(other: FloatArray) -> FloatArray:
        return np.asarray(np.sum(np.where(both, p * by_r * other, 0.0) * times, axis=(1, 2)) / n)

    with np.errstate(divide="ignore", invalid="ignore"):
        information = expected(by_r)
        place = np.maximum(pairs.codes, 0)
        own = np.take_along_axis(by_r, place[..., None], axis=2)[..., 0]
        influence = np.where(pairs.both, own, 0.0) / n[:, None]
        # standardizing: a higher mean lowers all z, a larger deviation shrinks them
        n_x = pairs.number(pairs.has_x)
        by_mean, by_deviation = expected(-by_z), expected(-by_z * z)
        moved = by_mean[:, None] * pairs.z + by_deviation[:, None] * (pairs.z**2 - 1) / 2
        influence -= np.where(pairs.has_x, moved, 0.0) / n_x[:, None]
        n_y, below = pairs.number(pairs.has_y), shares(pairs.margin)
        for c in range(tau.shape[1] - 2):
            up = np.zeros(u.shape)
            up[..., c + 1] = (1 / root)[..., 0]
            through = expected(score(up)) / normal_density(tau[:, c + 1])
            through = np.where(np.abs(tau[:, c + 1]) < FAR, through, 0.0)
            moved = through[:, None] * ((pairs.codes <= c) - below[:, [c]])
            influence -= np.where(pairs.has_y, moved, 0.0) / n_y[:, None]
        if not units.shape[1]:
            squares = np.sum(influence**2 * pairs.times, axis=1)
            return np.asarray(np.sqrt(squares) / information)
        whole = np.empty(len(influence))
        for pair, (own, unit) in enumerate(zip(influence, units, strict=True)):
            order = np.argsort(own, kind="stable")
            sums = np.bincount(unit[order], weights=own[order])
            g = len(np.unique(unit[pairs.has_x[pair] | pairs.has_y[pair]]))
            whole[pair] = np.sort(sums**2).sum() * g / (g - 1) if g > 3 else np.nan
        return np.asarray(np.sqrt(whole) / information)


def _ml(x: FloatArray, codes: IntArray, k: int) -> dict[str, Any]:
    """Full maximum likelihood: an ordered probit regression of the item on the score.

    Its slope b and intercepts are free of the score's mean and variance, so that these are the
    sample's own, and r = b / sqrt(1 + b^2).
    """
    pairs = _Pairs.of(x, codes, k, complete=True)
    chosen = pairs.margin > 0
    # categories that somebody chose, first; the others have no intercept to be estimated
    dense = np.cumsum(chosen, axis=1) - 1
    place = np.take_along_axis(dense, np.maximum(codes, 0), axis=1)
    margin = np.take_along_axis(pairs.margin, np.argsort(~chosen, axis=1, kind="stable"), axis=1)
    r = np.clip(_first_guess(pairs), -0.9, 0.9)
    slope = r / np.sqrt(1 - r * r)
    cuts = np.clip(np.nan_to_num(thresholds(margin)), -FAR, FAR)
    estimates = np.concatenate([cuts * np.sqrt(1 + slope**2)[:, None], slope[:, None]], axis=1)
    sign = _apart(pairs.z, place, pairs.both, k) * pairs.usable
    perfect = sign != 0
    found = perfect.copy()
    at = np.flatnonzero(pairs.usable & ~perfect)
    hessian = np.tile(-np.eye(k), (len(x), 1, 1))
    for _ in range(_STEPS):
        if not at.size:
            break
        now = estimates[at]
        likelihood, gradient, hessian[at] = _probit(now, pairs.z[at], place[at], pairs.both[at])
        step = np.linalg.solve(-hessian[at], gradient[..., None])[..., 0]
        step *= np.minimum(1.0, 2.0 / np.maximum(np.abs(step).max(axis=1), _LEAST))[:, None]
        share, wrong = np.ones(len(at)), np.arange(len(at))
        for _ in range(30):
            to = now[wrong] + share[wrong, None] * step[wrong]
            keep = at[wrong]
            new, *_ = _probit(to, pairs.z[keep], place[keep], pairs.both[keep])
            bad = ~(new >= likelihood[wrong] - 1e-12 * np.abs(likelihood[wrong]))
            bad |= (np.diff(to[:, :-1], axis=1) < 0).any(axis=1)
            wrong = wrong[bad]
            if not wrong.size:
                break
            share[wrong] /= 2
        step *= share[:, None]
        estimates[at] = now + step
        done = np.abs(step).max(axis=1) < _DONE
        found[at[done]] = True
        at = at[~done]
    slope = estimates[:, -1]
    size = np.maximum(pairs.both.sum(axis=1), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = found & ~perfect
        bread = np.linalg.inv(np.where(inside[:, None, None], -hessian, np.eye(k)))
        variance = bread[:, -1, -1] + slope**2 / (2 * size)
        se = np.sqrt(variance / (1 + slope**2) ** 3)
    r = np.where(perfect, sign, slope / np.sqrt(1 + slope**2))
    # back to where the categories stand: an empty one has two equal thresholds
    tau = estimates[:, :-1] / np.sqrt(1 + slope**2)[:, None]
    last = chosen.sum(axis=1, keepdims=True) - 1
    spread = np.concatenate([np.full((len(x), 1), -np.inf), tau, tau[:, :1] * 0], axis=1)
    where = np.where(dense[:, :-1] >= last, 0, dense[:, :-1] + 1)
    tau = np.take_along_axis(spread, where, axis=1) * np.where(dense[:, :-1] >= last, -1, 1)
    return pairs.result(
        r=np.where(found, r, np.nan),
        se=np.where(inside, se, np.nan),
        thresholds=np.where(inside[:, None], tau, thresholds(pairs.margin)),
        perfect=perfect,
        converged=found,
    )


def _apart(z: FloatArray, place: IntArray, both: BoolArray, k: int) -> FloatArray:
    """1 or -1 where the scores of each category lie beyond those of the one before; else 0."""
    rising, falling = np.ones(len(z), dtype=bool), np.ones(len(z), dtype=bool)
    for c in range(1, k):
        low, high = both & (place < c), both & (place >= c)
        ends = [
            (
                np.min(z, axis=1, where=w, initial=np.inf),
                np.max(z, axis=1, where=w, initial=-np.inf),
            )
            for w in (low, high)
        ]
        rising &= ends[0][1] <= ends[1][0]
        falling &= ends[1][1] <= ends[0][0]
    return np.where(rising, 1.0, np.where(falling, -1.0, 0.0))


def _probit(
    estimates: FloatArray, z: FloatArray, place: IntArray, both: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log likelihood, gradient and Hessian in intercepts and slope of ordered probit models."""
    k = estimates.shape[1]
    cuts, slope = _padded(estimates[:, :-1]), estimates[:, -1:]
    # the last category that somebody chose has no upper end, wherever that stands
    top = np.max(np.where(both, place, 0), axis=1, keepdims=True)
    above = np.where(place == top, FAR, np.take_along_axis(cuts, place + 1, axis=1))
    below = np.take_along_axis(cuts, place, axis=1)
    ends = _Ends.at(above - slope * z, below - slope * z)
    with np.errstate(under="ignore"):
        up, down = (normal_density(u) / ends.p for u in (ends.high, ends.low))
    up, down = np.where(both & (above < FAR), up, 0.0), np.where(both & (below > -FAR), down, 0.0)
    hot = (place[..., None] == np.arange(k - 1)).astype(np.float64)
    lower = (place[..., None] == np.arange(1, k)).astype(np.float64)
    rows = np.concatenate(
        [up[..., None] * hot - down[..., None] * lower, (-z * (up - down))[..., None]], axis=2
    )
    hessian = -np.einsum("mni,mnj->mij", rows, rows)
    bend_up, bend_down = -ends.high * up, ends.low * down
    corner = np.arange(k - 1)
    bends = np.einsum("mn,mnc->mc", bend_up, hot) + np.einsum("mn,mnc->mc", bend_down, lower)
    tilt = -np.einsum("mn,mnc->mc", bend_up * z, hot)
    tilt -= np.einsum("mn,mnc->mc", bend_down * z, lower)
    hessian[:, corner, corner] += bends
    hessian[:, corner, -1] += tilt
    hessian[:, -1, corner] += tilt
    hessian[:, -1, -1] += np.sum((bend_up + bend_down) * z * z, axis=1)
    idle = np.diagonal(hessian, axis1=1, axis2=2) == 0
    hessian -= idle[:, None, :] * np.eye(k)
    likelihood = np.sum(np.log(ends.p), axis=1, where=both)
    return likelihood, rows.sum(axis=1), hessian
