"""The commands that write folders: ``report``, ``figures``, ``simulate``."""

import hashlib
import json
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def export(root, tmp_path_factory):
    """The first records of the Qualtrics sample."""
    lines = (root / "data/sample/couples_qualtrics.csv").read_bytes().splitlines(keepends=True)
    path = tmp_path_factory.mktemp("data") / "couples.csv"
    path.write_bytes(b"".join(lines[:163]))
    return path


@pytest.fixture(scope="module")
def short(short_instrument):
    """Options for a report of a few tables and figures."""
    return "--instrument", short_instrument


def test_report_prints_the_page_and_says_how_many_files(export, short, detachment, tmp_path):
    ran = detachment("report", export, *short, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert ran.out == f"{tmp_path / 'out' / 'index.html'}\n"
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert f"wrote {len(written)} files in " in ran.err


def test_report_json_lists_every_file_with_its_checksum(export, short, detachment, tmp_path):
    ran = detachment("report", export, *short, "--out", tmp_path / "out", "--json", "--seed", "7")
    found = json.loads(ran.out)
    assert (found["command"], found["source"]["file"]) == ("report", "couples.csv")
    listed = {row["file"]: row["sha256"] for row in found["table"]}
    written = {
        path.relative_to(tmp_path / "out").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert listed == written
    assert json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["seed"] == 7


def test_the_folder_is_called_report_when_nothing_is_said(
    export, detachment, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert detachment("report", export).out == f"{Path('report/index.html')}\n"


def test_several_reports_go_to_folders_of_their_own(export, short, detachment, tmp_path):
    other = tmp_path / "other.csv"
    other.write_bytes(export.read_bytes())
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\x00\x01")
    ran = detachment("report", export, broken, other, *short, "--out", tmp_path / "out")
    assert ran.code == 4
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "batch.csv", "couples", "index.html", "other",
    ]  # fmt: skip
    assert (tmp_path / "out" / "other" / "index.html").is_file()
    assert "1 of 3 exports failed" in ran.err


def test_a_form_that_does_not_exist_yet_is_not_offered(export, detachment, tmp_path):
    ran = detachment("report", export, "--out", tmp_path / "out", "--format", "odt")
    assert ran.code == 2
    assert "'odt'" in ran.err
    assert "docx" in ran.err


def test_figures_are_those_of_the_report(export, short, detachment, tmp_path):
    asked = ("--out", tmp_path / "report", "--format", "html,png")
    assert detachment("report", export, *short, *asked).code == 0
    ran = detachment("figures", export, *short, "--out", tmp_path / "figures")
    assert ran.code == 0, ran.err
    drawn = {path.name: path.read_bytes() for path in (tmp_path / "figures").iterdir()}
    in_report = {p.name: p.read_bytes() for p in (tmp_path / "report" / "figures").iterdir()}
    assert drawn == in_report
    assert sorted(ran.out.split()) == sorted(str(tmp_path / "figures" / name) for name in drawn)


def test_figures_in_an_unknown_form(export, detachment, tmp_path):
    ran = detachment("figures", export, "--out", tmp_path / "figures", "--format", "svg,gif")
    assert ran.code == 2
    assert "--format cannot be 'gif'; it is one of: svg, png, pdf" in ran.err
    assert not (tmp_path / "figures").exists()


def test_simulate_writes_files_that_the_other_commands_read(detachment, tmp_path):
    ran = detachment("simulate", "--seed", "5", "--out", tmp_path / "sample", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert found["seed"] == 5
    files = {row["file"] for row in found["table"]}
    assert {"couples_long.csv", "couples_qualtrics.csv", "couples.sav", "truth.yaml"} <= files
    assert detachment("inspect", tmp_path / "sample" / "couples.sav").code == 0
