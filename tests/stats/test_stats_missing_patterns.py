"""Patterns of missing answers are counted exactly, of any number of items and in any parts."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.stats.missing_patterns import missing_patterns_of

SEEN = st.tuples(st.integers(0, 30), st.sampled_from([0, 1, 7, 8, 9, 63, 64, 65, 130])).flatmap(
    lambda shape: st.integers(0, 2**31).map(
        lambda seed: np.random.default_rng(seed).random(shape) < (seed % 5) / 4
    )
)


def known(patterns):
    return {tuple(seen): int(rows) for seen, rows in zip(patterns.seen, patterns.rows, strict=True)}


@given(SEEN, st.integers(0, 30))
def test_patterns_are_those_of_the_rows(rows, cut):
    found = missing_patterns_of(rows[:cut].T) + missing_patterns_of(rows[cut:].T)
    counts = Counter(tuple(row) for row in rows if row.any())
    assert known(found) == counts
    assert [bytes(bits) for bits in found.bits] == sorted(bytes(bits) for bits in found.bits)
    assert found.total == counts.total()
    assert found.complete == counts.get((True,) * rows.shape[1], 0)
    whole = missing_patterns_of(rows.T)
    assert np.array_equal(whole.bits, found.bits)
    assert np.array_equal(whole.rows, found.rows)


@given(SEEN, st.data())
def test_patterns_of_some_items_are_those_of_their_columns(rows, data):
    p = rows.shape[1]
    kept = sorted(data.draw(st.sets(st.integers(0, p - 1), min_size=1))) if p else []
    assert known(missing_patterns_of(rows.T).select(kept)) == known(
        missing_patterns_of(rows[:, kept].T)
    )


@pytest.mark.parametrize("p", [3, 70])
def test_many_rows_are_counted(p):
    rows = np.random.default_rng(3).random((5000, p)) < 0.97
    assert known(missing_patterns_of(rows.T)) == Counter(map(tuple, rows))
