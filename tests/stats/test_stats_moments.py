"""Moments: equal to their definitions, exact, and blind to the order of the rows."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment import stats
from detachment.stats import moments

codes = arrays(
    np.float64,
    st.tuples(st.integers(2, 30), st.integers(2, 4)),
    elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, np.nan]),
)
numbers = arrays(
    np.float64,
    st.tuples(st.integers(2, 12), st.integers(2, 4)),
    elements=st.one_of(st.floats(-1e3, 1e3, width=32), st.just(np.nan)),
)


def exact_covariance(x, i, j):
    rows = [row for row in x if not np.isnan(row[[i, j]]).any()]
    n = len(rows)
    if n < 2:
        return None
    a, b = ([Fraction(row[k]) for row in rows] for k in (i, j))
    mean_a, mean_b = sum(a) / n, sum(b) / n
    return sum((u - mean_a) * (v - mean_b) for u, v in zip(a, b, strict=True)) / (n - 1)


@given(codes)
def test_covariances_of_codes_are_exact_fractions_rounded_once(x):
    m = stats.pairwise_moments(x)
    for i in range(x.shape[1]):
        for j in range(x.shape[1]):
            expected = exact_covariance(x, i, j)
            if expected is None:
                assert np.isnan(m.cov[i, j])
            else:
                assert m.cov[i, j] == float(expected)


@given(numbers)
def test_covariances_of_numbers(x):
    m = stats.pairwise_moments(x)
    scale = max(np.nanmax(np.abs(x), initial=0.0), 1.0) ** 2
    for i in range(x.shape[1]):
        for j in range(x.shape[1]):
            expected = exact_covariance(x, i, j)
            if expected is not None:
                assert abs(m.cov[i, j] - float(expected)) <= 1e-12 * scale


@given(st.one_of(codes, numbers), st.randoms(use_true_random=False))
def test_the_order_of_rows_leaves_no_trace(x, random):
    order = list(range(len(x)))
    random.shuffle(order)
    before, after = stats.pairwise_moments(x), stats.pairwise_moments(x[order])
    assert before.n.tobytes() == after.n.tobytes()
    assert before.mean.tobytes() == after.mean.tobytes()
    assert before.cov.tobytes() == after.cov.tobytes()


def test_blocks_leave_no_trace(likert, monkeypatch):
    whole = stats.pairwise_moments(likert)
    monkeypatch.setattr(moments, "_BLOCK", 7)
    np.testing.assert_array_equal(stats.pairwise_moments(likert).cov, whole.cov)


def plain_sums(x, y):
    """Sums of every pair, by integers without an end."""
    found = []
    for a in x.T:
        for b in y.T:
            both = ~(np.isnan(a) | np.isnan(b))
            u, v = ([int(value) for value in c[both]] for c in (a, b))
            pairs = list(zip(u, v, strict=True))
            found.append(
                (
                    len(u),
                    sum(u),
                    sum(v),
                    sum(k * k for k in u),
                    sum(k * k for k in v),
                    sum(k * m for k, m in pairs),
                )
            )
    parts = np.array(found, dtype=np.float64).T
    return parts.reshape(6, x.shape[1], y.shape[1])


@pytest.mark.parametrize(("low", "number"), [(1, 5), (0, 11), (-3, 7), (1, 60), (-1, 900)])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("missing", [0.0, 0.05, "later"])
def test_sums_of_blocks_are_those_of_integers(low, number, order, missing):
    rng = np.random.default_rng(number)
    x = rng.integers(low, low + number, size=(4000, 5)).astype(np.float64)
    x[0] = low, low + number - 1, low, low, low
    gaps = rng.random(x.shape) < (0.05 if missing == "later" else missing)
    gaps[0] = False
    gaps[: 3000 if missing == "later" else 0] = False
    x[gaps] = np.nan
    x = np.asarray(x, order=order)
    for one, other in ((x, None), (x[:, :3], x[:, 3:])):
        sums, shift = moments.pair_sums(one, other)
        y = one if other is None else other
        expected = plain_sums(one - shift[0], y - shift[0])
        found = [sums.n, sums.x, sums.y, sums.xx, sums.yy, sums.xy]
        if other is not None:  # each side counts from its own lowest
            start = np.nanmin(y) - 1
            expected = plain_sums(one - shift[0], y - start)
        np.testing.assert_array_equal(np.array(found), expected)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.float16, np.float32, ">f8"])
def test_every_type_of_number_gives_the_same(likert, dtype):
    x = np.where(np.isnan(likert), 3, likert) if np.dtype(dtype).kind != "f" else likert
    before, after = stats.pairwise_moments(x), stats.pairwise_moments(x.astype(dtype))
    assert before.n.tobytes() == after.n.tobytes()
    assert before.mean.tobytes() == after.mean.tobytes()
    assert before.cov.tobytes() == after.cov.tobytes()


@pytest.mark.parametrize("value", [3 + 1e-12, 2.5, 3 + 2.0**-22, 7.0, -40.0, 1e30, np.inf])
@pytest.mark.parametrize("place", [0, 3999])
def test_an_answer_unlike_the_others_is_seen_wherever_it_stands(value, place):
    x = np.random.default_rng(5).integers(1, 6, size=(4000, 3)).astype(np.float64)
    x[17, 2] = np.nan
    x[place, 1] = value
    found = stats.pairwise_moments(x)
    if np.isinf(value):
        assert np.isnan(found.cov[0, 1])
        return
    rows = ~np.isnan(x).any(axis=1)
    np.testing.assert_allclose(found.cov[1, 2], np.cov(x[rows, 1:].T)[0, 1], rtol=1e-9)
    deviation = x[:, 1] - 3
    spread = (np.sum(deviation**2) - np.sum(deviation) ** 2 / 4000) / 3999
    np.testing.assert_allclose(found.cov[1, 1], spread, rtol=1e-14)


def test_missing_answers_may_carry_a_mark(likert):
    marked = likert.copy()
    marked[np.isnan(likert)] = np.uint64(0x7FF80000000007A2).view(np.float64)  # as R's NA
    before, after = stats.pairwise_moments(likert), stats.pairwise_moments(marked)
    assert before.cov.tobytes() == after.cov.tobytes()


def test_large_codes_do_not_lose_digits():
    x = np.array([[1e6, 1.0], [1e6 + 1, 2.0], [1e6 + 2, 3.0], [1e6 + 3, 4.0]])
    np.testing.assert_array_equal(stats.pairwise_moments(x).cov, np.full((2, 2), 5 / 3))
    x[:, 0] *= 1e3 + 1
    expected = 5 / 3 * np.array([[1001.0**2, 1001.0], [1001.0, 1.0]])
    np.testing.assert_allclose(stats.pairwise_moments(x).cov, expected, rtol=1e-15)


def test_a_stack_is_a_loop(likert):
    stack = np.stack([likert[:100], likert[100:200], likert[200:]])
    together = stats.pairwise_moments(stack)
    for k, x in enumerate(stack):
        alone = stats.pairwise_moments(x)
        np.testing.assert_array_equal(together.n[k], alone.n)
        np.testing.assert_array_equal(together.mean[k], alone.mean)
        np.testing.assert_array_equal(together.cov[k], alone.cov)


def test_listwise_takes_complete_rows(likert):
    complete = likert[~np.isnan(likert).any(axis=1)]
    m = stats.listwise_moments(likert)
    assert (m.n == len(complete)).all()
    np.testing.assert_allclose(m.cov, np.cov(complete, rowvar=False), rtol=1e-13)
    np.testing.assert_allclose(m.mean, complete.mean(axis=0), rtol=1e-13)


@pytest.mark.parametrize("constant", [2.0, 2.3, 0.1])
def test_a_constant_item_has_no_variance_at_all(constant):
    x = np.column_stack([np.full(9, constant), np.arange(9.0) / 3])
    m = stats.pairwise_moments(x)
    assert m.cov[0, 0] == 0
    assert stats.constant_items(m.cov).tolist() == [True, False]
    assert np.isnan(stats.correlation_from(m.cov)[0]).all()


def test_effective_n():
    assert stats.effective_n(np.full((4, 4), 123)) == 123
    n = np.array([[9, 2, 4], [2, 9, 8], [4, 8, 9]])
    assert stats.effective_n(n) == pytest.approx(3 / (1 / 2 + 1 / 4 + 1 / 8))
    assert stats.effective_n([[5, 0], [0, 5]]) == 0
    assert stats.effective_n([[7]]) == 7


def test_shapes_are_checked():
    with pytest.raises(ValueError, match=r"\(n, p\)"):
        stats.pairwise_moments(3.0)
    with pytest.raises(ValueError, match="one data set"):
        stats.listwise_moments(np.zeros((2, 3, 4)))
    with pytest.raises(ValueError, match=r"\(\.\.\., p, p\)"):
        stats.correlation_from(np.zeros((2, 3)))


def test_means_of_whole_numbers_are_rounded_once():
    x = np.repeat([[0.0], [1.0]], [19, 21], axis=0)
    assert stats.pairwise_moments(x).mean[0] == 21 / 40


@pytest.mark.parametrize("many", [1, 2**30])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int8, np.int64])
def test_types_and_cores_leave_no_trace(likert, kind, many, monkeypatch):
    x = np.nan_to_num(np.tile(likert, (9, 1)), nan=2.0)
    expected = stats.pairwise_moments(x)
    monkeypatch.setattr(moments, "_MANY", many)
    for typed in (x.astype(kind), np.asfortranarray(x.astype(kind))):
        m = stats.pairwise_moments(typed)
        assert m.cov.tobytes() == expected.cov.tobytes()
        assert m.mean.tobytes() == expected.mean.tobytes()


def test_a_range_that_the_first_rows_do_not_tell():
    x = np.ones((3000, 2))
    x[2500:] = [[-700.0, 9000.0]]
    x[10] = 2.0
    assert stats.pairwise_moments(x).cov[0, 1] == pytest.approx(np.cov(x.T)[0, 1], rel=1e-13)
    x[2000, 0] = 0.5  # not whole after all
    x[2001, 1] = np.nan
    there = ~np.isnan(x[:, 1])
    assert stats.pairwise_moments(x).cov[0, 1] == pytest.approx(np.cov(x[there].T)[0, 1], rel=1e-12)
    assert np.isnan(stats.pairwise_moments([[np.inf, 1.0], [2.0, 3.0]]).cov[0, 0])


def test_two_sets_of_columns_are_one_set_cut_in_two(likert):
    r, n = stats.pearson(likert)
    for x in (likert, likert / 3):
        cut = stats.pearson(x[:, :2], x[:, 2:])
        np.testing.assert_array_equal(cut[1], n[:2, 2:])
        np.testing.assert_allclose(cut[0], r[:2, 2:], rtol=1e-13)
    np.testing.assert_array_equal(stats.pearson(likert[:, :2], likert[:, 2:])[0], r[:2, 2:])


def log_likelihood(x, mean, cov):
    total = 0.0
    for row in x:
        there = ~np.isnan(row)
        if there.any():
            off, part = row[there] - mean[there], cov[np.ix_(there, there)]
            total -= np.linalg.slogdet(part)[1] + off @ np.linalg.solve(part, off)
    return total / 2


def test_em_finds_the_top_of_the_likelihood(likert):
    x = likert.copy()
    x[np.random.default_rng(4).random(x.shape) < 0.2] = np.nan
    m = stats.em_moments(x)
    assert m.converged
    n = (~np.isnan(x)).any(axis=1).sum()
    cov = m.cov * (n - 1) / n
    top = log_likelihood(x, m.mean, cov)
    rng = np.random.default_rng(5)
    for _ in range(20):
        turn = rng.normal(size=cov.shape) * 1e-3
        assert log_likelihood(x, m.mean, cov + turn + turn.T) < top
        assert log_likelihood(x, m.mean + rng.normal(size=len(cov)) * 1e-3, cov) < top


def test_em_does_not_know_the_order_of_rows(likert):
    x = likert.copy()
    x[np.random.default_rng(4).random(x.shape) < 0.2] = np.nan
    order = np.random.default_rng(6).permutation(len(x))
    before, after = stats.em_moments(x), stats.em_moments(x[order])
    assert before.cov.tobytes() == after.cov.tobytes()
    assert before.mean.tobytes() == after.mean.tobytes()


@pytest.mark.parametrize("what", ["few rows", "a copy", "constant"])
def test_em_says_when_there_is_no_maximum(likert, what):
    x = likert.copy()
    if what == "few rows":
        x = x[:5]
        x[0, 0] = x[1, 2] = np.nan
    elif what == "a copy":
        x[:, 1] = x[:, 0]
        x[::7, 1] = np.nan
    else:
        x[:, 1] = 3.0
        x[0, 0] = np.nan
    m = stats.em_moments(x)
    assert not m.converged
