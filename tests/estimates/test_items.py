"""Item statistics of keyed answers."""

import numpy as np
import pandas as pd
import pytest

from detachment.errors import DataWarning, SurveyError, UsageError
from detachment.estimates import items
from detachment.stats.moments import em_moments
from detachment.stats.reliability import item_rest_r

COLUMNS = [
    "scale", "item", "keyed", "n", "mean", "sd", "skew", "kurtosis", "floor", "ceiling", "missing",
    "item_rest_r", "alpha_if_dropped",
]  # fmt: skip


def test_by_hand():
    table = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 2, 4], "c": [4, 5, 2, 3]})
    result = items(table, reverse=["c"], values=(1, 5)).table
    assert list(result) == COLUMNS
    a, b, c = (result.iloc[k] for k in range(3))
    assert (a["mean"], a["floor"], a["ceiling"], a["missing"]) == (2.5, 0.25, 0.0, 0.0)
    assert a["sd"] == pytest.approx(np.sqrt(5 / 3))
    assert c["keyed"] == -1
    assert c["mean"] == 2.5  # of 2, 1, 4, 3
    assert c["floor"] == 0.25  # who answered 5 stands at the keyed floor
    # covariances 4/3 (a, b), 1 (a, c), 0 (b, c)
    rest = 5 / 3 + 5 / 3
    assert a["item_rest_r"] == pytest.approx((4 / 3 + 1) / np.sqrt(5 / 3 * rest))
    assert b["alpha_if_dropped"] == pytest.approx(2 * (1 - rest / (rest + 2)))
    # type 3: moments with n over the cubed or fourth power of the sd with n - 1
    assert a["skew"] == 0
    m4 = (1.5**4 + 0.5**4) / 2
    assert a["kurtosis"] == pytest.approx(m4 / (5 / 3) ** 2 - 3)


def test_missing_is_a_share_of_the_rows_and_n_its_answers(gappy):
    table = items(gappy, values=(1, 5)).table
    assert table["n"].tolist() == gappy.notna().sum().tolist()
    np.testing.assert_allclose(table["missing"], gappy.isna().mean())
    listwise = items(gappy, missing="listwise", values=(1, 5)).table
    assert listwise["n"].unique().tolist() == [len(gappy.dropna())]
    np.testing.assert_allclose(listwise["missing"], gappy.isna().mean())
    np.testing.assert_allclose(listwise["mean"], gappy.dropna().mean())


def test_ends_need_a_range(answers):
    result = items(answers)
    assert result.table[["floor", "ceiling"]].isna().all(axis=None)
    assert any("say values=" in note for note in result.notes)
    assert "lowest answer" not in result.explain()


def test_items_by_maximum_likelihood(gappy):
    result = items(gappy, missing="em", values=(1, 5))
    cov = em_moments(gappy.to_numpy()).cov
    np.testing.assert_array_equal(result.table["item_rest_r"], item_rest_r(cov))
    pairwise = items(gappy, values=(1, 5)).table
    np.testing.assert_array_equal(result.table["mean"], pairwise["mean"])
    assert any("Maximum likelihood" in note for note in result.notes)


def test_masked_people_are_not_missing(make_survey, small_table):
    survey = make_survey(small_table | {"agreement": ["open"] * 4 + ["closed"] * 36})
    table = items(survey, scales="joy").table
    assert table["n"].tolist() == [36] * 3
    assert table["missing"].tolist() == [0.0] * 3


def test_quiz_items_are_right_or_wrong(make_survey, small_table):
    table = items(make_survey(small_table), scales="quiz").table
    right = np.mean(np.array(small_table["k1"]) == 0)
    assert table.loc[0, "mean"] == right
    assert table.loc[0, "ceiling"] == right
    assert table.loc[0, "floor"] == pytest.approx(1 - right)


