"""Resampled correlations from how often pairs of values occur, against the rows themselves."""

import numpy as np
import pytest

from detachment.stats import resampled_cells
from detachment.stats.bootstrap import bca_interval, resample_tables
from detachment.stats.clustered_correlation import correlation_influence, influence_of_cells
from detachment.stats.correlation import kendall_test, pearson, spearman
from detachment.stats.counts import pairwise_tables
from detachment.stats.pair_counts import (
    Cells,
    TooManyValues,
    cells_among,
    cells_of_rows,
    pair_counts,
)
from detachment.stats.polychoric_items import polychoric_from_tables
from detachment.stats.resampled_cells import bootstrap_of_cells, polychoric_bootstrap_of_table
from detachment.stats.resampled_ranks import rank_bootstrap

METHODS = ("pearson", "spearman", "kendall")


@pytest.fixture(scope="module")
def rows():
    """Skewed answers with gaps, the second in fractions."""
    rng = np.random.default_rng(4)
    f = rng.normal(size=400)
    x = np.clip(np.rint(3 + f[:, None] + rng.exponential(size=(400, 2))), 1, 7)
    x[:, 1] /= 3
    x[rng.random(x.shape) < 0.1] = np.nan
    return x


@pytest.fixture(scope="module")
def cells(rows):
    return cells_of_rows(*rows.T)


