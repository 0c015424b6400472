"""Actor and partner effects, and how alike partners are: what is said, chosen and refused."""

import json

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.stats.moments import em_moments

COLUMNS = [
    "outcome", "role", "effect", "predictor", "estimate", "se", "low", "high", "z", "p", "std",
    "std_low", "std_high", "n", "reason",
]  # fmt: skip
PARTS = [
    "pairing", "distinguishability", "constraints", "contrasts", "k", "controls", "roles",
    "residual", "parameters",
]  # fmt: skip
ASK = {"predictor": ["x_1", "x_2"], "outcome": ["y_1", "y_2"]}


def wide(n=150, seed=1, *, unlike=True):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) + rng.normal(size=(n, 2))
    slopes = [[0.6, 0.4], [0.0, 0.3]] if unlike else [[0.5, 0.3], [0.3, 0.5]]
    y = x @ slopes + rng.normal(size=(n, 1)) + rng.normal(size=(n, 2)) + [unlike, 0]
    return pd.DataFrame(np.hstack([x, y]).round(2), columns=["x_1", "x_2", "y_1", "y_2"])


def long(frame):
    """The same dyads with one row a person."""
    halves = [
        pd.DataFrame({"pair": np.arange(len(frame)), "who": k,
                      "x": frame[f"x_{k}"], "y": frame[f"y_{k}"]})
        for k in (1, 2)
    ]  # fmt: skip
    return pd.concat(halves, ignore_index=True)


def test_columns_and_parts():
    result = dt.apim(wide(), **ASK, n_boot=50)
    assert list(result.table) == COLUMNS
    assert list(result.parts) == PARTS
    assert result.distinguishable
    assert result.table["role"].tolist() == ["1", "1", "2", "2"]
    assert result.table["effect"].tolist() == ["actor", "partner"] * 2
    assert result.parts["constraints"]["df"].tolist() == [1, 1, 2]
    assert result.parts["distinguishability"]["df"].tolist() == [6, 2, 2, 1, 1]
    assert result.n == {"rows": 300, "analysed": 300}
    json.dumps(result.to_dict())


def test_long_and_wide_are_one():
    frame = wide()
    one = dt.apim(frame, **ASK, n_boot=40)
    other = dt.apim(
        long(frame).sample(frac=1, random_state=3), predictor="x", outcome="y", dyad="pair",
        role="who", n_boot=40,
    )  # fmt: skip
    for name in ("estimate", "se", "std", "std_low"):
        np.testing.assert_array_equal(one.table[name], other.table[name])
    pd.testing.assert_frame_equal(one.parts["k"], other.parts["k"])


def test_the_test_chooses_and_says_so():
    apart = dt.apim(wide(), **ASK, n_boot=0)
    assert any("Roles therefore have effects of their own" in note for note in apart.notes)
    same = dt.apim(wide(unlike=False), **ASK, n_boot=0)
    assert not same.distinguishable
    assert same.table["role"].tolist() == ["both", "both"]
    assert same.parts["distinguishability"]["p"].iloc[0] > 0.05
    assert any("no proof that none differs" in note for note in same.notes)
    assert len(same.parts["constraints"]) == 3
    asked = dt.apim(wide(unlike=False), **ASK, distinguishable=True, n_boot=0)
    assert asked.distinguishable
    assert any("because that was asked for" in note for note in asked.notes)


@pytest.mark.parametrize("kind", ["all", "indistinguishable"])
def test_arbitrary_roles_have_no_effects_of_their_own(kind):
    frame = wide().assign(role_is_arbitrary=[1] * 50 + [0] * 100)
    with pytest.raises(Refusal, match="In 50 dyads it means nothing which partner is which"):
        dt.apim(frame, **ASK, distinguishable=True, dyads=kind)
    with pytest.raises(Refusal, match="distinguishable=False"):
        dt.apim(frame.assign(role_is_arbitrary="true"), **ASK, distinguishable=True)
    with pytest.raises(Refusal, match="not known"):
        dt.apim(long(frame), predictor="x", outcome="y", dyad="pair", distinguishable=True)
    fine = dt.apim(frame, **ASK, distinguishable=True, n_boot=0)
    assert fine.table["n"].tolist() == [100] * 4
    assert fine.call["dyads"] == "distinguishable"


