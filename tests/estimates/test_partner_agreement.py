"""Self-report beside the partner's report: the truth of the sample, plain tables, refusals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.estimates.partner_agreement import BOTH, COLUMNS

ITEMS = ["a", "b", "c", "d"]


def couples(n: int = 150, seed: int = 5) -> pd.DataFrame:
    """Answers 1 to 5 of n couples to four items, of themselves and of the partner."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 1))
    trait = 0.6 * shared + 0.8 * rng.normal(size=(n, 2))
    sees = 0.6 * trait[:, ::-1] + 0.25 * trait + 0.6 * rng.normal(size=(n, 2)) + 0.2
    table = {"dyad": np.repeat(np.arange(n), 2), "role": np.tile(["x", "y"], n)}
    norm = np.array([2.0, 2.6, 3.2, 3.8])
    for name, latent in (("own", trait), ("sees", sees)):
        answers = norm + latent[..., None] + 0.7 * rng.normal(size=(n, 2, 4))
        for j, item in enumerate(ITEMS):
            table[f"{name}_{item}"] = np.clip(np.rint(answers[..., j]), 1, 5).ravel()
    return pd.DataFrame(table)


OWN, SEES = [f"own_{i}" for i in ITEMS], [f"sees_{i}" for i in ITEMS]
ASK: dict[str, Any] = {
    "self_report": OWN, "partner_report": SEES, "dyad": "dyad", "role": "role", "values": (1, 5),
    "n_boot": 50, "n_perm": 99,
}  # fmt: skip


@pytest.fixture(scope="module")
def survey(sample_dir: Path) -> Any:
    return dt.read_survey(sample_dir / "couples_long.csv", instrument="detachment")


@pytest.fixture(scope="module")
def rows_truth(sample_dir: Path) -> pd.DataFrame:
    truth = pd.read_csv(sample_dir / "couples_rows_truth.csv")
    return truth[truth["wave"] == 1].set_index("respondent_id")


def test_the_sample(survey: Any, quietly: Callable[..., Any]) -> None:
    result = quietly(dt.partner_agreement, survey, n_boot=0, n_perm=200)
    assert list(result.table) == list(COLUMNS)
    score = result.table.iloc[0]
    assert (score["scale"], score["item"], score["about"]) == ("signs_total", "", BOTH)
    assert len(result.table) == 16
    # partners see slightly more: thresholds lie .10 lower
    assert score["low"] > 0
    assert 0.08 < score["d_self"] < 0.25
    assert score["r_low"] < score["r"] < score["r_high"]
    assert score["limit_low"] < 0 < score["limit_high"]
    items = result.table.iloc[1:]
    assert (items["p_adjusted"] >= items["p"]).all()
    assert set(items["family"]) == {"15 tests"}
    assert score["p_adjusted"] == score["p"]
    profiles = result.parts["profiles"].set_index(["compared", "norms", "profile"])["mean_r"]
    told = profiles["self-report and partner's report"]
    assert (told.xs("raw", level="profile") > told.xs("distinctive", level="profile")).all()
    p = result.parts["profiles"]
    assert (p[p["compared"].str.startswith("self-report and")]["p"] < 0.01).all()
    # detachment has nothing of the couple beyond its level: shapes are those of strangers
    same = p[p["compared"].str.startswith("self-reports") & (p["profile"] == "distinctive")]
    assert (same["low"] < 0).all()


def test_the_truth_of_the_sample(
    survey: Any, rows_truth: pd.DataFrame, quietly: Callable[..., Any]
) -> None:
    """Accuracy .60 and bias .25 are latent; observed slopes are what unreliable scores leave."""
    careless = rows_truth.index[rows_truth["answering"] != "attentive"]
    people = survey.responses
    alone = people[(people["wave"] == 1)].set_index("respondent_id")
    broken = set(alone.loc[careless, "dyad_id"].dropna())
    columns = ["dyad_id", "partner_role", *[c for c in people if str(c).startswith("sign_")]]
    table = people.loc[(people["wave"] == 1) & ~people["dyad_id"].isin(broken), columns]
    table = table[table["dyad_id"].notna()]
    own = [c for c in columns if c.startswith("sign_") and not c.endswith("__partner")]
    result = quietly(
        dt.partner_agreement, table, self_report=own, partner_report=[f"{c}__partner" for c in own],
        dyad="dyad_id", role="partner_role", values=(1, 5), n_boot=100, n_perm=0,
    )  # fmt: skip
    rows = result.parts["truth_and_bias"].set_index("term")
    # The population's expectation: scores are standardized latents with a share of `reliable`.
    score = alone[own].astype(float).mean(axis=1)
    keep = rows_truth.index.difference(careless)
    reliable = np.corrcoef(score.reindex(keep), rows_truth.loc[keep, "detachment"])[0, 1] ** 2
    with_truth, with_bias = reliable * (0.6 + 0.25 * 0.35), reliable * (0.6 * 0.35 + 0.25)
    between = reliable * 0.35
    expected = np.linalg.solve([[1, between], [between, 1]], [with_truth, with_bias])
    for term, value in zip(("truth", "assumed_similarity"), expected, strict=True):
        assert abs(rows.loc[term, "standardized"] - value) < 3.5 * rows.loc[term, "se"]
        assert rows.loc[term, "low"] < rows.loc[term, "estimate"] < rows.loc[term, "high"]
    assert rows.loc["truth", "estimate"] < rows.loc["truth", "corrected"]
    for term, value in (("truth", 0.6), ("assumed_similarity", 0.25)):
        row = rows.loc[term]
        assert row["corrected_low"] < row["corrected"] < row["corrected_high"]
        assert abs(row["corrected"] - value) < 3.5 * row["se"]
    assert rows.loc["directional_bias", "low"] > 0
    assert "draws that of truth towards 0" in " ".join(result.notes)


