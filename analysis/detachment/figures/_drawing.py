"""A finished figure: bytes that never differ, and the same content in words."""

import re
from collections.abc import Container
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from detachment.errors import UsageError, check_word
from detachment.figures._theme import INKS, style
from detachment.text import allowed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")
DOTS_PER_INCH = 300
MAKER = "detachment"


def file_name(*words: object) -> str:
    """Join words to a name that is fit for a file, a link and an id; no two sets share one.

    Examples
    --------
    >>> file_name("forest", "joy"), file_name("forest", "../a")
    ('forest-joy', 'forest-..~2f~a')
    """
    name = "-".join(map(str, words))
    return re.sub(r"[^\w.-]", lambda found: f"~{ord(found[0]):x}~", name)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """A figure that is drawn once and saved as often as wanted.

    Attributes
    ----------
    name
        Short name, fit for a file: ``"heatmap"``.
    title
        What it shows, for a caption.
    alt
        Its content in sentences, with the numbers, for those who do not see it.
    notes
        What a caption must add: n, method, what is not shown.
    figure
        The ``matplotlib.figure.Figure``, sized for one or two columns of a page.
    """

    name: str
    title: str
    alt: str
    notes: tuple[str, ...] = ()
    figure: "Figure"

    def to_bytes(self, format: str = "svg") -> bytes:  # noqa: A002 (the word that matplotlib uses)
        """The figure as a file's content; the same bytes for the same data, call and versions.

        Parameters
        ----------
        format
            ``"svg"`` (letters as outlines, title and description inside), ``"png"`` (300 dots per
            inch) or ``"pdf"`` (fonts embedded).

        Returns
        -------
        bytes

        Raises
        ------
        UsageError
            When the format is another one.
        """
        check_word("format", format, FORMATS)
        with style():
            return {"svg": self._svg, "png": self._png, "pdf": self._pdf}[format]()

    def _svg(self) -> bytes:
        from detachment.figures._svg import svg_of

        return svg_of(self.figure, name=self.name, title=self.title, alt=self.alt).encode()

    def _png(self) -> bytes:
        """The figure in pixels without transparency, for the paper covers all of it."""
        from PIL import Image
        from PIL.PngImagePlugin import PngInfo

        drawn, written, words = BytesIO(), BytesIO(), PngInfo()
        self.figure.savefig(drawn, format="rgba", dpi=DOTS_PER_INCH)
        width, height = (int(inches * DOTS_PER_INCH) for inches in self.figure.get_size_inches())
        for name, text in (
            ("Title", allowed(self.title)), ("Author", MAKER), ("Software", MAKER),
            ("Description", allowed(self.alt)),
        ):  # fmt: skip
            words.add_text(name, text)
        # Deflating the even areas of a drawing harder takes long and saves next to nothing.
        Image.frombuffer("RGBA", (width, height), drawn.getvalue()).convert("RGB").save(
            written, "png", dpi=(DOTS_PER_INCH,) * 2, pnginfo=words, compress_level=2
        )
        return written.getvalue()

    def _pdf(self) -> bytes:
        about = {
            "Title": allowed(self.title), "Author": MAKER, "Creator": MAKER, "Producer": MAKER,
            "CreationDate": None,
        }  # fmt: skip
        written = BytesIO()
        self.figure.savefig(written, format="pdf", dpi=DOTS_PER_INCH, metadata=about)
        return written.getvalue()

    def save(self, path: str | Path) -> Path:
        """Write the figure; the file's ending says how. Folders are made where they are missing.

        Parameters
        ----------
        path
            A file name that ends in ``.svg``, ``.png`` or ``.pdf``.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        UsageError
            When the ending is another one.
        """
        path = Path(path)
        ending = path.suffix.lower().removeprefix(".")
        if ending not in FORMATS:
            raise UsageError(
                f"a figure cannot be saved as {path.name!r}: the file's name must end in "
                f"{', '.join('.' + known for known in FORMATS)}."
            )
        content = self.to_bytes(ending)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def _repr_svg_(self) -> str:
        return self.to_bytes("svg").decode("utf-8")

    def _repr_png_(self) -> bytes:
        return self.to_bytes("png")

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        """What a notebook shows: the SVG, with the text alternative as its plain form."""
        bundle = {"image/svg+xml": self._repr_svg_(), "text/plain": f"{self!r}\n{self.alt}"}
        wanted = {
            kind: content
            for kind, content in bundle.items()
            if (include is None or kind in include) and (exclude is None or kind not in exclude)
        }
        return wanted, {kind: {"alt": self.alt} for kind in wanted if kind.startswith("image")}

    def __repr__(self) -> str:
        width, height = self.figure.get_size_inches()
        return f"Drawing({self.name!r}: {self.title}, {width:.2f} x {height:.2f} in)"


def inline_svg(svg: bytes) -> str:
    """Make of an SVG file a part of an HTML page, whose inks the page may change.

    Letters, lines and paper become the CSS variables ``--figure-ink``, ``--figure-muted``,
    ``--figure-rule``, ``--figure-base``, ``--figure-paper``, ``--figure-mark``,
    ``--figure-second``, ``--figure-third`` and ``--figure-fourth``; where the page does not set
    them they have the file's own colours. Colours that stand for a value stay.

    Parameters
    ----------
    svg
        What :meth:`Drawing.to_bytes` gave.

    Returns
    -------
    str
    """
    text = svg.decode("utf-8")
    names = {color: name for name, color in INKS.items()}
    colors = "|".join(names)

    def inked(color: str) -> str:
        return f"var(--figure-{names[color]}, {color})"

    text = re.sub(
        rf"\b(fill|stroke): ({colors})\b",
        lambda found: f"{found[1]}: {inked(found[2])}",
        text[text.index("<svg") :],
    )
    # What is behind a texture has an attribute, where a variable means nothing.
    return re.sub(
        rf'(<rect [^>]*)\bfill="({colors})"',
        lambda found: f'{found[1]}style="fill: {inked(found[2])}"',
        text,
    )
