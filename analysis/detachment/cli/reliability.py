"""``detachment reliability``: how well the items of a scale go together."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import (
    Given,
    confidence,
    gives_a_result,
    in_parts,
    missing,
    scales,
    wave,
)
from detachment.cli._parts import answers
from detachment.cli._words import Words

NAMES = (
    "alpha", "alpha_standardized", "lambda_1", "lambda_2", "lambda_3", "lambda_4", "lambda_5",
    "lambda_5_plus", "lambda_6", "glb", "mu_0", "mu_1", "mu_2", "mu_3", "omega_total",
    "omega_total_model", "omega_total_ml", "omega_hierarchical", "omega_asymptotic",
    "omega_total_group", "ecv", "split_half", "split_half_horst", "split_half_first_last",
    "split_half_max", "split_half_min", "split_half_mean", "split_half_median", "split_half_q025",
    "split_half_q975", "mean_interitem_r", "ordinal_alpha", "ordinal_omega_total",
    "omega_green_yang", "kr_20", "kr_21", "sem", "mdc", "all",
)  # fmt: skip
INTERVALS = ("feldt", "bonett", "duhachek", "jackknife", "adf", "bca", "percentile")


@click.command("reliability")
@gives_a_result
@scales
@click.option(
    "--coefficient", "coefficients", multiple=True, metavar="NAME", type=Words(NAMES),
    callback=lambda _ctx, _parameter, given: list(given),
    help="A further coefficient, such as lambda_4, glb or omega_green_yang, or all; repeatable.",
)  # fmt: skip
@click.option(
    "--method", type=Words(["pearson", "polychoric"]), default="pearson", show_default=True,
    help="Correlations that the coefficients rest on.",
)  # fmt: skip
@missing
@click.option(
    "--interval", type=Words(INTERVALS),
    help="Kind of interval: of alpha feldt, bonett or duhachek, of any coefficient jackknife or "
    "adf, of resamples bca or percentile. Default: feldt, or bca with --boot.",
)  # fmt: skip
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Bootstrap samples for the intervals; 0 for none.",
)  # fmt: skip
@click.option(
    "--factors", "n_factors", type=click.IntRange(min=2), default=3, show_default=True,
    metavar="N", help="Group factors of omega hierarchical.",
)  # fmt: skip
@confidence
@wave
@in_parts
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Alpha with its interval, omega and their kin for each scale of each EXPORT.

    Reversed items are reversed first. Where a coefficient would mislead (an index, a single
    item, a model that does not fit), the reason stands in its place.
    """

    def ask(path: Path) -> Answer:
        from detachment.estimates import reliability

        survey = answers(given, path)
        return of_result(survey, reliability(survey, rng=given.seed, **options))

    return answer(given, "reliability", ask)
