"""What people read on a terminal: alignment, order, and what a CSV file leaves out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detachment.cli._tables import listing, render

Run = Callable[..., Any]


@pytest.fixture
def export(some_couples: Path) -> Path:
    return some_couples


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        (["1,400", "–"], True), (["[−.02, .15]", "–"], True), (["< .001", ".450"], True),
        (["−0.55, 0.51", ""], True), (["2%", "34%"], True), (["p < .001"], False),
        (["sign_01", "2"], False), (["", ""], False),
    ],
)  # fmt: skip
def test_numbers_stand_to_the_right(cells: list[str], *, right: bool) -> None:
    (column,) = listing([{"x": cell} for cell in cells]).columns
    assert column.numeric is right


def test_ids_stay_to_the_left() -> None:
    (column,) = listing([{"Item": "1"}], left=["Item"]).columns
    assert not column.numeric


def test_the_fit_of_a_factor_model_comes_first(export: Path, detachment: Run) -> None:
    out = detachment("cfa", export, "--scale", "eff_satisfaction").out
    assert out.startswith("Fit\n")
    assert "0.000  " not in out.split("Parameter")[0]
    assert " | t1" not in out
    assert "eff_sat_1 ~~ eff_sat_1" not in out


def test_a_csv_file_says_what_only_json_has(export: Path, detachment: Run, tmp_path: Path) -> None:
    options = ("cfa", export, "--scale", "eff_satisfaction", "--out")
    csv = detachment(*options, tmp_path / "cfa.csv")
    assert "(a .json file also has: fit, r2, modification indices" in csv.err
    assert " | " not in (tmp_path / "cfa.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "t1" in (tmp_path / "cfa.csv").read_text(encoding="utf-8")
    assert "also has" not in detachment(*options, tmp_path / "cfa.json").err


def test_a_scale_without_coefficients_is_named_once(export: Path, detachment: Run) -> None:
    out = detachment(
        "reliability", export, "--scale", "strategies_index", "--scale", "eff_satisfaction",
        "--coefficient", "lambda_4",
    ).out  # fmt: skip
    assert out.count("strategies_index") == 1
    assert "λ4" in out


def test_parts_name_scales_as_the_options_want_them(export: Path, detachment: Run) -> None:
    out = detachment("irt", export, "--scale", "eff_satisfaction").out
    assert "Relationship satisfaction" not in out
    assert "Information" in out


def test_a_quiz_is_told_which_scale_to_name(sample_dir: Path, detachment: Run) -> None:
    ran = detachment("efa", sample_dir / "class_quiz.csv")
    assert ran.code == 3
    assert "--scale" in ran.err
    assert "knowledge_total" in ran.err


def test_a_number_that_a_part_lacks_has_its_own_reason(export: Path, detachment: Run) -> None:
    options = (
        "--method",
        "polychoric",
        "--rows",
        "items:signs_closeness",
        "--columns",
        "effects",
        "--json",
    )
    found = json.loads(detachment("correlate", export, *options).out)
    assert all("of this kind" in row["reason"] for row in found["latent"] if row["df"] is None)
    assert any(row["df"] is None for row in found["latent"])
    ran = detachment("dimensionality", export, "--random", "20", "--json")
    last = json.loads(ran.out)["eigenvalues"][-1]
    assert last["map_squared"] is None
    assert "partial correlations" in last["reason"]


def test_a_table_that_is_cut_repeats_all_that_names_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"Dyads": "mixed", "Scale": "a", "n": "1", "Mean": "2.50", "SD": "1.20", "p": ".123"}]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    table = listing(rows, left=["Scale"])
    assert render([table], keys=[2]).count("mixed  a") == 2
    assert render([table], keys=1).count(" a ") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("moderate", "--predictor", "signs_total", "--moderator", "rel_status",
         "--outcome", "eff_satisfaction"),
        ("change", "--scale", "signs_total"),
        ("apim", "--predictor", "signs_total", "--outcome", "eff_satisfaction", "--boot", "9",
         "--model", "common_fate"),
        ("partner-agreement", "--by-role", "--boot", "0", "--permutations", "0"),
    ],
)  # fmt: skip
def test_a_missing_number_of_a_part_has_its_own_reason(
    words: tuple[str, ...], export: Path, detachment: Run
) -> None:
    command, *options = words
    out = detachment(command, export, *options, "--json").out
    assert "not defined for these answers" not in out
    for part in json.loads(out).values():
        if isinstance(part, list) and part and isinstance(part[0], dict):
            for row in part:
                assert row.get("reason") or None not in row.values(), row


def test_a_multiverse_begins_with_its_headline(sample_dir: Path, detachment: Run) -> None:
    whole = sample_dir / "couples_long.csv"
    out = detachment("multiverse", whole, "--score", "observed", "--method", "pearson").out
    assert "agree with the headline" in out
    assert "The headline is .51, 95% CI [.47, .55], n = 1,397" in out
