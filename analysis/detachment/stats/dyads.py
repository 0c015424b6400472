"""Answers of two partners in, how alike they are and whether it matters who is who out.

Partners are distinguishable when a role tells them apart that could matter (patient and carer).
Whether it does matter is a question about means, variances and covariances: exchanging the
partners of every dyad would leave all of them as they are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, stdtr, stdtrit

from detachment.stats._arrays import FloatArray, IntArray, as_columns, as_float, in_canonical_order
from detachment.stats.noncentral import noncentral_t_interval
from detachment.stats.sem import (
    Fit,
    Inference,
    SampleMoments,
    difference_test,
    fit_model,
    infer,
    sample_moments,
)
from detachment.stats.sem.model import Model, cfa_model

Missing = Literal["fiml", "listwise"]
# What exchangeable partners share, part by part; "omnibus" is all of it.
EXCHANGEABILITY = ("omnibus", "means", "variances", "covariances_within", "covariances_between")


def double_entry_icc(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Correlation of partners when every dyad is entered twice, once each way round.

    Parameters
    ----------
    first, second
        Answers of both partners, ``(..., D)``; only dyads with both count.

    Returns
    -------
    FloatArray
        ``(...)``; NaN with fewer than two dyads or without any variance.

    Notes
    -----
    Griffin, D., & Gonzalez, R. (1995). *Psychological Bulletin, 118*, 430-439: the maximum
    likelihood estimate of the intraclass correlation. The one of the analysis of variance
    (:func:`detachment.stats.icc.icc_anova`) is a little higher: it allows for the mean.

    Examples
    --------
    >>> round(float(double_entry_icc([1, 2, 3, 4], [2, 2, 4, 3])), 3)
    0.619
    """
    x, n = _both(first, second)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = x.sum(axis=(-2, -1)) / (2 * n)
        dev = np.where(_there(x, n), x - mean[..., None, None], 0.0)
        cross = 2 * np.sum(dev[..., 0] * dev[..., 1], axis=-1)
        icc = cross / np.sum(dev * dev, axis=(-2, -1))
    return np.asarray(np.where(np.isfinite(icc) & (n > 1), icc, np.nan))


@dataclass(frozen=True, slots=True, eq=False)
class PairedVariances:
    """Two variances of the same dyads, each field ``(...)``.

    Attributes
    ----------
    ratio, low, high
        Variance of the first partners divided by that of the second, and its interval.
    t, df, p
        Test of equal variances.
    n
        Dyads with both.
    """

    ratio: FloatArray
    low: FloatArray
    high: FloatArray
    t: FloatArray
    df: FloatArray
    p: FloatArray
    n: IntArray


