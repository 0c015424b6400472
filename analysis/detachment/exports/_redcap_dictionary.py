"""REDCap's data dictionary: what each field asks, and the columns in which it is exported.

Layout as in REDCap's help on the data dictionary: 18 columns under the headings of the download, or
under those of the API (``content=metadata``).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import PurePosixPath

from detachment.errors import ExportError
from detachment.exports._container import container_of
from detachment.exports._grid import Grid
from detachment.exports._source import File, Source

# What is read of it: heading of the download -> heading of the API.
_HEADINGS = {
    "Variable / Field Name": "field_name",
    "Form Name": "form_name",
    "Field Type": "field_type",
    "Field Label": "field_label",
    "Choices, Calculations, OR Slider Labels": "select_choices_or_calculations",
    "Text Validation Type OR Show Slider Number": "text_validation_type_or_show_slider_number",
    "Identifier?": "identifier",
    "Matrix Group Name": "matrix_group_name",
}
_NEEDED = ("field_name", "form_name", "field_type", "field_label")
_FIXED = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
_PERSONAL = ("email", "phone", "ssn", "mrn", "vmrn", "zipcode", "postalcode")
# "1, Yes / 0, No": how choices are sometimes printed; a file has "1, Yes | 0, No".
_SLASH = re.compile(r"\s/\s(?=-?\d+\s*,)")

_COPY = r"(?: ?\(\d+\))?"
_DATA = re.compile(
    rf"(?P<project>[^/]+?)_DATA(?:_LABELS)?_\d{{4}}-\d\d-\d\d_\d{{4}}{_COPY}\.\w+", re.ASCII
)
_BOOK = re.compile(
    rf"(?P<project>[^/]+)_DataDictionary_(?P<day>\d{{4}}-\d\d-\d\d)(?:_rev\d+)?{_COPY}\.csv",
    re.ASCII,
)
_SHORT = 20  # characters that a data file keeps of the title; a dictionary keeps more


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of the dictionary.

    Attributes
    ----------
    kind
        Field type: text, notes, radio, dropdown, checkbox, yesno, truefalse, calc, slider, file,
        descriptive, sql.
    choices
        Code -> label, in their order; empty for a field that has none.
    personal
        Marked as identifier, or validated as an address, a telephone or a patient number.
    """

    name: str
    form: str
    kind: str
    label: str
    choices: Mapping[str, str]
    personal: bool = False
    matrix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A column in which a field is exported: its name in raw data, its heading in labels.

    ``choice`` is the code of a checkbox's column, None for a field of any other kind. ``unknown``
    marks a checkbox's column for a code that is none of its choices: a missing data code.
    """

    name: str
    heading: str
    of: Field
    choice: str | None = None
    unknown: bool = False


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """A data dictionary that was found; ``named`` where the user said which."""

    file: File
    fields: Sequence[Field]
    named: bool

    @cached_property
    def columns(self) -> Mapping[str, Asked]:
        """Name in raw data -> column, in their order."""
        return {asked.name: asked for one in self.fields for asked in _columns(one)}

    @cached_property
    def boxes(self) -> Mapping[str, Field]:
        """Fields that are exported as a column a choice, by name."""
        return {one.name: one for one in self.fields if one.kind == "checkbox"}

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Forms in their order."""
        return tuple(dict.fromkeys(one.form for one in self.fields))


def is_dictionary(headings: Sequence[str]) -> bool:
    """Whether a row of headings is that of a data dictionary."""
    return set(_NEEDED) <= set(_known(headings))


def read_fields(grid: Grid) -> tuple[Field, ...]:
    """Read the fields of a data dictionary, in their order."""
    headings = _known(grid.head[0])
    of_api = "field_name" in grid.head[0]  # R writes NA into an empty cell of what the API gave
    rows: list[list[str]] = grid.cells.iloc[1:].to_numpy(dtype=object).tolist()
    found = []
    for row in rows:
        cells = dict.fromkeys(_HEADINGS.values(), "") | {
            heading: cell.strip() if not of_api or cell != "NA" else ""
            for heading, cell in zip(headings, row, strict=True)
        }
        if cells["field_name"]:
            found.append(_field(cells))
    return tuple(found)


