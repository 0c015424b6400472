"""The sample as an SPSS file, with labels and user-missing codes."""

import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from detachment.instruments import Instrument
from detachment.simulation import _population as pop
from detachment.simulation._sample import NOT_REACHED, PREFER_NOT_TO_SAY, Sample
from detachment.simulation.platforms._records import SAID

NAME: Final = "spss"
# ReadStat writes the clock into the header ("dd mmm yy" and "hh:mm:ss" from this byte on).
_CLOCK: Final = 92
_STOPPED: Final = b"01 Mar 26" + b"00:00:00"


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """A compressed system file."""
    return {"couples.sav": spss_bytes(sample, instrument)}


def spss_bytes(sample: Sample, instrument: Instrument) -> bytes:
    """Contents of the .sav file; the same sample and pyreadstat give the same bytes."""
    import pyreadstat

    answers = sample.responses
    columns = {
        name: values.to_numpy(dtype=np.float64, na_value=np.nan)
        if pd.api.types.is_numeric_dtype(values.dtype)
        else values.astype(object).where(values.notna(), "")
        for name, values in answers.items()
    }
    labels: dict[str, dict[int | float, str]] = {"consent": {1: "I agree", 0: "I do not agree"}}
    for name in pop.PRESENTED:
        scale = instrument.response_scale(name)
        labels[name] = {
            **dict(zip(scale.values, scale.labels, strict=True)), NOT_REACHED: "Not reached", **SAID
        }  # fmt: skip
    texts: dict[str, str | None] = {n: instrument.items[n].text for n in pop.PRESENTED}
    numeric = [n for n in answers.columns if pd.api.types.is_numeric_dtype(answers[n].dtype)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.sav"
        pyreadstat.write_sav(
            pd.DataFrame(columns),
            path,
            file_label="Simulated couples; no real people",
            column_labels=texts,
            row_compress=True,
            variable_value_labels=labels,
            missing_ranges={
                n: [{"lo": PREFER_NOT_TO_SAY, "hi": NOT_REACHED}] for n in pop.PRESENTED
            },
            variable_measure=dict.fromkeys(pop.PRESENTED, "ordinal"),
            variable_format=dict.fromkeys(numeric, "F5.0") | dict.fromkeys(pop.PRESENTED, "F2.0"),
        )
        content = path.read_bytes()
    return content[:_CLOCK] + _STOPPED + content[_CLOCK + len(_STOPPED) :]
