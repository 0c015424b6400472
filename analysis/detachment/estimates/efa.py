"""Which factors do items share? Exploratory factor analysis."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._pool import Method, Pool, cure, take_pool
from detachment.estimates._result import Result, make_table
from detachment.estimates._scales import Missing, check_confidence, emit, plain, provenance
from detachment.estimates._sentences import in_words, people
from detachment.estimates.dimensionality import random_parallel
from detachment.stats.extraction import EXTRACTIONS, LOWEST, Extraction, ExtractionName, extract
from detachment.stats.factor_indices import (
    SCORES,
    FactorFit,
    ScoreName,
    complexity,
    factor_fit,
    factor_score_weights,
    score_determinacy,
    variance_accounted,
)
from detachment.stats.rotation import OBLIQUE, ROTATIONS, Rotation, RotationName, rotate
from detachment.text import (
    bounded,
    count,
    counted,
    interval,
    level,
    listing,
    number,
    p_statement,
    p_value,
    percent,
)
from detachment.validation import LazySurvey, Survey

FIT = {
    "n_factors": "Int64",
    "n_items": "Int64",
    "n": "float64",
    "chi2": "float64",
    "df": "Int64",
    "p": "float64",
    "rmsea": "float64",
    "rmsea_low": "float64",
    "rmsea_high": "float64",
    "tli": "float64",
    "bic": "float64",
    "rmsr": "float64",
    "fit_off": "float64",
    "objective": "float64",
    "null_chi2": "float64",
    "null_df": "Int64",
    "chi2_empirical": "float64",
    "heywood": "boolean",
    "extraction_starts": "Int64",
    "extraction_agreeing": "Int64",
    "rotation_starts": "Int64",
    "rotation_agreeing": "Int64",
    "rotation_criterion": "float64",
    "reason": "str",
}
VARIANCE = {
    "factor": "str",
    "ss_loadings": "float64",
    "proportion": "float64",
    "cumulative": "float64",
    "explained": "float64",
    "cumulative_explained": "float64",
    "score_determinacy": "float64",
    "reason": "str",
}
NAMES = {
    "minres": "minimum residuals",
    "ml": "maximum likelihood",
    "paf": "principal axes",
    "none": "no rotation",
    "varimax": "varimax rotation",
    "promax": "promax rotation",
    "oblimin": "oblimin rotation",
    "geomin": "geomin rotation",
}
_SALIENT = 0.3
_RANDOM = 1000
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ExploratoryFactors(Result):
    """Loadings of items on factors, one row an item."""

    @property
    def factors(self) -> list[str]:
        """Names of the factors, in order."""
        return [str(name) for name in self.parts["variance"]["factor"]]

    def _plain(self) -> Iterable[str]:
        fit = self.parts["fit"].to_dict(orient="records")[0]
        share = self.parts["variance"]["cumulative"].iloc[-1]
        yield (
            f"{counted(len(self.factors), 'thing')} behind {counted(fit['n_items'], 'question')} "
            f"would explain {in_words(share)} of the differences between people's answers "
            f"({people(fit['n'])})."
        )
        for name in self.factors:
            items = [self.named(item) for item, _ in self._salient(name)]
            told = listing(items) if items else "no question goes with it most"
            yield f"{name} goes most with: {told}."

    def _meaning(self) -> Iterable[str]:
        yield (
            "Questions are put together because people's answers to them go together. The computer "
            "does not read them: what a group has in common is for people to say."
        )
        yield "Another number of things, or another way to turn them, gives other groups."

    def _salient(self, name: str) -> Iterable[tuple[str, float]]:
        """Items that load most on a factor, the largest first."""
        own = self.table.loc[self.table["factor"] == name]
        for i in own[name].abs().sort_values(ascending=False, kind="stable").index:
            if abs(float(own.loc[i, name])) >= _SALIENT:
                yield str(own.loc[i, "item"]), float(own.loc[i, name])

    def _apa(self) -> Iterable[str]:
        fit = self.parts["fit"].to_dict(orient="records")[0]
        variance = self.parts["variance"]
        how = f"{NAMES[self.call['extraction']]}"
        if len(self.factors) > 1:
            how += f", {NAMES[self.call['rotation']]}"
        lines = [
            f"{counted(len(self.factors), 'factor')} of {counted(fit['n_items'], 'item')} "
            f"({how}; n = {count(fit['n'])}) accounted for "
            f"{percent(variance['cumulative'].iloc[-1], 1)} of their variance."
        ]
        if np.isnan(fit["chi2"]) or fit["df"] <= 0:
            lines.append(f"Fit is not tested: {fit['reason']}.")
        else:
            ends = interval(fit["rmsea_low"], fit["rmsea_high"], 3)
            lines.append(
                f"χ²({count(fit['df'])}) = {number(fit['chi2'])}, {p_statement(fit['p'])}, RMSEA = "
                f"{bounded(fit['rmsea'], 3)}, {level(self.call['confidence'])} CI {ends}, TLI = "
                f"{number(fit['tli'])}, RMSR = {bounded(fit['rmsr'], 3)}."
            )
        for name in self.factors:
            items = [f"{item} ({bounded(loading)})" for item, loading in self._salient(name)]
            lines.append(f"{name}: {listing(items) if items else 'no item loads on it most'}.")
        phi = self.parts.get("factor_correlations")
        if phi is not None:
            pairs = [
                f"{a} and {b} {bounded(phi[b].iloc[i])}"
                for i, a in enumerate(self.factors)
                for b in self.factors[i + 1 :]
            ]
            lines.append(f"Correlations of the factors: {listing(pairs)}.")
        return lines

    def display(self) -> pd.DataFrame:
        """The table as people read it: rounded numbers as text."""
        table = self.table
        return pd.DataFrame(
            {
                "Item": table["item"],
                "Key": ["reversed" if key < 0 else "" for key in table["keyed"]],
                **{name: table[name].map(bounded) for name in self.factors},
                "Communality": table["communality"].map(bounded),
                "Uniqueness": table["uniqueness"].map(bounded),
                "Complexity": table["complexity"].map(number),
            }
        )

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Fit, variance and correlations of the factors; weights are for computing."""
        fit, variance = self.parts["fit"], self.parts["variance"]
        shown = {
            "Fit": pd.DataFrame(
                {
                    "χ²": fit["chi2"].map(number),
                    "df": fit["df"].astype("float64").map(count),
                    "p": fit["p"].map(p_value),
                    "RMSEA": fit["rmsea"].map(lambda value: bounded(value, 3)),
                    f"{level(self.call['confidence'])} CI": [
                        interval(*ends, 3)
                        for ends in zip(fit["rmsea_low"], fit["rmsea_high"], strict=True)
                    ],
                    "TLI": fit["tli"].map(number),
                    "BIC": fit["bic"].map(number),
                    "RMSR": fit["rmsr"].map(lambda value: bounded(value, 3)),
                }
            ),
            "Variance": pd.DataFrame(
                {
                    "Factor": variance["factor"],
                    "SS loadings": variance["ss_loadings"].map(number),
                    "Of all": variance["proportion"].map(percent),
                    "Cumulative": variance["cumulative"].map(percent),
                    "R² of scores": variance["score_determinacy"].map(bounded),
                }
            ),
        }
        if "factor_correlations" in self.parts:
            phi = self.parts["factor_correlations"]
            columns = {name: phi[name].map(bounded) for name in self.factors}
            shown["Factor correlations"] = pd.DataFrame({"Factor": phi["factor"], **columns})
        return shown


