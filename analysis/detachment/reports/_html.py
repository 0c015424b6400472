"""A report as one web page: no network, no script."""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from detachment.text import allowed

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from detachment.reports._document import Document

NARROW = 300.0  # points: figures of one column are not blown up to the page's width


def html_page(document: "Document", figures: Mapping[str, bytes], *, pixels: bool = False) -> str:
    """Write a report as a web page.

    Parameters
    ----------
    document
        What it says.
    figures
        Name of a figure -> its SVG.
    pixels
        Whether each figure is beside the page as a PNG too.
    """
    from markupsafe import Markup

    from detachment.figures import inline_svg
    from detachment.tables import STYLE, html_table

    environment = _environment()
    style = environment.get_template("report.css").render(tables=Markup(STYLE))
    # Both writers escape every text of the user's themselves.
    svgs = {name: Markup(inline_svg(svg)) for name, svg in figures.items()}
    page: str = environment.get_template("report.html").render(
        document=document,
        svgs=svgs,
        narrow=[name for name, svg in figures.items() if _width(svg) < NARROW],
        pixels=pixels,
        style=Markup(style),
        html_table=lambda table, number: Markup(html_table(table, number=number)),
    )
    return allowed(page)


@cache
def _environment() -> "Environment":
    """The templates, read and translated once for every report of this process."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from detachment.tables import without_marks

    environment = Environment(
        loader=PackageLoader("detachment.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"apa": apa, "without_marks": without_marks}
    return environment


def _width(svg: bytes) -> float:
    """Width of a figure in points, as its first tag says."""
    found = re.search(rb'<svg[^>]* width="([\d.]+)pt"', svg)
    return float(found[1]) if found else NARROW


def apa(text: str) -> "Markup":
    """Escape a sentence and set its statistical symbols in italics, their numbers beside them."""
    from markupsafe import Markup, escape

    safe = str(escape(text))
    safe = re.sub(r"\b(b|r|p|n|t|N|M|SD)(?= (?:=|&lt;|&gt;) )", r"<i>\1</i>", safe)
    safe = re.sub(r" (=|&lt;|&gt;) (?=[\d.−&\[])", "\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", safe)
    return Markup(safe)
