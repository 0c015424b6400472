"""Correlations: equal to their definitions by brute force, whatever way they are computed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment import stats
from detachment.stats import correlation

METHODS = {"pearson": stats.pearson, "spearman": stats.spearman, "kendall": stats.kendall}
shapes = st.tuples(st.integers(3, 25), st.integers(2, 4))
codes = arrays(np.float64, shapes, elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, np.nan]))
numbers = arrays(
    np.float64, shapes, elements=st.one_of(st.floats(-10, 10, width=16), st.just(np.nan))
)
either = st.one_of(codes, numbers)


def brute_ranks(v):
    return np.array([np.sum(v < value) + (np.sum(v == value) + 1) / 2 for value in v])


def brute_pearson(a, b):
    a, b = a - a.mean(), b - b.mean()
    return np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))


def brute_kendall(a, b):
    da, db = np.sign(a[:, None] - a), np.sign(b[:, None] - b)
    return np.sum(da * db) / np.sqrt(np.sum(da**2) * np.sum(db**2))


BRUTE = {
    "pearson": brute_pearson,
    "spearman": lambda a, b: brute_pearson(brute_ranks(a), brute_ranks(b)),
    "kendall": brute_kendall,
}


@pytest.mark.parametrize("method", METHODS)
@given(x=either)
def test_definition(method, x):
    r, n = METHODS[method](x)
    for i in range(x.shape[1]):
        for j in range(x.shape[1]):
            rows = ~np.isnan(x[:, [i, j]]).any(axis=1)
            a, b = x[rows, i], x[rows, j]
            assert n[i, j] == rows.sum()
            if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
                assert np.isnan(r[i, j])
            else:
                assert r[i, j] == pytest.approx(BRUTE[method](a, b), abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@given(x=either)
def test_symmetric_and_bounded(method, x):
    r, n = METHODS[method](x)
    np.testing.assert_array_equal(n, n.T)
    np.testing.assert_allclose(r, r.T, rtol=1e-12)
    assert not (np.abs(r) > 1).any()
    diagonal = np.diag(r)
    assert (np.isnan(diagonal) | (diagonal == 1)).all()


@pytest.mark.parametrize("method", METHODS)
@given(x=either)
def test_two_sets_are_a_block_of_one(method, x):
    r, n = METHODS[method](x)
    block, rows = METHODS[method](x[:, :1], x[:, 1:])
    np.testing.assert_array_equal(rows, n[:1, 1:])
    np.testing.assert_allclose(block, r[:1, 1:], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@given(x=either, random=st.randoms(use_true_random=False))
def test_the_order_of_rows_leaves_no_trace(method, x, random):
    order = list(range(len(x)))
    random.shuffle(order)
    assert METHODS[method](x)[0].tobytes() == METHODS[method](x[order])[0].tobytes()


@pytest.mark.parametrize("method", ["spearman", "kendall"])
@given(x=codes)
def test_ranks_do_not_know_the_units(method, x):
    r, _ = METHODS[method](x)
    # the same order of values, but many units apart, so that another way is taken
    np.testing.assert_allclose(METHODS[method](np.exp(3 * x))[0], r, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(METHODS[method](x, -x)[0], -r, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("few", [0, 10_000])
@given(x=either)
def test_tables_and_inversions_count_the_same_pairs(few, x):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlation, "_CELLS", few)
        got = stats.kendall_test(x)
    usual = stats.kendall_test(x)
    np.testing.assert_array_equal(got.tau, usual.tau)
    np.testing.assert_array_equal(got.z, usual.z)
    np.testing.assert_array_equal(got.n, usual.n)


def test_many_values_with_missing_answers():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 3))
    x[rng.random(x.shape) < 0.1] = np.nan
    for method, f in METHODS.items():
        r, n = f(x)
        rows = ~np.isnan(x[:, :2]).any(axis=1)
        assert n[0, 1] == rows.sum()
        assert r[0, 1] == pytest.approx(BRUTE[method](x[rows, 0], x[rows, 1]), abs=1e-12)


def test_pearson_takes_stacks(likert):
    stack = likert.reshape(3, 100, 6)
    r, n = stats.pearson(stack[..., :2], stack[..., 2:])
    assert r.shape == n.shape == (3, 2, 4)
    for k in range(3):
        alone, _ = stats.pearson(stack[k, :, :2], stack[k, :, 2:])
        np.testing.assert_array_equal(r[k], alone)


@pytest.mark.parametrize("f", [stats.spearman, stats.kendall])
def test_rank_correlations_take_one_data_set(f):
    with pytest.raises(ValueError, match="data sets"):
        f(np.zeros((2, 5, 3)))


def test_rows_must_fit():
    with pytest.raises(ValueError, match="same rows"):
        stats.pearson(np.zeros((5, 2)), np.zeros((4, 2)))


INTERVALS = [stats.fisher_interval, stats.bonett_wright_interval, stats.fieller_interval]


@pytest.mark.parametrize("interval", INTERVALS)
@given(r=st.floats(-0.99, 0.99), n=st.integers(6, 10_000), confidence=st.floats(0.5, 0.99))
def test_intervals(interval, r, n, confidence):
    low, high = interval(r, n, confidence)
    assert -1 <= low < r < high <= 1
    np.testing.assert_allclose(interval(-r, n, confidence), (-high, -low), rtol=1e-9, atol=1e-12)
    more = interval(r, 2 * n, confidence)
    assert low < more[0] < more[1] < high


@pytest.mark.parametrize("interval", INTERVALS)
def test_intervals_need_rows(interval):
    assert np.isnan(interval(0.5, 3)).all()
    assert np.isfinite(interval(0.5, 5)).all()


@given(st.floats(-1, 1), st.integers(3, 500))
def test_p_of_t(r, n):
    p = stats.t_test_p(r, n)
    assert 0 <= p <= 1
    assert p == stats.t_test_p(-r, n)
    assert stats.t_test_p(r / 2, n) >= p
    assert np.isnan(stats.t_test_p(r, 2))


def test_perfect_correlations():
    assert stats.t_test_p(1.0, 10) == 0
    assert stats.t_statistic(-1.0, 10) == -np.inf
    assert stats.fisher_interval(1.0, 10) == (1, 1)


def test_disattenuated_values_may_exceed_one_but_never_come_from_no_reliability():
    got = stats.disattenuate([0.5, 0.9, 0.5, 0.5], [0.5, 0.7, 0.0, -0.2], [0.5, 0.8, 0.5, -0.2])
    np.testing.assert_allclose(got, [1.0, 0.9 / np.sqrt(0.56), np.nan, np.nan])


def test_kendall_from_tables_in_stacks():
    rng = np.random.default_rng(6)
    tables = rng.integers(0, 9, size=(4, 2, 3, 5))
    together = stats.kendall_from_tables(tables)
    rho, n = stats.spearman_from_tables(tables)
    for at in np.ndindex(4, 2):
        a, b = (np.repeat(part, tables[at].ravel()) for part in np.indices((3, 5)).reshape(2, -1))
        assert together.tau[at] == pytest.approx(brute_kendall(a, b), abs=1e-12)
        assert rho[at] == pytest.approx(brute_pearson(brute_ranks(a), brute_ranks(b)), abs=1e-12)
        assert n[at] == len(a)


@pytest.mark.parametrize("items", [2, 3, 4, 5, 7, 60])
def test_means_of_items_are_exact(items):
    """Their sums are those of whole numbers: no order of the rows and no offset shows."""
    rng = np.random.default_rng(items)
    whole = rng.integers(1, 6, size=(400, 3, items)).sum(axis=2)
    x = whole / items
    x[rng.random(x.shape) < 0.1] = np.nan
    counted = np.where(np.isnan(x), np.nan, whole)
    r, n = stats.pearson(x)
    np.testing.assert_array_equal(r, stats.pearson(counted)[0])
    order = rng.permutation(400)
    np.testing.assert_array_equal(stats.pearson(x[order])[0], r)
    both, m = np.ma.masked_invalid(x[:, 0]), np.ma.masked_invalid(x[:, 1])
    assert r[0, 1] == pytest.approx(np.ma.corrcoef(both, m)[0, 1])
    assert n[0, 1] == (~np.isnan(x[:, :2])).all(axis=1).sum()


def test_what_is_only_near_whole_numbers_is_left_as_it_is():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(300, 2))
    for x in (1e9 + 1e-6 * noise, np.rint(noise) + 1e-7 * noise):
        expected = np.corrcoef(x.T)[0, 1]
        assert stats.pearson(x)[0][0, 1] == pytest.approx(expected, abs=2e-3)
    mixed = np.column_stack([np.rint(noise[:, 0]), noise[:, 1]])
    assert stats.pearson(mixed)[0][0, 1] == pytest.approx(np.corrcoef(mixed.T)[0, 1], abs=1e-13)
