"""Every index of careless responding for every respondent, and the flags that follow from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from detachment.instruments import Instrument
from detachment.quality import _limits as limits
from detachment.quality._answers import (
    PLACE,
    Floats,
    answers,
    blocks,
    keyed,
    on_one_range,
    one_range,
)
from detachment.quality._flags import flagged, joined, longest_runs, seconds_per_item
from detachment.quality._rules import Rules, rules_of
from detachment.stats.careless import (
    MIN_PAIRS,
    Consistency,
    average_string,
    even_odd,
    irv,
    mahalanobis,
    pairs_r,
    psychometric_pairs,
)
from detachment.stats.correlation import pearson
from detachment.text import bounded, counted, listing, sentence

INDICES = {
    "seconds_per_item": "float64",
    "longstring": "Int64",
    "average_string": "float64",
    "irv": "float64",
    "mahalanobis_d2": "float64",
    "mahalanobis_df": "Int64",
    "mahalanobis_p": "float64",
    "even_odd": "float64",
    "antonym_r": "float64",
    "synonym_r": "float64",
    "declared_antonym_r": "float64",
    "declared_synonym_r": "float64",
}
"""Index -> type of its column, in the order of the table."""

INDEX_FLAGS = (
    "antonym_r",
    "declared_antonym_r",
    "declared_synonym_r",
    "even_odd",
    "irv",
    "mahalanobis",
    "synonym_r",
)
"""Flags that follow from indices; each is a hint."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Indices:
    """What was computed of each respondent.

    Attributes
    ----------
    table
        One column an index; same index as the responses.
    flags
        Those that follow from indices, as :func:`find_flags` has them.
    notes
        Which items an index rests on, and from where it is a flag.
    absent
        Index -> why nobody has it.
    """

    table: pd.DataFrame
    flags: pd.DataFrame
    notes: tuple[str, ...]
    absent: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Data:
    responses: pd.DataFrame
    paradata: pd.DataFrame
    instrument: Instrument
    rules: Rules


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """What one kind of index gives."""

    columns: Mapping[str, ArrayLike] = field(default_factory=dict)
    flags: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)


def find_indices(
    responses: pd.DataFrame, instrument: Instrument, paradata: pd.DataFrame
) -> Indices:
    """Compute the indices of careless responding, and flag who stands out by them.

    An index compares the answers of a person with one another or with those of the sample. What
    stands out may be an unusual person, so none of these flags is more than a hint.

    Parameters
    ----------
    responses, instrument, paradata
        As for :func:`find_flags`.

    Returns
    -------
    Indices
    """
    data = _Data(
        responses=responses,
        paradata=paradata.reindex(responses.index),
        instrument=instrument,
        rules=rules_of(instrument, responses.columns),
    )
    found = [
        _time(data), _runs(data), _variability(data), _distance(data), _halves(data),
        *_psychometric(data), *_declared(data),
    ]  # fmt: skip
    columns = {name: values for part in found for name, values in part.columns.items()}
    nothing = np.full(len(responses), np.nan)
    table = pd.DataFrame(
        {name: np.asarray(columns.get(name, nothing), dtype=np.float64) for name in INDICES},
        index=responses.index,
    )
    return Indices(
        table=table.astype(INDICES),
        flags=joined([part.flags for part in found]),
        notes=tuple(note for part in found for note in part.notes),
        absent={name: why for part in found for name, why in part.absent.items()},
    )


def _time(data: _Data) -> _Found:
    pace = seconds_per_item(data.responses, data.paradata, data.instrument)
    if pace is None:
        return _Found(absent={"seconds_per_item": "the data have no time of answering"})
    rules, said = data.rules, []
    if rules.seconds_per_item:
        said.append(f"less than {rules.seconds_per_item:g} s is strong")
    if rules.share_of_median and (~np.isnan(pace)).sum() >= limits.TIMED_PEOPLE:
        said.append(f"less than {rules.share_of_median:g} of the median a hint")
    note = _note("Seconds an item", "time of the whole questionnaire / items answered", said)
    return _Found(columns={"seconds_per_item": pace}, notes=(note,))


