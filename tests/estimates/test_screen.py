"""The verb screen: one row a respondent, notes on every index, no answers in the result."""

import json

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import UsageError
from detachment.estimates import records
from detachment.stats.careless import irv, mahalanobis
from detachment.validation import read_survey

COLUMNS = [
    "row", "seconds_per_item", "longstring", "average_string", "irv", "mahalanobis_d2",
    "mahalanobis_df", "mahalanobis_p", "even_odd", "antonym_r", "synonym_r", "declared_antonym_r",
    "declared_synonym_r", "n_flags", "grade",
]  # fmt: skip


@pytest.fixture(scope="module")
def survey():
    return read_survey(dt.sample("couples_long.csv"))


@pytest.fixture(scope="module")
def result(survey):
    return dt.screen(survey)


def test_one_row_a_respondent_and_wave(survey, result):
    table = result.to_frame()
    assert list(table) == COLUMNS
    assert table["row"].tolist() == survey.responses.index.tolist()
    counts = result.flags.groupby("row").size()
    assert table.set_index("row")["n_flags"].loc[counts.index].tolist() == counts.tolist()
    assert set(table.loc[table["n_flags"] == 0, "grade"]) == {0}
    assert set(result.flags["row"]) == set(table.loc[table["n_flags"] > 0, "row"])


def test_every_survey_flag_is_among_them(survey, result):
    ours = result.flags[result.flags["flag"].isin(survey.flags["flag"])]
    pd.testing.assert_frame_equal(ours.reset_index(drop=True), survey.flags)


def test_numbers_are_those_of_the_kernels(survey, result):
    blocks = ("signs", "effects")
    items = [
        item.id
        for item in survey.instrument.items.values()
        if item.block in blocks and item.role == "scored"
    ]
    x = survey.responses[items].to_numpy(dtype=float, na_value=np.nan)
    table = result.to_frame()
    np.testing.assert_allclose(table["irv"], irv(x))
    np.testing.assert_allclose(table["mahalanobis_d2"], mahalanobis(x).d2)


def test_one_wave_is_compared_within_itself(survey, result):
    second = dt.screen(survey, wave=2).to_frame()
    in_second = survey.responses.index[survey.responses["wave"] == 2]
    assert second["row"].tolist() == in_second.tolist()
    both = result.to_frame().set_index("row").loc[in_second]
    np.testing.assert_array_equal(second["longstring"], both["longstring"])
    assert (second["mahalanobis_d2"].to_numpy() != both["mahalanobis_d2"].to_numpy()).any()
    with pytest.raises(UsageError, match="wave"):
        dt.screen(survey, wave=7)


def test_what_is_said(result):
    said = result.explain()
    assert said.startswith("Of n = 2,315 respondents, ")
    assert "Nobody was left out." in said
    assert "(longstring): 62 respondents (2.7%), 42 with a strong flag." in said
    notes = " ".join(result.notes)
    assert "signs and effects, 35 items in the order asked" in notes
    assert "Not computed: synonym_r (1 pair of items" in notes


def test_only_flagged_people_are_shown_and_the_strongest_first(result):
    shown = result.display()
    assert len(shown) == (result.to_frame()["n_flags"] > 0).sum()
    assert shown["Grade"].tolist() == sorted(shown["Grade"], reverse=True)
    assert "Synonyms" not in shown
    assert "<table" in result._repr_html_()


def test_no_answer_and_no_id_is_in_the_result(survey, result):
    text = json.dumps(records(result.to_frame())) + result.explain() + " ".join(result.notes)
    assert not any(str(one) in text for one in survey.responses["respondent_id"].head(50))
    assert not set(survey.instrument.items) & set(result.to_frame())


def test_a_plain_table():
    rng = np.random.default_rng(3)
    rows = np.clip(np.rint(3 + rng.normal(size=(80, 1)) + 0.4 * rng.normal(size=(80, 12))), 1, 5)
    rows[0] = 3
    found = dt.screen(pd.DataFrame(rows).add_prefix("q"), values=(1, 5))
    table = found.to_frame()
    assert table.loc[0, ["longstring", "average_string", "irv"]].tolist() == [12, 12, 0]
    assert table.loc[0, "grade"] == 1  # all items are keyed one way: a person may mean it
    assert found.absent["seconds_per_item"] == "the data have no time of answering"
    assert found.absent["even_odd"].startswith("1 scale of two or more items")
    assert table["synonym_r"].notna().sum() > 50
    assert found.reasons[0]["even_odd"] == found.absent["even_odd"]


def test_the_same_whatever_the_order_of_rows(survey, result):
    from dataclasses import replace

    order = np.random.default_rng(1).permutation(len(survey.responses))
    turned = replace(survey, responses=survey.responses.iloc[order])
    again = dt.screen(turned).to_frame().sort_values("row", ignore_index=True)
    pd.testing.assert_frame_equal(again, result.to_frame(), rtol=1e-9)
