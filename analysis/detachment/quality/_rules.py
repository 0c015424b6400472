"""Which rules an instrument has for the items that are there: declared ones, and defaults."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil

from detachment.instruments import Instrument, Item
from detachment.quality import _limits as limits

_CONSISTENT_MODELS = ("reflective", "reflective_2item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Items over which a run of equal answers is taken, and from which lengths it is a flag.

    ``strong_from`` is more than the number of items where no run is strong.
    """

    name: str
    items: tuple[str, ...]
    hint_from: int
    strong_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules for the items that the data have.

    Attributes
    ----------
    seconds_per_item, share_of_median
        0 where there is no such rule.
    runs
        One for each part of the questionnaire.
    compared
        Items whose answers have an order and are scored: those that indices are made of.
    irv_items, irv_below
        ``irv_below`` is None where there is no rule.
    mahalanobis_items, mahalanobis_p
        The multivariate outlier rule.
    even_odd_scales, even_odd_below
        Items of each scale with their keys.
    synonyms_above, antonyms_below
        Correlations from which two items are psychometric synonyms or antonyms.
    synonym_pairs, antonym_pairs
        As declared.
    """

    seconds_per_item: float
    share_of_median: float
    runs: tuple[Run, ...]
    compared: tuple[str, ...]
    irv_items: tuple[str, ...]
    irv_below: float | None
    mahalanobis_items: tuple[str, ...]
    mahalanobis_p: float
    even_odd_scales: tuple[tuple[tuple[str, int], ...], ...]
    even_odd_below: float
    synonyms_above: float
    antonyms_below: float
    synonym_pairs: tuple[tuple[str, str], ...]
    antonym_pairs: tuple[tuple[str, str], ...]


def rules_of(instrument: Instrument, present: Collection[str]) -> Rules:
    """Rules of an instrument for the items that are in the data.

    Parameters
    ----------
    instrument
        What was asked; what its section ``quality`` does not say has a default.
    present
        Ids of the columns that the data have.

    Returns
    -------
    Rules
    """
    said = instrument.quality
    compared = tuple(
        item.id
        for item in instrument.items.values()
        if item.id in present
        and item.form == "self"
        and item.role == "scored"
        and instrument.response_scales[item.scale].type != "categorical"
    )
    runs = _runs(instrument, compared)

    def within(blocks: Sequence[str]) -> tuple[str, ...]:
        return tuple(i for i in compared if not blocks or instrument.items[i].block in blocks)

    def there(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple(pair for pair in pairs if all(item in present for item in pair))

    return Rules(
        seconds_per_item=_either(said.seconds_per_item, limits.SECONDS_PER_ITEM),
        share_of_median=_either(said.share_of_median, limits.SHARE_OF_MEDIAN),
        runs=runs,
        compared=compared,
        irv_items=within(said.irv_blocks or said.longstring_blocks),
        irv_below=said.irv_below,
        mahalanobis_items=within(said.mahalanobis_blocks),
        mahalanobis_p=_either(said.mahalanobis_p, limits.MAHALANOBIS_P),
        even_odd_scales=_halved(instrument, compared),
        even_odd_below=_either(said.even_odd_below, limits.EVEN_ODD_BELOW),
        synonyms_above=_either(said.synonyms_above, limits.SYNONYMS_ABOVE),
        antonyms_below=_either(said.antonyms_below, limits.ANTONYMS_BELOW),
        synonym_pairs=there(said.synonym_pairs),
        antonym_pairs=there(said.antonym_pairs),
    )


def _either(said: float | None, default: float) -> float:
    return default if said is None else said


def _runs(instrument: Instrument, compared: Sequence[str]) -> tuple[Run, ...]:
    said = instrument.quality
    if said.longstring_from is not None:
        items = [i for i in compared if instrument.items[i].block in said.longstring_blocks]
        # Over hardly more items than the limit, it would say nothing.
        if len(items) <= said.longstring_from:
            return ()
        return (
            _run(instrument, " and ".join(said.longstring_blocks), items, said.longstring_from),
        )

    def part(item: Item) -> tuple[object, ...]:
        scale = instrument.response_scales[item.scale]
        return item.block, scale.values, scale.minimum, scale.maximum

    parts = groupby((instrument.items[i] for i in compared), key=part)
    runs = []
    for _, members in parts:
        items = [item.id for item in members]
        if len(items) >= limits.RUN_ITEMS:
            name = instrument.items[items[0]].block or f"{items[0]} to {items[-1]}"
            runs.append(_run(instrument, name, items, ceil(limits.RUN_SHARE * len(items))))
    return tuple(runs)


def _run(instrument: Instrument, name: str, items: Sequence[str], hint_from: int) -> Run:
    keys = [instrument.items[item].keyed for item in items]
    one_way = max(len(list(stretch)) for _, stretch in groupby(keys))
    both_ways = len({*keys} - {0}) == 2
    strong = max(hint_from, ceil(limits.RUN_SHARE * len(items)), one_way + 1)
    return Run(
        name=name,
        items=tuple(items),
        hint_from=hint_from,
        strong_from=strong if both_ways else len(items) + 1,
    )


def _halved(
    instrument: Instrument, compared: Sequence[str]
) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Whole reflective scales of which at least two items are in the data."""
    scales = []
    for scale in instrument.scales.values():
        if scale.parent is None and scale.model in _CONSISTENT_MODELS:
            items = tuple((use.id, use.keyed) for use in scale.items if use.id in compared)
            if len(items) > 1:
                scales.append(items)
    return tuple(scales)
