"""Reliability, item statistics and factors of a lazy survey: the bytes of the survey in memory."""

import re
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import detachment as dt
from detachment.engines import Local
from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.instruments import instrument_from_dict
from detachment.validation import LazySurvey

LAYOUT = {
    "schema_version": 1,
    "instrument": {"id": "panel", "version": "1", "title": "Panel"},
    "response_scales": {
        "five": {"type": "ordinal", "values": [1, 2, 3, 4, 5]},
        "truth": {"type": "categorical", "values": [1, 0, 9], "dont_know": 9},
    },
    "columns": {
        "wave": {"role": "wave", "type": "integer"},
        "arm": {"role": "group", "type": "string"},
    },
    "items": [
        *({"id": f"a{j}", "scale": "five", "text": f"a {j}"} for j in range(6)),
        *({"id": f"b{j}", "scale": "five", "text": f"b {j}"} for j in range(3)),
        *({"id": f"t{j}", "scale": "truth", "text": f"t {j}", "answer": j % 2} for j in range(3)),
    ],
    "scales": {
        "first": {
            "label": "First", "role": "sign", "mask_when": {"arm": ["masked"]},
            "items": [*(f"a{j}" for j in range(5)), {"id": "a5", "keyed": -1}],
        },
        "second": {"label": "Second", "role": "effect", "items": ["b0", "b1", "b2"]},
        "test": {
            "label": "Test", "model": "dichotomous_test", "score": "sum_correct",
            "items": ["t0", "t1", "t2"],
        },
    },
}  # fmt: skip
INSTRUMENT = instrument_from_dict(LAYOUT)
ROWS = 12_500  # more than those that are simply read


