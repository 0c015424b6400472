"""Reasons to doubt a respondent that cost next to nothing to find; nobody is left out for them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.instruments import Instrument, Item
from detachment.quality import _limits as limits
from detachment.quality._answers import Floats, answers, blocks, count_answers
from detachment.quality._rules import Rules, Run, rules_of
from detachment.stats.careless import longstring

FLAG_TYPES = {
    "row": "int64",
    "flag": "str",
    "value": "float64",
    "limit": "float64",
    "message": "str",
    "grade": "int64",
}
FLAGS = (
    "attention",
    "bogus",
    "longstring",
    "no_answers",
    "no_consent",
    "self_report_effort",
    "too_fast",
    "unfinished",
)
"""Flags that follow from the answers and the paradata; every survey carries them."""
UNFINISHED, SECONDS = "unfinished", "seconds"


def find_flags(
    responses: pd.DataFrame, instrument: Instrument, paradata: pd.DataFrame
) -> pd.DataFrame:
    """Flag respondents by what is cheap to see: checks, time, runs of equal answers, no answers.

    Parameters
    ----------
    responses
        Typed answers, one row a respondent and wave.
    instrument
        What was asked, and its rules; what they do not say has a default (:mod:`._limits`).
    paradata
        How the answers came about, same index: ``unfinished``, ``seconds`` (whole questionnaire),
        ``place:ITEM`` (where the item was shown). A column that is absent has no rule.

    Returns
    -------
    DataFrame
        ``row, flag, value, limit, message, grade``, one row a reason, sorted by row and flag.
        ``grade`` is 1 for a hint and 2 for a strong reason:

        - ``attention``, ``bogus``: a check was failed; strong when at least half of those answered
          were (Meade & Craig, 2012; Curran, 2016).
        - ``self_report_effort``: the own word that the answers should not be used; strong, but
          "don't know" is a hint (Meade & Craig, 2012).
        - ``too_fast``: less than 2 s an item (Huang et al., 2012), strong; less than 0.4 of the
          median time, a hint.
        - ``longstring``: a long run of equal answers (Johnson, 2005); strong where it covers half
          of the items (Curran, 2016) and contradicts itself.
        - ``unfinished``: a hint. ``no_answers``, ``no_consent``: strong, for there is nothing to
          use, or nothing that may be used.
    """
    rules = rules_of(instrument, responses.columns)
    paradata = paradata.reindex(responses.index)
    return joined(
        [
            *_checks(responses, instrument),
            _no_answers(responses, instrument),
            _unfinished(responses, paradata),
            _too_fast(responses, paradata, rules, instrument),
            *(_longstring(responses, paradata, run, instrument) for run in rules.runs),
            _no_consent(responses, instrument),
        ]
    )


def no_flags() -> pd.DataFrame:
    """A table of flags without any."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in FLAG_TYPES.items()})


def joined(parts: Sequence[pd.DataFrame | None]) -> pd.DataFrame:
    """Flags of several rules as one table, sorted by row and flag."""
    found = [part for part in parts if part is not None and len(part)]
    if not found:
        return no_flags()
    flags = pd.concat(found).sort_values(["row", "flag"], kind="stable", ignore_index=True)
    return flags.astype(FLAG_TYPES)


def flagged(
    responses: pd.DataFrame,
    bad: NDArray[np.bool_],
    *,
    flag: str,
    message: str,
    grade: int | NDArray[np.int64],
    value: NDArray[np.generic] | float = np.nan,
    limit: NDArray[np.generic] | float = np.nan,
) -> pd.DataFrame:
    """One row a respondent that a rule marks."""
    n = len(responses)
    return pd.DataFrame(
        {
            "row": responses.index.to_numpy()[bad],
            "flag": flag,
            "value": np.broadcast_to(value, n)[bad],
            "limit": np.broadcast_to(limit, n)[bad],
            "message": message,
            "grade": np.broadcast_to(grade, n)[bad],
        },
        columns=list(FLAG_TYPES),
    )


def seconds_per_item(
    responses: pd.DataFrame, paradata: pd.DataFrame, instrument: Instrument
) -> Floats | None:
    """Seconds for each item that was answered; None where no time is known."""
    if SECONDS not in paradata:
        return None
    seconds = paradata[SECONDS].to_numpy(dtype=np.float64, na_value=np.nan)
    answered = count_answers(responses, [i for i in instrument.items if i in responses])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(answered > 0, seconds / answered, np.nan)


