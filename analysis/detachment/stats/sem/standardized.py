"""Standardized parameters of a model, and how much of each variable its factors explain."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_float, diagonal
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
    _inner,
    _total,
    matrices,
    values,
)

Standard = Literal["all", "lv"]


@dataclass(frozen=True, slots=True, eq=False)
class RSquared:
    """Explained variance of one group.

    Attributes
    ----------
    names
        Observed variables, then factors and regressed variables that others explain.
    values
        Shares; NaN where a variable has no positive variance.
    """

    names: tuple[str, ...]
    values: FloatArray


def table_values(model: Model, theta: ArrayLike) -> FloatArray:
    """Value of every row of the table, also of those that follow from the others, ``(..., k)``.

    Parameters
    ----------
    model
        A model with q free parameters.
    theta
        Their values, ``(..., q)``.

    Returns
    -------
    FloatArray
    """
    found = values(model, theta)
    for g, of in enumerate(matrices(model, theta)):
        for code, source in ((THETA, diagonal(of.residuals)), (DELTA, of.scales)):
            at = np.flatnonzero(
                (model.group == g) & (model.matrix == code) & (model.free == 0)
                & np.isnan(model.value)
            )  # fmt: skip
            found[..., at] = source[..., model.row[at]]
    return found


def standardized(model: Model, theta: ArrayLike, kind: Standard = "all") -> FloatArray:
    """Every row of the table as it would be with variables of variance 1.

    Parameters
    ----------
    model
        A model with q free parameters, k rows.
    theta
        Their values, ``(..., q)``.
    kind
        ``all``: factors and observed variables have variance 1; ``lv``: factors only.

    Returns
    -------
    FloatArray
        ``(..., k)``. Covariances of residuals become their correlations. NaN where a variance is
        not positive.

    References
    ----------
    R: ``lavaan::standardizedSolution``, columns ``std.all`` and ``std.lv``.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> model = cfa_model("f =~ a + b + c")
    >>> standardized(model, [1.0, 1.0, 1, 1, 1, 1])[:3].round(3).tolist()
    [0.707, 0.707, 0.707]
    """
    return table_values(model, theta) * standard_factors(model, theta, kind)


def standard_factors(model: Model, theta: ArrayLike, kind: Standard = "all") -> FloatArray:
    """What each row of the table is multiplied with to be standardized, ``(..., k)``.

    Parameters
    ----------
    model, theta, kind
        As for :func:`standardized`.

    Returns
    -------
    FloatArray
    """
    theta = as_float(theta)
    found = np.ones((*theta.shape[:-1], len(model.lhs)))
    is_factor = np.array([name in model.latent for name in model.structural])
    with np.errstate(invalid="ignore", divide="ignore"):
        for g, of in enumerate(matrices(model, theta)):
            inner = _inner(of)
            total = _total(of.regressions)
            factor_sd = np.sqrt(diagonal(total @ of.factors @ total.mT))
            sd = np.sqrt(diagonal(inner.cov))
            if kind == "lv":
                factor_sd = np.where(is_factor, factor_sd, 1.0)
                sd = np.ones_like(sd)
            residual, disturbance = (np.sqrt(diagonal(m)) for m in (of.residuals, of.factors))
            here = np.flatnonzero(model.group == g)
            for code in (LAMBDA, THETA, PSI, BETA, NU, ALPHA, TAU):
                at = here[model.matrix[here] == code]
                if not at.size:
                    continue
                i, j = model.row[at], model.column[at]
                if code == LAMBDA:
                    factor = factor_sd[..., j] / sd[..., i]
                elif code == BETA:
                    factor = factor_sd[..., j] / factor_sd[..., i]
                elif code == THETA:
                    across = 1.0 / (residual[..., i] * residual[..., j])
                    if kind == "lv":
                        across = np.ones_like(across)
                    factor = np.where(i == j, 1.0 / sd[..., i] ** 2, across)
                elif code == PSI:
                    across = 1.0 / (disturbance[..., i] * disturbance[..., j])
                    factor = np.where(i == j, 1.0 / factor_sd[..., i] ** 2, across)
                elif code == NU:
                    factor = 1.0 / sd[..., i]
                elif code == ALPHA:
                    factor = 1.0 / factor_sd[..., i]
                else:
                    item = np.repeat(np.arange(len(model.observed)), model.n_thresholds)[i]
                    factor = 1.0 / sd[..., item]
                found[..., at] = factor
    return found


def standardized_errors(
    model: Model, theta: ArrayLike, cov: ArrayLike, kind: Standard = "all"
) -> FloatArray:
    """Standard errors of standardized rows, by the delta method.

    Parameters
    ----------
    model
        A model with q free parameters, k rows.
    theta, cov
        Estimates (q,) and their covariances (q, q).
    kind
        As for :func:`standardized`.

    Returns
    -------
    FloatArray
        (k,); 0 where a row is a constant.

    References
    ----------
    Bollen, K. A. (1989). *Structural Equations with Latent Variables*. R:
    ``lavaan::standardizedSolution``.

    Examples
    --------
    >>> from detachment.stats.sem import cfa_model, fit_model, infer, sample_moments
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> fit = fit_model(cfa_model("f =~ a + b + c + d"), [sample_moments(x)])
    >>> standardized_errors(fit.model, fit.theta, infer(fit).cov)[:4].round(3).tolist()
    [0.043, 0.047, 0.046, 0.048]
    """
    theta, cov = as_float(theta), as_float(cov)
    steps = 1e-5 * np.maximum(1.0, np.abs(theta))
    offsets = np.diag(steps)
    around = standardized(model, np.concatenate([theta + offsets, theta - offsets]), kind)
    q = len(theta)
    slopes = (around[:q] - around[q:]) / (2.0 * steps[:, None])
    with np.errstate(invalid="ignore"):
        variance = np.einsum("ik,ij,jk->k", slopes, cov, slopes)
        found = np.sqrt(np.where(variance > 1e-16, variance, np.where(variance < 0, np.nan, 0.0)))
        return np.where(np.isnan(variance), np.nan, found)


def r_squared(model: Model, theta: ArrayLike) -> tuple[RSquared, ...]:
    """Share of each variable's variance that the model explains, group by group.

    Parameters
    ----------
    model
        A model with q free parameters.
    theta
        Their values, (q,).

    Returns
    -------
    tuple of RSquared

    References
    ----------
    Bollen, K. A. (1989). *Structural Equations with Latent Variables*. R:
    ``lavaan::lavInspect(fit, "rsquare")``.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> model = cfa_model("f =~ a + b + c")
    >>> r_squared(model, [1.0, 1.0, 1, 1, 1, 1])[0].values.tolist()
    [0.5, 0.5, 0.5]
    """
    found = []
    for of in matrices(model, theta):
        inner = _inner(of)
        total = _total(of.regressions)
        factor_variance = diagonal(total @ of.factors @ total.mT)
        explained = np.asarray(of.regressions.any(axis=-1))
        with np.errstate(invalid="ignore", divide="ignore"):
            own = 1.0 - diagonal(of.residuals) / diagonal(inner.cov)
            inside = 1.0 - diagonal(of.factors) / factor_variance
        behind = [name in model.structural and name not in model.latent for name in model.observed]
        outer = [i for i, is_behind in enumerate(behind) if not is_behind]
        names = [model.observed[i] for i in outer]
        names += [n for n, is_explained in zip(model.structural, explained, strict=True)
                  if is_explained]  # fmt: skip
        found.append(RSquared(tuple(names), np.concatenate([own[outer], inside[explained]])))
    return tuple(found)
