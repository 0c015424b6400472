"""Who agrees with whom? Partners, waves or raters on the same scores and items, with intervals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from detachment.errors import UsageError, check_word
from detachment.estimates._coverage import FEW, is_skewed, too_narrow
from detachment.estimates._judged import (
    Floats,
    Judged,
    Topic,
    find_topics,
    find_units,
    rater_doubts,
)
from detachment.estimates._result import Result, interval_texts, make_table, rounded
from detachment.estimates._scales import (
    check_boot,
    check_confidence,
    check_rng,
    data_warnings,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import aside, likely, not_given, people, stated
from detachment.stats.agreement import (
    Level,
    confusion,
    fleiss_kappa,
    kappa,
    krippendorff_alpha,
    krippendorff_bootstrap,
    percent_agreement,
)
from detachment.stats.icc import ICC_FORMS, Icc, icc_anova, icc_robust_interval
from detachment.stats.retest import bland_altman, reliable_change, retest_reliability
from detachment.stats.robust_correlation import fisher_z_spread
from detachment.text import bounded, count, counted, level, listing, number, percent
from detachment.validation import Survey

Between = Literal["columns", "partners", "waves"]
Form = Literal["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"]
LEVELS = ("nominal", "ordinal", "interval", "ratio")
INTERVALS = ("robust", "F")
COLUMNS = {
    "scale": "str",
    "item": "str",
    "between": "str",
    "raters": "str",
    "units": "Int64",
    "n": "Int64",
    "dropped": "Int64",
    "r": "float64",
    "r_low": "float64",
    "r_high": "float64",
    "icc": "float64",
    "icc_low": "float64",
    "icc_high": "float64",
    "icc_form": "str",
    "icc_ci": "str",
    "krippendorff": "float64",
    "krippendorff_low": "float64",
    "krippendorff_high": "float64",
    "level": "str",
    "percent_agreement": "float64",
    "kappa": "float64",
    "kappa_low": "float64",
    "kappa_high": "float64",
    "kappa_kind": "str",
    "reason": "str",
}
_TOPIC = {"scale": "str", "item": "str"}
_ICC = _TOPIC | {
    "form": "str",
    "icc": "float64",
    "low": "float64",
    "high": "float64",
    "robust_low": "float64",
    "robust_high": "float64",
    "f": "float64",
    "df1": "float64",
    "df2": "float64",
    "p": "float64",
}
_KAPPAS = _TOPIC | {
    "first": "str",
    "second": "str",
    "weights": "str",
    "n": "Int64",
    "kappa": "float64",
    "low": "float64",
    "high": "float64",
    "p": "float64",
    "observed": "float64",
    "expected": "float64",
}
_DIFFERENCES = _TOPIC | {
    "first": "str",
    "second": "str",
    "n": "Int64",
    "mean_first": "float64",
    "mean_second": "float64",
    "sd_first": "float64",
    "sd_second": "float64",
    "mean_change": "float64",
    "change_low": "float64",
    "change_high": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
    "sd_change": "float64",
    "limit_low": "float64",
    "limit_low_low": "float64",
    "limit_low_high": "float64",
    "limit_high": "float64",
    "limit_high_low": "float64",
    "limit_high_high": "float64",
    "r_size": "float64",
}
_RETEST = _DIFFERENCES | {
    "r": "float64",
    "r_low": "float64",
    "r_high": "float64",
    "icc_agreement": "float64",
    "icc_consistency": "float64",
    "sem": "float64",
    "sem_agreement": "float64",
    "mdc": "float64",
    "rci_change": "float64",
    "increased": "Int64",
    "decreased": "Int64",
    "unchanged": "Int64",
}
_INCOMPLETE = {"why": "str", "units": "Int64", "rows": "str"}
NAMES = {
    "ICC1": "ICC(1,1)", "ICC2": "ICC(2,1)", "ICC3": "ICC(3,1)",
    "ICC1k": "ICC(1,k)", "ICC2k": "ICC(2,k)", "ICC3k": "ICC(3,k)",
}  # fmt: skip
_OF_WHOM = {"columns": "raters", "partners": "two roles", "waves": "waves"}
_SHOWN = 5
_VALUE = {"icc": "icc", "kappas": "kappa"}
_HEADINGS = {"ICC agreement": "ICC(2,1)", "Kappa": "κ"}
_SHOWN_TOPICS = 3  # whose further tables still fit a screen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Agreement(Result):
    """Agreement, one row a scale score or an item.

    Attributes
    ----------
    noun
        What is judged twice or more: a dyad, a respondent, a row.
    """

    noun: str = field(default="row")

    def _apa(self) -> Iterable[str]:
        return map(self._sentence, self.table.to_dict(orient="records"))

    def _plain(self) -> Iterable[str]:
        whose = {"dyad": "couples", "respondent": "people"}.get(self.noun, f"{self.noun}s")
        for row in self.table.to_dict(orient="records"):
            what = f"{self.named(row['item'] or row['scale'])}, {row['raters']}"
            found = next(
                (name for name in ("icc", "krippendorff", "kappa", "r") if not np.isnan(row[name])),
                None,
            )
            if found is None:
                yield not_given(what, row["reason"])
                continue
            yield (
                f"{what}: agreement {number(row[found])}"
                + aside(
                    likely(row[f"{found}_low"], row[f"{found}_high"]),
                    f"{people(row['n'])} {whose}",
                )
                + "."
            )

    def _meaning(self) -> Iterable[str]:
        yield (
            "Agreement is 1 where two answers are always the same, and 0 where they are no more "
            "alike than those of two people picked at random."
        )
        yield "It does not say who is right: people can agree and be wrong together."

    def _gaps(self) -> str:
        return "score"

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        what = self.named(row["item"] or row["scale"])
        head = f"{what} ({row['raters']}; n = {counted(int(row['n']), self.noun)})"
        sure = self.call["confidence"]
        said: list[str] = []
        if not np.isnan(row["icc"]):
            said.append(_stated(NAMES[row["icc_form"]], row, "icc", sure))
        if not np.isnan(row["r"]):
            said.append(_stated("r", row, "r", None if said else sure))
        if not np.isnan(row["kappa"]):
            said.append(_stated(f"{row['kappa_kind']} κ", row, "kappa", None if said else sure))
        if not np.isnan(row["krippendorff"]):
            symbol = f"Krippendorff's α ({row['level']})"
            said.append(_stated(symbol, row, "krippendorff", None if said else sure))
        if not said:
            return f"{head}: nothing is given; {row['reason']}."
        return f"{head}: {', '.join(said)}."

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table

        forms = [NAMES[form] for form in dict.fromkeys(table["icc_form"]) if form in NAMES]
        icc = forms[0] if len(forms) == 1 else "ICC"
        sure = level(self.call["confidence"])
        shown = {
            "Scale": table["scale"].map(self.label),
            "Item": table["item"],
            "n": table["n"].map(count),
            "Dropped": table["dropped"].map(count),
            icc: table["icc"].map(bounded),
            f"{sure} CI": interval_texts(table, "icc"),
            "r": table["r"].map(bounded),
            "Krippendorff α": table["krippendorff"].map(bounded),
            f"{sure} CI of α": interval_texts(table, "krippendorff"),
            "κ": table["kappa"].map(bounded),
            f"{sure} CI of κ": interval_texts(table, "kappa"),
            "Same": table["percent_agreement"].map(percent),
        }
        frame = pd.DataFrame(shown)
        if not (table["item"] != "").any():
            frame = frame.drop(columns="Item")
        if table["kappa"].isna().all():
            frame = frame.drop(columns=["κ", f"{sure} CI of κ", "Same"])
        return frame

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts; those with many lines a topic only for few topics."""
        few = len(self.table) <= _SHOWN_TOPICS
        shown: dict[str, pd.DataFrame] = {}
        for name, part in self.parts.items():
            if (
                part.empty
                or ("n" in part and (part["n"] == 0).all())
                or (name in ("icc", "kappas") and (not few or part[_VALUE[name]].isna().all()))
            ):
                continue
            if name in ("retest", "differences"):
                part = _brief(part, retest=name == "retest")
            if "item" in part and not (part["item"] != "").any():
                part = part.drop(columns="item")
            title = {"icc": "Intraclass correlations"}.get(name, name.capitalize())
            shown[title] = rounded(part).rename(columns=_HEADINGS)
        return shown


