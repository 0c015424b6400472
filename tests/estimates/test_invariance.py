"""``invariance``: the table, its parts, and what stands in the way of a comparison."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import DataWarning, DetachmentError, Refusal, SurveyError, UsageError
from detachment.estimates import invariance

MODEL = "f =~ a + b + c + d + e"


def table(n=240, seed=3, *, easier=0.0):
    """Two groups of n, five items of one factor; item b is easier for the second."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(2 * n, 1)) + 0.8 * rng.normal(size=(2 * n, 5))
    latent[n:, 1] += easier
    frame = pd.DataFrame(np.clip(np.rint(3 + latent), 1, 5), columns=list("abcde"))
    return frame.assign(sex=np.repeat(["f", "m"], n))


F = table()


def quiet(data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return invariance(data, **{"by": "sex", **options})


@pytest.mark.parametrize("estimator", ["ML", "MLR", "MLM", "WLSMV", "ULSMV", None])
def test_the_same_in_both_groups(estimator):
    found = quiet(F, estimator=estimator)
    steps = found.table["step"].tolist()
    assert steps[0] == "configural"
    assert steps[-3:] == ["scalar", "strict", "means"]
    assert ("thresholds" in steps) == (estimator not in ("ML", "MLR", "MLM"))
    assert found.table["chisq"].notna().all()
    later = found.table.iloc[1:]
    assert later[["chisq_diff", "delta_cfi", "delta_srmr"]].notna().all().all()
    assert (later["chen_2007"] == "within").all()
    assert (later["cheung_rensvold_2002"] == "within").all()
    means = found.parts["latent_means"]
    assert means.loc[0, "low"] < 0 < means.loc[0, "high"]
    assert found.parts["groups"]["n"].tolist() == [240, 240]
    assert found.n["analysed"] == 480
    assert len(found.sentences()) == 1 + len(steps)  # who is compared stands before the steps
    json.dumps(found.to_dict())
    assert "chisq_diff and deltas" not in found.to_html()


def test_every_missing_number_has_its_reason():
    for data in (F, F.head(255)):
        found = quiet(data, estimator="MLR")
        numbers = found.table.select_dtypes("float64")
        for k in range(len(found.table)):
            if numbers.iloc[k].isna().any():
                assert found.table.loc[k, "reason"]


def test_an_item_that_differs_is_named_and_freed():
    data = table(400, easier=0.9)
    found = quiet(data, estimator="ML")
    scalar = found.table.set_index("step").loc["scalar"]
    assert scalar["p_diff"] < 0.001
    assert scalar["cheung_rensvold_2002"] == "beyond"
    assert scalar["chen_2007"] == "beyond"
    release = found.parts["release"]
    assert release[release["step"] == "scalar"].iloc[0]["parameter"] == "b ~ 1"
    means = found.parts["latent_means"].set_index("freed")["difference"]
    assert abs(means["b ~ 1"]) < abs(means["nothing"])
    assert any("Freeing b ~ 1 would gain most" in note for note in found.notes)

    partial = quiet(data, estimator="ML", free="b ~ 1")
    scalar = partial.table.set_index("step").loc["scalar"]
    assert scalar["p_diff"] > 0.01
    assert scalar["df_diff"] == 3
    means = partial.parts["latent_means"]
    assert means["freed"].tolist()[:2] == ["nothing", "b ~ 1"]


def test_rows_and_columns_may_stand_anywhere():
    first = quiet(F, estimator="WLSMV", model=MODEL)
    order = np.random.default_rng(1).permutation(len(F))
    moved = F.iloc[order][["sex", *"edcba"]].assign(id=[f"R{k}" for k in range(len(F))])
    again = quiet(moved, estimator="WLSMV", model=MODEL)
    pd.testing.assert_frame_equal(again.table, first.table)


def test_the_reference_is_chosen_and_turns_the_difference():
    data = F.assign(**{k: F[k] + (F["sex"] == "m") for k in "abcde"})
    f, m = (quiet(data, estimator="ML", reference=r) for r in ("f", "m"))
    assert f.parts["groups"]["group"].tolist() == ["f", "m"]
    assert m.parts["groups"]["group"].tolist() == ["m", "f"]
    ends = [r.parts["latent_means"].loc[0, "difference"] for r in (f, m)]
    assert ends[0] > 0.5
    assert ends[1] < -0.5
    pd.testing.assert_frame_equal(f.table.round(4), m.table.round(4))


def test_missing_answers_under_each_rule():
    data = F.copy()
    gone = np.random.default_rng(4).random((len(F), 5)) < 0.1
    data[list("abcde")] = F[list("abcde")].mask(gone)
    complete = int((~gone.any(axis=1)).sum())
    assert sum(quiet(data, estimator="ML", missing="listwise").parts["groups"]["n"]) == complete
    assert sum(quiet(data, estimator="ML").parts["groups"]["n"]) == len(F)
    assert sum(quiet(data, estimator="WLSMV").parts["groups"]["n"]) == len(F)
    assert sum(quiet(data).parts["groups"]["complete"]) == complete
    with pytest.raises(UsageError, match="missing cannot be 'fiml' with WLSMV"):
        quiet(data, estimator="WLSMV", missing="fiml")


def test_people_without_a_group_are_left_out_aloud():
    data = F.assign(sex=F["sex"].where(np.arange(len(F)) % 10 > 0))
    found = quiet(data, estimator="ML")
    assert found.n["analysed"] == 432
    assert any("48 respondents without sex are left out" in note for note in found.notes)


# what is done to the table, the options, and the words of the warning or of the error
TRAPS = {
    "fine": (F, {}, ""),
    "small groups": (F.iloc[180:300], {}, r"Small groups: f \(60\) and m \(60\)"),
    "an unused category": (
        F.assign(c=F["c"].where((F["sex"] == "f") | (F["c"] > 1), 2)), {},
        "c: nobody in group m answered 1; in all groups it is counted as 2",
    ),
    "off the scale": (F.assign(c=F["c"].where(F.index != 7, 55)), {"values": (1, 5)},
                      r"c: 1 answer not on its response scale"),
    "nullable": (F.astype(dict.fromkeys("abcde", "Int8")), {}, ""),
    "constant": (F.assign(c=3), {}, "c is constant"),
    "constant in a group": (F.assign(c=F["c"].where(F["sex"] == "f", 3)), {},
                            "c: the groups share fewer than two|c does not vary in group m"),
    "empty": (F.assign(c=np.nan), {}, "c has no answers"),
    "empty in a group": (F.assign(c=F["c"].where(F["sex"] == "f")), {},
                         "c: the groups share fewer than two|c does not vary in group m"),
    "a copy": (F.assign(c=F["a"]), {}, "a and c have the same answer in every row"),
    "straight-liners": (F.assign(**dict.fromkeys("abcde", F["a"])), {}, "same answer in every row"),
    "n < p": (F.iloc[236:244], {}, "has 4 respondents for 5 items"),
    "no rows": (F.head(0), {}, "no rows"),
    "one group": (F[F["sex"] == "f"], {}, "sex makes 1 group"),
    "an id as group": (F.assign(sex=np.arange(len(F))), {}, "has 480 different values"),
    "no such column": (F, {"by": "gender"}, "by cannot be 'gender'"),
    "no such reference": (F, {"reference": "x"}, "reference cannot be 'x'"),
    "no such item": (F, {"model": "f =~ a + b + z"}, "z is neither"),
    "no model": (F, {"model": "a + b"}, "The model cannot be used"),
    "nothing to free": (F, {"free": ["z"]}, "free names 'z'"),
    "one item": (F[["a", "sex"]], {}, "no scale whose items reflect a factor"),
    "two items": (F[["a", "b", "sex"]], {}, ""),
    "names twice": (pd.concat([F, F[["a"]]], axis=1), {}, "two columns are called 'a'"),
    "an estimator": (F, {"estimator": "WLS"}, "estimator cannot be 'WLS'"),
    "a confidence": (F, {"confidence": 95}, "confidence is a share"),
}  # fmt: skip
ERRORS = {
    "constant", "constant in a group", "empty", "empty in a group", "a copy", "straight-liners",
    "n < p", "no rows", "one group", "an id as group", "no such column", "no such reference",
    "no such item", "no model", "nothing to free", "one item", "names twice", "an estimator",
    "a confidence",
}  # fmt: skip


@pytest.mark.parametrize("estimator", ["MLR", "WLSMV"])
@pytest.mark.parametrize("trap", TRAPS)
def test_traps(trap, estimator):
    data, options, said = TRAPS[trap]
    options = {"by": "sex", "estimator": estimator, **options}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if trap in ERRORS:
            with pytest.raises(DetachmentError, match=said) as error:
                invariance(data, **options)
            assert isinstance(error.value, Refusal | SurveyError | UsageError)
            return
        found = invariance(data, **options)
    assert all(warning.category is DataWarning for warning in caught)
    messages = [str(warning.message) for warning in caught]
    assert sorted(messages) == sorted(found.warnings)
    if said and (estimator == "WLSMV" or trap != "an unused category"):
        assert any(pd.Series(messages).str.contains(said)), messages
    if trap == "two items":  # not identified: no numbers, and why
        assert found.table["chisq"].isna().all()
        assert found.table["reason"].str.contains("identif|converge").all()
    assert found.explain()
    assert not np.isinf(found.table.select_dtypes("float64").to_numpy()).any()


def test_a_survey_by_role_wave_and_scale(quietly):
    survey = dt.read_survey(dt.sample("couples_long.csv"), instrument="detachment")
    found = quietly(
        dt.invariance, survey, by="partner_role", scales=["signs_closeness"], estimator="WLSMV"
    )
    assert found.table["chisq"].notna().all()
    assert found.call["by"] == survey.instrument.columns_with_role("partner_role")[0].id
    assert any("partners of one another" in note for note in found.notes)
    waves = quietly(dt.invariance, survey, by="wave", scales=["signs_closeness"], estimator="ML")
    assert len(waves.parts["groups"]) == 2
    assert any("in several waves" in note for note in waves.notes)
    with pytest.raises(UsageError, match="Say what is measured"):
        dt.invariance(survey, by="partner_role")
    with pytest.raises(UsageError, match="groups are the waves"):
        dt.invariance(survey, by="wave", wave=1, scales=["signs_closeness"])
    person = survey.instrument.columns_with_role("respondent_id")[0].id
    with pytest.raises(UsageError, match="says who people are"):
        dt.invariance(survey, by=person, scales=["signs_closeness"])
    formative = next(s.id for s in survey.instrument.scales.values() if s.model == "formative")
    with pytest.raises(Refusal, match="formative"):
        quietly(dt.invariance, survey, by="partner_role", scales=[formative])


def test_intervals_of_htmt_in_cfa(quietly):
    data = F.drop(columns="sex").join(table(seed=9).drop(columns="sex").add_suffix("2"))
    model = "f =~ a + b + c\ng =~ d + e + a2"
    plain = quietly(dt.cfa, data, model=model, estimator="ML").parts["factor_pairs"].iloc[0]
    assert np.isnan(plain["htmt_low"])
    assert "--boot" in plain["reason"]
    boot = quietly(dt.cfa, data, model=model, estimator="ML", n_boot=200)
    row = boot.parts["factor_pairs"].iloc[0]
    assert row["htmt_low"] < row["htmt"] < row["htmt_high"]
    assert row["htmt2_low"] < row["htmt2"] < row["htmt2_high"]
    assert row["interval"] == "bootstrap (percentile, 200 resamples of respondents)"
    ordered = quietly(dt.cfa, data, model=model, estimator="WLSMV").parts
    row = ordered["factor_pairs"].iloc[0]
    assert row["htmt_low"] < row["htmt"] < row["htmt_high"]
    assert ordered["factor_reliability"]["omega_latent"].notna().all()
    with pytest.raises(UsageError, match="number of resamples"):
        dt.cfa(data, model=model, n_boot=1)