def efa(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    n_factors: int | None = None,
    extraction: ExtractionName = "minres",
    rotation: RotationName = "oblimin",
    method: Method = "pearson",
    missing: Missing = "pairwise",
    weights: ScoreName = "regression",
    confidence: float = 0.90,
    smooth: bool = False,
    rng: int = 1,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> ExploratoryFactors:
    """Exploratory factor analysis: loadings, factor correlations, fit.

    Items are reversed as their scales key them before any statistic. Factors stand in the order of
    the variance they account for, and point where their loadings sum to something positive; their
    correlations always stand in the order, and have the signs, of the loadings.

    Parameters
    ----------
    data
        A survey, or a plain table in which every column is an item.
    scales
        A selector: a scale's id, a role in the plural (``"signs"``), or a list of these; their
        items are analysed together. By default the signs, or the only scale there is.
    n_factors
        Number of factors; by default what parallel analysis suggests (factors, 95 % quantile of
        1000 normal data sets).
    extraction
        ``minres`` (minimum residuals), ``ml`` (maximum likelihood) or ``paf`` (principal axes),
        each run to convergence.
    rotation
        ``oblimin`` (gamma 0, without Kaiser's normalization), ``promax`` (power 4, with it),
        ``geomin`` (epsilon .01), ``varimax`` (with it) or ``none``; the best of 30 starts.
    method
        Correlations: ``pearson``, or ``polychoric`` for few ordered categories.
    missing
        ``pairwise``: a correlation uses everyone who answered both items. ``listwise``: only who
        answered every item. ``em``: maximum likelihood under normality from all answers (Pearson).
    weights
        Weights of factor scores: ``regression``, ``bartlett`` or ``tenberge``.
    confidence
        Level of the interval of RMSEA.
    smooth
        Whether correlations that are not positive definite are smoothed.
    rng
        Seed of the random data of parallel analysis.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    ExploratoryFactors
        One row an item: ``item, keyed, factor`` (on which it loads most), ``F1, F2, ...`` (pattern
        loadings), ``communality, uniqueness, complexity``. Parts: ``fit``, ``variance``,
        ``score_weights`` (for standardized keyed answers) and, for an oblique rotation of two
        factors or more, ``factor_correlations``.

    Raises
    ------
    UsageError
        When a word is unknown, an option does not fit the data, or so many factors leave no
        degrees of freedom.
    Refusal
        When fewer than three items can be used, there are no more respondents than items, maximum
        likelihood meets correlations that are not positive definite, or no solution converges.
    SurveyError
        When there are no rows, or none of the items is in the data.

    Warns
    -----
    DataWarning
        Doubtful keys, items left out, correlations that are not positive definite, an improper
        solution (Heywood case).

    References
    ----------
    Fabrigar, L. R., Wegener, D. T., MacCallum, R. C., & Strahan, E. J. (1999). *Psychological
    Methods, 4*, 272-299. Harman, H. H., & Jones, W. H. (1966). *Psychometrika, 31*, 351-368.
    Bernaards, C. A., & Jennrich, R. I. (2005). *Educational and Psychological Measurement, 65*,
    676-696. R: ``psych::fa``.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> trait = np.repeat(rng.normal(size=(200, 2)), 4, axis=1)
    >>> x = pd.DataFrame(trait + rng.normal(size=trait.shape), columns=list("abcdefgh"))
    >>> result = efa(x)
    >>> result.table["factor"].tolist()
    ['F2', 'F2', 'F2', 'F2', 'F1', 'F1', 'F1', 'F1']
    """
    check_word("extraction", extraction, EXTRACTIONS)
    check_word("rotation", rotation, ROTATIONS)
    check_word("weights", weights, SCORES)
    check_confidence(confidence)
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise UsageError(f"rng is a whole number (a seed), not {rng!r}.")
    pool = take_pool(
        data,
        scales=scales,
        method=method,
        missing=missing,
        smooth=smooth,
        wave=wave,
        reverse=reverse,
        values=values,
        counts=True,
    )
    emit(pool.warnings)
    _refuse(pool, extraction)
    m, decided, doubts = _number(pool, n_factors, int(rng))
    factors = extract(pool.cor, m, extraction)
    if not factors.converged:
        other = "minres" if extraction != "minres" else "fewer factors"
        raise Refusal(
            f"{counted(m, 'factor')} of {pool.label} by {NAMES[extraction]} did not converge: the "
            f"communality of {_worst(pool, factors)} runs away. Ask for fewer factors, or for "
            f"{other}."
        )
    turned = rotate(factors.loadings, rotation)
    if not np.isfinite(turned.loadings).all() or not turned.converged:
        raise Refusal(
            f"The {NAMES[rotation]} of {counted(m, 'factor')} of {pool.label} did not converge. "
            "Ask for another rotation, or for fewer factors."
        )
    own = [*doubts, *_improper(pool, factors)]
    emit(own)
    names = [f"F{k}" for k in range(1, m + 1)]
    phi = turned.phi if rotation in OBLIQUE else None
    fit = factor_fit(pool.cor, turned.loadings, phi, n=pool.n, confidence=confidence)
    parts = {
        "fit": make_table([_fit(pool, factors, turned, fit)], FIT),
        "variance": _variance(pool, turned, phi, names),
        "score_weights": _weights(pool, turned, phi, names, weights),
    }
    if phi is not None and m > 1:
        parts["factor_correlations"] = _square(phi, names)
    return ExploratoryFactors(
        table=_loadings(pool, factors, turned, names),
        parts=parts,
        notes=(
            *pool.notes,
            *_notes(pool, turned, fit, extraction, rotation, weights, decided, names),
        ),
        call={
            "verb": "efa",
            "scales": plain(scales),
            "n_factors": n_factors,
            "extraction": extraction,
            "rotation": rotation,
            "method": method,
            "missing": missing,
            "weights": weights,
            "confidence": confidence,
            "smooth": smooth,
            "rng": int(rng),
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*pool.sample.reader_warnings, *pool.warnings, *own])),
        labels={scale.id: scale.label for scale in pool.scales}
        | {item: pool.sample.instrument.items[item].text or item for item in pool.part.items},
        **provenance(pool.sample, pool.part.n),
    )