def test_no_rest_where_the_items_need_not_go_together(make_survey, small_table):
    result = items(make_survey(small_table), scales=["index", "single", "pair"])
    table = result.table.set_index("item")
    assert table.loc[["f1", "f2", "lone"], "item_rest_r"].isna().all()
    assert table.loc["f1", "mean"] == np.mean(small_table["f1"])
    assert table.loc["p1", "item_rest_r"] == pytest.approx(
        np.corrcoef(small_table["p1"], small_table["p2"])[0, 1]
    )
    assert np.isnan(table.loc["p1", "alpha_if_dropped"])
    notes = " ".join(result.notes)
    assert "index: no item-rest r and no alpha if dropped; the items of a formative" in notes
    assert "single: no item-rest r" in notes
    assert "Two items have no alpha if one is dropped (pair)" in notes


def test_notes_name_the_conventions_and_labels_the_questions(make_survey, small_table):
    result = items(make_survey(small_table), scales="trouble")
    assert any("type 3" in note for note in result.notes)
    assert result.labels["s1"] == "I keep away."
    assert result.labels["s2"] == "s2"
    assert "s3 (Trouble, reversed; n = 40): M = " in result.explain()
    assert result.display()["Key"].tolist() == ["", "", "reversed", ""]


def test_an_item_that_is_not_in_the_data_stays_in_the_table(make_survey, small_table):
    without = {name: column for name, column in small_table.items() if name != "s2"}
    with pytest.warns(DataWarning, match=r"trouble: s2 is not in the data.*other 3 items"):
        table = items(make_survey(without), scales="trouble").table.set_index("item")
    assert table.loc["s2", "n"] == 0
    assert table.loc["s2", "missing"] == 1
    assert np.isfinite(table.loc["s1", "item_rest_r"])


def test_wrong_calls(make_survey, small_table, answers):
    with pytest.raises(UsageError, match="pairwise, listwise"):
        items(answers, missing="drop")
    with pytest.raises(SurveyError, match="None of the items of joy"):
        items(make_survey({"lone": [1, 2, 3]}), scales="joy")


def test_partners_do_not_matter_to_numbers_without_intervals(make_survey, small_table):
    couples = [f"c{k // 2}" for k in range(40)]
    survey = make_survey(small_table | {"couple": couples, "partner": ["A", "B"] * 20})
    assert not any("too narrow" in note for note in items(survey).notes)


def test_the_share_of_missing_is_of_those_who_are_not_masked(make_survey, small_table):
    answers = [None, None, *small_table["j1"][2:]]
    agreement = ["closed"] * 30 + ["open"] * 10
    survey = make_survey(small_table | {"j1": answers, "agreement": agreement})
    row = items(survey, scales="joy").table.set_index("item").loc["j1"]
    assert (row["n"], row["missing"]) == (28, 2 / 30)


def test_every_missing_number_has_its_reason(make_survey, small_table, quietly):
    small_table["j3"] = [None] * 40
    small_table["s4"] = [2] * 40
    result = quietly(items, make_survey(small_table))
    reasons = {}
    for row, why in zip(result.table.to_dict(orient="records"), result.reasons, strict=True):
        reasons[row["item"], row["scale"]] = why
        assert {name for name, value in row.items() if value != value} == set(why)
    assert "need not go together" in reasons["f1", "index"]["item_rest_r"]
    assert reasons["p1", "pair"] == {
        "alpha_if_dropped": "two items have no alpha if one is dropped"
    }
    assert reasons["lone", "single"]["alpha_if_dropped"] == "one item has no others"
    assert reasons["j3", "joy"]["mean"] == "nobody answered it"
    assert "is constant" in reasons["s4", "trouble"]["item_rest_r"]
    assert reasons["s1", "trouble"] == {}


