"""What is hidden of a table of counts cannot be computed from what is shown of it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from detachment.stats import bordered, merge_categories, suppress

COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 300))
TABLES = st.tuples(st.integers(2, 4), st.integers(2, 4)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=COUNTS)
)
LISTS = st.lists(COUNTS, min_size=1, max_size=7)
MINIMA = st.sampled_from([3, 5, 10])
SLOW = settings(max_examples=25)  # each solves many linear programmes


def equations(shape: tuple[int, ...]) -> np.ndarray:
    """Each row and column of a bordered table: its cells less its total are 0."""
    size = int(np.prod(shape))
    places = np.arange(size).reshape(shape)
    lines = [places] if len(shape) == 1 else [*places, *places.T]
    rows = np.zeros((len(lines), size))
    for row, line in zip(rows, lines, strict=True):
        row[line[:-1]], row[line[-1]] = 1, -1
    return rows


def attack(counts: np.ndarray, mask: np.ndarray) -> dict[int, tuple[float, float]]:
    """Bounds of every hidden cell for one who knows what is shown, and that counts are >= 0."""
    table, hidden = bordered(counts).ravel(), mask.ravel()
    sums = equations(mask.shape)
    left, right = sums[:, hidden], -sums[:, ~hidden] @ table[~hidden]
    found = {}
    for place, cell in enumerate(np.flatnonzero(hidden)):
        goal = np.eye(hidden.sum())[place]
        low, high = (linprog(s * goal, A_eq=left, b_eq=right, bounds=(0, None)) for s in (1, -1))
        top = -high.fun if high.status == 0 else np.inf
        found[int(cell)] = (low.fun, top)
    return found


def free_cells(mask: np.ndarray) -> np.ndarray:
    """Hidden cells that linear algebra leaves open: those that move in the null space."""
    left = equations(mask.shape)[:, mask.ravel()]
    _, singular, right = np.linalg.svd(left)
    rank = int((singular > 1e-9).sum())
    return np.abs(right[rank:]).max(axis=0, initial=0) > 1e-9


@SLOW
@given(TABLES, MINIMA)
def test_nothing_hidden_follows_from_the_totals(counts: np.ndarray, minimum: int) -> None:
    mask, table = suppress(counts, minimum), bordered(counts)
    assert mask[(table > 0) & (table < minimum)].all()
    if counts.sum() < minimum:  # everything is small, and nothing can be shown
        return
    assert free_cells(mask).all()
    for low, high in attack(counts, mask).values():
        assert high - low > 0.5
        assert high > minimum - 1e-6


@given(LISTS, MINIMA)
def test_nothing_hidden_follows_from_the_total_of_a_list(counts: list[int], minimum: int) -> None:
    mask = suppress(counts, minimum)
    if sum(counts) < minimum:
        return
    assert not mask[-1]
    shown = [n for n, hide in zip(counts, mask[:-1], strict=True) if hide]
    # One small count that is everybody but nobody needs no partner: it is not small.
    assert not shown or (len(shown) > 1 and sum(shown) >= minimum)


@SLOW
@given(TABLES, MINIMA)
def test_it_is_stable(counts: np.ndarray, minimum: int) -> None:
    mask = suppress(counts, minimum)
    assert (suppress(counts, minimum, hidden=mask) == mask).all()


@SLOW
@given(TABLES, MINIMA, st.randoms(use_true_random=False))
def test_order_does_not_matter(counts: np.ndarray, minimum: int, random) -> None:
    down, across = list(range(counts.shape[0])), list(range(counts.shape[1]))
    random.shuffle(down)
    random.shuffle(across)
    mask = suppress(counts, minimum)
    moved = suppress(counts[np.ix_(down, across)], minimum)
    assert (moved == mask[np.ix_([*down, -1], [*across, -1])]).all()
    assert (suppress(counts.T, minimum) == mask.T).all()


@given(TABLES)
def test_a_minimum_of_one_hides_nothing(counts: np.ndarray) -> None:
    assert not suppress(counts, 1).any()
    assert not suppress(counts, 0).any()


def test_a_zero_is_shown() -> None:
    assert suppress([0, 3, 40, 90], 5).tolist() == [False, True, True, False, False]


def test_a_small_total_is_hidden_with_its_row() -> None:
    mask = suppress([[2, 1, 0], [40, 50, 60]], 5)
    assert mask[0].tolist() == [True, True, False, True]
    assert not mask[-1, -1]


def test_hidden_cells_that_add_up_to_few_are_joined_by_another() -> None:
    assert suppress([1, 2, 50, 60], 5).tolist() == [True, True, True, False, False]


def test_two_in_every_line_are_not_enough_when_one_bridges_two_rectangles() -> None:
    """Every line has two hidden cells or more, and yet (0, 2) follows: 2 rectangles, 1 bridge."""
    counts = np.full((5, 5), 50)
    rectangles = {*product((0, 1), (0, 1)), *product((2, 3), (2, 3))}
    hidden = np.zeros((6, 6), dtype=bool)
    for place in [*rectangles, (0, 2)]:
        hidden[place] = True
    assert not free_cells(hidden).all()
    mask = suppress(counts, 5, hidden=hidden)
    assert free_cells(mask).all()


@pytest.mark.parametrize("wrong", [[-1, 2], [0.5], [[[1]]], 7])
def test_only_counts_are_taken(wrong: object) -> None:
    with pytest.raises(ValueError, match="counts"):
        suppress(wrong, 5)


@given(LISTS, MINIMA)
def test_joined_categories_hold_enough_people(counts: list[int], minimum: int) -> None:
    groups = merge_categories(counts, minimum)
    assert groups[0] == 0
    assert set(np.diff(groups)) <= {0, 1}
    for one in range(groups[-1] + 1):
        among = [n for n, group in zip(counts, groups, strict=True) if group == one]
        assert sum(among) >= minimum or among == [0] or sum(counts) < minimum
    # As many groups as any way of cutting the list gives.
    best = max(
        (
            1 + sum(cut)
            for cut in product((0, 1), repeat=len(counts) - 1)
            if all(
                sum(part) >= minimum or part == [0]
                for part in np.split(counts, np.flatnonzero(cut) + 1)
                for part in [list(part)]
            )
        ),
        default=1,
    )
    assert groups[-1] + 1 == best
