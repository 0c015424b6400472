"""Change between waves: what the population implies, what is refused, what is said."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.estimates.change import NO_CONTROL
from detachment.simulation import simulate, write_sample


@pytest.fixture(scope="module")
def survey():
    return dt.read_survey(dt.sample("couples_long.csv"), instrument="detachment")


@pytest.fixture(scope="module")
def attentive(tmp_path_factory):
    """A fresh sample of the same composition, of people who read the questions."""
    folder = tmp_path_factory.mktemp("fresh")
    write_sample(simulate(seed=77, careless=0.0), folder)
    return dt.read_survey(folder / "couples_long.csv", instrument="detachment")


@pytest.fixture(scope="module")
def whole(attentive):
    return dt.change(attentive, scales=["signs_total", "eff_satisfaction"])


def one(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


# value, sampling SD: section on known truth of the population that simulate() draws from
TRUTH = {
    "signs, program - waitlist": (
        lambda r: one(r.parts["comparison"], scale="signs_total", method="change_score").d,
        -0.333, 0.046,
    ),
    "the same by ANCOVA": (
        lambda r: one(r.parts["comparison"], scale="signs_total", method="ancova").d,
        -0.333, 0.046,
    ),
    "satisfaction, program - waitlist": (
        lambda r: one(r.parts["comparison"], scale="eff_satisfaction", method="ancova").d,
        0.277, 0.055,
    ),
    "waitlist, signs": (
        lambda r: one(r.table, scale="signs_total", arm="waitlist").difference, 0.042, 0.025,
    ),
    "retest, signs": (
        lambda r: one(r.parts["retest"], scale="signs_total", arm="waitlist").r, 0.713, 0.025,
    ),
    "retest, satisfaction": (
        lambda r: one(r.parts["retest"], scale="eff_satisfaction", arm="waitlist").r, 0.665, 0.028,
    ),
    "critical change": (
        lambda r: one(r.parts["reliable_change"], scale="signs_total", arm="program").critical,
        0.673, 0.01,
    ),
    "improved, program": (
        lambda r: one(
            r.parts["reliable_change"], scale="signs_total", arm="program"
        ).improved_share,
        0.154, 0.018,
    ),
    "worse, program": (
        lambda r: one(r.parts["reliable_change"], scale="signs_total", arm="program").worse_share,
        0.034, 0.009,
    ),
    "improved, waitlist": (
        lambda r: one(
            r.parts["reliable_change"], scale="signs_total", arm="waitlist"
        ).improved_share,
        0.079, 0.013,
    ),
    "worse, waitlist": (
        lambda r: one(r.parts["reliable_change"], scale="signs_total", arm="waitlist").worse_share,
        0.097, 0.015,
    ),
}  # fmt: skip


@pytest.mark.parametrize("quantity", TRUTH)
def test_what_the_population_implies_is_found(whole, quantity):
    found, truth, sd = TRUTH[quantity]
    assert abs(found(whole) - truth) < 3.5 * sd


def test_an_item_that_changed_its_meaning_can_be_left_out(attentive, whole):
    without = dt.change(attentive, scales="signs_total", without="sign_11_distraction")
    waiting = [one(r.table, scale="signs_total", arm="waitlist") for r in (whole, without)]
    # the planted shift of one threshold is .041 of the score for everybody
    assert waiting[0].difference - waiting[1].difference == pytest.approx(0.041, abs=0.02)
    assert any("sign_11_distraction" in note for note in without.notes)
    assert any("invariance --by wave" in note for note in whole.notes)
    assert without.to_dict()["call"]["without"] == "sign_11_distraction"
    # nobody reads of 15 signs where 14 were counted
    assert "Detachment signs (15) (without sign_11_distraction), program" in without.explain()


def test_people_are_counted_by_arm_and_wave(survey):
    result = dt.change(survey, scales="signs_total")
    flow = result.parts["flow"].set_index(["arm", "wave"])
    frame = survey.responses
    for arm in ("program", "waitlist"):
        here = frame[frame["group"].astype(str) == arm]
        by_wave = dict(list(here.groupby(here["wave"].astype(str))["respondent_id"]))
        first, last = by_wave["1"], by_wave["2"]
        row = flow.loc[(arm, "2")]
        assert row[["people", "followed", "both", "lost"]].tolist() == [
            len(last), len(first), len(set(first) & set(last)), len(set(first) - set(last)),
        ]  # fmt: skip
        assert row["complete_dyads"] <= row["dyads"] <= row["people"]
    assert flow.loc[("none", "2"), "lost"] == 0
    assert flow.loc[("all", "2"), "lost"] == 185
    assert result.n == {"rows": 2315, "analysed": 915}


def test_partners_are_never_taken_as_independent(survey):
    result = dt.change(survey, scales="signs_total")
    assert one(result.table, arm="program").clusters == 253
    assert one(result.table, arm="program").df == 252
    row = one(result.parts["comparison"], method="ancova")
    assert row.df == row.clusters - 3
    assert any(note.startswith("Partners are not independent") for note in result.notes)


def test_intervals_by_resampling_dyads(survey):
    asked = {"scales": "signs_total", "n_boot": 999, "confidence": 0.9}
    result, again, other = (dt.change(survey, **asked, rng=seed) for seed in (1, 1, 2))
    plain = dt.change(survey, scales="signs_total", confidence=0.9)
    assert set(result.table["ci"]) == {"bca"}
    for name in ("low", "high", "dz_low", "d_pre_high"):
        np.testing.assert_array_equal(result.table[name], again.table[name])
        assert (result.table[name] != other.table[name]).all()
        np.testing.assert_allclose(result.table[name], plain.table[name], atol=0.02)
    both = result.parts["comparison"], plain.parts["comparison"]
    np.testing.assert_allclose(both[0]["d_low"], both[1]["d_low"], atol=0.03)
    assert any("999 resamples of dyads" in note for note in result.notes)


def shuffled(frame, seed=5):
    return frame.sample(frac=1, random_state=seed)


def table(arms=("program", "waitlist"), waves=(1, 2), n=40, seed=4, lost=0.1):
    """Couples at some waves: a plain table with names of its own."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(n):
        arm = arms[(person // 2) % len(arms)]
        level = rng.normal(scale=0.7)
        for k, wave in enumerate(waves):
            if k and rng.random() < lost:
                continue
            drop = 0.3 * k * (arm == arms[0])
            rows.append({
                "who": f"p{person}", "when": wave, "pair": f"d{person // 2}", "arm": arm,
                "y": 3 + level - drop + rng.normal(scale=0.4), "z": rng.normal(),
                "age": 30 + person,
            })  # fmt: skip
    return pd.DataFrame(rows)


NAMES = {"respondent": "who", "wave": "when"}


@pytest.mark.filterwarnings("ignore:.*(cluster-robust|boundary):detachment.errors.DataWarning")
def test_the_order_of_rows_does_not_matter():
    data = table(waves=(1, 2, 3))
    asked = NAMES | {"scales": ["y", "z"], "by": "arm", "dyad": "pair", "controls": "age"}
    one_way, other = (dt.change(frame, **asked) for frame in (data, shuffled(data)))
    pd.testing.assert_frame_equal(one_way.table, other.table, check_exact=True)
    for name in ("flow", "comparison", "baseline", "reliable_change", "dropouts", "growth"):
        pd.testing.assert_frame_equal(one_way.parts[name], other.parts[name], check_exact=True)


def everything(result):
    frames = [str(result), result.explain(), result.to_html(), *result.notes, *result.warnings]
    return "\n".join([*frames, json.dumps(result.to_dict())])


def test_change_in_one_group_is_never_called_an_effect():
    result = dt.change(table(arms=("only",)), scales="y", **NAMES)
    assert NO_CONTROL in result.notes
    said = everything(result).replace(NO_CONTROL, "")
    assert not re.search("effect", said, flags=re.IGNORECASE)
    assert "comparison" not in result.parts
    assert set(result.table["arm"]) == {"all"}


@pytest.mark.parametrize(
    "asked",
    [{"design": "effect"}, {"by": "arm"}, {"by": "arm", "design": "effect"}],
)
def test_an_effect_needs_a_control_arm(asked):
    with pytest.raises(Refusal, match="Change in one group is no effect of anything"):
        dt.change(table(arms=("only",)), scales="y", **NAMES, **asked)


def test_arms_may_be_described_without_a_comparison(survey):
    result = dt.change(survey, scales="signs_total", design="change")
    assert NO_CONTROL in result.notes
    assert "comparison" not in result.parts
    assert set(result.table["arm"]) == {"program", "waitlist"}
    alone = dt.change(table(arms=("only",)), scales="y", by="arm", design="change", **NAMES)
    assert set(alone.table["arm"]) == {"all"}


@pytest.mark.filterwarnings("ignore:.*cluster-robust:detachment.errors.DataWarning")
def test_a_control_arm_is_named_or_known_by_its_name():
    data = table(arms=("a", "b", "c"), n=90)
    with pytest.raises(UsageError, match=r"Which arm is the control arm\?.*a, b, or c"):
        dt.change(data, scales="y", by="arm", **NAMES)
    result = dt.change(data, scales="y", by="arm", reference="b", **NAMES)
    assert result.parts["comparison"]["arm"].tolist() == ["a", "a", "c", "c"]
    assert result.table["arm"].tolist() == ["b", "a", "c"]
    with pytest.raises(UsageError, match="reference cannot be 'd'"):
        dt.change(data, scales="y", by="arm", reference="d", **NAMES)
    data["arm"] = data["arm"].replace({"a": "Wait-list"})
    assert dt.change(data, scales="y", by="arm", **NAMES).call["reference"] == "Wait-list"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"respondent": None}, "respondent= is missing"),
        ({"wave": None}, "wave= is missing"),
        ({"scales": None}, "scales= names the columns"),
        ({"first": 3}, "first cannot be '3'"),
        ({"first": 2, "last": 1}, "comes after"),
        ({"first": 1, "last": 1}, "one wave"),
        ({"reliability": 1.2}, "reliability is alpha, retest, or a number"),
        ({"reliability": "omega"}, "reliability cannot be 'omega'"),
        ({"better": "more"}, "better cannot be 'more'"),
        ({"better": {"x": "lower"}}, "better names a scale"),
        ({"sd": -1}, "sd is first, or a number above 0"),
        ({"design": "cause"}, "design cannot be 'cause'"),
        ({"without": "y"}, "columns of a plain table"),
        ({"n_boot": 1}, "--boot"),
    ],
)
def test_what_does_not_fit_is_refused(asked, said):
    with pytest.raises(UsageError, match=said):
        dt.change(table(), **({"scales": "y"} | NAMES | asked))


