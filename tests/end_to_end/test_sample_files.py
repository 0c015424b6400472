"""The sample's files are one survey: plain, as numbers, as choice text, as SPSS file."""

import pandas as pd
import pytest

from detachment import read_survey, sample
from detachment.exports import read_export

FILES = ("couples_qualtrics.csv", "couples_qualtrics_labels.csv", "couples.sav")
KEY = ["respondent_id", "wave"]


@pytest.fixture(scope="module")
def plain():
    """The long file."""
    return read_survey(sample("couples_long.csv"))


def by_person(survey, columns):
    return survey.responses.set_index(KEY)[columns].sort_index()


@pytest.mark.parametrize("name", FILES)
def test_same_people_same_answers(plain, name):
    survey = read_survey(sample(name))
    assert not survey.has_errors
    items = list(plain.missing)
    pd.testing.assert_frame_equal(by_person(survey, items), by_person(plain, items))
    people = ["dyad_id", "partner_role", "group", "demo_age", "rel_agreement"]
    pd.testing.assert_frame_equal(by_person(survey, people), by_person(plain, people))


def test_numbers_and_choice_text_agree_to_the_reason():
    numbers, words = (read_survey(sample(name)) for name in FILES[:2])
    pd.testing.assert_frame_equal(numbers.responses, words.responses)
    pd.testing.assert_frame_equal(numbers.missing, words.missing)
    pd.testing.assert_frame_equal(numbers.flags, words.flags)


def test_no_personal_cell_reaches_a_survey():
    export = read_export(sample("couples_qualtrics.csv"))
    survey = read_survey(sample("couples_qualtrics.csv"))
    personal = {cell for name in export.identifying_columns for cell in export.frame[name] if cell}
    assert len(personal) > 1000
    text = "\n".join(
        [
            *(survey.responses[c].astype(str).str.cat(sep="\n") for c in survey.responses),
            survey.problems.to_string(),
            survey.flags.to_string(),
            survey.ledger.to_string(),
            repr(survey.provenance),
        ]
    )
    assert not personal & set(text.split("\n"))
    assert not [cell for cell in personal if "@" in cell and cell in text]


def test_quiz_of_a_class_is_read_with_the_same_instrument():
    survey = read_survey(sample("class_quiz.csv"))
    assert not survey.has_errors
    assert {f"know_{i:02d}" for i in range(1, 11)} <= set(survey.responses)
