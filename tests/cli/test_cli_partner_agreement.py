"""``detachment partner-agreement``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def export(some_couples: Path) -> Path:
    return some_couples


def test_as_json(export: Path, detachment: Run) -> None:
    words = ("partner-agreement", export, "--boot", "50", "--permutations", "50", "--json")
    ran = detachment(*words)
    assert ran.code == 0
    found = json.loads(ran.out)
    assert found["command"] == "partner-agreement"
    assert len(found["table"]) == 16
    assert all(row["reason"] for row in found["table"] if row["kappa"] is None)
    assert [row["term"] for row in found["truth_and_bias"]][:2] == ["directional_bias", "truth"]
    assert len(found["profiles"]) == 8
    assert found["pairing"][0]["dyads"] == 60
    assert detachment(*words).out == ran.out
    assert detachment(*words, "--seed", "2").out != ran.out


def test_to_read(export: Path, detachment: Run) -> None:
    ran = detachment(
        "partner-agreement", export, "--self", "signs_behaviour", "--by-role", "--wave", "2",
        "--boot", "0", "--permutations", "20",
    )  # fmt: skip
    assert ran.code == 0
    for word in (
        "ICC(A,1)",
        "Limits of agreement",
        "Pseudo-couples",
        "assumed similarity",
        "A − B",
    ):
        assert word in ran.out
    assert "nan" not in ran.out
    assert "D0001" not in ran.out
    assert "P0001" not in ran.out


def test_a_word_that_is_no_scale(export: Path, detachment: Run) -> None:
    ran = detachment("partner-agreement", export, "--self", "signs_totl")
    assert ran.code == 2
    assert "signs_total" in ran.err


def test_models_of_dyads_by_apim(sample_dir: Path, detachment: Run) -> None:
    export = sample_dir / "couples_long.csv"
    words = ("apim", export, "--predictor", "signs_total", "--outcome", "eff_satisfaction")
    ran = detachment(*words, "--mediator", "eff_loneliness", "--boot", "50", "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert {row["interval"] for row in found["table"]} == {"bootstrap"}
    assert len(found["paths"]) == 12
    assert any("not causal" in note for note in found["notes"])
    ran = detachment(*words, "--model", "common_fate")
    assert ran.code == 0
    assert "What partners share" in ran.out
    assert "nan" not in ran.out
    ran = detachment(*words, "--model", "mutual_influence", "--indistinguishable")
    assert ran.code == 0
    assert "Partner's outcome" in ran.out
    ran = detachment(*words, "--model", "mutual_influence", "--mediator", "eff_loneliness")
    assert ran.code == 2
