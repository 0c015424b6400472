"""Many reports: whole after a kill, the same for any number of workers, one bad file apart."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from detachment.reports import Died, folder_names, work_through
from detachment.reports._publish import differs, fingerprints, read_manifest

ITEMS = [f"s{k}" for k in range(1, 5)]
INSTRUMENT = {
    "schema_version": 1,
    "instrument": {"id": "tiny", "version": "1.0.0", "title": "Tiny"},
    "response_scales": {"agree": {"values": [1, 2, 3, 4, 5]}},
    "columns": {"id": {"role": "respondent_id", "required": True}},
    "items": [{"id": item, "scale": "agree"} for item in ITEMS],
    "scales": {"signs": {"label": "Signs", "role": "sign", "items": ITEMS}},
}


def write_export(path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(40, 1))
    answers = np.clip(np.rint(3 + trait + rng.normal(size=(40, 4))), 1, 5).astype(int)
    rows = [["id", *ITEMS], *([f"R{k}", *row] for k, row in enumerate(answers.tolist()))]
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def start(folder: Path, *arguments: str, out: str) -> "subprocess.Popen[bytes]":
    exports = [
        path.relative_to(folder).as_posix()
        for path in (folder / "exports").rglob("*")
        if path.is_file()
    ]
    command = ["report", *sorted(exports), "--instrument", "tiny.yaml", "--out", out, *arguments]
    return subprocess.Popen(
        [sys.executable, "-m", "detachment", *command],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def run(folder: Path, *arguments: str, out: str) -> tuple[int, str, str]:
    process = start(folder, *arguments, out=out)
    told, said = process.communicate(timeout=600)
    return process.returncode, told.decode(), said.decode()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three exports, two of one name, a file that is none, and the reports of one worker."""
    folder = tmp_path_factory.mktemp("batch")
    for seed, name in enumerate(["a.csv", "one/x.csv", "two/x.csv"]):
        write_export(folder / "exports" / name, seed)
    (folder / "exports" / "<b>.docx").write_bytes(b"PK\x03\x04 no survey")
    text = yaml.safe_dump(INSTRUMENT, sort_keys=False)
    (folder / "tiny.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def alone(place: Path) -> tuple[int, str, str]:
    return run(place, out="alone")


def test_one_bad_file_never_stops_the_rest(place: Path, alone: tuple[int, str, str]) -> None:
    code, told, said = alone
    assert code == 4, said
    assert told.splitlines() == [f"alone/{name}/index.html" for name in ("a", "one-x", "two-x")]
    assert "1 of 4 exports failed" in said
    assert "\r" not in said  # no bar where there is no terminal
    with (place / "alone" / "batch.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["<b>.docx", "a.csv", "one/x.csv", "two/x.csv"]
    assert [row["status"] for row in rows] == ["failed", *["done"] * 3]
    assert "<b>.docx" in rows[0]["reason"]
    for row in rows[1:]:
        with (place / "alone" / row["report"]).with_name("manifest.json").open() as file:
            assert json.load(file)["input"]["file"] == Path(row["file"]).name
        table = (place / "alone" / row["report"]).parent / "tables" / "reliability.csv"
        with table.open(encoding="utf-8", newline="") as file:
            first = next(csv.DictReader(file))
        assert (row["rows"], row["analysed"]) == ("40", "40")
        assert (row["scale"], row["alpha"]) == ("signs", first["alpha"])
    page = (place / "alone" / "index.html").read_text("utf-8")
    assert re.findall(r'href="([^"]+/index\.html)"', page) == [row["report"] for row in rows[1:]]
    assert "&lt;b&gt;.docx" in page
    assert "<b>.docx" not in page


def test_a_kill_leaves_whole_reports_and_resume_gives_the_same_tree(
    place: Path, alone: tuple[int, str, str]
) -> None:
    out = place / "killed"
    process = start(place, "--jobs", "2", out="killed")
    end = time.monotonic() + 600
    while not list(out.glob("*/manifest.json")) and time.monotonic() < end:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    standing = sorted(path.parent for path in out.glob("*/manifest.json"))
    assert standing, "no report was written"
    for folder in standing:
        manifest = read_manifest(folder)
        assert manifest is not None
        known = fingerprints(manifest)
        assert not [name for name in known if differs(folder / name, known[name])]
    times = {folder: (folder / "index.html").stat().st_mtime_ns for folder in standing}
    # What a run that died between two steps leaves is cleaned, what is somebody else's is not.
    foreign = out / ".detachment-of-somebody-else"
    foreign.mkdir()

    code, told, said = run(place, "--jobs", "3", "--resume", out="killed")
    foreign.rmdir()
    assert (code, told) == (4, alone[1].replace("alone/", "killed/")), said
    assert {f: (f / "index.html").stat().st_mtime_ns for f in standing} == times  # not done again
    assert said.count("unchanged") == len(standing)
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
    assert tree(out) == tree(place / "alone")


def test_resume_does_again_what_is_stale_and_nothing_else(
    place: Path, alone: tuple[int, str, str], detachment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    command = ["report", "exports/a.csv", "--instrument", "tiny.yaml", "--resume", "--out", "new"]
    shutil.copytree(place / "alone" / "a", place / "new")
    assert "unchanged" in detachment(*command).err
    assert "wrote" in detachment(*command, "--seed", "2").err
    assert "unchanged" in detachment(*command, "--seed", "2").err
    write_export(place / "exports" / "a.csv", 9)
    try:
        assert "wrote" in detachment(*command, "--seed", "2").err
    finally:
        write_export(place / "exports" / "a.csv", 0)
    (place / "new" / "tables" / "items.csv").write_text("mine", encoding="utf-8")
    ran = detachment(*command, "--seed", "2")
    assert ran.code == 2
    assert "'tables/items.csv' was changed by hand" in ran.err


def test_ctrl_c_keeps_what_is_done(place: Path) -> None:
    out = place / "stopped"
    process = start(place, out="stopped")
    end = time.monotonic() + 600
    while not list(out.glob("*/manifest.json")) and time.monotonic() < end:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 130, said.decode()
    assert said.decode().splitlines()[-1] == "interrupted"
    table = (out / "batch.csv").read_text("utf-8")
    assert ",not done," in table
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_a_killed_worker_is_told_and_the_rest_goes_on() -> None:
    harmless, deadly = signal.SIGCHLD, signal.SIGKILL
    tasks = [harmless, deadly, harmless, harmless]
    answers = dict(work_through(signal.raise_signal, tasks, jobs=2))
    died = answers.pop(1)
    assert answers == {0: None, 2: None, 3: None}
    assert died == Died(-signal.SIGKILL)
    assert "fewer --jobs" in str(died)


def test_names_do_not_depend_on_the_order() -> None:
    paths = [Path(name) for name in ("s/x.csv", "t/x.csv", "t/X.csv", "u/index.html.csv")]
    names = folder_names(paths)
    assert folder_names(paths[::-1]) == names
    assert len({name.casefold() for name in names.values()}) == 4
    assert names[paths[3]] != "index.html"


def test_files_of_others_are_not_replaced(place: Path, detachment, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("my page", encoding="utf-8")
    exports = [place / "exports" / name for name in ("a.csv", "one/x.csv")]
    ran = detachment("report", *exports, "--instrument", place / "tiny.yaml", "--out", tmp_path)
    assert ran.code == 2
    assert "is in the way" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
