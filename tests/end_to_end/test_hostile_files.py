"""Files that are damaged, senseless or made to harm: a clear refusal or a right answer.

Every file is read by the command line in another process under a limit of memory, so that a crash
of a library is a failed test. Exit code 70 (a bug), a traceback and a file that takes half a minute
are failures too.
"""

import csv
import io
import itertools
import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detachment.instruments import Instrument, read_instrument
from detachment.simulation import simulate
from detachment.simulation.platforms import WRITERS
from detachment.tables import Column, Table, csv_table, html_table

resource = pytest.importorskip("resource", reason="no limits of memory on this system")

ADDRESSES = 6 << 30  # bytes of addresses that the process may ask for; most are never used
SECONDS = 30
SMALL_PEAK = 700  # MiB of memory for any small file, in one process that reads them all
WORKER = """
import contextlib, io, json, resource, sys, time
from pathlib import Path
def peak():
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss is there also that of the process that started this one
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
from detachment.cli import main
for line in sys.stdin:
    out, err, started = io.StringIO(), io.StringIO(), time.perf_counter()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(json.loads(line))
    print(json.dumps({
        "code": code, "out": out.getvalue()[:5000], "err": err.getvalue()[:5000],
        "seconds": time.perf_counter() - started,
        "peak": peak(),
    }), flush=True)
"""


