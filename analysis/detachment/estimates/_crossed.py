"""Every row variable with every column variable: r, n, interval and p of each pair."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from detachment.errors import Refusal, UsageError
from detachment.estimates._scales import Floats
from detachment.scoring import Variable
from detachment.stats._draws import seed_of
from detachment.stats.bootstrap import Bootstrap, bca_interval, percentile_interval, resample
from detachment.stats.clustered_correlation import (
    Influence,
    InfluenceMethod,
    correlation_influence,
    influence_of_cells,
    z_interval,
    z_test_p,
)
from detachment.stats.correlation import (
    bonett_wright_interval,
    delta_interval,
    delta_p,
    fieller_interval,
    fisher_interval,
    kendall_from_tables,
    kendall_test,
    pearson,
    spearman,
    spearman_from_tables,
    t_test_p,
)
from detachment.stats.design import design_correlations
from detachment.stats.missing import em_delta_method
from detachment.stats.moments import correlation_from
from detachment.stats.pair_counts import (
    Cells,
    PairCounts,
    TooManyValues,
    cells_among,
    pearson_from_counts,
    pearson_matrix_from_counts,
)
from detachment.stats.partial import partial_correlations, semipartial_correlations
from detachment.stats.resampled_cells import bootstrap_of_cells
from detachment.stats.resampled_ranks import rank_bootstrap
from detachment.stats.resistant_correlation import (
    biweight_midcorrelation,
    pearson_bootstrap,
    percentage_bend,
    resistant_bootstrap,
)
from detachment.stats.sampling_design import SurveyDesign
from detachment.stats.within_between import within_between_bootstrap, within_between_correlations

Method = Literal["pearson", "spearman", "kendall", "polychoric", "biweight", "percentage_bend"]
IntervalName = Literal["fisher", "robust", "bootstrap"]
RESISTANT = ("biweight", "percentage_bend")
MOST_LEFT_OUT = 5000  # clusters up to which each is left out of a resistant coefficient for BCa
Clusters = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossed:
    """Every row variable with every column variable, each (rows, columns).

    ``se`` is the standard error of Fisher's z, ``df`` of its t (infinite for z); ``influence`` that
    of each cluster on Fisher's z, (clusters, rows, columns), where it was asked for; ``fallback``
    says where a percentile interval stands in for a BCa one, ``by_mean`` where a biweight
    midcorrelation took the mean for a median.
    """

    r: Floats
    n: Floats
    low: Floats
    high: Floats
    p: Floats
    se: Floats
    df: Floats
    influence: Floats | None = None
    fallback: NDArray[np.bool_] | None = None
    by_mean: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class How:
    """What is asked of the pairs.

    ``clusters`` are taken whole, (n,); None where everyone is independent. ``controls`` (n, k) are
    removed from ``both`` sides, or from ``rows`` or ``columns`` alone. ``exact`` takes p from the t
    test of the partial correlation, whatever the interval. ``among`` (rows, columns), where rows
    are many, says which pairs have their intervals from counts of pairs of values.
    """

    method: Method
    interval: IntervalName
    confidence: float
    clusters: Clusters | None = None
    controls: Floats = field(default_factory=lambda: np.empty((0, 0)))
    partial: str = "both"
    exact: bool = False
    n_boot: int = 0
    rng: int | np.random.Generator = 1
    among: NDArray[np.bool_] | None = None

    @property
    def k(self) -> int:
        """How many variables are controlled."""
        return int(self.controls.shape[1])

    @property
    def by_influence(self) -> bool:
        """Whether p rests on influences: always with clusters, and for robust intervals."""
        asked = self.clusters is not None and self.interval != "fisher"
        return self.method not in RESISTANT and (asked or self.interval == "robust")

    @property
    def by_cells(self) -> bool:
        """Whether intervals may rest on counts of pairs of values, of which influences are few."""
        plain = self.clusters is None and not self.k and self.method not in RESISTANT
        return plain and self.among is not None and self.interval != "fisher"


def cross(x: Floats, y: Floats, how: How, *, keep: bool = False) -> Crossed:
    """Correlations of columns of x ``(n, p)`` and y ``(n, q)``, as asked."""
    here, there = np.isfinite(x), np.isfinite(y)
    if how.k:
        there = there & np.isfinite(how.controls).all(axis=1, keepdims=True)
    n = here.T.astype(np.float64) @ there.astype(np.float64)
    found = _classical(x, y, n, how)
    if how.by_cells and not keep:
        assert how.among is not None
        with suppress(TooManyValues):
            return _by_cells(cells_among(x, y, how.among), len(x), how, found)
    if how.by_influence or keep:
        own = _influence(x, y, how, found.r, keep=keep)
        found = replace(found, influence=own.values if keep else None)
        if how.by_influence:
            df = np.where(own.units - 1 - how.k > 0, own.units - 1.0 - how.k, np.nan)
            low, high = z_interval(found.r, own.se, df, how.confidence)
            p = found.p if how.exact else z_test_p(found.r, own.se, df)
            found = replace(found, low=low, high=high, p=p, se=own.se, df=df)
    return _resampled(x, y, how, found) if how.interval == "bootstrap" else found


def _classical(x: Floats, y: Floats, n: Floats, how: How) -> Crossed:
    """Estimates, with what holds of independent people."""
    by_mean = None
    p: Floats | None = None
    if how.k:
        matrix = _matrix(np.hstack([x, y, how.controls]), how.method)
        r = partial_from(matrix, x, y, how)
        if how.partial != "both":  # a semipartial one is 0 exactly where the partial one is
            whole = partial_from(matrix, x, y, replace(how, partial="both"))
            p = _classical_p(whole, n - how.k, how.method)
    elif how.method == "kendall":
        test = kendall_test(x, y)
        r, p = test.tau, test.p
    elif how.method == "biweight":
        midcorrelation = biweight_midcorrelation(x, y)
        r, by_mean = midcorrelation.r, midcorrelation.fallback
    else:
        of = {"pearson": pearson, "spearman": spearman, "percentage_bend": percentage_bend}
        r = of[how.method](x, y)[0]
    return _of_independent(r, n, p, how, by_mean)


def cross_counted(
    counts: PairCounts,
    rows: Sequence[int],
    columns: Sequence[int],
    n: int,
    how: How,
    held: Sequence[int] = (),
) -> Crossed:
    """As :func:`cross`, from counts of pairs of values of independent people.

    ``rows``, ``columns`` and ``held`` (the controls) are places of variables, of which those pairs
    that were counted are crossed; ``n`` is how many rows the data have.
    """
    if how.k:
        assert counts.together is not None
        matrix = _counted_matrix(counts, [*rows, *columns, *held], n, how.method)
        x, y = (np.empty((0, len(side))) for side in (rows, columns))
        size = counts.together[np.ix_(rows, columns)].astype(np.float64)
        return _of_independent(partial_from(matrix, x, y, how), size, None, how)
    p: Floats | None = None
    r, size = pearson_from_counts(counts, rows, columns, n)
    if how.method != "pearson":
        r = np.full(size.shape, np.nan)
        p = np.full(size.shape, np.nan) if how.method == "kendall" else None
        for i, j in np.ndindex(size.shape):
            if counts.has(rows[i], columns[j]):
                r[i, j], own = _ranked(counts.table(rows[i], columns[j]), how.method)
                if p is not None:
                    p[i, j] = own
    found = _of_independent(r, size, p, how)
    if not how.by_cells:
        return found
    assert how.among is not None
    return _by_cells(counts.cells_among(rows, columns, how.among, n), n, how, found)


def _counted_matrix(counts: PairCounts, variables: Sequence[int], n: int, method: Method) -> Floats:
    """Correlations of variables with one another, as far as their pairs were counted."""
    r = pearson_matrix_from_counts(counts, variables, n)
    if method != "pearson":
        for j, i in combinations(range(len(r)), 2):
            a, b = variables[i], variables[j]
            if counts.has(a, b):
                r[i, j] = r[j, i] = _ranked(counts.table(a, b), method)[0]
    return r


def _ranked(table: NDArray[np.int64], method: Method) -> tuple[float, float]:
    """Spearman's correlation, or Kendall's and its p (NaN for Spearman's), of a table of counts."""
    if method == "spearman":
        return float(spearman_from_tables(table)[0]), np.nan
    test = kendall_from_tables(table)
    return float(test.tau), float(test.p)


def _by_cells(
    cells: Mapping[tuple[int, int], Cells], rows: int, how: How, found: Crossed
) -> Crossed:
    """Robust or bootstrap intervals from counts of pairs of values of so many rows."""
    method = cast("InfluenceMethod", how.method)
    shape = found.r.shape
    if how.interval == "robust":
        se = np.full(shape, np.nan)
        for pair, own in cells.items():
            se[pair] = influence_of_cells(own, method).se[0, 0]
        df = np.where(found.n > 1, found.n - 1.0, np.nan)
        low, high = z_interval(found.r, se, df, how.confidence)
        return replace(found, low=low, high=high, p=z_test_p(found.r, se, df), se=se, df=df)
    seed = seed_of(how.rng)
    low, high = np.full(shape, np.nan), np.full(shape, np.nan)
    fallback = np.zeros(shape, dtype=np.bool_)
    for (i, j), own in cells.items():
        boot = bootstrap_of_cells(own, rows, method, n_boot=how.n_boot, rng=seed)
        at = np.s_[i : i + 1, j : j + 1]
        one = with_ends(
            replace(found, r=found.r[at]),
            boot.replicates[:, None, None],
            boot.jackknife[:, None, None],
            how.confidence,
            times=boot.times[:, None, None],
        )
        assert one.fallback is not None
        low[i, j], high[i, j], fallback[i, j] = one.low[0, 0], one.high[0, 0], one.fallback[0, 0]
    return replace(found, low=low, high=high, fallback=fallback)


def _of_independent(
    r: Floats, n: Floats, p: Floats | None, how: How, by_mean: NDArray[np.bool_] | None = None
) -> Crossed:
    """Intervals and p that hold of independent people."""
    rows = n - how.k
    ends, variance, lost = {
        "spearman": (bonett_wright_interval, 1 + r**2 / 2, 3),
        "kendall": (fieller_interval, np.full(r.shape, 0.437), 4),
    }.get(how.method, (fisher_interval, np.ones(r.shape), 3))
    low, high = ends(r, rows, how.confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(variance / np.where(rows > lost, rows - lost, np.nan))
        if p is None:
            p = _classical_p(r, rows, how.method)
    return Crossed(
        r=r, n=n, low=low, high=high, p=p, se=se, df=np.full(r.shape, np.inf), by_mean=by_mean
    )


def _classical_p(r: Floats, rows: Floats, method: str) -> Floats:
    return _kendall_partial_p(r, rows) if method == "kendall" else t_test_p(r, rows)


def _kendall_partial_p(r: Floats, rows: Floats) -> Floats:
    """Normal test of a partial tau: Kim (2015), Communications in Statistical Applications 22."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(2 * (2 * rows + 5) / (9 * rows * (rows - 1)))
        return np.asarray(2 * ndtr(-np.abs(r) / se), dtype=np.float64)


def _matrix(x: Floats, method: str) -> Floats:
    """Correlations of all columns of x with one another."""
    if method == "biweight":
        return biweight_midcorrelation(x).r
    of = {"pearson": pearson, "spearman": spearman, "percentage_bend": percentage_bend}
    r: Floats = kendall_test(x).tau if method == "kendall" else of[method](x)[0]
    return r


def partial_from(matrix: Floats, x: Floats, y: Floats, how: How) -> Floats:
    """Correlations without the controls from those of rows, columns and controls, ``(..., v, v)``.

    The matrix comes first, then what it is about.
    """
    p, q = x.shape[1], y.shape[1]
    rows, columns, controls = (
        list(range(p)),
        list(range(p, p + q)),
        list(range(p + q, p + q + how.k)),
    )
    if how.partial == "both":
        return partial_correlations(matrix, rows, columns, controls)
    if how.partial == "rows":
        return semipartial_correlations(matrix, rows, columns, controls)
    return np.swapaxes(semipartial_correlations(matrix, columns, rows, controls), -1, -2)


def _influence(x: Floats, y: Floats, how: How, r: Floats, *, keep: bool) -> Influence:
    method = cast("InfluenceMethod", how.method)
    if not how.k:
        return correlation_influence(x, y, method, clusters=how.clusters, keep=keep)
    return _partial_influence(x, y, how, method, r)


def _partial_influence(
    x: Floats, y: Floats, how: How, method: InfluenceMethod, r: Floats
) -> Influence:
    """Influence on what is left of r, from those on all correlations that it is made of.

    What the controls leave of x and y is x - a'c and y - b'c. As a and b are at their best, their
    own change moves nothing: a covariance of what is left moves by (1, -a)' d (1, -b), where d is
    how the correlations of x or y and the controls move.
    """
    c = how.controls
    blocks = {
        name: correlation_influence(one, other, method, clusters=how.clusters, keep=True)
        for name, (one, other) in {"xy": (x, y), "xc": (x, c), "yc": (y, c), "cc": (c, c)}.items()
    }
    # on r itself, not on its Fisher's z; a variable's correlation of 1 with itself does not move
    d = {
        name: np.nan_to_num(part.values * (1 - part.r**2), nan=0.0)
        if name == "cc"
        else part.values * (1 - part.r**2)
        for name, part in blocks.items()
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.linalg.pinv(np.where(np.eye(how.k) > 0, 1.0, blocks["cc"].r))
        a, b = blocks["xc"].r @ inverse, blocks["yc"].r @ inverse
        xx = 1 - np.sum(a * blocks["xc"].r, axis=1)[:, None]
        yy = 1 - np.sum(b * blocks["yc"].r, axis=1)[None]
        d_xx = _quadratic(a, d["xc"], d["cc"])[:, :, None]
        d_yy = _quadratic(b, d["yc"], d["cc"])[:, None, :]
        d_xy = (
            d["xy"]
            - np.einsum("gik,jk->gij", d["xc"], b)
            - np.einsum("gjk,ik->gij", d["yc"], a)
            + np.einsum("ik,gkl,jl->gij", a, d["cc"], b, optimize=True)
        )
        if how.partial == "rows":
            yy, d_yy = np.ones_like(yy), np.zeros_like(d_yy)
        elif how.partial == "columns":
            xx, d_xx = np.ones_like(xx), np.zeros_like(d_xx)
        moved = d_xy / np.sqrt(xx * yy) - r / 2 * (d_xx / xx + d_yy / yy)
        moved = moved / (1 - r**2)
        se = np.sqrt(np.sum(moved**2, axis=0))
    return replace(blocks["xy"], r=r, se=np.where(se > 0, se, np.nan), values=moved)


def _quadratic(a: Floats, d_vc: Floats, d_cc: Floats) -> Floats:
    """How the variance of what is left of each variable moves, ``(g, variables)``."""
    moved: Floats = np.einsum("ik,gkl,il->gi", a, d_cc, a, optimize=True)
    moved -= 2 * np.einsum("gik,ik->gi", d_vc, a)
    return moved


def _resampled(x: Floats, y: Floats, how: How, found: Crossed) -> Crossed:
    """Bootstrap intervals; of resistant coefficients of clusters p too."""
    boot = _bootstrap(x, y, how)
    left_out = boot.jackknife
    if not len(left_out) and how.method not in RESISTANT and not how.k:
        # influences say what leaving out each cluster in turn would
        method = cast("InfluenceMethod", how.method)
        left_out = -correlation_influence(x, y, method, clusters=how.clusters, keep=True).values
    found = with_ends(found, boot.replicates, left_out, how.confidence)
    if how.clusters is None or how.method not in RESISTANT:
        return found
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.arctanh(np.clip(boot.replicates, -1 + 1e-15, 1 - 1e-15))
    se = _spread(z)
    units = _units(x, y, how)
    df = np.where(units - 1 - how.k > 0, units - 1.0 - how.k, np.nan)
    return replace(found, se=se, df=df, p=z_test_p(found.r, se, df))


def _spread(z: Floats) -> Floats:
    """Standard deviation over the replicates that are numbers."""
    there = np.isfinite(z)
    n = there.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(there, z, 0.0).sum(axis=0) / n
        square = np.where(there, (z - mean) ** 2, 0.0).sum(axis=0) / (n - 1)
        return np.where(square > 0, np.sqrt(square), np.nan)


def _units(x: Floats, y: Floats, how: How) -> Floats:
    """Clusters of each pair."""
    assert how.clusters is not None
    code = np.unique(how.clusters, return_inverse=True)[1]
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    given = [np.isfinite(side[order]) for side in (x, y)]
    units = np.zeros((x.shape[1], y.shape[1]))
    for i in range(x.shape[1]):
        both = given[0][:, i : i + 1] & given[1]
        units[i] = np.logical_or.reduceat(both, starts, axis=0).sum(axis=0)
    return units


def _bootstrap(x: Floats, y: Floats, how: How) -> Bootstrap:
    """Replicates ``(n_boot, p, q)`` of the coefficients of whole clusters."""
    shared: dict[str, Any] = {"clusters": how.clusters, "n_boot": how.n_boot, "rng": how.rng}
    p, q = x.shape[1], y.shape[1]
    everything = np.hstack([x, y, how.controls]) if how.k else np.hstack([x, y])
    if how.method == "pearson" and not np.isnan(everything).any():

        def statistic(cov: Floats) -> Floats:
            matrix = correlation_from(cov)
            found = partial_from(matrix, x, y, how) if how.k else matrix[:, :p, p : p + q]
            return found.reshape(len(cov), p * q)

        boot = resample(everything, statistic, **shared)
        return replace(
            boot,
            estimate=boot.estimate.reshape(p, q),
            replicates=boot.replicates.reshape(-1, p, q),
            jackknife=boot.jackknife.reshape(-1, p, q),
        )
    one, other = (everything, everything) if how.k else (x, y)
    units = len(x) if how.clusters is None else len(np.unique(how.clusters))
    if how.method == "pearson":  # with gaps each pair has means and variances of its own
        few = units <= MOST_LEFT_OUT
        boot = pearson_bootstrap(one, other, jackknife=bool(how.k) and few, **shared)
    elif how.method in RESISTANT:
        boot = resistant_bootstrap(
            one,
            other,
            cast("Literal['percentage_bend', 'biweight']", how.method),
            jackknife=units <= MOST_LEFT_OUT,
            **shared,
        )
    else:
        try:
            ranks = cast("Literal['spearman', 'kendall']", how.method)
            boot = rank_bootstrap(one, other, ranks, **shared)
        except ValueError as error:
            raise UsageError(
                "The bootstrap of Kendall's tau holds the order of all pairs of values, and here "
                "are too many different ones. Take --interval robust (interval= in Python), which "
                "needs no normal answers either, or --method spearman."
            ) from error
    if not how.k:
        return boot
    return replace(
        boot,
        estimate=partial_from(boot.estimate, x, y, how),
        replicates=partial_from(boot.replicates, x, y, how),
        jackknife=partial_from(boot.jackknife, x, y, how)
        if len(boot.jackknife)
        else np.empty((0, p, q)),
    )


def cross_by_design(x: Floats, y: Floats, design: SurveyDesign, confidence: float) -> Crossed:
    """Correlations of the population that a sample stands for."""
    found = design_correlations(x, y, design, confidence=confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(np.abs(found.r) < 1, found.se / (1 - found.r**2), np.nan)
    return Crossed(
        r=found.r,
        n=found.n.astype(np.float64),
        low=found.low,
        high=found.high,
        p=found.p,
        se=np.where(se > 0, se, np.nan),
        df=found.df,
    )


def cross_by_level(x: Floats, y: Floats, how: How, level: str) -> Crossed:
    """Correlations within clusters, or between them; n then counts the clusters."""
    assert how.clusters is not None
    everything, p = np.hstack([x, y]), x.shape[1]
    found = within_between_correlations(everything, how.clusters, how.confidence)
    within = level == "within"
    found_n = found.n if within else found.groups
    r, df, low, high, p_value = (
        part[:p, p:]
        for part in (
            (found.within, found.df_within, found.low_within, found.high_within, found.p_within)
            if within
            else (
                found.between,
                found.df_between,
                found.low_between,
                found.high_between,
                found.p_between,
            )
        )
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(1 / np.where(df > 1, df - 1, np.nan))
    crossed = Crossed(
        r=r,
        n=found_n[:p, p:].astype(np.float64),
        low=low,
        high=high,
        p=p_value,
        se=se,
        df=np.full(r.shape, np.inf),
    )
    if how.interval != "bootstrap":
        return crossed
    boot = within_between_bootstrap(everything, how.clusters, n_boot=how.n_boot, rng=how.rng)
    part = 0 if within else 1
    replicates, left_out = boot.replicates[:, part, :p, p:], boot.jackknife[:, part, :p, p:]
    return with_ends(crossed, replicates, left_out, how.confidence)


def with_ends(
    found: Crossed,
    replicates: Floats,
    left_out: Floats,
    confidence: float,
    *,
    times: NDArray[np.int64] | None = None,
) -> Crossed:
    """BCa intervals, percentile ones where those cannot be; none of a perfect correlation."""
    replicates = np.where(np.isnan(found.r), np.nan, replicates)
    low, high = percentile_interval(replicates, confidence)
    fallback = np.ones(found.r.shape, dtype=bool)
    if len(left_out):
        ends = bca_interval(found.r, replicates, left_out, confidence, times=times)
        fallback = np.isnan(ends[0]) | np.isnan(ends[1])
        low, high = np.where(fallback, low, ends[0]), np.where(fallback, high, ends[1])
    perfect = np.abs(found.r) > 1 - 1e-12
    low, high = (np.where(perfect, np.nan, end) for end in (low, high))
    return replace(found, low=low, high=high, fallback=fallback & np.isfinite(low))


def cross_by_likelihood(
    numbers: Mapping[str, Floats],
    down: Sequence[Variable],
    across: Sequence[Variable],
    clusters: Clusters | None,
    confidence: float,
) -> Crossed:
    """Correlations by maximum likelihood from every answer to any of the variables."""
    shape = (len(down), len(across))
    r, se = np.full(shape, np.nan), np.full(shape, np.nan)
    vary = {name for name, x in numbers.items() if len(np.unique(x[~np.isnan(x)])) > 1}
    cells = [
        (i, j)
        for i, row in enumerate(down)
        for j, column in enumerate(across)
        if row.id != column.id and {row.id, column.id} <= vary
    ]
    alone = share_items((*down, *across))
    for group in [[cell] for cell in cells] if alone else filter(None, [cells]):
        names = sorted({v.id for i, j in group for v in (down[i], across[j])})
        first = [names.index(down[i].id) for i, _ in group]
        second = [names.index(across[j].id) for _, j in group]
        found = em_delta_method(
            np.column_stack([numbers[name] for name in names]),
            partial(_correlations_at, first, second),
            clusters=clusters,
        )
        at = tuple(np.array(group).T)
        r[at], se[at] = found.estimate, found.standard_error
    if cells and np.isnan(se).all():
        raise Refusal(
            "Covariances by maximum likelihood (--missing em, missing= in Python) were not found: "
            "one of the variables follows from others, or two were answered together by too few. "
            "Name fewer --rows or --columns, or take pairwise."
        )
    low, high = delta_interval(r, se, confidence)
    given = [
        np.array([~np.isnan(numbers[variable.id]) for variable in side], dtype=np.float64)
        for side in (down, across)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        se_z = np.where(np.abs(r) < 1, se / (1 - r**2), np.nan)
    return Crossed(
        r=r,
        n=given[0] @ given[1].T,
        low=low,
        high=high,
        p=delta_p(r, se),
        se=se_z,
        df=np.full(shape, np.inf),
    )


def _correlations_at(first: Sequence[int], second: Sequence[int], cov: Floats) -> Floats:
    return correlation_from(cov)[:, first, second]


def share_items(variables: Sequence[Variable]) -> bool:
    """Whether an item stands in two of the variables, one of which then follows from others."""
    different = {variable.id: variable for variable in variables}
    items = [item for variable in different.values() for item in variable.items]
    return len(items) > len(set(items))
