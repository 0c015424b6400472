"""From an export to a survey, or to one error that names everything that is wrong."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment import __version__
from detachment.errors import DataWarning, Problem, SurveyError, UsageError, place, problems_frame
from detachment.exports import Export, read_export
from detachment.instruments import Column, Instrument, read_instrument
from detachment.text import counted
from detachment.validation._decoding import (
    INVALID,
    Decoded,
    decode_column,
    decode_item,
    decode_text,
    parse_number,
)
from detachment.validation._doubts import find_doubts
from detachment.validation._flags import find_flags
from detachment.validation._matching import Matches, match_columns, near_column
from detachment.validation._privacy import nearest_label, shown
from detachment.validation._schema import compile_schema, find_problems
from detachment.validation._survey import Survey

# Personal or free, so never shown in a message and never kept unless it has a use of its own.
_PRIVATE_ROLES = ("respondent_id", "dyad_id", "free_text", "identifier")
_DROPPED_ROLES = ("free_text", "identifier")
_LEDGER = ["step", "rule", "before", "excluded", "after", "message"]


def read_survey(
    path: str | Path,
    *,
    instrument: str | Path | Instrument = "detachment",
    platform: str | None = None,
    sheet: str | None = None,
    member: str | None = None,
    encoding: str | None = None,
    codebook: str | Path | Iterable[str | Path] = (),
    missing_codes: Mapping[str, str] | None = None,
    strict: bool = False,
) -> Survey:
    """Read an export and validate it against an instrument.

    Parameters
    ----------
    path
        The file as the survey platform wrote it.
    instrument
        Id of a shipped instrument, path of an instrument file, or an ``Instrument``.
    platform, sheet, member, encoding, codebook, missing_codes
        How to read the file where detection should not decide: see ``read_export``.
    strict
        Refuse the file when any cell is wrong, rather than count that cell as missing.

    Returns
    -------
    Survey

    Raises
    ------
    UsageError
        The file does not exist, or a word is unknown.
    ExportError
        The file cannot be read as a survey export.
    InstrumentError
        The instrument file does not say what it must.
    SurveyError
        The data cannot be used; the error carries every problem.

    Warns
    -----
    DataWarning
        When problems were found that do not stop the survey.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> survey.has_errors
    False
    """
    declared = instrument if isinstance(instrument, Instrument) else read_instrument(instrument)
    export = read_export(
        path,
        platform=platform,
        sheet=sheet,
        member=member,
        encoding=encoding,
        codebook=codebook,
        missing_codes=missing_codes,
    )
    survey = _survey(export, declared, strict=strict)
    _warn_of_errors(survey)
    return survey


def validate(
    export: Export, instrument: str | Path | Instrument = "detachment", *, strict: bool = False
) -> Survey:
    """Turn an export into a survey: typed answers that are known to be what was asked.

    Columns are matched to items by declared name, id, then question text. Labels become codes.
    Every missing answer keeps its reason. Tests, previews and refused consent are left out and
    stand in the ledger. Columns that hold personal values, and columns that the instrument does
    not declare, are left behind.

    Parameters
    ----------
    export
        What ``read_export`` returned.
    instrument
        Id of a shipped instrument, path of an instrument file, or an ``Instrument``.
    strict
        Refuse the file when there is any problem of severity ``error``.

    Returns
    -------
    Survey
        With every problem in ``problems``; a wrong cell is missing with the reason ``invalid``.

    Raises
    ------
    SurveyError
        A required column is absent, no item is found, a column's match is doubtful, a respondent
        stands twice in a wave, a dyad has three members, nobody is left, or (``strict``) any error.

    Warns
    -----
    DataWarning
        When there are problems of severity ``error``, with their number and the first of them.

    Examples
    --------
    >>> import detachment as dt
    >>> export = dt.read_export(dt.sample("couples_long.csv"))
    >>> dt.validate(export, "detachment").instrument.id
    'detachment'
    """
    if not isinstance(export, Export):
        raise UsageError(
            f"validate needs what read_export returns, and was given {type(export).__name__}. "
            "For a file: read_survey(path). For a plain table of answers: from_frame(table), or "
            "the table itself where a verb asks for a survey"
        )
    declared = instrument if isinstance(instrument, Instrument) else read_instrument(instrument)
    survey = _survey(export, declared, strict=strict)
    _warn_of_errors(survey)
    return survey


def _warn_of_errors(survey: Survey) -> None:
    """One warning at the caller's line, with the number of errors and the first of them."""
    errors = survey.problems[survey.problems["severity"] == "error"]
    if errors.empty:
        return
    plain = errors.iloc[0].astype(object).where(errors.iloc[0].notna(), None)
    first = Problem(**{str(key): value for key, value in plain.items()})
    warnings.warn(
        f"{counted(len(errors), 'problem')} in {survey.provenance['file']} (all of them: "
        "survey.problems, or `detachment validate` in a terminal); wrong cells count as missing. "
        f"The first: {place(first)}{first.message}",
        DataWarning,
        stacklevel=3,
    )


