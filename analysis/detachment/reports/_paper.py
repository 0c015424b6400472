"""What a report on paper has apart from one on a screen: nothing can be folded on it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from detachment.tables import Run, Table
from detachment.text import listing

if TYPE_CHECKING:
    from detachment.reports._document import Block, Document, Section

SIZE = 9.0  # of letters in tables, in points
WIDE = 481.9  # between the margins of A4, in points
LYING = 728.5  # the same of a page that lies on its side
APPENDIX = "Appendix: Details"
_SYMBOL = re.compile(r"\b(b|r|p|n|t|N|M|SD)(?=\s[=<>]\s)")
_SIGN = re.compile(r" ([=<>]) (?=[\d.−\[])")


def body(document: "Document") -> "list[Section]":
    """Sections with what is to be read in order; what the page folds is in the appendix."""
    return [
        replace(section, blocks=_whole(block for block in section.blocks if not block.folded))
        for section in document.sections
    ]


def appendix(document: "Document") -> "list[Section]":
    """Sections with what the page folds away until it is asked for."""
    folded = [
        replace(section, lead=(), blocks=_whole(block for block in section.blocks if block.folded))
        for section in document.sections
    ]
    return [section for section in folded if section.blocks]


def pointer(section: "Section") -> str:
    """Where the rest of a section is; empty where all of it is in place.

    Parameters
    ----------
    section
        As the page has it.
    """
    blocks = _whole(block for block in section.blocks if block.folded)
    parts = []
    for block in blocks:
        kind = "Figure" if block.figure else "Table" if block.table else ""
        what = _small(block.folded)
        parts.append(f"{kind} {block.number} ({what})" if kind else what)
    return f"In the appendix: {listing(parts)}." if parts else ""


def every_table(document: "Document") -> list[tuple[Table, str]]:
    """Every table of a report with its number; the parts of one file are one table."""
    return [
        (block.table, block.number)
        for section in document.sections
        for block in _whole(section.blocks)
        if block.table is not None
    ]


def runs(text: str) -> list[Run]:
    """A sentence with its statistical symbols in italics, and its numbers beside them.

    Examples
    --------
    >>> runs("r = .51, p < .001")[0]
    Run(text='r', italic=True, raised='')
    """
    text = _SIGN.sub("\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", text)
    made = []
    end = 0
    for found in _SYMBOL.finditer(text):
        made += [Run(text[end : found.start()]), Run(found[0], italic=True)]
        end = found.end()
    return [run for run in [*made, Run(text[end:])] if run.text]


def _whole(blocks: "Iterable[Block]") -> "list[Block]":
    """Blocks, with tables that are parts of one file put together again."""
    made: list[Block] = []
    for file, same in groupby(blocks, key=lambda block: block.file if block.table else ""):
        members = list(same)
        tables = [block.table for block in members if block.table is not None]
        alike = file and len({one.columns for one in tables}) == 1 and not _remarked(tables)
        made += [_together(file, members, tables)] if alike and len(tables) > 1 else members
    return made


def _remarked(tables: Iterable[Table]) -> bool:
    return any(table.remarks or table.groups for table in tables)


def _together(file: str, blocks: "Sequence[Block]", tables: Sequence[Table]) -> "Block":
    import pandas as pd

    heads = [block.folded or one.title for block, one in zip(blocks, tables, strict=True)]
    table = replace(
        tables[0],
        name=file,
        title=f"{file.capitalize()} of Every Scale",
        rows=tuple(row for one in tables for row in one.rows),
        groups=tuple((head, len(one.rows)) for head, one in zip(heads, tables, strict=True)),
        notes=tuple(dict.fromkeys(note for one in tables for note in one.notes)),
        probability=tuple(dict.fromkeys(note for one in tables for note in one.probability)),
        data=pd.concat([one.data for one in tables], ignore_index=True),
        lines=(),
        remarks=(),
    )
    number = blocks[0].number.partition(".")[0]
    folded = "every one, scale by scale" if blocks[0].folded else ""
    return replace(blocks[0], table=table, number=number, folded=folded)


def _small(text: str) -> str:
    """A text that goes on a sentence."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
