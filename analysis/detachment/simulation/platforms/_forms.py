"""What the forms of Google and Microsoft have alike: one heading a question, words in cells."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detachment.simulation._sample import Sample
from detachment.simulation._streams import stream

ARGUE: Final = "What do you argue about?"
ARGUED: Final = ("Money, savings and debt", "Chores", "Time")
_SHARES: Final = (0.4, 0.5, 0.3)


def argued(sample: Sample) -> NDArray[np.bool_]:
    """Who chose what of ``ARGUED``, shape (records, choices).

    A question of several choices that the instrument does not have, as forms often do.
    """
    rng = stream(sample.seed, "forms", "argued")
    return rng.random((len(sample.responses), len(ARGUED))) < _SHARES


def joined(chosen: NDArray[np.bool_], separator: str) -> list[str]:
    """One cell a record."""
    return [
        separator.join(text for text, yes in zip(ARGUED, row, strict=True) if yes) for row in chosen
    ]
