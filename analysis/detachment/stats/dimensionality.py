"""Correlations in, how many dimensions they have: every usual rule, and what each rests on."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    as_square,
    diagonal,
    in_canonical_order,
    is_whole,
)
from detachment.stats._draws import seed_of
from detachment.stats.extraction import minres
from detachment.stats.moments import centred
from detachment.stats.polychoric_items import polychoric_from_tables
from detachment.stats.rotation import varimax

_KEYED = 64  # replicates drawn from one key; part of the definition of the random numbers
_NUMBERS = 2**22  # held at a time, about
_EXACT32 = 2**24
_SINGULAR = 1e-12
_R_STOPS = 1e-5  # relative gain at which R's stats::varimax ends
_NEARLY = 1e-3  # of the criterion: less than this lost counts as an optimum


@dataclass(frozen=True, slots=True, eq=False)
class Adequacy:
    """Whether correlations are worth a factor analysis.

    Attributes
    ----------
    kmo
        Kaiser-Meyer-Olkin measure of sampling adequacy, ``(...)``.
    msa
        The same for each item, ``(..., p)``.
    """

    kmo: FloatArray
    msa: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Sphericity:
    """Bartlett's test that no items are correlated.

    Attributes
    ----------
    chi2, df, p
        The test, ``(...)``.
    log_det
        Logarithm of the determinant of the correlations, ``(...)``.
    """

    chi2: FloatArray
    df: int
    p: FloatArray
    log_det: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class MinimumPartial:
    """Velicer's minimum average partial correlation.

    Attributes
    ----------
    squared
        Average squared partial correlation after m = 0, 1, ... components, ``(..., k + 1)``.
    fourth
        Average fourth power, the revision of 2000.
    n_squared, n_fourth
        m of the smallest, from m = 0: none at all when no component helps, ``(...)``.
    n_squared_from_one, n_fourth_from_one
        m of the smallest, from m = 1, as R's ``psych::vss`` counts.
    """

    squared: FloatArray
    fourth: FloatArray
    n_squared: IntArray
    n_fourth: IntArray
    n_squared_from_one: IntArray
    n_fourth_from_one: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class SimpleStructure:
    """Revelle and Rocklin's very simple structure.

    Attributes
    ----------
    complexity_1, complexity_2
        Fit of 1, 2, ... factors when only the largest one or two loadings of each item are kept,
        ``(k,)``; complexity 2 of one factor is 0.
    identified
        Whether as many factors have degrees of freedom, ``(k,)``; the others fit at will.
    n_complexity_1, n_complexity_2
        Number of factors with the best fit, of those that are identified.
    """

    complexity_1: FloatArray
    complexity_2: FloatArray
    identified: BoolArray
    n_complexity_1: int
    n_complexity_2: int


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Principal components of correlations.

    Attributes
    ----------
    loadings
        Of m components, ``(..., p, m)``; sums of columns are not negative.
    eigenvalues
        All p of them, in descending order, ``(..., p)``.
    communality
        ``(..., p)``.
    """

    loadings: FloatArray
    eigenvalues: FloatArray
    communality: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ParallelAnalysis:
    """Eigenvalues beside those of random data.

    Attributes
    ----------
    components, factors
        Observed eigenvalues, ``(p,)``: of the correlations, and of these with communalities on the
        diagonal.
    components_mean, components_quantile, factors_mean, factors_quantile
        Of the random data, ``(p,)``.
    n_components, n_factors
        How many observed eigenvalues in a row, from the first, lie above the quantile.
    n_components_mean, n_factors_mean
        The same for the mean.
    n_replicates
        How many random data sets.
    quantile
        Which quantile, such as 0.95.
    """

    components: FloatArray
    factors: FloatArray
    components_mean: FloatArray
    components_quantile: FloatArray
    factors_mean: FloatArray
    factors_quantile: FloatArray
    n_components: int
    n_factors: int
    n_components_mean: int
    n_factors_mean: int
    n_replicates: int
    quantile: float


