"""Ordered answers: thresholds and polychoric correlations in, a fitted model and its tests out.

Three stages. Thresholds come from each item's margin and correlations from each pair's table; their
joint asymptotic covariance Gamma says how much both may err; the model is then fitted to them by
least squares with weights. Diagonal weights (DWLS) or none (ULS) are used instead of the inverse of
Gamma, which needs thousands of respondents; standard errors and tests are corrected for that
(WLSMV, ULSMV).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from detachment.stats._arrays import FloatArray, IntArray
from detachment.stats.polychoric_items import AsymptoticCovariance, asymptotic_covariance
from detachment.stats.sem.fit import close_fit, incremental, rmsea
from detachment.stats.sem.model import (
    ALPHA,
    BETA,
    DELTA,
    LAMBDA,
    NU,
    PSI,
    TAU,
    THETA,
    Model,
    implied,
    implied_thresholds,
    ordinal_jacobian,
    row_slopes,
    vech_index,
)
from detachment.stats.sem.robust import (
    RobustFit,
    Sandwich,
    ScaledTest,
    correlation_ml,
    inverse,
    mean_scaled,
    mean_variance_adjusted,
    residual_trace,
    robust_fit,
    sandwich,
    satorra_2000,
    scaled_shifted,
)

OrdinalEstimator = Literal["DWLS", "ULS"]
OrdinalTest = Literal["scaled_shifted", "mean_scaled", "mean_variance_adjusted", "standard"]
_STEPS = 500
_TOLERANCE = 1e-12  # of the weighted distance: what a step still gains
_AWAY = 1e4  # a standardized parameter as large as this: the model has no minimum there


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalSample:
    """What a model of p ordered items needs to know of a group of respondents.

    Attributes
    ----------
    n
        Respondents who answered any of the items.
    n_thresholds
        Of each item, (p,).
    thresholds
        Item by item, (t,).
    correlations
        Polychoric, (p, p).
    gamma
        n times the covariances of thresholds, then of correlations below the diagonal column by
        column, (m, m), m = t + p (p - 1) / 2.
    """

    n: float
    n_thresholds: IntArray
    thresholds: FloatArray
    correlations: FloatArray
    gamma: FloatArray

    @property
    def moments(self) -> FloatArray:
        """Thresholds, then correlations below the diagonal column by column, (m,)."""
        return np.concatenate([self.thresholds, below(self.correlations)])


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalFit:
    """A model fitted to ordered items of G groups: q parameters.

    Attributes
    ----------
    model
        What was fitted.
    samples
        To what, one a group.
    estimator
        ``DWLS`` or ``ULS``.
    theta
        Estimates, (q,).
    converged
        Whether a minimum was found.
    iterations
        Steps taken.
    statistic, df
        (n - 1) times the weighted distance, summed over the groups; and what is left of the
        moments for it.
    deltas
        Slopes of the moments of each group at the estimates, (m, q).
    sandwich
        Covariances of the estimates, and what corrects the statistic.
    """

    model: Model
    samples: tuple[OrdinalSample, ...]
    estimator: OrdinalEstimator
    theta: FloatArray
    converged: bool
    iterations: int
    statistic: float
    df: int
    deltas: tuple[FloatArray, ...]
    sandwich: Sandwich

    @property
    def n(self) -> float:
        """Respondents in all groups."""
        return float(sum(sample.n for sample in self.samples))

    @property
    def cov(self) -> FloatArray:
        """Covariances of the estimates, (q, q), with n less the number of groups as divisor."""
        return self.sandwich.cov * self.n / (self.n - len(self.samples))

    @property
    def plain_cov(self) -> FloatArray:
        """Covariances of the estimates if moments erred apart, as the weights say, (q, q).

        What R's ``lavaan`` reports for ``estimator = "DWLS"``; too small or too large wherever
        correlations of the same items err together, which is always.
        """
        information = np.zeros((len(self.theta), len(self.theta)))
        for sample, slopes, weight in zip(self.samples, self.deltas, self.weights, strict=True):
            information += (sample.n - 1) * (slopes.T * weight) @ slopes
        return inverse(information)

    @property
    def weights(self) -> tuple[FloatArray, ...]:
        """Weights of the moments of each group, (m,)."""
        return tuple(_weights(sample, self.estimator) for sample in self.samples)

    @property
    def residuals(self) -> tuple[FloatArray, ...]:
        """Moments less what the model says of them, of each group, (m,)."""
        said = _implied(self.model, self.theta)
        return tuple(s.moments - e for s, e in zip(self.samples, said, strict=True))


def ordinal_sample(
    x: ArrayLike, weights: Literal["empirical", "expected"] = "empirical"
) -> OrdinalSample:
    """Thresholds and polychoric correlations of a group, and how they err.

    Parameters
    ----------
    x
        Ordered answers, ``(n, p)``; NaN is missing and is left out pair by pair: drop incomplete
        rows before, for listwise deletion.
    weights
        How Gamma weighs the cells of the tables: by what was observed, as lavaan, or by what is
        expected. See :func:`detachment.stats.polychoric_items.asymptotic_covariance`.

    Returns
    -------
    OrdinalSample
        With missing answers every threshold and correlation errs as its own respondents do, and
        two of them together as those do who answered for both: what is summed over respondents in
        Gamma is divided by the numbers who answered.

    Notes
    -----
    Muthen (1984), Psychometrika 49, 115-132. Missing answers must be missing completely at random.

    Examples
    --------
    >>> x = [[1, 1], [2, 1], [2, 2], [1, 1], [2, 2], [1, 2], [2, 1], [1, 1], [np.nan, 1]]
    >>> sample = ordinal_sample(x)
    >>> sample.n, sample.moments.round(3).tolist()
    (9.0, [0.0, 0.431, 0.395])
    """
    return sample_of(asymptotic_covariance(x, weights=weights))


def sample_of(found: AsymptoticCovariance) -> OrdinalSample:
    """A group whose thresholds and correlations, and how they err, are known already.

    Parameters
    ----------
    found
        Of ordered items.

    Returns
    -------
    OrdinalSample

    References
    ----------
    As of :func:`ordinal_sample`.

    Examples
    --------
    >>> x = [[1, 1], [2, 1], [2, 2], [1, 1], [2, 2], [1, 2], [2, 1], [1, 1], [np.nan, 1]]
    >>> sample_of(asymptotic_covariance(x)).n
    9.0
    """
    t = len(found.items)
    return OrdinalSample(
        n=float(found.n),
        n_thresholds=np.bincount(found.items, minlength=found.fit.r.shape[-1]),
        thresholds=found.estimates[:t],
        correlations=found.fit.r,
        gamma=found.gamma,
    )


def below(matrix: FloatArray) -> FloatArray:
    """Cells below the diagonal, column by column, of ``(..., p, p)``.

    Examples
    --------
    >>> below(np.arange(9.0).reshape(3, 3)).tolist()
    [3.0, 6.0, 7.0]
    """
    column, row = np.triu_indices(matrix.shape[-1], 1)
    return matrix[..., row, column]


def _weights(sample: OrdinalSample, estimator: OrdinalEstimator) -> FloatArray:
    variance = np.diagonal(sample.gamma)
    if estimator == "ULS":
        return np.ones(len(variance))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 0, 1.0 / variance, np.nan)


def _implied(model: Model, theta: FloatArray) -> list[FloatArray]:
    pairs = zip(implied_thresholds(model, theta), implied(model, theta), strict=True)
    return [np.concatenate([tau, below(cov)]) for tau, (_, cov) in pairs]


def fit_ordinal(
    model: Model,
    samples: Sequence[OrdinalSample],
    *,
    estimator: OrdinalEstimator = "DWLS",
    start: FloatArray | None = None,
) -> OrdinalFit:
    """Fit a model to thresholds and polychoric correlations.

    Parameters
    ----------
    model
        All of its observed variables ordered; q free parameters.
    samples
        One a group, items in the model's order.
    estimator
        ``DWLS``: each moment is weighted by its precision; ``ULS``: all alike.
    start
        Values to begin with, (q,).

    Returns
    -------
    OrdinalFit
        NaN for everything where the moments are not known; ``converged`` is False where no minimum
        was found. Improper estimates are left as they are.

    Raises
    ------
    ValueError
        When samples and groups, or items, do not match.

    Notes
    -----
    Muthen (1984), Psychometrika 49, 115-132; Muthen, du Toit and Spisic (1997); Gauss-Newton steps,
    damped where one would not go downhill. Duplicates R's ``lavaan`` with ``estimator = "WLSMV"``
    or ``"ULSMV"``.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> model = cfa_model("f =~ a + b + c", ordered="abc", thresholds=dict.fromkeys("abc", 1))
    >>> r = np.full((3, 3), 0.25) + 0.75 * np.eye(3)
    >>> sample = OrdinalSample(200, np.ones(3, int), np.zeros(3), r, np.eye(6))
    >>> fit = fit_ordinal(model, [sample])
    >>> fit.converged, fit.df, fit.theta.round(6).tolist()
    (True, 0, [1.0, 1.0, 0.0, 0.0, 0.0, 0.25])
    """
    if len(samples) != model.groups:
        raise ValueError(f"the model has {model.groups} groups, and there are {len(samples)}")
    if not model.ordered.all():
        raise ValueError("every variable of the model must be ordered")
    for sample in samples:
        if not np.array_equal(sample.n_thresholds, model.n_thresholds):
            raise ValueError("the model and the sample have other numbers of thresholds")
    weights = [_weights(sample, estimator) for sample in samples]
    moments = [sample.moments for sample in samples]
    # The distance is weighted by n - 1 and divided by n, so that its size says nothing of n.
    total = sum(sample.n for sample in samples)
    root = np.concatenate(
        [np.sqrt((s.n - 1) / total * w) for s, w in zip(samples, weights, strict=True)]
    )
    goal = np.concatenate(moments)
    known = bool(np.isfinite(root).all() and np.isfinite(goal).all())
    first = starting_values(model, samples) if start is None else np.array(start, dtype=float)
    if known:
        theta, converged, iterations = _least_squares(model, root, goal, first)
    else:
        theta, converged, iterations = np.full(model.n_free, np.nan), False, 0
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        left = root * (goal - np.concatenate(_implied(model, theta)))
        deltas = ordinal_jacobian(model, theta)
        found = sandwich(deltas, weights, [s.gamma for s in samples], [s.n for s in samples])
    return OrdinalFit(
        model=model,
        samples=tuple(samples),
        estimator=estimator,
        theta=theta,
        converged=converged,
        iterations=iterations,
        statistic=float(total * (left @ left)),
        df=len(goal) - model.n_free,
        deltas=deltas,
        sandwich=found,
    )


def _least_squares(
    model: Model, root: FloatArray, goal: FloatArray, theta: FloatArray
) -> tuple[FloatArray, bool, int]:
    """Levenberg and Marquardt's steps to the least weighted squares."""

    def residual(at: FloatArray) -> FloatArray:
        left: FloatArray = root * (goal - np.concatenate(_implied(model, at)))
        return left

    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        left = residual(theta)
        loss = float(left @ left)
        damping, small = 0.0, 0
        for step in range(1, _STEPS + 1):
            slope = root[:, None] * np.concatenate(ordinal_jacobian(model, theta))
            if not np.isfinite(slope).all() or not np.isfinite(loss):
                return theta, False, step
            gradient = slope.T @ left
            square = slope.T @ slope
            size = np.diagonal(square)
            while True:
                grown = square + np.diag(damping * np.maximum(size, 1e-12))
                move = _solve(grown, gradient)
                trial = theta + move
                there = residual(trial)
                new = float(there @ there)
                if np.isfinite(new) and new <= loss + 1e-15 * (1 + loss):
                    break
                damping = max(10 * damping, 1e-4)
                if damping > 1e12:
                    return theta, bool(np.abs(gradient).max() < 1e-7), step
            gained = loss - new
            theta, left, loss = trial, there, min(new, loss)
            damping = damping / 10 if damping > 1e-6 else 0.0
            if np.abs(theta).max() > _AWAY:
                return theta, False, step
            tiny = np.abs(move).max() <= 1e-9 * (1 + np.abs(theta).max())
            small = small + 1 if tiny or gained <= _TOLERANCE * 1e-6 * (loss + 1e-6) else 0
            if tiny or small > 2:
                return theta, True, step
    return theta, False, _STEPS


