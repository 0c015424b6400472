"""Results in, display tables out: HTML in APA 7 layout, and CSV."""

from detachment.tables._align import Piece, decimals
from detachment.tables._characters import legible
from detachment.tables._csv import csv_table
from detachment.tables._disclosure import protect
from detachment.tables._docx import docx_bytes, docx_runs, docx_table, settle, typeset
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
from detachment.tables._typst import literal, typst_runs, typst_table
from detachment.tables._widths import fits
from detachment.tables._write import FORMS, FileWriter, write
from detachment.tables._xlsx import add_sheet, put, workbook, xlsx_bytes, xlsx_table

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
    "add_sheet",
    "correlations_table",
    "csv_table",
    "decimals",
    "disattenuated_table",
    "docx_bytes",
    "docx_runs",
    "docx_table",
    "fits",
    "flags_table",
    "html_table",
    "items_table",
    "latex_table",
    "ledger_table",
    "legible",
    "letter",
    "lettered",
    "literal",
    "markdown_table",
    "missing_table",
    "problem_rules_table",
    "problems_table",
    "protect",
    "put",
    "questions_table",
    "reliability_table",
    "save_tables",
    "scales_table",
    "scores_table",
    "screening_table",
    "sensitivity_table",
    "settle",
    "symbols",
    "tables_of",
    "typeset",
    "typst_runs",
    "typst_table",
    "without_marks",
    "workbook",
    "write",
    "xlsx_bytes",
    "xlsx_table",
]
