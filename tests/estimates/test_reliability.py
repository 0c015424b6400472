"""Reliability: hand-computed values, the right n, reasons for what is not given."""

import importlib
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.estimates import records, reliability
from detachment.scoring import keyed_answers
from detachment.stats.bootstrap import resample
from detachment.stats.intervals import feldt_interval
from detachment.stats.missing import effective_n_of_alpha
from detachment.stats.moments import (
    correlation_from,
    effective_n,
    em_moments,
    pairwise_moments,
)
from detachment.stats.reliability import alpha, guttman_lambda6

COLUMNS = [
    "scale", "n_items", "n", "missing", "alpha", "alpha_low", "alpha_high", "alpha_ci",
    "alpha_standardized", "omega_total", "omega_total_low", "omega_total_high",
    "omega_hierarchical", "lambda_2", "lambda_6", "glb", "split_half", "mean_interitem_r", "sem",
    "method", "reversed", "reason",
]  # fmt: skip
FEW = "omega_hierarchical: group factors need at least six items"


def only(result):
    assert len(result.table) == 1
    return result.table.iloc[0]


def test_alpha_by_hand():
    # Variances 5/3, covariances 4/3, 1, and 0; the total varies by 29/3.
    answers = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 2, 4], "c": [2, 1, 4, 3]})
    row = only(reliability(answers))
    assert row["alpha"] == pytest.approx(21 / 29, abs=1e-14)
    assert row["mean_interitem_r"] == pytest.approx((0.8 + 0.6 + 0.0) / 3, abs=1e-14)
    assert row["alpha_standardized"] == pytest.approx(21 / 29, abs=1e-14)
    assert row["sem"] == pytest.approx(np.sqrt(29 / 3) / 3 * np.sqrt(8 / 29), abs=1e-14)
    half = (4 / 3) / np.sqrt((5 / 3 + 5 / 3 + 2) * 5 / 3)  # b against a + c
    assert row["split_half"] == pytest.approx(2 * half / (1 + half), abs=1e-14)
    assert row[["n_items", "n"]].tolist() == [3, 4]


def test_columns_are_fixed_and_every_missing_number_has_its_reason(
    answers, make_survey, small_table
):
    assert list(reliability(answers).table) == COLUMNS
    result = reliability(make_survey(small_table))
    assert list(result.table) == COLUMNS
    for row in records(result.table):
        if any(row[name] is None for name in COLUMNS[4:19] if name != "alpha_ci"):
            assert row["reason"]
        if row["alpha"] is not None and row["n_items"] < 6:
            assert FEW in row["reason"] or row["method"] == "KR-20"
            assert row["glb"] is not None


def test_lambda_6_rests_on_correlations(answers):
    cov = answers.assign(a=2 * answers["a"]).cov().to_numpy()
    expected = guttman_lambda6(correlation_from(cov))
    assert abs(guttman_lambda6(cov) - expected) > 0.005
    row = only(reliability(answers.assign(a=2 * answers["a"])))
    assert row["lambda_6"] == pytest.approx(expected, abs=1e-14)


def test_feldt_uses_the_complete_respondents_that_the_answers_are_worth(gappy):
    pairwise, listwise = reliability(gappy), reliability(gappy, missing="listwise")
    row = only(pairwise)
    x = gappy.to_numpy()
    n = effective_n_of_alpha(x, pairwise_moments(x).cov, missing="pairwise")
    assert effective_n(pairwise_moments(x).n) < n < row["n"] == 80
    assert (row["alpha_low"], row["alpha_high"]) == feldt_interval(row["alpha"], n, 5)
    assert any(f"scale {n:.1f}" in note for note in pairwise.notes)
    row = only(listwise)
    complete = len(gappy.dropna())
    assert row["n"] == complete
    assert (row["alpha_low"], row["alpha_high"]) == feldt_interval(row["alpha"], complete, 5)
    assert row["alpha"] == only(reliability(gappy.dropna()))["alpha"]
    assert row["missing"] == "listwise"


def test_maximum_likelihood_uses_every_answer(gappy):
    by_em = reliability(gappy, missing="em", coefficients=["lambda_2"])
    row = only(by_em)
    cov = em_moments(gappy.to_numpy()).cov
    n = effective_n_of_alpha(gappy.to_numpy(), cov, missing="em")
    assert row["missing"] == "em"
    assert row["alpha"] == alpha(cov)
    assert (row["alpha_low"], row["alpha_high"]) == feldt_interval(row["alpha"], n, 5)
    assert any(
        "Maximum likelihood (EM)" in note and f"scale {n:.1f}" in note for note in by_em.notes
    )
    further = by_em.parts["coefficients"].iloc[0]
    assert further["estimate"] == row["lambda_2"]
    assert further["low"] < further["estimate"] < further["high"]
    assert further["interval"] == "adf"
    other = reliability(gappy, missing="fiml", coefficients=["lambda_2"])
    pd.testing.assert_frame_equal(other.parts["coefficients"], by_em.parts["coefficients"])
    pd.testing.assert_frame_equal(other.table, by_em.table)
    complete = gappy.dropna()
    assert (
        only(reliability(complete, missing="em"))["alpha"] == only(reliability(complete))["alpha"]
    )


