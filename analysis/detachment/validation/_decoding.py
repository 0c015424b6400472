"""What a cell says: text in, codes and reasons for missing answers out.

Every column has few different cells, so each distinct text is decoded once and the column is
filled by position.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Problem
from detachment.exports import Export, Variable
from detachment.instruments import Column, Instrument, ResponseScale
from detachment.validation._matching import normal_text

NOT_ANSWERED = "not_answered"
INVALID = "invalid"
NOT_REACHED = "not_reached"
NOT_SHOWN = "not_shown"

_TRUE = {"true", "yes", "y", "1", "1.0", "t", "wahr", "ja"}
_FALSE = {"false", "no", "n", "0", "0.0", "f", "falsch", "nein"}


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """One column, by its different texts: whatever is true of a text is true wherever it stands.

    Attributes
    ----------
    codes
        Position in ``texts`` of each row's cell.
    texts
        Different texts of the column.
    values
        What each text says as a number; NaN where it says none.
    reasons
        Why each text is no answer; None where it is one.
    """

    codes: NDArray[np.integer]
    texts: tuple[str, ...]
    values: NDArray[np.float64]
    reasons: tuple[str | None, ...]

    def array(self, dtype: type[np.number]) -> pd.api.extensions.ExtensionArray:
        """Nullable column of ``dtype``; invalid cells are missing too."""
        missing = np.isnan(self.values)
        filled = np.where(missing, 0, self.values).astype(dtype)
        kind = pd.arrays.FloatingArray if issubclass(dtype, np.floating) else pd.arrays.IntegerArray
        return kind(filled[self.codes], missing[self.codes])

    def typed(self, scale: ResponseScale) -> pd.api.extensions.ExtensionArray:
        """Nullable column where an invalid cell still holds a number off every scale."""
        invalid = self.invalid()
        if scale.type == "numeric":
            filled = np.where(invalid, np.inf, self.values)
            return replace(self, values=filled).array(np.float64)
        integers = integer_type(scale.values)
        filled = np.where(invalid, np.iinfo(integers).min, self.values)
        return replace(self, values=filled).array(integers)

    def invalid(self) -> NDArray[np.bool_]:
        """Whether each text (not each row) is neither an answer nor a reason to have none."""
        return np.array([reason == INVALID for reason in self.reasons], dtype=bool)


def integer_type(values: Sequence[int]) -> type[np.signedinteger]:
    """Smallest type that holds the values of a response scale and a number below them."""
    low, high = min(values, default=0), max(values, default=0)
    for dtype in (np.int8, np.int16):
        if np.iinfo(dtype).min < low and high <= np.iinfo(dtype).max:
            return dtype
    return np.int32


@dataclass(frozen=True, slots=True)
class _Cell:
    value: float = np.nan
    reason: str | None = None


def decode_item(
    cells: "pd.Series[str]",
    *,
    scale: ResponseScale,
    variable: Variable,
    instrument: Instrument,
    decimal: str,
) -> tuple[Decoded, Problem | None]:
    """Answers of one item as values of its response scale.

    A cell that is neither an allowed answer nor a known missing code is ``invalid``. When the
    export's own code book gives the labels another order than the instrument, the labels win and
    a problem of severity ``warning`` says so.
    """
    missing = _missing_reader(instrument, variable)
    codes, problem = _codes(str(cells.name), scale, variable)
    labels = _labels(scale)

    def decode(cell: str) -> _Cell:
        text = cell.strip()
        number = parse_number(text, decimal)
        canonical = _canonical(number) if number is not None else text
        reason = missing(text, number)
        if reason is not None:
            return _Cell(reason=reason)
        if scale.type == "numeric":
            inside = number is not None and scale.minimum <= number <= scale.maximum
            return _Cell(value=number) if number is not None and inside else _Cell(reason=INVALID)
        for key in (text, canonical):
            if key in codes:
                return _Cell(value=codes[key])
        label = labels.get(normal_text(text))
        return _Cell(value=label) if label is not None else _Cell(reason=INVALID)

    return _decoded(cells, decode), problem


def decode_column(
    cells: "pd.Series[str]", *, column: Column, instrument: Instrument, export: Export
) -> Decoded:
    """Numbers and true/false of a metadata column; see ``decode_text`` for the other types."""
    variable = export.variable(str(cells.name))
    missing = _missing_reader(instrument, variable)

    def decode(cell: str) -> _Cell:
        text = cell.strip()
        number = parse_number(text, export.decimal)
        reason = missing(text, number)
        if reason is not None:
            return _Cell(reason=reason)
        if column.type == "boolean":
            return _boolean(text, column, variable)
        if number is None or (column.type == "integer" and not _is_whole(number)):
            return _Cell(reason=INVALID)
        return _Cell(value=number)

    return _decoded(cells, decode)


def decode_text(
    cells: "pd.Series[str]", *, column: Column, instrument: Instrument, export: Export
) -> tuple["pd.Series[str]", NDArray[np.bool_]]:
    """Strings and categories: trimmed text (missing where empty) and where it is not allowed."""
    labels = {normal_text(label): code for code, label in column.labels.items()}
    variable = export.variable(str(cells.name))
    missing = _missing_reader(instrument, variable)
    allowed = {normal_text(code): code for code in column.allowed}

    def decode(cell: str) -> str | None:
        text = cell.strip()
        number = parse_number(text, export.decimal)
        if missing(text, number) is not None:
            return None
        canonical = _canonical(number) if number is not None else text
        for key in (text, canonical, variable.labels.get(text, text)):
            found = allowed.get(normal_text(key)) or labels.get(normal_text(key))
            if found is not None:
                return str(found)
        return text

    codes, texts = distinct(cells)
    if allowed or labels or variable.labels:
        decoded = pd.Series([decode(text) for text in texts], dtype="str")
    else:  # ids and the like: few of very many texts can mean "missing"
        decoded = texts.str.strip()
        doubtful = decoded[_may_be_missing(decoded, instrument, variable)]
        missing_ones = doubtful.index[[decode(text) is None for text in doubtful]]
        decoded = decoded.mask(decoded.index.isin(missing_ones))
    known = list(allowed.values())
    bad = (decoded.notna() & ~decoded.isin(known)).to_numpy(bool) if allowed else None
    if bad is None:
        bad = np.zeros(len(decoded), dtype=bool)
    decoded = decoded.mask(bad)
    result = pd.Series(decoded.array.take(codes), index=cells.index, name=cells.name)
    return result, bad[codes]


def distinct(cells: "pd.Series[str]") -> tuple[NDArray[np.integer], "pd.Series[str]"]:
    """Position of each row's text among the different texts, and these."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return cells.cat.codes.to_numpy(), pd.Series(cells.cat.categories)
    codes, texts = pd.factorize(cells)
    return codes, pd.Series(texts, dtype="str")