def test_which_dyads():
    frame = wide().assign(role_is_arbitrary=[1] * 50 + [0] * 100)
    most = dt.apim(frame, **ASK, n_boot=0)
    assert most.call["dyads"] == "distinguishable"
    assert any("(100 complete; the kind of which there are more)" in note for note in most.notes)
    pooled = dt.apim(frame, **ASK, distinguishable=False, n_boot=0)
    assert (pooled.call["dyads"], pooled.table["n"].iloc[0]) == ("all", 150)
    few = dt.apim(frame, **ASK, dyads="indistinguishable", n_boot=0)
    assert few.table["n"].tolist() == [50, 50]
    assert np.isnan(few.parts["distinguishability"]["p"].iloc[0])
    assert "nothing to tell partners by" in few.parts["distinguishability"]["reason"].iloc[0]
    with pytest.raises(SurveyError, match="no complete indistinguishable dyads"):
        dt.apim(wide(), **ASK, dyads="indistinguishable")


def test_partners_turned_round_change_nothing_where_roles_are_arbitrary():
    frame = wide(unlike=False)
    turned = frame.copy()
    some = np.arange(len(frame)) % 3 == 0
    for name in "xy":
        turned.loc[some, [f"{name}_1", f"{name}_2"]] = frame.loc[
            some, [f"{name}_2", f"{name}_1"]
        ].to_numpy()
    one, other = (dt.apim(data, **ASK, distinguishable=False, n_boot=0) for data in (frame, turned))
    np.testing.assert_allclose(one.table["estimate"], other.table["estimate"], atol=1e-9)
    np.testing.assert_allclose(one.table["se"], other.table["se"], atol=1e-9)


def test_incomplete_dyads_are_used_and_counted():
    frame = wide()
    frame.loc[:19, ["x_2", "y_2"]] = np.nan
    frame.loc[20:24, "y_1"] = np.nan
    frame.loc[25] = np.nan
    result = dt.apim(frame, **ASK, n_boot=60)
    assert result.table["n"].tolist() == [149] * 4
    assert result.n["analysed"] == 278
    assert any("124 dyads with every value and 25 dyads with some" in n for n in result.notes)
    assert any("maximum likelihood with its missing answers" in n for n in result.notes)
    cov = em_moments(frame[["y_1", "y_2", "x_1", "x_2"]]).cov
    slopes = np.linalg.solve(cov[2:, 2:], cov[2:, 0])
    np.testing.assert_allclose(result.table["estimate"][:2], slopes, atol=1e-6)
    whole = dt.apim(frame, **ASK, missing="listwise", n_boot=0)
    assert whole.table["n"].tolist() == [124] * 4
    assert any("25 dyads with a missing value are left out" in n for n in whole.notes)
    # what the others add is precision
    assert (result.table["se"] < 1.01 * whole.table["se"]).all()
    assert result.table["se"].mean() < 0.97 * whole.table["se"].mean()


def test_controls_of_person_and_dyad():
    frame = wide()
    rng = np.random.default_rng(4)
    frame["age_1"], frame["age_2"] = rng.normal(size=(2, len(frame)))
    frame["months"] = rng.integers(1, 90, len(frame))
    result = dt.apim(frame, **ASK, controls=[["age_1", "age_2"], "months"], n_boot=0)
    controls = result.parts["controls"]
    assert controls["effect"].tolist() == ["actor", "partner", "dyad"] * 2
    design = np.column_stack(
        [np.ones(len(frame)), frame[["x_1", "x_2", "age_1", "age_2", "months"]]]
    )
    slopes = np.linalg.lstsq(design, frame["y_1"], rcond=None)[0]
    own = [*result.table["estimate"][:2], *controls["estimate"][:3]]
    np.testing.assert_allclose(own, slopes[1:], atol=1e-7)
    assert any("what never differs within a dyad counts once" in n for n in result.notes)


