"""Agreement of partners, of waves, of the columns of a table."""

import numpy as np
import pandas as pd
import pytest

from detachment import agreement, reliability
from detachment.errors import DataWarning, SurveyError, UsageError
from detachment.scoring import score
from detachment.stats import icc_anova, kappa, krippendorff_alpha

COLUMNS = [
    "scale", "item", "between", "raters", "units", "n", "dropped", "r", "r_low", "r_high", "icc",
    "icc_low", "icc_high", "icc_form", "icc_ci", "krippendorff", "krippendorff_low",
    "krippendorff_high", "level", "percent_agreement", "kappa", "kappa_low", "kappa_high",
    "kappa_kind", "reason",
]  # fmt: skip


@pytest.fixture
def raters():
    rng = np.random.default_rng(12)
    target = rng.normal(size=(50, 1))
    x = np.clip(np.rint(3 + target + 0.7 * rng.normal(size=(50, 3))), 1, 5)
    return pd.DataFrame(x, columns=["ann", "ben", "cat"])


@pytest.fixture
def couples(make_survey, small_table):
    """Sixteen couples in two waves (one left after the first), eight people alone."""
    id_ = [f"p{k:02d}" for k in range(40)]
    dyad = [f"c{k // 2:02d}" if k < 32 else None for k in range(40)]
    role = [["A", "B"][k % 2] if k < 32 else None for k in range(40)]
    table = {"id": id_, "couple": dyad, "partner": role} | small_table
    rng = np.random.default_rng(3)
    later = {name: list(values) for name, values in table.items()}
    for name in ("s1", "s2", "s3", "s4", "j1", "j2", "j3", "lone"):
        moved = [int(np.clip(v + rng.integers(-1, 2), 1, 5)) for v in later[name]]
        later[name] = moved
    first, second = pd.DataFrame(table).assign(wave=1), pd.DataFrame(later).assign(wave=2).drop(0)
    frame = pd.concat([first, second], ignore_index=True)
    return make_survey(frame.to_dict("list")), frame


def test_columns_of_a_table(raters):
    result = agreement(raters, values=(1, 5))
    assert list(result.table) == COLUMNS
    row = result.table.iloc[0]
    fit = icc_anova(raters)
    assert row["icc"] == fit.icc[1]
    assert (row["units"], row["n"], row["dropped"]) == (50, 50, 0)
    assert row["raters"] == "ann, ben, and cat"
    assert row["icc_low"] < row["icc"] < row["icc_high"]
    assert row["krippendorff"] == krippendorff_alpha(raters, level="ordinal").alpha
    assert row["krippendorff_low"] < row["krippendorff"] < row["krippendorff_high"]
    assert row["kappa_kind"] == "Fleiss"
    assert np.isnan(row["r"])
    assert "no r: it is of two raters" in row["reason"]
    assert result.parts["icc"]["icc"].tolist() == fit.icc.tolist()
    pairs = result.parts["kappas"]
    assert len(pairs) == 3 * 3
    table = pd.crosstab(raters["ann"], raters["cat"]).reindex(
        index=range(1, 6), columns=range(1, 6), fill_value=0
    )
    at = pairs[(pairs["second"] == "cat") & (pairs["first"] == "ann")].set_index("weights")
    expected = kappa(table.to_numpy(), weights="quadratic").kappa
    assert at.loc["quadratic", "kappa"] == pytest.approx(float(expected))
    assert len(result.parts["retest"]) == 3
    assert "incomplete" not in result.parts


def test_two_columns_have_everything(raters):
    result = agreement(raters[["ann", "ben"]], values=(1, 5), form="ICC3")
    row = result.table.iloc[0]
    assert row["r"] == pytest.approx(raters["ann"].corr(raters["ben"]))
    assert row["kappa_kind"] == "quadratic"
    assert row["reason"] == ""
    assert row["percent_agreement"] == np.mean(raters["ann"] == raters["ben"])
    retest = result.parts["retest"].iloc[0]
    assert retest["mean_change"] == pytest.approx((raters["ben"] - raters["ann"]).mean())
    assert retest["increased"] + retest["decreased"] + retest["unchanged"] == 50
    said = result.explain()
    assert said.startswith("scale (ann and ben; n = 50 rows): ICC(3,1) = .")
    assert "quadratic κ" in said
    assert "Krippendorff's α (ordinal)" in said
    assert "ICC(3,1)" in result.display()
    assert "Retest" in result.display_parts()


