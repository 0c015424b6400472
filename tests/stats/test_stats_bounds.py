"""Split halves, lower bounds and factors: what must hold for every covariance matrix."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment import stats

answers = arrays(
    np.float64,
    st.tuples(st.integers(12, 30), st.integers(3, 7)),
    elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]),
)


def cov_of(x):
    return stats.pairwise_moments(x).cov


def stack_of(likert):
    return np.stack([cov_of(likert[a : a + 60]) for a in range(0, 300, 60)]).reshape(5, 1, 6, 6)


FUNCTIONS = {
    "lambda1": stats.guttman_lambda1,
    "lambda5": stats.guttman_lambda5,
    "lambda5_plus": lambda cov: stats.guttman_lambda5(cov, plus=True),
    "mu3": lambda cov: stats.ten_berge_mu(cov, 3),
    "first_last": stats.first_last,
    "largest": lambda cov: stats.split_halves(cov).largest,
    "smallest": lambda cov: stats.split_halves(cov).smallest,
    "mean": lambda cov: stats.split_halves(cov).mean,
    "median": lambda cov: stats.split_halves(cov).median,
    "sampled": lambda cov: stats.split_halves(cov, most=1).largest,
    "horst": lambda cov: stats.split_half(cov, [True, False, False, False, True, False]).horst,
    "glb": lambda cov: stats.greatest_lower_bound(cov).glb,
    "omega_ml": lambda cov: stats.omega_total(cov, method="ml").omega,
    "se": lambda cov: stats.alpha_standard_error(cov, 60),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_stack_is_a_loop(name, likert):
    stack = stack_of(likert)
    together = FUNCTIONS[name](stack)
    alone = np.stack([FUNCTIONS[name](cov) for cov in stack[:, 0]])[:, None]
    np.testing.assert_allclose(together, alone, rtol=1e-9)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"first_last", "horst"}))
def test_the_order_of_items_does_not_matter(name, likert):
    cov = cov_of(likert)
    order = [3, 0, 5, 1, 4, 2]
    got = FUNCTIONS[name](cov[np.ix_(order, order)])
    np.testing.assert_allclose(got, FUNCTIONS[name](cov), rtol=1e-8)


@given(answers, st.floats(0.1, 10))
def test_units_do_not_matter(x, scale):
    cov = cov_of(x)
    for name in ("lambda5", "mu3", "glb"):
        np.testing.assert_allclose(
            FUNCTIONS[name](scale * cov), FUNCTIONS[name](cov), rtol=1e-6, atol=1e-7
        )


@given(answers)
def test_bounds_stand_in_their_order(x):
    cov = cov_of(x)
    alpha = stats.alpha(cov)
    if np.isnan(alpha) or cov.sum() < 0.1:
        return
    mu = [stats.ten_berge_mu(cov, order) for order in range(5)]
    assert mu[0] == pytest.approx(alpha, abs=1e-10)
    assert mu[1] == pytest.approx(stats.guttman_lambda2(cov), abs=1e-10)
    assert (np.diff(mu) >= -1e-10).all()
    bound = stats.greatest_lower_bound(cov)
    if np.isnan(bound.glb):
        return
    halves = stats.split_halves(cov)
    assert stats.guttman_lambda1(cov) <= alpha + 1e-12 or alpha < 0
    for lower in (mu[-1], halves.largest, stats.guttman_lambda5(cov), stats.guttman_lambda6(cov)):
        assert np.isnan(lower) or lower <= bound.glb + 1e-6


@given(answers)
def test_the_greatest_lower_bound_proves_itself(x):
    cov = cov_of(x)
    bound = stats.greatest_lower_bound(cov)
    if np.isnan(bound.glb):
        assert not bound.converged
        return
    size = np.trace(cov)
    assert (bound.errors >= 0).all()
    assert np.linalg.eigvalsh(cov - np.diag(bound.errors))[0] >= -1e-8 * size
    assert 0 <= bound.gap <= 1e-5 * size / cov.sum()


def test_the_greatest_lower_bound_of_one_factor_is_its_reliability():
    # error variances that leave a matrix of rank one are the largest, if no loading dominates
    loadings = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    cov = np.outer(loadings, loadings) + np.diag([0.5, 0.4, 0.6, 0.9, 1.0])
    bound = stats.greatest_lower_bound(cov)
    np.testing.assert_allclose(bound.errors, [0.5, 0.4, 0.6, 0.9, 1.0], atol=1e-5)
    assert bound.glb == pytest.approx(loadings.sum() ** 2 / cov.sum(), abs=1e-7)


def test_the_greatest_lower_bound_where_a_matrix_leaves_no_room(likert):
    cov = cov_of(likert)
    twice = cov_of(np.column_stack([likert, likert[:, 0]]))
    bound = stats.greatest_lower_bound(twice)
    assert bound.converged
    np.testing.assert_allclose(bound.errors[[0, -1]], 0, atol=1e-6)
    assert stats.greatest_lower_bound(np.ones((4, 4))).glb == pytest.approx(1, abs=1e-7)
    assert stats.greatest_lower_bound(np.eye(4)).glb == pytest.approx(0, abs=1e-7)
    indefinite = [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]
    stack = stats.greatest_lower_bound([cov[:3, :3], indefinite, np.full((3, 3), np.nan)])
    assert np.isnan(stack.glb).tolist() == [False, True, True]
    assert np.isnan(stats.greatest_lower_bound([[2.0]]).glb)


@pytest.mark.parametrize("p", [2, 3, 6, 7])
def test_every_split_is_there_once(p):
    rng = np.random.default_rng(p)
    cov = np.cov(rng.normal(size=(50, p)).T + rng.normal(size=50))
    halves = stats.split_halves(cov)
    expected = []
    for chosen in itertools.combinations(range(p), p // 2):
        if p % 2 or 0 in chosen:
            first = np.isin(np.arange(p), chosen)
            expected.append(stats.split_half(cov, first).flanagan_rulon)
    assert halves.splits == len(expected) == stats.count_splits(p)
    np.testing.assert_allclose(np.sort(halves.flanagan_rulon), np.sort(expected), rtol=1e-10)
    assert halves.mean == pytest.approx(np.mean(expected), abs=1e-12)
    assert stats.split_half(cov, halves.first).flanagan_rulon == pytest.approx(max(expected))
    assert halves.smallest == pytest.approx(min(expected))
    if p % 2 == 0:
        assert halves.mean == pytest.approx(stats.alpha(cov), abs=1e-12)


def test_a_sample_of_splits_says_so_and_finds_the_best_of_a_small_test(likert):
    cov = cov_of(likert)
    every, some = stats.split_halves(cov), stats.split_halves(cov, most=9)
    assert every.complete
    assert not some.complete
    assert some.splits == 10
    assert some.flanagan_rulon.shape == (10_000,)
    assert some.largest == pytest.approx(every.largest, abs=1e-12)
    assert some.smallest == pytest.approx(every.smallest, abs=1e-12)
    again = stats.split_halves(cov, most=9)
    np.testing.assert_array_equal(some.flanagan_rulon, again.flanagan_rulon)


def test_splits_of_many_items_are_sampled():
    rng = np.random.default_rng(2)
    cov = np.cov(rng.normal(size=(200, 30)).T + rng.normal(size=200))
    halves = stats.split_halves(cov)
    assert not halves.complete
    assert halves.smallest < halves.mean < halves.largest
    assert halves.largest >= halves.flanagan_rulon.max()
    assert halves.largest <= stats.greatest_lower_bound(cov).glb + 1e-8
    assert stats.split_half(cov, halves.first).flanagan_rulon == pytest.approx(halves.largest)


def test_halves_that_do_not_exist():
    cov = np.array([[1.0, 0.2, 0.1], [0.2, 1.0, 0.3], [0.1, 0.3, 1.0]])
    assert np.isnan(stats.split_half(cov, [True, True, True]).horst)
    assert np.isnan(stats.split_half(cov, [False, False, False]).r)
    assert np.isnan(stats.split_halves(np.zeros((3, 3))).largest)
    assert np.isnan(stats.split_halves(np.full((3, 3), np.nan)).mean)
    with pytest.raises(ValueError, match="which half"):
        stats.split_half(cov, [True, False])
    with pytest.raises(ValueError, match="two items"):
        stats.split_halves([[1.0]])


@given(st.floats(-0.99, 1), st.floats(0.05, 0.95))
def test_horst_is_spearman_brown_for_equal_parts_and_no_less_otherwise(r, share):
    equal = stats.horst(r, 0.5)
    np.testing.assert_allclose(equal, stats.spearman_brown(r), rtol=1e-7, atol=1e-9)
    if r > 0:
        assert stats.horst(r, share) >= equal - 1e-9


def test_an_order_below_zero_is_none():
    with pytest.raises(ValueError, match="0, 1, 2"):
        stats.ten_berge_mu(np.eye(3), -1)


@given(st.lists(st.floats(0.3, 0.9), min_size=3, max_size=8), st.floats(0.2, 5))
def test_maximum_likelihood_finds_a_factor_that_fits(loadings, scale):
    loadings = scale * np.array(loadings)
    cov = np.outer(loadings, loadings) + np.diag(scale**2 - loadings**2)
    fit = stats.ml_one_factor(cov)
    assert fit.converged
    assert not fit.heywood
    np.testing.assert_allclose(fit.loadings, loadings, rtol=1e-5)


def test_maximum_likelihood_has_no_units_and_is_a_maximum(likert):
    cov = cov_of(likert)
    sd = np.linspace(0.5, 3, 6)
    one, other = stats.ml_one_factor(cov), stats.ml_one_factor(cov * np.outer(sd, sd))
    np.testing.assert_allclose(other.loadings, one.loadings * sd, rtol=1e-7)
    np.testing.assert_allclose(one.loadings**2 + one.uniquenesses, np.diagonal(cov), rtol=1e-7)
    warm = stats.ml_one_factor(cov, start=one.uniquenesses)
    assert warm.iterations <= one.iterations
    np.testing.assert_allclose(warm.loadings, one.loadings, rtol=1e-8)


def test_maximum_likelihood_names_an_improper_factor():
    fit = stats.ml_one_factor([[1, 0.8, 0.7], [0.8, 1, 0.3], [0.7, 0.3, 1]])
    assert fit.heywood
    assert not fit.converged
    assert not stats.ml_one_factor(np.ones((4, 4))).converged
    assert not stats.ml_one_factor(np.eye(4)).converged
    assert not stats.ml_one_factor([[1, 0.5], [0.5, 1]]).converged
    with pytest.raises(ValueError, match="'minres' or 'ml'"):
        stats.omega_total(np.eye(3), method="paf")
