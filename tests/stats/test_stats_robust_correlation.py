"""Intervals of a correlation without a normal distribution: against jackknife, Fisher, edges."""

import numpy as np
import pytest
from scipy.special import stdtrit

from detachment.stats.correlation import fisher_interval, pearson
from detachment.stats.robust_correlation import robust_fisher_interval


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(3)
    x = rng.exponential(size=600)
    return x, x * rng.exponential(size=600) + rng.exponential(size=600)


def test_standard_error_is_that_of_the_jackknife(pairs):
    x, y = pairs
    r = np.corrcoef(x, y)[0, 1]
    left = np.array([np.corrcoef(np.delete(x, k), np.delete(y, k))[0, 1] for k in range(600)])
    z = np.arctanh(left)
    jackknife = np.sqrt(599 / 600 * np.sum((z - z.mean()) ** 2))
    low, high = robust_fisher_interval(x, y)
    half = stdtrit(599, 0.975) * jackknife
    ends = np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)
    assert (low, high) == pytest.approx(ends)


def test_normal_answers_give_fisher_s_interval_nearly():
    rng = np.random.default_rng(4)
    x = rng.normal(size=20_000)
    y = 0.5 * x + rng.normal(size=20_000)
    r, n = pearson(np.stack([x, y], axis=1))
    np.testing.assert_allclose(
        robust_fisher_interval(x, y), fisher_interval(r[0, 1], n[0, 1]), atol=5e-4
    )


def test_shapes_missing_answers_and_order(pairs):
    x, y = pairs
    stack = np.stack([x, y, x + y])
    whole = robust_fisher_interval(stack[:, None], stack[None])
    assert whole[0].shape == (3, 3)
    assert np.isnan(np.diag(whole[0])).all()
    assert whole[0][0, 1] == robust_fisher_interval(x, y)[0]
    order = np.random.default_rng(1).permutation(600)
    assert robust_fisher_interval(x[order], y[order]) == robust_fisher_interval(x, y)
    gappy = x.copy()
    gappy[:50] = np.nan
    assert robust_fisher_interval(gappy, y)[1] == pytest.approx(
        robust_fisher_interval(x[50:], y[50:])[1], rel=1e-12
    )
    low, high = robust_fisher_interval(10 - 3 * x, y)
    assert (-high, -low) == pytest.approx(robust_fisher_interval(x, y), rel=1e-9)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1.0, 2, 3], [3.0, 1, 2]),
        ([1.0, 2, 3, 4, 5], [2.0, 2, 2, 2, 2]),
        ([1.0, 2, 3, 4, 5], [2.0, 4, 6, 8, 10]),
        ([np.nan] * 5, [1.0, 2, 3, 4, 5]),
        ([], []),
    ],
)
def test_what_cannot_be_given_is_nan(x, y):
    low, high = robust_fisher_interval(x, y)
    assert np.isnan(low)
    assert np.isnan(high)
