"""Which variables are crossed with which, and why some pairs are not."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detachment.errors import SurveyError, UsageError
from detachment.estimates._scales import Floats, Sample
from detachment.estimates._study import Measure
from detachment.instruments import Instrument
from detachment.scoring import Variable, present_items
from detachment.text import counted, listing

_FIRST = 256  # rows looked at before all are


class Pair(NamedTuple):
    """Two variables, where they stand in the crossed matrices, and the items that they share."""

    row: Variable
    column: Variable
    i: int
    j: int
    shared: tuple[str, ...]

    @property
    def expected(self) -> int:
        """Sign that the instrument expects of a sign scale with another; 0 where it is silent."""
        one, other = self.row.scale, self.column.scale
        if one is None or other is None or (one.role == "sign") == (other.role == "sign"):
            return 0
        return (other if one.role == "sign" else one).expected_sign

    @property
    def ids(self) -> tuple[str, str]:
        """Ids of both."""
        return self.row.id, self.column.id


def as_variable(measure: Measure) -> Variable:
    """What a measure is here; a metadata column, or a partner's score, rests on no items."""
    if measure.variable is not None and not measure.of_partner:
        return measure.variable
    return Variable(id=measure.id, label=measure.label, scale=None, item=None, items=())


def declared_selectors(
    instrument: Instrument,
    rows: str | Sequence[str] | None,
    columns: str | Sequence[str] | None,
) -> tuple[str | Sequence[str], str | Sequence[str]]:
    """What an instrument crosses, where nothing is said."""
    declared = instrument.correlate
    rows = declared.rows if rows is None else rows
    columns = declared.columns if columns is None else columns
    if not rows or not columns:
        raise UsageError(
            f"{instrument.id} does not say what to cross by default: name --rows "
            "and --columns (rows=, columns= in Python). Its scales are: "
            f"{', '.join(instrument.scales)}."
        )
    return rows, columns


def pairs_of(down: Sequence[Variable], across: Sequence[Variable]) -> list[Pair]:
    """Each pair of different variables once, in the order of the table."""
    pairs: dict[frozenset[str], Pair] = {}
    for i, row in enumerate(down):
        for j, column in enumerate(across):
            both = frozenset((row.id, column.id))
            if len(both) == 2 and both not in pairs:
                shared = tuple(item for item in row.items if item in column.items)
                pairs[both] = Pair(row, column, i, j, shared)
    return list(pairs.values())


def copies_of(pairs: Sequence[Pair], numbers: Mapping[str, Floats]) -> list[Pair]:
    """Pairs of different names that hold the same numbers."""
    found = []
    for pair in pairs:
        x, y = numbers[pair.row.id], numbers[pair.column.id]
        if (np.abs(x[:_FIRST] - y[:_FIRST]) > 0).any():  # most pairs differ at once
            continue
        both = ~np.isnan(x) & ~np.isnan(y)
        if pair.shared or both.sum() <= 2 or not (x[both] == y[both]).all():
            continue
        if (x[both] != x[both][0]).any():  # two constants have no correlation to hide
            found.append(pair)
    return found


def crossable(
    pairs: Sequence[Pair], copies: Collection[Pair], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Where in the crossed matrices a pair stands that has a correlation, ``(rows, columns)``."""
    shown = np.zeros(shape, dtype=np.bool_)
    for pair in pairs:
        shown[pair.i, pair.j] = not pair.shared and pair not in copies
    return shown


def alike_of(numbers: Mapping[str, Floats]) -> dict[str, tuple[int, float]]:
    """Variable -> how many values there are, and which if it is always the same, else NaN."""
    found = {}
    for name, column in numbers.items():
        given = column[~np.isnan(column)]
        same = given.size > 0 and (given == given[0]).all()
        found[name] = (given.size, float(given[0]) if same else np.nan)
    return found


def require_answers(
    sample: Sample,
    down: Sequence[Variable],
    across: Sequence[Variable],
    alike: Mapping[str, tuple[int, float]],
) -> None:
    """Refuse when a side has no answers at all, and say what to cross.

    ``alike`` says of each variable how many values there are.
    """
    for side, variables in (("rows", down), ("columns", across)):
        if not any(alike[variable.id][0] for variable in variables):
            names = listing((variable.id for variable in variables), shown=5)
            raise SurveyError(
                f"Nobody has a value of {names} ({side}), so there is nothing to correlate: the "
                "items are not in the data, or too few of them are answered for a score."
                f"{_what_to_cross(sample)}"
            )


def _what_to_cross(sample: Sample) -> str:
    """Scales that the data hold, and what to type to cross them."""
    if sample.is_frame:
        return ""
    scales = sample.instrument.scales.values()
    there = {scale.id: scale.role for scale in scales if present_items(sample.survey, scale)}
    if not there:
        return ""
    one, role = next(iter(there.items()))
    other = next((name for name, of in there.items() if of != role), "")
    if not other:
        one = other = f"items:{one}"
    word = "scale" if len(there) == 1 else "scales"
    return (
        f" These data hold the {word} {listing(there, shown=30)}. Say what to cross, for instance "
        f"--rows {one} --columns {other} (rows=, columns= in Python)."
    )


def why_not(pair: Pair, n: int, *, copy: bool) -> str:
    """Why a pair has no correlation."""
    if pair.shared:
        shared = listing(pair.shared, shown=3)
        return (
            f"part-whole: {pair.row.id} and {pair.column.id} share {shared}, which correlates with "
            "itself. Item analysis (items) gives the correlation of an item with the rest of its "
            "scale"
        )
    if copy:
        return "both hold the same numbers in every row that has both: a copy, not a correlation"
    if n < 2:
        return f"{counted(n, 'respondent')} with both {pair.row.id} and {pair.column.id}"
    return f"{pair.row.id} or {pair.column.id} is constant among the {n} respondents who have both"


def respondents_of(
    down: Sequence[Variable], across: Sequence[Variable], numbers: Mapping[str, Floats]
) -> NDArray[np.bool_]:
    """Who has a row variable and a column variable, (n,)."""
    one, other = (
        np.any([~np.isnan(numbers[variable.id]) for variable in side], axis=0)
        for side in (down, across)
    )
    return np.asarray(one & other, dtype=np.bool_)
