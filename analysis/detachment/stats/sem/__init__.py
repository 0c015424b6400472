"""Structural equation models: a short model text, its matrices, its fit.

Names are loaded from their modules when they are first touched.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detachment.stats.sem.categorical import (
        OrdinalFit,
        OrdinalSample,
        fit_ordinal,
        ordinal_fit_indices,
        ordinal_sample,
    )
    from detachment.stats.sem.compare import difference_test
    from detachment.stats.sem.estimate import Fit, fit_model, improper, start_values
    from detachment.stats.sem.fit import fit_indices
    from detachment.stats.sem.functions import defined, labelled
    from detachment.stats.sem.inference import Inference, infer
    from detachment.stats.sem.model import (
        Matrices,
        Model,
        cfa_model,
        implied,
        jacobian,
        matrices,
        with_rows,
    )
    from detachment.stats.sem.modification import ScoreTests, score_tests
    from detachment.stats.sem.proper import improper_solution, unidentified
    from detachment.stats.sem.sample import SampleMoments, sample_moments
    from detachment.stats.sem.scores import FactorScores, factor_scores
    from detachment.stats.sem.standardized import r_squared, standardized_errors

_HOMES = {
    "FactorScores": "scores",
    "Fit": "estimate",
    "Inference": "inference",
    "Matrices": "model",
    "Model": "model",
    "OrdinalFit": "categorical",
    "OrdinalSample": "categorical",
    "SampleMoments": "sample",
    "ScoreTests": "modification",
    "cfa_model": "model",
    "defined": "functions",
    "difference_test": "compare",
    "factor_scores": "scores",
    "fit_indices": "fit",
    "fit_model": "estimate",
    "fit_ordinal": "categorical",
    "implied": "model",
    "improper": "estimate",
    "improper_solution": "proper",
    "infer": "inference",
    "jacobian": "model",
    "labelled": "functions",
    "matrices": "model",
    "ordinal_fit_indices": "categorical",
    "ordinal_sample": "categorical",
    "r_squared": "standardized",
    "sample_moments": "sample",
    "score_tests": "modification",
    "standardized_errors": "standardized",
    "start_values": "estimate",
    "unidentified": "proper",
    "with_rows": "model",
}

__all__ = [
    "FactorScores",
    "Fit",
    "Inference",
    "Matrices",
    "Model",
    "OrdinalFit",
    "OrdinalSample",
    "SampleMoments",
    "ScoreTests",
    "cfa_model",
    "defined",
    "difference_test",
    "factor_scores",
    "fit_indices",
    "fit_model",
    "fit_ordinal",
    "implied",
    "improper",
    "improper_solution",
    "infer",
    "jacobian",
    "labelled",
    "matrices",
    "ordinal_fit_indices",
    "ordinal_sample",
    "r_squared",
    "sample_moments",
    "score_tests",
    "standardized_errors",
    "start_values",
    "unidentified",
    "with_rows",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"detachment.stats.sem.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'detachment.stats.sem' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
