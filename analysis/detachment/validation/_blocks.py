"""A block of rows as the verbs that count read it: numbers, at the price of one look at each cell.

Answers that a source stores as small whole numbers have at most a few hundred different cells. What
each of them means is decided once, by the same code that decodes any export; the rows are then
looked up. Where a source holds anything else, the block is decoded in full.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from detachment.exports import Export, Variable
from detachment.instruments import Instrument
from detachment.sources import ExportPart, Part
from detachment.validation._decoding import decode_item
from detachment.validation._ledger import COLUMNS as LEDGER
from detachment.validation._reading import NO_FLAGS, NO_PROBLEMS, Reading
from detachment.validation._survey import Survey

_T = TypeVar("_T", bound=np.generic)
_NO_STEPS = pd.DataFrame(columns=LEDGER)
_SMALL: dict[pa.DataType, Any] = {pa.int8(): np.int8, pa.uint8(): np.uint8}


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

    def meaning(self, item: str) -> NDArray[np.float32] | None:
        """What each byte of an item's column says, (256,): an answer, or NaN.

        None where the source does not hold small whole numbers.
        """
        name = self.reading.matches.items.get(item)
        if self.rows is None or name is None:
            return None
        kind = self.rows.schema.field(name).type
        if kind not in _SMALL or self.instrument.response_scale(item).type == "numeric":
            return None
        return _meaning(self.reading, self.instrument.items[item].scale, kind)

    def looked_up(self, item: str, table: NDArray[_T]) -> NDArray[_T]:
        """Entries of a table ``(256,)`` for the bytes of an item's column, in the rows that count.

        The last byte that ``meaning`` knows to be no answer stands for an empty cell.
        """
        meaning = self.meaning(item)
        assert self.rows is not None
        assert meaning is not None
        empty = int(np.flatnonzero(np.isnan(meaning))[-1])
        column = self.rows.column(self.reading.matches.items[item])
        found: NDArray[_T] = table[_bytes(column, empty)]
        return found if len(self.kept) == self.records else found[self.kept]

    def answers(self, item: str) -> NDArray[np.floating[Any]]:
        """Answers to an item as given, of the rows that count; NaN where there is none."""
        name = self.reading.matches.items.get(item)
        if name is None:
            return np.full(len(self.kept), np.nan)
        meaning = self.meaning(item)
        if meaning is None:
            return self.survey.responses[item].to_numpy(dtype=np.float64, na_value=np.nan)
        return self.looked_up(item, meaning)


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
    for rows in part.blocks(reading.columns):
        yield Block(
            reading=reading,
            part=part.name,
            records=rows.num_rows,
            first=first,
            rows=rows,
            decimal=part.decimal,
        )
        first += rows.num_rows


@lru_cache(maxsize=4096)
def _meaning(reading: Reading, scale: str, kind: pa.DataType) -> NDArray[np.float32]:
    """What each byte says on a response scale: an answer, or NaN."""
    numbers = np.arange(256, dtype=np.uint8).view(_SMALL[kind])
    cells: Any = pd.Series([str(number) for number in numbers], dtype="category", name=scale)
    decoded, _ = decode_item(
        cells,
        scale=reading.instrument.response_scales[scale],
        variable=Variable(missing=reading.missing_codes),
        instrument=reading.instrument,
        decimal=".",
    )
    return np.asarray(decoded.values[decoded.codes], dtype=np.float32)


def _bytes(column: pa.ChunkedArray, empty: int) -> NDArray[np.uint8]:
    """The column as it lies in memory, with a byte of its own for empty cells."""
    whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    raw = np.frombuffer(whole.buffers()[1], dtype=np.uint8)
    found: NDArray[np.uint8] = raw[whole.offset : whole.offset + len(whole)]
    if not whole.null_count:
        return found
    bits = np.frombuffer(whole.buffers()[0], dtype=np.uint8)
    there = np.unpackbits(bits, bitorder="little")[whole.offset : whole.offset + len(whole)]
    return np.where(there, found, np.uint8(empty))