def squared_multiple_correlations(cor: ArrayLike) -> FloatArray:
    """Share of each item's variance that all others predict.

    Parameters
    ----------
    cor
        Correlations or covariances, ``(..., p, p)``.

    Returns
    -------
    FloatArray
        ``(..., p)``, 1 - 1 / diag(R^-1); NaN where a matrix is not positive definite. Guttman
        (1953), Psychometrika 18, 277-296; R's ``psych::smc``.

    Examples
    --------
    >>> squared_multiple_correlations([[1, 0.5], [0.5, 1]]).round(6).tolist()
    [0.25, 0.25]
    """
    cor = as_square(cor)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 - 1 / (diagonal(_inverse(cor)) * diagonal(cor))


def kmo(cor: ArrayLike) -> Adequacy:
    """Measure of sampling adequacy: correlations against partial correlations.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.

    Returns
    -------
    Adequacy
        NaN where a matrix is not positive definite: its partial correlations do not exist.

    Notes
    -----
    Kaiser (1970), Psychometrika 35, 401-415; Kaiser and Rice (1974), Educational and Psychological
    Measurement 34, 111-117. R's ``psych::KMO``.

    Examples
    --------
    >>> fit = kmo([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])
    >>> float(fit.kmo.round(4)), fit.msa.round(4).tolist()
    (0.6279, [0.5938, 0.6241, 0.6994])
    """
    cor = as_square(cor)
    p = cor.shape[-1]
    inverse = _inverse(cor)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(diagonal(inverse))
        partial = inverse / (scale[..., :, None] * scale[..., None, :])
        off = 1 - np.eye(p)
        r2, q2 = (cor * off) ** 2, (partial * off) ** 2
        item_r, item_q = r2.sum(axis=-1), q2.sum(axis=-1)
        total_r, total_q = item_r.sum(axis=-1), item_q.sum(axis=-1)
        return Adequacy(kmo=total_r / (total_r + total_q), msa=item_r / (item_r + item_q))


def bartlett_test(cor: ArrayLike, n: float) -> Sphericity:
    """Test whether the correlations are all zero.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.
    n
        Number of respondents.

    Returns
    -------
    Sphericity
        NaN where a matrix is not positive definite.

    Notes
    -----
    Bartlett (1951), Biometrika 38, 337-344. R's ``psych::cortest.bartlett``.

    Examples
    --------
    >>> test = bartlett_test([[1, 0.5], [0.5, 1]], 50)
    >>> float(test.chi2.round(3)), test.df, float(test.p.round(5))
    (13.665, 1, 0.00022)
    """
    cor = as_square(cor)
    p = cor.shape[-1]
    values = _eigenvalues(cor)
    with np.errstate(divide="ignore", invalid="ignore"):
        positive = np.where(values > _SINGULAR, values, np.nan)
        log_det = np.sum(np.log(positive), axis=-1)
        chi2 = -log_det * (n - 1 - (2 * p + 5) / 6)
    df = p * (p - 1) // 2
    return Sphericity(chi2=chi2, df=df, p=chdtrc(df, chi2), log_det=log_det)


def principal_components(cor: ArrayLike, n_components: int) -> Components:
    """Principal components, unrotated; :func:`detachment.stats.rotation.varimax` rotates them.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.
    n_components
        How many, between 1 and p.

    Returns
    -------
    Components
        NaN for a matrix with missing entries. R's ``psych::principal(rotate = "none")``.

    Raises
    ------
    ValueError
        When there are not so many components.

    Examples
    --------
    >>> fit = principal_components([[1, 0.5], [0.5, 1]], 1)
    >>> fit.eigenvalues.round(6).tolist(), fit.communality.round(6).tolist()
    ([1.5, 0.5], [0.75, 0.75])
    """
    cor = as_square(cor)
    p = cor.shape[-1]
    if not 1 <= n_components <= p:
        raise ValueError(f"n_components must be between 1 and {p}, got {n_components}")
    values, vectors = _eigen(cor)
    root = np.sqrt(np.maximum(values[..., :n_components], 0.0))
    loadings = vectors[..., :n_components] * root[..., None, :]
    loadings = loadings * np.where(loadings.sum(axis=-2, keepdims=True) < 0, -1.0, 1.0)
    return Components(
        loadings=loadings,
        eigenvalues=values,
        communality=np.sum(loadings * loadings, axis=-1),
    )