class Reader:
    """A process that runs the command line on one file after another."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def run(self, *arguments: object, peak: int = SMALL_PEAK) -> dict[str, Any]:
        """Run a command; a process that ends by itself or takes more memory fails the test."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WORKER, str(ADDRESSES)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([str(a) for a in arguments]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            _, err = self.process.communicate()
            code, self.process = self.process.returncode, None
            pytest.fail(f"the process ended with code {code}: {err[-2000:]}")
        ran: dict[str, Any] = json.loads(answer)
        if ran["peak"] > peak:  # which no later file can be blamed for
            self.close()
            pytest.fail(f"{ran['peak']:.0f} MiB of memory were taken: {ran['out']}{ran['err']}")
        assert ran["code"] in (0, 1, 2, 3), ran["err"]
        assert "Traceback" not in ran["err"]
        assert ran["seconds"] < SECONDS
        if ran["code"] > 1:
            assert ran["err"].count("error: ") == 1
            assert not ran["out"]
        return ran

    def close(self) -> None:
        if self.process is not None:
            self.process.communicate()
            self.process = None


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One process for all small files."""
    one = Reader()
    yield one
    one.close()


@pytest.fixture
def own_reader() -> Iterator[Reader]:
    """A process for one file, whose peak of memory is that of this file."""
    one = Reader()
    yield one
    one.close()


@pytest.fixture(scope="module")
def exports() -> dict[str, dict[str, bytes]]:
    """A small survey in the files of every platform that can be written."""
    sample = simulate(n_couples=8, n_alone=4, n_students=2)
    instrument: Instrument = read_instrument("detachment")
    return {name: dict(writer.files(sample, instrument)) for name, writer in WRITERS.items()}


# ---------------------------------------------------------------- cut off and changed


@pytest.mark.parametrize("platform", sorted(WRITERS))
def test_files_that_are_cut_off(
    platform: str, exports: dict[str, dict[str, bytes]], reader: Reader, tmp_path: Path
) -> None:
    (name, data), *others = exports[platform].items()
    for book, content in others:
        (tmp_path / book).write_bytes(content)
    file = tmp_path / name
    for part in (3, 40, 999, len(data) // 3, len(data) // 2, len(data) - 100, len(data) - 1):
        file.write_bytes(data[:part])
        reader.run("validate", file)
    file.write_bytes(data)
    for book, content in others:  # the export is whole, what lies beside it is not
        (tmp_path / book).write_bytes(content[: len(content) // 2])
        reader.run("inspect", file)
        reader.run("inspect", tmp_path / book)
        (tmp_path / book).write_bytes(content)


def library_files() -> dict[str, bytes]:
    """A small file of every container that a library reads."""
    import tempfile

    import pyreadstat

    frame = pd.DataFrame({"id": ["ann", "bob"], "Q1": [1.0, 2.0], "words": ["x" * 300, ""]})
    labels = {"Q1": {1.0: "Never", 2.0: "Often"}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        pyreadstat.write_sav(frame, path / "a.sav", variable_value_labels=labels)
        pyreadstat.write_sav(frame, path / "a.zsav", variable_value_labels=labels, compress=True)
        pyreadstat.write_por(frame[["id", "Q1"]], path / "a.por")
        pyreadstat.write_dta(frame, path / "a.dta", variable_value_labels={"Q1": {1: "Never"}})
        pyreadstat.write_dta(frame[["id", "Q1"]], path / "old.dta", version=8)
        frame.to_parquet(path / "a.parquet")
        frame.to_excel(path / "a.xlsx", index=False)
        return {file.name: file.read_bytes() for file in sorted(path.iterdir())}


FILES = library_files()


@pytest.mark.parametrize("name", sorted(FILES))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_files_with_changed_bytes(
    name: str, reader: Reader, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(FILES[name])
    places = st.integers(0, min(700, len(content) - 1)) | st.integers(0, len(content) - 1)
    values = st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)
    for place, value in data.draw(st.lists(st.tuples(places, values), min_size=1, max_size=6)):
        content[place] = value
    file = tmp_path / name
    file.write_bytes(content[: data.draw(st.just(len(content)) | places)])
    reader.run("inspect", file)


# ---------------------------------------------------------------- small files made to harm


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


SHEET = b"""<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>
<row r="2"><c r="A2"><v>1</v></c></row>"""
SPREADSHEETML = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = b"http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = b"http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(rows: bytes, strings: bytes = b"", *, sheet: bytes = b"worksheets/s.xml") -> bytes:
    """A workbook of one sheet, or of none."""
    listed = b'<sheet name="S" sheetId="1" r:id="r1"/>' if rows else b""
    return packed(
        {
            "[Content_Types].xml": b'<Types xmlns="%s"/>' % TYPES,
            "_rels/.rels": b'<Relationships xmlns="%s"><Relationship Id="r1" '
            b'Type="%s/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            % (RELATIONS, OFFICE),
            "xl/workbook.xml": b'<workbook xmlns="%s" xmlns:r="%s"><sheets>%s</sheets></workbook>'
            % (SPREADSHEETML, OFFICE, listed),
            "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="%s">'
            b'<Relationship Id="r1" Type="%s/worksheet" Target="%s"/>'
            b'<Relationship Id="r2" Type="%s/sharedStrings" Target="sharedStrings.xml"/>'
            b"</Relationships>" % (RELATIONS, OFFICE, sheet, OFFICE),
            f"xl/{sheet.decode()}": b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>'
            % (SPREADSHEETML, rows),
            "xl/sharedStrings.xml": b'<sst xmlns="%s">%s</sst>' % (SPREADSHEETML, strings),
        }
    )


def far(cell: bytes) -> bytes:
    return SHEET + b'<row r="1048576">' + cell + b"</row>"


LSS = b'<?xml version="1.0"?>%s<document><LimeSurveyDocType>Survey</LimeSurveyDocType>%s</document>'
BOMB = b"<!DOCTYPE a [<!ENTITY a0 'aaaaaaaaaa'>" + b"".join(
    b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
)
MANY = b"".join(b"%d,3,4\n" % n for n in range(1000))
REFUSED = {  # name of the file: its content, what is said of it
    "nul.csv": (b"id,Q1\n1,\0\n", "binary file"),
    "millions.csv": (b"c," * 10**6 + b"c\n" + b"1," * 10**6 + b"1\n", "more than 16384 columns"),
    "unclosed.csv": (b'id,Q1\n1,"' + MANY * 50, "row 2: a quotation mark is opened"),
    "title.csv": (
        b"id,Q1\n" + b"1,2\n" * 9 + b"1," * 60_000 + b"1\n",
        r"\(11\) with more",
    ),
    "wider.csv": (b"\n".join(b"1," * (n % 900) for n in range(3000)), "with more cells than"),
    "shorter.csv": ((b"1," * 16_000 + b"1\n") * 120 + b"1\n" * 10**6, "not a regular table"),
    "odd.csv": ("id,Q1\n1,2\n".encode("utf-16-le") * 20 + b"\xd8\xd8", "cannot be decoded|UTF-16"),
    "deep.json": (b'[{"a":' + b"[" * 10**5 + b"]" * 10**5 + b"}]", "JSON|nested"),
    "open.json": (b'{"a":' * 10**5, "JSON|nested"),
    "bomb.lss": (LSS % (BOMB + b"]>", b"&a9;"), "declares a document type"),
    "outside.lss": (
        LSS % (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hosts'>]>", b"&x;"),
        "declares a document type",
    ),
    "bomb.zip": (packed({"a.csv": b"id,Q1\n" + b"0" * (80 << 20)}), "packed into"),
    "members.zip": (packed({f"{n}.csv": b"" for n in range(10_001)}), "10001 members"),
    "nested.zip": (packed({"a.zip": packed({"b.csv": b"a,b\n1,2\n"})}), "zip archive again"),
    "spaces.xlsx": (workbook(SHEET + b" " * (80 << 20)), "packed into"),
    "none.xlsx": (workbook(b""), "no sheet with anything in it"),
    "far.xlsx": (workbook(far(b'<c r="XFD1048576"><v>1</v></c>')), "column XFD"),
    "quotes.xlsx": (workbook(far(b"<c s='1' r='XFD1048576'><v>1</v></c>")), "column XFD"),
    "small.xlsx": (workbook(far(b'<c r="xfd1048576"><v>1</v></c>')), "column XFD"),
    "wide.xlsx": (workbook(far(b'<c r="ZZZZZZ9"><v>1</v></c>')), "column ZZZZZZ"),
    "hidden.xlsx": (
        workbook(far(b'<c x=">" r="XFD1048576" y="/>"><v>1</v></c>'), sheet=b"other/s.data"),
        "column XFD",
    ),
    "bare.xlsx": (workbook(far(b"<c><v>1</v></c>" * 200)), "reaches to row 1048576"),
    "rows.xlsx": (
        workbook(SHEET + b'<row r="4294967295"><c><v>1</v></c></row>'),
        "reaches to row 4294967295",
    ),
    "repeated.xlsx": (
        workbook(
            b"".join(b'<row><c t="s"><v>0</v></c></row>' for _ in range(20_000)),
            b"<si><t>" + b"x" * 100_000 + b"</t></si>",
        ),
        "repeats long texts",
    ),
    "index.xlsx": (workbook(b'<row><c t="s"><v>9</v></c></row>'), "cannot be opened"),
    "cases.sav": (
        FILES["a.sav"][:80] + struct.pack("<i", 2**31 - 1) + FILES["a.sav"][84:],
        "fewer cases than the 2147483647",
    ),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_small_files_made_to_harm_are_refused(name: str, reader: Reader, tmp_path: Path) -> None:
    content, said = REFUSED[name]
    file = tmp_path / name
    file.write_bytes(content)
    for command in ("inspect", "validate"):
        ran = reader.run(command, file)
        assert ran["code"] == 3
        assert re.search(said, ran["err"]), ran["err"]


READ = {  # name of the file: its content, records, what is warned of
    "mixed.csv": (b"id,Q1\r\n1,2\r3,4\n5,6\r\r\n7,8\n\r9,10", 5, "with nothing in"),
    "mark.csv": (b"\xef\xbb\xbfid,Q1\n1,2\n\xef\xbb\xbfid,Q1\n3,4\n", 3, "byte order mark stands"),
    "bytes.csv": (b"id,Q1\n1,\xc3\xa9\n2,\xff\xfe\n", 2, "not UTF-8"),
    "utf16.csv": ("\ufeffid,Q1\n1,2\n3,44".encode("utf-16-le")[:-1], 2, "inside a character"),
    "twice.csv": (b"Q1," * 3000 + b"\n" + b"1," * 3000 + b"\n", 1, "stand more than once"),
    "blank.csv": (b"id,Q1" + b"," * 2999 + b"\n" + b"1," * 3000 + b"1\n", 1, "without a heading"),
    "quotes.csv": (b'id,Q1\n1,"' + b'""' * 10**5 + b'"\n2,"a ""b"" ""c"""\n', 2, ""),
    "deep.csv": (b'a,b\na,b\n"{""ImportId"":' + b"[" * 10**5 + b'",2\n1,2\n', 1, ""),
    "far.xlsx": (workbook(far(b'<c r="XFD1048576" s="1"/>')), 1, ""),
    "mail.csv": (
        b"id,Q1\n" + b"".join(b"%d,a@%s@\n" % (n, b"b." * 120) for n in range(3000)), 3000, ""
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(READ))
def test_odd_files_are_read_whole(name: str, reader: Reader, tmp_path: Path) -> None:
    content, records, warned = READ[name]
    file = tmp_path / name
    file.write_bytes(content)
    ran = reader.run("inspect", "--json", file)
    assert ran["code"] == 0, ran["err"]
    facts = json.loads(ran["out"])
    assert facts["records"] == records
    assert warned in " ".join(facts["warnings"])


