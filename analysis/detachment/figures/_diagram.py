"""Boxes, arrows and what stands on them: the parts of a path diagram, placed in points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from detachment.figures._theme import (
    BASE,
    INK,
    LEADING,
    MARGIN,
    MUTED,
    PAPER,
    RULE,
    SIZE,
    SMALL,
    Page,
    balance,
    block_height,
    width_of,
    wrap,
)

Point = tuple[float, float]
PADDING = 5.0
SIDE = 4.0  # room left and right of a name in its box
HOLDS_ZERO = (
    "Thin grey lines: the interval includes 0, which does not show that there is no association."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A variable: where its middle is, how large it is, and what it is called.

    Attributes
    ----------
    key
        By which it is found.
    lines, below
        Its name, and smaller words under it.
    round
        An ellipse (what is not observed) and no rectangle.
    """

    key: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    below: tuple[str, ...] = ()
    round: bool = False

    def left(self, share: float = 0.5) -> Point:
        """A point of the left side, ``share`` of the way down."""
        return self.x - self.width / 2, self.y + (share - 0.5) * self.height

    def right(self, share: float = 0.5) -> Point:
        """A point of the right side, ``share`` of the way down."""
        return self.x + self.width / 2, self.y + (share - 0.5) * self.height

    def top(self, share: float = 0.5) -> Point:
        """A point of the upper side, ``share`` of the way to the right."""
        return self.x + (share - 0.5) * self.width, self.y - self.height / 2

    def foot(self, share: float = 0.5) -> Point:
        """A point of the lower side, ``share`` of the way to the right."""
        return self.x + (share - 0.5) * self.width, self.y + self.height / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An arrow from point to point, straight or bent towards ``via``, and what stands on it.

    Attributes
    ----------
    key
        By which it is found.
    lines
        What stands on it.
    at, shift
        How far along the way that stands, and how far from the line, in points.
    faint
        Whether it is drawn thin and grey.
    heads
        An arrow at the end, at both ends, or none.
    """

    key: str
    start: Point
    end: Point
    via: Point | None = None
    lines: tuple[str, ...] = ()
    at: float = 0.5
    shift: Point = (0.0, 0.0)
    faint: bool = False
    heads: Literal["end", "both", "none"] = "end"

    def point(self, t: float) -> Point:
        """A point of the line, from 0 at its start to 1 at its end (a quadratic Bézier curve)."""
        middle = self.via or (
            (self.start[0] + self.end[0]) / 2,
            (self.start[1] + self.end[1]) / 2,
        )
        x, y = (
            (1 - t) ** 2 * one + 2 * t * (1 - t) * bend + t**2 * other
            for one, bend, other in zip(self.start, middle, self.end, strict=True)
        )
        return x, y


@dataclass(slots=True)
class Diagram:
    """Boxes and arrows of a page."""

    boxes: dict[str, Box] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def add(self, box: Box) -> Box:
        """Put a box into the diagram."""
        self.boxes[box.key] = box
        return box

    def draw(self, page: Page) -> None:
        """Draw arrows, boxes above them, and words above all."""
        panel = page.panel(0, 0, page.width, page.height)
        panel.set_xlim(0, page.width)
        panel.set_ylim(page.height, 0)
        for link in self.links:
            panel.add_patch(_arrow(link))
        for box in self.boxes.values():
            panel.add_patch(_shape(box))
            _write_box(page, box)
        for link in self.links:
            _write_link(page, link)


def _arrow(link: Link) -> Any:  # noqa: ANN401 - matplotlib is loaded late
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    ends = [link.start, link.end] if link.via is None else [link.start, link.via, link.end]
    kinds = [Path.MOVETO, *([Path.LINETO] if link.via is None else [Path.CURVE3] * 2)]
    heads = {"end": "-|>", "both": "<|-|>", "none": "-"}[link.heads]
    size = "" if link.heads == "none" else ",head_length=0.42,head_width=0.17"
    patch = FancyArrowPatch(
        path=Path([(round(x, 3), round(y, 3)) for x, y in ends], kinds),
        arrowstyle=heads + size,
        mutation_scale=SIZE * 1.35,
        color=BASE if link.faint else INK,
        linewidth=0.7 if link.faint else 1.1,
        shrinkA=0,
        shrinkB=0,
        zorder=1,
        capstyle="butt",
        joinstyle="miter",
    )
    patch.set_label(link.key)
    return patch


def _shape(box: Box) -> Any:  # noqa: ANN401 - matplotlib is loaded late
    from matplotlib.patches import Ellipse, Rectangle

    look: dict[str, Any] = {"facecolor": PAPER, "edgecolor": INK, "linewidth": 0.8, "zorder": 2}
    x, y, width, height = (round(v, 3) for v in (box.x, box.y, box.width, box.height))
    shape = (
        Ellipse((x, y), width, height, **look)
        if box.round
        else Rectangle((x - width / 2, y - height / 2), width, height, **look)
    )
    shape.set_label(box.key)
    return shape


def _write_box(page: Page, box: Box) -> None:
    full = block_height(box.lines) + block_height(box.below, SMALL)
    y = box.y - full / 2
    for lines, size, color in ((box.lines, SIZE, INK), (box.below, SMALL, MUTED)):
        for line in lines:
            y += size * LEADING / 2
            page.write(box.x, y, line, size=size, align="center", color=color).set_label(box.key)
            y += size * LEADING / 2


def _write_link(page: Page, link: Link) -> None:
    x, y = link.point(link.at)
    x, y = x + link.shift[0], y + link.shift[1]
    step = SMALL * LEADING
    for number, line in enumerate(link.lines):
        middle = y + step * (number - (len(link.lines) - 1) / 2)
        text = page.write(round(x, 3), round(middle, 3), line, size=SMALL, align="center")
        text.set_label(link.key)
        text.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 1.2})


def fitted(label: str, width: float) -> tuple[str, ...]:
    """A name broken to the width of a box."""
    return tuple(balance(label, width - 2 * SIDE))


def height_for(*blocks: tuple[Sequence[str], Sequence[str]]) -> float:
    """Height that holds each of these names with the words under it."""
    return 2 * PADDING + max(
        block_height(lines) + block_height(below, SMALL) for lines, below in blocks
    )


def listed(rows: Sequence[tuple[str, str]], width: float) -> list[tuple[list[str], str]]:
    """Rows of words and values, the words broken to what the widest value leaves of a width."""
    most = max((width_of(value, SMALL) for _, value in rows), default=0.0)
    return [(wrap(words, width - most - 10, SMALL), value) for words, value in rows]


def height_of_list(rows: Sequence[tuple[list[str], str]]) -> float:
    """Height of such rows."""
    return sum(block_height(words, SMALL) + 1.5 for words, _ in rows)


def draw_list(page: Page, rows: Sequence[tuple[list[str], str]], top: float) -> None:
    """Draw words on the left and values on the right, a thin line above all."""
    from matplotlib.lines import Line2D

    edge = [MARGIN / page.width, 1 - MARGIN / page.width]
    page.figure.add_artist(
        Line2D(
            edge, [1 - (top - 3) / page.height] * 2, color=RULE, linewidth=0.6,
            transform=page.figure.transFigure,
        )
    )  # fmt: skip
    for words, value in rows:
        height = block_height(words, SMALL)
        page.write_lines(MARGIN, top + height / 2, words, size=SMALL, color=MUTED)
        page.write(page.width - MARGIN, top + SMALL * LEADING / 2, value, size=SMALL, align="right")
        top += height + 1.5


def holds_zero(row: Mapping[str, Any], low: str = "low", high: str = "high") -> bool:
    """Whether an interval includes 0; a missing one says nothing and does not."""
    return bool(row[low] <= 0 <= row[high])
