"""``detachment moderate``: whether a slope depends on a moderator."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._models import WHAT, controls, covariance, design, outcome
from detachment.cli._options import Given, confidence, gives_a_result, wave


@click.command("moderate")
@gives_a_result
@click.option("--predictor", required=True, metavar="WHAT", help=WHAT)
@click.option(
    "--moderator", required=True, metavar="WHAT",
    help="What its slope may depend on: a score, or a category.",
)  # fmt: skip
@outcome
@controls
@click.option(
    "--centre/--no-centre", default=True, show_default=True,
    help="Centre predictor and moderator at their means.",
)  # fmt: skip
@covariance
@design
@confidence
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Moderation in each EXPORT: interaction, simple slopes, Johnson-Neyman region.

    \b
      detachment moderate export.csv --predictor signs_total --moderator style_healthy \\
        --outcome eff_satisfaction --controls partner:signs_total
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import moderate

        survey = given.survey(path)
        return of_result(survey, moderate(survey, **options))

    return answer(given, "moderate", ask)
