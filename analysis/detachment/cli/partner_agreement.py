"""``detachment partner-agreement``: self-reports beside what partners report."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result, wave
from detachment.cli._words import Words


@click.command("partner-agreement")
@gives_a_result
@click.option(
    "--self", "self_report", metavar="SCALE",
    help="The self-report. Default: the largest scale whose items are also asked about the "
    "partner.",
)  # fmt: skip
@click.option(
    "--partner", "partner_report", metavar="SCALE",
    help="The same items about the partner. Default: the items called ITEM__partner.",
)  # fmt: skip
@click.option("--by-role", is_flag=True, help="Reports about either role also apart.")
@click.option(
    "--adjust", type=Words(["holm", "bh", "by", "bonferroni", "hochberg", "none"]),
    default="holm", show_default=True, help="p values of the items.",
)  # fmt: skip
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=1000, show_default=True, metavar="N",
    help="Resamples of dyads for the forces of truth and bias without measurement error; 0 for "
    "none.",
)  # fmt: skip
@click.option(
    "--permutations", "n_perm", type=click.IntRange(min=0), default=1000, show_default=True,
    metavar="N", help="Random re-pairings of couples.",
)  # fmt: skip
@confidence
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Self-report and partner's report of the same people in each EXPORT.

    Mean difference, r, ICC and limits of agreement, over all and sign by sign; similarity of
    profiles beside that of pseudo-couples; truth and bias of partners' reports. Everything is
    clustered by dyad.

    \b
      detachment partner-agreement export.csv --exclude grade2
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import partner_agreement

        survey = given.survey(path)
        return of_result(survey, partner_agreement(survey, rng=given.seed, **options))

    return answer(given, "partner-agreement", ask)
