"""``detachment apim``: actor and partner effects."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result, wave
from detachment.cli._words import Words
from detachment.cli.dyads import KINDS


@click.command("apim")
@gives_a_result
@click.option("--predictor", required=True, metavar="WHAT", help="A scale, an item or a column.")
@click.option("--outcome", required=True, metavar="WHAT", help="A scale, an item or a column.")
@click.option(
    "--mediator", metavar="WHAT", help="Through which effects may go, own and partner's.",
)  # fmt: skip
@click.option(
    "--model", type=Words(["actor_partner", "common_fate", "mutual_influence"]),
    default="actor_partner", show_default=True,
    help="common_fate: what partners share; mutual_influence: outcomes that act on one another.",
)  # fmt: skip
@click.option(
    "--controls", multiple=True, metavar="WHAT",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="Held constant, own and partner's: a scale, an item or a column; repeatable.",
)  # fmt: skip
@click.option(
    "--dyads", type=Words(KINDS),
    help="Which dyads: with two roles, the others, or all as if no role mattered. Default: the "
    "kind of which there are more.",
)  # fmt: skip
@click.option(
    "--distinguishable/--indistinguishable", default=None,
    help="Whether roles have effects of their own. Default: what the test of distinguishability "
    "says.",
)  # fmt: skip
@click.option(
    "--method", type=Words(["ML", "MLR"]), default="ML", show_default=True,
    help="MLR allows for answers that are not normal.",
)  # fmt: skip
@click.option(
    "--missing", type=Words(["fiml", "listwise"]), default="fiml", show_default=True,
    help="Use every dyad with an answer (maximum likelihood), or complete ones only.",
)  # fmt: skip
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=5000, show_default=True, metavar="N",
    help="Bootstrap samples of dyads for the intervals of k or of indirect effects; 0 for none.",
)  # fmt: skip
@confidence
@wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Actor-partner model in each EXPORT: what goes with a person's own answers, and the partner's.

    The test of distinguishability comes before the choice of the model; effects raw and
    standardized, their contrasts, k with a bootstrap interval; with --mediator direct and indirect
    effects (cross-sectional: not causal). Dyads of which one partner answered
    count for what they are worth.

    \b
      detachment apim export.csv --predictor signs_total --outcome eff_satisfaction
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import apim

        survey = given.survey(path)
        return of_result(survey, apim(survey, rng=given.seed, **options))

    return answer(given, "apim", ask)
