"""From records received to records analysed: numbers that add up, as table, words and figure."""

import re

import pytest

import detachment as dt
from detachment.errors import UsageError


@pytest.fixture(scope="module")
def survey():
    return dt.read_survey(dt.sample("couples_qualtrics.csv"))


def test_every_step_starts_where_the_last_one_ended(survey):
    table = dt.participants(survey).to_frame()
    assert (table["before"] - table["excluded"] == table["after"]).all()
    assert table["before"].tolist()[1:] == table["after"].tolist()[:-1]
    assert table["after"].iloc[-1] == len(survey.responses)


def test_sentences_hold_every_number_of_the_ledger(survey):
    result = dt.participants(survey)
    said = {int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", result.explain())}
    assert set(result.table["excluded"]) - {0} <= said
    assert set(result.table["after"]) <= said
    unfinished = survey.flags.loc[survey.flags["flag"] == "unfinished", "row"].nunique()
    assert dict(result.flags)["unfinished"] == unfinished
    assert len(survey.responses) - unfinished in said


def test_completion_is_not_claimed_where_the_file_says_nothing_of_it():
    result = dt.participants(dt.read_survey(dt.sample("couples_long.csv")))
    assert "completion" not in result.explain()


def test_a_table_of_answers_has_no_flow():
    with pytest.raises(UsageError, match="needs a survey"):
        dt.participants([1, 2])


def test_the_figure_shows_every_step_and_says_the_same(survey):
    result = dt.participants(survey)
    drawing = dt.figures.flow(result)
    shown = " ".join(text.get_text() for text in drawing.figure.texts)
    for n in (*result.table["after"], *result.table["excluded"].iloc[1:]):
        assert f"{n:,}" in shown
    assert f"{result.table['after'].iloc[-1]:,}" in drawing.alt
    assert drawing.to_bytes("svg") == dt.figures.flow(result).to_bytes("svg")


def test_a_file_without_exclusions_goes_straight_down():
    result = dt.participants(dt.read_survey(dt.sample("class_quiz.csv")))
    texts = [text.get_text() for text in dt.figures.flow(result).figure.texts]
    assert texts[0] == "Received"
    assert "Analysed" in texts
