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
    return targets


def write(target: Path, content: bytes) -> None:
    """Write a file whole or not at all, with its folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
