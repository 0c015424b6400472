"""Moments as platforms write them: which format it is, and how to read it.

Words for morning and afternoon and abbreviations of time zones are those of the Unicode CLDR.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.exports._types import Variable

_MORNING = r"a\.?\s?m\.?|午前|上午|오전|vorm\.|da manhã|π\.?μ\.?|SA"
_AFTERNOON = r"p\.?\s?m\.?|午後|下午|오후|nachm\.|da tarde|da noite|μ\.?μ\.?|CH"
_PERIOD = re.compile(rf"(?<=[\s\d])(?:({_MORNING})|({_AFTERNOON}))(?=[\s\d]|$)", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z]|\s\s|\. ")
_OFFSET = re.compile(r"\s?(?:GMT|UTC)\s?([+-])(\d{1,2})(?::?(\d{2}))?$")
_NAME = re.compile(r"\s(?!(?:AM|PM)$)([^\W\d_]{1,5})$")
_HOURS = {
    "GMT": 0, "UTC": 0, "Z": 0, "WET": 0, "WEZ": 0, "BST": 1, "WEST": 1, "WESZ": 1,
    "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "OEZ": 2, "EEST": 3, "OESZ": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "AKST": -9, "AKDT": -8, "HST": -10, "JST": 9, "IST": 5.5,
}  # fmt: skip
_SHAPE = re.compile(
    r"(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})([ ,T]\s?)"
    r"(\d{1,2})([:.])(\d{2})(?:\7(\d{2})(\.\d{1,6})?)?(?: (AM|PM))?( ?[+-]\d{4})?"
)
_ENDS = ("started_at", "submitted_at")
_ENOUGH = 5000  # cells looked at, spread over the column
_MOST = 0.9  # share of the cells that must be written the same way


def plain_moment(text: str) -> str:
    """Write a moment with AM or PM after it and its time zone as an offset.

    A time zone whose abbreviation is not known is left out.

    Examples
    --------
    >>> plain_moment("2026/05/04 8:00:00 p. m. GMT+2"), plain_moment("2026/02/03 1:34:04 PM MEZ")
    ('2026/05/04 8:00:00 PM +0200', '2026/02/03 1:34:04 PM +0100')
    """
    if text.isascii() and not _WORDS.search(text):
        return text.strip()
    text = _with_periods(text)
    offset = _OFFSET.search(text)
    if offset:
        return f"{text[: offset.start()]} {offset[1]}{int(offset[2]):02}{offset[3] or '00'}"
    name = _NAME.search(text)
    if name is None:
        return text
    hours = _HOURS.get(name[1].upper())
    if hours is None:
        return text[: name.start()]
    minutes = round(abs(hours) * 60)
    sign = "-" if hours < 0 else "+"
    return f"{text[: name.start()]} {sign}{minutes // 60:02}{minutes % 60:02}"


def find_moment(cells: Sequence[str], *, month_first: bool) -> tuple[str, tuple[str, ...]]:
    """Find how the moments of a column are written, and what is doubtful about that.

    Parameters
    ----------
    cells
        In the order of the rows, which tells day from month where they stand in order of time.
    month_first
        What 03/04 is where nothing in the file tells: the custom of the heading's language.

    Returns
    -------
    format
        Of ``strptime``, for what ``plain_moment`` makes of a cell; ``""``: ISO 8601, or none.
    doubts
        In words.

    Examples
    --------
    >>> find_moment(["12/13/2019 12:02:32", "1/2/2020 9:00:00"], month_first=False)
    ('%m/%d/%Y %H:%M:%S', ())
    """
    cells = list(dict.fromkeys(cell for cell in cells if cell.strip()))
    cells = cells[:: 1 + len(cells) // _ENOUGH]
    plain = [plain_moment(cell) for cell in cells]
    found = [match for text in plain if (match := _SHAPE.fullmatch(text))]
    if not found or len(found) < _MOST * len(cells):
        return "", ()
    shapes = [tuple(bool(group) for group in match.groups()) for match in found]
    shape = max(dict.fromkeys(shapes), key=shapes.count)
    like = [match for match, own in zip(found, shapes, strict=True) if own == shape]
    if len(like) < _MOST * len(cells):
        return "", ()
    date, doubts = _date(like, month_first)
    one = like[0]
    if date == "%Y-%m-%d" and one[7] == ":" and not one[11]:
        return "", ()
    time = ("%I" if one[11] else "%H") + one[7] + "%M"
    time += (f"{one[7]}%S" if one[9] else "") + (".%f" if one[10] else "")
    time += (" %p" if one[11] else "") + (one[12].replace(one[12].strip(), "%z") if one[12] else "")
    nameless = sum(_zone_lost(cell) for cell in cells)
    if nameless:
        doubts += (
            f"{nameless} moment(s) name a time zone by an abbreviation that is not known here: "
            "they are read as UTC",
        )
    return date + one[5] + time, doubts


def read_moments(cells: "pd.Series[str]", variable: Variable) -> NDArray[np.datetime64]:
    """Moments of a column in UTC; NaT where a cell is empty or holds none.

    Without an offset in the cell and without ``variable.time_zone`` a moment counts as UTC. An
    hour that a change of the clocks gives twice is the earlier one.
    """
    codes, different = pd.factorize(np.asarray(cells, dtype=object))
    read = plain_moment if variable.moment else str.strip
    texts = pd.Series([read(str(text)) for text in different], dtype="str")
    form = variable.moment or "ISO8601"
    moments = pd.to_datetime(texts, errors="coerce", utc=True, format=form).dt.tz_localize(None)
    zone = _zone(variable.time_zone)
    if zone is not None:
        there = moments.dt.tz_localize(
            zone, ambiguous=np.ones(len(moments), dtype=bool), nonexistent="shift_forward"
        )
        bare = ~texts.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", case=False)
        moments = moments.mask(bare, there.dt.tz_convert(None))
    values: NDArray[np.datetime64] = moments.to_numpy()
    return values[codes]


def seconds_taken(
    frame: pd.DataFrame, variables: Mapping[str, Variable]
) -> NDArray[np.float64] | None:
    """Seconds from start to submission, NaN where unknown.

    None where the file has not both, or has them to the minute, which is too coarse for the
    question whether somebody was too fast.
    """
    ends = {v.role: name for name, v in variables.items() if v.role in _ENDS}
    forms = [variables[name].moment for name in ends.values()]
    if len(ends) < 2 or any(form and "%S" not in form for form in forms):
        return None
    moments = {role: read_moments(frame[name], variables[name]) for role, name in ends.items()}
    took = (moments["submitted_at"] - moments["started_at"]) / np.timedelta64(1, "s")
    # A workbook holds days, whose fractions are whole seconds within a thousandth.
    seconds = np.round(took)
    return np.where(seconds >= 0, seconds, np.nan)


def _with_periods(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    text = re.sub(r"(?<=\d)\. (?=\d{1,2}\b)", ".", text)  # Korean: 2026. 5. 4
    text = _PERIOD.sub(lambda period: " AM " if period[1] else " PM ", text)
    return re.sub(r"\.? +(AM|PM) +(\d{1,2}:[\d:]+)", r" \2 \1", " ".join(text.split()))


def _date(like: list[re.Match[str]], month_first: bool) -> tuple[str, tuple[str, ...]]:
    """Format of the date."""
    mark = like[0][2]
    if len(like[0][1]) == 4:
        return f"%Y{mark}%m{mark}%d", ()
    year = "%Y" if len(like[0][4]) == 4 else "%y"
    forms = {True: f"%m{mark}%d{mark}{year}", False: f"%d{mark}%m{mark}{year}"}
    most = [max(int(match[i]) for match in like) for i in (1, 3)]
    if most[0] > 12 and most[1] > 12:
        return forms[month_first], ("some moments have the day first and some the month first",)
    if max(most) > 12:
        return forms[most[1] > 12], ()
    if mark == ".":
        return forms[False], ()
    in_order = [_in_order(like, first) for first in (True, False)]
    if in_order[0] != in_order[1]:
        return forms[in_order[0]], ()
    order = "month first" if month_first else "day first"
    return forms[month_first], (f"nothing tells day from month in its moments: read as {order}",)


def _in_order(like: list[re.Match[str]], month_first: bool) -> bool:
    day, month = (3, 1) if month_first else (1, 3)
    dates = [(int(m[4]), int(m[month]), int(m[day])) for m in like]
    return dates == sorted(dates)


def _zone_lost(cell: str) -> bool:
    name = _NAME.search(_with_periods(cell))
    return name is not None and name[1].upper() not in _HOURS


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (
        KeyError,
        ValueError,
        OSError,
    ):  # none of that name, or no table of them on this machine
        return None
