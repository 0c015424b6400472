"""Columns of text whose different texts are stored once, as pandas categories."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

_WORKERS = 2
_BIG = 1 << 16  # rows from which threads pay
_FEW = 16  # texts of a column of ratings
_HEADINGS = 5  # rows that may be headings, with longer cells than the answers below
_TEXT = pd.StringDtype(storage="pyarrow", na_value=np.nan)  # what pandas calls "str"


def stored_once(frame: pd.DataFrame) -> pd.DataFrame:
    """Give every column of text categories; one that has them stays as it is.

    Parameters
    ----------
    frame
        Columns of text (``str``, ``object`` that holds str, or ``category``); no missing cell.
    """
    return _each_column(frame, _factorized)


def without_unused(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out the texts that no cell of a column of categories holds."""
    return _each_column(frame, _compact)


def _each_column(
    frame: pd.DataFrame, change: Callable[[pd.api.extensions.ExtensionArray], pd.Categorical]
) -> pd.DataFrame:
    columns = {name: change(column.array) for name, column in frame.items()}
    return pd.DataFrame(columns, index=frame.index, columns=frame.columns, copy=False)


def from_arrow(columns: Iterable[pa.ChunkedArray]) -> pd.DataFrame:
    """Turn Arrow columns of text into categories; column names are 0, 1, 2, ..."""
    columns = list(columns)
    if columns and len(columns[0]) >= _BIG:
        with ThreadPoolExecutor(_WORKERS) as pool:
            done = list(pool.map(_encode, columns))
    else:
        done = [_encode(column) for column in columns]
    return pd.DataFrame(dict(enumerate(done)), copy=False)


def different_texts(column: "pd.Series[str]") -> "pd.Series[str]":
    """Different texts of one column of categories."""
    return pd.Series(column.cat.categories)


def _factorized(array: pd.api.extensions.ExtensionArray) -> pd.Categorical:
    if isinstance(array, pd.Categorical):
        return array
    codes, different = pd.factorize(np.asarray(array, dtype=object))
    return _categorical(codes, pa.array(different.tolist(), pa.string()))


def _compact(array: pd.api.extensions.ExtensionArray) -> pd.Categorical:
    array = _factorized(array)
    used = np.zeros(len(array.categories), dtype=bool)
    used[array.codes] = True
    if used.all():
        return array
    position = np.cumsum(used) - 1
    return _categorical(position[array.codes], pa.array(array.categories[used], pa.string()))


def _categorical(codes: NDArray[np.integer], different: pa.Array) -> pd.Categorical:
    kind = next(t for t in (np.int8, np.int16, np.int32) if len(different) <= np.iinfo(t).max)
    few = tuple(different.to_pylist()) if len(different) <= _FEW else ()
    signs = few and max(map(len, few)) <= 1
    dtype: Any = _kind_of_signs(few) if signs else _kind(different)
    return pd.Categorical.from_codes(codes.astype(kind, copy=False), dtype=dtype, validate=False)


def _kind(different: pa.Array) -> pd.CategoricalDtype:
    texts: Any = pd.Index(_TEXT.__from_arrow__(different))  # type: ignore[attr-defined]
    return pd.CategoricalDtype(texts)


@lru_cache(maxsize=128)
def _kind_of_signs(signs: tuple[str, ...]) -> pd.CategoricalDtype:
    """Most columns have one of a few sets of answers, each of one sign and so of nobody."""
    return _kind(pa.array(signs, pa.string()))


def _encode(column: pa.ChunkedArray) -> pd.Categorical:
    """Most columns hold cells of one sign, for which one look at the bytes is enough."""
    head, body = column.slice(0, _HEADINGS).to_pylist(), column.slice(_HEADINGS)
    parts: list[NDArray[Any]] = []
    for chunk in body.chunks:
        signs = _single_signs(chunk)
        if signs is None:
            break
        parts.append(signs)
    else:
        present = np.flatnonzero(sum(np.bincount(part, minlength=128) for part in parts))
        texts = {chr(sign) if sign else "": place for place, sign in enumerate(present)}
        codes: list[int] = [texts.setdefault(text, len(texts)) for text in head]
        position = np.zeros(128, dtype=np.int8)
        position[present] = np.arange(len(present))
        parts = [np.array(codes, dtype=np.int16), *(position[part] for part in parts)]
        return _categorical(np.concatenate(parts), pa.array(list(texts), pa.string()))
    # In one piece: joining the dictionaries of many pieces costs more than making one.
    encoded = pa.concat_arrays(column.cast(pa.large_string()).chunks).dictionary_encode()
    return _categorical(encoded.indices.to_numpy(), encoded.dictionary)


def _single_signs(chunk: pa.StringArray) -> NDArray[np.uint8] | None:
    """The one byte of each cell (0: empty), or None where a cell has more than one."""
    _, places, text = chunk.buffers()
    ends = np.frombuffer(places, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    sizes = np.diff(ends)
    if sizes.max(initial=0) > 1:
        return None
    if not sizes.any():
        return np.zeros(len(chunk), dtype=np.uint8)
    signs = np.frombuffer(text, dtype=np.uint8)
    return np.where(sizes == 1, signs[np.minimum(ends[:-1], len(signs) - 1)], np.uint8(0))
