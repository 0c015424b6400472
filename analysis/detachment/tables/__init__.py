"""Results in, display tables out: HTML in APA 7 layout, and CSV."""

from detachment.tables._csv import csv_table
from detachment.tables._disclosure import protect
from detachment.tables._html import STYLE, html_table, without_marks
from detachment.tables._model import Column, Table
from detachment.tables._quality import screening_table, sensitivity_table
from detachment.tables._results import (
    correlations_table,
    disattenuated_table,
    items_table,
    reliability_table,
)
from detachment.tables._surveys import (
    flags_table,
    ledger_table,
    missing_table,
    problem_rules_table,
    problems_table,
    questions_table,
    scales_table,
    scores_table,
)

__all__ = [
    "STYLE",
    "Column",
    "Table",
    "correlations_table",
    "csv_table",
    "disattenuated_table",
    "flags_table",
    "html_table",
    "items_table",
    "ledger_table",
    "missing_table",
    "problem_rules_table",
    "problems_table",
    "protect",
    "questions_table",
    "reliability_table",
    "scales_table",
    "scores_table",
    "screening_table",
    "sensitivity_table",
    "without_marks",
]
