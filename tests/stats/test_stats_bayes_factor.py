"""Bayes factors of a correlation: halves of the prior, values of others, and extremes."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import beta, hyp2f1

from detachment.stats.bayes_factor import PRIOR_WIDTHS, correlation_bayes_factor, jzs_bayes_factor


@pytest.mark.parametrize("kappa", [0.1, *PRIOR_WIDTHS.values(), 2.0])
@pytest.mark.parametrize("n", [3, 10, 90, 3000])
def test_both_halves_make_the_whole(kappa, n):
    r = np.array([-0.95, -0.3, 0.0, 0.02, 0.6])
    whole = correlation_bayes_factor(r, n, kappa=kappa)
    up = correlation_bayes_factor(r, n, kappa=kappa, alternative="greater")
    down = correlation_bayes_factor(r, n, kappa=kappa, alternative="less")
    np.testing.assert_allclose(np.logaddexp(up, down) - np.log(2), whole, rtol=1e-9, atol=1e-9)
    assert up[2] == pytest.approx(whole[2])
    np.testing.assert_allclose(
        correlation_bayes_factor(-r, n, kappa=kappa, alternative="less"), up, rtol=1e-12
    )
    assert (up[3:] > whole[3:]).all()


def test_the_half_is_the_integral_of_prior_and_likelihood():
    r, n, a = 0.25, 30, 3.0

    def weight(rho):
        prior = (1 - rho**2) ** (a - 1) / (2 ** (2 * a - 1) * beta(a, a))
        likelihood = (1 - rho**2) ** ((n - 1) / 2) * (1 - r * rho) ** (1.5 - n)
        return 2 * prior * likelihood * hyp2f1(0.5, 0.5, n - 0.5, (1 + r * rho) / 2)

    expected = np.log(quad(weight, 0, 1)[0] / hyp2f1(0.5, 0.5, n - 0.5, 0.5))
    assert correlation_bayes_factor(r, n, alternative="greater") == pytest.approx(expected)


def test_values_that_others_give():
    """pingouin.bayesfactor_pearson 0.7.0, whose one-sided ones come from mpmath."""
    one = [
        np.exp(correlation_bayes_factor(0.3, 50, kappa=1.0, alternative=side))
        for side in ("two-sided", "greater", "less")
    ]
    assert one == pytest.approx([1.5554512119209472, 3.051884641504853, 0.05901778233704391])
    assert np.exp(jzs_bayes_factor([0.3, 0.05], [50, 20])) == pytest.approx(
        [1.0251146290061595, 0.17434473619686616]
    )
    assert np.exp(jzs_bayes_factor(-0.6, 120)) == pytest.approx(15994800414.655962)


def test_large_samples_and_perfect_correlations():
    r = np.array([0.0, 0.001, 0.5, -0.999999])
    for side in ("two-sided", "greater", "less"):
        log = correlation_bayes_factor(r, 100_000, alternative=side)
        assert np.isfinite(log).all()
    assert correlation_bayes_factor(0.5, 100_000) > 10_000
    assert correlation_bayes_factor(0.0, 100_000) < -4
    assert np.isfinite(jzs_bayes_factor(r, 100_000)).all()
    assert correlation_bayes_factor(1.0, 10) == np.inf
    assert correlation_bayes_factor(1.0, 10, alternative="less") == -np.inf
    assert jzs_bayes_factor(-1.0, 10) == np.inf


def test_more_people_and_larger_correlations_say_more():
    n = np.array([20, 50, 200, 1000])
    assert (np.diff(correlation_bayes_factor(0.0, n)) < 0).all()
    assert (np.diff(correlation_bayes_factor(0.4, n)) > 0).all()
    for f in (correlation_bayes_factor, jzs_bayes_factor):
        assert (np.diff(f(np.linspace(0, 0.99, 50), 40)) > 0).all()
        assert f(0.3, 40) == pytest.approx(f(-0.3, 40))


def test_shapes_and_what_cannot_be_given():
    r = np.array([[0.1, np.nan], [0.3, 0.2]])
    for f in (correlation_bayes_factor, jzs_bayes_factor):
        log = f(r, [50, 60])
        assert log.shape == (2, 2)
        assert np.isnan(log).tolist() == [[False, True], [False, False]]
        assert log[1, 0] == f(0.3, 50)
        assert np.isnan(f(0.3, 2))
        assert np.isnan(f(1.0, 2))
    with pytest.raises(ValueError, match="kappa"):
        correlation_bayes_factor(0.1, 20, kappa=0)
    with pytest.raises(ValueError, match="alternative"):
        correlation_bayes_factor(0.1, 20, alternative="positive")
