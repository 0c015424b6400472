"""The same run from another folder, locale, time zone and hash seed writes the same bytes.

Here one process works off every command; there each has a process of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "1", "OPENBLAS_NUM_THREADS": "1"}
THERE = {
    "LC_ALL": "C", "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "2024", "OPENBLAS_NUM_THREADS": "2",
    "MATPLOTLIBRC": "own.rc",
}  # fmt: skip
WORKER = """
import contextlib, io, json, sys
from detachment.cli import main
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(json.loads(line))
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""
COMMANDS = [
    ["report", "couples.csv", "--out", "out", "--format", "html,pdf,docx,xlsx,png"],
    ["figures", "couples.csv", "--out", "out", "--format", "pdf"],
    ["scores", "couples.csv", "--out", "out.csv"],
    ["reliability", "couples.csv", "--json", "--boot", "50"],
    ["validate", "couples.csv", "--json"],
    ["methods", "couples.csv"],
    ["class", "make", "--students", "roster.csv", "--out", "class", "--lessons", "1"],
    ["correlate", "couples.csv"],
    ["simulate", "--seed", "3", "--out", "out"],
]
OWN = "font.size: 20\naxes.facecolor: red\nsvg.fonttype: none\nsavefig.dpi: 50\n"


@pytest.fixture(scope="module")
def places(root, tmp_path_factory):
    """Two folders, each with its own copy of the same small Qualtrics export."""
    lines = (root / "data/sample/couples_qualtrics.csv").read_bytes().splitlines(keepends=True)
    found = []
    for name in ("here", "somewhere else"):
        folder = tmp_path_factory.mktemp("place") / name / "project"
        folder.mkdir(parents=True)
        (folder / "couples.csv").write_bytes(b"".join(lines[:203]))
        found.append(folder)
    # Where one person has wishes of their own for figures.
    (found[1] / "own.rc").write_text(OWN, encoding="utf-8")
    (found[0] / "own.rc").write_text(OWN, encoding="utf-8")
    for folder in found:
        (folder / "roster.csv").write_text("id,name\nS1,Ann\n", encoding="utf-8")
    return found


def run(folder: Path, environment: dict[str, str], *arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "detachment", *arguments],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def here(places) -> "Iterator[subprocess.Popen[str]]":
    """The process of the first place."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER], cwd=places[0], env={**os.environ, **HERE},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        yield process
        process.communicate()


def said(process: "subprocess.Popen[str]", arguments: list[str]) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(arguments) + "\n")
    process.stdin.flush()
    code, out, err = json.loads(process.stdout.readline())
    assert code == 0, err
    return out.encode("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_same_bytes(arguments, places, here):
    assert said(here, arguments) == run(places[1], THERE, *arguments)
    first, second = map(everything, places)
    assert first.keys() == second.keys()
    differing = [name for name in first if first[name] != second[name]]
    assert not differing


def test_the_shipped_sample_is_what_simulate_writes(root, tmp_path):
    run(tmp_path, THERE, "simulate", "--out", "sample")
    written = everything(tmp_path / "sample")
    shipped = {name: (root / "data/sample" / name).read_bytes() for name in written}
    assert [name for name in written if written[name] != shipped[name]] == []
