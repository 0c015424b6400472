"""Shares of signs, differences between groups, cut-offs and curves, as their users ask for them."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats as scipy_stats

import detachment as dt
from detachment import compare, cutoffs, prevalence, stats
from detachment.errors import DataWarning, Refusal, SurveyError, UsageError

PREVALENCE = [
    "scale", "item", "by", "group", "wave", "n", "present", "share", "low", "high", "n_effective",
    "deff", "missing", "not_applicable", "present_from", "reason",
]  # fmt: skip
COMPARE = [
    "scale", "by", "first", "second", "n_first", "n_second", "mean_first", "mean_second",
    "difference", "low", "high", "se", "t", "df", "p", "p_adjusted", "adjust", "family", "method",
    "d", "g", "g_low", "g_high", "standardizer", "g_ci", "superiority", "superiority_low",
    "superiority_high", "reason",
]  # fmt: skip
CUTOFFS = [
    "scale", "cutoff", "direction", "value", "by", "group", "wave", "n", "present", "share", "low",
    "high", "n_effective", "deff", "missing", "source", "verified", "reason",
]  # fmt: skip


@pytest.fixture(scope="module")
def survey():
    return dt.read_survey(dt.sample("couples_long.csv"), instrument="detachment")


@pytest.fixture(scope="module")
def people():
    """Sixty people in three arms, none of whom has to do with another."""
    rng = np.random.default_rng(4)
    arm = np.repeat(["a", "b", "c"], 20)
    latent = rng.normal(size=60) + 0.8 * (arm == "c")
    frame = pd.DataFrame({"arm": arm})
    for name in ("cold", "silent", "away"):
        x = np.clip(np.rint(2.6 + latent + rng.normal(size=60)), 1, 5)
        frame[name] = np.where(rng.random(60) < 0.05, np.nan, x)
    frame["score"] = latent + rng.normal(size=60)
    frame["ill"] = (latent + rng.normal(size=60) > 0.5).astype(int)
    return frame


# ---------------------------------------------------------------- prevalence


def test_shares_of_a_plain_table(people):
    result = prevalence(people, scale=["cold", "silent", "away"], present_from=4, by="arm")
    assert list(result.table) == PREVALENCE
    for row in result.table.to_dict("records"):
        x = people.loc[people["arm"] == row["group"], row["item"]]
        assert (row["n"], row["missing"]) == (x.notna().sum(), x.isna().sum())
        assert row["present"] == (x >= 4).sum()
        low, high = stats.wilson_interval(row["present"] / row["n"], row["n"])
        assert (row["low"], row["high"], row["deff"]) == (low, high, 1)
    counts = result.parts["counts"].set_index("group")
    whole = people.dropna()
    present = (whole[["cold", "silent", "away"]] >= 4).sum(axis=1)
    assert counts.loc["c", "mean"] == pytest.approx(present[whole["arm"] == "c"].mean())
    assert counts["n"].sum() + counts["incomplete"].sum() == 60
    of = result.parts["distribution"]
    assert of.groupby("group")["share"].sum().to_numpy() == pytest.approx(1)
    apart = result.parts["differences"]
    assert len(apart) == 3 * 3
    assert apart["p_adjusted"].to_numpy() == pytest.approx(stats.adjust_p(apart["p"], "holm"))
    assert set(apart["family"]) == {9}
    first = apart.iloc[0]
    assert (first["first"], first["second"]) == ("b", "a")
    assert first["difference"] == pytest.approx(first["share_first"] - first["share_second"])


def test_signs_of_the_survey_by_wave(survey):
    result = prevalence(survey)
    table = result.table
    assert table["item"].nunique() == 15
    assert list(table["wave"].unique()) == ["1", "2"]
    assert (table["present_from"] == 4).all()
    assert (table["deff"] >= 1).all()
    assert (table["deff"] > 1).any()  # partners are alike
    counts = dt.score(survey, scales="signs_total")["signs_total_signs_present"]
    wave = survey.responses["wave"].astype("str")
    expected = counts.groupby(wave).mean()
    got = result.parts["counts"].set_index("wave")["mean"]
    assert got.to_numpy() == pytest.approx(expected.to_numpy())
    not_applicable = table.set_index(["item", "wave"])["not_applicable"]
    assert not_applicable.loc[("sign_10_sexual", "1")] == 115
    assert not_applicable.drop("sign_10_sexual").sum() == 0
    everyone = table[["n", "missing", "not_applicable"]].sum(axis=1)
    assert set(everyone) == set(wave.value_counts())
    assert any("550 dyads" in note for note in result.notes)
    assert "Often or Almost always" in result.notes[0]
    assert len(result.sentences()) == 30


def test_partners_in_two_groups_narrow_the_difference(survey):
    by_role = prevalence(survey, by="partner_role", wave=1)
    apart = by_role.parts["differences"].set_index("item")
    table = by_role.table.set_index(["item", "group"])
    independent = stats.newcombe_interval(
        table.xs("B", level="group")["share"], table.xs("B", level="group")["n_effective"],
        table.xs("A", level="group")["share"], table.xs("A", level="group")["n_effective"],
    )  # fmt: skip
    assert (apart["high"] - apart["low"]).sum() < (independent.high - independent.low).sum()
    assert any("arbitrary" in note for note in by_role.notes)
    assert any("partners are in different groups" in note for note in by_role.notes)
    shown = by_role.display_parts()["Differences between groups (percentage points)"]
    assert set(shown["Item"]) == set(by_role.display()["Item"])


def test_weights_and_clusters_of_shares(people):
    rng = np.random.default_rng(1)
    frame = people.assign(w=rng.uniform(0.5, 2, 60), school=np.arange(60) // 6)
    got = prevalence(frame, scale=["cold"], present_from=4, weight="w", cluster="school")
    known = frame.dropna(subset="cold")
    share = np.average(known["cold"] >= 4, weights=known["w"])
    row = got.table.iloc[0]
    assert row["share"] == pytest.approx(share)
    design = stats.survey_design(frame["w"], clusters=frame["school"])
    marks = frame["cold"].where(frame["cold"].isna(), frame["cold"] >= 4).astype(float)
    of = stats.design_means(marks, design)
    n = stats.effective_n_of_share(share, of.se[0] ** 2, len(known), of.df[0])
    assert row["n_effective"] == pytest.approx(float(n))
    assert any("sampling design" in note for note in got.notes)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "present_from"),
        ({"present_from": 4, "scale": ["colt"]}, "cold"),
        ({"present_from": 4, "by": "arn"}, "arm"),
        ({"present_from": 4, "adjust": "hlm"}, "holm"),
        ({"present_from": 4, "by": "arm", "reference": "d"}, "reference"),
        ({"present_from": 4, "reference": "a"}, "by"),
        ({"present_from": 4, "confidence": 1.2}, "confidence"),
    ],
)
def test_what_cannot_be_asked_of_signs(people, options, said):
    with pytest.raises(UsageError, match=said):
        prevalence(people, **options)


def test_a_scale_without_signs_is_named(survey):
    with pytest.raises(UsageError, match=r"eff_satisfaction does not declare.*signs_total does"):
        prevalence(survey, scale="eff_satisfaction")
    with pytest.raises(UsageError, match="everybody or nobody"):
        prevalence(survey, present_from=1)
    with pytest.raises(UsageError, match="one scale, not"):
        prevalence(survey, scale="effects")
    assert prevalence(survey, scale="eff_loneliness", present_from=4, wave=1).table.shape[0] == 4


def test_nobody_and_everybody():
    table = pd.DataFrame(
        {"a": [5, 5, 5, 5], "b": [1, 1, 1, 1], "g": list("xxyy"), "c": [np.nan] * 4}
    )
    result = prevalence(table[["a", "b", "g"]], present_from=4, by="g")
    assert result.parts["differences"]["reason"].str.contains("nobody, or everybody").all()
    assert result.parts["differences"]["p"].isna().all()
    assert (result.table["high"] == 1).sum() == 2
    with pytest.raises(SurveyError, match="Nobody has a value of c"):
        prevalence(table[["a", "c"]], present_from=4)


# ---------------------------------------------------------------- compare


def test_three_arms_of_independent_people(people):
    result = compare(people, by="arm", scales=["score", "cold"])
    assert list(result.table) == COMPARE
    row = result.table.iloc[1]
    a, c = (people.loc[people["arm"] == name, "score"] for name in "ac")
    test = scipy_stats.ttest_ind(c, a, equal_var=False)
    assert (row["first"], row["second"], row["method"]) == ("c", "a", "welch")
    assert (row["t"], row["p"]) == pytest.approx((test.statistic, test.pvalue))
    assert (row["low"], row["high"]) == pytest.approx(tuple(test.confidence_interval()))
    assert row["g_low"] < row["g"] < row["g_high"]
    assert set(result.table["family"]) == {6}
    assert result.table["p_adjusted"].to_numpy() == pytest.approx(stats.adjust_p(result.table["p"]))
    ranks = result.parts["ranks"].iloc[1]
    brunner = scipy_stats.brunnermunzel(a, c)
    assert abs(ranks["t"]) == pytest.approx(abs(brunner.statistic))
    assert ranks["p"] == pytest.approx(brunner.pvalue)
    assert ranks["rank_biserial"] == pytest.approx(2 * ranks["superiority"] - 1)
    tests = result.parts["tests"].set_index(["scale", "test"])
    classical = scipy_stats.f_oneway(*(g["score"] for _, g in people.groupby("arm")))
    assert tests.loc[("score", "ANOVA"), "statistic"] == pytest.approx(classical.statistic)
    anova = tests.loc[("score", "ANOVA")]
    assert anova["low"] <= anova["omega2"] <= anova["eta2"] <= anova["high"]
    groups = result.parts["groups"].set_index(["scale", "group"])
    assert (
        groups.loc[("cold", "a"), "missing"]
        == people.loc[people["arm"] == "a", "cold"].isna().sum()
    )


def test_the_partners_of_a_dyad_are_paired(survey):
    result = compare(survey, by="partner_role", scales=["signs_total", "eff_satisfaction"])
    assert set(result.table["method"]) == {"paired"}
    score = dt.score(survey).loc[survey.responses["wave"].astype(str) == "1"]
    about = survey.responses.loc[score.index]
    meant = ~about["role_is_arbitrary"].astype("boolean").fillna(value=True)
    of_role = {
        role: part.set_index("dyad_id")["signs_total"]
        for role, part in score[meant].groupby("partner_role", observed=True)
    }
    wide = pd.DataFrame(of_role).dropna()
    test = scipy_stats.ttest_rel(wide["B"], wide["A"])
    row = result.table.iloc[0]
    assert row["n_first"] == row["n_second"] == len(wide)
    assert (row["t"], row["p"], row["df"]) == pytest.approx((test.statistic, test.pvalue, test.df))
    assert any("two members of each dyad" in note for note in result.notes)
    assert any("arbitrary" in note for note in result.notes)


def test_arms_of_couples_are_clustered(survey):
    result = compare(survey, by="group", scales="signs_total")
    assert set(result.table["method"]) == {"clustered"}
    with pytest.warns(DataWarning, match="everybody as independent"):
        plain = compare(survey, by="group", scales="signs_total", method="welch")
    assert (result.table["se"] > plain.table["se"])[0]  # partners are alike, and in one arm
    assert any("550 dyads" in note for note in result.notes)
    assert result.parts["ranks"]["mann_whitney_p"].isna().all()
    assert result.parts["ranks"]["reason"].str.contains("independent").all()


def test_dyads_of_a_plain_table(people):
    frame = people.assign(pair=[k // 2 for k in range(60)], sex=["f", "m"] * 30)
    paired = compare(frame, by="sex", scales="score", dyad="pair")
    test = scipy_stats.ttest_rel(frame["score"][1::2], frame["score"][::2])
    assert paired.table["t"][0] == pytest.approx(test.statistic)
    assert set(compare(frame, by="arm", scales="score", dyad="pair").table["method"]) == {
        "clustered"
    }
    assert set(compare(frame, by="sex", scales="score").table["method"]) == {"welch"}
    frame.loc[1, "sex"] = "f"  # one dyad of two women
    assert set(compare(frame, by="sex", scales="score", dyad="pair").table["method"]) == {
        "clustered"
    }
    with pytest.raises(UsageError, match="both members in the same group"):
        compare(frame, by="sex", scales="score", dyad="pair", method="paired")


def test_standardizers_are_named(people):
    for word, part in (("pooled", "pooled"), ("average", "mean of both"), ("reference", "Glass")):
        result = compare(people, by="arm", scales="score", standardizer=word)
        assert any(part in note for note in result.notes)
        assert set(result.table["standardizer"]) == {word}
    assert "Glass's Δ" in result.explain()
    assert "Glass's Δ" in result.display()


def test_weighted_groups(people):
    frame = people.assign(w=np.linspace(0.5, 2, 60), sex=["f", "m", "m"] * 20)
    row = compare(frame, by="sex", scales="score", weight="w").table.iloc[0]
    test = stats.design_t_test(
        frame["score"], (frame["sex"] == "m").astype(float), stats.survey_design(frame["w"])
    )
    assert (row["method"], row["difference"]) == ("design", pytest.approx(test.difference))
    assert (row["t"], row["df"], row["p"]) == pytest.approx((test.t, test.df, test.p))
    with pytest.raises(UsageError, match="does not go with a weight"):
        compare(frame, by="sex", scales="score", weight="w", method="welch")
    with pytest.raises(SurveyError, match="not negative"):
        compare(frame.assign(w=-1.0), by="sex", scales="score", weight="w")


def test_waves_of_the_same_people_are_a_change(survey, people):
    with pytest.raises(Refusal, match="change"):
        compare(survey, by="wave", scales="signs_total")
    twice = pd.concat([people, people]).assign(
        who=[*range(60), *range(60)], time=[1] * 60 + [2] * 60
    )
    with pytest.raises(Refusal, match="compared with themselves"):
        compare(twice, by="time", scales="score", respondent="who")


def test_roles_that_mean_nothing_are_not_compared(survey):
    same = survey.responses["role_is_arbitrary"].astype("boolean").fillna(value=True)
    from dataclasses import replace

    arbitrary = replace(
        survey, responses=survey.responses[same], missing=survey.missing[same.to_numpy()]
    )
    with pytest.raises(Refusal, match="arbitrary"):
        compare(arbitrary, by="partner_role", scales="signs_total")


def test_groups_too_small_and_scores_that_do_not_vary():
    table = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 9], "y": [2.0] * 6, "g": list("aaabbc")})
    result = compare(table, by="g")
    by_pair = result.table.set_index(["scale", "first", "second"])
    assert "c has 1 score" in by_pair.loc[("x", "c", "a"), "reason"]
    assert np.isnan(by_pair.loc[("x", "c", "a"), "p"])
    assert by_pair.loc[("y", "b", "a"), "reason"] == "the scores do not vary within the groups"
    assert any("Fewer than 5 people" in note for note in result.notes)
    result.explain(), result.display_all(), result.to_html()
    few = compare(table.assign(k=1), by="g", scales="x", cluster="k")
    assert few.table["reason"].iloc[0] == "too few clusters in a group for an interval"
    with pytest.raises(UsageError, match="cannot be among the scores"):
        compare(table, by="g", scales=["x", "g"])
    with pytest.raises(UsageError, match="1 group"):
        compare(table[table["g"] == "a"], by="g")
    with pytest.raises(SurveyError, match="two columns are called 'g'"):
        compare(pd.concat([table, table[["g"]]], axis=1), by="g")


# ---------------------------------------------------------------- cut-offs


@pytest.fixture(scope="module")
def with_ras(root, tmp_path_factory, survey):
    """The sample with a slot: the seven items of the RAS, answered as satisfaction is."""
    folder = tmp_path_factory.mktemp("slot")
    own, slot = (
        yaml.safe_load((root / "schemas" / "instruments" / f"{name}.yaml").read_text("utf-8"))
        for name in ("detachment", "ras")
    )
    for heading in ("response_scales", "scales"):
        own[heading] |= slot[heading]
    own["items"] += slot["items"]
    (folder / "own.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    frame = pd.read_csv(dt.sample("couples_long.csv"), dtype=str)
    happy = dt.score(survey)["eff_satisfaction"].fillna(3).to_numpy()
    rng = np.random.default_rng(8)
    for item in slot["items"]:
        x = np.clip(np.rint(happy + 0.6 * rng.normal(size=len(frame))), 1, 5).astype(int)
        frame[item["id"]] = 6 - x if item.get("keyed", 1) < 0 else x
    frame.to_csv(folder / "export.csv", index=False)
    return folder


def test_a_slot_beside_the_signs(with_ras):
    survey = dt.read_survey(with_ras / "export.csv", instrument=with_ras / "own.yaml")
    with pytest.warns(DataWarning, match="too optimistic"):
        result = cutoffs(survey, predictor="signs_total", criterion="ras_total")
    assert list(result.table) == CUTOFFS
    assert result.table["cutoff"].tolist() == ["not distressed", "distressed (men)"]
    ras = dt.score(survey).loc[survey.responses["wave"].astype(str) == "1", "ras_total"]
    above = result.table.iloc[0]
    assert above["present"] == (ras > 4 + 1e-9).sum()
    assert (above["direction"], above["verified"]) == ("above", False)
    assert result.table.iloc[1]["present"] == (ras <= 3.5 + 1e-9).sum()
    assert result.notes[0] == "Screening, not diagnosis."
    assert any("Not verified" in note for note in result.notes)
    area = result.parts["auc"].iloc[0]
    assert area["direction"] == "lower"  # of the signs, in who is not distressed
    assert 0.5 < area["low"] < area["auc"] < area["high"] < 1
    assert area["method"].startswith("Obuchowski")
    best = result.parts["thresholds"].iloc[0]
    assert best["chosen"] == "largest Youden index"
    assert best["sensitivity_low"] < best["sensitivity"] < best["sensitivity_high"]
    curve = result.parts["roc"]
    assert best["youden"] == pytest.approx((curve["sensitivity"] + curve["specificity"] - 1).max())
    assert "Screening, not diagnosis." in result.explain()
    men = cutoffs_of(survey, cutoff="distressed (men)")
    assert men.parts["auc"]["direction"].tolist() == ["higher"]
    assert len(men.table) == 1


def cutoffs_of(survey, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return cutoffs(survey, predictor="signs_total", criterion="ras_total", **options)


def test_curves_of_a_plain_table(people, quietly):
    result = quietly(
        cutoffs, people, predictor=["score", "cold"], criterion="ill", thresholds=[0.0]
    )
    known = people.dropna(subset=["score", "cold"])
    area = stats.auc(known[["score", "cold"]], known["ill"])
    assert result.parts["auc"]["auc"].to_numpy() == pytest.approx(area.auc)
    assert result.parts["auc"]["se"].to_numpy() == pytest.approx(area.se)
    d = stats.auc_difference(area, [0], [1])
    assert result.parts["comparisons"]["p"].to_numpy() == pytest.approx(d.p)
    given = result.parts["thresholds"].query(
        "predictor == 'score' and chosen.str.contains('given')"
    )
    ill = known[known["ill"] == 1]
    assert given["sensitivity"].item() == pytest.approx((ill["score"] >= 0).mean())
    assert result.table.empty
    assert "none" not in repr(result)
    lower = quietly(cutoffs, people, predictor="score", criterion="ill", direction="lower")
    assert lower.parts["auc"]["auc"][0] == pytest.approx(
        1 - stats.auc(people["score"], people["ill"]).auc[0]
    )


@pytest.mark.parametrize(
    ("rule", "count"), [("< 3", 2), ("<= 3", 3), ("> 3", 2), (">= 3", 3), ("≥3", 3), ("< 2,5", 2)]
)
def test_rules(rule, count):
    result = cutoffs(pd.DataFrame({"x": [1.0, 2, 3, 4, 5, np.nan]}), cutoff=rule)
    assert result.table["present"].tolist() == [count]
    assert result.table["missing"].tolist() == [1]
    assert any("no source" in note for note in result.notes)


def test_a_mean_a_hair_off_is_on_the_threshold():
    x = sum([0.1] * 3)  # 0.30000000000000004
    result = cutoffs(pd.DataFrame({"x": [x, 1.0, 0.0]}), cutoff="> 0.3")
    assert result.table["present"].tolist() == [1]


def test_what_cannot_be_asked_of_cut_offs(survey, people, with_ras):
    with pytest.raises(SurveyError, match="declares a cut-off"):
        cutoffs(survey)
    with pytest.raises(UsageError, match="needs both"):
        cutoffs(survey, predictor="signs_total")
    with pytest.raises(UsageError, match="give the rule"):
        cutoffs(people, scales="score")
    with pytest.raises(UsageError, match="between 1 and 5"):
        cutoffs(survey, scales="signs_total", cutoff="< 13.5")
    with pytest.raises(UsageError, match="no column of 0 and 1"):
        cutoffs(people, predictor="cold", criterion="score")
    with pytest.raises(Refusal, match="its own cut-off"):
        cutoffs(survey, predictor="signs_total", criterion="signs_total", cutoff="> 3")
    slot = dt.read_survey(with_ras / "export.csv", instrument=with_ras / "own.yaml")
    with pytest.raises(UsageError, match="not distressed"):
        cutoffs(slot, cutoff="not distresed", scales="ras_total")


def test_built_in_agreement_is_named(survey, quietly):
    ask = {"predictor": "signs_total", "cutoff": "> 3"}
    facet = quietly(cutoffs, survey, criterion="signs_behaviour", **ask)
    assert any("share 5 items" in said for said in facet.warnings)
    style = quietly(cutoffs, survey, criterion="style_unhealthy", **ask)
    assert any("share content, as the instrument says" in said for said in style.warnings)


def test_groups_that_do_not_overlap(quietly):
    table = pd.DataFrame({"x": [1, 2, 3, 7, 8, 9], "ill": [0, 0, 0, 1, 1, 1]})
    result = quietly(cutoffs, table, predictor="x", criterion="ill")
    row = result.parts["auc"].iloc[0]
    assert (row["auc"], row["reason"]) == (
        1,
        "no interval: the scores of both groups do not overlap",
    )
    same = quietly(cutoffs, table.assign(x=1), predictor="x", criterion="ill")
    assert same.parts["auc"]["reason"].tolist() == ["no interval: the predictor does not vary"]
    everyone = quietly(cutoffs, table.assign(ill=1), predictor="x", criterion="ill")
    assert "nobody is on one side" in everyone.parts["auc"]["reason"][0]
    everyone.explain(), everyone.display_all()


# ---------------------------------------------------------------- never


def test_stars_are_never_shown(survey, people, quietly):
    results = [
        prevalence(survey, by="group", wave=1),
        compare(survey, by="group"),
        quietly(cutoffs, people, predictor=["score", "cold"], criterion="ill"),
        quietly(dt.correlate, survey, rows="signs", columns="effects"),
    ]
    for result in results:
        said = "\n".join([repr(result), result.explain(), result.to_html(), *result.notes])
        assert not re.search(r"[\d\s]\*+(\s|$|<)|significan", said)
        for table in (result.table, *result.parts.values()):
            if "p" in table and "low" in table:
                has_p = table["p"].notna() & (table.get("reason", "") == "")
                assert table.loc[has_p, "low"].notna().all()


def test_alpha_of_an_index_is_refused(survey):
    with pytest.raises(Refusal, match=r"strategies_index.*formative"):
        dt.reliability(survey, scales="strategies_index")


def test_the_order_of_rows_leaves_no_trace(survey):
    from dataclasses import replace

    order = np.random.default_rng(3).permutation(len(survey.responses))
    turned = replace(
        survey, responses=survey.responses.iloc[order], missing=survey.missing.iloc[order]
    )
    for verb, options in (
        (prevalence, {"by": "group"}),
        (compare, {"by": "group", "scales": "effects"}),
        (compare, {"by": "partner_role", "scales": "effects"}),
    ):
        one, two = verb(survey, **options), verb(turned, **options)
        pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
        for name, part in one.parts.items():
            pd.testing.assert_frame_equal(part, two.parts[name], check_exact=True)
