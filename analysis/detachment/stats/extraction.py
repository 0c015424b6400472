"""Correlations in, several common factors out: minimum residuals, maximum likelihood, axes.

Minimum residuals and maximum likelihood are functions of the p uniquenesses alone, since the best
loadings for given uniquenesses come from eigenvectors. Both are minimized by Newton's method with
exact second derivatives, within bounds, for a whole stack of matrices and of starts at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_square, diagonal

ExtractionName = Literal["minres", "ml", "paf"]
EXTRACTIONS: tuple[ExtractionName, ...] = ("minres", "ml", "paf")
LOWEST = 0.005  # uniqueness, as in R's psych::fa and factanal; what ends there is a Heywood case
_STEPS = 300
_AXIS_STEPS = 5000
_GRADIENT = 1e-11
_STEP = 1e-9
_STARTS_KEY = 0x5EED
_SAME = 1e-8  # two starts whose losses differ by less (relative to 1) found one minimum

# psi or log psi (b, p) -> loss (b,), gradient (b, p), Hessian (b, p, p)
_Loss = Callable[[FloatArray, FloatArray, int], tuple[FloatArray, FloatArray, FloatArray]]


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """m common factors of p items: cor = loadings loadings' + diag(uniquenesses) + residuals.

    Attributes
    ----------
    loadings
        Unrotated, principal axes first, ``(..., p, m)``; sums of columns are not negative. NaN
        where nothing could be tried.
    uniquenesses
        1 - communality, ``(..., p)``; negative beyond a Heywood case.
    communality
        Sums of squared loadings, ``(..., p)``.
    objective
        Half the sum of squared residuals off the diagonal, or for maximum likelihood
        log|Sigma| + tr(S Sigma^-1) - log|S| - p, ``(...)``.
    converged
        Whether the best start ended in a minimum, ``(...)``.
    heywood
        Whether a uniqueness ended at its lowest value or below, ``(...)``: the solution is
        improper.
    iterations
        Steps of the best start, ``(...)``.
    starts, agreeing
        How many starts were tried, and how many of them found the best minimum, ``(...)``.
    """

    loadings: FloatArray
    uniquenesses: FloatArray
    communality: FloatArray
    objective: FloatArray
    converged: BoolArray
    heywood: BoolArray
    iterations: IntArray
    starts: int
    agreeing: IntArray


def extract(
    cor: ArrayLike, n_factors: int, method: ExtractionName = "minres", *, n_starts: int = 5
) -> Extraction:
    """Extract factors by name: :func:`minres`, :func:`ml_factors` or :func:`paf`.

    Parameters
    ----------
    cor, n_factors, n_starts
        As for the function named.
    method
        ``minres``, ``ml`` or ``paf``.

    Returns
    -------
    Extraction

    Raises
    ------
    ValueError
        When the method is none of these, or ``n_factors`` is not between 1 and p - 1.

    References
    ----------
    Harman, H. H., & Jones, W. H. (1966). *Psychometrika, 31*, 351-368; Jöreskog, K. G. (1967).
    *Psychometrika, 32*, 443-482. R: ``psych::fa(rotate = "none")``.

    Examples
    --------
    >>> cor = np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])
    >>> extract(cor, 1, "ml").communality.round(3).tolist()
    [0.667, 0.375, 0.24]
    """
    if method == "minres":
        return minres(cor, n_factors, n_starts=n_starts)
    if method == "ml":
        return ml_factors(cor, n_factors, n_starts=n_starts)
    if method == "paf":
        return paf(cor, n_factors)
    raise ValueError(f"method must be one of {', '.join(EXTRACTIONS)}, got {method!r}")


def minres(cor: ArrayLike, n_factors: int, *, n_starts: int = 5) -> Extraction:
    """Minimum residuals: m factors by unweighted least squares.

    Parameters
    ----------
    cor
        Correlations (covariances are turned into them), ``(..., p, p)``.
    n_factors
        Number of factors m, at least 1 and below p.
    n_starts
        Starts: 1 - squared multiple correlations first, then random uniquenesses (always the
        same); the best minimum is kept.

    Returns
    -------
    Extraction
        NaN where the matrix has missing entries or no variance.

    Raises
    ------
    ValueError
        When ``n_factors`` is not between 1 and p - 1.

    Notes
    -----
    Harman and Jones (1966), Psychometrika 31, 351-368; Joreskog (1977), in Statistical methods for
    digital computers, 125-153. As R's ``psych::fa(fm = "minres")`` with uniquenesses kept within
    .005 and 1, but run to convergence: psych stops at a relative change of the loss of 1e-8 or so.

    Examples
    --------
    >>> loadings = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.8], [0, 0.7], [0, 0.5]])
    >>> cor = loadings @ loadings.T
    >>> np.fill_diagonal(cor, 1)
    >>> fit = minres(cor, 2)
    >>> fit.communality.round(6).tolist(), bool(fit.converged), bool(fit.heywood)
    ([0.64, 0.49, 0.36, 0.64, 0.49, 0.25], True, False)
    """
    cor, usable = _prepare(cor, n_factors)
    psi, loss, converged, iterations, agreeing = _best(
        cor, usable, n_factors, n_starts, _least_squares, log=False
    )
    loadings = _axes(cor, psi, n_factors)
    return _fit(cor, loadings, psi, loss, converged, iterations, n_starts, agreeing)


def ml_factors(cor: ArrayLike, n_factors: int, *, n_starts: int = 5) -> Extraction:
    """Maximum likelihood: m factors of items that are normal together.

    Parameters
    ----------
    cor, n_factors, n_starts
        As for :func:`minres`; the matrices must be positive definite.

    Returns
    -------
    Extraction
        NaN where the matrix is not positive definite, has missing entries or no variance.

    Raises
    ------
    ValueError
        When ``n_factors`` is not between 1 and p - 1.

    Notes
    -----
    Joreskog (1967), Psychometrika 32, 443-482; Clarke (1970), British Journal of Mathematical and
    Statistical Psychology 23, 43-52 (second derivatives). As R's ``factanal`` and
    ``psych::fa(fm = "ml")``, with uniquenesses kept above .005.

    Examples
    --------
    >>> loadings = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.8], [0, 0.7], [0, 0.5]])
    >>> cor = loadings @ loadings.T
    >>> np.fill_diagonal(cor, 1)
    >>> ml_factors(cor, 2).communality.round(6).tolist()
    [0.64, 0.49, 0.36, 0.64, 0.49, 0.25]
    """
    cor, usable = _prepare(cor, n_factors)
    flat = usable.reshape(-1)
    lowest = np.linalg.eigvalsh(cor.reshape(-1, *cor.shape[-2:])[flat])[:, 0]
    flat[flat] = lowest > 1e-12
    psi, loss, converged, iterations, agreeing = _best(
        cor, usable, n_factors, n_starts, _likelihood, log=True
    )
    root = np.sqrt(psi)
    with np.errstate(invalid="ignore"):
        scaled = cor / (root[..., :, None] * root[..., None, :])
    loadings = root[..., None] * _axes(scaled, np.ones_like(psi), n_factors)
    return _fit(cor, loadings, psi, loss, converged, iterations, n_starts, agreeing)


def paf(cor: ArrayLike, n_factors: int) -> Extraction:
    """Principal axes, iterated until the communalities stand still.

    Parameters
    ----------
    cor, n_factors
        As for :func:`minres`.

    Returns
    -------
    Extraction
        The minimum that :func:`minres` finds, where that is proper; communalities are free to pass
        1, and such a solution is marked as a Heywood case. NaN where the matrix has missing
        entries or no variance.

    Raises
    ------
    ValueError
        When ``n_factors`` is not between 1 and p - 1.

    Notes
    -----
    Thomson (1934), Journal of Educational Psychology 25, 366-374; started from squared multiple
    correlations. R's ``psych::fa(fm = "pa")`` stops when the SUM of communalities moves by less
    than .001, which can leave single ones off by .03.

    Examples
    --------
    >>> loadings = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.8], [0, 0.7], [0, 0.5]])
    >>> cor = loadings @ loadings.T
    >>> np.fill_diagonal(cor, 1)
    >>> paf(cor, 2).communality.round(6).tolist()
    [0.64, 0.49, 0.36, 0.64, 0.49, 0.25]
    """
    cor, usable = _prepare(cor, n_factors)
    p = cor.shape[-1]
    stack, flat = cor.reshape(-1, p, p), usable.reshape(-1)
    found = np.full((len(stack), p), np.nan)
    converged = np.zeros(len(stack), dtype=bool)
    iterations = np.full(len(stack), _AXIS_STEPS, dtype=np.int64)
    active = np.flatnonzero(flat)
    h2 = 1 - _start(stack[active])
    for step in range(1, _AXIS_STEPS + 1):
        if not len(active):
            break
        loadings = _axes(stack[active], 1 - h2, n_factors)
        new = np.sum(loadings * loadings, axis=-1)
        moved = np.abs(new - h2).max(axis=1)
        h2 = new
        done = moved < 1e-11
        away = (h2 > 4).any(axis=1)  # no minimum is near
        leave = done | away
        found[active] = h2
        converged[active[done]] = True
        iterations[active[leave]] = step
        active, h2 = active[~leave], h2[~leave]
    psi = (1 - found).reshape(cor.shape[:-1])
    loadings = _axes(cor, psi, n_factors)
    residual = _off_diagonal(cor - loadings @ np.swapaxes(loadings, -1, -2))
    loss = np.sum(residual * residual, axis=(-1, -2)) / 2
    shape = cor.shape[:-2]
    return _fit(
        cor,
        loadings,
        psi,
        loss,
        converged.reshape(shape),
        iterations.reshape(shape),
        1,
        converged.reshape(shape).astype(np.int64),
    )


def _prepare(cor: ArrayLike, n_factors: int) -> tuple[FloatArray, BoolArray]:
    """Correlations, and which of the matrices can be used."""
    cor = as_square(cor)
    p = cor.shape[-1]
    if not 1 <= n_factors < p:
        raise ValueError(f"n_factors must be between 1 and {p - 1} for {p} items, got {n_factors}")
    variance = diagonal(cor)
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(variance)
        cor = cor / (sd[..., :, None] * sd[..., None, :])
    usable = np.asarray(np.isfinite(cor).all(axis=(-1, -2)) & (variance > 0).all(axis=-1))
    return np.where(usable[..., None, None], cor, np.nan), np.atleast_1d(usable)


def _start(stack: FloatArray) -> FloatArray:
    """1 - squared multiple correlations ``(b, p)``; one half where there are none."""
    values, vectors = np.linalg.eigh(stack)
    safe = values[:, 0] > 1e-10
    inverse = np.einsum("bik,bk->bi", vectors**2, 1 / np.where(safe[:, None], values, 1.0))
    start = np.where(safe[:, None], 1 / inverse, 0.5)
    return np.clip(start, 2 * LOWEST, 1.0)


def _best(
    cor: FloatArray, usable: BoolArray, m: int, n_starts: int, loss: _Loss, *, log: bool
) -> tuple[FloatArray, FloatArray, BoolArray, IntArray, IntArray]:
    """Minimize from every start; psi, loss, convergence, steps and agreement of the best."""
    p = cor.shape[-1]
    stack = cor.reshape(-1, p, p)[usable.reshape(-1)]
    b = len(stack)
    first = _start(stack)[:, None]
    key = np.random.Philox(key=[_STARTS_KEY, p])
    others = np.random.Generator(key).uniform(0.1, 0.9, size=(n_starts - 1, p))
    starts = np.concatenate([first, np.broadcast_to(others, (b, *others.shape))], axis=1)
    low, high = (np.log(LOWEST), 0.0) if log else (LOWEST, 1.0)
    x, value, ended, steps = _newton(
        np.repeat(stack, n_starts, axis=0),
        (np.log(starts) if log else starts).reshape(-1, p),
        m,
        loss,
        (low, high),
    )
    x, value = x.reshape(b, n_starts, p), value.reshape(b, n_starts)
    ended, steps = ended.reshape(b, n_starts), steps.reshape(b, n_starts)
    # a start that did not converge is taken only where none did
    rank = np.where(ended, value, np.inf)
    none = ~ended.any(axis=1)
    rank[none] = value[none]
    rank = np.where(np.isnan(rank), np.inf, rank)
    # rounding must not choose between starts that found one minimum: the first of them is taken
    near = rank <= rank.min(axis=1, keepdims=True) + _SAME
    pick = np.argmax(near, axis=1)
    rows = np.arange(b)

    def spread(values: np.ndarray, fill: float | bool | int) -> Any:  # noqa: ANN401
        whole = np.full((usable.size, *values.shape[1:]), fill, dtype=values.dtype)
        whole[usable.reshape(-1)] = values
        return whole.reshape((*cor.shape[:-2], *values.shape[1:]))

    psi = x[rows, pick]
    return (
        spread(np.exp(psi) if log else psi, np.nan),
        spread(value[rows, pick], np.nan),
        spread(ended[rows, pick], False),
        spread(steps[rows, pick], 0),
        spread(np.sum(near & ended, axis=1), 0),
    )


def _newton(
    stack: FloatArray, x: FloatArray, m: int, loss: _Loss, bounds: tuple[float, float]
) -> tuple[FloatArray, FloatArray, BoolArray, IntArray]:
    """Newton's method within bounds, damped where a step would not go downhill."""
    b, p = x.shape
    low, high = bounds
    k = np.arange(p)
    found, best = x.copy(), np.full(b, np.nan)
    converged = np.zeros(b, dtype=bool)
    iterations = np.full(b, _STEPS, dtype=np.int64)
    active = np.arange(b)
    damping = np.zeros(b)
    value, gradient, hessian = loss(stack, x, m)
    for step in range(1, _STEPS + 1):
        # at a bound and pushed against it: held there in this step
        held = ((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0))
        free = np.where(held, 0.0, gradient)
        system = np.where(held[:, :, None] | held[:, None, :], 0.0, hessian)
        system[:, k, k] += held
        move = _step(system, free, damping)
        trial = np.clip(x - move, low, high)
        trial_value, trial_gradient, trial_hessian = loss(stack, trial, m)
        size = np.abs(trial - x).max(axis=1)
        slope = np.abs(free).max(axis=1)
        with np.errstate(invalid="ignore"):
            better = trial_value <= value + 1e-14 * (1 + np.abs(value))
        done = (slope <= _GRADIENT) | (better & (size <= _STEP) & (damping <= 1e-3))
        take = better
        x = np.where(take[:, None], trial, x)
        value = np.where(take, trial_value, value)
        gradient = np.where(take[:, None], trial_gradient, gradient)
        hessian = np.where(take[:, None, None], trial_hessian, hessian)
        damping = np.where(take, damping * 0.1 * (damping > 1e-6), np.maximum(10 * damping, 1e-3))
        stuck = damping > 1e8  # rounding leaves nothing to gain
        found[active], best[active] = x, value
        leave = done | stuck
        if leave.any():
            converged[active[done | (stuck & (slope <= 1e-6))]] = True
            iterations[active[leave]] = step
            stay = ~leave
            active = active[stay]
            if not len(active):
                break
            stack, x, value, gradient = stack[stay], x[stay], value[stay], gradient[stay]
            hessian, damping = hessian[stay], damping[stay]
    return found, best, converged, iterations


