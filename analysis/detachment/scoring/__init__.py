"""Surveys in, scale scores out."""

from detachment.scoring._answers import (
    as_survey,
    in_wave,
    keyed_answers,
    keyed_matrix,
    keyed_values,
    masked_rows,
    ordered_waves,
    raw_answers,
    rows_of_wave,
    waves,
)
from detachment.scoring._kept import keeping, kept
from detachment.scoring._scores import (
    Scores,
    item_ends,
    present_items,
    score,
    score_scale,
)
from detachment.scoring._selectors import (
    Variable,
    select_scales,
    select_variables,
)

__all__ = [
    "Scores",
    "Variable",
    "as_survey",
    "in_wave",
    "item_ends",
    "keeping",
    "kept",
    "keyed_answers",
    "keyed_matrix",
    "keyed_values",
    "masked_rows",
    "ordered_waves",
    "present_items",
    "raw_answers",
    "rows_of_wave",
    "score",
    "score_scale",
    "select_scales",
    "select_variables",
    "waves",
]
