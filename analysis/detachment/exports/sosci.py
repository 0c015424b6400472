"""SoSci Survey: a row of variable names, often one of labels, and two lists beside the data.

Columns that the platform adds, modes and codes as in SoSci Survey, "Additional Variables in the
Data Set" and "Encoding and output values": a valid answer is always positive, -1 to -3 are options
beside the scale ("can't say"), -8 is unusable input, -9 was shown and not answered; a choice of a
question that takes several is 1 (not chosen) or 2 (chosen).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports._cells import different_texts
from detachment.exports._container import container_of
from detachment.exports._grid import Grid, renamed, table
from detachment.exports._source import File, Layout, Source, need_grid
from detachment.exports._types import Variable

NAME: Final = "sosci"

_SYSTEM: Final = {
    "CASE": "respondent_id",
    "SERIAL": "identifier",  # code of a personal link: leads to the list of addresses
    "REF": "metadata",
    "QUESTNNR": "metadata",
    "MODE": "status",
    "LANGUAGE": "language",
    "STARTED": "metadata",
    "TIME_SUM": "duration_s",
    "MAILSENT": "metadata",
    "LASTDATA": "submitted_at",
    "FINISHED": "finished",
    "Q_VIEWER": "metadata",
    "LASTPAGE": "metadata",
    "MAXPAGE": "progress",
    "MISSING": "metadata",
    "MISSREL": "metadata",
    "TIME_RSI": "metadata",
    "DEG_TIME": "metadata",
    "DEG_MISS": "metadata",
    "DEGRADE": "metadata",
}
_ITS_OWN: Final = frozenset({"QUESTNNR", "LASTPAGE", "MISSREL", "TIME_RSI", "DEG_TIME"})
_MOMENTS: Final = ("STARTED", "MAILSENT", "LASTDATA")
_ENOUGH: Final = 4  # columns of the platform, one of its own among them

_ANSWERS: Final = "interview"
_TESTS: Final = ("pretest", "admin", "debug")

_NOT_FINISHED: Final = ("0", "f", "false", "abgebrochen", "canceled")

_NOT_ANSWERED: Final = "-9"
_WORDS_OF_IT: Final = {"nicht beantwortet", "not answered"}  # in a download of labels

_BOOKS: Final = {"variables": {"VAR", "LABEL", "TYPE"}, "values": {"VAR", "RESPONSE", "MEANING"}}
_DATA_NAME: Final = re.compile(r"r?data_(?P<project>.+)_(?P<time>\d{4}(?:-\d\d){2}_\d\d-\d\d)\.\w+")
_ITEM: Final = re.compile(r"(?P<question>[A-Z][A-Z0-9]\d\d)_\w+")
_ZONE: Final = re.compile(r"\(([A-Z][A-Za-z]+(?:/[A-Za-z_+-]+\d*)+|UTC|GMT)\)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """What the two lists say: variable -> its label, type, input; variable -> code -> label."""

    labels: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


def detect(source: Source) -> str | None:
    """Names of the platform's own columns, or the headings of one of its two lists."""
    if source.grid is None:
        return None
    headings = source.grid.head[0]
    kind = _book_kind(headings)
    if kind:
        return f"headings of SoSci Survey's list of {kind}"
    if _recognised(headings):
        return "SoSci Survey's own columns" + (
            ", labels in row 2" if _labelled(source.grid) else ""
        )
    return None


def read(source: Source) -> Layout:
    """Read one or two header rows; labels, codes and types come from the two lists."""
    grid = need_grid(source, NAME)
    headings = list(grid.head[0])
    if _book_kind(headings):
        return _list(grid, headings)
    if not _recognised(headings):
        raise ExportError(
            f"{source.name} is no SoSci Survey export: its first row has neither that platform's "
            "columns (CASE, QUESTNNR, MODE, STARTED, LASTDATA, ...) nor the headings of its list "
            "of variables or values. Leave the platform out."
        )
    header_rows = 2 if _labelled(grid) else 1
    frame, rows, names, warnings = table(grid, headings, header_rows)
    book, books, said = _books(source)
    labels = dict(zip(names, grid.head[1], strict=True)) if header_rows == 2 else {}
    labels = {name: labels.get(name) or book.labels.get(name, "") for name in names}
    variables = _variables(frame, labels, book)
    tests, unknown = _test_rows(frame)
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables,
        header_rows=header_rows,
        test_rows=tests,
        unfinished=_unfinished(frame),
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        repeated=renamed(names, headings),
        books=books,
        warnings=warnings + said + unknown + _unexplained(frame, variables, book),
    )


