"""How consistently do the items of a scale measure? Alpha, omega and their kin, with intervals."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._alpha_intervals import interval_doubts
from detachment.estimates._coefficients import (
    A_TEST,
    FEW_ITEMS,
    INTERVALS,
    LABELS,
    MOST_FAILED,
    NO_INTERVAL,
    NO_UNITS,
    NO_VARIANCE,
    OF_ALPHA,
    OF_RESAMPLES,
    ORDINAL,
    TWO_ITEMS,
    Basis,
    Estimate,
    IntervalName,
    estimates,
)
from detachment.estimates._result import Result, make_table, rounded
from detachment.estimates._scales import (
    CountedSample,
    Missing,
    MissingRule,
    PreparedScale,
    Sample,
    check_boot,
    check_confidence,
    check_missing,
    check_rng,
    choose_scales,
    data_warnings,
    emit,
    masked_notes,
    missing_note,
    n_analysed,
    partner_notes,
    plain,
    prepare_scales,
    provenance,
    take_counted,
)
from detachment.estimates._sentences import CONSISTENCY, aside, likely, not_given, people, stated
from detachment.stats.halves import MOST_SPLITS, count_splits
from detachment.stats.polychoric_items import PolychoricMatrix
from detachment.text import (
    bounded,
    capital,
    count,
    counted,
    interval,
    level,
    listing,
    number,
    percent,
)
from detachment.validation import LazySurvey, Survey

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
NO_OMEGA = "there is no omega total"
FURTHER = {
    "scale": "str",
    "coefficient": "str",
    "estimate": "float64",
    "low": "float64",
    "high": "float64",
    "interval": "str",
    "reason": "str",
}
METHODS = ("pearson", "polychoric")
MOST_CATEGORIES = 20  # answers to an item; more are a measurement, not ordered categories
# Columns of the table that hold a coefficient.
_OF_TABLE = (
    "alpha",
    "alpha_standardized",
    "omega_total",
    "omega_hierarchical",
    "lambda_2",
    "lambda_6",
    "glb",
    "split_half",
    "mean_interitem_r",
    "sem",
)
# Of these, what a sentence says in any case.
_IN_THE_SENTENCE = (
    "alpha",
    "omega_total",
    "omega_hierarchical",
    "mean_interitem_r",
    "sem",
    "kr_20",
)
_OF_DYADS = (
    "the interval of alpha is then too narrow. --interval jackknife (interval= in Python) leaves "
    "out whole dyads in turn, and the bootstrap, --boot (n_boot= in Python), resamples whole dyads"
)
_ORDINAL_OF_DYADS = (
    "intervals are then too narrow. The bootstrap, --boot (n_boot= in Python), resamples whole "
    "dyads instead"
)
_SHOWN = 5
_FEW_BEYOND = 5  # resamples beyond an end of the interval; fewer leave the end to chance
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

    def _apa(self) -> Iterable[str]:
        return map(self._sentence, self.table.to_dict(orient="records"))

    def _plain(self) -> Iterable[str]:
        for row in self.table.to_dict(orient="records"):
            what = self.named(row["scale"])
            if np.isnan(row["alpha"]):
                yield not_given(what, self.remarks.get(row["scale"], row["reason"]))
                continue
            pair = row["n_items"] == 2
            value = row["split_half"] if pair else row["alpha"]
            ends = "" if pair else likely(row["alpha_low"], row["alpha_high"])
            asked = counted(row["n_items"], "question")
            text = f"{what}: consistency {number(value)}{aside(ends, asked, people(row['n']))}"
            if not np.isnan(row["sem"]):
                text += f"; a person's score is typically off by {number(row['sem'])} points"
            yield f"{text}."

    def _meaning(self) -> Iterable[str]:
        yield CONSISTENCY
        yield (
            "It does not say that the scale measures what its name says, and how much is enough "
            "depends on what the score is for."
        )

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
        ordinal = "ordinal " if row["method"] == "polychoric" else ""
        name = KR20 if row["method"] == KR20 else f"{ordinal}α"
        parts.append(f"{name} = {bounded(row['alpha'])}")
        if not np.isnan(row["alpha_low"]):
            sure = level(self.call["confidence"])
            ends = interval(row["alpha_low"], row["alpha_high"])
            parts.append(f"{sure} CI {ends} ({_said(row['alpha_ci'])})")
        if not np.isnan(row["omega_total"]):
            omega = (row["omega_total"], row["omega_total_low"], row["omega_total_high"])
            parts.append(stated(f"{ordinal}ω total", *omega))
        if not np.isnan(row["omega_hierarchical"]):
            parts.append(f"ω hierarchical = {bounded(row['omega_hierarchical'])}")
        parts.append(f"mean inter-item r = {bounded(row['mean_interitem_r'])}")
        if not np.isnan(row["sem"]):
            parts.append(f"SEM = {number(row['sem'])}")
        parts += self._further(scale)
        text = f"{head}: {', '.join(parts)}"
        if row["reversed"]:
            text += f"; reversed: {row['reversed'].replace(',', ', ')}"
        return f"{text}; {remark}." if remark else f"{text}."

    def _further(self, scale: str) -> list[str]:
        """Coefficients of a scale that were asked for besides."""
        if "coefficients" not in self.parts:
            return []
        table = self.parts["coefficients"]
        said = []
        for row in table[table["scale"] == scale].to_dict(orient="records"):
            in_units = row["coefficient"] in ("sem", "mdc")
            if row["coefficient"] in _IN_THE_SENTENCE or np.isnan(row["estimate"]):
                continue
            ends = row["low"], row["high"]
            symbol = LABELS[row["coefficient"]]
            said.append(stated(symbol, row["estimate"], *ends, can_exceed_one=in_units))
        return said

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """The further coefficients as people read them; a scale without any has its remark."""
        if "coefficients" not in self.parts:
            return {}
        part = self.parts["coefficients"]
        table = rounded(part[~part["scale"].isin(self.remarks)])
        table["Scale"] = table["Scale"].map(self.label)
        return {"Coefficients": table.replace({"Coefficient": LABELS})}

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
        for name, heading in (("omega_hierarchical", "ω hierarchical"), ("glb", "GLB")):
            if table[name].notna().any():  # as there are notes on them
                shown.insert(list(shown).index("λ2"), heading, table[name].map(bounded))
        if self.remarks:
            shown["Remark"] = [self.remarks.get(scale, "") for scale in table["scale"]]
        return shown


def _said(how: str) -> str:
    """Kind of an interval as a sentence says it."""
    names = {"feldt": "Feldt", "bonett": "Bonett", "duhachek": "Duhachek", "adf": "ADF"}
    return names.get(how, how).replace(" (", ": ").rstrip(")")


def reliability(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    coefficients: str | Sequence[str] = (),
    method: Literal["pearson", "polychoric"] = "pearson",
    missing: Missing = "pairwise",
    interval: IntervalName | None = None,
    n_boot: int = 0,
    n_factors: int = 3,
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
        A survey (one that was opened lazily is counted where it is), or a plain table in which
        every column is an item of one scale.
    scales
        A selector: a scale's id, a role in the plural (``"effects"``), or a list of these. By
        default every scale of which the data hold an item.
    coefficients
        Names of further coefficients, or ``"all"``; they come with their intervals in
        ``parts["coefficients"]``: ``alpha, alpha_standardized, lambda_1`` to ``lambda_6,
        lambda_5_plus, glb, mu_0`` to ``mu_3, omega_total, omega_total_model, omega_total_ml,
        omega_hierarchical, omega_asymptotic, omega_total_group, ecv, split_half`` (odd-even),
        ``split_half_horst, split_half_first_last, split_half_max, split_half_min,
        split_half_mean, split_half_median, split_half_q025, split_half_q975, mean_interitem_r,
        ordinal_alpha, ordinal_omega_total, omega_green_yang, kr_20, kr_21, sem, mdc``.
    method
        What the coefficients rest on: ``pearson``, the covariances; ``polychoric``, the polychoric
        correlations, which makes them reliabilities of latent responses (ordinal alpha, ordinal
        omega). ``omega_green_yang``, that of the score as it is summed, then stands beside them.
    missing
        ``pairwise``: a covariance uses everyone who answered both items. ``listwise``: only who
        answered every item of the scale. ``em``: covariances by maximum likelihood from every
        answer there is. The interval of alpha rests on the number of complete respondents that
        would make it as certain; under ``em`` those of other coefficients are ``adf``.
    interval
        Of alpha ``feldt`` (the default), ``bonett`` or ``duhachek``, which take the items to be
        normal; all other coefficients then have an interval by the jackknife (up to 2,000
        respondents or dyads, and by ``adf`` beyond). ``jackknife`` or ``adf`` (the delta method)
        for all coefficients: no distribution is assumed, and partners may depend on one another.
        With ``n_boot``, ``bca`` (the default) or ``percentile`` (the only one of a lazy survey).
        Polychoric correlations have
        ``adf``, and ``percentile`` with ``n_boot``.
    n_boot
        Bootstrap replicates for the intervals; dyads are resampled whole where there are dyads.
        Each row of a lazy survey is drawn a Poisson number of times, by its number and the seed, so
        that the interval is the same in any parts and on any engine.
        Resamples without a value (an improper omega) are left out and counted in ``reason``; where
        they are more than a tenth, there is no interval.
    n_factors
        Group factors of omega hierarchical, which is given from six items on.
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
        the scale's score. For a test of right and wrong answers alpha is KR-20. ``parts`` holds
        ``coefficients`` where some were asked for: ``scale, coefficient, estimate, low, high,
        interval, reason``.

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
        Doubtful keys, items left out, answers off their scale, duplicated items, few rows;
        intervals that are too narrow because answers are skewed or respondents few.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. *Psychometrika,
    16*, 297-334. Feldt, L. S. (1965). *Psychometrika, 30*, 357-370. McDonald, R. P. (1999). *Test
    theory*. Eisinga, R., te Grotenhuis, M., & Pelzer, B. (2013). *International Journal of Public
    Health, 58*, 637-642 (two items). Green, S. B., & Yang, Y. (2009). *Psychometrika, 74*, 155-167.
    Zumbo, B. D., Gadermann, A. M., & Zeisser, C. (2007). *Journal of Modern Applied Statistical
    Methods, 6*, 21-29 (ordinal alpha). Zinbarg, R. E., Revelle, W., Yovel, I., & Li, W. (2005).
    *Psychometrika, 70*, 123-133 (omega hierarchical). R: ``psych::alpha``, ``psych::omega``,
    ``psych::splitHalf``, ``psych::glb.algebraic``, ``semTools::compRelSEM``.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 4, 5, 3], "b": [2, 2, 5, 4, 3], "c": [5, 4, 1, 2, 2]})
    >>> result = reliability(answers, reverse=["c"], values=(1, 5))
    >>> print(result.explain().split(", ω")[0])
    scale (3 items, n = 5): α = .95, 95% CI [.74, .99] (Feldt)
    """
    check_word("method", method, METHODS)
    names = _check_coefficients(coefficients)
    rng = check_rng(rng)
    rule = check_missing(missing)
    check_confidence(confidence)
    check_boot(n_boot)
    if n_factors < 2:
        raise UsageError(
            "n_factors is the number of group factors of omega hierarchical, 2 or more; it cannot "
            f"be {n_factors!r}."
        )
    how = _check_interval(interval, n_boot, method)
    if rule == "em" and (method == "polychoric" or n_boot or how == "jackknife"):
        raise UsageError(
            "--missing em (missing= in Python) gives Pearson's coefficients, with the intervals "
            f"{', '.join((*OF_ALPHA, 'adf'))}. Ask for pairwise or listwise with polychoric "
            "correlations, resamples, or the jackknife."
        )
    sample = take_counted(data, wave=wave, reverse=reverse, values=values)
    if isinstance(sample, CountedSample) and interval is None and n_boot:
        how = "percentile"  # the correction of BCa leaves out each row in turn
    chosen, absent = choose_scales(sample, scales)
    prepared = prepare_scales(sample, chosen, rule)
    for part in prepared:
        _refuse_alone(part, scales, is_frame=sample.is_frame)
    if method == "polychoric":
        names = (*names, *(name for name in ORDINAL if name not in names))
    bases = [_basis(sample, part, method, names, n_factors) for part in prepared]

    items = [item for part in prepared for item in part.items]
    own = [*(a.message + "." for part in prepared for a in part.alarms)]
    own += [message for part in prepared for message in part.warnings]
    own += [message for _, _, doubts in bases for message in doubts]
    found = data_warnings(sample, items)
    emit([*own, *found])

    rows, further, remarks = [], [], {}
    estimated: dict[str, Mapping[str, Estimate]] = {}
    for part, (basis, refused, _) in zip(prepared, bases, strict=True):
        given: dict[str, Estimate] = {}
        if basis is not None:
            given = estimates(
                basis,
                tuple(dict.fromkeys([*_OF_TABLE, *names])),
                with_interval=("alpha", "omega_total", *names),
                interval=how,
                n_boot=n_boot,
                confidence=confidence,
                rng=rng,
            )
            estimated[part.scale.id] = given
        row, remark = _row(part, basis, refused, rule, given)
        rows.append(row)
        further += _further(part.scale.id, names, given, refused)
        if remark:
            remarks[part.scale.id] = remark
    doubts = interval_doubts(
        {
            part.scale.id: basis
            for part, (basis, _, _) in zip(prepared, bases, strict=True)
            if basis
        },
        estimated,
        how,
        confidence,
    )
    emit(doubts)
    analysed = n_analysed(sample, prepared)
    hence = _ORDINAL_OF_DYADS if method == "polychoric" else _OF_DYADS
    independent = n_boot == 0 and (how in OF_ALPHA or method == "polychoric")
    table = make_table(rows, COLUMNS)
    known = {str(name) for name, column in table.items() if column.notna().any()}
    known |= {row["coefficient"] for row in further if not np.isnan(row["estimate"])}
    return Reliability(
        table=table,
        parts={"coefficients": make_table(further, FURTHER)} if names else {},
        notes=(
            *sample.notes,
            *absent,
            *masked_notes(sample, chosen, prepared),
            *_notes(
                prepared,
                bases,
                known,
                method,
                how,
                n_boot,
                confidence,
                n_factors,
                unit=_unit_left_out(basis for basis, _, _ in bases),
            ),
            *(partner_notes(sample, prepared, hence) if independent else ()),
        ),
        call={
            "verb": "reliability",
            "scales": plain(scales),
            "coefficients": list(names),
            "method": method,
            "missing": rule,
            "interval": how,
            "n_boot": n_boot,
            "n_factors": n_factors,
            "confidence": confidence,
            "rng": rng if isinstance(rng, int) else "Generator",
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*sample.reader_warnings, *own, *found, *doubts])),
        labels={scale.id: scale.label for scale in chosen},
        remarks=remarks,
        **provenance(sample, analysed),
    )


