"""``detachment methods``: the data part of a method section, with its citations."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment import __version__
from detachment.cli._answers import about, each_export
from detachment.cli._destinations import destinations, write
from detachment.cli._json import to_json
from detachment.cli._options import Given, disclosure, takes_exports, wave
from detachment.cli._words import Words

if TYPE_CHECKING:
    from detachment.estimates.disclosure import Disclosure
    from detachment.reports import Writing

_ENDINGS = {"text": ".txt", "markdown": ".md", "latex": ".tex"}


@click.command("methods")
@takes_exports
@click.option(
    "--format", "form", type=Words(list(_ENDINGS)), default="text", show_default=True,
    help="Form of the text; citations are [@key] in Markdown and \\citep{key} in LaTeX.",
)  # fmt: skip
@click.option(
    "--bibtex", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the BibTeX entries of what is cited there.",
)  # fmt: skip
@disclosure
@wave
def command(
    given: Given,
    *,
    form: "Writing",
    bibtex: Path | None,
    disclosure: "Disclosure",
    wave: str | None,
) -> int:
    """Write the data part of a method section of each EXPORT, with citations.

    Who was received and excluded by which rule, what was measured and how reliably, missing
    answers, couples and waves, analyses and software.

    \b
      detachment methods export.csv
      detachment methods export.csv --format latex --out data.tex --bibtex data.bib
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"
    several = len(given.exports) > 1
    targets = destinations(given, ".json" if given.as_json else _ENDINGS[form])
    cited: list[str] = []

    def work(path: Path, heard: Sequence[str]) -> bool:
        from detachment.reports import methods

        survey = given.survey(path)
        found = methods(survey, wave=wave, disclosure=disclosure, rng=given.seed)
        cited.extend(found.keys)
        given.messages.warn(heard)
        given.messages.clear()
        text = found.write(form)
        if given.as_json:
            said = {"format": form, "text": text, "keys": found.keys, "bibtex": found.bibtex()}
            head = {"command": "methods", "detachment": __version__}
            text = to_json({**head, **about(survey, warnings=heard), **said})
        elif several and given.out is None:
            text = f"{path}\n\n{text}\n"
        if (target := targets.get(path)) is None:
            click.echo(text)
        else:
            write(target, f"{text}\n".encode())
            given.messages.say(f"wrote {target}")
        return survey.has_errors

    code = each_export(given, work)
    if bibtex is not None and cited:
        from detachment.reports import bibtex as entries

        write(bibtex, f"{entries(cited)}\n".encode())
        given.messages.say(f"wrote {bibtex}")
    return code
