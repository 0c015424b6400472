"""Sums of products that do not depend on the order or the pieces of the rows."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.stats.counts import pairwise_tables
from detachment.stats.exact_products import exact_products, grid
from detachment.stats.polychoric_items import asymptotic_covariance, ordinal_influences


@given(seed=st.integers(0, 2**16), cut=st.integers(0, 3000), scale=st.sampled_from([1e-9, 1, 1e7]))
@settings(max_examples=15, deadline=None)
def test_pieces_and_order_do_not_matter_and_the_sums_are_right(seed, cut, scale):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3000, 3)) ** 3 * [1, scale, 1e-3]
    units = grid(np.abs(x).max(axis=0))
    whole = exact_products(x, units)
    moved = rng.permutation(x)
    pieces = exact_products(moved[:cut], units) + exact_products(moved[cut:], units)
    assert whole.total.tobytes() == pieces.total.tobytes()
    size = np.sqrt(np.diagonal(whole.total))
    np.testing.assert_allclose(whole.total / size / size[:, None], x.T @ x / size / size[:, None],
                               atol=1e-10)  # fmt: skip


def test_the_sum_of_what_is_on_the_grid_has_no_rounding_but_one():
    x = np.random.default_rng(5).normal(size=(2500, 2))
    units = grid(np.abs(x).max(axis=0))
    steps = [[int(v) for v in column] for column in np.rint(x * units).T]
    for i in range(2):
        for j in range(2):
            exact = sum(a * b for a, b in zip(steps[i], steps[j], strict=True))
            right = float(Fraction(exact) / Fraction(units[i]) / Fraction(units[j]))
            assert abs(exact_products(x, units).total[i, j] - right) <= 4 * np.spacing(abs(right))


def test_largest_numbers_of_either_sign_fill_the_digits():
    x = np.tile([[1.0, -1.0]], (5000, 1)) * (1 - 2.0**-53)
    assert np.allclose(
        exact_products(x, grid([1 - 2.0**-53] * 2)).total, [[5e3, -5e3], [-5e3, 5e3]]
    )


def test_ordered_answers_vary_alike_in_pieces():
    rng = np.random.default_rng(8)
    x = np.digitize(rng.normal(size=(3000, 1)) + rng.normal(size=(3000, 4)), [-1.5, 0, 1]) + 1.0
    x[rng.random(x.shape) < 0.1] = np.nan
    x[:3] = np.nan
    whole = asymptotic_covariance(x)
    tables = pairwise_tables(x[:10]) + pairwise_tables(x[10:])
    influences = ordinal_influences(tables, whole.n)
    moved = rng.permutation(x)
    found = influences.covariance(influences(moved[2000:]) + influences(moved[:2000]))
    assert found.gamma.tobytes() == whole.gamma.tobytes()
    assert found.estimates.tobytes() == whole.estimates.tobytes()


def test_a_perfect_correlation_has_no_variance_and_the_others_have():
    x = np.repeat([[1.0, 1, 1], [2, 2, 1], [1, 1, 2], [2, 2, 2]], [30, 20, 25, 28], axis=0)
    gamma = asymptotic_covariance(x).gamma
    assert np.isnan(np.diagonal(gamma)).tolist() == [False] * 3 + [True, False, False]
