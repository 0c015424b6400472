"""Marks and quiz sheets as pages and tables: no network, no script, every text escaped."""

from collections.abc import Iterable, Mapping
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from detachment.tables import csv_table, without_marks
from detachment.teaching._exercise import Canonical, Exercise
from detachment.teaching._mark import ClassMarks, Mark, StudentMarks, lesson_title
from detachment.text import allowed, number

if TYPE_CHECKING:
    from jinja2 import Environment

MARKS, OVERVIEW, FEEDBACK = "marks.csv", "overview.html", "feedback"
_CSS = {"right": "right", "not yet": "notyet", "not answered": "none"}


def marks_files(marked: ClassMarks) -> dict[str, bytes]:
    """Marks as a table, a feedback page a student, and an overview of the class.

    Parameters
    ----------
    marked
        From :func:`mark_class`.

    Returns
    -------
    dict
        ``marks.csv``, ``overview.html`` and ``feedback/ID.html`` -> content.
    """
    files = {MARKS: _marks_table(marked).encode(), OVERVIEW: _overview(marked).encode()}
    pages = {f"{FEEDBACK}/{s.student.id}.html": _feedback(s) for s in marked.students}
    return files | {name: page.encode() for name, page in pages.items()}


def _marks_table(marked: ClassMarks) -> str:
    """A row a student: 1 right, 0 not yet, empty where there is no answer."""
    named = any(one.student.name for one in marked.students)
    grouped = any(one.student.group for one in marked.students)
    code = {"right": 1, "not yet": 0, "not answered": None}
    rows = []
    for one in marked.students:
        row: dict[str, object] = {"id": one.student.id}
        row |= {"name": one.student.name} if named else {}
        row |= {"group": one.student.group} if grouped else {}
        row |= {mark.exercise.name: code[mark.outcome] for mark in one.marks}
        row["right"] = one.total if one.returned else None
        row["of"] = len(one.marks)
        row["notes"] = "; ".join(one.notes if one.returned else ["nothing was handed in"])
        rows.append(row)
    frame = pd.DataFrame(rows).astype(
        dict.fromkeys((*(e.name for e in marked.exercises), "right"), "Int64")
    )
    return csv_table(frame)


def _feedback(one: StudentMarks) -> str:
    numbers = sorted({mark.exercise.lesson for mark in one.marks})
    lessons = [
        {
            "number": n,
            "title": lesson_title(n),
            "returned": n in one.returned,
            "unrun": any(not mark.run for mark in one.marks if mark.exercise.lesson == n),
            "rows": [_row(mark) for mark in one.marks if mark.exercise.lesson == n],
        }
        for n in numbers
    ]
    name, student = one.student.name, one.student.id
    return _render(
        "feedback.html",
        title=f"Your answers ({student})",
        who=without_marks(f"{name} ({student})" if name else student),
        total=one.total,
        of=len(one.marks),
        open=sum(mark.outcome == "not answered" for mark in one.marks),
        lessons=lessons,
    )


def _row(mark: Mark) -> dict[str, str]:
    """A line of a feedback page: a hint where the answer is not right, never the answer itself."""
    hints = mark.exercise.hints
    hint = hints[0].replace("`", "") if hints and mark.outcome == "not yet" else ""
    why = f"{mark.why[:1].upper()}{mark.why[1:]}".rstrip(".")
    return {
        "title": mark.exercise.title,
        "answer": _written(mark.exercise, mark.answer),
        "mark": {"right": "✓ right"}.get(mark.outcome, mark.outcome),
        "css": _CSS[mark.outcome],
        "help": " ".join(part for part in (f"{why}." if why else "", hint) if part),
    }


def _written(exercise: Exercise, answer: Canonical | None) -> str:
    if answer is None:
        return ""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, tuple):
        return ", ".join(answer)
    if isinstance(answer, bool):
        return str(answer)
    if exercise.decimals == 0:
        return number(answer, 0 if answer == round(answer) else 2)
    return number(answer, exercise.decimals)


def _overview(marked: ClassMarks) -> str:
    there = [one for one in marked.students if one.returned]
    totals = [one.total for one in there]
    by_exercise: Mapping[str, list[str]] = {
        e.name: [m.outcome for one in there for m in one.marks if m.exercise is e]
        for e in marked.exercises
    }
    lessons = []
    for n in sorted({e.lesson for e in marked.exercises}):
        rows = [_difficulty(e, by_exercise[e.name]) for e in marked.exercises if e.lesson == n]
        # Hardest first; last what nobody answered.
        hardness = {row.title: 101 if row.share is None else row.share for row in rows}
        rows.sort(key=lambda row: hardness[row.title])
        lessons.append({"number": n, "title": lesson_title(n), "rows": rows})
    return _render(
        "overview.html",
        title="How the class did",
        handed_in=len(there),
        students=len(marked.students),
        median=f"{median(totals):g}" if totals else None,
        of=len(marked.exercises),
        lessons=lessons,
        notes=[(one.student.id, note) for one in marked.students for note in one.notes],
        unplaced=[(without_marks(path), why) for path, why in marked.unplaced],
    )


class _Difficulty(NamedTuple):
    """How many had an exercise right; share in percent of those who answered."""

    title: str
    right: int
    wrong: int
    none: int
    share: int | None


def _difficulty(exercise: Exercise, outcomes: list[str]) -> _Difficulty:
    right, wrong = outcomes.count("right"), outcomes.count("not yet")
    answered = right + wrong
    share = round(100 * right / answered) if answered else None
    none = outcomes.count("not answered")
    return _Difficulty(exercise.title, right, wrong, none, share)


def render_quiz(
    title: str,
    rows: Iterable[Mapping[str, str]],
    codes: Iterable[tuple[str, int]],
    dont_know: str,
) -> dict[str, bytes]:
    """The quiz as a sheet for the class, and its key as another page for the teacher."""
    rows, codes = list(rows), list(codes)
    asked = _render("quiz.html", title=title, rows=rows, labels=[label for label, _ in codes])
    key = _render("quiz_key.html", title=title, rows=rows, codes=codes, dont_know=dont_know)
    return {"sheet": asked.encode(), "key": key.encode()}


def _render(template: str, **what: object) -> str:
    page: str = _environment().get_template(template).render(**what)
    return allowed(page)


def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("detachment.teaching"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
