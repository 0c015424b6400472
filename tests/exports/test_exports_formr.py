"""formr: results in every format it writes, and its item table as JSON and as a workbook."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from detachment import validate
from detachment.errors import ExportError, SurveyError, UsageError
from detachment.exports import Export, read_export
from detachment.exports._source import Source
from detachment.exports.formr import detect

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
TOKEN = "XYmibCenlVGf2JpjoNzh8A2RKBbacOZHMX7QEG7EU-FJDGwIeV2cgIXNJeGNoPG_"
AGREE = {"1": "Strongly disagree", "2": "Disagree", "-9": "Prefer not to say"}
ITEMS = {
    "name": "couples",
    "items": [
        {"type": "note", "name": "welcome", "label": "Hello"},
        {"type": "mc_button", "name": "close_R", "label": "__We are close.__",
         "label_parsed": "<strong>We are close.</strong>", "choice_list": "close_R",
         "choices": AGREE, "showif": "topics == 1"},
        {"type": "rating_button", "name": "mood", "label": "Mood?", "type_options": "0,10",
         "choices": {"1": "bad", "2": "good"}},
        {"type": "range", "name": "line", "label": "Line", "choices": {"1": "none", "2": "all"}},
        {"type": "mc_multiple", "name": "topics", "label": "Topics?",
         "choices": {"1": "Money", "2": "Chores", "3": "Time"}},
        {"type": "mc", "name": "from_zero", "label": "Zero?", "choices": ["no", "yes"]},
        {"type": "email", "name": "contact", "label": "Where do we reach you?"},
        {"type": "submit", "name": "go", "label": "Continue"},
    ],
    "settings": {"expire_after": 0},
}  # fmt: skip
HEADINGS = ["session", "session_id", "study_id", "iteration", "created", "modified", "ended"]
HEADINGS += ["expired", "close_R", "mood", "line", "topics", "from_zero", "contact"]
ROLES = ["respondent_id", *["metadata"] * 3, "started_at", "metadata", "submitted_at", "metadata"]
MOMENTS = ["2026-05-04 10:00:00", "2026-05-04 10:05:00"]


def record(i: int, *, ended: bool = True, session: str = TOKEN) -> list[str]:
    own = [f"{i}{session[1:]}" if session else "", str(900 + i), "417", str(i), *MOMENTS]
    own += [MOMENTS[1], ""] if ended else ["", "2026-05-07 10:00:00"]
    return [*own, "2", "10", "55", "1, 3", "0", f"p{i}@example.org"]


def as_json(records: list[list[str]], headings: list[str] = HEADINGS) -> str:
    rows = [
        json.dumps({k: v or None for k, v in zip(headings, row, strict=True)}) for row in records
    ]
    return "[" + ",\n".join(rows) + "]"


def as_table(records: list[list[str]], delimiter: str, quote: str) -> str:
    rows = [HEADINGS, *records]
    return "".join(delimiter.join(f"{quote}{c}{quote}" for c in row) + "\n" for row in rows)


@pytest.fixture
def write(tmp_path: Path):
    def writer(name: str, content: object) -> Path:
        text = content if isinstance(content, str) else json.dumps(content, indent=4)
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        return tmp_path / name

    return writer


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    for i, (name, rows) in enumerate(sheets.items()):
        sheet = book.active if i == 0 else book.create_sheet()
        assert sheet is not None
        sheet.title = name
        for row in rows:
            sheet.append([cell if cell != "" else None for cell in row])
    book.save(path)
    return path


def cells(export: Export) -> list[list[str]]:
    return [list(export.frame), *export.frame.to_numpy(dtype=object).tolist()]


RECORDS = [record(1), record(2, ended=False)]


@pytest.mark.parametrize("kind", ["json", "csv", "csv_german", "tab", "xlsx"])
def test_every_format_of_the_results(write, tmp_path: Path, kind: str) -> None:
    if kind == "json":
        file = write("couples.json", as_json(RECORDS))
    elif kind == "xlsx":
        file = workbook(tmp_path / "couples.xlsx", Worksheet=[HEADINGS, *RECORDS])
    else:
        delimiter, quote = {"csv": (",", '"'), "csv_german": (";", '"'), "tab": ("\t", "")}[kind]
        file = write(f"couples.{kind[:3]}", as_table(RECORDS, delimiter, quote))
    export = read_export(file)
    assert export.platform == "formr"
    assert export.rule == "formr's columns session, created, modified, ended"
    assert cells(export) == [HEADINGS, *RECORDS]
    assert [export.variables[name].role for name in HEADINGS[:8]] == ROLES
    assert export.unfinished is not None
    assert export.unfinished.tolist() == [False, True]
    first = 1 if kind == "json" else 2
    assert (export.header_rows, export.rows.tolist()) == (first - 1, [first, first + 1])
    assert not export.test_rows.any()
    assert "session" not in export.identifying_columns


def test_numbers_of_json_are_text_as_they_stand(write) -> None:
    text = (
        '[{"session":"1","created":"x","modified":"x","ended":"x",'
        '"a":0.10,"b":12345678901234567890123,"c":1e3,"d":NaN,"e":-Infinity,"f":true,"g":""},'
        '{"session":2,"h":"only here"}]'
    )
    export = read_export(write("a.json", text))
    first, second = export.frame.to_dict("records")
    assert [first[k] for k in "abcdefgh"] == [
        *("0.10", "12345678901234567890123", "1e3", "NaN", "-Infinity", "true", "", ""),
    ]
    assert (second["session"], second["h"], second["a"]) == ("2", "only here", "")


def test_the_item_table_as_a_code_book(write) -> None:
    book = write("items.json", ITEMS)
    export = read_export(write("results.json", as_json(RECORDS)), codebook=book)
    assert list(export.books) == ["items.json"]
    assert export.warnings == ()
    variables = export.variables
    assert variables["close_R"].text == "<strong>We are close.</strong>"
    assert dict(variables["close_R"].labels) == AGREE
    assert dict(variables["close_R"].reasons) == {}
    assert dict(variables["from_zero"].labels) == {"0": "no", "1": "yes"}
    assert variables["contact"].role == "identifier"
    assert "contact" in export.identifying_columns
    assert export.frame["close_R"].tolist() == ["2", "2"]


def test_choices_of_a_rating_stand_at_its_ends(write) -> None:
    book = write("items.json", ITEMS)
    variables = read_export(write("a.json", as_json(RECORDS)), codebook=book).variables
    assert dict(variables["mood"].labels) == {"0": "bad", "10": "good"}
    assert dict(variables["line"].labels) == {"0": "none", "100": "all"}


def test_several_choices_in_one_cell(write) -> None:
    book = write("items.json", ITEMS)
    export = read_export(write("a.json", as_json(RECORDS)), codebook=book)
    assert export.frame["topics"].tolist() == ["1, 3", "1, 3"]
    chosen = [export.column(f"topics [{code}]").tolist() for code in "123"]
    assert chosen == [["1", "1"], ["0", "0"], ["1", "1"]]


@pytest.mark.parametrize(
    ("results", "items"),
    [
        ("couples.json", "couples_items.json"),
        ("couples.csv", "couples_items.json"),
        ("couples_results.json", "couples_items.json"),
    ],
)
def test_the_item_table_beside_the_export(write, results: str, items: str) -> None:
    write(items, ITEMS)
    write("other_items.json", ITEMS)
    content = as_json(RECORDS) if results.endswith("json") else as_table(RECORDS, ",", '"')
    export = read_export(write(results, content))
    assert list(export.books) == [items]
    assert export.warnings == (f"{items} was found beside the export and used as its item table",)


def test_what_lies_beside_and_is_no_item_table_is_left_alone(write) -> None:
    write("couples_items.json", {"name": "x", "items": [1, 2]})
    export = read_export(write("couples.json", as_json(RECORDS)))
    assert dict(export.books) == {}
    assert not any("item" in warning for warning in export.warnings)


def test_an_item_table_of_another_survey_is_said(write) -> None:
    other = {"name": "x", "items": [{"type": "mc", "name": "q1", "label": "?"}]}
    export = read_export(write("a.json", as_json(RECORDS)), codebook=write("b.json", other))
    assert "no column has the name of an item of b.json" in export.warnings[0]
    with pytest.raises(UsageError, match=r"c\.json is no code book"):
        read_export(write("a.json", as_json(RECORDS)), codebook=write("c.json", {"items": []}))


SURVEY_SHEET = [
    ["type", "name", "label", "optional", "showif", "choice1", "choice2"],
    ["note", "welcome", "Hello", "", "", "", ""],
    ["mc_button  agree", "close_R", "__We are close.__", "", "", "", ""],
    ["rating_button 0,10 ends", "mood", "Mood?", "", "", "", ""],
    ["mc_multiple topics", "topics", "Topics?", "", "", "", ""],
    ["mc", "from_zero", "Zero?", "", "", "no", "yes"],
]
CHOICES_SHEET = [
    ["list_name", "name", "label"],
    *(["agree" if code == "1" else "", int(code), label] for code, label in AGREE.items()),
    ["ends", 1, "bad"],
    ["ends", 2, "good"],
    ["topics", 1, "Money"],
    ["topics", 2, "Chores"],
    ["topics", 3, ""],
]


def test_the_item_table_as_a_workbook(write, tmp_path: Path) -> None:
    workbook(tmp_path / "couples_items.xlsx", survey=SURVEY_SHEET, choices=CHOICES_SHEET)
    export = read_export(write("couples.json", as_json(RECORDS)))
    assert list(export.books) == ["couples_items.xlsx"]
    variables = export.variables
    assert variables["close_R"].text == "__We are close.__"
    assert dict(variables["close_R"].labels) == AGREE
    assert dict(variables["mood"].labels) == {"0": "bad", "10": "good"}
    assert variables["topics"].options == ("1", "2", "3")
    assert dict(variables["topics"].labels) == {"1": "Money", "2": "Chores", "3": "3"}
    assert dict(variables["from_zero"].labels) == {"1": "no", "2": "yes"}


def test_an_item_table_by_itself_is_a_code_book(write, tmp_path: Path) -> None:
    export = read_export(write("items.json", ITEMS))
    facts = export.facts()
    assert (facts["platform"], facts["kind"], facts["container"]) == ("formr", "codebook", "json")
    assert facts["records"] is None
    assert export.frame["name"].tolist() == [item["name"] for item in ITEMS["items"]]
    assert json.loads(export.frame["choices"][1]) == AGREE
    with pytest.raises(SurveyError, match="is a code book"):
        validate(export)
    # A workbook's table of items has rows; what is read is the larger of its sheets.
    sheets = workbook(tmp_path / "items.xlsx", survey=SURVEY_SHEET, choices=CHOICES_SHEET)
    export = read_export(sheets)
    assert (export.platform, export.kind) == ("formr", "codebook")
    assert export.facts()["records"] == len(SURVEY_SHEET) - 1


def test_sheets_of_another_form_builder_are_left_alone(tmp_path: Path) -> None:
    survey = [["type", "name", "label", "relevant"], ["select_one yn", "q1", "Why?", ""]]
    export = read_export(workbook(tmp_path / "form.xlsx", survey=survey))
    assert export.platform == "excel"


def test_sessions_of_tests_are_marked_and_said(write) -> None:
    rows = [record(1), record(2, session="_QuietOtterXXX" + TOKEN[:50]), record(3, session="")]
    export = read_export(write("a.json", as_json(rows)))
    assert export.test_rows.tolist() == [False, True, True]
    assert export.warnings[0].startswith("2 record(s) have a session with XXX")
    assert "Otter" not in "".join(export.warnings)


def test_an_unlinked_survey_has_no_sessions(write) -> None:
    headings, rows = HEADINGS[8:], [row[8:] for row in RECORDS]
    file = write("a.json", as_json(rows, headings))
    with pytest.raises(ExportError, match="no survey platform"):
        read_export(file)
    export = read_export(file, platform="formr")
    assert cells(export) == [headings, *rows]
    assert (export.unfinished, export.test_rows.any()) == (None, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[{"session":"a"}', "in line 1, column 17.*damaged or cut off"),
        ('[{"session":"a"},{"session":["b"]}]', "'session' of record 2 holds a list or an object"),
        ('[{"session":"a"},{"session":{"b":1}}]', "of record 2 holds a list or an object"),
        ('[{"session":"a"},3]', "not a list of records"),
        ('{"session":"a"}', "not a list of records"),
        ('{"name":"x","items":[{"type":"mc"}]}', "not a list of records"),
        ('[{"session":"a","session":"b"}]', "'session' stands twice in one record"),
        ('[{"a":' + "[" * 200_000, "nested too deeply|damaged or cut off"),
    ],
)
def test_what_is_refused(write, text: str, says: str) -> None:
    with pytest.raises(ExportError, match=says):
        read_export(write("a.json", text), platform="formr")


def test_more_names_than_a_survey_has_are_refused(write) -> None:
    many = json.dumps([{f"q{i}": "1"} for i in range(40_000)])
    with pytest.raises(ExportError, match="40000 different names"):
        read_export(write("a.json", many), platform="formr")


def test_an_empty_list_has_no_records(write) -> None:
    with pytest.raises(ExportError, match="no records"):
        read_export(write("a.json", "[]"), platform="formr")


def test_half_a_sign_is_replaced(write) -> None:
    text = as_json([record(1)]).replace('"55"', '"\\ud83d\\ude00 \\ud83d"')
    assert read_export(write("a.json", text)).frame["line"].tolist() == ["😀 \ufffd"]


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=3, max_size=3),
        min_size=1,
        max_size=4,
    )
)
def test_every_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    file = tmp_path_factory.mktemp("formr") / "a.json"
    names = ["session", "created", "modified", "ended", "a", "b", "c"]
    records = [dict(zip(names, ["s", *["t"] * 3, *row], strict=True)) for row in rows]
    file.write_text(json.dumps(records), encoding="utf-8")
    assert read_export(file).frame[["a", "b", "c"]].to_numpy(dtype=object).tolist() == rows


@pytest.mark.parametrize("part", range(16))
def test_cut_anywhere(write, part: int) -> None:
    text = as_json(RECORDS)
    file = write("a.json", text[: 1 + part * len(text) // 16])
    with pytest.raises(ExportError):
        read_export(file)


# ------------------------------------------------------------------------------ real exports


def known(wanted: str) -> list[dict[str, Any]]:
    file = FOLDER / "EXPECTED.json"
    entries = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return [entry for entry in entries if (entry["format"] == "formr") == (wanted == "own")]


outside = pytest.mark.skipif(
    not known("own"), reason="the outside reference files (../shared) are not on this machine"
)


@outside
@pytest.mark.parametrize("expected", known("own"), ids=lambda e: e["file"])
def test_real_export(expected: dict[str, Any]) -> None:
    facts = read_export(FOLDER / expected["file"]).facts()
    assert {fact: facts[fact] for fact in ("container", "records")} == {
        fact: expected[fact] for fact in ("container", "records")
    }
    assert facts["platform"] == "formr"
    assert facts["kind"] == (
        "codebook" if expected["file"].endswith("_items.json") else "responses"
    )
    assert facts["identifying_columns"] == []


@outside
def test_real_results_with_their_items() -> None:
    export = read_export(FOLDER / "formr" / "BFI_post.json")
    assert list(export.books) == ["BFI_post_items.json"]
    reversed_items = [name for name in export.frame if name.endswith("R")]
    assert len(reversed_items) == 7
    raw = json.loads((FOLDER / "formr" / "BFI_post.json").read_text(encoding="utf-8"))
    assert export.frame.to_dict("records") == [
        {name: value or "" for name, value in row.items()} for row in raw
    ]  # nothing is reversed
    assert export.unfinished is not None
    assert export.unfinished.sum() == 2
    ends = {"1": "Trifft überhaupt nicht zu", "5": "Trifft voll und ganz zu"}
    assert dict(export.variables["BFIK_open_2"].labels) == ends
    gods = read_export(FOLDER / "formr" / "gods_example_results.json")
    assert gods.frame["religiousness_1"].tolist()[:3] == ["4", "1", "1"]
    assert dict(gods.variables["gods"].labels)["glob"] == "Glob"


@outside
@pytest.mark.parametrize("expected", known("others"), ids=lambda e: e["file"])
def test_files_of_other_platforms_are_left_alone(expected: dict[str, Any]) -> None:
    if expected["container"] not in ("text", "xlsx", "json"):
        pytest.skip("no table of text")
    data = (FOLDER / expected["file"]).read_bytes()
    source = Source(name=expected["file"], data=data, container=expected["container"])
    assert detect(source) is None
