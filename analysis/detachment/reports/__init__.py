"""Results in, one folder and its manifest out."""

from detachment.reports._findings import Findings, find
from detachment.reports._moves import Move
from detachment.reports._publish import MANIFEST
from detachment.reports._report import Report, report
from detachment.reports._verify import Verification, verify

__all__ = ["MANIFEST", "Findings", "Move", "Report", "Verification", "find", "report", "verify"]
