"""Where the reference material is, and how hypothesis searches: the same examples every time."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """Top level of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of outside reference files; tests that need it are skipped where it is not there."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the outside reference files (../shared) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def sample_dir(root: Path) -> Path:
    """The simulated sample."""
    return root / "data" / "sample"


class Ran(NamedTuple):
    """What a run of the command line left: exit code, data, messages."""

    code: int
    out: str
    err: str


@pytest.fixture
def detachment(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command ``detachment`` in this process."""
    from detachment.cli import main

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Ran(code, *capsys.readouterr())

    return run
