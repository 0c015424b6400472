"""Covariances in, the greatest lower bound to reliability out: a small semidefinite programme.

How much error variance can the items have at most? Maximize the sum of error variances psi so that
what is left, C - diag(psi), is still a covariance matrix, with psi >= 0. The dual problem is to
minimize <C, Y> over positive semidefinite Y with a diagonal of at least 1 (with Y = xx', x one of
the sign patterns of split halves, it gives Guttman's lambda 4, which therefore is no larger). Any
feasible Y bounds the sum from above, and any feasible psi from below: the steps stop when the two
meet, so that the answer carries its own proof.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, as_square, diagonal

_STEPS = 60
_GAP = 1e-10  # of the total of the items' variances
_GAP_ENOUGH = 1e-7  # where rounding allows no more
_SINGULAR = 1e-11  # an eigenvalue this small, relative to the mean variance, counts as zero
_TO_THE_WALL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class GreatestLowerBound:
    """Greatest lower bound of the reliability of a sum.

    Attributes
    ----------
    glb
        ``(...)``; NaN where the covariances are no covariance matrix (not positive semidefinite) or
        the steps did not converge.
    errors
        Largest error variances that the covariances allow, ``(..., p)``.
    gap
        Distance of ``glb`` from its proof: no admissible error variances give less than
        ``glb - gap``, ``(...)``.
    converged
        Whether the gap closed, ``(...)``.
    """

    glb: FloatArray
    errors: FloatArray
    gap: FloatArray
    converged: BoolArray


def greatest_lower_bound(cov: ArrayLike) -> GreatestLowerBound:
    """Smallest reliability of the sum that the covariances allow at all.

    Parameters
    ----------
    cov
        Covariances (or correlations), ``(..., p, p)``.

    Returns
    -------
    GreatestLowerBound
        In samples it is biased upwards, much so with few respondents and many items (Shapiro and
        ten Berge, 2000, Psychometrika 65, 413-425): at n < 1000 it flatters.

    Notes
    -----
    Jackson and Agunwamba (1977), Psychometrika 42, 567-578; ten Berge and Sočan (2004),
    Psychometrika 69, 613-625. Solved by a primal-dual interior-point method as in Helmberg, Rendl,
    Vanderbei and Wolkowicz (1996), SIAM Journal on Optimization 6, 342-361, a whole stack at a
    time. R's ``psych::glb.algebraic`` (Moltner and Revelle) solves the same programme by Rcsdp.

    Examples
    --------
    >>> fit = greatest_lower_bound([[1, 0.5, 0.2], [0.5, 1, 0.2], [0.2, 0.2, 1]])
    >>> round(float(fit.glb), 6), fit.errors.round(4).tolist()
    (0.6, [0.5, 0.5, 0.92])
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    stack = cov.reshape(-1, p, p)
    variance = diagonal(stack)
    total = stack.sum(axis=(1, 2))
    usable = np.isfinite(stack).all(axis=(1, 2)) & (variance > 0).all(axis=1) & (p > 1)
    usable &= total > 0
    least = np.full(len(stack), np.nan)
    least[usable] = np.linalg.eigvalsh(stack[usable])[:, 0]
    size = variance.mean(axis=1)
    with np.errstate(invalid="ignore"):
        usable &= least >= -_SINGULAR * p * size
        # a singular matrix leaves no room to begin in: give it a little
        room = np.where(least < 2 * _SINGULAR * p * size, 3 * _SINGULAR * p * size, 0.0)
    errors = np.full(stack.shape[:-1], np.nan)
    gap = np.full(len(stack), np.nan)
    converged = np.zeros(len(stack), dtype=bool)
    if usable.any():
        scale = size[usable]
        inside = stack[usable] / scale[:, None, None]
        inside[:, np.arange(p), np.arange(p)] += (room[usable] / scale)[:, None]
        psi, short, done = _interior_point(inside)
        errors[usable] = psi * scale[:, None]
        gap[usable] = short * scale / total[usable]
        converged[usable] = done
    with np.errstate(divide="ignore", invalid="ignore"):
        glb = np.where(converged, 1 - errors.sum(axis=1) / total, np.nan)
    shape = cov.shape[:-2]
    return GreatestLowerBound(
        glb=glb.reshape(shape)[()],
        errors=errors.reshape(cov.shape[:-1]),
        gap=gap.reshape(shape)[()],
        converged=converged.reshape(shape)[()],
    )


