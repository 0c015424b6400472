"""Columns of text whose different texts are stored once, as pandas categories."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

_WORKERS = 2
_BIG = 1 << 16  # rows from which threads pay


def stored_once(frame: pd.DataFrame) -> pd.DataFrame:
    """Give every column categories: each different text of a column, once, none that is unused.

    Parameters
    ----------
    frame
        Columns of text (``str``, ``object`` that holds str, or ``category``); no missing cell.
    """
    columns = {name: _compact(frame[name].array) for name in frame}
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


def _compact(array: pd.api.extensions.ExtensionArray) -> pd.Categorical:
    if isinstance(array, pd.Categorical):
        return array.remove_unused_categories()
    codes, different = pd.factorize(np.asarray(array, dtype=object))
    return _categorical(codes, different)


def _categorical(
    codes: NDArray[np.integer], different: Sequence[str] | NDArray[np.object_]
) -> pd.Categorical:
    texts = pd.Index(np.asarray(different, dtype=object), dtype="str")
    kind = next(t for t in (np.int8, np.int16, np.int32) if len(texts) <= np.iinfo(t).max)
    dtype = pd.CategoricalDtype(texts)
    return pd.Categorical.from_codes(codes.astype(kind), dtype=dtype, validate=False)


def _encode(column: pa.ChunkedArray) -> pd.Categorical:
    """Most columns hold cells of one sign, for which one look at the bytes is enough."""
    parts: list[NDArray[np.uint8]] = []
    for chunk in column.chunks:
        signs = _single_signs(chunk)
        if signs is None:
            break
        parts.append(signs)
    else:
        signs = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint8)
        present = np.flatnonzero(np.bincount(signs, minlength=128))
        position = np.zeros(128, dtype=np.int8)
        position[present] = np.arange(len(present))
        return _categorical(position[signs], [chr(sign) if sign else "" for sign in present])
    encoded = column.dictionary_encode().unify_dictionaries()
    indices = [chunk.indices.to_numpy() for chunk in encoded.chunks]
    return _categorical(np.concatenate(indices), encoded.chunk(0).dictionary.to_pylist())


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
