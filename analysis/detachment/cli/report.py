"""``detachment report``: the report of one or many exports."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment.cli._answers import about, each_export
from detachment.cli._destinations import destinations
from detachment.cli._folders import tell_files
from detachment.cli._options import Given, disclosure, takes_exports, wave

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
    help="One or more of html, pdf, docx, xlsx, with commas between them.",
)  # fmt: skip
@click.option(
    "--allow-problems", is_flag=True, help="Write the report although cells are wrong; exit code 1."
)
@disclosure
@wave
def command(
    given: Given,
    *,
    formats: tuple["Format", ...],
    allow_problems: bool,
    disclosure: "Disclosure",
    wave: str | None,
) -> int:
    """Write the report of each EXPORT into a folder: page or documents, tables, figures, manifest.

    The folder is --out (default: report); with several exports, one folder each in it, named
    after the export. A report is written whole or not at all. Prints the path of the page, or of
    the first document where no page was asked for.
    """
    given = replace(given, out=given.out or Path("report"))
    targets = destinations(given, "")

    def work(path: Path, heard: Sequence[str]) -> bool:
        from detachment.reports import report

        survey = given.survey(path)
        written = report(
            survey,
            targets[path],
            rng=given.seed,
            wave=wave,
            allow_problems=allow_problems,
            disclosure=disclosure,
            formats=formats,
            command=given.messages.command,
        )
        warned = list(dict.fromkeys([*heard, *written.manifest["warnings"]]))
        given.messages.warn(warned)
        given.messages.clear()
        if given.as_json:
            files = [written.folder / name for name in written.files]
            about_it = about(survey, warnings=warned) | {"n": written.manifest["n"]}
            tell_files("report", files, folder=written.folder, as_json=True, more=about_it)
        else:
            click.echo(written.page)
            given.messages.say(f"wrote {len(written.files)} files in {written.folder}")
        return survey.has_errors

    return each_export(given, work)
