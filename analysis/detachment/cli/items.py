"""``detachment items``: every item of a scale, one line each."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, gives_a_result, in_parts, missing, scales, wave
from detachment.cli._parts import answers


@click.command("items")
@gives_a_result
@scales
@missing
@click.option(
    "--skew-type", type=click.IntRange(1, 3), default=3, show_default=True, metavar="TYPE",
    help="Skewness and kurtosis: 1 (g), 2 (SAS, SPSS, Excel), 3 (b, of R's psych).",
)  # fmt: skip
@wave
@in_parts
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Item analysis of each EXPORT: spread, floor and ceiling, missing answers, item-rest r."""

    def ask(path: Path) -> Answer:
        from detachment.estimates import items

        survey = answers(given, path)
        return of_result(survey, items(survey, **options))

    return answer(given, "items", ask)
