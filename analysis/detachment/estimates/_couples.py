"""Who is whose partner: the rows of both partners of every dyad, and what stands in the way.

Whatever is asked of dyads starts here. A long table has one row a person, with a column that says
which dyad; a wide one has one row a dyad, with a column for each partner, and becomes a long one.
No row disappears: dyads that are whole, half, of three or of two alike are counted by name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import SurveyError, UsageError
from detachment.estimates._result import make_table, records
from detachment.estimates._scales import Floats, MissingRule
from detachment.estimates._study import Selector, Study, take_study
from detachment.text import counted, listing
from detachment.validation import Survey

Places = NDArray[np.intp]
Booleans = NDArray[np.bool_]
# A column of this name says, dyad by dyad, that the roles were given at random.
ARBITRARY = "role_is_arbitrary"
EXCHANGEABLE = ("one partner", "the other")
Kind = Literal["distinguishable", "indistinguishable", "all"]
KINDS: tuple[Kind, ...] = ("distinguishable", "indistinguishable", "all")
PAIRING_COLUMNS = {
    "finding": "str",
    "what": "str",
    "dyads": "Int64",
    "respondents": "Int64",
    "used": "boolean",
    "rows": "str",
}
# Finding -> what it means, and whether its rows are used. The order is that of the table.
FINDINGS: dict[str, tuple[str, bool]] = {
    "distinguishable": ("both partners are there, in different roles", True),
    "arbitrary": (
        "both partners are there, and their roles are declared arbitrary: indistinguishable",
        True,
    ),
    "same_role": ("both partners have the same role: indistinguishable", True),
    "role_missing": ("the role of a partner is missing: indistinguishable", True),
    "other_roles": ("the two roles are not those of most dyads: indistinguishable", True),
    "no_roles": ("both partners are there, and no column says who is who: indistinguishable", True),
    "one_partner": ("only one partner is there", True),
    "three_or_more": ("more than two people are in one dyad", False),
    "one_person_twice": ("both rows are of the same person", False),
    "no_dyad": ("took part without a partner (no dyad)", False),
}
_FINE = ("distinguishable", "arbitrary", "no_roles")
_SHOWN = 5
_TRUE, _FALSE = {"1", "true", "yes"}, {"", "0", "false", "no"}
_SEPARATOR = re.compile(r"[_.\-: ]+")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Partners found in rows, and what each dyad is.

    Attributes
    ----------
    code
        Dyad of each row, (n,), -1 without one; dyads are in the order of their sorted ids.
    places
        Rows of both partners, (D, 2); -1 for an absent one, and twice where they cannot be used.
        Column by role where the dyad is distinguishable, else in an order that means nothing.
    finding
        What each dyad is, a key of :data:`FINDINGS`, (D,).
    arbitrary
        Whether which partner is which means nothing in it, (D,).
    roles
        What the columns of ``places`` are.
    """

    code: Places
    places: Places
    finding: NDArray[np.object_]
    arbitrary: Booleans
    roles: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Couples:
    """The dyads of a study.

    Attributes
    ----------
    study
        Whose rows the places are.
    places
        Row of each partner, (D, 2); -1 for one who is absent. Every dyad has one at least.
    arbitrary
        Dyads in which it means nothing who is first, (D,).
    roles
        What the columns are; :data:`EXCHANGEABLE` when no dyad is distinguishable.
    pairing
        Table of what was found: :data:`PAIRING_COLUMNS`.
    doubts
        What was assumed of the roles.
    """

    study: Study
    places: Places
    arbitrary: Booleans
    roles: tuple[str, str]
    pairing: pd.DataFrame
    doubts: tuple[str, ...] = ()

    @property
    def complete(self) -> Booleans:
        """Dyads with both partners, (D,)."""
        return np.asarray((self.places >= 0).all(axis=1), dtype=np.bool_)

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each finding that costs something or needs a look."""
        said = [_say(row) for row in records(self.pairing) if row["finding"] not in _FINE]
        return (*said, *self.doubts)

    def pick(self, dyads: Booleans) -> "Couples":
        """These dyads alone, ``dyads`` (D,); the table of the pairing stays that of all."""
        return replace(self, places=self.places[dyads], arbitrary=self.arbitrary[dyads])

    @property
    def kinds(self) -> dict[Kind, int]:
        """Kind -> how many dyads with both partners there are, where there are any."""
        apart = {"distinguishable": ~self.arbitrary, "indistinguishable": self.arbitrary}
        return {kind: n for kind in KINDS[:2] if (n := int((self.complete & apart[kind]).sum()))}

    def of_kind(self, kind: Kind) -> "Couples":
        """Dyads of a kind alone."""
        if kind == "all":
            return self
        return self.pick(self.arbitrary if kind == "indistinguishable" else ~self.arbitrary)

    def values(self, x: Floats) -> Floats:
        """Numbers of both partners, (D, 2), NaN for who is absent; ``x`` (n,) is one a row."""
        return np.where(self.places >= 0, x[np.maximum(self.places, 0)], np.nan)

    def words(self, option: str) -> NDArray[np.object_] | None:
        """A metadata column of both partners, (D, 2), empty where missing or absent."""
        words = self.study.words(option)
        if words is None:
            return None
        return np.where(self.places >= 0, words[np.maximum(self.places, 0)], "")


def find_pairs(
    dyad: NDArray[np.object_],
    role: NDArray[np.object_] | None = None,
    *,
    respondent: NDArray[np.object_] | None = None,
    arbitrary: NDArray[np.object_] | None = None,
    tie: Floats | None = None,
) -> Pairs:
    """Partners of the rows.

    Parameters
    ----------
    dyad, role, respondent, arbitrary
        Columns as words, empty where missing, (n,). None: there is no such column.
    tie
        Numbers, (n, variables), that settle the order of partners where neither roles nor ids of
        respondents do, so that it never depends on the order of the rows.

    Returns
    -------
    Pairs

    Notes
    -----
    A dyad is distinguishable when its partners have different roles, the same two as in most such
    dyads, and nobody declared the roles arbitrary.

    Examples
    --------
    >>> dyad = np.array(["d1", "d1", "d2", ""], dtype=object)
    >>> role = np.array(["man", "woman", "woman", "man"], dtype=object)
    >>> pairs = find_pairs(dyad, role)
    >>> pairs.roles, pairs.places.tolist(), pairs.finding.tolist()
    (('man', 'woman'), [[0, 1], [-1, 2]], ['distinguishable', 'one_partner'])
    """
    n = len(dyad)
    code, names = pd.factorize(pd.Series(dyad, dtype=object).replace("", None), sort=True)
    size = np.bincount(code[code >= 0], minlength=len(names))
    first, second = _members(code, size, role, respondent, tie)
    single, double = size == 1, size == 2
    finding = np.full(len(names), "three_or_more", dtype=object)
    finding[single] = "one_partner"
    finding[double] = "no_roles"
    words = np.full(n, "", dtype=object) if role is None else role
    # Who has no partner is asked as if he were both.
    r = np.column_stack([words[first], words[second]]) if n else np.empty((0, 2), dtype=object)
    declared = np.zeros(n, dtype=bool)
    if arbitrary is not None:
        given = np.array([str(word).lower() for word in arbitrary], dtype=object)
        _check_truth(given)
        declared = np.isin(given, list(_TRUE))
    exchangeable = np.zeros(len(names), dtype=bool)
    exchangeable[code[(code >= 0) & declared]] = True
    two = double & (r[:, 0] != "") & (r[:, 1] != "") & (r[:, 0] != r[:, 1]) & ~exchangeable
    roles = _usual_roles(r[two]) or EXCHANGEABLE
    if role is not None:
        usual = (r == np.array(roles, dtype=object)).all(axis=1)
        finding[double] = "other_roles"
        finding[double & (r[:, 0] == r[:, 1])] = "same_role"
        finding[double & (r == "").any(axis=1)] = "role_missing"
        finding[two & usual] = "distinguishable"
    finding[double & exchangeable] = "arbitrary"
    if respondent is not None:
        who = respondent[first]
        finding[double & (who != "") & (who == respondent[second])] = "one_person_twice"
    places = np.column_stack([first, second]).astype(np.intp)
    at_second = single & (r[:, 0] == roles[1]) & ~exchangeable
    places[single & ~at_second, 1] = -1
    places[at_second, 0] = -1
    places[np.isin(finding, ["three_or_more", "one_person_twice"])] = -1
    known = (finding == "distinguishable") | (single & np.isin(r[:, 0], roles) & ~exchangeable)
    return Pairs(
        code=code.astype(np.intp), places=places, finding=finding, arbitrary=~known, roles=roles
    )


def pair_dyads(study: Study, *, rows: NDArray[Any] | None = None) -> Couples:
    """Both partners of each dyad of a study, and the table of what was found.

    The study was taken with the options ``dyad`` and, where there are such columns, ``role``,
    ``respondent`` and ``arbitrary`` (:func:`take_couples` does so). ``rows`` (n,) are the numbers
    by which a reader finds the rows of the study; those of the survey by default.

    Raises
    ------
    SurveyError
        When there is no dyad with both partners.
    """
    dyad = study.words("dyad")
    if dyad is None or not (dyad != "").any():
        raise SurveyError(
            "There are no dyads in these rows: no column says who is whose partner, or it is "
            "empty. An instrument names that column with role: dyad_id; for a plain table say "
            "dyad=, or name a pair of columns for each variable of a table with one row a dyad."
        )
    role = study.words("role")
    pairs = find_pairs(
        dyad,
        role if role is not None and (role != "").any() else None,
        respondent=study.words("respondent"),
        arbitrary=study.words("arbitrary"),
        tie=np.column_stack([measure.x for measure in study.every.values()]),
    )
    if rows is None:
        rows = study.sample.survey.responses.index.to_numpy()[study.sample.rows]
    table = _pairing(pairs, rows)
    used = (pairs.places >= 0).any(axis=1)
    couples = Couples(
        study=study,
        places=pairs.places[used],
        arbitrary=pairs.arbitrary[used],
        roles=pairs.roles,
        pairing=table,
    )
    if not couples.complete.any():
        found = listing(
            f"{row['what'].split(':')[0]} ({row['respondents']})" for row in records(table)
        )
        raise SurveyError(
            f"There is no dyad with two partners in these rows: {found}. Check the column that "
            "says which dyad a row is of."
        )
    return couples


def take_couples(
    data: Survey | pd.DataFrame,
    *,
    measures: Mapping[str, Selector | Sequence[Sequence[str]] | None],
    columns: Mapping[str, str | None] | None = None,
    wave: int | str | None = None,
    missing: MissingRule = "pairwise",
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Couples:
    """Numbers of the variables that the options name, and who is whose partner.

    Parameters
    ----------
    data
        A survey; or a plain table, long (one row a person, with ``dyad``) or wide.
    measures
        As :func:`take_study` takes them. In a wide table (no ``dyad``) a variable is a pair of
        columns, ``["x_1", "x_2"]``, several are a list of pairs, and one column alone is the same
        for both partners.
    columns
        As :func:`take_study` takes them: ``dyad``, ``role``, ``respondent``, ``by`` ...; a column
        called ``role_is_arbitrary`` is looked at without being named.
    wave, missing, reverse, values
        As :func:`take_study` takes them.

    Raises
    ------
    UsageError
        When a word names nothing.
    SurveyError
        When there is no dyad with both partners.
    """
    asked = {"dyad": None, "role": None, "respondent": None, **(columns or {})}
    rows: NDArray[Any] | None = None
    if isinstance(data, pd.DataFrame) and asked["dyad"] is None:
        if reverse:
            raise UsageError("reverse= is for a table with one row a person.")
        data, wide, asked = lengthen(data, measures, asked)
        rows, measures = data.index.to_numpy(), wide
    there = data.columns if isinstance(data, pd.DataFrame) else data.responses.columns
    if ARBITRARY in there:
        asked.setdefault("arbitrary", ARBITRARY)
    flat: dict[str, Selector | None] = {}
    for option, given in measures.items():
        flat[option] = given if given is None or isinstance(given, str) else [*map(_word, given)]
    study = take_study(
        data,
        measures=flat,
        columns=asked,
        wave=wave,
        missing=missing,
        reverse=reverse,
        values=values,
    )
    couples = pair_dyads(study, rows=rows)
    if rows is None or couples.arbitrary.all():
        return couples
    first, second = couples.roles
    return replace(
        couples,
        doubts=(
            f"The columns of a variable are taken for two roles, {first} and {second}. Where it "
            'means nothing who is first, say distinguishable=False (of apim) or dyads="all", or '
            f"say so in a column {ARBITRARY}.",
        ),
    )


def lengthen(
    frame: pd.DataFrame,
    measures: Mapping[str, Selector | Sequence[Sequence[str]] | None],
    columns: Mapping[str, str | None] | None = None,
) -> tuple[pd.DataFrame, dict[str, list[str] | None], dict[str, str | None]]:
    """Turn a table with one row a dyad into one with one row a person.

    Parameters
    ----------
    frame
        One row a dyad.
    measures
        Option -> a pair of columns, a list of pairs and of single columns, or None.
    columns
        Option -> metadata column (the same for both partners), or None.

    Returns
    -------
    table, measures, columns
        The long table with the columns ``dyad`` and ``role``, its index the number of the row
        that a person comes from, and what to ask of it. A partner without any value is absent.

    Raises
    ------
    UsageError
        When an option names something else than pairs of columns.

    Examples
    --------
    >>> wide = pd.DataFrame({"x_1": [1.0, 2.0], "x_2": [3.0, 4.0]})
    >>> long, measures, columns = lengthen(wide, {"predictor": ["x_1", "x_2"]})
    >>> long.to_dict("list")
    {'x': [1.0, 2.0, 3.0, 4.0], 'dyad': ['1', '2', '1', '2'], 'role': ['1', '1', '2', '2']}
    >>> measures, columns
    ({'predictor': ['x']}, {'dyad': 'dyad', 'role': 'role'})
    """
    named: dict[str, list[tuple[str, ...]]] = {
        option: _column_pairs(option, given) for option, given in measures.items()
    }
    pairs = list(dict.fromkeys(pair for given in named.values() for pair in given))
    if not any(len(pair) == 2 for pair in pairs):
        raise UsageError(
            "A plain table has either one row a person, and dyad= names the column that says which "
            "dyad, or one row a dyad, and each variable is a pair of columns, such as "
            '["x_1", "x_2"].'
        )
    names = [str(name) for name in frame.columns]
    for name in (name for pair in pairs for name in pair):
        if names.count(name) != 1:
            raise UsageError(
                f"There is no column {name!r}; there are: {listing(names, shown=30)}."
                if name not in names
                else f"The table has {names.count(name)} columns {name!r}."
            )
    split = {pair: _common(pair) for pair in pairs}
    roles = {split[pair][1] for pair in pairs if len(pair) == 2}
    both = roles.pop() if len(roles) == 1 else ("first", "second")
    taken: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name = split[pair][0]
        while name in taken or name in ("dyad", "role"):
            name += "_"
        taken[name] = pair
    metadata = {
        option: name for option, name in (columns or {}).items() if name and option != "role"
    }
    if ARBITRARY in names:
        metadata["arbitrary"] = ARBITRARY
    halves = []
    for k, role in enumerate(both):
        half = {
            name: frame.iloc[:, names.index(pair[min(k, len(pair) - 1)])].array
            for name, pair in taken.items()
        }
        half |= {
            name: frame.iloc[:, names.index(name)].array
            for name in metadata.values()
            if name in names
        }
        place = np.arange(1, len(frame) + 1)
        dyad = [str(row).zfill(len(str(len(frame)))) for row in place]
        table = pd.DataFrame({**half, "dyad": dyad, "role": role}, index=place)
        own = [name for name, pair in taken.items() if len(pair) == 2]
        halves.append(table[table[own].notna().any(axis=1)])
    long = pd.concat(halves)
    new = {pair: name for name, pair in taken.items()}
    asked: dict[str, list[str] | None] = {
        option: [new[pair] for pair in given] if given else None for option, given in named.items()
    }
    return long, asked, {**metadata, "dyad": "dyad", "role": "role"}


def _members(
    code: Places,
    size: NDArray[np.intp],
    role: NDArray[np.object_] | None,
    respondent: NDArray[np.object_] | None,
    tie: Floats | None,
) -> tuple[Places, Places]:
    """First and last row of each dyad, by role, then respondent, then answers."""
    keys: list[NDArray[Any]] = [np.arange(len(code))]
    if tie is not None:
        keys += list(tie.T[::-1])
    for words in (respondent, role):
        if words is not None:
            keys.append(pd.factorize(words, sort=True)[0])
    order = np.lexsort([*keys, code])
    order = order[code[order] >= 0]
    start = np.cumsum(size) - size
    return order[start], order[start + size - 1]


def _usual_roles(r: NDArray[np.object_]) -> tuple[str, str] | None:
    """The two roles of most dyads that have two, in alphabetical order."""
    if not len(r):
        return None
    pairs = pd.Series(list(map(tuple, r))).value_counts()
    first, second = min(pairs.index[pairs == pairs.max()])
    return str(first), str(second)


def _check_truth(given: NDArray[np.object_]) -> None:
    if not np.isin(given, [*_TRUE, *_FALSE]).all():
        raise UsageError(
            f"{ARBITRARY} says true (1) or false (0) of each dyad, and holds something else."
        )


def _pairing(pairs: Pairs, numbers: NDArray[Any]) -> pd.DataFrame:
    here = np.where(pairs.code >= 0, pairs.finding[np.maximum(pairs.code, 0)], "no_dyad")
    rows = []
    for finding, (what, used) in FINDINGS.items():
        at = np.flatnonzero(here == finding)
        if not at.size:
            continue
        dyads = 0 if finding == "no_dyad" else len(np.unique(pairs.code[at]))
        rows.append(
            {
                "finding": finding,
                "what": what,
                "dyads": dyads,
                "respondents": len(at),
                "used": used,
                "rows": "" if finding in _FINE else _listed(numbers[at]),
            }
        )
    return make_table(rows, PAIRING_COLUMNS)


def _listed(numbers: NDArray[Any]) -> str:
    return listing((str(row) for row in np.unique(numbers)), shown=_SHOWN)


def _say(row: Mapping[str, Any]) -> str:
    what, *hence = row["what"].split(": ")
    who = (
        counted(row["respondents"], "respondent")
        if row["finding"] == "no_dyad"
        else counted(row["dyads"], "dyad")
    )
    end = (
        f", so {'it counts' if row['dyads'] == 1 else 'they count'} as {hence[0]}" if hence else ""
    )
    left_out = "" if row["used"] else " left out"
    return f"{who}{left_out}: {what}{end} (rows {row['rows']})."


def _column_pairs(
    option: str, given: Selector | Sequence[Sequence[str]] | None
) -> list[tuple[str, ...]]:
    """Pairs of columns, and single ones, that an option of a wide table names."""
    if given is None or len(given) == 0:
        return []
    if isinstance(given, str):
        return [(given,)]
    words = list(given)
    if all(isinstance(word, str) for word in words):
        if len(words) == 2:
            return [(str(words[0]), str(words[1]))]
        if option == "controls":
            return [(str(word),) for word in words]
        raise UsageError(
            f"{option}: in a table with one row a dyad a variable is a pair of columns, such as "
            f'["x_1", "x_2"]; several are a list of pairs. These are '
            f"{counted(len(words), 'column')}. For a table with one row a person say dyad=."
        )
    found: list[tuple[str, ...]] = []
    for word in words:
        if isinstance(word, str):
            found.append((word,))
        elif len(word) == 2:
            found.append((str(word[0]), str(word[1])))
        else:
            raise UsageError(
                f"{option}: each variable is a pair of columns, and one of these names "
                f"{counted(len(word), 'column')}."
            )
    return found


def _common(pair: tuple[str, ...]) -> tuple[str, tuple[str, str]]:
    """Name of a variable, and the roles, of the names of both its columns."""
    if len(pair) == 1:
        return pair[0], ("", "")
    words = [_SEPARATOR.split(name) for name in pair]
    if len(words[0]) == len(words[1]) > 1:
        unlike = [j for j, (a, b) in enumerate(zip(*words, strict=True)) if a != b]
        if len(unlike) == 1:
            j = unlike[0]
            rest = [word for i, word in enumerate(words[0]) if i != j]
            return "_".join(rest), (words[0][j], words[1][j])
    k = next(
        (i for i, (a, b) in enumerate(zip(*pair, strict=False)) if a != b), min(map(len, pair))
    )
    name, roles = pair[0][:k], (pair[0][k:], pair[1][k:])
    return (name, roles) if name and all(roles) else (pair[0], ("first", "second"))


def _word(word: str | Sequence[str]) -> str:
    if not isinstance(word, str):
        raise UsageError(
            f"{listing(map(str, word))}: pairs of columns are for a table with one row a dyad; "
            "this one has dyads, and so one row a person. Name one variable."
        )
    return word
