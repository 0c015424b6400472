"""Correlation matrices in, correlations of what control variables leave of them out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_square, diagonal

_NOTHING = 1e-10  # of a variance: what rounding leaves of one that is explained wholly


def partial_correlations(
    matrix: ArrayLike, rows: Sequence[int], columns: Sequence[int], controls: Sequence[int]
) -> FloatArray:
    """Correlations of two sets of variables, with the controls held constant in both.

    Parameters
    ----------
    matrix
        Covariances or correlations of all variables, ``(..., v, v)``: of complete rows, or pairwise
        ones.
    rows, columns, controls
        Places of the p, q and k variables among the v.

    Returns
    -------
    FloatArray
        ``(..., p, q)``; NaN where the controls explain a variable wholly or depend on one another.

    Raises
    ------
    ValueError
        For a matrix that is not square.

    Notes
    -----
    R's ``psych::partial.r(x, y)``, which takes correlations. The test and the interval are those of
    a plain correlation with k rows fewer: :func:`detachment.stats.correlation.t_test_p` with n - k
    (that is n - 2 - k degrees of freedom) and :func:`detachment.stats.correlation.fisher_interval`
    with n - k (n - 3 - k under the root): Fisher (1924), Metron 3, 329-332. A bootstrap is
    :func:`detachment.stats.bootstrap.resample` with this as its statistic.

    Examples
    --------
    >>> cor = [[1.0, 0.5, 0.6], [0.5, 1.0, 0.4], [0.6, 0.4, 1.0]]
    >>> partial_correlations(cor, [0], [1], [2]).round(4).tolist()
    [[0.3546]]
    """
    matrix = as_square(matrix)
    left = _swept(matrix, controls)
    return _correlations(matrix, left, rows, columns, left)


def semipartial_correlations(
    matrix: ArrayLike, rows: Sequence[int], columns: Sequence[int], controls: Sequence[int]
) -> FloatArray:
    """Correlations of two sets of variables, with the controls held constant in the rows alone.

    Parameters
    ----------
    matrix
        Covariances or correlations of all variables, ``(..., v, v)``.
    rows, columns, controls
        Places of the p, q and k variables among the v.

    Returns
    -------
    FloatArray
        ``(..., p, q)``: the square is how much more of the variance of the column's variable the
        row's explains when it is added to the controls. NaN where the controls explain a variable
        of the rows wholly or depend on one another.

    Raises
    ------
    ValueError
        For a matrix that is not square.

    Notes
    -----
    Cohen, Cohen, West and Aiken (2003), Applied Multiple Regression, 3.3 and 5.1. Zero exactly
    where the partial correlation is, so that its test is that of the partial correlation; its
    interval is one of :func:`detachment.stats.intervals.delta_method` or of a bootstrap.

    Examples
    --------
    >>> cor = [[1.0, 0.5, 0.6], [0.5, 1.0, 0.4], [0.6, 0.4, 1.0]]
    >>> semipartial_correlations(cor, [0], [1], [2]).round(4).tolist()
    [[0.325]]
    """
    matrix = as_square(matrix)
    left = _swept(matrix, controls)
    # what is left of x goes with y as it goes with what is left of y
    return _correlations(matrix, left, rows, columns, matrix)


def all_partial_correlations(matrix: ArrayLike) -> FloatArray:
    """Correlations of each pair of variables with all others held constant.

    Parameters
    ----------
    matrix
        Covariances or correlations, ``(..., v, v)``.

    Returns
    -------
    FloatArray
        ``(..., v, v)`` with 1 on the diagonal, as R's ``psych::partial.r`` without a choice of
        variables; NaN for a matrix that is singular or of no data.

    Raises
    ------
    ValueError
        For a matrix that is not square.

    References
    ----------
    Whittaker, J. (1990). *Graphical Models in Applied Multivariate Statistics*, 5.8.

    Examples
    --------
    >>> cor = [[1.0, 0.5, 0.6], [0.5, 1.0, 0.4], [0.6, 0.4, 1.0]]
    >>> all_partial_correlations(cor).round(4).tolist()
    [[1.0, 0.3546, 0.504], [0.3546, 1.0, 0.1443], [0.504, 0.1443, 1.0]]
    """
    matrix = as_square(matrix)
    v = matrix.shape[-1]
    pairs = np.full(matrix.shape, np.nan)
    for i in range(v):
        for j in range(i, v):
            others = [k for k in range(v) if k not in (i, j)]
            found = partial_correlations(matrix, [i], [j], others)[..., 0, 0]
            pairs[..., i, j] = pairs[..., j, i] = found
    return pairs


def _swept(matrix: FloatArray, controls: Sequence[int]) -> FloatArray:
    """Covariances of what the controls leave, ``(..., v, v)``: one control at a time."""
    left = matrix
    for control in controls:
        variance = left[..., control, control]
        own = variance > _NOTHING * matrix[..., control, control]
        column = left[..., :, control]
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = column / np.where(own, variance, np.nan)[..., None]
            left = left - slope[..., :, None] * column[..., None, :]
    return left


def _correlations(
    matrix: FloatArray,
    left: FloatArray,
    rows: Sequence[int],
    columns: Sequence[int],
    of_columns: FloatArray,
) -> FloatArray:
    """From covariances of what is left; ``of_columns`` has the variances of the columns."""
    i, j = np.asarray(rows, dtype=np.intp)[:, None], np.asarray(columns, dtype=np.intp)
    one, other = _variances(matrix, left)[..., i], _variances(matrix, of_columns)[..., None, j]
    with np.errstate(divide="ignore", invalid="ignore"):
        r = left[..., i, j] / np.sqrt(one * other)
    # pairwise correlations may lie further from one another than those of any people can
    r = np.where(np.abs(r) <= 1 + _NOTHING, np.clip(r, -1.0, 1.0), np.nan)
    same = (i == j) & np.isfinite(r)
    return np.where(same & (of_columns is left), 1.0, r)


def _variances(matrix: FloatArray, left: FloatArray) -> FloatArray:
    """Variances of what is left, NaN where there is none."""
    variance = diagonal(left)
    return np.where(variance > _NOTHING * diagonal(matrix), variance, np.nan)
