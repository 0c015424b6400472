"""Which sheet of a workbook holds the answers."""

import html
import io
import posixpath
import re
import zipfile
from collections.abc import Mapping, Sequence

import python_calamine as calamine

from detachment.errors import ExportError, UsageError, nearest

_HEAD = 5  # rows among which the headings are
_LISTED = 3  # headings of another sheet, half of them at least, that make a column a list of them
_FIRST_COLUMNS = 10
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_PIVOT = b"/pivotTable"

_Values = Sequence[Sequence[object]]


def choose_sheet(
    book: calamine.CalamineWorkbook, data: bytes, container: str, name: str, sheet: str | None
) -> tuple[str, tuple[str, ...]]:
    """Name of the sheet to read, and a warning when others hold something too.

    By default, of those that are visible, the one with the most filled cells that is neither a
    pivot table, nor a list of another sheet's headings (a code book), nor a single column (notes).

    Raises
    ------
    UsageError
        When there is no sheet of that name.
    ExportError
        When no sheet holds anything.
    """
    worksheets = [s for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
    names = [s.name for s in worksheets]
    if sheet is not None:
        if sheet not in names:
            raise UsageError(
                f"{name} has no sheet {sheet!r}; its sheets are: {', '.join(names)}."
                f"{nearest(sheet, names)}"
            )
        return sheet, ()
    visible = [s.name for s in worksheets if s.visible == calamine.SheetVisibleEnum.Visible]
    held = [n for n in visible or names if book.get_sheet_by_name(n).start is not None]
    if not held:
        raise ExportError(f"{name} has no sheet with anything in it. Export the data again.")
    if len(held) == 1:
        return held[0], ()
    values = {n: book.get_sheet_by_name(n).to_python() for n in held}
    filled = {n: sum(v != "" for row in values[n] for v in row) for n in held}
    instead = _no_answers(values, _pivots(data) if container == "xlsx" else frozenset())
    chosen = max([n for n in held if n not in instead] or held, key=lambda n: filled[n])
    return chosen, _told(chosen, values, filled, instead)


def _told(
    chosen: str,
    values: Mapping[str, _Values],
    filled: Mapping[str, int],
    instead: Mapping[str, str],
) -> tuple[str, ...]:
    others = [
        repr(n) + (f" (larger, but {instead[n]})" if filled[n] > filled[chosen] else "")
        for n in values
        if n != chosen
    ]
    warnings: tuple[str, ...] = (f"the sheet {chosen!r} was read; not read: {', '.join(others)}",)
    here = _headings(values[chosen])
    same = [repr(n) for n in values if n != chosen and _headings(values[n]) == here]
    if same:
        warnings += (
            f"the sheet(s) {', '.join(same)} have the same headings as {chosen!r}: if they hold "
            "further answers, put all of them into one sheet, or read each with --sheet (sheet= "
            "in Python)",
        )
    return warnings


def _no_answers(values: Mapping[str, _Values], pivots: frozenset[str]) -> dict[str, str]:
    """Sheets that hold something else than answers -> what, in words."""
    found: dict[str, str] = {}
    for name, rows in values.items():
        listed = next((n for n in values if n != name and _lists(rows, _headings(values[n]))), None)
        if name in pivots:
            found[name] = "a pivot table"
        elif listed is not None:
            found[name] = f"it lists the headings of {listed!r}"
        elif max(map(len, rows)) == 1:
            found[name] = "a single column"
    return found


def _headings(rows: _Values) -> tuple[str, ...]:
    """The fullest of the first rows, the first of those."""
    texts = [[v.strip() for v in row if isinstance(v, str)] for row in rows[:_HEAD]]
    return max((tuple(filter(None, row)) for row in texts), key=len)


def _lists(rows: _Values, headings: tuple[str, ...]) -> bool:
    """Whether one of the columns is a list of another sheet's headings."""
    wanted = set(headings)
    for column in list(zip(*rows, strict=True))[:_FIRST_COLUMNS]:
        known = wanted & {str(value).strip() for value in column}
        if len(known) >= _LISTED and 2 * len(known) >= len(wanted):
            return True
    return False


def _pivots(data: bytes) -> frozenset[str]:
    """Names of the sheets on which a pivot table stands (ECMA-376, part 1, 12.3.24)."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = set(archive.namelist())

        def relations(part: str) -> list[dict[str, str]]:
            folder, file = posixpath.split(part)
            path = f"{folder}/_rels/{file}.rels"
            found = _RELATION.findall(archive.read(path)) if path in parts else []
            return [_attributes(tag) for tag in found]

        workbook = "xl/workbook.xml"
        if not any(part.startswith("xl/pivotTables/") for part in parts):
            return frozenset()
        targets = {r.get("Id", ""): r.get("Target", "") for r in relations(workbook)}
        sheets = {}
        for tag in _SHEET.findall(archive.read(workbook)):
            said = _attributes(tag)
            target = targets.get(next((v for k, v in said.items() if k.endswith(":id")), ""), "")
            sheets[said.get("name", "")] = posixpath.normpath(posixpath.join("/xl", target))[1:]
        return frozenset(
            name
            for name, part in sheets.items()
            if any(r.get("Type", "").endswith("/pivotTable") for r in relations(part))
        )


def _attributes(tag: bytes) -> dict[str, str]:
    pairs = re.findall(r"""([\w:]+)\s*=\s*("[^"]*"|'[^']*')""", tag.decode("utf-8", "replace"))
    return {key: html.unescape(value[1:-1]) for key, value in pairs}
