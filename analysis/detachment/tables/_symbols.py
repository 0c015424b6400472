"""Which letters of a head or a note are statistical symbols, and how each piece of it is set."""

import re
from typing import Literal, NamedTuple

# Letters that stand for a statistic. Greek ones are upright, and so are abbreviations of words,
# such as CI and RMSEA (APA 7, 6.44).
_SYMBOL = re.compile(
    r"(?<![\w'’.–\-])(?P<letter>Mdn|SEM|SD|SE|df|[MNnprtFzbkdgRQ])"
    r"(?P<below>(?<=d)z|(?<=d)av|(?<=d)_pre|(?<=df)\d|ₛ|)(?P<above>²?)"
    r"(?![\w'’–-]|\.[^\W\d_]|\. ?[A-Z]\.)"
    r"|(?P<factor>BF)(?P<which>\d\d)\b|(?P<square>²)"
)
_PLAIN = {"ₛ": "s", "_pre": "pre"}


class Run(NamedTuple):
    """A piece of a text that is set in one way."""

    text: str
    italic: bool = False
    raised: Literal["", "super", "sub"] = ""


def symbols(text: str) -> tuple[Run, ...]:
    """Take a text apart into plain pieces, symbols in italics, and what stands above or below.

    Parameters
    ----------
    text
        A head or a sentence.

    Returns
    -------
    tuple of Run
        Together they are the text, but for what a raised piece is written with.

    References
    ----------
    American Psychological Association. (2020). *Publication manual* (7th ed.), 6.44.

    Examples
    --------
    >>> symbols("Adjusted p")
    (Run(text='Adjusted ', italic=False, raised=''), Run(text='p', italic=True, raised=''))
    >>> [(run.text, run.italic, run.raised) for run in symbols("ΔR²")]
    [('ΔR', False, ''), ('2', False, 'super')]
    """
    runs: list[Run] = []
    end = 0
    for found in _SYMBOL.finditer(text):
        runs.append(Run(text[end : found.start()]))
        if found["square"]:
            runs.append(Run("2", raised="super"))
        elif found["factor"]:
            runs += [Run("BF", italic=True), Run(found["which"], raised="sub")]
        else:
            below = found["below"]
            runs.append(Run(found["letter"], italic=True))
            runs.append(
                Run(
                    _PLAIN.get(below, below),
                    italic=_PLAIN.get(below, below).isalpha(),
                    raised="sub",
                )
            )
            runs.append(Run("2" if found["above"] else "", raised="super"))
        end = found.end()
    runs.append(Run(text[end:]))
    return tuple(run for run in runs if run.text)
