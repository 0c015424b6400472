"""Tables of counts of people in, what of them must stay hidden out.

A small count says something about a few people whom others may know. It is hidden (primary
suppression), and so are as many larger ones (complementary suppression) as are needed so that it
follows from no sum that is shown.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray

_EQUAL = 1e-6  # counts are whole numbers; ends of an interval are as exact as the solver


def bordered(counts: ArrayLike) -> IntArray:
    """Counts with their totals: ``(c,)`` becomes ``(c + 1,)``, and ``(r, c)`` ``(r + 1, c + 1)``.

    Parameters
    ----------
    counts
        How many people, never negative.

    Returns
    -------
    IntArray

    Raises
    ------
    ValueError
        When they are no counts, or in more than two dimensions.

    References
    ----------
    Willenborg, L., & de Waal, T. (2001). *Elements of Statistical Disclosure Control* (tables with
    their margins).

    Examples
    --------
    >>> bordered([[1, 2], [3, 4]]).tolist()
    [[1, 2, 3], [3, 4, 7], [4, 6, 10]]
    """
    whole = np.asarray(counts)
    if whole.ndim not in (1, 2):
        raise ValueError(f"expected a list or a table of counts, got shape {whole.shape}")
    table = whole.astype(np.int64)
    if (table != whole).any() or (table < 0).any():
        raise ValueError("counts are whole numbers from 0")
    for axis in range(table.ndim):
        table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
    return table


def suppress(counts: ArrayLike, minimum: int, *, hidden: ArrayLike | None = None) -> BoolArray:
    """Mark what must be hidden of a table that is shown with its totals.

    Hidden are counts and totals of 1 to ``minimum - 1`` people. A count of 0 is shown: it is about
    nobody, and hiding it protects nobody, for a sum of one other. Then, until nothing changes:

    - where a row or column has one hidden cell, or hidden cells that add up to fewer than
      ``minimum`` people, its smallest shown count (every one, where several are equal) is hidden
      too, and its total where no count is left;
    - the same for a row and column in which a hidden cell follows from everything that is shown:
      when linear programming finds but one value for it, or none of ``minimum`` or more. This is
      what an attacker could do who knows only that counts are not negative.

    The grand total is hidden only where it is small itself. That everybody of a group is in one
    cell is not looked for.

    Parameters
    ----------
    counts
        ``(c,)``, a list shown with its total, or ``(r, c)``, a table shown with all its totals.
    minimum
        Smallest count above 0 that is shown; 0 and 1 hide nothing.
    hidden
        Cells that are hidden anyhow, in the shape of the result.

    Returns
    -------
    BoolArray
        In the shape of :func:`bordered`: totals stand at the end. It does not depend on the order
        of rows and columns, and gives itself again as ``hidden``.

    References
    ----------
    Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Schulte Nordholt, E., Spicer, K.,
    & de Wolf, P.-P. (2012). *Statistical disclosure control*. Wiley. Chapters 4 and 5. Fischetti,
    M., & Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear
    constraints. *Management Science, 47*, 1008-1027 (the attacker's problem).

    Examples
    --------
    >>> suppress([2, 30, 60, 0], 5).tolist()  # 30 with it; the total of 92 stays
    [True, True, False, False, False]
    >>> suppress([[2, 20], [30, 40]], 5).astype(int).tolist()  # four cells of a rectangle
    [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    """
    table = bordered(counts)
    mask = (table > 0) & (table < minimum)
    if hidden is not None:
        mask |= np.asarray(hidden, dtype=bool)
    flat, cells, lines = mask.flatten(), table.flatten(), list(_lines(table.shape))
    while minimum > 1 and flat.any():
        more = np.zeros_like(flat)
        for line in lines:
            if _is_open(cells, flat, line, minimum):
                more |= _next(cells, flat, line)
        if not more.any():
            more = _recoverable(cells, flat, lines, minimum)
        if not more.any():
            break
        flat |= more
    return flat.reshape(table.shape)


def merge_categories(counts: ArrayLike, minimum: int) -> IntArray:
    """Join neighbouring categories until each group has enough people, or none.

    Ordered categories can be shown together (global recoding), which says more than cells that are
    hidden: of the joined ones only the sum is known. As many groups as possible are kept, and then
    as few people as possible are in joined ones.

    Parameters
    ----------
    counts
        ``(c,)``, how many people are in each category, in their order.
    minimum
        Fewest people in a group, unless it is one category that nobody is in.

    Returns
    -------
    IntArray
        ``(c,)``, number of each category's group from 0; all 0 where there are fewer people than
        ``minimum`` altogether.

    References
    ----------
    Hundepool et al. (2012), *Statistical disclosure control*, sections 3.3 and 5.2.

    Examples
    --------
    >>> merge_categories([1, 9, 30, 4, 0], 5).tolist()
    [0, 0, 1, 1, 2]
    """
    people = np.asarray(counts, dtype=np.int64)
    total, size = int(people.sum()), len(people)
    if 0 < total < minimum:
        return np.zeros(size, dtype=np.int64)
    sums = np.concatenate([[0], np.cumsum(people)])
    # Best way to end a group before each position: most groups, fewest people joined.
    best: list[tuple[int, int, int] | None] = [(0, 0, 0)]
    for end in range(1, size + 1):
        ways = []
        for begin in range(end):
            before, among = best[begin], int(sums[end] - sums[begin])
            alone = end - begin == 1
            if before is not None and (among >= minimum or (alone and among == 0)):
                ways.append((before[0] - 1, before[1] + (0 if alone else among), begin))
        best.append(min(ways, default=None))
    begins, end = [], size
    while end and (way := best[end]) is not None:
        begins.append(way[2])
        end = way[2]
    starts = np.zeros(size, dtype=np.int64)
    starts[begins] = 1
    return np.asarray(np.cumsum(starts) - 1, dtype=np.int64)


def _lines(shape: tuple[int, ...]) -> Iterator[IntArray]:
    """Positions of each row and column in the flat table; its total stands last."""
    places = np.arange(np.prod(shape), dtype=np.int64).reshape(shape)
    if len(shape) == 1:
        yield places
        return
    yield from places
    yield from places.T


def _is_open(cells: IntArray, hidden: BoolArray, line: IntArray, minimum: int) -> bool:
    """Whether what is hidden in a line follows from its total."""
    inside, total = line[:-1], line[-1]
    count = int(hidden[line].sum())
    if count == 0 or (count > 1 and hidden[total]):
        return False
    return count == 1 or int(cells[inside][hidden[inside]].sum()) < minimum


def _next(cells: IntArray, hidden: BoolArray, line: IntArray) -> BoolArray:
    """What a line can hide next: its smallest counts, else its total."""
    more = np.zeros_like(hidden)
    inside = line[:-1]
    free = inside[~hidden[inside] & (cells[inside] > 0)]
    if free.size:
        more[free[cells[free] == cells[free].min()]] = True
    elif line[-1] != len(cells) - 1:
        more[line[-1]] = not hidden[line[-1]]
    return more


def _recoverable(
    cells: IntArray, hidden: BoolArray, lines: list[IntArray], minimum: int
) -> BoolArray:
    """What to hide next for the cells that follow from all that is shown together."""
    more = np.zeros_like(hidden)
    for cell, (low, high) in _intervals(cells, hidden, lines).items():
        if high < minimum - _EQUAL or high - low < _EQUAL:
            for line in lines:
                if cell in line:
                    more |= _next(cells, hidden, line)
    return more


def _intervals(
    cells: IntArray, hidden: BoolArray, lines: list[IntArray]
) -> dict[int, tuple[float, float]]:
    """Lowest and highest value of each hidden cell that agree with everything shown."""
    from scipy.optimize import linprog  # here: it costs half a second that few commands need

    unknown = np.flatnonzero(hidden)
    sums = np.zeros((len(lines), len(cells)))
    for row, line in enumerate(lines):
        sums[row, line] = 1.0
        sums[row, line[-1]] = -1.0
    left: FloatArray = sums[:, unknown]
    right = -(sums[:, ~hidden] @ cells[~hidden])
    used = left.any(axis=1)
    found = {}
    for place, cell in enumerate(unknown.tolist()):
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(unknown))
            goal[place] = sign
            answer = linprog(goal, A_eq=left[used], b_eq=right[used], bounds=(0, None))
            ends.append(sign * float(-np.inf if answer.fun is None else answer.fun))
        found[cell] = (ends[0], ends[1])
    return found
