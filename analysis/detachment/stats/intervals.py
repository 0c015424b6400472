"""Intervals of reliability that need no resampling.

For alpha there are exact and approximate ones from its own distribution. For any other statistic of
a covariance matrix there is the delta method: how the statistic moves with each covariance, times
how each respondent moves the covariances, is that respondent's influence on the statistic, and the
sum of squared influences is its variance. Nothing is assumed about the distribution of the items.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri, stdtrit

from detachment.stats._arrays import (
    FloatArray,
    as_columns,
    as_float,
    as_square,
    canonical_order,
    diagonal,
)
from detachment.stats._clusters import cluster_sums
from detachment.stats.exact import ExactSums, exact_sums
from detachment.stats.moments import pair_sums
from detachment.stats.reliability import kr21

Statistic = Callable[[FloatArray], ArrayLike]

_ROWS = 2048  # at a time: what is made of them fits the fast memory
_GRID = 40  # bits of a weight: 13 are left for an answer and for the sum over the items
_STEP = 1e-4  # of a covariance, in units of its items' standard deviations


def feldt_interval(
    alpha: ArrayLike, n: ArrayLike, k: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of alpha by Feldt's F distribution.

    Parameters
    ----------
    alpha
        Estimates.
    n
        Respondents (need not be whole: see :func:`detachment.stats.moments.effective_n`).
    k
        Items.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high; NaN with fewer than two respondents or items.

    Notes
    -----
    1 - (1 - alpha) F with F at (1 + confidence) / 2 and (1 - confidence) / 2 of the F distribution
    with n - 1 and (n - 1)(k - 1) degrees of freedom: Feldt (1965), Psychometrika 30, 357-370;
    Feldt, Woodruff and Salih (1987), Applied Psychological Measurement 11, 93-103; R's
    ``psych::alpha.ci``. Exact for essentially parallel normal items.

    Examples
    --------
    >>> low, high = feldt_interval(0.8, n=100, k=5)
    >>> round(float(low), 4), round(float(high), 4)
    (0.7306, 0.8559)
    """
    alpha, n, k = np.broadcast_arrays(as_float(alpha), as_float(n), as_float(k))
    ok = (n > 1) & (k > 1) & np.isfinite(alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = np.where(ok, n - 1, np.nan)
        d2 = d1 * (k - 1)
        tail = (1 - confidence) / 2
        low = 1 - (1 - alpha) * _f_quantile(1 - tail, d1, d2)
        high = 1 - (1 - alpha) * _f_quantile(tail, d1, d2)
    return low[()], high[()]


def _f_quantile(q: float, d1: FloatArray, d2: FloatArray) -> FloatArray:
    share = betaincinv(d1 / 2, d2 / 2, q)
    return share * d2 / (d1 * (1 - share))


def bonett_interval(
    alpha: ArrayLike, n: ArrayLike, k: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of alpha by the normal distribution of log(1 - alpha).

    Parameters
    ----------
    alpha, n, k, confidence
        As :func:`feldt_interval`.

    Returns
    -------
    tuple of FloatArray
        Low and high; NaN with fewer than three respondents or two items.

    Notes
    -----
    1 - (1 - alpha) exp(+-z sqrt(2 k / ((k - 1)(n - 2)))): Bonett (2002), Journal of Educational and
    Behavioral Statistics 27, 335-340. For essentially parallel normal items, as Feldt's.

    Examples
    --------
    >>> low, high = bonett_interval(0.8, n=100, k=5)
    >>> round(float(low), 4), round(float(high), 4)
    (0.7265, 0.8538)
    """
    alpha, n, k = np.broadcast_arrays(as_float(alpha), as_float(n), as_float(k))
    ok = (n > 2) & (k > 1) & np.isfinite(alpha)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        se = np.sqrt(np.where(ok, 2 * k / ((k - 1) * (n - 2)), np.nan))
    return reliability_interval(alpha, (1 - alpha) * se, confidence)


def alpha_standard_error(cov: ArrayLike, n: ArrayLike) -> FloatArray:
    """Standard error of alpha for normal items with any covariances.

    Parameters
    ----------
    cov
        Covariances of the items, ``(..., p, p)``.
    n
        Respondents, ``(...)``.

    Returns
    -------
    FloatArray
        ``(...)``; an interval is alpha +- z standard errors. NaN without respondents.

    Notes
    -----
    van Zyl, Neudecker and Nel (2000), Psychometrika 65, 271-280; Duhachek and Iacobucci (2004),
    Journal of Applied Psychology 89, 792-808; ase of R's ``psych::alpha``.

    Examples
    --------
    >>> cov = [[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]]
    >>> round(float(alpha_standard_error(cov, 100)), 6)
    0.043301
    """
    cov = as_square(cov)
    n = as_float(n)
    p = cov.shape[-1]
    trace = diagonal(cov).sum(axis=-1)
    rows = cov.sum(axis=-1)
    total = rows.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.sum(cov**2, axis=(-2, -1))
        q = total * (squares + trace**2) - 2 * trace * np.sum(rows**2, axis=-1)
        k = np.float64(p) / np.float64(p - 1)
        se = k * np.sqrt(np.maximum(2 * q / total**3, 0.0) / n)
    return np.where((total > 0) & (n > 0) & (p > 1), se, np.nan)[()]


def reliability_interval(
    estimate: ArrayLike,
    standard_error: ArrayLike,
    confidence: float = 0.95,
    df: ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Interval of a reliability from its standard error, on the scale of log(1 - reliability).

    Parameters
    ----------
    estimate, standard_error
        Of shapes that fit each other.
    confidence
        Coverage, between 0 and 1.
    df
        Degrees of freedom of the standard error; by default it counts as known.

    Returns
    -------
    tuple of FloatArray
        Low and high; never above 1. NaN for an estimate of 1 or more.

    Notes
    -----
    1 - (1 - r) exp(+-t se / (1 - r)). Bonett (2002) uses this scale for alpha; on it the
    distribution of a reliability is nearly symmetric.

    Examples
    --------
    >>> low, high = reliability_interval(0.8, 0.03)
    >>> round(float(low), 4), round(float(high), 4)
    (0.7316, 0.8509)
    """
    estimate, se = as_float(estimate), as_float(standard_error)
    tail = (1 + confidence) / 2
    z = ndtri(tail) if df is None else stdtrit(as_float(df), tail)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        width = z * se / (1 - estimate)
        low, high = 1 - (1 - estimate) * np.exp(width), 1 - (1 - estimate) * np.exp(-width)
    ok = (estimate < 1) & np.isfinite(low) & np.isfinite(high)
    return np.where(ok, low, np.nan)[()], np.where(ok, high, np.nan)[()]


def jackknife_interval(
    estimate: ArrayLike, jackknife: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of a reliability from its values without each respondent (or cluster) in turn.

    It assumes no distribution of the items, and covers better in small samples than the standard
    error of :func:`delta_method`, whose limit it has.

    Parameters
    ----------
    estimate
        ``(...)``.
    jackknife
        ``(units, ...)``, as :func:`detachment.stats.bootstrap.resample` gives (with ``n_boot=0``
        it gives nothing else).
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high; never above 1. NaN where more than a tenth of the values are missing or not
        below 1, where they do not vary, and for an estimate of 1 or more.

    Notes
    -----
    Tukey's standard error of log(1 - reliability), with units - 1 degrees of freedom: Miller
    (1974), Biometrika 61, 1-15; for reliability Arvesen (1969), Annals of Mathematical Statistics
    40, 2076-2100.

    Examples
    --------
    >>> low, high = jackknife_interval(0.8, [0.79, 0.80, 0.81, 0.80, 0.80])
    >>> round(float(low), 4), round(float(high), 4)
    (0.7616, 0.8322)
    """
    estimate, values = as_float(estimate), as_float(jackknife)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log(1 - values)
        there = np.isfinite(values)
        units = there.sum(axis=0)
        mean = np.sum(values, axis=0, where=there) / units
        square = np.sum((values - mean) ** 2, axis=0, where=there)
        se = np.sqrt((units - 1) / units * square)
        enough = (units >= 0.9 * len(values)) & (units > 1) & (se > 1e-12)
        se = np.where(enough, se * (1 - estimate), np.nan)
    return reliability_interval(estimate, se, confidence, np.maximum(units - 1, 1))


def gradient(statistic: Statistic, matrix: ArrayLike) -> FloatArray:
    """How a statistic of a symmetric matrix moves with its entries.

    Parameters
    ----------
    statistic
        Takes matrices ``(b, p, p)``, gives ``(b,)`` or ``(b, s)``.
    matrix
        Where, ``(p, p)``: covariances or correlations.

    Returns
    -------
    FloatArray
        ``(p, p)`` or ``(s, p, p)``, symmetric: the statistic changes by the sum of its products
        with the changes of all p x p entries. Central differences, all in one call.

    References
    ----------
    Dennis, J. E., & Schnabel, R. B. (1983). *Numerical Methods for Unconstrained Optimization and
    Nonlinear Equations* (central differences).

    Examples
    --------
    >>> from detachment.stats.reliability import guttman_lambda1
    >>> gradient(guttman_lambda1, [[1.0, 0.5], [0.5, 1.0]]).round(4).tolist()
    [[-0.1111, 0.2222], [0.2222, -0.1111]]
    """
    matrix = as_square(matrix)
    p = matrix.shape[-1]
    i, j = np.triu_indices(p)
    sd = np.sqrt(np.where(diagonal(matrix) > 0, diagonal(matrix), np.nan))
    step = _STEP * sd[i] * sd[j]
    moved = np.repeat(matrix[None], 2 * len(i), axis=0).reshape(2, len(i), p, p)
    k = np.arange(len(i))
    moved[0, k, i, j] -= step
    moved[1, k, i, j] += step
    moved[:, k, j, i] = moved[:, k, i, j]
    value = np.asarray(statistic(moved.reshape(-1, p, p)), dtype=np.float64)
    value = value.reshape(2, len(i), -1)
    slope = (value[1] - value[0]) / (2 * step[:, None])
    slope[i != j] /= 2  # shared by the two entries of a pair
    full = np.empty((slope.shape[1], p, p))
    full[:, i, j] = slope.T
    full[:, j, i] = slope.T
    one = np.ndim(statistic(matrix[None])) == 1
    return full[0] if one else full


@dataclass(frozen=True, slots=True, eq=False)
class DeltaMethod:
    """A statistic of the covariances with its standard error.

    Attributes
    ----------
    estimate, standard_error
        ``()`` or ``(s,)``, as the statistic gives.
    units
        Respondents or clusters that are independent of one another.
    """

    estimate: FloatArray
    standard_error: FloatArray
    units: int

    def interval(self, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Low and high by :func:`reliability_interval`, with units - 1 degrees of freedom."""
        return reliability_interval(
            self.estimate, self.standard_error, confidence, max(self.units - 1, 1)
        )


def delta_method(
    x: ArrayLike, statistic: Statistic, *, clusters: ArrayLike | None = None
) -> DeltaMethod:
    """Standard error of a statistic of covariances, whatever the distribution of the items.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing and is left out pair by pair. Drop incomplete rows
        before, for listwise deletion.
    statistic
        Smooth; takes covariances ``(b, p, p)``, gives ``(b,)`` or ``(b, s)``.
    clusters
        Which cluster (dyad, class) each row belongs to, ``(n,)``; rows of one cluster may depend on
        one another. By default each row is its own.

    Returns
    -------
    DeltaMethod
        The same for every order of the rows. NaN where the statistic does not exist or is not
        smooth.

    Raises
    ------
    ValueError
        Without any row, or with clusters that do not fit the rows.

    Notes
    -----
    The asymptotically distribution-free variance of Browne (1984), British Journal of Mathematical
    and Statistical Psychology 37, 62-83, by influences instead of the matrix of all fourth moments;
    for alpha it is that of Maydeu-Olivares, Coffman and Hartmann (2007), Psychological Methods 12,
    157-176. With missing answers each pair of items counts with its own respondents (van Praag,
    Dijkstra and van Velzen, 1985, Psychometrika 50, 25-36).

    Examples
    --------
    >>> from detachment.stats.reliability import alpha
    >>> rng = np.random.default_rng(7)
    >>> x = rng.normal(size=(400, 1)) + rng.normal(size=(400, 4))
    >>> result = delta_method(x, alpha)
    >>> bool(0.01 < result.standard_error < 0.02)
    True
    """
    x = as_columns(x)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"the delta method takes one data set (n, p), n > 0, got {x.shape}")
    n = len(x)
    order = canonical_order(x)
    sums, shift = pair_sums(x[order])
    x = x[order] - shift
    cov = sums.cov()
    estimate = np.asarray(statistic(cov[None]), dtype=np.float64)[0]
    slopes = gradient(statistic, cov)
    slopes = slopes if slopes.ndim == 3 else slopes[None]
    influence = influence_by_slopes(x, sums.n, sums.x, cov, slopes)
    names = None
    if clusters is not None:
        names = np.asarray(clusters)
        if names.shape != (n,):
            raise ValueError(f"clusters must have shape ({n},), got {names.shape}")
        names = names[order]
    return of_influences(estimate, influence, names)


def kr21_delta_method(x: ArrayLike, *, clusters: ArrayLike | None = None) -> DeltaMethod:
    """Kuder-Richardson formula 21 with its standard error.

    Parameters
    ----------
    x
        Answers scored 0 and 1, ``(n, p)``; NaN is missing (pairwise deletion).
    clusters
        Which cluster each row belongs to, ``(n,)``; by default each row is its own.

    Returns
    -------
    DeltaMethod
        The same for every order of the rows; no distribution is assumed.

    Raises
    ------
    ValueError
        When an answer is neither 0 nor 1, without any row, or with clusters that do not fit.

    Notes
    -----
    The delta method on the mean and the variance of the total, from the influence of each row on
    both: as :func:`delta_method` (Browne, 1984, British Journal of Mathematical and Statistical
    Psychology 37, 62-83), for a coefficient that needs a mean too.

    Examples
    --------
    >>> x = (np.random.default_rng(7).normal(size=(90, 1)) > [-0.5, 0.0, 0.5]).astype(float)
    >>> result = kr21_delta_method(x)
    >>> bool(0 < result.standard_error < 0.2)
    True
    """
    x = as_columns(x)
    estimate = np.asarray(kr21(x))
    if x.ndim != 2 or not len(x):
        raise ValueError(f"the delta method takes one data set (n, p), n > 0, got {x.shape}")
    if clusters is not None and np.shape(clusters) != (len(x),):
        raise ValueError(f"clusters must have shape ({len(x)},), got {np.shape(clusters)}")
    order = canonical_order(x)
    x = x[order]
    there = ~np.isnan(x)
    n, k = there.sum(axis=0), x.shape[1]
    sums, shift = pair_sums(x)
    cov = sums.cov()
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.sum(x, axis=0, where=there) / n
        of_mean = np.sum(np.where(there, x - mean, 0.0) / n, axis=1)
        ones = np.ones((1, *cov.shape))
        of_variance = influence_by_slopes(x - shift, sums.n, sums.x, cov, ones)[:, 0]
        score, variance, rows = mean.sum(), cov.sum(), n.mean()
        share = rows / (rows - 1) / np.float64(k - 1) / variance
        slope = share * score * (k - score) / variance
        influence = of_variance * slope - of_mean * share * (k - 2 * score)
    names = None if clusters is None else np.asarray(clusters)[order]
    return of_influences(estimate, influence[:, None], names)


def of_influences(
    estimate: FloatArray, influence: FloatArray, clusters: np.ndarray | None
) -> DeltaMethod:
    """Standard error of a statistic from the influence of each row on it, ``(n, s)``."""
    if clusters is not None:
        influence = cluster_sums(influence, clusters)
    return of_squares(estimate, exact_sums(influence**2), len(influence))


def of_squares(estimate: FloatArray, squares: ExactSums, units: int) -> DeltaMethod:
    """Standard error from the sums of squared influences of so many independent units, ``(s,)``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = squares.total * units / np.float64(units - 1)
        se = np.where(variance > 0, np.sqrt(variance), np.nan).reshape(estimate.shape)
    return DeltaMethod(estimate=estimate[()], standard_error=se[()], units=units)


@dataclass(frozen=True, slots=True, eq=False)
class SquaredInfluences:
    """What a block of rows adds to the variance of statistics of covariances.

    Attributes
    ----------
    n, x, cov
        Of the pairs of items of all rows, ``(p, p)``: rows, sums of item i where j is there (less
        ``shift``), covariances.
    shift
        What was taken off the answers, ``(p,)``.
    slopes
        Derivatives of the statistics, ``(s, p, p)``: see :func:`gradient`.
    """

    n: FloatArray
    x: FloatArray
    cov: FloatArray
    shift: FloatArray
    slopes: FloatArray

    def __call__(self, answers: NDArray[np.floating[Any]]) -> ExactSums:
        """Sums of squared influences of rows ``(m, p)``: exact for whole numbers, in any pieces."""
        total = exact_sums(np.empty((0, len(self.slopes))))
        terms = _terms(self.n, self.x, self.cov, self.slopes)
        for start in range(0, len(answers), _ROWS):
            x = as_float(answers[start : start + _ROWS]) - self.shift
            total += exact_sums(_influences(x, terms).T ** 2)
        return total


def influence_by_slopes(
    x: FloatArray, n: FloatArray, sums: FloatArray, cov: FloatArray, slopes: FloatArray
) -> FloatArray:
    """Influence of each row ``(n, p)`` on statistics with these slopes ``(s, p, p)``: ``(n, s)``.

    ``n``, ``sums`` and ``cov`` ``(p, p)`` are the numbers of rows, the sums of item i where j is
    there, and the covariances of the pairs, all of the same x.
    """
    influence = np.empty((len(slopes), len(x)))
    terms = _terms(n, sums, cov, slopes)
    for start in range(0, len(x), _ROWS):
        influence[:, start : start + _ROWS] = _influences(x[start : start + _ROWS], terms)
    return influence.T


def _terms(
    n: FloatArray, sums: FloatArray, cov: FloatArray, slopes: FloatArray
) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    """What each statistic multiplies answers with: weights, those times means, and constants."""
    terms = []
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / n  # of item i where j is answered too
        for slope in slopes:
            weight = slope / n
            parts = weight, weight * mean, weight * (mean * mean.T - cov)
            terms.append((_coarse(parts[0]).T, 2 * _coarse(parts[1]).T, _coarse(parts[2]).T))
    return terms


def _item_by_item(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Answers of rows ``(m, p)`` item by item, ``(p, m)``, 0 where missing; and who has one.

    Where all are there, one row stands for all, ``(p, 1)``.
    """
    value = np.ascontiguousarray(x.T)
    known = value == value
    if known.all():
        return value, np.ones((len(value), 1))
    return np.where(known, value, 0.0), known.astype(np.float64)


def _influences(
    x: FloatArray, terms: list[tuple[FloatArray, FloatArray, FloatArray]]
) -> FloatArray:
    """Influence of each row ``(m, p)`` on each statistic, ``(s, m)``.

    Of a pair of items: slope / n times (x_i - m_i)(x_j - m_j) - s_ij for who answered both, with
    the pair's own means. A row's influence does not depend on the rows beside it: the products of
    matrices are exact for answers that are small whole numbers, and the rest is done item by item.
    """
    value, there = _item_by_item(x)
    influence = np.zeros((len(terms), len(x)))
    for own, (weight, shift, constant) in zip(influence, terms, strict=True):
        crossed = weight @ value
        crossed -= shift @ there
        crossed *= value
        crossed += (constant @ there) * there
        for of_item in crossed:
            own += of_item
    return influence


def _coarse(matrix: FloatArray) -> FloatArray:
    """The matrix in multiples of 2^-40 of its largest entry: sums of its entries are then exact."""
    largest = np.max(np.abs(matrix), where=np.isfinite(matrix), initial=0.0)
    if not largest:
        return matrix
    unit = 2.0 ** (np.ceil(np.log2(largest)) - _GRID)
    coarse: FloatArray = np.rint(matrix / unit) * unit
    return coarse
