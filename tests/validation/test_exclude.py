"""Leaving flagged people out: on purpose, by rule, on record."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.errors import SurveyError, UsageError
from detachment.validation import RULES, exclude, from_frame, validate


@pytest.fixture
def survey(instrument, make_export, good):
    """Six people: two failed a check, one of them without consent on record, one odd age."""
    cells = good | {
        "check": ["2", "3", "2", "1", "2", "2"],
        "consent": ["true", "", "true", "true", "", "true"],
        "age": ["30", "30", "30", "12", "30", "30"],
    }
    with pytest.warns(UserWarning, match="1 problem"):
        return validate(make_export(cells), instrument)


def test_one_step_a_rule(survey):
    kept = exclude(survey, rules=["no_consent", "attention", "bogus"])
    assert kept.responses.index.tolist() == [2, 4, 7]
    steps = kept.ledger.tail(3)
    assert steps["step"].tolist() == [3, 4, 5]
    assert steps["rule"].tolist() == ["no_consent", "attention", "bogus"]
    assert steps["before"].tolist() == [6, 4, 3]
    assert steps["excluded"].tolist() == [2, 1, 0]
    assert steps["after"].tolist() == [4, 3, 3]
    assert steps["message"].tolist() == [
        "2 flagged no_consent",
        "1 flagged attention",
        "0 flagged bogus",
    ]
    assert kept.provenance["excluded_for_flags"] == ["no_consent", "attention", "bogus"]


def test_what_belongs_to_the_rows_goes_with_them(survey):
    assert survey.problems["row"].tolist() == [5]
    kept = exclude(survey, rules="attention")
    assert kept.problems.empty
    assert kept.flags["row"].tolist() == [6]
    for table in (kept.missing, kept.paradata):
        assert table.index.equals(kept.responses.index)
    # The survey given is as it was.
    assert len(survey.responses) == 6
    assert "excluded_for_flags" not in survey.provenance


def test_grade_2_and_any(survey):
    assert exclude(survey, rules="grade2").responses.index.tolist() == [2, 4, 7]
    weak = survey.flags.assign(grade=[1, 1, 2, 2])
    from dataclasses import replace

    graded = replace(survey, flags=weak)
    assert exclude(graded, rules="grade2").responses.index.tolist() == [2, 3, 4, 7]
    assert exclude(graded, rules="any").responses.index.tolist() == [2, 4, 7]


def test_twice_is_remembered(survey):
    kept = exclude(exclude(survey, rules="attention"), rules="no_consent")
    assert kept.provenance["excluded_for_flags"] == ["attention", "no_consent"]
    assert kept.ledger["rule"].tolist()[-2:] == ["attention", "no_consent"]


def test_an_unknown_rule_names_the_nearest(survey):
    with pytest.raises(UsageError, match="Did you mean 'attention'"):
        exclude(survey, rules=["no_consent", "atention"])
    with pytest.raises(UsageError, match="no rule is named"):
        exclude(survey, rules=[])


def test_nobody_left_is_said_with_the_steps(survey):
    from dataclasses import replace

    everybody = pd.concat([survey.flags.iloc[:1]] * 6).assign(row=survey.responses.index)
    with pytest.raises(SurveyError, match=r"nobody is left.*6 flagged attention"):
        exclude(replace(survey, flags=everybody), rules="attention")


def test_indices_are_rules_too():
    rows = [[1, 2, 3, 4, 5, 4, 3, 2, 1, 2, 3, 4][k % 12 :] + [3] * (k % 12) for k in range(120)]
    rows[5] = [1, 5, 1, 5, 5, 1, 5, 1, 1, 1, 5, 5]
    survey = from_frame(pd.DataFrame(rows).add_prefix("q"), values=(1, 5))
    kept = exclude(survey, rules="mahalanobis")
    assert 6 not in kept.responses.index
    assert kept.ledger["excluded"].iloc[-1] == 120 - len(kept.responses)


@pytest.fixture(scope="module")
def marked():
    """Seventy people, three of whom have marks."""
    rows = np.random.default_rng(1).integers(1, 6, size=(70, 12))
    survey = from_frame(pd.DataFrame(rows).add_prefix("q"), values=(1, 5))
    marks = pd.DataFrame(
        {
            "row": [1, 2, 2, 3],
            "flag": ["attention", "attention", "too_fast", "longstring"],
            "value": 0.0, "limit": 0.0, "message": "", "grade": [2, 1, 1, 2],
        }
    )  # fmt: skip
    from dataclasses import replace

    return replace(survey, flags=marks)


@settings(max_examples=50)
@given(rules=st.lists(st.sampled_from(RULES), min_size=1, max_size=4))
def test_rules_leave_the_same_people_in_any_order(marked, rules):
    one, other = exclude(marked, rules=rules), exclude(marked, rules=rules[::-1])
    assert one.responses.index.tolist() == other.responses.index.tolist()
    assert one.ledger["after"].iloc[-1] == len(one.responses)
    steps = one.ledger
    assert (steps["before"] - steps["excluded"] == steps["after"]).all()
