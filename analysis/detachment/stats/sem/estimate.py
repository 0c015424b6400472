"""Fit a model for continuous variables: maximum likelihood (complete or not), ULS, GLS.

Scoring with step halving brings the parameters near, Newton's method with the exact curvature ends
it: convergence is decided by how far the gradient says the solution still is, in standard errors.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from detachment.stats._arrays import FloatArray, as_float
from detachment.stats.sem.model import (
    ALPHA,
    BETA,
    LAMBDA,
    NU,
    PSI,
    THETA,
    Model,
    implied,
    jacobian,
    pull_back,
    vech,
    vech_index,
)
from detachment.stats.sem.proper import improper_solution
from detachment.stats.sem.sample import (
    Inverses,
    SampleMoments,
    casewise_slopes,
    inverses_of,
    likelihood_information,
    likelihood_slopes,
    log_likelihood,
    pooled,
)

Criterion = Literal["ML", "ULS", "GLS"]
_MOST = 120
_NEAR = 0.05  # of a standard error: from here on Newton's method
_PATIENCE = 12  # steps after which scoring has shown to be slow
_THERE = 1e-7  # of a standard error: the solution
_STEP = 1e-3  # of central differences of a gradient that is a polynomial of the parameters
_SMALL = 1e-8


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model.

    Attributes
    ----------
    model
        The model, q free parameters.
    samples
        Moments of each group.
    criterion
        ``ML``, ``ULS`` or ``GLS``.
    theta
        Estimates, (q,).
    converged
        Whether the gradient vanishes at a minimum.
    iterations
        Steps taken.
    distance
        What is left to the solution by the gradient, in standard errors.
    statistic
        Chi-square of the model, untouched by any correction.
    df
        Its degrees of freedom.
    log_likelihood, saturated_log_likelihood
        Of the model and of the saturated one; NaN where the criterion is not likelihood.
    hessian
        Observed information: the second derivatives at the solution, (q, q).
    """

    model: Model
    samples: tuple[SampleMoments, ...]
    criterion: Criterion
    theta: FloatArray
    converged: bool
    iterations: int
    distance: float
    statistic: float
    df: int
    log_likelihood: float
    saturated_log_likelihood: float
    hessian: FloatArray

    @cached_property
    def information(self) -> FloatArray:
        """Expected information (or its least-squares analogue) of all rows, (q, q)."""
        return _problem(self.model, self.samples, self.criterion).information(self.theta)

    @property
    def n(self) -> int:
        """Rows of all groups."""
        return pooled(self.samples)

    @property
    def moments(self) -> tuple[tuple[FloatArray, FloatArray], ...]:
        """Means and covariances that the solution implies, group by group."""
        return with_means(self.model, self.samples, implied(self.model, self.theta))


