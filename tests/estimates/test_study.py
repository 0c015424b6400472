"""Selectors of a question become numbers, side by side."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import SurveyError, UsageError
from detachment.estimates._study import take_study


@pytest.fixture(scope="module")
def survey():
    return dt.read_survey(dt.sample("couples_long.csv"), instrument="detachment")


def test_a_survey_gives_scores_and_metadata(survey):
    study = take_study(
        survey,
        measures={"outcome": "eff_satisfaction", "predictors": ["causes", "demo_gender"]},
        columns={"dyad": None, "role": None, "by": "group"},
    )
    assert study.one("outcome").id == "eff_satisfaction"
    names = [measure.id for measure in study.measures["predictors"]]
    assert names[:2] == ["cause_past", "cause_attach_avoid"]
    assert "demo_gender[man]" in names
    assert "demo_gender: indicators compare each category with woman." in study.notes
    assert study.matrix("outcome", "predictors").shape == (1400, 1 + len(names))
    score = dt.score(survey)
    expected = score.loc[score["wave"].astype(str) == "1", "eff_satisfaction"]
    np.testing.assert_array_equal(study.one("outcome").x, expected.to_numpy(float))
    assert len(np.unique(study.dyads)) == 550 + 300
    assert set(study.words("role")) == {"A", "B", ""}


def test_a_plain_table_names_its_columns():
    table = pd.DataFrame(
        {"y": [1, 2, 3, 4], "x": [2, 1, 4, 3], "sex": list("mfmf"), "pair": [1, 1, 2, np.nan]}
    )
    study = take_study(
        table, measures={"y": "y", "x": ["x", "sex"]}, columns={"dyad": "pair", "by": None}
    )
    assert [measure.id for measure in study.measures["x"]] == ["x", "sex[m]"]
    np.testing.assert_array_equal(study.matrix("x")[:, 1], [1, 0, 1, 0])
    assert study.dyads.tolist() == [0, 0, 1, 5]
    assert "by" not in study.columns


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("respondent_id", UsageError, "says who people are"),
        ("submitted_at", UsageError, "says who people are"),
        ("eff_satisfacton", UsageError, "eff_satisfaction"),
        ("demo_country", SurveyError, r"1 category in these rows"),
    ],
)
def test_what_names_nothing_or_someone_is_refused(survey, name, error, said):
    if name == "demo_country":
        survey = replace(survey, responses=survey.responses.assign(demo_country="GB"))
    with pytest.raises(error, match=said):
        take_study(survey, measures={"outcome": name})
