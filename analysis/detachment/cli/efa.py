"""``detachment efa``: which factors items share."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import (
    Given,
    correlations,
    gives_a_result,
    missing,
    pooled,
    smooth,
    wave,
)
from detachment.cli._words import Words


@click.command("efa")
@gives_a_result
@pooled
@click.option(
    "--factors", "n_factors", type=click.IntRange(min=1), metavar="N",
    help="Number of factors. Default: what parallel analysis suggests.",
)  # fmt: skip
@click.option(
    "--extraction", type=Words(["minres", "ml", "paf"]), default="minres", show_default=True,
    help="Minimum residuals, maximum likelihood, or principal axes.",
)  # fmt: skip
@click.option(
    "--rotation", type=Words(["oblimin", "promax", "geomin", "varimax", "none"]),
    default="oblimin", show_default=True, help="How the factors are turned.",
)  # fmt: skip
@correlations
@missing
@click.option(
    "--weights", type=Words(["regression", "bartlett", "tenberge"]), default="regression",
    show_default=True, help="Weights of factor scores.",
)  # fmt: skip
@click.option(
    "--confidence", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.90,
    show_default=True, metavar="SHARE", help="Confidence of the interval of RMSEA.",
)  # fmt: skip
@smooth
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Exploratory factor analysis of each EXPORT: loadings, factor correlations, fit.

    The items of all scales named are analysed together; the signs by default. Reversed items are
    reversed first.
    """

    def ask(path: Path) -> Answer:
        from detachment.estimates import efa

        survey = given.survey(path)
        return of_result(survey, efa(survey, rng=given.seed, **options))

    return answer(given, "efa", ask)
