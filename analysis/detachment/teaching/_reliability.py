"""Lesson 2: reliability, by hand and by the package."""

from typing import TYPE_CHECKING

from detachment.teaching._answers import SATISFACTION, alpha_of, satisfaction_items
from detachment.teaching._exercise import Exercise

if TYPE_CHECKING:
    from detachment.teaching._data import LessonData


def _variance_sum(data: "LessonData") -> float:
    return float(satisfaction_items(data).var().sum())


def _variance_total(data: "LessonData") -> float:
    return float(satisfaction_items(data).sum(axis=1).var())


def _alpha(data: "LessonData") -> float:
    return alpha_of(satisfaction_items(data))


def _without_correction(data: "LessonData") -> float:
    return _alpha(data) * (len(SATISFACTION) - 1) / len(SATISFACTION)


def _alpha_unturned(data: "LessonData") -> float:
    return alpha_of(satisfaction_items(data, turned=False))


def _weakest(data: "LessonData") -> str:
    items = satisfaction_items(data)
    return max(SATISFACTION, key=lambda name: alpha_of(items.drop(columns=name)))


EXERCISES = (
    Exercise(
        name="variance_sum", lesson=2, title="Sum of the item variances",
        kind="number", decimals=2, find=_variance_sum,
        hints=(
            "The variances stand on the diagonal of the covariance matrix, from the upper left to "
            "the lower right.",
            "np.diag(cov) takes the diagonal, .sum() adds it up. Or add the four numbers by hand.",
        ),
        slips={
            "This is the sum of ALL cells of the matrix. Here only the diagonal is asked.":
                _variance_total,
        },
    ),
    Exercise(
        name="variance_total", lesson=2, title="Variance of the sum score",
        kind="number", decimals=2, find=_variance_total,
        hints=(
            "First the sum of each person's four answers, then the variance of these sums.",
            "items.sum(axis=1) gives a sum for each person; .var() is their variance.",
            "It is the same as the sum of all sixteen cells of the covariance matrix, cov.sum().",
        ),
        slips={
            "This is the sum of the four variances. The covariances beside the diagonal are "
            "missing in it.": _variance_sum,
        },
    ),
    Exercise(
        name="alpha_by_hand", lesson=2, title="Alpha by its formula",
        kind="number", decimals=2, find=_alpha,
        hints=(
            "You have both numbers already: the sum of the variances and the variance of the sum. "
            "And k = 4.",
            "Mind the brackets: k / (k - 1) * (1 - variance_sum / variance_total)",
        ),
        slips={
            "Nearly: the factor k / (k − 1) is missing.": _without_correction,
            "The reversed items were not turned round here.": _alpha_unturned,
        },
    ),
    Exercise(
        name="alpha_unturned", lesson=2, title="Alpha when nobody turns the items round",
        kind="number", decimals=2, find=_alpha_unturned,
        hints=(
            "Do the same again with the table `raw`, in which nothing is turned round.",
            "cov = np.cov(raw.T), and then the formula. It may well be below zero: that is no "
            "mistake of yours.",
        ),
        slips={"This is alpha of the items that ARE turned round.": _alpha},
    ),
    Exercise(
        name="weakest_item", lesson=2, title="Without which item alpha is highest",
        kind="name", find=_weakest, options=SATISFACTION,
        hints=(
            "Compute alpha four times, each time without one of the items. dt.items does it for "
            "you.",
            "Look at the column alpha_if_dropped of dt.items(...).to_frame(). Where is it largest?",
        ),
    ),
    Exercise(
        name="what_alpha_says", lesson=2, title="What alpha says", kind="choice",
        options=("a", "b", "c", "d"), committed="1cc3af6184d1edff", personal=False,
        hints=(
            "Alpha is made of variances and covariances of answers of the same people at one "
            "moment. What can such a number not know?",
            "It says how strongly the answers go together. Whether they are about the right thing "
            "is another question.",
        ),
    ),
)  # fmt: skip
