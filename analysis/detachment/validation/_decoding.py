"""What a cell says: text in, codes and reasons for missing answers out.

Every column has few different cells, so each distinct text is decoded once and the column is
filled by position.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Problem
from detachment.exports import Export, Variable
from detachment.instruments import Column, Instrument, ResponseScale
from detachment.validation._matching import normal_text

NOT_ANSWERED = "not_answered"
INVALID = "invalid"
USER_MISSING = "user_missing"

_TRUE = {"true", "yes", "y", "1", "1.0", "t", "wahr", "ja"}
_FALSE = {"false", "no", "n", "0", "0.0", "f", "falsch", "nein"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """One column: ``values`` (float, NaN where there is none) and ``reasons`` (None: answered)."""

    values: NDArray[np.float64]
    reasons: NDArray[np.object_]


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

    return _fill(cells, decode), problem


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

    return _fill(cells, decode)


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

    positions, distinct = pd.factorize(cells)
    texts = [decode(str(cell)) for cell in distinct]
    result = pd.Series(
        np.array([*texts, None], dtype=object)[positions], index=cells.index, dtype="str"
    )
    bad = np.array([bool(allowed) and t is not None and t not in allowed.values() for t in texts])
    wrong = np.append(bad, False)[positions].astype(bool)
    return result.mask(wrong), wrong


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


def _fill(cells: "pd.Series[str]", decode: Callable[[str], _Cell]) -> Decoded:
    positions, distinct = pd.factorize(cells)
    decoded = [decode(str(cell)) for cell in distinct]
    values = np.array([cell.value for cell in decoded] or [np.nan])
    reasons = np.array([cell.reason for cell in decoded] or [None], dtype=object)
    return Decoded(values[positions], reasons[positions])


def _missing_reader(
    instrument: Instrument, variable: Variable
) -> Callable[[str, float | None], str | None]:
    """Make the function that says why a cell (and its number) is no answer; None: it is one."""
    reasons = dict.fromkeys(map(normal_text, variable.missing), USER_MISSING) | {"": NOT_ANSWERED}
    reasons |= {normal_text(cell): reason for cell, reason in variable.reasons.items()}
    for code, reason in instrument.missing_codes.items():
        reasons[normal_text(code)] = NOT_ANSWERED if reason == "blank" else reason

    def missing(text: str, number: float | None) -> str | None:
        canonical = _canonical(number) if number is not None else text
        for key in (normal_text(text), canonical):
            if key in reasons:
                return reasons[key]
        if number is None:
            return None
        inside = any(low <= number <= high for low, high in variable.missing_ranges)
        return USER_MISSING if inside else None

    return missing


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
