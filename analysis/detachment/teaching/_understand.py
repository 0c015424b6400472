"""From whatever a student hands over to an answer, or to a sentence that says what is amiss."""

import math
import re
from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Number
from typing import Any

from detachment.teaching._exercise import Canonical, Exercise

LONGEST = 200  # characters of an answer
_MINUS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{NO-BREAK SPACE}": " "})
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([., ']\d{3})+")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_YES = {"true", "yes", "t", "y", "right", "correct"}
_NO = {"false", "no", "f", "n", "wrong", "incorrect"}


class NotAnswered(Exception):
    """Nothing was filled in."""


class NotUnderstood(Exception):
    """It is an answer of the wrong kind; the message says which kind it is and what is wanted."""


def understand(exercise: Exercise, answer: object) -> Canonical:
    """Read an answer in any of the ways in which students give it.

    Parameters
    ----------
    exercise
        What was asked.
    answer
        Numbers, text ("0,87", "87 %", ".87"), NumPy scalars, a Series of one value, lists, sets.

    Returns
    -------
    float, str, bool or tuple of str

    Raises
    ------
    NotAnswered
        When the place is still empty.
    NotUnderstood
        When it is of another kind; the message is for the student.
    """
    if answer is None or answer is ...:
        raise NotAnswered
    if isinstance(answer, str) and not answer.strip(" ._?…"):
        raise NotAnswered
    if isinstance(answer, str) and len(answer) > LONGEST:
        raise NotUnderstood(f"That is a long text. {_wanted(exercise)}")
    if callable(answer) and not isinstance(answer, str):
        raise NotUnderstood(
            "That is a function that was not called yet: the round brackets at its end, (), are "
            f"missing. {_wanted(exercise)}"
        )
    if exercise.kind == "names":
        return _names(exercise, answer)
    one = _single(exercise, answer)
    if one is None or one is ...:
        raise NotAnswered
    if exercise.kind == "number":
        return _number(exercise, one)
    if exercise.kind == "truth":
        return _truth(exercise, one)
    return _word(exercise, one)


def _wanted(exercise: Exercise) -> str:
    return f"Asked is {exercise.wanted}."


def _single(exercise: Exercise, answer: Any) -> object:  # noqa: ANN401 - anything comes in
    """The value itself, out of whatever holds just one."""
    for _ in range(3):  # a list in a Series in a frame, and no further
        if isinstance(answer, str | bytes | Number):
            break
        kind = type(answer).__name__
        if hasattr(answer, "iloc") or hasattr(answer, "ravel"):
            size = int(answer.size)
            if size != 1:
                table = kind == "DataFrame"
                what = "a whole table" if table else f"{size:,} values (a {kind})"
                take = (
                    "Take one cell of it, for example with .loc[row, column]."
                    if table
                    else "Take one of them, for example with .iloc[0], or compute one number."
                )
                raise NotUnderstood(f"That is {what}. {_wanted(exercise)} {take}")
            answer = answer.to_numpy().ravel()[0] if hasattr(answer, "iloc") else answer.ravel()[0]
        elif isinstance(answer, list | tuple | set | frozenset):
            if len(answer) != 1:
                raise NotUnderstood(
                    f"That is a {kind} of {len(answer)} values. {_wanted(exercise)}"
                )
            answer = next(iter(answer))
        elif hasattr(answer, "to_frame") and hasattr(answer, "explain"):
            raise NotUnderstood(
                f"That is a whole result. {_wanted(exercise)} Read it from the table above, or "
                "take a cell of its .to_frame()."
            )
        else:
            break
    return answer.item() if type(answer).__module__ == "numpy" else answer


def _number(exercise: Exercise, value: object) -> float:
    if isinstance(value, bool):
        raise NotUnderstood(f"That is {value}, which is no number. {_wanted(exercise)}")
    if isinstance(value, str):
        return _number_in_text(exercise, value)
    if _is_na(value):
        raise NotUnderstood(
            "That is a missing value (NaN or NA): somewhere a missing answer went into the "
            "computation. Leave the missing ones out first, for example with .dropna()."
        )
    if not isinstance(value, Number) or isinstance(value, complex):
        raise NotUnderstood(f"That is a {type(value).__name__}, not a number. {_wanted(exercise)}")
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if not math.isfinite(number):
        if math.isnan(number):
            raise NotUnderstood(
                "That is NaN, “not a number”: somewhere a missing answer went into the "
                "computation, or 0 was divided by 0. Leave the missing ones out first, for "
                "example with .dropna()."
            )
        raise NotUnderstood(
            f"That is infinite or far too large: perhaps 0 divides. {_wanted(exercise)}"
        )
    return number


def _is_na(value: object) -> bool:
    return type(value).__name__ in ("NAType", "NaTType")


def _number_in_text(exercise: Exercise, text: str) -> float:
    plain = text.translate(_MINUS).strip().strip("=≈~ ")
    percent = plain.endswith("%")
    plain = plain.removesuffix("%").strip()
    if exercise.decimals == 0 and _THOUSANDS.fullmatch(plain):
        plain = re.sub(r"[., ']", "", plain)
    plain = plain.replace(" ", "")
    if "," in plain and "." in plain:  # the later of the two is the decimal one
        other = "," if plain.rfind(".") > plain.rfind(",") else "."
        plain = plain.replace(other, "")
    plain = plain.replace(",", ".")
    if not _PLAIN.fullmatch(plain):
        raise NotUnderstood(f"That is text in which no number is understood. {_wanted(exercise)}")
    number = float(plain)
    if not math.isfinite(number):
        raise NotUnderstood(f"That is far too large. {_wanted(exercise)}")
    return number / 100 if percent and exercise.share else number


def _truth(exercise: Exercise, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in _YES | _NO:
            return word in _YES
    raise NotUnderstood(f"That is neither True nor False. {_wanted(exercise)}")


def _word(exercise: Exercise, value: object) -> str:
    if not isinstance(value, str):
        raise NotUnderstood(f"That is a {type(value).__name__}, not text. {_wanted(exercise)}")
    word = value.strip().strip("()[]").strip().casefold().removesuffix(")").removesuffix(".")
    known = {option.casefold(): option for option in exercise.options}
    if word in known:
        return known[word]
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    hint = f' Did you mean "{known[near[0]]}"?' if near else ""
    raise NotUnderstood(f"That is none of the possible answers.{hint} {_wanted(exercise)}")


def _names(exercise: Exercise, answer: object) -> tuple[str, ...]:
    if isinstance(answer, str):
        words: list[object] = [w for w in re.split(r"[,;\s]+", answer) if w]
    elif hasattr(answer, "iloc") and getattr(answer, "ndim", 1) > 1:
        raise NotUnderstood(f"That is a whole table. {_wanted(exercise)}")
    elif isinstance(answer, Iterable):
        words = []
        for word in answer:
            words.append(word)
            if len(words) > len(exercise.options):
                raise NotUnderstood(
                    f"Those are more names than there are to choose from. {_wanted(exercise)}"
                )
    else:
        raise NotUnderstood(f"That is a {type(answer).__name__}. {_wanted(exercise)}")
    if not words or all(word is ... or word is None for word in words):
        raise NotAnswered
    return tuple(sorted({_word(exercise, word) for word in words}))
