"""Where rows come from that need not fit the memory: files, folders, databases, in parts."""

from detachment.sources._open import open_source
from detachment.sources._types import BLOCK, Fingerprint, Part, PartError, Source

__all__ = ["BLOCK", "Fingerprint", "Part", "PartError", "Source", "open_source"]
