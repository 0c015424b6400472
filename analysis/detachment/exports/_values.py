"""Numbers, moments and durations as the text that a person would have typed."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def number_text(values: NDArray[np.float64]) -> NDArray[np.object_]:
    """Write numbers as short as they can be read back: ``1``, not ``1.0``; NaN is empty.

    Examples
    --------
    >>> number_text(np.array([1.0, -0.5, np.nan, 1e20])).tolist()
    ['1', '-0.5', '', '100000000000000000000']
    """
    codes, different = pd.factorize(values)
    return np.array([*map(one_number, different.tolist()), ""], dtype=object)[codes]


def one_number(value: float) -> str:
    """Write one number as short as it can be read back."""
    return str(int(value)) if value.is_integer() else repr(value)


def moment_text(moments: NDArray[np.datetime64]) -> NDArray[np.object_]:
    """Write days or moments in ISO 8601, with a blank before the time; not-a-time is empty.

    Examples
    --------
    >>> moment_text(np.array(["2026-05-04T08:00:01.250", "NaT"], dtype="datetime64[ms]")).tolist()
    ['2026-05-04 08:00:01.250', '']
    """
    texts = np.datetime_as_string(moments).tolist()
    plain = [t.replace("T", " ").removesuffix(".000") for t in texts]
    return np.where(np.isnat(moments), "", np.array(plain, dtype=object))


def duration_text(seconds: float) -> str:
    """Write a time of day or a duration, in hours, minutes and seconds.

    Examples
    --------
    >>> duration_text(36610), duration_text(-1.5)
    ('10:10:10', '-00:00:01.500')
    """
    milliseconds = round(abs(seconds) * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    text = f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}"
    fraction = f".{rest % 1000:03}" if rest % 1000 else ""
    return f"{'-' if seconds < 0 else ''}{text}{fraction}"