def test_a_published_spread_and_reliability_are_named():
    result = dt.change(table(), scales="y", sd=1.5, reliability=0.9, better="lower", **NAMES)
    row = one(result.parts["reliable_change"], scale="y")
    assert (row.sd, row.sd_kind, row.reliability_kind) == (1.5, "given", "given")
    assert row.critical == pytest.approx(1.959963984540054 * 1.5 * np.sqrt(2 * 0.1))
    assert "reliability as given = .90, SD = 1.50, given" in result.explain()
    assert any(
        "with the SD given (1.5) and as reliability the number given" in n for n in result.notes
    )


def test_the_spread_of_the_last_wave_is_refused():
    with pytest.raises(Refusal, match="has the change itself in it"):
        dt.change(table(), scales="y", sd="last", **NAMES)


def test_data_that_cannot_show_change_are_refused():
    data = table()
    with pytest.raises(SurveyError, match="needs two waves, and these rows have 1 wave"):
        dt.change(data[data["when"] == 1], scales="y", **NAMES)
    twice = pd.concat([data, data.iloc[:2]])
    with pytest.raises(SurveyError, match="2 people stand more than once in a wave") as error:
        dt.change(twice, scales="y", **NAMES)
    assert "p0" not in str(error.value)
    words = data.assign(when=data["when"].map({1: "pre", 2: "post"}))
    with pytest.raises(UsageError, match="whose order is not known"):
        dt.change(words, scales="y", **NAMES)
    named = dt.change(words, scales="y", first="pre", last="post", **NAMES)
    plain = dt.change(data, scales="y", **NAMES)
    pd.testing.assert_frame_equal(named.table, plain.table)
    ordered = words.assign(when=pd.Categorical(words["when"], ["pre", "post"]))
    pd.testing.assert_frame_equal(dt.change(ordered, scales="y", **NAMES).table, plain.table)


