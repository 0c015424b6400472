"""Max-T: what a loop over permutations of whole rows says, however it is cut."""

import numpy as np
import pytest

from detachment import stats
from detachment.stats import permutation


@pytest.fixture(params=["codes", "large codes", "fractions", "missing"])
def block(request, likert):
    x = np.nan_to_num(likert[:70], nan=3.0)
    y = x[:, 4:] + np.random.default_rng(2).integers(0, 4, size=(70, 2))
    x = x[:, :3]
    if request.param == "large codes":
        return 700 * x, 9 * y
    if request.param == "fractions":
        return x / 3, y / 7
    if request.param == "missing":
        gaps = np.random.default_rng(8).random((70, 5)) < 0.15
        return np.where(gaps[:, :3], np.nan, x), np.where(gaps[:, 3:], np.nan, y)
    return x, y


def ranked(x):
    ranks = np.full(x.shape, np.nan)
    for j, column in enumerate(x.T):
        there = column[~np.isnan(column)]
        below = (there[:, None] > there).sum(axis=1) + (there[:, None] == there).sum(axis=1) / 2
        ranks[~np.isnan(column), j] = below
    return ranks


def loop(x, y, drawn, method):
    """Step-down max-T as Westfall and Young write it, one permutation at a time."""

    def statistic(x, y):
        r, n = stats.pearson(x, y)
        return (np.abs(np.arctanh(r)) * np.sqrt(n - 3)).ravel()

    if method == "spearman":
        x, y = ranked(x), ranked(y)
    observed = statistic(x, y)
    order = np.argsort(-observed)
    alone, stepped = np.ones(len(order)), np.ones(len(order))
    for rows in drawn:
        chance = statistic(x, y[rows])
        for k, at in enumerate(order):
            alone[at] += chance[at] >= observed[at] - 1e-9
            stepped[k] += chance[order[k:]].max() >= observed[at] - 1e-9
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(stepped)
    shape = x.shape[1], y.shape[1]
    return [(p / (len(drawn) + 1)).reshape(shape) for p in (alone, adjusted)]


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_it_is_the_loop(block, method):
    x, y = block
    test = stats.max_t(x, y, method=method, n_perm=90)
    order = permutation.canonical_order(np.hstack([x, y]))
    drawn = permutation._permutations([np.arange(70)[:, None]], 70, 0, 90, 1)
    p, adjusted = loop(x[order], y[order], drawn, method)
    np.testing.assert_allclose(test.p, p, rtol=1e-12)
    np.testing.assert_allclose(test.p_adjusted, adjusted, rtol=1e-12)
    of = stats.pearson if method == "pearson" else stats.spearman
    np.testing.assert_array_equal(test.r, of(x, y)[0])
    assert (test.p_adjusted >= test.p).all()


@pytest.mark.parametrize("n", [1, 2, 3, 40, 257])
def test_permutations_are_permutations(n):
    drawn = permutation._permutations([np.arange(n)[:, None]], n, 64, 40, 5)
    assert drawn.shape == (40, n)
    assert (np.sort(drawn, axis=1) == np.arange(n)).all()
    again = permutation._permutations([np.arange(n)[:, None]], n, 0, 104, 5)
    np.testing.assert_array_equal(again[64:], drawn)


def test_permutations_are_even():
    drawn = permutation._permutations([np.arange(3)[:, None]], 3, 0, 6000, 2)
    _, count = np.unique(drawn @ [9, 3, 1], return_counts=True)
    assert len(count) == 6
    assert np.sum((count - 1000) ** 2 / 1000) < 20.5  # chi-squared of 5, p = .001


