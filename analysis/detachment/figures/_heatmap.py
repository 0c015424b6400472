"""Every row with every column: a matrix of correlations in colour and in numbers."""

from typing import TYPE_CHECKING, Any

from detachment.errors import Refusal
from detachment.figures._drawing import Drawing
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._theme import Columns, style, width_for
from detachment.figures._tiles import Tile, draw_tiles
from detachment.text import bounded, count, counted, interval, listing, span

if TYPE_CHECKING:
    from detachment.estimates import Correlations

Cells = dict[tuple[str, str], dict[str, Any]]


def heatmap(result: "Correlations", *, intervals: bool = False, columns: Columns = 2) -> Drawing:
    """Draw correlations as a coloured matrix with every value printed.

    The colours always run from -1 (blue) over 0 (light grey) to 1 (red), so that two figures can be
    compared. A cell without a value is hatched. Correlations of variables among themselves are a
    triangle, whose columns have the numbers of the rows.

    Parameters
    ----------
    result
        What :func:`detachment.correlate` returned.
    intervals
        Whether the interval of each correlation stands under it.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing

    Raises
    ------
    Refusal
        When no correlation could be computed, or there are more columns than fit on a page.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> r = dt.correlate(survey, rows="items:signs_total", columns="effects", interval="robust")
    >>> dt.figures.heatmap(r).save("figures/heatmap.svg")  # doctest: +SKIP
    """
    from detachment.estimates import records

    need(result, "correlations", "correlate", columns=("row", "column", "r"))
    width = width_for(columns)
    table: list[dict[str, Any]] = records(result.table)
    cells: Cells = {(line["row"], line["column"]): line for line in table}
    if not any(finite(line["r"]) for line in table):
        raise Refusal("no correlation could be computed, so there is nothing to draw.")
    square = _square(table)
    if square:
        cells = {
            (low, high): cells.get((low, high)) or cells[high, low]
            for k, low in enumerate(square)
            for high in square[:k]
        }
        down, across = square, square[:-1]
    else:
        down = list(dict.fromkeys(line["row"] for line in table))
        across = list(dict.fromkeys(line["column"] for line in table))
    labels = labels_of(result, [*down, *across])
    numbers = {name: f"{k + 1}" for k, name in enumerate(square)}
    rows = {name: f"{numbers[name]}. {labels[name]}" if square else labels[name] for name in down}
    tiles = {place: _tile(line, intervals=intervals) for place, line in cells.items()}
    method = result.coefficient
    n = [int(line["n"]) for line in cells.values() if finite(line["r"])]
    missing = len(cells) - len(n)
    notes = [f"{method}; n per cell: {_range(n)}."]
    if any(tile.below for tile in tiles.values()):
        notes.append(f"In brackets: {confidence_of(result)} confidence intervals.")
    if missing:
        notes.append(f"Hatched: {counted(missing, 'cell')} without a value; the table says why.")
    with style():
        page = draw_tiles(
            tiles, down=down, across=across, labels=rows, heads=numbers or labels, key=method,
            width=width,
        )  # fmt: skip
    title = f"Correlations of {counted(len(down), 'variable')} with {counted(len(across), 'other')}"
    if square:
        title = f"Correlations among {counted(len(square), 'variable')}"
    return Drawing(
        name="heatmap",
        title=title,
        alt=_alt(cells, down, across, labels, method, notes),
        notes=tuple(notes),
        figure=page.figure,
    )


def _range(n: list[int]) -> str:
    return count(n[0]) if min(n) == max(n) else span(count(min(n)), count(max(n)))


def _square(table: list[dict[str, Any]]) -> list[str]:
    """Names in order, when a table holds each pair of its variables once (or in both orders)."""
    names = list(dict.fromkeys(line[end] for line in table for end in ("row", "column")))
    order = list(dict.fromkeys([line["row"] for line in table]))
    names = [*order, *(name for name in names if name not in order)]
    pairs = {frozenset((line["row"], line["column"])) for line in table}
    others = {pair for pair in pairs if len(pair) == 2}
    whole = len(names) > 2 and len(others) == len(names) * (len(names) - 1) // 2
    return names if whole else []


def _tile(line: dict[str, Any], *, intervals: bool) -> Tile:
    if not finite(line["r"]):
        return Tile(value=None)
    both = intervals and finite(line["r_low"]) and finite(line["r_high"])
    return Tile(value=line["r"], below=interval(line["r_low"], line["r_high"]) if both else "")


def _alt(
    cells: Cells,
    down: list[str],
    across: list[str],
    labels: dict[str, str],
    method: str,
    notes: list[str],
) -> str:
    """Range of each column, its strongest and its weakest cell; or every value when few."""
    sentences = [
        f"Heat map: {method} of {counted(len(down), 'row')} with "
        f"{counted(len(across), 'column')}, coloured from \N{MINUS SIGN}1 to 1."
    ]
    for other in across:
        values = [
            (line["r"], labels[name].rstrip("."))
            for name in down
            if (line := cells.get((name, other))) is not None and finite(line["r"])
        ]
        if not values:
            sentences.append(f"{labels[other].rstrip('.')}: no value.")
        elif len(values) <= 5:
            pairs = listing(f"{bounded(r)} with {name}" for r, name in values)
            sentences.append(f"{labels[other].rstrip('.')}: {pairs}.")
        else:
            ordered = sorted(values, key=lambda pair: (-abs(round(pair[0], 4)), pair[1]))
            (most, first), (least, last) = ordered[0], ordered[-1]
            sentences.append(
                f"{labels[other].rstrip('.')}: strongest with {first} ({bounded(most)}), "
                f"weakest with {last} ({bounded(least)})."
            )
    return " ".join([*sentences, *notes])
