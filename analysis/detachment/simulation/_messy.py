"""The same people in a file with planted faults, and which fault is where."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from detachment.instruments import Instrument
from detachment.simulation._sample import NOT_REACHED, Sample
from detachment.simulation._streams import stream

SHARE_REPEATED: Final = 0.01
OFF_THE_SCALE: Final = {"sign_05_withdrawal": "55", "eff_com_2": "7", "cause_stress_1": "0"}
LABELLED: Final = "eff_sat_3"  # holds labels instead of codes


def plant_faults(sample: Sample, instrument: Instrument) -> tuple[pd.DataFrame, pd.Series]:
    """Plant faults of the kinds that real exports have.

    Returns
    -------
    DataFrame
        The answers as text with faults in it, numbers with a decimal comma; repeated rows last.
    Series
        For each row of ``sample.responses`` the fault in it, or an empty string.
    """
    answers = sample.responses
    text = answers.astype("str").where(answers.notna(), "")
    fault = pd.Series([""] * len(text), index=text.index, dtype="str", name="messy_fault")
    rng = stream(sample.seed, "messy")
    tenths = rng.integers(0, 5, len(text)).astype(str)
    text["duration_s"] = [f"{s},{t}" for s, t in zip(text["duration_s"], tenths, strict=True)]

    scale = instrument.response_scale(LABELLED)
    said = {str(v): label for v, label in zip(scale.values, scale.labels, strict=True)}
    text[LABELLED] = text[LABELLED].map(lambda cell: said.get(cell, cell))

    # One fault a person, among those who are there at wave 1 and reached the end.
    whole = (answers["wave"] == 1) & (answers.iloc[:, -1] != NOT_REACHED).fillna(True)
    order = iter(rng.permutation(np.flatnonzero(whole.to_numpy(dtype=bool))))
    for column, value in OFF_THE_SCALE.items():
        for row in _take(order, 1):
            text.loc[row, column] = value
            fault[row] = f"{column} is {value}"
    for row in _take(order, 1):
        text.loc[row, "rel_length_months"] = str(12 * int(answers["demo_age"][row]) + 60)
        fault[row] = "rel_length_months is more than the age"
    rest = list(order)
    partners = [row for row in rest if text["partner_role"][row] == "B"]
    for row in partners[:1]:
        text.loc[row, "partner_role"] = "A"
        fault[row] = "partner_role is A for both partners"
    repeated = [row for row in rest if row not in partners[:1]]
    repeated = sorted(repeated[: round(SHARE_REPEATED * int((answers["wave"] == 1).sum()))])
    fault[repeated] = "the row is there twice"
    return pd.concat([text, text.loc[repeated]], ignore_index=True), fault


def _take(rows: Iterator[int], n: int) -> list[int]:
    return [row for row, _ in zip(rows, range(n), strict=False)]
