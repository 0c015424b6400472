"""Survey analytics for emotional detachment in relationships, and for any Likert instrument.

The public verbs are loaded when they are first touched, so that ``import detachment`` and
``detachment --help`` cost next to nothing.

Examples
--------
>>> import detachment as dt
>>> survey = dt.read_survey(dt.sample("couples_long.csv"), instrument="detachment")
>>> alphas = dt.reliability(survey, scales=["signs_total"], interval="jackknife")
>>> alphas.to_frame()["n_items"].tolist()
[15]
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detachment import figures, tables, teaching
    from detachment._files import sample
    from detachment.drafting import draft_instrument
    from detachment.engines import cluster
    from detachment.errors import DetachmentError, DetachmentWarning
    from detachment.estimates.agreement import agreement
    from detachment.estimates.apim import apim
    from detachment.estimates.cfa import cfa
    from detachment.estimates.change import change
    from detachment.estimates.compare import compare
    from detachment.estimates.correlate import correlate
    from detachment.estimates.cutoffs import cutoffs
    from detachment.estimates.dimensionality import dimensionality
    from detachment.estimates.dyads import dyads
    from detachment.estimates.efa import efa
    from detachment.estimates.factor_scores import factor_scores
    from detachment.estimates.invariance import invariance
    from detachment.estimates.irt import irt, irt_scores
    from detachment.estimates.items import items
    from detachment.estimates.mediate import mediate
    from detachment.estimates.moderate import moderate
    from detachment.estimates.multiverse import multiverse
    from detachment.estimates.network import network
    from detachment.estimates.participants import participants
    from detachment.estimates.partner_agreement import partner_agreement
    from detachment.estimates.plan import plan
    from detachment.estimates.prevalence import prevalence
    from detachment.estimates.quiz import quiz
    from detachment.estimates.regress import regress
    from detachment.estimates.reliability import reliability
    from detachment.estimates.screen import screen
    from detachment.estimates.sensitivity import sensitivity
    from detachment.explorer import explore
    from detachment.exports import read_export
    from detachment.instruments import list_instruments, read_instrument
    from detachment.reports import check_text, methods, report, verify
    from detachment.scoring import score
    from detachment.simulation import simulate
    from detachment.tables import save_tables
    from detachment.validation import exclude, from_frame, open_survey, read_survey, validate

__version__ = "0.1.0"

_HOMES = {
    "DetachmentError": "detachment.errors",
    "DetachmentWarning": "detachment.errors",
    "agreement": "detachment.estimates.agreement",
    "apim": "detachment.estimates.apim",
    "cfa": "detachment.estimates.cfa",
    "change": "detachment.estimates.change",
    "check_text": "detachment.reports",
    "cluster": "detachment.engines",
    "correlate": "detachment.estimates.correlate",
    "dimensionality": "detachment.estimates.dimensionality",
    "draft_instrument": "detachment.drafting",
    "dyads": "detachment.estimates.dyads",
    "efa": "detachment.estimates.efa",
    "exclude": "detachment.validation",
    "explore": "detachment.explorer",
    "from_frame": "detachment.validation",
    "irt": "detachment.estimates.irt",
    "factor_scores": "detachment.estimates.factor_scores",
    "irt_scores": "detachment.estimates.irt",
    "invariance": "detachment.estimates.invariance",
    "items": "detachment.estimates.items",
    "list_instruments": "detachment.instruments",
    "multiverse": "detachment.estimates.multiverse",
    "open_survey": "detachment.validation",
    "moderate": "detachment.estimates.moderate",
    "mediate": "detachment.estimates.mediate",
    "network": "detachment.estimates.network",
    "methods": "detachment.reports",
    "participants": "detachment.estimates.participants",
    "prevalence": "detachment.estimates.prevalence",
    "compare": "detachment.estimates.compare",
    "cutoffs": "detachment.estimates.cutoffs",
    "plan": "detachment.estimates.plan",
    "quiz": "detachment.estimates.quiz",
    "partner_agreement": "detachment.estimates.partner_agreement",
    "regress": "detachment.estimates.regress",
    "read_export": "detachment.exports",
    "read_instrument": "detachment.instruments",
    "read_survey": "detachment.validation",
    "reliability": "detachment.estimates.reliability",
    "report": "detachment.reports",
    "sample": "detachment._files",
    "save_tables": "detachment.tables",
    "score": "detachment.scoring",
    "screen": "detachment.estimates.screen",
    "sensitivity": "detachment.estimates.sensitivity",
    "simulate": "detachment.simulation",
    "validate": "detachment.validation",
    "verify": "detachment.reports",
}

__all__ = [
    "DetachmentError",
    "DetachmentWarning",
    "agreement",
    "apim",
    "cfa",
    "change",
    "check_text",
    "cluster",
    "compare",
    "correlate",
    "cutoffs",
    "dimensionality",
    "draft_instrument",
    "dyads",
    "efa",
    "exclude",
    "explore",
    "factor_scores",
    "figures",
    "from_frame",
    "invariance",
    "irt",
    "irt_scores",
    "items",
    "list_instruments",
    "mediate",
    "methods",
    "moderate",
    "multiverse",
    "network",
    "open_survey",
    "participants",
    "partner_agreement",
    "plan",
    "prevalence",
    "quiz",
    "read_export",
    "read_instrument",
    "read_survey",
    "regress",
    "reliability",
    "report",
    "sample",
    "save_tables",
    "score",
    "screen",
    "sensitivity",
    "simulate",
    "tables",
    "teaching",
    "validate",
    "verify",
]


def __getattr__(name: str) -> object:
    if name in ("figures", "tables", "teaching"):
        return import_module(f"detachment.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'detachment' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
