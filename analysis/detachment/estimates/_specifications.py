"""One correlation as one specification measures it: estimate, interval and p."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detachment.estimates._scales import Floats
from detachment.stats.clustered_correlation import (
    InfluenceMethod,
    correlation_influence,
    z_interval,
    z_test_p,
)
from detachment.stats.correlation import (
    bonett_wright_interval,
    fieller_interval,
    fisher_interval,
    kendall_test,
    pearson,
    spearman,
    t_test_p,
)
from detachment.stats.latent_correlation import LatentCorrelation
from detachment.text import counted

_FEWEST = 4  # respondents or clusters of an interval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """Two variables as one specification measures them, of the people who have both.

    Attributes
    ----------
    x, y
        Scores, (n,).
    items
        How many items are behind each.
    controls
        What is removed from both, (n, controls).
    clusters
        Dyad of each, (n,); None where everyone counts as independent.
    """

    x: Floats
    y: Floats
    items: tuple[int, int]
    controls: Floats
    clusters: NDArray[np.int64] | None


class Estimates(NamedTuple):
    """What one specification gives."""

    n: int
    n_clusters: int
    r: float = np.nan
    r_low: float = np.nan
    r_high: float = np.nan
    p: float = np.nan
    reason: str = ""


def observed_r(measured: Measured, method: InfluenceMethod, confidence: float) -> Estimates:
    """Correlation of two scores, less what the controls explain of both (Pearson's r only)."""
    x, y, k = measured.x, measured.y, measured.controls.shape[1]
    few, counts = _counts(measured)
    if few:
        return Estimates(*counts, reason=few)
    if k:
        if len(x) < k + _FEWEST:
            return Estimates(*counts, reason=f"{len(x)} respondents are too few for {k} controls")
        design = np.column_stack([np.ones(len(x)), measured.controls])
        x, y = (v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (x, y))
    if (np.ptp(x) < 1e-12) or (np.ptp(y) < 1e-12):
        return Estimates(*counts, reason="one of the variables is constant among these respondents")
    if measured.clusters is not None:
        found = correlation_influence(x, y, method, clusters=measured.clusters)
        r, se, df = float(found.r[0, 0]), float(found.se[0, 0]), counts[1] - 1 - k
        low, high = z_interval(r, se, df, confidence)
        return _given(counts, r, low, high, z_test_p(r, se, df))
    n = len(x) - k
    if method == "kendall":
        test = kendall_test(x, y)
        r = float(test.tau[0, 0])
        low, high = fieller_interval(r, n, confidence)
        return _given(counts, r, low, high, test.p[0, 0])
    r = float((pearson if method == "pearson" else spearman)(x, y)[0][0, 0])
    low, high = (fisher_interval if method == "pearson" else bonett_wright_interval)(
        r, n, confidence
    )
    return _given(counts, r, low, high, t_test_p(r, n))


def latent_r(
    measured: Measured, confidence: float, fit: Callable[[], LatentCorrelation]
) -> Estimates:
    """Correlation of the common factors of two sets of items, which ``fit`` finds."""
    few, counts = _counts(measured)
    if few:
        return Estimates(*counts, reason=few)
    for side, items in zip(("row", "column"), measured.items, strict=True):
        if items < 2:
            return Estimates(
                *counts, reason=f"the variable of the {side} is one item, which has no true score"
            )
    found = fit().delta_method(measured.clusters)
    r, error = float(found.estimate), float(found.standard_error)
    if np.isnan(r):
        return Estimates(*counts, reason="a factor of one of the scales is improper")
    if abs(r) > 1:
        return Estimates(
            *counts,
            reason="would exceed 1, which no correlation can: the reliabilities are too low",
        )
    se = error / (1 - r**2) if abs(r) < 1 else np.nan
    low, high = z_interval(r, se, found.units - 1, confidence)
    return _given(counts, r, low, high, z_test_p(r, se, found.units - 1))


def _counts(measured: Measured) -> tuple[str, tuple[int, int]]:
    n = len(measured.x)
    units = n if measured.clusters is None else len(np.unique(measured.clusters))
    if units < _FEWEST:
        verb = "is" if n == 1 else "are"
        return f"{counted(n, 'respondent')} with both variables {verb} too few", (n, units)
    return "", (n, units)


def _given(
    counts: tuple[int, int], r: float, low: ArrayLike, high: ArrayLike, p: ArrayLike
) -> Estimates:
    low, high, p = (float(np.asarray(value)) for value in (low, high, p))
    reason = "" if not np.isnan(low) else "r_low, r_high: the correlation is 1 or -1"
    return Estimates(*counts, r, low, high, p, reason)
