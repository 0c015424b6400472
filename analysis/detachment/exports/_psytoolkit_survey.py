"""A PsyToolkit survey in its source, ``survey.txt``: questions, items, options and scales.

Syntax as in PsyToolkit, "Online survey syntax": a question is a block of lines that ends at an
empty one, ``l:`` its label, ``t:`` its type, ``q:`` its text, ``-`` its items or options, with
annotations in braces (``{score=2}``, ``{reverse}``); ``scale: NAME`` and its ``-`` lines are
options that several questions share. A line that begins with ``#`` is a comment.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CHOICES: Final = ("radio", "drop")
_LINE: Final = re.compile(r"(?P<mark>[a-zA-Z]|scale|random):(?:\s+|$)(?P<rest>.*)|-\s+(?P<item>.*)")
_NOTES: Final = re.compile(r"^\s*(?:\{[^{}]*\}\s*)+")
_SCORE: Final = re.compile(r"\bscore\s*=\s*(-?\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One line that begins with ``-``: its text, and what stands in braces before it."""

    text: str
    score: str | None = None
    reverse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question.

    Attributes
    ----------
    row
        Line on which it begins; the first line of the file is 1.
    items
        Its lines that begin with ``-``: items of a ``scale``, options of a ``radio``.
    options
        Options of each item, in order; empty where answers are not one of several options.
    """

    label: str
    row: int
    kind: str
    text: str
    items: tuple[Option, ...]
    options: tuple[Option, ...] = ()


def read_questions(text: str) -> list[Question]:
    r"""Read the questions of a survey's source; none where the text is no such source.

    Examples
    --------
    >>> scale = "scale: yes\n- {score=1} Yes\n- No\n\n"
    >>> (question,) = read_questions(scale + "l: open\nt: scale yes\nq: Is it so?\n- I talk")
    >>> question.label, question.items[0].text, [option.text for option in question.options]
    ('open', 'I talk', ['Yes', 'No'])
    """
    scales: dict[str, tuple[Option, ...]] = {}
    found: list[tuple[int, dict[str, str], list[Option]]] = []
    for row, lines in _blocks(text):
        said, items = _block(lines)
        if "scale" in said:
            scales.setdefault(said["scale"], tuple(items))
        elif "l" in said and "t" in said:
            found.append((row, said, items))
    return [_question(row, said, items, scales) for row, said, items in found]


def _question(
    row: int,
    said: dict[str, str],
    items: list[Option],
    scales: dict[str, tuple[Option, ...]],
) -> Question:
    kind, _, argument = said["t"].partition(" ")
    options = tuple(items) if kind in CHOICES else ()
    if kind == "scale":
        options = scales.get(argument.strip(), ())
    return Question(
        label=said["l"].partition(" ")[0],
        row=row,
        kind=kind,
        text=said.get("q", ""),
        items=tuple(items),
        options=options,
    )


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """Lines between empty ones, with the number of the first; comments left out."""
    blocks: list[tuple[int, list[str]]] = []
    inside = False
    for row, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#"):
            continue
        if not line.strip():
            inside = False
        elif inside and not line.startswith("l:"):
            blocks[-1][1].append(line.rstrip())
        else:
            blocks.append((row, [line.rstrip()]))
            inside = True
    return blocks


def _block(lines: Sequence[str]) -> tuple[dict[str, str], list[Option]]:
    """What the lines of one block say by their marks, and those that begin with ``-``."""
    said: dict[str, str] = {}
    items: list[Option] = []
    last = ""
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            if last == "q":  # the text of a question may go on below
                said["q"] += f"\n{line}"
        elif found["mark"]:
            last = found["mark"]
            said.setdefault(last, found["rest"].strip())
        else:
            last = ""
            items.append(_option(found["item"]))
    return said, items


def _option(line: str) -> Option:
    notes = _NOTES.match(line)
    braces = notes[0] if notes else ""
    score = _SCORE.search(braces)
    return Option(
        text=line[len(braces) :].strip(),
        score=score[1] if score else None,
        reverse=re.search(r"\breverse\b", braces) is not None,
    )
