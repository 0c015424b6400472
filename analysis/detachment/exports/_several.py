"""Which columns of a form take several choices in one cell, as said in the code book."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import pandas as pd

from detachment.exports._choices import ENOUGH, find_choices, is_ranking
from detachment.exports._grid import short
from detachment.exports._types import Variable

_SHOWN = 3


def several_choices(
    frame: pd.DataFrame,
    variables: Mapping[str, Variable],
    separators: Sequence[str],
    *,
    ended: bool = False,
) -> tuple[dict[str, Variable], tuple[str, ...]]:
    """Find the questions that take several choices.

    Parameters
    ----------
    frame
        Columns of categories.
    variables
        What is known of them; only questions (no role) are looked at, those of one group together.
    separators
        What may stand between choices.
    ended
        The platform puts the separator after the last choice too: that is all the evidence it
        takes, and without it there is none.

    Returns
    -------
    variables
        New entries, with ``options`` and ``separator``, for the columns that were found.
    warnings
        Which columns they are, and where their choices are doubtful. No cell is shown.
    """
    found: dict[str, Variable] = {}
    doubts: tuple[str, ...] = ()
    questions = [name for name, variable in variables.items() if not variable.role]
    for _, columns in groupby(questions, key=lambda name: variables[name].group or name):
        same = list(columns)
        counts: Counter[str] = Counter()
        for name in same:
            counts.update(_first_cells(frame[name]))
        cells = [cell for cell in counts if cell.strip()]
        if ended and not (cells and all(cell.rstrip().endswith(separators[0]) for cell in cells)):
            continue
        if ended and is_ranking(cells, separators[0]):
            doubts += (f"{short(same[0])!r} looks like a ranking: its cells are left whole",)
            continue
        choices = find_choices(counts, separators, certain=ended)
        if choices is None:
            continue
        for name in same:
            found[name] = replace(
                variables[name], options=choices.options, separator=choices.separator
            )
        if choices.doubtful:
            doubts += (
                f"{short(same[0])!r}: {len(choices.doubtful)} of its choices seem to hold the "
                f"mark {choices.separator.strip()!r} themselves, but few answers tell: look at "
                "the choices of this column",
            )
    return found, (*_said(list(found)), *doubts)


def _first_cells(column: "pd.Series[str]") -> dict[str, int]:
    """Different cells -> number of records; of very many, the first will do."""
    texts = column.cat.categories[: ENOUGH + 1]
    records = np.bincount(column.cat.codes, minlength=len(texts))
    return dict(zip(map(str, texts), records[: len(texts)].tolist(), strict=True))


def _said(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    shown = ", ".join(repr(short(name)) for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (
        f"{len(names)} column(s) taken for several choices in one cell ({shown}{more}): each "
        "choice that two people or more gave can be used as a column 'heading [choice]'",
    )
