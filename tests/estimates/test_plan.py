"""Planning as a verb: what follows from what, sentences, refusals."""

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import UsageError
from detachment.estimates.plan import COLUMNS
from detachment.stats.intervals import feldt_interval

# Of each question: an effect with everything else that it needs.
ASKED = {
    "correlation": {"r": 0.25},
    "alpha": {"reliability": 0.85, "null": 0.75, "items": 8},
    "difference": {"d": 0.4},
    "apim": {"partner": 0.2, "icc_x": 0.3, "icc_residual": 0.4},
    "mediation": {"a": 0.3, "b": 0.25},
}
EFFECTS = {"correlation": "r", "alpha": "reliability", "difference": "d", "apim": "partner"}
DESIGNS = [
    {},
    {"ratio": 2},
    {"retest_r": 0.6},
    {"design": "paired", "retest_r": 0.6},
    {"design": "couples", "icc": 0.3},
    {"design": "couples", "icc": 0.3, "retest_r": 0.6},
    {"design": "partners", "icc": 0.3},
]


def only(found):
    (row,) = found.table.to_dict("records")
    return row


@pytest.mark.parametrize("question", ASKED)
def test_n_power_and_effect_follow_from_one_another(question):
    given = ASKED[question]
    row = only(dt.plan(question, power=0.9, n_sim=0, **given))
    assert row["quantity"] == "n"
    assert row["power"] >= 0.9
    back = only(dt.plan(question, n=row["n"], n_sim=0, **given))
    assert back["quantity"] == "power"
    assert back["power"] == row["power"]
    assert only(dt.plan(question, n=row["n"] - 1, n_sim=0, **given))["power"] < 0.9
    if question in EFFECTS:
        rest = {name: value for name, value in given.items() if name != EFFECTS[question]}
        if question == "apim":
            rest["actor"] = 0.0
        found = dt.plan(question, n=row["n"], power=row["power"], n_sim=0, **rest)
        smallest = only(found)
        assert smallest["quantity"] == "effect"
        assert smallest["effect"] == pytest.approx(given[EFFECTS[question]], abs=1e-6)


@pytest.mark.parametrize("options", DESIGNS)
def test_designs_of_a_difference(options):
    row = only(dt.plan("difference", d=0.4, n_sim=4000, **options))
    check = dt.plan("difference", d=0.4, n_sim=4000, **options).parts["simulation"].iloc[0]
    assert abs(check["simulated_power"] - row["power"]) < 3.5 * check["monte_carlo_se"]
    wide = only(dt.plan("difference", width=0.5, **options))
    assert wide["width"] <= 0.5
    assert np.isnan(wide["effect"])
    assert only(dt.plan("difference", n=wide["n"] - 1, d=0.4, **options))["width"] > 0.5


def test_designs_against_each_other():
    groups = only(dt.plan("difference", d=0.4))
    assert groups["n"] == 199  # pwr::pwr.t.test says 99.08 in each, of whom 99 and 100 are enough
    paired = only(dt.plan("difference", d=0.4, design="paired", retest_r=0.5))
    assert paired["n"] == 52  # pwr::pwr.t.test(d = 0.4, type = "paired") says 51.01
    unlike = only(dt.plan("difference", d=0.4, design="couples", icc=0.0))
    assert unlike["people"] == pytest.approx(200, abs=6)
    alike = only(dt.plan("difference", d=0.4, design="couples", icc=0.5))
    assert alike["n_unit"] == "couples"
    assert alike["people"] == pytest.approx(1.5 * 200, abs=6)
    before = only(dt.plan("difference", d=0.4, retest_r=0.6))
    assert before["n"] == pytest.approx(200 * (1 - 0.36), abs=4)


