"""Files in, tables of strings and code books out; one module per platform."""

from detachment.exports._read import read_export
from detachment.exports._types import Export, Variable

__all__ = ["Export", "Variable", "read_export"]
