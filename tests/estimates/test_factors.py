"""Dimensionality and exploratory factors of surveys and of plain tables."""

import contextlib
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment import stats
from detachment.errors import DataWarning, DetachmentError, Refusal, SurveyError, UsageError

RULES = [
    "parallel_factors", "parallel_components", "parallel_factors_permuted",
    "parallel_components_permuted", "map", "map_fourth", "vss_1", "vss_2", "kaiser",
]  # fmt: skip


def two_factors(n=240, seed=4, missing=0.0):
    """Answers 1 to 5 to eight items, two factors, columns a to h."""
    rng = np.random.default_rng(seed)
    latent = np.repeat(rng.normal(size=(n, 2)), 4, axis=1) + 0.8 * rng.normal(size=(n, 8))
    x = np.clip(np.rint(3 + latent), 1, 5)
    x[rng.random(x.shape) < missing] = np.nan
    return pd.DataFrame(x, columns=list("abcdefgh"))


def said(heard, text):
    return any(text in str(one.message) for one in heard)


@pytest.fixture(scope="module")
def survey():
    return dt.read_survey(dt.sample("couples_long.csv"), instrument="detachment")


def test_every_rule_has_a_row():
    result = dt.dimensionality(two_factors(), values=(1, 5), n_random=100)
    assert list(result.table) == ["rule", "basis", "n_factors", "reason"]
    assert result.table["rule"].tolist() == RULES
    known = result.table.set_index("rule")["n_factors"]
    assert known[["parallel_factors", "parallel_components", "map", "vss_1", "kaiser"]].eq(2).all()
    assert list(result.parts) == ["adequacy", "eigenvalues", "msa"]
    values = result.parts["eigenvalues"]
    assert len(values) == 8
    assert values["component"].sum() == pytest.approx(8)
    assert "2 factors" in result.explain()
    assert any("100 normal data sets" in note for note in result.notes)
    again = dt.dimensionality(two_factors(), values=(1, 5), n_random=100)
    pd.testing.assert_frame_equal(values, again.parts["eigenvalues"])


def test_numbers_are_those_of_the_kernels():
    x = two_factors(missing=0.1)
    cor = x.corr().to_numpy()
    result = dt.dimensionality(x, values=(1, 5), n_random=20)
    assert result.parts["adequacy"]["kmo"][0] == pytest.approx(float(stats.kmo(cor).kmo))
    np.testing.assert_allclose(result.parts["msa"]["msa"], stats.kmo(cor).msa)
    factors = dt.efa(x, values=(1, 5), n_factors=2)
    turned = stats.oblimin(stats.minres(cor, 2).loadings)
    np.testing.assert_allclose(factors.table[["F1", "F2"]], turned.loadings, atol=1e-8)
    phi = factors.parts["factor_correlations"]
    np.testing.assert_allclose(phi[["F1", "F2"]], turned.phi, atol=1e-8)
    fit = stats.factor_fit(cor, turned.loadings, turned.phi, n=factors.parts["fit"]["n"][0])
    assert factors.parts["fit"]["chi2"][0] == pytest.approx(float(fit.chi2))


def test_the_structure_is_found_and_said():
    result = dt.efa(two_factors(), values=(1, 5))
    groups = result.table.groupby("factor")["item"].agg("".join)
    assert sorted(groups) == ["abcd", "efgh"]
    assert any("Parallel analysis suggests 2 factors" in note for note in result.notes)
    said = result.explain()
    assert said.startswith("2 factors of 8 items (minimum residuals, oblimin rotation; n = 240)")
    assert "RMSEA" in said
    assert "Correlations of the factors: F1 and F2" in said
    assert "F1" in result.to_html()
    assert "loadings" not in result.to_dict()
    assert result.to_dict()["fit"][0]["df"] == 13


@pytest.mark.parametrize("rotation", ["none", "varimax", "promax", "geomin"])
@pytest.mark.parametrize("extraction", ["ml", "paf"])
def test_every_way_gives_the_same_groups(extraction, rotation):
    result = dt.efa(
        two_factors(), values=(1, 5), n_factors=2, extraction=extraction, rotation=rotation
    )
    assert ("factor_correlations" in result.parts) == (rotation in ("promax", "geomin"))
    if rotation != "none":
        assert sorted(result.table.groupby("factor")["item"].agg("".join)) == ["abcd", "efgh"]


