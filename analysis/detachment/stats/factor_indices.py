"""Factors in; how well they reproduce the correlations, and how scores come from them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chndtr, chndtrinc

from detachment.stats._arrays import FloatArray, as_float, as_square, diagonal

ScoreName = Literal["regression", "bartlett", "tenberge"]
SCORES: tuple[ScoreName, ...] = ("regression", "bartlett", "tenberge")


@dataclass(frozen=True, slots=True, eq=False)
class FactorFit:
    """Fit of m factors to correlations of p items; each field has the shape ``(...)``.

    Attributes
    ----------
    objective
        log|Sigma| + tr(R Sigma^-1) - log|R| - p, Sigma the correlations that the factors imply.
    chi2, df, p
        Bartlett's corrected chi-square of the objective, its degrees of freedom and its p.
    null_objective, null_chi2, null_df
        The same without factors.
    rmsea, rmsea_low, rmsea_high
        Root mean square error of approximation and its interval.
    tli
        Tucker-Lewis index.
    bic, sabic
        chi2 - df log(n), and with log((n + 2) / 24).
    rmsr, crms
        Root mean square of the residuals off the diagonal, and corrected for degrees of freedom.
    chi2_empirical, p_empirical
        n times the sum of squared residuals off the diagonal (each twice), and its p.
    fit, fit_off
        1 - squared residuals / squared correlations, all and off the diagonal.
    """

    objective: FloatArray
    chi2: FloatArray
    df: int
    p: FloatArray
    null_objective: FloatArray
    null_chi2: FloatArray
    null_df: int
    rmsea: FloatArray
    rmsea_low: FloatArray
    rmsea_high: FloatArray
    tli: FloatArray
    bic: FloatArray
    sabic: FloatArray
    rmsr: FloatArray
    crms: FloatArray
    chi2_empirical: FloatArray
    p_empirical: FloatArray
    fit: FloatArray
    fit_off: FloatArray


def factor_fit(
    cor: ArrayLike,
    loadings: ArrayLike,
    phi: ArrayLike | None = None,
    *,
    n: float,
    confidence: float = 0.90,
) -> FactorFit:
    """Fit of a factor solution.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.
    loadings
        Pattern loadings, ``(..., p, m)``; a rotation changes nothing.
    phi
        Correlations of the factors, ``(..., m, m)``; none by default.
    n
        Number of respondents.
    confidence
        Level of the interval of RMSEA.

    Returns
    -------
    FactorFit
        NaN where correlations are not positive definite; where no degrees of freedom are left,
        there is no p and nothing that divides by them.

    Notes
    -----
    Bartlett (1950), British Journal of Statistical Psychology 3, 77-85 (chi-square); Tucker and
    Lewis (1973), Psychometrika 38, 1-10; Steiger (1990), Multivariate Behavioral Research 25,
    173-180 (RMSEA). Formulas of R's ``psych::fa``, whose RMSEA is
    sqrt(chi2 / (df n) - 1 / (n - 1)).

    Examples
    --------
    >>> loadings = np.array([[0.8], [0.7], [0.6], [0.5]])
    >>> cor = loadings @ loadings.T + 0.02
    >>> np.fill_diagonal(cor, 1)
    >>> fit = factor_fit(cor, loadings, n=200)
    >>> fit.df, float(fit.chi2.round(2)), float(fit.rmsr.round(3))
    (2, 0.48, 0.02)
    """
    cor, loadings = as_square(cor), as_float(loadings)
    p, m = loadings.shape[-2:]
    model = loadings @ np.swapaxes(loadings, -1, -2)
    if phi is not None:
        model = loadings @ as_float(phi) @ np.swapaxes(loadings, -1, -2)
    residual = cor - model
    off = 1 - np.eye(p)
    square, square_off = _total(residual), _total(residual * off)
    implied = model * off + np.eye(p) * diagonal(cor)[..., None, :]
    df = p * (p - 1) // 2 - p * m + m * (m - 1) // 2
    null_df = p * (p - 1) // 2
    some = df if df > 0 else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        log_cor, log_implied = _log_det(cor), _log_det(implied)
        good = np.isfinite(log_cor + log_implied)
        safe = np.where(good[..., None, None], implied, np.eye(p))
        trace = np.trace(np.linalg.solve(safe, np.nan_to_num(cor)), axis1=-2, axis2=-1)
        objective = np.where(good, np.maximum(trace + log_implied - log_cor - p, 0.0), np.nan)
        chi2 = np.maximum(objective * (n - 1 - (2 * p + 5) / 6 - 2 * m / 3), 0.0)
        null = np.sum(diagonal(cor), axis=-1) - log_cor - p
        scale = n - 1 - (2 * p + 5) / 6
        rmsea = np.sqrt(np.maximum(chi2 / (some * n) - 1 / (n - 1), 0.0))
        low, high = _noncentral(chi2, some, confidence)
        per_null, per_model = null / null_df, objective / some
        return FactorFit(
            objective=objective,
            chi2=chi2,
            df=df,
            p=chdtrc(some, chi2),
            null_objective=null,
            null_chi2=null * scale,
            null_df=null_df,
            rmsea=rmsea,
            rmsea_low=np.sqrt(low / (n - 1) / some),
            rmsea_high=np.sqrt(high / (n - 1) / some),
            tli=(per_null - per_model) / (per_null - 1 / (scale - 2 * m / 3)),
            bic=chi2 - some * np.log(n),
            sabic=chi2 - some * np.log((n + 2) / 24),
            rmsr=np.sqrt(square_off / (p * (p - 1))),
            crms=np.sqrt(square_off / (2 * some)),
            chi2_empirical=square_off * n,
            p_empirical=np.asarray(chdtrc(some, square_off * n), dtype=np.float64),
            fit=1 - square / _total(cor),
            fit_off=1 - square_off / _total(cor * off),
        )


def complexity(loadings: ArrayLike) -> FloatArray:
    """Hofmann's index: about how many factors an item loads on.

    Parameters
    ----------
    loadings
        ``(..., p, m)``.

    Returns
    -------
    FloatArray
        ``(..., p)``, between 1 and m; NaN for an item without loadings.

    Notes
    -----
    Hofmann (1978), Multivariate Behavioral Research 13, 247-250.

    Examples
    --------
    >>> complexity([[0.7, 0.0], [0.5, 0.5]]).tolist()
    [1.0, 2.0]
    """
    square = as_float(loadings) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        index: FloatArray = square.sum(axis=-1) ** 2 / np.sum(square * square, axis=-1)
    return index


def variance_accounted(loadings: ArrayLike, phi: ArrayLike | None = None) -> FloatArray:
    """Sums of squared loadings of the factors, and the shares that they are.

    Parameters
    ----------
    loadings
        Pattern loadings, ``(..., p, m)``.
    phi
        Correlations of the factors, ``(..., m, m)``; none by default.

    Returns
    -------
    FloatArray
        ``(..., 5, m)``: the sums, diag(Phi L'L); their shares of the p items' variance and these
        cumulated; their shares of the variance accounted for and these cumulated. Rows of
        ``Vaccounted`` in R's ``psych::fa``.

    Examples
    --------
    >>> variance_accounted([[0.8, 0.0], [0.6, 0.0], [0.0, 0.5]])[:2].round(4).tolist()
    [[1.0, 0.25], [0.3333, 0.0833]]
    """
    loadings = as_float(loadings)
    squares = np.swapaxes(loadings, -1, -2) @ loadings
    if phi is not None:
        squares = as_float(phi) @ squares
    ss = diagonal(squares)
    share = ss / loadings.shape[-2]
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = ss / ss.sum(axis=-1, keepdims=True)
    return np.stack([ss, share, np.cumsum(share, -1), explained, np.cumsum(explained, -1)], axis=-2)


def factor_score_weights(
    cor: ArrayLike,
    loadings: ArrayLike,
    phi: ArrayLike | None = None,
    *,
    method: ScoreName = "regression",
) -> FloatArray:
    """Weights that turn standardized answers into factor scores.

    Parameters
    ----------
    cor
        Correlations of the items, ``(p, p)``.
    loadings
        Pattern loadings, ``(p, m)``.
    phi
        Correlations of the factors, ``(m, m)``; none by default.
    method
        ``regression`` (Thurstone): closest to the factors. ``bartlett``: unbiased. ``tenberge``:
        scores correlate exactly as the factors do.

    Returns
    -------
    FloatArray
        ``(p, m)``; NaN where a matrix that must be inverted is singular, or, for Bartlett's, where
        an item has no unique variance.

    Raises
    ------
    ValueError
        When the method is none of these.

    Notes
    -----
    Thurstone (1935), The vectors of mind; Bartlett (1937), British Journal of Psychology 28,
    97-104; ten Berge, Krijnen, Wansbeek and Shapiro (1999), Linear Algebra and its Applications
    289, 311-318. As R's ``psych::factor.scores``.

    Examples
    --------
    >>> loadings = np.array([[0.8], [0.6], [0.5]])
    >>> cor = loadings @ loadings.T
    >>> np.fill_diagonal(cor, 1)
    >>> factor_score_weights(cor, loadings).round(3).ravel().tolist()
    [0.605, 0.255, 0.181]
    """
    cor, loadings = as_square(cor), as_float(loadings)
    m = loadings.shape[-1]
    phi = np.eye(m) if phi is None else as_float(phi)
    nothing = np.full(loadings.shape, np.nan)
    if method not in SCORES:
        raise ValueError(f"method must be one of {', '.join(SCORES)}, got {method!r}")
    if not (np.isfinite(cor).all() and np.isfinite(loadings).all() and np.isfinite(phi).all()):
        return nothing
    if method == "bartlett":
        unique = 1 - np.sum(loadings @ phi * loadings, axis=-1, keepdims=True)
        scaled = loadings / np.where(unique > 1e-12, unique, np.nan)
        gram = scaled.T @ loadings
        weights = scaled @ np.linalg.inv(gram) if np.isfinite(gram).all() else nothing
        return np.asarray(weights, dtype=np.float64)
    if np.linalg.eigvalsh(cor)[0] <= 1e-12:
        return nothing
    if method == "regression":
        return np.asarray(np.linalg.solve(cor, loadings @ phi), dtype=np.float64)
    half = _power(phi, 0.5)
    pattern = loadings @ half
    scores = _power(pattern.T @ np.linalg.solve(cor, pattern), -0.5)
    return np.asarray(np.linalg.solve(cor, pattern) @ scores @ half, dtype=np.float64)


def score_determinacy(cor: ArrayLike, loadings: ArrayLike, phi: ArrayLike | None) -> FloatArray:
    """Squared multiple correlation of each factor with the items.

    Parameters
    ----------
    cor, loadings, phi
        As for :func:`factor_score_weights`.

    Returns
    -------
    FloatArray
        ``(m,)``; ``R2`` of R's ``psych::fa``. Grice (2001), Psychological Methods 6, 430-450.

    Examples
    --------
    >>> loadings = np.array([[0.8], [0.6], [0.5]])
    >>> cor = loadings @ loadings.T
    >>> np.fill_diagonal(cor, 1)
    >>> score_determinacy(cor, loadings, None).round(3).tolist()
    [0.728]
    """
    loadings = as_float(loadings)
    weights = factor_score_weights(cor, loadings, phi)
    structure = loadings if phi is None else loadings @ as_float(phi)
    return np.asarray(np.sum(weights * structure, axis=-2), dtype=np.float64)


def _total(matrix: FloatArray) -> FloatArray:
    total: FloatArray = np.sum(matrix * matrix, axis=(-1, -2))
    return total


def _log_det(matrix: FloatArray) -> FloatArray:
    """Logarithms of determinants; NaN where a matrix is not positive definite."""
    whole = np.asarray(np.isfinite(matrix).all(axis=(-1, -2)))
    values = np.linalg.eigvalsh(np.where(whole[..., None, None], matrix, np.eye(matrix.shape[-1])))
    good = whole & (values[..., 0] > 1e-12)
    return np.where(good, np.sum(np.log(np.maximum(values, 1e-300)), axis=-1), np.nan)


def _noncentral(chi2: FloatArray, df: float, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Ends of the interval of the noncentrality of a chi-square."""
    tail = (1 - confidence) / 2
    below = chndtr(chi2, df, 0.0)
    low = np.where(below > 1 - tail, chndtrinc(chi2, df, 1 - tail), 0.0)
    high = np.where(below > tail, chndtrinc(chi2, df, tail), 0.0)
    return np.where(np.isnan(below), np.nan, low), np.where(np.isnan(below), np.nan, high)


def _power(matrix: FloatArray, exponent: float) -> FloatArray:
    """Power of a symmetric matrix by its eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.where(values > 1e-14, values, np.nan) ** exponent
    powered: FloatArray = vectors * powers @ vectors.T
    return powered