def _refuse(pool: Pool, extraction: ExtractionName) -> None:
    """Refuse where the loadings would be noise, or the method has nothing to maximize."""
    p = len(pool.cor)
    if pool.part.n <= p:
        raise Refusal(
            f"No factors of {pool.label} are given: {counted(pool.part.n, 'respondent')} for "
            f"{counted(p, 'item')}. There must be more respondents than items (100 or more are "
            "usual); ask for fewer items."
        )
    if extraction == "ml" and pool.singular and not pool.smoothed:
        raise Refusal(
            f"Maximum likelihood factors of {pool.label} do not exist: {pool.singular}. "
            f"{cure(pool)} Minimum residuals (minres) need no inverse."
        )


def _number(
    pool: Pool, n_factors: int | None, seed: int
) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """How many factors, the note on who decided it, and doubts about it."""
    p = len(pool.cor)
    most = max(m for m in range(1, p) if m == 1 or (p - m) ** 2 >= p + m)
    if n_factors is not None:
        if isinstance(n_factors, bool) or int(n_factors) != n_factors or n_factors < 1:
            raise UsageError(f"n_factors is a whole number from 1, not {n_factors!r}.")
        if n_factors > most:
            raise UsageError(
                f"{counted(int(n_factors), 'factor')} of {counted(p, 'item')} are not identified "
                f"(they have more loadings than correlations to explain); at most {most} are."
            )
        return int(n_factors), (), ()
    found = random_parallel(pool, _RANDOM, 0.95, seed).n_factors
    said = (
        f"Parallel analysis suggests {counted(found, 'factor')} ({_RANDOM} normal data sets, 95% "
        "quantile); another number is asked for with --factors (n_factors= in Python), and "
        "dimensionality shows what other rules suggest."
    )
    if found < 1:
        doubt = (
            f"{pool.label}: no factor stands out from what random answers give; the one that is "
            "shown may be chance."
        )
        return 1, (said,), (doubt,)
    if found > most:
        doubt = (
            f"{pool.label}: parallel analysis suggests {found} factors, of which {most} can be "
            f"identified with {counted(p, 'item')}."
        )
        return most, (said,), (doubt,)
    return found, (said,), ()


