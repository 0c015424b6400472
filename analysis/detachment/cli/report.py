"""``detachment report``: the report of one or many exports."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from detachment.cli._answers import each_export
from detachment.cli._destinations import destinations
from detachment.cli._folders import tell
from detachment.cli._options import Given, takes_exports


@click.command("report")
@takes_exports
@click.option(
    "--format", "formats", default="html", show_default=True, metavar="html",
    help="Forms of the page.",
)  # fmt: skip
@click.option(
    "--allow-problems", is_flag=True, help="Write the report although cells are wrong; exit code 1."
)
def command(given: Given, *, formats: str, allow_problems: bool) -> int:
    """Write the report of each EXPORT into a folder: page, tables, figures, manifest.

    The folder is --out (default: report); with several exports, one folder each in it, named
    after the export. A report is written whole or not at all.
    """
    given = replace(given, out=given.out or Path("report"))
    targets = destinations(given, "")

    def work(path: Path, heard: Sequence[str]) -> bool:
        from detachment.reports import report

        survey = given.survey(path)
        report(
            survey,
            targets[path],
            seed=given.seed,
            formats=tuple(formats.split(",")),
            allow_problems=allow_problems,
        )
        tell(given, "report", path, targets[path], heard)
        return survey.has_errors

    return each_export(given, work)
