"""Data that keep the layout in, a frozen instrument out; checks what a schema cannot see."""

from collections.abc import Collection, Iterable, Mapping
from math import inf, isfinite
from typing import Any

from detachment.errors import InstrumentError, nearest, quoted
from detachment.instruments._layout import Layout, Path, parts
from detachment.instruments._types import (
    Column,
    Correlate,
    Cutoff,
    Instrument,
    Item,
    Length,
    Quality,
    ResponseScale,
    Role,
    Scale,
    ScaleItem,
)

PARTNER = "__partner"

ROLE_WORDS: Mapping[str, Role] = {
    "signs": "sign",
    "effects": "effect",
    "causes": "cause",
    "moderators": "moderator",
    "strategies": "strategy",
    "coping": "coping",
    "knowledge": "knowledge",
    "covariates": "covariate",
}
"""Selector word -> role of the scales that it selects."""

_ONE_COLUMN_ROLES = (
    "respondent_id", "dyad_id", "partner_role", "wave", "consent", "submitted_at", "duration_s",
    "weight",
)  # fmt: skip
_CHECKS = ("attention", "bogus", "self_report_effort")
_SPELLING = {"unknown_key", "duplicate_key"}


def build(layout: Layout, *, file: str, sha256: str) -> Instrument:
    """Turn a layout into an instrument, or raise with everything that is wrong with it.

    Raises
    ------
    InstrumentError
        With one problem for each thing that is wrong, in the order of the lines.
    """
    if all(problem.rule in _SPELLING for problem in layout.problems):
        instrument = _build(layout, sha256)
    if layout.problems:
        problems = sorted(layout.problems, key=lambda problem: problem.row or 0)
        count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
        raise InstrumentError(
            f"{file} is not a usable instrument file: {count}.", problems=problems, file=file
        )
    return instrument


def _build(layout: Layout, sha256: str) -> Instrument:
    data = layout.data
    about = data["instrument"]
    response_scales = {
        str(path[1]): _response_scale(layout, path, spec)
        for path, spec in parts(layout, "response_scales")
    }
    columns = {str(path[1]): _column(path, spec) for path, spec in parts(layout, "columns")}
    items = _items(layout, response_scales)
    scales = {str(path[1]): _scale(path, spec, items) for path, spec in parts(layout, "scales")}
    instrument = Instrument(
        id=about["id"],
        version=about.get("version", ""),
        title=about.get("title", about["id"]),
        **{
            key: about[key]
            for key in ("language", "licence", "citation", "status", "recall_period", "note")
            if key in about
        },
        forms=about.get("forms", {}),
        lengths={
            name: Length(blocks=tuple(spec["blocks"]), minutes=spec.get("minutes"))
            for name, spec in about.get("lengths", {}).items()
        },
        response_scales=response_scales,
        missing_codes=data.get("missing_codes", {}),
        columns=columns,
        items=items,
        scales=scales,
        correlate=Correlate(
            **{key: _listed(value) for key, value in data.get("correlate", {}).items()}
        ),
        quality=_quality(data.get("quality", {}), items),
        sha256=sha256,
    )
    _check_response_scales(layout)
    _check_columns(layout)
    _check_items(layout, instrument)
    _check_scales(layout, instrument)
    _check_rest(layout, instrument)
    return instrument


# -- parts ----------------------------------------------------------------------------------------


