"""``detachment dyads``: who is whose partner, and how alike partners are."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result, wave
from detachment.cli._words import Words

KINDS = ["distinguishable", "indistinguishable", "all"]


@click.command("dyads")
@gives_a_result
@click.option(
    "--scale", "scales", multiple=True, metavar="WHAT",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="A scale, a role in the plural, or items:SCALE; repeatable. Default: every scale.",
)  # fmt: skip
@click.option(
    "--dyads", type=Words(KINDS),
    help="Which dyads: with two roles, the others, or all as if no role mattered. Default: each "
    "kind that is there.",
)  # fmt: skip
@click.option("--by", metavar="COLUMN", help="Results for each group, where partners share one.")
@click.option(
    "--missing", type=Words(["fiml", "listwise"]), default="fiml", show_default=True,
    help="Test of distinguishability from every dyad with a score, or complete ones only.",
)  # fmt: skip
@confidence
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Dyads in each EXPORT: how many are complete, how alike partners are, whether roles matter.

    Intraclass correlations with their test of non-independence, r, paired differences of means and
    variances, and the test of distinguishability. Whoever has no partner is counted.

    \b
      detachment dyads export.csv --scale signs_total --scale eff_satisfaction
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import dyads

        survey = given.survey(path)
        return of_result(survey, dyads(survey, **options))

    return answer(given, "dyads", ask)
