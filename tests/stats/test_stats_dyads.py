"""Kernels of dyads: what exchanging partners, scaling and shuffling must and must not change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import nct

from detachment import stats
from detachment.stats._arrays import in_canonical_order
from detachment.stats._draws import draw_counts
from detachment.stats.likelihood_bootstrap import _cluster_numbers
from detachment.stats.sem import fit_model, labelled, sample_moments

scores = arrays(
    np.float64, (12, 4), elements=st.integers(1, 9).map(float), fill=st.nothing()
)  # fmt: skip


def couples(n=120, seed=3, *, missing=0.0):
    """y_1, y_2, x_1, x_2 of dyads with unlike roles."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) + rng.normal(size=(n, 2))
    y = x @ [[0.6, 0.3], [0.1, 0.4]] + rng.normal(size=(n, 1)) + rng.normal(size=(n, 2))
    found = np.hstack([y, x])
    gone = rng.random(n) < missing
    found[gone, 1] = found[gone, 3] = np.nan
    found[rng.random(found.shape) < missing / 3] = np.nan
    return found


def swap(x, which):
    """Partners of some dyads in the other order."""
    return np.where(np.asarray(which)[:, None], x[:, [1, 0, 3, 2]], x)


@given(scores)
def test_double_entry_is_a_correlation_of_doubled_dyads(x):
    first, second = x[:, 0], x[:, 1]
    icc = stats.double_entry_icc(first, second)
    both, turned = np.r_[first, second], np.r_[second, first]
    if np.ptp(both) == 0:
        assert np.isnan(icc)
        return
    assert icc == pytest.approx(np.corrcoef(both, turned)[0, 1], abs=1e-12)
    assert -1 - 1e-12 <= icc <= 1 + 1e-12
    order = np.random.default_rng(1).permutation(len(x))
    assert stats.double_entry_icc(first[order], second[order]) == icc
    with_gaps = np.r_[first, np.nan, 3.0], np.r_[second, 5.0, np.nan]
    assert stats.double_entry_icc(*with_gaps) == icc


@given(scores, st.floats(0.6, 0.99))
def test_variances_turned_round_are_one_over_the_ratio(x, confidence):
    there = stats.pitman_morgan(x[:, 0], x[:, 1], confidence)
    back = stats.pitman_morgan(x[:, 1], x[:, 0], confidence)
    assert np.isnan(there.ratio) == np.isnan(back.ratio)
    if np.isnan(there.ratio):
        return
    assert there.ratio * back.ratio == pytest.approx(1)
    assert there.t == pytest.approx(-back.t)
    assert there.p == pytest.approx(back.p)
    assert there.low <= there.ratio <= there.high
    # the interval holds 1 exactly where the test does not reject
    edge = abs(there.p - (1 - confidence)) < 1e-9
    assert edge or (there.low <= 1 <= there.high) == (there.p > 1 - confidence)


def test_stacks_are_loops():
    x = np.random.default_rng(5).normal(size=(3, 20, 2))
    x[0, :3, 1] = np.nan
    stacked = stats.pitman_morgan(x[..., 0], x[..., 1])
    icc = stats.double_entry_icc(x[..., 0], x[..., 1])
    for k in range(3):
        one = stats.pitman_morgan(x[k, :, 0], x[k, :, 1])
        assert (one.ratio, one.p, one.n) == (stacked.ratio[k], stacked.p[k], stacked.n[k])
        assert stats.double_entry_icc(x[k, :, 0], x[k, :, 1]) == icc[k]
    cov = np.stack([np.cov(couples(seed=k).T) for k in range(4)])
    for k in range(4):
        np.testing.assert_array_equal(
            stats.actor_partner_effects(cov[k]), stats.actor_partner_effects(cov)[k]
        )


@pytest.mark.parametrize(
    "pair",
    [
        (np.full(9, 2.0), np.arange(9.0)),
        (np.full(9, np.nan), np.arange(9.0)),
        (np.array([1.0]), np.array([2.0])),
        (np.array([]), np.array([])),
        (np.array([1.0, 2.0]), np.array([2.0, 1.0])),
    ],
)
def test_nothing_to_compare(pair):
    found = stats.pitman_morgan(*pair)
    assert np.isnan([found.ratio, found.low, found.high, found.t, found.p]).all()


