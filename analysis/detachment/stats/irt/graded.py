"""Answers in ordered categories in, graded response model out: marginal maximum likelihood."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit

from detachment.stats._arrays import FloatArray, IntArray, as_columns
from detachment.stats.irt._likelihood import (
    Evaluation,
    Grid,
    Patterns,
    boundary_probability,
    evaluate,
    observed_information,
)

_STEPS = 500
_MEMORY = 12  # steps whose curvature is remembered
_NEWTON = 12
_CLOSE = 1e-12  # squared distance to the maximum, in standard errors, from which Newton takes over
_TOLERANCE = 1e-11
_STEEPEST = 40.0  # a slope beyond it grows without end: answers follow one another like copies
_FEWEST_NODES, _MOST_NODES = 61, 481


@dataclass(frozen=True, slots=True, eq=False)
class GradedResponse:
    """A graded response model of p items with at most k categories; theta is standard normal.

    Attributes
    ----------
    slopes, slopes_se
        Discriminations a in the logistic metric, ``(p,)``; their sum is not negative.
    intercepts, intercepts_se
        d of P(x >= category) = 1 / (1 + exp(-(a theta + d))), falling, ``(p, k - 1)``; NaN beyond
        an item's categories.
    thresholds, thresholds_se
        b = -d / a: theta at which that probability is a half, ``(p, k - 1)``.
    covariance
        Of slope and intercepts, item by item, ``(p k, p k)``; NaN beyond an item's categories.
        Standard errors come from it, those of thresholds by the delta method.
    categories
        Answers that the categories stand for, ``(p, k)``; NaN beyond. What nobody answered is no
        category.
    n
        People with at least one answer to an item that was used.
    n_parameters
        Slopes and intercepts estimated.
    loglik, aic, bic
        Of the answers to the items that were used.
    gradient
        Largest derivative of the log-likelihood, in units of its standard error.
    nodes
        Nodes of the quadrature, equally spaced from -6 to 6.
    iterations
        Evaluations of the likelihood.
    converged
        Whether a maximum was found: no direction leads upwards, and every direction leads down.
    """

    slopes: FloatArray
    slopes_se: FloatArray
    intercepts: FloatArray
    intercepts_se: FloatArray
    thresholds: FloatArray
    thresholds_se: FloatArray
    covariance: FloatArray
    categories: FloatArray
    n: int
    n_parameters: int
    loglik: float
    gradient: float
    nodes: int
    iterations: int
    converged: bool

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * self.n_parameters - 2 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the number of people."""
        return float(np.log(self.n)) * self.n_parameters - 2 * self.loglik if self.n else np.nan

    @property
    def used(self) -> IntArray:
        """Places of the items that have parameters."""
        return np.flatnonzero(np.isfinite(self.slopes))

    @property
    def parameters(self) -> FloatArray:
        """Slope and intercepts of the items used, ``(items, k)``; minus infinity beyond."""
        intercepts = self.intercepts[self.used]
        intercepts = np.where(np.isnan(intercepts), -np.inf, intercepts)
        return np.concatenate([self.slopes[self.used, None], intercepts], axis=1)


