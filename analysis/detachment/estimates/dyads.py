"""What dyads there are, how alike partners are, and whether it matters which partner is which."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import fdtr, fdtrc

from detachment.errors import SurveyError, UsageError, check_word
from detachment.estimates._couples import KINDS, Couples, Kind, take_couples
from detachment.estimates._coverage import is_skewed, too_narrow
from detachment.estimates._result import Result, interval_texts, make_table, rounded
from detachment.estimates._scales import (
    Floats,
    check_confidence,
    choose_scales,
    emit,
    masked_notes,
    provenance,
    take_sample,
)
from detachment.estimates._sentences import (
    NO_CAUSE,
    aside,
    by_chance,
    for_readers,
    likely,
    likely_more,
    more,
    not_given,
    people,
    stated,
)
from detachment.estimates._study import Measure, Selector
from detachment.stats.correlation import t_test_p
from detachment.stats.dyads import (
    EXCHANGEABILITY,
    double_entry_icc,
    exchangeability_tests,
    paired_effect_interval,
    pitman_morgan,
)
from detachment.stats.icc import icc_anova, icc_robust_interval
from detachment.stats.retest import retest_reliability
from detachment.stats.robust_correlation import fisher_z_spread
from detachment.text import bounded, count, counted, interval, level, listing, number, p_statement
from detachment.validation import Survey

Missing = Literal["fiml", "listwise"]
MISSING: tuple[Missing, ...] = ("fiml", "listwise")
_WHERE = {"group": "str", "dyads": "str", "scale": "str"}
COLUMNS = _WHERE | {
    "n": "Int64",
    "incomplete": "Int64",
    "icc": "float64",
    "icc_low": "float64",
    "icc_high": "float64",
    "f": "float64",
    "df1": "float64",
    "df2": "float64",
    "p": "float64",
    "double_entry_icc": "float64",
    "r": "float64",
    "r_low": "float64",
    "r_high": "float64",
    "r_p": "float64",
    "reason": "str",
}
_ROLES = _WHERE | {
    "first": "str",
    "second": "str",
    "n": "Int64",
    "mean_first": "float64",
    "mean_second": "float64",
    "sd_first": "float64",
    "sd_second": "float64",
    "difference": "float64",
    "low": "float64",
    "high": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
    "dz": "float64",
    "dz_low": "float64",
    "dz_high": "float64",
    "variance_ratio": "float64",
    "ratio_low": "float64",
    "ratio_high": "float64",
    "variance_t": "float64",
    "p_variance": "float64",
}
_TESTS = {
    "group": "str",
    "scale": "str",
    "test": "str",
    "chi2": "float64",
    "df": "float64",
    "p": "float64",
    "n": "Int64",
    "reason": "str",
}
ALL = "all"
_WHAT = {
    "omnibus": "all of these",
    "means": "equal means",
    "variances": "equal variances",
    "covariances_within": "equal covariances within a person",
    "covariances_between": "equal covariances between partners",
}
_PLAIN_DYADS = {
    "distinguishable": "couples in which it is known who is who",
    "indistinguishable": "couples in which nobody is first or second",
}
_ALL_AT_ONCE = EXCHANGEABILITY[:1]
_MOST_TOGETHER = 8  # scales in one test: more have more moments than most studies have dyads
_LEVEL = 0.05
_FEWEST = 3  # dyads: any two lie on a line
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DyadSimilarity(Result):
    """How alike partners are, one row a scale and kind of dyad.

    Attributes
    ----------
    roles
        What distinguishable partners are called.
    """

    roles: tuple[str, str] = field(default=("", ""))

    def _plain(self) -> Iterable[str]:
        for row in self.table.to_dict(orient="records"):
            of = ", ".join(
                filter(None, (row["group"], _PLAIN_DYADS.get(row["dyads"], row["dyads"])))
            )
            what = f"{self.named(row['scale'])}, {of}"
            if np.isnan(row["icc"]):
                yield not_given(what, row["reason"])
                continue
            yield (
                f"{what}: likeness of partners {number(row['icc'])}"
                + aside(
                    likely(row["icc_low"], row["icc_high"]),
                    by_chance(row["p"]),
                    f"{people(row['n'])} couples",
                )
                + "."
            )
        for row in self.parts["roles"].to_dict(orient="records"):
            if np.isnan(row["low"]):
                continue
            yield (
                f"{self.named(row['scale'])}: {row['first']} is {more(row['difference'])} than "
                f"{row['second']} on average"
                + aside(
                    likely_more(row["low"], row["high"]),
                    by_chance(row["p"]),
                    f"{people(row['n'])} couples",
                )
                + "."
            )

    def _meaning(self) -> Iterable[str]:
        yield (
            "Likeness is 1 where partners always answer the same, and 0 where they are no more "
            "alike than two people picked at random."
        )
        yield (
            "Two partners who are alike are not two independent people: a study that counts them "
            "as such believes that it knows more than it does."
        )
        yield NO_CAUSE

    def _apa(self) -> Iterable[str]:
        said = [self._sentence(row) for row in self.table.to_dict(orient="records")]
        said += [self._difference(row) for row in self.parts["roles"].to_dict(orient="records")]
        return [*said, *(for_readers(text, {}) for text in self.follows())]

    def follows(self) -> tuple[str, ...]:
        """Which analysis the tests of distinguishability lead to."""
        tests = self.parts["distinguishability"]
        said = []
        for row in tests[tests["test"] == "omnibus"].to_dict(orient="records"):
            if row["scale"] != ALL and (tests["scale"] == ALL).any():
                continue
            if np.isnan(row["p"]):
                continue
            of = "" if row["group"] == "" else f" ({row['group']})"
            what = "these scales" if row["scale"] == ALL else self.named(row["scale"])
            chi2 = f"χ²({count(row['df'])}) = {number(row['chi2'])}, {p_statement(row['p'])}"
            said.append(
                f"Test of distinguishability of {what}{of}, {counted(int(row['n']), 'dyad')}: "
                f"{chi2}. "
                + (
                    "It matters which partner is which: let roles have parameters of their own "
                    "(apim does so)."
                    if row["p"] < _LEVEL
                    else "No sign that it matters which partner is which: partners may share "
                    "parameters, which is no proof that roles are the same."
                )
            )
        if (self.table["dyads"] != "distinguishable").any():
            said.append(
                "Where no role tells partners apart, who is first means nothing: take models of "
                "indistinguishable dyads (apim with --indistinguishable; distinguishable=False in "
                "Python)."
            )
        return tuple(said)

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        group = f"{row['group']}, " if row["group"] else ""
        head = f"{self.named(row['scale'])} ({group}{row['dyads']} dyads, n = {count(row['n'])})"
        if np.isnan(row["icc"]):
            return f"{head}: nothing is given; {row['reason']}."
        ends = (row["icc_low"], row["icc_high"])
        sure = self.call["confidence"]
        text = f"{head}: {stated('ICC(1,1)', row['icc'], *ends, confidence=sure)}"
        if not np.isnan(row["p"]):
            df = f"{count(row['df1'])}, {count(row['df2'])}"
            text += f", F({df}) = {number(row['f'])}, {p_statement(row['p'])}"
        if not np.isnan(row["r"]):
            text += (
                f"; r = {bounded(row['r'])} {interval(row['r_low'], row['r_high'])}, "
                f"{p_statement(row['r_p'])}"
            )
        return f"{text}."

    def _difference(self, row: Mapping[Any, Any]) -> str:
        group = f" ({row['group']})" if row["group"] else ""
        head = f"{self.named(row['scale'])}{group}, {row['first']} minus {row['second']}"
        if np.isnan(row["difference"]):
            return f"{head}: no difference is given."
        ends = interval(row["low"], row["high"], can_exceed_one=True)
        if np.isnan(row["low"]):
            ends = "(no interval: one dyad, or all of them differ alike)"
        text = f"{head}: {number(row['difference'])} {ends}"
        if not np.isnan(row["t"]):
            dz = interval(row["dz_low"], row["dz_high"], can_exceed_one=True)
            text += (
                f", t({count(row['df'])}) = {number(row['t'])}, {p_statement(row['p'])}, "
                f"dz = {number(row['dz'])} {dz}"
            )
        if not np.isnan(row["variance_ratio"]):
            ratio = interval(row["ratio_low"], row["ratio_high"], can_exceed_one=True)
            text += (
                f"; variance ratio {number(row['variance_ratio'])} {ratio}, "
                f"{p_statement(row['p_variance'])}"
            )
        return f"{text}."

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        sure = level(self.call["confidence"])
        shown = {
            "Group": table["group"],
            "Dyads": table["dyads"],
            "Scale": table["scale"].map(self.label),
            "n": table["n"].map(count),
            "Incomplete": table["incomplete"].map(count),
            "ICC(1,1)": table["icc"].map(bounded),
            f"{sure} CI": interval_texts(table, "icc"),
            "p": rounded(table[["p"]])["p"],
            "Double-entry ICC": table["double_entry_icc"].map(bounded),
            "r": table["r"].map(bounded),
            f"{sure} CI of r": interval_texts(table, "r"),
            "p of r": rounded(table[["r_p"]].rename(columns={"r_p": "p"}))["p"],
        }
        frame = pd.DataFrame(shown)
        if not (table["group"] != "").any():
            frame = frame.drop(columns="Group")
        if table["r"].isna().all():
            frame = frame.drop(columns=["r", f"{sure} CI of r", "p of r"])
        return frame

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts."""
        sure = level(self.call["confidence"])
        shown: dict[str, pd.DataFrame] = {"Pairing": rounded(_readable(self.parts["pairing"]))}
        roles = self.parts["roles"]
        if not roles.empty:
            frame = pd.DataFrame(
                {
                    "Group": roles["group"],
                    "Scale": roles["scale"].map(self.label),
                    "n": roles["n"].map(count),
                    **{
                        f"{what} {name}": roles[f"{column}_{place}"].map(number)
                        for what, column in (("Mean", "mean"), ("SD", "sd"))
                        for place, name in zip(("first", "second"), self.roles, strict=True)
                    },
                    f"{self.roles[0]} − {self.roles[1]}": roles["difference"].map(number),
                    f"{sure} CI": interval_texts(roles, can_exceed_one=True),
                    "p": rounded(roles[["p"]])["p"],
                    "dz": roles["dz"].map(number),
                    f"{sure} CI of dz": interval_texts(roles, "dz", can_exceed_one=True),
                    "Variance ratio": roles["variance_ratio"].map(number),
                    f"{sure} CI of ratio": interval_texts(roles, "ratio", can_exceed_one=True),
                    "p of ratio": rounded(roles[["p_variance"]])["p variance"],
                }
            )
            if not (roles["group"] != "").any():
                frame = frame.drop(columns="Group")
            shown["Roles compared"] = frame
        tests = self.parts["distinguishability"]
        if not tests.empty:
            tests = tests.assign(
                scale=tests["scale"].map(lambda s: "all scales" if s == ALL else self.label(s)),
                test=tests["test"].map(_WHAT),
            )
            for name in ("group", "reason"):
                if not (tests[name] != "").any():
                    tests = tests.drop(columns=name)
            shown["Tests of distinguishability"] = rounded(tests)
        return shown


