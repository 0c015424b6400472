"""``detachment simulate``: sample data whose truth is known."""

from pathlib import Path

import click

from detachment.cli._destinations import require_folder
from detachment.cli._folders import tell_files


@click.command("simulate")
@click.option(
    "--seed", type=click.IntRange(min=0),
    help="Start of everything random. Default: the seed of the shipped sample.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("sample"), show_default=True,
    metavar="FOLDER", help="Folder for the files; files of the same names are replaced.",
)  # fmt: skip
@click.option(
    "--platform", metavar="NAME",
    help="Write the couples as this survey platform would, with its code books, and nothing else.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the files as one JSON object.")
@click.pass_context
def command(
    ctx: click.Context, *, seed: int | None, platform: str | None, out: Path, as_json: bool
) -> int:
    """Write simulated couples and a class quiz, with the truth they were drawn from.

    The same seed gives the same bytes.
    """
    from detachment.simulation import simulate, write_sample

    require_folder(out)
    ctx.obj.step("drawing the sample")
    sample = simulate() if seed is None else simulate(seed=seed)
    written = write_sample(sample, out, platform=platform)
    ctx.obj.clear()
    tell_files("simulate", written, folder=out, as_json=as_json, more={"seed": sample.seed})
    return 0
