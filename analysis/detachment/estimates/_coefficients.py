"""Every coefficient of reliability by name: what it is computed from, and its interval.

Coefficients are functions of a stack of covariance matrices (or of polychoric correlations and
thresholds). The estimate is one matrix; the bootstrap and the delta method hand in many.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from detachment.errors import Refusal
from detachment.estimates._counted import CountedScale
from detachment.estimates._coverage import is_skewed, skewed_together
from detachment.stats._draws import seed_of
from detachment.stats.bootstrap import Bootstrap, resample, resample_tables
from detachment.stats.glb import greatest_lower_bound
from detachment.stats.halves import (
    MOST_SPLITS,
    count_splits,
    first_last,
    mean_split_half,
    split_half,
    split_halves,
)
from detachment.stats.intervals import (
    DeltaMethod,
    alpha_standard_error,
    bonett_interval,
    delta_method,
    feldt_interval,
    gradient,
    jackknife_interval,
    kr21_delta_method,
    of_squares,
)
from detachment.stats.missing import em_delta_method
from detachment.stats.moments import correlation_from
from detachment.stats.omega import omega_total
from detachment.stats.ordinal_reliability import omega_green_yang, ordinal_delta_method
from detachment.stats.polychoric_items import PolychoricMatrix, polychoric_from_tables
from detachment.stats.reliability import (
    alpha,
    alpha_standardized,
    guttman_lambda1,
    guttman_lambda2,
    guttman_lambda5,
    guttman_lambda6,
    kr21,
    mean_interitem_r,
    minimal_detectable_change,
    standard_error_of_measurement,
    ten_berge_mu,
)
from detachment.stats.schmid_leiman import degrees_of_freedom, omega_hierarchical

Floats = NDArray[np.float64]
IntervalName = Literal["feldt", "bonett", "duhachek", "jackknife", "adf", "bca", "percentile"]
OF_ALPHA = ("feldt", "bonett", "duhachek")
OF_RESAMPLES = ("bca", "percentile")
INTERVALS = (*OF_ALPHA, "jackknife", "adf", *OF_RESAMPLES)

# name -> what people read; the order is that of `coefficients="all"`
LABELS = {
    "alpha": "α",
    "alpha_standardized": "standardized α",
    "lambda_1": "λ1",
    "lambda_2": "λ2",
    "lambda_3": "λ3",
    "lambda_4": "λ4",
    "lambda_5": "λ5",
    "lambda_5_plus": "λ5+",
    "lambda_6": "λ6",
    "glb": "greatest lower bound",
    "mu_0": "μ0",
    "mu_1": "μ1",
    "mu_2": "μ2",
    "mu_3": "μ3",
    "omega_total": "ω total",
    "omega_total_model": "ω total (variance of the model)",
    "omega_total_ml": "ω total (maximum likelihood)",
    "omega_hierarchical": "ω hierarchical",
    "omega_asymptotic": "asymptotic ω",
    "omega_total_group": "ω total (group factors)",
    "ecv": "explained common variance",
    "split_half": "odd-even split half",
    "split_half_horst": "odd-even split half (Horst)",
    "split_half_first_last": "first-last split half",
    "split_half_max": "best split half",
    "split_half_min": "worst split half (β)",
    "split_half_mean": "mean split half",
    "split_half_median": "median split half",
    "split_half_q025": "split half, 2.5% quantile",
    "split_half_q975": "split half, 97.5% quantile",
    "mean_interitem_r": "mean inter-item r",
    "ordinal_alpha": "ordinal α",
    "ordinal_omega_total": "ordinal ω total (latent responses)",
    "omega_green_yang": "ω of the sum of ordered answers (Green–Yang)",
    "kr_20": "KR-20",
    "kr_21": "KR-21",
    "sem": "SEM",
    "mdc": "minimal detectable change",
}
ORDINAL = ("ordinal_alpha", "ordinal_omega_total", "omega_green_yang")
_OF_A_TEST = ("kr_20", "kr_21")
_IN_UNITS = ("sem", "mdc")
_GROUP = ("omega_hierarchical", "omega_asymptotic", "omega_total_group", "ecv")
_OF_SPLITS = {
    "split_half_max": None,
    "split_half_min": None,
    "split_half_median": 0.5,
    "split_half_q025": 0.025,
    "split_half_q975": 0.975,
}
_ONE_FACTOR = (
    "omega_total",
    "omega_total_model",
    "omega_total_ml",
    "ordinal_omega_total",
    "omega_green_yang",
)
_EXTREMES = ("lambda_4", "split_half_max", "split_half_min", "glb")
_SPLITS_AT_A_TIME = 2**22
_MOST_SPLITS_RESAMPLED = 92_378
_STARTS, _STARTS_RESAMPLED = 30, 3
_RESAMPLES = 256  # at a time
_MOST_LEFT_OUT = 2000  # in turn; with more units the delta method gives the same
LEAST_ITEMS_OF_GROUPS = 6
MOST_FAILED = 0.1  # resamples that may be left out before the rest stand for nothing

_MATRIX: Mapping[str, Callable[[Floats], Floats]] = {
    "alpha": alpha,
    "alpha_standardized": lambda cov: alpha_standardized(correlation_from(cov)),
    "lambda_1": guttman_lambda1,
    "lambda_2": guttman_lambda2,
    "lambda_3": alpha,
    "lambda_5": guttman_lambda5,
    "lambda_5_plus": lambda cov: guttman_lambda5(cov, plus=True),
    "lambda_6": lambda cov: guttman_lambda6(correlation_from(cov)),
    "glb": lambda cov: greatest_lower_bound(cov).glb,
    "mu_0": lambda cov: ten_berge_mu(cov, 0),
    "mu_1": lambda cov: ten_berge_mu(cov, 1),
    "mu_2": lambda cov: ten_berge_mu(cov, 2),
    "mu_3": lambda cov: ten_berge_mu(cov, 3),
    "omega_total_ml": lambda cov: omega_total(cov, method="ml").omega,
    "split_half": lambda cov: split_half(cov, _odd(cov)).spearman_brown,
    "split_half_horst": lambda cov: split_half(cov, _odd(cov)).horst,
    "split_half_first_last": first_last,
    "split_half_mean": mean_split_half,
    "mean_interitem_r": lambda cov: mean_interitem_r(correlation_from(cov)),
    "kr_20": alpha,
}

A_TEST = "not given for right and wrong answers, for which KR-20 is"
NO_TEST = "given for right and wrong answers only"
TWO_ITEMS = "one factor of two items is not identified"
NO_VARIANCE = "the total score has no variance"
NO_INTERVAL = "the resamples give no interval"
NO_JACKKNIFE = (
    "leaving out each respondent in turn gives no interval (too often there is no value then, or "
    "always the same)"
)
NO_SLOPES = "the delta method gives no interval (the coefficient does not move smoothly here)"
AN_EXTREME = (
    "an extreme, which chance makes too large or too small in a sample, has no interval without "
    "the bootstrap: --boot (n_boot= in Python)"
)
NEEDS_BOOTSTRAP = "its interval needs the bootstrap: --boot (n_boot= in Python)"
ROWS = "it needs the rows themselves, and those of this lazy survey are counted where they are"
NO_UNITS = "latent responses have no units"
FEW_ITEMS = "group factors need at least six items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A coefficient with its interval.

    Attributes
    ----------
    value, low, high
        NaN where not given.
    interval
        How the interval came about; empty where there is none.
    reason
        Why the value is not given, else why its interval is not.
    failed
        Share of the resamples that had no value and were left out.
    """

    value: float
    low: float = np.nan
    high: float = np.nan
    interval: str = ""
    reason: str = ""
    failed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """What the coefficients of a scale rest on.

    Attributes
    ----------
    given
        Answers of the respondents used, (n, p); None where they were counted.
    cov
        Covariances under the missing rule, (p, p).
    em
        Whether the covariances come from EM.
    n_effective
        The n of intervals of alpha.
    ordinal
        Polychoric correlations, where they are asked for.
    polychoric
        Whether all coefficients rest on them.
    is_test
        Whether the answers are right or wrong.
    divisor
        The score is the sum of the items over this.
    n_factors
        Group factors of omega hierarchical.
    clusters
        Which answers belong together, (n,).
    counted
        What takes the place of the answers where they were counted.
    """

    given: Floats | None
    cov: Floats
    n_effective: float
    em: bool
    ordinal: PolychoricMatrix | None
    polychoric: bool
    is_test: bool
    divisor: float
    n_factors: int
    clusters: NDArray[np.int64] | None
    counted: CountedScale | None = None

    @property
    def answers(self) -> Floats:
        """Answers of the respondents used, (n, p)."""
        if self.given is None:
            raise Refusal(ROWS)
        return self.given

    @property
    def units(self) -> int:
        """Respondents, or clusters, that are independent of one another."""
        if self.counted is not None:
            return self.counted.counts.respondents
        return len(self.answers) if self.clusters is None else len(np.unique(self.clusters))

    @property
    def skewed(self) -> bool:
        """Whether the answers are skewed in one direction."""
        if self.counted is not None:
            return skewed_together(np.nan_to_num(self.counted.counts.skewness))
        return is_skewed(self.answers)

    def delta(self, statistic: Callable[[Floats], Floats]) -> DeltaMethod:
        """Standard errors of statistics of the covariances, whatever the distribution."""
        if self.counted is not None:
            estimate = np.asarray(statistic(self.cov[None]), dtype=np.float64)[0]
            slopes = gradient(statistic, self.cov)
            squares = self.counted.squares(slopes if slopes.ndim == 3 else slopes[None])
            return of_squares(estimate, squares, self.units)
        by = em_delta_method if self.em else delta_method
        return by(self.answers, statistic, clusters=self.clusters)

    @property
    def matrix(self) -> Floats:
        """Covariances, or polychoric correlations, (p, p)."""
        if self.polychoric and self.ordinal is not None:
            return self.ordinal.r
        return self.cov

    @property
    def k(self) -> int:
        """Number of items."""
        return len(self.cov)


