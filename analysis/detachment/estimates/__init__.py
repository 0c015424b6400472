"""Surveys in, labelled results out; one module per question."""

from detachment.estimates._result import Result, make_table, records
from detachment.estimates.correlate import Correlations, correlate
from detachment.estimates.items import ItemAnalysis, items
from detachment.estimates.reliability import Reliability, reliability

__all__ = [
    "Correlations",
    "ItemAnalysis",
    "Reliability",
    "Result",
    "correlate",
    "items",
    "make_table",
    "records",
    "reliability",
]
