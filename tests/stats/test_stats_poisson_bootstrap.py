"""Resamples of data in parts: the same in any parts, and as wide as resamples of the whole."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.stats.bootstrap import resample
from detachment.stats.moments import pairwise_moments
from detachment.stats.poisson_bootstrap import poisson_weights, resampled_sums
from detachment.stats.reliability import alpha


def answers(n=600, p=5):
    rng = np.random.default_rng(8)
    x = np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, p))), 1, 5)
    x[rng.random(x.shape) < 0.08] = np.nan
    return x


def test_weights_are_poisson_numbers_that_do_not_go_together():
    w = poisson_weights(np.arange(20_000), 60, seed=7)
    shares = np.bincount(w.ravel(), minlength=5)[:5] / w.size
    np.testing.assert_allclose(shares, [0.3679, 0.3679, 0.1839, 0.0613, 0.0153], atol=0.002)
    between = np.corrcoef(w)[np.triu_indices(60, 1)]
    assert np.abs(between).max() < 5 / np.sqrt(20_000)
    neighbours = np.corrcoef(w[:, :-1].ravel(), w[:, 1:].ravel())[0, 1]
    assert abs(neighbours) < 5 / np.sqrt(w.size)


@given(st.lists(st.integers(0, 599), min_size=1, max_size=4), st.integers(0, 2**64))
def test_any_partition_has_the_same_resamples(cuts, seed):
    x, rows = answers(), np.arange(600)
    whole = resampled_sums(x, rows, 6, seed)
    edges = [0, *sorted(cuts), 600]
    pieces = [resampled_sums(x[a:b], rows[a:b], 6, seed) for a, b in pairwise(edges)]
    total = pieces[-1]
    for piece in pieces[:-1]:
        total = total + piece
    for name in ("n", "x", "xy"):
        assert (getattr(total, name) == getattr(whole, name)).all()


def test_a_resample_is_the_data_with_rows_repeated():
    x = answers(50)
    w = poisson_weights(np.arange(50), 3, seed=2)
    sums = resampled_sums(x, np.arange(50), 3, seed=2)
    for b in range(3):
        repeated = pairwise_moments(np.repeat(x, w[b], axis=0))
        assert (sums.n[b] == repeated.n).all()
        np.testing.assert_allclose(sums.cov[b], repeated.cov, rtol=1e-12)


def test_intervals_are_as_wide_as_those_of_the_multinomial_bootstrap():
    x = answers(1500)
    ours = alpha(resampled_sums(x, np.arange(1500), 2000, seed=5).cov)
    theirs = resample(x, alpha, n_boot=2000, rng=5, jackknife=False)
    # the standard error of a standard deviation of 2,000 numbers is 1.6 %
    assert ours.std() == pytest.approx(theirs.replicates.std(), rel=0.08)


def test_large_answers_are_exact_too():
    x = np.array([[1e5, 0.0], [99_999.0, 1.0], [100_001.0, 2.0]])
    sums = resampled_sums(x, [0, 1, 2], 4, seed=1)
    w = poisson_weights([0, 1, 2], 4, seed=1).astype(float)
    assert (sums.xy[:, 0, 0] == w @ (x[:, 0] ** 2)).all()


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="whole numbers"):
        resampled_sums([[0.5]], [0], 2, seed=1)
    with pytest.raises(ValueError, match="do not fit"):
        resampled_sums([[1.0]], [0, 1], 2, seed=1)
