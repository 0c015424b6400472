"""Where the shipped files are: in the wheel, or beside the source in a checkout."""

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
