"""Numbers in, words out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment import text


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.5, 2, "0.50"),
        (-1.005, 1, "−1.0"),
        (-0.004, 2, "0.00"),
        (1234.5, 1, "1234.5"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
        (None, 2, "–"),
        (math.nan, 2, "–"),
        (10, 0, "10"),
    ],
)
def test_numbers(value: float | None, digits: int, expected: str) -> None:
    assert text.number(value, digits) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.8754, ".88"),
        (-0.304, "−.30"),
        (0.999, "1.00"),
        (0.995, ".99"),  # stored as 0.99499999...
        (1.0, "1.00"),
        (-1.0, "−1.00"),
        (0.0, ".00"),
        (-0.001, ".00"),
        (-1.37, "−1.37"),  # an alpha can fall below -1
        (None, "–"),
    ],
)
def test_numbers_that_cannot_exceed_one_have_no_leading_zero(
    value: float | None, expected: str
) -> None:
    assert text.bounded(value) == expected


def test_a_plain_hyphen_on_request() -> None:
    assert text.bounded(-0.5, minus="-") == "-.50"
    assert text.number(-0.5, minus="-") == "-0.50"
    assert text.interval(-0.5, -0.1, minus="-") == "[-.50, -.10]"


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.001, "p = .001"),
        (0.000999, "p < .001"),
        (0.0, "p < .001"),
        (0.05, "p = .050"),
        (0.9994, "p = .999"),
        (0.9995, "p > .999"),
        (0.9996, "p > .999"),
        (1.0, "p > .999"),
        (math.nan, "p = –"),
    ],
)
def test_p_values(p: float, expected: str) -> None:
    assert text.p_statement(p) == expected


@given(st.floats(0, 1))
def test_a_p_value_is_never_zero_or_one_nor_longer_than_its_digits(p: float) -> None:
    written = text.p_value(p)
    assert written not in {".000", "1.000", "0", "1"}
    assert "0." not in written
    if written[0] == ".":
        assert abs(float(written) - p) <= 0.0005 + 1e-12


@given(st.floats(-1, 1), st.integers(1, 4))
def test_what_is_written_is_the_number_rounded(value: float, digits: int) -> None:
    written = text.bounded(value, digits, minus="-")
    assert abs(float(written) - value) <= 0.5 * 10.0**-digits + 1e-12


def test_an_interval_needs_both_ends() -> None:
    assert text.interval(0.1, None) == "–"
    assert text.interval(math.nan, 0.2) == "–"
    assert text.interval(-0.5, 0.25) == "[−.50, .25]"
    assert text.interval(0.5, 12.25, can_exceed_one=True) == "[0.50, 12.25]"


def test_counts_percentages_and_ranges() -> None:
    assert text.count(1234567) == "1,234,567"
    assert text.count(None) == "–"
    assert text.counted(1, "item") == "1 item"
    assert text.counted(0, "item") == "0 items"
    assert text.percent(0.256) == "26%"
    assert text.percent(None) == "–"
    assert text.span(0, 100) == "0–100"


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [(0.95, "95%"), (0.57, "57%"), (0.995, "99.5%"), (0.999, "99.9%"), (0.99999, "99.999%")],
)
def test_a_level_of_confidence_is_not_rounded(confidence: float, expected: str) -> None:
    assert text.level(confidence) == expected


def test_lists() -> None:
    assert text.listing([]) == ""
    assert text.listing(["a", "b", "c"]) == "a, b, and c"
    assert text.listing(["a", "b", "c"], shown=1) == "a and 2 more"
    assert text.listing(["a", "b"], shown=2) == "a and b"


def test_sentences_begin_and_end() -> None:
    assert text.sentence("alpha is missing") == "Alpha is missing."
    assert text.sentence("α is missing.") == "α is missing."
    assert text.sentence("") == ""
