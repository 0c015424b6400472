"""Correlations and n in, Bayes factors against a correlation of zero out, as logarithms."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln, hyp2f1, logsumexp

from detachment.stats._arrays import FloatArray, as_float

# Widths of the prior that have names in R's BayesFactor
PRIOR_WIDTHS = {"medium.narrow": 27**-0.5, "medium": 1 / 3, "wide": 3**-0.5, "ultrawide": 1.0}

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(160)
_DEPTH = 50.0  # how far below its top the logarithm of an integrand still counts
_HALVINGS = 50
_FAR = 40.0  # Fisher's z beyond which there is no correlation short of 1


def correlation_bayes_factor(
    r: ArrayLike,
    n: ArrayLike,
    *,
    kappa: float = 1 / 3,
    alternative: Literal["two-sided", "greater", "less"] = "two-sided",
) -> FloatArray:
    """Logarithm of the Bayes factor for a correlation, against one of zero.

    Parameters
    ----------
    r, n
        Pearson correlations and their numbers of rows.
    kappa
        Width of the prior, a beta distribution stretched over -1 to 1 with both parameters
        1 / kappa: 1 takes every correlation as equally likely, 1/3 (the default of BayesFactor, its
        "medium") favours small ones. ``PRIOR_WIDTHS`` has the names of R.
    alternative
        ``two-sided``; ``greater`` or ``less``: the half of the prior on that side of zero.

    Returns
    -------
    FloatArray
        Natural logarithm; above 0 for a correlation, below 0 for none. ``np.exp`` of it is the
        factor, where that is not too large a number. NaN with fewer than three rows, infinite for a
        correlation of 1 or -1.

    Raises
    ------
    ValueError
        For a width that is not positive, and another alternative.

    Notes
    -----
    Ly, Verhagen and Wagenmakers (2016), Journal of Mathematical Psychology 72, 19-32, which is
    R's ``BayesFactor::correlationBF`` and JASP's; Jeffreys (1961), Theory of Probability, 5.2, for
    kappa = 1. Two-sided it is a hypergeometric function, here by Euler's transformation, which does
    not overflow; one-sided it is integrated over Fisher's z, from Hotelling's (1953) form of the
    likelihood, Journal of the Royal Statistical Society B 15, 193-232. Rows must be independent.

    Examples
    --------
    >>> float(np.exp(correlation_bayes_factor(0.3, 50, kappa=1.0)).round(4))
    1.5555
    >>> float(correlation_bayes_factor(0.5, 100_000).round(1))
    14378.1
    """
    if not kappa > 0:
        raise ValueError(f"kappa must be positive, not {kappa}")
    if alternative not in ("two-sided", "greater", "less"):
        raise ValueError(f"alternative must be two-sided, greater or less, not {alternative!r}")
    r, n = np.broadcast_arrays(as_float(r), as_float(n))
    known = (n > 2) & (np.abs(r) < 1)
    ok_r, ok_n = np.where(known, r, 0.0), np.where(known, n, 3.0)
    if alternative == "two-sided":
        log = _two_sided(ok_r, ok_n, kappa)
    else:
        log = _one_sided(ok_r if alternative == "greater" else -ok_r, ok_n, kappa)
    side = {"two-sided": np.abs(r), "greater": r, "less": -r}[alternative]
    perfect = np.where((n > 2) & (np.abs(r) == 1), np.where(side > 0, np.inf, -np.inf), np.nan)
    return np.where(known, log, perfect)[()]


def jzs_bayes_factor(r: ArrayLike, n: ArrayLike) -> FloatArray:
    """Logarithm of the Jeffreys-Zellner-Siow Bayes factor for a correlation, as of a regression.

    Parameters
    ----------
    r, n
        Pearson correlations and their numbers of rows.

    Returns
    -------
    FloatArray
        Natural logarithm; NaN with fewer than three rows, infinite for a correlation of 1 or -1.

    Notes
    -----
    Wetzels and Wagenmakers (2012), Psychonomic Bulletin & Review 19, 1057-1064: a Cauchy prior of
    width 1 on the standardized slope; the test of :func:`correlation_bayes_factor` has a prior on
    the correlation itself.

    Examples
    --------
    >>> float(np.exp(jzs_bayes_factor(0.3, 50)).round(4))
    1.0251
    """
    r, n = np.broadcast_arrays(as_float(r), as_float(n))
    known = (n > 2) & (np.abs(r) < 1)
    r2, m = np.where(known, r, 0.0) ** 2, np.where(known, n, 3.0)

    def integrand(log_g: FloatArray) -> FloatArray:
        g, size, left = np.exp(log_g), m[..., None], 1 - r2[..., None]
        of_model = (size - 2) / 2 * np.log1p(g) - (size - 1) / 2 * np.log1p(left * g)
        return as_float(of_model - size / (2 * g) - log_g / 2)

    log = as_float(np.log(m / 2) / 2 - gammaln(0.5) + _integral(integrand, m.shape, -20.0, 80.0))
    perfect = np.where((n > 2) & (np.abs(r) == 1), np.inf, np.nan)
    return np.where(known, log, perfect)[()]


def _two_sided(r: FloatArray, n: FloatArray, kappa: float) -> FloatArray:
    square, a = r**2, 1 / kappa
    c = n / 2 + a
    # 2F1((n - 1) / 2, (n - 1) / 2; c) is this times a power of 1 - r^2
    small = np.log(hyp2f1(a + 0.5, a + 0.5, c, square))
    power = (a + 1 - n / 2) * np.log1p(-square)
    ratio = gammaln(c - 0.5) - gammaln(c)
    scale = (1 - 2 * a) * np.log(2.0) + 0.5 * np.log(np.pi) - betaln(a, a)
    log: FloatArray = np.asarray(scale + ratio + power + small)
    lost = ~np.isfinite(log)  # SciPy's function, very near to a correlation of 1
    if lost.any():
        sides = [_one_sided(sign * r[lost], n[lost], kappa) for sign in (1, -1)]
        log[lost] = np.logaddexp(*sides) - np.log(2.0)
    return log


def _one_sided(r: FloatArray, n: FloatArray, kappa: float) -> FloatArray:
    """Of a positive correlation: the integral over Fisher's z from 0 on."""
    r, n, a = r[..., None], n[..., None], 1 / kappa

    def likelihood(rho: FloatArray) -> FloatArray:
        """Logarithm, over what does not depend on the true correlation."""
        hyper = np.log(hyp2f1(0.5, 0.5, n - 0.5, (1 + r * rho) / 2))
        return as_float(hyper - (n - 1.5) * np.log1p(-r * rho))

    def integrand(z: FloatArray) -> FloatArray:
        # log(1 - tanh(z)^2), which keeps its digits; a power of it is the prior's and dz's
        left = -2 * (np.logaddexp(z, -z) - np.log(2.0))
        return as_float(likelihood(np.tanh(z)) + ((n - 1) / 2 + a) * left)

    none = likelihood(np.zeros((1,) * r.ndim))[..., 0]
    prior = np.log(2.0) - betaln(a, a) - (2 * a - 1) * np.log(2.0)
    return as_float(prior - none + _integral(integrand, r.shape[:-1], 0.0, _FAR))


def _integral(
    integrand: Callable[[FloatArray], FloatArray], shape: tuple[int, ...], low: float, high: float
) -> FloatArray:
    """Logarithm of the integral of exp(integrand), which has one top, ``(...)``.

    The top is sought, then how far the integrand still counts on both sides; between these ends
    the nodes are laid.
    """
    down, up = np.full((*shape, 1), low), np.full((*shape, 1), high)
    for _ in range(2 * _HALVINGS):
        left, right = down + (up - down) / 3, up - (up - down) / 3
        rising = integrand(left) < integrand(right)
        down, up = np.where(rising, left, down), np.where(rising, up, right)
    top = (down + up) / 2
    floor = integrand(top) - _DEPTH
    ends = []
    for bound in (low, high):
        inside, outside = top, np.full(top.shape, bound)
        counts = integrand(outside) >= floor
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            above = integrand(middle) >= floor
            inside, outside = np.where(above, middle, inside), np.where(above, outside, middle)
        ends.append(np.where(counts, bound, outside))
    half = (ends[1] - ends[0]) / 2
    values = integrand(ends[0] + half * (1 + _NODES))
    log: FloatArray = logsumexp(values + np.log(_WEIGHTS * half), axis=-1)
    return log
