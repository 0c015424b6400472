"""Leave flagged respondents out, on purpose and on record."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from detachment.errors import SurveyError, UsageError, check_word
from detachment.quality import FLAGS, INDEX_FLAGS, STRONG, find_indices, joined
from detachment.text import count
from detachment.validation._duplicates import DUPLICATE_FLAGS
from detachment.validation._survey import Survey

GRADE_2, ANY = "grade2", "any"
RULES = (*FLAGS, *DUPLICATE_FLAGS, *INDEX_FLAGS, GRADE_2, ANY)
"""What can be excluded by: a flag by its name, all strong ones, or all that the survey has."""
EXCLUDED_FOR = "excluded_for_flags"
"""Key of the provenance that names the rules."""
EXCLUSIONS = "exclusions"
"""Key of the provenance under which the rules of each call stand, in the order of the calls."""


def exclude(survey: Survey, *, rules: str | Sequence[str]) -> Survey:
    """Leave out the respondents whom flags mark.

    A flag alone never leaves anybody out; this does, and the ledger says so. Show a result with
    and without (``sensitivity``), for leaving people out can bias as well as carelessness can.

    Parameters
    ----------
    survey
        Validated answers.
    rules
        One or several of: the name of a flag (``"attention"``, ``"too_fast"``, ...), also of those
        that ``screen`` raises (``"mahalanobis"``, ``"even_odd"``, ...); ``"grade2"`` for every
        strong flag in ``survey.flags``; ``"any"`` for every flag there.

    Returns
    -------
    Survey
        Without their rows, flags and problems; one step of the ledger for each rule, in the order
        given. Indices are those of all rows of the survey given.

    Raises
    ------
    UsageError
        When a rule is unknown, or none is named.
    SurveyError
        When nobody is left.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> kept = dt.exclude(survey, rules=["too_fast", "attention"])
    >>> kept.ledger[["rule", "before", "excluded", "after"]].tail(2).values.tolist()
    [['too_fast', 2315, 134, 2181], ['attention', 2181, 26, 2155]]
    """
    words = _words_of(rules)
    left, steps = _steps(survey, words)
    rows = survey.problems["row"]
    said = survey.provenance.get(EXCLUDED_FOR)
    earlier = said if isinstance(said, list) else []
    calls = survey.provenance.get(EXCLUSIONS)
    return replace(
        survey,
        responses=survey.responses.loc[left],
        missing=survey.missing.loc[left],
        paradata=survey.paradata.reindex(left),
        problems=survey.problems[rows.isna() | rows.isin(left)].reset_index(drop=True),
        flags=survey.flags[survey.flags["row"].isin(left)].reset_index(drop=True),
        ledger=pd.DataFrame(steps, columns=survey.ledger.columns),
        provenance={
            **survey.provenance,
            EXCLUDED_FOR: [*earlier, *words],
            EXCLUSIONS: [*(calls if isinstance(calls, list) else []), list(words)],
        },
    )


def remaining(survey: Survey, *, rules: str | Sequence[str]) -> "pd.Index[int]":
    """Rows that :func:`exclude` keeps, without taking the survey apart.

    Parameters
    ----------
    survey, rules
        As for :func:`exclude`.

    Returns
    -------
    Index

    Raises
    ------
    UsageError
        When a rule is unknown, or none is named.
    SurveyError
        When nobody is left.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> len(remaining(survey, rules=["too_fast", "attention"]))
    2155
    """
    return _steps(survey, _words_of(rules))[0]


def _words_of(rules: str | Sequence[str]) -> list[str]:
    words = [rules] if isinstance(rules, str) else list(dict.fromkeys(rules))
    if not words:
        raise UsageError("no rule is named; name one, such as rules=['grade2']")
    return words


def _steps(survey: Survey, words: list[str]) -> tuple["pd.Index[int]", list[dict[Hashable, Any]]]:
    """Rows that are left, and the steps of the ledger."""
    known = list(dict.fromkeys([*RULES, *survey.flags["flag"]]))
    flags = survey.flags
    for word in words:
        check_word("a rule of exclusion", word, known)
    if set(words) & set(INDEX_FLAGS):
        found = find_indices(survey.responses, survey.instrument, survey.paradata).flags
        flags = joined([flags, found])

    steps = survey.ledger.to_dict(orient="records")
    left = survey.responses.index
    for word in words:
        marked = left.isin(_marked(survey, flags, word))
        before, left = len(left), left[~marked]
        steps.append(
            {
                "step": len(steps),
                "rule": word,
                "before": before,
                "excluded": before - len(left),
                "after": len(left),
                "message": f"{count(before - len(left))} {_words(word)}",
            }
        )
    if left.empty:
        told = "; ".join(str(step["message"]) for step in steps)
        raise SurveyError(f"nobody is left to analyse. {told}.")
    return left, steps


def _marked(survey: Survey, flags: pd.DataFrame, word: str) -> "pd.Series[int]":
    if word == ANY:
        return survey.flags["row"]
    if word == GRADE_2:
        return survey.flags.loc[survey.flags["grade"] >= STRONG, "row"]
    return flags.loc[flags["flag"] == word, "row"]


def _words(word: str) -> str:
    if word == ANY:
        return "with any flag"
    return "with a strong flag" if word == GRADE_2 else f"flagged {word}"
