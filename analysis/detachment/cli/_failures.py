"""From an exception to one clear message and an exit code."""

import errno
import platform
import shlex
import traceback
from pathlib import Path

from detachment import __version__
from detachment.cli._messages import Messages
from detachment.errors import DetachmentError, UsageError, nearest

USAGE, DATA, BUG = 2, 3, 70
# What helps where the machine refuses.
_ADVICE = {
    errno.ENOSPC: " The disk is full: free some space, or write elsewhere.",
    errno.EROFS: " Nothing can be written there: choose another place with --out.",
    errno.EACCES: " You are not allowed to use it: choose another place, or change who may.",
    errno.EPERM: " You are not allowed to use it: choose another place, or change who may.",
}


def explain(error: Exception, messages: Messages, *, about: str = "") -> int:
    """Say what went wrong, in one message.

    Parameters
    ----------
    error
        What was raised.
    messages
        Where to say it.
    about
        Name of the export, when there are several.

    Returns
    -------
    int
        2 wrong usage, 3 the data cannot be used, 70 a bug.
    """
    prefix = f"{about}: " if about else ""
    if messages.debug:
        messages.say("".join(traceback.format_exception(error)).rstrip())
    text, code = described(error, messages)
    messages.error(f"{prefix}{text}")
    return code


def described(error: Exception, messages: Messages) -> tuple[str, int]:
    """What went wrong, and the exit code; see :func:`explain`."""
    if isinstance(error, DetachmentError):
        return str(error), USAGE if isinstance(error, UsageError) else DATA
    if isinstance(error, OSError):
        why = error.strerror or type(error).__name__
        what = "the output cannot be written" if error.filename is None else error.filename
        return f"{what}: {why}.{_ADVICE.get(error.errno or 0, '')}", DATA
    if isinstance(error, MemoryError):
        return (
            "the file needs more memory than there is. Close other programs, or export the survey "
            "in parts.",
            DATA,
        )
    text = (
        "this is a bug in detachment, not a fault of yours. Please report it with these lines:\n"
        f"  command     {shlex.join(messages.command)}\n"
        f"  detachment  {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"  error       {type(error).__name__}{_where(error)}\n"
        "The error's own words are left out, because they may quote an answer. They are shown, "
        "with the full traceback, by: detachment --debug COMMAND ..."
    )
    return text, BUG


def require_file(path: Path, *, folders: bool = False) -> None:
    """Raise where there is no such file; name the nearest one beside it.

    Raises
    ------
    UsageError
        When there is nothing at ``path``, or a folder where ``folders`` are not taken.
    """
    if path.is_dir() and not folders:
        raise UsageError(f"{path} is a folder; name the export files in it.")
    if path.exists():
        return
    folder = path.parent
    beside = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    where = f"in {folder.resolve()}" if folder.is_dir() else f"(there is no folder {folder} either)"
    raise UsageError(f"There is no file {path.name!r} {where}.{nearest(path.name, beside)}")


def _where(error: Exception) -> str:
    """Place of the last line of ours that was running: `` in detachment/stats/moments.py:17``."""
    mark = "/detachment/"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if mark in f.filename.replace("\\", "/")]
    if not ours:
        return ""
    module = ours[-1].filename.replace("\\", "/").rpartition(mark)[2]
    return f" in detachment/{module}:{ours[-1].lineno}"
