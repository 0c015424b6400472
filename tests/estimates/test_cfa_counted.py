"""Factor models of answers that are counted where they are: the bytes of the rows in memory."""

import numpy as np
import pandas as pd
import pytest

import detachment.estimates._scales as scales_room
from detachment.errors import Refusal
from detachment.estimates import cfa
from detachment.instruments import instrument_from_dict
from detachment.validation import open_survey

ITEMS = [f"i{k}" for k in range(7)]
INSTRUMENT = instrument_from_dict(
    {
        "schema_version": 1,
        "instrument": {"id": "panel", "version": "1", "title": "Panel"},
        "response_scales": {
            "five": {"type": "ordinal", "values": [1, 2, 3, 4, 5], "labels": list("abcde")},
            "eight": {"type": "ordinal", "values": [*range(8)], "labels": list("abcdefgh")},
        },
        "columns": {
            "wave": {"role": "wave", "type": "integer"},
            "sex": {"role": "group", "type": "category", "allowed": ["1", "2"]},
            "pair": {"role": "dyad_id"},
        },
        "items": [
            *({"id": item, "text": f"item {item}", "scale": "eight"} for item in ITEMS),
            *({"id": f"o{k}", "text": f"item o{k}", "scale": "five"} for k in range(6)),
        ],
        "scales": {
            "one": {
                "label": "One", "items": ["i0", "i1", {"id": "i2", "keyed": -1}], "score": "mean",
                "min_valid": 0.5, "mask_when": {"sex": ["2"]},
            },
            "two": {"label": "Two", "items": ITEMS[3:], "score": "mean", "min_valid": 0.5},
            "three": {"label": "Three", "items": ["o0", "o1", "o2"], "score": "mean",
                      "min_valid": 0.5},
            "four": {"label": "Four", "items": ["o3", {"id": "o4", "keyed": -1}, "o5"],
                     "score": "mean", "min_valid": 0.5},
        },
    }
)  # fmt: skip


def panel(n=400, missing=0.05, seed=1):
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal(np.zeros(2), [[1, 0.4], [0.4, 1]], n)
    sides = [0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1]
    x = 0.8 * factors[:, sides] + 0.6 * rng.normal(size=(n, 13))
    x[:, [2, 11]] *= -1
    answers = np.concatenate(
        [np.clip(np.rint(3.5 + 1.6 * x[:, :7]), 0, 7), np.clip(np.rint(3 + x[:, 7:]), 1, 5)], 1
    )
    answers[rng.random(answers.shape) < missing] = np.nan
    table = pd.DataFrame(answers, columns=[*ITEMS, *(f"o{k}" for k in range(6))]).astype("Int64")
    table["wave"] = 1 + (np.arange(n) % 8 == 0)
    table["sex"] = np.where(np.arange(n) % 11 == 0, "2", "1")
    return table


def parts(table, folder, lengths):
    """Files of a folder with so many rows each."""
    folder.mkdir()
    start = 0
    for k, length in enumerate(lengths):
        table.iloc[start : start + length].to_parquet(folder / f"{k}.parquet", index=False)
        start += length
    assert start == len(table)
    return folder


