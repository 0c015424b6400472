"""What is shipped: every file loads, keeps the schema, and gives away no unfree wording."""

import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from detachment.instruments import (
    instrument_from_dict,
    list_instruments,
    read_instrument,
    summary_rows,
)

NAMES = list_instruments()
SLOTS = [name for name in NAMES if name != "detachment"]
# Left out on purpose: their ranges or keys are not known well enough to score anything.
NOT_DECLARED = {"das32", "ims_sat_com", "rds18", "mds21"}


@pytest.fixture(scope="module")
def built_in(shared: Path) -> dict[str, Any]:
    """Content that the built-in instrument was made from."""
    path = shared / "instrument" / "items.yaml"
    if not path.is_file():
        pytest.skip("the content of the built-in instrument is not on this machine")
    with path.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def test_all_expected_instruments_are_there() -> None:
    assert {"detachment", "ras", "csi4", "csi16", "csi32", "kmss", "qmi", "phq4"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_loads_under_its_own_name(name: str) -> None:
    instrument = read_instrument(name)
    assert instrument.id == name
    assert instrument.version
    assert instrument.title
    assert len(instrument.sha256) == 64
    assert read_instrument(name) == instrument


@pytest.mark.parametrize("name", NAMES)
def test_keeps_the_schema_as_an_editor_checks_it(name: str, root: Path) -> None:
    schema = json.loads((root / "schemas" / "instrument.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    text = (root / "schemas" / "instruments" / f"{name}.yaml").read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=../instrument.schema.json\n")
    data = yaml.safe_load(text)
    for code in [c for c in data.get("missing_codes", {}) if not isinstance(c, str)]:
        pytest.fail(f"missing code {code!r} needs quotation marks for editors")
    assert [e.message for e in Draft202012Validator(schema).iter_errors(data)] == []


def test_schema_closes_and_describes_every_object(root: Path) -> None:
    schema = json.loads((root / "schemas" / "instrument.schema.json").read_text("utf-8"))
    loose, silent = [], []

    def walk(part: dict[str, Any], path: str) -> None:
        if "properties" in part and part.get("additionalProperties") is not False:
            loose.append(path)
        for key, inside in part.get("properties", {}).items():
            known = "description" in inside or "$ref" in inside
            if not known and "const" not in inside:
                silent.append(f"{path}/{key}")
            walk(inside, f"{path}/{key}")
        for key in ("items", "additionalProperties"):
            if isinstance(part.get(key), dict):
                walk(part[key], f"{path}/{key}")

    walk(schema, "")
    assert loose == []
    assert silent == []


@pytest.mark.parametrize("name", SLOTS)
def test_a_slot_has_a_key_and_no_wording(name: str) -> None:
    instrument = read_instrument(name)
    assert instrument.status == "key_only"
    assert instrument.licence
    assert instrument.citation
    assert instrument.note
    assert [item.id for item in instrument.items.values() if item.text] == []
    assert [scale.id for scale in instrument.response_scales.values() if scale.labels] == []
    assert all(item.id.startswith(f"{name}_") for item in instrument.items.values())
    assert all(cutoff.source for scale in instrument.scales.values() for cutoff in scale.cutoffs)


@pytest.mark.parametrize("name", SLOTS)
def test_a_slot_agrees_with_what_was_collected(name: str, built_in: dict[str, Any]) -> None:
    collected = built_in["established_measures"][name]
    instrument = read_instrument(name)
    items = list(instrument.items.values())
    assert len(items) == collected["n_items"]
    # The reversed item of this one was looked up for the project; the collection has none.
    reverse = [3] if name == "itis7" else collected.get("reverse", [])
    assert [n for n, item in enumerate(items, 1) if item.keyed == -1] == reverse
    ranges = collected.get("item_ranges", {"default": collected.get("range")})
    if ranges["default"] is not None:
        for number, item in enumerate(items, 1):
            response = instrument.response_scale(item.id)
            low, high = ranges.get(number, ranges["default"])
            assert response.values == tuple(range(low, high + 1))
    assert {scale.score for scale in instrument.scales.values()} == {collected["score"]}
    if "total_range" in collected:
        responses = [instrument.response_scale(item.id) for item in items]
        total = [sum(r.minimum for r in responses), sum(r.maximum for r in responses)]
        assert total == collected["total_range"]
    subscales = {"odd": list(range(1, 37, 2)), "even": list(range(2, 37, 2))}
    for subscale, numbers in collected.get("subscales", {}).items():
        members = instrument.scales[f"{name}_{subscale}"].items
        wanted = subscales[numbers] if isinstance(numbers, str) else numbers
        assert [member.id for member in members] == [f"{name}_{n}" for n in wanted]
    declared = {cutoff.value for scale in instrument.scales.values() for cutoff in scale.cutoffs}
    wanted_values = {v for v in collected.get("cutoffs", {}).values() if isinstance(v, int | float)}
    assert declared == wanted_values


def test_every_measure_is_declared_or_left_out_on_purpose(built_in: dict[str, Any]) -> None:
    assert set(built_in["established_measures"]) == set(SLOTS) | NOT_DECLARED


@pytest.mark.parametrize("name", NAMES)
def test_summary_has_a_row_for_each_scale(name: str) -> None:
    instrument = read_instrument(name)
    rows = summary_rows(instrument)
    assert [row["scale"] for row in rows] == list(instrument.scales)
    for row, scale in zip(rows, instrument.scales.values(), strict=True):
        assert row["n_items"] == len(scale.items)
        named = row["reversed"].split(", ") if row["reversed"] else []
        assert named == [item.id for item in scale.items if item.keyed == -1]


@pytest.mark.parametrize("name", NAMES)
def test_the_layout_of_an_instrument_makes_it_again(name: str) -> None:
    instrument = read_instrument(name)
    again = instrument_from_dict(instrument.to_dict())
    assert replace(again, sha256=instrument.sha256) == instrument


def test_an_instrument_travels_between_processes() -> None:
    instrument = read_instrument("detachment")
    assert pickle.loads(pickle.dumps(instrument)) == instrument


def test_representation_is_short_and_always_the_same() -> None:
    assert repr(read_instrument("ras")) == (
        "Instrument(ras 1.0.0: 'Relationship Assessment Scale', 7 items, 1 scales)"
    )


def test_what_comes_along_is_read_without_anything_heavy(root: Path) -> None:
    code = (
        "import sys, detachment.instruments as rooms; rooms.read_instrument('detachment'); "
        "print({'numpy', 'pandas', 'jsonschema', 'pandera'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=root / "analysis",
    )  # fmt: skip
    assert ran.stdout.strip() == "set()"
