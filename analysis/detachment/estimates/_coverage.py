"""When an interval that takes answers to be normal is too narrow: one rule for every verb.

Such an interval is compared with one that needs no normal answers. Where the latter is a tenth
wider, the former covers 92.5 of 100 instead of 95 (2 Phi(1.96 / 1.1) - 1). The comparison is
uncertain: of normal answers the ratio of the widths has a standard error of at most sqrt(2 / n)
(the fourth moments of two independent normal variables). So a tenth is enough where answers are
plainly skewed, and else it must be more than chance makes of normal answers once in a hundred
tables.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from detachment.stats.descriptives import skewness as skewness_of

Floats = NDArray[np.float64]
WIDER = 1.1
SKEWED = 1.0  # skewness; answers of which three in five are the lowest category have 1.5
FEW = 100  # respondents below which no interval of skewed answers covers as it should
_BY_CHANCE = 0.01


def skewness(answers: ArrayLike) -> Floats:
    """Skewness of each column of answers ``(n, p)``, 0 where it has none, ``(p,)``."""
    return np.nan_to_num(np.asarray(skewness_of(answers, type=1), dtype=np.float64))


def is_skewed(answers: ArrayLike) -> bool:
    """Whether columns of answers ``(n, p)`` that measure the same are skewed in one direction."""
    return skewed_together(skewness(answers))


def skewed_together(found: Floats) -> bool:
    """Whether columns with these skewnesses are skewed in one direction."""
    return bool(found.size) and bool(abs(found.mean()) >= SKEWED)


def too_narrow(
    ratio: ArrayLike, n: ArrayLike, skewed: ArrayLike, comparisons: int = 1
) -> NDArray[np.bool_]:
    """Whether intervals are too narrow.

    Parameters
    ----------
    ratio
        Widths of intervals that need no normal answers, over those in question.
    n
        Respondents (dyads, targets) that they rest on.
    skewed
        Whether their answers are skewed, so that no chance is needed to explain the ratio.
    comparisons
        How many are looked at together.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.exp(ndtri(1 - _BY_CHANCE / max(comparisons, 1)) * np.sqrt(2 / np.asarray(n)))
        bar = np.where(skewed, WIDER, np.maximum(WIDER, chance))
        return np.asarray(np.asarray(ratio) > bar, dtype=np.bool_)
