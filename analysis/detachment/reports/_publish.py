"""A folder of files: written whole or not at all, and never over somebody else's."""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from detachment.errors import UsageError

if sys.platform != "win32":
    import fcntl

MANIFEST = "manifest.json"
WORKSHOP = ".detachment-"
"""How the hidden folders begin in which a report is made before it is put in its place."""
MADE_BY = "detachment report"
# What a file browser leaves behind in any folder that it shows.
_LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}

# What a report can be read in, the page first.
DOCUMENTS = ("index.html", "report.pdf", "report.docx", "report.xlsx")


def first_document(names: Collection[str]) -> str:
    """The file of a report to open first: the page, or the first document where there is none.

    Examples
    --------
    >>> first_document(["tables/items.csv", "report.xlsx", "report.pdf"])
    'report.pdf'
    """
    return next(name for name in DOCUMENTS if name in names)


def sha256(content: bytes) -> str:
    """Fingerprint of a file's content."""
    return hashlib.sha256(content).hexdigest()


def check_destination(out: Path) -> None:
    """See that nothing of the user's would be lost if a report were written to a folder.

    Raises
    ------
    UsageError
        When the path is a file, or a folder that holds anything but an unchanged report of ours.
    """
    choose = "Choose another folder for the report."
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"{out} is a file, and a report is a folder. {choose}")
    names = files_in(out)
    if not names:
        return
    earlier = read_manifest(out)
    if earlier is None:
        raise UsageError(
            f"{out} holds files that are not a report of detachment, and they are not replaced. "
            f"{choose}"
        )
    ours = fingerprints(earlier)
    if more := sorted(names - ours.keys() - {MANIFEST}):
        raise UsageError(
            f"{out} holds an earlier report and also {more[0]!r}"
            + (f" and {len(more) - 1} more" if len(more) > 1 else "")
            + f", which would be lost. Move it away, or choose another folder. {choose}"
        )
    changed = [name for name in sorted(names & ours.keys()) if differs(out / name, ours[name])]
    if changed:
        raise UsageError(
            f"{out} holds an earlier report in which {changed[0]!r} was changed by hand"
            + (f" (and {len(changed) - 1} more)" if len(changed) > 1 else "")
            + f", and the change would be lost. {choose}"
        )


def files_in(folder: Path) -> set[str]:
    """Names of all files below a folder, but for what a file browser leaves there."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    return {name for name in names if name.rpartition("/")[2] not in _LITTER}


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """What the manifest of a report of ours says; None where there is none that can be read."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if content["made_by"] != MADE_BY:
            return None
        fingerprints(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    assert isinstance(content, dict)
    return content


def fingerprints(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Name of every output -> its fingerprint."""
    return {str(name): str(of["sha256"]) for name, of in manifest["outputs"].items()}


def differs(path: Path, fingerprint: str) -> bool:
    """Whether a file is not what it was."""
    return sha256(path.read_bytes()) != fingerprint


def publish(files: Mapping[str, bytes], out: Path) -> None:
    """Write all files into a folder, or leave everything as it was.

    Parameters
    ----------
    files
        Path below the folder (with ``/``) -> content.
    out
        The folder. An earlier report of ours in it is replaced.

    Raises
    ------
    UsageError
        When something of the user's would be lost, or the folder cannot be made.
    OSError
        When the disk does not take it; nothing is left behind then.
    """
    check_destination(out)
    # Where the folder itself is, should the path be a link to it.
    out = Path(os.path.realpath(out))
    try:
        made = _make_parents(out.parent)
        sweep(out.parent)
        workshop = Path(tempfile.mkdtemp(prefix=WORKSHOP, dir=out.parent))
    except OSError as error:
        raise UsageError(
            f"the folder {out} cannot be made ({error.strerror}); choose a folder that you may "
            "write to"
        ) from error
    try:
        with _held(workshop / _LOCK, out.name):
            _exchange(files, out, workshop)
    except BaseException:
        shutil.rmtree(workshop, ignore_errors=True)
        for folder in reversed(made):
            with suppress(OSError):  # another process may have put its report there
                folder.rmdir()
        raise
    shutil.rmtree(workshop, ignore_errors=True)


def _exchange(files: Mapping[str, bytes], out: Path, workshop: Path) -> None:
    """Make the folder in the workshop, and put it in its place when it is whole and on the disk."""
    new, old = workshop / "new", workshop / "old"
    for name, content in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        _flush(path)
    if out.exists():
        out.replace(old)
    try:
        new.replace(out)
    except OSError:
        if old.exists():
            old.replace(out)
        raise


def _flush(path: Path) -> None:
    """Have a file on the disk before its folder gets its name, should the power fail."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


_LOCK = "lock"


@contextmanager
def _held(lock: Path, name: str) -> Iterator[None]:
    """Mark a workshop as in use; the system takes the mark away when the process dies."""
    with lock.open("w", encoding="utf-8") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        file.write(name)
        file.flush()
        yield


def sweep(folder: Path) -> None:
    """Remove the workshops that a killed run left in a folder, and no other's.

    Where the run died between taking an earlier report away and putting the new one, which is
    whole, in its place, the new one is put there.
    """
    for lock in sorted(folder.glob(f"{WORKSHOP}*/{_LOCK}")):
        workshop = lock.parent
        name = _abandoned(lock)
        if name is None:
            continue
        out = folder / name
        if name and (workshop / "old").is_dir() and not out.exists():
            (workshop / "new").replace(out)
        shutil.rmtree(workshop, ignore_errors=True)


def _abandoned(lock: Path) -> str | None:
    """Name of the report that was made in a workshop which nobody holds any more; else None."""
    try:
        with lock.open("r+", encoding="utf-8") as file:
            if sys.platform != "win32":
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            name = Path(file.read()).name
            if not name:  # somebody is just about to take it
                return None
        lock.unlink()  # where a file in use cannot be locked it cannot be removed either
    except OSError:
        return None
    return name


def _make_parents(folder: Path) -> list[Path]:
    """Make a folder and those above it; those that were missing, from the top."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    made = missing[::-1]
    for one in made:
        one.mkdir(exist_ok=True)  # another process may make the same at this moment
    return made
