"""``detachment verify``: whether a report says what its data give."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment import __version__
from detachment.cli._answers import DONE, FINDINGS
from detachment.cli._failures import DATA, explain
from detachment.cli._json import plain, to_json
from detachment.cli._messages import Messages
from detachment.cli._tables import listing, render

if TYPE_CHECKING:
    from detachment.reports import Verification

_SHOWN = 10
_CODES = {"verified": DONE, "moved": FINDINGS, "unverifiable": DATA}


@click.command("verify")
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--export", type=click.Path(path_type=Path), metavar="FILE|FOLDER",
    help="The answers; looked for beside the report and in the current folder when left away.",
)  # fmt: skip
@click.option(
    "--instrument", metavar="ID|FILE", help="What was asked, where it lies elsewhere.",
)  # fmt: skip
@click.option(
    "--tolerance", type=click.FloatRange(0), default=0.0, show_default=True, metavar="SHARE",
    help="How far numbers may lie apart; 1e-9 for a report of another machine.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each report.")
@click.pass_obj
def command(
    messages: Messages,
    *,
    reports: tuple[Path, ...],
    export: Path | None,
    instrument: str | None,
    tolerance: float,
    as_json: bool,
) -> int:
    """Compute each REPORT again from its export, and compare every number in it.

    First every file is held against its fingerprint; then the tables are compared cell by cell,
    and pages and figures byte by byte. The first value that moved is named. A folder of many
    reports is verified whole.

    \b
    Exit codes: 0 verified, 1 something moved, 3 cannot be verified.
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"
    from detachment.reports import verify

    code = DONE
    folders = list(dict.fromkeys(one for path in reports for one in _reports_at(path)))
    for done, folder in enumerate(folders):
        messages.step(f"verifying {folder.name}", done=done, total=len(folders))
        try:
            found = verify(folder, export=export, instrument=instrument, tolerance=tolerance)
        except Exception as error:
            if len(folders) == 1:
                raise
            code = max(code, explain(error, messages, about=str(folder)))
            continue
        messages.clear()
        click.echo(to_json(_object(found)) if as_json else _text(found))
        code = max(code, _CODES[found.status])
    return code


def _reports_at(path: Path) -> Sequence[Path]:
    """The report that a path names; those in a folder of many; a page stands for its report."""
    from detachment.reports import BATCH_FILES, MANIFEST

    if path.is_file():
        if (path.parent / MANIFEST).is_file():
            return [path.parent]
        return [] if path.name in BATCH_FILES else [path]
    if path.is_dir() and not (path / MANIFEST).is_file():
        inside = sorted(one.parent for one in path.glob(f"*/{MANIFEST}"))
        return inside or [path]
    return [path]


def _text(found: "Verification") -> str:
    text = found.explain()
    if len(found.moves) < 2:
        return text
    rows = [
        {
            "File": move.file,
            "Row": move.row,
            "Column": move.column,
            "Report": move.was,
            "Data": move.now,
        }
        for move in found.moves[:_SHOWN]
    ]
    more = len(found.moves) - _SHOWN
    title = "What moved" + (f": the first {_SHOWN} of {len(found.moves)}" if more > 0 else "")
    table = listing(rows, title=title, left=list(rows[0]))
    return f"{text}\n\n{render([table], keys=3)}"


def _object(found: "Verification") -> dict[str, object]:
    rows = found.to_frame().to_dict(orient="records")
    return {
        "command": "verify",
        "detachment": __version__,
        "report": found.report,
        "status": found.status,
        "reason": found.reason or None,
        "changed": found.changed,
        "missing": found.missing,
        "added": found.added,
        "sealed": found.sealed,
        "compared": {"tables": found.tables, "cells": found.cells, "others": found.others},
        "versions": {
            name: {"then": then, "now": now} for name, (then, now) in found.versions.items()
        },
        "tolerance": found.tolerance,
        "table": [plain(row) for row in rows],
    }