def _odd(cov: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.arange(cov.shape[-1]) % 2 == 0)


def estimates(
    basis: Basis,
    names: Sequence[str],
    *,
    with_interval: Sequence[str],
    interval: IntervalName,
    n_boot: int,
    confidence: float,
    rng: int | np.random.Generator,
) -> dict[str, Estimate]:
    """Estimates of coefficients by name, with intervals for some of them."""
    found = _values(basis, names)
    given = [name for name in names if not np.isnan(found[name][0])]
    wanted = [name for name in given if name in with_interval]
    intervals: dict[str, Estimate] = {}
    resampled = interval in OF_RESAMPLES
    for name in ("alpha", "lambda_3", "kr_20"):
        if name in wanted and interval in OF_ALPHA and not basis.polychoric:
            intervals[name] = _of_alpha(basis, found[name][0], interval, confidence)
    if "kr_21" in wanted and not resampled and basis.counted is None:
        one = kr21_delta_method(basis.answers, clusters=basis.clusters)
        value = found["kr_21"][0]
        intervals["kr_21"] = _with_ends(value, one.interval(confidence), False, "adf", NO_SLOPES)
    rest = [name for name in wanted if name not in intervals]
    for ordinal in (False, True):
        group = [name for name in rest if _is_ordinal(basis, name) == ordinal]
        why = {name: _no_interval(basis, name, interval) for name in group}
        intervals |= {
            n: Estimate(value=found[n][0], reason=text) for n, text in why.items() if text
        }
        group = [name for name in group if not why[name]]
        if not group:
            continue
        if resampled:
            made = _resampled(basis, group, ordinal, interval, n_boot, confidence, rng)
        elif ordinal or interval == "adf" or basis.em:
            made = _by_delta(basis, group, ordinal, confidence)
        else:
            made = _by_jackknife(basis, group, interval, confidence)
        intervals |= made
    return {
        name: replace(intervals[name], value=found[name][0])
        if name in intervals
        else Estimate(value=found[name][0], reason=found[name][1])
        for name in names
    }


