"""Declared questionnaires as frozen values; the only room that reads YAML."""

from detachment.instruments._build import ROLE_WORDS
from detachment.instruments._read import instrument_from_dict, list_instruments, read_instrument
from detachment.instruments._types import (
    Column,
    Cutoff,
    Instrument,
    Item,
    Quality,
    ResponseScale,
    Scale,
    ScaleItem,
)
from detachment.instruments._write import summary_rows
from detachment.instruments._yaml_text import yaml_line, yaml_text

__all__ = [
    "ROLE_WORDS",
    "Column",
    "Cutoff",
    "Instrument",
    "Item",
    "Quality",
    "ResponseScale",
    "Scale",
    "ScaleItem",
    "instrument_from_dict",
    "list_instruments",
    "read_instrument",
    "summary_rows",
    "yaml_line",
    "yaml_text",
]
