"""Check one exercise at once, and help on."""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from detachment.errors import DetachmentError, nearest
from detachment.teaching._data import SESSION, LessonData
from detachment.teaching._exercise import Canonical, Exercise, found_quietly
from detachment.teaching._lessons import EXERCISES
from detachment.teaching._understand import NotAnswered, NotUnderstood, understand

ANSWER = "application/vnd.detachment.answer+json"
"""What ``check`` leaves in the notebook for marking: exercise, answer, whose data."""
Outcome = Literal["right", "not yet", "not answered", "not understood", "no such exercise"]
_COLOURS = {"right": "#1b7f4d", "not yet": "#b45309"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of checking one answer; a notebook shows it as a coloured line.

    Attributes
    ----------
    exercise
        Its name.
    outcome
        ``right``, ``not yet``, ``not answered``, ``not understood`` or ``no such exercise``.
    message
        What is to be said, in a sentence or two.
    hint
        A step of help; empty where none is needed.
    answer
        The answer as it was understood; None where it was not.
    data
        Fingerprint of the data that it was checked on.
    """

    exercise: str
    outcome: Outcome
    message: str
    hint: str = ""
    answer: Canonical | None = None
    data: str = ""

    def __repr__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def _repr_html_(self) -> str:
        colour = _COLOURS.get(self.outcome, "#6b7280")
        first, _, rest = self.message.partition(". ")
        first = first.rstrip(".")
        said = f"<b>{_marked_up(first)}.</b> {_marked_up(rest)}".rstrip()
        hint = f"<br>{_marked_up(self.hint)}" if self.hint else ""
        return (
            f'<div style="border-left:4px solid {colour};padding:.3em .9em;max-width:44em;'
            f'line-height:1.5">{said}{hint}</div>'
        )

    def _repr_mimebundle_(
        self,
        include: object = None,
        exclude: object = None,
    ) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if self.exercise in EXERCISES:
            plain = list(self.answer) if isinstance(self.answer, tuple) else self.answer
            bundle[ANSWER] = {"exercise": self.exercise, "answer": plain, "data": self.data}
        return bundle


def _marked_up(text: str) -> str:
    """Escaped; names between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text))


def check(name: str, answer: object = ...) -> Checked:
    """Check the answer to one exercise.

    The right answer is computed from your own data, so yours is not your neighbour's. Where it
    does not follow from data, its salted slow hash is compared. Each further wrong answer brings
    the next hint; nothing is stored but in the running notebook.

    Nothing is hidden from somebody who reads the source of this package, or tries every option of
    a question with four: what is kept out of sight is kept from being read by accident. Marks do
    not rest on what this function says, but on the teacher's key (``detachment class mark``).

    Parameters
    ----------
    name
        Name of the exercise, as it stands in the lesson.
    answer
        A number (also as text, with a comma or in percent), a letter, a name, a list of names,
        True or False. Of a number, one unit more or less in the last decimal that is asked is
        fine.

    Returns
    -------
    Checked
        Never raises for an answer of the wrong kind: it says which kind is wanted.

    Examples
    --------
    >>> import detachment as dt
    >>> dt.teaching.check("turned_answer", "2")
    Right.
    >>> dt.teaching.check("turned_answer", ...)
    Not answered yet. Put your answer in the place of the three dots and run the cell again.
    >>> dt.teaching.check("turned_anser", 2)
    There is no exercise called 'turned_anser'. Did you mean 'turned_answer'?
    """
    exercise = EXERCISES.get(name) if isinstance(name, str) else None
    if exercise is None:
        near = nearest(name, list(EXERCISES)) if isinstance(name, str) else ""
        said = repr(name[:40]) if isinstance(name, str) else f"({type(name).__name__})"
        hint = near.strip() or "Its name stands above the cell, in quotes."
        return Checked(
            exercise=str(name)[:40] if isinstance(name, str) else "",
            outcome="no such exercise",
            message=f"There is no exercise called {said}.",
            hint=hint,
        )
    try:
        data = SESSION.lesson_data()
    except DetachmentError as error:
        return Checked(exercise=name, outcome="not answered", message=f"No data. {error.message}")
    try:
        given = understand(exercise, answer)
    except NotAnswered:
        return Checked(
            exercise=name,
            outcome="not answered",
            message="Not answered yet. Put your answer in the place of the three dots and run the "
            "cell again.",
            data=data.fingerprint,
        )
    except NotUnderstood as error:
        return Checked(
            exercise=name,
            outcome="not understood",
            message=f"Not understood. {error}",
            data=data.fingerprint,
        )
    if exercise.accepts(given, exercise.truth(data)):
        return Checked(
            exercise=name, outcome="right", message="Right.", answer=given, data=data.fingerprint
        )
    return Checked(
        exercise=name,
        outcome="not yet",
        message=f"Not yet. {_why(exercise, given, data)}".rstrip(),
        hint=_next_hint(exercise, given),
        answer=given,
        data=data.fingerprint,
    )


def _why(exercise: Exercise, given: Canonical, data: LessonData) -> str:
    """What went wrong, where it is a known slip."""
    for sentence, find in exercise.slips.items():
        if exercise.accepts(given, found_quietly(find, data)):
            return sentence
    truth = exercise.truth(data)
    if exercise.kind == "number" and not isinstance(given, str | tuple):
        if exercise.share and exercise.accepts(given / 100, truth):
            return 'This is in percent. Write it as a share, such as 0.25, or as text, "25 %".'
        off = abs(given - float(truth)) if not isinstance(truth, str | tuple) else 0.0
        if exercise.decimals and round(given, 1) == given and off < 0.06:
            return f"Near, but rounded too much: asked are {exercise.decimals} decimals."
    if isinstance(given, tuple) and isinstance(truth, tuple):
        if set(given) < set(truth):
            return "What you name is right, but something is missing."
        if set(given) > set(truth):
            return "All that belong there are there, and also some that do not."
    return ""


def _next_hint(exercise: Exercise, given: Canonical) -> str:
    """The first hint for the first wrong answer; the same answer again brings no further one."""
    wrong = SESSION.wrong.setdefault(exercise.name, [])
    if given not in wrong:
        wrong.append(given)
    if not exercise.hints:
        return ""
    step = min(wrong.index(given), len(exercise.hints) - 1)
    return f"Hint {step + 1} of {len(exercise.hints)}: {exercise.hints[step]}"


def answer_in(bundle: Mapping[str, object]) -> tuple[str, object, str] | None:
    """Exercise, answer and fingerprint in an output of ``check``; None where it is none."""
    found = bundle.get(ANSWER)
    if isinstance(found, list) and all(isinstance(line, str) for line in found):
        found = "".join(found)
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            return None
    if not isinstance(found, dict) or found.get("exercise") not in tuple(EXERCISES):
        return None
    return str(found["exercise"]), found.get("answer"), str(found.get("data", ""))[:40]
