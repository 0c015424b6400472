"""What may be shown of a cell in a message: never a personal value."""

import re

WITHHELD = "(not shown)"
_LONGEST = 40
_PERSONAL = re.compile(
    r"@|\b\d{1,3}(\.\d{1,3}){3}\b|:[0-9a-f]{0,4}:|\d[\d\s()/+-]{6,}\d|-?\d+\.\d{4,}", re.IGNORECASE
)


def shown(cell: str, *, personal: bool) -> str:
    """A cell as a message may show it.

    Cells of columns that hold personal values are withheld, and so is any cell that looks like an
    e-mail address, an IP address, a phone number or a coordinate, or is longer than a code.

    Examples
    --------
    >>> shown("55", personal=False), shown("ann@example.org", personal=False)
    ('55', '(not shown)')
    """
    if personal or len(cell) > _LONGEST or _PERSONAL.search(cell):
        return WITHHELD
    return cell
