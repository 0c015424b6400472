"""Data that are read in parts: when, by whom, and how it is told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from detachment.cli._messages import Messages
from detachment.cli._options import Given, said_of
from detachment.cli._pace import Pace
from detachment.errors import SurveyError, UsageError, warn
from detachment.text import listing

if TYPE_CHECKING:
    from detachment.engines import Cluster, Engine, Local
    from detachment.validation import LazySurvey, Survey

P = TypeVar("P")
T = TypeVar("T")

LARGE = 32_000_000
"""Bytes of a Parquet or Arrow file above which it is read in parts."""
_ENDINGS = {".parquet", ".pq", ".arrow", ".feather", ".ipc"}
_ENGINE = "detachment.engine"
# What is done with a whole export, and with no part of it.
_WHOLE = {
    "platform": "--platform", "sheet": "--sheet", "member": "--member", "encoding": "--encoding",
    "codebook": "--codebook", "key": "--key", "exclude": "--exclude",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watched:
    """An engine whose progress is shown."""

    engine: "Engine"
    messages: Messages

    def run(
        self, task: Callable[[P], T], parts: Sequence[P]
    ) -> Iterator[tuple[int, T | Exception]]:
        """See ``Engine``."""
        pace = Pace(len(parts), "parts")
        self.messages.step(pace.told(0), total=len(parts))
        for done, found in enumerate(self.engine.run(task, parts), 1):
            self.messages.step(pace.told(done), done=done, total=len(parts))
            yield found


def answers(given: Given, path: Path) -> "Survey | LazySurvey":
    """Read an export, or open it to be read in parts where it is large.

    In parts are read: a folder; a Parquet or Arrow file of more than 32 MB; and everything with
    ``--lazy`` or ``--scheduler``.

    Raises
    ------
    UsageError
        With an option for what needs a whole export.
    SurveyError
        With ``--strict`` and wrong cells, and as ``open_survey``.
    """
    if not _is_in_parts(given, path):
        return given.survey(path)
    from detachment.validation import open_survey

    if wrong := [option for name, option in _WHOLE.items() if getattr(given, name)]:
        raise UsageError(
            f"{path.name} is read in parts, and {listing(wrong)} need"
            f"{'s' if len(wrong) == 1 else ''} an export that is read whole."
        )
    survey = open_survey(
        path,
        instrument=given.instrument,
        missing_codes=given.missing_codes,
        allow_missing_parts=given.allow_missing_parts,
        engine=Watched(engine(given), given.messages),
    )
    if given.strict and survey.has_errors:
        errors = survey.problems[survey.problems["severity"] == "error"]
        raise SurveyError(
            f"{path.name}: {int(errors['count'].sum())} cells are wrong, and --strict refuses the "
            f"file. The first: {errors['message'].iloc[0]}"
        )
    for text in said_of(survey, "warnings"):
        warn(text, stacklevel=2)
    return survey


def engine(given: Given) -> "Cluster | Local":
    """Who counts, for as long as the command runs; says where its dashboard is."""
    from detachment.engines import Local, cluster

    context = click.get_current_context()
    if _ENGINE not in context.meta:
        found = cluster(given.scheduler) if given.scheduler else Local()
        context.meta[_ENGINE] = context.with_resource(found)
        if found.dashboard:
            given.messages.say(f"dashboard: {found.dashboard}")
    working: Cluster | Local = context.meta[_ENGINE]
    return working


def _is_in_parts(given: Given, path: Path) -> bool:
    if given.lazy or given.scheduler or path.is_dir():
        return True
    return path.suffix.lower() in _ENDINGS and path.stat().st_size > LARGE
