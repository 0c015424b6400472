"""A manuscript in, its paragraphs as plain text out, each letter with the place where it stands."""

import html
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detachment.errors import ExportError, UsageError

KINDS = {".md": "md", ".markdown": "md", ".qmd": "md", ".rmd": "md", ".docx": "docx",
         ".txt": "txt", ".text": "txt", ".tex": "tex"}  # fmt: skip
_LARGEST = 50_000_000  # bytes; a manuscript with pictures is smaller
_MINUS = "\N{MINUS SIGN}\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{SMALL HYPHEN-MINUS}\N{FULLWIDTH HYPHEN-MINUS}"  # fmt: skip  # noqa: E501
_SPACES = "\t\N{NO-BREAK SPACE}\N{FIGURE SPACE}\N{THIN SPACE}\N{HAIR SPACE}\N{NARROW NO-BREAK SPACE}\N{EN SPACE}\N{EM SPACE}\N{SIX-PER-EM SPACE}\N{FOUR-PER-EM SPACE}"  # fmt: skip  # noqa: E501
_NOTHING = "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"  # fmt: skip  # noqa: E501
_LETTERS = str.maketrans(
    dict.fromkeys(_MINUS, "-")
    | dict.fromkeys(_SPACES, " ")
    | dict.fromkeys(_NOTHING, "")
    | dict.fromkeys("≤⩽", "<=")
    | dict.fromkeys("≥⩾", ">=")
    | {"\N{SUPERSCRIPT TWO}": "2", "\N{GREEK CAPITAL LETTER CHI}": "χ"}
    | {"\N{FULLWIDTH EQUALS SIGN}": "=", "\N{FULLWIDTH LESS-THAN SIGN}": "<"}
)
_TAGS = re.compile(r"</?(?:i|em|b|strong|sub|sup|span)\b[^<>]*>", re.IGNORECASE)
_TEX = [
    (re.compile(r"\\(?:chi|upchi)\b"), "χ"),
    (re.compile(r"\\(?:beta)\b"), "β"),
    (re.compile(r"\\(?:eta)\b"), "η"),
    (re.compile(r"\\(?:rho)\b"), "ρ"),
    (re.compile(r"\\(?:leq?|leqslant)\b"), "<="),
    (re.compile(r"\\(?:geq?|geqslant)\b"), ">="),
    (re.compile(r"\\lt\b"), "<"),
    (re.compile(r"\\gt\b"), ">"),
    (re.compile(r"\\(?:text\w*|math\w*|emph|operatorname|mbox|left|right|ensuremath)\b"), ""),
    (re.compile(r"\\[,;:! ]|(?<!\\)~"), " "),
    (re.compile(r"\\%"), "%"),
    (re.compile(r"\\[()]"), ""),
    (re.compile(r"[{}$^]"), ""),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A piece of text that hangs together.

    Attributes
    ----------
    text
        Without marks of layout, on one line.
    places
        Number of the line (of the paragraph, in a Word file) of each letter.
    """

    text: str
    places: tuple[int, ...]


def read_manuscript(path: str | Path) -> tuple[str, tuple[Paragraph, ...]]:
    """Read a manuscript: how its places are counted, and its paragraphs.

    Parameters
    ----------
    path
        Markdown, plain text, LaTeX, or a Word file.

    Raises
    ------
    UsageError
        When there is no such file, or its ending is none of those.
    ExportError
        When it cannot be read as what its ending says.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(
            f"{path.name} is not one of the manuscripts that can be read: {', '.join(KINDS)}. Save "
            "it as one of them."
        )
    if path.stat().st_size > _LARGEST:
        raise ExportError(f"{path.name} is larger than any manuscript ({_LARGEST:,} bytes).")
    if kind == "docx":
        return "paragraph", tuple(_of_word(path))
    return "line", tuple(_of_lines(_decoded(path).splitlines(), kind))


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ""):
        try:
            if encoding:
                return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", errors="replace")


def _of_lines(lines: list[str], kind: str) -> Iterator[Paragraph]:
    """Paragraphs end at an empty line."""
    text: list[str] = []
    places: list[int] = []
    for number, line in enumerate([*lines, ""], start=1):
        plain = plain_text(line, kind).strip()
        if plain:
            text.append(f"{plain} ")
            places += [number] * (len(plain) + 1)
        elif text:
            yield Paragraph(text="".join(text), places=tuple(places))
            text, places = [], []


def plain_text(line: str, kind: str) -> str:
    r"""A line without marks of layout, its signs as a keyboard has them.

    Examples
    --------
    >>> plain_text("*t*(38) = \N{MINUS SIGN}2.10, *p*&nbsp;&lt;&nbsp;.05", "md")
    't(38) = -2.10, p < .05'
    >>> plain_text(r"$\chi^2(1, N = 90) = 4.1$, \textit{p} = .04 % note", "tex")
    'χ2(1, N = 90) = 4.1, p = .04 '
    """
    if kind == "md":
        line = html.unescape(_TAGS.sub("", line))
        line = re.sub(r"\\([*_<>~\[\]])", r"\1", line)
    if kind == "tex":
        line = re.sub(r"(?<!\\)%.*", "", line)
    line = line.translate(_LETTERS)
    if kind in ("md", "tex"):
        for mark, letter in _TEX:
            line = mark.sub(letter, line)
        line = re.sub(r"[*`]|\b_|_\b" if kind == "md" else r"_", "", line)
    return line.replace("^", "")


def _of_word(path: Path) -> Iterator[Paragraph]:
    """Paragraphs of a Word file, those in tables among them; without what was struck out."""
    import docx
    from docx.opc.exceptions import OpcError
    from docx.oxml.ns import qn

    try:
        body = docx.Document(str(path)).element.body
    except (OpcError, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise ExportError(
            f"{path.name} is not a Word file (.docx) that can be read. Save it again in Word."
        ) from error
    letters = {qn("w:t"), "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"}
    spaces = {qn("w:tab"), qn("w:br"), qn("w:cr")}
    for number, paragraph in enumerate(body.iter(qn("w:p")), start=1):
        pieces = []
        for node in paragraph.iter():
            if node.tag in letters:
                pieces.append(node.text or "")
            elif node.tag in spaces:
                pieces.append(" ")
            elif node.tag == qn("w:noBreakHyphen"):
                pieces.append("-")
        text = plain_text("".join(pieces), "docx")
        if text.strip():
            yield Paragraph(text=text, places=(number,) * len(text))
