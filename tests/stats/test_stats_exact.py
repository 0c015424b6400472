"""Sums without rounding: what fsum gives, in any order and in any parts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.stats.exact import exact_sums

NUMBERS = st.lists(
    st.floats(min_value=-1e300, max_value=1e300, allow_nan=False, allow_subnormal=True),
    max_size=40,
)


@given(NUMBERS, st.integers(0, 40), st.randoms(use_true_random=False))
def test_total_is_that_of_fsum_whatever_the_order_and_the_parts(numbers, cut, random):
    shuffled = numbers.copy()
    random.shuffle(shuffled)
    parts = exact_sums(np.array(shuffled[:cut])) + exact_sums(np.array(shuffled[cut:]))
    assert parts.total.tolist() == [math.fsum(numbers)]


def test_columns_are_apart_and_blocks_join():
    x = np.random.default_rng(3).normal(size=(2**17 + 5, 2)) * [1.0, 1e200]
    assert exact_sums(x).total.tolist() == [math.fsum(x[:, 0]), math.fsum(x[:, 1])]


def test_what_cancels_leaves_what_was_too_small_to_see():
    assert exact_sums([1e16, 1.0, -1e16]).total.tolist() == [1.0]
    assert exact_sums([5e-324, 5e-324]).total.tolist() == [1e-323]


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
def test_a_sum_with_a_number_that_is_not_finite_is_missing(strange):
    total = (exact_sums([[1.0, 2.0]]) + exact_sums([[strange, 3.0]])).total
    assert np.isnan(total[0])
    assert total[1] == 5.0


def test_a_sum_beyond_every_number_is_infinite():
    assert exact_sums([1.7e308, 1.7e308]).total.tolist() == [math.inf]
    assert exact_sums([-1.7e308, -1.7e308]).total.tolist() == [-math.inf]


def test_only_one_data_set_is_added_up():
    with pytest.raises(ValueError, match="one data set"):
        exact_sums(np.zeros((2, 2, 2)))


def test_no_number_of_rows_is_too_many():
    total = exact_sums(np.full(1000, 2.0**-32 * (1 - 2**-30)))
    for _ in range(40):  # a thousand times a million million
        total += total
    assert total.total.tolist() == [1000 * 2.0**40 * 2.0**-32 * (1 - 2**-30)]
