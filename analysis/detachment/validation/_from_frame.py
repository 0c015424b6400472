"""A plain table of answers as a survey, so that nobody is forced through an instrument file."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment import __version__
from detachment.errors import (
    Problem,
    SurveyError,
    UsageError,
    nearest,
    problems_frame,
    warn,
)
from detachment.exports import personal_by_name
from detachment.instruments import Instrument, Item, ResponseScale, Scale, ScaleItem
from detachment.quality import find_flags
from detachment.text import counted
from detachment.validation._decoding import INVALID, NOT_ANSWERED
from detachment.validation._privacy import WITHHELD, shown
from detachment.validation._survey import Survey

# Codes that platforms write for "no answer"; suspicious where no range of answers was given.
_MISSING_LIKE = (-99.0, -98.0, -97.0, -9.0, -8.0, -7.0, -1.0, 77.0, 88.0, 99.0, 888.0, 999.0)
_MANY = 20
_FIRST = 256  # rows looked at before all are


def from_frame(
    frame: pd.DataFrame,
    *,
    reverse: Iterable[str] = (),
    values: Sequence[float] | None = None,
    name: str = "scale",
) -> Survey:
    """Take a table of answers as a survey of one scale.

    Parameters
    ----------
    frame
        One row a respondent, one column an item; numbers (or text that holds numbers).
    reverse
        Columns that are reversed as min + max - x before scoring; needs ``values``.
    values
        Lowest and highest possible answer, such as ``(1, 6)``. An answer outside counts as
        missing and is named. Without it nothing can be reversed or checked.
    name
        Id of the scale.

    Returns
    -------
    Survey
        Indexed by position (the first row is 1).

    Raises
    ------
    UsageError
        ``reverse`` names no column, or comes without ``values``; ``values`` is no range.
    SurveyError
        No rows, no columns, two columns of one name, or a column that does not hold numbers.

    Warns
    -----
    DataWarning
        Answers outside ``values``, infinite numbers, codes that look like "missing", a column that
        looks like an id, an empty or constant column, two identical columns, fewer rows than items.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 5, 4], "b": [5, 4, 2, 1]})
    >>> survey = from_frame(answers, reverse=["b"], values=(1, 5))
    >>> [item.keyed for item in survey.instrument.scales["scale"].items]
    [1, -1]
    """
    reverse = list(reverse)
    low, high = _range(values)
    names = _names(frame)
    for column in reverse:
        if column not in names:
            raise UsageError(
                f"reverse names {column!r}, which is no column.{nearest(column, names)}"
            )
    if reverse and values is None:
        raise UsageError("to reverse an item its range must be known: add values=(lowest, highest)")
    if frame.empty:
        raise SurveyError("the table has no rows or no columns; give one row a respondent")

    problems: list[Problem] = []
    numbers = _numbers(frame, names, problems)
    wrong = ~np.isnan(numbers) & ~((numbers >= low) & (numbers <= high) & np.isfinite(numbers))
    problems += _outside(numbers, wrong, names, values)
    answers = np.where(wrong, np.nan, numbers)
    problems += _doubts(answers, names, known_range=values is not None)
    for problem in problems:
        where = f"column {problem.column}: " if problem.column else ""
        warn(where + problem.message, stacklevel=2)

    rows = pd.RangeIndex(1, len(frame) + 1, name="row")
    missing = np.isnan(answers)
    found = {str(NOT_ANSWERED): missing & ~wrong, str(INVALID): wrong}
    reasons = sorted(reason for reason, where in found.items() if where.any())
    words = pd.CategoricalDtype(reasons)
    codes = np.full(answers.shape, -1, dtype=np.int8)
    for code, reason in enumerate(reasons):
        codes[found[reason]] = code
    columns = {
        n: pd.arrays.FloatingArray(np.where(missing[:, j], 0.0, answers[:, j]), missing[:, j])
        for j, n in enumerate(names)
    }
    received = {"step": 0, "rule": "received", "before": len(frame), "excluded": 0}
    received |= {"after": len(frame), "message": f"{counted(len(frame), 'row')} in the table"}
    responses = pd.DataFrame(columns, index=rows)
    instrument = _instrument(names, reverse, low, high, name)
    return Survey(
        responses=responses,
        missing=pd.DataFrame(
            {n: pd.Categorical.from_codes(codes[:, j], dtype=words) for j, n in enumerate(names)},
            index=rows,
        ),
        instrument=instrument,
        problems=problems_frame(problems),
        flags=find_flags(responses, instrument, pd.DataFrame()),
        ledger=pd.DataFrame([received]),
        provenance={"file": "", "platform": "DataFrame", "detachment": __version__},
    )


def _range(values: Sequence[float] | None) -> tuple[float, float]:
    if values is None:
        return -np.inf, np.inf
    ends = [float(v) for v in values]
    if len(ends) < 2 or not min(ends) < max(ends):
        raise UsageError(
            f"values must be the lowest and highest answer, such as (1, 6); got {values!r}"
        )
    return min(ends), max(ends)


def _names(frame: pd.DataFrame) -> list[str]:
    names = [str(column) for column in frame.columns]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise SurveyError(
            f"two columns are called {twice[0]!r}; rename one, for each item must have its own name"
        )
    return names


def _numbers(frame: pd.DataFrame, names: list[str], problems: list[Problem]) -> NDArray[np.float64]:
    columns = []
    for j, name in enumerate(names):
        cells = frame.iloc[:, j]
        if isinstance(cells.dtype, pd.CategoricalDtype):
            cells = cells.astype(object)
        if getattr(cells.dtype, "kind", "") in "mMc":  # which pandas would turn into numbers
            raise SurveyError(
                f"column {name!r} holds {cells.dtype}, and answers are plain numbers; leave the "
                "column out"
            )
        numeric = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        columns.append(numeric)
        if pd.api.types.is_numeric_dtype(cells.dtype):
            continue
        blank = cells.map(lambda cell: isinstance(cell, str) and not cell.strip()).to_numpy(bool)
        lost = np.isnan(numeric) & cells.notna().to_numpy(bool) & ~blank
        if lost.any():
            row = int(np.flatnonzero(lost)[0])
            cell = WITHHELD if personal_by_name(name) else shown(str(cells.iloc[row]))
            said = "the cell" if cell == WITHHELD else repr(cell)
            raise SurveyError(
                f"column {name!r}, row {row + 1}: {said} is not a number ({int(lost.sum())} such "
                "cells). Leave the column out, or give the labels their codes first (an instrument "
                "file does that: read_survey)"
            )
        if cells.map(lambda cell: isinstance(cell, str)).any():
            message = "holds numbers as text; they were read as numbers"
            problems.append(
                Problem(column=name, rule="text_numbers", message=message, severity="warning")
            )
    return np.array(columns).T  # each column in one piece


def _outside(
    numbers: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    names: list[str],
    values: Sequence[float] | None,
) -> list[Problem]:
    problems = []
    for position, j in zip(*np.nonzero(wrong), strict=True):
        number = numbers[position, j]
        allowed = "finite" if values is None else f"between {min(values):g} and {max(values):g}"
        problems.append(
            Problem(
                row=int(position) + 1,
                column=names[j],
                value=f"{number:g}",
                rule="not_allowed",
                message=f"row {position + 1} holds {number:g}, which is not {allowed}; it counts "
                "as missing",
            )
        )
    return problems


def _doubts(answers: NDArray[np.float64], names: list[str], *, known_range: bool) -> list[Problem]:
    problems: list[Problem] = []

    def doubt(column: str | None, rule: str, message: str) -> None:
        problems.append(Problem(column=column, rule=rule, message=message, severity="warning"))

    rows, items = answers.shape
    for j, name in enumerate(names):
        given = answers[~np.isnan(answers[:, j]), j]
        distinct = np.unique(given)
        if given.size == 0:
            doubt(name, "empty_column", "is empty, so nothing can be said of it; leave it out")
        elif distinct.size == 1 and rows > 1:
            doubt(name, "constant_item", f"is constant (every answer is {distinct[0]:g})")
        for code in () if known_range else _MISSING_LIKE:
            if code not in distinct:
                continue
            count, rest = int((given == code).sum()), distinct[distinct != code]
            if rest.size and _stands_apart(code, rest):
                doubt(
                    name,
                    "missing_code",
                    f"holds {code:g} {count} times, which looks like a code for a missing answer "
                    "and counts as an answer; make it missing, or say values=(lowest, highest)",
                )
        if items > 2 and given.size >= _MANY and distinct.size == given.size:
            others = np.delete(answers, j, axis=1)
            whole = bool((given == np.round(given)).all())
            if whole and all(np.unique(o[~np.isnan(o)]).size < given.size / 2 for o in others.T):
                doubt(name, "id_column", "looks like an id, not an item: every value stands once")
    alike: dict[bytes, list[int]] = {}  # columns that begin alike, each different from the others
    for j, (name, column) in enumerate(zip(names, answers.T, strict=True)):
        if np.fmin.reduce(column) < np.fmax.reduce(column):
            start = column[:_FIRST] + 0.0  # no negative zero
            known = alike.setdefault(np.where(np.isnan(start), np.nan, start).tobytes(), [])
            same = (k for k in known if np.array_equal(answers[:, k], column, equal_nan=True))
            if (other := next(same, None)) is None:
                known.append(j)
            else:
                message = f"is the same as column {names[other]} in every row"
                doubt(name, "duplicate_item", message)
    if items > 1 and rows < items:
        doubt(
            None,
            "few_rows",
            f"{counted(rows, 'row')} for {items} items; the statistics would be noise",
        )
    return problems


def _stands_apart(code: float, rest: NDArray[np.float64]) -> bool:
    if code < 0:
        return bool(rest.min() >= 0)
    return bool(code > 2 * rest.max())


def _instrument(
    names: list[str], reverse: list[str], low: float, high: float, scale: str
) -> Instrument:
    keyed = {n: -1 if n in reverse else 1 for n in names}
    model = {1: "single_item", 2: "reflective_2item"}.get(len(names), "reflective")
    response = ResponseScale(id="answers", type="numeric", minimum=low, maximum=high)
    text = repr((names, reverse, low, high))
    return Instrument(
        id="dataframe",
        version="0",
        title="Plain table of answers",
        response_scales={"answers": response},
        items={n: Item(id=n, scale="answers", keyed=keyed[n], column=n) for n in names},
        scales={
            scale: Scale(
                id=scale,
                label=scale,
                model=model,  # type: ignore[arg-type]
                items=tuple(ScaleItem(id=n, keyed=keyed[n]) for n in names),
            )
        },
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
