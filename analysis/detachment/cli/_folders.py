"""What a command says about the files that it wrote."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from detachment import __version__
from detachment.cli._json import to_json


def tell_files(
    command: str,
    files: Iterable[Path],
    *,
    folder: Path,
    as_json: bool,
    more: Mapping[str, object],
) -> None:
    """Print the files that were written: a path a line, or one JSON object with checksums.

    Parameters
    ----------
    command
        Name of the command.
    files
        What was written, in any order.
    folder
        Where; the JSON object names files from there.
    as_json
        Whether to print the object.
    more
        Further keys of the object.
    """
    written = sorted(files)
    if not as_json:
        click.echo("\n".join(map(str, written)))
        return
    table = [
        {
            "file": path.relative_to(folder).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in written
    ]
    object_ = {"command": command, "detachment": __version__, **more, "table": table}
    click.echo(to_json(object_))
