"""How wide an interval will be: precision of the usual estimates before there are data.

Where ``assurance`` is given, the width is one that is not exceeded with that probability; without
it, the width that is expected, or, as each function says, the one at the planned value.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, fdtri, gammaln, ndtri, stdtrit

from detachment.stats._arrays import FloatArray, as_float
from detachment.stats.correlation import fisher_interval
from detachment.stats.proportion import wilson_interval


@np.errstate(all="ignore")
def correlation_width(
    r: ArrayLike, n: ArrayLike, confidence: float = 0.95, *, assurance: float | None = None
) -> FloatArray:
    """Width of Fisher's interval of a correlation.

    Parameters
    ----------
    r
        Planned correlation, ``(...)``.
    n
        People, ``(...)``; need not be whole where it is an effective number.
    confidence
        Coverage of the interval.
    assurance
        Probability that the interval is no wider.

    Returns
    -------
    FloatArray
        ``(...)``; without assurance at the planned value, as Bonett and Wright have it. With it, at
        the least correlation that the sample will probably show (by Fisher's z), for an interval is
        the wider the smaller r is. NaN for n < 4.

    References
    ----------
    Bonett, D. G., & Wright, T. A. (2000). *Psychometrika, 65*, 23-28.

    Examples
    --------
    >>> round(float(correlation_width(0.2, 371)), 3)
    0.196
    """
    r, n = np.broadcast_arrays(np.abs(as_float(r)), as_float(n))
    z = np.arctanh(r)
    if assurance is not None:
        z = np.maximum(z - float(ndtri(assurance)) / np.sqrt(np.where(n > 3, n - 3, np.nan)), 0.0)
    low, high = fisher_interval(np.tanh(z), n, confidence)
    return as_float(high - low)[()]


@np.errstate(all="ignore")
def alpha_width(
    reliability: ArrayLike,
    n: ArrayLike,
    k: ArrayLike,
    confidence: float = 0.95,
    *,
    assurance: float | None = None,
) -> FloatArray:
    """Width of Feldt's interval of coefficient alpha.

    Parameters
    ----------
    reliability
        True alpha, ``(...)``.
    n, k
        People and items.
    confidence
        Coverage of the interval.
    assurance
        Probability that the interval is no wider.

    Returns
    -------
    FloatArray
        ``(...)``: the width is a multiple of 1 - alpha of the sample, whose distribution is
        Feldt's; exact for essentially parallel normal items. NaN for n < 4.

    References
    ----------
    Feldt, L. S., Woodruff, D. J., & Salih, F. A. (1987). *Applied Psychological Measurement, 11*,
    93-103. Bonett, D. G. (2002). *Journal of Educational and Behavioral Statistics, 27*, 335-340.

    Examples
    --------
    >>> round(float(alpha_width(0.8, 148, 5)), 4)
    0.1041
    """
    alpha, n, k = np.broadcast_arrays(as_float(reliability), as_float(n), as_float(k))
    ok = (n > 3) & (k > 1)
    d1 = np.where(ok, n - 1, np.nan)
    d2 = d1 * (k - 1)
    tail = (1 - confidence) / 2
    spread = fdtri(d1, d2, 1 - tail) - fdtri(d1, d2, tail)
    # (1 - alpha) / (1 - sample's alpha) follows F
    observed = d1 / (d1 - 2) if assurance is None else 1 / fdtri(d1, d2, 1 - assurance)
    return np.where(ok, spread * (1 - alpha) * observed, np.nan)[()]


@np.errstate(all="ignore")
def mean_width(
    variance: ArrayLike, df: ArrayLike, confidence: float = 0.95, *, assurance: float | None = None
) -> FloatArray:
    """Width of the t interval of a mean, or of a difference of means, of normal variables.

    Parameters
    ----------
    variance
        True sampling variance of the estimate, ``(...)``: for two groups 1 / n1 + 1 / n2 in
        standard deviations.
    df
        Degrees of freedom of the estimated variance.
    confidence
        Coverage of the interval.
    assurance
        Probability that the interval is no wider.

    Returns
    -------
    FloatArray
        ``(...)``, exact; NaN for less than one degree of freedom.

    References
    ----------
    Cumming, G. (2012). *Understanding the New Statistics*, chapter 13. Kelley, K., & Rausch, J. R.
    (2006). *Psychological Methods, 11*, 363-385, on assurance.

    Examples
    --------
    >>> widths = mean_width(2 / 50, 98), mean_width(2 / 50, 98, assurance=0.99)
    >>> round(float(widths[0]), 4), round(float(widths[1]), 4)
    (0.7918, 0.9264)
    """
    variance, df = np.broadcast_arrays(as_float(variance), as_float(df))
    ok = (df >= 1) & (variance >= 0)
    df = np.where(ok, df, np.nan)
    if assurance is None:
        sd = np.sqrt(2 / df) * np.exp(gammaln((df + 1) / 2) - gammaln(df / 2))
    else:
        sd = np.sqrt(chdtri(df, 1 - assurance) / df)
    return np.where(ok, 2 * stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance) * sd, np.nan)[()]


@np.errstate(all="ignore")
def proportion_width(
    share: ArrayLike, n: ArrayLike, confidence: float = 0.95, *, assurance: float | None = None
) -> FloatArray:
    """Width of Wilson's interval of a share.

    Parameters
    ----------
    share
        Planned share, ``(...)``.
    n
        People, ``(...)``; need not be whole where it is an effective number.
    confidence
        Coverage of the interval.
    assurance
        Probability that the interval is no wider.

    Returns
    -------
    FloatArray
        ``(...)``; without assurance at the planned share. With it, at the share nearest to one half
        that the sample will probably show (normal approximation), for there an interval is widest.
        NaN for no people.

    References
    ----------
    Wilson, E. B. (1927). *Journal of the American Statistical Association, 22*, 209-212. Newcombe,
    R. G. (2012). *Confidence Intervals for Proportions*, chapter 6.

    Examples
    --------
    >>> round(float(proportion_width(0.5, 381)), 4)
    0.0999
    """
    share, n = np.broadcast_arrays(as_float(share), as_float(n))
    if assurance is not None:
        shift = float(ndtri(assurance)) * np.sqrt(share * (1 - share) / np.where(n > 0, n, np.nan))
        nearer = np.minimum(np.minimum(share, 1 - share) + np.maximum(shift, 0.0), 0.5)
        share = nearer
    low, high = wilson_interval(share, n, confidence)
    return as_float(high - low)[()]