def _stated(symbol: str, row: Mapping[Any, Any], name: str, confidence: float | None) -> str:
    ends = (row[f"{name}_low"], row[f"{name}_high"])
    return stated(symbol, row[name], *ends, confidence=confidence)


def _brief(part: pd.DataFrame, *, retest: bool) -> pd.DataFrame:
    """The columns of the table of differences that fit a screen."""
    names = ["scale", "item", "first", "second", "n", "mean_first", "mean_second", "mean_change"]
    names += ["change_low", "change_high", "p"]
    names += ["r", "icc_agreement", "sem", "mdc"] if retest else ["limit_low", "limit_high"]
    if not (part["item"] != "").any():
        names.remove("item")
    return part[names]


def agreement(
    data: Survey | pd.DataFrame,
    *,
    between: Between | None = None,
    scales: str | Sequence[str] | None = None,
    form: Form | None = None,
    measured: Level | None = None,
    intervals: Literal["robust", "F"] | None = None,
    n_boot: int = 1000,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 1,
    wave: int | str | Sequence[int | str] | None = None,
    values: Sequence[float] | None = None,
) -> Agreement:
    """Agreement of partners, of waves or of raters: ICC, kappa, Krippendorff's alpha, retest.

    Of partners these are the same questions about oneself, each answered by both. Whether a partner
    sees a person as that person does is asked with
    :func:`~detachment.estimates.partner_agreement.partner_agreement`.

    Parameters
    ----------
    data
        A survey, or a plain table in which every row is what was judged and every column a rater
        (numbers, or words for categories).
    between
        Who is compared. ``partners``: both members of a dyad in one wave. ``waves``: the same
        respondents at two times or more. ``columns``: the raters of a plain table. By default
        columns for a table, and for a survey partners where there are dyads, else waves.
    scales
        A selector: a scale's id, a role in the plural, ``"items:SCALE"`` for the items of a scale,
        an item's id, or a list of these. By default the score of every scale in the data.
    form
        Which intraclass correlation stands in the table; all six are in ``parts["icc"]``. ICC1
        where raters are exchangeable, ICC2 where a difference of their means counts as
        disagreement, ICC3 where it does not; with a k, the mean of all raters. By default ICC1 for
        partners, who are not a sample of many possible partners, and else ICC2.
    measured
        What distances mean to Krippendorff's alpha: ``nominal``, ``ordinal``, ``interval`` or
        ``ratio``. By default interval for scores, and for items what their response scale says.
    intervals
        Of the ICC in the table. ``robust`` (jackknife) needs no normal answers and speaks of these
        raters. ``F`` (Shrout and Fleiss, McGraw and Wong) takes answers to be normal and is too
        narrow for skewed ones; of ICC2 it speaks of all raters of whom these are a sample. By
        default F for ICC2 and ICC2k of the columns of a table, and else robust: partners' roles and
        waves are no sample of others. Both are in ``parts["icc"]``.
    n_boot
        Bootstrap replicates for the interval of Krippendorff's alpha (BCa); 0 for none.
    confidence
        Level of the intervals, and of the smallest detectable change.
    rng
        Seed or generator of the bootstrap; nothing else is random.
    wave
        For partners, which wave: the first by default. For waves, which of them: the first two.
    values
        For a plain table: lowest and highest possible answer.

    Returns
    -------
    Agreement
        One row a score or item: ``scale, item, between, raters, units, n, dropped, r, r_low,
        r_high, icc, icc_low, icc_high, icc_form, icc_ci, krippendorff, krippendorff_low,
        krippendorff_high, level, percent_agreement, kappa, kappa_low, kappa_high, kappa_kind,
        reason``. ``n`` counts the dyads, respondents or rows with an answer from every rater,
        ``dropped`` the others. ``kappa`` is of categories only: weighted (quadratic) where they
        are ordered, Fleiss' for more than two raters; ``parts["kappas"]`` has every weighting and
        pair. ``parts["retest"]`` (waves, two columns; ``differences`` for partners) has mean
        change, limits of agreement, SEM, smallest detectable change and how many changed reliably;
        ``parts["incomplete"]`` who was dropped before any answer was looked at, and why.

    Raises
    ------
    UsageError
        When a word is unknown or an option does not fit the data.
    SurveyError
        When there are no dyads, no second wave, or no rows.

    Warns
    -----
    DataWarning
        Answers off their scale, columns in doubt; intervals that are too narrow because answers are
        skewed, respondents few, or raters taken for all there are.

    References
    ----------
    Shrout, P. E., & Fleiss, J. L. (1979). *Psychological Bulletin, 86*, 420-428. McGraw, K. O., &
    Wong, S. P. (1996). *Psychological Methods, 1*, 30-46. Fleiss, J. L., Cohen, J., & Everitt,
    B. S. (1969). *Psychological Bulletin, 72*, 323-327. Hayes, A. F., & Krippendorff, K. (2007).
    *Communication Methods and Measures, 1*, 77-89. Jacobson, N. S., & Truax, P. (1991). *Journal of
    Consulting and Clinical Psychology, 59*, 12-19. R: ``psych::ICC``, ``psych::cohen.kappa``.

    Examples
    --------
    >>> raters = pd.DataFrame({"ann": [1, 2, 3, 4, 4, 2], "ben": [1, 2, 4, 4, 3, 2]})
    >>> result = agreement(raters, values=(1, 4), n_boot=0)
    >>> result.table[["n", "icc", "kappa"]].round(3).to_dict("records")
    [{'n': 6, 'icc': 0.884, 'kappa': 0.864}]
    """
    check_confidence(confidence)
    if form is not None:
        check_word("form", form, ICC_FORMS)
    if intervals is not None:
        check_word("intervals", intervals, INTERVALS)
    if measured is not None:
        check_word("measured", measured, LEVELS)
    check_boot(n_boot)
    rng = check_rng(rng)
    units = find_units(data, between=between, wave=wave, values=values)
    if form is None:
        form = "ICC1" if units.between == "partners" else "ICC2"
    if intervals is None:
        sampled = units.between == "columns" and form.startswith("ICC2")
        intervals = "F" if sampled else "robust"
    if units.words and measured not in (None, "nominal"):
        raise UsageError(f"These columns hold words, which are nominal, not {measured}.")
    topics, absent = find_topics(units, scales)
    found = data_warnings(units.sample, dict.fromkeys(i for t in topics for i in t.items))
    found += tuple(doubt for topic in topics for doubt in rater_doubts(units, topic))
    emit(found)

    rows: list[dict[str, Any]] = []
    parts: dict[str, list[dict[str, Any]]] = {"icc": [], "kappas": [], "differences": []}
    used = np.zeros(len(units.sample.rows.nonzero()[0]), dtype=np.bool_)
    doubtful = _Doubtful()
    for topic in topics:
        x = units.judgements(topic)
        # Words have no distances: what is computed of them as numbers gets no answers at all.
        numbers = np.full(x.shape, np.nan) if units.words else x
        fit = icc_anova(numbers, confidence)
        robust = icc_robust_interval(numbers, clusters=units.clusters, confidence=confidence)
        doubtful.look(units, topic.item or topic.scale, numbers, fit, robust)
        row = _row(units, topic, x, fit, robust, form, measured, intervals, confidence)
        row |= _krippendorff(units, x, row["level"], n_boot, confidence, rng)
        complete = ~np.isnan(x).any(axis=1)
        used[units.places[complete].ravel()] = True
        name = {"scale": topic.scale, "item": topic.item}
        rows.append(name | row)
        parts["icc"] += [name | one for one in _icc_rows(fit, robust)]
        parts["kappas"] += [name | one for one in _kappa_rows(units, topic, x, confidence)]
        parts["differences"] += [
            name | one for one in _difference_rows(units, numbers, fit, confidence)
        ]
    doubts = doubtful.say(units, form, intervals)
    emit(doubts)
    return Agreement(
        table=make_table(rows, COLUMNS),
        parts=_parts(units, parts),
        noun=units.noun,
        notes=(
            *units.notes,
            *absent,
            *masked_notes(units.sample, _scales(units, topics)),
            *_notes(units, topics, form, intervals, n_boot, confidence),
        ),
        call={
            "verb": "agreement",
            "between": units.between,
            "scales": plain(scales),
            "form": form,
            "measured": measured,
            "intervals": intervals,
            "n_boot": n_boot,
            "confidence": confidence,
            "rng": rng if isinstance(rng, int) else "Generator",
            "wave": list(wave) if isinstance(wave, list | tuple) else wave,
        },
        warnings=tuple(dict.fromkeys([*units.sample.reader_warnings, *found, *doubts])),
        labels={topic.scale: topic.label for topic in topics if not topic.item},
        **provenance(units.sample, int(used.sum())),
    )