def _is_ordinal(basis: Basis, name: str) -> bool:
    return basis.polychoric or name in ORDINAL


def _values(basis: Basis, names: Sequence[str]) -> dict[str, tuple[float, str]]:
    """Value of each coefficient, and the reason where it is not given."""
    found: dict[str, tuple[float, str]] = {}
    nothing = np.isnan(alpha(basis.cov))
    open_names = []
    for name in names:
        if nothing:
            found[name] = (np.nan, NO_VARIANCE)
        elif reason := _not_given(basis, name):
            found[name] = (np.nan, reason)
        elif name == "kr_21" and basis.counted is None:
            found[name] = (float(kr21(basis.answers)), "")
        elif name == "kr_21":
            found[name] = (np.nan, ROWS)
        else:
            open_names.append(name)
    for ordinal in (False, True):
        group = [name for name in open_names if _is_ordinal(basis, name) == ordinal]
        if not group:
            continue
        statistic = _statistic(basis, group, ordinal, starts=_STARTS)
        if ordinal and basis.ordinal is not None:
            fit = basis.ordinal
            values = np.asarray(statistic(fit.r[None], fit.thresholds[None]))[0]
        else:
            values = np.asarray(statistic(basis.matrix[None], None))[0]
        for name, value in zip(group, values, strict=True):
            found[name] = (float(value), _why(basis, name) if np.isnan(value) else "")
    return found


