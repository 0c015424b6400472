"""Shares, differences of groups and ROC curves: what must hold for any data."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from detachment import stats

SHARES = st.integers(0, 40).flatmap(lambda k: st.tuples(st.just(k), st.integers(max(k, 1), 60)))


@st.composite
def grouped(draw, groups=3):
    """Scores (some missing), groups, clusters of a few rows."""
    n = draw(st.integers(12, 40))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2)) if draw(st.booleans()) else rng.integers(1, 6, size=(n, 2)) * 1.0
    x[rng.random(size=x.shape) < 0.1] = np.nan
    return x, rng.integers(-1, groups, size=n), rng.integers(0, max(2, n // 2), size=n), rng


@given(SHARES, st.floats(0.5, 0.999))
def test_wilson_contains_the_share_and_stays_within_bounds(case, confidence):
    k, n = case
    low, high = stats.wilson_interval(k / n, n, confidence)
    assert 0 <= low <= k / n <= high <= 1
    wider = stats.wilson_interval(k / n, n, (1 + confidence) / 2)
    assert wider[0] <= low
    assert wider[1] >= high
    mirrored = stats.wilson_interval(1 - k / n, n, confidence)
    np.testing.assert_allclose([1 - mirrored[1], 1 - mirrored[0]], [low, high], atol=1e-12)


@given(SHARES, SHARES, st.floats(-0.9, 0.9))
def test_newcombe_turns_around_with_the_groups(one, two, r):
    (a, n), (b, m) = one, two
    d = stats.newcombe_interval(a / n, n, b / m, m, correlation=r)
    back = stats.newcombe_interval(b / m, m, a / n, n, correlation=r)
    np.testing.assert_allclose([d.low, d.high], [-back.high, -back.low], atol=1e-12)
    assert -1 <= d.low <= d.difference <= d.high <= 1
    np.testing.assert_equal(np.isnan(d.p), a + b in (0, n + m))


def test_alike_clusters_narrow_a_difference_and_apart_widen_it():
    width = [
        float(d.high - d.low)
        for d in (
            stats.newcombe_interval(0.4, 50, 0.3, 50, correlation=r) for r in (0.5, 0.0, -0.5)
        )
    ]
    assert width[0] < width[1] < width[2]


def test_effective_n():
    assert stats.effective_n_of_share(0.3, 0.3 * 0.7 / 50, 100, 1e9) == pytest.approx(50, rel=0.03)
    assert stats.effective_n_of_share(0.3, 0.3 * 0.7 / 500, 100, 1e9) == 100  # never more than n
    assert stats.effective_n_of_share(0.0, 0.0, 100, 49, floor=50) == 50
    assert np.isnan(stats.effective_n_of_share(np.nan, np.nan, 0, 10))
    assert np.isnan(stats.effective_n_of_share(0.4, np.nan, 30, 0, floor=1))  # a single cluster
    few = stats.effective_n_of_share(0.3, 0.3 * 0.7 / 50, 100, 4)
    assert few < 50 * 0.6  # five clusters know little


@given(grouped())
def test_the_order_of_rows_and_names_leaves_no_trace(case):
    x, code, clusters, rng = case
    order = rng.permutation(len(x))
    drawn = stats.survey_design(rng.uniform(1, 2, len(x)), clusters=clusters)
    turned = stats.survey_design(drawn.weights[order], clusters=clusters[order])
    for one, two in (
        ({}, {}),
        ({"clusters": clusters}, {"clusters": clusters[order]}),
        ({"design": drawn}, {"design": turned}),
    ):
        a = stats.group_means(x, code, 3, **one)
        b = stats.group_means(x[order], code[order], 3, **two)
        for name in ("n", "mean", "sd", "units", "df"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
        np.testing.assert_array_equal(a.covariance, b.covariance)
    yes = np.where(code < 0, np.nan, code == 0)
    for clustered in (False, True):
        a = stats.auc(x, yes, clusters=clusters if clustered else None)
        b = stats.auc(x[order], yes[order], clusters=clusters[order] if clustered else None)
        np.testing.assert_array_equal(a.auc, b.auc)
        np.testing.assert_array_equal(a.cov, b.cov)


@given(grouped(), st.floats(0.1, 10), st.floats(-5, 5))
def test_units_do_not_matter(case, scale, shift):
    x, code, clusters, _ = case
    a = stats.group_means(x, code, 3, clusters=clusters)
    b = stats.group_means(scale * x + shift, code, 3, clusters=clusters)
    one, two = (stats.mean_difference(m, [1, 2], [0, 0]) for m in (a, b))
    np.testing.assert_allclose(one.t, two.t, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(one.df, two.df, rtol=1e-8)
    for word in ("pooled", "average", "reference"):
        one, two = (
            stats.standardized_difference(m, [1, 2], [0, 0], standardizer=word) for m in (a, b)
        )
        np.testing.assert_allclose(one.g, two.g, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(one.low, two.low, rtol=1e-5, atol=1e-6)


@given(grouped())
def test_one_variable_is_as_many(case):
    x, code, clusters, _ = case
    both = stats.group_means(x, code, 3, clusters=clusters)
    for j in range(2):
        one = stats.group_means(x[:, j], code, 3, clusters=clusters)
        np.testing.assert_allclose(one.covariance[0], both.covariance[j], rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(one.mean[0], both.mean[j], rtol=1e-12)
        np.testing.assert_allclose(one.mean_df[0], both.mean_df[j], rtol=1e-8)


@given(grouped(groups=2))
def test_rows_as_clusters_are_independent_people(case):
    x, code, _, _ = case
    plain = stats.group_means(x, code, 2)
    single = stats.group_means(x, code, 2, clusters=np.arange(len(x)))
    np.testing.assert_allclose(plain.covariance, single.covariance, rtol=1e-12, atol=1e-15)
    yes = np.where(code < 0, np.nan, code)
    if np.nansum(yes[np.isfinite(x[:, 0])]) < 2:
        return
    a, b = stats.auc(x[:, 0], yes), stats.auc(x[:, 0], yes, clusters=np.arange(len(x)))
    np.testing.assert_allclose(a.cov, b.cov, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(a.df, np.minimum(a.df, b.df + 1e-9), rtol=1e-9)


@given(st.integers(0, 10_000))
def test_complete_pairs_are_the_paired_t_test(seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=15)
    b = 0.6 * a + rng.normal(size=15)
    means = stats.group_means(np.r_[a, b], np.repeat([0, 1], 15), 2, clusters=np.r_[0:15, 0:15])
    d = stats.mean_difference(means, [0], [1])
    expected = scipy.stats.ttest_rel(a, b)
    np.testing.assert_allclose([d.t[0, 0], d.p[0, 0]], [expected.statistic, expected.pvalue])
    assert d.df[0, 0] == pytest.approx(14)


@given(grouped(groups=2))
def test_superiority_and_ranks_say_the_same(case):
    x, code, _, _ = case
    column = np.where(code < 0, np.nan, x[:, 0])
    test = stats.mann_whitney(column, code)
    area = stats.auc(column, np.where(code < 0, np.nan, code))
    if area.n_positive and area.n_negative:
        pairs = area.n_positive * area.n_negative
        np.testing.assert_allclose(test.u[0], area.auc[0] * pairs, rtol=1e-12)
        other = stats.auc(-column, np.where(code < 0, np.nan, code))
        np.testing.assert_allclose(other.auc, 1 - area.auc, atol=1e-12)
        curve = stats.roc_curve(column, np.where(code < 0, np.nan, code))
        by_steps = np.trapezoid(curve.sensitivity, 1 - curve.specificity)
        np.testing.assert_allclose(by_steps, area.auc[0], atol=1e-12)


@given(grouped())
def test_shares_of_variance_lie_within_bounds(case):
    x, code, _, _ = case
    for test in (
        stats.anova(stats.group_means(x, code, 3)),
        stats.kruskal_wallis(x, code, 3),
    ):
        known = np.isfinite(test.share) & np.isfinite(test.low)
        assert ((test.share[known] >= 0) & (test.share[known] <= 1)).all()
        assert (test.low[known] >= 0).all()
        assert (test.low[known] <= test.high[known]).all()
        assert (test.high[known] <= 1).all()


@given(st.floats(-60, 60), st.floats(2, 5000), st.floats(0.5, 0.99))
def test_noncentral_t_has_the_tails_it_says(t, df, confidence):
    low, high = stats.noncentral_t_interval(t, df, confidence)
    tail = (1 - confidence) / 2
    np.testing.assert_allclose(scipy.stats.nct.sf(t, df, low), tail, atol=1e-6)
    np.testing.assert_allclose(scipy.stats.nct.cdf(t, df, high), tail, atol=1e-6)


@pytest.mark.parametrize("df", [5, 119, 1400])
def test_noncentral_t_moves_with_t_where_scipy_has_no_tail(df):
    t = np.arange(-20, 20, 0.01)
    nan = np.isnan(scipy.special.nctdtr(df, -6.5, t))
    assert nan.any()  # else this tests nothing: SciPy has learned to give 0 and 1
    low, high = stats.noncentral_t_interval(t, df)
    assert (np.diff(low) > 0).all()
    assert (np.diff(high) > 0).all()
    assert ((low < t) & (t < high)).all()


@given(st.floats(0, 80), st.integers(1, 9), st.floats(2, 3000))
def test_noncentral_f_has_the_tails_it_says(f, df1, df2):
    low, high = stats.noncentral_f_interval(f, df1, df2)
    assert 0 <= low <= high
    if high > 0:
        np.testing.assert_allclose(scipy.stats.ncf.cdf(f, df1, df2, high), 0.025, atol=1e-5)
    if low > 0:
        np.testing.assert_allclose(scipy.stats.ncf.sf(f, df1, df2, low), 0.025, atol=1e-5)


@pytest.mark.parametrize(
    "x",
    [
        np.full((6, 1), 2.0),  # constant
        np.full((6, 1), np.nan),  # nothing
        np.array([[1.0], [2], [3], [np.nan], [np.nan], [np.nan]]),  # an empty group
        np.array([[1.0], [2], [3], [4], [np.nan], [np.nan]]),  # one person
        np.empty((0, 1)),
    ],
)
def test_what_cannot_be_known_is_nan(x):
    code = np.array([0, 0, 0, 1, 1, 1])[: len(x)]
    clusters = np.array([0, 0, 1, 1, 2, 2])[: len(x)]
    for options in (
        {},
        {"clusters": clusters},
        {"design": stats.survey_design(np.ones(len(x)), clusters=clusters)},
    ):
        means = stats.group_means(x, code, 2, **options)
        d = stats.mean_difference(means, [1], [0])
        assert np.isnan(d.p).all()
        s = stats.standardized_difference(means, [1], [0])
        assert np.isnan(s.g).all()
        means.intervals()
        plain = stats.anova(means)
        assert np.isnan(plain.p).all() or np.isfinite(x).sum() == 4
        stats.equal_means(means, plain)
        stats.welch_anova(means)
    stats.kruskal_wallis(x, code, 2)
    assert np.isnan(stats.mann_whitney(x, code).p).all() or np.isfinite(x).sum() == 4
    area = stats.auc(x, code)
    assert np.isnan(area.se).all()
    area.interval(), area.t_interval(), area.t_test()
    stats.auc_difference(area, [0], [0])
    stats.roc_curve(x[:, 0], code).youden  # noqa: B018 - must not fail


def test_far_from_zero_is_not_constant():
    x, code = np.random.default_rng(1).normal(size=30), np.arange(30) % 3
    near, far = (stats.group_means(x + shift, code, 3) for shift in (0, 1e8))
    a, b = (stats.standardized_difference(m, [1], [0]).g for m in (near, far))
    np.testing.assert_allclose(a, b, rtol=1e-5)
    np.testing.assert_allclose(stats.anova(near).p, stats.anova(far).p, rtol=1e-5)


def test_groups_that_do_not_overlap_have_no_interval_of_their_area():
    area = stats.auc([1.0, 2, 3, 7, 8, 9], [0, 0, 0, 1, 1, 1])
    assert area.auc[0] == 1
    assert np.isnan(area.interval()[0]).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.group_means(np.ones((3, 1)), [0, 1], 2),
        lambda: stats.group_means(np.ones((3, 1)), [0, 1, 2], 2),
        lambda: stats.group_means(np.ones((3, 1)), [0, 1, 1], 2, clusters=[0, 1]),
        lambda: stats.group_means([1.0], [0], 1, design=stats.survey_design([1.0, 2])),
        lambda: stats.standardized_difference(
            stats.group_means([1.0, 2], [0, 1], 2), [1], [0], standardizer="control"
        ),
        lambda: stats.auc([1.0, 2], [0]),
        lambda: stats.auc([1.0, 2], [0, 1], clusters=[1]),
        lambda: stats.roc_curve([1.0, 2], [0]),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call):
    with pytest.raises(ValueError, match=r"shape|expected|number|standardizer|design"):
        call()
