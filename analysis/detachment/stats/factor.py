"""Covariances in, one common factor out, a whole stack of matrices at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_square, diagonal

_STEPS = 200
_GAUSS_NEWTON = 40  # of them; what has not converged by then is slow or has no minimum
_TOLERANCE = 1e-10
_BOUNDARY = 1e-6  # of an item's variance: a uniqueness this small is none
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
    """Damped steps on a stack ``(b, p, p)`` from loadings ``(b, p)``.

    Inside, matrices stand side by side, ``(p, p, b)``: every step is then a few long sums. What has
    converged is put down where it is, and leaves the stack when many have.
    """
    b, p = loadings.shape
    if b == 1:  # NumPy adds up a single matrix in another order than each of several
        found, converged, iterations = _descend(np.repeat(s, 2, 0), np.repeat(loadings, 2, 0))
        return found[:1], converged[:1], iterations[:1]
    off = np.ascontiguousarray(np.moveaxis(s, 0, -1))
    variance = off[np.arange(p), np.arange(p)].copy()
    if np.may_share_memory(off, s):
        off = off.copy()
    off[np.arange(p), np.arange(p)] = 0.0
    x = np.ascontiguousarray(loadings.T)
    total = np.sum(off.reshape(p * p, b) ** 2, axis=0)
    found = x.copy()
    converged = np.zeros(b, dtype=bool)
    iterations = np.full(b, _STEPS, dtype=np.int64)
    active, running = np.arange(b), np.ones(b, dtype=bool)
    damping = np.zeros(b)
    product, loss = _evaluate(off, total, x)
    for step in range(1, _STEPS + 1):
        square = x * x
        length = square.sum(axis=0)
        gradient = product - x * (length - square)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            solve = _gauss_newton if step <= _GAUSS_NEWTON else _newton
            move = solve(off, x, gradient, damping * length)
            trial = x + move
            trial_product, trial_loss = _evaluate(off, total, trial)
            size = np.abs(move).max(axis=0)
        # rounding of the loss itself must not refuse the last, tiny steps
        better = trial_loss <= loss + 1e-14 * total
        done = better & (size <= _TOLERANCE * np.sqrt(length)) & (damping <= 1e-3)
        x = np.where(better, trial, x)
        product = np.where(better, trial_product, product)
        loss = np.where(better, trial_loss, loss)
        damping = np.where(better, damping * 0.1 * (damping > 1e-6), np.maximum(10 * damping, 1e-3))
        away = (x * x > _AWAY * variance).any(axis=0)
        leave = (done | away) & running
        found[:, active[leave]] = x[:, leave]
        converged[active[leave & done]] = True
        iterations[active[leave]] = step
        running &= ~leave
        left = int(running.sum())
        if left == 0:
            break
        if 2 * left < len(running) and left > 1:
            off, x, product = off[..., running], x[:, running], product[:, running]
            total, variance, loss = total[running], variance[:, running], loss[running]
            damping, active = damping[running], active[running]
            running = np.ones(left, dtype=bool)
    found[:, active[running]] = x[:, running]
    sign = np.where(found.sum(axis=0) < 0, -1.0, 1.0)
    return np.ascontiguousarray((found * sign).T), converged, iterations


def _gauss_newton(
    _off: FloatArray, x: FloatArray, gradient: FloatArray, damping: FloatArray
) -> FloatArray:
    """(diag(d) + l l')^-1 g by Sherman and Morrison, with d = l'l - 2 l^2 + damping."""
    square = x * x
    length = square.sum(axis=0)
    d = length - 2 * square + damping
    d = np.where(np.abs(d) < 1e-12 * length, 1e-12 * length, d)
    u, v = gradient / d, x / d
    share = np.sum(x * u, axis=0) / (1 + np.sum(x * v, axis=0))
    step: FloatArray = u - v * share
    return step


def _newton(
    off: FloatArray, x: FloatArray, gradient: FloatArray, damping: FloatArray
) -> FloatArray:
    """Newton's step, with the signs of negative curvatures turned: for the few slow matrices."""
    off, x, gradient = np.moveaxis(off, -1, 0), x.T, gradient.T
    k = np.arange(x.shape[1])
    square = x * x
    hessian = 2 * x[:, :, None] * x[:, None, :] - off
    hessian[:, k, k] = square.sum(axis=1, keepdims=True) - square
    curvature, directions = np.linalg.eigh(hessian)
    floor = 1e-12 * np.abs(curvature).max(axis=1, keepdims=True)
    curvature = np.maximum(np.abs(curvature), floor) + damping[:, None]
    along = np.einsum("bij,bi->bj", directions, gradient) / curvature
    step = np.einsum("bij,bj->bi", directions, along)
    return np.ascontiguousarray(step.T)


def _evaluate(off: FloatArray, total: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """S_off l and the sum over all i != j of squared residuals."""
    # not by einsum, which rounds the last few of a stack in another way
    product, term = np.zeros(x.shape), np.empty(x.shape)
    for row, loading in zip(off, x, strict=True):
        product += np.multiply(row, loading, out=term)
    square = x * x
    loss = (
        total
        - 2 * np.sum(product * x, axis=0)
        + square.sum(axis=0) ** 2
        - np.sum(square * square, axis=0)
    )
    return product, loss


def ml_one_factor(cov: ArrayLike, *, start: ArrayLike | None = None) -> OneFactor:
    """One factor by maximum likelihood under normality.

    Parameters
    ----------
    cov
        Positive definite covariances or correlations, ``(..., p, p)``, at least three items.
    start
        Uniquenesses to begin with, ``(p,)`` or ``(..., p)``, in the units of the items; by default
        (1 - 1 / (2 p)) / the diagonal of the inverse, as Jöreskog begins.

    Returns
    -------
    OneFactor
        ``converged`` is False where no proper maximum was found: in a Heywood case a uniqueness
        runs to zero. NaN as :func:`minres_one_factor`, and for matrices that are not positive
        definite.

    Notes
    -----
    Minimizes log det + trace of the fitted covariances (Lawley, 1940; Jöreskog, 1967, Psychometrika
    32, 443-482) over the logarithms of the uniquenesses: the best loadings given those follow from
    the first eigenvector of the rescaled covariances, and Newton's steps use exact second
    derivatives (Clarke, 1970, British Journal of Mathematical and Statistical Psychology 23,
    43-52). Unlike minimum residuals
    it has no units: loadings of a covariance matrix are rescaled loadings of its correlations. R's
    ``factanal(covmat =, factors = 1)`` and one-factor models of lavaan have the same maximum.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6, 0.5])
    >>> fit = ml_one_factor(np.outer(loadings, loadings) + np.diag(1 - loadings**2))
    >>> fit.loadings.round(6).tolist(), bool(fit.converged), bool(fit.heywood)
    ([0.8, 0.7, 0.6, 0.5], True, False)
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    stack = cov.reshape(-1, p, p)
    variance = diagonal(stack)
    usable = np.isfinite(stack).all(axis=(1, 2)) & (variance > 0).all(axis=1) & (p > 2)
    loadings, unique = np.full(variance.shape, np.nan), np.full(variance.shape, np.nan)
    iterations = np.zeros(len(stack), dtype=np.int64)
    converged = np.zeros(len(stack), dtype=bool)
    if usable.any():
        sd = np.sqrt(variance[usable])
        cor = stack[usable] / (sd[:, :, None] * sd[:, None, :])
        values, vectors = np.linalg.eigh(cor)
        definite = values[:, 0] > p * 1e-14 * values[:, -1]
        usable[usable] = definite
        cor, sd, values, vectors = (a[definite] for a in (cor, sd, values, vectors))
        if start is None:
            inverse = np.sum(vectors**2 / values[:, None, :], axis=2)
            first = (1 - 0.5 / p) / inverse
        else:
            first = _as_start(start, cov.shape[:-1], usable) / sd**2
        found = _likeliest(cor, np.log(np.clip(first, 1e-4, 1.0)))
        loadings[usable], unique[usable] = found[0] * sd, found[1] * sd**2
        converged[usable], iterations[usable] = found[2], found[3]
    with np.errstate(invalid="ignore"):
        heywood: BoolArray = np.any(unique <= _BOUNDARY * variance, axis=1)
    shape = cov.shape[:-2]
    return OneFactor(
        loadings=loadings.reshape(cov.shape[:-1]),
        uniquenesses=unique.reshape(cov.shape[:-1]),
        converged=converged.reshape(shape)[()],
        heywood=heywood.reshape(shape)[()],
        iterations=iterations.reshape(shape)[()],
    )


def _likeliest(
    cor: FloatArray, x: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray, IntArray]:
    """Loadings, uniquenesses, convergence and steps of a stack ``(b, p, p)`` of correlations."""
    b, p = x.shape
    found, unique = np.full((b, p), np.nan), np.full((b, p), np.nan)
    converged = np.zeros(b, dtype=bool)
    iterations = np.full(b, _STEPS, dtype=np.int64)
    active = np.arange(b)
    damping = np.zeros(b)
    scaled, values, vectors, loss = _rescaled(cor, x)
    for step in range(1, _STEPS + 1):
        gradient, hessian = _slopes(scaled, values, vectors)
        curvature, directions = np.linalg.eigh(hessian)
        # the signs of negative curvatures are turned, so that every step goes downhill
        size = np.maximum(np.abs(curvature), 1e-10) + damping[:, None]
        along = np.einsum("bij,bi->bj", directions, gradient) / size
        move = np.clip(-np.einsum("bij,bj->bi", directions, along), -2.0, 2.0)
        trial = _rescaled(cor, x + move)
        # rounding of the loss itself must not refuse the last, tiny steps
        better = trial[3] <= loss + 1e-13 * p
        small = np.abs(move).max(axis=1) <= 1e-8
        x = np.where(better[:, None], x + move, x)
        scaled = np.where(better[:, None, None], trial[0], scaled)
        values = np.where(better[:, None], trial[1], values)
        vectors = np.where(better[:, None, None], trial[2], vectors)
        loss = np.where(better, trial[3], loss)
        damping = np.where(better, damping * 0.1 * (damping > 1e-6), np.maximum(10 * damping, 0.1))
        away = (x < np.log(_BOUNDARY)).any(axis=1)
        done = better & small & ~away & (curvature[:, 0] > 1e-8)
        size = np.sqrt(np.maximum(values[:, -1:] - 1, 0.0))
        factor = np.exp(x / 2) * vectors[:, :, -1] * size
        sign = np.where(factor.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
        found[active], unique[active] = factor * sign, np.exp(x)
        leave = done | away
        if leave.any():
            converged[active[done]] = True
            iterations[active[leave]] = step
            stay = ~leave
            if not stay.any():
                break
            cor, x, scaled, values, vectors, loss, damping, active = (
                a[stay] for a in (cor, x, scaled, values, vectors, loss, damping, active)
            )
    return found, unique, converged, iterations


def _rescaled(
    cor: FloatArray, x: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Correlations over exp(x), their roots and vectors, and the function to minimize."""
    scale = np.exp(-x / 2)
    scaled = cor * scale[:, :, None] * scale[:, None, :]
    values, vectors = np.linalg.eigh(scaled)
    rest = np.maximum(values[:, :-1], 1e-300)
    loss: FloatArray = np.sum(rest - np.log(rest) - 1, axis=1)
    return scaled, values, vectors, loss


def _slopes(
    scaled: FloatArray, values: FloatArray, vectors: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """First and second derivatives of the function to minimize by x."""
    first, rest = vectors[:, :, -1], vectors[:, :, :-1]
    root, low = values[:, -1:], values[:, :-1]
    square = first * first
    k = np.arange(first.shape[1])
    gradient = 1 - square - scaled[:, k, k] + root * square
    outer = first[:, :, None] * first[:, None, :]
    rotation = (1 - low) * (root + low) / np.maximum(root - low, 1e-12 * root)
    hessian = (scaled - root[:, :, None] * outer) * (np.eye(len(k)) - outer)
    hessian += outer * ((rest * rotation[:, None, :]) @ rest.swapaxes(1, 2))
    return gradient, hessian
