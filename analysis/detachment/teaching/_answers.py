"""What the exercises of all lessons start from: answers and scores as plain numbers."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from detachment.teaching._data import LessonData

SATISFACTION = ("eff_sat_1", "eff_sat_2", "eff_sat_3", "eff_sat_4")
HIGHEST_PLUS_LOWEST = 6  # of answers from 1 to 5


def satisfaction_items(data: "LessonData", *, turned: bool = True) -> "pd.DataFrame":
    """The four items of satisfaction of those who answered all of them."""
    items = data.survey.responses[list(SATISFACTION)].astype("float64")
    if turned:
        for name in reversed_items(data):
            items[name] = HIGHEST_PLUS_LOWEST - items[name]
    return items.dropna()


def reversed_items(data: "LessonData") -> tuple[str, ...]:
    """Which of the four are keyed against the others."""
    return tuple(i for i in SATISFACTION if data.survey.instrument.items[i].keyed == -1)


def scores(data: "LessonData") -> "pd.DataFrame":
    """Scale scores, a row a person."""
    from detachment.scoring import score

    return score(data.survey)


def pearson(x: "pd.Series", y: "pd.Series") -> float:
    """Pearson's r of the people who have both."""
    return float(x.astype("float64").corr(y.astype("float64")))


def alpha_of(items: "pd.DataFrame") -> float:
    """Cronbach's alpha of complete answers, by its formula."""
    cov: NDArray[np.float64] = np.cov(items.to_numpy().T)
    k = len(cov)
    return float(k / (k - 1) * (1 - np.trace(cov) / cov.sum()))