def _readable(pairing: pd.DataFrame) -> pd.DataFrame:
    return pairing.drop(columns="finding")


def dyads(
    data: Survey | pd.DataFrame,
    *,
    scales: Selector | Sequence[Sequence[str]] | None = None,
    dyads: Kind | None = None,
    by: str | None = None,
    missing: Missing = "fiml",
    confidence: float = 0.95,
    each_test: bool = True,
    dyad: str | None = None,
    role: str | None = None,
    respondent: str | None = None,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> DyadSimilarity:
    """Pair partners; say how alike they are, and whether it matters which partner is which.

    Parameters
    ----------
    data
        A survey with a column of the role ``dyad_id``; or a plain table: long, with ``dyad=`` (and
        ``role=``) naming its columns, or wide with one row a dyad.
    scales
        What is compared: a selector; of a wide table a list of pairs of columns, such as
        ``[["x_1", "x_2"], ["y_1", "y_2"]]``. By default every scale of a survey.
    dyads
        Which dyads: ``distinguishable`` (two roles that are not declared arbitrary),
        ``indistinguishable`` (the others) or ``all`` as if indistinguishable. By default each kind
        that is there, in rows of its own.
    by
        A metadata column that is the same for both partners: results for each of its groups.
    missing
        Of the test of distinguishability: ``fiml`` (every dyad with an answer) or ``listwise``.
        Everything else rests on dyads with both scores.
    confidence
        Level of the intervals.
    each_test
        Whether distinguishability is also tested scale by scale and part by part (means,
        variances, ...), and not only at once where it can be; it takes a while.
    dyad, role, respondent
        Columns of a plain table; for a survey the instrument says which they are. A column called
        ``role_is_arbitrary`` is taken at its word.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table with one row a person: columns to reverse, lowest and highest answer.

    Returns
    -------
    DyadSimilarity
        One row a kind of dyads and scale: ``group, dyads, scale, n, incomplete, icc, icc_low,
        icc_high, f, df1, df2, p, double_entry_icc, r, r_low, r_high, r_p, reason``. ``icc`` is
        ICC(1,1) with an interval that needs no normal scores, ``p`` its F test, two-sided, since
        partners can be less alike than strangers; ``r`` of both roles is given where roles are
        known. Parts: ``pairing``; ``roles`` (paired differences of means with dz, and of
        variances); ``distinguishability`` of each scale and of all together.

    Raises
    ------
    SurveyError
        When no dyad is complete, or nobody has a score.
    UsageError
        When a word is unknown.

    Warns
    -----
    DataWarning
        Answers off their scale, keys in doubt.

    References
    ----------
    Kenny, D. A., Kashy, D. A., & Cook, W. L. (2006). *Dyadic Data Analysis*, chapters 2 and 6.
    Griffin, D., & Gonzalez, R. (1995). *Psychological Bulletin, 118*, 430-439. Pitman, E. J. G.
    (1939). *Biometrika, 31*, 9-12.

    Examples
    --------
    >>> x = pd.DataFrame({"x_a": [1, 2, 3, 4, 5, 3], "x_b": [2, 2, 3, 5, 4, 4]})
    >>> result = dyads(x, scales=["x_a", "x_b"])
    >>> result.table[["n", "icc", "r"]].round(2).to_dict("records")
    [{'n': 6, 'icc': 0.81, 'r': 0.82}]
    """
    check_confidence(confidence)
    check_word("missing", missing, MISSING)
    if dyads is not None:
        check_word("dyads", dyads, KINDS)
    if isinstance(data, pd.DataFrame):
        if scales is None:
            raise UsageError("scales names the columns that are compared, for a plain table.")
        absent: tuple[str, ...] = ()
    elif scales is None:
        chosen, absent = choose_scales(take_sample(data, wave=wave, reverse=(), values=None), None)
        scales = [scale.id for scale in chosen]
    else:
        absent = ()
    couples = take_couples(
        data,
        measures={"scales": scales},
        columns={"dyad": dyad, "role": role, "respondent": respondent}
        | ({} if by is None else {"by": by}),
        wave=wave,
        missing="listwise" if missing == "listwise" else "em",
        reverse=reverse,
        values=values,
    )
    study = couples.study
    if not study.measures["scales"]:
        raise UsageError("scales names nothing.")
    emit(study.warnings)
    groups, by_notes = _groups(couples, by)
    found = _Found()
    used = np.zeros(len(couples.places), dtype=np.bool_)
    for group, inside in groups:
        here = couples.pick(inside)
        for kind in [dyads] if dyads else list(here.kinds):
            part = here.of_kind(kind)
            if not part.complete.any():
                raise SurveyError(f"There are no complete {kind} dyads in these rows.")
            found.look(part, group, kind, missing, confidence, each_test=each_test)
            used |= inside & _is_kind(couples, kind)
    narrow = found.doubts()
    emit(narrow)
    result = DyadSimilarity(
        table=make_table(found.rows, COLUMNS),
        parts={
            "pairing": couples.pairing,
            "roles": make_table(found.roles, _ROLES),
            "distinguishability": make_table(found.tests, _TESTS),
        },
        roles=couples.roles,
        notes=(
            *study.notes,
            *absent,
            *couples.notes,
            *by_notes,
            *masked_notes(study.sample, [part.scale for part in study.prepared.values()]),
            *_notes(found, couples, dyads, missing),
        ),
        call={
            "verb": "dyads",
            "scales": [m.id for m in study.measures["scales"]],
            "dyads": dyads,
            "by": by,
            "missing": missing,
            "confidence": confidence,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*study.sample.reader_warnings, *study.warnings, *narrow])),
        labels=study.labels,
        **provenance(study.sample, int((couples.places[used] >= 0).sum())),
    )
    return replace(result, notes=(*result.notes, *result.follows()))


