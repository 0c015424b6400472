"""Results in, one folder and its manifest out."""

from detachment.reports._batch import (
    BATCH_FILES,
    DONE,
    FAILED,
    STOPPED,
    Entry,
    batch_files,
    check_batch,
    folder_names,
    still_stands,
)
from detachment.reports._check_text import TextCheck, check_text
from detachment.reports._findings import Findings, find
from detachment.reports._manifest import call_as_asked, portable
from detachment.reports._moves import Move
from detachment.reports._publish import MANIFEST, read_manifest, sweep
from detachment.reports._report import Report, report
from detachment.reports._verify import Verification, verify
from detachment.reports._workers import Died, work_through

__all__ = [
    "BATCH_FILES",
    "DONE",
    "FAILED",
    "MANIFEST",
    "STOPPED",
    "Died",
    "Entry",
    "Findings",
    "Move",
    "Report",
    "TextCheck",
    "Verification",
    "batch_files",
    "call_as_asked",
    "check_batch",
    "check_text",
    "find",
    "folder_names",
    "portable",
    "read_manifest",
    "report",
    "still_stands",
    "sweep",
    "verify",
    "work_through",
]
