"""Bad input as people have it: one clear message, the right exit code, no traceback, no report."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

Rows = list[list[str]]
SIGN = "sign_04_indifference"


def long_rows(root: Path) -> Rows:
    """The first people of the sample at wave 1; couples stand together."""
    with (root / "data/sample/couples_long.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    wave = rows[0].index("wave")
    return [rows[0], *[row for row in rows[1:] if row[wave] == "1"][:160]]


def qualtrics_rows(root: Path) -> Rows:
    with (root / "data/sample/couples_qualtrics.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[:103]


def put(rows: Rows, column: str, value: str, *lines: int) -> Rows:
    """Write a value into lines of a column (the heading is line 1); all of them when none."""
    at = rows[0].index(column)
    for line in lines or range(2, len(rows) + 1):
        rows[line - 1][at] = value
    return rows


def copied(rows: Rows, column: str, source: int, *targets: int) -> Rows:
    return put(rows, column, rows[source - 1][rows[0].index(column)], *targets)


def previews(rows: Rows) -> Rows:
    at = rows[0].index("Status")
    for row in rows[3:]:
        row[at] = "1"
    return rows


@dataclass(frozen=True)
class Case:
    """What is done to the file, and what must then be said."""

    name: str
    make: Callable[[Path], Rows | bytes]
    said: str
    code: int = 3
    wrong_cells: bool = False  # the survey can be used without them: only the report is refused

    def __str__(self) -> str:
        return self.name


CASES = [
    Case("empty file", lambda root: b"", "is empty"),
    Case("headings only", lambda root: long_rows(root)[:1], "no records"),
    Case("binary file", lambda root: bytes(range(256)) * 40, "is a binary file"),
    Case("picture", lambda root: b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, "is a PNG image"),
    Case(
        "wrong survey",
        lambda root: [["species", "weight"], *[["wombat", "26"] for _ in range(50)]],
        "no column answers an item",
    ),
    Case(
        "code 55",
        lambda root: put(long_rows(root), SIGN, "55", 7),
        rf"row 7, column {SIGN}, value '55': not an answer|7  {SIGN}  55 +Not an answer",
        wrong_cells=True,
    ),
    Case(
        "text in a numeric item",
        lambda root: put(long_rows(root), SIGN, "a lot", 9),
        rf"row 9, column {SIGN}, value 'a lot': not an answer|9  {SIGN}  a lot +Not an answer",
        wrong_cells=True,
    ),
    Case(
        "two people with one id",
        lambda root: copied(long_rows(root), "respondent_id", 2, 60),
        "stands more than once in one wave",
    ),
    Case(
        "dyad of three",
        lambda root: copied(long_rows(root), "dyad_id", 2, 100),
        "more than two members",
    ),
    Case(
        "constant item",
        lambda root: put(long_rows(root), SIGN, "3"),
        rf"every answer to item {SIGN} of scale signs_total is 3",
        wrong_cells=True,
    ),
    Case(
        "empty column",
        lambda root: put(long_rows(root), SIGN, ""),
        rf"nobody answered item {SIGN}",
        wrong_cells=True,
    ),
    Case(
        "only previews",
        lambda root: previews(qualtrics_rows(root)),
        "100 marked as test or preview",
    ),
    Case(
        "fewer rows than items",
        lambda root: long_rows(root)[:8],
        r"only 7 respondents left, fewer than the items of a scale.*signs_total \(15 items\)",
        wrong_cells=True,
    ),
]


def write(path: Path, content: Rows | bytes) -> Path:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(content)
    return path


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_report_of_bad_input(case, detachment, root, tmp_path):
    export = write(tmp_path / "export.csv", case.make(root))
    ran = detachment("report", export, "--out", tmp_path / "report")
    assert ran.code == case.code, ran.err
    assert ran.out == ""
    assert len(re.findall(r"^error: ", ran.err, re.MULTILINE)) == 1
    assert re.search(case.said, ran.err), ran.err
    assert "Traceback" not in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["export.csv"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_validate_names_what_is_wrong(case, detachment, root, tmp_path):
    export = write(tmp_path / "export.csv", case.make(root))
    ran = detachment("validate", export)
    assert ran.code == (1 if case.wrong_cells else case.code), ran.err
    assert re.search(case.said, ran.out if case.wrong_cells else ran.err, re.IGNORECASE), ran
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", ["validate", "scores", "reliability", "items", "correlate"])
def test_strict_refuses_a_wrong_cell(command, detachment, root, tmp_path):
    export = write(tmp_path / "export.csv", put(long_rows(root), SIGN, "55", 7))
    assert detachment(command, export).code == 1
    strict = detachment(command, export, "--strict")
    assert (strict.code, strict.out) == (3, "")
    assert f"row 7, column {SIGN}" in strict.err


def test_the_report_comes_with_code_1_when_problems_are_allowed(detachment, root, tmp_path):
    export = write(tmp_path / "export.csv", put(long_rows(root), SIGN, "55", 7))
    ran = detachment("report", export, "--out", tmp_path / "report", "--allow-problems")
    assert ran.code == 1, ran.err
    assert Path(ran.out.strip()) == tmp_path / "report" / "index.html"
    assert "55" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_a_missing_file_is_wrong_usage(detachment, tmp_path):
    (tmp_path / "couples.csv").touch()
    ran = detachment("report", tmp_path / "couple.csv", "--out", tmp_path / "report")
    assert ran.code == 2
    assert "There is no file 'couple.csv'" in ran.err
    assert "Did you mean 'couples.csv'?" in ran.err
    assert not (tmp_path / "report").exists()


def test_a_slip_in_an_instrument_file_is_named_with_its_line(
    detachment, root, sample_dir, tmp_path
):
    text = (root / "schemas/instruments/ras.yaml").read_text(encoding="utf-8")
    line = next(i for i, row in enumerate(text.splitlines(), 1) if "min_valid" in row)
    wrong = tmp_path / "mine.yaml"
    wrong.write_text(text.replace("min_valid", "min_vald", 1), encoding="utf-8")

    checked = detachment("instrument", "check", wrong)
    assert checked.code == 1
    assert f"mine.yaml:{line}: " in checked.out
    assert "min_vald" in checked.out
    assert "min_valid" in checked.out.replace("min_vald", "")

    ran = detachment(
        "report",
        sample_dir / "couples_long.csv",
        "--instrument",
        wrong,
        "--out",
        tmp_path / "report",
    )
    assert ran.code == 3
    assert f"mine.yaml:{line}: " in ran.err
    assert not (tmp_path / "report").exists()


def test_no_message_shows_a_personal_value(detachment, root, tmp_path):
    rows = copied(long_rows(root), "respondent_id", 2, 60)
    person = rows[1][rows[0].index("respondent_id")]
    ran = detachment("validate", write(tmp_path / "export.csv", rows))
    assert ran.code == 3
    assert person not in ran.out + ran.err
