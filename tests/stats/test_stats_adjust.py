"""Adjusted p values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from detachment import stats

METHODS = ["none", "holm", "bh", "by", "bonferroni", "hochberg"]
p_values = arrays(
    np.float64,
    array_shapes(max_dims=2, max_side=8),
    elements=st.one_of(st.floats(0, 1), st.sampled_from([0.01, 0.02, np.nan])),
)


@pytest.mark.parametrize("method", METHODS)
@given(p=p_values)
def test_adjusting_never_helps_and_keeps_the_order(method, p):
    adjusted = stats.adjust_p(p, method)
    assert adjusted.shape == p.shape
    np.testing.assert_array_equal(np.isnan(adjusted), np.isnan(p))
    test = ~np.isnan(p)
    before, after = p[test], adjusted[test]
    assert (after >= before - 1e-15).all()
    assert (after <= 1).all()
    assert (np.diff(after[np.argsort(before)]) >= -1e-15).all()


@given(p_values)
def test_methods_are_ordered(p):
    test = ~np.isnan(p)
    a = {method: stats.adjust_p(p, method)[test] for method in METHODS}
    assert (a["bh"] <= a["hochberg"] + 1e-12).all()
    assert (a["hochberg"] <= a["holm"] + 1e-12).all()
    assert (a["holm"] <= a["bonferroni"] + 1e-12).all()
    assert (a["bh"] <= a["by"] + 1e-12).all()


@given(p_values)
def test_missing_tests_are_no_part_of_the_family(p):
    family = p[~np.isnan(p)]
    np.testing.assert_array_equal(
        stats.adjust_p(p, "holm")[~np.isnan(p)], stats.adjust_p(family, "holm")
    )


def test_the_input_is_left_alone():
    p = np.array([0.01, 0.02])
    stats.adjust_p(p, "holm")
    np.testing.assert_array_equal(p, [0.01, 0.02])


def test_wrong_words_and_values():
    with pytest.raises(ValueError, match="none, holm, bh"):
        stats.adjust_p([0.1], "fdr")
    with pytest.raises(ValueError, match="between 0 and 1"):
        stats.adjust_p([0.1, 1.1])
