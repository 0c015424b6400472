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
_Groups = list[NDArray[np.int64]]
_BUCKETS, _SHIFT = 16, np.uint64(60)
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
    starts = np.cumsum([0, *(len(one.rows) for one in people)])
    in_waves = any(c.id in names for c in instrument.columns_with_role("wave"))
    problems: list[Problem] = []

    def say(rule: str, of: str, groups: _Groups) -> None:
        column = next((c.id for c in instrument.columns_with_role(of) if c.id in names), of)
        in_order = sorted(groups, key=lambda group: int(group[0]))
        problems.extend(_said(rule, names.get(column, column), in_order, people, starts, in_waves))

    twice: _Groups = []
    copies: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for hashes, rows in _buckets([one.respondent for one in people], starts):
        runs = _Runs.of(hashes, rows)
        twice += runs.groups(at_least=2)
        copies.append(runs.copies)
    say("duplicate_respondent", "respondent_id", twice)

    # One row a person: a copied row is no further member of its dyad.
    copied = np.concatenate(copies)
    large: _Groups = []
    alike: _Groups = []
    for hashes, rows in _buckets([one.dyad for one in people], starts):
        first = ~np.isin(rows, copied) if len(copied) else np.ones(len(rows), dtype=np.bool_)
        runs = _Runs.of(hashes[first], rows[first])
        large += runs.groups(at_least=3)
        one, other = runs.pairs
        roles, others = (_at([p.role for p in people], starts, where) for where in (one, other))
        same = (roles == others) & (roles > 0)
        alike += [np.array(couple) for couple in zip(one[same], other[same], strict=True)]
    say("dyad_size", "dyad_id", large)
    say("dyad_role", "partner_role", alike)
    return problems


def _buckets(
    pieces: Sequence[_Hashes], starts: NDArray[np.int64]
) -> Iterator[tuple[_Hashes, NDArray[np.int64]]]:
    """Hashes and their rows, a sixteenth of all hashes at a time: no more is copied at once."""
    for bucket in range(_BUCKETS):
        hashes, rows = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
        for start, piece in zip(starts, pieces, strict=False):
            here = np.flatnonzero(piece >> _SHIFT == bucket)
            hashes.append(piece[here])
            rows.append(start + here)
        yield np.concatenate(hashes), np.concatenate(rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """Rows ordered by their hash, and where each different hash begins."""

    hashes: _Hashes
    rows: NDArray[np.int64]
    begin: NDArray[np.intp]

    @classmethod
    def of(cls, hashes: _Hashes, rows: NDArray[np.int64]) -> "_Runs":
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        begin = np.flatnonzero(np.r_[len(ordered) > 0, ordered[1:] != ordered[:-1]])
        return cls(ordered, rows[order], begin[: len(ordered)])

    @property
    def _sizes(self) -> NDArray[np.int64]:
        return np.diff(self.begin, append=len(self.rows))

    @property
    def _known(self) -> NDArray[np.bool_]:
        return (self.hashes[self.begin] & _KNOWN) > 0

    def groups(self, *, at_least: int) -> _Groups:
        """Rows of each known hash that stands so often."""
        often = np.flatnonzero((self._sizes >= at_least) & self._known)
        return [self.rows[self.begin[i] : self.begin[i] + self._sizes[i]] for i in often]

    @property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The two rows of each known hash that stands exactly twice."""
        two = self.begin[(self._sizes == 2) & self._known]
        return self.rows[two], self.rows[two + 1]

    @property
    def copies(self) -> NDArray[np.int64]:
        """Rows whose hash stands in an earlier row, known or not."""
        first = np.zeros(len(self.rows), dtype=np.bool_)
        first[self.begin] = True
        copies: NDArray[np.int64] = self.rows[~first]
        return copies


def _at(
    pieces: Sequence[NDArray[np.uint32]], starts: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """What stands in some rows; 0 where a source has no such column."""
    found = np.zeros(len(rows), dtype=np.uint32)
    which = np.searchsorted(starts, rows, side="right") - 1
    for block in np.unique(which):
        here = which == block
        if len(pieces[block]):
            found[here] = pieces[block][rows[here] - starts[block]]
    return found


_WORDS = {
    "duplicate_respondent": duplicate_words,
    "dyad_size": dyad_size_words,
    "dyad_role": dyad_role_words,
}


def _said(
    rule: str,
    column: str,
    groups: _Groups,
    people: Sequence[People],
    starts: NDArray[np.int64],
    in_waves: bool,
) -> Iterator[Problem]:
    def place(position: int) -> tuple[str, int]:
        block = int(np.searchsorted(starts, position, side="right")) - 1
        one = people[block]
        return one.part, int(one.rows[position - int(starts[block])])

    for group in groups[:LISTED_STRUCTURAL]:
        places = [place(int(position)) for position in group[:5]]
        more = f" and {len(group) - 5} more" if len(group) > 5 else ""
        where = ", ".join(f"{part} row {row}" for part, row in places) + more
        if len({one.part for one in people}) == 1:  # as of a file in memory
            where = "rows " + ", ".join(str(row) for _, row in places) + more
        yield Problem(
            row=places[0][1], column=column, rule=rule, message=_WORDS[rule](where, in_waves)
        )
    if len(groups) > LISTED_STRUCTURAL:
        left = counted(len(groups) - LISTED_STRUCTURAL, "more place")
        yield Problem(column=column, rule=rule, message=f"and {left} like these")