def _solve(square: FloatArray, gradient: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.solve(square, gradient), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(square, gradient, rcond=None)[0], dtype=np.float64)


def starting_values(model: Model, samples: Sequence[OrdinalSample]) -> FloatArray:
    """Values to begin with: one centroid a factor, thresholds as they are.

    Parameters
    ----------
    model
        With q free parameters.
    samples
        One a group.

    Returns
    -------
    FloatArray
        (q,).

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> model = cfa_model("f =~ a + b + c", ordered="abc", thresholds=dict.fromkeys("abc", 1))
    >>> r = np.full((3, 3), 0.25) + 0.75 * np.eye(3)
    >>> sample = OrdinalSample(200, np.ones(3, int), np.zeros(3), r, np.eye(6))
    >>> starting_values(model, [sample]).round(2).tolist()
    [1.0, 1.0, 0.0, 0.0, 0.0, 0.25]
    """
    theta = np.zeros(model.n_free)
    for g in reversed(range(model.groups)):
        here = np.flatnonzero(model.group == g)
        loadings = _centroids(model, here, samples[g].correlations)
        scale: dict[int, float] = {}  # of each factor: the loading that its fixed one stands for
        for k in here[(model.matrix[here] == LAMBDA) & (model.free[here] == 0)]:
            if model.value[k] != 0 and abs(loadings[int(k)]) > 0.1:
                scale.setdefault(int(model.column[k]), loadings[int(k)] / model.value[k])
        for k in here:
            if model.free[k] == 0:
                continue
            code, row, column = (int(of[k]) for of in (model.matrix, model.row, model.column))
            value = 0.0
            if code == LAMBDA:
                value = loadings[int(k)] / scale.get(column, 1.0)
            elif code == BETA:
                value = 0.5
            elif code == PSI and row == column:
                value = scale.get(row, 1.0) ** 2
            elif (code == THETA and row == column) or code == DELTA:
                value = 1.0
            elif code == TAU:
                value = samples[g].thresholds[row]
            elif code in (NU, ALPHA):
                value = 0.0
            if not np.isnan(model.value[k]):
                value = model.value[k]
            theta[model.free[k] - 1] = value
    return theta


