"""Tables as sheets of an Excel workbook: APA 7 layout, and numbers that can be computed with."""

import re
from collections.abc import Sequence
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING, Any, cast

from detachment.tables._archive import repacked
from detachment.tables._characters import legible, width
from detachment.tables._model import HEAD, Column, Table, letter, lettered
from detachment.tables._numbers import LOWER, UPPER, Field, fields
from detachment.tables._symbols import Run, symbols
from detachment.tables._widths import spanned

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

FONT, SIZE = "Arial", 10
PORTRAIT = 105.0  # widest table that a page takes upright
_WIDEST = 60.0
_LINE = 13.5  # height of a line in points
MOST_NAME = 31  # letters in the name of a sheet
_RISKY = re.compile(r"[=+\-@\t\n＝＋－＠]")
_RAISED = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
# What Excel takes for a character by its number, and how it writes that itself.
_NUMBERED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NO_NAME = re.compile(r"[\[\]:*?/\\']")


def xlsx_table(
    worksheet: "Worksheet", table: Table, *, number: str | int | None = None, top: int = 1
) -> int:
    """Write a table into a sheet of a workbook.

    Numbers are numbers, at full precision where the table's data hold them, and shown as APA 7 has
    them; the ends of an interval have a cell each. Text is text: nothing in it becomes a formula.

    Parameters
    ----------
    worksheet
        A sheet of ``openpyxl``'s. What is in its way is replaced.
    table
        What to write.
    number
        The table's number in its document; None leaves it out.
    top
        Row in which to begin.

    Returns
    -------
    int
        The first free row below.

    References
    ----------
    American Psychological Association. (2020). *Publication manual* (7th ed.), 7.8-7.21.
    """
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    columns = fields(table)
    wide = [_wide(one) for one in columns]
    _, letters = lettered(table)
    row = top
    if number is not None:
        put(worksheet, row, 1, f"Table {number}", bold=True)
        row += 1
    put(worksheet, row, 1, table.title, italic=True)
    row = head = row + 1
    row = _heads(worksheet, columns, row, letters)
    if top == 1:
        worksheet.freeze_panes = f"B{row}"
        worksheet.print_title_rows = f"{head}:{row - 1}"
    starts = _starts(table)
    for place in range(len(table.rows)):
        if place in starts:
            put(worksheet, row, 1, starts[place])
            row += 1
        for column, one in enumerate(columns, 1):
            marked = letters.get((place, one.place)) if _first(columns, column - 1) else None
            _cell(worksheet, row, column, one, place, marked)
        if table.groups:
            worksheet.cell(row, 1).alignment = Alignment(indent=1, vertical="top", wrap_text=True)
        worksheet.row_dimensions[row].height = _LINE * max(
            ceil((width(one.printed[place]) * 2 + 2.0) / room)
            for one, room in zip(columns, wide, strict=True)
        )
        row += 1
    _rule(worksheet, row - 1, len(columns), bottom=True)
    for column, room in enumerate(wide, 1):
        known = worksheet.column_dimensions[get_column_letter(column)]
        known.width = max(room, known.width if top > 1 else 0)
    if sum(wide) > PORTRAIT:
        worksheet.page_setup.orientation = "landscape"
    return _notes(worksheet, table, columns, row)


def xlsx_file(tables: Sequence[tuple[Table, str | None]]) -> bytes:
    """Tables as a workbook: one sheet a table.

    Parameters
    ----------
    tables
        Each with its number, or None.

    Returns
    -------
    bytes
        Equal for equal tables and equal versions.
    """
    book = workbook("; ".join(dict.fromkeys(table.title for table, _ in tables)))
    for table, number in tables:
        xlsx_table(add_sheet(book, table.name), table, number=number)
    return xlsx_bytes(book)


def workbook(title: str) -> "Workbook":
    """A workbook without a sheet, and without a name in its properties."""
    from openpyxl import Workbook

    book = Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    book.properties.title, book.properties.creator = legible(title)[:255], None
    book.properties.language = "en"
    return book