def _survey(export: Export, instrument: Instrument, *, strict: bool) -> Survey:
    matches = match_columns(export, instrument)
    problems = [*matches.problems, *_absent(export, instrument, matches)]
    _refuse_if(
        export, [p for p in problems if p.rule in ("doubtful_match", "required", "no_items")]
    )

    table = _decode(export, instrument, matches)
    _refuse_if(export, [p for p in table.problems if p.rule == "doubtful_codes"])
    kept, ledger = _ledger(export, instrument, table.responses)
    if not kept.any():
        steps = "; ".join(ledger["message"])
        raise SurveyError(f"{export.file}: nobody is left to analyse. {steps}.")

    rows = pd.Index(export.rows[kept], name="row")
    decoded = table.responses[kept].set_axis(rows)
    reasons = table.missing[kept].set_axis(rows)
    names = matches.items | matches.columns
    schema, rules = compile_schema(instrument, {str(c): str(t) for c, t in decoded.dtypes.items()})
    broken, structural = find_problems(decoded, schema, rules, names)
    broken = _with_values(broken, export, instrument, matches)
    problems += [p for p in table.problems if p.row is None or kept[_position(export, p.row)]]
    problems += broken
    if structural:
        errors = [p for p in problems if p.severity == "error"]
        _refuse_if(export, [*structural, *errors])

    responses = _without_invalid(decoded, reasons, broken, matches)
    problems += find_doubts(responses, reasons, instrument, names)
    problems.sort(key=lambda p: (p.row is None, p.row or 0))
    if strict:
        _refuse_if(export, [p for p in problems if p.severity == "error"])
    return Survey(
        responses=responses,
        missing=_as_categories(reasons, instrument),
        instrument=instrument,
        problems=problems_frame(problems),
        flags=find_flags(responses, instrument, export, kept),
        ledger=ledger,
        provenance=_provenance(export, instrument, matches),
    )


def _refuse_if(export: Export, problems: Sequence[Problem]) -> None:
    if problems:
        many = counted(len(problems), "problem")
        raise SurveyError(f"{export.file} cannot be used: {many}", problems=problems)


def _absent(export: Export, instrument: Instrument, matches: Matches) -> list[Problem]:
    def hint(name: str) -> str:
        return near_column(name, export, matches.taken)

    problems = [
        Problem(
            column=column.column,
            rule="required",
            message=f"the instrument {instrument.id} requires this column ({column.role}) and the "
            f"file does not have it{hint(column.column)}; add it, or name it with "
            "`column:` in the instrument file",
        )
        for column in instrument.columns.values()
        if column.required and column.id not in matches.columns
    ]
    if not matches.items:
        wanted = ", ".join(i.column for i in list(instrument.items.values())[:3])
        has = ", ".join(str(c) for c in export.cells.columns[:6])
        return [
            Problem(
                rule="no_items",
                message=f"no column answers an item of the instrument {instrument.id} "
                f"({len(instrument.items)} items: {wanted}, ...); the file has: {has}, ... Is it "
                "another survey? Choose the instrument with --instrument (instrument= in Python)",
            )
        ]
    left_out: list[str] = []
    for scale in instrument.scales.values():
        absent = [i.id for i in scale.items if i.id not in matches.items]
        if len(absent) == len(scale.items):
            left_out.append(scale.id)
            continue
        problems += [
            Problem(
                column=instrument.items[item].column,
                rule="item_absent",
                message=f"item {item} of scale {scale.id} is not in the file"
                f"{hint(instrument.items[item].column)}; statistics of the whole "
                "scale need it: add the column, or name it with `column:` in the instrument file",
            )
            for item in absent
            if not any(p.column == instrument.items[item].column for p in problems)
        ]
    if left_out:
        problems.append(
            Problem(
                rule="scale_absent",
                severity="warning",
                message="left out because the file has none of their items: " + ", ".join(left_out),
            )
        )
    return problems


@dataclass(frozen=True, slots=True)
class _Table:
    responses: pd.DataFrame
    missing: pd.DataFrame
    problems: list[Problem]


