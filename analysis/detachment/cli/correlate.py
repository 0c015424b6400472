"""``detachment correlate``: two sets of variables crossed."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, missing, takes_exports, wave
from detachment.cli._words import Words

METHODS = ["pearson", "spearman", "kendall", "polychoric"]
ADJUSTMENTS = ["holm", "bh", "by", "hochberg", "bonferroni", "max_t", "none"]
CHOICE = "A scale, a role in the plural (signs, effects, causes), or items:SCALE."


@click.command("correlate")
@takes_exports
@click.option("--rows", metavar="WHAT", help=f"{CHOICE} Default: what the instrument says.")
@click.option("--columns", metavar="WHAT", help="The same, for the columns.")
@click.option(
    "--method", type=Words(METHODS), default="pearson",
    show_default=True, help="Which coefficient.",
)  # fmt: skip
@missing
@click.option(
    "--interval", type=Words(["fisher", "robust"]), default="fisher", show_default=True,
    help="Of Pearson's r: fisher takes answers to be normal, robust does not.",
)  # fmt: skip
@click.option(
    "--adjust", type=Words(ADJUSTMENTS), default="holm", show_default=True,
    help="How p is adjusted for the number of tests in the table.",
)  # fmt: skip
@click.option(
    "--permutations", "n_perm", type=click.IntRange(min=99), default=10_000, show_default=True,
    metavar="N", help="Permutations for --adjust max_t.",
)  # fmt: skip
@confidence
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Correlate scales or items of each EXPORT, with intervals, n, raw and adjusted p.

    \b
      detachment correlate export.csv --rows items:signs_total --columns effects
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import correlate

        survey = given.survey(path)
        return of_result(survey, correlate(survey, rng=given.seed, **options))

    return answer(given, "correlate", ask)
