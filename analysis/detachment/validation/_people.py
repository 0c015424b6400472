"""Who stands in a source twice, and which dyads have three members, across blocks and parts.

Of each row a few numbers are kept, 20 bytes at most: 64-bit hashes of the respondent and of the
dyad, each with the wave, and one of the partner role. Two of a million people have the same hash
once in 37 million sources (the birthday problem), two of a hundred million once in 3700.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Problem
from detachment.instruments import Instrument
from detachment.text import counted
from detachment.validation._schema import (
    LISTED_STRUCTURAL,
    duplicate_words,
    dyad_role_words,
    dyad_size_words,
)

_Hashes = NDArray[np.uint64]
_Groups = list[NDArray[np.intp]]
_KNOWN = np.uint64(1)  # the last bit of a hash: whether the id is there


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Who stands in the rows of a block that are kept.

    Attributes
    ----------
    part
        Where they are.
    rows
        Their numbers in the part.
    respondent, dyad
        Hash of the id and the wave; empty where the source has no such column.
    role
        Hash of the partner role, 0 where it is missing.
    """

    part: str
    rows: range | NDArray[np.int64]
    respondent: _Hashes
    dyad: _Hashes
    role: NDArray[np.uint32]


def people_of(responses: pd.DataFrame, instrument: Instrument, part: str) -> People:
    """Say in numbers who stands in the rows of a block."""
    there = {
        role: next((c.id for c in instrument.columns_with_role(role) if c.id in responses), None)
        for role in ("respondent_id", "dyad_id", "partner_role", "wave")
    }
    rows = responses.index.to_numpy(dtype=np.int64)
    straight = len(rows) > 0 and int(rows[-1]) - int(rows[0]) == len(rows) - 1
    role = there["partner_role"] if there["dyad_id"] else None
    return People(
        part=part,
        rows=range(int(rows[0]), int(rows[-1]) + 1) if straight else rows,
        respondent=_hashed(responses, there["respondent_id"], there["wave"]),
        dyad=_hashed(responses, there["dyad_id"], there["wave"]),
        role=np.zeros(0, np.uint32) if role is None else _roles(responses[role]),
    )


def _hashed(responses: pd.DataFrame, of: str | None, wave: str | None) -> _Hashes:
    if of is None:
        return np.zeros(0, dtype=np.uint64)
    keys = responses[[of]] if wave is None else responses[[of, wave]]
    hashes = pd.util.hash_pandas_object(keys, index=False).to_numpy(dtype=np.uint64)
    known = responses[of].notna().to_numpy(dtype=bool)
    return np.asarray((hashes & ~_KNOWN) | known.astype(np.uint64))


def _roles(roles: "pd.Series[str]") -> NDArray[np.uint32]:
    hashes = pd.util.hash_pandas_object(roles, index=False).to_numpy(dtype=np.uint64)
    short = (hashes >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
    return np.where(roles.notna().to_numpy(dtype=bool), short, np.uint32(0)).astype(np.uint32)


def compared(
    people: Sequence[People], instrument: Instrument, names: Mapping[str, str]
) -> list[Problem]:
    """Problems of rows that do not go together: the rules that compare rows, over all blocks.

    Parameters
    ----------
    people
        Of each block, in their order.
    instrument
        What was asked.
    names
        Column about people -> its name in the source.

    Returns
    -------
    list of Problem
        Structural: the source cannot be used. Each is said at its first row, with the others.
    """
    respondent = _whole([one.respondent for one in people])
    dyad = _whole([one.dyad for one in people])
    role = np.concatenate([np.zeros(0, np.uint32), *(one.role for one in people)])
    in_waves = any(c.id in names for c in instrument.columns_with_role("wave"))
    problems: list[Problem] = []

    def say(rule: str, of: str, groups: _Groups) -> None:
        column = next(c.id for c in instrument.columns_with_role(of) if c.id in names)
        problems.extend(_said(rule, names[column], groups, people, in_waves))

    if len(respondent):
        say("duplicate_respondent", "respondent_id", list(_groups(respondent, least=2)))
    if len(dyad):
        # One row a person: a copied row is no further member of its dyad.
        first = np.arange(len(dyad))
        if len(respondent):
            first = np.flatnonzero(~pd.Series(respondent).duplicated().to_numpy(dtype=bool))
        members = dyad[first]
        say("dyad_size", "dyad_id", [first[g] for g in _groups(members, least=3)])
        if len(role):
            i, j = _pairs(members)
            same = (role[first[i]] == role[first[j]]) & (role[first[i]] > 0)
            couples = [first[[a, b]] for a, b in zip(i[same], j[same], strict=True)]
            say("dyad_role", "partner_role", couples)
    return problems


def _whole(pieces: Sequence[_Hashes]) -> _Hashes:
    return np.concatenate([np.zeros(0, np.uint64), *pieces])


def _groups(hashes: _Hashes, *, least: int) -> Iterator[NDArray[np.intp]]:
    """Positions of each known hash that stands at least so often, by their first position."""
    ordered = np.sort(hashes[(hashes & _KNOWN) > 0])
    often = np.unique(ordered[least - 1 :][ordered[least - 1 :] == ordered[: 1 - least]])
    if not len(often):
        return
    where = np.flatnonzero(np.isin(hashes, often))
    which = pd.Series(where).groupby(hashes[where], sort=False)  # in order of appearance
    yield from (group.to_numpy(dtype=np.intp) for _, group in which)


def _pairs(hashes: _Hashes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the two rows of each known hash that stands exactly twice."""
    known = np.flatnonzero((hashes & _KNOWN) > 0)
    order = known[np.argsort(hashes[known], kind="stable")]
    ordered = hashes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else known
    sizes = np.diff(np.r_[starts, len(ordered)])
    two = starts[sizes == 2]
    by_place = np.argsort(order[two], kind="stable")
    return order[two][by_place], order[two + 1][by_place]


_WORDS = {
    "duplicate_respondent": duplicate_words,
    "dyad_size": dyad_size_words,
    "dyad_role": dyad_role_words,
}


def _said(
    rule: str, column: str, groups: _Groups, people: Sequence[People], in_waves: bool
) -> Iterator[Problem]:
    starts = np.cumsum([0, *(len(one.rows) for one in people)])

    def place(position: int) -> tuple[str, int]:
        block = int(np.searchsorted(starts, position, side="right")) - 1
        one = people[block]
        return one.part, int(one.rows[position - int(starts[block])])

    for group in groups[:LISTED_STRUCTURAL]:
        places = [place(int(position)) for position in group[:5]]
        more = f" and {len(group) - 5} more" if len(group) > 5 else ""
        where = ", ".join(f"{part} row {row}" for part, row in places) + more
        yield Problem(
            row=places[0][1], column=column, rule=rule, message=_WORDS[rule](where, in_waves)
        )
    if len(groups) > LISTED_STRUCTURAL:
        left = counted(len(groups) - LISTED_STRUCTURAL, "more place")
        yield Problem(column=column, rule=rule, message=f"and {left} like these")
