"""Regression, mediation and moderation of surveys and tables: designs, refusals, sentences."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.estimates.mediate import NOT_CAUSAL

CHAIN = {"mediators": "signs_total", "outcome": "eff_satisfaction"}


@pytest.fixture(scope="module")
def survey():
    return dt.read_survey(dt.sample("couples_long.csv"), instrument="detachment")


@pytest.fixture
def table():
    """Couples, a category, gaps; y depends on x by way of m, and on x times w."""
    rng = np.random.default_rng(5)
    couple = np.repeat(np.arange(60), 2)
    shared = rng.normal(size=60)[couple]
    x, w = rng.normal(size=120) + shared, rng.normal(size=120)
    m = 0.6 * x + rng.normal(size=120)
    y = 0.5 * m + 0.2 * x + 0.4 * x * w + rng.normal(size=120) + shared
    frame = pd.DataFrame({"couple": couple, "x": x, "w": w, "m": m, "y": y})
    frame["site"] = np.where(np.arange(120) % 3 == 0, "north", "south")
    frame["z"] = (np.arange(120) % 5).astype(float)
    return frame


def only(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    (row,) = table.to_dict("records")
    return row


# ---------------------------------------------------------------- regression


def test_errors_are_clustered_by_dyad_unless_asked_otherwise(survey):
    by_dyad = dt.regress(survey, outcome="eff_satisfaction", predictors="signs_total")
    alone = dt.regress(
        survey, outcome="eff_satisfaction", predictors="signs_total", covariance="classical"
    )
    row, other = (only(r.table, term="signs_total") for r in (by_dyad, alone))
    assert row["b"] == other["b"]
    assert row["se"] != other["se"]
    assert (row["df"], other["df"]) == (848 - 1, row["n"] - 2)
    assert any("clustered by dyad (546 complete dyads" in note for note in by_dyad.notes)
    assert any("treated as independent" in note for note in alone.notes)
    # the interval and p of one predictor are those of the model
    model = by_dyad.parts["model"].iloc[0]
    assert model["f"] == pytest.approx(row["t"] ** 2)
    assert model["p"] == pytest.approx(row["p"])


def test_steps_categories_and_dominance(survey):
    result = dt.regress(
        survey, outcome="signs_total", predictors="causes", controls="demo_gender", n_boot=200
    )
    assert result.parts["model"]["entered"].tolist() == ["controls", "predictors"]
    terms = result.table["term"].tolist()
    assert terms[:3] == ["(Intercept)", "demo_gender[man]", "demo_gender[non_binary]"]
    assert "demo_gender[self_described]" not in terms
    assert any("2 categories of fewer than 5 people left out" in n for n in result.notes)
    dominance = result.parts["dominance"]
    change = result.parts["model"]["r2_change"].iloc[1]
    assert dominance["general"].sum() == pytest.approx(change)
    assert (dominance["low"] < dominance["general"]).all()
    assert (dominance["general"] < dominance["high"]).all()
    assert dominance["share"].sum() == pytest.approx(1)
    assert sorted(dominance["rank"]) == list(range(1, 8))
    assert "Beyond the controls R² grows by" in result.explain()
    assert "causes" not in result.explain().split("predict")[0]
    assert any("cause_conflict shares content with sign_14" in note for note in result.notes)


def test_the_partners_score_predicts_too(survey):
    result = dt.regress(
        survey, outcome="eff_satisfaction", predictors=["signs_total", "partner:signs_total"]
    )
    assert result.n["analysed"] == 1096
    assert only(result.table, term="partner:signs_total")["b"] < 0
    assert "Detachment signs (15) (partner): b = " in result.explain()


def test_rows_in_another_order_give_the_same_bits(table):
    asked = {"outcome": "y", "predictors": ["x", "m", "site"], "dyad": "couple"}
    one = dt.regress(table, **asked)
    other = dt.regress(table.sample(frac=1, random_state=3), **asked)
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    pd.testing.assert_frame_equal(one.parts["model"], other.parts["model"], check_exact=True)
    chain = {"causes": "x", "mediators": "m", "outcome": "y", "dyad": "couple", "n_boot": 200}
    pair = [dt.mediate(frame, **chain) for frame in (table, table.sample(frac=1, random_state=3))]
    pd.testing.assert_frame_equal(pair[0].table, pair[1].table, check_exact=True)


def test_fiml_uses_every_row_and_listwise_says_who_is_lost(table):
    gappy = table.assign(m=table["m"].mask(np.arange(120) % 4 == 1))
    asked = {"outcome": "y", "predictors": ["x", "m"], "dyad": "couple"}
    few, every = (dt.regress(gappy, **asked, missing=rule) for rule in ("listwise", "fiml"))
    assert (few.n["analysed"], every.n["analysed"]) == (90, 120)
    assert any("90 of 120 rows have every variable; missing: m 30." in n for n in few.notes)
    assert only(every.table, term="x")["se"] < only(few.table, term="x")["se"]
    complete = [dt.regress(table, **asked, missing=rule) for rule in ("listwise", "em")]
    pd.testing.assert_frame_equal(complete[0].table, complete[1].table)
    with pytest.raises(UsageError, match=r"pairwise .* is not offered"):
        dt.regress(gappy, **asked, missing="pairwise")


def test_weights_strata_and_what_does_not_go_with_them(table):
    table = table.assign(weight=1.0 + np.arange(120) % 2)
    asked = {"outcome": "y", "predictors": "x", "weight": "weight"}
    result = dt.regress(table, **asked, strata="site", cluster="couple")
    assert result.call["covariance"] == "design"
    assert any(note.startswith("Design-based") for note in result.notes)
    with pytest.raises(UsageError, match="forgets how the sample was drawn"):
        dt.regress(table, **asked, covariance="hc3")
    with pytest.raises(SurveyError, match="1 row without a positive number"):
        dt.regress(table.assign(weight=table["weight"].mask(table.index == 3, -1.0)), **asked)
    lonely = table.assign(site=["alone", *["south"] * 119])
    with pytest.raises(SurveyError, match="1 stratum with a single row"):
        dt.regress(lonely, **asked, strata="site")


@pytest.mark.parametrize(
    ("change", "asked", "error", "said"),
    [
        ({"x": 2.0}, {}, SurveyError, "x is constant among the 120 rows"),
        ({"m": lambda t: 3 * t["x"] - 1}, {}, Refusal, "x and m are collinear"),
        ({}, {"predictors": ["x", "y"]}, UsageError, "y is the outcome"),
        ({}, {"controls": "x"}, UsageError, "named in controls and in predictors"),
        ({"x": lambda t: t["x"].mask(t.index > 2)}, {}, SurveyError, "3 rows with values of all"),
        ({"couple": 1}, {"dyad": "couple"}, SurveyError, "belong to one dyad"),
        ({"couple": lambda t: t.index // 50}, {"dyad": "couple"}, Refusal, "3 dyads are too few"),
        ({}, {"covariance": "cluster"}, UsageError, "needs clusters"),
        ({}, {"covariance": "robust"}, UsageError, "classical, hc3, cluster"),
        ({}, {"predictors": "xx"}, UsageError, "no column 'xx'"),
    ],
)
def test_what_cannot_be_regressed_is_refused_by_name(table, change, asked, error, said):
    with pytest.raises(error, match=said):
        dt.regress(table.assign(**change), **({"outcome": "y", "predictors": ["x", "m"]} | asked))


def test_a_score_is_not_explained_by_its_own_items(survey):
    with pytest.raises(Refusal, match="predicts its own items"):
        dt.regress(survey, outcome="signs_total", predictors="items:signs_total")


def test_few_clusters_and_rare_values_are_warned_of(table):
    with pytest.warns(DataWarning, match="20 dyads: cluster-robust errors need about 40"):
        dt.regress(table[:40], outcome="y", predictors="x", dyad="couple")
    with pytest.warns(DataWarning, match="rare has one value in all but 2 rows"):
        dt.regress(
            table.assign(rare=(table.index < 2) * 1.0), outcome="y", predictors="rare",
            covariance="hc3",
        )  # fmt: skip


def test_an_outcome_that_follows_from_its_predictors_is_named(table):
    with pytest.raises(Refusal, match=r"y follows exactly from x in \d+ rows \(R² = 1\)"):
        dt.regress(table.assign(y=2 * table["x"] + 1), outcome="y", predictors="x")


def test_waves_of_a_plain_table(table):
    waves = table.assign(time=np.tile([1, 1, 2, 2], 30), couple=np.arange(120) // 4)
    asked = {"outcome": "y", "predictors": ["x", "partner:x"], "wave": "time"}
    with pytest.warns(DataWarning, match="30 dyads"):
        result = dt.regress(waves, **asked, dyad="couple")
    assert result.n["analysed"] == 120
    assert any("120 of 120 respondents have a partner" in note for note in result.notes)
    with pytest.warns(DataWarning, match="Rows of several waves are treated as independent"):
        dt.regress(waves, outcome="y", predictors="x", wave="time")


# ---------------------------------------------------------------- mediation


def test_the_fixed_sentence_stands_in_every_output(survey):
    result = dt.mediate(survey, causes="cause_stress", **CHAIN, n_boot=200)
    assert "not causal" in NOT_CAUSAL
    for output in (repr(result), result.explain(), result.to_html(), str(result.to_dict())):
        assert NOT_CAUSAL in output
    assert set(result.to_frame()["design"]) == {"cross-sectional, not causal"}
    assert any("alpha: signs_total" in note for note in result.notes)
    assert any("200 resamples of 837 whole dyads" in note for note in result.notes)


def test_every_interval_agrees_about_a_clear_effect(survey):
    found = {}
    for interval in ("bca", "bc", "percentile", "monte_carlo", "delta"):
        result = dt.mediate(survey, causes="cause_stress", **CHAIN, interval=interval, n_boot=2000)
        row = only(result.table, effect="indirect")
        found[interval] = (row["low"], row["high"])
        assert row["interval"] == interval
        assert row["low"] < row["estimate"] < row["high"] < 0
        assert row["std_low"] < row["std"] < row["std_high"]
        assert row["partly_std_low"] < row["partly_std"] < row["partly_std_high"]
    width = np.diff(found["bca"])[0]
    assert np.ptp(list(found.values()), axis=0) == pytest.approx([0, 0], abs=0.15 * width)
    assert len(set(found.values())) == 5


def test_routes_contrasts_and_chains(survey):
    side_by_side = dt.mediate(
        survey, causes=["cause_stress", "cause_past"],
        mediators=["signs_total", "eff_loneliness"], outcome="eff_satisfaction", n_boot=100,
    )  # fmt: skip
    table = side_by_side.table
    assert table.groupby("cause").size().tolist() == [7, 7]
    row = only(table, cause="cause_past", effect="contrast")
    one, other = (
        only(table, cause="cause_past", effect="indirect", via=via)["estimate"]
        for via in ("signs_total", "eff_loneliness")
    )
    assert row["estimate"] == pytest.approx(one - other)
    assert row["via"] == "signs_total - eff_loneliness"
    paths = side_by_side.parts["paths"]
    assert paths["path"].value_counts().to_dict() == {"a": 4, "b": 2, "c": 2, "c'": 2}
    a = only(paths, path="a", outcome="signs_total", term="cause_past")["b"]
    b = only(paths, path="b", term="signs_total")["b"]
    assert one == pytest.approx(a * b)
    chain = dt.mediate(
        survey, causes="cause_stress", mediators=["signs_total", "eff_loneliness"],
        outcome="eff_satisfaction", serial=True, n_boot=100,
    )  # fmt: skip
    assert only(chain.table, via="signs_total > eff_loneliness")["estimate"] < 0
    assert "d" in set(chain.parts["paths"]["path"])


def test_overlapping_content_is_refused_dropped_or_allowed(survey):
    broken = {"mediators": "signs_total", "outcome": "eff_communication_breakdown"}
    with pytest.raises(Refusal, match="Mediation with overlapping content: cause_conflict and eff"):
        dt.mediate(survey, causes="cause_conflict", **broken, n_boot=50)
    with pytest.raises(Refusal, match="overlapping content"):  # nothing can be left out
        dt.mediate(survey, causes="cause_conflict", **broken, n_boot=50, overlap="drop")
    with pytest.warns(DataWarning, match="do not read it as mediation") as heard:
        result = dt.mediate(survey, causes="cause_conflict", **broken, n_boot=50, overlap="allow")
    assert len(heard) == 2
    assert any("do not read it as mediation" in warning for warning in result.warnings)
    assert "do not read it as mediation" in repr(result)
    with pytest.raises(Refusal, match=r"share sign_14_resolution.*--overlap drop"):
        dt.mediate(
            survey, causes="cause_stress", mediators="signs_total", outcome="sign_14_resolution"
        )
    with pytest.raises(Refusal, match="style_unhealthy and signs_total ask about the same matter"):
        dt.mediate(survey, causes="style_unhealthy", **CHAIN)


def test_one_overlapping_item_of_many_is_a_warning_that_can_be_heeded(survey):
    with pytest.warns(DataWarning, match=r"a part of signs_total.*--overlap drop"):
        whole = dt.mediate(survey, causes="cause_conflict", **CHAIN, n_boot=50)
    with pytest.warns(DataWarning, match="signs_total are made without sign_14_resolution"):
        rest = dt.mediate(survey, causes="cause_conflict", **CHAIN, n_boot=50, overlap="drop")
    row, other = (only(r.table, effect="indirect") for r in (whole, rest))
    assert row["estimate"] < other["estimate"] < 0
    assert other["via"] == "signs_total[without sign_14_resolution]"
    # one route is the total indirect effect, and said once
    assert rest.explain().count("indirect effect") == 2  # the other is in the fixed sentence
    # a score needs 12 of 15 items, and 12 of 14
    assert 0 < row["n"] - other["n"] < 10


def test_an_unstable_proportion_is_named(table):
    noise = table.assign(x=np.random.default_rng(1).normal(size=120))
    with pytest.warns(DataWarning, match="better not reported: x"):
        result = dt.mediate(noise, causes="x", mediators="m", outcome="y", interval="delta")
    row = only(result.table, effect="proportion")
    assert row["reason"].startswith("unstable: ")
    assert "(unstable: " in result.explain()


def test_a_mediation_from_every_answer(table):
    gappy = table.assign(m=table["m"].mask(np.arange(120) % 4 == 1))
    asked = {"causes": "x", "mediators": "m", "outcome": "y", "dyad": "couple", "missing": "fiml"}
    result = dt.mediate(gappy, **asked, n_boot=2000)
    assert set(result.table["interval"]) == {"monte_carlo"}
    row = only(result.table, effect="indirect")
    delta = only(dt.mediate(gappy, **asked, interval="delta").table, effect="indirect")
    assert row["n"] == 120
    assert row["se"] == pytest.approx(delta["se"], rel=0.1)
    a, b = (only(result.parts["paths"], path=path)["b"] for path in "ab")
    assert row["estimate"] == pytest.approx(a * b)
    with pytest.raises(UsageError, match="resamples complete rows"):
        dt.mediate(gappy, **asked, interval="bca")


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"mediators": "x"}, UsageError, "named in causes and in mediators"),
        ({"mediators": "site"}, UsageError, "site is a category"),
        ({"interval": "bootstrap"}, UsageError, "bca, percentile"),
        ({"n_boot": 0}, UsageError, "needs --boot"),
        ({"overlap": "ignore"}, UsageError, "refuse, drop, allow"),
        ({"causes": []}, UsageError, "causes names nothing"),
    ],
)
def test_what_is_no_mediation_is_refused(table, asked, error, said):
    with pytest.raises(error, match=said):
        dt.mediate(table, **({"causes": "x", "mediators": "m", "outcome": "y"} | asked))


# ---------------------------------------------------------------- moderation


def test_simple_slopes_are_the_slopes_of_recentred_models(table):
    asked = {"predictor": "x", "moderator": "w", "outcome": "y", "controls": "m", "dyad": "couple"}
    result = dt.moderate(table, **asked)
    for row in result.parts["simple_slopes"].to_dict("records"):
        moved = table.assign(w=table["w"] - row["value"])
        there = dt.moderate(moved, **asked, centre=False)
        own = only(there.table, term="x")
        assert (row["slope"], row["se"]) == pytest.approx((own["b"], own["se"]))
        assert row["p"] == pytest.approx(own["p"])
    interaction = only(result.table, entered="interaction")
    assert interaction["term"] == "x x w"
    change = result.parts["model"].iloc[0]
    assert change["change_f"] == pytest.approx(interaction["t"] ** 2)
    assert change["p_change"] == pytest.approx(interaction["p"])


def test_the_johnson_neyman_region_is_where_the_band_leaves_zero(table):
    result = dt.moderate(table, predictor="x", moderator="w", outcome="y", dyad="couple")
    plain, corrected = result.parts["johnson_neyman"].to_dict("records")
    assert corrected["critical_t"] > plain["critical_t"]
    low, high = table["w"].min(), table["w"].max()
    assert (plain["observed_low"], plain["observed_high"]) == (low, high)
    inside = (table["w"] < plain["bound_low"]) | (table["w"] > plain["bound_high"])
    assert plain["region"] == "outside"
    assert plain["share"] == pytest.approx(inside.mean())
    curve = result.parts["curve"]
    differs = (curve["low"] > 0) | (curve["high"] < 0)
    outside = (curve["value"] < plain["bound_low"]) | (curve["value"] > plain["bound_high"])
    assert (differs == outside).all()
    assert f"the slope differs from 0 {plain['where']} of w" in result.explain()


def test_a_category_as_moderator_gives_the_slope_in_each(table):
    result = dt.moderate(table, predictor="x", moderator="site", outcome="y")
    slopes = result.parts["simple_slopes"]
    assert slopes["at"].tolist() == ["north", "south"]
    assert slopes["n"].tolist() == [40, 80]
    for row in slopes.to_dict("records"):
        own = table[table["site"] == row["at"]]
        assert row["slope"] == pytest.approx(np.polyfit(own["x"], own["y"], 1)[0])
    assert result.parts["johnson_neyman"].empty
    numbered = dt.moderate(
        table.assign(site=(table["site"] == "south") * 1), predictor="x", moderator="site",
        outcome="y",
    )  # fmt: skip
    np.testing.assert_allclose(numbered.parts["simple_slopes"]["slope"], slopes["slope"])
    assert numbered.parts["simple_slopes"]["at"].tolist() == ["0", "1"]


def test_moderation_in_the_sample(survey):
    result = dt.moderate(
        survey, predictor="signs_total", moderator="style_healthy", outcome="eff_satisfaction",
        controls="partner:signs_total",
    )  # fmt: skip
    row = only(result.table, entered="interaction")
    assert row["term"] == "signs_total x style_healthy"
    assert 0 < row["beta_low"] < row["beta"] < row["beta_high"]
    assert result.n["analysed"] == 1090
    assert "signs_total at" in " ".join(result.notes)
    assert "is at −1 SD (2." in result.explain()
    assert "is at the mean (3." in result.explain()
    shown = result.display_parts()
    assert shown["Simple slopes"]["At"].tolist() == ["−1 SD", "mean", "+1 SD"]
    assert shown["Model"]["Change df1"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("change", "asked", "error", "said"),
    [
        ({}, {"moderator": "x"}, UsageError, "named in predictor and in moderator"),
        ({}, {"predictor": ["x", "m"]}, UsageError, "predictor names one variable, not 2"),
        ({}, {"moderator": ["w", "m"]}, UsageError, "moderator names one variable, not 2"),
        ({"w": lambda t: (t["x"] > 0) * 1.0, "x": lambda t: (t["x"] > 0) * 1.0}, {}, Refusal,
         "collinear"),
        ({"w": lambda t: t["w"].mask(t.index > 3)}, {}, SurveyError, "4 rows"),
        ({"x": lambda t: (t.index % 2) * (t["z"] > 2) * 1.0, "w": lambda t: (t["z"] > 2) * 1.0}, {},
         SurveyError, "no interaction to estimate"),
    ],
)  # fmt: skip
def test_what_has_no_interaction_is_refused(table, change, asked, error, said):
    with pytest.raises(error, match=said):
        dt.moderate(
            table.assign(**change),
            **({"predictor": "x", "moderator": "w", "outcome": "y"} | asked),
        )


def test_nobody_is_quoted(survey):
    kept = replace(survey, responses=survey.responses)
    result = dt.regress(kept, outcome="eff_satisfaction", predictors="signs_total")
    said = " ".join([repr(result), result.explain(), *result.notes])
    assert "P0001" not in said
    assert "D0001" not in said