def _worst(pool: Pool, factors: Extraction) -> str:
    return pool.part.items[int(np.nanargmax(factors.communality))]


def _improper(pool: Pool, factors: Extraction) -> tuple[str, ...]:
    """Name the items that the factors explain altogether."""
    if not factors.heywood:
        return ()
    full = factors.communality >= 1 - 2 * LOWEST
    names = [item for item, whole in zip(pool.part.items, full, strict=True) if whole]
    what = listing(names or [_worst(pool, factors)], shown=_SHOWN)
    return (
        f"{pool.label}: an improper solution (Heywood case): {what} would have no unique variance. "
        "Too many factors, a duplicated item, or too few respondents; do not interpret it as it "
        "stands.",
    )


def _loadings(
    pool: Pool, factors: Extraction, turned: Rotation, names: Sequence[str]
) -> pd.DataFrame:
    most = np.argmax(np.abs(turned.loadings), axis=1)
    index = complexity(turned.loadings)
    rows: list[Mapping[str, object]] = [
        {
            "item": item,
            "keyed": pool.part.keyed[j],
            "factor": names[int(most[j])],
            **dict(zip(names, turned.loadings[j].tolist(), strict=True)),
            "communality": float(factors.communality[j]),
            "uniqueness": float(factors.uniquenesses[j]),
            "complexity": float(index[j]),
        }
        for j, item in enumerate(pool.part.items)
    ]
    columns = {"item": "str", "keyed": "Int64", "factor": "str"}
    numbers = (*names, "communality", "uniqueness", "complexity")
    return make_table(rows, columns | dict.fromkeys(numbers, "float64"))