def _runs(data: _Data) -> _Found:
    runs = data.rules.runs
    if not runs:
        why = f"no part of the questionnaire has {limits.RUN_ITEMS} items with the same answers"
        if data.instrument.quality.longstring_from is not None:
            why = "the data have hardly more items of the declared blocks than the limit"
        return _Found(absent=dict.fromkeys(("longstring", "average_string"), why))
    longest, given, strings = np.zeros((3, len(data.responses)))
    notes = []
    for run in runs:
        np.maximum(
            longest, longest_runs(data.responses, data.paradata, run, data.instrument), out=longest
        )
        for rows, codes in blocks(data.responses, run.items, data.paradata, data.instrument):
            here = (~np.isnan(codes)).sum(axis=1)
            given[rows] += here
            strings[rows] += np.where(here > 0, here / average_string(codes), 0.0)
        random = any(PLACE + item in data.paradata for item in run.items)
        order = "in the order in which each person saw them" if random else "in the order asked"
        said = [f"{run.hint_from} in a row or more is a hint"]
        if run.strong_from <= len(run.items):
            said.append(f"{run.strong_from} or more, keyed both ways, is strong")
        what = f"{run.name}, {counted(len(run.items), 'item')} {order}"
        notes.append(_note("Longstring and average string", what, said))
    with np.errstate(divide="ignore", invalid="ignore"):
        average = given / strings
    columns = {"longstring": np.where(given > 0, longest, np.nan), "average_string": average}
    return _Found(columns=columns, notes=tuple(notes))


def _variability(data: _Data) -> _Found:
    items, below = data.rules.irv_items, data.rules.irv_below
    if len(items) < 2:
        return _Found(absent={"irv": "fewer than two items with ordered answers are in the data"})
    values = np.full(len(data.responses), np.nan)
    for rows, codes in blocks(data.responses, items, pd.DataFrame(), data.instrument):
        values[rows] = irv(on_one_range(codes, data.instrument, items))
    same = one_range(data.instrument, items)
    what = "as given" if same else "as shares of their range"
    about = f"standard deviation of a person's answers to {counted(len(items), 'item')}, {what}"
    if below is None:
        said = ["no limit, for the instrument declares none and the literature has no common one"]
        return _Found(columns={"irv": values}, notes=(_note("IRV", about, said),))
    flags = flagged(
        data.responses,
        values < below,
        flag="irv",
        message=f"answers that vary by less than {below:g} (standard deviation)",
        grade=limits.HINT,
        value=values,
        limit=below,
    )
    note = _note("IRV", about, [f"less than {below:g} is a hint"])
    return _Found(columns={"irv": values}, flags=flags, notes=(note,))


def _distance(data: _Data) -> _Found:
    names = ("mahalanobis_d2", "mahalanobis_df", "mahalanobis_p")
    codes = answers(data.responses, data.rules.mahalanobis_items)
    codes = codes[:, [_varies(column) for column in codes.T]]
    items = codes.shape[1]
    people = int((~np.isnan(codes)).any(axis=1).sum())
    if items < 2 or people <= items:
        why = f"{counted(people, 'person', 'people')} for {counted(items, 'item')} are too few"
        return _Found(absent=dict.fromkeys(names, why))
    found = mahalanobis(codes)
    if np.isnan(found.d2).all():
        why = "the covariances are singular: an item repeats another, or is a sum of others"
        return _Found(absent=dict.fromkeys(names, why))
    limit = data.rules.mahalanobis_p
    enough = people >= limits.PEOPLE_PER_ITEM * items
    said = f"a p below {bounded(limit, 3)} is a hint"
    if not enough:
        said = f"no flag, for there are fewer than {limits.PEOPLE_PER_ITEM} people an item"
    gaps = ", of a person with gaps those answered" if np.isnan(codes).any() else ""
    about = f"{counted(items, 'item')}{gaps}, pairwise covariances; df = answers"
    flags = flagged(
        data.responses,
        (found.p < limit) & enough,
        flag="mahalanobis",
        message=f"answers far from everybody's (Mahalanobis distance, p < {bounded(limit, 3)})",
        grade=limits.HINT,
        value=found.p,
        limit=limit,
    )
    columns = dict(zip(names, (found.d2, found.df, found.p), strict=True))
    return _Found(columns=columns, flags=flags, notes=(_note("Mahalanobis", about, [said]),))


def _varies(column: Floats) -> bool:
    given = column[~np.isnan(column)]
    return given.size > 1 and bool((given != given[0]).any())


def _halves(data: _Data) -> _Found:
    scales = data.rules.even_odd_scales
    if len(scales) < MIN_PAIRS:
        why = f"{counted(len(scales), 'scale')} of two or more items; {MIN_PAIRS} are needed"
        return _Found(absent={"even_odd": why})
    uses = [use for scale in scales for use in scale]
    ends = np.cumsum([0, *map(len, scales)])
    groups = [list(range(a, b)) for a, b in pairwise(ends)]
    found = _by_blocks(
        data,
        [item for item, _ in uses],
        lambda codes: even_odd(keyed(codes, data.instrument, uses), groups),
    )
    below = data.rules.even_odd_below
    about = f"{len(scales)} scales, reversed items reversed; 1 is the most careless"
    return _consistency(
        data, "even_odd", found, worse=1, limit=-below,
        message=f"halves of scales agree by less than {bounded(below)} (even-odd)",
        about=("Even-odd", about), pairs=len(scales),
    )  # fmt: skip