def _is_kind(couples: Couples, kind: Kind) -> NDArray[np.bool_]:
    if kind == "all":
        return np.ones(len(couples.arbitrary), dtype=np.bool_)
    return couples.arbitrary if kind == "indistinguishable" else ~couples.arbitrary


def _groups(
    couples: Couples, by: str | None
) -> tuple[list[tuple[str, NDArray[np.bool_]]], tuple[str, ...]]:
    """Groups of dyads whose partners are in the same group, and a note on the others."""
    words = couples.words("by")
    if words is None:
        return [("", np.ones(len(couples.places), dtype=np.bool_))], ()
    one = np.where(words[:, 0] == "", words[:, 1], words[:, 0])
    two = np.where(words[:, 1] == "", words[:, 0], words[:, 1])
    same = (one == two) & (one != "")
    names = [
        name
        for name in dict.fromkeys(sorted(one[same]))
        if (couples.complete & same & (one == name)).any()
    ]
    if not names:
        raise SurveyError(f"by: in no complete dyad both partners have the same {by}.")
    notes = []
    if n := int((~same).sum()):
        notes.append(
            f"{counted(n, 'dyad')} left out: partners differ in {by}, or it is missing, so that "
            "they belong to no group."
        )
    return [(name, same & (one == name)) for name in names], tuple(notes)


