"""Indices of careless responding: against R's careless, by hand, and as properties of any data."""

import csv
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chi2

from detachment.stats.careless import (
    average_string,
    even_odd,
    in_order_shown,
    irv,
    longstring,
    mahalanobis,
    pairs_r,
    psychometric_pairs,
)
from detachment.stats.correlation import pearson
from detachment.stats.moments import (
    em_moments,
    listwise_moments,
    missing_patterns,
    pairwise_moments,
)

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports" / "quality"
outside = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the outside reference files (../shared) are not on this machine"
)
answers = arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 9)),
    elements=st.sampled_from([1.0, 2.0, 3.0, np.nan]),
)


# ---------------------------------------------------------------- R's careless 1.2.2


def table(name: str) -> tuple[list[str], np.ndarray]:
    with (FOLDER / name).open(newline="") as file:
        head, *rows = list(csv.reader(file))
    word = {"NA": "nan", "TRUE": "1", "FALSE": "0"}
    return head, np.array([[float(word.get(cell, cell)) for cell in row] for row in rows])


@outside
def test_the_numbers_of_careless() -> None:
    x = table("careless_dataset.csv")[1]
    head, found = table("careless_dataset_oracle_R_careless_1.2.2.csv")
    theirs = dict(zip(head, found.T, strict=True))
    close = {"rtol": 0, "atol": 1e-10, "equal_nan": True}
    assert (longstring(x) == theirs["longstring"]).all()
    np.testing.assert_allclose(average_string(x), theirs["avgstring"], **close)
    np.testing.assert_allclose(irv(x), theirs["irv"], **close)
    distance = mahalanobis(x)
    np.testing.assert_allclose(distance.d2, theirs["mahad_dsq"], **close)
    assert ((distance.p < 0.001) == theirs["mahad_flag_999"]).all()
    scales = np.arange(50).reshape(10, 5).tolist()
    np.testing.assert_allclose(even_odd(x, scales).value, theirs["evenodd"], **close)
    pairs = psychometric_pairs(pearson(x)[0], 0.60)
    synonyms = pairs_r(x, pairs)
    assert (synonyms.pairs == theirs["psychsyn_pairs"]).all()
    np.testing.assert_allclose(synonyms.value, theirs["psychsyn_60"], **close)
    # R: "No Psychometric Antonyms found."
    assert len(psychometric_pairs(pearson(x)[0], -0.50)) == 0


@outside
def test_the_rows_that_careless_tests_longstring_with() -> None:
    rows = table("careless_longstring_testdata.csv")[1]
    assert longstring(rows).tolist() == [10, 20, 30, 40, 50, 60, 70, 80, 90, 10]


# ---------------------------------------------------------------- one row at a time


@given(answers)
def test_runs_are_those_of_each_row(x: np.ndarray) -> None:
    for row, longest, average in zip(x, longstring(x), average_string(x), strict=True):
        runs = [len(list(run)) for code, run in groupby(row) if not np.isnan(code)]
        # groupby parts NaN from NaN, for they are not equal
        assert longest == max(runs, default=0)
        assert average == pytest.approx(np.mean(runs) if runs else np.nan, nan_ok=True)


@given(answers)
def test_variability_is_that_of_each_row(x: np.ndarray) -> None:
    for row, found in zip(x, irv(x), strict=True):
        given_ = row[~np.isnan(row)]
        expected = np.std(given_, ddof=1) if given_.size > 1 else np.nan
        assert found == pytest.approx(expected, nan_ok=True)


@given(answers, st.data())
def test_pairs_correlate_within_each_row(x: np.ndarray, data: st.DataObject) -> None:
    column = st.integers(0, x.shape[1] - 1)
    pairs = data.draw(st.lists(st.tuples(column, column), max_size=8))
    found = pairs_r(x, pairs)
    for row, r, n in zip(x, found.value, found.pairs, strict=True):
        both = np.array([(row[i], row[j]) for i, j in pairs]).reshape(-1, 2)
        both = both[~np.isnan(both).any(axis=1)]
        assert n == len(both)
        if len(both) < 3 or (np.ptp(both, axis=0) == 0).any():
            assert np.isnan(r)
        else:
            assert r == pytest.approx(np.corrcoef(both.T)[0, 1], abs=1e-12)


@given(answers, st.data())
def test_halves_correlate_within_each_row(x: np.ndarray, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, x.shape[1]), min_size=1, max_size=5))
    ends = sorted({0, *cuts, x.shape[1]})
    scales = [list(range(a, b)) for a, b in pairwise(ends)]
    found = even_odd(x, scales)
    for row, value in zip(x, found.value, strict=True):
        halves = []
        for scale in scales:
            odd, even = row[scale[0::2]], row[scale[1::2]]
            if not (np.isnan(odd).all() or np.isnan(even).all()):
                halves.append((np.nanmean(odd), np.nanmean(even)))
        both = np.array(halves).reshape(-1, 2)
        if len(both) < 3 or (np.ptp(both, axis=0) < 1e-12).any():
            assert np.isnan(value)
        else:
            r = np.corrcoef(both.T)[0, 1]
            stepped = -1.0 if r <= -1 / 3 else 2 * r / (1 + r)
            assert value == pytest.approx(-stepped, abs=1e-9)


