"""A table with one row of headings: CSV or TSV of no known platform."""

from collections.abc import Sequence

from detachment.errors import ExportError
from detachment.exports._grid import Grid, renamed, table
from detachment.exports._privacy import is_address
from detachment.exports._source import Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "generic"


def detect(source: Source) -> str | None:
    """Any table will do; this platform is asked last."""
    return None if source.grid is None else "no platform's marks; the first row has the headings"


def read(source: Source) -> Layout:
    """Read one row of headings, then records. A heading is kept as the variable's text."""
    grid = need_grid(source, NAME)
    return headed(source.name, grid, grid.head[0], header_rows=1)


def headed(
    name: str,
    grid: Grid,
    headings: list[str],
    *,
    header_rows: int,
    groups: Sequence[str] = (),
) -> Layout:
    """Lay out a grid whose headings are known.

    Parameters
    ----------
    name
        Name of the file, for the messages.
    grid, headings, header_rows
        Records stand below the first ``header_rows`` rows.
    groups
        What stands above each heading, where something does.

    Raises
    ------
    ExportError
        When the headings are a title, or a record.
    """
    row = grid.rows[header_rows - 1]
    frame, rows, names, warnings = table(grid, headings, header_rows)
    if len(headings) > 2 and sum(map(bool, headings)) == 1:
        raise ExportError(
            f"{name}: row {row} has one heading for {len(headings)} columns. If it is a title, "
            "delete the rows above the headings."
        )
    if any(map(is_address, headings)):  # it would be shown wherever a column is named
        raise ExportError(
            f"{name}: row {row} holds an e-mail or IP address, so it is a record, not the "
            "headings. Add a row of column names above it."
        )
    numeric = [h for h in headings if h.strip().replace(".", "", 1).isdigit()]
    if len(numeric) > len(set(numeric)):
        warnings += ("the first row looks like answers, not like headings",)
    variables = {
        name: Variable(text=heading, group=group)
        for name, heading, group in zip(names, headings, groups or [""] * len(names), strict=True)
    }
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables,
        header_rows=header_rows,
        repeated=renamed(names, headings),
        warnings=warnings,
    )
