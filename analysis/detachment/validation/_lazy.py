"""A survey whose answers stay where they are: validated, counted, and read again block by block."""

import functools
import hashlib
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from detachment import __version__
from detachment.engines import Engine, Local, each_once
from detachment.errors import Problem, Refusal, SurveyError, problems_frame, warn
from detachment.exports import Export, export_of_table
from detachment.instruments import Instrument, read_instrument
from detachment.sources import Fingerprint, Part, PartError, Source, open_source
from detachment.text import count, counted
from detachment.validation._doubts import ItemSummary, find_doubts, item_summary
from detachment.validation._ledger import COLUMNS as LEDGER
from detachment.validation._matching import Matches, match_columns
from detachment.validation._places import Places
from detachment.validation._reasons import reasons_table
from detachment.validation._survey import Survey
from detachment.validation._table import DROPPED_ROLES, decode

P = TypeVar("P")
T = TypeVar("T")
_NO_FLAGS = pd.DataFrame(columns=["row", "flag", "value", "limit", "message", "grade"])
_MOST_LEVELS = 200
MEMORY = 1_000_000_000
"""Bytes that rows may take by default, where they are needed all at once."""
_ANSWER = 12  # bytes of an answer in memory: as read, as decoded, and as a number
LISTED = 1000
"""Wrong cells of which the place is listed; all of them are counted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """How a block of a source becomes a survey; small, and it can be pickled.

    Attributes
    ----------
    instrument
        What was asked.
    matches
        Which column answers what.
    missing_codes
        Further codes that mean no answer -> why.
    """

    instrument: Instrument
    matches: Matches
    missing_codes: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the source that are read: those that somebody asked for, and no other."""
        about = self.instrument.columns
        columns = [
            name
            for column, name in self.matches.columns.items()
            if about[column].role not in DROPPED_ROLES
        ]
        return tuple(dict.fromkeys([*columns, *self.matches.items.values()]))

    def only(self, items: Iterable[str]) -> "Reading":
        """The same for some of the items, and every column about people."""
        wanted = set(items)
        kept = {item: name for item, name in self.matches.items.items() if item in wanted}
        matches = Matches(
            items=kept,
            columns=self.matches.columns,
            by_text=(),
            by_platform=(),
            problems=(),
        )
        return Reading(
            instrument=self.instrument, matches=matches, missing_codes=self.missing_codes
        )

    def export(self, block: pa.Table, part: str, first_row: int) -> Export:
        """A block as the export that it would be, were it a file."""
        return export_of_table(
            block, name=part, first_row=first_row, missing_codes=self.missing_codes
        )

    def surveys(self, part: Part) -> Iterator[Survey]:
        """Validated answers of a part, block by block."""
        from detachment.validation._validate import cleaned

        row = 1
        for block in part.blocks(self.columns):
            export = self.export(block, part.name, row)
            row += block.num_rows
            table = decode(export, self.instrument, self.matches)
            clean = cleaned(export, self.instrument, self.matches, table, alone=False)
            yield Survey(
                responses=clean.responses,
                missing=pd.DataFrame(index=clean.responses.index),
                instrument=self.instrument,
                problems=problems_frame([]),
                flags=_NO_FLAGS,
                ledger=clean.ledger,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What wrong cells may have in common."""

    column: str
    rule: str
    value: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Examined:
    """What one part, or several, are like.

    Attributes
    ----------
    records, kept
        Rows, and those that are left.
    ledger
        Step -> rows left out.
    items
        Item -> what its answers are like.
    wrong
        Kinds of wrong cells -> how many, and where the first are (part, row).
    said
        Problems of whole columns.
    who
        A number for each row kept that says who it is, in which wave; empty without ids.
    levels
        Column about people, where it has few different values -> value -> rows.
    prints
        Part -> its fingerprint, and its rows.
    """

    records: int
    kept: int
    ledger: Mapping[int, tuple[str, int, str]]
    items: Mapping[str, ItemSummary]
    wrong: Mapping[_Kind, tuple[int, tuple[tuple[str, int], ...]]]
    said: tuple[Problem, ...]
    who: NDArray[np.uint64]
    levels: Mapping[str, Mapping[str, int]]
    prints: Mapping[str, tuple[Fingerprint, int]]

    def __add__(self, other: "_Examined") -> "_Examined":
        ledger = dict(self.ledger)
        for step, (rule, excluded, words) in other.ledger.items():
            before = ledger.get(step, (rule, 0, words))[1]
            ledger[step] = (rule, before + excluded, words)
        wrong = dict(self.wrong)
        left = LISTED - sum(len(places) for _, places in wrong.values())
        for kind, (n, places) in other.wrong.items():
            before_n, before_places = wrong.get(kind, (0, ()))
            wrong[kind] = (before_n + n, before_places + places[: max(left, 0)])
            left -= len(places)
        return _Examined(
            records=self.records + other.records,
            kept=self.kept + other.kept,
            ledger=ledger,
            items={
                item: self.items[item] + about if item in self.items else about
                for item, about in other.items.items()
            },
            wrong=wrong,
            said=tuple(dict.fromkeys([*self.said, *other.said])),
            who=np.concatenate([self.who, other.who]),
            levels={
                column: dict(Counter(self.levels.get(column, {})) + Counter(of_column))
                for column, of_column in {**self.levels, **other.levels}.items()
                for of_column in [other.levels.get(column, {})]
            },
            prints={**self.prints, **other.prints},
        )


_NOTHING = _Examined(
    records=0,
    kept=0,
    ledger={},
    items={},
    wrong={},
    said=(),
    who=np.zeros(0, np.uint64),
    levels={},
    prints={},
)


def _examine(reading: Reading, part: Part) -> _Examined:
    """Look at every cell of a part once."""
    from detachment.validation._validate import cleaned

    before = part.fingerprint()
    found, row = _NOTHING, 1
    for block in part.blocks(reading.columns):
        export = reading.export(block, part.name, row)
        row += block.num_rows
        table = decode(export, reading.instrument, reading.matches)
        clean = cleaned(export, reading.instrument, reading.matches, table, alone=False)
        reasons = reasons_table(
            table.items, rows=clean.responses.index, kept=clean.kept,
            presented=list(table.items), unfinished=export.unfinished,
        )  # fmt: skip
        found += _Examined(
            records=len(clean.kept),
            kept=int(clean.kept.sum()),
            ledger=_steps(clean.ledger),
            items={
                item: item_summary(clean.responses[item], reasons[item]) for item in table.items
            },
            wrong=_wrong(clean.cells, part.name),
            said=(*table.problems, *_named(clean.structural, part.name)),
            who=_who(export, reading, clean.kept),
            levels=_levels(clean.responses, reading.instrument),
            prints={},
        )
    require_unchanged(part, before)
    if part.rows is not None and part.rows != row - 1:
        raise PartError(part.name, f"holds {row - 1} rows and says that it has {part.rows}.")
    return replace(found, prints={part.name: (before, row - 1)})


def _named(problems: Iterable[Problem], part: str) -> list[Problem]:
    """Problems of rows, which say in which part the row is."""
    return [replace(one, message=f"{part}: {one.message}") for one in problems]


def _steps(ledger: pd.DataFrame) -> dict[int, tuple[str, int, str]]:
    """Step -> rule, rows left out, and the words that follow their number."""
    steps = {}
    for row in ledger.to_dict("records"):
        words = str(row["message"]).split(" ", 1)[-1]
        steps[int(row["step"])] = (str(row["rule"]), int(row["excluded"]), words)
    return steps


def _wrong(
    cells: Iterable[Places], part: str
) -> dict[_Kind, tuple[int, tuple[tuple[str, int], ...]]]:
    found: dict[_Kind, tuple[int, tuple[tuple[str, int], ...]]] = {}
    for one in cells:
        for code, (value, message) in enumerate(zip(one.values, one.messages, strict=True)):
            rows = one.rows[one.codes == code]
            kind = _Kind(column=one.column, rule=one.rule, value=value, message=message)
            n, places = found.get(kind, (0, ()))
            listed = tuple((part, int(row)) for row in rows[: LISTED - len(places)])
            found[kind] = (n + len(rows), places + listed)
    return found


def _who(export: Export, reading: Reading, kept: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """A number for each row kept that has an id: of the respondent and the wave."""
    about = reading.instrument.columns
    there = {about[column].role: name for column, name in reading.matches.columns.items()}
    if "respondent_id" not in there:
        return np.zeros(0, dtype=np.uint64)
    names = [there[role] for role in ("respondent_id", "wave") if role in there]
    keys = pd.DataFrame(
        {k: export.column(name).astype("str").str.strip() for k, name in enumerate(names)}
    )
    known = kept & (keys[0] != "").to_numpy(dtype=bool)
    numbers = pd.util.hash_pandas_object(keys[known], index=False)
    return np.asarray(numbers.to_numpy(dtype=np.uint64))


def _levels(responses: pd.DataFrame, instrument: Instrument) -> dict[str, dict[str, int]]:
    """How often each value of the columns that make groups stands there."""
    return {
        column.id: {str(value): int(n) for value, n in counts.items() if n}
        for column in instrument.columns.values()
        if column.id in responses
        and (column.role in ("wave", "group") or column.type in ("category", "boolean"))
        and len(counts := responses[column.id].astype("str").value_counts()) <= _MOST_LEVELS
    }


def require_unchanged(part: Part, before: Fingerprint) -> None:
    """Refuse a part that is not what it was.

    Raises
    ------
    PartError
        When its size or its hash is another.
    """
    now = part.fingerprint()
    if now != before:
        what = f"was {before.size} bytes and is {now.size}"
        raise PartError(
            part.name,
            f"changed while it was read ({what if now.size != before.size else 'its hash moved'}). "
            "Let whoever writes it finish, and ask again.",
        )


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

    def total(self, task: Callable[[Survey], T], items: Iterable[str]) -> T:
        """Do a task for each block of rows, and add up what it gives.

        Parameters
        ----------
        task
            A plain function (it can be pickled) from the answers of a block to something that can
            be added: tables of whole numbers. It may use the ``items`` named, and every column
            about people.
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
        parts = [
            _Known(part, *self.prints[part.name])
            for part in self.source.parts
            if part.name in self.prints
        ]
        return _sum_of(self.engine, _Counting(task, self.reading.only(items)), parts)

    @property
    def memory(self) -> int:
        """Bytes that the rows would take, were they read into memory."""
        records = sum(rows for _, rows in self.prints.values())
        return records * len(self.reading.columns) * _ANSWER

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
        from detachment.validation._validate import survey_of_export

        if self.memory > self.memory_limit:
            raise Refusal(
                f"{self.source.name}: this needs all {count(self.rows)} rows at once, which would "
                f"take about {_size(self.memory)} of memory; the limit is "
                f"{_size(self.memory_limit)}. Open a part of the data, or raise the limit with "
                "memory_limit= (bytes)."
            )
        parts = [part for part in self.source.parts if part.name in self.prints]
        blocks = []
        for part in parts:
            require_unchanged(part, self.prints[part.name][0])
            blocks += list(part.blocks(self.reading.columns))
        export = self.reading.export(pa.concat_tables(blocks), self.source.name, 1)
        survey = survey_of_export(export, self.instrument)
        return replace(survey, provenance=survey.provenance | dict(self.provenance))

    @property
    def empty(self) -> Survey:
        """The same survey without any row: its columns, ledger, problems and provenance."""
        from detachment.validation._validate import cleaned

        block = pa.table({name: pa.array([], pa.string()) for name in self.reading.columns})
        export = self.reading.export(block, self.source.name, 1)
        table = decode(export, self.instrument, self.reading.matches)
        clean = cleaned(export, self.instrument, self.reading.matches, table, alone=False)
        items = list(self.reading.matches.items)
        return Survey(
            responses=clean.responses,
            missing=pd.DataFrame({item: pd.Categorical([]) for item in items}),
            instrument=self.instrument,
            problems=self.problems.drop(columns=["part", "count"]),
            flags=_NO_FLAGS,
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
    """A part, and what it was when it was validated."""

    part: Part
    before: Fingerprint
    rows: int

    @property
    def name(self) -> str:
        """That of the part."""
        return self.part.name


@dataclass(frozen=True, slots=True, eq=False)
class _Counting(Generic[T]):
    """A task for a part: the sum over its blocks, of a part that is what it was."""

    task: Callable[[Survey], T]
    reading: Reading

    def __call__(self, known: _Known) -> T | None:
        part = known.part
        require_unchanged(part, known.before)
        total: T | None = None
        read = 0
        for survey in self.reading.surveys(part):
            read += int(survey.ledger["before"].iloc[0])
            found = self.task(survey)
            total = found if total is None else operator.add(total, found)
        if read != known.rows:
            raise PartError(part.name, f"had {known.rows} rows and has {read}.")
        require_unchanged(part, known.before)
        return total


def _sum_of(engine: Engine, task: Callable[[P], T | None], parts: list[P]) -> T:
    """Results of all parts, each added once and in the order of the parts."""
    found: dict[int, T] = {}
    failed: dict[int, Exception] = {}
    for place, result in each_once(engine, task, parts):
        if isinstance(result, Exception):
            failed[place] = result
        elif result is not None:
            found[place] = result
    if failed:
        raise failed[min(failed)]
    return functools.reduce(operator.add, (found[place] for place in sorted(found)))


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
        A Parquet file or a folder of them, a ``pyarrow.Table`` or a pandas ``DataFrame``.
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
    from detachment.validation._validate import refuse_if, unmatched

    head = pa.table({column: pa.array([], pa.string()) for column in source.columns})
    for part in source.parts:
        try:
            head = next(iter(part.blocks(source.columns)), head)
            break
        except PartError:
            continue  # said when every part is read
    export = export_of_table(head, name=source.name, missing_codes=missing_codes)
    matches = match_columns(export, instrument)
    problems = [*matches.problems, *unmatched(export, instrument, matches)]
    refuse_if(export, [p for p in problems if p.rule in ("doubtful_match", "required", "no_items")])
    return Reading(
        instrument=instrument,
        matches=replace(matches, problems=tuple(problems)),
        missing_codes=dict(missing_codes),
    )


def _examined(
    engine: Engine, reading: Reading, source: Source, *, allow_missing_parts: bool
) -> tuple[_Examined, dict[str, str]]:
    """What all parts are like, and which could not be read, and why."""
    results: dict[int, _Examined] = {}
    lost: dict[int, str] = {}
    examine = functools.partial(_examine, reading)
    for place, result in each_once(engine, examine, source.parts):
        if isinstance(result, PartError):
            lost[place] = str(result)
        elif isinstance(result, Exception):
            raise result
        else:
            results[place] = result
    found = functools.reduce(operator.add, (results[place] for place in sorted(results)), _NOTHING)
    why = {source.parts[place].name: lost[place] for place in sorted(lost)}
    if why and not (allow_missing_parts and results):
        raise SurveyError(
            f"{source.name}: {counted(len(why), 'part')} of {count(len(source.parts))} cannot be "
            f"read; the others hold {counted(found.records, 'row')}. Mend or remove "
            f"{'it' if len(why) == 1 else 'them'}, or leave "
            f"{'it' if len(why) == 1 else 'them'} out with --allow-missing-parts "
            "(allow_missing_parts=True in Python)",
            problems=[Problem(rule="part", message=text) for text in why.values()],
        )
    return found, why


def _survey_of(
    source: Source,
    reading: Reading,
    found: _Examined,
    lost: Mapping[str, str],
    engine: Engine,
    memory_limit: int,
) -> LazySurvey:
    from detachment.validation._validate import refuse_if

    export = export_of_table(
        pa.table({c: pa.array([], pa.string()) for c in source.columns}), name=source.name
    )
    instrument, matches = reading.instrument, reading.matches
    ledger = _ledger(found)
    if not found.kept:
        raise SurveyError(
            f"{source.name}: nobody is left to analyse. {'; '.join(ledger['message'])}."
        )
    refuse_if(export, [p for p in found.said if p.rule == "doubtful_codes"])
    structural = [p for p in found.said if p.rule.startswith("blank:")]
    structural += _twice(found.who, matches, instrument)
    refuse_if(export, structural)
    names = matches.items | matches.columns
    whole = [
        *matches.problems,
        *found.said,
        *find_doubts(found.kept, found.items, instrument, names),
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
        problems=_table(whole, found.wrong),
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
        levels=found.levels,
        missing_parts=tuple(lost),
        engine=engine,
        memory_limit=memory_limit,
    )
    _warn_of_errors(lazy)
    return lazy


def _twice(who: NDArray[np.uint64], matches: Matches, instrument: Instrument) -> list[Problem]:
    """Say how many respondents stand more than once in a wave."""
    _, times = np.unique(who, return_counts=True)
    again = int((times > 1).sum())
    if not again:
        return []
    column = next(c for c in matches.columns if instrument.columns[c].role == "respondent_id")
    in_wave = " in one wave" if instrument.columns_with_role("wave") else ""
    return [
        Problem(
            column=matches.columns[column],
            rule="duplicate_respondent",
            message=f"{counted(again, 'respondent id')} stand{'s' if again == 1 else ''} more than "
            f"once{in_wave}; keep one row of each or correct the ids",
        )
    ]


def _ledger(found: _Examined) -> pd.DataFrame:
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


def _table(
    whole: Iterable[Problem], wrong: Mapping[_Kind, tuple[int, tuple[tuple[str, int], ...]]]
) -> pd.DataFrame:
    """Problems of cells by place, those that are not listed by number, and those of columns."""
    rows: list[dict[str, Any]] = []
    for kind, (n, places) in wrong.items():
        about = {"column": kind.column, "value": kind.value, "rule": kind.rule,
                 "message": kind.message, "severity": "error"}  # fmt: skip
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
        rows.append({"part": None, "row": one.row, "column": one.column, "value": one.value,
                     "rule": one.rule, "message": one.message, "severity": one.severity, "count": 1})  # fmt: skip
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
