"""Loadings and thresholds of a factor analysis in, approximate item response parameters out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_float

LOGISTIC = 1.702  # the logistic curve of this slope is within .0095 of the normal one


@dataclass(frozen=True, slots=True, eq=False)
class ItemResponseApproximation:
    """Item parameters that loadings and thresholds imply.

    Attributes
    ----------
    discrimination
        Slope of the normal ogive, loading / sqrt(1 - loading^2), ``(..., p)``.
    discrimination_logistic
        The same in the logistic metric: 1.702 times it, ``(..., p)``.
    difficulty
        Thresholds in units of the unique part, tau / sqrt(1 - loading^2), ``(..., p, k - 1)``: what
        ``psych::irt.fa`` calls difficulty.
    location
        Where on theta a boundary lies, tau / loading, ``(..., p, k - 1)``: b of the model.
    """

    discrimination: FloatArray
    discrimination_logistic: FloatArray
    difficulty: FloatArray
    location: FloatArray


def irt_approximation(loadings: ArrayLike, thresholds: ArrayLike) -> ItemResponseApproximation:
    """Graded response parameters from one factor of polychoric correlations.

    Parameters
    ----------
    loadings
        Of one factor on the latent answers, ``(..., p)``, such as those of
        :func:`detachment.stats.factor.minres_one_factor` of a polychoric matrix.
    thresholds
        Normal quantiles of the cumulated shares of the categories, ``(..., p, k - 1)``; NaN beyond
        an item's categories.

    Returns
    -------
    ItemResponseApproximation
        NaN for a loading of 1 or beyond (no unique part is left), and for the location of an item
        that does not load.

    Notes
    -----
    Takane and de Leeuw (1987), Psychometrika 52, 393-408: the factor model of latent answers is the
    normal-ogive graded response model. What is approximate is the estimate, from pairs of items
    only. R: ``psych::irt.fa``.

    Examples
    --------
    >>> a = irt_approximation([0.6, 0.8], [[-0.5, 1.0], [0.0, 0.8]])
    >>> a.discrimination.round(4).tolist(), a.location.round(4).tolist()
    ([0.75, 1.3333], [[-0.8333, 1.6667], [0.0, 1.0]])
    """
    loading, tau = as_float(loadings), as_float(thresholds)
    if tau.ndim != loading.ndim + 1 or tau.shape[:-1] != loading.shape:
        raise ValueError(
            f"expected loadings (..., p) and thresholds (..., p, k - 1), got {loading.shape} and "
            f"{tau.shape}"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        unique = np.sqrt(np.where(np.abs(loading) < 1, 1 - loading**2, np.nan))
        location = tau / np.where(loading == 0, np.nan, loading)[..., None]
    discrimination = loading / unique
    return ItemResponseApproximation(
        discrimination=discrimination,
        discrimination_logistic=LOGISTIC * discrimination,
        difficulty=tau / unique[..., None],
        location=np.where(np.isnan(unique)[..., None], np.nan, location),
    )
