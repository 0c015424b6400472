"""Unrotated loadings in, simple ones out: varimax, promax, oblimin, geomin.

Every rotation is run from several starts at once, and the best value of its criterion is kept.
Factors then stand in the order of the variance they account for and point where their loadings sum
to something positive; their correlations always stand in that order and have those signs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_float

RotationName = Literal["none", "varimax", "promax", "oblimin", "geomin"]
ROTATIONS: tuple[RotationName, ...] = ("none", "varimax", "promax", "oblimin", "geomin")
OBLIQUE = frozenset({"promax", "oblimin", "geomin"})

_STARTS_KEY = 0x207A7E
_STEPS = 5000
_SWEEPS = 500
_ANGLE = 1e-10
_SLOPE = 1e-8  # where a criterion counts as flat, for loadings of the size of 1
_NEARLY = 1e-5  # where GPArotation stops
_SAME = 1e-6  # criteria that differ by less (relative to their size) are one optimum

# loadings (b, p, m) -> criterion (b,) and its derivatives (b, p, m)
_Criterion = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True, slots=True, eq=False)
class Rotation:
    """Rotated loadings and the correlations of their factors.

    Attributes
    ----------
    loadings
        Pattern loadings, ``(..., p, m)``.
    phi
        Correlations of the factors, ``(..., m, m)``; the identity for an orthogonal rotation.
    transformation
        What the unrotated loadings are multiplied by, ``(..., m, m)``.
    criterion
        Value of what was made small (of the varimax step for promax), ``(...)``.
    converged
        Whether the best start ended in an optimum, ``(...)``.
    starts, agreeing
        How many starts were tried, and how many of them reached the best value, ``(...)``. When
        few did, other rotations are about as simple.
    """

    loadings: FloatArray
    phi: FloatArray
    transformation: FloatArray
    criterion: FloatArray
    converged: BoolArray
    starts: int
    agreeing: IntArray


def rotate(loadings: ArrayLike, method: RotationName, *, n_starts: int = 30) -> Rotation:
    """Rotate by name, with the defaults of each method.

    Parameters
    ----------
    loadings
        Unrotated, ``(..., p, m)``.
    method
        ``none``, ``varimax``, ``promax``, ``oblimin`` or ``geomin``. One factor is not rotated.
    n_starts
        Starts, as for the rotation named.

    Returns
    -------
    Rotation

    Raises
    ------
    ValueError
        When the method is none of these.

    References
    ----------
    Bernaards, C. A., & Jennrich, R. I. (2005). *Educational and Psychological Measurement, 65*,
    676-696. R: ``GPArotation``.

    Examples
    --------
    >>> simple = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.7], [0, 0.6], [0, 0.5]])
    >>> turned = simple @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    >>> abs(rotate(turned, "oblimin").loadings).round(4).tolist() == simple.tolist()
    True
    """
    if method == "varimax":
        return varimax(loadings, n_starts=n_starts)
    if method == "promax":
        return promax(loadings, n_starts=n_starts)
    if method == "oblimin":
        return oblimin(loadings, n_starts=n_starts)
    if method == "geomin":
        return geomin(loadings, n_starts=n_starts)
    if method != "none":
        raise ValueError(f"method must be one of {', '.join(ROTATIONS)}, got {method!r}")
    return _unrotated(_as_loadings(loadings))


def varimax(
    loadings: ArrayLike,
    *,
    kaiser: bool = True,
    n_starts: int = 30,
    stop: float | None = None,
) -> Rotation:
    """Varimax: orthogonal factors with large and small squared loadings.

    Parameters
    ----------
    loadings
        Unrotated, ``(..., p, m)``.
    kaiser
        Whether rows are given length 1 before, and their own length back after.
    n_starts
        Starts: the axes as they are, then random ones (always the same).
    stop
        None turns to the optimum. A number stops earlier, exactly where R's
        ``stats::varimax(eps = stop)`` stops, from the axes as they are: 1e-5 gives what R's psych
        reports, which can be off by .001.

    Returns
    -------
    Rotation
        ``criterion`` is minus the sum of the variances of the squared loadings of the factors,
        with divisor p.

    Notes
    -----
    Kaiser (1958), Psychometrika 23, 187-200.

    Examples
    --------
    >>> simple = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.7], [0, 0.6], [0, 0.5]])
    >>> turned = simple @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    >>> abs(varimax(turned).loadings).round(4).tolist() == simple.tolist()
    True
    """
    whole = _as_loadings(loadings)
    if whole.shape[-1] == 1:
        return _unrotated(whole)
    stack, good = _usable(whole)
    weight = _lengths(stack) if kaiser else np.ones((*stack.shape[:2], 1))
    a = stack / weight
    n_starts = n_starts if stop is None else 1
    turn, value, flat, agreeing = _varimax(a, n_starts, stop)
    phi = np.broadcast_to(np.eye(whole.shape[-1]), turn.shape).astype(np.float64)
    return _result(whole, good, stack @ turn, phi, turn, value, flat, n_starts, agreeing)


def promax(
    loadings: ArrayLike,
    *,
    power: float = 4,
    kaiser: bool = True,
    n_starts: int = 30,
    stop: float | None = None,
) -> Rotation:
    """Promax: varimax, then oblique factors whose loadings are close to its powers.

    Parameters
    ----------
    loadings
        Unrotated, ``(..., p, m)``.
    power
        The target is sign(l) abs(l)^power of the varimax loadings l.
    kaiser
        Whether rows are given length 1 before, and their own length back after both steps.
    n_starts, stop
        Of varimax; see there.

    Returns
    -------
    Rotation
        NaN where the target has a factor without loadings.

    Notes
    -----
    Hendrickson and White (1964), British Journal of Statistical Psychology 17, 65-70. With Kaiser's
    normalization as R's ``psych::fa(rotate = "promax")``; R's ``stats::promax`` normalizes in the
    first step only.

    Examples
    --------
    >>> simple = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.7], [0, 0.6], [0, 0.5]])
    >>> factors = promax(simple @ np.array([[0.8, 0.6], [-0.6, 0.8]]))
    >>> abs(factors.loadings).round(4).tolist() == simple.tolist()
    True
    """
    whole = _as_loadings(loadings)
    if whole.shape[-1] == 1:
        return _unrotated(whole)
    stack, good = _usable(whole)
    weight = _lengths(stack) if kaiser else np.ones((*stack.shape[:2], 1))
    a = stack / weight
    n_starts = n_starts if stop is None else 1
    turn, value, flat, agreeing = _varimax(a, n_starts, stop)
    x = a @ turn
    target = x * np.abs(x) ** (power - 1)
    transpose = np.swapaxes(x, 1, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        u = _solve(transpose @ x, transpose @ target)
        gram = np.swapaxes(u, 1, 2) @ u
        d = np.diagonal(_solve(gram, np.broadcast_to(np.eye(gram.shape[-1]), gram.shape)), 0, 1, 2)
        u = u * np.sqrt(d)[:, None, :]
        whole_turn = turn @ u
        inverse = _solve(whole_turn, np.broadcast_to(np.eye(u.shape[-1]), u.shape))
        phi = inverse @ np.swapaxes(inverse, 1, 2)
    rotated = stack @ whole_turn
    return _result(whole, good, rotated, phi, whole_turn, value, flat, n_starts, agreeing)


def oblimin(loadings: ArrayLike, *, kaiser: bool = False, n_starts: int = 30) -> Rotation:
    """Oblimin with gamma 0 (quartimin): oblique factors with few products of loadings.

    Parameters
    ----------
    loadings
        Unrotated, ``(..., p, m)``.
    kaiser
        Whether rows are given length 1 before, and their own length back after. R's psych and
        GPArotation do not, SPSS does; the answers differ.
    n_starts
        Starts: the axes as they are, then random ones (always the same).

    Returns
    -------
    Rotation
        ``criterion`` is a quarter of the sum over pairs of factors (each twice) of products of
        squared loadings.

    Notes
    -----
    Carroll (1953), Psychometrika 18, 23-38; gradient projection: Jennrich (2002), Psychometrika 67,
    7-19, and Bernaards and Jennrich (2005), Educational and Psychological Measurement 65, 676-696.
    As R's ``GPArotation::oblimin``, run further and from several starts.

    Examples
    --------
    >>> simple = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.7], [0, 0.6], [0, 0.5]])
    >>> phi = np.array([[1, 0.4], [0.4, 1]])
    >>> factors = oblimin(simple @ np.linalg.cholesky(phi))
    >>> factors.loadings.round(4).tolist() == simple.tolist(), float(factors.phi[0, 1].round(4))
    (True, 0.4)
    """

    def criterion(turned: FloatArray) -> tuple[FloatArray, FloatArray]:
        square = turned * turned
        others = square.sum(axis=2, keepdims=True) - square
        return np.sum(square * others, axis=(1, 2)) / 4, turned * others

    return _gradient_projection(loadings, criterion, kaiser=kaiser, n_starts=n_starts)


def geomin(
    loadings: ArrayLike, *, epsilon: float = 0.01, kaiser: bool = False, n_starts: int = 30
) -> Rotation:
    """Geomin: oblique factors with small geometric means of the loadings of each item.

    Parameters
    ----------
    loadings
        Unrotated, ``(..., p, m)``.
    epsilon
        Added to each squared loading; smaller values give simpler loadings and more local optima.
    kaiser, n_starts
        As for :func:`oblimin`.

    Returns
    -------
    Rotation
        ``criterion`` is the sum over items of the geometric means of squared loadings + epsilon.

    Notes
    -----
    Yates (1987), Multivariate exploratory data analysis; Browne (2001), Multivariate Behavioral
    Research 36, 111-150. As R's ``GPArotation::geominQ(delta = epsilon)``, run further and from
    several starts, which this criterion needs.

    Examples
    --------
    >>> simple = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.7], [0, 0.6], [0, 0.5]])
    >>> phi = np.array([[1, 0.4], [0.4, 1]])
    >>> abs(geomin(simple @ np.linalg.cholesky(phi)).loadings).round(1).tolist() == simple.tolist()
    True
    """

    def criterion(turned: FloatArray) -> tuple[FloatArray, FloatArray]:
        square = turned * turned + epsilon
        m = turned.shape[2]
        mean = np.exp(np.log(square).sum(axis=2, keepdims=True) / m)
        return mean.sum(axis=(1, 2)), (2 / m) * turned / square * mean

    return _gradient_projection(loadings, criterion, kaiser=kaiser, n_starts=n_starts)


def ordered(loadings: ArrayLike, phi: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Factors in the order of the variance they account for, pointing upwards.

    Parameters
    ----------
    loadings
        Pattern loadings, ``(..., p, m)``.
    phi
        Correlations of the factors, ``(..., m, m)``.

    Returns
    -------
    tuple of FloatArray
        Loadings and correlations in the new order and with the new signs, and the signed
        permutation ``(..., m, m)`` that the old loadings are multiplied by.

    Notes
    -----
    As R's ``psych::fa``: the variance of a factor is its entry of diag(Phi L'L); each column of
    loadings sums to something that is not negative.

    Examples
    --------
    >>> loadings, phi, _ = ordered([[0.1, -0.9], [0.5, 0.1]], [[1, 0.2], [0.2, 1]])
    >>> loadings.tolist(), phi.tolist()
    ([[0.9, 0.1], [-0.1, 0.5]], [[1.0, -0.2], [-0.2, 1.0]])
    """
    loadings, phi = as_float(loadings), as_float(phi)
    m = loadings.shape[-1]
    variance = np.diagonal(phi @ np.swapaxes(loadings, -1, -2) @ loadings, axis1=-2, axis2=-1)
    order = np.argsort(-variance, axis=-1, kind="stable")
    sign = np.where(loadings.sum(axis=-2) < 0, -1.0, 1.0)
    move = np.eye(m)[order] * np.take_along_axis(sign, order, axis=-1)[..., None]
    move = np.swapaxes(move, -1, -2)
    return loadings @ move, np.swapaxes(move, -1, -2) @ phi @ move, move


