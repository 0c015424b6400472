"""Power and precision: published numbers, bounds, stacks, simulation, degenerate designs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.stats.path_power import (
    apim_p_values,
    apim_power,
    correlation_p_values,
    indirect_p_values,
    indirect_power,
    mean_p_values,
    residual_variance,
    simulated_power,
)
from detachment.stats.power import (
    alpha_power,
    correlation_power,
    slope_power,
    smallest_effect,
    smallest_n,
    t_test_power,
)
from detachment.stats.precision import alpha_width, correlation_width, mean_width, proportion_width


def test_two_groups_of_cohen():
    # Cohen (1988), table 2.4.1: n of each group for a power of .80 at .05, two-sided
    for d, n in ((0.2, 393), (0.5, 64), (0.8, 26)):
        found = smallest_n(lambda k, d=d: bool(t_test_power(d * np.sqrt(k / 2), 2 * k - 2) >= 0.8))
        assert abs(found - n) <= 1


def test_correlations_of_cohen():
    # Cohen (1988), table 3.4.1: n for a power of .80 at .05, two-sided
    for r, n in ((0.1, 783), (0.3, 85), (0.5, 28)):
        found = smallest_n(lambda k, r=r: bool(correlation_power(r, k) >= 0.8))
        assert abs(found - n) <= 1 + n // 300
    # exact, as G*Power has it (bivariate normal model)
    assert smallest_n(lambda k: bool(correlation_power(0.3, k) >= 0.8)) == 84


def test_alpha_of_bonett():
    # Bonett (2002), formula for tests: 2 k / (k - 1) (z + z)^2 / ln(ratio)^2 + 2
    for alpha, null, k in ((0.8, 0.7, 5), (0.9, 0.8, 10), (0.85, 0.8, 15)):
        near = 2 * k / (k - 1) * (1.959964 + 0.841621) ** 2 / np.log((1 - null) / (1 - alpha)) ** 2
        found = smallest_n(lambda n, a=alpha, o=null, k=k: bool(alpha_power(a, o, n, k) >= 0.8))
        assert found == pytest.approx(near + 2, rel=0.07)


def test_widths_of_cumming():
    # Cumming (2012), chapter 13: half a width of 0.4 standard deviations, two groups
    plain = smallest_n(lambda n: bool(mean_width(2 / n, 2 * n - 2) <= 0.8))
    sure = smallest_n(lambda n: bool(mean_width(2 / n, 2 * n - 2, assurance=0.99) <= 0.8))
    assert sure == 65
    assert 49 <= plain <= 50  # he takes the expected variance, and the width has its root


def test_widths_of_bonett_and_wright():
    # Bonett and Wright (2000), table 1: n for Pearson's r and a width of .2
    for r, n in ((0.1, 378), (0.5, 219), (0.9, 21)):
        found = smallest_n(lambda k, r=r: bool(correlation_width(r, k) <= 0.2), lowest=4)
        assert abs(found - n) <= 3


shares = st.floats(0.01, 0.95)


@given(shares, st.integers(4, 500), st.floats(1e-4, 0.3))
def test_power_is_a_probability_above_the_level(r, n, level):
    power = float(correlation_power(r, n, level))
    assert level - 1e-9 <= power <= 1
    assert power == float(correlation_power(-r, n, level))
    assert float(correlation_power(r, n + 1, level)) >= power - 1e-9
    assert float(correlation_power(0.0, n, level)) == pytest.approx(level, rel=1e-6)


@given(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6), st.floats(-0.5, 0.5), st.floats(-0.5, 0.9))
def test_both_members_tell_more_than_one(a, p, icc_x, icc_residual):
    if residual_variance(a, p, icc_x) < 0.05:
        return
    shared = {"icc_x": icc_x, "icc_residual": icc_residual}
    both = apim_power(a, p, 80, **shared)
    turned = apim_power(p, a, 80, **shared)
    assert both[0] == pytest.approx(turned[1], abs=1e-12)
    one = apim_power(a, p, 80, distinguishable=True, **shared)
    better = (1 + icc_residual) / (1 + icc_x) + (1 - icc_residual) / (1 - icc_x)
    if better < 3.8 / (1 - icc_x**2):  # a smaller variance than that of one equation
        assert both[0] >= one[0] - 2e-3


def test_a_stack_is_its_numbers():
    r = np.array([[0.1, 0.3, -0.5], [0.0, 0.9, np.nan]])
    n = np.array([10, 50, 400])
    for of in (correlation_power, correlation_width, proportion_width):
        stack = of(np.abs(r), n)
        for i, j in np.ndindex(2, 3):
            np.testing.assert_array_equal(stack[i, j], of(abs(r[i, j]), n[j]))
    many = apim_power(r, 0.1, n, icc_x=0.2)
    np.testing.assert_array_equal(many[0][0, 2], apim_power(-0.5, 0.1, 400, icc_x=0.2)[0])


def test_what_cannot_be_computed():
    assert np.isnan(correlation_power([1.0, 0.5], [20, 2])).all()
    assert np.isnan(slope_power(0.3, 4, predictors=3))
    assert np.isnan(alpha_power(0.8, 0.7, [1, 20], [5, 1])).all()
    assert np.isnan(apim_power(0.9, 0.9, 50)).all()
    assert np.isnan(indirect_power(0.9, 0.9, 50, direct=0.9))
    assert np.isnan(correlation_width(0.2, 3))
    assert np.isnan(proportion_width(0.2, 0))
    assert np.isnan(alpha_width(0.8, 3, 5))
    assert np.isnan(mean_width(0.1, 0))
    assert t_test_power(1e6, 1e7) == 1
    assert smallest_n(lambda _n: False, highest=1000) is None
    assert smallest_effect(lambda _effect: 0.1, 0.8, low=0, high=1) is None


def test_the_first_n_that_is_enough():
    for answer in (3, 4, 7, 100, 1000):
        assert smallest_n(lambda n, least=answer: n >= least) == answer


DESIGNS = [
    (apim_p_values, apim_power, (0.3, 0.15, 60), {"icc_x": 0.3, "icc_residual": 0.4}),
    (apim_p_values, apim_power, (-0.4, -0.1, 50), {"icc_x": 0.3, "distinguishable": True}),
    (apim_p_values, apim_power, (0.2, 0.2, 40), {"icc_x": -0.3, "icc_residual": 0.6}),
    (indirect_p_values, indirect_power, (0.3, 0.35, 90), {"direct": 0.2}),
    (correlation_p_values, correlation_power, (0.3, 70), {}),
]


@pytest.mark.parametrize(("draw", "formula", "design", "options"), DESIGNS)
def test_formulas_against_simulation(draw, formula, design, options):
    found = simulated_power(draw(*design, **options), n_sim=4000, rng=11)
    exact = np.atleast_1d(formula(*design, **options))
    # two hundredths for the formula, where it is an approximation
    assert (np.abs(found.power - exact) < 3.5 * found.error + 0.004).all()


def test_simulated_means():
    found = simulated_power(mean_p_values(2.5, 40), n_sim=20_000, rng=2)
    assert abs(found.power[0] - t_test_power(2.5, 40)) < 3.5 * found.error[0]


def test_a_test_without_an_effect_keeps_its_level():
    for same in (False, True):
        draw = apim_p_values(0.4, 0.0, 25, icc_x=0.3, icc_residual=0.5, distinguishable=same)
        found = simulated_power(draw, n_sim=6000, rng=3)
        assert abs(found.power[1] - 0.05) < 3.5 * found.error[1]


def test_the_same_seed_and_the_first_data_sets():
    draw = correlation_p_values(0.3, 30)
    one, again = (simulated_power(draw, n_sim=130, rng=5) for _ in range(2))
    np.testing.assert_array_equal(one.power, again.power)
    assert simulated_power(draw, n_sim=130, rng=6).power != one.power
    assert simulated_power(correlation_p_values(0.99, 50), n_sim=50).error[0] > 0
