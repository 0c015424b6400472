"""What may be shown of a cell in a message: what looks like an answer, never a personal value."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

WITHHELD = "(not shown)"
# As short as a code or a mean of codes; postcodes, numbers of students, coordinates are longer.
_NUMBER = re.compile(
    r"[+-]?(\d{1,4}([.,]0?)?|\d{1,2}[.,]\d|\d[.,]\d\d|inf|nan|\d{1,3}e[+-]?\d{1,3})",
    re.IGNORECASE | re.ASCII,
)
_WORDS = re.compile(r"[a-z]+([ /][a-z]+){0,2}")
_LONGEST = 20


def shown(cell: str, labels: Iterable[str] = ()) -> str:
    """A cell as a message may show it.

    Shown are short numbers, one to three short words without a capital letter, and what is nearly
    one of ``labels``. All else could be a name, an id, an address or somebody's own story (a row
    that slipped by one column brings them into any item) and is withheld.

    Examples
    --------
    >>> shown("55"), shown("a lot"), shown("Oftn", ["Often"]), shown("Ann Lee"), shown("P1315")
    ('55', 'a lot', 'Oftn', '(not shown)', '(not shown)')
    """
    text = cell.strip()
    if _NUMBER.fullmatch(text) or (len(text) <= _LONGEST and _WORDS.fullmatch(text)):
        return text
    return text if nearest_label(text, labels) else WITHHELD


def nearest_label(cell: str, labels: Iterable[str]) -> str:
    """Label that a cell was probably meant to be; empty when none is near."""
    folded = {label.casefold(): label for label in labels}
    close = get_close_matches(cell.casefold(), list(folded), n=1, cutoff=0.7)
    return folded[close[0]] if close else ""
