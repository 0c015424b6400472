"""Rules for the number of dimensions, and the random data that they are held against."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment import stats
from detachment.stats.dimensionality import _Shuffle


def blocks(groups, size, within, between):
    cor = np.full((groups * size, groups * size), between)
    cor += np.kron(np.eye(groups), np.full((size, size), within - between))
    np.fill_diagonal(cor, 1)
    return cor


def answers(seed, n=150, missing=0.0):
    rng = np.random.default_rng(seed)
    latent = np.repeat(rng.normal(size=(n, 2)), 4, axis=1) + rng.normal(size=(n, 8))
    x = np.clip(np.rint(3 + latent), 1, 5)
    x[rng.random(x.shape) < missing] = np.nan
    return x


def test_known_structures_are_counted():
    cor = blocks(3, 5, 0.5, 0.15)
    assert stats.minimum_average_partial(cor).n_squared == 3
    random = stats.normal_correlations(400, 15, n_replicates=200)
    fit = stats.parallel_analysis(cor, random)
    assert (fit.n_components, fit.n_factors) == (3, 3)
    smc = stats.parallel_analysis(cor, random, communality="smc")
    assert smc.n_factors >= 3
    assert fit.n_components_mean >= fit.n_components
    simple = stats.very_simple_structure(cor, most=4)
    assert simple.n_complexity_1 == 3


def test_nothing_is_found_in_noise():
    cor = np.corrcoef(np.random.default_rng(2).normal(size=(300, 8)), rowvar=False)
    fit = stats.minimum_average_partial(cor)
    assert fit.n_squared == 0
    assert fit.n_squared_from_one >= 1
    random = stats.normal_correlations(300, 8, n_replicates=300)
    assert stats.parallel_analysis(cor, random).n_components <= 1


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_order_of_items_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    cor = np.corrcoef(answers(seed), rowvar=False)
    order = rng.permutation(8)
    other = cor[np.ix_(order, order)]
    a, b = stats.kmo(cor), stats.kmo(other)
    assert 0 < a.kmo < 1
    np.testing.assert_allclose(b.kmo, a.kmo)
    np.testing.assert_allclose(b.msa, a.msa[order])
    np.testing.assert_allclose(
        stats.bartlett_test(other, 150).chi2, stats.bartlett_test(cor, 150).chi2
    )
    np.testing.assert_allclose(
        stats.minimum_average_partial(other).fourth,
        stats.minimum_average_partial(cor).fourth,
        atol=1e-9,
    )
    smc = stats.squared_multiple_correlations(cor)
    for j in range(8):
        rest = np.delete(np.arange(8), j)
        explained = cor[j, rest] @ np.linalg.solve(cor[np.ix_(rest, rest)], cor[rest, j])
        assert smc[j] == pytest.approx(explained)


def test_stacks_are_loops():
    stack = np.stack([np.corrcoef(answers(k), rowvar=False) for k in range(4)])
    stack[3, 0, 1] = np.nan
    stack = stack.reshape(2, 2, 8, 8)
    fits = stats.kmo(stack), stats.bartlett_test(stack, 150), stats.minimum_average_partial(stack)
    components = stats.principal_components(stack, 2)
    reduced = stats.reduced_eigenvalues(stack)
    for at in ((0, 0), (0, 1), (1, 0)):
        np.testing.assert_allclose(fits[0].msa[at], stats.kmo(stack[at]).msa)
        np.testing.assert_allclose(fits[1].chi2[at], stats.bartlett_test(stack[at], 150).chi2)
        np.testing.assert_allclose(
            fits[2].squared[at], stats.minimum_average_partial(stack[at]).squared
        )
        alone = stats.principal_components(stack[at], 2)
        np.testing.assert_allclose(components.loadings[at], alone.loadings)
        np.testing.assert_allclose(reduced[at], stats.reduced_eigenvalues(stack[at]), atol=1e-8)
    assert np.isnan(fits[0].kmo[1, 1])
    assert np.isnan(fits[1].p[1, 1])
    assert np.isnan(components.loadings[1, 1]).all()
    assert np.isnan(reduced[1, 1]).all()


def test_singular_correlations_have_no_adequacy():
    cor = np.corrcoef(answers(1)[:6], rowvar=False)
    assert np.isnan(stats.kmo(cor).kmo)
    assert np.isnan(stats.bartlett_test(cor, 6).chi2)
    assert np.isnan(stats.squared_multiple_correlations(cor)).all()
    assert np.isfinite(stats.principal_components(cor, 2).loadings).all()
    assert np.isnan(stats.minimum_average_partial(np.ones((4, 4))).squared[1:]).all()


def test_random_matrices_have_their_law():
    n, p = 40, 5
    draw = stats.normal_correlations(n, p, n_replicates=4000)
    np.testing.assert_allclose(np.diagonal(draw, axis1=1, axis2=2), 1)
    x = np.random.default_rng(5).normal(size=(4000, n, p))
    x -= x.mean(axis=1, keepdims=True)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    of_data = x.swapaxes(1, 2) @ x
    for of in (lambda r: np.linalg.eigvalsh(r).mean(axis=0), lambda r: r.std(axis=0)):
        np.testing.assert_allclose(of(draw), of(of_data), atol=0.02)
    few = stats.normal_correlations(4, 6, n_replicates=20)
    assert (np.linalg.matrix_rank(few, tol=1e-9) == 3).all()


def test_a_replicate_does_not_depend_on_the_others():
    for draw in (
        lambda k, rng=1: stats.normal_correlations(50, 4, n_replicates=k, rng=rng),
        lambda k, rng=1: stats.permuted_correlations(answers(3), n_replicates=k, rng=rng),
        lambda k, rng=1: stats.permuted_polychoric(answers(3), n_replicates=k, rng=rng),
    ):
        np.testing.assert_array_equal(draw(3), draw(70)[:3])
        assert (draw(3) != draw(3, rng=2)).any()
        np.testing.assert_array_equal(
            draw(2, np.random.default_rng(8)), draw(2, np.random.default_rng(8))
        )


@pytest.mark.parametrize("scale", [1.0, 0.37])  # whole numbers, and others
def test_rows_are_exchangeable_and_blocks_do_not_matter(scale, monkeypatch):
    x = answers(4, missing=0.1) * scale
    rows = np.random.default_rng(0).permutation(len(x))
    whole = stats.permuted_correlations(x, n_replicates=6)
    np.testing.assert_array_equal(whole, stats.permuted_correlations(x[rows], n_replicates=6))
    monkeypatch.setattr("detachment.stats.dimensionality._NUMBERS", 1)
    np.testing.assert_array_equal(whole, stats.permuted_correlations(x, n_replicates=6))


def test_every_permutation_is_as_likely():
    x = np.array([[1, 2], [2, 2], [2, 5], [4, 1.0]])
    possible = [np.corrcoef(x[:, 0], x[list(order), 1])[0, 1] for order in permutations(range(4))]
    values, times = np.unique(np.round(possible, 9), return_counts=True)
    drawn = stats.permuted_correlations(x, n_replicates=4000)[:, 0, 1]
    seen, counts = np.unique(drawn.round(9), return_counts=True)
    np.testing.assert_allclose(seen, values)
    np.testing.assert_allclose(counts / 4000, times / 24, atol=0.03)


def test_shuffled_answers_keep_their_places_and_their_distribution():
    x = answers(6, n=60, missing=0.2)
    x[:, 0] = np.arange(60)  # long words of random numbers
    r = stats.permuted_correlations(x, n_replicates=400)
    assert np.isfinite(r).all()
    np.testing.assert_allclose(np.diagonal(r, axis1=1, axis2=2), 1)
    off = r[:, np.triu_indices(8, 1)[0], np.triu_indices(8, 1)[1]]
    assert abs(off.mean()) < 0.01
    pairs = (~np.isnan(x)).T.astype(float) @ ~np.isnan(x)
    expected = 1 / np.sqrt(pairs[np.triu_indices(8, 1)] - 1)
    np.testing.assert_allclose(off.std(axis=0), expected, rtol=0.2)


def test_shuffled_polychoric_correlations_are_those_of_the_tables():
    x = answers(7, n=80, missing=0.1)
    r = stats.permuted_polychoric(x, n_replicates=2)
    shuffle = _Shuffle(x - 1, seed=1)  # codes from 0
    for k in range(2):
        data = shuffle.answers(k, np.nan).T
        np.testing.assert_array_equal(np.isnan(data).sum(axis=0), np.isnan(x).sum(axis=0))
        np.testing.assert_array_equal(np.sort(data, axis=0), np.sort(x - 1, axis=0))
        np.testing.assert_allclose(r[k], stats.polychoric_matrix(data).r, atol=1e-10)


def test_wrong_calls():
    with pytest.raises(ValueError, match="two respondents"):
        stats.normal_correlations(1, 3)
    for shuffle in (stats.permuted_correlations, stats.permuted_polychoric):
        with pytest.raises(ValueError, match="one data set"):
            shuffle(np.empty((0, 3)))
    cor = blocks(2, 3, 0.5, 0.2)
    with pytest.raises(ValueError, match="expected"):
        stats.parallel_analysis(cor, np.eye(3)[None])
    with pytest.raises(ValueError, match="communality"):
        stats.parallel_analysis(cor, cor[None], communality="one")
    with pytest.raises(ValueError, match="n_components"):
        stats.principal_components(cor, 7)
    empty = stats.parallel_analysis(cor, np.empty((0, 6, 6)))
    assert empty.n_replicates == 0
    assert np.isnan(empty.components_mean).all()