def with_means(
    model: Model,
    samples: Sequence[SampleMoments],
    moments: Sequence[tuple[FloatArray, FloatArray]],
) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Moments of a model; without a mean structure its means are those of the sample."""
    if model.meanstructure:
        return tuple(moments)
    return tuple((s.mean, cov) for s, (_, cov) in zip(samples, moments, strict=True))


def _unbiased(sample: SampleMoments) -> FloatArray:
    """Covariances with divisor n - 1, which least squares are taken of."""
    factor = sample.n / (sample.n - 1) if sample.n > 1 else 1.0
    return as_float(sample.cov * factor)


def least_squares_weight(criterion: Criterion, sample: SampleMoments) -> FloatArray:
    """Weight ``(p + p*, p + p*)`` of squared differences between moments.

    ``ULS``: every one of the p x p cells alike. ``GLS``: normal theory at the sample's covariances.
    """
    factor = sample.n - 1
    if criterion == "ULS":
        p = len(sample.mean)
        low, left = vech_index(p)
        return factor * np.diag(np.concatenate([np.ones(p), np.where(low == left, 0.5, 1.0)]))
    information = likelihood_information(sample, sample.mean, _unbiased(sample))
    weight: FloatArray = information * (factor / float(sample.counts.sum()))
    return weight


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What the optimiser asks of a criterion; everything is for all n rows."""

    model: Model
    samples: tuple[SampleMoments, ...]
    criterion: Criterion
    weights: tuple[FloatArray, ...]  # of ULS and GLS, empty for ML
    last: list[Any] = field(default_factory=list)  # parameters as bytes, and what follows from them

    def at(
        self, theta: FloatArray
    ) -> list[tuple[SampleMoments, FloatArray, FloatArray, Inverses | None]]:
        """Each group with the means and covariances that the model implies, and the inverses.

        Value, slopes and information are asked for at the same parameters, one after another.
        """
        key = theta.tobytes()
        if not self.last or self.last[0] != key:
            moments = with_means(self.model, self.samples, implied(self.model, theta))
            self.last[:] = (
                key,
                [
                    (
                        sample,
                        mean,
                        cov,
                        inverses_of(sample, cov) if self.criterion == "ML" else None,
                    )
                    for sample, (mean, cov) in zip(self.samples, moments, strict=True)
                ],
            )
        found: list[tuple[SampleMoments, FloatArray, FloatArray, Inverses | None]] = self.last[1]
        return found

    def value(self, theta: FloatArray) -> float:
        """Half the chi-square, up to a constant."""
        total = 0.0
        for g, (sample, mean, cov, inverses) in enumerate(self.at(theta)):
            if self.criterion == "ML":
                total -= log_likelihood(sample, mean, cov, inverses)
            else:
                off = np.concatenate([sample.mean - mean, vech(_unbiased(sample) - cov)])
                total += float(0.5 * off @ self.weights[g] @ off)
        return total if np.isfinite(total) else np.inf

    def moment_slopes(self, theta: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        """Minus the slopes of the value in the moments, as ``pull_back`` takes them."""
        found = []
        p = len(self.model.observed)
        low, left = vech_index(p)
        for g, (sample, mean, cov, inverses) in enumerate(self.at(theta)):
            if self.criterion == "ML":
                r, Q = likelihood_slopes(sample, mean, cov, inverses)
            else:
                slope = self.weights[g] @ np.concatenate(
                    [sample.mean - mean, vech(_unbiased(sample) - cov)]
                )
                r, Q = slope[:p], np.zeros((p, p))
                Q[low, left] = Q[left, low] = slope[p:] * np.where(low == left, 1.0, 0.5)
            found.append((r if self.model.meanstructure else np.zeros(p), Q))
        return found

    def information(self, theta: FloatArray, *, observed: bool = False) -> FloatArray:
        """Expected information, or all second derivatives of the value, (q, q)."""
        total = np.zeros((len(theta), len(theta)))
        slopes = jacobian(self.model, theta)
        for g, (sample, mean, cov, inverses) in enumerate(self.at(theta)):
            J = slopes[g]
            if self.criterion == "ML":
                weight = likelihood_information(sample, mean, cov, inverses, observed=observed)
            else:
                weight = self.weights[g]
            if not self.model.meanstructure:
                J, weight = J[len(mean) :], weight[len(mean) :, len(mean) :]
            total += J.T @ weight @ J
        if observed:
            total -= self.curvature(theta)
        return (total + total.T) / 2.0

    def curvature(self, theta: FloatArray) -> FloatArray:
        """Slopes of the moments' slopes, weighted with the value's slopes in the moments.

        The gradient of a fixed linear function of the moments is a polynomial of low degree in
        each parameter, so that central differences are exact but for rounding.
        """
        steps = _STEP * np.maximum(1.0, np.abs(theta))
        offsets = np.diag(steps)
        around = np.concatenate([theta + offsets, theta - offsets])
        slopes = self.moment_slopes(theta)
        gradients = pull_back(self.model, around, slopes)
        q = len(theta)
        found = (gradients[:q] - gradients[q:]) / (2.0 * steps[:, None])
        return (found + found.T) / 2.0


def fit_model(
    model: Model,
    samples: Sequence[SampleMoments],
    criterion: Criterion = "ML",
    *,
    start: FloatArray | None = None,
) -> Fit:
    """Fit a model for continuous variables.

    Parameters
    ----------
    model
        With q free parameters; a mean structure where answers are missing.
    samples
        Moments of each group, in the order of the model's groups.
    criterion
        ``ML``: normal theory, of complete rows or of all answers there are (FIML). ``ULS``,
        ``GLS``: of the saturated moments.
    start
        Parameters to start from, (q,).

    Returns
    -------
    Fit
        ``statistic`` is twice the difference of the log-likelihoods; of ULS and GLS the weighted
        squares of the differences from the covariances with divisor n - 1, times n - 1, as
        lavaan's.

    Raises
    ------
    ValueError
        When groups do not match, or answers are missing and means not modelled.

    References
    ----------
    Jöreskog, K. G. (1969). *Psychometrika, 34*, 183-202. Lee, S.-Y., & Jennrich, R. I. (1979).
    *Psychometrika, 44*, 99-113. R: ``lavaan::lavaan``.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> from detachment.stats.sem.sample import sample_moments
    >>> x = np.random.default_rng(1).normal(size=(100, 1)) + np.random.default_rng(2).normal(
    ...     size=(100, 4))
    >>> fit = fit_model(cfa_model("f =~ a + b + c + d"), [sample_moments(x)])
    >>> fit.converged, fit.df
    (True, 2)
    """
    samples = tuple(samples)
    if len(samples) != model.groups:
        raise ValueError(f"the model has {model.groups} groups, the data {len(samples)}")
    if not model.meanstructure and not all(sample.complete for sample in samples):
        raise ValueError("missing answers need a mean structure")
    problem = _problem(model, samples, criterion)
    theta = start_values(model, samples) if start is None else as_float(start)
    theta, steps, distance, ok, hessian = minimize(
        theta,
        problem.value,
        lambda x: pull_back(model, x, problem.moment_slopes(x)),
        lambda x: problem.information(x),
        lambda x: problem.information(x, observed=True),
    )
    return _finished(problem, theta, steps, distance, ok, hessian)


def _problem(model: Model, samples: tuple[SampleMoments, ...], criterion: Criterion) -> Problem:
    weighed = samples if criterion != "ML" else ()
    return Problem(model, samples, criterion, tuple(
        least_squares_weight(criterion, sample) for sample in weighed
    ))  # fmt: skip


def _finished(
    problem: Problem,
    theta: FloatArray,
    steps: int,
    distance: float,
    ok: bool,
    hessian: FloatArray,
) -> Fit:
    model, samples = problem.model, problem.samples
    p = len(model.observed)
    knowns = sum(p * (p + 1) // 2 + (p if model.meanstructure else 0) for _ in samples)
    level = saturated = np.nan
    if problem.criterion == "ML":
        level = -problem.value(theta)
        saturated = sum(log_likelihood(s, s.mean, s.cov) for s in samples if s.saturated)
        saturated = saturated if all(s.saturated for s in samples) else np.nan
        statistic = max(2.0 * (saturated - level), 0.0) if np.isfinite(saturated) else np.nan
    else:
        statistic = 2.0 * problem.value(theta)
    return Fit(
        model=model,
        samples=samples,
        criterion=problem.criterion,
        theta=theta,
        converged=ok,
        iterations=steps,
        distance=distance,
        statistic=statistic,
        df=knowns - model.n_free,
        log_likelihood=level,
        saturated_log_likelihood=saturated,
        hessian=hessian,
    )


def minimize(
    theta: FloatArray,
    value: Callable[[FloatArray], float],
    descent: Callable[[FloatArray], FloatArray],
    scoring: Callable[[FloatArray], FloatArray],
    newton: Callable[[FloatArray], FloatArray],
) -> tuple[FloatArray, int, float, bool, FloatArray]:
    """Minimum of a function by scoring, then by Newton's method.

    Parameters
    ----------
    theta
        Where to start, (q,).
    value, descent
        The function, and minus its gradient.
    scoring
        A positive (semi)definite stand-in for its second derivatives.
    newton
        Its second derivatives.

    Returns
    -------
    tuple
        The parameters, (q,); steps taken; what the gradient leaves to go, in standard errors;
        whether it is a minimum; the second derivatives there, (q, q).
    """
    level = value(theta)
    distance = np.inf
    step = 0
    while np.isfinite(level) and step < _MOST:
        slope = descent(theta)
        exact = distance < _NEAR or step >= _PATIENCE
        H = newton(theta) if exact else scoring(theta)
        if exact and not np.isfinite(H).all():
            break
        move, distance = _solve(H, slope)
        if distance < _THERE:
            H = H if exact else newton(theta)
            return theta, step, distance, _definite(H), H
        size, allowed = 1.0, 1e-12 * max(1.0, abs(level))
        while size > 1e-6:
            after = value(theta + size * move)
            if after <= level - 1e-4 * size * distance**2 + allowed:
                break
            size /= 2.0
        else:  # no descent is left that rounding lets us see
            break
        theta, level = theta + size * move, after
        step += 1
    H = newton(theta) if np.isfinite(level) else np.full((len(theta), len(theta)), np.nan)
    return theta, step, distance, distance < 1e-4 and _definite(H), H


def _solve(H: FloatArray, slope: FloatArray) -> tuple[FloatArray, float]:
    """Step H^-1 slope and its length in standard errors.

    Where H is nearly singular the step is damped; where it is indefinite, as near a saddle, its
    eigenvalues are taken without their sign, which still leads downhill.
    """
    scale = np.sqrt(np.maximum(np.diagonal(H), 1e-300))
    roots, axes = np.linalg.eigh(H / (scale[:, None] * scale))
    along = axes.T @ (slope / scale)
    damped = np.maximum(np.abs(roots), _SMALL)
    move = axes @ (along / damped) / scale
    return move, float(np.sqrt(max(along @ (along / damped), 0.0)))


def _definite(H: FloatArray) -> bool:
    if not np.isfinite(H).all() or (np.diagonal(H) <= 0).any():
        return False
    scale = np.sqrt(np.diagonal(H))
    return bool(np.linalg.eigvalsh(H / (scale[:, None] * scale)).min() > 1e-9)


def start_values(model: Model, samples: Sequence[SampleMoments]) -> FloatArray:
    """Parameters to start from: one-factor solutions of the items of each factor.

    Parameters
    ----------
    model
        A model with q free parameters.
    samples
        Moments of each group.

    Returns
    -------
    FloatArray
        (q,). Values that the text gives with ``start()`` are kept; equal parameters take the mean
        over their rows.

    References
    ----------
    Harman, H. H., & Jones, W. H. (1966). *Psychometrika, 31*, 351-368 (minimum residuals).

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> from detachment.stats.sem.sample import sample_moments
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> start_values(cfa_model("f =~ a + b + c + d"), [sample_moments(x)]).round(1).tolist()
    [0.9, 0.9, 0.9, 0.9, 1.1, 1.1, 1.0, 1.3]
    """
    guesses = np.concatenate([_guess(model, g, s) for g, s in enumerate(samples)])
    order = np.concatenate([np.flatnonzero(model.group == g) for g in range(model.groups)])
    guess = np.empty(len(model.free))
    guess[order] = guesses
    free = model.free > 0
    guess = np.where(free & ~np.isnan(model.value), model.value, guess)
    which = model.free[free] - 1
    return np.bincount(which, guess[free], model.n_free) / np.bincount(which, None, model.n_free)


def _guess(model: Model, group: int, sample: SampleMoments) -> FloatArray:
    """Starting value of every row of a group."""
    rows = np.flatnonzero(model.group == group)
    p, m = len(model.observed), len(model.structural)
    cov, mean = sample.cov, sample.mean
    if not np.isfinite(cov).all():
        cov, mean = np.eye(p), np.zeros(p)
    sd = np.sqrt(np.maximum(np.diagonal(cov), 1e-12))
    # What stands for each factor: weights of a composite of observed variables.
    composite = np.zeros((m, p))
    variance = np.full(m, np.nan)
    loading: dict[int, float] = {}
    for f, name in enumerate(model.structural):
        if name not in model.latent:
            composite[f, model.observed.index(name)] = 1.0
            variance[f] = cov[model.observed.index(name), model.observed.index(name)]
            continue
        own = [
            i for i in rows
            if model.matrix[i] == LAMBDA and model.column[i] == f
        ]  # fmt: skip
        if not own:
            continue
        items = model.row[own]
        part = cov[np.ix_(items, items)] / (sd[items][:, None] * sd[items])
        load = _one_factor(part) * sd[items]
        # Signs follow the item whose loading is fixed, else the majority.
        anchor = next((k for k, i in enumerate(own) if _is_fixed(model, i)), None)
        if anchor is not None:
            given = model.value[own[anchor]]
            if load[anchor] * given < 0:
                load = -load
            least = 0.2 * sd[items[anchor]]
            root = max(abs(load[anchor]), least) / abs(given)
        elif load.sum() < 0:
            load, root = -load, 1.0
        else:
            root = 1.0
        variance[f] = root**2
        unique = np.maximum(np.diagonal(cov)[items] - load**2, 0.1 * np.diagonal(cov)[items])
        weight = load / unique
        total = weight @ load
        composite[f, items] += root * weight / total if total > 0 else 0.0
        for k, i in enumerate(own):
            loading[int(i)] = load[k] / root
    psi = composite @ cov @ composite.T
    for f in range(m):
        if np.isnan(variance[f]):
            inner = [
                (i, model.row[i]) for i in rows
                if model.matrix[i] == BETA and model.column[i] == f and model.op[i] == "=~"
            ]  # fmt: skip
            least = min((variance[j] for _, j in inner if variance[j] > 0), default=1.0)
            root = np.sqrt(0.5 * least)
            fixed = any(_is_fixed(model, i) for i, _ in inner)
            variance[f] = root**2 if fixed else 1.0
            for i, j in inner:
                own_sd = float(np.sqrt(variance[j])) if variance[j] > 0 else 1.0
                loading[int(i)] = own_sd / float(np.sqrt(least)) if fixed else 0.7 * own_sd
    guess = np.zeros(len(rows))
    inner_items = {int(model.row[i]) for i in rows if model.matrix[i] == BETA}
    explained = np.zeros(p)
    for i in rows:
        if model.matrix[i] == LAMBDA:
            size = float(model.value[i]) if _is_fixed(model, i) else loading[int(i)]
            explained[model.row[i]] += size**2 * variance[model.column[i]]
    for k, i in enumerate(rows):
        code, r, c = model.matrix[i], int(model.row[i]), int(model.column[i])
        if code == LAMBDA or (code == BETA and model.op[i] == "=~"):
            guess[k] = loading[int(i)]
        elif code == THETA and r == c:
            own = cov[r, r]
            guess[k] = min(max(own - explained[r], 0.2 * own), own)
        elif code == PSI and r == c:
            guess[k] = variance[r] * (0.5 if r in inner_items else 1.0)
        elif code == PSI and r not in inner_items and c not in inner_items:
            most = 0.8 * np.sqrt(variance[r] * variance[c])
            guess[k] = np.clip(psi[r, c], -most, most) if np.isfinite(psi[r, c]) else 0.0
        elif code == NU:
            guess[k] = mean[r]
        elif code == ALPHA and model.structural[r] not in model.latent:
            guess[k] = mean[model.observed.index(model.structural[r])]
    return guess


def _is_fixed(model: Model, row: int | np.int64) -> bool:
    return bool(model.free[row] == 0 and model.value[row] not in (0.0,))


def _one_factor(cor: FloatArray) -> FloatArray:
    """Loadings of one factor of a correlation matrix, roughly: principal axes, a few steps."""
    k = len(cor)
    if k == 1:
        return np.ones(1)
    if k == 2:
        size = np.sqrt(min(max(abs(cor[0, 1]), 0.05), 0.95))
        return np.array([size, np.sign(cor[0, 1] or 1.0) * size])
    off = np.abs(cor - np.eye(k))
    communality = np.clip(off.max(axis=0), 0.1, 0.9)
    load = np.zeros(k)
    for _ in range(10):
        reduced = cor - np.eye(k) + np.diag(communality)
        roots, axes = np.linalg.eigh(reduced)
        load = axes[:, -1] * np.sqrt(max(roots[-1], 0.01))
        communality = np.clip(load**2, 0.02, 0.9)
    return np.clip(load, -0.95, 0.95)


def parameter_slopes(fit: Fit) -> FloatArray:
    """Slopes of each row's log-likelihood in the free parameters, ``(n, q)``, group by group."""
    found = []
    for sample, (mean, cov), J in zip(
        fit.samples, fit.moments, jacobian(fit.model, fit.theta), strict=True
    ):
        each = casewise_slopes(sample, mean, cov)
        first = 0 if fit.model.meanstructure else len(mean)
        found.append(each[:, first:] @ J[first:])
    return np.concatenate(found)


def improper(fit: Fit) -> tuple[str, ...]:
    """Everything that makes a solution improper, in words; empty when nothing does.

    Parameters
    ----------
    fit
        A fitted model.

    Returns
    -------
    tuple of str
        See :func:`detachment.stats.sem.proper.improper_solution`.

    References
    ----------
    Chen, F., Bollen, K. A., Paxton, P., Curran, P. J., & Kirby, J. B. (2001). *Sociological Methods
    & Research, 29*, 468-508. R: the warnings of ``lavaan::cfa``.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> from detachment.stats.sem.sample import sample_moments
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> improper(fit_model(cfa_model("f =~ a + b + c + d"), [sample_moments(x)]))
    ()
    """
    first = 0 if fit.model.meanstructure else len(fit.model.observed)
    slopes = np.concatenate([J[first:] for J in jacobian(fit.model, fit.theta)])
    return improper_solution(fit.model, fit.theta, slopes, fit.df, converged=fit.converged)
