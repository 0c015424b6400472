"""Disattenuated correlations as functions of covariances, and what their intervals cover."""

import numpy as np
import pytest

from detachment.stats.bootstrap import resample
from detachment.stats.correlation import disattenuate
from detachment.stats.design import design_delta_method
from detachment.stats.disattenuation import disattenuated_correlations, score_correlations
from detachment.stats.intervals import delta_method
from detachment.stats.moments import pairwise_moments
from detachment.stats.reliability import alpha
from detachment.stats.sampling_design import survey_design

ROWS, COLUMNS = [[0, 1, 2], [3, 4]], [[5, 6, 7, 8]]


def answers(n, rng, correlation=0.6):
    """Nine items of three scales; the first with the third correlate so without error."""
    cov = np.array([[1, 0.3, correlation], [0.3, 1, 0.2], [correlation, 0.2, 1]])
    trait = rng.normal(size=(n, 3)) @ np.linalg.cholesky(cov).T
    scale = np.repeat([0, 1, 2], [3, 2, 4])
    return trait[:, scale] + rng.normal(size=(n, 9))


def statistic(cov):
    return disattenuated_correlations(cov, ROWS, COLUMNS).reshape(len(cov), -1)


def test_they_are_those_of_the_scores():
    x = answers(150, np.random.default_rng(1))
    cov = np.cov(x.T)
    scores = np.column_stack([x[:, items].mean(axis=1) for items in [*ROWS, *COLUMNS]])
    r = np.corrcoef(scores.T)[:2, 2:]
    np.testing.assert_allclose(score_correlations(cov, ROWS, COLUMNS), r)
    alphas = [alpha(cov[np.ix_(items, items)]) for items in [*ROWS, *COLUMNS]]
    expected = disattenuate(r, np.array(alphas[:2])[:, None], alphas[2])
    np.testing.assert_allclose(disattenuated_correlations(cov, ROWS, COLUMNS), expected)
    stack = np.stack([cov, 2 * cov, np.eye(9)])
    whole = disattenuated_correlations(stack, ROWS, COLUMNS)
    np.testing.assert_allclose(whole[1], whole[0])
    assert np.isnan(whole[2]).all()  # alphas of 0


def test_the_standard_error_is_that_of_repeated_samples():
    rng = np.random.default_rng(2)
    covs = np.stack([np.cov(answers(200, rng).T) for _ in range(600)])
    spread = statistic(covs).std(axis=0)
    x = answers(4000, rng)
    se = delta_method(x, statistic).standard_error * np.sqrt(4000 / 200)
    np.testing.assert_allclose(se, spread, rtol=0.12)


def test_delta_method_bootstrap_and_design_agree():
    x = answers(400, np.random.default_rng(3))
    x[np.random.default_rng(4).random(x.shape) < 0.03] = np.nan
    dyads = np.arange(400) // 2
    delta = delta_method(x, statistic, clusters=dyads)
    boot = resample(x, statistic, clusters=dyads, n_boot=600, jackknife=False)
    np.testing.assert_allclose(boot.estimate, delta.estimate)
    np.testing.assert_allclose(boot.replicates.std(axis=0), delta.standard_error, rtol=0.15)
    designed = design_delta_method(x, statistic, survey_design(np.ones(400), clusters=dyads))
    np.testing.assert_allclose(designed.estimate, delta.estimate)
    np.testing.assert_allclose(designed.se, delta.standard_error, rtol=0.01)


@pytest.mark.parametrize("seed", [5, 6])
def test_the_interval_covers(seed):
    rng = np.random.default_rng(seed)
    hit = 0
    for _ in range(150):
        found = delta_method(answers(250, rng), statistic)
        half = 1.96 * found.standard_error[0]
        hit += abs(found.estimate[0] - 0.6) <= half
    assert 0.89 <= hit / 150 <= 0.99


def test_what_cannot_be_given():
    cov = pairwise_moments(np.ones((5, 4))).cov
    assert np.isnan(disattenuated_correlations(cov, [[0, 1]], [[2, 3]])).all()
    good = np.full((4, 4), 0.3) + np.diag([0.7] * 4)
    assert np.isnan(disattenuated_correlations(good, [[0]], [[2, 3]])).all()  # one item
    assert score_correlations(good, [[0]], [[2, 3]])[0, 0] > 0
    gap = good.copy()
    gap[3] = gap[:, 3] = np.nan
    assert disattenuated_correlations(gap, [[0, 1]], [[1, 2]]).shape == (1, 1)
    assert np.isfinite(disattenuated_correlations(gap, [[0, 1]], [[1, 2]])).all()
    assert disattenuated_correlations(good, [], [[0, 1]]).shape == (0, 1)
    with pytest.raises(ValueError, match="square"):
        score_correlations(np.ones((2, 3)), [[0]], [[1]])