def _scales(units: Judged, topics: Sequence[Topic]) -> list[Any]:
    known = units.sample.instrument.scales
    return [known[name] for name in dict.fromkeys(t.scale for t in topics) if name in known]


@dataclass(slots=True)
class _Doubtful:
    """Scores and items whose intervals are too narrow: of the ICC by F, of r, and of any kind."""

    by_f: list[str] = field(default_factory=list)
    of_r: list[str] = field(default_factory=list)
    few: list[str] = field(default_factory=list)

    def look(
        self, units: Judged, name: str, x: Floats, fit: Icc, robust: tuple[Floats, Floats]
    ) -> None:
        """Note what is too narrow of one topic."""
        x = x[~np.isnan(x).any(axis=1)]
        if len(x) < 2 or np.isnan(fit.icc[2]):
            return
        skewed = is_skewed(x)
        # of ICC3, as its F interval asks the same as the robust one
        width = fit.high[2] - fit.low[2]
        ratio = (robust[1][2] - robust[0][2]) / width if width > 0 else np.nan
        if too_narrow(ratio, len(x), skewed):
            self.by_f.append(name)
        if units.ordered and x.shape[1] == 2:
            spread = fisher_z_spread(x[:, :1], x[:, 1:])[0, 0]
            if too_narrow(spread, len(x), skewed):
                self.of_r.append(name)
        if skewed and len(x) < FEW:
            self.few.append(name)

    def say(self, units: Judged, form: str, intervals: str) -> list[str]:
        """All of it, each kind once."""
        said = []
        sampled = units.between == "columns" and form.startswith("ICC2")
        if sampled and intervals == "robust" and not units.words:
            said.append(
                f"The robust interval of {NAMES[form]} speaks of these raters only. Of others of "
                "the same kind it says too much (of 100 intervals of 95% 77 to 95 cover): ask for "
                "--intervals F (intervals= in Python), or for ICC3 if these raters are all that "
                "matter."
            )
        if units.between == "waves" and form.startswith("ICC2") and intervals == "F":
            said.append(
                f"The F interval of {NAMES[form]} speaks of all waves of which these are a sample, "
                "and is too wide for these alone. Ask for --intervals robust (intervals= in "
                "Python)."
            )
        if self.by_f and intervals == "F":
            said.append(
                f"{listing(self.by_f, shown=_SHOWN)}: F intervals of the ICC take answers to be "
                "normal, and are too narrow here (of 100 intervals of 95% of skewed answers 80 to "
                "87 cover). "
                + (
                    "Have more raters, or ask for ICC1 or ICC3 with robust intervals, which speak "
                    "of these raters only."
                    if sampled
                    else "Ask for --intervals robust (intervals= in Python)."
                )
            )
        if self.of_r:
            said.append(
                f"{listing(self.of_r, shown=_SHOWN)}: Fisher's interval of r takes answers to be "
                "normal, and is too narrow here. The robust interval of the ICC does not."
            )
        if self.few:
            said.append(
                f"{listing(self.few, shown=_SHOWN)}: skewed answers of fewer than {FEW} "
                f"{units.noun}s, of whom no interval of agreement covers what it says (of 100 "
                "robust ones of 95% 91 to 93). Say so, or collect more."
            )
        return said


