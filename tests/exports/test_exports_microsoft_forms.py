"""Microsoft Forms: workbooks with or without prefixes in their XML, in several languages."""

import io
import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from detachment.errors import ExportError
from detachment.exports import Export, read_export, read_moments

NBSP = "\u00a0"
META = ["ID", "Start time", "Completion time", "Email", "Name", "Last modified time"]
QUESTIONS = ["We talk." + NBSP, "What do you argue about?", "Order these", "Anything; else?"]
START = datetime(2026, 5, 4, 8, 0)
CELLS = [
    ["Agree", "Money;Chores;", "A;B;C;", "Fine; thanks"],
    ["Disagree", "Chores;", "B;A;C;", None],
    [None, None, None, "No;"],
    ["Agree", "Money;My own;", "C;A;B;", "A; B"],
]


def workbook(path: Path, headings: list[str], rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [headings, *rows]:
        sheet.append(row)
    book.save(path)
    return path


def rows(cells: list[list[str | None]] = CELLS) -> list[list[object]]:
    who = ["anonymous", "a@example.org"] * 2
    return [
        [
            i + 1,
            START,
            START + timedelta(seconds=90),
            who[i],
            f"Ana {i}" if i % 2 else None,
            None,
            *c,
        ]
        for i, c in enumerate(cells)
    ]


def with_prefix(path: Path, prefix: str = "x") -> Path:
    """Name the namespace in every part, as some writers do: <x:c r="A1">."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/") and name.endswith(".xml") and "theme" not in name:
                text = data.decode().replace(' xmlns="', f' xmlns:{prefix}="', 1)
                data = re.sub(r"<(/?)(?![\w]+:)(?=\w)", rf"<\1{prefix}:", text).encode()
            new.writestr(name, data)
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return read_export(workbook(tmp_path / "couples.xlsx", META + QUESTIONS, rows()))


def test_metadata(export: Export) -> None:
    assert (export.platform, export.container, export.header_rows) == ("microsoft_forms", "xlsx", 1)
    assert export.rule == "first headings ID, Start time, Completion time"
    roles = [v.role for v in export.variables.values()]
    assert roles == ["respondent_id", "started_at", "submitted_at", "identifier", "identifier",
                     "metadata", "", "", "", ""]  # fmt: skip
    assert export.identifying_columns == ("Email", "Name")
    assert dict(export.variable("Email").missing) == {"anonymous": "no address was collected"}
    assert export.durations is not None
    assert export.durations.tolist() == [90.0] * 4


def test_a_duration_that_cannot_be_is_none(tmp_path: Path) -> None:
    body = [[1, START, START - timedelta(seconds=1), "anonymous", None, None, "A"]]
    body += [[2, START, None, "anonymous", None, None, "A"]]
    durations = read_export(workbook(tmp_path / "a.xlsx", [*META, "Q"], body)).durations
    assert durations is not None
    assert np.isnan(durations).all()


def test_a_no_break_space_ends_a_heading(export: Export) -> None:
    assert "We talk." + NBSP in export.frame  # the name is the file's
    assert export.variable("We talk." + NBSP).text == "We talk."


def test_choices_end_with_a_semicolon(export: Export) -> None:
    question = export.variable("What do you argue about?")
    assert (question.options, question.separator) == (("Money", "Chores"), ";")
    assert export.column("What do you argue about? [Money]").tolist() == ["1", "0", "", "1"]
    assert not export.variable("Anything; else?").options
    assert not any("My own" in warning for warning in export.warnings)


def test_a_ranking_is_no_question_of_several_choices(export: Export) -> None:
    assert not export.variable("Order these").options
    assert "'Order these' looks like a ranking: its cells are left whole" in export.warnings


def test_an_option_may_hold_the_mark(tmp_path: Path) -> None:
    money = "Money; or debt"
    cells = [[f"{money};Time;"], ["Time;"], [f"{money};"]]
    path = workbook(tmp_path / "a.xlsx", [*META, "Argue"], rows([list(c) for c in cells]))
    assert read_export(path).variable("Argue").options == (money, "Time")


def test_a_quiz(tmp_path: Path) -> None:
    quiz = ["Total points", "Quiz feedback", "Last modified time"]
    asked = ["2 + 2?", "Points - 2 + 2?", "Feedback - 2 + 2?", "Points - of view"]
    body = [[1, START, START, "anonymous", None, 1, None, None, "4;", 1, "Yes", "Mine"]]
    export = read_export(workbook(tmp_path / "a.xlsx", META[:5] + quiz + asked, body))
    added = [name for name, v in export.variables.items() if v.role == "metadata"]
    assert added == [*quiz, *asked[1:3]]
    assert export.variable("Points - 2 + 2?").group == "2 + 2?"


def test_rows_of_a_likert_question(tmp_path: Path) -> None:
    stem = "How often, in the U.S. and elsewhere?"
    asked = [
        f"{stem}.We talk.",
        f"{stem}.We laugh.",
        "I like the U.S. a lot",
        "I like the U.S. food",
    ]
    path = workbook(tmp_path / "a.xlsx", META + asked, rows([["1", "2", "3", "4"]]))
    found = [(v.group, v.text) for v in read_export(path).variables.values()][6:]
    assert found == [(stem, "We talk."), (stem, "We laugh."), ("", asked[2]), ("", asked[3])]


@pytest.mark.parametrize(
    "headings",
    [
        ["ID", "Startzeit", "Fertigstellungszeit", "E-Mail", "Name"],
        ["Id", "Heure de début", "Heure de fin", "Adresse de messagerie", "Nom"],
        ["ID", "Hora de inicio", "Hora de finalización", "Correo electrónico", "Nombre"],
        ["ID", "Hora de início", "Hora de conclusão", "Email", "Nome"],
        ["Id", "Ora di inizio", "Ora di completamento", "Posta elettronica", "Nome"],
        ["ID", "Begintijd", "Tijd van voltooien", "E-mail", "Naam"],
        ["ID", "Godzina rozpoczęcia", "Godzina ukończenia", "Adres e-mail", "Nazwa"],
    ],
)
def test_languages(tmp_path: Path, headings: list[str]) -> None:
    body = [[1, START, START, "anonymous", None, "Ja"]]
    export = read_export(workbook(tmp_path / "a.xlsx", [*headings, "Q"], body))
    assert export.platform == "microsoft_forms"
    roles = [v.role for v in export.variables.values()]
    assert roles == ["respondent_id", "started_at", "submitted_at", "identifier", "identifier", ""]
    assert export.identifying_columns == tuple(headings[3:])


def test_a_workbook_saved_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "ID;Startzeit;Fertigstellungszeit;E-Mail;Name;Frage\n"
        "1;04.05.2026 08:00;04.05.2026 08:04;anonymous;;Ja\n",
        encoding="utf-8",
    )
    export = read_export(path)
    assert export.platform == "microsoft_forms"
    about = export.variable("Fertigstellungszeit")
    assert about.moment == "%d.%m.%Y %H:%M"
    assert str(read_moments(export.column("Fertigstellungszeit"), about)[0])[:16] == (
        "2026-05-04T08:04"
    )


def test_prefixes_in_the_xml_change_nothing(tmp_path: Path) -> None:
    plain = read_export(workbook(tmp_path / "a.xlsx", META + QUESTIONS, rows()))
    marked = read_export(with_prefix(workbook(tmp_path / "b.xlsx", META + QUESTIONS, rows())))
    assert marked.frame.equals(plain.frame)
    assert dict(marked.variables) == dict(plain.variables)


def test_prefixes_do_not_hide_a_stray_cell_or_an_error(tmp_path: Path) -> None:
    body: list[list[object]] = [["a", "b"], ["=1/0", "=A1"]]
    path = with_prefix(workbook(tmp_path / "a.xlsx", ["x", "y"], body))
    assert any("2 formula(s)" in warning for warning in read_export(path).warnings)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "a"
    sheet["XFD1048576"] = "stray"
    book.save(path)
    with pytest.raises(ExportError, match="reaches to row 1048576"):
        read_export(with_prefix(path))


@pytest.mark.parametrize(
    "text",
    [
        "ID,Start time,Q\n1,2026-05-04 08:00:00,Agree\n",
        "id,start,end,q1\n1,2026-05-04,2026-05-04,2\n",
        "Participant,Start time,Completion time,Q\n1,2026-05-04,2026-05-04,Agree\n",
        "ID,Startzeit,Completion time,Q\n1,2026-05-04,2026-05-04,Agree\n",
    ],
)
def test_other_tables_are_not_taken(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert read_export(path).platform == "generic"