class _Found:
    """Rows of the tables, gathered group by group and kind by kind."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.roles: list[dict[str, Any]] = []
        self.tests: list[dict[str, Any]] = []
        self.narrow: list[str] = []

    def look(
        self,
        couples: Couples,
        group: str,
        kind: Kind,
        missing: Missing,
        confidence: float,
        *,
        each_test: bool,
    ) -> None:
        """Everything about the dyads of one group and kind."""
        measures = couples.study.measures["scales"]
        values = [couples.values(measure.x) for measure in measures]
        together = len(measures) > 1
        for measure, x in zip(measures, values, strict=True):
            where = {"group": group, "dyads": kind, "scale": measure.id}
            self.rows.append(where | _alike(x, kind, confidence))
            if kind == "distinguishable":
                if _is_narrow(x):
                    self.narrow.append(measure.id)
                self.roles.append(where | _differ(x, couples.roles, confidence))
                if each_test or not together:
                    self.tests += [
                        {"group": group, "scale": measure.id} | row
                        for row in _tests([x], missing, _ALL_AT_ONCE)
                    ]
        if kind == "distinguishable" and together:
            wanted = EXCHANGEABILITY if each_test else _ALL_AT_ONCE
            self.tests += [
                {"group": group, "scale": ALL} | row
                for row in _together(measures, values, missing, wanted)
            ]

    def doubts(self) -> tuple[str, ...]:
        """Intervals that are too narrow."""
        names = dict.fromkeys(self.narrow)
        if not names:
            return ()
        return (
            f"{listing(names, shown=_SHOWN)}: Fisher's interval of r takes scores to be normal, "
            "and is too narrow here. The interval of the ICC does not.",
        )


def _is_narrow(x: Floats) -> bool:
    """Whether the scores make Fisher's interval of r too narrow."""
    x = x[~np.isnan(x).any(axis=1)]
    if len(x) < 3 or not np.ptp(x, axis=0).all():
        return False
    spread = fisher_z_spread(x[:, :1], x[:, 1:])[0, 0]
    return bool(too_narrow(spread, len(x), is_skewed(x)))


