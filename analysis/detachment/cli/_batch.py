"""The reports of many exports: made by several processes, told in the order given."""

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from os.path import commonpath
from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import DONE, FINDINGS, SOME_FAILED
from detachment.cli._destinations import require_folder, write
from detachment.cli._failures import DATA, USAGE, described, require_file
from detachment.cli._folders import tell_files
from detachment.cli._messages import Messages
from detachment.cli._options import Given
from detachment.cli._pace import Pace
from detachment.cli._parts import engine
from detachment.errors import EngineError, UsageError
from detachment.text import encodable

# Warnings are heard, and figures drawn, by a whole process: a worker with several threads waits.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One report to make; travels to another process.

    Attributes
    ----------
    export, folder
        From what, and where to.
    shared
        What the command was given, without its messages.
    words
        The command line of this report alone.
    options
        Those of ``report``.
    resume
        Whether a report that still stands is left as it is.
    """

    export: Path
    folder: Path
    shared: Mapping[str, Any]
    words: tuple[str, ...]
    options: Mapping[str, Any]
    resume: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a task.

    Attributes
    ----------
    manifest
        Of the report; None where there is none.
    heard
        Warnings while the file was read.
    kept
        Whether an earlier report still stood.
    reason, code
        Why there is no report, and the exit code that says so.
    """

    manifest: Mapping[str, Any] | None = None
    heard: Sequence[str] = ()
    kept: bool = False
    reason: str = ""
    code: int = DONE

    @property
    def warnings(self) -> list[str]:
        """What was heard, and what the report itself says."""
        own = [] if self.manifest is None else self.manifest["warnings"]
        return list(dict.fromkeys([*self.heard, *own]))

    @property
    def files(self) -> int:
        """How many files the report has."""
        return 0 if self.manifest is None else len(self.manifest["outputs"]) + 1

    @property
    def findings(self) -> bool:
        """Whether cells were wrong."""
        return self.manifest is not None and self.manifest["problems"]["error"] != 0


def task_of(
    given: Given, export: Path, folder: Path, *, options: Mapping[str, Any], resume: bool
) -> Task:
    """The task of one export of those that were given."""
    others = {path for path in given.exports if path != export}
    return Task(
        export=export,
        folder=folder,
        shared={
            one.name: getattr(given, one.name) for one in fields(given) if one.name != "messages"
        }
        | {"exports": (export,)},
        words=tuple(word for word in given.messages.command if Path(word) not in others),
        options=options,
        resume=resume,
    )


def make(task: Task) -> Outcome:
    """Write one report, or find that an earlier one still stands; raises what goes wrong."""
    from detachment.instruments import read_instrument
    from detachment.reports import call_as_asked, portable, read_manifest, report, still_stands

    messages = Messages(command=task.words)
    given = Given(messages=messages, **task.shared)
    require_file(task.export)
    if task.resume:
        asked = call_as_asked(
            given.reading, strict=given.strict, exclude=given.exclude, options=task.options
        )
        earlier = still_stands(
            task.folder,
            task.export,
            call=asked,
            command=portable(task.words),
            instrument=read_instrument(given.instrument).sha256,
        )
        if earlier is not None:
            return Outcome(manifest=earlier, kept=True)
    with messages.hearing_warnings() as heard:
        survey = given.survey(task.export)
        report(survey, task.folder, command=task.words, **task.options)
    return Outcome(manifest=read_manifest(task.folder), heard=tuple(heard))


def attempt(task: Task) -> Outcome:
    """As :func:`make`; what goes wrong is told in the outcome."""
    try:
        with _ONE_AT_A_TIME:
            return make(task)
    except Exception as error:
        reason, code = described(error, Messages(command=task.words))
        return Outcome(reason=reason, code=code)


def anywhere(task: Task) -> Task:
    """The same task for a worker that stands in another folder, on the same disk."""
    from detachment.instruments import list_instruments

    shared = dict(task.shared)
    if Path(shared["instrument"]).is_file() and shared["instrument"] not in list_instruments():
        shared["instrument"] = str(Path(shared["instrument"]).absolute())
    shared |= {
        "exports": tuple(path.absolute() for path in shared["exports"]),
        "codebook": tuple(path.absolute() for path in shared["codebook"]),
        "key": shared["key"] and shared["key"].absolute(),
    }
    return replace(
        task, export=task.export.absolute(), folder=task.folder.absolute(), shared=shared
    )


def make_there(given: Given, task: Task) -> Outcome:
    """As :func:`make`, on a worker of the cluster."""
    ((_, found),) = engine(given).run(make, [anywhere(task)])
    if isinstance(found, Exception):
        raise found
    return found


def tell(given: Given, task: Task, found: Outcome) -> None:
    """Print where a report is, or all about it as JSON."""
    from detachment.reports import MANIFEST, first_document

    manifest = found.manifest
    assert manifest is not None
    names = [*manifest["outputs"], MANIFEST]
    if given.as_json:
        about = {
            "instrument": manifest["instrument"],
            "source": {key: manifest["input"][key] for key in ("file", "sha256", "platform")},
            "n": manifest["n"],
            "warnings": found.warnings,
        }
        files = [task.folder / name for name in names]
        tell_files("report", files, folder=task.folder, as_json=True, more=about)
    else:
        click.echo(task.folder / first_document(names))


