"""``detachment report``: the report of one or many exports."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment.cli._answers import DONE, FINDINGS
from detachment.cli._batch import batch, make, make_there, task_of, tell
from detachment.cli._destinations import destinations
from detachment.cli._options import Given, disclosure, scheduler, takes_exports, wave

if TYPE_CHECKING:
    from detachment.estimates.disclosure import Disclosure
    from detachment.reports import Format


def formats_of(text: str) -> "tuple[Format, ...]":
    """Formats as they are named on the command line."""
    from detachment.reports import chosen_formats

    return chosen_formats([one.strip().lower() for one in text.split(",") if one.strip()])


@click.command("report")
@takes_exports
@click.option(
    "--format", "formats", metavar="FORMATS", default="html", show_default=True,
    callback=lambda _context, _option, value: formats_of(value),
    help="One or more of html, pdf, docx, xlsx, with commas between them; png adds each figure in "
    "pixels.",
)  # fmt: skip
@click.option(
    "--allow-problems", is_flag=True, help="Write the report although cells are wrong; exit code 1."
)
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, metavar="N",
    help="How many processes work on several exports.",
)  # fmt: skip
@click.option(
    "--resume", is_flag=True, help="Leave reports as they are that are whole and would not change."
)
@disclosure
@wave
@scheduler
def command(
    given: Given,
    *,
    formats: tuple["Format", ...],
    allow_problems: bool,
    jobs: int,
    resume: bool,
    disclosure: "Disclosure",
    wave: str | None,
) -> int:
    """Write the report of each EXPORT into a folder: page or documents, tables, figures, manifest.

    The folder is --out (default: report); with several exports, one folder each in it, named
    after the export, with batch.csv and index.html, which list them. A report is written whole or
    not at all, and one bad file never stops the rest. Prints the path of the page, or of the first
    document where no page was asked for.
    """
    given = replace(given, out=given.out or Path("report"))
    options = {
        "rng": given.seed,
        "wave": wave,
        "allow_problems": allow_problems,
        "disclosure": disclosure,
        "formats": formats,
    }
    if len(given.exports) > 1:
        return batch(given, options=options, jobs=jobs, resume=resume)
    (export,) = given.exports
    target = destinations(given, "")[export]
    given.messages.step(export.name)
    task = task_of(given, export, target, options=options, resume=resume)
    found = make(task) if given.scheduler is None else make_there(given, task)
    given.messages.clear()
    given.messages.warn(found.warnings)
    tell(given, task, found)
    if not given.as_json:
        said = "unchanged:" if found.kept else "wrote"
        given.messages.say(f"{said} {found.files} files in {target}")
    return FINDINGS if found.findings else DONE
