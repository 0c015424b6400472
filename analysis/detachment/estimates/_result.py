"""What every labelled result can do: show itself as a table, as a dictionary, as sentences."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from detachment import __version__
from detachment.errors import check_word
from detachment.estimates._sentences import STYLES, Style, meaning, note_of
from detachment.text import count, interval, level, number, p_value

# Words of column names that are symbols, or are written in capitals, where people read them.
_SYMBOLS = {
    "n": "n", "p": "p", "r": "r", "r2": "R²", "df": "df", "df1": "df1", "df2": "df2", "t": "t",
    "f": "F", "chi2": "χ²", "se": "SE", "epc": "EPC", "htmt": "HTMT", "htmt2": "HTMT2",
    "ave": "AVE", "icc": "ICC", "sem": "SEM", "mdc": "MDC", "std": "standardized", "sd": "SD",
    "k": "k", "z": "z", "dz": "dz", "bf10": "BF10", "bf01": "BF01", "b": "b", "beta": "β",
}  # fmt: skip
_TESTED = {"t", "z", "f", "chi2"}  # statistics of tests have two decimals
_FREEDOM = {"df", "df1", "df2"}

# Blanks within "< .001" and "[.12, .34]", at which a narrow cell must not break.
_WITHIN_NUMBERS = re.compile(r"(?<=[;,]) (?=[\N{MINUS SIGN}.\d])")


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

    def explain(self, style: Style = "apa") -> str:
        """Say everything in sentences: one estimate a line, then how they were made.

        Parameters
        ----------
        style
            ``"apa"`` for a manuscript (APA 7), ``"plain"`` for a class: no symbols but n, and what
            the numbers do not mean.

        Returns
        -------
        str

        Raises
        ------
        UsageError
            When the style is unknown.
        """
        lines = self.sentences(style)
        if style == "apa":
            made = note_of(lines, (*self.notes, *self.warnings), self.labels)
        else:
            tests, adjusted = self.family()
            made = meaning(
                lines,
                self._meaning(),
                confidence=self.call.get("confidence"),
                gaps=self._gaps(),
                tests=tests,
                adjusted=adjusted,
            )
        return "\n".join([*lines, *made])

    def sentences(self, style: Style = "apa") -> list[str]:
        """What is said of the estimates, without how they were made.

        Parameters
        ----------
        style
            As for :meth:`explain`.

        Returns
        -------
        list of str
            One sentence or a few an estimate.

        Raises
        ------
        UsageError
            When the style is unknown.
        """
        check_word("style", style, STYLES)
        return [line for line in (self._apa() if style == "apa" else self._plain()) if line]

    @abstractmethod
    def _apa(self) -> Iterable[str]:
        """Sentences in APA 7 style, one estimate each."""

    @abstractmethod
    def _plain(self) -> Iterable[str]:
        """The same for a reader of 16."""

    def _meaning(self) -> Iterable[str]:
        """What the numbers of the plain sentences are, and what they are not."""
        return ()

    def _gaps(self) -> str | None:
        """How missing answers were treated: the option, or what holds of every scale score."""
        return str(self.call.get("missing", "score"))

    def family(self) -> tuple[int, bool]:
        """How many tests the table makes together, and whether p is adjusted for that."""
        if "family" not in self.table or self.table.empty:
            return 1, False
        sizes = self.table["family"].astype("string").str.extract(r"(\d+)", expand=False)
        family = pd.to_numeric(sizes, errors="coerce").max()
        adjusted = bool((self.table["adjust"] != "none").any())
        return (1 if pd.isna(family) else int(family)), adjusted

    @abstractmethod
    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts as people read them."""
        sure = self.call.get("confidence")
        return {heading(name): rounded(part, confidence=sure) for name, part in self.parts.items()}

    def display_all(self) -> list[tuple[str, pd.DataFrame]]:
        """Titles and tables in the order of reading; the main table has no title."""
        return [("", self.display()), *self.display_parts().items()]

    def why_missing(self, _part: str, _column: str) -> str:
        """Why a column of a part has no number, where the part has no reasons of its own."""
        return "not defined for these answers"

    def label(self, name: str) -> str:
        """What people read for an id; the id itself where nothing is known."""
        return self.labels.get(name) or name

    def named(self, name: str) -> str:
        """The label as a part of a sentence: the words of an item in quotes, with its id."""
        label = self.label(name)
        return f"“{label}” ({name})" if label[-1:] in (".", "?", "!") else label

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
        tables = "".join(
            (f"<h4>{escape(title)}</h4>" if title else "") + _html(table)
            for title, table in self.display_all()
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in (*self.warnings, *self.notes))
        return f'<div class="detachment-result">{tables}{notes}</div>'

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return "\n\n".join(
            f"{title}\n{table.to_string(index=False)}".lstrip("\n")
            for title, table in self.display_all()
        )


def _html(table: pd.DataFrame) -> str:
    html = str(table.to_html(index=False, escape=True, border=0, na_rep=""))
    return _WITHIN_NUMBERS.sub("&nbsp;", html)