def test_intervals_of_both_kinds(raters):
    f, usual = (agreement(raters, n_boot=0, intervals=kind) for kind in ("F", None))
    with pytest.warns(DataWarning, match=r"of ICC\(2,1\) speaks of these raters only"):
        robust = agreement(raters, intervals="robust", n_boot=0)
    pd.testing.assert_frame_equal(usual.table, f.table)  # generalizes to other raters
    part = f.parts["icc"].set_index("form").loc["ICC2"]
    assert f.table.loc[0, "icc_low"] == part["low"]
    assert robust.table.loc[0, "icc_low"] == part["robust_low"]
    assert f.table.loc[0, "icc_ci"] == "F"
    assert np.isnan(f.table.loc[0, "krippendorff_low"])
    assert any("F intervals" in note for note in f.notes)


def test_the_f_interval_of_skewed_answers_is_named():
    rng = np.random.default_rng(2)
    target = rng.normal(size=(300, 1))
    x = np.exp(1.2 * (target + 0.6 * rng.normal(size=(300, 2)))).round(2)
    frame = pd.DataFrame(x, columns=["first", "second"])
    with pytest.warns(DataWarning) as said:
        agreement(frame, n_boot=0)
    assert [str(one.message).split(", and")[0] for one in said] == [
        "scale: F intervals of the ICC take answers to be normal",
        "scale: Fisher's interval of r takes answers to be normal",
    ]
    assert "Have more raters" in str(said[0].message)
    with pytest.warns(DataWarning) as said:
        result = agreement(frame, form="ICC3", n_boot=0)
    assert result.table.loc[0, "icc_ci"] == "jackknife"
    assert [text.split(" of r")[0] for text in result.warnings] == ["scale: Fisher's interval"]
    with pytest.warns(DataWarning) as said:
        agreement(frame, form="ICC3", intervals="F", n_boot=0)
    assert "Ask for --intervals robust" in str(said[0].message)
    with pytest.warns(DataWarning) as said:
        agreement(frame[:60], form="ICC3", n_boot=0)
    assert str(said[-1].message).startswith("scale: skewed answers of fewer than 100 rows")
    normal = pd.DataFrame(target + 0.6 * rng.normal(size=(300, 2))).rename(columns=str)
    assert agreement(normal, n_boot=0).warnings == ()  # a warning fails the test


def test_the_order_of_rows_and_the_seed(raters):
    one = agreement(raters, values=(1, 5), rng=3).table
    two = agreement(raters.sample(frac=1, random_state=1), values=(1, 5), rng=3).table
    pd.testing.assert_frame_equal(one, two)
    other = agreement(raters, values=(1, 5), rng=4).table
    assert other.loc[0, "krippendorff_low"] != one.loc[0, "krippendorff_low"]


def test_words_are_categories():
    frame = pd.DataFrame(
        {"x": ["yes", "no", "maybe", "no", None], "y": ["yes", "no", "no", "no", "yes"]}
    )
    row = agreement(frame).table.iloc[0]
    assert (row["n"], row["dropped"]) == (4, 1)
    assert row["level"] == "nominal"
    assert row["percent_agreement"] == 0.75
    assert row["kappa_kind"] == "unweighted"
    assert np.isnan(row["icc"])
    assert "no ICC and no r: words have no distances" in row["reason"]
    with pytest.raises(UsageError, match="values= is for numbers"):
        agreement(frame, values=(1, 2))
    with pytest.raises(UsageError, match="nominal"):
        agreement(frame, measured="interval")
    texts = pd.DataFrame({"x": [f"text {k}" for k in range(30)], "y": ["a"] * 30})
    with pytest.raises(SurveyError, match="31 different words"):
        agreement(texts)


