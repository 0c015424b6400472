"""Where rows come from that need not fit the memory: files, folders, databases, in parts."""

from detachment.sources._broken import BrokenPart
from detachment.sources._csv import ExportPart
from detachment.sources._duckdb import duckdb_source
from detachment.sources._open import open_source
from detachment.sources._postgresql import postgresql_source
from detachment.sources._types import BLOCK, Fingerprint, Part, PartError, Source, row_numbers

__all__ = [
    "BLOCK",
    "BrokenPart",
    "ExportPart",
    "Fingerprint",
    "Part",
    "PartError",
    "Source",
    "duckdb_source",
    "open_source",
    "postgresql_source",
    "row_numbers",
]
