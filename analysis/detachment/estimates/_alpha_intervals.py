"""Whether the intervals of a reliability hold what they say: doubts, where they do not."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from detachment.estimates._coefficients import (
    OF_ALPHA,
    OF_RESAMPLES,
    ORDINAL,
    Basis,
    Estimate,
    IntervalName,
    estimates,
)
from detachment.estimates._coverage import FEW, too_narrow
from detachment.stats.reliability import alpha
from detachment.text import interval, listing, number

_NAMES = {"feldt": "Feldt's", "bonett": "Bonett's", "duhachek": "Duhachek's"}
_MOST_LEFT_OUT = 2000
_SHOWN = 5


def interval_doubts(
    bases: Mapping[str, Basis],
    found: Mapping[str, Mapping[str, Estimate]],
    how: IntervalName,
    confidence: float,
) -> list[str]:
    """Say of which scales the intervals are too narrow, and what to do.

    The rules are those that docs/guides/coverage.md supports.

    Parameters
    ----------
    bases, found
        By scale: what its coefficients rest on, and the coefficients.
    how
        Kind of interval.
    confidence
        Its level.
    """
    if how in OF_RESAMPLES:
        return []
    narrow, few, few_ordinal = [], [], []
    for scale, basis in bases.items():
        given = found[scale]
        units = basis.units
        own = given["alpha"]
        if own.interval in OF_ALPHA and _is_narrow(basis, own, units, confidence):
            narrow.append((scale, own, _without_normality(basis, units, confidence)))
        covariances = not basis.polychoric and bool(own.interval)
        if covariances and units < FEW and basis.skewed:
            few.append(scale)
        ordinal = ("alpha", "omega_total") if basis.polychoric else ORDINAL
        if units < FEW and any(name in given and given[name].interval == "adf" for name in ordinal):
            few_ordinal.append(scale)
    said = []
    if narrow:
        shown = listing(
            (
                f"{scale} {interval(own.low, own.high)} ({other.interval} "
                f"{interval(other.low, other.high)}, {_times(other, own)})"
                for scale, own, other in narrow
            ),
            shown=_SHOWN,
        )
        rows = not any(bases[name].em or bases[name].counted for name, *_ in narrow)
        better = "jackknife" if rows else "adf"
        said.append(
            f"{_NAMES[how]} interval of alpha takes items to be normal and respondents to be "
            f"independent, and is too narrow here: {shown}. Ask reliability for --interval "
            f"{better} (interval= in Python)."
        )
    if few:
        best = "the jackknife's 91 to 93"
        kin = {"adf": f"those by adf 88 to 92, {best}", "jackknife": best}
        said.append(
            f"{listing(few, shown=_SHOWN)}: skewed answers of fewer than {FEW} respondents, of "
            "whom no interval of a reliability covers what it says (of 100 intervals of 95% "
            f"{kin.get(how, f'those for normal items 88 to 91, {best}')}). Say so, or collect more."
        )
    if few_ordinal:
        said.append(
            f"{listing(few_ordinal, shown=_SHOWN)}: intervals of ordinal coefficients from fewer "
            f"than {FEW} respondents are somewhat too narrow (of 100 intervals of 95% 91 to 94 "
            "cover). Say so, or collect more."
        )
    return said


def _is_narrow(basis: Basis, own: Estimate, units: int, confidence: float) -> bool:
    """Whether an interval for normal items is much narrower than one that needs none."""
    low, high = replace(basis, em=False).delta(alpha).interval(confidence)
    ratio = (high - low) / (own.high - own.low) if own.high > own.low else np.nan
    return bool(too_narrow(ratio, units, basis.skewed))


def _without_normality(basis: Basis, units: int, confidence: float) -> Estimate:
    """Alpha with an interval that needs no normal items."""
    left_out = units <= _MOST_LEFT_OUT and not basis.em and basis.counted is None
    return estimates(
        basis,
        ("alpha",),
        with_interval=("alpha",),
        interval="jackknife" if left_out else "adf",
        n_boot=0,
        confidence=confidence,
        rng=1,
    )["alpha"]


def _times(other: Estimate, own: Estimate) -> str:
    wider = (other.high - other.low) / (own.high - own.low)
    return f"{number(wider, 1)} times as wide"