def test_partners(couples):
    survey, frame = couples
    result = agreement(survey, scales=["trouble", "items:trouble", "lone", "k1"], n_boot=100)
    table = result.table
    assert table["between"].unique().tolist() == ["partners"]
    assert table["item"].tolist() == ["", "s1", "s2", "s3", "s4", "lone", "k1"]
    trouble = table.iloc[0]
    assert (trouble["raters"], trouble["n"]) == ("A and B", 16)
    first = frame[frame["wave"] == 1]
    scores = score(survey, scales="trouble")["trouble"].to_numpy()[: len(first)][:32]
    assert trouble["icc"] == pytest.approx(icc_anova(scores.reshape(16, 2)).icc[0])
    assert (table["icc_form"] == "ICC1").all()  # two of a kind, not a sample of partners
    assert (table["icc_ci"] == "jackknife").all()
    assert "a score has no categories" in trouble["reason"]
    s3 = table[table["item"] == "s3"].iloc[0]
    tables = pd.crosstab(first["s3"][:32:2].array, first["s3"][1:32:2].array).reindex(
        index=range(1, 6), columns=range(1, 6), fill_value=0
    )
    assert s3["kappa"] == pytest.approx(float(kappa(tables.to_numpy(), weights="quadratic").kappa))
    k1 = table[table["item"] == "k1"].iloc[0]
    assert (k1["level"], k1["kappa_kind"]) == ("nominal", "unweighted")
    assert "retest" not in result.parts
    assert len(result.parts["differences"]) == 7
    incomplete = result.parts["incomplete"]
    assert incomplete["units"].tolist() == [8]
    assert "without a partner" in incomplete["why"][0]
    assert result.n["analysed"] == 32
    assert any("wave 1" in note for note in result.notes)


def test_incomplete_dyads_are_counted(couples):
    survey, _ = couples
    result = agreement(survey, scales="trouble", wave=2, n_boot=0)
    row = result.table.iloc[0]
    assert (row["units"], row["n"], row["dropped"]) == (16, 15, 1)
    why = result.parts["incomplete"].set_index("why")["units"].to_dict()
    assert why["dyad: only one partner is there"] == 1
    assert any("1 dyad left out: only one partner is there" in note for note in result.notes)


def test_without_roles_partners_are_exchangeable(make_survey, small_table):
    couple = [f"c{k // 2}" for k in range(40)]
    one = agreement(make_survey(small_table | {"couple": couple}), scales="trouble")
    row = one.table.iloc[0]
    assert row["icc_form"] == "ICC1"
    assert np.isnan(row["r"])
    assert "no column with the role partner_role" in row["reason"]
    assert one.parts["differences"].empty
    order = np.random.default_rng(1).permutation(40)
    moved = {name: [values[k] for k in order] for name, values in small_table.items()}
    two = agreement(make_survey(moved | {"couple": [couple[k] for k in order]}), scales="trouble")
    pd.testing.assert_frame_equal(one.table, two.table)


def test_waves(couples):
    survey, frame = couples
    result = agreement(survey, between="waves", scales=["trouble", "lone"], n_boot=100)
    row = result.table.iloc[0]
    assert (row["raters"], row["units"], row["n"], row["dropped"]) == (
        "wave 1 and wave 2", 40, 39, 1,
    )  # fmt: skip
    assert result.noun == "respondent"
    wide = frame.pivot_table(index="id", columns="wave", values="lone").dropna()
    lone = result.parts["retest"].iloc[1]
    assert lone["mean_first"] == pytest.approx(wide[1].mean())
    assert lone["mean_change"] == pytest.approx((wide[2] - wide[1]).mean())
    assert lone["r"] == pytest.approx(wide[1].corr(wide[2]))
    pooled = np.sqrt((wide[1].var() + wide[2].var()) / 2)
    assert lone["sem"] == pytest.approx(pooled * np.sqrt(1 - lone["r"]))
    assert lone["mdc"] == pytest.approx(1.959963984540054 * np.sqrt(2) * lone["sem"])
    assert result.parts["incomplete"]["why"].tolist() == ["respondent: not there in wave 2"]
    assert any("partners of one another" in note for note in result.notes)
    assert any("resamples of dyads" in note for note in result.notes)
    same = agreement(survey, between="waves", scales=["trouble", "lone"], n_boot=100, wave=[1, 2])
    pd.testing.assert_frame_equal(result.table, same.table)


def test_selectors_and_absent_scales(couples):
    survey, _ = couples
    every = agreement(survey, n_boot=0).table["scale"].tolist()
    assert every == [
        "trouble", "facet", "joy", "quiz", "index", "mixed", "pair", "single",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="trouble"):
        agreement(survey, scales="troubel")