def pitman_morgan(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> PairedVariances:
    """Compare the variances of two partners, who are not independent.

    Parameters
    ----------
    first, second
        Answers of both partners, ``(..., D)``; only dyads with both count.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    PairedVariances
        NaN with fewer than three dyads, or where a side does not vary.

    Notes
    -----
    Variances differ where sum and difference correlate. Pitman, E. J. G. (1939). *Biometrika, 31*,
    9-12; Morgan, W. A. (1939), *ibid.*, 13-19. It trusts normal answers.

    Examples
    --------
    >>> test = pitman_morgan([1, 2, 3, 4, 5, 6], [3, 3, 4, 3, 4, 4])
    >>> round(float(test.ratio), 2), round(float(test.p), 4)
    (11.67, 0.0129)
    """
    x, n = _both(first, second)
    m = np.where(n > 2, n, np.nan).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = x.sum(axis=-2) / m[..., None]
        dev = np.where(_there(x, n), x - mean[..., None, :], 0.0)
        square = np.sum(dev * dev, axis=-2)
        cross = np.sum(dev[..., 0] * dev[..., 1], axis=-1)
        one, two = square[..., 0], square[..., 1]
        ratio = one / two
        unexplained = 1 - cross**2 / (one * two)
        df = m - 2
        t = (ratio - 1) * np.sqrt(df / (4 * ratio * unexplained))
        quantile = stdtrit(df, (1 + confidence) / 2)
        spread = 1 + 2 * unexplained * quantile**2 / df
        root = np.sqrt(spread**2 - 1)
        p = 2 * stdtr(df, -np.abs(t))
    known = np.isfinite(t) & (ratio > 0)
    return PairedVariances(
        ratio=np.where(known, ratio, np.nan),
        low=np.where(known, ratio * (spread - root), np.nan),
        high=np.where(known, ratio * (spread + root), np.nan),
        t=np.where(known, t, np.nan),
        df=np.where(known, df, np.nan),
        p=np.where(known, p, np.nan),
        n=n,
    )


def paired_effect_interval(
    t: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Interval of dz, a mean difference in standard deviations of the differences.

    Parameters
    ----------
    t
        t of the paired test, ``(...)``; dz is t divided by the root of n.
    n
        Pairs, ``(...)``.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of FloatArray
        Low and high: the noncentral t distributions of which t is a tail.

    Notes
    -----
    Steiger, J. H., & Fouladi, R. T. (1997), in Harlow, Mulaik & Steiger (Eds.), *What if there were
    no significance tests?*, 221-257. R: ``psych::cohen.d.ci`` for one sample.

    Examples
    --------
    >>> low, high = paired_effect_interval(3.0, 36)
    >>> round(float(low), 2), round(float(high), 2)
    (0.15, 0.84)
    """
    n = as_float(n)
    low, high = noncentral_t_interval(t, n - 1, confidence)
    return low / np.sqrt(np.maximum(n, 1)), high / np.sqrt(np.maximum(n, 1))


@dataclass(frozen=True, slots=True, eq=False)
class ExchangeabilityTests:
    """Whether partners could be exchanged, each field in the order of ``EXCHANGEABILITY``.

    Attributes
    ----------
    chi2, df, p
        Test of each part alone, against dyads whose partners share nothing, (5,).
    n
        Dyads used.
    """

    chi2: FloatArray
    df: FloatArray
    p: FloatArray
    n: int


def exchangeability_tests(
    pairs: ArrayLike,
    shared: ArrayLike | None = None,
    *,
    missing: Missing = "fiml",
    robust: bool = False,
    parts: Collection[str] = EXCHANGEABILITY,
) -> ExchangeabilityTests:
    """Test of distinguishability: whether means, variances and covariances know who is who.

    Parameters
    ----------
    pairs
        m variables of both partners of D dyads, ``(D, m, 2)``.
    shared
        Variables of the dyad itself, ``(D, s)``; they covary with both partners alike.
    missing
        ``fiml``: dyads with any answer; ``listwise``: complete dyads.
    robust
        Whether tests are scaled for answers that are not normal (Yuan and Bentler).
    parts
        Which tests; the others are NaN.

    Returns
    -------
    ExchangeabilityTests
        ``covariances_within``: of two variables of one person, the same in both roles;
        ``covariances_between``: of one variable of the first partner with another one of the
        second, the same the other way round. NaN where a test has no degree of freedom, or the
        moments cannot be estimated.

    Raises
    ------
    ValueError
        When the shapes do not fit.

    Notes
    -----
    Kenny, D. A., Kashy, D. A., & Cook, W. L. (2006). *Dyadic Data Analysis*, chapter 6; Olsen, J.
    A., & Kenny, D. A. (2006). *Psychological Methods, 11*, 127-141 (the saturated model of
    interchangeable dyads).

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(200, 2, 2))
    >>> tests = exchangeability_tests(x)
    >>> tests.df.tolist(), bool(tests.p[0] > 0.001)
    ([6.0, 2.0, 2.0, 1.0, 1.0], True)
    """
    sample = sample_moments(side_by_side(pairs, shared), missing)
    return moments_exchangeable(sample, as_float(pairs).shape[1], robust=robust, parts=parts)


def moments_exchangeable(
    sample: SampleMoments,
    pairs: int,
    *,
    robust: bool = False,
    parts: Collection[str] = EXCHANGEABILITY,
) -> ExchangeabilityTests:
    """As :func:`exchangeability_tests`, of moments that are known.

    Parameters
    ----------
    sample
        Of the columns of :func:`side_by_side`.
    pairs
        How many variables both partners have.
    robust, parts
        As there.

    Returns
    -------
    ExchangeabilityTests

    References
    ----------
    As there.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(200, 4))
    >>> moments_exchangeable(sample_moments(x), 2).df.tolist()
    [6.0, 2.0, 2.0, 1.0, 1.0]
    """
    names = variable_names(pairs, len(sample.mean) - 2 * pairs)
    found = np.full((3, len(EXCHANGEABILITY)), np.nan)

    def solve(equal: Collection[str]) -> Fit:
        return fit_model(_moments_model(tuple(names), frozenset(equal)), [sample])

    def scaled(fit: Fit) -> tuple[Fit, Inference]:
        return fit, infer(fit, "huber_white", "yuan_bentler", baseline=False)

    if sample.saturated:
        saturated = scaled(solve(())) if robust else None
        for k, part in enumerate(EXCHANGEABILITY):
            if part not in parts:
                continue
            fit = solve(EXCHANGEABILITY[1:] if part == "omnibus" else (part,))
            found[1, k] = fit.df
            if fit.df > 0 and fit.converged:
                if saturated is not None:
                    test = difference_test(scaled(fit), saturated)
                    found[0, k], found[2, k] = test.statistic, test.p
                else:  # the statistic of a fit is its distance from the saturated moments
                    found[0, k], found[2, k] = fit.statistic, chdtrc(fit.df, fit.statistic)
    return ExchangeabilityTests(chi2=found[0], df=found[1], p=found[2], n=sample.n)


def side_by_side(pairs: ArrayLike, shared: ArrayLike | None = None) -> FloatArray:
    """One row a dyad: each variable of both partners, then those of the dyad.

    Parameters
    ----------
    pairs
        ``(D, m, 2)``.
    shared
        ``(D, s)``, or None.

    Returns
    -------
    FloatArray
        ``(D, 2 m + s)``.

    Raises
    ------
    ValueError
        When the shapes do not fit.

    References
    ----------
    Kenny, D. A., Kashy, D. A., & Cook, W. L. (2006). *Dyadic Data Analysis*, chapter 1 (the dyad
    structure).

    Examples
    --------
    >>> side_by_side([[[1, 2], [3, 4]]], [[5]]).tolist()
    [[1.0, 2.0, 3.0, 4.0, 5.0]]
    """
    pairs = as_float(pairs)
    if pairs.ndim != 3 or pairs.shape[-1] != 2:
        raise ValueError(f"expected variables of pairs of shape (D, m, 2), got {pairs.shape}")
    flat = pairs.reshape(len(pairs), -1)
    if shared is None:
        return flat
    shared = as_float(shared)
    if shared.ndim != 2 or len(shared) != len(pairs):
        raise ValueError(f"shared must have shape ({len(pairs)}, s), got {shared.shape}")
    return np.concatenate([flat, shared], axis=1)


def swapped(columns: int, pairs: int) -> IntArray:
    """Where each column of :func:`side_by_side` stands when partners change places.

    Parameters
    ----------
    columns
        2 m + s.
    pairs
        m.

    Returns
    -------
    IntArray
        ``(columns,)``.

    Examples
    --------
    >>> swapped(5, 2).tolist()
    [1, 0, 3, 2, 4]
    """
    at = np.arange(columns)
    at[: 2 * pairs] ^= 1
    return at


def double_entered(x: ArrayLike, pairs: int) -> tuple[FloatArray, IntArray]:
    """Every dyad twice, once each way round, and which dyad a row is of.

    Parameters
    ----------
    x
        One row a dyad as by :func:`side_by_side`, ``(D, p)``.
    pairs
        How many of the variables both partners have.

    Returns
    -------
    rows, dyads
        ``(2 D, p)`` and ``(2 D,)``. Their moments by maximum likelihood are those of exchangeable
        partners: the likelihood of the doubled rows is highest where turning partners round changes
        nothing, and there it is twice that of the dyads.

    References
    ----------
    Griffin, D., & Gonzalez, R. (1995). *Psychological Bulletin, 118*, 430-439 (pairwise data).

    Examples
    --------
    >>> double_entered([[1, 2], [3, 4]], 1)[0].tolist()
    [[1.0, 2.0], [3.0, 4.0], [2.0, 1.0], [4.0, 3.0]]
    """
    x = as_columns(x)
    rows = np.concatenate([x, x[:, swapped(x.shape[1], pairs)]])
    return rows, np.tile(np.arange(len(x)), 2)


def variable_names(pairs: int, shared: int) -> list[str]:
    """Names of the columns of :func:`side_by_side` in a model: ``v0_1``, ``v0_2``, ..., ``s0``."""
    return [f"v{i}_{k}" for i in range(pairs) for k in (1, 2)] + [f"s{i}" for i in range(shared)]


def partner_of(name: str) -> str:
    """The same variable of the other partner; a variable of the dyad is its own.

    Examples
    --------
    >>> partner_of("v0_1"), partner_of("s0")
    ('v0_2', 's0')
    """
    start, _, end = name.partition("_")
    return f"{start}_{3 - int(end)}" if end else name


def moment_label(one: str, two: str = "") -> str:
    """Name that a mean or covariance shares with the one of exchanged partners.

    Examples
    --------
    >>> moment_label("v0_2", "v1_1"), moment_label("v0_1", "v1_2")
    ('c_v0_1_v1_2', 'c_v0_1_v1_2')
    """
    if not two:
        return f"m_{min(one, partner_of(one))}"
    here, there = sorted((one, two)), sorted((partner_of(one), partner_of(two)))
    return "c_" + "_".join(min(here, there))


@lru_cache(maxsize=32)
def _moments_model(names: tuple[str, ...], equal: frozenset[str]) -> Model:
    """Model in which everything covaries, and what is the same for both partners."""
    lines = [
        f"{name} ~ {moment_label(name)}*1" if "means" in equal else f"{name} ~ 1" for name in names
    ]
    for k, one in enumerate(names):
        for two in names[k:]:
            apart = {one[-2:], two[-2:]} == {"_1", "_2"}
            part = (
                "variances"
                if one == two
                else "covariances_between"
                if apart
                else "covariances_within"
            )
            label = f"{moment_label(one, two)}*" if part in equal else ""
            lines.append(f"{one} ~~ {label}{two}")
    return cfa_model("\n".join(lines), meanstructure=True)


def _both(first: ArrayLike, second: ArrayLike) -> tuple[FloatArray, IntArray]:
    """Answers ``(..., D, 2)`` in an order of their own, incomplete dyads last, and the complete."""
    x = np.stack(np.broadcast_arrays(as_float(first), as_float(second)), axis=-1)
    x = np.where(np.isnan(x).any(axis=-1, keepdims=True), np.nan, x)
    x = in_canonical_order(x)
    there = ~np.isnan(x[..., 0])
    last = np.argsort(~there, axis=-1, kind="stable")
    x = np.nan_to_num(np.take_along_axis(x, last[..., None], axis=-2))
    return x, there.sum(axis=-1)


def _there(x: FloatArray, n: IntArray) -> np.ndarray:
    """Which of the sorted dyads are complete, ``(..., D, 1)``."""
    return np.asarray(np.arange(x.shape[-2]) < n[..., None])[..., None]