def test_rows_of_nobody_and_people_who_change_arms_are_named():
    data = table(n=80)
    data.loc[data.index[5], "who"] = np.nan
    moved = data.index[(data["who"] == "p4") & (data["when"] == 2)]
    data.loc[moved, "arm"] = "waitlist"
    with pytest.warns(DataWarning) as heard:
        result = dt.change(data, scales="y", by="arm", **NAMES)
    assert [str(w.message) for w in heard] == list(result.warnings)
    assert result.warnings == (
        "1 row without a respondent or a wave is left out.",
        "1 person is in another arm at a later wave, and counted in the arm of the first.",
    )


def test_few_dyads_and_split_dyads_are_named():
    data = table(n=16, lost=0)
    data.loc[data["who"] == "p0", "arm"] = "waitlist"
    with pytest.warns(DataWarning) as heard:
        result = dt.change(data, scales="y", by="arm", dyad="pair", **NAMES)
    assert [str(w.message) for w in heard] == list(result.warnings)
    for words in (
        "program: only 4 dyads or people alone with both waves; cluster-robust intervals",
        "partners of 1 dyad are in different arms",
    ):
        assert any(words in said for said in result.warnings)


def test_degenerate_scores_have_reasons():
    data = table(n=60)
    data["same"] = 2.0
    data["rises"] = data["when"].astype(float)
    data["gone"] = data["y"].where((data["when"] == 1) | (data["arm"] == "waitlist"))
    asked = {"scales": ["same", "rises", "gone"], "by": "arm", "reliability": "retest"}
    result = dt.change(data, **asked, **NAMES)
    rises = one(result.table, scale="rises", arm="program")
    assert rises.difference == 1
    assert np.isnan(rises.dz)
    assert "everyone changed alike" in rises.reason
    gone = one(result.table, scale="gone", arm="program")
    assert gone.n == 0
    assert "at least two are needed" in gone.reason
    nobody = one(result.parts["comparison"], scale="gone", method="ancova")
    assert "nobody with a score at both waves" in nobody.reason
    assert "not defined" in one(result.parts["reliable_change"], scale="same", arm="program").reason
    missing = result.parts["comparison"]
    unexplained = missing["difference"].isna() & (missing["reason"] == "")
    assert not unexplained.any()
    assert "nan" not in result.explain()
    assert "nan" not in str(result)


