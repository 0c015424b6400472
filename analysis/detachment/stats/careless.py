"""Indices of careless responding: answers of respondents x items in, one number a respondent out.

Every index follows R's package careless 1.2.2 (Yentes & Wilhelm) on complete answers; what happens
with missing ones is said at each. Columns must stand in the order in which the items were shown
where an index is about sequences. What the indices can and cannot tell is reviewed by Meade and
Craig (2012), Curran (2016), and Ward and Meade (2023).

References
----------
Meade, A. W., & Craig, S. B. (2012). Identifying careless responses in survey data. *Psychological
Methods, 17*, 437-455. Curran, P. G. (2016). Methods for the detection of carelessly invalid
responses in survey data. *Journal of Experimental Social Psychology, 66*, 4-19. Ward, M. K., &
Meade, A. W. (2023). Dealing with careless responding in survey data. *Annual Review of Psychology,
74*, 577-596.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from detachment.stats._arrays import FloatArray, IntArray, as_float, diagonal
from detachment.stats.moments import em_moments, pairwise_moments

MIN_PAIRS = 3  # two pairs always correlate perfectly
_CELLS = 4_000_000  # of a block of rows, so that pairs of items do not fill the memory
_SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Mahalanobis:
    """Squared distances, each with what it is to be compared with, all ``(n,)``.

    Attributes
    ----------
    d2
        Squared Mahalanobis distance of the answers that were given.
    df
        How many these are; 0 where there are none.
    p
        Probability of a larger distance in a normal population: chi squared with ``df``.
    """

    d2: FloatArray
    df: IntArray
    p: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Consistency:
    """A within-person correlation and the pairs that it rests on, both ``(n,)``."""

    value: FloatArray
    pairs: IntArray


def in_order_shown(x: ArrayLike, place: ArrayLike) -> FloatArray:
    """Sort the answers of each respondent by the place at which the item was shown.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.
    place
        Place of each item, ``(n, p)``, or ``(p,)`` when it was the same for everyone; an item
        without a place (NaN) comes last.

    Returns
    -------
    FloatArray
        ``(n, p)``.

    References
    ----------
    Curran, P. G. (2016). *Journal of Experimental Social Psychology, 66*, 4-19 (indices that need
    the order shown).

    Examples
    --------
    >>> in_order_shown([[1, 2, 3], [1, 2, 3]], [[1, 2, 3], [3, 1, 2]]).tolist()
    [[1.0, 2.0, 3.0], [2.0, 3.0, 1.0]]
    """
    x = as_float(x)
    order = np.argsort(np.broadcast_to(as_float(place), x.shape), axis=-1, kind="stable")
    return np.take_along_axis(x, order, axis=-1)


def longstring(x: ArrayLike) -> IntArray:
    """Length of the longest run of equal answers.

    Parameters
    ----------
    x
        Answers in the order shown, ``(n, p)``. A missing answer (NaN) ends a run.

    Returns
    -------
    IntArray
        ``(n,)``; 0 without any answer. R's ``longstring`` counts a missing answer as a run of 1.

    References
    ----------
    Johnson, J. A. (2005). Ascertaining the validity of individual protocols from Web-based
    personality inventories. *Journal of Research in Personality, 39*, 103-129.

    Examples
    --------
    >>> longstring([[1, 1, 1, 2, 2], [1, 2, np.nan, 2, 3]]).tolist()
    [3, 1]
    """
    x = as_float(x)
    longest = np.zeros(x.shape[0], dtype=np.int32)
    run = np.zeros(x.shape[0], dtype=np.int32)
    for j in range(x.shape[1]):
        here = x[:, j]
        if j:
            run *= here == x[:, j - 1]
        run += 1
        run *= here == here  # a missing answer is not even equal to itself
        np.maximum(longest, run, out=longest)
    return longest.astype(np.int64)


def average_string(x: ArrayLike) -> FloatArray:
    """Average length of the runs of equal answers.

    Parameters
    ----------
    x
        Answers in the order shown, ``(n, p)``. A missing answer (NaN) ends a run and is none.

    Returns
    -------
    FloatArray
        ``(n,)``, at least 1; NaN without any answer. R's ``longstring(avg = TRUE)`` takes each
        missing answer for a run of 1.

    References
    ----------
    Meade, A. W., & Craig, S. B. (2012). *Psychological Methods, 17*, 437-455.

    Examples
    --------
    >>> average_string([[1, 1, 1, 2, 2], [1, 2, np.nan, 2, 2]]).round(2).tolist()
    [2.5, 1.33]
    """
    x = as_float(x)
    given = ~np.isnan(x)
    begins = given.copy()
    begins[:, 1:] &= x[:, 1:] != x[:, :-1]  # NaN differs from everything
    with np.errstate(invalid="ignore"):
        mean: FloatArray = given.sum(axis=1) / begins.sum(axis=1)
    return mean


def irv(x: ArrayLike) -> FloatArray:
    """Intra-individual response variability: standard deviation of a person's own answers.

    Parameters
    ----------
    x
        Answers as given (not reversed) on one response scale, ``(n, p)``; NaN is missing and left
        out.

    Returns
    -------
    FloatArray
        ``(n,)``, divisor k - 1; NaN with fewer than two answers. Low for people who choose the
        same answer over and over (Dunn et al.); high for random answers (Marjanovic et al., 2015).

    References
    ----------
    Dunn, A. M., Heggestad, E. D., Shanock, L. R., & Theilgard, N. (2018). Intra-individual response
    variability as an indicator of insufficient effort responding. *Journal of Business and
    Psychology, 33*, 105-121.

    Examples
    --------
    >>> irv([[1, 2, 3], [4, 4, 4], [1, np.nan, 3], [2, np.nan, np.nan]]).round(3).tolist()
    [1.0, 0.0, 1.414, nan]
    """
    x = as_float(x)
    given = ~np.isnan(x)
    k = given.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.sum(x, axis=1, where=given) / k
        squares = np.sum((x - mean[:, None]) ** 2, axis=1, where=given)
        return np.where(k > 1, np.sqrt(squares / (k - 1)), np.nan)


def mahalanobis(x: ArrayLike, *, covariance: Literal["pairwise", "em"] = "pairwise") -> Mahalanobis:
    """Squared Mahalanobis distance of each respondent from the centre of all.

    With missing answers the distance is that of the observed part of a row, from the matching part
    of means and covariances; it has as many degrees of freedom as there are answers, so that
    distances of different rows compare by their p values, not by themselves.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.
    covariance
        ``pairwise``: from everyone who answered both items; where these covariances contradict one
        another, as ``em``. ``em``: maximum likelihood under normality (see
        :func:`detachment.stats.moments.em_moments`).

    Returns
    -------
    Mahalanobis
        NaN in every row when the covariances are singular (more items than respondents, an item
        that is constant or repeats others), and in a row without answers. Complete answers give
        R's ``careless::mahad`` (= ``psych::outlier``). With missing answers that function takes
        the inverse of the whole pairwise matrix and the deviations of missing answers as 0: its
        distance is never smaller than the one here, and is compared with all p degrees of freedom.

    References
    ----------
    Meade, A. W., & Craig, S. B. (2012). *Psychological Methods, 17*, 437-455. Curran, P. G. (2016).
    *Journal of Experimental Social Psychology, 66*, 4-19.

    Examples
    --------
    >>> found = mahalanobis([[1, 2], [2, 1], [3, 3], [4, 5], [5, np.nan]])
    >>> found.d2.round(2).tolist(), found.df.tolist()
    ([1.93, 1.06, 0.04, 1.86, 1.6], [2, 2, 2, 2, 1])
    """
    x = as_float(x)
    n, p = x.shape
    df = np.sum(~np.isnan(x), axis=1)
    moments = pairwise_moments(x) if covariance == "pairwise" else em_moments(x)
    if covariance == "pairwise" and not _definite(moments.cov) and np.isnan(x).any():
        moments = em_moments(x)
    if not p or not _definite(moments.cov):
        nothing = np.full(n, np.nan)
        return Mahalanobis(nothing, df, nothing)
    sd, cor = np.sqrt(diagonal(moments.cov)), _scaled(moments.cov)
    d2 = np.full(n, np.nan)
    for rows in _blocks(n, p):
        d2[rows] = _observed_distance((x[rows] - moments.mean) / sd, cor)
    d2[df == 0] = np.nan
    with np.errstate(invalid="ignore"):
        tail = chdtrc(np.maximum(df, 1), d2)
    return Mahalanobis(d2, df, tail)


def even_odd(x: ArrayLike, scales: Sequence[Sequence[int]]) -> Consistency:
    """Even-odd inconsistency: how far the halves of scales disagree within a person.

    The mean of the even and of the odd items of each scale is taken; across scales these two means
    correlate within a consistent person. The correlation is stepped up by Spearman-Brown, limited
    to -1, and its sign is turned, as in careless since 1.2.0.

    Parameters
    ----------
    x
        Keyed answers (reversed items reversed), ``(n, p)``, on one range; NaN is missing.
    scales
        Columns of each scale, in their order.

    Returns
    -------
    Consistency
        ``value`` from -1 (consistent) to 1: higher is more careless. NaN with fewer than three
        scales whose halves both have an answer (R wants two), and where a half does not vary.

    References
    ----------
    Johnson, J. A. (2005). *Journal of Research in Personality, 39*, 103-129, after Jackson's
    individual reliability.

    Examples
    --------
    >>> even_odd([[1, 1, 3, 3, 5, 4]], [[0, 1], [2, 3], [4, 5]]).value.round(3).tolist()
    [-0.991]
    """
    x = as_float(x)
    odd = np.column_stack([_row_means(x[:, list(scale)[0::2]]) for scale in scales])
    even = np.column_stack([_row_means(x[:, list(scale)[1::2]]) for scale in scales])
    r, pairs = _row_correlation(odd, even)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Consistency(-np.maximum(2 * r / (1 + r), -1.0), pairs)


def psychometric_pairs(cor: ArrayLike, cut: float) -> IntArray:
    """Pairs of items that nearly everyone answers alike, or in opposite ways.

    Parameters
    ----------
    cor
        Correlations of the items as answered (not reversed), ``(p, p)``; NaN is no pair.
    cut
        Positive for synonyms (r above it), negative for antonyms (r below it).

    Returns
    -------
    IntArray
        ``(pairs, 2)``, columns of the items.

    References
    ----------
    Meade, A. W., & Craig, S. B. (2012). *Psychological Methods, 17*, 437-455, who take pairs
    beyond .60 and -.60.

    Examples
    --------
    >>> psychometric_pairs([[1, 0.7, -0.8], [0.7, 1, -0.2], [-0.8, -0.2, 1]], -0.6).tolist()
    [[0, 2]]
    """
    lower = np.tril(np.ones_like(as_float(cor), dtype=bool), -1)
    with np.errstate(invalid="ignore"):
        beyond = as_float(cor) > cut if cut > 0 else as_float(cor) < cut
    second, first = np.nonzero(beyond & lower)
    return np.column_stack([first, second]).astype(np.int64)


def pairs_r(x: ArrayLike, pairs: ArrayLike) -> Consistency:
    """Correlate, within each person, the first with the second items of pairs.

    Parameters
    ----------
    x
        Answers as given (not reversed), ``(n, p)``; NaN is missing.
    pairs
        Columns of the items of each pair, ``(pairs, 2)``: psychometric synonyms or antonyms
        (:func:`psychometric_pairs`) or pairs that mean the same or the opposite.

    Returns
    -------
    Consistency
        ``value`` is near 1 for synonyms and near -1 for antonyms of an attentive person. NaN with
        fewer than three answered pairs, and where one side does not vary, as R's ``psychsyn`` and
        ``psychant`` with ``resample_na = FALSE``.

    References
    ----------
    Meade, A. W., & Craig, S. B. (2012). *Psychological Methods, 17*, 437-455. Johnson, J. A.
    (2005). *Journal of Research in Personality, 39*, 103-129.

    Examples
    --------
    >>> found = pairs_r([[1, 5, 2, 4, 5, 2], [3] * 6], [[0, 1], [2, 3], [4, 5]])
    >>> found.value.round(3).tolist(), found.pairs.tolist()
    ([-0.996, nan], [3, 3])
    """
    x = as_float(x)
    first, second = np.asarray(pairs, dtype=np.int64).reshape(-1, 2).T
    r = np.full(x.shape[0], np.nan)
    answered = np.zeros(x.shape[0], dtype=np.int64)
    for rows in _blocks(x.shape[0], max(len(first), 1)):
        r[rows], answered[rows] = _row_correlation(x[rows][:, first], x[rows][:, second])
    return Consistency(r, answered)


def _blocks(rows: int, width: int) -> Iterator[slice]:
    size = max(1, _CELLS // width)
    return (slice(start, start + size) for start in range(0, rows, size))


def _row_means(x: FloatArray) -> FloatArray:
    given = ~np.isnan(x)
    with np.errstate(invalid="ignore"):
        mean: FloatArray = np.sum(x, axis=1, where=given) / given.sum(axis=1)
    return mean


def _row_correlation(x: FloatArray, y: FloatArray) -> tuple[FloatArray, IntArray]:
    """Correlation of the pairs of each row that are both there, and how many these are."""
    both = ~(np.isnan(x) | np.isnan(y))
    pairs = both.sum(axis=1)
    varies = np.ones(len(x), dtype=bool)
    for side in (x, y):
        low = np.min(side, axis=1, where=both, initial=np.inf)
        varies &= np.max(side, axis=1, where=both, initial=-np.inf) > low
    u = np.where(both, x, np.nan)
    v = np.where(both, y, np.nan)
    u = np.where(both, u - _row_means(u)[:, None], 0.0)
    v = np.where(both, v - _row_means(v)[:, None], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (u * v).sum(axis=1) / np.sqrt((u * u).sum(axis=1) * (v * v).sum(axis=1))
    return np.where((pairs >= MIN_PAIRS) & varies, np.clip(r, -1.0, 1.0), np.nan), pairs


def _observed_distance(z: FloatArray, cor: FloatArray) -> FloatArray:
    """Squared distances of standardized rows ``(n, p)``, of what each has, from correlations.

    Of rows with few gaps (g) they follow from the inverse P of the whole matrix: z'Pz with zeros in
    the gaps, less u' P_gg^-1 u with u = (Pz)_g; of rows with few answers, from their own matrix.
    """
    p = z.shape[1]
    gap = np.isnan(z)
    filled = np.where(gap, 0.0, z)
    precision = np.linalg.inv(cor)
    turned = filled @ precision
    d2 = np.einsum("ij,ij->i", turned, filled)
    gaps = gap.sum(axis=1)
    for k in np.unique(gaps[gaps > 0]).tolist():
        few_gaps = k <= p - k
        width = k if few_gaps else p - k
        where = np.flatnonzero(gaps == k)
        for block in _blocks(len(where), max(width * width, 1)):
            rows = where[block]
            part = gap[rows] if few_gaps else ~gap[rows]
            at = np.nonzero(part)[1].reshape(len(rows), width)
            matrix = (precision if few_gaps else cor)[at[:, :, None], at[:, None, :]]
            side = np.take_along_axis((turned if few_gaps else filled)[rows], at, axis=1)
            form = np.einsum("ij,ij->i", side, np.linalg.solve(matrix, side[..., None])[..., 0])
            d2[rows] = d2[rows] - form if few_gaps else form
    nearest: FloatArray = np.maximum(d2, 0.0)
    return nearest


def _scaled(cov: FloatArray) -> FloatArray:
    sd = np.sqrt(diagonal(cov))
    scaled: FloatArray = cov / np.outer(sd, sd)
    return scaled


def _definite(cov: FloatArray) -> bool:
    """Whether covariances are those of variables of which none is a sum of the others."""
    if not np.isfinite(cov).all() or not (diagonal(cov) > 0).all():
        return False
    return bool(np.linalg.eigvalsh(_scaled(cov)).min(initial=1.0) > _SINGULAR)
