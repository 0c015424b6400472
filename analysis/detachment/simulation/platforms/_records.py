"""What every platform knows of the sample: who answered, when, what, and where there is nothing."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.instruments import Instrument
from detachment.simulation import _population as pop
from detachment.simulation._sample import NOT_APPLICABLE, NOT_REACHED, PREFER_NOT_TO_SAY, Sample

SAID: Final[dict[int | float, str]] = {
    NOT_APPLICABLE: "Does not apply",
    PREFER_NOT_TO_SAY: "Prefer not to say",
}
CONSENT_TEXT: Final = "Do you agree to take part in this study?"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """The sample as text, one row a person and wave.

    Attributes
    ----------
    codes
        Items in the presented order: the code as text; ``""`` where the question was seen and not
        answered, and where it was never reached. ``-8`` does not apply, ``-9`` prefers not to say.
    labels
        The same with the words that people saw.
    reached
        True where the question was shown.
    people
        Metadata columns of the instrument that a study adds itself (ids, wave, group,
        demographics), text.
    started, ended
        Moments in UTC, by the second.
    seconds
        Time that was needed.
    finished
        Whether the last page was reached.
    """

    codes: pd.DataFrame
    labels: pd.DataFrame
    reached: NDArray[np.bool_]
    people: pd.DataFrame
    started: NDArray[np.datetime64]
    ended: NDArray[np.datetime64]
    seconds: NDArray[np.int64]
    finished: NDArray[np.bool_]


def records(sample: Sample, instrument: Instrument) -> Records:
    """Take a sample apart, in the order of its rows."""
    answers = sample.responses
    text = answers.astype("str").mask(answers.isna(), "")
    items = list(pop.PRESENTED)
    codes = text[items]
    reached = answers[items].ne(NOT_REACHED).fillna(True).to_numpy(dtype=bool)
    codes = codes.mask(~reached, "")
    ended = np.array([t[:19] for t in text["submitted_at"]], dtype="datetime64[s]")
    seconds = answers["duration_s"].to_numpy(dtype=np.int64)
    own = ("consent", "submitted_at", "duration_s", "language")
    people = [name for name in text if name not in items and name not in own]
    return Records(
        codes=codes,
        labels=codes.apply(lambda cells: cells.map(choice_texts(instrument, str(cells.name)))),
        reached=reached,
        people=text[people],
        started=ended - seconds.astype("timedelta64[s]"),
        ended=ended,
        seconds=seconds,
        finished=np.asarray(reached.all(axis=1), dtype=bool),
    )


def choice_texts(instrument: Instrument, item: str) -> dict[str, str]:
    """Code as written -> words that people saw, for one item; nothing for nothing."""
    scale = instrument.response_scale(item)
    words = dict(zip(scale.codes, scale.labels, strict=True))
    return words | {str(code): text for code, text in SAID.items()} | {"": ""}


def pages(instrument: Instrument) -> dict[str, list[str]]:
    """Page of the questionnaire (a block of the instrument) -> its items, as presented."""
    found: dict[str, list[str]] = {}
    for name in pop.PRESENTED:
        # The instructed item stands inside the grid of the signs.
        block = "signs" if name == pop.INSTRUCTED else instrument.items[name].block
        found.setdefault(block or "checks", []).append(name)
    return found