def _interior_point(c: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Error variances, duality gaps and convergence of positive definite matrices ``(b, p, p)``."""
    b, p, _ = c.shape
    k = np.arange(p)
    found, short = np.full((b, p), np.nan), np.full(b, np.nan)
    converged = np.zeros(b, dtype=bool)
    active = np.arange(b)
    least = np.linalg.eigvalsh(c)[:, 0]
    psi = np.repeat(0.5 * least[:, None], p, axis=1)
    y = np.broadcast_to(2 * np.eye(p), c.shape).copy()
    z = np.ones((b, p))
    s, gap = _left(c, psi), np.full(b, np.inf)
    for _ in range(_STEPS):
        root_s, root_y = _inverse_root(s), _inverse_root(y)
        inverse = root_s.swapaxes(1, 2) @ root_s
        gap = np.einsum("bij,bij->b", s, y) + np.sum(psi * z, axis=1)
        mu = gap / (2 * p)
        matrix = inverse * y
        matrix[:, k, k] += z / psi

        # a step that ignores the centre says how near to it the next one may aim
        dpsi, dz, dy = _direction(matrix, inverse, y, psi, z, np.zeros_like(mu), None)
        along = np.minimum(1, np.minimum(_room_matrix(root_s, -_diag(dpsi)), _room(psi, dpsi)))
        across = np.minimum(1, np.minimum(_room_matrix(root_y, dy), _room(z, dz)))
        after = _gap(
            c,
            psi + along[:, None] * dpsi,
            y + across[:, None, None] * dy,
            z + across[:, None] * dz,
        )
        centre = mu * np.clip(after / gap, 1e-6, 1) ** 2
        dpsi, dz, dy = _direction(matrix, inverse, y, psi, z, centre, (dpsi, dz, dy))
        along = np.minimum(_room_matrix(root_s, -_diag(dpsi)), _room(psi, dpsi))
        across = np.minimum(_room_matrix(root_y, dy), _room(z, dz))
        along = np.minimum(1, _TO_THE_WALL * along)
        across = np.minimum(1, _TO_THE_WALL * across)
        psi = psi + along[:, None] * dpsi
        z = z + across[:, None] * dz
        y = y + across[:, None, None] * dy

        s = _left(c, psi)
        gap = _gap(c, psi, y, z)
        lack = np.abs(1 + z - diagonal(y)).max(axis=1)
        closed = (gap < _GAP * p) & (lack < 1e-9)
        # rounding ends the steps of nearly singular matrices a little earlier
        stuck = ~(np.maximum(along, across) > 1e-15) | ~np.isfinite(gap)
        found[active], short[active] = psi, gap
        converged[active] = closed | ((gap < _GAP_ENOUGH * p) & (lack < 1e-6))
        stay = ~closed & ~stuck
        if not stay.any():
            break
        if not stay.all():
            c, psi, y, z, s, active = (a[stay] for a in (c, psi, y, z, s, active))
    return found, short, converged


def _left(c: FloatArray, psi: FloatArray) -> FloatArray:
    """What is left of the covariances without the error variances: C - diag(psi)."""
    return c - _diag(psi)


def _gap(c: FloatArray, psi: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    gap: FloatArray = np.einsum("bij,bij->b", _left(c, psi), y) + np.sum(psi * z, axis=1)
    return gap


def _inverse_root(x: FloatArray) -> FloatArray:
    """R with R x R' = I, and so R'R the inverse of x: by eigenvectors, which cannot fail."""
    values, vectors = np.linalg.eigh(x)
    values = np.maximum(values, 1e-18 * values[:, -1:])
    return np.asarray(vectors.swapaxes(1, 2) / np.sqrt(values)[:, :, None], dtype=np.float64)


def _diag(values: FloatArray) -> FloatArray:
    p = values.shape[-1]
    matrix = np.zeros((*values.shape, p))
    matrix[..., np.arange(p), np.arange(p)] = values
    return matrix


def _direction(
    matrix: FloatArray,
    inverse: FloatArray,
    y: FloatArray,
    psi: FloatArray,
    z: FloatArray,
    mu: FloatArray,
    before: tuple[FloatArray, FloatArray, FloatArray] | None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Newton's direction to Y S = mu I and psi z = mu with diag(Y) = 1 + z.

    ``before`` is the predictor's direction, whose products are the second-order correction.
    """
    target = mu[:, None, None] * inverse
    low = mu[:, None] / psi
    if before is not None:
        dpsi, dz, dy = before
        target = target + (inverse * dpsi[:, None, :]) @ dy
        low = low - dpsi * dz / psi
    right = 1 + low - np.diagonal(target, axis1=1, axis2=2)
    dpsi = np.asarray(np.linalg.solve(matrix, right[:, :, None])[:, :, 0], dtype=np.float64)
    dz = low - z - z / psi * dpsi
    dy = target - y + (inverse * dpsi[:, None, :]) @ y
    return dpsi, dz, (dy + dy.swapaxes(1, 2)) / 2


def _room(x: FloatArray, dx: FloatArray) -> FloatArray:
    """How far x may go along dx before an entry becomes zero, ``(b,)``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        room: FloatArray = np.min(np.where(dx < 0, -x / dx, np.inf), axis=1)
    return room


def _room_matrix(root: FloatArray, dx: FloatArray) -> FloatArray:
    """How far positive definite x, given by its inverse root, may go along dx, ``(b,)``."""
    least = np.linalg.eigvalsh(root @ dx @ root.swapaxes(1, 2))[:, 0]
    with np.errstate(divide="ignore"):
        return np.where(least < 0, -1 / least, np.inf)
