"""Small whole numbers are judged by what each byte says, and found to be what their text says."""

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detachment as dt
from detachment.sources import open_source
from detachment.validation import Coding
from detachment.validation._blocks import blocks_of

INSTRUMENT = """
schema_version: 1
instrument: {id: panel, version: "1", title: Panel}
missing_codes: {"9": refused, "": blank}
response_scales:
  five: {type: ordinal, values: [1, 2, 3, 4, 5]}
  odd: {type: ordinal, values: [-1, 0, 2, 7]}
  pain: {type: numeric, min: 0, max: 10}
columns:
  agreed: {role: consent, type: boolean}
  group: {role: group, type: category}
items:
  - {id: a, text: Question a, scale: five}
  - {id: b, text: Question b, scale: five}
  - {id: c, text: Question c, scale: odd}
  - {id: d, text: Question d, scale: pain}
scales:
  all: {label: All, items: [a, b], score: mean}
  other: {label: Other, items: [c], score: mean}
"""


@pytest.fixture(scope="module")
def instrument(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("panel") / "panel.yaml"
    path.write_text(INSTRUMENT, encoding="utf-8")
    return path


def table(seed: int, dirty: float, *, people: bool) -> pa.Table:
    """Answers with gaps, codes that mean no answer, and cells that are nothing at all."""
    rng, n = np.random.default_rng(seed), 300
    columns = {}
    for name, values in (
        ("a", [1, 2, 3, 4, 5, 9]),
        ("b", [1, 2, 3, 4, 5]),
        ("c", [-1, 0, 2, 7, 9]),
        ("d", [0, 5, 10]),
    ):
        cells = rng.choice(values, n)
        wrong = rng.random(n) < dirty
        cells[wrong] = rng.integers(-128, 128, wrong.sum())
        columns[name] = pa.array(cells.astype(np.int8), mask=rng.random(n) < 0.1)
    if people:
        columns["agreed"] = pa.array(np.where(rng.random(n) < 0.1, "no", "yes"))
        columns["group"] = pa.array(rng.choice(["north", "south"], n))
    return pa.table(columns)


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 2**31),
    st.sampled_from([0, 0.002, 0.1]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([pa.int8(), pa.int64(), pa.float32(), pa.float64(), pa.string()]),
)
@pytest.mark.filterwarnings("ignore::detachment.errors.DataWarning")
def test_bytes_say_what_their_texts_say(
    instrument: Path, seed: int, dirty: float, people: bool, declared: bool, kind: pa.DataType
) -> None:
    small = table(seed, dirty, people=people)
    numbers, texts = (
        small.cast(pa.schema([(f.name, of if f.name in "abcd" else f.type) for f in small.schema]))
        for of in (kind, pa.string())
    )
    codes = {"7": "seven", "-99": "asked later"} if declared else None
    ours = dt.open_survey(numbers, instrument=instrument, missing_codes=codes)
    with patch("detachment.validation._blocks._narrowed", lambda rows, _: rows):
        theirs = dt.open_survey(texts, instrument=instrument, missing_codes=codes)
    assert ours.items == theirs.items
    assert list(ours.items) == list(theirs.items)
    assert (ours.rows, ours.levels) == (theirs.rows, theirs.levels)
    for name in ("problems", "ledger"):
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name))


@pytest.mark.parametrize(
    ("column", "small"),
    [
        (pa.array([1.0, None, 3.0]), True),
        (pa.array([1.0, float("nan"), 3.0], from_pandas=False), True),
        (pa.array([1, 2, None], pa.uint64()), True),
        (pa.array([1.0, 2.5, 3.0]), False),
        (pa.array([1, 1000, 3]), False),
        (pa.array(["1", "", "3"]), True),
        (pa.array(["1", None, "-99"]), True),
        (pa.array(["1", "2", "3"]).dictionary_encode(), False),
        (pa.array(["1", "2.0", "3"]), False),
        (pa.array(["1", "+2", " 3"]), False),
        (pa.array([""] * 300 + [str(n) for n in range(300)]), False),
    ],
)
def test_numbers_that_are_small_and_whole_are_kept_as_such(
    column: pa.Array, small: bool, instrument: Path
) -> None:
    lazy = dt.open_survey(pa.table({"a": [1, 2, 3], "b": [2, 2, 3]}), instrument=instrument)
    rows = pa.table({"a": column, "b": column})
    (block,) = blocks_of(lazy.reading, open_source(rows).parts[0], 0)
    assert (block.kind("a") is not None) == small
    assert np.array_equal(
        block.answers("a"), block.survey.responses["a"].astype("Float64"), equal_nan=True
    )


@given(
    st.lists(st.integers(0, 255), min_size=256, max_size=256),
    st.integers(-300, 300),
    st.booleans(),
    st.data(),
)
def test_codes_are_those_of_the_table(stored, start, down, data) -> None:
    values = data.draw(st.sampled_from([range(5), range(1), range(100), [0, 2, 3], []]))
    coded = np.zeros(256, dtype=np.uint8)
    first = data.draw(st.integers(1, 100))
    for k, value in enumerate(values):
        coded[(start + value) % 256] = first + (len(values) - 1 - k if down else k)
    raw = np.array(stored, dtype=np.uint8)
    there = np.array(data.draw(st.lists(st.integers(0, 1), min_size=256, max_size=256)), np.uint8)
    assert np.array_equal(Coding(coded).of(raw, None), coded[raw])
    assert np.array_equal(Coding(coded).of(raw, there), coded[raw] * there)
    assert (Coding(coded).line is None) == (list(values) in ([0, 2, 3], []))
