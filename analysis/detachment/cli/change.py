"""``detachment change``: what changed between waves, and more than in a control arm."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result
from detachment.cli._words import Words


def _several(_ctx: object, _parameter: object, given: tuple[str, ...]) -> list[str] | None:
    return list(given) or None


def _word_or_number(_ctx: object, _parameter: object, given: str) -> str | float:
    try:
        return float(given)
    except ValueError:
        return given


@click.command("change")
@gives_a_result
@click.option(
    "--scale", "scales", multiple=True, metavar="WHAT", callback=_several,
    help="A scale, a role in the plural, or items:SCALE; repeatable. Default: signs and effects.",
)  # fmt: skip
@click.option("--first", metavar="WAVE", help="Wave to start from. Default: the first.")
@click.option("--last", metavar="WAVE", help="Wave to compare with it. Default: the last.")
@click.option(
    "--by", metavar="COLUMN",
    help="Column of the study arm. Default: the one with the role group, where it has arms.",
)  # fmt: skip
@click.option("--reference", metavar="ARM", help="Control arm. Default: the one that is named so.")
@click.option(
    "--design", type=Words(["change", "effect"]),
    help="effect insists on a control arm; change compares no arms. Default: what the data allow.",
)  # fmt: skip
@click.option(
    "--controls", multiple=True, metavar="WHAT", callback=_several,
    help="A variable at the first wave that comparisons of arms adjust for; repeatable.",
)  # fmt: skip
@click.option(
    "--without", multiple=True, metavar="ITEM", help="An item that no score counts; repeatable.",
)  # fmt: skip
@click.option(
    "--reliability", default="alpha", show_default=True, metavar="alpha|retest|NUMBER",
    callback=_word_or_number, help="Reliability that reliable change rests on.",
)  # fmt: skip
@click.option(
    "--sd", default="first", show_default=True, metavar="first|NUMBER", callback=_word_or_number,
    help="Standard deviation that reliable change rests on: of the first wave, or published.",
)  # fmt: skip
@click.option(
    "--better", type=Words(["lower", "higher"]),
    help="Which direction is an improvement. Default: what the instrument says of each scale.",
)  # fmt: skip
@click.option(
    "--cutoff", type=float, metavar="SCORE",
    help="Score at which people count as recovered. Default: the instrument's, if it has one.",
)  # fmt: skip
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Resamples (of dyads) for BCa intervals; 0 for intervals by t.",
)  # fmt: skip
@confidence
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Change between two waves of each EXPORT.

    Who was there when; mean change with dz and d_pre; each arm against the control arm by ANCOVA
    and by change score, clustered by dyad; reliable change; who was lost; growth over three waves
    or more. Change in a single group is never called an effect.

    \b
      detachment change export.csv --scale signs_total --by group --reference waitlist
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import change

        survey = given.survey(path)
        return of_result(survey, change(survey, rng=given.seed, **options))

    return answer(given, "change", ask)
