"""Who may not have read the questions? Indices of careless responding, one row a respondent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from detachment.estimates._flag_words import flag_words
from detachment.estimates._result import Result
from detachment.estimates._scales import data_warnings, emit, provenance, take_rows
from detachment.estimates._sentences import in_words, people
from detachment.quality import INDICES, STRONG, find_indices, joined, no_flags
from detachment.text import bounded, capital, count, counted, number, p_value, percent
from detachment.validation import Survey

COLUMNS = {"row": "Int64", **INDICES, "n_flags": "Int64", "grade": "Int64"}

_BOUNDED = ("even_odd", "antonym_r", "synonym_r", "declared_antonym_r", "declared_synonym_r")
HEADS = {
    "seconds_per_item": "Seconds an item",
    "longstring": "Longstring",
    "average_string": "Average string",
    "irv": "IRV",
    "mahalanobis_d2": "D²",
    "mahalanobis_df": "df",
    "mahalanobis_p": "p",
    "even_odd": "Even-odd",
    "antonym_r": "Antonyms",
    "synonym_r": "Synonyms",
    "declared_antonym_r": "Declared opposites",
    "declared_synonym_r": "Declared synonyms",
}
"""Index -> what stands above its column."""

_TOO_FEW = "too few of the answers that it needs, or answers that do not vary"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Screening(Result):
    """Indices of careless responding, one row a respondent (and wave).

    Attributes
    ----------
    flags
        Every reason for doubt, of the survey and of the indices: ``row, flag, value, limit,
        message, grade``.
    absent
        Index -> why nobody has it.
    reasons
        For each row of the table, column -> why its number is missing.
    """

    flags: pd.DataFrame = field(default_factory=no_flags)
    absent: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Mapping[str, str], ...] = ()

    def _apa(self) -> Iterable[str]:
        everybody, flagged, several, strong = self._counts()
        yield (
            f"Of n = {counted(everybody, 'respondent')}, {count(flagged)} "
            f"({percent(flagged / max(everybody, 1), 1)}) had a flag, {count(several)} of them "
            f"more than one; {count(strong)} ({percent(strong / max(everybody, 1), 1)}) had a "
            "strong flag. Nobody was left out."
        )
        for flag, marked, certain in self._by_flag():
            yield (
                f"{capital(flag_words(flag))} ({flag}): "
                f"{counted(marked, 'respondent')} ({percent(marked / max(everybody, 1), 1)}), "
                + (f"{count(certain)} with a strong flag." if certain else "as a hint.")
            )

    def _plain(self) -> Iterable[str]:
        everybody, flagged, several, strong = self._counts()
        yield (
            f"Of {counted(everybody, 'person', 'people')} ({people(everybody)}), {count(flagged)} "
            f"({in_words(flagged / max(everybody, 1))}) answered in a way that makes one ask "
            f"whether they read the questions; {count(several)} did so in more than one way, and "
            f"for {count(strong)} the reason is hard to explain otherwise. Nobody was left out."
        )
        for flag, marked, _ in self._by_flag():
            yield (
                f"{counted(marked, 'person', 'people')} ({in_words(marked / max(everybody, 1))}) "
                f"{flag_words(flag)}."
            )

    def _meaning(self) -> Iterable[str]:
        yield (
            "A flag is a reason to look, not a proof: a person can answer fast, or the same "
            "everywhere, and mean it."
        )

    def _gaps(self) -> None:
        return None  # a gap is no reason for doubt

    def _counts(self) -> tuple[int, int, int, int]:
        """Everybody, and who has a flag, several, a strong one."""
        flags, grade = self.table["n_flags"], self.table["grade"]
        flagged, several, strong = (flags > 0).sum(), (flags > 1).sum(), (grade >= STRONG).sum()
        return len(self.table), int(flagged), int(several), int(strong)

    def _by_flag(self) -> Iterable[tuple[str, int, int]]:
        """Each flag, how many people have it, and how many of these strongly."""
        for flag, found in self.flags.groupby("flag", sort=True):
            by_grade = found.groupby("row")["grade"].max()
            yield str(flag), len(by_grade), int((by_grade >= STRONG).sum())

    def display(self) -> pd.DataFrame:
        """Whom the flags mark, strongest first: labels, rounded numbers as text."""
        table = self.table[self.table["n_flags"] > 0]
        table = table.sort_values(
            ["grade", "n_flags", "row"], ascending=[False, False, True], kind="stable"
        )
        shown: dict[str, Any] = {"Row": [str(row) for row in table["row"]]}
        for name, head in HEADS.items():
            if name not in self.absent:
                shown[head] = [written(name, value) for value in table[name]]
        shown |= {"Flags": table["n_flags"].map(count), "Grade": table["grade"].map(count)}
        by_row = self.flags.groupby("row")["flag"].agg(
            lambda names: ", ".join(dict.fromkeys(names))
        )
        shown["Reasons"] = [by_row.get(row, "") for row in table["row"]]
        return pd.DataFrame(shown).reset_index(drop=True)


def screen(
    data: Survey | pd.DataFrame,
    *,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Screening:
    """Screen respondents for careless answers: time, runs, variability, distance, consistency.

    No index proves carelessness, and different indices find different kinds of it: runs find those
    who give one answer throughout, distance and consistency those who answer at random. Look at
    several, and report results with and without the people in doubt (``sensitivity``). Nobody is
    left out here; ``exclude`` does that, by the name of a flag.

    Parameters
    ----------
    data
        A survey, or a plain table in which every column is an item.
    wave
        Which wave; every row by default. What compares people with one another (distance,
        psychometric pairs, the median time) compares the rows used.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Screening
        One row a respondent and wave: ``row, seconds_per_item, longstring, average_string, irv,
        mahalanobis_d2, mahalanobis_df, mahalanobis_p, even_odd, antonym_r, synonym_r,
        declared_antonym_r, declared_synonym_r, n_flags, grade``. ``even_odd`` is turned as in R's
        careless since 1.2.0, so that 1 is the most careless. ``grade`` is the highest of the
        flags: 0 none, 1 a hint, 2 a strong reason; the flags themselves are in ``flags``. The
        rules are those of the instrument's section ``quality``, and defaults for the rest.

    Raises
    ------
    UsageError
        When there is no such wave, or an option does not fit the data.
    SurveyError
        When there are no rows.

    References
    ----------
    R: ``careless`` 1.2.2 (Yentes & Wilhelm), with the same numbers for complete answers. Meade, A.
    W., & Craig, S. B. (2012). *Psychological Methods, 17*, 437-455. Huang, J. L., Curran, P. G.,
    Keeney, J., Poposki, E. M., & DeShon, R. P. (2012). Detecting and deterring insufficient effort
    responding to surveys. *Journal of Business and Psychology, 27*, 99-114. Curran, P. G. (2016).
    *Journal of Experimental Social Psychology, 66*, 4-19. Ward, M. K., & Meade, A. W. (2023).
    *Annual Review of Psychology, 74*, 577-596.

    Examples
    --------
    >>> answers = pd.DataFrame([[1, 2, 4, 5], [3, 3, 3, 3], [2, 1, 5, 4]], columns=list("abcd"))
    >>> screen(answers, values=(1, 5)).to_frame()["irv"].round(2).tolist()
    [1.83, 0.0, 1.83]
    """
    sample = take_rows(data, wave=wave, reverse=reverse, values=values)
    survey = sample.survey
    said = data_warnings(sample, survey.instrument.items)
    emit(said)
    responses = survey.responses.loc[sample.rows]
    found = find_indices(responses, survey.instrument, survey.paradata.reindex(responses.index))
    carried = survey.flags[survey.flags["row"].isin(responses.index)]
    flags = joined([carried, found.flags])
    by_row = flags.groupby("row")["grade"]
    table = found.table.assign(
        row=responses.index,
        n_flags=by_row.size().reindex(responses.index, fill_value=0),
        grade=by_row.max().reindex(responses.index, fill_value=0),
    )
    why = {name: found.absent.get(name, _TOO_FEW) for name in INDICES}
    absent = [f"Not computed: {name} ({reason})." for name, reason in found.absent.items()]
    return Screening(
        table=table.reset_index(drop=True)[list(COLUMNS)].astype(COLUMNS),
        flags=flags,
        absent=found.absent,
        reasons=(why,) * len(table),
        notes=(*sample.notes, *found.notes, *absent),
        call={"verb": "screen", "wave": wave},
        warnings=tuple(dict.fromkeys([*sample.reader_warnings, *said])),
        **provenance(sample, len(table)),
    )


def written(index: str, value: float | None) -> str:
    """Write a value of an index for people."""
    if value is None or pd.isna(value):
        return number(None)
    if INDICES[index] == "Int64":
        return count(value)
    if index == "mahalanobis_p":
        return p_value(value)
    return bounded(value) if index in _BOUNDED else number(value)
