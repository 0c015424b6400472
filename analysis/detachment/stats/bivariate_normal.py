"""The bivariate normal distribution: its density, and its distribution function at any correlation.

All functions work element by element on arrays of shapes that fit each other.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, owens_t

from detachment.stats._arrays import FloatArray, as_float

_FAR = 38.0  # a standard normal is never beyond it in double precision


def bivariate_normal_pdf(h: ArrayLike, k: ArrayLike, r: ArrayLike) -> FloatArray:
    """Density of two standard normal variables with a correlation.

    Parameters
    ----------
    h, k
        Points; infinite ones are allowed.
    r
        Correlations between -1 and 1.

    Returns
    -------
    FloatArray
        NaN where the correlation is -1 or 1: all mass then lies on a line.

    Notes
    -----
    Also the derivative of the distribution function in r: Plackett (1954), Biometrika 41, 351-360.
    R: ``mvtnorm::dmvnorm``.

    Examples
    --------
    >>> round(float(bivariate_normal_pdf(0.5, -0.5, 0.3)), 6)
    0.116733
    """
    h, k, r = np.broadcast_arrays(_near(h), _near(k), as_float(r))
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        q = (1 - r) * (1 + r)
        # h^2 + k^2 - 2 r h k, without cancellation where r is near 1 or -1 and k near h or -h
        side = np.where(r > 0, 1.0, -1.0)
        square = (h - side * k) ** 2 + 2 * side * (1 - np.abs(r)) * h * k
        density = np.exp(-square / (2 * q)) / (2 * np.pi * np.sqrt(q))
    return np.where(np.abs(r) < 1, density, np.nan)[()]


def bivariate_normal_cdf(h: ArrayLike, k: ArrayLike, r: ArrayLike) -> FloatArray:
    """Probability that two standard normal variables with a correlation are below h and k.

    Parameters
    ----------
    h, k
        Points; infinite ones are allowed.
    r
        Correlations from -1 to 1, both included.

    Returns
    -------
    FloatArray
        Within 1e-15 of the true value for every r; NaN where r is beyond 1.

    Notes
    -----
    By Owen's function T: Owen (1956), Annals of Mathematical Statistics 27, 1075-1090. R:
    ``pbivnorm::pbivnorm``, ``mvtnorm::pmvnorm``.

    Examples
    --------
    >>> bivariate_normal_cdf(0, [0, 1, np.inf], [0.5, -0.3, 0.9]).round(6).tolist()
    [0.333333, 0.391725, 0.5]
    """
    h, k, r = np.broadcast_arrays(_near(h), _near(k), as_float(r))
    below_h, below_k = ndtr(h), ndtr(k)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        root = np.sqrt((1 - r) * (1 + r))
        # k - r h, without cancellation where r is near 1 or -1 and k near h or -h
        side = np.where(r > 0, 1.0, -1.0)
        rest = 1 - np.abs(r)
        slope_h = ((k - side * h) + side * rest * h) / (h * root)
        slope_k = ((h - side * k) + side * rest * k) / (k * root)
        inside = (below_h + below_k) / 2 - _owens(h, slope_h, k) - _owens(k, slope_k, h)
        inside = inside - np.where((h * k < 0) | ((h * k == 0) & (h + k < 0)), 0.5, 0.0)
    both_zero = (h == 0) & (k == 0)
    inside = np.where(both_zero, 0.25 + np.arcsin(np.clip(r, -1, 1)) / (2 * np.pi), inside)
    inside = np.where(r >= 1, np.minimum(below_h, below_k), inside)
    inside = np.where(r <= -1, below_h - ndtr(-k), inside)
    bounded = np.clip(inside, 0.0, np.minimum(below_h, below_k))
    return np.where(np.abs(r) <= 1, bounded, np.nan)[()]


def _owens(h: FloatArray, slope: FloatArray, other: FloatArray) -> FloatArray:
    """Owen's T, where a point of 0 stands for the limit from the side of the other point."""
    flat = np.copysign(np.inf, other) * np.where(other == 0, 0.0, 1.0)
    return owens_t(h, np.where(h == 0, flat, slope))


def bivariate_normal_step(
    h: FloatArray, k: FloatArray, start: FloatArray, end: FloatArray, nodes: int
) -> FloatArray:
    """What the distribution function gains when the correlation goes from one value to another.

    Parameters
    ----------
    h, k
        Finite points.
    start, end
        Correlations between -1 and 1, both of the shape of the last axis of h and k or fitting it.
    nodes
        Of the Gauss-Legendre rule. 20 are exact to double precision from 0 to anywhere in
        -.925 to .925, 12 in -.75 to .75, and 6 for steps that are short on the scale of Fisher's z
        (up to 0.2), however close to 1.

    Returns
    -------
    FloatArray

    Notes
    -----
    Plackett's identity with r = sin t: Drezner and Wesolowsky (1990), Journal of Statistical
    Computation and Simulation 35, 101-107; Genz (2004), Statistics and Computing 14, 251-260.

    Examples
    --------
    >>> h = np.array([0.5])
    >>> gain = bivariate_normal_step(h, -h, np.zeros(1), np.array([0.4]), 12)
    >>> (ndtr(h) * ndtr(-h) + gain - bivariate_normal_cdf(h, -h, 0.4)).round(15).tolist()
    [0.0]
    """
    places, weights = _legendre(nodes)
    low, high = np.arcsin(start), np.arcsin(end)
    half, middle = (high - low) / 2, (high + low) / 2
    squares, product = -0.5 * (h * h + k * k), h * k
    total = np.zeros(np.broadcast_shapes(squares.shape, half.shape))
    with np.errstate(under="ignore"):
        for place, weight in zip(places, weights, strict=True):
            sine = np.sin(middle + half * place)
            scale = 1 / ((1 - sine) * (1 + sine))
            exponent = squares * scale
            exponent += product * (sine * scale)
            np.exp(exponent, out=exponent)
            exponent *= weight
            total += exponent
        total *= half / (2 * np.pi)
    return total


@cache
def _legendre(nodes: int) -> tuple[list[float], list[float]]:
    places, weights = np.polynomial.legendre.leggauss(nodes)
    return places.tolist(), weights.tolist()


def _near(x: ArrayLike) -> FloatArray:
    """Infinite points as finite ones that are as good in double precision."""
    return np.clip(as_float(x), -_FAR, _FAR)
