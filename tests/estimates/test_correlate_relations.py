"""Correlations with a design: clusters, bootstrap, controls, levels, groups, differences."""

import json

import numpy as np
import pandas as pd
import pytest

from detachment.errors import DataWarning, SurveyError, UsageError
from detachment.estimates import correlate
from detachment.stats import (
    adjust_p,
    correlation_bayes_factor,
    fisher_interval,
    overlapping_difference,
    resample,
)
from detachment.stats.moments import correlation_from
from detachment.stats.resistant_correlation import pearson_bootstrap


@pytest.fixture(scope="module")
def table():
    """Sixty couples in ten classes, partners alike, with an age, a group, and weights."""
    rng = np.random.default_rng(12)
    n = 120
    shared = np.repeat(rng.normal(size=(n // 2, 1)), 2, axis=0)
    age = rng.integers(20, 60, n)
    latent = 0.7 * shared + rng.normal(size=(n, 1))
    x = latent + rng.normal(size=(n, 2))
    y = latent + 0.03 * age[:, None] + rng.normal(size=(n, 2))
    frame = pd.DataFrame(np.hstack([x, y]).round(2), columns=["a", "b", "c", "d"])
    return frame.assign(
        age=age,
        couple=np.repeat(np.arange(n // 2), 2),
        role=np.tile(["A", "B"], n // 2),
        gender=np.where(rng.random(n) < 0.5, "f", "m"),
        weight=rng.uniform(0.5, 2, n).round(2),
        region=np.repeat(["n", "s"], n // 2),
    )


ASKED = {"rows": ["a", "b"], "columns": ["c", "d"]}


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_p_and_interval_rest_on_the_same_clusters(table, method):
    alone = correlate(table, **ASKED, method=method)
    whole = correlate(table, **ASKED, method=method, cluster="couple")
    assert alone.call["interval"] == "fisher"
    assert whole.call["interval"] == "robust"
    assert (alone.table["r"] == whole.table["r"]).all()
    assert (alone.table["p"] != whole.table["p"]).all()
    for confidence in (0.9, 0.99, 0.9999):
        got = correlate(table, **ASKED, method=method, cluster="couple", confidence=confidence)
        clear = (got.table["r_low"] > 0) | (got.table["r_high"] < 0)
        assert (clear == (got.table["p"] < 1 - confidence)).all()
    assert any("120 respondents in 60 clusters" in note for note in whole.notes)


@pytest.mark.parametrize(
    "method", ["pearson", "spearman", "kendall", "biweight", "percentage_bend"]
)
@pytest.mark.parametrize("controls", [None, "age"])
def test_every_coefficient_has_a_bootstrap(table, method, controls):
    asked = {**ASKED, "method": method, "controls": controls, "cluster": "couple"}
    got = correlate(table, **asked, interval="bootstrap", n_boot=99).table
    assert (got["r_low"] < got["r"]).all()
    assert (got["r"] < got["r_high"]).all()
    again = correlate(table, **asked, interval="bootstrap", n_boot=99).table
    pd.testing.assert_frame_equal(got, again)
    other = correlate(table, **asked, interval="bootstrap", n_boot=99, rng=2).table
    assert (got["r_low"] != other["r_low"]).any()


def test_bca_of_pearson(table):
    got = correlate(table, rows="a", columns="c", interval="bootstrap", n_boot=500, rng=3).table
    boot = resample(
        table[["a", "c"]], lambda cov: correlation_from(cov)[:, 0, 1], n_boot=500, rng=3
    )
    low, high = boot.bca()
    assert got.iloc[0][["r_low", "r_high"]].tolist() == pytest.approx([low, high])


def test_bootstrap_of_a_pair_is_about_its_own_rows():
    """Answers without the other one say nothing of a correlation, in resamples too."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=300)
    gaps = pd.DataFrame({"x": x, "y": x + rng.normal(size=300), "z": rng.normal(size=300)})
    gaps.loc[gaps["x"].abs() > 1, "y"] = np.nan
    asked = {"rows": "x", "columns": "y", "cluster": None}
    robust = correlate(gaps, **asked, interval="robust").table.iloc[0]
    boot = correlate(gaps, **asked, interval="bootstrap", n_boot=500).table.iloc[0]
    assert boot["r_low"] == pytest.approx(robust["r_low"], abs=0.03)
    assert boot["r_high"] == pytest.approx(robust["r_high"], abs=0.03)
    partial = correlate(gaps, **asked, interval="bootstrap", n_boot=500, controls="z").table
    assert partial["r_low"][0] == pytest.approx(robust["r_low"], abs=0.05)
    whole = gaps.dropna()
    boot = pearson_bootstrap(whole[["x"]], whole[["y", "z"]], n_boot=40)
    other = resample(whole, lambda cov: correlation_from(cov)[:, 0, 1:], n_boot=40)
    np.testing.assert_allclose(boot.replicates[:, 0], other.replicates, atol=1e-12)
    np.testing.assert_allclose(boot.jackknife[:, 0], other.jackknife, atol=1e-12)


def test_polychoric_bootstrap_and_clusters(table):
    items = table[["a", "c"]].rank(pct=True).mul(3).round().assign(couple=table["couple"])
    asked = {"rows": "a", "columns": "c", "method": "polychoric", "cluster": "couple"}
    delta = correlate(items, **asked)
    boot = correlate(items, **asked, interval="bootstrap", n_boot=99)
    assert delta.call["interval"] == "delta"
    assert boot.table["r"][0] == delta.table["r"][0]
    assert boot.table["r_low"][0] == pytest.approx(delta.table["r_low"][0], abs=0.1)
    se = delta.parts["latent"]["se"][0]
    assert (
        se != correlate(items, rows="a", columns="c", method="polychoric").parts["latent"]["se"][0]
    )


def residuals(frame, name, controls):
    design = np.column_stack([np.ones(len(frame)), frame[controls]])
    return frame[name] - design @ np.linalg.lstsq(design, frame[name], rcond=None)[0]


def test_partial_and_semipartial_by_hand(table):
    controls = ["age", "weight"]
    x, y = (residuals(table, name, controls) for name in ("a", "c"))
    expected = {
        "both": np.corrcoef(x, y)[0, 1],
        "rows": np.corrcoef(x, table["c"])[0, 1],
        "columns": np.corrcoef(table["a"], y)[0, 1],
    }
    for partial, r in expected.items():
        got = correlate(table, rows="a", columns="c", controls=controls, partial=partial)
        assert got.table["r"][0] == pytest.approx(r)
        assert "artial r = " in got.explain()
        assert any("Held constant: age and weight" in note for note in got.notes)
    both = correlate(table, rows="a", columns="c", controls=controls).table.iloc[0]
    assert (both["r_low"], both["r_high"]) == pytest.approx(fisher_interval(both["r"], 118))


def test_influence_of_partial_correlations_is_that_of_residuals(table):
    """To first order, and what is removed from both sides."""
    robust = correlate(table, rows="a", columns="c", controls="age", cluster="couple").table.iloc[0]
    left = table.assign(a=residuals(table, "a", ["age"]), c=residuals(table, "c", ["age"]))
    plain = correlate(left, rows="a", columns="c", cluster="couple").table.iloc[0]
    assert robust["r"] == pytest.approx(plain["r"])
    assert robust["r_low"] == pytest.approx(plain["r_low"], abs=0.01)


def test_within_and_between(table):
    means = table.groupby("couple")[["a", "c"]].transform("mean")
    off = table[["a", "c"]] - means
    for level, expected in (("within", off), ("between", means)):
        got = correlate(table, rows="a", columns="c", level=level, cluster="couple")
        assert got.table["r"][0] == pytest.approx(expected.corr().iloc[0, 1])
        assert set(got.parts["icc"]["variable"]) == {"a", "c"}
        assert f"{level}-couple r" in got.explain()
    assert (
        correlate(table, rows="a", columns="c", level="between", cluster="couple").table["n"][0]
        == 60
    )
    with pytest.raises(UsageError, match="needs dyads or clusters"):
        correlate(table, rows="a", columns="c", level="within")


def test_groups_of_partners_are_not_independent(table):
    asked = {"rows": "a", "columns": "c", "by": "role"}
    apart = correlate(table, **asked).parts["differences"].iloc[0]
    whole = correlate(table, **asked, cluster="couple")
    row = whole.parts["differences"].iloc[0]
    assert row["difference"] == pytest.approx(apart["difference"])
    assert row["p"] != pytest.approx(apart["p"], rel=1e-3)
    assert (row["low"] < row["difference"]) & (row["difference"] < row["high"])
    for part, role in ((0, "A"), (1, "B")):
        expected = table[table["role"] == role][["a", "c"]].corr().iloc[0, 1]
        assert whole.parts["groups"]["r"][part] == pytest.approx(expected)
    text = whole.explain()
    assert "role A" in text
    assert "role B" in text
    resistant = correlate(table, **asked, cluster="couple", method="biweight", n_boot=50)
    assert "not independent" in resistant.parts["differences"]["reason"][0]


def test_differences_of_rows(table):
    got = correlate(table, **ASKED, compare="rows").parts["differences"]
    r = table[["a", "b", "c", "d"]].corr()
    for _, row in got.iterrows():
        given = r.loc["a", row["column"]], r.loc["b", row["column"]], r.loc["a", "b"], len(table)
        for test, statistic, p in (("steiger", "statistic", "p"), ("meng", "z_meng", "p_meng")):
            expected = overlapping_difference(*given, method=test)
            assert row[statistic] == pytest.approx(expected.statistic)
            assert row[p] == pytest.approx(expected.p)
        assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))
    np.testing.assert_allclose(got["p_adjusted"], adjust_p(got["p"]))
    assert got["family"][0] == "2 tests: differences of rows"
    whole = correlate(table, **ASKED, compare="columns", cluster="couple")
    assert (whole.parts["differences"]["test"] == "t of Fisher's z").all()
    np.testing.assert_allclose(
        whole.parts["differences"]["p"], got["p"] * 0 + whole.parts["differences"]["p"]
    )
    assert "do not clearly differ" in whole.explain()


def test_dependent_tests_agree_where_answers_are_normal():
    rng = np.random.default_rng(5)
    z = rng.normal(size=(4000, 1))
    frame = pd.DataFrame(z + rng.normal(size=(4000, 3)) * [1, 1.1, 1], columns=list("abc"))
    asked = {"rows": ["a", "b"], "columns": "c", "compare": "rows"}
    steiger = correlate(frame, **asked).parts["differences"].iloc[0]
    robust = correlate(frame, **asked, interval="robust").parts["differences"].iloc[0]
    assert robust["statistic"] == pytest.approx(steiger["statistic"], rel=0.05)
    assert robust["low"] == pytest.approx(steiger["low"], abs=0.005)


def test_equivalence_and_bayes(table):
    noise = pd.DataFrame(np.random.default_rng(8).normal(size=(2000, 2)), columns=["u", "v"])
    got = correlate(noise, rows="u", columns="v", equivalence=0.1, bayes=True)
    row = got.parts["equivalence"].iloc[0]
    low, high = fisher_interval(got.table["r"][0], 2000, 0.9)
    assert (row["r_low"], row["r_high"]) == pytest.approx((low, high))
    assert (row["equivalent"] == "yes") == (row["p"] < 0.05) == (low > -0.1 and high < 0.1)
    assert "is within −.10 to .10" in got.explain()
    bayes = got.parts["bayes_factors"].iloc[0]
    expected = np.exp(correlation_bayes_factor(got.table["r"][0], 2000))
    assert bayes["bf10"] == pytest.approx(expected)
    assert bayes["bf01"] == pytest.approx(1 / expected)
    whole = correlate(table, rows="a", columns="c", bayes=True, kappa=1.0, cluster="couple")
    assert whole.parts["bayes_factors"]["n_effective"][0] <= 120
    assert any("width 1" in note for note in whole.notes)
    json.dumps(whole.to_dict(), allow_nan=False)


def test_weights_and_strata(table):
    design = {"weight": "weight", "strata": "region", "cluster": "couple"}
    got = correlate(table, rows="a", columns="c", **design)
    cov = np.cov(table[["a", "c"]].T, aweights=table["weight"])
    assert got.table["r"][0] == pytest.approx(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]))
    assert got.call["interval"] == "design"
    assert any("58 degrees of freedom" in note for note in got.notes)
    assert any("(Kish)" in note for note in got.notes)
    by = correlate(table, rows="a", columns="c", by="gender", weight="weight")
    assert by.parts["groups"]["r"].notna().all()
    with pytest.raises(UsageError, match="negative"):
        correlate(table.assign(weight=-1), rows="a", columns="c", weight="weight")
    gap = table.assign(region=[None, *table["region"][1:]])
    with pytest.raises(SurveyError, match="1 row without region"):
        correlate(gap, rows="a", columns="c", strata="region")


def test_few_clusters_are_named(table):
    few = table.assign(school=table["couple"] // 10)
    with pytest.warns(DataWarning, match="rest on 6 clusters"):
        result = correlate(few, rows="a", columns="c", cluster="school")
    assert result.table["r_low"].notna().all()
    three = table.assign(school=table["couple"] // 25)
    with pytest.warns(DataWarning, match="rest on 3 clusters"):
        got = correlate(three, rows="a", columns="c", cluster="school").table.iloc[0]
    assert np.isnan(got["p"])
    assert "r_low, r_high" in got["reason"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"interval": "robust", "method": "biweight"}, "bootstrap .its default. or fisher"),
        ({"interval": "fisher", "method": "polychoric"}, "intervals of their own"),
        ({"partial": "rows"}, "no controls are named"),
        ({"controls": "age", "method": "polychoric"}, "not for polychoric"),
        ({"controls": "age", "weight": "weight"}, "do not go together"),
        ({"controls": "a"}, "is one of the variables"),
        ({"controls": ["age", "age2"]}, "follow from one another"),
        ({"controls": "age", "partial": "rows", "interval": "fisher"}, "not for semipartial"),
        ({"level": "within", "method": "kendall", "cluster": "couple"}, "for Pearson's r"),
        ({"weight": "weight", "method": "spearman"}, "are for Pearson's r"),
        ({"bayes": True, "method": "kendall"}, "is for Pearson's r"),
        ({"bayes": True, "kappa": 0}, "width of the prior"),
        ({"equivalence": 1.5}, "between 0 and 1"),
        ({"compare": "rows", "by": "gender"}, "ask for one after the other"),
        ({"compare": "row"}, "Did you mean 'rows'"),
        ({"compare": "rows", "method": "biweight"}, "pearson, spearman, and kendall"),
        ({"adjust": "max_t", "controls": "age"}, "controls takes one of"),
        ({"interval": "bootstrap", "n_boot": 0}, "needs resamples"),
        ({"missing": "em", "controls": "age"}, "Take pairwise or listwise"),
        ({"cluster": "id"}, "a value of id of its own"),
        ({"cluster": "nobody"}, "no column 'nobody'"),
        ({"by": "one"}, "1 group"),
    ],
)
def test_what_does_not_go_together(table, options, words):
    frame = table.assign(age2=2 * table["age"] + 1, id=np.arange(len(table)), one="x")
    with pytest.raises(UsageError, match=words):
        correlate(frame, **ASKED, **options)


def test_no_stars_anywhere(table):
    result = correlate(
        table, **ASKED, compare="rows", equivalence=0.1, bayes=True, cluster="couple"
    )
    by = correlate(table, **ASKED, by="gender", controls="age")
    for one in (result, by):
        shown = "\n".join([one.explain(), repr(one), one.to_html(), *one.notes, *one.warnings])
        assert "*" not in shown
        assert "caus" not in shown


def test_an_order_of_rows_leaves_no_trace_in_the_parts(table):
    shuffled = table.sample(frac=1, random_state=3)
    for options in (
        {"by": "role", "cluster": "couple"},
        {"compare": "rows", "cluster": "couple"},
        {"controls": "age", "cluster": "couple"},
        {"weight": "weight"},
    ):
        one, two = (correlate(frame, **ASKED, **options) for frame in (table, shuffled))
        pd.testing.assert_frame_equal(one.table, two.table, rtol=1e-12)
        for name, part in one.parts.items():
            pd.testing.assert_frame_equal(part, two.parts[name], rtol=1e-10)


def test_partners_of_a_survey(make_survey, small_table):
    couples = {
        "couple": [f"c{k // 2}" for k in range(40)],
        "partner": ["A", "B"] * 20,
    }
    survey = make_survey(small_table | couples)
    got = correlate(survey, rows="trouble", columns=["joy", "partner:joy"])
    assert got.table["n"].tolist() == [40, 40]
    joy = correlate(survey, rows="joy", columns="partner:joy").table["r"][0]
    assert -1 < joy < 1  # a variable and the partner's are two
    assert got.parts["disattenuated"]["column"].tolist() == ["joy"]
    named = correlate(survey, rows="trouble", columns="joy", cluster="couple")
    usual = correlate(survey, rows="trouble", columns="joy")
    pd.testing.assert_frame_equal(named.table, usual.table)


def test_interval_of_a_disattenuated_correlation(make_survey, small_table):
    result = correlate(make_survey(small_table), rows="trouble", columns=["joy", "index", "pair"])
    part = result.parts["disattenuated"].set_index("column")
    row = part.loc["joy"]
    assert row["disattenuated"] == result.table["disattenuated"][0]
    assert row["low"] < row["disattenuated"] < row["high"]
    assert row["coefficient_row"] == "alpha"
    assert part.loc["pair", "coefficient_column"] == "Spearman-Brown"
    assert part.loc["index", "reason"] == "index has no alpha (formative)"
    wide, narrow = (
        correlate(make_survey(small_table), rows="trouble", columns="joy", confidence=c)
        .parts["disattenuated"].iloc[0]
        for c in (0.99, 0.8)
    )  # fmt: skip
    assert wide["low"] < narrow["low"]
    assert narrow["high"] < wide["high"]
