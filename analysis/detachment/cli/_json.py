"""Values as JSON can hold them: never NaN, never infinite, and never a missing number unsaid."""

import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def to_json(value: object) -> str:
    """One line of JSON; letters stay letters."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON is what it is
    """A value as plain Python: a missing or infinite number becomes None.

    Examples
    --------
    >>> plain({"alpha": float("nan"), "reversed": ("A1",)})
    {'alpha': None, 'reversed': ['A1']}
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if hasattr(value, "item"):  # a NumPy scalar
        return plain(value.item())
    if value != value or type(value).__name__ == "NAType":
        return None
    return str(value)


def rows(table: "pd.DataFrame", *, undefined: Callable[[int, str], str]) -> list[dict[str, Any]]:
    """Rows of a table; one that misses a number and has no reason for it gets one.

    ``undefined`` gives the reason, from the position of the row and the column; columns that
    share one share its words.

    Examples
    --------
    >>> import pandas as pd
    >>> rows(pd.DataFrame({"item": ["A1"], "sd": [float("nan")]}), undefined=lambda *_: "none")
    [{'item': 'A1', 'sd': None, 'reason': 'sd: none'}]
    """
    numbers = [str(name) for name in table.select_dtypes("number").columns]
    found = []
    for position, record in enumerate(table.to_dict(orient="records")):
        row = plain(record)
        missing = [name for name in numbers if row[name] is None]
        if missing and not row.get("reason"):
            columns: dict[str, list[str]] = {}
            for name in missing:
                columns.setdefault(undefined(position, name), []).append(name)
            row["reason"] = "; ".join(f"{', '.join(of)}: {why}" for why, of in columns.items())
        found.append(row)
    return found
