"""An instrument in, its layout or its summary out."""

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from typing import Any

from detachment.instruments._build import PARTNER
from detachment.instruments._layout import Plain
from detachment.instruments._types import (
    Column,
    Instrument,
    Item,
    ResponseScale,
    Scale,
)


def summary_rows(instrument: Instrument) -> list[dict[str, Any]]:
    """List the scales of an instrument: one row each, in the file's order.

    Returns
    -------
    list of dict
        Keys ``scale, label, role, model, n_items, reversed`` (ids of reversed items), ``range``
        (of the answers, as text), ``score, min_valid``.

    Examples
    --------
    >>> from detachment.instruments import read_instrument
    >>> summary_rows(read_instrument("detachment"))[0]["range"]
    '1 to 5'
    """
    return [
        {
            "scale": scale.id,
            "label": scale.label,
            "role": scale.role,
            "model": scale.model,
            "n_items": len(scale.items),
            "reversed": ", ".join(item.id for item in scale.items if item.keyed == -1),
            "range": _range(instrument, scale),
            "score": scale.score,
            "min_valid": scale.min_valid,
        }
        for scale in instrument.scales.values()
    ]


def to_layout(instrument: Instrument) -> dict[str, Any]:
    """Return the content in the layout of instrument files, what is usual left out."""
    about = ("id", "version", "title", "language", "licence", "citation", "status")
    layout: dict[str, Any] = {
        "schema_version": 1,
        "instrument": {
            **{key: value for key in about if (value := getattr(instrument, key))},
            **_given(
                {
                    "recall_period": instrument.recall_period,
                    "note": instrument.note,
                    "forms": dict(instrument.forms),
                    "lengths": {k: _declared(v) for k, v in instrument.lengths.items()},
                }
            ),
        },
        "response_scales": {
            key: _response_scale(value) for key, value in instrument.response_scales.items()
        },
        "missing_codes": dict(instrument.missing_codes),
        "columns": {key: _column(value) for key, value in instrument.columns.items()},
        "items": [
            _item(item, instrument) for item in instrument.items.values() if item.form == "self"
        ],
        "scales": {key: _scale(value, instrument) for key, value in instrument.scales.items()},
        "correlate": _declared(instrument.correlate),
        "quality": _quality(instrument),
    }
    return _given(layout)


def _range(instrument: Instrument, scale: Scale) -> str:
    if scale.model == "dichotomous_test":
        return "0 to 1"
    ends = dict.fromkeys(
        (response.minimum, response.maximum)
        for response in (instrument.response_scale(item.id) for item in scale.items)
    )
    return ", ".join(f"{low:g} to {high:g}" for low, high in ends)


def _given(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if value not in ({}, [], "", None)}


def _declared(value: object) -> dict[str, Any]:
    """Fields of a frozen value that differ from their defaults, tuples as lists."""
    return _given(
        {
            f.name: _plain(content)
            for f in fields(value)  # type: ignore[arg-type]
            if (content := getattr(value, f.name)) != f.default
        }
    )


def _plain(value: Plain) -> Plain:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    return value


def _response_scale(response: ResponseScale) -> dict[str, Any]:
    spec = _declared(response)
    del spec["id"]
    low, high = spec.pop("minimum"), spec.pop("maximum")
    if response.type == "numeric":
        spec |= {key: end for key, end in (("min", low), ("max", high)) if isfinite(end)}
    if response.codes == tuple(map(str, response.values)):
        spec.pop("codes", None)
    return spec


def _column(column: Column) -> dict[str, Any]:
    spec = _declared(column)
    del spec["id"]
    if column.column == column.id:
        del spec["column"]
    return spec


def _item(item: Item, instrument: Instrument) -> dict[str, Any]:
    spec = _declared(item)
    if item.column == item.id:
        del spec["column"]
    if item.role != "scored":
        spec.pop("keyed", None)
    partner = instrument.items.get(item.id + PARTNER)
    if partner is not None and partner.form == "partner":
        spec["partner_text"] = partner.text
    return spec


def _scale(scale: Scale, instrument: Instrument) -> dict[str, Any]:
    spec = _declared(scale)
    del spec["id"]
    spec["model"] = scale.model
    spec["score"] = scale.score
    spec["cutoffs"] = [_declared(cutoff) for cutoff in scale.cutoffs]
    spec["items"] = [
        member.id
        if member.keyed == instrument.items[member.id].keyed
        else {"id": member.id, "keyed": member.keyed}
        for member in scale.items
    ]
    return _given(spec)


def _quality(instrument: Instrument) -> dict[str, Any]:
    quality = instrument.quality
    spec: dict[str, Any] = {
        "seconds_per_item": quality.seconds_per_item,
        "share_of_median": quality.share_of_median,
        "longstring": _rule(quality.longstring_blocks, flag_from=quality.longstring_from),
        "irv": _rule(quality.irv_blocks, flag_below=quality.irv_below),
        "mahalanobis": _rule(quality.mahalanobis_blocks, p=quality.mahalanobis_p),
        "even_odd": _given({"flag_below": quality.even_odd_below}),
        "psychometric": _given(
            {
                "synonyms_above": quality.synonyms_above,
                "antonyms_below": quality.antonyms_below,
            }
        ),
        "synonym_pairs": [list(pair) for pair in quality.synonym_pairs],
        "antonym_pairs": [list(pair) for pair in quality.antonym_pairs],
    }
    return _given(spec)


def _rule(blocks: tuple[str, ...], **limit: float | None) -> dict[str, Any]:
    return _given({"blocks": list(blocks), **limit})
