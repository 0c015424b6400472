"""Questions that take several choices and write them into one cell."""

from collections.abc import Iterable, Sequence


def split_choices(cell: str, separator: str, options: Sequence[str] = ()) -> list[str]:
    """Take the choices of one cell apart; an ``option`` may itself hold the separator.

    Examples
    --------
    >>> split_choices("Money, savings and debt, Time", ", ", ["Money, savings and debt", "Time"])
    ['Money, savings and debt', 'Time']
    >>> split_choices("Money;Chores;", ";")
    ['Money', 'Chores']
    """
    longest_first = sorted(options, key=len, reverse=True)
    stripped = separator.strip() or separator
    found: list[str] = []
    rest = cell.strip()
    while rest:
        option = next(
            (o for o in longest_first if rest == o or rest.startswith(o + stripped)), None
        )
        if option is None:
            option = rest.partition(stripped)[0]
        rest = rest[len(option) :].removeprefix(stripped).strip()
        if option.strip():
            found.append(option.strip())
    return found


def find_options(cells: Iterable[str], separator: str) -> tuple[str, ...]:
    """Guess the choices of a question from its different cells, in order of first appearance.

    Two pieces that never stand apart are one choice whose words hold the separator.

    Examples
    --------
    >>> find_options(["Money, savings and debt, Time", "Money, savings and debt", "Time"], ", ")
    ('Money, savings and debt', 'Time')
    """
    split = [split_choices(cell, separator) for cell in cells]
    pieces = list(dict.fromkeys(piece for choices in split for piece in choices))
    after: dict[str, set[str | None]] = {piece: set() for piece in pieces}
    before: dict[str, set[str | None]] = {piece: set() for piece in pieces}
    for choices in split:
        for here, following in zip(choices, [*choices[1:], None], strict=True):
            after[here].add(following)
            if following is not None:
                before[following].add(here)
        if choices:
            before[choices[0]].add(None)
    options: list[str] = []
    for piece in pieces:
        single = next(iter(before[piece])) if len(before[piece]) == 1 else None
        glued = single is not None and after[single] == {piece}
        if glued and options and single is not None and options[-1].endswith(single):
            options[-1] += separator + piece
        elif not glued:
            options.append(piece)
        else:
            options.append(piece)
    return tuple(options)
