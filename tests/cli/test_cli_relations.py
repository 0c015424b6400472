"""``detachment regress``, ``mediate`` and ``moderate``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Run = Callable[..., Any]
OUTCOME = ("--outcome", "eff_satisfaction")


@pytest.fixture
def export(some_couples: Path) -> Path:
    return some_couples


def test_regress(export: Path, detachment: Run) -> None:
    ran = detachment("regress", export, "--outcome", "signs_total", "--predictors", "causes")
    assert ran.code == 0
    for word in ("β", "VIF", "Dominance (general)", "clustered by dyad", "95% CI of R²",
                 "cause_conflict  ", "\nIntercept  "):  # fmt: skip
        assert word in ran.out
    ran = detachment("regress", export, *OUTCOME, "--predictors", "signs_total", "--json",
                     "--controls", "demo_age", "--controls", "partner:signs_total",
                     "--covariance", "hc3")  # fmt: skip
    found = json.loads(ran.out)
    assert [row["entered"] for row in found["table"]] == [
        "", "controls", "controls", "predictors",
    ]  # fmt: skip
    assert found["table"][0]["beta"] is None
    assert "not defined for an intercept" in found["table"][0]["reason"]
    assert [row["step"] for row in found["model"]] == [1, 2]
    assert len(found["earlier_steps"]) == 3


def test_mediate(export: Path, detachment: Run, tmp_path: Path) -> None:
    words = ("mediate", export, "--causes", "cause_stress", "--mediators", "signs_total", *OUTCOME,
             "--boot", "300")  # fmt: skip
    ran = detachment(*words)
    assert ran.code == 0
    assert "Cross-sectional mediation is not causal" in ran.out
    assert "300 resamples" in ran.out
    one, again, other = (detachment(*words, "--json", "--seed", seed).out for seed in (1, 1, 2))
    assert one == again != other
    found = json.loads(one)
    assert [row["effect"] for row in found["table"]] == [
        "total", "direct", "total_indirect", "indirect", "proportion",
    ]  # fmt: skip
    assert "Cross-sectional mediation is not causal" in found["notes"][0]
    assert [row["path"] for row in found["paths"]] == ["a", "c'", "b", "c"]
    file = tmp_path / "effects.csv"
    assert detachment(*words, "--out", file).code == 0
    assert "cross-sectional, not causal" in file.read_text(encoding="utf-8")


def test_overlapping_content(export: Path, detachment: Run) -> None:
    words = ("mediate", export, "--causes", "cause_conflict", "--mediators", "signs_total",
             "--outcome", "eff_communication_breakdown", "--boot", "50")  # fmt: skip
    ran = detachment(*words)
    assert ran.code == 3
    assert "Mediation with overlapping content" in ran.err
    assert not ran.out
    for allow in (("--allow-overlap",), ("--overlap", "allow")):
        ran = detachment(*words, *allow)
        assert ran.code == 0
        assert "do not read it as mediation" in ran.err


def test_moderate(export: Path, detachment: Run) -> None:
    words = ("moderate", export, "--predictor", "signs_total", *OUTCOME)
    ran = detachment(*words, "--moderator", "style_healthy", "--controls", "partner:signs_total")
    assert ran.code == 0
    for word in ("Simple slopes", "+1 SD", "−1 SD", "Johnson-Neyman region", "false discovery rate",
                 "signs_total × style_healthy"):  # fmt: skip
        assert word in ran.out
    ran = detachment(*words, "--moderator", "partner_role", "--json")
    assert [row["at"] for row in json.loads(ran.out)["simple_slopes"]] == ["A", "B"]
    ran = detachment(*words, "--moderator", "respondent_id")
    assert ran.code == 2
    assert "says who people are" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("regress", "--predictors", "causes", "--outcome", "signs_total"),
        ("regress", "--predictors", "causes", "--outcome", "signs_total", "--weight", "demo_age",
         "--strata", "group"),
        ("mediate", "--causes", "cause_stress", "--mediators", "signs_total", *OUTCOME,
         "--interval", "delta"),
        ("moderate", "--predictor", "signs_total", "--moderator", "style_healthy", *OUTCOME),
    ],
)  # fmt: skip
def test_the_order_of_rows_changes_no_bit(
    words: tuple[str, ...], export: Path, detachment: Run, tmp_path: Path
) -> None:
    head, *lines = export.read_text(encoding="utf-8").splitlines()
    shuffled = tmp_path / export.name
    moved = [lines[i] for i in np.random.default_rng(5).permutation(len(lines))]
    shuffled.write_text("\n".join([head, *moved]) + "\n", encoding="utf-8")
    command, *options = words
    one, other = (
        json.loads(detachment(command, file, *options, "--json").out) | {"source": None}
        for file in (export, shuffled)
    )
    assert one == other
