"""Answers and item parameters in, one theta a person out, with its standard error."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from detachment.stats._arrays import FloatArray, IntArray, as_columns
from detachment.stats.irt._likelihood import Grid, Patterns, blocks, posterior
from detachment.stats.irt.graded import GradedResponse, as_categories

ScoreMethod = Literal["eap", "map", "ml"]

_FAR = 30.0  # a likelihood that still rises there has no maximum
_STEPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class PersonScores:
    """Theta of n people.

    Attributes
    ----------
    theta
        ``(n,)``; NaN for people without an answer, and for ``ml`` plus or minus infinity for those
        whose answers are all at one end.
    se
        Its standard error, ``(n,)``; NaN where theta is not finite.
    """

    theta: FloatArray
    se: FloatArray


def person_scores(
    fit: GradedResponse, x: ArrayLike, *, method: ScoreMethod = "eap"
) -> PersonScores:
    """Score people with the parameters of a graded response model.

    Parameters
    ----------
    fit
        From :func:`detachment.stats.irt.graded.graded_response`, of these people or of others.
    x
        Answers to the same items, ``(n, p)``; NaN is missing and tells nothing. An answer that
        nobody gave when the model was fitted counts as the category below it.
    method
        ``eap``: mean and standard deviation of the posterior under a standard normal distribution.
        ``map``: its maximum, and the curvature there. ``ml``: the maximum of the likelihood alone.

    Returns
    -------
    PersonScores

    Raises
    ------
    ValueError
        For another method, or answers to another number of items.

    Notes
    -----
    Bock and Mislevy (1982), Applied Psychological Measurement 6, 431-444 (eap); Samejima (1969).
    The likelihood has one maximum, as every category's log-probability bends down everywhere.
    R: ``mirt::fscores(method = "EAP")`` and ``"MAP"``, ``"ML"``.

    Examples
    --------
    >>> from detachment.stats.irt.graded import graded_response
    >>> rng = np.random.default_rng(5)
    >>> theta = rng.normal(size=(500, 1))
    >>> latent = theta + rng.logistic(size=(500, 6)) / 2
    >>> x = np.digitize(latent, [-1.0, 0.5])
    >>> scores = person_scores(graded_response(x), x)
    >>> round(float(np.corrcoef(scores.theta, theta[:, 0])[0, 1]), 1)
    0.9
    """
    if method not in ("eap", "map", "ml"):
        raise ValueError(f"method of scoring must be eap, map or ml, not {method!r}")
    x = as_columns(x)
    if x.ndim != 2 or x.shape[1] != len(fit.slopes):
        raise ValueError(f"expected answers of shape (n, {len(fit.slopes)}), got {x.shape}")
    if not len(fit.used) or not len(x):
        return PersonScores(np.full(len(x), np.nan), np.full(len(x), np.nan))
    codes = as_categories(x[:, fit.used], fit.categories[fit.used])[0]
    patterns = Patterns.of(codes)
    grid = Grid.of(fit.nodes)
    theta, se = np.empty(len(patterns.codes)), np.empty(len(patterns.codes))
    for block in blocks(patterns, fit.parameters.size + 4 * len(grid.theta)):
        part = patterns.codes[block]
        weights = posterior(part, fit.parameters, grid)[0]
        # sums of rows, not a product: a person's score must not depend on who else is there
        mean = np.sum(weights * grid.theta, axis=1)
        theta[block] = mean
        se[block] = np.sqrt(np.sum(weights * (grid.theta - mean[:, None]) ** 2, axis=1))
        if method != "eap":
            theta[block], se[block] = _maximum(part, fit.parameters, mean, float(method == "map"))
    nobody = patterns.counts == 0
    theta[nobody] = se[nobody] = np.nan
    return PersonScores(theta[patterns.inverse], se[patterns.inverse])


def _maximum(
    codes: IntArray, parameters: FloatArray, start: FloatArray, prior: float
) -> tuple[FloatArray, FloatArray]:
    """Where each pattern's log-posterior is highest, and 1 / sqrt(minus its curvature there)."""
    slopes = parameters[:, 0]
    low, high = np.full(len(codes), -_FAR), np.full(len(codes), _FAR)
    rises = _derivatives(codes, parameters, high, prior)[0] >= 0
    falls = _derivatives(codes, parameters, low, prior)[0] <= 0
    theta = start.copy()
    for _ in range(_STEPS):
        first, second = _derivatives(codes, parameters, theta, prior)
        low, high = np.where(first > 0, theta, low), np.where(first > 0, high, theta)
        with np.errstate(divide="ignore", invalid="ignore"):
            after = theta + first / second
        after = np.where((after > low) & (after < high), after, (low + high) / 2)
        moved = np.abs(after - theta)
        theta = after
        if moved.max(initial=0.0) < 1e-13 * _FAR:
            break
    second = _derivatives(codes, parameters, theta, prior)[1]
    nothing = (codes < 0).all(axis=1) | ~(slopes != 0).any()
    theta = np.where(rises, np.inf, np.where(falls, -np.inf, theta))
    with np.errstate(divide="ignore"):
        se = np.where(np.isfinite(theta) & ~nothing, 1 / np.sqrt(second), np.nan)
    return theta, se


def _derivatives(
    codes: IntArray, parameters: FloatArray, theta: FloatArray, prior: float
) -> tuple[FloatArray, FloatArray]:
    """First derivative of each pattern's log-posterior, and minus the second, ``(patterns,)``."""
    slopes = parameters[:, 0]
    ends = np.pad(parameters[:, 1:], ((0, 0), (1, 1)), constant_values=((0, 0), (np.inf, -np.inf)))
    items = np.arange(len(slopes))
    there = codes >= 0
    line = slopes * theta[:, None]
    # below the category, and above it: both vanish only where the category is certain
    below, above = expit(-line - ends[items, codes]), expit(line + ends[items, codes + 1])
    first = np.where(there, slopes * (below - above), 0.0).sum(axis=1) - prior * theta
    bend = slopes**2 * (below * (1 - below) + above * (1 - above))
    return first, np.where(there, bend, 0.0).sum(axis=1) + prior
