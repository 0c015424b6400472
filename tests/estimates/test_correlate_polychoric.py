"""Polychoric correlations of the verb: which coefficient, at what limit, under what name."""

import json

import numpy as np
import pandas as pd
import pytest

from detachment import stats
from detachment.errors import DataWarning, Refusal
from detachment.estimates import correlate, records
from detachment.scoring import score


def part(result, row, column):
    table = result.parts["latent"]
    (found,) = table[(table["row"] == row) & (table["column"] == column)].to_dict("records")
    return found


def test_items_are_those_of_the_kernel(gappy):
    few = r"Fewer than 100 respondents in 10 of 10 pairs \(the smallest n is \d+\)"
    with pytest.warns(DataWarning, match=few):
        result = correlate(gappy, method="polychoric", adjust="none")
    fit = stats.polychoric_matrix(gappy)
    names = list(gappy)
    for row in result.table.to_dict("records"):
        at = names.index(row["row"]), names.index(row["column"])
        assert row["r"] == pytest.approx(fit.r[at])
        assert row["n"] == fit.n[at]
        low, high = stats.delta_interval(fit.r[at], fit.se[at])
        assert (row["r_low"], row["r_high"]) == pytest.approx((low, high))
        assert (row["p"] < 0.05) == (low > 0 or high < 0)
        assert part(result, row["row"], row["column"])["se"] == pytest.approx(fit.se[at])
        assert row["method"] == "polychoric"
    assert set(result.parts) == {"latent", "thresholds"}
    cuts = result.parts["thresholds"]
    known = fit.thresholds[~np.isnan(fit.thresholds)]
    np.testing.assert_allclose(cuts["threshold"], known)
    assert cuts["n"].iloc[0] == gappy["a"].notna().sum()
    assert any("two-step maximum likelihood" in note for note in result.notes)
    assert " ρ = ." in result.explain()
    json.dumps(result.to_dict(), allow_nan=False)


def test_each_pair_gets_its_coefficient(make_survey, small_table, quietly):
    survey = make_survey(small_table)
    result = quietly(
        correlate, survey, rows=["trouble", "s1", "k2"], columns=["joy", "k1", "j1"],
        method="polychoric",
    )  # fmt: skip
    kinds = {(r["row"], r["column"]): r["coefficient"] for r in records(result.parts["latent"])}
    assert kinds == {
        ("trouble", "joy"): "Pearson", ("trouble", "k1"): "biserial",
        ("trouble", "j1"): "polyserial", ("s1", "joy"): "polyserial",
        ("s1", "k1"): "polychoric", ("s1", "j1"): "polychoric", ("k2", "joy"): "biserial",
        ("k2", "k1"): "tetrachoric", ("k2", "j1"): "polychoric",
    }  # fmt: skip
    scores = score(survey)
    expected = stats.polyserial(scores["trouble"], small_table["j1"])
    assert part(result, "trouble", "j1")["r"] == pytest.approx(float(expected.r))
    pearson = np.corrcoef(scores["trouble"], scores["joy"])[0, 1]
    assert part(result, "trouble", "joy")["r"] == pytest.approx(pearson)
    assert any(note.startswith("Taken as scores") for note in result.notes)
    assert any(note.startswith("Pearson's r where both") for note in result.notes)


def test_the_limit_is_named():
    one = [0] * 20 + [1] * 20
    table = pd.DataFrame({"a": one, "b": [0] * 15 + [1] * 25, "c": [0, 1] * 20})
    few = "Fewer than 100 respondents in 3 of 3 pairs"
    with pytest.warns(DataWarning, match=few), pytest.warns(DataWarning, match="-1: a and b"):
        result = correlate(table, method="polychoric")
    assert any(text.startswith("At the limit of 1 or -1: a and b") for text in result.warnings)
    row = records(result.table)[0]
    assert (row["row"], row["column"], row["r"]) == ("a", "b", 1.0)
    assert row["r_low"] is row["p"] is row["p_adjusted"] is None
    assert row["reason"].startswith("r_low, r_high, p, p_adjusted: no interval and no test")
    assert result.table["family"].iloc[0].startswith("2 tests")
    assert part(result, "a", "b")["empty_cells"] == 1


def test_copies_and_constants_have_no_correlation():
    table = pd.DataFrame(
        {"a": [1, 2, 3, 2, 1], "b": [1, 2, 3, 2, 1], "c": [4] * 5, "d": [1, 1, 2, 2, 1]}
    )
    with pytest.warns(DataWarning) as said:
        result = correlate(table, method="polychoric")
    assert not any("At the limit" in str(w.message) and "a and b" in str(w.message) for w in said)
    reasons = {(r["row"], r["column"]): r for r in records(result.table)}
    assert reasons["a", "b"]["r"] is None
    assert "a copy" in reasons["a", "b"]["reason"]
    assert "constant" in reasons["a", "c"]["reason"]
    assert ("a", "b") not in set(
        zip(*result.parts["latent"][["row", "column"]].T.to_numpy(), strict=True)
    )


def test_scores_alone_are_refused(make_survey, small_table, quietly):
    with pytest.raises(Refusal, match=r"here are scores only: trouble and joy.*--method pearson"):
        quietly(correlate, make_survey(small_table), method="polychoric")
    result = quietly(
        correlate, make_survey(small_table), rows=["facet", "s1"], columns="trouble",
        method="polychoric",
    )  # fmt: skip
    assert result.table["reason"].str.startswith("part-whole").all()
    assert result.table["n"].tolist() == [40, 40]


def test_the_command(detachment, sample_dir):
    ran = detachment(
        "correlate", sample_dir / "couples_qualtrics.csv", "--method", "polychoric",
        "--rows", "items:signs_total", "--columns", "effects", "--json",
    )  # fmt: skip
    assert ran.code in (0, 1)
    answer = json.loads(ran.out)
    assert answer["table"][0]["method"] == "polychoric"
    assert {"latent", "thresholds"} <= set(answer)
    assert answer["latent"][0]["se"] > 0