def add_sheet(book: "Workbook", name: str) -> "Worksheet":
    """A sheet under a name that Excel takes and no other sheet has, without grid lines."""
    from openpyxl.worksheet.properties import PageSetupProperties

    plain = _NO_NAME.sub(" ", legible(name)).strip()[:MOST_NAME] or "Table"
    known = {sheet.title.casefold() for sheet in book.worksheets}
    free, times = plain, 1
    while free.casefold() in known:
        times += 1
        free = f"{plain[: MOST_NAME - len(str(times)) - 1]} {times}"
    sheet: Worksheet = book.create_sheet(free)
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return sheet


def xlsx_bytes(book: "Workbook") -> bytes:
    """A workbook's file, the same for the same content."""
    buffer = BytesIO()
    book.save(buffer)
    return repacked(buffer.getvalue())


def put(
    worksheet: "Worksheet",
    row: int,
    column: int,
    text: str | Sequence[Run],
    *,
    align: str = "left",
    bold: bool = False,
    italic: bool = False,
) -> "Cell":
    """Write a text that stays one, whatever it begins with."""
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont
    from openpyxl.styles import Alignment, Font

    cell = cast("Cell", worksheet.cell(row, column))
    runs = [Run(text)] if isinstance(text, str) else list(text)
    plain = _written("".join(run.text for run in runs))
    if any(run.italic or run.raised for run in runs):
        raised: Any = {"super": "superscript", "sub": "subscript", "": None}
        cell.value = CellRichText(
            *(
                TextBlock(
                    InlineFont(
                        rFont=FONT, sz=SIZE, i=run.italic or italic or None, b=bold or None,
                        vertAlign=raised[run.raised],
                    ),
                    _written(run.text),
                )
                for run in runs
            )
        )  # fmt: skip
    else:
        cell.value = plain
        cell.data_type = "s"  # a text that begins with = is none but a text
        cell.quotePrefix = bool(_RISKY.match(plain))
    cell.font = Font(name=FONT, size=SIZE, bold=bold, italic=italic)
    cell.alignment = Alignment(horizontal=align, vertical="top")
    return cell


def _written(text: str) -> str:
    return _NUMBERED.sub("_x005F_", legible(text))


def _starts(table: Table) -> dict[int, str]:
    """Row above which the head of a group stands -> the head."""
    starts = {}
    begin = 0
    for head, size in table.groups:
        if size:
            starts[begin] = head
        begin += size
    return starts


def _first(columns: Sequence[Field], place: int) -> bool:
    """Whether it is the first of the columns that one of the table's was taken apart into."""
    return place == 0 or columns[place - 1].place != columns[place].place


def _heads(
    worksheet: "Worksheet",
    columns: Sequence[Field],
    row: int,
    letters: dict[tuple[int, int], str],
) -> int:
    from openpyxl.styles import Alignment

    top = row
    spanners = spanned([Column(label=one.label, group=one.group) for one in columns])
    begin = 1
    for group, members in spanners:
        if group:
            put(worksheet, row, begin, group, align="center")
            worksheet.merge_cells(
                start_row=row, end_row=row, start_column=begin, end_column=begin + members - 1
            )
            _rule(worksheet, row, begin + members - 1, begin, bottom=True)
        begin += members
    row += bool(spanners)
    for column, one in enumerate(columns, 1):
        runs = list(symbols(one.label)) if one.symbol else [Run(one.label)]
        marked = letters.get((HEAD, one.place))
        if marked and _first(columns, column - 1):
            runs.append(Run(marked, raised="super"))
        side = "right" if one.numeric else "left"
        put(worksheet, row, column, runs, align=side)
        worksheet.cell(row, column).alignment = Alignment(
            horizontal=side,
            vertical="bottom",
            wrap_text=True,
            indent=int(column > 1 and not one.numeric),
        )
    _rule(worksheet, top, len(columns), top=True)
    _rule(worksheet, row, len(columns), bottom=True)
    return row + 1


