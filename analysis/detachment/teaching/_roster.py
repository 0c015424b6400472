"""A class roster: who gets a folder. Names stay in the roster."""

import codecs
import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from detachment.errors import ExportError, Problem, UsageError

LONGEST_ID = 60
_ID = re.compile(r"[^\W_][\w.+-]*", re.UNICODE)
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{d}{k}" for d in ("com", "lpt") for k in range(1, 10)}
_WANTED = ("id", "name", "group")
_CONTAINERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One line of a roster.

    Attributes
    ----------
    id
        A number or a pseudonym; the name of the student's folder.
    name, group
        As the roster has them; empty where it does not.
    """

    id: str
    name: str = ""
    group: str = ""


def read_roster(path: Path) -> tuple[Student, ...]:
    """Read a roster: a CSV file with a column ``id`` and, if you like, ``name`` and ``group``.

    Parameters
    ----------
    path
        Comma, semicolon or tab; UTF-8, UTF-16 or Windows' own letters.

    Returns
    -------
    tuple of Student
        In the order of the file.

    Raises
    ------
    ExportError
        When it is not such a file; every line that is wrong is named.
    """
    rows = _rows(path)
    heading = [cell.strip().casefold() for _, cell in enumerate(rows[0][1])] if rows else []
    if "id" not in heading:
        found = ", ".join(repr(cell) for cell in heading[:6] if cell) or "nothing"
        raise ExportError(
            f"{path.name} has no column called id (its first line has: {found}). A roster is a "
            "CSV file whose first line is: id,name,group. Only id is needed."
        )
    twice = [name for name in _WANTED if heading.count(name) > 1]
    if twice:
        raise ExportError(f"{path.name} has two columns called {twice[0]}; rename one of them.")
    place = {name: heading.index(name) for name in _WANTED if name in heading}
    students: list[Student] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for line, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue  # Excel leaves empty lines behind
        said = {name: _tidy(cells[at]) if at < len(cells) else "" for name, at in place.items()}
        wrong = _wrong_id(said["id"])
        key = said["id"].casefold()
        if not wrong and key in first:
            wrong = f"this id stands in line {first[key]} already (capitals make no difference)"
        if wrong:
            problems.append(Problem(row=line, column="id", rule="roster", message=wrong))
            continue
        first[key] = line
        students.append(Student(**said))
    if problems:
        raise ExportError(f"{path.name} cannot be used as a roster:", problems=problems)
    if not students:
        raise ExportError(f"{path.name} has a heading and no students below it.")
    return tuple(students)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Line number and cells of each line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    if content.startswith(_CONTAINERS):
        raise ExportError(
            f"{path.name} is a workbook and no CSV file. Open it and save the sheet as “CSV UTF-8”."
        )
    text = _decoded(content, path.name)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise ExportError(
            f"{path.name} cannot be read as CSV: a cell is far too long, perhaps because a "
            "quotation mark was never closed."
        ) from error
    while rows and not any(cell.strip() for cell in rows[0][1]):
        rows.pop(0)
    return rows


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ExportError(f"{name} is no text file. Save the roster as “CSV UTF-8”.")


def _tidy(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell).split())


def _wrong_id(text: str) -> str:
    """What is wrong with an id that is to name a folder; empty when nothing is."""
    if not text:
        return "there is no id"
    if "@" in text:
        return "an address tells who it is; take a number or a made-up code"
    if len(text) > LONGEST_ID:
        return f"an id has at most {LONGEST_ID} characters"
    if not _ID.fullmatch(text):
        return "an id has letters, digits, and . _ + - only, and begins with a letter or digit"
    if text.endswith(".") or text.casefold().partition(".")[0] in _RESERVED:
        return "Windows cannot make a folder of this name"
    return ""
