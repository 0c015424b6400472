"""Files that lie, break off or are far too large: a right answer or one clear message, in bounds.

Every file goes through the command line in a process of its own that may take no more memory than
``MEMORY`` and no more time than ``SECONDS``; a crash of a library is a failure here, not the end of
the tests.
"""

import io
import json
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detachment import read_export, sample
from detachment.errors import ExportError, UsageError
from detachment.instruments import read_instrument
from detachment.simulation import simulate
from detachment.simulation.platforms import WRITERS

MEMORY = 4 << 30  # bytes of address space, of which a process takes about a tenth before it reads
SECONDS = 60
DATA_REFUSED, DONE, FINDINGS, USAGE = 3, 0, 1, 2

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(command: str, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The command line on one file, within the limits."""
    done = subprocess.run(
        [sys.executable, "-m", "detachment", command, str(file), *options],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        preexec_fn=limited,
        env={"PATH": "", "PYTHONPATH": ":".join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (DONE, FINDINGS, USAGE, DATA_REFUSED), done.stderr[-2000:]
    return done


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def far_cell() -> bytes:
    """A workbook whose only value stands in the last cell that Excel has."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active["XFD1048576"] = 1
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><document><LimeSurveyDocType>&b;</LimeSurveyDocType>
</document>"""

# What is in the file, and a part of the one message; no message where there is a right answer.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nul bytes": (lambda: b"id,Q1\n1,\0\0\0\n2,3\n", "binary"),
    "nothing but nul": (lambda: bytes(100_000), "binary"),
    "a million columns": (lambda: b",".join(b"c%d" % i for i in range(10**6)) + b"\n", "first row"),
    "one line of 200 MB": (lambda: b"x" * (200 << 20), "first row"),
    "one line of 200 MB with delimiters": (lambda: b"1,2,3," * (34 << 20), "first row"),
    "an open quote and 50 MB": (lambda: b'id,Q1\n1,"' + b"a,\n" * (17 << 20), "never closed"),
    "one cell of 50 MB": (lambda: b'id,Q1\n1,"' + b"a" * (50 << 20) + b'"\n2,3\n', ""),
    "zip bomb": (lambda: zipped({"a.csv": bytes(500 << 20)}), "export.csv"),
    "deep JSON": (lambda: b"[" * 100_000, ""),
    "deep JSON that starts like records": (lambda: b'[{"a":' * 50_000, ""),
    "entities": (lambda: BOMB, ""),
    "a web page": (lambda: b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
    "the last cell of a workbook": (far_cell, "stray cell"),
    "half of UTF-16": (lambda: "id,Q1\n1,2\n".encode("utf-16")[:-1], "cut off"),
    "no UTF-8 in the middle": (lambda: b"id,Q1\n1,caf\xe9\n2,3\n", "not UTF-8"),
    "nothing but quotes": (lambda: b'"' * 100_001, ""),
    "nothing but delimiters": (lambda: b",,,,\n" * 1000, "blanks"),
    "nothing but line ends": (lambda: b"\n" * 100_000, "blanks"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_or_read(what: str, tmp_path: Path) -> None:
    content, says = HOSTILE[what]
    file = tmp_path / "export.csv"
    file.write_bytes(content())
    done = run("inspect", file, "--json")
    assert says in done.stderr
    assert len(done.stderr) < 3000
    if done.returncode in (DONE, FINDINGS):
        assert json.loads(done.stdout)["columns"] >= 1
    else:
        assert "export.csv" in done.stderr
        assert done.stdout == ""


def test_members_of_an_archive_that_lead_out_of_it(tmp_path: Path) -> None:
    file = tmp_path / "export.zip"
    file.write_bytes(zipped({"../../etc/answers.csv": b"id,Q1\n1,2\n"}))
    done = run("inspect", file)
    assert done.returncode == DATA_REFUSED
    assert "leads out of its own folder" in done.stderr
    assert not (tmp_path.parent / "etc").exists()


MIXED: dict[str, tuple[str, list[list[str]]]] = {
    "line ends of three kinds": ("id,Q1\r\n1,2\n2,3\r3,4\n", [["1", "2"], ["2", "3"], ["3", "4"]]),
    "quotes in quotes": ('id,Q1\n1,"a ""b"" c"\n2,"""x"""\n', [["1", 'a "b" c'], ["2", '"x"']]),
    "a line end in a cell": ('id,Q1\n1,"a\nb"\n2,c\n', [["1", "a\nb"], ["2", "c"]]),
    "a mark of bytes inside": ("id,Q1\n1,2\n\ufeff3,4\n", [["1", "2"], ["\ufeff3", "4"]]),
    "formulas": ("id,Q1\n1,=1+1\n2,@SUM(A1)\n", [["1", "=1+1"], ["2", "@SUM(A1)"]]),
    "names twice and none": ("a,a,\n1,2,3\n", [["1", "2", "3"]]),
}


@pytest.mark.parametrize("what", MIXED)
def test_an_odd_file_is_read_as_it_is(what: str, tmp_path: Path) -> None:
    text, cells = MIXED[what]
    file = tmp_path / "export.csv"
    file.write_bytes(text.encode("utf-8"))
    export = read_export(file)
    assert export.frame.to_numpy(dtype=object).tolist() == cells
    assert export.frame.columns.is_unique


def test_formulas_leave_as_text(tmp_path: Path) -> None:
    """A cell that a spreadsheet would run is quoted where it leaves in a table."""
    rows = "".join(f"=cmd|'/c calc'!A{i},{1 + i % 5},{1 + i % 4}\n" for i in range(40))
    (tmp_path / "export.csv").write_text(f"respondent_id,q1,q2\n{rows}", encoding="utf-8")
    (tmp_path / "own.yaml").write_text(
        "schema_version: 1\n"
        "instrument: {id: own, version: 1.0.0, title: Own, language: en, licence: CC0-1.0}\n"
        "response_scales:\n  five: {type: ordinal, values: [1, 2, 3, 4, 5]}\n"
        "columns:\n  respondent_id: {role: respondent_id}\n"
        "items:\n  - {id: q1, scale: five}\n  - {id: q2, scale: five}\n"
        "scales:\n  both: {label: Both, role: covariate, model: reflective_2item, items: [q1, q2],"
        " score: mean, min_valid: 1}\n",
        encoding="utf-8",
    )
    done = run("scores", tmp_path / "export.csv", "--instrument", str(tmp_path / "own.yaml"))
    assert done.returncode == DONE
    assert "cmd|" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.startswith(("=", '"='))]


@pytest.fixture(scope="module")
def small() -> dict[str, dict[str, bytes]]:
    """A few couples as every platform writes them."""
    few = simulate(n_couples=8, n_alone=4, n_students=3)
    instrument = read_instrument("detachment")
    return {name: dict(writer.files(few, instrument)) for name, writer in WRITERS.items()}


@pytest.mark.parametrize("platform", WRITERS)
def test_a_download_that_broke_off(
    platform: str, small: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    name, whole = next(iter(small[platform].items()))
    for share in (0.02, 0.1, 0.33, 0.5, 0.77, 0.95):
        file = tmp_path / f"{share}-{name}"
        file.write_bytes(whole[: int(share * len(whole))])
        assert outcome(file)


def outcome(file: Path) -> bool:
    """Whether a file has records, or an error that names it."""
    try:
        return len(read_export(file).cells) > 0
    except (ExportError, UsageError) as error:
        return file.name in str(error)


@pytest.mark.parametrize("platform", ["spss", "stata", "parquet", "excel"])
def test_bytes_that_were_changed(
    platform: str, small: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    name, whole = next(iter(small[platform].items()))
    rng = np.random.default_rng(7)
    for number in range(12):
        changed = bytearray(whole)
        start = 0 if number % 2 else max(0, len(whole) - 4096)
        for place in rng.integers(start, min(len(whole), start + 4096), 4):
            changed[place] = int(rng.integers(0, 256))
        (tmp_path / f"{number}-{name}").write_bytes(bytes(changed))
    files = sorted(tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-m", "detachment", "inspect", "--json", *map(str, files)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        preexec_fn=limited,
        env={"PATH": "", "PYTHONPATH": ":".join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "bug in detachment" not in done.stderr
    assert done.returncode in (DONE, FINDINGS, DATA_REFUSED, 4), done.stderr[-2000:]


@pytest.mark.slow
def test_a_million_rows(tmp_path: Path) -> None:
    """Read and validated within the memory of a small machine."""
    instrument = read_instrument("detachment")
    signs = [item.id for item in instrument.items.values() if item.block == "signs"][:15]
    rng = np.random.default_rng(1)
    file = tmp_path / "export.csv"
    with file.open("wb") as out:
        out.write(",".join(["respondent_id", "wave", "consent", *signs]).encode() + b"\n")
        block = rng.integers(1, 6, (1000, len(signs))).astype("S1")
        for thousand in range(1000):
            rolled = np.roll(block, thousand, axis=0)
            for i, row in enumerate(rolled):
                out.write(b"R%07d,1,1," % (1000 * thousand + i) + b",".join(row) + b"\n")
    facts = json.loads(run("inspect", file, "--json").stdout)
    assert (facts["records"], facts["columns"]) == (10**6, 18)
    done = run("validate", file)
    assert done.returncode in (DONE, FINDINGS)
    assert "1,000,000 records in the file" in done.stdout


def test_the_sample_is_within_the_limits() -> None:
    """The limits are no limits for a usual file."""
    done = run("validate", Path(sample("couples_qualtrics.csv")))
    assert done.returncode == DONE
