"""Small turns of phrase of a report."""


def initial(text: str) -> str:
    """The first letter as a capital, the others as they are.

    Examples
    --------
    >>> initial("partner effect"), initial("")
    ('Partner effect', '')
    """
    return text[:1].upper() + text[1:]