@pytest.mark.parametrize(
    "other", [{"n_boot": 100}, {"interval": "jackknife"}, {"method": "polychoric"}]
)
def test_maximum_likelihood_says_what_it_does_not_give(gappy, other):
    with pytest.raises(UsageError, match="--missing em"):
        reliability(gappy, missing="em", **other)


def test_no_maximum_is_named(gappy):
    copied = gappy.assign(b=gappy["a"].where(gappy.index % 7 > 0))
    row = only(reliability(copied, missing="em", scales=None))
    assert row["alpha"] is None or np.isnan(row["alpha"])
    assert "(EM) were not found" in row["reason"]


def test_reversed_items_are_named(answers):
    turned = answers.assign(b=6 - answers["b"])
    row = only(reliability(turned, reverse=["b"], values=(1, 5)))
    straight = only(reliability(answers, values=(1, 5)))
    assert row["reversed"] == "b"
    assert straight["reversed"] == ""
    assert row["alpha"] == straight["alpha"]


def test_two_items_give_spearman_brown_and_no_omega(answers):
    result = reliability(answers[["a", "b"]])
    row = only(result)
    r = answers[["a", "b"]].corr().iloc[0, 1]
    assert row["split_half"] == pytest.approx(2 * r / (1 + r))
    assert np.isnan(row["omega_total"])
    assert "omega_total: one factor of two items is not identified" in row["reason"]
    assert result.remarks == {}
    assert "Spearman–Brown = " in result.explain()
    assert any("Eisinga" in note for note in result.notes)


def test_quiz_is_kr20(make_survey, small_table):
    result = reliability(make_survey(small_table), scales=["quiz"])
    row = only(result)
    right = np.column_stack(
        [
            np.array(small_table["k1"]) == 0,
            np.array(small_table["k2"]) == 1,
            np.array(small_table["k3"]) == 0,
        ]
    )
    p = right.mean(axis=0)
    total = right.sum(axis=1)
    kr20 = 3 / 2 * (1 - np.sum(p * (1 - p)) / total.var())
    assert row["alpha"] == pytest.approx(kr20, abs=1e-12)
    assert row["method"] == "KR-20"
    assert row["sem"] == pytest.approx(total.std(ddof=1) * np.sqrt(1 - kr20))
    assert "KR-20 = " in result.explain()


@pytest.mark.parametrize(
    ("scale", "words"),
    [
        ("index", r"index \(Things done\): its model is formative.*Ask for its items"),
        ("single", r"single \(One question\): its model is single_item"),
    ],
)
def test_refused_when_it_is_the_only_thing_asked(make_survey, small_table, scale, words):
    survey = make_survey(small_table)
    for selector in (scale, [scale], (scale,)):
        with pytest.raises(Refusal, match=words):
            reliability(survey, scales=selector)


def test_a_row_with_the_reason_otherwise(make_survey, small_table):
    survey = make_survey(small_table)
    for selector in (None, ["trouble", "index"], "strategies"):
        result = reliability(survey, scales=selector)
        row = result.table.set_index("scale").loc["index"]
        assert np.isnan(row["alpha"])
        assert row["reason"].startswith("its model is formative")
        assert result.remarks["index"] == row["reason"]
        assert "Things done (2 items, n = 40): no reliability is given; its model" in (
            result.explain()
        )


def test_one_column_is_a_single_item(answers):
    with pytest.raises(Refusal, match=r"for scale: its model .* one item has no internal"):
        reliability(answers[["a"]])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"interval": "bca"}, "needs resamples"),
        ({"interval": "feldt", "n_boot": 50}, "takes no resamples"),
        ({"interval": "felt"}, "Did you mean 'feldt'"),
        ({"interval": "feldt", "method": "polychoric"}, "not for polychoric correlations"),
        ({"coefficients": "lambda2"}, "Did you mean 'lambda_2'"),
        ({"coefficients": ["all", "alpha"]}, "by the one word all"),
        ({"n_factors": 1}, "2 or more"),
        ({"method": "pearsn"}, r"method cannot be 'pearsn'.*Did you mean 'pearson'\?"),
        ({"missing": "pair"}, "pairwise, listwise"),
        ({"confidence": 95}, r"share between 0 and 1"),
        ({"n_boot": -1}, "n_boot"),
        ({"n_boot": 1}, "at least 2"),
        ({"rng": None}, "rng is a whole number"),
        ({"rng": 1.5}, "rng is a whole number"),
        ({"scales": "signs"}, r"no scale of the role 'sign'"),
        ({"wave": 2}, "have no waves"),
        ({"reverse": ["z"], "values": (1, 5)}, "'z'"),
        ({"reverse": ["a"]}, r"values=\(lowest, highest\)"),
    ],
)
def test_wrong_calls(answers, options, words):
    with pytest.raises(UsageError, match=words):
        reliability(answers, **options)


