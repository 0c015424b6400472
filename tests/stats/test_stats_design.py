"""Design-based estimates: known formulas, domains, clusters as one, order of rows, edges."""

import numpy as np
import pytest

from detachment.stats.correlation import pearson
from detachment.stats.design import (
    design_correlations,
    design_covariance,
    design_delta_method,
    design_means,
    design_regression,
    design_share_interval,
    design_t_test,
)
from detachment.stats.intervals import delta_method
from detachment.stats.reliability import alpha
from detachment.stats.robust_correlation import fisher_z_spread
from detachment.stats.sampling_design import LONELY_RULES, survey_design


@pytest.fixture(scope="module")
def sample():
    """Answers of 300 people in 40 clusters of 4 strata, some missing, with weights."""
    rng = np.random.default_rng(11)
    cluster = np.sort(rng.integers(0, 40, size=300))
    x = rng.normal(size=(40, 1))[cluster] + rng.normal(size=(300, 4))
    x[rng.random(x.shape) < 0.05] = np.nan
    parts = {"strata": cluster // 10, "clusters": cluster}
    return x, rng.uniform(0.5, 3, size=300), parts


def test_equal_chances_give_the_textbook_s_errors():
    x = np.random.default_rng(1).normal(size=(50, 2))
    found = design_means(x, survey_design(np.ones(50)))
    np.testing.assert_allclose(found.se, x.std(axis=0, ddof=1) / np.sqrt(50))
    np.testing.assert_allclose(found.deff_replace, 1)
    assert (found.df == 49).all()
    assert np.isnan(found.deff).all()  # a population of 50 has no more to say
    finite = design_means(x, survey_design(np.full(50, 4.0), population=np.full(50, 200)))
    np.testing.assert_allclose(finite.se, found.se * np.sqrt(0.75))
    np.testing.assert_allclose(finite.deff, 1)
    share = design_means(x, survey_design(np.full(50, 4.0), population=np.full(50, 0.25)))
    np.testing.assert_allclose(share.se, finite.se)
    everybody = design_means(x, survey_design(np.ones(50), population=np.full(50, 50)))
    assert (everybody.se == 0).all()


def test_strata_take_what_is_between_them_out():
    rng = np.random.default_rng(2)
    strata = np.repeat([0, 1, 2], 30)
    x = 5.0 * strata + rng.normal(size=90)
    found = design_means(x, survey_design(np.ones(90), strata=strata))
    within = np.mean([x[strata == k].var(ddof=1) for k in range(3)])
    assert found.se[0] == pytest.approx(np.sqrt(within / 90))
    assert found.df[0] == 87
    assert found.deff_replace[0] < 0.2


def test_clusters_of_copies_are_as_good_as_one():
    x = np.random.default_rng(3).normal(size=(40, 2))
    alone = design_correlations(x[:, 0], x[:, 1], survey_design(np.ones(40)))
    three = np.repeat(x, 3, axis=0)
    copied = design_correlations(
        three[:, 0], three[:, 1], survey_design(np.ones(120), clusters=np.repeat(np.arange(40), 3))
    )
    for name in ("r", "se", "low", "high", "p", "df"):
        np.testing.assert_allclose(getattr(copied, name), getattr(alone, name))
    assert copied.n[0, 0] == 120


def test_without_a_design_they_are_the_known_ones():
    rng = np.random.default_rng(4)
    x = rng.exponential(size=(400, 3))
    y = x[:, :2] + rng.exponential(size=(400, 2))
    x[rng.random(x.shape) < 0.1] = np.nan
    found = design_correlations(x, y, survey_design(np.ones(400)))
    r, n = pearson(x, y)
    np.testing.assert_allclose(found.r, r)
    np.testing.assert_array_equal(found.n, n)
    on_z = found.se / (1 - r**2)
    np.testing.assert_allclose(on_z, fisher_z_spread(x, y) / np.sqrt(n), rtol=0.01)
    ours = design_delta_method(y, alpha, survey_design(np.ones(400)))
    known = delta_method(y, alpha)
    assert ours.estimate == pytest.approx(known.estimate)
    assert ours.se == pytest.approx(known.standard_error, rel=0.005)


def test_order_of_rows_scale_of_weights_and_names_leave_no_trace(sample):
    x, w, parts = sample
    order = np.random.default_rng(5).permutation(300)
    for used in ({}, {"strata": parts["strata"]}, {"clusters": parts["clusters"]}, parts):
        moved = {name: part[order] for name, part in used.items()}
        one, other = survey_design(w, **used), survey_design(w[order], **moved)
        many = survey_design(8 * w, **used)
        for f in (
            lambda d, x: design_means(x, d),
            lambda d, x: design_covariance(x, d),
            lambda d, x: design_correlations(x[:, :2], x[:, 2:], d),
            lambda d, x: design_delta_method(x, alpha, d),
            lambda d, x: design_regression(x[:, 0], x[:, 1:], d),
        ):
            whole, again, scaled = f(one, x), f(other, x[order]), f(many, x)
            for name in ("mean", "se", "cov", "r", "t", "estimate", "coef", "p", "n", "df", "cor"):
                if hasattr(whole, name):
                    value = getattr(whole, name)
                    np.testing.assert_array_equal(value, getattr(again, name))
                    np.testing.assert_allclose(value, getattr(scaled, name), rtol=1e-10)


def test_rows_of_no_domain_are_as_rows_without_answers(sample):
    x, w, parts = sample
    design = survey_design(w, **parts)
    within = np.arange(300) % 3 == 0
    found = design_means(x, design, domain=within)
    emptied = design_means(np.where(within[:, None], x, np.nan), design)
    np.testing.assert_array_equal(found.se, emptied.se)
    apart = design_means(
        x[within], survey_design(w[within], **{k: v[within] for k, v in parts.items()})
    )
    np.testing.assert_array_equal(found.mean, apart.mean)
    unweighted = np.where(within, w, 0)
    np.testing.assert_allclose(design_means(x, survey_design(unweighted, **parts)).se, found.se)


def test_difference_of_groups_is_the_slope_and_is_that_of_the_domains(sample):
    x, w, parts = sample
    design = survey_design(w, **parts)
    second = (np.arange(300) % 2).astype(float)
    second[:9] = np.nan
    test = design_t_test(x[:, 0], second, design)
    assert test.difference == pytest.approx(test.mean[1] - test.mean[0])
    assert test.low < test.difference < test.high
    assert test.n.sum() == (~np.isnan(x[9:, 0])).sum()
    turned = design_t_test(x[:, 0], 1 - second, design)
    assert turned.t == pytest.approx(-test.t)


def test_regression_is_weighted_least_squares(sample):
    x, w, parts = sample
    fit = design_regression(x[:, 0], x[:, 1:], survey_design(w, **parts))
    complete = ~np.isnan(x).any(axis=1)
    z = np.column_stack([np.ones(complete.sum()), x[complete, 1:]]) * np.sqrt(w[complete])[:, None]
    y = x[complete, 0] * np.sqrt(w[complete])
    coef, rest, *_ = np.linalg.lstsq(z, y)
    np.testing.assert_allclose(fit.coef, coef)
    off = x[complete, 0] - np.average(x[complete, 0], weights=w[complete])
    assert fit.r2 == pytest.approx(1 - rest[0] / np.sum(w[complete] * off**2))
    assert fit.n == complete.sum()
    moved = design_regression(x[:, 0] + 1e5, 1e5 + x[:, 1:] * 1e3, survey_design(w, **parts))
    np.testing.assert_allclose(moved.t[1:], fit.t[1:], rtol=1e-7)


def test_lonely_strata_are_counted_and_treated_as_said():
    x = np.array([1.0, 2, 4, 4, 9, 8])
    parts = {"strata": [1, 1, 1, 1, 2, 2], "clusters": [1, 1, 2, 2, 3, 3]}
    se = {}
    for rule in LONELY_RULES:
        design = survey_design(np.ones(6), lonely=rule, **parts)
        assert design.lonely_strata == 1
        assert design.df == 1
        se[rule] = design_means(x, design).se[0]
    assert se["remove"] < se["average"] < se["adjust"]
    assert se["average"] == pytest.approx(np.sqrt(2) * se["remove"])
    certain = survey_design(np.ones(6), population=[9, 9, 9, 9, 1, 1], lonely="average", **parts)
    assert certain.lonely_strata == 0
    assert survey_design([1, 1], clusters=["a", "a"]).df == 0


def test_what_cannot_be_given():
    nothing = survey_design([])
    assert np.isnan(design_means(np.empty((0, 2)), nothing).se).all()
    assert design_means(np.empty((0, 2)), nothing).mean.shape == (2,)
    one = survey_design(np.ones(4), clusters=[1, 1, 1, 1])
    x = np.array([[1.0, 2, 2.3], [2, 1, 2.3], [3, 4, 2.3], [5, 4, np.nan]])
    found = design_means(x, one)
    assert np.isfinite(found.mean).all()
    assert np.isnan(found.se).all()
    assert np.isnan(design_regression(x[:, 0], x[:, 1], one).se).all()
    plain = survey_design(np.ones(4))
    constant = design_correlations(x, x, plain)
    assert np.isnan(constant.r[2]).all()
    assert np.isnan(constant.p[0, 0])  # of 1
    assert design_covariance(x, plain).cov[2, 2] == 0
    for predictors in (x[:, [1, 2]], x[:, [1, 1]], np.column_stack([x[:, :2], x[:, :2] ** 2])):
        fit = design_regression(x[:, 0], predictors, plain)
        assert np.isnan(fit.coef).all()
    assert np.isnan(design_t_test(x[:, 0], np.zeros(4), plain).p)
    assert np.isnan(design_means(x, survey_design(np.zeros(4))).mean).all()
    assert np.isnan(design_means(np.full((4, 1), np.nan), plain).se).all()
    assert np.isnan(design_delta_method(np.ones((4, 3)), alpha, plain).se)
    assert np.isnan(design_share_interval([0.0, 1.0], 0.0, 10)[0]).all()


def test_wrong_arguments():
    with pytest.raises(ValueError, match="lonely"):
        survey_design([1, 1], lonely="certainty")
    with pytest.raises(ValueError, match="one shape"):
        survey_design([1, 1], strata=[1])
    with pytest.raises(ValueError, match="one size of its population"):
        survey_design([1, 1], population=[20, 30])
    with pytest.raises(ValueError, match="more clusters in the sample"):
        survey_design([1, 1, 1], population=[2, 2, 2])
    design = survey_design(np.ones(3))
    with pytest.raises(ValueError, match="expected answers of 3 rows"):
        design_means(np.ones(4), design)
    with pytest.raises(ValueError, match="domain"):
        design_means(np.ones(3), design, domain=[True])
    with pytest.raises(ValueError, match="expected answers"):
        design_correlations(np.ones(3), np.ones(4), design)
    with pytest.raises(ValueError, match="expected an outcome"):
        design_regression(np.ones((3, 2)), np.ones(3), design)
    with pytest.raises(ValueError, match="the group of each row"):
        design_t_test(np.ones(3), np.ones((3, 1)), design)
    with pytest.raises(ValueError, match="method"):
        design_share_interval(0.2, 0.1, 9, method="beta")