def _as_loadings(loadings: ArrayLike) -> FloatArray:
    loadings = as_float(loadings)
    if loadings.ndim < 2:
        raise ValueError(f"expected loadings of shape (..., p, m), got {loadings.shape}")
    return loadings


def _usable(whole: FloatArray) -> tuple[FloatArray, BoolArray]:
    """The matrices without missing loadings ``(b, p, m)``, and which these are."""
    stack = whole.reshape(-1, *whole.shape[-2:])
    good = np.asarray(np.isfinite(stack).all(axis=(1, 2)))
    return stack[good], good


def _lengths(stack: FloatArray) -> FloatArray:
    """Length of each row ``(b, p, 1)``; 1 for a row of zeros."""
    length = np.sqrt(np.sum(stack * stack, axis=2, keepdims=True))
    return np.where(length > 1e-12, length, 1.0)


def _starts(a: FloatArray, n_starts: int) -> FloatArray:
    """Orthogonal matrices ``(b n_starts, m, m)``: the identity, then random ones."""
    b, _, m = a.shape
    random = np.random.Generator(np.random.Philox(key=[_STARTS_KEY, m]))
    q, r = np.linalg.qr(random.standard_normal((n_starts, m, m)))
    q = q * np.where(np.diagonal(r, axis1=1, axis2=2) < 0, -1.0, 1.0)[:, None, :]
    q[0] = np.eye(m)
    return np.tile(q, (b, 1, 1))


