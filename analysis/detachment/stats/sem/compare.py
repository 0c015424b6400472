"""Tests of what one model constrains and another does not."""

from typing import Literal

import numpy as np

from detachment.stats.sem.estimate import Fit
from detachment.stats.sem.inference import Inference, adf_sandwich
from detachment.stats.sem.model import jacobian
from detachment.stats.sem.robust import (
    ScaledTest,
    mean_scaled,
    satorra_2000,
    satorra_bentler_2001,
)

Difference = Literal["plain", "satorra_bentler_2001", "satorra_2000"]


def difference_test(
    constrained: tuple[Fit, Inference],
    wider: tuple[Fit, Inference],
    method: Difference | None = None,
) -> ScaledTest:
    """Test of the constraints that the first of two nested models adds to the second.

    Parameters
    ----------
    constrained, wider
        Fits of the same rows by the same criterion, and their tests.
    method
        ``plain``: the difference of the statistics. ``satorra_bentler_2001``: scaled with the
        factors of both models. ``satorra_2000``: scaled with fourth moments of complete rows at
        the wider model. None: plain without a correction of the tests, else the second.

    Returns
    -------
    ScaledTest
        NaN where the models have the same degrees of freedom, or the scale is not positive.

    Raises
    ------
    ValueError
        When the models are of different rows or criteria.

    References
    ----------
    Satorra, A., & Bentler, P. M. (2001). *Psychometrika, 66*, 507-514. Satorra, A. (2000), in
    Heijmans et al. (Eds.), 233-247. R: ``lavaan::lavTestLRT``.

    Examples
    --------
    >>> from detachment.stats.sem import cfa_model, fit_model, infer, sample_moments
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> texts = "f =~ a + v*b + v*c + v*d", "f =~ a + b + c + d"
    >>> fits = [fit_model(cfa_model(text), [sample_moments(x)]) for text in texts]
    >>> test = difference_test(*((fit, infer(fit)) for fit in fits))
    >>> test.df, round(float(test.p), 3)
    (2.0, 0.849)
    """
    (fit0, inference0), (fit1, inference1) = constrained, wider
    if fit0.criterion != fit1.criterion or fit0.n != fit1.n:
        raise ValueError("the models are not of the same rows by the same criterion")
    if method is None:
        both = inference0.scaled is not None and inference1.scaled is not None
        method = "satorra_bentler_2001" if both else "plain"
    statistics = (fit0.statistic, fit1.statistic)
    df = (float(fit0.df), float(fit1.df))
    step = df[0] - df[1]
    if not step > 0:
        return ScaledTest(np.nan, step, np.nan, np.nan, 0.0)
    if method == "plain":
        return mean_scaled(statistics[0] - statistics[1], step, step)
    if method == "satorra_bentler_2001":
        scales = tuple(
            1.0 if inference.scaled is None else inference.scaled.scale
            for inference in (inference0, inference1)
        )
        return satorra_bentler_2001(statistics, df, (scales[0], scales[1]))
    first = 0 if fit1.model.meanstructure else len(fit1.model.observed)
    deltas = [[J[first:] for J in jacobian(fit.model, fit.theta)] for fit in (fit0, fit1)]
    return satorra_2000(statistics, df, adf_sandwich(fit1), deltas[0], deltas[1])
