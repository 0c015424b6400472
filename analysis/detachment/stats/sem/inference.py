"""Covariances of a fit's estimates, and corrected tests: normal theory, sandwich, ADF."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtrc

from detachment.stats._arrays import FloatArray
from detachment.stats.sem.estimate import Fit, fit_model, least_squares_weight, parameter_slopes
from detachment.stats.sem.model import Model, cfa_model, jacobian
from detachment.stats.sem.robust import (
    Sandwich,
    ScaledTest,
    adf_gamma,
    inverse,
    mean_scaled,
    sandwich,
)
from detachment.stats.sem.sample import casewise_slopes, likelihood_information

Errors = Literal["expected", "observed", "huber_white", "adf"]
Correction = Literal["none", "yuan_bentler", "satorra_bentler"]


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """What can be said of a fit beyond its estimates.

    Attributes
    ----------
    errors, correction
        How covariances of estimates and the test were made.
    cov
        Covariances of the estimates, (q, q); NaN where the information is singular.
    test, baseline
        Uncorrected test of the model and of independence.
    scaled, scaled_baseline
        Corrected ones; None without a correction.
    independence
        The fit of the independence model; None where it was not asked for, nor its tests then.
    """

    errors: Errors
    correction: Correction
    cov: FloatArray
    test: ScaledTest
    baseline: ScaledTest | None
    scaled: ScaledTest | None
    scaled_baseline: ScaledTest | None
    independence: Fit | None


def independence_model(model: Model) -> Model:
    """Model of the same variables in which nothing covaries; every group has its own variances.

    Examples
    --------
    >>> independence_model(cfa_model("f =~ a + b + c")).n_free
    3
    """
    quoted = [f"`{name}`" for name in model.observed]
    return cfa_model(
        "\n".join(f"{name} ~~ {name}" for name in quoted),
        groups=model.groups,
        meanstructure=model.meanstructure,
    )


def infer(
    fit: Fit,
    errors: Errors = "expected",
    correction: Correction = "none",
    *,
    baseline: bool = True,
) -> Inference:
    """Covariances of the estimates and tests of a fit.

    Parameters
    ----------
    fit
        A fitted model for continuous variables.
    errors
        ``expected`` or ``observed``: inverse information. ``huber_white``: the sandwich of the
        observed information and the rows' own slopes (MLR). ``adf``: from the fourth moments of
        complete rows (MLM).
    correction
        Of the test: ``yuan_bentler`` (MLR, also with missing answers), ``satorra_bentler`` (MLM).
    baseline
        Whether the independence model is fitted too; only indices of fit need it.

    Returns
    -------
    Inference

    References
    ----------
    Yuan, K.-H., & Bentler, P. M. (2000). *Sociological Methodology, 30*, 165-200. Satorra, A., &
    Bentler, P. M. (1994), in von Eye & Clogg (Eds.), *Latent variables analysis*, 399-419. R:
    ``lavaan`` with ``test = "yuan.bentler.mplus"`` and ``"satorra.bentler"``. The standard errors
    of ULS without a correction are lavaan's, which take every moment to have variance 1.

    Examples
    --------
    >>> from detachment.stats.sem.sample import sample_moments
    >>> x = np.random.default_rng(1).normal(size=(100, 1)) + np.random.default_rng(2).normal(
    ...     size=(100, 4))
    >>> fit = fit_model(cfa_model("f =~ a + b + c + d"), [sample_moments(x)])
    >>> infer(fit).test.df
    2.0
    """
    fits, found = {"own": fit}, {}
    if baseline:
        model = independence_model(fit.model)
        fits["independence"] = fit_model(model, fit.samples, fit.criterion)
    for name, each in fits.items():
        found[name] = _plain_test(each)
        if correction != "none":
            found[f"{name}_scaled"] = mean_scaled(each.statistic, each.df, _trace(each, correction))
    return Inference(
        errors=errors,
        correction=correction,
        cov=_covariance(fit, errors),
        test=found["own"],
        baseline=found.get("independence"),
        scaled=found.get("own_scaled"),
        scaled_baseline=found.get("independence_scaled"),
        independence=fits.get("independence"),
    )


def _plain_test(fit: Fit) -> ScaledTest:
    """Test without a correction; the minimum of ULS has no known distribution."""
    known = fit.df > 0 and np.isfinite(fit.statistic) and fit.criterion != "ULS"
    p = float(chdtrc(fit.df, fit.statistic)) if known else np.nan
    return ScaledTest(fit.statistic, float(fit.df), p, 1.0, 0.0)


def _covariance(fit: Fit, errors: Errors) -> FloatArray:
    if errors == "adf":
        found = adf_sandwich(fit).cov
        shrink = fit.criterion == "ML"
        return found if shrink else found * fit.n / (fit.n - len(fit.samples))
    if errors == "huber_white":
        slopes = parameter_slopes(fit)
        bread = inverse(fit.hessian)
        return bread @ (slopes.T @ slopes) @ bread
    if fit.criterion == "ULS":
        total = np.zeros_like(fit.information)
        for sample, J in zip(fit.samples, _slopes(fit), strict=True):
            total += (sample.n - 1) * J.T @ J
        return inverse(total)
    return inverse(fit.hessian if errors == "observed" else fit.information)


def _slopes(fit: Fit) -> list[FloatArray]:
    """Slopes of the moments that are modelled, group by group."""
    first = 0 if fit.model.meanstructure else len(fit.model.observed)
    return [J[first:] for J in jacobian(fit.model, fit.theta)]


def moment_weights(fit: Fit) -> list[FloatArray]:
    """Weight of one row's moments, group by group: what the fit minimizes by, near the solution."""
    first = 0 if fit.model.meanstructure else len(fit.model.observed)
    found = []
    for sample, (mean, cov) in zip(fit.samples, fit.moments, strict=True):
        if fit.criterion == "ML":
            weight = likelihood_information(sample, mean, cov) / sample.n
        else:
            weight = least_squares_weight(fit.criterion, sample) / (sample.n - 1)
        found.append(weight[first:, first:])
    return found


def adf_sandwich(fit: Fit) -> Sandwich:
    """What fourth moments of complete rows say of a fit.

    Parameters
    ----------
    fit
        A fitted model; every row complete.

    Returns
    -------
    Sandwich
    """
    means = fit.model.meanstructure
    gammas = [adf_gamma(sample.kept, means=means) for sample in fit.samples]
    sizes = [sample.n for sample in fit.samples]
    return sandwich(_slopes(fit), moment_weights(fit), gammas, sizes)


def _trace(fit: Fit, correction: Correction) -> float:
    """Mean of the statistic under the model."""
    if correction == "satorra_bentler":
        return adf_sandwich(fit).trace
    first = 0 if fit.model.meanstructure else len(fit.model.observed)
    total = 0.0
    for sample in fit.samples:
        if not sample.saturated:
            return np.nan
        slopes = casewise_slopes(sample, sample.mean, sample.cov)[:, first:]
        information = likelihood_information(sample, sample.mean, sample.cov, observed=True)
        bread = inverse(information[first:, first:])
        total += float(np.sum(bread * (slopes.T @ slopes)))
    slopes = parameter_slopes(fit)
    return total - float(np.sum(inverse(fit.hessian) * (slopes.T @ slopes)))