def _not_given(basis: Basis, name: str) -> str:
    """Why a coefficient is not even computed."""
    if name in _ONE_FACTOR and basis.k == 2:
        return TWO_ITEMS
    if name in _OF_A_TEST and not basis.is_test:
        return NO_TEST
    on_covariances = name in (*_ONE_FACTOR, *_GROUP) and not _is_ordinal(basis, name)
    if on_covariances and basis.is_test:
        return A_TEST
    if name in _IN_UNITS and basis.polychoric:
        return NO_UNITS
    if name in _OF_A_TEST and basis.polychoric:
        return "it rests on the answers as scored, not on latent responses"
    if name in _GROUP:
        if basis.k < LEAST_ITEMS_OF_GROUPS:
            return FEW_ITEMS
        if degrees_of_freedom(basis.k, basis.n_factors) < 0:
            return f"{basis.n_factors} group factors of {basis.k} items are not identified"
    return ""


def _why(basis: Basis, name: str) -> str:
    """Why a coefficient that was computed is no number."""
    if name in _ONE_FACTOR:
        matrix = basis.ordinal.r if name in ORDINAL and basis.ordinal is not None else basis.matrix
        fit = omega_total(matrix, method="ml" if name == "omega_total_ml" else "minres")
        if fit.heywood:
            return "the one-factor solution is improper (an item without unique variance)"
        return "the one-factor solution did not converge"
    if name in _GROUP:
        return (
            f"the solution with {basis.n_factors} group factors is improper (an item or a factor "
            "without unique variance) or was not found"
        )
    if name == "lambda_6":
        return (
            "the covariance matrix is not positive definite (duplicated items, fewer respondents "
            "than items, or pairwise deletion)"
        )
    if name == "glb":
        return "the covariance matrix is not positive semidefinite"
    if name.startswith("split_half"):
        return "a half has no variance, or the halves go against each other"
    return "it cannot be computed from these answers"


def _no_interval(basis: Basis, name: str, interval: str) -> str:
    """Why a coefficient has a value but no interval of this kind."""
    resampled = interval in OF_RESAMPLES
    of_rows = interval in ("jackknife", "bca") or _is_ordinal(basis, name)
    if basis.counted is not None and of_rows:
        return ROWS
    if name == "kr_21" and resampled:
        return "its interval is adf: leave out --boot (n_boot= in Python)"
    many = count_splits(basis.k) > (_MOST_SPLITS_RESAMPLED if resampled else 6435)
    if (name in _OF_SPLITS or name == "lambda_4") and many:
        return f"{count_splits(basis.k):,} splits are too many to be computed again and again"
    if not resampled and name in _EXTREMES:
        return AN_EXTREME
    if not resampled and name in _GROUP:
        return NEEDS_BOOTSTRAP
    return ""


