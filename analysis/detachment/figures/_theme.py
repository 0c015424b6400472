"""The one look of all figures, and the page that they are drawn on.

Every figure is laid out by hand in points (1/72 inch) from the top left corner: measured text, no
automatic layout, so that drawing to SVG first or to PNG first gives the same picture. Nothing of
the user's matplotlib settings and nothing of pyplot's state gets in.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from detachment.errors import check_word

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.text import Text

    from detachment.figures._panel import Panel

Columns = Literal[1, 2]
Align = Literal["left", "center", "right"]

WIDTHS = {1: 252.0, 2: 518.4}
"""Width of a figure in points: one column (3.5 inches) or two (7.2 inches)."""

SIZE = 7.4
SMALL = 6.6
LEADING = 1.22
MARGIN = 5.0
UNIT = 100.0
"""Points of the size at which texts are measured, once for all sizes."""
MOST_LETTERS = 600
"""Of a text in a figure: as many as fill a label of twenty lines."""

INK = "#1d232b"
MUTED = "#59616d"
RULE = "#d3d7dd"
BASE = "#8b939e"
PAPER = "#ffffff"
MARK = "#1f5a94"
SECOND = "#c8641b"
THIRD = "#1b8568"
FOURTH = "#8d4b9b"
INKS = {
    "ink": INK, "muted": MUTED, "rule": RULE, "base": BASE, "paper": PAPER, "mark": MARK,
    "second": SECOND, "third": THIRD, "fourth": FOURTH,
}  # fmt: skip
"""Colours that stand for no value, and so may change with the page around a figure."""

# From low over neutral to high in equal steps: the map "vlag" of seaborn (Waskom, M. L., 2021,
# Journal of Open Source Software, 6, 3021).
_BLUE_TO_RED = (
    "#2369bd", "#4a7abc", "#678bbe", "#819cc3", "#9baeca", "#b4c0d4", "#ced4df", "#e8e8ed",
    "#faf5f4", "#f4e3e1", "#e8c9c7", "#ddb0ae", "#d39895", "#ca807e", "#bf6967", "#b55050",
    "#a9373b",
)  # fmt: skip

# On a coloured area: not to be mistaken for an ink.
BLACK = "#000000"
WHITE = "#fefefe"


@contextmanager
def style() -> Iterator[None]:
    """Settings that a figure is made and saved under, whatever the user's own settings are."""
    from matplotlib import style as styles

    fixed: dict[str, Any] = {
        "lines.solid_capstyle": "round",
        "patch.edgecolor": PAPER,
        "font.family": ["DejaVu Sans"],
        "font.size": SIZE,
        "text.parse_math": False,
        "text.usetex": False,
        "hatch.linewidth": 0.5,
        "hatch.color": BASE,
        "patch.force_edgecolor": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "detachment",
        "pdf.fonttype": 42,
        "pdf.compression": 6,
    }
    with styles.context(["default", fixed]):
        yield


@cache
def font(size: float, *, bold: bool = False) -> "FontProperties":
    """The DejaVu Sans that matplotlib brings along, so that letters are the same everywhere."""
    from matplotlib.font_manager import FontProperties

    file = font_folder() / f"DejaVuSans{'-Bold' if bold else ''}.ttf"
    return FontProperties(fname=file, size=size)


def font_folder() -> Path:
    """Where the fonts are that matplotlib brings along."""
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(str(font(SIZE).get_file())).get_charmap())


def plain(text: str) -> str:
    r"""Text that can be put on paper: one line, no control or invisible formatting characters.

    Examples
    --------
    >>> plain("left\u202eright  and\nbelow")
    'leftright and below'
    """
    visible = "".join(
        " " if letter.isspace() else letter
        for letter in text
        if letter.isspace() or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    return " ".join(visible.split())


def shortened(text: str) -> str:
    """A text that leaves room for others on the same page."""
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1].rstrip()}…"


def drawable(text: str) -> bool:
    """Whether the font has every letter of a text."""
    return all(ord(letter) in _letters() for letter in text)


def width_of(text: str, size: float = SIZE) -> float:
    """Width of one line of text in points."""
    return extent_of(text, font(size))[0] if text else 0.0


def extent_of(text: str, prop: "FontProperties") -> tuple[float, float, float]:
    """Width, height, and depth below the line, of one line of text in points."""
    scale = prop.get_size_in_points() / UNIT
    width, height, depth = _extent(text, str(prop.get_file()))
    return width * scale, height * scale, depth * scale


@lru_cache(maxsize=16384)
def _extent(text: str, file: str) -> tuple[float, float, float]:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    prop = FontProperties(fname=file, size=UNIT)
    width, height, depth = text_to_path.get_text_width_height_descent(text, prop, ismath=False)
    return float(width), float(height), float(depth)


def wrap(text: str, width: float, size: float = SIZE) -> list[str]:
    """Break a text into lines no wider than ``width`` points; a word too long is broken.

    On paper a text has no more than ``MOST_LETTERS``; the tables have the whole.
    """
    space = width_of("n n", size) - width_of("nn", size)
    lines: list[str] = []
    line, used = "", 0.0
    for word in shortened(plain(text)).split():
        needed = width_of(word, size)
        if line and used + space + needed <= width:
            line, used = f"{line} {word}", used + space + needed
            continue
        if line:
            lines.append(line)
        line, used = word, needed
        while used > width and len(line) > 1:
            # No letter with a width is so narrow that more of them fit.
            most = min(len(line) - 1, max(1, int(4 * width / size)))
            cut = next(
                k for k in range(most, 0, -1) if k == 1 or width_of(line[:k] + "-", size) <= width
            )
            lines.append(line[:cut] + "-")
            line = line[cut:]
            used = width_of(line, size)
    return [*lines, line] if line else lines or [""]


