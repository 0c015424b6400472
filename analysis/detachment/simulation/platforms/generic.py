"""The sample as a plain table, as Excel saves one where numbers have a decimal comma."""

from typing import Final

from detachment.instruments import Instrument
from detachment.simulation._sample import Sample
from detachment.simulation.platforms._text import delimited

NAME: Final = "generic"


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """Values parted by semicolons, with a byte order mark: Excel's "CSV UTF-8"."""
    answers = sample.responses
    text = answers.astype("str").mask(answers.isna(), "")
    # The only number of the sample with decimals: without one, no comma would be seen.
    minutes = answers["duration_s"].to_numpy(dtype=float) / 60
    text["duration_min"] = [f"{m:.2f}".replace(".", ",") for m in minutes]
    rows = [list(text), *text.to_numpy(dtype=object).tolist()]
    return {
        "couples.csv": delimited(rows, delimiter=";", newline="\r\n", encoding="utf-8-sig"),
    }