def find_dictionary(source: Source) -> tuple[Dictionary | None, tuple[str, ...]]:
    """Find the dictionary that the user named, or else the newest beside the export, and say so.

    A download is called ``TITLE_DATA_DAY_TIME.csv`` or ``TITLE_DATA_LABELS_DAY_TIME.csv`` (in a
    report ``TITLE-REPORT``), its dictionary ``TITLE_DataDictionary_DAY.csv``.
    """
    for book in source.books:
        grid = _grid(book)
        if grid is not None and is_dictionary(grid.head[0]):
            return Dictionary(file=book, fields=read_fields(grid), named=True), ()
    name = _newest(source)
    beside = source.companion(lambda other: other == name) if name else None
    if beside is None:
        return None, ()
    try:
        grid = _grid(beside)
    except ExportError:
        grid = None
    if grid is None or not is_dictionary(grid.head[0]):
        return None, (
            f"{beside.name} lies beside the export and is called like its data dictionary, but is "
            "none: not used",
        )
    warning = f"{beside.name} lies beside the export: used as its data dictionary"
    return Dictionary(file=beside, fields=read_fields(grid), named=False), (warning,)


def read_choices(text: str) -> dict[str, str]:
    """Take "1, Yes | 0, No" apart; a label may hold commas.

    Examples
    --------
    >>> read_choices("1, Yes, often | 0, No")
    {'1': 'Yes, often', '0': 'No'}
    >>> read_choices("1, Yes / 0, No")
    {'1': 'Yes', '0': 'No'}
    """
    found: dict[str, str] = {}
    for piece in text.split("|") if "|" in text else _SLASH.split(text):
        code, comma, label = (part.strip() for part in piece.partition(","))
        if code:
            found[code] = label if comma else code
    return found


def plain(text: str) -> str:
    """Text without markup, on one line: what is left of it in an export of labels."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", text)).split())


def _known(headings: Sequence[str]) -> list[str]:
    return [_HEADINGS.get(heading.strip(), heading.strip()) for heading in headings]


def _field(cells: Mapping[str, str]) -> Field:
    kind = cells["field_type"].casefold()
    validation = cells["text_validation_type_or_show_slider_number"].casefold()
    choices = dict(_FIXED.get(kind, {}))
    if kind in ("radio", "dropdown", "select", "checkbox"):
        choices = read_choices(cells["select_choices_or_calculations"])
    return Field(
        name=cells["field_name"],
        form=cells["form_name"],
        kind=kind,
        label=cells["field_label"],
        choices=choices,
        personal=cells["identifier"].casefold() == "y"
        or (kind == "text" and validation.startswith(_PERSONAL)),
        matrix=cells["matrix_group_name"],
    )


def _columns(one: Field) -> list[Asked]:
    if one.kind == "descriptive":  # text on the page; nobody answers it
        return []
    if one.kind != "checkbox":
        return [Asked(name=one.name, heading=one.label, of=one)]
    return [
        Asked(
            name=f"{one.name}___{re.sub(r'[^a-z0-9_]', '', re.sub('[-.]', '_', code.lower()))}",
            heading=f"{one.label} (choice={label})",
            of=one,
            choice=code,
        )
        for code, label in one.choices.items()
    ]


def _grid(book: File) -> Grid | None:
    container = container_of(book.data, book.name)
    return Source(name=book.name, data=book.data, container=container).grid


def _newest(source: Source) -> str | None:
    path = PurePosixPath(source.name)
    data = _DATA.fullmatch(path.name)
    if data is None or source.folder is None:
        return None
    title = data["project"].split("-")[0]
    found = []
    for name in source.folder.names():
        book = _BOOK.fullmatch(PurePosixPath(name).name)
        if book is None or PurePosixPath(name).parent != path.parent:
            continue
        if title in (book["project"], book["project"][:_SHORT]):
            found.append((book["day"], name))
    return max(found)[1] if found else None
