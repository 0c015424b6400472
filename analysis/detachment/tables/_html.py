"""Tables as HTML in APA 7 layout."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from detachment.tables._align import Piece, decimals
from detachment.tables._model import HEAD, Column, Table, letter, lettered
from detachment.tables._symbols import Run, symbols
from detachment.text import allowed

_MARKS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Blanks as wide as a digit and as a point; figures of tables are all of one width.
_BLANKS = str.maketrans({",": "\u2008", ".": "\u2008"} | dict.fromkeys("−-0", "\u2007"))

STYLE = """\
.apa { overflow-x: auto; margin: 1.5rem 0; }
.apa table { border-collapse: collapse; font-variant-numeric: lining-nums tabular-nums; }
.apa caption { text-align: left; padding-bottom: .6em; }
.apa caption b { display: block; }
.apa caption i { display: block; }
.apa th, .apa td { padding: .28em .6em; vertical-align: baseline; font-weight: normal; border: 0; }
.apa tr > :first-child { padding-left: 0; }
.apa tr > :last-child { padding-right: 0; }
.apa thead tr:first-child > * { border-top: 1px solid; }
.apa thead tr:last-child > * { border-bottom: 1px solid; vertical-align: bottom; }
.apa thead .span { border-bottom: 1px solid; text-align: center; }
.apa tbody:last-child tr:last-child > * { border-bottom: 1px solid; }
.apa .group th { text-align: left; padding-top: .8em; }
.apa .group ~ tr > :first-child { padding-left: 1em; }
.apa .text { text-align: left; }
.apa tbody th.text { min-width: 11em; }
.apa .number { text-align: right; }
.apa td.number { white-space: nowrap; }
.apa .wide { min-width: 14em; }
.apa td small { display: block; font-size: .86em; }
.apa .note { margin: .6em 0 0; }
.apa sup, .apa sub { font-size: .75em; line-height: 0; }
"""
_PAGE = """\
:root { color-scheme: light dark; }
body { font: 1rem/1.4 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
.apa { break-inside: avoid; }
.apa .note { max-width: 42rem; }
"""


def html_table(table: Table, *, number: str | int | None = None) -> str:
    """Write a table as HTML: three rules, no vertical lines, headings that name their cells.

    Parameters
    ----------
    table
        What to write. Every text in it is escaped.
    number
        The table's number in its document; None leaves it out.

    Returns
    -------
    str
        A ``<div class="apa">`` that can be scrolled sideways by hand and by keyboard; its look is
        in ``STYLE``.

    References
    ----------
    American Psychological Association. (2020). *Publication manual* (7th ed.), 7.8-7.21.
    """
    title = escape(table.title)
    numbered = f"<b>Table {escape(str(number))}</b>" if number is not None else ""
    remarks, letters = lettered(table)
    # One child a line keeps a diff of two reports readable.
    return "\n".join(
        [
            f'<div class="apa" id="table-{escape(table.name)}" role="region" tabindex="0" '
            f'aria-label="{without_marks(title)}">',
            "<table>",
            f"<caption>{numbered}<i><bdi>{title}</bdi></i></caption>",
            "<thead>",
            *_heads(table.columns, letters),
            "</thead>",
            *_bodies(table, letters),
            "</table>",
            *_notes(table, [remark.text for remark in remarks]),
            "</div>",
        ]
    )


def html_file(tables: Sequence[tuple[Table, str | None]]) -> bytes:
    """Write tables as a page that stands alone.

    Parameters
    ----------
    tables
        Each with its number, or None.

    Returns
    -------
    bytes
    """
    titles = "; ".join(dict.fromkeys(table.title for table, _ in tables))
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{without_marks(escape(titles))}</title>",
        f"<style>\n{_PAGE}{STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        *(html_table(table, number=number) for table, number in tables),
        "</main>",
        "</body>",
        "</html>",
        "",
    ]
    return allowed("\n".join(lines)).encode("utf-8")


def without_marks(text: str) -> str:
    r"""Leave out marks that turn the direction of reading, where nothing can isolate them.

    Examples
    --------
    >>> without_marks("an \N{RIGHT-TO-LEFT OVERRIDE}exe.txt")
    'an exe.txt'
    """
    return text.translate(_MARKS)


def _text(text: str) -> str:
    """Escaped, and kept apart from the direction of the text around it."""
    return f"<bdi>{escape(text)}</bdi>"


def _sentences(sentences: Sequence[str]) -> str:
    # A mark in one sentence must not turn the next one.
    return f"<bdi>{_symbols(without_marks(' '.join(sentences)))}</bdi>"


def _symbols(text: str) -> str:
    return "".join(map(_run, symbols(text)))


def _run(run: Run) -> str:
    text = escape(run.text)
    text = f"<i>{text}</i>" if run.italic else text
    return f"<{run.raised[:3]}>{text}</{run.raised[:3]}>" if run.raised else text


def _notes(table: Table, remarks: Sequence[str]) -> list[str]:
    said = []
    if table.notes:
        said.append(f"<i>Note.</i> {_sentences(table.notes)}")
    if remarks:
        said.append(
            " ".join(
                f"{_letters(letter(place))} {_sentences([text])}"
                for place, text in enumerate(remarks)
            )
        )
    if table.probability:
        said.append(_sentences(table.probability))
    return [f'<p class="note">{one}</p>' for one in said]


def _letters(letters: str) -> str:
    return f"<sup>{letters}</sup>" if letters else ""


def _kind(column: Column) -> str:
    return "number" if column.numeric else "text wide" if column.wide else "text"


def _heads(columns: tuple[Column, ...], letters: Mapping[tuple[int, int], str]) -> list[str]:
    def head(place: int, column: Column) -> str:
        label = _symbols(column.label) if column.symbol else escape(column.label)
        label += _letters(letters.get((HEAD, place), ""))
        return f'<th scope="col" class="{_kind(column)}">{label}</th>'

    lower = f"<tr>{''.join(head(*each) for each in enumerate(columns))}</tr>"
    if not any(column.group for column in columns):
        return [lower]
    upper = []
    for group, members in groupby(columns, key=lambda column: column.group):
        width = len(list(members))
        if group:
            upper.append(
                f'<th scope="colgroup" colspan="{width}" class="span">{escape(group)}</th>'
            )
        else:
            upper.append(f'<td colspan="{width}"></td>')
    return [f"<tr>{''.join(upper)}</tr>", lower]


def _bodies(table: Table, letters: Mapping[tuple[int, int], str]) -> list[str]:
    aligned = list(
        zip(*(decimals(table, column) for column in range(len(table.columns))), strict=True)
    )
    lines = []
    begin = 0
    for head, size in table.groups or (("", len(table.rows)),):
        lines.append("<tbody>")
        if head:
            width = len(table.columns)
            lines.append(
                f'<tr class="group"><th scope="rowgroup" colspan="{width}">{_text(head)}</th></tr>'
            )
        for place in range(begin, begin + size):
            cells = [
                _cell(pieces, cell.partition("\n")[2], letters.get((place, column), ""))
                for column, (pieces, cell) in enumerate(
                    zip(aligned[place], table.rows[place], strict=True)
                )
            ]
            lines.append(_row(table.columns, cells))
        lines.append("</tbody>")
        begin += size
    return lines


def _row(columns: tuple[Column, ...], cells: Sequence[str]) -> str:
    first, *others = zip(columns, cells, strict=True)
    written = [f'<th scope="row" class="{_kind(first[0])}">{first[1]}</th>']
    written += [f'<td class="{_kind(column)}">{cell}</td>' for column, cell in others]
    return f"<tr>{''.join(written)}</tr>"


def _cell(pieces: Sequence[Piece], more: str, letters: str) -> str:
    shown = "".join(
        piece.text.translate(_BLANKS)
        if piece.hidden
        # Numbers and dashes are ours; only words can carry marks that turn the reading.
        else _text(piece.text)
        if any(map(str.isalpha, piece.text))
        else escape(piece.text)
        for piece in pieces
    )
    smaller = "".join(f"<small>{escape(line)}</small>" for line in more.split("\n") if more)
    return shown + _letters(letters) + smaller
