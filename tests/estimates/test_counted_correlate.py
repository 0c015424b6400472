"""Correlations of a lazy survey are those of the same survey in memory, to the last bit."""

import pickle
import re
import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import detachment as dt
from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.estimates import _scales
from detachment.instruments import read_instrument
from detachment.stats import pair_counts

A = [f"a{k}" for k in range(1, 5)]
B = [f"b{k}" for k in range(1, 12)]  # means of 8 to 11 of them are whole in no small unit
C = ["c1", "c2"]
N = 6_000


def _panel(columns):
    five = {"type": "ordinal", "values": [1, 2, 3, 4, 5], "labels": list("vwxyz")}
    two = {"type": "ordinal", "values": [0, 1], "labels": ["no", "yes"]}
    items = [{"id": name, "text": f"Item {name}", "scale": "five"} for name in [*A, *B, *C]]
    return {
        "schema_version": 1,
        "instrument": {"id": "panel", "version": "1", "title": "Panel"},
        "columns": columns,
        "response_scales": {"five": five, "two": two},
        "items": [*items, {"id": "yes", "text": "Yes or no", "scale": "two"}],
        "scales": {
            "a": {"label": "A", "items": [*A[:3], {"id": "a4", "keyed": -1}], "min_valid": 0.5},
            "b": {"label": "B", "items": B, "min_valid": 0.7},
            "c": {"label": "C", "items": C, "min_valid": 1.0},
        },
    }


COLUMNS = {
    "wave": {"role": "wave", "type": "integer", "allowed": [1, 2]},
    "arm": {"role": "group", "type": "category", "allowed": ["old", "new", "none"]},
    "age": {"role": "demographic", "type": "integer"},
}


@pytest.fixture(scope="module")
def answers():
    """Skewed answers with gaps, of two waves and three groups."""
    rng = np.random.default_rng(20)
    f = (
        rng.normal(size=(N, 3))
        @ np.linalg.cholesky([[1, 0.4, 0.2], [0.4, 1, 0.1], [0.2, 0.1, 1]]).T
    )
    x = {}
    for k, (names, cut) in enumerate(((A, 0.8), (B, 0.0), (C, -0.3))):
        for name in names:
            y = f[:, k] + rng.normal(size=N) - cut
            x[name] = np.digitize(-y if name == "a4" else y, [-1, 0, 1, 2]) + 1.0
            x[name][rng.random(N) < 0.04] = np.nan
    x["yes"] = (f[:, 0] + rng.normal(size=N) > 0.5).astype(float)
    x["wave"] = rng.choice([1, 1, 2], size=N)
    x["age"] = rng.integers(18, 80, size=N).astype(float)
    frame = pd.DataFrame(x).astype("Int64")
    frame.insert(0, "arm", rng.choice(["old", "new", "none", ""], size=N, p=[0.4, 0.3, 0.2, 0.1]))
    return frame


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    path = tmp_path_factory.mktemp("instrument") / "panel.yaml"
    path.write_text(yaml.safe_dump(_panel(COLUMNS), sort_keys=False))
    return read_instrument(path)


def _opened(answers, panel, folder, cuts):
    for k, (start, end) in enumerate(pairwise([0, *cuts, len(answers)])):
        part = answers.iloc[start:end]
        pq.write_table(pa.Table.from_pandas(part, preserve_index=False), folder / f"{k}.parquet")
    return dt.open_survey(folder, instrument=panel)


@pytest.fixture(scope="module")
def lazy(answers, panel, tmp_path_factory):
    return _opened(answers, panel, tmp_path_factory.mktemp("parts"), [2500, 3500, 5990])


@pytest.fixture(scope="module")
def held(lazy):
    return lazy.collect()


@pytest.fixture(autouse=True)
def _count_few_rows(monkeypatch):
    monkeypatch.setattr(_scales, "FEW", 0)


