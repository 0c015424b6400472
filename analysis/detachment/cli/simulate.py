"""``detachment simulate``: sample data whose truth is known."""

from pathlib import Path

import click


@click.command("simulate")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Start of everything random.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("sample"),
    show_default=True,
    metavar="FOLDER",
    help="Folder for the files.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the files as one JSON object.")
@click.pass_context
def command(ctx: click.Context, *, seed: int, out: Path, as_json: bool) -> int:
    """Write simulated couples and a class quiz, with the truth they were drawn from.

    The same seed gives the same bytes. The shipped sample was made with seed 1.
    """
    from detachment.simulation import write_sample

    files = write_sample(out, seed=seed)
    ...
