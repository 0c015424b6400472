"""The commands that need no export: ``instrument`` and ``lab``."""

import json
import subprocess
import sys

import pytest

from detachment import list_instruments
from detachment.cli import lab


def test_every_shipped_instrument_is_listed(detachment):
    ran = detachment("instrument", "list")
    assert ran.code == 0
    listed = [line.split()[0] for line in ran.out.splitlines()[1:]]
    assert listed == list(list_instruments())


def test_show_names_scales_and_reversed_items(detachment):
    ran = detachment("instrument", "show", "detachment", "--json")
    table = {row["scale"]: row for row in json.loads(ran.out)["table"]}
    assert table["signs_total"]["n_items"] == 15
    assert table["eff_reduced_intimacy"]["reversed"] == "eff_int_1, eff_int_4"
    assert "eff_int_1, eff_int_4" in detachment("instrument", "show", "detachment").out


@pytest.mark.parametrize("name", list_instruments())
def test_every_shipped_instrument_passes_its_check(name, root, detachment):
    ran = detachment("instrument", "check", root / "schemas" / "instruments" / f"{name}.yaml")
    assert ran.code == 0, ran.out
    assert "no problem found" in ran.out


def test_check_gives_lines_in_json_too(detachment, tmp_path):
    wrong = tmp_path / "mine.yaml"
    wrong.write_text("schema_version: 1\ninstrumnt: {id: a}\n", encoding="utf-8")
    ran = detachment("instrument", "check", wrong, "--json")
    assert ran.code == 1
    problems = json.loads(ran.out)["table"]
    assert any(problem["line"] == 2 and "instrumnt" in problem["message"] for problem in problems)


def test_check_of_something_else_than_yaml(detachment, tmp_path):
    wrong = tmp_path / "mine.yaml"
    wrong.write_bytes(bytes(range(256)))
    ran = detachment("instrument", "check", wrong)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out == f"{wrong}:2: not UTF-8 text; save the file as UTF-8 and try again.\n"


def test_lab_dry_run_prints_the_command_and_does_nothing(detachment, tmp_path):
    out = tmp_path / "mine"
    ran = detachment("lab", "--dry-run", "--out", out, "--no-browser", "--port", "8899")
    assert ran == (0, f"{sys.executable} -m jupyterlab {out} --no-browser --port=8899\n", "")
    assert not out.exists()


def test_lab_says_what_to_install(detachment, monkeypatch, tmp_path):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    ran = detachment("lab", "--out", tmp_path / "mine")
    assert ran.code == 2
    assert '".[lab]"' in ran.err
    assert not (tmp_path / "mine").exists()


def test_lab_copies_the_notebooks_and_starts_jupyterlab(detachment, monkeypatch, root, tmp_path):
    started = []

    def start(command, *, check):
        started.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(lab, "find_spec", lambda name: True)
    monkeypatch.setattr(subprocess, "run", start)
    out = tmp_path / "mine"
    assert detachment("lab", "--out", out).code == 0
    assert started == [[sys.executable, "-m", "jupyterlab", str(out)]]
    shelf = root / "notebooks"
    assert {*shelf.glob("class/*.ipynb")}
    for source in shelf.rglob("*.ipynb"):
        assert (out / source.relative_to(shelf)).read_bytes() == source.read_bytes()


def test_a_changed_notebook_is_kept(tmp_path):
    lab.copy_notebooks(tmp_path)
    mine = tmp_path / "01_first_look.ipynb"
    mine.write_text("mine", encoding="utf-8")
    said = lab.copy_notebooks(tmp_path)
    assert mine.read_text(encoding="utf-8") == "mine"
    assert len(said) == 1
    assert "kept" in said[0]
