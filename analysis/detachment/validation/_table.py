"""The cells of an export as typed columns, and which of them are no such thing."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Problem
from detachment.exports import Export, read_moments
from detachment.instruments import Column, Instrument
from detachment.validation._decoding import (
    Decoded,
    decode_column,
    decode_item,
    decode_text,
    parse_number,
)
from detachment.validation._matching import Matches
from detachment.validation._places import Places, places
from detachment.validation._privacy import WITHHELD, nearest_label, shown
from detachment.validation._pseudonyms import pseudonyms
from detachment.validation._schema import Rule

# Personal or free, so never shown in a message and never kept unless it has a use of its own.
PRIVATE_ROLES = ("respondent_id", "dyad_id", "free_text", "identifier")
DROPPED_ROLES = ("free_text", "identifier")
_OFTEN = 3  # people who wrote the same words did not write a story


@dataclass(frozen=True, slots=True, eq=False)
class Wrong:
    """Cells of a metadata column that are not what was declared, over all records."""

    column: Column
    name: str
    where: NDArray[np.bool_]
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Every record, decoded.

    Attributes
    ----------
    responses
        Metadata by id, then items by id; an invalid answer still holds a number off its scale.
    items
        Item -> its decoded column.
    wrong
        Wrong cells of metadata, which are missing in ``responses`` already.
    problems
        What is to be said of whole columns.
    """

    responses: pd.DataFrame
    items: dict[str, Decoded]
    wrong: list[Wrong] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def decode(
    export: Export, instrument: Instrument, matches: Matches, key: bytes | None = None
) -> Table:
    """Decode every declared column that the export has, but those that nobody needs to see."""
    columns: dict[str, object] = {}
    table = Table(pd.DataFrame(), {})
    for column in instrument.columns.values():
        if column.id in matches.columns and column.role not in DROPPED_ROLES:
            name = matches.columns[column.id]
            columns[column.id] = _metadata(export, column, name, instrument, key, table.wrong)
        elif export.durations is not None and column is timer(export, instrument, matches):
            columns[column.id] = _durations(export.durations, column)
    for item in instrument.items.values():
        if item.id not in matches.items:
            continue
        name = matches.items[item.id]
        scale = instrument.response_scale(item.id)
        decoded, problem = decode_item(
            export.column(name),
            scale=scale,
            variable=export.variable(name),
            instrument=instrument,
            decimal=export.decimal,
        )
        table.problems.extend([problem] if problem else [])
        table.items[item.id] = decoded
        columns[item.id] = decoded.typed(scale)
    responses = pd.DataFrame(columns, index=range(len(export.cells)), copy=False)
    return Table(responses, table.items, table.wrong, table.problems)


def timer(export: Export, instrument: Instrument, matches: Matches) -> Column | None:
    """Column of the instrument that ``Export.durations`` fill, where no column of the file does."""
    columns = instrument.columns_with_role("duration_s")
    if export.durations is None or len(columns) != 1 or columns[0].id in matches.columns:
        return None
    return None if columns[0].allowed else columns[0]


def _durations(seconds: NDArray[np.float64], column: Column) -> pd.api.extensions.ExtensionArray:
    low = -np.inf if column.min is None else column.min
    high = np.inf if column.max is None else column.max
    known = (seconds >= low) & (seconds <= high)
    return pd.arrays.FloatingArray(np.where(known, seconds, 0.0), ~known)


def _metadata(
    export: Export,
    column: Column,
    name: str,
    instrument: Instrument,
    key: bytes | None,
    wrong: list[Wrong],
) -> object:
    cells = export.column(name)
    if column.type in ("string", "category"):
        texts, bad = decode_text(cells, column=column, instrument=instrument, export=export)
        if bad.any():
            wrong.append(Wrong(column, name, bad, "one of " + ", ".join(column.allowed)))
        of_people = column.role in ("respondent_id", "dyad_id")
        if of_people and (key is not None or name in export.identifying_columns):
            return pseudonyms(texts, key, column.id)
        return texts
    if column.type == "datetime":
        variable = export.variable(name)
        texts, _ = decode_text(cells, column=column, instrument=instrument, export=export)
        texts = texts.fillna("")
        moments = read_moments(texts, variable)
        bad = np.isnat(moments) & (texts != "").to_numpy(bool)
        if bad.any():
            kind = f"a date and time ({variable.moment or 'ISO 8601'})"
            wrong.append(Wrong(column, name, bad, kind))
        return pd.DatetimeIndex(moments, tz="UTC")
    decoded = decode_column(cells, column=column, instrument=instrument, export=export)
    bad = decoded.invalid()[decoded.codes]
    if bad.any():
        kind = {"integer": "a whole number", "number": "a number"}.get(column.type, "yes or no")
        wrong.append(Wrong(column, name, bad, kind))
    if column.type == "boolean":
        missing = np.isnan(decoded.values)
        filled = np.where(missing, 0, decoded.values).astype(bool)
        return pd.arrays.BooleanArray(filled[decoded.codes], missing[decoded.codes])
    return decoded.array(np.int64 if column.type == "integer" else np.float64)