def test_reversed_items_are_reversed_first():
    x = two_factors()
    plain = dt.efa(x, values=(1, 5), n_factors=2)
    x["b"] = 6 - x["b"]
    turned = dt.efa(x, values=(1, 5), n_factors=2, reverse=["b"])
    pd.testing.assert_frame_equal(
        plain.table.drop(columns="keyed"), turned.table.drop(columns="keyed")
    )
    assert turned.table.set_index("item")["keyed"]["b"] == -1
    left = dt.efa(x, values=(1, 5), n_factors=2)
    assert any(note.startswith("b loads negatively") for note in left.notes)


def test_the_signs_of_a_survey_are_analysed_together(survey):
    result = dt.efa(survey, n_factors=3)
    assert len(result.table) == 15
    pd.testing.assert_frame_equal(result.table, dt.efa(survey, scales="signs", n_factors=3).table)
    assert any("partners of one another" in note for note in result.notes)
    effects = dt.efa(survey, scales="effects", n_factors=4)
    assert len(effects.table) == 20
    assert any("are analysed together" in note for note in effects.notes)
    assert effects.n["analysed"] < effects.n["rows"]


@pytest.mark.parametrize("missing", ["pairwise", "listwise", "em"])
def test_rules_for_missing_answers(missing):
    x = two_factors(missing=0.15)
    result = dt.efa(x, values=(1, 5), n_factors=2, missing=missing)
    n = result.parts["fit"]["n"][0]
    together = stats.effective_n(stats.pairwise_moments(x).n)
    assert n == (len(x.dropna()) if missing == "listwise" else pytest.approx(float(together)))
    assert sorted(result.table.groupby("factor")["item"].agg("".join)) == ["abcd", "efgh"]


def test_polychoric_loadings_are_larger_than_pearson_ones():
    x = (two_factors(n=600) > 3).astype(int)
    pearson = dt.efa(x, n_factors=2)
    latent = dt.efa(x, n_factors=2, method="polychoric")
    assert (latent.table["communality"] > pearson.table["communality"]).all()
    assert any("no tests" in note for note in latent.notes)
    counts = dt.dimensionality(x, method="polychoric", n_random=30)
    known = counts.table.set_index("rule")["n_factors"]
    assert known["parallel_factors_permuted"] == 2


def test_one_factor_has_no_rotation():
    result = dt.efa(two_factors()[list("abcd")], values=(1, 5))
    assert result.factors == ["F1"]
    assert "factor_correlations" not in result.parts
    assert "oblimin" not in result.explain()


def test_noise_is_named(quietly):
    x = pd.DataFrame(np.random.default_rng(3).integers(1, 6, (100, 6)), columns=list("abcdef"))
    with pytest.warns(DataWarning, match="no factor stands out"):
        result = dt.efa(x)
    assert result.factors == ["F1"]


def test_an_improper_solution_is_named():
    x = two_factors()
    x["a"] = x["b"] + 0.2 * np.random.default_rng(1).normal(size=len(x))
    with pytest.warns(DataWarning, match="Heywood") as heard:
        result = dt.efa(x, n_factors=3)
    assert result.parts["fit"]["heywood"][0]
    assert all(str(one.message) in result.warnings for one in heard)


def test_correlations_that_are_not_positive_definite_are_named(quietly):
    x = two_factors()
    x["z"] = x["a"]
    with pytest.warns(DataWarning) as heard:
        result = dt.efa(x, n_factors=2)
    assert said(heard, "not positive definite")
    assert np.isnan(result.parts["fit"]["chi2"][0])
    assert "not positive definite" in result.parts["fit"]["reason"][0]
    assert "Fit is not tested" in result.explain()
    with pytest.warns(DataWarning) as heard, pytest.raises(Refusal, match="do not exist"):
        dt.efa(x, n_factors=2, extraction="ml")
    assert said(heard, "is one a copy of the other")
    mended = quietly(dt.efa, x, n_factors=2, extraction="ml", smooth=True)
    assert np.isfinite(mended.parts["fit"]["chi2"][0])
    counts = quietly(dt.dimensionality, x, n_random=20)
    assert np.isnan(counts.parts["adequacy"]["kmo"][0])
    assert "No measure of sampling adequacy" in counts.explain()


