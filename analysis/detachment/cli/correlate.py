"""``detachment correlate``: two sets of variables crossed."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result, in_parts, missing, wave
from detachment.cli._parts import answers
from detachment.cli._words import Words

METHODS = ["pearson", "spearman", "kendall", "polychoric", "biweight", "percentage_bend"]
INTERVALS = ["fisher", "robust", "bootstrap"]
ADJUSTMENTS = ["holm", "bh", "by", "hochberg", "bonferroni", "max_t", "none"]
CHOICE = "A scale, a role in the plural (signs, effects, causes), items:SCALE, or a metadata column"


def _words(_ctx: object, _parameter: object, given: tuple[str, ...]) -> str | list[str] | None:
    return (given[0] if len(given) == 1 else list(given)) or None


@click.command("correlate")
@gives_a_result
@click.option(
    "--rows", multiple=True, callback=_words, metavar="WHAT",
    help=f"{CHOICE}; repeatable. Default: what the instrument says.",
)  # fmt: skip
@click.option(
    "--columns", multiple=True, callback=_words, metavar="WHAT", help="The same, for the columns.",
)  # fmt: skip
@click.option(
    "--method", type=Words(METHODS), default="pearson",
    show_default=True, help="Which coefficient.",
)  # fmt: skip
@missing
@click.option(
    "--interval", type=Words(INTERVALS),
    help="fisher takes answers to be normal and people independent, robust neither, bootstrap "
    "resamples. Default: fisher; robust where there are dyads or clusters; bootstrap for biweight "
    "and percentage_bend.",
)  # fmt: skip
@click.option(
    "--adjust", type=Words(ADJUSTMENTS), default="holm", show_default=True,
    help="How p is adjusted for the number of tests in the table.",
)  # fmt: skip
@click.option(
    "--controls", multiple=True, callback=_words, metavar="WHAT",
    help="Variables held constant (scales, items, metadata): partial correlations; repeatable.",
)  # fmt: skip
@click.option(
    "--partial", type=Words(["both", "rows", "columns"]), default="both", show_default=True,
    help="What controls are removed from; rows or columns give semipartial correlations.",
)  # fmt: skip
@click.option(
    "--level", type=Words(["total", "within", "between"]), default="total", show_default=True,
    help="Within or between dyads (clusters).",
)  # fmt: skip
@click.option("--by", metavar="COLUMN", help="Also in each group, and differences between groups.")
@click.option(
    "--compare", type=Words(["rows", "columns"]),
    help="Also test whether one row (column) goes more strongly with a column (row) than another.",
)  # fmt: skip
@click.option(
    "--equivalence", type=float, metavar="R",
    help="Also test that correlations are smaller than this, such as 0.1.",
)  # fmt: skip
@click.option("--bayes", is_flag=True, help="Also Bayes factors against no correlation.")
@click.option(
    "--kappa", type=float, default=1 / 3, metavar="WIDTH",
    help="Width of their stretched beta prior; 1 is flat. Default: 1/3.",
)  # fmt: skip
@click.option(
    "--cluster", metavar="COLUMN",
    help="Column of clusters (class, clinic) taken whole; none for independent people. Default: "
    "dyads.",
)  # fmt: skip
@click.option("--weight", metavar="COLUMN", help="Column of sampling weights.")
@click.option("--strata", metavar="COLUMN", help="Column of the strata of the sample.")
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=2), default=2_000, show_default=True, metavar="N",
    help="Bootstrap samples for --interval bootstrap.",
)  # fmt: skip
@click.option(
    "--permutations", "n_perm", type=click.IntRange(min=99), default=10_000, show_default=True,
    metavar="N", help="Permutations for --adjust max_t.",
)  # fmt: skip
@confidence
@wave
@in_parts
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Correlate scales or items of each EXPORT, with intervals, n, raw and adjusted p.

    Where respondents are partners of one another, intervals and p take dyads whole.

    \b
      detachment correlate export.csv --rows items:signs_total --columns effects
      detachment correlate export.csv --rows signs_total --columns effects --controls demo_age
      detachment correlate export.csv --rows signs_total --columns effects --by partner_role
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import correlate

        survey = answers(given, path)
        return of_result(survey, correlate(survey, rng=given.seed, **options))

    return answer(given, "correlate", ask)
