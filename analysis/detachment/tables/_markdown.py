"""Tables as Markdown: pipe tables that pandoc, GitHub and JupyterLab show alike."""

import re
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from detachment.tables._align import Piece, decimals
from detachment.tables._html import without_marks
from detachment.tables._model import HEAD, Column, Table, letter, lettered
from detachment.tables._symbols import symbols

# What begins something in Markdown, of pandoc, of GitHub or of MyST.
_SPECIAL = re.compile(
    r"[\\`*_{}\[\]<>|&$~^#\"'!]|:(?=\S)|@(?=\w)|-(?=-)|(?<=-)-|\.(?=\.)|(?<=\.)\.|(?<=www)\."
)
_OURS = re.compile(r"[\[\]−–\d., ∞%<>]*")
_BLANKS = {",": "&puncsp;", ".": "&puncsp;"} | dict.fromkeys("−-0", "&numsp;")
_RAISED = dict(zip("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_LOWERED = dict(zip("0123456789szav", "₀₁₂₃₄₅₆₇₈₉ₛzav", strict=True))
_MOST = 40  # letters up to which the cells of a column are filled up with blanks


def markdown_table(table: Table, *, number: str | int | None = None) -> str:
    """Write a table as Markdown, without any HTML.

    A head above several columns is written before each of them, and the second line of a cell
    after the first, for pipe tables have neither.

    Parameters
    ----------
    table
        What to write. Every text in it is escaped; marks that turn the direction of reading are
        left out.
    number
        The table's number in its document; None leaves it out.

    Returns
    -------
    str
        Ends with a line feed.
    """
    remarks, letters = lettered(table)
    title = _text(table.title)
    parts = [f"**Table {_text(str(number))}**"] if number is not None else []
    parts += [f"*{title}*"] if title else []
    parts.append(_grid(table, letters))
    if table.notes:
        parts.append(f"*Note.* {_symbols(' '.join(table.notes))}")
    if remarks:
        parts.append(
            " ".join(
                f"{_raised(letter(place))} {_symbols(remark.text)}"
                for place, remark in enumerate(remarks)
            )
        )
    if table.probability:
        parts.append(_paragraph(_symbols(" ".join(table.probability))))
    return "\n\n".join(parts) + "\n"


def markdown_file(tables: Sequence[tuple[Table, str | None]]) -> bytes:
    """Write tables as a Markdown file.

    Parameters
    ----------
    tables
        Each with its number, or None.

    Returns
    -------
    bytes
    """
    return "\n".join(markdown_table(table, number=number) for table, number in tables).encode()


def _text(text: str) -> str:
    """Escaped, on one line."""
    return _SPECIAL.sub(r"\\\g<0>", _plain(text))


def _plain(text: str) -> str:
    kept = "".join(sign for sign in without_marks(text) if sign.isspace() or sign.isprintable())
    return " ".join(kept.split())


def _symbols(text: str) -> str:
    """Escaped, with statistical symbols in italics."""
    pieces: list[tuple[bool, str]] = []
    for run in symbols(_plain(text)):
        if run.raised == "super":
            pieces.append((False, "²"))
        elif run.raised:
            pieces.append((run.italic, "".join(_LOWERED.get(sign, sign) for sign in run.text)))
        else:
            pieces.append((run.italic, _SPECIAL.sub(r"\\\g<0>", run.text)))
    written = ""
    for italic, group in groupby(pieces, key=itemgetter(0)):  # d and its z are one symbol
        words = "".join(piece for _, piece in group)
        written += f"*{words}*" if italic else words
    return written


def _raised(letters: str) -> str:
    return "".join(_RAISED.get(sign, sign) for sign in letters)


def _paragraph(text: str) -> str:
    """A text that begins a line, and must not begin a list or a heading."""
    if re.match(r"[-+=%:(]", text):
        return f"\\{text}"
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", text)


def _grid(table: Table, letters: dict[tuple[int, int], str]) -> str:
    aligned = [decimals(table, k) for k in range(len(table.columns))]
    lines = [
        [
            _head(column) + _raised(letters.get((HEAD, k), ""))
            for k, column in enumerate(table.columns)
        ]
    ]
    begin = 0
    for group, size in table.groups or (("", len(table.rows)),):
        if head := _text(group):
            lines.append([f"**{head}**", *[""] * (len(table.columns) - 1)])
        for row in range(begin, begin + size):
            lines.append(
                [
                    _cell(table.columns[k], aligned[k][row], cell, letters.get((row, k), ""))
                    for k, cell in enumerate(table.rows[row])
                ]
            )
        begin += size
    widths = [
        max(3, *(min(len(cell), _MOST) for cell in cells)) for cells in zip(*lines, strict=True)
    ]
    head, *body = [_line(table.columns, widths, cells) for cells in lines]
    rule = "|".join(
        f"{'-' * (width + 1)}:" if column.numeric else f":{'-' * (width + 1)}"
        for column, width in zip(table.columns, widths, strict=True)
    )
    return "\n".join([head, f"|{rule}|", *body])


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    filled = (
        cell.rjust(width) if column.numeric else cell.ljust(width)
        for column, width, cell in zip(columns, widths, cells, strict=True)
    )
    return f"| {' | '.join(filled)} |"


def _head(column: Column) -> str:
    label = _symbols(column.label) if column.symbol else _text(column.label)
    group = _text(column.group)
    return f"{group}: {label}" if group else label


def _cell(column: Column, pieces: Sequence[Piece], cell: str, letters: str) -> str:
    def written(text: str) -> str:
        # Numbers and intervals of ours begin nothing.
        return text if column.numeric and _OURS.fullmatch(text) else _text(text)

    shown = "".join(
        "".join(_BLANKS[sign] for sign in piece.text) if piece.hidden else written(piece.text)
        for piece in pieces
    )
    more = map(written, cell.split("\n")[1:])
    return " ".join(filter(None, [shown + _raised(letters), *more]))
