"""Covariances in, one common factor out: minimum residuals, a whole stack of matrices at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_square, diagonal

_STEPS = 200
_GAUSS_NEWTON = 40  # of them; what has not converged by then is slow or has no minimum
_TOLERANCE = 1e-10
_AWAY = 100.0  # a squared loading this many times the item's variance: no minimum is near


@dataclass(frozen=True, slots=True, eq=False)
class OneFactor:
    """One common factor: cov = loadings loadings' + diag(uniquenesses) + residuals.

    Attributes
    ----------
    loadings
        In the units of the items, ``(..., p)``; their sum is not negative. Where not converged,
        those of the last step; NaN where nothing could be tried.
    uniquenesses
        Variances that the factor leaves, ``(..., p)``; negative in a Heywood case.
    converged
        Whether the last step was negligible, ``(...)``.
    heywood
        Whether an item has no unique variance left (or less than none), ``(...)``: the solution is
        improper and its loadings are shown for diagnosis only.
    iterations
        Steps taken, ``(...)``.
    """

    loadings: FloatArray
    uniquenesses: FloatArray
    converged: BoolArray
    heywood: BoolArray
    iterations: IntArray


def minres_one_factor(cov: ArrayLike, *, start: ArrayLike | None = None) -> OneFactor:
    """One factor by minimum residuals (unweighted least squares off the diagonal).

    Parameters
    ----------
    cov
        Covariances or correlations, ``(..., p, p)``, at least three items.
    start
        Loadings to begin with, ``(p,)`` or ``(..., p)``, such as those of the whole sample when
        ``cov`` is a stack of its resamples; by default the first principal component.

    Returns
    -------
    OneFactor
        ``converged`` is False where no minimum was found, and, with NaN for everything, for
        matrices with missing entries or constant items and for fewer than three items (one factor
        is not identified).

    Notes
    -----
    Minimizes the sum over i < j of (s_ij - l_i l_j)^2, Harman and Jones (1966), Psychometrika 31,
    351-368. Gauss-Newton steps: J'J = diag(l'l - 2 l^2) + l l' is inverted by the formula of
    Sherman and Morrison, with Levenberg and Marquardt's damping where a step would not go
    downhill; Newton steps for what has not converged by then. The answer is that of R's
    ``psych::fa(r, nfactors = 1, fm = "minres")`` where the
    solution is proper; psych keeps uniquenesses above .005, here they are free, so that an
    improper solution shows. Residuals on the scale of ``cov`` are minimized, so that loadings of a
    covariance matrix are not just rescaled loadings of its correlations.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6, 0.5])
    >>> fit = minres_one_factor(np.outer(loadings, loadings) + np.diag(1 - loadings**2))
    >>> fit.loadings.round(6).tolist(), bool(fit.converged), bool(fit.heywood)
    ([0.8, 0.7, 0.6, 0.5], True, False)
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    variance = diagonal(cov)
    stack = cov.reshape(-1, p, p)
    usable = np.isfinite(stack).all(axis=(1, 2)) & (diagonal(stack) > 0).all(axis=1) & (p > 2)
    loadings = np.full(stack.shape[:-1], np.nan)
    iterations = np.zeros(len(stack), dtype=np.int64)
    converged = np.zeros(len(stack), dtype=bool)
    if usable.any():
        s = stack[usable]
        first = _principal(s) if start is None else _as_start(start, cov.shape[:-1], usable)
        loadings[usable], converged[usable], iterations[usable] = _descend(s, first)
    loadings = loadings.reshape(variance.shape)
    with np.errstate(invalid="ignore"):
        uniquenesses = variance - loadings**2
        heywood = (uniquenesses <= 1e-8 * variance).any(axis=-1)
    shape = cov.shape[:-2]
    return OneFactor(
        loadings=loadings,
        uniquenesses=uniquenesses,
        converged=converged.reshape(shape)[()],
        heywood=heywood,
        iterations=iterations.reshape(shape)[()],
    )


def _principal(s: FloatArray) -> FloatArray:
    """Loadings on the first principal component of the correlations, in the items' units."""
    sd = np.sqrt(diagonal(s))
    values, vectors = np.linalg.eigh(s / (sd[:, :, None] * sd[:, None, :]))
    first: FloatArray = vectors[:, :, -1] * np.sqrt(values[:, -1, None]) * sd
    return first


