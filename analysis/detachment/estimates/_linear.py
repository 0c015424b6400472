"""One linear regression with the standard errors that its design asks for.

What regression, mediation and moderation share: which rows are complete, whose errors go together,
what cannot be estimated and why, and the words that say all this.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaincc, stdtr, stdtrit

from detachment.errors import Refusal, SurveyError, UsageError, check_word
from detachment.estimates._scales import Floats
from detachment.estimates._study import Measure, Study
from detachment.stats._arrays import canonical_order
from detachment.stats.design import survey_design
from detachment.stats.influence import (
    covariance_influence,
    influence_covariance,
    likelihood_influence,
    normal_covariance,
)
from detachment.stats.regression import (
    Regression,
    least_squares,
    r_squared_from,
    r_squared_gradient,
    r_squared_interval,
    slope_gradients,
    standardized_slope_gradients,
    variance_inflation,
    wald_test,
)
from detachment.stats.sem.sample import sample_moments
from detachment.text import count, counted, listing
from detachment.validation import Survey

Covariance = Literal["classical", "hc3", "cluster"]
RowRule = Literal["listwise", "em"]
COVARIANCES: tuple[Covariance, ...] = ("classical", "hc3", "cluster")
FEW_CLUSTERS = 40
FEWEST = 5  # people of a category that is shown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Who belongs together among the n rows used, and how much each counts.

    Attributes
    ----------
    covariance
        Kind of the standard errors.
    clusters
        Cluster of each row, (n,), where rows are not independent.
    weights, strata
        (n,), where the sample was drawn so.
    noun
        What a cluster is called.
    partners
        How many clusters have several rows.
    """

    covariance: Covariance
    clusters: NDArray[np.int64] | None = None
    weights: Floats | None = None
    strata: NDArray[np.int64] | None = None
    noun: str = "dyad"
    partners: int = 0

    @property
    def is_survey(self) -> bool:
        """Whether errors are those of a sample drawn with weights or strata."""
        return self.weights is not None or self.strata is not None

    @property
    def groups(self) -> int:
        """Independent units; 0 where every row is one."""
        return 0 if self.clusters is None else len(np.unique(self.clusters))

    def degrees(self, n: int, coefficients: int) -> float:
        """Degrees of freedom of a t test beside so many coefficients."""
        if self.is_survey:
            units = n if self.clusters is None else self.groups
            strata = 1 if self.strata is None else len(np.unique(self.strata))
            return float(units - strata + 1 - coefficients)
        return float(self.groups - 1 if self.covariance == "cluster" else n - coefficients)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearFit:
    """A regression of k predictors with inference.

    Attributes
    ----------
    names
        ``(Intercept)`` and ids of the predictors.
    b, cov
        Coefficients (k + 1,), and their covariance.
    beta, beta_se
        Standardized slopes and their standard errors, (k,).
    vif, semipartial
        Variance inflation; squared semipartial correlations, (k,).
    df
        Of the t tests; infinite for z.
    n
        Rows used.
    r2, r2_adjusted, r2_low, r2_high
        Share of variance, and the interval of the first.
    sigma
        Standard deviation of the residuals.
    """

    names: tuple[str, ...]
    b: Floats
    cov: Floats
    beta: Floats
    beta_se: Floats
    vif: Floats
    semipartial: Floats
    df: float
    n: int
    r2: float
    r2_adjusted: float
    r2_low: float
    r2_high: float
    sigma: float

    @property
    def se(self) -> Floats:
        """Standard errors, (k + 1,)."""
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.diagonal(self.cov))

    @property
    def p(self) -> Floats:
        """Two-sided p of each coefficient, (k + 1,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return two_sided(self.b / self.se, self.df)

    def wald(self, names: Sequence[str]) -> tuple[float, int, float, float]:
        """F, df1, df2 and p of the hypothesis that these slopes are all zero."""
        at = [self.names.index(name) for name in names]
        df2 = self.df
        f, p = wald_test(self.b[at], self.cov[np.ix_(at, at)], df2)
        return float(f), len(at), df2, float(p)


def two_sided(t: Floats, df: float) -> Floats:
    """Two-sided p of t, or of z where ``df`` is infinite."""
    with np.errstate(invalid="ignore"):
        p = gammaincc(0.5, t**2 / 2.0) if np.isinf(df) else 2.0 * stdtr(df, -np.abs(t))
    return np.asarray(p, dtype=np.float64)


def quantile(df: float, confidence: float) -> float:
    """Half the width of an interval in standard errors."""
    from scipy.special import ndtri

    tail = (1 + confidence) / 2
    if df < 1:
        return np.nan
    return float(ndtri(tail) if np.isinf(df) else stdtrit(df, tail))


def wave_options(
    data: Survey | pd.DataFrame, wave: int | str | None
) -> tuple[int | str | None, str | None]:
    """Which wave of a survey; of a plain table the column of waves, all rows of which count.

    Returns
    -------
    tuple
        The wave, and the column.
    """
    if isinstance(data, pd.DataFrame):
        return None, None if wave is None else str(wave)
    return wave, None


def wave_doubts(study: Study, used: NDArray[np.bool_], design: Design) -> tuple[str, ...]:
    """Warn of a plain table whose rows are of several waves, when nothing holds them together."""
    words = study.words("wave")
    if not study.sample.is_frame or words is None or design.clusters is not None:
        return ()
    several = len(set(words[used])) > 1
    text = (
        "Rows of several waves are treated as independent: name who belongs together (dyad= or "
        "cluster=), or give the rows of one wave."
    )
    return (text,) if several else ()


def check_row_rule(missing: str) -> RowRule:
    """Return the rule for missing answers when it gives honest standard errors."""
    if missing == "pairwise":
        raise UsageError(
            "--missing pairwise (missing= in Python) is not offered here: covariances of different "
            "people have no honest standard errors of slopes. Ask for fiml (every answer, "
            "by maximum likelihood) or listwise."
        )
    check_word("missing", missing, ("listwise", "em", "fiml"))
    return "listwise" if missing == "listwise" else "em"


def complete_rows(study: Study, options: Sequence[str], rule: RowRule) -> NDArray[np.bool_]:
    """Rows that a regression of these options can use, (n,).

    Under ``em`` those with any of the variables. A weight, cluster or stratum must be known.
    """
    x = study.matrix(*options)
    there = ~np.isnan(x)
    used = there.all(axis=1) if rule == "listwise" else there.any(axis=1)
    for option in ("weight", "cluster", "strata"):
        words = study.words(option)
        if words is not None:
            used &= words != ""
    return np.asarray(used, dtype=np.bool_)


def take_design(study: Study, used: NDArray[np.bool_], covariance: Covariance | None) -> Design:
    """Clusters, weights and strata of the rows used; dyads are clusters unless others are named."""
    if covariance is not None:
        check_word("covariance", covariance, COVARIANCES)
    named = study.words("cluster")
    clusters = None
    if named is not None:
        clusters = np.unique(named[used].astype(str), return_inverse=True)[1].astype(np.int64)
    elif study.dyads is not None:
        clusters = study.dyads[used]
    noun = "dyad" if named is None else "cluster"
    sizes = np.unique(clusters, return_counts=True)[1] if clusters is not None else np.zeros(0)
    partners = int((sizes > 1).sum())
    if named is None and not partners:
        clusters = None
    if covariance == "cluster" and clusters is None:
        raise UsageError(
            "covariance cluster needs clusters: there is no pair among the rows used. Name a "
            "column (--cluster; cluster= in Python), or take hc3."
        )
    weights = _weights(study, used)
    strata = study.words("strata")
    stratum = None
    if strata is not None:
        stratum = np.unique(strata[used].astype(str), return_inverse=True)[1].astype(np.int64)
    if (weights is not None or stratum is not None) and covariance in ("classical", "hc3"):
        raise UsageError(
            f"covariance {covariance} forgets how the sample was drawn; with weight or strata "
            "leave the option out (design-based errors)."
        )
    if covariance in ("classical", "hc3"):
        clusters = None
    kind = covariance or ("classical" if clusters is None else "cluster")
    found = Design(
        covariance=kind, clusters=clusters, weights=weights, strata=stratum, noun=noun,
        partners=partners,
    )  # fmt: skip
    if clusters is not None and found.groups < 2:
        raise SurveyError(
            f"All rows used belong to one {noun}: nothing is independent of anything, and there "
            "are no standard errors."
        )
    if stratum is not None:
        _require_two(stratum, clusters, noun)
    return found


def _weights(study: Study, used: NDArray[np.bool_]) -> Floats | None:
    column = study.columns.get("weight")
    if column is None:
        return None
    weights = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    weights = weights[used]
    wrong = int((~(weights > 0) | np.isinf(weights)).sum())
    if wrong:
        raise SurveyError(
            f"weight: {counted(wrong, 'row')} without a positive number; correct or leave out."
        )
    return np.asarray(weights, dtype=np.float64)


def _require_two(strata: NDArray[np.int64], clusters: NDArray[np.int64] | None, noun: str) -> None:
    units = np.arange(len(strata)) if clusters is None else clusters
    pairs = np.unique(np.column_stack([strata, units]), axis=0)
    alone = int((np.bincount(pairs[:, 0]) == 1).sum())
    if alone:
        raise SurveyError(
            f"strata: {counted(alone, 'stratum', 'strata')} with a single "
            f"{noun if clusters is not None else 'row'}: its variance is unknown. Join it to a "
            "stratum like it."
        )


def require_regression(
    outcome: Measure, predictors: Sequence[Measure], used: NDArray[np.bool_], rule: RowRule
) -> None:
    """Refuse what least squares cannot estimate, by name."""
    n = int(used.sum())
    k = len(predictors)
    if n < k + 2:
        raise SurveyError(
            f"{counted(n, 'row')} with values of "
            f"{'all' if rule == 'listwise' else 'any of the'} variables, and the regression of "
            f"{outcome.id} has {counted(k + 1, 'coefficient')}: at least {k + 2} are needed. Name "
            "fewer predictors"
            + (", or use incomplete rows too (missing fiml)." if rule == "listwise" else ".")
        )
    for measure in (outcome, *predictors):
        given = measure.x[used]
        given = given[~np.isnan(given)]
        if not len(given) or (given == given[0]).all():
            raise SurveyError(
                f"{measure.id} is constant among the {counted(n, 'row')} used, and so explains "
                "nothing and cannot be explained."
            )
    x = np.column_stack([measure.x[used] for measure in predictors])
    if rule == "em":
        x = x[~np.isnan(x).any(axis=1)]
        if len(x) < 2:
            return
    with np.errstate(invalid="ignore"):
        inflation = variance_inflation(np.atleast_2d(np.cov(x.T)))
    bad = [m.id for m, vif in zip(predictors, inflation, strict=True) if np.isinf(vif)]
    if bad:
        raise Refusal(
            f"{listing(bad, shown=8)} are collinear: each follows from the others, so that no "
            "slope of one with the others held constant exists. Leave one out."
        )


def require_clusters(design: Design, coefficients: int) -> None:
    """Refuse errors by cluster of more coefficients than clusters: they would be noise."""
    if design.covariance == "cluster" and not design.is_survey and design.groups <= coefficients:
        raise Refusal(
            f"{count(design.groups)} {design.noun}s are too few for errors of "
            f"{counted(coefficients, 'coefficient')} that are clustered by {design.noun}. Name "
            "fewer predictors, or collect more; covariance hc3 would take the rows as independent."
        )


def refuse_perfect(outcome: Measure, fit: LinearFit) -> None:
    """Refuse an outcome that follows from the predictors: its errors would be those of rounding."""
    if fit.r2 > 1 - 1e-12:
        raise Refusal(
            f"{outcome.id} follows exactly from {listing(fit.names[1:], shown=8)} in "
            f"{counted(fit.n, 'row')} (R² = 1), so that there are no standard errors and no tests. "
            "Is it computed from them? Then leave them out; if not, there are too few rows."
        )


def without_small_categories(
    study: Study, options: Sequence[str], used: NDArray[np.bool_]
) -> tuple[Study, NDArray[np.bool_], tuple[str, ...]]:
    """Leave out categories of fewer people than may be shown, and these people; say so.

    The slope of a category of one person is that person's answer, with an error near zero.
    """
    gone: set[str] = set()
    notes = []
    columns: dict[str, list[Measure]] = {}
    for option in options:
        for measure in study.measures[option]:
            if measure.reference:
                columns.setdefault(measure.id.split("[")[0], []).append(measure)
    for column, found in columns.items():
        inside = {m.id: np.nan_to_num(m.x) > 0 for m in found}
        reference = used & ~np.any(list(inside.values()), axis=0)
        if reference.sum() < FEWEST:
            raise SurveyError(
                f"{column}: {found[0].reference}, with which the other categories are compared, "
                f"has fewer than {FEWEST} people among the rows used. Leave {column} out, or join "
                "its categories."
            )
        small = [name for name, there in inside.items() if (used & there).sum() < FEWEST]
        for name in small:
            used = used & ~inside[name]
        if len(small) == len(found):
            raise SurveyError(
                f"{column}: no category but {found[0].reference} has {FEWEST} people among the "
                "rows used, so there is nothing to compare. Leave it out."
            )
        if small:
            notes.append(
                f"{column}: {counted(len(small), 'category', 'categories')} of fewer than "
                f"{FEWEST} people left out, and so are these people."
            )
        gone |= set(small)
    kept = {
        option: tuple(m for m in measures if m.id not in gone)
        for option, measures in study.measures.items()
    }
    return replace(study, measures=kept), used, tuple(notes)


def fit_linear(
    rows: Floats,
    outcome: int,
    predictors: Sequence[int],
    names: Sequence[str],
    design: Design,
    *,
    rule: RowRule = "listwise",
    units: Sequence[Sequence[int]] | None = None,
    confidence: float = 0.95,
) -> LinearFit:
    """Fit one regression to the rows used.

    Parameters
    ----------
    rows
        Every variable of the question, (n, p); NaN only under ``em``, where all of them inform the
        likelihood.
    outcome, predictors
        Places of the variables.
    names
        Ids of the predictors.
    design
        Who belongs together.
    rule
        What missing answers do.
    units
        For each predictor, the predictors (by number) in whose standard deviations its
        standardized slope is: of a product, its factors.
    confidence
        Of the interval of R².
    """
    order = canonical_order(rows)
    rows = rows[order]
    design = _in_order(design, order)
    if rule == "em" and np.isnan(rows).any():
        return _by_likelihood(rows, outcome, predictors, names, design, confidence)
    x, y = rows[:, list(predictors)], rows[:, outcome]
    n, k = x.shape
    fit = least_squares(x, y, weights=design.weights)
    rows = np.column_stack([x, y])
    weights = fit.weights / fit.weights.mean()
    mean = (weights[:, None] * rows).mean(axis=0)
    off = rows - mean
    S = (off * weights[:, None]).T @ off / n
    beta, gradients = standardized_slope_gradients(S, k, range(k), units)
    if units is not None:  # standard deviations have the divisor n - 1, of which one cancels
        grown = np.array([(n / (n - 1)) ** ((len(unit) - 1) / 2) for unit in units])
        beta, gradients = beta * grown, gradients * grown[:, None, None]
    gradients = np.concatenate([gradients, r_squared_gradient(S, k, range(k))[1][None]])
    cov, smooth = _covariances(fit, rows, S, gradients, design)
    with np.errstate(divide="ignore", invalid="ignore"):
        beta_se, r2_se = np.sqrt(np.diagonal(smooth))[:-1], float(np.sqrt(smooth[-1, -1]))
        own = np.sqrt(np.diagonal(S)[:k] / S[k, k])
        semipartial = (fit.coefficients[1:] * own) ** 2 / fit.vif
    df = design.degrees(n, k + 1)
    if design.covariance == "classical" and not design.is_survey:
        f = fit.r2 / k / ((1 - fit.r2) / fit.df) if k and fit.r2 < 1 else np.nan
        low, high = r_squared_interval(f, k, fit.df, confidence)
    else:
        low, high = _r2_by_delta(fit.r2, r2_se, quantile(df, confidence))
    return LinearFit(
        names=("(Intercept)", *names), b=fit.coefficients, cov=cov, beta=beta, beta_se=beta_se,
        vif=fit.vif, semipartial=semipartial, df=df, n=n, r2=fit.r2,
        r2_adjusted=fit.r2_adjusted, r2_low=low, r2_high=high, sigma=float(np.sqrt(fit.variance)),
    )  # fmt: skip


def _in_order(design: Design, order: NDArray[np.int64]) -> Design:
    clusters, weights, strata = design.clusters, design.weights, design.strata
    return replace(
        design,
        clusters=None if clusters is None else clusters[order],
        weights=None if weights is None else weights[order],
        strata=None if strata is None else strata[order],
    )


def _covariances(
    fit: Regression, rows: Floats, S: Floats, gradients: Floats, design: Design
) -> tuple[Floats, Floats]:
    """Covariances of the coefficients, and of the functions of the covariances."""
    n, width = fit.design.shape
    if not np.isfinite(fit.coefficients).all():
        return np.full((width, width), np.nan), np.full((len(gradients),) * 2, np.nan)
    influences = covariance_influence(rows, gradients)
    if design.is_survey:
        weights = fit.weights / fit.weights.mean()
        off = rows - (weights[:, None] * rows).mean(axis=0)
        quadratic = np.stack([np.sum((off @ d) * off, axis=1) for d in gradients], axis=1)
        influences = weights[:, None] * (quadratic - np.einsum("qij,ij->q", gradients, S))
        drawn = survey_design(fit.weights, strata=design.strata, clusters=design.clusters)
        return drawn.covariance(fit.scores @ fit.unscaled), drawn.covariance(influences / n)
    if design.covariance == "classical":
        return fit.classical, normal_covariance(S, gradients, max(fit.df, 1))
    if design.covariance == "hc3":
        with np.errstate(divide="ignore", invalid="ignore"):
            grown = influences / (1.0 - fit.leverage)[:, None]
        return _sandwich(fit, None), influence_covariance(grown) * (n - 1) / n
    small = (n - 1) / max(fit.df, 1)
    smooth = influence_covariance(influences, clusters=design.clusters) * small
    return _sandwich(fit, design.clusters), smooth


def _sandwich(fit: Regression, clusters: NDArray[np.int64] | None) -> Floats:
    """Covariance of the coefficients by statsmodels: HC3, or CR1 with its small-sample factors."""
    from statsmodels.regression.linear_model import OLS

    outcome = fit.design @ fit.coefficients + fit.residuals
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")
        result = OLS(outcome, fit.design).fit()
        if clusters is None:
            robust = result.get_robustcov_results("HC3", use_t=True)
        else:
            groups = np.unique(clusters, return_inverse=True)[1]
            robust = result.get_robustcov_results("cluster", groups=groups, use_t=True)
        return np.asarray(robust.cov_params(), dtype=np.float64)


def _by_likelihood(
    rows: Floats,
    outcome: int,
    predictors: Sequence[int],
    names: Sequence[str],
    design: Design,
    confidence: float,
) -> LinearFit:
    """The same from every answer: moments by maximum likelihood, errors that are robust."""
    if design.is_survey:
        raise UsageError(
            "missing fiml takes no weights or strata: likelihood and design are two "
            "ways to look at a sample. Ask for listwise."
        )
    (n, width), k, chosen = rows.shape, len(predictors), list(predictors)
    moments = sample_moments(rows, "fiml")
    if not moments.saturated:
        raise Refusal(
            "Means and covariances by maximum likelihood (EM) were not found: too few answers for "
            "so many variables. Ask for listwise deletion, or for fewer predictors."
        )
    S, mean = moments.cov, moments.mean
    slopes, D = slope_gradients(S, outcome, chosen)
    beta, E = standardized_slope_gradients(S, outcome, chosen)
    r2, F = r_squared_gradient(S, outcome, chosen)
    intercept = np.zeros(width)
    intercept[outcome], intercept[chosen] = 1.0, -slopes
    means = np.zeros((2 * k + 2, width))
    means[0] = intercept
    first = -np.tensordot(mean[chosen], D, axes=1)[None]
    gradients = np.concatenate([first, D, E, F[None]])
    influences = likelihood_influence(rows, gradients, means)
    cov = influence_covariance(influences, clusters=design.clusters)
    with np.errstate(invalid="ignore"):
        se = np.sqrt(np.diagonal(cov))
    df = float(design.groups - 1) if design.covariance == "cluster" else float(n - k - 1)
    vif = variance_inflation(S[np.ix_(chosen, chosen)])
    low, high = _r2_by_delta(r2, float(se[-1]), quantile(df, confidence))
    return LinearFit(
        names=("(Intercept)", *names), b=np.append(intercept @ mean, slopes),
        cov=cov[: k + 1, : k + 1], beta=beta, beta_se=se[k + 1 : -1], vif=vif,
        semipartial=beta**2 / vif, df=df, n=n, r2=float(r_squared_from(S, outcome, chosen)),
        r2_adjusted=1.0 - (1.0 - r2) * (n - 1) / (n - k - 1), r2_low=low, r2_high=high,
        sigma=float(np.sqrt((1.0 - r2) * S[outcome, outcome])),
    )  # fmt: skip


def _r2_by_delta(r2: float, se: float, half: float) -> tuple[float, float]:
    """Interval of R² from its standard error, on the scale of Fisher's z of R."""
    if not (0 < r2 < 1 and np.isfinite(se)):
        return np.nan, np.nan
    r = np.sqrt(r2)
    spread = half * se / (2.0 * r * (1.0 - r2))
    low, high = np.tanh([np.arctanh(r) - spread, np.arctanh(r) + spread])
    return float(max(low, 0.0) ** 2), float(high**2)