def test_by_role(survey: Any, quietly: Callable[..., Any]) -> None:
    result = quietly(dt.partner_agreement, survey, by_role=True, n_boot=0, n_perm=0)
    assert "p = –" not in result.explain()
    assert not any("from 0 random" in note for note in result.notes)
    assert result.table["about"].tolist() == [BOTH] * 16 + ["A", "B"]
    truth = result.parts["truth_and_bias"]
    assert truth["about"].drop_duplicates().tolist() == [BOTH, "A", "B", "A − B"]
    by = truth.set_index(["about", "term"])["estimate"]
    np.testing.assert_allclose(by["A − B"], by["A"] - by["B"], atol=1e-12)
    text = result.explain()
    assert "A − B" in text
    assert "nan" not in text
    assert "nan" not in repr(result)


def test_a_facet_is_scored_from_its_partner_items(survey: Any, quietly: Callable[..., Any]) -> None:
    result = quietly(
        dt.partner_agreement, survey, self_report="signs_closeness", n_boot=0, n_perm=0
    )
    assert result.call["partner_report"] == "signs_closeness__partner"
    assert len(result.table) == 5
    assert "by the rule of the self-report" in " ".join(result.notes)
    whole = quietly(dt.partner_agreement, survey, n_boot=0, n_perm=0)
    item = "sign_03_affection"
    one, other = (r.table.set_index("item").loc[item] for r in (result, whole))
    assert one["r"] == other["r"]


def test_a_table_long_and_wide(quietly: Callable[..., Any]) -> None:
    long = couples()
    first = quietly(dt.partner_agreement, long, **ASK)
    assert first.table["item"].tolist() == ["", *OWN]
    wide = long.set_index(["dyad", "role"]).unstack("role")  # noqa: PD010
    wide.columns = [f"{name}_{role}" for name, role in wide.columns]
    pairs = {
        key: [[f"{name}_x", f"{name}_y"] for name in ASK[key]]
        for key in ("self_report", "partner_report")
    }
    second = quietly(dt.partner_agreement, wide, **pairs, values=(1, 5), n_boot=50, n_perm=99)
    numbers = [name for name, kind in COLUMNS.items() if kind == "float64"]
    np.testing.assert_allclose(first.table[numbers], second.table[numbers], atol=1e-12)
    for part in ("profiles", "truth_and_bias"):
        one = first.parts[part].select_dtypes("number").astype(float)
        other = second.parts[part].select_dtypes("number").astype(float)
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_order_of_rows_is_nothing(quietly: Callable[..., Any]) -> None:
    table = couples(60)
    mixed = table.sample(frac=1, random_state=3)
    one, other = (quietly(dt.partner_agreement, t, **ASK) for t in (table, mixed))
    pd.testing.assert_frame_equal(one.table, other.table)
    for part in ("profiles", "truth_and_bias"):
        pd.testing.assert_frame_equal(one.parts[part], other.parts[part])


def test_partners_who_are_not_told_apart(quietly: Callable[..., Any]) -> None:
    table = couples(60)
    turned = table.copy()
    odd = turned["dyad"] % 2 == 1
    turned.loc[odd, "role"] = turned.loc[odd, "role"].map({"x": "y", "y": "x"})
    ask = ASK | {"role": None}
    one = quietly(dt.partner_agreement, table, **ask)
    other = quietly(dt.partner_agreement, turned, **ask)
    assert set(one.parts["profiles"]["norms"]) == {"all people"}
    for name in ("difference", "low", "r", "icc"):
        np.testing.assert_allclose(one.table[name], other.table[name], atol=1e-12)
    np.testing.assert_allclose(
        one.parts["profiles"]["mean_r"], other.parts["profiles"]["mean_r"], atol=1e-12
    )
    with pytest.raises(Refusal, match="by_role"):
        dt.partner_agreement(table, **ask, by_role=True)


