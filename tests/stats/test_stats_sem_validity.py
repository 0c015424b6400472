"""Construct reliability and validity: bounds, stacks, intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.stats.reliability import alpha
from detachment.stats.sem.categorical import below, ordinal_sample
from detachment.stats.sem.model import cfa_model, implied, matrices
from detachment.stats.sem.validity import (
    average_variance_extracted,
    composite_omega,
    composite_reliability,
    constructs,
    htmt,
    htmt2,
    htmt_asymptotic,
    htmt_bootstrap,
)

BLOCKS = [[0, 1, 2], [3, 4], [5, 6, 7]]


def data(n=300, seed=1):
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 3)) @ np.linalg.cholesky(np.full((3, 3), 0.5) + 0.5 * np.eye(3)).T
    return 0.8 * factors[:, [0, 0, 0, 1, 1, 2, 2, 2]] + 0.6 * rng.normal(size=(n, 8))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.1, 0.95), min_size=3, max_size=8))
def test_bounds_and_equal_items(loadings):
    loadings = np.array(loadings)
    cr, ave = composite_reliability(loadings), average_variance_extracted(loadings)
    assert 0 < ave < 1
    assert ave <= loadings.max() ** 2 + 1e-12
    assert 0 < cr < 1
    cov = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    assert composite_omega(loadings, 1.0, cov) == pytest.approx(cr)
    assert average_variance_extracted(loadings, 1.0, np.ones(len(loadings))) == pytest.approx(ave)
    equal = np.full(4, loadings[0])
    cov = np.outer(equal, equal) + np.diag(1 - equal**2)
    assert composite_reliability(equal) == pytest.approx(alpha(cov))  # tau-equivalent


def test_a_stack_is_its_matrices():
    stack = np.stack([np.corrcoef(data(seed=seed), rowvar=False) for seed in range(4)])
    for ratio in (htmt, htmt2):
        np.testing.assert_allclose(
            ratio(stack, BLOCKS), np.stack([ratio(cor, BLOCKS) for cor in stack]), rtol=1e-13
        )


def test_the_ratio_is_the_correlation_of_equal_items_factors():
    lam = np.full(6, 0.7)
    cor = np.outer(lam, lam)
    cor[:3, 3:] *= 0.6
    cor[3:, :3] *= 0.6
    np.fill_diagonal(cor, 1.0)
    for ratio in (htmt, htmt2):
        found = ratio(cor, [[0, 1, 2], [3, 4, 5]])
        np.testing.assert_allclose(found, [[1.0, 0.6], [0.6, 1.0]])
    lam = np.array([0.9, 0.5, 0.7, 0.4, 0.8, 0.6])
    cor = np.outer(lam, lam)
    cor[:3, 3:] *= 0.6
    cor[3:, :3] *= 0.6
    np.fill_diagonal(cor, 1.0)
    unequal = htmt2(cor, [[0, 1, 2], [3, 4, 5]])[1, 0]
    assert unequal == pytest.approx(0.6)  # which HTMT misses
    assert abs(htmt(cor, [[0, 1, 2], [3, 4, 5]])[1, 0] - 0.6) > 0.005
    turned = cor * np.outer([1, -1, 1, 1, 1, -1], [1, -1, 1, 1, 1, -1])
    np.testing.assert_allclose(htmt2(turned, [[0, 1, 2], [3, 4, 5]])[1, 0], unequal)


def test_a_single_item_has_no_ratio():
    cor = np.corrcoef(data(), rowvar=False)
    found = htmt(cor, [[0], [3, 4]])
    assert np.isnan(found[0, 1])
    assert found[0, 0] == 1.0
    constant = cor.copy()
    constant[0], constant[:, 0] = np.nan, np.nan
    assert np.isnan(htmt(constant, BLOCKS)[0, 1])
    assert np.isfinite(htmt(constant, BLOCKS)[1, 2])


def test_intervals_of_both_kinds_agree():
    x = data(400)
    boot = htmt_bootstrap(x, BLOCKS, n_boot=400, rng=2)
    low, high = boot.percentile()
    again = htmt_bootstrap(x[::-1], BLOCKS, n_boot=400, rng=2)
    np.testing.assert_array_equal(again.replicates, boot.replicates)
    codes = np.digitize(x, [-1.5, -0.75, 0.0, 0.75, 1.5]).astype(float)
    sample = ordinal_sample(codes)
    t = len(sample.thresholds)
    ends = htmt_asymptotic(sample.correlations, sample.gamma[t:, t:] / sample.n, BLOCKS)
    assert len(below(sample.correlations)) == len(sample.gamma) - t
    lower = np.tril_indices(3, -1)
    np.testing.assert_allclose(ends[0][lower], low[:3], atol=0.05)
    np.testing.assert_allclose(ends[1][lower], high[:3], atol=0.05)
    assert (ends[2][lower] < ends[3][lower]).all()


def test_all_coefficients_of_an_exact_model_agree():
    model = cfa_model("f =~ a + b + c\ng =~ d + e + h", std_lv=True)
    theta = np.array([0.8, 0.7, 0.6, 0.9, 0.5, 0.4, 0.36, 0.51, 0.64, 0.19, 0.75, 0.84, 0.3])
    cov = implied(model, theta)[0][1]
    found = constructs(matrices(model, theta)[0], cov)
    np.testing.assert_allclose(found.omega, found.omega_model)
    np.testing.assert_allclose(found.omega, found.composite_reliability)
    np.testing.assert_allclose(found.ave, found.ave_std)
    assert (found.alpha < found.omega).all()
    assert found.factor_cor[0, 1] == pytest.approx(0.3)
    cuts = np.tile(np.linspace(-3, 3, 41), (6, 1))
    fine = constructs(matrices(model, theta)[0], cov, thresholds=cuts)
    # with many categories the sum of the answers is nearly that of the latent responses
    np.testing.assert_allclose(fine.omega, fine.omega_latent, atol=0.01)
