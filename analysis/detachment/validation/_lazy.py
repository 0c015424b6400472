"""A survey whose answers stay where they are: validated, counted, and read again block by block."""

import functools
import hashlib
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from detachment import __version__
from detachment.engines import Engine, Local, each_once
from detachment.errors import Problem, Refusal, SurveyError, warn
from detachment.exports import Export, export_of_table
from detachment.instruments import Instrument, read_instrument
from detachment.sources import (
    BrokenPart,
    ExportPart,
    Fingerprint,
    Part,
    PartError,
    Source,
    open_source,
    row_numbers,
)
from detachment.text import count, counted, listing
from detachment.validation._blocks import Block, blocks_of
from detachment.validation._doubts import ItemSummary, find_doubts
from detachment.validation._examined import (
    NOTHING,
    Examined,
    Wrong,
    examine,
    require_unchanged,
)
from detachment.validation._ledger import COLUMNS as LEDGER
from detachment.validation._matching import match_columns
from detachment.validation._people import compared
from detachment.validation._places import as_problems
from detachment.validation._reading import NO_FLAGS, Reading
from detachment.validation._survey import Survey
from detachment.validation._table import DROPPED_ROLES
from detachment.validation._validate import refuse_if, survey_of_export, unmatched


class _Addable(Protocol):
    def __add__(self, other: Self, /) -> Self: ...


