"""Results in, one folder and its manifest out."""

from detachment.reports._findings import Findings, find
from detachment.reports._report import Report, report

__all__ = ["Findings", "Report", "find", "report"]
