"""Answers of members of groups in, correlations within and between the groups out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import (
    FloatArray,
    IntArray,
    as_columns,
    canonical_units,
    nearest_to_mean,
)
from detachment.stats._resampled_sums import bootstrap_sums
from detachment.stats.bootstrap import Bootstrap
from detachment.stats.correlation import fisher_interval, t_test_p

_NOTHING = 1e-12  # of a sum of squares: what rounding leaves of a variance that is none


@dataclass(frozen=True, slots=True, eq=False)
class WithinBetween:
    """Correlations of p variables within groups and between them, each ``(p, p)``.

    Attributes
    ----------
    within, between
        Of distances from the group's mean, pooled over the groups; and of the groups' means, each
        as often as the group has members. NaN without variance.
    n, groups
        Rows with both answers, and groups with means of both variables.
    df_within, df_between
        Degrees of freedom: rows less groups less 1, of groups with two such rows or more; groups
        less 2.
    p_within, p_between
        Two-sided, by Student's t.
    low_within, high_within, low_between, high_between
        Fisher's intervals, for as many rows as there are degrees of freedom and two.
    eta_within, eta_between
        Correlation of each variable with its distances from the group's mean and with the group's
        mean, ``(p,)``: their squares are shares of its variance.
    """

    within: FloatArray
    between: FloatArray
    n: IntArray
    groups: IntArray
    df_within: FloatArray
    df_between: FloatArray
    p_within: FloatArray
    p_between: FloatArray
    low_within: FloatArray
    high_within: FloatArray
    low_between: FloatArray
    high_between: FloatArray
    eta_within: FloatArray
    eta_between: FloatArray


def within_between_correlations(
    x: ArrayLike, groups: ArrayLike, confidence: float = 0.95
) -> WithinBetween:
    """Take the correlations of members of groups (dyads, classes) apart.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing, and left out pair by pair. A group's mean is that of
        all its answers to the variable.
    groups
        Which group each row belongs to, ``(n,)``. Groups of one have no distances, but a mean.
    confidence
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    WithinBetween
        The same for every order of the rows.

    Raises
    ------
    ValueError
        When the groups do not fit the rows.

    Notes
    -----
    R's ``psych::statsBy`` (``rwg`` and ``rbg``); Robinson (1950), American Sociological Review 15,
    351-357; Snijders and Bosker (2012), Multilevel Analysis, chapter 3. A mean of few members still
    has much of their single answers in it: ``icc2`` of :func:`detachment.stats.icc.icc_one_way` is
    how reliable it is. Fisher's z and t suppose that groups of means are as good as people; they
    are not where group sizes differ much, and then :func:`within_between_bootstrap` tells.

    Examples
    --------
    >>> x = [[1.0, 2], [3, 1], [4, 6], [5, 5], [8, 6], [9, 9]]
    >>> found = within_between_correlations(x, ["a", "a", "b", "b", "c", "c"])
    >>> float(found.within[0, 1].round(3)), float(found.between[0, 1].round(3))
    (0.0, 0.948)
    """
    x, names = _data(x, groups)
    p = x.shape[1]
    grouped = _Groups.of(x, names)
    total = grouped.total()
    part, square = _split(total, p)
    n, groups_with_means = part["rows"][0], grouped.has.T @ grouped.has
    df_within = n - grouped.with_a_pair() - 1
    df_between = groups_with_means - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        r_within, r_between = _correlations(total, p)[0]
        whole = square[0] - grouped.x.sum(axis=0) ** 2 / np.diagonal(n)
        off = np.diagonal(part["off squared"][0])
        share = np.where(whole > _NOTHING * square[0], np.clip(off / whole, 0.0, 1.0), np.nan)
    k = np.arange(p)
    for r in (r_within, r_between):
        r[k, k] = np.where(np.isnan(r[k, k]), np.nan, 1.0)
    low_within, high_within = fisher_interval(r_within, df_within + 2, confidence)
    low_between, high_between = fisher_interval(r_between, df_between + 2, confidence)
    return WithinBetween(
        within=r_within,
        between=r_between,
        n=n.astype(np.int64),
        groups=groups_with_means.astype(np.int64),
        df_within=np.maximum(df_within, 0.0),
        df_between=np.maximum(df_between, 0.0),
        p_within=t_test_p(r_within, df_within + 2),
        p_between=t_test_p(r_between, df_between + 2),
        low_within=low_within,
        high_within=high_within,
        low_between=low_between,
        high_between=high_between,
        eta_within=np.sqrt(share),
        eta_between=np.sqrt(1 - share),
    )


def within_between_bootstrap(
    x: ArrayLike,
    groups: ArrayLike,
    *,
    n_boot: int = 10_000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """Resample groups; compute the correlations within and between them.

    Parameters
    ----------
    x, groups
        As for :func:`within_between_correlations`.
    n_boot
        Number of resamples.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    Bootstrap
        Of ``(2, p, p)``: within, between.

    Raises
    ------
    ValueError
        When the groups do not fit the rows.

    References
    ----------
    Davison, A. C., & Hinkley, D. V. (1997). *Bootstrap Methods and their Application*, 3.8. R:
    ``psych::statsBy.boot`` shuffles the groups instead.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> group = np.repeat(np.arange(60), 2)
    >>> x = rng.normal(size=(60, 1))[group] + rng.normal(size=(120, 2))
    >>> low, high = within_between_bootstrap(x, group, n_boot=200).bca()
    >>> bool(low[1, 0, 1] > 0 > low[0, 0, 1])
    True
    """
    x, names = _data(x, groups)
    p = x.shape[1]

    return bootstrap_sums(
        _Groups.of(x, names).each(),
        lambda total: _correlations(total, p),
        n_boot=n_boot,
        rng=rng,
    )


def _data(x: ArrayLike, groups: ArrayLike) -> tuple[FloatArray, np.ndarray]:
    x, names = as_columns(x), np.asarray(groups)
    if x.ndim != 2 or names.shape != (len(x),):
        raise ValueError(f"expected answers (n, p) and groups (n,), got {x.shape}, {names.shape}")
    return np.where(np.isfinite(x), x, np.nan), names


# Sums, (p, p) each, of which the correlations are made: what is of i where j is there too
_PARTS = (
    "rows",
    "off",
    "off squared",
    "off products",
    "size",
    "mean",
    "mean squared",
    "mean products",
)


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Answers by group, about the middle: what their sums are made of.

    ``there`` and ``off``, the distances from the group's mean, are of rows ``(n, p)`` in the order
    of groups, which begin at ``starts``; ``has``, ``size`` and ``mean`` of groups ``(g, p)``.
    """

    x: FloatArray
    there: FloatArray
    off: FloatArray
    starts: IntArray
    has: FloatArray
    size: FloatArray
    mean: FloatArray

    @classmethod
    def of(cls, x: FloatArray, names: np.ndarray) -> "_Groups":
        order, code = canonical_units(x, names)
        by_group = np.argsort(code, kind="stable")
        x, code = x[order][by_group], code[by_group]
        starts = np.flatnonzero(np.diff(code, prepend=-1))
        there = np.isfinite(x)
        x = np.where(there, x - nearest_to_mean(x, there), 0.0)
        number = _added(there.astype(np.float64), starts)
        mean = _added(x, starts) / np.maximum(number, 1)
        return cls(
            x=x,
            there=there.astype(np.float64),
            off=np.where(there, x - mean[code], 0.0),
            starts=starts,
            has=(number > 0).astype(np.float64),
            size=np.bincount(code).astype(np.float64)[:, None],
            mean=mean,
        )

    def factors(self) -> dict[str, tuple[FloatArray, FloatArray]]:
        """The parts as products of two sides, of rows or of groups."""
        m, off, has, size, mean = self.there, self.off, self.has, self.size, self.mean
        return {
            "rows": (m, m),
            "off": (off, m),
            "off squared": (off**2, m),
            "off products": (off, off),
            "size": (size * has, has),
            "mean": (size * mean, has),
            "mean squared": (size * mean**2, has),
            "mean products": (size * mean, mean),
        }

    def total(self) -> FloatArray:
        """Sums over all groups, ``(1, s)``: ``_PARTS``, and of squares of answers."""
        parts = [(a.T @ b).ravel() for a, b in self.factors().values()]
        return np.concatenate([*parts, np.sum(self.x**2, axis=0)])[None]

    def each(self) -> FloatArray:
        """The same sums of each group, ``(g, s)``."""
        parts = []
        for name, (a, b) in self.factors().items():
            crossed = (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)
            of_rows = name.startswith(("rows", "off"))
            parts.append(_added(crossed, self.starts) if of_rows else crossed)
        return np.concatenate([*parts, _added(self.x**2, self.starts)], axis=1)

    def with_a_pair(self) -> FloatArray:
        """How many groups have a row with both answers, ``(p, p)``."""
        columns = [_added(m[:, None] * self.there, self.starts) > 0 for m in self.there.T]
        return np.array([np.sum(column, axis=0) for column in columns], dtype=np.float64)


