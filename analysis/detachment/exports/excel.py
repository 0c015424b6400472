"""A workbook of no known platform: titles above the headings, merged cells, two heading rows."""

from dataclasses import replace

from detachment.errors import ExportError
from detachment.exports import generic
from detachment.exports._container import SPREADSHEETS
from detachment.exports._grid import Grid, numbered
from detachment.exports._source import Layout, Source, need_grid

NAME = "excel"

_HEAD = 10  # rows among which the headings are looked for
_FEWEST = 3  # columns from which a row with one filled cell can be told from headings


def detect(source: Source) -> str | None:
    """Any workbook will do; the survey platforms are asked before."""
    if source.container not in SPREADSHEETS or source.grid is None:
        return None
    return "a workbook without a survey platform's marks; headings in its first full row"


def read(source: Source) -> Layout:
    """Read titles (left out, and said), one or two rows of headings, then records."""
    if source.container not in SPREADSHEETS:
        raise ExportError(
            f"{source.name} is no workbook (.xlsx, .xlsb, .xls, .ods): it is {source.container}. "
            "Leave the platform out."
        )
    grid = need_grid(source, NAME)
    head = grid.cells.iloc[:_HEAD].to_numpy(dtype=object).tolist()
    top = _titles(head)
    headings, groups, deep = _headings(grid, head, top, source.name)
    if top and not all(headings):
        raise ExportError(
            f"{source.name}: row {grid.rows[0]} has one cell for {len(headings)} columns, so it "
            f"seems to be a title, but row {grid.rows[top]} does not name every column. Delete the "
            "rows above the headings, and give every column a heading."
        )
    layout = generic.headed(source.name, grid, headings, header_rows=top + deep, groups=groups)
    warnings: tuple[str, ...] = ()
    if top:
        rows = ", ".join(map(str, grid.rows[:top]))
        warnings += (
            f"row(s) {rows} hold one cell each and stand above a row that names every column: "
            "taken as a title and left out",
        )
    if deep > 1:
        warnings += (
            f"row {grid.rows[top]} has merged cells above the headings in row {grid.rows[top + 1]}"
            ": taken as the names of groups of columns",
        )
    spread = sorted({m.top for m in grid.merged if m.bottom >= top + deep and m.bottom > m.top})
    if spread:
        warnings += (
            f"merged cells stand among the answers and give a value to their first row only: "
            f"{numbered([int(grid.rows[i]) for i in spread])}; unmerge them and fill every row",
        )
    return replace(layout, warnings=warnings + layout.warnings)


def _titles(head: list[list[str]]) -> int:
    """How many rows with a single cell stand above the first fuller one."""
    if len(head[0]) < _FEWEST:
        return 0
    fuller = [i for i, row in enumerate(head) if sum(map(bool, row)) > 1]
    return fuller[0] if fuller else 0


def _headings(
    grid: Grid, head: list[list[str]], top: int, file: str
) -> tuple[list[str], list[str], int]:
    """Headings, the groups above them, and in how many rows they stand."""
    upper = head[top]
    groups = [""] * len(upper)
    for cell in grid.merged:
        if cell.top == cell.bottom == top and cell.right > cell.left:
            groups[cell.left : cell.right + 1] = [upper[cell.left]] * (cell.right + 1 - cell.left)
    if not any(groups):
        return upper, groups, 1
    lower = head[top + 1] if len(head) > top + 1 else [""] * len(upper)
    clear = all(
        (below and not _is_number(below)) if group else not (above and below)
        for group, above, below in zip(groups, upper, lower, strict=True)
    )
    if not clear:
        raise ExportError(
            f"{file}: row {grid.rows[top]} has merged cells above several columns, and the row "
            "below does not name each of them. Give every column a heading of its own, in one row."
        )
    headings = [
        below if group else above or below
        for group, above, below in zip(groups, upper, lower, strict=True)
    ]
    return headings, groups, 2


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).replace(",", "", 1).lstrip("-").isdigit()
