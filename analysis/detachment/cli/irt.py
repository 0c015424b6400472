"""``detachment irt``: what each item of a scale tells, and where on the trait."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, about, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result, scales, wave
from detachment.cli._words import Words

_WHY = {
    "eap": "none of the items was answered",
    "map": "none of the items was answered",
    "ml": "none of the items was answered, or every answer is at one end",
}


@click.command("irt")
@gives_a_result
@scales
@click.option(
    "--model", type=Words(["graded", "2pl"]),
    help="graded for ordered answers, 2pl for right and wrong. Default: as the scale is declared.",
)  # fmt: skip
@click.option(
    "--missing", type=Words(["fiml", "em", "listwise"]), default="fiml", show_default=True,
    help="Use every answer (full information), or only people who answered everything.",
)  # fmt: skip
@click.option(
    "--scores", "method", type=Words(["eap", "map", "ml"]),
    help="Write people's scores and standard errors as a data file instead, by this method.",
)  # fmt: skip
@confidence
@wave
def command(given: Given, *, method: str | None, **options: Any) -> int:  # noqa: ANN401 - as above
    """Item response model of each scale of each EXPORT: slopes, thresholds, information, fit.

    The graded response model, and the two-parameter logistic model for a test of right and wrong
    answers. Reversed items are reversed first.
    """

    def ask(path: Path) -> Answer:
        from detachment.estimates import irt, irt_scores

        survey = given.survey(path)
        if method is None:
            return of_result(survey, irt(survey, **options))
        asked = {name: options[name] for name in ("scales", "model", "missing", "wave")}
        table = irt_scores(survey, method=method, **asked).reset_index()  # type: ignore[arg-type]
        return Answer(
            table=table,
            undefined=partial(_why, [*survey.instrument.scales], method),
            findings=survey.has_errors,
            **about(survey),
        )

    return answer(given, "irt", ask)


def _why(scales: list[str], method: str, _row: int, column: str) -> str:
    known = column in scales or column.removesuffix("_se") in scales
    return _WHY[method] if known else "not given in the export"