@pytest.mark.parametrize("method", METHODS)
def test_replicates_are_correlations_of_what_is_drawn(cells, method):
    of = {
        "pearson": lambda x, y: pearson(x, y)[0],
        "spearman": lambda x, y: spearman(x, y)[0],
        "kendall": lambda x, y: kendall_test(x, y).tau,
    }[method]
    found = bootstrap_of_cells(cells, 400, method, n_boot=40, rng=3).replicates
    draws = [
        times for _, block in resampled_cells._draws(cells.times, 400, 40, 3) for times in block
    ]
    expected = [
        of(np.repeat(cells.x, times)[:, None], np.repeat(cells.y, times)[:, None])[0, 0]
        for times in draws
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_replicates_do_not_depend_on_memory(cells, method, monkeypatch):
    whole = bootstrap_of_cells(cells, 400, method, n_boot=70).replicates
    monkeypatch.setattr(resampled_cells, "_NUMBERS", 90)
    parts = bootstrap_of_cells(cells, 400, method, n_boot=70).replicates
    assert whole.tobytes() == parts.tobytes()
    assert len(np.unique(whole)) == 70


def test_as_many_are_drawn_as_there_are(cells):
    (_, drawn), *_ = resampled_cells._draws(cells.times, cells.n, 32, 1)
    assert (drawn.sum(axis=1) == cells.n).all()
    (_, drawn), *_ = resampled_cells._draws(cells.times, 400, 32, 1)
    assert 10 < np.ptp(drawn.sum(axis=1)) < 60  # binomial, with SD 8


@pytest.mark.parametrize("method", ["spearman", "kendall"])
def test_the_distribution_is_that_of_drawing_rows(rows, cells, method):
    own = bootstrap_of_cells(cells, len(rows), method, n_boot=2000)
    other = rank_bootstrap(rows[:, :1], rows[:, 1:], method, n_boot=2000, jackknife=True)
    replicates = other.replicates[:, 0, 0]
    assert own.replicates.mean() == pytest.approx(replicates.mean(), abs=0.005)
    assert own.replicates.std() == pytest.approx(replicates.std(), rel=0.06)
    # the acceleration alone: as if there were no difference in the random numbers
    left = -correlation_influence(rows[:, :1], rows[:, 1:], method, keep=True).values[:, 0, 0]
    estimate = other.estimate[0, 0]
    both = cells.times
    one = bca_interval(estimate, replicates, own.jackknife, times=both)
    np.testing.assert_allclose(one, bca_interval(estimate, replicates, left), atol=1e-4)


def test_jackknife_of_cells_leaves_out_one_respondent(cells):
    found = bootstrap_of_cells(cells, 400, n_boot=2)
    for k in (0, 7):
        times = cells.times.copy()
        times[k] -= 1
        without = Cells(cells.x, cells.y, times).pearson()
        assert found.jackknife[k] == pytest.approx(without, abs=1e-12)
    assert found.times.sum() == cells.n


def test_bca_with_times_is_bca_of_as_many():
    rng = np.random.default_rng(1)
    replicates, left = rng.normal(size=500), rng.exponential(size=9)
    times = rng.integers(1, 5, size=9)
    left[3] = np.nan
    one = bca_interval(0.1, replicates, left, times=times)
    np.testing.assert_allclose(one, bca_interval(0.1, replicates, left.repeat(times)), rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_influences_are_those_of_rows(rows, cells, method):
    of_rows = correlation_influence(rows[:, :1], rows[:, 1:], method, keep=True)
    found = influence_of_cells(cells, method)
    for name in ("r", "se", "n", "units"):
        np.testing.assert_allclose(getattr(found, name), getattr(of_rows, name), rtol=1e-10)
    each = dict(zip(zip(cells.x, cells.y, strict=True), found.values[:, 0, 0], strict=True))
    known = ~np.isnan(rows).any(axis=1)
    expected = [each[tuple(row)] for row in rows[known]]
    np.testing.assert_allclose(of_rows.values[known, 0, 0], expected, rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("y", [[1, 1, 1, 1], [1, 2, 3, 4]])
def test_constant_and_perfect_pairs_have_no_standard_error(method, y):
    x = np.array([1.0, 2, 3, 4])
    pair = Cells(x, np.array(y, dtype=float), np.array([3, 1, 2, 4]))
    assert np.isnan(influence_of_cells(pair, method).se).all()
    assert len(bootstrap_of_cells(pair, 10, method, n_boot=3).replicates) == 3


def test_constant_draws_have_no_correlation():
    pair = Cells(np.array([1.0, 2.0]), np.array([5.0, 7.0]), np.array([1, 1]))
    for method in METHODS:
        found = bootstrap_of_cells(pair, 2, method, n_boot=64).replicates
        assert 10 < np.isnan(found).sum() < 54
        assert (found[~np.isnan(found)] == 1).all()


def test_polychoric_replicates_are_those_of_drawing_rows(rows):
    x = np.clip(np.column_stack([rows[:, 0], rows[:, 1] * 3]), 2, 5)
    counts = pairwise_tables(x).counts
    margins = [np.diagonal(counts[k, k]) for k in (0, 1)]
    found = polychoric_bootstrap_of_table(counts[0, 1], margins, len(x), n_boot=300)
    other = resample_tables(
        x, lambda tables: polychoric_from_tables(tables, errors=False).r[:, 0, 1], n_boot=300
    )
    assert found.mean() == pytest.approx(float(other.estimate), abs=0.015)
    assert found.std() == pytest.approx(other.replicates.std(), rel=0.2)


def test_more_answers_than_rows_are_refused(cells):
    with pytest.raises(ValueError, match="have both values, of 5 in all"):
        bootstrap_of_cells(cells, 5)
    with pytest.raises(ValueError, match="gave an answer, of 5 in all"):
        polychoric_bootstrap_of_table([[4, 1], [1, 4]], [[5, 5], [5, 5]], 5)


def test_cells_of_columns_and_of_counts_are_the_same(rows):
    among = np.array([[True, False]])
    x, y = rows[:, :1], np.column_stack([rows[:, 1], rows[:, 0]])
    found = cells_among(x, y, among)
    counts = pair_counts(rows, [(0, 1)])
    same = counts.cells_among([0], [1, 0], among, len(rows))
    assert found.keys() == same.keys() == {(0, 0)}
    for name in ("x", "y", "times"):
        assert (getattr(found[0, 0], name) == getattr(same[0, 0], name)).all()
    many = np.arange(400.0)[:, None]
    with pytest.raises(TooManyValues, match="for 400 rows"):
        cells_among(many, y, among)
