"""REDCap: raw data, labels, the data dictionary, events and repeats."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detachment import read_survey
from detachment.errors import ExportError, SurveyError, UsageError
from detachment.exports import Export, read_export
from detachment.exports._redcap_dictionary import read_choices
from detachment.instruments import read_instrument
from detachment.simulation import simulate
from detachment.simulation.platforms import WRITERS

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
HEADINGS = [
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment",
    "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?", "Field Annotation",
]  # fmt: skip
API = [
    "field_name", "form_name", "section_header", "field_type", "field_label",
    "select_choices_or_calculations", "field_note", "text_validation_type_or_show_slider_number",
    "text_validation_min", "text_validation_max", "identifier", "branching_logic",
    "required_field", "custom_alignment", "question_number", "matrix_group_name",
    "matrix_ranking", "field_annotation",
]  # fmt: skip
LIKERT = "1, Never | 2, Sometimes, rarely | 3, Often"


def text(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def line(name: str, form: str, kind: str, label: str, **more: str) -> list[str]:
    places = {"choices": 5, "validation": 7, "identifier": 10, "branching": 11, "matrix": 15}
    cells = [name, form, "", kind, label, *[""] * 13]
    for key, value in more.items():
        cells[places[key]] = value
    return cells


FIELDS = [
    line("record_id", "start", "text", "Record ID"),
    line("town", "start", "text", "Where do you live?", identifier="y"),
    line("contact", "start", "text", "How can we reach you?", validation="email"),
    line("born", "start", "text", "When were you born?", validation="date_ymd"),
    line("hello", "start", "descriptive", "<b>Welcome</b>"),
    line("q1", "talk", "radio", "We <b>talk</b> about feelings", choices=LIKERT, matrix="grid"),
    line("q2", "talk", "dropdown", "We argue", choices=LIKERT),
    line("q3", "talk", "yesno", "Are you married?", branching="[q1] > 1"),
    line("q4", "talk", "truefalse", "We have a garden"),
    line("q5", "talk", "checkbox", "What helps?", choices="1, Time | -2, Money, more | A b, Peace"),
    line("q6", "talk", "slider", "How close?", choices="far | | near"),
    line("q7", "talk", "calc", "Sum", choices="[q1] + [q2]"),
    line("q8", "talk", "file", "A picture of you both"),
]
RAW = (
    "record_id,redcap_survey_identifier,town,contact,born,start_complete,talk_timestamp,q1,q2,q3,"
    "q4,q5___1,q5____2,q5___ab,q6,q7,q8,talk_complete\n"
    "1,x,Ulm,reach me,2000-01-01,2,2026-01-02 10:00:00,1,3,1,0,1,0,0,40,4,[document],2\n"
    "2,y,Rom,never,2001-01-01,0,[not completed],2,,0,,0,1,1,,,,0\n"
    "3,,,,,,,,,,,0,0,0,,,,\n"
)
LABELS = (
    "Record ID,Survey Identifier,Where do you live?,How can we reach you?,When were you born?,"
    "Complete?,Survey Timestamp,We talk about feelings,We argue,Are you married?,We have a garden,"
    'What helps? (choice=Time),"What helps? (choice=Money, more)",What helps? (choice=Peace),'
    "How close?,Sum,A picture of you both,Complete?\n"
    "1,x,Ulm,reach me,2000-01-01,Complete,2026-01-02 10:00:00,Never,Often,Yes,False,Checked,"
    "Unchecked,Unchecked,40,4,[document],Complete\n"
    '2,y,Rom,never,2001-01-01,Incomplete,[not completed],"Sometimes, rarely",,No,,Unchecked,'
    "Checked,Checked,,,,Incomplete\n"
    "3,,,,,,,,,,,Unchecked,Unchecked,Unchecked,,,,\n"
)
BOOK = text([HEADINGS, *FIELDS])


def write(folder: Path, content: str, name: str = "data.csv") -> Path:
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def roles(export: Export) -> dict[str, str]:
    return {name: v.role for name, v in export.variables.items() if v.role}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write(tmp_path, BOOK, "book.csv")


# ---- raw data and labels, alone


def test_raw_data(tmp_path: Path) -> None:
    export = read_export(write(tmp_path, RAW))
    assert (export.platform, export.header_rows, export.kind) == ("redcap", 1, "responses")
    assert export.rule == "the column redcap_survey_identifier"
    assert export.frame.to_numpy().tolist() == list(csv.reader(io.StringIO(RAW)))[1:]
    assert roles(export) == {
        "record_id": "respondent_id",
        "redcap_survey_identifier": "identifier",
        "start_complete": "metadata",
        "talk_timestamp": "submitted_at",
        "talk_complete": "finished",
    }
    assert export.identifying_columns == ("redcap_survey_identifier",)
    assert export.variables["q5____2"].group == "q5"
    assert export.variables["q5____2"].labels == {"0": "Unchecked", "1": "Checked"}
    assert export.variables["talk_complete"].labels["1"] == "Unverified"
    assert export.variables["talk_timestamp"].reasons == {"[not completed]": "not_answered"}
    assert export.unfinished is not None
    assert export.unfinished.tolist() == [False, True, False]
    assert export.warnings == ()


def test_labels(tmp_path: Path) -> None:
    export = read_export(write(tmp_path, LABELS))
    assert export.rule == "labels as headings: Complete? once a form"
    assert roles(export) == {
        "Record ID": "respondent_id",
        "Survey Identifier": "identifier",
        "Complete?": "metadata",
        "Survey Timestamp": "submitted_at",
        "Complete?.2": "finished",
    }
    assert export.repeated == {"Complete?.2": "Complete?"}
    assert export.variables["What helps? (choice=Time)"].labels == {
        "Unchecked": "Unchecked",
        "Checked": "Checked",
    }
    assert export.variables["Complete?.2"].text == "Complete?"
    assert export.unfinished is not None
    assert export.unfinished.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("headings", "cells", "rule"),
    [
        ("id,a_complete", "1,2", "status of the form a"),
        ("id,a_complete,b", "1,2,3", None),  # any program may have such a column
        ("id,a_timestamp,a_complete,b", "1,,2,3", "status of the form a"),
        ("id,a_complete,b___1", "1,2,0", "status of the form a"),
        ("id,a_complete", "1,Complete", "status of the form a"),
        ("id,a_complete", "1,7", None),
        ("id,a_complete", "1,", None),
        ("Id,a_complete", "1,2", None),
        ("Id,Complete?", "1,Yes", None),
        ("Id,Complete?", "1,Unverified", "Complete?"),
        ("Id,Complete?", "1,2", "Complete?"),
        ("Id,It (choice=a)", "1,Checked", "(choice=...)"),
        ("Id,It (choice=a)", "1,sometimes", None),
        ("Id,redcap_event_name", "1,a_arm_1", "the column redcap_event_name"),
        ("id,redcap_repeat_instance", "1,2", "the column redcap_repeat_instance"),
        ("id,redcap_data_access_group", "1,north", "the column redcap_data_access_group"),
    ],
)
def test_marks(tmp_path: Path, headings: str, cells: str, rule: str | None) -> None:
    export = read_export(write(tmp_path, f"{headings}\n{cells}\n"))
    assert export.platform == ("generic" if rule is None else "redcap")
    assert rule is None or rule in export.rule


def test_several_surveys_have_no_one_moment_and_no_one_end(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "id,a_timestamp,x,a_complete,b_timestamp,y,b_complete\n1,2026-01-01 10:00:00,1,2,,,0\n",
    )
    export = read_export(file)
    assert set(roles(export).values()) == {"respondent_id", "metadata"}
    assert export.unfinished is None


def test_the_only_form_says_who_finished(tmp_path: Path) -> None:
    export = read_export(write(tmp_path, "id,x,a_complete\n1,1,2\n2,1,0\n3,1,1\n"))
    assert export.variables["a_complete"].role == "finished"
    assert export.unfinished is not None
    assert export.unfinished.tolist() == [False, True, False]


def test_a_question_that_is_called_like_a_column_of_redcaps(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "Study ID,Event Name,Mood,Survey Identifier,I felt ___ today,Complete?\n"
        "1,Start,4,Card,0,Complete\n2,End,4,Card,0,Complete\n",
    )
    export = read_export(file)
    assert roles(export) == {
        "Study ID": "respondent_id",
        "Event Name": "metadata",
        "Complete?": "finished",
    }
    assert export.identifying_columns == ()
    assert export.variables["I felt ___ today"].labels == {}


# ---- the data dictionary


def test_raw_data_with_the_dictionary(tmp_path: Path, book: Path) -> None:
    export = read_export(write(tmp_path, RAW), codebook=book)
    v = export.variables
    assert export.warnings == ()
    assert list(export.books) == ["book.csv"]
    assert export.identifying_columns == ("redcap_survey_identifier", "town", "contact")
    assert (v["q1"].text, v["q1"].group, v["q1"].ordered) == (
        "We <b>talk</b> about feelings",
        "grid",
        True,
    )
    assert list(v["q1"].labels.items()) == [
        ("1", "Never"),
        ("2", "Sometimes, rarely"),
        ("3", "Often"),
    ]
    assert (v["q2"].labels, v["q2"].group) == (v["q1"].labels, "talk")
    assert v["q3"].labels == {"1": "Yes", "0": "No"}
    assert v["q3"].reasons == {}  # an empty cell may not have been shown, or not answered
    assert v["q4"].labels == {"1": "True", "0": "False"}
    assert [v[f"q5___{code}"].text for code in ("1", "_2", "ab")] == [
        "What helps? (choice=Time)",
        "What helps? (choice=Money, more)",
        "What helps? (choice=Peace)",
    ]
    assert {v[f"q5___{code}"].group for code in ("1", "_2", "ab")} == {"q5"}
    assert [dict(v[name].labels) for name in ("q6", "q7", "q8", "born")] == [{}] * 4
    assert v["q8"].text == "A picture of you both"
    assert v["talk_complete"].group == v["talk_timestamp"].group == "talk"


def test_labels_with_the_dictionary(tmp_path: Path, book: Path) -> None:
    export = read_export(write(tmp_path, LABELS), codebook=book)
    v = export.variables
    assert export.identifying_columns == (
        "Survey Identifier",
        "Where do you live?",
        "How can we reach you?",
    )
    talk = v["We talk about feelings"]
    assert (
        list(talk.labels)
        == list(talk.labels.values())
        == [
            "Never",
            "Sometimes, rarely",
            "Often",
        ]
    )
    assert (talk.group, talk.ordered) == ("grid", True)
    assert v["What helps? (choice=Money, more)"].group == "q5"
    assert [v["Complete?"].group, v["Complete?.2"].group] == ["start", "talk"]
    assert len(export.warnings) == 1  # of the heading Complete?


def test_the_dictionary_of_the_api_says_the_same(tmp_path: Path, book: Path) -> None:
    lines = [[cell or "NA" for cell in cells] for cells in FIELDS]
    api = write(tmp_path, text([API, *lines]), "api.csv")
    data = write(tmp_path, RAW)
    download, given_by_api = (read_export(data, codebook=b) for b in (book, api))
    assert download.variables == given_by_api.variables
    assert download.identifying_columns == given_by_api.identifying_columns


@pytest.mark.parametrize("headings", [HEADINGS, API])
def test_a_dictionary_opened_by_itself(tmp_path: Path, headings: list[str]) -> None:
    file = write(tmp_path, text([headings, *FIELDS]))
    export = read_export(file)
    assert (export.platform, export.kind) == ("redcap", "codebook")
    assert export.frame.shape == (len(FIELDS), 18)
    assert export.identifying_columns == ()
    with pytest.raises((ExportError, SurveyError)):
        read_survey(file)


def test_codes_under_labels_and_labels_under_names(tmp_path: Path, book: Path) -> None:
    """The API gives any headings with any cells."""
    raw, labels = (content.split("\n", 1) for content in (RAW, LABELS))
    codes = read_export(write(tmp_path, labels[0] + "\n" + raw[1], "a.csv"), codebook=book)
    assert list(codes.variables["We argue"].labels) == ["1", "2", "3"]
    assert list(codes.variables["Complete?"].labels) == ["0", "1", "2"]
    words = read_export(write(tmp_path, raw[0] + "\n" + labels[1], "b.csv"), codebook=book)
    assert list(words.variables["q2"].labels) == ["Never", "Sometimes, rarely", "Often"]
    assert words.unfinished is not None
    assert words.unfinished.tolist() == [False, True, False]


REPEATED = [
    HEADINGS,
    line("id", "a", "text", "ID"),
    line("a1", "a", "radio", "How was it?", choices="1, good | 2, bad"),
    line("b1", "b", "radio", "How was it?", choices="1, long | 2, short"),
    line("b2", "b", "text", "How was it?", identifier="y"),
]


def test_repeated_labels_are_told_apart_by_their_order(tmp_path: Path) -> None:
    book = write(tmp_path, text(REPEATED), "book.csv")
    file = write(
        tmp_path,
        "ID,How was it?,Complete?,How was it?,How was it?,Complete?\n1,good,Complete,long,x,\n",
    )
    v = read_export(file, codebook=book).variables
    assert list(v["How was it?"].labels) == ["good", "bad"]
    assert list(v["How was it?.2"].labels) == ["long", "short"]
    assert v["How was it?.3"].labels == {}
    assert [v[n].group for n in ("Complete?", "How was it?.2", "Complete?.2")] == ["a", "b", "b"]


def test_where_a_label_may_be_any_of_several_fields_nothing_is_said(tmp_path: Path) -> None:
    book = write(tmp_path, text(REPEATED), "book.csv")
    file = write(tmp_path, "ID,How was it?,Complete?\n1,long,Complete\n")
    export = read_export(file, codebook=book)
    assert export.variables["How was it?"].labels == {}
    assert export.identifying_columns == ("How was it?",)  # for it may be
    assert "1 heading(s) stand over another number of columns" in export.warnings[-1]
    assert "'How was it?'" in export.warnings[-1]


def test_boxes_of_missing_data_codes_are_no_choices(tmp_path: Path, book: Path) -> None:
    file = write(tmp_path, "record_id,q5___1,q5___ni,talk_complete\n1,,1,2\n")
    export = read_export(file, codebook=book)
    assert roles(export)["q5___ni"] == "metadata"
    assert export.variables["q5___ni"].text == "What helps? (choice=ni)"
    assert export.warnings == ()
    file = write(
        tmp_path, "Record ID,What helps? (choice=No information),Complete?\n1,Checked,Complete\n"
    )
    export = read_export(file, codebook=book)
    assert roles(export)["What helps? (choice=No information)"] == "metadata"


def test_columns_that_the_dictionary_does_not_have(tmp_path: Path, book: Path) -> None:
    file = write(tmp_path, "record_id,q1,q99,talk_complete\n1,1,1,2\n")
    assert read_export(file, codebook=book).warnings == ("1 column(s) are not in book.csv: 'q99'",)
    other = write(tmp_path, "id,x1,a_complete\n1,1,2\n")
    with pytest.raises(ExportError, match=r"book\.csv describes no column .* another project"):
        read_export(other, codebook=book)


def test_a_code_book_that_is_none(tmp_path: Path) -> None:
    none = write(tmp_path, "a,b\n1,2\n", "none.csv")
    with pytest.raises(UsageError, match=r"none\.csv is no code book"):
        read_export(write(tmp_path, RAW), codebook=none)


@pytest.mark.parametrize(
    ("written", "choices"),
    [
        ("1, Yes | 0, No", {"1": "Yes", "0": "No"}),
        ("1, Yes / 0, No", {"1": "Yes", "0": "No"}),
        ("1,Yes|0,No", {"1": "Yes", "0": "No"}),
        ("-1, A, B / C | x.2, D", {"-1": "A, B / C", "x.2": "D"}),
        ("1, I read / understood, and agree", {"1": "I read / understood, and agree"}),
        ("1, American Indian/Alaska Native", {"1": "American Indian/Alaska Native"}),
        ("1 | 2", {"1": "1", "2": "2"}),
        ("1, One |", {"1": "One"}),
        ("1, ", {"1": ""}),
        ("", {}),
    ],
)
def test_choices(written: str, choices: dict[str, str]) -> None:
    assert read_choices(written) == choices


LABEL = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), min_size=1)


@given(
    choices=st.dictionaries(st.from_regex(r"[A-Za-z0-9._-]+", fullmatch=True), LABEL, min_size=2)
)
@example(choices={"1": "a, b", "0": "/ 2, c"})
def test_any_choices(choices: dict[str, str]) -> None:
    written = " | ".join(f"{code}, {label}" for code, label in choices.items())
    assert read_choices(written) == {code: label.strip() for code, label in choices.items()}


# ---- a dictionary beside the export


@pytest.mark.parametrize(
    ("data", "beside", "found"),
    [
        ("Talk_DATA_2026-01-02_0915.csv", ["Talk_DataDictionary_2026-01-03.csv"], 0),
        ("Talk_DATA_LABELS_2026-01-02_0915.csv", ["Talk_DataDictionary_2026-01-01.csv"], 0),
        ("Talk-AReport_DATA_2026-01-02_0915 (1).csv", ["Talk_DataDictionary_2026-01-01.csv"], 0),
        (
            "ClinicalRadiologicalA_DATA_2026-01-02_0915.csv",
            ["ClinicalRadiologicalA_DataDictionary_2026-01-02.csv"],
            0,
        ),
        (
            "ClinicalRadiologica_DATA_2026-01-02_0915.csv",  # 19 of the title's characters
            ["ClinicalRadiologicalAndMolecul_DataDictionary_2026-01-02.csv"],
            None,
        ),
        (
            "ClinicalRadiological_DATA_2026-01-02_0915.csv",  # 20
            ["ClinicalRadiologicalAndMolecul_DataDictionary_2026-01-02.csv"],
            0,
        ),
        (
            "Talk_DATA_2026-01-02_0915.csv",
            [
                "Talk_DataDictionary_2026-01-03_rev2.csv",
                "Talk_DataDictionary_2025-12-31.csv",
                "Listen_DataDictionary_2026-01-04.csv",
            ],
            0,
        ),
        ("Talk_DATA_2026-01-02_0915.csv", ["Talks_DataDictionary_2026-01-03.csv"], None),
        ("Talk_DATA_2026-01-02_0915.csv", ["dictionary.csv"], None),
        ("data.csv", ["data_DataDictionary_2026-01-03.csv"], None),
    ],
)
def test_a_dictionary_beside_the_export(
    tmp_path: Path, data: str, beside: list[str], found: int | None
) -> None:
    for name in beside:
        write(tmp_path, BOOK, name)
    export = read_export(write(tmp_path, LABELS if "LABELS" in data else RAW, data))
    assert list(export.books) == ([] if found is None else [beside[found]])
    said = [w for w in export.warnings if "lies beside the export" in w]
    assert said == [
        f"{b} lies beside the export: used as its data dictionary" for b in export.books
    ]
    assert ("town" in export.identifying_columns) == (found is not None and "LABELS" not in data)


def test_a_named_dictionary_comes_first(tmp_path: Path, book: Path) -> None:
    write(tmp_path, BOOK, "Talk_DataDictionary_2026-01-03.csv")
    export = read_export(write(tmp_path, RAW, "Talk_DATA_2026-01-02_0915.csv"), codebook=book)
    assert list(export.books) == ["book.csv"]
    assert export.warnings == ()


@pytest.mark.parametrize("content", ["id,q1\n1,2\n", "\0\0\0", "%PDF-1.4 a"])
def test_a_companion_that_is_no_dictionary(tmp_path: Path, content: str) -> None:
    write(tmp_path, content, "Talk_DataDictionary_2026-01-03.csv")
    export = read_export(write(tmp_path, RAW, "Talk_DATA_2026-01-02_0915.csv"))
    assert export.books == {}
    assert "but is none: not used" in export.warnings[0]


def test_a_companion_of_another_project_is_said(tmp_path: Path) -> None:
    write(tmp_path, text(REPEATED), "Talk_DataDictionary_2026-01-03.csv")
    export = read_export(write(tmp_path, RAW, "Talk_DATA_2026-01-02_0915.csv"))
    assert "14 column(s) are not in Talk_DataDictionary_2026-01-03.csv" in export.warnings[1]
    assert "and 9 more" in export.warnings[1]


def test_data_and_dictionary_in_one_archive(tmp_path: Path) -> None:
    file = tmp_path / "talk.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("out/Talk_DATA_2026-01-02_0915.csv", RAW)
        archive.writestr("out/Talk_DataDictionary_2026-01-03.csv", BOOK)
    export = read_export(file)
    assert export.member == "out/Talk_DATA_2026-01-02_0915.csv"
    assert list(export.books) == ["Talk_DataDictionary_2026-01-03.csv"]
    assert export.variables["q2"].text == "We argue"


# ---- missing data codes


INSTRUMENT = """
schema_version: 1
instrument: {id: talk, version: 1.0.0, title: Talk, language: en, licence: CC0-1.0}
response_scales:
  often: {type: ordinal, values: [1, 2, 3], labels: [Never, "Sometimes, rarely", Often]}
  box: {type: categorical, values: [0, 1], labels: [Unchecked, Checked]}
