"""Results in, one folder and its manifest out."""

from detachment.reports._findings import Findings, find
from detachment.reports._report import Format, Report, chosen_formats, report

__all__ = ["Findings", "Format", "Report", "chosen_formats", "find", "report"]
