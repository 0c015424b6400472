"""SurveyMonkey layouts: two header rows, one, old and new spellings, choices over columns."""

import csv
import io
import itertools
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from detachment.errors import ExportError
from detachment.exports import Export, read_export
from detachment.exports._moments import read_moments
from detachment.exports._source import Source
from detachment.exports.surveymonkey import detect

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
NEW = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address"]
NEW += ["First Name", "Last Name", "Custom Data 1"]
OLD = ["RespondentID", "CollectorID", "StartDate", "EndDate", "IP Address", "Email Address"]
OLD += ["First Name", "LastName", "Custom Data"]
ROLES = ["respondent_id", "metadata", "started_at", "submitted_at", *["identifier"] * 4, "metadata"]
MATRIX = "How much do you agree?"
MULTIPLE = "What do you argue about?"
TOPICS = ["Money", "Chores, time", "Other (please specify)"]
FIRST = ["wave", MATRIX, "", MULTIPLE, "", "", "How old are you?", "Where?", "", "<b>Why?</b>"]
SECOND = ["", "I feel close.", "We laugh.", *TOPICS, "Response", "Response", TOPICS[2]]
SECOND += ["Open-Ended Response"]
NAMES = ["wave", f"{MATRIX} - I feel close.", f"{MATRIX} - We laugh."]
NAMES += [f"{MULTIPLE} - {topic}" for topic in TOPICS]
NAMES += ["How old are you?", "Where?", f"Where? - {TOPICS[2]}", "<b>Why?</b>"]


def record(i: int) -> list[str]:
    own = [str(118_000_000_000 + i), "450000001", "05/14/2026 08:00:00 AM"]
    own += ["05/14/2026 12:06:00 PM", f"192.0.2.{i}", f"p{i}@example.org", "Ana", "Rojas", ""]
    agree = ["Agree", "Neither agree nor disagree", "Disagree", "Strongly agree"]
    return [*own, "1", agree[i % 4], "Agree", "Money", "", "In-laws", "49", "Here", "", 'a, "b"\nc']


def written(rows: list[list[str]], newline: str = "\r\n") -> str:
    memory = io.StringIO()
    csv.writer(memory, lineterminator=newline).writerows(rows)
    return memory.getvalue()


def two_rows(own: list[str] = NEW) -> list[list[str]]:
    return [[*own, *FIRST], [""] * len(own) + SECOND]


@pytest.fixture
def read(tmp_path: Path):
    def reader(rows: list[list[str]] | bytes, **options: str) -> Export:
        file = tmp_path / "a.csv"
        file.write_bytes(rows if isinstance(rows, bytes) else written(rows).encode("utf-8-sig"))
        return read_export(file, **options)

    return reader


@pytest.mark.parametrize("own", [NEW, OLD], ids=["new", "old"])
def test_two_header_rows(read, own: list[str]) -> None:
    records = [record(1), record(2)]
    export = read([*two_rows(own), *records])
    assert (export.platform, export.header_rows) == ("surveymonkey", 2)
    assert export.rule == "SurveyMonkey's sub-headings in row 2"
    assert list(export.frame) == [*own, *NAMES]
    assert export.frame.to_numpy(dtype=object).tolist() == records
    assert export.rows[0] == 3
    assert [export.variables[name].role for name in own] == ROLES
    assert export.identifying_columns == tuple(own[4:8])
    assert export.warnings == ()
    assert not export.test_rows.any()


def test_question_is_the_group_and_the_sub_heading_the_text(read) -> None:
    book = read([*two_rows(), record(1)]).variables
    assert [book[name].text for name in NAMES] == [
        *("wave", "I feel close.", "We laugh.", *TOPICS),
        *("How old are you?", "Where?", TOPICS[2], "<b>Why?</b>"),
    ]
    questions = ["", MATRIX, MATRIX, MULTIPLE, MULTIPLE, MULTIPLE, "How old are you?"]
    assert [book[name].group for name in NAMES] == [*questions, "Where?", "Where?", "<b>Why?</b>"]
    assert {book[name].role for name in NAMES} == {""}


