"""Functions of a fit's parameters, with standard errors: what lavaan writes with ``:=``."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray, as_float
from detachment.stats.sem.model import Model

_STEP = 1e-5


def labelled(model: Model, *labels: str) -> IntArray:
    r"""Places in the parameter vector of the rows that have these labels.

    Parameters
    ----------
    model
        A model with q free parameters.
    labels
        Names that its text gives.

    Returns
    -------
    IntArray
        From 0 to q - 1, one for each label.

    Raises
    ------
    ValueError
        When there is no free row with a label.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> model = cfa_model("m ~ a*x\ny ~ b*m + c*x")
    >>> labelled(model, "b", "a").tolist()
    [1, 0]
    """
    found = []
    for label in labels:
        rows = [i for i, name in enumerate(model.label) if name == label and model.free[i] > 0]
        if not rows:
            raise ValueError(f"no free row of the model is labelled {label!r}")
        found.append(int(model.free[rows[0]]) - 1)
    return np.array(found, dtype=np.int64)


def defined(
    function: Callable[[FloatArray], ArrayLike], theta: ArrayLike, cov: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Values of functions of the parameters, and their covariances by the delta method.

    Parameters
    ----------
    function
        Takes parameters ``(b, q)``, gives ``(b, s)``.
    theta, cov
        Estimates ``(q,)`` and their covariances ``(q, q)``.

    Returns
    -------
    tuple of FloatArray
        Values ``(s,)`` and covariances ``(s, s)``; NaN where a value is.

    References
    ----------
    Oehlert, G. W. (1992). *The American Statistician, 46*, 27-29. R: ``:=`` in ``lavaan``; slopes
    are central differences, whose error is far below that of the estimates.

    Examples
    --------
    >>> value, cov = defined(lambda t: t[:, :1] * t[:, 1:], [0.5, 0.4], np.diag([0.01, 0.04]))
    >>> round(float(value[0]), 6), round(float(cov[0, 0]), 6)
    (0.2, 0.0116)
    """
    theta, cov = as_float(theta), as_float(cov)
    q = len(theta)
    offsets = np.diag(_STEP * np.maximum(1.0, np.abs(theta)))
    with np.errstate(divide="ignore", invalid="ignore"):
        points = np.concatenate([theta[None], theta + offsets, theta - offsets])
        found = np.asarray(function(points), dtype=np.float64)
        slopes = (found[1 : q + 1] - found[q + 1 :]) / (2 * np.diagonal(offsets)[:, None])
        return found[0], np.asarray(slopes.T @ cov @ slopes)
