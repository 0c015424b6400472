"""Workbooks of no platform: which sheet, titles, headings in two rows, merged cells."""

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest

from detachment.errors import ExportError
from detachment.exports import Export, read_export

ANSWERS: list[list[object]] = [["id", "Q1", "Q2"], *([f"p{i}", i % 5, 3] for i in range(8))]


@pytest.fixture
def read(tmp_path: Path):
    def reader(*rows: list[object], merge: tuple[str, ...] = (), **sheets: object) -> Export:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Data"
        for row in rows:
            sheet.append(row)
        for place in merge:
            sheet.merge_cells(place)
        for name, more in sheets.items():
            other = book.create_sheet(name)
            for row in more:
                other.append(row)
        book.save(tmp_path / "a.xlsx")
        return read_export(tmp_path / "a.xlsx")

    return reader


def test_a_plain_workbook(read) -> None:
    export = read(*ANSWERS)
    assert (export.platform, export.header_rows, export.warnings) == ("excel", 1, ())
    assert export.rule.startswith("a workbook without a survey platform's marks")
    assert export.variables["Q1"].text == "Q1"


def test_another_container_named_excel(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,q\na,1\n", encoding="utf-8")
    with pytest.raises(ExportError, match="no workbook"):
        read_export(file, platform="excel")
    assert read_export(file).platform == "generic"


def test_a_code_book_that_is_larger_than_the_answers(read) -> None:
    book = [["variable", "question", "code", "label"]]
    book += [
        [name, f"text of {name}", code, "word"] for name in ("id", "Q1", "Q2") for code in range(9)
    ]
    export = read(*ANSWERS, Codes=book)
    assert list(export.frame) == ["id", "Q1", "Q2"]
    assert export.warnings == (
        "the sheet 'Data' was read; not read: 'Codes' (larger, but it lists the headings of "
        "'Data')",
    )


def test_notes_that_are_longer_than_the_answers(read) -> None:
    export = read(*ANSWERS, Notes=[[f"line {i}"] for i in range(99)])
    assert "'Notes' (larger, but a single column)" in export.warnings[0]
    assert len(export.frame) == 8


def test_a_wide_empty_sheet_is_not_larger(read) -> None:
    export = read(*ANSWERS, Sketch=[["x", *[None] * 90, "y"], *[[None]] * 90, ["z"]])
    assert list(export.frame) == ["id", "Q1", "Q2"]


def test_a_pivot_table_that_is_larger_than_the_answers(read, tmp_path: Path) -> None:
    pivot = [["Row Labels", "Sum of Q1", "Sum of Q2", "n"], *[[i, 1, 2, 3] for i in range(40)]]
    export = read(*ANSWERS, Summary=pivot)
    assert next(iter(export.frame)) == "Row Labels"  # nothing marks it as one
    file = tmp_path / "a.xlsx"
    _add(
        file,
        {
            "xl/pivotTables/pivotTable1.xml": "<pivotTableDefinition/>",
            "xl/worksheets/_rels/sheet2.xml.rels": '<Relationships><Relationship Id="rId1" Type='
            '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/pivotTable" '
            'Target="../pivotTables/pivotTable1.xml"/></Relationships>',
        },
    )
    export = read_export(file)
    assert list(export.frame) == ["id", "Q1", "Q2"]
    assert "'Summary' (larger, but a pivot table)" in export.warnings[0]
    assert next(iter(read_export(file, sheet="Summary").frame)) == "Row Labels"


def _add(file: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def test_a_second_sheet_of_answers_is_said(read) -> None:
    export = read(*ANSWERS, Later=ANSWERS[:4])
    assert len(export.frame) == 8
    assert "'Later' have the same headings as 'Data'" in export.warnings[1]


def test_titles_above_full_headings_are_left_out_and_said(read) -> None:
    export = read(["Couples study"], ["exported 4 May"], [], *ANSWERS, merge=("A1:C1",))
    assert list(export.frame) == ["id", "Q1", "Q2"]
    assert export.header_rows == 3
    assert export.rows.tolist() == list(range(5, 13))
    assert "row(s) 1, 2 hold one cell each" in export.warnings[1]


def test_titles_above_headings_with_a_gap_are_refused(read) -> None:
    rows = [["Couples study"], ["id", None, "Q2"], ["a", 1, 2]]
    with pytest.raises(ExportError, match=r"seems to be a title, but row 2 does not name every"):
        read(*rows)


def test_two_columns_have_no_title(read) -> None:
    export = read(["id", None], ["a", 3], ["b", 4])
    assert list(export.frame) == ["id", "unnamed_2"]


def test_nothing_but_single_cells(read) -> None:
    with pytest.raises(ExportError, match=r"row 1 has one heading for 3 columns"):
        read(["a"], [None, "b"], [None, None, "c"])


def test_merged_headings_are_groups(read) -> None:
    export = read(
        ["id", "Signs", None, "Effects", None, "age"],
        [None, "s1", "s2", "e1", "e2", None],
        ["a", 1, 2, 3, 4, 30],
        ["b", 5, 4, 3, 2, 40],
        merge=("A1:A2", "B1:C1", "D1:E1", "F1:F2"),
    )
    assert export.frame.to_dict("list") == {
        "id": ["a", "b"], "s1": ["1", "5"], "s2": ["2", "4"], "e1": ["3", "3"], "e2": ["4", "2"],
        "age": ["30", "40"],
    }  # fmt: skip
    groups = {name: v.group for name, v in export.variables.items()}
    assert groups == {
        "id": "", "s1": "Signs", "s2": "Signs", "e1": "Effects", "e2": "Effects", "age": ""
    }  # fmt: skip
    assert (export.header_rows, export.rows.tolist()) == (2, [3, 4])
    assert "row 1 has merged cells above the headings in row 2" in export.warnings[0]


def test_a_title_then_merged_headings(read) -> None:
    export = read(
        ["Couples study"],
        [],
        ["id", "Signs", None],
        [None, "s1", "s2"],
        ["a", 1, 2],
        merge=("A1:C1", "A3:A4", "B3:C3"),
    )
    assert list(export.frame) == ["id", "s1", "s2"]
    assert export.rows.tolist() == [5]


@pytest.mark.parametrize("below", [[None, 1, 2], [None, "s1", None], ["x", "s1", "s2"]])
def test_merged_headings_without_names_below_are_refused(read, below: list[object]) -> None:
    with pytest.raises(ExportError, match=r"row 1 has merged cells above several columns"):
        read(["id", "Signs", None], below, ["a", 1, 2], ["b", 1, 2], merge=("B1:C1",))


def test_merged_cells_among_the_answers_are_said(read) -> None:
    rows = [["couple", "who", "Q1"], ["c1", "A", 1], [None, "B", 2], ["c2", "A", 3], [None, "B", 4]]
    export = read(*rows, merge=("A2:A3", "A4:A5"))
    assert export.frame["couple"].tolist() == ["c1", "", "c2", ""]
    assert "2 row(s) (2, 4); unmerge them" in export.warnings[0]


def test_numbers_stored_as_text_dates_and_formulas_are_the_same_text(read) -> None:
    export = read(
        ["id", "Q1", "when"],
        ["a", 3, dt.datetime(2026, 5, 4, 8, 0)],
        ["b", "3", "2026-05-04 08:00:00"],
        ["c", "3,5", dt.date(2026, 5, 4)],
        ["d", 3.5, None],
    )
    assert export.frame["Q1"].tolist() == ["3", "3", "3,5", "3.5"]
    assert export.frame["when"].tolist() == [*["2026-05-04 08:00:00"] * 2, "2026-05-04", ""]


def test_an_address_as_heading_is_not_repeated(read) -> None:
    with pytest.raises(ExportError, match="row 1 holds an e-mail") as caught:
        read(["ana@example.org", "3", "4"], ["bo@example.org", 1, 2])
    assert "ana@" not in str(caught.value)


def test_a_workbook_beside_an_export_in_an_archive_gives_way(read, tmp_path: Path) -> None:
    read(*ANSWERS)
    names = "StartDate,EndDate,Status,IPAddress,ResponseId,Q1"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.xlsx", "notes.xlsx")
        archive.writestr("export.csv", f"{names}\n2026-01-01,2026-01-01,0,192.0.2.1,R_1,3\n")
    assert read_export(tmp_path / "a.zip").platform == "qualtrics"