def test_a_choice_that_holds_only_itself_is_labelled(read) -> None:
    book = read([*two_rows(), record(1)]).variables
    assert dict(book[f"{MULTIPLE} - Money"].labels) == {"Money": "chosen"}
    assert dict(book[f"{MULTIPLE} - {TOPICS[2]}"].labels) == {}
    assert dict(book["How old are you?"].labels) == {}


def test_a_heading_of_the_platform_is_not_carried_over_a_question_without_one(read) -> None:
    rows = [["Respondent ID", "Collector ID", "", "", "Age"], ["", "", "We laugh.", "", "Response"]]
    export = read([*rows, ["118000000001", "450000001", "Agree", "", "30"]])
    assert list(export.frame) == ["Respondent ID", "Collector ID", "We laugh.", "unnamed_4", "Age"]


def test_sub_headings_in_another_language(read) -> None:
    first = [*NEW, "Wie alt sind Sie?", "Wo wohnen Sie?", "Beruf?", "", MATRIX, ""]
    second = [""] * 9 + ["Antwort", "Antwort", "Antwort", "Sonstiges", "Wir lachen.", "Wir reden."]
    export = read([first, second, [*record(1)[:9], "30", "Hier", "Nein", "", "Ja", "Ja"]])
    assert export.header_rows == 2
    assert list(export.frame)[9:13] == [*first[9:12], "Beruf? - Sonstiges"]
    assert list(export.frame)[13:] == [f"{MATRIX} - Wir lachen.", f"{MATRIX} - Wir reden."]


def test_the_platforms_own_columns_taken_out(read) -> None:
    rows = [two_rows([])[0][1:], two_rows([])[1][1:], record(1)[10:]]
    export = read(rows)
    assert (export.platform, export.header_rows) == ("surveymonkey", 2)
    assert list(export.frame) == NAMES[1:]


def test_moments_of_a_clock_of_twelve_hours(read) -> None:
    export = read([*two_rows(), record(1)])
    assert export.variables["End Date"].moment == "%m/%d/%Y %I:%M:%S %p"
    ended = read_moments(export.frame["End Date"], export.variables["End Date"])
    assert (
        ended.tolist()
        == read_moments(pd.Series(["2026-05-14T12:06:00"]), export.variables["wave"]).tolist()
    )


def test_how_long_it_took_where_the_seconds_are_known(read) -> None:
    rows = [record(1), record(2)]
    rows[1][2], rows[1][3] = "05/14/2026 11:59:30 PM", "05/15/2026 12:00:10 AM"
    export = read([*two_rows(), *rows])
    assert export.durations is not None
    assert export.durations.tolist() == [4 * 3600 + 6 * 60, 40]
    for row in rows:
        row[2:4] = ["5/14/26 18:37", "5/14/26 18:39"]
    export = read([*two_rows(), *rows])
    assert export.variables["End Date"].moment == "%m/%d/%y %H:%M"
    assert export.durations is None


@pytest.mark.parametrize(
    ("dates", "form", "doubts"),
    [
        (["05/07", "06/03", "06/05"], "%m/%d/%Y", 0),
        (["06/05", "06/03", "05/07"], "%m/%d/%Y", 0),  # the newest comes first
        (["07/05", "03/06", "05/06"], "%d/%m/%Y", 0),
        (["05/13", "05/13"], "%m/%d/%Y", 0),
        (["06/05", "05/06"], "%m/%d/%Y", 1),  # either, as the order may go both ways
        (["05/04", "05/04"], "%m/%d/%Y", 1),
    ],
)
def test_day_or_month_first(read, dates: list[str], form: str, doubts: int) -> None:
    rows = [record(i) for i in range(len(dates))]
    for row, date in zip(rows, dates, strict=True):
        row[3] = f"{date}/2026 08:00:00 AM"
    export = read([*two_rows(), *rows])
    assert export.variables["End Date"].moment == f"{form} %I:%M:%S %p"
    assert len(export.warnings) == doubts
    assert all("nothing tells day from month" in warning for warning in export.warnings)


@pytest.mark.parametrize("own", [NEW, OLD], ids=["new", "old"])
def test_one_header_row(read, own: list[str]) -> None:
    export = read([[*own, "wave", "I feel close."], record(1)[:11], record(2)[:11]])
    assert (export.platform, export.header_rows) == ("surveymonkey", 1)
    assert export.rule == "SurveyMonkey's own columns, one header row"
    assert [v.role for v in export.variables.values()] == [*ROLES, "", ""]
    assert export.variables["I feel close."].text == "I feel close."