def test_k_is_only_given_where_there_is_something_to_divide_by():
    frame = wide(60, unlike=False)
    frame[["y_1", "y_2"]] = np.random.default_rng(6).normal(size=(60, 2))
    result = dt.apim(frame, **ASK, distinguishable=False, n_boot=50)
    (row,) = result.parts["k"].to_dict("records")
    assert np.isnan(row["k"])
    assert "interval of the actor effect holds 0" in row["reason"]
    assert "is not given: the interval of the actor effect holds 0" in result.explain()
    sure = dt.apim(wide(), **ASK, n_boot=200).parts["k"].iloc[0]
    assert sure["low"] < sure["k"] < sure["high"]
    assert "the interval holds actor only (k = 0)" in sure["pattern"]
    none = dt.apim(wide(), **ASK, n_boot=0).parts["k"].iloc[0]
    assert none["reason"] == "no interval: no bootstrap was asked for"


def test_standardized_by_what_both_roles_share():
    frame = wide()
    frame[["x_1", "y_1"]] *= 3
    result = dt.apim(frame, **ASK, n_boot=0, distinguishable=True)
    var = frame.var(ddof=0)
    ratio = np.sqrt((var["x_1"] + var["x_2"]) / (var["y_1"] + var["y_2"]))
    np.testing.assert_allclose(result.table["std"], result.table["estimate"] * ratio, rtol=1e-6)
    scaled = dt.apim(frame * 10, **ASK, n_boot=0, distinguishable=True)
    np.testing.assert_allclose(scaled.table["std_low"], result.table["std_low"], rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"y_1": 2.0}, SurveyError, "y is the same for everybody among partners 1"),
        ({"x_2": lambda f: f["x_1"] * 2 + 1}, SurveyError, "follow from the others"),
        ({"x_2": lambda f: f["x_1"]}, SurveyError, "x never differs between partners"),
        ({"x_1": np.nan}, SurveyError, "0 of these dyads have every value"),
    ],
)
def test_what_cannot_be_estimated_is_named(change, error, words):
    with pytest.raises(error, match=words):
        dt.apim(wide().assign(**change), **ASK)


def test_columns_are_taken_for_roles_and_this_is_said():
    result = dt.apim(wide(), **ASK, n_boot=0)
    assert any("columns of a variable are taken for two roles, 1 and 2" in n for n in result.notes)
    with pytest.raises(Refusal):
        dt.apim(wide().assign(role_is_arbitrary=True), **ASK, distinguishable=True)


def test_a_half_dyad_without_a_role_is_not_given_one():
    frame = long(wide())
    frame["who"] = frame["who"].astype(object)
    frame = frame.drop(index=frame.index[-1])  # the last dyad keeps its first partner
    frame.loc[(frame["pair"] == 149), "who"] = None
    ask = {"predictor": "x", "outcome": "y", "dyad": "pair", "role": "who", "n_boot": 0}
    apart = dt.apim(frame, **ask, distinguishable=True, dyads="all")
    assert apart.table["n"].tolist() == [149] * 4
    every = dt.apim(frame, **ask, dyads="all")
    assert every.table["n"].tolist() == [150, 150]
    assert not every.distinguishable


def test_skewed_scores_have_too_narrow_intervals_of_r():
    rng = np.random.default_rng(5)
    both = np.exp(1.3 * (rng.normal(size=(200, 1)) + 0.5 * rng.normal(size=(200, 2))))
    frame = pd.DataFrame(both, columns=["x_1", "x_2"])
    with pytest.warns(DataWarning, match="Fisher's interval of r takes scores to be normal"):
        result = dt.dyads(frame, scales=["x_1", "x_2"])
    assert any("Fisher's interval" in warning for warning in result.warnings)


def test_small_samples():
    with pytest.raises(SurveyError, match="needs at least 6"):
        dt.apim(wide(5), **ASK)
    with pytest.warns(DataWarning, match="Only 20 dyads"):
        result = dt.apim(wide(20), **ASK, n_boot=0)
    assert any("Only 20 dyads" in warning for warning in result.warnings)