def test_controls_that_do_not_vary_or_repeat_themselves():
    data = table(n=60)
    data["copy"] = 2 * data["y"].where(data["when"] == 1) + 1
    data["fixed"] = 1.0
    asked = {"scales": "y", "by": "arm"} | NAMES
    plain = dt.change(data, **asked).parts["comparison"]
    fixed = dt.change(data, **asked, controls="fixed").parts["comparison"]
    pd.testing.assert_frame_equal(fixed, plain)
    copied = one(dt.change(data, **asked, controls="copy").parts["comparison"], method="ancova")
    assert np.isnan(copied.difference)
    assert "follows from the others" in copied.reason


def test_reliable_change_follows_the_direction_and_the_cutoff():
    data = table(n=80)
    asked = {"scales": "y", "by": "arm", "reliability": 0.8, "cutoff": 2.8} | NAMES
    lower, higher = (
        dt.change(data, better=way, **asked).parts["reliable_change"] for way in ("lower", "higher")
    )
    assert lower["improved"].tolist() == higher["worse"].tolist()
    assert lower["decreased"].tolist() == lower["improved"].tolist()
    wide = data.set_index(["who", "when"])["y"].unstack().dropna()  # noqa: PD010
    arm = data.groupby("who")["arm"].first().reindex(wide.index)
    limit = 1.959963984540054 * data.loc[data["when"] == 1, "y"].std() * np.sqrt(2 * 0.2)
    fell = wide[2] - wide[1] < -limit
    crossed = fell & (wide[1] >= 2.8) & (wide[2] < 2.8)
    for name in ("program", "waitlist"):
        row = one(lower, arm=name)
        assert row.critical == pytest.approx(limit, rel=1e-12)
        assert row.improved == fell[arm == name].sum()
        assert row.recovered == crossed[arm == name].sum()
        assert row.improved + row.unchanged + row.worse == row.n
    assert one(lower, arm="program").recovered > 0
    unknown = dt.change(data, **(asked | {"cutoff": None})).parts["reliable_change"]
    assert unknown["improved"].isna().all()
    assert (unknown["decreased"] == lower["decreased"]).all()
    assert all("which direction is better is not known" in why for why in unknown["reason"])
    assert all("recovered needs a cut-off" in why for why in unknown["reason"])