def test_respondent_id_alone_with_long_numbers(read) -> None:
    export = read([["RespondentID", "Q1"], ["3292953864", "2"], ["3292950324", "4"]])
    assert export.platform == "surveymonkey"
    assert export.variables["RespondentID"].role == "respondent_id"


@pytest.mark.parametrize(
    "rows",
    [
        [["RespondentID", "Q1"], ["R0001", "2"]],
        [["RespondentID", "Q1"], ["1", "2"]],
        [["respondent_id", "Q1"], ["3292953864", "2"]],
        [["StartDate", "EndDate", "Q1"], ["2026-05-04", "2026-05-04", "Response"]],
        [["Question", "Answer"], ["Age?", "Response"]],
        [["Name", "Response"], ["a", "b"]],
    ],
)
def test_what_is_not_taken_for_surveymonkey(read, rows: list[list[str]]) -> None:
    assert read(rows).platform == "generic"
    with pytest.raises(ExportError, match="no SurveyMonkey export"):
        read(rows, platform="surveymonkey")


def test_ids_that_excel_shortened_are_named(read) -> None:
    rows = [record(1), record(2)]
    for row in rows:
        row[0] = "1.18E+11"
    warnings = read([*two_rows(), *rows]).warnings
    assert len(warnings) == 1
    assert "column Respondent ID holds shortened numbers" in warnings[0]


def test_one_answer_over_a_column_a_choice_is_named(read) -> None:
    choices = ["Never", "Rarely", "Often"]
    first, second = [*NEW, "How often?", "", ""], [""] * 9 + choices
    several = [[*record(i)[:9], *((c if c == choices[i % 3] else "") for c in choices)]
               for i in range(6)]  # fmt: skip
    export = read([first, second, *several])
    assert [w for w in export.warnings if "1 question(s) with one answer" in w]
    codes = [[cell.replace("Never", "1").replace("Rarely", "2").replace("Often", "3")
              for cell in row] for row in several]  # fmt: skip
    assert [w for w in read([first, second, *codes]).warnings if "condensed" in w]
    two = [[*record(i)[:9], "Never", "", "Often"] for i in range(6)]
    assert read([first, second, *two]).warnings == ()


def test_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for row in (*two_rows(), record(1)):
        book.active.append([int(c) if c.isdigit() else c or None for c in row])
    book.save(tmp_path / "a.xlsx")
    export = read_export(tmp_path / "a.xlsx")
    assert (export.platform, export.container, export.header_rows) == ("surveymonkey", "xlsx", 2)
    assert list(export.frame) == [*NEW, *NAMES]
    assert export.frame["Respondent ID"].tolist() == ["118000000001"]


@pytest.mark.parametrize(("codec", "found"), [("mac_roman", "mac_roman"), ("cp1252", "cp1252")])
def test_old_encodings(read, codec: str, found: str) -> None:
    rows = [*two_rows(), record(1)]
    rows[-1][-1] = "Está así: mañana"
    export = read(written(rows).encode(codec))
    assert (export.platform, export.encoding) == ("surveymonkey", found)
    assert export.frame["<b>Why?</b>"].tolist() == ["Está así: mañana"]
    assert any("not UTF-8" in warning for warning in export.warnings)


def test_a_byte_in_a_heading_that_is_of_no_encoding(read) -> None:
    data = written([*two_rows(), record(1)]).encode().replace(b"Where?", b"Where?\xeb_")
    export = read(data)
    assert export.platform == "surveymonkey"
    assert "not UTF-8 (byte 0xeb in line 1)" in export.warnings[0]
    assert "Where?ë_" in export.frame


SAFE = st.text(st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=6)