def _centroids(model: Model, here: IntArray, cor: FloatArray) -> dict[int, float]:
    """Loading of each row that is one: of its item on the centroid of the factor's items."""
    found = {}
    of = here[model.matrix[here] == LAMBDA]
    for factor in np.unique(model.column[of]):
        rows = of[model.column[of] == factor]
        items = model.row[rows]
        block = cor[np.ix_(items, items)]
        sign = np.where(block[0] < 0, -1.0, 1.0)
        block = block * sign[:, None] * sign
        k = len(items)
        if k < 2:
            values = np.full(k, 0.7)
        else:
            mean = (block.sum(axis=1) - 1) / (k - 1)
            overall = max(float(mean.mean()), 0.05)
            values = np.clip(mean / np.sqrt(overall), 0.1, 0.95) * sign
        found.update({int(row): float(value) for row, value in zip(rows, values, strict=True)})
    return found


def ordinal_test(fit: OrdinalFit, kind: OrdinalTest = "scaled_shifted") -> ScaledTest:
    """The test of a fit, corrected as asked.

    Parameters
    ----------
    fit
        A fit.
    kind
        ``scaled_shifted`` (WLSMV, ULSMV), ``mean_scaled`` (WLSM, ULSM),
        ``mean_variance_adjusted`` (WLSMVS), or ``standard``, which has no known distribution.

    Returns
    -------
    ScaledTest
    """
    return _corrected(fit.statistic, fit.df, fit.sandwich.trace, fit.sandwich.trace_squared, kind)


