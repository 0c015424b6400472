"""Models of ordered items: recovered exactly, whatever the answers are called."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from detachment.stats.sem.categorical import (
    OrdinalSample,
    below,
    fit_ordinal,
    ordinal_difference,
    ordinal_fit_indices,
    ordinal_sample,
    ordinal_test,
    release_tests,
)
from detachment.stats.sem.model import cfa_model, implied, with_rows
from detachment.stats.sem.standardized import standardized

ITEMS = [f"x{i}" for i in range(6)]
TEXT = "f =~ x0 + x1 + x2\ng =~ x3 + x4 + x5"
LOADINGS = np.array([0.8, 0.7, 0.6, 0.75, 0.65, 0.5])


def answers(n=400, seed=1, missing=0.0, items=6):
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 2)) @ np.linalg.cholesky([[1.0, 0.5], [0.5, 1.0]]).T
    latent = LOADINGS * np.repeat(factors, 3, axis=1)
    latent += np.sqrt(1 - LOADINGS**2) * rng.normal(size=(n, 6))
    x = 1.0 + np.sum(latent[..., None] > np.array([-1.0, 0.0, 0.8]), axis=-1)
    x[rng.random(x.shape) < missing] = np.nan
    return x[:, :items]


def model(counts=3, **options):
    return cfa_model(TEXT, ITEMS, ordered=ITEMS, thresholds=dict.fromkeys(ITEMS, counts), **options)


def exact(loadings, r):
    """A sample whose correlations a model of two factors gives exactly."""
    cor = np.outer(loadings, loadings)
    cor[:3, 3:] *= r
    cor[3:, :3] *= r
    np.fill_diagonal(cor, 1.0)
    cuts = np.tile(ndtri([0.2, 0.5, 0.9]), 6)
    return OrdinalSample(500.0, np.full(6, 3), cuts, cor, np.diag(np.linspace(1, 2, 33)))


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.floats(0.3, 0.95), min_size=6, max_size=6), st.floats(-0.8, 0.8),
    st.sampled_from(["DWLS", "ULS"]),
)  # fmt: skip
def test_what_a_model_implies_is_recovered(loadings, r, estimator):
    loadings = np.array(loadings)
    if abs(r) < 0.05:
        r = 0.05
    own = model(std_lv=True)
    fit = fit_ordinal(own, [exact(loadings, r)], estimator=estimator)
    assert fit.converged
    assert fit.statistic == pytest.approx(0.0, abs=1e-8)
    found = standardized(own, fit.theta)[:6]
    np.testing.assert_allclose(found, loadings, atol=1e-5)


@pytest.mark.parametrize("estimator", ["DWLS", "ULS"])
def test_parameterizations_and_units_are_one_model(estimator):
    sample = ordinal_sample(answers())
    fits = [
        fit_ordinal(own, [sample], estimator=estimator)
        for own in (
            model(), model(std_lv=True), model(parameterization="theta"),
            model(parameterization="theta", std_lv=True),
        )
    ]  # fmt: skip
    first = ordinal_fit_indices(fits[0])
    for fit in fits[1:]:
        assert fit.converged
        other = ordinal_fit_indices(fit)
        for name, value in first.items():
            assert other[name] == pytest.approx(value, rel=1e-6, abs=1e-7, nan_ok=True), name
        np.testing.assert_allclose(
            standardized(fit.model, fit.theta)[:6],
            standardized(fits[0].model, fits[0].theta)[:6],
            atol=1e-6,
        )


def test_names_and_order_of_answers_do_not_matter():
    x = answers(missing=0.1)
    first = ordinal_sample(x)
    shuffled = ordinal_sample(x[np.random.default_rng(5).permutation(len(x))])
    np.testing.assert_array_equal(shuffled.gamma, first.gamma)
    np.testing.assert_array_equal(shuffled.moments, first.moments)
    renamed = ordinal_sample(10.0 * x - 7)
    np.testing.assert_array_equal(renamed.gamma, first.gamma)
    turned = fit_ordinal(model(), [ordinal_sample(5 - x)])
    assert turned.statistic == pytest.approx(fit_ordinal(model(), [first]).statistic, rel=1e-7)


def test_complete_answers_are_listwise_and_pairwise():
    x = answers(missing=0.1)
    complete = x[~np.isnan(x).any(axis=1)]
    empty = np.full((7, 6), np.nan)
    padded = ordinal_sample(np.concatenate([empty, complete]))
    np.testing.assert_array_equal(padded.gamma, ordinal_sample(complete).gamma)
    assert padded.n == len(complete)


def test_missing_answers_make_estimates_less_certain():
    x = answers(2000)
    gappy = x.copy()
    gappy[np.random.default_rng(2).random(x.shape) < 0.2] = np.nan
    all_, some = ordinal_sample(x), ordinal_sample(gappy)
    ratio = np.diagonal(some.gamma) / np.diagonal(all_.gamma)
    # thresholds rest on 80 % of the answers, correlations on 64 %
    assert np.median(ratio[:18]) == pytest.approx(1 / 0.8, rel=0.05)
    assert np.median(ratio[18:]) == pytest.approx(1 / 0.64, rel=0.1)


def test_groups_add_up():
    a, b = ordinal_sample(answers(seed=1)), ordinal_sample(answers(seed=2))
    alone = [fit_ordinal(model(), [sample]) for sample in (a, b)]
    both = fit_ordinal(model(groups=2), [a, b])
    assert both.statistic == pytest.approx(sum(fit.statistic for fit in alone))
    assert both.df == 2 * alone[0].df
    assert both.sandwich.trace == pytest.approx(sum(fit.sandwich.trace for fit in alone))


def test_score_tests_foretell_what_freeing_gains():
    rng = np.random.default_rng(8)
    x = answers(3000, seed=4)
    extra = rng.random(len(x)) < 0.12
    x[extra, 0] = x[extra, 4]  # x0 and x4 share more than their factors
    sample = ordinal_sample(x)
    fit = fit_ordinal(model(), [sample])
    row = ("x0", "~~", "x4", 0)
    wide = with_rows(fit.model, [row])
    asked = fit_ordinal(wide, [sample], start=fit.theta)
    index, change = release_tests(asked, [wide.find(*row)])
    freer = fit_ordinal(with_rows(fit.model, [row], free=True), [sample])
    assert freer.statistic < fit.statistic
    assert index[0] == pytest.approx(fit.statistic - freer.statistic, rel=0.15)
    assert change[0] == pytest.approx(freer.theta[-1], rel=0.25)
    test = ordinal_difference(fit, freer)
    assert test.df == 1
    assert test.p < 1e-4


def test_what_cannot_be_fitted_is_nan_not_an_error():
    x = answers()
    x[:, 1] = x[:, 0]  # a copy: its correlation is 1, and has no asymptotic covariance
    sample = ordinal_sample(x)
    fit = fit_ordinal(model(), [sample])
    assert not fit.converged
    assert np.isnan(fit.theta).all()
    assert np.isnan(ordinal_test(fit).statistic)
    indices = ordinal_fit_indices(fit)
    assert np.isnan(indices["cfi"])
    assert np.isnan(indices["rmsea"])


def test_wrong_shapes_are_errors():
    sample = ordinal_sample(answers())
    with pytest.raises(ValueError, match="groups"):
        fit_ordinal(model(groups=2), [sample])
    with pytest.raises(ValueError, match="thresholds"):
        fit_ordinal(model(counts=4), [sample])
    with pytest.raises(ValueError, match="ordered"):
        fit_ordinal(cfa_model(TEXT, ITEMS), [sample])


def test_moments_of_the_fit_are_those_of_its_matrices():
    fit = fit_ordinal(model(), [ordinal_sample(answers())])
    said = np.concatenate([fit.samples[0].thresholds, below(implied(fit.model, fit.theta)[0][1])])
    np.testing.assert_allclose(fit.samples[0].moments - fit.residuals[0], said, atol=1e-6)
