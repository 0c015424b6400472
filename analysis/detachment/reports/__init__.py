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
from detachment.reports._methods import Methods, Writing, methods
from detachment.reports._moves import Move
from detachment.reports._publish import MANIFEST, first_document, read_manifest, sweep
from detachment.reports._references import bibtex
from detachment.reports._report import Format, Report, chosen_formats, report
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
    "Format",
    "Methods",
    "Move",
    "Report",
    "TextCheck",
    "Verification",
    "Writing",
    "batch_files",
    "bibtex",
    "call_as_asked",
    "check_batch",
    "check_text",
    "chosen_formats",
    "find",
    "first_document",
    "folder_names",
    "methods",
    "portable",
    "read_manifest",
    "report",
    "still_stands",
    "sweep",
    "verify",
    "work_through",
]
