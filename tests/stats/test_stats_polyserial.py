"""Polyserial and biserial correlations: invariances, limits, and errors that are true."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment import stats

METHODS = ("two_step", "ml", "ad_hoc")


def pairs(r=0.6, n=150, replicates=1, seed=9, cuts=(-0.7, 0.4, 1.3), missing=0.0):
    rng = np.random.Generator(np.random.Philox(seed))
    x = rng.normal(size=(replicates, n))
    y = np.digitize(r * x + np.sqrt(1 - r * r) * rng.normal(size=x.shape), cuts).astype(float)
    for part in (x, y):
        part[rng.random(part.shape) < missing] = np.nan
    return x, y


@given(st.integers(0, 2**32 - 1), st.sampled_from(METHODS), st.floats(0.1, 9), st.floats(-5, 5))
def test_scale_direction_and_order_do_not_matter(seed, method, by, to):
    x, y = pairs(n=40, seed=seed, missing=0.1)
    one = stats.polyserial(x[0], y[0], method=method)
    order = np.random.Generator(np.random.Philox(seed)).permutation(40)
    again = stats.polyserial(x[0][order], y[0][order], method=method)
    np.testing.assert_array_equal(again.r, one.r)
    np.testing.assert_array_equal(again.se, one.se)
    other = stats.polyserial(by * x[0] + to, -y[0], method=method)
    np.testing.assert_allclose(other.r, -one.r, rtol=0, atol=1e-6)
    if not one.perfect:
        np.testing.assert_allclose(other.se, one.se, rtol=1e-4)
    np.testing.assert_allclose(-other.thresholds[::-1], one.thresholds, atol=1e-6)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("r", [0.2, 0.7])
@pytest.mark.parametrize("method", ["two_step", "ml"])
def test_standard_errors_are_what_samples_show(method, r, missing):
    fit = stats.polyserial(*pairs(r, 150, 1500, missing=missing), method=method)
    assert fit.converged.all()
    assert fit.r.mean() == pytest.approx(r, abs=0.01)
    assert fit.se.mean() == pytest.approx(fit.r.std(), rel=0.07)


def test_a_stack_is_its_pairs_one_by_one():
    x, y = pairs(replicates=6, n=60, missing=0.1)
    for method in METHODS:
        crossed = stats.polyserial(x[:, None], y[None], method=method)
        assert crossed.r.shape == (6, 6)
        assert crossed.thresholds.shape == (6, 6, 3)
        one = stats.polyserial(x[2], y[4], method=method)
        np.testing.assert_allclose(one.r, crossed.r[2, 4], atol=1e-12)
        np.testing.assert_allclose(one.se, crossed.se[2, 4], rtol=1e-9)


def test_a_fine_score_is_the_limit_of_categories():
    x, y = pairs(n=4000, cuts=(-0.5, 0.5))
    places = np.digitize(x[0], np.linspace(-2.5, 2.5, 31))
    table = stats.pairwise_tables(np.column_stack([places, y[0]])).counts[0, 1]
    assert stats.polyserial(x[0], y[0]).r == pytest.approx(stats.polychoric(table).r, abs=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_limits_and_nothing(method):
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    apart = stats.polyserial(x, [0, 0, 0, 1, 1, 1], method=method)
    assert apart.perfect
    assert apart.r == 1
    assert np.isnan(apart.se)
    for a, b in ((x, np.zeros(6)), (np.ones(6), [0, 1] * 3), (x, np.full(6, np.nan))):
        nothing = stats.polyserial(a, b, method=method)
        assert np.isnan(nothing.r)
        assert not nothing.converged
        assert not nothing.perfect


def test_biserial_and_point_biserial():
    x, y = pairs(cuts=(0.3,), missing=0.1)
    both = ~np.isnan(x[0] + y[0])
    r = np.corrcoef(x[0][both], y[0][both])[0, 1]
    assert stats.point_biserial(x[0], y[0]) == pytest.approx(r)
    assert abs(stats.biserial(x[0], y[0])) > abs(r)
    assert stats.biserial(x[0], 3 - 2 * y[0]) == pytest.approx(-stats.biserial(x[0], y[0]))
    three = np.digitize(x[0], [-1, 1])
    for kernel in (stats.biserial, stats.point_biserial):
        assert np.isnan(kernel(x[0], three))
        assert np.isnan(kernel(x[0], np.ones(150)))
        assert np.isnan(kernel(np.ones(150), y[0]))
        assert kernel(x, np.stack([y[0], three.astype(float)])).shape == (2,)


def test_unknown_method():
    with pytest.raises(ValueError, match="two_step, ml, ad_hoc"):
        stats.polyserial([1, 2], [1, 2], method="mle")
