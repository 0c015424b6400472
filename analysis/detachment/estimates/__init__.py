"""Surveys in, labelled results out; one module per question."""

from detachment.estimates._result import Result, make_table, records
from detachment.estimates.cfa import Cfa, cfa
from detachment.estimates.correlate import Correlations, correlate
from detachment.estimates.invariance import Invariance, invariance
from detachment.estimates.items import ItemAnalysis, items
from detachment.estimates.reliability import Reliability, reliability
from detachment.estimates.screen import Screening, screen
from detachment.estimates.sensitivity import Sensitivity, sensitivity

__all__ = [
    "Cfa",
    "Correlations",
    "Invariance",
    "ItemAnalysis",
    "Reliability",
    "Result",
    "Screening",
    "Sensitivity",
    "cfa",
    "correlate",
    "invariance",
    "items",
    "make_table",
    "records",
    "reliability",
    "screen",
    "sensitivity",
]