def test_reliability_is_named_or_has_a_reason(survey):
    kinds = {
        "signs_total": "alpha", "cause_conflict": "Spearman-Brown", "cause_attach_avoid": "alpha",
        "sign_09_disinterest": "alpha",
    }  # fmt: skip
    part = dt.change(survey, scales=list(kinds)).parts["reliable_change"]
    for name, kind in kinds.items():
        row = one(part, scale=name, arm="waitlist")
        assert row.reliability_kind == kind
        single = name in ("cause_attach_avoid", "sign_09_disinterest")
        assert np.isnan(row.critical) == single
        assert ("has no alpha" in row.reason) == single
    asked = {"scales": "signs_total", "interval": "jackknife"}
    expected = dt.reliability(survey, **asked).table.loc[0, "alpha"]
    assert one(part, scale="signs_total", arm="program").reliability == pytest.approx(expected)
    retest = dt.change(survey, scales="signs_total", reliability="retest")
    row = one(retest.parts["reliable_change"], arm="program")
    assert row.reliability_kind == "retest r (waitlist)"
    assert row.reliability == pytest.approx(one(retest.parts["retest"], arm="waitlist").r)


def test_more_than_error_moves_the_control_arm_and_it_is_said(whole):
    (said,) = (note for note in whole.notes if note.startswith("Error alone"))
    assert "In waitlist, which is the control arm, clearly more are beyond it" in said
    assert "people truly change there too" in said


def test_drop_outs_are_compared_with_those_who_stayed(survey):
    part = dt.change(survey, scales="signs_total").parts["dropouts"]
    row = one(part, variable="signs_total", arm="all")
    score = dt.score(survey, scales="signs_total")
    score = score[score["group"].astype(str) != "none"]
    first = score[score["wave"].astype(str) == "1"].set_index("respondent_id")["signs_total"]
    stayed = first.index.isin(score.loc[score["wave"].astype(str) == "2", "respondent_id"])
    first = first.astype(float)
    assert row.mean_lost == pytest.approx(first[~stayed].mean())
    assert row.mean_stayed == pytest.approx(first[stayed].mean())
    n = [int(first[k].notna().sum()) for k in (~stayed, stayed)]
    spread = sum((k - 1) * first[who].var() for k, who in zip(n, (~stayed, stayed), strict=True))
    d = (row.mean_lost - row.mean_stayed) / np.sqrt(spread / (sum(n) - 2))
    assert row.d == pytest.approx(d * (1 - 3 / (4 * (sum(n) - 2) - 1)))
    assert {"demo_age", "demo_gender[man]", "rel_cohabiting"} <= set(part["variable"])
    assert not any(name.startswith("demo_country") for name in part["variable"])


def test_arms_at_the_first_wave_have_no_p(survey):
    part = dt.change(survey, scales="signs_total").parts["baseline"]
    assert "p" not in part
    assert part[["n", "n_reference"]].to_numpy().tolist() == [[550, 550]]
    assert part.loc[0, "d_low"] < 0 < part.loc[0, "d_high"]


@pytest.mark.filterwarnings("ignore:.*boundary:detachment.errors.DataWarning")
def test_growth_finds_the_slopes_that_were_planted():
    data = table(waves=(0, 1, 2, 4), n=160, seed=8)
    result = dt.change(data, scales="y", by="arm", dyad="pair", **NAMES)
    part = result.parts["growth"].set_index("term")
    # -0.3 a place of a wave: 0, 1, 2, 3 at the times 0, 1, 2, 4
    slope = np.polyfit([0, 1, 2, 4], -0.3 * np.arange(4), 1)[0]
    assert part.loc["time x program", "low"] < slope < part.loc["time x program", "high"]
    assert part.loc["time", "low"] < 0 < part.loc["time", "high"]
    assert any("Levels are those at the first wave" in note for note in result.notes)
    assert result.call["last"] == "4"


