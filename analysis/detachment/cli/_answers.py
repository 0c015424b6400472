"""What a command has to say about an export, and how it is said: JSON, a file, or a table."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detachment import __version__
from detachment.cli._destinations import destinations, write
from detachment.cli._failures import USAGE, explain, require_file
from detachment.cli._json import rows, to_json
from detachment.cli._messages import Messages
from detachment.cli._options import Given
from detachment.cli._tables import listing, render
from detachment.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from detachment.estimates import Result, Style
    from detachment.tables import Table
    from detachment.validation import LazySurvey, Survey

DONE, FINDINGS, SOME_FAILED = 0, 1, 4
_NAMES = (
    "Scale", "Item", "Row", "Column", "Term", "Predictor", "Cause", "Via", "Outcome", "Moderator",
    "Variable", "With", "First", "Second",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command has to say about one export.

    Attributes
    ----------
    table
        Tidy table at full precision, for JSON and CSV.
    shown
        What people read; nothing where the table is a data file, which is printed as CSV.
    keys
        How many of the first columns name a row: of every table, or of each.
    notes, warnings
        Sentences about the table, and what touches its numbers.
    undefined
        From position of a row and column to why its number is missing, where the table itself
        does not say.
    more
        Further keys of the JSON object.
    facts
        What the JSON object says in place of all but its first two keys, where it is flat.
    findings
        Whether a check failed.
    explain
        From a style to the sentences about it; None where there is nothing to say.
    tables
        Makes the tables that a document has, numbered from 1; None where there is none.
    """

    table: "pd.DataFrame"
    shown: Sequence["Table"] = ()
    keys: int | Sequence[int] = 1
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    instrument: Mapping[str, object] = field(default_factory=dict)
    source: Mapping[str, object] = field(default_factory=dict)
    n: Mapping[str, object] = field(default_factory=dict)
    undefined: Callable[[int, str], str] = lambda _row, _column: "not defined for these answers"
    more: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] | None = None
    findings: bool = False
    explain: "Callable[[Style], str] | None" = None
    tables: Callable[[], Sequence["Table"]] | None = None