def graded_response(x: ArrayLike, *, nodes: int | None = None) -> GradedResponse:
    """Fit the graded response model by marginal maximum likelihood.

    Parameters
    ----------
    x
        Answers, ``(n, p)``, in categories whose order is that of the numbers; NaN is missing. Only
        categories that somebody used have parameters. With two categories an item this is the
        two-parameter logistic model.
    nodes
        Nodes of the quadrature from -6 to 6. By default 61, and more where the items together tell
        theta so well that a finer grid is needed.

    Returns
    -------
    GradedResponse
        NaN for items with fewer than two categories, and for all items where fewer than three are
        left. Where ``converged`` is False, the numbers are where the search stopped, without
        standard errors.

    Notes
    -----
    Samejima (1969), Psychometrika Monograph 17; marginal likelihood by quadrature as Bock and
    Aitkin (1981), Psychometrika 46, 443-459. Every step is the EM gradient step (one Newton step
    of the M step) with the quasi-Newton acceleration of Lange (1995), Statistica Sinica 5, 1-18;
    the last steps are Newton's with the observed information, from which the standard errors come
    (Louis, 1982, Journal of the Royal Statistical Society B 44, 226-233). A missing answer adds
    nothing to the likelihood, which is right where answers are missing at random. The model of R's
    ``ltm::grm(IRT.param = TRUE)`` and ``mirt::mirt(itemtype = "graded")``.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> theta = rng.normal(size=(2000, 1))
    >>> chance = 1 / (1 + np.exp(-(np.array([1.0, 1.5, 2.0, 1.0]) * theta)))
    >>> fit = graded_response(rng.random(chance.shape) < chance)
    >>> fit.converged, fit.slopes.round(1).tolist()
    (True, [1.0, 1.4, 2.0, 0.9])
    """
    x = as_columns(x)
    if x.ndim != 2:
        raise ValueError(f"the model takes one data set of shape (n, p), got {x.shape}")
    codes, categories = as_categories(x)
    number = np.sum(~np.isnan(categories), axis=1)
    used = np.flatnonzero(number >= 2)
    if len(used) < 3:
        return _nothing(x, categories)
    width = int(number[used].max())
    patterns = Patterns.of(codes[:, used])
    parameters = _start(patterns, number[used], width)
    size = nodes or _FEWEST_NODES
    search = _Search(patterns)
    while True:
        grid = Grid.of(size)
        parameters, converged = search.run(parameters, grid)
        finer = 2 * size - 1
        if nodes or not converged or finer > _MOST_NODES or _fine_enough(parameters, grid):
            break
        size = finer
    if parameters[:, 0].sum() < 0:
        parameters[:, 0] *= -1
    return _result(x, categories, used, patterns, parameters, grid, search, converged)


def as_categories(
    x: FloatArray, categories: FloatArray | None = None
) -> tuple[IntArray, FloatArray]:
    """Answers as categories from 0 (-1 where missing), and the answers these stand for.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.
    categories
        Answers that the categories stand for, ``(p, k)``, as found in other data: an answer that
        is none of them falls into the one below it, or the lowest. By default those in ``x``.

    Returns
    -------
    tuple
        ``(n, p)`` and ``(p, k)``, with NaN beyond an item's categories.

    Examples
    --------
    >>> codes, categories = as_categories(np.array([[1.0, 2.0], [5.0, np.nan], [1.0, 3.0]]))
    >>> codes.tolist(), categories.tolist()
    ([[0, 0], [1, -1], [0, 1]], [[1.0, 5.0], [2.0, 3.0]])
    """
    if categories is None:
        distinct = [np.unique(column[~np.isnan(column)]) for column in x.T]
        categories = np.full((len(distinct), max(map(len, distinct), default=0)), np.nan)
        for row, values in zip(categories, distinct, strict=True):
            row[: len(values)] = values
    codes = np.full(x.shape, -1, dtype=np.int64)
    for j, values in enumerate(categories):
        known = values[~np.isnan(values)]
        if len(known):
            place = np.maximum(np.searchsorted(known, x[:, j], side="right") - 1, 0)
            codes[:, j] = np.where(np.isnan(x[:, j]), -1, place)
    return codes, categories


def _start(patterns: Patterns, number: IntArray, width: int) -> FloatArray:
    """Slopes of 1 or -1 as the items go together, intercepts from the margins."""
    codes, counts = patterns.codes, patterns.counts[:, None]
    there = codes >= 0
    answered = np.sum(there * counts, axis=0)
    share = np.stack(
        [
            (np.sum((codes >= boundary) * counts, axis=0) + 0.5) / (answered + 1)
            for boundary in range(1, width)
        ],
        axis=1,
    )
    mean = np.sum(np.where(there, codes, 0) * counts, axis=0) / answered
    deviation = np.where(there, codes - mean, 0.0)
    product = deviation.T @ (deviation * counts)
    spread = np.sqrt(np.diagonal(product))
    first = np.linalg.eigh(product / np.outer(spread, spread))[1][:, -1]
    slopes = np.where(first * (1 if first.sum() >= 0 else -1) < 0, -1.0, 1.0)
    stretch = 1.2  # of a slope of 1: margins are flatter than curves
    intercepts = np.where(np.arange(1, width) < number[:, None], stretch * logit(share), -np.inf)
    return np.concatenate([slopes[:, None], intercepts], axis=1)


