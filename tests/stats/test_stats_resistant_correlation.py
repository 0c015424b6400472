"""Resistant correlations against loops written from their definitions, resamples, and edges."""

import numpy as np
import pytest

from detachment.stats._draws import draw_counts
from detachment.stats.correlation import pearson
from detachment.stats.resistant_correlation import (
    biweight_midcorrelation,
    percentage_bend,
    resistant_bootstrap,
)


def bend_of(x, y, beta):
    """Wilcox's recipe for one pair without gaps."""

    def side(v):
        off = v - np.median(v)
        width = np.sort(np.abs(off))[int(np.floor((1 - beta) * len(v) + 0.5)) - 1]
        low, high = off < -width, off > width
        inside = v[~low & ~high]
        centre = (inside.sum() + width * (high.sum() - low.sum())) / len(inside)
        return np.clip((v - centre) / width, -1, 1)

    a, b = side(x), side(y)
    return np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))


def biweight_of(x, y):
    def side(v):
        off = v - np.median(v)
        mad = np.median(np.abs(off))
        if mad == 0:
            return v - v.mean()
        u = off / (9 * mad)
        return off * (1 - u**2) ** 2 * (np.abs(u) < 1)

    a, b = side(x), side(y)
    return np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))


def variables(kind, n, rng):
    trait = rng.normal(size=(n, 1))
    x = trait + rng.standard_t(2, size=(n, 3))
    y = -trait + rng.standard_t(2, size=(n, 2))
    if kind == "items":
        x, y = (np.clip(np.rint(3 + part), 1, 5) for part in (x, y))
    if kind == "gaps":
        x[rng.random(x.shape) < 0.2] = np.nan
        y = np.clip(np.rint(3 + y), 1, 5)
    return x, y


@pytest.mark.parametrize("kind", ["items", "continuous", "gaps"])
@pytest.mark.parametrize("n", [12, 31, 400])
def test_every_pair_is_what_the_definition_says(kind, n):
    x, y = variables(kind, n, np.random.default_rng(n))
    bend, count = percentage_bend(x, y, beta=0.1)
    biweight = biweight_midcorrelation(x, y)
    for i in range(3):
        for j in range(2):
            both = ~np.isnan(x[:, i]) & ~np.isnan(y[:, j])
            a, b = x[both, i], y[both, j]
            assert count[i, j] == biweight.n[i, j] == both.sum()
            assert bend[i, j] == pytest.approx(bend_of(a, b, 0.1), abs=1e-13)
            assert biweight.r[i, j] == pytest.approx(biweight_of(a, b), abs=1e-13)
            mad = [np.median(np.abs(v - np.median(v))) for v in (a, b)]
            assert biweight.fallback[i, j] == (min(mad) == 0)


@pytest.mark.parametrize("kind", ["items", "continuous", "gaps"])
def test_counts_are_resamples(kind):
    rng = np.random.default_rng(5)
    x, y = variables(kind, 300, rng)
    rows = rng.integers(300, size=(4, 300))
    counts = np.array([np.bincount(row, minlength=300) for row in rows])
    bend, n = percentage_bend(x, y, counts=counts)
    biweight = biweight_midcorrelation(x, y, counts=counts)
    assert bend.shape == n.shape == biweight.fallback.shape == (4, 3, 2)
    for k, row in enumerate(rows):
        np.testing.assert_allclose(bend[k], percentage_bend(x[row], y[row])[0], atol=1e-13)
        alone = biweight_midcorrelation(x[row], y[row])
        np.testing.assert_allclose(biweight.r[k], alone.r, atol=1e-13)
        np.testing.assert_array_equal(biweight.n[k], alone.n)


