"""Do the items of a scale measure the same in every group? Steps of measurement invariance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from detachment.errors import UsageError, check_word
from detachment.estimates._factors import Chosen, choose_answers
from detachment.estimates._group_moments import Case, prepare_groups
from detachment.estimates._invariance_rows import (
    CHEN_SMALL,
    FIRST,
    fit_all,
    fit_part,
    group_rows_of,
    latent_means,
    release_rows,
    step_rows,
)
from detachment.estimates._latent import key_doubts
from detachment.estimates._result import Result, heading, make_table, rounded
from detachment.estimates._scales import (
    Missing,
    by_likelihood,
    check_confidence,
    data_warnings,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import by_chance, not_given
from detachment.stats.sem.comparison import ORDINAL, Estimator
from detachment.text import bounded, capital, count, listing, number, p_statement, p_value
from detachment.validation import Survey

_SHOWN = 5
COLUMNS = {
    "step": "str",
    "equal": "str",
    "npar": "Int64",
    "chisq": "float64",
    "df": "float64",
    "p": "float64",
    "cfi": "float64",
    "tli": "float64",
    "rmsea": "float64",
    "srmr": "float64",
    "chisq_diff": "float64",
    "df_diff": "float64",
    "p_diff": "float64",
    "delta_cfi": "float64",
    "delta_tli": "float64",
    "delta_rmsea": "float64",
    "delta_srmr": "float64",
    "chen_2007": "str",
    "cheung_rensvold_2002": "str",
    "indices": "str",
    "reason": "str",
}
GROUP_COLUMNS = {"group": "str", "n": "Int64", "complete": "Int64", "reference": "boolean"}
MEAN_COLUMNS = {
    "freed": "str",
    "factor": "str",
    "group": "str",
    "difference": "float64",
    "se": "float64",
    "low": "float64",
    "high": "float64",
    "p": "float64",
    "standardized": "float64",
    "reason": "str",
}
RELEASE_COLUMNS = {
    "step": "str",
    "parameter": "str",
    "group": "str",
    "score": "float64",
    "p": "float64",
    "expected_change": "float64",
    "reason": "str",
}
ESTIMATORS = ("ML", "MLR", "MLM", *ORDINAL)
MISSING = ("listwise", "pairwise", "fiml")
ALLOWED_MISSING = {
    "ML": ("fiml", "listwise"),
    "MLR": ("fiml", "listwise"),
    "MLM": ("listwise",),
    "WLSMV": ("pairwise", "listwise"),
    "ULSMV": ("pairwise", "listwise"),
}
NAMES = {
    "configural": "Configural",
    "thresholds": "Thresholds",
    "metric": "Metric",
    "scalar": "Scalar",
    "strict": "Strict",
    "means": "Latent means",
}


_PLAIN = {
    "configural": "the same questions belong together in every group",
    "thresholds": "an answer stands for the same step in every group",
    "metric": "each question goes with what they share equally closely in every group",
    "scalar": "people who are alike give the same answers whatever their group",
    "strict": "answers are equally exact in every group",
    "means": "the groups are equal on average in what the questions share",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Invariance(Result):
    """Steps of measurement invariance, one row a step.

    Parts: ``fit_measures`` (every index of every step), ``groups``, ``latent_means`` and
    ``release`` (what could be freed at a step, the largest score test first).
    """

    def _apa(self) -> Iterable[str]:
        yield f"Measurement compared by {self.label(self.call['by'])}: {self._who()}."
        yield from map(self._sentence, self.table.to_dict(orient="records"))

    def _who(self) -> str:
        groups = self.parts["groups"].to_dict(orient="records")
        return listing(f"{row['group']} (n = {count(row['n'])})" for row in groups)

    def _plain(self) -> Iterable[str]:
        yield f"Do the questions mean the same to {self._who()}? Each step asks for more."
        for row in self.table.to_dict(orient="records"):
            what = capital(_PLAIN[row["step"]])
            if np.isnan(row["chisq"]):
                yield not_given(what, row["reason"])
            elif np.isnan(row["p_diff"]):
                yield f"{what}: this is where the comparison starts."
            else:
                clear = row["p_diff"] < 1 - self.call["confidence"]
                said = "a clear" if clear else "no clear"
                yield f"{what}: {said} sign against it ({by_chance(row['p_diff'])})."

    def _meaning(self) -> Iterable[str]:
        yield (
            "Averages of groups can be compared where the questions mean the same to them. No sign "
            "against it does not show that they do: with few people even large differences stay "
            "unseen, with many people small ones are found."
        )

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        head = f"{NAMES[row['step']]} invariance ({row['equal']} equal)"
        if row["step"] in ("thresholds", "means"):
            head = f"Equal {NAMES[row['step']].lower()} ({row['equal']} equal)"
        if row["step"] == "configural":
            head = "Configural model (the same pattern in every group)"
        if np.isnan(row["chisq"]):
            return f"{head}: not estimated; {row['reason']}."
        text = (
            f"{head}: χ²({row['df']:g}) = {number(row['chisq'])}, {p_statement(row['p'])}, "
            if not np.isnan(row["p"])
            else f"{head}: χ²({row['df']:g}) = {number(row['chisq'])}, "
        )
        text += (
            f"CFI = {bounded(row['cfi'], 3)}, RMSEA = {bounded(row['rmsea'], 3)}, "
            f"SRMR = {bounded(row['srmr'], 3)}"
        )
        if not np.isnan(row["chisq_diff"]):
            text += (
                f"; against the step before Δχ²({row['df_diff']:g}) = "
                f"{number(row['chisq_diff'])}, {p_statement(row['p_diff'])}"
            )
        if not np.isnan(row["delta_cfi"]):
            text += (
                f", ΔCFI = {bounded(row['delta_cfi'], 3)}, "
                f"ΔRMSEA = {bounded(row['delta_rmsea'], 3)}, "
                f"ΔSRMR = {bounded(row['delta_srmr'], 3)} ({row['chen_2007']} Chen's cut-offs of "
                f"2007, {row['cheung_rensvold_2002']} that of Cheung and Rensvold, 2002)"
            )
        return f"{text}; {row['reason']}." if row["reason"] not in ("", FIRST) else f"{text}."

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        return pd.DataFrame(
            {
                "Step": table["step"].map(NAMES),
                "χ²": table["chisq"].map(number),
                "df": table["df"].map(_degrees),
                "p": table["p"].map(p_value),
                "CFI": table["cfi"].map(lambda x: bounded(x, 3)),
                "RMSEA": table["rmsea"].map(lambda x: bounded(x, 3)),
                "SRMR": table["srmr"].map(lambda x: bounded(x, 3)),
                "Δχ²": table["chisq_diff"].map(number),
                "Δdf": table["df_diff"].map(_degrees),
                "p of Δ": table["p_diff"].map(p_value),
                "ΔCFI": table["delta_cfi"].map(lambda x: bounded(x, 3)),
                "ΔRMSEA": table["delta_rmsea"].map(lambda x: bounded(x, 3)),
                "ΔSRMR": table["delta_srmr"].map(lambda x: bounded(x, 3)),
                "Chen's cut-offs": table["chen_2007"],
                "Cheung–Rensvold": table["cheung_rensvold_2002"],
                "Remark": table["reason"].replace(FIRST, ""),
            }
        )

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Groups, means and what could be freed; every index of fit is in ``parts`` only."""
        shown = {}
        for name in ("groups", "latent_means", "release"):
            part = self.parts[name].drop(columns="reason", errors="ignore")
            part = part.drop(columns=[c for c in ("p",) if c in part and part[c].isna().all()])
            if len(part):
                title = "What could be freed" if name == "release" else heading(name)
                shown[title] = rounded(part)
        return shown


