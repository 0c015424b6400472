"""How often a study of a given size will find what is there: power of the usual tests.

All tests are two-sided. Predictors are random, as answers are: the power given the answers to the
predictors is averaged over the answers that a sample may have, which for normal variables are a
chi-square variable.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtr, fdtrc, fdtri, gammaln, nctdtr, polygamma, psi, stdtrit

from detachment.stats._arrays import FloatArray, as_float

_NODES = 96  # of the integral over a chi-square variable: eight digits for three people, more else
_REACH = 9.0  # of these nodes to either side, in standard deviations of its logarithm
MOST = 10_000_000  # nobody asks more people


@np.errstate(all="ignore")
def t_test_power(
    noncentrality: ArrayLike, df: ArrayLike, significance: ArrayLike = 0.05
) -> FloatArray:
    """Power of a two-sided t test.

    Parameters
    ----------
    noncentrality
        True value over the standard error of its estimate, ``(...)``.
    df
        Degrees of freedom.
    significance
        Level of the test.

    Returns
    -------
    FloatArray
        ``(...)``, both tails counted, as ``pwr::pwr.t.test`` does; NaN for less than one degree of
        freedom.

    References
    ----------
    Cohen, J. (1988). *Statistical Power Analysis for the Behavioral Sciences* (2nd ed.), chapter 2.

    Examples
    --------
    >>> round(float(t_test_power(0.5 * 16**0.5, 62)), 4)  # d = 0.5 in two groups of 32
    0.5036
    """
    nc, df, level = np.broadcast_arrays(
        np.abs(as_float(noncentrality)), as_float(df), as_float(significance)
    )
    ok = (df >= 1) & np.isfinite(nc) & (level > 0) & (level < 1)
    df, level = np.where(ok, df, 1.0), np.where(ok, level, 0.5)
    critical = -stdtrit(df, level / 2)
    used = np.where(ok, nc, 0.0)
    # nctdtr gives NaN for tails that are smaller than any number
    upto, below = (np.nan_to_num(nctdtr(df, used, end)) for end in (critical, -critical))
    power = np.clip(1 - upto + below, 0.0, 1.0)
    return np.where(ok, power, np.nan)[()]


def slope_power(
    effect: ArrayLike, n: ArrayLike, *, predictors: int = 1, significance: ArrayLike = 0.05
) -> FloatArray:
    """Power of the t test of one slope of a regression with normal predictors.

    Parameters
    ----------
    effect
        Slope times the standard deviation of its predictor given the others, over the standard
        deviation of the residuals, ``(...)``; its square is Cohen's f2 of that predictor.
    n
        People, ``(...)``; need not be whole where it is an effective number.
    predictors
        How many the regression has, this one among them.
    significance
        Level of the test.

    Returns
    -------
    FloatArray
        ``(...)``, exact for normal variables; NaN for n < predictors + 2.

    References
    ----------
    Gatsonis, C., & Sampson, A. R. (1989). *Psychological Bulletin, 106*, 516-524.

    Examples
    --------
    >>> round(float(slope_power(0.3, 100, predictors=2)), 4)
    0.8295
    """
    effect, n, level = np.broadcast_arrays(as_float(effect), as_float(n), as_float(significance))
    spread = n - predictors  # degrees of freedom of the predictor's own sum of squares
    ok = (spread > 1 - 1e-12) & np.isfinite(effect)
    squares, weight = _chi_square_nodes(np.where(ok, spread, 1.0))
    with np.errstate(invalid="ignore"):
        nc = np.abs(effect)[..., None] * np.sqrt(squares)
    power = t_test_power(nc, (n - predictors - 1)[..., None], level[..., None])
    return np.where(ok, np.minimum(np.sum(power * weight, axis=-1), 1.0), np.nan)[()]


def correlation_power(r: ArrayLike, n: ArrayLike, significance: ArrayLike = 0.05) -> FloatArray:
    """Power of the test that a correlation is 0.

    Parameters
    ----------
    r
        True correlation, ``(...)``.
    n
        People, ``(...)``; need not be whole where it is an effective number.
    significance
        Level of the test.

    Returns
    -------
    FloatArray
        ``(...)``, exact for a bivariate normal distribution (``pwr::pwr.r.test`` approximates it,
        and asks for one person more now and then); NaN for n < 3 or an r of 1 and more.

    References
    ----------
    Gatsonis, C., & Sampson, A. R. (1989). *Psychological Bulletin, 106*, 516-524. The same number
    follows from the distribution of r: Hotelling, H. (1953). *JRSS B, 15*, 193-232.

    Examples
    --------
    >>> [round(float(correlation_power(0.2, n)), 4) for n in (193, 194)]
    [0.8001, 0.8021]
    """
    r = as_float(r)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.where(np.abs(r) < 1, r / np.sqrt(1 - r**2), np.nan)
    return slope_power(effect, n, significance=significance)


@np.errstate(all="ignore")
def alpha_power(
    reliability: ArrayLike,
    null: ArrayLike,
    n: ArrayLike,
    k: ArrayLike,
    significance: ArrayLike = 0.05,
) -> FloatArray:
    """Power of Feldt's test that coefficient alpha has another value than a given one.

    Parameters
    ----------
    reliability, null
        True alpha, and the value that is tested, ``(...)``.
    n, k
        People and items.
    significance
        Level of the test.

    Returns
    -------
    FloatArray
        ``(...)``, exact for essentially parallel normal items; NaN for fewer than two people or
        items.

    References
    ----------
    Feldt, L. S., Woodruff, D. J., & Salih, F. A. (1987). *Applied Psychological Measurement, 11*,
    93-103. Bonett, D. G. (2002). *Journal of Educational and Behavioral Statistics, 27*, 335-340,
    approximates it.

    Examples
    --------
    >>> round(float(alpha_power(0.8, 0.7, n=110, k=5)), 4)
    0.7756
    """
    alpha, null, n, k, level = np.broadcast_arrays(
        *(as_float(x) for x in (reliability, null, n, k, significance))
    )
    ok = (n > 1) & (k > 1) & (alpha < 1) & (null < 1)
    d1 = np.where(ok, n - 1, 1.0)
    d2 = d1 * np.where(ok, k - 1, 1.0)
    ratio = (1 - null) / (1 - alpha)
    above = fdtrc(d1, d2, fdtri(d1, d2, 1 - level / 2) / ratio)
    below = fdtr(d1, d2, fdtri(d1, d2, level / 2) / ratio)
    return np.where(ok, above + below, np.nan)[()]


def smallest_n(
    enough: Callable[[int], bool], *, lowest: int = 3, highest: int = MOST
) -> int | None:
    """Smallest whole n with which a study is large enough.

    Parameters
    ----------
    enough
        Whether n is; from some n on it must always be.
    lowest, highest
        Where to look.

    Returns
    -------
    int or None
        None where even ``highest`` is not enough. Doubling, then halving (bisection: Knuth, 1998,
        *The Art of Computer Programming*, volume 3, section 6.2.1).

    Examples
    --------
    >>> smallest_n(lambda n: bool(correlation_power(0.2, n) >= 0.8))
    193
    """
    low, high = lowest, lowest
    while not enough(high):
        if high >= highest:
            return None
        low, high = high + 1, min(2 * high, highest)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high


def smallest_effect(
    power: Callable[[float], float], target: float, *, low: float, high: float
) -> float | None:
    """Smallest effect that is found with a given power.

    Parameters
    ----------
    power
        From an effect to its power; it rises with the effect.
    target
        Power wanted.
    low, high
        Between which effects to look.

    Returns
    -------
    float or None
        None where even ``high`` is not found often enough. By halving, to the last digit.

    References
    ----------
    Cohen, J. (1988). *Statistical Power Analysis for the Behavioral Sciences* (2nd ed.).

    Examples
    --------
    >>> r = smallest_effect(lambda r: float(correlation_power(r, 100)), 0.8, low=0, high=0.999)
    >>> round(r, 4)
    0.2757
    """
    if not power(high) >= target:
        return None
    while high - low > 1e-12 * max(abs(high), 1e-3):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= target else (middle, high)
        if middle in (low, high) and high - low < 1e-15:
            break
    return high


@np.errstate(all="ignore")
def _chi_square_nodes(df: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights ``(..., nodes)`` of the mean over a chi-square variable.

    The trapezoidal rule on its logarithm, whose density is smooth and falls off at both ends.
    """
    half = df[..., None] / 2
    centre = psi(half) + np.log(2.0)
    sd = np.sqrt(polygamma(1, half))
    # to the left the density of the logarithm falls off no faster than exp(df x / 2)
    reach = np.maximum(_REACH * sd, np.minimum(40.0 / half, 80.0))
    place = np.linspace(0.0, 1.0, _NODES)
    x = centre - reach + place * (reach + _REACH * sd)
    log_density = half * x - np.exp(x) / 2 - half * np.log(2.0) - gammaln(half)
    weight = np.exp(log_density)
    return np.exp(x), weight / weight.sum(axis=-1, keepdims=True)
