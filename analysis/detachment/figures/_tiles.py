"""A matrix of coloured cells with their numbers: what heat maps and loadings share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detachment.errors import Refusal
from detachment.figures._theme import (
    BASE,
    INK,
    MARGIN,
    MUTED,
    PAPER,
    SIZE,
    SMALL,
    Page,
    balance,
    block_height,
    blue_to_red,
    contrast,
    font,
    width_of,
)
from detachment.text import bounded

if TYPE_CHECKING:
    from detachment.figures._panel import Panel

NARROWEST = 24.0
TINY = 6.1  # of a second line in a cell: readable in print, and no larger than it must be
HEAD_LENGTH, MOST_HEAD = 76.0, 160.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A cell: its value between -1 and 1, and a second line; without a value it is hatched."""

    value: float | None
    below: str = ""


def narrowest(tiles: Mapping[tuple[str, str], Tile]) -> float:
    """Points that a column needs at least, so that every number fits."""
    return max(
        NARROWEST, max((width_of(tile.below, TINY) + 4 for tile in tiles.values()), default=0.0)
    )


def draw_tiles(
    tiles: Mapping[tuple[str, str], Tile],
    *,
    down: Sequence[str],
    across: Sequence[str],
    labels: Mapping[str, str],
    heads: Mapping[str, str],
    key: str,
    width: float,
    beside: Mapping[str, Mapping[str, str]] | None = None,
) -> Page:
    """Draw a matrix; a cell that is not named stays empty.

    Parameters
    ----------
    tiles
        By row and column.
    down, across
        Rows from the top, columns from the left.
    labels, heads
        Words of rows and of columns.
    key
        What the colours measure.
    width
        In points.
    beside
        Head -> row -> a number in a further column at the right.

    Raises
    ------
    Refusal
        When the columns do not fit on the page with numbers of a readable size.
    """
    least = narrowest(tiles)
    more = {
        head: max(width_of(text, SMALL) for text in (head, *texts.values())) + 9
        for head, texts in (beside or {}).items()
    }
    room = width - 2 * MARGIN - 8 - sum(more.values())
    if len(across) * least > room - 60:
        raise Refusal(
            f"{len(across)} columns do not fit on a page with numbers of a readable size; "
            "take fewer columns, exchange rows and columns, or ask for the wider figure "
            "(columns=2) or for one without intervals."
        )
    # The key's name stands where the rows' names stand.
    longest = max(*(width_of(labels[name]) for name in down), width_of(key, SMALL))
    labels_width = min(longest + 1, 0.44 * room, room - least * len(across))
    cell = min((room - labels_width) / len(across), 66.0)
    lines = [balance(labels[name], labels_width) for name in down]
    two = any(tile.below for tile in tiles.values())
    row = max(max(block_height(some) for some in lines) + 4.0, 22.0 if two else 16.0)
    words = [word for name in across for word in heads[name].split()]
    upright = all(width_of(word, SMALL) <= cell - 2 for word in words)
    # A word that is wider than its column would have to be broken: all heads stand on end instead.
    longest_word = max((width_of(word, SMALL) for word in words), default=0.0)
    room_for_head = cell - 2 if upright else min(max(HEAD_LENGTH, longest_word + 1), MOST_HEAD)
    tops = [balance(heads[name], room_for_head, SMALL) for name in across]
    if upright:
        head_height = max(block_height(some, SMALL) for some in tops)
    else:
        head_height = max(width_of(line, SMALL) for some in tops for line in some)
    top = MARGIN + head_height + 5
    left = MARGIN + labels_width + 8
    page = Page.make(width, top + row * len(down) + 32 + MARGIN)

    axes = page.panel(left, top, cell * len(across), row * len(down))
    axes.set_xlim(0, len(across))
    axes.set_ylim(len(down), 0)
    for y, name in enumerate(down):
        page.write_lines(left - 8, top + row * (y + 0.5), lines[y], align="right")
        for x, other in enumerate(across):
            if (name, other) in tiles:
                _draw_tile(axes, x, y, tiles[name, other], row)
        x_end = left + cell * len(across)
        for head, step in more.items():
            x_end += step
            page.write(
                x_end, top + row * (y + 0.5), (beside or {})[head][name], size=SMALL, align="right"
            )
    x_end = left + cell * len(across)
    for head, step in more.items():
        x_end += step
        page.write(x_end, top - 4 - SMALL / 2, head, size=SMALL, align="right", color=MUTED)
    for x, some in enumerate(tops):
        middle = left + cell * (x + 0.5)
        if upright:
            height = top - 4 - block_height(some, SMALL) / 2
            page.write_lines(middle, height, some, size=SMALL, align="center", color=INK)
        else:
            page.write_on_end(middle, top - 4, some, size=SMALL)
    span = min(max(cell * len(across), 100.0), 170.0, width - MARGIN - 8 - left)
    _draw_colors(page, left, top + row * len(down) + 8, span, key)
    return page


def _draw_tile(axes: "Panel", x: int, y: int, tile: Tile, row: float) -> None:
    from matplotlib.patches import Rectangle

    if tile.value is None:
        axes.add_artist(
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
    value = round(tile.value, 4)
    color = shade(value)
    axes.add_artist(
        Rectangle((x, y), 1, 1, facecolor=color, edgecolor=PAPER, linewidth=1.0, zorder=3)
    )
    up = round(4.4 / row, 4) if tile.below else 0.0
    axes.text(
        x + 0.5, y + 0.5 - up, bounded(value), fontproperties=font(SIZE), color=contrast(color),
        ha="center", va="center_baseline", zorder=4,
    )  # fmt: skip
    if tile.below:
        axes.text(
            x + 0.5, y + 0.5 + round(4.6 / row, 4), tile.below, fontproperties=font(TINY),
            color=contrast(color), ha="center", va="center_baseline", zorder=4,
        )  # fmt: skip


def shade(value: float) -> tuple[float, float, float]:
    """The colour of a value: blue at -1, light grey at 0, red at 1, whatever else is drawn."""
    return blue_to_red((value + 1) / 2)


def _draw_colors(page: Page, left: float, top: float, width: float, key: str) -> None:
    """The key: what colour stands for what value."""
    from matplotlib.patches import Rectangle

    steps = 41
    axes = page.panel(left, top, width, 6)
    axes.set_xlim(-1 - 1 / (steps - 1), 1 + 1 / (steps - 1))
    axes.set_ylim(0, 1)
    for step in range(steps):
        value = -1 + 2 * step / (steps - 1)
        half = 1 / (steps - 1)
        axes.add_artist(
            Rectangle(
                (round(value - half, 4), 0),
                round(2.02 * half, 4),
                1,
                facecolor=shade(value),
                edgecolor="none",
                linewidth=0,
            )
        )
    for value in (-1.0, -0.5, 0.0, 0.5, 1.0):
        x = left + (value + 1 + 1 / (steps - 1)) / (2 + 2 / (steps - 1)) * width
        text = bounded(value, 1) if value else "0"
        page.write(x, top + 12, text, size=SMALL, align="center", color=MUTED)
    page.write(left - 8, top + 3, key, size=SMALL, align="right", color=MUTED)