def _corrected(
    statistic: float, df: float, trace: float, trace_squared: float, kind: OrdinalTest
) -> ScaledTest:
    if kind == "mean_scaled":
        return mean_scaled(statistic, df, trace)
    if kind == "mean_variance_adjusted":
        return mean_variance_adjusted(statistic, df, trace, trace_squared)
    if kind == "scaled_shifted":
        return scaled_shifted(statistic, df, trace, trace_squared)
    p = float(chdtrc(df, statistic)) if df > 0 and np.isfinite(statistic) else np.nan
    return ScaledTest(statistic, float(df), p, 1.0, 0.0)


def baseline_test(
    samples: Sequence[OrdinalSample],
    estimator: OrdinalEstimator = "DWLS",
    kind: OrdinalTest = "scaled_shifted",
) -> tuple[ScaledTest, ScaledTest]:
    """Test of independence: thresholds as they are, no correlations.

    Parameters
    ----------
    samples
        One a group.
    estimator, kind
        As for the model itself.

    Returns
    -------
    tuple of ScaledTest
        Uncorrected and corrected.
    """
    statistic = trace = trace_squared = 0.0
    df = 0
    for sample in samples:
        t = len(sample.thresholds)
        weight = _weights(sample, estimator)[t:]
        statistic += (sample.n - 1) * float(np.sum(weight * below(sample.correlations) ** 2))
        spread = weight[:, None] * sample.gamma[t:, t:]
        trace += float(np.trace(spread))
        trace_squared += float(np.sum(spread * spread.T))
        df += len(weight)
    return (
        _corrected(statistic, df, trace, trace_squared, "standard"),
        _corrected(statistic, df, trace, trace_squared, kind),
    )


