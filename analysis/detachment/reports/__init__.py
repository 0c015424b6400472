"""Results in, one folder and its manifest out."""

from detachment.reports._findings import Findings, find
from detachment.reports._methods import Methods, Writing, methods
from detachment.reports._references import bibtex
from detachment.reports._report import Format, Report, chosen_formats, report

__all__ = [
    "Findings",
    "Format",
    "Methods",
    "Report",
    "Writing",
    "bibtex",
    "chosen_formats",
    "find",
    "methods",
    "report",
]
