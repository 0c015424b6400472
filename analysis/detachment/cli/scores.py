"""``detachment scores``: scale scores as a data file."""

from functools import partial
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment.cli._answers import Answer, about, answer
from detachment.cli._options import Given, takes_exports

if TYPE_CHECKING:
    from detachment.instruments import Instrument


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
            undefined=partial(_why, survey.instrument),
            findings=survey.has_errors,
            **about(survey),
        )

    return answer(given, "scores", ask)


def _why(instrument: "Instrument", _row: int, column: str) -> str:
    """Why a number of the table is missing; columns of one scale share their words."""
    for scale in instrument.scales.values():
        if column == f"{scale.id}_signs_present":
            return "not every item was answered, and a sign that is not asked is not counted as 0"
        if column in (scale.id, f"{scale.id}_pomp"):
            masked = ", or the instrument masks the scale here" if scale.mask_when else ""
            ends = ", or it has no lowest and highest score" if column != scale.id else ""
            needed = ceil(scale.min_valid * len(scale.items) - 1e-9)
            return (
                f"too few of the items were answered ({max(needed, 1)} of {len(scale.items)} are "
                f"needed){masked}{ends}"
            )
    return "not given in the export"