def ordinal_robust_fit(fit: OrdinalFit, *, confidence: float = 0.90) -> RobustFit:
    """CFI, TLI and RMSEA of the latent responses, as normal theory would give them.

    Parameters
    ----------
    fit
        A fit.
    confidence
        Level of the interval of RMSEA.

    Returns
    -------
    RobustFit
        NaN where a matrix of polychoric correlations is not positive definite.

    Notes
    -----
    Savalei (2021), Multivariate Behavioral Research 56, 390-407; as R's ``lavaan`` from 0.6-13 on
    names ``cfi.robust``, ``tli.robust`` and ``rmsea.robust`` of ordered items.
    """
    statistic = statistic0 = trace0 = 0.0
    deltas, fitted, judged, gammas = [], [], [], []
    df0 = 0
    weights = fit.weights
    covs = implied(fit.model, fit.theta)
    for g, sample in enumerate(fit.samples):
        t = len(sample.thresholds)
        value, weight = correlation_ml(sample.correlations, covs[g][1])
        null, _ = correlation_ml(sample.correlations, np.eye(len(sample.n_thresholds)))
        statistic += sample.n * value
        statistic0 += sample.n * null
        trace0 += float(np.trace(sample.gamma[t:, t:]))
        df0 += len(weight)
        deltas.append(fit.deltas[g][t:])
        fitted.append(weights[g][t:])
        judged.append(weight)
        gammas.append(sample.gamma[t:, t:])
    with np.errstate(invalid="ignore"):
        trace = residual_trace(
            deltas, fitted, judged, gammas, fit.sandwich.bread, [s.n for s in fit.samples]
        )
    df = fit.df
    scale = trace / df if df > 0 else np.nan
    return robust_fit(
        statistic, df, scale, (statistic0, df0, trace0 / df0), fit.n - len(fit.samples),
        groups=len(fit.samples), confidence=confidence,
    )  # fmt: skip


