"""Do partners see one another as they see themselves? Self-report beside the partner's report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._couples import EXCHANGEABLE, PAIRING_COLUMNS, Couples
from detachment.estimates._reports import Columns, Report, Reports, take_reports
from detachment.estimates._result import Result, interval_texts, make_table, rounded
from detachment.estimates._scales import (
    Floats,
    check_boot,
    check_confidence,
    check_rng,
    emit,
    provenance,
    take_seed,
)
from detachment.estimates._sentences import (
    LINK,
    aside,
    by_chance,
    likely,
    likely_more,
    more,
    not_given,
    people,
    stated,
)
from detachment.stats.adjust import Adjustment, adjust_p
from detachment.stats.icc import icc_anova, icc_robust_interval
from detachment.stats.judgement_bias import TruthBias, corrected_truth_bias, truth_bias
from detachment.stats.paired_judgements import clustered_kappa, judgement_difference
from detachment.stats.profiles import ProfileSimilarity, profile_similarity
from detachment.stats.retest import retest_reliability
from detachment.stats.robust_correlation import robust_fisher_interval
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
)
from detachment.validation import Survey

ADJUSTMENTS = {
    "holm": "Holm",
    "bh": "Benjamini-Hochberg",
    "by": "Benjamini-Yekutieli",
    "bonferroni": "Bonferroni",
    "hochberg": "Hochberg",
    "none": "none",
}
COLUMNS = {
    "scale": "str",
    "item": "str",
    "about": "str",
    "n": "Int64",
    "dyads": "Int64",
    "mean_self": "float64",
    "mean_partner": "float64",
    "sd_self": "float64",
    "sd_partner": "float64",
    "difference": "float64",
    "low": "float64",
    "high": "float64",
    "d_self": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "adjust": "str",
    "family": "str",
    "r": "float64",
    "r_low": "float64",
    "r_high": "float64",
    "icc": "float64",
    "icc_low": "float64",
    "icc_high": "float64",
    "kappa": "float64",
    "kappa_low": "float64",
    "kappa_high": "float64",
    "limit_low": "float64",
    "limit_low_low": "float64",
    "limit_low_high": "float64",
    "limit_high": "float64",
    "limit_high_low": "float64",
    "limit_high_high": "float64",
    "reason": "str",
}
PROFILE_COLUMNS = {
    "compared": "str",
    "profile": "str",
    "norms": "str",
    "n": "Int64",
    "dyads": "Int64",
    "items": "Int64",
    "mean_r": "float64",
    "low": "float64",
    "high": "float64",
    "pseudo_r": "float64",
    "pseudo_sd": "float64",
    "p": "float64",
    "n_perm": "Int64",
    "reason": "str",
}
TRUTH_COLUMNS = {
    "about": "str",
    "term": "str",
    "n": "Int64",
    "dyads": "Int64",
    "estimate": "float64",
    "se": "float64",
    "low": "float64",
    "high": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
    "standardized": "float64",
    "corrected": "float64",
    "corrected_low": "float64",
    "corrected_high": "float64",
    "reliability": "float64",
    "r2": "float64",
    "reason": "str",
}
BOTH = "both partners"
TERMS = ("directional_bias", "truth", "assumed_similarity")
_TERM_LABELS = {
    "directional_bias": "Directional bias (mean difference)",
    "truth": "Truth (partner's self-report)",
    "assumed_similarity": "Bias (own self-report: assumed similarity)",
}
SELF_AND_TOLD = "self-report and partner's report"
SELF_AND_SELF = "self-reports of both partners"
_PLAIN_TERMS = {
    "truth": "what a person says of themselves",
    "assumed_similarity": "what the partner says of their own state",
}
_SHOWN = 5
_LEAST = 3  # dyads


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PartnerAgreement(Result):
    """Self-reports beside partners' reports, one row a score or an item."""

    def _plain(self) -> Iterable[str]:
        for row in _records(self.table):
            if row["item"]:
                continue
            about = "" if row["about"] == BOTH else f", about {row['about']}"
            what = f"{self.named(row['scale'])}{about}"
            who = f"{people(row['n'])} people in {count(row['dyads'])} couples"
            if np.isnan(row["difference"]):
                yield not_given(what, row["reason"])
                continue
            yield (
                f"{what}: what partners say of a person is {more(row['difference'])} than what the "
                "person says, on average"
                + aside(likely_more(row["low"], row["high"]), by_chance(row["p"]), who)
                + "."
            )
            if not np.isnan(row["r"]):
                ends = aside(likely(row["r_low"], row["r_high"]))
                yield f"{what}: the link of the two reports is {number(row['r'])}{ends}."
        yield from self._plain_items()
        for row in _records(self.parts["truth_and_bias"]):
            if row["term"] in _PLAIN_TERMS and not np.isnan(row["estimate"]):
                about = "" if row["about"] == BOTH else f" ({row['about']})"
                tail = aside(likely_more(row["low"], row["high"]), by_chance(row["p"]))
                yield (
                    f"For each point more in {_PLAIN_TERMS[row['term']]}, the partner's report is "
                    f"{more(row['estimate'])}{about}{tail}."
                )

    def _plain_items(self) -> Iterable[str]:
        items = self.table[(self.table["item"] != "") & self.table["p_adjusted"].notna()]
        if items.empty:
            return
        differ = items[items["p_adjusted"] < 1 - self.call["confidence"]]
        said = [
            f"{self.named(row['item'])} ({more(row['difference'])} in the partner's eyes)"
            for row in _records(differ)
        ]
        yield (
            f"Seen differently by more than chance explains: {listing(said)}."
            if said
            else "No single question is seen differently by more than chance explains."
        )

    def _meaning(self) -> Iterable[str]:
        yield LINK
        yield (
            "Neither report is the truth: a person may not see, or not say, what the partner sees, "
            "and the partner may take their own state for the other's."
        )

    def _gaps(self) -> str:
        return "score"

    def family(self) -> tuple[int, bool]:
        """The comparison of scores alone: that of the items has its own sentence."""
        return 1, False  # those of the items are in the sentence about them

    def _apa(self) -> Iterable[str]:
        sure = level(self.call["confidence"])
        lines = [self._of_score(row, sure) for row in _records(self.table) if not row["item"]]
        lines += self._of_items()
        lines += [_of_profile(row, sure) for row in _records(self.parts["profiles"])]
        lines += [_of_truth(row, sure) for row in _records(self.parts["truth_and_bias"])]
        return lines

    def _of_score(self, row: Mapping[Any, Any], sure: str) -> str:
        about = "" if row["about"] == BOTH else f", {row['about']}"
        who = counted(int(row["n"]), "person", "people")
        head = f"{self.label(row['scale'])} (n = {who} in {counted(int(row['dyads']), 'dyad')}"
        head += f"{about})"
        if np.isnan(row["difference"]):
            return f"{head}: nothing is given; {row['reason']}."
        said = [
            f"partners reported M = {number(row['mean_partner'])}, people themselves M = "
            f"{number(row['mean_self'])}, a mean difference of {number(row['difference'])}, {sure} "
            f"CI {interval(row['low'], row['high'], can_exceed_one=True)}, t({row['df']:g}) = "
            f"{number(row['t'])}, {p_statement(row['p'])}"
        ]
        if not np.isnan(row["r"]):
            said.append(stated("r", row["r"], row["r_low"], row["r_high"]))
        if not np.isnan(row["icc"]):
            said.append(stated("ICC(A,1)", row["icc"], row["icc_low"], row["icc_high"]))
        said.append(
            "95% of the differences lie between "
            f"{number(row['limit_low'])} and {number(row['limit_high'])}"
        )
        return f"{head}: {'; '.join(said)}."

    def _of_items(self) -> list[str]:
        items = self.table[(self.table["item"] != "") & self.table["p_adjusted"].notna()]
        if items.empty:
            return []
        alpha = 1 - self.call["confidence"]
        differ = items[items["p_adjusted"] < alpha]
        family = items["family"].iloc[0]
        adjust = self.call["adjust"]
        how = family + (f", {ADJUSTMENTS[adjust]}" if adjust != "none" else ", not adjusted")
        if differ.empty:
            return [f"No item is seen differently at {bounded(alpha)} ({how})."]
        named = [
            f"{self.named(row['item'])} "
            f"({'more' if row['difference'] > 0 else 'less'} in the partner's eyes: "
            f"{number(row['difference'])} "
            f"{interval(row['low'], row['high'], can_exceed_one=True)}, "
            f"{p_statement(row['p_adjusted'])})"
            for row in _records(differ)
        ]
        return [f"Seen differently by partners at {bounded(alpha)} ({how}): {listing(named)}."]

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        sure = level(self.call["confidence"])

        frame = pd.DataFrame(
            {
                "Scale": table["scale"].map(self.label),
                "Item": table["item"],
                "About": table["about"],
                "n": table["n"].map(count),
                "Mean self": table["mean_self"].map(number),
                "Mean partner": table["mean_partner"].map(number),
                "Partner − self": table["difference"].map(number),
                f"{sure} CI": interval_texts(table, can_exceed_one=True),
                "p": table["p"].map(p_value),
                "Adjusted p": table["p_adjusted"].map(p_value),
                "r": table["r"].map(bounded),
                f"{sure} CI of r": interval_texts(table, "r"),
                "ICC(A,1)": table["icc"].map(bounded),
                f"{sure} CI of ICC": interval_texts(table, "icc"),
            }
        )
        if table["kappa"].notna().any():
            frame["Weighted κ"] = table["kappa"].map(bounded)
        if (table["about"] == BOTH).all():
            frame = frame.drop(columns="About")
        if not (table["item"] != "").any():
            frame = frame.drop(columns=["Item", "Adjusted p"])
        return frame

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts as people read them."""
        shown = {}
        sure = level(self.call["confidence"])
        scores = self.table[(self.table["item"] == "") & self.table["limit_low"].notna()]
        if len(scores):
            shown["Limits of agreement (partner − self)"] = pd.DataFrame(
                {
                    "About": scores["about"],
                    "Lower limit": scores["limit_low"].map(number),
                    f"{sure} CI of lower limit": interval_texts(
                        scores, "limit_low", can_exceed_one=True
                    ),
                    "Upper limit": scores["limit_high"].map(number),
                    f"{sure} CI of upper limit": interval_texts(
                        scores, "limit_high", can_exceed_one=True
                    ),
                }
            )
        profiles = self.parts["profiles"]
        if len(profiles):
            shown["Profile similarity over the items"] = pd.DataFrame(
                {
                    "Profiles": profiles["compared"],
                    "Kind": profiles["profile"],
                    "Item means of": profiles["norms"],
                    "Dyads": profiles["dyads"].map(count),
                    "Mean r": profiles["mean_r"].map(bounded),
                    f"{sure} CI": interval_texts(profiles),
                    "Pseudo-couples": profiles["pseudo_r"].map(bounded),
                    "p": profiles["p"].map(p_value),
                }
            )
        truth = self.parts["truth_and_bias"]
        frame = pd.DataFrame(
            {
                "Reports about": truth["about"],
                "Term": truth["term"].map(lambda term: _TERM_LABELS.get(term, term)),
                "n": truth["n"].map(count),
                "b": truth["estimate"].map(number),
                f"{sure} CI": interval_texts(truth, can_exceed_one=True),
                "t": truth["t"].map(number),
                "p": truth["p"].map(p_value),
                "Standardized": truth["standardized"].map(number),
                "Corrected b": truth["corrected"].map(number),
                f"{sure} CI of corrected b": interval_texts(
                    truth, "corrected", can_exceed_one=True
                ),
            }
        )
        if truth["corrected"].isna().all():
            frame = frame.drop(columns=["Corrected b", f"{sure} CI of corrected b"])
        if (truth["about"] == BOTH).all():
            frame = frame.drop(columns="Reports about")
        shown["Truth and bias"] = frame
        pairing = self.parts["pairing"]
        shown["Dyads"] = rounded(pairing[["what", "dyads", "respondents", "used"]])
        return shown

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part == "truth_and_bias" and column in ("corrected", "reliability"):
            return "corrected for both roles together alone, where the items have an alpha"
        if part == "truth_and_bias" and column.startswith("corrected"):
            return "no resamples (n_boot), or nothing to correct"
        return Result.why_missing(self, part, column)


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict(orient="records")


def _of_profile(row: Mapping[Any, Any], sure: str) -> str:
    if np.isnan(row["mean_r"]):
        return ""
    p = "" if np.isnan(row["p"]) else f", {p_statement(row['p'])}"
    return (
        f"{row['profile'].capitalize()} profile similarity of {row['compared']} "
        f"({row['items']} items, {counted(int(row['dyads']), 'dyad')}, norms of {row['norms']}): "
        f"mean r = {bounded(row['mean_r'])}, {sure} CI {interval(row['low'], row['high'])}; "
        f"pseudo-couples {bounded(row['pseudo_r'])}{p}."
    )


def _of_truth(row: Mapping[Any, Any], sure: str) -> str:
    if np.isnan(row["estimate"]):
        return ""
    about = "" if row["about"] == BOTH else f" ({row['about']})"
    ends = interval(row["low"], row["high"], can_exceed_one=True)
    return (
        f"{_TERM_LABELS.get(row['term'], row['term'])}{about}: b = {number(row['estimate'])}, "
        f"{sure} CI {ends}, t({row['df']:g}) = {number(row['t'])}, {p_statement(row['p'])}."
    )


def partner_agreement(
    data: Survey | pd.DataFrame,
    *,
    self_report: Columns | None = None,
    partner_report: Columns | None = None,
    by_role: bool = False,
    dyad: str | None = None,
    role: str | None = None,
    respondent: str | None = None,
    adjust: Adjustment = "holm",
    confidence: float = 0.95,
    n_boot: int = 1000,
    n_perm: int = 1000,
    rng: int | np.random.Generator = 1,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> PartnerAgreement:
    """Compare what people report of themselves with what their partners report of them.

    Three questions: do the two reports of the same person differ or go together, over all and sign
    by sign; are the profiles over the signs more alike than those of people who are no couple; and
    how far is a partner's report pulled by the truth and by what the partner is. How alike
    partners' own scores are is asked with :func:`agreement`.

    Parameters
    ----------
    data
        A survey; or a plain table with one row a person (``dyad=``) or one row a dyad (pairs of
        columns).
    self_report
        A scale's id; for a plain table a column, or the items. By default the largest scale of the
        instrument whose items are also asked about the partner.
    partner_report
        The scale of the same items about the partner; by default that of the items
        ``<id>__partner``. For a plain table a column, or the items in the same order.
    by_role
        Whether reports about either role, and truth and bias of either role, are also given
        apart, with their difference: for dyads in which it means something who is who.
    dyad, role, respondent
        For a plain table: the columns that say which dyad a row is of, which partner, and who.
    adjust
        p values of the differences of the items: ``holm``, ``bh``, ``by``, ``bonferroni``,
        ``hochberg`` or ``none``. The score is a question of its own.
    confidence
        Level of the intervals.
    n_boot
        Resamples of dyads for the intervals of the corrected forces of truth and bias; 0 for none.
    n_perm
        Random re-pairings of couples, with which their profiles are compared.
    rng
        Seed or generator of resamples and re-pairings.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    PartnerAgreement
        One row a score or item: ``scale, item, about, n, dyads, mean_self, mean_partner, sd_self,
        sd_partner, difference`` (partner's report less self-report) with ``low, high, t, df, p``,
        ``d_self`` (over the standard deviation of the self-reports), ``p_adjusted``; ``r``,
        ``icc`` (ICC(A,1)) and ``kappa`` (quadratic weights, of items) with intervals, limits of
        agreement and ``reason``. Parts: ``profiles`` (raw and distinctive similarity of profiles,
        beside that of pseudo-couples), ``truth_and_bias`` and ``pairing``.

    Raises
    ------
    UsageError
        When the two reports do not have the same items, or an option does not fit.
    SurveyError
        When nobody rates a partner, or there is no dyad with two partners.
    Refusal
        With fewer than three dyads in which a report can be compared.

    Warns
    -----
    DataWarning
        Answers off their scale, doubts about a key, few dyads.

    References
    ----------
    Bland, J. M., & Altman, D. G. (1986). *Lancet, 327*, 307-310. Furr, R. M. (2008). *Journal of
    Personality, 76*, 1267-1316 (distinctive profiles). West, T. V., & Kenny, D. A. (2011).
    *Psychological Review, 118*, 357-378 (truth and bias). Kenny, D. A., Kashy, D. A., & Cook, W. L.
    (2006). *Dyadic Data Analysis* (pseudo-couples).

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> own = rng.normal(size=200)
    >>> partner = own.reshape(-1, 2)[:, ::-1].ravel()
    >>> table = pd.DataFrame({"dyad": np.arange(200) // 2, "own": own,
    ...     "sees": 0.6 * partner + 0.25 * own + 0.4 * rng.normal(size=200)})
    >>> result = partner_agreement(table, self_report="own", partner_report="sees", dyad="dyad")
    >>> result.parts["truth_and_bias"]["estimate"].round(2).tolist()
    [0.0, 0.61, 0.25]
    """
    check_word("adjust", adjust, tuple(ADJUSTMENTS))
    check_confidence(confidence)
    check_boot(n_boot)
    if n_perm < 0:
        raise UsageError(f"n_perm is a number of re-pairings, 0 for none; it cannot be {n_perm!r}.")
    rng = check_rng(rng)
    reports = take_reports(
        data,
        self_report=self_report,
        partner_report=partner_report,
        columns={"dyad": dyad, "role": role, "respondent": respondent},
        wave=wave,
        reverse=reverse,
        values=values,
    )
    couples = reports.couples
    whole = _comparable(reports.score)
    if int(whole.any(axis=1).sum()) < _LEAST:
        raise Refusal(
            f"Self-report and partner's report of the same person are both there in "
            f"{counted(int(whole.any(axis=1).sum()), 'dyad')}; at least {_LEAST} are needed. Each "
            "person must be rated by the partner and answer too."
        )
    known = ~couples.arbitrary & couples.complete
    apart = [BOTH]
    doubts = list(couples.study.warnings)
    said = _few(int(whole.any(axis=1).sum()))
    if by_role:
        if not known.any():
            raise Refusal(
                "by_role asks for either role apart, and in no dyad it means anything who is who: "
                "there is no column of roles, or roles are declared arbitrary. Ask without it."
            )
        apart += list(couples.roles)
    doubts += said
    emit(doubts)
    rows = [
        _row(report, about, couples, confidence)
        for about in apart
        for report in (reports.score, *(reports.items if about == BOTH else ()))
    ]
    _adjust(rows, adjust)
    start = take_seed(rng)
    parts = {
        "profiles": make_table(_profiles(reports, confidence, n_perm, start), PROFILE_COLUMNS),
        "truth_and_bias": make_table(
            _truth(reports, confidence, n_boot, start, by_role=by_role), TRUTH_COLUMNS
        ),
        "pairing": couples.pairing[list(PAIRING_COLUMNS)],
    }
    study = couples.study
    used = np.zeros(int(study.sample.rows.sum()), dtype=np.bool_)
    used[couples.places[whole.any(axis=1)].ravel()] = True
    return PartnerAgreement(
        table=make_table(rows, COLUMNS),
        parts=parts,
        notes=(
            *study.notes,
            *couples.notes,
            *reports.notes,
            *_notes(reports, whole, adjust, n_boot, n_perm, by_role=by_role),
        ),
        call={
            "verb": "partner_agreement",
            "self_report": reports.self_report,
            "partner_report": reports.partner_report,
            "by_role": by_role,
            "adjust": adjust,
            "confidence": confidence,
            "n_boot": n_boot,
            "n_perm": n_perm,
            "rng": rng if isinstance(rng, int) else "Generator",
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*study.sample.reader_warnings, *doubts])),
        labels={reports.score.scale: reports.score.label}
        | {item.item: item.label for item in reports.items},
        **provenance(study.sample, int(used.sum())),
    )


def _comparable(report: Report) -> np.ndarray:
    """Who has both reports, (D, 2)."""
    return np.asarray(np.isfinite(report.own) & np.isfinite(report.told))


def _few(dyads: int) -> list[str]:
    if dyads >= 30:
        return []
    return [
        f"Both reports are there in {counted(dyads, 'dyad')} only: standard errors by dyad are too "
        "small with so few, and intervals too narrow."
    ]


def _row(report: Report, about: str, couples: Couples, confidence: float) -> dict[str, Any]:
    """Difference and agreement of both reports about both partners, or about one role."""
    own, told, dyad = _flat(report, about, couples)
    both = np.isfinite(own) & np.isfinite(told)
    d = judgement_difference(own, told, dyad, confidence=confidence)
    row: dict[str, Any] = {
        "scale": report.scale,
        "item": report.item,
        "about": about,
        "n": d.n,
        "dyads": d.clusters,
    }
    if d.clusters < _LEAST:
        return row | {"reason": f"both reports are there in {counted(d.clusters, 'dyad')} only"}
    x, y, clusters = own[both], told[both], dyad[both]
    reasons = []
    pair = retest_reliability(x, y, confidence)
    r_low, r_high = robust_fisher_interval(x, y, confidence, clusters=clusters)
    ratings = np.column_stack([x, y])
    icc = float(icc_anova(ratings, confidence).icc[1])
    icc_low, icc_high = icc_robust_interval(ratings, clusters=clusters, confidence=confidence)
    if np.isnan(pair.r):
        reasons.append("no r: one side's answers do not vary")
    if np.isnan(icc):
        reasons.append("no ICC: the answers do not vary")
    elif np.isnan(icc_low[1]):
        reasons.append("no interval of the ICC: too few dyads, or the reports agree to the dot")
    if np.isnan(d.t):
        reasons.append("no t and no p: every dyad has the same difference")
    row |= {
        "mean_self": d.mean_first,
        "mean_partner": d.mean_second,
        "sd_self": d.sd_first,
        "sd_partner": d.sd_second,
        "difference": d.difference,
        "low": d.low,
        "high": d.high,
        "d_self": d.difference / d.sd_first if d.sd_first > 0 else np.nan,
        "t": d.t,
        "df": d.df,
        "p": d.p,
        "r": float(pair.r),
        "r_low": float(r_low),
        "r_high": float(r_high),
        "icc": icc,
        "icc_low": float(icc_low[1]),
        "icc_high": float(icc_high[1]),
        "limit_low": d.lower,
        "limit_low_low": d.lower_low,
        "limit_low_high": d.lower_high,
        "limit_high": d.upper,
        "limit_high_low": d.upper_low,
        "limit_high_high": d.upper_high,
    }
    if report.values is None:
        reasons.append("no kappa: " + ("the answers are no few categories" if report.item
                                       else "a score has no categories"))  # fmt: skip
    else:
        kappas = clustered_kappa(x, y, clusters, report.values, confidence=confidence)
        row |= dict(zip(("kappa", "kappa_low", "kappa_high"), kappas, strict=True))
        if np.isnan(kappas[0]):
            reasons.append("no kappa: everyone gives one answer")
        elif np.isnan(kappas[1]):
            reasons.append("no interval of kappa: it does not vary from dyad to dyad")
    return row | {"reason": "; ".join(reasons)}


def _flat(report: Report, about: str, couples: Couples) -> tuple[Floats, Floats, Any]:
    """Both reports and the dyad of each person whom they are about."""
    dyad = np.arange(len(report.own))
    if about == BOTH:
        return report.own.ravel(), report.told.ravel(), np.repeat(dyad, 2)
    k = couples.roles.index(about)
    known = ~couples.arbitrary
    return report.own[known, k], report.told[known, k], dyad[known]


def _adjust(rows: list[dict[str, Any]], adjust: Adjustment) -> None:
    """Adjust p within the items, and within the scores."""
    for items in (True, False):
        family = [row for row in rows if bool(row["item"]) == items]
        p = np.array([row.get("p", np.nan) for row in family])
        tests = int(np.isfinite(p).sum())
        for row, adjusted in zip(family, adjust_p(p, adjust if items else "none"), strict=True):
            if not items and row["about"] != BOTH:
                tests = 1
            row |= {
                "p_adjusted": float(adjusted),
                "adjust": adjust if items else "none",
                "family": counted(tests if items else 1, "test"),
            }


def _profiles(reports: Reports, confidence: float, n_perm: int, seed: int) -> list[dict[str, Any]]:
    """Similarity of profiles: of one person in two reports, and of two people in their own."""
    if len(reports.items) < 3:
        return []
    couples = reports.couples
    own, told = reports.profiles()
    whole = couples.complete
    known = whole & ~couples.arbitrary
    asked = []
    if (whole & couples.arbitrary).any():
        asked.append((whole, True, "all people"))
    if known.any():
        asked.append((known, False, "each role"))
    rows = []
    for dyads, exchangeable, norms in asked:
        for compared, x, y in (
            (SELF_AND_TOLD, own[dyads], told[dyads]),
            (SELF_AND_SELF, own[dyads, 0], own[dyads, 1]),
        ):
            fit = profile_similarity(x, y, exchangeable=exchangeable, n_perm=n_perm, rng=seed)
            rows += _profile_rows(fit, compared, norms, x.shape[-1], confidence)
    return rows


def _profile_rows(
    fit: ProfileSimilarity, compared: str, norms: str, items: int, confidence: float
) -> list[dict[str, Any]]:
    rows = []
    for k, profile in enumerate(("raw", "distinctive")):
        r = fit.r[k]
        dyad = np.repeat(np.arange(len(r)), r.size // max(len(r), 1))
        d = judgement_difference(np.zeros(r.size), r.ravel(), dyad, confidence=confidence)
        row = {
            "compared": compared,
            "profile": profile,
            "norms": norms,
            "n": d.n,
            "dyads": d.clusters,
            "items": items,
            "n_perm": fit.n_perm,
        }
        if d.clusters < _LEAST:
            rows.append(row | {"reason": "fewer than three dyads have two profiles that vary"})
            continue
        rows.append(
            row
            | {
                "mean_r": float(fit.mean[k]),
                "low": max(d.low, -1.0),
                "high": min(d.high, 1.0),
                "pseudo_r": float(fit.pseudo[k]),
                "pseudo_sd": float(fit.pseudo_sd[k]),
                "p": float(fit.p[k]),
                "reason": "" if fit.n_perm else "no p: no re-pairings were asked for",
            }
        )
    return rows


def _truth(
    reports: Reports, confidence: float, n_boot: int, seed: int, *, by_role: bool
) -> list[dict[str, Any]]:
    """Rows of the truth and bias model: of both roles together, and on request apart."""
    score, couples = reports.score, reports.couples
    # What is said of a member, what that member says, and what its judge says of himself.
    judgement, truth, bias = score.told, score.own, score.own[:, ::-1]
    dyad = np.repeat(np.arange(len(truth)), 2)
    y, x, z = (part.ravel() for part in (judgement, truth, bias))
    fit = truth_bias(y, x, z, dyad, confidence=confidence)
    rows = _truth_rows(fit, 0, BOTH)
    alpha = reports.reliability
    if np.isfinite(alpha):
        boot = corrected_truth_bias(
            y, x, z, dyad, reliability=(alpha, alpha), n_boot=n_boot, rng=seed
        )
        low, high = boot.percentile(confidence) if n_boot else (np.full(2, np.nan),) * 2
        for k, row in enumerate(rows[1:]):
            row |= {
                "corrected": float(boot.estimate[k]),
                "corrected_low": float(low[k]),
                "corrected_high": float(high[k]),
                "reliability": alpha,
            }
    if not by_role:
        return rows
    known = ~couples.arbitrary
    group = np.tile(np.array([0, 1]), int(known.sum()))
    y, x, z = (part[known].ravel() for part in (judgement, truth, bias))
    fit = truth_bias(
        y, x, z, np.repeat(np.flatnonzero(known), 2), groups=group, confidence=confidence
    )
    for k, about in enumerate(couples.roles):
        rows += _truth_rows(fit, k, about)
    names = f"{couples.roles[0]} − {couples.roles[1]}"
    for k, term in enumerate(TERMS):
        rows.append(
            {
                "about": names,
                "term": term,
                "n": int(fit.n.sum()),
                "dyads": fit.clusters,
                "estimate": float(fit.difference[k]),
                "se": float(fit.difference_se[k]),
                "low": float(fit.difference_low[k]),
                "high": float(fit.difference_high[k]),
                "t": float(fit.difference_t[k]),
                "df": fit.df,
                "p": float(fit.difference_p[k]),
                "reason": "a difference is not standardized"
                if np.isfinite(fit.difference[k])
                else "there is no model of one of the roles",
            }
        )
    return rows


def _truth_rows(fit: TruthBias, group: int, about: str) -> list[dict[str, Any]]:
    rows = []
    for k, term in enumerate(TERMS):
        row: dict[str, Any] = {
            "about": about,
            "term": term,
            "n": int(fit.n[group]),
            "dyads": fit.clusters if about == BOTH else int(fit.n[group]),
        }
        if np.isnan(fit.estimate[group, k]):
            rows.append(
                row
                | {
                    "reason": "too few judgements, or truth and bias follow from each other, or "
                    "the judgements from them"
                }
            )
            continue
        rows.append(
            row
            | {
                "estimate": float(fit.estimate[group, k]),
                "se": float(fit.se[group, k]),
                "low": float(fit.low[group, k]),
                "high": float(fit.high[group, k]),
                "t": float(fit.t[group, k]),
                "df": fit.df,
                "p": float(fit.p[group, k]),
                "standardized": float(fit.std[group, k - 1]) if k else np.nan,
                "r2": float(fit.r2[group]),
                "reason": "" if k else "an intercept is neither standardized nor corrected",
            }
        )
    return rows


def _notes(
    reports: Reports,
    whole: np.ndarray,
    adjust: str,
    n_boot: int,
    n_perm: int,
    *,
    by_role: bool,
) -> tuple[str, ...]:
    couples = reports.couples
    dyads = int(whole.any(axis=1).sum())
    half = int((whole.sum(axis=1) == 1).sum())
    notes = [
        f"Both reports of a person are there for {counted(int(whole.sum()), 'person', 'people')} "
        f"in {counted(dyads, 'dyad')}"
        + (f"; in {half} of them for one partner only, who counts." if half else ".")
        + " A person is compared with what the partner says of that person.",
        "Two judgements of one dyad are not independent: standard errors, intervals and p are "
        "clustered by dyad (sandwich with t of dyads − 1 degrees of freedom for means and slopes, "
        "jackknife for r, ICC, kappa and limits of agreement).",
        "d_self (in the full table: --json, to_frame()) is the mean difference over the standard "
        "deviation of the self-reports.",
    ]
    if reports.items:
        notes.append(
            f"p of the items is adjusted ({ADJUSTMENTS[adjust]}) over the items that are printed; "
            "the score is a question of its own."
            if adjust != "none"
            else "p of the items is not adjusted for their number."
        )
        if len(reports.items) >= 3:
            notes.append(
                "Profile similarity is r over the items; a flat profile has none. Everybody's "
                "profile is somewhat like the average one, so that raw similarity is high for any "
                "two people; distinctive similarity is what is left without the item means. "
                "Pseudo-couples are all pairs of people who are no couple"
                + (
                    f"; p is one-sided, from {n_perm:,} random re-pairings of whole couples."
                    if n_perm
                    else "; without random re-pairings (n_perm) there is no p."
                )
            )
    notes.append(
        "Truth and bias (West & Kenny): the partner's report on the self-report (truth) and on "
        "what the judge reports of himself or herself (assumed similarity), judgement and truth "
        "centred on the mean of the truth, so that the first term is the mean difference. The "
        "self-report stands for the truth and is itself a report. Who answers everything alike, or "
        "at random, rates both people alike, which looks like assumed similarity: compare with the "
        "result without flagged respondents."
    )
    if by_role:
        notes.append(
            f"Reports about {couples.roles[0]} are those of {couples.roles[1]}, and the other way "
            "round; truth and bias are centred on the means of each."
        )
    if np.isfinite(reports.reliability):
        notes.append(
            "The slopes are of observed scores: measurement error draws that of truth towards 0 "
            "and may lend some of it to the other. The corrected ones take alpha of the "
            f"self-reports ({bounded(reports.reliability)}) for the reliability of both, as if it "
            "were known"
            + (
                f"; their intervals are percentiles of {n_boot:,} resamples of dyads."
                if n_boot
                else "."
            )
        )
    else:
        notes.append(
            "The slopes are of observed scores: measurement error draws that of truth towards 0. "
            "Without the items there is no reliability to correct for it."
        )
    if couples.roles != EXCHANGEABLE and not by_role:
        known = int((~couples.arbitrary & couples.complete).sum())
        notes.append(
            f"In {counted(known, 'dyad')} it means something who is who ("
            f"{listing(couples.roles)}); --by-role (by_role=True in Python) gives either apart."
        )
    return tuple(notes)
