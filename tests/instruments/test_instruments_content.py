"""The built-in instrument says what its content says: every id, text, key and answer."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from detachment.instruments import Instrument, read_instrument


@pytest.fixture(scope="module")
def content(shared: Path) -> dict[str, Any]:
    """Content that the built-in instrument was made from."""
    path = shared / "instrument" / "items.yaml"
    if not path.is_file():
        pytest.skip("the content of the built-in instrument is not on this machine")
    with path.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return read_instrument("detachment")


def test_items_are_those_of_the_content(instrument: Instrument, content: dict[str, Any]) -> None:
    own = [item for item in instrument.items.values() if item.form == "self"]
    assert [item.id for item in own] == [item["id"] for item in content["items"]]
    for item, given in zip(own, content["items"], strict=True):
        assert item.text == given["text"]
        assert item.scale == given["scale"]
        assert item.block == given["block"]
        if "keyed" in given:
            assert item.keyed == given["keyed"]
        assert item.answer == given.get("answer")
        assert item.pass_value == given.get("pass_value")
        assert item.antonym_of == given.get("antonym_of")
        assert item.sensitive == given.get("sensitive", False)
        assert item.allow_not_applicable == given.get("allow_not_applicable", False)
        assert item.source == given.get("source", "")
        assert item.role == given.get("role", "scored")
        assert item.note == given.get("caution", item.note)
        assert given.get("place", "") in item.note


def test_partner_items_are_those_of_the_content(
    instrument: Instrument, content: dict[str, Any]
) -> None:
    partners = {i.id: i.text for i in instrument.items.values() if i.form == "partner"}
    assert partners == {
        f"{item['id']}__partner": item["partner_text"]
        for item in content["items"]
        if "partner_text" in item
    }
    members = [member.id for member in instrument.scales["signs_partner"].items]
    assert members == list(partners)


def test_scales_are_those_of_the_content(instrument: Instrument, content: dict[str, Any]) -> None:
    assert [s for s in instrument.scales if s != "signs_partner"] == list(content["scales"])
    signs = content["scoring"]["expected_sign"]
    for name, given in content["scales"].items():
        scale = instrument.scales[name]
        assert [member.id for member in scale.items] == given["items"]
        assert scale.label == given["label"]
        assert scale.model == given["model"]
        assert scale.score == given["score"]
        assert scale.min_valid == given["min_valid"]
        assert scale.direction == given["direction"]
        assert scale.parent == given.get("parent")
        assert list(scale.overlaps) == given.get("overlap_warning", [])
        assert scale.expected_sign == signs.get(name, 0)
        mask = {key: tuple(values) for key, values in given.get("mask_when", {}).items()}
        assert scale.mask_when == mask
    for facet in ("signs_closeness", "signs_indifference", "signs_behaviour"):
        members = {member.id for member in instrument.scales[facet].items}
        assert members == {i["id"] for i in content["items"] if i.get("facet") == facet}
    for item in content["items"]:
        if "construct" in item:
            members = {member.id for member in instrument.scales[item["construct"]].items}
            assert item["id"] in members


def test_response_scales_are_those_of_the_content(
    instrument: Instrument, content: dict[str, Any]
) -> None:
    assert list(instrument.response_scales) == list(content["response_scales"])
    for name, given in content["response_scales"].items():
        response = instrument.response_scales[name]
        assert list(response.values) == given["values"]
        assert list(response.labels) == given["labels"]
        assert response.type == given["type"]
    # The content's "" (blank) is left to the reader of an export: an empty cell needs no code.
    codes = {code: why for code, why in content["missing_codes"].items() if code}
    assert {code: instrument.missing_codes[code] for code in codes} == codes
    assert set(instrument.missing_codes.values()) == set(codes.values())


def test_columns_are_those_of_the_content(instrument: Instrument, content: dict[str, Any]) -> None:
    assert list(instrument.columns) == list(content["columns"])
    for name, given in content["columns"].items():
        column = instrument.columns[name]
        assert column.type == given["type"]
        assert column.required == given.get("required", False)
        assert list(column.allowed) == [str(value) for value in given.get("allowed", [])]
        assert (column.min, column.max) == (given.get("min"), given.get("max"))
        assert column.unit == given.get("unit", "")


def test_quality_rules_are_those_of_the_content(
    instrument: Instrument, content: dict[str, Any]
) -> None:
    rules, given = instrument.quality, content["quality"]
    assert [list(pair) for pair in rules.antonym_pairs] == given["antonym_pairs"]
    assert list(rules.longstring_blocks) == given["longstring"]["over"]
    assert rules.longstring_from == given["longstring"]["flag_at"]
    assert list(rules.mahalanobis_blocks) == given["mahalanobis"]["over"]
    assert rules.mahalanobis_p == given["mahalanobis"]["p"]
    assert given["duration"]["flag_below"].startswith(f"{rules.seconds_per_item:g} s")
    checks = [i.id for i in instrument.items.values() if i.role == "attention"]
    assert checks == [given["attention"]["item"]]


def test_lengths_have_the_number_of_items_that_they_promise(
    instrument: Instrument, content: dict[str, Any]
) -> None:
    for name, given in content["instrument"]["lengths"].items():
        length = instrument.lengths[name]
        assert list(length.blocks) == given["blocks"]
        assert length.minutes == given["minutes"]
        asked = [i for i in instrument.items.values() if i.block in length.blocks]
        assert len(asked) == given["items"]


def test_roles_and_keys_are_what_the_analyses_build_on(instrument: Instrument) -> None:
    count = {"sign": 4, "effect": 5, "cause": 7, "moderator": 1, "strategy": 1, "coping": 1,
             "knowledge": 1, "covariate": 2}  # fmt: skip
    assert {role: len(instrument.scales_with_role(role)) for role in count} == count
    assert instrument.scales["signs_total"].signs_present_from == 4
    reversed_ids = [item.id for item in instrument.items.values() if item.keyed == -1]
    assert reversed_ids == [
        "eff_int_1", "eff_int_4", "eff_com_3", "eff_sat_2", "eff_sat_4", "eff_lon_3", "eff_inf_3",
    ]  # fmt: skip
    answers = [i.answer for i in instrument.items.values() if i.block == "knowledge"]
    assert answers == [0, 1] * 5
    assert instrument.response_scales["tf3"].dont_know == 9
    assert instrument.licence == "CC0-1.0"
    assert instrument.status == "unvalidated_draft"
    assert instrument.correlate.columns == ("effects",)
    one_each = ("respondent_id", "wave", "dyad_id", "partner_role", "group", "consent")
    assert [c.id for role in one_each for c in instrument.columns_with_role(role)] == list(one_each)
