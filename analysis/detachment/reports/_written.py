"""Sentences of texts and citations, written as text, Markdown or LaTeX; every text is escaped."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from detachment.reports._references import in_text


@dataclass(frozen=True, slots=True, init=False)
class Cite:
    """A citation of one or more references, by key."""

    keys: tuple[str, ...]

    def __init__(self, *keys: str) -> None:
        object.__setattr__(self, "keys", keys)


Sentence = tuple[str | Cite, ...]
Paragraphs = Sequence[tuple[str, Sequence[Sentence]]]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|@$~^!&])")
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "α": r"$\alpha$", "ω": r"$\omega$",
    "−": r"$-$", "–": "--", "“": "``", "”": "''", "≥": r"$\geq$", "≤": r"$\leq$",
}  # fmt: skip


def clean(text: str) -> str:
    r"""Text on one line, without characters that steer a reader's program or its direction.

    Examples
    --------
    >>> clean("Scale\u202e one\nand two")
    'Scale one and two'
    """
    kept = "".join(" " if c.isspace() else c for c in text)
    kept = "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return " ".join(kept.split(" "))


def escape_markdown(text: str) -> str:
    r"""Text that Markdown shows as it is.

    Examples
    --------
    >>> escape_markdown("*stars* and [@key]")
    '\\*stars\\* and \\[\\@key\\]'
    """
    return _MARKDOWN.sub(r"\\\1", clean(text))


def escape_latex(text: str) -> str:
    r"""Text that LaTeX shows as it is.

    Examples
    --------
    >>> escape_latex("100% of \\input{x}")
    '100\\% of \\textbackslash{}input\\{x\\}'
    """
    return "".join(_LATEX.get(c, c) for c in clean(text))


def write_text(paragraphs: Paragraphs) -> str:
    """Plain text: heading, then the sentences; citations as authors and year."""

    def cite(one: Cite) -> str:
        return f"({'; '.join(sorted(in_text(key) for key in one.keys))})"

    said = [
        f"{heading}\n{' '.join(_joined(s, clean, cite) for s in sentences)}"
        for heading, sentences in paragraphs
    ]
    return "\n\n".join(said)


def write_markdown(paragraphs: Paragraphs) -> str:
    """Markdown, citations as Pandoc reads them."""

    def cite(one: Cite) -> str:
        return f"[{'; '.join(f'@{key}' for key in one.keys)}]"

    said = [
        f"## {heading}\n\n{' '.join(_joined(s, escape_markdown, cite) for s in sentences)}"
        for heading, sentences in paragraphs
    ]
    return "\n\n".join(said)


def write_latex(paragraphs: Paragraphs) -> str:
    r"""LaTeX, citations by natbib's ``\citep``."""

    def cite(one: Cite) -> str:
        return rf"\citep{{{','.join(one.keys)}}}"

    said = [
        rf"\subsection{{{heading}}}"
        + "\n"
        + " ".join(_joined(s, escape_latex, cite) for s in sentences)
        for heading, sentences in paragraphs
    ]
    return "\n\n".join(said)


def _joined(sentence: Sentence, escape: Callable[[str], str], cite: Callable[[Cite], str]) -> str:
    return "".join(cite(piece) if isinstance(piece, Cite) else escape(piece) for piece in sentence)
