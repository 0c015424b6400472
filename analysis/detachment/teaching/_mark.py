"""Mark returned notebooks against the teacher's key."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from detachment.errors import ExportError, UsageError
from detachment.teaching._exercise import Canonical, Exercise
from detachment.teaching._lessons import EXERCISES, LESSONS
from detachment.teaching._make import MADE_BY
from detachment.teaching._returned import Returned, read_returned
from detachment.teaching._roster import Student
from detachment.teaching._understand import NotAnswered, NotUnderstood, understand

Outcome = Literal["right", "not yet", "not answered"]
_COPIED_FROM = 4  # so many answers that fit another's data are more than a coincidence
_COPIED_SHARE = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStudent:
    """A student of the key: id, the code in the notebooks, the data, the right answers."""

    id: str
    code: str
    data: str
    answers: Mapping[str, Canonical]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The teacher's key of a class."""

    exercises: tuple[Exercise, ...]
    students: tuple[KeyStudent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One exercise of one student.

    Attributes
    ----------
    exercise
        Which one.
    outcome
        ``right``, ``not yet`` or ``not answered``.
    answer
        What was answered, as understood.
    why
        Why it is not answered.
    run
        Whether the cell was run.
    """

    exercise: Exercise
    outcome: Outcome
    answer: Canonical | None = None
    why: str = ""
    run: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentMarks:
    """All marks of one student.

    Attributes
    ----------
    student
        Id, and name and group where a roster was given.
    marks
        One an exercise of the key.
    returned
        Lesson -> path of the notebook that counts.
    notes
        What the teacher should know; not for the student.
    """

    student: Student
    marks: tuple[Mark, ...]
    returned: Mapping[int, str]
    notes: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many are right."""
        return sum(mark.outcome == "right" for mark in self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMarks:
    """The marks of a class, and the notebooks that are nobody's."""

    students: tuple[StudentMarks, ...]
    exercises: tuple[Exercise, ...]
    unplaced: tuple[tuple[str, str], ...]


def read_key(path: Path) -> Key:
    """Read the key that ``detachment class make`` wrote.

    Raises
    ------
    UsageError
        When it cannot be opened.
    ExportError
        When it is not such a key.
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
        if content["made_by"] != MADE_BY:
            raise ValueError
        names = [str(name) for name in content["exercises"]]
        students = tuple(_key_student(one, names) for one in content["students"])
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ExportError(
            f"{path.name} is no key of a class. It is the file key.json in the folder teacher that "
            "detachment class make wrote."
        ) from error
    if unknown := [name for name in names if name not in EXERCISES]:
        raise ExportError(
            f"{path.name} has an exercise that this version does not know ({unknown[0][:40]}). "
            "Mark with the version that made the class."
        )
    return Key(exercises=tuple(EXERCISES[name] for name in names), students=students)


def _key_student(one: Mapping[str, object], names: Sequence[str]) -> KeyStudent:
    answers = one["answers"]
    if not isinstance(answers, dict):
        raise TypeError
    plain = {n: tuple(answers[n]) if isinstance(answers[n], list) else answers[n] for n in names}
    return KeyStudent(
        id=str(one["id"]), code=str(one["code"]), data=str(one["data"]), answers=plain
    )


def mark_class(folder: Path, key: Key, roster: Iterable[Student] = ()) -> ClassMarks:
    """Mark every notebook in a folder. No cell of any of them is run.

    An answer is the last that ``check`` left in the notebook; where the outputs were cleared, the
    plain value that stands in the cell. It is held against the key, whatever ``check`` said of it.

    Of several notebooks of one student and lesson, those with an answer count before those
    without, and of these the last by its path (``attempt 2`` after ``attempt 1``, ``10`` after
    ``9``): times of files are lost on the way through mails and archives.

    Parameters
    ----------
    folder
        What was handed in; notebooks may lie anywhere in it, under any name.
    key
        From :func:`read_key`.
    roster
        Adds names and groups.

    Returns
    -------
    ClassMarks
    """
    found = sorted(
        (path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts),
        key=lambda path: _natural(path.relative_to(folder).as_posix()),
    )
    notebooks = [read_returned(p, p.relative_to(folder).as_posix()) for p in found if p.is_file()]
    unplaced: list[tuple[str, str]] = []
    whose: dict[str, list[Returned]] = {student.id: [] for student in key.students}
    for notebook in notebooks:
        student, problem = _owner(notebook, key)
        if student is None:
            unplaced.append((notebook.path, problem))
        else:
            whose[student.id].append(notebook)
    packed = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.zip"))
    unplaced += [(path, "is an archive; unpack it and mark again") for path in packed]
    known = {student.id: student for student in roster}
    return ClassMarks(
        students=tuple(
            _mark_student(one, known.get(one.id, Student(id=one.id)), whose[one.id], key)
            for one in key.students
        ),
        exercises=key.exercises,
        unplaced=tuple(unplaced),
    )


def _natural(path: str) -> list[tuple[int, int, str]]:
    """Sort key in which 10 comes after 9, and "lesson (2)" after "lesson"."""
    parts = re.split(r"(\d+)", path.removesuffix(".ipynb").casefold())
    return [(1, int(p), "") if p.isascii() and p.isdigit() else (0, 0, p) for p in parts]


def _owner(notebook: Returned, key: Key) -> tuple[KeyStudent | None, str]:
    if notebook.problem:
        return None, notebook.problem
    if notebook.lesson is None:
        return None, "is no lesson of this class"
    by_code = {student.code: student for student in key.students}
    if notebook.code:
        found = by_code.get(notebook.code)
        return found, "" if found else "belongs to nobody in this key (another class?)"
    by_data = {student.data: student for student in key.students}
    owners = [by_data[mark] for mark in notebook.data if mark in by_data]
    if len(owners) == 1:
        return owners[0], ""
    return None, "does not say whose it is: it was not opened from a student's folder"


def _mark_student(
    own: KeyStudent, student: Student, notebooks: Sequence[Returned], key: Key
) -> StudentMarks:
    notes: list[str] = []
    counting: dict[int, Returned] = {}
    for lesson in sorted({n.lesson for n in notebooks if n.lesson is not None}):
        of_lesson = [n for n in notebooks if n.lesson == lesson]
        counts = ([n for n in of_lesson if n.answers] or of_lesson)[-1]
        counting[lesson] = counts
        if len(of_lesson) > 1:
            notes.append(
                f"lesson {lesson}: {len(of_lesson)} notebooks; the last by its path that has an "
                f"answer counts ({counts.path})"
            )
    marks = tuple(
        _mark(exercise, counting.get(exercise.lesson), own.answers[exercise.name])
        for exercise in key.exercises
    )
    notes += _other_data(own, counting.values(), key)
    notes += _fits_another(own, marks, key)
    return StudentMarks(
        student=student,
        marks=marks,
        returned={lesson: notebook.path for lesson, notebook in counting.items()},
        notes=tuple(notes),
    )


def _mark(exercise: Exercise, notebook: Returned | None, truth: Canonical) -> Mark:
    if notebook is None:
        why = f"lesson {exercise.lesson} was not handed in"
        return Mark(exercise=exercise, outcome="not answered", why=why)
    given = notebook.answers.get(exercise.name)
    if given is None:
        why = notebook.unread.get(exercise.name, "no answer was filled in")
        return Mark(exercise=exercise, outcome="not answered", why=why)
    try:
        answer = understand(exercise, given.answer)
    except NotAnswered:
        return Mark(exercise=exercise, outcome="not answered", why="no answer was filled in")
    except NotUnderstood as error:
        return Mark(exercise=exercise, outcome="not answered", why=f"not understood: {error}")
    outcome: Outcome = "right" if exercise.accepts(answer, truth) else "not yet"
    return Mark(exercise=exercise, outcome=outcome, answer=answer, run=given.run)


def _other_data(own: KeyStudent, notebooks: Iterable[Returned], key: Key) -> list[str]:
    """Notebooks whose answers were checked on other data than the student's own."""
    others = {student.data: student.id for student in key.students}
    notes = []
    for notebook in notebooks:
        for mark in notebook.data:
            if mark == own.data:
                continue
            if mark == "practice":
                what = "the practice data (data.csv was not beside the notebook)"
            elif mark in others:
                what = f"the data set of {others[mark]}"
            else:
                what = "a data set that was changed"
            notes.append(f"lesson {notebook.lesson}: cells were run on {what}")
    return notes


def _fits_another(own: KeyStudent, marks: Iterable[Mark], key: Key) -> list[str]:
    """Answers that are not right here, and are right on one other student's data."""
    wrong = [m for m in marks if m.outcome == "not yet" and m.exercise.personal]
    notes = []
    for other in key.students:
        if other.id == own.id:
            continue
        fits = [
            m for m in wrong
            if m.answer is not None and m.exercise.accepts(m.answer, other.answers[m.exercise.name])
        ]  # fmt: skip
        if len(fits) >= _COPIED_FROM and len(fits) >= _COPIED_SHARE * len(wrong):
            notes.append(
                f"{len(fits)} of {len(wrong)} answers that are not right on the own data are right "
                f"on those of {other.id}; ask before you conclude anything"
            )
    return notes


def lesson_title(lesson: int) -> str:
    """A lesson as it is called on pages: number and title."""
    return f"Lesson {lesson}: {LESSONS[lesson]}"
