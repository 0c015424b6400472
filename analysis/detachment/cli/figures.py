"""``detachment figures``: every figure of the report, alone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment.cli._answers import about, each_export
from detachment.cli._destinations import destinations, write
from detachment.cli._folders import tell_files
from detachment.cli._options import Given, disclosure, takes_exports, wave
from detachment.errors import check_word

if TYPE_CHECKING:
    from detachment.estimates.disclosure import Disclosure

FORMATS = ("svg", "png", "pdf")


@click.command("figures")
@takes_exports
@click.option(
    "--format", "forms", default="svg,png", show_default=True, metavar=",".join(FORMATS),
    help="Forms of each figure.",
)  # fmt: skip
@disclosure
@wave
def command(given: Given, *, forms: str, disclosure: "Disclosure", wave: str | None) -> int:
    """Draw every figure of each EXPORT into a folder, and print their paths.

    The folder is --out (default: figures); with several exports, one folder each in it, named
    after the export. The same data, options and versions give the same bytes.
    """
    endings = [check_word("--format", form.strip(), FORMATS) for form in forms.split(",")]
    given = replace(given, out=given.out or Path("figures"))
    targets = destinations(given, "")

    def work(path: Path, heard: Sequence[str]) -> bool:
        from detachment.reports import find

        survey = given.survey(path)
        folder = targets[path]
        findings = find(survey, rng=given.seed, wave=wave, disclosure=disclosure)
        contents = {
            folder / f"{name}.{ending}": drawing.to_bytes(ending)
            for name, drawing in findings.figures.items()
            for ending in endings
        }
        for file, content in contents.items():
            write(file, content)
        warned = list(dict.fromkeys([*heard, *findings.warnings]))
        given.messages.warn(warned)
        given.messages.clear()
        tell_files(
            "figures", contents, folder=folder, as_json=given.as_json,
            more=about(survey, warnings=warned),
        )  # fmt: skip
        return survey.has_errors

    return each_export(given, work)
