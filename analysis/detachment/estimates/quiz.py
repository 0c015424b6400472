"""What do people know, and what did they learn? A quiz before and after a lesson."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import SurveyError, UsageError, check_word
from detachment.estimates._item_parts import DISTRACTORS, distractor_rows
from detachment.estimates._panel import wave_order
from detachment.estimates._quiz_rows import (
    MYTH_BELIEVED,
    Pairs,
    Sitting,
    change_rows,
    pair_people,
    sitting_rows,
    source_rows,
    statement_rows,
    take_sitting,
)
from detachment.estimates._result import Result, interval_texts, make_table
from detachment.estimates._scales import (
    check_boot,
    check_confidence,
    emit,
    masked_notes,
    plain,
    provenance,
    take_seed,
)
from detachment.estimates._sentences import (
    CONSISTENCY,
    aside,
    by_chance,
    in_words,
    likely,
    likely_more,
    more,
    not_given,
    people,
)
from detachment.estimates._study import Study, take_study
from detachment.instruments import Scale
from detachment.scoring import as_survey
from detachment.text import (
    MINUS,
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
    sentence,
)
from detachment.validation import Survey

TEST = "dichotomous_test"
CAUTION = (
    "One group before and after is no proof that what happened in between did it: there is no "
    "group without it to compare with. People also change by themselves, talk to each other, and "
    "do better on questions that they have seen before."
)
COLUMNS = {
    "scale": "str",
    "wave": "str",
    "item": "str",
    "source": "str",
    "n": "Int64",
    "missing": "float64",
    "difficulty": "float64",
    "difficulty_low": "float64",
    "difficulty_high": "float64",
    "wrong": "float64",
    "dont_know": "float64",
    "item_rest_r": "float64",
    "item_rest_r_low": "float64",
    "item_rest_r_high": "float64",
    "discrimination": "float64",
    "reason": "str",
}
_TEST = {
    "scale": "str",
    "wave": "str",
    "n": "Int64",
    "without_score": "Int64",
    "n_items": "Int64",
    "mean": "float64",
    "mean_low": "float64",
    "mean_high": "float64",
    "sd": "float64",
    "kr20": "float64",
    "kr20_low": "float64",
    "kr20_high": "float64",
    "sem": "float64",
    "dont_know": "float64",
    "reason": "str",
}
_STATEMENTS = {
    "scale": "str",
    "item": "str",
    "source": "str",
    "counted": "str",
    "n": "Int64",
    "before": "float64",
    "before_low": "float64",
    "before_high": "float64",
    "after": "float64",
    "after_low": "float64",
    "after_high": "float64",
    "difference": "float64",
    "difference_low": "float64",
    "difference_high": "float64",
    "lost": "Int64",
    "gained": "Int64",
    "p": "float64",
    "p_adjusted": "float64",
    "reason": "str",
}
_SOURCES = {
    "scale": "str",
    "source": "str",
    "n_items": "Int64",
    "counted": "str",
    "n": "Int64",
    "before": "float64",
    "after": "float64",
    "difference": "float64",
    "difference_low": "float64",
    "difference_high": "float64",
    "t": "float64",
    "df": "float64",
    "p": "float64",
    "reason": "str",
}
_CHANGE = {
    "scale": "str",
    "measure": "str",
    "n": "Int64",
    "before": "float64",
    "after": "float64",
    "estimate": "float64",
    "low": "float64",
    "high": "float64",
    "p": "float64",
    "method": "str",
    "reason": "str",
}
_FLOW = {"scale": "str", "answered": "str", "people": "Int64"}
_MEASURES = {
    "mean_change": "Mean change (points)",
    "dz": "dz",
    "gain_of_means": "Gain of the means <g>",
    "mean_of_gains": "Mean of the gains",
}
_FEW = 0.05  # of the cells of a question that may be wrong
_LONGEST = 60  # characters of a statement in a table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Quiz(Result):
    """A quiz, one row an item and wave."""

    def _apa(self) -> Iterable[str]:
        tests = self.parts["test"].to_dict("records")
        lines = [self._of_test(*pair) for pair in zip(tests, self._times(), strict=True)]
        if "change" in self.parts:
            rows = {row["measure"]: row for row in self.parts["change"].to_dict("records")}
            lines += [*self._of_statements(), *self._of_sources(), self._of_change(rows)]
            lines.append(CAUTION)
        return lines

    def _plain(self) -> Iterable[str]:
        tests = self.parts["test"].to_dict("records")
        for row, when in zip(tests, self._times(), strict=True):
            if not row["n"]:
                yield not_given(when, "nobody answered enough questions for a score")
                continue
            ends = likely(row["mean_low"], row["mean_high"], _tenths)
            yield (
                f"{when}: {number(row['mean'], 1)} of {row['n_items']} questions right on average"
                f"{aside(ends, people(row['n']))}."
            )
            yield from self._hardest(row)
            if not np.isnan(row["kr20"]):
                ends = aside(likely(row["kr20_low"], row["kr20_high"]))
                yield f"{when}: consistency of the quiz {number(row['kr20'])}{ends}."
        if "change" not in self.parts:
            return
        table = self.parts["statements"]
        for row in table[(table["counted"] == MYTH_BELIEVED) & (table["n"] > 0)].to_dict("records"):
            yield (
                f"The myth {self._quoted(row['item'])} was believed by {in_words(row['before'])} "
                f"before and {in_words(row['after'])} after"
                f"{aside(by_chance(row['p_adjusted']), people(row['n']))}."
            )
        yield self._plain_change()

    def _plain_change(self) -> str:
        rows = {row["measure"]: row for row in self.parts["change"].to_dict("records")}
        change, gain = rows["mean_change"], rows["gain_of_means"]
        if not change["n"]:
            return not_given("Change", "nobody has a score both times")
        text = (
            f"From before to after, scores went from {number(change['before'], 1)} to "
            f"{number(change['after'], 1)}, {more(change['estimate'])}"
            f"{aside(likely_more(change['low'], change['high']), people(change['n']))}."
        )
        if not np.isnan(gain["estimate"]) and gain["estimate"] > 0:
            text += f" Of what was left to learn, {in_words(gain['estimate'])} was learned."
        return text

    def _meaning(self) -> Iterable[str]:
        yield CONSISTENCY
        yield "Right is what the key of the quiz says, and the key was made by people."
        if "change" in self.parts:
            yield CAUTION

    def _gaps(self) -> str:
        return "score"

    def family(self) -> tuple[int, bool]:
        """The tests of the statements."""
        tests = self.parts["statements"]["p"].notna().sum() if "statements" in self.parts else 1
        return int(tests), True

    def _times(self) -> list[str]:
        waves = self.parts["test"]["wave"].tolist()
        if len(waves) == 2:
            return [f"Before (wave {waves[0]})", f"After (wave {waves[1]})"]
        return [f"In wave {waves[0]}" if waves[0] else "In the quiz"]

    def _of_test(self, row: Mapping[Any, Any], when: str) -> str:
        sure = level(self.call["confidence"])
        who = counted(int(row["n"]), "person", "people")
        if not row["n"]:
            return f"{when}: nobody answered enough questions for a score."
        said = [
            f"{when}, {who} got {number(row['mean'])} of {row['n_items']} right on average"
            + (
                f" (SD = {number(row['sd'])}, {sure} CI of the mean "
                f"{interval(row['mean_low'], row['mean_high'], can_exceed_one=True)})."
                if not np.isnan(row["sd"])
                else "."
            )
        ]
        said += self._hardest(row)
        if not np.isnan(row["dont_know"]):
            said.append(f'{percent(row["dont_know"])} of all answers were "I don\'t know".')
        if np.isnan(row["kr20"]):
            said.append(f"Its reliability is not given ({row['reason']}).")
        else:
            ends = interval(row["kr20_low"], row["kr20_high"])
            reliability = f"KR-20 = {bounded(row['kr20'])}, {sure} CI {ends}"
            if not np.isnan(row["sem"]):
                reliability += (
                    f"; the score of one person is uncertain by about {number(row['sem'], 1)} "
                    "points, its standard error of measurement"
                )
            said.append(
                "How consistently the quiz tells people apart, from 0 (not at all) to 1 "
                f"(perfectly): {reliability}."
            )
        return " ".join(said)

    def _hardest(self, row: Mapping[Any, Any]) -> Iterable[str]:
        """The easiest and the hardest question of a wave."""
        items = self.table[(self.table["wave"] == row["wave"]) & self.table["difficulty"].notna()]
        if len(items) < 2:
            return
        easy, hard = (items.loc[pick(items["difficulty"])] for pick in (_highest, _lowest))
        yield (
            f"Each question was got right by {percent(easy['difficulty'])}."
            if easy["difficulty"] == hard["difficulty"]
            else f"The easiest question was {self._quoted(easy['item'])}, which "
            f"{percent(easy['difficulty'])} got right; the hardest was "
            f"{self._quoted(hard['item'])}, with {percent(hard['difficulty'])}."
        )

    def _of_statements(self) -> list[str]:
        table = self.parts["statements"]
        tests = counted(int(table["p"].notna().sum()), "test")
        lines = []
        for row in table[(table["counted"] == MYTH_BELIEVED) & (table["n"] > 0)].to_dict("records"):
            ends = interval(100 * row["difference_low"], 100 * row["difference_high"], 0,
                            can_exceed_one=True)  # fmt: skip
            lines.append(
                f"The myth {self._quoted(row['item'])} was believed by {percent(row['before'])} "
                f"before and {percent(row['after'])} after: {_points(row['difference'])} "
                f"{ends}, {row['lost']} gave it up and {row['gained']} took it up, "
                f"{p_statement(row['p'])} (n = {count(row['n'])}; "
                f"{p_statement(row['p_adjusted'])} adjusted for {tests})."
            )
        return lines

    def _of_sources(self) -> list[str]:
        if "sources" not in self.parts:
            return []
        lines = []
        for row in self.parts["sources"].to_dict("records"):
            if not row["n"]:
                continue
            kind = f"{row['source']} statement"
            does = "believed" if row["counted"] == MYTH_BELIEVED else "answered right"
            ends = interval(100 * row["difference_low"], 100 * row["difference_high"], 0,
                            can_exceed_one=True)  # fmt: skip
            if row["n_items"] == 1:
                said = (
                    f"The one {kind} was {does} by {percent(row['before'])} before and by "
                    f"{percent(row['after'])} after"
                )
            else:
                said = (
                    f"Of the {count(row['n_items'])} {kind}s, {percent(row['before'])} were {does} "
                    f"before and {percent(row['after'])} after"
                )
            lines.append(
                f"{said}: {_points(row['difference'])} {ends}"
                + (f", {p_statement(row['p'])}" if not np.isnan(row["p"]) else "")
                + f" (n = {count(row['n'])})."
            )
        return lines

    def _of_change(self, rows: Mapping[str, Mapping[Any, Any]]) -> str:
        sure = level(self.call["confidence"])
        change, dz = rows["mean_change"], rows["dz"]
        if not change["n"]:
            return "Nobody has a score both times, so that no change is given."
        ends = interval(change["low"], change["high"], can_exceed_one=True)
        test = f", {p_statement(change['p'])}" if not np.isnan(change["p"]) else ""
        said = [
            f"{counted(int(change['n']), 'person', 'people')} with a score both times went from "
            f"{number(change['before'])} to {number(change['after'])}: "
            f"{_signed(change['estimate'])} points, {sure} CI {ends}{test}, dz = "
            f"{number(dz['estimate'])} {interval(dz['low'], dz['high'], can_exceed_one=True)} "
            "(the change in standard deviations of the changes)."
        ]
        gain = rows["gain_of_means"]
        if np.isnan(gain["estimate"]):
            said.append(f"There is no normalised gain: {gain['reason']}.")
        else:
            said.append(
                f"Of what was left to learn, {percent(gain['estimate'])} was learned (normalised "
                f"gain <g> = {number(gain['estimate'])} "
                f"{interval(gain['low'], gain['high'], can_exceed_one=True)}"
                f"{_hake(gain['estimate'])})."
            )
        return " ".join(said)

    def _quoted(self, item: str) -> str:
        """What a question says; its id where that is not known."""
        text = self.label(item)
        quoted = "\N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK} ({})"
        return item if text == item else quoted.format(text, item)

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        sure = level(self.call["confidence"])

        shown = pd.DataFrame(
            {
                "Item": table["item"],
                "Source": table["source"],
                "Wave": table["wave"],
                "n": table["n"].map(count),
                "Missing": table["missing"].map(percent),
                "p (right)": table["difficulty"].map(bounded),
                f"{sure} CI": interval_texts(table, "difficulty"),
                "Wrong": table["wrong"].map(bounded),
                "Don't know": table["dont_know"].map(bounded),
                "Item-rest r": table["item_rest_r"].map(bounded),
                f"{sure} CI of r": interval_texts(table, "item_rest_r"),
                "Discrimination": table["discrimination"].map(bounded),
            }
        )
        empty = [name for name in ("Source", "Wave") if not (shown[name] != "").any()]
        if table["dont_know"].isna().all():
            empty.append("Don't know")
        return shown.drop(columns=empty)

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts; answers by thirds of the score are in ``parts`` alone."""
        sure = level(self.call["confidence"])
        shown: dict[str, pd.DataFrame] = {}
        test = self.parts["test"]
        shown["Test"] = pd.DataFrame(
            {
                "Wave": test["wave"],
                "n": test["n"].map(count),
                "Without score": test["without_score"].map(count),
                "Items": test["n_items"].map(count),
                "Mean": test["mean"].map(number),
                f"{sure} CI of the mean": interval_texts(test, "mean", can_exceed_one=True),
                "SD": test["sd"].map(number),
                "KR-20": test["kr20"].map(bounded),
                f"{sure} CI of KR-20": interval_texts(test, "kr20"),
                "SEM": test["sem"].map(number),
                "Don't know": test["dont_know"].map(bounded),
            }
        )
        empty = [] if (test["wave"] != "").any() else ["Wave"]
        if test["dont_know"].isna().all():
            empty.append("Don't know")
        shown["Test"] = shown["Test"].drop(columns=empty)
        if "statements" in self.parts:
            table = self.parts["statements"]
            shown["Statements, before and after"] = pd.DataFrame(
                {
                    "Item": table["item"],
                    "Statement": [shorten(self.label(i), _LONGEST) for i in table["item"]],
                    "Share": table["counted"],
                    "n": table["n"].map(count),
                    "Before": table["before"].map(bounded),
                    "After": table["after"].map(bounded),
                    "Difference": table["difference"].map(bounded),
                    f"{sure} CI": interval_texts(table, "difference"),
                    "Only before": table["lost"].map(count),
                    "Only after": table["gained"].map(count),
                    "p": table["p"].map(p_value),
                    "Adjusted p": table["p_adjusted"].map(p_value),
                }
            )
            if all(self.label(item) == item for item in table["item"]):
                del shown["Statements, before and after"]["Statement"]
        if "sources" in self.parts:
            table = self.parts["sources"]
            shown["By source"] = pd.DataFrame(
                {
                    "Source": table["source"],
                    "Items": table["n_items"].map(count),
                    "Share": table["counted"],
                    "n": table["n"].map(count),
                    "Before": table["before"].map(bounded),
                    "After": table["after"].map(bounded),
                    "Difference": table["difference"].map(bounded),
                    f"{sure} CI": interval_texts(table, "difference"),
                    "p": table["p"].map(p_value),
                }
            )
        if "change" in self.parts:
            table = self.parts["change"]
            shown["Change of the score"] = pd.DataFrame(
                {
                    "Measure": table["measure"].map(_MEASURES),
                    "n": table["n"].map(count),
                    "Before": table["before"].map(number),
                    "After": table["after"].map(number),
                    "Estimate": table["estimate"].map(number),
                    f"{sure} CI": interval_texts(table, can_exceed_one=True),
                    "p": table["p"].map(p_value),
                    "Interval": table["method"],
                }
            )
            table = self.parts["flow"]
            shown["Who answered"] = pd.DataFrame(
                {"Answered": table["answered"], "People": table["people"].map(count)}
            )
        return shown

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number, where the part has no reasons of its own."""
        if part == "change" and column == "p":
            return "its interval is the test"
        return "not defined for these answers"


def quiz(
    data: Survey | pd.DataFrame,
    *,
    scale: str | Sequence[str] | None = None,
    before: int | str | None = None,
    after: int | str | None = None,
    confidence: float = 0.95,
    n_boot: int = 2000,
    rng: int | np.random.Generator = 1,
    wave: str | None = None,
    respondent: str | None = None,
    dyad: str | None = None,
    cluster: str | None = None,
) -> Quiz:
    """A quiz of right and wrong answers: each question, the test, and what changed between waves.

    Parameters
    ----------
    data
        A survey, or a plain table with a row for each person and wave, 1 for a right and 0 for a
        wrong answer.
    scale
        The quiz: a scale of the model ``dichotomous_test``; the only one by default. For a plain
        table the columns of the questions, by default all that no other option names.
    before, after
        Two waves to compare; by default the first and the last, where there are two. One of them
        alone gives that wave alone.
    confidence
        Level of the intervals.
    n_boot
        Bootstrap replicates for the intervals of item-rest r and of the normalised gain (BCa); 0
        for none.
    rng
        Seed or generator of the bootstrap; nothing else is random.
    wave, respondent, dyad, cluster
        For a plain table, its columns with these; for a survey by default the columns with these
        roles. Members of one cluster (a class; else partners of a dyad) are not taken as
        independent: errors and resamples are by cluster.

    Returns
    -------
    Quiz
        One row an item and wave: ``scale, wave, item, source, n, missing, difficulty,
        difficulty_low, difficulty_high, wrong, dont_know, item_rest_r, item_rest_r_low,
        item_rest_r_high, discrimination, reason``. ``difficulty`` is the share right of those who
        answered (Wilson's interval), ``wrong`` and ``dont_know`` are the other two shares.
        ``parts["test"]`` has mean, SD, KR-20 with interval (jackknife) and SEM of each wave. With
        two waves also ``statements`` (of each, the share before and after with Newcombe's paired
        interval and McNemar's exact test; of a statement with ``source: myth`` who believes it, of
        others who is right), ``sources`` (the same of all statements of one source), ``change``
        (mean change, dz, normalised gain of the means and mean of the gains) and ``flow`` (who
        answered when). ``distractors`` has the answers chosen by thirds of the score.

    Raises
    ------
    UsageError
        When a word is unknown or an option does not fit the data.
    SurveyError
        When there is no quiz, or nobody has a score.

    Warns
    -----
    DataWarning
        Questions that everyone answers alike, doubtful keys, answers off their scale.

    References
    ----------
    Kuder, G. F., & Richardson, M. W. (1937). *Psychometrika, 2*, 151-160. Hake, R. R. (1998).
    *American Journal of Physics, 66*, 64-74. Newcombe, R. G. (1998). *Statistics in Medicine, 17*,
    2635-2650. R: ``binom.test``, ``mcnemar.test``, ``prop.test``.

    Examples
    --------
    >>> rows = [("ann", 1, 1, 0, 0), ("ben", 1, 0, 0, 1), ("cem", 1, 1, 1, 1), ("dee", 1, 0, 0, 0)]
    >>> rows += [("ann", 2, 1, 1, 0), ("ben", 2, 1, 0, 1), ("cem", 2, 1, 1, 1), ("dee", 2, 0, 0, 1)]
    >>> answers = pd.DataFrame(rows, columns=["who", "time", "q1", "q2", "q3"])
    >>> result = quiz(answers, wave="time", respondent="who", n_boot=0)
    >>> result.parts["change"][["measure", "estimate"]].round(3).to_dict("records")[2]
    {'measure': 'gain_of_means', 'estimate': 0.429}
    """
    check_confidence(confidence)
    check_boot(n_boot)
    seed = take_seed(rng)
    asked = {"wave": wave, "respondent": respondent, "dyad": dyad, "cluster": cluster}
    study, chosen = _take(data, scale, asked)
    waves = _waves(study, before, after)
    clusters = _clusters(study)
    sittings = [_sitting(study, chosen, name, clusters) for name in waves]
    found = [*study.warnings]
    for sitting in sittings:
        where = f"wave {sitting.wave}: " if len(sittings) > 1 else ""
        found += [w if w in found else where + w for w in sitting.part.warnings]
    found = list(dict.fromkeys(found))
    emit(found)

    of_waves = [
        sitting_rows(sitting, confidence=confidence, n_boot=n_boot, rng=seed)
        for sitting in sittings
    ]
    parts = {"test": make_table([row for _, row in of_waves], _TEST)}
    notes: list[str] = []
    if len(sittings) == 2:
        pairs = pair_people(*sittings)
        parts |= _parts_of_pairs(pairs, confidence, n_boot, seed)
        notes += _notes_of_pairs(pairs, "sources" in parts)
    parts["distractors"] = _distractors(sittings)
    return Quiz(
        table=make_table([row for rows, _ in of_waves for row in rows], COLUMNS),
        parts=parts,
        notes=(
            *_key_notes(study, chosen),
            *_notes(study, sittings, n_boot),
            *masked_notes(study.sample, [chosen]),
            *notes,
        ),
        warnings=tuple(dict.fromkeys([*study.sample.reader_warnings, *found])),
        labels={chosen.id: chosen.label}
        | {use.id: study.sample.instrument.items[use.id].text or use.id for use in chosen.items},
        call={
            "verb": "quiz",
            "scale": plain(scale),
            "before": before,
            "after": after,
            "confidence": confidence,
            "n_boot": n_boot,
            "rng": seed,
            **asked,
        },
        **provenance(study.sample, _people(sittings)),
    )


# ---------------------------------------------------------------- what is asked


def _take(
    data: Survey | pd.DataFrame,
    scale: str | Sequence[str] | None,
    columns: Mapping[str, str | None],
) -> tuple[Study, Scale]:
    """The rows of all waves, and the quiz."""
    if isinstance(data, pd.DataFrame):
        answers = data.dtypes.map(pd.api.types.is_bool_dtype)  # right is true
        data = data.astype(dict.fromkeys(data.columns[answers], "Int8"))
        named = {name for name in columns.values() if name is not None}
        if scale is None:
            scale = [str(name) for name in data.columns if str(name) not in named]
        _check_scored(data, [scale] if isinstance(scale, str) else scale)
        study = take_study(
            data, measures={"scale": scale}, columns=columns, every_wave=True, values=(0, 1)
        )
        (chosen,) = study.sample.instrument.scales.values()
        return study, chosen
    instrument = as_survey(data).instrument
    tests = [s for s in instrument.scales.values() if s.model == TEST]
    names = listing([s.id for s in tests], "or")
    if not tests:
        raise SurveyError(
            f"{instrument.id} has no quiz: no scale of the model {TEST}, whose items have a "
            "right answer."
        )
    if scale is None and len(tests) > 1:
        raise UsageError(f"There are {len(tests)} quizzes; name one as scale: {names}.")
    word = tests[0].id if scale is None else scale
    study = take_study(data, measures={"scale": word}, columns=columns, every_wave=True)
    found = study.one("scale").variable
    if found is None or found.scale is None or found.item or found.scale.model != TEST:
        raise UsageError(
            f"{plain(word)} is no quiz: its items have no right answers. There is {names}."
        )
    return study, found.scale


def _check_scored(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse questions that are not scored; a few cells that are wrong become missing instead."""
    for name in frame.columns.intersection(list(columns)):
        given = pd.to_numeric(frame[name].dropna().to_numpy().ravel(), errors="coerce")
        if len(given) and not np.isin(given, (0, 1)).mean() >= 1 - _FEW:
            raise UsageError(
                f"{name} holds other answers than 1 (right) and 0 (wrong). Score the questions "
                "first, or declare the right answers in an instrument file (answer:)."
            )


def _waves(study: Study, before: int | str | None, after: int | str | None) -> list[str]:
    """Names of the two waves to compare, or of the one that there is."""
    words = study.words("wave")
    known = [] if words is None else _in_order(study, words)
    if not known:
        if before is not None or after is not None:
            raise UsageError("before and after name waves, and these data have none.")
        return [""]
    for option, given in (("before", before), ("after", after)):
        if given is not None:
            check_word(option, str(given), known)
    if before is not None and after is not None and str(before) == str(after):
        raise UsageError(f"before and after are both wave {before}: name two waves.")
    if before is None and after is None:
        if len(known) > 1 and not wave_order(study, known)[1]:
            raise UsageError(
                f"The waves are words ({listing(known, shown=6)}), whose order is not known: name "
                "both with --before and --after (before=, after= in Python)."
            )
        return [known[0], known[-1]] if len(known) > 1 else known
    return [str(given) for given in (before, after) if given is not None]


def _in_order(study: Study, words: NDArray[np.object_]) -> list[str]:
    return wave_order(study, sorted({str(word) for word in words} - {""}))[0]


def _clusters(study: Study) -> NDArray[np.int64] | None:
    """Cluster of each row: as named, else the dyad; None where everyone stands alone."""
    words = study.words("cluster")
    if words is None:
        people = study.words("respondent")
        dyads = study.words("dyad")
        if dyads is None or not _has_pairs(dyads, people):
            return None
        words = dyads
    code, names = pd.factorize(pd.Series(words).replace("", None), sort=True)
    alone = np.arange(len(code))
    people = study.words("respondent")
    if people is not None:  # who has no cluster is the same person in every wave
        alone = pd.factorize(pd.Series(people))[0]
    if len(names) < 2 and (code >= 0).all():
        raise SurveyError("There is one cluster: nothing tells how much clusters differ.")
    return np.where(code < 0, len(names) + alone, code).astype(np.int64)


def _has_pairs(dyads: NDArray[np.object_], people: NDArray[np.object_] | None) -> bool:
    """Whether two people share a dyad: not one person in two waves."""
    who = np.arange(len(dyads)).astype(object) if people is None else people
    pairs = pd.DataFrame({"dyad": dyads, "who": who})[dyads != ""].drop_duplicates()
    return bool(pairs["dyad"].duplicated().any())


def _sitting(study: Study, scale: Scale, wave: str, clusters: NDArray[np.int64] | None) -> Sitting:
    words = study.words("wave")
    n = int(study.sample.rows.sum())
    here = np.ones(n, dtype=np.bool_) if not wave or words is None else words == wave
    people = study.words("respondent")
    if people is None:
        people = np.full(n, "", dtype=object)
    named = people[here][people[here] != ""]
    if len(set(named)) < len(named):
        again = len(named) - len(set(named))
        raise SurveyError(
            f"{counted(again, 'row')} too many{f' in wave {wave}' if wave else ''}: some "
            "respondents stand there more than once. Each answers once a wave: name the column of "
            "waves as wave, or leave rows out."
        )
    rows = np.zeros_like(study.sample.rows)
    rows[np.flatnonzero(study.sample.rows)[here]] = True
    sample = replace(study.sample, rows=rows)
    return take_sitting(
        sample, scale, wave, None if clusters is None else clusters[here], people[here]
    )


def _people(sittings: Sequence[Sitting]) -> int:
    """How many people answered a question; a row without an id counts as a person."""
    names: list[str] = []
    for sitting in sittings:
        names += sitting.people[(~np.isnan(sitting.right)).any(axis=1)].tolist()
    return len({name for name in names if name}) + names.count("")


# ---------------------------------------------------------------- what is said


def _parts_of_pairs(
    pairs: Pairs, confidence: float, n_boot: int, seed: int
) -> dict[str, pd.DataFrame]:
    scale = pairs.before.scale.id
    flow = [
        {"scale": scale, "answered": what, "people": people} for what, people in pairs.flow.items()
    ]
    parts = {
        "statements": make_table(statement_rows(pairs, confidence), _STATEMENTS),
        "sources": make_table(source_rows(pairs, confidence), _SOURCES),
        "change": make_table(
            change_rows(pairs, confidence=confidence, n_boot=n_boot, rng=seed), _CHANGE
        ),
        "flow": make_table(flow, _FLOW),
    }
    if parts["sources"].empty:
        del parts["sources"]
    return parts


def _distractors(sittings: Sequence[Sitting]) -> pd.DataFrame:
    rows = [
        {"wave": sitting.wave, **row}
        for sitting in sittings
        for row in distractor_rows(sitting.sample, sitting.part, "pairwise")
    ]
    return make_table(rows, {"wave": "str"} | DISTRACTORS)


def _key_notes(study: Study, scale: Scale) -> list[str]:
    instrument = study.sample.instrument
    if study.sample.is_frame:
        return ["1 is right and 0 is wrong, as the table says."]
    said = f"What is right is what the key of {instrument.id} says"
    return [sentence(": ".join(filter(None, (said, instrument.note)))),
            *([f"{scale.id}: {scale.note}"] if scale.note else [])]  # fmt: skip


def _notes(study: Study, sittings: Sequence[Sitting], n_boot: int) -> list[str]:
    words = study.words("wave")
    known = _in_order(study, words) if words is not None else []
    notes = []
    if len(known) > len(sittings):
        which = " and ".join(sitting.wave for sitting in sittings)
        notes.append(f"The data have waves {listing(known)}; these are {which}.")
    notes.append(
        "p (difficulty) is the share right of those who answered, with Wilson's interval; the "
        'rest is wrong or "I don\'t know". Item-rest r is the correlation of a question with the '
        "score of the others (corrected item-total r)"
        + (", with a BCa bootstrap interval" if n_boot else "")
        + "; discrimination is the share right among the highest 27% of scores minus that among "
        "the lowest. KR-20 has the jackknife's interval; SEM is SD times the root of 1 - KR-20."
    )
    clusters = [s.clusters for s in sittings if s.clusters is not None]
    if clusters:
        column = study.columns["cluster" if "cluster" in study.columns else "dyad"].name
        notes.append(
            f"Respondents are clustered by {column} "
            f"({counted(len(set(np.concatenate(clusters))), 'cluster')}, in which who has none is "
            "one alone): errors, intervals and resamples are by cluster."
        )
    else:
        notes.append("Respondents are taken as independent of one another.")
    return notes


def _notes_of_pairs(pairs: Pairs, sources: bool) -> list[str]:
    before, after = pairs.before.wave, pairs.after.wave
    flow = ", ".join(f"{count(people)} {what}" for what, people in pairs.flow.items())
    test = (
        "the t test of the differences by cluster"
        if pairs.clusters is not None
        else "McNemar's exact test, with Newcombe's interval for paired shares"
    )
    own = "Of a myth, the share is of those who believe it (who gave the wrong answer); of other "
    own += "statements, of those who are right. " if sources else ""
    return [
        f"Before is wave {before}, after is wave {after}. Who answered: {flow}. Changes are of "
        "those who answered both times.",
        (own if sources else "")
        + f"The difference of a statement is after {MINUS} before, tested by {test}; "
        "Adjusted p (Holm) is of all statements of the quiz.",
        "Normalised gain is (after \N{MINUS SIGN} before) / (maximum \N{MINUS SIGN} before): of "
        "the means of the class (Hake's <g>), and the mean of the gains of each person, which "
        "those with the maximum before do not have and a loss of few points from a high score "
        "dominates.",
        CAUTION,
    ]


def _highest(values: "pd.Series[float]") -> Any:  # noqa: ANN401 - a label of the index
    return values.idxmax()


def _lowest(values: "pd.Series[float]") -> Any:  # noqa: ANN401 - a label of the index
    return values.idxmin()


def _points(difference: float) -> str:
    return f"{_signed(100 * difference, 0)} percentage points"


def _signed(value: float, digits: int = 2) -> str:
    text = number(value, digits)
    return text if text.startswith(MINUS) or value == 0 else f"+{text}"


def _tenths(value: float) -> str:
    return number(value, 1)


def _hake(gain: float) -> str:
    if gain < 0:
        return ""
    name = "low" if gain < 0.3 else "medium" if gain < 0.7 else "high"
    return f", which Hake calls {name}"
