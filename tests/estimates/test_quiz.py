"""The quiz as a verb: its truth, what is counted, what is said, what is refused."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detachment as dt
from detachment.errors import DataWarning, SurveyError, UsageError
from detachment.estimates.quiz import CAUTION, COLUMNS
from detachment.simulation import simulate
from detachment.stats.paired_proportion import paired_proportions

PARTS = ["test", "statements", "sources", "change", "flow", "distractors"]


@pytest.fixture(scope="module")
def survey(sample_dir):
    return dt.read_survey(sample_dir / "class_quiz.csv", instrument="detachment")


@pytest.fixture(scope="module")
def result(survey):
    return dt.quiz(survey, n_boot=500)


def class_table(n=60, seed=4):
    rng = np.random.default_rng(seed)
    knows = rng.normal(size=(n, 1))
    before = (knows + rng.normal(size=(n, 4)) > 0.2).astype(int)
    after = (knows + rng.normal(size=(n, 4)) > -0.5).astype(int)
    frame = pd.DataFrame(np.vstack([before, after]), columns=["q1", "q2", "q3", "q4"])
    return frame.assign(who=[f"s{k}" for k in range(n)] * 2, time=[1] * n + [2] * n)


def of_table(frame, **options):
    scale = ["q1", "q2", "q3", "q4"]
    options = {"scale": scale, "wave": "time", "respondent": "who", "n_boot": 0} | options
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return dt.quiz(frame, **options)


def test_columns_and_parts(result):
    assert list(result.table) == list(COLUMNS)
    assert list(result.parts) == PARTS
    assert len(result.table) == 20
    assert result.n == {"rows": 240, "analysed": 120}


def test_truth_of_the_sample(result):
    test = result.parts["test"].iloc[0]
    assert test["mean"] == pytest.approx(6.59, abs=3.5 * 2.43 / 120**0.5)
    assert test["sd"] == pytest.approx(2.43, abs=3.5 * 0.16)
    assert test["kr20"] == pytest.approx(0.703, abs=3.5 * 0.045)
    assert test["kr20_low"] < test["kr20"] < test["kr20_high"]


def test_truth_of_a_large_class(tmp_path):
    from detachment.simulation import write_sample

    sample = simulate(n_couples=2, n_alone=1, n_students=4000, seed=5)
    files = write_sample(sample, tmp_path)
    (file,) = (path for path in files if path.name == "class_quiz.csv")
    found = dt.quiz(dt.read_survey(file, instrument="detachment"), n_boot=0)
    test = found.parts["test"].iloc[0]
    assert test["kr20"] == pytest.approx(0.703, abs=3.5 * 0.0075)
    assert test["mean"] == pytest.approx(6.59, abs=3.5 * 2.43 / 4000**0.5)
    assert test["sd"] == pytest.approx(2.427, abs=3.5 * 0.027)
    truth = [0.775, 0.778, 0.648, 0.708, 0.7, 0.714, 0.589, 0.475, 0.554, 0.649]
    np.testing.assert_allclose(found.table["difficulty"][:10], truth, atol=3.5 * 0.008)
    first = found.table.iloc[:10]
    share = first["dont_know"] / (1 - first["difficulty"])
    np.testing.assert_allclose(share, 0.2, atol=0.06)


def test_right_wrong_and_unsure_make_a_whole(result):
    whole = result.table[["difficulty", "wrong", "dont_know"]].sum(axis=1)
    np.testing.assert_allclose(whole, 1)


def test_myths_are_counted_by_their_wrong_answer(result, sample_dir):
    raw = pd.read_csv(sample_dir / "class_quiz.csv")
    first = raw[raw["wave"] == 1].set_index("respondent_id")["know_03"]
    second = raw[raw["wave"] == 2].set_index("respondent_id")["know_03"].reindex(first.index)
    row = result.parts["statements"].set_index("item").loc["know_03"]
    assert row["counted"] == "myth believed"
    assert row["before"] == pytest.approx((first == 1).mean())  # said "True" to what is false
    assert row["gained"] == int(((first != 1) & (second == 1)).sum())
    fact = result.parts["statements"].set_index("item").loc["know_02"]
    assert fact["counted"] == "right"


def test_one_statement_of_a_source_is_tested_as_a_statement(result):
    own = result.parts["sources"].set_index("source").loc["definition"]
    statement = result.parts["statements"].set_index("item").loc["know_10"]
    for name in ("before", "after", "difference", "difference_low", "difference_high", "p"):
        assert own[name] == statement[name]


def test_change_and_gain_by_hand(result, sample_dir):
    raw = pd.read_csv(sample_dir / "class_quiz.csv")
    key = np.array([0, 1] * 5)
    raw["total"] = (raw.filter(like="know") == key).sum(axis=1)
    wide = raw.pivot_table(index="respondent_id", columns="wave", values="total")
    d = wide[2] - wide[1]
    change = result.parts["change"].set_index("measure")
    assert change.loc["mean_change", "estimate"] == pytest.approx(d.mean())
    assert change.loc["dz", "estimate"] == pytest.approx(d.mean() / d.std())
    gain = (wide[2].mean() - wide[1].mean()) / (10 - wide[1].mean())
    assert change.loc["gain_of_means", "estimate"] == pytest.approx(gain)
    left = wide[wide[1] < 10]
    own = ((left[2] - left[1]) / (10 - left[1])).mean()
    assert change.loc["mean_of_gains", "estimate"] == pytest.approx(own)
    assert change.loc["mean_of_gains", "n"] == len(left)
    assert f"without {120 - len(left)} people" in change.loc["mean_of_gains", "reason"]
    assert (change["low"] < change["estimate"]).all()
    assert (change["estimate"] < change["high"]).all()


def test_a_single_group_is_never_called_an_effect(result):
    assert CAUTION in result.notes
    assert result.sentences()[-1] == CAUTION
    said = result.explain().replace(CAUTION, "").lower()
    for word in ("effect", "caused", "because", "*"):
        assert word not in said
    assert any("keyed to the article" in note for note in result.notes)


def test_explanation_for_a_class(result):
    said = result.explain()
    for words in (
        "120 people got 6.57 of 10 right",
        "KR-20 = .62, 95% CI [",
        'answers were "I don\'t know"',
        "“Emotionally detached people are simply cold.” (know_05) was believed by 26% before",
        "dz = 0.67 [0.47, 0.86]",
        "Of the 3 myth statements, 24% were believed before and 11% after",
        "The one definition statement was answered right by 60% before and by 72% after",
        "normalised gain <g> = 0.41 [",
        "which Hake calls medium",
    ):
        assert words in said


def test_students_of_one_wave_are_counted_and_left_out_of_the_change():
    frame = class_table()
    frame = frame.drop(index=[0, 1, 2, 70])
    found = of_table(frame)
    flow = dict(found.parts["flow"][["answered", "people"]].to_numpy())
    assert flow["both times"] == 56
    assert flow["only before"] == 1
    assert flow["only after"] == 3
    assert found.parts["test"]["n"].tolist() == [57, 59]
    assert (found.parts["statements"]["n"] == 56).all()


def test_a_table_and_the_kernels():
    frame = class_table()
    found = of_table(frame)
    x = frame[frame["time"] == 1].set_index("who")
    y = frame[frame["time"] == 2].set_index("who").loc[x.index]
    row = found.parts["statements"].iloc[1]
    own = paired_proportions(x["q2"], y["q2"])
    assert row["p"] == own.p
    assert (row["difference_low"], row["difference_high"]) == (own.low, own.high)
    assert found.parts["statements"]["p_adjusted"].max() >= row["p"]
    items = dt.items(x[["q1", "q2", "q3", "q4"]], values=(0, 1))
    np.testing.assert_allclose(found.table["item_rest_r"][:4], items.table["item_rest_r"])
    assert "sources" not in found.parts


@pytest.fixture(scope="module")
def small():
    """A small class, and what is found in it."""
    frame = class_table(n=25)
    return frame, of_table(frame, n_boot=50)


@settings(max_examples=25)
@given(seed=st.integers(0, 1000))
def test_rows_may_stand_in_any_order(small, seed):
    frame, one = small
    other = of_table(frame.sample(frac=1, random_state=seed), n_boot=50)
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    for name in ("test", "statements", "change"):
        pd.testing.assert_frame_equal(one.parts[name], other.parts[name], check_exact=True)


def test_classes_are_no_independent_people():
    frame = class_table(n=80)
    again = pd.concat([frame, frame.assign(who=frame["who"] + "b")])
    again["room"] = again["who"].str.rstrip("b")  # everyone twice: each pair is one person
    alone, twice = of_table(frame), of_table(again)
    pairs = of_table(again, cluster="room")
    width = "difference_high", "difference_low"
    one, two, robust = (
        (f.parts["statements"][width[0]] - f.parts["statements"][width[1]]).to_numpy()
        for f in (alone, twice, pairs)
    )
    assert (two < 0.8 * one).all()
    assert (robust > 0.9 * one).all()
    assert any("by cluster" in note for note in pairs.notes)
    share = (pairs.table["difficulty_high"] - pairs.table["difficulty_low"]).to_numpy()
    before = (alone.table["difficulty_high"] - alone.table["difficulty_low"]).to_numpy()
    np.testing.assert_allclose(share, before, rtol=0.05)


def test_one_wave_has_no_change():
    frame = class_table()
    frame = frame[frame["time"] == 1]
    found = of_table(frame)
    assert list(found.parts) == ["test", "distractors"][: 1 + ("distractors" in found.parts)]
    assert CAUTION not in found.notes
    assert "In wave 1" in found.explain()
    alone = dt.quiz(frame[["q1", "q2", "q3", "q4"]], n_boot=0)
    assert alone.table["wave"].eq("").all()
    assert alone.explain().startswith("In the quiz, 60 people")
    assert "Wave" not in alone.display()


def test_waves_are_chosen_by_name():
    frame = class_table()
    third = frame[frame["time"] == 2].assign(time=3)
    frame = pd.concat([frame, third])
    assert of_table(frame).parts["test"]["wave"].tolist() == ["1", "3"]
    found = of_table(frame, before=2, after="3")
    assert (found.parts["statements"]["difference"] == 0).all()
    assert any("waves 1, 2, and 3" in note for note in found.notes)
    assert of_table(frame, before=2).parts["test"]["wave"].tolist() == ["2"]
    with pytest.raises(UsageError, match="before cannot be '7'"):
        of_table(frame, before=7)
    with pytest.raises(UsageError, match="name two waves"):
        of_table(frame, before=1, after=1)


def test_no_gain_where_nothing_was_left_to_learn():
    frame = class_table(n=12)
    frame.loc[frame["time"] == 1, ["q1", "q2", "q3", "q4"]] = 1
    found = of_table(frame)
    change = found.parts["change"].set_index("measure")
    assert np.isnan(change.loc["gain_of_means", "estimate"])
    assert change.loc["gain_of_means", "reason"] == "nothing was left to learn"
    assert "12 people who had the maximum" in change.loc["mean_of_gains", "reason"]
    assert "There is no normalised gain" in found.explain()
    test = found.parts["test"].iloc[0]
    assert np.isnan(test["kr20"])
    assert "no KR-20" in test["reason"]


def test_same_answers_twice():
    frame = class_table(n=12)
    same = frame[frame["time"] == 1]
    found = of_table(pd.concat([same, same.assign(time=2)]))
    assert (found.parts["statements"]["p"] == 1).all()
    change = found.parts["change"].set_index("measure")
    assert np.isnan(change.loc["dz", "estimate"])
    assert "same amount" in change.loc["dz", "reason"]
    assert change.loc["gain_of_means", "estimate"] == 0


def test_missing_answers_are_missing():
    frame = class_table()
    frame["q1"] = frame["q1"].astype(float)
    frame.loc[frame.index[:6], "q1"] = np.nan
    found = of_table(frame)
    row = found.table.iloc[0]
    assert row["n"] == 54
    assert row["missing"] == pytest.approx(0.1)
    assert found.parts["test"]["without_score"].tolist() == [6, 0]
    assert found.parts["statements"]["n"].tolist()[:2] == [54, 60]


def test_people_without_an_id_make_no_pair():
    frame = class_table()
    frame.loc[0, "who"] = None
    found = of_table(frame)
    flow = dict(found.parts["flow"][["answered", "people"]].to_numpy())
    assert flow["without an id, and so without a pair"] == 1
    nobody = of_table(frame, respondent=None)
    assert nobody.parts["change"]["estimate"].isna().all()
    assert "Nobody has a score both times" in nobody.explain()


def test_what_is_refused(survey, make_survey, small_table):
    couples = dt.read_survey(dt.sample("couples_long.csv"), instrument="detachment")
    with pytest.raises(UsageError, match="signs_total is no quiz"):
        dt.quiz(couples, scale="signs_total")
    with pytest.raises(SurveyError, match="none of the items of knowledge_total"):
        dt.quiz(couples)
    with pytest.raises(UsageError, match="other answers than 1"):
        of_table(class_table().assign(q1=lambda table: 1 + table["q1"]))
    frame = class_table()
    with pytest.raises(SurveyError, match="stand there more than once"):
        dt.quiz(frame.drop(columns="time"), respondent="who", scale=["q1", "q2"])
    with pytest.raises(UsageError, match="these data have none"):
        dt.quiz(frame, scale=["q1", "q2"], before=1)
    with pytest.raises(UsageError, match="number of resamples"):
        dt.quiz(survey, n_boot=1)
    with pytest.raises(SurveyError, match="one cluster"):
        of_table(class_table().assign(room="a"), cluster="room")
    with pytest.raises(UsageError, match="a path"):
        dt.quiz("class_quiz.csv")


def test_an_instrument_without_a_quiz(make_survey, small_table):
    own = make_survey(small_table)
    scales = {k: s for k, s in own.instrument.scales.items() if k != "quiz"}
    bare = replace(own, instrument=replace(own.instrument, scales=scales))
    with pytest.raises(SurveyError, match="small has no quiz"):
        dt.quiz(bare)


def test_partners_are_clusters(make_survey, small_table):
    table = dict(small_table)
    n = len(table["k1"])
    couples = [f"c{k // 2}" for k in range(n)]
    table |= {"couple": couples, "partner": ["A", "B"] * (n // 2), "wave": [1] * n}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        found = dt.quiz(make_survey(table), n_boot=0)
    assert any("clustered by couple (20 clusters" in note for note in found.notes)


def test_same_seed_same_numbers(survey):
    one, again = (dt.quiz(survey, n_boot=40, rng=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, again.table, check_exact=True)
    other = dt.quiz(survey, n_boot=40, rng=4)
    assert not one.table["item_rest_r_low"].equals(other.table["item_rest_r_low"])
    assert one.table["difficulty_low"].equals(other.table["difficulty_low"])


def test_a_wave_in_place_of_its_column_is_refused_in_words(survey):
    with pytest.raises(UsageError, match="there is no metadata column 1"):
        dt.quiz(survey, wave=1)