def test_couples_are_drawn_as_the_formula_says():
    # the t test of couples' means, of answers of people and not of couples
    rng = np.random.default_rng(8)
    row = only(dt.plan("difference", d=0.5, n=80, design="couples", icc=0.4))
    shared, own = rng.normal(size=(4000, 80)), rng.normal(size=(4000, 80, 2))
    answers = np.sqrt(0.4) * shared[..., None] + np.sqrt(0.6) * own
    means = answers.mean(axis=2)
    means[:, :40] += 0.5
    first, second = means[:, :40], means[:, 40:]
    pooled = (first.var(axis=1, ddof=1) + second.var(axis=1, ddof=1)) / 2
    t = (first.mean(axis=1) - second.mean(axis=1)) / np.sqrt(pooled * 2 / 40)
    found = np.mean(np.abs(t) > 1.9908)  # t of 78 degrees of freedom
    assert abs(found - row["power"]) < 3.5 * np.sqrt(found * (1 - found) / 4000)


def test_correlations_of_couples_are_drawn_as_the_formula_says():
    # both members answer two variables; the cluster-robust test of their correlation
    rng = np.random.default_rng(9)
    r, icc_x, icc_y, n = 0.25, 0.6, 0.5, 60
    row = only(dt.plan("correlation", r=r, icc_x=icc_x, icc_y=icc_y, n=n))
    own = np.array([[1, r], [r, 1]])
    across = np.array([[icc_x, r * 0.55], [r * 0.55, icc_y]])
    root = np.linalg.cholesky(np.block([[own, across], [across, own]]))
    data = rng.normal(size=(4000, n, 4)) @ root.T
    x, y = data[..., [0, 2]], data[..., [1, 3]]
    x, y = (z - z.mean(axis=(1, 2), keepdims=True) for z in (x, y))
    slope = np.sum(x * y, axis=(1, 2)) / np.sum(x * x, axis=(1, 2))
    score = np.sum(x * (y - slope[:, None, None] * x), axis=2)
    se = np.sqrt(n / (n - 1) * np.sum(score**2, axis=1)) / np.sum(x * x, axis=(1, 2))
    found = np.mean(np.abs(slope / se) > 2.001)
    assert found == pytest.approx(row["power"], abs=0.05)  # it is approximate, and says so
    assert row["method"] == "approximate"


def test_alpha_of_simulated_items():
    rng = np.random.default_rng(5)
    n, k, alpha = 60, 6, 0.8
    r = alpha / (k - alpha * (k - 1))
    x = np.sqrt(r) * rng.normal(size=(4000, n, 1)) + np.sqrt(1 - r) * rng.normal(size=(4000, n, k))
    total, items = x.sum(axis=2).var(axis=1, ddof=1), x.var(axis=1, ddof=1).sum(axis=1)
    found = k / (k - 1) * (1 - items / total)
    low, high = feldt_interval(found, n, k)
    row = only(dt.plan("alpha", reliability=alpha, null=0.7, items=k, n=n))
    rejected = np.mean((low > 0.7) | (high < 0.7))
    assert abs(rejected - row["power"]) < 3.5 * np.sqrt(rejected * (1 - rejected) / 4000)
    assert np.mean(high - low) == pytest.approx(row["width"], rel=0.01)
    sure = only(dt.plan("alpha", reliability=alpha, items=k, n=n, assurance=0.9))
    assert np.mean(high - low <= sure["width"]) == pytest.approx(0.9, abs=0.02)


def test_assurance_of_correlations_and_shares():
    rng = np.random.default_rng(6)
    row = only(dt.plan("correlation", r=0.4, width=0.2, assurance=0.9))
    x, e = rng.normal(size=(2, 3000, row["n"]))
    y = 0.4 * x + np.sqrt(1 - 0.16) * e
    r = np.sum(x * y, axis=1) / np.sqrt(np.sum(x * x, axis=1) * np.sum(y * y, axis=1))
    half = 1.959964 / np.sqrt(row["n"] - 3)
    width = np.tanh(np.arctanh(r) + half) - np.tanh(np.arctanh(r) - half)
    assert np.mean(width <= 0.2) == pytest.approx(0.9, abs=0.03)
    share = only(dt.plan("proportion", share=0.2, width=0.1, assurance=0.9))
    assert share["n"] > only(dt.plan("proportion", share=0.2, width=0.1))["n"]


