"""The pandera schema of an instrument, and its failures as problems by row and column.

Each rule is one vectorised look at the whole table that marks what is wrong. pandera runs them all
(lazily, with the column types); only for a rule that failed are the places listed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from detachment.errors import Problem
from detachment.instruments import Column, Instrument, ResponseScale

Mask = NDArray[np.bool_]
LISTED_STRUCTURAL = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """``bad(frame)`` marks wrong cells (rows x ``columns``) or, for one column, wrong rows.

    ``structural``: the whole file is refused, for no single cell could be left out instead; what
    is wrong with a group of rows is marked in the first of them, and the message names the rest.
    ``compares``: it looks at several rows together.
    """

    name: str
    columns: tuple[str, ...]
    bad: Callable[[pd.DataFrame], Mask]
    message: Callable[[pd.DataFrame, int, str], str]
    structural: bool = False
    compares: bool = False


def compile_schema(
    instrument: Instrument, types: Mapping[str, str], *, alone: bool = True
) -> tuple[pa.DataFrameSchema, tuple[Rule, ...]]:
    """Compile what a table of decoded answers must be.

    Parameters
    ----------
    instrument
        What was asked.
    types
        Column of the table -> pandas dtype, for the columns that the export has.
    alone
        Whether the table holds all rows there are: without it no rule compares rows.

    Returns
    -------
    schema
        pandera schema: strict types, required columns, and one check a rule.
    rules
        The same rules, to list the places of those that fail.
    """
    rules = tuple(r for r in _rules(instrument, types) if alone or not r.compares)
    columns = {
        name: pa.Column(dtype, nullable=True, required=True) for name, dtype in types.items()
    }
    checks = [pa.Check(_passes(rule), name=rule.name, error=rule.name) for rule in rules]
    return pa.DataFrameSchema(columns, checks=checks, strict=True), rules


def broken_rules(
    frame: pd.DataFrame, schema: pa.DataFrameSchema, rules: tuple[Rule, ...]
) -> list[Rule]:
    """Rules that ``frame`` breaks anywhere, as pandera finds them."""
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as failure:
        failed = {getattr(error.check, "name", None) for error in failure.schema_errors}
        unknown = failed - {rule.name for rule in rules}
        if unknown:  # a column type that decoding did not deliver: our mistake, not the user's
            raise RuntimeError(f"decoded table breaks its own schema: {unknown}") from failure
        return [rule for rule in rules if rule.name in failed]
    return []


def structural_problems(
    frame: pd.DataFrame,
    rules: Sequence[Rule],
    names: Mapping[str, str],
    most: int = LISTED_STRUCTURAL,
) -> list[Problem]:
    """What makes the whole file unusable; of one rule only the first places are listed."""
    found: list[Problem] = []
    for rule in rules:
        column = rule.columns[0]
        where = np.flatnonzero(rule.bad(frame))
        found += [
            Problem(
                row=int(frame.index[position]),
                column=names.get(column, column),
                rule=rule.name,
                message=rule.message(frame, int(position), column),
            )
            for position in where[:most]
        ]
        if len(where) > most:
            more = f"and {len(where) - most} more places like these"
            found.append(Problem(column=names.get(column, column), rule=rule.name, message=more))
    return found


def _passes(rule: Rule) -> Callable[[pd.DataFrame], bool]:
    return lambda frame: not rule.bad(frame).any()


def _rules(instrument: Instrument, types: Mapping[str, str]) -> list[Rule]:
    present = {c.id: c for c in instrument.columns.values() if c.id in types}
    items = tuple(i for i in instrument.items if i in types)
    rules: list[Rule] = []
    if items:
        rules.append(_allowed_codes(instrument, items))
    rules += [_in_range(c) for c in present.values() if c.min is not None or c.max is not None]
    numbers = ("integer", "number")
    rules += [_listed(c) for c in present.values() if c.allowed and c.type in numbers]
    keys_of_a_row = ("respondent_id", "wave")
    rules += [_not_blank(c) for c in present.values() if c.required and c.role in keys_of_a_row]
    keys = {
        role: _first(present, role) for role in ("respondent_id", "wave", "dyad_id", "partner_role")
    }
    respondent, wave = keys["respondent_id"], keys["wave"]
    if respondent:
        rules.append(_unique_respondent(respondent, wave))
    if keys["dyad_id"]:
        rules.append(_dyad_size(keys["dyad_id"], wave, respondent))
        if keys["partner_role"]:
            rules.append(_dyad_roles(keys["dyad_id"], keys["partner_role"], wave, respondent))
    return rules


def _first(columns: Mapping[str, Column], role: str) -> str | None:
    return next((c.id for c in columns.values() if c.role == role), None)


def _floats(frame: pd.DataFrame, columns: tuple[str, ...]) -> NDArray[np.float64]:
    return frame[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan)


def _allowed_codes(instrument: Instrument, items: tuple[str, ...]) -> Rule:
    scales = [instrument.response_scale(item) for item in items]

    def bad(frame: pd.DataFrame) -> Mask:
        wrong = np.zeros((len(frame), len(items)), dtype=bool)
        for j, (item, scale) in enumerate(zip(items, scales, strict=True)):
            outside = _outside(frame[item], scale)
            if outside.any():
                wrong[:, j] = outside
        return wrong

    def message(frame: pd.DataFrame, position: int, column: str) -> str:
        scale = instrument.response_scale(column)
        if scale.type == "numeric":
            allowed = f"a number from {scale.minimum:g} to {scale.maximum:g}"
        else:
            allowed = "one of " + ", ".join(scale.codes)
            allowed += f" ({', '.join(scale.labels)})" if scale.labels else ""
        return f"not an answer of item {column}; it must be {allowed}"

    return Rule("not_allowed", items, bad, message)


def _outside(column: "pd.Series[int]", scale: ResponseScale) -> Mask:
    """Where an answer is none that the scale allows; integers are compared as they are."""
    if scale.type == "numeric":
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        inside = (values >= scale.minimum) & (values <= scale.maximum) & np.isfinite(values)
        return ~inside & ~np.isnan(values)
    low, high = min(scale.values), max(scale.values)
    kind = getattr(column.dtype, "numpy_dtype", np.int64)
    codes = column.to_numpy(dtype=kind, na_value=low)
    wrong: Mask = (codes < low) | (codes > high)
    if len(scale.values) <= high - low:  # codes between the ends that are not allowed
        wrong |= ~np.isin(codes, scale.values)
    return wrong


def _in_range(column: Column) -> Rule:
    low = -np.inf if column.min is None else column.min
    high = np.inf if column.max is None else column.max

    def bad(frame: pd.DataFrame) -> Mask:
        values = _floats(frame, (column.id,))
        return (values < low) | (values > high)

    def message(frame: pd.DataFrame, position: int, name: str) -> str:
        if np.isinf(high):
            return f"{column.id} must be at least {low:g}; the cell counts as missing"
        if np.isinf(low):
            return f"{column.id} must be at most {high:g}; the cell counts as missing"
        return f"{column.id} must lie between {low:g} and {high:g}; the cell counts as missing"

    return Rule(f"range:{column.id}", (column.id,), bad, message)


def _listed(column: Column) -> Rule:
    allowed = np.array([float(value) for value in column.allowed])

    def bad(frame: pd.DataFrame) -> Mask:
        values = _floats(frame, (column.id,))
        unknown: Mask = ~np.isin(values, allowed) & ~np.isnan(values)
        return unknown

    def message(frame: pd.DataFrame, position: int, name: str) -> str:
        allowed = ", ".join(column.allowed)
        return f"{column.id} must be one of {allowed}; the cell counts as missing"

    return Rule(f"listed:{column.id}", (column.id,), bad, message)


def _not_blank(column: Column) -> Rule:
    def bad(frame: pd.DataFrame) -> Mask:
        return np.asarray(frame[column.id].isna(), dtype=bool)

    def message(frame: pd.DataFrame, position: int, name: str) -> str:
        return f"{column.id} is empty here, but every row needs it; fill it in"

    return Rule(f"blank:{column.id}", (column.id,), bad, message, structural=True)


def _others(frame: pd.DataFrame, keys: list[str], position: int) -> str:
    same = np.ones(len(frame), dtype=bool)
    for key in keys:
        values = frame[key]
        here = values.iloc[position]
        same &= (values.isna() if pd.isna(here) else values.eq(here).fillna(False)).to_numpy(bool)
    rows = [str(row) for row in frame.index[same]]
    shown = ", ".join(rows[:5]) + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")
    return f"rows {shown}"


def _sizes(frame: pd.DataFrame, keys: list[str]) -> NDArray[np.int64]:
    """How many rows have the same keys, row by row."""
    groups = frame.groupby(keys, dropna=False, observed=True, sort=False)
    return groups[keys[0]].transform("size").to_numpy(np.int64)


def _first_of_many(frame: pd.DataFrame, keys: list[str], allowed: int) -> Mask:
    """First row of every group of equal keys that has more rows than ``allowed``."""
    again = frame.duplicated(keys, keep="first").to_numpy(bool)
    if not again.any():
        return again
    return ~again & (_sizes(frame, keys) > allowed)


def _in_first_rows(
    frame: pd.DataFrame,
    respondent: str | None,
    wave: str | None,
    bad: Callable[[pd.DataFrame], Mask],
) -> Mask:
    """Look at one row a person, so that a copied row is not a further member of its dyad."""
    if respondent is None:
        return bad(frame)
    first = ~frame.duplicated([respondent, wave] if wave else [respondent]).to_numpy(bool)
    marked = np.zeros(len(frame), dtype=bool)
    marked[first] = bad(frame[first])
    return marked


def duplicate_words(where: str, in_waves: bool) -> str:
    """What is wrong with a respondent who stands in several rows."""
    return (
        f"this respondent id stands more than once{_in_wave(in_waves)} ({where}); keep one row or "
        "correct the id"
    )


def dyad_size_words(where: str, in_waves: bool) -> str:
    """What is wrong with a dyad of three or more."""
    return (
        f"this dyad has more than two members{_in_wave(in_waves)} ({where}); a couple has two: "
        "correct the dyad id"
    )


def dyad_role_words(where: str, in_waves: bool) -> str:
    """What is wrong with a dyad whose members have one role."""
    return (
        f"both members of this dyad have the same partner role{_in_wave(in_waves)} ({where}); "
        "each role may stand once"
    )


def _in_wave(in_waves: bool) -> str:
    return " in one wave" if in_waves else ""


def _unique_respondent(respondent: str, wave: str | None) -> Rule:
    keys = [respondent, wave] if wave else [respondent]

    def bad(frame: pd.DataFrame) -> Mask:
        return _first_of_many(frame, keys, 1) & frame[respondent].notna().to_numpy(bool)

    def message(frame: pd.DataFrame, position: int, name: str) -> str:
        return duplicate_words(_others(frame, keys, position), wave is not None)

    return Rule("duplicate_respondent", (respondent,), bad, message, structural=True, compares=True)


def _dyad_size(dyad: str, wave: str | None, respondent: str | None) -> Rule:
    keys = [dyad, wave] if wave else [dyad]

    def too_many(frame: pd.DataFrame) -> Mask:
        return _first_of_many(frame, keys, 2) & frame[dyad].notna().to_numpy(bool)

    def bad(frame: pd.DataFrame) -> Mask:
        return _in_first_rows(frame, respondent, wave, too_many)

    def message(frame: pd.DataFrame, position: int, name: str) -> str:
        return dyad_size_words(_others(frame, keys, position), wave is not None)

    return Rule("dyad_size", (dyad,), bad, message, structural=True, compares=True)


def _dyad_roles(dyad: str, partner: str, wave: str | None, respondent: str | None) -> Rule:
    keys = [dyad, partner, wave] if wave else [dyad, partner]
    group = [dyad, wave] if wave else [dyad]

    def same_role(frame: pd.DataFrame) -> Mask:
        known = (frame[dyad].notna() & frame[partner].notna()).to_numpy(bool)
        # A dyad of three is said once, by the rule about its size.
        pair: Mask = _sizes(frame, group) == 2
        return _first_of_many(frame, keys, 1) & known & pair

    def bad(frame: pd.DataFrame) -> Mask:
        return _in_first_rows(frame, respondent, wave, same_role)

    def message(frame: pd.DataFrame, position: int, name: str) -> str:
        return dyad_role_words(_others(frame, keys, position), wave is not None)

    return Rule("dyad_role", (partner,), bad, message, structural=True, compares=True)
