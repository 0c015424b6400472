"""``detachment class``: lessons for a class, from a roster to marks."""

from collections.abc import Mapping
from pathlib import Path

import click

from detachment.cli._destinations import require_folder, write
from detachment.cli._folders import tell_files
from detachment.cli._messages import Messages
from detachment.cli._words import Commands
from detachment.errors import UsageError
from detachment.text import counted

as_json = click.option("--json", "as_json", is_flag=True, help="Print the files as a JSON object.")
_TEACHER = "teacher/"


@click.group("class", cls=Commands)
def command() -> None:
    """Lessons for a class: make the students' folders, mark what comes back, print the quiz."""


@command.command("make")
@click.option(
    "--students", "roster", required=True, type=click.Path(path_type=Path), metavar="CSV",
    help="Roster with a column id and, if you like, name and group.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("class"), show_default=True,
    metavar="FOLDER", help="Where the folders go; students who have theirs keep it.",
)  # fmt: skip
@click.option(
    "--lessons", default="1,2,3,4,5", show_default=True, metavar="N,N",
    help="Numbers of the lessons, with commas between them.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True,
    help="Of the class; another seed gives everybody other data.",
)  # fmt: skip
@click.option(
    "--n", "couples", type=int, default=80, show_default=True, metavar="COUPLES",
    help="Couples in each data set.",
)  # fmt: skip
@as_json
@click.pass_obj
def make(
    messages: Messages,
    /,
    *,
    roster: Path,
    out: Path,
    lessons: str,
    seed: int,
    couples: int,
    as_json: bool,
) -> int:
    """Make a folder with data and notebooks for each student, and the key for the teacher.

    Every student has another data set. Hand out the folders in FOLDER/students; keep
    FOLDER/teacher to yourself. A student who joins later: add a line to the roster and run it
    again with the same options.
    """
    from detachment.teaching import make_class, read_roster

    require_folder(out)
    students = read_roster(roster)
    numbers = _numbers(lessons)
    files = make_class(
        students,
        seed=seed,
        couples=couples,
        lessons=numbers,
        tell=lambda done: messages.step("making folders", done=done, total=len(students)),
    )
    messages.clear()
    written, kept = _write_new(files, out)
    if kept:
        messages.say(f"{counted(len(kept), 'file')} kept, where somebody has worked: {kept[0]} ...")
    messages.say(
        f"{counted(len(students), 'folder')} in {out / 'students'}; the key is in "
        f"{out / 'teacher'}, which is yours alone"
    )
    tell_files("class make", written, folder=out, as_json=as_json, more={"seed": seed})
    return 0


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.replace(" ", "").split(",") if part]
    except ValueError as error:
        raise UsageError(
            f"--lessons takes numbers with commas, such as 1,2,5, not {text!r}."
        ) from error


def _write_new(files: Mapping[str, bytes], out: Path) -> tuple[list[Path], list[Path]]:
    """Write what is not there yet; keep notebooks that were worked in. Data must be the same."""
    changed = [
        name
        for name, content in files.items()
        if not name.startswith(_TEACHER)
        and (out / name).is_file()
        and (out / name).read_bytes() != content
    ]
    if other := [name for name in changed if name.endswith(".csv")]:
        raise UsageError(
            f"{out} holds {other[0]}, which is not as it would be made now: the class was made "
            "with another --seed, another --n or another version, or the file was changed. Nothing "
            "was written. Choose another folder with --out."
        )
    for name, content in files.items():
        if name not in changed:
            write(out / name, content)
    return [out / name for name in files], [out / name for name in changed]


@command.command("mark")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--key", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="key.json of the folder teacher, which class make wrote.",
)  # fmt: skip
@click.option(
    "--students", "roster", type=click.Path(path_type=Path), metavar="CSV",
    help="Roster, to put names beside the marks.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("marks"), show_default=True,
    metavar="FOLDER", help="Where marks, overview and feedback go; earlier ones are replaced.",
)  # fmt: skip
@as_json
@click.pass_obj
def mark(
    messages: Messages, /, *, folder: Path, key: Path, roster: Path | None, out: Path, as_json: bool
) -> int:
    """Mark the notebooks in FOLDER against the key, wherever they lie in it.

    Nothing that students wrote is run. Writes marks.csv, a feedback page for each student and an
    overview for you. Exit code 1 when a file could not be marked.
    """
    from detachment.teaching import mark_class, marks_files, read_key, read_roster

    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name the one with the notebooks that came back.")
    require_folder(out)
    if out.resolve() == folder.resolve():
        raise UsageError("--out must not be the folder that was handed in; name another.")
    read = read_key(key)
    known = read_roster(roster) if roster is not None else ()
    messages.step("reading the notebooks")
    marked = mark_class(folder, read, known)
    messages.clear()
    files = marks_files(marked)
    for name, content in files.items():
        write(out / name, content)
    there = sum(bool(one.returned) for one in marked.students)
    messages.say(f"{there} of {counted(len(marked.students), 'student')} handed in something")
    for path, why in marked.unplaced:
        messages.say(f"not marked: {path!r} {why}")
    tell_files("class mark", [out / n for n in files], folder=out, as_json=as_json, more={})
    return 1 if marked.unplaced else 0


@command.command("quiz")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("quiz.html"), show_default=True,
    metavar="FILE", help="The sheet; its key goes beside it as NAME-key.html.",
)  # fmt: skip
@click.option(
    "--instrument", default="detachment", show_default=True, metavar="ID|FILE",
    help="What has the quiz.",
)  # fmt: skip
@as_json
def quiz(*, out: Path, instrument: str, as_json: bool) -> int:
    """Write the knowledge quiz as a sheet to print, and the key as a page of its own.

    Open them in a browser and print. What the class answered is analysed by: detachment quiz
    """
    from detachment.teaching import quiz_sheet

    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            f"--out {out}: the sheet is a web page; give a name that ends in .html, and print it "
            "from a browser (also to PDF)."
        )
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder; name a file in it.")
    require_folder(out.parent)
    pages = quiz_sheet(instrument)
    key = out.with_name(f"{out.stem}-key{out.suffix}")
    write(out, pages["sheet"])
    write(key, pages["key"])
    tell_files("class quiz", [out, key], folder=out.parent, as_json=as_json, more={})
    return 0
