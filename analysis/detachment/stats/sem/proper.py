"""What makes a solution improper, in words that say where to look."""

import numpy as np

from detachment.stats._arrays import BoolArray, FloatArray
from detachment.stats.sem.model import Matrices, Model, implied, matrices

_SHOWN = 5


def improper_solution(
    model: Model, theta: FloatArray, slopes: FloatArray, df: int, *, converged: bool
) -> tuple[str, ...]:
    """Everything that makes a solution improper; empty when nothing does.

    Parameters
    ----------
    model, theta
        A model and its q estimates.
    slopes
        Slopes of all moments that are modelled in the parameters, ``(moments, q)``.
    df
        Degrees of freedom.
    converged
        Whether a minimum was found.

    Returns
    -------
    tuple of str
        No convergence, degrees of freedom below 0, parameters that are not identified, negative
        variances, covariance matrices of factors or residuals that are not positive
        (semi)definite, standardized loadings beyond 1.

    References
    ----------
    Chen, F., Bollen, K. A., Paxton, P., Curran, P. J., & Kirby, J. B. (2001). *Sociological Methods
    & Research, 29*, 468-508.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model, jacobian
    >>> model = cfa_model("f =~ a + b + c")
    >>> theta = np.array([1.2, 0.5, -0.1, 1, 1, 1])
    >>> improper_solution(model, theta, jacobian(model, theta)[0][3:], 0, converged=True)
    ('a has a negative residual variance (-0.1)',)
    """
    if not np.isfinite(theta).all():
        return ("the estimation found no solution",)
    found = []
    loose = unidentified(slopes)
    if df < 0:
        found.append(
            f"the model has more parameters than the data have moments (df = {df}), so it is not "
            "identified"
        )
    elif loose.any():
        names = [_name(model, int(k) + 1) for k in np.flatnonzero(loose)]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        found.append(f"the data do not identify {', '.join(names[:_SHOWN])}{more}")
    elif not converged:
        found.append("the estimation did not converge")
    covs = implied(model, theta)
    for g, of in enumerate(matrices(model, theta)):
        where = f" in group {g + 1}" if model.groups > 1 else ""
        found += [text + where for text in _of_group(model, of, covs[g][1])]
    return tuple(found)


def _name(model: Model, parameter: int) -> str:
    i = int(np.argmax(model.free == parameter))
    return f"{model.lhs[i]} {model.op[i]} {model.rhs[i]}".strip()


def _of_group(model: Model, of: Matrices, cov: FloatArray) -> list[str]:
    if not (np.isfinite(of.residuals).all() and np.isfinite(cov).all()):
        return ["the covariances that the model implies do not exist"]
    found = []
    for matrix, names, one, many in (
        (of.residuals, model.observed, "residual variance", "residuals"),
        (of.factors, model.structural, "factor variance", "factors"),
    ):
        variance = np.diagonal(matrix)
        for i in np.flatnonzero(variance < -1e-10):
            found.append(f"{names[i]} has a negative {one} ({variance[i]:.3g})")
        if len(variance) and (variance > 1e-10).all():
            sd = np.sqrt(variance)
            if np.linalg.eigvalsh(matrix / (sd[:, None] * sd)).min() < -1e-8:
                found.append(f"the covariance matrix of the {many} is not positive definite")
    total = np.linalg.pinv(np.eye(len(of.means)) - of.regressions)
    spread = np.diagonal(total @ of.factors @ total.T)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(np.diagonal(cov))
        std = of.loadings * of.scales[:, None] * np.sqrt(spread) / sd[:, None]
    # Where the residual variance is negative that has been said.
    beyond = (np.abs(std) > 1.0 + 1e-8) & (np.diagonal(of.residuals) >= -1e-10)[:, None]
    for i, f in zip(*np.nonzero(beyond), strict=True):
        if model.structural[f] in model.latent:
            found.append(
                f"the standardized loading of {model.observed[i]} on {model.structural[f]} is "
                f"beyond 1 ({std[i, f]:.2f})"
            )
    return found


def unidentified(slopes: FloatArray) -> BoolArray:
    """Which parameters the moments do not determine, at these values of the parameters.

    Parameters
    ----------
    slopes
        Slopes of the moments in the q parameters, ``(moments, q)``.

    Returns
    -------
    BoolArray
        (q,): those that take part in a direction in which no moment changes.

    References
    ----------
    Wald, A. (1950), in Koopmans (Ed.), *Statistical inference in dynamic economic models*, 238-244.

    Examples
    --------
    >>> unidentified(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])).tolist()
    [True, True, False]
    """
    if not np.isfinite(slopes).all():
        return np.zeros(slopes.shape[1], dtype=np.bool_)
    size = np.sqrt((slopes**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = np.where(size > 0, slopes / size, 0.0)
    _, roots, axes = np.linalg.svd(scaled, full_matrices=True)
    rank = int((roots > 1e-7 * max(float(roots.max(initial=0.0)), 1.0)).sum())
    return np.asarray(np.abs(axes[rank:]).max(axis=0, initial=0.0) > 1e-4)
