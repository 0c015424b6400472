"""What of a result may be shown to others: a class, or everybody.

Two people in a group who chose one answer are easily known by the others of the group. So counts of
few people are suppressed, numbers that rest on few people are not given, and numbers are rounded as
they are printed, because the exact mean of whole numbers tells how many there are.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, check_word
from detachment.estimates._result import Result
from detachment.stats.disclosure import merge_categories
from detachment.text import listing

if TYPE_CHECKING:
    from detachment.estimates.items import ItemAnalysis
    from detachment.estimates.participants import Participants
    from detachment.validation import Survey

Disclosure = Literal["none", "class", "publish"]
FEWEST: Mapping[str, int] = {"none": 0, "class": 5, "publish": 10}
SUPPRESSED = "suppressed"
R = TypeVar("R", bound=Result)

_KEYS = (("row", "column"), ("item",), ("scale",))  # columns that name a row of a result
DECIMALS = {"p": 3, "p_adjusted": 3}  # of all other numbers two are printed
_NOT_PEOPLE = ("received", "test_or_preview")  # steps of the ledger that are about nobody
_COARSE = 40  # times the minimum: from here one decimal of a mean leaves each count open
_MOMENTS = ["mean", "sd", "skew", "kurtosis"]
_PEOPLE = re.compile(r"\b(respondents?|people|persons?|rows?|records?|couples?|partners?|dyads?)\b")
_NUMBER = re.compile(r"(?<![\w.=\-\N{MINUS SIGN}])\d[\d,.]*\b(?!%)")
_RULE = re.compile(r"\bfewer than \d+ people\b")  # what is hidden, and not how many there are
_TELLING = re.compile(r"\bn = \d|\bevery (?:answer|value) is\b")


def fewest(disclosure: str) -> int:
    """Fewest people about whom something is shown; 0 where everything is.

    Raises
    ------
    UsageError
        When the word is none of ``none``, ``class`` and ``publish``.

    Examples
    --------
    >>> fewest("class"), fewest("publish"), fewest("none")
    (5, 10, 0)
    """
    return FEWEST[check_word("disclosure", disclosure, get_args(Disclosure))]


def is_few(people: int, minimum: int, *, of: int | None = None) -> bool:
    """Whether a count is about few people, or ``of`` so many all but a few.

    Examples
    --------
    >>> is_few(3, 5), is_few(0, 5), is_few(98, 5, of=100)
    (True, False, True)
    """
    return 0 < people < minimum or (of is not None and 0 < of - people < minimum)


def require_people(people: int, minimum: int) -> None:
    """Refuse to say anything about fewer people than the minimum.

    Raises
    ------
    Refusal
        When there are too few.
    """
    if people < minimum:
        raise Refusal(
            f"This would be about fewer than {minimum} people, and whoever knows them could tell "
            "what each one answered. Collect more answers, or keep it to yourself with disclosure "
            "none."
        )


def tells_of_people(text: str) -> bool:
    """Whether a sentence counts people, names rows of the file, or says what everybody answered.

    Examples
    --------
    >>> tells_of_people("s1: 2 answers are wrong: row 7 (55)."), tells_of_people("Fisher's z.")
    (True, False)
    """
    text = _RULE.sub("few", text)
    counting = _PEOPLE.search(text) is not None and _NUMBER.search(text) is not None
    return counting or _TELLING.search(text) is not None


def without_people(texts: Iterable[str]) -> tuple[str, ...]:
    """Sentences that tell of no people."""
    return tuple(text for text in texts if not tells_of_people(text))


def protect(result: R, minimum: int) -> R | None:
    """Make of a result one that can be shown to others.

    Rows that rest on fewer people than ``minimum`` are left out. ``n`` is rounded down to a
    multiple of it, so that nobody can count who is missing by subtraction; other numbers are
    rounded as they are printed. Sentences that count people or name rows are left out.

    Parameters
    ----------
    result
        With a column ``n``.
    minimum
        Fewest people; 0 changes nothing.

    Returns
    -------
    Result or None
        None where no row is left.

    References
    ----------
    Bond, S., Brandt, M., & de Wolf, P.-P. (2015). *Guidelines for output checking*. Eurostat:
    statistics other than counts are safe where enough people are behind them.
    """
    if not minimum:
        return result
    table = result.table
    kept = (table["n"] >= minimum).to_numpy(bool)
    if not kept.any():
        return None
    shown = table[kept].reset_index(drop=True)
    shown["n"] = shown["n"] // minimum * minimum
    for name in shown.select_dtypes("float64"):
        shown[name] = shown[name].round(DECIMALS.get(str(name), 2))
    if "reason" in shown:
        shown["reason"] = ["; ".join(without_people(t.split("; "))) for t in shown["reason"]]
    notes = [*without_people(result.notes), rounding_note(minimum)]
    if not kept.all():
        names = next(list(keys) for keys in _KEYS if set(keys) <= set(table))
        few = [
            " with ".join(result.label(str(row[c])) for c in names)
            for row in table.loc[~kept, names].to_dict("records")
        ]
        notes.append(
            f"Left out, because fewer than {minimum} people are behind it: {listing(few)}."
        )
    changes: dict[str, Any] = {
        "table": shown,
        "notes": tuple(notes),
        "warnings": without_people(result.warnings),
        "n": {},
    }
    own = {one.name for one in fields(result)}
    if "remarks" in own:
        remarks = getattr(result, "remarks")  # noqa: B009 - a field of some results
        changes["remarks"] = {k: v for k, v in remarks.items() if not tells_of_people(v)}
    if "reasons" in own:
        reasons = getattr(result, "reasons")  # noqa: B009
        changes["reasons"] = tuple(why for why, keep in zip(reasons, kept, strict=True) if keep)
    return replace(result, **changes)


def rounding_note(minimum: int) -> str:
    """The sentence that says how n is rounded."""
    return f"n is rounded down to a multiple of {minimum}."


def option_groups(
    survey: "Survey", item: str, rows: NDArray[np.bool_], minimum: int
) -> tuple[tuple[int, int], ...]:
    """First and last answer of each group of neighbouring answers that can be shown apart.

    Parameters
    ----------
    survey
        Validated answers.
    item
        One with declared answers.
    rows
        Who counts.
    minimum
        Fewest people; 0 leaves every answer apart.
    """
    given = survey.responses.loc[rows, item]
    values = survey.instrument.response_scale(item).values
    groups = merge_categories([int((given == value).sum()) for value in values], minimum)
    numbers = groups.tolist()
    return tuple(
        (numbers.index(one), len(numbers) - 1 - numbers[::-1].index(one))
        for one in dict.fromkeys(numbers)
    )


def is_coarse(survey: "Survey", item: str, rows: NDArray[np.bool_], minimum: int) -> bool:
    """Whether some answers of an item can only be shown together."""
    options = survey.instrument.response_scale(item).values
    if not options or item not in survey.responses:
        return False
    return len(option_groups(survey, item, rows, minimum)) < len(options)


def protect_items(
    result: "ItemAnalysis", survey: "Survey", rows: NDArray[np.bool_], minimum: int
) -> "ItemAnalysis | None":
    """As :func:`protect`, for item statistics, which tell how many chose an answer.

    Floor and ceiling are given where that answer can be shown apart. Mean, standard deviation and
    skewness together give away every count of a short list of answers (CORVIDS): where answers
    must be joined they are left out, or have one decimal where many answered.

    References
    ----------
    Wilner, S., Wood, K., & Simons, D. J. (2018). *Complete recovery of values in Diophantine
    systems (CORVIDS)*. PsyArXiv.
    """
    if not minimum:
        return result
    frame = result.table.copy()
    reasons = [dict(why) for why in result.reasons]
    people = int(rows.sum())
    for place, row in enumerate(frame.to_dict("records")):
        hidden = _hidden_of_item(survey, row, rows, people, minimum)
        coarse = "mean" in hidden and row["n"] >= _COARSE * minimum
        for column in hidden:
            value = np.nan
            if coarse and column in ("mean", "sd"):
                value = round(float(row[column]), 1)
            else:
                reasons[place][column] = f"fewer than {minimum} people would be told of"
            frame.loc[place, column] = value
    notes = (
        *result.notes,
        f"Statistics that tell of 1 to {minimum - 1} people are not given.",
    )
    return protect(replace(result, table=frame, reasons=tuple(reasons), notes=notes), minimum)


def _hidden_of_item(
    survey: "Survey",
    row: Mapping[Any, Any],
    rows: NDArray[np.bool_],
    people: int,
    minimum: int,
) -> set[str]:
    """Columns of a row of item statistics from which a small count would follow."""
    n, item, hidden = int(row["n"]), str(row["item"]), set()
    if is_few(round(float(row["missing"]) * people), minimum, of=people):
        hidden.add("missing")
    scale = survey.instrument.scales.get(str(row["scale"]))
    options = survey.instrument.response_scale(item).values
    test = scale is not None and scale.model == "dichotomous_test"
    if test or not options:
        ends = [row["floor"], row["ceiling"]]
        shares = [*ends, 1 - sum(ends)] if not np.isnan(ends).any() else []
        if any(is_few(round(share * n), minimum) for share in shares):
            hidden |= {"floor", "ceiling", *(_MOMENTS if test else ())}
        return hidden
    groups = option_groups(survey, item, rows, minimum)
    ends_apart = [groups[0] == (0, 0), groups[-1] == (len(options) - 1,) * 2]
    if row["keyed"] < 0:
        ends_apart.reverse()
    # Of fewer people than the wave holds, the same shares would tell of the difference.
    masked = scale is not None and bool(scale.mask_when)
    hidden |= {
        name
        for name, apart in zip(("floor", "ceiling"), ends_apart, strict=True)
        if masked or not apart
    }
    if len(groups) < len(options):
        hidden |= set(_MOMENTS)
    return hidden


def protect_ledger(ledger: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The steps from rows received to rows analysed, without those about few people.

    How many are analysed is always shown. So where a step left out few, it is hidden how many
    there were before it: the difference would tell. Records that the platform marks as tests are
    about nobody and stay.

    Returns
    -------
    DataFrame
        As given, but ``before``, ``excluded`` and ``after`` are missing where hidden.
    """
    if not minimum:
        return ledger
    shown = ledger.astype({"before": "Int64", "excluded": "Int64", "after": "Int64"})
    shown = shown.reset_index(drop=True)
    few = [
        is_few(int(n), minimum) and rule not in _NOT_PEOPLE
        for n, rule in zip(ledger["excluded"], ledger["rule"], strict=True)
    ]
    if not any(few):
        return shown
    last = max(place for place, hide in enumerate(few) if hide)
    shown.loc[:last, "before"] = pd.NA
    shown.loc[: last - 1, "after"] = pd.NA
    for place, hide in enumerate(few):
        words = re.sub(r"^[\d,]+ ", "", str(ledger["message"].iloc[place]))
        if hide:
            shown.loc[place, "excluded"] = pd.NA
            shown.loc[place, "message"] = f"fewer than {minimum} {words}"
        elif place == 0:
            shown.loc[place, "message"] = words
    return shown


def protect_participants(result: "Participants", minimum: int) -> "Participants":
    """As :func:`protect_ledger`, and without the flags of few people, or of all but few.

    Raises
    ------
    Refusal
        When a step left out few people: the way from received to analysed would tell how many.
    """
    if not minimum:
        return result
    if protect_ledger(result.table, minimum)["before"].isna().any():
        raise Refusal(
            f"a step left out fewer than {minimum} people, and a flow of numbers would tell how "
            "many."
        )
    people = int(result.table["after"].iloc[-1])
    flags = tuple((f, n) for f, n in result.flags if not is_few(n, minimum, of=people))
    return replace(result, flags=flags)


def count_shown(people: int, minimum: int) -> str:
    """A count in a sentence.

    Examples
    --------
    >>> count_shown(3, 5), count_shown(1200, 5)
    ('fewer than 5', '1,200')
    """
    return f"fewer than {minimum}" if is_few(people, minimum) else f"{people:,}"
