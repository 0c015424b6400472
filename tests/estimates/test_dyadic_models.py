"""Common fate, mutual influence and mediation as answers of ``apim``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import DataWarning, SurveyError, UsageError
from detachment.estimates._dyadic_parts import COLUMNS, DyadicModel
from detachment.estimates._mediation_words import NOT_CAUSAL

ASK = {"predictor": ["x_1", "x_2"], "outcome": ["y_1", "y_2"]}


def couples(n: int = 300, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) + rng.normal(size=(n, 2))
    m = 0.5 * x + 0.2 * x[:, ::-1] + rng.normal(size=(n, 2))
    y = 0.4 * m + 0.3 * x + rng.normal(size=(n, 1)) + rng.normal(size=(n, 2))
    return pd.DataFrame(np.hstack([y, x, m]), columns=["y_1", "y_2", "x_1", "x_2", "m_1", "m_2"])


@pytest.fixture(scope="module")
def survey(sample_dir: Path) -> Any:
    return dt.read_survey(sample_dir / "couples_long.csv", instrument="detachment")


def read(result: DyadicModel) -> str:
    """Everything that people read."""
    text = "\n".join([repr(result), result.explain(), result.to_html(), *result.notes])
    assert "nan" not in text.lower().replace("nance", "")
    return text


def test_common_fate() -> None:
    result = dt.apim(couples(), **ASK, model="common_fate", distinguishable=True)
    assert list(result.table) == list(COLUMNS)
    (row,) = result.table.to_dict("records")
    assert (row["role"], row["effect"], row["n"]) == ("couple", "common_fate", 300)
    assert row["low"] < row["estimate"] < row["high"]
    assert result.parts["fit"]["df"].tolist() == [1.0]
    couple = result.parts["couple"].set_index("variable")
    assert 0 < couple.loc["y", "r2"] < 1
    assert couple.loc["x", "share_first"] == pytest.approx(0.5, abs=0.15)
    assert row["std"] == pytest.approx(np.sqrt(couple.loc["y", "r2"]))
    assert result.parts["within_person"]["role"].tolist() == list(result.roles)
    assert "common fate" in read(result).lower()


def test_common_fate_of_exchangeable_partners_has_a_closed_form() -> None:
    table = couples()
    result = dt.apim(table, **ASK, model="common_fate", distinguishable=False)
    x = table[["y_1", "y_2", "x_1", "x_2"]].to_numpy()
    cov = np.cov(np.vstack([x, x[:, [1, 0, 3, 2]]]).T, bias=True)
    assert result.table["estimate"][0] == pytest.approx(cov[0, 3] / cov[2, 3], abs=1e-6)
    assert "nothing else to test" in result.parts["fit"]["reason"][0]


def test_no_common_fate_without_likeness() -> None:
    rng = np.random.default_rng(8)
    apart = rng.normal(size=(200, 1)) * [1, -1]
    x, y = (apart + rng.normal(size=(200, 2)) for _ in range(2))
    table = pd.DataFrame(np.hstack([y, x]), columns=["y_1", "y_2", "x_1", "x_2"])
    with pytest.warns(DataWarning, match="negative"):
        result = dt.apim(table, **ASK, model="common_fate", distinguishable=False)
    assert result.table["estimate"].isna().all()
    assert "share nothing in x" in result.table["reason"][0]
    assert "share nothing in x" in read(result)
    near = pd.DataFrame(rng.normal(size=(200, 4)), columns=list(table))
    near = near - near.mean()
    alike = (near["x_1"] @ near["x_2"]) / (near["x_1"] @ near["x_1"])
    near["x_2"] += (0.08 - alike) * near["x_1"]
    near[["y_1", "y_2"]] += rng.normal(size=(200, 1))
    with pytest.warns(DataWarning) as heard:
        dt.apim(near, **ASK, model="common_fate", distinguishable=False)
    assert any("hardly identified" in str(one.message) for one in heard)


def test_mutual_influence() -> None:
    rng = np.random.default_rng(9)
    x = rng.normal(size=(2000, 2))
    rest = np.linalg.inv([[1, -0.3], [-0.2, 1]])
    y = (x * [0.6, 0.5] + rng.normal(size=(2000, 2))) @ rest.T
    table = pd.DataFrame(np.hstack([y, x]), columns=["y_1", "y_2", "x_1", "x_2"])
    result = dt.apim(table, **ASK, model="mutual_influence", distinguishable=True)
    got = result.table["estimate"].to_numpy()
    np.testing.assert_allclose(got, [0.6, 0.3, 0.5, 0.2], atol=0.1)
    assert ((result.table["low"] < got) & (got < result.table["high"])).all()
    assert (result.parts["instruments"]["f"] > 100).all()
    (loop,) = result.parts["loop"].to_dict("records")
    assert loop["product"] == pytest.approx(got[1] * got[3])
    assert loop["multiplier"] == pytest.approx(1 / (1 - loop["product"]))
    assert "no partner effect" in read(result)
    pooled = dt.apim(table, **ASK, model="mutual_influence", distinguishable=False)
    assert len(pooled.table) == 2
    read(pooled)


def test_a_weak_instrument_is_named() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(150, 4)), columns=["y_1", "y_2", "x_1", "x_2"])
    with pytest.warns(DataWarning, match="instrument is weak"):
        result = dt.apim(table, **ASK, model="mutual_influence", distinguishable=True)
    assert "weak: F" in result.parts["instruments"]["reason"].iloc[0]
    read(result)


@pytest.mark.parametrize("distinguishable", [True, False])
def test_mediation(distinguishable: bool) -> None:
    table = couples()
    result = dt.apim(
        table, **ASK, mediator=["m_1", "m_2"], distinguishable=distinguishable, n_boot=300
    )
    assert len(result.table) == (20 if distinguishable else 10)
    by = result.table.set_index(["role", "effect"])
    role = result.table["role"][0]
    own = by.loc[role]
    assert own.loc["actor_actor", "low"] > 0
    assert own.loc["actor_total", "estimate"] == pytest.approx(
        own.loc[["actor_direct", "actor_indirect"], "estimate"].sum()
    )
    assert set(result.table["interval"]) == {"bootstrap"}
    plain = dt.apim(table, **ASK, distinguishable=distinguishable, n_boot=0)
    first = plain.table.set_index(["role", "effect"])["estimate"]
    assert own.loc["actor_total", "estimate"] == pytest.approx(first[role, "actor"], abs=1e-5)
    assert own.loc["partner_total", "estimate"] == pytest.approx(first[role, "partner"], abs=1e-5)
    paths = result.parts["paths"]
    each = 4 if distinguishable else 2
    assert paths["path"].value_counts().to_dict() == dict.fromkeys(("a", "b", "c'"), each)
    for text in (result.explain(), repr(result), "\n".join(result.notes)):
        assert NOT_CAUSAL in text
    read(result)
    normal = dt.apim(
        table, **ASK, mediator=["m_1", "m_2"], distinguishable=distinguishable, n_boot=0
    )
    assert set(normal.table["interval"]) == {"normal"}
    pd.testing.assert_series_equal(normal.table["estimate"], result.table["estimate"])
    width = (normal.table["high"] - normal.table["low"]) / (
        result.table["high"] - result.table["low"]
    )
    assert width.between(0.7, 1.4).all()


def test_half_dyads_and_a_control(survey: Any, quietly: Callable[..., Any]) -> None:
    result = quietly(
        dt.apim, survey, predictor="cause_conflict", outcome="eff_satisfaction",
        mediator="signs_total", controls="rel_length_months", n_boot=50,
    )  # fmt: skip
    notes = " ".join(result.notes)
    assert "with some" in notes  # incomplete dyads are used and counted
    assert "shares content with" in notes
    effects = result.table.set_index(["role", "effect"])["estimate"]
    assert (effects.xs("actor_actor", level="effect") < 0).all()
    listwise = quietly(
        dt.apim, survey, predictor="cause_conflict", outcome="eff_satisfaction",
        mediator="signs_total", controls="rel_length_months", n_boot=0, missing="listwise",
    )  # fmt: skip
    assert listwise.table["n"][0] < result.table["n"][0]
    read(result)


def test_order_of_rows_is_nothing() -> None:
    table = couples()
    mixed = table.sample(frac=1, random_state=1)
    for options in (
        {"model": "common_fate"}, {"model": "mutual_influence"},
        {"mediator": ["m_1", "m_2"], "n_boot": 64},
    ):  # fmt: skip
        one, other = (dt.apim(t, **ASK, **options, distinguishable=True) for t in (table, mixed))
        pd.testing.assert_frame_equal(one.table, other.table, atol=1e-9)


def test_what_is_refused() -> None:
    table = couples(40)
    with pytest.raises(UsageError, match="takes no mediator"):
        dt.apim(table, **ASK, model="common_fate", mediator=["m_1", "m_2"])
    with pytest.raises(UsageError, match="takes no controls"):
        dt.apim(table, **ASK, model="mutual_influence", controls=[["m_1", "m_2"]])
    with pytest.raises(UsageError, match="common_fate"):
        dt.apim(table, **ASK, model="comon_fate")
    with pytest.raises(UsageError, match="cannot be the mediator"):
        dt.apim(table, **ASK, mediator=["x_1", "x_2"])
    with pytest.raises(UsageError, match="cannot be a control"):
        dt.apim(table, **ASK, mediator=["m_1", "m_2"], controls=[["m_1", "m_2"]])
    with pytest.raises(SurveyError):
        dt.apim(table.assign(m_1=1.0), **ASK, mediator=["m_1", "m_2"])
    with pytest.raises(SurveyError):
        dt.apim(table.assign(m_1=table["x_1"], m_2=table["x_2"]), **ASK, mediator=["m_1", "m_2"])
    with pytest.raises(SurveyError):
        dt.apim(table.head(5), **ASK, mediator=["m_1", "m_2"])