def _degrees(value: float) -> str:
    return number(value, 0 if float(value).is_integer() else 1) if not np.isnan(value) else "–"


def invariance(
    data: Survey | pd.DataFrame,
    *,
    by: str,
    model: str | None = None,
    scales: str | Sequence[str] | None = None,
    estimator: Estimator | None = None,
    missing: Missing | None = None,
    free: Sequence[str] = (),
    reference: str | None = None,
    confidence: float = 0.95,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Invariance:
    """Compare the measurement of the same items in several groups, waves or partner roles.

    Each step holds more of the model equal in all groups: the pattern (configural), thresholds (of
    ordered items), loadings (metric), intercepts (scalar), residual variances (strict), factor
    means. The change of fit from step to step says whether that is tenable.

    Parameters
    ----------
    data
        A survey, or a plain table of items and the column of ``by``.
    by
        What makes the groups: a column of a plain table; a metadata column of a survey, or its role
        (``group``, ``wave``, ``partner_role``).
    model
        Factors and their items, such as ``"f =~ a + b + c"``. By default one factor a scale.
    scales
        Selector of the scales that become factors; of a plain table all items make one.
    estimator
        ``ML``, ``MLR``, ``MLM`` for answers taken as continuous; ``WLSMV`` or ``ULSMV`` for ordered
        ones (polychoric correlations). None: WLSMV where every item has at most five categories,
        else MLR.
    missing
        ``fiml`` (the default of ML and MLR), ``listwise``, or ``pairwise`` (the default of WLSMV
        and ULSMV).
    free
        What differs between groups in spite of a step (partial invariance): an item, or a
        parameter as text: ``"f =~ a"``, ``"a ~ 1"``, ``"a ~~ a"``, ``"a | t1"``.
    reference
        The group that comes first and whose factor means are 0. By default the first declared, or
        in ascending order.
    confidence
        Level of the intervals of differences of factor means.
    wave
        Which wave; the first by default, and all where ``by`` is the wave.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Invariance
        One row a step: ``step, equal, npar, chisq, df, p, cfi, tli, rmsea, srmr, chisq_diff,
        df_diff, p_diff, delta_cfi, delta_tli, delta_rmsea, delta_srmr, chen_2007,
        cheung_rensvold_2002, indices, reason``. ``indices`` names which are shown: ``standard``,
        ``robust`` or ``scaled``; all are in the part ``fit_measures``, by the names
        of lavaan's ``fitMeasures``. Further parts: ``groups``,
        ``latent_means`` (of the scalar step: as it is, with ``free``, and with the parameter freed
        that would gain most), ``release``.

    Raises
    ------
    UsageError
        When a word is unknown, a name is not in the data, or options do not go together.
    Refusal
        When the data cannot carry the model (a group with fewer respondents than items, an item
        without spread in a group, a formative scale).
    SurveyError
        When there are no rows.

    Warns
    -----
    DataWarning
        Small groups, categories that a group does not use, and what every verb warns of.

    References
    ----------
    Meredith, W. (1993). *Psychometrika, 58*, 525-543. Wu, H., & Estabrook, R. (2016).
    *Psychometrika, 81*, 1014-1045. Rhemtulla, M., Brosseau-Liard, P. É., & Savalei, V. (2012).
    *Psychological Methods, 17*, 354-373. Chen, F. F. (2007). *Structural Equation Modeling, 14*,
    464-504. Cheung, G. W., & Rensvold, R. B. (2002). *Structural Equation Modeling, 9*, 233-255.
    R: ``lavaan::cfa(group.equal =)``, ``semTools::measEq.syntax``.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> latent = rng.normal(size=(400, 1)) + rng.normal(size=(400, 4))
    >>> answers = pd.DataFrame(np.clip(np.rint(latent + 3), 1, 5), columns=list("abcd"))
    >>> answers["sex"] = np.repeat(["f", "m"], 200)
    >>> result = invariance(answers, by="sex", estimator="ML", missing="listwise")
    >>> result.table[["step", "df"]].to_numpy().tolist()[:3]
    [['configural', 4.0], ['metric', 7.0], ['scalar', 10.0]]
    """
    if estimator is not None:
        check_word("estimator", estimator, ESTIMATORS)
    missing = by_likelihood(missing)
    if missing is not None:
        check_word("missing", missing, MISSING)
    check_confidence(confidence)
    if isinstance(free, str):
        free = [free]
    chosen = choose_answers(
        data, by, model, scales, reference=reference, wave=wave, reverse=reverse, values=values
    )
    by_default = estimator is None
    how: Estimator = estimator or ("WLSMV" if chosen.latent.ordered else "MLR")
    rule = _missing_rule(how, missing)
    found = (
        *data_warnings(chosen.sample, chosen.latent.items),
        *key_doubts(chosen.latent, chosen.latent.given),
    )
    case, own = prepare_groups(chosen, how, rule)
    fits = fit_all(case, how, tuple(free))
    emit([*own, *found])
    means, freed = latent_means(case, how, tuple(free), fits, confidence)
    return Invariance(
        table=make_table(step_rows(fits, case), COLUMNS),
        parts={
            "fit_measures": fit_part(fits),
            "groups": make_table(group_rows_of(case), GROUP_COLUMNS),
            "latent_means": make_table(means, MEAN_COLUMNS),
            "release": make_table(release_rows(fits, case), RELEASE_COLUMNS),
        },
        notes=(
            *chosen.sample.notes,
            *masked_notes(chosen.sample, chosen.latent.scales),
            *_key_notes(chosen, by_default=by_default, how=how),
            *case_notes(case, how, rule, tuple(free), freed),
        ),
        call={
            "verb": "invariance",
            "by": chosen.groups.by,
            "model": case.text,
            "scales": plain(scales),
            "estimator": how,
            "missing": rule,
            "free": list(free),
            "reference": case.groups.names[0],
            "confidence": confidence,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*chosen.sample.reader_warnings, *own, *found])),
        labels=chosen.latent.labels,
        **provenance(chosen.sample, int(sum(case.sizes))),
    )