def _recognised(headings: Iterable[str]) -> bool:
    names = set(headings)
    return not names.isdisjoint(_ITS_OWN) and len(names & _SYSTEM.keys()) >= _ENOUGH


def _book_kind(headings: Iterable[str]) -> str:
    names = {heading.strip() for heading in headings}
    return next((kind for kind, marks in _BOOKS.items() if marks <= names), "")


def _labelled(grid: Grid) -> bool:
    """Whether the second row has labels: no number or date under the platform's own columns."""
    if len(grid.head) < 2:
        return False
    own = ("CASE", "STARTED", "LASTDATA", "FINISHED", "LASTPAGE", "MAXPAGE", "MISSING")
    below = [cell for name, cell in zip(*grid.head[:2], strict=True) if name in own and cell]
    return bool(below) and not any(re.match(r"\s*-?\d", cell) for cell in below)


def _list(grid: Grid, headings: list[str]) -> Layout:
    frame, rows, names, warnings = table(grid, headings, 1)
    return Layout(
        frame=frame,
        rows=rows,
        variables={n: Variable(text=h) for n, h in zip(names, headings, strict=True)},
        header_rows=1,
        kind="codebook",
        repeated=renamed(names, headings),
        warnings=warnings,
    )


# ---------------------------------------------------------------- the two lists


def _books(source: Source) -> tuple[_Book, tuple[File, ...], tuple[str, ...]]:
    """Lists that the user named, else those that the same download put beside the data."""
    found: dict[str, tuple[File, pd.DataFrame]] = {}
    for file in source.books:
        kind, rows = _read_list(file)
        if rows is not None:
            found.setdefault(kind, (file, rows))
    warnings = []
    for kind in [kind for kind in _BOOKS if kind not in found]:
        beside = source.companion(_beside(source.name, kind))
        if beside is None:
            continue
        read_as, rows = _read_list(beside)
        if rows is not None and read_as == kind:
            found[kind] = (beside, rows)
            warnings.append(
                f"{beside.name}, which lies beside the file, was used as its list of {kind}"
            )
    book = _Book()
    if "variables" in found:
        for name, *said in _cells(found["variables"][1], ("VAR", "LABEL", "TYPE", "INPUT")):
            book.labels[name], book.types[name], book.inputs[name] = said
    if "values" in found:
        for name, code, label in _cells(found["values"][1], ("VAR", "RESPONSE", "MEANING")):
            book.values.setdefault(name, {})[code.strip()] = label
    return book, tuple(file for file, _ in found.values()), tuple(warnings)


def _read_list(file: File) -> tuple[str, pd.DataFrame | None]:
    """Kind of a list and its rows; nothing where the file is none."""
    try:
        container = container_of(file.data, file.name)
        grid = Source(name=file.name, data=file.data, container=container).grid
    except ExportError:
        return "", None
    kind = "" if grid is None else _book_kind(grid.head[0])
    if grid is None or not kind:
        return "", None
    return kind, table(grid, [heading.strip() for heading in grid.head[0]], 1)[0]


