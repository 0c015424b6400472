"""A report's tables as one Excel workbook: contents, a sheet a table, and how it was made."""

from typing import TYPE_CHECKING

from detachment.reports._paper import every_table
from detachment.tables import add_sheet, put, workbook, xlsx_bytes, xlsx_table

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from detachment.reports._document import Document

CONTENTS = "Contents"
MADE = "How it was made"
_WIDE = 110.0


def xlsx_file(document: "Document") -> bytes:
    """Write the tables of a report as an Excel workbook.

    Parameters
    ----------
    document
        What it says.

    Returns
    -------
    bytes
        Equal for an equal document and equal versions.
    """
    book = workbook(document.title)
    contents = add_sheet(book, CONTENTS)
    sheets = []
    for table, number in every_table(document):
        sheet = add_sheet(book, f"{number} {table.name}")
        xlsx_table(sheet, table, number=number)
        sheets.append((f"Table {number}", table.title, sheet.title))
    made = add_sheet(book, MADE)
    row = _heading(made, MADE, 1)
    for section in document.sections:
        for block in section.blocks:
            if section.id == "made":
                for name, value in block.facts:
                    put(made, row, 1, name)
                    _long(made, row, 2, value)
                    row += 1
    for text in (
        "Numbers are kept at full precision wherever the data behind a table hold them, and shown "
        "as they are printed in the report.",
        *(["Numbers are rounded for those who may see this report."] if document.rounded else []),
    ):
        _long(made, row + 1, 2, text)
        row += 1
    made.column_dimensions["A"].width, made.column_dimensions["B"].width = 28.0, _WIDE
    sheets.append(("", MADE, MADE))
    _contents(contents, document, sheets)
    return xlsx_bytes(book)


def _contents(sheet: "Worksheet", document: "Document", sheets: list[tuple[str, str, str]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    row = _heading(sheet, document.title, 1)
    for text in (f"{document.kicker} · {' · '.join(document.origin)}", document.draft):
        if text:
            put(sheet, row, 1, text)
            row += 1
    if document.alarms:
        row += 1
        put(sheet, row, 1, "Look at this first", bold=True)
        for text in document.alarms:
            row += 1
            _long(sheet, row, 1, text)
            sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=2)
        row += 1
    row += 1
    for number, title, name in sheets:
        put(sheet, row, 1, number)
        cell = put(sheet, row, 2, title)
        place = f"'{name}'!A1"
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place, display=str(cell.value))
        cell.font = Font(
            name=cell.font.name, size=cell.font.size, color="1F5A94", underline="single"
        )
        row += 1
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 14.0, _WIDE


def _heading(sheet: "Worksheet", text: str, row: int) -> int:
    from openpyxl.styles import Font

    cell = put(sheet, row, 1, text)
    cell.font = Font(name=cell.font.name, size=14, bold=True)
    return row + 1


def _long(sheet: "Worksheet", row: int, column: int, text: str) -> None:
    """A text that takes several lines of its cell."""
    from openpyxl.styles import Alignment

    cell = put(sheet, row, column, text)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[row].height = 13.5 * (len(text) // int(_WIDE * 0.95) + 1)
