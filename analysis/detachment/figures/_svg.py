"""SVG in which a text is one element, and letters are outlines that all texts of a figure share.

Letters are most of what matplotlib writes of a figure: an element each, laid out anew for every
text of every file. Here a text is laid out once, and kept for the next figure that has it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from io import StringIO
from typing import Any

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from detachment.figures._theme import extent_of
from detachment.text import allowed

UNITS = 64
"""The font's own outlines are whole numbers of 64ths."""
_STEPS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}


def svg_of(figure: Figure, *, name: str, title: str, alt: str) -> str:
    """A figure as SVG for people and pages: told in words, ids of its own, nothing to fetch.

    Parameters
    ----------
    figure
        What was drawn.
    name
        With which all ids begin, so that several figures can stand on one page.
    title, alt
        What it shows, and its content in words.
    """
    written, before = StringIO(), figure.dpi
    width, height = figure.get_size_inches() * 72
    figure.dpi = 72
    try:
        renderer = _Renderer(width, height, written)
        figure.draw(renderer)
        renderer.finalize()  # type: ignore[no-untyped-call]
    finally:
        figure.dpi = before
    svg = written.getvalue()
    root, _, rest = svg[svg.index("<svg") :].partition(">")
    rest = re.sub(r"<!--.*?-->\s*|<style.*?</style>", "", rest, flags=re.S)
    body = f"<defs>\n{_definitions(renderer.words)}</defs>{rest}"
    body = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}-", body)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'{root} role="img" aria-labelledby="{name}-title" aria-describedby="{name}-description"'
        ' stroke-linejoin="round" stroke-linecap="butt">\n'
        f'<title id="{name}-title">{escape(allowed(title))}</title>\n'
        f'<desc id="{name}-description">{escape(allowed(alt))}</desc>\n{body}'
    )


class _Renderer(RendererSVG):
    """As matplotlib's own, but for plain texts in a font of ours."""

    def __init__(self, width: float, height: float, file: StringIO) -> None:
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        super().__init__(  # type: ignore[no-untyped-call]
            width, height, file, metadata=nothing
        )
        self.words: dict[tuple[str, str], str] = {}
        """A text and the file of its font -> the id of its letters."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: object
    ) -> tuple[float, float, float]:
        if ismath or not prop.get_file():
            width, height, depth = super().get_text_width_height_descent(  # type: ignore[no-untyped-call]
                s, prop, ismath
            )
            return width, height, depth
        return extent_of(s, prop)

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: object = False,
        mtext: object = None,
    ) -> None:
        clipped = gc.get_clip_rectangle() is not None or gc.get_clip_path()[0] is not None
        if ismath or clipped or gc.get_url() is not None or not prop.get_file():
            super().draw_text(  # type: ignore[no-untyped-call]
                gc, x, y, s, prop, angle, ismath, mtext
            )
            return
        word = self.words.setdefault((s, str(prop.get_file())), f"w{len(self.words)}")
        scale = prop.get_size_in_points() / text_to_path.FONT_SCALE / UNITS
        turned = f" rotate({-angle:g})" if angle else ""
        alpha = gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3]
        faint = f"; opacity: {alpha:g}" if alpha != 1 else ""
        self.writer.element(  # type: ignore[no-untyped-call]
            "use",
            attrib={
                "xlink:href": f"#{word}",
                "transform": f"translate({x:.2f} {y:.2f}){turned} scale({scale:.6g} {-scale:.6g})",
                "style": f"fill: {to_hex(gc.get_rgb())}{faint}",
            },
        )


def _definitions(words: dict[tuple[str, str], str]) -> str:
    """Every letter once, and every text as a row of letters."""
    letters: dict[str, str] = {}
    rows = []
    for (text, file), word in words.items():
        outlines, row = _letters(text, file)
        letters.update(outlines)
        rows.append(f'<g id="{word}">{row}</g>\n')
    shapes = (f'<path id="{letter}" d="{d}"/>\n' for letter, d in letters.items())
    return "".join([*shapes, *rows])


@lru_cache(maxsize=4096)
def _letters(text: str, file: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Outlines of the letters of a text by id, and the text as a row of them, in 64ths."""
    font = get_font(file)
    font.set_size(text_to_path.FONT_SCALE, text_to_path.DPI)
    placed, shapes, _ = text_to_path.get_glyphs_with_font(font, text)
    outlines = {
        letter: _outline(Path(vertices * UNITS, codes).iter_segments(simplify=False))
        for letter, (vertices, codes) in shapes.items()
        if len(vertices)
    }
    row = "".join(
        f'<use xlink:href="#{letter}" x="{x * UNITS:g}"/>'
        for letter, x, _, _ in placed
        if letter in outlines
    )
    return tuple(outlines.items()), row


def _outline(segments: Iterable[tuple[Any, Any]]) -> str:
    """The steps of a pen, as SVG writes them."""
    return "".join(
        "z" if code == Path.CLOSEPOLY else _STEPS[code] + " ".join(f"{one:g}" for one in points)
        for points, code in segments
    )
