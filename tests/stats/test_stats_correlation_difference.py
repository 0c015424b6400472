"""Differences of correlations: published examples, sampled estimates, and bounds that agree."""

import numpy as np
import pytest
from scipy.special import ndtri

from detachment.stats.correlation_difference import (
    correlation_of_nonoverlapping,
    correlation_of_overlapping,
    equal_correlations,
    equivalence_of_correlation,
    equivalence_of_difference,
    independent_difference,
    meng_interval,
    nonoverlapping_difference,
    overlapping_difference,
    z_standard_error,
    zou_interval,
)


def test_examples_of_the_papers():
    meng = overlapping_difference(0.63, -0.03, -0.19, 15, method="meng")
    assert round(float(meng.statistic), 2) == 1.68
    assert round(float(meng.p / 2), 3) == 0.047
    zou = overlapping_difference(0.396, 0.179, 0.088, 66)
    assert (round(float(zou.low), 3), round(float(zou.high), 3)) == (-0.093, 0.517)
    zou = nonoverlapping_difference(0.396, 0.189, 0.208, 0.143, 0.023, 0.423, 66)
    assert (round(float(zou.low), 3), round(float(zou.high), 3)) == (-0.096, 0.501)


def sampled(cov, people, seed, samples=6000):
    """Correlations of many samples of normal answers, ``(samples, v, v)``."""
    x = np.random.default_rng(seed).normal(size=(samples, people, len(cov)))
    x = x @ np.linalg.cholesky(cov).T
    x -= x.mean(axis=1, keepdims=True)
    sums = np.swapaxes(x, 1, 2) @ x
    sd = np.sqrt(np.diagonal(sums, axis1=1, axis2=2))
    return sums / (sd[:, :, None] * sd[:, None, :])


def four(r):
    places = (0, 1), (2, 3), (0, 2), (0, 3), (1, 2), (1, 3)
    return [r[..., i, j] for i, j in places]


@pytest.mark.parametrize("seed", [1, 2])
def test_correlations_of_correlations_are_those_of_repeated_samples(seed):
    root = np.random.default_rng(seed).normal(size=(4, 4))
    cov = root @ root.T + np.eye(4)
    true = cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
    r = sampled(true, 100, seed)
    z = np.arctanh(r[:, *np.triu_indices(4, 1)])  # 12, 13, 14, 23, 24, 34
    pairs, found = true[np.triu_indices(4, 1)], np.corrcoef(z.T)
    expected = correlation_of_overlapping(pairs[0], pairs[1], pairs[3])
    assert found[0, 1] == pytest.approx(expected, abs=0.04)
    assert found[0, 5] == pytest.approx(correlation_of_nonoverlapping(*four(true)), abs=0.04)
    # the interval covers, whatever the difference is
    test = overlapping_difference(r[:, 0, 1], r[:, 0, 2], r[:, 1, 2], 100, confidence=0.9)
    difference = pairs[0] - pairs[1]
    covered = np.mean((test.low <= difference) & (difference <= test.high))
    assert covered == pytest.approx(0.9, abs=0.015)
    test = nonoverlapping_difference(*four(r), 100, confidence=0.9)
    difference = pairs[0] - pairs[5]
    covered = np.mean((test.low <= difference) & (difference <= test.high))
    assert covered == pytest.approx(0.9, abs=0.015)


@pytest.mark.parametrize("method", ["williams", "steiger", "meng"])
def test_overlapping_tests_hold_their_level(method):
    r = sampled(np.array([[1, 0.5, 0.5], [0.5, 1, 0.3], [0.5, 0.3, 1]]), 60, 5)
    test = overlapping_difference(r[:, 0, 1], r[:, 0, 2], r[:, 1, 2], 60, method=method)
    assert np.mean(test.p < 0.05) == pytest.approx(0.05, abs=0.011)


@pytest.mark.parametrize("method", ["steiger", "raghunathan", "pearson_filon"])
def test_nonoverlapping_tests_hold_their_level(method):
    cov = np.array([[1, 0.5, 0.4, 0.3], [0.5, 1, 0.3, 0.4], [0.4, 0.3, 1, 0.5], [0.3, 0.4, 0.5, 1]])
    test = nonoverlapping_difference(*four(sampled(cov, 60, 6)), 60, method=method)
    assert np.mean(test.p < 0.05) == pytest.approx(0.05, abs=0.013)


