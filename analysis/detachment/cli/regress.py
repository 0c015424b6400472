"""``detachment regress``: what predicts an outcome."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._models import WHAT, controls, covariance, design, outcome, row_rule, several
from detachment.cli._options import Given, confidence, gives_a_result, wave


@click.command("regress")
@gives_a_result
@outcome
@several("--predictors", required=True, text=f"{WHAT} Repeatable.")
@controls
@click.option(
    "--dominance/--no-dominance", default=None,
    help="Divide R² among the predictors. Default: where there are 2 to 12.",
)  # fmt: skip
@covariance
@row_rule
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Bootstrap samples (of whole dyads) for the intervals of dominance.",
)  # fmt: skip
@design
@confidence
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Regress an outcome on predictors in each EXPORT, after controls.

    Raw and standardized slopes with intervals, errors clustered by dyad where there are any, R²
    and its change, and how the predictors share it (dominance analysis).

    \b
      detachment regress export.csv --outcome signs_total --predictors causes
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import regress

        survey = given.survey(path)
        return of_result(survey, regress(survey, rng=given.seed, **options))

    return answer(given, "regress", ask)
