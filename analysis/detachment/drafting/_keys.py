"""Which columns say who a row belongs to: respondent, wave, couple."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.drafting._facts import Facts
from detachment.drafting._words import about
from detachment.exports import Export

_BY_STUDY = ("respondent", "participant", "subject", "person", "teilnehmer", "proband")
_MOST_WAVES = 20


def find_keys(export: Export, columns: Sequence[Facts], kept: NDArray[np.bool_]) -> dict[str, str]:
    """Guess the columns that identify rows; only what agrees with the rows is taken.

    An id of respondents must stand once in a wave; a dyad has at most two members, of different
    roles; a larger group of rows is a ``cluster``.
    """
    rows = partial(_rows, export, kept)
    free = [c for c in columns if c.answers and not c.identifying]
    named: dict[str, list[Facts]] = {}
    for column in free:
        if not column.variable.role:
            named.setdefault(about(column.code, ""), []).append(column)
    keys: dict[str, str] = {}
    wave = next((c.name for c in named.get("wave", ()) if len(c.answers) <= _MOST_WAVES), None)
    respondent = _respondent(free, named, rows, wave)
    if respondent is not None:
        keys[respondent] = "respondent_id"
    if wave is not None:
        keys[wave] = "wave"
    at = [wave] if wave is not None else []
    for column in named.get("dyad_id", [])[:1]:
        pairs = rows([column.name, *at]).value_counts().max() <= 2
        keys[column.name] = "dyad_id" if pairs else "cluster"
        for role in named.get("partner_role", [])[:1]:
            if pairs and rows([column.name, role.name, *at]).value_counts().max() <= 1:
                keys[role.name] = "partner_role"
    return keys


def _rows(export: Export, kept: NDArray[np.bool_], names: Sequence[str]) -> pd.DataFrame:
    """Rows in which each of some columns says something."""
    columns = {name: export.column(name).astype("str")[kept].str.strip() for name in names}
    frame = pd.DataFrame(columns)
    return frame[(frame != "").all(axis=1)]


def _respondent(
    columns: Sequence[Facts],
    named: Mapping[str, Sequence[Facts]],
    rows: Callable[[Sequence[str]], pd.DataFrame],
    wave: str | None,
) -> str | None:
    own = named.get("respondent_id", ())
    by_study = [c for c in own if c.code.casefold().startswith(_BY_STUDY)]
    by_platform = [c for c in columns if c.variable.role == "respondent_id"]
    for column in (*by_study, *by_platform, *own):
        found = rows([column.name, *([wave] if wave is not None else [])])
        if len(found) > 1 and not found.duplicated().any():
            return column.name
    return None
