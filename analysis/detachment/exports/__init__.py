"""Files in, tables of strings and code books out; one module per platform."""

from detachment.exports._head import Head, head_of
from detachment.exports._moments import read_moments
from detachment.exports._privacy import kind_of_personal, personal_by_name
from detachment.exports._read import export_of_table, read_export
from detachment.exports._types import Export, Variable

__all__ = [
    "Export",
    "Head",
    "Variable",
    "export_of_table",
    "head_of",
    "kind_of_personal",
    "personal_by_name",
    "read_export",
    "read_moments",
]