def _asked(data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return dt.correlate(data, **options)


def _same(one, other):
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    assert one.parts.keys() == other.parts.keys()
    for name, part in one.parts.items():
        pd.testing.assert_frame_equal(part, other.parts[name], check_exact=True)
    assert one.notes == other.notes
    assert one.warnings == other.warnings
    assert one.call == other.call
    assert one.n == other.n
    assert one.labels == other.labels
    assert one.explain() == other.explain()


SCORES = {"rows": ["a", "b", "c"], "columns": ["a", "b", "c"]}
MIXED = {"rows": ["a", "items:c", "yes"], "columns": ["b", "c", "items:a", "age"]}
GRID = [
    SCORES,
    SCORES | {"missing": "listwise"},
    SCORES | {"wave": 2, "confidence": 0.9},
    SCORES | {"by": "arm", "adjust": "bh"},
    SCORES | {"by": "arm", "method": "spearman"},
    SCORES | {"method": "kendall", "by": "arm", "missing": "listwise"},
    SCORES | {"equivalence": 0.1, "bayes": True},
    MIXED,
    MIXED | {"missing": "listwise", "by": "group", "equivalence": 0.2},
    MIXED | {"method": "spearman", "wave": 1},
    MIXED | {"method": "kendall", "adjust": "none"},
    {"rows": "items:a", "columns": "items:b", "interval": "fisher", "cluster": "none"},
    {"rows": ["items:a", "yes"], "columns": "items:a", "method": "polychoric", "by": "arm"},
    MIXED | {"method": "polychoric", "missing": "listwise", "equivalence": 0.1},
    MIXED | {"method": "polychoric", "by": "arm", "wave": 2},
    SCORES | {"controls": "age", "by": "arm", "equivalence": 0.1, "bayes": True},
    {"rows": "a", "columns": ["c", "items:c"], "controls": ["b", "age", "yes"]},
    {"rows": "a", "columns": "c", "controls": ["b", "yes"], "missing": "listwise", "wave": 2},
    {"rows": "a", "columns": ["c", "b"], "controls": ["age", "yes"], "method": "spearman"},
    {"rows": "items:c", "columns": "a", "controls": ["age", "b"], "method": "kendall"},
    MIXED | {"compare": "rows", "wave": 1},
    SCORES | {"compare": "columns", "missing": "listwise"},
    {"rows": ["c", "yes"], "columns": "items:a", "compare": "columns", "adjust": "bh"},
    MIXED | {"interval": "robust", "by": "arm"},
    SCORES | {"interval": "robust", "method": "spearman", "equivalence": 0.1},
    SCORES | {"interval": "robust", "method": "kendall", "wave": 2},
    MIXED | {"interval": "bootstrap", "n_boot": 50, "by": "arm"},
    SCORES | {"interval": "bootstrap", "n_boot": 70, "method": "spearman", "rng": 3},
    SCORES | {"interval": "bootstrap", "n_boot": 40, "method": "kendall", "missing": "listwise"},
    {
        "rows": ["items:a", "yes"],
        "columns": "items:a",
        "method": "polychoric",
        "interval": "bootstrap",
        "n_boot": 33,
    },
]


@pytest.mark.parametrize("options", GRID, ids=str)
def test_counts_give_what_memory_gives(lazy, held, options):
    _same(_asked(lazy, **options), _asked(held, **options))


def test_partition_and_order_leave_no_trace(answers, panel, held, tmp_path):
    shuffled = answers.sample(frac=1, random_state=3)
    again = _opened(shuffled, panel, tmp_path, [1, 4000])
    drawn = {"interval": "bootstrap", "n_boot": 40, "rng": 7}
    for options in (MIXED | drawn, SCORES | {"by": "arm", "method": "kendall"} | drawn):
        one, other = _asked(again, **options), _asked(held, **options)
        pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
        assert one.parts.keys() == other.parts.keys()
        for name, part in one.parts.items():
            pd.testing.assert_frame_equal(part, other.parts[name], check_exact=True)
        assert (one.notes, one.warnings) == (other.notes, other.warnings)


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_intervals_are_those_of_the_rows(held, method, monkeypatch):
    """Counts draw as rows do, in other random numbers; robust intervals are the same."""
    asked = {"rows": "a", "columns": ["c", "age"], "method": method, "n_boot": 400}
    robust = _asked(held, **asked, interval="robust").table
    drawn = _asked(held, **asked, interval="bootstrap").table
    monkeypatch.setattr(_scales, "FEW", N)
    of_rows = _asked(held, **asked, interval="robust").table
    pd.testing.assert_frame_equal(robust, of_rows, rtol=1e-9, atol=0)
    of_rows = _asked(held, **asked, interval="bootstrap").table
    width, other = ((part["r_high"] - part["r_low"]).to_numpy() for part in (drawn, of_rows))
    assert (width != other).all()
    np.testing.assert_allclose(width, other, rtol=0.15)
    np.testing.assert_allclose(drawn["r_low"], of_rows["r_low"], rtol=0, atol=0.01)


def test_another_seed_draws_others(held):
    asked = {"rows": "a", "columns": "c", "interval": "bootstrap", "n_boot": 50}
    one, same, other = (_asked(held, **asked, rng=rng).table["r_low"][0] for rng in (1, 1, 2))
    assert one == same != other
    drawn = _asked(held, **asked, rng=np.random.default_rng(1))
    assert drawn.call["rng"] == "Generator"
    # what else is asked changes nothing
    more = _asked(held, **(asked | {"columns": ["yes", "c"]})).table
    assert more["r_low"][1] == one


def test_columns_with_nothing_to_say(answers, panel, tmp_path):
    """A copy, a constant, a column without answers, and a pair that nobody has together."""
    some = answers.iloc[:2000].copy()
    some["c2"] = some["c1"]
    some["b1"], some["b2"] = 3, pd.NA
    some["b3"] = some["b3"].where(some["arm"] == "old")
    some["a1"] = some["a1"].where(some["arm"] != "old")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        lazy = _opened(some, panel, tmp_path, [700, 701])
        held = lazy.collect()
    asked = {"rows": ["items:c", "a1", "b"], "columns": ["items:b", "items:c", "b"], "by": "arm"}
    few = {"missing": "listwise", "rows": ["items:c", "b"], "by": None}
    for options in ({}, few, {"method": "polychoric"}, {"method": "kendall"}):
        _same(_asked(lazy, **(asked | options)), _asked(held, **(asked | options)))
    for data in (lazy, held):  # nobody has a1 and b3, so nobody has all
        with pytest.raises(SurveyError, match="Nobody has a value of"):
            _asked(data, **asked, missing="listwise")


def test_controls_that_hold_nothing_constant_are_refused_as_in_memory(answers, panel, tmp_path):
    some = answers.iloc[:600].copy()
    some["c2"], some["b1"], some["b2"] = some["c1"], 3, pd.NA
    some["b3"] = some["b3"].where(some.index < 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        lazy = _opened(some, panel, tmp_path, [200])
        held = lazy.collect()
    for controls, error, words in (
        (["c1", "c2"], UsageError, "c1 and c2 follow from one another"),
        (["c1", "b1"], SurveyError, "b1 is constant"),
        ("b3", SurveyError, r"\d respondents? with all of b3"),
    ):
        said = []
        for data in (lazy, held):
            with pytest.raises(error, match=words) as refused:
                _asked(data, rows="items:a", columns="yes", controls=controls)
            said.append(str(refused.value))
        assert said[0] == said[1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"missing": "em"}, "missing em"),
        ({"method": "biweight"}, "method biweight"),
        ({"method": "percentage_bend"}, "method percentage_bend"),
        ({"adjust": "max_t", "rows": "a", "columns": "b"}, "adjust max_t"),
        ({"controls": "age", "interval": "robust"}, "interval robust with controls"),
        ({"controls": "age", "interval": "bootstrap"}, "interval bootstrap with controls"),
        ({"controls": "age", "partial": "rows"}, "partial rows"),
        ({"level": "within"}, "level within"),
        ({"cluster": "arm"}, "cluster arm"),
        ({"weight": "age"}, "weight age"),
        ({"strata": "arm"}, "strata arm"),
        ({"compare": "rows", "interval": "robust"}, "compare, but for Pearson's r"),
        ({"compare": "rows", "method": "spearman"}, "compare, but for Pearson's r"),
        ({"compare": "columns", "controls": "age"}, "compare, but for Pearson's r"),
        ({"columns": "arm"}, "arm holds words"),
        ({"columns": "partner:a"}, "partner:a"),
    ],
)
def test_what_needs_rows_is_refused_with_what_to_ask_instead(lazy, options, said):
    with pytest.raises(Refusal, match=said) as refused:
        dt.correlate(lazy, **(SCORES | options))
    assert re.search("collect", str(refused.value))


