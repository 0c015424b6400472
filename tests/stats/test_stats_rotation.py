"""Rotations reproduce the same correlations, know no order of items, and find the simple ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment import stats

NAMES = ("varimax", "promax", "oblimin", "geomin")
SIMPLE = np.zeros((9, 3))
SIMPLE[np.arange(9), np.repeat([0, 1, 2], 3)] = [0.8, 0.7, 0.6, 0.75, 0.65, 0.5, 0.7, 0.6, 0.4]
PHI = np.array([[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]])


def loadings(seed, p=9, m=3):
    """Unrotated loadings of data with a blurred simple structure."""
    rng = np.random.default_rng(seed)
    pattern = np.zeros((p, m))
    pattern[np.arange(p), np.arange(p) % m] = rng.uniform(0.5, 0.8, p)
    pattern += rng.normal(0, 0.08, (p, m))
    q, _ = np.linalg.qr(rng.normal(size=(m, m)))
    return pattern @ q


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from(NAMES))
def test_what_the_factors_imply_stays(seed, name):
    a = loadings(seed)
    fit = stats.rotate(a, name)
    assert fit.converged
    np.testing.assert_allclose(fit.loadings @ fit.phi @ fit.loadings.T, a @ a.T, atol=1e-9)
    np.testing.assert_allclose(a @ fit.transformation, fit.loadings, atol=1e-9)
    np.testing.assert_allclose(fit.phi, fit.phi.T, atol=1e-12)
    np.testing.assert_allclose(np.diag(fit.phi), 1, atol=1e-12)
    assert np.linalg.eigvalsh(fit.phi)[0] > 0


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from(NAMES))
def test_order_of_items_and_axes_do_not_matter(seed, name):
    rng = np.random.default_rng(seed + 1)
    a = loadings(seed)
    order = rng.permutation(len(a))
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    fit, other = stats.rotate(a, name), stats.rotate(a[order] @ q, name)
    np.testing.assert_allclose(other.criterion, fit.criterion, rtol=1e-6)
    if fit.agreeing > 15 and other.agreeing > 15:  # one optimum
        np.testing.assert_allclose(other.loadings, fit.loadings[order], atol=1e-5)
        np.testing.assert_allclose(other.phi, fit.phi, atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from(NAMES))
def test_factors_stand_in_order_and_point_upwards(seed, name):
    fit = stats.rotate(loadings(seed), name)
    variance = stats.variance_accounted(fit.loadings, fit.phi)[0]
    assert (np.diff(variance) <= 1e-12).all()
    assert (fit.loadings.sum(axis=0) >= 0).all()
    assert variance.sum() == pytest.approx(np.sum(loadings(seed) ** 2))


@pytest.mark.parametrize("name", ["promax", "oblimin"])
def test_oblique_structure_is_found_with_its_correlations(name):
    fit = stats.rotate(SIMPLE @ np.linalg.cholesky(PHI), name)
    exact = 1e-6 if name == "oblimin" else 0.06
    np.testing.assert_allclose(fit.loadings, SIMPLE, atol=exact)
    np.testing.assert_allclose(fit.phi, PHI, atol=2 * exact)


def test_geomin_comes_close_when_little_is_added():
    fit = stats.geomin(SIMPLE @ np.linalg.cholesky(PHI), epsilon=1e-3)
    np.testing.assert_allclose(fit.loadings, SIMPLE, atol=0.03)


def test_varimax_does_not_stand_still_where_groups_are_equal():
    turned = SIMPLE[:6, :2] @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    fit = stats.varimax(turned)
    assert fit.agreeing == fit.starts
    np.testing.assert_allclose(np.abs(fit.loadings), SIMPLE[:6, :2], atol=1e-9)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_no_other_angle_is_simpler(seed):
    rng = np.random.default_rng(seed)
    a = loadings(seed)
    best = stats.varimax(a, kaiser=False)
    for _ in range(20):
        q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        assert -np.sum(((a @ q) ** 2).var(axis=0)) >= best.criterion - 1e-12
    t = rng.normal(size=(3, 3))
    t /= np.linalg.norm(t, axis=0)
    square = (a @ np.linalg.inv(t).T) ** 2
    other = np.sum(square.sum(axis=1) ** 2 - np.sum(square**2, axis=1)) / 4
    assert other >= stats.oblimin(a).criterion - 1e-9


def test_stopping_early_is_no_better():
    a = loadings(3)
    for rotate in (stats.varimax, stats.promax):
        early, late = rotate(a, stop=1e-3), rotate(a)
        assert early.starts == 1
        assert late.criterion <= early.criterion + 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_is_a_loop(name):
    stack = np.stack([loadings(seed) for seed in range(3)] + [np.full((9, 3), np.nan)])
    together = stats.rotate(stack.reshape(2, 2, 9, 3), name)
    assert np.isnan(together.loadings[1, 1]).all()
    assert not together.converged[1, 1]
    for k in range(3):
        alone = stats.rotate(stack[k], name)
        at = divmod(k, 2)
        np.testing.assert_allclose(together.loadings[at], alone.loadings, atol=1e-6)
        np.testing.assert_allclose(together.phi[at], alone.phi, atol=1e-6)


def test_one_factor_and_no_rotation_only_turn_signs():
    a = -loadings(1)
    np.testing.assert_allclose(np.abs(stats.rotate(a, "none").loadings).sum(), np.abs(a).sum())
    for name in ("none", *NAMES):
        fit = stats.rotate(a[:, :1], name)
        np.testing.assert_allclose(fit.loadings[:, 0], a[:, 0] * np.sign(a[:, 0].sum()))
        assert fit.phi.tolist() == [[1.0]]
    with pytest.raises(ValueError, match="method"):
        stats.rotate(a, "quartimax")
    with pytest.raises(ValueError, match="shape"):
        stats.varimax([1.0, 2.0])


def test_an_item_without_loadings_is_no_obstacle():
    a = loadings(2)
    a[0] = 0
    for name in NAMES:
        fit = stats.rotate(a, name)
        assert np.isfinite(fit.loadings).all()
        np.testing.assert_allclose(fit.loadings[0], 0, atol=1e-12)
