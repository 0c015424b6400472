"""``detachment agreement``: how alike partners answer, or people at two times."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer, of_result
from detachment.cli._options import Given, confidence, gives_a_result
from detachment.cli._words import Words

FORMS = ["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"]


@click.command("agreement")
@gives_a_result
@click.option(
    "--between", type=Words(["partners", "waves"]),
    help="Who is compared. Default: partners where there are dyads, else waves.",
)  # fmt: skip
@click.option(
    "--scale", "scales", multiple=True, metavar="WHAT",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="A scale, a role in the plural, or items:SCALE; repeatable. Default: every scale.",
)  # fmt: skip
@click.option(
    "--form", type=Words(FORMS),
    help="Which intraclass correlation stands in the table; --json has all six. Default: ICC1 for "
    "partners, ICC2 for waves.",
)  # fmt: skip
@click.option(
    "--measured", type=Words(["nominal", "ordinal", "interval", "ratio"]),
    help="What distances mean to Krippendorff's alpha. Default: what the answers are.",
)  # fmt: skip
@click.option(
    "--intervals", type=Words(["robust", "F"]),
    help="Of the ICC: robust (the default) needs no normal answers, F does.",
)  # fmt: skip
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=1000, show_default=True, metavar="N",
    help="Bootstrap samples for the interval of Krippendorff's alpha; 0 for none.",
)  # fmt: skip
@confidence
@click.option(
    "--wave", multiple=True, metavar="WAVE",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="Which wave of the partners (the first), or twice: which waves to compare.",
)  # fmt: skip
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Agreement in each EXPORT: of partners, or of the same people at two times.

    Intraclass correlations, r, kappa of items, Krippendorff's alpha; between waves also mean
    change, standard error of measurement and smallest detectable change. Dyads or people that are
    not complete are counted.
    """

    def ask(path: Path) -> Answer:
        from detachment.estimates import agreement

        survey = given.survey(path)
        return of_result(survey, agreement(survey, rng=given.seed, **options))

    return answer(given, "agreement", ask)
