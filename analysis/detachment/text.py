"""Numbers in, words out: the small pieces of APA 7 sentences and tables.

Rounding is the decimal rounding of the number as stored. A missing number is an en dash in a table
cell and is never written as "nan". A true minus sign is the default; ``minus="-"`` gives the
hyphen that a spreadsheet or a terminal without Unicode wants.
"""

import re
from collections.abc import Iterable, Sequence
from math import isfinite, isinf, isnan

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"

# Neither XML nor Unicode lets these stand in a document: control characters other than tab, line
# feed and carriage return, halves of characters, and code points that are none.
_ILLEGAL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

# What a correlation is called in a table or a figure, and its symbol in a sentence.
COEFFICIENTS = {
    "pearson": "Pearson's r",
    "spearman": "Spearman's rₛ",
    "kendall": "Kendall's τ-b",
    "polychoric": "Polychoric ρ",
    "biweight": "Biweight midcorrelation",
    "percentage_bend": "Percentage bend correlation",
}
SYMBOLS = {
    "pearson": "r",
    "spearman": "rₛ",
    "kendall": "τ",
    "polychoric": "ρ",
    "biweight": "r(biweight)",
    "percentage_bend": "r(bend)",
}


def number(value: float | None, digits: int = 2, *, minus: str = MINUS, missing: str = DASH) -> str:
    """Write a number that may exceed 1.

    Parameters
    ----------
    value
        The number; None and NaN are missing.
    digits
        Decimals.
    minus
        Sign of a negative number.
    missing
        What stands for a missing number.

    Returns
    -------
    str

    Examples
    --------
    >>> number(-2.345, 1, minus="-"), number(0.5), number(-0.001), number(None)
    ('-2.3', '0.50', '0.00', '–')
    """
    if value is None or isnan(value):
        return missing
    if isinf(value):
        return (minus if value < 0 else "") + "∞"
    digits_only = f"{abs(value):.{digits}f}"
    is_zero = not digits_only.strip("0.")
    return (minus if value < 0 and not is_zero else "") + digits_only


def bounded(
    value: float | None, digits: int = 2, *, minus: str = MINUS, missing: str = DASH
) -> str:
    """Write a number whose size cannot exceed 1: no zero before the point (APA 7, 6.36).

    Parameters
    ----------
    value, digits, minus, missing
        As for :func:`number`.

    Returns
    -------
    str

    Examples
    --------
    >>> bounded(0.8754), bounded(-0.31, minus="-"), bounded(1.0), bounded(float("nan"))
    ('.88', '-.31', '1.00', '–')
    """
    text = number(value, digits, minus=minus, missing=missing)
    return text.replace("0.", ".", 1) if text.lstrip(minus).startswith("0.") else text


def p_value(p: float | None, digits: int = 3, *, missing: str = DASH) -> str:
    """Write a p value for a table cell.

    Parameters
    ----------
    p
        Between 0 and 1.
    digits
        Decimals; a smaller p is "< .001", a larger one than can be told from 1 is "> .999".
    missing
        What stands for a missing p.

    Returns
    -------
    str

    Examples
    --------
    >>> p_value(0.0342), p_value(1e-9), p_value(0.9999), p_value(None)
    ('.034', '< .001', '> .999', '–')
    """
    if p is None or isnan(p):
        return missing
    least = 10.0**-digits
    if p < least:
        return f"< {bounded(least, digits)}"
    if p >= 1 - least / 2:
        return f"> {bounded(1 - least, digits)}"
    return bounded(p, digits)


def p_statement(p: float, digits: int = 3) -> str:
    """Write a p value for a sentence.

    Parameters
    ----------
    p, digits
        As for :func:`p_value`.

    Returns
    -------
    str

    Examples
    --------
    >>> p_statement(0.0342), p_statement(1e-9)
    ('p = .034', 'p < .001')
    """
    text = p_value(p, digits)
    return f"p {text}" if text[0] in "<>" else f"p = {text}"


def interval(
    low: float | None,
    high: float | None,
    digits: int = 2,
    *,
    can_exceed_one: bool = False,
    minus: str = MINUS,
    missing: str = DASH,
) -> str:
    """Write an interval in square brackets.

    Parameters
    ----------
    low, high
        Its ends; when one is missing so is the interval.
    digits, minus, missing
        As for :func:`number`.
    can_exceed_one
        Whether the quantity can exceed 1, and so has a zero before the point.

    Returns
    -------
    str

    Examples
    --------
    >>> interval(0.871, 0.902), interval(1.25, 2.5, 1, can_exceed_one=True)
    ('[.87, .90]', '[1.2, 2.5]')
    """
    if low is None or high is None or isnan(low) or isnan(high):
        return missing
    write = number if can_exceed_one else bounded
    return f"[{write(low, digits, minus=minus)}, {write(high, digits, minus=minus)}]"


