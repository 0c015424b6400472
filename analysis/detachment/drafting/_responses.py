"""From the answers of a block of columns to the response scale that they were given on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from detachment.drafting._facts import Facts
from detachment.drafting._known_answers import Ranked, rank, reason_of
from detachment.drafting._names import one_line, plain_words
from detachment.validation import normal_text, parse_number

MOST_CHOICES = 12  # a column with more different texts is no list of choices
_WIDEST = 10  # 0 to 10 is a response scale; more steps than that are numbers
_COARSE = 7  # up to 1 to 7 every step is used
_GAP = 4  # between codes of a wider range, above which they are no steps
_ENOUGH = 50  # answers after which a code that nobody gave was probably never offered
_LIMIT = 1_000_000  # of the codes that an instrument file can name

ORDER = "order, from least to most"


@dataclass(frozen=True, kw_only=True)
class Response:
    """A response scale as it will stand in the file.

    ``doubts`` say what to check; ``scorable`` is false where answers have no known order.
    """

    name: str
    type: str = "ordinal"
    values: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ends: tuple[int, int] | None = None
    language: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def scorable(self) -> bool:
        """Whether answers can be added up."""
        return self.type != "categorical"

    def layout(self) -> dict[str, object]:
        """What an instrument file says of it."""
        said: dict[str, object] = {"type": self.type}
        said |= {"values": list(self.values)} if self.values else {}
        said |= {"labels": list(self.labels)} if self.labels else {}
        said |= {"codes": list(self.codes)} if self.codes else {}
        said |= {"aliases": {k: list(v) for k, v in self.aliases}} if self.aliases else {}
        said |= {"min": self.ends[0], "max": self.ends[1]} if self.ends else {}
        return said


CHOICE = Response(name="choice", type="categorical", values=(0, 1), labels=("not chosen", "chosen"))


def response_of(columns: Sequence[Facts]) -> Response | None:
    """Response scale of columns that were answered in one way.

    Returns
    -------
    Response or None
        None where the answers are no choices that may be told: free text, or words that only one
        or two people used.
    """
    answers = together(columns)
    book = columns[0].variable.labels
    if not answers:
        return None
    if all(map(_is_choice, columns)):
        return CHOICE
    if book and all(c.in_code_book(a) for c in columns for a in c.answers):
        return _from_code_book(columns, answers)
    if all(column.numbers is not None for column in columns):
        return _from_numbers(columns)
    return _from_words(columns, answers)


def _is_choice(column: Facts) -> bool:
    """Whether a column is one choice of a question that takes several, and says so itself."""
    said = set(column.labels().values())
    codes = {"0", "1"} >= column.answers.keys() or column.numbers is None
    return bool(column.variable.labels) and said <= set(CHOICE.labels) and codes


def together(columns: Sequence[Facts]) -> dict[str, int]:
    """Answers of several columns -> how many gave them in the column where most did."""
    spelt: dict[str, str] = {}
    answers: dict[str, int] = {}
    for column in columns:
        for answer, people in column.answers.items():
            known = spelt.setdefault(normal_text(answer), answer)
            answers[known] = max(answers.get(known, 0), people)
    return answers


def compatible(one: Sequence[Facts], other: Facts, *, loosely: bool) -> bool:
    """Whether a column was answered in the same way as others.

    ``loosely`` where something else than the answers says that they belong together.
    """
    first = one[0]
    if all(map(_is_choice, (*one, other))):
        return loosely
    if first.variable.labels or other.variable.labels:
        return _book(first) == _book(other)
    if (first.numbers is None) != (other.numbers is None):
        return False
    if first.numbers is not None and other.numbers is not None:
        return _same_range(one, other, loosely=loosely)
    if len(other.answers) == 1 and all(len(column.answers) == 1 for column in one):
        return loosely  # one column a choice, empty where it was not made
    ours, theirs = set(map(normal_text, together(one))), set(map(normal_text, other.answers))
    if rank([*together([*one, other])]) is not None:
        return True
    return 2 * len(ours & theirs) >= len(ours | theirs)


def _same_range(one: Sequence[Facts], other: Facts, *, loosely: bool) -> bool:
    ends = [_ends(column) for column in one]
    low, high, small = min(e[0] for e in ends), max(e[1] for e in ends), all(e[2] for e in ends)
    their_low, their_high, their_small = _ends(other)
    if small != their_small:
        return False
    if not small:
        return loosely
    if loosely:
        return max(high, their_high) - min(low, their_low) <= _WIDEST
    few = min(other.people, max(column.people for column in one)) < _ENOUGH
    wide = min(high, their_high) > _COARSE  # people use the ends of a wide range less
    return abs(high - their_high) <= (2 if wide else int(few)) and (
        wide or (low < 1) == (their_low < 1)
    )


def _ends(column: Facts) -> tuple[float, float, bool]:
    """Least and greatest number, and whether all are whole numbers close to each other."""
    numbers = (column.numbers or {}).values()
    low, high = min(numbers, default=0), max(numbers, default=0)
    return low, high, column.integers is not None and high - low <= _WIDEST and abs(low) <= _WIDEST


# -- three kinds of answers -----------------------------------------------------------------------


def _from_code_book(columns: Sequence[Facts], answers: Mapping[str, int]) -> Response | None:
    """Codes with the labels of the export's code book."""
    variable = columns[0].variable
    book = _book(columns[0])
    for column in columns:  # a label of no answer that is one here
        given = {
            a: one_line(column.variable.labels[a]) for a in answers if a in column.variable.labels
        }
        book |= given
    codes, labels = list(book), list(book.values())
    if len(codes) < 2:
        return None
    whole = [_whole(code) for code in codes]
    integers = [n for n in whole if n is not None] if None not in whole else []
    ranked = rank(labels)
    doubts: tuple[str, ...] = ()
    kind = "ordinal"
    if ranked is not None:
        order = list(ranked.order)
        if integers and [integers[i] for i in order] != sorted(integers):
            doubts = (f"{ORDER}: the codes of the file run otherwise",)
    elif integers:
        order = sorted(range(len(codes)), key=integers.__getitem__)
        in_order = [labels[i] for i in order]
        if not variable.ordered:
            doubts = (ORDER,)
        if len(codes) > 2 and in_order == sorted(in_order, key=str.casefold):
            kind = "categorical"  # numbered in alphabetical order: the numbers mean nothing
            doubts = (f"{ORDER}; then write type: ordinal",)
    else:
        order = list(range(len(codes)))
        if not variable.ordered:
            kind, doubts = "categorical", (f"{ORDER}; then write type: ordinal",)
    in_order_codes = [codes[i] for i in order]
    keep = integers and [integers[i] for i in order] == sorted(integers)
    values = tuple(sorted(integers)) if keep else tuple(range(1, len(codes) + 1))
    plain = keep and in_order_codes == [str(v) for v in values]
    told = _distinct([labels[i] for i in order]) and any(c != lb for c, lb in book.items())
    if kind == "ordinal" and any(reason_of(label) is not None for label in labels):
        kind, doubts = "categorical", (f"{ORDER}; one of them may be no answer",)
    if ranked is not None and ranked.name == "chosen":
        kind, values, plain = "categorical", (0, 1), in_order_codes == ["0", "1"]
    return Response(
        name=_named(ranked, len(codes)) if ranked else "",
        type=kind,
        values=values,
        labels=tuple(labels[i] for i in order) if told else (),
        codes=() if plain else tuple(in_order_codes),
        language=ranked.language if ranked else "",
        doubts=doubts if told or ranked else (*doubts, "labels"),
    )


