"""``detachment compare``: whether groups differ on scales, and by how much."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import (
    Given,
    adjust_all,
    by_groups,
    confidence,
    design,
    gives_a_result,
    wave,
)
from detachment.cli._words import Words


@click.command("compare")
@gives_a_result
@by_groups(required=True)
@click.option(
    "--scale", "scales", multiple=True, metavar="WHAT",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="A scale, a role in the plural, or items:SCALE; repeatable. Default: every scale.",
)  # fmt: skip
@click.option(
    "--method", type=Words(["welch", "clustered", "paired"]),
    help="Default: paired where groups are the partners of each dyad, clustered where there are "
    "dyads or clusters, else welch.",
)  # fmt: skip
@click.option(
    "--standardizer", type=Words(["pooled", "average", "reference"]), default="pooled",
    show_default=True, help="Standard deviation of Hedges' g; reference gives Glass's delta.",
)  # fmt: skip
@adjust_all
@confidence
@wave
@design
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Differences between groups in each EXPORT: means, Hedges' g, ranks, with intervals.

    Three groups or more are also tested together: analysis of variance and Kruskal-Wallis. Partners
    are never taken as independent unless --method welch says so.

    \b
      detachment compare export.csv --by group --scale signs --scale effects
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import compare

        survey = given.survey(path)
        return of_result(survey, compare(survey, **options))

    return answer(given, "compare", ask)