def _missing_rule(estimator: str, missing: str | None) -> str:
    allowed = ALLOWED_MISSING[estimator]
    if missing is not None and missing not in allowed:
        raise UsageError(
            f"missing cannot be {missing!r} with {estimator}; it is {listing(allowed, 'or')}."
        )
    return missing or allowed[0]


def _key_notes(chosen: Chosen, *, by_default: bool, how: str) -> tuple[str, ...]:
    notes = []
    if chosen.latent.reversed:
        notes.append(
            "Reversed before every statistic (lowest + highest - answer): "
            f"{listing(chosen.latent.reversed)}."
        )
    if by_default:
        why = "at most five categories" if how == "WLSMV" else "more than five different answers"
        notes.append(f"Estimated by {how}, because items have {why} (Rhemtulla et al., 2012).")
    return tuple(notes)


def case_notes(
    case: Case, estimator: str, rule: str, free: Sequence[str], more: str
) -> tuple[str, ...]:
    """How the numbers came about, and how to read them."""
    names = case.groups.names
    notes = [
        f"Groups by {case.groups.by}: {listing(names, shown=_SHOWN)}; {names[0]} is the reference, "
        "whose factor means are 0.",
        *case.notes,
    ]
    corrections = {
        "ML": "Maximum likelihood; the difference of two steps is that of their chi-squares.",
        "MLR": "Maximum likelihood with robust standard errors and Yuan and Bentler's scaled test "
        "(MLR); differences of steps by Satorra and Bentler (2001).",
        "MLM": "Maximum likelihood with robust standard errors and Satorra and Bentler's scaled "
        "test (MLM); differences of steps by Satorra and Bentler (2001).",
        "WLSMV": "Ordered answers: diagonally weighted least squares of thresholds and polychoric "
        "correlations, scaled and shifted test (WLSMV); differences of steps by Satorra (2000).",
        "ULSMV": "Ordered answers: unweighted least squares of thresholds and polychoric "
        "correlations, scaled and shifted test (ULSMV); differences of steps by Satorra (2000).",
    }
    notes.append(corrections[estimator])
    rules = {
        "fiml": "Missing answers: every answer given is used (full information maximum "
        "likelihood), which is right when they are missing at random.",
        "listwise": "Listwise deletion: only who answered every item of the model counts.",
        "pairwise": "Pairwise deletion: a threshold uses everyone who answered its item, a "
        "correlation everyone who answered both; right when answers are missing completely at "
        "random.",
    }
    notes.append(rules[rule])
    if case.thresholds is not None:
        notes.append(
            "Steps and identification follow Wu and Estabrook (2016); residual variances of the "
            "latent responses are 1 in the reference group (theta), and so are the variances of "
            "factors."
        )
        if min(case.thresholds.values()) < 2:
            two = [item for item, cuts in case.thresholds.items() if cuts < 2]
            notes.append(
                f"{listing(two, shown=_SHOWN)}: with two answers, equal thresholds, loadings and "
                "intercepts cannot be told apart and are tested together (scalar)."
            )
        elif max(case.thresholds.values()) < 3:
            notes.append("With three answers an item's equal thresholds constrain nothing.")
    small = sum(case.sizes) <= CHEN_SMALL
    cuts = (
        "CFI -.005, RMSEA .010 or SRMR .025 (loadings) / .005"
        if small
        else ("CFI -.010, RMSEA .015 or SRMR .030 (loadings) / .010")
    )
    notes.append(
        "Cut-offs are information, not a verdict. Chen (2007): a step is beyond when CFI falls and "
        f"RMSEA or SRMR rises by as much as {cuts}"
        f"{' (300 respondents or fewer)' if small else ''}. "
        "Cheung and Rensvold (2002): when CFI falls by more than .01. Both studied maximum "
        "likelihood" + (", not ordered answers." if case.thresholds is not None else ".")
    )
    if free:
        notes.append(f"Free in every step (partial invariance): {listing(free)}.")
    if more:
        notes.append(
            f"Freeing {more} would gain most at the scalar step; latent_means shows what it does "
            "to the differences. Which parameter to free is a matter of content, too."
        )
    return tuple(notes)