def _statistic(
    basis: Basis, names: Sequence[str], ordinal: bool, *, starts: int, start: Floats | None = None
) -> Callable[[Floats, Floats | None], Floats]:
    """Coefficients of a stack of matrices (and thresholds), (b, coefficients)."""

    def statistic(stack: Floats, thresholds: Floats | None) -> Floats:
        values: dict[str, Floats] = {}
        if set(names) & {"omega_total", "omega_total_model", "ordinal_omega_total"}:
            fit = omega_total(stack, denominator="observed", start=start)
            values["omega_total"] = values["ordinal_omega_total"] = fit.omega
            common = fit.loadings.sum(axis=-1) ** 2
            with np.errstate(divide="ignore", invalid="ignore"):
                implied = common / (common + fit.uniquenesses.sum(axis=-1))
            values["omega_total_model"] = np.where(np.isnan(fit.omega), np.nan, implied)
        if set(names) & {*_OF_SPLITS, "lambda_4"}:
            values |= _of_splits(stack)
        if set(names) & set(_GROUP):
            values |= _of_groups(stack, basis.n_factors, starts)
        if set(names) & {*_IN_UNITS, "ordinal_alpha"}:
            values["ordinal_alpha"] = alpha(stack)
            sd = np.sqrt(np.maximum(stack.sum(axis=(-2, -1)), 0.0)) / basis.divisor
            values["sem"] = standard_error_of_measurement(sd, values["ordinal_alpha"])
            values["mdc"] = minimal_detectable_change(values["sem"])
        if "omega_green_yang" in names and thresholds is not None:
            values["omega_green_yang"] = omega_green_yang(stack, thresholds)
        for name in names:
            if name not in values:
                values[name] = _MATRIX[name](stack)
        return np.stack([np.broadcast_to(values[name], stack.shape[:1]) for name in names], axis=-1)

    return statistic


