"""Reasons to doubt a respondent that the instrument declares; nobody is left out for them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.exports import Export
from detachment.instruments import Instrument

COLUMNS = ["row", "flag", "value", "limit", "message"]


def find_flags(
    responses: pd.DataFrame, instrument: Instrument, export: Export, kept: NDArray[np.bool_]
) -> pd.DataFrame:
    """One row a reason, sorted by file row: ``row, flag, value, limit, message``.

    Rules: a failed attention item, an own word that the answers are not usable, no answer at all,
    an unfinished questionnaire (the platform's mark), answers faster than a person can read
    (Huang et al. 2012: 2 s an item), a long run of equal answers (Johnson 2005), and no consent on
    record.
    """
    parts = [
        _checks(responses, instrument),
        _no_answers(responses, instrument),
        _unfinished(responses, export, kept),
        _too_fast(responses, instrument),
        _longstring(responses, instrument),
        _no_consent(responses, instrument),
    ]
    flags = pd.concat(parts).sort_values(["row", "flag"], kind="stable", ignore_index=True)
    return flags.astype(
        {"row": "int64", "flag": "str", "value": "float64", "limit": "float64", "message": "str"}
    )


def longest_run(codes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Longest run of equal answers in each row; a missing answer ends a run.

    Parameters
    ----------
    codes
        Respondents x items, in the order in which the items were presented; NaN is missing.

    Examples
    --------
    >>> longest_run(np.array([[1.0, 1, 1, 2, 2], [1, 2, np.nan, 2, 3]])).tolist()
    [3, 1]
    """
    longest = np.zeros(len(codes), dtype=np.int64)
    run = np.zeros(len(codes), dtype=np.int64)
    for j in range(codes.shape[1]):
        same = codes[:, j] == codes[:, j - 1] if j else np.zeros(len(codes), dtype=bool)
        run = np.where(same, run + 1, np.where(np.isnan(codes[:, j]), 0, 1))
        longest = np.maximum(longest, run)
    return longest


def _rows(
    responses: pd.DataFrame,
    bad: NDArray[np.bool_],
    *,
    flag: str,
    message: str,
    value: NDArray[np.float64] | float = np.nan,
    limit: NDArray[np.float64] | float = np.nan,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": responses.index.to_numpy()[bad],
            "flag": flag,
            "value": np.broadcast_to(value, len(responses))[bad],
            "limit": np.broadcast_to(limit, len(responses))[bad],
            "message": message,
        },
        columns=COLUMNS,
    )


def _numbers(responses: pd.DataFrame, columns: list[str]) -> NDArray[np.float64]:
    return responses[columns].to_numpy(dtype=np.float64, na_value=np.nan)


def _present(responses: pd.DataFrame, instrument: Instrument, blocks: tuple[str, ...]) -> list[str]:
    return [
        item.id
        for item in instrument.items.values()
        if item.block in blocks
        and item.form == "self"
        and item.role == "scored"
        and item.id in responses
    ]


def _checks(responses: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    parts = []
    for item in instrument.items.values():
        if item.pass_value is None or item.id not in responses:
            continue
        given = _numbers(responses, [item.id])[:, 0]
        failed: NDArray[np.bool_] = ~np.isnan(given) & (given != float(item.pass_value))
        instructed = item.role == "attention"
        flag = "attention" if instructed else "self_report_effort"
        words = "did not choose the answer that was asked for" if instructed else "does not vouch"
        parts.append(
            _rows(
                responses,
                failed,
                flag=flag,
                message=f"{words} ({item.id})",
                value=given,
                limit=float(item.pass_value),
            )
        )
    return pd.concat(parts) if parts else pd.DataFrame(columns=COLUMNS)


def _no_answers(responses: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    items = [i for i in instrument.items if i in responses]
    empty = np.asarray(responses[items].isna().to_numpy(bool).all(axis=1))
    return _rows(responses, empty, flag="no_answers", message="answered no item at all")


def _unfinished(responses: pd.DataFrame, export: Export, kept: NDArray[np.bool_]) -> pd.DataFrame:
    if export.unfinished is None:
        return pd.DataFrame(columns=COLUMNS)
    bad = export.unfinished[kept]
    return _rows(responses, bad, flag="unfinished", message="did not reach the last page")


def _too_fast(responses: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    rule = instrument.quality.seconds_per_item
    timers = [c.id for c in instrument.columns_with_role("duration_s") if c.id in responses]
    if rule is None or not timers:
        return pd.DataFrame(columns=COLUMNS)
    seconds = _numbers(responses, timers[:1])[:, 0]
    items = [i for i in instrument.items if i in responses]
    answered = responses[items].notna().to_numpy().sum(axis=1)
    limit = rule * answered
    return _rows(
        responses,
        seconds < limit,
        flag="too_fast",
        message=f"needed less than {rule:g} s an item",
        value=seconds,
        limit=limit,
    )


def _longstring(responses: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    quality = instrument.quality
    if quality.longstring_from is None:
        return pd.DataFrame(columns=COLUMNS)
    items = _present(responses, instrument, quality.longstring_blocks)
    # Over fewer items than the instrument has, its limit would say nothing.
    if len(items) <= quality.longstring_from:
        return pd.DataFrame(columns=COLUMNS)
    run = longest_run(_numbers(responses, items))
    return _rows(
        responses,
        run >= quality.longstring_from,
        flag="longstring",
        message=f"gave the same answer {quality.longstring_from} times or more in a row",
        value=run.astype(np.float64),
        limit=float(quality.longstring_from),
    )


def _no_consent(responses: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    columns = [c.id for c in instrument.columns_with_role("consent") if c.id in responses]
    if not columns:
        return pd.DataFrame(columns=COLUMNS)
    unknown = responses[columns[0]].isna().to_numpy()
    return _rows(responses, unknown, flag="no_consent", message="no consent is on record")
