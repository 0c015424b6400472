"""``detachment cutoffs``: who lies beyond an established cut-off, and what tells it."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, by_groups, confidence, design, gives_a_result, wave
from detachment.cli._words import Words


@click.command("cutoffs")
@gives_a_result
@click.option(
    "--scale", "scales", multiple=True, metavar="ID",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="A scale, or a role in the plural; repeatable. Default: every scale with a cut-off.",
)  # fmt: skip
@click.option(
    "--cutoff", metavar="NAME|RULE",
    help="Name of a declared cut-off, or a rule such as '< 13.5'.",
)  # fmt: skip
@click.option(
    "--predictor", multiple=True, metavar="WHAT",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="Score whose ROC curve is asked for; repeatable: their areas are compared.",
)  # fmt: skip
@click.option(
    "--criterion", metavar="WHAT",
    help="What it is to tell: a scale with a cut-off, or a column of 0 and 1.",
)  # fmt: skip
@click.option(
    "--direction", type=Words(["higher", "lower"]),
    help="Which scores speak for the condition. Default: as the instrument says, else higher.",
)  # fmt: skip
@click.option(
    "--threshold", "thresholds", type=float, multiple=True, metavar="SCORE",
    help="Threshold of the predictors to be shown; repeatable.",
)  # fmt: skip
@by_groups(required=False)
@confidence
@wave
@design
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Share of people beyond the cut-offs of established measures in each EXPORT; ROC curves.

    An established measure joins as a slot: put the response_scales, items and scales of its file
    into a copy of your own instrument file, and name that one with --instrument.

    Screening, not diagnosis. With --predictor and --criterion: area under the curve with DeLong's
    interval, sensitivity and specificity; every point of the curve is in --json.

    \b
      detachment cutoffs export.csv --instrument own.yaml --predictor signs_total \\
        --criterion ras_total
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import cutoffs

        survey = given.survey(path)
        return of_result(survey, cutoffs(survey, **options))

    return answer(given, "cutoffs", ask)
