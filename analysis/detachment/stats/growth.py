"""Scores of people at several times in: a mixed model of their levels and slopes out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from detachment.stats._arrays import FloatArray, IntArray, as_float, canonical_order
from detachment.stats._clusters import cluster_codes

_STARTS = ((1.0, 0.0, 0.3, 0.5), (0.3, 0.1, 0.1, 0.1))
_ZERO = 1e-6  # a variance this small, over that of the residuals, lies on the boundary
_FLAT = 1e-5  # largest slope of the criterion, over the number of scores, at its minimum


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """A growth model; NaN where it cannot be fitted.

    Attributes
    ----------
    estimate, se, low, high, p
        Fixed coefficients, (2 + 2 q,): level and slope at ``between`` = 0, then what each of the q
        variables adds to the level, then to the slope.
    level, slope, covariance
        Variances of people's levels (at the first time) and slopes, and their covariance.
    cluster
        Variance that the members of a cluster share; NaN without clusters.
    residual
        Variance of a score about its person's line.
    people, observations
        Who and how many scores entered.
    boundary
        Whether a variance is zero, or a correlation one.
    converged
        Whether the maximum was found.
    """

    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray
    level: float
    slope: float
    covariance: float
    cluster: float
    residual: float
    people: int
    observations: int
    boundary: bool
    converged: bool


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def fit_growth(
    y: ArrayLike,
    times: ArrayLike,
    *,
    between: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Growth:
    """Fit y = level + slope x time, with levels and slopes that differ between people.

    Parameters
    ----------
    y
        Scores, ``(people, w)``; NaN is missing, and every score that is there is used.
    times
        Of the w measurements, ``(w,)``; levels are those at the first of them.
    between
        Variables of people, such as indicators of their arm, ``(people, q)``; none by default.
    clusters
        Which cluster (dyad) each person belongs to, ``(people,)``: its members share a level. By
        default people are independent.
    confidence
        Of the intervals, by the normal distribution.

    Returns
    -------
    Growth

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Notes
    -----
    Restricted maximum likelihood; levels and slopes covary. ``lme4::lmer(y ~ time * arm + (1 +
    time | person) + (1 | dyad))`` in R: Laird and Ware (1982), Biometrics 38, 963-974; Bates,
    Maechler, Bolker and Walker (2015), Journal of Statistical Software 67(1), for the profiled
    criterion. The covariances of clusters are a stack of small matrices, linear in four
    coefficients, so that the criterion and its exact gradient cost one stack of inverses.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(80, 1)) - 0.5 * np.arange(4) + 0.3 * rng.normal(size=(80, 4))
    >>> fit = fit_growth(y, [0, 1, 2, 3])
    >>> fit.estimate.round(1).tolist(), round(fit.residual, 2)
    ([-0.1, -0.5], 0.08)
    """
    y, x, time, scale, blocks = _blocks(y, times, between, clusters)
    k = x.shape[-1]
    there = ~np.isnan(y)
    n, people = int(there.sum()), len(np.unique(blocks[there]))
    usable = n > k and np.linalg.matrix_rank(x[there]) == k and np.ptp(y[there]) > 0
    if not usable:
        return _nothing(k, people, n)
    shape = _Likelihood.of(y, x, time, blocks, shared=clusters is not None)
    found = shape.minimise()
    if found is None:
        return _nothing(k, people, n)
    theta, flat = found
    _, _, beta, cov, residual = shape.evaluate(theta)
    a, b, c, d = theta
    people_cov = residual * np.array([[a * a, a * b], [a * b, b * b + c * c]])
    smallest = np.linalg.eigvalsh(people_cov)[0] / residual
    if clusters is not None:
        smallest = min(smallest, d * d)
    # time was divided by its spread
    turn = np.diag([1.0, 1 / scale])
    people_cov = turn @ people_cov @ turn
    units = np.tile([1.0, 1 / scale], k // 2)
    order = [0, 1, *range(2, k, 2), *range(3, k, 2)]
    estimate, se = ((part * units)[order] for part in (beta, np.sqrt(np.diag(cov))))
    half = ndtri((1 + confidence) / 2) * se
    return Growth(
        estimate=estimate,
        se=se,
        low=estimate - half,
        high=estimate + half,
        p=2 * ndtr(-np.abs(estimate / se)),
        level=float(people_cov[0, 0]),
        slope=float(people_cov[1, 1]),
        covariance=float(people_cov[0, 1]),
        cluster=float(residual * d * d) if clusters is not None else np.nan,
        residual=residual,
        people=people,
        observations=n,
        boundary=bool(smallest < _ZERO),
        converged=flat,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Likelihood:
    """The profiled restricted likelihood of blocks of scores.

    Attributes
    ----------
    y, x
        Scores ``(g, m)`` and predictors ``(g, m, k)``, 0 where there is none.
    parts
        What the covariance of a block is linear in, ``(4, g, m, m)``: same person, sum of times,
        product of times, same cluster.
    n
        Scores that are there.
    shared
        Whether clusters have a variance of their own.
    """

    y: FloatArray
    x: FloatArray
    parts: FloatArray
    n: int
    shared: bool

    @classmethod
    def of(
        cls, y: FloatArray, x: FloatArray, time: FloatArray, person: IntArray, *, shared: bool
    ) -> "_Likelihood":
        there = ~np.isnan(y)
        pair = there[:, :, None] & there[:, None, :]
        same = (pair & (person[:, :, None] == person[:, None, :])).astype(np.float64)
        one, other = time[:, :, None], time[:, None, :]
        parts = np.stack([same, same * (one + other), same * one * other, pair.astype(np.float64)])
        y, x = np.where(there, y, 0.0), np.where(there[..., None], x, 0.0)
        return cls(y=y, x=x, parts=parts, n=int(there.sum()), shared=shared)

    def minimise(self) -> tuple[FloatArray, bool] | None:
        """Relative standard deviations at the minimum, and whether it is flat there."""
        from scipy.optimize import minimize

        best = None
        for start in _STARTS:
            free = np.array(start if self.shared else start[:3])
            fit = minimize(self.criterion, free, jac=True, method="BFGS", options={"gtol": 1e-7})
            if np.isfinite(fit.fun) and (best is None or fit.fun < best.fun):
                best = fit
            if best is not None and np.abs(best.jac).max() < _FLAT * self.n:
                break
        if best is None:
            return None
        theta = np.append(best.x, np.zeros(4 - len(best.x)))
        return theta, bool(np.abs(best.jac).max() < _FLAT * self.n)

    def criterion(self, free: FloatArray) -> tuple[float, FloatArray]:
        """Twice the negative profiled log-likelihood, and its gradient."""
        theta = np.append(free, np.zeros(4 - len(free)))
        value, gradient, *_ = self.evaluate(theta)
        return value, gradient[: len(free)]

    def evaluate(
        self, theta: FloatArray
    ) -> tuple[float, FloatArray, FloatArray, FloatArray, float]:
        """Criterion, gradient, coefficients, their covariance and the residual variance."""
        a, b, c, d = theta
        y, x = self.y, self.x
        weights = np.array([a * a, a * b, b * b + c * c, d * d])
        v = np.eye(y.shape[1]) + np.tensordot(weights, self.parts, axes=1)
        inverse = np.linalg.inv(v)
        logdet = 2 * np.log(np.diagonal(np.linalg.cholesky(v), axis1=1, axis2=2)).sum()
        vx = inverse @ x
        information = np.tensordot(x, vx, axes=([0, 1], [0, 1]))
        bread = np.linalg.inv(information)
        beta = bread @ np.einsum("gmi,gm->i", vx, y)
        residual = y - x @ beta
        ve = np.einsum("gmn,gn->gm", inverse, residual)
        square = float((residual * ve).sum())
        k = x.shape[-1]
        variance = square / (self.n - k)
        value = logdet + np.linalg.slogdet(information)[1] + (self.n - k) * np.log(variance)
        middle = (vx @ bread) @ np.swapaxes(vx, 1, 2)
        slopes = inverse - middle - ve[:, :, None] * ve[:, None, :] / variance
        one, two, three, four = self.parts.reshape(4, -1) @ slopes.ravel()
        gradient = np.array(
            [2 * a * one + b * two, a * two + 2 * b * three, 2 * c * three, 2 * d * four]
        )
        return float(value), gradient, beta, variance * bread, variance


def _blocks(
    y: ArrayLike, times: ArrayLike, between: ArrayLike | None, clusters: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray, float, IntArray]:
    """Scores, predictors, scaled time and person of each cluster, ``(g, m, ...)``; NaN as padding.

    People and clusters stand in an order of what stands in them. Predictors are each variable and
    its product with time, side by side.
    """
    y, times = as_float(y), as_float(times)
    if y.ndim != 2 or times.shape != (y.shape[1],) or not len(times):
        raise ValueError(
            f"expected scores of shape (people, w) and times (w,), got {y.shape}, {times.shape}"
        )
    group = np.empty((len(y), 0)) if between is None else as_float(between)
    if group.ndim != 2 or len(group) != len(y):
        raise ValueError(f"between must have shape ({len(y)}, q), got {group.shape}")
    code = cluster_codes(clusters, len(y))
    whole = np.all(np.isfinite(group), axis=1, keepdims=True)
    y = np.where(np.isfinite(y) & whole, y, np.nan)
    rows = np.concatenate([y, group], axis=1)
    order = canonical_order(rows)
    rows, code = rows[order], code[order]
    by_cluster = np.argsort(code, kind="stable")
    rows, code = rows[by_cluster], np.unique(code[by_cluster], return_inverse=True)[1]
    size = int(np.bincount(code).max(initial=1))
    place = np.arange(len(code)) - np.searchsorted(code, code)
    g, w = int(code.max(initial=0)) + 1, y.shape[1]
    block = np.full((g, size, rows.shape[1]), np.nan)
    block[code, place] = rows
    block = block[canonical_order(block.reshape(g, -1))]
    score, group = block[..., :w], block[..., w:]
    time = times - times[0]
    scale = float(np.sqrt(np.mean(time**2))) or 1.0
    t = np.broadcast_to(time / scale, score.shape)
    base = np.concatenate([np.ones((g, size, 1)), group], axis=-1)[:, :, None, :]
    x = np.stack(
        [np.broadcast_to(base, (g, size, w, base.shape[-1])), base * t[..., None]], axis=-1
    )
    person = np.broadcast_to(np.arange(g * size).reshape(g, size, 1), score.shape)
    flat = (g, size * w)
    return score.reshape(flat), x.reshape(*flat, -1), t.reshape(flat), scale, person.reshape(flat)


def _nothing(k: int, people: int, n: int) -> Growth:
    none = np.full(k, np.nan)
    return Growth(
        estimate=none, se=none, low=none, high=none, p=none, level=np.nan, slope=np.nan,
        covariance=np.nan, cluster=np.nan, residual=np.nan, people=people, observations=n,
        boundary=False, converged=False,
    )  # fmt: skip
