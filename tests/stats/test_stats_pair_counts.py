"""Counts of pairs of values: parts add up, and give what rows give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment.stats.biserial_family import polyserial
from detachment.stats.correlation import (
    kendall_from_tables,
    kendall_test,
    pearson,
    spearman,
    spearman_from_tables,
)
from detachment.stats.descriptives import skewness
from detachment.stats.pair_counts import (
    TooManyValues,
    cells_of_rows,
    pair_counts,
    pearson_from_counts,
    skewness_of_counts,
)
from detachment.stats.robust_correlation import (
    fisher_z_spread,
    robust_fisher_interval,
    robust_fisher_interval_of_cells,
    spread_from_counts,
)

PAIRS = [(0, 1), (0, 2), (1, 2)]
VALUES = [1.0, 1.5, 2.0, 7 / 3, 3.0, 41 / 11, -0.0, 0.0, np.nan]


def _scores(n, seed=0):
    """Means of 8 to 11 answers of three scales that go together, some missing."""
    rng = np.random.default_rng(seed)
    f = rng.normal(size=(n, 1))
    x = np.rint(8 * (3 + f + rng.normal(size=(n, 3)))) / rng.integers(8, 12, size=(n, 3))
    x[rng.random(x.shape) < 0.1] = np.nan
    return x


SHAPES = st.tuples(st.integers(1, 30), st.just(3))


@given(
    arrays(np.float64, SHAPES, elements=st.sampled_from(VALUES)),
    st.integers(0, 30),
    st.randoms(use_true_random=False),
)
def test_parts_add_up_to_the_whole(x, cut, random):
    rows = random.sample(range(len(x)), len(x))
    whole, total = pair_counts(x, PAIRS), pair_counts(x[rows[:cut]], PAIRS)
    total += pair_counts(x[rows[cut:]], PAIRS)
    assert total.rows == whole.rows == len(x)
    for k in range(3):
        given_here = x[~np.isnan(x[:, k]), k]
        np.testing.assert_array_equal(total.values[k], np.unique(given_here))
        np.testing.assert_array_equal(total.values[k], whole.values[k])
        np.testing.assert_array_equal(total.times[k], whole.times[k])
        assert total.times[k].sum() == len(given_here)
    for pair in PAIRS:
        np.testing.assert_array_equal(total.table(*pair), whole.table(*pair))
        there = ~np.isnan(x[:, list(pair)]).any(axis=1)
        assert total.table(*pair).sum() == there.sum()
        np.testing.assert_array_equal(total.table(*pair[::-1]), total.table(*pair).T)


@pytest.mark.parametrize("unit", ["none", "whole", "mixed"])
def test_counts_give_what_rows_give(unit):
    x = _scores(6000)
    if unit != "none":
        x = np.rint(2 * x) / (2 if unit == "mixed" else 1)
    n, rows, columns = len(x), [0], [1, 2]
    counts = pair_counts(x[:1000], PAIRS) + pair_counts(x[1000:], PAIRS)
    r, size = pearson_from_counts(counts, rows, columns, n)
    expected, n_expected = pearson(x[:, :1], x[:, 1:])
    np.testing.assert_array_equal(r, expected)
    np.testing.assert_array_equal(size, n_expected)
    np.testing.assert_array_equal(
        spread_from_counts(counts, rows, columns, n), fisher_z_spread(x[:, :1], x[:, 1:])
    )
    for j in columns:
        table = counts.table(0, j)
        test = kendall_test(x[:, :1], x[:, j : j + 1])
        assert spearman_from_tables(table)[0] == spearman(x[:, :1], x[:, j : j + 1])[0]
        assert kendall_from_tables(table).tau == test.tau
        assert kendall_from_tables(table).p == test.p
        there = ~np.isnan(x[:, [0, j]]).any(axis=1)
        assert np.isclose(r[0, j - 1], np.corrcoef(x[there][:, [0, j]].T)[0, 1], rtol=1e-12)
        np.testing.assert_allclose(
            robust_fisher_interval_of_cells(counts.cells(0, j)),
            robust_fisher_interval(x[:, 0], x[:, j]),
            rtol=1e-10,
        )
    np.testing.assert_allclose(
        [skewness_of_counts(*one) for one in zip(counts.values, counts.times, strict=True)],
        skewness(x, type=1),
        rtol=1e-10,
    )


def test_the_order_of_rows_leaves_no_trace_where_no_unit_fits_the_first():
    """The first rows are whole, or halves: the unit is that of all rows."""
    x = np.repeat([[1.0, 2.0], [2.0, 1.0], [2.5, 3.0], [7 / 3, 1.5]], [300, 300, 300, 100], axis=0)
    r = pearson(x)[0]
    np.testing.assert_array_equal(r, pearson(x[::-1])[0])
    np.testing.assert_array_equal(pearson(x[:, :1], x[:, 1:])[0], r[:1, 1:])


def test_ranks_of_very_many_rows_are_exact():
    """Sums beyond 53 bits: the same from tables with and without empty values."""
    rng = np.random.default_rng(2)
    table = rng.integers(0, 200_000, size=(6, 7))
    wide = np.zeros((12, 14), dtype=np.int64)
    wide[::2, ::2] = table
    assert spearman_from_tables(table) == spearman_from_tables(wide)
    assert kendall_from_tables(table).p == kendall_from_tables(wide).p
    r = float(spearman_from_tables(table)[0])
    small = float(spearman_from_tables(table // 100)[0])
    assert np.isclose(r, small, atol=1e-4)


def test_rows_that_stand_there_often_count_often():
    x = _scores(400, seed=3)[:, 0]
    y = np.clip(np.rint(x + np.random.default_rng(4).normal(size=400)), 1, 4)
    both = cells_of_rows(x, y)
    once = polyserial(both.x, both.y, times=both.times)
    there = ~np.isnan(x) & ~np.isnan(y)
    each = polyserial(x[there], y[there])
    assert int(once.n) == int(each.n) == there.sum()
    np.testing.assert_allclose([once.r, once.se], [each.r, each.se], rtol=1e-10)
    with pytest.raises(ValueError, match="times are for"):
        polyserial(x, y, method="ml", times=np.ones(400))


def test_too_many_values_are_no_counts():
    x = np.random.default_rng(1).normal(size=(9000, 2))
    with pytest.raises(TooManyValues, match="different values"):
        pair_counts(x, [(0, 1)])
    few = pair_counts(x[:90], [(0, 1)])
    with pytest.raises(TooManyValues, match="90 rows"):
        pearson_from_counts(few, [0], [1], 90)


def test_tables_of_several_variables_are_those_of_each_pair():
    rng = np.random.default_rng(3)
    sizes = [5, 2, 7, 90, 1, 3, 60]
    x = np.column_stack([rng.integers(0, size, 3000) / 3 for size in sizes])
    x[rng.random(x.shape) < 0.1] = np.nan
    pairs = [(i, j) for i in range(7) for j in range(7) if i != j]
    counts = pair_counts(x, pairs, held=[0, 3])
    for i, j in pairs:
        there = ~np.isnan(x[:, [i, j]]).any(axis=1)
        expected = [
            [np.sum((x[there, i] == a) & (x[there, j] == b)) for b in counts.values[j]]
            for a in counts.values[i]
        ]
        assert counts.tables[i, j].tolist() == expected
        complete = there & ~np.isnan(x[:, [0, 3]]).any(axis=1)
        assert counts.together[i, j] == complete.sum()