def _step(system: FloatArray, slope: FloatArray, damping: FloatArray) -> FloatArray:
    """Newton's step, downhill: negative curvatures are turned where the plain one climbs."""
    k = np.arange(slope.shape[1])
    largest = np.abs(system).max(axis=(1, 2))
    ridge = (1e-11 + damping) * largest
    damped = system.copy()
    damped[:, k, k] += ridge[:, None]
    move = np.asarray(np.linalg.solve(damped, slope[:, :, None])[:, :, 0], dtype=np.float64)
    climbs = np.flatnonzero(~(np.sum(move * slope, axis=1) > 0) & (slope != 0).any(axis=1))
    if len(climbs):
        curvature, directions = np.linalg.eigh(system[climbs])
        top = largest[climbs, None]
        curvature = np.maximum(np.abs(curvature), 1e-10 * top) + damping[climbs, None] * top
        along = np.einsum("bij,bi->bj", directions, slope[climbs]) / curvature
        move[climbs] = np.einsum("bij,bj->bi", directions, along)
    return move


def _least_squares(
    stack: FloatArray, psi: FloatArray, m: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Half the sum of squares of the eigenvalues of R - Psi that m factors leave.

    Derivatives of eigenvalues and of functions of a matrix: Magnus and Neudecker (1988), Matrix
    differential calculus; the second ones are a sum over pairs of eigenvectors.
    """
    k = np.arange(psi.shape[1])
    reduced = stack.copy()
    reduced[:, k, k] -= psi
    theta, w = np.linalg.eigh(reduced)  # ascending: the factors come last
    left = theta[:, :-m]
    rest, kept = w[:, :, :-m], w[:, :, -m:]
    value = np.sum(left * left, axis=1) / 2
    gradient = -np.einsum("bik,bk->bi", rest * rest, left)
    between = rest @ np.swapaxes(rest, 1, 2)
    hessian = between * between
    for j in range(m):
        share = left / _apart(left - theta[:, -m + j, None])
        product = (rest * share[:, None, :]) @ np.swapaxes(rest, 1, 2)
        hessian += 2 * product * (kept[:, :, j, None] * kept[:, None, :, j])
    return value, gradient, hessian


def _likelihood(
    stack: FloatArray, log_psi: FloatArray, m: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sum of theta - log theta - 1 over the eigenvalues of Psi^-1/2 R Psi^-1/2 that are left.

    The parameters are logarithms of the uniquenesses.
    """
    root = np.exp(log_psi / 2)
    theta, w = np.linalg.eigh(stack / (root[:, :, None] * root[:, None, :]))
    theta = np.maximum(theta, 1e-300)
    left = theta[:, :-m]
    rest, kept = w[:, :, :-m], w[:, :, -m:]
    value = np.sum(left - np.log(left) - 1, axis=1)
    gradient = -np.einsum("bik,bk->bi", rest * rest, left - 1)
    between = rest @ np.swapaxes(rest, 1, 2)
    hessian = between * ((rest * left[:, None, :]) @ np.swapaxes(rest, 1, 2))
    for j in range(m):
        own = theta[:, -m + j, None]
        share = (left - 1) / _apart(left - own) * (left + own)
        product = (rest * share[:, None, :]) @ np.swapaxes(rest, 1, 2)
        hessian += product * (kept[:, :, j, None] * kept[:, None, :, j])
    return value, gradient, hessian


def _apart(difference: FloatArray) -> FloatArray:
    """Differences of eigenvalues in ascending order, kept away from zero."""
    return np.minimum(difference, -1e-10)


def _axes(cor: FloatArray, psi: FloatArray, m: int) -> FloatArray:
    """Loadings ``(..., p, m)`` on the m largest axes of R - Psi, signed by their sums."""
    p = cor.shape[-1]
    reduced = cor - np.eye(p) * psi[..., None]
    good = np.asarray(np.isfinite(reduced).all(axis=(-1, -2)))
    theta, w = np.linalg.eigh(np.where(good[..., None, None], reduced, np.eye(p)))
    kept = np.sqrt(np.maximum(theta[..., : -m - 1 : -1], 0.0))
    loadings = w[..., :, : -m - 1 : -1] * kept[..., None, :]
    sign = np.where(loadings.sum(axis=-2, keepdims=True) < 0, -1.0, 1.0)
    return np.where(good[..., None, None], loadings * sign, np.nan)


def _off_diagonal(matrix: FloatArray) -> FloatArray:
    return matrix * (1 - np.eye(matrix.shape[-1]))


def _fit(
    cor: FloatArray,
    loadings: FloatArray,
    psi: FloatArray,
    loss: FloatArray,
    converged: BoolArray,
    iterations: IntArray,
    starts: int,
    agreeing: IntArray,
) -> Extraction:
    communality = np.sum(loadings * loadings, axis=-1)
    with np.errstate(invalid="ignore"):
        heywood = ((psi <= LOWEST * (1 + 1e-6)) | (communality >= 1 - LOWEST / 2)).any(axis=-1)
    return Extraction(
        loadings=loadings,
        uniquenesses=1 - communality,
        communality=communality,
        objective=loss[()],
        converged=converged[()],
        heywood=heywood[()],
        iterations=iterations[()],
        starts=starts,
        agreeing=agreeing[()],
    )
