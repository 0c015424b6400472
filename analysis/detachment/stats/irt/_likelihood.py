"""The graded response model on a grid: log-probabilities, marginal likelihood, derivatives.

Items have their own numbers of categories; arrays are as wide as the largest. Of an item with k
categories the parameters are its slope and k - 1 intercepts, in falling order; the places beyond
are intercepts of minus infinity, whose categories have no answers.

With F_k = 1 / (1 + exp(-(a theta + d_k))) the probability of category k is F_k - F_(k+1). Written
as F_k (1 - F_(k+1)) (1 - exp(-(d_k - d_(k+1)))), its logarithm has no cancellation, a last term
that does not depend on theta, and no positive curvature anywhere: the complete-data likelihood has
one maximum, and its Hessian is a safe measure of distance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, log_expit

from detachment.stats._arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_BLOCK = 2**21  # numbers of the largest array held at a time; part of the definition of the sums


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Distinct rows of categories, in lexicographic order.

    Attributes
    ----------
    codes
        Category of each answer from 0, -1 where missing, ``(patterns, p)``.
    counts
        People with each pattern, ``(patterns,)``.
    inverse
        Pattern of each row, ``(n,)``; rows without any answer have their pattern too.
    """

    codes: IntArray
    counts: FloatArray
    inverse: IntArray

    @classmethod
    def of(cls, codes: IntArray) -> "Patterns":
        """Distinct rows of ``codes`` ``(n, p)``."""
        distinct, inverse, counts = np.unique(
            codes, axis=0, return_inverse=True, return_counts=True
        )
        answered = (distinct >= 0).any(axis=1)
        return cls(
            codes=distinct,
            counts=np.where(answered, counts, 0).astype(np.float64),
            inverse=inverse.reshape(-1).astype(np.int64),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Nodes of theta and their weights under the standard normal distribution, ``(q,)`` each."""

    theta: FloatArray
    log_weight: FloatArray

    @classmethod
    def of(cls, nodes: int, reach: float = 6.0) -> "Grid":
        """So many equally spaced nodes from -reach to reach."""
        theta = np.linspace(-reach, reach, nodes)
        log_weight = -0.5 * theta * theta
        return cls(theta, log_weight - np.log(np.exp(log_weight).sum()))


def boundary_probability(parameters: FloatArray, theta: FloatArray) -> FloatArray:
    """Probability of category k or higher, k = 1, 2, ..., ``(p, k - 1, q)``."""
    slopes, intercepts = parameters[:, 0], parameters[:, 1:]
    curve: FloatArray = expit(slopes[:, None, None] * theta + intercepts[:, :, None])
    return curve


def log_probability(parameters: FloatArray, theta: FloatArray) -> FloatArray:
    """Log-probability of every category, ``(p, k, q)``; 0 beyond an item's categories."""
    slopes, intercepts = parameters[:, 0], parameters[:, 1:]
    logit = slopes[:, None, None] * theta + intercepts[:, :, None]
    p, boundaries = intercepts.shape
    result = np.zeros((p, boundaries + 1, len(theta)))
    result[:, 1:] += log_expit(logit)
    result[:, :-1] += log_expit(-logit)
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = intercepts[:, :-1] - intercepts[:, 1:]
        within = np.log(-np.expm1(-gap))
    result[:, 1:-1] += within[:, :, None]
    result[:, 1:] = np.where(np.isfinite(intercepts)[:, :, None], result[:, 1:], 0.0)
    return result


def blocks(patterns: Patterns, width: int) -> Iterator[slice]:
    """Slices of the patterns, so that arrays of so many numbers a pattern stay small."""
    size = max(256, _BLOCK // width)
    for start in range(0, len(patterns.codes), size):
        yield slice(start, start + size)


def indicators(places: IntArray, columns: int) -> "csr_array":
    """Sparse matrix ``(patterns, columns)`` with ones in these columns of each row.

    Few of the columns are taken by one person, so that products with it cost a fraction of those
    with its dense form.
    """
    from scipy.sparse import csr_array

    rows, each = places.shape
    return csr_array(
        (np.ones(places.size), places.ravel(), np.arange(0, places.size + 1, each)),
        shape=(rows, columns),
    )


def _answers(codes: IntArray, categories: int) -> "csr_array":
    """Indicators of the answers, ``(patterns, p (k + 1))``; a missing one is a category too."""
    p = codes.shape[1]
    places = codes % (categories + 1) + (categories + 1) * np.arange(p)
    return indicators(places, p * (categories + 1))


def posterior(
    codes: IntArray, parameters: FloatArray, grid: Grid
) -> tuple[FloatArray, FloatArray, "csr_array"]:
    """Posterior weights of the nodes ``(patterns, q)``, log-likelihood of each pattern, indicators.

    Each row of the weights has the sum 1.
    """
    p, k = parameters.shape
    logs = np.zeros((p, k + 1, len(grid.theta)))
    logs[:, :-1] = log_probability(parameters, grid.theta)
    answered = _answers(codes, k)
    joint = answered @ logs.reshape(p * (k + 1), -1)
    joint += grid.log_weight
    most = joint.max(axis=1, keepdims=True)
    weights = np.exp(joint - most)
    total = weights.sum(axis=1, keepdims=True)
    weights /= total
    return weights, (most + np.log(total))[:, 0], answered


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The marginal log-likelihood at one point.

    Attributes
    ----------
    loglik
        Its value.
    gradient
        Derivatives by slope and intercepts, ``(p, k)``; 0 beyond an item's categories.
    complete
        Information of each item's parameters if theta were known, ``(p, k, k)``.
    """

    loglik: float
    gradient: FloatArray
    complete: FloatArray


def evaluate(patterns: Patterns, parameters: FloatArray, grid: Grid) -> Evaluation:
    """Marginal log-likelihood, its gradient (Fisher's identity) and the complete information."""
    p, k = parameters.shape
    expected = np.zeros((p * (k + 1), len(grid.theta)))
    loglik = 0.0
    for block in blocks(patterns, 2 * p + 3 * len(grid.theta)):
        counts = patterns.counts[block]
        weights, logs, answered = posterior(patterns.codes[block], parameters, grid)
        loglik += float(counts @ logs)
        expected += answered.T @ (weights * counts[:, None])
    gradient, complete = _complete_data(
        expected.reshape(p, k + 1, -1)[:, :-1], parameters, grid.theta
    )
    return Evaluation(loglik, gradient, complete)


def _gap_terms(intercepts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First derivative and minus the second of log(1 - exp(-gap)), for the inner categories."""
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        gap = intercepts[:, :-1] - intercepts[:, 1:]
        first = 1 / np.expm1(gap)
        second = first * (1 + first)
    there = np.isfinite(intercepts[:, 1:])
    return np.where(there, first, 0.0), np.where(there, second, 0.0)


def _complete_data(
    expected: FloatArray, parameters: FloatArray, theta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient ``(p, k)`` and information ``(p, k, k)`` of counts ``(p, k, q)`` at the nodes."""
    p, k = parameters.shape
    curve = boundary_probability(parameters, theta)
    above, both = expected[:, 1:], expected[:, 1:] + expected[:, :-1]
    residual = above - both * curve
    weight = both * curve * (1 - curve)
    first, second = _gap_terms(parameters[:, 1:])
    inner = expected[:, 1:-1].sum(axis=2)
    gradient = np.zeros((p, k))
    gradient[:, 0] = residual.sum(axis=1) @ theta
    gradient[:, 1:] = residual.sum(axis=2)
    gradient[:, 1:-1] += first * inner
    gradient[:, 2:] -= first * inner
    complete = np.zeros((p, k, k))
    place = np.arange(1, k)
    complete[:, 0, 0] = weight.sum(axis=1) @ (theta * theta)
    complete[:, 0, 1:] = complete[:, 1:, 0] = weight @ theta
    complete[:, place, place] = weight.sum(axis=2)
    complete[:, place[:-1], place[:-1]] += second * inner
    complete[:, place[1:], place[1:]] += second * inner
    complete[:, place[:-1], place[1:]] -= second * inner
    complete[:, place[1:], place[:-1]] -= second * inner
    beyond = ~np.isfinite(parameters)
    gradient[beyond] = 0.0
    item, unused = np.nonzero(beyond)
    complete[item, unused, :] = complete[item, :, unused] = 0.0
    complete[item, unused, unused] = 1.0
    return gradient, complete


def category_scores(parameters: FloatArray, theta: FloatArray) -> FloatArray:
    """Derivatives of every category's log-probability, ``(q, p, k + 1, k)``.

    The last category is that of a missing answer, whose derivatives are 0.
    """
    p, k = parameters.shape
    curve = np.moveaxis(boundary_probability(parameters, theta), 2, 0)
    first, _ = _gap_terms(parameters[:, 1:])
    scores = np.zeros((len(theta), p, k + 1, k))
    category = np.arange(1, k)
    scores[:, :, category, category] = 1 - curve
    scores[:, :, category - 1, category] = -curve
    scores[:, :, category[:-1], category[:-1]] += first
    scores[:, :, category[:-1], category[1:]] -= first
    slope = np.zeros((len(theta), p, k))
    slope[:, :, 1:] += 1 - curve
    slope[:, :, :-1] -= curve
    scores[:, :, :-1, 0] = slope * theta[:, None, None]
    return scores


def observed_information(
    patterns: Patterns, parameters: FloatArray, grid: Grid, complete: FloatArray
) -> FloatArray:
    """Minus the Hessian of the marginal log-likelihood, ``(p k, p k)``, by Louis' identity.

    The complete information, less the covariance of the complete-data scores given the answers.
    Louis (1982), Journal of the Royal Statistical Society B 44, 226-233.
    """
    p, k = parameters.shape
    scores = category_scores(parameters, grid.theta)
    q, items = len(grid.theta), np.arange(p)
    first, second = np.triu_indices(p)
    together = np.zeros((len(first) * (k + 1) ** 2, q))
    told = np.zeros((p * k, p * k))
    by_category = scores.reshape(q, -1)
    for block in blocks(patterns, 2 * len(first) + 3 * q + 2 * p * (k + 1) * k):
        codes, counts = patterns.codes[block], patterns.counts[block]
        weights = posterior(codes, parameters, grid)[0]
        mean = (weights @ by_category).reshape(len(codes), p, k + 1, k)
        own = codes % (k + 1)
        mean = mean[np.arange(len(codes))[:, None], items, own].reshape(len(codes), -1)
        told += mean.T @ (mean * counts[:, None])
        pair = own[:, first] * (k + 1) + own[:, second]
        pair += (k + 1) ** 2 * np.arange(len(first))
        together += indicators(pair, len(together)).T @ (weights * counts[:, None])
    # expected products of the scores of two items, summed over the nodes
    shared = np.moveaxis(together.reshape(len(first), k + 1, k + 1, q), -1, 0)
    left = np.swapaxes(scores[:, first], -1, -2)
    products = (left @ shared @ scores[:, second]).sum(axis=0)
    lost = np.zeros((p, k, p, k))
    lost[first, :, second, :] = products
    lost[second, :, first, :] = np.swapaxes(products, -1, -2)
    information = np.zeros((p, k, p, k))
    information[items, :, items, :] = complete
    total: FloatArray = (information - lost).reshape(p * k, p * k) + told
    return (total + total.T) / 2