def design_notes(design: Design, n: int, rule: RowRule, *, filled: bool) -> tuple[str, ...]:
    """Say what standard errors rest on."""
    errors = {
        "classical": "Standard errors take residuals to be independent and of one variance "
        "(ordinary least squares).",
        "hc3": "Standard errors are HC3: residuals may have different variances, but are taken to "
        "be independent.",
    }
    if design.is_survey:
        what = [
            word
            for word, there in (
                ("weights", design.weights is not None),
                ("strata", design.strata is not None),
                (f"{design.noun}s", design.clusters is not None),
            )
            if there
        ]
        said = f"Design-based standard errors ({listing(what)}; Taylor linearization)."
    elif design.covariance == "cluster":
        kind = "" if filled else ", CR1 with t on clusters - 1 degrees of freedom"
        if design.noun == "dyad":
            who = f"{count(design.partners)} complete {_plural('dyad', design.partners)}"
            if alone := design.groups - design.partners:
                who += f" and {counted(alone, 'row')} without a partner among the rows used"
        else:
            who = f"{count(design.groups)} clusters"
        said = f"Standard errors are clustered by {design.noun} ({who}{kind})."
    else:
        said = errors[design.covariance]
        if filled:
            said = "Standard errors are robust (sandwich)."
    notes = [said]
    if rule == "em" and filled:
        notes.append(
            "Maximum likelihood from every answer (fiml): as if variables were normal and missing "
            "at random; errors are robust against the first."
        )
    if design.clusters is None and design.partners:
        notes.append(
            f"{counted(design.partners, 'dyad')} with both partners: they are treated as "
            "independent here, although partners tend to be alike, so that intervals are too "
            "narrow."
        )
    return tuple(notes)