def _from_numbers(columns: Sequence[Facts]) -> Response | None:
    """Codes without labels: a small range of whole numbers, or a slider."""
    ends = [_ends(column) for column in columns]
    low, high = min(e[0] for e in ends), max(e[1] for e in ends)
    if not all(e[2] for e in ends) or high - low > _WIDEST:
        if low >= 0 and _WIDEST < high <= 100:
            return Response(name="from_0_to_100", type="numeric", ends=(0, 100), doubts=("range",))
        return Response(name="number", type="numeric", doubts=("range: write min and max",))
    seen = sorted({n for column in columns for n in column.integers or ()})
    if seen == [1] and len(columns) > 1:
        return CHOICE  # one column a choice, empty where it was not made
    least = 1 if seen[0] == 2 else seen[0]
    every = tuple(range(least, seen[-1] + 1)) if len(seen) > 1 else _around(seen[0])
    absent = [n for n in range(seen[0], seen[-1]) if n not in seen]
    gap = max((high - low for low, high in pairwise(seen)), default=1)
    odd = gap > 1 if seen[-1] <= _COARSE else gap > _GAP
    if odd and sum(column.people for column in columns) >= _ENOUGH:
        return Response(
            name="",
            type="categorical",
            values=tuple(seen),
            doubts=(
                f"{ORDER}: nobody gave {', '.join(map(str, absent))}, so the codes may have been "
                "renumbered; an export of the choice texts tells; then write type: ordinal",
            ),
        )
    name = f"from_{every[0]}_to_{every[-1]}".replace("-", "minus_")
    return Response(name=name, values=every, doubts=("range and labels",))


