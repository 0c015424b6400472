"""How well a fitted model describes the data: tests and indices, plain, scaled and robust."""

import numpy as np
from scipy.special import chndtr

from detachment.stats._arrays import FloatArray
from detachment.stats.sem.estimate import Fit
from detachment.stats.sem.inference import Inference, moment_weights
from detachment.stats.sem.model import jacobian, vech
from detachment.stats.sem.robust import (
    ScaledTest,
    inverse,
    noncentrality_interval,
    residual_trace,
    robust_fit,
)
from detachment.stats.sem.sample import SampleMoments, casewise_slopes, likelihood_information

CLOSE = 0.05  # the RMSEA that the test of close fit asks about


def fit_indices(fit: Fit, inference: Inference, *, confidence: float = 0.90) -> dict[str, float]:
    """Every index of fit, by the names that ``lavaan::fitMeasures`` has for them.

    Parameters
    ----------
    fit
        A fitted model.
    inference
        Its tests.
    confidence
        Level of the intervals of RMSEA.

    Returns
    -------
    dict
        Dots are underscores: ``chisq``, ``cfi_scaled``, ``rmsea_robust`` and so on. NaN where an
        index is not defined.

    References
    ----------
    Bentler, P. M. (1990). *Psychological Bulletin, 107*, 238-246 (CFI). Tucker, L. R., & Lewis, C.
    (1973). *Psychometrika, 38*, 1-10. Steiger, J. H., & Lind, J. C. (1980); Browne, M. W., &
    Cudeck, R. (1993) (RMSEA). Bentler, P. M. (1995). *EQS* (SRMR). Brosseau-Liard, P. E., &
    Savalei, V. (2014). *Multivariate Behavioral Research, 49*, 460-470 (robust). Zhang, X., &
    Savalei, V. (2023). *Psychological Methods, 28*, 263-283 (missing answers).

    Examples
    --------
    >>> from detachment.stats.sem import cfa_model, fit_model, infer, sample_moments
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> fit = fit_model(cfa_model("f =~ a + b + c + d"), [sample_moments(x)])
    >>> found = fit_indices(fit, infer(fit))
    >>> found["df"], bool(found["cfi"] > 0.95)
    (2.0, True)
    """
    test, baseline = inference.test, inference.baseline
    if baseline is None or inference.independence is None:
        raise ValueError("indices of fit need the test of independence: infer(fit, baseline=True)")
    groups = len(fit.samples)
    n = float(fit.n) if fit.criterion == "ML" else float(fit.n - groups)
    found = {
        "npar": float(fit.model.n_free),
        "chisq": test.statistic,
        "df": float(fit.df),
        "pvalue": test.p,
        "baseline_chisq": baseline.statistic,
        "baseline_df": baseline.df,
        "ntotal": float(fit.n),
    }
    found |= incremental(test, baseline)
    found["nfi"] = _ratio(baseline.statistic - test.statistic, baseline.statistic)
    found["ifi"] = _ratio(baseline.statistic - test.statistic, baseline.statistic - test.df)
    found |= rmsea(test.statistic, test.df, n, groups, confidence)
    found["rmsea_pvalue"] = close_fit(test.statistic, test.df, n, groups)
    found |= residual_indices(fit)
    if fit.criterion == "ML":
        level, q = fit.log_likelihood, fit.model.n_free
        found |= {
            "logl": level,
            "unrestricted_logl": fit.saturated_log_likelihood,
            "aic": -2.0 * level + 2.0 * q,
            "bic": -2.0 * level + q * np.log(fit.n),
            "bic2": -2.0 * level + q * np.log((fit.n + 2.0) / 24.0),
        }
    scaled, scaled_baseline = inference.scaled, inference.scaled_baseline
    if scaled is not None and scaled_baseline is not None:
        found |= {
            "chisq_scaled": scaled.statistic,
            "df_scaled": scaled.df,
            "pvalue_scaled": scaled.p,
            "chisq_scaling_factor": scaled.scale,
            "baseline_chisq_scaled": scaled_baseline.statistic,
            "baseline_df_scaled": scaled_baseline.df,
        }
        found |= incremental(scaled, scaled_baseline, "_scaled")
        # as lavaan: the uncorrected statistic against its own mean
        mean = scaled.scale * scaled.df
        found |= rmsea(test.statistic, mean, n, groups, confidence, "_scaled")
    if fit.criterion == "ML":
        found |= _robust(fit, inference, inference.independence, confidence)
    return found


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below else np.nan


