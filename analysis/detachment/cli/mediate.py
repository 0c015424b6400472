"""``detachment mediate``: direct and indirect effects."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._models import WHAT, cluster, controls, covariance, outcome, row_rule, several
from detachment.cli._options import Given, confidence, gives_a_result, wave
from detachment.cli._words import Words


@click.command("mediate")
@gives_a_result
@several("--causes", required=True, text=f"{WHAT} Repeatable.")
@several("--mediators", required=True, text="What they may go by way of; repeatable.")
@outcome
@controls
@click.option("--serial", is_flag=True, help="The mediators are a chain in the order named.")
@click.option(
    "--interval", type=Words(["bca", "percentile", "bc", "monte_carlo", "delta"]),
    help="Of the effects. Default: bca; under fiml monte_carlo.",
)  # fmt: skip
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=5000, show_default=True, metavar="N",
    help="Bootstrap samples (of whole dyads), or draws.",
)  # fmt: skip
@click.option(
    "--overlap", type=Words(["refuse", "drop", "allow"]), default="refuse", show_default=True,
    help="Where variables share content: refuse, score without the items, or compute and warn.",
)  # fmt: skip
@click.option(
    "--allow-overlap", "allow", is_flag=True, help="The same as --overlap allow.",
)  # fmt: skip
@covariance
@row_rule
@cluster
@confidence
@wave
def command(given: Given, *, allow: bool, overlap: str, **options: Any) -> int:  # noqa: ANN401
    """Mediation in each EXPORT: causes, mediators, outcome. Cross-sectional: not causal.

    Paths a, b, c and c', indirect effects with a bootstrap of whole dyads, contrasts of routes,
    standardized forms. Content that variables share is refused or named.

    \b
      detachment mediate export.csv --causes cause_stress --mediators signs_total \\
        --outcome eff_satisfaction
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"

    def ask(path: Path) -> Answer:
        from detachment.estimates import mediate

        survey = given.survey(path)
        asked = options | {"overlap": "allow" if allow else overlap}
        return of_result(survey, mediate(survey, rng=given.seed, **asked))

    return answer(given, "mediate", ask)
