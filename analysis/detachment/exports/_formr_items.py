"""formr's item table: as JSON, or as a workbook with the sheets ``survey`` and ``choices``.

Layout and meaning as in the source of formr.org (``SpreadsheetReader``, ``SurveyStudy`` and the
classes of the item types).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from detachment.errors import ExportError, UsageError
from detachment.exports._container import SPREADSHEETS, container_of
from detachment.exports._grid import Grid, table
from detachment.exports._json_table import parse_json
from detachment.exports._source import File
from detachment.exports._text import decode
from detachment.exports._types import Variable
from detachment.exports._workbook import read_workbook

_SURVEY_SHEET = frozenset({"type", "name", "label", "showif"})
_CHOICES_SHEET = frozenset({"list_name", "name", "label"})
_PERSONAL = ("email", "tel", "ip", "geopoint", "cc", "request_phone")
_SEVERAL = ("mc_multiple", "mc_multiple_button", "select_multiple")
# Types whose choices stand at the two ends, whatever they are called; (lowest, highest) answer.
_ENDS = {"rating_button": ("1", "5"), "range": ("0", "100")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of an item table; ``choices`` are code -> label in their order."""

    name: str
    type: str
    label: str = ""
    type_options: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


def item_table(file: File) -> dict[str, Item] | None:
    """Items by name, or None where the file is no item table of formr."""
    try:
        container = container_of(file.data, file.name)
        if container == "json":
            return json_items(parse_json(decode(file.data, file.name).text, file.name))
        if container in SPREADSHEETS:
            return _workbook_items(file, container)
    except ExportError:
        pass
    return None


def json_items(value: object) -> dict[str, Item] | None:
    """Items of a parsed item table; None where it is something else."""
    rows = value.get("items") if isinstance(value, dict) and "name" in value else None
    if not isinstance(rows, list) or not rows:
        return None
    if not all(isinstance(row, dict) and {"name", "type"} <= row.keys() for row in rows):
        return None
    items = [
        Item(
            name=_text(row["name"]),
            type=_text(row["type"]).strip(),
            # Markdown of the label, made into HTML
            label=_text(row.get("label_parsed")) or _text(row.get("label")),
            type_options=_text(row.get("type_options")),
            choices=_choices(row.get("choices")),
        )
        for row in rows
    ]
    return {item.name: item for item in items}


def json_table(value: object) -> pd.DataFrame:
    """Rows of a parsed item table as text; choices as JSON."""
    rows = value["items"] if isinstance(value, dict) else []
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: [_text(row.get(name)) for row in rows] for name in names}
    return pd.DataFrame(cells, index=range(len(rows)), dtype="str")


def is_item_sheet(grid: Grid) -> bool:
    """Whether a sheet is one of the two of an item table."""
    headings = {heading.strip().casefold() for heading in grid.head[0]}
    return headings >= _SURVEY_SHEET or headings == _CHOICES_SHEET


def variable(item: Item) -> Variable:
    """What the item table says of the column of an item."""
    several = item.type in _SEVERAL
    return Variable(
        text=item.label,
        labels=_ends(item) if item.type in _ENDS else item.choices,
        options=tuple(item.choices) if several else (),
        separator=", " if several and item.choices else "",
        role="identifier" if item.type in _PERSONAL else "",
    )


def _ends(item: Item) -> dict[str, str]:
    """Labels of the lowest and the highest answer; the codes of the choices mean nothing here.

    Options are ``highest``, ``lowest,highest`` or ``lowest,highest,step``.
    """
    numbers = re.findall(r"-?\d+", item.type_options)
    low, high = _ENDS[item.type]
    if len(numbers) == 1:
        high = numbers[0]
    elif numbers:
        low, high = numbers[:2]
    return dict(zip((low, high), item.choices.values(), strict=False))


def _choices(value: object) -> dict[str, str]:
    if isinstance(value, dict):
        return {code: _text(label) for code, label in value.items()}
    # PHP writes the codes 0, 1, 2, ... as a list.
    return {str(i): _text(v) for i, v in enumerate(value)} if isinstance(value, list) else {}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _workbook_items(file: File, container: str) -> dict[str, Item] | None:
    survey = _sheet(file, container, "survey")
    if survey is None or not {"name", "type"} <= set(survey):
        return None
    lists: dict[str, dict[str, str]] = {}
    choices = _sheet(file, container, "choices")
    if choices is not None and set(choices) >= _CHOICES_SHEET:
        # A list's name may stand in its first row only; a choice without a label shows its name.
        list_names = choices["list_name"].replace("", np.nan).ffill().fillna("")
        for which, code, label in zip(list_names, choices["name"], choices["label"], strict=True):
            lists.setdefault(which, {})[code] = label or code
    items = [_row_item(row, lists) for row in survey.to_dict("records")]
    return {item.name: item for item in items if item.name}


def _sheet(file: File, container: str, sheet: str) -> pd.DataFrame | None:
    try:
        grid = read_workbook(file.data, container, file.name, sheet)
    except UsageError:
        return None
    headings = [heading.strip().casefold() for heading in grid.head[0]]
    frame = table(grid, headings, 1)[0]
    return pd.DataFrame({name: frame[name].astype("str").str.strip() for name in frame})


def _row_item(row: Mapping[object, str], lists: Mapping[str, dict[str, str]]) -> Item:
    """Take an item from a row; its cell ``type`` may go on with options and a list of choices."""
    kind, *words = row["type"].split() or [""]
    which = row.get("choice_list", "")
    if not which and words and words[-1] in lists:
        which = words.pop()
    own = {str(i): label for i in range(1, 15) if (label := row.get(f"choice{i}", ""))}
    return Item(
        name=row["name"],
        type=kind,
        label=row.get("label", ""),
        type_options=row.get("type_options", "") or " ".join(words),
        choices=lists.get(which, {}) or own,
    )
