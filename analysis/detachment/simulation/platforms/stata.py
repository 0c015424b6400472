"""The sample as a Stata file: value labels, and extended missing values for answers not given."""

import re
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from detachment.instruments import Instrument
from detachment.simulation import _population as pop
from detachment.simulation._sample import NOT_APPLICABLE, NOT_REACHED, PREFER_NOT_TO_SAY, Sample
from detachment.simulation.platforms._records import SAID, records

NAME: Final = "stata"
_VERSION: Final = 14  # the first with Unicode, which every later one reads
_LONGEST: Final = 80  # letters of a variable's label
_TAGS: Final = {NOT_APPLICABLE: "n", PREFER_NOT_TO_SAY: "p", NOT_REACHED: "u"}
_LABELS: Final = {"n": SAID[NOT_APPLICABLE], "p": SAID[PREFER_NOT_TO_SAY], "u": "Not reached"}
# pyreadstat calls a set of labels by its variable's name and place, in 32 letters at most; a name
# that is too long for that is written into its field afterwards.
_NAMED_LABELS: Final = 29
_FIELD: Final = 129  # bytes of a variable's name
# ReadStat writes the clock into the header ("dd Mon yyyy hh:mm").
_CLOCK: Final = re.compile(rb"\d\d \w{3} \d{4} \d\d:\d\d(?=</timestamp>)")
_STOPPED: Final = b"01 Mar 2026 00:00"


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """A data file of Stata 14."""
    return {"couples.dta": stata_bytes(sample, instrument)}


def stata_bytes(sample: Sample, instrument: Instrument) -> bytes:
    """Contents of the .dta file; the same sample and pyreadstat give the same bytes."""
    import pyreadstat

    columns = {str(name): _values(values) for name, values in sample.responses.items()}
    ended = records(sample, instrument).ended
    columns["submitted_at"] = pd.Series(ended.astype("datetime64[ns]"))  # all pyreadstat knows
    short = {n: n if len(n) <= _NAMED_LABELS else f"long_{i}" for i, n in enumerate(columns)}
    labels: dict[str, dict[Any, str]] = {"consent": {1.0: "I agree", 0.0: "I do not agree"}}
    texts: dict[str, str | None] = {}
    for name in pop.PRESENTED:
        scale = instrument.response_scale(name)
        values = map(float, scale.values)
        labels[short[name]] = dict(zip(values, scale.labels, strict=True)) | _LABELS
        texts[short[name]] = instrument.items[name].text[:_LONGEST]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.dta"
        pyreadstat.write_dta(
            pd.DataFrame(columns).rename(columns=short),
            path,
            file_label="Simulated couples; no real people",
            column_labels=texts,
            version=_VERSION,
            variable_value_labels=labels,
            missing_user_values={key: list(_LABELS) for key in texts},
            variable_format=dict.fromkeys(texts, "%8.0g"),
        )
        content = path.read_bytes()
    for name, written in short.items():
        if name != written:  # the first place is among the names of the variables
            content = content.replace(_field(written), _field(name), 1)
    return _CLOCK.sub(_STOPPED, content, count=1)


def _field(name: str) -> bytes:
    return name.encode().ljust(_FIELD, b"\0")


def _values(values: "pd.Series[int]") -> "pd.Series[float] | pd.Series[str]":
    """Numbers as Stata's doubles; of items, the codes for no answer as letters."""
    if not pd.api.types.is_numeric_dtype(values.dtype):
        return values.astype(object).where(values.notna(), "")
    numbers = pd.Series(values.to_numpy(dtype=np.float64, na_value=np.nan))
    if values.name not in pop.PRESENTED:
        return numbers
    return numbers.astype(object).where(~numbers.isin(list(_TAGS)), numbers.map(_TAGS))
