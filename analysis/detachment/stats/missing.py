"""Answers with gaps in, the number of complete respondents that would say as much out."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_columns, as_square, canonical_order, diagonal
from detachment.stats.intervals import DeltaMethod, Statistic, gradient, of_influences
from detachment.stats.moments import em_moments, inverses_of_seen, missing_patterns

_PATTERNS = 512  # of missing answers at a time
_ENOUGH = 20_000  # patterns, which tell as well as more how much is missing
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
    x = as_columns(x)
    x = x[(~np.isnan(x)).any(axis=1)]
    groups = [(len(rows), there) for rows, there in missing_patterns(x)] if len(x) else []
    return effective_n_of_patterns(
        np.array([there for _, there in groups], dtype=np.bool_).reshape(-1, x.shape[1]),
        np.array([rows for rows, _ in groups], dtype=np.int64),
        cov,
        missing=missing,
    )


def effective_n_of_patterns(
    seen: ArrayLike,
    rows: ArrayLike,
    cov: ArrayLike,
    *,
    missing: Literal["pairwise", "listwise", "em"],
) -> float:
    """As :func:`effective_n_of_alpha`, from how often each pattern of missing answers occurs.

    Parameters
    ----------
    seen
        Which items each pattern has, ``(g, p)``; those without any answer do not count.
    rows
        How many rows have each, ``(g,)``. Of more than 20,000 patterns the most frequent are used.
    cov, missing
        As for :func:`effective_n_of_alpha`.

    Returns
    -------
    float
        The same for every order of the patterns.

    References
    ----------
    Van Praag, B. M. S., Dijkstra, T. K., & Van Velzen, J. (1985). *Psychometrika, 50*, 25-36.

    Examples
    --------
    >>> seen, rows = [[True, True], [True, False]], [4, 2]
    >>> round(effective_n_of_patterns(seen, rows, [[2.0, 1.2], [1.2, 1.4]], missing="em"), 2)
    4.24
    """
    has, times, cov = np.asarray(seen, np.bool_), np.asarray(rows, np.int64), as_square(cov)
    if missing == "listwise":
        return float(times[has.all(axis=1)].sum())
    order = np.lexsort([*(~has).T, -times])[:_ENOUGH]  # the most frequent first
    n = int(times.sum())
    there, size = has[order].astype(np.float64), times[order].astype(np.float64)
    p = cov.shape[-1]
    if p < 2 or not np.isfinite(cov).all() or not np.linalg.eigvalsh(cov)[0] > 0:
        return float("nan")
    sd = np.sqrt(diagonal(cov))
    cor, slope = cov / np.outer(sd, sd), _slope_of_alpha(cov) * np.outer(sd, sd)
    complete = np.sum((cor @ slope) * (cor @ slope).T)
    with np.errstate(divide="ignore", invalid="ignore"):
        if missing == "pairwise":
            real = _pairwise_variance(cor, slope, there, size)
        else:
            real = _likelihood_variance(cor, slope, there, size)
        value = float(complete / real) * n / float(size.sum())
    return value if np.isfinite(value) else float("nan")


def em_delta_method(
    x: ArrayLike, statistic: Statistic, *, clusters: ArrayLike | None = None
) -> DeltaMethod:
    """Standard error of a statistic of covariances that EM finds in answers with gaps.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.
    statistic
        Smooth; takes covariances ``(b, p, p)``, gives ``(b,)`` or ``(b, s)``.
    clusters
        Which cluster (dyad, class) each row belongs to, ``(n,)``; by default each row is its own.

    Returns
    -------
    DeltaMethod
        The same for every order of the rows. NaN where EM has no maximum, where the statistic does
        not exist or is not smooth.

    Raises
    ------
    ValueError
        With clusters that do not fit the rows.

    Notes
    -----
    Each row's slope of the likelihood, through the inverse of the expected information of the
    patterns of missing answers, is its influence on the covariances, whatever the distribution of
    the answers: the sandwich of Yuan and Bentler (2000), Sociological Methodology 30, 165-200. The
    information is that of answers missing completely at random; complete answers give
    :func:`detachment.stats.intervals.delta_method`.

    Examples
    --------
    >>> from detachment.stats.reliability import alpha
    >>> rng = np.random.default_rng(7)
    >>> x = rng.normal(size=(400, 1)) + rng.normal(size=(400, 4))
    >>> x[::5, 0] = np.nan
    >>> result = em_delta_method(x, alpha)
    >>> bool(0.01 < result.standard_error < 0.02)
    True
    """
    x = as_columns(x)
    if clusters is not None and np.shape(clusters) != (len(x),):
        raise ValueError(f"clusters must have shape ({len(x)},), got {np.shape(clusters)}")
    given = (~np.isnan(x)).any(axis=1)
    order = canonical_order(x[given])
    x = x[given][order]
    names = None if clusters is None else np.asarray(clusters)[given][order]
    moments = em_moments(x)
    estimate = np.asarray(statistic(moments.cov[None]), dtype=np.float64)[0]
    if not moments.converged or not np.linalg.eigvalsh(moments.cov)[0] > 0:
        nothing = np.full(estimate.shape, np.nan)[()]
        return DeltaMethod(estimate=estimate[()], standard_error=nothing, units=len(x))
    slopes = gradient(statistic, moments.cov)
    slopes = slopes if slopes.ndim == 3 else slopes[None]
    n = len(x)
    likely = moments.cov * (n - 1) / n  # where the slopes of the likelihood are zero
    influence = _influence_by_likelihood(x - moments.mean, likely, slopes)
    return of_influences(estimate, influence, names)


def _influence_by_likelihood(x: FloatArray, cov: FloatArray, slopes: FloatArray) -> FloatArray:
    """Influence of each row ``(n, p)`` on s statistics with these slopes ``(s, p, p)``: (n, s)."""
    patterns = list(missing_patterns(x))
    size = np.array([len(rows) for rows, _ in patterns], dtype=np.float64)
    seen = np.array([there for _, there in patterns], dtype=np.float64)
    inverse = inverses_of_seen(cov, seen)
    i, j = np.triu_indices(len(cov))
    twice = np.where(i == j, 1.0, 2.0)
    # tr(A E A F) for unit directions E and F, summed over the patterns' rows
    information = np.zeros((len(i), len(i)))
    for rows, a in zip(size, inverse, strict=True):
        block = a[np.ix_(i, i)] * a[np.ix_(j, j)] + a[np.ix_(i, j)] * a[np.ix_(j, i)]
        information += rows / 2 * block
    information *= np.outer(twice, twice)
    direction = np.linalg.solve(information, (slopes[:, i, j] * twice).T)  # (pairs, s)
    full = np.zeros((slopes.shape[0], *cov.shape))
    full[:, i, j] = full[:, j, i] = direction.T
    influence = np.empty((len(x), len(slopes)))
    for (rows, _), a in zip(patterns, inverse, strict=True):
        w = np.where(np.isnan(x[rows]), 0.0, x[rows]) @ a
        influence[rows] = np.einsum("ni,sij,nj->ns", w, full, w, optimize=True)
        influence[rows] -= np.einsum("sij,ij->s", full, a)
    return influence


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
