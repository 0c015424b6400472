"""Scores of single people on the factors of a fitted model, with what is missing left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_columns
from detachment.stats.moments import missing_patterns
from detachment.stats.sem.model import Model, _inner, _total, matrices

ScoreMethod = Literal["regression", "bartlett"]


@dataclass(frozen=True, slots=True, eq=False)
class FactorScores:
    """Factor scores of n people on m factors.

    Attributes
    ----------
    scores, errors
        Scores and their standard errors, (n, m); NaN for who answered nothing, and of Bartlett's
        where the answers do not determine every factor.
    """

    scores: FloatArray
    errors: FloatArray


def factor_scores(
    model: Model,
    theta: ArrayLike,
    rows: Sequence[ArrayLike],
    method: ScoreMethod = "regression",
) -> tuple[FactorScores, ...]:
    """Factor scores from whatever answers each person gave.

    Parameters
    ----------
    model
        A model of continuous variables with a mean structure, or of variables centred beforehand.
    theta
        Its parameters, (q,).
    rows
        Answers of each group, (n, p); NaN where missing.
    method
        ``regression``: expected factor given the answers (Thurstone), shrunken to the mean.
        ``bartlett``: weighted least squares, unbiased given the factor.

    Returns
    -------
    tuple of FactorScores
        One for each group, people in the order given, factors in the model's order. Standard errors
        are of prediction (regression) or of estimation (Bartlett); the parameters are taken as
        known.

    References
    ----------
    Thurstone, L. L. (1935). *The vectors of mind*. Bartlett, M. S. (1937). *British Journal of
    Psychology, 28*, 97-104. R: ``lavaan::lavPredict``.

    Examples
    --------
    >>> from detachment.stats.sem.model import cfa_model
    >>> model = cfa_model("f =~ a + b + c", meanstructure=True)
    >>> theta = [1.0, 1.0, 1, 1, 1, 1, 0, 0, 0]
    >>> factor_scores(model, theta, [[[1, 1, 1], [2, np.nan, np.nan]]])[0].scores.tolist()
    [[0.75], [1.0]]
    """
    found = []
    kept = [model.structural.index(name) for name in model.latent]
    for of, given in zip(matrices(model, theta), rows, strict=True):
        x = as_columns(given)
        inner = _inner(of)
        total = _total(of.regressions)
        m = len(of.means)
        spread = total @ of.factors @ total.T
        scores, errors = np.full((len(x), m), np.nan), np.full((len(x), m), np.nan)
        for at, seen in missing_patterns(x):
            if not seen.any():
                continue
            off = x[at][:, seen] - inner.mean[seen]
            part = np.ix_(seen, seen)
            load = of.loadings[seen]
            try:
                if method == "regression":
                    weights = np.linalg.solve(inner.cov[part], load @ spread).T
                    left = spread - weights @ load @ spread
                else:
                    unique = np.linalg.solve(of.residuals[part], load)
                    square = load.T @ unique
                    if np.linalg.cond(square) > 1e12:
                        continue
                    left = np.linalg.inv(square)
                    weights = left @ unique.T
            except np.linalg.LinAlgError:
                continue
            scores[at] = inner.height + off @ weights.T
            with np.errstate(invalid="ignore"):
                errors[at] = np.sqrt(np.diagonal(left))
        found.append(FactorScores(scores[:, kept], errors[:, kept]))
    return tuple(found)