def test_words_are_checked():
    frame = wide()
    for options, words in (
        ({"dyads": "mixed"}, "dyads cannot be 'mixed'"),
        ({"method": "REML"}, "method cannot be 'REML'"),
        ({"missing": "pairwise"}, "missing cannot be 'pairwise'"),
        ({"n_boot": 1}, "boot"),
        ({"confidence": 2}, "confidence"),
        ({"outcome": ["x_1", "x_2"]}, "are the same variable, x"),
        ({"controls": [["x_1", "x_2"]]}, "x cannot be a control"),
        ({"predictor": [["x_1", "x_2"], ["y_1", "y_2"]]}, "names one variable, not 2"),
    ):
        with pytest.raises(UsageError, match=words):
            dt.apim(frame, **ASK | options)


def test_robust_errors():
    plain, robust = (dt.apim(wide(), **ASK, n_boot=0, method=m) for m in ("ML", "MLR"))
    np.testing.assert_allclose(plain.table["estimate"], robust.table["estimate"])
    assert not np.allclose(plain.table["se"], robust.table["se"])
    assert any("Huber and White" in note for note in robust.notes)


def test_sentences(survey):
    result = dt.apim(survey, predictor="signs_total", outcome="eff_satisfaction", n_boot=100, rng=2)
    said = result.explain()
    assert "partners distinguishable; test of distinguishability: χ²(6)" in said
    assert "Partner effect (A's Detachment signs (15) on B's Relationship satisfaction)" in said
    assert "*" not in said
    assert "cause" not in said
    assert any("do not show what brings about what" in note for note in result.notes)
    assert any("300 respondents left out" in note for note in result.notes)
    shown = dict(result.display_all())
    assert "Parameters" not in shown
    # the other kind of dyads is not said to be among these
    assert "Usable" in shown["Pairing of all dyads, before some are chosen"]
    assert list(shown[""])[:3] == ["Outcome of", "Effect", "Predictor"]
    assert "<table" in result.to_html()
    assert "Outcome of" in repr(result)
    own = dt.apim(
        survey, predictor="cause_conflict", outcome="eff_communication_breakdown", n_boot=0
    )
    assert any("same question asked twice" in note for note in own.notes)


@pytest.fixture(scope="module")
def survey(sample_dir):
    return dt.read_survey(sample_dir / "couples_long.csv", instrument="detachment")


# ---------------------------------------------------------------- dyads


def test_dyads_of_each_kind(survey):
    result = dt.dyads(survey, scales=["signs_total", "eff_satisfaction"])
    table = result.table
    assert table["dyads"].tolist() == ["distinguishable"] * 2 + ["indistinguishable"] * 2
    assert table["n"].tolist() == [400, 396, 150, 150]
    assert table["incomplete"].tolist() == [0, 4, 0, 0]
    assert table["r"].isna().tolist() == [False, False, True, True]
    assert "which partner is which" in table["reason"].iloc[2]
    assert (table["icc_low"] < table["icc"]).all()
    assert len(result.parts["roles"]) == 2
    tests = result.parts["distinguishability"]
    assert tests["scale"].tolist() == ["signs_total", "eff_satisfaction"] + ["all"] * 5
    said = result.explain()
    assert "It matters which partner is which" in said
    assert "take models of indistinguishable dyads" in said
    pooled = dt.dyads(survey, scales="eff_satisfaction", dyads="all")
    assert pooled.table["n"].tolist() == [546]
    assert pooled.parts["roles"].empty
    assert result.n["analysed"] == 1100
    json.dumps(result.to_dict())


def test_dyads_by_group(survey):
    result = dt.dyads(survey, scales="eff_satisfaction", by="group", dyads="all")
    assert result.table["group"].tolist() == ["program", "waitlist"]
    assert result.table["n"].sum() == 546
    mixed = dt.dyads(survey, scales="eff_satisfaction", by="demo_gender")
    assert any("400 dyads left out: partners differ in demo_gender" in n for n in mixed.notes)


