"""Counts of parts add up to those of the whole, and give its moments to the last bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from detachment.stats.correlation import pearson
from detachment.stats.counts import pairwise_tables
from detachment.stats.descriptives import describe, shape_of_values
from detachment.stats.item_counts import item_counts, item_counts_of_codes
from detachment.stats.missing import effective_n_of_alpha, effective_n_of_patterns
from detachment.stats.moments import pairwise_moments

ANSWERS = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 25), st.integers(1, 10)),
    elements=st.sampled_from([-2.0, 0.0, 1.0, 2.0, 3.0, 5.0, 7.0, np.nan]),
)


def same(one, other):
    return np.array_equal(one, other, equal_nan=True)


@given(ANSWERS, st.integers(0, 25), st.randoms(use_true_random=False))
def test_parts_in_any_order_have_the_moments_of_the_whole_to_the_last_bit(x, cut, random):
    rows = list(range(len(x)))
    random.shuffle(rows)
    counts = item_counts(x[rows[:cut]], tables=True) + item_counts(x[rows[cut:]], tables=True)
    moments, whole = counts.moments, pairwise_moments(x)
    assert same(moments.n, whole.n)
    assert same(moments.mean, whole.mean)
    assert same(moments.cov, whole.cov)
    r, n = pearson(x)
    assert same(counts.pearson[0], r)
    assert same(counts.pearson[1], n)
    assert counts.rows == len(x)
    assert counts.respondents == (~np.isnan(x)).any(axis=1).sum()
    assert same(counts.tables.counts, pairwise_tables(x).counts)


@given(ANSWERS, st.data())
def test_counts_of_some_items_are_those_of_their_columns(x, data):
    kept = sorted(data.draw(st.sets(st.integers(0, x.shape[1] - 1), min_size=1)))
    some, alone = item_counts(x, tables=True).select(kept), item_counts(x[:, kept], tables=True)
    assert same(some.patterns.bits, alone.patterns.bits)
    assert same(some.patterns.rows, alone.patterns.rows)
    assert some.values == alone.values
    assert same(some.moments.cov, alone.moments.cov)
    assert some.complete == alone.complete


@given(ANSWERS)
def test_identical_items_are_those_with_the_same_answers(x):
    x = np.column_stack([x, x[:, 0]])
    found = item_counts(x).identical
    for i in range(x.shape[1]):
        for j in range(x.shape[1]):
            both = ~np.isnan(x[:, i]) & ~np.isnan(x[:, j])
            assert found[i, j] == bool((x[both, i] == x[both, j]).all())


@given(ANSWERS, st.sampled_from([1, 2, 3]))
def test_shape_from_values_is_that_of_the_answers(x, kind):
    shape, whole = shape_of_values(item_counts(x).values, type=kind), describe(x, type=kind)
    for name in ("n", "mean", "sd", "skew", "kurtosis"):
        ours, theirs = getattr(shape, name), getattr(whole, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_effective_n_follows_from_the_patterns_in_any_order():
    rng = np.random.default_rng(4)
    x = np.rint(rng.normal(size=(300, 1)) + rng.normal(size=(300, 5)))
    x[rng.random(x.shape) < 0.2] = np.nan
    counts, cov = item_counts(x[:100]) + item_counts(x[100:]), pairwise_moments(x).cov
    seen, rows = counts.patterns.seen, counts.patterns.rows
    for missing in ("pairwise", "listwise", "em"):
        known = effective_n_of_alpha(x, cov, missing=missing)
        turned = np.argsort(rng.random(len(rows)))
        for order in (slice(None), turned):
            found = effective_n_of_patterns(seen[order], rows[order], cov, missing=missing)
            assert found == known


@given(ANSWERS, st.integers(-3, 3))
def test_codes_are_counted_as_the_answers_that_they_stand_for(x, more):
    shift = -3 - abs(more)
    codes = np.where(np.isnan(x), 0, x - shift).astype(np.uint8).T
    ours, theirs = item_counts_of_codes(codes, shift), item_counts(x)
    assert (ours.rows, ours.values) == (theirs.rows, theirs.values)
    assert same(ours.patterns.bits, theirs.patterns.bits)
    assert same(ours.patterns.rows, theirs.patterns.rows)
    for name in ("n", "x", "xx", "xy"):
        assert same(getattr(ours, name), getattr(theirs, name))


@pytest.mark.parametrize(("largest", "p"), [(1, 2), (2, 40), (5, 3), (7, 70), (11, 5), (255, 3)])
def test_codes_of_many_rows_and_of_any_size_stay_exact(largest, p):
    rng = np.random.default_rng(2)
    x = np.full((p, 9000), largest)  # as large as sums can be
    x[:, 4000:] = rng.integers(0, largest + 1, size=(p, 5000))
    ours, there = item_counts_of_codes(x.astype(np.uint8), 0), (x > 0).astype(int)
    for found, sums in (
        (ours.n, there @ there.T),
        (ours.x, x @ there.T),
        (ours.xx, x**2 @ there.T),
        (ours.xy, x @ x.T),
    ):
        assert same(found, sums)


def test_answers_that_are_not_whole_are_refused():
    with pytest.raises(ValueError, match="whole numbers"):
        item_counts([[1.5]])


def test_so_many_different_answers_that_they_are_no_categories_are_refused():
    with pytest.raises(ValueError, match="too many to be counted"):
        item_counts(np.arange(2000.0)[:, None])
