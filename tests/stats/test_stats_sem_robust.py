"""Corrected tests and standard errors: what they must be when there is nothing to correct."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.stats.sem.robust import (
    adf_gamma,
    correlation_ml,
    inverse,
    mean_scaled,
    mean_variance_adjusted,
    noncentrality_interval,
    normal_gamma,
    residual_trace,
    robust_fit,
    sandwich,
    satorra_2000,
    satorra_bentler_2001,
    scaled_shifted,
)

SEEDS = st.integers(0, 2**32 - 1)


def problem(seed, m=7, q=3, groups=1):
    """Jacobians, positive definite Gammas, sizes."""
    rng = np.random.default_rng(seed)
    deltas = [rng.normal(size=(m, q)) for _ in range(groups)]
    roots = [rng.normal(size=(m, m + 2)) for _ in range(groups)]
    return deltas, [a @ a.T / m for a in roots], [int(n) for n in rng.integers(50, 500, groups)]


@settings(deadline=None, max_examples=30)
@given(SEEDS, st.integers(1, 3))
def test_right_weights_need_no_correction(seed, groups):
    deltas, gammas, n = problem(seed, groups=groups)
    weights = [np.linalg.inv(gamma) for gamma in gammas]
    found = sandwich(deltas, weights, gammas, n)
    df = 7 * groups - 3
    assert found.trace == pytest.approx(df)
    assert found.trace_squared == pytest.approx(df)
    np.testing.assert_allclose(found.cov, found.bread / sum(n), atol=1e-10)
    for test in (
        mean_scaled(9.0, df, found.trace),
        mean_variance_adjusted(9.0, df, found.trace, found.trace_squared),
        scaled_shifted(9.0, df, found.trace, found.trace_squared),
    ):
        assert test.statistic == pytest.approx(9.0)
        assert test.df == pytest.approx(df)
        assert test.scale == pytest.approx(1.0)
        assert test.shift == pytest.approx(0.0, abs=1e-8)


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_traces_are_those_of_the_matrix_itself(seed):
    deltas, gammas, n = problem(seed, groups=2)
    rng = np.random.default_rng(seed)
    weights = [rng.uniform(0.5, 2.0, 7) for _ in n]
    found = sandwich(deltas, weights, gammas, n)
    shares = np.array(n) / sum(n)
    whole = np.diag(np.concatenate([s * w for s, w in zip(shares, weights, strict=True)]))
    delta = np.concatenate(deltas)
    gamma = np.zeros((14, 14))
    gamma[:7, :7], gamma[7:, 7:] = gammas[0] / shares[0], gammas[1] / shares[1]
    u = whole - whole @ delta @ np.linalg.inv(delta.T @ whole @ delta) @ delta.T @ whole
    assert found.trace == pytest.approx(np.trace(u @ gamma))
    assert found.trace_squared == pytest.approx(np.trace(u @ gamma @ u @ gamma))
    full = sandwich(deltas, [np.diag(w) for w in weights], gammas, n)
    assert full.trace_squared == pytest.approx(found.trace_squared)
    np.testing.assert_allclose(full.cov, found.cov, rtol=1e-9)


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_a_group_in_two_halves_is_the_group(seed):
    deltas, gammas, _ = problem(seed)
    weights = [np.ones(7)]
    one = sandwich(deltas, weights, gammas, [100])
    two = sandwich(deltas * 2, weights * 2, gammas * 2, [50, 50])
    np.testing.assert_allclose(two.cov, one.cov, rtol=1e-9)


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_differences_with_right_weights_are_plain(seed):
    (delta,), (gamma,), n = problem(seed)
    found = sandwich([delta], [np.linalg.inv(gamma)], [gamma], n)
    narrow = delta[:, :1] + delta[:, 1:2]  # two parameters equal, the third 0
    test = satorra_2000((12.0, 4.0), (6.0, 4.0), found, [narrow], [delta])
    assert test.statistic == pytest.approx(8.0)
    assert test.df == 2.0
    scaled = satorra_2000((12.0, 4.0), (6.0, 4.0), found, [narrow], [delta], shifted=False)
    assert scaled.statistic == pytest.approx(8.0)
    assert satorra_bentler_2001((12.0, 4.0), (6.0, 4.0), (1.0, 1.0)).statistic == 8.0


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_residual_trace_of_the_fit_itself_is_its_own(seed):
    deltas, gammas, n = problem(seed, groups=2)
    weights = [np.full(7, 1.5), np.full(7, 0.5)]
    found = sandwich(deltas, weights, gammas, n)
    judged = [np.diag(w) for w in weights]
    trace = residual_trace(deltas, weights, judged, gammas, found.bread, n)
    assert trace == pytest.approx(found.trace)


@settings(deadline=None, max_examples=20)
@given(SEEDS)
def test_weights_of_correlations_are_second_derivatives(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, 3))
    cor = np.corrcoef(x, rowvar=False)
    column, row = np.triu_indices(3, 1)
    _, weight = correlation_ml(cor, cor)

    def value(move):
        changed = cor.copy()
        changed[row, column] += move
        changed[column, row] += move
        return correlation_ml(cor, changed)[0] / 2

    h = 1e-4
    for i in range(3):
        for j in range(3):
            a, b = np.eye(3)[i] * h, np.eye(3)[j] * h
            second = (value(a + b) - value(a - b) - value(b - a) + value(-a - b)) / (4 * h * h)
            assert second == pytest.approx(weight[i, j], rel=2e-3, abs=2e-3)


def test_gammas():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(20_000, 2)) @ np.array([[1.0, 0.4], [0.0, 0.8]])
    cov = np.cov(x, rowvar=False)
    np.testing.assert_allclose(adf_gamma(x), normal_gamma(cov), atol=0.12)
    with_means = normal_gamma(cov, means=True)
    np.testing.assert_array_equal(with_means[:2, :2], cov)
    assert not with_means[:2, 2:].any()
    own = adf_gamma(x, means=True)
    np.testing.assert_allclose(own[:2, :2], np.cov(x, rowvar=False, bias=True))


def test_what_cannot_be_computed_is_nan():
    delta = np.array([[1.0, 1.0], [2.0, 2.0], [0.0, 0.0]])
    found = sandwich([delta], [np.ones(3)], [np.eye(3)], [100])
    assert np.isnan(found.cov).all()
    assert np.isnan(found.trace)
    assert np.isnan(inverse(np.zeros((2, 2)))).all()
    assert np.isnan(mean_scaled(3.0, 0.0, 1.0).statistic)
    assert np.isnan(scaled_shifted(3.0, 0.0, 0.0, 0.0).p)
    assert np.isnan(mean_variance_adjusted(3.0, 5.0, -1.0, 2.0).df)
    assert np.isnan(satorra_bentler_2001((9.0, 5.0), (5.0, 4.0), (0.5, 2.0)).statistic)
    assert np.isnan(satorra_2000((9.0, 5.0), (4.0, 4.0), found, [delta], [delta]).statistic)
    assert all(np.isnan(end) for end in noncentrality_interval(np.nan, 5))
    assert np.isnan(correlation_ml([[1.0, 2.0], [2.0, 1.0]], np.eye(2))[0])
    with pytest.raises(ValueError, match="one for each group"):
        sandwich([delta], [], [np.eye(3)], [100])


def test_robust_indices_without_anything_to_correct():
    fit = robust_fit(30.0, 10.0, 1.0, (500.0, 15.0, 1.0), 200)
    assert fit.cfi == pytest.approx(1 - 20 / 485)
    assert fit.rmsea == pytest.approx(np.sqrt(20 / 2000))
    assert fit.rmsea_low < fit.rmsea < fit.rmsea_high
    assert robust_fit(5.0, 10.0, 1.0, (500.0, 15.0, 1.0), 200).cfi == 1.0
    low, high = noncentrality_interval(2.0, 10.0)
    assert (low, high) == (0.0, 0.0)