def _fit(pool: Pool, factors: Extraction, turned: Rotation, fit: FactorFit) -> dict[str, Any]:
    reason = pool.singular if not pool.smoothed else ""
    if not reason and fit.df <= 0:
        reason = "no degrees of freedom are left"
    return {
        "n_factors": turned.loadings.shape[1],
        "n_items": len(pool.cor),
        "n": pool.n,
        **{
            name: float(getattr(fit, name))
            for name, kind in FIT.items()
            if kind == "float64" and name not in ("n", "rotation_criterion")
        },
        "df": fit.df,
        "null_df": fit.null_df,
        "heywood": bool(factors.heywood),
        "extraction_starts": factors.starts,
        "extraction_agreeing": int(factors.agreeing),
        "rotation_starts": turned.starts,
        "rotation_agreeing": int(turned.agreeing),
        "rotation_criterion": float(turned.criterion),
        "reason": reason,
    }


def _variance(
    pool: Pool, turned: Rotation, phi: np.ndarray | None, names: Sequence[str]
) -> pd.DataFrame:
    shares = variance_accounted(turned.loadings, phi)
    determinacy = score_determinacy(pool.cor, turned.loadings, phi)
    columns = list(VARIANCE)[1:6]
    rows: list[Mapping[str, object]] = [
        {
            "factor": name,
            **dict(zip(columns, shares[:, k].tolist(), strict=True)),
            "score_determinacy": float(determinacy[k]),
            "reason": pool.singular if np.isnan(determinacy[k]) else "",
        }
        for k, name in enumerate(names)
    ]
    return make_table(rows, VARIANCE)


def _weights(
    pool: Pool,
    turned: Rotation,
    phi: np.ndarray | None,
    names: Sequence[str],
    method: ScoreName,
) -> pd.DataFrame:
    found = factor_score_weights(pool.cor, turned.loadings, phi, method=method)
    rows: list[Mapping[str, object]] = [
        {"item": item, **dict(zip(names, found[j].tolist(), strict=True))}
        for j, item in enumerate(pool.part.items)
    ]
    return make_table(rows, {"item": "str"} | dict.fromkeys(names, "float64"))


def _square(phi: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    rows: list[Mapping[str, object]] = [
        {"factor": name, **dict(zip(names, phi[k].tolist(), strict=True))}
        for k, name in enumerate(names)
    ]
    return make_table(rows, {"factor": "str"} | dict.fromkeys(names, "float64"))


def _notes(
    pool: Pool,
    turned: Rotation,
    fit: FactorFit,
    extraction: ExtractionName,
    rotation: RotationName,
    weights: ScoreName,
    decided: Sequence[str],
    names: Sequence[str],
) -> tuple[str, ...]:
    notes = [*decided]
    several = len(names) > 1
    if several and rotation != "none":
        notes.append(
            f"{NAMES[rotation].capitalize()}: {turned.agreeing} of {turned.starts} starts reached "
            "the best value of its criterion."
        )
        if 2 * turned.agreeing < turned.starts:
            notes.append(
                "Most starts of the rotation ended elsewhere: other loadings are nearly as simple "
                "as these."
            )
    against = [
        item
        for item, row in zip(pool.part.items, turned.loadings, strict=True)
        if row[np.argmax(np.abs(row))] < -_SALIENT
    ]
    if against:
        where = "reverse=" if pool.sample.is_frame else "keyed in the instrument file"
        notes.append(
            f"{listing(against, shown=_SHOWN)} "
            f"{'loads' if len(against) == 1 else 'load'} negatively: if an item is worded the "
            f"other way round, say so ({where})."
        )
    if fit.df > 0 and np.isfinite(fit.chi2):
        if pool.method == "polychoric":
            notes.append(
                "Chi-square and what follows from it take polychoric correlations for Pearson ones "
                "of normal answers: they are descriptions here, no tests."
            )
        elif extraction != "ml":
            notes.append(
                "Chi-square is Bartlett's, of the maximum likelihood discrepancy of this solution, "
                "as in psych::fa."
            )
    notes.append(
        f"Score weights ({weights}) are for standardized answers, reversed items reversed."
    )
    return tuple(notes)
