"""p of reported statistics: against R, and what their rounding allows."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.stats import p_of_statistic, p_range


def test_p_is_that_of_r(root):
    known = json.loads((root / "tests/reference/reported.json").read_text("utf-8"))["cases"]
    assert {case["test"] for case in known} == {"t", "F", "chi2", "r", "z", "Q"}
    for case in known:
        p = p_of_statistic(case["test"], case["statistic"], *case["df"])
        assert p == pytest.approx(case["p"], rel=1e-9), case


def test_what_cannot_be_has_no_p():
    assert np.isnan(p_of_statistic("r", 1.3, 20))
    assert np.isnan(p_of_statistic("F", -1.0, 1, 20))
    assert np.isnan(p_range("r", 1.31, 98, half_unit=0.005)).all()
    assert p_of_statistic("r", 1.0, 20) == 0
    with pytest.raises(ValueError, match="2 degrees of freedom, not 1"):
        p_of_statistic("F", 2.0, 1)


@given(
    st.sampled_from(["t", "F", "chi2", "r", "z", "Q"]),
    st.floats(0, 6),
    st.integers(1, 200),
    st.integers(1, 3),
)
def test_the_range_holds_the_p_of_whatever_was_rounded(test, true, df, decimals):
    true = true / 7 if test == "r" else true
    freedom = {"F": (3, df), "z": ()}.get(test, (df,))
    low, _, high = p_range(test, round(true, decimals), *freedom, half_unit=0.5 * 10**-decimals)
    p = float(p_of_statistic(test, true, *freedom))
    assert low * (1 - 1e-9) <= p <= high * (1 + 1e-9)
    assert 0 <= low <= high <= 1


def test_degrees_of_freedom_of_a_correction_were_rounded_too():
    exact = p_range("t", 2.5, 3.4, half_unit=0.0)
    rounded = p_range("t", 2.5, 3.4, half_unit=0.0, half_units_df=(0.05,))
    assert rounded[0] < exact[0] == exact[1] == exact[2] < rounded[2]
    one = p_range("t", 2.5, 3.4, half_unit=0.0, one_sided=True)
    assert one[1] == pytest.approx(exact[1] / 2)