def test_skew_and_kurtosis_of_each_type(answers):
    from detachment.stats import describe

    for kind in (1, 2, 3):
        result = items(answers, skew_type=kind)
        expected = describe(answers, type=kind)
        np.testing.assert_allclose(result.table["skew"], expected.skew, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(result.table["kurtosis"], expected.kurtosis, rtol=1e-12)
        assert any(f"type {kind}" in note for note in result.notes)
    with pytest.raises(UsageError, match="skew_type"):
        items(answers, skew_type=4)


def test_further_tables(make_survey, small_table):
    small_table["s1"][0] = None
    result = items(make_survey(small_table), scales=["trouble", "index", "single", "quiz"])
    parts = result.parts
    assert list(parts) == ["inter_item", "frequencies", "if_dropped", "test", "distractors"]
    pairs = parts["inter_item"].set_index(["item", "other"])
    frame = pd.DataFrame(small_table)
    assert pairs.loc[("s1", "s3"), "r"] == pytest.approx(frame["s1"].corr(6 - frame["s3"]))
    assert pairs.loc[("s1", "s3"), "n"] == 39
    assert ("f1", "f2") in pairs.index
    assert set(parts["if_dropped"]["scale"]) == {"trouble", "quiz"}
    chosen = parts["frequencies"].set_index(["item", "answer"])
    assert chosen.loc[("s3", 5.0), "n"] == (frame["s3"] == 5).sum()
    assert chosen.loc[("s3", 5.0), "keyed_answer"] == 1
    assert chosen.loc[("s1", 1.0), "share"] == (frame["s1"] == 1).sum() / 39
    assert chosen.groupby(level="item")["n"].sum()["s1"] == 39
    dropped = parts["if_dropped"].set_index("item")
    table = result.table.set_index("item")
    for item in ("s1", "s2", "s3", "s4"):
        assert dropped.loc[item, "alpha"] == table.loc[item, "alpha_if_dropped"]
        assert dropped.loc[item, "item_rest_r"] == table.loc[item, "item_rest_r"]
    assert "two items is not identified" in dropped.loc["k1", "reason"]


def test_items_of_a_quiz(make_survey, small_table):
    result = items(make_survey(small_table), scales="quiz")
    test = result.parts["test"].set_index("item")
    k1 = np.array(small_table["k1"])
    assert test.loc["k1", "difficulty"] == np.mean(k1 == 0)
    assert test.loc["k1", "dont_know"] != test.loc["k1", "dont_know"]
    right = np.column_stack([k1 == 0, np.array(small_table["k2"]) == 1,
                             np.array(small_table["k3"]) == 0]).astype(float)  # fmt: skip
    assert test.loc["k2", "point_biserial"] == pytest.approx(
        np.corrcoef(right[:, 1], right.sum(axis=1))[0, 1]
    )
    assert test.loc["k2", "biserial"] > test.loc["k2", "point_biserial"]
    assert test.loc["k2", "point_biserial_rest"] == result.table["item_rest_r"][1]
    chosen = result.parts["distractors"]
    assert chosen[chosen["item"] == "k1"]["n"].sum() == 40
    assert chosen[chosen["right"] & (chosen["item"] == "k1")]["answer"].unique().tolist() == [0.0]
    high = chosen[(chosen["group"] == "high") & chosen["right"]]["share"].to_numpy()
    low = chosen[(chosen["group"] == "low") & chosen["right"]]["share"].to_numpy()
    assert (high > low).all()
    assert "Test" in result.display_parts()
    assert "Point-biserial" in " ".join(result.notes)


def test_a_table_of_right_and_wrong_is_a_test():
    rng = np.random.default_rng(3)
    table = pd.DataFrame((rng.normal(size=(60, 1)) + rng.normal(size=(60, 4)) > 0).astype(int))
    parts = items(table.rename(columns=str)).parts
    assert parts["test"]["difficulty"].tolist() == pytest.approx(table.mean().tolist())
    assert "distractors" not in parts  # which answer was chosen is not known
    assert parts["frequencies"]["n"].sum() == 240


def test_answers_that_are_many_or_no_codes_are_not_listed():
    rng = np.random.default_rng(3)
    latent = rng.normal(size=(60, 1)) + rng.normal(size=(60, 4))
    table = pd.DataFrame(latent, columns=list("abcd"))
    assert items(table).parts["frequencies"].empty
    whole = (1000 * table).round()
    assert items(whole).parts["frequencies"].empty
