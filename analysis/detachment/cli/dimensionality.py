"""``detachment dimensionality``: how many factors items have, rule by rule."""

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


@click.command("dimensionality")
@gives_a_result
@pooled
@correlations
@missing
@click.option(
    "--random", "n_random", type=click.IntRange(min=20), default=1000, show_default=True,
    metavar="N", help="Random data sets of each kind in parallel analysis.",
)  # fmt: skip
@click.option(
    "--quantile", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95,
    show_default=True, metavar="SHARE", help="Quantile of random eigenvalues that must be passed.",
)  # fmt: skip
@smooth
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Parallel analysis, MAP, very simple structure, KMO and Bartlett's test for each EXPORT.

    The items of all scales named are analysed together; the signs by default. Reversed items are
    reversed first.
    """

    def ask(path: Path) -> Answer:
        from detachment.estimates import dimensionality

        survey = given.survey(path)
        return of_result(survey, dimensionality(survey, rng=given.seed, **options))

    return answer(given, "dimensionality", ask)