def _added(values: FloatArray, starts: IntArray) -> FloatArray:
    """Sums of the rows of each group, ``(g, s)``."""
    if not len(starts):
        return np.zeros((0, values.shape[1]))
    total: FloatArray = np.add.reduceat(values, starts, axis=0)
    return total


def _correlations(total: FloatArray, p: int) -> FloatArray:
    """Correlations within and between groups ``(b, 2, p, p)`` from totals ``(b, s)``."""
    part, square = _split(total, p)
    within = _r(part["rows"], part["off"], part["off squared"], part["off products"], square)
    between = _r(part["size"], part["mean"], part["mean squared"], part["mean products"], square)
    return np.stack([within, between], axis=1)


def _split(total: FloatArray, p: int) -> tuple[dict[str, FloatArray], FloatArray]:
    """Totals ``(b, s)`` by name ``(b, p, p)``, and sums of squares of answers ``(b, p)``."""
    end = len(_PARTS) * p * p
    parts = np.moveaxis(total[:, :end].reshape(len(total), len(_PARTS), p, p), 1, 0)
    return dict(zip(_PARTS, parts, strict=True)), total[:, end:]


def _r(
    n: FloatArray, x: FloatArray, xx: FloatArray, xy: FloatArray, square: FloatArray
) -> FloatArray:
    y, yy = np.swapaxes(x, -1, -2), np.swapaxes(xx, -1, -2)
    least = _NOTHING * square
    xx, yy = xx - x**2 / n, yy - y**2 / n
    xx = np.where(xx > least[:, :, None], xx, np.nan)
    yy = np.where(yy > least[:, None, :], yy, np.nan)
    r = (xy - x * y / n) / np.sqrt(xx * yy)
    return np.where(np.isfinite(r), np.clip(r, -1.0, 1.0), np.nan)
