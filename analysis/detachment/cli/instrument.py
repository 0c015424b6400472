"""``detachment instrument``: the questionnaires that are shipped, and your own."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment import __version__
from detachment.cli._failures import require_file
from detachment.cli._json import rows, to_json
from detachment.cli._tables import render
from detachment.errors import InstrumentError

if TYPE_CHECKING:
    import pandas as pd

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("instrument")
def command() -> None:
    """List, show or check instruments: what was asked, in a YAML file."""


@command.command("list")
@as_json
def list_(*, as_json: bool) -> int:
    """List the instruments that are shipped."""
    import pandas as pd

    from detachment.instruments import list_instruments, read_instrument

    found = [read_instrument(name) for name in list_instruments()]
    table = pd.DataFrame(
        {
            "id": [i.id for i in found],
            "version": [i.version for i in found],
            "items": [len(i.items) for i in found],
            "scales": [len(i.scales) for i in found],
            "licence": [i.licence for i in found],
            "title": [i.title for i in found],
        }
    )
    return _print("instrument list", table, as_json=as_json)


@command.command("show")
@click.argument("instrument", metavar="ID|FILE")
@as_json
def show(instrument: str, *, as_json: bool) -> int:
    """Show the scales of an instrument: role, model, items, score."""
    import pandas as pd

    from detachment.instruments import read_instrument, summary_rows

    declared = read_instrument(instrument)
    table = pd.DataFrame(summary_rows(declared))
    about = {"id": declared.id, "version": declared.version, "sha256": declared.sha256}
    return _print(
        "instrument show", table, as_json=as_json, about=about,
        heading=f"{declared.title} ({declared.id} {declared.version}, {declared.licence})",
    )  # fmt: skip


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def check(file: Path, *, as_json: bool) -> int:
    """Check an instrument FILE; every problem with its line. Exit code 1 when there is one."""
    from detachment.errors import problems_frame
    from detachment.instruments import read_instrument

    require_file(file)
    try:
        declared = read_instrument(file)
    except InstrumentError as error:
        found = error.to_frame()
        if not len(found):  # not even YAML: the message is all there is
            raise
        shown = found.rename(columns={"row": "line"})[["line", "message"]]
        _print("instrument check", found.astype({"row": object}), shown=shown, as_json=as_json)
        return 1
    about = {"id": declared.id, "version": declared.version, "sha256": declared.sha256}
    if as_json:
        return _print("instrument check", problems_frame([]), as_json=True, about=about)
    click.echo(
        f"{file}: {declared.id} {declared.version}, {len(declared.items)} items, "
        f"{len(declared.scales)} scales; no problem found"
    )
    return 0


def _print(
    name: str,
    table: "pd.DataFrame",
    *,
    as_json: bool,
    shown: "pd.DataFrame | None" = None,
    about: dict[str, str] | None = None,
    heading: str = "",
) -> int:
    if as_json:
        found = {"command": name, "detachment": __version__, "instrument": about or {}}
        click.echo(to_json({**found, "warnings": [], "table": rows(table)}))
    else:
        click.echo(render([("", table if shown is None else shown)], heading=heading))
    return 0