def _cells(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[list[str]]:
    """Rows of a list, its ``columns`` in this order; empty where it lacks one."""
    whole = rows.astype("str").reindex(columns=list(columns), fill_value="")
    cells: list[list[str]] = whole.to_numpy(dtype=object).tolist()
    return cells


def _beside(data_name: str, kind: str) -> Callable[[str], bool]:
    """Say which name the list of the same download has: same project, same minute.

    The name of the data may say more than the project: ``data_PROJECT_labels_TIME.csv``.
    """
    data = _DATA_NAME.fullmatch(data_name)

    def wanted(name: str) -> bool:
        if data is None or not name.startswith(f"{kind}_"):
            return False
        stem = name.removeprefix(f"{kind}_").rpartition(".")[0]
        project = stem.removesuffix(f"_{data['time']}")
        return project != stem and f"{data['project']}_".startswith(f"{project}_")

    return wanted


# ---------------------------------------------------------------- the columns


def _variables(frame: pd.DataFrame, labels: Mapping[str, str], book: _Book) -> dict[str, Variable]:
    zone = next((m[1] for name in _MOMENTS if (m := _ZONE.search(labels.get(name, "")))), "")
    titles = Counter(label.partition(": ")[0] for label in labels.values() if ": " in label)
    several = {
        m["question"]
        for name in labels
        if (m := _ITEM.fullmatch(name)) and book.types.get(name) == "DICHOTOMOUS"
    }
    variables = {}
    for name in map(str, frame):
        label, role = labels[name], _role(name, book)
        if name in several or (role == "" and "(negativ" in label and _has_items(name, labels)):
            role = "metadata"  # how many options were chosen, counted by the platform
        if role:
            zoned = zone if name in _MOMENTS else ""
            variables[name] = Variable(text=label, role=role, time_zone=zoned)
            continue
        item = _ITEM.fullmatch(name)
        title, _, text = label.partition(": ")
        # The label of an item is "title of the question: item".
        in_question = bool(text) and (item is not None or titles[title] > 1)
        if in_question:
            label = title if re.fullmatch(r"\[\d+\]", text) else text
        variables[name] = replace(
            _coded(frame[name], book.types.get(name, ""), book.values.get(name, {})),
            text=label,
            group=item["question"] if item else title if in_question else "",
        )
    return variables


def _role(name: str, book: _Book) -> str:
    if name in _SYSTEM:
        return _SYSTEM[name]
    if re.fullmatch(r"TIME\d{3,}", name):
        return "timing"
    return "metadata" if book.inputs.get(name) == "SYSTEM" else ""


def _has_items(name: str, labels: Mapping[str, str]) -> bool:
    return any((m := _ITEM.fullmatch(other)) and m["question"] == name for other in labels)


def _coded(column: "pd.Series[str]", kind: str, listed: Mapping[str, str]) -> Variable:
    """What the list of values says of the codes of one question."""
    present = set(different_texts(column))
    missing = {code: label for code, label in listed.items() if code.startswith("-")}
    labels = {code: label for code, label in listed.items() if code not in missing}
    if kind == "ORDINAL":
        labels = dict(sorted(labels.items(), key=lambda pair: _number(pair[0])))
    reasons = {}
    if kind != "TEXT":
        reasons[_NOT_ANSWERED] = "shown_not_answered"
        missing.setdefault(_NOT_ANSWERED, "")  # the platform's own, whatever else a study calls -9
        words = _WORDS_OF_IT | {missing.get(_NOT_ANSWERED, "").casefold()} - {""}
        reasons |= {
            cell: "shown_not_answered"
            for cell in sorted(present)
            if cell.casefold().removeprefix("[na] ") in words
        }
    # A question that was shown holds -9 or, as a choice among several, 1.
    if kind == "DICHOTOMOUS" or (kind != "TEXT" and _NOT_ANSWERED in listed):
        reasons[""] = "not_shown"
    # In a download of labels the label stands in place of the code.
    in_words = {label: label for label in missing.values() if label in present}
    return Variable(
        labels=labels,
        ordered=kind == "ORDINAL" and bool(labels),
        missing=missing | in_words,
        reasons=reasons,
    )


def _number(code: str) -> float:
    try:
        return float(code)
    except ValueError:
        return np.inf


def _test_rows(frame: pd.DataFrame) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Find what the makers of the survey answered themselves: booleans a row, and a warning."""
    if "MODE" not in frame:
        warning = "there is no column MODE: answers of the survey's makers are not recognised"
        return np.zeros(len(frame), dtype=bool), (warning,)
    modes = {mode: mode.strip().casefold() for mode in different_texts(frame["MODE"])}
    unknown = sum(mode not in (_ANSWERS, *_TESTS, "") for mode in modes.values())
    warning = (
        f"column MODE has {unknown} kind(s) of interview that are not known here: they are taken "
        "as answers"
    )
    tests = frame["MODE"].isin([mode for mode, known in modes.items() if known in _TESTS])
    return tests.to_numpy(dtype=bool), (warning,) if unknown else ()


def _unfinished(frame: pd.DataFrame) -> NDArray[np.bool_] | None:
    """Whether the last page was not reached; a download of labels says so in words."""
    if "FINISHED" not in frame:
        return None
    said = frame["FINISHED"].str.strip().str.casefold()
    return said.isin(_NOT_FINISHED).to_numpy(dtype=bool)


def _unexplained(
    frame: pd.DataFrame, variables: Mapping[str, Variable], book: _Book
) -> tuple[str, ...]:
    """Say that codes beside the scale stand there, and nothing says what they mean."""
    columns = [
        name
        for name, variable in variables.items()
        if not variable.role
        and name not in book.values
        and book.types.get(name) not in ("TEXT", "METRIC")
        and different_texts(frame[name]).str.fullmatch("-[1-8]").any()
    ]
    if not columns:
        return ()
    return (
        f"{len(columns)} column(s) hold codes from -1 to -8, in SoSci Survey options beside the "
        "scale such as 'can't say', and no list says what they mean: name the list of values "
        "(values_....csv) with --codebook",
    )
