"""Results in, display tables out: HTML in APA 7 layout, and CSV."""

from detachment.tables._align import Piece, decimals
from detachment.tables._csv import csv_table
from detachment.tables._disclosure import protect
from detachment.tables._docx import docx_table
from detachment.tables._html import STYLE, html_table, without_marks
from detachment.tables._latex import latex_table
from detachment.tables._markdown import markdown_table
from detachment.tables._model import HEAD, Column, Remark, Table, letter, lettered
from detachment.tables._of import tables_of
from detachment.tables._quality import screening_table, sensitivity_table
from detachment.tables._results import (
    correlations_table,
    disattenuated_table,
    items_table,
    reliability_table,
)
from detachment.tables._save import save_tables
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
from detachment.tables._symbols import Run, symbols
from detachment.tables._typst import typst_table
from detachment.tables._write import FORMS, FileWriter, write
from detachment.tables._xlsx import xlsx_table

__all__ = [
    "FORMS",
    "HEAD",
    "STYLE",
    "Column",
    "FileWriter",
    "Piece",
    "Remark",
    "Run",
    "Table",
    "correlations_table",
    "csv_table",
    "decimals",
    "disattenuated_table",
    "docx_table",
    "flags_table",
    "html_table",
    "items_table",
    "latex_table",
    "ledger_table",
    "letter",
    "lettered",
    "markdown_table",
    "missing_table",
    "problem_rules_table",
    "problems_table",
    "protect",
    "questions_table",
    "reliability_table",
    "save_tables",
    "scales_table",
    "scores_table",
    "screening_table",
    "sensitivity_table",
    "symbols",
    "tables_of",
    "typst_table",
    "without_marks",
    "write",
    "xlsx_table",
]