def _row(
    units: Judged,
    topic: Topic,
    x: Floats,
    fit: Icc,
    robust: tuple[Floats, Floats],
    form: str,
    measured: str | None,
    intervals: str,
    confidence: float,
) -> dict[str, Any]:
    if not units.ordered and form.startswith(("ICC2", "ICC3")):
        form = "ICC1k" if form.endswith("k") else "ICC1"
    place = ICC_FORMS.index(form)
    n = int((~np.isnan(x)).all(axis=1).sum())
    low, high = (robust[0], robust[1]) if intervals == "robust" else (fit.low, fit.high)
    # raters who agree to the dot leave F without a distribution
    low, high = (np.where(fit.low < fit.high, end, np.nan) for end in (low, high))
    row: dict[str, Any] = {
        "between": units.between,
        "raters": listing(units.raters),
        "units": len(x),
        "n": n,
        "dropped": len(x) - n,
        "icc": float(fit.icc[place]),
        "icc_low": float(low[place]),
        "icc_high": float(high[place]),
        "icc_form": form,
        "icc_ci": "jackknife" if intervals == "robust" else "F",
        "level": measured or topic.level,
    }
    reasons = []
    if len(x) == 1:
        reasons.append(f"there is only one {units.noun}")
    elif n < 2:
        who = f"every {units.noun} lacks" if n == 0 else f"all but one {units.noun} lack"
        reasons.append(f"{who} an answer of one side")
    elif units.words:
        reasons.append("no ICC and no r: words have no distances")
    elif np.isnan(row["icc"]):
        nothing = float(fit.ms_between) == 0 and float(fit.ms_error) == 0
        why = "the answers do not vary" if nothing else f"each {units.noun} has much the same mean"
        reasons.append(f"no ICC: {why}")
    elif np.isnan(row["icc_low"]):
        reasons.append("no interval of the ICC: too few, or the raters agree to the dot")
    reasons += _pairwise(row, units, x, n, confidence)
    reasons += _categories(row, units, topic, x, n, confidence)
    return row | {"reason": "; ".join(reasons)}


