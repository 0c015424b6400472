"""Content that two variables share: the same items, or the same matter as the instrument says."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from detachment.errors import Refusal, UsageError
from detachment.estimates._scales import Sample
from detachment.estimates._study import Measure
from detachment.scoring import score_scale
from detachment.text import listing

Kind = Literal["items", "matter", "single"]
MOST = 0.5  # share of a scale's items that overlap, from which the whole scale does


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two variables share.

    Attributes
    ----------
    one, other
        Ids of the variables.
    kind
        ``items``: they share items. ``matter``: the instrument declares that they ask about the
        same, as a whole or with at least half of the items of one. ``single``: it declares so of
        fewer items, which can be left out.
    items
        The items concerned.
    """

    one: str
    other: str
    kind: Kind
    items: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.kind == "items":
            shared = listing(self.items, shown=3)
            return f"{self.one} and {self.other} share {shared}"
        if self.kind == "matter":
            return f"{self.one} and {self.other} ask about the same matter, as the instrument says"
        return (
            f"{self.one} shares content with {listing(self.items, shown=3)}, a part of {self.other}"
        )


def overlap_of(one: Measure, other: Measure) -> Overlap | None:
    """What two variables share; None where nothing is known. A partner's answers share nothing."""
    shared = tuple(item for item in one.items if item in other.items)
    if shared:
        return Overlap(one=one.id, other=other.id, kind="items", items=shared)
    single = None
    for first, second in ((one, other), (other, one)):
        found = _declared(first, second)
        if found is not None and found.kind == "matter":
            return found
        single = single or found
    return single


def _declared(one: Measure, other: Measure) -> Overlap | None:
    """Overlap that the scale of the first declares with the second."""
    scale = one.variable.scale if one.variable and one.items else None
    if scale is None or not other.items or other.variable is None:
        return None
    whole = other.variable.scale if other.variable.item is None else None
    if whole is not None and whole.id in scale.overlaps:
        return Overlap(one=one.id, other=other.id, kind="matter")
    items = tuple(item for item in other.items if item in scale.overlaps)
    if not items:
        return None
    kind: Kind = "matter" if len(items) >= MOST * len(other.items) else "single"
    return Overlap(one=one.id, other=other.id, kind=kind, items=items)


def overlaps_between(pairs: Iterable[tuple[Measure, Measure]]) -> tuple[Overlap, ...]:
    """All overlaps among pairs of variables."""
    found = (overlap_of(one, other) for one, other in pairs)
    return tuple(overlap for overlap in found if overlap is not None)


def refuse_shared(outcome: Measure, predictors: Iterable[Measure]) -> None:
    """Refuse to explain a variable with its own items."""
    predictors = list(predictors)
    for measure in predictors:
        if measure.id == outcome.id:
            raise UsageError(f"{outcome.id} is the outcome, and cannot explain itself.")
    for overlap in overlaps_between((outcome, measure) for measure in predictors):
        if overlap.kind == "items":
            raise Refusal(
                f"{overlap}: a score predicts its own items, and the slope says nothing about "
                "people. Take variables of different items."
            )


def overlap_notes(pairs: Iterable[tuple[Measure, Measure]]) -> tuple[str, ...]:
    """Say of overlaps that a part of an association is the same question asked twice."""
    return tuple(
        f"{overlap}: a part of their association is the same question asked twice."
        for overlap in overlaps_between(pairs)
    )


def without_items(sample: Sample, measure: Measure, items: Iterable[str]) -> Measure:
    """The score of a scale without some of its items."""
    variable = measure.variable
    gone = set(items)
    if variable is None or variable.scale is None or variable.item is not None:
        raise UsageError(f"{measure.id} is no scale score from which an item could be left out.")
    scale = variable.scale
    kept = [j for j, use in enumerate(scale.items) if use.id not in gone]
    smaller = replace(scale, items=tuple(scale.items[j] for j in kept))
    keyed = sample.keyed(scale.id)[:, kept]
    left = listing(sorted(gone & set(variable.items)))
    return replace(
        measure,
        id=f"{measure.id}[without {left}]",
        label=f"{measure.label} (without {left})",
        x=np.asarray(score_scale(sample.instrument, smaller, keyed).score, dtype=np.float64),
        variable=replace(variable, items=tuple(use.id for use in smaller.items)),
    )
