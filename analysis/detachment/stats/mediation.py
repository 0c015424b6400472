"""Direct and indirect effects, as functions of covariances: one matrix or many at a time.

A model of paths has coefficients (of three kinds of regressions) that follow from the covariance
matrix, and effects that are products and sums of coefficients. A bootstrap gives stacks of
covariance matrices, a Monte Carlo interval stacks of coefficients; both then ask the same function.
"""

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detachment.stats._arrays import FloatArray, as_square, diagonal
from detachment.stats.regression import regression_slopes, slope_gradients

Metric = Literal["raw", "outcome", "all"]
Kind = Literal["total", "direct", "total_indirect", "indirect", "contrast", "proportion"]
MOST_ROUTES = 7  # with more, contrasts would be the most of the table


@dataclass(frozen=True, slots=True)
class PathModel:
    """Which variable of a covariance matrix is what.

    Attributes
    ----------
    causes, mediators, controls
        Places of the variables. Every cause is held constant for the others; controls are in every
        equation.
    outcome
        Place of the outcome.
    serial
        Whether each mediator also leads to those named after it.
    """

    causes: tuple[int, ...]
    mediators: tuple[int, ...]
    outcome: int
    controls: tuple[int, ...] = ()
    serial: bool = False

    @property
    def routes(self) -> tuple[tuple[int, ...], ...]:
        """Mediators (by number) on each way from a cause to the outcome."""
        m = len(self.mediators)
        lengths = range(1, m + 1) if self.serial else range(1, 2)
        return tuple(route for length in lengths for route in combinations(range(m), length))

    @property
    def equations(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Outcome and predictors of each regression: the mediators in order, then the outcome."""
        before = [self.mediators[:j] if self.serial else () for j in range(len(self.mediators))]
        return (
            *(
                (place, (*self.causes, *earlier, *self.controls))
                for place, earlier in zip(self.mediators, before, strict=True)
            ),
            (self.outcome, (*self.causes, *self.mediators, *self.controls)),
        )

    @property
    def effects(self) -> tuple["MediationEffect", ...]:
        """What :func:`mediation_effects` gives, in order."""
        routes = range(len(self.routes))
        pairs = list(combinations(routes, 2)) if 1 < len(routes) <= MOST_ROUTES else []
        found: list[MediationEffect] = []
        for metric in ("raw", "outcome", "all"):
            for cause in range(len(self.causes)):
                found += [
                    MediationEffect(metric, cause, kind)
                    for kind in ("total", "direct", "total_indirect")
                ]
                found += [MediationEffect(metric, cause, "indirect", (route,)) for route in routes]
                found += [MediationEffect(metric, cause, "contrast", pair) for pair in pairs]
                if metric == "raw":
                    found.append(MediationEffect(metric, cause, "proportion"))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class MediationEffect:
    """One number of a mediation.

    Attributes
    ----------
    metric
        ``raw``; in standard deviations of the ``outcome``; or of the cause too (``all``).
    cause
        Which cause, by number.
    kind
        What it is of that cause.
    routes
        Which routes, by number: one of an indirect effect, the two of a contrast.
    """

    metric: Metric
    cause: int
    kind: Kind
    routes: tuple[int, ...] = ()


def path_coefficients(cov: ArrayLike, model: PathModel) -> FloatArray:
    """Coefficients of every equation, and the standard deviations of causes and outcome.

    Parameters
    ----------
    cov
        Covariances, (..., p, p).
    model
        Which variable is what.

    Returns
    -------
    FloatArray
        (..., t): of each mediator the slopes on the causes (and, in a chain, on the mediators
        before it), of the outcome those on causes and mediators, then the standard deviations.
        NaN where predictors are collinear or constant.

    Examples
    --------
    >>> S = [[1.0, 0.5, 0.4], [0.5, 1, 0.6], [0.4, 0.6, 1]]
    >>> path_coefficients(S, PathModel(causes=(0,), mediators=(1,), outcome=2)).round(3).tolist()
    [0.5, 0.133, 0.533, 1.0, 1.0]
    """
    cov = as_square(cov)
    parts = []
    for outcome, predictors in model.equations:
        slopes = regression_slopes(cov, outcome, predictors)
        parts.append(slopes[..., : len(predictors) - len(model.controls)])
    places = [*model.causes, model.outcome]
    with np.errstate(invalid="ignore"):
        return np.concatenate([*parts, np.sqrt(diagonal(cov)[..., places])], axis=-1)


def path_gradients(cov: ArrayLike, model: PathModel) -> tuple[FloatArray, FloatArray]:
    """As :func:`path_coefficients` of one matrix, (t,), with gradients in it, (t, p, p).

    Examples
    --------
    >>> S = [[1.0, 0.5, 0.4], [0.5, 1, 0.6], [0.4, 0.6, 1]]
    >>> found, gradients = path_gradients(S, PathModel(causes=(0,), mediators=(1,), outcome=2))
    >>> gradients.shape
    (5, 3, 3)
    """
    cov = as_square(cov)
    parts = []
    for outcome, predictors in model.equations:
        gradients = slope_gradients(cov, outcome, predictors)[1]
        parts.append(gradients[: len(predictors) - len(model.controls)])
    places = [*model.causes, model.outcome]
    spread = np.zeros((len(places), *cov.shape))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread[range(len(places)), places, places] = 0.5 / np.sqrt(diagonal(cov)[places])
    return path_coefficients(cov, model), np.concatenate([*parts, spread])


def mediation_effects(coefficients: NDArray[np.inexact], model: PathModel) -> NDArray[np.inexact]:
    """Total, direct and indirect effects from the coefficients.

    Parameters
    ----------
    coefficients
        (..., t) of :func:`path_coefficients`.
    model
        Which variable is what.

    Returns
    -------
    ndarray
        (..., e), in the order of ``model.effects``.

    References
    ----------
    MacKinnon, D. P. (2008). *Introduction to Statistical Mediation Analysis*. Hayes, A. F. (2018).
    *Introduction to Mediation, Moderation, and Conditional Process Analysis* (models 4 and 6).
    Standardized forms: Miočević, M., et al. (2018). *Multivariate Behavioral Research, 53*, 1-16.

    Examples
    --------
    >>> model = PathModel(causes=(0,), mediators=(1,), outcome=2)
    >>> found = mediation_effects(np.array([0.5, 0.1, 0.6, 1.0, 2.0]), model)
    >>> dict(zip([e.kind for e in model.effects[:5]], found.round(3).tolist()))
    {'total': 0.4, 'direct': 0.1, 'total_indirect': 0.3, 'indirect': 0.3, 'proportion': 0.75}
    """
    q, m = len(model.causes), len(model.mediators)
    at = 0
    to_mediator, between = [], {}
    for j in range(m):
        to_mediator.append(coefficients[..., at : at + q])
        at += q
        if model.serial:
            for earlier in range(j):
                between[earlier, j] = coefficients[..., at + earlier, None]
            at += j
    direct, b = coefficients[..., at : at + q], coefficients[..., at + q : at + q + m]
    sd, sd_outcome = coefficients[..., at + q + m : -1], coefficients[..., -1:]
    indirect = []
    for route in model.routes:
        product: NDArray[np.inexact] = to_mediator[route[0]]
        for step in pairwise(route):
            product = product * between[step]
        indirect.append(product * b[..., route[-1], None])
    together = sum(indirect[1:], indirect[0])
    total = direct + together
    none = np.abs(total) <= 1e-12 * (np.abs(direct) + np.abs(together))  # nothing to divide
    made = {"total": total, "direct": direct, "total_indirect": together}
    with np.errstate(divide="ignore", invalid="ignore"):
        units: dict[Metric, Any] = {"raw": 1.0, "outcome": 1.0 / sd_outcome, "all": sd / sd_outcome}
        columns = []
        value: NDArray[np.inexact]
        for effect in model.effects:
            if effect.kind == "proportion":
                value = together / np.where(none, np.nan, total)
            elif effect.kind == "indirect":
                value = indirect[effect.routes[0]]
            elif effect.kind == "contrast":
                value = indirect[effect.routes[0]] - indirect[effect.routes[1]]
            else:
                value = made[effect.kind]
            columns.append((value * units[effect.metric])[..., effect.cause])
    return np.stack(columns, axis=-1)


def effect_covariance(coefficients: ArrayLike, cov: ArrayLike, model: PathModel) -> FloatArray:
    """Covariance of the effects by the delta method.

    Parameters
    ----------
    coefficients
        (t,).
    cov
        Their covariance, (t, t).
    model
        Which variable is what.

    Returns
    -------
    FloatArray
        (e, e).

    Notes
    -----
    Derivatives by complex steps, which are exact: effects are sums, products and quotients
    (Squire & Trapp, 1998, *SIAM Review, 40*, 110-112).

    References
    ----------
    Sobel, M. E. (1982). *Sociological Methodology, 13*, 290-312. R: ``lavaan`` with ``:=``.

    Examples
    --------
    >>> model = PathModel(causes=(0,), mediators=(1,), outcome=2)
    >>> V = np.diag([0.01, 0.01, 0.04, 0, 0])
    >>> found = effect_covariance([0.5, 0.1, 0.6, 1.0, 2.0], V, model)
    >>> float(found[3, 3].round(6))  # 0.6**2 * 0.01 + 0.5**2 * 0.04
    0.0136
    """
    at = np.asarray(coefficients, dtype=np.float64)
    step = 1e-30
    moved = at + 1j * step * np.eye(len(at))
    slopes = mediation_effects(moved, model).imag.T / step
    found: FloatArray = slopes @ np.asarray(cov, dtype=np.float64) @ slopes.T
    return found


def monte_carlo_effects(
    coefficients: ArrayLike, cov: ArrayLike, model: PathModel, *, n_draws: int, seed: int
) -> FloatArray:
    """Effects of coefficients drawn from their normal distribution, (n_draws, e).

    Parameters
    ----------
    coefficients, cov
        (t,) and (t, t).
    model
        Which variable is what.
    n_draws, seed
        How many, and from where.

    References
    ----------
    Preacher, K. J., & Selig, J. P. (2012). *Communication Methods and Measures, 6*, 77-98. R:
    ``semTools::monteCarloCI``.

    Examples
    --------
    >>> model = PathModel(causes=(0,), mediators=(1,), outcome=2)
    >>> V = np.diag([0.01, 0.01, 0.04, 0, 0])
    >>> draws = monte_carlo_effects([0.5, 0.1, 0.6, 1.0, 2.0], V, model, n_draws=9, seed=1)
    >>> draws.shape
    (9, 13)
    """
    at, V = np.asarray(coefficients, dtype=np.float64), np.asarray(cov, dtype=np.float64)
    if not np.isfinite(V).all():
        return np.full((n_draws, len(model.effects)), np.nan)
    values, vectors = np.linalg.eigh(V)
    vectors = vectors * np.sign(vectors[np.argmax(np.abs(vectors), axis=0), range(len(at))])
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    generator = np.random.Generator(np.random.Philox(key=[seed, 0]))
    drawn = at + generator.standard_normal((n_draws, len(at))) @ root.T
    return np.asarray(mediation_effects(drawn, model), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class ProductTests:
    """Normal tests of products a * b.

    Attributes
    ----------
    estimate
        a * b, (...).
    sobel, aroian
        Standard errors, (...): of first order, and with the second-order term.
    """

    estimate: FloatArray
    sobel: FloatArray
    aroian: FloatArray


def product_tests(a: ArrayLike, se_a: ArrayLike, b: ArrayLike, se_b: ArrayLike) -> ProductTests:
    """Standard errors of a product of two independent estimates, by Sobel and by Aroian.

    Parameters
    ----------
    a, se_a, b, se_b
        Coefficients and their standard errors, of shapes that go together.

    Returns
    -------
    ProductTests

    References
    ----------
    Sobel, M. E. (1982). *Sociological Methodology, 13*, 290-312. Aroian, L. A. (1947). *Annals of
    Mathematical Statistics, 18*, 265-271.

    Examples
    --------
    >>> tests = product_tests(0.5, 0.1, 0.6, 0.2)
    >>> round(float(tests.sobel), 4), round(float(tests.aroian), 4)
    (0.1166, 0.1183)
    """
    a, se_a, b, se_b = (np.asarray(one, dtype=np.float64) for one in (a, se_a, b, se_b))
    first = (a * se_b) ** 2 + (b * se_a) ** 2
    return ProductTests(
        estimate=a * b, sobel=np.sqrt(first), aroian=np.sqrt(first + (se_a * se_b) ** 2)
    )
