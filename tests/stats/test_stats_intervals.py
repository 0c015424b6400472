"""Intervals without resamples, and reliability of ordered answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from detachment import stats


def several(cov):
    cor = stats.correlation_from(cov)
    omega = stats.omega_total(cov, denominator="observed").omega
    values = [stats.alpha(cov), stats.guttman_lambda2(cov), stats.guttman_lambda6(cor), omega]
    return np.stack(values, axis=-1)


@pytest.fixture
def skewed():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(400, 1)) + rng.exponential(size=(400, 5))
    x[rng.random(x.shape) < 0.1] = np.nan
    return x


@given(st.floats(-0.5, 0.98), st.integers(5, 500), st.integers(2, 20), st.floats(0.5, 0.99))
def test_bonett_interval_holds_the_estimate_and_widens(alpha, n, k, confidence):
    low, high = stats.bonett_interval(alpha, n, k, confidence)
    assert low < alpha < high <= 1
    wider = stats.bonett_interval(alpha, n, k, (1 + confidence) / 2)
    assert wider[0] < low
    assert high < wider[1]


def test_intervals_that_do_not_exist():
    assert np.isnan(stats.bonett_interval(0.8, 2, 5)).all()
    assert np.isnan(stats.bonett_interval(np.nan, 20, 5)).all()
    assert np.isnan(stats.reliability_interval(1.0, 0.1)).all()
    assert np.isnan(stats.jackknife_interval(0.8, [0.8, 0.8, 0.8])).all()
    assert np.isnan(stats.jackknife_interval(0.8, [0.7, 0.8, np.nan])).all()
    assert np.isnan(stats.alpha_standard_error(np.eye(3), 0))


def test_slopes_are_those_of_the_formula(likert):
    cov = stats.pairwise_moments(likert).cov
    p = len(cov)
    total = cov.sum()
    slope = p / (p - 1) * (np.trace(cov) / total**2 - np.eye(p) / total)
    np.testing.assert_allclose(stats.gradient(stats.alpha, cov), slope, rtol=1e-6)


def test_the_delta_method_is_the_limit_of_jackknife_and_bootstrap(skewed):
    delta = stats.delta_method(skewed, several)
    jackknife = stats.resample(skewed, several, n_boot=0).jackknife
    n = len(skewed)
    se = np.sqrt((n - 1) / n * np.sum((jackknife - jackknife.mean(axis=0)) ** 2, axis=0))
    np.testing.assert_allclose(delta.standard_error, se, rtol=0.05)
    boot = stats.resample(skewed, several, n_boot=2000)
    np.testing.assert_allclose(delta.standard_error, boot.replicates.std(axis=0), rtol=0.08)
    np.testing.assert_allclose(delta.estimate, several(stats.pairwise_moments(skewed).cov[None])[0])
    low, high = delta.interval()
    jack_low, jack_high = stats.jackknife_interval(delta.estimate, jackknife)
    np.testing.assert_allclose([low, high], [jack_low, jack_high], atol=0.006)


def test_normal_items_give_the_variance_of_normal_theory():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20_000, 1)) + rng.normal(size=(20_000, 4))
    delta = stats.delta_method(x, stats.alpha)
    expected = stats.alpha_standard_error(np.cov(x.T), len(x))
    assert delta.standard_error == pytest.approx(expected, rel=0.03)


def test_clusters_are_the_units(skewed):
    twice = np.concatenate([skewed, skewed])
    couples = np.tile(np.arange(len(skewed)), 2)
    together = stats.delta_method(twice, several, clusters=couples)
    once = stats.delta_method(skewed, several)
    assert together.units == once.units == len(skewed)
    np.testing.assert_allclose(together.standard_error, once.standard_error, rtol=0.01)
    alone = stats.delta_method(twice, several)
    np.testing.assert_allclose(alone.standard_error, once.standard_error / np.sqrt(2), rtol=0.01)
    renamed = stats.delta_method(twice, several, clusters=-couples)
    np.testing.assert_array_equal(renamed.standard_error, together.standard_error)
    with pytest.raises(ValueError, match="clusters must have shape"):
        stats.delta_method(skewed, several, clusters=[1, 2])
    with pytest.raises(ValueError, match="one data set"):
        stats.delta_method(np.zeros((0, 3)), several)


def test_rows_and_blocks_leave_no_trace(skewed, monkeypatch):
    one = stats.delta_method(skewed, several)
    order = np.random.default_rng(9).permutation(len(skewed))
    other = stats.delta_method(skewed[order], several)
    np.testing.assert_array_equal(one.standard_error, other.standard_error)
    from detachment.stats import intervals

    monkeypatch.setattr(intervals, "_ROWS", 37)
    np.testing.assert_allclose(
        stats.delta_method(skewed, several).standard_error, one.standard_error, rtol=1e-12
    )


@pytest.mark.parametrize("rho", [0.0, 0.3, -0.6, 0.95, -0.999, 1.0])
def test_covariance_of_ordered_answers(rho):
    s, t = np.array([-1.2, 0.1, 1.3]), np.array([-0.5, 0.4])
    if abs(rho) < 1:
        both = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
        cells = [both.cdf([a, b]) - norm.cdf(a) * norm.cdf(b) for a in s for b in t]
    else:
        cells = [norm.cdf(min(a, b)) - norm.cdf(a) * norm.cdf(b) for a in s for b in t]
    assert stats.ordinal_covariance(rho, s, t) == pytest.approx(sum(cells), abs=1e-9)
    padded = stats.ordinal_covariance(rho, [*s, np.inf], [*t, np.nan])
    assert padded == pytest.approx(sum(cells), abs=1e-9)


def test_many_fine_categories_bring_the_two_ordinal_omegas_together():
    loadings = np.array([0.8, 0.7, 0.6, 0.7])
    latent = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    few, many = (np.tile(np.linspace(-3.5, 3.5, k), (4, 1)) for k in (3, 120))
    assert stats.green_yang(loadings, few) < latent - 0.01
    assert stats.green_yang(loadings, many) == pytest.approx(latent, abs=2e-3)
    implied = np.outer(loadings, loadings)
    assert stats.green_yang(loadings, few, implied) == pytest.approx(
        stats.green_yang(loadings, few)
    )
    stack = stats.green_yang(np.stack([loadings, loadings / 2]), few)
    assert stack.shape == (2,)
    assert stack[1] < stack[0]
    assert np.isnan(stats.green_yang([1.2, 0.5, 0.4, 0.5], few))
    with pytest.raises(ValueError, match="thresholds of 4 items"):
        stats.green_yang(loadings, few[:3])


def ordinal(cor, thresholds):
    return np.stack([stats.alpha(cor), stats.omega_green_yang(cor, thresholds)], axis=-1)


def of_tables(counts):
    fit = stats.polychoric_from_tables(counts)
    return ordinal(fit.r, fit.thresholds)


def test_standard_errors_of_ordered_answers_are_those_of_resamples():
    rng = np.random.default_rng(3)
    latent = rng.normal(size=(500, 1)) + rng.normal(size=(500, 5))
    x = np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]).astype(float)
    x[rng.random(x.shape) < 0.05] = np.nan
    delta = stats.ordinal_delta_method(x, ordinal)
    boot = stats.resample_tables(x, of_tables, n_boot=600)
    np.testing.assert_allclose(delta.estimate, boot.estimate, rtol=1e-9)
    np.testing.assert_allclose(delta.standard_error, boot.replicates.std(axis=0), rtol=0.1)
    one = stats.ordinal_delta_method(x, lambda cor, _: stats.alpha(cor))
    assert one.standard_error == pytest.approx(delta.standard_error[0])


def test_tables_are_resampled_as_covariances_are(likert):
    codes = likert[:80]
    first = stats.resample(codes, lambda cov: cov[:, 0, 1], n_boot=40, rng=5)

    def covariance(counts):
        a = np.arange(counts.shape[-1]) + np.nanmin(codes)
        n = counts[:, 0, 1].sum(axis=(1, 2))
        xy = np.einsum("bij,i,j->b", counts[:, 0, 1], a, a)
        x, y = (np.einsum(f"bij,{c}->b", counts[:, 0, 1], a) for c in "ij")
        return (xy - x * y / n) / (n - 1)

    second = stats.resample_tables(codes, covariance, n_boot=40, rng=5)
    np.testing.assert_allclose(first.replicates, second.replicates, rtol=1e-9)
    couples = np.repeat(np.arange(40), 2)
    some = stats.resample_tables(codes, covariance, clusters=couples, n_boot=20)
    assert some.clusters == 40
    assert np.isnan(some.bca()).all()
    with pytest.raises(ValueError, match="clusters must have shape"):
        stats.resample_tables(codes, covariance, clusters=[1])
    with pytest.raises(ValueError, match="one data set"):
        stats.resample_tables(np.zeros((0, 2)), covariance)


def test_kr21_errs_as_leaving_out_each_row_shows():
    rng = np.random.default_rng(11)
    x = (rng.normal(size=(150, 1)) + rng.normal(size=(150, 6)) > [-1, -0.5, 0, 0.2, 0.7, 1]) * 1.0
    x[rng.random(x.shape) < 0.1] = np.nan
    got = stats.kr21_delta_method(x)
    left = np.array([stats.kr21(np.delete(x, row, axis=0)) for row in range(150)])
    jackknife = np.sqrt(149 / 150 * np.sum((left - left.mean()) ** 2))
    assert got.estimate == stats.kr21(x)
    np.testing.assert_allclose(got.standard_error, jackknife, rtol=0.03)
    order = rng.permutation(150)
    assert stats.kr21_delta_method(x[order]).standard_error == got.standard_error
    pairs = stats.kr21_delta_method(np.repeat(x, 2, axis=0), clusters=np.arange(300) // 2)
    np.testing.assert_allclose(pairs.standard_error, got.standard_error, rtol=0.03)
    assert pairs.units == 150
