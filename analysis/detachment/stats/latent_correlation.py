"""Two sets of items in, the correlation of their common factors out, with each row's influence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray, as_columns, canonical_order
from detachment.stats.intervals import DeltaMethod, influence_by_slopes, of_influences
from detachment.stats.moments import pair_sums
from detachment.stats.omega import omega_total
from detachment.stats.reliability import alpha


@dataclass(frozen=True, slots=True, eq=False)
class LatentCorrelation:
    """Correlation of two common factors, and what each row does to it.

    Attributes
    ----------
    r
        ``()``; beyond 1 where the reliabilities are too low for the covariance of the sums, NaN
        where a factor is improper.
    influence
        How far it moves with each row, ``(n, 1)``, the rows in an order of their own.
    order
        Which row of the data stands where, ``(n,)``.
    """

    r: FloatArray
    influence: FloatArray
    order: IntArray

    def delta_method(self, clusters: ArrayLike | None = None) -> DeltaMethod:
        """Its standard error, from rows or from whole clusters ``(n,)``."""
        names = None if clusters is None else np.asarray(clusters)[self.order]
        return of_influences(self.r, self.influence, names)


def latent_correlation(x: ArrayLike, y: ArrayLike) -> LatentCorrelation:
    """Correlation of the common factors behind two sets of items.

    Parameters
    ----------
    x, y
        Answers, ``(n, p)`` and ``(n, q)``, at least two items each; NaN is missing, and left out
        pair by pair.

    Returns
    -------
    LatentCorrelation
        The same for every order of the rows.

    Raises
    ------
    ValueError
        When x and y have not the same rows, or none.

    Notes
    -----
    Covariance of the sums over the root of the product of their true variances: what one common
    factor by minimum residuals leaves of the variance of a sum (omega total with the observed
    variance), and alpha's share for two items. Influences are the exact slopes of all this times
    each row's influence on the covariances (Browne, 1984, British Journal of Mathematical and
    Statistical Psychology 37, 62-83). The loadings l solve g(l, s) = 0, so that they move with the
    covariances s by the inverse of the Hessian of what they minimize.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> factor = rng.normal(size=(1000, 1))
    >>> other = 0.6 * factor + 0.8 * rng.normal(size=(1000, 1))
    >>> x, y = factor + rng.normal(size=(1000, 4)), other + rng.normal(size=(1000, 3))
    >>> found = latent_correlation(x, y)
    >>> round(float(found.r), 2), round(float(found.delta_method().standard_error), 3)
    (0.66, 0.028)
    """
    x, y = as_columns(x), as_columns(y)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or not len(x):
        raise ValueError(f"x and y must have the same rows, got {x.shape} and {y.shape}")
    p, everything = x.shape[1], np.hstack([x, y])
    order = canonical_order(everything)
    everything = everything[order]
    sums, shift = pair_sums(everything)
    cov = sums.cov()
    blocks = cov[:p, :p], cov[p:, p:]
    true, slopes = zip(*(_true_variance(block) for block in blocks), strict=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(true[0] * true[1])
        r = cov[:p, p:].sum() / scale
        slope = np.full(cov.shape, 0.5 / scale)  # of each of the two entries of a pair
        slope[:p, :p], slope[p:, p:] = (-r / 2 * s / t for s, t in zip(slopes, true, strict=True))
    influence = influence_by_slopes(everything - shift, sums.n, sums.x, cov, slope[None])
    return LatentCorrelation(r=np.asarray(r), influence=influence, order=order)


def _true_variance(cov: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Variance of a sum that a common factor explains, and its slopes ``(p, p)``."""
    total, p = cov.sum(), len(cov)
    apart = 1.0 - np.eye(p)
    if p == 2:  # one factor of two items is not identified
        return total * alpha(cov), 2 * apart
    fit = omega_total(cov, denominator="observed")
    loadings = fit.loadings
    if np.isnan(fit.omega):
        return np.asarray(np.nan), np.full(cov.shape, np.nan)
    # the variance apart from unique variances: covariances, and squares of the loadings
    hessian = (2 * np.outer(loadings, loadings) - cov) * apart
    hessian += np.diag(np.sum(loadings**2) - loadings**2)
    try:
        moved = np.linalg.solve(hessian, loadings)
    except np.linalg.LinAlgError:  # loadings that many values fit as well
        moved = np.full(p, np.nan)
    return total * fit.omega, apart * (1 + np.outer(moved, loadings) + np.outer(loadings, moved))