def _response_scale(layout: Layout, path: Path, spec: Mapping[str, Any]) -> ResponseScale:
    kind = spec.get("type", "ordinal")
    values: list[int] = spec.get("values", [])
    order = list(range(len(values)))
    if kind == "ordinal":  # labels and codes move with their values
        order.sort(key=values.__getitem__)

    def ordered(key: str, default: list[str]) -> tuple[str, ...]:
        words = spec.get(key) or default
        if words and len(words) != len(values):
            layout.report((*path, key), "count", f"{len(words)} {key} for {len(values)} values.")
            return ()
        return tuple(words[i] for i in order) if words else ()

    return ResponseScale(
        id=str(path[1]),
        type=kind,
        values=tuple(values[i] for i in order),
        labels=ordered("labels", []),
        codes=ordered("codes", [str(v) for v in values]),
        aliases={label: tuple(words) for label, words in spec.get("aliases", {}).items()},
        dont_know=spec.get("dont_know"),
        minimum=float(spec.get("min", min(values, default=-inf))),
        maximum=float(spec.get("max", max(values, default=inf))),
    )


def _column(path: Path, spec: Mapping[str, Any]) -> Column:
    name = str(path[1])
    return Column(**{"id": name, "column": name, **spec, "allowed": tuple(spec.get("allowed", ()))})


def _items(layout: Layout, response_scales: Mapping[str, ResponseScale]) -> dict[str, Item]:
    tested = {
        _item_id(entry)
        for _, spec in parts(layout, "scales")
        if spec.get("model") == "dichotomous_test"
        for entry in spec["items"]
    }
    items: dict[str, Item] = {}
    partners: dict[str, Item] = {}
    for _, spec in parts(layout, "items"):
        name, keyed = spec["id"], int(spec.get("role", "scored") == "scored")
        fields = {"column": name, "keyed": keyed, **spec}
        partner_text = fields.pop("partner_text", None)
        values = response_scales[spec["scale"]].values if spec["scale"] in response_scales else ()
        if name in tested and len(values) == 2:
            fields.setdefault("answer", max(values))  # answers that are already right or wrong
        fields["also_passes"] = tuple(spec.get("also_passes", ()))
        item = Item(**fields)
        items.setdefault(name, item)
        if partner_text is not None:
            fields |= {
                "id": name + PARTNER,
                "column": item.column + PARTNER,
                "block": item.block and item.block + PARTNER,
                "text": partner_text,
                "form": "partner",
                "antonym_of": None,
            }
            partners.setdefault(name + PARTNER, Item(**fields))
    return {**items, **partners}


def _scale(path: Path, spec: Mapping[str, Any], items: Mapping[str, Item]) -> Scale:
    members = []
    for entry in spec["items"]:
        item = items.get(_item_id(entry))
        keyed = entry.get("keyed") if isinstance(entry, dict) else None
        default = item.keyed if item else 1
        members.append(ScaleItem(id=_item_id(entry), keyed=default if keyed is None else keyed))
    by_count = {1: "single_item", 2: "reflective_2item"}
    model = spec.get("model", by_count.get(len(members), "reflective"))
    return Scale(
        **{
            "id": str(path[1]),
            "label": str(path[1]),
            "model": model,
            "score": "sum_correct" if model == "dichotomous_test" else "mean",
            **spec,
            "items": tuple(members),
            "overlaps": tuple(spec.get("overlaps", ())),
            "mask_when": {key: tuple(v) for key, v in spec.get("mask_when", {}).items()},
            "cutoffs": tuple(Cutoff(**cutoff) for cutoff in spec.get("cutoffs", ())),
        }
    )


def _quality(spec: Mapping[str, Any], items: Mapping[str, Item]) -> Quality:
    pairs = [tuple(pair) for pair in spec.get("antonym_pairs", ())]
    known = {frozenset(pair) for pair in pairs}
    pairs += [
        (item.antonym_of, item.id)
        for item in items.values()
        if item.antonym_of and frozenset((item.antonym_of, item.id)) not in known
    ]
    longstring, mahalanobis = spec.get("longstring", {}), spec.get("mahalanobis", {})
    irv, psychometric = spec.get("irv", {}), spec.get("psychometric", {})
    return Quality(
        seconds_per_item=spec.get("seconds_per_item"),
        share_of_median=spec.get("share_of_median"),
        longstring_blocks=tuple(longstring.get("blocks", ())),
        longstring_from=longstring.get("flag_from"),
        irv_blocks=tuple(irv.get("blocks", ())),
        irv_below=irv.get("flag_below"),
        mahalanobis_blocks=tuple(mahalanobis.get("blocks", ())),
        mahalanobis_p=mahalanobis.get("p"),
        even_odd_below=spec.get("even_odd", {}).get("flag_below"),
        synonyms_above=psychometric.get("synonyms_above"),
        antonyms_below=psychometric.get("antonyms_below"),
        synonym_pairs=tuple(tuple(pair) for pair in spec.get("synonym_pairs", ())),
        antonym_pairs=tuple(pairs),
    )