columns:
  id: {role: respondent_id, type: string, required: true}
  wave: {role: wave, type: category, column: redcap_event_name, allowed: ["1", "2"],
         labels: {"1": before_arm_1, "2": after_arm_1}}
  at: {role: submitted_at, type: datetime}
items:
  - {id: q1, scale: often, text: We talk about feelings}
  - {id: q2, scale: often, text: We argue}
  - {id: q5___1, scale: box}
scales:
  talk: {label: Talk, role: sign, model: reflective, items: [q1, q2], score: mean, min_valid: 1.0}
"""
CODES = {"NI": "No information", "INV": "Invalid", "UNK": "Unknown", "-999": "Not asked"}


@pytest.fixture
def instrument(tmp_path: Path) -> Path:
    return write(tmp_path, INSTRUMENT, "talk.yaml")


@pytest.mark.parametrize("described", [True, False])
def test_missing_data_codes(tmp_path: Path, book: Path, instrument: Path, described: bool) -> None:
    cells = ["1", "NI", "inv", "UNK", "-999", "3"]
    rows = [f"{i},{cell},{1 + i % 3},{i % 2},2" for i, cell in enumerate(cells)]
    file = write(tmp_path, "\n".join(["record_id,q1,q2,q5___1,talk_complete", *rows]) + "\n")
    survey = read_survey(
        file, instrument=instrument, codebook=book if described else (), missing_codes=CODES
    )
    assert survey.responses["q1"].dropna().tolist() == [1, 3]
    assert survey.missing["q1"].dropna().tolist() == [
        "declared: NI = No information",
        "declared: INV = Invalid",
        "declared: UNK = Unknown",
        "declared: -999 = Not asked",
    ]


def test_a_survey_that_was_not_completed_has_no_moment(tmp_path: Path, instrument: Path) -> None:
    file = write(
        tmp_path,
        "record_id,talk_timestamp,q1,q2,talk_complete\n"
        "1,2026-01-02 10:00:00,1,2,2\n2,[not completed],2,,0\n"
        "3,2026-01-02 11:00:00,1,3,2\n4,2026-01-02 12:00:00,2,3,2\n",
    )
    survey = read_survey(file, instrument=instrument)
    assert survey.responses["at"].isna().tolist() == [False, True, False, False]
    assert "not_allowed" not in set(survey.problems["rule"])
    assert survey.flags["flag"].tolist() == ["unfinished"]
    assert survey.missing["q2"].tolist()[1] == "not_reached"


# ---- events and repeats


EVENTS = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,q1,q2,q5___1,"
    "talk_complete,dose,drug_complete\n"
    "1,before_arm_1,,,1,2,0,2,,\n"
    "1,after_arm_1,,,2,3,1,2,,\n"
    "1,after_arm_1,drug,1,,,,,20,2\n"
    "1,after_arm_1,drug,2,,,,,30,2\n"
    "2,before_arm_1,,,3,3,0,2,,\n"
    "2,after_arm_1,,,,,0,0,,\n"
)


def test_events_and_repeats_stay_rows_and_are_said(tmp_path: Path) -> None:
    export = read_export(write(tmp_path, EVENTS))
    assert len(export.frame) == 6
    assert roles(export)["redcap_event_name"] == "metadata"
    events, repeats, empty = export.warnings
    assert "one of 2 events (column 'redcap_event_name'" in events
    assert repeats.startswith("2 of 6 rows are repeats of a form or event")
    assert empty == "1 of 6 rows hold no answer to any question"


def test_events_of_labels_are_said(tmp_path: Path) -> None:
    file = write(
        tmp_path, "ID,Event Name,Repeat Instance,We argue,Complete?\n1,A,,2,Complete\n1,B,2,2,\n"
    )
    events, repeats = read_export(file).warnings
    assert "one of 2 events (column 'Event Name'" in events
    assert repeats.startswith("1 of 2 rows are repeats")


def test_one_event_and_no_repeat_is_nothing_to_say(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,a,a_complete\n"
        "1,one_arm_1,,,,0\n2,one_arm_1,,,3,2\n",
    )
    assert read_export(file).warnings == ()


def test_the_wave_is_the_event(tmp_path: Path, instrument: Path) -> None:
    rows = EVENTS.split("\n")
    file = write(tmp_path, "\n".join([*rows[:3], *rows[5:]]))
    survey = read_survey(file, instrument=instrument)
    answers = survey.responses[["id", "wave", "q1"]].fillna({"q1": 0})
    assert answers.to_numpy().tolist() == [
        ["1", "1", 1],
        ["1", "2", 2],
        ["2", "1", 3],
        ["2", "2", 0],
    ]


def test_repeats_of_another_form_refuse_the_file(tmp_path: Path, instrument: Path) -> None:
    """They would count a person several times; the warning says what they are."""
    with pytest.raises(SurveyError, match="cannot be used"):
        read_survey(write(tmp_path, EVENTS), instrument=instrument)


# ---- what is not REDCap's


def test_data_without_headings_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, RAW.split("\n", 1)[1], "Talk_DATA_NOHDRS_2026-01-02_0915.csv")
    with pytest.raises(ExportError, match="no row of headings"):
        read_export(file)


def test_the_user_may_name_the_platform(tmp_path: Path) -> None:
    export = read_export(write(tmp_path, "study_id,q1,q2___1\n1,2,0\n"), platform="redcap")
    assert roles(export) == {"study_id": "respondent_id"}
    assert export.variables["q2___1"].labels == {"0": "Unchecked", "1": "Checked"}
    with pytest.raises(ExportError, match="no REDCap export"):
        read_export(write(tmp_path, "Name,We argue\n1,2\n"), platform="redcap")
    with pytest.raises(ExportError, match="no records"):
        read_export(write(tmp_path, RAW.split("\n")[0] + "\n"))


def test_files_of_other_platforms_are_theirs(tmp_path: Path) -> None:
    sample = simulate(n_couples=3, n_alone=1, n_students=3)

    for name, writer in WRITERS.items():
        for file, content in writer.files(sample, read_instrument("detachment")).items():
            path = tmp_path / file
            path.write_bytes(content)
            try:
                found = read_export(path).platform
            except ExportError:
                found = ""
            assert (found == "redcap") == (name == "redcap"), file


def test_the_file_in_any_of_redcaps_delimiters(tmp_path: Path, book: Path) -> None:
    rows = list(csv.reader(io.StringIO(RAW)))
    expected = read_export(write(tmp_path, RAW), codebook=book)
    for delimiter in (";", "\t", "|"):
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
        export = read_export(write(tmp_path, "\ufeff" + out.getvalue()), codebook=book)
        assert export.bom
        assert export.delimiter == delimiter
        assert export.frame.equals(expected.frame)
        assert export.variables == expected.variables


# ---- real files


def known() -> list[dict[str, Any]]:
    file = FOLDER / "EXPECTED.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []


KNOWN = known()
REAL = [k for k in KNOWN if k["format"] == "redcap"]
real = pytest.mark.skipif(
    not KNOWN, reason="the outside reference files (../shared) are not on this machine"
)


@real
@pytest.mark.parametrize("expected", REAL, ids=lambda e: str(e["file"]))
def test_real_files(expected: dict[str, Any]) -> None:
    export = read_export(FOLDER / expected["file"])
    assert export.platform == "redcap"
    assert export.kind == ("responses" if "_data_" in expected["file"] else "codebook")
    found = {
        "container": export.container,
        "encoding": export.encoding,
        "bom": export.bom,
        "delimiter": export.delimiter,
        "header_rows": export.header_rows,
        "columns": export.cells.shape[1],
        "records": export.cells.shape[0],
        "duplicate_header_names": list(dict.fromkeys(export.repeated.values())),
        "empty_header_names": sum(name.startswith("unnamed_") for name in export.cells),
        "pii_columns": list(export.identifying_columns),
    }
    assert found == {key: expected.get(key, []) for key in found}


@real
@pytest.mark.parametrize("book", ["simple_dictionary.csv", "simple_metadata_api.csv"])
def test_a_real_project_with_its_dictionary(book: str) -> None:
    folder = FOLDER / "redcap"
    export = read_export(folder / "simple_data_raw.csv", codebook=folder / book)
    v = export.variables
    assert export.warnings == ()
    assert v["sex"].labels == {"0": "Female", "1": "Male"}
    assert v["race___5"].text == "Race (Select all that apply) (choice=White)"
    assert v["telephone"].text == "Phone number"
    assert v["ethnicity"].group == "race_and_ethnicity"
    assert v["bmi"].labels == {}


@real
def test_a_real_survey_with_its_dictionary() -> None:
    folder = FOLDER / "redcap"
    export = read_export(folder / "survey_data_raw.csv", codebook=folder / "survey_dictionary.csv")
    plain = read_export(folder / "survey_data_raw.csv")
    assert export.warnings == ()
    assert export.identifying_columns == plain.identifying_columns
    assert export.variables["has_diabetes"].labels == {"1": "True", "0": "False"}
    assert export.variables["participant_id"].role == "respondent_id"
    assert export.frame["participant_morale_questionnaire_timestamp"].tolist() == [
        "[not completed]",
        "",
    ]
    stamps = [n for n, variable in export.variables.items() if variable.reasons]
    assert [n for n in export.frame if n.endswith("_timestamp")] == stamps


@real
def test_real_labels_with_the_dictionary_of_their_project() -> None:
    folder = FOLDER / "redcap"
    export = read_export(
        folder / "gray_status_data_labels.csv", codebook=folder / "simple_dictionary.csv"
    )
    v = export.variables
    assert list(v["Gender"].labels) == ["Female", "Male"]
    assert [v[f"Complete?{n}"].group for n in ("", ".2", ".3")] == [
        "demographics",
        "health",
        "race_and_ethnicity",
    ]
    # The project had one more field than the other project whose dictionary this is.
    assert export.warnings[-1] == (
        "1 column(s) are not in simple_dictionary.csv: 'Are interpreter services requested?'"
    )


@real
def test_no_other_real_file_is_taken_for_redcaps() -> None:
    others = [k for k in KNOWN if k["format"] != "redcap" and k["container"] in ("text", "xlsx")]
    assert len(others) > 20
    found = {}
    for expected in others:
        try:
            found[expected["file"]] = read_export(FOLDER / expected["file"]).platform
        except ExportError:
            continue
    assert len(found) > 20
    assert "redcap" not in found.values()
