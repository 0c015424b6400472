"""Who is left out before anything is judged: tests, previews, and people who did not consent."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.exports import Export
from detachment.instruments import Instrument
from detachment.text import counted

COLUMNS = ["step", "rule", "before", "excluded", "after", "message"]


def keep_records(
    export: Export, instrument: Instrument, responses: pd.DataFrame
) -> tuple[NDArray[np.bool_], pd.DataFrame]:
    """Mark the records that are kept, and say of each step how many were left out."""
    kept = np.ones(len(responses), dtype=bool)
    steps: list[dict[str, object]] = [
        _step(0, "received", len(kept), 0, f"{counted(len(kept), 'record')} in the file")
    ]

    def exclude(rule: str, out: NDArray[np.bool_], words: str) -> None:
        nonlocal kept
        before, excluded = int(kept.sum()), int((kept & out).sum())
        kept = kept & ~out
        steps.append(_step(len(steps), rule, before, excluded, f"{excluded} {words}"))

    exclude("test_or_preview", export.test_rows, "marked as test or preview by the platform")
    for column in instrument.columns_with_role("consent"):
        if column.id in responses:
            refused = responses[column.id].eq(False).fillna(False).to_numpy(bool)
            exclude("consent_refused", refused, "refused consent")
    return kept, pd.DataFrame(steps, columns=COLUMNS)


def _step(step: int, rule: str, before: int, excluded: int, message: str) -> dict[str, object]:
    return {
        "step": step,
        "rule": rule,
        "before": before,
        "excluded": excluded,
        "after": before - excluded,
        "message": message,
    }