def test_a_growth_model_at_its_boundary_is_named():
    rng = np.random.default_rng(2)
    n = 60
    data = pd.DataFrame({
        "who": np.repeat(np.arange(n), 3), "when": np.tile([1, 2, 3], n),
        "y": np.repeat(rng.normal(size=n), 3) + rng.normal(scale=0.5, size=3 * n),
    })  # fmt: skip
    # nobody has a slope: people differ less than by chance
    slope = data.groupby("who")["y"].transform(lambda y: (y.iloc[2] - y.iloc[0]) / 2)
    data["y"] -= slope * (data["when"] - 2)
    with pytest.warns(DataWarning, match="y: growth: a variance .* lies at its boundary"):
        result = dt.change(data, scales="y", **NAMES)
    assert result.parts["growth"]["estimate"].notna().all()


def test_a_growth_model_that_cannot_be_fitted_has_a_reason():
    data = table(waves=(1, 2, 3), n=4, lost=0)
    data["same"] = 1.0
    result = dt.change(data, scales=["y", "same"], by="arm", **NAMES)
    part = result.parts["growth"]
    assert part["estimate"].isna().all()
    assert (part["reason"] != "").all()


def test_what_people_read(survey):
    result = dt.change(survey, scales="signs_total", cutoff=2.5)
    said = result.explain()
    assert re.search(
        r"Detachment signs \(15\), program \(n = 462\): M = 2\.15 at wave 1 and 1\.96 at wave 2, "
        r"difference = −0\.20, 95% CI \[−0\.25, −0\.15\], t\(252\) = −7\.75, p < \.001, "
        r"dz = −0\.36 \[−0\.45, −0\.26\], d_pre = −0\.28 \[−0\.34, −0\.21\]\.",
        said,
    )
    assert "program against waitlist (ANCOVA; n = 462 and 453)" in said
    assert "recovered (cut-off 2.50)" in said
    assert list(result.display_parts()) == [
        "Flow", "Retest", "Comparison", "Baseline", "Reliable change",
        "Lost against stayed, at the first wave",
    ]  # fmt: skip
    shown = result.display_parts()
    assert set(shown["Comparison"]["Scale"]) == {"Detachment signs (15)"}
    assert shown["Comparison"]["Method"].tolist() == ["ANCOVA", "change score"]
    flow = shown["Flow"].set_index("Wave")  # a wave is not compared with itself
    assert set(flow.loc["1", ["Both", "Lost", "Retained"]].to_numpy().ravel()) == {"–"}
    assert "–" not in set(flow.loc["2", "Lost"])
    json.dumps(result.to_dict())


def test_the_command(sample_dir, detachment):
    file = sample_dir / "couples_long.csv"
    ran = detachment(
        "change", file, "--scale", "signs_total", "--by", "group", "--reference", "waitlist",
        "--without", "sign_11_distraction", "--reliability", "0.9", "--json",
    )  # fmt: skip
    assert ran.code == 0
    found = json.loads(ran.out)
    assert [row["arm"] for row in found["table"]] == ["waitlist", "program"]
    assert {row["reliability"] for row in found["reliable_change"]} == {0.9}
    methods = {row["method"]: row for row in found["comparison"]}
    assert methods["change_score"]["slope_first"] is None
    assert "a change score has no slope on the first wave" in methods["change_score"]["reason"]
    ran = detachment("change", file, "--scale", "eff_satisfaction", "--design", "change")
    assert ran.code == 0
    assert NO_CONTROL in " ".join(ran.out.split())
    assert "P0001" not in ran.out
    assert detachment("change", file, "--sd", "last").code == 3
    assert detachment("change", file, "--reliability", "2").code == 2


def test_a_quiz_before_and_after(sample_dir, quietly):
    quiz = dt.read_survey(sample_dir / "class_quiz.csv", instrument="detachment")
    result = quietly(dt.change, quiz)
    row = one(result.table, scale="knowledge_total")
    assert row.n == 120
    assert one(result.parts["reliable_change"], scale="knowledge_total").better == "higher"
    assert result.parts["dropouts"].empty
