"""Variables that share content, as the instrument says, so that a slope is partly a tautology."""

from collections.abc import Iterable

from detachment.estimates._study import Measure


def overlap_notes(pairs: Iterable[tuple[Measure, Measure]]) -> tuple[str, ...]:
    """One sentence for each pair of variables that share items or, by the instrument, content."""
    said = []
    for pair in pairs:
        for one, other in (pair, pair[::-1]):
            scale = one.variable.scale if one.variable and one.variable.item is None else None
            named = scale.overlaps if scale else ()
            if set(one.items) & set(other.items):
                said.append(
                    f"{pair[0].id} and {pair[1].id} rest on the same items: a part of what one "
                    "says of the other is the same answer counted twice."
                )
                break
            if other.id in named or set(other.items) & set(named):
                said.append(
                    f"{pair[0].id} and {pair[1].id} share content, as the instrument says: a part "
                    "of what one says of the other is the same question asked twice."
                )
                break
    return tuple(dict.fromkeys(said))