def test_effects_that_are_not_there():
    assert np.isnan(stats.double_entry_icc([3.0, 3.0], [3.0, 3.0]))
    assert np.isnan(stats.double_entry_icc([3.0], [4.0]))
    low, high = stats.paired_effect_interval([np.nan, 2.0], [10, 1])
    assert np.isnan([low, high]).all()
    cov = np.cov(couples().T)
    cov[2] = cov[:, 2] = 0.0
    assert np.isnan(stats.actor_partner_effects(cov)).all()
    x = couples()
    x[:, 3] = 2 * x[:, 2]
    assert np.isnan(stats.actor_partner_effects(np.cov(x.T))).all()


@given(st.floats(-8, 8), st.integers(2, 400), st.floats(0.5, 0.999))
def test_noncentral_interval(t, n, confidence):
    low, high = stats.paired_effect_interval(t, n, confidence)
    assert low <= t / np.sqrt(n) <= high or n < 5  # of very few pairs it need not be inside
    root = np.sqrt(n)
    tail = (1 - confidence) / 2
    assert nct.cdf(t, n - 1, low * root) == pytest.approx(1 - tail, abs=1e-4)
    assert nct.cdf(t, n - 1, high * root) == pytest.approx(tail, abs=1e-4)


@settings(max_examples=8)
@given(st.lists(st.booleans(), min_size=120, max_size=120), st.sampled_from([0.0, 0.2]))
def test_exchangeable_partners_may_change_places(which, missing):
    x = couples(missing=missing)
    model = stats.apim_model(equal=stats.APIM_EQUAL)
    one = fit_model(model, [sample_moments(x, "fiml")])
    other = fit_model(model, [sample_moments(swap(x, which), "fiml")])
    np.testing.assert_allclose(one.theta, other.theta, atol=1e-7)
    assert one.log_likelihood == pytest.approx(other.log_likelihood)


def test_roles_turned_round():
    x = couples(missing=0.1)
    there = fit_model(stats.apim_model(), [sample_moments(x, "fiml")])
    back = fit_model(stats.apim_model(), [sample_moments(swap(x, [True] * len(x)), "fiml")])
    labels = ("a_1", "p_1", "a_2", "p_2")
    at = labelled(there.model, *labels)
    np.testing.assert_allclose(there.theta[at], back.theta[at][[2, 3, 0, 1]], atol=1e-8)
    one = stats.exchangeability_tests(x.reshape(-1, 2, 2))
    two = stats.exchangeability_tests(swap(x, [True] * len(x)).reshape(-1, 2, 2))
    np.testing.assert_allclose(one.chi2, two.chi2, atol=1e-6)


def test_closed_forms_are_the_fitted_models():
    """Two regressions with roles; without, one of sums and one of differences."""
    x = couples()
    effects = stats.actor_partner_effects(np.cov(x.T))
    fit = fit_model(stats.apim_model(), [sample_moments(x)])
    at = labelled(fit.model, "a_1", "p_1", "a_2", "p_2")
    np.testing.assert_allclose(effects.ravel(), fit.theta[at], atol=1e-9)

    fit = fit_model(stats.apim_model(equal=stats.APIM_EQUAL), [sample_moments(x)])
    a, p = fit.theta[labelled(fit.model, "a", "p")]
    total = np.cov(x[:, 0] + x[:, 1], x[:, 2] + x[:, 3])
    apart = x[:, 0] - x[:, 1], x[:, 2] - x[:, 3]
    assert a + p == pytest.approx(total[0, 1] / total[1, 1], abs=1e-8)
    assert a - p == pytest.approx(apart[0] @ apart[1] / (apart[1] @ apart[1]), abs=1e-8)
    boot = stats.apim_bootstrap(x, exchangeable=True, n_boot=2)
    np.testing.assert_allclose(boot.estimate, [a, p, a, p, p / a, p / a], atol=1e-8)


