"""From an export to a survey, or to one error that names everything that is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment import __version__
from detachment.errors import Problem, SurveyError, UsageError, place, warn
from detachment.exports import Export, read_export
from detachment.instruments import Instrument, read_instrument
from detachment.quality import find_flags, joined
from detachment.text import counted
from detachment.validation._doubts import find_doubts, item_summary
from detachment.validation._duplicates import find_duplicates
from detachment.validation._ledger import keep_records
from detachment.validation._matching import Matches, match_columns, near_column
from detachment.validation._paradata import read_paradata
from detachment.validation._places import Places, as_problems, table_of_problems
from detachment.validation._pseudonyms import read_key
from detachment.validation._reasons import reasons_table
from detachment.validation._schema import (
    LISTED_STRUCTURAL,
    broken_rules,
    compile_schema,
    structural_problems,
)
from detachment.validation._survey import Survey
from detachment.validation._table import (
    DROPPED_ROLES,
    Table,
    broken_cells,
    decode,
    timer,
    without,
    wrong_metadata,
)

READING = "reading"
"""Key of the provenance under which the options stand that read the file again."""


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
    key: str | Path | None = None,
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
    key
        File with the key from which pseudonyms of respondents and dyads are made; a new key is
        written where there is none. Keep it apart from the data. Without it, ids stay as they are,
        and those that are personal values become numbers.
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
    survey = survey_of_export(
        export, declared, strict=strict, key=None if key is None else read_key(Path(key))
    )
    _warn_of_errors(survey)
    return survey


def validate(
    export: Export,
    instrument: str | Path | Instrument = "detachment",
    *,
    key: str | Path | None = None,
    strict: bool = False,
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
    key
        File with the key from which pseudonyms of respondents and dyads are made; a new key is
        written where there is none. Keep it apart from the data. Without it, ids stay as they are,
        and those that are personal values become numbers.
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
    survey = survey_of_export(
        export, declared, strict=strict, key=None if key is None else read_key(Path(key))
    )
    _warn_of_errors(survey)
    return survey


def _warn_of_errors(survey: Survey) -> None:
    """One warning at the caller's line, with the number of errors and the first of them."""
    errors = survey.problems[survey.problems["severity"] == "error"]
    if errors.empty:
        return
    first = as_problems(errors.iloc[:1])[0]
    warn(
        f"{counted(len(errors), 'problem')} in {survey.provenance['file']} (all of them: "
        "survey.problems, or `detachment validate` in a terminal); wrong cells count as missing. "
        f"The first: {place(first)}{first.message}",
        stacklevel=3,
    )


