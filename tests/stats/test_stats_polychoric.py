"""Polychoric correlations: what must hold for any table, and what happens with poor ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from detachment import stats


def normal_table(r, rows, columns):
    """Probabilities of the cells of a bivariate normal variable that is cut."""
    edges = [np.concatenate([[-np.inf], cuts, [np.inf]]) for cuts in (rows, columns)]
    corners = stats.bivariate_normal_cdf(edges[0][:, None], edges[1], r)
    return np.diff(np.diff(corners, axis=0), axis=1)


def answers(n=400, p=4, cuts=(-0.8, 0.3, 1.1), seed=3, missing=0.0):
    rng = np.random.Generator(np.random.Philox(seed))
    x = np.digitize(0.7 * rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, p)), cuts).astype(
        float
    )
    x[rng.random(x.shape) < missing] = np.nan
    return x


tables = st.tuples(st.integers(2, 5), st.integers(2, 5)).flatmap(
    lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(0, 30))
)


@settings(max_examples=40)
@given(tables)
def test_sides_and_directions(table):
    for kernel in (stats.polychoric, stats.polychoric_ml):
        fit = kernel(table)
        for other, sign in ((table.T, 1), (table[::-1], -1), (table[::-1, ::-1], 1)):
            again = kernel(other)
            np.testing.assert_allclose(again.r, sign * fit.r, rtol=0, atol=1e-7)
            np.testing.assert_allclose(again.chi2, fit.chi2, rtol=1e-6, atol=1e-7)
            assert again.perfect == fit.perfect
            if abs(np.nan_to_num(fit.r)) < 0.99:
                np.testing.assert_allclose(again.se, fit.se, rtol=1e-5)
        np.testing.assert_allclose(kernel(table.T).rows, fit.columns, atol=1e-7)


@given(tables)
def test_no_table_is_left_without_its_word(table):
    fit = stats.polychoric(table)
    varies = min(np.count_nonzero(table.sum(axis=axis)) for axis in (0, 1)) > 1
    assert fit.converged == varies
    assert np.isnan(fit.r) == (not varies)
    if not varies:
        return
    assert abs(fit.r) <= 1
    assert fit.perfect == (abs(fit.r) == 1)
    assert np.isnan(fit.se) == fit.perfect
    # nothing nearby is likelier
    rows, columns = (np.clip(cuts, -38, 38) for cuts in (fit.rows, fit.columns))

    def likelihood(r):
        p = np.maximum(normal_table(np.clip(r, -1, 1), rows, columns), 1e-300)
        return np.sum(table * np.log(p))

    best = likelihood(fit.r)
    for shift in (-1e-3, 1e-3):
        assert likelihood(fit.r + shift) <= best + 1e-6 * max(1, abs(best))


@given(tables)
def test_empty_categories_change_nothing(table):
    wider = np.insert(np.insert(table, 1, 0, axis=0), 0, 0, axis=1)
    for kernel in (stats.polychoric, stats.polychoric_ml):
        one, other = kernel(table), kernel(wider)
        np.testing.assert_allclose(other.r, one.r, rtol=0, atol=1e-9)
        np.testing.assert_allclose(other.se, one.se, rtol=1e-6)
        assert other.df == one.df
    assert stats.polychoric(wider).empty == stats.polychoric(table).empty


@pytest.mark.parametrize("r", [-0.95, -0.3, 0.0, 0.6, 0.97])
def test_merging_categories_keeps_r(r):
    table = normal_table(r, np.array([-1.3, -0.2, 0.5, 1.6]), np.array([-0.9, 0.1, 1.0]))
    for places in ([1], [2], [1, 3]):
        merged = np.add.reduceat(table, [0, *places], axis=0)
        assert stats.polychoric(merged).r == pytest.approx(r, abs=1e-10)


def test_a_stack_is_its_tables_one_by_one():
    rng = np.random.Generator(np.random.Philox(7))
    stack = rng.multinomial(90, rng.dirichlet(np.full(12, 0.5)), size=(3, 500)).reshape(
        3, 500, 3, 4
    )
    fit, ml = stats.polychoric(stack), stats.polychoric_ml(stack[:, :40])
    assert fit.r.shape == (3, 500)
    assert fit.rows.shape == (3, 500, 2)
    assert ml.columns_se.shape == (3, 40, 3)
    for i, j in ((0, 0), (1, 17), (2, 39)):
        one = stats.polychoric(stack[i, j])
        np.testing.assert_allclose(one.r, fit.r[i, j], rtol=0, atol=1e-13)
        np.testing.assert_allclose(one.se, fit.se[i, j], rtol=1e-11)
        np.testing.assert_allclose(stats.polychoric_ml(stack[i, j]).r, ml.r[i, j], atol=1e-9)


def test_two_by_two_tables_leave_no_choice():
    table = [[40, 9], [12, 39]]
    two, both = stats.polychoric(table), stats.polychoric_ml(table)
    assert two.r == pytest.approx(both.r, abs=1e-12)
    assert two.se == pytest.approx(both.se, abs=1e-12)
    assert two.df == 0
    assert two.chi2 == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("table", "r"),
    [
        ([[5, 0], [0, 5]], 1),
        ([[0, 5], [5, 0]], -1),
        ([[30, 15], [0, 55]], 1),
        ([[3, 0, 0], [2, 4, 0], [0, 1, 2]], 1),
        ([[0, 0, 3], [0, 5, 0], [4, 0, 0]], -1),
    ],
)
def test_perfect_association_is_marked(table, r):
    for fit in (stats.polychoric(table), stats.polychoric_ml(table)):
        assert fit.perfect
        assert fit.converged
        assert fit.r == r
        assert np.isnan(fit.se)
        assert fit.chi2 == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("table", [[[5, 0], [5, 0]], [[0, 0], [0, 0]], [[1, 0], [0, 0]], [[5]]])
def test_without_variance_there_is_nothing(table):
    for fit in (stats.polychoric(table), stats.polychoric_ml(table)):
        assert np.isnan(fit.r)
        assert np.isnan(fit.se)
        assert not fit.perfect
        assert not fit.converged


def test_errors_are_left_out_on_request():
    x = answers(n=100)
    one, other = stats.polychoric_matrix(x), stats.polychoric_matrix(x, errors=False)
    np.testing.assert_array_equal(other.r, one.r)
    assert np.isnan(other.se[~np.eye(4, dtype=bool)]).all()


def test_no_tables_and_no_items():
    assert stats.polychoric(np.zeros((0, 3, 3))).r.shape == (0,)
    assert stats.polychoric_ml(np.zeros((0, 3, 3))).r.shape == (0,)
    assert stats.polychoric_matrix(np.full((4, 3), np.nan)).r.shape == (3, 3)
    assert np.isnan(stats.polychoric_matrix(np.full((4, 3), np.nan)).r).all()
    assert stats.polychoric_matrix(np.zeros((0, 2))).r.shape == (2, 2)
    nothing = stats.asymptotic_covariance(np.zeros((0, 2)))
    assert nothing.n == 0
    assert np.isnan(nothing.gamma).all()


def test_programming_errors():
    with pytest.raises(ValueError, match="tables of shape"):
        stats.polychoric([1, 2])
    with pytest.raises(ValueError, match="expected or empirical"):
        stats.polychoric([[1, 2], [2, 1]], weights="equal")
    with pytest.raises(ValueError, match="items or pairs"):
        stats.polychoric_matrix([[1, 2], [2, 1]], margins="all")
    with pytest.raises(ValueError, match="p, p, k, k"):
        stats.polychoric_from_tables(np.ones((2, 3, 2, 2)))


def test_correction_goes_to_empty_cells_only():
    table = np.array([[30, 15], [0, 55]])
    by_hand = stats.polychoric(np.where(table == 0, 0.5, table))
    assert stats.polychoric(table, correct=0.5).r == by_hand.r
    assert not by_hand.perfect
    full = [[30, 15], [2, 55]]
    assert stats.polychoric(full, correct=0.5).r == stats.polychoric(full).r


def test_rows_may_stand_in_any_order():
    x = answers(missing=0.1)
    order = np.random.Generator(np.random.Philox(1)).permutation(len(x))
    one, other = stats.asymptotic_covariance(x), stats.asymptotic_covariance(x[order])
    np.testing.assert_array_equal(one.gamma, other.gamma)
    np.testing.assert_array_equal(one.estimates, other.estimates)


def test_order_of_the_covariance():
    x = answers(p=3)
    x[x[:, 1] == 0, 1] = 1  # a category that nobody chose in the second item
    fit = stats.asymptotic_covariance(x)
    assert fit.items.tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
    assert fit.cuts.tolist() == [0, 1, 2, 0, 1, 0, 1, 2]
    assert list(zip(fit.rows.tolist(), fit.columns.tolist(), strict=True)) == [
        (1, 0),
        (2, 0),
        (2, 1),
    ]
    np.testing.assert_array_equal(fit.estimates[8:], fit.fit.r[fit.rows, fit.columns])
    np.testing.assert_allclose(fit.gamma, fit.gamma.T)
    assert np.linalg.eigvalsh(fit.gamma)[0] > 0


def test_perfect_pairs_spoil_only_their_own_rows_of_the_covariance():
    x = answers(n=60, p=3, cuts=(0.0,))
    x[:, 1] = x[:, 0]
    fit = stats.asymptotic_covariance(x)
    assert fit.fit.perfect[0, 1]
    assert np.isnan(fit.gamma[3]).all()
    kept = np.delete(np.delete(fit.gamma, 3, 0), 3, 1)
    assert np.isfinite(kept).all()


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_covariance_is_what_resampling_shows(missing):
    x = answers(n=500, missing=missing)
    fit = stats.asymptotic_covariance(x)
    rng = np.random.Generator(np.random.Philox(11))
    stack = np.stack(
        [
            stats.pairwise_tables(x[rng.integers(0, len(x), len(x))], values=[0, 1, 2, 3]).counts
            for _ in range(600)
        ]
    )
    again = stats.polychoric_from_tables(stack)
    drawn = np.concatenate(
        [again.thresholds[:, fit.items, fit.cuts], again.r[:, fit.rows, fit.columns]], axis=1
    )
    se = np.sqrt(np.diag(fit.gamma) / fit.n)
    np.testing.assert_allclose(drawn.std(axis=0), se, rtol=0.12)
    own = np.corrcoef(drawn.T), fit.gamma / fit.n / np.outer(se, se)
    assert np.abs(own[0] - own[1]).max() < 0.15
    # from the tables alone
    alone = stats.polychoric_matrix(x)
    np.testing.assert_allclose(alone.se[fit.rows, fit.columns], se[len(fit.items) :])
    np.testing.assert_allclose(alone.thresholds_se[fit.items, fit.cuts], se[: len(fit.items)])
    np.testing.assert_allclose(again.se.mean(axis=0), alone.se, rtol=0.05)


def test_items_with_other_numbers_of_categories():
    x = answers(p=3)
    x[:, 2] = x[:, 2] > 1
    fit = stats.polychoric_matrix(x)
    np.testing.assert_array_equal(np.isnan(fit.thresholds[2]), [False, True, True])
    np.testing.assert_array_equal(fit.categories[2], [0, 1, np.nan, np.nan])
    assert fit.df[0, 2] == 2
    labels = stats.polychoric_matrix(np.where(x == 3, 7.5, x * 2 - 9))  # only the order counts
    np.testing.assert_array_equal(labels.r[:2, :2], fit.r[:2, :2])


def test_smoothing_is_asked_for_and_told():
    cuts = np.array([-0.5, 0.8])
    apart = [[normal_table(r, cuts, cuts) * 200 for r in row] for row in
             ((1, 0.8, -0.7), (0.8, 1, 0.8), (-0.7, 0.8, 1))]  # fmt: skip
    plain = stats.polychoric_from_tables(apart)
    mended = stats.polychoric_from_tables(apart, smooth=True)
    assert plain.smallest_eigenvalue == mended.smallest_eigenvalue < 0
    assert not plain.smoothed
    assert mended.smoothed
    assert np.linalg.eigvalsh(mended.r)[0] > 0
    np.testing.assert_allclose(np.diag(mended.r), 1)
    np.testing.assert_array_equal(mended.r, stats.smooth_correlation(plain.r))
    good = stats.polychoric_matrix(answers())
    np.testing.assert_array_equal(stats.smooth_correlation(good.r), good.r)
    assert not stats.polychoric_matrix(answers(), smooth=True).smoothed