def test_more_items_than_respondents():
    x = two_factors(n=7)
    with pytest.warns(DataWarning) as heard, pytest.raises(Refusal, match="7 respondents for 8"):
        dt.efa(x)
    assert said(heard, "fewer respondents")
    with pytest.warns(DataWarning) as heard:
        result = dt.dimensionality(x, n_random=20)
    assert said(heard, "fewer respondents")
    assert result.table["n_factors"].isna().all()
    assert result.table["reason"].str.contains("no more respondents").all()


def test_items_that_cannot_be_used_are_left_out():
    x = two_factors().assign(a=3)
    with pytest.warns(DataWarning, match="a is constant"):
        result = dt.efa(x, values=(1, 5), n_factors=2)
    assert "a" not in set(result.table["item"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"extraction": "pca"}, "extraction cannot be"),
        ({"rotation": "oblimen"}, "oblimin"),
        ({"method": "spearman"}, "method cannot be"),
        ({"missing": "mean"}, "missing cannot be"),
        ({"weights": "sum"}, "weights cannot be"),
        ({"n_factors": 5}, "at most 4"),
        ({"n_factors": 0}, "from 1"),
        ({"n_factors": True}, "from 1"),
        ({"confidence": 1.5}, "between 0 and 1"),
        ({"rng": -1}, "seed"),
        ({"method": "polychoric", "missing": "em"}, "Pearson"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        dt.efa(two_factors(), **options)


@pytest.mark.parametrize("options", [{"n_random": 3}, {"quantile": 2}, {"rng": "a"}])
def test_wrong_options_of_dimensionality(options):
    with pytest.raises(UsageError):
        dt.dimensionality(two_factors(), **options)


def test_what_has_no_factors(survey):
    x = two_factors()
    with pytest.raises(Refusal, match="at least three"):
        dt.efa(x[["a", "b"]])
    with pytest.raises(SurveyError, match="no rows"):
        dt.dimensionality(x.iloc[:0])
    with pytest.raises(Refusal, match="few ordered categories"):
        dt.efa(x.assign(a=np.arange(len(x)) / 7), method="polychoric")
    with pytest.raises(UsageError, match="scale"):
        dt.efa(survey, scales="nothing")


def test_no_warning_of_numpy_in_any_trap():
    rng = np.random.default_rng(5)
    x = two_factors(n=60)
    traps = [
        x.assign(a=1),
        x.assign(h=x["a"]),
        pd.DataFrame(dict.fromkeys("abcd", x["a"])),
        x.iloc[:2],
        x.where(rng.random(x.shape) < 0.4),
        x.assign(a=x["a"] * np.inf),
    ]
    for trap in traps:
        for verb in (dt.efa, lambda y: dt.dimensionality(y, n_random=20)):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", DataWarning)
                with contextlib.suppress(DetachmentError):
                    repr(verb(trap))


def test_of_very_many_answers_fewer_are_shuffled(monkeypatch):
    from detachment.estimates import dimensionality as verb

    x = pd.DataFrame(np.random.default_rng(5).normal(size=(150, 4)), columns=list("abcd"))
    module = sys.modules[verb.__module__]
    usual = verb(x, n_random=120)
    monkeypatch.setattr(module, "_MOST_SHUFFLED", 150 * 4 * 105)
    fewer = verb(x, n_random=120)
    basis = fewer.table.set_index("rule")["basis"]
    assert "120 normal data sets" in basis["parallel_components"]
    assert "105 data sets of shuffled answers" in basis["parallel_components_permuted"]
    assert any(note.startswith("Fewer data sets") for note in fewer.notes)
    assert not any(note.startswith("Fewer data sets") for note in usual.notes)