def test_the_level_of_an_interval_is_not_rounded(answers):
    result = reliability(answers, confidence=0.995)
    assert ", 99.5% CI [" in result.explain()
    assert "99.5% CI" in result.display()


def test_bootstrap_says_what_it_resampled_and_repeats_itself(answers):
    one, two = (only(reliability(answers, n_boot=200, rng=7)) for _ in range(2))
    assert one["alpha_ci"] == "bootstrap (BCa, 200 resamples of respondents)"
    assert one["alpha_low"] < one["alpha"] < one["alpha_high"]
    assert one["omega_total_low"] < one["omega_total"] < one["omega_total_high"]
    assert one.equals(two)
    other = only(reliability(answers, n_boot=200, rng=8))
    assert other["alpha_low"] != one["alpha_low"]
    generator = np.random.Generator(np.random.PCG64(7))
    assert np.isfinite(only(reliability(answers, n_boot=50, rng=generator))["alpha_low"])


def loosely_related(seed):
    """Three items of 40 people that hardly share a factor: many resamples are improper."""
    rng = np.random.Generator(np.random.PCG64(seed))
    latent = 0.3**0.5 * rng.normal(size=(40, 1)) + 0.7**0.5 * rng.normal(size=(40, 3))
    return pd.DataFrame(np.clip(np.rint(3 + 1.1 * latent), 1, 5), columns=list("abc"))


def test_no_interval_of_omega_where_many_resamples_have_none():
    result = reliability(loosely_related(1), n_boot=400)
    row = only(result)
    assert np.isfinite(row[["omega_total", "alpha_low", "alpha_high"]].astype(float)).all()
    assert np.isnan(row["omega_total_low"])
    assert np.isnan(row["omega_total_high"])
    said = r"omega_total_low, omega_total_high: 3\d\.\d% of the resamples have no omega total"
    assert re.search(said, row["reason"])
    assert re.search(said, result.explain())


def test_a_few_resamples_without_omega_are_counted(monkeypatch):
    for name in ("reliability", "_coefficients"):
        module = importlib.import_module(f"detachment.estimates.{name}")
        monkeypatch.setattr(module, "MOST_FAILED", 0.5)
    result = reliability(loosely_related(1), n_boot=400)
    row = only(result)
    assert row["omega_total_low"] < row["omega_total"] < row["omega_total_high"]
    said = r"3\d\.\d% of the resamples have no omega total .* and are left out"
    assert re.search(said, row["reason"])
    assert re.search(said, result.explain())


@pytest.mark.parametrize(("n_boot", "confidence", "few"), [(50, 0.95, True), (500, 0.95, False),
                                                           (500, 0.99, True)])  # fmt: skip
def test_too_few_resamples_are_named(answers, n_boot, confidence, few):
    notes = reliability(answers, n_boot=n_boot, confidence=confidence).notes
    assert any("resamples are too few" in note for note in notes) == few


def test_bootstrap_resamples_dyads(make_survey, small_table):
    couples = [f"c{k // 2}" if k < 30 else None for k in range(40)]
    partners = ["A" if k % 2 else "B" for k in range(40)]
    survey = make_survey(small_table | {"couple": couples, "partner": partners})
    result = reliability(survey, scales="trouble", n_boot=100)
    assert only(result)["alpha_ci"] == "bootstrap (BCa, 100 resamples of dyads)"
    assert not any("partners of one another" in note for note in result.notes)
    notes = reliability(survey, scales="trouble").notes
    (said,) = (note for note in notes if "partners of one another" in note)
    assert "--boot (n_boot= in Python), resamples whole dyads" in said
    assert "p values" not in said  # there are none
    answers = keyed_answers(survey, "trouble").to_numpy()
    names = [name or f"alone {k}" for k, name in enumerate(couples)]
    low, high = resample(answers, alpha, clusters=names, n_boot=100, rng=1).bca()
    assert only(result)[["alpha_low", "alpha_high"]].tolist() == pytest.approx([low, high])
    alone = reliability(make_survey(small_table), scales="trouble", n_boot=100)
    assert only(alone)["alpha_low"] != pytest.approx(float(low), abs=1e-6)
    assert only(alone)["alpha_ci"] == "bootstrap (BCa, 100 resamples of respondents)"