@pytest.fixture(autouse=True)
def _count(monkeypatch):
    monkeypatch.setattr(scales_room, "FEW", 0)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The same answers in one part, in several, and shuffled in others."""
    here = tmp_path_factory.mktemp("panel")
    table = panel()
    shuffled = table.sample(frac=1, random_state=3)
    return [
        open_survey(parts(each, here / name, lengths), instrument=INSTRUMENT)
        for name, each, lengths in (
            ("whole", table, [400]),
            ("pieces", table, [1, 150, 249]),
            ("shuffled", shuffled, [300, 99, 1]),
        )
    ]


def same(one, other):
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    assert one.parts.keys() == other.parts.keys()
    for name in one.parts:
        pd.testing.assert_frame_equal(one.parts[name], other.parts[name], check_exact=True)
    for name in ("notes", "warnings", "wrong", "n", "labels", "call", "instrument"):
        assert getattr(one, name) == getattr(other, name), name


SEVEN = {"scales": ["one", "two"]}
FIVE = {"scales": ["three", "four"]}
CROSSED = "g =~ i0 + i1 + i2 + i3\nh =~ i3 + i4 + i5 + i6\ni5 ~~ i4"
HIGHER = "g =~ i0 + i1 + i2\nh =~ i3 + i4\nk =~ i5 + i6\ntop =~ g + h + k"


@pytest.mark.parametrize(
    "options",
    [
        SEVEN | {"estimator": "ML"},
        SEVEN | {"estimator": "ML", "missing": "listwise", "std_lv": True},
        SEVEN | {"estimator": "ULS"},
        SEVEN | {"estimator": "GLS", "orthogonal": True, "wave": 1},
        SEVEN | {"estimator": "ML", "wave": 2, "missing": "listwise"},
        {"model": CROSSED, "estimator": "ML", "confidence": 0.9},
        {"model": HIGHER, "estimator": "ML"},
        FIVE | {"estimator": "ML"},
        FIVE,
        FIVE | {"estimator": "DWLS"},
        FIVE | {"estimator": "WLSMV", "missing": "listwise", "wave": 2},
        FIVE | {"estimator": "ULSMV", "std_lv": True},
    ],
    ids=str,
)
def test_every_number_is_that_of_the_rows_in_memory(sources, quietly, options):
    expected = quietly(cfa, sources[0].collect(), **options)
    assert expected.parts["fit"]["chisq"].notna().any() or expected.wrong
    for lazy in sources:
        same(quietly(cfa, lazy, **options), expected)


def test_dyads_cannot_be_looked_for_and_that_is_said(tmp_path):
    table = panel(120, missing=0.0)
    table["pair"] = np.repeat([f"d{k}" for k in range(60)], 2)
    lazy = open_survey(parts(table, tmp_path / "pairs", [120]), instrument=INSTRUMENT)
    found = cfa(lazy, scales=["two"], estimator="ML")
    assert any(note.startswith("Partners of one another") for note in found.notes)


def test_a_doubtful_key_is_named_from_counts_too(tmp_path, quietly):
    table = panel()
    table["i5"] = 7 - table["i5"]
    lazy = open_survey(parts(table, tmp_path / "turned", [200, 200]), instrument=INSTRUMENT)
    found = quietly(cfa, lazy, scales=["two"], estimator="ML")
    assert any("i5" in text for text in found.warnings)
    assert found.warnings == quietly(cfa, lazy.collect(), scales=["two"], estimator="ML").warnings


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (SEVEN | {"estimator": "MLR"}, "slopes of the likelihood.*estimator='ML'.*collect"),
        (SEVEN | {"estimator": "MLM"}, "fourth moments.*estimator='ML'.*collect"),
        (SEVEN | {"estimator": "ML", "n_boot": 100}, "bootstrap.*draw rows anew.*collect"),
    ],
)
def test_what_needs_rows_is_refused_with_the_reason(sources, options, said):
    with pytest.raises(Refusal, match=said):
        cfa(sources[0], **options)


def test_the_default_for_measured_answers_is_the_estimator_that_counts_give(sources):
    found = cfa(sources[1], **SEVEN)
    assert (found.call["estimator"], found.call["missing"]) == ("ML", "fiml")
    assert any("(MLR) need the rows" in note for note in found.notes)
    assert found.table.equals(cfa(sources[1], **SEVEN, estimator="ML").table)


def test_too_many_patterns_are_refused_before_they_are_summed(tmp_path):
    folder = parts(panel(), tmp_path / "many", [400])
    lazy = open_survey(folder, instrument=INSTRUMENT, memory_limit=40_000)
    with pytest.raises(Refusal, match=r"patterns of missing answers to 7 items.*listwise"):
        cfa(lazy, scales=["one", "two"], estimator="ML")
    assert cfa(lazy, **SEVEN, estimator="ML", missing="listwise").n["analysed"] > 200
    with pytest.raises(Refusal, match=r"39 thresholds and correlations of 6 items.*fewer items"):
        cfa(lazy, **FIVE)


def test_answers_that_are_not_whole_are_refused_with_the_reason():
    instrument = instrument_from_dict(
        {
            "schema_version": 1,
            "instrument": {"id": "sliders", "version": "1", "title": "Sliders"},
            "response_scales": {"line": {"type": "numeric", "min": 0, "max": 100}},
            "items": [{"id": f"i{k}", "text": f"item {k}", "scale": "line"} for k in range(4)],
            "scales": {"one": {"label": "One", "items": [f"i{k}" for k in range(4)],
                               "score": "mean", "min_valid": 0.5}},
        }
    )  # fmt: skip
    answers = np.random.default_rng(1).uniform(0, 100, (50, 4)).round(1)
    table = pd.DataFrame(answers, columns=[f"i{k}" for k in range(4)]).astype(str)
    with pytest.raises(Refusal, match=r"only whole numbers can be counted exactly.*collect"):
        cfa(open_survey(table, instrument=instrument))


def test_a_copied_item_is_refused(tmp_path):
    table = panel()
    table["i4"] = table["i3"]
    lazy = open_survey(parts(table, tmp_path / "copy", [100, 300]), instrument=INSTRUMENT)
    with pytest.raises(Refusal, match="i3 and i4 have the same answer in every row"):
        cfa(lazy, scales=["two"], estimator="ML")
