"""A layout written as text and read again: the same instrument, whatever its words are."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detachment import list_instruments, read_instrument
from detachment.instruments import yaml_text
from detachment.instruments._build import build
from detachment.instruments._layout import read_layout
from detachment.instruments._yaml import parse_yaml

# What a text of an instrument can be: anything but blank, and no half of a surrogate pair.
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip()
)


def again(text):
    layout = read_layout(parse_yaml(text.encode(), "again.yaml"))
    return build(layout, file="again.yaml", sha256="")


def small(label, word):
    return {
        "schema_version": 1,
        "instrument": {"id": "small", "version": "1", "title": label, "language": "en"},
        "response_scales": {
            "two": {"type": "ordinal", "values": [0, 1], "labels": [f"a{label}", f"b{label}"]}
        },
        "items": [
            {"id": "one", "scale": "two", "column": word, "text": label},
            {"id": "two", "scale": "two"},
        ],
        "scales": {"both": {"label": label, "items": ["one", "two"]}},
    }


@pytest.mark.parametrize("name", list_instruments())
def test_shipped_instruments_are_read_back(name):
    declared = read_instrument(name)
    assert again(yaml_text(declared.to_dict())).to_dict() == declared.to_dict()


@given(label=WORDS)
@example(label="yes")
@example(label="No")
@example(label="null")
@example(label="1.0")
@example(label="0x1F")
@example(label='say "x": {y}, # z')
@example(label="a\nb\tc\\d")
@example(label="next\x85line\u2028and\u2029para")
@example(label="\ufeffmark\x00\x7f")
@example(label="- item")
@example(label="trailing ")
@example(label="it's: fine")
def test_any_words_are_read_back(label):
    layout = small(label, "Q1")
    read = again(yaml_text(layout))
    assert read.title == label
    assert read.items["one"].text == label
    assert read.response_scales["two"].labels == (f"a{label}", f"b{label}")


@given(remark=WORDS, line=WORDS)
@example(remark="check: a\nitems: []", line="x\n- {id: evil}")
def test_no_remark_becomes_content(remark, line):
    layout = small("Small", "Q1")
    text = yaml_text(
        layout,
        remarks={("items", 0): remark, ("instrument", "title"): remark, ("scales", "both"): remark},
        above={("items",): [line], ("items", 1): [line], ("scales", None): [line]},
        head=[line],
    )
    assert again(text).to_dict() == again(yaml_text(layout)).to_dict()


def test_remarks_stand_on_their_lines():
    text = yaml_text(
        small("Small", "Q 1"),
        remarks={("items", 0): "check: keyed"},
        above={("items", 1): ["Now the other"]},
    )
    lines = text.splitlines()
    (first,) = [i for i, line in enumerate(lines) if "check: keyed" in line]
    assert lines[first] == ("  - {id: one, scale: two, column: Q 1, text: Small}  # check: keyed")
    assert lines[first + 1 : first + 3] == ["  # Now the other", "  - {id: two, scale: two}"]