def test_first_wave_unless_told(make_survey, small_table, quietly):
    table = {name: column * 2 for name, column in small_table.items()}
    table["s1"] = small_table["s1"] + small_table["s1"][::-1]
    table["id"] = [f"R{k:02d}" for k in range(40)] * 2
    table["wave"] = [1] * 40 + [2] * 40
    survey = make_survey(table)
    first = reliability(survey, scales="trouble")
    assert any("2 waves (1 and 2); this is wave 1" in note for note in first.notes)
    assert (
        only(first)["alpha"]
        == only(reliability(make_survey(small_table), scales="trouble"))["alpha"]
    )
    assert first.n == {"rows": 80, "analysed": 40}
    second = quietly(reliability, survey, scales="trouble", wave=2)
    assert only(second)["alpha"] < only(first)["alpha"]
    assert not any("waves" in note for note in second.notes)
    with pytest.raises(UsageError, match=r"wave cannot be '3'; it is one of: 1, 2"):
        reliability(survey, wave=3)


def test_scales_that_were_not_asked_are_left_out_and_named(make_survey, small_table):
    survey = make_survey({name: small_table[name] for name in ("s1", "s2", "s3", "s4")})
    result = reliability(survey)
    assert result.table["scale"].tolist() == ["trouble", "facet"]
    assert any("left out: joy, quiz" in note for note in result.notes)
    with pytest.warns(DataWarning, match="joy: none of its items is in the data"):
        listed = reliability(survey, scales=["trouble", "joy"]).table.set_index("scale")
    assert listed.loc["joy", "reason"] == "none of its items is in the data"
    with pytest.raises(SurveyError, match="None of the items of joy is in these data"):
        reliability(survey, scales="joy")


def test_masked_answers_are_counted(make_survey, small_table):
    survey = make_survey(small_table | {"agreement": ["open"] * 4 + ["closed"] * 36})
    result = reliability(survey, scales="joy")
    assert only(result)["n"] == 36
    assert any("joy: the answers of 4 respondents are left out" in note for note in result.notes)


def test_where_it_comes_from(make_survey, small_table):
    survey = make_survey(small_table)
    result = reliability(survey, scales=["trouble"], rng=3)
    assert result.instrument == {
        "id": "small", "version": "1.0.0", "sha256": survey.instrument.sha256,
    }  # fmt: skip
    assert result.source["file"] == "small.csv"
    assert len(result.source["sha256"]) == 64
    assert result.call["scales"] == ["trouble"]
    assert result.call["rng"] == 3
    assert result.labels == {"trouble": "Trouble"}


def test_it_says_itself(answers):
    turned = answers.assign(b=6 - answers["b"])
    result = reliability(turned, reverse=["b"], values=(1, 5))
    row = only(result)
    assert result.explain().startswith(
        f"scale (5 items, n = 60): α = .{row['alpha'] * 100:.0f}, 95% CI [."
    )
    (sentence,) = result.sentences()
    assert sentence.endswith("; reversed: b.")
    shown = result.display()
    assert shown["α"].item().startswith(".")
    assert "Remark" not in shown
    assert "0x" not in repr(result)
    assert (
        "<script>"
        not in reliability(
            turned.rename(columns={"a": "<script>"}), reverse=["b"], values=(1, 5)
        ).to_html()
    )


tables = st.integers(0, 2**32 - 1)


@settings(max_examples=30)
@given(tables)
def test_the_order_of_rows_leaves_no_trace(seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    latent = rng.normal(size=(30, 1)) + rng.normal(size=(30, 4))
    x = np.clip(np.rint(3 + latent), 1, 5)
    x[rng.random(x.shape) < 0.1] = np.nan
    frame = pd.DataFrame(x, columns=list("abcd"))
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        one = reliability(frame, values=(1, 5), n_boot=20)
        shuffled = frame.iloc[rng.permutation(30)].reset_index(drop=True)
        two = reliability(shuffled, values=(1, 5), n_boot=20)
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)


@settings(max_examples=30)
@given(tables, st.lists(st.booleans(), min_size=4, max_size=4))
def test_keying_and_recoding_are_the_same(seed, flips):
    rng = np.random.Generator(np.random.PCG64(seed))
    x = np.clip(np.rint(3 + rng.normal(size=(25, 1)) + rng.normal(size=(25, 4))), 1, 5)
    frame = pd.DataFrame(x, columns=list("abcd"))
    names = [name for name, flip in zip("abcd", flips, strict=True) if flip]
    turned = frame.copy()
    turned[names] = 6 - turned[names]
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        one = reliability(frame, values=(1, 5)).table
        two = reliability(turned, reverse=names, values=(1, 5)).table
    pd.testing.assert_frame_equal(
        one.drop(columns="reversed"), two.drop(columns="reversed"), check_exact=True
    )
