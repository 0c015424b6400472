"""Lesson 5: two people are not two cases."""

from typing import TYPE_CHECKING

import numpy as np

from detachment.teaching._answers import scores
from detachment.teaching._exercise import Exercise

if TYPE_CHECKING:
    import pandas as pd

    from detachment.teaching._data import LessonData


def couples_table(data: "LessonData", name: str = "eff_satisfaction") -> "pd.DataFrame":
    """A row a couple, a column a partner; couples in which both have a score."""
    found = scores(data).dropna(subset=["dyad_id"])
    wide = found.pivot_table(index="dyad_id", columns="partner_role", values=name)
    return wide[["A", "B"]].astype("float64").dropna()


def _couples(data: "LessonData") -> int:
    return len(couples_table(data))


def _icc(data: "LessonData") -> float:
    pairs = couples_table(data).to_numpy()
    between = 2 * pairs.mean(axis=1).var(ddof=1)
    within = float((np.diff(pairs, axis=1) ** 2).mean() / 2)
    return float((between - within) / (between + within))


def _effective_n(data: "LessonData") -> float:
    return 2 * _couples(data) / (1 + _icc(data))


def _clustered_se(data: "LessonData") -> float:
    means = couples_table(data).mean(axis=1)
    return float(means.std() / len(means) ** 0.5)


def _naive_se(data: "LessonData") -> float:
    everybody = couples_table(data).to_numpy().ravel()
    return float(everybody.std(ddof=1) / len(everybody) ** 0.5)


def _apim(data: "LessonData", effect: str) -> float:
    from detachment.estimates import apim

    found = apim(
        data.survey, predictor="signs_total", outcome="eff_satisfaction", dyads="all",
        distinguishable=False, n_boot=0,
    ).table  # fmt: skip
    return float(found.loc[found["effect"] == effect, "estimate"].iloc[0])


EXERCISES = (
    Exercise(
        name="complete_couples", lesson=5, title="Couples in which both have a score",
        kind="number", find=_couples,
        hints=(
            "The table `pairs` has a row for each such couple. How many rows has it?",
            "len(pairs)",
        ),
        slips={"These are people. Two of them are one couple.": lambda data: 2 * _couples(data)},
    ),
    Exercise(
        name="partner_icc", lesson=5, title="How alike partners are (ICC)",
        kind="number", decimals=2, find=_icc,
        hints=(
            "between is 2 × the variance of the couples' means; within is the mean of the squared "
            "differences, divided by 2.",
            "(between - within) / (between + within)",
        ),
    ),
    Exercise(
        name="effective_n", lesson=5, title="What the people count for",
        kind="number", grace=1, find=lambda data: round(_effective_n(data)),
        hints=(
            "Divide the number of PEOPLE by the design effect, 1 + ICC. People, not couples.",
            "2 * len(pairs) / (1 + icc), rounded to a whole number with round().",
        ),
        slips={
            "You began with the couples. Begin with the people, who are twice as many.":
                lambda data: _effective_n(data) / 2,
        },
    ),
    Exercise(
        name="clustered_se", lesson=5, title="Standard error that knows the couples",
        kind="number", decimals=3, find=_clustered_se,
        hints=(
            "Take each couple as ONE case, its mean. What is the standard error of the mean of "
            "these means?",
            "couple_means.std() / np.sqrt(len(couple_means))",
        ),
        slips={"This is the naive one, which takes partners for strangers.": _naive_se},
    ),
    Exercise(
        name="partner_effect", lesson=5, title="The partner effect",
        kind="number", decimals=2, find=lambda data: _apim(data, "partner"),
        hints=(
            "Two rows: actor is one's own signs and one's own satisfaction; partner is the "
            "partner's signs and one's own satisfaction.",
            "The unstandardized estimate of the row `partner`, with its sign.",
        ),
        slips={"That is the actor effect.": lambda data: _apim(data, "actor")},
    ),
    Exercise(
        name="always_too_narrow", lesson=5, title="Is the naive interval always too narrow?",
        kind="truth", committed="0a0e9f02b0800590", personal=False,
        hints=(
            "Think of a comparison WITHIN couples, of one partner with the other. What partners "
            "share falls out of the difference.",
        ),
    ),
)  # fmt: skip
