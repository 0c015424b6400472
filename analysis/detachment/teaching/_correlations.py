"""Lesson 3: correlation and its traps."""

from typing import TYPE_CHECKING

import numpy as np

from detachment.teaching._answers import pearson, scores
from detachment.teaching._exercise import Exercise

if TYPE_CHECKING:
    import pandas as pd

    from detachment.teaching._data import LessonData
    from detachment.validation import Survey

EFFECTS = (
    "eff_reduced_intimacy", "eff_communication_breakdown", "eff_satisfaction", "eff_loneliness",
    "eff_infidelity_potential",
)  # fmt: skip
ALPHA = 0.05


def shuffle_effects(survey: "Survey", *, seed: int = 75) -> "pd.DataFrame":
    """Signs and effects of which it is known that they have nothing to do with each other.

    The five effect scores of a person are handed to somebody else, at random, all five together.
    So every sign and every effect stays as it was, and only what connects them is gone.

    Parameters
    ----------
    survey
        Validated answers.
    seed
        Of the shuffling.

    Returns
    -------
    DataFrame
        The 15 signs, then the 5 effects; a row a person.

    Examples
    --------
    >>> import detachment as dt
    >>> dt.teaching.shuffle_effects(dt.teaching.data()).shape
    (200, 20)
    """
    from detachment.scoring import score

    signs = [str(name) for name in survey.responses if str(name).startswith("sign_")]
    signs = [name for name in signs if not name.endswith("__partner")]
    order = np.random.default_rng(seed).permutation(len(survey.responses))
    shuffled = score(survey)[list(EFFECTS)].iloc[order].reset_index(drop=True)
    return survey.responses[signs].reset_index(drop=True).join(shuffled)


def _false_alarms(data: "LessonData") -> int:
    from detachment.estimates import correlate

    table = shuffle_effects(data.survey)
    signs = [str(name) for name in table if name not in EFFECTS]
    return int((correlate(table, rows=signs, columns=list(EFFECTS)).table["p"] < ALPHA).sum())


def _real(data: "LessonData", column: str) -> int:
    from detachment.estimates import correlate

    found = correlate(data.survey, rows="items:signs_total", columns="effects").table
    return int((found[column] < ALPHA).sum())


def _r(data: "LessonData") -> float:
    found = scores(data)
    return pearson(found["signs_total"], found["eff_satisfaction"])


def _r_of_upper_half(data: "LessonData") -> float:
    found = scores(data)
    upper = found[found["signs_total"] > found["signs_total"].median()]
    return pearson(upper["signs_total"], upper["eff_satisfaction"])


EXERCISES = (
    Exercise(
        name="r_satisfaction", lesson=3, title="r of signs and satisfaction",
        kind="number", decimals=2, find=_r,
        hints=(
            "Mind the sign: do people with more signs report more or less satisfaction?",
            'scores["signs_total"].corr(scores["eff_satisfaction"])',
        ),
        slips={"The size is right, the sign is not.": lambda data: -_r(data)},
    ),
    Exercise(
        name="shared_variance", lesson=3, title="Share of variance that goes together",
        kind="number", decimals=2, share=True, find=lambda data: _r(data) ** 2,
        hints=("It is the square of r.", "r ** 2, and a square is never below zero."),
        slips={"That is r itself, and not its square.": _r},
    ),
    Exercise(
        name="r_upper_half", lesson=3, title="r among people with many signs",
        kind="number", decimals=2, find=_r_of_upper_half,
        hints=(
            "Use the table `upper`, and the same line as before.",
            'upper["signs_total"].corr(upper["eff_satisfaction"])',
        ),
        slips={"This is r of everybody. Use the table `upper`.": _r},
    ),
    Exercise(
        name="false_alarms", lesson=3, title="False alarms in 75 tests",
        kind="number", find=_false_alarms,
        hints=(
            "Count in the column p how many are below .05.",
            "(chance[\"p\"] < .05).sum()",
        ),
    ),
    Exercise(
        name="at_least_one", lesson=3, title="Chance of at least one false alarm",
        kind="number", decimals=2, share=True, find=lambda _: 1 - (1 - ALPHA) ** 75,
        personal=False,
        hints=(
            "Begin with the opposite. One test raises NO alarm with chance .95. Two tests: .95 × "
            ".95. And 75?",
            "The chance of no alarm at all is .95 ** 75. What you want is 1 minus that.",
        ),
        slips={
            "That is the chance of NO alarm at all; you want 1 minus that.":
                lambda _: (1 - ALPHA) ** 75,
            "75 × .05 is how many false alarms are to be expected. A chance is never above 1.":
                lambda _: 75 * ALPHA,
        },
    ),
    Exercise(
        name="holm_left", lesson=3, title="Real correlations that remain after Holm",
        kind="number", find=lambda data: _real(data, "p_adjusted"),
        hints=(
            "The adjusted p are in the column p_adjusted of the table `real`.",
            '(real["p_adjusted"] < .05).sum()',
        ),
        slips={
            "That is how many there are BEFORE the adjustment.": lambda data: _real(data, "p"),
        },
    ),
)  # fmt: skip
