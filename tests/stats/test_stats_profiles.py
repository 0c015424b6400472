"""Profile similarity: what must hold for any couples, and pseudo-couples counted one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detachment.stats import profile_correlation, profile_similarity

nan = np.nan
answers = st.one_of(st.integers(1, 5).map(float), st.just(nan))
couples = st.integers(3, 8).flatmap(
    lambda n: st.tuples(*(arrays(np.float64, (n, 5), elements=answers) for _ in range(2)))
)


def by_hand(p, q):
    both = ~np.isnan(p) & ~np.isnan(q)
    if both.sum() < 3 or np.ptp(p[both]) == 0 or np.ptp(q[both]) == 0:
        return nan
    return np.corrcoef(p[both], q[both])[0, 1]


@given(couples)
def test_correlations_of_a_stack_are_those_of_each_pair(pair):
    x, y = pair
    r = profile_correlation(x[:, None], y[None])
    expected = [[by_hand(p, q) for q in y] for p in x]
    np.testing.assert_allclose(r, expected, atol=1e-10)
    # shape alone counts: neither elevation nor scatter
    np.testing.assert_allclose(profile_correlation(3 * x + 7, y), np.diag(r), atol=1e-10)


@given(couples, st.booleans())
def test_mean_and_pseudo_mean_are_those_of_all_pairs(pair, exchangeable):
    x, y = pair
    fit = profile_similarity(x, y, exchangeable=exchangeable, n_perm=7)
    people = np.concatenate([x, y]) if exchangeable else None
    n = len(x)
    if people is None:
        pseudo = [by_hand(x[i], y[j]) for i in range(n) for j in range(n) if i != j]
    else:
        pseudo = [
            by_hand(people[i], people[j])
            for i in range(2 * n)
            for j in range(2 * n)
            if i % n != j % n
        ]
    own = [by_hand(p, q) for p, q in zip(x, y, strict=True)]
    known = np.array(own)[~np.isnan(own)]
    assert np.isnan(fit.mean[0]) if not known.size else fit.mean[0] == pytest.approx(known.mean())
    pseudo = np.array(pseudo)[~np.isnan(pseudo)]
    if known.size and pseudo.size:
        assert fit.pseudo[0] == pytest.approx(pseudo.mean(), abs=1e-10)
        assert 1 / 8 <= fit.p[0] <= 1
    else:
        assert np.isnan(fit.p[0])


@given(couples, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_couples_is_nothing(pair, exchangeable, random):
    x, y = pair
    order = list(range(len(x)))
    random.shuffle(order)
    one = profile_similarity(x, y, exchangeable=exchangeable, n_perm=40)
    other = profile_similarity(x[order], y[order], exchangeable=exchangeable, n_perm=40)
    np.testing.assert_array_equal(one.r[:, order], other.r)
    for name in ("mean", "pseudo", "pseudo_sd", "p", "norm_x", "norm_y"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@given(couples, st.randoms(use_true_random=False))
def test_who_is_who_is_nothing_where_members_are_exchangeable(pair, random):
    x, y = pair
    turn = np.array([random.random() < 0.5 for _ in x])[:, None]
    one = profile_similarity(x, y, exchangeable=True, n_perm=40)
    other = profile_similarity(
        np.where(turn, y, x), np.where(turn, x, y), exchangeable=True, n_perm=40
    )
    for name in ("r", "mean", "pseudo", "pseudo_sd", "p"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12)


def test_two_judgements_a_couple_are_repaired_together():
    rng = np.random.default_rng(3)
    own = rng.normal(size=(30, 2, 6))
    told = own + rng.normal(size=own.shape)
    fit = profile_similarity(own, told, n_perm=400)
    r = [[by_hand(own[i, a], told[j, a]) for j in range(30)] for a in (0, 1) for i in range(30)]
    r = np.array(r).reshape(2, 30, 30)
    off = ~np.eye(30, dtype=bool)
    assert fit.mean[0] == pytest.approx(np.mean([np.diag(r[a]) for a in (0, 1)]))
    assert fit.pseudo[0] == pytest.approx(np.mean(r[:, off]))
    # the spread of re-paired means is that of random permutations of couples, both members at once
    turns = [rng.permutation(30) for _ in range(2000)]
    means = [np.mean(r[:, np.arange(30), turn]) for turn in turns]
    assert fit.pseudo_sd[0] == pytest.approx(np.std(means), rel=0.12)


def test_a_norm_that_everybody_shares_is_no_similarity_of_couples():
    rng = np.random.default_rng(8)
    x, y = (5 * np.arange(8.0) + rng.normal(size=(200, 8)) for _ in range(2))
    fit = profile_similarity(x, y)
    assert fit.mean[0] > 0.95
    assert fit.pseudo[0] > 0.95
    assert abs(fit.mean[1]) < 0.1
    assert fit.p.min() > 0.01
    assert (fit.normative > 0.9).all()


def test_p_is_uniform_where_couples_are_strangers():
    rng = np.random.default_rng(12)
    p = [
        profile_similarity(*rng.normal(size=(2, 25, 6)), exchangeable=k % 2 == 0, n_perm=99).p[1]
        for k in range(200)
    ]
    assert np.mean(np.array(p) <= 0.05) < 0.1
    assert np.mean(p) == pytest.approx(0.5, abs=0.07)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_couples(n):
    x = np.arange(5.0 * n).reshape(n, 5)
    for fit in (profile_similarity(x, x), profile_similarity(*(np.stack([x, x], axis=1),) * 2)):
        assert np.isnan(fit.p).all()


def test_nothing_to_compare():
    flat, empty = np.ones((6, 4)), np.full((6, 4), nan)
    for x in (flat, empty):
        fit = profile_similarity(x, np.random.default_rng(0).normal(size=(6, 4)), n_perm=5)
        assert np.isnan(fit.r).all()
        assert np.isnan(fit.p).all()
    with pytest.raises(ValueError, match="expected profiles"):
        profile_similarity(np.ones((6, 4)), np.ones((6, 5)))
    with pytest.raises(ValueError, match="expected profiles"):
        profile_similarity(np.ones((6, 3, 4)), np.ones((6, 3, 4)))
