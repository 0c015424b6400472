"""A block of rows as the verbs that count read it: numbers, at the price of one look at each cell.

Answers that are small whole numbers, however a source writes them, have at most a few hundred
different cells. What each of them means is decided once, by the same code that decodes any export;
the rows are then looked up. Where a source holds anything else, the block is decoded in full.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detachment.exports import Export, Variable
from detachment.instruments import Instrument
from detachment.sources import ExportPart, Part
from detachment.validation._decoding import Decoded, decode_item
from detachment.validation._ledger import COLUMNS as LEDGER
from detachment.validation._reading import NO_FLAGS, NO_PROBLEMS, Reading
from detachment.validation._survey import Survey

_T = TypeVar("_T", bound=np.generic)
_NO_STEPS = pd.DataFrame(columns=LEDGER)
_SMALL: dict[pa.DataType, Any] = {pa.int8(): np.int8, pa.uint8(): np.uint8}
_AS_TEXT: dict[str, int | None] = {"": None} | {str(n): n for n in range(-128, 128)}
_TEXTS = len(_AS_TEXT)


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """Rows of a source, read for counting.

    Attributes
    ----------
    reading
        What its columns mean.
    part
        The name of the part that it is of.
    records
        How many rows it has, with those that do not count.
    first
        Number of its first row in the whole source, from 0.
    rows
        The rows; None where they are an export of a platform already.
    export
        What they are as an export; None where that is not needed yet.
    decimal
        How numbers are written, where they are text.
    """

    reading: Reading
    part: str
    records: int
    first: int
    rows: pa.Table | None
    export: Export | None = None
    decimal: str = "."

    @property
    def instrument(self) -> Instrument:
        """What was asked."""
        return self.reading.instrument

    @cached_property
    def survey(self) -> Survey:
        """Everything, decoded in full; indexed by place in the block, from 1."""
        return self._decoded(self.reading)

    @cached_property
    def people(self) -> Survey:
        """The columns about people alone, of the rows that are kept."""
        without = self.reading.only(())
        if self.rows is None:
            return self.survey
        if without.columns:
            return self._decoded(without)
        nothing = pd.DataFrame(index=pd.RangeIndex(1, self.records + 1, name="row"))
        return Survey(
            responses=nothing,
            missing=nothing,
            instrument=self.instrument,
            problems=NO_PROBLEMS,
            flags=NO_FLAGS,
            ledger=_NO_STEPS,
        )

    def _decoded(self, reading: Reading) -> Survey:
        export = self.export
        if export is None:
            assert self.rows is not None
            table = self.rows.select(list(reading.columns))
            export = reading.export(table, self.part, decimal=self.decimal)
        export = replace(export, rows=np.arange(1, self.records + 1, dtype=np.int64))
        return reading.survey(export)

    @cached_property
    def kept(self) -> NDArray[np.intp]:
        """Places of the rows that count, from 0."""
        return np.asarray(self.people.responses.index.to_numpy() - 1, dtype=np.intp)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Numbers in the whole source of the rows that count."""
        return self.first + self.kept.astype(np.int64)

    def kind(self, item: str) -> pa.DataType | None:
        """As what small whole numbers an item's column is stored; None where it is not."""
        name = self.reading.matches.items.get(item)
        if self.rows is None or name is None:
            return None
        kind = self.rows.schema.field(name).type
        numeric = self.instrument.response_scale(item).type == "numeric"
        return None if numeric or kind not in _SMALL else kind

    def codes(self, item: str, coding: "Coding") -> NDArray[np.uint8]:
        """Codes for an item's column, in the rows that count; 0 where there is no answer.

        The column must be stored as small whole numbers: see ``kind``.
        """
        return self._of_kept(coding.of(*self._stored(item)))

    def byte_counts(self, item: str, kept: NDArray[np.bool_] | None = None) -> NDArray[np.intp]:
        """How often each byte stands in an item's column, ``(257,)``: the last is empty cells.

        ``kept`` ``(records,)``: in these rows alone.
        """
        stored, there = self._stored(item)
        if there is not None:
            stored = stored * there
        if kept is not None:
            stored, there = stored[kept], None if there is None else there[kept]
        counts = np.bincount(stored, minlength=257)
        if there is not None:
            counts[256] = len(there) - np.count_nonzero(there)
            counts[0] -= counts[256]
        return counts

    def _stored(self, item: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        """Bytes of an item's column as they lie in memory; and 0 for empty cells, else 1."""
        assert self.rows is not None
        column = self.rows.column(self.reading.matches.items[item])
        whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        here = slice(whole.offset, whole.offset + len(whole))
        stored = np.frombuffer(whole.buffers()[1], dtype=np.uint8)[here]
        if not whole.null_count:
            return stored, None
        first = whole.offset // 8
        bits = np.frombuffer(whole.buffers()[0], dtype=np.uint8)[first : -(-here.stop // 8)]
        there = np.unpackbits(bits, bitorder="little")
        return stored, there[here.start - 8 * first : here.stop - 8 * first]

    def _of_kept(self, found: NDArray[_T]) -> NDArray[_T]:
        return found if len(self.kept) == self.records else found[self.kept]

    def answers(self, item: str) -> NDArray[np.floating[Any]]:
        """Answers to an item as given, of the rows that count; NaN where there is none."""
        name = self.reading.matches.items.get(item)
        if name is None:
            return np.full(len(self.kept), np.nan)
        kind = self.kind(item)
        if kind is None:
            return self.survey.responses[item].to_numpy(dtype=np.float64, na_value=np.nan)
        stored, there = self._stored(item)
        found = meaning_of(self.reading, item, kind)[stored]
        if there is not None:
            found[there == 0] = np.nan
        return self._of_kept(found)


@dataclass(frozen=True, eq=False)
class Coding:
    """A code for each byte that a column may hold: ``table`` ``(256,)``; 0 for no answer."""

    table: NDArray[np.uint8]

    @cached_property
    def line(self) -> tuple[np.uint8, np.uint8, np.uint8, np.uint8] | None:
        """``turn, away, low, high`` where codes are ``(byte ^ turn) + away`` between low and high.

        So it is for answers in steps of one: up, or (where ``turn`` has all bits) down with the
        bytes. None for any others. Bytes that are no answers get codes below or above these.
        """
        known = np.flatnonzero(self.table)
        given = self.table[known]
        for turn in (np.uint8(0), np.uint8(255)):
            away = given - (known.astype(np.uint8) ^ turn)
            if len(given) and np.ptp(away) == 0 and np.ptp(given) == len(given) - 1:
                return turn, away[0], given.min(), given.max()
        return None

    def of(self, stored: NDArray[np.uint8], there: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
        """Codes of bytes ``(n,)``; of those that are there, where not all of them are."""
        if self.line is None:
            code = self.table[stored]
        else:
            turn, away, low, high = self.line
            code = (stored ^ turn) + away if turn else stored + away
        if there is not None:
            code *= there
        if self.line is not None and (low > 1 or code.max(initial=0) > high):
            code *= (code - low) <= high - low
        return code


def blocks_of(reading: Reading, part: Part, first: int) -> Iterator[Block]:
    """Rows of a part, block by block.

    Parameters
    ----------
    reading
        What its columns mean.
    part
        What is read.
    first
        Number of its first row in the whole source, from 0.
    """
    if isinstance(part, ExportPart):
        for export in reading.exports(part):
            yield Block(
                reading=reading,
                part=part.name,
                records=len(export.cells),
                first=first,
                rows=None,
                export=export,
            )
            first += len(export.cells)
        return
    items = [
        name
        for item, name in reading.matches.items.items()
        if reading.instrument.response_scale(item).type != "numeric"
    ]
    for stored in part.blocks(reading.columns):
        rows = _narrowed(stored, items)
        yield Block(
            reading=reading,
            part=part.name,
            records=rows.num_rows,
            first=first,
            rows=rows,
            decimal=part.decimal,
        )
        first += rows.num_rows


def _narrowed(rows: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Answers that are small whole numbers as such, also where they are fractions or text.

    pandas writes answers with gaps as fractions, and a text file holds nothing but text.
    """
    for name in columns:
        place = rows.schema.get_field_index(name)
        column = rows.column(place)
        small = None if column.type in _SMALL else _small(column)
        if small is not None:
            rows = rows.set_column(place, name, small)
    return rows


def _small(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A column as small whole numbers that say just what it says; None where there are none."""
    kind = column.type
    fractions = pa.types.is_floating(kind)
    if fractions or pa.types.is_integer(kind):
        try:
            known = pc.if_else(pc.is_nan(column), None, column) if fractions else column
            return known.cast(pa.int8())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return None
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
        texts = encoded.dictionary.to_pylist() if len(encoded.dictionary) <= _TEXTS else ["?"]
        if set(texts) <= _AS_TEXT.keys():
            numbers = pa.array([_AS_TEXT[text] for text in texts], pa.int8())
            return pa.chunked_array([numbers.take(encoded.indices)])
    return None


def said_by_bytes(reading: Reading, item: str, kind: pa.DataType) -> Decoded:
    """What each byte of an item's column says, and an empty cell: 257 rows, decoded.

    Parameters
    ----------
    reading
        What the columns mean.
    item
        Whose column it is.
    kind
        As what it is stored: see ``Block.kind``.
    """
    return _said(reading, reading.instrument.items[item].scale, kind)


@lru_cache(maxsize=128)
def _said(reading: Reading, scale: str, kind: pa.DataType) -> Decoded:
    numbers = np.arange(256, dtype=np.uint8).view(_SMALL[kind])
    cells: Any = pd.Series([*map(str, numbers), ""], dtype="category", name=scale)
    decoded, _ = decode_item(
        cells,
        scale=reading.instrument.response_scales[scale],
        variable=Variable(missing=reading.missing_codes),
        instrument=reading.instrument,
        decimal=".",
    )
    return decoded


@lru_cache(maxsize=128)
def _meaning(reading: Reading, scale: str, kind: pa.DataType) -> NDArray[np.float32]:
    decoded = _said(reading, scale, kind)
    return np.asarray(decoded.values[decoded.codes[:256]], dtype=np.float32)


def meaning_of(reading: Reading, item: str, kind: pa.DataType) -> NDArray[np.float32]:
    """As ``said_by_bytes``, the answers alone, ``(256,)``; NaN where a byte is none."""
    return _meaning(reading, reading.instrument.items[item].scale, kind)