# ---------------------------------------------------------------- large files

# Name: pieces of the file and how often each stands, code, what is said or read, peak in MiB.
LARGE = {
    "one line": ([(b"a" * 1000, 200_000)], 3, "a cell of its first row has more than 131072", 1200),
    "one line of cells": ([(b"ab," * 1000, 70_000)], 3, "its first row has more than", 1200),
    "one line of quoted cells": ([(b'"a",' * 1000, 50_000)], 3, "first row has more than", 1500),
    "one open cell": ([(b'id,Q1\n1,"', 1), (b"a" * 1000, 200_000)], 3, "never closed", 1500),
    "marks alone": ([(b"id,Q1\n1,", 1), (b'"' * 1000, 60_000), (b"\n", 1)], 0, "'1'", 1500),
    "one cell": (
        [(b'id,Q1\n1,"', 1), (b"a\n" * 1000, 50_000), (b'"\n2,3\n', 1)], 0, "'2'", 1500
    ),
    "many rows": ([(b"id,Q1,Q2\n", 1), (MANY, 1000)], 0, "'1000000'", 700),
    "many short rows": ([(b"id,Q1,Q2\n", 1), (b"1,2\n1,2,3\n" * 1000, 500)], 0, "shorter", 900),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", list(LARGE))
def test_large_files(name: str, own_reader: Reader, tmp_path: Path) -> None:
    pieces, code, said, peak = LARGE[name]
    file = tmp_path / "large.csv"
    with file.open("wb") as out:
        for piece, times in pieces:
            for _ in range(times):
                out.write(piece)
    ran = own_reader.run("inspect", "--json", file, peak=peak)
    file.unlink()
    assert ran["code"] == code, ran["err"]
    if code == 0:
        facts = json.loads(ran["out"])
        assert said in f"'{facts['records']}' {facts['warnings']}"
    else:
        assert said in ran["err"]


@pytest.mark.slow
def test_a_million_shared_strings(own_reader: Reader, tmp_path: Path) -> None:
    rows = [
        b'<row r="%d"><c r="A%d" t="s"><v>%d</v></c></row>' % (n, n, n) for n in range(1, 10**6)
    ]
    strings = [b"<si><t>%d</t></si>" % n for n in range(10**6)]
    file = tmp_path / "a.xlsx"
    file.write_bytes(workbook(b"".join(rows), b"".join(strings)))
    ran = own_reader.run("inspect", "--json", file, peak=1100)
    assert json.loads(ran["out"])["records"] == 999_998


# ---------------------------------------------------------------- formulas

FORMULAS = ["=cmd|'/c calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "＝1", "=<b>1</b>"]


def test_formulas_come_out_as_text(detachment, root: Path, tmp_path: Path) -> None:
    with (root / "data/sample/couples_long.csv").open(encoding="utf-8", newline="") as file:
        rows = list(itertools.islice(csv.reader(file), 60))
    at = rows[0].index("respondent_id")
    for row, formula in zip(rows[1:], FORMULAS, strict=False):
        row[at] = formula
    export = tmp_path / "a.csv"
    with export.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    ran = detachment("scores", export)
    written = {cell for row in csv.reader(io.StringIO(ran.out)) for cell in row}
    for formula in FORMULAS:
        assert formula.strip() not in written
        assert {f"'{formula}", f"'{formula.strip()}"} & written, formula


def test_formulas_in_tables() -> None:
    frame = pd.DataFrame({"item": FORMULAS})
    cells = [row[0] for row in csv.reader(io.StringIO(csv_table(frame)))][1:]
    assert cells == [f"'{formula}" for formula in FORMULAS]
    table = Table(
        name="items",
        title="Items",
        columns=(Column(label="Item", numeric=False),),
        rows=tuple((formula,) for formula in FORMULAS),
        data=frame,
    )
    page = html_table(table)
    assert "<b>" not in page
    assert "=&lt;b&gt;1&lt;/b&gt;" in page
