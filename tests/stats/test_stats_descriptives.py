"""Descriptive statistics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment import stats

columns = arrays(
    np.float64,
    st.tuples(st.integers(1, 20), st.integers(1, 3)),
    elements=st.one_of(st.integers(-5, 5).map(float), st.just(np.nan)),
)


@given(columns, st.randoms(use_true_random=False))
def test_the_order_of_rows_leaves_no_trace(x, random):
    order = list(range(len(x)))
    random.shuffle(order)
    before, after = stats.describe(x), stats.describe(x[order])
    for name in ("n", "mean", "sd", "min", "max", "skew", "kurtosis"):
        assert getattr(before, name).tobytes() == getattr(after, name).tobytes()


@given(columns)
def test_means_and_deviations_are_those_of_the_moments(x):
    d, m = stats.describe(x), stats.pairwise_moments(x)
    np.testing.assert_array_equal(d.n, np.diag(m.n))
    np.testing.assert_allclose(d.mean, m.mean, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(d.sd, np.sqrt(np.diag(m.cov)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", [1, 2, 3])
@given(x=columns)
def test_skewness_alone_is_that_of_the_description(kind, x):
    alone, described = stats.skewness(x, type=kind), stats.describe(x, type=kind)
    assert alone.tobytes() == described.skew.tobytes()


@pytest.mark.parametrize("kind", [1, 2, 3])
@given(x=columns)
def test_a_mirror_turns_skewness_only(kind, x):
    d, mirrored = stats.describe(x, type=kind), stats.describe(-x, type=kind)
    np.testing.assert_allclose(mirrored.skew, -d.skew, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(mirrored.kurtosis, d.kurtosis, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(mirrored.max, -d.min)


def test_types_are_three():
    with pytest.raises(ValueError, match="1, 2 or 3"):
        stats.describe([[1.0]], type=4)


def test_a_constant_has_no_shape():
    d = stats.describe(np.full((5, 1), 2.3))
    assert (d.sd[0], d.min[0], d.max[0]) == (0, 2.3, 2.3)
    assert np.isnan([d.skew[0], d.kurtosis[0]]).all()


def test_stacks(likert):
    stack = likert.reshape(3, 100, 6)
    together = stats.describe(stack)
    for k in range(3):
        np.testing.assert_array_equal(together.skew[k], stats.describe(stack[k]).skew)


def test_shares_and_difficulty(likert):
    shares = stats.category_shares(likert, [1, 2, 3, 4, 5])
    assert shares.shape == (6, 5)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares @ np.arange(1, 6), stats.describe(likert).mean)
    np.testing.assert_allclose(
        stats.difficulty(likert, low=1, high=5), (shares @ np.arange(1, 6) - 1) / 4
    )


def test_middle_and_spread_of_incomplete_items():
    x = np.array([[1.0, np.nan, 5.0], [2.0, np.nan, np.nan], [4.0, np.nan, np.nan]])
    d = stats.describe(np.stack([x, x[::-1]]))
    for got, expected in (
        (d.median, [2.0, np.nan, 5.0]),
        (d.trimmed, [7 / 3, np.nan, 5.0]),
        (d.mad, [1.4826, np.nan, 0.0]),
        (d.iqr, [1.5, np.nan, 0.0]),
        (d.range, [3.0, np.nan, 0.0]),
    ):
        np.testing.assert_allclose(got, [expected, expected], rtol=1e-14)
    assert np.isnan(stats.describe(np.empty((0, 2))).median).all()
