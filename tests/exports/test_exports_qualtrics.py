"""Qualtrics layouts: three header rows, the legacy two, and rows stripped from either."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.errors import ExportError
from detachment.exports import Export, read_export
from detachment.instruments import Instrument, Item, ResponseScale, Scale, ScaleItem
from detachment.validation import validate

META = {
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "IPAddress": ("IP Address", "ipAddress"),
    "Progress": ("Progress", "progress"),
    "Duration (in seconds)": ("Duration (in seconds)", "duration"),
    "Finished": ("Finished", "finished"),
    "RecordedDate": ("Recorded Date", "recordedDate"),
    "ResponseId": ("Response ID", "_recordId"),
    "RecipientLastName": ("Recipient Last Name", "recipientLastName"),
    "RecipientFirstName": ("Recipient First Name", "recipientFirstName"),
    "RecipientEmail": ("Recipient Email", "recipientEmail"),
    "ExternalReference": ("External Data Reference", "externalDataReference"),
    "LocationLatitude": ("Location Latitude", "locationLatitude"),
    "LocationLongitude": ("Location Longitude", "locationLongitude"),
    "DistributionChannel": ("Distribution Channel", "distributionChannel"),
    "UserLanguage": ("User Language", "userLanguage"),
}
QUESTIONS = {
    "Q1_t_First Click": ("Timing - First Click", "QID1_FIRST_CLICK"),
    "Q1_t_Click Count": ("Timing - Click Count", "QID1_CLICK_COUNT"),
    "browser_Version": ("Browser - Version", "QID9_VERSION"),
    "Q2_1": ('My partner says "I know",\nand leaves - Agree?', "QID2_1"),
    "Q2_2": ("We talk. - Agree?", "QID2_2"),
    "Q2_2_TEXT": ("Why?", "QID2_2_TEXT"),
    "Q2_DO_1": ("Display order", "QID2_DO"),
    "FL_12_DO": ("Display order: blocks", "FL_12_DO"),
}
LEGACY = ["ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress"]
LEGACY += ["IPAddress", "Status", "StartDate", "EndDate", "Finished"]
IDENTIFYING = ("IPAddress", "RecipientLastName", "RecipientFirstName", "RecipientEmail")
IDENTIFYING += ("ExternalReference", "LocationLatitude", "LocationLongitude")


def record(i: int, status: str = "0") -> list[str]:
    meta = ["2026-05-04 10:00:00", "2026-05-04 10:05:00", status, f"192.0.2.{i}", "100", "300"]
    meta += ["1", "2026-05-04 10:05:01", f"R_{i}", "Rojas", "Ana", f"p{i}@example.org", "x", "48.1"]
    return [*meta, "11.5", "anonymous", "EN", "1.25", "3", "120", "4", "-99", "", "2", "BL_1|BL_2"]


def headers(*, single_quotes: bool = False) -> list[list[str]]:
    columns = META | QUESTIONS
    ids = [
        {"ImportId": i, "timeZone": "Europe/Madrid"} if name.endswith("Date") else {"ImportId": i}
        for name, (_, i) in columns.items()
    ]
    marks = [str(i) if single_quotes else json.dumps(i, separators=(",", ":")) for i in ids]
    return [list(columns), [text for text, _ in columns.values()], marks]


def written(rows: list[list[str]]) -> str:
    memory = io.StringIO()
    csv.writer(memory, lineterminator="\r\n").writerows(rows)
    return memory.getvalue()


@pytest.fixture
def read(tmp_path: Path):
    def reader(rows: list[list[str]], **options: str) -> Export:
        file = tmp_path / "a.csv"
        file.write_bytes(written(rows).encode())
        return read_export(file, **options)

    return reader


@pytest.mark.parametrize("single_quotes", [False, True])
def test_three_header_rows(read, single_quotes: bool) -> None:
    records = [record(1), record(2)]
    export = read([*headers(single_quotes=single_quotes), *records])
    assert (export.platform, export.header_rows) == ("qualtrics", 3)
    assert export.rule == "ImportIds in row 3"
    assert list(export.frame) == [*META, *QUESTIONS]
    assert export.frame.to_numpy(dtype=object).tolist() == records
    assert export.rows.tolist() == [4, 5]
    assert export.identifying_columns == IDENTIFYING
    assert export.warnings == ()
    book = export.variables
    assert book["Q2_1"].text == 'My partner says "I know",\nand leaves - Agree?'
    assert book["RecordedDate"].time_zone == "Europe/Madrid"
    assert book["Q2_1"].time_zone == ""


def test_roles(read) -> None:
    book = read([*headers(), record(1)]).variables
    roles: dict[str, list[str]] = {}
    for name, variable in book.items():
        roles.setdefault(variable.role, []).append(name)
    assert roles == {
        "": ["Q2_1", "Q2_2"],
        "free_text": ["Q2_2_TEXT"],
        "metadata": ["StartDate", "EndDate", "DistributionChannel", "browser_Version"],
        "status": ["Status"],
        "identifier": list(IDENTIFYING),
        "progress": ["Progress"],
        "duration_s": ["Duration (in seconds)"],
        "finished": ["Finished"],
        "submitted_at": ["RecordedDate"],
        "respondent_id": ["ResponseId"],
        "language": ["UserLanguage"],
        "timing": ["Q1_t_First Click", "Q1_t_Click Count"],
        "display_order": ["Q2_DO_1", "FL_12_DO"],
    }


def test_renamed_columns_are_known_by_their_import_id(read) -> None:
    rows = [*headers(), record(1, status="1")]
    rows[0] = [{"IPAddress": "where", "Status": "kind"}.get(name, name) for name in rows[0]]
    export = read(rows)
    assert "where" in export.identifying_columns
    assert export.test_rows.tolist() == [True]


def test_headings_in_another_language_of_the_account(read) -> None:
    rows = [*headers(), record(1)]
    rows[1] = ["Anfangsdatum", "Enddatum", "Antworttyp", *rows[1][3:]]
    assert read(rows).header_rows == 3


@pytest.mark.parametrize(("gone", "left", "rule"), [(1, 2, "row 2"), (2, 2, "question text")])
def test_one_header_row_stripped(read, gone: int, left: int, rule: str) -> None:
    rows = [*headers(), record(1), record(2)]
    del rows[gone]
    export = read(rows)
    assert (export.platform, export.header_rows, len(export.frame)) == ("qualtrics", left, 2)
    assert rule in export.rule
    assert export.variables["Q2_2"].text == ("We talk. - Agree?" if gone == 2 else "")
    assert export.rows.tolist() == [3, 4]


def test_all_header_rows_but_the_first_stripped(read) -> None:
    rows = [headers()[0], record(1), record(2, "1")]
    export = read(rows)
    assert (export.platform, export.header_rows) == ("qualtrics", 1)
    assert export.identifying_columns == IDENTIFYING
    assert export.test_rows.tolist() == [False, True]


def test_legacy_two_rows(read) -> None:
    names = [f"V{i}" for i in range(1, 11)] + ["Q1", "LocationLatitude", ""]
    texts = [*LEGACY, "I feel close.", "LocationLatitude", ""]
    answers = ["R_1", "Default", "Ana", "", "a@example.org", "192.0.2.1", "2", "2017-07-18 08:28"]
    export = read([names, texts, [*answers, "2017-07-18 08:29", "1", "5", "48.1", ""]])
    assert (export.platform, export.header_rows) == ("qualtrics", 2)
    assert list(export.frame) == [*LEGACY, "Q1", "LocationLatitude", "unnamed_13"]
    assert export.identifying_columns == (
        *("Name", "ExternalDataReference", "EmailAddress", "IPAddress", "LocationLatitude"),
    )
    assert export.variables["Q1"].text == "I feel close."
    assert export.variables["EndDate"].role == "submitted_at"
    assert export.test_rows.tolist() == [True]


@pytest.mark.parametrize(
    ("status", "test"),
    [
        *[(code, False) for code in ("0", "4", "8", "12", "16", "32", "40", "48", "")],
        *[(code, True) for code in ("1", "2", "9", "17")],
        *[(word, False) for word in ("IP Address", "Imported", "Spam", "Offline")],
        *[(word, True) for word in ("Survey Preview", "Survey Test", "Offline Survey Preview")],
    ],
)
def test_tests_and_previews(read, status: str, test: bool) -> None:
    export = read([*headers(), record(1), record(2, status)])
    assert export.test_rows.tolist() == [False, test]
    spam = status == "Spam" or status in ("8", "9", "12", "40")
    marked = ("1 record(s) that Qualtrics marked as spam were kept",)
    assert export.warnings == (marked if spam else ())


def test_an_unknown_kind_of_response_is_said(read) -> None:
    export = read([*headers(), record(1, "Vorschau"), record(2, "77")])
    assert not export.test_rows.any()
    assert "Status has 2 kind(s) of response that are not known" in export.warnings[0]
    assert "not recognised" in export.warnings[0]


def test_previews_in_another_language_are_known_by_their_channel(read) -> None:
    rows = [*headers(), record(1, "IP-Adresse"), record(2, "Vorschau"), record(3, "Test")]
    channel = rows[0].index("DistributionChannel")
    rows[4][channel] = "preview"
    export = read(rows)
    assert export.test_rows.tolist() == [False, True, True]
    assert "1 record(s) among them were taken as tests by their channel" in export.warnings[0]


def questions(
    read, columns: dict[str, tuple[str, dict[str, str]]], *answers: list[str], ids: bool = True
) -> Export:
    """An export with other questions than the usual ones; without ImportIds where asked."""
    rows = [
        [*row[: len(META)]] for row in [*headers(), *([record(i) for i in range(len(answers))])]
    ]
    for name, (text, mark) in columns.items():
        for row, cell in zip(rows, (name, text, json.dumps(mark)), strict=False):
            row.append(cell)
    for row, more in zip(rows[3:], answers, strict=True):
        row += more
    if not ids:
        del rows[2]
    return read(rows)


def test_the_statements_of_a_matrix_are_a_group(read) -> None:
    columns = {
        "Q3_1": ("How often? - We talk - a lot", {"ImportId": "QID3_1"}),
        "Q3_2": ("How often? - We walk", {"ImportId": "QID3_4"}),
        "Q4_1": ("How often? - I sing", {"ImportId": "QID4_1"}),
        "Q4_2": ("How often? - I swim", {"ImportId": "QID4_2"}),
        "a": ("I rest.", {"ImportId": "QID5_1"}),
        "b": ("I work.", {"ImportId": "QID5_2"}),
        "Q6_1": ("How high? - A slider", {"ImportId": "QID6_1"}),
    }
    book = questions(read, columns, [*"1234567"]).variables
    groups = {name: book[name].group for name in columns}
    assert groups == {
        "Q3_1": "How often?", "Q3_2": "How often?",
        "Q4_1": "How often? (Q4)", "Q4_2": "How often? (Q4)",
        "a": "QID5", "b": "QID5", "Q6_1": "",
    }  # fmt: skip
    assert book["Q3_2"].text == "How often? - We walk"
    assert book["StartDate"].group == ""


def test_side_by_side_and_several_columns_of_choices(read) -> None:
    columns = {
        "Q5#1_1": ("Rate - Now - Home", {"ImportId": "QID5#1_1"}),
        "Q5#1_2": ("Rate - Now - Work", {"ImportId": "QID5#1_2"}),
        "Q5#2_1": ("Rate - Then - Home", {"ImportId": "QID5#2_1"}),
        "Q5#2_2": ("Rate - Then - Work", {"ImportId": "QID5#2_2"}),
        "Q6_1": ("Why? - Selected Choice - Money", {"ImportId": "QID6", "choiceId": "1"}),
        "Q6_2": ("Why? - Selected Choice - Time", {"ImportId": "QID6", "choiceId": "2"}),
        "Q6_2_TEXT": ("Why? - Time - Text", {"ImportId": "QID6_2_TEXT"}),
        "Q6_DO_1": ("Why? - Display Order - Money", {"ImportId": "QID6_DO", "choiceId": "1"}),
    }
    book = questions(read, columns, [*"12341", "", "my words", "2"]).variables
    assert [book[name].group for name in columns] == [
        *["Rate - Now"] * 2, *["Rate - Then"] * 2, "Why?", "Why?", "", "",
    ]  # fmt: skip
    assert book["Q6_2_TEXT"].role == "free_text"
    assert book["Q6_DO_1"].role == "display_order"


def test_passes_of_a_loop(read) -> None:
    columns = {
        "1_Q3": ("How close to [Field-1]?", {"ImportId": "1_QID3"}),
        "1_Q4_1": ("Rate - warm", {"ImportId": "1_QID4_1"}),
        "1_Q4_2": ("Rate - cold", {"ImportId": "1_QID4_2"}),
        "2_Q3": ("How close to [Field-1]?", {"ImportId": "2_QID3"}),
        "2_Q4_1": ("Rate - warm", {"ImportId": "2_QID4_1"}),
        "2_Q4_2": ("Rate - cold", {"ImportId": "2_QID4_2"}),
        "2_Q4_2_TEXT": ("Rate - cold - Text", {"ImportId": "2_QID4_2_TEXT"}),
    }
    book = questions(read, columns, [*"123456", "x"]).variables
    assert [book[name].group for name in columns] == [
        "Q3", "Rate", "Rate", "Q3", "Rate (2_Q4)", "Rate (2_Q4)", "",
    ]  # fmt: skip
    assert book["2_Q4_2_TEXT"].role == "free_text"


def test_groups_without_import_ids_need_a_stem(read) -> None:
    columns: dict[str, tuple[str, dict[str, str]]] = {
        "Q3_1": ("How often?-We talk", {}), "Q3_2": ("How often?-We walk", {}),
        "age_1": ("Your age", {}), "age_2": ("Their age", {}),
    }  # fmt: skip
    book = questions(read, columns, [*"1234"], ids=False).variables
    assert [book[name].group for name in columns] == ["How often?", "How often?", "", ""]


def test_several_choices_in_one_cell_as_codes_and_as_words(read) -> None:
    columns = {
        "Q5": ("Why?", {"ImportId": "QID5"}),
        "Q6": ("Which?", {"ImportId": "QID6"}),
        "Q7": ("Say why.", {"ImportId": "QID7_TEXT"}),
        "Q8": ("One only", {"ImportId": "QID8"}),
    }
    words = ["Money,Time", "Time", "Money,Rent, food and fuel", "Time,Rent, food and fuel", "-99"]
    words += ["Money,Time,Rent, food and fuel", "Rent, food and fuel"]
    codes = ["1,3", "3", "1,12", "3,12", "-99", "1,3,12", "12"]
    one = ["Yes, often", "No, never", "Yes, often", "No, never", "-99", "Yes, often", "No, never"]
    answers = [[c, w, c, o] for c, w, o in zip(codes, words, one, strict=True)]
    export = questions(read, columns, *answers)
    book = export.variables
    assert (book["Q5"].options, book["Q5"].separator) == (("1", "3", "12"), ",")
    assert set(book["Q6"].options) == {"Money", "Time", "Rent, food and fuel"}
    assert book["Q7"].options == book["Q8"].options == ()
    chosen = ["0", "0", "1", "1", "-99", "1", "1"]
    assert export.column("Q5 [12]").tolist() == chosen
    assert export.column("Q6 [Rent, food and fuel]").tolist() == chosen
    assert export.variable("Q5 [12]").reasons == {"-99": "shown_not_answered"}


def test_text_questions_with_numbers_or_codes_stay_questions(read) -> None:
    columns = {
        "age": ("Age?", {"ImportId": "QID1_TEXT"}),
        "code": ("Your code?", {"ImportId": "QID2_TEXT"}),
        "why": ("Why?", {"ImportId": "QID3_TEXT"}),
    }
    book = questions(read, columns, ["34", "AB12", "I do not know"], ["51", "CD34", "ok"]).variables
    assert [book[name].role for name in columns] == ["", "", "free_text"]


def test_what_the_platform_adds_is_no_question(read) -> None:
    columns = {
        "Q2 - Topics": ("Q2 - Topics", {"ImportId": "QID2_TEXT_eae5a8d0e7fd4bd183e983e5Topics"}),
        "Q2 - Parent Topics": ("Q2 - Parent Topics", {}),
        "Q2 - Sentiment Score": ("x", {"ImportId": "QID2_TEXT_0123456789abcdefSentimentScore"}),
        "Q_RecaptchaScore": ("Q_RecaptchaScore", {"ImportId": "Q_RecaptchaScore"}),
        "SC0": ("Score", {"ImportId": "SC_abc"}),
        "Q9_Name": ("File - Name", {"ImportId": "QID9_FILE_NAME"}),
        "FL_12_DO_FL_14": ("x", {"ImportId": "FL_12_DO", "choiceId": "FL_14"}),
        "Q1_DO": ("Order", {"ImportId": "QID1_DO"}),
    }
    book = questions(read, columns, ["a"] * 7 + ["3|1|2"]).variables
    assert [book[name].role for name in columns] == ["metadata"] * 6 + ["display_order"] * 2


def test_the_empty_column_at_the_end_of_a_legacy_file_is_no_question(read) -> None:
    names = [f"V{i}" for i in range(1, 11)] + ["Q1", ""]
    export = read([names, [*LEGACY, "I feel close.", ""], ["x"] * 10 + ["5", ""]])
    assert export.variables["unnamed_12"].role == "metadata"


def test_values_and_words_in_one_file(read) -> None:
    agree = ResponseScale(
        id="a", values=(1, 2, 3), labels=("no", "so so", "yes"), codes=("1", "2", "3"),
        minimum=1, maximum=3,
    )  # fmt: skip
    items = {name: Item(id=name, scale="a", column=name, text=name) for name in ("Q1", "Q2")}
    scales = {"s": Scale(id="s", label="S", items=tuple(ScaleItem(id=name) for name in items))}
    instrument = Instrument(
        id="mixed", version="1", title="Mixed", items=items, scales=scales,
        response_scales={"a": agree},
    )  # fmt: skip
    columns = {name: (name, {"ImportId": f"QID{name[1]}"}) for name in items}
    export = questions(read, columns, ["1", "no"], ["3", "so so"], ["2", "yes"])
    responses = validate(export, instrument).responses
    assert responses["Q1"].tolist() == [1, 3, 2]
    assert responses["Q2"].tolist() == [1, 2, 3]


def test_duplicate_and_empty_headings(read) -> None:
    rows = [*headers(), record(1)]
    rows = [[*row, *extra] for row, extra in zip(rows, [["Q2_1", ""]] * 4, strict=True)]
    export = read(rows)
    assert list(export.frame)[-2:] == ["Q2_1.2", "unnamed_27"]


def test_tab_separated_utf_16_as_qualtrics_writes_tsv(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    rows = [*headers(), record(1)]
    memory = io.StringIO()
    csv.writer(memory, delimiter="\t").writerows(rows)
    file.write_bytes(memory.getvalue().encode("utf-16"))
    export = read_export(file)
    assert (export.platform, export.delimiter, export.bom) == ("qualtrics", "\t", True)
    assert export.frame.to_numpy(dtype=object).tolist() == [record(1)]


def test_the_user_may_say_that_it_is_generic(read) -> None:
    export = read([*headers(), record(1)], platform="generic")
    assert (export.platform, export.header_rows, len(export.frame)) == ("generic", 1, 3)
    assert export.rule == "named by the user"


def test_headers_without_records(read) -> None:
    with pytest.raises(ExportError, match="no records"):
        read(headers())


def test_two_columns_of_the_same_name_do_not_make_it_qualtrics(read) -> None:
    assert read([["Status", "Progress", "Q1"], ["1", "2", "3"]]).platform == "generic"


@given(cut=st.integers(1, len(written([*headers(), record(1), record(2)]).encode()) - 1))
def test_a_file_cut_anywhere(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    file = tmp_path_factory.getbasetemp() / "cut.csv"
    whole = written([*headers(), record(1), record(2)]).encode()
    file.write_bytes(whole[:cut])
    outcome: Export | ExportError
    try:
        outcome = read_export(file)
    except ExportError as error:
        outcome = error
    if isinstance(outcome, ExportError):
        assert "cut.csv" in str(outcome)
    elif outcome.header_rows == 3 and len(outcome.frame) == 2:
        full = outcome.frame.to_numpy(dtype=object).tolist() == [record(1), record(2)]
        assert (
            full or outcome.warnings or whole[:cut].endswith(b"BL_1|BL_2"[: cut - len(whole) + 1])
        )
