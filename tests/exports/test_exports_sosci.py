"""SoSci Survey: labels in row 2, codes below 0, modes, and the two lists beside the data."""

import json
from pathlib import Path

import pytest

from detachment.errors import ExportError, UsageError
from detachment.exports import Export, read_export

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
TIME = "2026-05-06_12-00"
DATA = f"data_trial_{TIME}.csv"

NAMES = ["CASE", "SERIAL", "REF", "QUESTNNR", "MODE", "STARTED", "AB01_01", "AB01_02", "AB02"]
NAMES += ["AB03", "AB03_01", "AB03_02", "AB04_01", "TIME001", "TIME_SUM", "LASTDATA", "FINISHED"]
NAMES += ["LASTPAGE", "MAXPAGE", "MISSING"]
LABELS = ["Interview-Nummer", "Personenkennung", "Referenz", "Fragebogen", "Interview-Modus"]
LABELS += ["Beginn (Europe/Berlin)", "Nähe: Wir reden.", "Nähe: Wir lachen: oft.", "Geschlecht"]
LABELS += ["Themen: Ausweichoption (negativ) oder Anzahl", "Themen: Geld", "Themen: Zeit"]
LABELS += ["Anmerkung: [01]", "Verweildauer Seite 1", "Verweildauer gesamt", "Geändert"]
LABELS += ["Abgeschlossen?", "Letzte Seite", "Hinterste Seite", "Anteil"]


def record(case: int, mode: str = "interview", **cells: str) -> list[str]:
    usual = dict(zip(NAMES, [""] * len(NAMES), strict=True))
    usual |= {"CASE": str(case), "QUESTNNR": "base", "MODE": mode, "AB01_01": "4", "AB01_02": "2"}
    usual |= {"STARTED": "2026-05-04 08:00:00", "LASTDATA": "2026-05-04 08:05:00", "AB02": "1"}
    usual |= {"AB03": "1", "AB03_01": "2", "AB03_02": "1", "TIME_SUM": "228", "FINISHED": "1"}
    return list((usual | {"LASTPAGE": "3", "MAXPAGE": "3"} | cells).values())


RECORDS = [
    record(101, "pretest"),
    record(102, "admin"),
    record(103, "interview", AB01_01="-9", AB01_02="-1", AB04_01="-9"),
    record(104, "interview", AB01_01="", AB01_02="", AB03_01="", FINISHED="0"),
]
VALUES = [
    ["VAR", "RESPONSE", "MEANING"],
    *(["AB01_01", str(code), label] for code, label in [(5, "immer"), (4, "oft"), (3, "mal")]),
    ["AB01_01", "-1", "weiß nicht"],
    ["AB01_01", "-9", "nicht beantwortet"],
    *(["AB02", str(code), label] for code, label in [(1, "Frau"), (2, "Mann")]),
    ["AB03_01", "1", "nicht gewählt"],
    ["AB03_01", "2", "ausgewählt"],
]
TYPES = {"AB01_01": "ORDINAL", "AB01_02": "ORDINAL", "AB02": "NOMINAL", "AB03": "METRIC"}
TYPES |= {"AB03_01": "DICHOTOMOUS", "AB03_02": "DICHOTOMOUS", "AB04_01": "TEXT"}
VARIABLES = [
    ["VAR", "LABEL", "TYPE", "INPUT", "QUESTION"],
    *(
        [name, label, TYPES.get(name, "METRIC"), "SCALE" if name in TYPES else "SYSTEM", ""]
        for name, label in zip(NAMES, LABELS, strict=True)
    ),
]


