"""Whatever is declared comes back; whatever key is misspelt is found, on its line."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from detachment.errors import InstrumentError, Problem
from detachment.instruments import Instrument, instrument_from_dict, read_instrument

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "instrument.schema.json").read_text("utf-8"))


def layout_keys(schema: dict[str, Any]) -> set[str]:
    """Every key that the layout knows, anywhere."""
    found = set(schema.get("properties", {}))
    for inside in [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]:
        found |= layout_keys(inside)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            found |= layout_keys(schema[key])
    return found


KEYS = layout_keys(SCHEMA)

SMALL = """\
schema_version: 1
instrument: {id: small, version: 1.0.0, title: Small, licence: CC0-1.0, note: Nothing.}
response_scales:
  agreement:
    type: ordinal
    values: [1, 2, 3, 4, 5]
    labels: [a, b, c, d, e]
    codes: [1, 6, 2, 3, 4]
    aliases: {a: [aa]}
  truth: {type: categorical, values: [1, 0, 9], dont_know: 9}
missing_codes: {"-9": refused}
columns:
  person: {role: respondent_id, type: string, required: true}
  sex: {role: group, type: category, allowed: ["1", "2"], labels: {"1": woman}, note: Asked.}
  age: {role: demographic, type: integer, min: 18, max: 99, unit: years, column: Q3}
items:
  - {id: a1, scale: agreement, keyed: -1, text: One., column: Q1_1, block: main, sensitive: true}
  - id: a2
    scale: agreement
    block: main
    partner_text: Two.
    allow_not_applicable: true
  - {id: a3, scale: agreement, role: balance, antonym_of: a1}
  - {id: a4, scale: agreement, role: attention, pass_value: 2}
  - {id: a5, scale: agreement, role: bogus, pass_value: 1, also_passes: [2]}
  - {id: q1, scale: truth, answer: 1, source: myth}
  - {id: q2, scale: truth, answer: 0}
scales:
  total:
    label: All
    role: sign
    model: reflective
    items:
      - a1
      - {id: a2, keyed: -1}
    score: mean
    min_valid: 0.8
    direction: up
    expected_sign: 1
    signs_present_from: 4
    overlaps: [a3]
    mask_when: {sex: ["2"]}
    cutoffs:
      - {name: high, value: 4, direction: above, source: nobody, verified: true}
  part: {parent: total, items: [a1]}
  test: {role: knowledge, model: dichotomous_test, items: [q1, q2]}
correlate: {rows: [total], columns: [part]}
quality:
  seconds_per_item: 2
  share_of_median: 0.4
  longstring: {blocks: [main], flag_from: 3}
  irv: {blocks: [main], flag_below: 0.2}
  even_odd: {flag_below: 0.3}
  psychometric: {synonyms_above: 0.6, antonyms_below: -0.5}
  synonym_pairs: [[a2, a3]]
  antonym_pairs: [[a1, a2]]
  mahalanobis: {blocks: [main], p: 0.001}