def incremental(test: ScaledTest, baseline: ScaledTest, ending: str = "") -> dict[str, float]:
    """CFI and TLI: how far the model is from independence towards a perfect fit.

    Parameters
    ----------
    test, baseline
        Of the model, and of independence.
    ending
        What follows on the names.

    Returns
    -------
    dict
    """
    excess, excess0 = test.statistic - test.df, baseline.statistic - baseline.df
    if not (np.isfinite(excess) and np.isfinite(excess0)):
        return {f"cfi{ending}": np.nan, f"tli{ending}": np.nan}
    worst = max(excess, excess0, 0.0)
    cfi = 1.0 - max(excess, 0.0) / worst if worst > 0 else 1.0
    tli = 1.0
    if test.df > 0 and excess0 != 0:
        tli = 1.0 - excess * baseline.df / (excess0 * test.df)
    return {f"cfi{ending}": float(cfi), f"tli{ending}": float(tli)}


def rmsea(
    statistic: float,
    df: float,
    n: float,
    groups: int = 1,
    confidence: float = 0.90,
    ending: str = "",
) -> dict[str, float]:
    """RMSEA and its interval.

    Parameters
    ----------
    statistic, df
        Of the test.
    n, groups
        Rows and groups.
    confidence
        Level of the interval.
    ending
        What follows on the names.

    Returns
    -------
    dict
        ``rmsea, rmsea_ci_lower, rmsea_ci_upper``; 0 without degrees of freedom.
    """
    names = ("rmsea", "rmsea_ci_lower", "rmsea_ci_upper")
    if df > 0 and np.isfinite(statistic):
        low, high = noncentrality_interval(statistic, df, confidence)
        parts = [max(statistic - df, 0.0), low, high]
        found = [float(np.sqrt(part * groups / (n * df))) for part in parts]
    else:
        found = [0.0 if df == 0 else np.nan] * 3
    return {f"{name}{ending}": value for name, value in zip(names, found, strict=True)}


def close_fit(statistic: float, df: float, n: float, groups: int = 1) -> float:
    """Upper tail of the statistic where RMSEA is .05: Browne and Cudeck's test of close fit."""
    if not (df > 0 and np.isfinite(statistic)):
        return np.nan
    return float(1.0 - chndtr(statistic, df, n * df * CLOSE**2 / groups))


def residual_indices(fit: Fit) -> dict[str, float]:
    """SRMR, RMR, GFI and AGFI: how large the residuals of the moments are.

    Parameters
    ----------
    fit
        A fitted model.

    Returns
    -------
    dict
        ``srmr`` divides by the sample's standard deviations (Bentler), means included where they
        are modelled; groups weigh by their rows.
    """
    p = len(fit.model.observed)
    first = 0 if fit.model.meanstructure else p
    srmr = rmr = gfi = 0.0
    count = 0
    weights = _unit_weights(fit)
    for sample, weight, (mean, cov) in zip(fit.samples, weights, fit.moments, strict=True):
        share = sample.n / fit.n
        seen = sample.cov * (1.0 if fit.criterion == "ML" else sample.n / (sample.n - 1))
        sd = np.sqrt(np.diagonal(seen))
        left = np.concatenate([sample.mean - mean, vech(seen - cov)])[first:]
        with np.errstate(invalid="ignore", divide="ignore"):
            size = np.concatenate([sd, vech(sd[:, None] * sd)])[first:]
            srmr += share * float(np.sqrt(np.mean((left / size) ** 2)))
        rmr += share * float(np.sqrt(np.mean(left**2)))
        target = np.concatenate([sample.mean, vech(seen)])[first:]
        gfi += share * (1.0 - _ratio(left @ weight @ left, target @ weight @ target))
        count += len(left)
    agfi = 1.0 - count / fit.df * (1.0 - gfi) if fit.df > 0 else np.nan
    return {"srmr": srmr, "srmr_bentler": srmr, "rmr": rmr, "gfi": gfi, "agfi": agfi}


