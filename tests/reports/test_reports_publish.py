"""A folder of files is written whole or not at all, and nothing of the user's is lost."""

import json
from pathlib import Path

import pytest

from detachment.errors import UsageError
from detachment.reports import _publish
from detachment.reports._manifest import manifest, portable
from detachment.reports._publish import MADE_BY, MANIFEST, publish

FILES = {"index.html": b"page", "tables/a.csv": b"x\n1\n", "figures/b.svg": b"<svg/>"}


def whole(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, MANIFEST: manifest({"made_by": MADE_BY}, files)}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_files_and_folders_are_made(tmp_path: Path) -> None:
    publish(whole(FILES), tmp_path / "a" / "b")
    assert tree(tmp_path / "a" / "b") == whole(FILES)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]  # nothing is left beside it


def test_an_empty_folder_and_an_earlier_report_are_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    publish(whole(FILES), out)
    (out / ".DS_Store").write_bytes(b"litter")
    other = {"index.html": b"another page"}
    publish(whole(other), out)
    assert tree(tmp_path) == {f"out/{name}": content for name, content in whole(other).items()}


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    publish(whole(FILES), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert tree(tmp_path / "there") == whole(FILES)


@pytest.mark.parametrize("name", ["thesis.docx", "index.html", MANIFEST])
def test_files_of_others_are_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"made_by": "somebody else"}', encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(UsageError, match=r"not a report of detachment.*another folder"):
        publish(whole(FILES), tmp_path)
    assert tree(tmp_path) == before


def test_notes_beside_an_earlier_report_are_not_lost(tmp_path: Path) -> None:
    publish(whole(FILES), tmp_path)
    (tmp_path / "tables" / "my notes.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(UsageError, match=r"my notes\.txt"):
        publish(whole(FILES), tmp_path)
    assert (tmp_path / "tables" / "my notes.txt").read_text(encoding="utf-8") == "precious"


def test_changes_by_hand_are_not_lost(tmp_path: Path) -> None:
    publish(whole(FILES), tmp_path)
    (tmp_path / "tables" / "a.csv").write_text("x\n2\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"tables/a\.csv' was changed by hand"):
        publish(whole(FILES), tmp_path)


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file, and a report is a folder"):
        publish(whole(FILES), tmp_path / "out")


@pytest.mark.parametrize("before", [False, True], ids=["new", "replacing"])
@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_failure_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, before: bool
) -> None:
    out = tmp_path / "deep" / "er" / "out"
    if before:
        publish(whole({"index.html": b"old"}), out)
    state = tree(tmp_path), sorted(path.name for path in tmp_path.rglob("*"))
    written = 0
    really = Path.write_bytes

    def fail(path: Path, content: bytes) -> int:
        nonlocal written
        if written == step:
            raise OSError("no space left on device")
        written += 1
        return really(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fail)
        with pytest.raises(OSError, match="no space left"):
            publish(whole(FILES), out)
    assert (tree(tmp_path), sorted(path.name for path in tmp_path.rglob("*"))) == state


def test_a_failure_of_the_last_step_puts_the_earlier_report_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    publish(whole({"index.html": b"old"}), out)
    state = tree(tmp_path)
    really = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError("the disk is gone")
        return really(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="the disk is gone"):
            publish(whole(FILES), out)
    assert tree(tmp_path) == state


def test_the_manifest_has_a_fingerprint_of_every_file() -> None:
    content = json.loads(manifest({"made_by": MADE_BY}, FILES))
    assert list(content["outputs"]) == sorted(FILES)
    assert content["outputs"]["tables/a.csv"] == {
        # sha256sum of "x\n1\n"
        "sha256": "daff832f802000e645771a60983c76c963f6ee602a6230e45237bd360e91cc1a",
        "bytes": 4,
    }


@pytest.mark.parametrize(
    ("command", "recorded"),
    [
        ("detachment report ../data/x.csv --out /a/r1", "detachment report x.csv"),
        (["detachment", "report", "C:\\Users\\Ann\\x y.csv"], "detachment report 'x y.csv'"),
        ("detachment report x --out=r2/ --seed 3", "detachment report x --seed 3"),
        ("detachment report x --instrument=/a/b.yaml", "detachment report x --instrument=b.yaml"),
    ],
)
def test_the_recorded_command_does_not_say_where_it_ran(command: str, recorded: str) -> None:
    assert portable(command) == recorded


def test_a_folder_that_another_process_makes_at_this_moment(tmp_path, monkeypatch):
    """Two reports of a batch begin at once, and neither finds the folder of both."""
    real = Path.exists
    seen: list[Path] = []

    def as_if_missing(path: Path, **options: bool) -> bool:
        if path == tmp_path / "reports" and path not in seen:
            seen.append(path)
            path.mkdir()
            return False
        return real(path, **options)

    monkeypatch.setattr(Path, "exists", as_if_missing)
    publish({"index.html": b"whole"}, tmp_path / "reports" / "one")
    assert seen
    assert (tmp_path / "reports" / "one" / "index.html").read_bytes() == b"whole"


def test_a_workshop_that_is_just_being_taken_is_left_alone(tmp_path):
    workshop = tmp_path / f"{_publish.WORKSHOP}new"
    workshop.mkdir()
    (workshop / "lock").touch()
    _publish.sweep(tmp_path)
    assert workshop.is_dir()
