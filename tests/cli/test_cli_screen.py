"""``detachment screen`` and ``--exclude``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def export(sample_dir: Path) -> Path:
    return sample_dir / "couples_long.csv"


def test_one_row_a_respondent_as_json(export: Path, detachment: Run) -> None:
    ran = detachment("screen", export, "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert len(found["table"]) == found["n"]["analysed"] == 2315
    row = next(row for row in found["table"] if row["row"] == 2)
    assert row["longstring"] >= 1
    # What nobody has is named with its reason, once in each row.
    assert row["synonym_r"] is None
    assert "synonym_r: 1 pair of items" in row["reason"]
    assert found["absent"]["declared_synonym_r"].startswith("0 pairs")
    assert {"row", "flag", "value", "limit", "message", "grade"} == set(found["flags"][0])


def test_indices_and_flagged_people_to_read(export: Path, detachment: Run) -> None:
    ran = detachment("screen", export, "--wave", "2")
    assert ran.code == 0
    assert ran.out.index("Indices of Careless Responding") < ran.out.index(
        "Respondents With a Flag"
    )
    assert "Longstring" in ran.out
    assert "P0001" not in ran.out


def test_who_is_excluded_stands_in_the_ledger(export: Path, detachment: Run) -> None:
    ran = detachment(
        "validate", export, "--exclude", "grade2", "--exclude", "mahalanobis", "--json"
    )
    assert ran.code == 0
    found = json.loads(ran.out)
    assert [step["rule"] for step in found["ledger"]][-2:] == ["grade2", "mahalanobis"]
    assert found["n"] == {"rows": 2315, "analysed": found["ledger"][-1]["after"]}
    assert all(flag["grade"] == 1 for flag in found["flags"])


def test_a_result_without_flagged_people(export: Path, detachment: Run) -> None:
    def alpha(*options: str) -> tuple[int, float]:
        ran = detachment("reliability", export, "--scale", "signs_total", "--json", *options)
        row = json.loads(ran.out)["table"][0]
        return row["n"], row["alpha"]

    (n_all, all_), (n_kept, kept) = alpha(), alpha("--exclude", "grade2")
    assert n_kept < n_all
    assert kept != all_


def test_an_unknown_rule_is_wrong_usage(export: Path, detachment: Run) -> None:
    ran = detachment("items", export, "--exclude", "too_fats")
    assert ran.code == 2
    assert "Did you mean 'too_fast'?" in ran.err
