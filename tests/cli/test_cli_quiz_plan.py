"""``detachment quiz`` and ``detachment plan``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def export(sample_dir: Path) -> Path:
    return sample_dir / "class_quiz.csv"


def test_a_quiz_as_json(export: Path, detachment: Run) -> None:
    ran = detachment("quiz", export, "--boot", "50", "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert found["n"] == {"rows": 240, "analysed": 120}
    assert len(found["table"]) == 20
    assert [len(found[name]) for name in ("test", "statements", "sources", "change", "flow")] == [
        2, 10, 4, 4, 4,
    ]  # fmt: skip
    assert len(found["distractors"]) == 2 * 10 * 3 * 3
    assert any("no proof" in note for note in found["notes"])
    for part in ("table", "test", "statements", "sources", "change"):
        for row in found[part]:
            assert None not in row.values() or row["reason"]


def test_a_quiz_to_read(export: Path, detachment: Run) -> None:
    ran = detachment("quiz", export, "--boot", "0")
    assert ran.code == 0
    for word in ("KR-20", "myth believed", "Gain of the means <g>", "only after", "Adjusted p"):
        assert word in ran.out
    assert "S001" not in ran.out
    alone = detachment("quiz", export, "--before", "1", "--boot", "0", "--json")
    assert "change" not in json.loads(alone.out)


def test_what_is_no_quiz(export: Path, sample_dir: Path, detachment: Run) -> None:
    couples = sample_dir / "couples_long.csv"
    assert detachment("quiz", couples).code == 3
    ran = detachment("quiz", couples, "--scale", "signs_total")
    assert ran.code == 2
    assert "knowledge_total" in ran.err
    assert detachment("quiz", export, "--before", "5").code == 2


def test_a_plan_as_json(detachment: Run) -> None:
    ran = detachment("plan", "correlation", "--r", ".2", "--power", ".8", "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert found["command"] == "plan"
    assert set(found["n"].values()) == {None}
    assert found["source"] == {"file": None, "sha256": None, "platform": None}
    (row,) = found["table"]
    assert row["n"] == 193
    assert row["assurance"] is None
    assert "none was asked for" in row["reason"]
    assert len(found["curve"]) > 10
    assert found["notes"][0].startswith("With n = 193 people")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alpha", "--items", "15", "--reliability", ".85", "--width", ".1"), "80"),
        (("difference", "--d", ".5"), "128"),
        (("difference", "--d", ".33", "--design", "couples", "--icc", ".3"), "couples"),
        (("apim", "--partner", ".2", "--icc-x", ".3", "--simulations", "100"), "Monte-Carlo SE"),
        (("proportion", "--width", ".1"), "381"),
        (("mediation", "--a", ".3", "--b", ".3", "--simulations", "100"), "not causal"),
    ],
)
def test_plans_to_read(words: tuple[str, ...], said: str, detachment: Run) -> None:
    ran = detachment("plan", *words)
    assert ran.code == 0
    assert said in ran.out
    assert ran.err == ""


def test_a_plan_in_a_file(tmp_path: Path, detachment: Run) -> None:
    file = tmp_path / "plan.csv"
    ran = detachment("plan", "correlation", "--r", ".3", "--out", file)
    assert ran.code == 0
    assert file.read_text("utf-8").startswith("question,target,quantity")
    assert "curve" in ran.err
    assert detachment("plan", "correlation", "--r", ".3", "--out", tmp_path).code == 2
    assert detachment("plan", "correlation", "--r", ".3", "--out", tmp_path / "a.txt").code == 2


def test_the_seed_of_a_plan(detachment: Run) -> None:
    words = ("plan", "apim", "--actor", ".3", "--n", "40", "--simulations", "200", "--json")
    one, again, other = (detachment(*words, "--seed", seed).out for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("corelation",), "Did you mean 'correlation'"),
        (("correlation", "--r", "2"), "not in the range"),
        (("correlation",), "Give the effect"),
        (("difference", "--design", "cuples"), "Did you mean 'couples'"),
        (("apim", "--actor", ".3", "--width", ".2"), "No such option"),
    ],
)
def test_plans_that_are_refused(words: tuple[str, ...], said: str, detachment: Run) -> None:
    ran = detachment("plan", *words)
    assert ran.code == 2
    assert said in ran.err