def _check_coefficients(coefficients: str | Sequence[str]) -> tuple[str, ...]:
    """Names of coefficients in the order asked, each once."""
    asked = [coefficients] if isinstance(coefficients, str) else list(coefficients)
    if asked == ["all"]:
        return tuple(LABELS)
    for name in asked:
        check_word("a coefficient", name, (*LABELS, "all"))
    if "all" in asked:
        raise UsageError("coefficients are names, or all of them by the one word all.")
    return tuple(dict.fromkeys(asked))


def _check_interval(interval: str | None, n_boot: int, method: str) -> IntervalName:
    """Return the kind of interval: Feldt's, or the bootstrap's where there are resamples."""
    ordinal = method == "polychoric"
    if interval is None:
        usual = ("percentile", "adf") if ordinal else ("bca", "feldt")
        return cast("IntervalName", usual[0] if n_boot else usual[1])
    check_word("interval", interval, INTERVALS)
    if (interval in OF_RESAMPLES) != (n_boot > 0):
        raise UsageError(
            f"interval {interval} needs resamples: --boot (n_boot= in Python), such as 2000."
            if n_boot == 0
            else f"interval {interval} takes no resamples; leave out --boot (n_boot= in Python), "
            f"or ask for one of: {', '.join(OF_RESAMPLES)}."
        )
    if ordinal and interval not in ("adf", "percentile"):
        raise UsageError(
            f"interval {interval} is not for polychoric correlations, whose intervals are adf, or "
            "percentile with resamples."
        )
    return cast("IntervalName", interval)


