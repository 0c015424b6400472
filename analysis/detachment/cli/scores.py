"""``detachment scores``: scale scores as a data file."""

from pathlib import Path

import click

from detachment.cli._answers import Answer, about, answer
from detachment.cli._options import Given, takes_exports


@click.command("scores")
@takes_exports
@click.option(
    "--scale",
    "scales",
    multiple=True,
    metavar="ID",
    help="Scale, or a role such as signs; repeatable.",
)
def command(given: Given, *, scales: tuple[str, ...]) -> int:
    """Write scale scores as CSV, one row a person and wave.

    For each scale: its score, the same in percent of the possible range (_pomp) and, for signs,
    how many are present. A score needs enough valid answers; otherwise it is empty.
    """

    def ask(path: Path) -> Answer:
        from detachment.scoring import score

        survey = given.survey(path)
        table = score(survey, scales=list(scales) or None).reset_index()
        return Answer(
            table=table,
            undefined="too few of the items were answered",
            findings=survey.has_errors,
            **about(survey),
        )

    return answer(given, "scores", ask)
