"""``detachment prevalence``: how many people have each sign, and how many signs they have."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, adjust_all, by_groups, confidence, design, gives_a_result


@click.command("prevalence")
@gives_a_result
@click.option(
    "--scale", metavar="ID",
    help="Whose items are the signs. Default: the first that declares signs_present_from.",
)  # fmt: skip
@click.option(
    "--present-from", "present_from", type=float, metavar="ANSWER",
    help="From which answer on a sign is present. Default: what the instrument declares.",
)  # fmt: skip
@by_groups(required=False)
@adjust_all
@confidence
@click.option("--wave", help="Which wave. Default: every wave, each apart.")
@design
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Share of people with each sign in each EXPORT, with Wilson intervals.

    Also how many signs people have, and with --by the differences between groups. Partners are
    allowed for: intervals rest on the effective number of people.

    \b
      detachment prevalence export.csv --by group --wave 1
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import prevalence

        survey = given.survey(path)
        return of_result(survey, prevalence(survey, **options))

    return answer(given, "prevalence", ask)