def _as_start(start: ArrayLike, shape: tuple[int, ...], usable: BoolArray) -> FloatArray:
    first = np.broadcast_to(np.asarray(start, dtype=np.float64), shape)
    return first.reshape(-1, shape[-1])[usable].copy()


def _descend(s: FloatArray, loadings: FloatArray) -> tuple[FloatArray, BoolArray, IntArray]:
    """Damped steps on a stack ``(b, p, p)``; matrices leave the stack as they converge."""
    b, p = loadings.shape
    variance = diagonal(s)
    off = s.copy()
    off[:, np.arange(p), np.arange(p)] = 0.0
    total = np.einsum("bij,bij->b", off, off)
    found = loadings.copy()
    converged = np.zeros(b, dtype=bool)
    iterations = np.full(b, _STEPS, dtype=np.int64)
    active = np.arange(b)
    damping = np.zeros(b)
    product, loss = _evaluate(off, total, loadings)
    for step in range(1, _STEPS + 1):
        length = np.sum(loadings * loadings, axis=1)
        gradient = product - loadings * (length[:, None] - loadings * loadings)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if step <= _GAUSS_NEWTON:
                move = _gauss_newton(loadings, gradient, damping * length)
            else:
                move = _newton(off, loadings, gradient, damping * length)
            trial = loadings + move
            trial_product, trial_loss = _evaluate(off, total, trial)
            size = np.abs(move).max(axis=1)
        # rounding of the loss itself must not refuse the last, tiny steps
        better = trial_loss <= loss + 1e-14 * total
        done = better & (size <= _TOLERANCE * np.sqrt(length)) & (damping <= 1e-3)
        loadings = np.where(better[:, None], trial, loadings)
        product = np.where(better[:, None], trial_product, product)
        loss = np.where(better, trial_loss, loss)
        damping = np.where(better, damping * 0.1 * (damping > 1e-6), np.maximum(10 * damping, 1e-3))
        away = (loadings * loadings > _AWAY * variance[active]).any(axis=1)
        found[active] = loadings
        leave = done | away
        if leave.any():
            converged[active[done]] = True
            iterations[active[leave]] = step
            stay = ~leave
            if not stay.any():
                break
            off, total, loadings, product = off[stay], total[stay], loadings[stay], product[stay]
            loss, damping, active = loss[stay], damping[stay], active[stay]
    sign = np.where(found.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    return found * sign, converged, iterations


def _gauss_newton(loadings: FloatArray, gradient: FloatArray, damping: FloatArray) -> FloatArray:
    """(diag(d) + l l')^-1 g by Sherman and Morrison, with d = l'l - 2 l^2 + damping."""
    square = loadings * loadings
    length = square.sum(axis=1, keepdims=True)
    d = length - 2 * square + damping[:, None]
    d = np.where(np.abs(d) < 1e-12 * length, 1e-12 * length, d)
    u, v = gradient / d, loadings / d
    share = np.sum(loadings * u, axis=1) / (1 + np.sum(loadings * v, axis=1))
    step: FloatArray = u - v * share[:, None]
    return step


def _newton(
    off: FloatArray, loadings: FloatArray, gradient: FloatArray, damping: FloatArray
) -> FloatArray:
    """Newton's step, with the signs of negative curvatures turned: for the few slow matrices."""
    k = np.arange(loadings.shape[1])
    square = loadings * loadings
    hessian = 2 * loadings[:, :, None] * loadings[:, None, :] - off
    hessian[:, k, k] = square.sum(axis=1, keepdims=True) - square
    curvature, directions = np.linalg.eigh(hessian)
    floor = 1e-12 * np.abs(curvature).max(axis=1, keepdims=True)
    curvature = np.maximum(np.abs(curvature), floor) + damping[:, None]
    along = np.einsum("bij,bi->bj", directions, gradient) / curvature
    step: FloatArray = np.einsum("bij,bj->bi", directions, along)
    return step


def _evaluate(
    off: FloatArray, total: FloatArray, loadings: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """S_off l and the sum over all i != j of squared residuals."""
    product = np.einsum("bij,bj->bi", off, loadings)
    square = loadings * loadings
    loss = (
        total
        - 2 * np.sum(product * loadings, axis=1)
        + square.sum(axis=1) ** 2
        - np.sum(square * square, axis=1)
    )
    return product, loss
