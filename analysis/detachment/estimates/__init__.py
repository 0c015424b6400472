"""Surveys in, labelled results out; one module per question."""

from detachment.estimates._correlate_result import Correlations
from detachment.estimates._result import Result, make_table, records
from detachment.estimates.agreement import Agreement, agreement
from detachment.estimates.cfa import Cfa, cfa
from detachment.estimates.correlate import correlate
from detachment.estimates.dimensionality import Dimensionality, dimensionality
from detachment.estimates.efa import ExploratoryFactors, efa
from detachment.estimates.factor_scores import factor_scores
from detachment.estimates.invariance import Invariance, invariance
from detachment.estimates.irt import ItemResponse, irt, irt_scores
from detachment.estimates.items import ItemAnalysis, items
from detachment.estimates.mediate import Mediation, mediate
from detachment.estimates.moderate import Moderation, moderate
from detachment.estimates.regress import LinearModel, regress
from detachment.estimates.reliability import Reliability, reliability
from detachment.estimates.screen import Screening, screen
from detachment.estimates.sensitivity import Sensitivity, sensitivity

__all__ = [
    "Agreement",
    "Cfa",
    "Correlations",
    "Dimensionality",
    "ExploratoryFactors",
    "Invariance",
    "ItemAnalysis",
    "ItemResponse",
    "LinearModel",
    "Mediation",
    "Moderation",
    "Reliability",
    "Result",
    "Screening",
    "Sensitivity",
    "agreement",
    "cfa",
    "correlate",
    "dimensionality",
    "efa",
    "factor_scores",
    "invariance",
    "irt",
    "irt_scores",
    "items",
    "make_table",
    "mediate",
    "moderate",
    "records",
    "regress",
    "reliability",
    "screen",
    "sensitivity",
]