def test_one_score_has_no_profiles(quietly: Callable[..., Any]) -> None:
    table = couples(60)
    table["own"], table["sees"] = table[OWN].mean(axis=1), table[SEES].mean(axis=1)
    result = quietly(
        dt.partner_agreement, table, self_report="own", partner_report="sees", dyad="dyad"
    )
    assert result.parts["profiles"].empty
    assert result.parts["truth_and_bias"]["corrected"].isna().all()
    whole = quietly(dt.partner_agreement, table, **ASK)
    assert result.table["difference"][0] == pytest.approx(whole.table["difference"][0])
    assert "no reliability" in " ".join(result.notes)


def test_half_of_a_dyad_counts(quietly: Callable[..., Any]) -> None:
    table = couples(60)
    table.loc[0, OWN] = np.nan  # what the first says of itself
    table = table.drop(index=3)  # a partner who is not there
    result = quietly(dt.partner_agreement, table, **ASK)
    assert result.table["n"][0] == 120 - 1 - 2
    assert result.table["dyads"][0] == 59
    notes = " ".join(result.notes)
    assert "in 1 of them for one partner only" in notes
    assert "only one partner is there" in notes


def test_one_role_only_has_reasons(quietly: Callable[..., Any]) -> None:
    table = couples(40)
    table.loc[table["role"] == "x", SEES] = np.nan
    result = quietly(dt.partner_agreement, table, **ASK, by_role=True)
    score = result.table[result.table["item"] == ""].set_index("about")
    assert score["n"].to_dict() == {BOTH: 40, "x": 40, "y": 0}
    assert score.loc["y", "reason"] == "both reports are there in 0 dyads only"
    truth = result.parts["truth_and_bias"].set_index(["about", "term"])
    assert truth.loc[("x − y", "truth"), "reason"] == "there is no model of one of the roles"
    assert "nan" not in repr(result) + result.explain()


def test_a_constant_item_has_reasons(quietly: Callable[..., Any]) -> None:
    table = couples(40)
    table["own_b"] = 3.0
    result = quietly(dt.partner_agreement, table, **ASK)
    row = result.table.set_index("item").loc["own_b"]
    assert np.isnan(row["r"])
    assert "no r" in row["reason"]
    assert np.isfinite(row["difference"])
    result.explain()
    repr(result)


def test_what_is_refused() -> None:
    table = couples(40)
    with pytest.raises(UsageError, match="name the columns"):
        dt.partner_agreement(table, dyad="dyad")
    with pytest.raises(UsageError, match="same items in the same order"):
        dt.partner_agreement(table, self_report=OWN, partner_report=SEES[:3], dyad="dyad")
    with pytest.raises(UsageError, match="both reports"):
        dt.partner_agreement(table, self_report=OWN, partner_report=OWN, dyad="dyad")
    with pytest.raises(UsageError, match="adjust"):
        dt.partner_agreement(table, **ASK, adjust="helm")
    with pytest.raises(UsageError, match="n_perm"):
        dt.partner_agreement(table, **ASK | {"n_perm": -1})
    with pytest.raises(SurveyError, match="no dyad with two partners"):
        dt.partner_agreement(table[table["role"] == "x"], **ASK)
    half = table.copy()
    half.loc[half["role"] == "x", SEES] = np.nan
    half.loc[half["role"] == "x", OWN] = np.nan
    with pytest.raises(Refusal, match="at least 3"):
        dt.partner_agreement(half, **ASK)
    with pytest.raises(Refusal, match="at least 3"):
        dt.partner_agreement(table[table["dyad"] < 2], **ASK)


def test_what_a_survey_does_not_ask(survey: Any) -> None:
    with pytest.raises(UsageError, match="not asked about the partner"):
        dt.partner_agreement(survey, self_report="eff_loneliness")
    with pytest.raises(UsageError, match="names one scale"):
        dt.partner_agreement(survey, self_report="effects")
    with pytest.raises(UsageError, match="the same questions"):
        dt.partner_agreement(survey, self_report="signs_total", partner_report="eff_loneliness")


def test_few_dyads_are_named() -> None:
    with pytest.warns(DataWarning, match="dyads only"):
        result = dt.partner_agreement(couples(12), **ASK)
    assert any("dyads only" in text for text in result.warnings)
