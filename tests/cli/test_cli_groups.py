"""``detachment prevalence``, ``compare`` and ``cutoffs``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def export(sample_dir: Path) -> Path:
    return sample_dir / "couples_long.csv"


def test_prevalence_as_json(export: Path, detachment: Run) -> None:
    ran = detachment("prevalence", export, "--by", "group", "--wave", "1", "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert len(found["table"]) == 15 * 3
    row = found["table"][0]
    assert row["low"] < row["share"] < row["high"]
    assert row["n"] + row["missing"] + row["not_applicable"] == 550
    assert [one["group"] for one in found["counts"]] == ["program", "waitlist", "none"]
    assert {one["signs"] for one in found["distribution"]} == {"0", "1", "2", "3 or more"}
    assert len(found["differences"]) == 45
    assert found["differences"][0]["family"] == 45


def test_prevalence_to_read(export: Path, detachment: Run) -> None:
    ran = detachment("prevalence", export)
    assert ran.code == 0
    for word in ("sign_10_sexual", "Not applicable", "Design effect", "Wave", "3 or more"):
        assert word in ran.out
    assert "P0001" not in ran.out + ran.err
    ran = detachment("prevalence", export, "--scale", "effects")
    assert ran.code == 2
    assert "one scale" in ran.err


def test_compare(export: Path, detachment: Run) -> None:
    ask = ("compare", export, "--by", "group", "--scale", "signs_total", "--scale", "effects")
    ran = detachment(*ask, "--reference", "waitlist", "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert len(found["table"]) == 6 * 2
    assert {row["second"] for row in found["table"]} == {"waitlist"}
    assert {row["method"] for row in found["table"]} == {"clustered"}
    assert {row["test"] for row in found["tests"]} == {"F (clustered)", "F of ranks (clustered)"}
    assert len(found["groups"]) == 6 * 3
    missing = [row for row in found["ranks"] if row["mann_whitney_p"] is None]
    assert all("independent" in row["reason"] for row in missing)
    ran = detachment(*ask)
    assert "*" not in ran.out
    for word in ("Hedges' g", "P(higher)", "eff_loneliness", "Adjusted p", "All groups at once"):
        assert word in ran.out
    assert detachment("compare", export).code == 2
    ran = detachment("compare", export, "--by", "wave", "--scale", "signs_total")
    assert ran.code == 3
    assert "change" in ran.err


def test_partners_are_compared_in_pairs(export: Path, detachment: Run) -> None:
    ran = detachment("compare", export, "--by", "partner_role", "--scale", "signs_total")
    assert ran.code == 0
    for word in ("Pairs", "400", "B − A", "paired t test"):
        assert word in ran.out


def test_cutoffs(export: Path, detachment: Run) -> None:
    ran = detachment("cutoffs", export)
    assert ran.code == 3
    assert "declares a cut-off" in ran.err
    ask = ("cutoffs", export, "--predictor", "signs_total", "--predictor", "style_unhealthy")
    ran = detachment(*ask, "--criterion", "eff_satisfaction", "--cutoff", "< 3", "--threshold", "3")
    assert ran.code == 0
    assert "too optimistic" in ran.err
    for word in ("Screening, not diagnosis.", "largest Youden index", "given", "Obuchowski"):
        assert word in ran.out
    ran = detachment(*ask, "--criterion", "eff_satisfaction", "--cutoff", "< 3", "--json")
    found = json.loads(ran.out)
    assert found["notes"][0] == "Screening, not diagnosis."
    assert len(found["auc"]) == 2
    assert len(found["comparisons"]) == 1
    nobody = found["roc"][0]
    assert (nobody["threshold"], nobody["sensitivity"], nobody["specificity"]) == (None, 0, 1)
    assert "nobody is positive" in nobody["reason"]
    assert all(row["source"] == "" for row in found["table"])
