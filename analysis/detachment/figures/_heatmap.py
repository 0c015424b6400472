"""Every row with every column: a matrix of correlations in colour and in numbers."""

from typing import TYPE_CHECKING, Any

from detachment.errors import Refusal
from detachment.figures._drawing import Drawing
from detachment.figures._labels import finite, labels_of, need
from detachment.figures._theme import (
    BASE,
    MARGIN,
    MUTED,
    PAPER,
    SIZE,
    SMALL,
    Columns,
    Page,
    balance,
    block_height,
    contrast,
    font,
    style,
    width_for,
    width_of,
)
from detachment.text import bounded, count, counted, listing, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from detachment.estimates import Correlations

NARROWEST = 24.0
HEAD_LENGTH, MOST_HEAD = 76.0, 160.0
Cells = dict[tuple[str, str], dict[str, Any]]


def heatmap(result: "Correlations", *, columns: Columns = 2) -> Drawing:
    """Draw correlations as a coloured matrix with every value printed.

    The colours always run from -1 (blue) over 0 (light grey) to 1 (red), so that two figures can be
    compared. A cell without a value is hatched.

    Parameters
    ----------
    result
        What :func:`detachment.correlate` returned.
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
    down = list(dict.fromkeys(line["row"] for line in table))
    across = list(dict.fromkeys(line["column"] for line in table))
    if not any(finite(line["r"]) for line in table):
        raise Refusal("no correlation could be computed, so there is nothing to draw.")
    if len(across) * NARROWEST > width - 2 * MARGIN - 60:
        raise Refusal(
            f"{len(across)} columns do not fit on a page with numbers of a readable size; "
            "take fewer columns, or exchange rows and columns."
        )
    labels = labels_of(result, [*down, *across])
    method = result.coefficient
    n = [int(line["n"]) for line in table if finite(line["r"])]
    missing = len(table) - len(n)
    notes = [f"{method}; n per cell: {_range(n)}."]
    if missing:
        notes.append(f"Hatched: {counted(missing, 'cell')} without a value; the table says why.")
    with style():
        page = _draw(cells, down, across, labels, method, width)
    return Drawing(
        name="heatmap",
        title=f"Correlations of {counted(len(down), 'variable')} "
        f"with {counted(len(across), 'other')}",
        alt=_alt(cells, down, across, labels, method, notes),
        notes=tuple(notes),
        figure=page.figure,
    )


def _range(n: list[int]) -> str:
    return count(n[0]) if min(n) == max(n) else span(count(min(n)), count(max(n)))


def _draw(
    cells: Cells,
    down: list[str],
    across: list[str],
    labels: dict[str, str],
    method: str,
    width: float,
) -> Page:
    # The key's name stands where the rows' names stand.
    longest = max(*(width_of(labels[name]) for name in down), width_of(method, SMALL))
    room = width - 2 * MARGIN - 8
    labels_width = min(longest + 1, 0.44 * room, room - NARROWEST * len(across))
    cell = min((room - labels_width) / len(across), 66.0)
    lines = [balance(labels[name], labels_width) for name in down]
    row = max(max(block_height(some) for some in lines) + 4.0, 16.0)
    words = [word for name in across for word in labels[name].split()]
    upright = all(width_of(word, SMALL) <= cell - 2 for word in words)
    # A word that is wider than its column would have to be broken: all heads stand on end instead.
    longest_word = max(width_of(word, SMALL) for word in words)
    room_for_head = cell - 2 if upright else min(max(HEAD_LENGTH, longest_word + 1), MOST_HEAD)
    heads = [balance(labels[name], room_for_head, SMALL) for name in across]
    if upright:
        head_height = max(block_height(some, SMALL) for some in heads)
    else:
        head_height = max(width_of(line, SMALL) for some in heads for line in some)
    top = MARGIN + head_height + 5
    left = MARGIN + labels_width + 8
    page = Page.make(width, top + row * len(down) + 32 + MARGIN)

    axes = page.panel(left, top, cell * len(across), row * len(down))
    axes.set_xlim(0, len(across))
    axes.set_ylim(len(down), 0)
    axes.set_xticks([])
    axes.set_yticks([])
    for y, name in enumerate(down):
        page.write_lines(left - 8, top + row * (y + 0.5), lines[y], align="right")
        for x, other in enumerate(across):
            _draw_cell(axes, x, y, cells.get((name, other)))
    for x, some in enumerate(heads):
        middle = left + cell * (x + 0.5)
        if upright:
            height = top - 4 - block_height(some, SMALL) / 2
            page.write_lines(middle, height, some, size=SMALL, align="center")
        else:
            page.write_on_end(middle, top - 4, some, size=SMALL)
    _draw_colors(page, left, top + row * len(down) + 8, min(cell * len(across), 170.0), method)
    return page


def _draw_cell(axes: "Axes", x: int, y: int, line: dict[str, Any] | None) -> None:
    from matplotlib.patches import Rectangle

    if line is None or not finite(line["r"]):
        axes.add_patch(
            Rectangle(
                (x + 0.01, y + 0.02),
                0.98,
                0.96,
                facecolor=PAPER,
                edgecolor=BASE,
                hatch="////",
                linewidth=0.5,
                zorder=2,
            )
        )
        return
    r = round(line["r"], 4)
    color = _color(r)
    axes.add_patch(
        Rectangle((x, y), 1, 1, facecolor=color, edgecolor=PAPER, linewidth=1.0, zorder=3)
    )
    axes.text(
        x + 0.5, y + 0.5, bounded(r), fontproperties=font(SIZE), color=contrast(color),
        ha="center", va="center_baseline", zorder=4,
    )  # fmt: skip


def _color(r: float) -> tuple[float, float, float]:
    import seaborn

    red, green, blue, _ = seaborn.color_palette("vlag", as_cmap=True)((r + 1) / 2)
    return float(red), float(green), float(blue)


def _draw_colors(page: Page, left: float, top: float, width: float, method: str) -> None:
    """The key: what colour stands for what value."""
    from matplotlib.patches import Rectangle

    steps = 41
    axes = page.panel(left, top, width, 6)
    axes.set_xlim(-1 - 1 / (steps - 1), 1 + 1 / (steps - 1))
    axes.set_ylim(0, 1)
    axes.set_xticks([])
    axes.set_yticks([])
    for step in range(steps):
        r = -1 + 2 * step / (steps - 1)
        half = 1 / (steps - 1)
        axes.add_patch(
            Rectangle(
                (round(r - half, 4), 0),
                round(2.02 * half, 4),
                1,
                facecolor=_color(r),
                edgecolor="none",
                linewidth=0,
            )
        )
    for r in (-1.0, -0.5, 0.0, 0.5, 1.0):
        x = left + (r + 1 + 1 / (steps - 1)) / (2 + 2 / (steps - 1)) * width
        page.write(
            x, top + 12, bounded(r, 1) if r else "0", size=SMALL, align="center", color=MUTED
        )
    page.write(left - 8, top + 3, method, size=SMALL, align="right", color=MUTED)


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
            sentences.append(f"{labels[other]}: no value.")
        elif len(values) <= 5:
            pairs = listing(f"{bounded(r)} with {name}" for r, name in values)
            sentences.append(f"{labels[other]}: {pairs}.")
        else:
            ordered = sorted(values, key=lambda pair: (-abs(round(pair[0], 4)), pair[1]))
            (most, first), (least, last) = ordered[0], ordered[-1]
            sentences.append(
                f"{labels[other]}: strongest with {first} ({bounded(most)}), "
                f"weakest with {last} ({bounded(least)})."
            )
    return " ".join([*sentences, *notes])