def _psychometric(data: _Data) -> list[_Found]:
    """Pairs of items that correlate beyond the cut in these data."""
    items, rules = data.rules.compared, data.rules
    names = {"antonym_r": rules.antonyms_below, "synonym_r": rules.synonyms_above}
    if len(data.responses) < limits.PAIRED_PEOPLE:
        why = f"fewer than {limits.PAIRED_PEOPLE} people; such pairs would be found by chance"
        return [_Found(absent=dict.fromkeys(names, why))]
    cor = pearson(answers(data.responses, items))[0] if items else np.empty((0, 0))
    found = []
    for name, cut in names.items():
        pairs = psychometric_pairs(cor, cut)
        beyond = f"{'above' if cut > 0 else 'below'} {bounded(cut)}"
        of = [(items[i], items[j]) for i, j in pairs.tolist()]
        found.append(_within_pairs(data, name, of, f"of items with r {beyond} in these data"))
    return found


def _declared(data: _Data) -> list[_Found]:
    """Pairs of items that the instrument declares to mean the same or the opposite."""
    return [
        _within_pairs(data, "declared_antonym_r", data.rules.antonym_pairs, "that are declared"),
        _within_pairs(data, "declared_synonym_r", data.rules.synonym_pairs, "that are declared"),
    ]


def _within_pairs(data: _Data, name: str, pairs: Sequence[tuple[str, str]], what: str) -> _Found:
    if len(pairs) < MIN_PAIRS:
        return _Found(
            absent={name: f"{counted(len(pairs), 'pair')} {what}; {MIN_PAIRS} are needed"}
        )
    items = list(dict.fromkeys(item for pair in pairs for item in pair))
    position = {item: j for j, item in enumerate(items)}
    columns = [(position[first], position[second]) for first, second in pairs]
    found = _by_blocks(
        data, items, lambda codes: pairs_r(on_one_range(codes, data.instrument, items), columns)
    )
    opposite = name.endswith("antonym_r")
    way = "do not go apart" if opposite else "do not go together"
    meaning = "opposites" if opposite else "synonyms"
    label = ("Declared " if name.startswith("declared") else "Psychometric ") + meaning
    return _consistency(
        data, name, found, worse=1 if opposite else -1, limit=limits.NO_AGREEMENT,
        message=f"answers to {meaning} {way} ({label.lower()})",
        about=(label, f"r within a person over {len(pairs)} pairs {what}"), pairs=len(pairs),
    )  # fmt: skip


def _consistency(
    data: _Data,
    name: str,
    found: Consistency,
    *,
    worse: int,
    limit: float,
    message: str,
    about: tuple[str, str],
    pairs: int,
) -> _Found:
    """A within-person correlation, and flags where it can tell people apart.

    ``worse`` is 1 where a high value is careless, else -1; ``pairs`` is how many there can be.
    """
    known = found.value[~np.isnan(found.value)]
    usual = float(np.median(known)) if known.size else 0.0
    said = f"{'more' if worse > 0 else 'less'} than {bounded(limit)} is a hint"
    if pairs < limits.PAIRS:
        said = f"no flag, for fewer than {limits.PAIRS} pairs say too little of one person"
    elif -worse * usual < limits.USUAL:
        said = (
            f"no flag, for most people are hardly consistent here (median {bounded(usual)}): the "
            "pairs differ too little within a person"
        )
    tells = pairs >= limits.PAIRS and -worse * usual >= limits.USUAL
    flags = flagged(
        data.responses,
        (worse * found.value > worse * limit) & (found.pairs >= limits.PAIRS) & tells,
        flag=name,
        message=message,
        grade=limits.HINT,
        value=found.value,
        limit=limit,
    )
    return _Found(columns={name: found.value}, flags=flags, notes=(_note(*about, [said]),))


def _by_blocks(
    data: _Data, items: Sequence[str], kernel: Callable[[Floats], Consistency]
) -> Consistency:
    """Apply a kernel to some rows at a time."""
    value = np.full(len(data.responses), np.nan)
    pairs = np.zeros(len(data.responses), dtype=np.int64)
    for rows, codes in blocks(data.responses, items, pd.DataFrame(), data.instrument):
        found = kernel(codes)
        value[rows], pairs[rows] = found.value, found.pairs
    return Consistency(value, pairs)


def _note(name: str, about: str, said: Sequence[str]) -> str:
    return " ".join([f"{name}: {about}.", *([sentence(listing(said))] if said else [])])
