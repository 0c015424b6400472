"""Item response models against marginal likelihood written out in R, and against psych::irt.fa."""

import numpy as np

from detachment.stats.factor import minres_one_factor
from detachment.stats.irt.approximation import irt_approximation
from detachment.stats.irt.graded import graded_response
from detachment.stats.irt.scores import person_scores
from detachment.stats.polychoric_items import polychoric_matrix


def padded(rows, width):
    table = np.full((len(rows), width), np.nan)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values
    return table


def answers(case):
    if case.fields["data"] != "lsat6":
        return case.answers().to_numpy(), slice(None)
    patterns = (np.arange(32)[:, None] >> np.arange(4, -1, -1)) & 1
    people = case.fields["people"]
    seen = np.flatnonzero(people)
    return np.repeat(patterns, people, axis=0), np.cumsum(people)[seen] - 1


def test_marginal_likelihood(irt_ml_case):
    x, first = answers(irt_ml_case)
    fit = graded_response(x)
    assert fit.converged
    wanted = irt_ml_case.values
    width = fit.intercepts.shape[1]
    for name in ("n", "loglik", "n_parameters", "slopes", "slopes_se"):
        irt_ml_case.check(getattr(fit, name), wanted[name])
    for name in ("intercepts", "intercepts_se", "thresholds"):
        irt_ml_case.check(getattr(fit, name), padded(wanted[name], width))
    scores = person_scores(fit, x)
    eap, sd = (np.array(wanted[name], dtype="float64") for name in ("eap", "eap_sd"))
    if irt_ml_case.fields["data"] == "lsat6":
        seen = np.flatnonzero(irt_ml_case.fields["people"])
        eap, sd = eap[seen], sd[seen]
    irt_ml_case.check(scores.theta[first], eap)
    irt_ml_case.check(scores.se[first], sd)


def test_factor_analytic_approximation(irt_case):
    x = irt_case.answers().to_numpy()
    polychoric = polychoric_matrix(x)
    fit = minres_one_factor(polychoric.r)
    assert fit.converged
    got = irt_approximation(fit.loadings, polychoric.thresholds)
    wanted = irt_case.values
    assert np.isfinite(x).any(axis=1).sum() <= wanted["n"]
    irt_case.check(fit.loadings, [*wanted["loadings"].values()])
    irt_case.check(got.discrimination, [*wanted["discrimination"].values()], tol=1e-2)
    irt_case.check(got.difficulty, wanted["difficulty"]["data"], tol=1e-2)
    irt_case.check(polychoric.thresholds, wanted["tau"]["data"])
    logistic, location = (
        wanted[f"{name}_hand"] for name in ("discrimination_logistic", "location")
    )
    irt_case.check(got.discrimination_logistic, [*logistic.values()], tol=1e-2)
    irt_case.check(got.location, location["data"], tol=1e-2)