def _refuse_alone(
    part: PreparedScale, selector: str | Sequence[str] | None, *, is_frame: bool
) -> None:
    scale = part.scale
    alone = is_frame or selector in (scale.id, [scale.id], (scale.id,))
    if alone and scale.model in NOT_APPLICABLE:
        name = scale.id if scale.label == scale.id else f"{scale.id} ({scale.label})"
        raise Refusal(f"No reliability is given for {name}: {NOT_APPLICABLE[scale.model]}.")


def _basis(
    sample: Sample, part: PreparedScale, method: str, names: Sequence[str], n_factors: int
) -> tuple[Basis | None, str, list[str]]:
    """What the coefficients of a scale rest on, why there is nothing, and doubts about it."""
    if NOT_APPLICABLE.get(part.scale.model) or part.obstacle:
        return None, NOT_APPLICABLE.get(part.scale.model) or part.obstacle, []
    ordinal, doubts = None, []
    if method == "polychoric" or set(names) & set(ORDINAL):
        for item, different in zip(part.items, part.n_different, strict=True):
            if different > MOST_CATEGORIES:
                return (
                    None,
                    f"{item} has {different} different answers, too many for the categories of a "
                    "polychoric correlation. Ask for --method pearson (method= in Python)",
                    [],
                )
        ordinal = part.polychoric
        doubts = [f"{part.scale.id}: {text}" for text in _of_polychorics(part.items, ordinal)]
    rows = part.given is not None
    basis = Basis(
        given=part.answers[part.respondents] if rows else None,
        cov=part.moments.cov,
        n_effective=part.n_effective,
        em=part.missing == "em",
        ordinal=ordinal,
        polychoric=method == "polychoric",
        is_test=part.scale.model == "dichotomous_test",
        # The score is the mean or the sum of the items; its SEM is in the same units.
        divisor=float(len(part.items)) if part.scale.score == "mean" else 1.0,
        n_factors=n_factors,
        clusters=sample.dyads(part.respondents) if rows else None,
        counted=part.counted,
    )
    return basis, "", doubts


