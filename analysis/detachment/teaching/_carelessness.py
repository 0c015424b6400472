"""Lesson 4: careless answers."""

from typing import TYPE_CHECKING

from detachment.teaching._answers import pearson, scores
from detachment.teaching._exercise import Exercise

if TYPE_CHECKING:
    import pandas as pd

    from detachment.teaching._data import LessonData


def _failed_check(data: "LessonData") -> int:
    return int(_failed(data).sum())


def _failed(data: "LessonData") -> "pd.Series":
    flags = data.survey.flags
    rows = set(flags.loc[flags["flag"] == "attention", "row"])
    return data.survey.responses.index.to_series().isin(rows)


def _careless(data: "LessonData") -> "pd.Series":
    kinds = data.careless.set_index("respondent_id")["answering"]
    answering = data.survey.responses["respondent_id"].map(kinds)
    return answering != "attentive"


def _found(data: "LessonData") -> float:
    return float(_failed(data)[_careless(data)].mean())


def _careless_among_failed(data: "LessonData") -> float:
    return float(_careless(data)[_failed(data)].mean())


def _wrongly_caught(data: "LessonData") -> int:
    return int((_failed(data) & ~_careless(data)).sum())


def _r_of(data: "LessonData", keep: "pd.Series | None" = None) -> float:
    found = scores(data)
    if keep is not None:
        found = found[keep.to_numpy()]
    return pearson(found["signs_total"], found["eff_infidelity_potential"])


EXERCISES = (
    Exercise(
        name="failed_check", lesson=4, title="People who failed the attention check",
        kind="number", find=_failed_check,
        hints=(
            'In the table survey.flags, how many rows have "attention" in the column flag?',
            '(survey.flags["flag"] == "attention").sum()',
        ),
    ),
    Exercise(
        name="r_everybody", lesson=4, title="r with everybody in",
        kind="number", decimals=2, find=_r_of,
        hints=(
            'The columns are "signs_total" and "eff_infidelity_potential" of the table `scores`.',
            'scores["signs_total"].corr(scores["eff_infidelity_potential"])',
        ),
    ),
    Exercise(
        name="r_without_failed", lesson=4, title="r without those who failed the check",
        kind="number", decimals=2, find=lambda data: _r_of(data, ~_failed(data)),
        hints=(
            "`failed` is True for a person who failed the check. ~failed turns that round.",
            "kept = scores[~failed], and then the same line with `kept`.",
        ),
        slips={
            "This is r with everybody in.": _r_of,
            "This is r AMONG those who failed. Turn it round with ~failed.":
                lambda data: _r_of(data, _failed(data)),
        },
    ),
    Exercise(
        name="found_share", lesson=4, title="Share of the careless whom the check finds",
        kind="number", decimals=2, share=True, find=_found,
        hints=(
            "Of those who were careless: how many failed the check, and how many were there?",
            "In the table, take the row of the careless: failed, divided by the sum of that row.",
            "failed[careless].mean(): the mean of True and False is the share of True.",
        ),
        slips={
            "That is the other share: how many of those who FAILED were careless. Asked is how "
            "many of the CARELESS failed.": _careless_among_failed,
        },
    ),
    Exercise(
        name="wrongly_caught", lesson=4, title="Attentive people who failed the check",
        kind="number", find=_wrongly_caught,
        hints=(
            "They stand in the table too: the row of the attentive, the column of those who "
            "failed.",
            "(failed & ~careless).sum()",
        ),
    ),
    Exercise(
        name="what_to_report", lesson=4, title="What a report should say", kind="choice",
        options=("a", "b", "c", "d"), committed="baeb8e7dbcbd2301", personal=False,
        hints=(
            "If you may look at both results and then choose one, what would a reader never learn?",
            "Two things are needed: a rule that was fixed before, and both results.",
        ),
    ),
)  # fmt: skip