def heading(name: str) -> str:
    """Name of a column or of a part in words, and its symbols as symbols.

    Examples
    --------
    >>> heading("std_loading"), heading("p"), heading("htmt2_low"), heading("latent_means")
    ('Standardized loading', 'p', 'HTMT2 low', 'Latent means')
    >>> heading("chi2"), heading("change_df2")
    ('χ²', 'Change df2')
    """
    if name == "p_adjusted":
        return "Adjusted p"
    first, *rest = (_SYMBOLS.get(word, word) for word in name.split("_"))
    if first.isalpha() and first.isascii() and first.islower() and first not in _SYMBOLS:  # not β
        first = first.capitalize()
    return " ".join([first, *rest])


def rounded(
    table: pd.DataFrame, digits: int = 3, *, confidence: float | None = None
) -> pd.DataFrame:
    """Headings in words, and numbers as text: p as it is written, counts without decimals.

    With a confidence, the two ends of an interval, ``low`` and ``high`` or ``r_low`` and
    ``r_high``, are one column.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["a"], "n": [1200], "estimate": [0.71234], "p": [1e-9]})
    >>> rounded(table).to_dict("records")
    [{'Item': 'a', 'n': '1,200', 'Estimate': '0.712', 'p': '< .001'}]
    >>> ends = pd.DataFrame({"r2": [0.31], "r2_low": [0.25], "r2_high": [0.36]})
    >>> rounded(ends, 2, confidence=0.95).to_dict("records")
    [{'R²': '0.31', '95% CI of R²': '[0.25, 0.36]'}]
    """
    shown: dict[str, pd.Series | list[str]] = {}
    for each, column in table.items():
        name = str(each)
        stem, _, end = f"_{name}".rpartition("_")
        both = confidence is not None and f"{name.removesuffix(end)}high" in table
        if both and end == "low":
            pairs = zip(column, table[f"{name.removesuffix(end)}high"], strict=True)
            words = " ".join(_SYMBOLS.get(word, word) for word in stem.split("_") if word)
            shown[f"{level(confidence or 0)} CI{' of ' if words else ''}{words}"] = [
                interval(*pair, digits, can_exceed_one=True) for pair in pairs
            ]
            continue
        if both and end == "high" and f"{name.removesuffix(end)}low" in table:
            continue
        if pd.api.types.is_bool_dtype(column):
            pass
        elif name == "p" or name.startswith("p_"):
            column = column.map(p_value)
        elif pd.api.types.is_integer_dtype(column):
            column = column.astype("float64").map(count)
        elif pd.api.types.is_float_dtype(column):
            whole = end in _FREEDOM and (column.dropna() % 1 == 0).all()
            places = 2 if end in _TESTED else digits
            column = column.map(count if whole else lambda value, d=places: number(value, d))
        shown[heading(name)] = column
    return pd.DataFrame(shown)


def interval_texts(
    table: pd.DataFrame, name: str = "", *, can_exceed_one: bool = False
) -> list[str]:
    """Intervals of an estimate as text, one a row; of the columns ``low`` and ``high`` by default.

    Examples
    --------
    >>> table = pd.DataFrame({"r_low": [0.25], "r_high": [0.5], "low": [-1.5], "high": [2.0]})
    >>> interval_texts(table, "r"), interval_texts(table, can_exceed_one=True)
    (['[.25, .50]'], ['[−1.50, 2.00]'])
    """
    low, high = (table[f"{name}_{end}" if name else end] for end in ("low", "high"))
    ends = zip(low, high, strict=True)
    return [interval(*pair, can_exceed_one=can_exceed_one) for pair in ends]


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
    found = {name: [row.get(name) for row in rows] for name in columns}
    kinds: Mapping[str, Any] = columns  # pandas lists its words type by type
    return pd.DataFrame(
        {
            # Most columns are numbers, which NumPy takes ten times as fast as pandas.
            name: np.array(found[name], dtype=kind)
            if kind == "float64"
            else pd.array(found[name], dtype=kind)
            for name, kind in kinds.items()
        },
        index=pd.RangeIndex(len(rows)),
    )


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries of plain Python values; missing numbers are None.

    Examples
    --------
    >>> records(pd.DataFrame({"scale": ["a"], "alpha": [float("nan")]}))
    [{'scale': 'a', 'alpha': None}]
    """
    columns = {str(name): _plain(column) for name, column in table.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(column: "pd.Series[Any]") -> list[Any]:
    """Values of a column; text and numbers, as nearly all are, the quick way."""
    if isinstance(column.dtype, pd.StringDtype):
        texts: list[Any] = pa.array(column.array).to_pylist()
        return texts
    if column.dtype == np.float64:
        return [value if value == value else None for value in column.tolist()]
    return [
        None if missing else value.item() if hasattr(value, "item") else value
        for value, missing in zip(column.tolist(), column.isna().tolist(), strict=True)
    ]
