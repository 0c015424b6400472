"""Where the shipped files are: in the wheel, or beside the source in a checkout."""

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path


def shipped(*parts: str) -> Path:
    """Path of a file or folder that is shipped with the package.

    Parameters
    ----------
    *parts
        Path below the project's top level, part by part:
        ``shipped("schemas", "instruments", "detachment.yaml")``.

    Returns
    -------
    Path
        The path, whether or not something is there.

    Examples
    --------
    >>> shipped("schemas", "instruments", "detachment.yaml").is_file()
    True
    """
    package = Path(str(files("detachment")))
    installed = package / "_shipped"
    root = installed if installed.is_dir() else package.parent.parent
    return root.joinpath(*parts)


def sample(name: str) -> Path:
    """Path of a file of the simulated sample.

    Parameters
    ----------
    name
        File name in ``data/sample``, such as ``"couples_qualtrics.csv"``.

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError
        When there is no such sample; the message lists those that exist.

    Examples
    --------
    >>> sample("couples_long.csv").name
    'couples_long.csv'
    """
    path = shipped("data", "sample", name)
    if not path.is_file():
        names = ", ".join(sorted(p.name for p in path.parent.glob("*.*")))
        raise FileNotFoundError(f"no sample called {name!r}; there are: {names}")
    return path


@cache
def code_sha256() -> str:
    """Fingerprint of the code that is running: of each of the package's own files, and its name.

    The instruments and the sample that come along are data, and have fingerprints of their own.
    """
    package = Path(str(files("detachment")))
    total = hashlib.sha256()
    for path in sorted(package.rglob("*"), key=lambda path: path.relative_to(package).as_posix()):
        name = path.relative_to(package)
        ours = not any(part.startswith((".", "__pycache__", "_shipped")) for part in name.parts)
        if ours and path.is_file() and path.suffix != ".pyc":
            fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{name.as_posix()} {fingerprint}\n".encode())
    return total.hexdigest()
