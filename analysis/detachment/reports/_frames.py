"""Frames as people read them in, display tables of a report out."""

import re
from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from detachment.tables import Table

# A number, an interval, a share, a count with its share, or the dash of a missing one.
_NUMBER = re.compile(r"[\d\s.,;:<>%()\[\]\N{MINUS SIGN}\N{EN DASH}∞-]*")

_BOTH = re.compile(r"^(\S+) (\[.*\])$")


def as_table(
    frame: "pd.DataFrame",
    *,
    name: str,
    title: str,
    data: "pd.DataFrame",
    heads: Mapping[str, str],
    group: str = "",
    notes: tuple[str, ...] = (),
    probability: tuple[str, ...] = (),
) -> "Table":
    """Make a display table of the frame with which a result shows itself.

    Parameters
    ----------
    frame
        Cells as text.
    name, title
        Of the table.
    data
        The numbers behind it at full precision.
    heads
        Column of the frame -> its head, in the order of the table. One that is not in the frame,
        as no arm is where there are no arms, is left out.
    group
        Column whose values stand above the rows that share them.
    notes, probability
        Sentences under the table.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"Scale": ["Joy", "Joy"], "Arm": ["a", "b"], "n": ["9", "8"]})
    >>> table = as_table(frame, name="t", title="T", data=frame,
    ...     heads={"Arm": "Arm", "n": "n"}, group="Scale")
    >>> table.groups, table.rows
    ((('Joy', 2),), (('a', '9'), ('b', '8')))
    """
    from detachment.tables import Column, Table

    heads = {column: head for column, head in heads.items() if column in frame}
    if not heads or next(iter(heads)) == group:
        group = ""
    # An estimate with its interval in one cell takes two lines: pages are narrow.
    cells = {
        column: [_BOTH.sub("\\1\n\\2", str(cell)) for cell in frame[column].tolist()]
        for column in heads
    }
    columns = tuple(
        Column(label=head, numeric=(numeric := _numeric(cells[column])), symbol=numeric)
        for column, head in heads.items()
    )
    groups = (
        tuple((str(one), len(list(rows))) for one, rows in groupby(frame[group])) if group else ()
    )
    return Table(
        name=name,
        title=title,
        columns=columns,
        rows=tuple(zip(*cells.values(), strict=True)),
        groups=groups,
        notes=notes,
        probability=probability,
        data=data,
    )


def _numeric(cells: list[str]) -> bool:
    return all(_NUMBER.fullmatch(cell) for cell in cells)
