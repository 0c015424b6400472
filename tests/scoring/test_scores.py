"""Scale scores: reversed, prorated, masked, counted; a missing answer is never 0."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.errors import DataWarning, SurveyError, UsageError
from detachment.estimates import correlate, items, reliability
from detachment.exports import read_export
from detachment.scoring import in_wave, keyed_answers, score, waves

NAN = np.nan


def test_items_are_reversed_over_the_declared_range(make_survey):
    survey = make_survey({"s1": [1, 2], "s2": [2, 2], "s3": [4, 3], "s4": [3, 3]})
    keyed = keyed_answers(survey, "trouble")
    assert keyed.columns.tolist() == ["s1", "s2", "s3", "s4"]
    assert keyed["s3"].tolist() == [2.0, 3.0]  # 6 - x, although nobody chose 1 or 5
    assert keyed.index.tolist() == [2, 3]  # rows as a spreadsheet counts them


def test_mean_needs_enough_answers_and_never_counts_missing_as_zero(make_survey):
    survey = make_survey(
        {"s1": [1, 1, 1], "s2": [2, 2, None], "s3": [2, None, None], "s4": [4, 4, 5]}
    )
    scores = score(survey, scales="trouble")
    assert scores["trouble"].tolist()[:2] == [(1 + 2 + 4 + 4) / 4, 7 / 3]
    assert np.isnan(scores["trouble"].iloc[2])  # 2 of 4 answered, 75% are needed
    assert scores["trouble_pomp"].iloc[0] == pytest.approx(100 * (11 / 4 - 1) / 4)
    assert np.isnan(scores["trouble_pomp"].iloc[2])


def test_signs_present_counts_keyed_answers_and_needs_all(make_survey):
    survey = make_survey({"s1": [4, 5], "s2": [3, 5], "s3": [1, 1], "s4": [5, None]})
    present = score(survey, scales="trouble")["trouble_signs_present"]
    assert present.iloc[0] == 3  # s3 = 1 is keyed 5
    assert np.isnan(present.iloc[1])


def test_quiz_counts_right_answers_and_does_not_know_is_wrong(make_survey):
    survey = make_survey({"k1": [0, 9, 0, None], "k2": [1, 1, None, None], "k3": [0, 1, 1, 0]})
    assert keyed_answers(survey, "quiz").iloc[1].tolist() == [0.0, 1.0, 0.0]
    quiz = score(survey, scales="quiz")
    assert quiz["quiz"].tolist()[:3] == [3.0, 1.0, 1.5]  # 1 of 2 answered: prorated to 3 items
    assert np.isnan(quiz["quiz"].iloc[3])
    assert quiz["quiz_pomp"].tolist()[:2] == [100.0, pytest.approx(100 / 3)]


def test_sum_over_different_ranges_stays_within_the_possible(make_survey):
    survey = make_survey({"m1": [6, 6, 0, 1], "m2": [4, 4, 0, None], "m3": [4, None, 0, None]})
    mixed = score(survey, scales="mixed")
    assert mixed["mixed"].iloc[0] == 14
    assert mixed["mixed"].iloc[1] == pytest.approx(14)  # not 15, which 3 x 5 would give
    assert mixed["mixed"].iloc[2] == 0
    assert np.isnan(mixed["mixed"].iloc[3])
    assert mixed["mixed_pomp"].tolist()[:3] == [100.0, 100.0, 0.0]


def test_masked_rows_have_no_score(make_survey):
    survey = make_survey(
        {"agreement": ["closed", "open", None], "j1": [1, 1, 2], "j2": [5, 5, 4], "j3": [1, 1, 2]}
    )
    joy = score(survey, scales="joy")["joy"]
    assert joy.tolist()[::2] == [1.0, 2.0]
    assert np.isnan(joy.iloc[1])


def test_id_columns_come_first_and_by_role(make_survey):
    survey = make_survey(
        {
            "wave": [1, 2], "couple": ["c", "c"], "partner": ["A", "A"], "id": ["x", "x"],
            "lone": [1, 2],
        }
    )  # fmt: skip
    assert score(survey).columns.tolist() == [
        "id", "wave", "couple", "partner", "single", "single_pomp",
    ]  # fmt: skip


def test_scales_without_any_item_are_left_out_unless_named(make_survey):
    survey = make_survey({"lone": [1, 2, 3]})
    assert "trouble" not in score(survey)
    with pytest.raises(SurveyError, match=r"None of the items of trouble is in these data"):
        score(survey, scales="trouble")
    with pytest.raises(SurveyError, match="trouble"):
        score(survey, scales=["single", "trouble"])


def test_items_that_are_not_in_the_data_count_as_unanswered_and_are_named(make_survey):
    survey = make_survey({"s1": [1, 1], "s2": [2, 2], "s4": [3, None]})
    with pytest.warns(DataWarning, match=r"trouble: s3 is not in the data.*3 of 4 items"):
        scores = score(survey, scales="trouble")
    assert scores["trouble"].iloc[0] == 2.0
    assert np.isnan(scores["trouble"].iloc[1])
    assert np.isnan(scores["trouble_signs_present"]).all()


def test_a_plain_table_is_scored(recwarn):
    table = pd.DataFrame({"a": [1, 5, 2], "b": [5, 2, None]})
    scores = score(table, reverse=["b"], values=(1, 5))
    assert scores["scale"].tolist()[:2] == [1.0, 4.5]
    assert scores["scale_pomp"].tolist()[:2] == [0.0, 87.5]
    assert np.isnan(scores["scale"].iloc[2])
    assert not recwarn.list


def test_without_a_known_range_there_is_no_pomp():
    scores = score(pd.DataFrame({"a": [1, 5], "b": [2, 4]}))
    assert scores["scale"].tolist() == [1.5, 4.5]
    assert scores["scale_pomp"].isna().all()


def test_waves_are_numbers_in_order(make_survey):
    survey = make_survey({"id": ["a", "a", "b"], "wave": [10, 2, 2], "lone": [1, 2, 3]})
    assert waves(survey) == (2, 10)
    assert in_wave(survey, 2).tolist() == [False, True, True]
    assert in_wave(survey, "10").tolist() == [True, False, False]
    assert keyed_answers(survey, "single", wave=10)["lone"].tolist() == [1.0]
    with pytest.raises(UsageError, match=r"wave cannot be '3'; it is one of: 2, 10"):
        in_wave(survey, 3)


def test_no_waves(make_survey):
    survey = make_survey({"lone": [1, 2]})
    assert waves(survey) == ()
    with pytest.raises(UsageError, match="these data have no waves"):
        in_wave(survey, 1)


def test_a_survey_brings_its_own_key(make_survey):
    with pytest.raises(UsageError, match=r"the instrument \(small\) says"):
        score(make_survey({"lone": [1, 2]}), reverse=["lone"])


def test_neither_a_survey_nor_a_table(sample_dir):
    answers = pd.DataFrame({"a": [1, 2, 3, 3], "b": [1, 2, 3, 2]})
    path = sample_dir / "class_quiz.csv"
    given = {
        "of the type list": [[1, 2]],
        "of the type NoneType": None,
        r"validate\(export, instrument\)": read_export(path),
        r"read_survey\(path": path,
        r"a result \(ItemAnalysis\)": items(answers),
        r"series\.to_frame": answers["a"],
    }
    for said, data in given.items():
        for verb in (score, reliability, items, correlate):
            with pytest.raises(UsageError, match=f"A Survey .* is expected here, .*{said}"):
                verb(data)


answers = st.lists(
    st.lists(st.sampled_from([1, 2, 3, 4, 5, None]), min_size=4, max_size=4),
    min_size=2,
    max_size=12,
)


@given(answers)
def test_pomp_is_between_0_and_100_and_reversing_mirrors_it(rows):
    table = pd.DataFrame(rows, columns=list("abcd"), dtype="float64")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        plain = score(table, values=(1, 5))["scale_pomp"]
        mirrored = score(table, reverse=list("abcd"), values=(1, 5))["scale_pomp"]
    given_rows = table.notna().sum(axis=1).to_numpy() >= 4  # 80% of 4 items are all of them
    assert (plain.notna().to_numpy() == given_rows).all()
    assert plain.dropna().between(0, 100).all()
    np.testing.assert_allclose(100 - plain, mirrored, atol=1e-12)


def test_missing_answers_count_as_asked():
    answers = pd.DataFrame({"a": [1, 5, 2, None], "b": [2, None, 5, None], "c": [1, 3, None, None]})
    got = {
        rule: score(answers, values=(1, 5), missing=rule)["scale"].tolist()
        for rule in ("none", "mean", "median")
    }
    assert got["none"][:3] == [4 / 3, 4.0, 3.5]
    np.testing.assert_allclose(got["mean"][:3], [4 / 3, (5 + 3.5 + 3) / 3, (2 + 5 + 2) / 3])
    np.testing.assert_allclose(got["median"][:3], got["mean"][:3])  # of two answers
    assert all(np.isnan(scores[3]) for scores in got.values())  # nobody is made of nothing
    with pytest.raises(UsageError, match="missing"):
        score(answers, values=(1, 5), missing="mode")
