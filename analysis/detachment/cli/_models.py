"""Options that regression, mediation and moderation share."""

from collections.abc import Callable

import click

from detachment.cli._words import Words

WHAT = (
    "A scale, a role in the plural, items:SCALE, an item or a metadata column; with partner: "
    "before it, that of the other member of the dyad."
)


def several(*names: str, required: bool = False, text: str) -> Callable[..., Callable[..., int]]:
    """Make an option that may be given several times; nothing given is None."""
    return click.option(
        *names, multiple=True, required=required, metavar="WHAT",
        callback=lambda _ctx, _parameter, given: list(given) or None, help=text,
    )  # fmt: skip


outcome = click.option("--outcome", required=True, metavar="WHAT", help="What is to be explained.")
controls = several("--controls", text="Held constant; repeatable.")
covariance = click.option(
    "--covariance", type=Words(["classical", "hc3", "cluster"]),
    help="Of the coefficients. Default: cluster (by dyad) where there are pairs, else classical.",
)  # fmt: skip
row_rule = click.option(
    "--missing", type=Words(["listwise", "em", "fiml"]), default="listwise", show_default=True,
    help="Only rows with every variable, or maximum likelihood from every answer (em or fiml).",
)  # fmt: skip
cluster = click.option(
    "--cluster", metavar="COLUMN", help="Whose errors go together. Default: the dyads."
)
_DESIGN = (
    click.option("--weight", metavar="COLUMN", help="Weight of each row."),
    cluster,
    click.option("--strata", metavar="COLUMN", help="Strata that the sample was drawn from."),
)


def design(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say how the sample was drawn."""
    for option in reversed(_DESIGN):
        command = option(command)
    return command
