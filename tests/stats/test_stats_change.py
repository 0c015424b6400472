"""Change and adjusted differences: invariances, degenerate data, bootstrap against the formulas."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment import stats

SCORES = st.one_of(
    st.integers(1, 5).map(float), st.floats(-3, 3, width=32).map(float), st.just(float("nan"))
)
ROWS = st.integers(0, 14).flatmap(
    lambda n: st.tuples(
        arrays(float, (2, 2, n), elements=SCORES),
        arrays(int, n, elements=st.integers(0, 5)),
        arrays(float, n, elements=st.sampled_from([0.0, 1.0, np.nan])),
        st.permutations(range(n)).map(lambda p: np.array(p, dtype=int)),
    )
)


def values(fit):
    return {field.name: np.asarray(getattr(fit, field.name)) for field in fields(fit)}


def equal(one, other, **tolerance):
    for name, got in one.items():
        np.testing.assert_allclose(got, other[name], err_msg=name, **({"rtol": 0} | tolerance))


@given(ROWS)
def test_a_stack_of_scales_is_each_scale_in_any_order_of_people(given_rows):
    (first, last), clusters, group, order = given_rows
    whole = values(stats.paired_change(first, last, clusters=clusters))
    moved = values(
        stats.paired_change(first[:, order], last[:, order], clusters=7 - clusters[order])
    )
    equal(whole, moved)
    for k in range(2):
        alone = values(stats.paired_change(first[k], last[k], clusters=clusters))
        equal({name: got[k] for name, got in whole.items()}, alone)
    asked = {"covariates": first[..., None], "unit": first, "clusters": clusters}
    whole = values(stats.adjusted_difference(last, group, **asked))
    moved = values(
        stats.adjusted_difference(
            last[:, order],
            group[order],
            covariates=first[:, order, None],
            unit=first[:, order],
            clusters=9 - clusters[order],
        )
    )
    equal(whole, moved)
    for k in range(2):
        alone = stats.adjusted_difference(
            last[k], group, covariates=first[k][:, None], unit=first[k], clusters=clusters
        )
        equal({name: got[k] for name, got in whole.items()}, values(alone), rtol=1e-9, atol=1e-12)


@given(ROWS)
def test_intervals_hold_the_estimate_and_turn_with_the_scores(given_rows):
    (first, last), clusters, group, _ = given_rows
    fit = stats.paired_change(first, last, clusters=clusters)
    back = stats.paired_change(-first, -last, clusters=clusters)
    for name in ("difference", "dz", "d_pre"):
        low, high = ("low", "high") if name == "difference" else (f"{name}_low", f"{name}_high")
        estimate, bottom, top = (getattr(fit, field) for field in (name, low, high))
        known = ~np.isnan(bottom)
        assert (bottom[known] <= estimate[known] + 1e-12).all()
        assert (top[known] >= estimate[known] - 1e-12).all()
        np.testing.assert_allclose(getattr(back, name), -estimate, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(getattr(back, low), -top, rtol=1e-7, atol=1e-9)
    swapped = stats.adjusted_difference(last, 1 - group, unit=first, clusters=clusters)
    straight = stats.adjusted_difference(last, group, unit=first, clusters=clusters)
    np.testing.assert_allclose(swapped.difference, -straight.difference, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(swapped.d_low, -straight.d_high, rtol=1e-6, atol=1e-9)


def data(n=400, pairs=True):
    rng = np.random.default_rng(3)
    clusters = np.arange(n) // 2 if pairs else np.arange(n)
    shared = rng.normal(size=n)[clusters]
    first = shared + rng.normal(size=n)
    last = 0.7 * first + 0.5 * shared + rng.normal(size=n) - 0.4 * (clusters % 2)
    return first, last, clusters


def test_copies_of_people_in_clusters_add_no_certainty():
    first, last, clusters = data(pairs=False)
    once = stats.paired_change(first, last)
    twice = stats.paired_change(np.tile(first, 2), np.tile(last, 2), clusters=np.tile(clusters, 2))
    np.testing.assert_allclose(twice.se, once.se, rtol=1e-12)
    assert twice.df == once.df
    np.testing.assert_allclose(twice.dz_high - twice.dz, once.dz_high - once.dz, rtol=5e-3)


def test_bootstrap_says_what_the_formulas_say():
    first, last, clusters = data()
    fit = stats.paired_change(first, last, clusters=clusters)
    boot = stats.paired_bootstrap(first, last, clusters=clusters, n_boot=4000)
    np.testing.assert_allclose(boot.estimate, [fit.difference, fit.dz, fit.d_pre], rtol=1e-12)
    width = np.array([fit.high - fit.low, fit.dz_high - fit.dz_low, fit.d_pre_high - fit.d_pre_low])
    low, high = boot.bca()
    np.testing.assert_allclose(high - low, width, rtol=0.06)

    arm = (clusters % 2).astype(float)
    asked = {"covariates": first[:, None], "unit": first, "clusters": clusters}
    fit = stats.adjusted_difference(last, arm, **asked)
    boot = stats.adjusted_bootstrap(last, arm, **asked, n_boot=4000)
    np.testing.assert_allclose(boot.estimate, [fit.difference, fit.d], rtol=1e-10)
    low, high = boot.bca()
    np.testing.assert_allclose(high - low, [fit.high - fit.low, fit.d_high - fit.d_low], rtol=0.06)


@pytest.mark.parametrize(
    ("first", "last"),
    [([], []), ([1.0], [2.0]), ([np.nan, 1], [1, np.nan]), ([np.inf, 1], [1, 2])],
)
def test_too_few_pairs_give_no_number(first, last):
    fit = stats.paired_change(first, last)
    assert np.isnan([fit.se, fit.t, fit.p, fit.dz, fit.d_pre, fit.low]).all()
    assert np.isnan(stats.paired_bootstrap(first, last, n_boot=10).bca()[0]).all()


def test_what_does_not_vary_has_no_standardised_change():
    same = stats.paired_change([0.1, 0.1, 0.1], [1.1, 1.1, 1.1])
    assert same.difference == 1.0
    assert np.isnan([same.t, same.p, same.dz, same.d_pre, same.d_av]).all()
    one_cluster = stats.paired_change([1, 2, 3], [2, 2, 4], clusters=[1, 1, 1])
    assert np.isnan([one_cluster.se, one_cluster.low, one_cluster.p, one_cluster.dz_low]).all()
    assert one_cluster.dz > 0


@pytest.mark.parametrize(
    ("group", "covariate"),
    [
        ([1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6]),  # one group
        ([1, 1, 1, 0, 0, 0], [2, 2, 2, 2, 2, 2]),  # constant
        ([1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]),  # the group itself
        ([1, 0, np.nan, np.nan, np.nan, np.nan], [1, 2, 3, 4, 5, 6]),  # fewer than coefficients
    ],
)
def test_no_adjusted_difference_without_two_groups_and_a_covariate_that_varies(group, covariate):
    y = [1.0, 3, 2, 5, 4, 4]
    fit = stats.adjusted_difference(y, group, covariates=np.array(covariate, float)[:, None])
    assert np.isnan([fit.difference, fit.se, fit.p, fit.d, fit.d_low]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: stats.paired_change(1.0, 2.0),
        lambda: stats.paired_change([1.0, 2], [2.0, 3], clusters=[1]),
        lambda: stats.paired_bootstrap([[1.0, 2]], [[2.0, 3]]),
        lambda: stats.adjusted_difference(1.0, 1.0),
        lambda: stats.adjusted_difference([1.0, 2], [1]),
        lambda: stats.adjusted_difference([1.0, 2], [1, 0], covariates=[1.0, 2, 3]),
        lambda: stats.adjusted_difference([1.0, 2], [1, 0], clusters=[1]),
        lambda: stats.adjusted_bootstrap([[1.0, 2]], [1, 0]),
    ],
)
def test_wrong_shapes_are_refused(wrong):
    with pytest.raises(ValueError, match="shape"):
        wrong()


def lines(seed=3, n=90, w=4, slope=0.2):
    rng = np.random.default_rng(seed)
    clusters = np.arange(n) // 2
    level = rng.normal(size=n)[clusters] + rng.normal(size=n)
    y = level[:, None] + (slope * rng.normal(size=(n, 1)) - 0.3) * np.arange(w)
    y = y + 0.5 * rng.normal(size=(n, w))
    y[rng.random((n, w)) < 0.15] = np.nan
    return y, (clusters % 2).astype(float)[:, None], clusters


def test_growth_does_not_know_the_order_of_people_or_the_names_of_clusters():
    y, arm, clusters = lines()
    order = np.random.default_rng(1).permutation(len(y))
    fit = values(stats.fit_growth(y, range(4), between=arm, clusters=clusters))
    again = stats.fit_growth(y[order], range(4), between=arm[order], clusters=-clusters[order])
    equal(fit, values(again))


def test_growth_turns_with_the_units_of_scores_and_times():
    y, arm, clusters = lines()
    fit = stats.fit_growth(y, range(4), between=arm, clusters=clusters)
    moved = stats.fit_growth(5 - 2 * y, [10, 13, 16, 19], between=arm, clusters=clusters)
    turn = np.array([-2, -2 / 3, -2, -2 / 3])[[0, 1, 2, 3]]
    expected = fit.estimate * turn
    expected[0] += 5
    np.testing.assert_allclose(moved.estimate, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(moved.slope, fit.slope * 4 / 9, rtol=1e-4)
    np.testing.assert_allclose(moved.covariance, fit.covariance * 4 / 3, rtol=1e-3)
    np.testing.assert_allclose(moved.cluster, fit.cluster * 4, rtol=1e-4)


def test_growth_of_complete_people_is_that_of_their_own_lines():
    """Without missing scores, the mean slope is the mean of the slopes of people."""
    y, _, _ = lines()
    y = y[~np.isnan(y).any(axis=1)]
    fit = stats.fit_growth(y, range(4))
    own = np.polyfit(range(4), y.T, 1)[0]
    assert fit.estimate[1] == pytest.approx(own.mean(), rel=1e-9)
    assert fit.se[1] == pytest.approx(own.std(ddof=1) / np.sqrt(len(own)), rel=1e-3)
    assert fit.converged
    assert not fit.boundary


@pytest.mark.parametrize(
    "y",
    [
        np.empty((0, 3)), np.full((5, 3), np.nan), np.ones((5, 3)), [[1.0, 2, 3]],
        [[1.0, np.nan, np.nan], [2, np.nan, np.nan], [4, np.nan, np.nan]],
    ],
)  # fmt: skip
def test_no_growth_without_lines(y):
    fit = stats.fit_growth(y, [0, 1, 2])
    assert np.isnan(fit.estimate).all() or not fit.converged or fit.boundary


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: stats.fit_growth([1.0, 2], [0, 1]),
        lambda: stats.fit_growth([[1.0, 2]], [0, 1, 2]),
        lambda: stats.fit_growth([[1.0, 2]], [0, 1], between=[[1.0], [2.0]]),
        lambda: stats.fit_growth([[1.0, 2]], [0, 1], clusters=[1, 2]),
    ],
)
def test_growth_of_wrong_shapes_is_refused(wrong):
    with pytest.raises(ValueError, match="shape"):
        wrong()