def _varimax(
    a: FloatArray, n_starts: int, stop: float | None
) -> tuple[FloatArray, FloatArray, BoolArray, IntArray]:
    """Rotation ``(b, m, m)``, criterion, whether found, how many starts agree."""
    if stop is not None:
        found = _all_at_once(a, stop)
    else:
        found = _orthogonal(np.repeat(a, n_starts, axis=0), _starts(a, n_starts))
    return _pick(*found, n_starts)


def _orthogonal(a: FloatArray, turn: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Varimax of ``(b, p, m)`` from rotations ``(b, m, m)``, one pair of factors after the other.

    The best angle of a pair has a closed form, Kaiser (1959), Educational and Psychological
    Measurement 19, 413-420. All factors at once, by singular values, can stand still far from the
    optimum when groups of items are equally large.
    """
    b, p, m = a.shape
    z, turn = a @ turn, turn.copy()
    flat = np.zeros(b, dtype=bool)
    for _ in range(_SWEEPS):
        moved = np.zeros(b)
        for i in range(m):
            for j in range(i + 1, m):
                x, y = z[:, :, i], z[:, :, j]
                u, v = x * x - y * y, 2 * x * y
                su, sv = u.sum(axis=1), v.sum(axis=1)
                across = 2 * np.sum(u * v, axis=1) - 2 * su * sv / p
                along = np.sum(u * u - v * v, axis=1) - (su * su - sv * sv) / p
                angle = np.arctan2(across, along) / 4
                moved = np.maximum(moved, np.abs(angle))
                c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
                for matrix in (z, turn):
                    left = c * matrix[:, :, i] + s * matrix[:, :, j]
                    right = c * matrix[:, :, j] - s * matrix[:, :, i]
                    matrix[:, :, i], matrix[:, :, j] = left, right
        flat = moved <= _ANGLE
        if flat.all():
            break
    return turn, -np.sum((z * z).var(axis=1), axis=1), flat


def _all_at_once(a: FloatArray, stop: float) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Varimax by singular values, until their sum grows by less than the share ``stop``."""
    b, _, m = a.shape
    turn = np.tile(np.eye(m), (b, 1, 1))
    flat, last = np.zeros(b, dtype=bool), np.zeros(b)
    for _ in range(1000):
        z = a @ turn
        square = z * z
        slope = np.swapaxes(a, 1, 2) @ (z * (square - square.mean(axis=1, keepdims=True)))
        u, values, v = np.linalg.svd(slope)
        turn = np.where(flat[:, None, None], turn, u @ v)
        total = values.sum(axis=1)
        flat |= total < last * (1 + stop)
        last = total
        if flat.all():
            break
    return turn, -np.sum(((a @ turn) ** 2).var(axis=1), axis=1), flat


def _gradient_projection(
    loadings: ArrayLike, criterion: _Criterion, *, kaiser: bool, n_starts: int
) -> Rotation:
    """Oblique rotation of every matrix from every start."""
    whole = _as_loadings(loadings)
    if whole.shape[-1] == 1:
        return _unrotated(whole)
    stack, good = _usable(whole)
    weight = _lengths(stack) if kaiser else np.ones((*stack.shape[:2], 1))
    a = stack / weight
    t, value, slope = _project(
        np.repeat(a, n_starts, axis=0), _starts(a, n_starts), criterion, _NEARLY
    )
    t, value, flat, agreeing = _pick(t, value, slope <= _NEARLY, n_starts)
    t, value, slope = _project(a, t, criterion, _SLOPE)  # only the best goes all the way
    turn = np.asarray(np.linalg.inv(np.swapaxes(t, 1, 2)), dtype=np.float64)
    phi = np.swapaxes(t, 1, 2) @ t
    flat = slope <= _NEARLY
    return _result(whole, good, stack @ turn, phi, turn, value, flat, n_starts, agreeing)


def _project(
    a: FloatArray, t: FloatArray, criterion: _Criterion, flat: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gradient projection for oblique rotations: T ``(b, m, m)`` with columns of length 1.

    L = A T^-T. A step that gains enough is taken and the next one is twice as long; one that does
    not is halved.
    """
    b = len(a)
    found, best, slopes = t.copy(), np.full(b, np.nan), np.full(b, np.inf)
    active = np.arange(b)
    size = np.ones(b)
    value, gradient, inverse = _at(a, t, criterion)
    for _ in range(_STEPS):
        down = gradient - t * np.sum(t * gradient, axis=1, keepdims=True)
        slope = np.sqrt(np.sum(down * down, axis=(1, 2)))
        found[active], best[active], slopes[active] = t, value, slope
        leave = (slope <= flat) | (size < 1e-12)
        if leave.any():
            stay = ~leave
            active, a, t, size = active[stay], a[stay], t[stay], size[stay]
            value, gradient, down, slope = value[stay], gradient[stay], down[stay], slope[stay]
            if not len(active):
                break
        trial = t - size[:, None, None] * down
        trial = trial / np.sqrt(np.sum(trial * trial, axis=1, keepdims=True))
        new_value, new_gradient, inverse = _at(a, trial, criterion)
        # rounding of the criterion must not refuse the last, tiny steps
        better = value - new_value > 0.5 * slope**2 * size - 1e-15 * np.abs(value)
        better &= np.isfinite(inverse).all(axis=(1, 2))
        t = np.where(better[:, None, None], trial, t)
        value = np.where(better, new_value, value)
        gradient = np.where(better[:, None, None], new_gradient, gradient)
        size = np.where(better, 2 * size, size / 2)
    return found, best, slopes


def _at(
    a: FloatArray, t: FloatArray, criterion: _Criterion
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Criterion, its derivatives with respect to T, and the inverse of T."""
    with np.errstate(all="ignore"):
        inverse = _solve(t, np.broadcast_to(np.eye(t.shape[-1]), t.shape))
        turned = a @ np.swapaxes(inverse, 1, 2)
        value, slope = criterion(turned)
        gradient = -np.swapaxes(np.swapaxes(turned, 1, 2) @ slope @ inverse, 1, 2)
    return value, gradient, inverse


def _solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solutions of a stack; NaN for singular matrices."""
    try:
        return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        solution: FloatArray = np.full(right.shape, np.nan)
        good = np.abs(np.linalg.det(matrix)) > 1e-300
        solution[good] = np.linalg.solve(matrix[good], right[good])
        return solution


def _pick(
    t: FloatArray, value: FloatArray, flat: BoolArray, n_starts: int
) -> tuple[FloatArray, FloatArray, BoolArray, IntArray]:
    """The best start of each matrix, and how many are as good."""
    b = len(t) // n_starts
    t = t.reshape(b, n_starts, *t.shape[1:])
    value, flat = value.reshape(b, n_starts), flat.reshape(b, n_starts)
    rank = np.where(flat | ~flat.any(axis=1, keepdims=True), value, np.inf)
    rank = np.where(np.isnan(rank), np.inf, rank)
    least = rank.min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        near = rank <= least + _SAME * np.maximum(np.abs(least), _SAME)
    pick = np.argmax(near, axis=1)  # the first of equals: rounding does not choose
    rows = np.arange(b)
    return t[rows, pick], value[rows, pick], flat[rows, pick], np.sum(near & flat, axis=1)


def _result(
    whole: FloatArray,
    good: BoolArray,
    rotated: FloatArray,
    phi: FloatArray,
    turn: FloatArray,
    value: FloatArray,
    flat: BoolArray,
    n_starts: int,
    agreeing: IntArray,
) -> Rotation:
    rotated, phi, move = ordered(rotated, phi)
    shape = whole.shape[:-2]

    def spread(values: np.ndarray, fill: float | bool | int) -> Any:  # noqa: ANN401
        all_of_them = np.full((len(good), *values.shape[1:]), fill, dtype=values.dtype)
        all_of_them[good] = values
        return all_of_them.reshape((*shape, *values.shape[1:]))

    return Rotation(
        loadings=spread(rotated, np.nan),
        phi=spread(phi, np.nan),
        transformation=spread(turn @ move, np.nan),
        criterion=spread(value, np.nan)[()],
        converged=spread(flat, False)[()],
        starts=n_starts,
        agreeing=spread(agreeing, 0)[()],
    )


def _unrotated(whole: FloatArray) -> Rotation:
    stack, good = _usable(whole)
    b, m = len(stack), whole.shape[-1]
    eye = np.broadcast_to(np.eye(m), (b, m, m))
    ones = np.ones(b, dtype=np.int64)
    return _result(whole, good, stack, eye, eye, np.zeros(b), ones > 0, 1, ones)