class _Search:
    """Climbs to the maximum: EM gradient steps with quasi-Newton acceleration, then Newton's."""

    def __init__(self, patterns: Patterns) -> None:
        self.patterns = patterns
        self.evaluations = 0
        self.decrement = np.inf
        self.inverse: FloatArray | None = None

    def run(self, parameters: FloatArray, grid: Grid) -> tuple[FloatArray, bool]:
        """Where the climb from ``parameters`` ends, and whether that is a maximum."""
        self.inverse = None
        here = self._evaluate(parameters, grid)
        changes: list[tuple[FloatArray, FloatArray, float]] = []
        for _ in range(_STEPS):
            direction = _two_loops(here.gradient, here.complete, changes)
            decrement = float(np.sum(here.gradient * direction))
            if decrement <= 0:  # a memory that misleads
                changes.clear()
                direction = _solve(here.complete, here.gradient)
                decrement = float(np.sum(here.gradient * direction))
            if decrement < _CLOSE or not np.isfinite(decrement):
                break
            moved = self._along(parameters, here, direction, decrement, grid)
            if moved is None:
                if not changes:
                    break
                changes.clear()
                continue
            after, there = moved
            step, change = _difference(after, parameters), here.gradient - there.gradient
            curvature = float(np.sum(step * change))
            if curvature > 0:
                changes.append((step, change, curvature))
                del changes[:-_MEMORY]
            parameters, here = after, there
            if np.abs(parameters[:, 0]).max() > _STEEPEST:
                return parameters, False
        return self._newton(parameters, here, grid)

    def _evaluate(self, parameters: FloatArray, grid: Grid) -> Evaluation:
        self.evaluations += 1
        return evaluate(self.patterns, parameters, grid)

    def _along(
        self,
        parameters: FloatArray,
        here: Evaluation,
        direction: FloatArray,
        decrement: float,
        grid: Grid,
    ) -> tuple[FloatArray, Evaluation] | None:
        """The first point on the way that is high enough; None where there is none."""
        length = _longest(parameters, direction)
        slack = 1e-13 * abs(here.loglik)
        for _ in range(40):
            after = parameters + length * direction
            there = self._evaluate(after, grid)
            if there.loglik >= here.loglik + 1e-4 * length * decrement - slack:
                return after, there
            length /= 2
        return None

    def _newton(
        self, parameters: FloatArray, here: Evaluation, grid: Grid
    ) -> tuple[FloatArray, bool]:
        """Steps with the observed information, whose inverse at the end gives standard errors."""
        free = np.isfinite(parameters).ravel()
        for _ in range(_NEWTON):
            information = observed_information(self.patterns, parameters, grid, here.complete)
            inside = information[np.ix_(free, free)]
            scale = np.sqrt(np.maximum(np.diagonal(inside), 1e-300))
            values, vectors = np.linalg.eigh(inside / np.outer(scale, scale))
            if not values[0] > 1e-10 * values[-1]:
                return parameters, False
            inverse = (vectors / values) @ vectors.T / np.outer(scale, scale)
            step = np.zeros(len(free))
            step[free] = inverse @ here.gradient.ravel()[free]
            self.decrement = float(step @ here.gradient.ravel())
            self.inverse = inverse
            if self.decrement < _TOLERANCE:
                return parameters, True
            moved = self._along(
                parameters, here, step.reshape(parameters.shape), self.decrement, grid
            )
            if moved is None:
                return parameters, self.decrement < 1e-8
            parameters, here = moved
            if np.abs(parameters[:, 0]).max() > _STEEPEST:
                return parameters, False
        return parameters, self.decrement < 1e-8


def _difference(after: FloatArray, before: FloatArray) -> FloatArray:
    """What was added; 0 where both are minus infinity."""
    finite = np.isfinite(before)
    return np.where(finite, np.where(finite, after, 0) - np.where(finite, before, 0), 0.0)


def _solve(complete: FloatArray, gradient: FloatArray) -> FloatArray:
    """Step of the EM gradient algorithm, item by item."""
    k = gradient.shape[1]
    scale = np.maximum(np.trace(complete, axis1=1, axis2=2), 1e-300)[:, None, None]
    ridged = complete + 1e-10 * scale * np.eye(k)
    step: FloatArray = np.linalg.solve(ridged, gradient[:, :, None])[:, :, 0]
    return step