def minimum_average_partial(cor: ArrayLike, *, most: int | None = None) -> MinimumPartial:
    """Velicer's test: how many components leave the least partial correlation.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.
    most
        Largest number of components tried; p - 1 by default.

    Returns
    -------
    MinimumPartial
        NaN from where an item has no variance left.

    Notes
    -----
    Velicer (1976), Psychometrika 41, 321-327; Velicer, Eaton and Fava (2000), in Problems and
    solutions in human assessment, 41-71 (fourth powers). R's ``psych::vss`` gives the squared ones
    from m = 1.

    Examples
    --------
    >>> cor = np.kron(np.eye(2), np.full((4, 4), 0.5))
    >>> np.fill_diagonal(cor, 1)
    >>> fit = minimum_average_partial(cor)
    >>> int(fit.n_squared), int(fit.n_fourth)
    (2, 2)
    """
    cor = as_square(cor)
    p = cor.shape[-1]
    k = p - 1 if most is None else min(most, p - 1)
    values, vectors = _eigen(cor)
    squared, fourth = [], []
    left = cor
    for m in range(k + 1):
        if m:
            axis = vectors[..., m - 1]
            left = left - values[..., m - 1, None, None] * axis[..., :, None] * axis[..., None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = diagonal(left)
            sd = np.sqrt(np.where(variance > _SINGULAR, variance, np.nan))
            square = (left / (sd[..., :, None] * sd[..., None, :])) ** 2 * (1 - np.eye(p))
        squared.append(square.sum(axis=(-1, -2)) / (p * (p - 1)))
        fourth.append(np.sum(square * square, axis=(-1, -2)) / (p * (p - 1)))
    by_square, by_fourth = np.stack(squared, axis=-1), np.stack(fourth, axis=-1)
    return MinimumPartial(
        squared=by_square,
        fourth=by_fourth,
        n_squared=_smallest(by_square),
        n_fourth=_smallest(by_fourth),
        n_squared_from_one=_smallest(by_square[..., 1:]) + 1,
        n_fourth_from_one=_smallest(by_fourth[..., 1:]) + 1,
    )


def very_simple_structure(cor: ArrayLike, *, most: int = 8) -> SimpleStructure:
    """Fit of factors when each item keeps only its largest loadings.

    Parameters
    ----------
    cor
        Correlations, ``(p, p)``.
    most
        Largest number of factors tried, by minimum residuals with varimax; at most p - 1.

    Returns
    -------
    SimpleStructure

    Notes
    -----
    Revelle and Rocklin (1979), Multivariate Behavioral Research 14, 403-414; R's ``psych::vss``,
    and so varimax stops where R's does, if that is near its optimum: with more factors than there
    are the optimum is flat, and indices of two solutions about as good can differ by .05.

    Examples
    --------
    >>> cor = np.kron(np.eye(2), np.full((6, 6), 0.5)) + 0.1
    >>> np.fill_diagonal(cor, 1)
    >>> very_simple_structure(cor, most=3).complexity_1.round(3).tolist()
    [0.603, 0.922, 0.922]
    """
    cor = as_square(cor)
    p = cor.shape[-1]
    total = np.sum(cor * cor)
    fits: list[list[float]] = [[], []]
    for m in range(1, min(most, p - 1) + 1):
        unrotated = minres(cor, m).loadings
        best, turned = varimax(unrotated), varimax(unrotated, stop=_R_STOPS)
        # criteria are negative; R may also stop on a saddle, far from any optimum
        near = turned.criterion <= best.criterion * (1 - _NEARLY)
        loadings = (turned if near else best).loadings
        order = np.argsort(np.argsort(-np.abs(loadings), axis=1, kind="stable"), axis=1)
        for kept, fit in enumerate(fits, start=1):
            simple = np.where(order < kept, loadings, 0.0)
            residual = cor - simple @ simple.T
            fit.append(0.0 if kept > m else float(1 - np.sum(residual * residual) / total))
    one, two = (np.array(fit) for fit in fits)
    count = np.arange(1, len(one) + 1)
    identified = (p - count) ** 2 >= p + count
    return SimpleStructure(
        complexity_1=one,
        complexity_2=two,
        identified=identified,
        n_complexity_1=_largest(np.where(identified, one, np.nan)),
        n_complexity_2=_largest(np.where(identified, two, np.nan)),
    )


def normal_correlations(
    n: int, p: int, *, n_replicates: int = 1000, rng: int | np.random.Generator = 1
) -> FloatArray:
    """Correlations of independent normal items, without drawing the data.

    Parameters
    ----------
    n, p
        Numbers of respondents and of items of each data set.
    n_replicates
        Number of data sets.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    FloatArray
        ``(n_replicates, p, p)``. The time does not depend on n; the k-th matrix does not depend on
        how many there are.

    Raises
    ------
    ValueError
        When n is below 2.

    Notes
    -----
    Sums of products of n rows about their means have Wishart's distribution with n - 1 degrees of
    freedom; its triangular factor is drawn as in Bartlett (1933), Proceedings of the Royal Society
    of Edinburgh 53, 260-283. With fewer degrees of freedom than items the n - 1 rows are drawn.

    Examples
    --------
    >>> normal_correlations(100, 4, n_replicates=3).shape
    (3, 4, 4)
    """
    if n < 2:
        raise ValueError(f"a correlation needs at least two respondents, got n = {n}")
    seed = seed_of(rng)
    rows = min(n - 1, p)
    factor = np.zeros((n_replicates, p, rows))
    low, k = np.tril_indices(p, -1), np.arange(p)
    for start in range(0, n_replicates, _KEYED):
        draw = np.random.Generator(np.random.Philox(key=[seed, start // _KEYED]))
        part = factor[start : start + _KEYED]
        if n - 1 < p:
            part[...] = draw.standard_normal((_KEYED, p, rows))[: len(part)]
            continue
        part[:, low[0], low[1]] = draw.standard_normal((_KEYED, len(low[0])))[: len(part)]
        part[:, k, k] = np.sqrt(draw.chisquare(n - 1 - k, size=(_KEYED, p)))[: len(part)]
    length = np.sqrt(np.sum(factor * factor, axis=2, keepdims=True))
    factor /= length
    return factor @ np.swapaxes(factor, 1, 2)


def permuted_correlations(
    x: ArrayLike, *, n_replicates: int = 1000, rng: int | np.random.Generator = 1
) -> FloatArray:
    """Correlations after the answers to each item are shuffled among those who gave one.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing and stays in its place.
    n_replicates
        Number of data sets.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    FloatArray
        ``(n_replicates, p, p)``, of the pairs of answers that are there. Every item keeps its own
        distribution, whatever it is. Independent of the order of the rows; the k-th matrix does
        not depend on how many there are.

    Raises
    ------
    ValueError
        For anything but one data set with rows.

    Notes
    -----
    Buja and Eyuboglu (1992), Multivariate Behavioral Research 27, 509-540. R's
    ``psych::fa.parallel`` draws each column with replacement instead.

    Examples
    --------
    >>> x = np.array([[1, 2, 5], [2, 2, 4], [3, 5, 3], [4, 4, 2], [5, 3, 1]])
    >>> permuted_correlations(x, n_replicates=2).shape
    (2, 3, 3)
    """
    x = as_columns(x)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"permutation takes one data set of shape (n, p), n > 0, got {x.shape}")
    shuffle = _Shuffle(centred(x)[0], seed_of(rng))
    found = np.full((n_replicates, x.shape[1], x.shape[1]), np.nan)
    block = max(1, _NUMBERS // x.size)
    for start in range(0, n_replicates, block):
        stop = min(start + block, n_replicates)
        found[start:stop] = shuffle.correlations(range(start, stop))
    return found


def permuted_polychoric(
    x: ArrayLike, *, n_replicates: int = 1000, rng: int | np.random.Generator = 1
) -> FloatArray:
    """Polychoric correlations after the answers to each item are shuffled.

    Parameters
    ----------
    x, n_replicates, rng
        As for :func:`permuted_correlations`, with few different answers an item.

    Returns
    -------
    FloatArray
        ``(n_replicates, p, p)``, independent of the order of the rows.

    Raises
    ------
    ValueError
        For anything but one data set with rows.

    Notes
    -----
    R: ``psych::fa.parallel(cor = "poly")``, of which each column is drawn with replacement.

    Examples
    --------
    >>> x = np.array([[1, 2, 3], [2, 2, 1], [3, 1, 3], [1, 3, 2], [2, 3, 3], [3, 1, 1]])
    >>> permuted_polychoric(x, n_replicates=2).shape
    (2, 3, 3)
    """
    x = as_columns(x)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"permutation takes one data set of shape (n, p), n > 0, got {x.shape}")
    # codes 0, 1, ... of the answers to each item
    codes = np.full(x.shape, np.nan)
    for j, column in enumerate(x.T):
        there = ~np.isnan(column)
        codes[there, j] = np.unique(column[there], return_inverse=True)[1]
    k = int(np.nanmax(codes, initial=0)) + 1
    n, p = x.shape
    shuffle = _Shuffle(codes, seed_of(rng))
    found = np.full((n_replicates, p, p), np.nan)
    block = max(1, _NUMBERS // (x.size * k))
    for start in range(0, n_replicates, block):
        stop = min(start + block, n_replicates)
        drawn = np.stack([shuffle.answers(r, np.nan) for r in range(start, stop)])
        # one row a category of an item: products of these rows are the tables of all pairs
        hot = (drawn[:, :, None, :] == np.arange(k)[:, None]).astype(np.float32)
        hot = hot.reshape(stop - start, p * k, n)
        tables = (hot @ np.swapaxes(hot, 1, 2)).reshape(-1, p, k, p, k).swapaxes(2, 3)
        found[start:stop] = polychoric_from_tables(tables).r
    return found


class _Shuffle:
    """Answers in an order of their own, ready to be shuffled column by column.

    A column is shuffled by sorting random numbers that carry the answers in their last bits.
    """

    def __init__(self, x: FloatArray, seed: int) -> None:
        self.seed = seed
        values = in_canonical_order(x).T
        there = ~np.isnan(values)
        levels, codes = np.unique(values[there], return_inverse=True)
        largest = np.abs(levels).max(initial=0.0)
        single = is_whole(levels) and largest**2 * values.shape[1] < _EXACT32
        self.type: type[np.floating] = np.float32 if single else np.float64
        # a few answers leave enough random bits in half a word
        few = len(levels) <= 16 and values.shape[1] <= 2**16
        self.word: type[np.unsignedinteger] = np.uint32 if few else np.uint64
        bits = max(1, (len(levels) - 1).bit_length())
        self.bits, self.mask = self.word(bits), self.word(2**bits - 1)
        self.codes = np.full(values.shape, np.iinfo(self.word).max, dtype=self.word)
        self.codes[there] = codes
        self.levels = levels.astype(self.type)
        steady = bool((np.diff(levels) == 1).all()) and len(levels) > 0
        self.first: float | None = float(levels[0]) if steady else None
        self.there = there
        self.complete = bool(there.all())
        self.places = [np.flatnonzero(row) for row in there]

    def answers(self, replicate: int, missing: float = 0.0) -> np.ndarray:
        """One shuffled data set ``(p, n)``, and what stands for a missing answer."""
        size = self.codes.size
        half = (size + 1) // 2 if self.word is np.uint32 else size
        words = np.random.Philox(key=[self.seed, replicate]).random_raw(half)
        keys = words.view(self.word)[:size].reshape(self.codes.shape) << self.bits
        keys |= self.codes
        keys.sort(axis=1)
        keys &= self.mask
        if self.first is not None:
            shuffled = keys.astype(self.type)
            shuffled += self.type(self.first)
        else:
            shuffled = self.levels[np.minimum(keys, self.word(len(self.levels) - 1))]
        if self.complete:
            return shuffled
        # the answers that are there came first, and go back to where answers were
        spread = np.full(self.codes.shape, missing, dtype=self.type)
        for row, place, values in zip(spread, self.places, shuffled, strict=True):
            row[place] = values[: len(place)]
        return spread

    def correlations(self, replicates: range) -> FloatArray:
        """Pairwise correlations ``(b, p, p)``."""
        x = np.stack([self.answers(k) for k in replicates])
        there = self.there.astype(self.type)
        n = (there @ there.T).astype(np.float64)
        product = (x @ np.swapaxes(x, 1, 2)).astype(np.float64)
        if self.complete:
            given = np.broadcast_to(x.sum(axis=2, dtype=np.float64)[:, :, None], product.shape)
            square = np.broadcast_to(diagonal(product)[:, :, None], product.shape)
        else:
            given = (x @ there.T).astype(np.float64)
            square = ((x * x) @ there.T).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = n * square - given * given
            scale = np.sqrt(np.where(spread > 0, spread, np.nan))
            r = (n * product - given * np.swapaxes(given, 1, 2)) / (
                scale * np.swapaxes(scale, 1, 2)
            )
        return np.asarray(np.clip(r, -1.0, 1.0), dtype=np.float64)


def parallel_analysis(
    cor: ArrayLike,
    random: ArrayLike,
    *,
    quantile: float = 0.95,
    communality: Literal["minres", "smc"] = "minres",
) -> ParallelAnalysis:
    """Horn's parallel analysis: eigenvalues larger than those of random data count.

    Parameters
    ----------
    cor
        Observed correlations, ``(p, p)``.
    random
        Correlations of random data, ``(n_replicates, p, p)``, such as
        :func:`normal_correlations` or :func:`permuted_correlations` give; those with missing
        entries are left out.
    quantile
        An observed eigenvalue counts when it lies above this quantile of the random ones of its
        place.
    communality
        What stands on the diagonal for factors: communalities of one factor by minimum residuals
        (as R's ``psych::fa.parallel``), or squared multiple correlations.

    Returns
    -------
    ParallelAnalysis
        NaN and 0 where the observed correlations have missing entries.

    Raises
    ------
    ValueError
        When the shapes do not fit, or ``communality`` is neither word.

    Notes
    -----
    Horn (1965), Psychometrika 30, 179-185; quantile: Glorfeld (1995), Educational and Psychological
    Measurement 55, 377-393; factors: Humphreys and Montanelli (1975), Multivariate Behavioral
    Research 10, 193-205.

    Examples
    --------
    >>> cor = np.kron(np.eye(2), np.full((4, 4), 0.5))
    >>> np.fill_diagonal(cor, 1)
    >>> fit = parallel_analysis(cor, normal_correlations(200, 8, n_replicates=200))
    >>> fit.n_components, fit.n_factors
    (2, 2)
    """
    cor, random = as_square(cor), as_square(random)
    p = cor.shape[-1]
    if cor.ndim != 2 or random.ndim != 3 or random.shape[-1] != p:
        raise ValueError(f"expected (p, p) and (r, p, p), got {cor.shape} and {random.shape}")
    if communality not in ("minres", "smc"):
        raise ValueError(f"communality must be minres or smc, got {communality!r}")
    random = random[np.isfinite(random).all(axis=(1, 2))]
    components, factors = _eigenvalues(cor), reduced_eigenvalues(cor, communality=communality)
    by_chance = _eigenvalues(random), reduced_eigenvalues(random, communality=communality)
    if len(random):
        means = [np.nanmean(values, axis=0) for values in by_chance]
        ends = [np.nanquantile(values, quantile, axis=0) for values in by_chance]
    else:
        means = ends = [np.full(p, np.nan)] * 2
    return ParallelAnalysis(
        components=components,
        factors=factors,
        components_mean=means[0],
        components_quantile=ends[0],
        factors_mean=means[1],
        factors_quantile=ends[1],
        n_components=_leading(components, ends[0]),
        n_factors=_leading(factors, ends[1]),
        n_components_mean=_leading(components, means[0]),
        n_factors_mean=_leading(factors, means[1]),
        n_replicates=len(random),
        quantile=quantile,
    )


def reduced_eigenvalues(
    cor: ArrayLike, *, communality: Literal["minres", "smc"] = "minres"
) -> FloatArray:
    """Eigenvalues of correlations with communalities on the diagonal.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``, of at least three items.
    communality
        ``minres``: of one factor. ``smc``: squared multiple correlations.

    Returns
    -------
    FloatArray
        ``(..., p)``, in descending order; NaN where there are no communalities.

    References
    ----------
    Humphreys, L. G., & Ilgen, D. R. (1969). *Educational and Psychological Measurement, 29*,
    571-578. R: ``psych::fa.parallel(fa = "fa")``.

    Examples
    --------
    >>> cor = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    >>> reduced_eigenvalues(cor).round(6).tolist()
    [2.0, 0.0, 0.0, 0.0]
    """
    cor = as_square(cor)
    p = cor.shape[-1]
    if communality == "smc":
        h2 = squared_multiple_correlations(cor)
    else:
        h2 = minres(cor, 1, n_starts=1).communality
    off = 1 - np.eye(p)
    return _eigenvalues(cor * off + np.eye(p) * h2[..., None, :])


def _inverse(matrix: FloatArray) -> FloatArray:
    """Inverses; NaN where a matrix is not positive definite."""
    values, vectors = _eigen(matrix)
    with np.errstate(divide="ignore", invalid="ignore"):
        positive = np.where(values[..., -1:] > _SINGULAR, values, np.nan)
        inverse: FloatArray = vectors / positive[..., None, :] @ np.swapaxes(vectors, -1, -2)
    return inverse


def _eigen(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues in descending order and their vectors; NaN where an entry is missing."""
    good = np.asarray(np.isfinite(matrix).all(axis=(-1, -2)))
    safe = np.where(good[..., None, None], matrix, np.eye(matrix.shape[-1]))
    values, vectors = np.linalg.eigh(safe)
    values = np.where(good[..., None], values[..., ::-1], np.nan)
    return values, np.where(good[..., None, None], vectors[..., ::-1], np.nan)


def _eigenvalues(matrix: FloatArray) -> FloatArray:
    good = np.asarray(np.isfinite(matrix).all(axis=(-1, -2)))
    safe: FloatArray = np.where(good[..., None, None], matrix, np.eye(matrix.shape[-1]))
    values = np.linalg.eigvalsh(safe)[..., ::-1]
    return np.asarray(np.where(good[..., None], values, np.nan), dtype=np.float64)


def _smallest(values: FloatArray) -> IntArray:
    """Place of the smallest number along the last axis; 0 where there is none."""
    place: IntArray = np.argmin(np.where(np.isnan(values), np.inf, values), axis=-1)
    return place


def _largest(values: FloatArray) -> int:
    """How many factors have the best fit; 0 where there is none."""
    if np.isnan(values).all():
        return 0
    return int(np.argmax(values >= np.nanmax(values) - 1e-9)) + 1  # the fewest of equals


def _leading(observed: FloatArray, chance: FloatArray) -> int:
    """How many numbers in a row, from the first, lie above those of chance."""
    above = observed > chance
    return len(above) if above.all() else int(np.argmin(above))