def _decode(export: Export, instrument: Instrument, matches: Matches) -> _Table:
    problems: list[Problem] = []
    columns: dict[str, object] = {}
    for column in instrument.columns.values():
        if column.id in matches.columns and column.role not in _DROPPED_ROLES:
            columns[column.id] = _metadata(export, column, instrument, matches, problems)
    reasons: dict[str, NDArray[np.object_]] = {}
    for item in instrument.items.values():
        if item.id not in matches.items:
            continue
        name = matches.items[item.id]
        scale = instrument.response_scale(item.id)
        decoded, problem = decode_item(
            export.column(name),
            scale=scale,
            variable=export.variable(name),
            instrument=instrument,
            decimal=export.decimal,
        )
        problems += [problem] if problem else []
        columns[item.id] = _typed(decoded, numeric=scale.type == "numeric", values=scale.values)
        reasons[item.id] = decoded.reasons
    return _Table(pd.DataFrame(columns), pd.DataFrame(reasons), problems)


def _typed(
    decoded: Decoded, *, numeric: bool, values: Sequence[int]
) -> pd.api.extensions.ExtensionArray:
    """Nullable column; what is no answer holds a number off every scale until it is checked."""
    if numeric:
        filled = np.where(decoded.reasons == INVALID, np.inf, decoded.values)
        missing = np.isnan(filled)
        return pd.arrays.FloatingArray(np.where(missing, 0.0, filled), missing)
    dtype = _integer_type(values)
    off_scale = np.iinfo(dtype).min
    filled = np.where(decoded.reasons == INVALID, off_scale, decoded.values)
    missing = np.isnan(filled)
    return pd.arrays.IntegerArray(np.where(missing, 0, filled).astype(dtype), missing)


def _integer_type(values: Sequence[int]) -> type[np.signedinteger]:
    low, high = min(values, default=0), max(values, default=0)
    for dtype in (np.int8, np.int16):
        if np.iinfo(dtype).min < low and high <= np.iinfo(dtype).max:
            return dtype
    return np.int32


def _metadata(
    export: Export,
    column: Column,
    instrument: Instrument,
    matches: Matches,
    problems: list[Problem],
) -> object:
    name = matches.columns[column.id]
    cells = export.column(name)
    if column.type in ("string", "category"):
        texts, wrong = decode_text(cells, column=column, instrument=instrument, export=export)
        kind = "one of " + ", ".join(column.allowed)
        if column.role in ("respondent_id", "dyad_id") and name in export.identifying_columns:
            texts = _pseudonyms(texts, column.id)
    elif column.type == "datetime":
        texts = cells.str.strip()
        moments = pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601")
        wrong = (moments.isna() & (texts != "")).to_numpy(bool)
        problems += _bad_metadata(export, column, name, wrong, "a date and time (ISO 8601)")
        return moments.to_numpy()
    else:
        decoded = decode_column(cells, column=column, instrument=instrument, export=export)
        wrong = decoded.reasons == INVALID
        kind = {"integer": "a whole number", "number": "a number"}.get(column.type, "yes or no")
        problems += _bad_metadata(export, column, name, wrong, kind)
        missing = np.isnan(decoded.values)
        filled = np.where(missing, 0, decoded.values)
        if column.type == "boolean":
            return pd.arrays.BooleanArray(filled.astype(bool), missing)
        if column.type == "integer":
            return pd.arrays.IntegerArray(filled.astype(np.int64), missing)
        return pd.arrays.FloatingArray(filled, missing)
    problems += _bad_metadata(export, column, name, wrong, kind)
    return texts


def _pseudonyms(texts: "pd.Series[str]", name: str) -> "pd.Series[str]":
    """Numbers in the order of the ids (not of the rows), where ids are personal values."""
    positions, distinct = pd.factorize(texts, sort=True)
    words = np.array([f"{name}_{i + 1:05d}" for i in range(len(distinct))] + [None], dtype=object)
    return pd.Series(words[positions], index=texts.index, dtype="str")


def _bad_metadata(
    export: Export, column: Column, name: str, wrong: NDArray[np.bool_], kind: str
) -> list[Problem]:
    personal = column.role in _PRIVATE_ROLES or name in export.identifying_columns

    def quoted(cell: str) -> str | None:
        # People describe themselves in their own words, and slipped rows bring in any other.
        number = parse_number(cell.strip(), export.decimal) is not None
        told = number or nearest_label(cell.strip(), column.allowed)
        return shown(cell, column.allowed) if told and not personal else None

    return [
        Problem(
            row=int(export.rows[position]),
            column=name,
            value=quoted(str(export.column(name).iloc[position])),
            rule="not_allowed",
            message=f"{column.id} must be {kind}; the cell counts as missing",
        )
        for position in np.flatnonzero(wrong)
    ]


