"""``detachment cfa``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
SCALES = [
    "--scale",
    "signs_closeness",
    "--scale",
    "signs_indifference",
    "--scale",
    "signs_behaviour",
]


@pytest.fixture
def export(some_couples: Path) -> Path:
    return some_couples


def test_scales_as_factors_as_json(export: Path, detachment: Run) -> None:
    ran = detachment("cfa", export, *SCALES, "--json")
    found = json.loads(ran.out)
    assert found["command"] == "cfa"
    loadings = [row for row in found["table"] if row["op"] == "=~"]
    assert len(loadings) == 14
    assert {row["kind"] for row in found["fit"]} == {"naive", "scaled", "robust"}
    for name in ("table", "fit", "r2", "modification_indices", "factor_reliability"):
        for row in found[name]:
            if any(value is None for value in row.values()):
                assert row["reason"]
    assert len(found["factor_pairs"]) == 3


def test_a_model_as_text_or_file(export: Path, detachment: Run, tmp_path: Path) -> None:
    table = json.loads(detachment("cfa", export, *SCALES, "--estimator", "MLR", "--json").out)
    items = [row["rhs"] for row in table["table"] if row["lhs"] == "signs_closeness"][:4]
    text = f"f =~ {' + '.join(items)}"
    file = tmp_path / "model.txt"
    file.write_text(f"# one factor\n{text}\n", encoding="utf-8")
    options = ("--estimator", "ML", "--json")
    ran = [detachment("cfa", export, "--model", model, *options) for model in (text, str(file))]
    one, other = (json.loads(each.out)["table"] for each in ran)
    assert one == other
    shown = detachment("cfa", export, "--model", text, "--estimator", "ML")
    assert "RMSEA" in shown.out
    assert "Modification indices" in shown.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "share items"),
        (("--model", "nothing.txt"), "is no file, and no model either"),
        (("--model", "f =~ a +"), "line 1"),
        (("--scale", "strategies_index"), "formative"),
        ((*SCALES, "--estimator", "ML", "--missing", "pairwise"), "cannot take"),
    ],
)
def test_what_is_wrong_is_said(
    export: Path, detachment: Run, options: tuple[str, ...], said: str
) -> None:
    ran = detachment("cfa", export, *options)
    assert ran.code in (2, 3)
    assert said in " ".join(ran.err.split())


def test_scores_of_people_as_a_data_file(export: Path, detachment: Run) -> None:
    ran = detachment("cfa", export, *SCALES[:2], "--scores", "regression", "--json")
    found = json.loads(ran.out)
    assert set(found["table"][0]) >= {"row", "respondent_id", "wave", "signs_closeness"}
    scored = [row for row in found["table"] if row["signs_closeness"] is not None]
    assert len(scored) > 0.9 * len(found["table"])
    for row in found["table"]:
        if row["signs_closeness"] is None:
            assert "no item of the model was answered" in row["reason"]
    csv = detachment("cfa", export, *SCALES[:2], "--scores", "regression").out
    assert csv.splitlines()[0].endswith("signs_closeness,signs_closeness_se")
    wrong = detachment("cfa", export, "--scores", "bartlett", "--estimator", "WLSMV")
    assert wrong.code == 2
    assert "irt --scores" in wrong.err