def test_order_shown() -> None:
    x = np.array([[1.0, 2, 1, 2], [1, 2, 1, 2]])
    place = np.array([[1.0, 3, 2, 4], [1, 2, 3, 4]])
    assert longstring(in_order_shown(x, place)).tolist() == [2, 1]
    assert in_order_shown(x[:1], [np.nan, 1, 2, 3]).tolist() == [[2.0, 1.0, 2.0, 1.0]]


# ---------------------------------------------------------------- distances


@pytest.fixture
def gappy(likert: np.ndarray) -> np.ndarray:
    x = likert.copy()
    x[0] = np.nan
    x[1, 1:] = np.nan
    x[100:][np.random.default_rng(2).random((200, 6)) < 0.5] = np.nan
    return x


def test_distance_is_that_of_the_observed_part(gappy: np.ndarray) -> None:
    found = mahalanobis(gappy)
    m = pairwise_moments(gappy)
    for row, d2, df, p in zip(gappy, found.d2, found.df, found.p, strict=True):
        seen = ~np.isnan(row)
        assert df == seen.sum()
        if not seen.any():
            assert np.isnan(d2)
            assert np.isnan(p)
            continue
        deviation = row[seen] - m.mean[seen]
        expected = deviation @ np.linalg.solve(m.cov[np.ix_(seen, seen)], deviation)
        assert d2 == pytest.approx(expected, rel=1e-10)
        assert p == pytest.approx(chi2.sf(expected, seen.sum()), rel=1e-8)


def test_rows_with_gaps_are_not_nearer_than_others() -> None:
    rng = np.random.default_rng(5)
    x = rng.multivariate_normal(np.zeros(8), 0.5 + 0.5 * np.eye(8), size=4000)
    x[:2000][rng.random((2000, 8)) < 0.5] = np.nan
    p = mahalanobis(x).p
    for half in (p[:2000], p[2000:]):
        assert np.nanmean(half < 0.05) == pytest.approx(0.05, abs=0.015)
        assert np.nanmean(half < 0.5) == pytest.approx(0.5, abs=0.04)


def test_covariances_that_contradict_one_another_are_replaced() -> None:
    nan = np.nan
    a, b = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 5])
    part = np.full((12, 3), nan)
    part[:4, 0], part[:4, 1] = a, b
    part[4:8, 1], part[4:8, 2] = a, b
    part[8:, 0], part[8:, 2] = a, -b
    x = np.vstack([part, part + 0.5 * np.random.default_rng(1).normal(size=part.shape)])
    assert np.linalg.eigvalsh(pairwise_moments(x).cov)[0] < 0
    found = mahalanobis(x)
    assert (found.d2 >= 0).all()
    np.testing.assert_array_equal(found.d2, mahalanobis(x, covariance="em").d2)


@pytest.mark.parametrize(
    "x",
    [
        np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]]),
        np.array([[1.0, 2.0, 3.0], [2.0, 5.0, 1.0]]),
        np.array([[1.0, 3.0], [1.0, 4.0], [1.0, 5.0]]),
        np.full((3, 2), np.nan),
    ],
    ids=["a multiple", "two people", "constant", "empty"],
)
def test_no_distance_from_singular_covariances(x: np.ndarray) -> None:
    found = mahalanobis(x)
    assert np.isnan(found.d2).all()
    assert np.isnan(found.p).all()


def test_maximum_likelihood_of_complete_answers_is_the_sample(likert: np.ndarray) -> None:
    complete = likert[~np.isnan(likert).any(axis=1)]
    ours, theirs = em_moments(complete), listwise_moments(complete)
    np.testing.assert_allclose(ours.cov, theirs.cov, rtol=1e-12)


def test_maximum_likelihood_of_a_monotone_pattern_has_a_closed_form() -> None:
    """Anderson (1957): regress what is missing on what is always there."""
    rng = np.random.default_rng(8)
    x = rng.multivariate_normal([1, 2], [[1.0, 0.6], [0.6, 2.0]], size=80)
    x[50:, 1] = np.nan
    there = x[:50]
    slope = np.cov(there.T, ddof=0)[0, 1] / np.var(there[:, 0])
    mean = there[:, 1].mean() + slope * (x[:, 0].mean() - there[:, 0].mean())
    left = np.var(there[:, 1]) - slope**2 * np.var(there[:, 0])
    found = em_moments(x, iterations=2000, tolerance=1e-13)
    assert found.mean[1] == pytest.approx(mean, rel=1e-9)
    scale = 80 / 79
    assert found.cov[0, 1] == pytest.approx(scale * slope * np.var(x[:, 0]), rel=1e-9)
    assert found.cov[1, 1] == pytest.approx(scale * (left + slope**2 * np.var(x[:, 0])), rel=1e-9)


@given(answers)
@settings(max_examples=50)
def test_patterns_hold_every_row_once(x: np.ndarray) -> None:
    rows = []
    for positions, seen in missing_patterns(x):
        assert (~np.isnan(x[positions]) == seen).all()
        rows += positions.tolist()
    assert sorted(rows) == list(range(len(x)))


def test_no_items() -> None:
    nothing = np.empty((2, 0))
    assert longstring(nothing).tolist() == [0, 0]
    assert np.isnan(irv(nothing)).all()
    assert np.isnan(mahalanobis(nothing).d2).all()
    assert np.isnan(pairs_r(nothing, []).value).all()
