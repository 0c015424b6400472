"""Two judgements of the same people, and truth and bias: what must hold, and what has no answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment.stats import (
    bland_altman,
    clustered_kappa,
    confusion,
    corrected_truth_bias,
    judgement_difference,
    kappa,
    retest_reliability,
    truth_bias,
)

nan = np.nan
two = st.integers(3, 12).flatmap(
    lambda g: arrays(np.float64, (2, 2 * g), elements=st.integers(1, 5).map(float))
)


def fields(fit):
    return {name: np.asarray(getattr(fit, name)) for name in type(fit).__slots__}


def same(one, other):
    for name, value in fields(one).items():
        np.testing.assert_array_equal(value, getattr(other, name), err_msg=name)


@given(two, st.randoms(use_true_random=False))
def test_order_of_people_and_names_of_dyads(x, random):
    dyad = np.arange(x.shape[1]) // 2
    order = list(range(x.shape[1]))
    random.shuffle(order)
    names = np.array([f"d{99 - k}" for k in dyad])
    same(judgement_difference(*x, dyad), judgement_difference(*x[:, order], names[order]))
    values = [1, 2, 3, 4, 5]
    assert np.array_equal(
        clustered_kappa(*x, dyad, values),
        clustered_kappa(*x[:, order], names[order], values),
        equal_nan=True,
    )
    bias = x[0].reshape(-1, 2)[:, ::-1].ravel()
    same(
        truth_bias(x[1], x[0], bias, dyad),
        truth_bias(x[1, order], x[0, order], bias[order], names[order]),
    )


@given(two)
def test_people_alone_are_a_paired_t_test(x):
    d = judgement_difference(*x, np.arange(x.shape[1]))
    t = retest_reliability(*x)
    limits = bland_altman(*x)
    for got, expected in (
        (d.difference, t.change), (d.low, t.change_low), (d.high, t.change_high),
        (d.p, t.p), (d.lower, limits.lower), (d.upper, limits.upper),
    ):  # fmt: skip
        np.testing.assert_allclose(got, expected, atol=1e-9)


@given(two)
def test_every_dyad_twice_is_one_dyad(x):
    """A copy of everybody in the same dyad brings no certainty."""
    n = x.shape[1]
    once = judgement_difference(*x, np.arange(n))
    twice = judgement_difference(*np.tile(x, 2), np.tile(np.arange(n), 2))
    np.testing.assert_allclose([once.se, once.low], [twice.se, twice.low], atol=1e-10)
    assert once.df == twice.df


def test_limits_cover_like_their_normal_theory():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 4000))
    d = judgement_difference(*x, np.arange(4000))
    b = bland_altman(*x)
    assert d.upper_high - d.upper_low == pytest.approx(float(b.upper_high - b.upper_low), rel=0.1)


def test_kappa_of_people_alone_has_its_large_sample_interval():
    rng = np.random.default_rng(2)
    truth = rng.integers(1, 6, size=3000)
    x, y = (np.clip(truth + rng.integers(-1, 2, size=3000), 1, 5) for _ in range(2))
    values = [1, 2, 3, 4, 5]
    estimate, low, high = clustered_kappa(x, y, np.arange(3000), values)
    k = kappa(confusion(x, y, values), weights="quadratic")
    assert estimate == pytest.approx(float(k.kappa), abs=1e-12)
    assert high - low == pytest.approx(float(k.high - k.low), rel=0.05)


def test_dependence_within_dyads_widens():
    rng = np.random.default_rng(3)
    shared = np.repeat(rng.normal(size=200), 2)
    first, second = np.zeros(400), shared + 0.2 * rng.normal(size=400)
    together = judgement_difference(first, second, np.arange(400) // 2)
    apart = judgement_difference(first, second, np.arange(400))
    assert together.se > 1.3 * apart.se


def test_truth_and_bias_are_found():
    rng = np.random.default_rng(5)
    truth, bias = rng.normal(size=(2, 20_000))
    judgement = 0.1 + truth.mean() + 0.6 * truth + 0.25 * bias + 0.5 * rng.normal(size=20_000)
    fit = truth_bias(judgement, truth, bias, np.arange(20_000) // 2)
    assert fit.estimate[0] == pytest.approx([0.1, 0.6, 0.25], abs=4 * fit.se.max())
    seen = [z + rng.normal(scale=0.7, size=20_000) for z in (truth, bias)]
    reliability = (1 / 1.49, 1 / 1.49)
    drawn = truth_bias(judgement, *seen, np.arange(20_000) // 2)
    boot = corrected_truth_bias(
        judgement, *seen, np.arange(20_000) // 2, reliability=reliability, n_boot=200
    )
    assert drawn.estimate[0, 1] == pytest.approx(0.6 / 1.49, abs=0.02)
    assert boot.estimate == pytest.approx([0.6, 0.25], abs=0.03)
    low, high = boot.percentile()
    assert (low < boot.estimate).all()
    assert (boot.estimate < high).all()


def test_a_group_apart_is_the_group_alone():
    rng = np.random.default_rng(6)
    truth, bias, judgement = rng.normal(size=(3, 80))
    dyad, role = np.arange(80) // 2, np.arange(80) % 2
    fit = truth_bias(judgement, truth, bias, dyad, groups=role)
    for k in (0, 1):
        alone = truth_bias(*(z[role == k] for z in (judgement, truth, bias)), dyad[role == k])
        np.testing.assert_allclose(fit.estimate[k], alone.estimate[0], atol=1e-12)
        np.testing.assert_allclose(fit.r2[k], alone.r2[0], atol=1e-12)
    np.testing.assert_allclose(fit.difference, fit.estimate[0] - fit.estimate[1])


def test_what_has_no_answer():
    one = np.arange(8.0)
    fit = truth_bias(one, one, one, np.arange(8))
    assert np.isnan(fit.estimate).all()  # truth and bias are one
    fit = truth_bias(one, np.ones(8), one, np.arange(8))
    assert np.isnan(fit.se).all()
    fit = truth_bias(one, one**2, np.sin(one), np.zeros(8))
    assert np.isnan(fit.se).all()  # one dyad
    assert np.isfinite(fit.estimate).all()
    fit = truth_bias([], [], [], [])
    assert np.isnan(fit.estimate).all()
    groups = np.repeat([0, 1], [6, 2])
    fit = truth_bias(np.cos(one), one**2, np.sin(one), np.arange(8), groups=groups)
    assert np.isfinite(fit.se[0]).all()
    assert np.isnan(fit.se[1]).all()
    for clusters in ([], np.zeros(0)):
        d = judgement_difference([], [], clusters)
        assert (d.n, d.clusters) == (0, 0)
        assert np.isnan([d.difference, d.se, d.p, d.lower]).all()
    d = judgement_difference([1, 2], [2, 4], [1, 1])
    assert d.difference == 1.5
    assert np.isnan([d.se, d.low, d.p, d.upper_low]).all()
    d = judgement_difference([1, 2, 3], [2, 3, 4], [1, 2, 3])
    assert (d.difference, d.se) == (1.0, 0.0)
    assert np.isnan(d.t)
    assert np.isnan(clustered_kappa([], [], [], [1, 2])).all()
    assert np.isnan(clustered_kappa([1, 1, 1], [1, 1, 1], [1, 2, 3], [1, 2])).all()
    boot = corrected_truth_bias(one, one, one[::-1], np.arange(8), reliability=(0.0, 0.5), n_boot=3)
    assert np.isnan(boot.estimate).all()
    with pytest.raises(ValueError, match="expected judgements"):
        judgement_difference([1, 2], [1, 2], [1])
    with pytest.raises(ValueError, match="clusters"):
        truth_bias([1, 2], [1, 2], [1, 2], [1])