@pytest.mark.parametrize("kind", ["items", "continuous", "gaps"])
def test_order_of_rows_and_origin_leave_no_trace(kind):
    rng = np.random.default_rng(6)
    x, y = variables(kind, 200, rng)
    order = rng.permutation(200)
    names = np.arange(200) // 2
    for method, r in (
        ("percentage_bend", lambda x, y: percentage_bend(x, y)[0]),
        ("biweight", lambda x, y: biweight_midcorrelation(x, y).r),
    ):
        np.testing.assert_array_equal(r(x[order], y[order]), r(x, y))
        np.testing.assert_allclose(r(4 - 3 * x, y + 100), -r(x, y), atol=1e-12)
        np.testing.assert_allclose(r(y, x), r(x, y).T, atol=1e-13)
        whole = resistant_bootstrap(x, y, method, clusters=names, n_boot=40, rng=2)
        again = resistant_bootstrap(
            x[order], y[order], method, clusters=-names[order], n_boot=40, rng=2
        )
        np.testing.assert_array_equal(whole.estimate, r(x, y))
        np.testing.assert_array_equal(whole.replicates, again.replicates)
        np.testing.assert_allclose(
            np.sort(whole.jackknife, axis=0), np.sort(again.jackknife, axis=0), atol=1e-13
        )


def test_bootstrap_draws_whole_clusters_and_leaves_them_out():
    rng = np.random.default_rng(7)
    x, y = (part.astype(float) for part in variables("items", 90, rng))
    result = resistant_bootstrap(x, y, "percentage_bend", n_boot=64, rng=3)
    assert result.replicates.shape == (64, 3, 2)
    assert result.clusters == len(result.jackknife) == 90
    times = next(draw_counts(90, 64, 3, 64))[1]
    assert (times.sum(axis=1) == 90).all()
    names = np.arange(90) // 3
    grouped = resistant_bootstrap(x, y, "biweight", clusters=names, n_boot=32)
    left = [biweight_midcorrelation(x[names != k], y[names != k]).r for k in range(30)]
    np.testing.assert_allclose(
        np.sort(grouped.jackknife, axis=0), np.sort(left, axis=0), atol=1e-13
    )
    assert resistant_bootstrap(x, y, "biweight", n_boot=2, jackknife=False).jackknife.size == 0


def test_an_outlier_does_not_matter_much():
    rng = np.random.default_rng(8)
    x = rng.normal(size=200)
    y = x + rng.normal(size=200)
    wild = np.append(x, 80.0), np.append(y, -80.0)
    assert pearson(*wild)[0][0, 0] < 0
    for r in (percentage_bend(*wild)[0], biweight_midcorrelation(*wild).r):
        assert r[0, 0] > 0.6


def test_square_and_what_cannot_be_given():
    x, _ = variables("items", 50, np.random.default_rng(9))
    r, n = percentage_bend(x)
    np.testing.assert_array_equal(np.diag(r), 1.0)
    np.testing.assert_allclose(r, r.T, atol=1e-15)
    edge = np.array([[1.0, 2, np.nan, 1], [2, 2, np.nan, 1], [3, 2, 1, 1], [4, 2, np.nan, 9]])
    r, n = percentage_bend(edge)
    assert np.isnan(r[1]).all()
    assert np.isnan(r[2]).all()
    assert n[0].tolist() == [4, 4, 1, 4]
    assert np.isnan(percentage_bend(np.repeat([[1.0], [2]], [90, 10], axis=0), np.arange(100))[0])
    found = biweight_midcorrelation(edge)
    assert np.isnan(found.r[:3, 1:3]).all()
    assert found.fallback[0, 3]
    assert not found.fallback[0, 0]
    assert percentage_bend(np.empty((0, 2)), np.empty((0, 3)))[0].shape == (2, 3)
    assert np.isnan(biweight_midcorrelation(np.full((5, 2), np.nan)).r).all()


def test_wrong_arguments():
    x = np.ones((4, 2))
    with pytest.raises(ValueError, match="expected answers"):
        percentage_bend(x, x[:2])
    with pytest.raises(ValueError, match="counts must have shape"):
        percentage_bend(x, x, counts=np.ones(4))
    with pytest.raises(ValueError, match="beta"):
        percentage_bend(x, x, beta=0.7)
    with pytest.raises(ValueError, match="method"):
        resistant_bootstrap(x, x, "kendall")
    with pytest.raises(ValueError, match="clusters must have shape"):
        resistant_bootstrap(x, x, "biweight", clusters=[1])
    with pytest.raises(ValueError, match="at least one row"):
        resistant_bootstrap(x[:0], x[:0], "biweight")
