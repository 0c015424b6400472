"""Correlations in, tests and intervals of their differences and of their nearness to zero out.

Everything follows from the correlations and n, and takes arrays of any shapes that fit each other.
Pearson's correlations of normal variables are supposed; rows that go together (partners) are not
independent rows: then take standard errors of Fisher's z that say so, where a function takes any.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from detachment.stats._arrays import FloatArray, IntArray, as_float

_HALVINGS = 60  # of the interval of a root: to the last digit


@dataclass(frozen=True, slots=True, eq=False)
class CorrelationDifference:
    """Test of the difference of two correlations, each field ``(...)``.

    Attributes
    ----------
    difference
        The first correlation less the second.
    low, high
        Its interval by Zou's method: not symmetrical, within -2 and 2, and nearly but not exactly
        the inverse of the test.
    statistic
        z, or Student's t.
    df
        Degrees of freedom of t; infinite for z.
    p
        Two-sided.
    """

    difference: FloatArray
    low: FloatArray
    high: FloatArray
    statistic: FloatArray
    df: FloatArray
    p: FloatArray


def independent_difference(
    r1: ArrayLike, n1: ArrayLike, r2: ArrayLike, n2: ArrayLike, confidence: float = 0.95
) -> CorrelationDifference:
    """Test of two correlations of different people.

    Parameters
    ----------
    r1, n1, r2, n2
        Correlations and their numbers of rows.
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    CorrelationDifference
        NaN with fewer than four rows, and for a correlation of 1 or -1.

    Notes
    -----
    Fisher (1921), Metron 1, 3-32; R's ``psych::r.test(r12, n, r34, n2)``. Interval: Zou (2007),
    Psychological Methods 12, 399-413.

    Examples
    --------
    >>> test = independent_difference(0.5, 300, 0.35, 250)
    >>> round(float(test.statistic), 4), round(float(test.p), 4)
    (2.1351, 0.0328)
    >>> round(float(test.low), 4), round(float(test.high), 4)
    (0.0122, 0.2893)
    """
    r1, r2 = as_float(r1), as_float(r2)
    se1, se2 = z_standard_error(n1), z_standard_error(n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (_z(r1) - _z(r2)) / np.sqrt(se1**2 + se2**2)
    return _test(r1, r2, statistic, np.inf, zou_interval(r1, se1, r2, se2, 0.0, confidence))


def overlapping_difference(
    r12: ArrayLike,
    r13: ArrayLike,
    r23: ArrayLike,
    n: ArrayLike,
    *,
    method: Literal["williams", "steiger", "meng"] = "williams",
    confidence: float = 0.95,
) -> CorrelationDifference:
    """Test of the correlations of one variable with two others, of the same people.

    Parameters
    ----------
    r12, r13
        The correlations compared: of variable 1 with 2 and with 3.
    r23
        Correlation of the other two variables.
    n
        Rows that have all three variables.
    method
        ``williams``: t with n - 3 degrees of freedom; ``steiger``: z with the mean of the two
        correlations in its variance; ``meng``: z of Meng, Rosenthal and Rubin.
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    CorrelationDifference
        NaN with fewer than four rows, for a correlation of 1 or -1, and for three correlations that
        no variables can have.

    Raises
    ------
    ValueError
        For another method.

    Notes
    -----
    Williams (1959), Journal of the Royal Statistical Society B 21, 396-399, which is R's
    ``psych::r.test(n, r12, r13 =, r23 =)``; Steiger (1980), Psychological Bulletin 87, 245-251,
    equation 14; Meng, Rosenthal and Rubin (1992), Psychological Bulletin 111, 172-175, whose
    interval of the difference of Fisher's z is :func:`meng_interval`. Interval of the difference of
    r for all three: Zou (2007), Psychological Methods 12, 399-413.

    Examples
    --------
    >>> test = overlapping_difference(0.5, 0.35, 0.4, 300)
    >>> round(float(test.statistic), 4), float(test.df), round(float(test.p), 4)
    (2.7317, 297.0, 0.0067)
    >>> round(float(overlapping_difference(0.5, 0.35, 0.4, 300, method="meng").statistic), 4)
    2.7038
    """
    _check(method, ("williams", "steiger", "meng"))
    r12, r13, r23, n = np.broadcast_arrays(*(as_float(a) for a in (r12, r13, r23, n)))
    se = z_standard_error(n)
    df: ArrayLike = np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        determinant = 1 - r12**2 - r13**2 - r23**2 + 2 * r12 * r13 * r23
        mean = (r12 + r13) / 2
        if method == "williams":
            df = np.where(n > 3, n - 3, np.nan)
            variance = 2 * (n - 1) / df * determinant + mean**2 * (1 - r23) ** 3
            statistic = (r12 - r13) * np.sqrt((n - 1) * (1 + r23) / variance)
        elif method == "steiger":
            share = _overlap(mean, mean, r23)
            statistic = (_z(r12) - _z(r13)) / (se * np.sqrt(2 - 2 * share))
        else:
            statistic = (_z(r12) - _z(r13)) / _meng_error(r12, r13, r23, se)
        possible = (determinant >= -1e-12) & (np.abs(r23) < 1)
        share = _overlap(r12, r13, r23)
    interval = zou_interval(r12, se, r13, se, share, confidence)
    return _test(r12, r13, np.where(possible, statistic, np.nan), df, interval)


def nonoverlapping_difference(
    r12: ArrayLike,
    r34: ArrayLike,
    r13: ArrayLike,
    r14: ArrayLike,
    r23: ArrayLike,
    r24: ArrayLike,
    n: ArrayLike,
    *,
    method: Literal["steiger", "raghunathan", "pearson_filon"] = "steiger",
    confidence: float = 0.95,
) -> CorrelationDifference:
    """Test of the correlations of two pairs of variables, four in all, of the same people.

    Parameters
    ----------
    r12, r34
        The correlations compared.
    r13, r14, r23, r24
        Correlations of the variables of one pair with those of the other.
    n
        Rows that have all four variables.
    method
        ``steiger``: z with the mean of the two correlations in its variance, ``raghunathan``: with
        each its own; ``pearson_filon``: of the difference of r itself.
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    CorrelationDifference
        NaN with fewer than four rows, for a correlation of 1 or -1, and where the correlations are
        ones that no variables can have, as far as that makes a variance negative.

    Raises
    ------
    ValueError
        For another method.

    Notes
    -----
    Steiger (1980), Psychological Bulletin 87, 245-251, equation 15, which is R's ``psych::r.test``;
    Raghunathan, Rosenthal and Rubin (1996), Psychological Methods 1, 178-183, which is that with
    ``pooled = FALSE``; Pearson and Filon (1898), Philosophical Transactions A 191, 229-311.
    Interval for all three: Zou (2007), Psychological Methods 12, 399-413.

    Examples
    --------
    >>> test = nonoverlapping_difference(0.5, 0.35, 0.3, 0.2, 0.4, 0.25, 300)
    >>> round(float(test.statistic), 4), round(float(test.p), 4)
    (2.3226, 0.0202)
    """
    _check(method, ("steiger", "raghunathan", "pearson_filon"))
    given = np.broadcast_arrays(*(as_float(a) for a in (r12, r34, r13, r14, r23, r24, n)))
    r12, r34, r13, r14, r23, r24, n = given
    se = z_standard_error(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = _no_overlap(r12, r34, r13, r14, r23, r24)
        if method == "steiger":
            mean = (r12 + r34) / 2
            share = _no_overlap(mean, mean, r13, r14, r23, r24)
            statistic = (_z(r12) - _z(r34)) / (se * np.sqrt(2 - 2 * share))
        elif method == "raghunathan":
            statistic = (_z(r12) - _z(r34)) / (se * np.sqrt(2 - 2 * own))
        else:
            one, other = 1 - r12**2, 1 - r34**2
            variance = one**2 + other**2 - 2 * own * one * other
            statistic = np.sqrt(np.where(n > 3, n, np.nan) / variance) * (r12 - r34)
    return _test(r12, r34, statistic, np.inf, zou_interval(r12, se, r34, se, own, confidence))


def z_standard_error(n: ArrayLike) -> FloatArray:
    """Standard error of Fisher's z of a correlation of normal variables, 1 / sqrt(n - 3).

    Parameters
    ----------
    n
        Numbers of rows.

    Returns
    -------
    FloatArray
        NaN with fewer than four rows. Fisher (1921), Metron 1, 3-32.

    Examples
    --------
    >>> float(z_standard_error(103))
    0.1
    """
    n = as_float(n)
    return np.sqrt(1 / np.where(n > 3, n - 3, np.nan))[()]


def meng_interval(
    r12: ArrayLike, r13: ArrayLike, r23: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of the difference of Fisher's z of two correlations that share a variable.

    Parameters
    ----------
    r12, r13, r23, n, confidence
        As for :func:`overlapping_difference`.

    Returns
    -------
    tuple of FloatArray
        Low and high, on the scale of Fisher's z: it leaves out 0 exactly where the test by ``meng``
        has a p below 1 - confidence.

    References
    ----------
    Meng, X.-L., Rosenthal, R., & Rubin, D. B. (1992). *Psychological Bulletin, 111*, 172-175.

    Examples
    --------
    >>> low, high = meng_interval(0.5, 0.35, 0.4, 300)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0506, 0.3171)
    """
    r12, r13, r23, n = np.broadcast_arrays(*(as_float(a) for a in (r12, r13, r23, n)))
    with np.errstate(divide="ignore", invalid="ignore"):
        half = ndtri((1 + confidence) / 2) * _meng_error(r12, r13, r23, z_standard_error(n))
        centre = _z(r12) - _z(r13)
        return (centre - half)[()], (centre + half)[()]