def design_doubts(
    design: Design, predictors: Sequence[Measure], used: NDArray[np.bool_]
) -> tuple[str, ...]:
    """Warn where robust errors are known to be too small."""
    said = []
    if design.clusters is not None and design.groups < FEW_CLUSTERS:
        said.append(
            f"{count(design.groups)} {design.noun}s: cluster-robust errors need about "
            f"{FEW_CLUSTERS} or more; with fewer they tend to be too small and p too low."
        )
    if design.covariance != "classical" or design.is_survey:
        for measure in predictors:
            given = measure.x[used]
            given = given[~np.isnan(given)]
            common = np.unique(given, return_counts=True)[1].max(initial=0)
            if 0 < len(given) - common < FEWEST:
                said.append(
                    f"{measure.id} has one value in all but {counted(len(given) - common, 'row')}: "
                    "its robust error is far too small."
                )
    return tuple(said)


def rows_note(study: Study, options: Sequence[str], used: NDArray[np.bool_], rule: RowRule) -> str:
    """How many rows count, and which variables the others lack."""
    every = {m.id: m for option in options for m in study.measures[option]}
    n, total = int(used.sum()), len(used)
    if n == total and not any(np.isnan(m.x).any() for m in every.values()):
        return f"All {counted(total, 'row')} have every variable."
    lack = {name: int(np.isnan(m.x).sum()) for name, m in every.items()}
    lacking = listing(
        (f"{name} {count(k)}" for name, k in sorted(lack.items(), key=lambda i: -i[1]) if k),
        shown=5,
    )
    if rule == "em":
        return (
            f"{count(n)} of {counted(total, 'row')} have a value of any variable, and count; "
            f"missing: {lacking}."
        )
    return (
        f"Listwise deletion: {count(n)} of {counted(total, 'row')} have every variable; missing: "
        f"{lacking}."
    )


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else f"{noun}s"
