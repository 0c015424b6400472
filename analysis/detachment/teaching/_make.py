"""A folder for each student, and the key for the teacher."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from detachment import __version__
from detachment._files import shipped
from detachment.errors import UsageError
from detachment.tables import csv_table
from detachment.teaching._data import CARELESS, COUPLES, DATA, draw_files, read_lesson_data
from detachment.teaching._exercise import Exercise
from detachment.teaching._lessons import EXERCISES, LESSONS, NOTEBOOKS
from detachment.teaching._roster import Student

MADE_BY = "detachment class make"
KEY, TEACHER, STUDENTS = "key.json", "teacher", "students"
FEWEST_COUPLES, MOST_COUPLES = 40, 2000
_README = """\
Your folder for the lessons

  data.csv        your own data set. Nobody else in class has the same one, so your numbers are
                  not your neighbour's. The people in it are simulated; nobody of them exists.
  careless.csv    needed in lesson 4. Leave it where it is.
{lessons}
How to begin
  1. Keep all these files in one folder, and do not rename or change data.csv. (If you want to look
     at it, close it again WITHOUT saving.)
  2. Open JupyterLab in this folder (your teacher shows you how; in a terminal that is in this
     folder: python -m jupyterlab), and in it the first lesson.
  3. Work from the top to the bottom. Shift and Enter run a cell.
  4. Save (Ctrl+S, on a Mac Cmd+S) and hand in the .ipynb files, with what the cells show. You may
     rename them.

You can try as often as you like: what counts is the last answer.
"""


def make_class(
    students: Sequence[Student],
    *,
    seed: int,
    couples: int = COUPLES,
    lessons: Iterable[int] = tuple(LESSONS),
    tell: Callable[[int], None] = lambda _: None,
) -> dict[str, bytes]:
    """Make the folders of a class.

    What a student gets follows from the seed and her or his id alone: a further student changes
    nothing for the others.

    Parameters
    ----------
    students
        From :func:`read_roster`; only the ids are used.
    seed
        Of the class.
    couples
        In each data set; half as many people without a partner come with them.
    lessons
        Numbers of the lessons.
    tell
        Is told how many students are done.

    Returns
    -------
    dict
        Path below the class folder -> content.

    Raises
    ------
    UsageError
        When there is no such lesson, or a data set would be too small for them.
    """
    numbers = sorted(set(lessons))
    if unknown := [n for n in numbers if n not in LESSONS] or not numbers:
        said = f"There is no lesson {unknown[0]}" if isinstance(unknown, list) else "No lesson"
        raise UsageError(f"{said}; the lessons are 1 to {len(LESSONS)}.")
    if not FEWEST_COUPLES <= couples <= MOST_COUPLES:
        raise UsageError(
            f"A data set has {FEWEST_COUPLES} to {MOST_COUPLES} couples, not {couples}: with fewer "
            "the lessons show nothing, with more they take long."
        )
    exercises = [e for e in EXERCISES.values() if e.lesson in numbers]
    files: dict[str, bytes] = {}
    keys: list[dict[str, Any]] = []
    truths: list[dict[str, object]] = []
    for done, student in enumerate(students):
        tell(done)
        own, key, truth = _student(student, seed, couples, numbers, exercises)
        files |= {f"{STUDENTS}/{student.id}/{name}": content for name, content in own.items()}
        keys.append(key)
        truths.append(truth)
    key_file = {
        "made_by": MADE_BY,
        "detachment": __version__,
        "seed": seed,
        "couples": couples,
        "lessons": numbers,
        "exercises": [e.name for e in exercises],
        "students": keys,
    }
    flat = pd.DataFrame([{"id": k["id"], **_flat(k["answers"])} for k in keys])
    return files | {
        f"{TEACHER}/{KEY}": (json.dumps(key_file, ensure_ascii=False, indent=1) + "\n").encode(),
        f"{TEACHER}/key.csv": csv_table(flat).encode(),
        f"{TEACHER}/truth.csv": csv_table(pd.DataFrame(truths)).encode(),
    }


def data_seed(seed: int, student: str) -> int:
    """Seed of a student's data, from the seed of the class and the student's id."""
    digest = hashlib.sha256(f"detachment/class/data/{seed}/{student}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


def student_code(seed: int, student: str) -> str:
    """What stands in a student's notebooks instead of the id."""
    return hashlib.sha256(f"detachment/class/code/{seed}/{student}".encode()).hexdigest()[:12]


def _student(
    student: Student, seed: int, couples: int, numbers: Sequence[int], exercises: list[Exercise]
) -> tuple[dict[str, bytes], dict[str, Any], dict[str, object]]:
    """Files, key and truth of one student."""
    own_seed, code = data_seed(seed, student.id), student_code(seed, student.id)
    drawn = draw_files(own_seed, couples)
    with TemporaryDirectory() as folder:
        for name, content in drawn.items():
            (Path(folder) / name).write_bytes(content)
        data = read_lesson_data(Path(folder))
    answers = {e.name: _plain(e, e.truth(data)) for e in exercises}
    key = {"id": student.id, "code": code, "data": data.fingerprint, "answers": answers}
    attentive = data.careless["answering"] == "attentive"
    truth: dict[str, object] = {
        "id": student.id,
        "data_seed": own_seed,
        "people": len(attentive),
        "couples": couples,
        **{f"{kind}_people": int((data.careless["answering"] == kind).sum())
           for kind in ("attentive", "straight", "random", "zigzag")},
    }  # fmt: skip
    notebooks = {NOTEBOOKS[n]: _personal(n, code) for n in numbers}
    lessons = "".join(f"  {NOTEBOOKS[n]:<38}{LESSONS[n]}\n" for n in numbers)
    readme = {"README.txt": _README.format(lessons=lessons).encode()}
    return {DATA: drawn[DATA], CARELESS: drawn[CARELESS], **notebooks, **readme}, key, truth


def _plain(exercise: Exercise, truth: object) -> object:
    """An answer as JSON; a number with two decimals more than are asked."""
    if isinstance(truth, float):
        return round(truth, exercise.decimals + 2) + 0.0
    return list(truth) if isinstance(truth, tuple) else truth


def _flat(answers: Mapping[str, object]) -> dict[str, object]:
    return {n: " ".join(a) if isinstance(a, list) else a for n, a in answers.items()}


def _personal(lesson: int, code: str) -> bytes:
    """The notebook of a lesson with the student's code in its metadata."""
    notebook = json.loads(shipped("notebooks", "class", NOTEBOOKS[lesson]).read_bytes())
    notebook["metadata"]["detachment"] = {"lesson": lesson, "student": code}
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
