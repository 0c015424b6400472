"""``detachment dyads`` and ``detachment apim``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ASK = ("--predictor", "signs_total", "--outcome", "eff_satisfaction", "--boot", "50")


@pytest.fixture
def export(sample_dir: Path) -> Path:
    return sample_dir / "couples_long.csv"


def test_apim_as_json(export: Path, detachment: Run) -> None:
    ran = detachment("apim", export, *ASK, "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert [row["role"] for row in found["table"]] == ["A", "A", "B", "B"]
    assert {"pairing", "distinguishability", "k", "contrasts", "parameters"} <= set(found)
    again = detachment("apim", export, *ASK, "--json")
    other = detachment("apim", export, *ASK, "--json", "--seed", "2")
    assert again.out == ran.out != other.out


def test_apim_to_read(export: Path, detachment: Run) -> None:
    ran = detachment("apim", export, *ASK, "--indistinguishable", "--controls", "demo_age")
    assert ran.code == 0
    for word in ("Standardized", "Pairing", "Controls", "k: partner effect", "All dyads (400"):
        assert word in ran.out
    assert "P0001" not in ran.out
    assert "D0001" not in ran.out


def test_arbitrary_roles_are_refused(export: Path, detachment: Run) -> None:
    ran = detachment("apim", export, *ASK, "--distinguishable", "--dyads", "all")
    assert ran.code == 3
    assert "it means nothing which partner is which" in ran.err
    assert detachment("apim", export, "--predictor", "signs_total").code == 2
    assert detachment("apim", export, *ASK, "--dyads", "mixed").code == 2


def test_dyads(export: Path, detachment: Run) -> None:
    ran = detachment("dyads", export, "--scale", "eff_satisfaction", "--wave", "2")
    assert ran.code == 0
    for word in ("Roles compared", "only one partner is there", "Double-entry ICC", "A − B"):
        assert word in ran.out
    ran = detachment("dyads", export, "--scale", "effects", "--dyads", "all", "--json")
    found = json.loads(ran.out)
    assert len(found["table"]) == 5
    assert found["table"][0]["r"] is None
    assert "which partner is which" in found["table"][0]["reason"]
