"""Every result of the sample has tables that a manuscript could print."""

import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import detachment as dt
from detachment.errors import DetachmentWarning, UsageError
from detachment.tables import FORMS, HEAD, Table, save_tables, tables_of, write
from detachment.tables._abbreviations import STANDARD, undefined

SIGNS = {"predictor": "signs_total", "outcome": "eff_satisfaction"}
FEW = ["signs_total", "eff_satisfaction", "eff_loneliness"]
ASKED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "agreement": ("agreement", {"between": "partners", "scales": FEW, "n_boot": 0}),
    "apim": ("apim", SIGNS | {"n_boot": 0, "dyads": "distinguishable",
                               "distinguishable": True}),
    "cfa": ("cfa", {"scales": ["eff_satisfaction", "eff_loneliness"]}),
    "change": ("change", {"scales": "signs_total"}),
    "compare": ("compare", {"by": "group", "scales": FEW}),
    "correlate": ("correlate", {"rows": "signs_total", "columns": "effects"}),
    "square": ("correlate", {"rows": FEW, "columns": FEW}),
    "by group": ("correlate", {"rows": "signs_total", "columns": FEW[1:], "by": "group"}),
    "spearman": ("correlate", {"rows": FEW[:1], "columns": FEW[1:], "method": "spearman"}),
    "cutoffs": ("cutoffs", {"predictor": "signs_total", "criterion": FEW[1], "cutoff": "< 3"}),
    "dimensionality": ("dimensionality", {"n_random": 20}),
    "dyads": ("dyads", {"scales": FEW}),
    "efa": ("efa", {"n_factors": 2}),
    "invariance": ("invariance", {"by": "partner_role", "scales": FEW[1]}),
    "irt": ("irt", {"scales": FEW[1]}),
    "items": ("items", {"scales": FEW}),
    "mediate": ("mediate", {"causes": "cause_stress", "mediators": FEW[0], "outcome": FEW[1],
                            "interval": "delta"}),
    "moderate": ("moderate", SIGNS | {"moderator": "style_healthy"}),
    "multiverse": ("multiverse", {"rows": FEW[0], "columns": FEW[1]}),
    "network": ("network", {"variables": [*FEW, "cause_stress"]}),
    "participants": ("participants", {}),
    "partner_agreement": ("partner_agreement", {"n_boot": 0, "n_perm": 20}),
    "prevalence": ("prevalence", {"by": "group"}),
    "regress": ("regress", {"outcome": FEW[1], "predictors": [FEW[0], "cause_stress"],
                            "controls": "demo_age"}),
    "reliability": ("reliability", {"scales": [*FEW, "cause_stress", "strategies_index"]}),
    "screen": ("screen", {}),
    "sensitivity": ("sensitivity", {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def survey(some_couples: Path) -> Any:
    return dt.read_survey(some_couples)


@pytest.fixture(scope="module")
def results(survey: Any) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        quiz = dt.quiz(dt.read_survey(dt.sample("class_quiz.csv")), n_boot=0)
        plan = dt.plan("correlation", r=0.3, power=0.8)
        made = {name: getattr(dt, verb)(survey, **asked) for name, (verb, asked) in ASKED.items()}
    return made | {"quiz": quiz, "plan": plan}


@pytest.fixture(scope="module")
def tables(results: dict[str, Any], survey: Any) -> dict[str, tuple[Table, ...]]:
    return {name: tables_of(result, survey=survey) for name, result in results.items()}


def heads(table: Table) -> list[str]:
    return [column.label for column in table.columns]


def test_every_kind_of_result_is_here(results: dict[str, Any]) -> None:
    from detachment import estimates

    kinds = {
        name
        for name in estimates.__all__
        if isinstance(getattr(estimates, name), type) and name != "Result"
    }
    assert kinds <= {type(result).__name__ for result in results.values()}


def test_every_table_has_rows_and_a_title_of_its_own(tables: Any) -> None:
    for name, made in tables.items():
        assert made, name
        assert len({table.name for table in made}) == len(made), name
        for table in made:
            assert table.rows, table.name
            assert re.search(r" |Prevalence", table.title), table.title  # not "Fit"
            small = [word for word in re.findall(r"[a-z][\w’'-]*", table.title) if len(word) > 4]
            assert not [word for word in small if f" {word}" in table.title], table.title


def test_every_abbreviation_in_a_head_is_defined_under_its_table(
    tables: Any, results: dict[str, Any]
) -> None:
    for name, made in tables.items():
        kind = type(results[name]).__name__
        for table in made:
            said = " ".join(table.notes)
            for column in table.columns:
                for head in (column.group, column.label):
                    assert undefined(head, kind) == [], (table.name, head)
                    for word in re.findall(r"[A-Z]{2,}\d?", head):
                        if word not in STANDARD and word not in ("SS",):
                            assert re.search(rf"{word}\S* = ", said), (table.name, word, said)


def test_a_test_has_its_family_named(tables: Any) -> None:
    for name, made in tables.items():
        for table in made:
            if "Adjusted p" in heads(table):
                assert table.probability, (name, table.name)


def test_no_head_is_left_of_the_program(tables: Any) -> None:
    for made in tables.values():
        for table in made:
            for column in table.columns:
                assert "_" not in column.label.replace("eff_", ""), (table.name, column.label)
            for text in (*table.notes, *table.probability):
                assert "--" not in text, (table.name, text)
                assert "in Python" not in text, (table.name, text)
            assert "Rows" not in heads(table) or table.name in ("flags",), table.name


def test_no_zero_before_the_point_of_what_cannot_exceed_one(tables: Any) -> None:
    seen = 0
    for made in tables.values():
        for table in made:
            for k, column in enumerate(table.columns):
                if column.label in ("r", "R²", "α", "ω", "CFI", "p", "Adjusted p", "AVE"):
                    cells = [row[k] for row in table.rows]
                    seen += len(cells)
                    assert not [cell for cell in cells if re.search(r"(?<!\d)0\.", cell)], (
                        table.name, column.label,
                    )  # fmt: skip
    assert seen > 100


def test_a_reason_is_a_note_on_its_row(tables: Any) -> None:
    remarked = [t for made in tables.values() for t in made if t.remarks]
    for table in remarked:
        assert "Remark" not in heads(table)
        assert "Reason" not in heads(table)
        for remark in table.remarks:
            assert all(row > HEAD for row, _ in remark.cells)


def test_correlations_of_all_with_all_are_a_numbered_triangle(tables: Any, survey: Any) -> None:
    matrix = tables["square"][0]
    assert heads(matrix) == ["Variable", "M", "SD", "1", "2"]
    assert matrix.rows[0][0].startswith("1. ")
    assert matrix.rows[0][3:] == ("–", "")
    assert re.fullmatch(r"−?\.\d\d\n\[−?\.\d\d, −?\.\d\d\]", matrix.rows[2][4])
    from detachment.scoring import in_wave

    scores = dt.score(survey).loc[in_wave(survey, "1"), "signs_total"]
    assert matrix.rows[0][1:3] == (f"{scores.mean():.2f}", f"{scores.std():.2f}")
    assert heads(tables["correlate"][0])[0] == "With"


def test_loadings_are_sorted_by_factor_and_size(tables: Any) -> None:
    table = tables["efa"][0]
    sizes = [[abs(float(cell.replace("−", "-"))) for cell in row[1:3]] for row in table.rows]
    of = [row.index(max(row)) for row in sizes]
    assert of == sorted(of)
    for factor in (0, 1):
        on = [max(row) for row, most in zip(sizes, of, strict=True) if most == factor]
        assert on == sorted(on, reverse=True)


def test_effects_of_partners_stand_by_role(tables: Any) -> None:
    table = tables["apim"][0]
    assert [name for name, _ in table.groups] == ["Outcome of A", "Outcome of B"]
    assert [row[0] for row in table.rows] == ["actor", "partner"] * 2


@pytest.mark.parametrize("form", FORMS)
def test_a_result_is_saved_by_the_ending(form: str, results: Any, tmp_path: Path) -> None:
    path = save_tables(results["regress"], tmp_path / f"t.{form}")
    assert path.read_bytes() == write(tables_of(results["regress"]), form)
    assert len(path.read_bytes()) > 300


def test_another_ending_is_refused_before_anything_is_written(results: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"html, .* or .*not as 'gif'"):
        save_tables(results["regress"], tmp_path / "t.gif")
    assert list(tmp_path.iterdir()) == []


def test_tables_of_a_file_are_numbered_from_one(tables: Any) -> None:
    html = write(tables["regress"], "html").decode()
    assert re.findall(r"<b>Table (\d+)</b>", html) == [
        str(place) for place, _ in enumerate(tables["regress"], start=1)
    ]
    assert "<b>Table S1</b>" in write(tables["regress"][0], "html", number="S1").decode()


@pytest.mark.parametrize("ending", ["html", "tex", "md", "docx", "typ", "xlsx"])
def test_the_command_line_writes_tables_by_the_ending(
    ending: str, detachment: Callable[..., Any], sample_dir: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"t.{ending}"
    ran = detachment(
        "items", sample_dir / "couples_long.csv", "--scale", "eff_satisfaction", "--out", out
    )
    assert ran.code == 0, ran.err
    assert ran.out == ""
    assert out.stat().st_size > 500


def test_a_data_file_has_no_tables(
    detachment: Callable[..., Any], sample_dir: Path, tmp_path: Path
) -> None:
    out = tmp_path / "t.html"
    ran = detachment("scores", sample_dir / "couples_long.csv", "--out", out)
    assert ran.code == 2
    assert "no table for a .html file" in ran.err
    assert not out.exists()
