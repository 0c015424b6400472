"""Tables as real tables of a Word document, in APA 7 layout."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from detachment.tables._align import Piece, decimals
from detachment.tables._archive import repacked
from detachment.tables._characters import legible
from detachment.tables._model import HEAD, Column, Table, letter, lettered
from detachment.tables._symbols import Run, symbols
from detachment.tables._widths import KEPT_WHOLE, height, spanned, widths

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.styles.style import ParagraphStyle
    from docx.table import Table as WordTable
    from docx.text.paragraph import Paragraph

_THICK, _THIN = 6, 4  # rules, in eighths of a point
_EMU = 12700  # a point in the unit that Word measures pages in
_TWIPS = 20  # a point in the unit that Word measures tables in
# Blanks as wide as a digit and as a point, for numbers whose decimals differ.
_BLANKS = {".": "\N{PUNCTUATION SPACE}", ",": "\N{PUNCTUATION SPACE}"}
_DIGIT = "\N{FIGURE SPACE}"

FONT = "Times New Roman"  # every computer has it, or one of its widths
NUMBER, TITLE, CELL, NOTE = "Table Number", "Table Title", "Table Cell", "Table Note"


def docx_table(
    document: "Document",
    table: Table,
    *,
    number: str | int | None = None,
    size: float = 9.5,
    room: float | None = None,
) -> "WordTable":
    """Add a table to a Word document: caption, table, notes.

    Parameters
    ----------
    document
        What ``docx.Document()`` gave; the table goes to its end. The paragraphs have styles of
        their own (Table Number, Table Title, Table Cell, Table Note), which are added where they
        are missing and otherwise left as they are.
    table
        What to write.
    number
        The table's number in the document; None leaves it out.
    size
        Size of letters in points, for styles that are added.
    room
        Width that the table may have, in points; None takes that between the last section's
        margins.

    Returns
    -------
    docx.table.Table
        The head's rows are repeated on every page, no row is broken between two, and the caption
        stays with the table and the table with its notes.

    References
    ----------
    American Psychological Association. (2020). *Publication manual* (7th ed.), 7.8-7.21.
    """
    from docx.table import Table as WordTable

    _add_styles(document, size)
    if number is not None:
        document.add_paragraph(f"Table {legible(str(number))}", style=NUMBER)
    document.add_paragraph(legible(table.title), style=TITLE)
    if room is None:
        section = document.sections[-1]
        margins = (section.left_margin or 0) + (section.right_margin or 0)
        room = ((section.page_width or 0) - margins) / _EMU
    ems = widths(table, room / size)
    wide = [round(one * size * _TWIPS) for one in ems]
    whole = height(table, ems) <= KEPT_WHOLE
    grid = _grid(table, wide, whole, document.styles[CELL].style_id)
    body: Any = document.element.body
    body.insert(len(body) - 1, grid)  # the last one says how the pages are
    for runs in _notes(table):
        docx_runs(document.add_paragraph(style=NOTE), runs)
    if not _notes(table):
        document.add_paragraph(style=NOTE)
    return WordTable(grid, document._body)


def docx_file(tables: Sequence[tuple[Table, str | None]]) -> bytes:
    """Tables as a Word document that stands alone.

    Parameters
    ----------
    tables
        Each with its number, or None.

    Returns
    -------
    bytes
        Equal for equal tables and equal versions.
    """
    import docx

    document = docx.Document()
    settle(document, title="; ".join(dict.fromkeys(table.title for table, _ in tables)))
    for table, number in tables:
        docx_table(document, table, number=number)
    return docx_bytes(document)


def docx_runs(paragraph: "Paragraph", runs: Iterable[Run]) -> None:
    """Add pieces of a text to a paragraph."""
    for run in runs:
        _into(paragraph._p, run)


def settle(document: "Document", *, title: str) -> None:
    """Page, letters, language and properties of a document of ours; no name and no clock in it."""
    from docx.shared import Mm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(24)
    normal: Any = document.styles["Normal"]
    typeset(normal)
    normal.font.size = Pt(11)
    normal.paragraph_format.space_after = Pt(6)
    language = _element("lang", val="en-US", eastAsia="en-US", bidi="ar-SA")
    for known in normal.element.rPr.findall(language.tag):
        normal.element.rPr.remove(known)
    normal.element.rPr.append(language)
    properties = document.core_properties
    properties.title, properties.language = legible(title)[:255], "en"
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.revision = 1


def typeset(style: "ParagraphStyle") -> None:
    """Give a style the letters of a report, for every script, in black."""
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    style.font.name, style.font.color.rgb = FONT, RGBColor(0, 0, 0)
    fonts: Any = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)


def docx_bytes(document: "Document") -> bytes:
    """A document's file, the same for the same content."""
    buffer = BytesIO()
    document.save(buffer)
    return repacked(buffer.getvalue())