def about(survey: "Survey", *, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """Keys of every JSON object on a survey: what was asked, where it came from, how many.

    Of ``n``, ``rows`` are the records received in the file, and ``analysed`` those that are kept;
    a result that rests on fewer people says so in its own ``n``.
    """
    return {
        "instrument": {
            "id": survey.instrument.id,
            "version": survey.instrument.version,
            "sha256": survey.instrument.sha256,
        },
        "source": {key: survey.provenance.get(key) for key in ("file", "sha256", "platform")},
        "n": {"rows": int(survey.ledger["before"].iloc[0]), "analysed": len(survey.responses)},
        "warnings": list(dict.fromkeys(warnings)),
    }


def of_result(survey: "Survey | LazySurvey", result: "Result") -> Answer:
    """Answer that an estimate gives; wrong cells in the survey are findings."""
    from detachment.validation import Survey

    rows = survey if isinstance(survey, Survey) else None
    return replace(_of_tables(result, rows), findings=survey.has_errors)


def _of_tables(result: "Result", survey: "Survey | None" = None) -> Answer:
    """All tables of a result, to read and for JSON."""
    table = result.to_frame()
    shown = []
    ids = _ids(result)
    for title, display in result.display_all():
        named = [name for name in _NAMES if name in display]
        for name in named:  # what the options want are ids
            if not title and name in ("Scale", "Item", "Row", "Column"):
                display[name] = table[name.lower()].to_numpy()
            else:
                display[name] = [_with_ids(str(cell), ids) for cell in display[name]]
        shown.append(listing(display.to_dict(orient="records"), title=title, left=named))
    shown[-1] = replace(shown[-1], notes=tuple(result.notes))

    def tables() -> Sequence["Table"]:
        from detachment.tables import tables_of

        return tables_of(result, survey=survey)

    return Answer(
        table=table,
        shown=shown,
        keys=[_keys(each) for each in shown],
        notes=result.notes,
        warnings=result.warnings,
        instrument=result.instrument,
        source=result.source,
        n=result.n,
        undefined=_reasons(result),
        more={
            name: rows(part, undefined=_reasons_of_part(result, name))
            for name, part in result.parts.items()
        },
        explain=result.explain,
        tables=tables,
    )


def _ids(result: "Result") -> Mapping[str, str]:
    """Label -> id, where no two ids have the same label and an option takes the id."""
    times = Counter(result.labels.values())
    made = ("(", " ")  # an intercept, a product
    return {
        label: name
        for name, label in result.labels.items()
        if times[label] == 1 and not any(mark in name for mark in made)
    }


def _with_ids(cell: str, ids: Mapping[str, str]) -> str:
    """Put ids in place of the labels of a cell, which may be joined to a product or to a route.

    Examples
    --------
    >>> _with_ids("Signs × Age", {"Signs": "signs_total"})
    'signs_total × Age'
    """
    if cell in ids:
        return ids[cell]
    return "".join(ids.get(part, part) for part in re.split(r"( × | > | minus )", cell))


def _keys(table: "Table") -> int:
    """How many of the first columns name a row: those that are no numbers, and the wave."""
    heads = [column.label == "Wave" or not column.numeric for column in table.columns]
    return max(1, heads.index(False) if False in heads else len(heads))


def _reasons(result: "Result") -> Callable[[int, str], str]:
    reasons: Sequence[Mapping[str, str]] = getattr(result, "reasons", ())

    def why(row: int, column: str) -> str:
        known = reasons[row] if row < len(reasons) else {}
        return known.get(column, "not defined for these answers")

    return why


def _reasons_of_part(result: "Result", part: str) -> Callable[[int, str], str]:
    return lambda _row, column: result.why_missing(part, column)


def answer(given: Given, command: str, ask: Callable[[Path], Answer]) -> int:
    """Ask about each export and print the answer, or write it to ``--out``.

    Parameters
    ----------
    given
        The shared arguments.
    command
        Name of the command, for the JSON object.
    ask
        From an export to the answer.

    Returns
    -------
    int
        The exit code.
    """
    several, style = len(given.exports) > 1, given.style
    ending = _ending(as_json=given.as_json, out=given.out, several=several, style=style)
    targets = destinations(given, ending)

    def work(path: Path, heard: Sequence[str]) -> bool:
        found = ask(path)
        warned = list(dict.fromkeys([*found.warnings, *heard]))
        heading = str(path) if several else ""
        _tell(
            given.messages, command, found, warned,
            ending=ending, target=targets.get(path), heading=heading, style=style,
        )  # fmt: skip
        return found.findings

    return each_export(given, work)


def answer_alone(
    messages: Messages,
    command: str,
    found: "Result",
    heard: Sequence[str],
    *,
    as_json: bool,
    out: Path | None,
    style: "Style | None" = None,
) -> int:
    """Print a result that needs no export, or write it to ``--out``.

    Its JSON object has the keys of all others, with nothing in those that are about an export.

    Parameters
    ----------
    messages
        Where warnings go.
    command
        Name of the command, for the JSON object.
    found
        The result.
    heard
        Warnings.
    as_json, out, style
        How and where to write.

    Returns
    -------
    int
        The exit code.
    """
    ending = _ending(as_json=as_json, out=out, several=False, style=style)
    if out is not None and out.is_dir():
        raise UsageError(f"--out {out} is a folder; name a file in it.")
    shown = replace(
        _of_tables(found),
        instrument=dict.fromkeys(("id", "version", "sha256")),
        source=dict.fromkeys(("file", "sha256", "platform")),
        n=dict.fromkeys(("rows", "analysed")),
    )
    _tell(messages, command, shown, heard, ending=ending, target=out, heading="", style=style)
    return DONE


def _tell(
    messages: Messages,
    command: str,
    found: Answer,
    warned: Sequence[str],
    *,
    ending: str,
    target: Path | None,
    heading: str,
    style: "Style | None",
) -> None:
    """Print an answer, or write it where it is to go."""
    if style is not None and found.explain is None:
        raise UsageError("--explain: a table of numbers of single people has no sentences.")
    said = found.explain(style) if style is not None and found.explain is not None else None
    messages.warn(warned)
    content = _written(command, found, warned, ending=ending, heading=heading, said=said)
    messages.clear()
    if target is None:
        click.echo(content.decode(), nl=False)
        return
    write(target, content)
    rest = ", ".join(name.replace("_", " ") for name in found.more)
    also = f" (a .json file also has: {rest})" if rest and ending == ".csv" else ""
    messages.say(f"wrote {target}{also}")


def _written(
    command: str,
    found: Answer,
    warned: Sequence[str],
    *,
    ending: str,
    heading: str,
    said: str | None,
) -> bytes:
    """An answer in the form of an ending; nothing is for people at a terminal."""
    from detachment import tables

    if ending == ".json":
        sentences = {} if said is None else {"explanation": said.splitlines()}
        text = to_json({**_whole(command, found, warned), **sentences})
    elif said is not None:
        text = f"{heading}\n\n{said}" if heading else said
    elif ending == ".csv" or (not ending and not found.shown):
        text = tables.csv_table(found.table).rstrip("\n")
    elif ending and found.tables is None:
        raise UsageError(f"--out writes .csv or .json here: this is no table for a {ending} file.")
    elif ending and found.tables is not None:
        return tables.write(found.tables(), ending)
    else:
        text = render(found.shown, keys=found.keys, heading=heading)
    return f"{text}\n".encode()


def each_export(given: Given, work: Callable[[Path, Sequence[str]], bool]) -> int:
    """Do something with every export; one bad file never stops the rest.

    Parameters
    ----------
    given
        The shared arguments.
    work
        From an export, and the list in which its warnings are collected, to whether there were
        findings. It prints the warnings itself: where it fails, the error is the one message.

    Returns
    -------
    int
        The exit code.
    """
    several = len(given.exports) > 1
    total = len(given.exports) if several else None
    failures: list[int] = []
    findings = False
    for done, path in enumerate(given.exports):
        given.messages.step(path.name, done=done, total=total)
        try:
            require_file(path, folders=given.lazy is not None)
            with given.messages.hearing_warnings() as heard:
                findings |= work(path, heard)
        except Exception as error:
            if not several or (isinstance(error, OSError) and error.filename is None):
                raise  # stdout takes nothing more: no other export fares better
            failures.append(explain(error, given.messages, about=str(path)))
    if not failures:
        return FINDINGS if findings else DONE
    given.messages.say(f"{len(failures)} of {len(given.exports)} exports failed")
    return USAGE if failures == [USAGE] * len(given.exports) else SOME_FAILED


def _ending(*, as_json: bool, out: Path | None, several: bool, style: "Style | None") -> str:
    """Form in which the answer is written: ``.json``, ``.csv``, ``.txt``, or nothing for people."""
    if as_json:
        return ".json"
    if out is None:
        return ""
    form = ".csv" if style is None else ".txt"  # sentences are no table
    if several:
        return form
    ending = out.suffix.lower()
    if ending in (form, ".json"):
        return ending
    from detachment.tables import FORMS
    from detachment.text import listing as listed

    # Sentences are text in every form; only tables have a layout.
    endings = [form, ".json", *(f".{one}" for one in FORMS if style is None)]
    if ending not in endings:
        raise UsageError(f"--out writes {listed(endings, 'or')} here, not {out.name!r}.")
    return ending


def _whole(command: str, found: Answer, warnings: Sequence[str]) -> Mapping[str, Any]:
    if found.facts is not None:
        return {"command": command, "detachment": __version__, **found.facts}
    return {
        "command": command,
        "detachment": __version__,
        "instrument": found.instrument,
        "source": found.source,
        "n": found.n,
        "warnings": warnings,
        "notes": found.notes,
        "table": rows(found.table, undefined=found.undefined),
        **found.more,
    }
