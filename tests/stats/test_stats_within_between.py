"""Correlations within and between groups against regressions on the groups, and edges."""

import numpy as np
import pytest

from detachment.stats.correlation import fisher_interval
from detachment.stats.icc import icc_one_way
from detachment.stats.weighted import weighted_pearson
from detachment.stats.within_between import within_between_bootstrap, within_between_correlations


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(4)
    group = rng.integers(0, 25, size=140)
    x = rng.normal(size=(25, 1))[group] + rng.normal(size=(140, 3))
    return x, group


def test_within_is_partial_on_the_groups_and_between_is_of_weighted_means(data):
    x, group = data
    found = within_between_correlations(x, group)
    dummies = (group[:, None] == np.arange(25)).astype(float)
    off = x - dummies @ np.linalg.lstsq(dummies, x, rcond=None)[0]
    np.testing.assert_allclose(found.within, np.corrcoef(off.T), atol=1e-13)
    means = np.array([x[group == k].mean(axis=0) for k in range(25)])
    expected = weighted_pearson(means, means, np.bincount(group))[0]
    np.testing.assert_allclose(found.between, expected, atol=1e-13)
    assert (found.df_within == 140 - 25 - 1).all()
    assert (found.df_between == 23).all()
    low, high = fisher_interval(found.between, 25)
    np.testing.assert_array_equal((found.low_between, found.high_between), (low, high))
    # the covariance is the sum of both
    eta = found.eta_within[:, None] * found.eta_within * found.within
    eta = eta + found.eta_between[:, None] * found.eta_between * found.between
    np.testing.assert_allclose(eta, np.corrcoef(x.T), atol=1e-13)


def test_within_dyads_it_is_the_correlation_of_differences():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 2))
    dyad = np.repeat(np.arange(30), 2)
    found = within_between_correlations(x, dyad)
    d = x[::2] - x[1::2]
    expected = d[:, 0] @ d[:, 1] / np.sqrt(np.sum(d[:, 0] ** 2) * np.sum(d[:, 1] ** 2))
    assert found.within[0, 1] == pytest.approx(expected)
    assert found.df_within[0, 1] == 29
    alone = within_between_correlations(
        np.vstack([x, rng.normal(size=(7, 2))]), [*dyad, *range(100, 107)]
    )
    assert alone.within[0, 1] == pytest.approx(expected)
    assert alone.df_within[0, 1] == 29
    assert alone.groups[0, 1] == 37


def test_eta_is_what_the_analysis_of_variance_says(data):
    x, group = data
    gappy = np.where(np.random.default_rng(6).random(x.shape) < 0.2, np.nan, x)
    found, one_way = within_between_correlations(gappy, group), icc_one_way(gappy, group)
    between = one_way.ms_between * one_way.df1
    within = one_way.ms_within * one_way.df2
    np.testing.assert_allclose(found.eta_between**2, between / (between + within))
    np.testing.assert_array_equal(np.diag(found.n), one_way.n)
    np.testing.assert_array_equal(np.diag(found.df_within) + 1, one_way.df2)


def test_order_names_and_origin_leave_no_trace(data):
    x, group = data
    order = np.random.default_rng(7).permutation(len(x))
    names = np.array([f"g{(k * 7) % 25}" for k in group])
    whole, again = (
        within_between_correlations(x, group),
        within_between_correlations(x[order], names[order]),
    )
    for part in ("within", "between", "p_within", "low_between", "eta_within"):
        np.testing.assert_array_equal(getattr(whole, part), getattr(again, part))
    moved = within_between_correlations(1000 - 2 * x, group)
    np.testing.assert_allclose(moved.within, whole.within, atol=1e-10)
    one = within_between_bootstrap(x, group, n_boot=40)
    other = within_between_bootstrap(x[order], names[order], n_boot=40)
    np.testing.assert_array_equal(one.replicates, other.replicates)
    np.testing.assert_allclose(one.estimate, [whole.within, whole.between], atol=1e-14)


def test_leaving_a_group_out(data):
    x, group = data
    result = within_between_bootstrap(x, group, n_boot=10)
    left = [within_between_correlations(x[group != k], group[group != k]) for k in range(25)]
    expected = np.array([[f.within, f.between] for f in left])
    np.testing.assert_allclose(
        np.sort(result.jackknife[:, :, 0, 1], axis=0), np.sort(expected[:, :, 0, 1], axis=0)
    )


def test_what_cannot_be_given():
    x = np.array([[1.0, 2, 5], [1, 3, 5], [2, 1, 5], [2, 4, 5], [4, 9, np.nan]])
    found = within_between_correlations(x, [1, 1, 2, 2, 3])
    assert np.isnan(found.within[0]).all()  # the same in each group
    assert np.isnan(found.between[2]).all()  # constant
    assert found.eta_within[0] == 0
    assert np.isnan(found.eta_within[2])
    assert found.within[1, 1] == 1
    alone = within_between_correlations(x, np.arange(5))
    assert np.isnan(alone.within).all()
    assert (alone.df_within == 0).all()
    assert np.isnan(within_between_correlations(x, np.zeros(5)).between).all()
    empty = within_between_correlations(np.empty((0, 2)), [])
    assert np.isnan(empty.between).all()
    assert np.isnan(within_between_correlations(np.full((4, 2), np.nan), [1, 1, 2, 2]).within).all()
    with pytest.raises(ValueError, match="expected answers"):
        within_between_correlations(x, [1, 2])
