"""Paired shares: published examples, symmetry, degenerate tables, stacks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.stats.paired_proportion import (
    mcnemar_p,
    paired_difference_interval,
    paired_proportions,
)

counts = st.tuples(*[st.integers(0, 30)] * 4).filter(lambda table: sum(table) > 0)
METHODS = ("newcombe", "tango")


def test_the_airways_of_21_children():
    # Fagerland, Lydersen and Laake (2014), table 2: 1, 1, 7, 12
    assert mcnemar_p(1, 7) == pytest.approx(0.0703, abs=5e-5)
    assert mcnemar_p(1, 7, method="mid_p") == pytest.approx(0.0391, abs=5e-5)
    assert mcnemar_p(1, 7, method="asymptotic") == pytest.approx(0.0339, abs=5e-5)
    low, high = paired_difference_interval(1, 7, 1, 12)
    assert (low, high) == pytest.approx((-0.507, -0.026), abs=5e-4)
    low, high = paired_difference_interval(1, 7, 1, 12, method="tango")
    assert (low, high) == pytest.approx((-0.517, -0.026), abs=5e-4)


@given(counts, st.sampled_from(METHODS), st.sampled_from([0.5, 0.9, 0.99]))
def test_intervals_hold_the_estimate_and_turn_with_the_answers(table, method, confidence):
    a, b, c, d = table
    options = {"method": method, "confidence": confidence}
    low, high = paired_difference_interval(a, b, c, d, **options)
    estimate = (c - b) / (a + b + c + d)
    assert -1 <= low <= estimate + 1e-9
    assert estimate - 1e-9 <= high <= 1
    turned = paired_difference_interval(a, c, b, d, **options)
    np.testing.assert_allclose((-turned[1], -turned[0]), (low, high), atol=1e-9)
    other = paired_difference_interval(d, c, b, a, **options)  # no for yes
    np.testing.assert_allclose((-other[1], -other[0]), (low, high), atol=1e-9)


@given(counts)
def test_the_tests_agree(table):
    _, b, c, _ = table
    exact, mid = mcnemar_p(b, c), mcnemar_p(b, c, method="mid_p")
    assert 0 < mid <= exact <= 1 or b + c == 0
    assert exact == mcnemar_p(c, b)
    if b + c:
        plain = mcnemar_p(b, c, method="asymptotic")
        assert plain <= mcnemar_p(b, c, method="corrected")


def test_tango_ends_where_the_score_test_does():
    low, high = paired_difference_interval(10, 3, 12, 25, method="tango", confidence=0.95)
    zero_inside = low < 0 < high
    assert zero_inside == (mcnemar_p(3, 12, method="asymptotic") > 0.05)


def test_a_stack_is_its_tables():
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 2, (2, 4, 3, 20)).astype(float)
    x[0, 0, :5] = np.nan
    y[1, 2] = np.nan
    for method in METHODS:
        many = paired_proportions(x, y, interval=method)
        for place in np.ndindex(4, 3):
            one = paired_proportions(x[place], y[place], interval=method)
            for name in ("n", "first", "second", "difference", "low", "high", "gained", "p"):
                np.testing.assert_array_equal(getattr(many, name)[place], getattr(one, name))


def test_nothing_to_compare():
    nobody = paired_proportions([np.nan, 1], [0, np.nan])
    assert nobody.n == 0
    assert np.isnan([nobody.difference, nobody.low, nobody.high]).all()
    assert nobody.p == 1
    assert np.isnan(mcnemar_p(0, 0, method="asymptotic"))
    assert np.isnan(paired_difference_interval(0, 0, 0, 0, method="tango")).all()
    same = paired_difference_interval(5, 0, 0, 5)
    assert same[0] == -same[1]
    assert paired_difference_interval(0, 0, 9, 0, method="tango")[1] == pytest.approx(1)