def test_intervals_agree_with_their_tests():
    r13 = np.linspace(-0.3, 0.6, 301)
    test = overlapping_difference(0.2, r13, 0.4, 80, method="meng")
    low, high = meng_interval(0.2, r13, 0.4, 80)
    np.testing.assert_array_equal(test.p < 0.05, (low > 0) | (high < 0))
    se = z_standard_error(80)
    wide = equivalence_of_correlation(r13, se, -0.3, 0.3)
    np.testing.assert_array_equal(wide.p < 0.05, (wide.low > -0.3) & (wide.high < 0.3))
    share = correlation_of_overlapping(0.2, r13, 0.4)
    wide = equivalence_of_difference(0.2, se, r13, se, share, -0.25, 0.25)
    np.testing.assert_array_equal(wide.p < 0.05, (wide.low > -0.25) & (wide.high < 0.25))
    low, high = zou_interval(0.2, se, r13, se, share, 0.9)
    np.testing.assert_array_equal((wide.low, wide.high), (low, high))


def test_equivalence_at_the_bound_is_even():
    se = z_standard_error(200)
    test = equivalence_of_correlation([0.1, 0.0], se, -0.1, 0.1)
    assert test.p_high[0] == pytest.approx(0.5)
    assert test.p_low[1] == test.p_high[1]
    test = equivalence_of_difference([0.3, 0.5, 0.4], se, [0.2, 0.2, 0.4], se, 0.2, -0.1, 0.1)
    assert test.p_high[0] == pytest.approx(0.5)
    assert test.p[1] > 0.95
    assert test.p_low[2] == pytest.approx(test.p_high[2])
    tiny = equivalence_of_difference(0.0, 0.001, 0.0, 0.001, 0.0, -0.05, 0.05)
    assert 0 < tiny.p < 1e-200


def test_turning_the_two_round_turns_the_sign():
    one = overlapping_difference(0.5, 0.2, 0.3, 90)
    other = overlapping_difference(0.2, 0.5, 0.3, 90)
    assert one.statistic == -other.statistic
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    one = independent_difference(0.5, 90, -0.2, 40)
    other = independent_difference(-0.2, 40, 0.5, 90)
    assert one.p == other.p
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert np.isinf(one.df)


def test_many_groups():
    z = independent_difference(0.5, 60, 0.1, 90).statistic
    two = equal_correlations([0.5, 0.1], [60, 90])
    assert two.statistic == pytest.approx(z**2)
    three = equal_correlations([[0.5, 0.1, np.nan], [0.3, 0.3, 0.3]], [60, 90, 3])
    assert three.statistic[0] == pytest.approx(z**2)
    assert three.statistic[1] == pytest.approx(0)
    assert three.df.tolist() == [1, 1]
    assert np.isnan(equal_correlations([0.5], [60]).p)
    assert equal_correlations([0.3, 0.3, 0.3], [20, 30, 90]).r == pytest.approx(0.3)


def test_shapes_and_what_cannot_be_given():
    r12 = np.array([0.3, 1.0, np.nan, 0.9])[:, None]
    for method in ("williams", "steiger", "meng"):
        test = overlapping_difference(r12, 0.2, [0.1, 0.99], 30, method=method)
        assert test.p.shape == (4, 2)
        assert np.isnan(test.p[1:3]).all()
        assert np.isnan(test.low[1:3]).all()
        assert np.isfinite(test.p[0, 0])
        assert np.isnan(test.p[3, 1])  # .9 and .2 do not go with .99
    for method in ("steiger", "raghunathan", "pearson_filon"):
        test = nonoverlapping_difference(r12, 0.2, 0.1, 0.1, 0.2, 0.1, [30, 3], method=method)
        assert np.isnan(test.p[:, 1]).all()
        assert np.isfinite(test.p[[0, 3], 0]).all()
        assert np.isnan(test.p[1:3]).all()
    assert np.isnan(independent_difference(0.3, 3, 0.2, 50).p)
    assert np.isnan(meng_interval(1.0, 0.2, 0.2, 30)[0])
    assert np.isnan(equivalence_of_correlation(1.0, 0.1, -0.1, 0.1).p)
    assert np.isnan(equivalence_of_difference(0.1, np.nan, 0.1, 0.1, 0, -0.1, 0.1).p)
    with pytest.raises(ValueError, match="method"):
        overlapping_difference(0.1, 0.2, 0.3, 30, method="hotelling")
    with pytest.raises(ValueError, match="method"):
        nonoverlapping_difference(0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 30, method="dunn")


def test_a_correlation_test_of_zero_is_the_known_one():
    se = z_standard_error(103)
    test = equivalence_of_correlation(0.0, se, -np.tanh(ndtri(0.95) / 10), 0.9)
    assert test.p_low == pytest.approx(0.05)