def _alike(x: Floats, kind: Kind, confidence: float) -> dict[str, Any]:
    """Intraclass correlations of both partners, and r where roles are known."""
    both = ~np.isnan(x).any(axis=1)
    n = int(both.sum())
    row: dict[str, Any] = {
        "n": n,
        "incomplete": int((~np.isnan(x)).any(axis=1).sum()) - n,
        "reason": "",
    }
    fit = icc_anova(x, confidence)
    if n < _FEWEST or np.isnan(fit.icc[0]):
        row["reason"] = (
            f"both partners have a score in {counted(n, 'dyad')}, and at least {_FEWEST} are needed"
            if n < _FEWEST
            else "nobody's score differs from another's"
        )
        return row
    low, high = icc_robust_interval(x, confidence=confidence)
    f, df1, df2 = float(fit.f[0]), float(fit.df1[0]), float(fit.df2[0])
    row |= {
        "icc": fit.icc[0],
        "icc_low": low[0],
        "icc_high": high[0],
        "double_entry_icc": double_entry_icc(x[:, 0], x[:, 1]),
    }
    if np.isfinite(f):
        row |= {"f": f, "df1": df1, "df2": df2}
        row["p"] = float(min(1.0, 2 * min(fdtr(df1, df2, f), fdtrc(df1, df2, f))))
    if kind != "distinguishable":
        row["reason"] = "no r: it needs to know which partner is which"
        return row
    r = retest_reliability(x[:, 0], x[:, 1], confidence)
    if np.isnan(r.r):
        row["reason"] = "no r: the scores of one role do not vary"
        return row
    row |= {"r": r.r, "r_low": r.r_low, "r_high": r.r_high, "r_p": t_test_p(r.r, n)}
    return row


