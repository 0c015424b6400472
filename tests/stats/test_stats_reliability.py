"""Reliability: what must hold for every covariance matrix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment import stats

answers = arrays(
    np.float64,
    st.tuples(st.integers(8, 30), st.integers(3, 6)),
    elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]),
)
FUNCTIONS = {
    "alpha": stats.alpha,
    "alpha_if_dropped": stats.alpha_if_dropped,
    "item_rest_r": stats.item_rest_r,
    "lambda2": stats.guttman_lambda2,
    "lambda6": stats.guttman_lambda6,
    "odd_even": stats.odd_even,
    "mean_interitem_r": stats.mean_interitem_r,
}


def cov_of(x):
    return stats.pairwise_moments(x).cov


def one_factor(loadings, uniquenesses):
    return np.outer(loadings, loadings) + np.diag(uniquenesses)


@given(answers, st.floats(0.1, 10), st.floats(-50, 50))
def test_alpha_does_not_know_the_units(x, a, b):
    # an item's own constant does not matter, a common factor does not matter
    shift = b * np.arange(x.shape[1])
    np.testing.assert_allclose(
        stats.alpha(cov_of(a * x + shift)), stats.alpha(cov_of(x)), rtol=1e-8, atol=1e-8
    )


@given(answers, st.randoms(use_true_random=False))
def test_order_of_items_does_not_matter_to_alpha(x, random):
    order = list(range(x.shape[1]))
    random.shuffle(order)
    cov = cov_of(x)
    shuffled = cov[np.ix_(order, order)]
    for f in (stats.alpha, stats.guttman_lambda2, stats.guttman_lambda6):
        np.testing.assert_allclose(f(shuffled), f(cov), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        stats.item_rest_r(shuffled), stats.item_rest_r(cov)[order], rtol=1e-9, atol=1e-9
    )


@given(answers)
def test_lambda2_is_never_below_alpha(x):
    cov = cov_of(x)
    alpha, lambda2 = stats.alpha(cov), stats.guttman_lambda2(cov)
    assert np.isnan(alpha) == np.isnan(lambda2)
    assert np.isnan(alpha) or lambda2 >= alpha - 1e-12 * max(1, abs(alpha))


@given(answers)
def test_alpha_never_exceeds_one(x):
    alpha = stats.alpha(cov_of(x))
    assert np.isnan(alpha) or alpha <= 1 + 1e-12


@given(answers)
def test_standardized_alpha_is_spearman_brown_of_the_mean_correlation(x):
    cor = stats.correlation_from(cov_of(x))
    expected = stats.spearman_brown(stats.mean_interitem_r(cor), x.shape[1])
    got = stats.alpha_standardized(cor)
    if not np.isnan(got):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


@given(answers)
def test_dropping_an_item_is_leaving_it_out(x):
    cov = cov_of(x)
    dropped, rest = stats.alpha_if_dropped(cov), stats.item_rest_r(cov)
    for item in range(x.shape[1]):
        others = np.delete(x, item, axis=1)
        np.testing.assert_allclose(dropped[item], stats.alpha(cov_of(others)), rtol=1e-8, atol=1e-8)
        r, _ = stats.pearson(x[:, item], others.sum(axis=1))
        np.testing.assert_allclose(rest[item], r[0, 0], rtol=1e-8, atol=1e-8)


@given(answers)
def test_odd_even_correlates_the_sums_of_the_halves(x):
    r, _ = stats.pearson(x[:, ::2].sum(axis=1), x[:, 1::2].sum(axis=1))
    if not np.isclose(r[0, 0], -1):
        np.testing.assert_allclose(
            stats.odd_even(cov_of(x)), stats.spearman_brown(r[0, 0]), rtol=1e-7, atol=1e-9
        )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_stack_is_a_loop(name, likert):
    stack = np.stack([cov_of(likert[a : a + 60]) for a in range(0, 300, 60)]).reshape(5, 1, 6, 6)
    together = FUNCTIONS[name](stack)
    alone = np.stack([FUNCTIONS[name](cov) for cov in stack[:, 0]])[:, None]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


def test_alpha_of_parallel_items_is_their_reliability():
    # four items, true variance 1, error variance .5: reliability of the sum 16 / (16 + 2)
    cov = one_factor(np.ones(4), np.full(4, 0.5))
    for f in (stats.alpha, stats.guttman_lambda2, stats.odd_even):
        assert f(cov) == pytest.approx(16 / 18, abs=1e-12)
    assert stats.omega_total(cov).omega == pytest.approx(16 / 18, abs=1e-9)


@given(
    st.lists(st.floats(0.3, 0.9), min_size=3, max_size=8),
    st.floats(0.2, 5),
    st.sampled_from(["model", "observed"]),
)
def test_omega_of_one_perfect_factor(loadings, scale, denominator):
    loadings = scale * np.array(loadings)
    unique = scale**2 - loadings**2
    fit = stats.omega_total(one_factor(loadings, unique), denominator=denominator)
    assert fit.converged
    assert not fit.heywood
    expected = loadings.sum() ** 2 / (loadings.sum() ** 2 + unique.sum())
    np.testing.assert_allclose(fit.omega, expected, atol=1e-8)
    np.testing.assert_allclose(fit.loadings, loadings, rtol=1e-6)


@given(answers)
def test_alpha_never_exceeds_omega_where_one_factor_fits_exactly(x):
    # three items with positive covariances are fitted exactly
    cov = cov_of(x[:, :3])
    fit = stats.omega_total(cov)
    if not np.isnan(fit.omega) and (fit.loadings > 0).all():
        assert stats.alpha(cov) <= fit.omega + 1e-8


def test_omega_does_not_give_a_number_for_an_improper_factor():
    # r12 r13 / r23 > 1: the first item would have to share more than it has
    cor = np.array([[1, 0.8, 0.7], [0.8, 1, 0.3], [0.7, 0.3, 1]])
    fit = stats.omega_total(cor)
    assert fit.heywood
    assert np.isnan(fit.omega)
    assert fit.uniquenesses.min() < 0


def test_omega_does_not_give_a_number_where_there_is_no_minimum():
    # three items with one negative correlation: loadings run away to infinity
    cor = np.array([[1, 0.3, 0.3], [0.3, 1, -0.3], [0.3, -0.3, 1]])
    fit = stats.omega_total(cor)
    assert not fit.converged
    assert np.isnan(fit.omega)


def test_omega_of_two_items_is_not_identified():
    fit = stats.omega_total([[1, 0.5], [0.5, 1]])
    assert not fit.converged
    assert np.isnan(fit.omega)


def test_omega_says_which_denominators_there_are():
    with pytest.raises(ValueError, match="'model' or 'observed'"):
        stats.omega_total(np.eye(3), denominator="other")


@given(st.floats(-0.5, 0.98), st.integers(5, 500), st.integers(2, 20), st.floats(0.5, 0.99))
def test_feldt_interval_holds_the_estimate_and_widens(alpha, n, k, confidence):
    low, high = stats.feldt_interval(alpha, n, k, confidence)
    assert low < high <= 1
    wider = stats.feldt_interval(alpha, n, k, (1 + confidence) / 2)
    assert wider[0] < low
    assert high < wider[1]


def test_feldt_interval_takes_arrays_and_odd_n():
    low, high = stats.feldt_interval([0.8, np.nan, 0.8], [99.5, 100, 1], 5)
    assert np.isfinite([low[0], high[0]]).all()
    assert np.isnan([low[1:], high[1:]]).all()
    assert stats.feldt_interval(0.8, 99, 5)[0] < low[0] < stats.feldt_interval(0.8, 100, 5)[0]


def test_kuder_richardson_is_alpha_and_21_is_no_larger():
    rng = np.random.default_rng(3)
    ability = rng.normal(size=(80, 1))
    x = (ability + rng.normal(size=(80, 7)) > np.linspace(-1, 1, 7)).astype(float)
    assert stats.kr20(x) == stats.alpha(cov_of(x))
    assert stats.kr21(x) < stats.kr20(x)
    same = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 0]])  # equally difficult
    assert stats.kr21(same) == pytest.approx(stats.kr20(same), abs=1e-12)


@pytest.mark.parametrize("f", [stats.kr20, stats.kr21])
def test_kuder_richardson_wants_right_and_wrong(f):
    with pytest.raises(ValueError, match="0 and 1"):
        f([[1, 2], [0, 1]])


def test_standard_error_of_measurement():
    got = stats.standard_error_of_measurement([10, 10, 10], [0.75, 1.0, 1.2])
    np.testing.assert_allclose(got, [5, 0, np.nan])