def test_columns_and_parts():
    found = dt.plan("apim", actor=0.3, partner=0.2, icc_x=0.3, icc_residual=0.3)
    assert list(found.table) == list(COLUMNS)
    assert list(found.parts) == ["curve", "simulation"]
    assert found.table["target"].tolist() == ["actor", "partner"]
    assert (found.table["people"] == 2 * found.table["n"]).all()
    curve = found.parts["curve"]
    for _, own in curve.groupby("target"):
        assert own["n"].is_monotonic_increasing
        assert own["power"].is_monotonic_increasing
    check = found.parts["simulation"]
    assert (check["monte_carlo_se"] < 0.012).all()
    near = np.abs(check["simulated_power"] - check["power"])
    assert (near < 3.5 * check["monte_carlo_se"] + 0.005).all()
    assert "simulation" not in dt.plan("apim", actor=0.3, n_sim=0).parts
    assert "simulation" not in dt.plan("correlation", r=0.3).parts


def test_levels_tests_and_attrition():
    one = only(dt.plan("correlation", r=0.2))
    many = only(dt.plan("correlation", r=0.2, tests=75, retained=0.82))
    assert one["invited"] == one["n"]
    assert many["significance"] == pytest.approx(0.05 / 75)
    assert many["n"] > 2 * one["n"]
    assert many["invited"] == int(np.ceil(many["n"] / 0.82))
    assert only(dt.plan("correlation", n=82, r=0.5, retained=0.82))["invited"] == 100
    assert many["width"] == pytest.approx(only(dt.plan("correlation", r=0.2, n=many["n"]))["width"])


def test_power_and_width_together():
    found = dt.plan("correlation", r=0.2, power=0.8, width=0.2)
    assert found.table["quantity"].tolist() == ["n", "width"]
    assert found.table["n"].tolist() == [193, 355]


def test_sentences_for_a_preregistration():
    assert dt.plan("correlation", r=0.2, power=0.8, tests=75, retained=0.82).sentences() == [
        "With n = 442 people, a two-sided test at alpha = .000667 (.05 for 75 tests) detects "
        "r = .20 with a power of .80. If 82% stay, 540 people are to be invited."
    ]
    assert dt.plan("correlation", n=100, power=0.8).sentences() == [
        "With n = 100 people, the smallest effect that a two-sided test at alpha = .05 detects "
        "with a power of .80 is r = .28."
    ]
    assert dt.plan("correlation", n=100, r=0.3).sentences() == [
        "With n = 100 people, a two-sided test at alpha = .05 detects r = .30 with a power of .87, "
        "and the 95% interval of r is .36 wide at r = .30."
    ]
    assert dt.plan("proportion", width=0.1, assurance=0.9).sentences() == [
        "With n = 381 people, the 95% interval of the share is at most .100 wide at a share of "
        ".50, with a probability of .90."
    ]
    said = dt.plan("apim", partner=-0.2, icc_x=0.3, n_sim=0).explain()
    assert "couples (" in said
    assert "a partner effect of −.20" in said
    (said,) = dt.plan("difference", width=0.4).sentences()
    assert said.endswith("is 0.40 standard deviations wide.")
    alike = {"couples": {"icc": 0.3}, "paired": {"retest_r": 0.7}}
    for design, groups in (("groups", True), ("couples", True), ("paired", False)):
        found = dt.plan("difference", d=0.4, design=design, **alike.get(design, {}))
        assert (" in two groups, " in found.explain()) == groups
        assert any("both groups together" in note for note in found.notes) == groups
    assert "not causal" in " ".join(dt.plan("mediation", a=0.3, b=0.3, n_sim=0).notes)


def test_signs_of_effects_do_not_matter():
    for one, other in (({"r": 0.3}, {"r": -0.3}),):
        assert (
            only(dt.plan("correlation", **one))["n"] == only(dt.plan("correlation", **other))["n"]
        )
    up = dt.plan("apim", actor=0.4, partner=0.2, icc_x=0.3, n_sim=0).table["n"]
    down = dt.plan("apim", actor=-0.4, partner=-0.2, icc_x=0.3, n_sim=0).table["n"]
    assert up.tolist() == down.tolist()
    smallest = [
        only(dt.plan("apim", actor=a, icc_x=0.3, n=90, power=0.8, n_sim=0)) for a in (0.4, -0.4)
    ]
    assert smallest[0]["effect"] == smallest[1]["effect"]


