"""Intervals of a correlation without a normal distribution: against jackknife, Fisher, edges."""

import numpy as np
import pytest
from scipy.special import stdtrit

from detachment.stats.correlation import fisher_interval, pearson
from detachment.stats.robust_correlation import fisher_z_spread, robust_fisher_interval


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


def test_clusters_are_left_out_together(pairs):
    x, y = pairs
    names = np.arange(600) // 3
    left = np.array([np.corrcoef(x[names != k], y[names != k])[0, 1] for k in range(200)])
    z = np.arctanh(left)
    half = stdtrit(199, 0.975) * np.sqrt(199 / 200 * np.sum((z - z.mean()) ** 2))
    centre = np.arctanh(np.corrcoef(x, y)[0, 1])
    ends = robust_fisher_interval(x, y, clusters=names)
    assert ends == pytest.approx((np.tanh(centre - half), np.tanh(centre + half)))
    alone = robust_fisher_interval(x, y, clusters=np.arange(600))
    assert alone == pytest.approx(robust_fisher_interval(x, y), rel=1e-12)
    order = np.random.default_rng(2).permutation(600)
    assert robust_fisher_interval(x[order], y[order], clusters=names[order] * -7) == ends
    gappy = np.where(names < 20, np.nan, x)
    assert robust_fisher_interval(gappy, y, clusters=names) == pytest.approx(
        robust_fisher_interval(x[60:], y[60:], clusters=names[60:]), rel=1e-12
    )
    with pytest.raises(ValueError, match="clusters must have shape"):
        robust_fisher_interval(x, y, clusters=names[:5])


def test_the_spread_is_what_the_jackknife_says_in_large_samples():
    rng = np.random.default_rng(6)
    x = rng.exponential(size=(20_000, 3))
    y = x[:, :2] + rng.exponential(size=(20_000, 2))
    x[rng.random(x.shape) < 0.1] = np.nan
    low, high = robust_fisher_interval(x.T[:, None], y.T[None])
    n = (~np.isnan(x)).sum(axis=0)[:, None]
    jackknife = (np.arctanh(high) - np.arctanh(low)) / (2 * stdtrit(n - 1, 0.975)) * np.sqrt(n)
    spread = fisher_z_spread(x, y)
    np.testing.assert_allclose(spread, jackknife, rtol=0.01)
    assert spread[0, 0] > 1.3
    np.testing.assert_allclose(fisher_z_spread(5 - 2 * x, y), spread, rtol=1e-9)
    order = rng.permutation(len(x))
    np.testing.assert_array_equal(fisher_z_spread(x[order], y[order]), spread)


@pytest.mark.parametrize("units", [1, 4, 60])
def test_the_spread_of_whole_numbers_is_that_of_others(units):
    rng = np.random.default_rng(8)
    x = np.clip(np.rint(rng.exponential(size=(5000, 3))), 0, 6)
    y = np.rint(units * (x[:, :2] + rng.exponential(size=(5000, 2)))) / units
    x[rng.random(x.shape) < 0.1] = np.nan
    y[:, 1] += 1000
    whole = fisher_z_spread(x, y)
    np.testing.assert_allclose(fisher_z_spread(np.pi * x, y / np.pi), whole, rtol=1e-9)
    order = rng.permutation(len(x))
    np.testing.assert_array_equal(fisher_z_spread(x[order], y[order]), whole)
    x[:, 0] = np.nan
    np.testing.assert_array_equal(fisher_z_spread(x, y)[1:], whole[1:])
    assert np.isnan(fisher_z_spread(x, y)[0]).all()


def test_the_spread_of_normal_and_of_independent_answers_is_one():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(50_000, 2))
    normal = fisher_z_spread(x, 0.7 * x + rng.normal(size=x.shape))
    independent = fisher_z_spread(
        rng.exponential(size=(50_000, 1)), rng.exponential(size=(50_000, 1))
    )
    np.testing.assert_allclose(normal, 1, atol=0.03)
    np.testing.assert_allclose(independent, 1, atol=0.05)


def test_a_spread_that_cannot_be_given_is_nan():
    x = np.array([[1.0, 2, np.nan], [2, 2, 1], [3, 2, 2], [5, 2, 4], [4, 2, np.nan]])
    spread = fisher_z_spread(x, x)
    assert np.isnan(spread[1]).all()
    assert np.isnan(np.diag(spread)).all()
    assert np.isnan(spread[0, 2])  # three pairs
    assert fisher_z_spread(np.empty((0, 2)), np.empty((0, 3))).shape == (2, 3)
    with pytest.raises(ValueError, match="expected answers"):
        fisher_z_spread(x, x[:2])