def _of_splits(stack: Floats) -> dict[str, Floats]:
    """What all splits of each matrix of a stack say, a few matrices at a time."""
    splits = min(count_splits(stack.shape[-1]), MOST_SPLITS)
    block = max(1, _SPLITS_AT_A_TIME // splits)
    found: dict[str, list[Floats]] = {name: [] for name in (*_OF_SPLITS, "lambda_4")}
    for at in range(0, len(stack), block):
        halves = split_halves(stack[at : at + block])
        found["lambda_4"].append(halves.largest)
        found["split_half_max"].append(halves.largest)
        found["split_half_min"].append(halves.smallest)
        for name, q in _OF_SPLITS.items():
            if q is not None:
                found[name].append(halves.quantile(q))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _of_groups(stack: Floats, n_factors: int, starts: int) -> dict[str, Floats]:
    """Omega hierarchical and its kin, of proper solutions only."""
    fit = omega_hierarchical(
        correlation_from(stack), n_factors=n_factors, flip=False, n_starts=starts
    )
    proper = np.asarray(fit.converged) & ~np.asarray(fit.heywood)
    return {
        "omega_hierarchical": np.where(proper, fit.omega_hierarchical, np.nan),
        "omega_asymptotic": np.where(proper, fit.omega_asymptotic, np.nan),
        "omega_total_group": np.where(proper, fit.omega_total, np.nan),
        "ecv": np.where(proper, fit.ecv, np.nan),
    }


def _of_alpha(basis: Basis, value: float, interval: str, confidence: float) -> Estimate:
    """Interval of alpha from its own distribution."""
    if interval == "duhachek":
        width = ndtri((1 + confidence) / 2) * alpha_standard_error(basis.cov, basis.n_effective)
        low, high = value - width, value + width
    else:
        by = bonett_interval if interval == "bonett" else feldt_interval
        low, high = by(value, basis.n_effective, basis.k, confidence)
    return Estimate(value=value, low=float(low), high=float(high), interval=interval)


def _by_delta(
    basis: Basis, names: Sequence[str], ordinal: bool, confidence: float
) -> dict[str, Estimate]:
    """Intervals without a distribution and without resamples."""
    statistic = _statistic(basis, names, ordinal, starts=1)
    result: DeltaMethod
    if ordinal:
        result = ordinal_delta_method(basis.answers, statistic)
    else:
        result = basis.delta(lambda cov: statistic(cov, None))
    made = {}
    for j, name in enumerate(names):
        value, se = float(result.estimate[j]), result.standard_error[j]
        turned = name in _IN_UNITS
        one = DeltaMethod(np.asarray(1 - value if turned else value), se, result.units)
        made[name] = _with_ends(value, one.interval(confidence), turned, "adf", NO_SLOPES)
    return made


def _by_jackknife(
    basis: Basis, names: Sequence[str], interval: str, confidence: float
) -> dict[str, Estimate]:
    """Intervals from leaving out each respondent or dyad in turn."""
    if (basis.units > _MOST_LEFT_OUT or basis.counted) and interval != "jackknife":
        return _by_delta(basis, names, False, confidence)  # the same with so many
    loadings = omega_total(basis.cov).loadings
    start = loadings if np.isfinite(loadings).all() else None
    statistic = _statistic(basis, names, False, starts=1, start=start)
    result = resample(
        basis.answers, lambda cov: statistic(cov, None), clusters=basis.clusters, n_boot=0
    )
    made = {}
    for j, name in enumerate(names):
        value, values = float(result.estimate[j]), result.jackknife[:, j]
        turned = name in _IN_UNITS
        ends = (
            jackknife_interval(1 - value, 1 - values, confidence)
            if turned
            else jackknife_interval(value, values, confidence)
        )
        made[name] = _with_ends(value, ends, turned, "jackknife", NO_JACKKNIFE)
    return made


def _with_ends(
    value: float, ends: tuple[Floats, Floats], turned: bool, interval: str, reason: str
) -> Estimate:
    """An estimate with the ends of its interval; of a length in units, its logarithm has it."""
    low, high = (float(end) for end in ends)
    if turned:
        low, high = 1 - high, 1 - low
    known = not np.isnan(low) and not np.isnan(high)
    return Estimate(
        value=value,
        low=low,
        high=high,
        interval=interval if known else "",
        reason="" if known else reason,
    )


def _resampled(
    basis: Basis,
    names: Sequence[str],
    ordinal: bool,
    interval: str,
    n_boot: int,
    confidence: float,
    rng: int | np.random.Generator,
) -> dict[str, Estimate]:
    """Intervals by the bootstrap."""
    units = "respondents" if basis.clusters is None else "dyads"
    result: Bootstrap
    if basis.counted is not None:
        units = "respondents, each drawn a Poisson number of times"
        result = _resampled_in_parts(basis, basis.counted, names, n_boot, seed_of(rng))
    elif ordinal:
        # leaving out each respondent in turn would take longer than the resamples
        interval = "percentile"
        statistic = _statistic(basis, names, ordinal, starts=_STARTS_RESAMPLED)

        def of_tables(counts: Floats) -> Floats:
            fit = polychoric_from_tables(counts)
            return statistic(fit.r, fit.thresholds)

        result = resample_tables(
            basis.answers, of_tables, clusters=basis.clusters, n_boot=n_boot, rng=rng
        )
    else:
        loadings = omega_total(basis.cov).loadings
        start = loadings if np.isfinite(loadings).all() else None
        of_cov = _statistic(basis, names, ordinal, starts=_STARTS_RESAMPLED, start=start)
        result = resample(
            basis.answers,
            lambda cov: of_cov(cov, None),
            clusters=basis.clusters,
            n_boot=n_boot,
            rng=rng,
            jackknife=interval == "bca",
        )
    low, high = result.bca(confidence) if interval == "bca" else result.percentile(confidence)
    kind = "BCa" if interval == "bca" else "percentile"
    made = {}
    for j, name in enumerate(names):
        failed = float(result.failed[j])
        usable = failed <= MOST_FAILED and not np.isnan(low[j]) and not np.isnan(high[j])
        made[name] = Estimate(
            value=float(result.estimate[j]),
            low=float(low[j]) if usable else np.nan,
            high=float(high[j]) if usable else np.nan,
            interval=f"bootstrap ({kind}, {n_boot} resamples of {units})" if usable else "",
            reason="" if usable else NO_INTERVAL,
            failed=failed,
        )
    return made


def _resampled_in_parts(
    basis: Basis, counted: CountedScale, names: Sequence[str], n_boot: int, seed: int
) -> Bootstrap:
    """Coefficients of resamples of rows that are never in one place."""
    loadings = omega_total(basis.cov).loadings
    start = loadings if np.isfinite(loadings).all() else None
    statistic = _statistic(basis, names, False, starts=_STARTS_RESAMPLED, start=start)
    stack = counted.resampled(n_boot, seed)
    blocks = [stack[at : at + _RESAMPLES] for at in range(0, n_boot, _RESAMPLES)]
    return Bootstrap(
        estimate=statistic(basis.cov[None], None)[0],
        replicates=np.concatenate([statistic(block, None) for block in blocks]),
        jackknife=np.empty((0, len(names))),
        clusters=basis.units,
        seed=seed,
    )