"""
PLACES = [
    (number, match.start(1), match.group(1))
    for number, line in enumerate(SMALL.splitlines(), 1)
    for match in re.finditer(r"(?<![\w\"])([a-z_]+):", line)
    if match.group(1) in KEYS
]


def test_the_places_cover_nearly_every_key() -> None:
    assert KEYS - {key for _, _, key in PLACES} <= {
        "language", "citation", "status", "recall_period", "forms", "lengths", "minutes",
    }  # fmt: skip


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[int, str, str]:
    """One key of the small file with one slip of the pen: line, word, the whole text."""
    number, start, key = draw(st.sampled_from(PLACES))
    at = draw(st.integers(0, len(key) - 1))
    letter = draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    word = draw(
        st.sampled_from(
            [
                key[:at] + key[at + 1 :],
                key[:at] + letter + key[at:],
                key[:at] + letter + key[at + 1 :],
                key[:at] + key[at + 1 : at + 2] + key[at] + key[at + 2 :],
                key.upper(),
                key.replace("_", "-"),
            ]
        )
    )
    assume(word and word not in KEYS)
    lines = SMALL.splitlines(keepends=True)
    line = lines[number - 1]
    lines[number - 1] = line[:start] + word + line[start + len(key) :]
    return number, word, "".join(lines)


@given(misspelt())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_typo_in_any_key_is_caught_on_its_line(
    tmp_path: Path, slip: tuple[int, str, str]
) -> None:
    number, word, text = slip
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InstrumentError) as caught:
        read_instrument(path)
    found = [p for p in caught.value.problems if p.rule == "unknown_key"]
    assert [(p.row, f"unknown key {word!r}" in p.message) for p in found] == [(number, True)]


words = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=12
)
texts = st.lists(words, min_size=1, max_size=4).map(" ".join) | st.sampled_from(
    ["yes", "No", "on", "null", "~", "1", "0.50", "true", "- a", "#b", "a: b", "'", '"', "{", "[x"]
)
ids = st.from_regex(r"[A-Za-z][A-Za-z0-9_.]{0,8}", fullmatch=True)


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, Any]:
    """A small instrument that keeps every rule."""
    values = draw(st.lists(st.integers(-5, 12), min_size=2, max_size=7, unique=True).map(sorted))
    labels = draw(
        st.none()
        | st.lists(
            texts,
            min_size=len(values),
            max_size=len(values),
            unique_by=lambda text: text.casefold(),
        )
    )
    response: dict[str, Any] = {"values": values}
    if labels:
        response["labels"] = labels
    names = draw(st.lists(ids, min_size=1, max_size=6, unique=True))
    items: list[dict[str, Any]] = []
    for name in names:
        item: dict[str, Any] = {"id": f"i_{name}", "scale": "r"}
        if draw(st.booleans()):
            item["keyed"] = -1
        if draw(st.booleans()):
            item["text"] = draw(texts)
        if draw(st.booleans()):
            item["partner_text"] = draw(texts)
        if draw(st.booleans()):
            item["column"] = f"Q {name}"
        items.append(item)
    members: list[Any] = [item["id"] for item in items]
    if draw(st.booleans()):
        members[0] = {"id": members[0], "keyed": -items[0].get("keyed", 1)}
    model = {1: "single_item", 2: "reflective_2item"}.get(len(members), "reflective")
    scale = {"label": draw(texts), "role": "effect", "model": model, "items": members}
    scale |= {"score": draw(st.sampled_from(["mean", "sum"])), "min_valid": 0.5}
    layout: dict[str, Any] = {
        "schema_version": 1,
        "instrument": {"id": draw(ids), "version": "1", "title": draw(texts)},
        "response_scales": {"r": response},
        "items": items,
        "scales": {draw(ids): scale},
    }
    if draw(st.booleans()):
        layout["columns"] = {
            "c_1": {"role": "group", "type": "category", "allowed": draw(
                st.lists(texts, min_size=1, max_size=3, unique=True))},
        }  # fmt: skip
    return layout


def without_hash(instrument: Instrument) -> Instrument:
    return replace(instrument, sha256="")


@given(layouts())
def test_what_is_declared_comes_back(layout: dict[str, Any]) -> None:
    assert [e.message for e in Draft202012Validator(SCHEMA).iter_errors(layout)] == []
    instrument = instrument_from_dict(layout)
    again = instrument_from_dict(instrument.to_dict())
    assert without_hash(again) == without_hash(instrument)
    written = layout["response_scales"]["r"]
    response = instrument.response_scales["r"]
    assert list(response.values) == written["values"]
    assert list(response.labels) == written.get("labels", [])
    for item in layout["items"]:
        declared = instrument.items[item["id"]]
        assert declared.text == item.get("text", "")
        assert declared.keyed == item.get("keyed", 1)
        assert (f"{item['id']}__partner" in instrument.items) == ("partner_text" in item)


@given(layouts())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    {
        "schema_version": 1,
        "instrument": {"id": "x", "version": "1.10", "title": "no"},
        "response_scales": {"r": {"values": [0, 1], "labels": ["no", "yes"]}},
        "items": [{"id": "1", "scale": "r", "text": "on: off"}],
        "scales": {"s": {"items": ["1"]}},
    }
)
def test_a_file_says_what_the_dictionary_says(tmp_path: Path, layout: dict[str, Any]) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(yaml.safe_dump(layout, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert without_hash(read_instrument(path)) == without_hash(instrument_from_dict(layout))


@given(layouts())
def test_the_hash_is_of_the_content_and_not_of_its_order(layout: dict[str, Any]) -> None:
    turned = {key: layout[key] for key in reversed(layout)}
    assert instrument_from_dict(turned).sha256 == instrument_from_dict(layout).sha256
    changed = {**layout, "instrument": {**layout["instrument"], "title": "Another one"}}
    assume(layout["instrument"]["title"] != "Another one")
    assert instrument_from_dict(changed).sha256 != instrument_from_dict(layout).sha256


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
SMALL_DATA: dict[str, Any] = yaml.safe_load(SMALL)


def places(part: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of everything inside the small file."""
    pairs = (
        part.items()
        if isinstance(part, dict)
        else enumerate(part if isinstance(part, list) else [])
    )
    inside = [deep for key, value in pairs for deep in places(value, (*path, key))]
    return [path, *inside] if path else inside


def attempt(data: dict[str, Any]) -> tuple[Instrument | None, tuple[Problem, ...]]:
    try:
        return instrument_from_dict(data), ()
    except InstrumentError as error:
        return None, error.problems


@given(st.sampled_from(places(SMALL_DATA)), JUNK)
@settings(max_examples=200)
def test_anything_anywhere_is_read_or_refused_and_never_crashes(
    path: tuple[Any, ...], junk: object
) -> None:
    data = yaml.safe_load(SMALL)
    inside = data
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = junk
    instrument, problems = attempt(data)
    if instrument is None:
        assert problems
        assert all(problem.message for problem in problems)
    else:
        assert without_hash(instrument_from_dict(instrument.to_dict())) == without_hash(instrument)


@given(st.binary(max_size=200))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused_with_a_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(content)
    with pytest.raises(InstrumentError, match=r"any\.yaml"):
        read_instrument(path)