def ordinal_fit_indices(
    fit: OrdinalFit, kind: OrdinalTest = "scaled_shifted", *, confidence: float = 0.90
) -> dict[str, float]:
    """Every index of fit, by the names that ``lavaan::fitMeasures`` has for them.

    Parameters
    ----------
    fit
        A fit.
    kind
        How the test is corrected.
    confidence
        Level of the intervals of RMSEA.

    Returns
    -------
    dict
        Dots are underscores: ``chisq``, ``cfi_scaled``, ``rmsea_robust`` and so on.

    References
    ----------
    Asparouhov, T., & Muthén, B. (2010). *Simple second order chi-square correction* (scaled and
    shifted). Savalei, V. (2021). *Multivariate Behavioral Research, 56*, 390-407 (robust). R:
    ``lavaan::fitMeasures``.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> cuts = dict.fromkeys("abcd", 3)
    >>> model = cfa_model("f =~ a + b + c + d", ordered=list("abcd"), thresholds=cuts)
    >>> sample = ordinal_sample(np.digitize(x, [-1, 0, 1]))
    >>> found = ordinal_fit_indices(fit_ordinal(model, [sample]))
    >>> found["df"], bool(found["cfi"] > 0.95)
    (2.0, True)
    """
    plain, corrected = ordinal_test(fit, "standard"), ordinal_test(fit, kind)
    if fit.estimator == "ULS":  # its minimum has no known distribution, not even roughly
        plain = replace(plain, p=np.nan)
    plain0, corrected0 = baseline_test(fit.samples, fit.estimator, kind)
    groups = len(fit.samples)
    n = fit.n - groups  # as in the statistic itself
    found = {
        "npar": float(fit.model.n_free),
        "chisq": plain.statistic,
        "df": float(fit.df),
        "pvalue": plain.p,
        "baseline_chisq": plain0.statistic,
        "baseline_df": plain0.df,
        "ntotal": fit.n,
    }
    found |= incremental(plain, plain0)
    found["nfi"] = (plain0.statistic - plain.statistic) / plain0.statistic
    found["ifi"] = (plain0.statistic - plain.statistic) / (plain0.statistic - plain.df)
    found |= rmsea(plain.statistic, plain.df, n, groups, confidence)
    found["rmsea_pvalue"] = close_fit(plain.statistic, plain.df, n, groups)
    found |= _residual_indices(fit)
    if kind != "standard":
        found |= {
            "chisq_scaled": corrected.statistic,
            "df_scaled": corrected.df,
            "pvalue_scaled": corrected.p,
            "chisq_scaling_factor": corrected.scale,
            "baseline_chisq_scaled": corrected0.statistic,
            "baseline_df_scaled": corrected0.df,
        }
        found |= incremental(corrected, corrected0, "_scaled")
        if kind == "scaled_shifted":
            judged, by = corrected.statistic, corrected.df
        else:  # lavaan judges the uncorrected statistic against its own mean
            judged, by = plain.statistic, fit.sandwich.trace
        found |= rmsea(judged, by, n, groups, confidence, "_scaled")
        robust = ordinal_robust_fit(fit, confidence=confidence)
        found |= {
            "cfi_robust": robust.cfi,
            "tli_robust": robust.tli,
            "rmsea_robust": robust.rmsea,
            "rmsea_ci_lower_robust": robust.rmsea_low,
            "rmsea_ci_upper_robust": robust.rmsea_high,
        }
    return found


