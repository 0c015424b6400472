"""A report as a Word document: real headings and tables, every figure in words too."""

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from detachment.reports._paper import APPENDIX, SIZE, WIDE, appendix, body, pointer, runs
from detachment.tables import Run, docx_bytes, docx_runs, docx_table, fits, settle, typeset
from detachment.text import count

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.styles.style import ParagraphStyle
    from docx.text.paragraph import Paragraph

    from detachment.figures import Drawing
    from detachment.reports._document import Block, Document, Section


def docx_file(document: "Document", pngs: Mapping[str, bytes]) -> bytes:
    """Write a report as a Word document.

    Parameters
    ----------
    document
        What it says.
    pngs
        Name of a figure -> its PNG.

    Returns
    -------
    bytes
        Equal for an equal document and equal versions; without a clock or a name in its properties.
    """
    import docx

    word = docx.Document()
    settle(word, title=document.title)
    _styles(word)
    _running(word, document)
    _say(word, document.kicker, "Report Small")
    _say(word, document.title, "Title")
    _say(word, " · ".join(document.origin), "Report Small")
    if document.draft:
        line = word.add_paragraph(style="Report Alarm")
        docx_runs(line, [Run("Unvalidated draft. "), *runs(document.draft)])
        line.runs[0].bold = True
    _heading(word, "In brief", 1)
    if document.alarms:
        _say(word, "Look at this first", "Report Alarm").runs[0].bold = True
        for line_ in document.alarms:
            _say(word, line_, "Report Alarm")
    for tile in document.tiles:
        detail = f" ({tile.detail})" if tile.detail else ""
        _fact(word, tile.value, f"{tile.label}{detail}", "Report Steps")
    for text in document.brief:
        _say(word, text)
    for section, whole in zip(body(document), document.sections, strict=True):
        _section(word, section, pngs)
        if where := pointer(whole):
            _say(word, where, "Report Small")
    details = appendix(document)
    if details:
        _heading(word, APPENDIX, 1).paragraph_format.page_break_before = True
        for section in details:
            _heading(word, section.title, 2)
            for block in section.blocks:
                if block.table is None and block.figure is None:
                    _heading(word, block.folded, 3)
                _block(word, block, pngs)
    return docx_bytes(word)


def _styles(word: "Word") -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name, size, before, after in (
        ("Title", 22, 0, 6), ("Heading 1", 15, 20, 6), ("Heading 2", 12, 14, 4),
        ("Heading 3", 11, 10, 4),
    ):  # fmt: skip
        style: Any = word.styles[name]
        typeset(style)
        style.font.size, style.font.bold = Pt(size), name != "Heading 3"
        style.font.italic = name == "Heading 3"
        style.paragraph_format.space_before = Pt(before)
        style.paragraph_format.space_after = Pt(after)
        style.paragraph_format.keep_with_next = True
        for old in style.element.pPr.findall(qn("w:pBdr")):
            style.element.pPr.remove(old)

    def add(name: str, size: float, after: float, base: str = "Normal") -> "ParagraphStyle":
        made: ParagraphStyle = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = word.styles[base]
        made.font.size, made.paragraph_format.space_after = Pt(size), Pt(after)
        return made

    add("Report Small", 9.5, 6).font.color.rgb = RGBColor(0x59, 0x61, 0x6D)
    add("Report Lines", 10, 3, "List Bullet")
    add("Report Figure", 11, 0).paragraph_format.keep_with_next = True
    for name, tab in (("Report Facts", 120), ("Report Steps", 48)):
        lines = add(name, 10, 3).paragraph_format
        lines.left_indent, lines.first_line_indent = Pt(tab), Pt(-tab)
        lines.tab_stops.add_tab_stop(Pt(tab))
    alarm: Any = add("Report Alarm", 10, 3)
    alarm.paragraph_format.left_indent = Pt(12)
    border = OxmlElement("w:pBdr")
    line = OxmlElement("w:left")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "8"), ("color", "C8641B")):
        line.set(qn(f"w:{name}"), value)
    border.append(line)
    # The order of properties is fixed: a border stands before the spacing of its paragraph.
    alarm.element.pPr.insert(0, border)


