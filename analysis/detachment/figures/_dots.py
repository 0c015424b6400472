"""Dots with intervals, one row an estimate: what reliability and forest plots share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from detachment.figures._theme import (
    BASE,
    INK,
    LEADING,
    MARGIN,
    MARK,
    MUTED,
    PAPER,
    RULE,
    SECOND,
    SIZE,
    SMALL,
    Page,
    balance,
    block_height,
    width_of,
    wrap,
)

APART = 6.0
Marker = Literal["o", "D", "^", "s"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One estimate: which series it is of, where it is, its interval, filled or open."""

    series: int = 0
    value: float
    low: float | None = None
    high: float | None = None
    filled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the figure: label, dots, and what is printed beside them."""

    label: str
    dots: tuple[Dot, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What a marker stands for."""

    label: str
    marker: Marker
    color: str
    filled: bool = True


ALPHA = Series(label="α", marker="o", color=MARK)
OMEGA = Series(label="ω total", marker="D", color=SECOND)


def dot_rows(
    rows: Sequence[Row],
    *,
    series: Sequence[Series],
    heads: Sequence[str],
    limits: tuple[float, float],
    ticks: Sequence[tuple[float, str]],
    origin: float | None = None,
    axis: str,
    note: str = "",
    width: float,
) -> Page:
    """Draw labels, dots on a common axis, and columns of numbers.

    Parameters
    ----------
    rows
        From top to bottom.
    series
        Markers; a legend is drawn when there are several.
    heads
        Head of each column of numbers.
    limits, ticks
        Ends of the axis; places and words of its ticks.
    origin
        Where a stronger line stands, if anywhere.
    axis
        What the axis measures.
    note
        Small text under the figure.
    width
        In points.
    """
    widths = [
        max(width_of(text, SMALL) for text in (*head.split("\n"), *(row.cells[k] for row in rows)))
        + (9 if width > 300 else 6)
        for k, head in enumerate(heads)
    ]
    right = width - MARGIN - sum(widths) - (4 if widths else 0)
    longest = max(width_of(row.label) for row in rows)
    labels_end = MARGIN + min(longest + 1, 0.32 * width, max(0.4 * (right - MARGIN), 50.0))
    lines = [balance(row.label, labels_end - MARGIN) for row in rows]
    most_dots = max(len(row.dots) for row in rows)
    least = 13.0 + APART * (most_dots - 1)
    heights = [max(block_height(some) + 5.0, least) for some in lines]
    left = labels_end + 9
    right = max(right, left + 40)

    keys = [one for one in series if len(series) > 1]
    head_lines = max((len(head.split("\n")) for head in heads), default=0)
    top = MARGIN + (13.0 if keys else 0.0) + head_lines * SMALL * LEADING + 5
    note_lines = wrap(note, width - 2 * MARGIN, SMALL) if note else []
    feet = 11.0 + SMALL * LEADING + 3
    total = top + sum(heights) + feet + block_height(note_lines, SMALL) + (4 if note else 0)
    page = Page.make(width, total + MARGIN)

    axes = page.panel(left, top, right - left, sum(heights))
    axes.set_xlim(*limits)
    axes.set_ylim(sum(heights), 0)
    axes.set_yticks([])
    axes.set_xticks([place for place, _ in ticks])
    for place, text in ticks:
        strong = origin is not None and place == origin
        axes.axvline(
            place, color=BASE if strong else RULE, linewidth=0.9 if strong else 0.6, clip_on=False
        )
        x = left + (place - limits[0]) / (limits[1] - limits[0]) * (right - left)
        y = top + sum(heights) + 7
        page.write(x, y, text, size=SMALL, align="center", color=MUTED)
    page.write(
        (left + right) / 2, top + sum(heights) + 8 + SMALL * LEADING, axis,
        size=SMALL, align="center", color=MUTED,
    )  # fmt: skip

    begin = 0.0
    for row, some, height in zip(rows, lines, heights, strict=True):
        middle = begin + height / 2
        page.write_lines(labels_end, top + middle, some, align="right")
        for number, dot in enumerate(row.dots):
            y = round(middle + APART * (number - (len(row.dots) - 1) / 2), 3)
            kind = series[dot.series]
            if dot.low is not None and dot.high is not None:
                axes.plot(
                    [dot.low, dot.high], [y, y], color=kind.color, linewidth=1.3, zorder=3,
                    solid_capstyle="butt",
                )  # fmt: skip
            axes.plot(
                [dot.value], [y], marker=kind.marker, color=kind.color, zorder=4, clip_on=False,
                markersize=4.6 if kind.marker == "o" else 4.0, markeredgewidth=1.1,
                markerfacecolor=kind.color if dot.filled and kind.filled else PAPER,
                linestyle="none",
            )  # fmt: skip
        x = right + (4 if widths else 0)
        for cell, step in zip(row.cells, widths, strict=True):
            x += step
            page.write(x, top + middle, cell, size=SMALL, align="right", color=INK)
        begin += height

    x = right + (4 if widths else 0)
    for head, step in zip(heads, widths, strict=True):
        x += step
        some = head.split("\n")
        page.write_lines(
            x, top - 4 - block_height(some, SMALL) / 2, some,
            size=SMALL, align="right", color=MUTED,
        )  # fmt: skip
    _draw_keys(page, keys)
    page.write_lines(
        MARGIN, page.height - MARGIN - block_height(note_lines, SMALL) / 2, note_lines,
        size=SMALL, color=MUTED,
    )  # fmt: skip
    return page


def _draw_keys(page: Page, keys: Sequence[Series]) -> None:
    from matplotlib.lines import Line2D

    x = MARGIN
    for key in keys:
        y = MARGIN + 5
        page.figure.add_artist(
            Line2D(
                [(x + 3) / page.width],
                [1 - y / page.height],
                marker=key.marker,
                color=key.color,
                markersize=4.6 if key.marker == "o" else 4.0,
                markeredgewidth=1.1,
                markerfacecolor=key.color if key.filled else PAPER,
                linestyle="none",
                transform=page.figure.transFigure,
            )
        )
        page.write(x + 9, y, key.label)
        x += 9 + width_of(key.label, SIZE) + 12
