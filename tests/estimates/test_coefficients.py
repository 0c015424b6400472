"""Coefficients by name: their values, intervals, and the reasons where there is none."""

import numpy as np
import pandas as pd
import pytest

from detachment import stats
from detachment.cli.reliability import INTERVALS as WORDS_OF_INTERVALS
from detachment.cli.reliability import NAMES
from detachment.errors import DataWarning
from detachment.estimates import records, reliability
from detachment.estimates._coefficients import INTERVALS, LABELS, ORDINAL

FURTHER = ["scale", "coefficient", "estimate", "low", "high", "interval", "reason"]
BIASED = ("lambda_4", "split_half_max", "split_half_min", "glb")


def wide(n=300, p=9, seed=3, categories=5):
    """Items of three groups with something in common, on a short scale."""
    rng = np.random.default_rng(seed)
    group = rng.normal(size=(n, 3)).repeat(p // 3, axis=1)
    latent = rng.normal(size=(n, 1)) + 0.7 * group + rng.normal(size=(n, p))
    cuts = np.linspace(-2, 2, categories - 1)
    return pd.DataFrame(np.digitize(latent, cuts) + 1, columns=[f"i{k}" for k in range(p)])


def part(result):
    return result.parts["coefficients"].set_index("coefficient")


def test_the_command_knows_every_word():
    assert (*LABELS, "all") == NAMES
    assert INTERVALS == WORDS_OF_INTERVALS


def test_every_coefficient_is_given_or_has_its_reason():
    frame = wide()
    result = reliability(frame, coefficients="all", values=(1, 5))
    assert list(result.parts["coefficients"]) == FURTHER
    got = part(result)
    assert list(got.index) == list(LABELS)
    cov = stats.pairwise_moments(frame.to_numpy()).cov
    cor = stats.correlation_from(cov)
    halves = stats.split_halves(cov)
    groups = stats.omega_hierarchical(cor)
    expected = {
        "lambda_1": stats.guttman_lambda1(cov),
        "lambda_3": stats.alpha(cov),
        "lambda_4": halves.largest,
        "lambda_5": stats.guttman_lambda5(cov),
        "lambda_6": stats.guttman_lambda6(cor),
        "glb": stats.greatest_lower_bound(cov).glb,
        "mu_2": stats.ten_berge_mu(cov, 2),
        "omega_total_model": stats.omega_total(cov).omega,
        "omega_total_ml": stats.omega_total(cov, method="ml").omega,
        "omega_hierarchical": groups.omega_hierarchical,
        "omega_total_group": groups.omega_total,
        "ecv": groups.ecv,
        "split_half_first_last": stats.first_last(cov),
        "split_half_min": halves.smallest,
        "split_half_median": halves.median,
        "split_half_q025": halves.quantile(0.025),
        "mean_interitem_r": stats.mean_interitem_r(cor),
        "ordinal_alpha": stats.alpha(stats.polychoric_matrix(frame.to_numpy()).r),
    }
    for name, value in expected.items():
        assert got.loc[name, "estimate"] == pytest.approx(float(value), abs=1e-9), name
    row = result.table.iloc[0]
    for name in ("alpha", "omega_total", "lambda_2", "glb", "omega_hierarchical", "sem"):
        assert got.loc[name, "estimate"] == row[name]
    assert got.loc["mdc", "estimate"] == pytest.approx(1.959964 * np.sqrt(2) * row["sem"])
    for name, one in got.iterrows():
        if np.isnan(one["estimate"]) or np.isnan(one["low"]):
            assert one["reason"], name
            assert not one["interval"]
        else:
            assert one["low"] < one["estimate"] < one["high"], name
            assert one["interval"] in ("feldt", "jackknife", "adf")
            assert not one["reason"]
    assert got.loc["kr_20", "reason"] == "given for right and wrong answers only"
    for name in BIASED:
        assert "has no interval without the bootstrap" in got.loc[name, "reason"]
    assert got.loc[list(ORDINAL), "interval"].tolist() == ["adf"] * 3
    assert got.loc["alpha", "interval"] == "feldt"
    assert got.loc["lambda_2", "interval"] == "jackknife"
    assert row["omega_total_low"] == got.loc["omega_total", "low"]


def test_only_what_was_asked_for_and_in_that_order(answers):
    assert reliability(answers).parts == {}
    result = reliability(answers, coefficients=["glb", "lambda_2", "glb"])
    assert part(result).index.tolist() == ["glb", "lambda_2"]
    assert result.call["coefficients"] == ["glb", "lambda_2"]
    assert result.to_dict()["coefficients"][0]["coefficient"] == "glb"
    assert "greatest lower bound = " in result.explain()
    assert "λ2 = " in result.explain()
    assert "greatest lower bound" in result.to_html()
    assert reliability(answers, coefficients="lambda_4").call["coefficients"] == ["lambda_4"]


@pytest.mark.parametrize("interval", ["bonett", "duhachek", "jackknife", "adf"])
def test_kinds_of_intervals(answers, interval):
    row = reliability(answers, interval=interval).table.iloc[0]
    assert row["alpha_ci"] == interval
    assert row["alpha_low"] < row["alpha"] < row["alpha_high"]
    x = answers.to_numpy()
    cov = stats.pairwise_moments(x).cov
    if interval == "bonett":
        expected = stats.bonett_interval(row["alpha"], len(x), 5)
    elif interval == "duhachek":
        half = 1.959964 * stats.alpha_standard_error(cov, len(x))
        expected = (row["alpha"] - half, row["alpha"] + half)
    elif interval == "adf":
        expected = stats.delta_method(x, stats.alpha).interval()
    else:
        jackknife = stats.resample(x, stats.alpha, n_boot=0).jackknife
        expected = stats.jackknife_interval(row["alpha"], jackknife)
    assert (row["alpha_low"], row["alpha_high"]) == pytest.approx(expected, abs=1e-6)


def test_the_bootstrap_gives_every_coefficient_an_interval():
    frame = wide(n=150, p=6)
    names = ["glb", "lambda_4", "split_half_median", "omega_total_ml", "mdc", "ordinal_alpha"]
    got = part(reliability(frame, coefficients=names, n_boot=200, values=(1, 5)))
    assert (got["low"] < got["high"]).all()
    kinds = ["bootstrap (BCa, 200 resamples of respondents)"] * 5
    kinds.append("bootstrap (percentile, 200 resamples of respondents)")
    assert got["interval"].tolist() == kinds
    other = part(
        reliability(frame, coefficients=names, n_boot=200, interval="percentile", values=(1, 5))
    )
    assert other.loc["glb", "low"] != got.loc["glb", "low"]
    assert other.loc["ordinal_alpha", "low"] == got.loc["ordinal_alpha", "low"]


def test_polychoric_correlations_give_ordinal_coefficients_named_apart():
    frame = wide(p=6, categories=4)
    result = reliability(frame, method="polychoric", values=(1, 4))
    row, got = result.table.iloc[0], part(result)
    fit = stats.polychoric_matrix(frame.to_numpy())
    assert row["method"] == "polychoric"
    assert row["alpha"] == pytest.approx(float(stats.alpha(fit.r)), abs=1e-12)
    assert row["alpha_ci"] == "adf"
    assert got.index.tolist() == list(ORDINAL)
    assert got.loc["ordinal_alpha", "estimate"] == row["alpha"]
    assert got.loc["ordinal_omega_total", "estimate"] == row["omega_total"]
    summed = got.loc["omega_green_yang", "estimate"]
    assert summed == pytest.approx(float(stats.omega_green_yang(fit.r, fit.thresholds)))
    assert summed < row["omega_total"]
    assert (got["low"] < got["estimate"]).all()
    assert np.isnan(row["sem"])
    assert "sem: latent responses have no units" in row["reason"]
    assert "ordinal α = " in result.explain()
    assert "Green–Yang" in result.explain()
    assert any("omega_green_yang" in note for note in result.notes)
    straight = reliability(frame, values=(1, 4)).table.iloc[0]
    assert straight["alpha"] < row["alpha"]
    boot = reliability(frame, method="polychoric", n_boot=100, values=(1, 4))
    assert boot.table.iloc[0]["alpha_ci"] == "bootstrap (percentile, 100 resamples of respondents)"


def test_polychoric_correlations_of_measurements_are_refused_with_the_reason():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(60, 1)) + rng.normal(size=(60, 3)), columns=list("abc"))
    result = reliability(frame, method="polychoric")
    row = result.table.iloc[0]
    assert np.isnan(row["alpha"])
    assert "a has 60 different answers" in row["reason"]
    assert (part(result)["reason"] == row["reason"]).all()