def test_same_seed_same_numbers():
    given = {"actor": 0.3, "n": 60, "n_sim": 300}
    one, again, other = (
        dt.plan("apim", rng=seed, **given).parts["simulation"] for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, again, check_exact=True)
    assert one["simulated_power"][0] != other["simulated_power"][0]


def test_no_answer_has_its_reason():
    found = dt.plan("correlation", r=1e-5)
    row = only(found)
    assert pd.isna(row["n"])
    assert "more than 10,000,000" in row["reason"]
    assert "no answer" in found.explain()
    assert "–" in repr(found)
    few = only(dt.plan("apim", n=6, power=0.999, actor=0.0, n_sim=0, icc_x=0.9))
    assert few["effect"] < 1 or few["reason"]


@pytest.mark.parametrize(
    ("question", "options", "words"),
    [
        ("corelation", {}, "Did you mean 'correlation'"),
        ("correlation", {"d": 0.2}, "d belongs to difference; correlation takes r"),
        ("correlation", {"r": 1.2}, "r lies between -1 and 1"),
        ("correlation", {}, "Give the effect"),
        ("correlation", {"r": 0}, "nothing to find"),
        ("correlation", {"n": 100}, "n alone is not enough"),
        ("correlation", {"r": 0.2, "n": 100, "power": 0.8}, "give two"),
        ("correlation", {"r": 0.2, "n": 100, "width": 0.2}, "Of n and width"),
        ("correlation", {"r": 0.2, "n": 3}, "4 people or more"),
        ("correlation", {"width": 0.2}, "depends on the effect"),
        ("correlation", {"r": 0.2, "icc_x": 0.3}, "go together"),
        ("correlation", {"r": 0.2, "power": 1.0}, "power lies between 0 and 1"),
        ("correlation", {"r": 0.2, "retained": 0}, "retained is a share"),
        ("correlation", {"r": 0.2, "tests": 0}, "1 or more"),
        ("correlation", {"r": 0.2, "width": -1}, "above 0"),
        ("correlation", {"r": 0.2, "confidence": 1.0}, "confidence is a share"),
        ("alpha", {"reliability": 0.8}, "number of items"),
        ("alpha", {"reliability": 0.8, "items": 5, "power": 0.8}, "give null"),
        ("alpha", {"reliability": 0.8, "items": 5, "null": 0.8}, "the same"),
        ("alpha", {"reliability": 0.8, "items": 5}, "Give n, or the width"),
        ("alpha", {"reliability": 0.8, "items": 5, "null": 0.7, "n_sim": 9}, "not simulated"),
        ("difference", {"d": 0.3, "design": "cuples"}, "Did you mean 'couples'"),
        ("difference", {"d": 0.3, "design": "paired"}, "needs retest_r"),
        ("difference", {"d": 0.3, "design": "couples"}, "needs icc"),
        ("difference", {"d": 0.3, "icc": 0.3}, "icc does not belong to the design groups"),
        ("difference", {"d": 0.3, "ratio": 0}, "ratio"),
        ("proportion", {"power": 0.8}, "planned by the width"),
        ("apim", {}, "needs actor or partner"),
        ("apim", {"actor": 0.9, "partner": 0.9}, "more than all"),
        ("apim", {"actor": 0.3, "width": 0.2}, "planned by power"),
        ("apim", {"actor": 0.3, "assurance": 0.9}, "planned by power"),
        ("mediation", {"a": 0.3}, "needs a and b"),
        ("mediation", {"a": 0.3, "b": 0.9, "direct": 0.6}, "more than all"),
    ],
)
def test_what_is_refused(question, options, words):
    with pytest.raises(UsageError, match=words):
        dt.plan(question, **options)