def wrong_metadata(export: Export, wrong: Wrong, kept: NDArray[np.bool_]) -> Places:
    """Wrong cells of a metadata column among the records that are kept."""
    column = wrong.column
    personal = column.role in PRIVATE_ROLES or wrong.name in export.identifying_columns

    def quoted(cell: str) -> str | None:
        # People describe themselves in their own words, and slipped rows bring in any other.
        number = parse_number(cell.strip(), export.decimal) is not None
        told = number or nearest_label(cell.strip(), column.allowed)
        return shown(cell, column.allowed) if told and not personal else None

    here = wrong.where & kept
    return places(
        wrong.name,
        "not_allowed",
        rows=export.rows[here],
        cells=export.column(wrong.name)[here],
        message=f"{column.id} must be {wrong.kind}; the cell counts as missing",
        value=quoted,
    )


def broken_cells(
    frame: pd.DataFrame,
    rules: Sequence[Rule],
    export: Export,
    instrument: Instrument,
    names: dict[str, str],
    kept: NDArray[np.bool_],
) -> dict[str, list[Places]]:
    """Cells of ``frame`` (the records that are kept) that break a rule, by column id."""
    found: dict[str, list[Places]] = {}
    for rule in rules:
        bad = rule.bad(frame).reshape(len(frame), -1)
        for j in np.flatnonzero(bad.any(axis=0)):
            id_ = rule.columns[j]
            where = np.flatnonzero(bad[:, j])
            found.setdefault(id_, []).append(
                _told(frame, rule, id_, where, export, instrument, names[id_], kept)
            )
    return found


def _told(
    frame: pd.DataFrame,
    rule: Rule,
    id_: str,
    where: NDArray[np.intp],
    export: Export,
    instrument: Instrument,
    name: str,
    kept: NDArray[np.bool_],
) -> Places:
    item = id_ in instrument.items
    labels = instrument.response_scale(id_).labels if item else ()
    private = name in export.identifying_columns or (
        not item and instrument.columns[id_].role in PRIVATE_ROLES
    )

    given = export.column(name)[np.flatnonzero(kept)]
    counts = given.value_counts()
    # A column of which most is no answer holds what people wrote, not what they chose.
    own_words = 2 * len(where) > int(counts[counts.index.str.strip() != ""].sum())
    alone = set(counts.index[counts < _OFTEN]) if own_words else set()

    def hint(text: str) -> str:
        near = "" if private else nearest_label(text.strip(), labels)
        return (
            f". Did you mean {near!r}? A spelling can be declared under `aliases`" if near else ""
        )

    return places(
        name,
        rule.name,
        rows=frame.index.to_numpy(np.int64)[where],
        cells=export.column(name)[np.flatnonzero(kept)[where]],
        message=rule.message(frame, int(where[0]), id_),
        value=lambda text: None if private else _quoted(text, labels, alone),
        hint=hint,
    )


def _quoted(cell: str, labels: Sequence[str], alone: Container[str]) -> str:
    """A wrong answer as a message may show it; words that stand ``alone`` are somebody's own."""
    told = parse_number(cell.strip(), ".") is not None or nearest_label(cell.strip(), labels)
    return WITHHELD if cell in alone and not told else shown(cell, labels)


def without(frame: pd.DataFrame, broken: dict[str, list[Places]]) -> pd.DataFrame:
    """``frame`` (indexed by file row) with its wrong cells missing."""
    new = {}
    for id_, cells in broken.items():
        rows = np.unique(np.concatenate([one.rows for one in cells]))
        bad = np.zeros(len(frame), dtype=bool)
        bad[np.searchsorted(frame.index.to_numpy(), rows)] = True
        new[id_] = frame[id_].mask(bad)
    return frame.assign(**new) if new else frame
