"""What every labelled result can do: show itself as a table, as a dictionary, as sentences."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from detachment import __version__
from detachment.text import number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result(ABC):
    """A labelled result at full precision; it never holds raw responses.

    Attributes
    ----------
    table
        One row an estimate; the columns are the contract of the verb that made it.
    notes
        Sentences that a reader must know: what was reversed, assumed, refused, and how.
    call
        The options that made it, as plain values.
    n
        ``rows`` received and ``analysed``.
    instrument
        ``id``, ``version`` and ``sha256`` of what was asked.
    source
        ``file``, ``sha256`` and ``platform`` of the data, where they came from a file.
    warnings
        What touches these numbers and must be looked at.
    labels
        Id of a scale, an item or another variable -> what people read.
    parts
        Further tables by name, such as ``fit`` or ``factor_correlations``, for what is no row of
        the first one. The names are part of the verb's contract, as its columns are.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    call: Mapping[str, Any] = field(default_factory=dict)
    n: Mapping[str, int] = field(default_factory=dict)
    instrument: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @abstractmethod
    def explain(self) -> str:
        """Sentences in APA 7 style, one estimate a line."""

    @abstractmethod
    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts as people read them."""
        return {
            name.replace("_", " ").capitalize(): rounded(table)
            for name, table in self.parts.items()
        }

    def label(self, name: str) -> str:
        """What people read for an id; the id itself where nothing is known."""
        return self.labels.get(name) or name

    def to_frame(self) -> pd.DataFrame:
        """Tidy table at full precision."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON: a missing number is None."""
        return {
            "detachment": __version__,
            "instrument": dict(self.instrument),
            "source": dict(self.source),
            "call": dict(self.call),
            "n": dict(self.n),
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "table": records(self.table),
            **{name: records(table) for name, table in self.parts.items()},
        }

    def to_html(self) -> str:
        """A plain HTML table with its notes; every text is escaped."""
        tables = _html(self.display())
        for title, part in self.display_parts().items():
            tables += f"<h4>{escape(title)}</h4>{_html(part)}"
        notes = "".join(f"<p>{escape(note)}</p>" for note in (*self.warnings, *self.notes))
        return f'<div class="detachment-result">{tables}{notes}</div>'

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        said = [self.display().to_string(index=False)]
        for title, part in self.display_parts().items():
            said.append(f"{title}\n{part.to_string(index=False)}")
        return "\n\n".join(said)


def _html(table: pd.DataFrame) -> str:
    return str(table.to_html(index=False, escape=True, border=0, na_rep=""))


def rounded(table: pd.DataFrame, digits: int = 3) -> pd.DataFrame:
    """Headings in words, and numbers that are not whole as text with so many decimals.

    Examples
    --------
    >>> rounded(pd.DataFrame({"item": ["a"], "std_loading": [0.71234]})).to_dict("records")
    [{'Item': 'a', 'Std loading': '0.712'}]
    """
    shown = {}
    for name, column in table.items():
        if pd.api.types.is_float_dtype(column):
            column = column.map(lambda value: number(value, digits))
        shown[str(name).replace("_", " ").capitalize()] = column
    return pd.DataFrame(shown)


def make_table(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Build a table with fixed columns and types, whatever the rows hold and even without any.

    Parameters
    ----------
    rows
        One mapping a row; a column that it does not name is missing.
    columns
        Column -> pandas type, in order.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> make_table([{"scale": "a"}], {"scale": "str", "n": "Int64", "alpha": "float64"}).dtypes.n
    Int64Dtype()
    """
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in rows], dtype=kind)
            for name, kind in columns.items()
        }
    )


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries of plain Python values; missing numbers are None.

    Examples
    --------
    >>> records(pd.DataFrame({"scale": ["a"], "alpha": [float("nan")]}))
    [{'scale': 'a', 'alpha': None}]
    """
    plain = table.astype(object).where(table.notna(), None)
    return [
        {str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()}
        for row in plain.to_dict(orient="records")
    ]