def _pairwise(
    row: dict[str, Any], units: Judged, x: Floats, n: int, confidence: float
) -> list[str]:
    """Add the correlation of two raters; say why there is none."""
    if x.shape[1] != 2:
        return ["no r: it is of two raters"]
    if units.words:
        return []
    if not units.ordered:
        return [f"no r and no kappa: {units.unordered}"]
    fit = retest_reliability(x[:, 0], x[:, 1], confidence)
    row |= {"r": float(fit.r), "r_low": float(fit.r_low), "r_high": float(fit.r_high)}
    if n > 1 and np.isnan(row["r"]):
        return ["no r: one side's answers do not vary"]
    if n > 1 and np.isnan(row["r_low"]):
        return ["no interval of r: too few"]
    return []


def _categories(
    row: dict[str, Any], units: Judged, topic: Topic, x: Floats, n: int, confidence: float
) -> list[str]:
    """Add percent agreement and kappa where the answers are categories; say why there is none."""
    if topic.categories is None:
        return [f"no kappa: {topic.no_categories}"]
    row["percent_agreement"] = float(percent_agreement(x).all_agree)
    if not units.ordered and x.shape[1] == 2:
        return []
    if x.shape[1] == 2:
        kind: Literal["quadratic", "unweighted"] = "quadratic" if topic.ordered else "unweighted"
        tables = confusion(x[:, 0], x[:, 1], topic.categories)
        fit = kappa(tables, weights=kind, values=topic.categories, confidence=confidence)
        row |= {"kappa": fit.kappa, "kappa_low": fit.low, "kappa_high": fit.high}
        row["kappa_kind"] = kind
    else:
        complete = ~np.isnan(x).any(axis=1)
        chosen = x[complete, :, None] == topic.categories
        counts = chosen.sum(axis=1).astype(np.float64)
        fleiss = fleiss_kappa(counts, confidence)
        row |= {"kappa": fleiss.kappa, "kappa_low": fleiss.low, "kappa_high": fleiss.high}
        row["kappa_kind"] = "Fleiss"
    return ["no kappa: everyone chose the same"] if n > 0 and np.isnan(row["kappa"]) else []


