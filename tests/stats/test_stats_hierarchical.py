"""Fit, scores, Schmid and Leiman's transformation, omega hierarchical."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment import stats


def hierarchical(general=0.6, group=0.5, groups=3, size=4):
    """Loadings of items on a general factor and on one group factor each."""
    own = np.kron(np.eye(groups), np.full((size, 1), group))
    return np.column_stack([np.full(groups * size, general), own])


def implied(loadings):
    cor = loadings @ loadings.T
    np.fill_diagonal(cor, 1)
    return cor


def sample(seed, n=300):
    rng = np.random.default_rng(seed)
    loadings = hierarchical()
    x = rng.normal(size=(n, loadings.shape[1])) @ loadings.T
    x += rng.normal(size=x.shape) * np.sqrt(1 - np.sum(loadings**2, axis=1))
    return np.corrcoef(x, rowvar=False)


@pytest.mark.parametrize("method", ["minres", "ml", "paf"])
def test_general_and_group_factors_are_found(method):
    loadings = hierarchical()
    cor = implied(loadings)
    fit = stats.omega_hierarchical(cor, method=method)
    assert fit.converged
    assert not fit.heywood
    np.testing.assert_allclose(fit.loadings[:, 0], 0.6, atol=1e-4)
    np.testing.assert_allclose(np.sort(np.abs(fit.loadings[:, 1:]), axis=1)[:, -1], 0.5, atol=1e-4)
    total = cor.sum()
    unique = np.sum(1 - np.sum(loadings**2, axis=1))
    assert fit.omega_total == pytest.approx(1 - unique / total, abs=1e-6)
    assert fit.omega_total_implied == pytest.approx(fit.omega_total, abs=1e-6)
    assert fit.omega_hierarchical == pytest.approx((12 * 0.6) ** 2 / total, abs=1e-4)
    assert fit.omega_asymptotic == pytest.approx(fit.omega_hierarchical / fit.omega_total)
    assert fit.ecv == pytest.approx(0.36 / 0.61, abs=1e-4)
    of_group = 4 + 12 * 0.61
    np.testing.assert_allclose(fit.omega_group[1:, 1], (4 * 0.6) ** 2 / of_group, atol=1e-4)
    np.testing.assert_allclose(fit.omega_group[1:, 2], (4 * 0.5) ** 2 / of_group, atol=1e-4)
    assert sorted(np.bincount(fit.group)) == [4, 4, 4]


def test_items_against_the_general_factor_are_turned():
    cor = implied(hierarchical())
    sign = np.ones(12)
    sign[[1, 6]] = -1
    fit = stats.omega_hierarchical(cor * np.outer(sign, sign))
    np.testing.assert_allclose(fit.key, sign)
    assert fit.omega_hierarchical == pytest.approx(stats.omega_hierarchical(cor).omega_hierarchical)
    left = stats.omega_hierarchical(cor * np.outer(sign, sign), flip=False)
    assert left.omega_hierarchical < fit.omega_hierarchical


def test_two_factors_share_their_correlation():
    fit = stats.schmid_leiman_solution(implied(hierarchical(groups=2)), n_factors=2)
    np.testing.assert_allclose(fit.second_order**2, fit.phi[0, 1])
    # two factors that go against each other have nothing general
    against = stats.schmid_leiman_solution(
        implied(np.kron(np.array([[1, -0.4], [0, 0.8]]), np.full((4, 1), 0.7))), n_factors=2
    )
    assert against.heywood == (against.phi[0, 1] < 0)


def test_one_factor_is_omega_total():
    cor = implied(np.full((6, 1), 0.7))
    fit = stats.omega_hierarchical(cor, n_factors=1)
    assert fit.omega_total == pytest.approx(stats.omega_total(cor).omega)
    assert fit.omega_group.shape == (2, 3)
    assert fit.ecv == 1


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_order_of_items_does_not_matter(seed):
    cor = sample(seed)
    order = np.random.default_rng(seed).permutation(12)
    a = stats.omega_hierarchical(cor)
    b = stats.omega_hierarchical(cor[np.ix_(order, order)])
    if a.converged and not a.heywood and a.agreeing > 15 and b.agreeing > 15:
        np.testing.assert_allclose(b.omega_hierarchical, a.omega_hierarchical, atol=1e-5)
        np.testing.assert_allclose(b.omega_total, a.omega_total, atol=1e-7)
        np.testing.assert_allclose(b.loadings[:, 0], a.loadings[order, 0], atol=1e-4)
        assert 0 <= a.omega_hierarchical <= a.omega_total <= 1


def test_a_stack_is_a_loop():
    stack = np.stack([sample(1), np.full((12, 12), np.nan), sample(2)])
    together = stats.omega_hierarchical(stack)
    for k in (0, 2):
        alone = stats.omega_hierarchical(stack[k])
        np.testing.assert_allclose(together.omega_hierarchical[k], alone.omega_hierarchical)
        np.testing.assert_allclose(together.omega_group[k], alone.omega_group)
        np.testing.assert_allclose(together.loadings[k], alone.loadings, atol=1e-7)
    assert np.isnan(together.omega_total[1])
    assert not together.converged[1]


def test_wrong_words():
    with pytest.raises(ValueError, match="rotation"):
        stats.omega_hierarchical(sample(1), rotation="varimax")
    with pytest.raises(ValueError, match="method"):
        stats.omega_hierarchical(sample(1), method="pca")
    assert stats.omega_hierarchical(np.eye(5) * 0.5 + 0.5, n_factors=3).df == -2


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_fit_does_not_know_the_rotation(seed):
    cor = sample(seed)
    factors = stats.ml_factors(cor, 3)
    plain = stats.factor_fit(cor, factors.loadings, n=300)
    turned = stats.oblimin(factors.loadings)
    oblique = stats.factor_fit(cor, turned.loadings, turned.phi, n=300)
    for name in ("chi2", "p", "rmsea", "rmsea_low", "rmsea_high", "tli", "bic", "rmsr", "fit_off"):
        np.testing.assert_allclose(getattr(oblique, name), getattr(plain, name), atol=1e-7)
    assert plain.df == 33
    assert plain.objective == pytest.approx(float(factors.objective), abs=1e-9)
    assert 0 <= plain.rmsea_low <= plain.rmsea_high
    if plain.rmsea > 0:
        assert plain.rmsea <= plain.rmsea_high


def test_fit_that_cannot_be_tested():
    cor = implied(np.full((3, 1), 0.6))
    fit = stats.factor_fit(cor, np.full((3, 1), 0.6), n=100)
    assert fit.df == 0
    assert np.isnan(fit.p)
    assert np.isnan(fit.rmsea)
    assert fit.rmsr == pytest.approx(0, abs=1e-12)
    singular = stats.factor_fit(np.ones((4, 4)), np.full((4, 1), 0.9), n=100)
    assert np.isnan(singular.chi2)
    assert np.isfinite(singular.rmsr)


def test_scores_do_what_they_promise():
    cor = sample(3)
    turned = stats.oblimin(stats.minres(cor, 3).loadings)
    loadings, phi = turned.loadings, turned.phi
    ten_berge = stats.factor_score_weights(cor, loadings, phi, method="tenberge")
    np.testing.assert_allclose(ten_berge.T @ cor @ ten_berge, phi, atol=1e-9)
    bartlett = stats.factor_score_weights(cor, loadings, phi, method="bartlett")
    np.testing.assert_allclose(bartlett.T @ loadings, np.eye(3), atol=1e-9)
    regression = stats.factor_score_weights(cor, loadings, phi)
    of_scores = np.sum(regression * (loadings @ phi), axis=0)
    np.testing.assert_allclose(stats.score_determinacy(cor, loadings, phi), of_scores)
    assert (of_scores < 1).all()
    with pytest.raises(ValueError, match="method"):
        stats.factor_score_weights(cor, loadings, phi, method="sum")
    for method in ("regression", "tenberge"):
        weights = stats.factor_score_weights(np.ones((12, 12)), loadings, phi, method=method)
        assert np.isnan(weights).all()
    assert np.isnan(stats.factor_score_weights(cor, loadings * np.nan, phi)).all()


def test_complexity_counts_factors():
    np.testing.assert_allclose(stats.complexity([[0.5, 0.0], [0.5, -0.5], [0.4, 0.2]])[:2], [1, 2])
    assert np.isnan(stats.complexity([[0.0, 0.0]])).all()
