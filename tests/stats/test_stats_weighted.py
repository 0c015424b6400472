"""Weighted moments: whole weights are repeated rows, scale and order leave no trace, edges."""

import numpy as np
import pytest

from detachment.stats.correlation import pearson, spearman
from detachment.stats.moments import pairwise_moments
from detachment.stats.weighted import (
    kish_effective_n,
    weighted_moments,
    weighted_pearson,
    weighted_spearman,
)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(90, 1)) + rng.normal(size=(90, 4))
    x[rng.random(x.shape) < 0.1] = np.nan
    return x, rng.integers(1, 4, size=90).astype(float)


def test_whole_weights_are_repeated_rows(data):
    x, w = data
    again = np.repeat(x, w.astype(int), axis=0)
    r, n, _ = weighted_pearson(x[:, :2], x[:, 2:], w)
    np.testing.assert_allclose(r, pearson(again[:, :2], again[:, 2:])[0], atol=1e-13)
    assert n[0, 0] == (~np.isnan(x[:, [0, 2]])).all(axis=1).sum()
    ml = weighted_moments(x, w, divisor="ml")
    many = pairwise_moments(again)
    np.testing.assert_allclose(ml.cov, many.cov * (many.n - 1) / many.n, atol=1e-13)
    np.testing.assert_allclose(ml.mean, np.nanmean(again, axis=0))
    np.testing.assert_allclose(ml.sum_of_weights, many.n)


def test_equal_weights_are_none(data):
    x, _ = data
    moments = pairwise_moments(x)
    for divisor in ("unbiased", "rows"):
        found = weighted_moments(x, np.full(90, 0.3), divisor=divisor)
        np.testing.assert_allclose(found.cov, moments.cov, rtol=1e-12)
        np.testing.assert_allclose(found.effective_n, found.n)
    np.testing.assert_allclose(
        weighted_spearman(x[:, :2], x[:, 2:], np.ones(90))[0], spearman(x[:, :2], x[:, 2:])[0]
    )


def test_scale_of_weights_and_order_of_rows_leave_no_trace(data):
    x, w = data
    order = np.random.default_rng(3).permutation(90)
    for f in (weighted_pearson, weighted_spearman):
        whole = f(x[:, :2], x[:, 2:], w)
        again = f(x[order, :2], x[order, 2:], w[order])
        for one, other in zip(whole, again, strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(f(x[:, :2], x[:, 2:], 7 * w)[0], whole[0], rtol=1e-12)
        np.testing.assert_allclose(f(5 - x[:, :2], x[:, 2:], w)[0], -whole[0], rtol=1e-9)


def test_rows_without_a_positive_weight_are_left_out(data):
    x, w = data
    none = w.copy()
    none[:20], none[20:30], none[30:40] = np.nan, 0, -1
    for f in (weighted_pearson, weighted_spearman):
        got, expected = f(x, x, none), f(x[40:], x[40:], w[40:])
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_array_equal(one, other)
    assert kish_effective_n(none) == kish_effective_n(w[40:])


def test_what_cannot_be_given():
    x = np.array([[1.0, 2.3, np.nan], [2, 2.3, 1], [4, 2.3, np.nan]])
    r, n, _ = weighted_pearson(x, x, [1, 2, 0.5])
    assert np.isnan(r[1]).all()
    assert np.isnan(r[2]).all()
    assert n[2].tolist() == [1, 1, 1]
    found = weighted_moments(x, [1, 2, 0.5])
    assert np.isnan(found.cov[2, 2])
    assert found.cov[1, 1] == 0
    assert np.isnan(found.cor[1]).all()
    for f in (weighted_pearson, weighted_spearman):
        assert np.isnan(f(x, x, np.zeros(3))[0]).all()
        assert np.isnan(f(x[:0], x[:0], np.zeros(0))[0]).all()
    assert np.isnan(weighted_moments(x, np.zeros(3)).mean).all()
    assert kish_effective_n([]) == 0
    assert kish_effective_n([[1, 1], [2, np.nan]]).tolist() == [2, 1]


def test_wrong_shapes():
    x = np.ones((3, 2))
    with pytest.raises(ValueError, match="weights must have shape"):
        weighted_pearson(x, x, [1, 2])
    with pytest.raises(ValueError, match="expected answers"):
        weighted_spearman(x, x[:2], [1, 2, 3])
    with pytest.raises(ValueError, match="divisor"):
        weighted_moments(x, [1, 2, 3], divisor="n")
