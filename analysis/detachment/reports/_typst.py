"""A report as a PDF laid out by Typst: tagged, with every figure in words too (PDF/UA-1)."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from detachment.errors import UsageError
from detachment.reports._paper import APPENDIX, LYING, SIZE, WIDE, appendix, body, pointer, runs
from detachment.tables import fits, literal, typst_runs, typst_table
from detachment.text import count

if TYPE_CHECKING:
    from detachment.figures import Drawing
    from detachment.reports._document import Block, Document, Section

INSTALL = 'pip install "detachment[pdf]"'


def require_typst() -> None:
    """See that a PDF can be made.

    Raises
    ------
    UsageError
        When the package that lays it out is not installed.
    """
    try:
        import typst  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"a PDF needs the package typst, which is not installed: {INSTALL}. The formats html, "
            "docx and xlsx need nothing more."
        ) from error


def pdf_file(document: "Document", svgs: Mapping[str, bytes]) -> bytes:
    """Write a report as a PDF.

    Only fonts that Typst and matplotlib bring along are used, and there is no clock in it: the same
    document gives the same bytes on every computer with the same versions.

    Parameters
    ----------
    document
        What it says.
    svgs
        Name of a figure -> its SVG.

    Returns
    -------
    bytes

    Raises
    ------
    UsageError
        When the package that lays it out is not installed.

    References
    ----------
    ISO 14289-1:2014. *Document management applications: Electronic document file format
    enhancement for accessibility, Part 1 (PDF/UA-1)*.
    """
    require_typst()
    import typst

    from detachment.figures import font_folder

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[font_folder()])
    return typst.compile(
        typst_source(document).encode("utf-8"),
        format="pdf",
        font_paths=fonts,
        sys_inputs={_key(name): svg.decode("utf-8") for name, svg in svgs.items()},
        pdf_standards=["ua-1"],
        timestamp=0,
    )


def typst_source(document: "Document") -> str:
    """The Typst code of a report; figures are read from what is handed in beside it."""
    template = files("detachment.reports").joinpath("templates/report.typ")
    details = appendix(document)
    origin = " · ".join(document.origin)
    lines = [
        template.read_text(encoding="utf-8"),
        f"#show: report.with(title: {literal(document.title)}, "
        f"kicker: {literal(document.kicker)}, version: {literal(document.version)})",
        "#show: figures",
        f"#masthead({literal(document.title)}, {literal(document.kicker)}, {literal(origin)}, "
        f"{literal(document.draft)})",
        f"#contents({len(document.sections) + 1 + bool(details)})",
        *_heading(1, "In brief"),
    ]
    if document.alarms:
        lines.append(f"#alarm({_several(_sentence(line) for line in document.alarms)})")
    tiles = [_several(map(literal, (one.value, one.label, one.detail))) for one in document.tiles]
    lines.append(f"#tiles({_several(tiles)})")
    lines += [f"#par({_sentence(line)})" for line in document.brief]
    for section, whole in zip(body(document), document.sections, strict=True):
        lines += _section(section, pointer(whole))
    if details:
        lines += ["#pagebreak(weak: true)", *_heading(1, APPENDIX)]
        for section in details:
            lines += _heading(2, section.title)
            for block in section.blocks:
                if block.table is None and block.figure is None:
                    lines += _heading(3, block.folded)
                lines += _block(block)
    return "\n".join(lines) + "\n"


def _section(section: "Section", where: str) -> list[str]:
    lines = _heading(1, section.title)
    lines += [f"#lead({_sentence(line)})" for line in section.lead]
    for block in section.blocks:
        lines += _block(block)
    return [*lines, f"#pointer({literal(where)})"] if where else lines


def _heading(level: int, text: str) -> list[str]:
    return [f"#heading(level: {level}, {literal(text)})"]


def _block(block: "Block") -> list[str]:
    """The code of a block; figures and tables can be gone to from one another."""
    what = block.figure or block.table
    if what is None:
        return _plain(block)
    kind = "figure" if block.figure is not None else "table"
    lines = [f"#anchor({literal(f'{kind}-{what.name}')})", *_plain(block)]
    if block.links:
        links = [_several(map(literal, (words, place))) for words, place in block.links]
        lines.append(f"#see({_several(links)})")
    return lines


def _plain(block: "Block") -> list[str]:
    if block.figure is not None:
        return [_figure(block.figure, block.number)]
    if block.table is not None:
        lying = not fits(block.table, WIDE / SIZE)
        room = (LYING if lying else WIDE) / SIZE
        code = typst_table(block.table, number=block.number, room=room, size=SIZE)
        return ["#page(flipped: true)[", code, "]"] if lying else [code]
    if block.flow:
        steps = [
            _several([f"strong({literal(count(step['after']))})", literal(str(step["message"]))])
            for step in block.flow
        ]
        return [f"#rows({_several(steps)})"]
    if block.lines:
        return [f"#lines({_several(map(_sentence, block.lines))})"]
    if block.facts:
        return [f"#facts({_several(_several(map(literal, fact)) for fact in block.facts)})"]
    return []


def _figure(drawing: "Drawing", number: str) -> str:
    width = drawing.figure.get_size_inches()[0] * 72
    note = _sentence(" ".join(drawing.notes))
    return (
        f"#plot({literal(_key(drawing.name))}, {literal(f'Figure {number}')}, "
        f"{literal(drawing.title)}, {literal(drawing.alt)}, {note}, {min(width, WIDE):.1f}pt)"
    )


def _sentence(text: str) -> str:
    return typst_runs(runs(text))


def _several(parts: Iterable[str]) -> str:
    """An array of Typst's."""
    return "(" + "".join(f"{part}, " for part in parts) + ")"


def _key(name: str) -> str:
    """Under which a figure is handed in."""
    return f"figure-{name}"
