"""Tables as LaTeX in APA 7 layout, for pdfLaTeX, XeLaTeX and LuaLaTeX."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby

from detachment.tables._align import Piece, decimals
from detachment.tables._html import without_marks
from detachment.tables._model import HEAD, Column, Table, letter, lettered
from detachment.tables._symbols import symbols

_GREEK = {
    unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}"): rf"\ensuremath{{\up{name}}}"
    for name in (
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "mu", "nu",
        "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
    )
} | {"λ": r"\ensuremath{\uplambda}", "Δ": r"\ensuremath{\Delta}"}  # fmt: skip
_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}", "'": r"\textquotesingle{}", "-": "-{}", ",": ",",
    "−": "$-$", "–": r"\textendash{}", "—": r"\textemdash{}", "×": r"$\times$", "±": r"$\pm$",
    "≤": r"$\leq$", "≥": r"$\geq$", "≠": r"$\neq$", "≈": r"$\approx$", "∞": r"$\infty$",
    "→": r"$\rightarrow$", "·": r"$\cdot$", "√": r"$\surd$", "²": r"\textsuperscript{2}",
    "³": r"\textsuperscript{3}", "ₛ": r"\textsubscript{s}", "…": r"\ldots{}", "’": "'",
    "‘": r"\textquoteleft{}", "“": r"\textquotedblleft{}", "”": r"\textquotedblright{}",
    "\N{NO-BREAK SPACE}": "~",
} | _GREEK  # fmt: skip
_LATIN = range(0xA1, 0x180)  # what the T1 encoding has a letter for, more or less
_NEEDS = "array, booktabs, caption, longtable, pdflscape, rotating, upgreek"
_PREAMBLE = r"""\documentclass{article}
\usepackage[margin=1in]{geometry}
\usepackage{iftex}
\iftutex\else
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\fi
\usepackage{textcomp}
\usepackage{array, booktabs, caption, longtable, pdflscape, rotating, upgreek}
\captionsetup{labelfont=bf, textfont=it, labelsep=newline, justification=raggedright,
  singlelinecheck=false, skip=6pt}
