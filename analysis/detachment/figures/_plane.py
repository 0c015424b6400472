"""Axes of curves and scatters in the house style: places in points, round ticks, keys in rows.

A plane is a block on the page: what the vertical axis measures above it, numbers left of it, and
numbers and what the horizontal axis measures below it. Nothing is placed automatically, so a block
has the height that :func:`block_of` says before anything is drawn.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, Any, Literal

from detachment.figures._theme import (
    BASE,
    FOURTH,
    INK,
    LEADING,
    MARK,
    MUTED,
    PAPER,
    RULE,
    SECOND,
    SMALL,
    THIRD,
    Page,
    balance,
    block_height,
    width_of,
)
from detachment.text import bounded, number

if TYPE_CHECKING:
    from detachment.figures._panel import Panel

Line = Literal["-", "--", "-.", ":", "none"]
Marker = Literal["o", "D", "^", "s", "v", ""]
Grid = Literal["x", "y", "both", "none"]

TICKS = 11.0  # from the plane's foot to below its numbers
KEY = 12.0  # height of a row of keys
SAMPLE = 17.0  # width of the sample of a line in a key


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one series is drawn; without colour it is still told by its line and its marker."""

    color: str
    line: Line = "-"
    marker: Marker = "o"
    filled: bool = True


LOOKS = (
    Look(color=MARK, line="-", marker="o"),
    Look(color=SECOND, line="--", marker="D"),
    Look(color=THIRD, line="-.", marker="^"),
    Look(color=FOURTH, line=":", marker="s"),
    Look(color=MUTED, line="-", marker="o", filled=False),
    Look(color=MARK, line="--", marker="D", filled=False),
    Look(color=SECOND, line="-.", marker="^", filled=False),
    Look(color=THIRD, line=":", marker="s", filled=False),
)
"""Looks of series, in the order in which they are used; after the last the first comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A row of a legend: a line, a marker, both, or an area, and what it stands for."""

    label: str
    color: str
    line: Line = "none"
    marker: Marker = ""
    filled: bool = True
    area: bool = False
    hatch: str = ""
    opacity: float = 1.0

    @classmethod
    def of(cls, label: str, look: Look, *, line: bool = True, marker: bool = True) -> "Key":
        """The key of a series."""
        return cls(
            label=label,
            color=look.color,
            line=look.line if line else "none",
            marker=look.marker if marker else "",
            filled=look.filled,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What an axis reaches, in units of the data, and what is written along it."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """A drawn pair of axes; ``left, top, width, height`` are those of the plane itself."""

    axes: "Panel"
    left: float
    top: float
    width: float
    height: float
    x: Axis
    y: Axis

    def across(self, value: float) -> float:
        """Distance of a value of x from the left of the page, in points."""
        return self.left + (value - self.x.low) / (self.x.high - self.x.low) * self.width

    def down(self, value: float) -> float:
        """Distance of a value of y from the top of the page, in points."""
        return self.top + (self.y.high - value) / (self.y.high - self.y.low) * self.height


def tidy(values: Iterable[float], span: float = 1.0) -> list[float]:
    """Round what is drawn to a ten-thousandth of a span, so that no last bit moves a picture.

    Examples
    --------
    >>> tidy([0.123456, -0.0000001], 1), tidy([1234.5678], 5000)
    ([0.1235, 0.0], [1234.6])
    """
    digits = 4 - (floor(log10(span) + 1e-9) if span > 0 else 0)
    return [round(float(value), digits) + 0.0 for value in values]


def steps(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from one end to the other, at most about ``most`` of them.

    Examples
    --------
    >>> steps(0.3, 4.8), steps(-1, 1, 4)
    ([1.0, 2.0, 3.0, 4.0], [-1.0, -0.5, 0.0, 0.5, 1.0])
    """
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(k * power for k in (1, 2, 5, 10) if k * power >= rough * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    digits = max(0, 2 - floor(log10(step)))
    return [round(k * step, digits) + 0.0 for k in range(first, last + 1)]


def axis_of(
    values: Iterable[float],
    *,
    label: str = "",
    also: Iterable[float] = (),
    limits: tuple[float, float] | None = None,
    room: float = 0.04,
    from_zero: bool = False,
    most: int = 6,
    within_one: bool = False,
    write: Callable[[float], str] | None = None,
) -> Axis:
    """An axis that holds all values, with round ticks.

    Parameters
    ----------
    values, also
        What must be on it; what is not finite is passed over.
    label
        What it measures.
    limits
        Ends of the axis, where they are fixed.
    room
        Share of the span that is left free on either side.
    from_zero
        Whether the axis holds 0, and begins there exactly where no value is below it.
    most
        About how many ticks.
    within_one
        Whether the quantity cannot exceed 1, and so has no zero before the point.
    write
        Words of a tick, where they are no plain number.

    Examples
    --------
    >>> axis_of([0.1, 0.9], limits=(0, 1), most=2, within_one=True).ticks
    ((0.0, '0'), (0.5, '.5'), (1.0, '1.0'))
    """
    known = [float(value) for value in [*values, *also] if isfinite(value)]
    known += [0.0] if from_zero else []
    if limits is None:
        low, high = min(known, default=0.0), max(known, default=1.0)
        free = room * (high - low) or max(0.5, abs(high) * 0.05) * (1 if high == low else 0)
        low, high = 0.0 if from_zero and low >= 0 else low - free, high + free
    else:
        low, high = limits
    places = steps(low, high, most)
    if write is None:
        gap = places[1] - places[0] if len(places) > 1 else 1.0
        digits = max(0, -floor(log10(gap) + 1e-9))

        def write(value: float) -> str:
            if not value and within_one:
                return "0"
            return bounded(value, digits) if within_one else number(value, digits)

    low, high = tidy((low, high), high - low)
    return Axis(low=low, high=high, ticks=tuple((one, write(one)) for one in places), label=label)


def beside(y: Axis) -> float:
    """Points that the numbers of a vertical axis take, with the gap to the plane."""
    return max((width_of(text, SMALL) for _, text in y.ticks), default=0.0) + 5.0


def _overhang(x: Axis, width: float) -> float:
    """Points that the last number of a horizontal axis stands out beyond the plane."""
    if not x.ticks:
        return 0.0
    value, text = x.ticks[-1]
    return max(0.0, width_of(text, SMALL) / 2 - (x.high - value) / (x.high - x.low) * width)


def above(y: Axis, width: float) -> float:
    """Points above a plane: what the vertical axis measures, or half a number."""
    return block_height(balance(y.label, width, SMALL), SMALL) + 5.0 if y.label else 4.0


def _below(x: Axis, width: float) -> float:
    label = block_height(balance(x.label, width, SMALL), SMALL) + 2.0 if x.label else 0.0
    return (TICKS if x.ticks else 2.0) + label


def block_of(x: Axis, y: Axis, width: float, height: float) -> float:
    """Height in points of a whole block, of which the plane itself takes ``height``."""
    return above(y, width) + height + _below(x, width - beside(y))


def draw_plane(
    page: Page,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    x: Axis,
    y: Axis,
    grid: Grid = "y",
    base: bool = True,
    gutter: float | None = None,
) -> Plane:
    """Draw an empty plane with its numbers and labels.

    Parameters
    ----------
    page
        Where.
    left, top, width
        Of the whole block: labels and numbers are inside.
    height
        Of the plane alone; the block is as high as :func:`block_of` says.
    x, y
        The axes.
    grid
        Where fine lines stand at the ticks: of ``"x"``, ``"y"``, ``"both"``, or ``"none"``.
    base
        Whether a stronger line stands at the foot.
    gutter
        Points for the numbers of the vertical axis, where planes above each other must align.

    Returns
    -------
    Plane
        Draw on its ``axes`` in units of the data, or write on the page at ``across`` and ``down``.
    """
    gutter = beside(y) if gutter is None else gutter
    plane_top = top + above(y, width)
    inner = width - gutter - _overhang(x, width - gutter)
    axes = page.panel(left + gutter, plane_top, inner, height)
    axes.set_xlim(x.low, x.high)
    axes.set_ylim(y.low, y.high)
    plane = Plane(
        axes=axes, left=left + gutter, top=plane_top, width=inner, height=height, x=x, y=y
    )
    for value, text in y.ticks:
        if grid in ("y", "both"):
            axes.axhline(value, color=RULE, linewidth=0.6, zorder=0)
        page.write(plane.left - 4, plane.down(value), text, size=SMALL, align="right", color=MUTED)
    foot = plane_top + height
    for value, text in _apart(x.ticks, plane):
        if grid in ("x", "both"):
            axes.axvline(value, color=RULE, linewidth=0.6, zorder=0)
        page.write(plane.across(value), foot + 7, text, size=SMALL, align="center", color=MUTED)
    if base:
        axes.axhline(y.low, color=BASE, linewidth=0.9, clip_on=False, zorder=1)
    if y.label:
        lines = balance(y.label, width, SMALL)
        page.write_lines(left, top + block_height(lines, SMALL) / 2, lines, size=SMALL, color=MUTED)
    if x.label:
        lines = balance(x.label, plane.width, SMALL)
        middle = foot + (TICKS if x.ticks else 2.0) + 2 + block_height(lines, SMALL) / 2
        page.write_lines(
            plane.left + plane.width / 2, middle, lines, size=SMALL, align="center", color=MUTED
        )
    return plane


def _apart(ticks: Sequence[tuple[float, str]], plane: Plane) -> Sequence[tuple[float, str]]:
    """Ticks whose words do not touch: every second, third, ... where all would."""
    for step in range(1, len(ticks) + 1):
        some = ticks[::step]
        if all(
            plane.across(right[0]) - plane.across(left[0])
            >= (width_of(left[1], SMALL) + width_of(right[1], SMALL)) / 2 + 3
            for left, right in pairwise(some)
        ):
            return some
    return ticks[:1]


def _rows_of(keys: Sequence[Key], width: float) -> list[list[tuple[float, Key, list[str]]]]:
    """Keys in rows: (distance from the left, key, lines of its label)."""
    rows: list[list[tuple[float, Key, list[str]]]] = [[]]
    x = 0.0
    for key in keys:
        sample = _sample(key)
        lines = balance(key.label, width - sample)
        needed = sample + max(width_of(line) for line in lines)
        if rows[-1] and x + needed > width:
            rows.append([])
            x = 0.0
        rows[-1].append((x, key, lines))
        x += needed + 12
    return rows


def _sample(key: Key) -> float:
    return SAMPLE + 4 if key.line != "none" else 11.0


def _row_height(row: Sequence[tuple[float, Key, list[str]]]) -> float:
    return max(KEY, *(block_height(lines) + 2 for _, _, lines in row), 0.0)


def keys_height(keys: Sequence[Key], width: float) -> float:
    """Height in points of a legend as wide as ``width``, with the gap below it."""
    return sum(map(_row_height, _rows_of(keys, width))) + 4 if keys else 0.0


def draw_keys(page: Page, keys: Sequence[Key], left: float, top: float, width: float) -> None:
    """Draw a legend in rows from its top left corner."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    begin = top
    for row in _rows_of(keys, width) if keys else []:
        y = begin + _row_height(row) / 2
        for x, key, lines in row:
            start, sample = left + x, _sample(key)
            if key.area:
                page.figure.add_artist(
                    Rectangle(
                        (start / page.width, 1 - (y + 3.6) / page.height),
                        7.2 / page.width,
                        7.2 / page.height,
                        facecolor=PAPER if key.hatch else key.color,
                        edgecolor=key.color if key.hatch else "none",
                        hatch=key.hatch or None,
                        linewidth=0.5,
                        alpha=key.opacity,
                        transform=page.figure.transFigure,
                    )
                )
            else:
                ends = (start, start + SAMPLE) if key.line != "none" else (start, start + 7.2)
                height = [1 - y / page.height]
                if key.line != "none":
                    page.figure.add_artist(
                        Line2D(
                            [end / page.width for end in ends], height * 2, color=key.color,
                            linestyle=key.line, linewidth=1.4, transform=page.figure.transFigure,
                        )
                    )  # fmt: skip
                if key.marker:
                    page.figure.add_artist(
                        Line2D(
                            [sum(ends) / 2 / page.width], height, color=key.color,
                            linestyle="none", transform=page.figure.transFigure,
                            **marker(key.marker, key.color, filled=key.filled),
                        )
                    )  # fmt: skip
            page.write_lines(start + sample, y, lines, color=INK)
        begin += _row_height(row)


def marker(shape: Marker, color: str, *, filled: bool = True) -> dict[str, Any]:
    """Settings of a marker for matplotlib: all shapes look equally large."""
    return {
        "marker": shape,
        "markersize": 4.6 if shape in ("o", "^", "v") else 4.0,
        "markeredgewidth": 1.1,
        "markeredgecolor": color,
        "markerfacecolor": color if filled else PAPER,
    }


def write_note(page: Page, lines: Sequence[str], left: float) -> None:
    """Write small lines at the foot of a page."""
    page.write_lines(
        left, page.height - left - block_height(lines, SMALL) / 2, lines, size=SMALL, color=MUTED
    )


def note_height(lines: Sequence[str]) -> float:
    """Points that :func:`write_note` needs above the margin."""
    return len(lines) * SMALL * LEADING + 4 if lines else 0.0
