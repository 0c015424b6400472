"""Who belongs to which group: the column that a comparison is made by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import UsageError, check_word
from detachment.estimates._scales import Sample
from detachment.estimates._words import Words, as_words, declared_order
from detachment.text import counted, listing
from detachment.validation import Survey

MOST_GROUPS = 20
# Roles of columns whose values may be shown: none of them says who somebody is.
ROLES = ("group", "wave", "partner_role")
SHOWN_ROLES = (*ROLES, "demographic", "cluster", "attention", "consent")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Groups of the rows of a sample.

    Attributes
    ----------
    by
        Column that says who is where.
    role
        Of that column; empty for a plain table.
    names
        Of the G groups, the reference first.
    code
        Group of each row, from 0; -1 where it is not known, (rows,).
    """

    by: str
    role: str
    names: tuple[str, ...]
    code: NDArray[np.int64]


def split_frame(
    data: Survey | pd.DataFrame, by: str
) -> tuple[Survey | pd.DataFrame, "pd.Series[Any] | None"]:
    """A plain table without the column of its groups, and that column; a survey as it is."""
    if not isinstance(data, pd.DataFrame):
        return data, None
    names = [str(name) for name in data.columns]
    check_word("by", by, names)
    at = names.index(by)
    if names.count(by) > 1:
        raise UsageError(f"by names {by!r}, and the table has {names.count(by)} such columns.")
    return data.iloc[:, [k for k in range(len(names)) if k != at]], data.iloc[:, at]


def group_rows(
    sample: Sample, by: str, column: "pd.Series[Any] | None", reference: str | None
) -> Groups:
    """Groups of the rows used.

    Parameters
    ----------
    sample
        The rows.
    by
        Name of a column of a plain table; id, or role, of a metadata column of a survey.
    column
        The column of a plain table, all rows.
    reference
        Group that comes first; by default the first as declared, else in ascending order.

    Raises
    ------
    UsageError
        When there is no such column, it says who people are, or it makes fewer than two groups or
        too many.
    """
    role = ""
    declared: tuple[str, ...] = ()
    if column is None:
        by, role, declared, column = column_of_groups(sample, by)
    words = group_words(column, sample.rows)
    known = words != ""
    names = names_of_groups(by, set(words[known]), column, declared)
    if reference is not None:
        check_word("reference", str(reference), names)
        names = [str(reference), *(name for name in names if name != str(reference))]
    place = {name: k for k, name in enumerate(names)}
    code = np.array(
        [place[w] if k else -1 for w, k in zip(words, known, strict=True)], dtype=np.int64
    )
    return Groups(by=by, role=role, names=tuple(names), code=code)


def group_words(column: "pd.Series[Any]", rows: NDArray[np.bool_]) -> Words:
    """Group of each of the rows used, as text, empty where it is not known."""
    values = column.to_numpy(dtype=object)
    values = values[rows] if len(column) != int(rows.sum()) else values
    return as_words(pd.Series(values, dtype=object))


def names_of_groups(
    by: str, words: Iterable[str], column: "pd.Series[Any]", declared: Sequence[str]
) -> list[str]:
    """Groups in their order; fewer than two, or too many, are refused."""
    there = sorted(words)
    names = declared_order(there, column, declared) or _ascending(there)
    if len(names) < 2:
        raise UsageError(
            f"by: {by} makes {counted(len(names), 'group')} of these rows, and a comparison needs "
            "two or more."
        )
    if len(names) > MOST_GROUPS:
        raise UsageError(
            f"by: {by} has {len(names)} different values, too many for groups (at most "
            f"{MOST_GROUPS}). Name a column with few categories."
        )
    return names


def column_of_groups(sample: Sample, by: str) -> tuple[str, str, tuple[str, ...], "pd.Series[Any]"]:
    """Id, role, declared values and cells of the column of a survey that makes groups."""
    there = {c.id: c for c in sample.instrument.columns.values() if c.id in sample.survey.responses}
    roles = [role for role in ROLES if any(c.role == role for c in there.values())]
    if by in roles and by not in there:
        by = next(c.id for c in there.values() if c.role == by)
    shown = [c.id for c in there.values() if c.role in SHOWN_ROLES]
    if by in there and by not in shown:
        raise UsageError(
            f"by: {by} says who people are or what they wrote (its role is {there[by].role}); "
            f"groups are made by {listing(shown, 'or') if shown else 'a column of its own'}."
        )
    check_word("by", by, list(dict.fromkeys([*shown, *roles])) or ["a metadata column"])
    return by, there[by].role, there[by].allowed, sample.survey.responses[by]


def _ascending(words: list[str]) -> list[str]:
    if all(word.lstrip("-").isdecimal() for word in words):
        return sorted(words, key=int)
    return words
