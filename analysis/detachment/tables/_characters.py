"""Text of the user's, as a document that is laid out in lines can hold it."""

import unicodedata
from functools import cache

from detachment.tables._html import without_marks
from detachment.text import allowed


def legible(text: str) -> str:
    r"""Leave out what no document may hold, and marks that turn the direction of reading.

    Parameters
    ----------
    text
        Any text; line feeds and tabs stay.

    Returns
    -------
    str

    Examples
    --------
    >>> legible("a\x0bb\ud800 \N{RIGHT-TO-LEFT OVERRIDE}exe.txt")
    'ab exe.txt'
    """
    return without_marks(allowed(text).replace("\r", ""))


def width(text: str) -> float:
    """Room that a line of text needs in a common typeface, in units of its size.

    An upper estimate, for the font is known to the reader's computer only.

    Examples
    --------
    >>> round(width("1.50"), 2), round(width("Mean"), 2)
    (1.85, 2.4)
    """
    return sum(map(_letter, text))


@cache
def _letter(letter: str) -> float:
    if letter in ".,:;'|!il ()[]-":
        return 0.35
    if letter in "MWmw%@—":
        return 0.9
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    return 0.68 if letter.isupper() else 0.5