def test_sparse_tables_are_named():
    frame = pd.DataFrame(
        {
            "a": [1, 1, 1, 2, 2, 2, 3, 3],
            "b": [1, 1, 2, 2, 3, 3, 3, 3],
            "c": [1, 2, 1, 2, 2, 3, 3, 1],
        }
    )
    with pytest.warns(DataWarning) as caught:
        result = reliability(frame, method="polychoric", values=(1, 3))
    said = [str(one.message) for one in caught]
    assert any("the polychoric correlation of a and b is perfect" in text for text in said)
    assert sorted(said) == sorted(result.warnings)
    assert np.isnan(part(result).loc["ordinal_alpha", "low"])


def test_right_and_wrong_answers(make_survey, small_table):
    survey = make_survey(small_table)
    result = reliability(survey, scales=["quiz"], coefficients=["kr_20", "kr_21", "omega_total"])
    got = part(result)
    assert got.loc["kr_20", "estimate"] == result.table.iloc[0]["alpha"]
    assert got.loc["kr_20", "interval"] == "feldt"
    assert got.loc["kr_21", "estimate"] <= got.loc["kr_20", "estimate"] + 1e-12
    ends = got.loc["kr_21", ["low", "estimate", "high"]].tolist()
    assert ends == sorted(ends)
    assert got.loc["kr_21", "interval"] == "adf"
    assert "for which KR-20 is" in got.loc["omega_total", "reason"]
    with pytest.warns(DataWarning, match="quiz: intervals of ordinal coefficients from fewer"):
        tetrachoric = reliability(survey, scales=["quiz"], method="polychoric")
    assert tetrachoric.table.iloc[0]["method"] == "polychoric"


