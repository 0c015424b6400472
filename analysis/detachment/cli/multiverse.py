"""``detachment multiverse``: one correlation under every defensible way to analyse it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result, wave
from detachment.cli._words import Words


def _listed(_context: object, _parameter: object, given: tuple[str, ...]) -> list[str] | None:
    """Options that were given; None for the verb's default."""
    return list(given) or None


@click.command("multiverse")
@gives_a_result
@click.option("--rows", metavar="WHAT", help="A scale or an item. Default: the first crossed.")
@click.option("--columns", metavar="WHAT", help="The other scale or item.")
@click.option(
    "--exclusion", "exclusions", multiple=True, metavar="RULE", callback=_listed,
    help="Whom to leave out: nobody, grade2 (strong flags), any, or a flag; repeatable. Default: "
    "these three.",
)  # fmt: skip
@click.option(
    "--missing", multiple=True, type=Words(["min_valid", "any", "complete", "mean"]),
    callback=_listed,
    help="When a score is given; repeatable. Default: min_valid, any, complete.",
)  # fmt: skip
@click.option(
    "--without", multiple=True, metavar="ITEM", callback=_listed,
    help="An item to leave out of the scores; repeatable. Default: the weakest of the rows' scale.",
)  # fmt: skip
@click.option(
    "--controls", multiple=True, metavar="WHAT", callback=_listed,
    help="What is removed from both; repeatable.",
)  # fmt: skip
@click.option(
    "--score", multiple=True, type=Words(["observed", "latent"]), callback=_listed,
    help="Scores or latent variables. Default: both.",
)  # fmt: skip
@click.option(
    "--method", multiple=True, type=Words(["pearson", "spearman", "kendall"]), callback=_listed,
    help="Coefficients. Default: all three.",
)  # fmt: skip
@click.option(
    "--cluster", multiple=True, type=Words(["dyad", "none"]), callback=_listed,
    help="Intervals from whole dyads, or everyone as independent. Default: both.",
)  # fmt: skip
@confidence
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Ask whether one correlation in each EXPORT hangs on how it is analysed.

    Every combination of whom to leave out, what a score needs, which items, scores or latent
    variables, which coefficient, with or without dyads. Says how many agree with the first.

    \b
      detachment multiverse export.csv --rows signs_total --columns eff_satisfaction
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"
    chosen = {name: option for name, option in options.items() if option is not None}

    def ask(path: Path) -> Answer:
        from detachment.estimates import multiverse

        survey = given.survey(path)
        found = multiverse(survey, **chosen)
        # the headline and how many agree with it, which a notebook has from sentences()
        found = replace(found, notes=(*found.sentences(), *found.notes))
        return of_result(survey, found)

    return answer(given, "multiverse", ask)