def _krippendorff(
    units: Judged,
    x: Floats,
    measured: Level,
    n_boot: int,
    confidence: float,
    rng: int | np.random.Generator,
) -> dict[str, Any]:
    if measured == "ratio" and np.nanmin(x, initial=0.0) < 0:
        raise UsageError("At the ratio level (measured=) answers cannot be negative.")
    low = high = np.nan
    value = krippendorff_alpha(x, level=measured).alpha
    if n_boot and not np.isnan(value):
        resamples = krippendorff_bootstrap(
            x, level=measured, clusters=units.clusters, n_boot=n_boot, rng=rng
        )
        low, high = (float(end) for end in resamples.bca(confidence))
    return {"krippendorff": value, "krippendorff_low": low, "krippendorff_high": high}


def _icc_rows(fit: Icc, robust: tuple[Floats, Floats]) -> list[dict[str, Any]]:
    return [
        {
            "form": form,
            "icc": float(fit.icc[j]),
            "low": float(fit.low[j]),
            "high": float(fit.high[j]),
            "robust_low": float(robust[0][j]),
            "robust_high": float(robust[1][j]),
            "f": float(fit.f[j]),
            "df1": float(fit.df1[j]),
            "df2": float(fit.df2[j]),
            "p": float(fit.p[j]),
        }
        for j, form in enumerate(ICC_FORMS)
    ]


