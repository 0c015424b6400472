"""Confirmatory factor analysis as a verb: tables, defaults, warnings, refusals."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from detachment.errors import DataWarning, DetachmentError, Refusal, SurveyError, UsageError
from detachment.estimates import cfa, records
from detachment.estimates.cfa import COLUMNS, FIT_COLUMNS

TWO = "f =~ a + b + c\ng =~ d + e + h"


def table(n=300, *, seed=1, missing=0.0, values=5):
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], n)
    x = np.repeat(factors, 3, axis=1) * 0.8 + rng.normal(size=(n, 6)) * 0.6
    x = np.clip(np.rint((values + 1) / 2 + x * values / 5), 1, values)
    x[rng.random(x.shape) < missing] = np.nan
    return pd.DataFrame(x, columns=list("abcdeh"))


F = table()


def row(result, lhs, op, rhs=""):
    found = result.table.query("lhs == @lhs and op == @op and rhs == @rhs")
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(
    "estimator", [None, "ML", "MLR", "MLM", "ULS", "GLS", "DWLS", "WLSMV", "ULSMV"]
)
def test_columns_are_fixed_and_every_missing_number_has_its_reason(estimator):
    result = cfa(F, model=TWO, estimator=estimator)
    assert list(result.table) == list(COLUMNS)
    assert list(result.parts["fit"]) == list(FIT_COLUMNS)
    for part in (result.table, result.parts["fit"], result.parts["factor_pairs"]):
        for each in records(part):
            numbers = [name for name in part.select_dtypes("float64") if each[name] is None]
            assert bool(numbers) <= bool(each["reason"]), (each, numbers)
    assert result.explain().startswith("Confirmatory factor analysis")
    assert "RMSEA" in repr(result)
    assert result.to_html()
    assert row(result, "f", "=~", "a")["reason"] == "z, p: fixed by the model"
    assert not result.warnings


def test_defaults_follow_the_answers():
    assert cfa(F, model=TWO).call["estimator"] == "WLSMV"
    assert cfa(F, model=TWO).call["missing"] == "pairwise"
    seven = table(values=7)
    assert cfa(seven, model=TWO).call["estimator"] == "MLR"
    assert cfa(seven, model=TWO).call["missing"] == "fiml"
    assert cfa(F, model=TWO, estimator="MLM").call["missing"] == "listwise"
    assert any("five different answers" in note for note in cfa(F, model=TWO).notes)


def test_a_plain_table_without_a_model_is_one_factor():
    result = cfa(F[["a", "b", "c", "d"]], estimator="ML")
    assert set(result.table.query("op == '=~'")["rhs"]) == set("abcd")
    assert result.parts["fit"]["df"].tolist() == [2.0]


def test_other_columns_need_not_be_answers():
    other = F.assign(name="somebody", when=pd.Timestamp("2020-01-01"))
    one, two = cfa(other, model=TWO, estimator="ML"), cfa(F, model=TWO, estimator="ML")
    pd.testing.assert_frame_equal(one.table, two.table)


def test_reversed_items_are_reversed_first():
    turned = F.assign(b=6 - F.b)
    options = {"model": TWO, "estimator": "ML", "values": (1, 5)}
    with pytest.warns(DataWarning, match="b goes against the rest of f"):
        assert row(cfa(turned, **options), "f", "=~", "b")["std_all"] < 0
    result = cfa(turned, reverse=["b"], **options)
    pd.testing.assert_frame_equal(result.table, cfa(F, **options).table)
    assert any("Reversed" in note and "b" in note for note in result.notes)


def test_missing_answers_under_each_rule():
    gaps = table(missing=0.1)
    complete = cfa(gaps.dropna(), model=TWO, estimator="MLR")
    listwise = cfa(gaps, model=TWO, estimator="MLR", missing="listwise")
    full = cfa(gaps, model=TWO, estimator="MLR")
    assert listwise.n["analysed"] == len(gaps.dropna())
    assert row(listwise, "f", "=~", "b")["estimate"] == pytest.approx(
        row(complete, "f", "=~", "b")["estimate"], abs=1e-7
    )
    assert full.n["analysed"] == len(gaps)
    assert row(full, "f", "=~", "b")["se"] < row(listwise, "f", "=~", "b")["se"]
    assert full.parts["fit"]["kind"].tolist() == ["naive", "scaled", "robust"]


def test_scales_of_a_survey_become_factors(make_survey, small_table):
    survey = make_survey(small_table)
    scales = [s for s in survey.instrument.scales.values() if s.model == "reflective"]
    with pytest.raises(UsageError, match="not both"):
        cfa(survey, model=TWO, scales=[scales[0].id])


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"model": "f =~ a + b +"}, UsageError, "line 1, column 12: nothing follows"),
        ({"model": "f =~ a + b + z"}, UsageError, "z is neither a variable"),
        ({"model": TWO, "estimator": "WLS"}, UsageError, "WLSMV"),
        ({"model": TWO, "missing": "pairwise", "estimator": "ML"}, UsageError, "cannot take"),
        ({"model": TWO, "missing": "mean"}, UsageError, "missing"),
        ({"model": TWO, "confidence": 95}, UsageError, "confidence"),
    ],
)
def test_wrong_use_is_said(options, error, said):
    with pytest.raises(error, match=said):
        cfa(F, **options)


EVEN = pd.Series(np.arange(len(F)) % 2 == 0)
TRAPS = {
    "constant": (F.assign(c=3), SurveyError, r"c is constant \(every answer is 3\)"),
    "empty": (F.assign(c=np.nan), SurveyError, "c has no answers"),
    "duplicated": (F.assign(c=F.a), Refusal, "a and c have the same answer in every row"),
    "straight-liners": (
        pd.DataFrame(dict.fromkeys("abcdeh", F.a)), Refusal, "the same answer in every row",
    ),
    "one row": (F.head(1), DetachmentError, "constant|one"),
    "no rows": (F.head(0), DetachmentError, "no rows"),
    "few rows": (F.sample(5, random_state=3), DetachmentError, "5 rows|constant|same answer"),
    "fewer than parameters": (
        F.sample(12, random_state=3), Refusal, r"parameters, and there are 12 rows",
    ),
    "nothing": (F * np.nan, SurveyError, "has no answers"),
    "labels": (F.assign(c="Agree"), SurveyError, "is not a number"),
    "column names twice": (pd.concat([F, F[["a"]]], axis=1), SurveyError, "two columns"),
    "sum of others": (
        F.assign(c=F.a + F.b), Refusal, "no proper maximum likelihood estimate",
    ),
}  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("estimator", ["MLR", "ML"])
def test_trap(trap, estimator):
    data, error, said = TRAPS[trap]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        with pytest.raises(error, match=said):
            cfa(data, model=TWO, estimator=estimator)


WARNED = {
    "typo": (F.assign(c=F.c.where(F.index != 7, 55)), {"values": (1, 5)}, r"row 8 \(55\)"),
    "typo, no range": (F.assign(c=F.c.where(F.index != 7, 55)), {}, "c holds 55 in 1 row"),
    "code, no range": (F.assign(c=F.c.where(EVEN, -99)), {}, "c: holds -99 150 times"),
    "infinite": (F.assign(c=F.c.where(F.index != 7, np.inf)), {"values": (1, 5)}, r"\(inf\)"),
    "unreversed": (F.assign(c=6 - F.c), {"values": (1, 5)}, "the items of f do not go one way"),
    "nullable": (F.astype("Int8").mask(F == 1), {"values": (1, 5)}, ""),
    "half points": (F.assign(c=(F.c + 0.5).clip(1, 5)), {"values": (1, 5)}, ""),
}


@pytest.mark.parametrize("trap", WARNED)
def test_what_is_doubtful_is_named(trap):
    data, options, said = WARNED[trap]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = cfa(data, model=TWO, estimator="MLR", **options)
    messages = [str(one.message) for one in caught]
    assert all(one.category is DataWarning and one.filename == __file__ for one in caught)
    assert sorted(messages) == sorted(result.warnings)
    if said:
        assert any(re.search(said, message) for message in messages), messages
    else:
        assert not messages


@pytest.mark.parametrize("estimator", ["ML", "WLSMV"])
def test_improper_solutions_are_named_with_their_numbers(estimator):
    rng = np.random.default_rng(0)
    f = rng.normal(size=2000)
    a = f
    b, c = 0.9 * f + rng.normal(size=2000) * 0.6, 0.9 * f + rng.normal(size=2000) * 0.6
    b, c = b - 0.2 * (c - b), c - 0.2 * (b - c)
    data = pd.DataFrame({"a": a, "b": b, "c": c}).apply(lambda x: np.clip(np.rint(3 + x), 1, 5))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = cfa(data, model="f =~ a + b + c", estimator=estimator)
    assert any("negative residual variance" in str(one.message) for one in caught), caught
    assert result.wrong
    assert np.isfinite(row(result, "f", "=~", "b")["estimate"])
    assert "improper" in result.explain()


@pytest.mark.parametrize("estimator", ["ML", "MLR", "WLSMV"])
def test_what_is_not_identified_gives_no_numbers(estimator):
    with pytest.warns(DataWarning, match=r"not identif|do not identify|no solution"):
        result = cfa(F, model="f =~ NA*a + b + c\ng =~ d + e + h", estimator=estimator)
    assert result.table["estimate"].isna().all()
    assert (result.table["reason"] != "").all()
    assert result.parts["fit"]["chisq"].isna().all()
    assert "no solution" in result.explain()
    with pytest.warns(DataWarning, match="df = -1"):
        cfa(F[["a", "b"]], model="f =~ a + b", estimator=estimator)


def test_crossed_items_have_no_composite():
    result = cfa(F, model=TWO + "\nf =~ d", estimator="ML")
    pairs = result.parts["factor_pairs"]
    assert pairs["htmt"].isna().all()
    assert (pairs["reason"] != "").all()
    assert result.parts["factor_reliability"]["omega"].isna().all()


def test_bifactor_and_second_order():
    nine = table(500, seed=3).assign(i=lambda x: (x.a + x.d).rank(pct=True).mul(5).round())
    general = "G =~ a + b + c + d + e + h\ns =~ a + b + c"
    result = cfa(nine, model=general, orthogonal=True, estimator="ML")
    assert row(result, "G", "~~", "s")["estimate"] == 0
    second = cfa(nine, model=TWO + "\nG =~ 1*f + 1*g", estimator="ML")
    assert row(second, "G", "=~", "f")["std_all"] == pytest.approx(
        row(second, "G", "=~", "g")["std_all"], abs=0.3
    )
    assert {"f", "g"} <= set(second.parts["r2"]["variable"])