def _from_words(columns: Sequence[Facts], answers: Mapping[str, int]) -> Response | None:
    """Choice texts: in their known order, by a number in them, or as they first appear."""
    labels = [one_line(answer) for answer in answers]
    if not _distinct(labels):
        return None
    ranked = rank(labels)
    told = all(columns[0].may_be_told(a, n) or a in _told_elsewhere(columns, a)
               for a, n in answers.items())  # fmt: skip
    known = ranked is not None and not ranked.own
    if not known and (not told or len(labels) > MOST_CHOICES):
        return None
    if ranked is not None:
        return Response(
            name=_named(ranked, len(labels)),
            type="categorical" if ranked.name == "chosen" else "ordinal",
            values=_values(ranked, len(labels)),
            labels=tuple(labels[i] for i in ranked.order),
            language=ranked.language,
            doubts=() if ranked.symmetric else ("add answers that nobody gave",),
        )
    if len(labels) < 2:
        return None
    numbers = [_number_in(label) for label in labels]
    found = [n for n in numbers if n is not None]
    if len(found) == len(labels) == len(set(found)) and max(found) - min(found) <= _WIDEST:
        order = sorted(range(len(labels)), key=found.__getitem__)
        return Response(
            name="",
            values=tuple(sorted(found)),
            labels=tuple(labels[i] for i in order),
            doubts=(f"{ORDER}: guessed from the numbers in them",),
        )
    if all(len(column.answers) == 1 for column in columns):
        return replace(CHOICE, name="", aliases=((CHOICE.labels[1], tuple(labels)),))
    return Response(
        name="",
        type="categorical",
        values=tuple(range(1, len(labels) + 1)),
        labels=tuple(labels),
        doubts=(f"{ORDER}; then write type: ordinal",),
    )


def _told_elsewhere(columns: Sequence[Facts], answer: str) -> Sequence[str]:
    return [answer] if any(c.in_code_book(answer) for c in columns) else []


# -- answers that are none ------------------------------------------------------------------------

_FEW_CODES = 3
_CODES = frozenset({77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 9999})


def missing_codes(columns: Sequence[Facts]) -> dict[str, str]:
    """Guess which answers of a file say that there is none: words, and codes off every range.

    A code counts only where no other column of the file has it as an answer, for an instrument's
    missing codes hold for all of its columns.
    """
    found: dict[str, str] = {}
    for column in columns:
        labels = column.labels()
        few = len(labels) <= MOST_CHOICES + 3
        rest = {a: label for a, label in labels.items() if reason_of(label) is None}
        numeric = all(parse_number(a, column.decimal) is not None for a in rest)
        if not (few or numeric):
            continue
        for answer, label in labels.items():
            reason = reason_of(label)
            if reason is None or (reason == "dont_know" and rank([*rest.values()]) is None):
                continue
            # A label means the same in every column, a code need not.
            found.setdefault(label if answer in column.variable.labels else answer, reason)
        if not column.variable.labels and few:
            for code in _off_range(column):
                found.setdefault(code, "not_answered")
    return {a: r for a, r in found.items() if not any(_is_answer(a, r, c) for c in columns)}


