"""Lesson 1: what a scale is."""

from typing import TYPE_CHECKING

from detachment.teaching._answers import (
    SATISFACTION,
    reversed_items,
    satisfaction_items,
    scores,
)
from detachment.teaching._exercise import Exercise

if TYPE_CHECKING:
    from detachment.teaching._data import LessonData


def _no_sexual_answer(data: "LessonData") -> int:
    return int(data.survey.responses["sign_10_sexual"].isna().sum())


def _turned(_: "LessonData") -> int:
    return 6 - 4


def _mean_satisfaction(data: "LessonData") -> float:
    return float(scores(data)["eff_satisfaction"].mean())


def _without_turning(data: "LessonData") -> float:
    items = data.survey.responses[list(SATISFACTION)].astype("float64")
    return float(items.mean(axis=1).mean())


def _complete_only(data: "LessonData") -> float:
    return float(satisfaction_items(data).mean(axis=1).mean())


def _no_score(data: "LessonData") -> int:
    return int(scores(data)["eff_infidelity_potential"].isna().sum())


def _any_missing(data: "LessonData") -> int:
    items = [f"eff_inf_{k}" for k in (1, 2, 3, 4)]
    return int(data.survey.responses[items].isna().any(axis=1).sum())


EXERCISES = (
    Exercise(
        name="missing_answers", lesson=1, title="People without an answer to one question",
        kind="number", find=_no_sexual_answer,
        hints=(
            "survey.responses is a table with a column for each question. You want one column, "
            'responses["sign_10_sexual"].',
            ".isna() says of each cell whether it is missing, and .sum() counts how often that "
            "is so.",
            'responses["sign_10_sexual"].isna().sum()',
        ),
    ),
    Exercise(
        name="reversed_items", lesson=1, title="Which satisfaction items are reversed",
        kind="names", find=reversed_items, options=SATISFACTION, personal=False,
        hints=(
            "Read each sentence: would somebody who is content agree with it or disagree?",
            "An item is reversed when agreeing with it speaks AGAINST being content. There is more "
            "than one.",
            "There are two: the ones that speak of being frustrated, and of a life apart.",
        ),
    ),
    Exercise(
        name="turned_answer", lesson=1, title="A 4 turned round",
        kind="number", find=_turned, personal=False,
        hints=(
            "Turned round, the highest answer becomes the lowest, and the other way about: 5 "
            "becomes 1.",
            "The rule is: highest + lowest − answer, and here that is 5 + 1 − answer.",
        ),
        slips={"You took 5 − 4. On a scale that starts at 1 the rule is 5 + 1 − answer.":
               lambda _: 1},
    ),
    Exercise(
        name="mean_satisfaction", lesson=1, title="Mean of the satisfaction scores",
        kind="number", decimals=2, find=_mean_satisfaction,
        hints=(
            "dt.score(survey) gives a table of scores, in which reversed items are turned round "
            'already. The column is "eff_satisfaction".',
            'dt.score(survey)["eff_satisfaction"].mean()',
        ),
        slips={
            "This is what comes out when the reversed items are NOT turned round. Content people "
            "disagree with those two, and so pull their own mean down.": _without_turning,
        },
    ),
    Exercise(
        name="no_score", lesson=1, title="People without an infidelity score",
        kind="number", find=_no_score,
        hints=(
            'Count the missing values of the column "eff_infidelity_potential" of the scores, not '
            "of an item.",
            'dt.score(survey)["eff_infidelity_potential"].isna().sum()',
        ),
        slips={
            "These are the people who left out at least one of the four questions. Who answered "
            "three of the four still has a score.": _any_missing,
        },
    ),
    Exercise(
        name="why_mean", lesson=1, title="Why a mean and not a sum", kind="choice",
        options=("a", "b", "c", "d"), committed="989dbbd4fdeda9a6", personal=False,
        hints=(
            "Think of two people who are equally content, one of whom left a question out. What "
            "would their sums be, and what their means?",
            "A sum counts a question that was left out as if it had been answered with 0, which "
            "is not even on the scale.",
        ),
    ),
)  # fmt: skip
