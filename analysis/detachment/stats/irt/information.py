"""Item parameters in, what the items tell about theta out: curves, information, reliability."""

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_float
from detachment.stats.irt._likelihood import Grid, boundary_probability, log_probability


def _parameters(slopes: ArrayLike, intercepts: ArrayLike) -> FloatArray:
    """Slopes and intercepts side by side, ``(p, k)``; minus infinity beyond the categories."""
    a, d = np.atleast_1d(as_float(slopes)), np.atleast_2d(as_float(intercepts))
    if a.ndim != 1 or d.ndim != 2 or len(a) != len(d):
        raise ValueError(
            f"expected slopes (p,) and intercepts (p, k - 1), got {a.shape} and {d.shape}"
        )
    return np.concatenate([a[:, None], np.where(np.isnan(d), -np.inf, d)], axis=1)


def category_probability(slopes: ArrayLike, intercepts: ArrayLike, theta: ArrayLike) -> FloatArray:
    """Probability of each category of each item at each theta.

    Parameters
    ----------
    slopes
        Discriminations, ``(p,)``.
    intercepts
        Of the boundaries between categories, falling, ``(p, k - 1)``; NaN beyond an item's own.
    theta
        Levels of the trait, in its standard deviations, ``(q,)``.

    Returns
    -------
    FloatArray
        ``(q, p, k)``; each item's sum is 1, NaN beyond its categories. Samejima (1969),
        Psychometrika Monograph 17.

    Examples
    --------
    >>> category_probability([1.0], [[1.0, -1.0]], [0.0]).round(4).tolist()
    [[[0.2689, 0.4621, 0.2689]]]
    """
    parameters = _parameters(slopes, intercepts)
    at = np.atleast_1d(as_float(theta))
    chance = np.exp(log_probability(parameters, at))
    beyond = np.isneginf(parameters)
    beyond[:, 0] = np.isnan(parameters[:, 0])
    chance = np.where(beyond[:, :, None], np.nan, chance)
    return np.moveaxis(chance, 2, 0)


def item_information(slopes: ArrayLike, intercepts: ArrayLike, theta: ArrayLike) -> FloatArray:
    """Fisher information of each item at each theta; that of the test is their sum.

    Parameters
    ----------
    slopes, intercepts, theta
        As for :func:`category_probability`.

    Returns
    -------
    FloatArray
        ``(q, p)``; NaN for an item without a slope. With F_k the probability of category k or
        higher, a squared times the sum over k of P_k (1 - F_k - F_(k+1)) squared (Samejima, 1969).
        A score has the standard error 1 / sqrt(information). R: ``mirt::iteminfo``.

    Examples
    --------
    >>> item_information([2.0], [[0.0]], [0.0, 1.0]).round(4).tolist()
    [[1.0], [0.42]]
    """
    parameters = _parameters(slopes, intercepts)
    at = np.atleast_1d(as_float(theta))
    p = len(parameters)
    chance = np.exp(log_probability(parameters, at))
    curve = np.concatenate(
        [np.ones((p, 1, len(at))), boundary_probability(parameters, at), np.zeros((p, 1, len(at)))],
        axis=1,
    )
    score = 1 - curve[:, :-1] - curve[:, 1:]
    beyond = np.isneginf(parameters)
    inside = np.where(beyond[:, :, None], 0.0, chance * score**2)
    information: FloatArray = parameters[:, 0, None] ** 2 * inside.sum(axis=1)
    return information.T


def marginal_reliability(slopes: ArrayLike, intercepts: ArrayLike) -> float:
    """Share of the variance of theta that the items' scores recover, over a normal population.

    Parameters
    ----------
    slopes, intercepts
        As for :func:`category_probability`; items with NaN are left out.

    Returns
    -------
    float
        The mean of information / (information + 1) under the standard normal distribution: with a
        posterior variance of about 1 / (information + 1), one minus its mean. Green, Bock,
        Humphreys, Linn and Reckase (1984), Journal of Educational Measurement 21, 347-360; R:
        ``mirt::marginal_rxx``. NaN without items.

    Examples
    --------
    >>> round(marginal_reliability([2.0] * 10, [[1.0, -1.0]] * 10), 3)
    0.869
    """
    grid = Grid.of(241)
    each = item_information(slopes, intercepts, grid.theta)
    known = ~np.isnan(each[0])
    if not known.any():
        return np.nan
    total = each[:, known].sum(axis=1)
    return float(np.exp(grid.log_weight) @ (total / (total + 1)))
