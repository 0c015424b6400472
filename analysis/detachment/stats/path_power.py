"""Power of actor and partner effects, and of an indirect effect; exact formulas and simulation.

Variables are standard normal. A study of dyads counts couples: each has two people, a predictor of
each and an outcome of each.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from detachment.stats._arrays import FloatArray, as_float
from detachment.stats._draws import seed_of
from detachment.stats.power import slope_power, t_test_power

_KEYED = 50  # data sets drawn from one key; part of the definition of the random numbers


@np.errstate(all="ignore")
def apim_power(
    actor: ArrayLike,
    partner: ArrayLike,
    n: ArrayLike,
    *,
    icc_x: ArrayLike = 0.0,
    icc_residual: ArrayLike = 0.0,
    distinguishable: bool = False,
    significance: ArrayLike = 0.05,
) -> tuple[FloatArray, FloatArray]:
    """Power of the actor and of the partner effect in an actor-partner interdependence model.

    Parameters
    ----------
    actor, partner
        Standardised effects on one member's outcome, ``(...)``.
    n
        Couples.
    icc_x
        Correlation of the partners' predictors.
    icc_residual
        Correlation of the partners' residuals. It changes nothing where members are
        distinguishable, whose outcomes have an equation each.
    distinguishable
        Whether the effects are those of one role, estimated from the n members in it, or the same
        for both members, estimated from all 2 n.
    significance
        Level of the two-sided test.

    Returns
    -------
    tuple of FloatArray
        Power of the actor and of the partner effect, ``(...)``. Distinguishable: exact for normal
        predictors (least squares, which is maximum likelihood here). Indistinguishable: from the
        slopes of the couples' sums and differences, whose errors are independent, with Welch's
        degrees of freedom; nearly exact. NaN where the effects explain more than everything.

    Notes
    -----
    With icc_x = r and residual correlation e, both estimates have the variance
    s^2 / (4 n) ((1 + e) / (1 + r) + (1 - e) / (1 - r)), s^2 the residual variance.

    References
    ----------
    Kenny, D. A., Kashy, D. A., & Cook, W. L. (2006). *Dyadic Data Analysis*, chapter 7. Ackerman,
    R. A., & Kenny, D. A. (2016). *APIMPower* (application).

    Examples
    --------
    >>> a, p = apim_power(0.3, 0.15, 120, icc_x=0.3, icc_residual=0.3)
    >>> round(float(a), 3), round(float(p), 3)
    (0.999, 0.695)
    """
    a, p, n, r, e, level = np.broadcast_arrays(
        *(as_float(x) for x in (actor, partner, n, icc_x, icc_residual, significance))
    )
    residual = residual_variance(a, p, r)
    ok = (residual > 0) & (np.abs(r) < 1) & (np.abs(e) <= 1)
    residual = np.where(ok, residual, np.nan)
    if distinguishable:
        alone = np.sqrt((1 - r**2) / residual)
        return (
            slope_power(a * alone, n, predictors=2, significance=level),
            slope_power(p * alone, n, predictors=2, significance=level),
        )
    # the mean of 1 / a sum of squares, which has n - 1 degrees of freedom in the couples' sums
    of_sums = residual * (1 + e) / ((n - 3) * (1 + r))
    of_differences = residual * (1 - e) / ((n - 2) * (1 - r))
    variance = (of_sums + of_differences) / 4
    df = (of_sums + of_differences) ** 2 / (of_sums**2 / (n - 2) + of_differences**2 / (n - 1))
    ok &= n > 3
    nc = np.where(ok, 1 / np.sqrt(variance), np.nan)
    return t_test_power(a * nc, df, level), t_test_power(p * nc, df, level)


def residual_variance(actor: ArrayLike, partner: ArrayLike, icc_x: ArrayLike) -> FloatArray:
    """Variance of an outcome of variance 1 that two correlated predictors leave.

    Parameters
    ----------
    actor, partner
        Standardised slopes, ``(...)``.
    icc_x
        Correlation of the predictors.

    Returns
    -------
    FloatArray
        ``(...)``; 0 or less where the slopes cannot be. Cohen, J., Cohen, P., West, S. G., & Aiken,
        L. S. (2003). *Applied Multiple Regression/Correlation Analysis* (3rd ed.), chapter 3.

    Examples
    --------
    >>> round(float(residual_variance(0.3, 0.2, 0.5)), 3)
    0.81
    """
    a, p, r = as_float(actor), as_float(partner), as_float(icc_x)
    return as_float(1 - (a**2 + p**2 + 2 * a * p * r))[()]


@np.errstate(all="ignore")
def indirect_power(
    a: ArrayLike,
    b: ArrayLike,
    n: ArrayLike,
    *,
    direct: ArrayLike = 0.0,
    significance: ArrayLike = 0.05,
) -> FloatArray:
    """Power of the test of joint significance of an indirect effect a b.

    Parameters
    ----------
    a, b, direct
        Standardised paths from cause to mediator, from mediator to outcome given the cause, and
        from cause to outcome given the mediator, ``(...)``.
    n
        People.
    significance
        Level of both two-sided tests.

    Returns
    -------
    FloatArray
        ``(...)``: the product of the exact powers of both paths, which are nearly independent. NaN
        where the paths explain more than everything.

    References
    ----------
    Fritz, M. S., & MacKinnon, D. P. (2007). *Psychological Science, 18*, 233-239. Cohen, J., &
    Cohen, P. (1983). *Applied Multiple Regression/Correlation Analysis* (2nd ed.), p. 366.

    Examples
    --------
    >>> round(float(indirect_power(0.39, 0.39, 74)), 3)
    0.838
    """
    a, b, c = (as_float(x) for x in (a, b, direct))
    left = residual_variance(b, c, a)
    left = np.where((left > 0) & (np.abs(a) < 1), left, np.nan)
    of_a = slope_power(a / np.sqrt(1 - a**2), n, significance=significance)
    of_b = slope_power(b * np.sqrt((1 - a**2) / left), n, predictors=2, significance=significance)
    return as_float(of_a * of_b)[()]


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPower:
    """Shares of simulated data sets in which a test is significant.

    Attributes
    ----------
    power
        ``(tests,)``.
    error
        Monte-Carlo standard error of each, ``(tests,)``; never 0, as if one more data set had gone
        the other way.
    n_sim
        Data sets.
    """

    power: FloatArray
    error: FloatArray
    n_sim: int


def simulated_power(
    p_values: Callable[[np.random.Generator, int], FloatArray],
    *,
    n_sim: int = 2000,
    significance: float = 0.05,
    rng: int | np.random.Generator = 1,
) -> SimulatedPower:
    """Draw data sets, test each, and count how often a test is significant.

    Parameters
    ----------
    p_values
        From a generator and a number of data sets to their p values, ``(data sets, tests)``; such
        as :func:`apim_p_values` makes.
    n_sim
        Data sets.
    significance
        Level of the tests.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    SimulatedPower

    References
    ----------
    Morris, T. P., White, I. R., & Crowther, M. J. (2019). *Statistics in Medicine, 38*, 2074-2102.

    Examples
    --------
    >>> found = simulated_power(correlation_p_values(0.3, 80), n_sim=500)
    >>> bool(abs(found.power[0] - 0.783) < 4 * found.error[0])
    True
    """
    seed = seed_of(rng)
    found = []
    for start in range(0, n_sim, _KEYED):
        generator = np.random.Generator(np.random.Philox(key=[seed, start // _KEYED]))
        drawn = p_values(generator, _KEYED)[: n_sim - start]
        found.append(np.sum(drawn <= significance, axis=0))
    power = np.sum(found, axis=0) / n_sim
    shown = np.clip(power, 1 / (n_sim + 1), n_sim / (n_sim + 1))
    return SimulatedPower(power=power, error=np.sqrt(shown * (1 - shown) / n_sim), n_sim=n_sim)


def correlation_p_values(r: float, n: int) -> Callable[[np.random.Generator, int], FloatArray]:
    """Data sets of n people and two normal variables, and the t test of their correlation.

    Parameters
    ----------
    r
        True correlation.
    n
        People.

    Returns
    -------
    callable
        For :func:`simulated_power`, one test. Fisher, R. A. (1915). *Biometrika, 10*, 507-521.

    Examples
    --------
    >>> correlation_p_values(0.3, 80)(np.random.default_rng(1), 2).shape
    (2, 1)
    """

    def draw(rng: np.random.Generator, count: int) -> FloatArray:
        x, e = rng.standard_normal((2, count, n))
        return _slope_p([x], r * x + np.sqrt(1 - r**2) * e)[:, :1]

    return draw


def mean_p_values(
    noncentrality: float, df: int
) -> Callable[[np.random.Generator, int], FloatArray]:
    """Sufficient statistics of data sets of normal answers, and the t test of a difference.

    Parameters
    ----------
    noncentrality
        True difference over its true standard error.
    df
        Degrees of freedom of the estimated variance.

    Returns
    -------
    callable
        For :func:`simulated_power`, one test. Student (1908). *Biometrika, 6*, 1-25.

    Examples
    --------
    >>> mean_p_values(2.0, 62)(np.random.default_rng(1), 3).shape
    (3, 1)
    """

    def draw(rng: np.random.Generator, count: int) -> FloatArray:
        t = (noncentrality + rng.standard_normal(count)) / np.sqrt(rng.chisquare(df, count) / df)
        return as_float(2 * stdtr(df, -np.abs(t)))[:, None]

    return draw


def apim_p_values(
    actor: float,
    partner: float,
    n: int,
    *,
    icc_x: float = 0.0,
    icc_residual: float = 0.0,
    distinguishable: bool = False,
) -> Callable[[np.random.Generator, int], FloatArray]:
    """Data sets of n couples, and the tests of the actor and of the partner effect.

    Parameters
    ----------
    actor, partner, n, icc_x, icc_residual, distinguishable
        As for :func:`apim_power`.

    Returns
    -------
    callable
        For :func:`simulated_power`; tests of the actor and of the partner effect. Distinguishable:
        least squares of one role's outcome. Indistinguishable: least squares of the couples' sums
        and differences, with Welch's degrees of freedom. Kenny, D. A., Kashy, D. A., & Cook, W. L.
        (2006). *Dyadic Data Analysis*, chapter 7.

    Examples
    --------
    >>> apim_p_values(0.3, 0.1, 50, icc_x=0.3)(np.random.default_rng(1), 2).shape
    (2, 2)
    """
    spread = np.sqrt(residual_variance(actor, partner, icc_x))

    def draw(rng: np.random.Generator, count: int) -> FloatArray:
        x, other, e, f = rng.standard_normal((4, count, n))
        other = icc_x * x + np.sqrt(1 - icc_x**2) * other
        f = icc_residual * e + np.sqrt(1 - icc_residual**2) * f
        y = actor * x + partner * other + spread * e
        if distinguishable:
            return _slope_p([x, other], y)
        also = actor * other + partner * x + spread * f
        return _pooled_p(x, other, y, also)

    return draw


def indirect_p_values(
    a: float, b: float, n: int, *, direct: float = 0.0
) -> Callable[[np.random.Generator, int], FloatArray]:
    """Data sets of n people, and the test of joint significance of an indirect effect.

    Parameters
    ----------
    a, b, n, direct
        As for :func:`indirect_power`.

    Returns
    -------
    callable
        For :func:`simulated_power`, one test: the larger p of both paths. Fritz, M. S., &
        MacKinnon, D. P. (2007). *Psychological Science, 18*, 233-239.

    Examples
    --------
    >>> indirect_p_values(0.3, 0.3, 60)(np.random.default_rng(1), 2).shape
    (2, 1)
    """
    spread = np.sqrt(residual_variance(b, direct, a))

    def draw(rng: np.random.Generator, count: int) -> FloatArray:
        x, m, e = rng.standard_normal((3, count, n))
        m = a * x + np.sqrt(1 - a**2) * m
        y = b * m + direct * x + spread * e
        of_a, of_b = _slope_p([x], m)[:, 0], _slope_p([m, x], y)[:, 0]
        return np.maximum(of_a, of_b)[:, None]

    return draw


def _slope_p(predictors: list[FloatArray], y: FloatArray) -> FloatArray:
    """P of each slope of least squares with an intercept; ``(data sets, predictors)``."""
    x = np.stack(predictors, axis=1)
    x = x - x.mean(axis=-1, keepdims=True)
    y = y - y.mean(axis=-1, keepdims=True)
    inverse = np.linalg.inv(x @ x.swapaxes(1, 2))
    slope = (inverse @ (x @ y[..., None]))[..., 0]
    residual = y - (slope[:, None, :] @ x)[:, 0]
    df = y.shape[-1] - len(predictors) - 1
    variance = np.sum(residual**2, axis=-1) / df
    error = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2) * variance[:, None])
    return as_float(2 * stdtr(df, -np.abs(slope / error)))


def _pooled_p(x: FloatArray, other: FloatArray, y: FloatArray, also: FloatArray) -> FloatArray:
    """P of the actor and of the partner effect of exchangeable members, ``(data sets, 2)``."""
    n = x.shape[-1]

    def slope(u: FloatArray, v: FloatArray, df: int) -> tuple[FloatArray, FloatArray]:
        square = np.sum(u * u, axis=-1)
        b = np.sum(u * v, axis=-1) / square
        return b, np.sum((v - b[:, None] * u) ** 2, axis=-1) / df / square

    sums = [z - z.mean(axis=-1, keepdims=True) for z in (x + other, y + also)]
    total, of_total = slope(sums[0], sums[1], n - 2)
    apart, of_apart = slope(x - other, y - also, n - 1)
    variance = (of_total + of_apart) / 4
    df = (of_total + of_apart) ** 2 / (of_total**2 / (n - 2) + of_apart**2 / (n - 1))
    t = np.stack([total + apart, total - apart], axis=-1) / 2 / np.sqrt(variance)[:, None]
    return as_float(2 * stdtr(df[:, None], -np.abs(t)))