def _checks(responses: pd.DataFrame, instrument: Instrument) -> list[pd.DataFrame]:
    parts = []
    checks = [
        item
        for item in instrument.items.values()
        if item.pass_value is not None and item.id in responses
    ]
    tests = [item for item in checks if item.role != "self_report_effort"]
    failed, answered = np.zeros((2, len(responses)), dtype=np.int64)
    for item in tests:
        given = answers(responses, [item.id])[:, 0]
        failed += _fails(item, given)
        answered += ~np.isnan(given)
    strong = failed >= limits.SHARE_OF_CHECKS * answered
    words = {
        "attention": "did not choose the answer that was asked for",
        "bogus": "agreed to what nobody can mean",
        "self_report_effort": "does not vouch for the own answers",
    }
    for item in checks:
        given = answers(responses, [item.id])[:, 0]
        if item.role == "self_report_effort":
            unsure = given == _dont_know(instrument, item)
            grade = np.where(unsure, limits.HINT, limits.STRONG)
        else:
            grade = np.where(strong, limits.STRONG, limits.HINT)
        flag = item.role if item.role in words else "attention"
        parts.append(
            flagged(
                responses,
                _fails(item, given),
                flag=flag,
                message=f"{words[flag]} ({item.id})",
                value=given,
                limit=float(item.pass_value or 0),
                grade=grade,
            )
        )
    return parts


def _fails(item: Item, given: Floats) -> NDArray[np.bool_]:
    passes = [float(code) for code in (item.pass_value, *item.also_passes) if code is not None]
    return ~np.isnan(given) & ~np.isin(given, passes)


def _dont_know(instrument: Instrument, item: Item) -> float:
    code = instrument.response_scales[item.scale].dont_know
    return np.nan if code is None else float(code)


def _no_answers(responses: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    answered = count_answers(responses, [i for i in instrument.items if i in responses])
    return flagged(
        responses,
        answered == 0,
        flag="no_answers",
        message="answered no item at all",
        grade=limits.STRONG,
    )


def _unfinished(responses: pd.DataFrame, paradata: pd.DataFrame) -> pd.DataFrame | None:
    if UNFINISHED not in paradata:
        return None
    return flagged(
        responses,
        paradata[UNFINISHED].eq(True).to_numpy(dtype=np.bool_, na_value=False),
        flag="unfinished",
        message="did not reach the last page",
        grade=limits.HINT,
    )


def _too_fast(
    responses: pd.DataFrame, paradata: pd.DataFrame, rules: Rules, instrument: Instrument
) -> pd.DataFrame | None:
    pace = seconds_per_item(responses, paradata, instrument)
    if pace is None:
        return None
    known = pace[~np.isnan(pace)]
    share = rules.share_of_median if len(known) >= limits.TIMED_PEOPLE else 0.0
    usual = share * float(np.median(known)) if share else 0.0
    parts = [
        flagged(
            responses,
            pace < rules.seconds_per_item,
            flag="too_fast",
            message=f"needed less than {rules.seconds_per_item:g} s an item",
            value=pace,
            limit=rules.seconds_per_item,
            grade=limits.STRONG,
        ),
        flagged(
            responses,
            (pace < usual) & ~(pace < rules.seconds_per_item),
            flag="too_fast",
            message=f"needed less than {share:g} of the median time an item",
            value=pace,
            limit=usual,
            grade=limits.HINT,
        ),
    ]
    return pd.concat(parts)


def longest_runs(
    responses: pd.DataFrame, paradata: pd.DataFrame, run: Run, instrument: Instrument
) -> NDArray[np.int64]:
    """Longest run of equal answers of each person, in the order shown."""
    length = np.zeros(len(responses), dtype=np.int64)
    for rows, codes in blocks(responses, run.items, paradata, instrument):
        length[rows] = longstring(codes)
    return length


def _longstring(
    responses: pd.DataFrame, paradata: pd.DataFrame, run: Run, instrument: Instrument
) -> pd.DataFrame:
    length = longest_runs(responses, paradata, run, instrument)
    strong = length >= run.strong_from
    return flagged(
        responses,
        length >= run.hint_from,
        flag="longstring",
        message=f"gave the same answer {run.hint_from} times or more in a row ({run.name})",
        value=length,
        limit=np.where(strong, run.strong_from, run.hint_from),
        grade=np.where(strong, limits.STRONG, limits.HINT),
    )


def _no_consent(responses: pd.DataFrame, instrument: Instrument) -> pd.DataFrame | None:
    columns = [c.id for c in instrument.columns_with_role("consent") if c.id in responses]
    if not columns:
        return None
    return flagged(
        responses,
        responses[columns[0]].isna().to_numpy(),
        flag="no_consent",
        message="no consent is on record",
        grade=limits.STRONG,
    )
