"""Where results are written: whole or not at all, and never over an export."""

import os
from collections.abc import Mapping
from pathlib import Path

from detachment.cli._options import Given
from detachment.errors import UsageError


def destinations(given: Given, ending: str) -> Mapping[Path, Path]:
    """Where the result of each export goes: ``--out`` for one, ``--out/NAME`` for several.

    Parameters
    ----------
    given
        The shared arguments.
    ending
        Ending of a result file; nothing for a folder.

    Returns
    -------
    mapping
        Export to its destination; empty without ``--out``.

    Raises
    ------
    UsageError
        When two results would have one name, or one would fall onto or around an export.
    """
    if given.out is None:
        return {}
    several = len(given.exports) > 1
    targets: dict[Path, Path] = {}
    for path in given.exports:
        target = given.out / f"{path.stem}{ending}" if several else given.out
        if target in targets.values():
            raise UsageError(
                f"Two exports would be written to {target}. Name every export once, and exports "
                "of one name in runs with an --out of their own."
            )
        for export in given.exports:
            if target.resolve() in (export.resolve(), *export.resolve().parents):
                raise UsageError(
                    f"--out {target} would overwrite the export {export}; name another place."
                )
        targets[path] = target
    for target in targets.values():
        if not ending:
            require_folder(target)
        elif target.is_dir():
            raise UsageError(f"--out {target} is a folder; name a file in it.")
        elif several:
            require_folder(given.out)
    return targets


def require_folder(out: Path) -> None:
    """See that a folder can be made where the results are to go.

    Raises
    ------
    UsageError
        When there is a file in its place, or in the place of a folder above it.
    """
    for path in (out, *out.parents):
        if path.is_file():
            raise UsageError(
                f"--out {out} names a folder here, and {path} is a file; choose another place."
            )


def write(target: Path, content: bytes) -> None:
    """Write a file whole or not at all, with its folder.

    Raises
    ------
    OSError
        When the disk does not take it; names the file, never the one that was made on the way.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
