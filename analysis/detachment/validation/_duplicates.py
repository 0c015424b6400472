"""Rows that may be one person twice: the same address, or the same answers.

Looked for while personal values are still there; what is kept of them is that they were shared.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.exports import Export, kind_of_personal
from detachment.instruments import Instrument
from detachment.quality import HINT

FEWEST_ITEMS = 10  # the same answers to fewer questions are no surprise
FEWEST_VALUES = 3  # nor are those of people who gave one or two answers throughout
_ROWS = 1 << 14  # at a time: their answers stay in the cache
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio, odd (Knuth, TAOCP 6.4)
DUPLICATE_FLAGS = (
    "duplicate_answers",
    "shared_email",
    "shared_ip",
    "shared_panel_id",
    "shared_phone",
)


def find_duplicates(
    responses: pd.DataFrame, instrument: Instrument, export: Export, kept: NDArray[np.bool_]
) -> pd.DataFrame:
    """Flags of rows that may be one person: ``row, flag, value, limit, message, grade``.

    They are ``shared_ip``, ``shared_email``, ``shared_phone``, ``shared_panel_id`` and
    ``duplicate_answers``. A couple at home, and one person in two waves, share an address with
    good reason: only rows of other people count. ``value`` is the number of other rows. Each is a
    hint, for one of them is as good as any.
    """
    kinds = {name: kind_of_personal(export.cells[name]) for name in export.identifying_columns}
    who = _unit(responses, instrument) if any(kinds.values()) else pd.Series(dtype="str")
    parts = [
        _shared(responses, kind, export.cells[name][kept], who)
        for name, kind in kinds.items()
        if kind is not None
    ]
    parts.append(_same_answers(responses, [i for i in instrument.items if i in responses]))
    found = pd.concat(parts, ignore_index=True)
    # Two columns of one kind (the address invited, the address typed in) say it once.
    return found.drop_duplicates(["row", "flag"], ignore_index=True)


def _unit(responses: pd.DataFrame, instrument: Instrument) -> "pd.Series[str]":
    """The couple of each row, else the respondent, else the row itself."""
    unit = pd.Series(responses.index.astype("str"), index=responses.index, dtype="str")
    for role in ("respondent_id", "dyad_id"):
        for column in instrument.columns_with_role(role):
            if column.id in responses:
                ids = responses[column.id].astype("str")
                unit = unit.where(responses[column.id].isna(), role + " " + ids)
    return unit


def _shared(
    responses: pd.DataFrame, kind: str, cells: "pd.Series[str]", who: "pd.Series[str]"
) -> pd.DataFrame:
    """Rows whose address stands in rows of other people too."""
    address = cells.str.strip().str.casefold()
    known = (address != "").to_numpy(bool)
    frame = pd.DataFrame({"address": address.to_numpy(), "who": who.to_numpy()})
    frame = frame[known & frame["address"].duplicated(keep=False).to_numpy(bool)]
    everybody = frame.groupby("address", sort=False, observed=True)["who"].transform("size")
    own = frame.groupby(["address", "who"], sort=False, observed=True)["who"].transform("size")
    others = (everybody - own).to_numpy(np.int64)
    rows = responses.index.to_numpy()[frame.index.to_numpy()][others > 0]
    return _flags(rows, f"shared_{kind}", others[others > 0], f"has the {_WORDS[kind]} of others")


_WORDS = {
    "ip": "IP address",
    "email": "e-mail address",
    "phone": "phone number",
    "panel_id": "panel id",
}


def _same_answers(responses: pd.DataFrame, items: list[str]) -> pd.DataFrame:
    """Rows with the very answers of another row, question by question."""
    digest = _digest(responses, items)
    where = np.flatnonzero(pd.Series(digest).duplicated(keep=False).to_numpy(bool))
    answers = np.empty((len(where), len(items)))
    for j, item in enumerate(items):
        answers[:, j] = responses[item].array[where].to_numpy(dtype=np.float64, na_value=np.nan)
    ordered = np.sort(answers, axis=1)  # NaN last
    different = 1 + (np.diff(ordered, axis=1) > 0).sum(axis=1)
    answered = (~np.isnan(ordered)).sum(axis=1)
    enough = (answered >= FEWEST_ITEMS) & (different >= FEWEST_VALUES)
    exact = np.nan_to_num(answers[enough], nan=np.inf, posinf=np.inf)
    _, who, sizes = np.unique(exact, axis=0, return_inverse=True, return_counts=True)
    others = sizes[who] - 1
    return _flags(
        responses.index.to_numpy()[where[enough]][others > 0],
        "duplicate_answers",
        others[others > 0],
        "gave the same answers as another row",
    )


def _digest(responses: pd.DataFrame, items: list[str]) -> NDArray[np.uint64]:
    """A number a row, the same for the same answers: eight answers a step, a byte each."""
    columns = [_bytes(responses[item]) for item in items]
    digest = np.zeros(len(responses), dtype=np.uint64)
    for start in range(0, len(responses), _ROWS):
        here = digest[start : start + _ROWS]
        bytes_ = np.zeros((len(here), -(-len(items) // 8) * 8), dtype=np.int8)
        for j, column in enumerate(columns):
            bytes_[:, j] = column[start : start + _ROWS]
        for word in bytes_.view(np.uint64).T:
            here ^= word
            here *= _FACTOR
            here ^= here >> np.uint64(32)
    return digest


def _bytes(answers: "pd.Series[int]") -> NDArray[Any]:
    """A byte for each answer; equal answers have equal bytes."""
    if str(answers.dtype) == "Int8":
        return np.asarray(answers.to_numpy(dtype=np.int8, na_value=np.iinfo(np.int8).min))
    numbers = answers.to_numpy(dtype=np.float64, na_value=-1.0)
    return np.mod(np.floor(np.nan_to_num(numbers)), 127).astype(np.int8)


def _flags(
    rows: NDArray[np.int64], flag: str, others: NDArray[np.int64], message: str
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": rows,
            "flag": flag,
            "value": others,
            "limit": 0.0,
            "message": message,
            "grade": HINT,
        }
    )
