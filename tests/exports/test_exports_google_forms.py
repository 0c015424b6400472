"""Google Forms: the form's CSV and the sheet's, in any language; grids, quizzes, choices."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from detachment.exports import Export, read_export, read_moments

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
STEM = "How much do you agree? [for each line]"
HEADINGS = [
    "Timestamp",
    "Username",
    f"{STEM} [We talk.]",
    f"{STEM} [We laugh [a lot].]",
    "What do you argue about?",
    "Anything else?",
]
ARGUED = ["Money, savings and debt;Chores", "Chores", "", "Chores;Time", "Time"]


def records(argued: list[str] = ARGUED) -> list[list[str]]:
    return [
        [f"2026/05/04 {i}:00:00 AM GMT+2", f"p{i}@example.org", "Agree", "", cell, f"Well, {i}"]
        for i, cell in enumerate(argued, start=1)
    ]


def write(
    folder: Path, headings: list[str], body: list[list[str]], name: str = "couples.csv"
) -> Path:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows([headings, *body])
    path = folder / name
    path.write_bytes(text.getvalue().encode())
    return path


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return read_export(write(tmp_path, HEADINGS, records()))


def test_the_csv_of_a_form(export: Export) -> None:
    assert (export.platform, export.header_rows) == ("google_forms", 1)
    assert export.rule == "first heading 'Timestamp', over moments"
    assert export.frame.iloc[0].tolist() == records()[0]  # cells stay as written
    assert export.identifying_columns == ("Username",)
    roles = {name: v.role for name, v in export.variables.items() if v.role}
    assert roles == {"Timestamp": "submitted_at", "Username": "identifier"}
    first = read_moments(export.column("Timestamp"), export.variable("Timestamp"))[0]
    assert str(first)[:19] == "2026-05-03T23:00:00"


def test_a_grid_is_one_question_with_rows(export: Export) -> None:
    grid = [(v.group, v.text) for v in export.variables.values() if v.group]
    assert grid == [(STEM, "We talk."), (STEM, "We laugh [a lot].")]


def test_one_heading_with_brackets_is_no_grid(tmp_path: Path) -> None:
    headings = ["Timestamp", "How are you [today]?", "And [then]"]
    body = [["2026/05/04 9:00:00 AM GMT+2", "Well", "Well"]] * 2
    export = read_export(write(tmp_path, headings, body))
    assert [v.text for v in export.variables.values()] == headings
    assert not any(v.group for v in export.variables.values())


def test_choices_parted_by_semicolons(export: Export) -> None:
    question = export.variable("What do you argue about?")
    assert question.separator == ";"
    assert question.options == ("Chores", "Time")  # who alone chose something is not named
    assert export.column("What do you argue about? [Time]").tolist() == ["0", "0", "", "1", "1"]
    assert not export.variable("Anything else?").options
    assert any("'What do you argue about?'" in warning for warning in export.warnings)
    assert not any("Money" in warning or "Well" in warning for warning in export.warnings)


def test_choices_parted_by_commas(tmp_path: Path) -> None:
    money = "Money, savings and debt"
    argued = [f"{money}, Chores, Time", f"{money}, Time", "Chores, Time", "Chores", "Time", money]
    export = read_export(write(tmp_path, HEADINGS, records(argued)))
    question = export.variable("What do you argue about?")
    assert (question.options, question.separator) == ((money, "Chores", "Time"), ", ")


def test_columns_of_a_checkbox_grid_share_their_choices(tmp_path: Path) -> None:
    headings = ["Timestamp", "When? [Work]", "When? [Home]"]
    cells = [("Morning", "Noon, Night"), ("Noon", "Morning, Noon"), ("Night", "Noon"),
             ("Morning, Noon", "Night"), ("", "Morning")]  # fmt: skip
    body = [[f"2026/05/04 {i}:00:00 AM GMT+2", *c] for i, c in enumerate(cells, start=1)]
    export = read_export(write(tmp_path, headings, body))
    for name in headings[1:]:
        assert export.variable(name).options == ("Morning", "Noon", "Night")
        assert export.variable(name).group == "When?"
    assert export.column("When? [Home] [Noon]").tolist() == ["1", "1", "1", "0", "0"]


@pytest.mark.parametrize(
    ("heading", "cells", "form"),
    [
        ("Timestamp", ["12/13/2019 12:02:32", "12/14/2019 9:00:00"], "%m/%d/%Y %H:%M:%S"),
        ("Zeitstempel", ["04.05.2026 08:00:00", "05.05.2026 08:00:00"], "%d.%m.%Y %H:%M:%S"),
        ("Marca temporal", ["2026/08/06 11:05:40 p.m. GMT-3"] * 2, "%Y/%m/%d %I:%M:%S %p %z"),
        ("Marca temporal", ["9/08/2026 23:05:40", "13/08/2026 23:05:40"], "%d/%m/%Y %H:%M:%S"),
        ("Horodateur", ["13/08/2026 23:05:40"] * 2, "%d/%m/%Y %H:%M:%S"),
        ("Carimbo de data/hora", ["13/08/2026 23:05:40"] * 2, "%d/%m/%Y %H:%M:%S"),
        ("Informazioni cronologiche", ["13/02/2026 19.07.17"] * 2, "%d/%m/%Y %H.%M.%S"),
        ("Tijdstempel", ["13-2-2026 19:07:17"] * 2, "%d-%m-%Y %H:%M:%S"),
        ("Sygnatura czasowa", ["2026-02-13 19:07:17"] * 2, ""),
        ("Отметка времени", ["13.02.2026 19:07:17"] * 2, "%d.%m.%Y %H:%M:%S"),
        ("タイムスタンプ", ["2026/02/13 19:07:17"] * 2, "%Y/%m/%d %H:%M:%S"),
        ("Časová značka", ["13.2.2026 19:07:17"] * 2, "%d.%m.%Y %H:%M:%S"),
    ],
)
def test_languages(tmp_path: Path, heading: str, cells: list[str], form: str) -> None:
    export = read_export(write(tmp_path, [heading, "Q"], [[cell, "Agree"] for cell in cells]))
    assert export.platform == "google_forms"
    about = export.variable(heading)
    assert (about.role, about.moment) == ("submitted_at", form)
    moments = read_moments(export.column(heading), about).astype("datetime64[D]").astype(str)
    assert {m[:4] for m in moments} <= {"2019", "2026"}


@pytest.mark.parametrize(
    "heading",
    ["Username", "Email Address", "Email address", "Dirección de correo electrónico",
     "E-Mail-Adresse", "Nutzername", "Adresse e-mail", "Nom d\u2019utilisateur",
     "Endereço de e-mail", "Indirizzo email", "E-mailadres", "Adres e-mail", "メールアドレス"],
)  # fmt: skip
def test_collected_addresses(tmp_path: Path, heading: str) -> None:
    body = [["2026/05/04 9:00:00 AM GMT+2", "", "Agree"]]  # nothing in the column says it
    export = read_export(write(tmp_path, ["Timestamp", heading, "Q"], body))
    assert export.identifying_columns == (heading,)
    assert export.variable(heading).role == "identifier"


def test_a_quiz(tmp_path: Path) -> None:
    headings = ["Marca temporal", "Dirección de correo electrónico", "Puntuación", "2 + 2?",
                "2 + 2? [Puntuación]", "2 + 2? [Comentarios]", "Why?", "Why? [Score]",
                "Why? [Feedback]", "Rate [a]", "Rate [b]"]  # fmt: skip
    body = [["2026/05/04 9:00:00 AM GMT+2", "a@example.org", "8.00 / 10", "4", "1.00 / 1", "",
             "Because", "-- / 0", "Well said", "1", "2"]]  # fmt: skip
    export = read_export(write(tmp_path, headings, body))
    added = [name for name, v in export.variables.items() if v.role == "metadata"]
    assert added == [headings[i] for i in (2, 4, 5, 7, 8)]
    assert export.variable("Why? [Score]").group == "Why?"
    assert export.variable("Rate [a]").group == "Rate"


def test_headings_that_stand_more_than_once(tmp_path: Path) -> None:
    headings = ["Timestamp", "Untitled question", "Untitled question", "Why? ", "Why?"]
    body = [["2026/05/04 9:00:00 AM GMT+2", "1", "2", "3", "4"]]
    export = read_export(write(tmp_path, headings, body))
    assert list(export.frame) == [*headings[:2], "Untitled question.2", *headings[3:]]
    assert dict(export.repeated) == {"Untitled question.2": "Untitled question"}
    assert export.variable("Why? ").text == "Why?"


def test_the_sheet_as_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Zeitstempel", "Wie alt?", "Q"])
    sheet.append([datetime(2026, 5, 4, 8, 0, 1), 33, "Ja"])
    sheet.append([datetime(2026, 5, 5, 9, 30), 41, "Nein"])
    path = tmp_path / "couples (Antworten).xlsx"
    book.save(path)
    export = read_export(path)
    assert (export.platform, export.container) == ("google_forms", "xlsx")
    moments = read_moments(export.column("Zeitstempel"), export.variable("Zeitstempel"))
    assert moments.astype("datetime64[s]").astype(str).tolist() == [
        "2026-05-04T08:00:01",
        "2026-05-05T09:30:00",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Timestamp,Temperature\n1.5,20\n2.5,21\n",
        "Timestamp\n2026/05/04 9:00:00 AM GMT+2\n",
        "id,Timestamp,Q\n1,2026/05/04 9:00:00 AM GMT+2,Agree\n",
        "StartDate,EndDate,Q1\n2026-05-04 10:00:00,2026-05-04 10:05:00,1\n",
        "Respondent ID,Start Date,End Date,Q\n1,05/04/2026 08:00:00 AM,05/04/2026 08:10:00 AM,A\n",
        "ID,Start time,Completion time,Email,Q\n1,5/4/26 8:00,5/4/26 8:10,anonymous,A\n",
    ],
)
def test_other_tables_are_not_taken(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert read_export(path).platform != "google_forms"


def test_the_user_may_name_the_platform(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("When,Q [a],Q [b]\nMonday,1,2\n")
    export = read_export(path, platform="google_forms")
    assert [v.text for v in export.variables.values()] == ["When", "a", "b"]
    assert not any(v.role for v in export.variables.values())


def known() -> list[dict[str, Any]]:
    file = FOLDER / "EXPECTED.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []


KNOWN = known()
needs_outside_files = pytest.mark.skipif(
    not KNOWN, reason="the outside reference files (../shared) are not on this machine"
)


@needs_outside_files
def test_real_files_of_forms_and_no_others_are_taken() -> None:
    forms = ("google_forms", "microsoft_forms")
    found = {}
    for expected in KNOWN:
        if expected["container"] in ("text", "xlsx"):
            try:
                found[expected["file"]] = read_export(FOLDER / expected["file"]).platform
            except ValueError:  # refused by whoever it belongs to
                continue
    taken = {file: platform for file, platform in found.items() if platform in forms}
    assert taken == {k["file"]: k["format"] for k in KNOWN if k["format"] in forms}


@needs_outside_files
def test_real_choices_that_hold_commas() -> None:
    export = read_export(FOLDER / "google_forms" / "detachdemo_forms_csv_email.csv")
    several = {name: v.options for name, v in export.variables.items() if v.options}
    money = "Money, savings and debt"
    assert {n: set(o) for n, o in several.items()} == {
        "What do you argue about?": {money, "Chores", "Time"}
    }
    chosen = export.column(f"What do you argue about? [{money}]")
    cells = export.column("What do you argue about?")
    assert (chosen == "1").sum() == sum(money in cell for cell in cells) > 0


@needs_outside_files
def test_real_questions_of_several_choices_and_none_of_one() -> None:
    """Eleven are checkboxes; six more have commas in their words, four are free text."""
    export = read_export(FOLDER / "google_forms" / "r_community_2019_spanish.csv")
    several = [name for name, v in export.variables.items() if v.options]
    assert len(several) == 11
    marked = [name for name in export.frame if "todas las" in name or "arque todo" in name]
    # Seven people saw the question of the tools; they are too few to tell.
    assert len(set(marked) - set(several)) == 1
    where = export.variable("Cuando tienes problemas en R, ¿a quién recurres para pedir ayuda?")
    assert "Redes sociales como blogs, R-bloggers, Twitter, Slack o contactos de GitHub" in (
        where.options
    )
    assert "Libros, libros de texto o artículos de revistas (JSS, JOSS, R-Journal)" in where.options
    moments = read_moments(export.column("Timestamp"), export.variable("Timestamp"))
    assert str(moments.min())[:19] == "2019-12-13T12:02:32"
