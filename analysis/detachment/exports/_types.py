"""What a reader hands on: a table of strings, a code book, and facts about the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What the code book says of one column.

    Attributes
    ----------
    text
        Question text as the platform wrote it.
    labels
        Code -> label, codes as text exactly as they stand in the table.
    missing
        User-missing codes (as text) -> their label, or an empty string.
    missing_ranges
        User-missing ranges, both ends included.
    role
        What the platform itself says the column is: respondent_id, submitted_at, duration_s,
        status, progress, finished, language, identifier, timing, display_order, metadata (any
        other column that the platform adds); "" for a question.
    time_zone
        Time zone of a moment, where the platform says it ("America/Denver").
    """

    text: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    missing_ranges: tuple[tuple[float, float], ...] = ()
    role: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Export:
    """A file as its platform wrote it; nothing converted, nothing dropped.

    Attributes
    ----------
    frame
        One row a record, dtype ``str``; an empty cell is ``""``. Column names are those of the
        file; an empty or repeated one is made unique (``"unnamed_3"``, ``"Q1.2"``).
    rows
        Row of each record as a spreadsheet counts it (the first line of the file is 1).
    variables
        Code book, one entry a column of ``frame``.
    test_rows
        True where the platform marks the record as a test or preview.
    identifying_columns
        Columns that hold personal values, found by the platform's mark or by name.
    decimal
        ``"."`` or ``","``: how numbers are written.
    rule
        Which detection rule fired, in words.
    repeated
        Columns whose heading already stood over another column -> that heading.
    """

    frame: pd.DataFrame
    rows: NDArray[np.int64]
    variables: Mapping[str, Variable]
    test_rows: NDArray[np.bool_]
    file: str
    sha256: str
    container: str
    encoding: str | None
    bom: bool
    delimiter: str | None
    decimal: str
    platform: str
    rule: str
    header_rows: int
    identifying_columns: tuple[str, ...]
    repeated: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """What ``detachment inspect`` prints: facts of the file, no cell of it."""
        return {
            "container": self.container,
            "encoding": self.encoding,
            "bom": self.bom,
            "delimiter": self.delimiter,
            "decimal": self.decimal,
            "platform": self.platform,
            "rule": self.rule,
            "header_rows": self.header_rows,
            "columns": self.frame.shape[1],
            "records": self.frame.shape[0],
            "identifying_columns": list(self.identifying_columns),
            "warnings": list(self.warnings),
        }

    def __repr__(self) -> str:
        return (
            f"Export({self.file!r}: {self.platform}, {self.frame.shape[0]} records, "
            f"{self.frame.shape[1]} columns)"
        )