def _two(units: Judged) -> list[tuple[int, int]]:
    m = len(units.raters)
    return [(i, j) for i in range(m) for j in range(i + 1, m)] if units.ordered else []


def _kappa_rows(units: Judged, topic: Topic, x: Floats, confidence: float) -> list[dict[str, Any]]:
    if topic.categories is None:
        return []
    weightings: list[Literal["unweighted", "linear", "quadratic"]] = ["unweighted"]
    if topic.ordered and len(topic.categories) > 2:
        weightings += ["linear", "quadratic"]
    rows = []
    for i, j in _two(units):
        tables = confusion(x[:, i], x[:, j], topic.categories)
        for weights in weightings:
            fit = kappa(tables, weights=weights, values=topic.categories, confidence=confidence)
            rows.append(
                {
                    "first": units.raters[i],
                    "second": units.raters[j],
                    "weights": weights,
                    "n": int(fit.n),
                    "kappa": float(fit.kappa),
                    "low": float(fit.low),
                    "high": float(fit.high),
                    "p": float(fit.p),
                    "observed": float(fit.observed),
                    "expected": float(fit.expected),
                }
            )
    return rows


def _difference_rows(units: Judged, x: Floats, fit: Icc, confidence: float) -> list[dict[str, Any]]:
    rows = []
    for i, j in _two(units):
        first, second = x[:, i], x[:, j]
        pair = retest_reliability(first, second, confidence)
        limits = bland_altman(first, second, confidence=confidence)
        both = ~np.isnan(first) & ~np.isnan(second)
        change = reliable_change(
            np.where(both, first, np.nan), second, reliability=pair.r, confidence=confidence
        )
        two = fit if len(units.raters) == 2 else icc_anova(x[:, [i, j]], confidence)
        numbers: dict[str, Any] = {
            "mean_first": pair.mean_first,
            "mean_second": pair.mean_second,
            "sd_first": pair.sd_first,
            "sd_second": pair.sd_second,
            "mean_change": pair.change,
            "change_low": pair.change_low,
            "change_high": pair.change_high,
            "t": pair.t,
            "df": pair.df,
            "p": pair.p,
            "sd_change": pair.sd_change,
            "limit_low": limits.lower,
            "limit_low_low": limits.lower_low,
            "limit_low_high": limits.lower_high,
            "limit_high": limits.upper,
            "limit_high_low": limits.upper_low,
            "limit_high_high": limits.upper_high,
            "r_size": limits.r_size,
            "r": pair.r,
            "r_low": pair.r_low,
            "r_high": pair.r_high,
            "icc_agreement": two.icc[1],
            "icc_consistency": two.icc[2],
            "sem": pair.sem,
            "sem_agreement": pair.sem_agreement,
            "mdc": pair.mdc,
            "rci_change": change.threshold,
        }
        row: dict[str, Any] = {name: float(value) for name, value in numbers.items()}
        row |= {"first": units.raters[i], "second": units.raters[j], "n": int(pair.n)}
        if not np.isnan(row["rci_change"]):
            row |= {
                "increased": int(change.increased),
                "decreased": int(change.decreased),
                "unchanged": int(change.unchanged),
            }
        rows.append(row)
    return rows


