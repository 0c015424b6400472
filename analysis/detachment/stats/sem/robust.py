"""Tests and standard errors that hold when the weights of a fit are not the right ones.

A fit minimizes a weighted distance between sample moments and what a model says of them. Where the
weights V are not the inverse of the moments' asymptotic covariance Gamma (diagonal weights, normal
theory for answers that are not normal), the minimum is no chi-square and the information gives no
standard errors; both follow from V, Gamma and the Jacobian Delta of the moments.

Groups come as sequences, one array a group. Moments of all groups enter through sums of matrices of
the size of the parameters, so that nothing grows with the square of the number of groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtr, chdtrc

from detachment.stats._arrays import FloatArray, as_columns, as_float, as_square

_SINGULAR = 1e-10  # of the largest eigenvalue: what is below has no direction of its own


@dataclass(frozen=True, slots=True, eq=False)
class Sandwich:
    """What a fit's parameters and test need to know of the true spread of its moments.

    Attributes
    ----------
    bread
        Inverse of the information of one observation, the groups weighted by their shares of the
        respondents, ``(q, q)``; NaN where the information is singular.
    meat
        Delta' V Gamma V Delta, weighted in the same way, ``(q, q)``.
    trace, trace_squared
        Of U Gamma and of its square: mean and half the variance of the minimum times n under the
        model.
    n
        Respondents in all groups.
    """

    bread: FloatArray
    meat: FloatArray
    trace: float
    trace_squared: float
    n: float

    @property
    def cov(self) -> FloatArray:
        """Covariances of the estimates, ``(q, q)``."""
        cov: FloatArray = self.bread @ self.meat @ self.bread / self.n
        return cov


@dataclass(frozen=True, slots=True, eq=False)
class ScaledTest:
    """A test of fit, corrected.

    Attributes
    ----------
    statistic, df, p
        The chi-square, its degrees of freedom and its upper tail.
    scale
        What the uncorrected statistic was divided by.
    shift
        What was then added.
    """

    statistic: float
    df: float
    p: float
    scale: float
    shift: float


def sandwich(
    deltas: Sequence[FloatArray],
    weights: Sequence[FloatArray],
    gammas: Sequence[FloatArray],
    n: Sequence[float],
) -> Sandwich:
    """Information, its correction, and the traces that correct the test.

    Parameters
    ----------
    deltas
        Derivatives of each group's m moments by the q parameters, ``(m, q)``.
    weights
        Weights of the moments, ``(m, m)``, or ``(m,)`` where they are diagonal.
    gammas
        Covariances of the square root of n times the moments, ``(m, m)``.
    n
        Respondents of each group.

    Returns
    -------
    Sandwich

    Raises
    ------
    ValueError
        When the numbers of groups differ.

    Notes
    -----
    With E the information, U = V - V Delta E^-1 Delta' V. Satorra and Bentler (1994), in von Eye
    and Clogg (Eds.), Latent variables analysis, 399-419; Muthen, du Toit and Spisic (1997).
    Duplicates R's ``lavaan`` with ``se = "robust.sem"``.

    Examples
    --------
    >>> delta, gamma = np.array([[1.0], [1.0]]), np.diag([1.0, 3.0])
    >>> found = sandwich([delta], [np.ones(2)], [gamma], [100])
    >>> found.cov.tolist(), found.trace, found.trace_squared
    ([[0.01]], 2.0, 4.0)
    """
    if not len(deltas) == len(weights) == len(gammas) == len(n):
        raise ValueError("deltas, weights, gammas and n are one for each group")
    q = deltas[0].shape[-1]
    total = float(np.sum(n))
    information, meat, twice = np.zeros((q, q)), np.zeros((q, q)), np.zeros((q, q))
    trace = trace_squared = 0.0
    for delta, weight, gamma, size in zip(deltas, weights, gammas, n, strict=True):
        share = size / total
        weighted = weight[:, None] * delta if weight.ndim == 1 else weight @ delta
        spread = weight[:, None] * gamma if weight.ndim == 1 else weight @ gamma  # V Gamma
        carried = gamma @ weighted
        information += share * delta.T @ weighted
        meat += share * weighted.T @ carried
        twice += share * carried.T @ _times(weight, carried)
        trace += float(np.trace(spread))
        trace_squared += float(np.sum(spread * spread.T))
    bread = inverse(information)
    with np.errstate(invalid="ignore"):
        inner = bread @ meat
        trace -= float(np.trace(inner))
        trace_squared += float(np.sum(inner * inner.T) - 2 * np.sum(bread * twice))
    return Sandwich(bread, meat, trace, trace_squared, total)


def _times(weight: FloatArray, matrix: FloatArray) -> FloatArray:
    product: FloatArray = weight[:, None] * matrix if weight.ndim == 1 else weight @ matrix
    return product


def inverse(information: FloatArray) -> FloatArray:
    """Inverse of a symmetric matrix ``(q, q)``; NaN where it has none.

    Examples
    --------
    >>> inverse(np.diag([2.0, 4.0])).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    >>> inverse(np.ones((2, 2))).tolist()
    [[nan, nan], [nan, nan]]
    """
    size = np.sqrt(np.abs(np.diagonal(information)))
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = information / (size[:, None] * size)
    if not np.isfinite(unit).all():
        return np.full_like(information, np.nan)
    values, vectors = np.linalg.eigh((unit + unit.T) / 2)
    if len(values) and np.abs(values).min() < _SINGULAR * np.abs(values).max():
        return np.full_like(information, np.nan)
    result: FloatArray = (vectors / values) @ vectors.T / (size[:, None] * size)
    return result


def mean_scaled(statistic: float, df: float, trace: float) -> ScaledTest:
    """Satorra and Bentler's correction: the statistic has the mean of a chi-square.

    Parameters
    ----------
    statistic, df
        Of the uncorrected test.
    trace
        Of U Gamma, as :func:`sandwich` gives it.

    Returns
    -------
    ScaledTest
        NaN where there are no degrees of freedom or the trace is not positive.

    Notes
    -----
    Satorra and Bentler (1994). Duplicates R's ``lavaan`` with ``test = "satorra.bentler"``.

    Examples
    --------
    >>> mean_scaled(30.0, 10.0, 15.0).statistic
    20.0
    """
    scale = trace / df if df > 0 and trace > 0 else np.nan
    return _scaled_test(statistic / scale, df, scale, 0.0)


def mean_variance_adjusted(
    statistic: float, df: float, trace: float, trace_squared: float
) -> ScaledTest:
    """Mean and variance of a chi-square, whose degrees of freedom are estimated with them.

    Parameters
    ----------
    statistic, df
        Of the uncorrected test.
    trace, trace_squared
        As :func:`sandwich` gives them.

    Returns
    -------
    ScaledTest
        Its ``df`` need not be whole. NaN where there are no degrees of freedom.

    Notes
    -----
    Satorra and Bentler (1994), after Satterthwaite. Duplicates R's ``lavaan`` with
    ``test = "mean.var.adjusted"``.

    Examples
    --------
    >>> test = mean_variance_adjusted(30.0, 10.0, 15.0, 45.0)
    >>> test.statistic, test.df
    (10.0, 5.0)
    """
    if not (df > 0 and trace > 0 and trace_squared > 0):
        return _scaled_test(np.nan, np.nan, np.nan, 0.0)
    scale = trace_squared / trace
    return _scaled_test(statistic / scale, trace / scale, scale, 0.0)


def scaled_shifted(statistic: float, df: float, trace: float, trace_squared: float) -> ScaledTest:
    """Mean and variance of a chi-square with the model's own degrees of freedom.

    Parameters
    ----------
    statistic, df
        Of the uncorrected test.
    trace, trace_squared
        As :func:`sandwich` gives them.

    Returns
    -------
    ScaledTest
        NaN where there are no degrees of freedom.

    Notes
    -----
    Asparouhov and Muthen (2010), Simple second order chi-square correction, Mplus technical
    appendix: the test that is called WLSMV or ULSMV. Duplicates R's ``lavaan`` with
    ``test = "scaled.shifted"``.

    Examples
    --------
    >>> test = scaled_shifted(30.0, 10.0, 15.0, 40.0)
    >>> test.statistic, test.scale, test.shift
    (17.5, 2.0, 2.5)
    """
    scale = np.sqrt(trace_squared / df) if df > 0 and trace_squared > 0 else np.nan
    shift = df - trace / scale
    return _scaled_test(statistic / scale + shift, df, scale, shift)


def _scaled_test(statistic: float, df: float, scale: float, shift: float) -> ScaledTest:
    p = chdtrc(df, max(statistic, 0.0)) if df > 0 and np.isfinite(statistic) else np.nan
    return ScaledTest(float(statistic), float(df), float(p), float(scale), float(shift))


def satorra_bentler_2001(
    statistics: tuple[float, float], df: tuple[float, float], scales: tuple[float, float]
) -> ScaledTest:
    """Difference of two mean-scaled tests.

    Parameters
    ----------
    statistics
        Uncorrected statistics: of the constrained model, and of the one it is nested in.
    df, scales
        Degrees of freedom and scaling factors in the same order.

    Returns
    -------
    ScaledTest
        NaN where the factor of the difference is not positive, which small samples can bring.

    Notes
    -----
    Satorra and Bentler (2001), Psychometrika 66, 507-514. Duplicates R's ``lavaan::lavTestLRT``
    with ``method = "satorra.bentler.2001"``.

    Examples
    --------
    >>> satorra_bentler_2001((50.0, 20.0), (12.0, 10.0), (1.5, 1.5)).statistic
    20.0
    """
    (t0, t1), (df0, df1), (c0, c1) = statistics, df, scales
    step = df0 - df1
    c1 = 1.0 if df1 == 0 else c1
    scale = (df0 * c0 - df1 * c1) / step if step > 0 else np.nan
    scale = scale if scale > 0 else np.nan
    return _scaled_test((t0 - t1) / scale, step, scale, 0.0)


def satorra_2000(
    statistics: tuple[float, float],
    df: tuple[float, float],
    found: Sandwich,
    deltas0: Sequence[FloatArray],
    deltas1: Sequence[FloatArray],
    *,
    shifted: bool = True,
) -> ScaledTest:
    """Difference of two tests whose weights are not the right ones.

    Parameters
    ----------
    statistics, df
        Uncorrected statistics and degrees of freedom: of the constrained model, and of the one it
        is nested in.
    found
        :func:`sandwich` of the less constrained model.
    deltas0, deltas1
        Jacobians of the constrained model ``(m, q0)`` and of the other ``(m, q1)``, by group.
    shifted
        Scale and shift (mean and variance), or scale only (mean).

    Returns
    -------
    ScaledTest
        NaN where the models have the same degrees of freedom.

    Notes
    -----
    Satorra (2000), in Heijmans et al. (Eds.), Innovations in multivariate statistical analysis,
    233-247; the constraints are what the Jacobian of the constrained model does not reach.
    Duplicates R's ``lavaan::lavTestLRT`` with ``method = "satorra.2000"``, ``A.method = "delta"``.

    Examples
    --------
    >>> delta1, gamma = np.eye(2), np.diag([1.0, 3.0])
    >>> found = sandwich([delta1], [np.ones(2)], [gamma], [100])
    >>> delta0 = np.array([[1.0], [1.0]])
    >>> test = satorra_2000((8.0, 0.0), (1.0, 0.0), found, [delta0], [delta1])
    >>> round(test.statistic, 12), round(test.scale, 12)
    (4.0, 2.0)
    """
    step = df[0] - df[1]
    if not step > 0 or not np.isfinite(found.bread).all():
        return _scaled_test(np.nan, step, np.nan, 0.0)
    wide, narrow = np.concatenate(deltas1), np.concatenate(deltas0)
    if not (np.isfinite(wide).all() and np.isfinite(narrow).all()):
        return _scaled_test(np.nan, step, np.nan, 0.0)
    reached = np.linalg.lstsq(wide, narrow, rcond=None)[0]
    u, values, _ = np.linalg.svd(reached, full_matrices=True)
    rank = int(np.sum(values > 1e-9 * values[0])) if len(values) else 0
    constraints = u[:, rank:].T
    part = found.bread @ constraints.T
    middle = np.linalg.pinv(constraints @ part)
    inner = part @ middle @ part.T @ found.meat
    trace, trace_squared = float(np.trace(inner)), float(np.sum(inner * inner.T))
    difference = statistics[0] - statistics[1]
    if shifted:
        return scaled_shifted(difference, step, trace, trace_squared)
    return mean_scaled(difference, step, trace)


def normal_gamma(cov: ArrayLike, *, means: bool = False) -> FloatArray:
    """Asymptotic covariances of sample covariances under normality.

    Parameters
    ----------
    cov
        Covariances, ``(p, p)``.
    means
        Whether the p means come first.

    Returns
    -------
    FloatArray
        ``(m, m)``, m = p (p + 1) / 2, in the order of the lower triangle column by column; with
        means m = p (p + 3) / 2.

    Notes
    -----
    cov(s_ij, s_kl) = s_ik s_jl + s_il s_jk; Browne (1974), South African Statistical Journal 8,
    1-24.

    Examples
    --------
    >>> normal_gamma([[1.0, 0.5], [0.5, 1.0]]).tolist()
    [[2.0, 1.0, 0.5], [1.0, 1.25, 1.0], [0.5, 1.0, 2.0]]
    """
    cov = as_square(cov)
    p = cov.shape[-1]
    column, row = np.triu_indices(p)  # the lower triangle column by column
    gamma = (
        cov[np.ix_(row, row)] * cov[np.ix_(column, column)]
        + cov[np.ix_(row, column)] * cov[np.ix_(column, row)]
    )
    return _with_means(cov, np.zeros((p, len(row))), gamma) if means else gamma


def adf_gamma(x: ArrayLike, *, means: bool = False) -> FloatArray:
    """Asymptotic covariances of sample covariances from the answers themselves.

    Parameters
    ----------
    x
        Complete answers, ``(n, p)``.
    means
        Whether the p means come first.

    Returns
    -------
    FloatArray
        ``(m, m)``, in the order of :func:`normal_gamma`.

    Notes
    -----
    Browne (1984), British Journal of Mathematical and Statistical Psychology 37, 62-83; fourth
    moments with divisor n, as R's ``lavaan``.

    Examples
    --------
    >>> adf_gamma([[-1.0], [1.0], [-1.0], [1.0]]).tolist()
    [[0.0]]
    """
    x = as_columns(x)
    n, p = x.shape
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = x - x.mean(axis=0)
        column, row = np.triu_indices(p)
        products = centred[:, row] * centred[:, column]
        products = products - products.mean(axis=0)
        if means:
            products = np.concatenate([centred, products], axis=1)
        gamma: FloatArray = products.T @ products / n
    return gamma


def _with_means(cov: FloatArray, cross: FloatArray, gamma: FloatArray) -> FloatArray:
    return np.block([[cov, cross], [cross.T, gamma]])


@dataclass(frozen=True, slots=True, eq=False)
class RobustFit:
    """Fit that estimates what the fit of normal answers would be.

    Attributes
    ----------
    cfi, tli
        Brosseau-Liard and Savalei's.
    rmsea, rmsea_low, rmsea_high
        With its interval.
    """

    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float


def robust_fit(
    statistic: float,
    df: float,
    scale: float,
    baseline: tuple[float, float, float],
    n: float,
    *,
    groups: int = 1,
    confidence: float = 0.90,
) -> RobustFit:
    """CFI, TLI and RMSEA freed from the scale of the statistics that they are made of.

    Parameters
    ----------
    statistic, df, scale
        Uncorrected statistic, degrees of freedom, and trace of U Gamma over these.
    baseline
        The same three of the independence model.
    n
        Respondents.
    groups
        Number of groups.
    confidence
        Level of the interval of RMSEA.

    Returns
    -------
    RobustFit
        NaN where a number is not defined.

    Notes
    -----
    Brosseau-Liard and Savalei (2014), Multivariate Behavioral Research 49, 460-470; Brosseau-Liard,
    Savalei and Li (2012), 47, 904-930. As R's ``lavaan`` 0.6-14 names ``cfi.robust``,
    ``tli.robust`` and ``rmsea.robust``.

    Examples
    --------
    >>> fit = robust_fit(30.0, 10.0, 1.5, (500.0, 15.0, 1.2), 200)
    >>> round(fit.cfi, 4), round(fit.rmsea, 4)
    (0.9689, 0.0866)
    """
    statistic0, df0, scale0 = baseline
    excess, excess0 = statistic - scale * df, statistic0 - scale0 * df0
    cfi = tli = rmsea = np.nan
    if np.isfinite(excess) and np.isfinite(excess0):
        worst = max(excess, excess0, 0.0)
        cfi = 1 - max(excess, 0.0) / worst if worst > 0 else 1.0
        tli = 1 - excess * df0 / (excess0 * df) if df > 0 and excess0 != 0 else 1.0
    if df > 0 and np.isfinite(excess):
        rmsea = float(np.sqrt(max(excess / (n * df), 0.0) * groups))
    low, high = noncentrality_interval(statistic / scale if df > 0 else np.nan, df, confidence)
    factor = scale * groups / (n * df) if df > 0 else np.nan
    return RobustFit(
        float(cfi), float(tli), rmsea, float(np.sqrt(factor * low)), float(np.sqrt(factor * high))
    )


def noncentrality_interval(
    statistic: float, df: float, confidence: float = 0.90
) -> tuple[float, float]:
    """Interval of the noncentrality of a chi-square.

    Parameters
    ----------
    statistic, df
        Of the test.
    confidence
        Level, between 0 and 1.

    Returns
    -------
    tuple of float
        Low and high, not below 0; NaN without degrees of freedom.

    Notes
    -----
    Browne and Cudeck (1993), in Bollen and Long (Eds.), Testing structural equation models.

    Examples
    --------
    >>> low, high = noncentrality_interval(30.0, 10.0)
    >>> round(low, 3), round(high, 3)
    (7.211, 40.403)
    """
    from scipy.optimize import brentq
    from scipy.special import chndtr

    if not (df > 0 and np.isfinite(statistic)):
        return np.nan, np.nan
    statistic = max(statistic, 0.0)
    ends = []
    for share in ((1 + confidence) / 2, (1 - confidence) / 2):
        if chdtr(df, statistic) < share:
            ends.append(0.0)
            continue
        top = max(4.0 * statistic, 10.0)
        while chndtr(statistic, df, top) > share:
            top *= 2

        def above(ncp: float, share: float = share) -> float:
            return float(chndtr(statistic, df, ncp)) - share

        ends.append(float(brentq(above, 0.0, top, xtol=1e-10)))
    return ends[0], ends[1]


def correlation_ml(cor: ArrayLike, implied: ArrayLike) -> tuple[float, FloatArray]:
    """Normal-theory discrepancy of correlations, and its weights.

    Parameters
    ----------
    cor, implied
        Sample correlations and those of a model, ``(p, p)``, with unit diagonals.

    Returns
    -------
    tuple
        The discrepancy (NaN where ``cor`` is not positive definite), and the second derivatives of
        half of it by the correlations below the diagonal, column by column, at the model,
        ``(m, m)``, m = p (p - 1) / 2.

    Notes
    -----
    The diagonal is no statistic of correlations: its rows are left out. Savalei (2021),
    Multivariate Behavioral Research 56, 390-407, whose "catML" corrects the fit indices of ordinal
    models.

    Examples
    --------
    >>> r = np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> value, weight = correlation_ml(r, np.eye(2))
    >>> round(value, 4), weight.tolist()
    (0.2877, [[1.0]])
    """
    cor, implied = as_square(cor), as_square(implied)
    p = cor.shape[-1]
    column, row = np.triu_indices(p, 1)
    empty = np.nan, np.full((len(row), len(row)), np.nan)
    if not (np.isfinite(cor).all() and np.isfinite(implied).all()):
        return empty
    sign, logdet = np.linalg.slogdet(implied)
    values = np.linalg.eigvalsh(cor)
    if sign <= 0 or values.min() < 1e-8 or np.linalg.eigvalsh(implied).min() <= 0:
        return empty
    precision = np.linalg.inv(implied)
    value = float(logdet + np.sum(cor * precision) - np.sum(np.log(values)) - p)
    weight = (
        precision[np.ix_(row, row)] * precision[np.ix_(column, column)]
        + precision[np.ix_(row, column)] * precision[np.ix_(column, row)]
    )
    return value, weight


def residual_trace(
    deltas: Sequence[FloatArray],
    fitted: Sequence[FloatArray],
    judged: Sequence[FloatArray],
    gammas: Sequence[FloatArray],
    bread: FloatArray,
    n: Sequence[float],
) -> float:
    """Mean, under the model, of one discrepancy at estimates that minimize another.

    Parameters
    ----------
    deltas
        Jacobians, ``(m, q)``.
    fitted
        Weights that the estimates come from, ``(m,)`` or ``(m, m)``.
    judged
        Weights of the discrepancy, ``(m, m)``.
    gammas
        ``(m, m)``.
    bread
        Inverse information of the fit, ``(q, q)``.
    n
        Respondents of each group.

    Returns
    -------
    float

    Notes
    -----
    The residuals are (I - Delta E^-1 Delta' W) times the moments' errors, in all groups together.
    Savalei (2021), Multivariate Behavioral Research 56, 390-407.

    Examples
    --------
    >>> delta = np.array([[1.0], [1.0]])
    >>> two = np.diag([2.0, 2.0])
    >>> residual_trace([delta], [np.ones(2)], [np.eye(2)], [two], np.array([[0.5]]), [50])
    2.0
    """
    shares = as_float(list(n)) / np.sum(n)
    own = cross = 0.0
    q = bread.shape[-1]
    judged_sum, spread_sum = np.zeros((q, q)), np.zeros((q, q))
    for delta, weight, other, gamma, share in zip(
        deltas, fitted, judged, gammas, shares, strict=True
    ):
        weighted = _times(weight, delta)
        carried = gamma @ weighted
        own += float(np.sum(other * gamma.T))
        cross += float(share * np.sum(bread * (delta.T @ (other @ carried)).T))
        judged_sum += share * delta.T @ other @ delta
        spread_sum += share * weighted.T @ carried
    middle = bread @ judged_sum @ bread
    return own - 2 * cross + float(np.sum(middle * spread_sum.T))
