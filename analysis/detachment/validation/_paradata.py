"""How the answers came about, as far as the platform says: finished, how long, in which order."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.exports import Export
from detachment.instruments import Instrument
from detachment.quality import PLACE, SECONDS, UNFINISHED
from detachment.validation._decoding import parse_number
from detachment.validation._matching import Matches

_ORDER = re.compile(r"(?P<stem>.+)_DO(?:_(?P<member>.+))?")


def read_paradata(
    responses: pd.DataFrame,
    *,
    export: Export,
    instrument: Instrument,
    matches: Matches,
    kept: NDArray[np.bool_],
) -> pd.DataFrame:
    """Paradata of the rows that are kept.

    Parameters
    ----------
    responses
        Typed answers of these rows; a declared duration is taken from here.
    export
        What the platform wrote.
    instrument
        What was asked.
    matches
        Which column answers which item.
    kept
        Which records are kept.

    Returns
    -------
    DataFrame
        Same index; ``unfinished``, ``seconds`` and ``place:ITEM``, each only where it is known.
    """
    columns: dict[str, object] = {}
    if export.unfinished is not None:
        columns[UNFINISHED] = export.unfinished[kept]
    seconds = _seconds(responses, export, instrument, kept)
    if seconds is not None:
        columns[SECONDS] = seconds
    columns |= {
        PLACE + item: place[kept] for item, place in _places(export, instrument, matches).items()
    }
    return pd.DataFrame(columns, index=responses.index)


def _seconds(
    responses: pd.DataFrame, export: Export, instrument: Instrument, kept: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    for column in instrument.columns_with_role("duration_s"):
        if column.id in responses:
            return responses[column.id].to_numpy(dtype=np.float64, na_value=np.nan)
    if export.durations is not None:
        return np.where(export.durations >= 0, export.durations, np.nan)[kept]
    for name, variable in export.variables.items():
        if variable.role == "duration_s" and name in export.cells:
            return _by_text(export.cells[name], lambda cell: _number(cell, export.decimal))[kept]
    return None


def _number(cell: str, decimal: str) -> float:
    number = parse_number(cell.strip(), decimal)
    return np.nan if number is None or number < 0 else float(number)


def _by_text(cells: "pd.Series[str]", read: Callable[[str], float]) -> NDArray[np.float64]:
    """Numbers of a column, each different text read once."""
    column = cells.astype("category").cat
    numbers = np.array([*(read(str(text)) for text in column.categories), np.nan])
    return numbers[column.codes.to_numpy()]


def _places(
    export: Export, instrument: Instrument, matches: Matches
) -> dict[str, NDArray[np.float64]]:
    """Item -> the place at which each person saw it, for items that were shown in random order.

    Two layouts are known, both of Qualtrics: a column ``STEM_DO_MEMBER`` with the place of one
    statement, and a column ``STEM_DO`` with all members in the order shown, as ``3|1|2``. A member
    is the statement ``STEM_MEMBER`` or the question ``MEMBER``. Items whose order is known change
    places among themselves; all others keep the place that they have in the instrument.
    """
    items = {column: item for item, column in matches.items.items()}
    found: dict[str, dict[str, NDArray[np.float64]]] = {}
    for name, variable in export.variables.items():
        match = _ORDER.fullmatch(name) if variable.role == "display_order" else None
        if match is None:
            continue
        stem, member = match["stem"], match["member"]
        if member is not None:
            item = items.get(f"{stem}_{member}") or items.get(member)
            if item:
                place = _by_text(export.cells[name], lambda cell: _number(cell, "."))
                found.setdefault(stem, {})[item] = place
            continue
        for item, place in _listed(export.cells[name], stem, items).items():
            found.setdefault(stem, {})[item] = place
    order = {item: position for position, item in enumerate(instrument.items)}
    places: dict[str, NDArray[np.float64]] = {}
    for of_stem in found.values():
        places |= _among_themselves(of_stem, order)
    return places


def _listed(
    cells: "pd.Series[str]", stem: str, items: Mapping[str, str]
) -> dict[str, NDArray[np.float64]]:
    """Places of the members that stand in one cell, in the order shown."""
    column = cells.astype("category").cat
    orders = [[word.strip() for word in str(text).split("|")] for text in column.categories]
    members = {word: items.get(f"{stem}_{word}") or items.get(word) for o in orders for word in o}
    codes = column.codes.to_numpy()
    places = {}
    for word, item in members.items():
        if item:
            at = [float(o.index(word)) if word in o else np.nan for o in orders]
            places[item] = np.array([*at, np.nan])[codes]
    return places


def _among_themselves(
    shown: Mapping[str, NDArray[np.float64]], order: Mapping[str, int]
) -> dict[str, NDArray[np.float64]]:
    """Give the places that these items have in the instrument to them in the order shown."""
    items: Sequence[str] = sorted(shown, key=order.__getitem__)
    if len(items) < 2:
        return {}
    own = np.array([float(order[item]) for item in items])
    rank = np.column_stack([shown[item] for item in items])
    # A person of whom no order is known saw them as the instrument has them.
    rank = np.where(np.isnan(rank).all(axis=1, keepdims=True), own, rank)
    position = np.argsort(np.argsort(rank, axis=1, kind="stable"), axis=1, kind="stable")
    return {item: own[position[:, j]] for j, item in enumerate(items)}