def _item_id(entry: str | Mapping[str, Any]) -> str:
    return entry if isinstance(entry, str) else str(entry["id"])


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


# -- checks ---------------------------------------------------------------------------------------


def _check_response_scales(layout: Layout) -> None:
    missing = layout.data.get("missing_codes", {})
    for path, spec in parts(layout, "response_scales"):
        kind, values = spec.get("type", "ordinal"), spec.get("values")
        numeric = kind == "numeric"
        for key in ("values", "labels", "codes", "aliases") if numeric else ("min", "max"):
            if key in spec:
                layout.report((*path, key), "does_not_fit", f"{key} does not go with type {kind}.")
        if numeric:
            if spec.get("min", -inf) >= spec.get("max", inf):
                layout.report((*path, "min"), "range", "min must be less than max.")
            continue
        if values is None:
            layout.report(path, "required", "values is missing.")
            continue
        _check_spellings(layout, path, spec)
        if spec.get("dont_know", values[0]) not in values:
            layout.report(
                (*path, "dont_know"), "not_allowed",
                f"dont_know {spec['dont_know']} is not one of its values.",
            )  # fmt: skip
        for code in spec.get("codes", [str(v) for v in values]):
            if code in missing:
                layout.report(
                    ("missing_codes", code), "duplicate",
                    f"{quoted(code)} is also an answer on response scale {quoted(path[1])}; "
                    "a code cannot be both.",
                )  # fmt: skip


def _check_spellings(layout: Layout, path: Path, spec: Mapping[str, Any]) -> None:
    """Check that no text can mean two answers; capitals make no difference in an export."""
    labels = spec.get("labels", [])
    meanings: dict[str, str] = {}
    for position, label in enumerate(labels):
        if meanings.setdefault(label.casefold(), label) != label:
            layout.report((*path, "labels", position), "duplicate", f"says {quoted(label)} twice.")
    for label, words in spec.get("aliases", {}).items():
        where = (*path, "aliases", label)
        if label not in labels:
            _unknown(layout, where, "label", label, labels, "aliases")
            continue
        for word in words:
            other = meanings.setdefault(word.casefold(), label)
            if other != label:
                layout.report(
                    where,
                    "duplicate",
                    f"aliases: {quoted(word)} cannot mean both {quoted(other)} "
                    f"and {quoted(label)}.",
                )


def _check_columns(layout: Layout) -> None:
    first: dict[str, str] = {}
    for path, spec in parts(layout, "columns"):
        role, kind = spec["role"], spec.get("type", "string")
        if role in _ONE_COLUMN_ROLES and first.setdefault(role, str(path[1])) != path[1]:
            layout.report(
                (*path, "role"), "duplicate", f"{quoted(first[role])} has the role {role} already."
            )
        for key in ("min", "max"):
            if key in spec and kind not in ("integer", "number"):
                layout.report((*path, key), "does_not_fit", f"{key} does not go with type {kind}.")
        if spec.get("min", -inf) > spec.get("max", inf):
            layout.report((*path, "min"), "range", "min is more than max.")
        allowed = spec.get("allowed", [])
        if kind in ("integer", "number"):
            for value in allowed:
                if not _is_number(value):
                    layout.report(
                        (*path, "allowed"),
                        "not_allowed",
                        f"{quoted(value)} in allowed is not a number.",
                    )
        for value in spec.get("labels", {}):
            if allowed and value not in allowed:
                _unknown(layout, (*path, "labels", value), "value", value, allowed)