def test_dyads_by_default_are_of_every_scale(survey):
    result = dt.dyads(survey, dyads="distinguishable")
    assert result.table["scale"].nunique() > 15
    tests = result.parts["distinguishability"]
    assert "more than 8 scales" in tests[tests["scale"] == "all"]["reason"].iloc[0]
    nested = dt.dyads(survey, scales=["signs_total", "signs_closeness"])
    tests = nested.parts["distinguishability"]
    assert "is a part of signs_total" in tests[tests["scale"] == "all"]["reason"].iloc[0]


def test_dyads_without_variance_or_partners():
    frame = wide(30)
    flat = dt.dyads(frame.assign(x_1=2.0, x_2=2.0), scales=[["x_1", "x_2"], ["y_1", "y_2"]])
    row = flat.table.iloc[0]
    assert np.isnan(row["icc"])
    assert row["reason"] == "nobody's score differs from another's"
    assert "nothing is given" in flat.explain()
    half = dt.dyads(frame.assign(x_1=2.0), scales=["x_1", "x_2"])
    assert np.isnan(half.table["r"].iloc[0])
    assert "scores of one role do not vary" in half.table["reason"].iloc[0]
    with pytest.raises(UsageError, match="scales names the columns"):
        dt.dyads(frame)
    one = dt.dyads(frame.head(1), scales=["x_1", "x_2"])
    assert "at least 3 are needed" in one.table["reason"].iloc[0]
    with pytest.raises(SurveyError, match="no complete indistinguishable"):
        dt.dyads(frame, scales=["x_1", "x_2"], dyads="indistinguishable")


TRUTH = [  # what, its truth in the population, standard deviation of samples of this size
    (("A", "actor"), -0.695, 0.062),
    (("A", "partner"), -0.100, 0.059),
    (("B", "actor"), -0.404, 0.065),
    (("B", "partner"), -0.385, 0.059),
    (("both", "actor"), -0.547, 0.036),
    (("both", "partner"), -0.244, 0.033),
    (("icc", "signs_total"), 0.274, 0.041),
    (("icc", "eff_satisfaction"), 0.565, 0.032),
]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """Estimates of a fresh sample in which nobody is careless."""
    export = tmp_path_factory.mktemp("fresh") / "couples.csv"
    dt.simulate(seed=20, careless=0.0, n_students=0).responses.to_csv(export, index=False)
    survey = dt.read_survey(export, instrument="detachment")
    ask = {"predictor": "signs_total", "outcome": "eff_satisfaction", "n_boot": 0}
    apart = dt.apim(survey, **ask, distinguishable=True)
    pooled = dt.apim(survey, **ask, distinguishable=False)
    alike = dt.dyads(survey, scales=["signs_total", "eff_satisfaction"], dyads="all")
    found = {}
    for row in pd.concat([apart.table, pooled.table]).to_dict("records"):
        found[row["role"], row["effect"]] = row["estimate"]
    for row in alike.table.to_dict("records"):
        found["icc", row["scale"]] = row["icc"]
    return found


@pytest.mark.parametrize(("what", "truth", "sd"), TRUTH)
def test_truth_is_recovered(fresh, what, truth, sd):
    assert abs(fresh[what] - truth) <= 3.5 * sd


def test_without_each_test_the_ones_that_choose_the_model_stay_as_they_are():
    every = dt.apim(wide(), **ASK, n_boot=0)
    few = dt.apim(wide(), **ASK, n_boot=0, each_test=False)
    assert few.explain() == every.explain()
    for part, test in (("distinguishability", "omnibus"), ("constraints", "slopes")):
        left = every.parts[part]
        left = left[left["test"] == test].reset_index(drop=True)
        pd.testing.assert_frame_equal(few.parts[part], left)

    pairs = [["x_1", "x_2"], ["y_1", "y_2"]]
    every, few = (dt.dyads(wide(), scales=pairs, each_test=each) for each in (True, False))
    assert few.explain() == every.explain()
    left = every.parts["distinguishability"]
    left = left[(left["test"] == "omnibus") & (left["scale"] == "all")].reset_index(drop=True)
    assert len(left) == 1
    pd.testing.assert_frame_equal(few.parts["distinguishability"], left)
    alone = dt.dyads(wide(), scales=["x_1", "x_2"], each_test=False)
    assert len(alone.parts["distinguishability"]) == 1