def _of_polychorics(items: Sequence[str], fit: PolychoricMatrix) -> list[str]:
    """Doubts about polychoric correlations."""
    said = []
    lower = np.tril(np.ones_like(fit.r, dtype=bool), -1)
    for what, where in (
        ("is perfect: their table leaves no other", fit.perfect),
        ("was not found", ~fit.converged & ~fit.perfect),
    ):
        pairs = [
            f"{items[j]} and {items[i]}" for i, j in zip(*np.nonzero(where & lower), strict=True)
        ]
        if pairs:
            said.append(f"the polychoric correlation of {listing(pairs, shown=_SHOWN)} {what}.")
    if fit.smallest_eigenvalue < -1e-10:
        said.append(
            "its polychoric correlations contradict one another (their smallest eigenvalue is "
            f"{number(float(fit.smallest_eigenvalue), 3)}), as few respondents or sparse tables "
            "make them; coefficients that need a proper matrix are not given."
        )
    return said


def _row(
    part: PreparedScale,
    basis: Basis | None,
    refused: str,
    rule: MissingRule,
    found: Mapping[str, Estimate],
) -> tuple[dict[str, Any], str]:
    """One row of the table, and the part of its reason that a reader must know."""
    row: dict[str, Any] = {
        "scale": part.scale.id,
        "n_items": len(part.scale.items) if part.obstacle else len(part.items),
        "n": part.n,
        "missing": rule,
        "method": "pearson",
        "reversed": ",".join(part.reversed),
    }
    if basis is None:
        if part.scale.model == "dichotomous_test":
            row["method"] = KR20
        return row | {"reason": refused}, refused
    if basis.polychoric or basis.is_test:
        row["method"] = "polychoric" if basis.polychoric else KR20
    of_alpha, omega = found["alpha"], found["omega_total"]
    row |= {name: found[name].value for name in _OF_TABLE}
    row |= {"alpha_low": of_alpha.low, "alpha_high": of_alpha.high}
    row |= {"omega_total_low": omega.low, "omega_total_high": omega.high}
    if of_alpha.interval:
        row["alpha_ci"] = of_alpha.interval

    lost = (
        f"{percent(omega.failed, 1)} of the resamples have no omega total (improper, or no "
        "convergence)"
    )
    why = {name: found[name].reason for name in _OF_TABLE}
    why["alpha_low"] = why["alpha_high"] = of_alpha.reason or NO_INTERVAL
    no_interval = NO_OMEGA if np.isnan(omega.value) else omega.reason or NO_INTERVAL
    if omega.failed > MOST_FAILED:
        no_interval = f"{lost}, too many to leave out"
    why["omega_total_low"] = why["omega_total_high"] = no_interval
    if np.isnan(of_alpha.value):
        why = dict.fromkeys(COLUMNS, NO_VARIANCE)
    expected = {
        NO_OMEGA,
        A_TEST,
        TWO_ITEMS,
        FEW_ITEMS,
        NO_UNITS,
        found["omega_hierarchical"].reason,
    }
    if not np.isnan(of_alpha.value):
        expected.discard(NO_VARIANCE)
    else:
        expected = set()
    reasons = [_reason(row, why), _reason(row, why, unless=expected)]
    if 0 < omega.failed <= MOST_FAILED:
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
            columns.setdefault(why.get(column) or NO_INTERVAL, []).append(column)
    return "; ".join(f"{', '.join(c)}: {text}" for text, c in columns.items() if text not in unless)


