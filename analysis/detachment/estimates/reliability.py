"""How consistently do the items of a scale measure? Alpha, omega and their kin, with intervals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._result import Result, make_table
from detachment.estimates._scales import (
    Floats,
    MissingRule,
    PreparedScale,
    Sample,
    check_confidence,
    check_missing,
    choose_scales,
    data_warnings,
    dyad_notes,
    emit,
    masked_notes,
    plain,
    prepare_scale,
    provenance,
    respondents,
    take_sample,
)
from detachment.stats.bootstrap import resample
from detachment.stats.halves import odd_even
from detachment.stats.intervals import feldt_interval
from detachment.stats.moments import correlation_from
from detachment.stats.omega import omega_total
from detachment.stats.reliability import (
    alpha,
    alpha_standardized,
    guttman_lambda2,
    guttman_lambda6,
    mean_interitem_r,
    standard_error_of_measurement,
)
from detachment.text import bounded, count, counted, interval, level, listing, number, percent, span
from detachment.validation import Survey

COLUMNS = {
    "scale": "str",
    "n_items": "Int64",
    "n": "Int64",
    "missing": "str",
    "alpha": "float64",
    "alpha_low": "float64",
    "alpha_high": "float64",
    "alpha_ci": "str",
    "alpha_standardized": "float64",
    "omega_total": "float64",
    "omega_total_low": "float64",
    "omega_total_high": "float64",
    "omega_hierarchical": "float64",
    "lambda_2": "float64",
    "lambda_6": "float64",
    "glb": "float64",
    "split_half": "float64",
    "mean_interitem_r": "float64",
    "sem": "float64",
    "method": "str",
    "reversed": "str",
    "reason": "str",
}
KR20 = "KR-20"
LATER = "not estimated in this version"
NO_OMEGA = "there is no omega total"
A_TEST = "not given for right and wrong answers, for which KR-20 is"
TWO_ITEMS = "one factor of two items is not identified"
NO_INTERVAL = "the resamples give no interval"
NO_VARIANCE = "the total score has no variance"
NO_BOOTSTRAP = "an interval of omega needs the bootstrap: --boot (n_boot= in Python)"
_FELDT_OF_DYADS = (
    "intervals are then too narrow. The bootstrap, --boot (n_boot= in Python), resamples whole "
    "dyads instead"
)
_SHOWN = 5
_FEW_BEYOND = 5  # resamples beyond an end of the interval; fewer leave the end to chance
_MOST_FAILED = 0.1  # resamples that may be left out before the rest stand for nothing
# The model of a scale -> why its items have no internal consistency, and what to ask instead.
NOT_APPLICABLE = {
    "formative": (
        "its model is formative: the items make up the index and need not go together, so internal "
        "consistency says nothing about it. Ask for its items (items, scores), for how often each "
        "is used, or for its retest correlation"
    ),
    "single_item": (
        "its model is single_item: one item has no internal consistency. Ask for its item "
        "statistics (items) or for its retest correlation"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Reliability(Result):
    """Reliability of scales, one row a scale.

    Attributes
    ----------
    remarks
        Scale's id -> what a reader of its row must know (a part of ``reason``).
    """

    remarks: Mapping[str, str] = field(default_factory=dict)

    def explain(self) -> str:
        """Sentences in APA 7 style, one scale a line."""
        return "\n".join(self._sentence(row) for row in self.table.to_dict(orient="records"))

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        scale = row["scale"]
        head = f"{self.label(scale)} ({counted(row['n_items'], 'item')}"
        head += f", n = {count(row['n'])})"
        remark = self.remarks.get(scale, "")
        if np.isnan(row["alpha"]):
            return f"{head}: no reliability is given; {remark}."
        parts: list[str] = []
        if row["n_items"] == 2:
            parts.append(f"Spearman–Brown = {bounded(row['split_half'])}")
        name = KR20 if row["method"] == KR20 else "α"
        parts.append(f"{name} = {bounded(row['alpha'])}")
        if not np.isnan(row["alpha_low"]):
            how = row["alpha_ci"].replace("feldt", "Feldt").replace(" (", ": ").rstrip(")")
            ends = interval(row["alpha_low"], row["alpha_high"])
            parts.append(f"{level(self.call['confidence'])} CI {ends} ({how})")
        if not np.isnan(row["omega_total"]):
            omega = f"ω total = {bounded(row['omega_total'])}"
            if not np.isnan(row["omega_total_low"]):
                omega += " " + interval(row["omega_total_low"], row["omega_total_high"])
            parts.append(omega)
        parts.append(f"mean inter-item r = {bounded(row['mean_interitem_r'])}")
        parts.append(f"SEM = {number(row['sem'])}")
        text = f"{head}: {', '.join(parts)}"
        if row["reversed"]:
            text += f"; reversed: {row['reversed'].replace(',', ', ')}"
        return f"{text}; {remark}." if remark else f"{text}."

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        shown = pd.DataFrame(
            {
                "Scale": table["scale"].map(self.label),
                "Items": table["n_items"].map(count),
                "n": table["n"].map(count),
                "α": table["alpha"].map(bounded),
                f"{level(self.call['confidence'])} CI": [
                    interval(*ends)
                    for ends in zip(table["alpha_low"], table["alpha_high"], strict=True)
                ],
                "ω total": table["omega_total"].map(bounded),
                "λ2": table["lambda_2"].map(bounded),
                "Split-half": table["split_half"].map(bounded),
                "Mean r": table["mean_interitem_r"].map(bounded),
                "SEM": table["sem"].map(number),
            }
        )
        if self.remarks:
            shown["Remark"] = [self.remarks.get(scale, "") for scale in table["scale"]]
        return shown


def reliability(
    data: Survey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    method: Literal["pearson"] = "pearson",
    missing: MissingRule = "pairwise",
    n_boot: int = 0,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 1,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Reliability:
    """Reliability of scales: alpha with its interval, omega, Guttman's lambdas, split-half, SEM.

    Items are reversed as the scale keys them before any statistic. Doubts about a key (an item
    against the rest of its scale) are named before a number is given; nothing is flipped.

    Parameters
    ----------
    data
        A survey, or a plain table in which every column is an item of one scale.
    scales
        A selector: a scale's id, a role in the plural (``"effects"``), or a list of these. By
        default every scale of which the data hold an item.
    method
        Correlations that the coefficients rest on. Only ``pearson`` in this version.
    missing
        ``pairwise``: a covariance uses everyone who answered both items, and an interval the
        harmonic mean of these numbers. ``listwise``: only who answered every item of the scale.
    n_boot
        Bootstrap replicates for the intervals of alpha and omega (BCa; dyads are resampled whole
        where there are dyads). 0 gives Feldt's interval of alpha and none of omega. Resamples
        without a proper omega are left out of its interval and counted in ``reason``; where they
        are more than a tenth, omega has no interval.
    confidence
        Level of the intervals.
    rng
        Seed or generator of the bootstrap; nothing else is random.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Reliability
        One row a scale: ``scale, n_items, n, missing, alpha, alpha_low, alpha_high, alpha_ci,
        alpha_standardized, omega_total, omega_total_low, omega_total_high, omega_hierarchical,
        lambda_2, lambda_6, glb, split_half, mean_interitem_r, sem, method, reversed, reason``.
        ``n_items`` counts the items used; ``split_half`` is odd against even items, stepped up by
        Spearman-Brown (for two items the Spearman-Brown coefficient); ``sem`` is in the units of
        the scale's score. For a test of right and wrong answers alpha is KR-20.

    Raises
    ------
    UsageError
        When a word is unknown or an option does not fit the data.
    Refusal
        When the only scale named has no internal consistency to estimate (a formative index, a
        single item). In a list or a role it becomes a row with the reason.
    SurveyError
        When there are no rows, or no item of the only scale named.

    Warns
    -----
    DataWarning
        Doubtful keys, items left out, answers off their scale, duplicated items, few rows.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. *Psychometrika,
    16*, 297-334. Feldt, L. S. (1965). *Psychometrika, 30*, 357-370. McDonald, R. P. (1999). *Test
    theory*. Eisinga, R., te Grotenhuis, M., & Pelzer, B. (2013). *International Journal of Public
    Health, 58*, 637-642 (two items). R: ``psych::alpha``.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 4, 5, 3], "b": [2, 2, 5, 4, 3], "c": [5, 4, 1, 2, 2]})
    >>> result = reliability(answers, reverse=["c"], values=(1, 5))
    >>> print(result.explain().split(", ω")[0])
    scale (3 items, n = 5): α = .95, 95% CI [.74, .99] (Feldt)
    """
    _check_method(method)
    rng = _check_rng(rng)
    rule = check_missing(missing)
    check_confidence(confidence)
    if n_boot < 0 or n_boot == 1:
        raise UsageError(
            "--boot (n_boot= in Python) is a number of resamples, 0 for none; an interval needs at "
            f"least 2 (1,000 or more are usual); it cannot be {n_boot!r}."
        )
    sample = take_sample(data, wave=wave, reverse=reverse, values=values)
    chosen, absent = choose_scales(sample, scales)
    prepared = [prepare_scale(sample, scale, rule) for scale in chosen]
    for part in prepared:
        _refuse_alone(part, scales, is_frame=sample.is_frame)

    items = [item for part in prepared for item in part.items]
    own = [*(a.message + "." for part in prepared for a in part.alarms)]
    own += [message for part in prepared for message in part.warnings]
    found = data_warnings(sample, items)
    emit([*own, *found])

    rows, remarks = [], {}
    for part in prepared:
        row, remark = _row(sample, part, rule, n_boot, confidence, rng)
        rows.append(row)
        if remark:
            remarks[part.scale.id] = remark
    used = respondents(prepared)
    return Reliability(
        table=make_table(rows, COLUMNS),
        notes=(
            *sample.notes,
            *absent,
            *masked_notes(sample, chosen),
            *_notes(prepared, rule, n_boot, confidence),
            *(dyad_notes(sample, used, _FELDT_OF_DYADS) if n_boot == 0 else ()),
        ),
        call={
            "verb": "reliability",
            "scales": plain(scales),
            "method": method,
            "missing": rule,
            "n_boot": n_boot,
            "confidence": confidence,
            "rng": rng if isinstance(rng, int) else "Generator",
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*sample.reader_warnings, *own, *found])),
        labels={scale.id: scale.label for scale in chosen},
        remarks=remarks,
        **provenance(sample, int(used.sum())),
    )


def _check_method(method: str) -> None:
    if method == "polychoric":
        raise UsageError(
            "Reliability from polychoric correlations is not built yet; --method (method= in "
            "Python) is pearson."
        )
    check_word("method", method, ["pearson"])


def _check_rng(rng: int | np.random.Generator) -> int | np.random.Generator:
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        raise UsageError(f"rng is a whole number (a seed) or a NumPy Generator, not {rng!r}.")
    return int(rng)


def _refuse_alone(
    part: PreparedScale, selector: str | Sequence[str] | None, *, is_frame: bool
) -> None:
    scale = part.scale
    alone = is_frame or selector in (scale.id, [scale.id], (scale.id,))
    if alone and scale.model in NOT_APPLICABLE:
        name = scale.id if scale.label == scale.id else f"{scale.id} ({scale.label})"
        raise Refusal(f"No reliability is given for {name}: {NOT_APPLICABLE[scale.model]}.")


def _row(
    sample: Sample,
    part: PreparedScale,
    rule: MissingRule,
    n_boot: int,
    confidence: float,
    rng: int | np.random.Generator,
) -> tuple[dict[str, Any], str]:
    """One row of the table, and the part of its reason that a reader must know."""
    scale = part.scale
    is_test = scale.model == "dichotomous_test"
    row: dict[str, Any] = {
        "scale": scale.id,
        "n_items": len(scale.items) if part.obstacle else len(part.items),
        "n": part.n,
        "missing": rule,
        "method": KR20 if is_test else "pearson",
        "reversed": ",".join(part.reversed),
    }
    if refused := NOT_APPLICABLE.get(scale.model) or part.obstacle:
        return row | {"reason": refused}, refused

    cov = part.moments.cov
    cor = correlation_from(cov)
    k = len(part.items)
    fit = omega_total(cov, denominator="observed")
    # The score is the mean or the sum of the items; its SEM is in the same units.
    score_sd = np.sqrt(max(cov.sum(), 0.0)) / (k if scale.score == "mean" else 1)
    estimate = float(alpha(cov))
    row |= {
        "alpha": estimate,
        "alpha_standardized": float(alpha_standardized(cor)),
        "omega_total": np.nan if is_test or k == 2 or np.isnan(estimate) else float(fit.omega),
        "lambda_2": float(guttman_lambda2(cov)),
        "lambda_6": float(guttman_lambda6(cor)),
        "split_half": float(odd_even(cov)),
        "mean_interitem_r": float(mean_interitem_r(cor)),
        "sem": float(standard_error_of_measurement(score_sd, estimate)),
    }
    intervals, failed = _intervals(sample, part, row, n_boot, confidence, rng)
    row |= intervals
    no_omega = (
        A_TEST
        if is_test
        else TWO_ITEMS
        if k == 2
        else "the one-factor solution is improper (an item without unique variance)"
        if fit.heywood
        else "the one-factor solution did not converge"
    )
    lost = (
        f"{percent(failed, 1)} of the resamples have no omega total (improper, or no convergence)"
    )
    no_interval = NO_BOOTSTRAP if n_boot == 0 else NO_INTERVAL
    if failed > _MOST_FAILED:
        no_interval = f"{lost}, too many to leave out"
    why = {
        "omega_total": no_omega,
        "omega_total_low": NO_OMEGA if np.isnan(row["omega_total"]) else no_interval,
        "omega_hierarchical": LATER,
        "glb": LATER,
        "lambda_6": "the covariance matrix is not positive definite (duplicated items, fewer "
        "respondents than items, or pairwise deletion)",
        "split_half": "a half has no variance, or the halves go against each other",
    }
    why["omega_total_high"] = why["omega_total_low"]
    if np.isnan(estimate):
        why |= dict.fromkeys(COLUMNS, NO_VARIANCE) | {"omega_hierarchical": LATER, "glb": LATER}
    expected = {LATER, NO_BOOTSTRAP, NO_OMEGA, A_TEST, TWO_ITEMS}
    reasons = [_reason(row, why), _reason(row, why, unless=expected)]
    if 0 < failed <= _MOST_FAILED:
        reasons = [
            "; ".join(filter(None, [text, f"{lost} and are left out, which narrows its interval"]))
            for text in reasons
        ]
    return row | {"reason": reasons[0]}, reasons[1]


def _reason(row: Mapping[str, Any], why: Mapping[str, str], unless: Collection[str] = ()) -> str:
    """Say of every number that is missing why it is, equal reasons once."""
    columns: dict[str, list[str]] = {}
    for column, kind in COLUMNS.items():
        if kind == "float64" and np.isnan(row.get(column, np.nan)):
            columns.setdefault(why.get(column, NO_INTERVAL), []).append(column)
    return "; ".join(f"{', '.join(c)}: {text}" for text, c in columns.items() if text not in unless)


def _intervals(
    sample: Sample,
    part: PreparedScale,
    row: Mapping[str, Any],
    n_boot: int,
    confidence: float,
    rng: int | np.random.Generator,
) -> tuple[dict[str, Any], float]:
    """Ends of the intervals, and the share of resamples without an omega total."""
    k = len(part.items)
    if n_boot == 0:
        low, high = feldt_interval(row["alpha"], part.n_effective, k, confidence)
        return {"alpha_low": float(low), "alpha_high": float(high), "alpha_ci": "feldt"}, 0.0

    used = part.respondents
    answers = part.answers[used]
    dyads = sample.column("dyad_id")
    clusters = None
    if dyads is not None and dyads[used].notna().any():
        codes, _ = pd.factorize(dyads[used])
        # People without a dyad are each a cluster of their own.
        clusters = np.where(codes < 0, len(codes) + np.arange(len(codes)), codes)
    with_omega = not np.isnan(row["omega_total"])
    start = omega_total(part.moments.cov).loadings

    def statistic(cov: Floats) -> Floats:
        omega = (
            omega_total(cov, denominator="observed", start=start).omega
            if with_omega
            else cov[:, 0, 0]
        )
        return np.stack([alpha(cov), omega], axis=-1)

    result = resample(answers, statistic, clusters=clusters, n_boot=n_boot, rng=rng)
    low, high = result.bca(confidence)
    units = "respondents" if clusters is None else "dyads"
    intervals = {
        "alpha_low": float(low[0]),
        "alpha_high": float(high[0]),
        "alpha_ci": f"bootstrap (BCa, {n_boot} resamples of {units})",
    }
    failed = float(result.failed[1]) if with_omega else 0.0
    if with_omega and failed <= _MOST_FAILED:
        intervals |= {"omega_total_low": float(low[1]), "omega_total_high": float(high[1])}
    return intervals, failed


def _notes(
    prepared: Sequence[PreparedScale], rule: MissingRule, n_boot: int, confidence: float
) -> tuple[str, ...]:
    """How the numbers of these scales came about."""
    given = [p for p in prepared if not p.obstacle and p.scale.model not in NOT_APPLICABLE]
    if not given:
        return ()
    notes = []
    reversed_items = [item for part in given for item in part.reversed]
    if reversed_items:
        notes.append(
            f"Reversed before every statistic (lowest + highest - answer): "
            f"{listing(reversed_items)}."
        )
    if rule == "listwise":
        notes.append("Listwise deletion: only who answered every item of a scale counts in it.")
    else:
        sizes = sorted(p.n_effective for p in given)
        each = span(*(number(n, 1) for n in (sizes[0], sizes[-1])))
        if len(given) <= _SHOWN:
            each = listing(f"{p.scale.id} {number(p.n_effective, 1)}" for p in given)
        notes.append(
            "Pairwise deletion: a covariance uses everyone who answered both items; n counts who "
            "answered any item of the scale, and intervals rest on the harmonic mean of the "
            f"numbers of respondents of the pairs of items ({each})."
        )
    if n_boot:
        notes.append(
            "Intervals are bias-corrected and accelerated (BCa) bootstrap intervals: what is "
            "resampled stands in alpha_ci."
        )
    if 0 < n_boot * (1 - confidence) / 2 < _FEW_BEYOND:
        notes.append(
            f"{counted(n_boot, 'resample')} are too few for {level(confidence)} intervals, whose "
            "ends are left to chance; 1,000 or more are usual."
        )
    if any(p.scale.model != "dichotomous_test" and len(p.items) > 2 for p in given):
        notes.append(
            "Omega total rests on one factor (minimum residuals of the same covariances): 1 - sum "
            "of the unique variances / variance of the total."
        )
    notes.append(
        "Alpha, omega total, and lambda 2 rest on the covariances; lambda 6 on the correlations, "
        "as G6 of psych::alpha."
    )
    if any(len(p.items) == 2 for p in given):
        notes.append(
            "For two items the Spearman-Brown coefficient (split_half) is the one to report "
            "(Eisinga et al., 2013)."
        )
    if any(p.scale.model == "dichotomous_test" for p in given):
        notes.append("KR-20 is alpha of answers scored 1 (right) and 0 (wrong or don't know).")
    notes.append(
        "Omega hierarchical and the greatest lower bound are not estimated in this version."
    )
    return tuple(notes)