def _differ(x: Floats, roles: tuple[str, str], confidence: float) -> dict[str, Any]:
    """Means and variances of both roles compared within dyads, first minus second."""
    pair = retest_reliability(x[:, 1], x[:, 0], confidence)
    spread = pitman_morgan(x[:, 0], x[:, 1], confidence)
    low, high = paired_effect_interval(pair.t, pair.n, confidence)
    known = not np.isnan(pair.t)  # else every dyad differs alike, or there is one
    return {
        "first": roles[0],
        "second": roles[1],
        "n": int(pair.n),
        "mean_first": pair.mean_second,
        "mean_second": pair.mean_first,
        "sd_first": pair.sd_second,
        "sd_second": pair.sd_first,
        "difference": pair.change,
        "low": pair.change_low if known else np.nan,
        "high": pair.change_high if known else np.nan,
        "t": pair.t,
        "df": pair.df,
        "p": pair.p,
        "dz": pair.t / np.sqrt(float(pair.n)),
        "dz_low": low,
        "dz_high": high,
        "variance_ratio": spread.ratio,
        "ratio_low": spread.low,
        "ratio_high": spread.high,
        "variance_t": spread.t,
        "p_variance": spread.p,
    }


def _tests(
    values: Sequence[Floats], missing: Missing, wanted: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Tests of distinguishability of scales together."""
    tests = exchangeability_tests(np.stack(values, axis=1), missing=missing, parts=wanted)
    for k, part in enumerate(EXCHANGEABILITY):
        if part in wanted and tests.df[k] != 0:
            known = np.isfinite(tests.chi2[k])
            yield {
                "test": part,
                "chi2": tests.chi2[k],
                "df": tests.df[k],
                "p": tests.p[k],
                "n": tests.n,
                "reason": ""
                if known
                else "the covariances of all these scores cannot be estimated: too few dyads, or "
                "scores that follow from one another",
            }


def _together(
    measures: Sequence[Measure],
    values: Sequence[Floats],
    missing: Missing,
    wanted: Sequence[str],
) -> Iterator[dict[str, Any]]:
    """Tests of all scales together, or why there are none."""
    nested = [
        (one.id, other.id)
        for one in measures
        for other in measures
        if one is not other and one.items and set(one.items) < set(other.items)
    ]
    why = ""
    if len(measures) > _MOST_TOGETHER:
        why = f"more than {_MOST_TOGETHER} scales at once: name those of your question"
    elif nested:
        why = f"{nested[0][0]} is a part of {nested[0][1]}: name one of them"
    if why:
        yield {"test": "omnibus", "reason": why}
        return
    yield from _tests(values, missing, wanted)


def _notes(
    found: _Found, couples: Couples, asked: Kind | None, missing: Missing
) -> tuple[str, ...]:
    kinds = couples.kinds
    said = []
    if asked == "all" and len(kinds) > 1:
        there = listing(f"{n} {kind}" for kind, n in kinds.items())
        said.append(f"All dyads ({there}), as if none were distinguishable.")
    elif asked is not None and len(kinds) > 1:
        other = next(kind for kind in kinds if kind != asked)
        said.append(f"The {kinds[other]} {other} dyads are not among them, as asked.")
    said.append(
        "ICC(1,1) is the correlation of two partners, whoever is first; its interval (jackknife of "
        "dyads) needs no normal scores, its F test (two-sided) does. Where it is not 0, whatever "
        "takes partners to be independent has wrong standard errors."
    )
    if found.roles:
        said.append(
            "Roles are compared within dyads. dz is the difference in standard deviations of the "
            "differences, its interval from noncentral t; variances by Pitman and Morgan, who "
            "trust normal scores. p values are not adjusted for one another."
        )
        rule = (
            "maximum likelihood from every dyad with a score"
            if missing == "fiml"
            else "complete dyads only"
        )
        said.append(
            f"Tests of distinguishability: {rule}, normal theory; each part is tested alone, "
            "'all of these' at once."
        )
    return tuple(said)
