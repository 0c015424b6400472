"""Agreement: what must hold for every table of judgements, and what has no answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment import stats

nan = np.nan
WEIGHTS = ("unweighted", "linear", "quadratic")
LEVELS = ("nominal", "ordinal", "interval", "ratio")
# The reliability data of Krippendorff (2011): four observers, twelve units, five categories.
OBSERVED = np.array(
    [
        [1, 1, nan, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
        [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [nan, 5, 5, 5], [nan, nan, 1, 1],
        [nan, nan, 3, nan],
    ]
)  # fmt: skip
judged = arrays(
    np.float64, st.tuples(st.integers(4, 12), st.integers(2, 4)), elements=st.integers(1, 5)
)
tables = arrays(np.int64, st.integers(2, 5).map(lambda k: (k, k)), elements=st.integers(0, 20))


def same(a, b):
    np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def fields(result):
    names = [name for name in type(result).__slots__ if name not in ("k",)]
    return {name: getattr(result, name) for name in names}


# ---------------------------------------------------------------- intraclass correlations


def test_shrout_and_fleiss():
    x = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    fit = stats.icc_anova(x)
    assert fit.icc.round(2).tolist() == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    assert fit.n == 6
    alpha = stats.alpha(stats.pairwise_moments(np.array(x, float)).cov)
    assert fit.icc[5] == pytest.approx(float(alpha), abs=1e-14)


@given(judged, st.randoms(use_true_random=False))
def test_order_of_targets_and_judges(x, random):
    rows = list(range(len(x)))
    random.shuffle(rows)
    fit, moved = stats.icc_anova(x), stats.icc_anova(x[rows])
    for name, value in fields(fit).items():
        same(value, getattr(moved, name))
    same(stats.icc_robust_interval(x), stats.icc_robust_interval(x[rows]))
    other = stats.icc_anova(x[:, ::-1])
    np.testing.assert_allclose(fit.icc, other.icc, atol=1e-12)
    np.testing.assert_allclose(fit.icc, stats.icc_anova(7 - 2 * x).icc, atol=1e-10)
    shifted = stats.icc_anova(x + np.arange(x.shape[1]) * 3.0)
    np.testing.assert_allclose(fit.icc[[2, 5]], shifted.icc[[2, 5]], atol=1e-10)


@given(judged)
def test_bounds_and_intervals(x):
    fit = stats.icc_anova(x)
    assert not np.isinf(np.concatenate([fit.icc, fit.low, fit.high])).any()
    known = ~np.isnan(fit.icc)
    assert (fit.icc[known] <= 1 + 1e-12).all()
    known = ~np.isnan(fit.low) & ~np.isnan(fit.high)
    assert (fit.low[known] <= fit.icc[known] + 1e-9).all()
    assert (fit.icc[known] <= fit.high[known] + 1e-9).all()
    low, high = stats.icc_robust_interval(x)
    known = ~np.isnan(low) & ~np.isnan(high)
    assert ((low <= high) & (high <= 1 + 1e-12))[known].all()
    same(np.isnan(low[:3]), np.isnan(high[:3]))  # of the mean, an end may have no bound


def test_a_stack_is_a_loop():
    rng = np.random.default_rng(4)
    x = rng.integers(1, 6, size=(7, 20, 3)).astype(float)
    x[rng.random(x.shape) < 0.05] = nan
    fit, ends = stats.icc_anova(x), stats.icc_robust_interval(x)
    for b in range(len(x)):
        one = stats.icc_anova(x[b])
        for name, value in fields(fit).items():
            same(value[b], getattr(one, name))
        same(np.array(ends)[:, b], stats.icc_robust_interval(x[b]))


def test_missing_ratings_drop_their_target():
    x = np.random.default_rng(2).normal(size=(30, 3)).round(2)
    gappy = np.vstack([x, [[1, nan, 2], [nan, nan, nan], [np.inf, 1, 1]]])
    np.testing.assert_allclose(stats.icc_anova(gappy).icc, stats.icc_anova(x).icc, atol=1e-13)
    ends = stats.icc_robust_interval(x)
    np.testing.assert_allclose(stats.icc_robust_interval(gappy), ends, atol=1e-13)


def test_raters_that_agree_to_the_dot():
    x = np.repeat([[1.1], [2.3], [5.7], [0.4]], 3, axis=1)
    fit = stats.icc_anova(x)
    assert fit.icc.tolist() == [1.0] * 6
    assert fit.low.tolist() == fit.high.tolist() == [1.0] * 6
    assert np.isnan(fit.f).all()
    shift = stats.icc_anova(x + np.array([0, 1, 2]))
    assert shift.icc[2] == shift.low[2] == 1
    assert shift.icc[0] < shift.icc[1] < 1


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((0, 3)), np.zeros((5, 0)), np.ones((6, 3)), np.full((4, 2), nan),
        np.array([[1.0, 2.0]]), np.array([[1.0], [2.0], [4.0]]), np.full((6, 3), 2.3),
        np.array([[nan, 1], [1, nan], [2, nan]]),
    ],
)  # fmt: skip
def test_icc_has_no_answer(x):
    fit = stats.icc_anova(x)
    assert np.isnan(fit.icc).all()
    assert np.isnan([fit.low, fit.high, *stats.icc_robust_interval(x)]).all()
    assert np.isnan(stats.icc_bootstrap(x, n_boot=32).estimate).all()


def test_bootstrap_of_the_icc_knows_no_order_and_takes_clusters():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(40, 1)) + rng.normal(size=(40, 2))
    couple = np.repeat(np.arange(20), 2)
    order = rng.permutation(40)
    one = stats.icc_bootstrap(x, clusters=couple, n_boot=70)
    two = stats.icc_bootstrap(x[order], clusters=couple[order] * 3 + 1, n_boot=70)
    same(one.replicates, two.replicates)
    assert one.clusters == 20
    np.testing.assert_allclose(one.estimate, stats.icc_anova(x).icc, atol=1e-13)
    fewer = stats.icc_bootstrap(x, clusters=couple, n_boot=40)
    same(one.replicates[:40], fewer.replicates)
    same(
        stats.icc_robust_interval(x, clusters=couple),
        stats.icc_robust_interval(x[order], clusters=couple[order] * 3 + 1),
    )
    with pytest.raises(ValueError, match="clusters"):
        stats.icc_robust_interval(x, clusters=couple[:-1])
    with pytest.raises(ValueError, match="one data set"):
        stats.icc_robust_interval(x[None], clusters=couple)
    with pytest.raises(ValueError, match="one data set"):
        stats.icc_bootstrap(x[None])


def test_clusters_of_one_change_nothing():
    x = np.random.default_rng(8).normal(size=(30, 3))
    plain, own = stats.icc_robust_interval(x), stats.icc_robust_interval(x, clusters=np.arange(30))
    np.testing.assert_allclose(plain, own, atol=1e-12)


def test_robust_intervals_cover_where_f_does_not():
    rng = np.random.default_rng(1)

    def skewed(*shape):
        z = np.sqrt(0.6) * rng.normal(size=(*shape, 1)) + np.sqrt(0.4) * rng.normal(
            size=(*shape, 2)
        )
        return np.digitize(z, [0.25, 0.9, 1.4, 1.9]).astype(float)

    truth = stats.icc_anova(skewed(400_000)).icc[2]
    x = skewed(1000, 200)
    fit, (low, high) = stats.icc_anova(x), stats.icc_robust_interval(x)
    f = np.mean((fit.low[:, 2] <= truth) & (truth <= fit.high[:, 2]))
    robust = np.mean((low[:, 2] <= truth) & (truth <= high[:, 2]))
    assert f < 0.91
    assert 0.92 < robust < 0.97


def test_one_way_equals_the_first_form_for_groups_of_one_size():
    x = np.random.default_rng(3).integers(1, 6, size=(25, 3)).astype(float)
    fit = stats.icc_anova(x)
    group = np.repeat(np.arange(25), 3)
    one = stats.icc_one_way(x.ravel(), group)
    np.testing.assert_allclose([one.icc1[0], one.icc2[0]], fit.icc[[0, 3]], atol=1e-13)
    np.testing.assert_allclose([one.low[0], one.high[0]], [fit.low[0], fit.high[0]], atol=1e-12)
    assert one.k0[0] == pytest.approx(3)
    order = np.random.default_rng(1).permutation(75)
    same(stats.icc_one_way(x.ravel()[order], 100 - group[order]).icc1, one.icc1)


@pytest.mark.parametrize(
    ("y", "groups"),
    [([], []), ([1.0, 2], [1, 1]), ([1.0, 2, 3], [1, 2, 3]), ([2.0, 2, 2, 2], [1, 1, 2, 2]),
     ([nan, nan], [1, 2])],
)  # fmt: skip
def test_one_way_has_no_answer(y, groups):
    fit = stats.icc_one_way(y, groups)
    assert np.isnan([fit.icc1, fit.low, fit.high, fit.p]).all()
    with pytest.raises(ValueError, match="groups"):
        stats.icc_one_way([1.0, 2.0], [1])


# ---------------------------------------------------------------- kappa


@given(tables)
def test_kappa_knows_no_names_and_no_order(table):
    flip = table[::-1, ::-1]
    for weights in WEIGHTS:
        a, b, c = (stats.kappa(t, weights=weights) for t in (table, table.T, flip))
        for other in (b, c):
            np.testing.assert_allclose(a.kappa, other.kappa, atol=1e-12)
            np.testing.assert_allclose(a.variance, other.variance, atol=1e-12)
        assert np.isnan(a.kappa) or a.kappa <= 1 + 1e-12
        assert np.isnan(a.variance) or a.variance >= 0
    order = np.random.default_rng(0).permutation(len(table))
    np.testing.assert_allclose(
        stats.kappa(table).kappa, stats.kappa(table[np.ix_(order, order)]).kappa, atol=1e-12
    )


def test_quadratic_kappa_is_nearly_the_icc():
    # Fleiss and Cohen (1973): with squared distances kappa is the ICC(2,1) of n -> infinity
    rng = np.random.default_rng(5)
    x = np.clip(np.rint(3 + rng.normal(size=(4000, 1)) + rng.normal(size=(4000, 2))), 1, 5)
    table = stats.confusion(x[:, 0], x[:, 1], [1, 2, 3, 4, 5])
    assert stats.kappa(table, weights="quadratic").kappa == pytest.approx(
        stats.icc_anova(x).icc[1], abs=1e-3
    )


def test_a_stack_of_tables_is_a_loop():
    stack = np.random.default_rng(3).integers(0, 30, size=(4, 3, 5, 5))
    stack[0, 0] = 0
    stack[0, 1] = np.diag([0, 4, 0, 0, 0])
    for weights in WEIGHTS:
        fit = stats.kappa(stack, weights=weights)
        for place in np.ndindex(4, 3):
            one = stats.kappa(stack[place], weights=weights)
            for name, value in fields(fit).items():
                np.testing.assert_allclose(value[place], getattr(one, name), atol=1e-13)
        assert np.isnan(fit.kappa[0, :2]).all()


def test_variance_of_kappa_is_that_of_a_bootstrap():
    table = np.array([[30, 9, 2], [3, 20, 12], [1, 2, 15]])
    n = table.sum()
    draws = np.random.default_rng(2).multinomial(n, table.ravel() / n, size=20_000)
    for weights in WEIGHTS:
        spread = stats.kappa(draws.reshape(-1, 3, 3), weights=weights).kappa.var()
        assert stats.kappa(table, weights=weights).variance == pytest.approx(spread, rel=0.06)


def test_weights_of_ones_own_and_distances():
    table = np.array([[5, 2, 1], [1, 6, 2], [0, 3, 7]])
    distance = np.abs(np.subtract.outer([1, 2, 3], [1, 2, 3])) / 2
    assert (
        stats.kappa(table, weights=1 - distance).kappa == stats.kappa(table, weights="linear").kappa
    )
    far = stats.kappa(table, weights="linear", values=[1, 2, 10]).kappa
    assert far != stats.kappa(table, weights="linear").kappa
    with pytest.raises(ValueError, match="unweighted, linear or quadratic"):
        stats.kappa(table, weights="cubic")
    with pytest.raises(ValueError, match="weights must have shape"):
        stats.kappa(table, weights=np.eye(2))
    with pytest.raises(ValueError, match="values must have shape"):
        stats.kappa(table, weights="linear", values=[1, 2])


def test_confusion_leaves_out_what_is_missing_or_unknown():
    x = np.array([[1, 2, nan, 9, 3], [3, 3, 2, 1, 1]])
    y = np.array([1, 2, 1, 1, nan])
    got = stats.confusion(x, y, [3, 1, 2])
    assert got.shape == (2, 3, 3)
    assert got[0].tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert got.sum(axis=(1, 2)).tolist() == [2, 4]
    assert stats.confusion(x[:, :0], y[:0], [1, 2]).sum() == 0
    assert stats.confusion(x, y, []).shape == (2, 0, 0)


def test_fleiss_of_two_raters_is_scotts_pi():
    table = np.array([[20, 5], [10, 15]])
    counts = np.repeat([[2, 0], [1, 1], [0, 2]], [20, 15, 15], axis=0)
    p = (table.sum(axis=0) + table.sum(axis=1)) / 100
    expected = np.sum(p**2)
    fit = stats.fleiss_kappa(counts)
    assert fit.kappa == pytest.approx((0.7 - expected) / (1 - expected))
    assert fit.low < fit.kappa < fit.high
    order = np.random.default_rng(0).permutation(50)
    assert stats.fleiss_kappa(counts[order]).se == fit.se


def test_fleiss_with_different_numbers_and_without_an_answer():
    counts = np.array([[3, 0], [0, 2], [2, 1], [1, 0], [0, 0]])
    fit = stats.fleiss_kappa(counts)
    assert fit.n == 3
    assert np.isnan(fit.z)
    assert not np.isnan(fit.se)
    for nothing in (np.zeros((0, 2)), np.zeros((4, 3)), [[3, 0], [3, 0]], [[1, 0], [0, 1]]):
        fit = stats.fleiss_kappa(nothing)
        assert np.isnan([fit.kappa, fit.low, fit.p]).all()


@given(judged)
def test_percent_agreement(x):
    fit = stats.percent_agreement(x)
    assert 0 <= fit.low <= fit.all_agree <= fit.high <= 1
    assert fit.all_agree <= fit.pairs_agree + 1e-12
    assert stats.percent_agreement(x, tolerance=4).all_agree == 1
    by_hand = np.mean([len(set(row)) == 1 for row in x.tolist()])
    assert fit.all_agree == pytest.approx(by_hand)
    nothing = stats.percent_agreement(np.full((3, 2), nan))
    assert np.isnan([nothing.all_agree, nothing.low, nothing.pairs_agree]).all()


# ---------------------------------------------------------------- Krippendorff's alpha


@pytest.mark.parametrize(
    ("level", "published"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_krippendorff_as_published(level, published):
    fit = stats.krippendorff_alpha(OBSERVED, level=level)
    assert round(fit.alpha, 3) == published
    assert (fit.units, fit.judgements) == (11, 40)


@given(judged, st.sampled_from(LEVELS), st.randoms(use_true_random=False))
def test_krippendorff_knows_no_rater_and_no_order(x, level, random):
    rows = list(range(len(x)))
    random.shuffle(rows)
    fit = stats.krippendorff_alpha(x, level=level).alpha
    same(fit, stats.krippendorff_alpha(x[rows], level=level).alpha)
    same(fit, stats.krippendorff_alpha(x[:, ::-1], level=level).alpha)
    assert np.isnan(fit) or fit <= 1
    if level == "ordinal":
        np.testing.assert_allclose(
            fit, stats.krippendorff_alpha(x**3, level=level).alpha, atol=1e-12
        )
    if level == "interval":
        moved = stats.krippendorff_alpha(2 * x - 9, level=level).alpha
        np.testing.assert_allclose(fit, moved, atol=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_krippendorff_bootstrap(level):
    resamples = stats.krippendorff_bootstrap(OBSERVED, level=level, n_boot=100)
    estimate = stats.krippendorff_alpha(OBSERVED, level=level).alpha
    assert resamples.estimate == pytest.approx(estimate, abs=1e-14)
    assert resamples.clusters == 11
    # a resample computed by hand: leaving out one unit after the other
    used = OBSERVED[(~np.isnan(OBSERVED)).sum(axis=1) > 1]
    left = [
        stats.krippendorff_alpha(np.delete(used, u, axis=0), level=level).alpha
        for u in range(len(used))
    ]
    np.testing.assert_allclose(np.sort(resamples.jackknife), np.sort(left), atol=1e-12)
    order = np.random.default_rng(1).permutation(len(OBSERVED))
    again = stats.krippendorff_bootstrap(OBSERVED[order], level=level, n_boot=100)
    same(again.replicates, resamples.replicates)
    names = np.arange(12) // 2
    one = stats.krippendorff_bootstrap(OBSERVED, level=level, clusters=names, n_boot=50)
    two = stats.krippendorff_bootstrap(
        OBSERVED[order], level=level, clusters=9 - names[order], n_boot=50
    )
    same(one.replicates, two.replicates)
    assert one.clusters == 6


def test_krippendorff_has_no_answer():
    for x in (np.zeros((0, 2)), np.full((3, 2), nan), np.ones((5, 3)), [[1, nan], [nan, 2]]):
        for level in LEVELS:
            assert np.isnan(stats.krippendorff_alpha(x, level=level).alpha)
            resamples = stats.krippendorff_bootstrap(x, level=level, n_boot=32)
            assert np.isnan(resamples.replicates).all()
            assert np.isnan(resamples.bca()).all()
    with pytest.raises(ValueError, match="nominal, ordinal, interval or ratio"):
        stats.krippendorff_alpha(OBSERVED, level="equal")
    with pytest.raises(ValueError, match="negative"):
        stats.krippendorff_alpha(-OBSERVED, level="ratio")
    with pytest.raises(ValueError, match="one table"):
        stats.krippendorff_alpha(OBSERVED[None])
    with pytest.raises(ValueError, match="clusters"):
        stats.krippendorff_bootstrap(OBSERVED, clusters=[1, 2])
    zeros = stats.krippendorff_alpha([[0, 0], [0, 1], [2, 2]], level="ratio")
    assert np.isfinite(zeros.alpha)


# ---------------------------------------------------------------- retest

scores = arrays(np.float64, st.integers(3, 15).map(lambda n: (2, n)), elements=st.integers(-20, 20))


@given(scores, st.randoms(use_true_random=False))
def test_retest_knows_no_order(x, random):
    rows = list(range(x.shape[1]))
    random.shuffle(rows)
    x = x / 7
    for verb in (stats.retest_reliability, stats.bland_altman):
        one, two = verb(*x), verb(*x[:, rows])
        for name, value in fields(one).items():
            same(value, getattr(two, name))
    there, back = stats.retest_reliability(*x), stats.retest_reliability(*x[::-1])
    np.testing.assert_allclose(there.change, -back.change, atol=1e-12)
    np.testing.assert_allclose(there.sem, back.sem, atol=1e-7)
    assert np.isnan(there.r) or abs(there.r) <= 1


def test_retest_and_icc_share_their_errors():
    x = np.random.default_rng(9).normal(size=(60, 2))
    fit, icc = stats.retest_reliability(*x.T), stats.icc_anova(x)
    assert fit.sem_consistency == pytest.approx(np.sqrt(icc.ms_error))
    assert fit.sem_agreement == pytest.approx(np.sqrt(icc.ms_within))
    limits = stats.bland_altman(*x.T)
    assert limits.bias == fit.change
    assert limits.lower_high - limits.lower == pytest.approx(limits.upper - limits.upper_low)
    wider = stats.bland_altman(*x.T, limits=0.99)
    assert wider.upper > limits.upper


def test_retest_in_stacks_and_with_gaps():
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, 5, 30)).round(1)
    first[0, :4] = nan
    stack = stats.retest_reliability(first, second)
    limits = stats.bland_altman(first, second)
    for b in range(5):
        one = stats.retest_reliability(first[b], second[b])
        for name, value in fields(stack).items():
            same(value[b], getattr(one, name))
        same(limits.upper_high[b], stats.bland_altman(first[b], second[b]).upper_high)
    assert stack.n.tolist() == [26, 30, 30, 30, 30]
    gone = stats.retest_reliability(first[0, 4:], second[0, 4:])
    assert gone.r == pytest.approx(stack.r[0], abs=1e-14)


@pytest.mark.parametrize(
    ("first", "second"),
    [([], []), ([1.0], [2.0]), ([nan, 1], [1, nan]), ([1, 1, 1], [2, 2, 2]),
     ([np.inf, 1, 2], [1, 2, np.inf])],
)  # fmt: skip
def test_retest_has_no_answer(first, second):
    fit = stats.retest_reliability(first, second)
    assert np.isnan([fit.r, fit.r_low, fit.t, fit.p, fit.sem, fit.mdc]).all()
    limits = stats.bland_altman(first, second)
    assert not np.isinf([limits.lower, limits.upper]).any()
    change = stats.reliable_change(first, second, reliability=0.8)
    assert not np.isinf(change.rci).any()
    with pytest.raises(ValueError, match="single number"):
        stats.retest_reliability(1.0, 2.0)
    with pytest.raises(ValueError, match="single number"):
        stats.reliable_change(1.0, 2.0, reliability=0.8)


def test_reliable_change_counts():
    first, second = [30.0, 30, 30, 30, nan], [15.0, 45, 31, nan, 30]
    fit = stats.reliable_change(first, second, reliability=0.84, sd=10.0)
    assert fit.standard_error == pytest.approx(10 * np.sqrt(2) * 0.4)
    assert (fit.increased, fit.decreased, fit.unchanged) == (1, 1, 1)
    assert np.isnan(fit.rci).tolist() == [False, False, False, True, True]
    perfect = stats.reliable_change(first, second, reliability=1.0, sd=10.0)
    assert np.isnan(perfect.rci).all()
    both = stats.reliable_change([first, first], second, reliability=[0.84, 0.5], sd=[10.0, 5])
    assert both.threshold.shape == (2,)
    assert both.rci[0].tolist()[:3] == fit.rci.tolist()[:3]


# ---------------------------------------------------------------- items


def test_omega_if_dropped_is_omega_of_the_others(likert):
    cov = stats.pairwise_moments(likert).cov
    got = stats.omega_if_dropped(np.stack([cov, cov[::-1, ::-1]]))
    for j in range(6):
        rest = np.delete(np.delete(cov, j, 0), j, 1)
        assert got[0, j] == pytest.approx(
            float(stats.omega_total(rest, denominator="observed").omega)
        )
    np.testing.assert_allclose(got[1], got[0][::-1], atol=1e-9)
    assert np.isnan(stats.omega_if_dropped(cov[:3, :3])).all()


def test_item_total_contains_the_item(likert):
    x = likert[~np.isnan(likert).any(axis=1)]
    cov = stats.pairwise_moments(x).cov
    by_hand = [np.corrcoef(x[:, j], x.sum(axis=1))[0, 1] for j in range(6)]
    np.testing.assert_allclose(stats.item_total_r(cov), by_hand, atol=1e-13)
    cor = stats.correlation_from(cov)
    np.testing.assert_allclose(
        stats.corrected_item_total_r(cov), stats.corrected_item_total_r(cor), atol=1e-13
    )
    smc = stats.squared_multiple_r(cor)
    fit = np.linalg.lstsq(np.c_[np.ones(len(x)), x[:, 1:]], x[:, 0], rcond=None)
    assert smc[0] == pytest.approx(1 - float(fit[1][0]) / (len(x) * x[:, 0].var()))


@pytest.mark.parametrize(
    "cov", [np.zeros((0, 0)), [[2.0]], np.zeros((3, 3)), np.ones((3, 3)), np.full((2, 2), nan),
            [[1.0, -1.0], [-1.0, 1.0]]],
)  # fmt: skip
def test_items_have_no_answer(cov):
    for verb in (stats.item_total_r, stats.corrected_item_total_r, stats.omega_if_dropped):
        assert not np.isinf(verb(cov)).any()
    assert np.isnan(stats.corrected_item_total_r(cov)).all()


def test_biserial_estimates_the_correlation_with_ability():
    rng = np.random.default_rng(7)
    ability = rng.normal(size=200_000)
    answer = (0.6 * ability + 0.8 * rng.normal(size=200_000) > 0.7).astype(float)
    r = np.corrcoef(ability, answer)[0, 1]
    assert stats.biserial_from_point(r, answer.mean()) == pytest.approx(0.6, abs=0.01)
    assert np.isnan(stats.biserial_from_point([0.2, 0.3, nan], [0.0, 1.0, 0.5])).all()


def test_discrimination_by_hand_and_ties():
    x = np.array([[0, 1], [0, 1], [0, nan], [1, 1], [1, 1], [1, 0]], dtype=float)
    score = np.array([0, 1, 2, 3, 4, 5.0])
    assert stats.discrimination(x, score).tolist() == [1.0, -0.5]
    assert np.isnan(stats.discrimination(x, np.ones(6))).all()
    assert np.isnan(stats.discrimination(x, np.full(6, nan))).all()
    assert stats.discrimination(np.zeros((0, 2)), np.zeros(0)).shape == (2,)
    tied = stats.discrimination(x, np.array([0, 0, 0, 1, 1, 1.0]))
    assert tied[0] == 1
    stack = stats.discrimination(np.stack([x, x]), np.stack([score, score]))
    assert stack.tolist() == [[1.0, -0.5]] * 2


def test_choices_by_group_count_everyone_once():
    rng = np.random.default_rng(3)
    choices = rng.integers(1, 5, size=(50, 4)).astype(float)
    choices[rng.random(choices.shape) < 0.1] = nan
    score = rng.integers(0, 8, size=50).astype(float)
    score[:3] = nan
    got = stats.choices_by_group(choices, score, [1, 2, 3, 4])
    assert got.shape == (4, 3, 4)
    assert got.sum(axis=(1, 2)).tolist() == (~np.isnan(choices[3:])).sum(axis=0).tolist()
    groups = got.sum(axis=2)
    assert (groups > 0).all()
    assert stats.choices_by_group(choices, np.full(50, nan), [1, 2]).sum() == 0
