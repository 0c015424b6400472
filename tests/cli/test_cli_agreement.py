"""``detachment agreement``, and the further tables of ``detachment items``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def export(sample_dir: Path) -> Path:
    return sample_dir / "couples_long.csv"


def test_partners_as_json(export: Path, detachment: Run) -> None:
    ran = detachment("agreement", export, "--wave", "2", "--scale", "signs_total", "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    (row,) = found["table"]
    assert (row["raters"], row["units"], row["n"]) == ("A and B", 506, 409)
    assert row["icc_low"] < row["icc"] < row["icc_high"]
    assert row["kappa"] is None
    assert "no kappa" in row["reason"]
    assert [one["form"] for one in found["icc"]][:3] == ["ICC1", "ICC2", "ICC3"]
    (gone,) = found["incomplete"]
    assert gone["units"] == 97
    assert len(found["differences"]) == 1


def test_waves_to_read(export: Path, detachment: Run) -> None:
    ran = detachment(
        "agreement",
        export,
        "--between",
        "waves",
        "--scale",
        "items:eff_satisfaction",
        "--boot",
        "0",
    )
    assert ran.code == 0
    for word in ("Retest", "SEM", "MDC", "wave 2", "eff_sat_1", "not there in wave 2"):
        assert word in ran.out
    assert "P0001" not in ran.out
    assert "D0001" not in ran.out


def test_the_seed_and_the_waves(export: Path, detachment: Run) -> None:
    words = ("agreement", export, "--between", "waves", "--scale", "lone", "--json")
    assert detachment(*words).code == 2
    words = ("agreement", export, "--scale", "eff_loneliness", "--boot", "200", "--json")
    one, again, other = (detachment(*words, "--seed", seed).out for seed in (1, 1, 2))
    assert one == again != other
    ran = detachment("agreement", export, "--between", "waves", "--wave", "1")
    assert ran.code == 2
    assert "two waves or more" in ran.err


def test_a_quiz(sample_dir: Path, detachment: Run) -> None:
    words = ("items", sample_dir / "class_quiz.csv", "--scale", "knowledge_total")
    ran = detachment(*words)
    assert ran.code == 0
    assert "Point biserial" in ran.out
    found = json.loads(detachment(*words, "--skew-type", "1", "--json").out)
    assert len(found["test"]) == 10
    assert found["test"][0]["difficulty"] == found["table"][0]["mean"]
    assert len(found["distractors"]) == 10 * 3 * 3
    assert len(found["frequencies"]) == 10 * 3
    assert len(found["inter_item"]) == 45
    assert len(found["if_dropped"]) == 10
    assert any("type 1" in note for note in found["notes"])