def _ledger(
    export: Export, instrument: Instrument, responses: pd.DataFrame
) -> tuple[NDArray[np.bool_], pd.DataFrame]:
    kept = np.ones(len(responses), dtype=bool)
    steps: list[dict[str, object]] = [
        _step(0, "received", len(kept), 0, f"{counted(len(kept), 'record')} in the file")
    ]

    def exclude(rule: str, out: NDArray[np.bool_], words: str) -> None:
        nonlocal kept
        before, excluded = int(kept.sum()), int((kept & out).sum())
        kept = kept & ~out
        steps.append(_step(len(steps), rule, before, excluded, f"{excluded} {words}"))

    exclude("test_or_preview", export.test_rows, "marked as test or preview by the platform")
    for column in instrument.columns_with_role("consent"):
        if column.id in responses:
            refused = responses[column.id].eq(False).fillna(False).to_numpy(bool)
            exclude("consent_refused", refused, "refused consent")
    return kept, pd.DataFrame(steps, columns=_LEDGER)


def _step(step: int, rule: str, before: int, excluded: int, message: str) -> dict[str, object]:
    return {
        "step": step,
        "rule": rule,
        "before": before,
        "excluded": excluded,
        "after": before - excluded,
        "message": message,
    }


def _position(export: Export, row: int) -> int:
    return int(np.searchsorted(export.rows, row))


def _with_values(
    problems: Sequence[Problem], export: Export, instrument: Instrument, matches: Matches
) -> list[Problem]:
    """Problems of cells with what stands there, where it may be shown."""
    private = {
        matches.columns[c.id]
        for c in instrument.columns.values()
        if c.role in _PRIVATE_ROLES and c.id in matches.columns
    }
    private |= set(export.identifying_columns)
    items = {name: item for item, name in matches.items.items()}
    cells = {
        column: export.column(str(column)).to_numpy(dtype=object)
        for column in {p.column for p in problems} - private - {None}
    }

    def told(problem: Problem) -> Problem:
        if problem.column not in cells or problem.row is None:
            return problem
        cell = str(cells[problem.column][_position(export, problem.row)])
        if problem.column not in items:
            return replace(problem, value=shown(cell))
        labels = instrument.response_scale(items[problem.column]).labels
        near = nearest_label(cell.strip(), labels)
        hint = (
            f". Did you mean {near!r}? A spelling can be declared under `aliases`" if near else ""
        )
        return replace(problem, value=shown(cell, labels), message=problem.message + hint)

    return [told(problem) for problem in problems]


def _without_invalid(
    decoded: pd.DataFrame, reasons: pd.DataFrame, broken: Sequence[Problem], matches: Matches
) -> pd.DataFrame:
    """Take wrong cells out: missing, with the reason ``invalid``."""
    ids = {name: id_ for id_, name in (matches.items | matches.columns).items()}
    responses = decoded.copy()
    cells: dict[str, list[int]] = {}
    for problem in broken:
        if problem.severity == "error" and problem.row is not None:
            cells.setdefault(ids[str(problem.column)], []).append(problem.row)
    for column, rows in cells.items():
        responses.loc[rows, column] = pd.NA
        if column in reasons:
            reasons.loc[rows, column] = INVALID
    return responses


def _as_categories(reasons: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    found: set[object] = set(pd.unique(reasons.to_numpy().ravel())) - {None}
    words = sorted(str(word) for word in found)
    return reasons.astype(pd.CategoricalDtype(words)) if len(reasons.columns) else reasons


def _provenance(export: Export, instrument: Instrument, matches: Matches) -> dict[str, object]:
    kept = {c for c in matches.columns if instrument.columns[c].role not in _DROPPED_ROLES}
    used = {*matches.items.values(), *(matches.columns[c] for c in kept)}
    private = {name for c, name in matches.columns.items() if c not in kept}
    private |= set(export.identifying_columns) - used
    return {
        "file": export.file,
        "sha256": export.sha256,
        "platform": export.platform,
        "rule": export.rule,
        "container": export.container,
        "encoding": export.encoding,
        "records": len(export.cells),
        "instrument": instrument.id,
        "instrument_version": instrument.version,
        "instrument_sha256": instrument.sha256,
        "detachment": __version__,
        "matched_by_text": list(matches.by_text),
        "matched_by_platform": {c: matches.columns[c] for c in matches.by_platform},
        "identifying_dropped": [c for c in export.cells.columns if c in private],
        "columns_left_out": [c for c in export.cells.columns if c not in used | private],
        "warnings": list(export.warnings),
    }
