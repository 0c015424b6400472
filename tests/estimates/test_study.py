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


def test_the_score_of_the_partner(survey):
    words = ["signs_total", "partner:signs_total", "partner:causes"]
    study = take_study(survey, measures={"x": words})
    own, other = study.measures["x"][:2]
    assert (other.id, other.label) == ("partner:signs_total", f"{own.label} (partner)")
    assert (other.of_partner, other.items, len(own.items)) == (True, (), 15)
    rows = survey.responses[survey.responses["wave"].astype(str) == "1"]
    dyad, role = (rows[name].astype(str).to_numpy() for name in ("dyad_id", "partner_role"))
    for here in (0, 3, len(rows) - 1):
        there = np.flatnonzero((dyad == dyad[here]) & (role != role[here]))
        if dyad[here] == "<NA>" or not len(there):
            assert np.isnan(other.x[here])
        else:
            np.testing.assert_array_equal(other.x[here], own.x[there[0]])
    assert "1,100 of 1,400 respondents have a partner" in study.notes[-1]
    every = take_study(survey, measures={"x": words}, every_wave=True)
    first = every.sample.survey.responses["wave"].astype(str).to_numpy() == "1"
    np.testing.assert_array_equal(every.matrix("x")[first], study.matrix("x"))


def test_the_partner_in_a_plain_table():
    table = pd.DataFrame(
        {"x": [1.0, 2, 3, 4, 5, 6], "sex": list("mfmfmf"), "pair": ["a", "a", "b", "b", "c", None],
         "time": [1, 1, 1, 2, 1, 1]}
    )  # fmt: skip
    of = {"x": ["partner:x", "partner:sex"]}
    study = take_study(table, measures=of, columns={"dyad": "pair", "wave": "time"})
    nan = np.nan
    np.testing.assert_array_equal(study.measures["x"][0].x, [2, 1, nan, nan, nan, nan])
    assert study.measures["x"][1].id == "partner:sex[m]"
    np.testing.assert_array_equal(study.measures["x"][1].x[:3], [0, 1, nan])
    np.testing.assert_array_equal(
        take_study(table, measures=of, columns={"dyad": "pair"}).measures["x"][0].x,
        [2, 1, 4, 3, nan, nan],
    )
    with pytest.raises(SurveyError, match=r"name the column of the dyads \(dyad=\)"):
        take_study(table, measures=of)
    with pytest.raises(SurveyError, match=r"1 dyad of more than two people"):
        take_study(table.assign(pair=list("aaabbc")), measures=of, columns={"dyad": "pair"})
    with pytest.raises(SurveyError, match="no dyad has both members"):
        take_study(table.assign(pair=list("abcdef")), measures=of, columns={"dyad": "pair"})


def test_items_are_left_out_of_every_score_that_counts_them(survey):
    study = take_study(
        survey,
        measures={"outcome": ["signs_total", "signs_behaviour", "eff_satisfaction"]},
        without=["sign_11_distraction"],
    )
    kept = survey.instrument.scales["signs_total"].items
    items = [use.id for use in kept if use.id != "sign_11_distraction"]
    answers = survey.responses.loc[study.sample.rows, items].to_numpy(float, na_value=np.nan)
    enough = (~np.isnan(answers)).sum(axis=1) >= 0.8 * 14
    expected = np.where(
        enough, np.nansum(answers, axis=1) / (~np.isnan(answers)).sum(axis=1), np.nan
    )
    np.testing.assert_allclose(study.every["signs_total"].x, expected, rtol=1e-14)
    assert study.every["signs_total"].items == tuple(items)
    assert study.prepared["signs_total"].items == tuple(items)
    assert study.notes[-1].startswith(
        "Left out of the scores of signs_total and signs_behaviour: sign_11_distraction."
    )
    assert "sign_11_distraction" in {u.id for u in survey.instrument.scales["signs_total"].items}


def test_a_scale_with_one_item_left_is_a_single_item(survey):
    study = take_study(survey, measures={"outcome": "cause_past"}, without="cause_past_1")
    assert study.one("outcome").variable.scale.model == "single_item"


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("sign_11_distracton", "Did you mean 'sign_11_distraction'"),
        ("sign_11_distraction", "no scale that is asked for has sign_11_distraction"),
        (["cause_past_1", "cause_past_2"], "outcome: without leaves no item of cause_past"),
    ],
)
def test_leaving_out_what_is_not_there_is_refused(survey, without, said):
    asked = "cause_past" if isinstance(without, list) else "eff_satisfaction"
    with pytest.raises(UsageError, match=said):
        take_study(survey, measures={"outcome": asked}, without=without)


def test_a_plain_table_has_no_items_to_leave_out():
    with pytest.raises(UsageError, match="without names items of an instrument's scales"):
        take_study(pd.DataFrame({"y": [1, 2, 3]}), measures={"y": "y"}, without="y")
