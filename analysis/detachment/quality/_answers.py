"""Answers of some items as numbers: block by block, in the order shown, on one range."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.instruments import Instrument
from detachment.stats.careless import in_order_shown

Floats = NDArray[np.float64]
PLACE = "place:"  # heads a column of the paradata: at which place an item was shown
_ROWS = 65_536  # at a time, so that a million people need no more memory than these


def answers(responses: pd.DataFrame, items: Sequence[str], rows: slice = slice(None)) -> Floats:
    """Answers as given, (rows, items), NaN where missing."""
    part = responses.iloc[rows]
    codes = np.empty((len(part), len(items)), order="F")
    for j, item in enumerate(items):
        codes[:, j] = part[item].to_numpy(dtype=np.float64, na_value=np.nan)
    return codes


def blocks(
    responses: pd.DataFrame, items: Sequence[str], paradata: pd.DataFrame, instrument: Instrument
) -> Iterator[tuple[slice, Floats]]:
    """Answers of some rows at a time, in the order in which each person saw the items."""
    shown = [item for item in items if PLACE + item in paradata]
    order = {item: place for place, item in enumerate(instrument.items)}
    for start in range(0, len(responses), _ROWS):
        rows = slice(start, start + _ROWS)
        codes = answers(responses, items, rows)
        if shown:
            place = np.broadcast_to([float(order[item]) for item in items], codes.shape).copy()
            for j, item in enumerate(items):
                if item in shown:
                    column = paradata[PLACE + item].iloc[rows]
                    place[:, j] = column.to_numpy(dtype=np.float64, na_value=np.nan)
            codes = in_order_shown(codes, place)
        yield rows, codes


def count_answers(responses: pd.DataFrame, items: Sequence[str]) -> NDArray[np.int64]:
    """How many of the items each person answered."""
    count = np.zeros(len(responses), dtype=np.int64)
    for item in items:
        count += ~responses[item].array.isna()
    return count


def one_range(instrument: Instrument, items: Sequence[str]) -> bool:
    """Whether the items have the same lowest and highest answer."""
    ends = {_ends(instrument, item) for item in items}
    return len(ends) <= 1


def on_one_range(codes: Floats, instrument: Instrument, items: Sequence[str]) -> Floats:
    """Answers as shares of their own range, where ranges differ and are known; else as they are."""
    if one_range(instrument, items):
        return codes
    ends = np.array([_ends(instrument, item) for item in items])
    if not np.isfinite(ends).all():
        return codes
    shares: Floats = (codes - ends[:, 0]) / (ends[:, 1] - ends[:, 0])
    return shares


def keyed(codes: Floats, instrument: Instrument, items: Sequence[tuple[str, int]]) -> Floats:
    """Answers with reversed items reversed, as shares of their range where that is known."""
    turned = codes.copy()
    for j, (item, key) in enumerate(items):
        low, high = _ends(instrument, item)
        known = np.isfinite(low) and np.isfinite(high)
        if key < 0:
            turned[:, j] = (low + high - codes[:, j]) if known else -codes[:, j]
        if known:
            turned[:, j] = (turned[:, j] - low) / (high - low)
    return turned


def _ends(instrument: Instrument, item: str) -> tuple[float, float]:
    scale = instrument.response_scale(item)
    return scale.minimum, scale.maximum