def _add_styles(document: "Document", size: float) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt

    known = {style.name for style in document.styles}

    def add(name: str, before: float, after: float, follow: bool, **look: bool) -> None:
        if name in known:
            return
        style: ParagraphStyle = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        style.font.size = Pt(size)
        style.font.bold, style.font.italic = look.get("bold"), look.get("italic")
        lines = style.paragraph_format
        lines.space_before, lines.space_after = Pt(before), Pt(after)
        lines.line_spacing, lines.keep_with_next = 1.0, follow

    add(NUMBER, 14, 0, True, bold=True)
    add(TITLE, 0, 4, True, italic=True)
    add(CELL, 1.5, 1.5, False)
    add(NOTE, 4, 4, False)


def _element(tag: str, *children: "BaseOxmlElement | None", **attributes: str) -> "BaseOxmlElement":
    """An element of Word's, such as ``<w:tc>``."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    element.extend(child for child in children if child is not None)
    return element


def _into(
    paragraph: "BaseOxmlElement", run: Run, *, small: bool = False, line: bool = False
) -> None:
    """Add a piece of text to a paragraph; ``line`` begins a new line before it."""
    from docx.oxml.ns import qn

    look = [_element("i")] if run.italic else []
    if small:
        look += [_element("sz", val="16"), _element("szCs", val="16")]
    if run.raised:
        look.append(
            _element("vertAlign", val="superscript" if run.raised == "super" else "subscript")
        )
    text = _element("t")
    text.text = legible(run.text)
    text.set(qn("xml:space"), "preserve")
    properties = _element("rPr", *look) if look else None
    paragraph.append(_element("r", properties, _element("br") if line else None, text))


def _grid(table: Table, wide: Sequence[int], whole: bool, style: str) -> "BaseOxmlElement":
    _, letters = lettered(table)
    grid = _element(
        "tbl",
        _element(
            "tblPr",
            _element("tblW", w=str(sum(wide)), type="dxa"),
            _element("tblLayout", type="fixed"),
            _element(
                "tblCellMar",
                _element("left", w="80", type="dxa"),
                _element("right", w="80", type="dxa"),
            ),
            _element("tblLook", val="0620", firstRow="1", noHBand="1", noVBand="1"),
            _element("tblCaption", val=legible(table.title)),
        ),
        _element("tblGrid", *(_element("gridCol", w=str(one)) for one in wide)),
    )
    heads = _heads(table, wide, style, letters)
    rows = _rows(table, wide, whole, style, letters)
    for row in heads:
        grid.append(_row(row, head=True))
    for row in rows:
        grid.append(_row(row))
    return grid


def _row(cells: "Iterable[BaseOxmlElement]", *, head: bool = False) -> "BaseOxmlElement":
    properties = _element("trPr", _element("cantSplit"), _element("tblHeader") if head else None)
    return _element("tr", properties, *cells)


def _cell(
    paragraph: "BaseOxmlElement",
    wide: int,
    *,
    span: int = 1,
    above: int = 0,
    below: int = 0,
    bottom: bool = False,
) -> "BaseOxmlElement":
    rules = [
        _element(side, val="single", sz=str(size), space="0", color="auto")
        for side, size in (("top", above), ("bottom", below))
        if size
    ]
    return _element(
        "tc",
        _element(
            "tcPr",
            _element("tcW", w=str(wide), type="dxa"),
            _element("gridSpan", val=str(span)) if span > 1 else None,
            _element("tcBorders", *rules) if rules else None,
            _element("vAlign", val="bottom") if bottom else None,
        ),
        paragraph,
    )


def _paragraph(
    style: str,
    *,
    align: str = "left",
    follow: bool = True,
    rule: bool = False,
    left: int = 0,
    hanging: int = 0,
) -> "BaseOxmlElement":
    """A paragraph of a cell; ``follow`` keeps its row on the page of the next one."""
    border = _element("bottom", val="single", sz=str(_THIN), space="1", color="auto")
    place = {"left": str(left + hanging), "hanging": str(hanging)} if left or hanging else {}
    return _element(
        "p",
        _element(
            "pPr",
            _element("pStyle", val=style),
            _element("keepNext") if follow else None,
            _element("pBdr", border) if rule else None,
            _element("ind", **place) if place else None,
            _element("jc", val=align) if align != "left" else None,
        ),
    )


def _heads(
    table: Table, wide: Sequence[int], style: str, letters: Mapping[tuple[int, int], str]
) -> "list[list[BaseOxmlElement]]":
    rows = []
    spanners = []
    begin = 0
    for group, members in spanned(table.columns):
        # The rule is the paragraph's, not the cell's, so that two spanners do not run into one.
        paragraph = _paragraph(style, align="center", rule=bool(group))
        _into(paragraph, Run(group))
        width = sum(wide[begin : begin + members])
        spanners.append(_cell(paragraph, width, span=members, above=_THICK, bottom=True))
        begin += members
    if spanners:
        rows.append(spanners)
    lower = []
    for place, column in enumerate(table.columns):
        paragraph = _paragraph(style, align="right" if column.numeric else "left")
        for run in symbols(column.label) if column.symbol else [Run(column.label)]:
            _into(paragraph, run)
        _letters(paragraph, letters.get((HEAD, place)))
        above = 0 if spanners else _THICK
        lower.append(_cell(paragraph, wide[place], above=above, below=_THIN, bottom=True))
    return [*rows, lower]


def _rows(
    table: Table,
    wide: Sequence[int],
    whole: bool,
    style: str,
    letters: Mapping[tuple[int, int], str],
) -> "list[list[BaseOxmlElement]]":
    aligned = [decimals(table, place) for place in range(len(table.columns))]
    last = len(table.rows) - 1
    notes = bool(_notes(table))
    made = []

    def follows(row: int) -> bool:
        """Whether a row stays with the next one, or the last with the note."""
        if row == last:
            return notes
        return whole or row == 0 or row == last - 1

    def cell(row: int, place: int) -> "BaseOxmlElement":
        column: Column = table.columns[place]
        paragraph = _paragraph(
            style,
            align="right" if column.numeric else "left",
            follow=follows(row),
            left=160 if place == 0 and table.groups else 0,
            hanging=0 if column.numeric else 140,
        )
        for piece in aligned[place][row]:
            _into(paragraph, Run(_blank(piece)))
        _letters(paragraph, letters.get((row, place)))
        for line in table.rows[row][place].split("\n")[1:]:
            _into(paragraph, Run(line), small=True, line=True)
        return _cell(paragraph, wide[place], below=_THICK if row == last else 0)

    begin = 0
    for head, size in table.groups or (("", len(table.rows)),):
        if head:
            paragraph = _paragraph(style)
            _into(paragraph, Run(head))
            made.append([_cell(paragraph, sum(wide), span=len(wide))])
        for row in range(begin, begin + size):
            made.append([cell(row, place) for place in range(len(table.columns))])
        begin += size
    return made


def _blank(piece: Piece) -> str:
    """The piece, or blanks that take its room."""
    if not piece.hidden:
        return piece.text
    return "".join(_BLANKS.get(sign, _DIGIT) for sign in piece.text)


def _letters(paragraph: "BaseOxmlElement", letters: str | None) -> None:
    if letters:
        _into(paragraph, Run(letters, raised="super"))


def _notes(table: Table) -> list[list[Run]]:
    """General, specific and probability notes, each a paragraph of its own."""
    remarks, _ = lettered(table)
    paragraphs: list[list[Run]] = []
    if table.notes:
        paragraphs.append([Run("Note.", italic=True), Run(" "), *symbols(" ".join(table.notes))])
    if remarks:
        runs: list[Run] = []
        for place, remark in enumerate(remarks):
            gap = [Run("  ")] if place else []
            runs += [*gap, Run(letter(place), raised="super"), *symbols(remark.text)]
        paragraphs.append(runs)
    if table.probability:
        paragraphs.append(list(symbols(" ".join(table.probability))))
    return paragraphs
