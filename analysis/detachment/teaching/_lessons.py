"""All lessons: their notebooks and their exercises."""

from collections.abc import Mapping

from detachment.teaching import _carelessness, _correlations, _couples, _reliability, _scales
from detachment.teaching._exercise import Exercise

LESSONS: Mapping[int, str] = {
    1: "What a scale is",
    2: "Reliability, by hand and by the package",
    3: "Correlation and its traps",
    4: "Careless answers",
    5: "Two people are not two cases",
}
NOTEBOOKS: Mapping[int, str] = {
    1: "1_what_a_scale_is.ipynb",
    2: "2_reliability.ipynb",
    3: "3_correlation_and_its_traps.ipynb",
    4: "4_careless_answers.ipynb",
    5: "5_two_people_are_not_two_cases.ipynb",
}
EXERCISES: Mapping[str, Exercise] = {
    exercise.name: exercise
    for room in (_scales, _reliability, _correlations, _carelessness, _couples)
    for exercise in room.EXERCISES
}
