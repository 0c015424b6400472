"""One correlation under every combination of choices."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import Refusal, SurveyError, UsageError
from detachment.estimates import correlate, reliability
from detachment.stats.correlation import pearson


@pytest.fixture(scope="module")
def survey():
    return dt.read_survey(dt.sample("couples_long.csv"), instrument="detachment")


@pytest.fixture(scope="module")
def result(survey):
    return dt.multiverse(survey, rows="signs_total", columns="eff_satisfaction")


def only(result, **choices):
    table = result.table
    for choice, option in choices.items():
        table = table[table[choice] == option]
    assert len(table) == 1
    return table.iloc[0]


PLAIN = {"exclude": "nobody", "without": "", "score": "observed", "missing": "min_valid"}


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_a_specification_is_what_correlate_says(survey, result, method):
    got = only(result, **PLAIN, method=method, cluster="dyad")
    expected = correlate(
        survey, rows="signs_total", columns="eff_satisfaction", method=method
    ).table.iloc[0]
    assert got["n"] == expected["n"]
    np.testing.assert_allclose(got["r"], expected["r"], rtol=1e-12)


def test_exclusion_and_items_are_those_of_the_verbs(survey, result):
    kept = dt.exclude(survey, rules="grade2")
    got = only(result, **{**PLAIN, "exclude": "grade2"}, method="pearson", cluster="none")
    table = correlate(kept, rows="signs_total", columns="eff_satisfaction").table.iloc[0]
    assert (got["n"], got["r"]) == (table["n"], pytest.approx(table["r"], abs=1e-12))
    wave = survey.responses[survey.responses["wave"].astype(str) == "1"]
    items = [u.id for u in survey.instrument.scales["signs_total"].items if "_13_" not in u.id]
    answers = wave[items].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    enough = (~np.isnan(answers)).sum(axis=1) >= 0.8 * 14
    score = np.where(enough, np.nanmean(answers, axis=1), np.nan)
    satisfaction = dt.score(survey, scales="eff_satisfaction").loc[wave.index, "eff_satisfaction"]
    r = pearson(score, satisfaction.to_numpy(float))[0][0, 0]
    got = only(result, **{**PLAIN, "without": "sign_13_jealousy"}, method="pearson", cluster="none")
    assert got["r"] == pytest.approx(r, abs=1e-12)


def test_latent_is_r_over_the_root_of_both_omegas(survey):
    result = dt.multiverse(
        survey, rows="signs_total", columns="eff_satisfaction", missing="complete", without=(),
        exclusions="nobody",
    )  # fmt: skip
    observed = only(result, score="observed", method="pearson", cluster="none")
    latent = only(result, score="latent", cluster="none")
    assert observed["n"] == latent["n"]
    assert abs(latent["r"]) > abs(observed["r"])
    wave = survey.responses["wave"].astype(str) == "1"
    everyone = survey.responses.loc[wave]
    items = [
        use.id
        for name in ("signs_total", "eff_satisfaction")
        for use in survey.instrument.scales[name].items
    ]
    complete = everyone[items].notna().all(axis=1)
    some = replace(survey, responses=everyone[complete], missing=survey.missing.loc[wave][complete])
    omega = reliability(
        some, scales=["signs_total", "eff_satisfaction"], interval="jackknife"
    ).table["omega_total"]
    assert latent["r"] == pytest.approx(observed["r"] / np.sqrt(omega.prod()), abs=1e-6)


def test_every_meaningful_combination_stands_once(result):
    choices = ["exclude", "missing", "without", "controls", "score", "method", "cluster"]
    assert len(result.table) == 3 * 3 * 2 * 4 * 2
    assert not result.table[choices].duplicated().any()
    assert result.table["headline"].tolist() == [True] + [False] * (len(result.table) - 1)
    part = result.parts["choices"]
    assert part.groupby("choice")["specifications"].sum().eq(len(result.table)).all()
    matched = result.table.pivot_table(
        index=["missing", "without", "method", "cluster", "score"], columns="exclude", values="r"
    )
    change = part[(part["choice"] == "exclude") & (part["option"] == "any")]["change"].iloc[0]
    assert change == pytest.approx((matched["any"] - matched["nobody"]).mean(), abs=1e-12)


def test_dyads_widen_intervals_where_partners_are_alike(result):
    wide = result.table[(result.table["score"] == "observed") & (result.table["exclude"] == "any")]
    width = (wide["r_high"] - wide["r_low"]).groupby(wide["cluster"]).mean()
    assert width["dyad"] > width["none"]
    whole, alone = (wide.loc[wide["cluster"] == c].reset_index() for c in ("dyad", "none"))
    assert (whole["n"] == alone["n"]).all()
    assert (whole["n_clusters"] < alone["n_clusters"]).all()


def test_controls_give_the_partial_correlation(survey):
    result = dt.multiverse(
        survey, rows="signs_total", columns="eff_satisfaction",
        controls=["demo_age", "style_healthy"], exclusions="nobody", without=(),
        missing="min_valid", score="observed", cluster="none", method="pearson",
    )  # fmt: skip
    got = only(result, controls="demo_age, style_healthy")
    scores = dt.score(survey)
    scores = scores[scores["wave"].astype(str) == "1"]
    x = scores[["signs_total", "eff_satisfaction", "style_healthy"]].to_numpy(float)
    age = survey.responses.loc[scores.index, "demo_age"].to_numpy(float, na_value=np.nan)
    data = np.column_stack([x, age])
    data = data[~np.isnan(data).any(axis=1)]
    inverse = np.linalg.inv(np.cov(data.T))
    partial = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
    assert got["n"] == len(data)
    assert got["r"] == pytest.approx(partial, abs=1e-12)


def test_order_of_rows_does_not_matter(survey):
    frame = pd.DataFrame(
        np.random.default_rng(4).integers(1, 6, size=(80, 6)), columns=list("abcdef")
    )
    frame["pair"] = np.repeat(np.arange(40), 2)
    options = {"rows": list("abc"), "columns": list("def"), "dyad": "pair", "values": (1, 5)}
    one = dt.multiverse(frame, **options).table
    other = dt.multiverse(frame.sample(frac=1, random_state=1), **options).table
    pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=1e-9, atol=1e-9)
    assert one["n_clusters"].min() == 40


def test_what_cannot_be_asked_is_refused(survey):
    with pytest.raises(Refusal, match="part-whole"):
        dt.multiverse(survey, rows="signs_total", columns="signs_closeness")
    with pytest.raises(UsageError, match="method"):
        dt.multiverse(survey, rows="signs_total", columns="eff_satisfaction", method="pearsn")
    with pytest.raises(UsageError, match="one variable, not 5"):
        dt.multiverse(survey, rows="signs_total", columns="effects")
    with pytest.raises(UsageError, match="metadata"):
        dt.multiverse(survey, rows="demo_age", columns="eff_satisfaction")
    with pytest.raises(UsageError, match="without"):
        dt.multiverse(survey, rows="signs_total", columns="eff_satisfaction", without="sign_99")
    with pytest.raises(Refusal, match="one item, which has no latent variable"):
        dt.multiverse(survey, rows="sign_13_jealousy", columns="eff_satisfaction", score="latent")
    with pytest.raises(SurveyError, match="no rows or no columns"):
        dt.multiverse(pd.DataFrame({"a": [], "b": []}), rows="a", columns="b")


def test_a_constant_variable_gives_reasons_and_no_numbers():
    frame = pd.DataFrame(
        {"a": [1, 2, 3, 4, 5, 3], "b": [2, 2, 3, 5, 4, 1], "c": [3] * 6, "d": [3] * 6}
    )
    result = dt.multiverse(frame, rows=["a", "b"], columns=["c", "d"], values=(1, 5))
    assert result.table["r"].isna().all()
    assert (result.table["reason"] != "").all()
    assert "not given" in result.explain()
    with pytest.raises(Refusal, match="nothing to draw"):
        dt.figures.specification_curve(result)


def test_the_figure_says_what_the_table_says(result):
    drawing = dt.figures.specification_curve(result)
    assert f"{len(result.table)} specifications" in drawing.alt
    assert drawing.to_bytes("svg") == dt.figures.specification_curve(result).to_bytes("svg")
    again = dt.figures.specification_curve(result, columns=1)
    width = 252.0
    for text in again.figure.texts:
        box = text.get_window_extent().transformed(again.figure.dpi_scale_trans.inverted())
        assert 72 * box.x0 >= -0.5
        assert 72 * box.x1 <= width + 0.5
    assert "*" not in result.explain()
    assert "associated" not in drawing.title
