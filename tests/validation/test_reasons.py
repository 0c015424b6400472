"""Every missing answer keeps its reason."""

import numpy as np

from detachment.exports import Variable
from detachment.validation import validate


def reasons(survey, row):
    return survey.missing.loc[row].astype(object).fillna("").to_dict()


def test_empty_cells_behind_a_break_off_were_not_reached(instrument, make_export, good):
    cells = good | {
        "q1": ["1", "2", "3", "4", "5", "3"],
        "Q_2": ["", "", "1", "2", "3", "4"],
        "q3": ["", "", "4", "", "2", "1"],
        "check": ["", "", "2", "2", "2", "2"],
    }
    unfinished = np.array([True, False, True, True, False, False])
    survey = validate(make_export(cells, unfinished=unfinished), instrument)
    assert reasons(survey, 2) == {
        "q1": "", "q2": "not_reached", "q3": "not_reached", "check": "not_reached",
    }  # fmt: skip
    assert set(reasons(survey, 3).values()) == {"", "not_answered"}  # came to the end
    assert reasons(survey, 5)["q3"] == "not_answered"  # answered a later question
    assert not (survey.missing == "not_reached").loc[[3, 4, 5, 6, 7]].to_numpy().any()


def test_without_the_platforms_mark_nobody_is_said_to_have_broken_off(
    instrument, make_export, good
):
    cells = good | {"check": ["", "", "2", "2", "2", "2"]}
    survey = validate(make_export(cells), instrument)
    assert reasons(survey, 2)["check"] == "not_answered"


def test_a_question_seen_and_not_answered_was_reached(instrument, make_export, good):
    cells = good | {"q3": ["-99", "2", "3", "4", "5", "1"], "check": ["", "2", "2", "2", "2", "2"]}
    book = {"q3": Variable(reasons={"-99": "shown_not_answered"})}
    export = make_export(cells, variables=book, unfinished=np.array([True] + [False] * 5))
    found = reasons(validate(export, instrument), 2)
    assert (found["q3"], found["check"]) == ("shown_not_answered", "not_reached")


def test_a_question_not_shown_does_not_hide_a_break_off(instrument, make_export, good):
    cells = good | {
        "Q_2": ["", "2", "3", "4", "5", "1"],
        "q3": ["", "2", "3", "4", "5", "1"],
        "check": ["N/A", "2", "2", "2", "2", "2"],
    }
    book = {"check": Variable(reasons={"N/A": "not_shown"})}
    export = make_export(cells, variables=book, unfinished=np.array([True] + [False] * 5))
    found = reasons(validate(export, instrument), 2)
    assert found == {"q1": "", "q2": "not_reached", "q3": "not_reached", "check": "not_shown"}


def test_the_instrument_knows_better_than_the_file(instrument, make_export, good):
    cells = good | {"q1": ["-9", "98", "3", "4", "5", "3"]}
    book = {"q1": Variable(missing={"-9": "refused", "98": "refused"})}
    survey = validate(make_export(cells, variables=book), instrument)
    assert reasons(survey, 2)["q1"] == "prefer_not_to_say"
    assert reasons(survey, 3)["q1"] == "declared: 98 = refused"
