"""Where the reference material is, and how hypothesis searches: the same examples every time."""

import os
from pathlib import Path

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
