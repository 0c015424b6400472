"""A display table as it may be shown to others: small counts of people suppressed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from detachment.tables._model import Column, Table
from detachment.text import count

if TYPE_CHECKING:
    import pandas as pd

Cells = dict[tuple[int, str], object]  # row and column of the data -> what stands there instead


def protect(table: Table, minimum: int) -> Table:
    """Suppress what a table tells of few people, as its columns say what they tell of people.

    The printed cells and the data behind them are treated alike. What is hidden of counts, and of
    what would give them away by subtraction, is decided by :func:`detachment.stats.suppress`.

    Parameters
    ----------
    table
        With ``people`` on its columns; one without is returned as it is.
    minimum
        Fewest people about whom something is shown; 0 changes nothing.

    Returns
    -------
    Table
        With notes that say the rule. Numbers in the data are rounded as they are printed.

    Examples
    --------
    >>> import pandas as pd
    >>> table = Table(
    ...     name="flags",
    ...     title="Flags",
    ...     columns=(
    ...         Column(label="Flag", numeric=False, data="flag"),
    ...         Column(label="Rows", data="rows", people="count"),
    ...     ),
    ...     rows=(("fast", "2"), ("slow", "40")),
    ...     people=100,
    ...     data=pd.DataFrame({"flag": ["fast", "slow"], "rows": [2, 40]}),
    ... )
    >>> protect(table, 5).rows
    (('fast', 'suppressed'), ('slow', '40'))
    """
    kinds = {column.people for column in table.columns} - {""}
    if not minimum or not kinds:
        return table
    table = _without_single_values(table)
    changed: Cells = {}
    notes = []
    if "count" in kinds:
        changed |= _small_counts(table, minimum)
        notes.append(
            f"Suppressed: 1 to {minimum - 1} people, or a number that would tell such a count."
        )
    if "n" in kinds:
        changed |= _few_behind(table, minimum)
        notes.append(
            f"n is rounded down to a multiple of {minimum}; nothing is said of fewer than "
            f"{minimum} people."
        )
    return replace(
        table,
        rows=_printed(table, changed),
        data=_data(table, changed),
        notes=(*table.notes, *(note for note in notes if note not in table.notes)),
    )


def _without_single_values(table: Table) -> Table:
    """Leave out columns in which a cell is the value of a single person."""
    kept = [place for place, column in enumerate(table.columns) if column.people != "one"]
    single = [column.data for column in table.columns if column.people == "one"]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
        data=table.data.drop(columns=single),
        remarks=tuple(
            replace(
                remark,
                cells=tuple((row, kept.index(k)) for row, k in remark.cells if k in kept),
            )
            for remark in table.remarks
        ),
    )


def _small_counts(table: Table, minimum: int) -> Cells:
    """Each row as a list of counts that, with the people in none of them, add up to everybody."""
    from detachment.estimates.disclosure import SUPPRESSED
    from detachment.stats.disclosure import suppress

    counts = [column.data for column in table.columns if column.people == "count"]
    totals = [column.data for column in table.columns if column.people == "total"]
    shares = [column.data for column in table.columns if column.people == "share"]
    changed: Cells = {}
    for place, cells in enumerate(table.data[counts].fillna(0).astype(int).to_numpy().tolist()):
        # The rest is shown as well as its complement, the total, is.
        rest = [] if table.people is None else [table.people - sum(cells)]
        *hidden, _ = suppress([*cells, *rest], minimum).tolist()
        total = hidden[-1] if totals else any(hidden)
        names = [name for name, hide in zip(counts, hidden, strict=False) if hide]
        names += [*totals, *shares] if total else []
        changed |= dict.fromkeys(((place, name) for name in names), SUPPRESSED)
    return changed


def _few_behind(table: Table, minimum: int) -> Cells:
    """Rows that rest on few people say nothing; of the others n is rounded down."""
    from detachment.estimates.disclosure import SUPPRESSED, is_few

    (n,) = (column.data for column in table.columns if column.people == "n")
    numbers = list(map(str, table.data.select_dtypes("number")))
    changed: Cells = {}
    for place, people in enumerate(table.data[n].fillna(0).astype(int)):
        few = is_few(people, minimum)
        if few:
            changed |= dict.fromkeys(((place, name) for name in numbers), SUPPRESSED)
        changed[place, n] = f"< {minimum}" if few else people // minimum * minimum
    return changed


def _printed(table: Table, changed: Cells) -> tuple[tuple[str, ...], ...]:
    places = table.lines or range(len(table.rows))

    def cell(column: Column, place: int, now: str) -> str:
        new = changed.get((place, column.data), now)
        return new if isinstance(new, str) else count(float(str(new)))

    return tuple(
        tuple(cell(column, place, now) for column, now in zip(table.columns, row, strict=True))
        for place, row in zip(places, table.rows, strict=True)
    )


def _data(table: Table, changed: Mapping[tuple[int, str], object]) -> "pd.DataFrame":
    import pandas as pd

    from detachment.estimates.disclosure import DECIMALS

    data = table.data.reset_index(drop=True)
    shares = {column.data for column in table.columns if column.people == "share"}
    for name in data.select_dtypes("float64"):
        data[name] = data[name].round(3 if name in shares else DECIMALS.get(str(name), 2))
    for name in {name for _, name in changed}:
        cells: list[Any] = data[name].tolist()
        data[name] = pd.Series(
            [changed.get((place, name), cell) for place, cell in enumerate(cells)], dtype=object
        )
    return data
