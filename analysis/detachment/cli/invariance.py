"""``detachment invariance``: whether items measure the same in every group."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, factors, gives_a_result, wave
from detachment.cli._words import Words
from detachment.cli.cfa import model_text


@click.command("invariance")
@gives_a_result
@click.option(
    "--by", required=True, metavar="COLUMN|ROLE",
    help="What makes the groups: a metadata column, or group, wave, partner_role.",
)  # fmt: skip
@factors
@click.option(
    "--model", metavar="FILE|TEXT", callback=model_text,
    help="The model, such as 'f =~ a + b + c', or a file that holds it.",
)  # fmt: skip
@click.option(
    "--estimator", type=Words(["ML", "MLR", "MLM", "WLSMV", "ULSMV"]),
    help="Default: WLSMV (ordered answers) for at most five categories, else MLR.",
)  # fmt: skip
@click.option(
    "--missing", type=Words(["fiml", "em", "listwise", "pairwise"]),
    help="fiml (default of ML, MLR), listwise, or pairwise (default of WLSMV, ULSMV).",
)  # fmt: skip
@click.option(
    "--free", multiple=True, metavar="WHAT",
    help='What may differ between groups: an item, or "f =~ a", "a ~ 1"; repeatable.',
)  # fmt: skip
@click.option("--reference", metavar="GROUP", help="The group whose factor means are 0.")
@confidence
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Compare the measurement of scales between groups, waves or partner roles.

    Loadings, intercepts, residual variances and factor means are held equal step by step; the
    change of fit says whether that is tenable, and score tests which item is in the way.

    \b
      detachment invariance export.csv --by partner_role --scale withdrawal
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import invariance

        survey = given.survey(path)
        return of_result(survey, invariance(survey, **options))

    return answer(given, "invariance", ask)