@settings(max_examples=40)
@given(
    questions=st.lists(st.lists(SAFE, min_size=1, max_size=3), min_size=1, max_size=4),
    own=st.sampled_from([NEW, OLD]),
)
def test_every_column_and_cell_comes_back(
    tmp_path_factory: pytest.TempPathFactory, questions: list[list[str]], own: list[str]
) -> None:
    first, second = list(own), [""] * len(own)
    for i, subs in enumerate(questions):
        first += [f"Question {i}", *[""] * (len(subs) - 1)]
        second += subs
    cells = [*record(1)[:9], *(f"cell {i}" for i in range(len(first) - 9))]
    file = tmp_path_factory.mktemp("monkey") / "a.csv"
    file.write_text(written([first, second, cells]), encoding="utf-8", newline="")
    export = read_export(file)
    assert (export.platform, export.header_rows) == ("surveymonkey", 2)
    assert export.frame.to_numpy(dtype=object).tolist() == [cells]
    assert export.frame.columns.is_unique
    groups = itertools.chain.from_iterable(
        [f"Question {i}"] * len(subs) for i, subs in enumerate(questions)
    )
    assert [v.group for v in export.variables.values()][9:] == list(groups)


@pytest.mark.parametrize("cut", range(0, 900, 45))
def test_cut_anywhere(read, cut: int) -> None:
    data = written([*two_rows(), record(1), record(2)]).encode()[: cut + 1]
    try:
        export = read(data)
    except ExportError:
        return
    assert len(export.rows) == len(export.frame)


# ------------------------------------------------------------------------------ real exports


def known(wanted: str) -> list[dict[str, Any]]:
    file = FOLDER / "EXPECTED.json"
    entries = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return [entry for entry in entries if (entry["format"] == "surveymonkey") == (wanted == "own")]


outside = pytest.mark.skipif(
    not known("own"), reason="the outside reference files (../shared) are not on this machine"
)


@outside
@pytest.mark.parametrize("expected", known("own"), ids=lambda e: e["file"])
def test_real_export(expected: dict[str, Any]) -> None:
    export = read_export(FOLDER / expected["file"])
    facts = export.facts()
    for fact in ("container", "bom", "delimiter", "header_rows", "columns", "records"):
        assert facts[fact] == expected[fact], fact
    if expected["encoding"].startswith("not utf-8"):
        assert export.encoding == "cp1252"
        assert any("0xeb" in warning for warning in export.warnings)
    else:
        assert export.encoding == expected["encoding"]
    assert list(export.identifying_columns) == expected["pii_columns"]
    assert export.platform == "surveymonkey"
    # Headings that are empty or repeated in row 1 have the name of their question here.
    grid = Source(
        name=expected["file"], data=(FOLDER / expected["file"]).read_bytes(), container="text"
    ).grid
    assert grid is not None
    first = grid.head[0]
    assert first.count("") == expected["empty_header_names"]
    repeated = {heading for heading in first if first.count(heading) > 1}
    assert sorted(repeated) == expected["duplicate_header_names"]
    assert not any(name.startswith("unnamed_") for name in export.frame)
    assert not export.repeated
    codec = (export.encoding or "") + "-sig" * export.bom
    with (FOLDER / expected["file"]).open(encoding=codec, newline="") as file:
        rows = list(csv.reader(file))
    assert export.frame.to_numpy(dtype=object).tolist() == rows[expected["header_rows"] :]
    assert [rows[i - 1] for i in export.rows] == rows[expected["header_rows"] :]


@outside
def test_rows_that_share_an_address_are_still_seen() -> None:
    export = read_export(FOLDER / "surveymonkey" / "detachdemo_full_meta_2row.csv")
    again = export.frame["IP Address"].duplicated(keep=False).to_numpy()
    truth = next(entry for entry in known("own") if "full_meta" in entry["file"])["truth"]
    assert truth.startswith("rows 33 and 34 share an IP")  # counted from 0
    assert again.nonzero()[0].tolist() == [33, 34]
    assert export.rows[again].tolist() == [36, 37]


@outside
@pytest.mark.parametrize("expected", known("others"), ids=lambda e: e["file"])
def test_files_of_other_platforms_are_left_alone(expected: dict[str, Any]) -> None:
    if expected["container"] not in ("text", "xlsx"):
        pytest.skip("no table of text")
    data = (FOLDER / expected["file"]).read_bytes()
    source = Source(name=expected["file"], data=data, container=expected["container"])
    assert detect(source) is None