def people(n: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    trait = rng.normal(size=(n, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])
    table = {
        "wave": rng.integers(1, 3, n).astype(np.int8),
        "arm": rng.choice(["x", "y", "masked"], n, p=[0.5, 0.45, 0.05]),
    }
    for j in range(9):
        x = np.clip(np.rint(2.5 + trait[:, j // 6] + 1.1 * rng.normal(size=n)), 1, 5)
        table[f"{'ab'[j // 6]}{j % 6}"] = 6 - x if j == 5 else x
    for j in range(3):
        table[f"t{j}"] = rng.choice([0, 1, 9], n, p=[0.3, 0.6, 0.1])
    frame = pd.DataFrame(table)
    items = frame.columns[2:]
    gone = rng.random((n, len(items))) < 0.04
    frame[items] = frame[items].astype("Int8").mask(gone)
    frame.loc[7, "a0"] = 8  # no answer of the scale
    return frame


def opened(frame: pd.DataFrame, **how: object) -> LazySurvey:
    with pytest.warns(DataWarning, match="1 problem"):
        return dt.open_survey(frame, instrument=INSTRUMENT, **how)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return people()


@pytest.fixture(scope="module")
def memory(frame, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "panel.parquet"
    frame.to_parquet(path, index=False)
    with pytest.warns(DataWarning, match="1 problem"):
        return dt.read_survey(path, instrument=INSTRUMENT)


@pytest.fixture(scope="module")
def lazy(frame):
    return opened(frame)


def quietly(question):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return question()


def told(result):
    """Everything that a result says, but for where its numbers come from."""
    tables = {"": result.table, **result.parts}
    cells = {
        name: table.to_json(orient="split", double_precision=15) for name, table in tables.items()
    }
    exact = {
        name: table.select_dtypes("float64").to_numpy().tobytes() for name, table in tables.items()
    }
    # the place of a wrong cell has another name in a source of parts
    warned = [text for text in result.warnings if "not on its response scale" not in text]
    said = [
        part
        for part in re.split(r"(?<=\.) |\n", result.explain())
        if "a0: 1 answer" not in part and not part.startswith("Correct them in the")
    ]
    return cells, exact, result.notes, warned, result.n, said


QUESTIONS = {
    "reliability": partial(dt.reliability),
    "reliability, listwise": partial(dt.reliability, missing="listwise"),
    "reliability, wave": partial(dt.reliability, wave=2, scales="first"),
    "reliability, adf": partial(dt.reliability, interval="adf", scales=["first", "second"]),
    "reliability, names": partial(
        dt.reliability, coefficients=["lambda_6", "sem", "mdc", "split_half"], scales="first"
    ),
    "items": partial(dt.items),
    "items, listwise": partial(dt.items, missing="listwise"),
    "items, wave": partial(dt.items, wave=2, skew_type=2, scales=["first", "second"]),
    "efa": partial(dt.efa, scales=["first", "second"], n_factors=2),
    "efa, polychoric": partial(dt.efa, scales="first", method="polychoric", n_factors=1),
    "efa, listwise": partial(dt.efa, scales=["first", "second"], missing="listwise"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_counts_give_the_bytes_of_the_survey_in_memory(name, memory, lazy):
    ours, theirs = (quietly(partial(QUESTIONS[name], data)) for data in (lazy, memory))
    if name.startswith("items"):
        without = [{k: v for k, v in r.parts.items() if k not in ("test", "distractors")}
                   for r in (ours, theirs)]  # fmt: skip
        assert told_parts(without[0]) == told_parts(without[1])
        assert told_parts({"": ours.table}) == told_parts({"": theirs.table})
        assert ours.n == theirs.n
        return
    assert told(ours) == told(theirs)


def told_parts(tables):
    return {
        name: table.to_json(orient="split", double_precision=15) for name, table in tables.items()
    }


def test_a_test_has_its_counts_and_says_what_needs_the_rows(memory, lazy):
    ours, theirs = (quietly(partial(dt.items, data, scales="test")) for data in (lazy, memory))
    for column in ("difficulty", "point_biserial", "biserial", "dont_know"):
        assert ours.parts["test"][column].tolist() == theirs.parts["test"][column].tolist()
    assert ours.parts["test"]["discrimination"].isna().all()
    assert ours.parts["test"]["reason"].str.contains("needs the rows").all()
    assert "distractors" not in ours.parts


def test_order_parts_and_threads_leave_no_trace(frame, lazy, tmp_path):
    mixed = frame.sample(frac=1, random_state=3)
    for k, piece in enumerate(np.array_split(np.arange(len(mixed)), 7)):
        table = pa.Table.from_pandas(mixed.iloc[piece], preserve_index=False)
        pq.write_table(table, tmp_path / f"part-{k}.parquet", row_group_size=500)
    for workers in (1, 4):
        parts = opened(tmp_path, engine=Local(workers))
        for question in ("reliability", "items", "efa"):
            ours, theirs = (quietly(partial(QUESTIONS[question], d)) for d in (parts, lazy))
            assert told(ours) == told(theirs)


def test_resamples_are_the_same_in_any_parts(frame, tmp_path):
    for k, piece in enumerate(np.array_split(np.arange(len(frame)), 5)):
        table = pa.Table.from_pandas(frame.iloc[piece], preserve_index=False)
        pq.write_table(table, tmp_path / f"part-{k}.parquet")
    ask = partial(dt.reliability, scales="second", n_boot=60, rng=4)
    one, many = (quietly(partial(ask, opened(data))) for data in (frame, tmp_path))
    assert told(one) == told(many)
    assert one.table["alpha_ci"][0].startswith("bootstrap (percentile, 60 resamples")
    plain = quietly(partial(dt.reliability, opened(frame), scales="second")).table
    width = (one.table["alpha_high"] - one.table["alpha_low"])[0]
    assert width == pytest.approx((plain["alpha_high"] - plain["alpha_low"])[0], rel=0.4)


def test_few_rows_are_read_and_give_everything(frame):
    few = opened(frame.head(300))
    result = quietly(partial(dt.reliability, few, scales="first", interval="jackknife"))
    assert result.table["alpha_ci"].tolist() == ["jackknife"]


@pytest.mark.parametrize("interval", ["jackknife", "bca"])
def test_intervals_that_need_rows_are_missing_with_their_reason(lazy, interval):
    boot = 50 if interval == "bca" else 0
    table = quietly(
        partial(dt.reliability, lazy, scales="first", interval=interval, n_boot=boot)
    ).table
    assert table["alpha"].notna().all()
    assert table["alpha_low"].isna().all()
    assert table["reason"].str.contains("it needs the rows themselves").all()


def test_what_is_not_counted_is_refused_or_read(lazy, frame):
    with pytest.raises(Refusal, match="Maximum likelihood from answers with gaps"):
        dt.reliability(lazy, missing="em")
    with pytest.raises(UsageError, match="wave"):
        dt.items(lazy, wave=3)
    small = opened(frame, memory_limit=1000)
    with pytest.raises(Refusal, match=r"needs all 12,500 rows at once, .*limit is"):
        quietly(partial(dt.dimensionality, small, scales="first"))
    assert len(quietly(partial(dt.dimensionality, lazy, scales="first")).table)


def test_a_wrong_cell_is_counted_and_named(lazy):
    result = quietly(partial(dt.reliability, lazy, scales="first"))
    assert any(
        "a0: 1 answer in all waves not on its response scale" in text for text in result.warnings
    )


def test_a_part_in_which_nobody_answered_an_item(tmp_path):
    """It says nothing of how answers are written, and their codes are no small numbers."""
    layout = {
        **{key: LAYOUT[key] for key in ("schema_version", "instrument")},
        "response_scales": {
            "five": {**LAYOUT["response_scales"]["five"], "codes": [f"A{k}" for k in range(1, 6)]}
        },
        "items": [{"id": f"b{j}", "scale": "five", "text": f"b {j}"} for j in (0, 1, 2, 8, 9)],
        "scales": {
            "second": LAYOUT["scales"]["second"],
            "gone": {"label": "Gone", "items": ["b8", "b9"]},
        },
    }
    rng = np.random.default_rng(2)
    x = np.rint(2.5 + rng.normal(size=(ROWS, 1)) + rng.normal(size=(ROWS, 3))).clip(1, 5)
    frame = pd.DataFrame(x.astype(int), columns=["b0", "b1", "b2"]).map("A{}".format)
    frame.loc[:6_000, "b0"] = ""
    for k, piece in enumerate((frame[:6_000], frame[6_000:])):
        piece.to_parquet(tmp_path / f"part-{k}.parquet", index=False)
    lazy = dt.open_survey(tmp_path, instrument=instrument_from_dict(layout))
    for verb in (dt.items, partial(dt.reliability, interval="adf")):
        ours, theirs = (quietly(partial(verb, data)) for data in (lazy, lazy.collect()))
        assert told(ours) == told(theirs)
    for data in (lazy, lazy.collect()):
        with pytest.raises(SurveyError, match="Nobody has a value of gone"):
            quietly(partial(dt.correlate, data, rows="second", columns="gone"))
