"""``detachment lab``: JupyterLab on a copy of the notebooks."""

import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from detachment._files import shipped
from detachment.cli._destinations import require_folder
from detachment.errors import UsageError


@click.command("lab")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("detachment-notebooks"),
    metavar="FOLDER", show_default=True,
    help="Folder for the notebooks; files that are there are kept.",
)  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Do not open a browser; print the address.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the local server.")
@click.option("--dry-run", is_flag=True, help="Print the command instead of running it.")
@click.pass_context
def command(
    ctx: click.Context, *, out: Path, no_browser: bool, port: int | None, dry_run: bool
) -> int:
    """Copy the notebooks into a folder and open it in JupyterLab.

    A notebook that you have changed is never overwritten.
    """
    run = [sys.executable, "-m", "jupyterlab", str(out)]
    run += ["--no-browser"] if no_browser else []
    run += [f"--port={port}"] if port else []
    if dry_run:
        click.echo(shlex.join(run))
        return 0
    if find_spec("jupyterlab") is None:
        raise UsageError(
            "JupyterLab is not installed. It comes with the extra called lab; in the folder of "
            'the project: python -m pip install ".[lab]"'
        )
    require_folder(out)
    for text in copy_notebooks(out):
        ctx.obj.say(text)
    return subprocess.run(run, check=False).returncode


def copy_notebooks(folder: Path) -> list[str]:
    """Copy the shipped notebooks into a folder; keep what is there.

    Parameters
    ----------
    folder
        Made when it is not there.

    Returns
    -------
    list of str
        What was done, a sentence a notebook.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = []
    shelf = shipped("notebooks")
    for source in sorted(shelf.glob("**/*.ipynb")):  # also the lessons, in the folder class
        target = folder / source.relative_to(shelf)
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(source.read_bytes())
            done.append(f"copied {target}")
        elif target.read_bytes() != source.read_bytes():
            done.append(f"kept {target}, which is not as shipped; move it away to get a fresh copy")
    return done