def _check_items(layout: Layout, instrument: Instrument) -> None:
    ids: dict[str, int | None] = {}
    names: dict[str, str] = {}
    for path, spec in parts(layout, "columns"):
        _claim(layout, (*path, "column"), names, spec.get("column", path[1]), str(path[1]))
    for path, spec in parts(layout, "items"):
        forms = ["", PARTNER] if "partner_text" in spec else [""]
        for form in forms:
            name = spec["id"] + form
            if name in ids:
                where = f" (first on line {ids[name]})" if ids[name] else ""
                layout.report(
                    (*path, "id"), "duplicate_id", f"{quoted(name)} is given twice{where}."
                )
                continue
            ids[name] = layout.line(*path, "id")
            if name in instrument.columns:
                layout.report(
                    (*path, "id"),
                    "duplicate_id",
                    f"a metadata column is called {quoted(name)} too.",
                )
            _claim(layout, (*path, "column"), names, spec.get("column", spec["id"]) + form, name)
        _check_item(layout, path, spec, instrument)


def _check_item(
    layout: Layout, path: Path, spec: Mapping[str, Any], instrument: Instrument
) -> None:
    item = instrument.items[spec["id"]]
    response = instrument.response_scales.get(spec["scale"])
    if response is None:
        _unknown(
            layout, (*path, "scale"), "response scale", spec["scale"], instrument.response_scales
        )
        return
    keyed = spec.get("keyed")
    if keyed == -1:
        _check_reversal(layout, (*path, "keyed"), response, "the item")
    if item.role != "scored" and keyed in (1, -1):
        layout.report(
            (*path, "keyed"), "does_not_fit", f"role {item.role} is not scored; keyed must be 0."
        )
    if item.role in _CHECKS and item.pass_value is None:
        layout.report(path, "required", f"pass_value is missing; role {item.role} needs it.")
    if item.also_passes and item.pass_value is None:
        layout.report(
            (*path, "also_passes"), "does_not_fit", "also_passes goes with pass_value only."
        )
    given = [(key, spec.get(key)) for key in ("answer", "pass_value")]
    for key, value in [*given, *(("also_passes", value) for value in item.also_passes)]:
        if value is not None and response.values and value not in response.values:
            layout.report(
                (*path, key), "not_allowed",
                f"{key} {value} is not one of the values of {quoted(response.id)}: "
                f"{', '.join(map(str, response.values))}.",
            )  # fmt: skip
    if item.antonym_of is not None:
        if item.antonym_of == item.id:
            layout.report((*path, "antonym_of"), "itself", "cannot be its own antonym.")
        elif item.antonym_of not in instrument.items:
            _unknown(
                layout, (*path, "antonym_of"), "item", item.antonym_of, instrument.items,
                "antonym_of",
            )  # fmt: skip


def _check_scales(layout: Layout, instrument: Instrument) -> None:
    for path, _ in parts(layout, "scales"):
        scale = instrument.scales[str(path[1])]
        if scale.id in instrument.columns:
            layout.report(
                path, "duplicate_id", f"a metadata column is called {quoted(scale.id)} too."
            )
        _check_members(layout, path, scale, instrument)
        _check_model(layout, path, scale)
        if scale.parent is not None:
            _check_parent(layout, path, scale, instrument)
        for name in scale.overlaps:
            known = [*instrument.items, *instrument.scales]
            if name not in known:
                _unknown(layout, (*path, "overlaps"), "item or scale", name, known, "overlaps")
        for name, values in scale.mask_when.items():
            column = instrument.columns.get(name)
            if column is None:
                _unknown(
                    layout, (*path, "mask_when", name), "column", name, instrument.columns,
                    "mask_when",
                )  # fmt: skip
                continue
            for value in values:
                if column.allowed and value not in column.allowed:
                    _unknown(
                        layout, (*path, "mask_when", name), f"value of {name}", value,
                        column.allowed, "mask_when",
                    )  # fmt: skip


