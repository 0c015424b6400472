"""Wrong cells as rows of a table, told by the different texts of a column, not cell by cell."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Problem, problems_frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Wrong cells of one column that break one rule.

    Attributes
    ----------
    rows
        Row in the file of each.
    codes
        Which of ``values`` and ``messages`` is that of each.
    values
        What may be shown of each different text; None: nothing.
    messages
        What is wrong with each different text.
    """

    column: str
    rule: str
    rows: NDArray[np.int64]
    codes: NDArray[np.integer]
    values: tuple[str | None, ...]
    messages: tuple[str, ...]


def places(
    column: str,
    rule: str,
    *,
    rows: NDArray[np.int64],
    cells: "pd.Series[str]",
    message: str,
    value: Callable[[str], str | None],
    hint: Callable[[str], str] = lambda _text: "",
) -> Places:
    """Tell of the wrong ``cells`` of a column, which stand in ``rows``.

    Parameters
    ----------
    message
        What is wrong.
    value
        From a text to what may be shown of it; None: nothing.
    hint
        From a text to what is added to the message.
    """
    codes, texts = pd.factorize(np.asarray(cells, dtype=object))
    return Places(
        column=column,
        rule=rule,
        rows=rows,
        codes=codes,
        values=tuple(value(str(text)) for text in texts),
        messages=tuple(message + hint(str(text)) for text in texts),
    )


def table_of_problems(problems: Iterable[Problem], cells: Iterable[Places]) -> pd.DataFrame:
    """All problems, by row; those of a whole column or file last."""
    frames = [problems_frame(problems)]
    frames += [_frame(one) for one in cells]
    table = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    return table.sort_values("row", kind="stable", na_position="last", ignore_index=True)


def _frame(cells: Places) -> pd.DataFrame:
    n = len(cells.rows)
    return pd.DataFrame(
        {
            "row": pd.array(cells.rows, dtype="Int64"),
            "column": _repeated((cells.column,), np.zeros(n, dtype=np.intp)),
            "value": _repeated(cells.values, cells.codes),
            "rule": _repeated((cells.rule,), np.zeros(n, dtype=np.intp)),
            "message": _repeated(cells.messages, cells.codes),
            "severity": _repeated(("error",), np.zeros(n, dtype=np.intp)),
        }
    )


def _repeated(
    texts: tuple[str | None, ...], codes: NDArray[np.integer]
) -> pd.api.extensions.ExtensionArray:
    told: pd.api.extensions.ExtensionArray = pd.Series(texts, dtype="str").array.take(codes)
    return told


def as_problems(table: pd.DataFrame) -> list[Problem]:
    """Rows of a table of problems as problems."""
    plain = table.astype(object).where(table.notna(), None)
    return [Problem(**{str(k): v for k, v in one.items()}) for one in plain.to_dict("records")]
