"""``detachment reliability``: how well the items of a scale go together."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, missing, scales, takes_exports, wave
from detachment.cli._words import Words


@click.command("reliability")
@takes_exports
@scales
@click.option(
    "--method", type=Words(["pearson"], later=["polychoric"]),
    default="pearson", show_default=True,
    help="Correlations that the coefficients rest on.",
)  # fmt: skip
@missing
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Bootstrap samples for the intervals; 0 for Feldt's interval.",
)  # fmt: skip
@confidence
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Alpha with its interval, omega and their kin for each scale of each EXPORT.

    Reversed items are reversed first. Where a coefficient would mislead (an index, a single
    item, a model that does not fit), the reason stands in its place.
    """

    def ask(path: Path) -> Answer:
        from detachment.estimates import reliability

        survey = given.survey(path)
        return of_result(survey, reliability(survey, rng=given.seed, **options))

    return answer(given, "reliability", ask)
