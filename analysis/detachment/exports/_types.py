"""What a reader hands on: a table of strings, a code book, and facts about the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment._cards import card
from detachment.exports._choices import split_choices
from detachment.text import count, listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What the code book says of one column.

    Attributes
    ----------
    name
        What the question itself is called, where the heading says more: ``age`` of ``age:1``;
        "" where the heading is its name. Items and columns of an instrument are found by it too.
    text
        Question text as the platform wrote it.
    labels
        Code -> label, codes as text exactly as they stand in the table.
    ordered
        Whether the order of ``labels`` is that of the answers. Codes have no order of their own.
    missing
        User-missing codes (as text) -> their label, or an empty string.
    missing_ranges
        User-missing ranges, both ends included.
    reasons
        Cell as written -> why it is no answer, where the platform itself says so: ``not_shown``,
        ``shown_not_answered`` or ``not_answered`` (it cannot say whether the question was shown).
        The key ``""`` is for an empty cell.
    options
        Choices of a question that takes several and writes them into one cell, in order; each is
        also a column of its own, called ``"name [option]"`` (see ``Export.column``).
    separator
        What stands between the choices of one cell.
    group
        Grid, page or form that the platform puts the question into; "" where it says nothing.
    role
        What the platform itself says the column is: respondent_id, started_at, submitted_at,
        duration_s, status, progress, finished, language, identifier, timing, display_order,
        metadata (any other column that the platform adds); "" for a question.
    time_zone
        Time zone of a moment, where the platform says it ("America/Denver").
    moment
        How the column's moments are written where that is not ISO 8601: a format of ``strptime``
        for what ``plain_moment`` makes of a cell ("%m/%d/%Y %H:%M:%S"); see ``read_moments``.
    """

    name: str = ""
    text: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ordered: bool = False
    missing: Mapping[str, str] = field(default_factory=dict)
    missing_ranges: tuple[tuple[float, float], ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    separator: str = ""
    group: str = ""
    role: str = ""
    time_zone: str = ""
    moment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Export:
    """A file as its platform wrote it; nothing converted, nothing dropped.

    Attributes
    ----------
    cells
        One row a record, text as categories: each different text of a column is stored once. An
        empty cell is ``""``. Column names are those of the file; an empty or repeated one is made
        unique (``"unnamed_3"``, ``"Q1.2"``). ``frame`` is the same as plain text.
    rows
        Row of each record as a spreadsheet counts it (the first line of the file is 1).
    variables
        Code book, one entry a column of ``frame``.
    test_rows
        True where the platform marks the record as a test or preview.
    unfinished
        True where the platform says that the person did not come to the end; None where it says
        nothing of the kind.
    identifying_columns
        Columns that hold personal values, found by the platform's mark or by name.
    decimal
        ``"."`` or ``","``: how numbers are written.
    rule
        Which detection rule fired, in words.
    kind
        ``responses``; or ``codebook`` or ``timings``, which hold no answers.
    member
        Name within the archive, where the file is one.
    books
        Code books that were read with it: name -> sha256.
    reading
        How it was asked to be read: the options of ``read_export``, files by their names alone.
    repeated
        Columns whose heading already stood over another column -> that heading.
    durations
        Seconds that each record took, shape (records,), NaN where unknown: where the platform
        says them in another unit, in another file, or by start and end, so that no cell holds
        them.
    """

    cells: pd.DataFrame
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
    unfinished: NDArray[np.bool_] | None = None
    kind: str = "responses"
    member: str | None = None
    books: Mapping[str, str] = field(default_factory=dict)
    reading: Mapping[str, object] = field(default_factory=dict)
    repeated: Mapping[str, str] = field(default_factory=dict)
    durations: NDArray[np.float64] | None = None
    warnings: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """Records as plain text, dtype ``str``; made anew each time."""
        return self.cells.astype("str")

    @property
    def names(self) -> list[str]:
        """Columns of the file, then a column for each choice of a question that takes several."""
        return list(dict.fromkeys([*map(str, self.cells), *self._choices()]))

    def column(self, name: str) -> "pd.Series[str]":
        """Cells of one of ``names``, as categories.

        That of a choice holds ``1`` (chosen), ``0`` (another was chosen) or nothing (none was: a
        form does not say whether the question was seen), or what says why there is no answer. A
        column of the file comes before a choice of the same name.

        Raises
        ------
        KeyError
            When there is no column of that name.
        """
        if name in self.cells:
            return self.cells[name]
        source, option = self._choices()[name]
        variable, cells = self.variables[source], self.cells[source]

        def chosen(cell: str) -> str:
            text = cell.strip()
            if not text or text in variable.reasons or text in variable.missing:
                return text
            return str(int(option in split_choices(cell, variable.separator, variable.options)))

        texts = [chosen(str(cell)) for cell in cells.cat.categories]
        return pd.Series(
            np.array(texts, dtype=object)[cells.cat.codes], name=name, dtype="category"
        )

    def variable(self, name: str) -> Variable:
        """What the code book says of one of ``names``."""
        if name in self.variables:
            return self.variables[name]
        source, option = self._choices()[name]
        return Variable(
            text=option,
            labels={"0": "not chosen", "1": "chosen"},
            missing=self.variables[source].missing,
            reasons=self.variables[source].reasons,
            group=source,
        )

    def _choices(self) -> dict[str, tuple[str, str]]:
        """Name of the column of each choice -> column of its question, choice."""
        return {
            f"{name} [{option}]": (name, option)
            for name, variable in self.variables.items()
            for option in variable.options
        }

    def facts(self) -> dict[str, object]:
        """What ``detachment inspect`` prints: facts of the file, no cell of it.

        A code book that is no table (JSON, XML) has no number of records.
        """
        in_pieces = self.kind == "codebook" and not self.header_rows
        return {
            "container": self.container,
            "encoding": self.encoding,
            "bom": self.bom,
            "delimiter": self.delimiter,
            "decimal": self.decimal,
            "platform": self.platform,
            "rule": self.rule,
            "header_rows": self.header_rows,
            "columns": self.cells.shape[1],
            "records": None if in_pieces else self.cells.shape[0],
            "identifying_columns": list(self.identifying_columns),
            "kind": self.kind,
            "member": self.member,
            "code_books": list(self.books),
            "warnings": list(self.warnings),
        }

    def _repr_html_(self) -> str:
        return card(
            f"Export: {self.file}",
            [
                ("Platform", f"{self.platform} ({self.rule})" if self.rule else self.platform),
                ("Container", self.container),
                ("Encoding", self.encoding or ""),
                ("Records", count(self.cells.shape[0])),
                ("Columns", count(self.cells.shape[1])),
                ("Columns that may identify people", listing(self.identifying_columns)),
                ("Code books", listing(self.books)),
                ("Warnings", " ".join(self.warnings)),
            ],
        )

    def __repr__(self) -> str:
        return (
            f"Export({self.file!r}: {self.platform}, {self.cells.shape[0]} records, "
            f"{self.cells.shape[1]} columns)"
        )