def zou_interval(
    r1: ArrayLike,
    se1: ArrayLike,
    r2: ArrayLike,
    se2: ArrayLike,
    correlation: ArrayLike = 0.0,
    confidence: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Interval of the difference of two correlations from the intervals of both.

    Parameters
    ----------
    r1, r2
        Correlations.
    se1, se2
        Standard errors of their Fisher's z, such as :func:`z_standard_error`, or ones that need no
        normal answers or take clusters whole.
    correlation
        Of the two estimates; 0 for different people.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high of r1 - r2.

    Notes
    -----
    Zou (2007), Psychological Methods 12, 399-413: the distances of both correlations to the ends of
    their intervals, put together as variances are.

    Examples
    --------
    >>> low, high = zou_interval(0.5, 0.058, 0.35, 0.064)
    >>> round(float(low), 3), round(float(high), 3)
    (0.012, 0.29)
    """
    return _zou(r1, se1, r2, se2, correlation, ndtri((1 + confidence) / 2))


@dataclass(frozen=True, slots=True, eq=False)
class Homogeneity:
    """Test that correlations of different people are all the same.

    Attributes
    ----------
    r
        The common correlation, the weighted mean of Fisher's z turned back.
    statistic, df, p
        Chi-square of the differences, its degrees of freedom and p.
    """

    r: FloatArray
    statistic: FloatArray
    df: IntArray
    p: FloatArray


def equal_correlations(r: ArrayLike, n: ArrayLike) -> Homogeneity:
    """Test that the correlations of two or more groups of different people are the same.

    Parameters
    ----------
    r, n
        Correlations and numbers of rows, groups along the last axis; groups without a correlation
        or with fewer than four rows are left out.

    Returns
    -------
    Homogeneity
        Fields ``(...)``; NaN with fewer than two groups. For two groups the square of z of
        :func:`independent_difference`.

    References
    ----------
    Hedges, L. V., & Olkin, I. (1985). *Statistical Methods for Meta-Analysis*, 11.B.

    Examples
    --------
    >>> test = equal_correlations([0.5, 0.35], [300, 250])
    >>> round(float(test.statistic) ** 0.5, 4), int(test.df)
    (2.1351, 1)
    """
    r, n = np.broadcast_arrays(as_float(r), as_float(n))
    z = _z(r)
    there = np.isfinite(z) & (n > 3)
    weight, z = np.where(there, n - 3, 0.0), np.where(there, z, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.sum(weight * z, axis=-1) / np.sum(weight, axis=-1)
        off = np.where(there, z - mean[..., None], 0.0)
        df = there.sum(axis=-1) - 1
        statistic = np.where(df > 0, np.sum(weight * off**2, axis=-1), np.nan)
    p = chdtrc(np.maximum(df, 1), statistic)
    return Homogeneity(r=np.tanh(mean)[()], statistic=statistic[()], df=df[()], p=p[()])


@dataclass(frozen=True, slots=True, eq=False)
class Equivalence:
    """Two one-sided tests, each field ``(...)``.

    Attributes
    ----------
    low, high
        Interval of the estimate whose confidence is 1 - 2 alpha: it lies within the bounds exactly
        where p is below alpha.
    p_low, p_high
        Of the hypotheses that the estimate is at or below the lower bound, and at or above the
        upper one.
    p
        The larger of the two.
    """

    low: FloatArray
    high: FloatArray
    p_low: FloatArray
    p_high: FloatArray
    p: FloatArray


def equivalence_of_correlation(
    r: ArrayLike,
    se: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    alpha: float = 0.05,
    *,
    df: ArrayLike = np.inf,
) -> Equivalence:
    """Test that a correlation lies within bounds: too small to matter, where they are about zero.

    Parameters
    ----------
    r, se
        Correlations, and the standard errors of their Fisher's z (:func:`z_standard_error`).
    lower, upper
        The bounds, correlations themselves; say them before the data are seen.
    alpha
        Level of each of the two tests.
    df
        Degrees of freedom of Student's t, where the standard error rests on few clusters; infinite
        for the normal distribution.

    Returns
    -------
    Equivalence
        With the interval of r of confidence 1 - 2 alpha.

    Notes
    -----
    Goertzen and Cribbie (2010), British Journal of Mathematical and Statistical Psychology 63,
    527-537; R's ``TOSTER::TOSTr``.

    Examples
    --------
    >>> test = equivalence_of_correlation(0.02, z_standard_error(700), -0.1, 0.1)
    >>> round(float(test.p), 4), round(float(test.high), 4)
    (0.017, 0.0821)
    """
    given = np.broadcast_arrays(*(as_float(a) for a in (r, se, lower, upper, df)))
    r, se, lower, upper, df = given
    with np.errstate(divide="ignore", invalid="ignore"):
        z = _z(r)
        p_low, p_high = _below(-(z - _z(lower)) / se, df), _below((z - _z(upper)) / se, df)
        few = np.where(np.isinf(df), 1.0, df)
        half = np.where(np.isinf(df), ndtri(1 - alpha), stdtrit(few, 1 - alpha)) * se
        return _equivalence(np.tanh(z - half), np.tanh(z + half), p_low, p_high)


def equivalence_of_difference(
    r1: ArrayLike,
    se1: ArrayLike,
    r2: ArrayLike,
    se2: ArrayLike,
    correlation: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    alpha: float = 0.05,
) -> Equivalence:
    """Test that two correlations differ by less than bounds say.

    Parameters
    ----------
    r1, se1, r2, se2, correlation
        As for :func:`zou_interval`.
    lower, upper
        Bounds of r1 - r2, such as -.1 and .1.
    alpha
        Level of each of the two tests.

    Returns
    -------
    Equivalence
        With the interval of r1 - r2 of confidence 1 - 2 alpha by Zou's method, of which the tests
        are the inverse.

    Notes
    -----
    The two one-sided tests of Counsell and Cribbie (2015), British Journal of Mathematical and
    Statistical Psychology 68, 292-309, on the interval of Zou (2007), Psychological Methods 12,
    399-413: p is the level at which that interval touches a bound.

    Examples
    --------
    >>> se = z_standard_error(900)
    >>> test = equivalence_of_difference(0.42, se, 0.40, se, 0.0, -0.1, 0.1)
    >>> round(float(test.p), 4), round(float(test.high), 4)
    (0.0208, 0.0846)
    """
    names = (r1, se1, r2, se2, correlation, lower, upper)
    r1, se1, r2, se2, c, lower, upper = np.broadcast_arrays(*(as_float(a) for a in names))

    def low(quantile: FloatArray) -> FloatArray:
        return _zou(r1, se1, r2, se2, c, quantile)[0]

    def turned_low(quantile: FloatArray) -> FloatArray:
        return _zou(r2, se2, r1, se1, c, quantile)[0]

    interval = zou_interval(r1, se1, r2, se2, c, 1 - 2 * alpha)
    return _equivalence(*interval, _level(low, lower), _level(turned_low, -upper))


def correlation_of_overlapping(r12: ArrayLike, r13: ArrayLike, r23: ArrayLike) -> FloatArray:
    """Correlation of two estimated correlations that share a variable, in large samples.

    Parameters
    ----------
    r12, r13, r23
        Correlations of three variables of the same people.

    Returns
    -------
    FloatArray
        Of the estimates of r12 and r13, and of their Fisher's z; NaN for a correlation of 1 or -1.

    References
    ----------
    Pearson, K., & Filon, L. N. G. (1898). *Philosophical Transactions A, 191*, 229-311.

    Examples
    --------
    >>> round(float(correlation_of_overlapping(0.5, 0.35, 0.4)), 4)
    0.3192
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _overlap(as_float(r12), as_float(r13), as_float(r23))[()]


def correlation_of_nonoverlapping(
    r12: ArrayLike, r34: ArrayLike, r13: ArrayLike, r14: ArrayLike, r23: ArrayLike, r24: ArrayLike
) -> FloatArray:
    """Correlation of the estimated correlations of two pairs of variables, in large samples.

    Parameters
    ----------
    r12, r34, r13, r14, r23, r24
        Correlations of four variables of the same people.

    Returns
    -------
    FloatArray
        Of the estimates of r12 and r34, and of their Fisher's z; NaN for a correlation of 1 or -1.

    References
    ----------
    Pearson, K., & Filon, L. N. G. (1898). *Philosophical Transactions A, 191*, 229-311.

    Examples
    --------
    >>> round(float(correlation_of_nonoverlapping(0.5, 0.35, 0.3, 0.2, 0.4, 0.25)), 4)
    0.0704
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _no_overlap(*(as_float(a) for a in (r12, r34, r13, r14, r23, r24)))[()]


def _check(method: str, words: tuple[str, ...]) -> None:
    if method not in words:
        raise ValueError(f"method must be one of {', '.join(words)}, not {method!r}")


def _z(r: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):
        return np.arctanh(np.where(np.abs(r) < 1, r, np.nan))


def _overlap(r12: FloatArray, r13: FloatArray, r23: FloatArray) -> FloatArray:
    one, other = 1 - r12**2, 1 - r13**2
    covariance = (r23 - r12 * r13 / 2) * (1 - r12**2 - r13**2 - r23**2) + r23**3
    share: FloatArray = covariance / np.where((one > 0) & (other > 0), one * other, np.nan)
    return share


def _no_overlap(
    r12: FloatArray,
    r34: FloatArray,
    r13: FloatArray,
    r14: FloatArray,
    r23: FloatArray,
    r24: FloatArray,
) -> FloatArray:
    one, other = 1 - r12**2, 1 - r34**2
    covariance = (
        (r13 - r12 * r23) * (r24 - r23 * r34)
        + (r14 - r13 * r34) * (r23 - r12 * r13)
        + (r13 - r14 * r34) * (r24 - r12 * r14)
        + (r14 - r12 * r24) * (r23 - r24 * r34)
    ) / 2
    share: FloatArray = covariance / np.where((one > 0) & (other > 0), one * other, np.nan)
    return share


def _meng_error(r12: FloatArray, r13: FloatArray, r23: FloatArray, se: FloatArray) -> FloatArray:
    square = (r12**2 + r13**2) / 2
    f = np.minimum((1 - r23) / (2 * (1 - square)), 1.0)
    h = (1 - f * square) / (1 - square)
    error: FloatArray = se * np.sqrt(2 * (1 - r23) * h)
    return error


def _zou(
    r1: ArrayLike,
    se1: ArrayLike,
    r2: ArrayLike,
    se2: ArrayLike,
    correlation: ArrayLike,
    quantile: ArrayLike,
) -> tuple[FloatArray, FloatArray]:
    """Ends at so many standard errors; the high one first where that is negative."""
    r1, r2, c, quantile = (as_float(a) for a in (r1, r2, correlation, quantile))
    with np.errstate(invalid="ignore"):
        z1, z2 = _z(r1), _z(r2)
        half1, half2 = quantile * as_float(se1), quantile * as_float(se2)
        down1, up1 = r1 - np.tanh(z1 - half1), np.tanh(z1 + half1) - r1
        down2, up2 = r2 - np.tanh(z2 - half2), np.tanh(z2 + half2) - r2
        to_low = np.sqrt(np.maximum(down1**2 + up2**2 - 2 * c * down1 * up2, 0.0))
        to_high = np.sqrt(np.maximum(up1**2 + down2**2 - 2 * c * up1 * down2, 0.0))
        side = np.sign(quantile)
        return (r1 - r2 - side * to_low)[()], (r1 - r2 + side * to_high)[()]


def _level(end: Callable[[FloatArray], FloatArray], bound: FloatArray) -> FloatArray:
    """Level at which the low end of an interval touches a bound; above .5 if that is beyond."""
    few, many = np.full(bound.shape, -40.0), np.full(bound.shape, 40.0)
    for _ in range(_HALVINGS):
        middle = (few + many) / 2
        beyond = end(middle) > bound
        few, many = np.where(beyond, middle, few), np.where(beyond, many, middle)
    known = np.isfinite(end(np.ones(bound.shape))) & np.isfinite(bound)
    return np.where(known, ndtr(-(few + many) / 2), np.nan)


def _equivalence(
    low: FloatArray, high: FloatArray, p_low: FloatArray, p_high: FloatArray
) -> Equivalence:
    p = np.maximum(p_low, p_high)
    return Equivalence(low=low[()], high=high[()], p_low=p_low[()], p_high=p_high[()], p=p[()])


def _below(t: FloatArray, df: FloatArray) -> FloatArray:
    """Distribution function of Student's t; of the normal one where df is infinite."""
    return np.where(np.isinf(df), ndtr(t), stdtr(np.where(np.isinf(df), 1.0, df), t))


def _test(
    r1: FloatArray,
    r2: FloatArray,
    statistic: FloatArray,
    df: ArrayLike,
    interval: tuple[FloatArray, FloatArray],
) -> CorrelationDifference:
    with np.errstate(invalid="ignore"):
        known = np.isfinite(statistic) & (np.abs(r1) < 1) & (np.abs(r2) < 1)
        statistic = np.where(known, statistic, np.nan)
        df = np.where(known, as_float(df), np.nan)
        p = 2 * _below(-np.abs(statistic), df)
        low, high = (np.where(known, end, np.nan) for end in interval)
    return CorrelationDifference(
        difference=(r1 - r2)[()],
        low=low[()],
        high=high[()],
        statistic=statistic[()],
        df=df[()],
        p=p[()],
    )
