"""Results in, one folder and its manifest out."""

from detachment.reports._findings import Findings, find
from detachment.reports._methods import Format, Methods, methods
from detachment.reports._references import bibtex
from detachment.reports._report import Report, report

__all__ = ["Findings", "Format", "Methods", "Report", "bibtex", "find", "methods", "report"]
