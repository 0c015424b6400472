"""Tables of counts: counted one by one, additive, and enough for every moment and correlation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment import stats
from detachment.stats import counts

shapes = st.tuples(st.integers(1, 25), st.integers(1, 4))
codes = arrays(np.float64, shapes, elements=st.sampled_from([1.0, 2.0, 4.0, 5.0, np.nan]))
halves = arrays(np.float64, shapes, elements=st.sampled_from([-1.5, 0.1, 2.0, 1e9, np.nan]))


def same(one, other):
    return (
        one.counts.tobytes() == other.counts.tobytes()
        and one.categories.tobytes() == other.categories.tobytes()
    )


@given(st.one_of(codes, halves))
def test_every_cell_is_a_count(x):
    tables = stats.pairwise_tables(x)
    for i in range(x.shape[1]):
        seen = np.unique(x[~np.isnan(x[:, i]), i])
        np.testing.assert_array_equal(tables.categories[i, : len(seen)], seen)
        assert np.isnan(tables.categories[i, len(seen) :]).all()
        for j in range(x.shape[1]):
            for a, u in enumerate(tables.categories[i]):
                for b, v in enumerate(tables.categories[j]):
                    assert tables.counts[i, j, a, b] == np.sum((x[:, i] == u) & (x[:, j] == v))
    np.testing.assert_array_equal(tables.n, stats.pairwise_moments(x).n)
    np.testing.assert_array_equal(tables.margins.sum(axis=1), np.sum(~np.isnan(x), axis=0))


@given(st.one_of(codes, halves), st.integers(0, 25), st.randoms(use_true_random=False))
def test_parts_add_up_whatever_their_rows_and_values(x, cut, random):
    order = list(range(len(x)))
    random.shuffle(order)
    shuffled = x[order]
    parts = stats.pairwise_tables(shuffled[:cut]) + stats.pairwise_tables(shuffled[cut:])
    assert same(parts, stats.pairwise_tables(x))


def test_blocks_and_types_leave_no_trace(likert, monkeypatch):
    usual = stats.pairwise_tables(likert)
    assert same(stats.pairwise_tables(likert.astype(np.float32)), usual)
    assert same(stats.pairwise_tables(np.asfortranarray(likert)), usual)
    full = np.nan_to_num(likert, nan=2)
    assert same(stats.pairwise_tables(full.astype(np.int8)), stats.pairwise_tables(full))
    monkeypatch.setattr(counts, "_BLOCK", 7)
    assert same(stats.pairwise_tables(likert), usual)


def test_values_that_nobody_gave_are_kept_where_they_are_named():
    x = [[1, 1], [3, 2], [np.nan, 1]]
    tables = stats.pairwise_tables(x, values=[1, 2, 3])
    assert tables.counts[0, 1].tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
    each = stats.pairwise_tables(x, values=[[1, 2, 3], [1, 2]])
    assert each.categories[1, :2].tolist() == [1, 2]
    assert np.isnan(each.categories[1, 2])
    assert each.counts[0, 1].tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
    one = stats.pairwise_tables([[1.0], [2.0]], values=[1, 2])
    assert one.counts[0, 0].tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([1, 2], "none of the values"),
        ([3, 2, 1], "ascend"),
        ([[1, 2, 3]], "1 items do not fit 2"),
    ],
)
def test_values_are_checked(values, match):
    with pytest.raises(ValueError, match=match):
        stats.pairwise_tables([[1, 1], [3, 2]], values=values)


def test_what_is_no_category_is_not_counted():
    with pytest.raises(ValueError, match="no categories"):
        stats.pairwise_tables(np.random.default_rng(1).normal(size=(3000, 12)))
    with pytest.raises(ValueError, match="cannot be added"):
        stats.pairwise_tables([[1, 2]]) + stats.pairwise_tables([[1, 2, 3]])


@given(codes)
def test_moments_and_correlations_from_tables_are_those_of_the_answers(x):
    tables = stats.pairwise_tables(x)
    moments, expected = stats.moments_from_tables(tables), stats.pairwise_moments(x)
    np.testing.assert_array_equal(moments.n, expected.n)
    np.testing.assert_array_equal(moments.mean, expected.mean)
    np.testing.assert_array_equal(moments.cov, expected.cov)
    for got, want in zip(stats.pearson_from_tables(tables), stats.pearson(x), strict=True):
        np.testing.assert_array_equal(got, want)


def test_nothing_answered():
    tables = stats.pairwise_tables(np.full((4, 2), np.nan))
    assert tables.counts.shape == (2, 2, 0, 0)
    assert (tables.n == 0).all()
    assert np.isnan(stats.moments_from_tables(tables).cov).all()
    assert np.isnan(stats.pearson_from_tables(tables)[0]).all()
    assert np.isnan(stats.kendall(np.full((4, 2), np.nan))[0]).all()


def influence(table, of):
    """Standard error of a function of shares by the delta method, differences for derivatives."""
    n = table.sum()
    shares, step = table / n, 1e-6
    slope = np.zeros(table.shape)
    for cell in np.ndindex(table.shape):
        moved = np.zeros(table.shape)
        moved[cell] = step
        slope[cell] = (of(shares + moved) - of(shares - moved)) / (2 * step)
    return np.sqrt((np.sum(shares * slope**2) - np.sum(shares * slope) ** 2) / n)


def pairs(table):
    """Weights of concordant and of discordant pairs of cells, each pair twice."""
    a, b = np.indices(table.shape).reshape(2, -1)
    order = np.sign((a[:, None] - a) * (b[:, None] - b))
    both = np.outer(table.ravel(), table.ravel())
    return np.sum(both[order > 0]), np.sum(both[order < 0])


def gamma(table):
    p, q = pairs(table)
    return (p - q) / (p + q)


def test_gamma_and_its_standard_errors():
    table = np.random.default_rng(3).integers(0, 30, size=(4, 3)).astype(float)
    test = stats.gamma_from_tables(table)
    assert test.gamma == pytest.approx(gamma(table), rel=1e-12)
    assert test.ase == pytest.approx(influence(table, gamma), rel=1e-6)
    p, q = pairs(table / table.sum())
    null = influence(table, lambda t: np.subtract(*pairs(t))) / (p + q)
    assert test.ase_null == pytest.approx(null, rel=1e-6)
    assert test.z == pytest.approx(gamma(table) / null, rel=1e-6)
    assert test.n == table.sum()


def test_gamma_of_a_stack_and_of_nothing():
    rng = np.random.default_rng(5)
    stack = rng.integers(0, 9, size=(2, 3, 4, 5))
    together = stats.gamma_from_tables(stack)
    for place in np.ndindex(2, 3):
        alone = stats.gamma_from_tables(stack[place])
        assert together.gamma[place] == alone.gamma
        assert together.ase[place] == alone.ase
        assert together.p[place] == alone.p
    for empty in (np.zeros((3, 3)), np.diag([4, 0, 0]), np.array([[3, 4]])):
        test = stats.gamma_from_tables(empty)
        assert np.isnan([test.gamma, test.ase, test.z, test.p]).all()