def _running(word: "Word", document: "Document") -> None:
    """Title above and page number below every page."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Pt

    section = word.sections[0]
    for part, left in (
        (section.header, document.title),
        (section.footer, f"Written by detachment {document.version}"),
    ):
        line = part.paragraphs[0]
        line.style = word.styles["Report Small"]
        line.paragraph_format.tab_stops.add_tab_stop(Pt(WIDE), WD_TAB_ALIGNMENT.RIGHT)
        docx_runs(line, [Run(f"{left}\t")])
        if part is section.footer:
            _field(line, "PAGE")
            docx_runs(line, [Run(" / ")])
            _field(line, "NUMPAGES")
        else:
            docx_runs(line, [Run(document.kicker)])


def _field(line: "Paragraph", what: str) -> None:
    """A number that Word fills in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), what)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    line._p.append(field)


def _say(word: "Word", text: str, style: str = "Normal") -> "Paragraph":
    line = word.add_paragraph(style=style)
    docx_runs(line, runs(text))
    return line


def _heading(word: "Word", text: str, level: int) -> "Paragraph":
    line = word.add_paragraph(style=f"Heading {level}")
    docx_runs(line, [Run(text)])
    return line


def _section(word: "Word", section: "Section", pngs: Mapping[str, bytes]) -> None:
    _heading(word, section.title, 1)
    for text in section.lead:
        _say(word, text).paragraph_format.keep_with_next = bool(section.blocks)
    for block in section.blocks:
        _block(word, block, pngs)


def _block(word: "Word", block: "Block", pngs: Mapping[str, bytes]) -> None:
    if block.figure is not None:
        _figure(word, block.figure, block.number, pngs[block.figure.name])
    elif block.table is not None:
        _table(word, block)
    elif block.flow:
        for step in block.flow:
            _fact(word, count(step["after"]), str(step["message"]), "Report Steps")
    elif block.lines:
        for text in block.lines:
            _say(word, text, "Report Lines")
    elif block.facts:
        for name, value in block.facts:
            _fact(word, name, value)
    if block.table is None:
        _see(word, block)


def _fact(word: "Word", name: str, value: str, style: str = "Report Facts") -> None:
    line = word.add_paragraph(style=style)
    docx_runs(line, [Run(name), Run(f"\t{value}")])
    line.runs[0].bold = True


def _see(word: "Word", block: "Block") -> None:
    if block.links:
        _say(word, f"See {', '.join(words for words, _ in block.links)}.", "Report Small")


def _table(word: "Word", block: "Block") -> None:
    """A table; on a page that lies on its side where it is too wide for one that stands."""
    from docx.enum.section import WD_ORIENT, WD_SECTION

    assert block.table is not None

    def turn(orientation: WD_ORIENT) -> None:
        section = word.add_section(WD_SECTION.NEW_PAGE)
        section.orientation = orientation
        section.page_width, section.page_height = section.page_height, section.page_width

    lying = not fits(block.table, WIDE / SIZE)
    if lying:
        turn(WD_ORIENT.LANDSCAPE)
    docx_table(word, block.table, number=block.number, size=SIZE)
    _see(word, block)
    if lying:
        turn(WD_ORIENT.PORTRAIT)


def _figure(word: "Word", drawing: "Drawing", number: str, png: bytes) -> None:
    from docx.shared import Pt

    from detachment.tables import legible

    docx_runs(word.add_paragraph(style="Table Number"), [Run(f"Figure {number}")])
    docx_runs(word.add_paragraph(style="Table Title"), [Run(drawing.title)])
    line = word.add_paragraph(style="Report Figure")
    width = min(drawing.figure.get_size_inches()[0] * 72, WIDE)
    picture = line.add_run().add_picture(BytesIO(png), width=Pt(width))
    about: Any = picture._inline.docPr
    about.set("name", f"Figure {number}")
    about.set("title", legible(drawing.title))
    about.set("descr", legible(drawing.alt))
    note = [Run("Note.", italic=True), Run(" "), *runs(" ".join(drawing.notes))]
    docx_runs(word.add_paragraph(style="Table Note"), note if drawing.notes else [])
