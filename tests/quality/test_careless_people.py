"""Flags against the truth of the sample: who of the simulated people did not read."""

import pandas as pd
import pytest

import detachment as dt


@pytest.fixture(scope="module")
def judged() -> pd.DataFrame:
    """One row a respondent and wave: how they answered, and what the screening says."""
    survey = dt.read_survey(dt.sample("couples_long.csv"))
    truth = pd.read_csv(dt.sample("couples_rows_truth.csv"))
    ids = survey.responses[["respondent_id", "wave"]].astype({"wave": "int64"})
    who = ids.merge(truth, on=["respondent_id", "wave"], how="left", validate="1:1")
    table = dt.screen(survey).to_frame()
    assert table["row"].tolist() == survey.responses.index.tolist()
    return table.assign(answering=who["answering"].to_numpy())


def rates(judged: pd.DataFrame, found: "pd.Series[bool]") -> tuple[float, float]:
    """Sensitivity and specificity."""
    careless = judged["answering"] != "attentive"
    return float(found[careless].mean()), float((~found)[~careless].mean())


def test_strong_flags_find_most_and_spare_most(judged: pd.DataFrame) -> None:
    sensitivity, specificity = rates(judged, judged["grade"] >= 2)
    assert sensitivity == pytest.approx(0.992, abs=0.01)  # 132 of 133
    assert specificity == pytest.approx(0.978, abs=0.01)  # 48 of 2,182 attentive people marked


def test_any_flag_finds_all_and_marks_one_attentive_person_in_twelve(judged: pd.DataFrame) -> None:
    sensitivity, specificity = rates(judged, judged["n_flags"] > 0)
    assert sensitivity == 1
    assert 0.90 < specificity < 0.95


def test_several_flags_mark_hardly_any_attentive_person(judged: pd.DataFrame) -> None:
    sensitivity, specificity = rates(judged, judged["n_flags"] > 1)
    assert sensitivity > 0.95
    assert specificity > 0.99


@pytest.mark.parametrize(
    ("kind", "index", "worse"),
    [
        ("straight", "longstring", 1),
        ("straight", "irv", -1),
        ("random", "mahalanobis_p", -1),
        ("random", "even_odd", 1),
        ("zigzag", "declared_antonym_r", 1),
        ("zigzag", "seconds_per_item", -1),
    ],
)
def test_each_kind_of_carelessness_stands_out_in_an_index(
    judged: pd.DataFrame, kind: str, index: str, worse: int
) -> None:
    """The middle careless person lies beyond nineteen of twenty attentive ones."""
    attentive = judged.loc[judged["answering"] == "attentive", index].dropna()
    careless = judged.loc[judged["answering"] == kind, index].dropna()
    share = 0.95 if worse > 0 else 0.05
    assert worse * (careless.median() - attentive.quantile(share)) > 0
