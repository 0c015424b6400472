"""``detachment invariance``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def export(some_couples: Path) -> Path:
    return some_couples


def test_steps_as_json(export: Path, detachment: Run) -> None:
    ran = detachment(
        "invariance", export, "--by", "partner_role", "--scale", "signs_closeness",
        "--estimator", "MLR", "--missing", "listwise", "--json",
    )  # fmt: skip
    assert ran.code == 0
    found = json.loads(ran.out)
    assert found["command"] == "invariance"
    assert [row["step"] for row in found["table"]] == [
        "configural", "metric", "scalar", "strict", "means",
    ]  # fmt: skip
    first = found["table"][0]
    assert first["chisq_diff"] is None
    assert "compared with none" in first["reason"]
    assert {"fit_measures", "groups", "latent_means", "release"} <= set(found)
    assert sum(group["n"] for group in found["groups"]) == found["n"]["analysed"]


def test_steps_to_read(export: Path, detachment: Run) -> None:
    ran = detachment(
        "invariance", export, "--by", "partner_role", "--model",
        "f =~ sign_01_communication + sign_02_emotional_talk + sign_03_affection + sign_10_sexual",
        "--free", "sign_03_affection ~ 1",
    )  # fmt: skip
    assert ran.code == 0
    assert "Configural" in ran.out
    assert "Latent means" in ran.out
    assert "P0001" not in ran.out


def test_wrong_usage(export: Path, detachment: Run) -> None:
    assert detachment("invariance", export, "--scale", "signs_closeness").code == 2
    ran = detachment("invariance", export, "--by", "partner_rle", "--scale", "signs_closeness")
    assert ran.code == 2
    assert "partner_role" in ran.err