def percent(share: float | None, digits: int = 0, *, missing: str = DASH) -> str:
    """Write a share between 0 and 1 as a percentage.

    Parameters
    ----------
    share, digits, missing
        As for :func:`number`.

    Returns
    -------
    str

    Examples
    --------
    >>> percent(0.125, 1), percent(0.5)
    ('12.5%', '50%')
    """
    if share is None or isnan(share):
        return missing
    return f"{number(100 * share, digits)}%"


def level(confidence: float) -> str:
    """Write a level of confidence in full: 99.5% must not become 100%.

    Parameters
    ----------
    confidence
        Between 0 and 1.

    Returns
    -------
    str

    Examples
    --------
    >>> level(0.95), level(0.995)
    ('95%', '99.5%')
    """
    return f"{100 * confidence:.12g}%"


def count(value: float | None, *, missing: str = DASH) -> str:
    """Write a whole number with commas between thousands.

    Parameters
    ----------
    value
        The count; None and NaN are missing.
    missing
        What stands for a missing count.

    Returns
    -------
    str

    Examples
    --------
    >>> count(1395), count(7), count(float("nan"))
    ('1,395', '7', '–')
    """
    if value is None or not isfinite(value):
        return missing
    return f"{round(value):,}"


def counted(value: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun.

    Parameters
    ----------
    value
        The count.
    noun, plural
        What is counted; the plural is the noun with an s unless given.

    Returns
    -------
    str

    Examples
    --------
    >>> counted(1, "item"), counted(1200, "person", "persons"), counted(2, "reply", "replies")
    ('1 item', '1,200 persons', '2 replies')
    """
    return f"{count(value)} {noun if value == 1 else plural or noun + 's'}"


def span(low: object, high: object) -> str:
    """Write a range with an en dash.

    Parameters
    ----------
    low, high
        Its ends, already written or plain values.

    Returns
    -------
    str

    Examples
    --------
    >>> span(1, 5)
    '1–5'
    """
    return f"{low}{DASH}{high}"


def listing(words: Iterable[str], conjunction: str = "and", *, shown: int | None = None) -> str:
    """Join words as in a sentence, with the comma before the last of three or more.

    Parameters
    ----------
    words
        What is listed.
    conjunction
        The word before the last one.
    shown
        Write at most so many and say how many more there are.

    Returns
    -------
    str

    Examples
    --------
    >>> listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"], "or")
    ('a', 'a and b', 'a, b, or c')
    >>> listing(["a", "b", "c", "d"], shown=2)
    'a, b, and 2 more'
    """
    items: Sequence[str] = list(words)
    if shown is not None and len(items) > shown:
        items = [*items[:shown], f"{len(items) - shown:,} more"]
    if len(items) <= 1:
        return "".join(items)
    if len(items) == 2:
        return f"{items[0]} {conjunction} {items[1]}"
    return f"{', '.join(items[:-1])}, {conjunction} {items[-1]}"


def sentence(text: str) -> str:
    """Begin with a capital (but a Greek letter is a symbol and stays) and end with a full stop.

    Parameters
    ----------
    text
        A clause.

    Returns
    -------
    str

    Examples
    --------
    >>> sentence("two items are reversed")
    'Two items are reversed.'
    """
    text = capital(text)
    return text if not text or text[-1] in ".!?" else f"{text}."


def capital(text: str) -> str:
    """Begin with a capital (but a Greek letter is a symbol and stays).

    Parameters
    ----------
    text
        A clause.

    Returns
    -------
    str

    Examples
    --------
    >>> capital("two items"), capital("α of two items")
    ('Two items', 'α of two items')
    """
    return text[:1].upper() + text[1:] if text[:1].isascii() else text


def allowed(text: str) -> str:
    r"""Leave out the characters that no page and no document may hold.

    Parameters
    ----------
    text
        Of the user's, or a page that it stands in.

    Returns
    -------
    str

    Examples
    --------
    >>> allowed("a\x00b\x1b\ud800 c")
    'ab c'
    """
    return _ILLEGAL.sub("", text)


def encodable(text: str) -> str:
    r"""Write a question mark for half of a character, which no file can hold.

    Names of files have them where a disk is not written in UTF-8.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str

    Examples
    --------
    >>> encodable("caf\udce9.csv")
    'caf?.csv'
    """
    return text.encode("utf-8", "replace").decode("utf-8")
