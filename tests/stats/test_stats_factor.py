"""One factor by minimum residuals: a minimum, from everywhere, for stacks as for one matrix."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from detachment import stats


def loss(loadings, s):
    residual = s - np.outer(loadings, loadings)
    np.fill_diagonal(residual, 0)
    return np.sum(residual**2)


def slope(loadings, s):
    residual = s - np.outer(loadings, loadings)
    np.fill_diagonal(residual, 0)
    return -4 * residual @ loadings


def sample(seed, p, n=150):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) * rng.uniform(0.4, 1.2, p) + rng.normal(size=(n, p))
    return np.cov(x, rowvar=False)


@given(st.integers(0, 10_000), st.integers(4, 12))
def test_no_optimiser_finds_less(seed, p):
    s = sample(seed, p)
    fit = stats.minres_one_factor(s)
    if not fit.converged:
        return
    assert np.abs(slope(fit.loadings, s)).max() <= 1e-7 * np.trace(s)
    other = minimize(loss, np.sqrt(np.diag(s)) / 2, args=(s,), jac=slope, method="BFGS")
    assert loss(fit.loadings, s) <= other.fun + 1e-9


def test_data_with_a_factor_converge():
    fits = [stats.minres_one_factor(sample(seed, 8)) for seed in range(50)]
    assert all(fit.converged and not fit.heywood for fit in fits)
    assert max(fit.iterations for fit in fits) < 40


def test_a_stack_is_a_loop():
    stack = np.stack([sample(seed, 6) for seed in range(6)]).reshape(2, 3, 6, 6)
    stack[0, 1, 0, 0] = np.nan
    together = stats.minres_one_factor(stack)
    assert together.converged.tolist() == [[True, False, True], [True, True, True]]
    for at in np.ndindex(2, 3):
        alone = stats.minres_one_factor(stack[at])
        np.testing.assert_allclose(together.loadings[at], alone.loadings, rtol=1e-9)
        assert together.heywood[at] == alone.heywood


def test_neighbours_leave_no_trace():
    # some converge early, some late, one has no minimum
    stack = np.stack([sample(seed, 5, n=12) for seed in range(40)])
    together = stats.minres_one_factor(stack)
    assert len(set(together.iterations.tolist())) > 3
    for at in range(40):
        alone = stats.minres_one_factor(stack[at])
        np.testing.assert_array_equal(together.loadings[at], alone.loadings)
        assert together.iterations[at] == alone.iterations


def test_where_it_starts_does_not_matter():
    s = sample(1, 7)
    cold = stats.minres_one_factor(s)
    for start in (cold.loadings, -cold.loadings, np.linspace(0.2, 2, 7)):
        warm = stats.minres_one_factor(s, start=start)
        assert warm.converged
        np.testing.assert_allclose(warm.loadings, cold.loadings, rtol=1e-8)


def test_an_unreversed_item_loads_negatively():
    s = sample(2, 5)
    keyed = np.array([1, 1, -1, 1, 1])
    fit = stats.minres_one_factor(s * np.outer(keyed, keyed))
    np.testing.assert_allclose(fit.loadings, keyed * stats.minres_one_factor(s).loadings, rtol=1e-8)


def test_steps_beyond_gauss_newton_find_the_same(monkeypatch):
    s = sample(3, 6)
    usual = stats.minres_one_factor(s)
    monkeypatch.setattr("detachment.stats.factor._GAUSS_NEWTON", 0)
    newton = stats.minres_one_factor(s)
    assert newton.converged
    np.testing.assert_allclose(newton.loadings, usual.loadings, rtol=1e-8)
