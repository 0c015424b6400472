"""Surveys in, labelled results out; one module per question."""

from detachment.estimates._correlate_result import Correlations
from detachment.estimates._result import Result, make_table, records
from detachment.estimates._sentences import STYLES, Style
from detachment.estimates.agreement import Agreement, agreement
from detachment.estimates.apim import ActorPartner, apim
from detachment.estimates.cfa import Cfa, cfa
from detachment.estimates.change import Change, change
from detachment.estimates.compare import Comparison, compare
from detachment.estimates.correlate import correlate
from detachment.estimates.cutoffs import Cutoffs, cutoffs
from detachment.estimates.dimensionality import Dimensionality, dimensionality
from detachment.estimates.dyads import DyadSimilarity, dyads
from detachment.estimates.efa import ExploratoryFactors, efa
from detachment.estimates.factor_scores import factor_scores
from detachment.estimates.invariance import Invariance, invariance
from detachment.estimates.irt import ItemResponse, irt, irt_scores
from detachment.estimates.items import ItemAnalysis, items
from detachment.estimates.mediate import Mediation, mediate
from detachment.estimates.moderate import Moderation, moderate
from detachment.estimates.multiverse import Multiverse, multiverse
from detachment.estimates.network import PartialNetwork, network
from detachment.estimates.partner_agreement import PartnerAgreement, partner_agreement
from detachment.estimates.plan import Plan, plan
from detachment.estimates.prevalence import Prevalence, prevalence
from detachment.estimates.quiz import Quiz, quiz
from detachment.estimates.regress import LinearModel, regress
from detachment.estimates.reliability import Reliability, reliability
from detachment.estimates.screen import Screening, screen
from detachment.estimates.sensitivity import Sensitivity, sensitivity

__all__ = [
    "STYLES",
    "ActorPartner",
    "Agreement",
    "Cfa",
    "Change",
    "Comparison",
    "Correlations",
    "Cutoffs",
    "Dimensionality",
    "DyadSimilarity",
    "ExploratoryFactors",
    "Invariance",
    "ItemAnalysis",
    "ItemResponse",
    "LinearModel",
    "Mediation",
    "Moderation",
    "Multiverse",
    "PartialNetwork",
    "PartnerAgreement",
    "Plan",
    "Prevalence",
    "Quiz",
    "Reliability",
    "Result",
    "Screening",
    "Sensitivity",
    "Style",
    "agreement",
    "apim",
    "cfa",
    "change",
    "compare",
    "correlate",
    "cutoffs",
    "dimensionality",
    "dyads",
    "efa",
    "factor_scores",
    "invariance",
    "irt",
    "irt_scores",
    "items",
    "make_table",
    "mediate",
    "moderate",
    "multiverse",
    "network",
    "partner_agreement",
    "plan",
    "prevalence",
    "quiz",
    "records",
    "regress",
    "reliability",
    "screen",
    "sensitivity",
]
