"""Workbooks: the sheet with the data, numbers without .0, dates, errors, formulas."""

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest

from detachment.errors import ExportError, UsageError
from detachment.exports import read_export

_EMPTY_TEXT = b'r="B2" t="str"><f>IF(1,"")</f><v></v>'


def saved(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_values_become_text_as_excel_means_them(tmp_path: Path) -> None:
    moment = dt.datetime(2026, 5, 4, 8, 3, 48)
    values = [1, 2.0, 18.5, True, False, "007", " None ", moment, dt.date(2026, 5, 4)]
    values += [dt.time(8, 3), dt.timedelta(hours=30), "NA", None, 0.1, 12345678901234]
    file = saved(tmp_path / "a.csv", Data=[["id", "value"], *enumerate(values)])
    export = read_export(file)
    assert export.frame["value"].tolist() == [
        *("1", "2", "18.5", "TRUE", "FALSE", "007", " None ", "2026-05-04 08:03:48"),
        *("2026-05-04", "08:03:00", "30:00:00", "NA", "", "0.1", "12345678901234"),
    ]
    assert (export.container, export.platform, export.header_rows) == ("xlsx", "excel", 1)
    assert (export.encoding, export.delimiter, export.decimal) == (None, None, ".")
    assert export.rows.tolist() == list(range(2, 17))
    assert export.warnings == ()


def test_the_sheet_with_the_data_is_chosen_and_the_others_named(tmp_path: Path) -> None:
    data = [["id", "Q1"], *([i, 3] for i in range(9))]
    file = saved(tmp_path / "a.xlsx", Notes=[["read me"]], Empty=[], Data=data)
    export = read_export(file)
    assert export.frame.shape == (9, 2)
    assert export.warnings == ("the sheet 'Data' was read; not read: 'Notes'",)
    assert not read_export(file, sheet="Data").warnings


def test_hidden_sheets_do_not_compete(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", Data=[["id", "Q"], [1, 2]], Old=[["id", "Q"], *[[1, 2]] * 9])
    book = openpyxl.load_workbook(file)
    book["Old"].sheet_state = "hidden"
    book.save(file)
    assert len(read_export(file).frame) == 1
    assert len(read_export(file, sheet="Old").frame) == 9


def test_an_unknown_sheet_names_the_nearest_one(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", Data=[["id", "Q"], [1, 2]], Notes=[["x"]])
    with pytest.raises(UsageError, match=r"no sheet 'Date'.* Data, Notes.*'Data'\?"):
        read_export(file, sheet="Date")


def test_an_empty_workbook(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", Sheet1=[], Sheet2=[[]])
    with pytest.raises(ExportError, match="no sheet with anything in it"):
        read_export(file)
    with pytest.raises(ExportError, match="'Sheet1' is empty"):
        read_export(file, sheet="Sheet1")


def test_empty_rows_and_columns_around_and_within(tmp_path: Path) -> None:
    rows = [[], [None, "id", None, "Q1"], [None, "a", None, 3], [], [None, "b", None, None]]
    export = read_export(saved(tmp_path / "a.xlsx", Data=rows))
    assert export.frame.to_dict("list") == {"id": ["a", "b"], "Q1": ["3", ""]}
    assert export.rows.tolist() == [3, 5]
    assert "2 row(s) (1, 4) with nothing in them" in export.warnings[0]


def test_a_column_with_answers_but_no_heading_stays(tmp_path: Path) -> None:
    export = read_export(saved(tmp_path / "a.xlsx", Data=[["id", None], ["a", 3]]))
    assert list(export.frame) == ["id", "unnamed_2"]


def test_error_cells_and_formulas_without_a_value_are_counted(tmp_path: Path) -> None:
    rows = [["id", "Q1", "Q2"], ["a", "#N/A", "=1+1"], ["b", "#DIV/0!", "=A1"], ["c", 3, 4]]
    export = read_export(saved(tmp_path / "a.xlsx", Data=rows))
    assert export.frame["Q1"].tolist() == ["", "", "3"]
    assert export.frame["Q2"].tolist() == ["", "", "4"]
    assert "2 cell(s) of the workbook with an error" in export.warnings[0]
    assert "2 formula(s) of the workbook were saved without a value" in export.warnings[1]


def test_a_formula_gives_the_value_saved_with_it(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", Data=[["id", "Q1"], ["a", "=40+2"]])
    _edit(file, "xl/worksheets/sheet1.xml", b"<f>40+2</f><v></v>", b"<f>40+2</f><v>42</v>")
    export = read_export(file)
    assert export.frame["Q1"].tolist() == ["42"]
    assert export.warnings == ()
    _edit(file, "xl/worksheets/sheet1.xml", b'r="B2"><f>40+2</f><v>42</v>', _EMPTY_TEXT)
    export = read_export(file)
    assert export.frame["Q1"].tolist() == [""]
    assert export.warnings == ()


def test_a_qualtrics_workbook_is_recognised(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["StartDate", "EndDate", "Status", "IPAddress", "ResponseId", "Q1"],
        ["Start Date", "End Date", "Response Type", "IP Address", "Response ID", "We talk."],
        [dt.datetime(2026, 5, 4, 8, 0), dt.datetime(2026, 5, 4, 8, 5), 1, "192.0.2.1", "R_1", 4],
    ]
    export = read_export(saved(tmp_path / "a.xlsx", Sheet0=rows))
    assert (export.platform, export.header_rows) == ("qualtrics", 2)
    assert export.variables["Q1"].text == "We talk."
    assert export.test_rows.tolist() == [True]
    assert export.identifying_columns == ("IPAddress",)


def test_an_open_document_spreadsheet(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="4"/>'
    urn = "urn:oasis:names:tc:opendocument:xmlns:"
    names = " ".join(f'xmlns:{n}="{urn}{n}:1.0"' for n in ("office", "table", "text"))
    file = tmp_path / "a.csv"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{urn}manifest:1.0"/>')
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet>"
            '<table:table table:name="Data">'
            f"<table:table-row>{cell.format('id')}{cell.format('Q1')}</table:table-row>"
            f"<table:table-row>{cell.format('a')}{number}</table:table-row></table:table>"
            "</office:spreadsheet></office:body></office:document-content>",
        )
    export = read_export(file)
    assert export.container == "ods"
    assert export.frame.to_dict("list") == {"id": ["a"], "Q1": ["4"]}


def test_a_workbook_that_is_cut_off(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", Data=[["id", "Q1"], ["a", 3]])
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(ExportError, match="damaged or cut off"):
        read_export(file)


def test_a_workbook_with_a_broken_part(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", Data=[["id", "Q1"], ["a", 3]])
    _edit(file, "xl/worksheets/sheet1.xml", b'r="B2"', b'r="2B!"')
    with pytest.raises(ExportError, match="cannot be opened"):
        read_export(file)


def _edit(file: Path, member: str, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[member]
    parts[member] = parts[member].replace(old, new)
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def test_a_stray_cell_in_a_far_corner_is_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", Data=[["id", "Q1"], [1, 3]])
    book = openpyxl.load_workbook(file)
    book["Data"]["XFD1048576"] = "x"
    book.save(file)
    with pytest.raises(ExportError, match=r"row 1048576 and column XFD.*stray cell"):
        read_export(file)
