"""What an exercise is: a question, how its answer is found, and what helps."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from detachment.errors import DetachmentWarning
from detachment.teaching._commitment import find_committed

if TYPE_CHECKING:
    from detachment.teaching._data import LessonData

Kind = Literal["number", "choice", "name", "names", "truth"]
# What an answer is once it is understood, as JSON can hold it.
Canonical = float | int | str | bool | tuple[str, ...]
Find = Callable[["LessonData"], Canonical]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise of a lesson.

    Attributes
    ----------
    name
        What ``check`` is asked for; no two exercises of all lessons share one.
    lesson
        Number of the lesson.
    title
        What is asked, in a few words, for marks and feedback.
    kind
        ``number``; ``choice`` (a letter); ``name`` (one word of ``options``); ``names`` (any of
        them); ``truth`` (True or False).
    find
        Computes the answer from the student's data; None where the answer is committed.
    committed
        Salted slow hash of the answer, where it does not follow from data.
    decimals
        Of a number: how many are asked. One unit of the last is always granted.
    grace
        Of a whole number: how far it may be off.
    share
        The number is a share, so that "87 %" is .87.
    options
        Letters or words that an answer can be.
    personal
        Whether students with other data have another answer.
    hints
        Shown one after the other, a further one for each further wrong answer.
    slips
        Known mistakes: a sentence, and what the answer would be.
    """

    name: str
    lesson: int
    title: str
    kind: Kind
    find: Find | None = None
    committed: str = ""
    decimals: int = 0
    grace: int = 0
    share: bool = False
    options: tuple[str, ...] = ()
    personal: bool = True
    hints: tuple[str, ...] = ()
    slips: Mapping[str, Find] = field(default_factory=dict)

    def truth(self, data: "LessonData") -> Canonical:
        """The right answer for these data."""
        if self.find is not None:
            return found_quietly(self.find, data)
        candidates = (True, False) if self.kind == "truth" else self.options
        return find_committed(self.name, candidates, self.committed)

    def accepts(self, answer: Canonical, truth: Canonical) -> bool:
        """Whether an answer is right; one unit of the last decimal asked is granted."""
        if self.kind != "number":
            return answer == truth
        if isinstance(answer, str | tuple) or isinstance(truth, str | tuple):
            return False
        unit = 10.0**-self.decimals
        if self.decimals == 0:
            return abs(answer - truth) < self.grace + 0.5
        # Rounded up or rounded down, and one unit beside: no quarrel about the last digit.
        return abs(answer - truth) <= 1.5 * unit + 1e-9

    @property
    def wanted(self) -> str:
        """What kind of answer is asked for, as a clause."""
        if self.kind == "number":
            if self.decimals == 0:
                return "a whole number" + (
                    f" ({self.grace} more or less is fine)" if self.grace else ""
                )
            return f"a number with {self.decimals} decimals (one more or less in the last is fine)"
        if self.kind == "choice":
            return f'one letter in quotes, such as "{self.options[0]}"'
        if self.kind == "truth":
            return "True or False, without quotes"
        if self.kind == "name":
            return f'one name in quotes, such as "{self.options[0]}"'
        return f'a list of names, such as ["{self.options[0]}", "{self.options[-1]}"]'


def found_quietly(find: Find, data: "LessonData") -> Canonical:
    """An answer without the warnings on the way: they are about the data, not about the student."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        return find(data)
