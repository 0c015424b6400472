"""The bootstrap: the plain loop, faster, and the same however it is cut."""

import numpy as np
import pytest

from detachment import stats
from detachment.stats import bootstrap
from detachment.stats._draws import draw_counts


def both(cov):
    return np.stack([stats.alpha(cov), stats.omega_total(cov).omega], axis=-1)


@pytest.fixture(params=["complete", "missing", "fractions", "large"])
def answers(request, likert):
    if request.param == "complete":
        return np.nan_to_num(likert[:90], nan=3.0)
    return {"missing": likert, "fractions": likert + 0.1, "large": 1001 * likert}[request.param][
        :90
    ]


def weights(g, n_boot, seed=1):
    return np.concatenate([counts for _, counts in draw_counts(g, n_boot, seed, 32)])


def in_its_order(x):
    return x[bootstrap.canonical_order(x)]


def test_replicates_are_resampled_rows(answers):
    result = stats.resample(answers, both, n_boot=40)
    rows = in_its_order(answers)
    for b, counts in enumerate(weights(len(rows), 40)):
        assert counts.sum() == len(rows)
        drawn = np.repeat(rows, counts.astype(int), axis=0)
        expected = both(stats.pairwise_moments(drawn).cov)
        np.testing.assert_allclose(result.replicates[b], expected, rtol=1e-6)


def test_estimate_and_jackknife(answers):
    result = stats.resample(answers, both, n_boot=1)
    np.testing.assert_allclose(
        result.estimate, both(stats.pairwise_moments(answers).cov), rtol=1e-9
    )
    rows = in_its_order(answers)
    expected = [
        both(stats.pairwise_moments(np.delete(rows, k, axis=0)).cov) for k in range(len(rows))
    ]
    np.testing.assert_allclose(result.jackknife, expected, rtol=1e-6)


def test_clusters_stay_together(answers):
    couples = np.arange(90) // 2
    result = stats.resample(answers, stats.alpha, clusters=couples, n_boot=3)
    assert result.clusters == 45
    assert result.jackknife.shape == (45,)
    expected = [stats.alpha(stats.pairwise_moments(answers[couples != k]).cov) for k in range(45)]
    np.testing.assert_allclose(np.sort(result.jackknife), np.sort(expected), rtol=1e-9)


def test_pairs_of_twins_are_one_respondent(answers):
    # a cluster of two equal rows weighs as one person asked twice
    twins = np.repeat(answers, 2, axis=0)
    result = stats.resample(twins, stats.alpha, clusters=np.repeat(np.arange(90), 2), n_boot=5000)
    alone = stats.resample(answers, stats.alpha, n_boot=5000)
    apart = stats.resample(twins, stats.alpha, n_boot=5000)
    spread = [r.replicates.std() for r in (result, alone, apart)]
    assert spread[0] == pytest.approx(spread[1], rel=0.15)
    assert spread[2] < 0.85 * spread[1]


@pytest.mark.parametrize("clusters", [None, np.arange(90) // 2])
def test_the_order_of_rows_and_names_of_clusters_leave_no_trace(answers, clusters):
    order = np.random.default_rng(9).permutation(90)
    named = None if clusters is None else np.array([f"c{97 * c % 91}" for c in clusters])[order]
    before = stats.resample(answers, both, clusters=clusters, n_boot=50)
    after = stats.resample(answers[order], both, clusters=named, n_boot=50)
    np.testing.assert_array_equal(before.replicates, after.replicates)
    np.testing.assert_array_equal(before.jackknife, after.jackknife)


@pytest.mark.parametrize("rows", [300, 289])
def test_blocks_leave_no_trace(likert, rows, monkeypatch):
    # with blocks of 32, the last holds a single resample, and one person left out alone
    usual = stats.resample(likert[:rows], both, n_boot=97)
    monkeypatch.setattr(bootstrap, "_NUMBERS", 1)
    small = stats.resample(likert[:rows], both, n_boot=97)
    np.testing.assert_array_equal(small.replicates, usual.replicates)
    np.testing.assert_array_equal(small.jackknife, usual.jackknife)


def test_more_replicates_begin_like_fewer(likert):
    few = stats.resample(likert, stats.alpha, n_boot=10)
    many = stats.resample(likert, stats.alpha, n_boot=75)
    np.testing.assert_array_equal(many.replicates[:10], few.replicates)


def test_seeds(likert):
    first, again, other = (
        stats.resample(likert, stats.alpha, n_boot=20, rng=seed).replicates for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()
    drawn = stats.resample(likert, stats.alpha, n_boot=20, rng=np.random.default_rng(4))
    same = stats.resample(likert, stats.alpha, n_boot=20, rng=drawn.seed)
    np.testing.assert_array_equal(drawn.replicates, same.replicates)


def test_intervals_leave_out_what_failed():
    replicates = np.array([0.1, np.nan, 0.2, 0.3, 0.4, np.nan, 0.5])
    low, high = stats.percentile_interval(replicates, 0.5)
    assert (low, high) == pytest.approx((0.2, 0.4))
    nothing = stats.percentile_interval(np.full(5, np.nan))
    assert np.isnan(nothing).all()


def test_failed_replicates_are_counted():
    rng = np.random.default_rng(2)
    x = rng.integers(1, 6, size=(30, 3))  # no common factor: many resamples are improper
    result = stats.resample(x, both, n_boot=200)
    assert result.failed[0] == 0
    assert result.failed[1] == np.isnan(result.replicates[:, 1]).mean() > 0


def test_bca_corrects_bias_and_skewness():
    rng = np.random.default_rng(11)
    replicates = rng.normal(size=20_001)
    symmetric = np.array([-1.0, 1.0])
    plain = stats.percentile_interval(replicates)
    np.testing.assert_allclose(
        stats.bca_interval(np.median(replicates), replicates, symmetric), plain, atol=0.02
    )
    above = stats.bca_interval(0.3, replicates, symmetric)
    assert above[0] > plain[0]
    assert above[1] > plain[1]
    skewed = stats.bca_interval(np.median(replicates), replicates, np.array([-3.0, 1, 1, 1]))
    assert skewed[0] != pytest.approx(plain[0], abs=0.02)


def test_bca_without_an_answer():
    replicates = np.linspace(0, 1, 11)
    assert np.isnan(stats.bca_interval(2.0, replicates, [0.1, 0.2])).all()
    assert np.isnan(stats.bca_interval(0.5, replicates, [0.1, 0.1])).all()


def test_wrong_shapes():
    with pytest.raises(ValueError, match="n > 0"):
        stats.resample(np.zeros((0, 3)), stats.alpha)
    with pytest.raises(ValueError, match=r"shape \(4,\)"):
        stats.resample(np.ones((4, 2)), stats.alpha, clusters=[1, 2])