@dataclass(slots=True, eq=False)
class _Run:
    """A batch under way: what is done, and how long the rest will take."""

    given: Given
    tasks: Sequence[Task]
    pace: Pace
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    told: int = 0

    def step(self) -> None:
        """Show how far it is, and what is left at the pace so far."""
        done = len(self.outcomes)
        made = sum(not one.kept for one in self.outcomes.values())
        told = self.pace.told(done, made=made)
        self.given.messages.step(told, done=done, total=len(self.tasks))

    def take(self, place: int, outcome: Outcome) -> None:
        """Keep an outcome, and tell all that are done in the order given."""
        self.outcomes[place] = outcome
        while self.told in self.outcomes:
            self._tell(self.told)
            self.told += 1

    def code_of(self, place: int) -> int | None:
        """Exit code of a task; None before it is done."""
        return self.outcomes[place].code if place in self.outcomes else None

    def _tell(self, place: int) -> None:
        task, found = self.tasks[place], self.outcomes[place]
        messages = self.given.messages
        if found.manifest is None:
            messages.error(f"{task.export}: {found.reason}")
            return
        messages.clear()
        tell(self.given, task, found)
        what = "unchanged" if found.kept else f"wrote {found.files} files"
        number = len(found.warnings)
        more = f", {number} warning{'s' if number > 1 else ''} on its page" if number else ""
        messages.say(f"{task.folder.name}: {what}{more}")


def batch(given: Given, *, options: Mapping[str, Any], jobs: int, resume: bool) -> int:
    """Write the report of every export; one bad file never stops the rest.

    Parameters
    ----------
    given
        The shared arguments, with the folder in ``out``.
    options
        Those of ``report``.
    jobs
        How many processes.
    resume
        Whether reports that still stand are left as they are.

    Returns
    -------
    int
        The exit code.
    """
    from detachment.reports import check_batch, folder_names, sweep

    out = given.out
    assert out is not None
    require_folder(out)
    check_batch(out)
    names = folder_names(given.exports)
    for path in given.exports:
        if (out / names[path]).resolve() in (path.resolve(), *path.resolve().parents):
            raise UsageError(f"--out {out} would overwrite the export {path}; name another place.")
    tasks = [
        task_of(given, path, out / names[path], options=options, resume=resume)
        for path in given.exports
    ]
    run = _Run(given, tasks, Pace(len(tasks), "reports"))
    run.step()
    try:
        with closing(_outcomes(given, tasks, jobs=jobs)) as outcomes:
            for place, outcome in outcomes:
                run.take(place, outcome)
                run.step()
    except EngineError as error:
        raise EngineError(
            f"{error} {len(run.outcomes)} of {len(tasks)} exports were done before and stay; "
            "--resume goes on from there."
        ) from error
    finally:
        given.messages.clear()
        if out.is_dir():
            sweep(out)
        _write_list(out, run)
    failures = [one.code for one in run.outcomes.values() if one.manifest is None]
    if failures:
        given.messages.say(f"{len(failures)} of {len(tasks)} exports failed")
        return USAGE if failures == [USAGE] * len(tasks) else SOME_FAILED
    return FINDINGS if any(one.findings for one in run.outcomes.values()) else DONE


def _outcomes(
    given: Given, tasks: Sequence[Task], *, jobs: int
) -> Generator[tuple[int, Outcome], None, None]:
    """What comes of each task, from processes of this machine or from the workers of a cluster."""
    from detachment.reports import Died, work_through

    if given.scheduler is None:
        for place, answer in work_through(attempt, tasks, jobs=jobs):
            if isinstance(answer, Died):
                yield place, Outcome(reason=f"{answer}.", code=DATA)
            else:
                yield place, answer
        return
    for place, found in engine(given).run(attempt, [anywhere(task) for task in tasks]):
        if isinstance(found, Exception):  # the workers died of it, one after the other
            yield place, Outcome(reason=str(found), code=DATA)
        else:
            yield place, found


def _write_list(out: Path, run: _Run) -> None:
    """Write the table and the page of what is done so far."""
    from detachment.reports import DONE as MADE
    from detachment.reports import FAILED, STOPPED, Entry, batch_files

    root = Path(commonpath([task.export.resolve().parent for task in run.tasks]))
    entries = []
    for place, task in enumerate(run.tasks):
        file = task.export.resolve().relative_to(root).as_posix()
        entry = Entry(file=encodable(file), folder=task.folder.name, status=MADE)
        found = run.outcomes.get(place)
        if found is None:
            entry = replace(entry, status=STOPPED, reason="The run was interrupted before.")
        elif found.manifest is None:
            entry = replace(entry, status=FAILED, reason=found.reason)
        entries.append(entry)
    if not out.is_dir() and all(run.code_of(place) == USAGE for place in range(len(run.tasks))):
        return  # a slip in the call leaves nothing behind
    for name, content in batch_files(out, entries).items():
        write(out / name, content)
