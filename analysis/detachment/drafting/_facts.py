"""What stands in a column: its different answers, how many people gave each, and its numbers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detachment.drafting._known_answers import is_known
from detachment.drafting._names import one_line
from detachment.exports import Export, Variable
from detachment.validation import normal_text, parse_number

SEVERAL = 3  # people who must have given an answer before it is taken for a choice
LONGEST_LABEL = 120
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}([T ,].*)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp]\.?[Mm]\.?)?"
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")


@dataclass(frozen=True, kw_only=True, eq=False)
class Facts:
    """One column.

    Attributes
    ----------
    name, variable
        Its heading, and what the export's code book says of it.
    answers
        Different answers as they are written -> how many gave it, in the order in which they first
        stand in the file. What the export itself declares to be no answer is left out.
    decimal
        How the file writes numbers.
    identifying
        Whether it holds personal values.
    """

    name: str
    variable: Variable
    answers: Mapping[str, int]
    decimal: str
    identifying: bool

    @property
    def code(self) -> str:
        """What the question itself is called, which may be less than its heading."""
        return self.variable.name or self.name

    @cached_property
    def text(self) -> str:
        """Question as asked; empty where the file does not say it."""
        text = one_line(self.variable.text)
        return "" if text == self.name else text

    @property
    def people(self) -> int:
        """How many gave an answer."""
        return sum(self.answers.values())

    @cached_property
    def numbers(self) -> Mapping[str, float] | None:
        """Answer -> number, where every answer is one."""
        found = {}
        for answer in self.answers:
            number = parse_number(answer, self.decimal)
            if number is None:
                return None
            found[answer] = number
        return found

    @cached_property
    def integers(self) -> tuple[int, ...] | None:
        """Different answers, least first, where all are whole numbers."""
        if self.numbers is None or any(n != round(n) for n in self.numbers.values()):
            return None
        return tuple(sorted({int(n) for n in self.numbers.values()}))

    @property
    def all_different(self) -> bool:
        """Whether nearly everybody gave an answer of their own."""
        return self.people > 1 and len(self.answers) > 0.9 * self.people

    @cached_property
    def dates(self) -> bool:
        """Whether every answer is a date or a time of day."""
        return bool(self.answers) and all(map(_DATE.fullmatch, self.answers))

    @cached_property
    def iso_dates(self) -> bool:
        """Whether every answer is a date and time as ISO 8601 writes it."""
        return bool(self.answers) and all(map(_ISO.fullmatch, self.answers))

    def labels(self) -> dict[str, str]:
        """Answer -> what it says: the code book's label, or the words themselves."""
        return {a: one_line(self.variable.labels.get(a, a)) for a in self.answers}

    def in_code_book(self, answer: str) -> bool:
        """Whether the export's code book lists the answer, as a code or as a label."""
        labels = self.variable.labels
        return answer in labels or answer in labels.values()

    def may_be_told(self, answer: str, people: int | None = None) -> bool:
        """Whether an answer is a choice that many had, and not somebody's own words.

        ``people`` is how many gave it in this column and others of its kind.
        """
        if self.identifying or len(answer) > LONGEST_LABEL:
            return False
        if is_known(answer) or self.in_code_book(answer):
            return True
        return (self.answers[answer] if people is None else people) >= SEVERAL


def read_facts(export: Export, name: str, kept: NDArray[np.bool_]) -> Facts:
    """Facts of one column, from the records that are kept."""
    variable, cells = export.variable(name), export.column(name)
    codes = cells.cat.codes.to_numpy()[kept]
    texts = cells.cat.categories
    counts = np.bincount(codes, minlength=len(texts))
    no_answer = _no_answer(variable, export.decimal)
    _, first = np.unique(codes, return_index=True)
    spelt: dict[str, str] = {}
    answers: dict[str, int] = {}
    for code in codes[np.sort(first)].tolist():
        text = str(texts[code]).strip()
        if no_answer(text):
            continue
        # Capitals, blanks and markup make no difference in an answer.
        spelling = spelt.setdefault(normal_text(text), text)
        answers[spelling] = answers.get(spelling, 0) + int(counts[code])
    return Facts(
        name=name,
        variable=variable,
        answers=answers,
        decimal=export.decimal,
        identifying=name in export.identifying_columns or variable.role == "identifier",
    )


def _no_answer(variable: Variable, decimal: str) -> Callable[[str], bool]:
    words = {normal_text(cell) for cell in (*variable.missing, *variable.reasons)} | {""}

    def none(text: str) -> bool:
        if normal_text(text) in words:
            return True
        number = parse_number(text, decimal)
        if number is None:
            return False
        canonical = str(int(number)) if number == round(number) else repr(number)
        within = any(low <= number <= high for low, high in variable.missing_ranges)
        return canonical in words or within

    return none