def test_refusals_name_the_memory(lazy):
    with pytest.raises(Refusal, match=r"about \d+\.\d MB"):
        dt.correlate(lazy, **SCORES, missing="em")


def test_wrong_groups_are_refused_as_in_memory(lazy, held):
    for by in ("wave", "age", "nothing"):
        said = []
        for data in (lazy, held):
            with pytest.raises(UsageError) as refused:
                dt.correlate(data, **SCORES, by=by)
            said.append(str(refused.value))
        assert said[0] == said[1] or "too many for groups" in said[0]


def test_values_too_many_to_be_counted_are_refused(answers, panel, tmp_path, monkeypatch):
    lazy = _opened(answers.iloc[:200], panel, tmp_path, [50])
    with pytest.raises(Refusal, match="too many different values"):
        _asked(lazy, rows="b", columns="c")
    monkeypatch.setattr(pair_counts, "MOST_CELLS", 10)
    with pytest.raises(Refusal, match="more than 10 pairs of values"):
        _asked(lazy, rows="a", columns="c")


def test_partners_are_independent_and_it_is_said(answers, tmp_path):
    columns = COLUMNS | {"couple": {"role": "dyad_id", "type": "string"}}
    path = tmp_path / "panel.yaml"
    path.write_text(yaml.safe_dump(_panel(columns), sort_keys=False))
    some = answers.iloc[:3000].assign(couple=[f"d{k // 2}" for k in range(3000)])
    (tmp_path / "parts").mkdir()
    lazy = _opened(some, read_instrument(path), tmp_path / "parts", [1001])
    one = _asked(lazy, rows="items:a", columns="c")
    other = _asked(lazy.collect(), rows="items:a", columns="c", cluster="none")
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    assert any("Partners of one another are treated as independent" in note for note in one.notes)


def test_tasks_can_be_sent_to_other_processes(lazy, monkeypatch):
    """What counts is pickled on its way to a cluster."""
    total = type(lazy).total

    def sent(self, task, items):
        return total(self, pickle.loads(pickle.dumps(task)), items)

    expected = _asked(lazy, **SCORES)
    monkeypatch.setattr(type(lazy), "total", sent)
    _same(_asked(lazy, **SCORES), expected)