def written(rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-16") -> bytes:
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


@pytest.fixture
def read(tmp_path: Path):
    def reader(
        rows: list[list[str]], name: str = DATA, beside: dict[str, bytes] | None = None, **options
    ) -> Export:
        for other, content in (beside or {}).items():
            (tmp_path / other).write_bytes(content)
        delimiter, encoding = options.pop("delimiter", ","), options.pop("text", "utf-16")
        (tmp_path / name).write_bytes(written(rows, delimiter, encoding))
        return read_export(tmp_path / name, **options)

    return reader


BESIDE = {f"values_trial_{TIME}.csv": written(VALUES, ";")}
BESIDE |= {f"variables_trial_{TIME}.csv": written(VARIABLES, ";")}


@pytest.mark.parametrize("text", ["utf-16", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_labels_roles_and_tests(read, delimiter: str, text: str) -> None:
    export = read([NAMES, LABELS, *RECORDS], delimiter=delimiter, text=text)
    assert (export.platform, export.header_rows, export.delimiter) == ("sosci", 2, delimiter)
    assert "labels in row 2" in export.rule
    assert export.frame.to_numpy(dtype=object).tolist() == RECORDS
    assert export.rows.tolist() == [3, 4, 5, 6]
    assert export.test_rows.tolist() == [True, True, False, False]
    assert export.unfinished is not None
    assert export.unfinished.tolist() == [False, False, False, True]
    roles = {name: v.role for name, v in export.variables.items() if v.role}
    assert roles == {
        "CASE": "respondent_id", "SERIAL": "identifier", "REF": "metadata",
        "QUESTNNR": "metadata", "MODE": "status", "STARTED": "metadata", "AB03": "metadata",
        "TIME001": "timing", "TIME_SUM": "duration_s", "LASTDATA": "submitted_at",
        "FINISHED": "finished", "LASTPAGE": "metadata", "MAXPAGE": "progress",
        "MISSING": "metadata",
    }  # fmt: skip
    assert export.identifying_columns == ("SERIAL",)
    zones = {name: v.time_zone for name, v in export.variables.items() if v.time_zone}
    assert zones == {"STARTED": "Europe/Berlin", "LASTDATA": "Europe/Berlin"}
    texts = [export.variables[name].text for name in ("AB01_01", "AB01_02", "AB02", "AB04_01")]
    assert texts == ["Wir reden.", "Wir lachen: oft.", "Geschlecht", "Anmerkung"]
    assert [export.variables[name].group for name in ("AB01_01", "AB02")] == ["AB01", ""]


def test_without_labels_there_is_one_header_row(read) -> None:
    export = read([NAMES, *RECORDS])
    assert (export.platform, export.header_rows, len(export.frame)) == ("sosci", 1, 4)
    assert export.variables["AB01_01"].text == ""


def test_the_lists_of_the_same_download_are_used_and_said(read) -> None:
    export = read([NAMES, LABELS, *RECORDS], beside=BESIDE)
    assert set(export.books) == set(BESIDE)
    assert sum("lies beside the file" in warning for warning in export.warnings) == 2
    item = export.variables["AB01_01"]
    assert list(item.labels.items()) == [("3", "mal"), ("4", "oft"), ("5", "immer")]
    assert item.ordered
    assert dict(item.missing) == {"-1": "weiß nicht", "-9": "nicht beantwortet"}
    assert dict(item.reasons) == {"-9": "shown_not_answered", "": "not_shown"}
    assert not export.variables["AB02"].ordered
    assert dict(export.variables["AB03_01"].labels) == {"1": "nicht gewählt", "2": "ausgewählt"}
    assert export.variables["AB03_01"].reasons[""] == "not_shown"
    text = export.variables["AB04_01"]
    assert (dict(text.reasons), dict(text.missing)) == ({}, {})


def test_texts_come_from_the_list_where_row_2_has_none(read) -> None:
    export = read([NAMES, *RECORDS], beside=BESIDE)
    assert export.header_rows == 1
    assert export.variables["AB01_01"].text == "Wir reden."
    assert export.variables["LASTDATA"].time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("data", "used"),
    [
        (f"data_trial_labels_{TIME}.csv", True),
        (f"rdata_trial_{TIME}.csv", True),
        (f"data_trials_{TIME}.csv", False),
        (f"data_other_{TIME}.csv", False),
        ("data_trial_2026-05-06_12-01.csv", False),
        ("renamed.csv", False),
    ],
)
def test_only_lists_of_the_same_project_and_minute_are_taken(read, data: str, used: bool) -> None:
    export = read([NAMES, LABELS, *RECORDS], name=data, beside=BESIDE)
    assert (len(export.books) == 2) is used


def test_named_lists_are_recognised_by_what_they_hold(read, tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_bytes(written(VALUES, "\t", "utf-8"))
    second.write_bytes(written(VARIABLES, ",", "utf-8"))
    export = read([NAMES, LABELS, *RECORDS], name="renamed.csv", codebook=[first, second])
    assert set(export.books) == {"a.txt", "b.txt"}
    assert export.variables["AB01_01"].labels["5"] == "immer"
    first.write_bytes(b"no;list\n1;2\n")
    with pytest.raises(UsageError, match=r"a\.txt is no code book"):
        read([NAMES, LABELS, *RECORDS], name="renamed.csv", codebook=[first])


def test_codes_beside_the_scale_that_nothing_explains_are_said(read) -> None:
    export = read([NAMES, LABELS, *RECORDS])
    assert any("codes from -1 to -8" in warning for warning in export.warnings)
    assert export.variables["AB01_02"].reasons["-9"] == "shown_not_answered"
    assert "-1" not in export.variables["AB01_02"].missing


def test_a_download_of_labels_says_not_answered_in_words(read) -> None:
    words = record(
        103, AB01_01="nicht beantwortet", AB01_02="[NA] Not answered", FINISHED="abgebrochen"
    )
    export = read([NAMES, LABELS, words, record(104, AB01_01="weiß nicht")], beside=BESIDE)
    assert export.variables["AB01_01"].reasons["nicht beantwortet"] == "shown_not_answered"
    assert export.variables["AB01_02"].reasons["[NA] Not answered"] == "shown_not_answered"
    assert export.variables["AB01_01"].missing["weiß nicht"] == "weiß nicht"
    assert export.unfinished is not None
    assert export.unfinished.tolist() == [True, False]


def test_an_unknown_mode_is_said_and_kept(read) -> None:
    export = read([NAMES, LABELS, record(1, "interview"), record(2, "telephone")])
    assert export.test_rows.tolist() == [False, False]
    assert any("MODE has 1 kind(s)" in warning for warning in export.warnings)


@pytest.mark.parametrize(("rows", "kind"), [(VALUES, "values"), (VARIABLES, "variables")])
def test_a_list_by_itself_is_a_code_book(read, rows: list[list[str]], kind: str) -> None:
    export = read(rows, name=f"{kind}_trial_{TIME}.csv", delimiter=";")
    assert (export.platform, export.kind, export.header_rows) == ("sosci", "codebook", 1)
    assert kind in export.rule
    assert export.frame.to_numpy(dtype=object).tolist() == rows[1:]
    assert export.identifying_columns == ()


def test_another_file_is_refused_where_the_user_names_the_platform(read) -> None:
    with pytest.raises(ExportError, match=r"no SoSci Survey export.*Leave the platform out"):
        read([["id", "Q1"], ["1", "2"]], platform="sosci")


@pytest.mark.parametrize(
    "headings",
    [
        ["id", "MODE", "CASE", "STARTED", "FINISHED"],
        ["StartDate", "EndDate", "Status", "Finished", "ResponseId"],
        ["CASE", "QUESTNNR", "Q1"],
        ["VAR", "LABEL", "Q1"],
    ],
)
def test_other_files_are_not_taken(read, headings: list[str]) -> None:
    assert read([headings, ["1"] * len(headings)], name="x.csv").platform != "sosci"


@pytest.mark.skipif(
    not (FOLDER / "EXPECTED.json").is_file(),
    reason="the outside reference files (../shared) are not on this machine",
)
def test_the_real_layout() -> None:
    known = json.loads((FOLDER / "EXPECTED.json").read_text(encoding="utf-8"))
    data, values, variables = (k for k in known if k["format"] == "sosci")
    export = read_export(FOLDER / data["file"])
    assert export.platform == "sosci"
    assert export.frame["MODE"].value_counts().to_dict() == data["mode_counts"]
    dropped = export.frame["MODE"][export.test_rows].value_counts().to_dict()
    assert dropped == {"pretest": 2, "admin": 1}
    assert set(export.books) == {Path(k["file"]).name for k in (values, variables)}
    item = export.variables["RS01_01"]
    assert item.text == "Ich fühle mich meiner Partnerin / meinem Partner nah."
    assert list(item.labels) == ["1", "2", "3", "4", "5"]
    assert item.ordered
    assert item.missing["-1"] == "weiß nicht"
    assert item.reasons["-9"] == "shown_not_answered"
    assert dict(export.variables["SD10_01"].labels) == {"1": "nicht gewählt", "2": "ausgewählt"}
    assert export.variables["SD10"].role == "metadata"
    assert export.variables["LASTDATA"].time_zone == "Europe/Berlin"
    assert export.unfinished is not None
    assert export.unfinished.sum() == (export.frame["FINISHED"] == "0").sum() > 0
    for book in (values, variables):
        assert read_export(FOLDER / book["file"]).kind == "codebook"
