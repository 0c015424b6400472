"""Normalised gain: both ways of counting, its bootstrap, clusters, degenerate classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.stats.learning_gain import learning_gain, normalized_gain


def scores(n=30, seed=3):
    rng = np.random.default_rng(seed)
    before = rng.integers(0, 11, n)
    return before.astype(float), np.clip(before + rng.integers(-1, 4, n), 0, 10).astype(float)


def test_by_hand():
    x, y = scores()
    found = learning_gain(x, y, 10, n_boot=50)
    assert found.of_means == pytest.approx((y.mean() - x.mean()) / (10 - x.mean()))
    has = x < 10
    own = (y[has] - x[has]) / (10 - x[has])
    assert found.mean_of_gains == pytest.approx(own.mean())
    assert found.at_maximum == (~has).sum()
    assert (found.n, found.bootstrap.replicates.shape) == (30, (50, 2))


@given(st.integers(0, 10_000))
def test_the_order_of_people_is_nothing(seed):
    x, y = scores()
    order = np.random.default_rng(seed).permutation(len(x))
    rooms = np.arange(len(x)) % 7
    for clusters in (None, rooms):
        one = learning_gain(x, y, 10, n_boot=40, clusters=clusters)
        other = learning_gain(
            x[order], y[order], 10, n_boot=40, clusters=None if clusters is None else rooms[order]
        )
        np.testing.assert_array_equal(one.bootstrap.replicates, other.bootstrap.replicates)
        assert one.of_means == other.of_means


def test_the_bootstrap_is_of_people_with_both_scores():
    x, y = scores(200)
    missing = np.concatenate([x, [np.nan, 3.0]]), np.concatenate([y, [4.0, np.nan]])
    one, other = learning_gain(x, y, 10, n_boot=60), learning_gain(*missing, 10, n_boot=60)
    np.testing.assert_array_equal(one.bootstrap.replicates, other.bootstrap.replicates)
    spread = learning_gain(x, y, 10, n_boot=2000).bootstrap.replicates[:, 0].std()
    # the delta method of a ratio of means
    left = 10 - x
    influence = ((y - x) - (y - x).mean() / left.mean() * left) / left.mean()
    assert spread == pytest.approx(influence.std() / np.sqrt(200), rel=0.06)


def test_clusters_of_twins_are_one_person():
    x, y = scores(60)
    rooms = np.repeat(np.arange(60), 2)
    alone = learning_gain(x, y, 10, n_boot=1500)
    twins = learning_gain(np.repeat(x, 2), np.repeat(y, 2), 10, clusters=rooms, n_boot=1500)
    assert twins.of_means == pytest.approx(alone.of_means)
    ratio = twins.bootstrap.replicates.std(axis=0) / alone.bootstrap.replicates.std(axis=0)
    np.testing.assert_allclose(ratio, 1, atol=0.08)


def test_degenerate_classes():
    full = learning_gain([10, 10], [10, 9], 10, n_boot=20)
    assert np.isnan([full.of_means, full.mean_of_gains]).all()
    assert full.at_maximum == 2
    empty = learning_gain([], [], 10, n_boot=20)
    assert np.isnan([empty.of_means, empty.mean_of_gains]).all()
    assert np.isnan(normalized_gain(np.nan, 3, 10))
    with pytest.raises(ValueError, match="one shape"):
        learning_gain([1, 2], [1], 10)
