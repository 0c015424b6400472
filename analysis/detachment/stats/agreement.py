"""Judgements of the same units by several raters in, coefficients of agreement out.

Kappa takes tables of counts (a stack of them at once), Fleiss' kappa counts of categories a unit,
Krippendorff's alpha the judgements themselves, of which some may be missing.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtrit

from detachment.stats._arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_columns,
    as_float,
    as_square,
    canonical_order,
)
from detachment.stats._clusters import cluster_sums
from detachment.stats._resampled_sums import bootstrap_sums
from detachment.stats.bootstrap import Bootstrap
from detachment.stats.proportion import wilson_interval

KappaWeights = Literal["unweighted", "linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]


def confusion(x: ArrayLike, y: ArrayLike, values: ArrayLike) -> IntArray:
    """Tables of counts: how often one rater said a where the other said b.

    Parameters
    ----------
    x, y
        Judgements of two raters, ``(..., n)``; NaN is missing, and a pair with a missing or an
        unlisted value does not count.
    values
        The k values that are possible, in order.

    Returns
    -------
    IntArray
        ``(..., k, k)``, rows for x. R's ``table(factor(x, values), factor(y, values))``.

    Examples
    --------
    >>> confusion([1, 2, 2, 3], [1, 2, 3, np.nan], [1, 2, 3]).tolist()
    [[1, 0, 0], [0, 1, 1], [0, 0, 0]]
    """
    x, y = np.broadcast_arrays(as_float(x), as_float(y))
    values = as_float(values)
    k = len(values)
    first, second = _codes(x, values), _codes(y, values)
    stack = int(np.prod(x.shape[:-1]))
    cell = np.where((first < k) & (second < k), first * k + second, k * k)
    cell = cell.reshape(stack, -1) + np.arange(stack)[:, None] * (k * k + 1)
    counts = np.bincount(cell.ravel(), minlength=stack * (k * k + 1))
    tables = counts.reshape(stack, -1)[:, : k * k]
    return tables.reshape(*x.shape[:-1], k, k).astype(np.int64)


def _codes(x: FloatArray, values: FloatArray) -> IntArray:
    """Place of each judgement among the values; their number where it is none of them."""
    order = np.argsort(values, kind="stable")
    place = np.searchsorted(values[order], np.where(np.isnan(x), 0.0, x))
    place = np.minimum(place, max(len(values) - 1, 0))
    if not len(values):
        return np.zeros(x.shape, dtype=np.int64)
    known = values[order][place] == x
    return np.where(known, order[place], len(values)).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Kappa:
    """Cohen's kappa of a stack of tables, each field ``(...)``.

    Attributes
    ----------
    kappa
        NaN where both raters use one and the same category only.
    variance
        Large-sample variance of kappa, whatever its true value.
    low, high
        Interval from it, not cut at 1.
    z, p
        Test of no agreement beyond chance, two-sided, with the variance under that hypothesis.
    observed, expected
        (Weighted) share of agreement, and that of independent raters with the same margins.
    n
        Units judged by both.
    """

    kappa: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray
    z: FloatArray
    p: FloatArray
    observed: FloatArray
    expected: FloatArray
    n: FloatArray


@np.errstate(divide="ignore", invalid="ignore")
def kappa(
    tables: ArrayLike,
    *,
    weights: KappaWeights | FloatArray = "unweighted",
    values: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Kappa:
    """Cohen's kappa: agreement of two raters beyond that of chance, disagreements weighted or not.

    Parameters
    ----------
    tables
        Counts, ``(..., k, k)``.
    weights
        ``unweighted`` (every disagreement is one), ``linear`` or ``quadratic`` (by the distance
        of the categories, or its square), or agreement weights ``(k, k)`` with 1 in the diagonal.
    values
        Where the k categories stand; by default at equal distances.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    Kappa

    Raises
    ------
    ValueError
        For an unknown word, or weights or values that do not fit the tables.

    Notes
    -----
    Cohen (1960), Educational and Psychological Measurement 20, 37-46, and (1968), Psychological
    Bulletin 70, 213-220. Variances of Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72,
    323-327. ``psych::cohen.kappa`` in R gives the same kappas; its variance of a weighted kappa
    takes the margins the wrong way round.

    Examples
    --------
    >>> k = kappa([[20, 5], [10, 15]])
    >>> round(float(k.kappa), 6), round(float(k.low), 4), round(float(k.high), 4)
    (0.4, 0.1511, 0.6489)
    """
    tables = as_square(tables)
    w = _agreement_weights(weights, tables.shape[-1], values)
    n = tables.sum(axis=(-2, -1))
    share = tables / np.where(n > 0, n, np.nan)[..., None, None]
    row, column = share.sum(axis=-1), share.sum(axis=-2)
    chance = row[..., :, None] * column[..., None, :]
    observed, expected = np.sum(w * share, axis=(-2, -1)), np.sum(w * chance, axis=(-2, -1))
    beyond = 1 - expected
    beyond = np.where((beyond > 1e-12) & (n > 0), beyond, np.nan)
    estimate = (observed - expected) / beyond
    means = (column @ w.T)[..., :, None] + (row @ w)[..., None, :]
    spread = (w * beyond[..., None, None] - means * (1 - observed)[..., None, None]) ** 2
    variance = np.sum(share * spread, axis=(-2, -1))
    variance = variance - (observed * expected - 2 * expected + observed) ** 2
    variance = np.maximum(variance, 0.0) / (n * beyond**4)
    null = np.sum(chance * (w - means) ** 2, axis=(-2, -1)) - expected**2
    z = estimate / np.sqrt(np.maximum(null, 0.0) / (n * beyond**2))
    z = np.where(np.isfinite(z), z, np.nan)
    half = ndtri((1 + confidence) / 2) * np.sqrt(variance)
    return Kappa(
        kappa=estimate,
        variance=variance,
        low=estimate - half,
        high=estimate + half,
        z=z,
        p=2 * ndtr(-np.abs(z)),
        observed=observed,
        expected=expected,
        n=n,
    )


def _agreement_weights(
    weights: KappaWeights | FloatArray, k: int, values: ArrayLike | None
) -> FloatArray:
    place = np.arange(k, dtype=np.float64) if values is None else as_float(values)
    if place.shape != (k,):
        raise ValueError(f"values must have shape ({k},), got {place.shape}")
    if isinstance(weights, str):
        if weights not in ("unweighted", "linear", "quadratic"):
            raise ValueError(f"weights are unweighted, linear or quadratic, not {weights!r}")
        distance = np.abs(place[:, None] - place)
        width = distance.max(initial=0.0)
        if weights == "unweighted" or width == 0:
            return as_float(distance == 0)
        w = 1 - (distance / width) ** (1 if weights == "linear" else 2)
        return as_float(w)
    w = as_float(weights)
    if w.shape != (k, k):
        raise ValueError(f"weights must have shape ({k}, {k}), got {w.shape}")
    return w


@dataclass(frozen=True, slots=True, eq=False)
class FleissKappa:
    """Fleiss' kappa of a stack, each field ``(...)``.

    Attributes
    ----------
    kappa
        NaN where everyone uses one category, or where no unit was judged twice.
    se, low, high
        Standard error whatever the true value, and the interval from it (t, one less than units).
    z, p
        Test of no agreement beyond chance; NaN where units have different numbers of judgements.
    observed, expected
        Share of agreeing pairs of judgements of a unit, and of judgements paired by chance.
    n
        Units judged at least twice.
    """

    kappa: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    z: FloatArray
    p: FloatArray
    observed: FloatArray
    expected: FloatArray
    n: IntArray


@np.errstate(divide="ignore", invalid="ignore")
def fleiss_kappa(counts: ArrayLike, confidence: float = 0.95) -> FleissKappa:
    """Fleiss' kappa: agreement beyond chance of raters who need not be the same for each unit.

    Parameters
    ----------
    counts
        How many raters put each unit into each category, ``(..., n, k)``. Units may differ in
        their number of judgements; those with fewer than two say nothing and are left out.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    FleissKappa

    Notes
    -----
    Fleiss (1971), Psychological Bulletin 76, 378-382; test of Fleiss, Nee and Landis (1979),
    Psychological Bulletin 86, 974-977 (``irr::kappam.fleiss``); standard error of Gwet (2021),
    Educational and Psychological Measurement 81, 781-790.

    Examples
    --------
    >>> counts = [[3, 0], [0, 3], [2, 1], [3, 0], [1, 2]]
    >>> round(float(fleiss_kappa(counts).kappa), 4)
    0.4444
    """
    counts = as_columns(counts)
    m = counts.sum(axis=-1)
    used = m >= 2
    counts = np.where(used[..., None], counts, 0.0)
    n = used.sum(axis=-1)
    order = canonical_order(counts)
    counts = np.take_along_axis(counts, order[..., None], axis=-2)
    m = counts.sum(axis=-1)
    used = m >= 2
    there = np.where(n > 0, n, np.nan).astype(np.float64)
    pairs = np.where(used, (np.sum(counts**2, axis=-1) - m) / np.where(used, m * (m - 1), 1), 0.0)
    share = counts / np.where(used, m, 1)[..., None]
    p = share.sum(axis=-2) / there[..., None]
    observed, expected = pairs.sum(axis=-1) / there, np.sum(p * p, axis=-1)
    beyond = 1 - expected
    beyond = np.where(beyond > 1e-12, beyond, np.nan)
    estimate = (observed - expected) / beyond
    # Each unit's share in kappa, through its own agreement and through the chance agreement.
    own = (pairs - expected[..., None]) / beyond[..., None]
    pull = np.sum(share * p[..., None, :], axis=-1) - expected[..., None]
    own = own - 2 * (1 - estimate)[..., None] * pull / beyond[..., None]
    deviation = np.where(used, own - estimate[..., None], 0.0)
    se = np.sqrt(np.sum(deviation**2, axis=-1) / (there * (there - 1)))
    se = np.where(n > 1, se, np.nan)
    half = stdtrit(np.maximum(there - 1, 1), (1 + confidence) / 2) * se
    most = m.max(axis=-1, initial=0.0)
    even = np.all(~used | (m == most[..., None]), axis=-1)
    pq = np.sum(p * (1 - p), axis=-1)
    null = 2 * (pq**2 - np.sum(p * (1 - p) * (1 - 2 * p), axis=-1))
    null = null / (pq**2 * there * most * (most - 1))
    z = np.where(even, estimate / np.sqrt(null), np.nan)
    z = np.where(np.isfinite(z), z, np.nan)
    return FleissKappa(
        kappa=estimate,
        se=se,
        low=estimate - half,
        high=estimate + half,
        z=z,
        p=2 * ndtr(-np.abs(z)),
        observed=observed,
        expected=expected,
        n=n.astype(np.int64),
    )


@dataclass(frozen=True, slots=True, eq=False)
class PercentAgreement:
    """Agreement as it is counted, each field ``(...)``.

    Attributes
    ----------
    all_agree
        Share of complete units on which all raters say the same (within the tolerance).
    low, high
        Wilson's interval of it.
    pairs_agree
        Share of agreeing pairs of judgements among all pairs of judgements of one unit.
    n
        Units judged by every rater.
    """

    all_agree: FloatArray
    low: FloatArray
    high: FloatArray
    pairs_agree: FloatArray
    n: IntArray


@np.errstate(divide="ignore", invalid="ignore")
def percent_agreement(
    x: ArrayLike, *, tolerance: float = 0.0, confidence: float = 0.95
) -> PercentAgreement:
    """How often raters say the same.

    Parameters
    ----------
    x
        Judgements, ``(..., n, m)``: units in rows, raters in columns; NaN is missing.
    tolerance
        How far apart two judgements may be and count as the same.
    confidence
        Coverage, between 0 and 1.

    Returns
    -------
    PercentAgreement
        ``all_agree`` is ``irr::agree`` of R. Wilson (1927), Journal of the American Statistical
        Association 22, 209-212.

    Examples
    --------
    >>> a = percent_agreement([[1, 1, 1], [2, 2, 3], [4, 4, np.nan]])
    >>> float(a.all_agree), float(a.pairs_agree), int(a.n)
    (0.5, 0.7142857142857143, 2)
    """
    x = as_columns(x)
    m = x.shape[-1]
    there = np.isfinite(x)
    complete = there.all(axis=-1) & (m > 1)
    n = complete.sum(axis=-1)
    low, high = (
        np.min(x, axis=-1, where=there, initial=np.inf),
        np.max(x, axis=-1, where=there, initial=-np.inf),
    )
    same = np.sum(complete & (high - low <= tolerance), axis=-1)
    together = np.zeros(x.shape[:-2])
    agreeing = np.zeros(x.shape[:-2])
    for i in range(m):
        for j in range(i):
            both = there[..., i] & there[..., j]
            together = together + both.sum(axis=-1)
            near = both & (np.abs(x[..., i] - x[..., j]) <= tolerance)
            agreeing = agreeing + near.sum(axis=-1)
    share = same / np.where(n > 0, n, np.nan)
    low, high = wilson_interval(share, n, confidence)
    return PercentAgreement(
        all_agree=share,
        low=low,
        high=high,
        pairs_agree=agreeing / np.where(together > 0, together, np.nan),
        n=n.astype(np.int64),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Krippendorff:
    """Krippendorff's alpha.

    Attributes
    ----------
    alpha
        NaN without a unit judged twice, or where all judgements are the same.
    observed, expected
        Disagreement within units, and among all judgements.
    units, judgements
        Units judged at least twice, and their judgements.
    """

    alpha: float
    observed: float
    expected: float
    units: int
    judgements: int


def krippendorff_alpha(x: ArrayLike, *, level: Level = "ordinal") -> Krippendorff:
    """Krippendorff's alpha: 1 - observed / expected disagreement, of any number of raters.

    Parameters
    ----------
    x
        Judgements, ``(n, m)``: units in rows, raters in columns; NaN is missing, and units with
        fewer than two judgements are left out.
    level
        What a distance between two judgements means: ``nominal``, ``ordinal``, ``interval`` or
        ``ratio``.

    Returns
    -------
    Krippendorff

    Raises
    ------
    ValueError
        For an unknown level, for anything but one table, or for negative judgements at the ratio
        level.

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, University of Pennsylvania;
    ``irr::kripp.alpha`` in R. An ordinal distance is the squared difference of midranks among all
    judgements.

    Examples
    --------
    >>> x = [[1, 1], [2, 2], [3, 3], [3, 4], [2, np.nan]]
    >>> round(krippendorff_alpha(x, level="nominal").alpha, 4)
    0.6957
    """
    judged = _Judged.of(x, level)
    if judged is None:
        return Krippendorff(np.nan, np.nan, np.nan, 0, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed, expected = judged.disagreement(judged.sums.sum(axis=0)[None])
    alpha = 1 - observed[0] / expected[0] if expected[0] > 0 else np.nan
    n = int(judged.counts.sum())
    return Krippendorff(float(alpha), float(observed[0]), float(expected[0]), len(judged.counts), n)


def krippendorff_bootstrap(
    x: ArrayLike,
    *,
    level: Level = "ordinal",
    clusters: ArrayLike | None = None,
    n_boot: int = 1000,
    rng: int | np.random.Generator = 1,
) -> Bootstrap:
    """Resample units (or clusters of them); Krippendorff's alpha of each resample.

    Parameters
    ----------
    x, level
        As for :func:`krippendorff_alpha`.
    clusters
        Which cluster each unit belongs to, ``(n,)``; whole clusters are drawn.
    n_boot
        Number of resamples.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    Bootstrap
        The same for every order of the units.

    Raises
    ------
    ValueError
        As for :func:`krippendorff_alpha`, or when the clusters do not fit.

    Notes
    -----
    Whole units are resampled, and chance is that of the resample, as Zapf, Castell, Morawietz and
    Karch (2016), BMC Medical Research Methodology 16, 93, recommend. Hayes and Krippendorff (2007),
    Communication Methods and Measures 1, 77-89, resample disagreements and keep chance fixed,
    which gives intervals that are too narrow where units are few.

    Examples
    --------
    >>> x = np.random.default_rng(3).integers(1, 5, size=(60, 1)) + np.array([[0, 0, 1]])
    >>> low, high = krippendorff_bootstrap(x, n_boot=200).percentile()
    >>> bool(low < krippendorff_alpha(x).alpha < high)
    True
    """
    judged = _Judged.of(x, level)
    if judged is None:
        empty = np.zeros((0, 1))
        return bootstrap_sums(empty, lambda s: np.full(len(s), np.nan), n_boot=n_boot, rng=rng)
    sums = judged.sums
    if clusters is not None:
        names = np.asarray(clusters)
        if names.shape != judged.rows.shape:
            raise ValueError(f"clusters must have shape {judged.rows.shape}, got {names.shape}")
        sums = cluster_sums(sums, names[judged.rows][judged.order])

    def alpha(total: FloatArray) -> FloatArray:
        observed, expected = judged.disagreement(total)
        return np.where(expected > 0, 1 - observed / expected, np.nan)

    return bootstrap_sums(sums, alpha, n_boot=n_boot, rng=rng)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Units judged at least twice.

    Attributes
    ----------
    counts
        How often each value was given to each unit, ``(u, k)``.
    sums
        What a resample adds up: the counts, and what gives the disagreement within units.
    rows, order
        Which rows of the data were used, ``(n,)``, and the order in which they stand here.
    """

    counts: FloatArray
    sums: FloatArray
    values: FloatArray
    level: str
    rows: BoolArray
    order: IntArray

    @classmethod
    def of(cls, x: ArrayLike, level: str) -> "_Judged | None":
        if level not in ("nominal", "ordinal", "interval", "ratio"):
            raise ValueError(f"level is nominal, ordinal, interval or ratio, not {level!r}")
        x = as_columns(x)
        if x.ndim != 2:
            raise ValueError(f"one table of judgements (n, m) is expected, got {x.shape}")
        x = np.where(np.isfinite(x), x, np.nan)
        rows = np.sum(~np.isnan(x), axis=1) >= 2
        if not rows.any():
            return None
        x = np.sort(x[rows], axis=1)  # which rater said it does not matter
        order = canonical_order(x)
        x = x[order]
        values, code = np.unique(x, return_inverse=True)
        values = values[~np.isnan(values)]
        if level == "ratio" and values[0] < 0:
            raise ValueError("judgements at the ratio level cannot be negative")
        u, k = len(x), len(values)
        code = code.reshape(x.shape)
        cell = np.where(code < k, code, k) + np.arange(u)[:, None] * (k + 1)
        found = np.bincount(cell.ravel(), minlength=u * (k + 1)).reshape(u, k + 1)
        counts = found[:, :k].astype(np.float64)
        pairs = counts.sum(axis=1) - 1
        if level == "ordinal":  # distances depend on the margins, so that pairs must be kept
            a, b = np.triu_indices(k, 1)
            within = counts[:, a] * counts[:, b] / pairs[:, None]
        elif level == "interval":
            moved = values - values[0]
            m = counts.sum(axis=1)
            within = (m * (counts @ moved**2) - (counts @ moved) ** 2) / pairs
            within = within[:, None]
        else:
            distance = _distance(values, level)
            within = (np.einsum("uk,uk->u", counts @ distance, counts) / 2 / pairs)[:, None]
        return cls(counts, np.concatenate([counts, within], axis=1), values, level, rows, order)

    def disagreement(self, total: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Observed and expected disagreement of totals ``(b, s)``."""
        k = len(self.values)
        margin, within = total[:, :k], total[:, k:]
        n = margin.sum(axis=1)
        if self.level == "ordinal":
            a, b = np.triu_indices(k, 1)
            rank = np.cumsum(margin, axis=1) - margin / 2
            observed = np.sum(within * (rank[:, a] - rank[:, b]) ** 2, axis=1)
            expected = n * np.sum(margin * rank**2, axis=1) - np.sum(margin * rank, axis=1) ** 2
        elif self.level == "interval":
            moved = self.values - self.values[0]
            observed = within[:, 0]
            expected = n * (margin @ moved**2) - (margin @ moved) ** 2
        elif self.level == "nominal":
            observed, expected = within[:, 0], (n * n - np.sum(margin * margin, axis=1)) / 2
        else:
            distance = _distance(self.values, self.level)
            observed = within[:, 0]
            expected = np.einsum("bk,bk->b", margin @ distance, margin) / 2
        return 2 * observed / n, 2 * expected / (n * (n - 1))


def _distance(values: FloatArray, level: str) -> FloatArray:
    if level == "nominal":
        return 1 - np.eye(len(values))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (values[:, None] - values) / (values[:, None] + values)
    return np.where(np.isfinite(ratio), ratio, 0.0) ** 2
