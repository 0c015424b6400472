"""Small pieces of explanations, in the style of APA 7 and in plain words.

An explanation is what a result says of its estimates, one sentence each, and then how they were
made: in APA style a note of what the result knows of its method, in plain words what the pieces
that were used mean, each said once.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isnan
from typing import Literal

from detachment.text import MINUS, bounded, count, interval, level, listing, number, percent

Style = Literal["apa", "plain"]
STYLES: tuple[Style, ...] = ("apa", "plain")
LIKELY = "likely between"
CHANCE = "by chance alone"
LINK = (
    "A link is a number from −1 to 1. At 0, knowing one of the two says nothing in a straight line "
    "about the other; the nearer to 1, the more closely both rise together, and the nearer to −1, "
    "the more closely one falls as the other rises."
)
RANKS = (
    "A link is a number from −1 to 1. At 1, whoever is higher in one is always higher in the other "
    "too, at −1 always lower, and at 0 the one order says nothing about the other."
)
NO_CAUSE = (
    "That two things go together does not say that one brings about the other, or which of them: "
    "something else may bring about both."
)
CONSISTENCY = (
    "Consistency is a number from 0 to 1: which part of the differences between people's scores "
    "would come back if other questions of the same kind were asked."
)
_NOT_GIVEN = "no number is given"

# What a note tells the caller rather than the reader: options, and rows of the file.
_ASIDE = re.compile(
    r"\s*\((?:rows \d|[^()]*(?:--[a-z]|[a-z]=|to_frame\(\)|dt\.))[^()]*(?:\(\))?[^()]*\)"
)
_FOR_CALLERS = re.compile(r"(?:^|\s)--[a-z]|\b[a-z_]+=|`detachment |\bAsk [a-z]|\bin Python\b")
_CLAUSES = re.compile(r"(?<=[.;:]) ")
_HYPHENS = re.compile(r"(?<= )-(?= )|(?<![\w.])-(?=\.?\d)")  # that are meant as a minus
_COLUMNS = {
    "p_adjusted": "Adjusted p",
    "bayes_factors": "Bayes factors",
    "n_effective": "The effective n",
    "d_self": "d (self)",
}
_AN_ID = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")

_GAPS = {
    "pairwise": "Anyone who left a question out is missing only where that question is needed.",
    "listwise": "Anyone who left out any question that is needed here is not counted at all.",
    "fiml": "Anyone who left a question out still counts, with the answers that were given; that "
    "is right if what was left out depends on nothing but the answers that are there.",
    "score": "A score needs most of its questions answered; without them a person has no score and "
    "is not counted.",
    "answered": "Only people who answered a question count in its numbers.",
}
_GAPS["em"] = _GAPS["fiml"]


# In the style of APA 7.


def stated(
    symbol: str,
    value: float,
    low: float,
    high: float,
    *,
    confidence: float | None = None,
    can_exceed_one: bool = False,
    digits: int = 2,
) -> str:
    """Write an estimate with its interval, where it has one.

    Parameters
    ----------
    symbol
        What is estimated.
    value, low, high
        The estimate and the ends of its interval.
    confidence
        Level of the interval; None where the sentence has said it before.
    can_exceed_one, digits
        As for :func:`~detachment.text.interval`.

    Returns
    -------
    str

    Examples
    --------
    >>> stated("r", 0.47, 0.43, 0.51, confidence=0.95), stated("d", 0.3, float("nan"), 1.0)
    ('r = .47, 95% CI [.43, .51]', 'd = .30')
    """
    text = f"{symbol} = {(number if can_exceed_one else bounded)(value, digits)}"
    if isnan(low) or isnan(high):
        return text
    ends = interval(low, high, digits, can_exceed_one=can_exceed_one)
    return f"{text} {ends}" if confidence is None else f"{text}, {level(confidence)} CI {ends}"


def for_readers(note: str, labels: Mapping[str, str]) -> str:
    """Leave out of a note what is said to its caller, and put labels in place of ids.

    Examples
    --------
    >>> for_readers("Wave 1 of 2. Choose another with --wave (wave= in Python).", {})
    'Wave 1 of 2.'
    >>> for_readers("Left out: eff_sat (rows 2, 3, and 9 more).", {"eff_sat": "Satisfaction"})
    'Left out: Satisfaction.'
    """
    clauses = _CLAUSES.split(_ASIDE.sub("", note))
    kept = " ".join(clause for clause in clauses if not _FOR_CALLERS.search(clause))
    if kept[-1:] in (";", ":", ","):
        kept = f"{kept[:-1]}."

    def words(found: re.Match[str]) -> str:
        text = labels.get(found[0]) or _COLUMNS.get(found[0], "")
        return text if text and text[-1] not in ".?!" else found[0]

    return _HYPHENS.sub(MINUS, _AN_ID.sub(words, kept))


def note_of(sentences: Sequence[str], notes: Iterable[str], labels: Mapping[str, str]) -> list[str]:
    """The note at the end of an explanation: what was assumed, left out, and how."""
    said = (for_readers(note, labels) for note in notes)
    known = tuple(sentences)
    kept = dict.fromkeys(text for text in said if text and not text.startswith(known))
    return [f"Note. {' '.join(kept)}"] if kept else []


# In plain words.


def in_words(share: float) -> str:
    """Say a share as people say it.

    Examples
    --------
    >>> [in_words(x) for x in (0.31, 0.5, 0.07, 0.667, 0.002, 0.0, 1.0)]
    ['about 3 in 10', 'about half', 'about 7 in 100', 'about two thirds', 'fewer than 1 in 100', \
'none', 'all']
    """
    if share <= 0 or share >= 1:
        return "none" if share <= 0 else "all"
    if share < 0.01 or share > 0.99:
        return "fewer than 1 in 100" if share < 0.5 else "more than 99 in 100"
    fractions = ((0.25, "a quarter"), (1 / 3, "a third"), (0.5, "half"), (2 / 3, "two thirds"),
                 (0.75, "three quarters"))  # fmt: skip
    for value, words in fractions:
        if abs(share - value) < 0.0125:
            return f"about {words}"
    tenths = round(10 * share)
    if share > 0.095 and abs(share - tenths / 10) < 0.0205 and tenths < 10:
        return f"about {tenths} in 10"
    return f"about {round(100 * share)} in 100"


def likely(low: float, high: float, write: Callable[[float], str] = number) -> str:
    """Say an interval; nothing where it is not known.

    Examples
    --------
    >>> likely(0.434, 0.51), likely(float("nan"), 1.0)
    ('likely between 0.43 and 0.51', '')
    """
    if isnan(low) or isnan(high):
        return ""
    return f"{LIKELY} {write(low)} and {write(high)}"


def likely_more(low: float, high: float) -> str:
    """Say the interval of a difference with its directions.

    Examples
    --------
    >>> likely_more(-0.78, -0.58), likely_more(-0.15, 0.06), likely_more(0.1, 0.25)
    ('likely between 0.58 and 0.78 lower', 'likely between 0.15 lower and 0.06 higher', \
'likely between 0.10 and 0.25 higher')
    """
    if isnan(low) or isnan(high):
        return ""
    if low < 0 < high:
        return f"{LIKELY} {number(-low)} lower and {number(high)} higher"
    if high <= 0:
        return f"{LIKELY} {number(-high)} and {number(-low)} lower"
    return f"{LIKELY} {number(low)} and {number(high)} higher"


def whole_percent(share: float) -> str:
    """Write a share as a percentage without decimals, one decimal where it is small."""
    return percent(share, 0 if 0.01 <= share <= 0.99 or share in (0, 1) else 1)


def by_chance(p: float) -> str:
    """Say a p value as how often; nothing where it is not known.

    Examples
    --------
    >>> by_chance(0.0342), by_chance(1e-9), by_chance(0.0101)
    ('by chance alone: 3 times in 100', 'by chance alone: fewer than 1 time in 1,000', \
'by chance alone: 1 time in 100')
    """
    return "" if isnan(p) else f"{CHANCE}: {how_often(p)}"


def how_often(p: float) -> str:
    """Say a probability as how often.

    Examples
    --------
    >>> how_often(0.31), how_often(0.9999)
    ('31 times in 100', 'nearly always')
    """
    if p < 0.001:
        return "fewer than 1 time in 1,000"
    times, of = (round(1000 * p), "1,000") if p < 0.0095 else (round(100 * p), "100")
    return "nearly always" if p > 0.995 else f"{times} time{'s'[: times != 1]} in {of}"


def more(difference: float) -> str:
    """Say a difference in points with its direction.

    Examples
    --------
    >>> more(0.234), more(-1.0), more(0.001)
    ('0.23 points higher', '1.00 points lower', 'neither higher nor lower')
    """
    size = number(abs(difference))
    if not size.strip("0."):
        return "neither higher nor lower"
    return f"{size} points {'higher' if difference > 0 else 'lower'}"


def people(n: float | None) -> str:
    """Say how many people a number rests on.

    Examples
    --------
    >>> people(1394)
    'n = 1,394'
    """
    return f"n = {count(n)}"


def aside(*pieces: str) -> str:
    """Put pieces that are there into brackets.

    Examples
    --------
    >>> aside("likely between 1 and 2", "", "n = 30")
    ' (likely between 1 and 2; n = 30)'
    """
    said = "; ".join(filter(None, pieces))
    return f" ({said})" if said else ""


def not_given(what: str, reason: str) -> str:
    """Say that there is no number, and why."""
    return f"{what}: {_NOT_GIVEN}, because {plain_reason(reason)}."


def plain_reason(reason: str) -> str:
    """A reason without what to ask instead, and without words of the program."""
    words = {
        "its model is single_item: one item has": "it is a single question, and one question has",
        "its model is formative: the items": "it counts what need not go together: its items",
    }
    reason = reason.split(". Ask ")[0].rstrip(".")
    for technical, plain in words.items():
        reason = reason.replace(technical, plain)
    return reason or "these answers do not allow it"


def times_in(confidence: float) -> str:
    """How often a method is right.

    Examples
    --------
    >>> times_in(0.95), times_in(0.995)
    ('95 times in 100', '99.5 times in 100')
    """
    return f"{level(confidence)[:-1]} times in 100"


def meaning(
    sentences: Sequence[str],
    means: Iterable[str],
    *,
    confidence: float | None,
    gaps: str | None,
    tests: int = 1,
    adjusted: bool = False,
) -> list[str]:
    """What the pieces of plain sentences mean, each of those that were used said once.

    Parameters
    ----------
    sentences
        What was said of the estimates.
    means
        What these numbers are, and what they are not.
    confidence
        Level of the intervals.
    gaps
        How missing answers were treated: a word of the option ``missing``, ``score`` or
        ``answered``.
    tests, adjusted
        How many tests were made together, and whether the chances allow for that.

    Returns
    -------
    list of str
    """
    text = "\n".join(sentences)
    said = list(means)
    if LIKELY in text and confidence is not None:
        said.append(
            f"“{LIKELY.capitalize()}”: the true value in the population is likely in this range, "
            f"by a method that is right {times_in(confidence)}. The range is not where "
            f"{level(confidence)} of the people are."
        )
    if CHANCE in text:
        said.append(
            f"“{CHANCE.capitalize()}”: how often a sample would show at least as much if there "
            "were nothing to find in the population. It is not the probability that there is "
            "nothing to find."
        )
        if not adjusted:
            tests = max(tests, text.count(CHANCE))
        if tests > 1:
            said.append(
                f"{count(tests)} questions were asked of the same answers, and with many questions "
                "some seem to show something although there is nothing; the chances here "
                + ("allow for that." if adjusted else "do not allow for that.")
            )
    if gaps is not None:
        said.append(_GAPS[gaps])
    if re.search(r"\bn = ", text):
        said.append("The n is how many (people, unless it says otherwise) a number rests on.")
    return said


def named_list(names: object, name: Callable[[str], str]) -> str:
    """Write a selector, one id or several, with labels."""
    every = (
        [names]
        if isinstance(names, str)
        else list(names)
        if isinstance(names, list | tuple)
        else []
    )
    return listing(name(str(one)) for one in every)
