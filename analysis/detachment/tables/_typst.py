"""Tables as Typst code in APA 7 layout."""

import re
from collections.abc import Iterable, Sequence

from detachment.tables._align import decimals
from detachment.tables._characters import legible
from detachment.tables._model import HEAD, Column, Table, letter, lettered
from detachment.tables._symbols import Run, symbols
from detachment.tables._widths import KEPT_WHOLE, PAD, height, spanned, widths

# A4 with margins of an inch, set in 9 points.
ROOM = 50.0
_ESCAPED = re.compile(r'[\\"\n\r\t]|[^\S ]|[\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]')


def typst_table(
    table: Table, *, number: str | int | None = None, room: float = ROOM, size: float = 9.0
) -> str:
    """Write a table as Typst code: three rules, no vertical lines, heads that are repeated.

    Parameters
    ----------
    table
        What to write. Every text in it is a string of Typst's, and so it is shown and never run.
    number
        The table's number in its document; None leaves it out.
    room
        Width of the page's text, in units of the letters' size.
    size
        Size of letters in points.

    Returns
    -------
    str
        Markup that stands alone; it imports nothing.

    References
    ----------
    American Psychological Association. (2020). *Publication manual* (7th ed.), 7.8-7.21.

    Examples
    --------
    >>> import pandas as pd
    >>> table = Table(
    ...     name="t",
    ...     title="Answers",
    ...     columns=(Column(label="Item", numeric=False), Column(label="n", symbol=True)),
    ...     rows=(("#read(1)", "40"),),
    ...     data=pd.DataFrame({"item": ["#read(1)"], "n": [40]}),
    ... )
    >>> [line for line in typst_table(table).splitlines() if "read" in line]
    ['      "#read(1)", "40",']
    """
    numbered = (
        f"strong({literal(f'Table {number}')}) + linebreak() + " if number is not None else ""
    )
    wide = widths(table, room)
    breaks = "true" if height(table, wide) > KEPT_WHOLE else "false"
    columns = ", ".join(f"{one:.2f}em" for one in wide)
    align = ", ".join("right" if column.numeric else "left" for column in table.columns)
    lines = [
        "#[",
        f'  #set text(size: {size:g}pt, number-width: "tabular", hyphenate: false)',
        "  #set par(justify: false, leading: 0.5em, hanging-indent: 0.9em)",
        "  #set table.cell(breakable: false)",
        f"  #show figure: set block(breakable: {breaks}, width: 100%)",
        "  #show figure: set align(left)",
        "  #show figure.caption: set align(left)",
        "  #figure(",
        "    kind: table, supplement: none, numbering: none, gap: 0.7em,",
        f"    caption: figure.caption(position: top, {numbered}emph({literal(table.title)})),",
        "    {",
        "    table(",
        f"      columns: ({columns},),",
        f"      align: ({align},),",
        f"      stroke: none, inset: (x: {PAD / 2:g}em, y: 0.32em), row-gutter: 0pt,",
        *(f"      {line}" for line in _head(table)),
        *(f"      {line}" for line in _body(table)),
        "      table.hline(stroke: 0.6pt),",
        "    )",
        *(f"    {line}" for line in _notes(table)),
        "    },",
        "  )",
        "]",
    ]
    return "\n".join(lines) + "\n"


def literal(text: str) -> str:
    r"""Write a text as a string of Typst's: whatever stands in it, it is text.

    Examples
    --------
    >>> print(literal('say "#read(1)" \\ $x$'))
    "say \"#read(1)\" \\ $x$"
    """
    return f'"{_ESCAPED.sub(_escape, legible(text))}"'


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    return f"\\{sign}" if sign in '\\"' else f"\\u{{{ord(sign):x}}}"


def typst_runs(runs: Iterable[Run]) -> str:
    """Pieces of a text as one expression of Typst's."""
    pieces = []
    for run in runs:
        piece = literal(run.text)
        piece = f"emph({piece})" if run.italic else piece
        pieces.append(f"{run.raised}({piece})" if run.raised else piece)
    return " + ".join(pieces) or '""'


def _head(table: Table) -> list[str]:
    _, letters = lettered(table)

    def head(place: int, column: Column) -> str:
        text = typst_runs(symbols(column.label)) if column.symbol else literal(column.label)
        text += _raised(letters.get((HEAD, place)))
        return f"table.cell(align: bottom + {'right' if column.numeric else 'left'}, {text})"

    lines = ["table.header(", "  repeat: true,", "  table.hline(stroke: 0.6pt),"]
    for group, members in spanned(table.columns):
        shown = f"align(center, {literal(group)})"
        # The rule is the block's, not the cell's, so that two spanners do not run into one.
        ruled = f"block(width: 100%, stroke: (bottom: 0.4pt), inset: (bottom: 0.3em), {shown})"
        lines.append(f"  table.cell(colspan: {members}, {ruled if group else 'none'}),")
    lines += [f"  {head(place, column)}," for place, column in enumerate(table.columns)]
    return [*lines, "  table.hline(stroke: 0.4pt),", "),"]


def _body(table: Table) -> list[str]:
    _, letters = lettered(table)
    aligned = [decimals(table, place) for place in range(len(table.columns))]

    def cell(row: int, place: int) -> str:
        pieces = aligned[place][row]
        lower = table.rows[row][place].split("\n")[1:]
        shown = " + ".join(
            f"hide({literal(piece.text)})" if piece.hidden else literal(piece.text)
            for piece in pieces
        )
        shown += _raised(letters.get((row, place)))
        shown += "".join(f" + linebreak() + text(0.86em, {literal(line)})" for line in lower)
        if place == 0 and table.groups:
            return f"pad(left: 1em, {shown})"
        return shown

    lines = []
    begin = 0
    for head, size in table.groups or (("", len(table.rows)),):
        if head:
            lines.append(f"table.cell(colspan: {len(table.columns)}, {literal(head)}),")
        for row in range(begin, begin + size):
            cells = ", ".join(cell(row, place) for place in range(len(table.columns)))
            lines.append(f"{cells},")
        begin += size
    return lines


def _raised(letters: str | None) -> str:
    return f" + super({literal(letters)})" if letters else ""


def _notes(table: Table) -> list[str]:
    """General, specific and probability notes, each a paragraph of its own."""
    remarks, _ = lettered(table)
    paragraphs = []
    if table.notes:
        paragraphs.append(f'emph("Note.") + " " + {typst_runs(symbols(" ".join(table.notes)))}')
    if remarks:
        texts = [
            f"super({literal(letter(place))}) + {typst_runs(symbols(remark.text))}"
            for place, remark in enumerate(remarks)
        ]
        paragraphs.append(' + "  " + '.join(texts))
    if table.probability:
        paragraphs.append(typst_runs(symbols(" ".join(table.probability))))
    begin = "set par(hanging-indent: 0pt)"
    return [f"block(above: 0.6em, below: 0.3em, {{{begin}; {text}}})" for text in paragraphs]


def typst_file(tables: Sequence[tuple[Table, str | None]]) -> bytes:
    """Tables as a Typst document that stands alone."""
    page = '#set page(paper: "a4", margin: 1in)\n#set text(lang: "en")\n'
    parts = [typst_table(table, number=number) for table, number in tables]
    return "\n".join([page, *parts]).encode("utf-8")