def _unit_weights(fit: Fit) -> list[FloatArray]:
    if fit.criterion == "ULS":
        return [np.eye(len(weight)) for weight in moment_weights(fit)]
    return moment_weights(fit)


def _robust(
    fit: Fit, inference: Inference, independence: Fit, confidence: float
) -> dict[str, float]:
    """Indices of what the fit would be for normal and complete answers."""
    incomplete = not all(sample.complete for sample in fit.samples)
    scaled, scaled_baseline = inference.scaled, inference.scaled_baseline
    if incomplete:
        own = _complete_data_test(fit, robust=scaled is not None)
        null = _complete_data_test(independence, robust=scaled is not None)
    elif scaled is not None and scaled_baseline is not None:
        own = (fit.statistic, float(fit.df), scaled.scale)
        null = (independence.statistic, float(independence.df), scaled_baseline.scale)
    else:
        return {}
    found = robust_fit(*own, null, fit.n, groups=len(fit.samples), confidence=confidence)
    return {
        "cfi_robust": found.cfi,
        "tli_robust": found.tli,
        "rmsea_robust": found.rmsea,
        "rmsea_ci_lower_robust": found.rmsea_low,
        "rmsea_ci_upper_robust": found.rmsea_high,
    }


def _complete_data_test(fit: Fit, *, robust: bool) -> tuple[float, float, float]:
    """Statistic that complete data with the saturated moments would give, and its mean / df."""
    first = 0 if fit.model.meanstructure else len(fit.model.observed)
    statistic = 0.0
    deltas, fitted, judged, gammas = [], [], [], []
    slopes = jacobian(fit.model, fit.theta)
    for g, (sample, (mean, cov)) in enumerate(zip(fit.samples, fit.moments, strict=True)):
        if not sample.saturated:
            return np.nan, float(fit.df), np.nan
        whole = _as_complete(sample)
        off = sample.mean - mean
        precision = np.linalg.inv(cov)
        statistic += sample.n * float(
            np.linalg.slogdet(cov)[1]
            - np.linalg.slogdet(sample.cov)[1]
            + np.sum(precision * (sample.cov + off[:, None] * off))
            - len(mean)
        )
        deltas.append(slopes[g][first:])
        at = (sample.mean, sample.cov)
        information = likelihood_information(sample, *at, observed=True)
        bread = inverse(information)
        gamma = bread * sample.n
        if robust:
            rows = casewise_slopes(sample, *at)
            gamma = bread @ (rows.T @ rows) @ bread * sample.n
        fitted.append((information / sample.n)[first:, first:])
        judged.append((likelihood_information(whole, *at) / sample.n)[first:, first:])
        gammas.append(gamma[first:, first:])
    total = np.zeros_like(fit.hessian)
    for sample, delta, weight in zip(fit.samples, deltas, fitted, strict=True):
        total += sample.n / fit.n * delta.T @ weight @ delta
    bread = inverse(total)
    trace = residual_trace(deltas, fitted, judged, gammas, bread, [s.n for s in fit.samples])
    return statistic, float(fit.df), trace / fit.df if fit.df > 0 else np.nan


def _as_complete(sample: SampleMoments) -> SampleMoments:
    """The saturated moments as if no answer were missing."""
    p = len(sample.mean)
    return SampleMoments(
        rows=sample.rows,
        pattern=np.zeros(len(sample.rows), dtype=np.int64),
        seen=np.ones((1, p), dtype=np.bool_),
        counts=np.array([float(sample.n)]),
        means=sample.mean[None],
        covs=sample.cov[None],
        mean=sample.mean,
        cov=sample.cov,
        saturated=sample.saturated,
    )
