"""What the first of a text file says of the rest, where that is too long to be read at once."""

from dataclasses import dataclass
from pathlib import Path

from detachment.exports import generic
from detachment.exports._cells import stored_once
from detachment.exports._container import container_of
from detachment.exports._delimited import decimal_mark
from detachment.exports._folders import Directory
from detachment.exports._registry import PLATFORMS
from detachment.exports._source import Source
from detachment.exports._text import decode

HEAD = 1 << 22
"""Bytes from which encoding, delimiter, headings and decimal mark are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How a text file is laid out.

    Attributes
    ----------
    names
        Headings, made unique.
    repeated
        Columns whose heading already stood over another.
    delimiter
        Between cells; None where there is one column.
    encoding
        As Python calls it.
    bom
        Whether a byte order mark stands before the text.
    decimal
        How numbers are written.
    skipped
        Lines before the headings that are no data.
    platform, rule
        Whose layout it is, and by what it was recognised.
    """

    names: tuple[str, ...]
    repeated: bool
    delimiter: str | None
    encoding: str
    bom: bool
    decimal: str
    skipped: int
    platform: str
    rule: str


def head_of(path: Path) -> Head:
    """Look at the first of a text file as :func:`read_export` looks at all of it.

    Raises
    ------
    ExportError
        When it is no table of text.
    OSError
        When it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(HEAD)
        whole = not file.read(1)
    container_of(data, path.name)  # refuses what is no text
    decoded = decode(data, path.name)
    text = decoded.text if whole else _whole_rows(decoded.text)
    source = Source(
        name=path.name, data=text.encode("utf-8"), container="text", folder=Directory(path)
    )
    grid = source.grid
    assert grid is not None  # the container is text
    platform, rule = next(
        (name, rule)
        for name, module in PLATFORMS.items()
        if (rule := module.detect(source)) is not None
    )
    layout = PLATFORMS[platform].read(source)
    return Head(
        names=tuple(map(str, layout.frame)),
        repeated=bool(layout.repeated),
        delimiter=grid.delimiter,
        encoding=decoded.encoding,
        bom=decoded.bom,
        decimal=layout.decimal or decimal_mark(stored_once(layout.frame), grid.delimiter),
        skipped=int(text[:4].lower().strip('"') == "sep="),
        platform=platform,
        rule="" if platform == generic.NAME else rule,
    )


def _whole_rows(text: str) -> str:
    """Cut off the last row, which may go on: at the last line feed outside quotation marks."""
    end = text.rfind("\n")
    while end > 0 and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end)
    return text[: end + 1] if end > 0 else text