def _further(
    scale: str, names: Sequence[str], found: Mapping[str, Estimate], refused: str
) -> list[dict[str, Any]]:
    """Rows of the table of coefficients for one scale."""
    rows = []
    for name in names:
        one = found.get(name) or Estimate(value=np.nan, reason=refused)
        reason = one.reason
        if one.failed:
            lost = f"{percent(one.failed, 1)} of the resamples have no value"
            beyond = one.failed > MOST_FAILED
            reason = f"{lost}, too many to leave out" if beyond else f"{lost} and are left out"
        rows.append(
            {
                "scale": scale,
                "coefficient": name,
                "estimate": one.value,
                "low": one.low,
                "high": one.high,
                "interval": one.interval,
                "reason": reason,
            }
        )
    return rows


def _unit_left_out(bases: Iterable[Basis | None]) -> str:
    """What the jackknife leaves out in turn."""
    together = any(
        basis is not None
        and basis.clusters is not None
        and len(np.unique(basis.clusters)) < len(basis.clusters)
        for basis in bases
    )
    return "dyad as a whole, or respondent without one," if together else "respondent"


def _notes(
    prepared: Sequence[PreparedScale],
    bases: Sequence[tuple[Basis | None, str, list[str]]],
    names: Collection[str],
    method: str,
    how: str,
    n_boot: int,
    confidence: float,
    n_factors: int,
    unit: str,
) -> tuple[str, ...]:
    """How the numbers of these scales came about; ``names`` of coefficients with a number."""
    given = [part for part, (basis, _, _) in zip(prepared, bases, strict=True) if basis is not None]
    if not given:
        return ()
    notes = []
    reversed_items = [item for part in given for item in part.reversed]
    if reversed_items:
        notes.append(
            f"Reversed before every statistic (lowest + highest - answer): "
            f"{listing(reversed_items)}."
        )
    notes.append(missing_note(given))
    if n_boot:
        kind = "bias-corrected and accelerated (BCa)" if how == "bca" else "percentile"
        notes.append(
            f"Intervals are {kind} bootstrap intervals: what is resampled stands in alpha_ci."
        )
    else:
        notes.append(
            "Intervals that are not alpha's own (jackknife: leaving out each "
            f"{unit} in turn; adf: the delta method) assume no distribution of the answers; that "
            "of omega total is of this kind. Feldt's takes the items to be normal and parallel, "
            "and covers too little where answers are skewed."
        )
    if 0 < n_boot * (1 - confidence) / 2 < _FEW_BEYOND:
        notes.append(
            f"{counted(n_boot, 'resample')} are too few for {level(confidence)} intervals, whose "
            "ends are left to chance; 1,000 or more are usual."
        )
    ordinal = method == "polychoric"
    if any((ordinal or p.scale.model != "dichotomous_test") and len(p.items) > 2 for p in given):
        of = "polychoric correlations" if ordinal else "covariances"
        notes.append(
            f"Omega total rests on one factor (minimum residuals of the same {of}): 1 - sum "
            "of the unique variances / variance of the total."
        )
    if ordinal:
        notes.append(
            "Every coefficient rests on polychoric correlations, and so is one of the latent "
            "responses behind the answers (ordinal alpha, ordinal omega), which nobody scores. The "
            "reliability of the score as it is summed is Green and Yang's: omega_green_yang."
        )
    else:
        spoken = {"alpha": "alpha", "omega_total": "omega total", "lambda_2": "lambda 2",
                  "glb": "the greatest lower bound"}  # fmt: skip
        of_covariances = [words for name, words in spoken.items() if name in names]
        rests = "rests" if len(of_covariances) == 1 else "rest"
        six = "; lambda 6 on the correlations, as G6 of psych::alpha" if "lambda_6" in names else ""
        notes.append(f"{capital(listing(of_covariances))} {rests} on the covariances{six}.")
        if set(names) & set(ORDINAL):
            notes.append(
                "Ordinal alpha and ordinal omega total are reliabilities of the latent responses "
                "behind the answers; that of the score as it is summed is Green and Yang's."
            )
    if "omega_hierarchical" in names:
        notes.append(
            f"Omega hierarchical is by Schmid and Leiman's transformation of {n_factors} factors "
            "(minimum residuals, oblimin); choose their number with --factors (n_factors= in "
            "Python)."
        )
    if "glb" in names:
        notes.append(
            "The greatest lower bound is too high in samples, much so below 1,000 respondents."
        )
    if any(count_splits(len(p.items)) > MOST_SPLITS for p in given) and any(
        name == "lambda_4" or name.startswith("split_half_") for name in names
    ):
        notes.append(
            f"With more than {MOST_SPLITS:,} splits, split halves are 10,000 random ones; the best "
            "and the worst were improved by exchanges of items and need not be the extremes."
        )
    if any(len(p.items) == 2 for p in given):
        notes.append(
            "For two items the Spearman-Brown coefficient (split_half) is the one to report "
            "(Eisinga et al., 2013)."
        )
    if any(p.scale.model == "dichotomous_test" for p in given):
        notes.append("KR-20 is alpha of answers scored 1 (right) and 0 (wrong or don't know).")
    return tuple(notes)
