"""How a block of a source becomes answers: the same steps as for a file that is read whole."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from detachment.errors import problems_frame
from detachment.exports import Export, export_of_table
from detachment.instruments import Instrument
from detachment.sources import ExportPart, Part, row_numbers
from detachment.validation._matching import Matches
from detachment.validation._survey import Survey
from detachment.validation._table import DROPPED_ROLES, Table, decode
from detachment.validation._validate import Cleaned, cleaned

NO_PROBLEMS = problems_frame([])
NO_FLAGS = pd.DataFrame(columns=["row", "flag", "value", "limit", "message", "grade"])
# Ids that are personal values have the same stand-in in every block; it is never shown.
_KEY = hashlib.sha256(b"blocks of one survey").digest()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """How a block of a source becomes a survey; small, and it can be pickled.

    Attributes
    ----------
    instrument
        What was asked.
    matches
        Which column answers what.
    missing_codes
        Further codes that mean no answer -> why.
    marks
        Columns by which a platform says of a row that it is a test, or not finished.
    identifying
        Columns that hold personal values, by the first block.
    """

    instrument: Instrument
    matches: Matches
    missing_codes: Mapping[str, str]
    marks: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the source that are read: those that somebody asked for, and no other."""
        about = self.instrument.columns
        columns = [
            name
            for column, name in self.matches.columns.items()
            if about[column].role not in DROPPED_ROLES
        ]
        return tuple(dict.fromkeys([*columns, *self.matches.items.values(), *self.marks]))

    def only(self, items: Iterable[str]) -> "Reading":
        """The same for some of the items, and every column about people."""
        wanted = set(items)
        kept = {item: name for item, name in self.matches.items.items() if item in wanted}
        matches = Matches(
            items=kept,
            columns=self.matches.columns,
            by_text=(),
            by_platform=(),
            problems=(),
        )
        return replace(self, matches=matches)

    def export(self, block: pa.Table, part: str, first_row: int = 1, decimal: str = ".") -> Export:
        """A block as the export that it would be, were it a file."""
        export = export_of_table(
            block, name=part, missing_codes=self.missing_codes, decimal=decimal
        )
        return replace(export, rows=row_numbers(block, first_row))

    def exports(self, part: Part) -> Iterator[Export]:
        """A part as exports, block by block; a file in a platform's own layout is read whole."""
        if isinstance(part, ExportPart):
            whole = part.export(self.missing_codes)
            if whole is not None:
                yield whole
            return
        row = part.first_row
        for block in part.blocks(self.columns):
            export = self.export(block, part.name, row, part.decimal)
            yield export
            row = int(export.rows[-1]) + 1 if len(export.rows) else row

    def clean(self, export: Export) -> tuple[Table, Cleaned]:
        """Decode and check an export of a block; no row is compared with another."""
        known = dict.fromkeys([*self.identifying, *export.identifying_columns])
        export = replace(export, identifying_columns=tuple(known))
        about = self.instrument.columns
        personal = any(
            name in self.identifying and about[column].role in ("respondent_id", "dyad_id")
            for column, name in self.matches.columns.items()
        )
        table = decode(export, self.instrument, self.matches, _KEY if personal else None)
        return table, cleaned(export, self.instrument, self.matches, table, alone=False)

    def survey(self, export: Export) -> Survey:
        """Validated answers of a block."""
        _, clean = self.clean(export)
        return Survey(
            responses=clean.responses,
            missing=pd.DataFrame(index=clean.responses.index),
            instrument=self.instrument,
            problems=NO_PROBLEMS,
            flags=NO_FLAGS,
            ledger=clean.ledger,
        )
