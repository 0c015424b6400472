"""Words that pick scales and items of an instrument."""

from collections.abc import Sequence
from dataclasses import dataclass

from detachment.errors import UsageError, nearest
from detachment.instruments import ROLE_WORDS, Instrument, Scale
from detachment.text import listing

ITEMS = "items:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One column of numbers: a scale score, or an item as one scale keys it.

    Attributes
    ----------
    id
        What stands for it in a table: the scale's id or the item's.
    label
        What people read.
    scale
        The scale whose score it is, or by whose key the item is read; None for an item that no
        scale uses.
    item
        The item's id; None for a scale score.
    items
        Ids of the items that it rests on.
    """

    id: str
    label: str
    scale: Scale | None
    item: str | None = None
    items: tuple[str, ...]


def select_scales(
    instrument: Instrument, selector: str | Sequence[str] | None = None
) -> tuple[Scale, ...]:
    """Scales that a selector names, each once, in the order named.

    Parameters
    ----------
    instrument
        What was asked.
    selector
        A scale's id, a role in the plural (``"signs"``, ``"effects"``, ``"causes"``,
        ``"moderators"``, ``"strategies"``, ``"coping"``, ``"knowledge"``, ``"covariates"``), or a
        list of these; None is every scale.

    Returns
    -------
    tuple of Scale

    Raises
    ------
    UsageError
        When a word is neither, or the list is empty.

    Examples
    --------
    >>> from detachment.instruments import read_instrument
    >>> [scale.id for scale in select_scales(read_instrument("detachment"), "knowledge")]
    ['knowledge_total']
    """
    if selector is None:
        return tuple(instrument.scales.values())
    chosen: dict[str, Scale] = {}
    for word in _words(selector, "scales"):
        if word.startswith(ITEMS):
            raise UsageError(
                f"{word!r} names items, and whole scales are asked for here: "
                f"write {word.removeprefix(ITEMS)!r}."
            )
        scales = _named_scales(instrument, word)
        if not scales:
            raise _unknown(instrument, word, items=False)
        chosen |= {scale.id: scale for scale in scales}
    return tuple(chosen.values())


def select_variables(instrument: Instrument, selector: str | Sequence[str]) -> tuple[Variable, ...]:
    """Scale scores and items that a selector names, each once, in the order named.

    Parameters
    ----------
    instrument
        What was asked.
    selector
        As for :func:`select_scales`, and ``"items:SCALE"`` for the items of a scale as it keys
        them, and an item's id for one item (as the first scale that uses it keys it).

    Returns
    -------
    tuple of Variable

    Raises
    ------
    UsageError
        When a word is none of these, or the list is empty.

    Examples
    --------
    >>> from detachment.instruments import read_instrument
    >>> len(select_variables(read_instrument("detachment"), ["items:signs_total", "effects"]))
    20
    """
    chosen: dict[str, Variable] = {}
    for word in _words(selector, "variables"):
        if word.startswith(ITEMS):
            scale_id = word.removeprefix(ITEMS)
            scale = instrument.scales.get(scale_id)
            if scale is None:
                raise UsageError(
                    f"{word!r}: {instrument.id} has no scale {scale_id!r}; its scales are: "
                    f"{', '.join(instrument.scales)}.{nearest(scale_id, [*instrument.scales])}"
                )
            found = [_item(instrument, use.id, scale) for use in scale.items]
        elif scales := _named_scales(instrument, word):
            found = [_score(scale) for scale in scales]
        elif word in instrument.items:
            users = (s for s in instrument.scales.values() if word in {u.id for u in s.items})
            found = [_item(instrument, word, next(users, None))]
        else:
            raise _unknown(instrument, word, items=True)
        for variable in found:
            chosen.setdefault(variable.id, variable)
    return tuple(chosen.values())


def _words(selector: str | Sequence[str], what: str) -> list[str]:
    words = [selector] if isinstance(selector, str) else list(selector)
    if not words:
        raise UsageError(f"No {what} are named: the list is empty.")
    for word in words:
        if not isinstance(word, str):
            raise UsageError(f"A selector is a word, not {word!r} ({type(word).__name__}).")
    return words


def _named_scales(instrument: Instrument, word: str) -> tuple[Scale, ...]:
    if word in instrument.scales:
        return (instrument.scales[word],)
    return instrument.scales_with_role(ROLE_WORDS[word]) if word in ROLE_WORDS else ()


def _score(scale: Scale) -> Variable:
    return Variable(
        id=scale.id,
        label=scale.label,
        scale=scale,
        items=tuple(use.id for use in scale.items),
    )


def _item(instrument: Instrument, item: str, scale: Scale | None) -> Variable:
    label = instrument.items[item].text or item
    return Variable(id=item, label=label, scale=scale, item=item, items=(item,))


def _unknown(instrument: Instrument, word: str, *, items: bool) -> UsageError:
    if word in ROLE_WORDS:
        return UsageError(
            f"{instrument.id} has no scale of the role {ROLE_WORDS[word]!r}; its scales are: "
            f"{', '.join(instrument.scales)}."
        )
    present = {scale.role for scale in instrument.scales.values()}
    roles = [plural for plural, role in ROLE_WORDS.items() if role in present]
    allowed = [*instrument.scales, *roles]
    also = listing(["'items:SCALE' for the items of a scale", "the id of an item"], "or")
    return UsageError(
        f"{instrument.id} has no scale {word!r}. A selector is one of: {', '.join(allowed)}"
        + (f"; {also}." if items else ".")
        + nearest(word, [*allowed, *instrument.items] if items else allowed)
    )