T = TypeVar("T", bound=_Addable)
MEMORY = 1_000_000_000
"""Bytes that rows may take by default, where they are needed all at once."""
_RUN = 32  # parts that are added up before they are added to the others
_ANSWER = 12  # bytes of an answer in memory: as read, as decoded, and as a number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LazySurvey:
    """Answers that were validated where they are, and are read again whenever they are counted.

    Attributes
    ----------
    source
        Where they are.
    instrument
        What was asked.
    rows
        Rows that are kept.
    problems
        ``part, row, column, value, rule, message, severity, count``: wrong cells, the first
        ``LISTED`` of them by place and the rest by number, and problems of whole columns.
    items
        Item -> what its answers are like: number, lowest, highest, reasons where there is none.
    ledger
        ``step, rule, before, excluded, after, message``: from rows received to rows kept.
    provenance
        Where the data came from; ``sha256`` is a hash of the hashes of all parts.
    prints
        Part -> fingerprint and rows: by which a part is known again.
    levels
        Column about people, where it has few different values -> value -> rows.
    missing_parts
        Parts that could not be read and are left out.
    engine
        Who counts.
    memory_limit
        Bytes that the rows may take where a verb needs all of them at once.
    """

    source: Source
    instrument: Instrument
    reading: Reading
    rows: int
    problems: pd.DataFrame
    items: Mapping[str, ItemSummary]
    ledger: pd.DataFrame
    provenance: Mapping[str, object]
    prints: Mapping[str, tuple[Fingerprint, int]]
    levels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    missing_parts: tuple[str, ...] = ()
    engine: Engine = field(default_factory=Local)
    memory_limit: int = MEMORY

    @property
    def has_errors(self) -> bool:
        """Whether a problem of severity ``error`` was found."""
        return bool((self.problems["severity"] == "error").any())

    def total(self, task: Callable[[Block], T], items: Iterable[str]) -> T:
        """Do a task for each block of rows, and add up what it gives.

        Parameters
        ----------
        task
            A plain function (it can be pickled) from a block (its ``survey`` has the answers) to
            something that can be added: tables of whole numbers. It may use the ``items`` named,
            and every column about people.
        items
            Items that are read.

        Returns
        -------
        T
            The sum, each part added once; the same for every engine, partition and order of rows.

        Raises
        ------
        PartError
            When a part cannot be read, or is not what it was when it was validated.
        """
        parts = [part for part in self.source.parts if part.name in self.prints]
        known = [
            _Known(part, *self.prints[part.name], first)
            for part, first in zip(parts, self._first_rows(parts), strict=True)
        ]
        return _sum_of(self.engine, _Counting(task, self.reading.only(items)), known)

    def _first_rows(self, parts: Sequence[Part]) -> list[int]:
        """Number of the first row of each part in the whole source, from 0."""
        rows = [self.prints[part.name][1] for part in parts]
        return [0, *np.cumsum(rows).tolist()][: len(parts)]

    @property
    def memory(self) -> int:
        """Bytes that the rows would take, were they read into memory."""
        records = sum(rows for _, rows in self.prints.values())
        return records * len(self.source.columns) * _ANSWER

    def collect(self) -> Survey:
        """Read everything into memory: what :func:`read_survey` gives for the same rows.

        Returns
        -------
        Survey

        Raises
        ------
        Refusal
            When that would take more than ``memory_limit``.
        PartError
            When a part cannot be read, or is not what it was.
        """
        if self.memory > self.memory_limit:
            raise Refusal(
                f"{self.source.name}: this needs all {count(self.rows)} rows at once, which would "
                f"take about {_size(self.memory)} of memory; the limit is "
                f"{_size(self.memory_limit)}. Open a part of the data, or raise the limit with "
                "memory_limit= (bytes)."
            )
        parts = [part for part in self.source.parts if part.name in self.prints]
        try:
            whole = _in_one(self.source, parts, self.reading)
        finally:
            for part in parts:
                require_unchanged(part, self.prints[part.name][0])
        survey = survey_of_export(whole, self.instrument)
        return replace(survey, provenance={**survey.provenance, **self.provenance})

    @property
    def empty(self) -> Survey:
        """The same survey without any row: its columns, ledger, problems and provenance."""
        block = pa.table({name: pa.array([], pa.string()) for name in self.reading.columns})
        _, clean = self.reading.clean(self.reading.export(block, self.source.name))
        items = list(self.reading.matches.items)
        return Survey(
            responses=clean.responses,
            missing=pd.DataFrame({item: pd.Categorical([]) for item in items}),
            instrument=self.instrument,
            problems=self.problems.drop(columns=["part", "count"]),
            flags=NO_FLAGS,
            ledger=self.ledger,
            provenance=self.provenance,
        )

    def __repr__(self) -> str:
        return (
            f"LazySurvey({self.instrument.id} {self.instrument.version}: {self.rows} rows in "
            f"{counted(len(self.prints), 'part')}, {int(self.problems['count'].sum())} problems)"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A part, what it was when it was validated, and the number of its first row."""

    part: Part
    before: Fingerprint
    rows: int
    first: int

    @property
    def name(self) -> str:
        """That of the part."""
        return self.part.name


@dataclass(frozen=True, slots=True, eq=False)
class _Counting(Generic[T]):
    """A task for a part: the sum over its blocks, of a part that is what it was."""

    task: Callable[[Block], T]
    reading: Reading

    def __call__(self, known: _Known) -> T | None:
        part = known.part
        require_unchanged(part, known.before)
        total: T | None = None
        read = 0
        try:
            for block in blocks_of(self.reading, part, known.first):
                read += block.records
                found = self.task(block)
                total = found if total is None else total + found
        finally:  # what changed meanwhile may look damaged in any way: that it changed is said
            require_unchanged(part, known.before)
        if read != known.rows:
            raise PartError(part.name, f"had {known.rows} rows and has {read}.")
        return total


def _sum_of(engine: Engine, task: Callable[[_Known], T | None], parts: list[_Known]) -> T:
    """Results of all parts, each added once and in the order of the parts.

    Some are added up first, and then to all: tables that grow with the parts are so added to the
    largest one a few times, and no more than two sums are ever there.
    """
    results = _results(engine, task, parts)
    runs = (
        functools.reduce(operator.add, itertools.islice(results, _RUN - 1), first)
        for first in results
    )
    return functools.reduce(operator.add, runs)  # a survey has a row, and so a result


def _results(
    engine: Engine, task: Callable[[_Known], T | None], parts: list[_Known]
) -> Iterator[T]:
    """What the parts give, in their order."""
    waiting: dict[int, T | None] = {}
    failed: dict[int, Exception] = {}
    given = 0
    for place, result in each_once(engine, task, parts):
        if isinstance(result, Exception):
            failed[place] = result
            continue
        waiting[place] = result
        while given in waiting:  # so that not all of them are held until the last
            if (one := waiting.pop(given)) is not None:
                yield one
            given += 1
    if failed:
        raise failed[min(failed)]
    for part in parts[given:]:
        raise PartError(part.name, "was not counted: the engine gave nothing for it.")


def _in_one(source: Source, parts: Sequence[Part], reading: Reading) -> Export:
    """All rows of a source as one export. They keep their numbers where these differ."""
    if any(isinstance(part, ExportPart) for part in parts):
        return _joined(source, [one for part in parts for one in reading.exports(part)])
    # A comma as decimal mark: files without such numbers are read alike with it.
    decimal = "," if any(part.decimal == "," for part in parts) else "."
    blocks, rows = [], []
    for part in parts:
        first = part.first_row
        for block in part.blocks(source.columns):
            rows.append(row_numbers(block, first))
            first = int(rows[-1][-1]) + 1 if len(rows[-1]) else first
            blocks.append(block.replace_schema_metadata(None))
    export = reading.export(pa.concat_tables(blocks), source.name, decimal=decimal)
    return replace(export, rows=_distinct(np.concatenate(rows)))


def _joined(source: Source, exports: Sequence[Export]) -> Export:
    """Exports of one platform, one below the other."""
    first = exports[0]
    cells = pd.concat([one.cells.astype("str") for one in exports], ignore_index=True)
    unfinished = [one.unfinished for one in exports if one.unfinished is not None]
    durations = [one.durations for one in exports if one.durations is not None]
    return replace(
        first,
        cells=cells.astype("category"),
        rows=_distinct(np.concatenate([one.rows for one in exports])),
        test_rows=np.concatenate([one.test_rows for one in exports]),
        unfinished=np.concatenate(unfinished) if len(unfinished) == len(exports) else None,
        durations=np.concatenate(durations) if len(durations) == len(exports) else None,
        file=source.name,
        decimal="," if any(one.decimal == "," for one in exports) else ".",
        identifying_columns=tuple(
            dict.fromkeys(name for one in exports for name in one.identifying_columns)
        ),
    )


def _distinct(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of rows as they are where they rise; else counted from 1 over all parts."""
    return rows if (np.diff(rows) > 0).all() else np.arange(1, len(rows) + 1, dtype=np.int64)


def open_survey(
    source: object,
    *,
    instrument: str | Path | Instrument = "detachment",
    missing_codes: Mapping[str, str] | None = None,
    allow_missing_parts: bool = False,
    engine: Engine | None = None,
    memory_limit: int = MEMORY,
) -> LazySurvey:
    """Validate answers that need not fit the memory, and leave them where they are.

    Every cell is looked at once, block by block, by the rules of :func:`read_survey`. The verbs
    that can be computed from counts then read the source again, each time they are asked.

    Parameters
    ----------
    source
        A Parquet, Arrow or CSV file or a folder of them (a text file in the layout of a survey
        platform is read by that platform's reader, one at a time); a table or query of a database
        (:func:`detachment.sources.duckdb_source`, :func:`detachment.sources.postgresql_source`); a
        ``pyarrow.Table`` or a pandas ``DataFrame``.
    instrument
        Id of a shipped instrument, path of an instrument file, or an ``Instrument``.
    missing_codes
        Further codes that mean no answer -> why.
    allow_missing_parts
        Leave out parts that cannot be read, and name them, rather than stop.
    engine
        Who reads and counts; by default threads of this machine.
    memory_limit
        Bytes that the rows may take in memory, for verbs that need all of them at once.

    Returns
    -------
    LazySurvey

    Raises
    ------
    UsageError
        There is no such source.
    ExportError
        Parts do not have the same columns.
    PartError
        A part cannot be read, or changed while it was read.
    InstrumentError
        The instrument file does not say what it must.
    SurveyError
        The data cannot be used; the error carries the problems.

    Warns
    -----
    DataWarning
        When there are problems of severity ``error``, with their number and the first of them.

    Examples
    --------
    >>> import detachment as dt
    >>> import pandas as pd
    >>> lazy = dt.open_survey(pd.read_csv(dt.sample("couples_long.csv"), dtype=str))
    >>> lazy.rows == len(dt.read_survey(dt.sample("couples_long.csv")).responses)
    True
    """
    declared = instrument if isinstance(instrument, Instrument) else read_instrument(instrument)
    opened = open_source(source)
    working = Local() if engine is None else engine
    reading = _reading(opened, declared, missing_codes or {})
    found, lost = _examined(working, reading, opened, allow_missing_parts=allow_missing_parts)
    return _survey_of(opened, reading, found, lost, working, memory_limit)


def _reading(source: Source, instrument: Instrument, missing_codes: Mapping[str, str]) -> Reading:
    """Find the column of every item in the first rows that can be read."""
    head = _head(source, missing_codes)
    matches = match_columns(head, instrument)
    problems = [*matches.problems, *unmatched(head, instrument, matches)]
    refuse_if(head, [p for p in problems if p.rule in ("doubtful_match", "required", "no_items")])
    about = {name: variable.role for name, variable in head.variables.items()}
    marked = not {"status", "finished"}.isdisjoint(about.values())
    marks = [n for n, role in about.items() if role and role not in DROPPED_ROLES and marked]
    reading = Reading(
        instrument=instrument,
        matches=replace(matches, problems=tuple(problems)),
        missing_codes=dict(missing_codes),
        marks=tuple(marks),
        identifying=head.identifying_columns,
    )
    whole = all(isinstance(part, ExportPart | BrokenPart) for part in source.parts)
    inside = [name for name in reading.columns if name not in source.columns and not whole]
    if inside:
        raise Refusal(
            f"{source.name}: {listing(map(repr, inside), shown=3)} would be made of lists in "
            "cells, and which choices there are is only known when all rows are read. Read the "
            "file with read_survey, or save it with a column for each choice."
        )
    return reading


def _head(source: Source, missing_codes: Mapping[str, str]) -> Export:
    """The first rows that can be read, with every column."""
    nothing = pa.table({column: pa.array([], pa.string()) for column in source.columns})
    for part in source.parts:
        try:
            if isinstance(part, ExportPart):
                if (whole := part.export(missing_codes)) is not None:
                    return whole
            elif (block := next(iter(part.blocks(source.columns)), None)) is not None:
                return export_of_table(
                    block, name=source.name, missing_codes=missing_codes, decimal=part.decimal
                )
        except PartError:
            continue  # said when every part is read
    return export_of_table(nothing, name=source.name, missing_codes=missing_codes)


def _examined(
    engine: Engine, reading: Reading, source: Source, *, allow_missing_parts: bool
) -> tuple[Examined, dict[str, str]]:
    """What all parts are like, and which could not be read, and why."""
    results: dict[int, Examined] = {}
    lost: dict[int, str] = {}
    for place, result in each_once(engine, functools.partial(examine, reading), source.parts):
        if isinstance(result, PartError):
            lost[place] = str(result)
        elif isinstance(result, Exception):
            raise result
        else:
            results[place] = result
    for place, part in enumerate(source.parts):
        if place not in results and place not in lost:
            raise PartError(part.name, "was not read: the engine gave nothing for it.")
    found = functools.reduce(operator.add, (results[place] for place in sorted(results)), NOTHING)
    why = {source.parts[place].name: lost[place] for place in sorted(lost)}
    if why and not (allow_missing_parts and results):
        them = "it" if len(why) == 1 else "them"
        raise SurveyError(
            f"{source.name}: {counted(len(why), 'part')} of {count(len(source.parts))} cannot be "
            f"read; the others hold {counted(found.records, 'row')}. Mend or remove {them}, or "
            f"leave {them} out with --allow-missing-parts (allow_missing_parts=True in Python)",
            problems=[Problem(rule="part", message=text) for text in why.values()],
        )
    return found, why


def _survey_of(
    source: Source,
    reading: Reading,
    found: Examined,
    lost: Mapping[str, str],
    engine: Engine,
    memory_limit: int,
) -> LazySurvey:
    instrument, matches = reading.instrument, reading.matches
    about = export_of_table(
        pa.table({c: pa.array([], pa.string()) for c in source.columns}), name=source.name
    )
    if not found.records:
        raise SurveyError(f"{source.name} has no rows. Export the data again, with the responses.")
    ledger = _ledger(found)
    if not found.kept:
        raise SurveyError(
            f"{source.name}: nobody is left to analyse. {'; '.join(ledger['message'])}."
        )
    refuse_if(about, [p for p in found.said if p.rule == "doubtful_codes"])
    blank = {kind: places for kind, places in found.wrong.items() if kind.structural}
    cells = {kind: places for kind, places in found.wrong.items() if not kind.structural}
    apart = compared(found.people, instrument, matches.columns)
    if blank or apart:
        besides = _table([*matches.problems, *found.said], cells)
        besides = besides[besides["severity"] == "error"]
        structural = _table(apart, blank)
        if len(source.parts) > 1:
            refuse_if(about, [*_with_parts(structural), *_with_parts(besides)])
        listed = pd.concat([structural, besides]).drop(columns=["part", "count"])
        refuse_if(about, as_problems(listed))
    whole = [
        *matches.problems,
        *found.said,
        *find_doubts(found.kept, found.items, instrument, matches.items | matches.columns),
        *_same_bytes(found.prints),
    ]
    whole += [
        Problem(rule="part_left_out", severity="warning", message=f"{text} It is left out.")
        for text in lost.values()
    ]
    lazy = LazySurvey(
        source=source,
        instrument=instrument,
        reading=reading,
        rows=found.kept,
        problems=_table(whole, cells),
        items=found.items,
        ledger=ledger,
        provenance={
            "file": source.name,
            "sha256": _hash(found.prints),
            "platform": source.kind,
            "instrument": instrument.id,
            "instrument_version": instrument.version,
            "instrument_sha256": instrument.sha256,
            "detachment": __version__,
            "records": found.records,
            "parts": len(found.prints),
            "warnings": [
                f"{text} It is left out, and so are its answers." for text in lost.values()
            ],
        },
        prints=found.prints,
        levels={column: few for column, few in found.levels.items() if few is not None},
        missing_parts=tuple(lost),
        engine=engine,
        memory_limit=memory_limit,
    )
    _warn_of_errors(lazy)
    return lazy


def _with_parts(table: pd.DataFrame) -> list[Problem]:
    """Problems whose messages say in which part they are, where that is known."""
    problems = as_problems(table.drop(columns=["part", "count"]))
    parts = table["part"].astype(object).where(table["part"].notna(), None)
    return [
        one if part is None else replace(one, message=f"{one.message} ({part})")
        for one, part in zip(problems, parts, strict=True)
    ]


def _same_bytes(prints: Mapping[str, tuple[Fingerprint, int]]) -> list[Problem]:
    """Warn of parts that are the same as another, such as a file that lies there twice."""
    first: dict[tuple[Fingerprint, int], str] = {}
    problems = []
    for name, known in prints.items():
        if known[1] and (other := first.setdefault(known, name)) != name:
            problems.append(
                Problem(
                    rule="same_bytes",
                    severity="warning",
                    message=f"{name} holds the same bytes as {other}; if it is there by mistake, "
                    "remove it: its answers count twice",
                )
            )
    return problems


def _ledger(found: Examined) -> pd.DataFrame:
    rows, left = [], found.records
    for step, (rule, excluded, words) in sorted(found.ledger.items()):
        here = found.records if step == 0 else excluded
        rows.append(
            {
                "step": step,
                "rule": rule,
                "before": left,
                "excluded": excluded,
                "after": left - excluded,
                "message": f"{count(here)} {words}",
            }
        )
        left -= excluded
    return pd.DataFrame(rows, columns=LEDGER)


def _table(whole: Iterable[Problem], wrong: Wrong) -> pd.DataFrame:
    """Problems of cells by place, those that are not listed by number, and those of columns."""
    rows: list[dict[str, Any]] = []
    for kind, (n, places) in wrong.items():
        about = {
            "column": kind.column,
            "value": kind.value,
            "rule": kind.rule,
            "message": kind.message,
            "severity": "error",
        }
        rows += [{"part": part, "row": row, **about, "count": 1} for part, row in places]
        if n > len(places):
            more = (
                f"{kind.message} (and so in {counted(n - len(places), 'more cell')})"
                if places
                else kind.message
            )
            rows.append(
                {"part": None, "row": None, **about, "message": more, "count": n - len(places)}
            )
    for one in whole:
        rows.append({"part": None, "row": one.row, "column": one.column, "value": one.value})
        rows[-1] |= {"rule": one.rule, "message": one.message, "severity": one.severity, "count": 1}
    columns = ["part", "row", "column", "value", "rule", "message", "severity", "count"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(
        {"row": "Int64", "count": "int64"}
        | dict.fromkeys(("part", "column", "value", "rule", "message", "severity"), "str")
    )


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _hash(prints: Mapping[str, tuple[Fingerprint, int]]) -> str:
    """One hash for all parts: of their names, sizes and hashes."""
    lines = (f"{name} {one.size} {one.sha256}" for name, (one, _) in sorted(prints.items()))
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _warn_of_errors(lazy: LazySurvey) -> None:
    errors = lazy.problems[lazy.problems["severity"] == "error"]
    if errors.empty:
        return
    first = errors.iloc[0]
    where = f"{first['part']}, row {first['row']}, " if isinstance(first["part"], str) else ""
    column = f"column {first['column']}: " if isinstance(first["column"], str) else ""
    warn(
        f"{counted(int(errors['count'].sum()), 'problem')} in {lazy.source.name} (all of them: "
        f"problems of the survey); wrong cells count as missing. The first: {where}{column}"
        f"{first['message']}",
        stacklevel=4,
    )