def test_every_scale_has_its_rows(make_survey, small_table):
    result = reliability(make_survey(small_table), coefficients=["lambda_2", "omega_total"])
    table = result.parts["coefficients"]
    assert table["scale"].nunique() == len(result.table)
    for row in records(table):
        assert row["estimate"] is not None or row["reason"]
    index = table[table["scale"] == "index"]
    assert index["reason"].str.startswith("its model is formative").all()


def test_group_factors_need_six_items_and_a_proper_solution(answers, quietly):
    row = reliability(answers).table.iloc[0]
    assert "omega_hierarchical: group factors need at least six items" in row["reason"]
    frame = wide(p=6)
    got = part(reliability(frame, coefficients="ecv", n_factors=4, values=(1, 5)))
    assert "4 group factors of 6 items are not identified" in got.loc["ecv", "reason"]
    rng = np.random.default_rng(5)
    loose = pd.DataFrame(np.clip(np.rint(3 + rng.normal(size=(40, 7))), 1, 5)).add_prefix("x")
    result = quietly(reliability, loose, values=(1, 5), coefficients="omega_hierarchical")
    one = part(result).loc["omega_hierarchical"]
    assert np.isnan(one["estimate"])
    assert "3 group factors is improper" in one["reason"]
    two = reliability(wide(), n_factors=2, values=(1, 5))
    assert two.call["n_factors"] == 2
    assert any("transformation of 2 factors" in note for note in two.notes)


def test_dyads_are_the_units_of_intervals(make_survey, small_table):
    couples = [f"c{k // 2}" for k in range(40)]
    partners = ["A" if k % 2 else "B" for k in range(40)]
    survey = make_survey(small_table | {"couple": couples, "partner": partners})
    for interval in ("jackknife", "adf"):
        result = reliability(survey, scales="trouble", interval=interval)
        assert not any("partners of one another" in note for note in result.notes)
        alone = reliability(make_survey(small_table), scales="trouble", interval=interval)
        low, other = (r.table.iloc[0]["alpha_low"] for r in (result, alone))
        assert low != pytest.approx(other, abs=1e-6)


def test_more_splits_than_can_be_counted_are_said_to_be_a_sample():
    rng = np.random.default_rng(8)
    x = np.clip(np.rint(3 + rng.normal(size=(80, 1)) + rng.normal(size=(80, 28))), 1, 5)
    frame = pd.DataFrame(x).add_prefix("q")
    result = reliability(frame, values=(1, 5), coefficients=["lambda_4", "split_half_mean"])
    assert any("10,000 random ones" in note for note in result.notes)
    got = part(result)
    assert got.loc["lambda_4", "estimate"] <= result.table.iloc[0]["glb"]
    assert np.isfinite(got.loc["split_half_mean", "low"])
