"""Validation in blocks finds what validation in memory finds, however the rows are parted."""

import csv
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import detachment as dt
from detachment.errors import DataWarning, ExportError, SurveyError
from detachment.sources import _memory
from detachment.validation import LazySurvey, Survey
from detachment.validation._blocks import Block

Rows = list[list[str]]


@pytest.fixture(scope="module")
def messy(sample_dir: Path) -> tuple[list[str], Rows]:
    """The messy sample: its headings, and its rows."""
    with (sample_dir / "couples_messy.csv").open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file, delimiter=";")
    return headings, rows


@pytest.fixture(scope="module")
def once(messy: tuple[list[str], Rows], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The messy sample without rows that stand there twice, which refuse the whole file."""
    headings, rows = messy
    person, wave, dyad, role = (
        headings.index(name) for name in ("respondent_id", "wave", "dyad_id", "partner_role")
    )
    seen: set[tuple[str, ...]] = set()
    kept = []
    for row in rows:
        keys = {(row[person], row[wave]), (row[dyad] or row[person], row[wave], row[role])}
        if seen.isdisjoint(keys):
            kept.append(row)
        seen |= keys
    path = tmp_path_factory.mktemp("messy") / "once.csv"
    write(path, headings, kept)
    return path


def write(path: Path, headings: Sequence[str], rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([headings, *rows])


def parted(path: Path, folder: Path, cuts: Sequence[int]) -> Path:
    """The rows of a file in several files."""
    with path.open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file, delimiter=";")
    folder.mkdir()
    for i, (a, b) in enumerate(zip([0, *cuts], [*cuts, len(rows)], strict=True)):
        write(folder / f"part-{i}.csv", headings, rows[a:b])
    return folder


def kinds(problems: pd.DataFrame) -> Counter[tuple[str, str]]:
    """Rule and column -> how many; a lazy survey counts some of them together."""
    counts = problems["count"] if "count" in problems else pd.Series(1, index=problems.index)
    found: Counter[tuple[str, str]] = Counter()
    for rule, column, n in zip(problems["rule"], problems["column"], counts, strict=True):
        found[rule, str(column)] += int(n)
    return found


def quietly(do: Callable[[], object]) -> object:
    with pytest.warns(DataWarning):
        return do()


@pytest.fixture(scope="module")
def memory(once: Path) -> Survey:
    survey = quietly(lambda: dt.read_survey(once))
    assert isinstance(survey, Survey)
    assert survey.has_errors
    return survey


@pytest.mark.parametrize("how", ["csv", "csv folder", "text table", "small blocks"])
def test_messy_sample(
    how: str, once: Path, memory: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source: object = once
    if how == "csv folder":
        source = parted(once, tmp_path / "parts", [17, 18, 900])
    if how == "small blocks":
        monkeypatch.setattr("detachment.sources._csv.BLOCK", 700)
    if how == "text table":
        monkeypatch.setattr(_memory, "PART", 500)
        monkeypatch.setattr(_memory, "BLOCK", 170)
        frame = pd.read_csv(once, sep=";", dtype=str, keep_default_na=False)
        source = frame.assign(duration_s=frame["duration_s"].str.replace(",", "."))
    lazy = quietly(lambda: dt.open_survey(source))
    assert isinstance(lazy, LazySurvey)
    assert lazy.rows == len(memory.responses)
    assert lazy.ledger.drop(columns="message").equals(memory.ledger.drop(columns="message"))
    assert kinds(lazy.problems) == kinds(memory.problems)
    assert set(lazy.items) == set(memory.missing)
    for item, about in lazy.items.items():
        answers = memory.responses[item]
        assert about.answered == int(answers.notna().sum())
        if about.answered:
            assert (about.low, about.high) == (answers.min(), answers.max())
        reasons = memory.missing[item].value_counts()
        assert about.reasons == {why: n for why, n in reasons.items() if n}
    cells = memory.problems[memory.problems["row"].notna()]
    if how in ("csv", "small blocks"):
        there = lazy.problems[lazy.problems["row"].notna()]
        keys = ["row", "column", "rule", "value", "message"]
        assert (
            there[keys]
            .sort_values(keys)
            .reset_index(drop=True)
            .equals(cells[keys].sort_values(keys).reset_index(drop=True))
        )
        same(lazy.collect(), memory)


def same(one: Survey, other: Survey) -> None:
    for what in ("responses", "missing", "flags", "ledger", "problems", "paradata"):
        assert getattr(one, what).equals(getattr(other, what)), what


@pytest.mark.parametrize("name", ["couples_long.csv", "couples_qualtrics.csv", "class_quiz.csv"])
def test_samples_are_read_alike(name: str) -> None:
    lazy, survey = dt.open_survey(dt.sample(name)), dt.read_survey(dt.sample(name))
    same(lazy.collect(), survey)
    assert kinds(lazy.problems) == kinds(survey.problems)
    assert lazy.ledger.equals(survey.ledger)


def test_folder_of_platform_exports(sample_dir: Path, tmp_path: Path) -> None:
    """Three rows of headings in each file; the reader of the platform knows previews."""
    with (sample_dir / "couples_qualtrics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    heads, rows = rows[:3], rows[3:]
    for i, part in enumerate((rows[:700], rows[700:])):
        with (tmp_path / f"export-{i}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([*heads, *part])
    lazy = dt.open_survey(tmp_path)
    survey = dt.read_survey(sample_dir / "couples_qualtrics.csv")
    assert lazy.provenance["platform"] == "exports of qualtrics"
    assert lazy.ledger.equals(survey.ledger)
    assert survey.ledger["excluded"].sum() > 0
    assert (
        lazy.collect()
        .responses.reset_index(drop=True)
        .equals(survey.responses.reset_index(drop=True))
    )
    with (tmp_path / "other.csv").open("w", encoding="utf-8") as file:
        file.write("a,b\n1,2\n")
    with pytest.raises(ExportError) as error:
        dt.open_survey(tmp_path)
    assert str(error.value) == (
        f"{tmp_path.name} holds files in several layouts (1 of csv and 2 of exports of qualtrics). "
        "Give files of one layout, such as a folder for each."
    )


def test_previews_in_parquet_made_of_an_export(sample_dir: Path, tmp_path: Path) -> None:
    frame = dt.read_export(sample_dir / "couples_qualtrics.csv").frame
    frame.to_parquet(tmp_path / "export.parquet", row_group_size=500)
    lazy = dt.open_survey(tmp_path / "export.parquet")
    survey = dt.read_survey(tmp_path / "export.parquet")
    assert lazy.ledger.equals(survey.ledger)
    assert survey.ledger["excluded"].sum() > 0
    same(lazy.collect(), survey)


# --- Rows that are compared, across blocks and parts


def refused(do: Callable[[], object]) -> list[tuple[object, ...]]:
    """What rows are refused together, in their order, and where."""
    with pytest.raises(SurveyError) as error:
        do()
    rules = ("duplicate_respondent", "dyad_size", "dyad_role")
    return [
        (
            p.row,
            p.column,
            p.rule,
            re.sub(r"[\w.-]+ row (\d+)", r"\1", p.message).replace("rows ", ""),
        )
        for p in error.value.problems
        if p.rule in rules or p.rule.startswith("blank:")
    ]


def test_messy_sample_is_refused_for_the_same_rows(
    sample_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detachment.sources._csv.BLOCK", 700)
    path = sample_dir / "couples_messy.csv"
    found = refused(lambda: dt.open_survey(path))
    assert found == refused(lambda: dt.read_survey(path))
    assert len(found) > 10


@pytest.fixture(scope="module")
def couples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Couples in two waves, and everything that can be wrong with them."""
    rows = [
        [f"P{i:03d}", wave, f"D{i // 2:03d}", "AB"[i % 2], "1", str(1 + i % 5), "2"]
        for wave in "12"
        for i in range(60)
    ]
    rows[5][0] = "P004"  # somebody twice, in the dyad D002
    rows[70][0] = " P071 "
    rows[20][2] = "D006"  # a third member; D010 has one left
    rows[31][3] = "A"  # two of one role
    rows[33][3] = ""
    rows[40][2] = rows[41][2] = rows[42][2] = ""
    path = tmp_path_factory.mktemp("couples") / "couples.csv"
    write(path, ["respondent_id", "wave", "dyad_id", "partner_role", *ASKED], rows)
    return path


SIGNS = ("sign_01_communication", "sign_02_emotional_talk")
ASKED = ["consent", *SIGNS]


@pytest.mark.parametrize("cuts", [[], [5], [21, 70], [1, 2, 3, 4, 5, 6, 32, 100]])
def test_people_are_compared_across_parts(cuts: list[int], couples: Path, tmp_path: Path) -> None:
    folder = parted(couples, tmp_path / "parts", cuts)
    with pytest.raises(SurveyError) as error:
        dt.open_survey(folder)
    told = error.value.problems
    starts = [0, *cuts]

    def row(part: str, number: str) -> int:
        return starts[int(part)] + int(number)

    def rows_of(message: str) -> list[int]:
        if (alone := re.search(r"\(rows ([\d, ]+)\)", message)) is not None:
            return [int(one) for one in alone[1].split(", ")]
        return [row(*place) for place in re.findall(r"part-(\d+)\.csv row (\d+)", message)]

    found = [(p.rule, rows_of(p.message)) for p in told if p.rule.startswith(("duplicate", "dyad"))]
    with pytest.raises(SurveyError) as error:
        dt.read_survey(couples)
    wanted = []
    for p in error.value.problems:
        if p.rule.startswith(("dup", "dyad")):
            wanted.append((p.rule, rows_of(p.message)))
    assert sorted(found) == sorted(wanted)
    assert {rule for rule, _ in wanted} == {"duplicate_respondent", "dyad_size", "dyad_role"}


def test_message_names_part_and_row(couples: Path, tmp_path: Path) -> None:
    folder = parted(couples, tmp_path / "parts", [5])
    with pytest.raises(SurveyError) as error:
        dt.open_survey(folder)
    assert error.value.problems[0].message == (
        "this respondent id stands more than once in one wave (part-0.csv row 6, part-1.csv row "
        "2); keep one row or correct the id"
    )
    assert error.value.problems[0].row == 6


def test_ids_that_are_personal_stay_apart_in_every_block(tmp_path: Path) -> None:
    rows = [[f"person{i}@example.org", "1", "1", str(1 + i % 5), "2"] for i in range(100)]
    folder = tmp_path / "parts"
    folder.mkdir()
    for i in range(4):
        part = rows[i * 25 : i * 25 + 25]
        write(folder / f"{i}.csv", ["respondent_id", "wave", *ASKED], part)
    lazy = quietly(lambda: dt.open_survey(folder))  # most items are not there
    assert isinstance(lazy, LazySurvey)
    assert lazy.rows == 100
    ids = lazy.total(ids_of, SIGNS)
    assert len(set(ids)) == 100
    assert not any("@" in one for one in ids)


def ids_of(block: Block) -> list[str]:
    return block.survey.responses["respondent_id"].tolist()


def test_many_wrong_values_are_counted_and_few_are_listed(tmp_path: Path) -> None:
    rows = [[f"P{i}", "1", "1", str(100 + i), str(1 + i % 5)] for i in range(3000)]
    rows[0][3], rows[1][3] = "1", "2"
    path = tmp_path / "wrong.csv"
    write(path, ["respondent_id", "wave", *ASKED], rows)
    lazy = quietly(lambda: dt.open_survey(path))
    assert isinstance(lazy, LazySurvey)
    wrong = lazy.problems[lazy.problems["rule"] == "not_allowed"]
    assert wrong["count"].sum() == 2998
    assert wrong["row"].notna().sum() == 1000
    assert len(wrong) <= 1002


def test_levels_of_a_column_with_many_values_are_not_told_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detachment.sources._csv.BLOCK", 150)
    rows = [[f"P{i}", "1", f"G{i}", str(1 + i % 5), "3"] for i in range(400)]
    rows += [[f"Q{i}", "1", "G1", "2", "4"] for i in range(150)]
    path = tmp_path / "many.csv"
    write(path, ["id", "wave", "arm", "q0", "q1"], rows)
    more = "  wave: {role: wave, type: integer}\n  arm: {role: group, type: category}\n"
    lazy = dt.open_survey(path, instrument=panel(tmp_path, 2, more))
    assert set(lazy.levels) == {"wave"}


def panel(folder: Path, items: int, columns: str = "") -> Path:
    """A questionnaire of some items."""
    names = [f"q{i}" for i in range(items)]
    asked = "".join(f"  - {{id: {name}, text: {name}, scale: five}}\n" for name in names)
    path = folder / "panel.yaml"
    path.write_text(
        "schema_version: 1\ninstrument: {id: panel, version: '1', title: Panel}\n"
        "response_scales:\n  five: {type: ordinal, values: [1, 2, 3, 4, 5], "
        "labels: [a, b, c, d, e]}\n"
        f"columns:\n  id: {{role: respondent_id, type: string}}\n{columns}"
        f"items:\n{asked}scales:\n  all: {{label: All, items: [{', '.join(names)}]}}\n",
        encoding="utf-8",
    )
    return path


# --- Memory

_MEASURED = """
import sys, resource, psutil, threading, time
import detachment as dt
from detachment.engines import Local
process, most, done = psutil.Process(), [0], threading.Event()
import numpy, pandas, pyarrow.parquet, pandera.pandas
dt.open_survey(sys.argv[1] + "/small.parquet", instrument=sys.argv[1] + "/panel.yaml")
before = process.memory_info().rss - 0
def watch():
    while not done.is_set():
        most[0] = max(most[0], process.memory_info().rss); time.sleep(0.005)
thread = threading.Thread(target=watch); thread.start()
lazy = dt.open_survey(
    sys.argv[1] + "/large.parquet", instrument=sys.argv[1] + "/panel.yaml", engine=Local(1)
)
done.set(); thread.join()
print(lazy.rows, (most[0] - before) >> 20)
"""


@pytest.mark.slow
def test_memory_stays_below_the_bound(tmp_path: Path) -> None:
    """60 columns: what is said of ``BLOCK``, and 8 bytes a row for who stands there."""
    pytest.importorskip("psutil")
    n, items = 400_000, 60
    panel(tmp_path, items)
    random = np.random.default_rng(1)
    columns = {f"q{i}": random.integers(1, 6, n).astype("int8") for i in range(items)}
    table = pa.table({"id": pa.array(np.arange(n)), **columns})
    pq.write_table(table, tmp_path / "large.parquet", row_group_size=1 << 17)
    pq.write_table(table.slice(0, 100), tmp_path / "small.parquet")
    del table
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(tmp_path)],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    rows, megabytes = map(int, done.stdout.split())
    assert rows == n
    assert megabytes < 250 + 8 * n / 1e6
