"""Tables as HTML in APA 7 layout."""

import re
from html import escape
from itertools import groupby

from detachment.tables._model import Column, Table

_MARKS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_SYMBOLS = re.compile(r"\b(M|Mdn|SD|SEM|n|p|r)\b")

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
    # One child a line keeps a diff of two reports readable.
    parts = [
        f'<div class="apa" id="table-{escape(table.name)}" role="region" tabindex="0" '
        f'aria-label="{without_marks(title)}">',
        "<table>",
        f"<caption>{numbered}<i><bdi>{title}</bdi></i></caption>",
        "<thead>",
        *_heads(table.columns),
        "</thead>",
        *_bodies(table),
        "</table>",
    ]
    if table.notes:
        parts.append(f'<p class="note"><i>Note.</i> {_text(" ".join(table.notes))}</p>')
    return "\n".join([*parts, "</div>"])


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


def _kind(column: Column) -> str:
    return "number" if column.numeric else "text wide" if column.wide else "text"


def _heads(columns: tuple[Column, ...]) -> list[str]:
    def head(column: Column) -> str:
        label = escape(column.label)
        if column.symbol:
            label = _SYMBOLS.sub(r"<i>\1</i>", label)
        return f'<th scope="col" class="{_kind(column)}">{label}</th>'

    lower = f"<tr>{''.join(map(head, columns))}</tr>"
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


def _bodies(table: Table) -> list[str]:
    lines = []
    begin = 0
    for head, size in table.groups or (("", len(table.rows)),):
        lines.append("<tbody>")
        if head:
            width = len(table.columns)
            lines.append(
                f'<tr class="group"><th scope="rowgroup" colspan="{width}">{_text(head)}</th></tr>'
            )
        lines += [_row(table.columns, row) for row in table.rows[begin : begin + size]]
        lines.append("</tbody>")
        begin += size
    return lines


def _row(columns: tuple[Column, ...], row: tuple[str, ...]) -> str:
    first, *others = zip(columns, row, strict=True)
    cells = [f'<th scope="row" class="{_kind(first[0])}">{_cell(first[1])}</th>']
    cells += [f'<td class="{_kind(column)}">{_cell(cell)}</td>' for column, cell in others]
    return f"<tr>{''.join(cells)}</tr>"


def _cell(cell: str) -> str:
    first, *more = cell.split("\n")
    smaller = "".join(f"<small>{escape(line)}</small>" for line in more)
    # Numbers and dashes are ours; only words can carry marks that turn the direction of reading.
    shown = _text(first) if any(letter.isalpha() for letter in first) else escape(first)
    return shown + smaller
