"""Standard errors of correlations that take clusters whole, against the jackknife by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.stats import (
    clustered_polychoric_se,
    correlation_influence,
    kendall,
    pairwise_tables,
    pearson,
    polychoric_from_tables,
    polyserial,
    rank_bootstrap,
    robust_fisher_interval,
    spearman,
    z_interval,
    z_test_p,
)

COEFFICIENTS = {"pearson": pearson, "spearman": spearman, "kendall": kendall}


def dyads(n=120, seed=3, gaps=0.1):
    """Partners who answer alike: three items and two continuous scores."""
    rng = np.random.default_rng(seed)
    shared = np.repeat(rng.normal(size=(n // 2, 1)), 2, axis=0)
    x = np.clip(np.rint(3 + shared + rng.normal(size=(n, 3))), 1, 5)
    y = shared + rng.normal(size=(n, 2))
    x[rng.random(x.shape) < gaps] = np.nan
    return x, y, np.arange(n) // 2


def jackknife(x, y, clusters, of):
    names = np.unique(clusters)
    z = np.array([np.arctanh(of(x[clusters != g], y[clusters != g])[0]) for g in names])
    g = len(names)
    return np.sqrt((g - 1) / g * ((z - z.mean(axis=0)) ** 2).sum(axis=0))


@pytest.mark.parametrize("method", COEFFICIENTS)
def test_leaving_out_each_cluster_says_the_same(method):
    x, y, clusters = dyads(300)
    found = correlation_influence(x, y, method, clusters=clusters, keep=True)
    of = COEFFICIENTS[method]
    np.testing.assert_allclose(found.r, of(x, y)[0], atol=1e-12)
    # Pearson's is the jackknife, but for clusters without the pair; the others are its limit
    np.testing.assert_allclose(found.se, jackknife(x, y, clusters, of), rtol=0.02)
    np.testing.assert_allclose(found.se**2, (found.values**2).sum(axis=0))
    assert (found.units <= 150).all()


def test_pearson_is_the_robust_interval():
    x, y, clusters = dyads()
    for names in (None, clusters):
        found = correlation_influence(x, y, clusters=names)
        ends = z_interval(found.r, found.se, found.units - 1)
        expected = robust_fisher_interval(x.T[:, None], y.T[None], clusters=names)
        np.testing.assert_allclose(ends, expected, atol=1e-12)


@pytest.mark.parametrize("method", ["spearman", "kendall"])
def test_the_bootstrap_of_clusters_agrees(method):
    x, y, clusters = dyads(600)
    found = correlation_influence(x, y, method, clusters=clusters)
    boot = rank_bootstrap(x, y, method, clusters=clusters, n_boot=800)
    np.testing.assert_allclose(boot.estimate, found.r, atol=1e-12)
    spread = np.arctanh(boot.replicates).std(axis=0, ddof=1)
    np.testing.assert_allclose(found.se, spread, rtol=0.12)
    alone = correlation_influence(x, y, method)
    assert (found.se > 1.05 * alone.se).all()  # partners are alike in both


def test_replicates_are_what_each_resample_gives():
    x, y, clusters = dyads(40, gaps=0.15)
    for method in ("spearman", "kendall"):
        boot = rank_bootstrap(x, y, method, clusters=clusters, n_boot=7, jackknife=True)
        left_out = [
            COEFFICIENTS[method](x[clusters != g], y[clusters != g])[0] for g in np.unique(clusters)
        ]
        np.testing.assert_allclose(
            np.sort(boot.jackknife, axis=0), np.sort(left_out, axis=0), atol=1e-12
        )


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(COEFFICIENTS)))
def test_neither_order_nor_names_leave_a_trace(seed, method):
    x, y, clusters = dyads(24, seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(x))
    one = correlation_influence(x, y, method, clusters=clusters)
    two = correlation_influence(x[order], y[order], method, clusters=(100 - clusters)[order])
    np.testing.assert_array_equal(one.se, two.se)
    np.testing.assert_array_equal(one.r, two.r)
    if method != "pearson":
        b = rank_bootstrap(x, y, method, clusters=clusters, n_boot=5).replicates
        c = rank_bootstrap(x[order], y[order], method, clusters=clusters[order], n_boot=5)
        np.testing.assert_array_equal(b, c.replicates)


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(COEFFICIENTS)))
def test_a_batch_is_its_pairs_and_units_do_not_matter(seed, method):
    x, y, clusters = dyads(24, seed)
    whole = correlation_influence(x, y, method, clusters=clusters)
    for i in range(3):
        for j in range(2):
            one = correlation_influence(x[:, i], y[:, j], method, clusters=clusters)
            np.testing.assert_allclose(whole.se[i, j], one.se[0, 0], rtol=1e-10)
    moved = correlation_influence(10 - 2 * x, y, method, clusters=clusters)
    np.testing.assert_allclose(moved.r, -whole.r, atol=1e-12)
    np.testing.assert_allclose(moved.se, whole.se, rtol=1e-9)


def test_many_values_are_counted_as_few_are(monkeypatch):
    rng = np.random.default_rng(4)
    x, y = rng.integers(0, 30, size=(2, 200))
    table = correlation_influence(x, y, "kendall", keep=True)
    monkeypatch.setattr("detachment.stats.clustered_correlation._CELLS", 0)
    sorted_ = correlation_influence(x, y, "kendall", keep=True)
    np.testing.assert_array_equal(table.values, sorted_.values)


@pytest.mark.parametrize("many", [0, 3, 200])
def test_pairs_of_many_values_are_counted_one_by_one(monkeypatch, many):
    monkeypatch.setattr("detachment.stats.clustered_correlation._CELLS", 0)
    rng = np.random.default_rng(many)
    x, e = rng.integers(0, many, (2, 90)) if many else rng.normal(size=(2, 90))
    y = x + e
    found = correlation_influence(x, y, "kendall", keep=True)
    sign_x, sign_y = (np.sign(v[:, None] - v) for v in (x, y))
    own = (sign_x * sign_y).mean(axis=1)
    of_x, of_y = ((side**2).mean(axis=1) for side in (sign_x, sign_y))
    scale = np.sqrt(of_x.mean() * of_y.mean())
    tau = own.mean() / scale
    assert found.r[0, 0] == pytest.approx(tau)
    # each respondent moves the mean of the scores, and both shares of untied pairs
    moved = 2 * (own - own.mean()) / scale
    moved -= tau * (of_x / of_x.mean() + of_y / of_y.mean() - 2)
    moved *= np.sqrt(90 / 89) / 90 / (1 - tau**2)
    np.testing.assert_allclose(found.values[:, 0, 0], moved, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", COEFFICIENTS)
def test_what_cannot_be_told(method):
    x = np.array([[1.0, 1, 1], [2, 1, 2], [3, 1, 3], [4, 1, np.nan], [5, 1, np.nan]])
    y = np.array([1.0, 2, 3, 4, 5])
    found = correlation_influence(x, y, method)
    assert np.isnan(found.se).all()  # perfect, constant, three rows
    assert np.isnan(found.r[1, 0])
    three = correlation_influence(x, y[::-1] ** 2, method, clusters=[1, 1, 2, 2, 3])
    assert np.isnan(three.se).all()  # three clusters
    empty = correlation_influence(np.empty((0, 2)), np.empty((0, 1)), method)
    assert empty.r.shape == (2, 1)
    with pytest.raises(ValueError, match="clusters"):
        correlation_influence(x, y, method, clusters=[1, 2])


def test_interval_and_p_agree():
    rng = np.random.default_rng(6)
    r, se, df = rng.uniform(-0.3, 0.3, 200), rng.uniform(0.05, 0.2, 200), rng.integers(3, 50, 200)
    low, high = z_interval(r, se, df)
    np.testing.assert_array_equal(z_test_p(r, se, df) < 0.05, (low > 0) | (high < 0))
    assert np.isnan(z_interval(1.0, 0.1, 10)).all()


def test_polychoric_standard_errors_of_clusters():
    rng = np.random.default_rng(1)
    latent = np.repeat(rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=300), 2, axis=0)
    x = np.digitize(latent, [-1, 0, 0.8]).astype(float)
    fit = polychoric_from_tables(pairwise_tables(x))
    alone = clustered_polychoric_se(x, [0], [1], fit.r[0, 1], np.arange(600))
    np.testing.assert_allclose(alone, fit.se[0, 1], rtol=2e-3)
    twins = clustered_polychoric_se(x, [0], [1], fit.r[0, 1], np.arange(600) // 2)
    np.testing.assert_allclose(twins, np.sqrt(2) * fit.se[0, 1], rtol=3e-3)
    score = polyserial(latent[:, 0], x[:, 1])
    of_twins = polyserial(latent[:, 0], x[:, 1], clusters=np.arange(600) // 2)
    assert of_twins.r == score.r
    np.testing.assert_allclose(of_twins.se, np.sqrt(2) * score.se, rtol=3e-3)
    assert np.isnan(clustered_polychoric_se(x, [0], [1], 1.0, np.arange(600)))
    with pytest.raises(ValueError, match="two_step"):
        polyserial(latent[:, 0], x[:, 1], method="ml", clusters=np.arange(600))