def test_omnibus_is_the_model_of_exchangeable_partners():
    x = couples(missing=0.15)
    control = np.random.default_rng(8).normal(size=(len(x), 1))
    pairs = x.reshape(-1, 2, 2)
    tests = stats.exchangeability_tests(pairs, control)
    wide = stats.side_by_side(pairs, control)
    sample = sample_moments(wide, "fiml")
    fit = fit_model(stats.apim_model(shared=1, equal=stats.APIM_EQUAL), [sample])
    assert fit.df == tests.df[0] == 8
    assert fit.statistic == pytest.approx(tests.chi2[0], abs=1e-5)
    assert tests.n == len(x)


def test_exchangeability_of_few_or_equal_dyads():
    few = stats.exchangeability_tests(couples()[:3].reshape(-1, 2, 2))
    assert np.isnan(few.chi2).all()
    flat = couples()
    flat[:, 1] = 2.0
    assert np.isnan(stats.exchangeability_tests(flat.reshape(-1, 2, 2)).p).all()
    one = stats.exchangeability_tests(couples()[:, :2].reshape(-1, 1, 2))
    assert one.df.tolist() == [2, 1, 1, 0, 0]
    assert np.isnan(one.chi2[3:]).all()
    with pytest.raises(ValueError, match="pairs"):
        stats.exchangeability_tests(np.zeros((5, 4)))
    with pytest.raises(ValueError, match="shared"):
        stats.side_by_side(np.zeros((5, 2, 2)), np.zeros((4, 1)))


@settings(max_examples=8)
@given(st.randoms(use_true_random=False))
def test_the_order_of_dyads_changes_no_bit(random):
    x = couples(40, missing=0.2).round(1)
    order = list(range(len(x)))
    random.shuffle(order)
    for exchangeable in (False, True):
        one = stats.apim_bootstrap(x, exchangeable=exchangeable, n_boot=40)
        other = stats.apim_bootstrap(x[order], exchangeable=exchangeable, n_boot=40)
        np.testing.assert_array_equal(one.replicates, other.replicates)


def test_the_bootstrap_of_complete_answers_is_the_plain_one():
    x = couples()
    slope = lambda c: c[:, 0, 2] / c[:, 2, 2]  # noqa: E731
    plain = stats.resample(x, slope, n_boot=64, rng=4, jackknife=False)
    found = stats.resample_likelihood(x, slope, n_boot=64, rng=4)
    np.testing.assert_array_equal(plain.replicates, found.replicates)


def test_the_bootstrap_of_incomplete_answers_fits_each_resample():
    x = couples(80, missing=0.3)
    boot = stats.apim_bootstrap(x, n_boot=64, rng=2)
    fit = fit_model(stats.apim_model(), [sample_moments(x, "fiml")])
    at = labelled(fit.model, "a_1", "p_1", "a_2", "p_2")
    np.testing.assert_allclose(boot.estimate[:4], fit.theta[at], atol=1e-6)
    assert boot.clusters == np.sum(~np.isnan(x).all(axis=1))
    assert not boot.failed.any()


def test_a_resample_is_fitted_as_its_rows_would_be():
    x = couples(50, missing=0.3)
    x = x[~np.isnan(x).all(axis=1)]
    boot = stats.resample_likelihood(x, lambda c: c[:, 0, 2] / c[:, 2, 2], n_boot=3, rng=6)
    x = in_canonical_order(x)
    place = _cluster_numbers(x, np.arange(len(x)))
    (_, counts), *_ = draw_counts(len(x), 3, 6, 32)
    for k in range(3):
        drawn = np.repeat(x, counts[k, place].astype(int), axis=0)
        cov = stats.em_moments(drawn).cov
        assert boot.replicates[k] == pytest.approx(cov[0, 2] / cov[2, 2], abs=1e-4)


def test_more_resamples_begin_with_the_same():
    x = couples(60, missing=0.2)
    few = stats.apim_bootstrap(x, n_boot=40, rng=9).replicates
    many = stats.apim_bootstrap(x, n_boot=200, rng=9).replicates
    np.testing.assert_allclose(few, many[:40], rtol=1e-9)
    with pytest.raises(ValueError, match="n > 0"):
        stats.resample_likelihood(np.zeros((0, 2)), lambda c: c[:, 0, 0])
    with pytest.raises(ValueError, match="clusters"):
        stats.resample_likelihood(x, lambda c: c[:, 0, 0], clusters=[1, 2])
