"""Steps of measurement invariance fitted by any estimator, compared, and what could be freed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from detachment.stats._arrays import FloatArray, IntArray
from detachment.stats.sem.categorical import (
    OrdinalFit,
    OrdinalSample,
    fit_ordinal,
    ordinal_difference,
    ordinal_fit_indices,
    ordinal_test,
    release_tests,
)
from detachment.stats.sem.estimate import Fit, fit_model, improper
from detachment.stats.sem.fit import fit_indices
from detachment.stats.sem.inference import Correction, Errors, infer
from detachment.stats.sem.invariance import StepModel
from detachment.stats.sem.model import Model
from detachment.stats.sem.modification import score_tests
from detachment.stats.sem.proper import improper_solution
from detachment.stats.sem.robust import ScaledTest, mean_scaled, satorra_bentler_2001
from detachment.stats.sem.sample import SampleMoments

Estimator = Literal["ML", "MLR", "MLM", "WLSMV", "ULSMV"]
ORDINAL = ("WLSMV", "ULSMV")


@dataclass(frozen=True, slots=True, eq=False)
class StepFit:
    """A fitted step.

    Attributes
    ----------
    step, constrained
        Its name; rows of later groups that are held equal, see
        :class:`detachment.stats.sem.invariance.StepModel`.
    estimator
        How it was fitted.
    fit
        The fit itself: of continuous or of ordered items.
    cov
        Covariances of the q estimates, (q, q).
    plain, corrected
        The test; ``corrected`` is the same where the estimator corrects nothing.
    indices
        Every index of fit, by lavaan's names.
    wrong
        What is improper about the solution.
    """

    step: str
    constrained: IntArray
    estimator: Estimator
    fit: Fit | OrdinalFit
    cov: FloatArray
    plain: ScaledTest
    corrected: ScaledTest
    indices: dict[str, float]
    wrong: tuple[str, ...]

    @property
    def model(self) -> Model:
        """The model of the step."""
        return self.fit.model

    @property
    def usable(self) -> bool:
        """Whether a minimum was found and its parameters are identified."""
        known = bool(np.isfinite(self.fit.theta).all() and np.isfinite(np.diagonal(self.cov)).all())
        return self.fit.converged and known


def fit_step(
    step: StepModel,
    name: str,
    samples: Sequence[SampleMoments] | Sequence[OrdinalSample],
    estimator: Estimator,
    *,
    start: FloatArray | None = None,
) -> StepFit:
    """Fit the model of a step.

    Parameters
    ----------
    step, name
        The model, and what the step is called.
    samples
        One a group: :func:`detachment.stats.sem.sample.sample_moments`, or of ordered items
        :func:`detachment.stats.sem.categorical.ordinal_sample`.
    estimator
        ``ML`` (of all answers where some are missing), ``MLR`` (Yuan and Bentler's correction),
        ``MLM`` (Satorra and Bentler's), ``WLSMV``, ``ULSMV``.
    start
        Parameters to begin with, (q,).

    Returns
    -------
    StepFit

    Notes
    -----
    As R's ``lavaan`` with these words for ``estimator``.

    Examples
    --------
    >>> from detachment.stats.sem.invariance import invariance_model
    >>> from detachment.stats.sem.sample import sample_moments
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> step = invariance_model("f =~ a + b + c + d", ["a", "b", "c", "d"], 2, "metric")
    >>> fit = fit_step(step, "metric", [sample_moments(x[:90]), sample_moments(x[90:])], "ML")
    >>> fit.usable, fit.fit.df
    (True, 7)
    """
    if estimator in ORDINAL:
        ordered = [sample for sample in samples if isinstance(sample, OrdinalSample)]
        found = fit_ordinal(
            step.model, ordered, estimator="ULS" if estimator == "ULSMV" else "DWLS", start=start
        )
        wrong = improper_solution(
            step.model, found.theta, np.concatenate(found.deltas), found.df,
            converged=found.converged,
        )  # fmt: skip
        return StepFit(
            step=name,
            constrained=step.constrained,
            estimator=estimator,
            fit=found,
            cov=found.cov,
            plain=ordinal_test(found, "standard"),
            corrected=ordinal_test(found),
            indices=ordinal_fit_indices(found),
            wrong=wrong,
        )
    moments = [sample for sample in samples if isinstance(sample, SampleMoments)]
    fit = fit_model(step.model, moments, "ML", start=start)
    errors: Errors = "expected" if all(sample.complete for sample in moments) else "observed"
    correction: Correction = "none"
    if estimator == "MLR":
        errors, correction = "huber_white", "yuan_bentler"
    elif estimator == "MLM":
        errors, correction = "adf", "satorra_bentler"
    inference = infer(fit, errors, correction)
    return StepFit(
        step=name,
        constrained=step.constrained,
        estimator=estimator,
        fit=fit,
        cov=inference.cov,
        plain=inference.test,
        corrected=inference.scaled or inference.test,
        indices=fit_indices(fit, inference),
        wrong=improper(fit),
    )


def step_difference(constrained: StepFit, wider: StepFit) -> ScaledTest:
    """Test of what a step adds to the one before it.

    Parameters
    ----------
    constrained, wider
        Two steps fitted to the same data by the same estimator.

    Returns
    -------
    ScaledTest
        ML: the difference of the statistics. MLR and MLM: Satorra and Bentler (2001). WLSMV and
        ULSMV: Satorra (2000), scaled and shifted. NaN where the steps have the same degrees of
        freedom.

    Notes
    -----
    As R's ``lavaan::lavTestLRT`` does by default.
    """
    if isinstance(constrained.fit, OrdinalFit) and isinstance(wider.fit, OrdinalFit):
        return ordinal_difference(constrained.fit, wider.fit)
    df = (constrained.plain.df, wider.plain.df)
    statistics = (constrained.plain.statistic, wider.plain.statistic)
    if constrained.estimator == "ML":
        step = df[0] - df[1]
        return mean_scaled(statistics[0] - statistics[1], step, step)
    return satorra_bentler_2001(
        statistics, df, (constrained.corrected.scale, wider.corrected.scale)
    )


def release(step: StepFit) -> tuple[FloatArray, FloatArray]:
    """What freeing each constraint alone would gain.

    Parameters
    ----------
    step
        A fitted step.

    Returns
    -------
    tuple of FloatArray
        Score test with one degree of freedom of every row of ``step.constrained``, and the change
        of its value that is to be expected, both (rows,). Of ordered items the score tests rank the
        constraints; their distribution is not that of a chi-square.

    Notes
    -----
    Sorbom (1989), Psychometrika 54, 371-384. R: ``lavaan::lavTestScore``.
    """
    rows = step.constrained
    if not len(rows):
        return np.zeros(0), np.zeros(0)
    if isinstance(step.fit, OrdinalFit):
        return release_tests(step.fit, rows.tolist())
    model = step.model
    tests = score_tests(
        step.fit,
        [(model.lhs[k], model.op[k], model.rhs[k], int(model.group[k])) for k in rows],
        observed=not all(sample.complete for sample in step.fit.samples),
    )
    return tests.index, tests.change
