"""People at their waves: who is present when, in which arm and dyad, from a study of all rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import SurveyError, UsageError, check_word
from detachment.estimates._scales import Floats, Sample
from detachment.estimates._study import Study, as_words
from detachment.text import counted, listing

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """The rows of a study as people at waves.

    Attributes
    ----------
    waves
        Names in order, (w,).
    times
        The same as numbers, (w,): the names where they are numbers, else 0, 1, 2, ...
    first, last
        Which of them are compared.
    place
        Row of each person at each wave, -1 where absent, (people, w).
    arm
        Arm of each person at the first wave with one, empty where unknown, (people,).
    dyad
        Dyad of each person, -1 for none, (people,).
    left_out
        Rows without a respondent or a wave.
    moved
        People whose arm is not the same at every wave.
    """

    waves: tuple[str, ...]
    times: tuple[float, ...]
    first: int
    last: int
    place: Ints
    arm: NDArray[np.object_]
    dyad: Ints
    left_out: int
    moved: int

    @property
    def present(self) -> Bools:
        """Who is there when, (people, w)."""
        return np.asarray(self.place >= 0)

    @property
    def has_dyads(self) -> bool:
        """Whether two people anywhere are partners."""
        there = self.dyad[self.dyad >= 0]
        return len(np.unique(there)) < len(there)

    @property
    def clusters(self) -> Ints:
        """Dyad of each person; who has none is a cluster of their own, (people,)."""
        alone = self.dyad < 0
        return np.where(alone, self.dyad.max(initial=0) + 1 + np.arange(len(alone)), self.dyad)

    def at(self, values: Floats, wave: int) -> Floats:
        """Values of rows as those of people at a wave, NaN where absent, (people,)."""
        places = self.place[:, wave]
        return np.where(places >= 0, values[np.maximum(places, 0)], np.nan)


def take_panel(study: Study, *, first: int | str | None, last: int | str | None) -> Panel:
    """Find people and waves in the rows of a study.

    Parameters
    ----------
    study
        Of every wave, with the columns ``respondent`` and ``wave``, and ``by`` and ``dyad`` where
        there are any.
    first, last
        Waves to compare: by default the first and the last.

    Raises
    ------
    UsageError
        When a plain table does not name its columns, or a wave is not there.
    SurveyError
        With a single wave, or a respondent twice in a wave.
    """
    people, waves = (_words_of(study, option) for option in ("respondent", "wave"))
    known = (people != "") & (waves != "")
    names, ordered = wave_order(study, sorted(set(waves[known])))
    if len(names) < 2 and not known.any():
        empty = " and ".join(
            what for what, words in (("respondent", people), ("wave", waves)) if (words == "").all()
        )
        raise SurveyError(
            "Change needs to know who answered when, and no row has both a respondent and a wave"
            + (f": the column of the {empty} is empty." if empty else ".")
        )
    if len(names) < 2:
        raise SurveyError(
            "Change needs two waves, and these rows have "
            f"{counted(len(names), 'wave')}{f' ({names[0]})' if names else ''}."
        )
    if not ordered and (first is None or last is None):
        raise UsageError(
            f"The waves are words ({listing(names, shown=6)}), whose order is not known: name both "
            "with --first and --last (first=, last= in Python)."
        )
    chosen = []
    for option, asked, default in (("first", first, names[0]), ("last", last, names[-1])):
        wave = default if asked is None else str(asked)
        check_word(option, wave, names)
        chosen.append(names.index(wave))
    if chosen[0] == chosen[1]:
        raise UsageError(f"first and last are one wave ({names[chosen[0]]}); name two.")
    if ordered and chosen[0] > chosen[1]:
        raise UsageError(
            f"first ({names[chosen[0]]}) comes after last ({names[chosen[1]]}); turn them round."
        )
    if not ordered:
        rest = [name for k, name in enumerate(names) if k not in chosen]
        names = [names[chosen[0]], *rest, names[chosen[1]]]
        chosen = [0, len(names) - 1]
    rows = np.flatnonzero(known)
    code, ids = pd.factorize(pd.Series(people[rows]), sort=True)
    when = np.array([names.index(word) for word in waves[rows]], dtype=np.int64)
    cell = code * len(names) + when
    times = np.bincount(cell, minlength=len(ids) * len(names))
    if (times > 1).any():
        several = counted(int((times > 1).sum()), "person stands", "people stand")
        raise SurveyError(
            f"{several} more than once in a wave: change needs one row a person and wave. Keep the "
            "row that counts."
        )
    place = np.full(len(ids) * len(names), -1, dtype=np.int64)
    place[cell] = rows
    places = place.reshape(len(ids), len(names))
    arm, moved = _arms(study, places)
    numeric = all(_is_number(name) for name in names)
    return Panel(
        waves=tuple(names),
        times=tuple(map(float, names if numeric else range(len(names)))),
        first=chosen[0],
        last=chosen[1],
        place=places,
        arm=arm,
        dyad=_dyads(study, places),
        left_out=int((~known).sum()),
        moved=moved,
    )


def rows_of_wave(sample: Sample, panel: Panel) -> Bools:
    """Rows of the first wave among all rows of the survey."""
    rows = np.zeros(len(sample.rows), dtype=np.bool_)
    here = panel.place[:, panel.first]
    rows[np.flatnonzero(sample.rows)[here[here >= 0]]] = True
    return rows


def _words_of(study: Study, option: str) -> NDArray[np.object_]:
    words = study.words(option)
    if words is not None:
        return words
    if study.sample.is_frame:
        raise UsageError(
            "respondent= and wave= name the columns of a plain table that say who a row is and "
            f"when it was answered; {option}= is missing."
        )
    role = {"respondent": "respondent_id", "wave": "wave"}[option]
    raise SurveyError(
        f"Change needs to know who answered when: these data have no column with the role {role}."
    )


def wave_order(study: Study, names: list[str]) -> tuple[list[str], bool]:
    """Waves in order, and whether that is known."""
    if all(_is_number(name) for name in names):
        return sorted(names, key=float), True
    column = study.columns["wave"]
    declared: Sequence[Any] = ()
    if isinstance(column.dtype, pd.CategoricalDtype):
        declared = as_words(pd.Series(column.cat.categories, dtype=object)).tolist()
    elif not study.sample.is_frame:
        declared = next(c for c in study.sample.instrument.columns_with_role("wave")).allowed
    if set(names) <= set(declared):
        return [str(name) for name in declared if name in set(names)], True
    return names, False


def _is_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _arms(study: Study, place: Ints) -> tuple[NDArray[np.object_], int]:
    words = study.words("by")
    if words is None:
        return np.full(len(place), "", dtype=object), 0
    at = np.where(place >= 0, words[np.maximum(place, 0)], "")
    arm = np.full(len(place), "", dtype=object)
    for wave in reversed(range(place.shape[1])):
        arm = np.where(at[:, wave] != "", at[:, wave], arm)
    moved = ((at != "") & (at != arm[:, None])).any(axis=1)
    return arm, int(moved.sum())


def _dyads(study: Study, place: Ints) -> Ints:
    words = study.words("dyad")
    if words is None:
        return np.full(len(place), -1, dtype=np.int64)
    own = np.full(len(place), "", dtype=object)
    for wave in reversed(range(place.shape[1])):
        word = np.where(place[:, wave] >= 0, words[np.maximum(place[:, wave], 0)], "")
        own = np.where(word != "", word, own)
    code, _ = pd.factorize(pd.Series(own).replace("", None), sort=True)
    return np.asarray(code, dtype=np.int64)
