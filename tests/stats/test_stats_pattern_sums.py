"""Sums of patterns of missing answers, and moments from them: exact, whatever the pieces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.stats.pattern_sums import pattern_sums
from detachment.stats.sem.estimate import fit_model
from detachment.stats.sem.inference import adf_sandwich
from detachment.stats.sem.model import cfa_model
from detachment.stats.sem.sample import casewise_slopes, moments_of_sums, sample_moments

FIELDS = ("seen", "counts", "means", "covs", "mean", "cov", "saturated")


def answers(seed, n=200, p=4, missing=0.2):
    rng = np.random.default_rng(seed)
    x = np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, p)))
    x[rng.random(x.shape) < missing] = np.nan
    return x


@given(seed=st.integers(0, 2**16), cut=st.integers(0, 200), missing=st.sampled_from([0, 0.2, 0.6]))
@settings(max_examples=15, deadline=None)
def test_moments_do_not_depend_on_pieces_or_order(seed, cut, missing):
    x = answers(seed, missing=missing)
    whole = sample_moments(x, "fiml")
    moved = np.random.default_rng(seed).permutation(x)
    pieces = moments_of_sums(pattern_sums(moved[cut:]) + pattern_sums(moved[:cut]))
    for field in FIELDS:
        assert np.array_equal(getattr(whole, field), getattr(pieces, field), equal_nan=True), field
    assert whole.n == pieces.n


def test_moments_of_a_pattern_are_those_of_its_rows():
    x = answers(1)
    found = moments_of_sums(pattern_sums(x))
    for seen, n, mean, cov in zip(found.seen, found.counts, found.means, found.covs, strict=True):
        own = x[(~np.isnan(x) == seen).all(axis=1)][:, seen]
        assert len(own) == n
        np.testing.assert_allclose(mean[seen], own.mean(axis=0), rtol=1e-14)
        inside = np.cov(own.T, bias=True).reshape(seen.sum(), -1)
        np.testing.assert_allclose(cov[np.ix_(seen, seen)], inside, rtol=1e-12, atol=1e-14)
        assert not mean[~seen].any()
        assert not cov[~seen].any()


def test_what_needs_rows_says_so_and_gives_no_number():
    sample = moments_of_sums(pattern_sums(answers(2, missing=0)))
    assert sample.n == 200
    with pytest.raises(ValueError, match="needs the rows"):
        casewise_slopes(sample, sample.mean, sample.cov)
    fit = fit_model(cfa_model("f =~ a + b + c + d"), [sample])
    with pytest.raises(ValueError, match="needs the rows"):
        adf_sandwich(fit)


@pytest.mark.parametrize("x", [[[0.5, 1.0]], [[1e9, 1.0]]])
def test_numbers_that_cannot_be_added_up_exactly_are_refused(x):
    with pytest.raises(ValueError, match="exactly"):
        pattern_sums(x)


def test_nobody_has_no_pattern():
    nobody = pattern_sums(np.full((2, 9), np.nan))
    assert nobody.seen.shape == (0, 9)
    assert nobody.products == []