def _residual_indices(fit: OrdinalFit) -> dict[str, float]:
    srmr = rmr = gfi = 0.0
    p = len(fit.model.observed)
    for sample, left, weight in zip(fit.samples, fit.residuals, fit.weights, strict=True):
        t = len(sample.thresholds)
        share = sample.n / fit.n
        srmr += share * np.sqrt(np.sum(left[t:] ** 2) / (p * (p + 1) / 2))
        rmr += share * np.sqrt(np.sum(left**2) / (t + p * (p + 1) / 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            gfi += share * (1 - np.sum(weight * left**2) / np.sum(weight * sample.moments**2))
    moments = sum(len(s.moments) for s in fit.samples)
    agfi = 1 - moments / fit.df * (1 - gfi) if fit.df > 0 else np.nan
    return {
        "srmr": float(srmr),
        "srmr_bentler": float(rmr),
        "rmr": float(rmr),
        "gfi": float(gfi),
        "agfi": float(agfi),
    }


def ordinal_difference(constrained: OrdinalFit, wider: OrdinalFit) -> ScaledTest:
    """Test of what the first of two nested models constrains.

    Parameters
    ----------
    constrained, wider
        Fits of the same samples by the same estimator.

    Returns
    -------
    ScaledTest
        Scaled and shifted.

    Notes
    -----
    Satorra (2000); see :func:`detachment.stats.sem.robust.satorra_2000`.
    """
    return satorra_2000(
        (constrained.statistic, wider.statistic),
        (constrained.df, wider.df),
        wider.sandwich,
        constrained.deltas,
        wider.deltas,
    )


def release_tests(fit: OrdinalFit, rows: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """What the fit would gain if single rows of its table were freed.

    Parameters
    ----------
    fit
        A fit.
    rows
        Positions of rows that are fixed, or that share their parameter with others.

    Returns
    -------
    tuple of FloatArray
        Modification index of each row, and the change of its value to be expected, (rows,); NaN
        where freeing it would leave the model unidentified.

    Notes
    -----
    Score tests of one constraint at a time, Sorbom (1989), Psychometrika 54, 371-384. With these
    weights their distribution under the model is not that of a chi-square: they rank, they do not
    test. Duplicates R's ``lavaan::modindices``.
    """
    total = fit.n
    q = fit.model.n_free
    at = {int(row): k for k, row in enumerate(rows)}
    score, own = np.zeros(len(rows)), np.zeros(len(rows))
    cross, information = np.zeros((len(rows), q)), np.zeros((q, q))
    slopes = row_slopes(fit.model, fit.theta)
    low, left_column = vech_index(len(fit.model.observed))
    off = low != left_column
    for g, (places, _, cov, tau) in enumerate(slopes):
        share = fit.samples[g].n / total
        weight, left, delta = fit.weights[g], fit.residuals[g], fit.deltas[g]
        information += share * delta.T @ (weight[:, None] * delta)
        asked = np.array([k for k, row in enumerate(places) if int(row) in at], dtype=np.intp)
        if not len(asked):
            continue
        slope = np.concatenate([tau, cov[off]])[:, asked]
        to = np.array([at[int(places[k])] for k in asked])
        weighted = weight[:, None] * slope
        adjusted = (fit.samples[g].n - 1) / fit.samples[g].n
        score[to] += share * adjusted * (weighted.T @ left)
        own[to] += share * np.sum(slope * weighted, axis=0)
        cross[to] += share * weighted.T @ delta
    bread = inverse(information)
    with np.errstate(divide="ignore", invalid="ignore"):
        remaining = own - np.einsum("iq,qr,ir->i", cross, bread, cross)
        remaining = np.where(remaining > 1e-8 * own, remaining, np.nan)
        return total * score**2 / remaining, score / remaining
