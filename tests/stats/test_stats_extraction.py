"""Factors are minima, from every start, for stacks as for one matrix, in any order of the items."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from detachment import stats

EXTRACT = {"minres": stats.minres, "ml": stats.ml_factors, "paf": stats.paf}
LOADINGS = np.array(
    [[0.8, 0], [0.7, 0.1], [0.6, -0.1], [0.7, 0], [0, 0.8], [0.1, 0.7], [0, 0.6], [-0.1, 0.5]]
)


def implied(loadings):
    cor = loadings @ loadings.T
    np.fill_diagonal(cor, 1)
    return cor


def sample(seed, n=200, loadings=LOADINGS):
    rng = np.random.default_rng(seed)
    p, m = loadings.shape
    x = rng.normal(size=(n, m)) @ loadings.T
    x += rng.normal(size=(n, p)) * np.sqrt(1 - np.sum(loadings**2, axis=1))
    return np.corrcoef(x, rowvar=False)


def off_diagonal_loss(flat, cor, m):
    loadings = flat.reshape(-1, m)
    residual = (cor - loadings @ loadings.T) * (1 - np.eye(len(cor)))
    return np.sum(residual**2) / 2, (-2 * residual @ loadings).ravel()


@pytest.mark.parametrize("name", EXTRACT)
def test_what_made_the_correlations_is_found(name):
    fit = EXTRACT[name](implied(LOADINGS), 2)
    np.testing.assert_allclose(fit.loadings @ fit.loadings.T, LOADINGS @ LOADINGS.T, atol=1e-7)
    np.testing.assert_allclose(fit.communality + fit.uniquenesses, 1)
    assert fit.converged
    assert not fit.heywood
    assert fit.objective < 1e-12


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_no_optimiser_finds_less(seed, m):
    cor = sample(seed)
    fit = stats.minres(cor, m)
    assert fit.converged
    if fit.heywood:
        return
    value, slope = off_diagonal_loss(fit.loadings.ravel(), cor, m)
    assert np.abs(slope).max() < 1e-7
    assert fit.objective == pytest.approx(value)
    start = fit.loadings.ravel() + 0.05
    other = minimize(off_diagonal_loss, start, args=(cor, m), jac=True, method="BFGS")
    if np.all(np.sum(other.x.reshape(-1, m) ** 2, axis=1) < 0.995):
        assert value <= other.fun + 1e-9


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_maximum_likelihood_has_no_slope(seed):
    cor = sample(seed)
    fit = stats.ml_factors(cor, 2)
    assert fit.converged
    model = implied(fit.loadings)
    log_ratio = np.linalg.slogdet(model)[1] - np.linalg.slogdet(cor)[1]
    assert fit.objective == pytest.approx(
        log_ratio + np.trace(np.linalg.solve(model, cor)) - len(cor), abs=1e-10
    )
    if not fit.heywood:
        inverse = np.linalg.inv(model)
        slope = np.diag(inverse @ (model - cor) @ inverse)
        assert np.abs(slope).max() < 1e-6


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from(sorted(EXTRACT)))
def test_order_and_signs_of_items_do_not_matter(seed, name):
    rng = np.random.default_rng(seed)
    cor = sample(seed)
    order, sign = rng.permutation(len(cor)), rng.choice([-1.0, 1.0], len(cor))
    fit = EXTRACT[name](cor, 2)
    other = EXTRACT[name]((cor * np.outer(sign, sign))[np.ix_(order, order)], 2)
    if fit.converged and other.converged and not (fit.heywood or other.heywood):
        np.testing.assert_allclose(other.communality, fit.communality[order], atol=1e-6)


def test_axes_are_minimum_residuals():
    cor = sample(4)
    axes, least = stats.paf(cor, 2), stats.minres(cor, 2)
    np.testing.assert_allclose(axes.loadings, least.loadings, atol=1e-7)


def test_one_factor_is_the_one_factor():
    cor = sample(5)
    one = stats.minres_one_factor(cor)
    np.testing.assert_allclose(stats.minres(cor, 1).loadings[:, 0], one.loadings, atol=1e-8)


def test_covariances_become_correlations():
    cor, sd = sample(6), np.arange(1.0, 9.0)
    np.testing.assert_allclose(
        stats.minres(cor * np.outer(sd, sd), 2).loadings, stats.minres(cor, 2).loadings, atol=1e-9
    )


@pytest.mark.parametrize("name", EXTRACT)
def test_a_stack_is_a_loop(name):
    stack = np.stack([sample(seed) for seed in range(4)] + [np.full((8, 8), np.nan)] * 2)
    stack = stack.reshape(2, 3, 8, 8)
    together = EXTRACT[name](stack, 2)
    assert together.loadings.shape == (2, 3, 8, 2)
    for at in np.ndindex(2, 3):
        alone = EXTRACT[name](stack[at], 2)
        np.testing.assert_allclose(together.loadings[at], alone.loadings, atol=1e-9)
        assert together.converged[at] == alone.converged
        assert together.heywood[at] == alone.heywood
    assert not together.converged[1, 2]
    assert np.isnan(together.communality[1, 2]).all()


def test_a_heywood_case_is_held_and_named():
    cor = np.array(
        [[1, 0.8, 0.8, 0.1], [0.8, 1, 0.55, 0.1], [0.8, 0.55, 1, 0.1], [0.1, 0.1, 0.1, 1]]
    )
    for extract in (stats.minres, stats.ml_factors):
        fit = extract(cor, 1)
        assert fit.heywood
        assert fit.converged
        assert fit.uniquenesses.min() > -0.5
    assert stats.paf(cor, 1).heywood


def test_what_cannot_be_factored():
    singular = sample(7, n=5)
    assert np.isnan(stats.ml_factors(singular, 2).loadings).all()
    assert not stats.ml_factors(singular, 2).converged
    assert np.isfinite(stats.minres(singular, 2).loadings).all()
    constant = sample(8)
    constant[0], constant[:, 0] = 0, 0
    for extract in EXTRACT.values():
        assert np.isnan(extract(constant, 2).loadings).all()
        for m in (0, 8):
            with pytest.raises(ValueError, match="n_factors"):
                extract(sample(8), m)
    with pytest.raises(ValueError, match="method"):
        stats.extract(sample(8), 1, "pca")
    assert stats.minres(np.empty((0, 4, 4)), 1).loadings.shape == (0, 4, 1)


def test_starts_are_counted_and_the_best_is_kept():
    cor = sample(9)
    few, many = stats.minres(cor, 3, n_starts=1), stats.minres(cor, 3, n_starts=12)
    assert many.starts == 12
    assert 1 <= many.agreeing <= 12
    assert many.objective <= few.objective + 1e-12
