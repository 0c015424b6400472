"""A value as a notebook shows it: a title, and facts under it."""

from collections.abc import Iterable
from html import escape

_TERM = "margin: 0; font-weight: 600;"
_FACT = "margin: 0 0 .35em 0;"


def card(
    title: str, facts: Iterable[tuple[str, str]], *, link: tuple[str, str] | None = None
) -> str:
    """Write a card as HTML; every text is escaped, and a fact that says nothing is left out.

    Parameters
    ----------
    title
        What the value is.
    facts
        Names and what they say.
    link
        Address and words of a link under them.

    Returns
    -------
    str

    Examples
    --------
    >>> card("Export", [("Platform", "qualtrics"), ("Encoding", "")]).count("<dt")
    1
    """
    said = "".join(
        f'<dt style="{_TERM}">{escape(name)}</dt><dd style="{_FACT}">{escape(fact)}</dd>'
        for name, fact in facts
        if fact
    )
    to = f'<p><a href="{escape(link[0])}">{escape(link[1])}</a></p>' if link else ""
    return (
        f'<div class="detachment-card"><p><b>{escape(title)}</b></p>'
        f'<dl style="margin: 0;">{said}</dl>{to}</div>'
    )