def test_clusters_move_whole_among_those_of_their_size():
    names = np.array(["a", "b", "a", "c", "d", "b", "e", "d", "f"])
    groups = permutation._groups(names, 9)
    drawn = permutation._permutations(groups, 9, 0, 64, 3)
    assert (np.sort(drawn, axis=1) == np.arange(9)).all()
    for rows in drawn:
        for one in ("a", "b", "d"):
            came = rows[names == one]
            assert len(set(names[came])) == 1
            assert came[0] < came[1]
        assert set(names[rows[np.isin(names, ["c", "e", "f"])]]) == {"c", "e", "f"}


def test_couples_who_are_alike_need_whole_dyads():
    # within couples everything is shared: 40 couples say no more than 40 people
    rng = np.random.default_rng(12)
    couples = np.repeat(np.arange(40), 2)
    x, y = rng.normal(size=(40, 1))[couples], rng.normal(size=(40, 1))[couples]
    y = y + 0.05 * x
    apart = stats.max_t(x, y, n_perm=2000).p_adjusted[0, 0]
    together = stats.max_t(x, y, clusters=couples, n_perm=2000).p_adjusted[0, 0]
    alone = stats.max_t(x[::2], y[::2], n_perm=2000).p_adjusted[0, 0]
    assert together == pytest.approx(alone, abs=0.03)
    assert apart < 0.6 * together


def test_memory_and_order_leave_no_trace(block, monkeypatch):
    x, y = block
    usual = stats.max_t(x, y, n_perm=100)
    order = np.random.default_rng(9).permutation(70)
    shuffled = stats.max_t(x[order], y[order], n_perm=100)
    monkeypatch.setattr(permutation, "_NUMBERS", 1)
    small = stats.max_t(x, y, n_perm=100)
    for other in (shuffled, small):
        np.testing.assert_array_equal(other.p, usual.p)
        np.testing.assert_array_equal(other.p_adjusted, usual.p_adjusted)


def test_what_is_no_test_costs_nothing():
    rng = np.random.default_rng(5)
    x, y = rng.integers(1, 6, size=(50, 2)).astype(float), rng.integers(1, 6, size=(50, 2))
    only = stats.max_t(x[:, :1], y[:, :1], n_perm=300)
    among = np.array([[True, False], [False, False]])
    masked = stats.max_t(x, y, among=among, n_perm=300)
    assert np.isnan(masked.p_adjusted[~among]).all()
    assert masked.p_adjusted[0, 0] == pytest.approx(only.p_adjusted[0, 0], abs=0.1)
    constant = stats.max_t(np.column_stack([x[:, 0], np.full(50, 2.5)]), y, n_perm=50)
    assert np.isnan(constant.p_adjusted[1]).all()
    assert not np.isnan(constant.p_adjusted[0]).any()
    for empty in (np.full((5, 1), np.nan), np.ones((5, 1)), np.ones((0, 1))):
        nothing = stats.max_t(empty, empty, n_perm=10)
        assert np.isnan(nothing.p_adjusted).all()


def test_family_wise_error():
    rng = np.random.default_rng(1)
    trait = rng.normal(size=(200, 60, 1))
    x = trait + rng.normal(size=(200, 60, 6))
    y = rng.normal(size=(200, 60, 1)) + rng.normal(size=(200, 60, 4))
    least = [stats.max_t(a, b, n_perm=199).p_adjusted.min() for a, b in zip(x, y, strict=True)]
    assert 0.01 < np.mean(np.array(least) <= 0.05) < 0.1


def test_wrong_arguments():
    with pytest.raises(ValueError, match="same rows"):
        stats.max_t(np.ones((3, 1)), np.ones((4, 1)))
    with pytest.raises(ValueError, match="pearson"):
        stats.max_t(np.ones((3, 1)), np.ones((3, 1)), method="kendall")
    with pytest.raises(ValueError, match="among"):
        stats.max_t(np.ones((3, 1)), np.ones((3, 1)), among=[[True, False]])
    with pytest.raises(ValueError, match="clusters"):
        stats.max_t(np.ones((3, 1)), np.ones((3, 1)), clusters=[1, 2])
