"""``detachment instrument``: the questionnaires that are shipped, and your own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment import __version__
from detachment.cli._destinations import write
from detachment.cli._failures import require_file
from detachment.cli._json import to_json
from detachment.cli._messages import Messages
from detachment.cli._options import reading
from detachment.cli._tables import listing, render
from detachment.cli._words import Commands
from detachment.errors import InstrumentError, Problem, UsageError
from detachment.text import counted

if TYPE_CHECKING:
    from detachment.instruments import Instrument

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("instrument", cls=Commands)
def command() -> None:
    """List, show, check or draft instruments: what was asked, in a YAML file."""


@command.command("list")
@as_json
def list_(*, as_json: bool) -> int:
    """List the instruments that are shipped."""
    from detachment.instruments import list_instruments, read_instrument

    records = [
        {
            "id": found.id,
            "version": found.version,
            "items": len(found.items),
            "scales": len(found.scales),
            "licence": found.licence,
            "title": found.title,
        }
        for found in map(read_instrument, list_instruments())
    ]
    return _print("instrument list", records, as_json=as_json)


@command.command("show")
@click.argument("instrument", metavar="ID|FILE")
@as_json
def show(instrument: str, *, as_json: bool) -> int:
    """Show the scales of an instrument: role, model, items, score."""
    from detachment.instruments import read_instrument, summary_rows

    declared = read_instrument(instrument)
    title = f"{declared.title} ({declared.id} {declared.version}, {declared.licence})"
    return _print(
        "instrument show", summary_rows(declared), as_json=as_json, about=declared, title=title
    )


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def check(file: Path, *, as_json: bool) -> int:
    """Check an instrument FILE; every problem with its line. Exit code 1 when there is one."""
    from detachment.instruments import list_instruments, read_instrument

    shipped = list_instruments()
    if str(file) in shipped and not file.exists():
        raise UsageError(
            f"There is no file {str(file)!r}, but an instrument of that name is shipped, which was "
            f"checked before: detachment instrument show {file}. To check your own, name its file."
        )
    require_file(file)
    declared: Instrument | None = None
    problems: Sequence[Problem] = ()
    try:
        declared = read_instrument(file)
    except InstrumentError as error:
        problems = error.problems
        if not problems:  # not even YAML: the message is all there is
            raise
    if as_json:
        records = [
            {"line": p.row, "rule": p.rule, "message": p.message, "severity": p.severity}
            for p in problems
        ]
        _print("instrument check", records, as_json=True, about=declared)
    elif declared is not None:
        click.echo(
            f"{file}: {declared.id} {declared.version}, {len(declared.items)} items, "
            f"{len(declared.scales)} scales; no problem found"
        )
    else:
        for p in problems:
            click.echo(f"{file}:{p.row}: {p.message}")
    return 1 if problems else 0


@command.command("draft")
@click.argument("export", type=click.Path(path_type=Path))
@reading
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write there, not to stdout."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def draft(
    messages: Messages,
    /,
    export: Path,
    *,
    out: Path | None,
    force: bool,
    missing_codes: Mapping[str, str],
    **how: str | Sequence[Path] | None,
) -> int:
    """Write a first instrument file from an EXPORT: items, response scales, scales.

    Everything in it is a guess. Go through the lines that are marked "# check", then:
    detachment instrument check FILE
    """
    from detachment.drafting import draft_instrument
    from detachment.exports import read_export

    require_file(export)
    if out is not None:
        if out.is_dir():
            raise UsageError(f"--out {out} is a folder; name a file in it.")
        if out.resolve() == export.resolve():
            raise UsageError(f"--out {out} would overwrite the export; name another place.")
        if out.exists() and not force:
            raise UsageError(
                f"There is a file {out} already, perhaps with your own corrections. Name another "
                "one, or give --force to write over it."
            )
    read = read_export(export, missing_codes=missing_codes, **how)  # type: ignore[arg-type]
    messages.warn(read.warnings)
    drafted = draft_instrument(read)
    if out is None:
        click.echo(drafted.text, nl=False)
    else:
        write(out, drafted.text.encode())
    what = f"{out}: " if out is not None else ""
    marks = counted(drafted.checks, "line")
    messages.say(f"{what}{marks} marked '# check'; go through them, then: {_next(out)}")
    return 0


def _next(out: Path | None) -> str:
    return f"detachment instrument check {'FILE' if out is None else out}"


def _print(
    name: str,
    records: Sequence[Mapping[str, object]],
    *,
    as_json: bool,
    about: "Instrument | None" = None,
    title: str = "",
) -> int:
    if as_json:
        given = about and {"id": about.id, "version": about.version, "sha256": about.sha256}
        found = {"command": name, "detachment": __version__, "instrument": given}
        click.echo(to_json({**found, "warnings": [], "table": records}))
    else:
        click.echo(render([listing(records, title=title)]))
    return 0
