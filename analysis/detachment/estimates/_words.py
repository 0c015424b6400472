"""Columns of words: as text, in an order that means something, as numbers of clusters."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Words = NDArray[np.object_]


def word_of(value: object) -> str:
    """A cell as text, a whole number without decimals."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def as_words(column: "pd.Series[Any]") -> Words:
    """A column as text, whole numbers without decimals, empty where missing."""
    if column.dtype != object:  # there, True and 1 are one value to pandas, and two words
        codes, values = pd.factorize(column)
        words = [*(word_of(value) for value in values.astype(object)), ""]
        return np.array(words, dtype=object)[codes]
    given = column.to_numpy()
    known = ~pd.isna(given)
    return np.array(
        [word_of(v) if k else "" for v, k in zip(given, known, strict=True)], dtype=object
    )


def declared_order(
    words: Iterable[str], column: "pd.Series[Any]", declared: Sequence[str]
) -> list[str] | None:
    """Different words in the order of the column's categories, or as declared; None without one."""
    there = set(words) - {""}
    if isinstance(column.dtype, pd.CategoricalDtype):
        declared = [word_of(value) for value in column.cat.categories]
    return [word for word in declared if word in there] if there <= set(declared) else None


def cluster_numbers(words: Words) -> tuple[NDArray[np.int64], int]:
    """Clusters by number, who has none being one alone, and how many have a name."""
    code, names = pd.factorize(pd.Series(words, dtype=object).replace("", None), sort=True)
    alone = len(names) + np.arange(len(code))
    return np.where(code < 0, alone, code).astype(np.int64), len(names)
