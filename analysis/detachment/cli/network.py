"""``detachment network``: which variables go together when all others are held constant."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result, wave


@click.command("network")
@gives_a_result
@click.option(
    "--variables", multiple=True, metavar="VARIABLE",
    help="Scale, role, or items:SCALE; may be repeated. Default: the items of signs_total.",
)  # fmt: skip
@confidence
@wave
def command(given: Given, *, variables: tuple[str, ...], **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Partial correlation of each pair of variables in each EXPORT, all others held constant.

    \b
      detachment network export.csv --variables effects
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import network

        survey = given.survey(path)
        chosen: dict[str, Any] = {"variables": list(variables)} if variables else {}
        return of_result(survey, network(survey, **chosen, **options))

    return answer(given, "network", ask)