def parse_number(text: str, decimal: str) -> float | None:
    """A finite number, or None. A comma counts as decimal mark only where the file uses it.

    Examples
    --------
    >>> parse_number("3,5", ","), parse_number("3,5", "."), parse_number("inf", ".")
    (3.5, None, None)
    """
    plain = text.replace(",", ".") if decimal == "," and text.count(",") == 1 else text
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", plain, flags=re.ASCII):
        return None
    number = float(plain)
    return number if np.isfinite(number) else None


def _boolean(text: str, column: Column, variable: Variable) -> _Cell:
    # Both directions: `true: I agree` names an answer, `"2": "false"` says what a code means.
    declared = {normal_text(label): code for code, label in column.labels.items()}
    declared |= {normal_text(code): label for code, label in column.labels.items()}
    for key in (text, variable.labels.get(text, text)):
        code = declared.get(normal_text(key), key).casefold()
        code = key.casefold() if code not in _TRUE | _FALSE else code
        if code in _TRUE:
            return _Cell(value=1.0)
        if code in _FALSE:
            return _Cell(value=0.0)
    return _Cell(reason=INVALID)


def _is_whole(number: float) -> bool:
    """Whether a number is whole and small enough that it is no other whole number."""
    return number == round(number) and abs(number) < 1e15


def _canonical(number: float) -> str:
    """Write a number as codes are written: ``2.0`` is ``"2"``."""
    return str(int(number)) if _is_whole(number) else repr(number)


def _decoded(cells: "pd.Series[str]", decode: Callable[[str], _Cell]) -> Decoded:
    codes, texts = distinct(cells)
    decoded = [decode(text) for text in texts]
    return Decoded(
        codes=codes,
        texts=tuple(texts),
        values=np.array([cell.value for cell in decoded], dtype=np.float64),
        reasons=tuple(cell.reason for cell in decoded),
    )