def survey_of_export(
    export: Export, instrument: Instrument, *, strict: bool = False, key: bytes | None = None
) -> Survey:
    """Match, decode and check an export."""
    if export.kind != "responses":
        raise SurveyError(_NO_ANSWERS[export.kind].format(export.file))
    matches = match_columns(export, instrument)
    problems = [*matches.problems, *unmatched(export, instrument, matches)]
    refuse_if(export, [p for p in problems if p.rule in ("doubtful_match", "required", "no_items")])

    table = decode(export, instrument, matches, key)
    problems += table.problems
    refuse_if(export, [p for p in problems if p.rule == "doubtful_codes"])
    clean = cleaned(export, instrument, matches, table)
    kept, ledger, rows, cells = clean.kept, clean.ledger, clean.responses.index, clean.cells
    if not kept.any():
        steps = "; ".join(ledger["message"])
        raise SurveyError(f"{export.file}: nobody is left to analyse. {steps}.")
    if clean.structural:
        listed = as_problems(table_of_problems(problems, cells))
        refuse_if(export, [*clean.structural, *(p for p in listed if p.severity == "error")])

    reasons = reasons_table(
        table.items,
        rows=rows,
        kept=kept,
        presented=_presented(export, matches),
        unfinished=export.unfinished,
    )
    responses = clean.responses
    names = matches.items | matches.columns
    summaries = {item: item_summary(responses[item], reasons[item]) for item in table.items}
    problems += find_doubts(len(responses), summaries, instrument, names)
    listed_problems = table_of_problems(problems, cells)
    if strict:
        errors = listed_problems[listed_problems["severity"] == "error"]
        refuse_if(export, as_problems(errors))
    paradata = read_paradata(
        responses, export=export, instrument=instrument, matches=matches, kept=kept
    )
    return Survey(
        responses=responses,
        missing=reasons,
        instrument=instrument,
        problems=listed_problems,
        flags=joined(
            [
                find_flags(responses, instrument, paradata),
                find_duplicates(responses, instrument, export, kept),
            ]
        ),
        ledger=ledger,
        paradata=paradata,
        provenance=_provenance(export, instrument, matches)
        | {READING: {**export.reading, "strict": strict}},
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cleaned:
    """Answers of the records that are kept, without the cells that are wrong.

    Attributes
    ----------
    kept, ledger
        Which records, and the steps that left out the others.
    responses
        Their answers, indexed by file row.
    cells
        The cells that were wrong, and are missing now.
    structural
        What makes the whole unusable.
    """

    kept: NDArray[np.bool_]
    ledger: pd.DataFrame
    responses: pd.DataFrame
    cells: list[Places]
    structural: list[Problem]


def cleaned(
    export: Export, instrument: Instrument, matches: Matches, table: Table, *, alone: bool = True
) -> Cleaned:
    """Leave out records and cells that do not count.

    Parameters
    ----------
    alone
        Whether these are all records there are, so that rows can be compared with one another.
    """
    kept, ledger = keep_records(export, instrument, table.responses)
    rows = pd.Index(export.rows[kept], name="row")
    decoded = (table.responses if kept.all() else table.responses[kept]).set_axis(rows)
    names = matches.items | matches.columns
    types = {str(c): str(t) for c, t in decoded.dtypes.items()}
    schema, rules = compile_schema(instrument, types, alone=alone)
    broken = broken_rules(decoded, schema, rules)
    wrong = broken_cells(
        decoded, [r for r in broken if not r.structural], export, instrument, names, kept
    )
    cells = [wrong_metadata(export, one, kept) for one in table.wrong]
    cells += [one for column in wrong.values() for one in column]
    return Cleaned(
        kept=kept,
        ledger=ledger,
        responses=without(decoded, wrong),
        cells=cells,
        structural=structural_problems(
            decoded,
            [r for r in broken if r.structural],
            names,
            LISTED_STRUCTURAL if alone else len(decoded),
        ),
    )


_NO_ANSWERS = {
    "codebook": "{} is a code book: it says what was asked and holds no answers. Give the export "
    "of the answers, and this file with --codebook (codebook= in Python).",
    "timings": "{} holds how long the answers took, not the answers. Give the export of the "
    "answers; where this file lies beside it, it is found.",
}


def _presented(export: Export, matches: Matches) -> list[str]:
    """Items in the order of the export's columns, which is that of the questionnaire."""
    place = {name: position for position, name in enumerate(export.names)}
    return sorted(matches.items, key=lambda item: place[matches.items[item]])


def refuse_if(export: Export, problems: Sequence[Problem]) -> None:
    if problems:
        many = counted(len(problems), "problem")
        raise SurveyError(f"{export.file} cannot be used: {many}", problems=problems)


def unmatched(export: Export, instrument: Instrument, matches: Matches) -> list[Problem]:
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
        if column.required
        and column.id not in matches.columns
        and column is not timer(export, instrument, matches)
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


def _provenance(export: Export, instrument: Instrument, matches: Matches) -> dict[str, object]:
    kept = {c for c in matches.columns if instrument.columns[c].role not in DROPPED_ROLES}
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
        "code_books": dict(export.books),
        "instrument": instrument.id,
        "instrument_version": instrument.version,
        "instrument_sha256": instrument.sha256,
        "detachment": __version__,
        "matched_by_text": list(matches.by_text),
        "matched_by_platform": {c: matches.columns[c] for c in matches.by_platform},
        "identifying_dropped": [c for c in export.cells.columns if c in private],
        "columns_left_out": [c for c in export.cells.columns if c not in used | private],
        "completion_known": export.unfinished is not None,
        "warnings": list(export.warnings),
    }