def test_wrong_calls(couples, raters, make_survey, small_table):
    survey, _ = couples
    with pytest.raises(UsageError, match="between cannot be 'partner'"):
        agreement(survey, between="partner")
    with pytest.raises(UsageError, match="plain table"):
        agreement(survey, between="columns")
    with pytest.raises(UsageError, match="needs a survey"):
        agreement(raters, between="waves")
    with pytest.raises(UsageError, match="wave="):
        agreement(raters, wave=1)
    with pytest.raises(UsageError, match="scales="):
        agreement(raters, scales="scale")
    with pytest.raises(UsageError, match="at least two raters"):
        agreement(raters[["ann"]])
    with pytest.raises(UsageError, match="form cannot be 'ICC4'"):
        agreement(raters, form="ICC4")
    with pytest.raises(UsageError, match="n_boot="):
        agreement(raters, n_boot=1)
    with pytest.raises(UsageError, match="rng"):
        agreement(raters, rng="seed")
    with pytest.raises(UsageError, match="confidence"):
        agreement(raters, confidence=95)
    with pytest.raises(UsageError, match="ratio"):
        agreement(raters - 3, measured="ratio")
    with pytest.raises(UsageError, match="one wave"):
        agreement(survey, wave=[1, 2])
    with pytest.raises(UsageError, match="two waves or more"):
        agreement(survey, between="waves", wave=1)
    with pytest.raises(UsageError, match="wave cannot be"):
        agreement(survey, between="waves", wave=[1, 7])
    alone = make_survey(small_table)
    with pytest.raises(UsageError, match="neither dyads nor a second wave"):
        agreement(alone)
    with pytest.raises(SurveyError, match="no dyads"):
        agreement(alone, between="partners")
    with pytest.raises(SurveyError, match="two waves"):
        agreement(alone, between="waves")
    roles = make_survey(
        small_table | {"couple": [f"c{k // 2}" for k in range(40)], "partner": ["A"] + [None] * 39}
    )
    with pytest.raises(SurveyError, match="two roles"):
        agreement(roles)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"x": [3, 3, 3, 3], "y": [3, 3, 3, 3]}, "do not vary"),
        ({"x": [1, None, None], "y": [None, 2, 3]}, "every row lacks an answer"),
        ({"x": [1, 2, None], "y": [2, None, 3]}, "all but one row lack an answer"),
        ({"x": [1, 2, 3, 4], "y": [1, 2, 3, 4]}, "agree to the dot"),
        ({"x": [1.5, 2, 3, 4], "y": [1, 2, 3, 3.5]}, "no whole numbers"),
        ({"x": range(30), "y": range(1, 31)}, "31 different answers"),
        ({"x": [2, 2, 2, 2], "y": [1, 2, 3, 4]}, "one side's answers do not vary"),
    ],
)
def test_what_cannot_be_given_has_its_reason(columns, reason, quietly):
    result = quietly(agreement, pd.DataFrame(columns), n_boot=50)
    row = result.table.iloc[0]
    assert reason in row["reason"]
    assert result.explain()
    assert result.display() is not None
    numbers = row[["r", "icc", "krippendorff", "kappa"]].astype(float)
    assert not np.isinf(numbers).any()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: x.assign(ben=np.nan), "ben has no answers"),
        (lambda x: x.assign(ben=3), r"ben gives the same answer everywhere \(3\)"),
        (lambda x: x.assign(ben=x["ann"]), "ann and ben have the same answer in every row"),
        (lambda x: x.assign(ben=6 - x["ben"]), "ben goes against the other raters"),
        (lambda x: x[["ann"]].assign(ben=6 - x["ben"]), "The raters go against one another"),
    ],
)
def test_odd_raters_are_named(raters, change, said):
    with pytest.warns(DataWarning, match=said) as caught:
        result = agreement(change(raters), values=(1, 5), n_boot=0)
    assert len(caught) == len(result.warnings) == 1


def test_nothing_at_all(quietly):
    row = quietly(agreement, pd.DataFrame({"x": [None, None], "y": [np.nan, np.nan]})).table.iloc[0]
    assert (row["n"], row["dropped"]) == (0, 2)
    one = quietly(agreement, pd.DataFrame({"x": [1], "y": [2]})).table.iloc[0]
    assert "only one row" in one["reason"]


def test_answers_off_the_scale_are_named():
    frame = pd.DataFrame({"x": [1, 2, 3, 55], "y": [1, 3, 3, 4]})
    with pytest.warns(DataWarning, match="55"):
        result = agreement(frame, values=(1, 5), n_boot=0)
    assert result.table.loc[0, "n"] == 3
    assert result.warnings


def test_what_reliability_refuses_has_a_retest(couples):
    survey, _ = couples
    assert "retest" in reliability(survey, scales=["single", "index"]).table["reason"][0]
    table = agreement(survey, between="waves", scales=["single", "index"], n_boot=0).table
    assert table["icc"].notna().all()