def _check_members(layout: Layout, path: Path, scale: Scale, instrument: Instrument) -> None:
    entries = layout.data["scales"][scale.id]["items"]
    responses: dict[str, ResponseScale] = {}
    for position, member in enumerate(scale.items):
        where = (*path, "items", position)
        item = instrument.items.get(member.id)
        if item is None:
            _unknown(layout, where, "item", member.id, instrument.items)
            continue
        if member.id in responses:
            layout.report(where, "duplicate", f"names the item {quoted(member.id)} twice.")
        if member.keyed == 0:
            layout.report(
                where, "not_scored", f"{quoted(member.id)} is not scored (keyed: 0); take it out."
            )
        response = instrument.response_scales.get(item.scale)
        if response is None:
            continue
        responses[member.id] = response
        if member.keyed == -1 and isinstance(entries[position], dict):
            _check_reversal(layout, where, response, f"{quoted(member.id)}")
        _check_answers(layout, where, scale, item, response)
    if len(responses) == len(scale.items):
        _check_limits(layout, path, scale, responses)


def _check_answers(
    layout: Layout, where: Path, scale: Scale, item: Item, response: ResponseScale
) -> None:
    """Check that an item's answers can be scored as the scale says."""
    if scale.model == "dichotomous_test":
        if item.answer is None:
            layout.report(where, "required", f"quiz question {quoted(item.id)} has no answer.")
        if item.keyed == -1:
            layout.report(
                where, "does_not_fit",
                f"{quoted(item.id)} is a quiz question; its answer says what is right, "
                "so keyed is 1.",
            )  # fmt: skip
    elif response.type == "categorical" and len(response.values) > 2:
        layout.report(
            where, "does_not_fit",
            f"{quoted(item.id)} has answers without an order ({quoted(response.id)} is "
            f"categorical); they have no {scale.score}.",
        )  # fmt: skip


def _check_limits(
    layout: Layout, path: Path, scale: Scale, responses: Mapping[str, ResponseScale]
) -> None:
    """Check thresholds against the scores that are possible."""
    present = scale.signs_present_from
    for name, response in responses.items():
        if present is not None and not response.minimum <= present <= response.maximum:
            layout.report(
                (*path, "signs_present_from"), "range",
                f"signs_present_from {present} is not an answer to {quoted(name)}.",
            )  # fmt: skip
            break
    low = sum(response.minimum for response in responses.values())
    high = sum(response.maximum for response in responses.values())
    if scale.score == "mean":
        low, high = low / len(responses), high / len(responses)
    elif scale.score == "sum_correct":
        low, high = 0, len(responses)
    for position, cutoff in enumerate(scale.cutoffs):
        if not low <= cutoff.value <= high:
            layout.report(
                (*path, "cutoffs", position), "range",
                f"cut-off {cutoff.value:g} lies outside the possible scores, {low:g} to {high:g}.",
            )  # fmt: skip


def _check_model(layout: Layout, path: Path, scale: Scale) -> None:
    count, model = len(scale.items), scale.model
    wrong = {
        "reflective": count < 2,
        "reflective_2item": count != 2,
        "single_item": count != 1,
        "dichotomous_test": count < 2,
    }
    if wrong.get(model, False):
        fits = {1: "single_item", 2: "reflective_2item"}.get(count, "reflective")
        layout.report(
            (*path, "model"), "does_not_fit",
            f"model {model} does not go with {_count(count)}; write model: {fits}.",
        )  # fmt: skip
    if (scale.score == "sum_correct") != (model == "dichotomous_test"):
        layout.report(
            (*path, "score"), "does_not_fit",
            f"score {scale.score} does not go with model {model}; "
            "a dichotomous_test is scored sum_correct, and nothing else is.",
        )  # fmt: skip


