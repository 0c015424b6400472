"""Fits of models: what must hold for any data, and what happens where they fail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.stats.sem.compare import difference_test
from detachment.stats.sem.estimate import fit_model, improper
from detachment.stats.sem.fit import fit_indices
from detachment.stats.sem.inference import infer
from detachment.stats.sem.model import cfa_model, implied
from detachment.stats.sem.modification import missing_rows, score_tests
from detachment.stats.sem.proper import unidentified
from detachment.stats.sem.sample import (
    casewise_slopes,
    likelihood_information,
    likelihood_slopes,
    log_likelihood,
    sample_moments,
)
from detachment.stats.sem.scores import factor_scores
from detachment.stats.sem.standardized import r_squared, standardized, standardized_errors

TWO = "f =~ a + b + c\ng =~ d + e + h"


def answers(seed, n=150, missing=0.0, whole=False):
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], n)
    x = np.repeat(factors, 3, axis=1) * 0.8 + rng.normal(size=(n, 6)) * 0.7
    x = np.round(x * 1.2 + 3).clip(1, 6) if whole else x
    return np.where(rng.random(x.shape) < missing, np.nan, x)


def fitted(x, text=TWO, missing="listwise", criterion="ML", **options):
    return fit_model(cfa_model(text, **options), [sample_moments(x, missing)], criterion)


@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.2]))
@settings(max_examples=6)
def test_moment_kernels_are_derivatives_of_the_likelihood(seed, missing):
    x = answers(seed, n=40, missing=missing)[:, :3]
    sample = sample_moments(x, "fiml")
    low, left = np.array([0, 1, 2, 1, 2, 2]), np.array([0, 0, 0, 1, 1, 2])
    at = np.concatenate([sample.mean + 0.1, (sample.cov + 0.2 * np.eye(3))[low, left]])

    def unpack(v):
        cov = np.zeros((3, 3))
        cov[low, left] = cov[left, low] = v[3:]
        return v[:3], cov

    def slope(v):
        r, Q = likelihood_slopes(sample, *unpack(v))
        return np.concatenate([r, Q[low, left] * np.where(low == left, 1.0, 2.0)])

    steps = 1e-5 * np.eye(9)
    numeric = [
        log_likelihood(sample, *unpack(at + s)) - log_likelihood(sample, *unpack(at - s))
        for s in steps
    ]
    np.testing.assert_allclose(slope(at), np.array(numeric) / 2e-5, atol=1e-5)
    second = -np.array([slope(at + s) - slope(at - s) for s in steps]) / 2e-5
    information = likelihood_information(sample, *unpack(at), observed=True)
    np.testing.assert_allclose(information, second, atol=1e-5)
    np.testing.assert_allclose(casewise_slopes(sample, *unpack(at)).sum(axis=0), slope(at))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=5)
def test_the_gradient_vanishes_and_scale_does_not_matter(seed):
    x = answers(seed)
    fit = fitted(x)
    assert fit.converged
    assert fit.distance < 1e-6
    stretched = fitted(x * np.array([1, 10, 0.1, 1, 100, 1]))
    np.testing.assert_allclose(stretched.statistic, fit.statistic, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(
        standardized(stretched.model, stretched.theta),
        standardized(fit.model, fit.theta),
        atol=1e-6,
    )


@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.15]), whole=st.booleans())
@settings(max_examples=6)
def test_the_order_of_rows_does_not_matter(seed, missing, whole):
    x = answers(seed, missing=missing, whole=whole)
    order = np.random.default_rng(seed).permutation(len(x))
    options = {"missing": "fiml", "meanstructure": True}
    one, other = fitted(x, **options), fitted(x[order], **options)
    np.testing.assert_array_equal(one.theta, other.theta)
    np.testing.assert_array_equal(infer(one, "huber_white").cov, infer(other, "huber_white").cov)


def test_marker_and_standardized_factors_are_one_model():
    x = answers(1)
    marker, unit = fitted(x), fitted(x, std_lv=True)
    np.testing.assert_allclose(marker.statistic, unit.statistic, rtol=1e-9)
    pick = [marker.model.find("f", "=~", "b"), marker.model.find("a", "~~", "a")]
    pick_unit = [unit.model.find("f", "=~", "b"), unit.model.find("a", "~~", "a")]
    np.testing.assert_allclose(
        standardized(marker.model, marker.theta)[pick],
        standardized(unit.model, unit.theta)[pick_unit],
        atol=1e-8,
    )
    errors = [
        standardized_errors(fit.model, fit.theta, infer(fit).cov)[rows]
        for fit, rows in ((marker, pick), (unit, pick_unit))
    ]
    np.testing.assert_allclose(*errors, rtol=1e-5)


def test_fiml_of_complete_rows_is_ml():
    x = answers(2)
    plain, full = fitted(x), fitted(x, missing="fiml", meanstructure=True)
    np.testing.assert_allclose(full.statistic, plain.statistic, rtol=1e-8)
    np.testing.assert_allclose(full.log_likelihood, plain.log_likelihood)


def test_groups_that_are_equal_double_everything():
    sample = sample_moments(answers(3))
    one = fit_model(cfa_model(TWO, meanstructure=True), [sample])
    two = fit_model(cfa_model(TWO, groups=2), [sample, sample])
    np.testing.assert_allclose(two.statistic, 2 * one.statistic, rtol=1e-8)
    q = one.model.n_free
    np.testing.assert_allclose(two.theta[:q], two.theta[q:], atol=1e-8)
    equal = fit_model(
        cfa_model(TWO, groups=2, group_equal=["loadings", "intercepts"]), [sample, sample]
    )
    np.testing.assert_allclose(equal.statistic, two.statistic, rtol=1e-8)
    test = difference_test((equal, infer(equal)), (two, infer(two)))
    assert test.df == 8
    assert test.statistic == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("criterion", ["ML", "ULS", "GLS"])
def test_a_population_is_found_again(criterion):
    model = cfa_model(TWO)
    rng = np.random.default_rng(6)
    theta = rng.uniform(0.5, 1.0, model.n_free)
    theta[model.free[model.find("f", "~~", "g")] - 1] = 0.3
    cov = implied(model, theta)[0][1]
    root = np.linalg.cholesky(cov)
    x = rng.normal(size=(100, 6))
    x = x - x.mean(axis=0)
    q, _ = np.linalg.qr(x)
    factor = 100 if criterion == "ML" else 99
    fit = fitted(q @ root.T * np.sqrt(factor), criterion=criterion)
    np.testing.assert_allclose(fit.theta, theta, atol=1e-6)
    assert fit.statistic == pytest.approx(0, abs=1e-8)
    indices = fit_indices(fit, infer(fit))
    assert indices["cfi"] == indices["gfi"] == pytest.approx(1)
    assert indices["rmsea"] == 0


def test_modification_indices_foretell_what_freeing_gains():
    x = answers(8, n=2000)
    x[:, 1] += 0.15 * (x[:, 4] - x[:, 4].mean())
    fit = fitted(x)
    tests = score_tests(fit)
    best = int(np.nanargmax(tests.index))
    row = f"{tests.lhs[best]} {tests.op[best]} {tests.rhs[best]}"
    freed = fitted(x, f"{TWO}\n{row}")
    assert fit.statistic - freed.statistic == pytest.approx(tests.index[best], rel=0.1)
    found = freed.theta[freed.model.free[freed.model.find(*row.split())] - 1]
    assert found == pytest.approx(tests.change[best], rel=0.15)
    assert len(tests.index) == len(missing_rows(fit.model)) == 6 + 15


def test_robust_corrections_leave_normal_answers_alone():
    x = answers(9, n=5000)
    fit = fitted(x)
    for how in (("huber_white", "yuan_bentler"), ("adf", "satorra_bentler")):
        found = infer(fit, *how)
        assert found.scaled.scale == pytest.approx(1, abs=0.1)
        ratio = np.sqrt(np.diagonal(found.cov) / np.diagonal(infer(fit).cov))
        assert np.abs(ratio - 1).max() < 0.15


def test_factor_scores_predict_the_factors():
    rng = np.random.default_rng(4)
    truth = rng.normal(size=(3000, 1))
    x = truth * [1.0, 0.9, 0.8, 0.7] + rng.normal(size=(3000, 4)) * 0.6 + 2
    x[rng.random(x.shape) < 0.1] = np.nan
    x[0] = np.nan
    fit = fitted(x, "f =~ a + b + c + d", missing="fiml", meanstructure=True)
    for method in ("regression", "bartlett"):
        (found,) = factor_scores(fit.model, fit.theta, [x], method)
        assert np.isnan(found.scores[0, 0])
        off = found.scores[1:, 0] - truth[1:, 0]
        ratio = off.std() / np.sqrt(np.mean(found.errors[1:, 0] ** 2))
        assert ratio == pytest.approx(1, abs=0.1)
    with pytest.raises(ValueError, match=r"shorter|argument"):
        factor_scores(fit.model, fit.theta, [], "regression")


def test_what_is_not_identified_is_named():
    fit = fitted(answers(1), "f =~ NA*a + b + c\ng =~ d + e + h")
    assert any("do not identify" in text for text in improper(fit))
    two = fitted(answers(1)[:, :2], "f =~ a + b")
    assert any("df = -1" in text for text in improper(two))
    assert unidentified(np.array([[1.0, 2.0], [2.0, 4.0]])).all()
    assert not unidentified(np.full((2, 2), np.nan)).any()


def test_improper_solutions_are_named():
    cov = np.array([[1, 0.7, 0.7], [0.7, 1, 0.3], [0.7, 0.3, 1]])
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    q, _ = np.linalg.qr(x - x.mean(axis=0))
    x = q @ np.linalg.cholesky(cov).T * np.sqrt(200)
    fit = fitted(x, "f =~ a + b + c")
    assert fit.converged
    assert any("a has a negative residual variance" in text for text in improper(fit))
    explained = r_squared(fit.model, fit.theta)[0]
    assert explained.values[explained.names.index("a")] > 1


def test_singular_and_empty_samples_give_no_numbers():
    x = answers(1)
    x[:, 5] = x[:, 4]
    assert not sample_moments(x).saturated
    assert not sample_moments(np.full((5, 3), np.nan), "fiml").saturated
    assert not sample_moments(np.zeros((0, 3))).saturated
    apart = np.full((10, 2), np.nan)
    apart[:5, 0], apart[5:, 1] = np.arange(5), np.arange(5)
    assert not sample_moments(apart, "fiml").saturated
    with pytest.raises(ValueError, match="mean structure"):
        fit_model(cfa_model(TWO), [sample_moments(answers(1, missing=0.2), "fiml")])