\captionsetup[longtable]{width=\linewidth}
\setlength{\LTleft}{0pt}
\setlength{\heavyrulewidth}{.06em}
\setlength{\lightrulewidth}{.06em}
"""

# Room in ems of the size of the letters, for text 6.5 inches wide and 9 inches high at 10 points.
_ROOM, _ROOM_SIDEWAYS = 46.0, 64.0
_SIZES = (("", 1.0), (r"\small", 0.9), (r"\footnotesize", 0.8))
_LINES = 34  # of a page; a longer table runs over pages
_SENTENCE = 22.0  # ems at which a column of sentences is broken, if there is no more room
_WORDS = 8.0
_GAP = 1.2


def latex_table(table: Table, *, number: str | int | None = None) -> str:
    r"""Write a table as LaTeX: three rules, no vertical lines, notes under it.

    It is a floating ``table`` with its ``\caption`` and ``\label{tab:NAME}``; where it is wider
    than the page its letters become smaller, or it stands sideways; where it is longer it becomes
    a ``longtable``. Notes are as wide as the text, for many tables are narrow.

    Parameters
    ----------
    table
        What to write. Every text in it is escaped; marks that turn the direction of reading are
        left out.
    number
        The table's number; None leaves it to LaTeX.

    Returns
    -------
    str
        For a document that uses the packages named in its first line.

    References
    ----------
    American Psychological Association. (2020). *Publication manual* (7th ed.), 7.8-7.21.
    """
    ems = [_ems(table, k) for k in range(len(table.columns))]
    sideways, size, scale = _fitted(
        sum(natural for _, natural in ems), sum(least for least, _ in ems)
    )
    room = (_ROOM_SIDEWAYS if sideways else _ROOM) / scale
    widths = _widths(ems, room)
    long = len(table.rows) + len(table.groups) > _LINES * (0.6 if sideways else 1) or (
        any(column.wide for column in table.columns) and len(table.rows) > _LINES / 2
    )
    head, body = _head(table, widths), _body(table, widths)
    caption = rf"\caption{{{_text(table.title)}}}\label{{tab:{_name(table.name)}}}"
    own = [rf"\renewcommand{{\thetable}}{{{_text(str(number))}}}"] if number is not None else []
    style = [*([size] if size else []), r"\setlength{\tabcolsep}{.5em}"]
    columns = "".join(_kind(c, w) for c, w in zip(table.columns, widths, strict=True))
    notes = [rf"\par\smallskip\noindent {note}\par" for note in _notes(table)]
    if long:
        lines = [
            r"\begingroup", *own, *style,
            rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}",
            rf"{caption}\\",
            *head, r"\endfirsthead",
            *head, r"\endhead",
            r"\bottomrule", r"\endfoot",
            *body,
            r"\end{longtable}",
            *([r"\vspace{-\baselineskip}"] if notes else []),
            *notes,
            r"\endgroup",
        ]  # fmt: skip
        if sideways:
            lines = [r"\begin{landscape}", *lines, r"\end{landscape}"]
    else:
        kind = "sidewaystable" if sideways else "table"
        lines = [
            rf"\begin{{{kind}}}[{'p' if sideways else 'htbp'}]",
            *own, *style, r"\raggedright", caption,
            rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
            *head, *body, r"\bottomrule",
            r"\end{tabular}",
            *notes,
            rf"\end{{{kind}}}",
        ]  # fmt: skip
    return "\n".join([f"% Packages: {_NEEDS}", *lines, ""])


def latex_file(tables: Sequence[tuple[Table, str | None]]) -> bytes:
    """Write tables as a document that compiles by itself.

    Parameters
    ----------
    tables
        Each with its number, or None.

    Returns
    -------
    bytes
        A letter that the fonts of pdfLaTeX lack is printed as its number in Unicode.
    """
    written = [latex_table(table, number=number) for table, number in tables]
    foreign = sorted({sign for text in written for sign in text if not _known(sign)})
    declared = [
        rf"\DeclareUnicodeCharacter{{{ord(sign):04X}}}{{{{\scriptsize U+{ord(sign):04X}}}}}"
        for sign in foreign
    ]
    lines = [
        _PREAMBLE.rstrip(),
        *([r"\iftutex\else", *declared, r"\fi"] if declared else []),
        r"\begin{document}",
        "\\clearpage\n".join(written).rstrip("\n"),  # each on a page of its own (APA 7, 2.17)
        r"\end{document}",
        "",
    ]
    return "\n".join(lines).encode()


def _known(sign: str) -> bool:
    return sign.isascii() or ord(sign) in _LATIN


def _name(name: str) -> str:
    return re.sub(r"[^\w-]", "-", name, flags=re.ASCII)


def _text(text: str) -> str:
    """Escaped: no letter of it does anything, and no two become one."""
    text = unicodedata.normalize("NFC", without_marks(text))
    text = "".join(
        " " if sign.isspace() and sign != "\N{NO-BREAK SPACE}" else sign for sign in text
    )
    kept = (sign for sign in text if unicodedata.category(sign)[0] != "C")
    escaped = "".join(_ESCAPES.get(sign, sign) for sign in kept)
    return re.sub(r",(?=,)|[!?](?=[!?`])", r"\g<0>{}", escaped).replace("-{}$", "-$")


def _symbols(text: str) -> str:
    written = []
    for run in symbols(text):
        piece = _text(run.text)
        if run.italic:
            piece = rf"\textit{{{piece}}}"
        if run.raised:
            piece = rf"\text{run.raised}script{{{piece}}}"
        written.append(piece)
    return "".join(written)


def _raised(letters: str) -> str:
    return rf"\textsuperscript{{{letters}}}" if letters else ""


def _notes(table: Table) -> Iterable[str]:
    if table.notes:
        yield rf"\textit{{Note.}} {_symbols(' '.join(table.notes))}"
    remarks, _ = lettered(table)
    if remarks:
        yield " ".join(
            f"{_raised(letter(place))}\\,{_symbols(remark.text)}"
            for place, remark in enumerate(remarks)
        )
    if table.probability:
        yield _symbols(" ".join(table.probability))


def _ems(table: Table, k: int) -> tuple[float, float]:
    """Least and natural width of a column."""
    column = table.columns[k]
    cells = [line for row in table.rows for line in row[k].split("\n")]
    lines = max((_width(cell) for cell in cells), default=0.0)
    word = max(map(_width, column.label.split()), default=0.0)
    if column.numeric:
        return max(lines, word) + _GAP, max(lines, min(_width(column.label), 7.0), word) + _GAP
    natural = max(lines, _width(column.label)) + _GAP
    least = max(word, min(natural, _SENTENCE if column.wide else _WORDS)) + _GAP
    return min(least, natural), natural


def _width(text: str) -> float:
    narrow = sum(sign in ".,:;'|!ijlt ()[]" for sign in text)
    broad = sum(sign.isupper() or sign in "mwMW%−<>" for sign in text)
    return 0.3 * narrow + 0.75 * broad + 0.5 * (len(text) - narrow - broad)


def _fitted(natural: float, least: float) -> tuple[bool, str, float]:
    """Whether it stands sideways, and in which size of letters."""
    for needed in (natural, least):
        for size, scale in _SIZES:
            if needed * scale <= _ROOM and (scale == 1 or needed == least):
                return False, size, scale
    for size, scale in _SIZES:
        if least * scale <= _ROOM_SIDEWAYS:
            return True, size, scale
    return True, r"\scriptsize", 0.7


def _widths(ems: Sequence[tuple[float, float]], room: float) -> list[float | None]:
    """Width in ems of each column whose words break; None for as wide as it is."""
    gives = [natural - least for least, natural in ems]
    over = sum(natural for _, natural in ems) - room
    if over <= 0 or not sum(gives):
        return [None] * len(ems)
    share = min(1.0, over / sum(gives))
    return [
        natural - share * give - _GAP if give else None
        for (_, natural), give in zip(ems, gives, strict=True)
    ]


def _kind(column: Column, width: float | None) -> str:
    if column.numeric:
        return "r"
    return (
        "l"
        if width is None
        else rf">{{\raggedright\arraybackslash\hangindent=1em}}p{{{width:.1f}em}}"
    )


def _head(table: Table, widths: Sequence[float | None]) -> list[str]:
    _, letters = lettered(table)
    lines = [r"\toprule"]
    if any(column.group for column in table.columns):
        upper, rules, begin = [], [], 1
        for group, members in groupby(table.columns, key=lambda column: column.group):
            width = len(list(members))
            upper.append(
                rf"\multicolumn{{{width}}}{{c}}{{{_symbols(group)}}}"
                if group
                else "&" * (width - 1)
            )
            if group:
                rules.append(rf"\cmidrule(lr){{{begin}-{begin + width - 1}}}")
            begin += width
        lines += [rf"{' & '.join(upper)} \\", "".join(rules)]
    heads = [
        _column_head(table, k, widths[k], letters.get((HEAD, k), ""))
        for k in range(len(table.columns))
    ]
    return [*lines, rf"{_row(heads)} \\", r"\midrule"]


def _column_head(table: Table, k: int, width: float | None, letters: str) -> str:
    column = table.columns[k]

    def written(text: str) -> str:
        return _symbols(text) if column.symbol else _text(text)

    if not column.numeric:
        return written(column.label) + _raised(letters)
    least, natural = _ems(table, k)
    lines = _broken(column.label, (natural if width is None else least) - _GAP)
    *before, last = map(written, lines)
    return _stacked([*before, last + _raised(letters)], "b")


def _broken(label: str, room: float) -> list[str]:
    """A head in lines of which none is wider than its column, if its words allow it."""
    lines: list[str] = []
    for word in label.split():
        if lines and _width(f"{lines[-1]} {word}") <= max(room, 3.0):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def _stacked(lines: Sequence[str], place: str) -> str:
    if len(lines) == 1:
        return lines[0]
    inner = r" \\ ".join(_first(line) for line in lines)
    return rf"\begin{{tabular}}[{place}]{{@{{}}r@{{}}}}{inner}\end{{tabular}}"


def _body(table: Table, widths: Sequence[float | None]) -> list[str]:
    _, letters = lettered(table)
    aligned = [decimals(table, k) for k in range(len(table.columns))]
    lines = []
    begin = 0
    for group, size in table.groups or (("", len(table.rows)),):
        if group:
            lines.append(rf"\multicolumn{{{len(table.columns)}}}{{@{{}}l}}{{{_text(group)}}} \\")
        for line in range(begin, begin + size):
            cells = [
                _cell(table.columns[k], aligned[k][line], cell, letters.get((line, k), ""))
                for k, cell in enumerate(table.rows[line])
            ]
            lines.append((r"\quad " if group else "") + rf"{_row(cells)} \\")
        begin += size
    return lines


def _row(cells: Sequence[str]) -> str:
    return " & ".join([_first(cells[0]), *cells[1:]])


def _first(cell: str) -> str:
    """A cell after the end of a row, which would take a bracket or a star for its own."""
    return f"{{}}{cell}" if cell[:1] in ("[", "*") else cell


def _cell(column: Column, pieces: Sequence[Piece], cell: str, letters: str) -> str:
    shown = "".join(
        rf"\phantom{{{_text(piece.text)}}}" if piece.hidden else _text(piece.text)
        for piece in pieces
    )
    smaller = [rf"\footnotesize {_text(line)}" for line in cell.split("\n")[1:]]
    if not smaller:
        return shown + _raised(letters)
    if not column.numeric:
        return " ".join([shown + _raised(letters), *(rf"{{{line}}}" for line in smaller)])
    return _stacked([shown + _raised(letters), *smaller], "t")