def _two_loops(
    gradient: FloatArray,
    complete: FloatArray,
    changes: list[tuple[FloatArray, FloatArray, float]],
) -> FloatArray:
    """Direction of the limited-memory BFGS method, from the EM gradient step on."""
    direction = gradient.copy()
    shares = []
    for step, change, curvature in reversed(changes):
        share = float(np.sum(step * direction)) / curvature
        shares.append(share)
        direction = direction - share * change
    direction = _solve(complete, direction)
    for (step, change, curvature), share in zip(changes, reversed(shares), strict=True):
        direction = direction + (share - float(np.sum(change * direction)) / curvature) * step
    return direction


def _longest(parameters: FloatArray, direction: FloatArray) -> float:
    """Length of a step that keeps the intercepts in falling order, 1 at most."""
    intercepts, move = parameters[:, 1:], direction[:, 1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = intercepts[:, :-1] - intercepts[:, 1:]
        closing = move[:, 1:] - move[:, :-1]
        until = np.where(closing > 0, gap / closing, np.inf)
    steepest = float(np.abs(direction[:, 0]).max(initial=1e-300))
    return min(1.0, 0.9 * float(np.nanmin(until, initial=np.inf)), 2.0 / steepest)


def _fine_enough(parameters: FloatArray, grid: Grid) -> bool:
    """Whether the nodes are no farther apart than the narrowest posterior is wide.

    The rectangle rule is then right to 3e-9 for a normal curve of that width.
    """
    curve = boundary_probability(parameters, grid.theta)
    # an upper bound of the test information: that of categories as fine as can be
    most = np.sum(parameters[:, 0, None] ** 2 * (curve * (1 - curve)).sum(axis=1), axis=0).max()
    return bool((grid.theta[1] - grid.theta[0]) ** 2 * (1 + most) <= 1)


def _result(
    x: FloatArray,
    categories: FloatArray,
    used: IntArray,
    patterns: Patterns,
    parameters: FloatArray,
    grid: Grid,
    search: _Search,
    converged: bool,
) -> GradedResponse:
    p, k = x.shape[1], parameters.shape[1]
    full = np.full((p, k), np.nan)
    full[used] = np.where(np.isfinite(parameters), parameters, np.nan)
    covariance = np.full((p * k, p * k), np.nan)
    if converged and search.inverse is not None:
        places = np.flatnonzero(np.isfinite(full).ravel())
        covariance[np.ix_(places, places)] = search.inverse
    blocks = covariance.reshape(p, k, p, k)[np.arange(p), :, np.arange(p), :]
    variance = np.diagonal(blocks, axis1=1, axis2=2)
    slope, intercepts = full[:, :1], full[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        thresholds = -intercepts / slope
        about = variance[:, 1:] + thresholds**2 * variance[:, :1]
        about = (about + 2 * thresholds * blocks[:, 0, 1:]) / slope**2
        errors, of_thresholds = np.sqrt(variance), np.sqrt(about)
    return GradedResponse(
        slopes=full[:, 0],
        slopes_se=errors[:, 0],
        intercepts=intercepts,
        intercepts_se=errors[:, 1:],
        thresholds=thresholds,
        thresholds_se=of_thresholds,
        covariance=covariance,
        categories=categories,
        n=int(patterns.counts.sum()),
        n_parameters=int(np.isfinite(parameters).sum()),
        loglik=evaluate(patterns, parameters, grid).loglik,
        gradient=float(np.sqrt(max(search.decrement, 0.0))),
        nodes=len(grid.theta),
        iterations=search.evaluations,
        converged=converged,
    )


def _nothing(x: FloatArray, categories: FloatArray) -> GradedResponse:
    p, k = x.shape[1], max(categories.shape[1], 2)
    none, each = np.full(p, np.nan), np.full((p, k - 1), np.nan)
    return GradedResponse(
        slopes=none,
        slopes_se=none,
        intercepts=each,
        intercepts_se=each,
        thresholds=each,
        thresholds_se=each,
        covariance=np.full((p * k, p * k), np.nan),
        categories=categories,
        n=int((~np.isnan(x)).any(axis=1).sum()),
        n_parameters=0,
        loglik=np.nan,
        gradient=np.nan,
        nodes=0,
        iterations=0,
        converged=False,
    )