def _rule(
    worksheet: "Worksheet",
    row: int,
    last: int,
    first: int = 1,
    *,
    top: bool = False,
    bottom: bool = False,
) -> None:
    """Draw a rule across a row, and keep those that are there."""
    from openpyxl.styles import Border, Side

    thin = Side(style="thin")
    for column in range(first, last + 1):
        cell: Any = worksheet.cell(row, column)
        old = cell.border
        cell.border = Border(
            top=thin if top else old.top,
            bottom=thin if bottom else old.bottom,
        )


def _cell(
    worksheet: "Worksheet", row: int, column: int, one: Field, place: int, marked: str | None
) -> None:
    from openpyxl.styles import Alignment, Font

    printed, value = one.printed[place], one.values[place]
    if value is None:
        runs = [Run(printed), *([Run(marked, raised="super")] if marked else [])]
        side = "right" if one.numeric else "left"
        cell = put(worksheet, row, column, runs, align=side)
        if not one.numeric:
            cell.alignment = Alignment(
                horizontal="left", vertical="top", wrap_text=True, indent=int(column > 1)
            )
        return
    number: Any = worksheet.cell(row, column)
    number.value = int(value) if value.is_integer() and "." not in printed else value
    number.number_format = number_format(printed, (marked or "").translate(_RAISED))
    number.font = Font(name=FONT, size=SIZE)
    number.alignment = Alignment(horizontal="right", vertical="top")


def number_format(printed: str, after: str = "") -> str:
    """How Excel shows a number as it is printed, with the letter of a note after it.

    Examples
    --------
    >>> number_format("−.34"), number_format("1,400"), number_format("0.72"), number_format("6.0%")
    ('.00;−.00', '#,##0;−#,##0', '0.00;−0.00', '0.0%;−0.0%')
    >>> number_format("< .001")
    '[<0.001]"< .001";[>=0.9995]"> .999";.000'
    """
    bare = printed.lstrip("−-<> ").removesuffix("%")
    whole, point, digits = bare.partition(".")
    zeros = "0" * len(digits)
    if printed[0] in "<>":
        least, most = f"0.{zeros[1:]}1", f"0.{'9' * len(digits)}5"
        low, high = f".{zeros[1:]}1", f".{'9' * len(digits)}"
        return f'[<{least}]"< {low}";[>={most}]"> {high}";.{zeros}'
    shape = ("#,##0" if "," in whole or not point else "0" if whole else "") + point + zeros
    shape += "%" if printed.endswith("%") else ""
    shape += f'"{after}"' if after else ""
    return f"{shape};−{shape}"


def _wide(one: Field) -> float:
    """Width of a column in the unit that Excel uses: digits."""
    cells = max((width(cell) * 2 for cell in one.printed), default=0.0)
    if one.numeric:
        words = max((width(word) * 2 for word in one.label.split()), default=0.0)
        return max(7.0, cells + 1.5, words + 1.5)
    return min(_WIDEST, max(12.0, cells + 3.0, width(one.label) * 2 + 3.0))


def _notes(worksheet: "Worksheet", table: Table, columns: Sequence[Field], row: int) -> int:
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    remarks, _ = lettered(table)
    paragraphs: list[list[Run]] = []
    general = list(table.notes)
    if any(one.label.endswith((LOWER, UPPER)) for one in columns):
        general.append(f"{LOWER} and {UPPER} = lower and upper limit of the interval.")
    if general:
        paragraphs.append([Run("Note.", italic=True), Run(" "), *symbols(" ".join(general))])
    paragraphs += [
        [Run(letter(place), raised="super"), *symbols(remark.text)]
        for place, remark in enumerate(remarks)
    ]
    if table.probability:
        paragraphs.append(list(symbols(" ".join(table.probability))))
    wide = sum(
        worksheet.column_dimensions[get_column_letter(place + 1)].width
        for place in range(len(columns))
    )
    for runs in paragraphs:
        cell = put(worksheet, row, 1, runs)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        worksheet.merge_cells(
            start_row=row, end_row=row, start_column=1, end_column=max(1, len(columns))
        )
        # Merged cells do not grow with their text.
        lines = width("".join(run.text for run in runs)) * 2 / max(wide, 20.0)
        worksheet.row_dimensions[row].height = _LINE * (int(lines * 1.05) + 1)
        row += 1
    return row
