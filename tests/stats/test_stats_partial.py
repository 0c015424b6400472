"""Partial correlations against correlations of residuals, in stacks, and where there are none."""

import numpy as np
import pytest

from detachment.stats.bootstrap import resample
from detachment.stats.correlation import pearson
from detachment.stats.moments import pairwise_moments
from detachment.stats.partial import (
    all_partial_correlations,
    partial_correlations,
    semipartial_correlations,
)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    return rng.normal(size=(80, 3)) @ rng.normal(size=(3, 7)) + rng.normal(size=(80, 7))


def residuals(y, z):
    z = np.column_stack([np.ones(len(z)), z])
    return y - z @ np.linalg.lstsq(z, y, rcond=None)[0]


def test_they_are_correlations_of_residuals(data):
    x, y, z = data[:, :3], data[:, 3:5], data[:, 5:]
    cov = np.cov(data.T)
    parts = [0, 1, 2], [3, 4], [5, 6]
    rx, ry = residuals(x, z), residuals(y, z)
    both = np.corrcoef(rx.T, ry.T)[:3, 3:]
    np.testing.assert_allclose(partial_correlations(cov, *parts), both, atol=1e-13)
    one = np.corrcoef(rx.T, y.T)[:3, 3:]
    np.testing.assert_allclose(semipartial_correlations(cov, *parts), one, atol=1e-13)
    for f in (partial_correlations, semipartial_correlations):
        np.testing.assert_allclose(f(np.corrcoef(data.T), *parts), f(cov, *parts), atol=1e-13)
        np.testing.assert_allclose(f(cov, *parts[:2], [6, 5]), f(cov, *parts), atol=1e-13)
        np.testing.assert_allclose(f(cov, *parts[:2], []), np.corrcoef(data.T)[:3, 3:5])


def test_square_of_a_semipartial_is_the_gain_in_explained_variance(data):
    cov = np.cov(data.T)

    def explained(predictors):
        b = np.linalg.solve(cov[np.ix_(predictors, predictors)], cov[predictors, 0])
        return cov[predictors, 0] @ b / cov[0, 0]

    gain = explained([1, 5, 6]) - explained([5, 6])
    assert semipartial_correlations(cov, [1], [0], [5, 6])[0, 0] ** 2 == pytest.approx(gain)


def test_all_given_all_others_is_the_scaled_inverse(data):
    inverse = np.linalg.inv(np.cov(data.T))
    sd = np.sqrt(np.diag(inverse))
    expected = -inverse / np.outer(sd, sd) + 2 * np.eye(7)
    np.testing.assert_allclose(all_partial_correlations(np.cov(data.T)), expected, atol=1e-12)


def test_a_stack_is_each_of_its_matrices(data):
    stack = np.array([np.cov(data[k : k + 60].T) for k in range(4)])
    whole = partial_correlations(stack, [0, 1], [2, 3, 4], [5, 6])
    assert whole.shape == (4, 2, 3)
    for k, cov in enumerate(stack):
        np.testing.assert_array_equal(
            whole[k], partial_correlations(cov, [0, 1], [2, 3, 4], [5, 6])
        )
    boot = resample(data, lambda cov: partial_correlations(cov, [0], [1], [2])[:, 0, 0], n_boot=50)
    cov = pairwise_moments(data).cov
    assert boot.estimate == pytest.approx(partial_correlations(cov, [0], [1], [2])[0, 0])
    assert np.isfinite(boot.replicates).all()


def test_what_the_controls_explain_wholly_is_nan(data):
    z = data[:, :2]
    whole = np.column_stack([z, z[:, 0] + z[:, 1], z[:, 0] * 2, data[:, 3], np.ones(80)])
    cor = pearson(whole)[0]
    cov = np.cov(whole.T)
    for matrix in (cor, cov):
        assert np.isnan(partial_correlations(matrix, [2], [4], [0, 1])).all()
        assert np.isnan(partial_correlations(matrix, [4], [1], [0, 3])).all()  # collinear controls
        assert np.isnan(partial_correlations(matrix, [0], [1], [5])).all()  # a constant
        assert np.isnan(partial_correlations(matrix, [0], [4], [0])).all()
        assert np.isnan(all_partial_correlations(matrix)).all()
    assert partial_correlations(np.full((3, 3), np.nan), [0], [1], [2]).shape == (1, 1)
    impossible = np.array([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]])
    assert np.isnan(partial_correlations(impossible, [0], [1], [2])).all()


def test_a_variable_with_itself_is_one(data):
    r = partial_correlations(np.cov(data.T), [0, 1], [0, 1], [2])
    assert r[0, 0] == r[1, 1] == 1
    assert semipartial_correlations(np.cov(data.T), [0], [0], [2])[0, 0] < 1
    with pytest.raises(ValueError, match="square"):
        partial_correlations(np.ones((2, 3)), [0], [1], [])
