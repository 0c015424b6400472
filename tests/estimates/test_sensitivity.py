"""Results with and without flagged people are those of the verbs on either."""

import math

import pandas as pd
import pytest

import detachment as dt
from detachment.errors import UsageError
from detachment.tables import sensitivity_table
from detachment.validation import read_survey


@pytest.fixture(scope="module")
def survey():
    return read_survey(dt.sample("couples_long.csv"))


@pytest.fixture(scope="module")
def result(survey):
    return dt.sensitivity(survey)


@pytest.mark.filterwarnings("ignore:Feldt's interval of alpha")
def test_each_estimate_is_that_of_its_verb(survey, result):
    table = result.to_frame()
    assert table.columns.tolist() == [
        "without", "statistic", "scale", "column", "n_all", "estimate_all", "n_kept",
        "estimate_kept", "difference", "reason",
    ]  # fmt: skip
    assert table["without"].unique().tolist() == ["grade2", "any"]
    kept = dt.exclude(survey, rules="grade2")
    for data, n, estimate in ((survey, "n_all", "estimate_all"), (kept, "n_kept", "estimate_kept")):
        alphas = dt.reliability(data, scales=["signs", "effects"]).to_frame().set_index("scale")
        ours = table[(table["without"] == "grade2") & (table["statistic"] == "alpha")]
        assert ours["scale"].tolist() == alphas.index.tolist()
        assert ours[estimate].tolist() == alphas["alpha"].tolist()
        assert ours[n].tolist() == alphas["n"].tolist()
        r = dt.correlate(data, rows="signs_total", columns="effects").to_frame()
        ours = table[(table["without"] == "grade2") & (table["statistic"] == "r")]
        assert ours["column"].tolist() == r["column"].tolist()
        assert ours[estimate].tolist() == r["r"].tolist()
        assert ours[n].tolist() == r["n"].tolist()
    assert (table["difference"] == table["estimate_kept"] - table["estimate_all"]).all()


def test_a_rule_by_name(survey):
    table = dt.sensitivity(survey, rules="longstring").to_frame()
    flagged = survey.flags.loc[survey.flags["flag"] == "longstring", "row"]
    first = survey.responses.index[survey.responses["wave"] == 1]
    assert table["n_all"].max() - table["n_kept"].max() == flagged.isin(first).sum()
    with pytest.raises(UsageError, match="Did you mean 'longstring'"):
        dt.sensitivity(survey, rules="longstrin")


def test_nobody_left_is_a_reason_not_an_error(survey):
    from dataclasses import replace

    flags = pd.concat([survey.flags.iloc[:1]] * len(survey.responses))
    everybody = replace(survey, flags=flags.assign(row=survey.responses.index, grade=1))
    found = dt.sensitivity(everybody)
    any_flag = found.to_frame().query("without == 'any'")
    assert any_flag["estimate_kept"].isna().all()
    assert any_flag["reason"].str.contains("nobody is left").all()
    assert found.to_frame().query("without == 'grade2'")["difference"].eq(0).all()
    assert any("nobody is left" in note for note in found.notes)
    assert "–" in sensitivity_table(found).rows[0]


def test_sentences(result):
    said = result.sentences()
    assert len(said) == len(result.to_frame())
    assert said[0].startswith("α of Detachment signs (15) is .89 (n = 1,400), and .87 without the ")
    assert all(math.isfinite(x) for x in result.to_frame()["estimate_kept"])


def test_the_table_has_the_rules_side_by_side(result):
    table = sensitivity_table(result)
    assert [column.group for column in table.columns] == [
        "", *["Everybody"] * 2, *["Without a strong flag"] * 3, *["Without any flag"] * 3,
    ]  # fmt: skip
    assert len(table.rows) == len(result.to_frame()) / 2
    assert len(table.data) == len(result.to_frame())