def without(column: Facts, missing: Mapping[str, str]) -> Facts:
    """A column without the answers that are none."""
    words = {normal_text(answer) for answer in missing}
    labels = column.labels()
    kept = {
        answer: people
        for answer, people in column.answers.items()
        if words.isdisjoint((normal_text(answer), normal_text(labels[answer])))
    }
    return replace(column, answers=kept)


def _off_range(column: Facts) -> list[str]:
    """Codes such as -9 or 99 that stand apart from a small range of others."""
    integers = column.integers
    if integers is None:
        return []
    usual = [n for n in integers if 0 <= n <= _WIDEST]
    odd = [n for n in integers if n not in usual]
    if len(usual) < 2 or not 0 < len(odd) <= _FEW_CODES or (0 in usual and -1 in odd):
        return []  # -1 below 0 may be an answer
    if any(n not in _CODES and not -99 <= n < 0 and n != -999 for n in odd):
        return []
    numbers = column.numbers or {}
    return [answer for answer, number in numbers.items() if int(number) in odd]


def _is_answer(code: str, reason: str, column: Facts) -> bool:
    """Whether a column has a guessed missing code as an answer of its own."""
    number = parse_number(code, column.decimal)
    if number is None or code not in column.answers:
        return False
    label = column.variable.labels.get(code)
    if label is not None:
        return reason_of(label) is None
    return code not in _off_range(column)


def _book(column: Facts) -> dict[str, str]:
    """Code -> label, without those that are no answers."""
    labels = column.variable.labels
    return {c: one_line(text) for c, text in labels.items() if not _is_missing(c, text, column)}


def _is_missing(code: str, label: str, column: Facts) -> bool:
    variable, number = column.variable, parse_number(code, column.decimal)
    ranges = variable.missing_ranges
    return (
        code in variable.missing
        or code in variable.reasons
        or label in variable.reasons
        or reason_of(label) is not None
        or (number is not None and any(low <= number <= high for low, high in ranges))
    )


def _around(code: int) -> tuple[int, ...]:
    """Codes of a response scale of which only one was ever used."""
    return (0, 1) if code in (0, 1) else tuple(range(min(code - 1, 1), max(code, 2) + 1))


# -- small pieces ---------------------------------------------------------------------------------

_TWO = ("yes_no", "true_false", "chosen", "consent")


def _named(ranked: Ranked, count: int) -> str:
    return ranked.name if ranked.name in _TWO else f"{ranked.name}{count}"


def _values(ranked: Ranked, count: int) -> tuple[int, ...]:
    return (0, 1) if ranked.name in _TWO else tuple(range(1, count + 1))


def _whole(code: str) -> int | None:
    number = parse_number(code, ".")
    whole = number is not None and number == round(number) and abs(number) <= _LIMIT
    return int(number) if whole and number is not None else None


def _number_in(label: str) -> int | None:
    """Number that a label begins with or ends in: ``1 (not at all)``, ``neutral (0)``."""
    found = re.match(r"\s*(-?\d{1,2})(?![\d.,/%:-])", label) or re.search(
        r"[(\[](-?\d{1,2})[)\]]\s*$", label
    )
    return None if found is None else int(found.group(1))


def _distinct(labels: Sequence[str]) -> bool:
    keys = sorted(normal_text(label) for label in labels)
    words = all(plain_words(label) or label.strip() for label in labels)
    return words and all(a != b for a, b in pairwise(keys)) and "" not in keys
