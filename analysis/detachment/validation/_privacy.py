"""What may be shown of a cell in a message: never a personal value."""

import re

WITHHELD = "(not shown)"
_LONGEST = 40
_PERSONAL = re.compile(
    r"@|\b\d{1,3}(\.\d{1,3}){3}\b|:[0-9a-f]{0,4}:|\d[\d\s()/+-]{6,}\d|-?\d+\.\d{4,}", re.IGNORECASE
)


def shown(cell: str) -> str:
    """A cell as a message may show it.

    Withheld is a cell that looks like an e-mail address, an IP address, a phone number or a
    coordinate, and one that is longer than a code. (Cells of columns that hold personal values
    never get this far.)

    Examples
    --------
    >>> shown("55"), shown("ann@example.org")
    ('55', '(not shown)')
    """
    if len(cell) > _LONGEST or _PERSONAL.search(cell):
        return WITHHELD
    return cell
