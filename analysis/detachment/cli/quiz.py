"""``detachment quiz``: what people know, and what they learned."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result


@click.command("quiz")
@gives_a_result
@click.option("--scale", metavar="ID", help="The quiz. Default: the only one of the instrument.")
@click.option("--before", metavar="WAVE", help="First wave to compare. Default: the first.")
@click.option("--after", metavar="WAVE", help="Second wave to compare. Default: the last.")
@click.option(
    "--cluster", metavar="COLUMN",
    help="Column of classes or other clusters, whose members are not independent. Default: the "
    "dyad, where partners answer.",
)  # fmt: skip
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=2000, show_default=True, metavar="N",
    help="Bootstrap samples for the intervals of item-rest r and of the gain; 0 for none.",
)  # fmt: skip
@confidence
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Each question of a quiz, the whole test, and what changed between two waves of each EXPORT.

    Difficulty, item-rest r, discrimination and "I don't know" of each question; KR-20; who
    believes each myth before and after; the normalised gain.

    \b
      detachment quiz class.csv
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import quiz

        survey = given.survey(path)
        return of_result(survey, quiz(survey, rng=given.seed, **options))

    return answer(given, "quiz", ask)
