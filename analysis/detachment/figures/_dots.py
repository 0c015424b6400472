"""Dots with intervals, one row an estimate: what every plot with a line for each item shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detachment.figures._plane import Key, draw_keys, keys_height, marker
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
    SMALL,
    Page,
    balance,
    block_height,
    width_of,
    wrap,
)

if TYPE_CHECKING:
    from detachment.figures._panel import Panel

APART = 6.0  # between the dots of a row
APART_LINES = 9.5  # where each dot has a line of numbers of its own
LABELS = 0.32  # share of the width that labels may take
Marker = Literal["o", "D", "^", "s"]
Form = Literal["dots", "bars", "stems", "links"]


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
    """A line of the figure: label, dots, and what is printed beside them.

    A cell with line feeds has a line for each dot. A row without dots is a heading.
    """

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
    form: Form = "dots",
    reference: tuple[float, str] | None = None,
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
        Where a stronger line stands, if anywhere; bars and stems begin there.
    axis
        What the axis measures.
    note
        Small text under the figure.
    width
        In points.
    form
        Dots alone; at the end of a pale bar or of a stem; or the dots of a row linked.
    reference
        Place and name of a dashed line, for the legend.
    """
    widths = [
        max(width_of(text, SMALL) for cell in (head, *_cells(rows, k)) for text in cell.split("\n"))
        + (9 if width > 300 else 6)
        for k, head in enumerate(heads)
    ]
    right = width - MARGIN - sum(widths) - (4 if widths else 0)
    longest = max(width_of(row.label) for row in rows)
    room = min(LABELS * width, max(0.4 * (right - MARGIN), 50.0))
    # In one column, labels that would take three lines and more stand above their rows.
    above = width <= 300 and longest > 2.2 * room
    labels_end = MARGIN if above else MARGIN + min(longest + 1, room)
    label_room = width - 2 * MARGIN if above else labels_end - MARGIN
    # Headings are bold, and bold letters wider than was measured.
    lines = [
        balance(row.label, label_room if row.dots else 0.85 * (width - 2 * MARGIN)) for row in rows
    ]
    apart = APART_LINES if any("\n" in cell for row in rows for cell in row.cells) else APART
    tops = [block_height(some) if above and row.dots else 0.0
            for some, row in zip(lines, rows, strict=True)]  # fmt: skip
    heights = [
        top + _height(row, 0 if top else len(some), apart) + (4 if top else 0)
        for top, row, some in zip(tops, rows, lines, strict=True)
    ]
    left = labels_end + (6 if above else 9)
    right = max(right, left + 40)

    keys = [
        Key(label=one.label, color=one.color, marker=one.marker, filled=one.filled)
        for one in series
        if len(series) > 1
    ]
    if reference is not None:
        keys.append(Key(label=reference[1], color=MUTED, line="--"))
    head_lines = max((len(head.split("\n")) for head in heads), default=0)
    top = MARGIN + keys_height(keys, width - 2 * MARGIN) + head_lines * SMALL * LEADING + 5
    note_lines = wrap(note, width - 2 * MARGIN, SMALL) if note else []
    feet = 11.0 + SMALL * LEADING + 3
    total = top + sum(heights) + feet + block_height(note_lines, SMALL) + (4 if note else 0)
    page = Page.make(width, total + MARGIN)

    axes = page.panel(left, top, right - left, sum(heights))
    axes.set_xlim(*limits)
    axes.set_ylim(sum(heights), 0)
    for place, text in ticks:
        strong = origin is not None and place == origin
        axes.axvline(
            place, color=BASE if strong else RULE, linewidth=0.9 if strong else 0.6, clip_on=False
        )
        x = left + (place - limits[0]) / (limits[1] - limits[0]) * (right - left)
        y = top + sum(heights) + 7
        page.write(x, y, text, size=SMALL, align="center", color=MUTED)
    if reference is not None:
        axes.axvline(reference[0], color=MUTED, linewidth=0.9, linestyle="--", zorder=1)
    page.write_lines(
        (left + right) / 2, top + sum(heights) + 8 + SMALL * LEADING,
        [axis] if width_of(axis, SMALL) < 2 * min((left + right) / 2, width - (left + right) / 2)
        else balance(axis, right - left, SMALL), size=SMALL, align="center", color=MUTED,
    )  # fmt: skip

    begin = 0.0
    for row, some, height, over in zip(rows, lines, heights, tops, strict=True):
        middle = begin + over + (height - over) / 2 - (2 if above else 0)
        if not row.dots:
            first = begin + height - 2 - block_height(some) + block_height(some[:1]) / 2
            for number, line in enumerate(some):
                y = top + first + number * block_height(some[:1])
                page.write(MARGIN, y, line, bold=True).set_bbox(
                    {"facecolor": PAPER, "edgecolor": "none", "pad": 1}
                )
        elif above:
            at = begin + block_height(some) / 2 + 1
            page.write_lines(MARGIN, top + at, some, backed=True)
        else:
            page.write_lines(labels_end, top + middle, some, align="right")
        places = [
            round(middle + apart * (number - (len(row.dots) - 1) / 2), 3)
            for number in range(len(row.dots))
        ]
        _draw_dots(axes, row.dots, places, series, form, origin or 0.0)
        x = right + (4 if widths else 0)
        for cell, step in zip(row.cells, widths, strict=bool(row.dots)):
            x += step
            parts = cell.split("\n")
            at_dots = len(parts) == len(places) > 1
            for part, y in zip(parts, places if at_dots else [middle], strict=True):
                page.write(x, top + y, part, size=SMALL, align="right", color=INK)
        begin += height

    x = right + (4 if widths else 0)
    for head, step in zip(heads, widths, strict=True):
        x += step
        some = head.split("\n")
        page.write_lines(
            x, top - 4 - block_height(some, SMALL) / 2, some,
            size=SMALL, align="right", color=MUTED,
        )  # fmt: skip
    draw_keys(page, keys, MARGIN, MARGIN - 1, width - 2 * MARGIN)
    page.write_lines(
        MARGIN, page.height - MARGIN - block_height(note_lines, SMALL) / 2, note_lines,
        size=SMALL, color=MUTED,
    )  # fmt: skip
    return page


