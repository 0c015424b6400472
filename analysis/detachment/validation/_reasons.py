"""Why there is no answer: each item's reasons as one table of categories."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.validation._decoding import NOT_ANSWERED, NOT_REACHED, NOT_SHOWN, Decoded


def reasons_table(
    items: Mapping[str, Decoded],
    *,
    rows: "pd.Index[int]",
    kept: NDArray[np.bool_],
    presented: Sequence[str],
    unfinished: NDArray[np.bool_] | None,
) -> pd.DataFrame:
    """One ``category`` column an item: why there is no answer, missing where there is one.

    Parameters
    ----------
    items
        Item -> its decoded column, over all records of the file.
    rows
        Row in the file of the records that are kept.
    kept
        Which records are kept.
    presented
        Items in the order in which they were asked.
    unfinished
        Records that did not reach the end, by the platform's mark; None where it has no such mark.
        Their empty cells behind the last one that holds anything were not reached.
    """
    found = {reason for decoded in items.values() for reason in decoded.reasons if reason}
    broken_off = np.flatnonzero([] if unfinished is None else unfinished[kept])
    words = sorted(found | ({NOT_REACHED} if len(broken_off) else set()))
    position = {word: code for code, word in enumerate(words)} | {None: -1}
    small = np.int8 if len(words) <= np.iinfo(np.int8).max else np.int16
    everybody = bool(kept.all())
    codes: dict[str, NDArray[Any]] = {}
    for item, decoded in items.items():
        by_text = np.array([position[reason] for reason in decoded.reasons], dtype=small)
        codes[item] = by_text[decoded.codes if everybody else decoded.codes[kept]]
    if len(broken_off) and NOT_ANSWERED in position:
        _mark_not_reached(codes, broken_off, presented, position)
    kinds: Any = pd.CategoricalDtype(words)
    columns = {
        item: pd.Categorical.from_codes(column, dtype=kinds, validate=False)
        for item, column in codes.items()
    }
    return pd.DataFrame(columns, index=rows, copy=False)


def _mark_not_reached(
    codes: Mapping[str, NDArray[Any]],
    where: NDArray[np.intp],
    presented: Sequence[str],
    position: Mapping[str | None, int],
) -> None:
    """Give the empty cells at the end of a questionnaire that was broken off their own reason."""
    empty, not_reached = position[NOT_ANSWERED], position[NOT_REACHED]
    not_shown = position.get(NOT_SHOWN, not_reached)
    for item in reversed(presented):
        if not len(where):
            break
        here = codes[item][where]
        codes[item][where[here == empty]] = not_reached
        # A question that was not shown says nothing of how far a person came.
        where = where[np.isin(here, (empty, not_reached, not_shown))]
