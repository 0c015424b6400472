"""What newcomers rely on: the README's lines, the pinned versions, the documents that it names."""

import re
import shlex
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from detachment import __version__
from detachment.cli._main import COMMANDS


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def pinned(root):
    """Every pinned requirement; a package may have one line for each range of Pythons."""
    text = (root / "constraints.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(Requirement(line.partition(" --hash")[0]), line) for line in lines]


def test_the_readme_has_one_line_that_tests(readme):
    lines = re.findall(r"^python -m venv \.venv && .* python -m pytest$", readme, re.MULTILINE)
    assert len(lines) == 1
    assert "--require-hashes -r constraints.txt" in lines[0]


def test_the_readme_has_one_line_that_installs_and_reports(readme):
    lines = re.findall(r"^python -m venv \.venv && .*detachment report .*$", readme, re.MULTILINE)
    assert len(lines) == 1
    assert shlex.split(lines[0].rpartition("&&")[2]) == [
        "detachment", "report", "data/sample/couples_qualtrics.csv", "--out", "report/",
    ]  # fmt: skip


def test_ci_runs_the_line_of_the_readme(root):
    script = (root / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in script
    assert "pip install" not in script


def test_every_requirement_is_pinned_and_hashed(project, pinned):
    for requirement, line in pinned:
        assert [s.operator for s in requirement.specifier] == ["=="], line
        assert "--hash=sha256:" in line, line
    for text in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        wanted = Requirement(text)
        found = [
            next(iter(have.specifier)).version
            for have, _ in pinned
            if canonicalize_name(have.name) == canonicalize_name(wanted.name)
        ]
        assert found, f"{wanted.name} is not in constraints.txt"
        assert all(wanted.specifier.contains(version) for version in found), text


def test_no_address_in_the_pinned_versions(root):
    text = (root / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"https?:|www\.|--(extra-)?index|--find-links|@ ", text)


def test_the_readme_names_every_command_and_only_files_that_exist(readme, root):
    for name in COMMANDS:
        assert f"| `{name}` |" in readme
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", readme):
        assert (root / target).exists(), target
    for path in re.findall(r"`((?:tests|notebooks|data|schemas)/[^`*]+)`", readme):
        assert (root / path).exists(), path


def test_one_version(project, root):
    assert project["version"] == __version__
    assert f"## [{__version__}]" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_instrument_in_the_readme_is_sound(readme, detachment, tmp_path):
    example = re.search(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert example is not None
    (tmp_path / "calm.yaml").write_text(example[1], encoding="utf-8")
    ran = detachment("instrument", "check", tmp_path / "calm.yaml")
    assert ran.code == 0, ran.out + ran.err