def _parts(units: Judged, parts: Mapping[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:
    columns = _DIFFERENCES if units.between == "partners" else _RETEST
    name = "differences" if units.between == "partners" else "retest"
    tables = {
        "icc": make_table(parts["icc"], _ICC),
        "kappas": make_table(parts["kappas"], _KAPPAS),
        name: make_table(parts["differences"], columns),
    }
    if units.between != "columns":
        tables["incomplete"] = make_table(units.incomplete, _INCOMPLETE)
    return tables


def _notes(
    units: Judged,
    topics: Sequence[Topic],
    form: str,
    intervals: str,
    n_boot: int,
    confidence: float,
) -> list[str]:
    what = {
        "1": "ICC(1): raters are exchangeable",
        "2": "ICC(2): a difference between the raters' means counts as disagreement",
        "3": "ICC(3): a difference between the raters' means does not count",
    }[form[3]]
    if not units.ordered and form[3] != "1":
        what = f"ICC(1) in place of ICC({form[3]}): {units.unordered}"
    notes = [
        f"{what}; {'the mean of all raters' if form.endswith('k') else 'one rater'}. Only a "
        f"{units.noun} with an answer of every rater counts (listwise deletion); dropped counts "
        "the others."
    ]
    if units.clusters is not None:
        notes.append(
            "Some respondents are partners of one another. The interval of r, of the mean change "
            "and of kappa treat them as independent, and are too narrow where partners are alike."
        )
    if intervals == "robust":
        notes.append(
            f"{level(confidence)} intervals of the ICC come from the jackknife"
            + (" over dyads" if units.clusters is not None else "")
            + f" and need no normal answers; they speak of these {_OF_WHOM[units.between]}. The F "
            "intervals are in the table of all forms."
        )
    else:
        notes.append(
            "F intervals of the ICC suppose normal answers"
            + (
                "; of ICC(2) they speak of all raters of whom these are a sample."
                if form[3] == "2"
                else "."
            )
        )
        if units.clusters is not None:
            notes.append(
                "Partners are treated as independent by F intervals, which are then too narrow; "
                "robust intervals take whole dyads."
            )
    if units.between == "partners":
        notes.append(
            "Agreement of partners on a scale is how alike they describe themselves. ICC1 takes "
            "them for two of a kind, so that a difference between the roles counts as "
            "disagreement; ICC3 and r leave it out."
        )
    how = f"{n_boot:,} resamples of {'dyads' if units.clusters is not None else units.noun + 's'}"
    notes.append(
        "Krippendorff's alpha uses every judgement that another one stands beside"
        + (f"; its interval is BCa over {how}." if n_boot else "; no resamples, no interval.")
    )
    if any(topic.categories is not None for topic in topics):
        notes.append(
            "Kappa is weighted by squared distances where categories are ordered, unweighted "
            "otherwise, Fleiss' for more than two raters."
        )
    if units.between != "partners" and units.ordered:
        notes.append(
            "SEM = pooled SD times the root of 1 - r; MDC = the smallest change beyond error, with "
            f"{level(confidence)} confidence; who changed reliably is counted after Jacobson and "
            "Truax, with the SD of the first and r as reliability."
        )
    return notes
