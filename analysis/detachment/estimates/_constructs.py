"""Rows that say how well factors are measured, and whether two of them are two."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.estimates._result import make_table
from detachment.estimates._scales import Floats
from detachment.stats.sem.categorical import OrdinalFit, OrdinalSample
from detachment.stats.sem.estimate import Fit
from detachment.stats.sem.model import BETA, Matrices, Model, matrices
from detachment.stats.sem.validity import (
    Constructs,
    constructs,
    htmt_asymptotic,
    htmt_bootstrap,
    second_order_omega,
)

RELIABILITY_COLUMNS = {
    "factor": "str",
    "n_items": "Int64",
    "alpha": "float64",
    "omega": "float64",
    "omega_model": "float64",
    "omega_latent": "float64",
    "composite_reliability": "float64",
    "ave": "float64",
    "ave_by_variance": "float64",
    "reason": "str",
}
PAIR_COLUMNS = {
    "factor": "str",
    "other": "str",
    "r": "float64",
    "htmt": "float64",
    "htmt_low": "float64",
    "htmt_high": "float64",
    "htmt2": "float64",
    "htmt2_low": "float64",
    "htmt2_high": "float64",
    "interval": "str",
    "reason": "str",
}
SECOND_COLUMNS = {
    "factor": "str",
    "n_items": "Int64",
    "omega_items": "float64",
    "omega_factors": "float64",
    "omega_partial": "float64",
    "reason": "str",
}
NO_INTERVAL = "intervals of HTMT need the bootstrap: --boot (n_boot= in Python)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resampling:
    """How intervals of HTMT are made.

    Attributes
    ----------
    answers
        Those that the model was fitted to, (n, p); None where they were counted.
    clusters
        Dyad of each row; None where each is its own.
    n_boot, rng
        Number of resamples, 0 for none, and what they begin with.
    confidence
        Level of the intervals.
    """

    answers: Floats | None
    clusters: NDArray[np.int64] | None
    n_boot: int
    rng: int | np.random.Generator
    confidence: float


def construct_tables(
    model: Model, fit: Fit | OrdinalFit, how: Resampling
) -> dict[str, pd.DataFrame]:
    """Tables ``factor_reliability``, ``factor_pairs`` and, where there is one, ``second_order``."""
    of = matrices(model, fit.theta)[0]
    thresholds = None
    if isinstance(fit, OrdinalFit):
        observed = fit.samples[0].correlations
        thresholds = _thresholds(fit.samples[0])
    else:
        observed = fit.samples[0].cov
    found = constructs(of, observed, thresholds=thresholds)
    own = [k for k, j in enumerate(found.columns) if model.structural[j] in model.latent]
    names = {k: model.structural[found.columns[k]] for k in own}
    crossed = {k for k in own if any((of.loadings[list(found.blocks[k])] != 0).sum(axis=1) > 1)}
    tables = {
        "factor_reliability": make_table(
            [_reliability(found, k, names[k], k in crossed, thresholds is not None) for k in own],
            RELIABILITY_COLUMNS,
        ),
        "factor_pairs": make_table(_pairs(found, own, names, crossed, fit, how), PAIR_COLUMNS),
    }
    second = _second_order(model, of, observed, fit)
    if second:
        tables["second_order"] = make_table(second, SECOND_COLUMNS)
    return tables


def _thresholds(sample: OrdinalSample) -> Floats:
    counts = np.asarray(sample.n_thresholds)
    cuts = np.full((len(counts), int(counts.max())), np.nan)
    cuts[np.arange(cuts.shape[1]) < counts[:, None]] = sample.thresholds
    return cuts


def _reliability(
    found: Constructs, k: int, name: str, crossed: bool, ordered: bool
) -> dict[str, Any]:
    row: dict[str, Any] = {"factor": name, "n_items": len(found.blocks[k])}
    if crossed:
        return row | {"reason": "its items load on other factors too"}
    why = [] if ordered else ["omega_latent: the answers are taken as continuous"]
    if len(found.blocks[k]) < 2:
        why.append("alpha: a single item has none")
    return row | {
        "alpha": found.alpha[k],
        "omega": found.omega[k],
        "omega_model": found.omega_model[k],
        "omega_latent": found.omega_latent[k],
        "composite_reliability": found.composite_reliability[k],
        "ave": found.ave_std[k],
        "ave_by_variance": found.ave[k],
        "reason": "; ".join(why),
    }


def _pairs(
    found: Constructs,
    own: list[int],
    names: Mapping[int, str],
    crossed: set[int],
    fit: Fit | OrdinalFit,
    how: Resampling,
) -> list[dict[str, Any]]:
    plain = [k for k in own if k not in crossed and len(found.blocks[k]) > 1]
    ends, made = _intervals([list(found.blocks[k]) for k in plain], fit, how)
    rows = []
    for a, k in enumerate(own):
        for other in own[:a]:
            row: dict[str, Any] = {
                "factor": names[other],
                "other": names[k],
                "r": found.factor_cor[other, k],
            }
            if k in crossed or other in crossed:
                rows.append(row | {"reason": "htmt: items load on several factors"})
                continue
            row |= {"htmt": found.htmt[other, k], "htmt2": found.htmt2[other, k]}
            why = []
            if not np.isfinite(row["htmt"]):
                why.append("htmt: not defined for these correlations")
            elif ends is None:
                why.append(NO_INTERVAL)
            else:
                at = plain.index(other), plain.index(k)
                row |= {name: end[at] for name, end in ends.items()} | {"interval": made}
            rows.append(row | {"reason": "; ".join(why)})
    return rows


def _intervals(
    blocks: list[list[int]], fit: Fit | OrdinalFit, how: Resampling
) -> tuple[dict[str, Floats] | None, str]:
    """Ends of the intervals of HTMT and HTMT2 of each pair of blocks, and how they were made."""
    k = len(blocks)
    if k < 2:
        return None, ""
    if isinstance(fit, OrdinalFit):
        sample = fit.samples[0]
        t = len(sample.thresholds)
        ends = htmt_asymptotic(
            sample.correlations, sample.gamma[t:, t:] / sample.n, blocks, how.confidence
        )
        return dict(zip(("htmt_low", "htmt_high", "htmt2_low", "htmt2_high"), ends, strict=True)), (
            "asymptotic (logarithms)"
        )
    if how.n_boot == 0 or how.answers is None:
        return None, ""
    boot = htmt_bootstrap(
        how.answers, blocks, clusters=how.clusters, n_boot=how.n_boot, rng=how.rng
    )
    lower = np.tril_indices(k, -1)
    found = {}
    half = len(lower[0])
    for name, end in zip(("low", "high"), boot.percentile(how.confidence), strict=True):
        for which, values in (("htmt", end[:half]), ("htmt2", end[half:])):
            square = np.full((k, k), np.nan)
            square[lower] = square[lower[::-1]] = values
            found[f"{which}_{name}"] = square
    units = "respondents" if how.clusters is None else "dyads"
    return found, f"bootstrap (percentile, {how.n_boot} resamples of {units})"


def _second_order(
    model: Model, of: Matrices, observed: Floats, fit: Fit | OrdinalFit
) -> list[dict[str, Any]]:
    """Reliability of the sum of all items and of factors as measures of a factor above them."""
    higher = [
        model.structural.index(model.lhs[k])
        for k in range(len(model.lhs))
        if model.matrix[k] == BETA and model.op[k] == "=~"
    ]
    total = np.linalg.solve(np.eye(len(of.means)) - of.regressions, np.eye(len(of.means)))
    factors = total @ of.factors @ total.T
    rows = []
    for g in dict.fromkeys(higher):
        first = np.flatnonzero(of.regressions[:, g])
        items = np.flatnonzero(np.any(of.loadings[:, first] != 0, axis=1))
        name = model.structural[g]
        if isinstance(fit, OrdinalFit):
            rows.append(
                {
                    "factor": name,
                    "n_items": len(items),
                    "reason": "not given for ordered answers: their sum has no linear model",
                }
            )
            continue
        own = np.ix_(items, items)
        values = second_order_omega(
            of.loadings[np.ix_(items, first)],
            of.regressions[first, g],
            factors[g, g],
            factors[np.ix_(first, first)],
            of.residuals[own],
            observed[own],
        )
        rows.append(
            {
                "factor": name,
                "n_items": len(items),
                "omega_items": values[0],
                "omega_factors": values[1],
                "omega_partial": values[2],
                "reason": "",
            }
        )
    return rows