def _cells(rows: Sequence[Row], k: int) -> list[str]:
    return [row.cells[k] for row in rows if row.cells]


def _height(row: Row, lines: int, apart: float) -> float:
    """Points that the dots and the label beside them need."""
    if not row.dots:
        return block_height([""] * lines) + 6.0
    return max(block_height([""] * lines) + 5.0, 13.0 + apart * (len(row.dots) - 1))


def _draw_dots(
    axes: "Panel",
    dots: Sequence[Dot],
    places: Sequence[float],
    series: Sequence[Series],
    form: Form,
    origin: float,
) -> None:
    from matplotlib.patches import Rectangle

    if form == "links" and len(dots) > 1:
        ends, middle = [dots[0].value, dots[-1].value], sum(places) / len(places)
        axes.line(ends, [middle, middle], color=RULE, linewidth=5.5, zorder=2,
                  solid_capstyle="butt")  # fmt: skip
    for dot, y in zip(dots, places, strict=True):
        kind = series[dot.series]
        if form == "bars":
            axes.add_artist(
                Rectangle(
                    (origin, y - 3.5), dot.value - origin, 7.0, color=kind.color, alpha=0.25,
                    linewidth=0, zorder=2,
                )
            )  # fmt: skip
        if form == "stems":
            axes.line([origin, dot.value], [y, y], color=BASE, linewidth=0.9, zorder=2)
        if dot.low is not None and dot.high is not None:
            axes.line(
                [dot.low, dot.high], [y, y], color=kind.color, linewidth=1.3, zorder=3,
                solid_capstyle="butt",
            )  # fmt: skip
        axes.line(
            [dot.value], [y], color=kind.color, linestyle="none", zorder=4, clip_on=False,
            **marker(kind.marker, kind.color, filled=dot.filled and kind.filled),
        )  # fmt: skip
