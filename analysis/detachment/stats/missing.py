"""Answers with gaps in, the number of complete respondents that would say as much out."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_columns, as_square, canonical_order, diagonal
from detachment.stats.moments import inverses_of_seen, missing_patterns

_PATTERNS = 512  # of missing answers at a time
_ENOUGH = 20_000  # rows, which tell as well as more how much is missing
_STEPS = 100


def effective_n_of_alpha(
    x: ArrayLike, cov: ArrayLike, *, missing: Literal["pairwise", "listwise", "em"]
) -> float:
    """Complete respondents from whom alpha would be as certain as from these answers.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.
    cov
        Covariances of the items under the same rule, ``(p, p)``.
    missing
        ``listwise``: rows without a missing answer. ``pairwise``: covariances of each pair's own
        rows. ``em``: maximum likelihood from all answers.

    Returns
    -------
    float
        n of the rows with any answer, times the sampling variance that alpha would have if nothing
        were missing, over the one that it has. NaN where it cannot be computed: less than two
        items, covariances that are not positive definite, a pair that nobody answered.

    Notes
    -----
    Both variances are those of normal variables with answers missing completely at random. That of
    pairwise covariances follows from their products over the rows that they share (Van Praag,
    Dijkstra, & Van Velzen, 1985, Psychometrika 50, 25-36); that of maximum likelihood from the
    expected information of the patterns (Orchard & Woodbury, 1972, Proceedings of the Sixth
    Berkeley Symposium 1, 697-715; Yuan & Bentler, 2000, Sociological Methodology 30, 165-200),
    solved for alpha's own direction by conjugate gradients.

    Examples
    --------
    >>> x = [[1, 2], [2, 2], [3, 4], [5, 4], [4, np.nan], [2, np.nan]]
    >>> round(effective_n_of_alpha(x, [[2.0, 1.2], [1.2, 1.4]], missing="em"), 2)
    4.24
    >>> effective_n_of_alpha(x, [[2.0, 1.2], [1.2, 1.4]], missing="listwise")
    4.0
    """
    x, cov = as_columns(x), as_square(cov)
    if missing == "listwise":
        return float((~np.isnan(x)).all(axis=1).sum())
    x = x[(~np.isnan(x)).any(axis=1)]
    n = len(x)
    if n > _ENOUGH:
        x = x[canonical_order(x)[:_ENOUGH]]
    p = cov.shape[-1]
    if p < 2 or not np.isfinite(cov).all() or not np.linalg.eigvalsh(cov)[0] > 0:
        return float("nan")
    groups = [(len(rows), seen) for rows, seen in missing_patterns(x)]
    size = np.array([rows for rows, _ in groups], dtype=np.float64)
    seen = np.array([there for _, there in groups], dtype=np.float64).reshape(-1, p)
    sd = np.sqrt(diagonal(cov))
    cor, slope = cov / np.outer(sd, sd), _slope_of_alpha(cov) * np.outer(sd, sd)
    complete = np.sum((cor @ slope) * (cor @ slope).T)
    with np.errstate(divide="ignore", invalid="ignore"):
        if missing == "pairwise":
            real = _pairwise_variance(cor, slope, seen, size)
        else:
            real = _likelihood_variance(cor, slope, seen, size)
        value = float(complete / real) * n / len(x)
    return value if np.isfinite(value) else float("nan")


def _slope_of_alpha(cov: FloatArray) -> FloatArray:
    """Derivative of alpha by each covariance, but for a constant."""
    slope: FloatArray = np.trace(cov) / cov.sum() - np.eye(len(cov))
    return slope


def _pairwise_variance(
    cov: FloatArray, slope: FloatArray, seen: FloatArray, size: FloatArray
) -> float:
    """Half the variance of the sum of slope times pairwise covariances."""
    each = slope / ((seen * size[:, None]).T @ seen)
    total = 0.0
    for at in range(0, len(seen), _PATTERNS):
        there = seen[at : at + _PATTERNS]
        part = cov @ (each * there[:, :, None] * there[:, None, :])
        total += float(np.sum(size[at : at + _PATTERNS] * np.einsum("gij,gji->g", part, part)))
    return total


def _likelihood_variance(
    cov: FloatArray, slope: FloatArray, seen: FloatArray, size: FloatArray
) -> float:
    """Half the variance of the sum of slope times covariances of maximum likelihood."""
    blocks = [slice(at, at + _PATTERNS) for at in range(0, len(seen), _PATTERNS)]

    def information(direction: FloatArray) -> FloatArray:
        total = np.zeros_like(direction)
        for block in blocks:
            inverse = inverses_of_seen(cov, seen[block])
            total += np.tensordot(size[block], inverse @ direction @ inverse, axes=1)
        return total

    # conjugate gradients, preconditioned by the inverse for complete answers
    found, rest = np.zeros_like(slope), slope.copy()
    move = step = cov @ rest @ cov / size.sum()
    product = np.sum(rest * step)
    first = product
    for _ in range(_STEPS):
        image = information(move)
        length = product / np.sum(move * image)
        found += length * move
        rest -= length * image
        step = cov @ rest @ cov / size.sum()
        before, product = product, np.sum(rest * step)
        if not product > 1e-16 * first:
            break
        move = step + product / before * move
    return float(np.sum(slope * found))
