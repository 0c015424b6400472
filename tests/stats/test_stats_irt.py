"""Item response kernels: derivatives, invariances, scores, fit, and what cannot be estimated."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.stats.factor import minres_one_factor
from detachment.stats.irt import _likelihood, graded
from detachment.stats.irt._likelihood import Grid, Patterns, evaluate, observed_information
from detachment.stats.irt.approximation import irt_approximation
from detachment.stats.irt.graded import as_categories, graded_response
from detachment.stats.irt.information import (
    category_probability,
    item_information,
    marginal_reliability,
)
from detachment.stats.irt.item_fit import item_fit, q3, sum_score_distribution
from detachment.stats.irt.scores import person_scores


def simulated(seed=1, n=400, slopes=(1.0, 1.5, 0.8, 2.0, 1.2), cuts=(-1.5, -0.5, 0.5, 1.5)):
    rng = np.random.default_rng(seed)
    slopes = np.array(slopes)
    latent = slopes * rng.normal(size=(n, 1)) + rng.logistic(size=(n, len(slopes)))
    return np.digitize(latent, cuts).astype(float) + 1


def same(a, b):
    for name in ("slopes", "intercepts", "slopes_se", "thresholds_se", "covariance"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert a.loglik == b.loglik


@pytest.fixture(scope="module")
def mixed():
    """Items with two, three and five categories, 10 % missing, one person without an answer."""
    x = simulated(7)
    x[:, 0] = x[:, 0] > 3
    x[:, 1] = np.minimum(x[:, 1], 3)
    x[np.random.default_rng(2).random(x.shape) < 0.1] = np.nan
    x[17] = np.nan
    return x


@pytest.fixture(scope="module")
def fitted(mixed):
    return graded_response(mixed)


def test_a_maximum_of_the_likelihood(mixed, fitted):
    assert fitted.converged
    assert fitted.gradient < 3e-6
    assert fitted.n == 399
    assert fitted.n_parameters == 2 + 3 + 5 + 5 + 5
    assert fitted.aic == 40 - 2 * fitted.loglik
    assert fitted.bic == pytest.approx(20 * np.log(399) - 2 * fitted.loglik)
    patterns = Patterns.of(as_categories(mixed)[0])
    best, grid = fitted.parameters, Grid.of(fitted.nodes)
    free = np.argwhere(np.isfinite(best))

    def at(steps):
        moved = best.copy()
        moved[tuple(free.T)] += steps
        return evaluate(patterns, moved, grid)

    h, zero = 1e-4, np.zeros(len(free))
    hessian = np.empty((len(free), len(free)))
    for row, step in zip(hessian, np.eye(len(free)) * h, strict=True):
        up, down = at(step), at(-step)
        change = (up.gradient - down.gradient)[tuple(free.T)]
        row[:] = -change / (2 * h)
        assert (up.loglik - down.loglik) / (2 * h) == pytest.approx(0, abs=1e-4)
    here = at(zero)
    information = observed_information(patterns, best, grid, here.complete)
    flat = np.ravel_multi_index(tuple(free.T), best.shape)
    np.testing.assert_allclose(information[np.ix_(flat, flat)], hessian, rtol=1e-5, atol=1e-5)
    known = fitted.covariance[np.ix_(flat, flat)]
    np.testing.assert_allclose(known @ hessian, np.eye(len(free)), atol=1e-4)
    np.testing.assert_allclose(
        fitted.slopes_se, np.sqrt(np.diag(fitted.covariance)[::5]), rtol=1e-12
    )


def test_the_gradient_away_from_the_maximum(mixed, fitted):
    patterns = Patterns.of(as_categories(mixed)[0])
    grid, point = Grid.of(61), fitted.parameters.copy()
    point[:, 0] += np.linspace(-0.5, 0.5, 5)
    found = evaluate(patterns, point, grid)
    for place in np.argwhere(np.isfinite(point)):
        step = np.zeros_like(point)
        step[tuple(place)] = 1e-5
        change = evaluate(patterns, point + step, grid).loglik
        change -= evaluate(patterns, point - step, grid).loglik
        assert found.gradient[tuple(place)] == pytest.approx(change / 2e-5, rel=1e-5, abs=1e-4)


def test_thresholds_and_their_errors_by_the_delta_method(fitted):
    np.testing.assert_allclose(
        fitted.thresholds, -fitted.intercepts / fitted.slopes[:, None], rtol=1e-14
    )
    block = fitted.covariance[10:15, 10:15]  # the third item
    gradient = np.zeros(5)
    gradient[0] = fitted.intercepts[2, 1] / fitted.slopes[2] ** 2
    gradient[2] = -1 / fitted.slopes[2]
    assert fitted.thresholds_se[2, 1] == pytest.approx(np.sqrt(gradient @ block @ gradient))


def test_missing_categories_are_no_categories(mixed, fitted):
    assert np.isnan(fitted.intercepts[0, 1:]).all()
    assert np.isnan(fitted.thresholds_se[1, 2:]).all()
    spread = np.where(mixed == 3, 30, mixed)
    spread = np.where(spread == 5, 55, np.where(spread == 4, 31, spread))
    same(graded_response(spread), fitted)


def test_neither_rows_nor_empty_rows_matter(mixed, fitted):
    order = np.random.default_rng(3).permutation(len(mixed))
    same(graded_response(mixed[order]), fitted)
    same(graded_response(np.vstack([np.full((3, 5), np.nan), mixed])), fitted)


def test_small_blocks_give_the_same_numbers(mixed, fitted, monkeypatch):
    monkeypatch.setattr(_likelihood, "_BLOCK", 2**10)
    assert len(list(_likelihood.blocks(Patterns.of(as_categories(mixed)[0]), 86))) > 1
    again = graded_response(mixed)
    np.testing.assert_allclose(again.slopes, fitted.slopes, rtol=1e-9)
    np.testing.assert_allclose(again.slopes_se, fitted.slopes_se, rtol=1e-7)


def test_a_reversed_item_turns_its_slope(mixed, fitted):
    turned = mixed.copy()
    turned[:, 2] = 6 - turned[:, 2]
    again = graded_response(turned)
    assert again.loglik == pytest.approx(fitted.loglik, abs=1e-6)
    assert again.slopes[2] == pytest.approx(-fitted.slopes[2], rel=1e-6)
    np.testing.assert_allclose(again.thresholds[2], fitted.thresholds[2][::-1], rtol=1e-6)
    np.testing.assert_allclose(np.delete(again.slopes, 2), np.delete(fitted.slopes, 2), rtol=1e-6)
    everything = graded_response(6 - mixed)
    np.testing.assert_allclose(everything.slopes, fitted.slopes, rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_people_twice_halve_the_variance(seed):
    x = simulated(seed, n=150)
    once, twice = graded_response(x), graded_response(np.vstack([x, x]))
    assert once.converged
    assert twice.converged
    np.testing.assert_allclose(twice.slopes, once.slopes, rtol=1e-6)
    np.testing.assert_allclose(twice.slopes_se, once.slopes_se / np.sqrt(2), rtol=1e-5)
    assert twice.loglik == pytest.approx(2 * once.loglik)


def test_more_nodes_where_theta_is_told_well():
    x = simulated(5, n=300, slopes=[4.0] * 20)
    coarse, fit, fine = (
        graded_response(x, nodes=61),
        graded_response(x),
        graded_response(x, nodes=481),
    )
    assert fit.nodes > 61
    np.testing.assert_allclose(fit.slopes, fine.slopes, rtol=1e-6)
    assert np.abs(coarse.slopes / fine.slopes - 1).max() > 1e-6


def test_parameters_come_back():
    slopes = np.array([0.8, 1.0, 1.5, 2.0, 1.2, 1.8])
    fit = graded_response(simulated(11, n=20_000, slopes=slopes))
    assert np.all(np.abs(fit.slopes - slopes) < 4 * fit.slopes_se)
    cuts = np.array([-1.5, -0.5, 0.5, 1.5]) / slopes[:, None]
    assert np.all(np.abs(fit.thresholds - cuts) < 4 * fit.thresholds_se)


@pytest.mark.parametrize(
    "x",
    [
        np.full((5, 4), np.nan),
        np.ones((5, 4)),
        np.zeros((0, 3)),
        np.random.default_rng(1).integers(0, 2, (40, 2)).astype(float),
    ],
    ids=["empty", "constant", "no rows", "two items"],
)
def test_what_cannot_be_estimated_is_nan(x):
    fit = graded_response(x)
    assert not fit.converged
    assert np.isnan(fit.slopes).all()
    assert np.isnan(fit.loglik)
    assert np.isnan(fit.bic) or len(x)
    assert np.isnan(person_scores(fit, x).theta).all()
    assert np.isnan(item_fit(fit, x).p).all()
    assert np.isnan(q3(fit, x)).all()
    assert np.isnan(marginal_reliability(fit.slopes, fit.intercepts))


def test_a_constant_item_is_left_out(mixed, fitted):
    wider = np.insert(mixed, 2, 4.0, axis=1)
    fit = graded_response(wider)
    assert fit.converged
    assert np.isnan(fit.slopes[2])
    np.testing.assert_array_equal(np.delete(fit.slopes, 2), fitted.slopes)
    assert fit.used.tolist() == [0, 1, 3, 4, 5]
    np.testing.assert_array_equal(
        person_scores(fit, wider).theta, person_scores(fitted, mixed).theta
    )
    assert np.isnan(item_fit(fit, wider).p[2])


def test_a_copied_item_has_no_maximum():
    x = simulated(3)
    fit = graded_response(np.c_[x, x[:, 0]])
    assert not fit.converged
    assert np.isnan(fit.slopes_se).all()
    assert not graded_response(np.repeat(x[:, :1], 4, axis=1)).converged


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_few_people_do_not_break_it(n):
    x = simulated(3, n=n)
    fit = graded_response(x)
    assert fit.n == n
    assert fit.converged == np.isfinite(fit.slopes_se).any()
    assert item_fit(fit, x).p.shape == q3(fit, x)[0].shape == (5,)


def test_wrong_shapes():
    with pytest.raises(ValueError, match="one data set"):
        graded_response(np.zeros((2, 3, 4)))
    fit = graded_response(simulated())
    for kernel in (person_scores, item_fit, q3):
        with pytest.raises(ValueError, match=r"shape \(n, 5\)"):
            kernel(fit, np.zeros((3, 4)))
    with pytest.raises(ValueError, match="eap, map or ml"):
        person_scores(fit, simulated(), method="wle")
    with pytest.raises(ValueError, match="slopes"):
        item_information([1.0, 2.0], [[0.0]], [0.0])
    with pytest.raises(ValueError, match="loadings"):
        irt_approximation([0.5], [0.1])


# ------------------------------------------------------------------ curves and information


def test_probabilities_and_information(fitted):
    theta = np.linspace(-4, 4, 9)
    chance = category_probability(fitted.slopes, fitted.intercepts, theta)
    np.testing.assert_allclose(np.nansum(chance, axis=2), 1, rtol=1e-12)
    assert np.isnan(chance[:, 0, 2:]).all()
    h = 1e-4
    logs = [
        np.log(category_probability(fitted.slopes, fitted.intercepts, theta + d)) for d in (-h, h)
    ]
    squares = ((logs[1] - logs[0]) / (2 * h)) ** 2
    expected = np.nansum(squares * chance, axis=2)
    information = item_information(fitted.slopes, fitted.intercepts, theta)
    np.testing.assert_allclose(information, expected, rtol=1e-6)
    assert np.isnan(item_information([np.nan, 1.0], [[0.0], [0.0]], [0.0])[0, 0])
    assert np.isnan(category_probability([np.nan], [[0.0]], [0.0])).all()


def test_far_out_nothing_overflows():
    chance = category_probability([3.0], [[6.0, -6.0]], [-1e3, 1e3])
    np.testing.assert_allclose(chance[:, 0], [[1, 0, 0], [0, 0, 1]], atol=1e-300)
    assert item_information([3.0], [[6.0, -6.0]], [-1e3]).tolist() == [[0.0]]


def test_marginal_reliability_lies_between(fitted):
    r = marginal_reliability(fitted.slopes, fitted.intercepts)
    assert 0 < r < 1
    assert marginal_reliability([0.0], [[0.0]]) == 0
    more = marginal_reliability(np.tile(fitted.slopes, 2), np.tile(fitted.intercepts, (2, 1)))
    assert more > r


# ------------------------------------------------------------------ people


def test_eap_by_brute_force(mixed, fitted):
    theta = np.linspace(-8, 8, 4001)
    chance = category_probability(fitted.slopes, fitted.intercepts, theta)
    codes = as_categories(mixed)[0]
    scores = person_scores(fitted, mixed)
    for row in (0, 5, 100):
        weight = np.exp(-(theta**2) / 2)
        for item, code in enumerate(codes[row]):
            if code >= 0:
                weight = weight * chance[:, item, code]
        mean = (weight @ theta) / weight.sum()
        assert scores.theta[row] == pytest.approx(mean, abs=1e-8)
        sd = np.sqrt((weight @ theta**2) / weight.sum() - mean**2)
        assert scores.se[row] == pytest.approx(sd, abs=1e-7)
    assert np.isnan(scores.theta[17])
    assert np.isnan(scores.se[17])


def test_map_and_ml_are_maxima(mixed, fitted):
    codes = as_categories(mixed)[0]

    def height(theta, prior):
        chance = category_probability(fitted.slopes, fitted.intercepts, theta)
        own = np.take_along_axis(chance, np.maximum(codes, 0)[:, :, None], axis=2)[:, :, 0]
        return np.where(codes >= 0, np.log(own), 0).sum(axis=1) - prior * theta**2 / 2

    for method, prior in (("map", 1), ("ml", 0)):
        scores = person_scores(fitted, mixed, method=method)
        finite = np.isfinite(scores.theta)
        theta, h = np.where(finite, scores.theta, 0.0), 1e-3
        up, here, down = (height(theta + d, prior) for d in (h, 0, -h))
        assert np.abs((up - down) / (2 * h))[finite].max() < 1e-4
        curvature = -(up - 2 * here + down) / h**2
        np.testing.assert_allclose(scores.se[finite], curvature[finite] ** -0.5, rtol=1e-3)
        assert np.isnan(scores.se[~finite]).all()
    ends = np.array([[0.0, 1, 1, 1, 1], [1, 3, 5, 5, 5]])
    ml = person_scores(fitted, ends, method="ml")
    assert ml.theta.tolist() == [-np.inf, np.inf]
    assert np.isfinite(person_scores(fitted, ends, method="map").theta).all()
    assert np.isnan(person_scores(fitted, np.full((1, 5), np.nan), method="map").theta).all()


def test_an_unknown_answer_is_the_category_below(fitted):
    known = person_scores(fitted, [[1.0, 3, 5, 5, 5], [0, 1, 1, 1, 1]])
    odd = person_scores(fitted, [[9.0, 4, 7, 5.5, 6], [-3, 0, 0, 1.9, 1]])
    np.testing.assert_array_equal(odd.theta, known.theta)
    assert person_scores(fitted, np.zeros((0, 5))).theta.shape == (0,)


# ------------------------------------------------------------------ fit


def test_sum_scores_by_enumeration():
    rng = np.random.default_rng(4)
    chance = [rng.dirichlet(np.ones(k), size=3).T for k in (2, 3, 4)]
    found = sum_score_distribution(chance)
    expected = np.zeros((7, 3))
    for codes in itertools.product(range(2), range(3), range(4)):
        expected[sum(codes)] += np.prod(
            [item[code] for item, code in zip(chance, codes, strict=True)], axis=0
        )
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("cuts", [(0.0,), (-1.0, 0.0, 1.0)])
def test_item_fit_has_its_size_and_sees_what_does_not_fit(cuts):
    p = [
        item_fit(fit, x).p
        for x in (simulated(seed, 500, [1.2] * 8, cuts) for seed in range(25))
        for fit in [graded_response(x)]
    ]
    assert 0.42 < np.mean(p) < 0.58
    assert np.mean(np.array(p) < 0.05) < 0.10
    rng = np.random.default_rng(1)
    theta = rng.normal(size=2000)
    x = simulated(1, 2000, [1.2] * 8, cuts)
    latent = 1.2 * theta[:, None] + rng.logistic(size=(2000, 8))
    latent[:, 0] = 2 * np.abs(theta) - 1.5 + rng.logistic(size=2000)  # not monotone
    x = np.digitize(latent, cuts).astype(float)
    found = item_fit(graded_response(x), x)
    assert found.p[0] < 1e-6
    assert found.rmsea[0] > 0.03
    assert found.n == 2000


def test_item_fit_needs_complete_answers(mixed, fitted):
    found = item_fit(fitted, mixed)
    assert found.n == np.sum(~np.isnan(mixed).any(axis=1))
    broken = mixed.copy()
    broken[np.arange(len(mixed)), np.arange(len(mixed)) % 5] = np.nan
    none = item_fit(fitted, broken)
    assert none.n == 0
    assert np.isnan(none.p).all()


def test_q3_sees_a_pair():
    rng = np.random.default_rng(1)
    theta, pair = rng.normal(size=(1500, 1)), rng.normal(size=1500)
    latent = 1.5 * theta + rng.logistic(size=(1500, 8))
    latent[:, :2] += 1.5 * pair[:, None]
    x = np.digitize(latent, [-1, 1]).astype(float)
    found = q3(graded_response(x), x)
    off = found[np.triu_indices(8, 1)]
    assert found[0, 1] == off.max()
    assert found[0, 1] - off.mean() > 0.2
    assert np.sort(off)[-2] - off.mean() < 0.2


# ------------------------------------------------------------------ approximation


def test_approximation_of_a_stack_and_its_edges():
    loadings = np.array([[0.6, -0.8, 0.0], [1.0, 0.5, 1.2]])
    tau = np.tile([-0.5, 0.7], (2, 3, 1))
    found = irt_approximation(loadings, tau)
    one = irt_approximation(loadings[0], tau[0])
    np.testing.assert_array_equal(found.location[0], one.location)
    assert one.discrimination.tolist() == pytest.approx([0.75, -0.8 / 0.6, 0])
    assert one.discrimination_logistic[0] == pytest.approx(1.702 * 0.75)
    assert one.location[1].tolist() == pytest.approx([0.625, -0.875])
    assert np.isnan(one.location[2]).all()
    assert one.difficulty[2].tolist() == [-0.5, 0.7]
    assert np.isnan(found.discrimination[1, [0, 2]]).all()
    assert np.isnan(found.location[1, [0, 2]]).all()


def test_approximation_is_near_the_model():
    """Loadings that slopes imply, a / sqrt(a^2 + 1.702^2), give the slopes back."""
    slopes = np.array([0.8, 1.2, 1.6, 2.0])
    loadings = slopes / np.sqrt(slopes**2 + 1.702**2)
    cor = np.outer(loadings, loadings)
    np.fill_diagonal(cor, 1)
    found = irt_approximation(minres_one_factor(cor).loadings, np.zeros((4, 1)))
    np.testing.assert_allclose(found.discrimination_logistic, slopes, rtol=1e-7)


def test_start_is_one_camp_against_the_other():
    x = simulated(9, n=300)
    x[:, ::2] = 6 - x[:, ::2]
    codes, categories = as_categories(x)
    start = graded._start(Patterns.of(codes), np.full(5, 5), categories.shape[1])
    assert set(np.sign(start[::2, 0])) != set(np.sign(start[1::2, 0]))
    assert graded_response(x).loglik == pytest.approx(graded_response(simulated(9, n=300)).loglik)
