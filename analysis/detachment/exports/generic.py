"""A table with one row of headings: CSV, TSV or Excel of no known platform."""

from detachment.errors import ExportError
from detachment.exports._grid import renamed, table
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
    headings = grid.head[0]
    frame, rows, names, warnings = table(grid, headings, 1)
    if len(headings) > 2 and sum(map(bool, headings)) == 1:
        raise ExportError(
            f"{source.name}: row {grid.rows[0]} has one heading for {len(headings)} columns. If it "
            "is a title, delete the rows above the headings."
        )
    if any(map(is_address, headings)):  # it would be shown wherever a column is named
        raise ExportError(
            f"{source.name}: row {grid.rows[0]} holds an e-mail or IP address, so it is a record, "
            "not the headings. Add a row of column names above it."
        )
    numeric = [h for h in headings if h.strip().replace(".", "", 1).isdigit()]
    if len(numeric) > len(set(numeric)):
        warnings += ("the first row looks like answers, not like headings",)
    variables = {
        name: Variable(text=heading) for name, heading in zip(names, headings, strict=True)
    }
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables,
        header_rows=1,
        repeated=renamed(names, headings),
        warnings=warnings,
    )