def _check_parent(layout: Layout, path: Path, scale: Scale, instrument: Instrument) -> None:
    where = (*path, "parent")
    parent = instrument.scales.get(scale.parent or "")
    if parent is None:
        _unknown(layout, where, "scale", scale.parent or "", instrument.scales, "parent")
        return
    if parent.id == scale.id:
        layout.report(where, "itself", "cannot be its own parent.")
        return
    if parent.parent is not None:
        layout.report(
            where, "nested", f"{quoted(parent.id)} has a parent itself; facets have one level."
        )
    inside = {member.id for member in parent.items}
    for member in scale.items:
        if member.id in instrument.items and member.id not in inside:
            layout.report(
                where,
                "not_in_parent",
                f"its item {quoted(member.id)} is not in its parent {quoted(parent.id)}.",
            )


def _check_rest(layout: Layout, instrument: Instrument) -> None:
    blocks = dict.fromkeys(item.block for item in instrument.items.values() if item.block)
    lengths = layout.data["instrument"].get("lengths", {})
    for name, spec in lengths.items():
        _check_blocks(layout, ("instrument", "lengths", name, "blocks"), spec["blocks"], blocks)
    quality = layout.data.get("quality", {})
    for rule in ("longstring", "irv", "mahalanobis"):
        if rule in quality:
            _check_blocks(layout, ("quality", rule, "blocks"), quality[rule]["blocks"], blocks)
    for key in ("synonym_pairs", "antonym_pairs"):
        for position, pair in enumerate(quality.get(key, ())):
            for name in pair:
                if name not in instrument.items:
                    _unknown(
                        layout, ("quality", key, position), "item", name, instrument.items, key
                    )
    roles = {scale.role for scale in instrument.scales.values()}
    words = [word for word, role in ROLE_WORDS.items() if role in roles]
    sets = [f"items:{name}" for name in instrument.scales]
    known = [*instrument.scales, *words, *sets, *instrument.items]
    for key, value in layout.data.get("correlate", {}).items():
        for position, selector in enumerate(_listed(value)):
            if selector in known:
                continue
            if selector in ROLE_WORDS:
                layout.report(
                    ("correlate", key, position), "unknown",
                    f"{key}: no scale has the role {quoted(ROLE_WORDS[selector])}.",
                )  # fmt: skip
            else:
                _unknown(layout, ("correlate", key, position), "selector", selector, known, key)


def _check_blocks(
    layout: Layout, path: Path, wanted: Iterable[str], blocks: Collection[str]
) -> None:
    for position, name in enumerate(wanted):
        if name not in blocks:
            _unknown(layout, (*path, position), "block", name, blocks)


def _check_reversal(layout: Layout, path: Path, response: ResponseScale, what: str) -> None:
    if response.type == "categorical":
        why = "has no order"
    elif not isfinite(response.minimum) or not isfinite(response.maximum):
        why = "has no min and max"
    else:
        return
    layout.report(
        path, "reversed", f"{what} cannot be reversed: response scale {quoted(response.id)} {why}."
    )


def _claim(layout: Layout, path: Path, names: dict[str, str], column: str, owner: str) -> None:
    """Give an export's column to one owner only."""
    other = names.setdefault(column, owner)
    if other != owner:
        layout.report(
            path,
            "duplicate_column",
            f"{quoted(other)} is read from the export's column {quoted(column)} too.",
        )


def _unknown(
    layout: Layout, path: Path, what: str, word: str, known: Collection[str], key: str = ""
) -> None:
    hint = nearest(word, list(known))
    where = f"{key}: " if key else ""
    layout.report(path, "unknown", f"{where}there is no {what} {quoted(word)}.{hint}")


def _count(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
