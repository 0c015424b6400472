"""How the documentation is built: sphinx and myst-nb, offline, every example run on the way."""

import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

from detachment import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

project = "detachment"
author = "the detachment team"
copyright = author  # noqa: A001 (the name that sphinx reads)
version = release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_title = "detachment"
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
# A widget needs a kernel and scripts from elsewhere; what it shows first needs neither.
nb_mime_priority_overrides = [
    ("html", "text/html", 0),
    ("html", "application/vnd.jupyter.widget-view+json", None),
]
# What a marked exercise tells the marking is for nobody to read.
suppress_warnings = ["mystnb.unknown_mime_type"]
nb_ipywidgets_js: dict[str, dict[str, str]] = {}

autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False


def _inline_formula(translator: "HTML5Translator", node: nodes.math) -> None:
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def _formula(translator: "HTML5Translator", node: nodes.math_block) -> None:
    translator.body.append(f"<div>{tex2mathml(node.astext(), as_block=True)}</div>")
    raise nodes.SkipNode


def _tell_images(app: "Sphinx", doctree: nodes.document) -> None:
    """Give each drawing of a cell its own description as text alternative."""
    for image in doctree.findall(nodes.image):
        path = Path(app.srcdir, image["uri"])
        if "alt" not in image and path.suffix == ".svg" and path.is_file():
            said = re.search(r"<desc[^>]*>(.*?)</desc>", path.read_text("utf-8"), re.DOTALL)
            image["alt"] = unescape(said[1]) if said else ""


def setup(app: "Sphinx") -> None:
    """Formulas become MathML, which browsers show without a script and without a network."""
    app.add_html_math_renderer("mathml", (_inline_formula, None), (_formula, None))
    app.connect("doctree-read", _tell_images)