def balance(text: str, width: float, size: float = SIZE) -> list[str]:
    """Break a text into as few lines as fit and make these about equally long."""
    lines = wrap(text, width, size)
    if len(lines) == 1:
        return lines
    low, high = 0.5 * width, width
    for _ in range(5):
        middle = (low + high) / 2
        trial = wrap(text, middle, size)
        if len(trial) == len(lines) and not any(line.endswith("-") for line in trial):
            lines, high = trial, middle
        else:
            low = middle
    return lines


def contrast(fill: Sequence[float]) -> str:
    """Black or white, whichever is read more easily on a colour (WCAG relative luminance)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in fill[:3]
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return BLACK if luminance > 0.179 else WHITE


@cache
def blue_to_red(place: float) -> tuple[float, float, float]:
    """The colour at a place from 0, blue, over 0.5, light grey, to 1, red.

    Examples
    --------
    >>> [round(255 * part) for part in blue_to_red(0.5)]
    [250, 245, 244]
    """
    step, further = divmod(place * (len(_BLUE_TO_RED) - 1), 1)
    ends = _BLUE_TO_RED[int(step)], _BLUE_TO_RED[min(int(step) + 1, len(_BLUE_TO_RED) - 1)]
    low, high = ([int(one[k : k + 2], 16) / 255 for k in (1, 3, 5)] for one in ends)
    red, green, blue = (a + further * (b - a) for a, b in zip(low, high, strict=True))
    return red, green, blue


def diverging(count: int, centre: float | None = None) -> list[tuple[float, float, float]]:
    """Blue over grey to red, told apart by people who do not see red or green, light in the middle.

    Parameters
    ----------
    count
        How many colours.
    centre
        Which of them is neutral grey, counted from 0; at a half there is none. By default the
        middle.
    """
    middle = (count - 1) / 2 if centre is None else centre

    def steps(half: int) -> list[float]:
        # From .04 to .29 of the map and a middle lighter than both: neighbours keep clearly
        # different lightness in print without colour.
        return [0.04 + 0.25 * k / max(half - 1, 1) for k in range(half)]

    low = [blue_to_red(step) for step in steps(ceil(middle))]
    high = [blue_to_red(1 - step) for step in reversed(steps(count - 1 - floor(middle)))]
    grey = [(0.91, 0.91, 0.91)] if float(middle).is_integer() else []
    return [*low, *grey, *high]


def width_for(columns: int) -> float:
    """Width in points for one or two columns of a page.

    Raises
    ------
    UsageError
        When ``columns`` is neither 1 nor 2.
    """
    check_word("columns", str(columns), ["1", "2"])
    return WIDTHS[columns]


@dataclass(frozen=True, slots=True)
class Page:
    """An empty figure measured in points from its top left corner."""

    figure: "Figure"
    width: float
    height: float

    @classmethod
    def make(cls, width: float, height: float) -> "Page":
        """An empty page; the height is rounded up to whole points."""
        from matplotlib.figure import Figure

        height = float(-(-height // 1))
        figure = Figure(figsize=(width / 72, height / 72), facecolor=PAPER, dpi=144)
        return cls(figure, width, height)

    def panel(self, left: float, top: float, width: float, height: float) -> "Panel":
        """Axes without frame or ticks at a place on the page."""
        from detachment.figures._panel import Panel

        place = (
            left / self.width,
            1 - (top + height) / self.height,
            width / self.width,
            height / self.height,
        )
        axes = Panel(self.figure, place)
        self.figure.add_axes(axes)
        axes.set_axis_off()
        return axes

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = SIZE,
        align: Align = "left",
        color: str = INK,
        bold: bool = False,
    ) -> "Text":
        """One line of text whose middle height is at ``y``."""
        return self.figure.text(
            x / self.width,
            1 - y / self.height,
            text,
            fontproperties=font(size, bold=bold),
            color=color,
            ha=align,
            va="center_baseline",
        )

    def write_lines(
        self,
        x: float,
        middle: float,
        lines: Sequence[str],
        *,
        size: float = SIZE,
        align: Align = "left",
        color: str = INK,
        backed: bool = False,
    ) -> None:
        """Lines of text whose block is centred on ``middle``, ``backed`` by paper or not."""
        step = size * LEADING
        first = middle - step * (len(lines) - 1) / 2
        for number, line in enumerate(lines):
            y = first + number * step
            text = self.write(x, y, line, size=size, align=align, color=color)
            if backed:
                text.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 1})

    def write_on_end(
        self, middle: float, foot: float, lines: Sequence[str], *, size: float = SIZE
    ) -> None:
        """Lines of text turned by 90 degrees that stand on ``foot``."""
        step = size * LEADING
        first = middle - step * (len(lines) - 1) / 2
        for number, line in enumerate(lines):
            # Turned text is placed by its box, which starts left of the middle of the letters.
            text = self.write(first + number * step + 0.35 * size, foot, line, size=size)
            text.set(rotation=90, rotation_mode="anchor", verticalalignment="baseline")


def block_height(lines: Sequence[str], size: float = SIZE) -> float:
    """Height in points of lines of text."""
    return len(lines) * size * LEADING
