"""A plain table of answers as a survey."""

import numpy as np
import pandas as pd
import pytest

from detachment.errors import DataWarning, SurveyError, UsageError
from detachment.validation import from_frame

ANSWERS = pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 2, 3, 5], "c": [5, 4, 3, 1]})


def test_every_column_is_an_item_and_the_named_ones_are_reversed():
    survey = from_frame(ANSWERS, reverse=["c"], values=(1, 6))
    scale = survey.instrument.scales["scale"]
    assert [(i.id, i.keyed) for i in scale.items] == [("a", 1), ("b", 1), ("c", -1)]
    response = survey.instrument.response_scale("c")
    assert (response.minimum, response.maximum) == (1, 6)
    assert survey.responses["c"].tolist() == [5, 4, 3, 1]


@pytest.mark.parametrize(("columns", "model"), [("a", "single_item"), ("ab", "reflective_2item")])
def test_model_follows_the_number_of_items(columns, model):
    survey = from_frame(ANSWERS[list(columns)])
    assert survey.instrument.scales["scale"].model == model


def test_answer_outside_the_range_is_missing_and_named():
    with pytest.warns(DataWarning, match="row 2 holds 55"):
        survey = from_frame(ANSWERS.replace({"a": {2: 55}}), values=(1, 5))
    assert survey.missing.loc[2, "a"] == "invalid"
    assert survey.problems[["row", "column", "value"]].iloc[0].tolist() == [2, "a", "55"]


def test_infinite_number_is_missing_and_named():
    with pytest.warns(DataWarning, match="not finite"):
        survey = from_frame(ANSWERS.astype(float).replace({"a": {2.0: np.inf}}))
    assert survey.missing.loc[2, "a"] == "invalid"


def test_half_points_stay():
    assert from_frame(ANSWERS + 0.5, values=(1, 6)).responses["a"].tolist() == [1.5, 2.5, 3.5, 4.5]


def test_nullable_integers_and_numbers_as_text_are_numbers():
    frame = ANSWERS.astype({"a": "Int64"})
    frame.loc[1, "a"] = pd.NA
    assert from_frame(frame).responses["a"].isna().tolist() == [False, True, False, False]
    with pytest.warns(DataWarning, match="numbers as text"):
        survey = from_frame(ANSWERS.astype({"b": "str"}))
    assert survey.responses["b"].tolist() == [2, 2, 3, 5]


def test_labels_are_refused_with_row_and_remedy():
    with pytest.raises(SurveyError, match=r"column 'b', row 1: 'often' is not a number \(4 such"):
        from_frame(ANSWERS.assign(b="often"))


def test_a_name_in_a_column_of_names_is_not_quoted():
    with pytest.raises(SurveyError, match="column 'First name', row 1") as caught:
        from_frame(ANSWERS.assign(**{"First name": "Ann"}))
    assert "Ann" not in str(caught.value)


@pytest.mark.parametrize(
    "cells",
    [
        pd.date_range("2026-01-01", periods=4),
        pd.date_range("2026-01-01", periods=4, tz="UTC"),
        pd.to_timedelta([1, 2, 3, 4], unit="s"),
        np.array([1, 2, 3, 4]) + 1j,
    ],
)
def test_dates_and_durations_are_not_counts_of_nanoseconds(cells):
    with pytest.raises(SurveyError, match=r"column 'b' holds .* answers are plain numbers"):
        from_frame(ANSWERS.assign(b=cells))


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(SurveyError, match="two columns are called 'a'"):
        from_frame(ANSWERS.set_axis(["a", "a", "c"], axis=1))


@pytest.mark.parametrize("frame", [ANSWERS.head(0), ANSWERS[[]]])
def test_nothing_is_refused(frame):
    with pytest.raises(SurveyError, match="no rows or no columns"):
        from_frame(frame)


def test_reversing_needs_a_range_and_a_column():
    with pytest.raises(UsageError, match=r"add values="):
        from_frame(ANSWERS, reverse=["a"])
    with pytest.raises(UsageError, match="Did you mean 'a'"):
        from_frame(ANSWERS, reverse=["A"], values=(1, 5))
    with pytest.raises(UsageError, match="lowest and highest"):
        from_frame(ANSWERS, values=(5, 1, 5)[:1])


@pytest.mark.parametrize(
    ("frame", "match"),
    [
        (ANSWERS.assign(a=np.nan), "a: is empty"),
        (ANSWERS.assign(a=3), "a: is constant"),
        (ANSWERS.assign(c=ANSWERS["a"]), "same as column a"),
        (ANSWERS.tail(2), "2 rows for 3 items"),
        (ANSWERS.replace({"a": {2: -99}}), "holds -99 1 times"),
        (ANSWERS.replace({"a": {2: 99}}), "holds 99 1 times"),
    ],
)
def test_doubts_are_said(frame, match):
    with pytest.warns(DataWarning, match=match):
        from_frame(frame)


def test_id_column_left_in_is_named():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 6, (40, 3)), columns=["a", "b", "c"])
    with pytest.warns(DataWarning, match="id: looks like an id"):
        from_frame(frame.assign(id=range(100, 140)))
