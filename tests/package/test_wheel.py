"""The wheel and the sdist hold what they must, and the wheel works from an empty environment."""

import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

SHIPPED = {
    "analysis/detachment": "detachment",
    "schemas": "detachment/_shipped/schemas",
    "data/sample": "detachment/_shipped/data/sample",
    "notebooks": "detachment/_shipped/notebooks",
}


@dataclass(frozen=True)
class Built:
    wheel: Path
    sdist: Path


def _build(source: Path, out: Path, *kinds: str) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), *kinds]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[Path]:
    """Files under version control, or, in an unpacked sdist, those that are there."""
    if shutil.which("git") and (root / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True
        )
        return [Path(name) for name in listed.stdout.split("\0") if name]
    ignored = {"__pycache__", ".ipynb_checkpoints"}
    return [
        path.relative_to(root)
        for path in sorted(root.rglob("*"))
        if path.is_file() and not ignored & set(path.parts)
    ]


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    out = tmp_path_factory.mktemp("dist")
    _build(root, out)  # the sdist, and the wheel from the sdist
    return Built(wheel=next(out.glob("*.whl")), sdist=next(out.glob("*.tar.gz")))


def _wheel_files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _expected_in_wheel(tracked: list[Path]) -> dict[str, Path]:
    return {
        f"{inside}/{path.relative_to(outside).as_posix()}": path
        for outside, inside in SHIPPED.items()
        for path in tracked
        if path.is_relative_to(outside)
    }


def test_the_wheel_holds_every_tracked_file_and_nothing_else(
    root: Path, built: Built, tracked: list[Path]
) -> None:
    expected = _expected_in_wheel(tracked)
    files = _wheel_files(built.wheel)
    inside = {name for name in files if ".dist-info/" not in name}
    assert set(expected) <= inside
    strays = {name for name in inside - set(expected) if not (root / _source(name)).is_file()}
    assert not strays
    assert not [name for name in inside if "__pycache__" in name or "/." in name]
    for name, path in expected.items():
        assert files[name] == (root / path).read_bytes(), name


def _source(name: str) -> str:
    """Where a file of the wheel comes from."""
    for outside, inside in reversed(SHIPPED.items()):
        if name.startswith(f"{inside}/"):
            return f"{outside}/{name.removeprefix(f'{inside}/')}"
    return name


def test_the_sdist_holds_what_the_wheel_and_the_tests_need(
    built: Built, tracked: list[Path]
) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        path.as_posix()
        for path in tracked
        if path.parts[0] in {"analysis", "schemas", "data", "tests", "notebooks"}
    }
    missing = wanted - names
    assert not missing
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} <= names


def test_the_wheel_is_the_same_from_the_sdist_and_from_the_checkout(
    root: Path, built: Built, tmp_path: Path
) -> None:
    _build(root, tmp_path, "--wheel")
    direct = _wheel_files(next(tmp_path.glob("*.whl")))
    through_sdist = _wheel_files(built.wheel)
    assert direct == through_sdist


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a new environment that holds the wheel; only dependencies come from outside."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    home = Path(sysconfig.get_path("purelib", scheme="venv", vars={"base": str(folder)}))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    done = subprocess.run(
        [*pip, "--no-deps", "--no-index", "--no-cache-dir", str(built.wheel)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # Dependencies of this environment, after the new one's own folder; without its .pth files, so
    # that an editable install of this checkout stays out of the way.
    (home / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return python


def _run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV_"))}
    return subprocess.run(
        [str(python), *arguments], cwd=cwd, env=kept, capture_output=True, text=True, check=False
    )


def test_the_installed_wheel_loads_every_instrument_and_the_sample(
    installed: Path, tmp_path: Path
) -> None:
    code = """
import detachment as dt
from pathlib import Path
from detachment._files import shipped
assert Path(dt.__file__).is_relative_to(Path(__import__("sys").prefix)), dt.__file__
names = dt.list_instruments()
assert "detachment" in names and (shipped("schemas") / "instrument.schema.json").is_file()
for name in names:
    dt.read_instrument(name)
survey = dt.read_survey(dt.sample("couples_long.csv"))
assert len(survey.responses) > 100 and not survey.has_errors
assert list(shipped("notebooks").glob("*.ipynb"))
print(len(names))
"""
    done = _run(installed, "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 1


def test_the_installed_command_runs(installed: Path, root: Path, tmp_path: Path) -> None:
    command = installed.with_name("detachment.exe" if os.name == "nt" else "detachment")
    helped = _run(command, "--help", cwd=tmp_path)
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "validate" in helped.stdout
    sample = root / "data" / "sample" / "couples_qualtrics.csv"
    validated = _run(command, "validate", str(sample), cwd=tmp_path)
    assert validated.returncode in (0, 1), validated.stderr
    assert "marked as test or preview" in validated.stdout