def _missing_words(instrument: Instrument, variable: Variable) -> dict[str, str]:
    """Normal text of a cell -> why it is no answer. The instrument knows best, the export next.

    Above both: the file's own label of a code, where the instrument says what that label means, and
    a code that the platform keeps to itself (declared missing, with a reason).
    """
    words = {
        normal_text(code): _meant(code, label or variable.labels.get(code, ""), instrument)
        for code, label in variable.missing.items()
    }
    words |= {"": NOT_ANSWERED}
    words |= {normal_text(cell): reason for cell, reason in variable.reasons.items()}
    known = {
        normal_text(code): NOT_ANSWERED if reason == "blank" else reason
        for code, reason in instrument.missing_codes.items()
    }
    words |= known
    for code, label in {**variable.labels, **variable.missing}.items():
        if parse_number(label.strip(), ".") is None and normal_text(label) in known.keys() - {""}:
            words[normal_text(code)] = known[normal_text(label)]
    own = variable.missing.keys() & variable.reasons.keys()
    return words | {normal_text(code): variable.reasons[code] for code in own}


def _meant(code: str, label: str, instrument: Instrument) -> str:
    """Reason of the instrument that a declared code's label names; else what the file says."""
    for known, reason in instrument.missing_codes.items():
        if label and normal_text(label) in (normal_text(known), reason.replace("_", " ")):
            return NOT_ANSWERED if reason == "blank" else reason
    return declared(code, label)


def declared(code: str, label: str) -> str:
    """Reason of a code that the file declares to mean a missing answer.

    Examples
    --------
    >>> declared("99", "refused"), declared("999", "")
    ('declared: 99 = refused', 'declared: 999')
    """
    return f"declared: {code} = {label}" if label else f"declared: {code}"


def _missing_reader(
    instrument: Instrument, variable: Variable
) -> Callable[[str, float | None], str | None]:
    """Make the function that says why a cell (and its number) is no answer; None: it is one."""
    words = _missing_words(instrument, variable)

    def missing(text: str, number: float | None) -> str | None:
        canonical = _canonical(number) if number is not None else text
        for key in (normal_text(text), canonical):
            if key in words:
                return words[key]
        if number is None:
            return None
        for low, high in variable.missing_ranges:
            if low <= number <= high:
                return _meant(canonical, variable.labels.get(text, ""), instrument)
        return None

    return missing


def _may_be_missing(
    texts: "pd.Series[str]", instrument: Instrument, variable: Variable
) -> "pd.Series[bool]":
    """Mark texts that could mean a missing answer; each must then be looked at by itself."""
    words = _missing_words(instrument, variable)
    numbers = [float(word) for word in words if parse_number(word, ".") is not None]
    plain = texts.str.casefold()
    found = plain.isin(list(words))
    for mark in ("<", "&", "  ", "\n"):  # which are not told apart from nothing, or from a blank
        found |= plain.str.contains(mark, regex=False)
    if numbers or variable.missing_ranges:
        value = pd.to_numeric(plain.str.replace(",", "."), errors="coerce")
        found |= value.isin(numbers)
        for low, high in variable.missing_ranges:
            found |= value.between(low, high)
    return found


def _labels(scale: ResponseScale) -> dict[str, float]:
    labels: dict[str, float] = {}
    for value, label in zip(scale.values, scale.labels, strict=False):
        for spelling in (label, *scale.aliases.get(label, ())):
            labels[normal_text(spelling)] = float(value)
    return labels


def _codes(
    column: str, scale: ResponseScale, variable: Variable
) -> tuple[dict[str, float], Problem | None]:
    """Code as written -> value, and what is to be said where the file's code book disagrees."""
    codes = {code: float(v) for code, v in zip(scale.codes, scale.values, strict=True)}
    known = _labels(scale)
    book = {
        code: known[normal_text(label)]
        for code, label in variable.labels.items()
        if normal_text(label) in known
    }
    differs = {code: value for code, value in book.items() if codes.get(code, value) != value}
    if not differs:
        return codes | book, None
    words = ", ".join(
        f"{code} means {_canonical(value)}" for code, value in sorted(differs.items())
    )
    if set(known.values()) <= set(book.values()):
        return book, Problem(
            column=column,
            rule="code_order",
            severity="warning",
            message="the file's own code book gives the labels other codes than the instrument "
            f"({words}); the labels were followed",
        )
    return codes, Problem(
        column=column,
        rule="doubtful_codes",
        message=f"the file's own code book contradicts the instrument ({words}) and labels only "
        "some of the answers, so their order is not known; declare it with `codes:` in the "
        "response scale",
    )
